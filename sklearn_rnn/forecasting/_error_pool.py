"""The errors of direct forecasts, and the intervals that they make."""

from dataclasses import dataclass, fields, replace

import numpy as np

from sklearn_rnn._conformal import (
    AdaptiveLevels,
    ResidualQuantiles,
    find_surprises,
    in_part,
)

from ._limits import beyond_limits
from ._series_scale import NONE, transform_limits, undo_transform

__all__ = ["ErrorPool", "Errors"]

_MOST_RECENT = 500  # forecasts of a series whose errors make its intervals
# Quantiles are computed anew when the pool has this part of new errors. Levels follow
# each row.
_PART_NEW = 0.05


@dataclass(frozen=True)
class Errors:
    """Errors of forecasts from several windows.

    Parameters
    ----------
    residuals, sizes : ndarray of shape (n_samples, n_horizons, n_columns)
        Row less forecast, in units of the windows, NaN where there is none; and its
        absolute value in the user's units.
    keys, left : ndarray of shape (n_samples,)
        Number of the series, and number of its rows after the window's end.
    changes : ndarray of shape (n_samples, n_columns)
        Recent change of each window, in its units.
    """

    residuals: np.ndarray
    sizes: np.ndarray
    keys: np.ndarray
    left: np.ndarray
    changes: np.ndarray

    def at(self, is_in):
        """Return the errors at which the mask `is_in` is true."""
        return Errors(*(getattr(self, field.name)[is_in] for field in fields(self)))

    def followed_by(self, other):
        """Return these errors and those of `other`."""
        pairs = (
            (getattr(of, field.name) for of in (self, other)) for field in fields(self)
        )
        return Errors(*(np.concatenate(tuple(pair)) for pair in pairs))


