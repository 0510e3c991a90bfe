"""Networks at their defaults, which choose how long to train; see `accuracy`.

Each task has training and test samples. All networks have their defaults, except for
`target_feature` on AAPL's close.

- ``effort-laser-1``, ``effort-laser-5``: the Santa Fe laser, 1 and 5 rows ahead, from
  windows of 30; rows 0 to 2999 are for training, rows 3000 to 5999 are the targets of
  the test. The figure is the NRMSE, the root mean square error over the standard
  deviation of the test targets. 5 rows ahead the best cell has a bound.
- ``effort-aapl``: AAPL's next close, in dollars, from windows of 60 days; the first
  80 % of the days are for training. The worst seed of each cell has a bound.
- ``effort-henon``: the Henon map, 500 rows, the first 400 for training, in windows of
  3, as in the docstring of ``GRURegressor``. The figure is 1 - R2.
- ``effort-sine``: 1000 points of a sine on [0, 100] with noise of deviation .1, in
  windows of 10; the first 80 % are for training. The figure is the root mean square
  error over that of the ridge regression.
- ``effort-white``: white noise, 500 windows of 20 for training and 2000 for the test.
  The figure is the mean square error over that of the mean of the training targets.
  Each seed has two draws.
- ``effort-narma``: NARMA10, its output from windows of 30 inputs, 3000 for training and
  3000 for the test. The figure is the NRMSE.

A seed draws the noise, if there is any, and the network. Figures are means over the
seeds. Beside the networks stand

- ``naive``: the last value, or the mean where the target's past is not known;
- ``ridge``: the network's ridge alone, ``max_epochs=0``;
- ``boosting``: scikit-learn's ``HistGradientBoostingRegressor`` on flat windows, on
  AAPL relative to the last value of each window.

The table has the least and the largest number of optimiser steps that a network chose,
and the mean CPU time of a fit.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from joblib import Parallel, delayed
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import root_mean_squared_error

from benchmarks import _samples
from benchmarks._harness import one_thread, table
from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor

from .tasks import Bound

__all__ = ["ENTRANTS", "TASKS", "report"]

_CELLS = {"GRU": GRURegressor, "LSTM": LSTMRegressor, "RNN": RNNRegressor}
ENTRANTS = ("naive", "ridge", "boosting", *_CELLS)
_BEST = "best cell"


def _of_deviation(y_pred, samples):
    """Return the error over the standard deviation of the targets."""
    return root_mean_squared_error(samples.y_test, y_pred) / samples.y_test.std()


def _unexplained(y_pred, samples):
    return _of_deviation(y_pred, samples) ** 2


def _in_units(y_pred, samples):
    return root_mean_squared_error(samples.y_test, y_pred)


def _of_ridge(y_pred, samples):
    ridge = _make_ridge().fit(samples.X_train, samples.y_train)
    of_ridge = _in_units(ridge.predict(samples.X_test), samples)
    return _in_units(y_pred, samples) / of_ridge


def _of_mean(y_pred, samples):
    """Return the squared error over that of the mean of the training targets."""
    missed = samples.y_test - y_pred
    missed_by_mean = samples.y_test - samples.y_train.mean()
    return np.mean(missed**2) / np.mean(missed_by_mean**2)


@dataclass(frozen=True)
class Task:
    """Samples, a measure and bounds.

    Parameters
    ----------
    make : callable
        Function of a seed; returns `_samples.Samples`.
    name_of_measure : str
        Name of the figure.
    measure : callable
        Function of the predictions and the samples; returns the figure.
    bounds : dict of str to Bound
        By cell; ``"best cell"`` is the cell with the lowest mean.
    is_drawn : bool, default=True
        Whether the samples depend on the seed.
    n_draws : int, default=1
        Number of runs for each seed.
    repeats_last : bool, default=True
        Whether the naive forecast is the last value, and not the mean.
    target_feature : int or None, default=None
        Parameter of the networks.
    is_worst : bool, default=False
        Whether bounds hold for the worst seed, and not for the mean.
    cells : tuple of str, default=all
        Cells that run.
    """

    make: Callable
    name_of_measure: str
    measure: Callable
    bounds: dict[str, Bound]
    is_drawn: bool = True
    n_draws: int = 1
    repeats_last: bool = True
    target_feature: int | None = None
    is_worst: bool = False
    cells: tuple[str, ...] = field(default=tuple(_CELLS))

    def seeds(self, entrant, seeds):
        """Return the seeds of an entrant's runs."""
        if entrant not in _CELLS and not self.is_drawn:
            return seeds[:1]
        return [
            self.n_draws * seed + draw for seed in seeds for draw in range(self.n_draws)
        ]


