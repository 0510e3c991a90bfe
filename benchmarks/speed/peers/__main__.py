"""``python -m benchmarks.speed.peers [peer ...]``: the time of an optimiser step, ours
beside other packages'; status 1 if a bound is missed.

The bound holds for the fastest peer; the table shows it beside each. All peers run on
the same single core, so that none computes on more threads than another.
"""

import argparse
import json
import os
import sys
from dataclasses import dataclass, field

from benchmarks._environments import REQUIREMENTS, ensure_environment, run_module
from benchmarks._harness import compare, interleave, report


@dataclass(frozen=True)
class Peer:
    """Another package.

    Parameters
    ----------
    module : str
        Name of the module in this folder that trains its networks.
    requirements : tuple of str
        Requirements of its environment.
    variables : dict of str to str
        Environment variables for it.
    """

    module: str
    requirements: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)


PEERS = {
    "darts": Peer("darts", REQUIREMENTS["darts"]),
    "neuralforecast": Peer("neuralforecast", REQUIREMENTS["neuralforecast"]),
    # On JAX, the fastest backend of Keras on a CPU
    "keras": Peer(
        "keras",
        ("keras==3.15.1", "jax==0.10.2"),
        {
            "KERAS_BACKEND": "jax",
            "XLA_FLAGS": (
                "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
            ),
        },
    ),
}

# Cell -> largest ratio of CPU time allowed
_BOUNDS = {"lstm": 0.45, "gru": 0.25}


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.peers")
    parser.add_argument("peer", nargs="*", help=f"of {', '.join(PEERS)}; default: all")
    names = parser.parse_args().peer or list(PEERS)
    if unknown := set(names) - set(PEERS):
        parser.error(
            f"no peer {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}"
        )

    peers = {name: PEERS[name] for name in names}
    pythons = {
        name: ensure_environment(name, peer.requirements)
        for name, peer in peers.items()
    }
    if hasattr(os, "sched_setaffinity"):
        # Workers inherit the affinity
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return report(
        {
            cell: lambda cell=cell: _compare_steps(cell, peers, pythons)
            for cell in _BOUNDS
        }
    )


def _compare_steps(cell, peers, pythons):
    """Compare a step of ours with one by hand and with those of peers."""
    workers = [
        (sys.executable, "ours", cell, {}),
        (sys.executable, "by_hand", cell, {}),
        *(
            (pythons[name], peer.module, cell, peer.variables)
            for name, peer in peers.items()
        ),
    ]
    ours, by_hand, *others = interleave(
        *workers, seconds=0, warms_up=False, measure=_time_a_step
    )
    lines = compare(f"a step, {cell.upper()}, ours / by hand", ours, by_hand)
    for name, times in zip(peers, others, strict=True):
        case = f"a step, {cell.upper()}, ours / {name}"
        lines += compare(case, ours, times, bound=_BOUNDS[cell])
    return lines


def _time_a_step(worker):
    python, module, cell, variables = worker
    done = run_module(python, f"{__package__}.{module}", cell, **variables)
    if done.returncode:
        sys.exit(f"{module} failed:\n{done.stderr}")
    took = json.loads(done.stdout.splitlines()[-1])
    return took["cpu"], took["wall"]


if __name__ == "__main__":
    sys.exit(main())
