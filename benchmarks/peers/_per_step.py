"""The time of one optimiser step, whatever a fit costs besides."""

import json
import statistics
import time

import torch

from .._setting import BATCH_SIZE, N_WINDOWS

__all__ = ["print_time_per_step"]

_FEW, _MANY = 1, 6  # epochs
_N_REPEATS = 3


def print_time_per_step(train):
    """Print the seconds of one optimiser step, CPU and wall, as JSON.

    A short fit is subtracted from a long one, and with it all that happens once a fit;
    the median of three such differences is taken, after a short fit to warm up.

    Parameters
    ----------
    train : callable
        Trains a new network for the number of epochs it is given.
    """
    torch.set_num_threads(1)
    train(_FEW)
    n_steps = (_MANY - _FEW) * -(-N_WINDOWS // BATCH_SIZE)
    differences = []
    for _ in range(_N_REPEATS):
        few, many = _time(train, _FEW), _time(train, _MANY)
        differences.append([(b - a) / n_steps for a, b in zip(few, many, strict=True)])
    cpu, wall = map(statistics.median, zip(*differences, strict=True))
    print(json.dumps({"cpu": cpu, "wall": wall}))


def _time(train, n_epochs):
    wall, cpu = time.perf_counter(), time.process_time()
    train(n_epochs)
    return time.process_time() - cpu, time.perf_counter() - wall
