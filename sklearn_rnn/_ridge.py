"""Ridge regression from streamed moments, its strength by generalised cross-validation.

Only moments are kept, so rows may be many; where there are fewer rows than columns the
dual form is solved instead.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

__all__ = ["ALPHAS", "Ridge", "fit_ridge_gcv"]

# Relative to the mean eigenvalue of the centred Gram matrix, strongest first: where two
# fit equally well the stronger is taken. Both ends are far outside of what series need.
ALPHAS = tuple(10.0**exponent for exponent in np.arange(8, -12.5, -0.5))

# Eigenvalues below this part of the largest are rounding, not signal.
_RANK_RTOL = 1e-13


@dataclass(frozen=True)
class Ridge:
    """A fitted linear map ``Z @ coef + intercept``.

    Parameters
    ----------
    coef : ndarray of shape (n_columns, n_outputs)
        Weights.
    intercept : ndarray of shape (n_outputs,)
        Predictions at ``Z = 0``.
    alpha : float
        Chosen strength, relative to the mean eigenvalue of the centred Gram matrix.
    gcv_scores : ndarray of shape (n_alphas,)
        Generalised cross-validation score of each strength, lower is better.
    residual_scale : ndarray of shape (n_outputs,)
        Root mean square of what it misses of the training targets.
    """

    coef: np.ndarray
    intercept: np.ndarray
    alpha: float
    gcv_scores: np.ndarray
    residual_scale: np.ndarray

    def predict(self, Z):
        """Return ``Z @ coef + intercept``, of shape (n_samples, n_outputs)."""
        return Z @ self.coef + self.intercept


@dataclass
class _Moments:
    """Centred second moments of rows seen in chunks, merged as Chan et al. (1983)."""

    n_samples: int
    mean_z: np.ndarray  # (n_columns,)
    mean_y: np.ndarray  # (n_outputs,)
    gram: np.ndarray  # (n_columns, n_columns)
    cross: np.ndarray  # (n_columns, n_outputs)

    @classmethod
    def of(cls, Z, Y):
        mean_z, mean_y = Z.mean(axis=0), Y.mean(axis=0)
        Z, Y = Z - mean_z, Y - mean_y
        return cls(len(Z), mean_z, mean_y, Z.T @ Z, Z.T @ Y)

    def merge(self, other):
        """Add the moments of `other` rows, in place."""
        n = self.n_samples + other.n_samples
        shift_z = other.mean_z - self.mean_z
        shift_y = other.mean_y - self.mean_y
        weight = self.n_samples * other.n_samples / n
        self.gram += other.gram
        self.gram += np.outer(weight * shift_z, shift_z)
        self.cross += other.cross + weight * np.outer(shift_z, shift_y)
        self.mean_z = self.mean_z + shift_z * (other.n_samples / n)
        self.mean_y = self.mean_y + shift_y * (other.n_samples / n)
        self.n_samples = n
        return self


def fit_ridge_gcv(chunks, n_samples, n_columns, alphas=ALPHAS, df_weight=1.0):
    r"""Fit a ridge regression with intercept, choosing its strength by GCV.

    For each strength a, with the eigenvalues l of the centred Gram matrix and their
    mean m,

    .. math::

        \mathrm{GCV}(a) = \frac{n \, \mathrm{RSS}(a)}{(n - w \mathrm{df}(a))^2},
        \qquad \mathrm{df}(a) = 1 + \sum_j \frac{l_j}{l_j + a m},

    RSS averaged over the outputs and summed from positive terms only, and w the
    `df_weight`.

    Parameters
    ----------
    chunks : callable
        ``chunks()`` iterates over pairs of float64 arrays, ``(n_chunk, n_columns)``
        and ``(n_chunk, n_outputs)``, the same at each call.
    n_samples, n_columns : int
        Number of rows in all chunks together, and of columns.
    alphas : tuple of float, default=ALPHAS
        Strengths to choose from, relative to the mean eigenvalue.
    df_weight : float, default=1.0
        Price of a degree of freedom, at least 1. Plain GCV takes 1 and now and then
        fits noise; Kim and Gu advise 1.2 to 1.4.

    Returns
    -------
    ridge : Ridge
        The fitted map.

    References
    ----------
    Golub, G. H., Heath, M., Wahba, G. (1979). Generalized cross-validation as a method
    for choosing a good ridge parameter. Technometrics 21(2), 215-223.

    Kim, Y.-J., Gu, C. (2004). Smoothing spline Gaussian regression: more scalable
    computation via efficient approximation. Journal of the Royal Statistical Society B
    66(2), 337-356.

    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the
    sample variance. The American Statistician 37(3), 242-247.
    """
    alphas = np.asarray(alphas)
    if n_samples <= n_columns:
        Z, Y = (np.concatenate(parts) for parts in zip(*chunks(), strict=True))
        return _fit_dual(Z, Y, alphas, df_weight)
    return _fit_primal(chunks, alphas, df_weight)


def _fit_primal(chunks, alphas, df_weight):
    moments = None
    for Z, Y in chunks():
        new = _Moments.of(Z, Y)
        moments = new if moments is None else moments.merge(new)
    values, vectors = _significant(*linalg.eigh(moments.gram))
    projected = vectors.T @ moments.cross  # (n_kept, n_outputs)

    # What no strength can fit: true residuals of least squares, since y'y minus the
    # fitted part would cancel.
    coef = vectors @ (projected / values[:, np.newaxis])
    unfitted = 0.0
    for Z, Y in chunks():
        residual = Y - moments.mean_y - (Z - moments.mean_z) @ coef
        unfitted = unfitted + (residual**2).sum(axis=0)

    strengths = alphas * np.trace(moments.gram) / len(moments.gram)
    energies = projected**2 / values[:, np.newaxis]
    scores, rss = _gcv_scores(
        values, energies, unfitted, strengths, moments.n_samples, df_weight
    )
    best = int(np.argmin(scores))
    coef = vectors @ (projected / (values + strengths[best])[:, np.newaxis])
    intercept = moments.mean_y - moments.mean_z @ coef
    residual_scale = np.sqrt(rss[best] / moments.n_samples)
    return Ridge(coef, intercept, float(alphas[best]), scores, residual_scale)


def _fit_dual(Z, Y, alphas, df_weight):
    mean_z, mean_y = Z.mean(axis=0), Y.mean(axis=0)
    Z, Y = Z - mean_z, Y - mean_y
    gram = Z @ Z.T  # (n_samples, n_samples)
    values, vectors = _significant(*linalg.eigh(gram))
    projected = vectors.T @ Y  # (n_kept, n_outputs)
    unfitted = ((Y - vectors @ projected) ** 2).sum(axis=0)
    strengths = alphas * np.trace(gram) / Z.shape[1]
    scores, rss = _gcv_scores(
        values, projected**2, unfitted, strengths, len(Z), df_weight
    )
    best = int(np.argmin(scores))
    dual = vectors @ (projected / (values + strengths[best])[:, np.newaxis])
    coef = Z.T @ dual
    intercept = mean_y - mean_z @ coef
    residual_scale = np.sqrt(rss[best] / len(Z))
    return Ridge(coef, intercept, float(alphas[best]), scores, residual_scale)


def _significant(values, vectors):
    """Keep the eigenvalues that are not rounding, and their vectors."""
    kept = values > _RANK_RTOL * max(values[-1], 0.0)
    return values[kept], vectors[:, kept]


def _gcv_scores(values, energies, unfitted, strengths, n_samples, df_weight):
    """Score each strength.

    Parameters
    ----------
    values : ndarray of shape (n_kept,)
        Eigenvalues.
    energies : ndarray of shape (n_kept, n_outputs)
        Squared part of each output along each eigenvector.
    unfitted : ndarray of shape (n_outputs,)
        Squared part of each output along none.
    strengths : ndarray of shape (n_alphas,)
        Absolute strengths.
    n_samples : int
        Number of rows.
    df_weight : float
        Price of a degree of freedom.

    Returns
    -------
    scores : ndarray of shape (n_alphas,)
        Mean over the outputs; infinite where no degree of freedom is left.
    rss : ndarray of shape (n_alphas, n_outputs)
        Residual sum of squares of each output.
    """
    # What each strength takes away along each eigenvector, (n_alphas, n_kept)
    shrunk = strengths[:, np.newaxis] / (values + strengths[:, np.newaxis])
    rss = shrunk**2 @ energies + unfitted
    # n - df, as a sum of positive terms
    left = max(n_samples - 1 - len(values), 0) + shrunk.sum(axis=1)
    left -= (df_weight - 1) * (n_samples - left)
    scores = np.full(len(strengths), np.inf)
    possible = left > 0
    scores[possible] = n_samples * rss[possible].mean(axis=1) / left[possible] ** 2
    return scores, rss