def _every_cell(bound):
    return dict.fromkeys(_CELLS, bound)


TASKS = {
    "effort-laser-1": Task(
        _samples.laser,
        "NRMSE",
        _of_deviation,
        {
            "GRU": Bound(0.045, 0.033),
            "LSTM": Bound(0.050, 0.033),
            "RNN": Bound(0.065, 0.055),
        },
        is_drawn=False,
    ),
    "effort-laser-5": Task(
        partial(_samples.laser, ahead=5),
        "NRMSE",
        _of_deviation,
        {_BEST: Bound(0.15, 0.11)},
        is_drawn=False,
    ),
    "effort-aapl": Task(
        _samples.aapl,
        "RMSE, $",
        _in_units,
        _every_cell(Bound(8.40, 8.38)),
        is_drawn=False,
        target_feature=0,
        is_worst=True,
    ),
    "effort-henon": Task(
        _samples.henon,
        "1 - R2",
        _unexplained,
        _every_cell(Bound(1e-4, 1e-5)),
        is_drawn=False,
    ),
    "effort-sine": Task(
        _samples.noisy_sine, "RMSE / ridge", _of_ridge, _every_cell(Bound(1.01))
    ),
    "effort-white": Task(
        _samples.white_noise,
        "MSE / mean",
        _of_mean,
        _every_cell(Bound(1.02, 1.005)),
        n_draws=2,
        repeats_last=False,
    ),
    "effort-narma": Task(
        _samples.narma,
        "NRMSE",
        _of_deviation,
        {"GRU": Bound(0.385, 0.25)},
        repeats_last=False,
        cells=("GRU",),
    ),
}


def _make_ridge(target_feature=None):
    # All cells have the same ridge.
    return GRURegressor(
        linear_skip="ridge", max_epochs=0, target_feature=target_feature
    )


def _predict(task, entrant, samples, seed):
    """Return the predictions, and the number of optimiser steps or None."""
    X, y, X_test = samples.X_train, samples.y_train, samples.X_test
    if entrant == "naive":
        if task.repeats_last:
            return X_test[:, -1, 0], None
        return np.full(len(X_test), y.mean()), None
    if entrant == "ridge":
        return _make_ridge(task.target_feature).fit(X, y).predict(X_test), None
    if entrant == "boosting":
        trees, at = HistGradientBoostingRegressor(random_state=0), task.target_feature
        # Trees predict no value beyond those of the training targets
        last, last_test = (
            0.0 if at is None else part[:, -1, at] for part in (X, X_test)
        )
        flat, flat_test = (
            part.reshape(len(part), -1) - np.reshape(level, (-1, 1))
            for part, level in ((X, last), (X_test, last_test))
        )
        return trees.fit(flat, y - last).predict(flat_test) + last_test, None
    network = _CELLS[entrant](target_feature=task.target_feature, random_state=seed)
    network.fit(X, y)
    return network.predict(X_test), network.fit_report_.chosen_n_steps


@dataclass(frozen=True)
class Run:
    """The result of an entrant on a task with a seed.

    Parameters
    ----------
    task, entrant : str
        Names of task and entrant.
    seed : int
        Seed of samples and entrant.
    figure : float
        The figure; NaN after a failure.
    n_steps : int or None
        Number of optimiser steps; None: the entrant has no network, or failed.
    seconds : float
        CPU time of fit and predictions.
    failure : str, default=""
        Reason of a failure.
    """

    task: str
    entrant: str
    seed: int
    figure: float
    n_steps: int | None
    seconds: float
    failure: str = ""

    def __str__(self):
        words = self.failure or f"{TASKS[self.task].name_of_measure} {self.figure:.4g}"
        steps = "" if self.n_steps is None else f", {self.n_steps:,} steps"
        return (
            f"{self.task}, {self.entrant}, seed {self.seed}: {words}{steps} "
            f"({self.seconds:.1f} s)"
        )


def _run(name, entrant, seed):
    """Run an entrant on a task, on one thread."""
    task = TASKS[name]
    samples = task.make(seed)
    with one_thread():
        begin = time.process_time()
        figure, n_steps, failure = np.nan, None, ""
        try:
            y_pred, n_steps = _predict(task, entrant, samples, seed)
        except Exception as error:  # the other runs go on
            failure = f"{type(error).__name__}: {error}"
        seconds = time.process_time() - begin
        if not failure:
            figure = float(task.measure(y_pred, samples))
    return Run(name, entrant, seed, figure, n_steps, seconds, failure)


