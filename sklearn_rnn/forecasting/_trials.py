"""Trials: forecasts of blocks of rows held out, by regressors trained before each.

They choose the number of optimiser steps of a network, and the transform of the series;
their errors make the intervals.
"""

import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache

import numpy as np
from tqdm.auto import tqdm

from sklearn_rnn._recurrent.regressors import GRURegressor

from ._any_regressor import (
    MANY_EXAMPLES,
    SEGMENT_STEPS,
    learns_segments,
    predict_along,
)
from ._limits import Usual
from ._series_scale import Units
from ._side_by_side import apart, side_by_side

__all__ = [
    "Block",
    "Choice",
    "Past",
    "Ruler",
    "Trial",
    "choose_steps",
    "hold_out",
    "list_lengths",
    "try_lengths",
    "try_ridge",
]

_N_BLOCKS = 4  # at most, at the end of each series, one before the other
_LONGEST_BLOCK = 10  # a block is this part of the rows, or the farthest horizon
_LEAST_EXAMPLES = 8  # to be left beside a block
_MOST_HELD_OUT = 20_000  # windows of a block; more take time and tell no more
# Part of the error without training below which training counts: 4 % of a squared
# error, as in the estimators. A trial is of one network, and errs more than the median
# of several.
_WORTHWHILE = 0.98
# Numbers of optimiser steps at which errors are read, 38 to 19,200
_LENGTHS = (0, 38, *(75 * 2**k for k in range(9)))
_HALVINGS = 3  # at least, of a given number of steps
# Up to the first length a training goes on whatever its error, up to the second unless
# it rises, and then if doubling the steps leaves less than this part of it.
_FIRST_JUDGED, _LEAST_LENGTH, _FALLING = 150, 300, 0.975
# Part of the error of the ridge above which a network on it ends after this many steps
_HOPELESS = {75: 0.9995, 150: 0.99}
# Of many windows in segments a training goes on as long as the error falls at all, up
# to SEGMENT_STEPS. The error of one length or another costs time to read.
_OF_SEGMENTS = (0, 75, 300, 600, 1_200, SEGMENT_STEPS)
_LATE = "max_fit_time left no time"


@dataclass(frozen=True)
class Trial:
    """Residuals of one block of rows, for different lengths of training.

    Parameters
    ----------
    residuals : list of ndarray of shape (n_samples, n_horizons, n_columns)
        For each length of training; NaN if a target is not in the block.
    spreads : ndarray of shape (n_samples, n_columns)
        Units of the residuals.
    keys, left : ndarray of shape (n_samples,)
        Number of the series, and number of its rows after the window's end.
    n_rows : int
        Number of rows of each series from the block's first row on.
    changes : ndarray of shape (n_samples, n_columns)
        Recent change of each window, in its units.
    """

    residuals: list
    spreads: np.ndarray
    keys: np.ndarray
    left: np.ndarray
    n_rows: int
    changes: np.ndarray

    @property
    def errors(self):
        """Mean absolute error for each length, of shape (n_lengths,)."""
        return np.array([np.nanmean(np.abs(missed)) for missed in self.residuals])


@dataclass(frozen=True)
class Choice:
    """The number of optimiser steps, and the trials that chose it.

    Parameters
    ----------
    n_steps : int or None
        Number of steps; None if the regressor is no network.
    lengths : list of int or None
        Numbers of steps that were tried.
    trials : list of Trial
        One for each block, the latest first.
    best : int
        Number of the length whose errors the forecasts are likely to have.
    reason : str
        Why.
    """

    n_steps: int | None
    lengths: list
    trials: list
    best: int
    reason: str


@dataclass(frozen=True)
class Block:
    """Rows to forecast, and the rows to learn from.

    Parameters
    ----------
    before : ndarray of bool, shape (n_samples,)
        The examples with all targets before the block.
    wanted : ndarray of bool, shape (n_samples, n_horizons)
        The targets in the block.
    n_rows : int
        Number of rows of each series from the block's first row on.
    """

    before: np.ndarray
    wanted: np.ndarray
    n_rows: int


