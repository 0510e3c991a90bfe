"""CPU time of our forecasters beside bounds in seconds, each measured once.

- Fits at the defaults: the monthly airline passengers, 144 rows and 24 ahead, after a
  fit that loads modules; 4,992 hourly rows of two series with four covariates known
  ahead, 24 ahead; the same with 33 covariates that are 1 at one hour of the day, on one
  day of the week or in one of two seasons, and 0 otherwise.
- ``evaluate`` of sktime over 500 origins of a series of 5,000 rows, two rows apart, 12
  ahead, with ``strategy="update"`` and ``"no-update_params"``, after a fit that loads
  modules: with scikit-learn's ``Ridge()`` in our forecaster, at the defaults, and with
  an echo state network. A forecaster that repeats the last row stands beside them: the
  time that sktime itself takes.
- ``update_predict`` over the same origins.

The reference of a line is its bound; the ratio may be at most 1. The bound on airline
is 1.5 times the half second that a fit took before scales were judged on blocks.
"""

import warnings

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sktime.datasets import load_airline
from sktime.forecasting.base import BaseForecaster
from sktime.forecasting.model_evaluation import evaluate
from sktime.split import ExpandingWindowSplitter

from benchmarks._harness import Line, time_call
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster

__all__ = ["forecast_evaluate", "forecast_fit"]

_N_ROWS = 4_992
_MOST_SECONDS = {
    "airline": 0.75,
    "4 covariates": 30.0,
    "33 one-hot columns": 60.0,
    "evaluate, ridge": 5.0,
    "evaluate, default": 60.0,
}

_N_EVALUATED, _N_ORIGINS, _STEP, _HORIZON = 5_000, 500, 2, 12


def forecast_fit():
    """Time fits at the defaults, beside their bounds."""
    airline = load_airline()
    _time(_fit, airline, None)  # loads modules
    y, few, one_hot = _two_series()
    cases = {
        "airline": (airline, None),
        "4 covariates": (y, few),
        "33 one-hot columns": (y, one_hot),
    }
    return [
        _beside_bound(f"forecaster fit, {name}", _MOST_SECONDS[name], _fit, *data)
        for name, data in cases.items()
    ]


def forecast_evaluate():
    """Time `evaluate` over many origins, beside its bounds."""
    forecasters = {
        "evaluate, last row": LastRow(),
        "evaluate, ridge": RecurrentForecaster(Ridge()),
        "evaluate, default": RecurrentForecaster(random_state=0),
        "evaluate, echo state": ESNForecaster(random_state=0),
    }
    _time(_fit, load_airline(), None)  # loads modules
    lines = []
    for name, forecaster in forecasters.items():
        most = _MOST_SECONDS.get(name)
        lines.append(_beside_bound(f"forecaster {name}", most, _evaluate, forecaster))
        words = f"forecaster {name}, parameters kept"
        kept = {"strategy": "no-update_params"}
        lines.append(_beside_bound(words, most, _evaluate, forecaster, **kept))
    ridge = forecasters["evaluate, ridge"]
    for learns in (True, False):
        words = f"forecaster update_predict, ridge, update_params={learns}"
        lines.append(_beside_bound(words, None, _update_predict, ridge, learns))
    return lines


class LastRow(BaseForecaster):
    """Repeats the last row of a series."""

    _tags = {
        "y_inner_mtype": "pd.DataFrame",
        "X_inner_mtype": "pd.DataFrame",
        "requires-fh-in-fit": False,
    }
    _config = {"remember_data": False}

    def _fit(self, y, X, fh):
        return self._update(y)

    def _update(self, y, X=None, update_params=True):
        self._last = y.to_numpy()[-1:]
        return self

    def _predict(self, fh, X):
        values = np.repeat(self._last, len(fh), axis=0)
        return pd.DataFrame(values, fh.to_absolute_index(self.cutoff))


def _beside_bound(case, most_seconds, call, *arguments, **options):
    """Return the line of a call; without a bound it is only for reading."""
    seconds = _time(call, *arguments, **options)
    ours = f"{seconds:.2f} s"
    print(f"{case}: {ours}", flush=True)
    if most_seconds is None:
        return Line(case, "CPU time", ours, "", np.nan)
    words = ours, f"{most_seconds:g} s"
    return Line(case, "CPU time / bound", *words, seconds / most_seconds, None, 1.0)


def _time(call, *arguments, **options):
    """Return the CPU time of a call, in seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return time_call(lambda: call(*arguments, **options))[0]


def _fit(y, X):
    RecurrentForecaster(random_state=0).fit(y, X, fh=np.arange(1, 25))


def _evaluate(forecaster, strategy="update"):
    y, first = _evaluated()
    splitter = ExpandingWindowSplitter(
        fh=np.arange(1, _HORIZON + 1), initial_window=first, step_length=_STEP
    )
    results = evaluate(forecaster, splitter, y, strategy=strategy, error_score="raise")
    if len(results) != _N_ORIGINS:
        raise RuntimeError(f"{len(results)} origins were evaluated.")


def _update_predict(forecaster, update_params):
    y, first = _evaluated()
    fh = np.arange(1, _HORIZON + 1)
    splitter = ExpandingWindowSplitter(fh=fh, initial_window=_STEP, step_length=_STEP)
    fitted = forecaster.clone().fit(y.iloc[: first - _STEP], fh=fh)
    forecasts = fitted.update_predict(
        y.iloc[first - _STEP :], splitter, update_params=update_params
    )
    if forecasts.shape[1] != _N_ORIGINS:
        raise RuntimeError(f"{forecasts.shape[1]} origins were forecast from.")


def _evaluated():
    """Return the series, and the number of its rows at the first origin."""
    y = _two_series(_N_EVALUATED)[0].iloc[:, 0]
    return y, _N_EVALUATED - _HORIZON - _STEP * (_N_ORIGINS - 1)


def _two_series(n_rows=_N_ROWS):
    """Draw two hourly series with a daily and a weekly pattern.

    Parameters
    ----------
    n_rows : int, default=4992
        Number of rows.

    Returns
    -------
    y : DataFrame of shape (n_rows, 2)
        The series.
    few : DataFrame of shape (n_rows, 4)
        Temperature, wind, price, and whether it is a weekend.
    one_hot : DataFrame of shape (n_rows, 33)
        Hour, day and season, one column for each.
    """
    generator = np.random.default_rng(0)
    times = pd.period_range("2023-01-02", periods=n_rows, freq="h")
    hour, day = np.arange(n_rows) % 24, np.arange(n_rows) // 24 % 7
    season = np.arange(n_rows) // (n_rows // 2) % 2
    drawn = generator.normal(size=(n_rows, 3)).cumsum(axis=0) / 20
    few = pd.DataFrame(drawn, times, ["temperature", "wind", "price"])
    few["weekend"] = np.where(day >= 5, 1.0, 0.0)
    one_hot = pd.get_dummies(
        pd.DataFrame({"hour": hour, "day": day, "season": season}, times),
        columns=["hour", "day", "season"],
        dtype=float,
    )
    # Days differ so much within a week that the week is the season
    daily = np.sin(2 * np.pi * hour / 24) * (1 - 0.7 * few["weekend"])
    pattern = 100 + 10 * daily + few["temperature"] - 5 * few["weekend"]
    noise = generator.normal(scale=0.7, size=(n_rows, 2))
    y = pd.DataFrame(noise + pattern.to_numpy()[:, np.newaxis], times, ["a", "b"])
    return y, few, one_hot
