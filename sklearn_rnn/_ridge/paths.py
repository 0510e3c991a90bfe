"""Ridge regression from streamed rows, its strength by generalised cross-validation.

Rows are read in chunks, and only their moments are kept, so that there may be many. If
there are few, the rows themselves are kept, and leaving them out one by one shows how
closely the fit follows each.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from .moments import LEAST_VALUE, RANK_RTOL, CentredRows, Moments
from .scores import gcv_scores, left_out_errors

__all__ = [
    "ALPHAS",
    "MomentsPath",
    "Ridge",
    "RidgePath",
    "RowsPath",
    "fit_ridge_gcv",
    "fit_ridge_paths",
    "refine_path",
]

# Strengths relative to the mean eigenvalue of the centred Gram matrix, strongest first.
# Both ends are far outside of the strengths that series need.
ALPHAS = tuple(10.0**exponent for exponent in np.arange(8, -12.5, -0.5))

# Strengths below this part of the largest eigenvalue are not far above the rounding of
# moments.
_LEAST_STRENGTH = 1e-10

# A stronger ridge is no different, and the sum of its strength and an eigenvalue may
# overflow.
_LARGEST_STRENGTH = 1e300

# Rows are kept if they are at most so many times the columns: they take little more
# memory than the moments, and show how closely each is followed, as moments cannot.
_MOST_ROWS = 4


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
    strength : float
        Chosen strength itself, which is added to the eigenvalues.
    gcv_scores : ndarray of shape (n_alphas,)
        Generalised cross-validation score of each strength, lower is better.
    residual_scale : ndarray of shape (n_outputs,)
        Root mean square of the residuals of the training targets.
    """

    coef: np.ndarray
    intercept: np.ndarray
    alpha: float
    strength: float
    gcv_scores: np.ndarray
    residual_scale: np.ndarray

    def predict(self, Z: np.ndarray) -> np.ndarray:
        """Return ``Z @ coef + intercept``, of shape (n_samples, n_outputs)."""
        return Z @ self.coef + self.intercept


class RidgePath(ABC):
    """A ridge at all of its strengths.

    Attributes
    ----------
    scores : ndarray of shape (n_alphas,)
        Generalised cross-validation score of each strength.
    kept : CentredRows or Moments
        Rows or their moments, to which later rows can be added.
    """

    scores: np.ndarray
    kept: CentredRows | Moments

    def __init__(self, kept, alphas):
        self.kept = kept
        self._alphas = np.asarray(alphas, dtype=np.float64)

    def _set_strengths(self, total_value):
        """Set absolute strengths, relative to eigenvalues that sum to `total_value`."""
        with np.errstate(over="ignore"):
            strengths = self._alphas * (total_value / len(self.kept.mean_z))
        self._strengths = np.minimum(strengths, _LARGEST_STRENGTH)

    @property
    def _n_samples(self):
        # The sum of weights that are no counts has no unit: a row counts for one or
        # more.
        return max(self.kept.weight, self.kept.n_rows)

    def _score(self, values, energies, unfitted, left_out, df_weight):
        """Score all strengths; see `gcv_scores`.

        The error of rows left out, if it is known, is a lower bound of the scores.
        """
        self._largest = values.max(initial=0.0)
        self.scores, self._rss = gcv_scores(
            values, energies, unfitted, self._strengths, self._n_samples, df_weight
        )
        if left_out is not None:
            self.scores = np.maximum(self.scores, left_out / self._n_samples)

    def best(self) -> int:
        """Return the number of the best strength; of equal scores, of the stronger."""
        order = np.argsort(-self._alphas, kind="stable")
        return int(order[np.argmin(self.scores[order])])

    def ridge(self) -> Ridge:
        """Return the map at the best strength."""
        best, kept = self.best(), self.kept
        coef = self._coef(self._strengths[best])
        return Ridge(
            coef,
            kept.mean_y - kept.mean_z @ coef,
            float(self._alphas[best]),
            float(self._strengths[best]),
            self.scores,
            np.sqrt(self._rss[best] / kept.weight),
        )

    @abstractmethod
    def _coef(self, strength: float) -> np.ndarray:
        """Return the weights, (n_columns, n_outputs), at an absolute strength."""


class RowsPath(RidgePath):
    """The path of centred rows, by their singular values.

    Parameters
    ----------
    rows : CentredRows
        All rows.
    alphas : sequence of float
        Strengths.
    df_weight : float
        Price of a degree of freedom.
    leaves_out : bool, default=False
        Whether rows are left out one by one; the rows must not be compressed.
    """

    def __init__(self, rows, alphas, df_weight, *, leaves_out=False):
        super().__init__(rows, alphas)
        U, values, Vt = linalg.svd(rows.A, full_matrices=False, check_finite=False)
        kept = values > max(RANK_RTOL * values.max(initial=0.0), LEAST_VALUE)
        # Centred rows sum to 0: at most n_rows - 1 singular values are not rounding.
        kept[max(rows.n_rows - 1, 0) :] = False
        U, self._values, self._Vt = U[:, kept], values[kept], Vt[kept]
        self._projected = U.T @ rows.B  # (n_kept, n_outputs)
        self._set_strengths((rows.A**2).sum())
        unfitted = rows.B - U @ self._projected
        left_out = None
        if leaves_out:
            left_out = left_out_errors(
                U * self._values,
                self._values**2,
                self._projected * self._values[:, np.newaxis],
                rows.B,
                rows.weights,
                self._strengths,
                rows.weight,
                self._n_samples,
            )
        self._score(
            self._values**2,
            self._projected**2,
            (unfitted**2).sum(axis=0),
            left_out,
            df_weight,
        )

    def _coef(self, strength):
        shrink = self._values / (self._values**2 + strength)
        return self._Vt.T @ (shrink[:, np.newaxis] * self._projected)


