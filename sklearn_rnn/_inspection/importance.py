"""How much a fitted model uses each lag and feature of its windows."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_rnn._checks import shortened

from .windows import Windows

__all__ = ["gradient_importances", "permuted_scores"]


def permuted_scores(
    windows: Windows,
    y: NDArray[Any],
    scorer: Callable[..., float],
    *,
    group_by: Literal["lag", "feature"] | None,
    n_repeats: int,
    seed: int,
) -> tuple[float, NDArray[np.float64]]:
    """Return the score, and the scores with permuted lags or features.

    Parameters
    ----------
    windows : Windows
        The windows.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Targets.
    scorer : callable
        ``scorer(estimator, X, y)``; a higher score is better.
    group_by : {"lag", "feature"} or None
        The values that are permuted together; None: each lag of each feature alone.
    n_repeats : int
        Number of permutations, the same for every lag and feature.
    seed : int
        Seed of the permutations.

    Returns
    -------
    score : float
        The score without a permutation.
    scores : ndarray of shape (n_steps, n_features, n_repeats)
        The scores with a permutation; grouped by lag of shape (n_steps, n_repeats),
        grouped by feature of shape (n_features, n_repeats).
    """
    values = windows.values.copy()
    n_samples, n_steps, n_features = values.shape
    orders = _draw_orders(n_samples, n_repeats, seed)
    present = ~np.isnan(values).all(axis=2)  # (n_samples, n_steps)
    steps = _slices(n_steps, together=group_by == "feature")
    features = _slices(n_features, together=group_by == "lag")
    base = _first_score(scorer, windows, y)
    scores = np.empty((len(steps), len(features), n_repeats))
    for row, step in enumerate(steps):
        for column, feature in enumerate(features):
            before = values[:, step, feature].copy()
            for repeat, order in enumerate(orders):
                # A step that one of the two windows lacks is not exchanged.
                both = (present & present[order])[:, step, np.newaxis]
                values[:, step, feature] = np.where(both, before[order], before)
                scores[row, column, repeat] = scorer(
                    windows.estimator, windows.wrap(values), y
                )
            values[:, step, feature] = before
    if group_by == "lag":
        return base, scores[:, 0]
    return base, scores[0] if group_by == "feature" else scores


def _slices(n_values, *, together):
    """Return slices of an axis: one of the whole axis, or one for each value."""
    if together:
        return [slice(None)]
    return [slice(number, number + 1) for number in range(n_values)]


def _first_score(scorer, windows, y):
    """Return the score without a permutation, or raise if it cannot be computed."""
    try:
        score = scorer(windows.estimator, windows.wrap(windows.values), y)
    except Exception as error:  # of any estimator
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
    """Return the permutations that scikit-learn's permutation_importance applies."""
    generator = np.random.RandomState(seed)
    shuffled, order, orders = np.arange(n_samples), np.arange(n_samples), []
    for _ in range(n_repeats):
        generator.shuffle(shuffled)
        order = order[shuffled]  # each permutation continues from the previous one
        orders.append(order)
    return orders


def gradient_importances(
    windows: Windows,
    y: ArrayLike,
    group_by: Literal["lag", "feature"] | None,
) -> NDArray[np.float64]:
    """Return the mean absolute gradient, in standard deviations.

    Parameters
    ----------
    windows : Windows
        The windows.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Targets.
    group_by : {"lag", "feature"} or None
        "lag": sum over features; "feature": sum over lags; None: no sum.

    Returns
    -------
    importances : ndarray of shape (n_steps, n_features), (n_steps,) or (n_features,)
        Mean over outputs.
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
    targets = np.asarray(y, dtype=np.float64)
    spread_y = targets.reshape(len(targets), -1).std(axis=0)
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
    """Return the mean over the windows that are not NaN; 0 if there is none."""
    present = ~np.isnan(values)
    n_present = np.maximum(present.sum(axis=0), 1)
    return np.where(present, values, 0.0).sum(axis=0) / n_present
