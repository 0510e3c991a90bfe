"""What every estimator does with the X and y that it is given."""

import numpy as np
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import _check_feature_names, validate_data

from ._sequences import (
    check_finite,
    check_sequences,
    check_size,
    is_ragged,
    unwindow,
)

__all__ = [
    "check_given",
    "find_feature",
    "read_numbers",
    "read_sequences",
    "read_step_targets",
    "read_targets",
]


def read_sequences(estimator, X, *, reset, window_length, min_samples):
    """Read sequences in any form, and check their features against those of ``fit``.

    Parameters
    ----------
    estimator : estimator
        In ``fit`` it is given ``n_features_in_``, ``feature_names_in_``, ``n_steps_``
        and ``_n_step_features``.
    X : object
        What the user gave.
    reset : bool
        Whether this is ``fit``.
    window_length : int or None
        Number of steps in a row of 2-D `X`.
    min_samples : int
        How many sequences are needed.

    Returns
    -------
    sequences : Sequences
        The sequences.
    """
    if is_ragged(X) or getattr(X, "ndim", 0) > 2 or _nested_depth(X) > 2:
        sequences = check_sequences(X, min_samples=min_samples)
        _check_feature_names(estimator, X, reset=reset)
        n_features = sequences.values.shape[2]
        if reset:
            estimator.n_features_in_ = n_features
        elif n_features != estimator.n_features_in_:
            raise ValueError(
                f"X has {n_features} features, but {type(estimator).__name__} is "
                f"expecting {estimator.n_features_in_} features as input."
            )
    else:
        table = validate_data(
            estimator,
            X,
            reset=reset,
            dtype=(np.float64, np.float32),
            ensure_all_finite=False,
            ensure_min_samples=min_samples,
        )
        sequences = check_sequences(table, window_length=window_length)
    series = unwindow(sequences.values)
    check_size(sequences.values if series is None else series, "X")
    n_steps, n_features = sequences.values.shape[1:]
    if reset:
        estimator._n_step_features = n_features
        estimator.n_steps_ = n_steps
    elif n_features != estimator._n_step_features:
        raise ValueError(
            f"X has {n_features} features a step, but {type(estimator).__name__} was "
            f"fitted on {estimator._n_step_features} features a step."
        )
    return sequences


def read_targets(estimator, y, sequences, *, reset):
    """Read a target, or several, for each sequence.

    Parameters
    ----------
    estimator : estimator
        It is given ``n_outputs_``, and in ``fit`` ``_is_1d_target``.
    y : object
        What the user gave.
    sequences : Sequences
        The sequences that the targets belong to.
    reset : bool
        Whether this is ``fit``.

    Returns
    -------
    y : ndarray of shape (n_samples, n_outputs)
        A float64 copy.
    """
    y = check_array(
        y,
        dtype=np.float64,
        ensure_2d=False,
        ensure_min_samples=0,
        input_name="y",
        copy=True,
    )
    if y.ndim not in (1, 2) or y.size == 0:
        raise ValueError(
            f"y has shape {y.shape}; it must be (n_samples,) or (n_samples, n_outputs)."
        )
    check_size(y, "y")
    check_consistent_length(sequences.values, y)
    if not reset and (y.ndim == 1) != estimator._is_1d_target:
        expected = (
            "(n_samples,)" if estimator._is_1d_target else "(n_samples, n_outputs)"
        )
        raise ValueError(f"y has shape {y.shape}, but fit saw y of {expected}.")
    if reset:
        estimator._is_1d_target = y.ndim == 1
    y = y.reshape(len(y), -1)
    check_n_outputs(estimator, y.shape[1], reset=reset)
    return y


def check_n_outputs(estimator, n_outputs, *, reset):
    """Check the number of outputs against that of ``fit``, or remember it."""
    if not reset and n_outputs != estimator.n_outputs_:
        raise ValueError(
            f"y has {n_outputs} outputs, but fit saw {estimator.n_outputs_}."
        )
    estimator.n_outputs_ = n_outputs


