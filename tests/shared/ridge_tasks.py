"""Tasks for the tests of the ridge, and fits to them."""

import numpy as np
import pytest

from sklearn_rnn._ridge.paths import ALPHAS, fit_ridge_gcv, fit_ridge_paths

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


def weighted_path(Z, Y, weights, alphas=ALPHAS, cuts=(), kept=None):
    parts = [np.split(part, cuts) for part in (Z, Y, weights)]
    (path,) = fit_ridge_paths(
        lambda: ((z[np.newaxis].copy(), y, w) for z, y, w in zip(*parts, strict=True)),
        len(Z),
        Z.shape[1],
        alphas=alphas,
        kept=kept,
    )
    return path


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
