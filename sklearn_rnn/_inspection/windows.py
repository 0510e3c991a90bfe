"""The windows that a fitted model reads, and the part of the model that reads them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import OneToOneFeatureMixin
from sklearn.pipeline import make_pipeline

from sklearn_rnn._checks import read_count, short, shortened
from sklearn_rnn._sequences.sequences import check_sequences, is_ragged
from sklearn_rnn._windows.history_transformer import HistoryTransformer
from sklearn_rnn._windows.sliding_window import SlidingWindowTransformer

from .model_parts import check_model, open_model

__all__ = ["Windows", "read_windows"]


@dataclass(frozen=True)
class Windows:
    """Windows, and the part of a model that reads them.

    Parameters
    ----------
    estimator : estimator
        Fitted, with a ``predict`` of windows.
    values : ndarray of shape (n_samples, n_steps, n_features)
        The windows; NaN at absent steps.
    wrap : callable
        Converts an array like `values` to the form that the estimator takes.
    names : list of str or None
        Names of the features; None: unknown.
    scorer : callable or None
        The score of the search around the estimator; None: the estimator's own.
    """

    estimator: Any
    values: NDArray[np.floating]
    wrap: Callable[[NDArray[np.floating]], Any]
    names: list[str] | None
    scorer: Callable[..., float] | None

    def take(self, rows: NDArray[np.intp]) -> "Windows":
        """Return the windows at `rows`, an index array."""
        return replace(self, values=self.values[rows])


def read_windows(estimator: Any, X: Any, window_length: int | None) -> Windows:
    """Return the windows that a fitted model reads, and the part that reads them.

    Parameters
    ----------
    estimator : estimator
        Fitted. In a pipeline, the steps after the last ``SlidingWindowTransformer``
        read windows; of a search, the best estimator is used.
    X : object
        Input of the model.
    window_length : int or None
        Number of steps in a row of 2-D windows; None: the model knows it.

    Returns
    -------
    windows : Windows
        The windows.
    """
    valid = "a fitted regressor of windows, or a Pipeline that ends in one"
    check_model(estimator, valid)
    if issparse(X):
        raise TypeError(
            "X is sparse; it must be a dense array, as X.toarray() makes it."
        )
    if window_length is not None:
        window_length = read_count(window_length, "window_length")
    _check_readable(X)
    opened = open_model(estimator)
    reader, X, given_length, names = _split(opened, X)
    last = opened.last
    if not hasattr(reader, "predict") or not hasattr(last, "predict"):
        raise TypeError(
            f"estimator ends in {type(last).__name__}, which has no predict; it must "
            f"be {valid}."
        )
    if getattr(last, "return_sequences", False):
        raise ValueError(
            "estimator has return_sequences=True, so that steps have no lag; it must "
            "predict once for each window."
        )
    if is_ragged(X) or np.ndim(X) != 2:
        if not is_ragged(X) and np.ndim(X) != 3:
            raise ValueError(
                f"X has {np.ndim(X)} dimensions; it must be windows, (n_samples, "
                "n_steps, n_features) or flat, or rows for a Pipeline with a "
                "SlidingWindowTransformer."
            )
        values = check_sequences(X).values
        return Windows(reader, values, _as_it_is, names, opened.scorer)
    if window_length is None:
        window_length = given_length or _own_length(opened, np.shape(X)[1])
    values, wrap, names = _read_flat(X, window_length, names)
    return Windows(reader, values, wrap, names, opened.scorer)


def _check_readable(X):
    """Raise unless X is made of arrays."""
    try:
        for part in X if is_ragged(X) else [X]:
            np.asarray(part)
    except Exception as error:  # from an array-like of the user's own
        raise TypeError(
            f"X cannot be read as windows ({shortened(str(error), 100)}); it must be "
            "an array, a DataFrame or a list of sequences."
        ) from error


def _own_length(opened, n_columns):
    """Return the number of steps that the last estimator sees in a row."""
    # Steps that mix columns hand on other columns than those of X.
    if all(isinstance(step, OneToOneFeatureMixin) for step in opened.steps):
        length = getattr(opened.last, "window_length", None)
        if length is None and hasattr(opened.last, "_count_row_steps"):
            length = opened.last._count_row_steps(n_columns)
        if length is not None:
            return length
    raise ValueError(
        f"window_length=None does not tell how many steps a row of X with {n_columns} "
        f"columns holds, nor does {type(opened.last).__name__}; give window_length, "
        "the number of steps in a flat window."
    )


def _read_flat(X, window_length, names):
    """Read a table of one window per row.

    Parameters
    ----------
    X : array-like of shape (n_samples, window_length * n_features)
        Flat windows, time-major.
    window_length : int
        Number of steps in a row.
    names : list of str or None
        Names of the features, if they are known already.

    Returns
    -------
    values : ndarray of shape (n_samples, window_length, n_features)
        The windows.
    wrap : callable
        Converts an array like `values` to the form of X.
    names : list of str or None
        Names of the features.
    """
    table = np.asarray(X)
    n_columns = table.shape[1]
    if n_columns % window_length:
        raise ValueError(
            f"window_length={short(window_length)} does not divide the {n_columns} "
            "columns of X; a row must hold window_length steps of every feature."
        )
    columns = getattr(X, "columns", None)
    n_features = n_columns // window_length
    if names is None and columns is not None and window_length < n_columns:
        names = [str(name).removesuffix("_lag0") for name in columns[-n_features:]]

    def wrap(values):
        flat = values.reshape(len(values), -1)
        # predict compares the names of columns with those of fit.
        return flat if columns is None else pd.DataFrame(flat, columns=columns)

    values = check_sequences(table, window_length=window_length).values
    return values, wrap, names


def _as_it_is(values):
    return values


def _split(opened, X):
    """Split a model at the output of its last ``SlidingWindowTransformer``.

    Parameters
    ----------
    opened : OpenedModel
        The model.
    X : object
        Its input.

    Returns
    -------
    reader : estimator
        The part of the model that reads windows.
    X : object
        The windows.
    window_length : int or None
        Number of steps in each, if the transformer tells it.
    names : list of str or None
        Names of the features, if they are known.
    """
    steps = opened.steps
    if isinstance(opened.last, SlidingWindowTransformer):
        raise TypeError(
            "estimator is a Pipeline that ends in a SlidingWindowTransformer; a "
            "regressor must follow it."
        )
    n_steps = 0  # up to the windows
    for number, step in enumerate(steps, 1):
        if isinstance(step, SlidingWindowTransformer):
            n_steps = number
    for step in [*steps[n_steps:], opened.last]:
        _check_rows_are_apart(step)
    reader = opened.behind(n_steps)
    if n_steps == 0:
        return reader, X, None, None
    for step in steps[:n_steps]:
        X = step.transform(X)
    transformer = steps[n_steps - 1]
    names = _names_before(steps[: n_steps - 1], transformer)
    # (n_samples, n_steps, n_features), or flat: (n_samples, n_steps * n_features)
    n_values = int(np.prod(np.shape(X)[1:]))
    return reader, X, n_values // transformer.n_features_in_, names


def _check_rows_are_apart(step):
    """Raise if a step that reads windows remembers earlier rows."""
    inside = step.get_params().values() if hasattr(step, "get_params") else []
    for part in [step, *inside]:
        if isinstance(part, HistoryTransformer):
            where = "" if part is step else f" inside of {type(step).__name__}"
            raise TypeError(
                f"estimator has a {type(part).__name__}{where}, whose rows depend on "
                "those before, so that its lags cannot be permuted; it must be a "
                "regressor of windows, or a Pipeline of a SlidingWindowTransformer "
                "and one."
            )


def _names_before(before, transformer):
    """Return names of the columns that `transformer` reads, or None if unknown."""
    names = getattr(transformer, "feature_names_in_", None)
    if names is None and len(before):
        first = before[0]
        if hasattr(first, "feature_names_in_"):
            try:
                names = make_pipeline(*before).get_feature_names_out()
            except (AttributeError, ValueError):
                return None
    return None if names is None else [str(name) for name in names]
