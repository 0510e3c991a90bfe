"""Direct forecasts from windows: what is learnt, apart from whose series it is."""

from copy import copy, deepcopy
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from sklearn.base import clone
from sklearn.utils import get_tags
from tqdm.auto import tqdm

from sklearn_rnn._conformal import ResidualQuantiles, find_surprises
from sklearn_rnn._recurrent.base import BaseRecurrentRegressor
from sklearn_rnn._recurrent.regressors import GRURegressor

from ._packing import PackedState
from ._series_scale import Scale

__all__ = ["MANY_EXAMPLES", "DirectModel", "Examples", "Units", "seed_names"]

# Blocks at the end of each series, one after another, that are forecast by networks
# that have not seen them: they choose the number of steps, and give the residuals.
_N_BLOCKS = 4
_LONGEST_BLOCK = 10  # a block is this part of the rows, or the horizon if longer
MANY_EXAMPLES = 20_000  # where one block tells enough
_MOST_VALUES = 2**28  # that windows hold together; a gibibyte in single precision
_WORTHWHILE = 0.95  # of the error without training
# Of all epochs: a training that was meant to be short ends better than a long one that
# is cut off, whose rate has not come down yet.
_PARTS = (0, 0.125, 0.25, 0.5, 1)
_MOST_RECENT = 500  # forecasts of a series whose errors make its intervals
_LEAST_EXAMPLES = 8  # to be left beside a block


@dataclass(frozen=True)
class Examples:
    """Windows of all series, and what follows each.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_steps, n_features)
        Windows.
    y : ndarray of shape (n_samples, n_horizons * n_columns)
        What follows, relative to the bases.
    keys : ndarray of shape (n_samples,)
        Number of the series that a window is of.
    left : ndarray of shape (n_samples,)
        How many rows of the series are left after a window's end.
    """

    X: np.ndarray
    y: np.ndarray
    keys: np.ndarray
    left: np.ndarray

    def __len__(self):
        return len(self.y)

    def at(self, is_in):
        """Return the examples where `is_in`, a mask, is true."""
        return Examples(
            self.X[is_in], self.y[is_in], self.keys[is_in], self.left[is_in]
        )


@dataclass(frozen=True)
class Trial:
    """What was forecast of one block of rows.

    Parameters
    ----------
    residuals : list of ndarray of shape (n_samples, n_horizons, n_columns)
        For each length of training; NaN where a target is not in the block.
    keys, left : ndarray of shape (n_samples,)
        Number of the series of each, and how many of its rows are left.
    """

    residuals: list
    keys: np.ndarray
    left: np.ndarray

    @property
    def errors(self):
        """Mean absolute error for each length, (n_lengths,)."""
        return np.array([np.nanmean(np.abs(missed)) for missed in self.residuals])


@dataclass(frozen=True)
class Units:
    """Series in the user's units, one after another, and how they are seen.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Of all series.
    last : ndarray of shape (n_series,)
        The row after that each ends.
    scale : Scale
        Of each series, (n_series, 1, n_columns).
    """

    values: np.ndarray
    last: np.ndarray
    scale: Scale

    @classmethod
    def of(cls, known, scales):
        """Put series and their scales together, in the order of `known`."""
        values = [series.values for series in known.values()]
        return cls(
            np.concatenate(values),
            np.cumsum([len(one) for one in values]),
            Scale.stacked([scales[key] for key in known]),
        )

    def forecasts(self, missed, keys, left, horizons):
        """Return what was to be forecast, and the forecasts, in the user's units.

        Parameters
        ----------
        missed : ndarray of shape (n_samples, n_horizons, n_columns)
            What forecasts lack, in scaled units.
        keys, left : ndarray of shape (n_samples,)
            Number of the series, and how many rows are left of it.
        horizons : ndarray of shape (n_horizons,)
            How many rows ahead.

        Returns
        -------
        actual, forecasts : ndarray of shape (n_samples, n_horizons, n_columns)
        """
        scale = self.scale.at(keys)
        rows = (self.last[keys] - left)[:, np.newaxis] + horizons - 1
        actual = self.values[rows]
        return actual, scale.unscale(scale.scale(actual) - missed)


