"""Choices that follow the data: transform, season, window and level of the series."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sklearn_rnn._checks import plain, short

from ._any_regressor import MANY_SERIES
from ._direct_model import DirectModel
from ._limits import Usual
from ._season import find_season
from ._series_scale import list_powers, transform
from ._trials import Past, Ruler, try_ridge
from ._window_layout import Layout

__all__ = ["Options", "View", "choose_view"]


@dataclass(frozen=True)
class Rule:
    """What is tried, and what it has to gain.

    Parameters
    ----------
    scales : list of str or None
        Scales to try, the usual scale first.
    levels : list of {"last", "season"} or None
        Levels to try, the usual level first; None: that of the scale.
    units : float
        Part of the error of a ridge below which another transform or scale is taken.
    level : float
        The same for another level. To learn a level that moves costs far more than to
        carry a level that does not.
    """

    scales: list[str | None]
    levels: list[str | None]
    units: float
    level: float


_MOST = 10.0  # of the ratio of the errors on a block

# A scale of the rows known so far makes series alike. A few series gain nothing by it,
# and their blocks tell little of an unusual choice.
_OF_SERIES = Rule(["start", None], ["last", None], 2 / 3, 0.9)
_OF_PANELS = Rule(
    ["change", "series", "window", None], ["last", "season", None], 0.95, 0.95
)


@dataclass(frozen=True)
class Options:
    """The parameters of a `RecurrentForecaster` that say how to see series.

    Parameters
    ----------
    window_length, sp, log, sqrt, scale, center, seasonal_base
        As in `RecurrentForecaster`, checked.
    dtype : numpy.dtype
        Of the windows.
    covariate_names : list or None
        Names of the columns of X.
    past_names : list
        Those that are known up to the time of a forecast only.
    """

    window_length: int | Literal["auto"]
    sp: int | Literal["auto"]
    log: bool | Literal["auto"]
    sqrt: bool | Literal["auto"]
    scale: str | None
    center: bool | str
    seasonal_base: bool | Literal["auto"]
    dtype: Any
    covariate_names: list | None
    past_names: list


@dataclass(frozen=True)
class View:
    """Series as one set of choices sees them.

    Parameters
    ----------
    known : dict of tuple to KnownSeries
        The series.
    past : Past
        What the rows before blocks tell of the series.
    sp : int
        Number of rows in a season.
    model : DirectModel
        Not fitted.
    """

    known: dict
    past: Past
    sp: int
    model: DirectModel

    @cached_property
    def examples(self):
        """All examples that the series give."""
        return self.model.examples(self.known)

    @cached_property
    def ruler(self):
        """Measures residuals in the user's units."""
        return Ruler(self.known, self.model.power, self.past)

    @cached_property
    def ridge_trials(self):
        """Trials of a ridge on blocks held out, the latest first."""
        if self.examples is None:
            return []
        return try_ridge(self.examples, self.model.layout)

    @cached_property
    def errors(self):
        """Errors of a ridge on blocks held out, of shape (n_blocks, 2).

        Mean absolute errors in the user's units, over the mean change from row to row
        of each series before the block; and in units of the windows. The latest block
        is first.
        """
        layout = self.model.layout
        errors = [
            (self.ruler.relative_error(trial, 0, layout), trial.errors[0])
            for trial in self.ridge_trials
        ]
        return np.reshape(errors, (-1, 2))

    def relative_error(self, other, *, is_scaled):
        """Return the error over that of another view.

        It is infinite without a block.

        Parameters
        ----------
        other : View
            The other view.
        is_scaled : bool
            Whether errors are in units of the windows, which both views share: the
            result is the ratio of their means over the blocks. Else it is the geometric
            mean of the blocks' ratios, none of which counts for more than 10.
        """
        n_blocks = min(len(self.errors), len(other.errors))
        # Errors below this are rounding.
        least, column = 1e-9, int(is_scaled)
        ours, theirs = (
            view.errors[:n_blocks, column] + least for view in (self, other)
        )
        if n_blocks == 0:
            return np.inf
        if is_scaled:
            return float(ours.mean() / theirs.mean())
        ratios = np.clip(ours / theirs, 1 / _MOST, _MOST)
        return float(np.exp(np.log(ratios).mean()))


