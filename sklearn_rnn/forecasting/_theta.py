"""Forecasts of the Theta method, in closed form, for many series at once."""

import numpy as np

__all__ = ["theta_forecasts"]

_LEAST_ROWS = 3
# Quantile of the normal distribution: 90 % on both sides, as in the M competitions
_CRITICAL_VALUE = 1.645
# Least share of the largest value from which a series counts as positive
_LEAST_SHARE = 1e-8

# Dense near 0, where the error changes fastest
_FIRST_ALPHAS = (np.arange(1, 21) / 20) ** 2
_N_REFINEMENTS, _N_REFINED = 3, 9
# Least curvature of the squared error, relative to it, that tells a minimum
_LEAST_CURVATURE = 1e-11

_VALUES_AT_ONCE = 1 << 20


def theta_forecasts(values, lengths, horizons, sp):
    r"""Forecast series by the Theta method.

    The forecast is that of simple exponential smoothing, with half the slope of a line
    fitted by least squares as drift [2]_:

    .. math::

        \hat y_{n + h} = \ell_n + \frac{b}{2} \left(h - 1 +
        \frac{1 - (1 - \alpha)^n}{\alpha}\right), \qquad
        \ell_t = \ell_{t - 1} + \alpha (y_t - \ell_{t - 1}), \quad \ell_1 = y_1.

    It is the mean of the continued line :math:`a + b t` and of the smoothed series
    :math:`2 y_t - (a + b t)`, whose distances from the line are doubled [1]_. The
    smoothing parameter :math:`\alpha`, from .0025 to 1, minimises the squared error of
    one-step forecasts :math:`\ell_{t - 1}` of known rows.

    A series is seasonally adjusted, as in the M competitions [3]_, if at least two
    seasons are known and its autocorrelation at lag `sp` is significant at the level of
    90 %. The seasonal part is that of the classical decomposition by a centred moving
    average: a factor if all values are positive, otherwise a summand.

    Series of fewer than three rows, and constant ones, are continued by their last
    value.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_rows)
        Series, each in the first entries of its row. Known rows are finite; later ones
        may hold anything, and have no effect.
    lengths : ndarray of int of shape (n_series,)
        Number of known rows of each series, from 1 to `n_rows`.
    horizons : ndarray of int of shape (n_horizons,)
        Numbers of rows after the last known one, from 1.
    sp : int
        Number of rows in a season, at least 1; 1: there is no season.

    Returns
    -------
    forecasts : ndarray of float64 of shape (n_series, n_horizons)

    References
    ----------
    .. [1] Assimakopoulos, V., Nikolopoulos, K. (2000). The theta model: a decomposition
       approach to forecasting. International Journal of Forecasting 16(4), 521-530.
    .. [2] Hyndman, R. J., Billah, B. (2003). Unmasking the Theta method. International
       Journal of Forecasting 19(2), 287-290.
    .. [3] Makridakis, S., Spiliotis, E., Assimakopoulos, V. (2020). The M4 Competition:
       100,000 time series and 61 forecasting methods. International Journal of
       Forecasting 36(1), 54-74.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 5.0, np.nan, np.nan]])
    >>> theta_forecasts(values, np.array([4, 2]), np.array([1, 2]), sp=1)
    array([[4.5, 5. ],
           [5. , 5. ]])
    """
    values = np.asarray(values, dtype=np.float64)
    lengths, horizons = np.asarray(lengths), np.asarray(horizons)
    forecasts = np.empty((len(values), len(horizons)))
    # The longest first, so that those still known at a row stand at the start
    order = np.argsort(-lengths, kind="stable")
    first = 0
    while first < len(order):
        n_rows = lengths[order[first]]
        at = order[first : first + max(1, _VALUES_AT_ONCE // n_rows)]
        forecasts[at] = _forecasts(values[at, :n_rows], lengths[at], horizons, sp)
        first += len(at)
    return forecasts


def _forecasts(values, lengths, horizons, sp):
    """Forecast series whose lengths decrease, the first of which is all known."""
    n_rows = values.shape[1]
    is_known = np.arange(n_rows) < lengths[:, np.newaxis]
    y = np.where(is_known, values, 0.0)
    # A power of 2, by which division is exact
    scale = np.ldexp(1.0, np.frexp(np.abs(y).max(axis=1, keepdims=True))[1] - 1)
    y /= scale
    ahead = lengths[:, np.newaxis] - 1 + horizons
    added, factors = np.zeros(ahead.shape), np.ones(ahead.shape)
    at = np.flatnonzero(_is_seasonal(y, is_known, lengths, sp))
    if len(at):
        seasons, is_factor = _seasonal_parts(y[at], is_known[at], lengths[at], sp)
        of_row = seasons[:, np.arange(n_rows) % sp]
        adjusted = np.where(is_factor, y[at] / np.where(is_factor, of_row, 1.0),
                            y[at] - of_row)  # fmt: skip
        y[at] = np.where(is_known[at], adjusted, 0.0)
        of_horizon = np.take_along_axis(seasons, ahead[at] % sp, axis=1)
        factors[at] = np.where(is_factor, of_horizon, 1.0)
        added[at] = np.where(is_factor, 0.0, of_horizon)
    forecasts = _unseasonal_forecasts(y, is_known, lengths, horizons)
    return scale * (forecasts * factors + added)


def _is_seasonal(y, is_known, lengths, sp):
    """Return whether a season shows in the autocorrelation, of shape (n_series,)."""
    is_long = (lengths >= 2 * sp) & (sp > 1)
    if not is_long.any():
        return is_long
    mean = y.sum(axis=1, keepdims=True) / lengths[:, np.newaxis]
    centred = np.where(is_known, y - mean, 0.0)
    is_varied = np.ptp(np.where(is_known, y, y[:, :1]), axis=1) > 0
    # As many zeros after the rows as the longest lag, so that none meets its own start
    size = y.shape[1] + sp
    spectrum = np.fft.rfft(centred, size, axis=1)
    r = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, : sp + 1]
    r = r / np.where(is_varied & (r[:, 0] > 0), r[:, 0], 1.0)[:, np.newaxis]
    variance = (1 + 2 * (r[:, 1:sp] ** 2).sum(axis=1)) / lengths
    return is_long & is_varied & (np.abs(r[:, sp]) > _CRITICAL_VALUE * variance**0.5)


def _seasonal_parts(y, is_known, lengths, sp):
    """Decompose series by a centred moving average.

    Returns
    -------
    seasons : ndarray of shape (n_series, sp)
        Factors of mean 1, or summands of mean 0, from the phase of the first row on.
    is_factor : ndarray of bool of shape (n_series, 1)
        Whether they are factors.
    """
    n_series, n_rows = y.shape
    least = np.where(is_known, y, np.inf).min(axis=1, keepdims=True)
    is_factor = least > _LEAST_SHARE * y.max(axis=1, keepdims=True)
    sums = np.zeros((n_series, n_rows + 1))
    np.cumsum(y, axis=1, out=sums[:, 1:])
    averages = (sums[:, sp:] - sums[:, :-sp]) / sp
    if sp % 2 == 0:
        averages = (averages[:, 1:] + averages[:, :-1]) / 2
    # Number of rows at each end whose average would need rows beyond it
    half = sp // 2
    trend = np.zeros((n_series, -(-n_rows // sp) * sp))
    trend[:, half : half + averages.shape[1]] = averages
    rows = np.arange(trend.shape[1])
    has_trend = (rows >= half) & (rows < lengths[:, np.newaxis] - half)
    padded = np.zeros(trend.shape)
    padded[:, :n_rows] = y
    rest = np.where(is_factor, padded / np.where(is_factor & has_trend, trend, 1.0),
                    padded - trend)  # fmt: skip
    rest = np.where(has_trend, rest, 0.0).reshape(n_series, -1, sp)
    seasons = rest.sum(axis=1) / has_trend.reshape(rest.shape).sum(axis=1)
    mean = seasons.mean(axis=1, keepdims=True)
    seasons = np.where(is_factor, seasons / np.where(is_factor, mean, 1.0),
                       seasons - mean)  # fmt: skip
    return seasons, is_factor


def _unseasonal_forecasts(y, is_known, lengths, horizons):
    """Forecast series without a season, or seasonally adjusted ones."""
    n = lengths[:, np.newaxis]
    start = y[:, :1].copy()
    y = np.where(is_known, y - start, 0.0)
    scale = np.abs(y).max(axis=1, keepdims=True)
    scale[scale == 0] = 1.0
    y /= scale
    has_drift = n >= _LEAST_ROWS
    # About the middle of the known rows
    time = np.where(is_known, np.arange(y.shape[1]) - (n - 1) / 2, 0.0)
    slope = (time * y).sum(axis=1, keepdims=True) / np.where(
        has_drift, (time**2).sum(axis=1, keepdims=True), 1.0
    )
    level, alpha = _smoothed(y, lengths)
    n_drifts = horizons - 1 + (1 - (1 - alpha) ** n) / alpha
    forecasts = level + slope / 2 * n_drifts
    last = np.take_along_axis(y, n - 1, axis=1)
    return start + scale * np.where(has_drift, forecasts, last)


def _smoothed(y, lengths):
    """Fit simple exponential smoothing.

    The smoothing parameter is the best of a grid, then of finer ones between the
    neighbours of the best, and at last the minimum of a parabola.

    Returns
    -------
    level : ndarray of shape (n_series, 1)
        The level after the last known row.
    alpha : ndarray of shape (n_series, 1)
        The smoothing parameter.
    """
    alphas = np.tile(_FIRST_ALPHAS, (len(y), 1))
    for _ in range(_N_REFINEMENTS):
        best = _best(_smooth(y, lengths, alphas)[0])
        low = np.take_along_axis(alphas, np.maximum(best - 1, 0), axis=1)
        high = np.take_along_axis(
            alphas, np.minimum(best + 1, alphas.shape[1] - 1), axis=1
        )
        alphas = low + (high - low) * np.linspace(0, 1, _N_REFINED)
    losses = _smooth(y, lengths, alphas)[0]
    best = _best(losses)
    middle = np.clip(best, 1, _N_REFINED - 2)
    before, at, after = (
        np.take_along_axis(losses, middle + step, axis=1) for step in (-1, 0, 1)
    )
    curvature = before - 2 * at + after
    is_minimum = (best == middle) & (curvature > _LEAST_CURVATURE * at)
    offset = (before - after) / 2 / np.where(is_minimum, curvature, 1.0)
    alpha = np.take_along_axis(alphas, best, axis=1)
    alpha += np.where(is_minimum, offset * (alphas[:, 1:2] - alphas[:, :1]), 0.0)
    return _smooth(y, lengths, alpha)[1], alpha


def _best(losses):
    """Return the last place of the least loss, of shape (n_series, 1)."""
    is_least = losses <= losses.min(axis=1, keepdims=True) * (1 + 1e-12)
    return losses.shape[1] - 1 - np.argmax(is_least[:, ::-1], axis=1, keepdims=True)


def _smooth(y, lengths, alphas):
    """Smooth each series with several smoothing parameters, from its first value on.

    Parameters
    ----------
    y : ndarray of shape (n_series, n_rows)
        Series, of lengths that do not increase from one to the next.
    lengths : ndarray of int of shape (n_series,)
        Number of known rows of each series.
    alphas : ndarray of shape (n_series, n_alphas)
        Smoothing parameters.

    Returns
    -------
    losses : ndarray of shape (n_series, n_alphas)
        Sums of squared errors of one-step forecasts.
    levels : ndarray of shape (n_series, n_alphas)
        Levels after the last known row.
    """
    rows = np.ascontiguousarray(y.T)[:, :, np.newaxis]
    levels = rows[0] + np.zeros(alphas.shape)
    losses, errors, steps = np.zeros((3, *alphas.shape))
    # Number of series that still have a row, at each but the first
    n_left = len(lengths) - np.searchsorted(
        lengths[::-1], np.arange(1, len(rows)), side="right"
    )
    for row, n in zip(rows[1:], n_left, strict=True):
        error, step, level = errors[:n], steps[:n], levels[:n]
        np.subtract(row[:n], level, out=error)
        np.multiply(error, alphas[:n], out=step)
        level += step
        np.square(error, out=step)
        losses[:n] += step
    return losses, levels
