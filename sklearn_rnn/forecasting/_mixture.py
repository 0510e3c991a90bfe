"""Weights of a mixture: a mean of several forecasts of the same rows."""

import numpy as np
from scipy.optimize import nnls

__all__ = ["SHRINKAGE", "fit_absolute_weights", "fit_weights"]

# Chosen for shrinkage towards equal weights, which the prior weights now stand for.
# For weights of a single series, fitted on its last one to four horizons: within a few
# hundredths of the best test error of all shrinkages on most of eight sets (monthly,
# quarterly and other series of the M1, M3 and Tourism competitions, and four short
# series), for ten members and for the best five of these. From .3 to 3 the test error
# changes little; at 0 it is above that of equal weights on half of the sets. Weights
# shared by the 174 to 300 series of a panel were best with .01 to .3.
SHRINKAGE = 1.0

# Fits of the weights to absolute errors, each with squared errors weighted anew. They
# end as soon as no weight moves by more than the tolerance.
_MOST_FITS, _SETTLED = 30, 1e-3
# Errors of the mixture below this part of their median count as so large, for a squared
# error over an error of about 0 would count without bound.
_LEAST_ERROR = 0.05

# Multiple of the least root mean squared error from which a member has no weight
_LARGEST_RATIO = 1e10


def fit_weights(errors, *, shrinkage=SHRINKAGE):
    r"""Fit the weights of members of a mixture.

    With :math:`G_{ij}` the mean product of the errors of members :math:`i` and
    :math:`j`, so that :math:`w^\top G w` is the mean squared error of the mixture, the
    weights are

    .. math::

        \arg\min_w \; w^\top G w + \lambda s \sum_i (w_i - p_i)^2, \qquad
        w_i \geq 0, \quad \sum_i w_i = 1, \qquad p_i = \frac{s}{m G_{ii}},

    where :math:`m` is the number of members, :math:`\lambda` the shrinkage, and
    :math:`s` the harmonic mean of the members' mean squared errors :math:`G_{ii}`: a
    member with large errors does not raise it. The prior weights :math:`p_i` would be
    the best weights if the errors of the members were not correlated.

    Parameters
    ----------
    errors : ndarray of shape (n_members, n_errors)
        Errors of each member's forecasts of the same held-out targets, with their sign.
        Errors in different series have to be divided by a scale of the series before.
        A column of NaN is left out. A member with another NaN, an infinite error, or a
        root mean squared error above 1e10 times the least one, has the weight 0, and is
        not counted in the equation above.
    shrinkage : float, default=1.0
        Shrinkage towards weights in inverse proportion to mean squared errors, at least
        0; 0: the weights need not be unique.

    Returns
    -------
    weights : ndarray of shape (n_members,)
        At least 0 each; their sum is 1. Equal without a target or a member of finite
        errors. If members have no error at all, they are equal for these.

    References
    ----------
    .. Bates, J. M., Granger, C. W. J. (1969). The combination of forecasts. Operational
       Research Quarterly 20(4), 451-468.
    .. Diebold, F. X., Pauly, P. (1990). The use of prior information in forecast
       combination. International Journal of Forecasting 6(4), 503-508.

    Examples
    --------
    Errors with opposite signs cancel in the mean of the first two members.

    >>> import numpy as np
    >>> errors = np.array([[1, -1, 1, -1], [-1, 1, -1, 1], [9, 9, -9, -9]])
    >>> fit_weights(errors, shrinkage=0).round(3)
    array([0.5, 0.5, 0. ])
    >>> fit_weights(errors, shrinkage=100).round(3)
    array([0.498, 0.498, 0.005])
    """
    errors = np.asarray(errors, dtype=np.float64)
    errors = errors[:, ~np.isnan(errors).all(axis=0)]
    weights = np.zeros(len(errors))
    size = _root_mean_squares(errors)
    least = size.min()
    if not np.isfinite(least):
        weights[:] = 1 / len(weights)
        return weights
    is_in = size <= _LARGEST_RATIO * least
    if least == 0:
        weights[is_in] = 1 / is_in.sum()
    else:
        weights[is_in] = _least_squares(errors[is_in] / least, shrinkage)
    return weights