class MomentsPath(RidgePath):
    """The path of moments, by their eigenvalues.

    Parameters
    ----------
    moments : Moments
        Moments of all rows.
    alphas : sequence of float
        Strengths.
    keeps_vectors : bool
        Whether to keep the eigenvectors; otherwise `ridge` computes them again.
    """

    def __init__(self, moments, alphas, *, keeps_vectors):
        super().__init__(moments, alphas)
        values, vectors = moments.eigen()
        self._values = values
        self._projected = vectors.T @ moments.cross  # (n_kept, n_outputs)
        self._vectors = vectors if keeps_vectors else None
        self._left_out = None
        self._set_strengths(np.trace(moments.gram))
        moments.coef = vectors @ (self._projected / values[:, np.newaxis])
        moments.unfitted = np.zeros(len(moments.mean_y))

    def add_residuals(self, rows):
        """Add the residuals of least squares on rows, or on moments of rows.

        Residuals are computed row by row, as y'y minus the fitted part would cancel.
        """
        self.kept.unfitted += rows.missed(self.kept.coef, self.kept)

    def add_left_out(self, rows):
        """Add the errors of rows that are left out one by one.

        Parameters
        ----------
        rows : CentredRows
            Rows, not compressed.
        """
        rows = rows.centred(self.kept.mean_z, self.kept.mean_y)
        left_out = left_out_errors(
            rows.A @ self._vectors,
            self._values,
            self._projected,
            rows.B,
            rows.weights,
            self._strengths,
            self.kept.weight,
            self._n_samples,
        )
        self._left_out = left_out + (0.0 if self._left_out is None else self._left_out)

    def finish(self, df_weight):
        """Score all strengths, once all residuals are added."""
        self._score(
            self._values,
            self._projected**2 / self._values[:, np.newaxis],
            self.kept.unfitted,
            self._left_out,
            df_weight,
        )

    @property
    def sees_rows(self) -> bool:
        """Whether rows were left out one by one, so that later paths need them too."""
        return self._left_out is not None

    @property
    def is_exact(self) -> bool:
        """Whether rounding of the moments is far below the best strength."""
        return self._strengths[self.best()] >= _LEAST_STRENGTH * self._largest

    def _coef(self, strength):
        vectors = self._vectors
        if vectors is None:
            vectors = self.kept.eigen()[1]
        return vectors @ (self._projected / (self._values + strength)[:, np.newaxis])


