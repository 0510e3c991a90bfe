"""The y and X that users give, and short errors for those that sktime cannot read."""

import re
from collections.abc import Sequence
from functools import wraps
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sktime.forecasting.base import ForecastingHorizon

from sklearn_rnn._checks import short, shortened

__all__ = [
    "Forecast",
    "Horizon",
    "TimeSeries",
    "as_numbers",
    "raise_short",
    "takes_series",
]

# The containers that most people use; sktime reads further ones.
TimeSeries: TypeAlias = pd.Series | pd.DataFrame | NDArray[Any] | list[pd.DataFrame]
# Forecasts come in the container of y, which a type cannot tell.
Forecast: TypeAlias = Any
Horizon: TypeAlias = (
    int | Sequence[int] | NDArray[np.int_] | pd.Index | ForecastingHorizon
)

_LONGEST = 300


def as_numbers(values, name):
    """Return a user's y or X; an array of objects becomes an array of floats.

    sktime takes an array of objects for a list of series, and lets times, time spans
    and complex numbers pass as numbers.

    Parameters
    ----------
    values : object
        The user's y or X.
    name : str
        Its name in errors.

    Returns
    -------
    values : object
        An array of objects as float64; anything else unchanged.

    Raises
    ------
    TypeError
        If the values are not numbers.
    """
    if np.ma.isMaskedArray(values):
        if np.ma.getmaskarray(values).any():
            raise ValueError(f"{name} has masked values; fill them first.")
        values = values.data
    if isinstance(values, np.ndarray) and values.dtype.kind == "O":
        values = _as_floats(values, name)
    if isinstance(values, pd.DataFrame):
        dtypes = values.dtypes.tolist()
    else:
        dtypes = [getattr(values, "dtype", None)]
    for dtype in dtypes:
        if isinstance(dtype, np.dtype) and dtype.kind in "cmMSUV":
            raise TypeError(f"{name} holds values of {dtype}; it must hold numbers.")
    return values


def takes_series(method, *, may_be_none=False):
    """Check that y has rows before a method of sktime reads it.

    Parameters
    ----------
    method : callable
        Its first argument is y.
    may_be_none : bool, default=False
        Whether y may be None.

    Returns
    -------
    method : callable
        The method, behind the check.
    """

    @wraps(method)
    def take(self, y=None, *args, **kwargs):
        try:
            can_be_read = may_be_none if y is None else len(y) >= 0
        except Exception:  # len may raise anything
            can_be_read = False
        if not can_be_read:
            raise TypeError(
                f"y={short(y)} must be a Series, a DataFrame or an array of rows in "
                "time order."
            )
        return method(self, y, *args, **kwargs)

    return take


def _as_floats(values, name):
    is_text = any(isinstance(value, str | bytes) for value in values.flat)
    try:
        floats = None if is_text else values.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        floats = None
    if floats is None:
        raise TypeError(f"{name}={short(values)} must hold numbers.")
    return floats


def raise_short(error, *, X, y):
    """Raise a short error in place of a long error of sktime.

    Return without an error if the error is short and names X or y.

    Parameters
    ----------
    error : Exception
        The error of sktime.
    X, y : object
        The user's data.

    Raises
    ------
    TypeError or ValueError
        With one sentence that names X or y.
    """
    message = str(error)
    is_ours = isinstance(error, (TypeError, ValueError)) and len(message) < _LONGEST
    if is_ours and ("X" in message.split() or "y" in message.split()):
        return
    # If both are given, sktime's error names y if y is at fault.
    is_X = X is not None and (y is None or "input y" not in message)
    name, value = ("X", X) if is_X else ("y", y)
    kind = ValueError if isinstance(error, ValueError) else TypeError
    reason = shortened(_reason_in(message, value), 220)
    raise kind(f"{name} cannot be read as a time series: {reason}") from error


def _reason_in(message, value):
    """Return the part of sktime's message that is about the type of `value`."""
    mtype = {list: "df-list", np.ndarray: "np.ndarray", pd.Series: "pd.Series"}.get(
        type(value), "pd.DataFrame"
    )
    if isinstance(getattr(value, "index", None), pd.MultiIndex):
        mtype = "pd-multiindex"
    pattern = rf"\[{re.escape(mtype)}: (.*?)\]\s*(?:\[[\w.-]+: |$)"
    found = re.search(pattern, message, flags=re.DOTALL)
    return f"{found[1].rstrip('.')}." if found else message
