"""Runs: parts of series without a break, in which each row is the past of the next."""

from dataclasses import dataclass, replace

import numpy as np

from sklearn_rnn._rows.calendar import Calendar
from sklearn_rnn._rows.timed_rows import TimedRows

__all__ = [
    "MAX_STEPS",
    "Runs",
    "StepGauge",
    "inverse_of",
    "ranks_of",
    "runs_by_time",
    "runs_side_by_side",
]

# A row counts as the past of the next row up to this many median training steps.
MAX_STEPS = 3


@dataclass(frozen=True)
class Runs:
    """Rows given, kept rows, and the earlier rows of each.

    A run is a part of a series without a break, in order of time. Its rows may be kept
    ones, from training, and given ones.

    Parameters
    ----------
    before : ndarray of shape (n_before, n_features)
        Kept rows at the start of the first run.
    values : ndarray of shape (n_steps, n_features)
        The rows after `before`, kept and given, run after run, series after series.
    begins : ndarray of shape (n_runs,)
        Places in `values` where the runs start; the first is 0.
    series : ndarray of shape (n_runs,)
        Number of each run's series.
    goes_on : ndarray of shape (n_runs,)
        Whether the run starts at the first kept row of its series, so that a state can
        continue.
    given : slice or ndarray of shape (n_given,)
        Places in `values` of the given rows, in the order in which the user gave them.
    gaps : ndarray of shape (n_runs,)
        Length of the gap before each run, in usual steps, where it lies between two
        given rows; else 0.
    is_cut_off : ndarray of shape (n_runs,)
        Whether a gap lies between the kept rows and a run of given rows.
    n_known : ndarray of shape (n_runs,)
        Number of known rows of the run's series.
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
        """Return `values`, after `before`, as one run."""
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

    def cut_by_gaps(self, window_length: int) -> tuple[int, float]:
        """Count the given rows whose window is cut short by a gap.

        Series shorter than a window do not count.

        Parameters
        ----------
        window_length : int
            Number of rows in a window.

        Returns
        -------
        n_cut : int
            Number of given rows.
        gap : float
            Length of the longest gap, in usual steps.
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
    def starts(self) -> np.ndarray:
        """Place in `values` where the run of each row starts, (n_steps,)."""
        return np.repeat(self.begins, np.diff(self.begins, append=len(self.values)))


