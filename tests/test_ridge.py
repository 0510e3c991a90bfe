"""The ridge against scikit-learn's, and its score against an explicit hat matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn import linear_model

from sklearn_rnn._ridge import ALPHAS, Root, RootPath, fit_ridge_gcv

TALL, WIDE = (60, 7), (12, 30)  # solved in the primal and in the dual form
both_forms = pytest.mark.parametrize("shape", [TALL, WIDE], ids=["primal", "dual"])


def a_task(shape, n_outputs=1, noise=1.0, seed=0):
    """Correlated columns of unequal strength, and targets that are linear in them."""
    rng = np.random.default_rng(seed)
    sources = rng.normal(size=shape) * 10 / np.arange(1, shape[1] + 1) ** 2
    Z = sources @ rng.normal(size=(shape[1], shape[1])) + 5.0
    Y = sources @ rng.normal(size=(shape[1], n_outputs)) - 20.0
    return Z, Y + noise * rng.normal(size=Y.shape)


def fit(Z, Y, cuts=(), **options):
    """Fit on chunks that end at `cuts`."""
    chunks = list(zip(np.split(Z, cuts), np.split(Y, cuts), strict=True))
    return fit_ridge_gcv(lambda: iter(chunks), *Z.shape, **options)


def mean_eigenvalue(Z):
    centred = Z - Z.mean(axis=0)
    return (centred**2).sum() / Z.shape[1]


def plain_gcv(Z, Y, alpha, df_weight):
    """The score by its definition: hat matrix, true residuals, mean over outputs."""
    n_samples, n_columns = Z.shape
    centred = Z - Z.mean(axis=0)
    strength = alpha * mean_eigenvalue(Z)
    inverse = np.linalg.inv(centred.T @ centred + strength * np.eye(n_columns))
    hat = 1 / n_samples + centred @ inverse @ centred.T
    left = n_samples - df_weight * np.trace(hat)
    if left <= 0:
        return np.inf
    return n_samples * ((Y - hat @ Y) ** 2).sum(axis=0).mean() / left**2


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
        dual = RootPath(Root.of(Z.copy(), Y), alphas, df_weight).ridge()
        assert primal.alpha == dual.alpha
        assert_allclose(primal.gcv_scores, dual.gcv_scores, rtol=1e-6)
        assert_allclose(primal.coef, dual.coef, rtol=1e-6, atol=1e-8)
        assert_allclose(primal.intercept, dual.intercept, rtol=1e-6)
        assert_allclose(primal.residual_scale, dual.residual_scale, rtol=1e-6)


# The choice of a strength


@pytest.mark.parametrize("df_weight", [1.0, 1.4])
@pytest.mark.parametrize("n_outputs", [1, 3])
@both_forms
def test_the_score_is_that_of_an_explicit_hat_matrix(shape, n_outputs, df_weight):
    Z, Y = a_task(shape, n_outputs)
    alphas = np.logspace(-3, 6, 19)
    scores = fit(Z, Y, alphas=alphas, df_weight=df_weight).gcv_scores
    expected = [plain_gcv(Z, Y, alpha, df_weight) for alpha in alphas]
    assert_allclose(scores, expected, rtol=1e-8)


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
