"""Questions to the echo state network of each package, from the command line.

``states N`` and ``fit`` print the CPU and wall time of driving N units and of a whole
fit; ``memory N`` the growth of the process, in bytes, in a fit to N steps; ``accuracy
KIND`` the scores of all tasks and seeds; ``tune`` the best settings for each task.
"""

import gc
import json
import re
import resource
import sys
import time
from pathlib import Path

import numpy as np

from ..tasks import SEEDS, TASKS, long_series

__all__ = ["CANDIDATES", "RIDGES", "answer"]

_N_STATES, _N_FIT = 10_000, 20_000  # steps

# Settings that other packages are tuned over: 32 of the reservoir, 13 ridges
CANDIDATES = [
    {
        "spectral_radius": spectral_radius,
        "leak_rate": leak_rate,
        "input_scaling": input_scaling,
        "bias_scaling": bias_scaling,
    }
    for spectral_radius in (0.9, 1.0)
    for leak_rate in (0.5, 1.0)
    for input_scaling in (0.02, 0.1, 0.4, 1.0)
    for bias_scaling in (0.0, 0.5)
]
RIDGES = [10.0**exponent for exponent in range(-12, 1)]

# The series for tuning differ from those that are scored
_TUNING_SEEDS = range(10, 12)
_FEWER = {"n_starts": 12, "n_drive": 200}
_FEWER_FREE = 750


def answer(run_states=None, fit=None, make_network=None, read_with=None):
    """Answer the question on the command line, and print the answer as JSON.

    Parameters
    ----------
    run_states : callable or None, default=None
        Function of a number of units; returns a function that drives them with inputs.
    fit : callable or None, default=None
        Fits 500 units to inputs and targets.
    make_network : callable or None, default=None
        ``make_network(kind, name, task, seed)`` returns a network trained on a task;
        `kind` is a word, or an element of `CANDIDATES`.
    read_with : callable or None, default=None
        ``read_with(network, ridge)`` gives a network a readout of another strength.
    """
    question, *details = sys.argv[1:]
    if question == "states":
        drive = run_states(int(details[0]))
        x = long_series(_N_STATES)[0]
        drive(x[:100])
        found = _time(lambda: drive(x))
    elif question == "fit":
        x, y = long_series(_N_FIT)
        fit(x[:1000], y[:1000])
        found = _time(lambda: fit(x, y))
    elif question == "memory":
        x, y = long_series(int(details[0]))
        fit(x[:200], y[:200])  # loads modules that are loaded late
        found = {"bytes": _memory(lambda: fit(x, y))}
    elif question == "accuracy":
        found = {name: _scores(make_network, details[0], name) for name in TASKS}
    else:
        found = {name: _tune(make_network, read_with, name) for name in TASKS}
    print(json.dumps(found))


def _scores(make_network, kind, name):
    tasks = [(TASKS[name](seed), seed) for seed in SEEDS]
    return [task.score(make_network(kind, name, task, seed)) for task, seed in tasks]


def _tune(make_network, read_with, name):
    """Return the best setting and ridge for a task, and the median of its scores."""
    tasks = [TASKS[name](seed) for seed in _TUNING_SEEDS]
    for task in tasks:
        for attribute, value in _FEWER.items():
            if hasattr(task, attribute):
                setattr(task, attribute, value)
        if hasattr(task, "n_free"):
            task.n_free = min(task.n_free, _FEWER_FREE)
    best = -np.inf, None
    for candidate in CANDIDATES:
        networks = [
            make_network(candidate, name, task, seed)
            for task, seed in zip(tasks, _TUNING_SEEDS, strict=True)
        ]
        for ridge in RIDGES:
            pairs = zip(tasks, networks, strict=True)
            scores = [task.score(read_with(network, ridge)) for task, network in pairs]
            score = float(np.mean(scores)) * (-1 if TASKS[name].is_error else 1)
            if score > best[0]:
                best = score, candidate | {"ridge": ridge}
    print(name, *best, file=sys.stderr, flush=True)
    return best[1]


def _time(call):
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall}


def _memory(call):
    """Return the growth of the process in bytes, memory of compiled code included."""
    gc.collect()
    before = _peak()
    call()
    return _peak() - before


def _peak():
    """Return the peak memory of the process in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage would begin with the peak of the parent process.
        line = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        return 1024 * int(line.group(1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
