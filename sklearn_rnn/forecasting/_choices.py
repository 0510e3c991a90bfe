"""Choices that follow the data: transform, season, window and level of the series."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sklearn_rnn._checks import plain, short

from ._any_regressor import MANY_EXAMPLES, MANY_SERIES
from ._columns import split_series
from ._direct_model import DirectModel
from ._limits import Usual
from ._season import find_season
from ._series_scale import list_powers, transform
from ._trials import Past, Ruler, try_ridge
from ._window_layout import Layout

__all__ = ["Options", "View", "choose_views"]


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
# Values of all columns in a window: more, if they are at most a tenth of the rows
_MOST_VALUES = 1_000
_MOST_COVARIATES = 500  # values of covariates in a window
# Blocks on which a ridge chooses where windows hold more values: each takes long
_BLOCKS_OF_WIDE = 1
# In a window, but for a season and a half: rows, and values of y and covariates
_MOST_WINDOW, _MOST_WITH_COVARIATES = 500, 5_000


# A scale of the rows known so far makes series alike. A few series gain nothing by it,
# and their blocks tell little of an unusual choice.
_OF_SERIES = Rule(["start", None], ["last", None], 2 / 3, 0.9)
_OF_PANELS = Rule(
    ["change", "series", "window", None], ["last", "season", None], 0.95, 0.95
)
# Units and levels of networks of segments: first those of a single network. Networks
# that differ in them err at other places than networks that differ by their seeds.
_VARIED = [("change", "season"), (None, "last"), ("season", "last")]


@dataclass(frozen=True)
class Options:
    """The parameters of a `RecurrentForecaster` that say how to see series.

    Parameters
    ----------
    window_length, sp, log, sqrt, scale, center, seasonal_base, columns
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
    columns: Literal["auto", "joint", "shared"]
    dtype: Any
    covariate_names: list | None
    past_names: list


