"""Weights of reservoirs: their distribution, links and spectral radius."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from reservoir_draws import draw, matrix_of

from sklearn_rnn._reservoir import drawing


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
