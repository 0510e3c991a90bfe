"""Input in any container, read as an array of numbers or refused in a sentence."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils import check_array

from sklearn_rnn._checks import short, shortened
from sklearn_rnn._upstream.sklearn_private import (
    check_feature_names,
    check_n_features,
    get_feature_names,
)

from .timed_rows import read_rows

__all__ = [
    "as_list",
    "check_names",
    "check_order",
    "check_table",
    "columns_of",
    "names_of_list",
    "read_array",
    "read_table",
]

FLOATS = (np.float64, np.float32)

_TIMES = (date, time, timedelta, np.datetime64, np.timedelta64, pd.Period)
_MOST_CHARACTERS = 295  # of an error
# Errors of containers, which anyone may write.
_UNREADABLE = (TypeError, ValueError, ArithmeticError, RuntimeError, LookupError)
_ARRAYS = "an array, a DataFrame or a list of numbers"
_NO_NUMBERS = (
    "are not numbers: set them as the index, leave them out, or give them as "
    "numbers (an hour, a day of the week)."
)
_SEQUENCES = (
    " Give a 3-D array, (n_samples, n_steps, n_features), or a list with one (n_steps, "
    "n_features) array for each sequence."
)
_RESHAPE = (
    "Reshape your data either using array.reshape(-1, 1) if your data has a single "
    "feature or array.reshape(1, -1) if it contains a single sample."
)


def read_array(
    given, name, *, dtypes=FLOATS, finite=False, copy=False, shape="", hint=""
):
    """Return numbers in any container as an array.

    Parameters
    ----------
    given : object
        Numbers from the user: an array, a table, lists, or anything that numpy reads.
        Masked values become NaN.
    name : str
        Name of the argument in an error.
    dtypes : tuple of dtype, default=(float64, float32)
        Dtypes that are kept; all others become the first.
    finite : bool, default=False
        Whether NaN and infinity are an error.
    copy : bool, default=False
        Whether the array must share no memory with `given`.
    shape : str, default=""
        Valid shape, for an error.
    hint : str, default=""
        End of an error about a value that is not a number.

    Returns
    -------
    array : ndarray
        The numbers, with any number of axes.

    Raises
    ------
    TypeError, ValueError
        If `given` cannot be read as numbers; one sentence.
    """
    if not finite and not copy and _is_plain(given, dtypes):
        return np.asarray(given)  # at a fraction of the time
    given = _opened(given, name, shape)
    _check_dates(given, name, hint)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            array = check_array(
                given,
                dtype=dtypes,
                ensure_2d=False,
                allow_nd=True,
                ensure_all_finite=finite,
                ensure_min_samples=0,
                ensure_min_features=0,
                input_name=name,
                copy=copy,
            )
    except _UNREADABLE as error:
        raise _in_one_sentence(error, given, name, shape, hint) from error
    # A copy made by pandas may be read-only too.
    return array.copy() if copy and not array.flags.writeable else array


def read_table(estimator, X, *, reset, dtypes=FLOATS):
    """Return 2-D `X` as an array, and check its columns against those of ``fit``.

    Parameters
    ----------
    estimator : estimator
        In ``fit`` it gets ``n_features_in_`` and ``feature_names_in_``.
    X : object
        Rows from the user.
    reset : bool
        Whether to remember the columns, as in ``fit``.
    dtypes : tuple of dtype, default=(float64, float32)
        Dtypes that are kept; all others become the first.

    Returns
    -------
    array : ndarray of shape (n_rows, n_features)
        The rows; they may hold NaN and infinity.
    """
    array = read_array(X, "X", dtypes=dtypes)
    check_table(array)
    check_names(estimator, X, reset=reset)
    check_n_features(estimator, array, reset=reset)
    return array


def check_names(estimator, X, *, reset):
    """Check column names against those of ``fit``, or remember them.

    The check is scikit-learn's; its error is shorter here, and names X.

    Parameters
    ----------
    estimator : estimator
        In ``fit`` it gets ``feature_names_in_``.
    X : object
        A table, or anything else, which has no names.
    reset : bool
        Whether to remember the names, as in ``fit``.
    """
    try:
        check_feature_names(estimator, X, reset=reset)
    except TypeError as error:
        kinds = sorted({type(name).__name__ for name in X.columns})
        raise TypeError(
            f"X has column names of several types ({', '.join(kinds)}); make all of "
            "them strings: X.columns = X.columns.astype(str)."
        ) from error
    except ValueError as error:
        columns = pd.Index(columns_of(X))
        if columns.has_duplicates:
            repeated = list(columns[columns.duplicated()].unique())
            raise ValueError(
                f"X has several columns of one name, {short(repeated)}; every column "
                "needs a name of its own."
            ) from error
        fitted, names = list(estimator.feature_names_in_), list(get_feature_names(X))
        new = [name for name in names if name not in fitted]
        missing = [name for name in fitted if name not in names]
        how = [f"unseen at fit time: {short(new)}"] if new else []
        how += [f"seen at fit time, yet now missing: {short(missing)}"] * bool(missing)
        how = how or [f"in the same order as they were in fit: {short(fitted, 90)}"]
        raise ValueError(
            "X has other columns than in fit: feature names should match those that "
            f"were passed during fit; {'; '.join(how)}."
        ) from error


def check_table(array, name="X", *, min_samples=1, least_axes=2, most_axes=2):
    """Raise a ValueError if an array is not a table with rows and columns.

    Parameters
    ----------
    array : ndarray
        The array.
    name : str, default="X"
        Name of the array in the error.
    min_samples : int, default=1
        Least number of rows.
    least_axes, most_axes : int, default=2
        Least and largest number of axes.
    """
    if array.ndim < least_axes:
        kind = "scalar array" if array.ndim == 0 else "1D array"
        shown = short(array.item()) if array.ndim == 0 else f"of shape {array.shape}"
        raise ValueError(
            f"Expected 2D array, got {kind} instead: {name} is {shown}. {_RESHAPE}"
        )
    if array.ndim > most_axes:
        raise ValueError(
            f"{name} has {array.ndim} axes: Found array with dim {array.ndim}, while "
            f"dim <= {most_axes} is required."
        )
    if array.shape[:1] < (min_samples,) and min_samples:
        raise ValueError(
            f"{name} has too few rows: Found array with {len(array)} sample(s) "
            f"(shape={array.shape}) while a minimum of {min_samples} is required."
        )
    if array.ndim == 2 and array.shape[1] == 0:
        raise ValueError(
            f"{name} has no column: Found array with 0 feature(s) "
            f"(shape={array.shape}) while a minimum of 1 is required."
        )


def as_list(given):
    """Return the parts of a list or a similar container; None for anything else.

    Parameters
    ----------
    given : object
        Tuples and other sequences are read as lists, as are Series and arrays with one
        axis whose values are objects.

    Returns
    -------
    parts : list, tuple or None
        The parts.
    """
    if isinstance(given, (list, tuple)):
        return given
    if isinstance(given, np.ndarray):
        return list(given) if given.dtype == object and given.ndim == 1 else None
    if hasattr(given, "__array__"):
        # A Series of arrays or lists; tables have columns, and arrays more axes.
        if hasattr(given, "columns") or getattr(given, "ndim", 1) != 1:
            return None
        if getattr(getattr(given, "dtype", None), "kind", "O") != "O":
            return None
        try:
            values = np.asarray(given)
        except _UNREADABLE:  # `read_array` says why
            return None
        return list(values) if values.dtype == object and values.ndim == 1 else None
    if isinstance(given, Sequence) and not isinstance(given, (str, bytes, bytearray)):
        return None if isinstance(given, memoryview) else list(given)
    return None


def columns_of(table):
    """Return the column labels of a table as a list, or None for anything else."""
    columns = getattr(table, "column_names", None)  # pyarrow
    columns = getattr(table, "columns", None) if columns is None else columns
    return None if columns is None else list(columns)


def names_of_list(parts, name="X"):
    """Return the column names that all tables of a list share, or None.

    Parameters
    ----------
    parts : list
        Arrays, tables or Series; at least one.
    name : str, default="X"
        Name of the list in an error.

    Returns
    -------
    names : ndarray of str or None
        The names; None where the parts have none.

    Raises
    ------
    ValueError
        If the parts have different columns, or only some parts have names.
    """
    first = columns_of(parts[0])
    for row, part in enumerate(parts):
        columns = columns_of(part)
        if columns == first:
            continue
        if _have_names(parts[0]) != _have_names(part):
            named, other = (0, row) if _have_names(parts[0]) else (row, 0)
            raise ValueError(
                f"{name}[{named}] has column names and {name}[{other}] has none: all "
                "parts of a list must have them, or none."
            )
        if first is None or columns is None:
            continue
        if _have_names(part) or set(columns) == set(first):
            raise ValueError(
                f"{name}[{row}] has the columns {short(columns)}, and {name}[0] "
                f"{short(first)}: the feature names of all parts of a list should "
                "match, and be in the same order."
            )
    return get_feature_names(parts[0])


def _have_names(table):
    return get_feature_names(table) is not None


def check_order(table, name):
    """Raise a ValueError if the index of a table or Series goes back in time.

    Parameters
    ----------
    table : object
        A table from the user; only a pandas object has an index.
    name : str
        Name of the table in the error.
    """
    index = getattr(table, "index", None)
    if not isinstance(index, pd.Index):
        return
    if not isinstance(index, pd.MultiIndex) and index.is_monotonic_increasing:
        return
    try:
        rows = read_rows(np.empty((len(index), 0)), table)
    except ValueError as error:
        raise ValueError(f"{name} has an index that is not read: {error}") from error
    if not rows.tells_time:
        return
    order = slice(None)
    if rows.series is not None:
        order = np.argsort(rows.series, kind="stable")
    back = rows.steps(order) < 0
    if back.any():
        row = np.arange(rows.n_rows)[order][int(np.argmax(back)) + 1]
        raise ValueError(
            f"The index of {name} goes back in time at row {row}: steps must be oldest "
            "first (sort the rows, or drop an index that is not their order)."
        )


# ------------------------------------------------------------------------- containers


def _is_plain(given, dtypes):
    """Tell whether an array or a DataFrame holds only numbers of these dtypes."""
    if type(given) is np.ndarray:
        return given.dtype in dtypes
    return isinstance(given, pd.DataFrame) and all(
        isinstance(dtype, np.dtype) and dtype in dtypes for dtype in given.dtypes
    )


def _opened(given, name, shape):
    """Return a container that numpy and scikit-learn read, or raise."""
    if isinstance(given, np.ma.MaskedArray):
        return _unmasked(given)
    if isinstance(given, np.ndarray) or issparse(given):
        if getattr(given.dtype, "names", None):
            raise TypeError(
                f"{name} is a structured array with the fields "
                f"{short(given.dtype.names)}; give them as columns, such as "
                f"numpy.lib.recfunctions.structured_to_unstructured({name})."
            )
        return given
    if given is None or given is pd.NA or given is pd.NaT:
        raise ValueError(f"{name} is {given!r}; it must be {_ARRAYS}{shape}.")
    if hasattr(given, "to_pandas") and hasattr(given, "column_names"):  # pyarrow
        return given.to_pandas(ignore_metadata=True)
    if isinstance(given, Mapping) or _is_lazy(given):
        raise _no_array(given, name)
    parts = as_list(given)
    if parts is not None:
        return _without_masks(parts)
    return given


def _is_lazy(given):
    """Tell whether an object has parts, but is neither an array nor a list.

    Examples are iterators, sets, a polars LazyFrame and groups of rows. Only the type
    is asked, as attributes of a LazyFrame warn.
    """
    kind = type(given)
    ways = ("__array__", "__array_interface__", "__array_struct__")
    if any(hasattr(given, way) for way in ways):
        return False
    is_list = hasattr(kind, "__len__") and hasattr(kind, "__getitem__")
    return not is_list and (isinstance(given, Iterable) or hasattr(kind, "__getitem__"))


def _no_array(given, name):
    """Return an error that names the type of an object that holds no numbers."""
    kind = type(given).__name__
    return TypeError(f"{name} is {_article(kind)} {kind}; it must be {_ARRAYS}.")


def _article(noun):
    return "an" if noun[0] in "AEIOUaeiou" else "a"


def _unmasked(array):
    """Return a masked array with NaN where its mask is set."""
    if not np.ma.is_masked(array):
        return array.data
    dtype = array.dtype if array.dtype.kind in "fcO" else np.float64
    if array.dtype.kind not in "biufcO":
        return array.filled()
    return array.astype(dtype).filled(np.nan)


def _without_masks(parts):
    """Return nested lists with NaN for masked values; without masks `parts` itself."""
    if any(isinstance(part, (list, tuple, np.ma.MaskedArray)) for part in parts):
        return [
            _unmasked(part)
            if isinstance(part, np.ma.MaskedArray)
            else _without_masks(part)
            if isinstance(part, (list, tuple))
            else part
            for part in parts
        ]
    return parts


# ----------------------------------------------------------- values that are no numbers


def _check_dates(given, name, hint):
    """Raise a TypeError if the dtypes of a container are those of dates."""
    columns = getattr(given, "columns", None)
    if columns is None or not hasattr(given, "dtypes"):
        if _is_time(getattr(given, "dtype", None)):
            raise _of_dates(name, str(given.dtype), hint)
        return
    for column, dtype in zip(columns, given.dtypes, strict=True):
        if _is_time(dtype):
            raise _of_dates(f"Column {short(column)} of {name}", str(dtype), hint)


def _of_dates(place, dates, hint):
    """Return an error about dates, which are no numbers."""
    end = f"are not numbers.{hint}" if hint else _NO_NUMBERS
    return TypeError(f"{place} holds dates ({dates}), which {end}")


def _is_time(dtype):
    """Tell whether a dtype of numpy, pandas or polars is for dates or times."""
    if getattr(dtype, "kind", "O") in "Mm":
        return True
    if hasattr(dtype, "is_temporal"):  # polars
        return bool(dtype.is_temporal())
    kind = getattr(dtype, "type", None)
    return isinstance(kind, type) and issubclass(kind, _TIMES)


def _in_one_sentence(error, given, name, shape, hint):
    """Return an error that names the argument and its first value that is no number."""
    kind = TypeError if isinstance(error, TypeError) else ValueError
    said = str(error).splitlines()[0].rstrip(".")
    is_uneven = "inhomogeneous" in said
    if is_uneven and as_list(given) is None and not hasattr(given, "__array__"):
        return _no_array(given, name)  # groups of rows
    said = (_uneven(given, name) if is_uneven else "") or said
    value, place = (None, None) if is_uneven else _first_other(given)
    at = "" if place is None else f" at {place}"
    if isinstance(value, _TIMES):
        return _of_dates(name, f"{short(value)}{at}", hint)
    if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) > 0:
        return kind(
            f"{name} is nested:{at} it holds a {type(value).__name__}, not a number."
            + (_SEQUENCES if name == "X" else hint)
        )
    if isinstance(value, (complex, np.complexfloating)):
        kind, said = ValueError, "Complex data not supported"
    elif said.startswith("float() argument"):
        if place is None:
            return _no_array(given, name)
        # scikit-learn's checks want most of Python's words.
        noun = shortened(type(value).__name__)
        said = f"an argument must be a string or a number, not {_article(noun)} {noun}"
    if place is None and not is_uneven and _names(said, name):
        return kind(f"{said}.")
    begin = f"{name} cannot be read as an array of numbers{shape}{at}: "
    said = shortened(said, _MOST_CHARACTERS - len(begin) - len(hint))
    return kind(f"{begin}{said}.{hint}")


def _names(sentence, name):
    """Tell whether a sentence names an argument."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence) is not None


