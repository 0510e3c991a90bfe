"""The Lorenz system, forecast by an echo state network on its own outputs."""

import numpy as np

from sklearn_rnn import ESNRegressor
from sklearn_rnn.datasets import make_lorenz

STEP, LYAPUNOV_TIME = 0.02, 1 / 0.9056  # in time units
N_TRAIN, N_DRIVE, N_FREE = 5000, 500, 900

series = make_lorenz(8000, step=STEP, random_state=0)
X, y = series[None, :N_TRAIN], series[None, 1 : N_TRAIN + 1]
esn = ESNRegressor(return_sequences=True, washout=100, random_state=0)
start = N_TRAIN + 1 + N_DRIVE
drive = series[None, start - N_DRIVE : start]
forecast = esn.fit(X, y).free_run(drive, N_FREE)[0]
truth = series[start : start + N_FREE]
times = np.arange(1, N_FREE + 1) * STEP / LYAPUNOV_TIME


def draw(figure, color):
    """Draw x, as it is and as it is forecast."""
    axis = figure.subplots()
    axis.plot(times, truth[:, 0], color=color.ink, lw=1.6, label="truth")
    axis.plot(times, forecast[:, 0], "--", color=color.orange, lw=1.6, label="forecast")
    axis.set(xlabel="Lyapunov times ahead", ylabel="x", xlim=(0, times[-1]))
    axis.set(ylim=(None, 30))
    axis.legend(loc="upper right", ncols=2)
