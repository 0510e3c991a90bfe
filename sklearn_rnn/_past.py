"""History: what is kept of the training rows, and which rows go before which."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ._rows import Rows, read_rows, skips_weekends

__all__ = ["Past", "Runs"]

# A row counts as the past of the next one up to this many median training steps.
_MAX_STEPS = 3

# Rows are "the same rows that fit began with" up to this relative difference.
_SAME_ROW_RTOL = 1e-6


@dataclass(frozen=True)
class Runs:
    """Rows, and what came before each of them.

    A run is a part of a series without a break, in order of time: each row of it is the
    past of the next.

    Parameters
    ----------
    before : ndarray of shape (n_before, n_features)
        Rows kept that the first run begins with.
    values : ndarray of shape (n_steps, n_features)
        The rows that follow them, kept and given, run after run, series after series.
    begins : ndarray of shape (n_runs,)
        Where in `values` the runs begin; 0 first.
    series : ndarray of shape (n_runs,)
        Number of each run's series.
    goes_on : ndarray of shape (n_runs,)
        Whether a run begins with the first of the rows kept of its series.
    given : slice or ndarray of shape (n_given,)
        Where in `values` the rows given stand.
    places : slice or ndarray of shape (n_given,)
        Their places among all rows given.
    """

    before: np.ndarray
    values: np.ndarray
    begins: np.ndarray
    series: np.ndarray
    goes_on: np.ndarray
    given: np.ndarray | slice
    places: np.ndarray | slice

    @classmethod
    def of_one(
        cls, before, values, number=0, *, goes_on, given=slice(None), places=slice(None)
    ):
        """Take `values`, after `before`, as one run."""
        begins, series, goes_on = np.array([0]), np.array([number]), np.array([goes_on])
        return cls(before, values, begins, series, goes_on, given, places)

    @property
    def are_all(self):
        """Whether these are all rows given, in their order."""
        return isinstance(self.places, slice) and self.places == slice(None)

    @property
    def starts(self):
        """For each of `values`, where its run begins, (n_steps,)."""
        return np.repeat(self.begins, np.diff(self.begins, append=len(self.values)))


def _median_steps(rows, n_series):
    """Median time from row to row in each series, NaN where there is none."""
    medians = np.full(n_series, np.nan)
    if rows.times is None or rows.n_rows < 2:
        return medians
    if rows.series is None:
        medians[0] = np.median(rows.steps())
        return medians
    order = rows.in_time_order()
    steps = pd.Series(rows.steps(order)).groupby(rows.series[order][1:]).median()
    medians[steps.index] = steps.to_numpy()
    return medians


@dataclass(frozen=True)
class Past:
    """What is kept of the rows seen so far.

    Parameters
    ----------
    first, last : Rows
        The first ``window_length`` and last ``window_length - 1`` rows of each series.
    median_steps : ndarray of shape (n_series,)
        Median time from row to row in each series; NaN where only one row was seen.
    window_length : int
        Number of rows in a window.
    weekdays : bool
        Whether the dates are on a calendar without weekends.
    """

    first: Rows
    last: Rows
    median_steps: np.ndarray
    window_length: int
    weekdays: bool

    @classmethod
    def of(cls, rows, X, window_length):
        """Keep what is needed of the training rows.

        Parameters
        ----------
        rows : Rows
            The training rows.
        X : object
            What the user gave, to read its index anew on a calendar of weekdays.
        window_length : int
            Number of rows in a window.

        Returns
        -------
        past : Past
            What is kept.
        rows : Rows
            The rows, timed as the past is.
        """
        weekdays = False
        if rows.times is not None:
            rows.check_time_order()
            medians = _median_steps(rows, rows.n_series)
            if np.isfinite(medians).any():
                weekdays = skips_weekends(X, np.nanmedian(medians))
        if weekdays:
            rows = read_rows(rows.values, X, weekdays=True)
        nothing = rows.take(slice(0, 0))
        past = cls(nothing, nothing, np.empty(0), window_length, weekdays)
        return past._followed_by(rows), rows

    def _followed_by(self, rows):
        """Return the past with `rows`, numbered and timed as it is, at its end."""
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
            self,
            first=first.ends(n_first, last=False),
            last=last.ends(n_last, last=True),
            median_steps=medians,
        )

    def extend(self, rows):
        """Return the past with `rows` at its end, where that is their place.

        Parameters
        ----------
        rows : Rows
            Rows in time order.

        Returns
        -------
        past : Past
            The past with `rows`.
        rows : Rows
            The rows, numbered and timed as in the past.
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
        latest = np.full(rows.n_series, -np.inf)
        for seen in (self.first, self.last):
            np.maximum.at(latest, seen.numbers, seen.times)
        early = rows.times <= latest[rows.numbers]
        if early.any():
            raise ValueError(
                f"Row {int(np.argmax(early))} of X is not later than the rows seen so "
                "far; partial_fit takes the rows that follow them."
            )
        return self._followed_by(rows), rows

    def _timed_in_order(self, rows):
        """Time `rows` by their place after the last row, where places are times."""
        if self.first.times is None:
            return replace(rows, times=None, kind=None)
        seen = self.last if self.last.n_rows else self.first
        times = seen.times[-1] + 1 + np.arange(rows.n_rows)
        return replace(rows, kind=self.first.kind, times=times, is_default=True)

    def number(self, rows):
        """Number the series of `rows` as here; new ones come after."""
        if rows.keys is None or self.first.keys is None:
            return rows
        known = {key: number for number, key in enumerate(self.first.keys)}
        numbers = np.array([known.setdefault(key, len(known)) for key in rows.keys])
        return replace(rows, series=numbers[rows.series], keys=list(known))

    def can_share_series(self, rows):
        """Tell whether both name their series, or neither does."""
        return (rows.keys is None) == (self.first.keys is None)

    def shares_clock(self, rows):
        """Tell whether the index of `rows` places them next to the rows seen."""
        seen = self.first
        if rows.kind is None or (rows.is_default and seen.is_default):
            return False
        return rows.kind == seen.kind

    def tells_other_time(self, rows):
        """Tell whether the index of `rows` cannot be compared with the one seen."""
        return self.first.tells_time and rows.tells_time and not self.shares_clock(rows)

    def longest_steps(self, rows):
        """Return the longest step that does not end a run, for each series."""
        medians = np.full(rows.n_series, np.nan)
        if not self.shares_clock(rows):  # no step on this one was ever seen
            return np.full_like(medians, np.inf)
        medians[: len(self.median_steps)] = self.median_steps[: rows.n_series]
        if np.isfinite(self.median_steps).any():
            medians[np.isnan(medians)] = np.nanmedian(self.median_steps)
        # Where no step was ever seen, none is too long. The margin is for rounding.
        return np.where(np.isnan(medians), np.inf, _MAX_STEPS * medians * (1 + 1e-9))

    def n_repeated(self, values, number=0):
        """Count the leading rows of `values` that repeat the first rows seen.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            Rows of one series.
        number : int, default=0
            The number of the series.

        Returns
        -------
        n_repeated : int
            All of ``len(values)`` where `values` repeats every first row kept; 0 where
            there are fewer than those.
        """
        first = self.first.values
        if self.first.series is not None:
            first = first[self.first.series == number]
        if len(values) < len(first):
            return 0
        # What a transformer in front rounds to almost 0 may differ in every digit.
        rounding = 1e-12 * np.abs(first).max(axis=0, initial=0.0)
        same = np.isclose(
            values[: len(first)], first, rtol=_SAME_ROW_RTOL, atol=rounding
        )
        n_same = int(np.logical_and.accumulate(same.all(axis=1)).sum())
        return len(values) if n_same == len(first) else n_same

    def runs(self, rows, *, carry, breaks):
        """Decide what came before each row.

        Parameters
        ----------
        rows : Rows
            The rows, their series numbered as here.
        carry : {"auto", True, False}
            Whether the rows kept may come before them; with ``"auto"`` rows without
            times do not follow them where they repeat the first ones.
        breaks : bool
            Whether a step in time of more than 3 medians ends a run.

        Returns
        -------
        parts : list of Runs
            Each row stands in one of them.
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
            longest = self.longest_steps(rows)
            if not breaks:
                longest = np.full_like(longest, np.inf)
            return [_runs_by_time(rows, seen, longest)]
        if rows.series is None:
            return self._runs_by_place(rows, seen, carry)
        parts = []
        for number in np.unique(rows.series):
            own = np.flatnonzero(rows.series == number)
            of_past = seen.take(seen.series == number) if seen.n_rows else seen
            parts += self._runs_by_place(rows.take(own), of_past, carry, number, own)
        return parts

    def _runs_by_place(self, rows, seen, carry, number=0, places=None):
        """Runs of one series where only the place of a row tells its time.

        Parameters
        ----------
        rows, seen : Rows
            The rows given and those kept, of one series.
        carry : {"auto", True, False}
            As in `runs`.
        number : int, default=0
            The number of the series.
        places : ndarray of shape (n_rows,) or None, default=None
            Places of `rows` among all rows given; None: these are all.
        """
        if rows.tells_time and not (np.diff(rows.times) > 0).all():
            order = rows.in_time_order()
            places = order if places is None else places[order]
            return self._runs_by_place(rows.take(order), seen, carry, number, places)
        n_repeated = 0
        if seen.n_rows and carry == "auto":
            n_repeated = self.n_repeated(rows.values, number)

        def run(before, n_rows, given):
            return Runs.of_one(
                before,
                rows.values[:n_rows],
                number,
                goes_on=len(before) > 0,
                given=given,
                places=given if places is None else places[given],
            )

        if n_repeated in (0, rows.n_rows):
            before = seen.values[: 0 if n_repeated else None]
            return [run(before, rows.n_rows, slice(None))]
        return [
            run(seen.values, rows.n_rows, slice(n_repeated, None)),
            run(seen.values[:0], n_repeated, slice(0, n_repeated)),
        ]


def _runs_by_time(rows, seen, longest):
    """Runs where an index decides, row by row, what came before.

    Parameters
    ----------
    rows, seen : Rows
        The rows given and those kept.
    longest : ndarray of shape (n_series,)
        The longest step that does not end a run.
    """
    if seen.n_rows == 0:
        seen = rows.take(slice(0, 0))
    elif rows.series is not None:
        is_given = np.zeros(len(longest), dtype=bool)
        is_given[rows.series] = True
        seen = seen.take(is_given[seen.series])
    if rows.series is None and _is_unbroken(rows, seen, longest[0]):
        before = seen.take(seen.times < rows.times[0])
        gaps = np.diff(np.append(before.times, rows.times[:1])) > longest[0]
        n_cut = 0 if not gaps.any() else before.n_rows - int(gaps[::-1].argmax())
        begin = np.append(before.times[n_cut:], rows.times[:1])[0]
        goes_on = seen.n_rows > 0 and begin == seen.times[0]
        return Runs.of_one(before.values[n_cut:], rows.values, goes_on=goes_on)

    seen = replace(seen, values=seen.values.astype(rows.values.dtype, copy=False))
    both = seen.append(rows) if seen.n_rows else rows
    order = both.in_time_order()  # of equal times the row seen before is first
    repeats = both.steps(order) == 0
    order = order[~np.append(repeats, False)]  # rows given now replace rows seen
    steps, series = both.steps(order), both.numbers[order]
    begins = np.flatnonzero(np.append(True, ~(steps <= longest[series[1:]])))
    at = np.empty(both.n_rows, dtype=np.intp)
    at[order] = np.arange(len(order))
    return Runs(
        both.values[:0],
        both.values[order],
        begins,
        series[begins],
        _go_on(both.times[order][begins], series[begins], seen, len(longest)),
        given=at[seen.n_rows :],
        places=slice(None),
    )


def _go_on(times, series, seen, n_series):
    """Tell which runs of `series` that begin at `times` begin with the first row kept.

    Parameters
    ----------
    times, series : ndarray of shape (n_runs,)
        When the runs begin, and the numbers of their series.
    seen : Rows
        The rows kept.
    n_series : int
        Number of series that have a number.

    Returns
    -------
    goes_on : ndarray of shape (n_runs,)
        Whether a run does.
    """
    numbers, first = np.unique(seen.numbers, return_index=True)
    is_seen = np.zeros(n_series, dtype=bool)
    is_seen[numbers] = True
    earliest = np.zeros(n_series, seen.times.dtype)
    earliest[numbers] = seen.times[first]
    return is_seen[series] & (times == earliest[series])


def _is_unbroken(rows, seen, longest):
    """Tell whether `rows` are one sorted run that no row `seen` falls into."""
    steps = rows.steps()
    if not ((steps > 0) & (steps <= longest)).all():
        return False
    first, last = rows.times[0], rows.times[-1]
    inside = seen.times[(seen.times >= first) & (seen.times <= last)]
    return bool((rows.times[np.searchsorted(rows.times, inside)] == inside).all())
