"""One optimiser step of neuralforecast's ``LSTM`` or ``GRU``, which predicts one value.

The same windows, hidden size, batches (of windows, from the one series), loss,
optimiser and clipping as ours; the decoder is one linear layer; no schedule of the
learning rate, no scaling. Everything optional is left out: progress bar, logger,
checkpoints, summary.
"""

import numpy as np
import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.losses.pytorch import MSE
from neuralforecast.models import GRU, LSTM

from benchmarks._lightning import OPTIMIZER, TRAINER, be_quiet

from .._setting import BATCH_SIZE, HIDDEN_SIZE, LR, N_STEPS, make_series
from ._per_step import N_BATCHES, print_time_per_step

_MODELS = {"gru": GRU, "lstm": LSTM}


def train(cell, n_epochs):
    model = _MODELS[cell](
        h=1,
        input_size=N_STEPS,
        encoder_n_layers=1,
        encoder_hidden_size=HIDDEN_SIZE,
        decoder_layers=1,
        loss=MSE(),
        max_steps=n_epochs * N_BATCHES,
        learning_rate=LR,
        batch_size=1,
        windows_batch_size=BATCH_SIZE,
        scaler_type="identity",
        random_seed=1,
        **OPTIMIZER,
        **TRAINER,
    )
    series = make_series().astype(np.float32)
    frame = pd.DataFrame({"unique_id": 0, "ds": np.arange(len(series)), "y": series})
    NeuralForecast(models=[model], freq=1).fit(frame)


if __name__ == "__main__":
    be_quiet()
    print_time_per_step(train)
