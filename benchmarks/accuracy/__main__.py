"""``python -m benchmarks.accuracy [task ...]``: accuracy of forecasts, ours beside
others'; status 1 if a bound is missed.

`tasks` describes data, splits and measures. ``etth1`` selects all tasks whose names
begin with ``etth1-``. M4 Hourly, the panels and ETTh1 are read from files that do not
come with the package; without the files, their tasks are left out.

Ours is ``RecurrentForecaster`` with all parameters at their defaults, except on ETTh1,
where its window has 96 or 720 rows, as is usual there. Its figure is the mean over the
seeds, to which the bound applies; the spread is from the lowest to the highest seed.
The others are

- ``linear``: our forecaster with the ridge alone, without the network;
- ``ridge``, ``boosting``: scikit-learn's ``RidgeCV``, which chooses by generalised
  cross-validation, and ``HistGradientBoostingRegressor`` in our forecaster;
- ``ESN``: ``ESNForecaster``, on the short series;
- ``Theta``, ``AutoETS``: sktime's, fitted to one series at a time, on the short series
  and on panels of such;
- ``naive``, ``seasonal``, ``drift``: the last value, the last season, and the line from
  the first value to the last.

``seasonal``, ``Theta`` and ``AutoETS`` are given the season; our forecaster finds a
season itself, or none. Gradient boosting takes minutes or more on M4 Hourly, the panels
and ETTh1, as do AutoETS and ``ESN`` on the panels, and ``ridge`` on ``etth1-long``;
there they run only with ``--all``. The seconds are the time of the longest run on one
thread, with all its origins; on M4 Hourly and the panels a run is one fit and its
forecasts. ``--jobs 1`` measures undisturbed times.

On the panels of short series a line has the ratio of an entrant's error to that of the
better of ``seasonal`` and ``Theta`` on the same panel. Where all tasks of a group were
measured, the last lines have figures of the group, seed by seed: the geometric mean of
these ratios over the panels, that of the errors over the short series, and the sum of
the seconds of ``etth1-long``.

A second table, the task ``noise``, compares echo state networks with much simpler
models on noisy series; see `noise`. A third table, the task ``bounded``, shows how far
forecasts go on series that bend, jump and grow; see `bounded`. A fourth table, the task
``load``, shows whether our forecaster chooses well between line and network on a year
of hourly load; see `load`. A fifth table, the tasks ``effort-...``, shows networks at
their defaults, which choose how long to train, on series with much, little and nothing
to learn; see `effort`.

Of our forecaster the table has the number of optimiser steps, the mean over fits; below
it stands on which tasks the network changes forecasts, and by how much the error is
larger or smaller than that of ``linear``.

The table also has the difference between the coverage of intervals and its nominal 80 %
and 95 %. On panels it is that of the single forecast, on short series that of all
origins; on ETTh1 that of forecasts a horizon apart through the test part, with rows
taken in as they come.

With ``--peers`` other packages run too, each in an environment of its own, which the
first run installs. Their recurrent networks are not given the season, and have the
defaults of their packages, except for settings without a default and settings that
would take hours:

- ``neuralforecast``: its ``LSTM``, one for all series of a task, with its default
  scaler of each window and, if the values are not standardised yet, the standard local
  scaler of its guide to scaling. It reads three horizons, its default, or on ETTh1 the
  same window as the others; each column of ETTh1 is a series of its own. It takes 200
  optimiser steps and not its default of 1000, since a step is slow: its batches hold
  128 windows, even if there are fewer.
- ``darts``: its ``RNNModel`` with an LSTM, on the short series, scaled to [0, 1] by its
  ``Scaler``, for its 100 epochs. It has no default length of input, and reads as many
  rows as neuralforecast; its training windows are a horizon longer. It forecasts one
  step at a time, from its own forecasts.

Both read at most two thirds of the rows that a short series has beside the horizon, so
that there are windows to train on. Scalers see the training rows of a network, or the
rows known at an origin.

On the short series and the panels of such, these run too, and are given the season:

- ``AutoARIMA``, ``AutoETS-sf`` and ``DOTheta``: statsforecast's automatic ARIMA and
  exponential smoothing, and its dynamic optimised Theta, fitted to one series at a
  time;
- ``LightGBM``: gradient boosting in mlforecast, one model for all series of a task, on
  differences of standardised values over the last two seasons, or six rows.

Each fit of a peer runs in a fresh interpreter, whose start is included in the seconds.
"""

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from benchmarks._harness import one_thread, table
from sklearn_rnn import show_versions

from . import effort
from .bounded import report as report_bounded
from .entrants import ENTRANTS
from .load import report as report_load
from .noise import report as report_noise
from .packages import PEERS, install
from .tasks import JOINT_BOUNDS, RATIO, RULES, TASKS, Bound

_FOLDER = Path(__file__).parents[3] / "shared" / "data"