def read_step_targets(estimator, y, sequences, *, is_list, reset):
    """Read a target, or several, for each step of each sequence.

    Parameters
    ----------
    estimator : estimator
        It is given ``n_outputs_``, and in ``fit`` ``_is_1d_target``.
    y : object
        What the user gave: ``(n_samples, n_steps)`` or
        ``(n_samples, n_steps, n_outputs)``; for a list of sequences a list of
        ``(n_steps_i,)`` or ``(n_steps_i, n_outputs)`` arrays. What stands at absent
        steps does not count.
    sequences : Sequences
        The sequences that the targets belong to.
    is_list : bool
        Whether the sequences came as a list.
    reset : bool
        Whether this is ``fit``.

    Returns
    -------
    y : ndarray of shape (n_samples, n_steps, n_outputs)
        A float64 copy.
    """
    n_samples, n_steps, _ = sequences.values.shape
    if is_list:
        y = _stack_targets(y, sequences)
    y = check_array(
        y,
        dtype=np.float64,
        ensure_2d=False,
        allow_nd=True,
        ensure_min_samples=0,
        ensure_all_finite=False,
        input_name="y",
        copy=True,
    )
    if y.ndim not in (2, 3) or y.shape[:2] != (n_samples, n_steps) or 0 in y.shape:
        raise ValueError(
            f"y has shape {y.shape}; with return_sequences=True it must be (n_samples, "
            f"n_steps) or (n_samples, n_steps, n_outputs), here ({n_samples}, "
            f"{n_steps}) or ({n_samples}, {n_steps}, n_outputs)."
        )
    if not reset and (y.ndim == 2) != estimator._is_1d_target:
        expected = ("n_samples", "n_steps", "n_outputs")
        expected = ", ".join(expected[: 2 if estimator._is_1d_target else 3])
        raise ValueError(f"y has shape {y.shape}, but fit saw y of ({expected}).")
    if reset:
        estimator._is_1d_target = y.ndim == 2
    y = y.reshape(n_samples, n_steps, -1)
    y[~sequences.present()] = 0.0
    check_finite(y, _place_of_target, "Input y")
    check_size(y, "y")
    check_n_outputs(estimator, y.shape[2], reset=reset)
    return y


def _place_of_target(row, step, output):
    return f"row {row}, step {step}, output {output}"


def _stack_targets(y, sequences):
    """Right-align a list of targets of each step."""
    n_samples, n_steps, _ = sequences.values.shape
    lengths = sequences.n_present
    if not hasattr(y, "__len__") or len(y) != n_samples:
        count = len(y) if hasattr(y, "__len__") else repr(y)
        raise ValueError(
            f"X is a list of {n_samples} sequences; with return_sequences=True y must "
            f"be a list of as many arrays, got {count}."
        )
    arrays = [_read_array(of_one, f"y[{row}]") for row, of_one in enumerate(y)]
    for row, (of_one, length) in enumerate(zip(arrays, lengths, strict=True)):
        if of_one.ndim not in (1, 2) or len(of_one) != length:
            raise ValueError(
                f"y[{row}] has shape {of_one.shape}; X[{row}] has {length} steps, so "
                f"it must be ({length},) or ({length}, n_outputs)."
            )
        if of_one.shape[1:] != arrays[0].shape[1:]:
            raise ValueError(
                f"y[{row}] has shape {of_one.shape}, but y[0] {arrays[0].shape}: all "
                "need the same outputs."
            )
    stacked = np.zeros((n_samples, n_steps, *arrays[0].shape[1:]))
    for row, of_one in enumerate(arrays):
        stacked[row, n_steps - len(of_one) :] = of_one
    return stacked


def _read_array(values, name):
    """Return targets of one sequence as an array."""
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise TypeError("Complex data not supported")
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} cannot be read as an array of numbers of shape (n_steps,) or "
            f"(n_steps, n_outputs): {error}."
        ) from error


def read_numbers(given):
    """Return what was given for one finite number or several as an array of them.

    Parameters
    ----------
    given : object
        What the user gave.

    Returns
    -------
    numbers : ndarray of shape (n_numbers,) or None
        float64; None where something else was given, or nothing.
    """
    try:
        numbers = np.atleast_1d(np.asarray(given))
    except ValueError:  # lists of different lengths
        return None
    if numbers.dtype.kind not in "fiu" or numbers.ndim != 1 or len(numbers) == 0:
        return None
    return numbers.astype(np.float64) if np.isfinite(numbers).all() else None


def find_feature(estimator, feature, label):
    """Return the number of a feature, counted within a step.

    Parameters
    ----------
    estimator : estimator
        It has read its training sequences.
    feature : int or str
        The feature's number, or its name; of a flat window's columns also without
        ``_lag0``.
    label : str
        How an error begins.

    Returns
    -------
    number : int
        The feature's number.
    """
    n_features = estimator._n_step_features
    if not isinstance(feature, str):
        if 0 <= feature < n_features:
            return int(feature)
        raise ValueError(
            f"{label} is not a feature of X, which has {n_features} features a step; "
            f"use 0 to {n_features - 1}."
        )
    # Of a flat window the last columns are the latest step.
    names = list(getattr(estimator, "feature_names_in_", ()))[-n_features:]
    for wanted in (feature, f"{feature}_lag0"):
        if wanted in names:
            return names.index(wanted)
    valid = f"one of {names}" if names else "its number: X has no names"
    raise ValueError(f"{label} is not a feature of X; use {valid}.")


def check_given(estimator, y):
    """Raise scikit-learn's sentence where there is no y."""
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is "
            "None."
        )


def _nested_depth(X):
    """Return how deep lists are nested, 0 for anything else."""
    return 1 + _nested_depth(X[0]) if isinstance(X, (list, tuple)) and len(X) else 0