def choose_view(known, horizons, options):
    """Choose the scale of windows, then the transform of values, then their level.

    Parameters
    ----------
    known : dict of tuple to KnownSeries
        The training rows.
    horizons : ndarray of shape (n_horizons,)
        Numbers of rows ahead to forecast, increasing.
    options : Options
        The user's parameters.

    Returns
    -------
    view : View
        Its examples are at hand if they were needed for a choice.
    """
    usual = Usual.of([series.values for series in known.values()])
    past = Past(known, horizons)

    def view(power, scale, level):
        return _view(known, past, usual, horizons, options, power, scale, level)

    rule = _OF_PANELS if len(known) >= MANY_SERIES else _OF_SERIES
    scales = rule.scales if options.scale == "auto" else [options.scale]
    if len(known) == 1 and len(scales) > 1:
        scales = [scale for scale in scales if scale is not None]  # as "start"
    levels = _list_levels(options.center, rule.levels)
    powers = list_powers(options.log, options.sqrt, known.values())
    best, *others = (view(powers[0], scale, levels[0]) for scale in scales)
    best = _best(best, others, rule.units)
    scale = best.model.layout.scale
    others = [view(power, scale, levels[0]) for power in powers[1:]]
    best = _best(best, others, rule.units)
    power = best.model.power
    others = [view(power, scale, level) for level in levels[1:]]
    return _best(best, others, rule.level, is_scaled=True)


def _best(usual, others, worth, *, is_scaled=False):
    """Return the view with the least error, or the usual one.

    Parameters
    ----------
    usual : View
        It stands unless another has an error below a part of its error.
    others : list of View
        Other views.
    worth : float
        The part.
    is_scaled : bool, default=False
        Whether errors are in units of the windows, which all views share.
    """
    ratios = [other.relative_error(usual, is_scaled=is_scaled) for other in others]
    if not ratios or min(ratios) >= worth:
        return usual
    return others[int(np.argmin(ratios))]


def _list_levels(center, usual):
    """Return the levels that a value of `center` allows, the usual level first."""
    if isinstance(center, str):
        return usual if center == "auto" else ["season"]
    return ["last"] if center else [None]


def _view(known, past, usual, horizons, options, power, scale, level):
    """Return the view of series with a transform, in units and relative to a level."""
    moved = [transform(series.values, power) for series in known.values()]
    sp = _choose_season(moved, options)
    columns_past, future = _part_covariates(options)
    layout = Layout(
        _choose_window(moved, int(horizons[-1]), sp, options.window_length),
        horizons,
        scale,
        {"last": 1, "season": sp, None: 0}[level],
        sp if plain(options.seasonal_base) is not False and sp > 1 else 0,
        columns_past,
        future,
    )
    rows = np.concatenate([series.covariates for series in known.values()])
    spread = rows.std(axis=0)
    model = DirectModel(
        layout,
        rows.mean(axis=0),
        np.where(spread > 0, spread, 1.0),
        options.dtype,
        usual,
        power,
    )
    return View(known, past, sp, model)


def _choose_season(scaled, options):
    """Return the number of rows in a season of scaled series."""
    sp = find_season(scaled) if options.sp == "auto" else int(options.sp)
    _check_fits("sp", sp, scaled)
    if plain(options.seasonal_base) is True and sp == 1:
        raise ValueError(
            f"seasonal_base=True needs a season, but sp={options.sp!r} gives none; "
            'use sp above 1 or seasonal_base="auto".'
        )
    return sp


def _choose_window(scaled, reach, sp, window_length):
    """Return the number of rows in a window: more if there is more to learn from."""
    if window_length != "auto":
        _check_fits("window_length", int(window_length), scaled)
        return int(window_length)
    n_rows = int(np.median([len(z) for z in scaled]))
    affordable = sum(map(len, scaled)) // 10
    if sp > 1:
        wanted = max(3 * sp // 2, min(14 * sp, affordable))
    else:
        wanted = max(6, reach // 2, min(4 * reach + 20, affordable))
    return max(1, min(wanted, 2 * (n_rows - reach) // 3))


def _part_covariates(options):
    """Return the numbers of the columns of X known up to now, and of those ahead."""
    names, past_names = list(options.covariate_names or []), options.past_names
    for name in past_names:
        if name not in names:
            raise ValueError(
                f"past_covariates names {short(name)}, which is not a column of X; "
                f"its columns are {short(names)}."
            )
    past = [i for i, name in enumerate(names) if name in past_names]
    return past, [i for i in range(len(names)) if i not in past]


def _check_fits(name, n_rows, scaled):
    """Raise if a parameter is a number of rows that no series has."""
    longest = max(map(len, scaled))
    if n_rows > longest:
        raise ValueError(
            f"{name}={short(n_rows)} is more rows than any series of y has; use at "
            f'most {longest}, or "auto".'
        )
