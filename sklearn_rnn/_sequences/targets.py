"""Targets of sequences, or of each of their steps, and weights, as arrays."""

from numbers import Number

import numpy as np
from sklearn.metrics import r2_score

from sklearn_rnn._checks import short
from sklearn_rnn._rows.forms import (
    as_list,
    check_order,
    check_table,
    names_of_list,
    read_array,
)

from .sequences import Sequences, check_finite, check_size, is_ragged

__all__ = [
    "finish_step_targets",
    "read_sample_weight",
    "read_step_targets",
    "read_targets",
    "score_predictions",
]


def read_targets(y, n_samples: int, hint: str) -> np.ndarray:
    """Read the targets of sequences.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Targets from the user.
    n_samples : int
        Number of sequences.
    hint : str
        End of an error about a target that is not a number.

    Returns
    -------
    y : ndarray of shape (n_samples,) or (n_samples, ...)
        A float64 copy, finite.
    """
    y = read_array(y, "y", dtypes=(np.float64,), finite=True, copy=True, hint=hint)
    check_table(y, "y", min_samples=0, least_axes=0)
    if y.ndim == 0 or y.size == 0:
        raise ValueError(
            f"y has shape {y.shape}; it must be (n_samples,) or (n_samples, n_outputs)."
        )
    check_size(y, "y")
    _check_length(y, n_samples)
    return y


def _check_length(y, n_samples):
    """Raise a ValueError where the number of targets is not `n_samples`."""
    if len(y) != n_samples:
        raise ValueError(
            "y does not fit X: found input variables with inconsistent numbers of "
            f"samples: [{n_samples}, {len(y)}]."
        )


def read_step_targets(
    y, sequences: Sequences, *, is_list: bool, hint: str
) -> np.ndarray:
    """Read the targets of each step of sequences.

    Parameters
    ----------
    y : array-like or list of arrays
        Targets from the user, of shape (n_samples, n_steps) or
        (n_samples, n_steps, n_outputs); for a list of sequences a list of arrays of
        shape (n_steps_i,) or (n_steps_i, n_outputs).
    sequences : Sequences
        The sequences that the targets belong to.
    is_list : bool
        Whether the sequences came as a list.
    hint : str
        End of an error about a target that is not a number.

    Returns
    -------
    y : ndarray of shape (n_samples, n_steps) or (n_samples, n_steps, n_outputs)
        A float64 copy, for `finish_step_targets`.
    """
    n_samples, n_steps, _ = sequences.values.shape
    parts = as_list(y)
    if parts is not None and is_ragged(parts):
        names_of_list(parts, "y")
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
    return y


def finish_step_targets(y: np.ndarray, sequences: Sequences) -> np.ndarray:
    """Set targets of absent steps to 0, and check the other targets.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_steps) or (n_samples, n_steps, n_outputs)
        From `read_step_targets`; changed in place.
    sequences : Sequences
        The sequences that the targets belong to.

    Returns
    -------
    y : ndarray of shape (n_samples, n_steps, n_outputs)
        Finite targets.
    """
    y = y.reshape(*y.shape[:2], -1)
    y[~sequences.present()] = 0.0
    check_finite(y, _place_of_target, "Input y")
    check_size(y, "y")
    return y


def _place_of_target(row, step, output):
    return f"row {row}, step {step}, output {output}"


def _stack_targets(y, sequences, hint):
    """Return a list of targets of each step as one array, right-aligned."""
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


def read_sample_weight(sample_weight, n_samples: int) -> np.ndarray:
    """Read a weight for each sequence.

    Parameters
    ----------
    sample_weight : float or array-like of shape (n_samples,)
        Weights from the user.
    n_samples : int
        Number of sequences.

    Returns
    -------
    weights : ndarray of shape (n_samples,)
        float64, finite, at least 0, not all 0.
    """
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


def score_predictions(y, y_pred: np.ndarray, sample_weight) -> float:
    """Return the coefficient of determination R^2 of predictions.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        True values from the user.
    y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The predictions.
    sample_weight : float, array-like of shape (n_samples,) or None
        Weights from the user.

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
        sample_weight = read_sample_weight(sample_weight, len(y))
    return r2_score(y, y_pred.reshape(y.shape), sample_weight=sample_weight)
