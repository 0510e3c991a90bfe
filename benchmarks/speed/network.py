"""Forward and backward pass of one batch, beside torch's module, and its arithmetic.

Windows of 60 steps of 1 feature, already a float32 tensor; one pass forward and one
back to all weights, without loss, optimiser and records. Both sides are the network of
our estimators: once as it is by default, once with ``SKLEARN_RNN_KERNEL=off``, which
runs torch's own module.

A pass forward multiplies, for every step and sequence, the last state and the step with
``n_gates * hidden_size * (hidden_size + n_features)`` weights, at 2 operations each;
the pass back takes twice as many, for the gradients of the states and of the weights.
Operations of the gates themselves are not counted. The rate of these is compared with
the highest rate of a product of two 1024 x 1024 matrices in float32, on one thread: of
torch's, which is MKL's where torch was built with it, and of oneDNN's, which uses the
widest registers of processors where MKL does not.
"""

import time

import numpy as np
import torch
from torch import nn

from benchmarks._harness import Line, compare, interleave
from sklearn_rnn._recurrent.module import RecurrentModule

from ._setting import HIDDEN_SIZE, N_STEPS
from ._task import ESTIMATORS, kernel

__all__ = ["network", "sizes"]

_BATCH_SIZES = (32, 256)
_ORDER = 1024  # of the matrices
_N_PRODUCTS = 20

_STUDIED_SIZES = (16, 32, 50, 64, 128, 192, 256)
_STUDIED_BATCH_SIZES = (32, 64)


def network():
    """Compare the passes at the training cases' size, also with the peak rate."""
    peak = _measure_peak()
    lines = []
    for cell in ESTIMATORS:
        for batch_size in _BATCH_SIZES:
            case = f"network {cell.upper()}, batch {batch_size}"
            passes = _Passes(cell, HIDDEN_SIZE, batch_size)
            ours, torchs = _measure(passes, seconds=4)
            rates = [passes.n_operations / np.median(of.cpu) for of in (ours, torchs)]
            print(f"{case}: torch's module at {rates[1] / peak:.2f} of the peak")
            lines += compare(case, ours, torchs, of=("CPU time",))
            lines.append(
                Line(case, "share of peak", *map(_in_words, (rates[0], peak)),
                     rates[0] / peak)
            )  # fmt: skip
    return lines


def sizes():
    """Compare the passes over sizes, to find the size from which torch is faster.

    Above its own limit our network runs torch's module, both sides do the same, and the
    ratio is 1: to find the size anew, raise the limit first.
    """
    lines = []
    for cell in ESTIMATORS:
        for batch_size in _STUDIED_BATCH_SIZES:
            for hidden_size in _STUDIED_SIZES:
                case = f"{cell.upper()}, batch {batch_size}, hidden {hidden_size}"
                times = _measure(_Passes(cell, hidden_size, batch_size), seconds=2)
                lines += compare(case, *times, of=("CPU time",))
    return lines


class _Passes:
    """A network in training, and a batch to pass through it and back."""

    def __init__(self, cell, hidden_size, batch_size):
        torch.manual_seed(0)
        self.module = RecurrentModule(
            cell,
            n_features=1,
            n_outputs=1,
            n_steps=N_STEPS,
            hidden_size=hidden_size,
            num_layers=1,
            bidirectional=False,
            dropout=0.0,
            pooling="last",
            init="auto",
        )
        # Not the zeros it starts with, which would stop the gradient
        nn.init.normal_(self.module.head.weight)
        self.x = torch.randn(batch_size, N_STEPS, 1)
        n_weights = self.module.n_gates * hidden_size * (hidden_size + 1)
        self.n_operations = 3 * 2 * n_weights * N_STEPS * batch_size

    def run(self):
        """Pass the batch forward and back."""
        self.module.zero_grad()
        self.module(self.x).sum().backward()


def _measure(passes, *, seconds):
    """Return the times of a pass, ours and torch's."""
    passes.run()
    begin = time.perf_counter()
    passes.run()
    # Some 50 ms a turn
    n_passes = max(1, round(0.05 / (time.perf_counter() - begin)))

    def ours():
        for _ in range(n_passes):
            passes.run()

    def torchs():
        with kernel("off"):
            ours()

    return [times / n_passes for times in interleave(ours, torchs, seconds=seconds)]


def _measure_peak():
    """Return the highest rate of a matrix product seen, in operations a second."""
    left, right = torch.randn(2, _ORDER, _ORDER)
    rates = {"torch.mm": _rate_of_product(lambda: torch.mm(left, right))}
    if torch.backends.mkldnn.is_available():
        packed = left.to_mkldnn(), right.to_mkldnn()
        rates["oneDNN"] = _rate_of_product(lambda: nn.functional.linear(*packed))
    print(
        "peak of a matrix product:",
        ", ".join(f"{name} {_in_words(rate)}" for name, rate in rates.items()),
    )
    return max(rates.values())


def _rate_of_product(multiply):
    took = []
    with torch.inference_mode():
        for _ in range(_N_PRODUCTS):
            begin = time.process_time()
            multiply()
            took.append(time.process_time() - begin)
    return 2 * _ORDER**3 / min(took)


def _in_words(rate):
    return f"{rate / 1e9:.3g} GFLOP/s"
