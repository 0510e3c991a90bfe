"""From a series to windows and the values that follow them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from sklearn_rnn._checks import is_integer, read_count, short
from sklearn_rnn._rows.forms import check_order, check_table, read_array
from sklearn_rnn._sequences.sequences import check_finite

__all__ = ["WINDOW_DTYPES", "make_windows"]

WINDOW_DTYPES = (np.float64, np.float32, np.float16)  # others become the first


def make_windows(
    series: ArrayLike,
    window_length: int,
    horizon: int = 1,
    *,
    target: int | str = 0,
    step: int = 1,
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    r"""Cut a series into windows and the values that follow them.

    With ``s = series`` and ``t`` the target column, pair k is

    .. math::

        X_k = s[k \cdot \mathtt{step} : k \cdot \mathtt{step} + w], \qquad
        y_k = s[k \cdot \mathtt{step} + w : k \cdot \mathtt{step} + w + h, t]

    for ``k = 0 .. n - 1``, where ``w = window_length``, ``h = horizon`` and
    ``n = (n_rows - w - h) // step + 1``.

    Parameters
    ----------
    series : array-like of shape (n_rows,) or (n_rows, n_features)
        Rows in time order, finite numbers.
    window_length : int
        Number of rows in a window, at least 1.
    horizon : int, default=1
        Number of rows to predict after each window, at least 1.
    target : int or str, default=0
        The column whose next values are predicted: its number, counted from 0, or its
        name if `series` is a DataFrame.
    step : int, default=1
        Number of rows between the starts of successive windows, at least 1.

    Returns
    -------
    X : ndarray of shape (n, window_length, n_features)
        The windows, oldest row first: a read-only view on the series.
    y : ndarray of shape (n,) or (n, horizon)
        The next value of the target column, or with ``horizon > 1`` the next
        `horizon` values: a read-only view on the series.

    Raises
    ------
    ValueError
        If the series is shorter than ``window_length + horizon`` rows, holds NaN or
        infinity, or a parameter is out of range.
    TypeError
        If a length is not an integer.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import make_windows
    >>> X, y = make_windows(np.arange(6.0), window_length=3)
    >>> X[:, :, 0]
    array([[0., 1., 2.],
           [1., 2., 3.],
           [2., 3., 4.]])
    >>> y
    array([3., 4., 5.])
    >>> make_windows(np.arange(3.0), window_length=3)
    Traceback (most recent call last):
        ...
    ValueError: series has 3 rows; window_length=3 and horizon=1 need at least 4.
    """
    window_length = read_count(window_length, "window_length")
    horizon, step = read_count(horizon, "horizon"), read_count(step, "step")
    check_order(series, "series")
    rows = read_array(series, "series", dtypes=WINDOW_DTYPES)
    if rows.ndim == 0:
        raise ValueError(
            "series must be of shape (n_rows,) or (n_rows, n_features), got "
            f"{short(series)}."
        )
    check_table(rows, "series", min_samples=0, least_axes=1)
    rows = rows[:, np.newaxis] if rows.ndim == 1 else rows
    column = _column_number(series, target, rows.shape[1])
    check_finite(rows, name="series")
    n_windows = (len(rows) - window_length - horizon) // step + 1
    if n_windows < 1:
        raise ValueError(
            f"series has {len(rows)} rows; window_length={short(window_length)} and "
            f"horizon={short(horizon)} need at least {short(window_length + horizon)}."
        )
    # (n_rows - w + 1, n_features, w) -> (n, w, n_features)
    X = sliding_window_view(rows, window_length, axis=0)
    X = X[: (n_windows - 1) * step + 1 : step].transpose(0, 2, 1)
    y = sliding_window_view(rows[window_length:, column], horizon)
    y = y[: (n_windows - 1) * step + 1 : step]
    return X, y[:, 0] if horizon == 1 else y


def _column_number(series, target, n_features):
    """Return the number of the target column."""
    names = list(getattr(series, "columns", ()))
    if isinstance(target, str):
        if target in names:
            return names.index(target)
        valid = f"one of {short(names, 150)}" if names else "a column number"
        why = "" if names else ": series has no names"
        raise ValueError(
            f"target={short(target)} is not a column of series; use {valid}{why}."
        )
    if not is_integer(target):
        raise TypeError(
            f"target must be a column's number or name, got {short(target)}."
        )
    if not 0 <= target < n_features:
        raise ValueError(
            f"target={short(target)} is not a column of series, which has "
            f"{n_features}: use 0 to {n_features - 1}."
        )
    return int(target)
