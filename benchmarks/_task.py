"""The task of the training cases, and what one would write for it by hand."""

import numpy as np
import torch
from torch import nn

from sklearn_rnn import LSTMRegressor, make_windows

from ._setting import (
    BATCH_SIZE,
    DROPOUT,
    HIDDEN_SIZE,
    LR,
    MAX_NORM,
    N_EPOCHS,
    N_STEPS,
    N_WINDOWS,
    WEIGHT_DECAY,
    make_series,
)

__all__ = ["LastStep", "Network", "make_estimator", "make_task", "train_by_hand"]


def make_task(n_windows=N_WINDOWS):
    """Return windows of a noisy sine and the values that follow them.

    Parameters
    ----------
    n_windows : int, default=N_WINDOWS
        How many.

    Returns
    -------
    X : ndarray of shape (n_windows, N_STEPS, 1)
        A float64 view on a series.
    y : ndarray of shape (n_windows,)
        The next value.
    """
    return make_windows(make_series(n_windows), N_STEPS)


def make_estimator(n_epochs=N_EPOCHS):
    """Return our estimator for the task; what is not named is at its default."""
    return LSTMRegressor(
        hidden_size=HIDDEN_SIZE,
        dropout=DROPOUT,
        linear_skip=None,
        batch_size=BATCH_SIZE,
        max_epochs=n_epochs,
        lr=LR,
        weight_decay=WEIGHT_DECAY,
        clip_grad_norm=MAX_NORM,
        random_state=0,
    )


class Network(nn.Module):
    """The network of `make_estimator`, as one would write it.

    Parameters
    ----------
    layer : type, default=torch.nn.LSTM
        The recurrent layer, or one that is called as it is.
    """

    def __init__(self, layer=nn.LSTM):
        super().__init__()
        self.rnn = layer(1, HIDDEN_SIZE, batch_first=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(HIDDEN_SIZE, 1)

    def forward(self, x):
        """Map sequences (n_samples, n_steps, 1) to outputs (n_samples, 1)."""
        _, (final, _) = self.rnn(x)
        return self.head(self.dropout(final[-1]))


class LastStep(nn.Linear):
    """A layer that is called like ``torch.nn.LSTM`` and does next to nothing."""

    num_layers = 1

    def __init__(self, input_size, hidden_size, **kwargs):
        super().__init__(input_size, hidden_size)

    def forward(self, x):
        """Return what an LSTM does, computed from the last step alone."""
        state = super().forward(x[:, -1])
        return state[:, None], (state[None], state[None])


def train_by_hand(network, X, y, n_epochs=N_EPOCHS):
    """Train `network` as our estimator does, in the plainest loop.

    Parameters
    ----------
    network : Network
        Changed in place.
    X : ndarray of shape (n_samples, n_steps, n_features)
        Sequences.
    y : ndarray of shape (n_samples,)
        Targets.
    n_epochs : int, default=N_EPOCHS
        Passes over the samples.

    Returns
    -------
    loss : float
        Mean loss of the last epoch.
    """
    X = torch.from_numpy(X.astype(np.float32))
    y = torch.from_numpy(y.astype(np.float32)[:, np.newaxis])
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=LR, weight_decay=WEIGHT_DECAY, fused=True
    )
    n_batches = -(-len(X) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=LR, total_steps=n_epochs * n_batches
    )
    criterion = nn.MSELoss()
    network.train()
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X)).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss = criterion(network(X[rows]), y[rows])
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), MAX_NORM)
            optimizer.step()
            schedule.step()
            total += loss.detach() * len(rows)
    return float(total) / len(X)