@dataclass(frozen=True)
class ErrorPool:
    """Errors of forecasts, and the sizes and levels of intervals that they tell.

    Parameters
    ----------
    errors : Errors
        In order of time for each series.
    horizons : ndarray of shape (n_horizons,)
        Numbers of rows ahead, increasing.
    quantiles : ResidualQuantiles
        Of the errors.
    levels : AdaptiveLevels
        Levels that follow the rows that came after the first errors.
    surprises : ndarray of shape (n_series, n_columns)
        Errors of the last rows, in the user's units, if they are far larger than
        earlier errors; else 0.
    n_new : int
        Number of forecasts whose errors the quantiles do not know.
    """

    errors: Errors
    horizons: np.ndarray
    quantiles: ResidualQuantiles
    levels: AdaptiveLevels
    surprises: np.ndarray
    n_new: int = 0

    @classmethod
    def of(cls, errors, horizons):
        """Make the pool of the errors of rows held out."""
        told = ~np.isnan(errors.residuals).all(axis=(1, 2))
        errors = errors.at(told)
        return cls(
            errors,
            horizons,
            _quantiles(errors, horizons),
            AdaptiveLevels.start(),
            _surprises(errors, horizons),
        )

    @property
    def last_number(self):
        """The highest number of a series that errors are of."""
        return int(self.errors.keys.max())

    def with_new(self, new, n_rows):
        """Return the pool with the errors of rows that came, and moved levels.

        Parameters
        ----------
        new : Errors
            NaN where a row was known before.
        n_rows : ndarray of shape (n_samples,)
            Number of new rows of the series of each sample.
        """
        levels = self._moved(new, n_rows)
        known = self.errors
        added = np.zeros(max(known.keys.max(), new.keys.max()) + 1, int)
        added[new.keys] = n_rows
        known = replace(known, left=known.left + added[known.keys])
        errors = _latest(known.followed_by(new))
        quantiles, n_new = self.quantiles, self.n_new + len(new.keys)
        if n_new > _PART_NEW * len(errors.keys):
            quantiles, n_new = _quantiles(errors, self.horizons), 0
        surprises = _surprises(errors, self.horizons)
        return ErrorPool(errors, self.horizons, quantiles, levels, surprises, n_new)

    def _moved(self, new, n_rows):
        """Return the levels after new rows."""
        scales = self.quantiles.scales(new.keys)
        scales *= self.quantiles.factors(new.changes)[:, np.newaxis]
        found = self.quantiles.coverage(np.abs(new.residuals) / scales)
        numbers, series = np.unique(new.keys, return_inverse=True)
        # A window counts with the row of its last target.
        row = n_rows - 1 - (new.left - self.horizons[-1])
        shape = len(numbers), int(n_rows.max()), *found.shape[1:]
        coverages = np.full(shape, np.nan)
        coverages[series, row] = found
        return self.levels.moved(numbers, coverages.reshape(*shape[:2], -1))

    def quantiles_about(
        self,
        outputs,
        spreads,
        changes,
        limits,
        columns,
        is_ahead,
        alpha,
        *,
        number,
        power,
    ):
        """Return quantiles about forecasts, in the user's units.

        Errors have no usual size if a forecast was beyond its limits, or if the last
        rows had larger errors than all rows before. The interval then reaches as far
        as the forecast was beyond its limits, and as far as the errors of the last
        rows, in both directions.

        Parameters
        ----------
        outputs : ndarray of shape (n_steps, n_columns)
            Transformed forecasts.
        spreads, changes : ndarray of shape (n_steps, n_columns)
            Units of the windows, in which errors are, and recent changes.
        limits : tuple of two ndarrays of shape (n_steps, n_columns)
            Lowest and highest forecasts, in the user's units.
        columns : ndarray of shape (n_steps,)
            Number of the horizon that forecasts each step.
        is_ahead : ndarray of shape (n_steps,)
            Whether a step follows the series.
        alpha : list of float
            Levels of quantiles.
        number : int or None
            Number of the series; None for a new series.
        power : float
            The power that values are raised to, as in `Scale`.

        Returns
        -------
        quantiles : ndarray of shape (n_steps, n_columns, n_levels)
        """
        low, high = limits
        forecast = undo_transform(outputs, power)
        kept = np.clip(forecast, low, high)
        # Errors beyond those of usual size
        unusual = np.abs(forecast - kept)
        if number is not None and number < len(self.surprises):
            unusual[is_ahead] += self.surprises[number]
        outputs = np.clip(
            outputs, transform_limits(low, power), transform_limits(high, power)
        )
        lowest, highest = beyond_limits(low, high, kept)
        lowest = lowest if power == NONE else np.maximum(lowest, 0.0)
        numbers = np.array(
            [len(self.quantiles.series_scale) if number is None else number]
        )
        scale = self.quantiles.scales(numbers)[0][columns]
        scale = scale * self.quantiles.factors(changes) * spreads
        levels = []
        for level in alpha:
            coverage = self.levels.at(abs(2 * level - 1), number)
            shift = np.sign(level - 0.5) * scale
            if level != 0.5:  # an infinite size times 0 would be NaN
                shift = shift * self.quantiles.size(coverage)
            farther = np.minimum if level < 0.5 else np.maximum
            quantile = farther(
                undo_transform(outputs + shift, power),
                kept + in_part(level) * unusual,
            )
            levels.append(np.clip(quantile, lowest, highest))
        return np.stack(levels, axis=-1)


def _age(errors, horizons):
    """Return how many rows of a series follow the row of each error."""
    return errors.left[:, np.newaxis] - horizons


def _quantiles(errors, horizons):
    return ResidualQuantiles.fit(
        errors.residuals, errors.keys, _age(errors, horizons), errors.changes, horizons
    )


def _surprises(errors, horizons):
    is_recent = _age(errors, horizons) < horizons[-1]
    return find_surprises(errors.sizes, errors.keys, is_recent)


def _latest(errors):
    """Return the latest errors of each series: older errors tell less of new rows."""
    keys = errors.keys
    newest_first = np.lexsort((-np.arange(len(keys)), keys))
    rank = np.arange(len(keys)) - np.searchsorted(
        keys[newest_first], keys[newest_first]
    )
    is_kept = np.zeros(len(keys), bool)
    is_kept[newest_first[rank < _MOST_RECENT]] = True
    return errors if is_kept.all() else errors.at(is_kept)
