"""Sequences: every form that users give, read into one."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import DTypeLike

from sklearn_rnn._rows.forms import as_list, check_order, check_table, read_array

__all__ = [
    "Sequences",
    "WindowArray",
    "check_finite",
    "check_sequences",
    "check_size",
    "is_ragged",
    "largest_size",
    "size_of",
    "unwindow",
]


class WindowArray(np.ndarray):
    """Windows that know their steps.

    A selection of rows, in any way that scikit-learn selects them, a copy, and the same
    windows in another dtype know the steps too. Other results are plain arrays.

    Attributes
    ----------
    n_steps : int or None
        Number of steps of a window.
    step_names : ndarray of shape (n_features,) or None
        Names of the features of a step.
    """

    n_steps = None
    step_names = None

    @classmethod
    def of(cls, values, n_steps, step_names):
        """Return a view on windows, with their steps.

        Parameters
        ----------
        values : ndarray of shape (n_samples, n_steps, n_features) or \
(n_samples, n_steps * n_features)
            The windows.
        n_steps : int
            Number of steps of a window.
        step_names : ndarray of shape (n_features,) or None
            Names of the features of a step.
        """
        windows = values.view(cls)
        windows.n_steps, windows.step_names = n_steps, step_names
        return windows

    def __getitem__(self, key):
        taken = super().__getitem__(key)
        if not isinstance(taken, np.ndarray):
            return taken
        taken = np.asarray(taken)
        first, *others = key if isinstance(key, tuple) else (key,)
        is_whole = all(
            one is Ellipsis or (isinstance(one, slice) and one == slice(None))
            for one in others
        )
        if is_whole and first is not None and taken.shape[1:] == self.shape[1:]:
            return WindowArray.of(taken, self.n_steps, self.step_names)
        return taken

    def copy(self, order="C"):
        """Return a copy that knows the steps too."""
        return self._alike(super().copy(order))

    def __copy__(self):
        return self._alike(super().__copy__())

    def __deepcopy__(self, memo):
        return self._alike(super().__deepcopy__(memo))

    def astype(self, *args, **kwargs):
        """Return the windows in another dtype; they know the steps too."""
        return self._alike(super().astype(*args, **kwargs))

    def _alike(self, values):
        """Return windows of the same shape, with these steps."""
        return WindowArray.of(np.asarray(values), self.n_steps, self.step_names)

    def __array_wrap__(self, array, context=None, return_scalar=False):
        array = np.asarray(array)
        return array if array.ndim else array[()]

    def __reduce__(self):
        values, series = np.asarray(self), None
        if self.n_steps is not None:
            n_features = math.prod(self.shape[1:]) // self.n_steps
            series = unwindow(values.reshape(len(values), self.n_steps, n_features))
        # A pickle holds each row once, not once for each window.
        values = values if series is None else np.array(series)
        knows = self.n_steps, self.step_names
        return _rebuild, (values, series is not None, self.shape, *knows)

    def __repr__(self):
        return repr(np.asarray(self))


@dataclass(frozen=True)
class Sequences:
    """Sequences of up to `n_steps` steps, right-aligned.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_steps, n_features)
        The values, perhaps a strided view. Absent steps, which always come first, hold
        NaN.
    lengths : ndarray of shape (n_samples,) or None, default=None
        Number of present steps of each sequence; None if all steps are present.
    rows : ndarray of shape (n_samples,) or None, default=None
        Rows of the sequences in X; None: 0, 1, ...
    """

    values: np.ndarray
    lengths: np.ndarray | None = None
    rows: np.ndarray | None = None

    def take(self, rows: slice | np.ndarray) -> "Sequences":
        """Take the sequences at `rows` (a slice, mask or index array)."""
        lengths = None if self.lengths is None else self.lengths[rows]
        numbers = np.arange(self.n_samples) if self.rows is None else self.rows
        return Sequences(self.values[rows], lengths, numbers[rows])

    def parts(self, size: int) -> Iterator[tuple[Any, "Sequences"]]:
        """Yield parts without absent steps.

        Parameters
        ----------
        size : int
            Largest number of sequences in a part.

        Yields
        ------
        rows : slice or ndarray of shape (n_part,)
            Numbers of the sequences.
        part : Sequences
            The sequences, which have the same length.
        """
        if self.lengths is None:
            for first in range(0, self.n_samples, size):
                at = slice(first, min(first + size, self.n_samples))
                numbers = np.arange(at.start, at.stop)
                if self.rows is not None:
                    numbers = self.rows[at]
                yield at, Sequences(self.values[at], None, numbers)
            return
        for length in np.unique(self.lengths):
            of_length = np.flatnonzero(self.lengths == length)
            for first in range(0, len(of_length), size):
                rows = of_length[first : first + size]
                numbers = rows if self.rows is None else self.rows[rows]
                values = self.values[rows, self.n_steps - length :]
                yield rows, Sequences(values, None, numbers)

    @property
    def n_present(self) -> np.ndarray:
        """Number of present steps of each sequence, (n_samples,)."""
        if self.lengths is None:
            return np.full(self.n_samples, self.n_steps)
        return self.lengths

    def present(self, washout: int = 0) -> np.ndarray:
        """Tell which steps are present and after a washout, (n_samples, n_steps)."""
        first = self.n_steps - self.n_present + washout
        return np.arange(self.n_steps) >= first[:, np.newaxis]

    @property
    def n_samples(self) -> int:
        """Number of sequences."""
        return self.values.shape[0]

    @property
    def n_steps(self) -> int:
        """Number of steps of the longest sequence."""
        return self.values.shape[1]


def _rebuild(values, is_series, shape, n_steps, step_names):
    """Return windows from their pickle."""
    if is_series:
        values = sliding_window_view(values, n_steps, axis=0).transpose(0, 2, 1)
        values = values.reshape(shape)
    return WindowArray.of(values, n_steps, step_names)


def unwindow(values: np.ndarray) -> np.ndarray | None:
    """Return the series behind overlapping windows, without a copy.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_steps, n_features)
        Sequences; in memory, windows that overlap start one step after one another.

    Returns
    -------
    series : ndarray of shape (n_samples + n_steps - 1, n_features) or None
        A view with ``series[i + t]`` equal to ``values[i, t]``; None if the sequences
        do not overlap in memory.
    """
    n_samples, n_steps, n_features = values.shape
    if min(n_samples, n_steps) < 2 or values.strides[0] != values.strides[1]:
        return None
    return as_strided(
        values,
        shape=(n_samples + n_steps - 1, n_features),
        strides=values.strides[1:],
        writeable=False,
    )


def check_sequences(
    X: Any, *, window_length: int | None = None, min_samples: int = 1
) -> Sequences:
    """Read sequences in any of their forms into one.

    Parameters
    ----------
    X : array-like or list of arrays
        Sequences of shape (n_samples, n_steps, n_features). Or 2-D, each row one
        sequence: its columns are the steps of one feature, or with `window_length` set
        the steps of every feature, time-major. Or a list of arrays or DataFrames of
        shape (n_steps_i, n_features) or (n_steps_i,), oldest step first (or a Series or
        an object array of them). Leading steps that are NaN in every feature are absent
        in 3-D input, and in 2-D input with `window_length` set; elsewhere NaN is an
        error. Masked values are NaN.
    window_length : int or None, default=None
        Number of steps in a row of 2-D `X`.
    min_samples : int, default=1
        Least number of sequences.

    Returns
    -------
    sequences : Sequences
        The sequences, views on `X` if its form and dtype (float64, float32) allow.

    Raises
    ------
    ValueError
        If a shape does not fit, a sequence has no step, or a value is NaN (other than
        in absent steps) or infinite; the error names its place.
    """
    if is_ragged(X):
        return _stack_ragged(as_list(X), min_samples)
    X = read_array(X, "X")
    if X.ndim > 3:
        raise ValueError(
            f"Expected 2D array, got {X.ndim}D array instead: X is (n_samples, "
            "n_steps, n_features), 2-D with one sequence a row, or a list of arrays. "
            "Reshape your data either using array.reshape(-1, 1) if it has a single "
            "column or array.reshape(1, -1) if it has a single sample."
        )
    check_table(X, min_samples=min_samples, most_axes=3)
    if X.ndim == 2:
        return _from_table(X, window_length)
    if 0 in X.shape[1:]:
        raise ValueError(
            f"X has shape {X.shape}; (n_samples, n_steps, n_features) needs at least "
            "one step and one feature."
        )
    return _with_lengths(X, _place_3d)


def is_ragged(X: object) -> bool:
    """Tell whether `X` is a list, or a similar container, of arrays of sequences."""
    parts = as_list(X)
    if parts is None or len(parts) == 0:
        return False
    if any(_is_array(part) for part in parts):
        return True
    lengths = {len(part) for part in parts if isinstance(part, (list, tuple))}
    return len(lengths) > 1


def _is_array(part):
    """Tell whether a part of a list is an array, a table or a Series."""
    return hasattr(part, "__array__") and (
        hasattr(part, "columns") or np.ndim(part) > 0
    )


def _from_table(X, window_length):
    """Read 2-D `X`, a sequence a row."""
    n_samples, n_columns = X.shape
    if window_length is None:
        check_finite(X, _place_2d)
        return Sequences(X[:, :, np.newaxis], None)
    if n_columns % window_length:
        raise ValueError(
            f"X has {n_columns} columns, which window_length={window_length} does not "
            "divide: a row must hold window_length steps of every feature."
        )
    n_features = n_columns // window_length

    def place(row, step, feature):
        return f"row {row}, column {step * n_features + feature}"

    # (n_samples, n_columns) -> (n_samples, n_steps, n_features), always a view
    return _with_lengths(X.reshape(n_samples, window_length, n_features), place)


def _stack_ragged(X, min_samples):
    """Right-align a list of sequences in one array padded with NaN."""
    arrays = []
    for row, given in enumerate(X):
        name = f"X[{row}]"
        check_order(given, name)
        x = read_array(
            given, name, shape=" of shape (n_steps, n_features) or (n_steps,)"
        )
        x = x[:, np.newaxis] if x.ndim == 1 else x
        if x.ndim != 2 or x.shape[1] == 0:
            raise ValueError(
                f"X[{row}] has shape {x.shape}; each sequence of a list is "
                "(n_steps, n_features) or (n_steps,)."
            )
        if x.shape[1] != (arrays[0] if arrays else x).shape[1]:
            raise ValueError(
                f"X[{row}] has {x.shape[1]} features, but X[0] has "
                f"{arrays[0].shape[1]}: all sequences need the same features."
            )
        if len(x) == 0:
            raise ValueError(f"X[{row}] has no step; a sequence needs at least one.")
        check_finite(
            x, lambda step, feature, row=row: f"row {row}, {_step_name(step, feature)}"
        )
        arrays.append(x)
    if len(arrays) < min_samples:
        raise ValueError(
            f"X has too few rows: Found array with {len(arrays)} sample(s) (a list of "
            f"sequences) while a minimum of {min_samples} is required."
        )
    lengths = np.array([len(x) for x in arrays])
    n_steps = lengths.max()
    dtype = np.result_type(*{x.dtype for x in arrays})
    values = np.full((len(arrays), n_steps, arrays[0].shape[1]), np.nan, dtype=dtype)
    for row, x in enumerate(arrays):
        values[row, n_steps - len(x) :] = x
    return Sequences(values, None if (lengths == n_steps).all() else lengths)


def _with_lengths(values, place):
    """Return `values`, (n_samples, n_steps, n_features), with their absent steps."""
    series = unwindow(values)
    if _all_finite(values if series is None else series):
        return Sequences(values, None)
    n_samples, n_steps, _ = values.shape
    lengths = np.empty(n_samples, dtype=np.intp)
    for first in range(0, n_samples, 1024):
        block = values[first : first + 1024]
        absent = np.isnan(block).all(axis=2)  # (n_block, n_steps)
        leading = np.logical_and.accumulate(absent, axis=1)
        bad = ~np.isfinite(block) & ~leading[:, :, np.newaxis]
        if bad.any():
            _raise_not_finite(block, bad, lambda i, *at, f=first: place(f + i, *at))
        lengths[first : first + 1024] = n_steps - leading.sum(axis=1)
    if (lengths == 0).any():
        raise ValueError(
            f"Row {int(np.argmin(lengths))} of X has no step: all of its values are "
            "NaN. A sequence needs at least one step."
        )
    return Sequences(values, None if (lengths == n_steps).all() else lengths)


def _step_name(step, feature):
    return f"step {step}, column {feature}"


def _place_3d(row, step, feature):
    return f"row {row}, {_step_name(step, feature)}"


def _place_2d(row, column):
    return f"row {row}, column {column}"


def _all_finite(X):
    # The sum is finite only if all values are; if it overflows, all are looked at.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.isfinite(X.sum(dtype=np.float64)) or np.isfinite(X).all()


def check_finite(X, place=_place_2d, name="Input X"):
    """Raise a ValueError that names the first value of `X` that is not finite."""
    if not _all_finite(X):
        _raise_not_finite(X, ~np.isfinite(X), place, name)


def largest_size(dtype: DTypeLike) -> float:
    """Return the largest size of numbers of a dtype that can be squared and summed."""
    return float(np.sqrt(np.finfo(dtype).max)) / 1000


def check_size(values: np.ndarray, name: str) -> None:
    """Raise a ValueError if the square of a value would overflow.

    Parameters
    ----------
    values : ndarray
        Numbers, with one to three axes; NaN passes.
    name : str
        Name of the values in the error.
    """
    series = unwindow(values) if values.ndim == 3 else None
    limit = largest_size(values.dtype)
    if size_of(values if series is None else series) <= limit:
        return
    axes = ("row", "step", "column") if values.ndim == 3 else ("row", "column")
    for row, part in enumerate(values):  # one by one, windows that overlap need no copy
        bad = np.argwhere(np.abs(part) > limit)
        if len(bad):
            at = (row, *map(int, bad[0]))
            place = ", ".join(f"{axis} {i}" for axis, i in zip(axes, at, strict=False))
            raise ValueError(
                f"{name} holds {values[at]:.4g} at {place}, too large to be scaled; "
                f"values of dtype {values.dtype} may be up to {limit:.3g} in size."
            )


def size_of(values: np.ndarray) -> float:
    """Return the largest absolute value among numbers, of which some may be NaN."""
    return max(np.fmax.reduce(values, axis=None), -np.fmin.reduce(values, axis=None))


def _raise_not_finite(X, bad, place, name="Input X"):
    at = tuple(int(i) for i in np.argwhere(bad)[0])
    value = "NaN" if np.isnan(X[at]) else "infinity"
    raise ValueError(
        f"{name} contains {value} at {place(*at)}; all values must be finite numbers "
        "(impute or drop what is missing)."
    )
