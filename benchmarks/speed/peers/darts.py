"""One optimiser step of darts' ``BlockRNNModel``, which predicts one value.

The same windows, hidden size, batches, optimiser and clipping as ours; no schedule of
the learning rate. Everything optional is left out: progress bar, logger,
checkpoints, summary.
"""

import numpy as np
from darts import TimeSeries
from darts.models import BlockRNNModel

from benchmarks._lightning import OPTIMIZER, TRAINER, be_quiet

from .._setting import BATCH_SIZE, HIDDEN_SIZE, N_STEPS, make_series
from ._per_step import print_time_per_step


def train(cell, n_epochs):
    model = BlockRNNModel(
        input_chunk_length=N_STEPS,
        output_chunk_length=1,
        model=cell.upper(),
        hidden_dim=HIDDEN_SIZE,
        n_rnn_layers=1,
        dropout=0.0,
        batch_size=BATCH_SIZE,
        n_epochs=n_epochs,
        optimizer_cls=OPTIMIZER["optimizer"],
        optimizer_kwargs=OPTIMIZER["optimizer_kwargs"],
        random_state=0,
        pl_trainer_kwargs=TRAINER,
    )
    model.fit(TimeSeries.from_values(make_series().astype(np.float32)))


if __name__ == "__main__":
    be_quiet()
    print_time_per_step(train)
