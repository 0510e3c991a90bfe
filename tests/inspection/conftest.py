import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest
from displays import SMALL, windows_of

from sklearn_rnn import ESNRegressor, GRURegressor


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def gru():
    return GRURegressor(**SMALL, dropout=0.0).fit(*windows_of())


@pytest.fixture(scope="module")
def esn():
    return ESNRegressor(50, input_scaling=0.5, random_state=0).fit(*windows_of())
