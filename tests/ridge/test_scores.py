"""Scores of strengths against an explicit hat matrix, and rows left out one by one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from ridge_tasks import a_task, both_forms, fit, plain_gcv, weighted_path
from sklearn import linear_model

from sklearn_rnn._ridge.paths import fit_ridge_paths
from sklearn_rnn._ridge.scores import leave_one_out


@pytest.mark.parametrize("df_weight", [1.0, 1.4])
@pytest.mark.parametrize("n_outputs", [1, 3])
@both_forms
def test_the_score_is_that_of_an_explicit_hat_matrix(shape, n_outputs, df_weight):
    Z, Y = a_task(shape, n_outputs)
    alphas = np.logspace(-3, 6, 19)
    scores = fit(Z, Y, alphas=alphas, df_weight=df_weight).gcv_scores
    expected = [plain_gcv(Z, Y, alpha, df_weight) for alpha in alphas]
    assert_allclose(scores, expected, rtol=1e-8)


def plain_weighted_gcv(Z, Y, weights, alpha):
    """The score by its definition, its trace by fitting unit targets one by one."""
    weight = weights.sum()
    mean = weights @ Z / weight
    gram = (weights[:, np.newaxis] * (Z - mean)).T @ (Z - mean)
    strength = alpha * np.trace(gram) / Z.shape[1]
    twin = linear_model.Ridge(strength, solver="svd")
    fitted = twin.fit(Z, Y, sample_weight=weights).predict(Z).reshape(Y.shape)
    rss = (weights @ (Y - fitted) ** 2).mean()
    units = np.eye(len(Z))
    df = np.trace(twin.fit(Z, units, sample_weight=weights).predict(Z))
    n = max(weight, len(Z))
    return n * rss / (n - df) ** 2


@both_forms
@pytest.mark.parametrize("size", [0.01, 1.0, 7.0], ids="weights of about {}".format)
def test_the_weighted_score_is_that_of_its_definition(shape, size):
    Z, Y = a_task(shape, n_outputs=2, noise=2.0)
    weights = size * np.random.default_rng(1).uniform(0.2, 2.0, size=len(Z))
    alphas = np.logspace(-3, 4, 8)
    path = weighted_path(Z, Y, weights, alphas, cuts=[4, 9])
    expected = [plain_weighted_gcv(Z, Y, weights, alpha) for alpha in alphas]
    assert_allclose(path.scores, expected, rtol=1e-8)


# ---------------------------------------------------- rows left out one by one


def left_out_one_by_one(Z, Y, weights, alpha):
    """Mean square error of each row, of its copies one, left out of the fit."""
    n_samples = max(weights.sum(), len(Z))
    copies = weights * n_samples / weights.sum()
    centred = Z - weights @ Z / weights.sum()
    strength = alpha * (copies @ centred**2).sum() / Z.shape[1]
    missed = np.empty(Y.shape)
    for row in range(len(Z)):
        rest = copies.copy()
        rest[row] -= min(1.0, copies[row])
        mean_z, mean_y = rest @ Z / rest.sum(), rest @ Y / rest.sum()
        A, B = Z - mean_z, Y - mean_y
        gram = (A.T * rest) @ A + strength * np.eye(Z.shape[1])
        coef = np.linalg.solve(gram, (A.T * rest) @ B)
        missed[row] = Y[row] - mean_y - (Z[row] - mean_z) @ coef
    return (weights @ missed**2).mean() / n_samples


@pytest.mark.parametrize("shape", [(20, 30), (60, 30), (119, 30)], ids=str)
@pytest.mark.parametrize("is_weighted", [False, True])
def test_a_score_is_no_less_than_rows_left_out_one_by_one(shape, is_weighted):
    generator = np.random.default_rng(0)
    Z, Y = generator.normal(size=shape), generator.normal(size=(shape[0], 2))
    Z[:3] *= 100.0  # a few odd rows
    Y[:3] *= 30.0
    weights = np.ones(len(Z))
    if is_weighted:
        weights = generator.uniform(1.0, 2.0, size=len(Z)) / 2
    alphas = (1e-6, 1e-4, 1e-2, 1.0)

    def chunks():
        for rows in np.array_split(np.arange(len(Z)), 4):
            yield Z[np.newaxis, rows].copy(), Y[rows], weights[rows]

    of_one, *of_two = (
        path
        for n_paths in (1, 2)
        for path in fit_ridge_paths(
            lambda n=n_paths: ((np.repeat(z, n, axis=0), y, w) for z, y, w in chunks()),
            *shape,
            n_paths=n_paths,
            alphas=alphas,
            leaves_out=True,
            weight=weights.sum(),
        )
    )
    plain = fit_ridge_paths(chunks, *shape, alphas=alphas, weight=weights.sum())[0]
    least = [left_out_one_by_one(Z, Y, weights, alpha) for alpha in alphas]
    assert (np.array(least) > plain.scores).any()
    for path in (of_one, *of_two):
        assert_allclose(path.scores, np.maximum(plain.scores, least), rtol=1e-6)


@pytest.mark.parametrize("n_outputs", [1, 3])
@both_forms
def test_rows_left_out_have_the_residuals_of_refits(shape, n_outputs):
    Z, Y = a_task(shape, n_outputs)
    alpha = 0.3
    strength = alpha * ((Z - Z.mean(axis=0)) ** 2).sum() / Z.shape[1]
    residuals = leave_one_out(Z, Y, alpha)
    for row in (0, len(Z) // 2, len(Z) - 1):
        twin = linear_model.Ridge(strength, solver="svd")
        twin.fit(np.delete(Z, row, axis=0), np.delete(Y, row, axis=0))
        expected = Y[row] - twin.predict(Z[row : row + 1]).reshape(-1)
        assert_allclose(residuals[row], expected, rtol=1e-6, atol=1e-9)
