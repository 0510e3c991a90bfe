"""A ridge of one strength to which rows are added, exactly."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.linalg import lapack, solve_triangular

__all__ = ["RidgeFactor"]

_BLOCK = 32  # columns that LAPACK reduces at a time


@dataclass(frozen=True)
class RidgeFactor:
    r"""Triangular factor of the rows that a ridge of a fixed strength has learnt from.

    With the centred columns Z and outputs Y of all rows, and the strength a,

    .. math::

        R^\top R = Z^\top Z + a I, \qquad S = R^{-\top} Z^\top Y,

    so that the weights are :math:`R^{-1} S`. Orthogonal transformations add rows to the
    factor. The Gram matrix, which has the squared condition number, is never formed.
    Adding k rows of p columns takes time of order :math:`k p^2`, however many rows came
    before.

    Parameters
    ----------
    R : ndarray of shape (n_columns, n_columns)
        Upper triangular.
    S : ndarray of shape (n_columns, n_outputs)
        Outputs, transformed as the columns are.
    mean_z, mean_y : ndarray of shape (n_columns,) and (n_outputs,)
        Means of the columns and of the outputs; 0 without an intercept.
    n_rows : int
        Number of rows.
    has_intercept : bool
        Whether the ridge has an intercept.

    References
    ----------
    .. Golub, G. H., Van Loan, C. F. (2013). Matrix computations, 4th edition, section
       6.5, updating matrix factorizations. Johns Hopkins University Press.
    .. Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the
       sample variance. The American Statistician 37(3), 242-247.

    Examples
    --------
    >>> import numpy as np
    >>> Z, Y = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [3.0], [5.0]])
    >>> factor = RidgeFactor.empty(1, 1, strength=1e-12).add(Z[:2], Y[:2])
    >>> coef, intercept = factor.add(Z[2:], Y[2:]).solve()
    >>> coef.round(6), intercept.round(6)
    (array([[2.]]), array([1.]))
    """

    R: np.ndarray
    S: np.ndarray
    mean_z: np.ndarray
    mean_y: np.ndarray
    n_rows: int
    has_intercept: bool

    @classmethod
    def empty(
        cls,
        n_columns: int,
        n_outputs: int,
        *,
        strength: float,
        has_intercept: bool = True,
    ) -> Self:
        """Return the factor of no row.

        Parameters
        ----------
        n_columns, n_outputs : int
            Numbers of columns and of outputs.
        strength : float
            Above 0; added to the diagonal of the Gram matrix.
        has_intercept : bool, default=True
            Whether the ridge has an intercept.
        """
        return cls(
            np.asfortranarray(np.sqrt(strength) * np.eye(n_columns)),
            np.zeros((n_columns, n_outputs), order="F"),
            np.zeros(n_columns),
            np.zeros(n_outputs),
            0,
            has_intercept,
        )

    def add(self, Z: np.ndarray, Y: np.ndarray) -> Self:
        """Return the factor with further rows; this factor stays as it is.

        Parameters
        ----------
        Z : ndarray of shape (n, n_columns)
            Columns.
        Y : ndarray of shape (n, n_outputs)
            Outputs.
        """
        if len(Z) == 0:
            return self
        n_new, n_rows = len(Z), self.n_rows + len(Z)
        mean_z, mean_y = self.mean_z, self.mean_y
        if self.has_intercept:
            new_z, new_y = Z.mean(axis=0), Y.mean(axis=0)
            shift_z, shift_y = new_z - mean_z, new_y - mean_y
            # The two means differ: a row that stands for it, as in Chan et al.
            between = np.sqrt(self.n_rows * n_new / n_rows)
            Z = np.vstack([Z - new_z, between * shift_z])
            Y = np.vstack([Y - new_y, between * shift_y])
            mean_z = mean_z + shift_z * (n_new / n_rows)
            mean_y = mean_y + shift_y * (n_new / n_rows)
        # The orthogonal map that brings [R; Z] to triangular form, applied to [S; Y]
        R, V, T, _ = lapack.dtpqrt(0, min(_BLOCK, len(self.R)), self.R, Z)
        S, _, _ = lapack.dtpmqrt(0, V, T, self.S, Y, trans="T")
        return replace(self, R=R, S=S, mean_z=mean_z, mean_y=mean_y, n_rows=n_rows)

    def solve(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the weights and the intercepts of the ridge.

        Returns
        -------
        coef : ndarray of shape (n_columns, n_outputs)
            Weights.
        intercept : ndarray of shape (n_outputs,)
            Intercepts.
        """
        coef = solve_triangular(self.R, self.S, check_finite=False)
        return coef, self.mean_y - self.mean_z @ coef
