"""``python -m benchmarks.accuracy [task ...]``: how well we forecast, beside others;
status 1 where a bound is missed.

See `tasks` for data, splits and measures; ``etth1`` stands for all tasks
whose names begin with ``etth1-``. M4 Hourly and ETTh1 are read from files that do not
come with the package; where they are not there, their tasks are left out.

Ours is ``RecurrentForecaster`` with all parameters at their defaults, but for the
window of 96 rows that ETTh1's other users read. Its figure is the mean over the seeds,
and the bound is on that mean; the spread is from the lowest to the highest of them.
Beside it stand

- ``linear``: the same without the network, the ridge under it;
- ``ridge``, ``boosting``: scikit-learn's ``RidgeCV``, which chooses by generalised
  cross-validation, and ``HistGradientBoostingRegressor`` in the same forecaster;
- ``ESN``: ``ESNForecaster``, on the short series;
- ``Theta``, ``AutoETS``: sktime's, on the short series;
- ``naive``, ``seasonal``, ``drift``: the last value, the last season, and the line from
  the first value to the last.

Only those that are told the season (``seasonal``, ``Theta``, ``AutoETS``) know it;
ours and those in our forecaster find one themselves, or none. Gradient boosting takes
minutes or more on M4 Hourly and ETTh1, and is run there with ``--all``. The seconds are
what the longest run took on one thread, with all its origins: of M4 Hourly, one fit and
its forecasts. ``--jobs 1`` measures them undisturbed.

A second table, the task ``noise``, has echo state networks on series with noise, beside
much simpler models; see `noise`. A third, the task ``bounded``, has forecasts of
series that bend, jump and grow, and how far they go; see `bounded`.

Of M4 Hourly and ETTh1 the table also says by how much the coverage of intervals is off
its nominal 80 % and 95 %: on M4 Hourly of the one forecast, on ETTh1 of forecasts a
horizon apart through the test part, rows being taken in as they come.

With ``--peers`` other packages' recurrent networks run too, each in an environment of
its own, which the first run installs. They are told no season, and are as their
packages set them, but for what those leave open or what would take hours:

- ``neuralforecast``: its ``LSTM``, one for all series of a task, with the scaler of
  each window that it has by default and, where the values are not standardised yet, the
  standard local scaler of its guide to scaling. It reads three horizons, its default,
  or on ETTh1 the window of the others; of ETTh1's columns each is a series of its own.
  It takes 200 optimiser steps and not its 1000, as a step is slow: its batches are of
  128 windows, however few there are.
- ``darts``: its ``RNNModel`` with an LSTM, on the short series, scaled to [0, 1] by its
  ``Scaler``, for its 100 epochs. It has no default of what to read, and reads as
  neuralforecast does; windows to train on are that and a horizon long. It forecasts one
  step and goes on from there.

Of a short series neither reads more than two thirds of what a horizon leaves of it, so
that there are windows to train on. Scalers see what a network is trained on, or what is
known at an origin. Each fit is in a fresh interpreter, and the seconds count its start.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from benchmarks._harness import one_thread, table
from sklearn_rnn import show_versions

from .bounded import report as report_bounded
from .entrants import ENTRANTS
from .noise import report as report_noise
from .packages import PEERS, install
from .tasks import TASKS, Bound

_FOLDER = Path(__file__).parents[3] / "shared" / "data"

_ALL = ENTRANTS | PEERS
_TABLES = ("noise", "bounded")  # of their own


@dataclass(frozen=True)
class Run:
    """What came of an entrant on a task with a seed.

    Parameters
    ----------
    task, entrant : str
        Their names.
    seed : int
        What it drew from.
    figures : dict of str to float
        By measure; empty where it failed.
    seconds : float
        What it took, on the wall.
    failure : str, default=""
        Why there are no figures.
    """

    task: str
    entrant: str
    seed: int
    figures: dict[str, float]
    seconds: float
    failure: str = ""


def _run(task_name, entrant_name, seed, folder):
    """Run an entrant on a task, on one thread."""
    task = TASKS[task_name]
    data = task.load(folder)
    with one_thread():
        begin = time.perf_counter()
        figures, failure = {}, ""
        try:
            figures = task.score(_ALL[entrant_name].make(task, seed), data)
        except Exception as error:  # the others go on
            failure = f"{type(error).__name__}: {error}"
        seconds = time.perf_counter() - begin
    if figures and "seconds" in task.bounds:
        figures["seconds"] = seconds
    return Run(task_name, entrant_name, seed, figures, seconds, failure)


@dataclass(frozen=True)
class Row:
    """One line of the table: an entrant's figure on a task, over its seeds.

    Parameters
    ----------
    task, measure, entrant : str
        Their names.
    figures : ndarray of shape (n_seeds,)
        NaN where it failed.
    seconds : float
        Of the longest run.
    bound : Bound or None
        None where the line is there to be read.
    """

    task: str
    measure: str
    entrant: str
    figures: np.ndarray
    seconds: float
    bound: Bound | None

    @property
    def figure(self):
        """The mean over the seeds; of seconds the most, as each run must keep to it."""
        is_time = self.measure == "seconds"
        return self.figures.max() if is_time else self.figures.mean()

    @property
    def is_missed(self):
        """Whether the figure is beyond its bound; one that is not a number is."""
        return self.bound is not None and not self.figure <= self.bound.must

    @property
    def reaches_goal(self):
        """Whether the figure is where it should go."""
        has_goal = self.bound is not None and self.bound.goal is not None
        return has_goal and self.figure <= self.bound.goal

    def cells(self):
        """Return the line as text, a cell a column."""
        spread = ""
        if len(self.figures) > 1:
            spread = f"{_number(self.figures.min())}-{_number(self.figures.max())}"
        must = goal = verdict = ""
        if self.bound is not None:
            must = f"{self.bound.must:g}"
            goal = "" if self.bound.goal is None else f"{self.bound.goal:g}"
            verdict = "MISSED" if self.is_missed else "ok"
        return (
            self.task, self.measure, self.entrant, _number(self.figure), spread,
            must, goal, verdict, f"{self.seconds:.1f}",
        )  # fmt: skip


_HEADER = (
    "task", "measure", "entrant", "figure", "spread",
    "must", "goal", "verdict", "seconds",
)  # fmt: skip


def _rows(runs, task_name):
    """Return a task's lines, measure by measure, entrants in their order."""
    bounds, of_task = TASKS[task_name].bounds, {}
    for run in sorted(runs, key=lambda run: run.seed):
        if run.task == task_name:
            of_task.setdefault(run.entrant, []).append(run)
    measured = [run.figures for of_one in of_task.values() for run in of_one]
    rows = []
    for measure in dict.fromkeys(
        name for names in (bounds, *measured) for name in names
    ):
        for entrant in filter(of_task.__contains__, _ALL):
            of_one = of_task[entrant]
            figures = np.array([run.figures.get(measure, np.nan) for run in of_one])
            seconds = max(run.seconds for run in of_one)
            bound = bounds.get(measure) if entrant == "ours" else None
            if measure == "seconds" and bound is None:
                continue  # the last column says it
            if bound is None and np.isnan(figures).all():
                continue  # it has no such figure
            rows.append(Row(task_name, measure, entrant, figures, seconds, bound))
    return rows


