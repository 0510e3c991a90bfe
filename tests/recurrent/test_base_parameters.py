"""Every parameter of the recurrent regressors has an effect."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from recurrent_fits import CELLS, POOLINGS, make_regressor
from skorch.callbacks import LRScheduler

from sklearn_rnn import (
    GRURegressor,
)
from sklearn_rnn._kernels import layers as _layers
from sklearn_rnn._kernels.choice import instruction_sets

# Parameter -> a value other than the default, and other parameters to set for both.
SECOND_VALUES = {
    "hidden_size": (5, {}),
    "num_layers": (2, {}),
    "bidirectional": (True, {}),
    "dropout": (0.5, {}),
    "pooling": ("mean", {}),
    "init": ("orthogonal", {}),
    "linear_skip": ("trainable", {}),
    "target_feature": (1, {}),
    "loss": ("absolute_error", {}),
    "quantiles": (0.2, {"loss": "quantile"}),
    "max_epochs": (4, {}),
    "batch_size": (17, {}),
    "lr": (1e-3, {}),
    "optimizer": ("sgd", {}),
    "weight_decay": (0.5, {}),
    "lr_schedule": (None, {}),
    "clip_grad_norm": (1e-3, {"optimizer": "sgd"}),
    "recurrent_constraint": ("spectral", {}),
    "callbacks": ([LRScheduler("StepLR", step_size=1, gamma=0.5)], {}),
    "early_stopping": (True, {}),
    "validation_fraction": (0.3, {"early_stopping": True}),
    "n_iter_no_change": (1, {"early_stopping": True, "max_epochs": 40}),
    "tol": (10.0, {"early_stopping": True, "max_epochs": 40, "linear_skip": None}),
    "standardize": (False, {}),
    "segment_length": (2, {}),
    "random_state": (1, {}),
}


# These parameters have tests of their own: predictions after one fit do not show them.
ELSEWHERE = {
    "device": "test_bad_input, and test_training where there is a GPU",
    "verbose": "test_training",
    "n_threads": "below",
    "warm_start": "above",
    "max_fit_time": "test_effort",
    "window_length": "above",
    "nonlinearity": "test_recurrent",
}


def test_every_parameter_is_tested_for_an_effect():
    parameters = {name for cell in CELLS for name in cell().get_params()}
    assert parameters == SECOND_VALUES.keys() | ELSEWHERE.keys()
    assert not SECOND_VALUES.keys() & ELSEWHERE.keys()


@pytest.mark.skipif(not instruction_sets(), reason="the compiled kernel was not built")
def test_threads_share_batches_and_change_no_result(monkeypatch):
    monkeypatch.delenv("SKLEARN_RNN_KERNEL", raising=False)
    seen = set()

    def spy(kernel, direction, batch, weights, **options):
        seen.add(options["n_threads"])
        return run_compiled(kernel, direction, batch, weights, **options)

    run_compiled = _layers.run_compiled
    monkeypatch.setattr(_layers, "run_compiled", spy)
    X = np.random.default_rng(0).normal(size=(200, 6, 2))
    y = np.tanh(X.sum(axis=(1, 2)))
    options = {"batch_size": 100, "max_epochs": 3, "random_state": 0}
    expected = GRURegressor(**options).fit(X, y).partial_fit(X, y).predict(X)
    assert seen == {1}
    seen.clear()
    regressor = GRURegressor(n_threads=3, **options).fit(X, y)
    assert_array_equal(regressor.partial_fit(X, y).predict(X), expected)
    assert seen == {3}
    seen.clear()
    assert_array_equal(regressor.set_params(n_threads=2).predict(X), expected)
    assert seen == {2}


@pytest.mark.parametrize("name", SECOND_VALUES)
def test_every_parameter_has_an_effect(data, name):
    X, y = data
    value, also = SECOND_VALUES[name]
    default = inspect.signature(GRURegressor).parameters[name].default
    assert value != default
    both = {"hidden_size": 4, "random_state": 0, "max_epochs": 15, "lr": 0.05} | also
    first = GRURegressor(**both).fit(X, y)
    second = GRURegressor(**(both | {name: value})).fit(X, y)
    change = np.abs(first.predict(X) - second.predict(X)).max()
    assert change > 1e-6 or first.n_iter_ != second.n_iter_


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("pooling", POOLINGS),
        ("init", ["auto", "xavier", "he", "orthogonal", "torch"]),
        ("linear_skip", ["ridge", "trainable", None]),
        ("loss", ["squared_error", "absolute_error", "huber", "quantile"]),
        ("optimizer", ["adam", "adamw", "rmsprop", "sgd"]),
    ],
)
def test_no_two_values_of_a_parameter_are_the_same(data, name, values):
    X, y = data
    if name == "loss":  # a quantile of 0.5 is half of an absolute error
        values = [value for value in values if value != "quantile"]
    # Apart from its decay AdamW is Adam.
    options = {"weight_decay": 0.5} if name == "optimizer" else {}
    predictions = [
        make_regressor(**{name: value}, lr=0.05, **options).fit(X, y).predict(X)
        for value in values
    ]
    for i, first in enumerate(predictions):
        for second in predictions[:i]:
            assert np.abs(first - second).max() > 1e-6