class DirectModel(PackedState):
    """Regressors from windows to what follows, and how far off they are.

    Parameters
    ----------
    layout : Layout
        How series are cut into windows.
    covariate_mean, covariate_spread : ndarray of shape (n_covariates,)
        Scale of the covariates.
    dtype : numpy.dtype
        Of the windows.
    usual : Usual
        What the series do that forecasts are of.

    Attributes
    ----------
    regressors : list of estimators
        Trained, one for each seed.
    n_steps : int or None
        Number of optimiser steps of each; None where they make none.
    residuals : ResidualQuantiles
        How far forecasts of rows that were not trained on are off.
    surprises : ndarray of shape (n_series, n_columns)
        How far the last rows were missed, in the user's units, where that is far more
        than earlier rows; else 0.
    panels : list of dict of tuple to KnownSeries
        What was pretrained on, where the regressors can only learn from all of it anew.
    """

    def __init__(self, layout, covariate_mean, covariate_spread, dtype, usual):
        self.layout = layout
        self.dtype = dtype
        self.usual = usual
        self.covariate_mean = covariate_mean
        self.covariate_spread = covariate_spread
        self.panels = []

    # ------------------------------------------------------------------------- examples

    def windows(self, z, covariates, ends):
        """Return windows and bases, as `Layout.windows`, of covariates not scaled."""
        covariates = (covariates - self.covariate_mean) / self.covariate_spread
        return self.layout.windows(z, covariates, ends)

    def limits(self, values):
        """Return what forecasts of a series, (n_rows, n_columns), are kept within."""
        return self.usual.limits(values, self.layout.horizons)

    def examples(self, known, scales, first_target=None):
        """Return all examples that series give.

        Parameters
        ----------
        known : dict of tuple to KnownSeries
            Whose rows are learnt from.
        scales : dict of tuple to Scale
            Of each series.
        first_target : dict of tuple to int or None, default=None
            Of these series, only examples whose last target is at or after this row.

        Returns
        -------
        examples : Examples or None
            Series by series, in order of time; None where there is none. Where windows
            would fill more than a gibibyte, each series gives every second, third, ...
            one, counted from its end.
        """
        ends_of = {key: self.layout.ends(len(known[key])) for key in known}
        if first_target is not None:
            ends_of = {
                key: ends_of[key][ends_of[key] + self.layout.reach > row]
                for key, row in first_target.items()
            }
        some = next(iter(known.values()))
        width = some.values.shape[1] + some.covariates.shape[1]
        n_values = sum(map(len, ends_of.values())) * self.layout.n_steps * width
        every = max(1, -(-n_values // _MOST_VALUES))
        parts = []
        for number, (key, ends) in enumerate(ends_of.items()):
            ends = ends[::-1][::every][::-1]
            if len(ends):
                z = scales[key].scale(known[key].values)
                X, bases = self.windows(z, known[key].covariates, ends)
                y = self.layout.targets(z, ends, bases)
                left = len(z) - ends
                parts.append(
                    (X.astype(self.dtype), y, np.full(len(ends), number), left)
                )
        return (
            Examples(*map(np.concatenate, zip(*parts, strict=True))) if parts else None
        )

    def _blocks(self, examples):
        """Return the blocks to be held out, latest first: masks of `examples`.

        Returns
        -------
        blocks : list of tuples (before, wanted)
            Examples with all targets before a block, of shape (n_samples,); and single
            targets that lie in it, (n_samples, n_horizons).
        """
        layout = self.layout
        # Rows of a series that are left after each target
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

    # ------------------------------------------------------------------------- training

    def ridge_errors(self, examples, known, scales, limits):
        """Return how far a ridge is off the blocks, trained on what lies before each.

        Parameters
        ----------
        examples : Examples
            Of all series.
        known : dict of tuple to KnownSeries
            They are of.
        scales, limits : dict of tuple to Scale and to Limits
            Of each series.

        Returns
        -------
        errors : ndarray of shape (n_blocks, 2)
            Mean absolute error in scaled units; and in the user's units over the
            standard deviation of each series. Of the latest block first.
        """
        # Without an epoch it is the ridge under any of the networks.
        ridge, silent = GRURegressor(max_epochs=0, random_state=0), tqdm(disable=True)
        units = Units.of(known, scales)
        ranges = [limits[key].at(known[key].values, [len(known[key])]) for key in known]
        low, high = map(np.concatenate, zip(*ranges, strict=True))
        spread = np.array([series.values.std(axis=0) for series in known.values()])
        spread = np.where(spread > 0, spread, 1.0)[:, np.newaxis]
        errors = []
        for block in self._blocks(examples):
            trial = self._try(examples, block, ridge, [0], silent)
            keys = trial.keys
            actual, forecasts = units.forecasts(
                trial.residuals[0], keys, trial.left, self.layout.horizons
            )
            missed = actual - np.clip(forecasts, low[keys], high[keys])
            errors.append((trial.errors[0], np.nanmean(np.abs(missed) / spread[keys])))
        return np.reshape(errors, (-1, 2))

    def fit(self, examples, units, regressor, seeds, *, refit, n_epochs, bar):
        """Choose the number of epochs, find residuals, and train.

        Parameters
        ----------
        examples : Examples
            Of all series.
        units : Units
            Of the series.
        regressor : estimator
            Not fitted.
        seeds : list of int
            One for each network.
        refit : bool
            Whether the number of epochs is chosen.
        n_epochs : int or None
            Their largest number; None: as the regressor says.
        bar : dict
            Options of the progress bar.
        """
        is_network = isinstance(regressor, BaseRecurrentRegressor)
        if is_network and n_epochs is None:
            n_epochs = regressor._plan(len(examples), len(examples))[2]
        lengths = [n_epochs]
        if is_network and refit:
            lengths = sorted({round(part * n_epochs) for part in _PARTS})
        blocks = self._blocks(examples)
        with tqdm(
            total=len(blocks) * len(lengths) + len(seeds), unit="fit", **bar
        ) as progress:
            trials = [
                self._try(examples, block, _seeded(regressor, seed), lengths, progress)
                for block, seed in zip(blocks, cycle(seeds), strict=False)
            ]
            best = _choose(trials, lengths, regressor)
            if lengths[best] == 0:
                seeds = seeds[:1]  # without a step one is like another
            self.regressors = []
            for seed in seeds:
                one = _seeded(regressor, seed)
                _fit(one, examples.X, examples.y, lengths[best])
                self.regressors.append(one)
                progress.update()
        self.n_steps = len(one.loss_curve_) * one.net_.n_batches if is_network else None
        if trials:
            in_time = trials[::-1]
            residuals = np.concatenate([trial.residuals[best] for trial in in_time])
            keys = np.concatenate([trial.keys for trial in in_time])
            left = np.concatenate([trial.left for trial in in_time])
        else:
            # Too few rows to hold any out. Networks may know all of them by heart, so
            # that their errors tell nothing: those of the naive forecast are larger.
            residuals = self._shaped(examples.y).copy()
            keys, left = examples.keys, examples.left
        self._set_errors(*self._errors(residuals, units, keys, left))

    def _errors(self, residuals, units, keys, left):
        """Return residuals, their sizes in the user's units, keys and rows left."""
        forecasts = units.forecasts(residuals, keys, left, self.layout.horizons)
        return residuals, np.abs(np.subtract(*forecasts)), keys, left

    def _set_errors(self, residuals, missed, keys, left):
        """Learn quantiles from residuals, and how far recent rows were missed.

        Parameters
        ----------
        residuals, missed : ndarray of shape (n_samples, n_horizons, n_columns)
            In scaled units, and sizes in the user's.
        keys, left : ndarray of shape (n_samples,)
            Number of the series of each, and how many of its rows are left.
        """
        self._missed = residuals, missed, keys, left
        self.residuals = ResidualQuantiles.fit(residuals, keys)
        is_recent = left[:, np.newaxis] - self.layout.horizons < self.layout.reach
        self.surprises = find_surprises(missed, keys, is_recent)

    @property
    def last_number(self):
        """The highest number that a series of the residuals has."""
        return int(self._missed[2].max())

    def recalibrate(self, examples, units, n_new, numbers):
        """Let intervals take in how far off the forecasts of new rows were.

        Parameters
        ----------
        examples : Examples
            That have a target in the new rows.
        units : Units
            Of their series.
        n_new : ndarray of shape (n_samples,)
            How many rows are new of the series of each.
        numbers : ndarray of shape (n_samples,)
            What the series of each is numbered by.
        """
        missed = self._shaped(examples.y) - self.predict(examples.X)
        left = examples.left[:, np.newaxis] - self.layout.horizons
        missed[left >= n_new[:, np.newaxis]] = np.nan
        new = self._errors(missed, units, examples.keys, examples.left)
        residuals, sizes, keys, left = self._missed
        added = np.zeros(max(keys.max(), numbers.max()) + 1, int)
        added[numbers] = n_new
        residuals = np.concatenate([residuals, missed])
        sizes = np.concatenate([sizes, new[1]])
        left = np.concatenate([left + added[keys], examples.left])
        keys = np.concatenate([keys, numbers])
        # The latest of each series: what was long ago tells little of what is to come
        newest_first = np.lexsort((-np.arange(len(keys)), keys))
        rank = np.arange(len(keys)) - np.searchsorted(
            keys[newest_first], keys[newest_first]
        )
        is_kept = np.zeros(len(keys), bool)
        is_kept[newest_first[rank < _MOST_RECENT]] = True
        self._set_errors(*(part[is_kept] for part in (residuals, sizes, keys, left)))

    def _try(self, examples, block, regressor, lengths, progress):
        """Train on what lies before a block, for different lengths, and forecast it."""
        before, wanted = block
        is_touched = wanted.any(axis=1)
        train, some = examples.at(before), examples.at(is_touched)
        residuals = []
        for n_epochs in lengths:
            one = clone(regressor)
            _fit(one, train.X, train.y, n_epochs)
            missed = self._shaped(some.y - _predict(one, some.X))
            missed[~wanted[is_touched]] = np.nan
            residuals.append(missed)
            progress.update()
        return Trial(residuals, some.keys, some.left)

    def _shaped(self, y):
        """Return targets as (n_samples, n_horizons, n_columns)."""
        return y.reshape(len(y), len(self.layout.horizons), -1)

    def train_on(self, examples):
        """Go on from the present weights with new examples, in copies.

        Returns
        -------
        can : bool
            Whether the regressors can.
        """
        if not all(hasattr(one, "partial_fit") for one in self.regressors):
            return False
        # The old ones stay as they are: a training may fail halfway. Ours put another
        # network in place of theirs; others change what they hold.
        regressors = [
            copy(one) if isinstance(one, BaseRecurrentRegressor) else deepcopy(one)
            for one in self.regressors
        ]
        for one in regressors:
            one.partial_fit(_as_read(one, examples.X), _targets(examples.y))
        self.regressors = regressors
        if self.n_steps is not None:
            self.n_steps += one.net_.n_batches
        return True

    def predict(self, X):
        """Return the median of the regressors' outputs.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_horizons, n_columns)
            Relative to the bases.
        """
        outputs = np.median([_predict(one, X) for one in self.regressors], axis=0)
        return outputs.reshape(len(X), len(self.layout.horizons), -1)


def _seeded(regressor, seed):
    """Return a clone with a seed, where it takes one."""
    return clone(regressor).set_params(**dict.fromkeys(seed_names(regressor), seed))


def seed_names(regressor):
    """Return the names of a regressor's seeds, those of parts of it among them."""
    return [
        name
        for name in regressor.get_params()
        if name.rpartition("__")[2] == "random_state"
    ]


def _as_read(regressor, X):
    """Return windows as a regressor reads them: 3-D, or flat and time-major."""
    if get_tags(regressor).input_tags.three_d_array:
        return X
    return X.reshape(len(X), -1)


def _fit(regressor, X, y, n_epochs):
    """Fit; of a network, for a number of epochs."""
    if not isinstance(regressor, BaseRecurrentRegressor):
        regressor.fit(_as_read(regressor, X), _targets(y))
        return
    regressor._fit_epochs(X, _targets(y), n_epochs)
    if regressor.net_.interrupted_:
        raise KeyboardInterrupt


def _targets(y):
    """Return targets as regressors of one output want them too."""
    return y[:, 0] if y.shape[1] == 1 else y


def _predict(regressor, X):
    """Return predictions of shape (n_samples, n_outputs)."""
    return regressor.predict(_as_read(regressor, X)).reshape(len(X), -1)


def _choose(trials, lengths, regressor):
    """Return which of `lengths` had the least error over all blocks.

    Parameters
    ----------
    trials : list of Trial
        One for each block.
    lengths : list of int
        Numbers of epochs, increasing.
    regressor : estimator
        What is trained.
    """
    if len(lengths) == 1:
        return 0
    if not trials:
        # Nothing to judge by: what is known to be safe is the ridge
        return 0 if regressor.linear_skip == "ridge" else len(lengths) - 1
    errors = np.array([trial.errors for trial in trials])
    relative = (errors / np.maximum(errors[:, :1], 1e-30)).mean(axis=0)
    best = int(np.argmin(relative))
    return best if relative[best] < _WORTHWHILE else 0
