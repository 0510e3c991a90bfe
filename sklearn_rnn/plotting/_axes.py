"""Axes, colours and checked data, for all displays."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_rnn._checks import short, shortened

__all__ = [
    "BLUE",
    "COLORS",
    "GREY",
    "INK",
    "LARGEST",
    "ORANGE",
    "check_flag",
    "check_keywords",
    "check_text",
    "find_axes",
    "get_matplotlib",
    "mix_with_white",
    "naming",
    "read_texts",
    "read_values",
    "set_limits",
]

# Okabe and Ito's colours, which colour-blind people can tell apart.
INK, GREY = "#22262b", "#8a8f96"
BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072b2", "#d55e00", "#009e73", "#aa4499", "#56b4e9"
# The largest number that is drawn: beyond it matplotlib's limits and scales overflow.
LARGEST = 1e100

COLORS = (BLUE, ORANGE, GREEN, PURPLE, SKY, INK)


def get_matplotlib(module: str = "matplotlib.pyplot") -> Any:
    """Return a module of matplotlib, which is loaded only to draw.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            "sklearn_rnn.plotting draws with matplotlib, which cannot be imported: "
            "python -m pip install 'sklearn-rnn[plot]' installs it."
        ) from error


def find_axes(
    ax: Any, n_axes: int = 1, name: str = "ax", **layout: Any
) -> NDArray[np.object_]:
    """Return the axes to draw in; make them if none are given.

    Parameters
    ----------
    ax : matplotlib Axes, array-like of them or None
        The user's value; None: make new axes.
    n_axes : int, default=1
        Number of axes that are needed.
    name : str, default="ax"
        Name of the parameter, for errors.
    **layout : dict
        Keywords of ``matplotlib.pyplot.subplots``, for new axes.

    Returns
    -------
    axes : ndarray of shape (n_axes,)
        The axes.
    """
    plt = get_matplotlib()
    if ax is None:
        _, axes = plt.subplots(1, n_axes, squeeze=False, layout="constrained", **layout)
        return axes[0]
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    valid = "matplotlib Axes" if n_axes == 1 else f"{n_axes} matplotlib Axes"
    kind = get_matplotlib("matplotlib.axes").Axes
    if not all(isinstance(one, kind) for one in axes):
        raise TypeError(f"{name}={short(ax)} must be {valid}, or None for new ones.")
    if len(axes) != n_axes:
        raise ValueError(
            f"{name} holds {len(axes)} Axes; it must be {valid}, or None for new ones."
        )
    return axes


def mix_with_white(color: str, part: float) -> tuple[float, ...]:
    """Return a lighter colour: `part`, in [0, 1], of `color`, the rest white."""
    rgb = np.array(get_matplotlib("matplotlib.colors").to_rgb(color))
    return tuple(1 - part * (1 - rgb))


def set_limits(axis: Any, values: NDArray[Any]) -> None:
    """Set the limits of x a little outside of `values`, of shape (n_values,)."""
    first, last = np.min(values), np.max(values)
    room = (last - first) / 50
    if last == first:
        room = np.timedelta64(12, "h") if values.dtype.kind == "M" else 0.5
    axis.set_xlim(first - room, last + room)


def check_flag(value: object, name: str) -> None:
    """Raise a TypeError unless a parameter is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={short(value)} must be True or False.")


def check_text(value: object, name: str, *, allows_none: bool = False) -> None:
    """Raise a TypeError unless a parameter is a text, or None if that is allowed."""
    if not (isinstance(value, str) or (allows_none and value is None)):
        valid = "a str or None" if allows_none else "a str"
        raise TypeError(f"{name}={short(value)} must be {valid}.")


def check_keywords(**given: object) -> None:
    """Raise a TypeError unless each parameter is a dict of keywords or None."""
    for name, value in given.items():
        if not (value is None or isinstance(value, Mapping)):
            raise TypeError(f"{name}={short(value)} must be a dict or None.")


@contextmanager
def naming(name: str, given: Mapping[str, Any] | None) -> Iterator[None]:
    """Name the user's keywords in an error that they cause in matplotlib."""
    try:
        yield
    except Exception as error:
        if not given:
            raise
        raise ValueError(
            f"{name}={short(given)} is not what matplotlib takes: "
            f"{shortened(str(error), 120)}."
        ) from error


def read_values(
    values: Any,
    name: str,
    axes: tuple[str | int, ...],
    *,
    allows_nan: bool = False,
) -> NDArray[np.float64]:
    """Return data to draw as an array of float64.

    Parameters
    ----------
    values : array-like
        The user's data.
    name : str
        Name of the parameter, for errors.
    axes : tuple of str and int
        For each axis its size, or its name if it may have any size but 0.
    allows_nan : bool, default=False
        Whether NaN is allowed, for missing values.

    Returns
    -------
    values : ndarray
        The data, copied only if necessary.
    """
    shape = f"({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''})"
    valid = f"it must be an array of finite numbers of shape {shape}"
    if allows_nan:
        valid += ", or NaN where there is none"
    try:
        array = _as_floats(values)
    except Exception as error:  # from an array-like of the user's own
        words = shortened(str(error), 80)
        raise TypeError(f"{name} cannot be read as numbers ({words}); {valid}.") from (
            error
        )
    fits = array.ndim == len(axes) and all(
        size == wanted if isinstance(wanted, int) else size > 0
        for size, wanted in zip(array.shape, axes, strict=True)
    )
    if not fits:
        raise ValueError(f"{name} has shape {array.shape}; {valid}.")
    bad = np.isinf(array) if allows_nan else ~np.isfinite(array)
    if not bad.any():
        bad, valid = np.abs(array) > LARGEST, f"it must be at most {LARGEST:g} in size"
    if bad.any():
        at = tuple(int(i) for i in np.argwhere(bad)[0])
        place = at[0] if len(at) == 1 else at
        raise ValueError(f"{name} holds {array[at]} at {place}; {valid}.")
    return array


def read_texts(values: Any, n_values: int) -> list[str] | None:
    """Return `n_values` labels as a list of str, or None if `values` are not that."""
    if isinstance(values, str):
        values = [values]
    kinds = list | tuple | np.ndarray | pd.Index | pd.Series
    if not isinstance(values, kinds) or getattr(values, "ndim", 1) != 1:
        return None
    texts = list(values)
    is_text = all(isinstance(one, str | int | np.integer) for one in texts)
    return list(map(str, texts)) if len(texts) == n_values and is_text else None


def _as_floats(values):
    """Return an array of float64, with NaN at masked values."""
    array = np.asarray(values)
    if array.dtype.kind not in "biufO":
        raise TypeError(f"dtype {array.dtype}")
    if array.dtype.kind == "O" and any(isinstance(v, str | bytes) for v in array.flat):
        raise TypeError("it holds text")
    floats = array.astype(np.float64, copy=False)
    mask = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else None
    return floats if mask is None else np.where(mask, np.nan, floats)
