"""Limits of forecasts, from the range of a series and its growth."""

from dataclasses import dataclass, replace

import numpy as np

from ._side_by_side import apart, side_by_side

__all__ = ["Limits", "Usual", "beyond_limits"]

# Of the width of the range, beyond either end: new rows may exceed the known range.
_SHARE = 0.5
# Of the growth: it is noisy, and may quicken.
_FACTOR = 1.5
# Of the distance between the limits of a forecast: its interval may reach as far from
# it, though this be beyond the limits.
_INTERVAL = 0.4
_MOST_TRIED = 400  # horizons
_MOST_PERIODS = 4  # that growth is compounded over, for horizons beyond the known rows


@dataclass(frozen=True)
class Limits:
    """The limits of forecasts of a series, in the user's units.

    Parameters
    ----------
    lowest, highest : ndarray of shape (n_columns,)
        The range of the rows.
    down, up : ndarray of shape (n_horizons, n_columns)
        Distances below and above the range that forecasts may reach.
    rests : ndarray of shape (n_columns,)
        Whether a row before the last is 0. If the range ends at 0, forecasts then stay
        within it.
    n_rows : int
        Number of rows.
    """

    lowest: np.ndarray
    highest: np.ndarray
    down: np.ndarray
    up: np.ndarray
    rests: np.ndarray
    n_rows: int

    @classmethod
    def of(cls, values, horizons):
        """Learn from a series.

        Forecasts may lie beyond the range by half of its width. If the range has grown
        at least twice within as many rows as a horizon has, they may lie beyond it by
        1.5 times the second largest growth, absolute or relative to the width before
        it. A change that happened only once, such as a jump or an outlier, is no
        growth.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            In the user's units.
        horizons : ndarray of shape (n_horizons,)
            Numbers of rows ahead, from 1.
        """
        # Both ends at once: the lowest value is the highest of the negated series.
        records = np.maximum.accumulate(np.concatenate([-values, values], axis=1))
        n_columns = values.shape[1]
        lowest, highest = -records[:, :n_columns], records[:, n_columns:]
        width = np.tile(highest - lowest, 2)
        beyond = _beyond_all(records, width, np.asarray(horizons))
        return cls(
            lowest[-1],
            highest[-1],
            beyond[:, :n_columns],
            beyond[:, n_columns:],
            (values[:-1] == 0).any(axis=0),
            len(values),
        )

    @property
    def is_constant(self):
        """Whether a column had a single value, which does not tell its range."""
        return bool((self.lowest == self.highest).any())

    def joined(self, other):
        """Return the limits from the rows of both."""
        return Limits(
            np.minimum(self.lowest, other.lowest),
            np.maximum(self.highest, other.highest),
            np.maximum(self.down, other.down),
            np.maximum(self.up, other.up),
            self.rests | other.rests,
            max(self.n_rows, other.n_rows),
        )

    def apart(self, n_series):
        """Return the limits of each of several series, whose columns are side by side.

        Parameters
        ----------
        n_series : int
            Number of series.

        Returns
        -------
        limits : list of Limits
        """
        parts = (self.lowest, self.highest, self.down, self.up, self.rests)
        of_series = zip(*(apart(part, n_series) for part in parts), strict=True)
        return [Limits(*part, self.n_rows) for part in of_series]

    def at(self, values, ends):
        """Return the limits of forecasts from the first rows of a series.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            The series.
        ends : ndarray of shape (n_origins,)
            Numbers of known rows, from 1.

        Returns
        -------
        low, high : ndarray of shape (n_origins, n_horizons, n_columns)
            From the rows of these limits and the known rows together.
        """
        known = np.maximum(ends, 1) - 1
        lowest = np.minimum(self.lowest, np.minimum.accumulate(values)[known])
        highest = np.maximum(self.highest, np.maximum.accumulate(values)[known])
        has_zero = np.logical_or.accumulate(values == 0)[np.maximum(known - 1, 0)]
        rests = self.rests | (has_zero & (known > 0)[:, np.newaxis])
        is_floor = (rests & (lowest == 0))[:, np.newaxis]
        is_ceiling = (rests & (highest == 0))[:, np.newaxis]
        low = lowest[:, np.newaxis] - np.where(is_floor, 0.0, self.down)
        high = highest[:, np.newaxis] + np.where(is_ceiling, 0.0, self.up)
        return low, high


def beyond_limits(low, high, forecast):
    """Return the limits of the interval of a forecast.

    An interval may leave the limits of the forecast, as rows do: more often than not on
    the side to which a series grows. A limit of 0 is kept: the series rests at 0.

    Parameters
    ----------
    low, high : ndarray of shape (n_steps, n_columns)
        Limits of the forecast, in the user's units.
    forecast : ndarray of shape (n_steps, n_columns)
        Within these limits.

    Returns
    -------
    lowest, highest : ndarray of shape (n_steps, n_columns)
    """
    reach = _INTERVAL * (high - low)
    lowest = np.where(low == 0, low, np.minimum(low, forecast - reach))
    highest = np.where(high == 0, high, np.maximum(high, forecast + reach))
    return lowest, highest


def _beyond_all(record, width, horizons):
    """Return `_beyond` of each horizon; of many horizons only some are tried."""
    tried = horizons
    if len(horizons) > _MOST_TRIED:
        tried = np.geomspace(horizons[0], horizons[-1], _MOST_TRIED).round()
        tried = np.unique(tried.astype(int))
    changed = np.flatnonzero((record[1:] != record[:-1]).any(axis=1)) + 1
    beyond = np.array([_beyond(record, width, changed, int(h)) for h in tried])
    return beyond[np.searchsorted(tried, horizons)]


