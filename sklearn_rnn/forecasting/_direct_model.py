"""Direct forecasts: regressors from windows to the rows that follow them."""

import time
from dataclasses import replace
from itertools import cycle

import numpy as np
from tqdm.auto import tqdm

from ._any_regressor import (
    fit_regressor,
    is_network,
    n_optimiser_steps,
    planned_steps,
    predict_regressor,
    seeded,
    trained_on,
)
from ._error_pool import ErrorPool, Errors
from ._exact_ridge import ExactRidge, extend
from ._packing import PackedState
from ._series_scale import transform, transform_limits, undo_transform
from ._side_by_side import apart, groups_of
from ._trials import choose_steps, hold_out, list_lengths, try_lengths
from ._window_layout import Examples, has_spread, that_tell_units

__all__ = ["DirectModel"]

_MOST_VALUES = 2**28  # in all windows; a gibibyte in single precision


class DirectModel(PackedState):
    """Regressors from windows to the rows that follow, and the sizes of their errors.

    Parameters
    ----------
    layout : Layout
        How series are cut into windows.
    covariate_mean, covariate_spread : ndarray of shape (n_covariates,)
        Scale of the covariates.
    dtype : numpy.dtype
        Of the windows.
    usual : Usual
        The range of the training series, for the limits of short series.
    power : float
        The power that values are raised to, as in `Scale`.

    Attributes
    ----------
    regressors : list of estimators
        Fitted, one for each seed.
    n_steps : int or None
        Number of optimiser steps of each regressor; None if they make none.
    errors : ErrorPool
        The errors on rows that were held out, and on rows that came later.
    mixture : Mixture or None
        The members that are forecast with beside the regressors.
    panels : list of dict of tuple to KnownSeries
        The series pretrained on, if the regressors learn from all rows anew, or are
        ridges that learn exactly.
    """

    # What ridges have learnt can be large, and the known series tell it.
    _not_stored = ("_learnt",)
    _learnt = None

    def __init__(self, layout, covariate_mean, covariate_spread, dtype, usual, power):
        self.layout = layout
        self.dtype = dtype
        self.usual = usual
        self.power = power
        self.covariate_mean = covariate_mean
        self.covariate_spread = covariate_spread
        self.panels = []
        self.mixture = None

    # ------------------------------------------------------------------------- examples

    def windows(self, values, covariates, ends):
        """Return windows, bases and spreads as `Layout.windows`.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            The series, in the user's units.
        covariates : ndarray of shape (n_known, n_covariates)
            Unscaled.
        ends : ndarray of shape (n_samples,)
            Number of known rows.
        """
        covariates = (covariates - self.covariate_mean) / self.covariate_spread
        return self.layout.windows(transform(values, self.power), covariates, ends)

    def limits(self, series):
        """Return the limits of forecasts of series, a list of (n_rows_i, n_columns)."""
        return self.usual.limits_of_all(series, self.layout.horizons)

    def examples(self, known, first_target=None, most=None):
        """Return all examples that series give.

        Parameters
        ----------
        known : dict of tuple to KnownSeries
            The series.
        first_target : dict of tuple to int or None, default=None
            If given, only examples of these series are returned, of which the last
            target is at or after this row.
        most : int or None, default=None
            Number of examples from which on only some are returned, as where memory is
            short. None: as many as memory holds.

        Returns
        -------
        examples : Examples or None
            Series by series, in order of time; None if there is none. If windows would
            fill more than a gibibyte, each series gives every second, third, ...
            example, counted from its end. Windows after rows that are all the same tell
            no unit, and are left out if there are others.
        """
        gathered = self._gather(known, first_target, most)
        return None if gathered is None else that_tell_units(*gathered)

    def _gather(self, known, first_target=None, most=None):
        """Return all examples, and which of them tell a unit; None without any."""
        rows = dict.fromkeys(known, 0) if first_target is None else first_target
        series = [known[key] for key in rows]
        if not series:
            return None
        # Series of one length, with the same first target, have the same windows.
        shapes = [*zip(map(len, series), rows.values(), strict=True)]
        ends_of = {
            (n_rows, row): ends[ends + self.layout.reach > row]
            for n_rows, row in set(shapes)
            for ends in [self.layout.ends(n_rows)]
        }
        n_windows = sum(len(ends_of[shape]) for shape in shapes)
        every = _thinning(series[0], n_windows, self.layout, most)
        ends_of = {shape: ends[::-1][::every][::-1] for shape, ends in ends_of.items()}
        width = _window_size(series[0], self.layout)
        groups = groups_of(shapes, lambda shape: len(ends_of[shape]) * width)
        groups = [numbers for numbers in groups if len(ends_of[shapes[numbers[0]]])]
        if not groups:
            return None
        parts = [
            self._examples_of(series, numbers, ends_of[shapes[numbers[0]]])
            for numbers in groups
        ]
        *parts, told = map(np.concatenate, zip(*parts, strict=True))
        examples = Examples(*parts)
        if (np.diff(examples.keys) < 0).any():
            order = np.argsort(examples.keys, kind="stable")
            examples, told = examples.at(order), told[order]
        return examples, told

    def _examples_of(self, series, numbers, ends):
        """Return the examples of series of one length, from windows at the same ends.

        Parameters
        ----------
        series : list of KnownSeries
            All series.
        numbers : list of int
            Numbers of the series of one length.
        ends : ndarray of shape (n_ends,)
            Number of known rows of each series at the ends of its windows.

        Returns
        -------
        parts : tuple of ndarray
            As in `Examples`; and whether the rows up to a window's end tell a unit,
            (n_samples,).
        """
        n_series, layout = len(numbers), self.layout
        some = [series[number] for number in numbers]
        values = np.concatenate([one.values for one in some], axis=1)
        covariates = np.concatenate([one.covariates for one in some], axis=1)
        covariates = covariates - np.tile(self.covariate_mean, n_series)
        covariates /= np.tile(self.covariate_spread, n_series)
        firsts = np.arange(n_series) * len(self.covariate_mean)
        past, future = (
            [first + column for first in firsts for column in columns]
            for columns in (layout.past, layout.future)
        )
        side_by_side = replace(layout, past=past, future=future)
        moved = transform(values, self.power)
        X, bases, spreads = side_by_side.windows(moved, covariates, ends)
        y = layout.targets(moved, ends, bases, spreads)
        y = y.reshape(len(ends), len(layout.horizons), -1)
        last = moved[np.maximum(ends, 1) - 1]
        n_values, n_past = values.shape[1], len(past)
        X = np.split(X, [n_values, n_values + n_past], axis=2)
        X = np.concatenate([apart(part, n_series) for part in X], axis=-1)
        # (n_series, n_ends, ...) -> (n_series * n_ends, ...)
        y, spreads, last = (apart(part, n_series) for part in (y, spreads, last))
        n_samples, n_columns = n_series * len(ends), last.shape[-1]
        spreads = spreads.reshape(n_samples, n_columns)
        told = has_spread(last.reshape(n_samples, n_columns), spreads).all(axis=1)
        return (
            X.reshape(n_samples, *X.shape[2:]).astype(self.dtype),
            y.reshape(n_samples, -1),
            spreads,
            np.repeat(numbers, len(ends)),
            np.tile(len(values) - ends, n_series),
            told,
        )

    # ------------------------------------------------------------------------- training

    def fit(self, examples, units, regressor, seeds, *, refit, n_steps, deadline, bar):
        """Choose the number of optimiser steps, find residuals, and train.

        Parameters
        ----------
        examples : Examples
            Of all series.
        units : Units
            Of the series.
        regressor : estimator
            Unfitted.
        seeds : list of int
            One for each regressor to train.
        refit : bool
            Whether to choose the number of steps of a network.
        n_steps : int or None
            The number of steps if there is no choice; None: as many as the network
            plans.
        deadline : float or None
            Reading of ``time.monotonic()`` at which trainings end.
        bar : dict
            Options of the progress bar.

        Returns
        -------
        choice : Choice
            The number of steps, and the trials.
        """
        if n_steps is None:
            n_steps = planned_steps(regressor, len(examples))
        lengths = [n_steps]
        if refit and is_network(regressor):
            lengths = list_lengths(regressor, n_steps, len(examples))
        blocks = hold_out(examples, self.layout)
        with tqdm(
            total=len(blocks) * len(lengths) + len(seeds), unit="fit", **bar
        ) as progress:
            trials, is_late = try_lengths(
                examples,
                self.layout,
                blocks,
                [
                    seeded(regressor, seed)
                    for _, seed in zip(blocks, cycle(seeds), strict=False)
                ],
                lengths,
                progress,
                deadline=deadline,
                n_fits=len(seeds),
            )
            choice = choose_steps(
                trials, lengths, regressor, n_planned=n_steps, is_late=is_late
            )
            if choice.n_steps == 0:
                seeds = seeds[:1]  # without a step all seeds give the same network
            progress.total = progress.n + len(seeds)
            regressors = []
            for seed in seeds:
                fitted = seeded(regressor, seed)
                fit_regressor(fitted, examples.X, examples.y, choice.n_steps, deadline)
                is_over = deadline is not None and time.monotonic() >= deadline
                if regressors and is_over:
                    break  # this training was cut short
                regressors.append(fitted)
                progress.update()
            progress.total = progress.n  # no more trainings
        self.regressors, self._learnt = regressors, None
        self.n_steps = n_optimiser_steps(regressors[0])
        if trials:
            self.learn_errors(trials, choice.best, units)
        else:
            # With too few rows to hold a block out, the residuals are the errors of
            # the naive forecast. Those of the regressors would be too small: a network
            # may know all its training rows by heart.
            residuals = self.layout.by_horizon(examples.y).copy()
            spreads, keys, left = examples.spreads, examples.keys, examples.left
            sizes = self._sizes(residuals, units, spreads, keys, left)
            changes = self.layout.recent_changes(examples.X)
            errors = Errors(residuals, sizes, keys, left, changes)
            self.errors = ErrorPool.of(errors, self.layout.horizons)
        return choice

    def learn_errors(self, trials, number, units):
        """Learn the sizes of errors from trials.

        Parameters
        ----------
        trials : list of Trial
            The latest first, one at least.
        number : int
            Number of the length of training.
        units : Units
            Of the series.
        """
        in_time = trials[::-1]
        residuals = np.concatenate([trial.residuals[number] for trial in in_time])
        spreads, keys, left, changes = (
            np.concatenate([getattr(trial, name) for trial in in_time])
            for name in ("spreads", "keys", "left", "changes")
        )
        sizes = self._sizes(residuals, units, spreads, keys, left)
        errors = Errors(residuals, sizes, keys, left, changes)
        self.errors = ErrorPool.of(errors, self.layout.horizons)

    def train_on(self, examples, known):
        """Learn from new examples too.

        Ridges learn exactly, from all examples of all series. Networks go on from the
        present weights.

        Parameters
        ----------
        examples : Examples
            The new examples.
        known : dict of tuple to KnownSeries
            All series, beside those pretrained on.

        Returns
        -------
        can : bool
            Whether the regressors can; if not, they stay as they are.
        """
        if self.can_learn_exactly() and self.learn_exactly(known, regressors=True):
            return True
        regressors = trained_on(self.regressors, examples.X, examples.y)
        if regressors is None:
            return False
        self.regressors = regressors
        if self.n_steps is not None:
            self.n_steps += regressors[-1].net_.n_batches
        self.learn_exactly(known, regressors=False)
        return True

    def can_learn_exactly(self):
        """Tell whether all regressors are ridges that can learn exactly."""
        return all(ExactRidge.of(regressor) for regressor in self.regressors)

    def needs_all_rows(self):
        """Tell whether a part of the model can only learn from all rows."""
        can_go_on = all(hasattr(one, "partial_fit") for one in self.regressors)
        has_ridge = self.mixture is not None and self.mixture.ridge is not None
        return not can_go_on or has_ridge or self.can_learn_exactly()

    def learn_exactly(self, known, *, regressors):
        """Fit ridges to all examples of all series, at the strengths that they have.

        Only examples that came since the last call are read, unless known rows were
        revised.

        Parameters
        ----------
        known : dict of tuple to KnownSeries
            All series to learn from, beside those pretrained on.
        regressors : bool
            Whether the regressors are the ridges, beside the ridge of the mixture; or
            this ridge alone.

        Returns
        -------
        can : bool
            Whether they can; if not, they stay as they are.
        """
        ridges = list(self.regressors) if regressors else []
        if self.mixture is not None and self.mixture.ridge is not None:
            ridges.append(self.mixture.ridge)
        ridges = [ExactRidge.of(ridge) for ridge in ridges]
        known = self.everything(known)
        n_windows = sum(len(self.layout.ends(len(series))) for series in known.values())
        some = next(iter(known.values()))
        if not all(ridges) or _thinning(some, n_windows, self.layout) > 1:
            return False
        if not ridges:
            return True
        factors, self._learnt = extend(
            self._learnt, ridges, known, self.layout, self._gather
        )
        solved = [
            ridge.solved(factor) for ridge, factor in zip(ridges, factors, strict=True)
        ]
        if regressors:
            n_own = len(self.regressors)
            self.regressors, solved = solved[:n_own], solved[n_own:]
        if solved:
            self.mixture = replace(self.mixture, ridge=solved[0])
        return True

    def everything(self, known):
        """Return series, and those pretrained on, by keys of their own."""
        everything = dict(known)
        for number, panel in enumerate(self.panels):
            for key, series in panel.items():
                everything["pretrained", number, *key] = series
        return everything

    def predict(self, X):
        """Return the median of the regressors' outputs.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_horizons, n_columns)
            Relative to the bases.
        """
        outputs = [predict_regressor(regressor, X) for regressor in self.regressors]
        return self.layout.by_horizon(np.median(outputs, axis=0))

    def outputs(self, X, bases, spreads, limits, origins):
        """Return the forecasts of windows, transformed.

        Parameters
        ----------
        X, bases, spreads
            As `windows` returns them, of one series after another.
        limits : tuple of two ndarrays of shape (n_samples, n_horizons, n_columns)
            Lowest and highest forecasts, in the user's units.
        origins : list of tuple (values, covariates, ends)
            The series, their covariates, unscaled, and the ends of their windows.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_horizons, n_columns)
        """
        own = self.predict(X) * spreads[:, np.newaxis] + bases
        if self.mixture is None:
            return own
        trained = [undo_transform(own, self.power)]
        if self.mixture.has_ridge:
            ridge = np.zeros((len(X), own[0].size)) + self.mixture.predict_ridge(X)
            ridge = self.layout.by_horizon(ridge) * spreads[:, np.newaxis] + bases
            trained.append(undo_transform(ridge, self.power))
        trained += self.mixture.forecasts_in_other_units(origins)
        trained = [np.clip(one, *limits) for one in trained]
        mixed = self.mixture.of(trained, origins, self.layout.horizons)
        return transform_limits(mixed, self.power)

    def forecasts(self, origins):
        """Return the forecasts of the regressors alone, in the user's units.

        Parameters
        ----------
        origins : list of tuple (values, covariates, ends)
            As in `outputs`.

        Returns
        -------
        forecasts : ndarray of shape (n_samples, n_horizons, n_columns)
        """
        parts = [self.windows(*origin) for origin in origins]
        X, bases, spreads = map(np.concatenate, zip(*parts, strict=True))
        outputs = self.predict(X) * spreads[:, np.newaxis] + bases
        return undo_transform(outputs, self.power)

    # --------------------------------------------------------------------------- errors

    def recalibrate(self, examples, units, n_new, numbers):
        """Add the errors of windows whose last target has arrived to the residuals.

        The regressors have not learnt from any of these targets as targets of these
        windows, so the errors at all horizons count. With the errors of the new rows
        alone, updates row by row would tell of the farthest horizon only.

        Parameters
        ----------
        examples : Examples
            With a target in the new rows.
        units : Units
            Of their series.
        n_new : ndarray of shape (n_samples,)
            Number of new rows of the series of each example.
        numbers : ndarray of shape (n_samples,)
            Number of that series among all series of the residuals.
        """
        targets, horizons = self.layout.by_horizon(examples.y), self.layout.horizons
        missed = targets - self.predict(examples.X)
        if self.mixture is not None:
            of = examples.spreads, examples.keys, examples.left
            ridge = self.layout.by_horizon(
                examples.y - self.mixture.predict_ridge(examples.X)
            )
            trained = [missed, ridge][: 1 + self.mixture.has_ridge]
            missed = self.mixture.residuals(trained, *of, units, horizons)
        of = examples.spreads, examples.keys, examples.left
        new_sizes = self._sizes(missed, units, *of)
        changes = self.layout.recent_changes(examples.X)
        new = Errors(missed, new_sizes, numbers, examples.left, changes)
        self.errors = self.errors.with_new(new, n_new)

    def _sizes(self, residuals, units, spreads, keys, left):
        """Return the absolute residuals in the user's units."""
        horizons = self.layout.horizons
        forecasts = units.forecasts(residuals, spreads, keys, left, horizons)
        return np.abs(np.subtract(*forecasts))


def _window_size(series, layout):
    """Return the number of values in a window of a series."""
    return layout.n_steps * (series.values.shape[1] + series.covariates.shape[1])


def _thinning(series, n_windows, layout, most=None):
    """Return the number of windows of which one is kept, if all are as of `series`.

    See `DirectModel.examples`.
    """
    n_values = n_windows * _window_size(series, layout)
    of_most = 1 if most is None else -(-n_windows // most)
    return max(1, -(-n_values // _MOST_VALUES), of_most)
