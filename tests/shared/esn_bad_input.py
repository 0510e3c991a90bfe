"""Fits of small echo state networks to data that cases of bad input spoil."""

import copy
from types import SimpleNamespace

import numpy as np
import pandas as pd

from sklearn_rnn import ESNRegressor, ESNRegressorCV

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 4, 2))
FLAT = X.reshape(20, 8)
FRAME = pd.DataFrame(FLAT, columns=list("abcdefgh"))
y = RNG.normal(size=20)
LONG = RNG.normal(size=(2, 150, 2))
LISTED = [LONG[0], LONG[1, 30:]]

FINITE = r"all values must be finite numbers \(impute or drop what is missing\)\.$"
EITHER = r"\(20, 4\) or \(20, 4, n_outputs\)\.$"


def put(array, at, value):
    array = np.array(array, dtype=float)
    array[at] = value
    return array


def fit(inputs=X, targets=y, weights=None, network=ESNRegressor, **params):
    return network(**{"n_reservoir": 5, **params}).fit(inputs, targets, weights)


def fit_steps(inputs=X, targets=X[:, :, 0], weights=None, **params):
    return fit(inputs, targets, weights, return_sequences=True, **params)


def choose(inputs=X, targets=y, **params):
    return fit(inputs, targets, network=ESNRegressorCV, **params)


def clone_of(network, **params):
    """A fitted copy with other parameters."""
    return copy.copy(network).set_params(**params)


def fitted_networks():
    """Networks that the calls are made with, by name."""
    return SimpleNamespace(
        last=fit(),
        mean=fit(pooling="mean", washout=2),
        steps=fit_steps(),
        loop=fit_steps(LONG[:, :-1], LONG[:, 1:]),
        both_ways=fit_steps(LONG[:, :-1], LONG[:, 1:], bidirectional=True),
        one_output=fit_steps(LONG[:, :-1], LONG[:, 1:, 0]),
        means=fit(LONG, LONG[:, -1], pooling="mean"),
        both=fit(LONG, LONG[:, -1], pooling="both"),
        flat=fit(FLAT, window_length=4),
        frame=fit(FRAME, window_length=4),
    )


def never_fit(*args, **kwargs):
    raise AssertionError("Fitting started.")
