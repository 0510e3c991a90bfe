"""Interleaved repeats, medians, ratios, and a table of them.

Contenders take turns in one process, and every round gives one ratio: what slows the
machine for a while slows both sides of it. The ratio reported is the median over the
rounds. It is one of process CPU time, which other programs disturb least; wall time
stands beside it.
"""

import gc
import time
import tracemalloc
from dataclasses import dataclass

import numpy as np

__all__ = ["Line", "Times", "compare", "interleave", "peak_memory", "table"]

_MIN_ROUNDS = 5


@dataclass(frozen=True)
class Times:
    """Seconds that each of a contender's runs took.

    Parameters
    ----------
    cpu, wall : ndarray of shape (n_rounds,)
        CPU time of the process, and time on the wall.
    """

    cpu: np.ndarray
    wall: np.ndarray

    def __sub__(self, other):
        return Times(self.cpu - other.cpu, self.wall - other.wall)


@dataclass(frozen=True)
class Line:
    """One line of the table: a quantity of ours beside the reference's.

    Parameters
    ----------
    case, quantity : str
        What was done, and what of it was measured.
    ours, reference : str
        The two values, with units.
    ratio : float
        Ours divided by the reference's.
    quartiles : tuple of two floats or None, default=None
        Between which half of the rounds' ratios lie.
    bound : float or None, default=None
        The largest ratio allowed; None where the line is there to be read.
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
        """Whether the ratio is beyond its bound; one that is not a number is."""
        return self.bound is not None and not self.ratio <= self.bound

    def cells(self):
        """Return the line as text, a cell a column."""
        spread = "-".join(map(_number, self.quartiles or ()))
        bound = "" if self.bound is None else f"{self.bound:.2f}"
        verdict = "" if self.bound is None else "MISSED" if self.is_missed else "ok"
        return (
            self.case, self.quantity, self.ours, self.reference,
            _number(self.ratio), spread, bound, verdict,
        )  # fmt: skip


_HEADER = (
    "case", "measured", "ours", "reference", "ratio", "quartiles", "bound", "verdict",
)  # fmt: skip


def table(lines):
    """Return `lines` as a table in plain text."""
    rows = [_HEADER, *(line.cells() for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    # Words to the left, numbers to the right
    aligned = "<<>>>>><"
    return "\n".join(
        "  ".join(
            f"{cell:{side}{width}}"
            for cell, side, width in zip(row, aligned, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def time_call(call):
    """Call `call` and return the seconds it took, (CPU, wall)."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.process_time() - cpu, time.perf_counter() - wall


def interleave(*contenders, seconds, measure=time_call):
    """Run contenders in turn for as long as given, after one round to warm up.

    Every second round goes backwards, so that no contender always follows another.

    Parameters
    ----------
    *contenders
        What `measure` takes: by default something to call.
    seconds : float
        When to stop, on the wall; five rounds are made in any case.
    measure : callable, default=time_call
        Runs a contender once and returns the seconds it took, (CPU, wall).

    Returns
    -------
    times : list of Times
        One for each contender.
    """
    for contender in contenders:
        measure(contender)
    # (n_rounds, n_contenders, 2)
    rounds = []
    end = time.monotonic() + seconds
    while len(rounds) < _MIN_ROUNDS or time.monotonic() < end:
        order = list(range(len(contenders)))[:: -1 if len(rounds) % 2 else 1]
        took = {i: measure(contenders[i]) for i in order}
        rounds.append([took[i] for i in range(len(contenders))])
    return [Times(*of_one.T) for of_one in np.array(rounds).swapaxes(0, 1)]


def compare(case, ours, reference, *, bound=None):
    """Return two lines: CPU time, which the bound is on, and wall time.

    Parameters
    ----------
    case : str
        Name of the case.
    ours, reference : Times
        Of the same rounds.
    bound : float or None, default=None
        The largest ratio allowed.
    """
    return [
        _time_line(case, "CPU time", ours.cpu, reference.cpu, bound),
        _time_line(case, "wall time", ours.wall, reference.wall, None),
    ]


def _time_line(case, quantity, ours, reference, bound):
    low, ratio, high = np.quantile(ours / reference, [0.25, 0.5, 0.75])
    medians = (_seconds(np.median(times)) for times in (ours, reference))
    return Line(case, quantity, *medians, float(ratio), (low, high), bound)


def _number(ratio):
    return f"{ratio:.2f}" if abs(ratio) >= 0.1 else f"{ratio:.1g}"


def _seconds(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def peak_memory(call):
    """Return the most bytes that `call` holds at once, its result among them."""
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
