"""Reservoirs: their weights as drawn, and their states against a plain loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from reservoir_draws import draw, matrix_of

FUNCTIONS = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0.0),
    "identity": lambda x: x,
}


def plain_states(reservoir, x, number=0):
    """The states of one setting from the equation, step by step and unit by unit."""
    setting = reservoir.settings.take(number)
    f = FUNCTIONS[reservoir.nonlinearity]
    inputs, of_all = x, []
    for layer, (directions, radii) in enumerate(
        zip(reservoir.layers, reservoir.radii, strict=True)
    ):
        of_layer = []
        for direction, (weights, radius) in enumerate(
            zip(directions, radii, strict=True)
        ):
            W = matrix_of(weights) * (setting.spectral_radius[0] / radius)
            W_in = weights.w_in.astype(float)
            if layer == 0:
                W_in = W_in * setting.input_scaling[0]
            b, a = weights.bias * setting.bias_scaling[0], setting.leak_rate[0]
            h, states = np.zeros(weights.n_units), np.empty((len(x), weights.n_units))
            steps = range(len(x))[:: -1 if direction else 1]
            for t in steps:
                h = (1 - a) * h + a * f(W @ h + W_in @ inputs[t] + b)
                states[t] = h
            of_layer.append(states)
        inputs = np.hstack(of_layer)
        of_all.append(inputs)
    return np.hstack(of_all)


# ------------------------------------------------------------------------------ states


@settings(deadline=None, max_examples=40)
@given(
    n_reservoir=st.integers(1, 40),
    n_features=st.integers(1, 4),
    n_steps=st.integers(1, 30),
    connectivity=st.sampled_from([0.05, 0.2, 1.0]),
    num_layers=st.integers(1, 3),
    bidirectional=st.booleans(),
    leak_rate=st.sampled_from([0.1, 0.5, 1.0]),
    spectral_radius=st.sampled_from([0.0, 0.5, 1.0]),
    nonlinearity=st.sampled_from(sorted(FUNCTIONS)),
    seed=st.integers(0, 99),
)
def test_states_are_those_of_a_plain_loop(n_features, n_steps, seed, **options):
    reservoir = draw(n_features, seed=seed, **options)
    x = np.random.default_rng(seed).normal(size=(3, n_steps, n_features))
    states = np.empty((3, n_steps, reservoir.n_states))
    reservoir.run(x, states=states)
    for of_one, sequence in zip(states, x, strict=True):
        expected = plain_states(reservoir, sequence)
        assert_allclose(of_one, expected, rtol=1e-12, atol=1e-12)


def test_states_of_a_long_series_stay_with_a_plain_loop():
    reservoir = draw(1, n_reservoir=200, connectivity=0.1)
    x = np.random.default_rng(0).normal(size=(1, 1000, 1))
    states = np.empty((1, 1000, 200))
    reservoir.run(x, states=states)
    assert_allclose(states[0], plain_states(reservoir, x[0]), atol=1e-12)


def test_settings_side_by_side_are_those_one_by_one_bit_for_bit():
    reservoir = draw(
        spectral_radius=[0.5, 0.9, 1.1], leak_rate=[1.0, 0.3, 0.6], num_layers=2
    )
    x = np.random.default_rng(0).normal(size=(4, 20, 2))
    states = np.empty((12, 20, reservoir.n_states))
    end = reservoir.run(x, states=states)
    for number in range(3):
        alone = np.empty((4, 20, reservoir.n_states))
        assert_array_equal(
            reservoir.take(number).run(x, states=alone), end[4 * number :][:4]
        )
        assert_array_equal(alone, states[4 * number :][:4])


def test_a_sequence_does_not_see_the_others():
    reservoir = draw()
    x = np.random.default_rng(0).normal(size=(40, 20, 2))
    together = reservoir.run(x)
    for number in (0, 17, 39):
        assert_array_equal(reservoir.run(x[number : number + 1])[0], together[number])


def test_a_run_can_be_cut_anywhere():
    reservoir = draw()
    x = np.random.default_rng(0).normal(size=(3, 20, 2))
    start = reservoir.run(x[:, :7])
    assert_array_equal(reservoir.run(x[:, 7:], start), reservoir.run(x))


def test_sums_are_those_of_the_states():
    reservoir = draw(bidirectional=True, num_layers=2)
    x = np.random.default_rng(0).normal(size=(3, 20, 2))
    states, sums = np.empty((3, 20, 120)), np.zeros((3, 120))
    reservoir.run(x, states=states, sums=sums)
    assert_allclose(sums, states.sum(axis=1), rtol=1e-12, atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), size=st.floats(0.1, 10.0))
def test_a_driven_reservoir_forgets_where_it_started(seed, size):
    reservoir = draw(
        1, n_reservoir=60, leak_rate=1.0, bias_scaling=0.5, input_scaling=0.5, seed=seed
    )
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(1, 400, 1))
    start = size * rng.normal(size=(1, 60))
    assert_allclose(reservoir.run(x, start), reservoir.run(x), atol=1e-6)


@pytest.mark.parametrize("nonlinearity", ["relu", "identity"])
def test_states_that_grow_beyond_all_bounds_are_an_error(nonlinearity):
    reservoir = draw(nonlinearity=nonlinearity, spectral_radius=5.0, leak_rate=1.0)
    x = np.ones((1, 1000, 2))
    with pytest.raises(ValueError, match="states of the reservoir grow beyond 1"):
        reservoir.run(x)


def test_float32_states_are_near_those_in_float64():
    x = np.random.default_rng(0).normal(size=(2, 50, 2))
    single, double = draw(dtype=np.float32).run(x), draw().run(x)
    assert single.dtype == np.float32
    assert_allclose(single, double, atol=1e-5)
