"""The ridge against scikit-learn's, and paths to which rows are added."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from ridge_tasks import (
    TALL,
    WIDE,
    a_task,
    both_forms,
    fit,
    mean_eigenvalue,
    plain_gcv,
    weighted_path,
)
from sklearn import linear_model

from sklearn_rnn._ridge.moments import CentredRows
from sklearn_rnn._ridge.paths import (
    ALPHAS,
    RowsPath,
    fit_ridge_paths,
    refine_path,
)

# The twin


@given(
    shape=st.sampled_from([TALL, WIDE, (5, 4), (5, 5), (3, 1), (2, 3)]),
    n_outputs=st.integers(1, 3),
    alpha=st.floats(-5, 3).map(lambda exponent: 10**exponent),
    seed=st.integers(0, 50),
)
@settings(deadline=None, max_examples=60)
def test_it_is_the_ridge_of_scikit_learn_at_the_same_strength(
    shape, n_outputs, alpha, seed
):
    Z, Y = a_task(shape, n_outputs, seed=seed)
    ridge = fit(Z, Y, alphas=(alpha,))
    twin = linear_model.Ridge(alpha * mean_eigenvalue(Z), solver="svd").fit(Z, Y)
    assert ridge.alpha == alpha
    assert_allclose(ridge.coef.T, np.atleast_2d(twin.coef_), rtol=1e-5, atol=1e-7)
    assert_allclose(ridge.intercept, twin.intercept_, rtol=1e-5, atol=1e-6)
    assert_allclose(ridge.predict(Z), twin.predict(Z).reshape(Y.shape), rtol=1e-6)


@both_forms
def test_it_is_the_ridge_of_scikit_learn_at_the_strength_it_chose(shape):
    Z, Y = a_task(shape, n_outputs=2, noise=3.0)
    ridge = fit(Z, Y)
    twin = linear_model.Ridge(ridge.alpha * mean_eigenvalue(Z), solver="svd").fit(Z, Y)
    assert_allclose(ridge.coef.T, twin.coef_, rtol=1e-6, atol=1e-8)
    assert_allclose(ridge.intercept, twin.intercept_, rtol=1e-6)


@given(
    shape=st.sampled_from([TALL, WIDE]),
    cuts=st.sets(st.integers(1, 11), max_size=11).map(sorted),
)
@settings(deadline=None, max_examples=40)
def test_how_rows_are_cut_into_chunks_changes_nothing(shape, cuts):
    Z, Y = a_task(shape, n_outputs=2)
    whole, cut = fit(Z, Y), fit(Z, Y, cuts)
    assert cut.alpha == whole.alpha
    assert_allclose(cut.coef, whole.coef, rtol=1e-7, atol=1e-9)
    assert_allclose(cut.intercept, whole.intercept, rtol=1e-7)
    assert_allclose(cut.gcv_scores, whole.gcv_scores, rtol=1e-7)


def test_the_primal_and_the_dual_form_agree_where_rows_are_as_many_as_columns():
    Z, Y = a_task((21, 20), n_outputs=2)
    alphas = np.logspace(-4, 4, 17)
    for df_weight in (1.0, 1.4):
        primal = fit(Z, Y, alphas=alphas, df_weight=df_weight)
        dual = RowsPath(CentredRows.of(Z.copy(), Y), alphas, df_weight).ridge()
        assert primal.alpha == dual.alpha
        assert_allclose(primal.gcv_scores, dual.gcv_scores, rtol=1e-6)
        assert_allclose(primal.coef, dual.coef, rtol=1e-6, atol=1e-8)
        assert_allclose(primal.intercept, dual.intercept, rtol=1e-6)
        assert_allclose(primal.residual_scale, dual.residual_scale, rtol=1e-6)


# The choice of a strength


def test_a_strength_that_leaves_no_degree_of_freedom_is_not_chosen():
    Z, Y = a_task(WIDE, noise=0.0)
    ridge = fit(Z, Y, df_weight=1.4)
    weak = [plain_gcv(Z, Y, alpha, 1.4) == np.inf for alpha in (1e-4, ridge.alpha)]
    assert weak == [True, False]
    assert ridge.gcv_scores[-1] == np.inf
    assert np.isfinite(ridge.coef).all()


@both_forms
def test_a_dearer_degree_of_freedom_never_chooses_a_weaker_ridge(shape):
    for seed in range(10):
        Z, Y = a_task(shape, noise=5.0, seed=seed)
        prices = (1.0, 1.2, 1.4)
        alphas = [fit(Z, Y, df_weight=df_weight).alpha for df_weight in prices]
        assert alphas == sorted(alphas)


@both_forms
def test_several_outputs_share_the_strength_that_is_best_on_average(shape):
    Z, Y = a_task(shape, n_outputs=3, noise=2.0)
    Y[:, 2] = np.random.default_rng(1).normal(size=len(Z))  # wants another strength
    together = fit(Z, Y)
    alone = [fit(Z, Y[:, [k]]) for k in range(3)]
    assert len({ridge.alpha for ridge in alone}) > 1
    mean_scores = np.mean([ridge.gcv_scores for ridge in alone], axis=0)
    assert_allclose(together.gcv_scores, mean_scores, rtol=1e-9)
    assert together.alpha == ALPHAS[int(np.argmin(mean_scores))]


@both_forms
@pytest.mark.parametrize("level", [0.0, 0.1, -1e6])
def test_a_constant_target_is_its_mean_at_the_strongest_ridge(shape, level):
    Z, Y = a_task(shape)
    ridge = fit(Z, np.full_like(Y, level))
    assert ridge.alpha == max(ALPHAS)
    assert_allclose(ridge.predict(Z + 3.0), np.full_like(Y, level), rtol=1e-9)


def test_a_target_free_of_noise_is_fitted_to_the_last():
    Z, Y = a_task(TALL, noise=0.0)
    ridge = fit(Z, Y)
    assert_allclose(ridge.predict(Z), Y, rtol=1e-5)
    assert ridge.residual_scale < 1e-5 * Y.std()


@both_forms
def test_the_residual_scale_is_that_of_the_training_residuals(shape):
    Z, Y = a_task(shape, n_outputs=2, noise=4.0)
    ridge = fit(Z, Y)
    residuals = Y - ridge.predict(Z)
    assert_allclose(
        ridge.residual_scale, np.sqrt((residuals**2).mean(axis=0)), rtol=1e-6
    )


# Awkward input


@both_forms
def test_columns_given_twice_share_their_weight(shape):
    Z, Y = a_task(shape, n_outputs=2, noise=3.0)
    twice = np.hstack([Z, Z])
    ridge = fit(twice, Y)
    assert_allclose(
        ridge.coef[: shape[1]], ridge.coef[shape[1] :], rtol=1e-6, atol=1e-9
    )
    twin = linear_model.Ridge(ridge.alpha * mean_eigenvalue(twice), solver="svd")
    predicted = twin.fit(twice, Y).predict(twice)
    assert_allclose(ridge.predict(twice), predicted, rtol=1e-6)
    once = fit(Z, Y, alphas=(ridge.alpha / 2,))  # a sum of two equal squares
    assert_allclose(ridge.predict(twice), once.predict(Z), rtol=1e-6)


@both_forms
def test_a_constant_column_gets_no_weight(shape):
    Z, Y = a_task(shape, noise=3.0)
    Z[:, 2] = 0.1
    ridge = fit(Z, Y)
    assert_allclose(ridge.coef[2], 0.0, atol=1e-9)
    others = fit(
        np.delete(Z, 2, axis=1), Y, alphas=(ridge.alpha * (shape[1] - 1) / shape[1],)
    )
    assert_allclose(
        ridge.predict(Z), others.predict(np.delete(Z, 2, axis=1)), rtol=1e-6
    )


@both_forms
def test_rows_that_never_change_predict_the_mean(shape):
    Z, Y = np.full(shape, 0.1), a_task(shape)[1]
    ridge = fit(Z, Y)
    assert_allclose(ridge.predict(Z), np.full_like(Y, Y.mean()), rtol=1e-9)
    assert_allclose(ridge.predict(Z + 1.0), np.full_like(Y, Y.mean()), rtol=1e-3)


@both_forms
@pytest.mark.parametrize("size", [1e-300, 1e-200, 1e-160, 1e-140, 1e140])
def test_columns_too_small_to_square_predict_the_mean_and_larger_ones_what_they_did(
    shape, size
):
    Z, Y = a_task(shape)
    ridge = fit(size * Z, Y)
    assert np.isfinite(ridge.gcv_scores).all()
    if size < 1e-150:
        assert_allclose(ridge.predict(size * Z), np.full_like(Y, Y.mean()), rtol=1e-9)
    else:
        assert_allclose(ridge.predict(size * Z), fit(Z, Y).predict(Z), rtol=1e-6)


@both_forms
def test_a_single_row_is_predicted_as_it_was(shape):
    Z, Y = a_task((1, shape[1]))
    ridge = fit(Z, Y)
    assert_allclose(ridge.predict(Z), Y)


@both_forms
def test_a_high_level_of_rows_and_targets_costs_no_accuracy(shape):
    Z, Y = a_task(shape, n_outputs=2, noise=3.0)
    ridge, lifted = fit(Z, Y), fit(Z + 1e6, Y - 1e6, cuts=[4, 9])
    assert lifted.alpha == ridge.alpha
    assert_allclose(lifted.coef, ridge.coef, rtol=1e-5, atol=1e-7)
    assert_allclose(
        lifted.predict(Z + 1e6) + 1e6, ridge.predict(Z), rtol=1e-5, atol=1e-4
    )


# Weights


@both_forms
def test_whole_weights_are_rows_given_as_often(shape):
    Z, Y = a_task(shape, n_outputs=2, noise=2.0)
    weights = np.random.default_rng(1).integers(1, 5, size=len(Z))
    weighted = weighted_path(Z, Y, weights.astype(float))
    repeated = fit(np.repeat(Z, weights, axis=0), np.repeat(Y, weights, axis=0))
    assert weighted.ridge().alpha == repeated.alpha
    assert_allclose(weighted.ridge().coef, repeated.coef, rtol=1e-7, atol=1e-9)
    assert_allclose(weighted.scores, repeated.gcv_scores, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("df_weight", [1.0, 1.4])
def test_weights_of_one_are_none(df_weight):
    Z, Y = a_task(TALL)
    ridge = weighted_path(Z, Y, np.ones(len(Z))).ridge()
    assert_allclose(ridge.coef, fit(Z, Y).coef, rtol=1e-9)


# Rows that come later


@given(
    cuts=st.sets(st.integers(1, 59), min_size=1, max_size=5).map(sorted),
    shape=st.sampled_from([TALL, (60, 15), (60, 80)]),
    is_weighted=st.booleans(),
)
@settings(deadline=None, max_examples=40)
def test_rows_can_be_added_at_any_time(cuts, shape, is_weighted):
    Z, Y = a_task(shape, n_outputs=2, noise=3.0)
    weights = np.ones(len(Z))
    if is_weighted:
        weights = np.random.default_rng(0).uniform(0.5, 3.0, size=len(Z))
    whole, kept = weighted_path(Z, Y, weights), None
    for rows in np.split(np.arange(len(Z)), cuts):
        path = weighted_path(Z[rows], Y[rows], weights[rows], kept=kept)
        kept = path.kept
    assert path.ridge().alpha == whole.ridge().alpha
    assert_allclose(path.scores, whole.scores, rtol=1e-8)
    assert_allclose(path.ridge().coef, whole.ridge().coef, rtol=1e-8, atol=1e-10)
    assert_allclose(path.ridge().intercept, whole.ridge().intercept, rtol=1e-8)


def an_ill_conditioned_task(n_rows=400, n_columns=30, seed=0):
    """Columns of sizes down to 1e-12, and a noise-free target that needs them all."""
    rng = np.random.default_rng(seed)
    sources = rng.normal(size=(n_rows, n_columns)) * np.logspace(0, -12, n_columns)
    mixing = np.linalg.qr(rng.normal(size=(n_columns, n_columns)))[0]
    Z = sources @ mixing
    return Z, (sources / np.logspace(0, -12, n_columns)) @ rng.normal(size=(30, 1))


def exact_ridge(Z, Y, alpha):
    """Predictions of the ridge by an SVD, which squares nothing."""
    centred = Z - Z.mean(axis=0)
    U, values, _ = np.linalg.svd(centred, full_matrices=False)
    strength = alpha * (values**2).mean()
    shrunk = values**2 / (values**2 + strength)
    return Y.mean(axis=0) + U @ (shrunk[:, np.newaxis] * (U.T @ (Y - Y.mean(axis=0))))


def test_a_path_is_refined_where_moments_lose_what_counts():
    Z, Y = an_ill_conditioned_task()
    alphas = (1e-22,)
    chunks = [
        (part[np.newaxis], y, None)
        for part, y in zip(np.split(Z, 4), np.split(Y, 4), strict=True)
    ]

    def copies():
        return ((z.copy(), y, w) for z, y, w in chunks)

    (path,) = fit_ridge_paths(copies, len(Z), 30, alphas=alphas)
    fine = refine_path(path, copies)
    expected = exact_ridge(Z, Y, alphas[0])
    coarse_error = np.abs(path.ridge().predict(Z) - expected).max()
    assert coarse_error > 0.1
    assert_allclose(fine.ridge().predict(Z), expected, atol=1e-3)
    assert fine.kept.is_compressed
    # and what comes later is added as finely
    head, tail = [(Z[:200], Y[:200]), (Z[200:], Y[200:])]

    def of(rows):
        return lambda: iter([(rows[0][np.newaxis].copy(), rows[1], None)])

    (first,) = fit_ridge_paths(of(head), 200, 30, alphas=alphas)
    first = refine_path(first, of(head))
    (both,) = fit_ridge_paths(of(tail), 200, 30, alphas=alphas, kept=first.kept)
    assert_allclose(both.ridge().predict(Z), expected, atol=1e-3)


def test_a_path_far_from_rounding_is_not_refined():
    Z, Y = a_task(TALL, noise=3.0)
    path = weighted_path(Z, Y, np.ones(len(Z)))
    assert path.is_exact
    assert refine_path(path, None) is path
