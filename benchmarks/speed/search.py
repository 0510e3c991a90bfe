"""``python -m benchmarks.speed.search [case ...]``: grid searches; status 1 if a bound
is missed.

A search fits 18 candidates, 3 cells x 3 sizes x 2 rates, on 3 folds of
``TimeSeriesSplit``, and the best one on all rows: 2000 windows of 60 steps of noise.
The target is the value a few steps before the last. A plain recurrent cell has no gate
that damps its state, and learns this task first, a larger cell sooner: the winner does
not depend on first weights and batches, which differ between the two sides.

- ``skorch``: our estimators beside the same search over plain skorch nets with torch's
  modules. Both train on standardised values, from recurrent weights as torch draws them
  and a head at zero, with AdamW at a constant rate. Both must choose the same
  candidate.
- ``jobs``: a longer search of ours with ``n_jobs=2``, beside ``n_jobs=1``, in wall
  time. The result is valid only if two cores are idle: the load is printed. Workers are
  started anew each time.
"""

import argparse
import math
import os
import sys

import numpy as np
import torch
from joblib.externals.loky import get_reusable_executor
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline
from skorch import NeuralNetRegressor

from benchmarks._harness import Line, compare, interleave, one_thread, report, time_call
from sklearn_rnn import make_windows, show_versions

from ._setting import BATCH_SIZE, N_STEPS, N_WINDOWS
from ._task import ESTIMATORS, Network

__all__ = ["CASES"]

_SIZES = (16, 32, 64)
_RATES = (2e-4, 2e-3)
_N_EPOCHS = 4
_N_FOLDS = 3
_LAG = 3  # steps before the last

_MIN_SECONDS = 60  # least duration of the search of `jobs`
_ROUNDS = {"skorch": 3, "jobs": 2}


def make_data():
    """Return windows of noise and their values a few steps before the end.

    Returns
    -------
    X : ndarray of shape (N_WINDOWS, N_STEPS, 1)
        Float32, of mean 0 and variance 1.
    y : ndarray of shape (N_WINDOWS,)
        Float32, of mean 0 and variance 1.
    """
    series = np.random.default_rng(0).normal(size=N_WINDOWS + N_STEPS)
    series = (series - series.mean()) / series.std()
    X = make_windows(series, N_STEPS)[0].astype(np.float32)
    return X, X[:, -1 - _LAG, 0].copy()


def search_ours(X, y, *, n_epochs=_N_EPOCHS, n_jobs=1):
    """Return the fitted search over our estimators."""
    cells = [
        estimator(
            dropout=0.0,
            init="torch",
            linear_skip=None,
            max_epochs=n_epochs,
            batch_size=BATCH_SIZE,
            lr_schedule=None,
            clip_grad_norm=None,
            random_state=0,
        )
        for estimator in ESTIMATORS.values()
    ]
    grid = {"net": cells, "net__hidden_size": _SIZES, "net__lr": _RATES}
    pipe = Pipeline([("net", cells[0])])
    return _fit(pipe, grid, X, y, n_jobs=n_jobs)


def search_skorch(X, y):
    """Return the fitted search over skorch nets."""
    torch.manual_seed(0)
    net = NeuralNetRegressor(
        Network,
        optimizer=torch.optim.AdamW,
        max_epochs=_N_EPOCHS,
        batch_size=BATCH_SIZE,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    grid = {
        "module__cell": list(ESTIMATORS),
        "module__hidden_size": _SIZES,
        "lr": _RATES,
    }
    return _fit(net, grid, X, y[:, np.newaxis])


def _fit(model, grid, X, y, *, n_jobs=None):
    search = GridSearchCV(model, grid, cv=TimeSeriesSplit(_N_FOLDS), n_jobs=n_jobs)
    return search.fit(X, y)


def skorch():
    """Compare our search with skorch's; the winner must be the same."""
    X, y = make_data()
    searches = {}

    def ours():
        searches["ours"] = search_ours(X, y)

    def with_skorch():
        searches["skorch"] = search_skorch(X, y)

    times = interleave(
        ours, with_skorch, seconds=0, min_rounds=_ROUNDS["skorch"], warms_up=False
    )
    rankings = {name: _rank(search) for name, search in searches.items()}
    _print_rankings(rankings)
    winners = [ranking[0][0] for ranking in rankings.values()]
    differs = float(winners[0] != winners[1])
    return [
        *compare("search, ours / skorch", *times, bound=0.35),
        Line("search, ours / skorch", "winners differ", *winners, differs, None, 0.0),
    ]


def _rank(search):
    """Return pairs of candidate and score, the best first."""
    results = search.cv_results_
    scores = results["mean_test_score"]
    order = np.argsort(-scores, kind="stable")
    return [(_name(results["params"][i]), float(scores[i])) for i in order]


def _name(parameters):
    """Return a name of a candidate that is the same on both sides."""
    values = {key.split("__")[-1]: value for key, value in parameters.items()}
    cell = values.get("cell")
    if cell is None:
        kinds = {estimator: cell for cell, estimator in ESTIMATORS.items()}
        cell = kinds[type(values["net"])]
    return f"{cell.upper()} {values['hidden_size']} {values['lr']:g}"


def _print_rankings(rankings):
    print("\nmean R2 of 3 folds, best first; cell, size, rate")
    for pairs in zip(*rankings.values(), strict=True):
        sides = (f"{candidate:14} {score:6.3f}" for candidate, score in pairs)
        print("   ".join(sides))
    print(f"left: {', right: '.join(rankings)}\n")


def jobs():
    """Compare our search in two processes with the same in one."""
    X, y = make_data()
    n_epochs = _enough_epochs(X, y)

    def two():
        # No workers of an earlier search are left
        get_reusable_executor().shutdown(wait=True)
        search_ours(X, y, n_epochs=n_epochs, n_jobs=2)

    def one():
        search_ours(X, y, n_epochs=n_epochs)

    print(f"two idle cores are needed; load average before: {_load()}", flush=True)
    of_two, of_one = interleave(
        two, one, seconds=0, min_rounds=_ROUNDS["jobs"], warms_up=False
    )
    print(f"load average after: {_load()}, of this search at most 2")
    if (shortest := of_one.wall.min()) < _MIN_SECONDS:
        raise RuntimeError(
            f"the search took {shortest:.0f} s, less than {_MIN_SECONDS}; run it again."
        )
    return compare(
        "search, n_jobs 2 / 1", of_two, of_one, bound=0.65, of=("wall time",)
    )


def _enough_epochs(X, y):
    """Return a number of epochs with which the search lasts long enough."""
    few, more = 1, 3
    search_ours(X[:200], y[:200], n_epochs=1)  # warms up
    seconds = [
        time_call(lambda n=n: search_ours(X, y, n_epochs=n))[1] for n in (few, more)
    ]
    an_epoch = (seconds[1] - seconds[0]) / (more - few)
    return math.ceil(1.25 * _MIN_SECONDS / an_epoch)


def _load():
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


CASES = {"skorch": skorch, "jobs": jobs}


def main():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.search", description="Measure grid searches."
    )
    parser.add_argument("case", nargs="*", help=f"of {', '.join(CASES)}; default: all")
    names = parser.parse_args().case or list(CASES)
    if unknown := set(names) - set(CASES):
        parser.error(
            f"no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}"
        )
    show_versions()
    with one_thread():
        return report({name: CASES[name] for name in names})


if __name__ == "__main__":
    sys.exit(main())
