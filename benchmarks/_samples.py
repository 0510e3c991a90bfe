"""Training and test samples: windows of series, some recorded, some drawn from a seed.

Functions that draw nothing take a seed all the same, and ignore it.
"""

from dataclasses import dataclass

import numpy as np

from sklearn_rnn import SlidingWindowTransformer, make_windows
from sklearn_rnn.datasets import load_aapl, load_santafe_laser, make_narma

__all__ = [
    "Samples",
    "aapl",
    "autoregression",
    "henon",
    "laser",
    "narma",
    "noisy_sine",
    "threshold",
    "white_noise",
]

_N_TEST = 2_000  # rows at the end of a drawn series


@dataclass(frozen=True)
class Samples:
    """Training and test samples.

    Parameters
    ----------
    X_train, X_test : ndarray of shape (n_samples, n_steps, n_features)
        Windows.
    y_train, y_test : ndarray of shape (n_samples,)
        Targets.
    """

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray

    @classmethod
    def cut(cls, series, window_length, n_train, ahead=1):
        """Cut a series into windows, whose targets are its values some rows ahead.

        The targets for training are among the first `n_train` rows; the targets of the
        test are all later rows.
        """
        X, y = make_windows(series, window_length, ahead)
        y = y.reshape(len(X), ahead)[:, -1]
        n = n_train - window_length - ahead + 1
        return cls(X[:n], y[:n], X[n:], y[n:])


def laser(seed=None, *, ahead=1):
    """Return windows of 30 rows of the Santa Fe laser."""
    return Samples.cut(load_santafe_laser()[:6000], 30, 3000, ahead)


def aapl(seed=None):
    """Return windows of 60 of AAPL's closes, the last fifth of them for the test."""
    closes = load_aapl()["Close"].to_numpy()
    return Samples.cut(closes, 60, int(0.8 * len(closes)))


def henon(seed=None):
    """Return windows of 3 of the Henon map, as in the docstring of `GRURegressor`."""
    series = np.zeros(501)
    for t in range(2, 501):
        series[t] = 1 - 1.4 * series[t - 1] ** 2 + 0.3 * series[t - 2]
    X, y = series[:-1, np.newaxis], series[1:]
    windows = SlidingWindowTransformer(3)
    X_train = windows.fit_transform(X[:400])
    return Samples(X_train, y[:400], windows.transform(X[400:]), y[400:])


def noisy_sine(seed):
    """Return windows of 10 of a sine with noise of deviation .1."""
    noise = np.random.default_rng(seed).normal(size=1000)
    return Samples.cut(np.sin(np.linspace(0, 100, 1000)) + 0.1 * noise, 10, 800)


def white_noise(seed):
    """Return windows of 20 of white noise, 500 for training."""
    return Samples.cut(_normal(520, seed), 20, 520)


def narma(seed):
    """Return windows of 30 inputs of NARMA10, with its output at the last of them."""
    u, y = make_narma(6029, random_state=seed)
    # (6000, n_features, n_steps) -> (6000, n_steps, n_features)
    X = np.lib.stride_tricks.sliding_window_view(u, 30, axis=0).swapaxes(1, 2)
    y = y[29:]
    return Samples(X[:3000], y[:3000], X[3000:], y[3000:])


def autoregression(seed):
    """Return windows of 20 of a linear autoregression of order 2, 800 for training."""

    def step(before, last, noise):
        return 1.2 * last - 0.5 * before + noise

    return Samples.cut(_run(step, 820, seed), 20, 820)


def threshold(seed):
    """Return windows of 10 of a threshold autoregression, 600 for training."""

    def step(before, last, noise):
        mean = 0.6 * last + 1 if before < 0 else -0.8 * last - 0.5
        return mean + 0.5 * noise

    return Samples.cut(_run(step, 610, seed), 10, 610)


def _normal(n_train, seed):
    return np.random.default_rng(seed).normal(size=n_train + _N_TEST)


def _run(step, n_train, seed):
    """Return a series of order 2, without its first 100 rows."""
    series = _normal(100 + n_train, seed)
    for t in range(2, len(series)):
        series[t] = step(series[t - 2], series[t - 1], series[t])
    return series[100:]
