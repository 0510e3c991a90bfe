"""Forecasts of darts' ``RNNModel`` with an LSTM, of one series.

All at its defaults, but for the cell, what `Request` says and the length of training
windows, for which it has no rule: as many rows as a forecast reads and writes, so that
the network is trained for as many steps as it is to run. The series is scaled with
darts' ``Scaler``, to [0, 1] over the rows it is trained on.
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
