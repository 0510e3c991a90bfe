"""How much a fitted model uses each lag and feature of its windows."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import OneToOneFeatureMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_rnn._checks import read_count, short, shortened
from sklearn_rnn._reservoir.transformer import ReservoirTransformer
from sklearn_rnn._sequences.sequences import check_sequences, is_ragged
from sklearn_rnn._windows.sliding_window import SlidingWindowTransformer

from .model_parts import check_model

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
    scorer : callable or None
        The score of the search that the estimator comes from; None: its own.
    """

    estimator: object
    values: np.ndarray
    wrap: Callable
    names: list | None
    scorer: Callable | None

    def take(self, rows):
        """Return the windows at `rows`, an index array."""
        return replace(self, values=self.values[rows])


# ----------------------------------------------------------------- reading the windows


def read_windows(estimator, X, window_length):
    """Return the windows that a fitted model reads, and the part that reads them.

    Parameters
    ----------
    estimator : estimator
        Fitted; of a pipeline, what follows its last ``SlidingWindowTransformer`` reads
        windows. Of a search it is the best estimator.
    X : object
        What the model takes.
    window_length : int or None
        Number of steps in a row of 2-D windows.

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
    opened = _open(estimator)
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
    """Raise where X is not made of arrays."""
    try:
        for part in X if is_ragged(X) else [X]:
            np.asarray(part)
    except Exception as error:  # whatever an array-like of the user's own raises
        raise TypeError(
            f"X cannot be read as windows ({shortened(str(error), 100)}); it must be "
            "an array, a DataFrame or a list of sequences."
        ) from error


def _own_length(opened, n_columns):
    """Return how many steps the last estimator sees in a row."""
    # Behind steps that mix columns, it reads others than those of X.
    if all(isinstance(step, OneToOneFeatureMixin) for step in opened.steps):
        length = getattr(opened.last, "window_length", None)
        if length is None:  # as ours have read from the names of columns
            length = getattr(opened.last, "_row_length", None)
        if length is not None:
            return length
        # Ours take each column as one step.
        if hasattr(opened.last, "_read_sequences"):
            return n_columns
    raise ValueError(
        f"window_length=None does not tell how many steps a row of X with {n_columns} "
        f"columns holds, nor does {type(opened.last).__name__}; give window_length, "
        "the number of steps in a flat window."
    )


def _read_flat(X, window_length, names):
    """Return the windows of a table, one a row, the way back, and names."""
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
        # Names of columns are looked at in predict.
        return flat if columns is None else pd.DataFrame(flat, columns=columns)

    values = check_sequences(table, window_length=window_length).values
    return values, wrap, names


def _as_it_is(values):
    return values


@dataclass(frozen=True)
class _Opened:
    """A fitted model, taken out of its pipelines and searches.

    Parameters
    ----------
    steps : list of transformers
        What X goes through, in this order.
    last : estimator
        What reads the result.
    targets : list of TransformedTargetRegressor
        Those around it, the outermost first.
    scorer : callable or None
        The score of the outermost search.
    """

    steps: list
    last: object
    targets: list
    scorer: Callable | None

    def behind(self, n_steps):
        """Return the model without its first steps, in the units of its targets."""
        rest = self.steps[n_steps:]
        # A single step is the estimator itself, whose gradient may be asked for.
        reader = make_pipeline(*rest, self.last) if rest else self.last
        for target in reversed(self.targets):
            outer = copy.copy(target)
            outer.regressor_ = reader
            reader = outer
        return reader


def _open(estimator):
    """Take a fitted model out of its pipelines and searches."""
    steps, targets, scorer = [], [], None
    while True:
        if isinstance(estimator, Pipeline):
            *before, estimator = _flat_steps(estimator)
            steps += before
        elif hasattr(estimator, "best_estimator_"):
            # The score of a search is not in the units of transformed targets.
            if scorer is None and not targets:
                scorer = _scorer_of(estimator)
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "cv_results_"):
            raise TypeError(
                f"estimator has a {type(estimator).__name__} with refit="
                f"{short(estimator.refit)}, which keeps no fitted model; a search must "
                "have refit=True or the name of a score."
            )
        elif isinstance(estimator, TransformedTargetRegressor):
            targets.append(estimator)
            estimator = estimator.regressor_
        elif isinstance(estimator, FrozenEstimator):
            estimator = estimator.estimator
        else:
            return _Opened(steps, estimator, targets, scorer)


def _flat_steps(pipeline):
    """Return the steps of a pipeline, those of pipelines in it one by one."""
    *before, last = [step for _, step in pipeline.steps]
    steps = []
    for step in before:
        if isinstance(step, Pipeline):
            steps += _flat_steps(step)
        elif step is not None and step != "passthrough":
            steps.append(step)
    return [*steps, last]


def _scorer_of(search):
    """Return the score that a search was told to use, or None."""
    if getattr(search, "scoring", None) is None:
        return None
    scorer = search.scorer_
    # Where a function chose among several scores, there is no single one.
    return scorer.get(search.refit) if isinstance(scorer, dict) else scorer


def _split(opened, X):
    """Return what reads windows, the windows, their length and names of features."""
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
    return reader, X, transformer._past.window_length, names


def _check_rows_are_apart(step):
    """Raise where a step that reads windows has its own memory of rows."""
    inside = step.get_params().values() if hasattr(step, "get_params") else []
    for part in [step, *inside]:
        if isinstance(part, (SlidingWindowTransformer, ReservoirTransformer)):
            where = "" if part is step else f" inside of {type(step).__name__}"
            raise TypeError(
                f"estimator has a {type(part).__name__}{where}, whose rows depend on "
                "those before, so that its lags cannot be permuted; it must be a "
                "regressor of windows, or a Pipeline of a SlidingWindowTransformer "
                "and one."
            )


def _names_before(before, transformer):
    """Return names of the rows' columns, or None where nobody knows them."""
    names = getattr(transformer, "feature_names_in_", None)
    if names is None and len(before):
        first = before[0]
        if hasattr(first, "feature_names_in_"):
            try:
                names = make_pipeline(*before).get_feature_names_out()
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
    base = _first_score(scorer, windows, y)
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


