"""Small recurrent regressors and their data."""

import numpy as np
import pandas as pd

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
)

CELLS = [GRURegressor, LSTMRegressor, RNNRegressor]


POOLINGS = ["last", "mean", "max", "attention"]


def make_regressor(cell=GRURegressor, **params):
    return cell(**({"hidden_size": 4, "max_epochs": 3, "random_state": 0} | params))


def make_data(n_samples=80, n_steps=5, seed=0):
    """Sequences of two features with a target that no linear map predicts."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_steps, 2))
    y = X[:, -1, 1] + np.tanh(2 * X[:, -1, 0] * X[:, -2, 1])
    return X, y + 0.1 * rng.normal(size=n_samples)


def ragged_forms(X, lengths):
    """Return the last `lengths` steps of X in every form that holds them."""
    longest = X.shape[1]
    arrays = [x[longest - length :] for x, length in zip(X, lengths, strict=True)]
    padded = X.copy()
    for x, length in zip(padded, lengths, strict=True):
        x[: longest - length] = np.nan
    objects = np.empty(len(arrays), dtype=object)
    objects[:] = arrays
    return {
        "arrays": arrays,
        "tuple": tuple(arrays),
        "object array": objects,
        "lists": [x.tolist() for x in arrays],
        "frames": [pd.DataFrame(x) for x in arrays],
        "padded": padded,
    }


def linear_data(seed, noise=0.3):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(600, 6, 2))
    weights = np.random.default_rng(0).normal(size=(6, 2))
    return X, np.einsum("ntf,tf->n", X, weights) + 5 + noise * rng.normal(size=600)
