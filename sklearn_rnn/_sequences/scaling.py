"""Scales of sequences and targets, learnt in fit and undone in predict."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided
from sklearn.preprocessing import StandardScaler
from sklearn.utils import gen_batches

from .sequences import Sequences, largest_size, size_of, unwindow

__all__ = ["SequenceScaler"]

_CHUNK = 65_536  # rows at a time, so that no array as large as X is made


@dataclass(frozen=True)
class SequenceScaler:
    """Scales of features and targets, relative to the target's own past if asked.

    With the target feature ``j``, a window is read as ``x[:, j] - x[-1, j]``, and ``y``
    as ``y - x[-1, j]``.

    Parameters
    ----------
    feature_mean, feature_scale : ndarray of shape (n_features,)
        Mean that is subtracted from each feature, and scale that divides it.
    target_mean, target_scale : ndarray of shape (n_outputs,)
        Mean and scale of the targets.
    target_feature : int or None
        The feature that holds the target's past.
    """

    feature_mean: np.ndarray
    feature_scale: np.ndarray
    target_mean: np.ndarray
    target_scale: np.ndarray
    target_feature: int | None

    @classmethod
    def fit(
        cls,
        sequences,
        y,
        *,
        standardize,
        target_feature=None,
        sample_weight=None,
        target_weight=None,
    ):
        """Learn the scales.

        Parameters
        ----------
        sequences : Sequences
            The training sequences.
        y : ndarray of shape (n_samples, n_outputs)
            The training targets, one for each sequence; without a target feature their
            number may differ.
        standardize : bool
            Whether to scale; with ``False`` only `target_feature` centres.
        target_feature : int or None, default=None
            The feature that holds the target's past.
        sample_weight : ndarray of shape (n_samples,) or None, default=None
            Weights of the sequences; None with a target feature.
        target_weight : ndarray of shape (n_samples,) or None, default=None
            Weights of the targets.

        Returns
        -------
        scaler : SequenceScaler
            The learnt scales.
        """
        n_features, n_outputs = sequences.values.shape[2], y.shape[1]
        if not standardize:
            return cls(
                np.zeros(n_features), np.ones(n_features),
                np.zeros(n_outputs), np.ones(n_outputs), target_feature,
            )  # fmt: skip
        if target_feature is not None:
            y = y - sequences.values[:, -1:, target_feature]
        # scikit-learn may find variances below 0 for weighted constants, by rounding.
        with np.errstate(invalid="ignore"):
            features = _feature_scaler(sequences.values, _as_counts(sample_weight))
            targets = StandardScaler().fit(y, sample_weight=_as_counts(target_weight))
        mean, scale = features.mean_, _least_scale(features)
        if target_feature is not None:
            scale[target_feature] = _spread_around_last(
                sequences.values[:, :, target_feature]
            )
        return cls(mean, scale, targets.mean_, _least_scale(targets), target_feature)

    def scale(self, sequences, dtype=None):
        """Scale every feature, and leave absent steps NaN.

        The last step of a window is not subtracted here, so that overlapping windows
        stay a view on one scaled series.

        Parameters
        ----------
        sequences : Sequences
            Sequences in the user's units.
        dtype : numpy.dtype or None, default=None
            Dtype of the scaled sequences; None: that of `sequences`.

        Returns
        -------
        sequences : Sequences
            Scaled sequences in the same layout.

        Raises
        ------
        ValueError
            If a value is too large to be computed with, on the scale learnt in ``fit``.
        """
        values = sequences.values
        # float64 could hold larger values, but no model predicts so far from its
        # training rows: all models refuse the same values.
        limit = largest_size(np.float32)
        dtype = values.dtype if dtype is None else dtype
        series = unwindow(values)
        scaled = np.empty((values if series is None else series).shape, dtype)
        for rows in gen_batches(len(scaled), _CHUNK):
            part = (values if series is None else series)[rows]
            with np.errstate(over="ignore"):
                scaled[rows] = (part - self.feature_mean) / self.feature_scale
            if size_of(scaled[rows]) > limit:
                self._raise_too_large(sequences, limit)
        if series is not None:
            strides = (scaled.strides[0], *scaled.strides)
            scaled = as_strided(scaled, values.shape, strides)
        return Sequences(scaled, sequences.lengths, sequences.rows)

    def _raise_too_large(self, sequences, limit):
        """Raise a ValueError that names the first value too large when scaled."""
        for number, values in enumerate(sequences.values):
            with np.errstate(over="ignore"):
                scaled = (values - self.feature_mean) / self.feature_scale
            bad = np.abs(scaled) > limit
            if bad.any():
                step, column = (int(i) for i in np.argwhere(bad)[0])
                row = number if sequences.rows is None else sequences.rows[number]
                raise ValueError(
                    f"X holds {values[step, column]:.4g} at row {row}, step {step}, "
                    f"column {column}, too large to be computed with: "
                    + _in_units(scaled[step, column], self.feature_scale[column], limit)
                )

    def scale_targets(self, y, sequences):
        """Return scaled targets of shape (n_samples, n_outputs).

        Raises
        ------
        ValueError
            If a target is too large to be computed with, on the scale learnt in
            ``fit``.
        """
        with np.errstate(over="ignore"):
            scaled = (y - self._level(sequences) - self.target_mean) / self.target_scale
        limit = largest_size(np.float32)
        if size_of(scaled) > limit:
            row, output = (int(i) for i in np.argwhere(np.abs(scaled) > limit)[0])
            raise ValueError(
                f"y holds {y[row, output]:.4g} at row {row}, output {output}, too "
                "large to be computed with: "
                + _in_units(scaled[row, output], self.target_scale[output], limit)
            )
        return scaled

    def unscale_targets(self, outputs, sequences):
        """Return outputs in the user's units.

        Parameters
        ----------
        outputs : ndarray of shape (n_samples, n_outputs, n_quantiles)
            Scaled predictions.
        sequences : Sequences
            The sequences, in the user's units.
        """
        outputs = outputs * self.target_scale[:, np.newaxis]
        outputs += self.target_mean[:, np.newaxis]
        outputs += np.atleast_2d(self._level(sequences))[:, :, np.newaxis]
        return outputs

    def _level(self, sequences):
        """Return the last known value of the target, (n_samples, 1), or 0."""
        if self.target_feature is None:
            return 0.0
        return sequences.values[:, -1:, self.target_feature].astype(np.float64)


def _in_units(scaled, scale, limit):
    """Return the size of a scaled value and the largest size, for an error."""
    if scale == 1:
        return f"its size may be up to {limit:.2g} here."
    return (
        f"it is {abs(scaled):.2g} times the spread that fit saw ({scale:.2g}), and may "
        f"be up to {limit:.2g} times."
    )


def _as_counts(weights):
    """Return weights scaled to a mean of 1, or None.

    scikit-learn reads the sum of the weights as the number of samples when it looks for
    constant features: with another sum a constant would be scaled by its rounding.
    """
    return None if weights is None else weights / weights.mean()


def _feature_scaler(values, sample_weight=None):
    """Return a StandardScaler of each feature over all present steps.

    A step of overlapping windows counts once for each window that holds it, so that a
    view and a copy of the same windows give the same scales.
    """
    n_samples, n_steps, n_features = values.shape
    series = unwindow(values)
    scaler = StandardScaler()
    if series is None:
        for rows in gen_batches(n_samples, max(1, _CHUNK // n_steps)):
            weights = None
            if sample_weight is not None:
                weights = np.repeat(sample_weight[rows], n_steps)
            steps = values[rows].reshape(-1, n_features)
            scaler.partial_fit(steps, sample_weight=weights)
        return scaler
    if sample_weight is None:
        sample_weight = np.ones(n_samples)
    # Row i of the series stands in windows i - n_steps + 1 .. i.
    summed = np.concatenate([[0.0], np.cumsum(sample_weight)])
    for rows in gen_batches(len(series), _CHUNK):
        at = np.arange(rows.start, rows.stop)
        first, last = np.maximum(at - n_steps + 1, 0), np.minimum(at, n_samples - 1)
        scaler.partial_fit(series[rows], sample_weight=summed[last + 1] - summed[first])
    return scaler


def _least_scale(scaler):
    """Return scales, for constants at least as large as their rounding.

    scikit-learn sets them to 1, but the mean of a constant 1e30 is off by 1e14.
    """
    scale = scaler.scale_.copy()
    rounding = np.max(scaler.n_samples_seen_) * np.finfo(float).eps * abs(scaler.mean_)
    is_constant = scale == 1
    scale[is_constant] = np.maximum(rounding[is_constant], 1.0)
    return scale


def _spread_around_last(values):
    """Return the root mean square of (n_samples, n_steps) values less the last step."""
    total, count = 0.0, 0
    for rows in gen_batches(len(values), max(1, _CHUNK // values.shape[1])):
        past = values[rows, :-1].astype(np.float64) - values[rows, -1:]
        total += np.nansum(past**2)
        count += np.isfinite(past).sum()
    # With one step there is no past; a level that never moves has no spread.
    return np.sqrt(total / count) if total > 0 else 1.0
