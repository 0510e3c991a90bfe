"""The whole fitted map as one torch module."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sklearn_rnn import GRURegressor, LSTMRegressor
from sklearn_rnn._recurrent.fitted_module import FittedModule

QUANTILES = {"loss": "quantile", "quantiles": [0.1, 0.5, 0.9]}


def make_data(n_samples=90, n_steps=5, seed=0):
    rng = np.random.default_rng(seed)
    X = 30 + 4 * rng.normal(size=(n_samples, n_steps, 2))
    return X, np.stack([X[:, -1, 0] * X[:, -2, 1], -X[:, 0, 0]], axis=1)


@pytest.mark.parametrize(
    "options", [{}, {"target_feature": 1}, {"segment_length": 2}, QUANTILES]
)
@pytest.mark.parametrize("linear_skip", ["ridge", "trainable", None])
@pytest.mark.parametrize("cell", [GRURegressor, LSTMRegressor])
def test_it_maps_sequences_to_the_predictions(cell, linear_skip, options):
    X, y = make_data()
    regressor = cell(
        hidden_size=4, max_epochs=2, linear_skip=linear_skip, random_state=0, **options
    ).fit(X, y)
    module = FittedModule(regressor._linear_part, regressor.module_).eval()
    with torch.no_grad():
        outputs = module(torch.from_numpy(X)).sort(dim=2).values.numpy()
    if options is QUANTILES:
        expected = regressor.predict_quantiles(X)
    else:
        expected = regressor.predict(X)[:, :, np.newaxis]
    assert_allclose(outputs, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("linear_skip", ["ridge", None])
def test_shorter_sequences_are_mapped_too(linear_skip):
    X, y = make_data()
    regressor = GRURegressor(
        hidden_size=4, max_epochs=2, linear_skip=linear_skip, random_state=0
    ).fit(X, y)
    module = FittedModule(regressor._linear_part, regressor.module_).eval()
    with torch.no_grad():
        outputs = module(torch.from_numpy(X[:, 2:]))[:, :, 0].numpy()
    assert_allclose(outputs, regressor.predict(X[:, 2:]), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("segment_length", [1, 2])
def test_the_gradient_is_that_of_differences(segment_length):
    X, y = make_data()
    regressor = GRURegressor(
        hidden_size=4, max_epochs=2, segment_length=segment_length, random_state=0
    ).fit(X, y)
    module = FittedModule(regressor._linear_part, regressor.module_).eval()
    gradient = module.gradient(X, 0)
    assert gradient.shape == (90, 5, 2, 2)
    step = 0.05
    for at in [(4, 0), (3, 1), (0, 0)]:
        higher, lower = X.copy(), X.copy()
        higher[(slice(None), *at)] += step
        lower[(slice(None), *at)] -= step
        slope = (regressor.predict(higher) - regressor.predict(lower)) / (2 * step)
        # Networks compute in single precision: differences lose digits.
        assert_allclose(gradient[(slice(None), *at)], slope, rtol=0.01, atol=0.05)
