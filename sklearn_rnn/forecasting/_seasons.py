"""What series are like: whether they have a season, and whether they have a level."""

import numpy as np

__all__ = ["find_season", "is_stationary"]

_LONGEST_SEASON = 400
_LEAST_CORRELATION = 0.5
# KPSS's own limit at 10 % is 0.347: to take a level for fixed that moves costs far more
# than the other way round.
_STATIONARY = 0.2


def find_season(series):
    """Find the season that series share.

    Differences between successive rows are correlated with themselves at every lag from
    2 to a third of the longest series, and the correlations averaged over series,
    weighted by their lengths. Of the lags where they peak, at 0.5 or above, the season
    is the shortest that comes within a tenth of the highest.

    Parameters
    ----------
    series : list of ndarray of shape (n_rows_i, n_columns)
        Scaled series.

    Returns
    -------
    sp : int
        Number of rows in a season; 1 where there is none.
    """
    n_lags = min(_LONGEST_SEASON, max(map(len, series)) // 3)
    if n_lags < 2:
        return 1
    total, weight = np.zeros(n_lags + 2), np.zeros(n_lags + 2)
    for z in series:
        n_own = min(n_lags + 1, len(z) // 3)
        if n_own >= 2:
            r = _autocorrelations(np.diff(z, axis=0), n_own)
            total[: n_own + 1] += len(z) * r.sum(axis=1)
            weight[: n_own + 1] += len(z) * r.shape[1]
    r = np.divide(total, weight, out=np.zeros(n_lags + 2), where=weight > 0)
    lags = np.arange(2, n_lags + 1)
    is_peak = (r[lags] > r[lags - 1]) & (r[lags] >= r[lags + 1])
    peaks = lags[is_peak & (r[lags] >= _LEAST_CORRELATION)]
    if not len(peaks):
        return 1
    return int(peaks[r[peaks] >= 0.9 * r[peaks].max()][0])


def is_stationary(series):
    """Tell whether series keep returning to one level.

    By the median over series and columns of the statistic of Kwiatkowski, Phillips,
    Schmidt and Shin, with Bartlett's window over 12 (n_rows / 100)^(1/4) lags: below
    0.2 they do.

    Parameters
    ----------
    series : list of ndarray of shape (n_rows_i, n_columns)
        Scaled series.

    Returns
    -------
    is_stationary : bool
        Whether they do.
    """
    return bool(np.median(np.concatenate([_kpss(z) for z in series])) < _STATIONARY)


def _autocorrelations(steps, n_lags):
    """Return autocorrelations, (n_lags + 1, n_columns), of steps about their mean."""
    steps = steps - steps.mean(axis=0)
    size = 1 << (2 * len(steps) - 1).bit_length()
    spectrum = np.fft.rfft(steps, size, axis=0)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=0)[: n_lags + 1]
    return covariance / np.where(covariance[0] > 0, covariance[0], 1.0)


def _kpss(z):
    """Return the statistic of each column of a series, (n_columns,)."""
    n_rows = len(z)
    spread = z.std(axis=0)
    z = (z - z.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    n_lags = min(int(12 * (n_rows / 100) ** 0.25), n_rows - 1)
    variance = (z**2).mean(axis=0)
    for lag in range(1, n_lags + 1):
        covariance = (z[lag:] * z[:-lag]).sum(axis=0) / n_rows
        variance += 2 * (1 - lag / (n_lags + 1)) * covariance
    sums = (np.cumsum(z, axis=0) ** 2).sum(axis=0) / n_rows**2
    # Of a constant: any level is as good as another
    return np.where(variance > 1e-12, sums / np.maximum(variance, 1e-12), np.inf)
