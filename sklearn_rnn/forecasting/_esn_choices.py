"""The choice of an `ESNForecaster`: transform, level and network, by closed loops."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone

from sklearn_rnn._reservoir.regressors import ESNRegressor, ESNRegressorCV

from ._closed_loop import TAIL, LoopScore, score_loops, score_naive, tail_length
from ._season import find_season
from ._series_scale import FAR_BETTER, Scale, list_powers

__all__ = ["STRONG", "Choice", "choose_loops", "fit_scales", "list_candidates"]

STRONG = (0.1, 1.0, 10.0, 100.0)  # strengths of readouts that closed loops bear well
_ALL = (*(10.0**exponent for exponent in range(-12, -1)), *STRONG)
_N_UNITS = 200
_LEAST_ROWS = 8  # of a series that loops are scored on


@dataclass(frozen=True)
class Choice:
    """The transform, level and network with the best closed loops.

    Parameters
    ----------
    power : float
        The power that values are raised to, as in `Scale`.
    is_centered : bool
        Whether differences between rows are read and predicted.
    esn : ESNRegressor or ESNRegressorCV
        Unfitted.
    scores : dict of tuple to float, or None
        Mean absolute error of the loops in scaled units, by whether they are centred
        and the least strength of their readout; None if there was no choice.
    lines : list of tuples (name, error)
        Forecasts in the report of the fit, and their mean absolute errors in the user's
        units, naive forecasts first; empty if there was no choice.
    best : int
        Number of the line that is chosen.
    judged_on : str
        Words for the rows that the errors are of.
    score : LoopScore or None
        Of the network chosen; None if no series is long enough.
    """

    power: float
    is_centered: bool
    esn: ESNRegressor | ESNRegressorCV
    scores: dict | None
    lines: list
    best: int
    judged_on: str
    score: LoopScore | None


def list_candidates(esn, center, seed, n_rows, *, sets_seed):
    """List pairs of whether to centre, and an unfitted network.

    Parameters
    ----------
    esn : ESNRegressor, ESNRegressorCV or None
        The user's network; None: the default networks.
    center : bool or "auto"
        The user's parameter.
    seed : int
        Of the reservoirs.
    n_rows : int
        Number of training rows, of all series.
    sets_seed : bool
        Whether the seed replaces the seed of `esn`.

    Returns
    -------
    candidates : list of tuples (is_centered, esn)
    """
    centers = [True, False] if center == "auto" else [bool(center)]
    if esn is not None:
        esn = clone(esn)
        if sets_seed or esn.random_state is None:
            esn.set_params(random_state=seed)
        return [(is_centered, esn) for is_centered in centers]
    strengths = [STRONG]
    if n_rows * (1 - TAIL) > _N_UNITS:
        strengths.append(_ALL)
    return [
        (
            is_centered,
            ESNRegressorCV(
                _N_UNITS,
                spectral_radii=(0.8, 0.9, 1.0),
                leak_rates=1.0,
                input_scalings=(0.1, 0.4),
                alphas=alphas,
                random_state=seed,
            ),
        )
        for alphas in strengths
        for is_centered in centers
    ]


def choose_loops(candidates, known, log, sqrt, *, may_drop_alphas):
    """Return the transform, level and network with the best closed loops.

    Parameters
    ----------
    candidates : list of tuples (is_centered, esn)
        As `list_candidates` returns them.
    known : dict of tuple to KnownSeries
        The training rows.
    log, sqrt : bool or "auto"
        The user's parameters.
    may_drop_alphas : bool
        Whether the network chosen keeps only strengths that its loops have borne.

    Returns
    -------
    choice : Choice
    """
    power, *others = list_powers(log, sqrt, known.values())
    long = {key: series for key, series in known.items() if len(series) >= _LEAST_ROWS}

    def score(candidate, power):
        is_centered, esn = candidate
        return score_loops(esn, is_centered, [*long.values()], power)

    if len(candidates) + len(others) == 1 or not long:
        only = score(candidates[0], power) if long else None
        return Choice(power, *candidates[0], None, [], 0, "", only)

    scores = [score(candidates[0], power)]
    for other in others:
        of_other = score(candidates[0], other)
        if of_other.in_units < FAR_BETTER * scores[0].in_units:
            power, scores = other, [of_other]
    scores += [score(candidate, power) for candidate in candidates[1:]]
    by_candidate = {
        (is_centered, float(np.min(esn.alphas))): score.scaled
        for (is_centered, esn), score in zip(candidates, scores, strict=True)
    }
    best = int(np.argmin([score.scaled for score in scores]))
    is_centered, esn = candidates[best]
    lines = _naive_lines(long, power)
    n_naive = len(lines)
    lines += [
        (_describe(candidate, candidates), score.error)
        for candidate, score in zip(candidates, scores, strict=True)
    ]
    if may_drop_alphas:
        # On more rows GCV may choose a far weaker readout, with loops not tried here.
        least = min(scores[best].alpha, STRONG[0])
        esn.set_params(alphas=tuple(alpha for alpha in esn.alphas if alpha >= least))
    judged_on = "closed loops over the last quarter of the rows"
    if len(long) > 1:
        judged_on += f" of {len(long):,} series"
    return Choice(
        power,
        is_centered,
        esn,
        by_candidate,
        lines,
        n_naive + best,
        judged_on,
        scores[best],
    )


def _naive_lines(known, power):
    """Return the lines of the last row, and of the last season if there is a season."""
    series = list(known.values())
    lines = [("naive", score_naive(series, 1))]
    # The rows before the loops tell the season.
    heads = [one.values[: -tail_length(len(one))] for one in series]
    sp = find_season([Scale.fit(head, power).scale(head) for head in heads])
    if sp > 1:
        lines.append(("seasonal naive", score_naive(series, sp)))
    return lines


def _describe(candidate, candidates):
    """Return a name that tells a candidate from the others."""
    name = "echo state network"
    is_centered, esn = candidate
    if len({centered for centered, _ in candidates}) > 1:
        name += " on differences" if is_centered else " on levels"
    if len({float(np.min(esn.alphas)) for _, esn in candidates}) > 1:
        name += (
            ", strong readout" if np.min(esn.alphas) == STRONG[0] else ", any readout"
        )
    return name


def fit_scales(known, power):
    """Return the scale of each series, a dict of tuple to Scale."""
    return {key: Scale.fit(series.values, power) for key, series in known.items()}
