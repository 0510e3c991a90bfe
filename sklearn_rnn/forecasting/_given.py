"""What users give for y and X, and one sentence where sktime cannot read it."""

import re
from functools import wraps

import numpy as np
import pandas as pd

from sklearn_rnn._checks import short, shortened

__all__ = ["as_numbers", "raise_short", "takes_series"]

_LONGEST = 300


def as_numbers(values, name):
    """Return what was given, an array of objects as one of numbers.

    sktime takes such an array for a list of series, and lets times, time spans and
    complex numbers pass as numbers.

    Parameters
    ----------
    values : object
        What the user gave.
    name : str
        What it is called in the error.

    Returns
    -------
    values : object
        As they were, but for an array of objects.

    Raises
    ------
    TypeError
        If the values are none that a forecast can be made of.
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
    """Let a method of sktime name y where y is nothing that has rows.

    Parameters
    ----------
    method : callable
        Its first argument is y.
    may_be_none : bool, default=False
        Whether y may be None.

    Returns
    -------
    method : callable
        The same, behind a check.
    """

    @wraps(method)
    def take(self, y=None, *args, **kwargs):
        try:
            can_be_read = may_be_none if y is None else len(y) >= 0
        except Exception:  # no rows, or an object of no number of them
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
    """Raise an error of sktime anew, if it is no short sentence about X or y.

    Parameters
    ----------
    error : Exception
        What sktime raised.
    X, y : object
        What the user gave.

    Raises
    ------
    TypeError or ValueError
        Of one sentence that names X or y.
    """
    message = str(error)
    is_ours = isinstance(error, (TypeError, ValueError)) and len(message) < _LONGEST
    if is_ours and ("X" in message.split() or "y" in message.split()):
        return
    # Of both, sktime names y where y is the wrong one.
    is_X = X is not None and (y is None or "input y" not in message)
    name, value = ("X", X) if is_X else ("y", y)
    kind = ValueError if isinstance(error, ValueError) else TypeError
    reason = shortened(_reason_in(message, value), 220)
    raise kind(f"{name} cannot be read as a time series: {reason}") from error


def _reason_in(message, value):
    """Return what sktime says of the container that was given, of all that it tries."""
    mtype = {list: "df-list", np.ndarray: "np.ndarray", pd.Series: "pd.Series"}.get(
        type(value), "pd.DataFrame"
    )
    if isinstance(getattr(value, "index", None), pd.MultiIndex):
        mtype = "pd-multiindex"
    pattern = rf"\[{re.escape(mtype)}: (.*?)\]\s*(?:\[[\w.-]+: |$)"
    found = re.search(pattern, message, flags=re.DOTALL)
    return f"{found[1].rstrip('.')}." if found else message
