"""The task of the training cases, and its solution written by hand."""

import os
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import torch
from sklearn.base import clone
from skorch.callbacks import Callback
from torch import nn

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor, make_windows

from ._setting import (
    BATCH_SIZE,
    HIDDEN_SIZE,
    LR,
    MAX_NORM,
    N_EPOCHS,
    N_STEPS,
    N_WINDOWS,
    WEIGHT_DECAY,
    make_series,
)

__all__ = [
    "ESTIMATORS",
    "Network",
    "Start",
    "kernel",
    "make_estimator",
    "make_task",
    "train_by_hand",
]

ESTIMATORS = {"lstm": LSTMRegressor, "gru": GRURegressor, "rnn": RNNRegressor}
_LAYERS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


def make_task(n_windows=N_WINDOWS):
    """Return windows of a noisy sine and the values that follow them.

    Parameters
    ----------
    n_windows : int, default=N_WINDOWS
        Number of windows.

    Returns
    -------
    X : ndarray of shape (n_windows, N_STEPS, 1)
        A float64 view on a series.
    y : ndarray of shape (n_windows,)
        The next value.
    """
    return make_windows(make_series(n_windows), N_STEPS)


def make_estimator(cell="lstm", *, batch_size=BATCH_SIZE, n_epochs=N_EPOCHS):
    """Return our estimator for the task; other parameters have their defaults.

    Without dropout, training draws only the order of the batches.
    """
    return ESTIMATORS[cell](
        hidden_size=HIDDEN_SIZE,
        dropout=0.0,
        linear_skip=None,
        batch_size=batch_size,
        max_epochs=n_epochs,
        lr=LR,
        lr_schedule="onecycle",
        weight_decay=WEIGHT_DECAY,
        clip_grad_norm=MAX_NORM,
        random_state=0,
    )


@contextmanager
def kernel(name):
    """Compute our networks with the kernel `name` of ``SKLEARN_RNN_KERNEL``."""
    with patch.dict(os.environ, SKLEARN_RNN_KERNEL=name):
        yield


class Network(nn.Module):
    """The network of `make_estimator` in plain torch; its head starts at zero.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}, default="lstm"
        The recurrent layer of torch.
    hidden_size : int, default=HIDDEN_SIZE
        Number of its units.
    """

    def __init__(self, cell="lstm", hidden_size=HIDDEN_SIZE):
        super().__init__()
        self.rnn = _LAYERS[cell](1, hidden_size, batch_first=True)
        self.head = nn.Linear(hidden_size, 1)
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x):
        """Map sequences (n_samples, n_steps, 1) to outputs (n_samples, 1)."""
        _, final = self.rnn(x)
        if isinstance(final, tuple):
            final = final[0]
        return self.head(final[-1])


class Start(Callback):
    """The start of a fit of ours, for a loop that repeats the fit.

    Parameters
    ----------
    estimator : estimator of this package
        Its `random_state` is a number.
    X : ndarray of shape (n_samples, n_steps, n_features)
        Sequences.
    y : ndarray of shape (n_samples,)
        Targets.
    """

    def __init__(self, estimator, X, y):
        self._seen = {}  # shared with the estimator's copy of this callback
        few = slice(0, 2)  # the start does not depend on their number
        short = clone(estimator).set_params(max_epochs=1, callbacks=[self])
        short.fit(X[few], y[few])

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        """Keep the first weights and the state of the fit's own generator."""
        weights = net.module_.state_dict()
        self._seen["weights"] = {name: value.clone() for name, value in weights.items()}
        self._seen["generator"] = net._generator.get_state()

    def set(self, network):
        """Set weights and torch's generator to the start."""
        network.load_state_dict(self._seen["weights"])
        torch.set_rng_state(self._seen["generator"])


def train_by_hand(network, X, y, *, batch_size=BATCH_SIZE, n_epochs=N_EPOCHS):
    """Train `network` as our estimator does, in a plain loop.

    Parameters
    ----------
    network : Network
        Changed in place.
    X : ndarray of shape (n_samples, n_steps, n_features)
        Sequences.
    y : ndarray of shape (n_samples,)
        Targets.
    batch_size : int, default=BATCH_SIZE
        Sequences a batch.
    n_epochs : int, default=N_EPOCHS
        Passes over the samples.

    Returns
    -------
    losses : list of float, of shape (n_epochs,)
        Mean loss of each epoch.
    """
    X, y = (X - X.mean()) / X.std(), (y - y.mean()) / y.std()
    X = torch.from_numpy(X.astype(np.float32))
    y = torch.from_numpy(y.astype(np.float32)[:, np.newaxis])
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=LR, weight_decay=WEIGHT_DECAY, fused=True
    )
    n_batches = -(-len(X) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=LR, total_steps=n_epochs * n_batches
    )
    criterion = nn.MSELoss()
    network.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X)).split(batch_size):
            optimizer.zero_grad()
            loss = criterion(network(X[rows]), y[rows])
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), MAX_NORM)
            optimizer.step()
            schedule.step()
            total += loss.detach() * len(rows)
        losses.append(float(total) / len(X))
    return losses
