"""Calls with bad input, for the tests of their errors."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SlidingWindowTransformer,
)

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(20, 2))
FRAME = pd.DataFrame(ROWS, columns=["open", "close"])
DAYS = pd.date_range("2024-01-01", periods=20)
X = RNG.normal(size=(20, 4, 2))
FLAT = X.reshape(20, 8)
LAGS = [f"{name}_lag{lag}" for lag in (3, 2, 1, 0) for name in ("open", "close")]
FLAT_FRAME = pd.DataFrame(FLAT, columns=LAGS)
y = RNG.normal(size=20)

INCREASING = "must be increasing numbers between 0 and 1, ends excluded"
TWO_FEATURES = "is not a feature of X, which has 2 features a step; use 0 to 1"
LATEST = r"is not a feature of X; use one of \['open_lag0', 'close_lag0'\]"
SEQUENCE = r"each sequence of a list is \(n_steps, n_features\) or \(n_steps,\)"
FINITE = r"all values must be finite numbers \(impute or drop what is missing\)\.$"


def put(array, at, value):
    array = array.copy()
    array[at] = value
    return array


def fit(inputs, targets=y, cell=GRURegressor, **params):
    return cell(**params).fit(inputs, targets)


def window(rows, window_length=3, **params):
    return SlidingWindowTransformer(window_length, **params).fit(rows)


def one_of(*words):
    """Match a set of words in any order, as scikit-learn prints it."""
    return r"a str among \{" + ", ".join(["'(?:" + "|".join(words) + ")'"] * len(words))


def make_fitted():
    """Return fitted estimators by name."""
    options = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
    return SimpleNamespace(
        window=window(ROWS),
        dated=window(FRAME.set_axis(DAYS)),
        net=GRURegressor(**options).fit(X, y),
        long=LSTMRegressor(**options, linear_skip=None).fit(X, y),
        flat=RNNRegressor(**options, window_length=4).fit(FLAT, y),
        named=GRURegressor(**options, window_length=4).fit(FLAT_FRAME, y),
        warm=GRURegressor(**options, warm_start=True).fit(X, y),
        two=GRURegressor(**options).fit(X, np.column_stack([y, y])),
    )


def never_train(*args, **kwargs):
    raise AssertionError("Training started.")
