"""One optimiser step of darts' ``BlockRNNModel``, an LSTM that predicts one value.

The same windows, hidden size, batches, optimiser and clipping as ours; neither dropout
nor a schedule of the learning rate. What darts can do without is left out: progress
bar, logger, checkpoints, summary.
"""

import logging

import numpy as np
import torch
from darts import TimeSeries
from darts.models import BlockRNNModel

from .._setting import (
    BATCH_SIZE,
    HIDDEN_SIZE,
    LR,
    MAX_NORM,
    N_STEPS,
    WEIGHT_DECAY,
    make_series,
)
from ._per_step import print_time_per_step


def train(n_epochs):
    model = BlockRNNModel(
        input_chunk_length=N_STEPS,
        output_chunk_length=1,
        model="LSTM",
        hidden_dim=HIDDEN_SIZE,
        n_rnn_layers=1,
        dropout=0.0,
        batch_size=BATCH_SIZE,
        n_epochs=n_epochs,
        optimizer_cls=torch.optim.AdamW,
        optimizer_kwargs={"lr": LR, "weight_decay": WEIGHT_DECAY, "fused": True},
        random_state=0,
        pl_trainer_kwargs={
            "accelerator": "cpu",
            "gradient_clip_val": MAX_NORM,
            "enable_checkpointing": False,
            "enable_model_summary": False,
            "enable_progress_bar": False,
            "logger": False,
        },
    )
    model.fit(TimeSeries.from_values(make_series().astype(np.float32)))


def main():
    for name in ("pytorch_lightning", "darts"):
        logging.getLogger(name).setLevel(logging.ERROR)
    print_time_per_step(train)


if __name__ == "__main__":
    main()
