"""Conformal quantiles of forecast errors, by horizon and by series."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from sklearn.isotonic import isotonic_regression

__all__ = ["ResidualQuantiles", "find_surprises", "in_part"]

_PRIOR = 10.0  # residuals of usual size that are added to those of a series
# A recent error that is this many times as large as all earlier errors shows a change.
_SURPRISING = 2.0
# More standardised residuals are replaced by this many of their quantiles.
_MOST_KEPT = 2_000


@dataclass(frozen=True)
class ResidualQuantiles:
    """Conformal quantiles of residuals, scaled by horizon and by series.

    A residual is modelled as the product of the scale of its series, the scale of its
    horizon, and a draw from one distribution. The scale of the horizon does not fall as
    the horizon grows.

    Parameters
    ----------
    horizon_scale : ndarray of shape (n_horizons, n_columns)
        Root mean square residual, in scaled units.
    series_scale : ndarray of shape (n_series,)
        Scale of each series relative to all series.
    sizes : ndarray of shape (n_kept,)
        Absolute values of the standardised residuals, increasing.
    """

    horizon_scale: np.ndarray
    series_scale: np.ndarray
    sizes: np.ndarray

    @classmethod
    def fit(cls, residuals, keys):
        """Learn from residuals of rows held out.

        Parameters
        ----------
        residuals : ndarray of shape (n_samples, n_horizons, n_columns)
            In scaled units; NaN if a row has no residual at a horizon.
        keys : ndarray of shape (n_samples,)
            Number of the series of each row.
        """
        mean_square = np.nanmean(residuals**2, axis=0)
        counts = np.isfinite(residuals).sum(axis=0)
        rising = [
            isotonic_regression(mean_square[:, j], sample_weight=counts[:, j])
            for j in range(mean_square.shape[1])
        ]
        horizon_scale = np.sqrt(np.maximum(np.array(rising).T, 1e-24))
        standard = residuals / horizon_scale
        # A series with few residuals gets a scale near that of all series.
        squares = np.nansum(standard**2, axis=(1, 2))
        counts = np.isfinite(standard).sum(axis=(1, 2))
        total, count = np.bincount(keys, squares), np.bincount(keys, counts)
        series_scale = np.ones(len(total))
        if (count > 0).sum() > 1:
            series_scale = np.sqrt((total + _PRIOR) / (count + _PRIOR))
        standard /= series_scale[keys][:, np.newaxis, np.newaxis]
        sizes = np.sort(np.abs(standard[np.isfinite(standard)]))
        if len(sizes) > _MOST_KEPT:
            # Linear quantiles; the sizes are sorted already
            levels = (np.arange(_MOST_KEPT) + 0.5) / _MOST_KEPT
            at = levels * (len(sizes) - 1)
            sizes = np.interp(at, np.arange(len(sizes)), sizes)
        return cls(horizon_scale, series_scale, sizes)

    def quantile(self, alpha, number=None):
        """Return the shift from a forecast to its quantile.

        Parameters
        ----------
        alpha : float
            The level, in (0, 1).
        number : int or None, default=None
            Number of the series; None for a series without residuals.

        Returns
        -------
        shift : ndarray of shape (n_horizons, n_columns)
            In scaled units.
        """
        coverage = abs(2 * alpha - 1)
        n = len(self.sizes)
        # The new residual has any rank among n + 1 exchangeable residuals.
        rank = coverage * (n + 1)
        if rank <= n:
            size = np.interp(rank, np.arange(n + 1), np.r_[0.0, self.sizes])
        else:
            # Beyond the largest residual, the tail is that of a normal distribution.
            last = norm.ppf((1 + n / (n + 1)) / 2)
            size = self.sizes[-1] * norm.ppf((1 + coverage) / 2) / last
        scale = self.horizon_scale
        if number is not None and number < len(self.series_scale):
            scale = scale * self.series_scale[number]
        return np.sign(alpha - 0.5) * size * scale


def in_part(alpha):
    """Return the part of an error of unknown size that a quantile takes in.

    Parameters
    ----------
    alpha : float or list of float
        Levels of quantiles, in (0, 1).

    Returns
    -------
    part : float or ndarray of shape (n_levels,)
        From -1 to 1: the whole error at the quartiles and beyond, none at the median.
    """
    return np.clip(4 * np.asarray(alpha) - 2, -1.0, 1.0)


def find_surprises(missed, keys, is_recent):
    """Return the largest recent error of each series, if it exceeds all before by far.

    An error of the last rows that is far larger than all earlier errors shows that the
    series has changed, and that the next rows may have errors as large.

    Parameters
    ----------
    missed : ndarray of shape (n_samples, n_horizons, n_columns)
        Errors; NaN if a row has none at a horizon.
    keys : ndarray of shape (n_samples,)
        Number of the series of each row.
    is_recent : ndarray of shape (n_samples, n_horizons)
        Whether a target is among the last rows of its series.

    Returns
    -------
    surprises : ndarray of shape (n_series, n_columns)
        0 if no recent error is far larger, or there is no earlier error. The largest
        over all horizons, as the near horizons are the last to show a change.
    """
    sizes = np.nan_to_num(np.abs(missed))
    is_recent = is_recent[:, :, np.newaxis]
    recent, earlier = np.zeros((2, keys.max(initial=0) + 1, sizes.shape[2]))
    np.maximum.at(recent, keys, np.where(is_recent, sizes, 0.0).max(axis=1))
    np.maximum.at(earlier, keys, np.where(is_recent, 0.0, sizes).max(axis=1))
    has_earlier = np.zeros((len(recent), 1), bool)
    has_earlier[keys[~is_recent.all(axis=(1, 2))]] = True
    return np.where(has_earlier & (recent > _SURPRISING * earlier), recent, 0.0)
