"""How much a fitted model uses each lag and feature of its windows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sequences import check_count, check_sequences, is_ragged
from sklearn_rnn._windows import SlidingWindowTransformer

__all__ = ["Windows", "gradient_importances", "permuted_scores", "read_windows"]


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
        From such an array to what the estimator takes.
    names : list of str or None
        Names of the features.
    """

    estimator: object
    values: np.ndarray
    wrap: Callable
    names: list | None

    def take(self, rows):
        """Return the windows at `rows`, an index array."""
        return Windows(self.estimator, self.values[rows], self.wrap, self.names)


# ----------------------------------------------------------------- reading the windows


def read_windows(estimator, X, window_length):
    """Return the windows that a fitted model reads, and the part that reads them.

    Parameters
    ----------
    estimator : estimator
        Fitted; of a pipeline, what follows its last ``SlidingWindowTransformer`` reads
        windows.
    X : object
        What the model takes.
    window_length : int or None
        Number of steps in a row of 2-D windows.

    Returns
    -------
    windows : Windows
        The windows.
    """
    check_is_fitted(estimator)
    if window_length is not None:
        check_count(window_length, "window_length")
    estimator, X, given_length, names = _split(estimator, X)
    if not hasattr(estimator, "predict"):
        raise TypeError(
            f"estimator={estimator!r} has no predict; it must be a fitted regressor of "
            "windows, or a Pipeline that ends in one."
        )
    if getattr(estimator, "return_sequences", False):
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
        return Windows(estimator, values, _as_it_is, names)
    if window_length is None:
        window_length = given_length or getattr(estimator, "window_length", None)
    return _read_flat(estimator, X, window_length, names)


def _read_flat(estimator, X, window_length, names):
    """Return the windows of a table, one a row."""
    table = np.asarray(X)
    n_columns = table.shape[1]
    window_length = n_columns if window_length is None else window_length
    if n_columns % window_length:
        raise ValueError(
            f"window_length={window_length} does not divide the {n_columns} columns "
            "of X; a row must hold window_length steps of every feature."
        )
    columns = getattr(X, "columns", None)
    n_features = n_columns // window_length
    if names is None and columns is not None and window_length < n_columns:
        names = [str(name).removesuffix("_lag0") for name in columns[-n_features:]]

    def wrap(values):
        flat = values.reshape(len(values), -1)
        # Names of columns are looked at in predict.
        return flat if columns is None else pd.DataFrame(flat, columns=columns)

    values = check_sequences(table, window_length=window_length).values
    return Windows(estimator, values, wrap, names)


def _as_it_is(values):
    return values


def _split(estimator, X):
    """Return what reads windows, the windows, their length and names of features."""
    if not isinstance(estimator, Pipeline):
        return estimator, X, None, None
    at = [
        number
        for number, step in enumerate(estimator)
        if isinstance(step, SlidingWindowTransformer)
    ]
    if not at:
        return estimator, X, None, None
    last = at[-1]
    rest = estimator[last + 1 :]
    if len(rest) == 0:
        raise TypeError(
            "estimator is a Pipeline that ends in a SlidingWindowTransformer; a "
            "regressor must follow it."
        )
    windows = estimator[: last + 1].transform(X)
    transformer = estimator[last]
    names = _names_before(estimator[:last], transformer)
    # A single step is the estimator itself, whose gradient may be asked for.
    reader = rest[0] if len(rest) == 1 else rest
    return reader, windows, transformer._past.window_length, names


def _names_before(before, transformer):
    """Return names of the rows' columns, or None where nobody knows them."""
    names = getattr(transformer, "feature_names_in_", None)
    if names is None and len(before):
        first = before[0]
        if hasattr(first, "feature_names_in_"):
            try:
                names = before.get_feature_names_out()
            except (AttributeError, ValueError):
                return None
    return None if names is None else [str(name) for name in names]


# ------------------------------------------------------------------------- importances


def permuted_scores(windows, y, scorer, *, group_by, n_repeats, seed):
    """Return the score, and the scores where lags or features are permuted.

    Parameters
    ----------
    windows : Windows
        The windows.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Targets.
    scorer : callable
        ``scorer(estimator, X, y)``, the higher the better.
    group_by : {"lag", "feature"} or None
        What is permuted together.
    n_repeats : int
        Number of permutations; the same for every lag and feature.
    seed : int
        Of the permutations.

    Returns
    -------
    score : float
        Without a permutation.
    scores : ndarray of shape (n_steps, n_features, n_repeats)
        Or with one of these axes alone, where the other is permuted as a whole.
    """
    values = windows.values.copy()
    n_samples, n_steps, n_features = values.shape
    orders = _draw_orders(n_samples, n_repeats, seed)
    present = ~np.isnan(values).all(axis=2)  # (n_samples, n_steps)
    steps = [slice(None)] if group_by == "feature" else range(n_steps)
    features = [slice(None)] if group_by == "lag" else range(n_features)
    base = scorer(windows.estimator, windows.wrap(values), y)
    scores = np.empty((len(steps), len(features), n_repeats))
    for row, step in enumerate(steps):
        some = slice(step, step + 1) if isinstance(step, int) else step
        for column, feature in enumerate(features):
            of_these = (
                slice(feature, feature + 1) if isinstance(feature, int) else feature
            )
            before = values[:, some, of_these].copy()
            for repeat, order in enumerate(orders):
                # A step that one of two windows lacks is not swapped.
                both = (present & present[order])[:, some, np.newaxis]
                values[:, some, of_these] = np.where(both, before[order], before)
                scores[row, column, repeat] = scorer(
                    windows.estimator, windows.wrap(values), y
                )
            values[:, some, of_these] = before
    if group_by == "lag":
        return base, scores[:, 0]
    return base, scores[0] if group_by == "feature" else scores


def _draw_orders(n_samples, n_repeats, seed):
    """Return permutations, those that scikit-learn's permutation_importance applies."""
    generator = np.random.RandomState(seed)
    shuffled, order, orders = np.arange(n_samples), np.arange(n_samples), []
    for _ in range(n_repeats):
        generator.shuffle(shuffled)
        order = order[shuffled]  # each one permutes what the last one left
        orders.append(order)
    return orders


def gradient_importances(windows, y, group_by):
    """Return the mean size of the gradient, in standard deviations.

    Parameters
    ----------
    windows : Windows
        The windows.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Targets.
    group_by : {"lag", "feature"} or None
        What is summed over.

    Returns
    -------
    importances : ndarray of shape (n_steps, n_features), (n_steps,) or (n_features,)
        The mean over outputs.
    """
    estimator = windows.estimator
    if not hasattr(estimator, "_gradient"):
        raise TypeError(
            f"method='gradient' needs a recurrent regressor, got {estimator!r}; use "
            "method='permutation'."
        )
    gradient = np.abs(estimator._gradient(windows.wrap(windows.values)))
    spread_x = np.nanstd(windows.values, axis=0)  # (n_steps, n_features)
    spread_y = np.asarray(y, dtype=np.float64).reshape(len(y), -1).std(axis=0)
    if not (spread_y > 0).all():
        raise ValueError(
            "y is constant, so that method='gradient' cannot be in its standard "
            "deviations; every output of y must vary."
        )
    # (n_samples, n_steps, n_features, n_outputs) -> (n_steps, n_features)
    importances = spread_x * (np.nanmean(gradient, axis=0) / spread_y).mean(axis=-1)
    if group_by is None:
        return importances
    return importances.sum(axis=1 if group_by == "lag" else 0)
