"""History: what is kept of the training rows, and which rows go before which."""

import warnings
from dataclasses import dataclass, replace

import numpy as np

from sklearn_rnn._rows.calendar import Calendar, quantiles_of
from sklearn_rnn._rows.clocks import Clock
from sklearn_rnn._rows.timed_rows import TimedRows

__all__ = ["History", "Runs", "Watch", "warn_of_gaps"]

# A row counts as the past of the next one up to this many median training steps.
_MAX_STEPS = 3

# So many rows may take one place after the training rows until it is told: what a model
# says of a row, and of a version of it, and of test rows after validation rows.
_MAX_VERSIONS = 2

_CURE = "After each prediction call partial_fit of the transformer with these rows, or "
_UNPLACED = (
    "X has no index that places it in time, and is taken to follow the training rows "
    f"at once, as other rows were in earlier calls. {_CURE}give rows an index "
    "that tells time."
)
_CUT_OFF = (
    "X begins after a gap that cuts it off from the training rows, as in earlier "
    f"calls: its first windows see no earlier row. {_CURE}give them together "
    "with the rows before them."
)

# A calendar is learnt from the first rows, until they span so many microseconds (eight
# weeks) or are so many.
_SPAN_TO_LEARN, _ROWS_TO_LEARN = 8 * 7 * 24 * 3600 * 10**6, 20_000

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
        Where in `values` the rows given stand, in the order in which they are given.
    gaps : ndarray of shape (n_runs,)
        How many usual steps lie before each run, from a row given to another; else 0.
    is_cut_off : ndarray of shape (n_runs,)
        Whether a gap lies between the rows kept and a run of those given.
    n_known : ndarray of shape (n_runs,)
        How many rows of its series are known.
    """

    before: np.ndarray
    values: np.ndarray
    begins: np.ndarray
    series: np.ndarray
    goes_on: np.ndarray
    given: np.ndarray | slice
    gaps: np.ndarray
    is_cut_off: np.ndarray
    n_known: np.ndarray

    @classmethod
    def of_one(cls, before, values, *, goes_on, given=slice(None), is_cut_off=False):
        """Take `values`, after `before`, as one run."""
        return cls(
            before,
            values,
            begins=np.array([0]),
            series=np.array([0]),
            goes_on=np.array([goes_on]),
            given=given,
            gaps=np.zeros(1),
            is_cut_off=np.array([is_cut_off]),
            n_known=np.zeros(1),
        )

    def cut_by_gaps(self, window_length):
        """Count rows given whose window a gap cuts short, and tell the longest gap.

        Series shorter than a window count for nothing.

        Parameters
        ----------
        window_length : int
            Number of rows in a window.

        Returns
        -------
        n_cut : int
            Number of rows given.
        gap : float
            In usual steps.
        """
        is_cut = (self.gaps > 0) & (self.n_known >= window_length)
        if not is_cut.any():
            return 0, 0.0
        n_before = np.append(len(self.before), np.zeros(len(self.begins) - 1, int))
        n_short = np.maximum(window_length - 1 - n_before, 0) * is_cut
        lengths = np.diff(self.begins, append=len(self.values))
        is_short = np.arange(len(self.values)) < np.repeat(
            self.begins + n_short, lengths
        )
        return int(is_short[self.given].sum()), float(self.gaps[is_cut].max())

    @property
    def starts(self):
        """For each of `values`, where its run begins, (n_steps,)."""
        return np.repeat(self.begins, np.diff(self.begins, append=len(self.values)))


def _median_steps(rows, n_series):
    """Median time from row to row in each series, NaN where there is none."""
    if rows.times is None or rows.n_rows < 2:
        return np.full(n_series, np.nan)
    order = slice(None) if rows.series is None else rows.in_time_order()
    return quantiles_of(rows.steps(order), rows.numbers[order][1:], n_series)


@dataclass(frozen=True)
class _Gauge:
    """Counts the usual steps from row to row.

    Parameters
    ----------
    usual : ndarray of shape (n_series,)
        The usual step of each series; infinity where no step is too long.
    calendar : Calendar or None
        When series usually have no rows.
    """

    usual: np.ndarray
    calendar: Calendar | None = None

    def strides(self, rows, order=slice(None), is_apart=None):
        """Count usual steps from each row to the next, NaN where a series ends.

        Parameters
        ----------
        rows : Rows
            The rows.
        order : slice or ndarray of shape (n_rows,), default=slice(None)
            Their order.
        is_apart : ndarray of shape (n_rows - 1,) or None, default=None
            Where one row of the two was kept and the other is given now; None: nowhere.
        """
        numbers = rows.numbers[order][1:]
        strides = rows.steps(order) / self.usual[numbers]
        if self.calendar is None or rows.clock.walls is None:
            return strides
        at = np.flatnonzero(_is_gap(strides))
        walls = rows.clock.walls[order]
        is_apart = np.zeros(len(at), bool) if is_apart is None else is_apart[at]
        opened = self.calendar.strides(walls[at], walls[at + 1], numbers[at], is_apart)
        strides[at] = np.minimum(strides[at], opened)
        return strides


def _is_gap(strides):
    """Tell which steps, in usual ones, end a run; the margin is for rounding."""
    return strides > _MAX_STEPS * (1 + 1e-9)


@dataclass(frozen=True)
class History:
    """What is kept of the rows seen so far.

    Parameters
    ----------
    first, last : Rows
        The first ``window_length`` and last ``window_length - 1`` rows of each series.
    median_steps : ndarray of shape (n_series,)
        Median time from row to row in each series; NaN where only one row was seen.
    window_length : int
        Number of rows in a window.
    calendar : Calendar or None
        When series usually have no rows; None where nothing repeats.
    to_learn : Rows or None
        All rows seen, without their values, from which the calendar is learnt again
        when more come; None where it is known, or there are no times.
    """

    first: TimedRows
    last: TimedRows
    median_steps: np.ndarray
    window_length: int
    calendar: Calendar | None = None
    to_learn: TimedRows | None = None

    @classmethod
    def of(cls, rows, window_length):
        """Keep what is needed of the training rows.

        Parameters
        ----------
        rows : Rows
            The training rows.
        window_length : int
            Number of rows in a window.

        Returns
        -------
        past : Past
            What is kept.
        """
        if rows.times is not None:
            rows.check_time_order()
        nothing = rows.take(slice(0, 0))
        to_learn = replace(nothing, values=nothing.values[:, :0])
        past = cls(nothing, nothing, np.empty(0), window_length, to_learn=to_learn)
        return past._followed_by(rows)

    def _learnt_from(self, rows):
        """Return the past with the calendar that `rows`, after those seen, tell."""
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
            self._learnt_from(rows),
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

    def _gauge(self, rows, breaks):
        """Return what counts the steps of `rows`.

        Parameters
        ----------
        rows : Rows
            Rows, their series numbered as here.
        breaks : bool
            Whether a step can be too long.
        """
        usual = np.full(rows.n_series, np.inf)
        if not breaks or not self.shares_clock(rows):  # no step on this was ever seen
            return _Gauge(usual)
        if np.isfinite(self.median_steps).any():
            usual[:] = np.nanmedian(self.median_steps)
        own = self.median_steps[: rows.n_series]
        usual[: len(own)] = np.where(np.isnan(own), usual[: len(own)], own)
        return _Gauge(usual, self.calendar)

    def n_repeated(self, rows):
        """Count the leading rows of each series that repeat the first rows seen.

        Parameters
        ----------
        rows : Rows
            Rows, sorted by series.

        Returns
        -------
        n_repeated : ndarray of shape (n_series,)
            All rows of a series where they repeat every first row kept; 0 where there
            are fewer than those.
        """
        first = self.first.take(self.first.in_series_order())
        n_first = first.counts(rows.n_series)
        n_rows = rows.counts(rows.n_series)
        n_compared = np.where(n_rows < n_first, 0, n_first)
        number = np.repeat(np.arange(rows.n_series), n_compared)
        rank = _ranks_of(number)
        of_first = first.values[_offsets(n_first)[number] + rank]
        of_rows = rows.values[_offsets(n_rows)[number] + rank]
        # What a transformer in front rounds to almost 0 may differ in every digit.
        rounding = np.zeros((rows.n_series, rows.values.shape[1]))
        np.maximum.at(rounding, number, 1e-12 * np.abs(of_first))
        same = np.abs(of_rows - of_first) <= (
            rounding[number] + _SAME_ROW_RTOL * np.abs(of_first)
        )
        n_same = n_compared.copy()
        differs = np.flatnonzero(~same.all(axis=1))
        np.minimum.at(n_same, number[differs], rank[differs])
        return np.where(n_same == n_first, n_rows, n_same)

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
        runs : Runs
            Each row given stands in one of them.
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
            return _runs_by_time(rows, seen, self._gauge(rows, breaks))
        return self._runs_by_place(rows, seen, carry)

    def _runs_by_place(self, rows, seen, carry):
        """Runs where only the place of a row tells its time.

        Parameters
        ----------
        rows, seen : Rows
            The rows given and those kept.
        carry : {"auto", True, False}
            As in `runs`.
        """
        given = slice(None)
        if rows.series is not None or rows.tells_time:
            order = rows.in_time_order() if rows.tells_time else rows.in_series_order()
            given = _inverse_of(order)
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
        return _runs_side_by_side(rows, seen, n_alone, ~is_whole, given)

    def firsts_out_of_place(self, rows, runs):
        """Return the first rows given of series that may stand in the place of others.

        Parameters
        ----------
        rows : Rows
            The rows, their series numbered as here.
        runs : Runs
            What came before them.

        Returns
        -------
        sentence : str
            What is told of them.
        firsts : dict of int to ndarray of shape (n_values,)
            The time of the first row of each series that a gap cuts off from the rows
            kept; where no index places rows, what the first of those holds that follow
            the rows kept: all that changes from each of these to the next.
        """
        if self.shares_clock(rows):
            numbers = np.unique(runs.series[runs.is_cut_off])
            of_rows, sentence = rows.times[:, np.newaxis], _CUT_OFF
        else:
            numbers = np.unique(runs.series[runs.goes_on])
            of_rows, sentence = rows.values, _UNPLACED
            if len(numbers):
                changes = np.diff(self.last.values, axis=0) != 0
                changes = changes.all(axis=0) & (len(changes) > 0)
                of_rows = of_rows[:, changes | ~changes.any()]
        if len(numbers) == 0:
            return sentence, {}
        given, at = np.unique(rows.numbers, return_index=True)
        at = at[np.searchsorted(given, numbers)]
        return sentence, dict(zip(numbers.tolist(), of_rows[at], strict=True))


def warn_of_gaps(runs, past, n_rows, watch=None):
    """Warn where gaps cut short the windows of more than a twentieth of the rows.

    The gap between the rows kept and those given does not count: a test fold may lie
    anywhere after its training rows.

    Parameters
    ----------
    runs : Runs
        What came before the rows.
    past : Past
        What they were compared with.
    n_rows : int
        Number of rows given.
    watch : Watch or None, default=None
        Who remembers that it was told.
    """
    n_cut, gap = runs.cut_by_gaps(past.window_length)
    if n_cut > n_rows / 20 and (watch is None or watch.is_first("gaps")):
        warnings.warn(
            f"The index of X has gaps of up to {gap:.3g} median steps, and more than "
            f"{_MAX_STEPS} cut off what came before: {n_cut} of {n_rows} rows do not "
            "see all of the past that they could. carry_history=True ignores gaps; "
            "rows that were sampled or shuffled are no series.",
            UserWarning,
            stacklevel=5,
        )


class Watch:
    """Notices rows that stand in the place of others, and tells it once.

    It belongs to a fitted estimator but is no part of what was learnt: copies begin
    anew, and all are equal.
    """

    def __init__(self):
        self._firsts = {}
        self._told = set()

    def __getstate__(self):
        return {}

    def __setstate__(self, state):
        self.__init__()

    def __eq__(self, other):
        return isinstance(other, Watch)

    __hash__ = None

    def is_first(self, sentence):
        """Tell whether this is said for the first time, and remember it."""
        is_first = sentence not in self._told
        self._told.add(sentence)
        return is_first

    def see(self, sentence, firsts):
        """Warn, once, where rows take a place that others had before, call after call.

        Of a row that was changed here and there the rest is the same, and of one row
        there may be two versions.

        Parameters
        ----------
        sentence : str
            What to tell.
        firsts : dict of int to ndarray of shape (n_values,)
            What tells the first row of each series from others.
        """
        if sentence in self._told:
            return
        for number, first in firsts.items():
            seen = self._firsts.setdefault((sentence, number), [])
            if any((first == other).any() for other in seen):
                continue
            seen.append(first.copy())
            if len(seen) > _MAX_VERSIONS and self.is_first(sentence):
                warnings.warn(sentence, UserWarning, stacklevel=5)
                return


def _ranks_of(numbers):
    """Count equal numbers, which stand side by side, from 0."""
    begins = np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]
    at = np.flatnonzero(begins)
    return np.arange(len(numbers)) - np.repeat(at, np.diff(at, append=len(numbers)))


def _offsets(counts):
    """Where parts of so many rows begin, one after another."""
    return np.cumsum(counts) - counts


def _inverse_of(order):
    """Return where each number stands in a permutation."""
    at = np.empty(len(order), dtype=np.intp)
    at[order] = np.arange(len(order))
    return at


def _runs_side_by_side(rows, seen, n_alone, follows, given):
    """Runs of rows whose place tells their time, of several series.

    Rows that follow the training rows, although the first of them repeat their first
    ones, stand there twice: the repeated rows are also runs of their own, and are given
    there.

    Parameters
    ----------
    rows, seen : Rows
        The rows given and those kept, sorted by series.
    n_alone : ndarray of shape (n_series,)
        How many rows of each series are runs of their own.
    follows : ndarray of shape (n_series,)
        Whether a series follows what is kept of it.
    given : ndarray of shape (n_rows,) or slice
        Where in `rows` the rows given stand, in the order in which they are given.
    """
    is_given = rows.counts(rows.n_series) > 0
    seen = seen.take(np.flatnonzero((follows & is_given)[seen.numbers]))
    alone = np.flatnonzero(_ranks_of(rows.numbers) < n_alone[rows.numbers])
    values = [seen.values.astype(rows.values.dtype), rows.values, rows.values[alone]]
    numbers = [seen.numbers, rows.numbers, rows.numbers[alone]]
    block = np.repeat(np.arange(3), list(map(len, numbers)))
    numbers, values = np.concatenate(numbers), np.concatenate(values)
    order = np.lexsort((block, numbers))
    block, numbers, values = block[order], numbers[order], values[order]
    is_new = (numbers[1:] != numbers[:-1]) | ((block[1:] == 2) & (block[:-1] != 2))
    begins = np.flatnonzero(np.append(True, is_new))
    at = _inverse_of(order)
    of_rows = at[seen.n_rows : seen.n_rows + rows.n_rows]
    of_rows[alone] = at[seen.n_rows + rows.n_rows :]
    nothing = np.zeros(len(begins))
    return Runs(
        values[:0],
        values,
        begins,
        numbers[begins],
        block[begins] == 0,
        of_rows[given],
        gaps=nothing,
        is_cut_off=nothing > 0,
        n_known=nothing,
    )


def _runs_by_time(rows, seen, gauge):
    """Runs where an index decides, row by row, what came before.

    Parameters
    ----------
    rows, seen : Rows
        The rows given and those kept.
    gauge : _Gauge
        Counts the steps between them.
    """
    n_series = len(gauge.usual)
    if seen.n_rows == 0:
        seen = rows.take(slice(0, 0))
    elif rows.series is not None:
        is_given = np.zeros(n_series, dtype=bool)
        is_given[rows.series] = True
        seen = seen.take(is_given[seen.series])
    if rows.series is None and _is_unbroken(rows, seen, gauge):
        return _one_run(rows, seen, gauge)

    seen = replace(seen, values=seen.values.astype(rows.values.dtype, copy=False))
    both = seen.append(rows) if seen.n_rows else rows
    order = both.in_time_order()  # of equal times the row seen before is first
    repeats = both.steps(order) == 0
    order = order[~np.append(repeats, False)]  # rows given now replace rows seen
    series, is_given = both.numbers[order], order >= seen.n_rows
    strides = gauge.strides(both, order, is_given[1:] != is_given[:-1])
    ends = np.isnan(strides) | _is_gap(strides)
    begins = np.flatnonzero(np.append(True, ends))
    gaps = np.where(is_given[1:] & is_given[:-1], strides, 0)
    is_cut_off = is_given[1:] & ~is_given[:-1] & _is_gap(strides)
    at = np.empty(both.n_rows, dtype=np.intp)  # rows left out are not asked for
    at[order] = np.arange(len(order))
    return Runs(
        both.values[:0],
        both.values[order],
        begins,
        series[begins],
        _go_on(both.times[order][begins], series[begins], seen, n_series),
        given=at[seen.n_rows :],
        gaps=np.nan_to_num(np.append(0.0, gaps)[begins]),
        is_cut_off=np.append(False, is_cut_off)[begins],
        n_known=np.bincount(series, minlength=n_series)[series[begins]],
    )


def _one_run(rows, seen, gauge):
    """Take `rows`, one sorted run, as it follows the rows `seen` before it."""
    before = seen.take(seen.times < rows.times[0])
    both = before.append(rows.take(slice(1)))
    strides = gauge.strides(both, is_apart=np.arange(1, both.n_rows) == before.n_rows)
    gaps = np.flatnonzero(_is_gap(strides))
    n_left = int(gaps[-1]) + 1 if len(gaps) else 0
    return Runs.of_one(
        before.values[n_left:],
        rows.values,
        goes_on=seen.n_rows > 0 and both.times[n_left] == seen.times[0],
        is_cut_off=0 < before.n_rows == n_left,
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


def _is_unbroken(rows, seen, gauge):
    """Tell whether `rows` are one sorted run that no row `seen` falls into."""
    if not (rows.steps() > 0).all() or _is_gap(gauge.strides(rows)).any():
        return False
    first, last = rows.times[0], rows.times[-1]
    inside = seen.times[(seen.times >= first) & (seen.times <= last)]
    return bool((rows.times[np.searchsorted(rows.times, inside)] == inside).all())
