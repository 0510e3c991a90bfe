"""Ridge regression from streamed moments, its strength by generalised cross-validation.

Only moments are kept, so rows may be many. Where there are few the rows themselves are
kept, and leaving them out one by one tells how far each is followed.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg
from scipy.linalg import blas

__all__ = [
    "ALPHAS",
    "CentredRows",
    "Moments",
    "Ridge",
    "RootPath",
    "fit_ridge_gcv",
    "fit_ridge_paths",
    "refine_path",
]

# Relative to the mean eigenvalue of the centred Gram matrix, strongest first. Both ends
# are far outside of what series need.
ALPHAS = tuple(10.0**exponent for exponent in np.arange(8, -12.5, -0.5))

# Eigenvalues below this part of the largest are rounding, not signal; and so are
# singular values.
_RANK_RTOL = 1e-13
_LEAST_VALUE = np.sqrt(np.finfo(np.float64).tiny)  # a smaller one has no square

# Strengths below this part of the largest eigenvalue are not far above the rounding of
# moments.
_LEAST_STRENGTH = 1e-10

# A stronger one lets nothing through either, and its sum with an eigenvalue may not be
# a number.
_LARGEST_STRENGTH = 1e300

# Rows are kept where they are no more than so many times the columns: they take little
# more than the moments, and show what moments cannot, how far each is followed.
_MOST_ROWS = 4

_LEAST_FREE = 1e-12  # of a row: one that is followed to the last has no less left


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


@dataclass(frozen=True)
class CentredRows:
    """Rows, centred and weighted, or fewer that have the same second moments.

    Moments square what they are made of, and with it lose every second digit; here all
    digits are kept.

    Parameters
    ----------
    A : ndarray of shape (n, n_columns)
        Columns.
    B : ndarray of shape (n, n_outputs)
        Outputs.
    mean_z, mean_y : ndarray of shape (n_columns,) and (n_outputs,)
        Weighted means, which are taken off.
    weight : float
        Sum of the weights.
    n_rows : int
        Number of rows that it stands for.
    weights : ndarray of shape (n,) or None
        Of the rows; None once it is no longer the rows themselves.
    """

    A: np.ndarray
    B: np.ndarray
    mean_z: np.ndarray
    mean_y: np.ndarray
    weight: float
    n_rows: int
    weights: np.ndarray | None

    @classmethod
    def of(cls, Z, Y, weights=None):
        """Return the root of rows; `Z` is overwritten."""
        if weights is None:
            weight, mean_z, mean_y = float(len(Z)), Z.mean(axis=0), Y.mean(axis=0)
        else:
            weight = float(weights.sum())
            mean_z, mean_y = weights @ Z / weight, weights @ Y / weight
        Z -= mean_z
        Y = Y - mean_y
        if weights is not None:
            root = np.sqrt(weights)[:, np.newaxis]
            Z *= root
            Y *= root
        else:
            weights = np.ones(len(Z))
        return cls(Z, Y, mean_z, mean_y, weight, len(Z), weights)

    def join(self, other):
        """Return the root of these and other rows, merged as Chan et al. (1983)."""
        weight = self.weight + other.weight
        shift_z, shift_y = other.mean_z - self.mean_z, other.mean_y - self.mean_y
        part = other.weight / weight
        mean_z, mean_y = self.mean_z + part * shift_z, self.mean_y + part * shift_y
        n_rows = self.n_rows + other.n_rows
        if self.is_compressed or other.is_compressed:
            between = np.sqrt(self.weight * other.weight / weight)
            A = np.vstack([self.A, other.A, between * shift_z])
            B = np.vstack([self.B, other.B, between * shift_y])
            return CentredRows(A, B, mean_z, mean_y, weight, n_rows, None)
        first, second = (root.centred(mean_z, mean_y) for root in (self, other))
        return CentredRows(
            np.concatenate([first.A, second.A]),
            np.concatenate([first.B, second.B]),
            mean_z,
            mean_y,
            weight,
            n_rows,
            np.concatenate([first.weights, second.weights]),
        )

    def centred(self, mean_z, mean_y):
        """Return the rows themselves with other means taken off than their own."""
        root = np.sqrt(self.weights)[:, np.newaxis]
        A = self.A + root * (self.mean_z - mean_z)
        B = self.B + root * (self.mean_y - mean_y)
        return replace(self, A=A, B=B, mean_z=mean_z, mean_y=mean_y)

    def compress(self):
        """Return the root with no more rows than columns and outputs."""
        n_columns = self.A.shape[1]
        if len(self.A) <= n_columns + self.B.shape[1]:
            return self
        both = np.hstack([self.A, self.B])
        (R,) = linalg.qr(both, mode="r", overwrite_a=True, check_finite=False)
        R = R[: both.shape[1]]
        return replace(self, A=R[:, :n_columns], B=R[:, n_columns:], weights=None)

    @property
    def is_compressed(self):
        """Whether it is no longer the rows themselves."""
        return self.weights is None

    def missed(self, coef, centre):
        """Return the sum of squares that a map through `centre` misses, all positive.

        Parameters
        ----------
        coef : ndarray of shape (n_columns, n_outputs)
            Weights of the map.
        centre : Root or Moments
            Through whose means the map goes.
        """
        level = (self.mean_y - centre.mean_y) - (self.mean_z - centre.mean_z) @ coef
        return ((self.B - self.A @ coef) ** 2).sum(axis=0) + self.weight * level**2


@dataclass
class Moments:
    """Centred, weighted second moments of rows.

    Parameters
    ----------
    mean_z, mean_y, weight, n_rows
        As of a `Root`.
    gram : ndarray of shape (n_columns, n_columns)
        Of its two halves only the lower one is meant.
    cross : ndarray of shape (n_columns, n_outputs)
        Moments of columns and outputs.
    coef : ndarray of shape (n_columns, n_outputs) or None, default=None
        Least squares, once it is known.
    unfitted : ndarray of shape (n_outputs,) or None, default=None
        Sum of squares of what least squares misses, once it is known.
    """

    mean_z: np.ndarray
    mean_y: np.ndarray
    weight: float
    n_rows: int
    gram: np.ndarray
    cross: np.ndarray
    coef: np.ndarray | None = None
    unfitted: np.ndarray | None = None

    @classmethod
    def of(cls, root):
        """Return the moments of rows."""
        n_columns, n_outputs = root.A.shape[1], root.B.shape[1]
        moments = cls(
            np.zeros(n_columns),
            np.zeros(n_outputs),
            0.0,
            0,
            np.zeros((n_columns, n_columns), order="F"),
            np.zeros((n_columns, n_outputs)),
        )
        moments.add(root)
        return moments

    def copy(self):
        """Return moments that can be added to."""
        return replace(
            self,
            mean_z=self.mean_z.copy(),
            mean_y=self.mean_y.copy(),
            gram=self.gram.copy(order="F"),
            cross=self.cross.copy(),
        )

    def add(self, root):
        """Add rows, merged as Chan et al. (1983)."""
        # One triangle, summed in place: no second matrix is made
        self.gram = blas.dsyrk(
            1.0, root.A.T, beta=1.0, c=self.gram, lower=1, overwrite_c=1
        )
        self.cross += root.A.T @ root.B
        total = self.weight + root.weight
        shift_z, shift_y = root.mean_z - self.mean_z, root.mean_y - self.mean_y
        between = self.weight * root.weight / total
        if between > 0:
            self.gram = blas.dsyr(between, shift_z, lower=1, a=self.gram, overwrite_a=1)
            self.cross += np.outer(between * shift_z, shift_y)
        self.mean_z += shift_z * (root.weight / total)
        self.mean_y += shift_y * (root.weight / total)
        self.n_rows += root.n_rows
        self.weight = total

    def eigen(self):
        """Return the eigenvalues of `gram` that are not rounding, and their vectors."""
        values, vectors = linalg.eigh(self.gram, lower=True, check_finite=False)
        kept = values > max(_RANK_RTOL * values[-1], _LEAST_VALUE**2)
        return values[kept], vectors[:, kept]

    def missed(self, coef, centre):
        """Return what a map misses, as `Root.missed`.

        The sum of squares grows away from where it is least by the moments alone.
        """
        values, vectors = self.eigen()
        moved = vectors.T @ (coef - self.coef)
        level = (self.mean_y - centre.mean_y) - (self.mean_z - centre.mean_z) @ coef
        return self.unfitted + values @ moved**2 + self.weight * level**2


# ------------------------------------------------------------------------------ paths


class RidgePath(ABC):
    """A ridge at all of its strengths.

    Attributes
    ----------
    scores : ndarray of shape (n_alphas,)
        Generalised cross-validation score of each strength.
    kept : Root or Moments
        What rows can be added to later.
    """

    def __init__(self, kept, alphas):
        self.kept = kept
        self._alphas = np.asarray(alphas, dtype=np.float64)

    def _set_strengths(self, total_value):
        with np.errstate(over="ignore"):
            strengths = self._alphas * (total_value / len(self.kept.mean_z))
        self._strengths = np.minimum(strengths, _LARGEST_STRENGTH)

    @property
    def _n_samples(self):
        # Weights that are no counts may sum to anything: a row counts for one at least.
        return max(self.kept.weight, self.kept.n_rows)

    def _score(self, values, energies, unfitted, left_out, df_weight):
        """Score all strengths; see `_gcv_scores`.

        The error of rows left out, where it is known, is a score's lower bound.
        """
        self._largest = values.max(initial=0.0)
        self.scores, self._rss = _gcv_scores(
            values, energies, unfitted, self._strengths, self._n_samples, df_weight
        )
        if left_out is not None:
            self.scores = np.maximum(self.scores, left_out / self._n_samples)

    def best(self):
        """Return the number of the best strength: where two are equal, the stronger."""
        order = np.argsort(-self._alphas, kind="stable")
        return int(order[np.argmin(self.scores[order])])

    def ridge(self):
        """Return the map at the best strength."""
        best, kept = self.best(), self.kept
        coef = self._coef(self._strengths[best])
        return Ridge(
            coef,
            kept.mean_y - kept.mean_z @ coef,
            float(self._alphas[best]),
            self.scores,
            np.sqrt(self._rss[best] / kept.weight),
        )

    @abstractmethod
    def _coef(self, strength):
        """Return the weights at an absolute strength."""


class RootPath(RidgePath):
    """The path from a root, by its singular values.

    Parameters
    ----------
    root : Root
        Of all rows.
    alphas : sequence of float
        Strengths.
    df_weight : float
        Price of a degree of freedom.
    leaves_out : bool, default=False
        Whether rows are left out one by one; they must be there.
    """

    def __init__(self, root, alphas, df_weight, *, leaves_out=False):
        super().__init__(root, alphas)
        U, values, Vt = linalg.svd(root.A, full_matrices=False, check_finite=False)
        kept = values > max(_RANK_RTOL * values.max(initial=0.0), _LEAST_VALUE)
        # Of centred rows one is a sum of the others: what it adds is rounding.
        kept[max(root.n_rows - 1, 0) :] = False
        U, self._values, self._Vt = U[:, kept], values[kept], Vt[kept]
        self._projected = U.T @ root.B  # (n_kept, n_outputs)
        self._set_strengths((root.A**2).sum())
        unfitted = root.B - U @ self._projected
        left_out = None
        if leaves_out:
            left_out = _left_out(
                U * self._values,
                self._values**2,
                self._projected * self._values[:, np.newaxis],
                root.B,
                root.weights,
                self._strengths,
                root.weight,
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
    """The path from moments, by their eigenvalues.

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
        """Add what least squares misses of rows, a Root or Moments.

        True residuals: y'y minus the fitted part would cancel.
        """
        self.kept.unfitted += rows.missed(self.kept.coef, self.kept)

    def add_left_out(self, root):
        """Add what is missed of rows that are left out one by one.

        Parameters
        ----------
        root : Root
            The rows themselves.
        """
        rows = root.centred(self.kept.mean_z, self.kept.mean_y)
        left_out = _left_out(
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
        """Score all strengths, once all residuals are there."""
        self._score(
            self._values,
            self._projected**2 / self._values[:, np.newaxis],
            self.kept.unfitted,
            self._left_out,
            df_weight,
        )

    @property
    def sees_rows(self):
        """Whether rows were left out one by one; adding to them needs them again."""
        return self._left_out is not None

    @property
    def is_exact(self):
        """Whether rounding of the moments is far below the best strength."""
        return self._strengths[self.best()] >= _LEAST_STRENGTH * self._largest

    def _coef(self, strength):
        vectors = self._vectors
        if vectors is None:
            vectors = self.kept.eigen()[1]
        return vectors @ (self._projected / (self._values + strength)[:, np.newaxis])


def fit_ridge_paths(
    chunks,
    n_rows,
    n_columns,
    *,
    n_paths=1,
    kept=None,
    alphas=ALPHAS,
    df_weight=1.0,
    leaves_out=False,
    weight=None,
):
    r"""Fit ridge regressions with intercept at many strengths, and score them by GCV.

    For each strength a, with the eigenvalues l of the centred Gram matrix, their mean m
    and the sum of the weights n (the number of rows, where that is larger),

    .. math::

        \mathrm{GCV}(a) = \frac{n \, \mathrm{RSS}(a)}{(n - w \mathrm{df}(a))^2},
        \qquad \mathrm{df}(a) = 1 + \sum_j \frac{l_j}{l_j + a m},

    RSS averaged over the outputs and summed from positive terms only, and w the
    `df_weight`. It goes by how far rows are followed on average; leaving them out one
    by one goes by how far each is.

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
    kept : Root, Moments or None, default=None
        What was kept of rows seen before, to be added to; with one path only.
    alphas : sequence of float, default=ALPHAS
        Strengths to choose from, relative to the mean eigenvalue.
    df_weight : float, default=1.0
        Price of a degree of freedom, at least 1. Plain GCV takes 1 and now and then
        fits noise; Kim and Gu advise 1.2 to 1.4 for rows that are independent.
    leaves_out : bool, default=False
        Whether, where n is at most four times the number of columns, a score is no less
        than the mean square error of rows that are left out one by one.
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
    is_root = isinstance(kept, CentredRows)
    n_all = n_rows + (0 if kept is None else kept.n_rows)
    total = (n_rows if weight is None else weight) + (
        0.0 if kept is None else kept.weight
    )
    # A weight of 3 is three copies here too
    keeps_rows = leaves_out and max(n_all, total) <= _MOST_ROWS * n_columns
    keeps_rows &= kept is None or (is_root and not kept.is_compressed)
    if n_all <= n_columns or (is_root and kept.is_compressed):
        roots = _join_chunks([kept] * n_paths, chunks, is_long=n_all > n_columns)
        return [
            RootPath(root, alphas, df_weight, leaves_out=keeps_rows) for root in roots
        ]
    if keeps_rows and n_paths == 1:
        (root,) = _join_chunks([kept], chunks, is_long=False)
        path = MomentsPath(Moments.of(root), alphas, keeps_vectors=True)
        path.add_residuals(root)
        path.add_left_out(root)
        path.finish(df_weight)
        path.kept = root
        return [path]

    moments = [None if is_root or kept is None else kept.copy()] * n_paths
    if is_root:
        moments[0] = Moments.of(kept)
    for Z, Y, weights in chunks():
        for number in range(n_paths):
            root = CentredRows.of(Z[number], Y, weights)
            if moments[number] is None:
                moments[number] = Moments.of(root)
            else:
                moments[number].add(root)
    keeps_vectors = n_paths == 1 or keeps_rows
    paths = [MomentsPath(m, alphas, keeps_vectors=keeps_vectors) for m in moments]
    for Z, Y, weights in chunks():
        for number, path in enumerate(paths):
            root = CentredRows.of(Z[number], Y, weights)
            path.add_residuals(root)
            if keeps_rows:
                path.add_left_out(root)
    for path in paths:
        if kept is not None:
            path.add_residuals(kept)
        path.finish(df_weight)
    return paths


def refine_path(path, chunks, *, kept=None, df_weight=1.0):
    """Return a path for whose best strength no digit is lost in moments.

    Where moments are exact enough the path comes back; otherwise another, from a root
    of the rows, which takes some three times as long. Targets free of noise are what
    needs it: all digits of their readout mean something. The path keeps the rows where
    they are few.

    Parameters
    ----------
    path : RidgePath
        A path.
    chunks : callable
        The rows of its design alone, as in `fit_ridge_paths`.
    kept, df_weight
        As there.

    Returns
    -------
    path : RidgePath
        The same, or a finer one.
    """
    if isinstance(path, RootPath):
        return path
    if path.sees_rows and not isinstance(path.kept, CentredRows):
        (path.kept,) = _join_chunks([kept], chunks, is_long=False)
    if path.is_exact or isinstance(kept, Moments):
        return path
    root = path.kept
    if not isinstance(root, CentredRows):
        (root,) = _join_chunks([kept], chunks, is_long=True)
    return RootPath(root, path._alphas, df_weight, leaves_out=path.sees_rows)


def _join_chunks(roots, chunks, *, is_long):
    """Return roots with the rows of all chunks, each of its design; None is no row."""
    roots = list(roots)
    for Z, Y, weights in chunks():
        for number, root in enumerate(roots):
            new = CentredRows.of(Z[number].copy(), Y, weights)
            root = new if root is None else root.join(new)
            roots[number] = root.compress() if is_long else root
    return roots


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
    (path,) = fit_ridge_paths(
        lambda: ((Z[np.newaxis].copy(), Y, None) for Z, Y in chunks()),
        n_samples,
        n_columns,
        alphas=alphas,
        df_weight=df_weight,
    )
    return path.ridge()


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


def _left_out(P, values, cross, Y, weights, strengths, weight, n_samples):
    """Return what is missed of rows that are left out one by one, at each strength.

    Parameters
    ----------
    P : ndarray of shape (n, n_kept)
        Rows along the eigenvectors, times the root of their weights.
    values : ndarray of shape (n_kept,)
        Eigenvalues.
    cross : ndarray of shape (n_kept, n_outputs)
        Moments of outputs and columns along the eigenvectors.
    Y : ndarray of shape (n, n_outputs)
        Outputs, times the root of the weights.
    weights : ndarray of shape (n,)
        Weights of the rows.
    strengths : ndarray of shape (n_alphas,)
        Absolute strengths.
    weight, n_samples : float
        Sum of the weights of all rows, and what they count for.

    Returns
    -------
    missed : ndarray of shape (n_alphas,)
        Weighted sum of squares, the mean over the outputs.
    """
    inverse = 1 / (values[:, np.newaxis] + strengths)  # (n_kept, n_alphas)
    # Of the copies that a weight stands for one is left out, or the part that there is
    copies = weights[:, np.newaxis] * (n_samples / weight)
    free = 1 - np.minimum(copies, 1.0) / n_samples
    free = free - (P**2 @ inverse) / np.maximum(copies, 1.0)  # (n, n_alphas)
    free = np.maximum(free, _LEAST_FREE)
    missed = np.zeros(len(strengths))
    for y, moments in zip(Y.T, cross.T, strict=True):
        fitted = P @ (moments[:, np.newaxis] * inverse)
        missed += (((y[:, np.newaxis] - fitted) / free) ** 2).sum(axis=0)
    return missed / Y.shape[1]
