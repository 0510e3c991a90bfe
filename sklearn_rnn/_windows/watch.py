"""Warnings about rows that do not see the history that they could see."""

import numpy as np

from sklearn_rnn._checks import warn_user

from .history import History
from .runs import MAX_STEPS, Runs

__all__ = ["Watch", "warn_of_gaps"]

# Number of different rows that may take one place after the training rows without a
# warning: test rows after validation rows, or a second version of a row.
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


class Watch:
    """Notices rows that take the place of earlier rows, and warns once.

    It belongs to a fitted transformer but is no part of the fit: copies start anew, and
    all are equal.
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

    __hash__ = None  # type: ignore[assignment]

    def is_first(self, sentence: str) -> bool:
        """Tell whether a sentence comes for the first time, and remember it."""
        is_first = sentence not in self._told
        self._told.add(sentence)
        return is_first

    def see(self, history: History, rows, runs: Runs) -> None:
        """Warn once where rows, call after call, take a place that others had before.

        Two versions of a row are allowed, and a row with some changed values is the
        same row.

        Parameters
        ----------
        history : History
            The training rows.
        rows : TimedRows
            The given rows, their series numbered as in `history`.
        runs : Runs
            The given rows and their earlier rows.
        """
        if history.shares_clock(rows):
            sentence, firsts = _CUT_OFF, _firsts_cut_off(rows, runs)
        else:
            sentence, firsts = _UNPLACED, _firsts_unplaced(history, rows, runs)
        if sentence in self._told:
            return
        for number, first in firsts.items():
            seen = self._firsts.setdefault((sentence, number), [])
            if any((first == other).any() for other in seen):
                continue
            seen.append(first.copy())
            if len(seen) > _MAX_VERSIONS and self.is_first(sentence):
                warn_user(sentence)
                return


def _firsts_cut_off(rows, runs):
    """Return the time of the first given row of each series that a gap cuts off."""
    numbers = np.unique(runs.series[runs.is_cut_off])
    return _firsts_of(rows, numbers, rows.times[:, np.newaxis])


def _firsts_unplaced(history, rows, runs):
    """Return the first given row of each series that follows the kept rows.

    Returns
    -------
    firsts : dict of int to ndarray of shape (n_values,)
        Of each series the values of the row; only those of the columns that change from
        each kept row to the next, where there are such columns.
    """
    numbers = np.unique(runs.series[runs.goes_on])
    if len(numbers) == 0:
        return {}
    changes = np.diff(history.last.values, axis=0) != 0
    changes = changes.all(axis=0) & (len(changes) > 0)
    return _firsts_of(rows, numbers, rows.values[:, changes | ~changes.any()])


def _firsts_of(rows, numbers, values):
    """Return, of `values` of all rows, those of the first row of each series."""
    given, at = np.unique(rows.numbers, return_index=True)
    at = at[np.searchsorted(given, numbers)]
    return dict(zip(numbers.tolist(), values[at], strict=True))


def warn_of_gaps(
    runs: Runs, history: History, n_rows: int, watch: Watch | None = None
) -> None:
    """Warn where gaps cut short the windows of more than a twentieth of the rows.

    The gap between kept and given rows does not count: a test fold may lie anywhere
    after its training rows.

    Parameters
    ----------
    runs : Runs
        The given rows and their earlier rows.
    history : History
        The training rows.
    n_rows : int
        Number of given rows.
    watch : Watch or None, default=None
        Remembers the warning, so that it is given once; None: it is always given.
    """
    n_cut, gap = runs.cut_by_gaps(history.window_length)
    if n_cut > n_rows / 20 and (watch is None or watch.is_first("gaps")):
        warn_user(
            f"The index of X has gaps of up to {gap:.3g} median steps, and more than "
            f"{MAX_STEPS} cut off what came before: {n_cut} of {n_rows} rows do not "
            "see all of the past that they could. carry_history=True ignores gaps; "
            "rows that were sampled or shuffled are no series."
        )
