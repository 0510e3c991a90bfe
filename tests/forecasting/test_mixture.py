"""Weights of mixtures: least squares on the simplex, whatever the members are."""

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

pytest.importorskip("sktime")

from sklearn_rnn.forecasting._mixture import (
    SHRINKAGE,
    fit_absolute_weights,
    fit_weights,
)


def draw_errors(n_members, n_errors, share, spread, seed):
    """Draw errors of members that have a part in common, and differ in size."""
    rng = np.random.default_rng(seed)
    errors = (1 - share) * rng.normal(size=(n_members, n_errors)) + share * rng.normal(
        size=n_errors
    )
    return errors * np.exp(spread * rng.normal(size=(n_members, 1)))


drawn_errors = st.builds(
    draw_errors,
    st.integers(1, 6),
    st.integers(1, 30),
    share=st.sampled_from([0.0, 0.5, 0.95]),
    spread=st.sampled_from([0.0, 1.0, 4.0]),
    seed=st.integers(0, 10**6),
)
shrinkages = st.sampled_from([0.01, 0.3, 1.0, 20.0])


def penalised(errors, shrinkage):
    """Return H, r and p: the weights minimise w G w + r |w - p|^2, and H = G + r I."""
    products = errors @ errors.T / errors.shape[1]
    inverse = 1 / np.diag(products)
    strength = shrinkage / inverse.mean()
    return products + strength * np.eye(len(errors)), strength, inverse / inverse.sum()


def price(weights, H, strength, prior):
    return weights @ H @ weights - 2 * strength * prior @ weights


def twin(errors, shrinkage):
    """Return the best of the weights that each set of members would have alone."""
    H, strength, prior = penalised(errors, shrinkage)
    members = range(len(H))
    best = None
    for some in chain.from_iterable(
        combinations(members, n) for n in range(1, len(H) + 1)
    ):
        some = list(some)
        sides = np.stack([np.ones(len(some)), strength * prior[some]], axis=1)
        of_level, own = np.linalg.solve(H[np.ix_(some, some)], sides).T
        own = own + of_level * (1 - own.sum()) / of_level.sum()
        if (own >= 0).all():
            w = np.zeros(len(H))
            w[some] = own
            args = H, strength, prior
            if best is None or price(w, *args) < price(best, *args):
                best = w
    return best


def assert_on_simplex(weights):
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(), 1, rtol=1e-14)


@settings(max_examples=100, deadline=None)
@given(errors=drawn_errors, shrinkage=shrinkages)
def test_weights_are_the_best_of_all_sets_of_members(errors, shrinkage):
    weights = fit_weights(errors, shrinkage=shrinkage)
    assert_on_simplex(weights)
    np.testing.assert_allclose(weights, twin(errors, shrinkage), rtol=0, atol=1e-6)


