"""The task of the training cases: numbers and a series, for every environment."""

import numpy as np

__all__ = [
    "BATCH_SIZE",
    "HIDDEN_SIZE",
    "LR",
    "MAX_NORM",
    "N_EPOCHS",
    "N_STEPS",
    "N_WINDOWS",
    "WEIGHT_DECAY",
    "make_series",
]

N_WINDOWS = 2_000
N_STEPS = 60
HIDDEN_SIZE = 50
BATCH_SIZE = 32
N_EPOCHS = 5  # 315 optimiser steps

# At a rate of 1e-2 rounding grows in the training of the plain recurrent network: a
# relative change of 1e-6 in its gradients moves the fourth digit of its losses.
LR = 3e-3
WEIGHT_DECAY = 1e-2
MAX_NORM = 1.0


def make_series(n_windows=N_WINDOWS):
    """Return a noisy sine of mean 0 and variance 1.

    Parameters
    ----------
    n_windows : int, default=N_WINDOWS
        Number of windows of N_STEPS, each with a next value, that the series holds.

    Returns
    -------
    series : ndarray of shape (n_windows + N_STEPS,)
        In float64.
    """
    n_rows = n_windows + N_STEPS
    noise = np.random.default_rng(0).normal(scale=0.3, size=n_rows)
    series = np.sin(np.arange(n_rows) / 5) + noise
    return (series - series.mean()) / series.std()