def fit_ridge_paths(
    chunks: Callable[[], Iterable],
    n_rows: int,
    n_columns: int,
    *,
    n_paths: int = 1,
    kept: CentredRows | Moments | None = None,
    alphas: Sequence[float] | NDArray[np.float64] = ALPHAS,
    df_weight: float = 1.0,
    leaves_out: bool = False,
    weight: float | None = None,
) -> list[RidgePath]:
    r"""Fit ridge regressions with intercept at many strengths, and score them by GCV.

    For each strength a, with the eigenvalues l of the centred Gram matrix, their mean
    m, and the sum n of the weights (or the number of rows, if it is larger),

    .. math::

        \mathrm{GCV}(a) = \frac{n \, \mathrm{RSS}(a)}{(n - w \mathrm{df}(a))^2},
        \qquad \mathrm{df}(a) = 1 + \sum_j \frac{l_j}{l_j + a m},

    with RSS averaged over the outputs and summed from positive terms only, and w the
    `df_weight`. GCV measures how closely the fit follows the rows on average; leaving
    rows out one by one measures how closely it follows each.

    Parameters
    ----------
    chunks : callable
        ``chunks()`` iterates over rows, the same at each call: float64 arrays ``Z``,
        ``(n_paths, n_chunk, n_columns)``, which are overwritten, ``Y``,
        ``(n_chunk, n_outputs)``, and weights above 0, ``(n_chunk,)``, or None.
    n_rows, n_columns : int
        Number of rows in all chunks together, and of columns.
    n_paths : int, default=1
        Number of designs ``Z`` for the same targets.
    kept : CentredRows, Moments or None, default=None
        Earlier rows, or their moments, to which the rows are added; with one path only.
    alphas : sequence of float, default=ALPHAS
        Strengths to choose from, relative to the mean eigenvalue.
    df_weight : float, default=1.0
        Price of a degree of freedom, at least 1. Plain GCV takes 1, and sometimes fits
        noise; Kim and Gu advise 1.2 to 1.4 for independent rows.
    leaves_out : bool, default=False
        Whether the mean square error of rows that are left out one by one is a lower
        bound of the scores, if n is at most four times the number of columns.
    weight : float or None, default=None
        Sum of the weights of all rows; None: their number.

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
    n_all = n_rows + (0 if kept is None else kept.n_rows)
    total = (n_rows if weight is None else weight) + (
        0.0 if kept is None else kept.weight
    )
    # A weight of 3 counts as three rows here too.
    keeps_rows = leaves_out and max(n_all, total) <= _MOST_ROWS * n_columns
    is_compressed = isinstance(kept, CentredRows) and kept.is_compressed
    keeps_rows &= not isinstance(kept, Moments) and not is_compressed
    if n_all <= n_columns or is_compressed:
        of_paths = _join_chunks([kept] * n_paths, chunks, is_long=n_all > n_columns)
        return [
            RowsPath(rows, alphas, df_weight, leaves_out=keeps_rows)
            for rows in of_paths
        ]
    if keeps_rows and n_paths == 1:
        (rows,) = _join_chunks([kept], chunks, is_long=False)
        path = MomentsPath(Moments.of(rows), alphas, keeps_vectors=True)
        path.add_residuals(rows)
        path.add_left_out(rows)
        path.finish(df_weight)
        path.kept = rows
        return [path]
    moments = _add_chunks(kept, chunks, n_paths)
    keeps_vectors = n_paths == 1 or keeps_rows
    paths = [MomentsPath(m, alphas, keeps_vectors=keeps_vectors) for m in moments]
    for Z, Y, weights in chunks():
        for path, Z_of_path in zip(paths, Z, strict=True):
            rows = CentredRows.of(Z_of_path, Y, weights)
            path.add_residuals(rows)
            if keeps_rows:
                path.add_left_out(rows)
    for path in paths:
        if kept is not None:
            path.add_residuals(kept)
        path.finish(df_weight)
    return [*paths]


def refine_path(
    path: RidgePath,
    chunks: Callable[[], Iterable],
    *,
    kept: CentredRows | Moments | None = None,
    df_weight: float = 1.0,
) -> RidgePath:
    """Return a path that loses no digit at its best strength.

    If moments are exact enough, the path itself is returned; otherwise a path of
    centred rows, which takes about three times as long. Targets without noise need it:
    every digit of their weights matters. A path of few rows keeps the rows.

    Parameters
    ----------
    path : RidgePath
        The path.
    chunks : callable
        The rows of its design alone, as in `fit_ridge_paths`.
    kept, df_weight
        As in `fit_ridge_paths`.

    Returns
    -------
    path : RidgePath
        The same path, or a finer path.
    """
    if not isinstance(path, MomentsPath):
        return path
    if path.sees_rows and not isinstance(path.kept, CentredRows):
        (path.kept,) = _join_chunks([kept], chunks, is_long=False)
    if path.is_exact or isinstance(kept, Moments):
        return path
    rows = path.kept
    if not isinstance(rows, CentredRows):
        (rows,) = _join_chunks([kept], chunks, is_long=True)
    return RowsPath(rows, path._alphas, df_weight, leaves_out=path.sees_rows)


def _join_chunks(kept, chunks, *, is_long):
    """Join the rows of all chunks to the kept rows of each path.

    Parameters
    ----------
    kept : list of (CentredRows or None)
        Earlier rows of each path.
    chunks : callable
        As in `fit_ridge_paths`.
    is_long : bool
        Whether to compress rows on the way.
    """
    kept = list(kept)
    for Z, Y, weights in chunks():
        for number, rows in enumerate(kept):
            new = CentredRows.of(Z[number].copy(), Y, weights)
            rows = new if rows is None else rows.join(new)
            kept[number] = rows.compress() if is_long else rows
    return kept


def _add_chunks(kept, chunks, n_paths):
    """Return the moments of the kept rows and of all chunks, for each path."""
    if isinstance(kept, CentredRows):
        kept = Moments.of(kept)
    elif kept is not None:
        kept = kept.copy()
    moments = [kept] * n_paths  # more than one path is without kept rows
    for Z, Y, weights in chunks():
        for number in range(n_paths):
            rows = CentredRows.of(Z[number], Y, weights)
            if moments[number] is None:
                moments[number] = Moments.of(rows)
            else:
                moments[number].add(rows)
    return moments


def fit_ridge_gcv(
    chunks: Callable[[], Iterable],
    n_samples: int,
    n_columns: int,
    alphas: Sequence[float] | NDArray[np.float64] = ALPHAS,
    df_weight: float = 1.0,
) -> Ridge:
    """Fit a ridge regression with intercept, and choose its strength by GCV.

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
    (path,) = fit_ridge_paths(
        lambda: ((Z[np.newaxis].copy(), Y, None) for Z, Y in chunks()),
        n_samples,
        n_columns,
        alphas=alphas,
        df_weight=df_weight,
    )
    return path.ridge()
