"""Interleaved repeats, medians, ratios, and a table of them.

Contenders take turns in one process, and each round gives one ratio: a disturbance of
the machine slows both sides. The reported ratio is the median over the rounds. It is a
ratio of process CPU time, which other programs disturb least; wall time stands beside
it.
"""

import gc
import time
import tracemalloc
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits

__all__ = [
    "Line",
    "Times",
    "compare",
    "interleave",
    "one_thread",
    "peak_memory",
    "report",
    "table",
    "time_call",
]


@dataclass(frozen=True)
class Times:
    """Seconds of each run of a contender.

    Parameters
    ----------
    cpu, wall : ndarray of shape (n_rounds,)
        CPU time of the process, and wall time.
    """

    cpu: np.ndarray
    wall: np.ndarray

    def __sub__(self, other):
        return Times(self.cpu - other.cpu, self.wall - other.wall)

    def __truediv__(self, n_calls):
        return Times(self.cpu / n_calls, self.wall / n_calls)


@dataclass(frozen=True)
class Line:
    """One line of the table: a quantity of ours beside the reference's.

    Parameters
    ----------
    case, quantity : str
        The case, and the quantity measured in it.
    ours, reference : str
        The two values, with units.
    ratio : float
        Ours divided by the reference's.
    quartiles : tuple of two floats or None, default=None
        Quartiles of the rounds' ratios.
    bound : float or None, default=None
        The largest ratio allowed; None: the line is only for reading.
    """

    case: str
    quantity: str
    ours: str
    reference: str
    ratio: float
    quartiles: tuple[float, float] | None = None
    bound: float | None = None

    @property
    def is_missed(self):
        """Whether the ratio is beyond its bound; NaN is."""
        return self.bound is not None and not self.ratio <= self.bound

    def cells(self):
        """Return the cells of the line as text, one per column."""
        spread = "-".join(map(_number, self.quartiles or ()))
        bound = "" if self.bound is None else _bound(self.bound)
        verdict = "" if self.bound is None else "MISSED" if self.is_missed else "ok"
        return (
            self.case, self.quantity, self.ours, self.reference,
            _number(self.ratio), spread, bound, verdict,
        )  # fmt: skip


_HEADER = (
    "case", "measured", "ours", "reference", "ratio", "quartiles", "bound", "verdict",
)  # fmt: skip


def report(cases):
    """Run cases, print a table of their lines, and return the exit status.

    Parameters
    ----------
    cases : dict of str to callable
        Each returns a list of `Line`.

    Returns
    -------
    status : int
        1 if a bound is missed, else 0.
    """
    begin, lines = time.monotonic(), []
    for name, case in cases.items():
        print(f"{name} ...", flush=True)
        lines += case()
    # Words to the left, numbers to the right
    print(f"\n{table(_HEADER, (line.cells() for line in lines), '<<>>>>><')}\n")
    n_missed = sum(line.is_missed for line in lines)
    print(f"{n_missed} bounds missed, {time.monotonic() - begin:.0f} s.")
    return int(n_missed > 0)


@contextmanager
def one_thread():
    """Compute on one thread, in torch and in numpy's libraries."""
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield


def table(header, rows, sides):
    """Return a table in plain text.

    Parameters
    ----------
    header : tuple of str
        Names of the columns.
    rows : iterable of tuples of str
        The cells.
    sides : str
        For each column ``<`` or ``>``, the side to which its cells are aligned.
    """
    rows = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "  ".join(
            f"{cell:{side}{width}}"
            for cell, side, width in zip(row, sides, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def time_call(call):
    """Call `call` and return its seconds, (CPU, wall)."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.process_time() - cpu, time.perf_counter() - wall


def interleave(*contenders, seconds, min_rounds=5, warms_up=True, measure=time_call):
    """Run contenders in turn for a given time, after one round to warm up.

    Every second round goes backwards, so that no contender always follows another.

    Parameters
    ----------
    *contenders
        Arguments of `measure`; by default callables.
    seconds : float
        Wall time after which no round begins.
    min_rounds : int, default=5
        The least number of rounds.
    warms_up : bool, default=True
        Whether a round that does not count is made first.
    measure : callable, default=time_call
        Runs a contender once and returns its seconds, (CPU, wall).

    Returns
    -------
    times : list of Times
        One per contender.
    """
    for contender in contenders if warms_up else ():
        measure(contender)
    # (n_rounds, n_contenders, 2)
    rounds = []
    end = time.monotonic() + seconds
    while len(rounds) < min_rounds or time.monotonic() < end:
        order = list(range(len(contenders)))[:: -1 if len(rounds) % 2 else 1]
        took = {i: measure(contenders[i]) for i in order}
        rounds.append([took[i] for i in range(len(contenders))])
    return [Times(*of_one.T) for of_one in np.array(rounds).swapaxes(0, 1)]


def compare(case, ours, reference, *, bound=None, of=("CPU time", "wall time")):
    """Return one line per quantity, the first with the bound.

    Parameters
    ----------
    case : str
        Name of the case.
    ours, reference : Times
        Times of the same rounds.
    bound : float or None, default=None
        The largest ratio allowed.
    of : tuple of str, default=("CPU time", "wall time")
        The quantities.
    """
    lines = []
    for quantity in of:
        kind = quantity.split()[0].lower()
        pair = getattr(ours, kind), getattr(reference, kind)
        low, ratio, high = np.quantile(pair[0] / pair[1], [0.25, 0.5, 0.75])
        medians = (_seconds(np.median(times)) for times in pair)
        lines.append(Line(case, quantity, *medians, float(ratio), (low, high), bound))
        bound = None
    return lines


def _number(ratio):
    return f"{ratio:.2f}" if abs(ratio) >= 0.1 else f"{ratio:.1g}"


def _bound(bound):
    return f"{bound:.2f}" if bound == 0 or bound >= 0.01 else f"{bound:.0e}"


def _seconds(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def peak_memory(call):
    """Return the peak memory of `call` in bytes, its result included."""
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
