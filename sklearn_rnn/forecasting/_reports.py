"""The report of a forecaster's fit: errors of naive forecasts, ridge and network."""

import time

import numpy as np

from sklearn_rnn._recurrent.report import FitReport

from ._any_regressor import is_network
from ._season import rows_a_season_before

__all__ = ["METRIC", "name_of", "report_choice"]

METRIC = "mean absolute error"
_ON_RIDGE = "network on ridge"
_NETWORKS = {
    "auto": _ON_RIDGE,
    "ridge": _ON_RIDGE,
    "trainable": "network with linear map",
    None: "network",
}


def name_of(regressor):
    """Return the name of a regressor in reports."""
    if is_network(regressor):
        return _NETWORKS[regressor.linear_skip]
    return type(regressor).__name__


def _say_weights(mixture):
    """Return words for the weights of a mixture."""
    words = [
        f"{name} {weight:.2f}"
        for name, weight in zip(mixture.names, mixture.weights, strict=True)
    ]
    return f"its weights are {', '.join(words)}"


def report_choice(choice, regressor, view, started, mixed=None):
    """Report the choice of a number of steps, and what it earned over simple forecasts.

    Parameters
    ----------
    choice : Choice
        Of the fit.
    regressor : estimator
        The regressor that was tried.
    view : View
        The series as the fit saw them.
    started : float
        Reading of ``time.monotonic()`` at the start of the fit.
    mixed : list of Trial or None, default=None
        Trials of the mixture of forecasts, if it makes the forecasts.

    Returns
    -------
    report : FitReport or None
        None if no block could be held out.
    """
    trials = choice.trials
    if not trials:
        return None
    layout = view.model.layout
    lines = _naive_lines(trials, view)
    name = name_of(regressor)
    first = "ridge" if name == _ON_RIDGE else name
    if name != _ON_RIDGE:
        lines.append(("ridge", None, _error(view.ridge_trials, 0, view)))
    n_before = len(lines)
    for number, n_steps in enumerate(choice.lengths[: len(trials[0].residuals)]):
        is_first = n_steps == 0 and first != name
        line = (first, None) if is_first else (name, n_steps)
        lines.append((*line, _error(trials, number, view)))
    chosen, reason = n_before + choice.best, choice.reason
    if mixed is not None:
        chosen, reason = len(lines), _say_weights(view.model.mixture)
        lines.append(("mixture", None, _error(mixed, 0, view)))
    models, n_steps, errors = zip(*lines, strict=True)
    return FitReport(
        metric=METRIC,
        judged_on=_describe(trials, layout, view),
        models=models,
        n_steps=n_steps,
        errors=errors,
        chosen=chosen,
        reason=reason,
        seconds=time.monotonic() - started,
    )


def _naive_lines(trials, view):
    """Return the lines of the last row, and of the last season."""
    layout, values = view.model.layout, view.ruler.units.values
    firsts = np.cumsum([0, *map(len, view.known.values())])
    lines = []
    for name, sp in [("naive", 1), ("seasonal naive", view.sp)][: 1 + (view.sp > 1)]:
        errors = []
        for trial in trials:
            first, after = firsts[trial.keys], firsts[trial.keys + 1] - trial.left
            at = rows_a_season_before(first, after, layout.horizons, sp)
            rows = after[:, np.newaxis] + layout.horizons - 1
            missed = np.abs(values[rows] - values[at])
            errors.append(np.where(np.isnan(trial.residuals[0]), np.nan, missed))
        lines.append((name, None, float(np.nanmean(np.concatenate(errors)))))
    return lines


def _error(trials, number, view):
    """Return the mean absolute error for one length, in the user's units."""
    errors = [
        view.ruler.rows_and_errors(trial.residuals[number], trial, view.model.layout)[1]
        for trial in trials
    ]
    return float(np.nanmean(np.concatenate(errors)))


def _describe(trials, layout, view):
    """Return words for the rows that were held out."""
    n_rows = 0
    for trial in trials:
        after = trial.left[:, np.newaxis] - layout.horizons
        is_held_out = ~np.isnan(trial.residuals[0]).all(axis=2)
        n_rows = max(n_rows, int(after[is_held_out].max()) + 1)
    rows = "row" if n_rows == 1 else f"{n_rows:,} rows"
    words = f"the last {rows}"
    if len(view.known) > 1:
        kind = "columns" if view.columns == "shared" else "series"
        words += f" of {len(view.known):,} {kind}"
    if len(trials) > 1:
        words += f", in {len(trials)} blocks, each forecast from the rows before it"
    return words
