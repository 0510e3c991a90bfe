"""Rows of the readout: states of the reservoir, and the input beside them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn._ridge.paths import RidgePath, fit_ridge_paths, refine_path
from sklearn_rnn._sequences.sequences import Sequences

from .reservoir import Reservoir

__all__ = [
    "CAREFUL_GCV",
    "PLAIN_GCV",
    "POOLINGS",
    "GCVRules",
    "ReadoutRows",
    "Training",
]

_Floats = NDArray[np.float64]

POOLINGS = ("last", "mean", "both")

# Numbers in a block of rows, for one setting and for several: enough for fast matrix
# products, and few beside the data.
_BLOCK, _LARGEST_BLOCK = 2**20, 2**22
_LEAST_ROWS = 64
_LANES = 16  # sequences that the reservoir runs side by side


@dataclass(frozen=True)
class ReadoutRows:
    """Rows of the readout, computed in blocks.

    A row holds the states, then the direct input; with ``pooling="both"`` the last
    states and their means, then the last input and its mean.

    Parameters
    ----------
    reservoir : Reservoir
        Reservoir in one or more settings.
    n_features : int
        Number of features of a step.
    direct_input : bool
        Whether the readout sees the input beside the states.
    pooling : {"last", "mean", "both"} or None
        How the steps of a sequence become one row; None: each step is a row.
    washout : int
        Number of first steps that are left out.
    """

    reservoir: Reservoir
    n_features: int
    direct_input: bool
    pooling: str | None
    washout: int

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        n_inputs = self.n_features if self.direct_input else 0
        n_parts = 2 if self.pooling == "both" else 1
        return n_parts * (self.reservoir.n_states + n_inputs)

    @property
    def n_settings(self) -> int:
        """Number of settings of the reservoir."""
        return len(self.reservoir.settings)

    def take(self, number: int) -> Self:
        """Return the rows of one setting alone."""
        return replace(self, reservoir=self.reservoir.take(number))

    def count_rows(self, sequences: Sequences) -> int:
        """Return the number of rows of sequences."""
        if self.pooling is not None:
            return sequences.n_samples
        return int((sequences.n_present - self.washout).sum())

    def blocks(self, sequences: Sequences) -> Iterator[tuple[Any, _Floats]]:
        """Compute the rows of scaled sequences, a block at a time.

        Parameters
        ----------
        sequences : Sequences
            Scaled sequences, each of more steps than `washout`.

        Yields
        ------
        at : ndarray or slice, or tuple of one and a slice
            Index of the block's targets: of sequences, and where each step is a row, of
            steps.
        Z : ndarray of shape (n_settings, n_rows, n_columns)
            The rows; the next block overwrites them.
        """
        make = self._blocks_of_steps if self.pooling is None else self._pooled_blocks
        return make(sequences)

    # ----------------------------------------------------------------- a row a sequence

    def _pooled_blocks(self, sequences):
        n_numbers = self.n_columns
        if len(self.reservoir.layers) > 1 or self._must_see_all_states:
            n_numbers = self.reservoir.n_states * sequences.n_steps
        size = max(_LANES, self._rows_a_block(n_numbers))
        for rows, part in sequences.parts(size):
            yield rows, self._pool(part.values)

    @property
    def _must_see_all_states(self):
        """Whether a mean without the first steps needs all states at once."""
        is_mean = self.pooling in ("mean", "both")
        return is_mean and self.washout > 0 and self.reservoir.n_directions > 1

    def _pool(self, x):
        """Return the rows of sequences of one length, (n_settings, n_samples, ...)."""
        last, mean = self._pool_states(x)
        parts = []
        if self.pooling in ("last", "both"):
            parts.append((last, x[:, -1]))
        if self.pooling in ("mean", "both"):
            parts.append((mean, x[:, self.washout :].mean(axis=1)))
        Z = np.empty((self.n_settings, len(x), self.n_columns))
        at = 0
        for states, _ in parts:
            n_states = states.shape[1]
            Z[:, :, at : at + n_states] = states.reshape(self.n_settings, len(x), -1)
            at += n_states
        for _, inputs in parts if self.direct_input else ():
            Z[:, :, at : at + self.n_features] = inputs
            at += self.n_features
        return Z

    def _pool_states(self, x):
        """Return the last states and their means, or None, (n_lanes, n_states)."""
        reservoir, washout = self.reservoir, self.washout
        if self.pooling == "last":
            return reservoir.run(x), None
        n_lanes = self.n_settings * len(x)
        if self._must_see_all_states:
            states = np.empty((n_lanes, x.shape[1], reservoir.n_states))
            last = reservoir.run(x, states=states)
            return last, states[:, washout:].mean(axis=1)
        start = reservoir.run(x[:, :washout]) if washout else None
        sums = reservoir.rest(len(x))
        last = reservoir.run(x[:, washout:], start, sums=sums)
        return last, sums / (x.shape[1] - washout)

    # --------------------------------------------------------------------- a row a step

    def _blocks_of_steps(self, sequences):
        n_rows = self._rows_a_block(self.n_columns)
        n_lanes = max(1, _LANES // self.n_settings)
        if self.reservoir.n_directions > 1:
            n_lanes = 1  # the backward direction needs all steps at once
        size = max(n_lanes, n_rows // sequences.n_steps)
        for rows, part in sequences.parts(size):
            absent = sequences.n_steps - part.n_steps
            n_steps = part.n_steps
            if self.reservoir.n_directions == 1:
                n_steps = max(1, n_rows // part.n_samples)
            for steps, Z in self._run_steps(part.values, n_steps):
                at = slice(absent + steps.start, absent + steps.stop)
                yield (rows, at), Z

    def _run_steps(self, x, n_steps):
        """Yield steps of sequences of one length, and the rows of these steps."""
        reservoir, n_states = self.reservoir, self.reservoir.n_states
        n_samples, n_all, _ = x.shape
        n_lanes, skipped = self.n_settings * n_samples, self.washout
        begin, start = 0, None
        if reservoir.n_directions == 1:
            begin = skipped
            start = reservoir.run(x[:, :skipped]) if skipped else None
        buffer = np.empty((n_lanes, min(n_steps, n_all - begin), self.n_columns))
        for first in range(begin, n_all, n_steps):
            steps = slice(first, min(first + n_steps, n_all))
            Z = buffer[:, : steps.stop - first]
            part = x[:, steps]
            start = reservoir.run(part, start, states=Z[:, :, :n_states])
            if self.direct_input:
                by_setting = Z.reshape(self.n_settings, n_samples, *Z.shape[1:])
                by_setting[..., n_states:] = part
            if first < skipped:
                steps, Z = slice(skipped, steps.stop), Z[:, skipped:]
            yield steps, Z.reshape(self.n_settings, -1, self.n_columns)

    def _rows_a_block(self, n_numbers):
        """Return the number of rows in a block, where a row has `n_numbers` numbers."""
        size = min(_BLOCK * self.n_settings, _LARGEST_BLOCK)
        return max(_LEAST_ROWS, size // (self.n_settings * n_numbers))


@dataclass(frozen=True)
class GCVRules:
    """Rules of generalised cross-validation.

    Parameters
    ----------
    df_weight : float
        Price of a degree of freedom.
    leaves_out : bool
        Whether rows are left out one by one where they are few.
    """

    df_weight: float
    leaves_out: bool


# States of one series repeat their past: columns and noise are not independent, a fit
# of many degrees of freedom leaves less of the noise than its share, and the best of
# many settings less still. At prices of 1 and 1.4 near-interpolation won on most noisy
# series of less than 1000 rows, at 2 still on some; from 2.25 to 3 on none, and little
# is lost elsewhere.
CAREFUL_GCV = GCVRules(df_weight=2.5, leaves_out=True)
PLAIN_GCV = GCVRules(df_weight=1.0, leaves_out=False)


@dataclass(frozen=True)
class Training:
    """Scaled sequences and targets, laid out as rows of the readout.

    Parameters
    ----------
    readout_rows : ReadoutRows
        The rows that the readout sees.
    sequences : Sequences
        Scaled sequences.
    targets : ndarray of shape (n_samples[, n_steps], n_outputs)
        Scaled targets of the sequences, or of their steps.
    weights : ndarray of shape (n_samples,) or None
        Weights of the sequences, above 0.
    gcv : GCVRules, default=CAREFUL_GCV
        Rules by which strengths are chosen.
    """

    readout_rows: ReadoutRows
    sequences: Sequences
    targets: np.ndarray
    weights: np.ndarray | None
    gcv: GCVRules = CAREFUL_GCV

    def chunks(self) -> Iterator[tuple[_Floats, _Floats, _Floats | None]]:
        """Yield rows in every setting, their targets, and their weights or None."""
        for at, Z in self.readout_rows.blocks(self.sequences):
            Y, weights = self.targets[at], self.weights
            if weights is not None:
                weights = weights[at[0] if isinstance(at, tuple) else at]
                if Y.ndim == 3:
                    weights = np.repeat(weights, Y.shape[1])
            yield Z, Y.reshape(-1, Y.shape[-1]), weights

    def fit_paths(self, alphas: _Floats, kept: Any = None) -> list[RidgePath]:
        """Return the ridge path of each setting of the reservoir.

        Parameters
        ----------
        alphas : ndarray of shape (n_alphas,)
            Candidate strengths.
        kept : Moments, CentredRows or None, default=None
            Rows of earlier training samples, to which these are added.
        """
        return fit_ridge_paths(
            self.chunks,
            self.readout_rows.count_rows(self.sequences),
            self.readout_rows.n_columns,
            n_paths=self.readout_rows.n_settings,
            kept=kept,
            alphas=alphas,
            df_weight=self.gcv.df_weight,
            leaves_out=self.gcv.leaves_out,
            weight=self._weight(),
        )

    def _weight(self):
        """Return the sum of the weights of all rows, or None."""
        if self.weights is None:
            return None
        if self.readout_rows.pooling is not None:
            return float(self.weights.sum())
        return float(
            self.weights @ (self.sequences.n_present - self.readout_rows.washout)
        )

    def refine(self, path: RidgePath, kept: Any = None) -> RidgePath:
        """Return the path, or one of more exact digits where rounding matters."""
        return refine_path(path, self.chunks, kept=kept, df_weight=self.gcv.df_weight)

    def rows(self) -> tuple[_Floats, _Floats, _Floats | None]:
        """Return all rows at once, their targets, and their weights or None."""
        parts = [(Z[0].copy(), Y, weights) for Z, Y, weights in self.chunks()]
        Z, Y, of_rows = zip(*parts, strict=True)
        weights = None if self.weights is None else np.concatenate(of_rows)
        return np.concatenate(Z), np.concatenate(Y), weights
