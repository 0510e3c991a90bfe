import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sktime.datasets import load_airline

from sklearn_rnn import ESNRegressor
from sklearn_rnn.forecasting import ESNForecaster


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def airline():
    return load_airline()


@pytest.fixture(scope="module")
def esn_forecaster(airline):
    return ESNForecaster(
        ESNRegressor(30), n_bootstrap=20, log=True, center=True, random_state=0
    ).fit(airline[:-24])


@pytest.fixture(scope="module")
def panel():
    index = pd.MultiIndex.from_product(
        [["a", "b"], pd.period_range("2020-01", periods=40, freq="M")],
        names=["shop", "month"],
    )
    values = np.random.default_rng(0).normal(size=(80, 2)).cumsum(axis=0)
    return pd.DataFrame(values, index, ["sales", "visits"])
