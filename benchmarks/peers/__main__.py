"""``python -m benchmarks.peers [peer ...]``: the time of an optimiser step, ours beside
other packages'. It promises nothing and has no bounds.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from .._harness import compare, interleave, table
from ._environments import ensure_environment

# One torch for all of them: it is what most of a step is spent in.
_TORCH = "torch==2.13.0"

# Peer -> the module here that trains it, and what that needs.
PEERS = {
    "darts": ("darts_lstm", (_TORCH, "darts==0.48.1", "pytorch-lightning==2.6.6")),
}

_CHECKOUT = Path(__file__).parents[2]
_SECONDS = 120  # a peer


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("peer", nargs="*", help=f"of {', '.join(PEERS)}; default: all")
    names = parser.parse_args().peer or list(PEERS)
    if unknown := set(names) - set(PEERS):
        parser.error(
            f"no peer {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}"
        )

    workers = [(sys.executable, "ours"), (sys.executable, "by_hand")]
    for name in names:
        module, requirements = PEERS[name]
        workers.append((ensure_environment(name, requirements), module))
    print("measuring ...", flush=True)
    ours, *others = interleave(
        *workers, seconds=_SECONDS * len(names), measure=_time_a_step
    )
    lines = []
    for name, times in zip(["by hand", *names], others, strict=True):
        lines += compare(f"a step, ours / {name}", ours, times)
    print(f"\n{table(lines)}")


def _time_a_step(worker):
    python, module = worker
    command = [python, "-m", f"{__package__}.{module}"]
    done = subprocess.run(command, cwd=_CHECKOUT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{module} failed:\n{done.stderr}")
    took = json.loads(done.stdout.splitlines()[-1])
    return took["cpu"], took["wall"]


if __name__ == "__main__":
    main()
