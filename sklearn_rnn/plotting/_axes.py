"""What all displays share: matplotlib, once it is needed, colours, and checks."""

from collections.abc import Mapping
from contextlib import contextmanager
from importlib import import_module

import numpy as np
import pandas as pd

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

# Okabe and Ito's colours, which stay apart for people who are colour-blind.
INK, GREY = "#22262b", "#8a8f96"
BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072b2", "#d55e00", "#009e73", "#aa4499", "#56b4e9"
# What is drawn: beyond it matplotlib's limits and scales overflow.
LARGEST = 1e100

COLORS = (BLUE, ORANGE, GREEN, PURPLE, SKY, INK)


def get_matplotlib(module="matplotlib.pyplot"):
    """Return a module of matplotlib, which nothing loads before it draws.

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


def find_axes(ax, n_axes=1, name="ax", **layout):
    """Return axes to draw in, new ones where there are none.

    Parameters
    ----------
    ax : matplotlib Axes, array-like of them or None
        What the user gave.
    n_axes : int, default=1
        How many are needed.
    name : str, default="ax"
        What it is called in errors.
    **layout : dict
        Keywords of ``matplotlib.pyplot.subplots``, for new axes.

    Returns
    -------
    axes : ndarray of shape (n_axes,)
        Axes.
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


def mix_with_white(color, part):
    """Return a lighter colour: `part`, in [0, 1], of one, the rest white."""
    rgb = np.array(get_matplotlib("matplotlib.colors").to_rgb(color))
    return tuple(1 - part * (1 - rgb))


def set_limits(axis, values):
    """Let an axis begin and end a little outside of `values`, (n_values,)."""
    first, last = np.min(values), np.max(values)
    room = (last - first) / 50
    if last == first:
        room = np.timedelta64(12, "h") if values.dtype.kind == "M" else 0.5
    axis.set_xlim(first - room, last + room)


def check_flag(value, name):
    """Raise where a parameter is neither True nor False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={short(value)} must be True or False.")


def check_text(value, name, *, allows_none=False):
    """Raise where a parameter is no text."""
    if not (isinstance(value, str) or (allows_none and value is None)):
        valid = "a str or None" if allows_none else "a str"
        raise TypeError(f"{name}={short(value)} must be {valid}.")


def check_keywords(**given):
    """Raise where a parameter that holds keywords is neither a dict nor None."""
    for name, value in given.items():
        if not (value is None or isinstance(value, Mapping)):
            raise TypeError(f"{name}={short(value)} must be a dict or None.")


@contextmanager
def naming(name, given):
    """Name a user's keywords in the error of matplotlib that they lead to."""
    try:
        yield
    except Exception as error:
        if not given:
            raise
        raise ValueError(
            f"{name}={short(given)} is not what matplotlib takes: "
            f"{shortened(str(error), 120)}."
        ) from error


def read_values(values, name, axes, *, allows_nan=False):
    """Return what the user gave as an array of float64.

    Parameters
    ----------
    values : array-like
        What the user gave.
    name : str
        What it is called in errors.
    axes : tuple of str and int
        Names of the axes that have any size but 0, sizes of the others.
    allows_nan : bool, default=False
        Whether NaN may stand for what is missing.

    Returns
    -------
    values : ndarray
        A copy is made only where it has to be.
    """
    shape = f"({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''})"
    valid = f"it must be an array of finite numbers of shape {shape}"
    if allows_nan:
        valid += ", or NaN where there is none"
    try:
        array = _as_floats(values)
    except Exception as error:  # whatever an array-like of the user's own raises
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


def read_texts(values, n_values):
    """Return so many labels as a list of str, or None where they are not that."""
    if isinstance(values, str):
        values = [values]
    kinds = list | tuple | np.ndarray | pd.Index | pd.Series
    if not isinstance(values, kinds) or getattr(values, "ndim", 1) != 1:
        return None
    texts = list(values)
    is_text = all(isinstance(one, str | int | np.integer) for one in texts)
    return list(map(str, texts)) if len(texts) == n_values and is_text else None


def _as_floats(values):
    """Return an array of float64, NaN where one of numpy's is masked."""
    array = np.asarray(values)
    if array.dtype.kind not in "biufO":
        raise TypeError(f"dtype {array.dtype}")
    if array.dtype.kind == "O" and any(isinstance(v, str | bytes) for v in array.flat):
        raise TypeError("it holds text")
    floats = array.astype(np.float64, copy=False)
    mask = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else None
    return floats if mask is None else np.where(mask, np.nan, floats)