def _first_score(scorer, windows, y):
    """Return the score without a permutation; raise where there is none."""
    try:
        score = scorer(windows.estimator, windows.wrap(windows.values), y)
    except Exception as error:  # any estimator's own
        message = str(error)
        if isinstance(error, TypeError) and message.startswith("scoring="):
            raise
        raise ValueError(
            f"{type(windows.estimator).__name__} cannot be scored on X and y: "
            f"{shortened(message, 150)}"
        ) from error
    if not np.isfinite(score):
        raise ValueError(
            f"The score of {type(windows.estimator).__name__} on X and y is {score}, "
            "where it must be a finite number: a value is too large, or missing."
        )
    return score


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
            "method='gradient' needs a recurrent regressor, got "
            f"{type(estimator).__name__}; use method='permutation'."
        )
    gradient = np.abs(estimator._gradient(windows.wrap(windows.values)))
    offsets = windows.values - _mean_of_present(windows.values)
    spread_x = np.sqrt(_mean_of_present(offsets**2))  # (n_steps, n_features)
    spread_y = np.asarray(y, dtype=np.float64).reshape(len(y), -1).std(axis=0)
    if not (spread_y > 0).all():
        raise ValueError(
            "y is constant, so that method='gradient' cannot be in its standard "
            "deviations; every output of y must vary."
        )
    # (n_samples, n_steps, n_features, n_outputs) -> (n_steps, n_features)
    importances = spread_x * (_mean_of_present(gradient) / spread_y).mean(axis=-1)
    if group_by is None:
        return importances
    return importances.sum(axis=1 if group_by == "lag" else 0)


def _mean_of_present(values):
    """Return the mean over windows without NaN; 0 where all are absent."""
    present = ~np.isnan(values)
    n_present = np.maximum(present.sum(axis=0), 1)
    return np.where(present, values, 0.0).sum(axis=0) / n_present