@dataclass(frozen=True)
class StepGauge:
    """Measures time from row to row in usual steps.

    Parameters
    ----------
    usual : ndarray of shape (n_series,)
        The usual step of each series; infinity where no step is too long.
    calendar : Calendar or None, default=None
        Times at which the series usually have no rows.
    """

    usual: np.ndarray
    calendar: Calendar | None = None

    def strides(
        self,
        rows: TimedRows,
        order: slice | np.ndarray = slice(None),
        is_apart: np.ndarray | None = None,
    ) -> np.ndarray:
        """Measure from each row to the next.

        Parameters
        ----------
        rows : TimedRows
            The rows.
        order : slice or ndarray of shape (n_rows,), default=slice(None)
            Order of the rows.
        is_apart : ndarray of shape (n_rows - 1,) or None, default=None
            Whether one of the two rows is kept and the other given; None: nowhere.

        Returns
        -------
        strides : ndarray of shape (n_rows - 1,)
            Usual steps; NaN where the next row is of another series.
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
    """Tell which strides, in usual steps, end a run; the margin is for rounding."""
    return strides > MAX_STEPS * (1 + 1e-9)


def ranks_of(numbers: np.ndarray) -> np.ndarray:
    """Count each of equal numbers, which stand side by side, from 0."""
    begins = np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]
    at = np.flatnonzero(begins)
    return np.arange(len(numbers)) - np.repeat(at, np.diff(at, append=len(numbers)))


def inverse_of(order: np.ndarray) -> np.ndarray:
    """Return the inverse of a permutation."""
    at = np.empty(len(order), dtype=np.intp)
    at[order] = np.arange(len(order))
    return at


def runs_side_by_side(
    rows: TimedRows,
    seen: TimedRows,
    n_alone: np.ndarray,
    follows: np.ndarray,
    given: slice | np.ndarray,
) -> Runs:
    """Return runs of several series, in which the place of a row tells its time.

    Given rows may repeat the first training rows and still follow the training rows,
    because a later row differs. The repeated rows then stand in `values` twice: in the
    run after the kept rows, and in a run of their own, in which they are given.

    Parameters
    ----------
    rows, seen : TimedRows
        The given rows and the kept rows, sorted by series.
    n_alone : ndarray of shape (n_series,)
        Number of first rows of each series that are a run of their own.
    follows : ndarray of shape (n_series,)
        Whether the series follows its kept rows.
    given : ndarray of shape (n_rows,) or slice
        Places in `rows` of the given rows, in the order in which the user gave them.

    Returns
    -------
    runs : Runs
        The runs.
    """
    is_given = rows.counts(rows.n_series) > 0
    seen = seen.take(np.flatnonzero((follows & is_given)[seen.numbers]))
    alone = np.flatnonzero(ranks_of(rows.numbers) < n_alone[rows.numbers])
    parts = [seen.values.astype(rows.values.dtype), rows.values, rows.values[alone]]
    part_numbers = [seen.numbers, rows.numbers, rows.numbers[alone]]
    block = np.repeat(np.arange(3), list(map(len, part_numbers)))
    numbers, values = np.concatenate(part_numbers), np.concatenate(parts)
    order = np.lexsort((block, numbers))
    block, numbers, values = block[order], numbers[order], values[order]
    is_new = (numbers[1:] != numbers[:-1]) | ((block[1:] == 2) & (block[:-1] != 2))
    begins = np.flatnonzero(np.append(True, is_new))
    at = inverse_of(order)
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


def runs_by_time(rows: TimedRows, seen: TimedRows, gauge: StepGauge) -> Runs:
    """Return runs of rows whose index tells, row by row, the rows before.

    Parameters
    ----------
    rows, seen : TimedRows
        The given rows and the kept rows.
    gauge : StepGauge
        Measures the steps between them.

    Returns
    -------
    runs : Runs
        The runs.
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
    order = both.in_time_order()  # of equal times the kept row is first
    repeats = both.steps(order) == 0
    order = order[~np.append(repeats, False)]  # given rows replace kept rows
    series, is_given = both.numbers[order], order >= seen.n_rows
    strides = gauge.strides(both, order, is_given[1:] != is_given[:-1])
    ends = np.isnan(strides) | _is_gap(strides)
    begins = np.flatnonzero(np.append(True, ends))
    gaps = np.where(is_given[1:] & is_given[:-1], strides, 0)
    is_cut_off = is_given[1:] & ~is_given[:-1] & _is_gap(strides)
    at = np.empty(both.n_rows, dtype=np.intp)  # replaced rows are not asked for
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


def _is_unbroken(rows, seen, gauge):
    """Tell whether `rows` are one sorted run into which no row of `seen` falls."""
    if not (rows.steps() > 0).all() or _is_gap(gauge.strides(rows)).any():
        return False
    first, last = rows.times[0], rows.times[-1]
    inside = seen.times[(seen.times >= first) & (seen.times <= last)]
    return bool((rows.times[np.searchsorted(rows.times, inside)] == inside).all())


def _one_run(rows, seen, gauge):
    """Return `rows`, one sorted run, after the rows of `seen` before it."""
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
    """Tell which runs start at the first kept row of their series.

    Parameters
    ----------
    times, series : ndarray of shape (n_runs,)
        Times at which the runs start, and the numbers of their series.
    seen : TimedRows
        The kept rows.
    n_series : int
        Number of series that have a number.

    Returns
    -------
    goes_on : ndarray of shape (n_runs,)
        Whether the run does.
    """
    numbers, first = np.unique(seen.numbers, return_index=True)
    is_seen = np.zeros(n_series, dtype=bool)
    is_seen[numbers] = True
    earliest = np.zeros(n_series, seen.times.dtype)
    earliest[numbers] = seen.times[first]
    return is_seen[series] & (times == earliest[series])