_ALL = ENTRANTS | PEERS
_STEPS = "optimiser steps"
_ERRORS = ("MASE", "OWA", "MSE")
_TABLES = ("noise", "bounded", "load")  # tasks with a table of their own


@dataclass(frozen=True)
class Run:
    """The result of an entrant on a task with a seed.

    Parameters
    ----------
    task, entrant : str
        Names of task and entrant.
    seed : int
        Seed of the entrant.
    figures : dict of str to float
        Figures by measure; empty after a failure.
    seconds : float
        Wall time.
    failure : str, default=""
        Reason of a failure.
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
        contender = _ALL[entrant_name].make(task, seed)
        try:
            figures = task.score(contender, data)
        except Exception as error:  # the other runs go on
            failure = f"{type(error).__name__}: {error}"
        seconds = time.perf_counter() - begin
    if figures and "seconds" in task.bounds:
        figures["seconds"] = seconds
    if figures and (n_steps := getattr(contender, "n_steps", [])):
        figures[_STEPS] = float(np.mean(n_steps))
    return Run(task_name, entrant_name, seed, figures, seconds, failure)


def _with_ratios(runs):
    """Return the runs with the ratio to the better rule where a bound needs it.

    A task without a run of each rule has no ratios; after a failure they are NaN.
    """
    errors = {
        (run.task, run.entrant): run.figures.get("MASE", np.nan)
        for run in runs
        if run.entrant in RULES
    }
    of_all = []
    for run in runs:
        of_rules = [errors.get((run.task, rule)) for rule in RULES]
        if run.figures and RATIO in TASKS[run.task].bounds and None not in of_rules:
            ratio = run.figures["MASE"] / float(np.min(of_rules))
            run = replace(run, figures=run.figures | {RATIO: ratio})
        of_all.append(run)
    return of_all


@dataclass(frozen=True)
class Row:
    """One line of the table: the figures of an entrant on a task, over its seeds.

    Parameters
    ----------
    task, measure, entrant : str
        Names of task, measure and entrant.
    figures : ndarray of shape (n_seeds,)
        Figures by seed; NaN after a failure.
    seconds : float
        Wall time of the longest run.
    bound : Bound or None
        Bound on the figure; None: the line is only for reading.
    """

    task: str
    measure: str
    entrant: str
    figures: np.ndarray
    seconds: float
    bound: Bound | None

    @property
    def figure(self):
        """The mean over the seeds; of seconds the maximum, which bounds each run."""
        is_time = self.measure == "seconds"
        return self.figures.max() if is_time else self.figures.mean()

    @property
    def is_missed(self):
        """Whether the figure is beyond its bound; NaN is."""
        return self.bound is not None and not self.figure <= self.bound.must

    @property
    def reaches_goal(self):
        """Whether the figure has reached its goal."""
        has_goal = self.bound is not None and self.bound.goal is not None
        return has_goal and self.figure <= self.bound.goal

    def cells(self):
        """Return the cells of the line as text, one per column."""
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
    """Return the lines of a task, by measure, and by entrant in their order."""
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
                continue  # the last column has the seconds
            if bound is None and np.isnan(figures).all():
                continue  # no figure of this measure
            if measure == RATIO and not of_task.keys() >= set(RULES):
                continue  # no rule to compare with
            rows.append(Row(task_name, measure, entrant, figures, seconds, bound))
    return rows


def _joint_rows(rows):
    """Return the lines of means or sums over tasks, where all of these have lines."""
    found = {(row.task, row.measure, row.entrant): row for row in rows}
    of_all = []
    for name, joint in JOINT_BOUNDS.items():
        for entrant in _ALL:
            of_tasks = [
                found.get((task, joint.measure, entrant)) for task in joint.tasks
            ]
            if None in of_tasks:
                continue
            # (n_tasks, n_seeds)
            figures = np.array([row.figures for row in of_tasks])
            joined = joint.join(figures)
            seconds = sum(row.seconds for row in of_tasks)
            bound = joint.bound if entrant == "ours" else None
            of_all.append(Row(name, joint.measure, entrant, joined, seconds, bound))
    return of_all


def _print_networks(rows):
    """Print on which tasks the network changes forecasts, and what it adds there."""
    found = {(row.task, row.measure, row.entrant): row for row in rows}
    used, unused = [], []
    for row in rows:
        if row.measure != _STEPS:
            continue
        if row.figure == 0:
            unused.append(row.task)
            continue
        change = ""
        for measure in _ERRORS:
            pair = [found.get((row.task, measure, of)) for of in ("ours", "linear")]
            if None not in pair:
                ratio = pair[0].figure / pair[1].figure
                change = f" ({measure} {100 * (ratio - 1):+.1f} %)"
        used.append(row.task + change)
    if used or unused:
        print(
            f"The network changes forecasts on {len(used)} of "
            f"{len(used) + len(unused)} tasks, beside those of linear: "
            f"{', '.join(used) or 'none'}. It makes no step on "
            f"{', '.join(unused) or 'none'}."
        )


def _number(figure):
    return f"{figure:.3f}" if not abs(figure) < 0.1 else f"{figure:.4f}"


def _report(runs, task_names):
    """Print the table and the failures, and return the exit status."""
    runs = _with_ratios(runs)
    rows = [row for name in task_names for row in _rows(runs, name)]
    rows += _joint_rows(rows)
    # Words to the left, numbers to the right
    print(f"\n{table(_HEADER, (row.cells() for row in rows), '<<<>>>><>')}\n")
    failures = [run for run in runs if run.failure]
    for run in failures:
        print(f"{run.entrant} failed on {run.task}, seed {run.seed}: {run.failure}")
    _print_networks(rows)
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
        for seed in (options.seeds if entrant.has_seeds else options.seeds[:1])
    ]
    # One after the other, and before all runs, so that runs do not disturb each other
    broken = install(name for name in PEERS if any(run[1] == name for run in todo))
    runs = [Run(*run[:3], {}, 0.0, broken[run[1]]) for run in todo if run[1] in broken]
    todo = [run for run in todo if run[1] not in broken]
    # Long runs first, so that no process waits for a last long run
    todo.sort(key=lambda run: (TASKS[run[0]].is_short, run[0], run[1] != "ours"))
    workers = Parallel(n_jobs=options.jobs, return_as="generator_unordered")
    for run in workers(delayed(_run)(*arguments) for arguments in todo):
        runs.append(run)
        figures = ", ".join(
            f"{of} {_number(figure)}" for of, figure in run.figures.items()
        )
        name = f"{run.task}, {run.entrant}, seed {run.seed}"
        print(f"{name}: {run.failure or figures} ({run.seconds:.1f} s)", flush=True)
    status = 0
    if options.task:
        status = _report(runs, options.task)
        print(f", {time.monotonic() - begin:.0f} s.")
    if options.noise:
        status |= int(report_noise(options.seeds[:3], options.jobs) > 0)
    if options.bounded:
        status |= int(report_bounded() > 0)
    if options.load:
        status |= int(report_load(options.seeds[:3], options.jobs) > 0)
    if options.effort:
        arguments = options.effort, options.seeds, options.entrant, options.jobs
        status |= int(effort.report(*arguments) > 0)
    return status


def _read_options():
    """Return the options of the command line; print the tasks that are left out."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description="Measure forecasts."
    )
    all_tasks = [*TASKS, *_TABLES, *effort.TASKS]
    parser.add_argument(
        "task", nargs="*",
        help=f"of {', '.join(all_tasks)}, or the first words of them; default: all",
    )  # fmt: skip
    parser.add_argument(
        "--data", type=Path, default=_FOLDER,
        help="folder of M4-Hourly-train.csv, M4-Hourly-test.csv, ETTh1.csv and the "
        "folder panels; default: %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--entrant", action="append", choices=dict.fromkeys([*_ALL, *effort.ENTRANTS]),
        help="run this one alone; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--peers", action="store_true",
        help=f"run other packages too: {', '.join(PEERS)}; the first time "
        "they are installed, each into an environment of its own",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=_read_seeds, default="0-4",
        help="such as 0, 0-4 or 1,3; noise and load take the first three; "
        "default: %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--jobs", type=int, default=2, help="processes; default: %(default)s"
    )
    parser.add_argument("--all", action="store_true", help="run the slow ones too")
    options = parser.parse_args()
    options.entrant = options.entrant or [
        *(_ALL if options.peers else ENTRANTS),
        *effort.ENTRANTS,
    ]
    if not options.peers and (peers := PEERS.keys() & options.entrant):
        parser.error(f"--entrant {sorted(peers)[0]} needs --peers")
    options.noise = not options.task or "noise" in options.task
    options.bounded = not options.task or "bounded" in options.task
    options.load = not options.task or "load" in options.task
    options.effort, names = [], []
    for name in options.task or ["effort", *TASKS]:
        if tasks := _find(name, effort.TASKS):
            options.effort += tasks
        elif name not in _TABLES:
            names += _find(name, TASKS) or [name]
    if unknown := set(names) - set(TASKS):
        parser.error(
            f"no task {', '.join(sorted(unknown))}; there are {', '.join(all_tasks)}"
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
    has_tables = options.noise or options.bounded or options.load or options.effort
    if not (options.task or has_tables):
        parser.error("no task is left")
    return options


def _find(name, tasks):
    """Return the tasks of that name, or whose names begin with it and a hyphen."""
    return [task for task in tasks if task == name or task.startswith(f"{name}-")]


def _read_seeds(text):
    """Return the seeds in text such as ``0``, ``0-4`` or ``1,3``."""
    seeds = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    if not seeds:
        raise ValueError(f"no seed in {text}")
    return seeds


if __name__ == "__main__":
    sys.exit(main())
