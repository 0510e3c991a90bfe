"""Direct forecasts by recurrent networks, or any other regressor, from windows."""

from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone, is_regressor
from sklearn.linear_model import Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils import get_tags

from sklearn_rnn._checks import is_integer, plain, short
from sklearn_rnn._conformal import in_part
from sklearn_rnn._parameters import read_random_state
from sklearn_rnn._recurrent.base import BaseRecurrentRegressor
from sklearn_rnn._recurrent.regressors import GRURegressor, LSTMRegressor

from ._base import BaseSeriesForecaster
from ._direct_model import MANY_EXAMPLES, DirectModel, Units, seed_names
from ._known_series import check_covariates, read_known
from ._limits import Usual
from ._season import find_season
from ._series_scale import FAR_BETTER, LOG, NONE, ROOT, Scale, check_range, list_powers
from ._times import times_after
from ._window_layout import Layout

__all__ = ["RecurrentForecaster"]

# Of 30 batches, where examples are many: there a trainable linear map does better than
# the ridge, and absolute errors better than Huber's.
_MANY_EPOCHS = 20
# By how much the ridge must err less for a level to be learnt: to take one for fixed
# that moves costs far more than the other way round.
_CLEARLY = 0.9
_MOST_ESTIMATORS = 10_000


@dataclass(frozen=True)
class View:
    """How series are seen: what is chosen between.

    Parameters
    ----------
    known : dict of tuple to KnownSeries
        The series.
    power : float
        What values are raised to, as `Scale` has it.
    scales, limits : dict of tuple to Scale and to Limits
        Of each.
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
    def errors(self):
        """How far a ridge is off blocks held out, as `DirectModel.ridge_errors`."""
        if self.examples is None:
            return np.empty((0, 2))
        return self.model.ridge_errors(
            self.examples, self.known, self.scales, self.limits
        )

    def relative_error(self, other):
        """Return the error in the user's units over that of another view.

        Averaged over the blocks; infinite where there are none.
        """
        n_blocks = min(len(self.errors), len(other.errors))
        # Below it a forecast is exact
        least = 1e-9
        ours, theirs = (view.errors[:n_blocks, 1] + least for view in (self, other))
        return float(np.mean(ours / theirs)) if n_blocks else np.inf

    def scaled_error(self):
        """Return the error in scaled units, infinite where there is none."""
        return float(self.errors[:, 0].mean()) if len(self.errors) else np.inf


class RecurrentForecaster(BaseSeriesForecaster):
    r"""Direct forecasts by recurrent networks, or any regressor, from windows.

    Each series is seen in units of its own: :math:`z_t`, its row t, of the logarithm
    or the square root where `log` or `sqrt` says so, less the mean and over the
    standard deviation of its rows. A window holds the last w rows up to row t. The
    regressor :math:`f` maps it to what follows at all horizons at once,

    .. math::

        \hat{z}_{t+h} = b_{t+h} + f_h(z_{t-w+1} - \ell_t, \dots, z_t - \ell_t)

    where the level :math:`\ell_t` is the last row, :math:`z_t`, where `center` says so
    and else 0; and the base :math:`b_{t+h}` is the latest known row that lies a whole
    number of seasons before row t + h, or without `seasonal_base` :math:`\ell_t`. By
    default :math:`f` is an LSTM that starts from a ridge regression of the window,
    whose strength generalised cross-validation chooses, and learns what that misses.

    The last rows, up to four blocks of them one before the other, are forecast by
    networks trained on the rows before: this chooses the number of optimiser steps
    (none is allowed: the ridge alone), with which networks are then trained on all
    rows. Its errors, over their usual size at their horizon and in their series, make
    the intervals, in the manner of split conformal prediction. A forecast is the median
    of `n_estimators` networks.

    A panel or hierarchy trains one network on the windows of all its series, which may
    differ in length and are each forecast from their own end. Columns of a
    multivariate y are read and forecast together.

    Parameters
    ----------
    regressor : scikit-learn regressor or None, default=None
        Unfitted; it is cloned and its `random_state`, if it has one, set. The recurrent
        regressors read windows of shape (n_samples, n_steps, n_features); any other,
        such as ``Ridge()`` or ``HistGradientBoostingRegressor()``, reads them flat,
        time-major, and is fitted output by output if it has to be. ``None``:
        ``LSTMRegressor(loss="huber")``, and from 20,000 windows on
        ``LSTMRegressor(loss="absolute_error", linear_skip="trainable", dropout=0.1)``,
        trained for 600 steps at most.
    window_length : int or "auto", default="auto"
        Number of rows in a window, from 1 to those of the longest series. ``"auto"``: a
        tenth of all rows, but of series with a season 1.5 to 14 seasons, of others 6
        rows or half the farthest horizon to 20 and four times it; and never over two
        thirds of the rows of the median series that can be learnt from.
    sp : int or "auto", default="auto"
        Number of rows in a season, from 1, which stands for none, to those of the
        longest series. ``"auto"``: of the lags, from 2 to a third of the rows, or 400,
        where the autocorrelation of the differences between successive rows peaks at
        0.5 or more, the shortest that comes within a tenth of the highest; 1 where
        there is none.
    log : bool or "auto", default="auto"
        Whether logarithms are taken, and undone in forecasts. ``"auto"``: where all
        values of all series are above 0, unless a ridge without them errs by over a
        third less, in the units of y, on blocks of rows that it was not trained on.
    sqrt : bool or "auto", default="auto"
        Whether square roots are taken, and undone in forecasts, which then are never
        negative: it evens out the spread of counts and amounts. ``"auto"``: with
        ``log="auto"`` where no value of any series is below 0 and some are 0, unless a
        ridge without them errs by over a third less, as for `log`.
    standardize : bool, default=True
        Whether each series is seen less the mean and over the standard deviation of its
        training rows, column by column. The recurrent regressors standardise what they
        read once more, all series together.
    center : bool or "auto", default="auto"
        Whether windows are read and forecasts made relative to a window's last row: the
        level is carried, not learnt. ``"auto"``: unless a ridge without it errs by over
        a tenth less on blocks of rows that it was not trained on.
    seasonal_base : bool or "auto", default="auto"
        Whether forecasts add to the seasonal naive forecast. ``"auto"``: where `sp` is
        above 1.
    refit : bool, default=True
        Whether the number of optimiser steps of a recurrent regressor is chosen on the
        last blocks of rows: of none, 1/8, 1/4, 1/2 and all of what it is set to, that
        with the least mean absolute error of the scaled rows, relative to none, if it
        is a twentieth less than none's. Where rows are too few for a block the network
        makes none, unless it has no ridge. ``False``: it makes as many as it is set to.
    n_estimators : int, default=3
        Number of networks, from 1 to 10,000, whose median is the forecast. A regressor
        without `random_state` is fitted once.
    past_covariates : str, list of str or None, default=None
        Columns of X that are known up to the time of a forecast only. ``predict`` does
        not need them: X may go without them, or have NaN there, or if they are all, be
        left out. All others must be given to it at each time of the horizon.
    random_state : int, RandomState instance or None, default=None
        Seeds the networks; an int makes forecasts repeat bit for bit on one machine.
    verbose : int or bool, default=0
        0 is silent; any other shows a progress bar over the fits.

    Attributes
    ----------
    sp_ : int
        Number of rows in a season; 1: none.
    log_, sqrt_ : bool
        Whether logarithms or square roots are taken.
    center_ : bool
        Whether windows are relative to their last row.
    seasonal_base_ : bool
        Whether forecasts add to the seasonal naive forecast.
    window_length_ : int
        Number of rows in a window.
    n_steps_ : int or None
        Number of optimiser steps that each network has made; None where the regressor
        is no network.
    regressors_ : list of estimators
        Fitted, one for each seed; only one where networks make no steps.
    model_ : DirectModel
        The regressors, the layout of windows and the sizes of errors.
    column_names_, covariate_names_ : list, and list or None
        Columns of y and of X.

    Raises
    ------
    ValueError
        In ``fit``, if a parameter is out of range; a series has unsorted, repeated or
        irregular times or an infinite value; or rows are too few for the farthest
        horizon. In ``predict``, if a row of X is missing. In ``update``, if rows leave
        a gap, or a value has no logarithm while `log_` is set, or no root.
    TypeError
        If a parameter has a wrong type.

    See Also
    --------
    ESNForecaster : An echo state network that goes on by itself.
    sklearn_rnn.LSTMRegressor : The default network, and its parameters.

    Notes
    -----
    Every horizon in `fh` is an output, so `fh` is needed in ``fit``. A row inside the
    series is forecast one step ahead, by networks that have seen it in training;
    windows that would begin before the first row repeat it.

    ``update`` with ``update_params=True`` trains each network for one more epoch on the
    windows whose targets reach into the new rows; a regressor without ``partial_fit``
    is fitted anew to all rows. Rows that are known already are replaced. A series that
    is new there is forecast by the networks as they are. ``pretrain`` trains on a
    panel; ``fit`` then only takes in the series that are to be forecast.

    Forecasts and quantiles of a series stay within the range of its rows and half its
    width on either side, or as far as growth takes it: where the range has grown more
    than once within as many rows as lie up to a horizon, the second largest growth may
    come again, and half as much on top. So trends and exponential growth go on, and a
    jump or an outlier is not multiplied. A series that has been 0, and never below, is
    not forecast below it; nor above it, if it was never above. A series with less than
    half the rows of the median series, or fewer than twice the farthest horizon, may
    also go as far as the others have, each seen in its standard deviations.

    The errors that make the intervals are of networks trained on earlier rows than
    those that forecast, so coverage is likely, not guaranteed. Where rows are too few
    for a block, they are those of the naive forecast. Where the last rows, as many as
    the farthest horizon, were missed by over twice as much as any before, intervals
    reach as far from the forecast as the worst of them was missed; and where a forecast
    had to be brought back within its limits, as far as it was beyond. From the
    quartiles outwards quantiles take this in whole, and the nearer to the median the
    less.

    Windows are kept in single precision, and thinned out, evenly in time, where they
    would take more than a gibibyte.

    References
    ----------
    Kim, Y.-J., Gu, C. (2004). Smoothing spline Gaussian regression: more scalable
    computation via efficient approximation. Journal of the Royal Statistical Society B
    66(2), 337-356.

    Lei, J., G'Sell, M., Rinaldo, A., Tibshirani, R. J., Wasserman, L. (2018).
    Distribution-free predictive inference for regression. Journal of the American
    Statistical Association 113(523), 1094-1111.

    Ben Taieb, S., Bontempi, G., Atiya, A. F., Sorjamaa, A. (2012). A review and
    comparison of strategies for multi-step ahead time series forecasting based on the
    NN5 forecasting competition. Expert Systems with Applications 39(8), 7067-7083.

    Examples
    --------
    Two years of a monthly series that grows, from the ten before:

    >>> from sktime.datasets import load_airline
    >>> from sklearn_rnn.forecasting import RecurrentForecaster
    >>> y = load_airline()
    >>> forecaster = RecurrentForecaster(random_state=0)
    >>> y_pred = forecaster.fit(y[:-24], fh=range(1, 25)).predict()
    >>> forecaster.sp_, forecaster.log_, forecaster.window_length_
    (12, True, 18)
    >>> bool((y_pred - y[-24:]).abs().mean() < 30)  # of 286 to 622 thousand passengers
    True
    >>> forecaster.predict_interval(coverage=0.8).shape
    (24, 2)

    A series too short for its horizon is an error:

    >>> forecaster.fit(y[:24], fh=range(1, 25))
    Traceback (most recent call last):
        ...
    ValueError: y has 24 rows, but to forecast 24 ahead at least 26 are needed.
    """

    _tags = {
        "capability:pretrain": True,
        "pretrain:fitted_params": [
            "model_", "log_", "sqrt_", "sp_", "window_length_", "seasonal_base_",
            "center_", "n_steps_", "regressors_", "covariate_names_", "column_names_",
        ],
    }  # fmt: skip

    def __init__(
        self,
        regressor=None,
        *,
        window_length="auto",
        sp="auto",
        log="auto",
        sqrt="auto",
        standardize=True,
        center="auto",
        seasonal_base="auto",
        refit=True,
        n_estimators=3,
        past_covariates=None,
        random_state=None,
        verbose=0,
    ):
        self.regressor = regressor
        self.window_length = window_length
        self.sp = sp
        self.log = log
        self.sqrt = sqrt
        self.standardize = standardize
        self.center = center
        self.seasonal_base = seasonal_base
        self.refit = refit
        self.n_estimators = n_estimators
        self.past_covariates = past_covariates
        self.random_state = random_state
        self.verbose = verbose
        super().__init__()

    # ------------------------------------------------------------------------- training

    def _check_parameters(self):
        _check_count("window_length", self.window_length, allows_auto=True)
        _check_count("sp", self.sp, allows_auto=True)
        _check_count("n_estimators", self.n_estimators, most=_MOST_ESTIMATORS)
        read_random_state(self.random_state)
        if not (isinstance(self.verbose, bool | np.bool_) or is_integer(self.verbose)):
            raise TypeError(f"verbose={short(self.verbose)} must be an int or a bool.")
        for name, options in (
            ("log", (True, False, "auto")),
            ("sqrt", (True, False, "auto")),
            ("standardize", (True, False)),
            ("center", (True, False, "auto")),
            ("seasonal_base", (True, False, "auto")),
            ("refit", (True, False)),
        ):
            value = getattr(self, name)
            is_flag = isinstance(value, bool | np.bool_ | str)
            if not is_flag or value not in options:
                raise ValueError(
                    f"{name}={short(value)} is not one of {list(options)}."
                )
        if self.regressor is not None and not (
            isinstance(self.regressor, BaseEstimator) and is_regressor(self.regressor)
        ):
            raise TypeError(
                f"regressor={short(self.regressor)} is not a scikit-learn regressor; "
                "give one, such as GRURegressor() or Ridge(), or None."
            )
        if getattr(self.regressor, "loss", None) == "quantile" and (
            np.size(getattr(self.regressor, "quantiles", None)) > 1
        ):
            raise ValueError(
                f"regressor has quantiles={short(self.regressor.quantiles)}, but a "
                "forecast is one number: give one level; predict_quantiles gives "
                "others."
            )

    def _learn(self, known, covariate_names, horizons):
        self.covariate_names_ = covariate_names
        self.column_names_ = list(self._get_varnames())
        _check_length(known, int(horizons[-1]))
        view = self._choose_view(known, horizons)
        layout = view.model.layout
        self.log_, self.sqrt_ = view.power == LOG, view.power == ROOT
        self.sp_, self.seasonal_base_ = view.sp, layout.base_lag > 0
        self.window_length_, self.center_ = layout.window_length, layout.is_centered
        self._scales, self._limits, self.model_ = view.scales, view.limits, view.model
        self._train(known, view.scales, view.examples)

    def _choose_view(self, known, horizons):
        """Choose how values are transformed, then whether the level is learnt."""
        usual = Usual.of([series.values for series in known.values()])
        limits = {key: usual.limits(known[key].values, horizons) for key in known}

        def view(power, is_centered):
            return self._view(known, limits, usual, horizons, power, is_centered)

        is_centered = bool(self.center)  # "auto" begins with it
        best, *others = (
            view(power, is_centered)
            for power in list_powers(self.log, self.sqrt, known.values())
        )
        for other in others:
            if other.relative_error(best) < FAR_BETTER:
                best = other
        if self.center == "auto":
            other = view(best.power, False)
            if other.scaled_error() < _CLEARLY * best.scaled_error():
                best = other
        return best

    def _view(self, known, limits, usual, horizons, power, is_centered):
        """Return how series are seen with a transform, with or without their level."""
        scales = {key: self._fit_scale(known[key], power) for key in known}
        scaled = [scales[key].scale(known[key].values) for key in known]
        sp = self._choose_season(scaled)
        reach = int(horizons[-1])
        past, future = self._part_covariates()
        layout = Layout(
            self._choose_window(scaled, reach, sp),
            horizons,
            is_centered,
            sp if plain(self.seasonal_base) is not False and sp > 1 else 0,
            past,
            future,
        )
        rows = np.concatenate([series.covariates for series in known.values()])
        spread = rows.std(axis=0)
        # Networks compute in single precision; differences from the last row,
        # standardised, lose nothing by it.
        is_network = isinstance(self.regressor, BaseRecurrentRegressor | None)
        model = DirectModel(
            layout,
            rows.mean(axis=0),
            np.where(spread > 0, spread, 1.0),
            np.float32 if is_network else np.float64,
            usual,
        )
        return View(known, power, scales, limits, sp, model)

    def _train(self, known, scales, examples):
        """Train on all examples that series, seen in their scales, give."""
        has_many = len(examples) >= MANY_EXAMPLES
        generator = read_random_state(self.random_state)
        seeds = generator.randint(np.iinfo(np.int32).max, size=self.n_estimators)
        regressor = self._make_regressor(has_many)
        if not seed_names(regressor):
            seeds = seeds[:1]  # one is like another
        self.model_.fit(
            examples,
            Units.of(known, scales),
            regressor,
            [int(seed) for seed in seeds],
            refit=self.refit,
            n_epochs=_MANY_EPOCHS if self.regressor is None and has_many else None,
            bar={"desc": type(self).__name__, "disable": not self.verbose},
        )
        self.regressors_ = self.model_.regressors
        self.n_steps_ = self.model_.n_steps
        self._numbers = {key: number for number, key in enumerate(known)}

    def _set_scales(self, known):
        """Learn scale and limits of each series that has none yet."""
        scales = dict(getattr(self, "_scales", {}))
        limits = dict(getattr(self, "_limits", {}))
        for key, series in known.items():
            # A constant that has begun to move tells its spread only now.
            if key not in scales or (scales[key].is_constant and key in self._known):
                scales[key] = self._fit_scale(series, self._power)
                limits[key] = self.model_.limits(series.values)
        self._scales, self._limits = scales, limits

    def _fit_scale(self, series, power):
        return Scale.fit(series.values, power, standardizes=bool(self.standardize))

    def _choose_season(self, scaled):
        sp = find_season(scaled) if self.sp == "auto" else int(self.sp)
        _check_fits("sp", sp, scaled)
        if plain(self.seasonal_base) is True and sp == 1:
            raise ValueError(
                f"seasonal_base=True needs a season, but sp={self.sp!r} gives none; "
                'use sp above 1 or seasonal_base="auto".'
            )
        return sp

    def _choose_window(self, scaled, reach, sp):
        """Return the length of a window: longer where there is more to learn from."""
        if self.window_length != "auto":
            _check_fits("window_length", int(self.window_length), scaled)
            return int(self.window_length)
        n_rows = int(np.median([len(z) for z in scaled]))
        affordable = sum(map(len, scaled)) // 10
        if sp > 1:
            wanted = max(3 * sp // 2, min(14 * sp, affordable))
        else:
            wanted = max(6, reach // 2, min(4 * reach + 20, affordable))
        return max(1, min(wanted, 2 * (n_rows - reach) // 3))

    def _part_covariates(self):
        """Return the columns of X known up to now only, and those known ahead."""
        names = list(self.covariate_names_ or [])
        wanted = self._past_names()
        for name in wanted:
            if name not in names:
                raise ValueError(
                    f"past_covariates names {short(name)}, which is not a column of X; "
                    f"its columns are {short(names)}."
                )
        past = [i for i, name in enumerate(names) if name in wanted]
        return past, [i for i in range(len(names)) if i not in past]

    def _make_regressor(self, has_many):
        if self.regressor is None:
            if has_many:
                return LSTMRegressor(
                    dropout=0.1, loss="absolute_error", linear_skip="trainable"
                )
            return LSTMRegressor(loss="huber")
        n_outputs = len(self.model_.layout.horizons) * len(self.column_names_)
        if n_outputs > 1 and not get_tags(self.regressor).target_tags.multi_output:
            return MultiOutputRegressor(self.regressor)
        return clone(self.regressor)

    def _past_names(self):
        wanted = self.past_covariates
        if wanted is None:
            return []
        is_list = isinstance(wanted, list | tuple | np.ndarray | pd.Index | pd.Series)
        is_list = is_list and getattr(wanted, "ndim", 1) == 1
        names = list(wanted) if is_list else [wanted]
        for name in names:
            if not (isinstance(name, str) or (is_integer(name) and abs(name) < 2**63)):
                raise TypeError(
                    f"past_covariates={short(wanted)} must be the name of a column of "
                    "X, a list of names, or None."
                )
        return names

    def _columns_ahead(self):
        return self.model_.layout.future

    def _check_reach(self, series, farthest):
        reach = self.model_.layout.reach
        if farthest > reach:
            raise ValueError(
                f"fh reaches {farthest} rows beyond the end of {series.name}, but "
                f"training reached {reach}; fit anew with this fh."
            )

    def _pretrain(self, y, X=None, fh=None):
        if fh is None:
            raise ValueError(
                "pretrain needs fh: the horizons that are to be forecast after fit."
            )
        self._check_parameters()
        self._known = read_known(y, X)
        names = None if X is None else list(X.columns)
        self._learn(self._known, names, self._horizons(fh))
        self.model_.panels = [self._known]
        self._forget()
        return self

    def _pretrain_update(self, y, X=None, fh=None):
        check_covariates(X, self.covariate_names_)
        self._check_columns(knows_names=False)
        known = read_known(y, X)
        check_range(known.values(), self._power)
        self._set_scales(known)
        self.model_ = copy(self.model_)  # an estimator before this one keeps its own
        examples = self.model_.examples(known, self._scales)
        if examples is not None and not self.model_.train_on(examples):
            self.model_.panels = [*self.model_.panels, known]
            self._train_anew({})
        self.regressors_, self.n_steps_ = self.model_.regressors, self.model_.n_steps
        self._forget()
        return self

    def _train_anew(self, known):
        """Train on all that is known, and on what was pretrained on."""
        everything, scales = dict(known), dict(self._scales)
        for number, panel in enumerate(self.model_.panels):
            for key, series in panel.items():
                name = ("pretrained", number, *key)
                everything[name] = series
                scales[name] = self._fit_scale(series, self._power)
        self._train(everything, scales, self.model_.examples(everything, scales))

    def _forget(self):
        """Let go of the series that were pretrained on; `fit` brings others."""
        if all(hasattr(one, "partial_fit") for one in self.regressors_):
            self.model_.panels = []
        self._known, self._numbers = {}, {}
        self._scales, self._limits = {}, {}

    # ---------------------------------------------------------------------- forecasting

    def _forecast(self, requests, alpha=None):
        layout, model = self.model_.layout, self.model_
        parts, places, n_windows = [], [], 0
        for request in requests:
            horizons = self._trained_for(request)
            wanted = len(request.series) + request.steps - horizons
            ends, inverse = np.unique(wanted, return_inverse=True)
            key, values = request.series.key, request.series.values
            z = self._scales[key].scale(values)
            covariates = self._covariates(request, ends)
            ends = np.maximum(ends, 0)
            windows = model.windows(z, covariates, ends)
            parts.append((*windows, *self._kept_within(key, values, ends)))
            columns = np.searchsorted(layout.horizons, horizons)
            places.append((n_windows + inverse, columns))
            n_windows += len(ends)
        X, bases, low, high = map(np.concatenate, zip(*parts, strict=True))
        outputs = model.predict(X) + bases
        return [
            self._in_units(
                request.series.key,
                outputs[at],
                (low[at], high[at]),
                at[1],
                request.steps > 0,
                alpha,
            )
            for request, at in zip(requests, places, strict=True)
        ]

    def _kept_within(self, key, values, ends):
        """Return limits of forecasts from rows known at `ends`, as `Limits.at` does."""
        limits = self._limits[key]
        low, high = limits.at(values, ends)
        if ends[-1] == len(values) > limits.n_rows:
            # Growth in rows that came after training, which no earlier forecast may see
            grown = limits.joined(self.model_.limits(values))
            low[-1:], high[-1:] = grown.at(values, ends[-1:])
        return low, high

    def _trained_for(self, request):
        """Return the horizon that each step is forecast by: the next one trained."""
        horizons = self.model_.layout.horizons
        return horizons[np.searchsorted(horizons, np.maximum(request.steps, 1))]

    def _covariates(self, request, ends):
        """Return the known covariates and those ahead; raise where one is missing."""
        layout, n_rows = self.model_.layout, len(request.series)
        if not layout.future:
            return request.series.covariates
        # Rows that windows look at beyond what is asked for repeat the last known one.
        n_ahead = max(len(request.ahead), int(ends.max()) + layout.reach - n_rows)
        ahead = np.full((max(n_ahead, 0), request.ahead.shape[1]), np.nan)
        ahead[: len(request.ahead)] = request.ahead
        is_missing = np.isnan(ahead[:, layout.future]).any(axis=1)
        asked = request.steps[request.steps > 0]
        if is_missing[asked - 1].any():
            step = asked[is_missing[asked - 1]].min()
            series = request.series
            time = times_after(series.times, np.array([step]), self._spacing())[0]
            raise ValueError(
                f"X lacks a row for {time}: a forecast of {series.name} needs its rows "
                "at every time of fh (name columns that are not known ahead in "
                "past_covariates)."
            )
        rows = np.concatenate([request.series.covariates, ahead])
        known = np.r_[np.ones(n_rows, bool), ~is_missing]
        return rows[np.maximum.accumulate(np.where(known, np.arange(len(rows)), 0))]

    def _in_units(self, key, outputs, limits, columns, is_ahead, alpha):
        """Return outputs, (n_steps, n_columns), or quantiles, in the user's units.

        A forecast beyond its limits, or after rows that were missed as never before,
        has errors of no usual size: its interval reaches as far as it was beyond and
        they were missed, in both directions, within the limits.
        """
        scale, (low, high) = self._scales[key], limits
        low = low if scale.power == NONE else np.maximum(low, 0.0)
        forecast = scale.unscale(outputs)
        kept = np.clip(forecast, low, high)
        if alpha is None:
            return kept
        number = self._numbers.get(key)
        # How far a forecast may be off beside the usual
        unusual = np.abs(forecast - kept)
        surprises = self.model_.surprises
        if number is not None and number < len(surprises):
            unusual[is_ahead] += surprises[number]
        outputs = np.clip(outputs, scale.scale_limits(low), scale.scale_limits(high))
        levels = []
        for level in alpha:
            shift = self.model_.residuals.quantile(level, number)[columns]
            farther = np.minimum if level < 0.5 else np.maximum
            quantile = farther(
                scale.unscale(outputs + shift), kept + in_part(level) * unusual
            )
            levels.append(np.clip(quantile, low, high))
        return np.stack(levels, axis=-1)

    def _forecast_from(self, values, ends):
        """Return forecasts of one series from several origins at once.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            The series, in the user's units.
        ends : ndarray of shape (n_origins,)
            How many rows are known at each origin.

        Returns
        -------
        forecasts : ndarray of shape (n_origins, n_horizons, n_columns)
            In the user's units.
        """
        ((key, scale),) = self._scales.items()
        none = np.empty((len(values), 0))
        ends = np.asarray(ends)
        X, bases = self.model_.windows(scale.scale(values), none, ends)
        forecasts = scale.unscale(self.model_.predict(X) + bases)
        return np.clip(forecasts, *self._limits[key].at(values, ends))

    # -------------------------------------------------------------------------- updates

    def _take_in(self, new, update_params):
        self._set_scales({key: self._known[key] for key in new})
        n_new = {key: n for key, n in new.items() if n and key in self._numbers}
        self._numbers = dict(self._numbers)
        for key in new.keys() - self._numbers.keys():
            taken = [*self._numbers.values(), self.model_.last_number]
            self._numbers[key] = max(taken) + 1
        if not n_new:
            return
        first = {key: len(self._known[key]) - n for key, n in n_new.items()}
        examples = self.model_.examples(self._known, self._scales, first)
        if examples is None:
            return
        self.model_ = copy(self.model_)  # as it was it stays, if anything fails
        sizes = np.array(list(n_new.values()))
        numbers = np.array([self._numbers[key] for key in n_new])
        units = Units.of({key: self._known[key] for key in first}, self._scales)
        of_each = sizes[examples.keys], numbers[examples.keys]
        self.model_.recalibrate(examples, units, *of_each)
        if not update_params:
            return
        if not self.model_.train_on(examples):
            self._train_anew(self._known)
        self.regressors_, self.n_steps_ = self.model_.regressors, self.model_.n_steps

    @classmethod
    def get_test_params(cls, parameter_set="default"):
        """Return small settings for sktime's tests.

        Parameters
        ----------
        parameter_set : str, default="default"
            There is one set only.

        Returns
        -------
        params : list of dict
            Keywords of the constructor.
        """
        small = {"hidden_size": 4, "max_epochs": 1}
        return [
            {
                "regressor": LSTMRegressor(**small),
                "n_estimators": 1,
                "random_state": 0,
            },
            {"regressor": Ridge(), "window_length": 3, "sp": 2, "center": False},
            {
                "regressor": GRURegressor(**small, linear_skip=None),
                "window_length": 5,
                "log": False,
                "seasonal_base": False,
                "refit": False,
                "n_estimators": 2,
                "random_state": 0,
            },
        ]


def _check_count(name, value, *, allows_auto=False, most=None):
    """Raise where a parameter is not a number of rows or networks."""
    if allows_auto and isinstance(value, str) and value == "auto":
        return
    words = "a whole number from 1" + ("" if most is None else f" to {most}")
    words += ', or "auto"' if allows_auto else ""
    if not is_integer(value):
        raise TypeError(f"{name}={short(value)} must be {words}.")
    if value < 1 or (most is not None and value > most):
        raise ValueError(f"{name}={short(value)} must be {words}.")


def _check_length(known, reach):
    """Raise where no series is long enough to learn from."""
    longest = max(map(len, known.values()))
    if longest < reach + 2:
        raise ValueError(
            f"y has {longest} rows, but to forecast {reach} ahead at least {reach + 2} "
            "are needed."
        )


def _check_fits(name, n_rows, scaled):
    """Raise where a parameter is a number of rows that no series has."""
    longest = max(map(len, scaled))
    if n_rows > longest:
        raise ValueError(
            f"{name}={short(n_rows)} is more rows than any series of y has; use at "
            f'most {longest}, or "auto".'
        )
