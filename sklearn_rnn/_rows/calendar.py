"""Calendars of sessions: hours of the day and days of the week without rows."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

__all__ = ["Calendar", "quantiles_of"]

# All times here are in microseconds.
_HOUR = 3600 * 10**6
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY

# Space on the line of keys for the week of a series, with two weeks before it.
_ROOM = 8 * _WEEK
_BEFORE = 2 * _WEEK

# A stretch of the day or the week is closed if it has no row, although time passed
# through it at least twice and at least five rows were due in it.
_MIN_PASSES, _MIN_ROWS = 2, 5

# If at least an eighth of the time is closed, the rows form sessions, which lie between
# nights or weekends of at least six hours.
_MIN_CLOSED = 1 / 8
_LONG = _DAY // 4

# Sessions start late or end early by up to an hour, as clocks are changed; a half day
# has up to two thirds of a session.
_LATE = _HOUR
_MOST_OF_SESSION = 2 / 3

# Three sessions in a row may be missing, as over Christmas. In long training series it
# is one session in twenty, as around the lunar new year, and never more than eight.
_MISSING, _MOST_MISSING, _PART_MISSING = 3, 8, 20


def quantiles_of(
    steps: np.ndarray, numbers: np.ndarray, n_series: int, q: float = 0.5
) -> np.ndarray:
    """Return a quantile of the steps of each series, NaN if it has no step.

    Parameters
    ----------
    steps, numbers : ndarray of shape (n_steps,)
        Steps, NaN between series, and the numbers of their series.
    n_series : int
        Number of series.
    q : float, default=0.5
        Level of the quantile.

    Returns
    -------
    quantiles : ndarray of shape (n_series,)
        Quantiles of the steps that are not NaN.
    """
    quantiles = np.full(n_series, np.nan)
    if n_series == 1:
        if len(steps):
            quantiles[0] = np.quantile(steps, q)
        return quantiles
    by_series = pd.Series(steps).groupby(numbers).quantile(q)
    quantiles[by_series.index] = by_series.to_numpy()
    return quantiles


class _ClosedTime:
    """Closed time of each series, week after week, on one line of keys.

    Parameters
    ----------
    begins, ends : ndarray of shape (n_stretches,)
        Keys of closed stretches, in order and apart from each other.
    n_series : int
        Number of series.
    """

    def __init__(self, begins, ends, n_series):
        self.begins, self.ends = begins, ends
        self._closed = np.append(0, np.cumsum(ends - begins))
        week = np.arange(n_series) * _ROOM + _BEFORE
        self.closed_in_week = self.closed_until(week + _WEEK) - self.closed_until(week)

    def at(self, keys):
        """Return the last stretch that starts at or before `keys`, or stretch 0."""
        return np.maximum(np.searchsorted(self.begins, keys, side="right") - 1, 0)

    def closed_until(self, keys):
        """Return the closed time on the line up to `keys`."""
        at = self.at(keys)
        within = np.minimum(keys, self.ends[at]) - self.begins[at]
        return self._closed[at] + np.maximum(within, 0)

    def open_between(self, one, other):
        """Return the open time between keys of one line."""
        return other - one - (self.closed_until(other) - self.closed_until(one))


@dataclass(frozen=True)
class _Sessions:
    """Sessions: open time between nights, weekends and other long closed stretches.

    A session of several days counts as one session a day. Only the first of them starts
    beside a long stretch, and only the last ends beside one.

    Parameters
    ----------
    begins, ends : ndarray of shape (n_sessions,)
        Keys, in order.
    is_first, is_last : ndarray of shape (n_sessions,)
        Whether a session starts, and ends, beside a long stretch.
    in_week : ndarray of shape (n_series,)
        Number of sessions that start in a week.
    """

    begins: np.ndarray
    ends: np.ndarray
    is_first: np.ndarray
    is_last: np.ndarray
    in_week: np.ndarray

    @classmethod
    def of(cls, line, n_series):
        """Find the sessions between the long stretches of a line."""
        is_long = line.ends - line.begins >= _LONG
        begins, ends = line.ends[is_long][:-1], line.begins[is_long][1:]
        is_one = line.begins[is_long][:-1] // _ROOM == ends // _ROOM  # of one series
        begins, ends = begins[is_one], ends[is_one]
        n_days = -((begins - ends) // _DAY)  # rounded up
        day = np.arange(n_days.sum()) - np.repeat(np.cumsum(n_days) - n_days, n_days)
        is_last = day == np.repeat(n_days, n_days) - 1
        begins = np.repeat(begins, n_days) + day * _DAY
        ends = np.where(is_last, np.repeat(ends, n_days), begins + _DAY)
        week = np.arange(n_series) * _ROOM + _BEFORE
        in_week = np.searchsorted(begins, week + _WEEK) - np.searchsorted(begins, week)
        return cls(begins, ends, day == 0, is_last, in_week)

    def at(self, keys):
        """Return the session that started last, at `keys`."""
        return np.maximum(np.searchsorted(self.begins, keys, side="right") - 1, 0)


@dataclass(frozen=True)
class _Crossing:
    """Steps from one session into another.

    Parameters
    ----------
    n_missing : ndarray of shape (n_steps,)
        Number of sessions in between; negative if the step stays within a session.
    early, late : ndarray of shape (n_steps,)
        Open time from the row before to the end of its session, beyond a usual step,
        and from the start of the other session to the row after.
    part : ndarray of shape (n_steps,)
        Fraction of its session that is left after the row before.
    is_beside : ndarray of shape (n_steps,)
        Whether this end and this start lie beside long closed stretches.
    is_known : ndarray of shape (n_steps,)
        Whether both rows lie in sessions, or near to them.
    is_weekend : ndarray of shape (n_steps,)
        Whether a day or more is closed in between: clocks are changed then.
    """

    n_missing: np.ndarray
    early: np.ndarray
    late: np.ndarray
    part: np.ndarray
    is_beside: np.ndarray
    is_known: np.ndarray
    is_weekend: np.ndarray

    def is_regular(self, usual):
        """Tell which steps lead from the end of a session to the start of another."""
        most = np.where(self.is_beside, np.maximum(_LATE, 2 * usual), 2 * usual)
        larger = np.maximum(self.early, self.late)
        off = np.where(self.is_weekend, larger, self.early + self.late)
        is_at_bounds = off <= most * (1 + 1e-9)
        return self.is_known & (self.n_missing >= 0) & is_at_bounds

    def is_half_day(self, usual):
        """Tell which steps lead from a session that ended early to a start."""
        is_short = self.is_beside & (self.part <= _MOST_OF_SESSION)
        is_short &= self.is_known & (self.n_missing >= 0)
        return is_short & (self.late < usual)


@dataclass(frozen=True)
class Calendar:
    """Closed times of each series, learnt from its training rows.

    Series whose own rows show no closed time share the calendar of all rows together,
    which has the last number. All times lie on one line of keys, on which each series
    has room for its week and for the weeks beside it.

    Parameters
    ----------
    usual : ndarray of shape (n_calendars,)
        Median step of each series; NaN if it has no calendar.
    line : _ClosedTime
        Closed time.
    sessions : _Sessions
        Sessions between nights and weekends.
    n_missing : ndarray of shape (n_calendars,)
        Number of sessions that may be missing in a row; -1 if rows do not come in
        sessions.
    """

    usual: np.ndarray
    line: _ClosedTime
    sessions: _Sessions
    n_missing: np.ndarray

    @classmethod
    def of(
        cls, walls: np.ndarray, numbers: np.ndarray, n_series: int
    ) -> "Calendar | None":
        """Learn the calendar of each series.

        Parameters
        ----------
        walls, numbers : ndarray of shape (n_rows,)
            Local times, in microseconds, and the numbers of their series, sorted by
            series and time.
        n_series : int
            Number of series.

        Returns
        -------
        calendar : Calendar or None
            The calendar; None if no series has regular closed times.
        """
        steps = np.where(np.diff(numbers) == 0, np.diff(walls), np.nan)
        usual = quantiles_of(steps, numbers[1:], n_series)
        # Rows at irregular times are due less often than their median step suggests.
        upper = quantiles_of(steps, numbers[1:], n_series, 0.75)
        # For short sessions it is the step to the next session: half a day counts then.
        upper = np.where(upper > 6 * usual, np.minimum(upper, _DAY / 2), upper)
        usual[~(usual <= _DAY) | (usual <= 0)] = np.nan
        own = np.isfinite(usual)
        is_long = steps > 1.5 * usual[numbers[1:]]
        if not is_long.any():
            return None
        long_steps = walls[:-1][is_long], walls[1:][is_long], numbers[1:][is_long]
        if n_series > 1:
            usual = np.append(usual, np.median(usual[own]))
            upper = np.append(upper, np.median(upper[own]))
            numbers = np.concatenate([numbers, np.full(len(numbers), n_series)])
            walls = np.concatenate([walls, np.sort(walls)])
        of_day = _closed(walls, numbers, usual, upper, _DAY)
        of_week = _closed(walls, numbers, usual, upper, _WEEK)
        share = np.maximum(of_day.share, of_week.share)
        usual[share == 0] = np.nan
        if np.isnan(usual).all():
            return None
        line = _on_one_line(of_day, of_week, usual)
        calendar = cls(usual, line, _Sessions.of(line, len(usual)), np.empty(0))
        n_missing = calendar._most_missing(walls, numbers)
        n_missing[(share < _MIN_CLOSED) | ~calendar._has_sessions(*long_steps)] = -1
        return replace(calendar, n_missing=n_missing)

    def strides(
        self,
        before: np.ndarray,
        after: np.ndarray,
        numbers: np.ndarray,
        is_apart: np.ndarray,
    ) -> np.ndarray:
        """Measure the open time from one row to the next.

        Parameters
        ----------
        before, after : ndarray of shape (n_steps,)
            Local times of the rows, in microseconds.
        numbers : ndarray of shape (n_steps,)
            Numbers of their series.
        is_apart : ndarray of shape (n_steps,)
            Whether the two rows come from different calls.

        Returns
        -------
        strides : ndarray of shape (n_steps,)
            Open time in usual steps. It is at most 1 from the end of a session to the
            start of another, if no more sessions lie between than may be missing.
        """
        numbers = self._calendar_of(numbers)
        usual = self.usual[numbers]
        strides = self._open_time(before, after, numbers) / usual
        if len(self.sessions.begins) == 0:
            return strides
        crossing = self._crossing(before, after, numbers)
        most = self.n_missing[numbers]
        most = np.where(is_apart, np.minimum(most, _MISSING), most)
        is_closed = crossing.is_regular(usual) | crossing.is_half_day(usual)
        is_closed &= crossing.n_missing <= most
        return np.where(is_closed, np.minimum(strides, 1), strides)

    def _calendar_of(self, numbers):
        """Return the calendar of each series, the last if it has none of its own."""
        shared = len(self.usual) - 1
        numbers = np.minimum(numbers, shared)
        return np.where(np.isnan(self.usual[numbers]), shared, numbers)

    def _open_time(self, before, after, numbers):
        """Return the time from row to row that is not closed.

        A row inside closed time shows that it is open, unless the row is at most an
        hour from its start or its end.
        """
        line, elapsed = self.line, after - before
        one, other = _keys(before, numbers), _keys(after, numbers)
        closed = line.closed_until(other) - line.closed_until(one)
        closed += _weeks(before, after) * line.closed_in_week[numbers]
        at = line.at(one)
        inside = np.maximum(line.ends[at] - one, 0) * (one >= line.begins[at])
        closed -= np.where(one - line.begins[at] > _LATE, inside, 0)
        at = line.at(other)
        is_inside = (other >= line.begins[at]) & (line.ends[at] - other > _LATE)
        closed -= np.where(is_inside, other - line.begins[at], 0)
        return elapsed - np.where(closed < elapsed, np.maximum(closed, 0), 0)

    def _crossing(self, before, after, numbers):
        """Return the places of the rows before and after steps in their sessions."""
        line, sessions = self.line, self.sessions
        one, other = _keys(before, numbers), _keys(after, numbers)
        left, entered = sessions.at(one), sessions.at(other)
        following = np.minimum(entered + 1, len(sessions.begins) - 1)
        is_due = (other >= sessions.ends[entered]) & (
            sessions.begins[following] - other <= _LATE
        )
        entered = np.where(is_due, following, entered)
        n_missing = _weeks(before, after) * sessions.in_week[numbers]
        n_missing += entered - left - 1
        rest = line.open_between(one, np.maximum(sessions.ends[left], one))
        whole = line.open_between(sessions.begins[left], sessions.ends[left])
        late = line.open_between(np.minimum(sessions.begins[entered], other), other)
        closed = after - before - rest - late
        is_known = one - sessions.ends[left] <= _LATE
        is_known &= is_due | (other < sessions.ends[entered] + _LATE)
        return _Crossing(
            n_missing,
            early=np.maximum(rest - self.usual[numbers], 0),
            late=late,
            part=rest / np.maximum(whole, 1),
            is_beside=sessions.is_last[left] & sessions.is_first[entered],
            is_known=is_known & (sessions.in_week[numbers] > 0),
            is_weekend=(n_missing == 0) & (closed >= _DAY),
        )

    def _has_sessions(self, before, after, numbers):
        """Tell for which calendars half of the sessions start and end on time.

        Parameters
        ----------
        before, after, numbers : ndarray of shape (n_steps,)
            Rows before and after long steps of training rows, and the numbers of their
            series.
        """
        n_calendars = len(self.usual)
        if len(self.sessions.begins) == 0:
            return np.zeros(n_calendars, dtype=bool)
        counts = np.zeros((2, n_calendars))
        for of_step in (numbers, np.full(len(numbers), n_calendars - 1)):
            crossing = self._crossing(before, after, of_step)
            is_crossing = crossing.is_known & (crossing.n_missing >= 0)
            is_regular = crossing.is_regular(self.usual[of_step])
            for count, of_kind in zip(counts, (is_regular, is_crossing), strict=True):
                count += np.bincount(of_step, of_kind, n_calendars)
        return (counts[0] >= counts[1] / 2) & (counts[0] > 0)

    def _most_missing(self, walls, numbers):
        """Return the number of sessions that may be missing in a row, by calendar."""
        is_first = np.append(True, numbers[1:] != numbers[:-1])
        of_series = numbers[is_first]
        begins, ends = walls[is_first], walls[np.append(is_first[1:], True)]
        n_sessions = np.zeros(len(self.usual), dtype=np.int64)
        n_weeks = (ends - begins) / _WEEK
        n_sessions[of_series] = n_weeks * self.sessions.in_week[of_series]
        return np.clip(n_sessions // _PART_MISSING, _MISSING, _MOST_MISSING)


def _keys(walls, numbers):
    """Return the keys of local times on the line."""
    return numbers * _ROOM + _BEFORE + walls % _WEEK


def _weeks(before, after):
    """Count the weeks between rows, which their keys leave out."""
    return after // _WEEK - before // _WEEK


@dataclass(frozen=True)
class _Stretches:
    """Closed stretches of the day or the week.

    Parameters
    ----------
    begins, lengths, numbers : ndarray of shape (n_stretches,)
        Starts on the circle, lengths, and numbers of the series.
    share : ndarray of shape (n_series,)
        Fraction of the time that is closed, beyond the usual steps.
    """

    begins: np.ndarray
    lengths: np.ndarray
    numbers: np.ndarray
    share: np.ndarray


def _closed(walls, numbers, usual, upper, circle):
    """Return the stretches of a circle, a day or a week, that never have a row.

    Parameters
    ----------
    walls, numbers : ndarray of shape (n_rows,)
        Local times, and the numbers of their series, sorted by series and time.
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
    # If rows are a day apart, each night is a stretch: a session starts each day.
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
    return _Stretches(begins, lengths, of_series, share)


def _on_one_line(of_day, of_week, usual):
    """Return the closed stretches of days and of weeks on one line.

    Closed time starts a usual step after the row before it, so that a step over it is
    one usual step.
    """
    days = np.arange(7)[:, np.newaxis] * _DAY
    begins = np.append((of_day.begins + days).ravel(), of_week.begins)
    lengths = np.append(np.tile(of_day.lengths, 7), of_week.lengths)
    numbers = np.append(np.tile(of_day.numbers, 7), of_week.numbers)
    weeks = np.arange(4)[:, np.newaxis] * _WEEK
    usual = np.nan_to_num(usual, nan=0).astype(np.int64)[numbers]
    is_longer = lengths > usual
    keys = (begins + numbers * _ROOM)[is_longer] + weeks
    begins, ends = (keys + usual[is_longer]).ravel(), keys + lengths[is_longer]
    order = np.argsort(begins, kind="stable")
    begins, reach = begins[order], np.maximum.accumulate(ends.ravel()[order])
    is_new = np.append(True, begins[1:] > reach[:-1])
    is_last = np.append(is_new[1:], True)
    return _ClosedTime(begins[is_new], reach[is_last], len(of_day.share))