@dataclass(frozen=True)
class View:
    """Series as one set of choices sees them.

    Parameters
    ----------
    known : dict of tuple to KnownSeries
        The series; the columns of series, where these are shared.
    columns : {"joint", "shared"}
        How columns are forecast.
    past : Past
        What the rows before blocks tell of the series.
    sp : int
        Number of rows in a season.
    model : DirectModel
        Not fitted.
    most : int or None, default=None
        Number of examples from which on some are enough; None: all are used.
    """

    known: dict
    columns: str
    past: Past
    sp: int
    model: DirectModel
    most: int | None = None

    @cached_property
    def examples(self):
        """All examples that the series give."""
        return self.model.examples(self.known, most=self.most)

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
        layout, trials = self.model.layout, []
        if self.examples is not None:
            _, n_steps, n_features = self.examples.X.shape
            if n_steps * n_features > _MOST_VALUES:
                trials = try_ridge(self.examples, layout, _BLOCKS_OF_WIDE)
            else:
                trials = self.ridge_trials
        errors = [
            (self.ruler.relative_error(trial, 0, layout), trial.errors[0])
            for trial in trials
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


def _choose_columns(whole):
    """Return the viewer of whole series, or of their columns, and its usual view."""
    options, known = whole.options, whole.known
    if whole.n_columns == 1 or options.columns == "joint":
        return whole, whole.usual()
    viewer = _Viewer(split_series(known), "shared", whole.horizons, options)
    usual = viewer.usual()
    n_values = usual.model.layout.window_length * whole.n_columns
    affordable = max(_MOST_VALUES, sum(map(len, known.values())) // 10)
    if options.columns == "auto" and n_values <= affordable:
        joint = whole.usual()
        ratio = joint.relative_error(usual, is_scaled=False)
        if ratio <= 1 or not np.isfinite(ratio):
            viewer, usual = whole, joint
    return viewer, usual


class _Viewer:
    """Sees series with any choice of transform, scale and level.

    Parameters
    ----------
    known : dict of tuple to KnownSeries
        The series, or their columns.
    columns : {"joint", "shared"}
        Whether these are series or their columns.
    horizons, options
        As in `choose_views`.
    """

    def __init__(self, known, columns, horizons, options):
        self.known, self.columns = known, columns
        self.horizons, self.options = horizons, options
        self.n_columns = next(iter(known.values())).values.shape[1]
        self.rule = _OF_PANELS if len(known) >= MANY_SERIES else _OF_SERIES
        self.scales = self.rule.scales if options.scale == "auto" else [options.scale]
        if len(known) == 1 and len(self.scales) > 1:
            # None is as "start".
            self.scales = [scale for scale in self.scales if scale is not None]
        self.levels = _list_levels(options.center, self.rule.levels)
        self.powers = list_powers(options.log, options.sqrt, known.values())

    def usual(self):
        """Return the view that stands unless others gain."""
        return self.view(self.powers[0], self.scales[0], self.levels[0])

    def view(self, power, scale, level, most=None):
        """Return the view with a transform, in units and relative to a level.

        With `most`, so many examples are enough.
        """
        known, horizons, options = self.known, self.horizons, self.options
        moved = [transform(series.values, power) for series in known.values()]
        sp = _choose_season(moved, options)
        columns_past, future = _part_covariates(options)
        n_covariates = len(columns_past + future)
        window_length = _choose_window(
            moved, int(horizons[-1]), sp, n_covariates, options.window_length
        )
        layout = Layout(
            window_length,
            horizons,
            scale,
            {"last": 1, "season": sp, None: 0}[level],
            sp if plain(options.seasonal_base) is not False and sp > 1 else 0,
            columns_past,
            future,
            _choose_covariate_rows(n_covariates, window_length),
            sp,
        )
        rows = np.concatenate([series.covariates for series in known.values()])
        spread = rows.std(axis=0)
        model = DirectModel(
            layout,
            rows.mean(axis=0),
            np.where(spread > 0, spread, 1.0),
            options.dtype,
            self.series_range,
            power,
        )
        return View(known, self.columns, self.past, sp, model, most)

    @cached_property
    def series_range(self):
        """The range of all series."""
        return Usual.of([series.values for series in self.known.values()])

    @cached_property
    def past(self):
        """What the rows before blocks tell of the series."""
        return Past(self.known, self.horizons)


def _choose(viewer, usual):
    """Choose the scale, then the transform, then the level of series."""
    rule, level = viewer.rule, viewer.levels[0]
    others = [
        viewer.view(viewer.powers[0], scale, level) for scale in viewer.scales[1:]
    ]
    best = _best(usual, others, rule.units)
    scale = best.model.layout.scale
    others = [viewer.view(power, scale, level) for power in viewer.powers[1:]]
    best = _best(best, others, rule.units)
    power = best.model.power
    others = [viewer.view(power, scale, level) for level in viewer.levels[1:]]
    return _best(best, others, rule.level, is_scaled=True)


def choose_views(known, horizons, options, n_views, takes_segments):
    """Choose the views of networks, the first view first.

    A view has the columns of series together or apart, a scale of windows, a transform
    of values, and a level, chosen in this order. Networks of segments of a panel take
    views that differ: the blocks that weigh the networks choose between them. A ridge,
    which knows no segments, chooses for all other networks, and the transform.

    Parameters
    ----------
    known : dict of tuple to KnownSeries
        The training rows.
    horizons : ndarray of shape (n_horizons,)
        Numbers of rows ahead to forecast, increasing.
    options : Options
        The user's parameters.
    n_views : int
        Number of views at most.
    takes_segments : callable
        Tells from the number of series, a season and a window, in rows, whether
        networks of segments follow.

    Returns
    -------
    views : list of View
        Several only of 20 series or more; transform, season and window are the same.
        Examples are at hand if they were needed for a choice.
    """
    viewer, usual = _choose_columns(_Viewer(known, "joint", horizons, options))
    if (
        len(known) < MANY_SERIES
        or viewer.columns == "shared"
        or viewer.n_columns > 1
        or not takes_segments(len(known), usual.sp, usual.model.layout.window_length)
    ):
        return [_choose(viewer, usual)]
    pairs = _list_pairs(options)
    first = viewer.view(viewer.powers[0], *pairs[0], most=MANY_EXAMPLES)
    others = [
        viewer.view(power, *pairs[0], most=MANY_EXAMPLES) for power in viewer.powers[1:]
    ]
    power = _best(first, others, _OF_PANELS.units).model.power
    return [viewer.view(power, *pair) for pair in pairs[:n_views]]


def _list_pairs(options):
    """Return the pairs of scale and level that networks of segments may take."""
    if options.center == "auto":
        levels = [level for _, level in _VARIED]
        if options.scale == "auto":
            return _VARIED
        return [(options.scale, level) for level in dict.fromkeys([*levels, None])]
    (level,) = _list_levels(options.center, [])
    if options.scale == "auto":
        return [(scale, level) for scale, _ in _VARIED]
    return [(options.scale, level)]


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


def _choose_window(scaled, reach, sp, n_covariates, window_length):
    """Return the number of rows in a window: more if there is more to learn from."""
    if window_length != "auto":
        _check_fits("window_length", int(window_length), scaled)
        return int(window_length)
    n_rows, n_columns = int(np.median([len(z) for z in scaled])), scaled[0].shape[1]
    affordable = min(
        _MOST_WINDOW,
        _MOST_WITH_COVARIATES // (n_columns + n_covariates),
        sum(map(len, scaled)) // (10 * n_columns),
    )
    if sp > 1:
        wanted = max(3 * sp // 2, min(14 * sp, affordable))
    else:
        wanted = max(6, reach // 2, min(4 * reach + 20, affordable))
    return max(1, min(wanted, 2 * (n_rows - reach) // 3))


def _choose_covariate_rows(n_covariates, window_length):
    """Return the number of the last rows of a window at which covariates are read."""
    return max(1, min(window_length, _MOST_COVARIATES // max(1, n_covariates)))


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
