"""The history of a transformer: the training rows that it keeps for later rows."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sklearn_rnn._rows.calendar import Calendar, quantiles_of
from sklearn_rnn._rows.clocks import Clock
from sklearn_rnn._rows.timed_rows import TimedRows

from .runs import (
    Runs,
    StepGauge,
    inverse_of,
    ranks_of,
    runs_by_time,
    runs_side_by_side,
)

__all__ = ["History"]

# A calendar is learnt from the first rows, until they span eight weeks (here in
# microseconds) or reach this number.
_SPAN_TO_LEARN, _ROWS_TO_LEARN = 8 * 7 * 24 * 3600 * 10**6, 20_000

# Rows are "the same rows that fit began with" up to this relative difference.
_SAME_ROW_RTOL = 1e-6


@dataclass(frozen=True)
class History:
    """The rows kept of the training rows, and their usual steps.

    Parameters
    ----------
    first, last : TimedRows
        The first ``window_length`` and last ``window_length - 1`` rows of each series.
    median_steps : ndarray of shape (n_series,)
        Median time from row to row in each series; NaN where only one row was seen.
    window_length : int
        Number of rows in a window.
    calendar : Calendar or None, default=None
        Times at which the series usually have no rows; None where nothing repeats.
    to_learn : TimedRows or None, default=None
        All training rows, without their values, from which the calendar is learnt again
        when more come; None where the calendar is final, or there are no times.
    """

    first: TimedRows
    last: TimedRows
    median_steps: np.ndarray
    window_length: int
    calendar: Calendar | None = None
    to_learn: TimedRows | None = None

    @classmethod
    def of(cls, rows: TimedRows, window_length: int) -> "History":
        """Return the history of training rows.

        Parameters
        ----------
        rows : TimedRows
            The training rows.
        window_length : int
            Number of rows in a window.

        Returns
        -------
        history : History
            Their history.
        """
        if rows.times is not None:
            rows.check_time_order()
        nothing = rows.take(slice(0, 0))
        to_learn = replace(nothing, values=nothing.values[:, :0])
        empty = cls(nothing, nothing, np.empty(0), window_length, to_learn=to_learn)
        return empty._followed_by(rows)

    # ------------------------------------------------------------- rows that follow it

    def extend(self, rows: TimedRows) -> tuple["History", TimedRows]:
        """Return the history with `rows` at its end, if that is their place.

        Parameters
        ----------
        rows : TimedRows
            Rows in time order.

        Returns
        -------
        history : History
            The history with `rows`.
        rows : TimedRows
            The rows, numbered and timed as in the history.

        Raises
        ------
        ValueError
            If the rows cannot be placed in time, or do not follow the rows seen so far.
        """
        if not self.can_share_series(rows):
            raise ValueError(
                "X names its series in a MultiIndex and fit saw none, or the other way "
                "round; partial_fit needs X as in fit, to tell which series goes on."
            )
        rows = self.number(rows)
        if not self.shares_clock(rows):
            has_clock = self.first.kind is not None
            if self.first.tells_time or (has_clock and rows.tells_time):
                raise ValueError(
                    f"X has no index that can be compared with the {self.first.kind} "
                    "seen in fit, which partial_fit needs to place its rows in time."
                )
            rows = self._timed_in_order(rows)
            return self._followed_by(rows), rows
        rows.check_time_order()
        early = np.zeros(rows.n_rows, dtype=bool)
        for seen in (self.first, self.last):
            latest = np.zeros(rows.n_series, seen.times.dtype)
            is_seen = np.zeros(rows.n_series, dtype=bool)
            is_seen[seen.numbers] = True
            latest[seen.numbers] = seen.times  # of equal series the last one counts
            early |= is_seen[rows.numbers] & (rows.times <= latest[rows.numbers])
        if early.any():
            raise ValueError(
                f"Row {int(np.argmax(early))} of X is not later than the rows seen so "
                "far; partial_fit takes the rows that follow them."
            )
        return self._followed_by(rows), rows

    def _timed_in_order(self, rows):
        """Time `rows` by their place after the last row, where places are times."""
        if self.first.times is None:
            return replace(rows, clock=Clock())
        seen = self.last if self.last.n_rows else self.first
        times = seen.times[-1] + 1 + np.arange(rows.n_rows)
        return replace(rows, clock=Clock(seen.kind, times), is_default=True)

    def _followed_by(self, rows):
        """Return the history with `rows`, numbered and timed as it is, at its end."""
        n_first, n_last = self.window_length, self.window_length - 1
        first = self.first.append(rows.ends(n_first, last=False))
        last = self.last.append(rows.ends(n_last, last=True))
        medians = np.full(rows.n_series, np.nan)
        medians[: len(self.median_steps)] = self.median_steps
        if np.isnan(medians).any():
            seen = self.last.append(rows) if self.last.n_rows else rows
            medians = np.where(
                np.isnan(medians), _median_steps(seen, rows.n_series), medians
            )
        return replace(
            self._learnt_from(rows),
            first=first.ends(n_first, last=False),
            last=last.ends(n_last, last=True),
            median_steps=medians,
        )

    def _learnt_from(self, rows):
        """Return the history with the calendar of the rows seen so far and `rows`."""
        if self.to_learn is None:
            return self
        seen = self.to_learn.append(replace(rows, values=rows.values[:, :0]))
        if seen.clock.walls is None:
            return replace(self, to_learn=None)
        order = slice(None) if seen.series is None else seen.in_time_order()
        walls, numbers = seen.clock.walls[order], seen.numbers[order]
        calendar = Calendar.of(walls, numbers, seen.n_series)
        is_known = np.ptp(walls) >= _SPAN_TO_LEARN or seen.n_rows > _ROWS_TO_LEARN
        return replace(self, calendar=calendar, to_learn=None if is_known else seen)

    # -------------------------------------------------- rows that are compared with it

    def number(self, rows: TimedRows) -> TimedRows:
        """Number the series of `rows` as here; new series come after."""
        if rows.keys is None or self.first.keys is None:
            return rows
        known = {key: number for number, key in enumerate(self.first.keys)}
        numbers = np.array([known.setdefault(key, len(known)) for key in rows.keys])
        return replace(rows, series=numbers[rows.series], keys=list(known))

    def can_share_series(self, rows: TimedRows) -> bool:
        """Tell whether both name their series, or neither does."""
        return (rows.keys is None) == (self.first.keys is None)

    def shares_clock(self, rows: TimedRows) -> bool:
        """Tell whether the index of `rows` places them in time beside the history."""
        seen = self.first
        if rows.kind is None or (rows.is_default and seen.is_default):
            return False
        return rows.kind == seen.kind

    def tells_other_time(self, rows: TimedRows) -> bool:
        """Tell whether the index of `rows` cannot be compared with that of fit."""
        return self.first.tells_time and rows.tells_time and not self.shares_clock(rows)

    def n_repeated(self, rows: TimedRows) -> np.ndarray:
        """Count the leading rows of each series that repeat its first training rows.

        Parameters
        ----------
        rows : TimedRows
            Rows, sorted by series.

        Returns
        -------
        n_repeated : ndarray of shape (n_series,)
            All rows of a series if they repeat every first row kept of it; 0 if they
            are fewer.
        """
        first = self.first.take(self.first.in_series_order())
        n_first = first.counts(rows.n_series)
        n_rows = rows.counts(rows.n_series)
        n_compared = np.where(n_rows < n_first, 0, n_first)
        number = np.repeat(np.arange(rows.n_series), n_compared)
        rank = ranks_of(number)
        of_first = first.values[_offsets(n_first)[number] + rank]
        of_rows = rows.values[_offsets(n_rows)[number] + rank]
        # Values that a transformer in front rounds to almost 0 may differ in every
        # digit.
        rounding = np.zeros((rows.n_series, rows.values.shape[1]))
        np.maximum.at(rounding, number, 1e-12 * np.abs(of_first))
        same = np.abs(of_rows - of_first) <= (
            rounding[number] + _SAME_ROW_RTOL * np.abs(of_first)
        )
        n_same = n_compared.copy()
        differs = np.flatnonzero(~same.all(axis=1))
        np.minimum.at(n_same, number[differs], rank[differs])
        return np.where(n_same == n_first, n_rows, n_same)

    # -------------------------------------------------------- which rows come before

    def runs(
        self, rows: TimedRows, *, carry: bool | Literal["auto"], breaks: bool
    ) -> Runs:
        """Find the earlier rows of each row.

        Parameters
        ----------
        rows : TimedRows
            The given rows, their series numbered as here.
        carry : {"auto", True, False}
            Whether kept rows may come before them; with ``"auto"`` rows without times
            do not follow the kept rows if they repeat the first training rows.
        breaks : bool
            Whether a step of more than 3 median training steps ends a run.

        Returns
        -------
        runs : Runs
            Runs in which each given row has its place.

        Raises
        ------
        ValueError
            If the index of the rows repeats a time or cannot be compared with that of
            fit.
        """
        seen = self.last
        if rows.tells_time:
            rows.check_repeats()
        # Rows with names of series and rows without cannot be matched.
        if not carry or not self.can_share_series(rows):
            seen = seen.take(slice(0, 0))
        if self.tells_other_time(rows):
            raise ValueError(
                f"The index of X holds {rows.kind}, which cannot be compared with the "
                f"{self.first.kind} seen in fit."
            )
        if self.shares_clock(rows) or (seen.n_rows == 0 and rows.tells_time):
            return runs_by_time(rows, seen, self._gauge(rows, breaks))
        return self._runs_by_place(rows, seen, carry)

    def _gauge(self, rows, breaks):
        """Return the gauge of the steps of `rows`.

        Parameters
        ----------
        rows : TimedRows
            Rows, their series numbered as here.
        breaks : bool
            Whether a step can be too long.
        """
        usual = np.full(rows.n_series, np.inf)
        if not breaks or not self.shares_clock(rows):  # no step of this clock is known
            return StepGauge(usual)
        if np.isfinite(self.median_steps).any():
            usual[:] = np.nanmedian(self.median_steps)
        own = self.median_steps[: rows.n_series]
        usual[: len(own)] = np.where(np.isnan(own), usual[: len(own)], own)
        return StepGauge(usual, self.calendar)

    def _runs_by_place(self, rows, seen, carry):
        """Return runs where only the place of a row tells its time.

        Parameters
        ----------
        rows, seen : TimedRows
            The given rows and the kept rows.
        carry : {"auto", True, False}
            As in `runs`.
        """
        given = slice(None)
        if rows.series is not None or rows.tells_time:
            order = rows.in_time_order() if rows.tells_time else rows.in_series_order()
            given = inverse_of(order)
            rows = rows.take(order)
        n_rows, n_repeated = rows.counts(rows.n_series), np.zeros(rows.n_series, int)
        if seen.n_rows and carry == "auto":
            n_repeated = self.n_repeated(rows)
        is_whole = n_repeated == n_rows
        if rows.series is None and (is_whole | (n_repeated == 0)).all():
            before = seen.values[: 0 if is_whole[0] else None]
            return Runs.of_one(
                before, rows.values, goes_on=len(before) > 0, given=given
            )
        seen = seen.take(seen.in_series_order())
        n_alone = np.where(is_whole, 0, n_repeated)
        return runs_side_by_side(rows, seen, n_alone, ~is_whole, given)


def _median_steps(rows, n_series):
    """Return the median time from row to row in each series, NaN where none is."""
    if rows.times is None or rows.n_rows < 2:
        return np.full(n_series, np.nan)
    order = slice(None) if rows.series is None else rows.in_time_order()
    return quantiles_of(rows.steps(order), rows.numbers[order][1:], n_series)


def _offsets(counts):
    """Return the start of each of several parts, laid end to end."""
    return np.cumsum(counts) - counts
