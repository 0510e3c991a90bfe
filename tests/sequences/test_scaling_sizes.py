"""Numbers of any size give finite predictions or an error."""

import copy
import re

import numpy as np
import pytest
from input_forms import ESN, X, one_sentence, y

from sklearn_rnn import (
    ESNRegressor,
    GRURegressor,
    RNNRegressor,
)

# ------------------------------------------------------------------ sizes of numbers

SIZES = [1e15, -1e17, 1e20, 1e38, -1e39, 1e150, 1e160, 1.7e308]
NETWORKS = {
    "GRU": GRURegressor(hidden_size=2, max_epochs=1, random_state=0),
    "RNN": RNNRegressor(
        hidden_size=2, max_epochs=1, nonlinearity="relu", random_state=0
    ),
    "ESN": ESN,
    "ESN, relu": ESNRegressor(n_reservoir=5, nonlinearity="relu", random_state=0),
}


def finite_or_named(call, name):
    message = None
    try:
        result = call()
    except ValueError as error:
        message = str(error)
    if message is None:
        assert np.isfinite(result).all()
    else:
        assert re.match(rf"{name} holds ", message), message
        assert len(message) < 300


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("model", NETWORKS)
def test_finite_numbers_of_any_size_give_finite_predictions_or_an_error(
    model, standardize
):
    model = copy.deepcopy(NETWORKS[model]).set_params(standardize=standardize)
    fitted = copy.deepcopy(model).fit(X, y)
    for size in SIZES:
        large, targets = X.copy(), y.copy()
        large[3, 2, 1] = targets[5] = size
        finite_or_named(lambda large=large: fitted.predict(large), "X")
        finite_or_named(lambda large=large: fitted.predict([*large, X[0, 1:]]), "X")
        finite_or_named(lambda large=large: model.fit(large, y).predict(large), "X")
        finite_or_named(lambda targets=targets: model.fit(X, targets).predict(X), "y")


@pytest.mark.parametrize("size", [1e17, -1e39, 1e150])
@pytest.mark.parametrize("model", NETWORKS)
def test_every_model_refuses_to_extrapolate_beyond_what_any_has_learnt(model, size):
    far = X.copy()
    far[3, -1, 1] = size
    fitted = copy.deepcopy(NETWORKS[model]).fit(X, y)
    for call in (fitted.predict, lambda X: fitted.score(X, y)):
        one_sentence(call, far, "X", "at row 3, step 3, column 1, too large")


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e-30, 1e30, 1e150])
@pytest.mark.parametrize("mean", [0.0, 1e30, 1e149])
@pytest.mark.parametrize("model", ["GRU", "ESN"])
def test_features_of_any_scale_give_finite_predictions(model, mean, scale):
    inputs = mean + X * (scale / 10)
    constant = np.concatenate([inputs, np.full((12, 4, 1), 1e150)], axis=2)
    model = copy.deepcopy(NETWORKS[model]).fit(constant, y)
    assert np.isfinite(model.predict(constant)).all()
