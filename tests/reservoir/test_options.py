"""Parameters of echo state networks: effects, and numbers of every kind."""

import numpy as np
import pytest
from esn_tasks import SMALL, a_task
from numpy.testing import assert_allclose

from sklearn_rnn import ESNRegressor, ESNRegressorCV

# Parameter -> a value other than the default, and further parameters of both networks.
SECOND_VALUES = {
    "n_reservoir": (21, {}),
    "spectral_radius": (0.5, {}),
    "leak_rate": (0.5, {}),
    "input_scaling": (0.4, {}),
    "spectral_radii": ((0.5,), {}),
    "leak_rates": ((0.3,), {}),
    "input_scalings": ((0.3,), {}),
    "bias_scaling": (0.1, {}),
    "connectivity": (0.5, {}),
    "nonlinearity": ("identity", {}),
    "washout": (3, {"pooling": "mean"}),
    "num_layers": (2, {}),
    "bidirectional": (True, {}),
    "direct_input": (False, {}),
    "pooling": ("mean", {}),
    "alphas": (1e-6, {}),
    "solver": ("adam", {}),
    "loss": ("absolute_error", {"solver": "adam"}),
    "standardize": (False, {}),
    "random_state": (1, {}),
}
# Parameters with tests of their own: they need other data, or show in no prediction.
ELSEWHERE = {"feedback_features", "return_sequences", "scoring", "window_length"}


@pytest.mark.parametrize("Network", [ESNRegressor, ESNRegressorCV])
def test_every_parameter_is_tested_for_an_effect(Network):
    parameters = Network().get_params().keys()
    assert parameters <= SECOND_VALUES.keys() | ELSEWHERE
    assert not SECOND_VALUES.keys() & ELSEWHERE


@pytest.mark.parametrize(
    ("Network", "name"),
    [
        (Network, name)
        for Network in (ESNRegressor, ESNRegressorCV)
        for name in SECOND_VALUES
        if name in Network().get_params()
    ],
)
def test_every_parameter_has_an_effect(Network, name):
    X, y = a_task()
    value, also = SECOND_VALUES[name]
    assert value != Network().get_params()[name]
    first = Network(**SMALL | also).fit(X, y).predict(X)
    second = Network(**SMALL | also | {name: value}).fit(X, y).predict(X)
    assert np.abs(second - first).max() > 1e-9


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("nonlinearity", ["tanh", "relu", "identity"]),
        ("pooling", ["last", "mean", "both"]),
        ("loss", ["squared_error", "absolute_error", "huber"]),
    ],
)
def test_no_two_values_of_a_parameter_are_the_same(name, values):
    X, y = a_task()
    also = {"solver": "adam"} if name == "loss" else {}
    predictions = [
        ESNRegressor(**SMALL, **also, **{name: value}).fit(X, y).predict(X)
        for value in values
    ]
    for i, first in enumerate(predictions):
        for second in predictions[:i]:
            assert np.abs(first - second).max() > 1e-6


# ---------------------------------------------------------------- numbers of every kind


@pytest.mark.parametrize(
    ("name", "value", "same"),
    [
        ("n_reservoir", np.uint8(250), 250),
        ("n_reservoir", np.int8(20), 20),
        ("num_layers", np.uint64(2), 2),
        ("washout", np.uint8(3), 3),
        ("connectivity", np.float32(0.5), 0.5),
        ("spectral_radius", np.float16(0.5), 0.5),
        ("leak_rate", np.float32(0.25), 0.25),
        ("input_scaling", np.int16(1), 1.0),
        ("bias_scaling", np.float32(0.5), 0.5),
        ("alphas", np.float32(0.5), 0.5),
        ("alphas", (np.float32(0.5), np.int8(2)), (0.5, 2.0)),
        ("bidirectional", np.bool_(True), True),
        ("direct_input", np.bool_(False), False),
        ("standardize", np.bool_(False), False),
        ("nonlinearity", np.str_("relu"), "relu"),
        ("pooling", np.str_("mean"), "mean"),
        ("random_state", np.uint8(250), 250),
    ],
    ids=lambda value: f"{type(value).__name__} {value}",
)
def test_numbers_of_numpy_are_those_of_python(name, value, same):
    X, y = a_task()
    ours = ESNRegressor(**SMALL | {name: value}).fit(X, y)
    plain = ESNRegressor(**SMALL | {name: same}).fit(X, y)
    np.testing.assert_array_equal(ours.predict(X), plain.predict(X))
    assert ours.get_params()[name] is value


def test_steps_of_a_free_run_are_counted_by_any_integer():
    series = np.sin(np.arange(200) / 5)
    X, y = series[np.newaxis, :-1, np.newaxis], series[np.newaxis, 1:]
    esn = ESNRegressor(20, return_sequences=True, random_state=0).fit(X, y)
    np.testing.assert_array_equal(esn.free_run(X, np.uint8(255)), esn.free_run(X, 255))
    for n_steps in (2**31, 2**63, 10**30):
        with pytest.raises(ValueError, match=r"n_steps=.* at most"):
            esn.free_run(X, n_steps)


@pytest.mark.parametrize(
    "parameters",
    [
        {"n_reservoir": 10**9},
        {"n_reservoir": 2**63 - 1},
        {"n_reservoir": np.uint64(2**62)},
        {"n_reservoir": 10**30},
        {"num_layers": 10**9},
        {"num_layers": 2**40},
    ],
    ids=str,
)
def test_a_reservoir_too_large_to_hold_is_one_sentence_at_once(parameters):
    X, y = a_task()
    name = next(iter(parameters))
    with pytest.raises(ValueError, match=name) as caught:
        ESNRegressor(**SMALL | parameters).fit(X, y)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("alpha", [5e-324, 1e-300, 1e300, 1.7e308])
def test_strengths_of_any_size_have_a_readout(alpha):
    for n_samples in (15, 60, 200):
        X, y = a_task(n_samples)
        predictions = ESNRegressor(**SMALL, alphas=alpha).fit(X, y).predict(X)
        assert np.isfinite(predictions).all()
        if alpha > 1:
            assert_allclose(predictions, np.full_like(y, y.mean()), rtol=1e-6)


@pytest.mark.parametrize("size", [1e300, 1.7e308, 5e-324])
@pytest.mark.parametrize("name", ["spectral_radius", "input_scaling", "bias_scaling"])
def test_factors_of_any_size_give_finite_predictions_or_one_sentence(name, size):
    X, y = a_task()
    try:
        predictions = ESNRegressor(**SMALL | {name: size}).fit(X, y).predict(X)
    except ValueError as error:
        message = str(error)
    else:
        assert np.isfinite(predictions).all()
        return
    assert name in message
    assert len(message) < 300
