"""Rows that are added to a ridge: the same weights as from all rows at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from ridge_tasks import TALL, WIDE, a_task, mean_eigenvalue
from sklearn.linear_model import Ridge

from sklearn_rnn._ridge.factor import RidgeFactor


def grown(Z, Y, strength, cuts=(), **options):
    """Return the factor of rows that are added in pieces that end at `cuts`."""
    factor = RidgeFactor.empty(Z.shape[1], Y.shape[1], strength=strength, **options)
    for z, y in zip(np.split(Z, cuts), np.split(Y, cuts), strict=True):
        factor = factor.add(z, y)
    return factor


@given(
    shape=st.sampled_from([TALL, WIDE, (5, 4), (5, 5), (3, 1), (2, 3), (1, 2)]),
    n_outputs=st.integers(1, 3),
    alpha=st.floats(-8, 4).map(lambda exponent: 10**exponent),
    has_intercept=st.booleans(),
    cuts=st.lists(st.integers(0, 60), max_size=6).map(sorted),
    seed=st.integers(0, 50),
)
@settings(deadline=None, max_examples=100)
def test_rows_added_in_pieces_give_the_ridge_of_scikit_learn(
    shape, n_outputs, alpha, has_intercept, cuts, seed
):
    Z, Y = a_task(shape, n_outputs, seed=seed)
    strength = alpha * max(mean_eigenvalue(Z), 1.0)
    twin = Ridge(strength, fit_intercept=has_intercept, solver="svd").fit(Z, Y)
    factor = grown(Z, Y, strength, cuts, has_intercept=has_intercept)
    coef, intercept = factor.solve()
    assert factor.n_rows == len(Z)
    expected = twin.predict(Z).reshape(Y.shape)
    assert_allclose(Z @ coef + intercept, expected, rtol=1e-8, atol=1e-8)
    # A weight that rounding decides is not compared.
    if alpha > 1e-5:
        assert_allclose(coef.T, np.atleast_2d(twin.coef_), rtol=1e-7, atol=1e-9)


def test_row_by_row_for_thousands_of_rows_no_digit_is_lost():
    Z, Y = a_task((3000, 5), n_outputs=2)
    strength = 1e-9 * mean_eigenvalue(Z)
    one = grown(Z, Y, strength, range(1, 3000)).solve()
    all_at_once = grown(Z, Y, strength).solve()
    for some, others in zip(one, all_at_once, strict=True):
        assert_allclose(some, others, rtol=1e-9)


@pytest.mark.parametrize("has_intercept", [True, False])
def test_adding_rows_leaves_a_factor_as_it_was(has_intercept):
    Z, Y = a_task(TALL)
    given = Z.copy(), Y.copy()
    factor = grown(Z[:20], Y[:20], 1.0, has_intercept=has_intercept)
    before = [part.copy() for part in (factor.R, factor.S, factor.mean_z)]
    factor.add(Z[20:], Y[20:])
    for part, expected in zip((factor.R, factor.S, factor.mean_z), before, strict=True):
        assert np.array_equal(part, expected)
    assert np.array_equal(Z, given[0])
    assert np.array_equal(Y, given[1])


def test_the_factor_is_that_of_the_centred_rows_and_the_strength():
    Z, Y = a_task((40, 6))
    R = grown(Z, Y, 3.0, [7, 8, 30]).R
    centred = Z - Z.mean(axis=0)
    assert_allclose(R.T @ R, centred.T @ centred + 3.0 * np.eye(6), rtol=1e-10)
    assert np.array_equal(R, np.triu(R))
