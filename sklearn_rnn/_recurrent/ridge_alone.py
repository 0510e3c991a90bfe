"""Networks that made no optimiser step: they are the ridge that they stand on."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .base import BaseRecurrent
    from .linear_part import LinearPart

__all__ = ["ridge_alone", "ridge_rows", "with_coef"]


def ridge_alone(estimator: BaseRecurrent) -> LinearPart | None:
    """Return the scales and the ridge that a fitted network is.

    Parameters
    ----------
    estimator : BaseRecurrent
        A fitted network.

    Returns
    -------
    linear_part : LinearPart or None
        None if the network made an optimiser step, or has no ridge.
    """
    n_steps = sum(record["train_batch_count"] for record in estimator.net_.history)
    linear_part = estimator._linear_part
    return linear_part if n_steps == 0 and linear_part.ridge is not None else None


def ridge_rows(
    estimator: BaseRecurrent, X: NDArray, y: NDArray
) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield samples as the ridge of a fitted network reads them.

    Parameters
    ----------
    estimator : BaseRecurrent
        A fitted network with a ridge.
    X : ndarray of shape (n_samples, n_steps, n_features)
        Sequences, as in ``fit``.
    y : ndarray of shape (n_samples, n_outputs)
        Their targets.

    Yields
    ------
    Z, targets : ndarray of shape (n, n_columns) and (n, n_outputs)
        Columns and targets, scaled.
    """
    sequences = estimator._read_sequences(X, reset=False)
    yield from estimator._linear_part.ridge_rows(sequences, y)


def with_coef(
    estimator: BaseRecurrent, coef: np.ndarray, intercept: np.ndarray
) -> BaseRecurrent:
    """Return a copy of a fitted network with other weights of its ridge.

    Parameters
    ----------
    estimator : BaseRecurrent
        A fitted network with a ridge; it stays as it is.
    coef, intercept
        As in `LinearPart.with_coef`.
    """
    changed = copy(estimator)
    changed._linear_part = estimator._linear_part.with_coef(coef, intercept)
    return changed