@dataclass(frozen=True)
class Row:
    """One line of the table: the figures of an entrant on a task, over its seeds.

    Parameters
    ----------
    name, entrant : str
        Names of task and entrant.
    runs : list of Run
        The runs.
    """

    name: str
    entrant: str
    runs: list[Run]

    @property
    def figures(self):
        """The figures of the runs, (n_runs,)."""
        return np.array([run.figure for run in self.runs])

    @property
    def mean(self):
        """The mean figure; NaN if a run failed."""
        return float(self.figures.mean())

    @property
    def bounded(self):
        """The figure to which a bound applies."""
        return float(self.figures.max()) if TASKS[self.name].is_worst else self.mean

    @property
    def bound(self):
        """The bound; None: the line is only for reading."""
        return TASKS[self.name].bounds.get(self.entrant)

    @property
    def is_missed(self):
        """Whether the figure is beyond its bound; NaN is."""
        return self.bound is not None and not self.bounded <= self.bound.must

    @property
    def reaches_goal(self):
        """Whether the figure has reached its goal."""
        has_goal = self.bound is not None and self.bound.goal is not None
        return has_goal and self.bounded <= self.bound.goal

    def cells(self):
        """Return the cells of the line as text, one per column."""
        figures = self.figures
        spread = _span(figures, "{:#.4g}") if len(figures) > 1 else ""
        n_steps = [run.n_steps for run in self.runs if run.n_steps is not None]
        must = goal = verdict = ""
        if self.bound is not None:
            must = f"{self.bound.must:g}"
            goal = "" if self.bound.goal is None else f"{self.bound.goal:g}"
            verdict = "MISSED" if self.is_missed else "ok"
        return (
            self.name, TASKS[self.name].name_of_measure, self.entrant,
            f"{self.mean:#.4g}", spread, must, goal, verdict,
            _span(n_steps, "{:,}") if n_steps else "",
            f"{np.mean([run.seconds for run in self.runs]):.1f}",
        )  # fmt: skip


_HEADER = (
    "task", "measure", "entrant", "figure", "spread", "must", "goal", "verdict",
    "steps", "CPU s",
)  # fmt: skip


def _span(values, form):
    ends = dict.fromkeys(form.format(end) for end in (min(values), max(values)))
    return "-".join(ends)


def _rows(runs, name):
    """Return the lines of a task; the best of all its cells comes last."""
    of_task = {}
    for run in sorted(runs, key=lambda run: (ENTRANTS.index(run.entrant), run.seed)):
        if run.task == name:
            of_task.setdefault(run.entrant, []).append(run)
    rows = [Row(name, entrant, of_one) for entrant, of_one in of_task.items()]
    cells = [row for row in rows if row.entrant in _CELLS]
    if _BEST in TASKS[name].bounds and len(cells) == len(_CELLS):
        best = min(cells, key=lambda row: np.nan_to_num(row.mean, nan=np.inf))
        rows.append(Row(name, _BEST, best.runs))
    return rows


def report(names, seeds, entrants, n_jobs):
    """Run entrants on tasks, and print the table and the failures.

    Parameters
    ----------
    names : list of str
        Tasks.
    seeds : list of int
        Seeds.
    entrants : collection of str
        Of `ENTRANTS`. Without all cells, the best cell has no line.
    n_jobs : int
        Number of processes.

    Returns
    -------
    n_missed : int
        Number of missed bounds and of failed runs.
    """
    todo = [
        (name, entrant, seed)
        for name in names
        for entrant in ENTRANTS
        if entrant in entrants and entrant not in set(_CELLS) - set(TASKS[name].cells)
        for seed in TASKS[name].seeds(entrant, seeds)
    ]
    todo.sort(key=lambda run: run[1] not in _CELLS)  # no process waits for a long run
    runs = []
    workers = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    for number, run in enumerate(workers(delayed(_run)(*one) for one in todo), 1):
        runs.append(run)
        print(f"{number} of {len(todo)}: {run}", flush=True)
    rows = [row for name in names for row in _rows(runs, name)]
    print(f"\n{table(_HEADER, (row.cells() for row in rows), '<<<>>>><>>')}\n")
    failures = [run for run in runs if run.failure]
    for run in failures:
        print(f"Failed: {run}")
    n_missed = sum(row.is_missed for row in rows)
    n_bounds = sum(row.bound is not None for row in rows)
    n_goals = sum(row.reaches_goal for row in rows)
    print(f"{n_missed} of {n_bounds} bounds missed, {n_goals} goals reached.")
    return n_missed + len(failures)
