"""The time of one optimiser step, without the fixed costs of a fit."""

import json
import sys
import time

from .._setting import BATCH_SIZE, N_WINDOWS

__all__ = ["N_BATCHES", "print_time_per_step"]

N_BATCHES = -(-N_WINDOWS // BATCH_SIZE)  # optimiser steps an epoch

_FEW, _MANY = 1, 4  # epochs


def print_time_per_step(train):
    """Print the seconds of one optimiser step, CPU and wall, as JSON.

    After a short fit to warm up, the time of a short fit is subtracted from that of a
    long fit, and with it everything that happens once per fit.

    Parameters
    ----------
    train : callable
        Trains a network, given its cell and the number of epochs.
    """
    cell = sys.argv[1]
    train(cell, _FEW)
    few, many = _time(train, cell, _FEW), _time(train, cell, _MANY)
    n_steps = (_MANY - _FEW) * N_BATCHES
    cpu, wall = ((b - a) / n_steps for a, b in zip(few, many, strict=True))
    print(json.dumps({"cpu": cpu, "wall": wall}))


def _time(train, cell, n_epochs):
    wall, cpu = time.perf_counter(), time.process_time()
    train(cell, n_epochs)
    return time.process_time() - cpu, time.perf_counter() - wall
