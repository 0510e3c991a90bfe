"""Choices that follow the data: transform, season, window and level of the series."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sklearn_rnn._checks import plain, short

from ._direct_model import DirectModel
from ._limits import Usual
from ._season import find_season
from ._series_scale import FAR_BETTER, Scale, list_powers
from ._trials import Ruler, try_ridge
from ._window_layout import Layout

__all__ = ["Options", "View", "choose_view"]

# The level is learnt if the ridge then errs less than this part of the error without.
# To learn a level that moves costs far more than to carry a level that does not.
_CLEARLY = 0.9


@dataclass(frozen=True)
class Options:
    """The parameters of a `RecurrentForecaster` that say how to see series.

    Parameters
    ----------
    window_length, sp, log, sqrt, standardize, center, seasonal_base
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
    standardize: bool
    center: bool | Literal["auto"]
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
    power : float
        The power that values are raised to, as in `Scale`.
    scales, limits : dict of tuple to Scale and to Limits
        Of each series.
    sp : int
        Number of rows in a season.
    model : DirectModel
        Not fitted.
    """

    known: dict
    power: float
    scales: dict
    limits: dict
    sp: int
    model: DirectModel

    @cached_property
    def examples(self):
        """All examples that the series give."""
        return self.model.examples(self.known, self.scales)

    @cached_property
    def ruler(self):
        """Measures residuals in the user's units."""
        return Ruler.of(self.known, self.scales, self.limits)

    @cached_property
    def ridge_trials(self):
        """Trials of a ridge on blocks held out, the latest first."""
        if self.examples is None:
            return []
        return try_ridge(self.examples, self.model.layout)

    @cached_property
    def errors(self):
        """Errors of a ridge on blocks held out, of shape (n_blocks, 2).

        Mean absolute errors in scaled units; and in the user's units over the standard
        deviation of each series. The latest block is first.
        """
        spread = np.array([series.values.std(axis=0) for series in self.known.values()])
        spread = np.where(spread > 0, spread, 1.0)[:, np.newaxis]
        errors = []
        for trial in self.ridge_trials:
            _, missed = self.ruler.rows_and_errors(
                trial.residuals[0], trial, self.model.layout
            )
            errors.append((trial.errors[0], np.nanmean(missed / spread[trial.keys])))
        return np.reshape(errors, (-1, 2))

    def relative_error(self, other):
        """Return the error in the user's units over that of another view.

        The ratio is averaged over the blocks; it is infinite without a block.
        """
        n_blocks = min(len(self.errors), len(other.errors))
        # Errors below this are rounding.
        least = 1e-9
        ours, theirs = (view.errors[:n_blocks, 1] + least for view in (self, other))
        return float(np.mean(ours / theirs)) if n_blocks else np.inf

    def scaled_error(self):
        """Return the error in scaled units; infinite without a block."""
        return float(self.errors[:, 0].mean()) if len(self.errors) else np.inf


def choose_view(known, horizons, options):
    """Choose the transform of the values, then whether to learn their level.

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
    limits = {key: usual.limits(known[key].values, horizons) for key in known}

    def view(power, is_centered):
        return _view(known, limits, usual, horizons, options, power, is_centered)

    is_centered = bool(options.center)  # True for "auto"
    best, *others = (
        view(power, is_centered)
        for power in list_powers(options.log, options.sqrt, known.values())
    )
    for other in others:
        if other.relative_error(best) < FAR_BETTER:
            best = other
    if options.center == "auto":
        other = view(best.power, False)
        if other.scaled_error() < _CLEARLY * best.scaled_error():
            best = other
    return best


def _view(known, limits, usual, horizons, options, power, is_centered):
    """Return the view of series with a transform, with or without their level."""
    scales = {
        key: Scale.fit(series.values, power, standardizes=options.standardize)
        for key, series in known.items()
    }
    scaled = [scales[key].scale(known[key].values) for key in known]
    sp = _choose_season(scaled, options)
    past, future = _part_covariates(options)
    layout = Layout(
        _choose_window(scaled, int(horizons[-1]), sp, options.window_length),
        horizons,
        is_centered,
        sp if plain(options.seasonal_base) is not False and sp > 1 else 0,
        past,
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
    )
    return View(known, power, scales, limits, sp, model)


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
