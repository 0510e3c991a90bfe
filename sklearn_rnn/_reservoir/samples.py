"""Training samples of echo state networks: sequences, targets and weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn._sequences.scaling import SequenceScaler
from sklearn_rnn._sequences.sequences import Sequences

__all__ = ["Samples", "check_steps", "check_washout"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Samples:
    """Sequences, their targets and weights, in the user's units.

    Parameters
    ----------
    sequences : Sequences
        The sequences.
    targets : ndarray of shape (n_samples[, n_steps], n_outputs)
        Targets of the sequences, or of their steps.
    weights : ndarray of shape (n_samples,) or None
        Weights of the sequences, above 0.
    """

    sequences: Sequences
    targets: _Floats
    weights: _Floats | None

    def fit_scaler(self, *, standardize: bool, washout: int) -> SequenceScaler:
        """Learn scales from all steps, and from the targets that the readout learns.

        Parameters
        ----------
        standardize : bool
            Whether to scale.
        washout : int
            Number of first steps whose targets are left out.
        """
        y, weights = self.targets, self.weights
        if y.ndim == 3:
            counts = self.sequences.present(washout)
            if weights is not None:
                weights = np.repeat(weights, counts.sum(axis=1))
            y = y[counts]
        return SequenceScaler.fit(
            self.sequences,
            y,
            standardize=standardize,
            sample_weight=self.weights,
            target_weight=weights,
        )

    def scaled(self, scaler: SequenceScaler) -> "Samples":
        """Return the same samples, with sequences and targets scaled in float64."""
        return Samples(
            scaler.scale(self.sequences, np.float64),
            (self.targets - scaler.target_mean) / scaler.target_scale,
            self.weights,
        )


def check_steps(sequences: Sequences, n_needed: int, why: str) -> None:
    """Raise a ValueError where a sequence has fewer steps than are needed."""
    lengths = sequences.n_present
    if lengths.min() < n_needed:
        raise ValueError(
            f"X has a sequence of {lengths.min()} steps (row "
            f"{int(np.argmin(lengths))}), and needs at least {n_needed}: {why}."
        )


def check_washout(sequences: Sequences, washout: int) -> None:
    """Raise a ValueError where a sequence has no step after the washout."""
    check_steps(sequences, washout + 1, f"washout={washout} leaves none otherwise")
