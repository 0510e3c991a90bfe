"""Second moments of rows, kept as centred rows or as moments.

Moments take memory for the columns only, however many the rows. Forming moments squares
the condition number and loses half of the digits; centred rows keep them.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy import linalg
from scipy.linalg import blas

__all__ = ["LEAST_VALUE", "RANK_RTOL", "CentredRows", "Moments"]

# Singular values, and eigenvalues, below this part of the largest are rounding.
RANK_RTOL = 1e-13
LEAST_VALUE = np.sqrt(np.finfo(np.float64).tiny)  # a smaller value has no square


@dataclass(frozen=True)
class CentredRows:
    """Rows, centred and weighted, or fewer rows with the same second moments.

    Parameters
    ----------
    A : ndarray of shape (n, n_columns)
        Columns, centred, times the root of the weights.
    B : ndarray of shape (n, n_outputs)
        Outputs, centred, times the root of the weights.
    mean_z, mean_y : ndarray of shape (n_columns,) and (n_outputs,)
        Weighted means of the columns and of the outputs.
    weight : float
        Sum of the weights.
    n_rows : int
        Number of rows, before they were compressed.
    weights : ndarray of shape (n,) or None
        Weights of the rows; None once they are compressed.
    """

    A: np.ndarray
    B: np.ndarray
    mean_z: np.ndarray
    mean_y: np.ndarray
    weight: float
    n_rows: int
    weights: np.ndarray | None

    @classmethod
    def of(
        cls, Z: np.ndarray, Y: np.ndarray, weights: np.ndarray | None = None
    ) -> Self:
        """Centre and weight rows.

        Parameters
        ----------
        Z : ndarray of shape (n, n_columns)
            Columns; overwritten.
        Y : ndarray of shape (n, n_outputs)
            Outputs.
        weights : ndarray of shape (n,) or None, default=None
            Weights above 0; None: all are 1.
        """
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

    def join(self, other: "CentredRows") -> "CentredRows":
        """Return these rows and others, merged as in Chan et al. (1983)."""
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
        first, second = (rows.centred(mean_z, mean_y) for rows in (self, other))
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
        """Return the rows centred at other means; they are not compressed."""
        root = np.sqrt(self.weights)[:, np.newaxis]
        A = self.A + root * (self.mean_z - mean_z)
        B = self.B + root * (self.mean_y - mean_y)
        return replace(self, A=A, B=B, mean_z=mean_z, mean_y=mean_y)

    def compress(self) -> Self:
        """Return at most as many rows as columns and outputs, with the same moments."""
        n_columns = self.A.shape[1]
        if len(self.A) <= n_columns + self.B.shape[1]:
            return self
        both = np.hstack([self.A, self.B])
        (R,) = linalg.qr(both, mode="r", overwrite_a=True, check_finite=False)
        R = R[: both.shape[1]]
        return replace(self, A=R[:, :n_columns], B=R[:, n_columns:], weights=None)

    @property
    def is_compressed(self) -> bool:
        """Whether the rows given are lost."""
        return self.weights is None

    def missed(self, coef: np.ndarray, centre: "CentredRows | Moments") -> np.ndarray:
        """Return the residual sum of squares of a map, summed from positive terms.

        Parameters
        ----------
        coef : ndarray of shape (n_columns, n_outputs)
            Weights of the map.
        centre : CentredRows or Moments
            The map goes through its means.

        Returns
        -------
        missed : ndarray of shape (n_outputs,)
            Weighted sum of squares of each output.
        """
        level = (self.mean_y - centre.mean_y) - (self.mean_z - centre.mean_z) @ coef
        return ((self.B - self.A @ coef) ** 2).sum(axis=0) + self.weight * level**2


@dataclass
class Moments:
    """Centred, weighted second moments of rows.

    Parameters
    ----------
    mean_z, mean_y, weight, n_rows
        As in `CentredRows`.
    gram : ndarray of shape (n_columns, n_columns)
        Gram matrix of the centred columns; only its lower triangle is set.
    cross : ndarray of shape (n_columns, n_outputs)
        Moments of columns and outputs.
    coef : ndarray of shape (n_columns, n_outputs) or None, default=None
        Weights of least squares, once they are known.
    unfitted : ndarray of shape (n_outputs,) or None, default=None
        Residual sum of squares of least squares, once it is known.
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
    def of(cls, rows: CentredRows) -> Self:
        """Return the moments of rows."""
        n_columns, n_outputs = rows.A.shape[1], rows.B.shape[1]
        moments = cls(
            np.zeros(n_columns),
            np.zeros(n_outputs),
            0.0,
            0,
            np.zeros((n_columns, n_columns), order="F"),
            np.zeros((n_columns, n_outputs)),
        )
        moments.add(rows)
        return moments

    def copy(self) -> Self:
        """Return a copy, to which rows can be added."""
        return replace(
            self,
            mean_z=self.mean_z.copy(),
            mean_y=self.mean_y.copy(),
            gram=self.gram.copy(order="F"),
            cross=self.cross.copy(),
        )

    def add(self, rows: CentredRows) -> None:
        """Add rows, merged as in Chan et al. (1983)."""
        # One triangle, summed in place: no second matrix is made.
        self.gram = blas.dsyrk(
            1.0, rows.A.T, beta=1.0, c=self.gram, lower=1, overwrite_c=1
        )
        self.cross += rows.A.T @ rows.B
        total = self.weight + rows.weight
        shift_z, shift_y = rows.mean_z - self.mean_z, rows.mean_y - self.mean_y
        between = self.weight * rows.weight / total
        if between > 0:
            self.gram = blas.dsyr(between, shift_z, lower=1, a=self.gram, overwrite_a=1)
            self.cross += np.outer(between * shift_z, shift_y)
        self.mean_z += shift_z * (rows.weight / total)
        self.mean_y += shift_y * (rows.weight / total)
        self.n_rows += rows.n_rows
        self.weight = total

    def eigen(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the eigenvalues of `gram` above rounding, and their eigenvectors.

        Returns
        -------
        values : ndarray of shape (n_kept,)
            Eigenvalues, in increasing order.
        vectors : ndarray of shape (n_columns, n_kept)
            Eigenvectors.
        """
        values, vectors = linalg.eigh(self.gram, lower=True, check_finite=False)
        kept = values > max(RANK_RTOL * values[-1], LEAST_VALUE**2)
        return values[kept], vectors[:, kept]

    def missed(self, coef: np.ndarray, centre: "CentredRows | Moments") -> np.ndarray:
        """Return the residual sum of squares of a map, as `CentredRows.missed` does.

        It is that of least squares, and a part that grows with the distance from there
        and depends on the moments alone.
        """
        values, vectors = self.eigen()
        moved = vectors.T @ (coef - self.coef)
        level = (self.mean_y - centre.mean_y) - (self.mean_z - centre.mean_z) @ coef
        return self.unfitted + values @ moved**2 + self.weight * level**2
