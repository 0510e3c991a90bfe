"""`fit` beside a hand-written loop and beside plain skorch.

2000 windows of 60 steps, 1 feature, hidden size 50, batches of 32 or 256, 5 epochs, no
dropout, no linear skip. Each run starts from the same float64 windows and ends with a
trained network: checks, scaling, conversion and the construction of the network count
on both sides, if there are any.

The hand-written loop trains torch's own module with the same optimiser (fused),
schedule and clipping, from the same weights, on the same batches. Both sides compute
the same, so that the losses of all epochs must agree to 5 digits.
"""

import numpy as np
import torch
from skorch import NeuralNetRegressor
from skorch.callbacks import GradientNormClipping

from benchmarks._harness import Line, compare, interleave

from . import _setting, _task

__all__ = ["fallback", "overhead", "skorch", "train"]

# (cell, batch size) -> largest ratio of CPU time allowed
_BOUNDS = {
    ("lstm", 32): 0.60,
    ("lstm", 256): 0.50,
    ("gru", 32): 0.20,
    ("gru", 256): 0.32,
    ("rnn", 32): 0.28,
    ("rnn", 256): 0.42,
}
_FALLBACK_BOUND = 0.60

_SAME_LOSS = 1e-5


def train():
    """Compare each of our cells with torch's module in a loop over tensor slices."""
    lines = []
    for (cell, batch_size), bound in _BOUNDS.items():
        case = f"train {cell.upper()}, batch {batch_size}"
        lines += _beside_hand_loop(case, cell, batch_size, seconds=15, bound=bound)
    return lines


def fallback():
    """Compare our cells without the compiled kernel, in plain torch."""
    lines = []
    with _task.kernel("torch"):
        for cell in ("gru", "rnn"):
            case = f"fallback {cell.upper()}, batch {_setting.BATCH_SIZE}"
            lines += _beside_hand_loop(case, cell, seconds=15, bound=_FALLBACK_BOUND)
    return lines


def overhead():
    """Compare an LSTM over sequences of a single step.

    Nearly all of the time is spent around the network: batches, loss, clipping,
    optimiser, schedule, records, and the fixed costs of a fit.
    """
    return _beside_hand_loop("overhead", "lstm", n_steps=1, seconds=20, bound=1.35)


def _beside_hand_loop(
    case,
    cell,
    batch_size=_setting.BATCH_SIZE,
    *,
    n_steps=_setting.N_STEPS,
    seconds,
    bound,
):
    X, y = _task.make_task()
    X = X[:, -n_steps:]
    estimator = _task.make_estimator(cell, batch_size=batch_size)
    start = _task.Start(estimator, X, y)
    losses = {}

    def ours():
        losses["ours"] = estimator.fit(X, y).loss_curve_

    def by_hand():
        network = _task.Network(cell)
        start.set(network)
        losses["by hand"] = _task.train_by_hand(network, X, y, batch_size=batch_size)

    times = interleave(ours, by_hand, seconds=seconds)
    difference = np.divide(losses["ours"], losses["by hand"]) - 1
    last = [f"{losses[name][-1]:.7f}" for name in ("ours", "by hand")]
    largest = float(np.abs(difference).max())
    return [
        *compare(case, *times, bound=bound),
        Line(case, "losses' difference", *last, largest, None, _SAME_LOSS),
    ]


def skorch():
    """Compare with skorch as it comes: its DataLoader, its callbacks.

    Its net has the same network, fused AdamW and clipping by skorch's own callback, but
    no schedule of the learning rate, which ours has. Its batches differ from ours, so
    that its loss is only close to ours.
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

    times = interleave(ours, with_skorch, seconds=30)
    print(
        "skorch: last losses", {name: round(loss, 4) for name, loss in losses.items()}
    )
    return compare("skorch", *times, bound=1.0)
