"""`fit` beside a hand-written loop and beside plain skorch.

2000 windows of 60 steps, 1 feature, hidden size 50, batches of 32, 5 epochs, no linear
skip. Each run starts from the same float64 windows and ends with a trained network:
checks, scaling, conversion and the making of the network count on both sides, where
there are any.
"""

from unittest.mock import patch

import numpy as np
import torch
from skorch import NeuralNetRegressor
from skorch.callbacks import GradientNormClipping
from torch import nn

from sklearn_rnn._modules import CELLS

from . import _setting, _task
from ._harness import compare, interleave

__all__ = ["fit", "overhead", "skorch"]


def fit():
    """Compare an LSTM with torch.nn.LSTM in a loop over tensor slices.

    The loop trains the same network with the same optimiser, schedule and clipping.
    """
    return _beside_hand_loop("fit", nn.LSTM, seconds=60, bound=1.10)


def overhead():
    """Compare the same with a trivial layer in place of the LSTM.

    Nearly all of the time is what surrounds the network: batches, loss, clipping,
    optimiser, schedule, records, and what happens once a fit.
    """
    with patch.dict(CELLS, lstm=(_task.LastStep, 4)):
        return _beside_hand_loop("overhead", _task.LastStep, seconds=30, bound=1.35)


def _beside_hand_loop(case, layer, *, seconds, bound):
    X, y = _task.make_task()
    losses = {}

    def ours():
        losses["ours"] = _task.make_estimator().fit(X, y).loss_curve_[-1]

    def by_hand():
        torch.manual_seed(0)
        losses["by hand"] = _task.train_by_hand(_task.Network(layer), X, y)

    times = interleave(ours, by_hand, seconds=seconds)
    print(
        f"{case}: last losses", {name: round(loss, 4) for name, loss in losses.items()}
    )
    return compare(case, *times, bound=bound)


def skorch():
    """Compare with skorch as it comes: its DataLoader, its callbacks.

    Its net has the same network, fused AdamW and clipping by skorch's own callback; it
    is spared the schedule of the learning rate, which ours has.
    """
    X, y = _task.make_task()
    losses = {}

    def ours():
        losses["ours"] = _task.make_estimator().fit(X, y).loss_curve_[-1]

    def with_skorch():
        torch.manual_seed(0)
        net = NeuralNetRegressor(
            _task.Network,
            optimizer=torch.optim.AdamW,
            optimizer__fused=True,
            optimizer__weight_decay=_setting.WEIGHT_DECAY,
            lr=_setting.LR,
            batch_size=_setting.BATCH_SIZE,
            max_epochs=_setting.N_EPOCHS,
            iterator_train__shuffle=True,
            callbacks=[GradientNormClipping(_setting.MAX_NORM)],
            train_split=None,
            verbose=0,
        )
        net.fit(X.astype(np.float32), y.astype(np.float32)[:, np.newaxis])
        losses["skorch"] = float(net.history[-1, "train_loss"])

    times = interleave(ours, with_skorch, seconds=40)
    print(
        "skorch: last losses", {name: round(loss, 4) for name, loss in losses.items()}
    )
    return compare("skorch", *times, bound=1.0)
