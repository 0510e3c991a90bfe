"""Mackey-Glass 15 steps ahead: a linear model, and an LSTM on top of it."""

import numpy as np

from sklearn_rnn import LSTMRegressor, make_windows
from sklearn_rnn.datasets import make_mackey_glass

N_SHOWN = 250
series = make_mackey_glass(4000, random_state=0)
X, y = make_windows(series, window_length=60, horizon=15)
predicted = {
    n_epochs: LSTMRegressor(max_epochs=n_epochs, random_state=0)
    .fit(X[:2000], y[:2000, -1])
    .predict(X[2015:][:N_SHOWN])
    for n_epochs in (0, 100)
}
truth = y[2015:, -1][:N_SHOWN]


def draw(figure, color):
    """Draw the truth and both predictions."""
    axis = figure.subplots()
    axis.plot(truth, color=color.ink, lw=2.5, label="truth")
    axis.plot(predicted[0], color=color.blue, lw=1.4, label="linear model")
    axis.plot(predicted[100], "--", color=color.orange, lw=2, label="LSTM on top")
    axis.set(xlabel="step of the test part", xlim=(0, N_SHOWN))
    axis.set(ylim=(None, np.max(truth) + 0.35))
    axis.legend(loc="upper right", ncols=3)
