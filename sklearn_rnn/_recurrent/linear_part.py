"""The linear part of a fit: scaling, and the ridge whose residuals are then learnt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sklearn_rnn._ridge.paths import Ridge, fit_ridge_gcv
from sklearn_rnn._sequences.scaling import SequenceScaler

from .batches import PREDICT_BATCH_SIZE, SequenceDataset

if TYPE_CHECKING:
    from sklearn_rnn._sequences.sequences import Sequences

    from .net import RecurrentNet

__all__ = ["LinearPart", "fit_rows"]

_MAX_RIDGE_COLUMNS = 5_000
_MANY_COLUMNS = 1_000  # from which constant columns are looked for

# Residuals below this part of a target's scale are rounding.
_LEAST_UNIT = 1e-8

# Weight of a degree of freedom in the GCV score. A weight above 1 guards against noise
# where there is little to learn, as in prices.
_RIDGE_DF_WEIGHT = 1.4


@dataclass(frozen=True)
class LinearPart:
    """Scales of inputs and targets, and a ridge to which the network adds.

    Parameters
    ----------
    scaler : SequenceScaler
        Scales of sequences and targets.
    ridge : Ridge or None
        Linear map from the last `n_ridge_steps` scaled steps to the scaled targets.
    n_ridge_steps : int
        Number of steps that the ridge reads.
    unit : ndarray of shape (n_outputs,)
        Factor of the network's outputs: the root mean square of the ridge's residuals.
        The network's noise is then no larger than the residuals that it explains.
    """

    scaler: SequenceScaler
    ridge: Ridge | None
    n_ridge_steps: int
    unit: np.ndarray

    @classmethod
    def fit(
        cls,
        sequences: Sequences,
        y: np.ndarray,
        n_train: int,
        *,
        standardize: bool,
        target_feature: int | None,
        has_ridge: bool,
    ) -> tuple[LinearPart, SequenceDataset]:
        """Learn scales and ridge from the first samples, and scale all samples.

        Parameters
        ----------
        sequences : Sequences
            Training sequences, followed by held-out sequences.
        y : ndarray of shape (n_samples, n_outputs)
            Their targets.
        n_train : int
            Number of training sequences.
        standardize : bool
            Whether to scale.
        target_feature : int or None
            The feature that holds the target's past.
        has_ridge : bool
            Whether to fit a ridge.

        Returns
        -------
        linear_part : LinearPart
            Scales and ridge.
        dataset : SequenceDataset
            All samples, scaled; the targets are the residuals of the ridge.
        """
        train = slice(0, n_train)
        scaler = SequenceScaler.fit(
            sequences.take(train),
            y[train],
            standardize=standardize,
            target_feature=target_feature,
        )
        dataset = _scaled(scaler, sequences)
        targets = scaler.scale_targets(y, sequences)
        n_steps = sequences.n_steps
        ridge, unit = None, np.ones(y.shape[1])
        if has_ridge:
            is_used = _find_used(dataset.part(train), targets[train], n_steps)
            n_steps = len(is_used) // sequences.values.shape[2]
            ridge = _fit_ridge(dataset.part(train), targets[train], n_steps, is_used)
            unit = np.maximum(ridge.residual_scale, _LEAST_UNIT)
        linear_part = cls(scaler, ridge, n_steps, unit)
        return linear_part, linear_part._with_residuals(dataset, targets)

    def without_ridge(self) -> LinearPart:
        """Return the same scales without a ridge."""
        return replace(self, ridge=None, unit=np.ones_like(self.unit))

    def with_coef(self, coef: np.ndarray, intercept: np.ndarray) -> LinearPart:
        """Return the same scales with other weights of the ridge.

        Parameters
        ----------
        coef : ndarray of shape (n_columns, n_outputs)
            Weights.
        intercept : ndarray of shape (n_outputs,)
            Intercepts.
        """
        assert self.ridge is not None
        return replace(self, ridge=replace(self.ridge, coef=coef, intercept=intercept))

    def ridge_rows(
        self, sequences: Sequences, y: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield samples as the ridge reads them, some megabytes at a time.

        Parameters
        ----------
        sequences : Sequences
            Sequences in the user's units.
        y : ndarray of shape (n_samples, n_outputs)
            Their targets, in the user's units.

        Yields
        ------
        Z : ndarray of shape (n, n_columns)
            Columns, scaled.
        targets : ndarray of shape (n, n_outputs)
            Scaled targets.
        """
        targets = self.scaler.scale_targets(y, sequences)
        return _chunks(_scaled(self.scaler, sequences), targets, self.n_ridge_steps)

    def residuals(self, sequences: Sequences, y: np.ndarray) -> SequenceDataset:
        """Return scaled samples whose targets are the residuals of the ridge.

        Parameters
        ----------
        sequences : Sequences
            Sequences in the user's units.
        y : ndarray of shape (n_samples, n_outputs)
            Their targets, in the user's units.
        """
        targets = self.scaler.scale_targets(y, sequences)
        return self._with_residuals(_scaled(self.scaler, sequences), targets)

    def _with_residuals(self, dataset, targets):
        """Return `dataset` with residuals of scaled targets, which are overwritten."""
        if self.ridge is not None:
            for first in range(0, len(dataset), PREDICT_BATCH_SIZE):
                rows = slice(first, first + PREDICT_BATCH_SIZE)
                targets[rows] -= self.ridge.predict(
                    dataset.design(rows, self.n_ridge_steps)
                )
        targets /= self.unit
        return dataset.with_targets(targets)

    def predict(
        self, net: RecurrentNet, sequences: Sequences, n_outputs: int
    ) -> np.ndarray:
        """Predict up to ``PREDICT_BATCH_SIZE`` sequences of one length.

        `FittedModule` computes the same in torch, to rounding: numpy and torch multiply
        matrices with different libraries.

        Parameters
        ----------
        net : RecurrentNet
            The trained network.
        sequences : Sequences
            In the user's units, all steps present.
        n_outputs : int
            Number of targets.

        Returns
        -------
        predictions : ndarray of shape (n_samples, n_outputs, n_per_target)
            In the user's units.
        """
        dataset = _scaled(self.scaler, sequences)
        outputs = net.predict_rows(dataset).astype(np.float64)
        # (n_samples, n_outputs * n_per_target) -> (n_samples, n_outputs, n_per_target)
        outputs = outputs.reshape(len(outputs), n_outputs, -1)
        outputs *= self.unit[:, np.newaxis]
        if self.ridge is not None:
            Z = np.zeros((PREDICT_BATCH_SIZE, len(self.ridge.coef)))
            Z[: len(outputs)] = dataset.design(slice(None), self.n_ridge_steps)
            outputs += self.ridge.predict(Z)[: len(outputs), :, np.newaxis]
        return self.scaler.unscale_targets(outputs, sequences)


