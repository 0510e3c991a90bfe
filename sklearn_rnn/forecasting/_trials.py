"""Trials: forecasts of blocks of rows held out, by regressors trained before each.

They choose the number of epochs of a network, and the transform of the series; their
errors make the intervals.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from tqdm.auto import tqdm

from sklearn_rnn._recurrent.regressors import GRURegressor

from ._any_regressor import MANY_EXAMPLES, fit_regressor, predict_regressor
from ._series_scale import Units

__all__ = [
    "Trial",
    "choose_length",
    "hold_out",
    "list_lengths",
    "ridge_errors",
    "try_lengths",
]

_N_BLOCKS = 4  # at most, at the end of each series, one before the other
_LONGEST_BLOCK = 10  # a block is this part of the rows, or the farthest horizon
_LEAST_EXAMPLES = 8  # to be left beside a block
_WORTHWHILE = 0.95  # of the error without training
# Parts of all epochs. A training planned for fewer epochs ends better than a training
# that is cut off there, with its learning rate still high.
_PARTS = (0, 0.125, 0.25, 0.5, 1)


@dataclass(frozen=True)
class Trial:
    """Residuals of one block of rows, for different lengths of training.

    Parameters
    ----------
    residuals : list of ndarray of shape (n_samples, n_horizons, n_columns)
        For each length of training; NaN if a target is not in the block.
    keys, left : ndarray of shape (n_samples,)
        Number of the series, and number of its rows after the window's end.
    """

    residuals: list
    keys: np.ndarray
    left: np.ndarray

    @property
    def errors(self):
        """Mean absolute error for each length, of shape (n_lengths,)."""
        return np.array([np.nanmean(np.abs(missed)) for missed in self.residuals])


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
    blocks : list of tuples (before, wanted)
        Masks: the examples with all targets before a block, of shape (n_samples,); and
        the single targets in the block, of shape (n_samples, n_horizons).
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
        blocks.append((before, wanted))
    return blocks


def list_lengths(n_epochs):
    """Return the numbers of epochs to try, increasing, from 0 to `n_epochs`."""
    return sorted({round(part * n_epochs) for part in _PARTS})


def try_lengths(examples, layout, block, regressor, lengths, progress):
    """Train before a block, once for each length, and forecast the block.

    Parameters
    ----------
    examples : Examples
        Of all series.
    layout : Layout
        Of the examples.
    block : tuple (before, wanted)
        As `hold_out` returns it.
    regressor : estimator
        Unfitted.
    lengths : list of int or None
        Numbers of epochs.
    progress : tqdm
        Progress bar that counts fits.

    Returns
    -------
    trial : Trial
    """
    before, wanted = block
    is_touched = wanted.any(axis=1)
    train, held_out = examples.at(before), examples.at(is_touched)
    residuals = []
    for n_epochs in lengths:
        fitted = clone(regressor)
        fit_regressor(fitted, train.X, train.y, n_epochs)
        missed = layout.by_horizon(held_out.y - predict_regressor(fitted, held_out.X))
        missed[~wanted[is_touched]] = np.nan
        residuals.append(missed)
        progress.update()
    return Trial(residuals, held_out.keys, held_out.left)


def choose_length(trials, lengths, regressor):
    """Return the number of the length with the least error over all blocks.

    Parameters
    ----------
    trials : list of Trial
        One for each block.
    lengths : list of int
        Numbers of epochs, increasing.
    regressor : estimator
        The regressor that was tried, unfitted.

    Returns
    -------
    best : int
        Index into `lengths`; 0 unless training makes the error clearly less.
    """
    if len(lengths) == 1:
        return 0
    if not trials:
        # Without an error to judge by, the ridge is the safe choice.
        return 0 if regressor.linear_skip == "ridge" else len(lengths) - 1
    errors = np.array([trial.errors for trial in trials])
    relative = (errors / np.maximum(errors[:, :1], 1e-30)).mean(axis=0)
    best = int(np.argmin(relative))
    return best if relative[best] < _WORTHWHILE else 0


def ridge_errors(examples, layout, known, scales, limits):
    """Return the errors of a ridge on the blocks, trained on the rows before each.

    Parameters
    ----------
    examples : Examples
        Of all series.
    layout : Layout
        Of the examples.
    known : dict of tuple to KnownSeries
        The series.
    scales, limits : dict of tuple to Scale and to Limits
        Of each series.

    Returns
    -------
    errors : ndarray of shape (n_blocks, 2)
        Mean absolute error in scaled units; and in the user's units over the standard
        deviation of each series. The latest block is first.
    """
    # A network that trains for no epoch is its ridge.
    ridge, silent = GRURegressor(max_epochs=0, random_state=0), tqdm(disable=True)
    units = Units.of(known, scales)
    ranges = [limits[key].at(known[key].values, [len(known[key])]) for key in known]
    low, high = map(np.concatenate, zip(*ranges, strict=True))
    spread = np.array([series.values.std(axis=0) for series in known.values()])
    spread = np.where(spread > 0, spread, 1.0)[:, np.newaxis]
    errors = []
    for block in hold_out(examples, layout):
        trial = try_lengths(examples, layout, block, ridge, [0], silent)
        keys = trial.keys
        actual, forecasts = units.forecasts(
            trial.residuals[0], keys, trial.left, layout.horizons
        )
        missed = actual - np.clip(forecasts, low[keys], high[keys])
        errors.append((trial.errors[0], np.nanmean(np.abs(missed) / spread[keys])))
    return np.reshape(errors, (-1, 2))
