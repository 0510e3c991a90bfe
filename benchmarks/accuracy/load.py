"""A year of hourly load, where a network pays and a line does not; see `accuracy`.

The load bends with temperature, has a daily and a weekly pattern, and noise that lasts
some hours. Temperature, wind and weekends are known ahead. A forecaster reads
windows of 48 rows, and forecasts 24 ahead. It is fitted once, to all rows but those of
the last 30 days, and forecasts each of these days from all rows before; rows are taken
in as they come, without further training.

A draw makes a series of its own. The entrants are

- ``default``: our forecaster;
- ``network``: a single network that always trains, ``refit=False`` and
  ``n_estimators=1``;
- ``ridge``: scikit-learn's ``Ridge()`` in our forecaster.

In each draw the mean absolute error of ``default`` may be 2 % above that of the best of
the three: choosing between line and network costs little. The table has the root mean
square error too, and the CPU time of fit and forecasts.
"""

import time
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.linear_model import Ridge

from benchmarks._harness import one_thread, table
from sklearn_rnn.forecasting import RecurrentForecaster

__all__ = ["ENTRANTS", "make_load", "report"]

_N_DAYS = 365
_N_TEST_DAYS = 30
_HORIZON = 24
_WINDOW_LENGTH = 48
_BOUND = 1.02  # of the error over that of the best entrant

ENTRANTS = {
    "default": lambda seed: RecurrentForecaster(
        window_length=_WINDOW_LENGTH, random_state=seed
    ),
    "network": lambda seed: RecurrentForecaster(
        window_length=_WINDOW_LENGTH, refit=False, n_estimators=1, random_state=seed
    ),
    "ridge": lambda seed: RecurrentForecaster(Ridge(), window_length=_WINDOW_LENGTH),
}


def make_load(seed, n_days=_N_DAYS):
    """Draw hourly load and its covariates.

    Parameters
    ----------
    seed : int
        Seed of the draw.
    n_days : int, default=365
        Number of days.

    Returns
    -------
    y : Series of shape (24 * n_days,)
        Load, in megawatts.
    X : DataFrame of shape (24 * n_days, 3)
        Temperature in degrees Celsius, wind in metres a second, and whether it is a
        weekend.
    """
    generator = np.random.default_rng(seed)
    times = pd.period_range("2023-01-01", periods=24 * n_days, freq="h")
    hour, day = np.arange(24 * n_days) % 24, np.arange(24 * n_days) // 24
    weather = _lasting(generator.normal(size=24 * n_days), 0.98)
    temperature = (
        12
        - 9 * np.cos(2 * np.pi * (day - 20) / 365)
        - 4 * np.cos(2 * np.pi * (hour - 3) / 24)
        + 4 * weather
    )
    is_weekend = (day + 6) % 7 >= 5
    wind = 6 + 3 * _lasting(generator.normal(size=24 * n_days), 0.95)
    pattern = 90 * np.sin(2 * np.pi * (hour - 8) / 24)
    pattern += 40 * np.sin(4 * np.pi * (hour - 5) / 24)
    load = (
        800
        + 0.8 * (temperature - 17) ** 2
        + 3 * wind
        + np.where(is_weekend, 0.6 * pattern - 90, pattern)
        + 20 * _lasting(generator.normal(size=24 * n_days), 0.8)
    )
    X = {"temperature": temperature, "wind": wind, "weekend": is_weekend}
    return pd.Series(load, times, name="load"), pd.DataFrame(X, times, dtype=float)


def _lasting(noise, share):
    """Return noise of variance 1, of which a share lasts from one row to the next."""
    for row in range(1, len(noise)):
        noise[row] = share * noise[row - 1] + np.sqrt(1 - share**2) * noise[row]
    return noise


@dataclass(frozen=True)
class Run:
    """Errors of an entrant in a draw.

    Parameters
    ----------
    draw : int
        Seed of series and entrant.
    entrant : str
        Name in `ENTRANTS`.
    rmse, mae : float
        Root mean square and mean absolute error, in megawatts.
    n_steps : int or None
        Number of optimiser steps; None: the regressor is no network.
    seconds : float
        CPU time of fit and forecasts.
    """

    draw: int
    entrant: str
    rmse: float
    mae: float
    n_steps: int | None
    seconds: float


def measure(draw, entrant):
    """Fit an entrant in a draw and forecast all test days: a `Run`."""
    y, X = make_load(draw)
    forecaster = ENTRANTS[entrant](draw)
    first = len(y) - 24 * _N_TEST_DAYS
    errors = []
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begin = time.process_time()
        known = slice(first)
        forecaster.fit(y[known], X[known], fh=np.arange(1, _HORIZON + 1))
        for end in range(first, len(y) - _HORIZON + 1, 24):
            if end > first:
                new = slice(end - 24, end)
                forecaster.update(y[new], X[new], update_params=False)
            ahead = slice(end, end + _HORIZON)
            errors.append(forecaster.predict(X=X[ahead]) - y[ahead])
        seconds = time.process_time() - begin
    errors = np.concatenate(errors)
    rmse, mae = float(np.sqrt(np.mean(errors**2))), float(np.abs(errors).mean())
    return Run(draw, entrant, rmse, mae, forecaster.n_steps_, seconds)


def report(draws, n_jobs=1):
    """Measure all entrants in each draw and print a table.

    Parameters
    ----------
    draws : list of int
        Seeds of the draws.
    n_jobs : int, default=1
        Number of processes.

    Returns
    -------
    n_missed : int
        Number of draws in which the default is too far above the best entrant.
    """
    todo = [(draw, entrant) for draw in draws for entrant in ENTRANTS]
    runs = Parallel(n_jobs=n_jobs)(delayed(measure)(*one) for one in todo)
    rows, n_missed = [], 0
    for run in runs:
        ratio = run.mae / min(of.mae for of in runs if of.draw == run.draw)
        must = verdict = ""
        if run.entrant == "default":
            is_missed = not ratio <= _BOUND
            n_missed += is_missed
            must, verdict = f"{_BOUND:g}", "MISSED" if is_missed else "ok"
        steps = "" if run.n_steps is None else f"{run.n_steps:,}"
        rows.append(
            (f"load, draw {run.draw}", run.entrant, f"{run.rmse:.2f}", f"{run.mae:.2f}",
             f"{ratio:.3f}", must, verdict, steps, f"{run.seconds:.1f}")
        )  # fmt: skip
    header = (
        "series", "entrant", "RMSE, MW", "MAE, MW", "MAE / best", "must", "verdict",
        "steps", "CPU s",
    )  # fmt: skip
    print(f"\n{table(header, rows, '<<>>>><>>')}\n")
    print(f"{n_missed} of {len(draws)} bounds missed.")
    return n_missed
