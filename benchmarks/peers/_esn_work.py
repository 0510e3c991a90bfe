"""What is asked of each package's echo state network, from the command line.

``states N``, ``fit`` and ``memory`` print CPU and wall time of driving N units, those
of a whole fit, and the most bytes that one holds at once; ``accuracy KIND`` prints the
scores of all tasks and seeds.
"""

import json
import sys
import time
import tracemalloc

from .._esn_tasks import SEEDS, TASKS, long_series

__all__ = ["N_FIT", "N_STATES", "answer"]

N_STATES, N_FIT = 10_000, 20_000  # steps


def answer(run_states, fit, make_network=None):
    """Do what the command line says, and print it as JSON.

    Parameters
    ----------
    run_states : callable
        Given a number of units, returns what drives that many with inputs.
    fit : callable
        Fits 500 units to inputs and targets.
    make_network : callable or None, default=None
        Given a kind, the name of a task and a seed, returns a network that is trained
        on it, or None where it cannot do that task.
    """
    what, *of_what = sys.argv[1:]
    if what == "states":
        drive = run_states(int(of_what[0]))
        x = long_series(N_STATES)[0]
        drive(x[:100])
        _print_time(lambda: drive(x))
    elif what == "fit":
        x, y = long_series(N_FIT)
        fit(x[:1000], y[:1000])
        _print_time(lambda: fit(x, y))
    elif what == "memory":
        x, y = long_series(N_FIT)
        tracemalloc.start()
        fit(x, y)
        print(json.dumps({"bytes": tracemalloc.get_traced_memory()[1]}))
    else:
        scores = {}
        for name, task in TASKS.items():
            networks = (make_network(of_what[0], task(seed), seed) for seed in SEEDS)
            pairs = zip(SEEDS, networks, strict=True)
            of_task = [task(seed).score(net) for seed, net in pairs if net is not None]
            scores[name] = of_task
        print(json.dumps(scores))


def _print_time(call):
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"cpu": cpu, "wall": wall}))
