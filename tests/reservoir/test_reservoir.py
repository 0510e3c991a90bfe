"""Reservoirs: their weights as drawn, and their states against a plain loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn._reservoir import drawing
from sklearn_rnn._reservoir.drawing import draw_reservoir

OPTIONS = {
    "n_reservoir": 30,
    "connectivity": 0.2,
    "num_layers": 1,
    "bidirectional": False,
    "nonlinearity": "tanh",
    "spectral_radius": 0.9,
    "leak_rate": 0.7,
    "input_scaling": 0.5,
    "bias_scaling": 0.3,
    "seed": 0,
}
FUNCTIONS = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0.0),
    "identity": lambda x: x,
}


def draw(n_features=2, **options):
    return draw_reservoir(n_features, **OPTIONS | options)


def matrix_of(weights):
    """The recurrent weights as drawn, as a dense matrix."""
    matrix = np.zeros((weights.n_units, weights.n_units))
    np.put_along_axis(matrix, weights.links, weights.w.astype(float), axis=1)
    return matrix


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


# ----------------------------------------------------------------------------- weights


@settings(deadline=None, max_examples=30)
@given(
    n_reservoir=st.integers(1, 60),
    connectivity=st.sampled_from([0.01, 0.1, 0.5, 1.0]),
    spectral_radius=st.sampled_from([0.3, 1.0, 1.4]),
    seed=st.integers(0, 1000),
)
def test_the_spectral_radius_is_exactly_the_one_asked_for(spectral_radius, **options):
    reservoir = draw(spectral_radius=spectral_radius, **options)
    scale = spectral_radius / reservoir.radii[0][0]
    values = np.linalg.eigvals(scale * matrix_of(reservoir.layers[0][0]))
    assert np.abs(values).max() == pytest.approx(spectral_radius, rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_of_large_reservoirs_the_largest_eigenvalues_suffice(seed, monkeypatch):
    options = {"n_reservoir": 300, "connectivity": 0.1, "seed": seed}
    ((exact,),) = draw(**options).radii
    monkeypatch.setattr(drawing, "_MOST_DENSE", 100)
    ((largest,),) = draw(**options).radii
    assert largest == pytest.approx(exact, rel=1e-9)


def test_each_unit_hears_as_many_units_as_connectivity_says():
    (weights,) = draw(n_reservoir=50, connectivity=0.1).layers[0]
    assert weights.links.shape == weights.w.shape == (50, 5)
    assert all(len(set(row)) == 5 for row in weights.links)
    (weights,) = draw(n_reservoir=5, connectivity=0.01).layers[0]
    assert weights.links.shape == (5, 1)


def test_weights_are_uniform_between_minus_one_and_one():
    (weights,) = draw(5, n_reservoir=400, connectivity=0.5).layers[0]
    for values in (weights.w, weights.w_in, weights.bias):
        assert np.abs(values).max() <= 1
        assert np.mean(values.astype(float)) == pytest.approx(0, abs=0.1)
        assert np.var(values.astype(float)) == pytest.approx(1 / 3, rel=0.15)
    chosen = np.bincount(weights.links.ravel(), minlength=400)
    assert chosen.min() > 120
    assert chosen.max() < 280


def test_squares_of_input_weights_of_upper_layers_sum_to_one_on_average():
    reservoir = draw(n_reservoir=200, num_layers=2, bidirectional=True)
    for weights in reservoir.layers[1]:
        squares = (weights.w_in.astype(float) ** 2).sum(axis=1)
        assert squares.mean() == pytest.approx(1, rel=0.05)


def test_weights_depend_on_the_seed_and_on_nothing_else():
    first, again, other = draw(), draw(), draw(seed=1)
    assert_array_equal(first.layers[0][0].w, again.layers[0][0].w)
    assert_array_equal(first.layers[0][0].links, again.layers[0][0].links)
    assert (first.layers[0][0].w != other.layers[0][0].w).any()
    both = draw(bidirectional=True).layers[0]
    assert (both[0].w != both[1].w).any()
