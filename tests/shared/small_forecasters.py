"""Small forecasters of each kind, series and times, for several tests."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge, SGDRegressor
from sklearn.multioutput import MultiOutputRegressor

from sklearn_rnn import ESNRegressor, GRURegressor
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster

FH = [1, 2, 3]
N_ROWS = 60


def recurrent(regressor=None, **params):
    params = {"window_length": 6, "n_estimators": 2, "random_state": 0, **params}
    return RecurrentForecaster(regressor or Ridge(), **params)


def network(**params):
    regressor = GRURegressor(hidden_size=3, max_epochs=1, random_state=0)
    return recurrent(regressor, refit=False, **params)


def descent(**params):
    """Return a forecaster by a regressor that changes what it holds as it goes on."""
    return recurrent(MultiOutputRegressor(SGDRegressor(random_state=0)), **params)


def echo_state(**params):
    params = {"n_bootstrap": 9, "random_state": 0, **params}
    return ESNForecaster(**{"esn": ESNRegressor(10, alphas=0.1), **params})


both = pytest.mark.parametrize("make", [recurrent, echo_state])
FORECASTERS = {
    make.__name__: make for make in (recurrent, network, descent, echo_state)
}


def wave(n_rows=N_ROWS + 10, index=None, name="y", seed=0):
    noise = np.random.default_rng(seed).normal(size=n_rows)
    values = 20 + np.sin(np.arange(n_rows) / 2) + 0.1 * noise
    return pd.Series(values, index, name=name)


def panel(**series):
    frames = {key: one.to_frame("y") for key, one in series.items()}
    return pd.concat(frames, names=["series", "time"])


def covariates(n_rows=N_ROWS + 10, seed=1):
    values = np.random.default_rng(seed).normal(size=(n_rows, 3))
    return pd.DataFrame(values, columns=["sales", "price", "visits"])


def dates(y):
    return y.set_axis(pd.date_range("2001-01-01", periods=len(y), freq="D"))


Y = wave()


PAST, NEXT = Y[:N_ROWS], Y[N_ROWS:]


# fmt: off
OFFSETS = [
    "B", "BME", "BMS", "BQE", "BQS", "BYE", "BYS", "bh", "cbh", "C", "CBME", "CBMS",
    "W-WED", "QE-NOV", "QS", "SME", "SMS", "ME", "MS", "YE-JUN", "YS", "D", "2D", "h",
    "2h", "15min", "s", "5s", "ms", "us", "ns", "3ME", "2W", "WOM-2FRI",
]


PERIODS = [
    "M", "Q", "Q-NOV", "Y", "Y-JUN", "W", "W-WED", "D", "h", "2h", "15min", "3M", "s",
    "ms",
]
# fmt: on


# fmt: on
N_TIMES = 36
TIMES = {
    **{
        f"dates {name}": pd.date_range("2001-01-01", periods=N_TIMES + 4, freq=name)
        for name in OFFSETS
    },
    **{
        f"periods {name}": pd.period_range("2001-01", periods=N_TIMES + 4, freq=name)
        for name in PERIODS
    },
    "dates of a place": pd.date_range(
        "2001-03-01", periods=N_TIMES + 4, freq="D", tz="Europe/Berlin"
    ),
    "hours of a place": pd.date_range(
        "2001-03-24", periods=N_TIMES + 4, freq="h", tz="Europe/Berlin"
    ),
    "spans": pd.timedelta_range("3h", periods=N_TIMES + 4, freq="90min"),
    "every second number": pd.RangeIndex(0, 2 * (N_TIMES + 4), 2),
    "numbers from 5": pd.RangeIndex(5, N_TIMES + 9),
    "every seventh number": pd.Index(3 + 7 * np.arange(N_TIMES + 4)),
    "numbers below 0": pd.RangeIndex(-90, 3 * (N_TIMES + 4) - 90, 3),
}


def state_of(forecaster):
    """Return all that a forecaster holds, in a form that can be compared."""
    forecasts = []
    if forecaster.is_fitted:
        copied = deepcopy(forecaster)
        fh = None if copied.get_tag("requires-fh-in-fit") else FH
        forecasts = [copied.predict(fh), copied.predict_interval(fh)]
    return pickle.dumps(forecaster), pickle.dumps(forecasts), forecaster.cutoff


def assert_same_state(state, expected):
    for one, other in zip(state[:2], expected[:2], strict=True):
        assert one == other
    assert (state[2] is None) == (expected[2] is None)
    assert state[2] is None or state[2].equals(expected[2])
