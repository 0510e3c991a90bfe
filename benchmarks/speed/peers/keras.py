"""One optimiser step of Keras' ``LSTM`` or ``GRU``.

The same windows, hidden size, batches, loss, optimiser and clipping as ours; no
schedule of the learning rate. The model is compiled once and trained on, so that no
compilation is in the time of a step.
"""

from functools import cache

import keras
import numpy as np

from .._setting import (
    BATCH_SIZE,
    HIDDEN_SIZE,
    LR,
    MAX_NORM,
    N_STEPS,
    N_WINDOWS,
    WEIGHT_DECAY,
    make_series,
)
from ._per_step import print_time_per_step

_LAYERS = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}


@cache
def make_model(cell):
    model = keras.Sequential(
        [
            keras.Input((N_STEPS, 1)),
            _LAYERS[cell](HIDDEN_SIZE),
            keras.layers.Dense(1),
        ]
    )
    optimizer = keras.optimizers.AdamW(
        LR, weight_decay=WEIGHT_DECAY, global_clipnorm=MAX_NORM
    )
    model.compile(optimizer, loss="mean_squared_error")
    return model


def train(cell, n_epochs):
    series = make_series().astype(np.float32)
    X = np.lib.stride_tricks.sliding_window_view(series[:-1], N_STEPS)
    X, y = X[:N_WINDOWS, :, np.newaxis].copy(), series[N_STEPS:]
    make_model(cell).fit(X, y, batch_size=BATCH_SIZE, epochs=n_epochs, verbose=0)


if __name__ == "__main__":
    print_time_per_step(train)
