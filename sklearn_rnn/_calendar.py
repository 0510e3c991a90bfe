"""Calendars of sessions: hours of the day and days of the week that have no rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["Calendar", "quantiles_of"]

# All times here are in microseconds.
_HOUR = 3600 * 10**6
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY

# Room for the week of each series, with the weeks before it, on one line.
_ROOM = 8 * _WEEK

# A stretch of the day or the week is closed if it has no row, although time passed
# through it this often, and long enough for so many rows.
_MIN_PASSES, _MIN_ROWS = 2, 6

# Where so much of the time is closed the rows are those of sessions, which holidays may
# close for up to ten days more, and which may begin this late: clocks are changed.
_MIN_CLOSED = 1 / 8
_LONGEST_CLOSURE = 11 * _DAY
_LATE = _HOUR


def quantiles_of(steps, numbers, n_series, q=0.5):
    """Quantile of the steps of each series, their median, NaN where there is none.

    Parameters
    ----------
    steps, numbers : ndarray of shape (n_steps,)
        Steps, NaN between series, and the numbers of their series.
    n_series : int
        Number of series.
    q : float, default=0.5
        Which quantile.

    Returns
    -------
    quantiles : ndarray of shape (n_series,)
        Of all steps that are not NaN.
    """
    quantiles = np.full(n_series, np.nan)
    if n_series == 1:
        if len(steps):
            quantiles[0] = np.quantile(steps, q)
        return quantiles
    by_series = pd.Series(steps).groupby(numbers).quantile(q)
    quantiles[by_series.index] = by_series.to_numpy()
    return quantiles


@dataclass(frozen=True)
class Calendar:
    """When each series usually has no rows, as its training rows tell.

    Series that tell nothing by themselves share the calendar of all rows together,
    which is that of the last number. Keys are places on one line, on which each series
    has room for its week, and for the ends of what began before it.

    Parameters
    ----------
    usual : ndarray of shape (n_calendars,)
        Median step of each series; NaN where it has no calendar.
    longest : ndarray of shape (n_calendars,)
        The longest time without rows that a calendar may explain.
    has_sessions : ndarray of shape (n_calendars,)
        Whether a series is one of sessions, of which a whole day may be missing.
    begins, reach : ndarray of shape (n_stretches,)
        Keys of where closed stretches begin, in order, and of how far those that have
        begun by then reach.
    openings : ndarray of shape (n_stretches,)
        Keys of where closed stretches end, in order.
    openings_of_day : ndarray of shape (n_openings,)
        Keys of the times of day at which closed stretches end, in order.
    """

    usual: np.ndarray
    longest: np.ndarray
    has_sessions: np.ndarray
    begins: np.ndarray
    reach: np.ndarray
    openings: np.ndarray
    openings_of_day: np.ndarray

    @classmethod
    def of(cls, walls, numbers, n_series):
        """Learn the calendar of each series.

        Parameters
        ----------
        walls, numbers : ndarray of shape (n_rows,)
            Times on the wall, and the numbers of their series, sorted by series and
            time.
        n_series : int
            Number of series.

        Returns
        -------
        calendar : Calendar or None
            None where no series has regular closed times.
        """
        steps = np.where(np.diff(numbers) == 0, np.diff(walls), np.nan)
        usual = quantiles_of(steps, numbers[1:], n_series)
        # Rows that come at any time are due less often than their median step tells.
        upper = quantiles_of(steps, numbers[1:], n_series, 0.75)
        usual[~(usual <= _DAY) | (usual <= 0)] = np.nan
        own = np.isfinite(usual)
        is_long = steps > 1.5 * usual[numbers[1:]]
        if not is_long.any():
            return None
        if n_series > 1:
            usual = np.append(usual, np.median(usual[own]))
            upper = np.append(upper, np.median(upper[own]))
            numbers = np.concatenate([numbers, np.full(len(numbers), n_series)])
            walls = np.concatenate([walls, np.sort(walls)])
        found = [
            _closed(walls, numbers, usual, upper, circle) for circle in (_DAY, _WEEK)
        ]
        share = np.max([stretches.share for stretches in found], axis=0)
        usual[share == 0] = np.nan
        if np.isnan(usual).all():
            return None
        has_sessions = share >= _MIN_CLOSED
        within = np.max([stretches.longest for stretches in found], axis=0)
        longest = np.where(has_sessions, _LONGEST_CLOSURE, within + 2 * usual)
        return cls(usual, longest, has_sessions, *_on_one_line(*found))

    def strides(self, before, after, numbers):
        """Count the usual steps of a series from one row to the next.

        Parameters
        ----------
        before, after : ndarray of shape (n_steps,)
            When the rows are, on the wall.
        numbers : ndarray of shape (n_steps,)
            The numbers of their series.

        Returns
        -------
        strides : ndarray of shape (n_steps,)
            Infinity where the calendar does not explain the step.
        """
        numbers = np.minimum(numbers, len(self.usual) - 1)
        numbers = np.where(np.isnan(self.usual[numbers]), len(self.usual) - 1, numbers)
        elapsed = after - before
        since = self._since_opening(after, numbers)
        since_day = _since_last(self.openings_of_day, after, numbers, _DAY)
        misses_day = self.has_sessions[numbers] & (elapsed - since_day >= _DAY)
        since = np.where(misses_day, np.minimum(since, since_day), since)
        is_opened = (since <= elapsed) & (elapsed <= self.longest[numbers])
        strides = 1 + np.maximum(since - _LATE, 0) / self.usual[numbers]
        return np.where(is_opened, strides, np.inf)

    def _since_opening(self, walls, numbers):
        """Time since a session began, 0 while it is closed."""
        keys = numbers * _ROOM + walls % _WEEK
        at = np.searchsorted(self.begins, keys, side="left") - 1
        is_closed = (at >= 0) & (self.reach[np.maximum(at, 0)] > keys)
        since = _since_last(self.openings, walls, numbers, _WEEK)
        return np.where(is_closed, 0, since)


def _since_last(places, walls, numbers, circle):
    """Time since the last of `places` before or at `walls`, on a circle."""
    keys = numbers * _ROOM + walls % circle
    at = np.searchsorted(places, keys, side="right") - 1
    # Places of another series, where this one has none, are far away.
    return np.where(at >= 0, keys - places[np.maximum(at, 0)], _ROOM)


@dataclass(frozen=True)
class _Stretches:
    """Closed stretches of the day or the week.

    Parameters
    ----------
    begins, lengths, numbers : ndarray of shape (n_stretches,)
        When they begin on the circle, how long they are, and of which series.
    share : ndarray of shape (n_series,)
        Share of the time that is closed, beyond the usual steps.
    longest : ndarray of shape (n_series,)
        The longest of them, 0 where there is none.
    """

    begins: np.ndarray
    lengths: np.ndarray
    numbers: np.ndarray
    share: np.ndarray
    longest: np.ndarray


def _closed(walls, numbers, usual, upper, circle):
    """Return stretches of a circle, a day or a week, that never have a row.

    Parameters
    ----------
    walls, numbers : ndarray of shape (n_rows,)
        Times on the wall, and the numbers of their series, sorted by both.
    usual, upper : ndarray of shape (n_series,)
        Median and upper quartile of the steps of each series.
    circle : int
        Length of the circle.
    """
    phases = walls % circle
    order = np.lexsort((phases, numbers))
    of_series, phases = numbers[order], phases[order]
    is_last = np.append(of_series[1:] != of_series[:-1], True)
    is_first = np.append(True, is_last[:-1])
    following = np.append(phases[1:], 0)
    following[is_last] = phases[is_first] + circle
    lengths = following - phases
    # Where rows are a day apart, each night is a stretch: a session begins each day.
    longest_open = np.minimum(1.5 * usual[of_series], _DAY / 2)
    candidates = np.flatnonzero(lengths > longest_open)
    begins, lengths = phases[candidates], lengths[candidates]
    of_series = of_series[candidates]

    is_first = np.append(True, numbers[1:] != numbers[:-1])
    # One long time without rows passes through a stretch once, however long it is.
    rounds = np.append(0, (np.diff(walls) - 1) // circle)
    walls = walls - np.cumsum(np.where(is_first, 0, rounds)) * circle
    starts, ends = np.empty((2, len(usual)), dtype=np.int64)
    is_last = np.append(is_first[1:], True)
    starts[numbers[is_first]] = walls[is_first]
    ends[numbers[is_last]] = walls[is_last]
    first_pass = -((begins - starts[of_series]) // circle)  # rounded up
    last_pass = (ends[of_series] - begins - lengths) // circle
    passes = last_pass - first_pass + 1
    due = passes * lengths / upper[of_series] * (1 + 1e-9)
    is_closed = (passes >= _MIN_PASSES) & (due >= _MIN_ROWS)
    begins, lengths = begins[is_closed], lengths[is_closed]
    of_series = of_series[is_closed]

    beyond = np.maximum(lengths - usual[of_series], 0)
    share = np.bincount(of_series, beyond, len(usual)) / circle
    longest = np.zeros(len(usual))
    np.maximum.at(longest, of_series, lengths)
    return _Stretches(begins, lengths, of_series, share, longest)


def _on_one_line(of_day, of_week):
    """Return the keys that a Calendar holds, of stretches of days and of weeks."""
    days = np.arange(7)[:, np.newaxis] * _DAY
    begins = np.append((of_day.begins + days).ravel(), of_week.begins)
    lengths = np.append(np.tile(of_day.lengths, 7), of_week.lengths)
    numbers = np.append(np.tile(of_day.numbers, 7), of_week.numbers)
    # Also those of the weeks before, which may reach into this one.
    keys = begins + numbers * _ROOM + np.arange(-2, 1)[:, np.newaxis] * _WEEK
    ends = keys + lengths
    order = np.argsort(keys, axis=None, kind="stable")
    reach = np.maximum.accumulate(ends.ravel()[order])
    # Days begin as sessions do, and at midnight.
    lines = numbers * _ROOM
    phases = np.append((begins + lengths) % _DAY + lines, lines)
    of_days = np.unique([phases, phases - _DAY])
    return keys.ravel()[order], reach, np.unique(ends), of_days