def _scaled(scaler, sequences):
    """Return scaled sequences, ready for batches."""
    return SequenceDataset(scaler.scale(sequences), scaler.target_feature)


def _find_used(dataset, targets, n_steps):
    """Return which columns of the last steps a ridge reads.

    A constant column has no weight, and is not read if there are others. Of the other
    columns at most 5,000 are read, those of the latest steps.

    Parameters
    ----------
    dataset : SequenceDataset
        Scaled sequences.
    targets : ndarray of shape (n_samples, n_outputs)
        Their targets.
    n_steps : int
        Number of steps of the sequences.

    Returns
    -------
    is_used : ndarray of bool of shape (n_ridge_steps * n_features,)
        Time-major.
    """
    n_features = dataset.values.shape[2]
    is_used = np.ones(n_steps * n_features, dtype=bool)
    if len(is_used) > _MANY_COLUMNS:
        first_row = dataset.design(slice(0, 1), n_steps)
        varies = np.zeros_like(is_used)
        for Z, _ in _chunks(dataset, targets, n_steps):
            varies |= (first_row != Z).any(axis=0)
        if varies.any():
            is_used = varies
    # (n_steps,), from each step to the last
    n_used = np.cumsum(is_used.reshape(n_steps, n_features).sum(axis=1)[::-1])[::-1]
    first = min(int((n_used > _MAX_RIDGE_COLUMNS).sum()), n_steps - 1)
    return is_used[first * n_features :]


def _fit_ridge(dataset, targets, n_steps, is_used):
    """Fit a ridge from the used columns of the last `n_steps` steps to targets."""

    def chunks():
        for Z, part in _chunks(dataset, targets, n_steps):
            yield (Z if is_used.all() else Z[:, is_used]), part

    n_columns = int(is_used.sum())
    ridge = fit_ridge_gcv(chunks, len(dataset), n_columns, df_weight=_RIDGE_DF_WEIGHT)
    coef = np.zeros((len(is_used), targets.shape[1]))
    coef[is_used] = ridge.coef
    return replace(ridge, coef=coef)


def _chunks(dataset, targets, n_steps):
    """Yield the columns and targets of a ridge, some megabytes at a time."""
    n_chunk = max(256, 2**18 // (n_steps * dataset.values.shape[2]))
    for first in range(0, len(dataset), n_chunk):
        rows = slice(first, first + n_chunk)
        yield dataset.design(rows, n_steps), targets[rows]


def fit_rows(Z: np.ndarray, targets: np.ndarray) -> Ridge:
    """Fit a ridge to rows at hand, as that of a linear part.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_columns)
        Columns.
    targets : ndarray of shape (n_samples, n_outputs)
        Scaled targets.
    """
    n_samples, n_columns = Z.shape
    return fit_ridge_gcv(
        lambda: iter([(Z, targets)]),
        n_samples,
        n_columns,
        df_weight=_RIDGE_DF_WEIGHT,
    )
