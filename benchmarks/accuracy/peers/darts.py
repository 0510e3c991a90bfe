"""Forecasts of darts' ``RNNModel`` with an LSTM, of one series.

The model has its defaults, except for the cell, the settings of `Request` and the
length of training windows, which has no default rule: the number of rows that a
forecast reads and writes, so that training and forecasts run for the same number of
steps. The series is scaled by darts' ``Scaler`` to [0, 1] over its training rows.
"""

import numpy as np
import torch
from darts import TimeSeries
from darts.dataprocessing.transformers import Scaler
from darts.models import RNNModel

from benchmarks._lightning import QUIET, be_quiet

from ._request import answer


def forecast(request):
    (rows,) = request.train
    scaler = Scaler()
    series = scaler.fit_transform(TimeSeries.from_values(rows.astype(np.float32)))
    model = RNNModel(
        input_chunk_length=request.window_length,
        model="LSTM",
        training_length=request.window_length + request.horizon,
        random_state=request.seed,
        pl_trainer_kwargs=QUIET,
    )
    model.fit(series)
    found = scaler.inverse_transform(model.predict(request.horizon))
    return found.values().T


if __name__ == "__main__":
    be_quiet()
    torch.set_num_threads(1)
    answer(forecast)