def _number(figure):
    return f"{figure:.3f}" if not abs(figure) < 0.1 else f"{figure:.4f}"


def _report(runs, task_names):
    """Print the table and what failed, and return the exit status."""
    rows = [row for name in task_names for row in _rows(runs, name)]
    # Words to the left, numbers to the right
    print(f"\n{table(_HEADER, (row.cells() for row in rows), '<<<>>>><>')}\n")
    failures = [run for run in runs if run.failure]
    for run in failures:
        print(f"{run.entrant} failed on {run.task}, seed {run.seed}: {run.failure}")
    n_missed = sum(row.is_missed for row in rows)
    n_bounds = sum(row.bound is not None for row in rows)
    n_goals = sum(row.reaches_goal for row in rows)
    print(f"{n_missed} of {n_bounds} bounds missed, {n_goals} goals reached", end="")
    return int(n_missed > 0 or len(failures) > 0)


def main():
    options = _read_options()
    show_versions()
    begin = time.monotonic()
    todo = [
        (task_name, entrant_name, seed, options.data)
        for task_name in options.task
        for entrant_name, entrant in _ALL.items()
        if entrant_name in options.entrant
        and entrant.takes_part(TASKS[task_name], options.all)
        for seed in range(options.seeds if entrant.has_seeds else 1)
    ]
    # One after the other and before all runs, which would get in each other's way
    broken = install(name for name in PEERS if any(run[1] == name for run in todo))
    runs = [Run(*run[:3], {}, 0.0, broken[run[1]]) for run in todo if run[1] in broken]
    todo = [run for run in todo if run[1] not in broken]
    # The long ones first, so that none is waited for in the end
    todo.sort(key=lambda run: (TASKS[run[0]].is_short, run[0], run[1] != "ours"))
    workers = Parallel(n_jobs=options.jobs, return_as="generator_unordered")
    for run in workers(delayed(_run)(*what) for what in todo):
        runs.append(run)
        figures = ", ".join(f"{name} {_number(of)}" for name, of in run.figures.items())
        what = f"{run.task}, {run.entrant}, seed {run.seed}"
        print(f"{what}: {run.failure or figures} ({run.seconds:.1f} s)", flush=True)
    status = _report(runs, options.task) if options.task else 0
    print(f", {time.monotonic() - begin:.0f} s.")
    if options.noise:
        status |= int(report_noise(min(options.seeds, 3), options.jobs) > 0)
    if options.bounded:
        status |= int(report_bounded() > 0)
    return status


