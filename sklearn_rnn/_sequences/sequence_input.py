"""What every estimator does with the X and y that it is given."""

import re
from numbers import Integral, Number

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score

from sklearn_rnn._checks import short
from sklearn_rnn._rows.forms import (
    as_list,
    check_names,
    check_order,
    check_table,
    columns_of,
    read_array,
)
from sklearn_rnn._upstream.sklearn_private import check_n_features, get_feature_names

from .sequences import (
    WindowArray,
    check_finite,
    check_sequences,
    check_size,
    is_ragged,
)

__all__ = [
    "check_given",
    "find_feature",
    "read_numbers",
    "read_sample_weight",
    "read_sequences",
    "read_step_targets",
    "read_targets",
    "score_predictions",
]


# Ends and beginnings of names that tell a lag: close_lag2, lag_2__close, close(t-2).
_LAST = re.compile(r"(?<![a-z])lag[ _.=-]*([0-9]{1,9})[)\]]?\Z", re.IGNORECASE)
_FIRST = re.compile(r"\Alag[ _.=-]*([0-9]{1,9})[ _.]+", re.IGNORECASE)
_TIME = re.compile(
    r"(?<![a-z0-9])t *([+-] *[0-9]{1,9})? *[)\]]?\Z",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[ _.]?[(\[]? *\Z")


def read_sequences(estimator, X, *, reset, window_length, min_samples):
    """Read sequences in any form, and check their features against those of ``fit``.

    Parameters
    ----------
    estimator : estimator
        In ``fit`` it is given ``n_features_in_``, ``feature_names_in_``, ``n_steps_``,
        ``_n_step_features``, ``_step_names`` and ``_row_length``.
    X : object
        What the user gave.
    reset : bool
        Whether this is ``fit``.
    window_length : int or None
        Number of steps in a row of 2-D `X`; None: as X tells, where it holds flat
        windows of ``SlidingWindowTransformer``, and otherwise every column is a step.
    min_samples : int
        How many sequences are needed.

    Returns
    -------
    sequences : Sequences
        The sequences.
    """
    given = X if is_ragged(X) else read_array(X, "X")
    is_table = isinstance(given, np.ndarray) and given.ndim == 2
    if is_table:
        check_names(estimator, X, reset=reset)
    told = _told_length(X) if is_table else None
    if reset:
        estimator._row_length = told if window_length is None else int(window_length)
    length = estimator._row_length
    if is_table and length != 1:
        _check_order_of_lags(X)
    if told and length and told % length:
        raise ValueError(
            f"window_length={length} does not divide the {told} steps of the flat "
            f"windows in X; use window_length={told}, or None."
        )
    if is_table:
        check_n_features(estimator, given, reset=reset)
        if length is None:
            _check_column_order(X)
    sequences = check_sequences(given, window_length=length, min_samples=min_samples)
    check_size(sequences.values, "X")
    n_steps, n_features = sequences.values.shape[1:]
    if not is_table:
        _check_step_names(estimator, X, reset)
        check_n_features(estimator, sequences.values[0], reset=reset)
    if reset:
        estimator._n_step_features = n_features
        estimator._step_names = _step_names(estimator, X, n_features)
        estimator.n_steps_ = n_steps
    elif n_features != estimator._n_step_features:
        raise ValueError(
            f"X has {n_features} features a step, but {type(estimator).__name__} was "
            f"fitted on {estimator._n_step_features} features a step."
        )
    return sequences


def _check_column_order(X):
    """Raise a ValueError where the columns, which are steps, go back in time."""
    columns = getattr(X, "columns", None)
    kinds = pd.DatetimeIndex | pd.PeriodIndex | pd.TimedeltaIndex
    if isinstance(columns, kinds) and not columns.is_monotonic_increasing:
        raise ValueError(
            "X has columns that go back in time; every column is a step of a sequence, "
            "oldest first: X = X.sort_index(axis=1)."
        )


def _told_length(X):
    """Return how many steps the rows of flat windows hold, or None if X is no such."""
    if isinstance(X, WindowArray):
        return X.n_steps
    return len({lag for _, lag in _read_lags(get_feature_names(X))}) or None


def _check_order_of_lags(X):
    """Raise a ValueError where columns named after lags are not in order of time."""
    told = _read_lags(get_feature_names(X))
    features = list(dict.fromkeys(feature for feature, _ in told))
    lags = sorted({lag for _, lag in told}, reverse=True)
    read = [(feature, lag) for lag in lags for feature in features]
    if told == read:
        return
    names = columns_of(X)
    begin = f"X has columns named after lags, {short(names)}, but "
    if sorted(told) == sorted(read):
        order = [names[told.index(pair)] for pair in read]
        raise ValueError(
            f"{begin}not in the order in which they are read, by window_length=None "
            f"too: oldest step first, all features of it side by side, {short(order)}."
        )
    raise ValueError(
        f"{begin}they are no windows: every lag must have the same features, once, and "
        "the oldest come first; with window_length=1 a row is one step."
    )


def _read_lags(names):
    """Return the feature and the lag that each name tells, or [] where one tells none.

    Parameters
    ----------
    names : array-like of str or None
        Of columns, such as ``close_lag2``, ``lag_2``, ``lag_2__close``, ``close(t-2)``,
        ``close_t-2``, and next to these ``close(t)``.

    Returns
    -------
    told : list of (str, int)
        What follows the row of a lag of 0 has a lag below 0.
    """
    told, has_number = [], False
    for name in () if names is None else names:
        match = _LAST.search(name) or _FIRST.match(name)
        sign = 1 if match else -1
        match = match or _TIME.search(name)
        if match is None:
            return []
        has_number |= match[1] is not None
        lag = sign * int((match[1] or "0").replace(" ", ""))
        # Where separators are many, all but the last are part of the feature's name.
        feature = name[match.end() :] or _SEPARATOR.sub("", name[: match.start()], 1)
        told.append((feature, lag))
    # Without any number "t" may be a unit, or the end of a name.
    return told if has_number else []


def _check_step_names(estimator, X, reset):
    """Check names of features of a step against those of ``fit``, or remember them."""
    if is_ragged(X):
        names = _names_of_list(as_list(X))
    else:
        # Of windows it is no news that they have no names: choices of them have none.
        names = getattr(X, "step_names", None)
        if not reset and (names is None or not hasattr(estimator, "feature_names_in_")):
            return
    named = None if names is None else pd.DataFrame(columns=names)
    check_names(estimator, named, reset=reset)


def _names_of_list(parts, name="X"):
    """Return the names of the columns that all tables of a list share, or None."""
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


def _step_names(estimator, X, n_features):
    """Return the names of the features of a step, or None."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        names = getattr(X, "step_names", None)
        if names is None or len(names) != n_features:
            return None
    # Of a flat window the last columns are the latest step.
    return list(names)[-n_features:]


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
    y = read_array(
        y,
        "y",
        dtypes=(np.float64,),
        finite=True,
        copy=True,
        hint=_numbers_only(estimator),
    )
    check_table(y, "y", min_samples=0, least_axes=0)
    if y.ndim == 0 or y.size == 0:
        raise ValueError(
            f"y has shape {y.shape}; it must be (n_samples,) or (n_samples, n_outputs)."
        )
    check_size(y, "y")
    _check_length(y, sequences, "y")
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


def _numbers_only(estimator):
    """Say why the targets must be numbers."""
    name = type(estimator).__name__
    return f" {name} is a regressor: its targets must be numbers."


def _check_length(values, sequences, name):
    """Raise a ValueError where there is not one value for each sequence."""
    n_samples = sequences.n_samples
    if len(values) != n_samples:
        raise ValueError(
            f"{name} does not fit X: found input variables with inconsistent numbers "
            f"of samples: [{n_samples}, {len(values)}]."
        )


def read_sample_weight(sample_weight, sequences):
    """Read a weight for each sequence.

    Parameters
    ----------
    sample_weight : object
        What the user gave.
    sequences : Sequences
        The sequences that the weights belong to.

    Returns
    -------
    weights : ndarray of shape (n_samples,)
        float64, finite, at least 0.
    """
    return _read_weights(sample_weight, sequences.n_samples)


def _read_weights(sample_weight, n_samples):
    if isinstance(sample_weight, Number):
        sample_weight = [sample_weight] * n_samples
    weights = read_array(
        sample_weight,
        "sample_weight",
        dtypes=(np.float64,),
        finite=True,
        hint=" Weights must be numbers.",
    )
    if weights.ndim != 1:
        raise ValueError(
            f"sample_weight has shape {weights.shape}: Sample weights must be 1D array "
            f"or scalar, here of shape ({n_samples},)."
        )
    if len(weights) != n_samples:
        raise ValueError(
            f"sample_weight.shape == {weights.shape}, expected ({n_samples},)!"
        )
    if (weights < 0).any():
        raise ValueError("Negative values in data passed to `sample_weight`.")
    if not weights.any():
        raise ValueError(
            "sample_weight is 0 for every sample; at least one non-zero number is "
            "needed."
        )
    check_size(weights, "sample_weight")
    return weights


def score_predictions(y, y_pred, sample_weight):
    """Return the coefficient of determination R^2 of predictions.

    Parameters
    ----------
    y : object
        The true values, as the user gave them.
    y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The predictions.
    sample_weight : object
        Weights of the samples, as the user gave them, or None.

    Returns
    -------
    score : float
        The mean over outputs.
    """
    y = read_array(
        y,
        "y",
        dtypes=(np.float64,),
        finite=True,
        hint=" The targets of a regressor must be numbers.",
    )
    check_table(y, "y", min_samples=0, least_axes=0)
    if y.ndim == 0:
        raise ValueError(f"y has shape (); the predictions have {y_pred.shape}.")
    if len(y) != len(y_pred):
        raise ValueError(
            "y does not fit X: found input variables with inconsistent numbers of "
            f"samples: [{len(y)}, {len(y_pred)}]."
        )
    if y.size != y_pred.size:
        raise ValueError(
            f"y has shape {y.shape}, but the predictions have {y_pred.shape}."
        )
    check_size(y, "y")
    if sample_weight is not None:
        sample_weight = _read_weights(sample_weight, len(y))
    return r2_score(y, y_pred.reshape(y.shape), sample_weight=sample_weight)


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
    hint = _numbers_only(estimator)
    parts = as_list(y)
    if parts is not None and is_ragged(parts):
        _names_of_list(parts, "y")
        for row, part in enumerate(parts):
            check_order(part, f"y[{row}]")
    if is_list:
        y = _stack_targets(y, sequences, hint)
    y = read_array(y, "y", dtypes=(np.float64,), copy=True, hint=hint)
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


def _stack_targets(y, sequences, hint):
    """Right-align a list of targets of each step."""
    n_samples, n_steps, _ = sequences.values.shape
    lengths = sequences.n_present
    parts = as_list(y)
    if parts is None and (hasattr(y, "__array__") or getattr(y, "ndim", 0) > 0):
        parts = read_array(y, "y", dtypes=(np.float64,), hint=hint)
    if parts is None or len(parts) != n_samples:
        count = short(y) if parts is None else len(parts)
        raise ValueError(
            f"X is a list of {n_samples} sequences; with return_sequences=True y must "
            f"be a list of as many arrays, got {count}."
        )
    arrays = [
        read_array(
            part,
            f"y[{row}]",
            dtypes=(np.float64,),
            shape=" of shape (n_steps,) or (n_steps, n_outputs)",
            hint=hint,
        )
        for row, part in enumerate(parts)
    ]
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
        The feature's number, or its name; of columns named after lags also without
        them.
    label : str
        How an error begins.

    Returns
    -------
    number : int
        The feature's number.
    """
    n_features = estimator._n_step_features
    numbers = f"0 to {n_features - 1}" if n_features > 1 else "0"
    if isinstance(feature, str):
        names = getattr(estimator, "_step_names", None)
        if feature in (names or ()):
            return names.index(feature)
        columns = getattr(estimator, "feature_names_in_", None)
        told = _read_lags(columns)[-n_features:]
        lags = [lag for name, lag in told if name == feature]
        if lags:
            return told.index((feature, min(lags)))
        if names is None:
            raise ValueError(
                f"{label} is not a feature of X; use its number, {numbers}: X has no "
                "names (of a step in front set_output(transform='pandas') keeps them)."
            )
        raise ValueError(f"{label} is not a feature of X; use one of {short(names)}.")
    if not isinstance(feature, Integral) or isinstance(feature, (bool, np.bool_)):
        raise TypeError(f"{label} is no feature's number or name; use {numbers}.")
    if not 0 <= feature < n_features:
        raise ValueError(
            f"{label} is not a feature of X, which has {n_features} features a step; "
            f"use {numbers}."
        )
    return int(feature)


def check_given(estimator, y):
    """Raise scikit-learn's sentence where there is no y."""
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is "
            "None."
        )
