"""Sequences and series that small echo state networks learn."""

import numpy as np

from sklearn_rnn import ESNRegressor
from sklearn_rnn.datasets import make_mso

SMALL = {"n_reservoir": 20, "random_state": 0}
BY_STEP = {**SMALL, "return_sequences": True, "washout": 10}


def a_task(n_samples=60, n_steps=8, n_features=2, n_outputs=1, seed=0, noise=0.3):
    """Sequences, and targets that hang on their last steps."""
    rng = np.random.default_rng(seed)
    X = rng.normal(2.0, 3.0, size=(n_samples, n_steps, n_features))
    weights = rng.normal(size=(3 * n_features, n_outputs))
    y = np.tanh(X[:, -3:].reshape(n_samples, -1) @ weights / 3) * 5
    y = y + noise * rng.normal(size=y.shape) - 7
    return X, y[:, 0] if n_outputs == 1 else y


def a_series(n_samples=3, n_steps=60, n_features=2, n_outputs=2, seed=0):
    """Sequences with targets for each step."""
    X = np.random.default_rng(seed).normal(size=(n_samples, n_steps, n_features))
    y = np.cumsum(X, axis=1)[:, :, :1] * 0.1 + X[:, :, -1:] ** 2
    return X, np.concatenate([y, -3 * y + 1], axis=2)[:, :, :n_outputs]


def waves(n_steps, noise=0.0):
    """Steps of a sum of sines, and the steps that follow."""
    series = make_mso(n_steps + 1, n_sines=3, random_state=0)
    noise = noise * np.random.default_rng(0).normal(size=n_steps)
    return series[:-1], series[1:] + noise


def a_closed_loop(n_features=2, **options):
    """A network that predicts the next step of a noisy wave, and the wave."""
    t = np.arange(400) * 0.2
    wave = np.stack([np.sin(t + k) + np.sin(0.37 * t * (k + 1)) for k in range(2)], 1)
    wave = wave[:, :n_features]
    wave += 0.01 * np.random.default_rng(0).normal(size=wave.shape)
    X, y = wave[np.newaxis, :-1], wave[np.newaxis, 1:]
    return ESNRegressor(**{**BY_STEP, **options}), X, y