class Ruler:
    """Measures residuals in the user's units.

    Parameters
    ----------
    known : dict of tuple to KnownSeries
        The series.
    power : float
        The power that values are raised to, as in `Scale`.
    past : Past
        What the rows before each block tell of each series.
    """

    def __init__(self, known, power, past):
        self.units, self._past = Units.of(known, power), past

    def rows_and_errors(self, residuals, trial, layout):
        """Return the rows to forecast, and the absolute errors of the forecasts.

        Parameters
        ----------
        residuals : ndarray of shape (n_samples, n_horizons, n_columns)
            In units of the windows; NaN where there is no row.
        trial : Trial
            That they are of.
        layout : Layout
            Of the windows.

        Returns
        -------
        actual, errors : ndarray of shape (n_samples, n_horizons, n_columns)
            In the user's units.
        """
        keys = trial.keys
        actual, forecasts = self.units.forecasts(
            residuals, trial.spreads, keys, trial.left, layout.horizons
        )
        low, high = self._past.limits(trial.n_rows)
        return actual, np.abs(actual - np.clip(forecasts, low[keys], high[keys]))

    def relative_error(self, trial, number, layout):
        """Return a mean error, relative to the usual change of each series.

        Parameters
        ----------
        trial : Trial
            The residuals.
        number : int
            Number of the length of training.
        layout : Layout
            Of the windows.
        """
        errors = self.rows_and_errors(trial.residuals[number], trial, layout)[1]
        changes = self._past.changes(trial.n_rows)[trial.keys]
        return float(np.nanmean(errors / changes[:, np.newaxis]))


class Past:
    """What the rows before blocks tell of series, whatever their transform.

    Parameters
    ----------
    known : dict of tuple to KnownSeries
        The series.
    horizons : ndarray of shape (n_horizons,)
        Numbers of rows ahead.
    """

    def __init__(self, known, horizons):
        self._values = [series.values for series in known.values()]
        self._horizons = horizons
        self.limits, self.changes = cache(self._limits), cache(self._changes)

    def _before(self, n_rows):
        """Return the rows of each series before its last `n_rows`, one at least."""
        return [values[: max(1, len(values) - n_rows)] for values in self._values]

    def _limits(self, n_rows):
        """Return limits of forecasts, two (n_series, n_horizons, n_columns)."""
        heads = self._before(n_rows)
        usual = Usual.of(heads)
        low, high = np.empty((2, len(heads), len(self._horizons), heads[0].shape[1]))
        for numbers, head in side_by_side(heads):
            limits = usual.repeated(len(numbers)).limits(head, self._horizons)
            ends = limits.at(head, [len(head)])
            low[numbers], high[numbers] = (apart(end[0], len(numbers)) for end in ends)
        return low, high

    def _changes(self, n_rows):
        """Return the mean absolute change from row to row, (n_series, n_columns)."""
        heads = self._before(n_rows)
        changes = np.empty((len(heads), heads[0].shape[1]))
        for numbers, head in side_by_side(heads):
            steps = np.abs(np.diff(head, axis=0))
            change = steps.mean(axis=0) if len(steps) else np.zeros(head.shape[1])
            change = np.where(change > 0, change, np.abs(head).mean(axis=0))
            changes[numbers] = apart(change, len(numbers))
        return np.where(changes > 0, changes, 1.0)


