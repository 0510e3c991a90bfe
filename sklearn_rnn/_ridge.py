"""Ridge regression from streamed moments, its strength by generalised cross-validation.

Only moments are kept, so rows may be many; where there are no more rows than columns
the rows themselves are kept, and the dual form is solved instead.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.linalg import blas

__all__ = ["ALPHAS", "Ridge", "fit_ridge_gcv", "fit_ridge_paths"]

# Relative to the mean eigenvalue of the centred Gram matrix, strongest first. Both ends
# are far outside of what series need.
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


# ------------------------------------------------------------ what is kept of rows


@dataclass
class Moments:
    """Centred, weighted second moments of rows, merged as Chan et al. (1983).

    Parameters
    ----------
    n_rows : int
        Number of rows.
    weight : float
        Sum of their weights.
    mean_z, mean_y : ndarray of shape (n_columns,) and (n_outputs,)
        Weighted means.
    gram : ndarray of shape (n_columns, n_columns)
        Of its two halves only the lower one is meant.
    cross : ndarray of shape (n_columns, n_outputs)
        Moments of columns and outputs.
    """

    n_rows: int
    weight: float
    mean_z: np.ndarray
    mean_y: np.ndarray
    gram: np.ndarray
    cross: np.ndarray

    @classmethod
    def of_none(cls, n_columns, n_outputs):
        """Return the moments of no row."""
        return cls(
            0,
            0.0,
            np.zeros(n_columns),
            np.zeros(n_outputs),
            np.zeros((n_columns, n_columns), order="F"),
            np.zeros((n_columns, n_outputs)),
        )

    def copy(self):
        """Return moments that can be added to."""
        return Moments(
            self.n_rows,
            self.weight,
            self.mean_z.copy(),
            self.mean_y.copy(),
            self.gram.copy(order="F"),
            self.cross.copy(),
        )

    def add(self, Z, Y, weights=None):
        """Add rows; `Z` is overwritten."""
        added = float(len(Z)) if weights is None else float(weights.sum())
        mean_z = np.average(Z, axis=0, weights=weights)
        mean_y = np.average(Y, axis=0, weights=weights)
        Z -= mean_z
        Y = Y - mean_y
        if weights is not None:
            root = np.sqrt(weights)[:, np.newaxis]
            Z *= root
            Y *= root
        # One triangle, summed in place: no second matrix is made
        self.gram = blas.dsyrk(1.0, Z.T, beta=1.0, c=self.gram, lower=1, overwrite_c=1)
        self.cross += Z.T @ Y
        total = self.weight + added
        shift_z, shift_y = mean_z - self.mean_z, mean_y - self.mean_y
        between = self.weight * added / total
        if between > 0:
            self.gram = blas.dsyr(between, shift_z, lower=1, a=self.gram, overwrite_a=1)
            self.cross += np.outer(between * shift_z, shift_y)
        self.mean_z += shift_z * (added / total)
        self.mean_y += shift_y * (added / total)
        self.n_rows += len(Z)
        self.weight = total

    def intercept(self, coef):
        """Return the intercept that goes with `coef`."""
        return self.mean_y - self.mean_z @ coef

    def eigen(self):
        """Return the eigenvalues of `gram` that are not rounding, and their vectors."""
        return _significant(*linalg.eigh(self.gram, lower=True, check_finite=False))


@dataclass(frozen=True)
class Kept:
    """What is kept of rows that a ridge was fitted to, so that others can be added.

    Parameters
    ----------
    rows : tuple of ndarray (Z, Y, weights or None), or None
        The rows, where they are no more than the columns.
    moments : Moments or None
        Otherwise, their moments.
    coef : ndarray of shape (n_columns, n_outputs) or None
        With the moments: least squares.
    unfitted : ndarray of shape (n_outputs,) or None
        With the moments: sum of squares of what least squares misses.
    """

    rows: tuple | None = None
    moments: Moments | None = None
    coef: np.ndarray | None = None
    unfitted: np.ndarray | None = None

    @property
    def n_rows(self):
        """Number of rows."""
        if self.rows is not None:
            return len(self.rows[0])
        return 0 if self.moments is None else self.moments.n_rows


# ------------------------------------------------------------------------------ paths


class RidgePath(ABC):
    """A ridge at all of its strengths.

    Attributes
    ----------
    scores : ndarray of shape (n_alphas,)
        Generalised cross-validation score of each strength.
    kept : Kept
        To add rows later.
    """

    def __init__(self, kept, alphas):
        self.kept = kept
        self._alphas = np.asarray(alphas, dtype=np.float64)

    def _score(self, values, energies, unfitted, strengths, n_rows, weight, df_weight):
        # Weights that are no counts may sum to anything: a row counts for one at least.
        n_samples = max(weight, n_rows)
        self._strengths, self._weight = strengths, weight
        self.scores, self._rss = _gcv_scores(
            values, energies, unfitted, strengths, n_samples, df_weight
        )

    def best(self):
        """Return the number of the best strength: where two are equal, the stronger."""
        order = np.argsort(-self._alphas, kind="stable")
        return int(order[np.argmin(self.scores[order])])

    def ridge(self):
        """Return the map at the best strength."""
        best = self.best()
        coef, intercept = self._map(self._strengths[best])
        scale = np.sqrt(self._rss[best] / self._weight)
        return Ridge(coef, intercept, float(self._alphas[best]), self.scores, scale)

    @abstractmethod
    def _map(self, strength):
        """Return weights and intercept at an absolute strength."""


class _PrimalPath(RidgePath):
    """The path from moments.

    Parameters
    ----------
    moments : Moments
        Of all rows.
    alphas : sequence of float
        Strengths.
    keeps_vectors : bool
        Whether to keep the eigenvectors; otherwise `ridge` finds them anew.
    """

    def __init__(self, moments, alphas, *, keeps_vectors):
        values, vectors = moments.eigen()
        projected = vectors.T @ moments.cross  # (n_kept, n_outputs)
        coef = vectors @ (projected / values[:, np.newaxis])
        super().__init__(Kept(moments=moments, coef=coef), alphas)
        self._values, self._projected = values, projected
        self._vectors = vectors if keeps_vectors else None
        self._unfitted = np.zeros(len(moments.mean_y))

    def add_residuals(self, Z, Y, weights=None):
        """Add what least squares misses of rows; `Z` is overwritten.

        True residuals: y'y minus the fitted part would cancel.
        """
        moments = self.kept.moments
        Z -= moments.mean_z
        missed = (Y - moments.mean_y - Z @ self.kept.coef) ** 2
        self._unfitted += missed.sum(axis=0) if weights is None else weights @ missed

    def add_kept_residuals(self, before):
        """Add what least squares now misses of rows whose moments were kept.

        Parameters
        ----------
        before : Kept
            What was kept: least squares was another, `coef` away from which the sum of
            squares grows by the moments alone. All terms are positive.
        """
        moments, now = before.moments, self.kept.moments
        values, vectors = moments.eigen()
        moved = vectors.T @ (self.kept.coef - before.coef)
        level = (moments.mean_y - now.mean_y) - (
            moments.mean_z - now.mean_z
        ) @ self.kept.coef
        self._unfitted += before.unfitted + values @ moved**2
        self._unfitted += moments.weight * level**2

    def finish(self, df_weight):
        """Score all strengths, once all residuals are there."""
        moments, values = self.kept.moments, self._values
        mean_value = np.trace(moments.gram) / len(moments.gram)
        self.kept = Kept(moments=moments, coef=self.kept.coef, unfitted=self._unfitted)
        self._score(
            values,
            self._projected**2 / values[:, np.newaxis],
            self._unfitted,
            self._alphas * mean_value,
            moments.n_rows,
            moments.weight,
            df_weight,
        )

    def _map(self, strength):
        moments, vectors = self.kept.moments, self._vectors
        if vectors is None:
            vectors = moments.eigen()[1]
        shrunk = self._projected / (self._values + strength)[:, np.newaxis]
        coef = vectors @ shrunk
        return coef, moments.intercept(coef)


class _DualPath(RidgePath):
    """The path from rows that are no more than their columns.

    Parameters
    ----------
    rows : tuple of ndarray (Z, Y, weights or None)
        All rows.
    alphas : sequence of float
        Strengths.
    df_weight : float
        Price of a degree of freedom.
    """

    def __init__(self, rows, alphas, df_weight):
        super().__init__(Kept(rows=rows), alphas)
        Z, Y, weights = rows
        self._mean_z = np.average(Z, axis=0, weights=weights)
        self._mean_y = np.average(Y, axis=0, weights=weights)
        Z, Y = Z - self._mean_z, Y - self._mean_y
        weight = float(len(Z))
        if weights is not None:
            weight = float(weights.sum())
            root = np.sqrt(weights)[:, np.newaxis]
            Z, Y = Z * root, Y * root
        gram = Z @ Z.T  # (n_rows, n_rows)
        values, vectors = _significant(*linalg.eigh(gram, check_finite=False))
        projected = vectors.T @ Y  # (n_kept, n_outputs)
        self._Z, self._values = Z, values
        self._vectors, self._projected = vectors, projected
        self._score(
            values,
            projected**2,
            ((Y - vectors @ projected) ** 2).sum(axis=0),
            self._alphas * (np.trace(gram) / Z.shape[1]),
            len(Z),
            weight,
            df_weight,
        )

    def _map(self, strength):
        shrunk = self._projected / (self._values + strength)[:, np.newaxis]
        coef = self._Z.T @ (self._vectors @ shrunk)
        return coef, self._mean_y - self._mean_z @ coef


def fit_ridge_paths(
    chunks, n_rows, shape, *, n_paths=1, kept=None, alphas=ALPHAS, df_weight=1.0
):
    r"""Fit ridge regressions with intercept at many strengths, and score them by GCV.

    For each strength a, with the eigenvalues l of the centred Gram matrix, their mean m
    and the sum of the weights n (the number of rows, where that is larger),

    .. math::

        \mathrm{GCV}(a) = \frac{n \, \mathrm{RSS}(a)}{(n - w \mathrm{df}(a))^2},
        \qquad \mathrm{df}(a) = 1 + \sum_j \frac{l_j}{l_j + a m},

    RSS averaged over the outputs and summed from positive terms only, and w the
    `df_weight`.

    Parameters
    ----------
    chunks : callable
        ``chunks()`` iterates over rows, the same at each call: float64 arrays ``Z``,
        ``(n_paths, n_chunk, n_columns)``, which may be overwritten, ``Y``,
        ``(n_chunk, n_outputs)``, and weights above 0, ``(n_chunk,)``, or None.
    n_rows : int
        Number of rows in all chunks together.
    shape : tuple of two int
        Number of columns and of outputs.
    n_paths : int, default=1
        Number of designs ``Z`` for the same targets.
    kept : Kept or None, default=None
        Rows seen before, to be added to; with one path only.
    alphas : sequence of float, default=ALPHAS
        Strengths to choose from, relative to the mean eigenvalue.
    df_weight : float, default=1.0
        Price of a degree of freedom, at least 1. Plain GCV takes 1 and now and then
        fits noise; Kim and Gu advise 1.2 to 1.4.

    Returns
    -------
    paths : list of RidgePath
        One for each design.

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
    kept = Kept() if kept is None else kept

    def all_chunks():
        if kept.rows is not None:
            Z, Y, weights = kept.rows
            yield Z[np.newaxis].copy(), Y, weights
        yield from chunks()

    if kept.n_rows + n_rows <= shape[0]:
        rows = [[Z.copy(), Y.copy(), weights] for Z, Y, weights in all_chunks()]
        Z = np.concatenate([part[0] for part in rows], axis=1)
        Y = np.concatenate([part[1] for part in rows])
        weights = _join_weights([part[1:] for part in rows])
        return [
            _DualPath((Z[i], Y, weights), alphas, df_weight) for i in range(n_paths)
        ]

    if kept.moments is None:
        moments = [Moments.of_none(*shape) for _ in range(n_paths)]
    else:
        moments = [kept.moments.copy()]
    for Z, Y, weights in all_chunks():
        for i in range(n_paths):
            moments[i].add(Z[i], Y, weights)
    paths = [_PrimalPath(m, alphas, keeps_vectors=n_paths == 1) for m in moments]
    for Z, Y, weights in all_chunks():
        for i in range(n_paths):
            paths[i].add_residuals(Z[i], Y, weights)
    for path in paths:
        if kept.moments is not None:
            path.add_kept_residuals(kept)
        path.finish(df_weight)
    return paths


