"""Scores of the strengths of a ridge."""

import numpy as np
from scipy import linalg

from .moments import LEAST_VALUE, RANK_RTOL

__all__ = ["gcv_scores", "leave_one_out", "left_out_errors"]

# Least part of a row that the fit leaves free: rounding of a row that it follows fully.
_LEAST_FREE = 1e-12


def gcv_scores(
    values: np.ndarray,
    energies: np.ndarray,
    unfitted: np.ndarray,
    strengths: np.ndarray,
    n_samples: float,
    df_weight: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Score each strength by generalised cross-validation; see `fit_ridge_paths`.

    Parameters
    ----------
    values : ndarray of shape (n_kept,)
        Eigenvalues.
    energies : ndarray of shape (n_kept, n_outputs)
        Squared part of each output along each eigenvector.
    unfitted : ndarray of shape (n_outputs,)
        Squared part of each output along no eigenvector.
    strengths : ndarray of shape (n_alphas,)
        Absolute strengths.
    n_samples : float
        Number of rows, or the sum of their weights.
    df_weight : float
        Price of a degree of freedom.

    Returns
    -------
    scores : ndarray of shape (n_alphas,)
        Scores, the mean over the outputs; infinite if no degree of freedom is left.
    rss : ndarray of shape (n_alphas, n_outputs)
        Residual sum of squares of each output.
    """
    # Part of the fit that each strength removes along each eigenvector,
    # (n_alphas, n_kept)
    shrunk = strengths[:, np.newaxis] / (values + strengths[:, np.newaxis])
    rss = shrunk**2 @ energies + unfitted
    # n - df, as a sum of positive terms
    left = max(n_samples - 1 - len(values), 0) + shrunk.sum(axis=1)
    left -= (df_weight - 1) * (n_samples - left)
    scores = np.full(len(strengths), np.inf)
    possible = left > 0
    scores[possible] = n_samples * rss[possible].mean(axis=1) / left[possible] ** 2
    return scores, rss


def left_out_errors(P, values, cross, Y, weights, strengths, weight, n_samples):
    """Return the squared error of rows left out one by one, at each strength.

    Parameters
    ----------
    P : ndarray of shape (n, n_kept)
        Rows along the eigenvectors, times the root of the weights.
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
        Sum of the weights of all rows, and the number of rows that it counts for.

    Returns
    -------
    missed : ndarray of shape (n_alphas,)
        Weighted sum of squares, the mean over the outputs.
    """
    inverse = 1 / (values[:, np.newaxis] + strengths)  # (n_kept, n_alphas)
    # A weight of k stands for k copies of a row, of which one is left out; a weight
    # below 1 stands for a part of a row, which is left out.
    copies = weights[:, np.newaxis] * (n_samples / weight)
    free = 1 - np.minimum(copies, 1.0) / n_samples
    free = free - (P**2 @ inverse) / np.maximum(copies, 1.0)  # (n, n_alphas)
    free = np.maximum(free, _LEAST_FREE)
    missed = np.zeros(len(strengths))
    for y, moments in zip(Y.T, cross.T, strict=True):
        fitted = P @ (moments[:, np.newaxis] * inverse)
        missed += (((y[:, np.newaxis] - fitted) / free) ** 2).sum(axis=0)
    return missed / Y.shape[1]


def leave_one_out(Z: np.ndarray, Y: np.ndarray, alpha: float) -> np.ndarray:
    """Return the residuals of rows left out one by one, in closed form.

    A row's residual is that of a ridge with intercept, of the same strength, that is
    fitted to all other rows: the residual of the ridge of all rows, divided by the part
    of the row that this ridge leaves free.

    Parameters
    ----------
    Z : ndarray of shape (n, n_columns)
        Columns.
    Y : ndarray of shape (n, n_outputs)
        Outputs.
    alpha : float
        Strength, relative to the mean eigenvalue of the centred Gram matrix; infinite:
        the mean of the other rows.

    Returns
    -------
    residuals : ndarray of shape (n, n_outputs)
        Outputs less predictions.

    References
    ----------
    Allen, D. M. (1974). The relationship between variable selection and data
    augmentation and a method for prediction. Technometrics 16(1), 125-127.
    """
    Z, Y = Z - Z.mean(axis=0), Y - Y.mean(axis=0)
    U, values, _ = linalg.svd(Z, full_matrices=False, check_finite=False)
    kept = values > max(RANK_RTOL * values.max(initial=0.0), LEAST_VALUE)
    U, eigenvalues = U[:, kept], values[kept] ** 2
    strength = alpha * (eigenvalues.sum() / Z.shape[1])
    fit = eigenvalues / (eigenvalues + strength)
    residuals = Y - U @ (fit[:, np.newaxis] * (U.T @ Y))
    free = 1 - 1 / len(Z) - U**2 @ fit
    return residuals / np.maximum(free, _LEAST_FREE)[:, np.newaxis]
