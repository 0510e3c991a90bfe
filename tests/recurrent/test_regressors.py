import inspect

import numpy as np
import pytest
from sklearn.metrics import mean_squared_error, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from torch import nn

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SlidingWindowTransformer,
    make_windows,
)
from sklearn_rnn.datasets import load_aapl, make_adding_problem

CELLS = [GRURegressor, LSTMRegressor, RNNRegressor]


# --------------------------------------------------------------------------- the cells


@pytest.mark.parametrize(
    ("cell", "layer"),
    [(GRURegressor, nn.GRU), (LSTMRegressor, nn.LSTM), (RNNRegressor, nn.RNN)],
)
def test_each_regressor_trains_the_cell_of_its_name(cell, layer):
    X = np.random.default_rng(0).normal(size=(20, 3, 2))
    regressor = cell(hidden_size=4, max_epochs=1).fit(X, X[:, -1, 0])
    weights = {name: w.shape for name, w in regressor.module_.rnn.named_parameters()}
    expected = {name: w.shape for name, w in layer(2, 4).named_parameters()}
    assert weights == expected


def test_the_nonlinearity_of_an_rnn_is_torchs():
    X = np.random.default_rng(0).normal(size=(40, 3, 2))
    predictions = {}
    for nonlinearity in ("tanh", "relu"):
        regressor = RNNRegressor(
            nonlinearity=nonlinearity, hidden_size=4, max_epochs=3, random_state=0
        ).fit(X, X[:, -1, 0] ** 2)
        assert regressor.module_.rnn.nonlinearity == nonlinearity
        predictions[nonlinearity] = regressor.predict(X)
    assert np.abs(predictions["tanh"] - predictions["relu"]).max() > 0


# -------------------------------------------------------------------- errors they reach


def test_a_gru_solves_the_adding_problem_of_200_steps_in_400_optimiser_steps():
    X, y = make_adding_problem(6400, 200, random_state=0)
    X_test, y_test = make_adding_problem(1000, 200, random_state=1)
    regressor = GRURegressor(
        hidden_size=64, max_epochs=2, batch_size=32, random_state=0
    )
    assert regressor.max_epochs * len(X) / regressor.batch_size == 400
    predictions = regressor.fit(X, y).predict(X_test)
    assert mean_squared_error(y_test, predictions) < 0.005


@pytest.mark.parametrize(
    ("options", "bound"), [({}, 0.001), ({"linear_skip": None}, 0.01)], ids=str
)
@pytest.mark.parametrize("cell", CELLS)
def test_the_sine_of_the_tutorials_is_learnt(cell, options, bound):
    series = np.sin(np.linspace(0, 100, 1000))
    X, y = make_windows(series, window_length=10)
    n_train = 800 - 10  # the first 80 % of the points
    regressor = cell(random_state=0, **options).fit(X[:n_train], y[:n_train])
    predictions = regressor.predict(X[n_train:])
    assert root_mean_squared_error(y[n_train:], predictions) <= bound


# To say that the price stays as it is has an RMSE of 8.399 dollars: test_datasets.
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("options", "bound"), [({}, 8.42), ({"linear_skip": None}, 8.50)], ids=str
)
@pytest.mark.parametrize("cell", CELLS)
def test_a_stock_price_is_predicted_about_as_well_as_by_its_last_value(
    cell, options, bound, seed
):
    close = load_aapl()[["Close"]]
    following = close["Close"].shift(-1)
    pipe = make_pipeline(
        SlidingWindowTransformer(window_length=60),
        cell(target_feature=0, random_state=seed, **options),
    )
    n_train = 2616  # the first 80 %; the last of them is to predict the first test day
    pipe.fit(close[: n_train - 1], following[: n_train - 1])
    predictions = pipe.predict(close[n_train - 1 : -1])
    assert root_mean_squared_error(close["Close"][n_train:], predictions) <= bound


# ------------------------------------------------------------------- their signatures


def test_only_an_rnn_has_a_nonlinearity_to_choose():
    parameters = {cell: inspect.signature(cell).parameters for cell in CELLS}
    names = {cell: list(parameters[cell]) for cell in CELLS}
    assert names[GRURegressor] == names[LSTMRegressor]
    assert set(names[RNNRegressor]) - set(names[GRURegressor]) == {"nonlinearity"}
    for name in names[GRURegressor]:
        defaults = {parameters[cell][name].default for cell in CELLS}
        assert len(defaults) == 1, name
    for parameter in parameters[RNNRegressor].values():
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