def hold_out(examples, layout):
    """Return the blocks to hold out, latest first.

    Parameters
    ----------
    examples : Examples
        Of all series.
    layout : Layout
        Of the examples.

    Returns
    -------
    blocks : list of Block
    """
    # Rows of a series that come after each target
    left = examples.left[:, np.newaxis] - layout.horizons
    length = max(layout.reach, int(examples.left.max()) // _LONGEST_BLOCK)
    n_blocks = _N_BLOCKS if len(examples) < MANY_EXAMPLES else 1
    least = max(_LEAST_EXAMPLES, len(examples) // 4)
    blocks = []
    for number in range(n_blocks):
        low, high = number * length, (number + 1) * length
        wanted = (left >= low) & (left < high)
        before = left[:, -1] >= high
        if before.sum() < least or not wanted.all(axis=1).any():
            break
        every = -(-np.count_nonzero(wanted.any(axis=1)) // _MOST_HELD_OUT)
        # Windows just before the block, whose targets are all in it, stay.
        wanted[(examples.left - high) % every != 0] = False
        blocks.append(Block(before, wanted, high))
    return blocks


def list_lengths(regressor, n_planned, n_samples):
    """Return the numbers of optimiser steps to try, increasing, from 0.

    Parameters
    ----------
    regressor : BaseRecurrent
        A network.
    n_planned : int
        Number of steps that it plans. It is the most where `max_epochs` is a number.
    n_samples : int
        Number of examples.
    """
    if isinstance(regressor.max_epochs, str):
        many = learns_segments(regressor, n_samples)
        return list(_OF_SEGMENTS if many else _LENGTHS)
    lengths, halved = {0, n_planned}, n_planned
    while halved >= 2 * _LENGTHS[1] or halved > n_planned / 2**_HALVINGS:
        halved /= 2
        lengths.add(round(halved))
    return sorted(lengths)


def try_lengths(
    examples, layout, blocks, regressors, lengths, progress, *, deadline=None, n_fits=0
):
    """Train before each block, in one run, and forecast it after numbers of steps.

    The runs go on side by side. They end if the error no longer falls.

    Parameters
    ----------
    examples : Examples
        Of all series.
    layout : Layout
        Of the examples.
    blocks : list of Block
        The blocks.
    regressors : list of estimators
        Unfitted, one for each block.
    lengths : list of int or None
        Numbers of steps, increasing.
    progress : tqdm
        Progress bar that counts readings.
    deadline : float or None, default=None
        Reading of ``time.monotonic()`` at which all trainings are to have ended.
    n_fits : int, default=0
        Number of trainings of the chosen length that follow.

    Returns
    -------
    trials : list of Trial
        One for each block. They have residuals for the lengths that were reached.
    is_late : bool
        Whether time was too short for more lengths.
    """
    started = time.monotonic()
    own_end = deadline
    if deadline is not None and blocks:
        part = len(blocks) / (len(blocks) + n_fits)
        own_end = started + part * (deadline - started)
    runs = [
        _Run(examples, layout, block, regressor, lengths, own_end)
        for block, regressor in zip(blocks, regressors, strict=True)
    ]
    has_start = all(map(_has_ridge, regressors))
    is_late, falling = False, _FALLING
    if regressors and learns_segments(regressors[0], len(examples)):
        falling = 1.0
    with ExitStack() as stack:
        for run in runs:
            stack.enter_context(closing(run))
        for number, length in enumerate(lengths):
            reached = [run.read(length) for run in runs]
            is_late = not all(reached)
            progress.update(len(runs))
            if is_late or number + 1 == len(lengths):
                break
            errors = [run.errors for run in runs]
            if not _goes_on(errors, lengths[: number + 1], has_start, falling):
                break
            if own_end is not None and length:
                pace = (time.monotonic() - started) / length
                is_late = started + pace * lengths[number + 1] > own_end
                if is_late:
                    break
    n_read = min((len(run.residuals) for run in runs), default=0)
    return [run.trial(n_read) for run in runs], is_late


def _goes_on(errors, lengths, has_start, falling):
    """Tell whether errors, of each block and length, still fall.

    Parameters
    ----------
    errors : list of list of float
        Of each block and length.
    lengths : list of int or None
        Numbers of steps so far.
    has_start : bool
        Whether the network starts from a ridge, which may be all there is to learn.
    falling : float
        Part of the error to fall below from one length to the next, where training is
        long.
    """
    if not errors or lengths[-1] is None:
        return True
    relative = _relative(np.array(errors))
    if has_start and relative[-1] > _HOPELESS.get(lengths[-1], np.inf):
        return False
    if lengths[-1] < _FIRST_JUDGED:
        return True
    before, latest = relative[-2:]
    return latest < (1.0 if lengths[-1] < _LEAST_LENGTH else falling) * before


def _has_ridge(regressor):
    """Whether a regressor is a network that starts from a ridge."""
    return getattr(regressor, "linear_skip", None) in ("auto", "ridge")


def _relative(errors):
    """Return errors, (n_blocks, n_lengths), over those of no step, mean over blocks."""
    return (errors / np.maximum(errors[:, :1], 1e-30)).mean(axis=0)


class _Run:
    """A regressor's training before one block."""

    def __init__(self, examples, layout, block, regressor, lengths, deadline):
        self.residuals, self.errors = [], []
        self._stream = self._forecast(
            examples, layout, block, regressor, lengths, deadline
        )

    def _forecast(self, examples, layout, block, regressor, lengths, deadline):
        """Yield the number of steps made, and the residuals after them."""
        is_touched = block.wanted.any(axis=1)
        train, held_out = examples.at(block.before), examples.at(is_touched)
        self._held_out, self._n_rows = held_out, block.n_rows
        self._changes = layout.recent_changes(held_out.X)
        run = predict_along(regressor, train.X, train.y, held_out.X, lengths, deadline)
        with closing(run):
            for n_steps, outputs in run:
                missed = layout.by_horizon(held_out.y - outputs)
                missed[~block.wanted[is_touched]] = np.nan
                yield n_steps, missed
                if n_steps == lengths[-1]:
                    return

    def read(self, length):
        """Train on up to a length; return whether it was reached."""
        reading = next(self._stream, None)
        if reading is None:
            return False
        n_steps, missed = reading
        if n_steps == length or not self.residuals:
            self.residuals.append(missed)
            self.errors.append(float(np.nanmean(np.abs(missed))))
        return n_steps == length

    def close(self):
        self._stream.close()

    def trial(self, n_read):
        """Return the residuals of the first `n_read` lengths."""
        of = self._held_out
        return Trial(
            self.residuals[:n_read],
            of.spreads,
            of.keys,
            of.left,
            self._n_rows,
            self._changes,
        )


def choose_steps(trials, lengths, regressor, *, n_planned, is_late):
    """Return the number of steps with the least error over all blocks.

    Parameters
    ----------
    trials : list of Trial
        One for each block.
    lengths : list of int or None
        Numbers of steps, increasing.
    regressor : estimator
        The regressor that was tried, unfitted.
    n_planned : int or None
        Number of steps where no error tells.
    is_late : bool
        Whether time was too short to try more.

    Returns
    -------
    choice : Choice
        Of 0 steps unless training makes the error clearly less.
    """
    has_ridge = _has_ridge(regressor)
    reason = "no other number of steps was tried"
    if lengths == [None]:
        return Choice(None, lengths, trials, 0, "it is the regressor that was given")
    if len(lengths) == 1:
        return Choice(lengths[0], lengths, trials, 0, reason)
    n_read = len(trials[0].residuals) if trials else 0
    lengths = lengths[:n_read] if trials else lengths
    if n_read < 2 and not has_ridge:
        return Choice(n_planned, lengths, trials, 0, f"{_LATE} to try more steps")
    if n_read < 1:
        # Without an error to judge by, the ridge is the safe choice.
        return Choice(0, lengths, trials, 0, reason)
    errors = np.array([trial.errors for trial in trials])
    relative = _relative(errors)
    best = int(np.argmin(relative))
    start = "the ridge" if has_ridge else "the untrained network"
    of = f"scaled error, averaged over {len(trials)} blocks,"
    if len(trials) == 1:
        of = "scaled error"
    if relative[best] < _WORTHWHILE:
        gain = 100 * (1 - relative[best])
        reason = f"its {of} is {gain:.3g} % below that of {start}"
    else:
        best = 0
        percent = round(100 * (1 - _WORTHWHILE))
        reason = f"no network has a {of} {percent} % below that of {start}"
    if is_late:
        reason += f"; {_LATE} to train longer"
    return Choice(lengths[best], lengths, trials, best, reason)


def try_ridge(examples, layout, n_blocks=None):
    """Return the trials of a ridge on the blocks, trained on the rows before each.

    Parameters
    ----------
    examples : Examples
        Of all series.
    layout : Layout
        Of the examples.
    n_blocks : int or None, default=None
        Number of blocks at most, the latest; None: all.

    Returns
    -------
    trials : list of Trial
        One for each block, the latest first.
    """
    # A network that makes no step is its ridge.
    ridge, silent = (
        GRURegressor(linear_skip="ridge", random_state=0),
        tqdm(disable=True),
    )
    trials = []
    for block in hold_out(examples, layout)[:n_blocks]:
        trials += try_lengths(examples, layout, [block], [ridge], [0], silent)[0]
    return trials
