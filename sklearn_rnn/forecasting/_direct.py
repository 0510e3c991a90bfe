"""Direct forecasts from windows: what is learnt, apart from whose series it is."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.utils import get_tags
from tqdm.auto import tqdm

from sklearn_rnn._base import BaseRecurrentRegressor

from ._residuals import ResidualQuantiles

__all__ = ["DirectModel", "Examples"]

# Blocks at the end of each series, one after another, that are forecast by networks
# that have not seen them: they choose the number of steps, and give the residuals.
_N_BLOCKS = 4
_LONGEST_BLOCK = 20  # a block is this part of the rows, or the horizon if longer
_MANY_EXAMPLES = 20_000  # where one block tells enough
_MOST_VALUES = 2**28  # that windows hold together; a gibibyte in single precision
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


class DirectModel:
    """Regressors from windows to what follows, and how far off they are.

    Parameters
    ----------
    layout : Layout
        How series are cut into windows.
    covariate_mean, covariate_spread : ndarray of shape (n_covariates,)
        Scale of the covariates.

    Attributes
    ----------
    regressors : list of estimators
        Trained, one for each seed.
    n_steps : int or None
        Number of optimiser steps of each; None where they make none.
    residuals : ResidualQuantiles
        How far forecasts of rows that were not trained on are off.
    """

    def __init__(self, layout, covariate_mean, covariate_spread):
        self.layout = layout
        self.covariate_mean = covariate_mean
        self.covariate_spread = covariate_spread

    # ------------------------------------------------------------------------- examples

    def windows(self, z, covariates, ends):
        """Return windows and bases, as `Layout.windows`, of covariates not scaled."""
        covariates = (covariates - self.covariate_mean) / self.covariate_spread
        return self.layout.windows(z, covariates, ends)

    def examples(self, known, scales, dtype, first_target=None):
        """Return all examples that series give.

        Parameters
        ----------
        known : dict of tuple to KnownSeries
            Whose rows are learnt from.
        scales : dict of tuple to Scale
            Of each series.
        dtype : numpy.dtype
            Of the windows.
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
                parts.append((X.astype(dtype), y, np.full(len(ends), number), left))
        return (
            Examples(*map(np.concatenate, zip(*parts, strict=True))) if parts else None
        )

    def _blocks(self, examples):
        """Return the blocks to be held out, latest first: masks of `examples`.

        Returns
        -------
        blocks : list of tuples (before, within, wanted)
            Examples with all targets before a block, and with all in it, each of shape
            (n_samples,); and single targets that lie in it, (n_samples, n_horizons).
        """
        layout = self.layout
        n_blocks = _N_BLOCKS if len(examples) < _MANY_EXAMPLES else 1
        # Rows of a series that are left after each target
        left = examples.left[:, np.newaxis] - layout.horizons
        length = max(layout.reach, int(examples.left.max()) // _LONGEST_BLOCK)
        n_blocks = _N_BLOCKS if len(examples) < _MANY_EXAMPLES else 1
        least = max(_LEAST_EXAMPLES, len(examples) // 4)
        blocks = []
        for number in range(n_blocks):
            low, high = number * length, (number + 1) * length
            wanted = (left >= low) & (left < high)
            before, within = left[:, -1] >= high, wanted.all(axis=1)
            if before.sum() < least or not within.any():
                break
            blocks.append((before, within, wanted))
        return blocks

    # ------------------------------------------------------------------------- training

    def fit(self, examples, regressor, seeds, *, refit, n_epochs, bar):
        """Choose the number of epochs, find residuals, and train.

        Parameters
        ----------
        examples : Examples
            Of all series.
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
        blocks = self._blocks(examples)
        curves, residuals, keys = [], [], []
        with tqdm(total=len(blocks) + len(seeds), unit="fit", **bar) as progress:
            for i, (before, within, wanted) in enumerate(blocks):
                one = _seeded(regressor, seeds[i % len(seeds)])
                parts = [examples.at(before)]
                if is_network:
                    parts.append(examples.at(within))
                X, y = (
                    np.concatenate([getattr(part, name) for part in parts])
                    for name in ("X", "y")
                )
                n_held = int(within.sum()) if is_network else 0
                curves.append(_fit(one, X, y, n_epochs, n_held))
                some = examples.at(wanted.any(axis=1))
                missed = (some.y - _predict(one, some.X)).reshape(
                    len(some), len(self.layout.horizons), -1
                )
                missed[~wanted[wanted.any(axis=1)]] = np.nan
                residuals.append(missed)
                keys.append(some.keys)
                progress.update()
            if is_network:
                if n_epochs is None:
                    n_epochs = regressor._plan(len(examples), len(examples))[2]
                if refit and curves:
                    n_epochs = _choose_epochs(curves, n_epochs)
                elif refit and regressor.linear_skip == "ridge":
                    n_epochs = 0
            self.regressors = []
            for seed in seeds:
                one = _seeded(regressor, seed)
                _fit(one, examples.X, examples.y, n_epochs)
                self.regressors.append(one)
                progress.update()
        self.n_steps = len(one.loss_curve_) * one.net_.n_batches if is_network else None
        if not blocks:
            # Too few rows to hold any out: residuals of the rows that were learnt
            missed = examples.y - self.predict(examples.X).reshape(len(examples), -1)
            residuals = [missed.reshape(len(examples), len(self.layout.horizons), -1)]
            keys = [examples.keys]
        self.residuals = ResidualQuantiles.fit(
            np.concatenate(residuals), np.concatenate(keys)
        )

    def train_on(self, examples):
        """Go on from the present weights with new examples.

        Returns
        -------
        can : bool
            Whether the regressors can.
        """
        if not all(hasattr(one, "partial_fit") for one in self.regressors):
            return False
        for one in self.regressors:
            one.partial_fit(_as_read(one, examples.X), examples.y)
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
    one = clone(regressor)
    if "random_state" in one.get_params():
        one.set_params(random_state=seed)
    return one


def _as_read(regressor, X):
    """Return windows as a regressor reads them: 3-D, or flat and time-major."""
    if get_tags(regressor).input_tags.three_d_array:
        return X
    return X.reshape(len(X), -1)


def _fit(regressor, X, y, n_epochs, n_held=0):
    """Fit, and return the curve of a network's losses on the last `n_held` examples."""
    if not isinstance(regressor, BaseRecurrentRegressor):
        regressor.fit(_as_read(regressor, X), y)
        return []
    curve = regressor._fit_epochs(X, y, n_epochs, n_held)
    if regressor.net_.interrupted_:
        raise KeyboardInterrupt
    return curve


def _predict(regressor, X):
    """Return predictions of shape (n_samples, n_outputs)."""
    return regressor.predict(_as_read(regressor, X)).reshape(len(X), -1)


def _choose_epochs(curves, longest):
    """Return the number of epochs with the lowest loss over all blocks.

    Parameters
    ----------
    curves : list of sequences of float
        Losses before training and after each epoch; they may differ in length.
    longest : int
        Number of epochs that a whole training on all examples has.
    """
    part = np.linspace(0, 1, 301)
    relative = [
        np.interp(part, np.linspace(0, 1, len(curve)), curve) / max(curve[0], 1e-30)
        for curve in curves
    ]
    return round(part[np.argmin(np.mean(relative, axis=0))] * longest)
