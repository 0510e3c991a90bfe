"""What every estimator does with the X and y that it is given."""

import numpy as np
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import _check_feature_names, validate_data

from ._sequences import check_sequences, check_size, is_ragged, unwindow

__all__ = ["check_given", "check_n_outputs", "read_sequences", "read_targets"]


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