def fit_ridge_gcv(chunks, n_samples, n_columns, alphas=ALPHAS, df_weight=1.0):
    """Fit one ridge regression with intercept, choosing its strength by GCV.

    Parameters
    ----------
    chunks : callable
        ``chunks()`` iterates over pairs of float64 arrays, ``(n_chunk, n_columns)``
        and ``(n_chunk, n_outputs)``, the same at each call.
    n_samples, n_columns : int
        Number of rows in all chunks together, and of columns.
    alphas, df_weight
        As in `fit_ridge_paths`.

    Returns
    -------
    ridge : Ridge
        The fitted map.
    """
    n_outputs = next(iter(chunks()))[1].shape[1]
    (path,) = fit_ridge_paths(
        lambda: ((Z[np.newaxis].copy(), Y, None) for Z, Y in chunks()),
        n_samples,
        (n_columns, n_outputs),
        alphas=alphas,
        df_weight=df_weight,
    )
    return path.ridge()


def _join_weights(parts):
    """Join the weights of chunks (Y, weights or None); None if there are none."""
    if all(weights is None for _, weights in parts):
        return None
    return np.concatenate(
        [np.ones(len(Y)) if weights is None else weights for Y, weights in parts]
    )


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
    n_samples : float
        Number of rows, or the sum of their weights.
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