def _beyond(record, width, changed, horizon):
    """Return the distance beyond the latest record that rows at a horizon may reach.

    Parameters
    ----------
    record : ndarray of shape (n_rows, n_columns)
        The highest value up to each row.
    width : ndarray of shape (n_rows, n_columns)
        Of the range up to each row.
    changed : ndarray of shape (n_changed,)
        Numbers of the rows with a new record.
    horizon : int
        Number of rows ahead.

    Returns
    -------
    beyond : ndarray of shape (n_columns,)
        0 or more.
    """
    n_rows = len(record)
    # The rows hold three spans at least, shorter than the horizon if they must be.
    span = max(1, min(horizon, (n_rows - 1) // 3))
    n_periods = horizon / span
    n_spans = (n_rows - 1) // span
    # Spans are counted from the latest. Most of them have no new record, and no gain.
    spans = np.unique((n_rows - 1 - changed) // span)
    spans = spans[spans < n_spans]
    marks = n_rows - 1 - spans * span
    gains = record[marks] - record[marks - span]
    before = width[marks - span]
    n_late = max(3, n_spans // 2)
    # A range far smaller than the gain gives no ratio.
    can_tell = before > 1e-100 * np.abs(gains)
    ratios = np.divide(gains, before, out=np.zeros_like(gains), where=can_tell)
    growth = _second(ratios[spans < n_late], min(n_late, n_spans))
    largest = _second(gains, n_spans)
    compounded = min(n_periods, _MOST_PERIODS)
    growth = (1 + growth) ** compounded - 1
    relative = width[-1] * growth * n_periods / compounded
    return np.maximum(
        _SHARE * width[-1],
        _FACTOR * np.maximum(largest * n_periods, relative),
    )


def _second(values, n_values):
    """Return the second largest of each column, or 0.

    Parameters
    ----------
    values : ndarray of shape (n_given, n_columns)
        Values of 0 or more.
    n_values : int
        Number of values; those that are not given are 0.

    Returns
    -------
    second : ndarray of shape (n_columns,)
    """
    if n_values < 2:
        return np.zeros(values.shape[1])
    n_missing = min(2, n_values - len(values))
    values = np.concatenate([values, np.zeros((n_missing, values.shape[1]))])
    return np.sort(values, axis=0)[-2]


@dataclass(frozen=True)
class Usual:
    """The range of all series of a panel, each standardised by itself.

    It widens the limits of short series, which may not have shown their range yet.

    Parameters
    ----------
    lowest, highest : ndarray of shape (n_columns,)
        The range, in standard deviations from the mean of a series.
    n_rows : int
        Number of rows of the median series.
    """

    lowest: np.ndarray
    highest: np.ndarray
    n_rows: int

    @classmethod
    def of(cls, series):
        """Learn from series, a list of (n_rows_i, n_columns), in the user's units."""
        lowest, highest = [], []
        for numbers, values in side_by_side(series):
            mean, spread = _moments(values)
            low = (values.min(axis=0) - mean) / spread
            high = (values.max(axis=0) - mean) / spread
            lowest.append(apart(low, len(numbers)).min(axis=0))
            highest.append(apart(high, len(numbers)).max(axis=0))
        n_rows = int(np.median([len(values) for values in series]))
        return cls(np.min(lowest, axis=0), np.max(highest, axis=0), n_rows)

    def repeated(self, n_series):
        """Return the range for the columns of `n_series` series side by side."""
        ends = np.tile(self.lowest, n_series), np.tile(self.highest, n_series)
        return Usual(*ends, self.n_rows)

    def limits_of_all(self, series, horizons):
        """Return the limits of many series, as `limits` does, a list of Limits.

        Parameters
        ----------
        series : list of ndarray of shape (n_rows_i, n_columns)
            In the user's units.
        horizons : ndarray of shape (n_horizons,)
            Numbers of rows ahead, from 1.
        """
        found = {}
        for numbers, values in side_by_side(series):
            limits = self.repeated(len(numbers)).limits(values, horizons)
            found.update(zip(numbers, limits.apart(len(numbers)), strict=True))
        return [found[number] for number in range(len(series))]

    def limits(self, values, horizons):
        """Return the limits of a series of the panel, or of a new series.

        A series is short if it has less than half the rows of the median series, or
        fewer than twice the farthest horizon.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            The series, in the user's units.
        horizons : ndarray of shape (n_horizons,)
            Numbers of rows ahead, from 1.

        Returns
        -------
        limits : Limits
        """
        limits = Limits.of(values, horizons)
        if len(values) >= max(self.n_rows // 2, 2 * horizons[-1]):
            return limits
        mean, spread = _moments(values)
        is_constant = limits.lowest == limits.highest
        lowest = np.where(is_constant, limits.lowest, mean + spread * self.lowest)
        highest = np.where(is_constant, limits.highest, mean + spread * self.highest)
        return replace(
            limits,
            lowest=np.minimum(limits.lowest, lowest),
            highest=np.maximum(limits.highest, highest),
        )


def _moments(values):
    """Return mean and standard deviation of each column; 1 for a deviation of 0."""
    spread = values.std(axis=0)
    return values.mean(axis=0), np.where(spread > 0, spread, 1.0)
