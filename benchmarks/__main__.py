"""``python -m benchmarks [case ...]``: a table; status 1 where a bound is missed."""

import argparse
import sys
import time

import torch
from threadpoolctl import threadpool_limits

from ._harness import table
from .imports import imports
from .prediction import predict
from .training import fit, overhead, skorch
from .windows import windows

CASES = {
    "fit": fit,
    "overhead": overhead,
    "skorch": skorch,
    "predict": predict,
    "windows": windows,
    "import": imports,
}


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("case", nargs="*", help=f"of {', '.join(CASES)}; default: all")
    names = parser.parse_args().case or list(CASES)
    if unknown := set(names) - set(CASES):
        parser.error(
            f"no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}"
        )

    torch.set_num_threads(1)
    begin, lines = time.monotonic(), []
    with threadpool_limits(1):
        for name in names:
            print(f"{name} ...", flush=True)
            lines += CASES[name]()
    print(f"\n{table(lines)}\n")
    n_missed = sum(line.is_missed for line in lines)
    print(f"{n_missed} bounds missed, {time.monotonic() - begin:.0f} s.")
    return int(n_missed > 0)


if __name__ == "__main__":
    sys.exit(main())
