"""The season that series share, and its length."""

import numpy as np

from ._any_regressor import MANY_EXAMPLES, MANY_SERIES
from ._side_by_side import side_by_side

__all__ = ["find_season", "rows_a_season_before"]

_LONGEST_SEASON = 400
_LEAST_CORRELATION = 0.5
# Of many series, or many values; noise does not add up to it, and some of the series
# may have no season.
_OF_MANY = 0.2


def find_season(series):
    """Find the season that series share.

    The autocorrelation of differences between successive rows is averaged over series,
    weighted by their lengths, at every lag from 2 to a third of the longest series, or
    400. Of the lags with a peak of 0.5 or more, the season is the shortest with a peak
    within a tenth of the highest.

    Parameters
    ----------
    series : list of ndarray of shape (n_rows_i, n_columns)
        Scaled series.

    Returns
    -------
    sp : int
        Number of rows in a season; 1 if there is no season.
    """
    n_lags = min(_LONGEST_SEASON, max(map(len, series)) // 3)
    if n_lags < 2:
        return 1
    total, weight = np.zeros(n_lags + 2), np.zeros(n_lags + 2)
    for _, z in side_by_side(series):
        n_own = min(n_lags + 1, len(z) // 3)
        if n_own >= 2:
            r = _autocorrelations(np.diff(z, axis=0), n_own)
            total[: n_own + 1] += len(z) * r.sum(axis=1)
            weight[: n_own + 1] += len(z) * r.shape[1]
    r = np.divide(total, weight, out=np.zeros(n_lags + 2), where=weight > 0)
    lags = np.arange(2, n_lags + 1)
    is_peak = (r[lags] > r[lags - 1]) & (r[lags] >= r[lags + 1])
    is_much = len(series) >= MANY_SERIES or sum(z.size for z in series) >= MANY_EXAMPLES
    least = _OF_MANY if is_much else _LEAST_CORRELATION
    peaks = lags[is_peak & (r[lags] >= least)]
    if not len(peaks):
        return 1
    return int(peaks[r[peaks] >= 0.9 * r[peaks].max()][0])


def rows_a_season_before(first, after, horizons, sp):
    """Return the rows that the seasonal naive forecast repeats.

    Parameters
    ----------
    first, after : ndarray of shape (n_samples,) or int
        Number of the first row of the series, and of the first row to forecast.
    horizons : ndarray of shape (n_horizons,)
        Numbers of rows ahead, from 1.
    sp : int
        Number of rows in a season; 1: the last row is repeated.

    Returns
    -------
    rows : ndarray of shape (n_samples, n_horizons)
        The latest known row a whole number of seasons before; the first row if it lies
        before the series.
    """
    ahead = horizons - 1 - -(-horizons // sp) * sp
    rows = np.asarray(after)[:, np.newaxis] + ahead
    return np.maximum(rows, np.reshape(first, (-1, 1)))


def _autocorrelations(steps, n_lags):
    """Return autocorrelations of differences about their mean.

    Parameters
    ----------
    steps : ndarray of shape (n_rows - 1, n_columns)
        Differences between successive rows.
    n_lags : int
        The longest lag.

    Returns
    -------
    r : ndarray of shape (n_lags + 1, n_columns)
    """
    steps = steps - steps.mean(axis=0)
    size = 1 << (2 * len(steps) - 1).bit_length()
    spectrum = np.fft.rfft(steps, size, axis=0)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=0)[: n_lags + 1]
    return covariance / np.where(covariance[0] > 0, covariance[0], 1.0)
