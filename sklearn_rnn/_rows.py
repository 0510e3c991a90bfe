"""Rows in time order, and what their index tells."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

__all__ = ["Rows", "read_rows", "skips_weekends"]

_DAY = 86_400 * 10**9  # nanoseconds


@dataclass(frozen=True)
class Rows:
    """Rows with what their index tells of time and series.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        The rows.
    kind : str or None
        Clocks of one kind can be compared; None if the index tells no time.
    times : ndarray of shape (n_rows,) or None
        Time of each row, in numbers that only mean something next to each other.
    is_default : bool
        Whether the index is a RangeIndex from 0, as pandas makes it where none is
        given: it tells time only next to other integers.
    series : ndarray of shape (n_rows,) or None
        Number of each row's series in `keys`; None if all rows are one series.
    keys : list of tuple or None
        Names of the series.
    """

    values: np.ndarray
    kind: str | None = None
    times: np.ndarray | None = None
    is_default: bool = False
    series: np.ndarray | None = None
    keys: list | None = None

    @property
    def n_rows(self):
        """Number of rows."""
        return len(self.values)

    @property
    def tells_time(self):
        """Whether the index, by itself, tells the time of the rows."""
        return self.kind is not None and not self.is_default

    @property
    def n_series(self):
        """Number of series that have a number."""
        return 1 if self.keys is None else len(self.keys)

    @property
    def numbers(self):
        """Number of each row's series, 0 where all rows are one."""
        if self.series is None:
            return np.broadcast_to(np.intp(0), self.n_rows)
        return self.series

    def take(self, at):
        """Take the rows at `at` (a slice, mask or index array)."""
        return replace(
            self,
            values=self.values[at],
            times=None if self.times is None else self.times[at],
            series=None if self.series is None else self.series[at],
        )

    def append(self, others):
        """Put the rows of `others`, of the same clock, after these."""
        both = [self, others]
        return replace(
            self,
            keys=others.keys,
            values=np.concatenate([rows.values for rows in both]),
            times=None
            if any(rows.times is None for rows in both)
            else np.concatenate([rows.times for rows in both]),
            series=None
            if any(rows.series is None for rows in both)
            else np.concatenate([rows.series for rows in both]),
        )

    def ends(self, n_kept, *, last):
        """Take the first or the last `n_kept` rows of each series."""
        if self.series is None:
            start = max(self.n_rows - n_kept, 0) if last else 0
            return self.take(slice(start, None if last else n_kept))
        rank = pd.Series(self.series).groupby(self.series).cumcount(ascending=not last)
        return self.take(rank.to_numpy() < n_kept)

    def steps(self, order=slice(None)):
        """Time from each row to the next, NaN where the next is of another series."""
        steps = np.diff(self.times[order])
        if self.series is None:
            return steps
        return np.where(np.diff(self.series[order]) == 0, steps, np.nan)

    def in_time_order(self):
        """Order that sorts the rows by series, then time."""
        if self.series is None:
            return np.argsort(self.times, kind="stable")
        return np.lexsort((self.times, self.series))

    def check_repeats(self):
        """Raise a ValueError where a series has two rows at one time, in any order."""
        if self.series is None and (self.steps() > 0).all():
            return
        order = self.in_time_order()
        repeats = self.steps(order) == 0
        if repeats.any():
            row = order[np.argmax(repeats) + 1]
            raise ValueError(
                f"The index of X repeats a time at row {row}; "
                "of two rows of a series at one time neither is the past of the other."
            )

    def check_time_order(self):
        """Raise a ValueError where times within a series are unsorted or double."""
        order = slice(None)
        if self.series is not None:
            order = np.argsort(self.series, kind="stable")
        wrong = self.steps(order) <= 0
        if not wrong.any():
            return
        at = int(np.argmax(wrong))
        row = at + 1 if self.series is None else int(order[at + 1])
        fault = "repeats a time" if self.steps(order)[at] == 0 else "goes back in time"
        raise ValueError(
            f"The index of X {fault} at row {row}; times must increase within a series "
            "(sort the rows and drop doubles first)."
        )


def read_rows(values, X, *, weekdays=False):
    """Read what the index of `X` tells about its rows.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        The validated rows of `X`.
    X : object
        What the user gave; a pandas object has an index.
    weekdays : bool, default=False
        Whether dates are on a calendar without weekends.

    Returns
    -------
    rows : Rows
        The rows and their clock.
    """
    index = getattr(X, "index", None)
    if not isinstance(index, pd.Index):
        return Rows(values)
    series = keys = None
    if isinstance(index, pd.MultiIndex) and index.nlevels == 1:
        index = index.get_level_values(0)
    if isinstance(index, pd.MultiIndex):
        series, keys = index.droplevel(-1).factorize(use_na_sentinel=False)
        keys = [_as_key(key) for key in keys]
        index = index.get_level_values(-1)
    kind, times = _read_clock(index, weekdays)
    is_default = (
        keys is None
        and isinstance(index, pd.RangeIndex)
        and (index.start, index.step) == (0, 1)
    )
    return Rows(values, kind, times, is_default, series, keys)


def _as_key(key):
    """Return the name of a series as a tuple in which what is missing equals itself."""
    levels = key if isinstance(key, tuple) else (key,)
    return tuple(None if pd.isna(level) else level for level in levels)


def _read_clock(index, weekdays):
    """Return the kind of clock that `index` is, and the times it tells."""
    dates = ("date", "datetime")
    if index.dtype == object and pd.api.types.infer_dtype(index, skipna=False) in dates:
        index = pd.DatetimeIndex(index)
    kind, times = None, None
    if isinstance(index, pd.DatetimeIndex):
        kind = "dates" if index.tz is None else "dates with a time zone"
        times = index.as_unit("ns").asi8
        if weekdays:
            times = _without_weekends(index.tz_localize(None).as_unit("ns").asi8)
    elif isinstance(index, pd.TimedeltaIndex):
        kind, times = "time differences", index.as_unit("ns").asi8
    elif isinstance(index, pd.PeriodIndex):
        kind, times = f"periods of {index.freqstr}", index.asi8
    elif pd.api.types.is_numeric_dtype(index) and index.dtype.kind in "iuf":
        is_float = index.dtype.kind == "f"
        kind, times = "numbers", index.to_numpy(np.float64 if is_float else np.int64)
    if kind is not None and index.hasnans:
        row = int(np.argmax(index.isna()))
        raise ValueError(f"The index of X has no time at row {row} ({index[row]}).")
    return kind, times


def skips_weekends(X, median_step):
    """Tell whether dates are a calendar of weekdays: two weeks or more, no weekend."""
    index = X.index
    if isinstance(index, pd.MultiIndex):
        index = index.get_level_values(-1)
    if not isinstance(index, pd.DatetimeIndex) or not median_step <= _DAY:
        return False
    two_weeks = pd.Timedelta(days=14)
    return bool(
        index.max() - index.min() >= two_weeks and (index.day_of_week < 5).all()
    )


def _without_weekends(times):
    """Let weekends pass in no time: a step over one is a weekday's."""
    # 1970-01-01 was a Thursday: weeks are counted from the Monday before it.
    weeks, in_week = np.divmod(times + 3 * _DAY, 7 * _DAY)
    working = np.minimum(in_week, 5 * _DAY)
    # Not quite none, so that rows of a weekend keep their order.
    weekend = np.maximum(in_week - 5 * _DAY, 0) // 10**12
    return weeks * (5 * _DAY + 2 * _DAY // 10**12) + working + weekend
