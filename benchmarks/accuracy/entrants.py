"""Entrants in the comparison of forecasts; see `accuracy`."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sktime.forecasting.ets import AutoETS
from sktime.forecasting.theta import ThetaForecaster

from sklearn_rnn import LSTMRegressor
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster

__all__ = ["ENTRANTS", "Entrant"]


class Rule:
    """A contender that continues the known values by a formula.

    Parameters
    ----------
    formula : callable
        Function of the known values, of shape (n_rows,) or (n_rows, n_columns), of the
        horizon and of the season; returns the forecasts.
    season : int or None
        Steps of a season.
    """

    def __init__(self, formula, season):
        self.formula = formula
        self.season = season

    def continue_series(self, y, horizon):
        """Continue a series."""
        return self.formula(y.to_numpy(), horizon, self.season)

    def continue_panel(self, y, horizon):
        """Continue each series of a panel."""
        groups = y.groupby(level="series")
        return np.stack([self.continue_series(one, horizon) for _, one in groups])

    def continue_windows(self, y, n_train, ends, horizon):
        """Continue the rows known at each origin."""
        values = y.to_numpy()
        forecasts = [self.formula(values[:end], horizon, self.season) for end in ends]
        return np.stack(forecasts)


class FittedToEach:
    """A contender that is an sktime forecaster, fitted to one series at a time.

    Parameters
    ----------
    make : callable
        Function of the training rows; returns the forecaster, not fitted.

    Attributes
    ----------
    n_steps : list of int
        Number of optimiser steps of each fit of our forecaster with its own network.
    """

    def __init__(self, make):
        self.make = make
        self.n_steps = []

    def continue_series(self, y, horizon):
        """Fit to a series and continue it."""
        self.fitted = self._fit(y, horizon)
        return np.asarray(self.fitted.predict()).reshape(horizon)

    def continue_panel(self, y, horizon):
        """Fit to each series of a panel and continue it."""
        series = [one.droplevel("series") for _, one in y.groupby(level="series")]
        return np.stack([self.continue_series(one, horizon) for one in series])

    def _fit(self, y, horizon):
        with warnings.catch_warnings():
            # Warnings about future releases. The filter is set for each fit, since
            # modules imported in a fit put filters of their own in front.
            warnings.filterwarnings("ignore", module=r"(sktime|statsmodels)\.")
            forecaster = self.make(y).fit(y, fh=np.arange(1, horizon + 1))
        if getattr(forecaster, "regressor", "") is None:
            self.n_steps.append(forecaster.n_steps_)
        return forecaster


class Fitted(FittedToEach):
    """A contender that is an sktime forecaster, fitted to all series of a panel."""

    def continue_panel(self, y, horizon):
        """Fit to all series of a panel at once and continue each."""
        self.fitted = self._fit(y.to_frame(), horizon)
        forecasts = self.fitted.predict()
        names = y.index.unique("series")
        if not np.array_equal(
            forecasts.index.get_level_values(0), np.repeat(names, horizon)
        ):
            raise ValueError("the forecasts are not of the series that were given.")
        return forecasts.to_numpy().reshape(len(names), horizon)

    def continue_windows(self, y, n_train, ends, horizon):
        """Fit to the training rows and continue the rows known at each origin."""
        self.fitted = self._fit(y.iloc[:n_train], horizon)
        return predict_windows(self.fitted, y.to_numpy(), ends, horizon)

    def cover_series(self, test, level):
        """Return the fraction of `test`, (horizon,), within the intervals."""
        return self.cover_panel(test, level)

    def cover_panel(self, test, level):
        """Return the fraction of `test`, (n_series, horizon), within the intervals."""
        bounds = self.fitted.predict_interval(coverage=level).to_numpy()
        return _covered(bounds, test.reshape(-1, 1))

    def cover_windows(self, y, n_train, n_known, horizon, levels):
        """Return the fraction of the rows from `n_known` on in the intervals, by level.

        The forecaster takes in rows as they come, without further training.
        """
        forecaster = self.fitted
        covered, after = {level: [] for level in levels}, n_train
        for end in range(n_known, len(y) - horizon + 1, horizon):
            forecaster.update(y.iloc[after:end], update_params=False)
            after, actual = end, y.iloc[end : end + horizon].to_numpy()
            for level, parts in covered.items():
                bounds = forecaster.predict_interval(coverage=level).to_numpy()
                parts.append(_covered(bounds, actual))
        return {level: float(np.mean(parts)) for level, parts in covered.items()}


def _covered(bounds, actual):
    """Return the fraction of `actual`, (n_rows, n_columns), within the bounds.

    `bounds` has lower and upper side by side for each column, (n_rows, 2 * n_columns).
    """
    lower, upper = bounds[:, ::2], bounds[:, 1::2]
    return float(np.mean((lower <= actual) & (actual <= upper)))


def predict_windows(forecaster, y, origins, horizon):
    """Return the forecasts of a forecaster, fitted once, from each of many origins.

    `update_predict` would take hours for thousands of origins; this function asks our
    forecaster for all origins at once.

    Parameters
    ----------
    forecaster : RecurrentForecaster
        Fitted to the first rows, for 1 to `horizon` steps ahead.
    y : ndarray of shape (n_rows, n_columns)
        The rows of ``fit`` and all later rows.
    origins : ndarray of shape (n_origins,)
        Number of known rows at each origin.
    horizon : int
        Number of rows to forecast.

    Returns
    -------
    forecasts : ndarray of shape (n_origins, horizon, n_columns)
    """
    forecasts = forecaster._forecast_from(y, origins)
    return np.reshape(forecasts, (len(origins), horizon, y.shape[1]))


def _repeat_last(known, horizon, season):
    return np.repeat(known[-1:], horizon, axis=0)


def _repeat_season(known, horizon, season):
    return known[-season:][np.arange(horizon) % season]


def _go_on_straight(known, horizon, season):
    slope = (known[-1] - known[0]) / (len(known) - 1)
    return known[-1] + np.multiply.outer(np.arange(1, horizon + 1), slope)


def _theta(y, season):
    # ThetaForecaster divides by the season, which must not be zero.
    divides = season is not None and season > 1 and bool(y.min() > 0)
    return ThetaForecaster(sp=season if divides else 1, deseasonalize=divides)


def _ridge():
    return RidgeCV(alphas=np.logspace(-6, 6, 25))


def _linear():
    return LSTMRegressor(linear_skip="ridge", max_epochs=0)


def _by_rule(formula):
    return lambda task, seed: Rule(formula, task.season)


def _told_season(make):
    return lambda task, seed: FittedToEach(lambda y: make(y, task.season))


def _in_ours(make_regressor=lambda: None, **parameters):
    """Return a maker of our forecaster with a regressor; None: its default."""

    def make(task, seed):
        return Fitted(
            lambda y: RecurrentForecaster(
                make_regressor(),
                # The window of wide tasks is the longest allowed; ours has at most 500
                # rows, or a season and a half.
                window_length="auto" if task.is_wide else task.window_length,
                random_state=seed,
                **parameters,
            )
        )

    return make


def _esn(task, seed):
    return Fitted(lambda y: ESNForecaster(random_state=seed))


@dataclass(frozen=True)
class Entrant:
    """An entrant in the comparison.

    Parameters
    ----------
    make : callable
        Function of a task and a seed; returns a contender, as `tasks` describes it.
    has_seeds : bool, default=False
        Whether its results depend on the seed.
    only_short : bool, default=False
        Whether it runs on short series only, single ones or those of a panel.
    only_single : bool, default=False
        Whether it runs on single short series only.
    is_slow : bool, default=False
        Whether it runs on long series and panels only with ``--all``.
    needs_season : bool, default=False
        Whether it runs only on series with a season.
    needs_few_columns : bool, default=False
        Whether it runs on wide tasks only with ``--all``.
    """

    make: Callable
    has_seeds: bool = False
    only_short: bool = False
    only_single: bool = False
    is_slow: bool = False
    needs_season: bool = False
    needs_few_columns: bool = False

    def takes_part(self, task, runs_all):
        """Whether it runs on a task."""
        if self.needs_season and task.season is None:
            return False
        is_slow_here = (self.is_slow and not task.is_small) or (
            self.needs_few_columns and task.is_wide
        )
        if is_slow_here and not runs_all:
            return False
        if self.only_single and not task.is_small:
            return False
        return task.is_short or not self.only_short


# If nothing is drawn, all members of an ensemble are equal, and one is enough.
ENTRANTS = {
    "naive": Entrant(_by_rule(_repeat_last)),
    "seasonal": Entrant(_by_rule(_repeat_season), needs_season=True),
    "drift": Entrant(_by_rule(_go_on_straight)),
    "Theta": Entrant(_told_season(_theta), only_short=True),
    "AutoETS": Entrant(
        _told_season(lambda y, season: AutoETS(auto=True, sp=season or 1)),
        only_short=True,
        is_slow=True,
    ),
    "ridge": Entrant(_in_ours(_ridge, n_estimators=1), needs_few_columns=True),
    "boosting": Entrant(
        _in_ours(lambda: HistGradientBoostingRegressor(random_state=0), n_estimators=1),
        is_slow=True,
    ),
    "ESN": Entrant(_esn, has_seeds=True, only_short=True, is_slow=True),
    "linear": Entrant(_in_ours(_linear, n_estimators=1)),
    "ours": Entrant(_in_ours(), has_seeds=True),
}