@settings(max_examples=100, deadline=None)
@given(errors=drawn_errors, shrinkage=st.sampled_from([0.0, 1e-6, 1.0]))
def test_no_move_between_members_lowers_the_error(errors, shrinkage):
    """The conditions of Karush, Kuhn and Tucker, also where weights are not unique."""
    weights = fit_weights(errors, shrinkage=shrinkage)
    assert_on_simplex(weights)
    H, strength, prior = penalised(errors, shrinkage)
    slope = H @ weights - strength * prior
    slack = (slope - weights @ slope) / np.diag(H)
    assert (slack >= -1e-9).all()
    np.testing.assert_allclose(weights * slack, 0, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(
    n_members=st.integers(2, 10),
    share=st.sampled_from([0.0, 0.9]),
    seed=st.integers(0, 10**6),
)
def test_a_general_optimizer_finds_nothing_better(n_members, share, seed):
    errors = draw_errors(n_members, 24, share, 0.5, seed)
    H, strength, prior = penalised(errors, SHRINKAGE)
    H, strength = H / np.trace(H), strength / np.trace(H)
    found = minimize(
        lambda w: price(w, H, strength, prior),
        np.full(n_members, 1 / n_members),
        jac=lambda w: 2 * (H @ w - strength * prior),
        bounds=[(0, 1)] * n_members,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    ).x
    weights = fit_weights(errors)
    np.testing.assert_allclose(weights, found, atol=1e-4)
    args = H, strength, prior
    assert price(weights, *args) <= price(found, *args) + 1e-12


@settings(max_examples=50, deadline=None)
@given(errors=drawn_errors, shrinkage=shrinkages, seed=st.integers(0, 100))
def test_weights_follow_their_members(errors, shrinkage, seed):
    order = np.random.default_rng(seed).permutation(len(errors))
    weights = fit_weights(errors, shrinkage=shrinkage)
    np.testing.assert_allclose(
        fit_weights(errors[order], shrinkage=shrinkage), weights[order], atol=1e-10
    )


@settings(max_examples=50, deadline=None)
@given(errors=drawn_errors, factor=st.sampled_from([-1.0, 1e-200, 0.3, 1e150, 1e280]))
def test_only_ratios_of_errors_count(errors, factor):
    np.testing.assert_allclose(
        fit_weights(factor * errors), fit_weights(errors), atol=1e-9
    )


@settings(max_examples=50, deadline=None)
@given(errors=drawn_errors, shrinkage=shrinkages)
def test_the_larger_the_shrinkage_the_nearer_weights_are_to_the_prior(
    errors, shrinkage
):
    """The prior weights are in inverse proportion to mean squared errors."""
    inverse = 1 / np.mean(errors**2, axis=1)
    prior = inverse / inverse.sum()
    distances = [
        np.linalg.norm(fit_weights(errors, shrinkage=factor * shrinkage) - prior)
        for factor in (1, 2, 10)
    ]
    assert (np.diff(distances) <= 1e-9).all()
    weights = fit_weights(errors, shrinkage=1e12)
    np.testing.assert_allclose(weights, prior, atol=1e-6)


@settings(max_examples=50, deadline=None)
@given(errors=drawn_errors, shrinkage=st.sampled_from([0.0, 1.0]))
def test_targets_that_no_member_has_an_error_for_are_left_out(errors, shrinkage):
    with_absent = np.insert(errors, [0, errors.shape[1] // 2], np.nan, axis=1)
    np.testing.assert_array_equal(
        fit_weights(with_absent, shrinkage=shrinkage),
        fit_weights(errors, shrinkage=shrinkage),
    )


@settings(max_examples=50, deadline=None)
@given(errors=drawn_errors, shrinkage=shrinkages)
def test_copies_of_a_member_have_equal_weights(errors, shrinkage):
    weights = fit_weights(np.vstack([errors, errors[:1]]), shrinkage=shrinkage)
    np.testing.assert_allclose(weights[0], weights[-1], atol=1e-9)


def test_copies_of_a_member_share_its_weight_without_shrinkage():
    errors = draw_errors(3, 20, 0.2, 0.0, seed=0)
    alone = fit_weights(errors, shrinkage=0)
    weights = fit_weights(np.vstack([errors, errors[:1]]), shrinkage=0)
    assert_on_simplex(weights)
    np.testing.assert_allclose(weights[0] + weights[3], alone[0], atol=1e-9)
    np.testing.assert_allclose(weights[1:3], alone[1:], atol=1e-9)


@pytest.mark.parametrize("shrinkage", [0.0, 1.0, 1e6])
@pytest.mark.parametrize(
    "bad", [np.inf, -np.inf, 1e200, -1e308, np.nan, [np.nan] * 11 + [1.0]]
)
def test_a_member_of_infinite_or_huge_errors_has_no_weight(bad, shrinkage):
    errors = draw_errors(4, 12, 0.5, 0.5, seed=1)
    expected = fit_weights(np.delete(errors, 2, axis=0), shrinkage=shrinkage)
    errors[2] = bad
    weights = fit_weights(errors, shrinkage=shrinkage)
    assert weights[2] == 0
    np.testing.assert_allclose(np.delete(weights, 2), expected, atol=1e-12)
    one_bad = draw_errors(4, 12, 0.5, 0.5, seed=1)
    one_bad[2, 5] = np.inf
    np.testing.assert_array_equal(fit_weights(one_bad, shrinkage=shrinkage), weights)


@pytest.mark.parametrize("size", [1e3, 1e6, 1e9])
def test_the_larger_the_errors_of_a_member_the_less_it_counts(size):
    errors = draw_errors(3, 24, 0.3, 0.0, seed=2)
    expected = fit_weights(errors[:2])
    errors[2] *= size
    weights = fit_weights(errors)
    assert weights[2] <= 2 / size
    np.testing.assert_allclose(weights[:2], expected, atol=0.3)


@pytest.mark.parametrize("shrinkage", [0.0, 1.0, 1e6])
def test_members_without_error_share_all_weight(shrinkage):
    errors = draw_errors(4, 12, 0.5, 0.5, seed=3)
    errors[[1, 3]] = 0
    weights = fit_weights(errors, shrinkage=shrinkage)
    np.testing.assert_array_equal(weights, [0, 0.5, 0, 0.5])
    # Nearly so, by errors whose squares are too small for a number
    errors[[1, 3]] = 1e-180
    weights = fit_weights(errors, shrinkage=shrinkage)
    np.testing.assert_array_equal(weights[[0, 2]], 0)
    if shrinkage > 0:
        np.testing.assert_allclose(weights[[1, 3]], 0.5, atol=1e-12)


@pytest.mark.parametrize(
    "errors",
    [[1.0, -2.0], [0.0, 0.0], [np.nan, np.nan], [np.inf, 1.0], []],
    ids=str,
)
def test_one_member_has_all_weight(errors):
    np.testing.assert_array_equal(fit_weights(np.array([errors])), 1)


@pytest.mark.parametrize(
    "errors", [np.empty((3, 0)), *(np.full((3, 2), x) for x in (np.nan, np.inf, 0.0))]
)
def test_weights_are_equal_where_nothing_tells_members_apart(errors):
    np.testing.assert_array_equal(fit_weights(errors), 1 / 3)


def test_opposite_errors_cancel():
    errors = np.array([[3.0, -1.0, 2.0], [-1.5, 0.5, -1.0]])
    np.testing.assert_allclose(fit_weights(errors, shrinkage=0), [1 / 3, 2 / 3])


def least_absolute(errors):
    """Return the least mean absolute error of a mixture, by linear programming."""
    n_members, n_errors = errors.shape
    # |errors.T @ w| <= t, for the least mean of t
    sides = np.block([[errors.T, -np.eye(n_errors)], [-errors.T, -np.eye(n_errors)]])
    return linprog(
        np.r_[np.zeros(n_members), np.full(n_errors, 1 / n_errors)],
        A_ub=sides,
        b_ub=np.zeros(2 * n_errors),
        A_eq=[np.r_[np.ones(n_members), np.zeros(n_errors)]],
        b_eq=[1.0],
    ).fun


@settings(max_examples=30, deadline=None)
@given(
    n_members=st.integers(2, 5),
    share=st.sampled_from([0.0, 0.5]),
    seed=st.integers(0, 10**6),
)
def test_weights_of_absolute_errors_are_near_those_of_a_linear_program(
    n_members, share, seed
):
    errors = draw_errors(n_members, 200, share, 0.3, seed) ** 3
    weights = fit_absolute_weights(errors, shrinkage=1e-9)
    assert_on_simplex(weights)
    assert np.abs(weights @ errors).mean() <= 1.05 * least_absolute(errors)


@settings(max_examples=30, deadline=None)
@given(errors=drawn_errors, seed=st.integers(0, 100))
def test_weights_of_absolute_errors_follow_their_members(errors, seed):
    order = np.random.default_rng(seed).permutation(len(errors))
    weights = fit_absolute_weights(errors)
    assert_on_simplex(weights)
    np.testing.assert_allclose(
        fit_absolute_weights(errors[order]), weights[order], atol=1e-6
    )


def test_no_errors_give_the_weights_of_squared_errors():
    for errors in (np.zeros((3, 4)), np.full((2, 3), np.nan)):
        np.testing.assert_array_equal(fit_absolute_weights(errors), fit_weights(errors))
