"""Rows with the times and the series that their index tells."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from sklearn_rnn._checks import warn_user

from .clocks import (
    Clock,
    family_of,
    join,
    looks_like_dates,
    looks_like_days,
    read_clock,
    take,
)

__all__ = ["TimedRows", "read_rows", "warn_of_strings"]


@dataclass(frozen=True)
class TimedRows:
    """Rows with the times and the series that their index tells.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        The rows.
    clock : Clock, default=Clock()
        Times of the rows.
    is_default : bool, default=False
        Whether the index is a RangeIndex from 0, the default of pandas: its times count
        only beside an index of other integers.
    series : ndarray of shape (n_rows,) or None, default=None
        Number of each row's series in `keys`; None if all rows are one series.
    keys : list of tuple or None, default=None
        Names of the series.
    """

    values: np.ndarray
    clock: Clock = field(default_factory=Clock)
    is_default: bool = False
    series: np.ndarray | None = None
    keys: list | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.values)

    @property
    def kind(self) -> str | None:
        """Kind of the clock; None if the index tells no time."""
        return self.clock.kind

    @property
    def times(self):
        """Time of each row, (n_rows,), or None."""
        return self.clock.times

    @property
    def tells_time(self) -> bool:
        """Whether the index alone tells the times of the rows."""
        return self.kind is not None and not self.is_default

    @property
    def n_series(self) -> int:
        """Number of numbered series."""
        return 1 if self.keys is None else len(self.keys)

    @property
    def numbers(self) -> np.ndarray:
        """Number of each row's series, (n_rows,); 0 if all rows are one series."""
        if self.series is None:
            return np.broadcast_to(np.intp(0), self.n_rows)
        return self.series

    def take(self, at: slice | np.ndarray) -> "TimedRows":
        """Take the rows at `at` (a slice, mask or index array)."""
        return replace(
            self,
            values=self.values[at],
            clock=self.clock.take(at),
            series=take(self.series, at),
        )

    def append(self, others: "TimedRows") -> "TimedRows":
        """Put the rows of `others`, of the same clock, after these."""
        both = [self, others]
        return replace(
            self,
            keys=others.keys,
            values=np.concatenate([rows.values for rows in both]),
            clock=self.clock.append(others.clock),
            series=join(self.series, others.series),
        )

    def in_series_order(self) -> slice | np.ndarray:
        """Return the order that sorts the rows by series, and keeps it within each."""
        if self.series is None:
            return slice(None)
        return np.argsort(self.series, kind="stable")

    def counts(self, n_series: int) -> np.ndarray:
        """Count the rows of each series, (n_series,)."""
        return np.bincount(self.numbers, minlength=n_series)

    def ends(self, n_kept: int, *, last: bool) -> "TimedRows":
        """Take the first or the last `n_kept` rows of each series."""
        if self.series is None:
            start = max(self.n_rows - n_kept, 0) if last else 0
            return self.take(slice(start, None if last else n_kept))
        rank = pd.Series(self.series).groupby(self.series).cumcount(ascending=not last)
        return self.take(rank.to_numpy() < n_kept)

    def steps(self, order=slice(None)):
        """Return the time from each row to the next, NaN between series."""
        steps = np.diff(self.times[order])
        if self.series is None:
            return steps
        return np.where(np.diff(self.series[order]) == 0, steps, np.nan)

    def in_time_order(self):
        """Return the order that sorts the rows by series, then by time."""
        if self.series is None:
            return np.argsort(self.times, kind="stable")
        return np.lexsort((self.times, self.series))

    def check_repeats(self) -> None:
        """Raise a ValueError if a series has two rows at one time."""
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
        """Raise a ValueError if times within a series do not increase."""
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
            "(sort the rows and drop doubles first; no search or split may shuffle "
            "them)."
        )


def read_rows(
    values: np.ndarray, X: object, seen: TimedRows | None = None
) -> TimedRows:
    """Read the times and the series of rows off the index of `X`.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        The rows of `X`, checked.
    X : object
        Rows from the user; only a pandas object has an index.
    seen : TimedRows or None, default=None
        Earlier rows, with which the times are compared.

    Returns
    -------
    rows : TimedRows
        The rows.
    """
    index = getattr(X, "index", None)
    if not isinstance(index, pd.Index):
        return TimedRows(values)
    series = keys = None
    if isinstance(index, pd.MultiIndex) and index.nlevels == 1:
        index = index.get_level_values(0)
    if isinstance(index, pd.MultiIndex):
        _check_levels(index)
        series, keys = index.droplevel(-1).factorize(use_na_sentinel=False)
        keys = [_as_key(key) for key in keys]
        index = index.get_level_values(-1)
    is_default = (
        keys is None
        and isinstance(index, pd.RangeIndex)
        and (index.start, index.step) == (0, 1)
    )
    clock = read_clock(index, None if seen is None else seen.clock)
    return TimedRows(values, clock, is_default, series, keys)


def _as_key(key):
    """Return the name of a series as a tuple, with None for missing values."""
    levels = key if isinstance(key, tuple) else (key,)
    return tuple(None if pd.isna(level) else level for level in levels)


def _check_levels(index):
    """Raise a ValueError if a level that names the series holds times, not the last.

    The last level may hold numbers, unless an earlier level holds dates, or numbers
    that are dates. Nothing is checked if the last level may hold dates as strings.
    """
    if looks_like_dates(index.levels[-1]):
        return
    families = [family_of(level) for level in index.levels]
    last = families.pop()
    if last not in (None, "numbers"):
        return
    for number, family in enumerate(families):
        level = index.levels[number]
        is_date = looks_like_dates(level)
        is_date |= looks_like_days(level) and not looks_like_days(index.levels[-1])
        if is_date or family not in (None, last):
            order = [at for at in range(index.nlevels) if at != number] + [number]
            names = [index.names[at] for at in order]
            order = order if None in names else names
            how = "swaplevel()" if len(order) == 2 else f"reorder_levels({order})"
            raise ValueError(
                f"The last level of the index of X, {order[-2]!r}, must tell time, as "
                f"{order[-1]!r} does, and the levels before it name the series; put "
                f"that last: X = X.{how}."
            )


def warn_of_strings(X: object) -> None:
    """Warn if the index of `X` holds dates as strings."""
    index = getattr(X, "index", None)
    if not isinstance(index, pd.Index):
        return
    labels = index.levels[-1] if isinstance(index, pd.MultiIndex) else index
    if looks_like_dates(labels):
        warn_user(
            f"The index of X holds strings ({labels[0]!r} is one), which tell no time: "
            "rows are taken in the order given. Parse them with pd.to_datetime."
        )