def _read_options():
    """Return what the command line asks for; say what is left out."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description="Measure forecasts."
    )
    names = ", ".join([*TASKS, *_TABLES])
    parser.add_argument("task", nargs="*", help=f"of {names}; default: all")
    parser.add_argument(
        "--data", type=Path, default=_FOLDER,
        help="folder of M4-Hourly-train.csv, M4-Hourly-test.csv and ETTh1.csv; "
        "default: %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--entrant", action="append", choices=_ALL,
        help="run this one alone; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--peers", action="store_true",
        help=f"run other packages' networks too: {', '.join(PEERS)}; the first time "
        "they are installed, each into an environment of its own",
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, default=5, help="default: %(default)s")
    parser.add_argument(
        "--jobs", type=int, default=2, help="processes; default: %(default)s"
    )
    parser.add_argument("--all", action="store_true", help="run the slow ones too")
    options = parser.parse_args()
    if options.seeds < 1:
        parser.error("--seeds must be 1 or more")
    options.entrant = options.entrant or list(_ALL if options.peers else ENTRANTS)
    if not options.peers and (peers := PEERS.keys() & options.entrant):
        parser.error(f"--entrant {sorted(peers)[0]} needs --peers")
    options.noise = not options.task or "noise" in options.task
    options.bounded = not options.task or "bounded" in options.task
    names = []
    for name in [name for name in options.task or TASKS if name not in _TABLES]:
        names += [task for task in TASKS if task.startswith(f"{name}-")] or [name]
    if unknown := set(names) - set(TASKS):
        parser.error(
            f"no task {', '.join(sorted(unknown))}; there are {', '.join(TASKS)}"
        )
    options.task = []
    for name in dict.fromkeys(names):
        absent = [
            file for file in TASKS[name].files if not (options.data / file).is_file()
        ]
        if absent:
            print(f"{name} is left out: no {', '.join(absent)} in {options.data}")
        else:
            options.task.append(name)
    if not options.task and not options.noise and not options.bounded:
        parser.error("no task is left")
    return options


if __name__ == "__main__":
    sys.exit(main())
