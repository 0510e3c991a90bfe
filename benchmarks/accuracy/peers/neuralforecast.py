"""Forecasts of neuralforecast's ``LSTM``, one network for all series.

The model has its defaults, with the scaling of each window, except for the settings of
`Request`, the number of optimiser steps, and the local scaler that its guide to scaling
adds, which standardises each series by its mean and deviation. Windows to continue come
from a series already scaled by its training rows; a local scaler would scale each
window anew.
"""

import numpy as np
import pandas as pd
import torch
from neuralforecast import NeuralForecast
from neuralforecast.models import LSTM

from benchmarks._lightning import QUIET, be_quiet

from ._request import answer

# With the default of 1000 each fit would take minutes: a step has 128 windows, drawn
# repeatedly if there are fewer.
_N_OPTIMISER_STEPS = 200


def forecast(request):
    model = LSTM(
        h=request.horizon,
        input_size=request.window_length,
        max_steps=_N_OPTIMISER_STEPS,
        random_seed=request.seed,
        **QUIET,
    )
    is_scaled = request.windows is not None
    network = NeuralForecast(
        models=[model], freq=1, local_scaler_type=None if is_scaled else "standard"
    )
    network.fit(_frame(request.train))
    # None: continue the training series
    found = network.predict(_frame(request.windows) if is_scaled else None)
    found = found.sort_values(["unique_id", "ds"])
    return found["LSTM"].to_numpy(float).reshape(-1, request.horizon)


def _frame(series):
    """Return the series as one table, one below the other."""
    sizes = [len(rows) for rows in series]
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(sizes)), sizes),
            "ds": np.concatenate([np.arange(size) for size in sizes]),
            "y": np.concatenate(list(series)),
        }
    )


if __name__ == "__main__":
    be_quiet()
    torch.set_num_threads(1)
    answer(forecast)
