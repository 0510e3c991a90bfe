"""Small direct forecasters, and series to forecast, for several tests."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.utils import get_tags

from sklearn_rnn import LSTMRegressor
from sklearn_rnn.forecasting import RecurrentForecaster

FH = [1, 2, 3, 4]
ALPHA = [0.05, 0.25, 0.5, 0.9]
centered = pytest.mark.parametrize("center", [True, False])


def network(cell=LSTMRegressor, **params):
    return cell(**{"hidden_size": 4, "max_epochs": 2, **params})


def small(regressor=None, **params):
    """Return a forecaster with one small network, or with another regressor."""
    params = {"window_length": 6, "n_estimators": 1, "random_state": 0, **params}
    regressor = network() if regressor is None else regressor
    return RecurrentForecaster(regressor, **params)


def ridge(**params):
    return small(Ridge(0.1), **{"sp": 1, "log": False, "center": True, **params})


regressed = pytest.mark.parametrize("make", [small, ridge], ids=["network", "ridge"])


class ZeroRegressor(LinearRegression):
    """Says 0 whatever it is given."""

    def predict(self, X):
        return 0.0 * super().predict(X)


def waves(n_rows=120, n_columns=1, seed=0):
    """Return noisy waves on a slope, all above 0."""
    t, generator = np.arange(n_rows)[:, np.newaxis], np.random.default_rng(seed)
    values = 20 + np.sin(t / 2 + np.arange(n_columns)) + t / 50
    values += 0.1 * generator.normal(size=values.shape)
    return pd.DataFrame(values, columns=[f"y{i}" for i in range(n_columns)])


def first_units(values, n_window):
    """Return mean, and mean absolute change, of the rows of the first window."""
    first = values[:n_window]
    return first.mean(axis=0), np.abs(np.diff(first, axis=0)).mean(axis=0)


def covariates(n_rows, seed=1):
    values = np.random.default_rng(seed).normal(size=(n_rows, 2))
    return pd.DataFrame(values, columns=["a", "b"])


def panel(**series):
    return pd.concat(series, names=["series", "time"])


def of_months(y, start="2001-01"):
    return y.set_axis(pd.period_range(start, periods=len(y), freq="M"))


def as_dates(y, freq="D", **where):
    start = where.get("start", "2001-03-20")
    return y.set_axis(
        pd.date_range(start, periods=len(y), freq=freq, tz=where.get("tz"))
    )


def weights(forecaster):
    """Return all weights that optimisers change, network by network."""
    return [
        {k: v.clone() for k, v in one.module_.state_dict().items()}
        for one in forecaster.regressors_
    ]


def are_equal(some, others):
    return all(
        torch.equal(a[k], b[k]) for a, b in zip(some, others, strict=True) for k in a
    )


def say_the_same(some, others):
    """Tell whether regressors of six rows make the same predictions."""
    X = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    if get_tags(some[0]).input_tags.three_d_array:
        X = X[:, :, np.newaxis]
    return all(
        np.array_equal(a.predict(X), b.predict(X))
        for a, b in zip(some, others, strict=True)
    )