def fit_absolute_weights(errors, *, shrinkage=SHRINKAGE):
    r"""Fit the weights of members of a mixture to absolute errors.

    A few series with large errors decide a mean of squares; they count for less in a
    mean of absolute errors :math:`|e|`. It is the mean of :math:`e^2 / |e|`, so the
    weights are those of `fit_weights` for errors that are divided by the root of the
    mixture's absolute error, again and again until they settle (iteratively reweighted
    least squares).

    Parameters
    ----------
    errors, shrinkage
        As in `fit_weights`.

    Returns
    -------
    weights : ndarray of shape (n_members,)
        At least 0 each; their sum is 1.

    References
    ----------
    .. Holland, P. W., Welsch, R. E. (1977). Robust regression using iteratively
       reweighted least-squares. Communications in Statistics 6(9), 813-827.

    Examples
    --------
    The second member has a large error once, and small errors else.

    >>> import numpy as np
    >>> errors = np.array([[1.0] * 8, [0.3] * 7 + [5]])
    >>> fit_weights(errors, shrinkage=0).round(1)
    array([1., 0.])
    >>> fit_absolute_weights(errors, shrinkage=0).round(1)
    array([0., 1.])
    """
    errors = np.asarray(errors, dtype=np.float64)
    errors = errors[:, ~np.isnan(errors).all(axis=0)]
    weights = fit_weights(errors, shrinkage=shrinkage)
    finite = errors[np.isfinite(errors).all(axis=1)]
    if not finite.size:
        return weights
    for _ in range(_MOST_FITS):
        of_members = weights[np.isfinite(errors).all(axis=1)]
        missed = np.abs(of_members @ finite)
        missed = np.maximum(missed, _LEAST_ERROR * np.median(missed))
        if not missed.min() > 0:
            break
        before = weights
        roots = np.sqrt(missed / missed.mean())
        weights = fit_weights(errors / roots, shrinkage=shrinkage)
        if np.abs(weights - before).max() < _SETTLED:
            break
    return weights


def _root_mean_squares(errors):
    """Return root mean squares; infinity without errors or where not all are finite."""
    n_members, n_errors = errors.shape
    if n_errors == 0:
        return np.full(n_members, np.inf)
    size = np.abs(errors).max(axis=1)
    usable = np.isfinite(size) & (size > 0)
    # Squares of errors could overflow, those of their shares of the largest cannot
    shares = errors[usable] / size[usable, np.newaxis]
    size[usable] *= np.sqrt((shares**2).mean(axis=1))
    return np.where(np.isnan(size), np.inf, size)


def _least_squares(errors, shrinkage):
    r"""Fit weights to finite errors, by non-negative least squares.

    As the weights sum to 1, the objective is :math:`\|B w\|^2` but for a constant, with
    :math:`B` the errors above a diagonal matrix. The sum is exact, not by a penalty:
    of all :math:`u = c w` with the weights :math:`w`, the least value of
    :math:`\|B u\|^2 + (\sum_i u_i - 1)^2` over :math:`c` is :math:`q / (1 + q)`, where
    :math:`q = \|B w\|^2`. It rises with :math:`q`, so the least :math:`u \geq 0`,
    divided by its sum, is the least :math:`w`.

    Parameters
    ----------
    errors : ndarray of shape (n_members, n_errors)
        Errors; the least root mean squared error is 1.
    shrinkage : float
        Shrinkage towards weights in inverse proportion to mean squared errors.
    """
    n_members, n_errors = errors.shape
    squares = (errors**2).mean(axis=1)
    ridge = shrinkage / np.mean(1 / squares)
    prior = 1 / squares / np.sum(1 / squares)
    # As weights sum to 1, this maps them to their distances from the prior weights.
    distances = np.eye(n_members) - prior[:, np.newaxis]
    B = np.vstack([errors.T / n_errors**0.5, ridge**0.5 * distances])
    # An orthogonal map, which changes no norm, leaves n_members rows
    B = np.linalg.qr(B, mode="r")
    B /= np.linalg.norm(B, axis=0).min()
    B = np.vstack([B, np.ones(n_members)])
    # Columns of one length, so that tolerances mean the same to each member
    length = np.linalg.norm(B, axis=0)
    u = nnls(B / length, np.append(np.zeros(n_members), 1.0))[0] / length
    return u / u.sum()
