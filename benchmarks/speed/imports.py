"""Imports in fresh interpreters.

Each run starts an interpreter and reads the CPU time of its process at the end. The
time of a bare interpreter in the same round is subtracted from both sides.
"""

import subprocess
import sys
import time

from benchmarks._harness import Line, compare, interleave

__all__ = ["imports"]


def imports():
    """Compare ``import sklearn_rnn`` with ``import sklearn.base``; look for torch."""
    statements = ("import sklearn_rnn", "import sklearn.base", "pass")
    ours, reference, bare = interleave(*statements, seconds=30, measure=_time_statement)
    found = _run(
        "import sys; from sklearn_rnn import SlidingWindowTransformer; "
        "print('torch' in sys.modules)"
    )
    loads_torch = found == "True"
    return [
        *compare("import", ours - bare, reference - bare, bound=0.2),
        Line(
            "import", "windows load torch", "yes" if loads_torch else "no", "no",
            float(loads_torch), bound=0.0,
        ),
    ]  # fmt: skip


def _run(code):
    command = [sys.executable, "-I", "-c", code]
    return subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.strip()


def _time_statement(statement):
    wall = time.perf_counter()
    cpu = _run(f"import time\n{statement}\nprint(time.process_time())")
    return float(cpu), time.perf_counter() - wall
