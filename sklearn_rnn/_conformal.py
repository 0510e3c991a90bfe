"""How far forecasts are off, horizon by horizon, and the quantiles that follow."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from sklearn.isotonic import isotonic_regression

__all__ = ["ResidualQuantiles", "find_surprises", "in_part"]

_PRIOR = 10.0  # residuals of usual size that are added to those of a series
# A recent residual so many times as large as all earlier ones tells of a change.
_SURPRISING = 2.0
# Of standardised residuals; their quantiles tell as much as all of them.
_MOST_KEPT = 2_000


@dataclass(frozen=True)
class ResidualQuantiles:
    """Conformal quantiles of residuals, scaled by horizon and by series.

    A residual is taken as the product of the size of its series, the size of its
    horizon, which does not fall as horizons grow, and a draw that all share.

    Parameters
    ----------
    horizon_scale : ndarray of shape (n_horizons, n_columns)
        Root mean square residual, in scaled units.
    series_scale : ndarray of shape (n_series,)
        Of each series, relative to the others.
    sizes : ndarray of shape (n_kept,)
        Standardised residuals' absolute values, increasing.
    """

    horizon_scale: np.ndarray
    series_scale: np.ndarray
    sizes: np.ndarray

    @classmethod
    def fit(cls, residuals, keys):
        """Learn from residuals of rows that forecasts have not seen.

        Parameters
        ----------
        residuals : ndarray of shape (n_samples, n_horizons, n_columns)
            In scaled units; NaN where there is none.
        keys : ndarray of shape (n_samples,)
            Number of the series that each row is of.
        """
        mean_square = np.nanmean(residuals**2, axis=0)
        counts = np.isfinite(residuals).sum(axis=0)
        rising = [
            isotonic_regression(mean_square[:, j], sample_weight=counts[:, j])
            for j in range(mean_square.shape[1])
        ]
        horizon_scale = np.sqrt(np.maximum(np.array(rising).T, 1e-24))
        standard = residuals / horizon_scale
        # Few residuals tell little of a series: its size is drawn towards that of all
        squares = np.nansum(standard**2, axis=(1, 2))
        counts = np.isfinite(standard).sum(axis=(1, 2))
        total, count = np.bincount(keys, squares), np.bincount(keys, counts)
        series_scale = np.ones(len(total))
        if (count > 0).sum() > 1:
            series_scale = np.sqrt((total + _PRIOR) / (count + _PRIOR))
        standard /= series_scale[keys][:, np.newaxis, np.newaxis]
        sizes = np.sort(np.abs(standard[np.isfinite(standard)]))
        if len(sizes) > _MOST_KEPT:
            levels = (np.arange(_MOST_KEPT) + 0.5) / _MOST_KEPT
            sizes = np.quantile(sizes, levels)
        return cls(horizon_scale, series_scale, sizes)

    def quantile(self, alpha, number=None):
        """Return what is added to forecasts at a level.

        Parameters
        ----------
        alpha : float
            The level, in (0, 1).
        number : int or None, default=None
            Of the series; None: one that was not learnt from.

        Returns
        -------
        shift : ndarray of shape (n_horizons, n_columns)
            In scaled units.
        """
        coverage = abs(2 * alpha - 1)
        n = len(self.sizes)
        # Conformal: of n + 1 exchangeable residuals the new one is at any rank
        rank = coverage * (n + 1)
        if rank <= n:
            size = np.interp(rank, np.arange(n + 1), np.r_[0.0, self.sizes])
        else:
            # Beyond the largest seen, as the tail of a normal distribution goes on
            last = norm.ppf((1 + n / (n + 1)) / 2)
            size = self.sizes[-1] * norm.ppf((1 + coverage) / 2) / last
        scale = self.horizon_scale
        if number is not None and number < len(self.series_scale):
            scale = scale * self.series_scale[number]
        return np.sign(alpha - 0.5) * size * scale


def in_part(alpha):
    """Return how much of an error of unknown size quantiles take in, from -1 to 1.

    All of it from the quartiles outwards; less between them.
    """
    return np.clip(4 * np.asarray(alpha) - 2, -1.0, 1.0)


def find_surprises(missed, keys, is_recent):
    """Return the largest recent errors of series that exceed all others by far.

    Where rows of late were missed by far more than any before, something has changed,
    and the next rows may be missed as far.

    Parameters
    ----------
    missed : ndarray of shape (n_samples, n_horizons, n_columns)
        Errors; NaN where there is none.
    keys : ndarray of shape (n_samples,)
        Number of the series that each row is of.
    is_recent : ndarray of shape (n_samples, n_horizons)
        Whether a target is among the last rows of its series.

    Returns
    -------
    surprises : ndarray of shape (n_series, n_columns)
        0 where none does, or there is none to compare with. Of all horizons together,
        as the nearest are the last to show it.
    """
    sizes = np.nan_to_num(np.abs(missed))
    is_recent = is_recent[:, :, np.newaxis]
    recent, earlier = np.zeros((2, keys.max(initial=0) + 1, sizes.shape[2]))
    np.maximum.at(recent, keys, np.where(is_recent, sizes, 0.0).max(axis=1))
    np.maximum.at(earlier, keys, np.where(is_recent, 0.0, sizes).max(axis=1))
    has_earlier = np.zeros((len(recent), 1), bool)
    has_earlier[keys[~is_recent.all(axis=(1, 2))]] = True
    return np.where(has_earlier & (recent > _SURPRISING * earlier), recent, 0.0)