def _uneven(given, name):
    """Name the first part of nested lists whose shape differs from the first part's."""
    shapes = []
    for row, part in enumerate(as_list(given) or ()):
        try:
            shapes.append(np.shape(part))
        except _UNREADABLE:
            return _uneven(part, f"{name}[{row}]")
        if shapes[row] != shapes[0]:
            return (
                f"{name}[{row}] has shape {shapes[row]}, and {name}[0] {shapes[0]}: "
                "all parts must have the same"
            )
    return ""


def _first_other(given):
    """Return the first value that is not a number and its place, or None, None."""
    try:
        values = np.asarray(given, dtype=object)
    except _UNREADABLE:
        return None, None
    if values.ndim == 0:
        return None, None
    columns, real = columns_of(given) or [], _real_columns(given)
    for at, value in np.ndenumerate(values):
        if value is None or value is pd.NA or at[1:] in real:
            continue
        try:
            float(value)
        except (TypeError, ValueError, ArithmeticError):
            names = ("row", "column") if len(at) < 3 else ("row", "step", "column")
            place = [f"{word} {i}" for word, i in zip(names, at, strict=False)]
            if len(at) == 2 and len(columns) == values.shape[1]:
                place[1] = f"column {short(columns[at[1]], 30)}"
            return value, ", ".join(place)
    return None, None


def _real_columns(given):
    """Return the places, (column,), of the real columns of a DataFrame.

    In an array, real columns beside complex columns are complex too.
    """
    if not isinstance(given, pd.DataFrame):
        return set()
    kinds = [getattr(dtype, "kind", "O") for dtype in given.dtypes]
    return {(column,) for column, kind in enumerate(kinds) if kind in "biuf"}
