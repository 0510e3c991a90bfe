"""Direct forecasts by recurrent networks, or any other regressor, from windows."""

from dataclasses import replace
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, clone, is_regressor
from sklearn.linear_model import Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.utils import check_random_state, get_tags

from sklearn_rnn._base import BaseRecurrentRegressor
from sklearn_rnn._recurrent import GRURegressor, LSTMRegressor

from ._base import BaseSeriesForecaster
from ._direct import MANY_EXAMPLES, DirectModel, seed_names
from ._examples import Layout
from ._known import check_covariates, read_known, times_after
from ._scales import Scale, check_range
from ._seasons import find_season

__all__ = ["RecurrentForecaster"]

# Of 30 batches, where examples are many: there a trainable linear map does better than
# the ridge, and absolute errors better than Huber's.
_MANY_EPOCHS = 20
# By how much the ridge must err less for a level to be learnt: to take one for fixed
# that moves costs far more than the other way round.
_CLEARLY = 0.9


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
        Number of rows in a window, at least 1. ``"auto"``: a tenth of all rows, but of
        series with a season 1.5 to 14 seasons, of others 6 rows or half the farthest
        horizon to 20 and four times it; and never over two thirds of the rows of the
        median series that can be learnt from.
    sp : int or "auto", default="auto"
        Number of rows in a season, at least 1, which stands for none. ``"auto"``: of
        the lags, from 2 to a third of the rows, or 400, where the autocorrelation of
        the differences between successive rows peaks at 0.5 or more, the shortest that
        comes within a tenth of the highest; 1 where there is none.
    log : bool or "auto", default="auto"
        Whether logarithms are taken, and undone in forecasts. ``"auto"``: where all
        values of all series are above 0.
    sqrt : bool or "auto", default="auto"
        Whether square roots are taken, and undone in forecasts, which then are never
        negative: it evens out the spread of counts and amounts. ``"auto"``: with
        ``log="auto"`` where no value of any series is below 0, and some are 0.
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
        Number of networks, at least 1, whose median is the forecast. A regressor
        without `random_state` is fitted once.
    past_covariates : str, list of str or None, default=None
        Columns of X that are known up to the time of a forecast only. All others must
        be given to ``predict`` at each time of the horizon.
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

    The errors that make the intervals are of networks trained on earlier rows than
    those that forecast, so coverage is likely, not guaranteed. Where rows are too few
    for a block, they are of rows that were trained on, and intervals are too narrow.

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
        _check_count("n_estimators", self.n_estimators)
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
                raise ValueError(f"{name}={value!r} is not one of {list(options)}.")
        if self.regressor is not None and not (
            isinstance(self.regressor, BaseEstimator) and is_regressor(self.regressor)
        ):
            raise TypeError(
                f"regressor={self.regressor!r} is not a scikit-learn regressor; give "
                "one, such as GRURegressor() or Ridge(), or None."
            )
        if getattr(self.regressor, "loss", None) == "quantile" and (
            np.size(getattr(self.regressor, "quantiles", None)) > 1
        ):
            raise ValueError(
                f"regressor has quantiles={self.regressor.quantiles!r}, but a forecast "
                "is one number: give one level; predict_quantiles gives others."
            )

    def _learn(self, known, covariate_names, horizons):
        self.covariate_names_ = covariate_names
        self.column_names_ = list(self._get_varnames())
        self._choose_transform(known)
        self._set_scales(known)
        scaled = [self._scales[key].scale(known[key].values) for key in known]
        self._choose_season(scaled)
        self.window_length_ = self._choose_window(scaled, int(horizons[-1]))
        past, future = self._part_covariates()
        layout = Layout(
            self.window_length_,
            horizons,
            bool(self.center),  # "auto" begins with it
            self.sp_ if self.seasonal_base_ else 0,
            past,
            future,
        )
        rows = np.concatenate([series.covariates for series in known.values()])
        spread = rows.std(axis=0)
        # Networks compute in single precision; differences from the last row,
        # standardised, lose nothing by it.
        is_network = isinstance(self.regressor, BaseRecurrentRegressor | None)
        self.model_ = DirectModel(
            layout,
            rows.mean(axis=0),
            np.where(spread > 0, spread, 1.0),
            np.float32 if is_network else np.float64,
        )
        self._train(known)

    def _train(self, known):
        """Train on all examples that the series give."""
        examples = self._choose_center(known)
        if examples is None or len(examples) < 2:
            longest = max(map(len, known.values()))
            reach = self.model_.layout.reach
            raise ValueError(
                f"y has {longest} rows, but to forecast {reach} ahead at least "
                f"{reach + 2} are needed."
            )
        has_many = len(examples) >= MANY_EXAMPLES
        generator = check_random_state(self.random_state)
        seeds = generator.randint(np.iinfo(np.int32).max, size=self.n_estimators)
        regressor = self._make_regressor(has_many)
        if not seed_names(regressor):
            seeds = seeds[:1]  # one is like another
        self.model_.fit(
            examples,
            regressor,
            [int(seed) for seed in seeds],
            refit=self.refit,
            n_epochs=_MANY_EPOCHS if self.regressor is None and has_many else None,
            bar={"desc": type(self).__name__, "disable": not self.verbose},
        )
        self.regressors_ = self.model_.regressors
        self.n_steps_ = self.model_.n_steps
        self._numbers = {key: number for number, key in enumerate(known)}

    def _choose_center(self, known):
        """Decide whether windows are relative to their last row, and return them."""
        model = self.model_
        examples = model.examples(known, self._scales)
        if self.center == "auto" and not hasattr(self, "center_") and examples:
            error, centered = model.ridge_error(examples), model.layout
            if error is not None:
                model.layout = replace(centered, is_centered=False)
                others = model.examples(known, self._scales)
                if model.ridge_error(others) < _CLEARLY * error:
                    examples = others
                else:
                    model.layout = centered
        self.center_ = model.layout.is_centered
        return examples

    def _set_scales(self, known):
        """Learn the scale of each series that has none yet."""
        scales = dict(getattr(self, "_scales", {}))
        for key, series in known.items():
            # A constant that has begun to move tells its spread only now.
            if key not in scales or (scales[key].is_constant and key in self._known):
                scales[key] = self._fit_scale(series)
        self._scales = scales

    def _fit_scale(self, series):
        return Scale.fit(series.values, self._power, standardizes=self.standardize)

    def _choose_season(self, scaled):
        self.sp_ = find_season(scaled) if self.sp == "auto" else int(self.sp)
        if self.seasonal_base is True and self.sp_ == 1:
            raise ValueError(
                f"seasonal_base=True needs a season, but sp={self.sp!r} gives none; "
                'use sp above 1 or seasonal_base="auto".'
            )
        self.seasonal_base_ = self.seasonal_base is not False and self.sp_ > 1

    def _choose_window(self, scaled, reach):
        """Return the length of a window: longer where there is more to learn from."""
        if self.window_length != "auto":
            return int(self.window_length)
        n_rows = int(np.median([len(z) for z in scaled]))
        affordable = sum(map(len, scaled)) // 10
        if self.sp_ > 1:
            wanted = max(3 * self.sp_ // 2, min(14 * self.sp_, affordable))
        else:
            wanted = max(6, reach // 2, min(4 * reach + 20, affordable))
        return max(1, min(wanted, 2 * (n_rows - reach) // 3))

    def _part_covariates(self):
        """Return the columns of X known up to now only, and those known ahead."""
        names = list(self.covariate_names_ or [])
        wanted = self.past_covariates
        if wanted is None:
            wanted = []
        elif isinstance(wanted, str) or not np.iterable(wanted):
            wanted = [wanted]
        for name in wanted:
            if name not in names:
                raise ValueError(
                    f"past_covariates names {name!r}, which is not a column of X; its "
                    f"columns are {names}."
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

    def _reads_ahead(self):
        return len(self.model_.layout.future) > 0

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
        examples = self.model_.examples(known, self._scales)
        if examples is not None and not self.model_.train_on(examples):
            self.model_.panels = [*self.model_.panels, known]
            self._train_anew({})
        self.n_steps_ = self.model_.n_steps
        self._forget()
        return self

    def _train_anew(self, known):
        """Train on all that is known, and on what was pretrained on."""
        everything, scales = dict(known), dict(self._scales)
        for number, panel in enumerate(self.model_.panels):
            for key, series in panel.items():
                name = ("pretrained", number, *key)
                everything[name] = series
                scales[name] = self._fit_scale(series)
        own, self._scales = self._scales, scales
        self._train(everything)
        self._scales = own

    def _forget(self):
        """Let go of the series that were pretrained on; `fit` brings others."""
        if all(hasattr(one, "partial_fit") for one in self.regressors_):
            self.model_.panels = []
        self._known, self._scales, self._numbers = {}, {}, {}

    # ---------------------------------------------------------------------- forecasting

    def _forecast(self, requests, alpha=None):
        layout, model = self.model_.layout, self.model_
        parts, places, n_windows = [], [], 0
        for request in requests:
            horizons = self._trained_for(request)
            wanted = len(request.series) + request.steps - horizons
            ends, inverse = np.unique(wanted, return_inverse=True)
            z = self._scales[request.series.key].scale(request.series.values)
            covariates = self._covariates(request, ends)
            parts.append(model.windows(z, covariates, np.maximum(ends, 0)))
            columns = np.searchsorted(layout.horizons, horizons)
            places.append((n_windows + inverse, columns))
            n_windows += len(ends)
        X, bases = map(np.concatenate, zip(*parts, strict=True))
        outputs = model.predict(X) + bases
        return [
            self._in_units(request.series.key, outputs[rows, columns], columns, alpha)
            for request, (rows, columns) in zip(requests, places, strict=True)
        ]

    def _trained_for(self, request):
        """Return the horizon that each step is forecast by: the next one trained."""
        horizons = self.model_.layout.horizons
        farthest = int(request.steps.max())
        if farthest > horizons[-1]:
            raise ValueError(
                f"fh reaches {farthest} rows beyond the end of {request.series.name}, "
                f"but training reached {horizons[-1]}; fit anew with this fh."
            )
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
            time = times_after(series.times, np.array([step]), self._frequency())[0]
            raise ValueError(
                f"X lacks a row for {time}: a forecast of {series.name} needs its rows "
                "at every time of fh (name columns that are not known ahead in "
                "past_covariates)."
            )
        rows = np.concatenate([request.series.covariates, ahead])
        known = np.r_[np.ones(n_rows, bool), ~is_missing]
        return rows[np.maximum.accumulate(np.where(known, np.arange(len(rows)), 0))]

    def _in_units(self, key, outputs, columns, alpha):
        """Return outputs, (n_steps, n_columns), or quantiles, in the user's units."""
        scale = self._scales[key]
        if alpha is None:
            return scale.unscale(outputs)
        number = self._numbers.get(key)
        levels = [
            scale.unscale(
                outputs + self.model_.residuals.quantile(level, number)[columns]
            )
            for level in alpha
        ]
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
        (scale,) = self._scales.values()
        none = np.empty((len(values), 0))
        X, bases = self.model_.windows(scale.scale(values), none, np.asarray(ends))
        return scale.unscale(self.model_.predict(X) + bases)

    # -------------------------------------------------------------------------- updates

    def _take_in(self, new, update_params):
        self._set_scales({key: self._known[key] for key in new})
        n_new = {key: n for key, n in new.items() if n and key in self._numbers}
        for key in new.keys() - self._numbers.keys():
            taken = [*self._numbers.values(), self.model_.last_number]
            self._numbers[key] = max(taken) + 1
        if not n_new:
            return
        first = {key: len(self._known[key]) - n for key, n in n_new.items()}
        examples = self.model_.examples(self._known, self._scales, first)
        if examples is None:
            return
        sizes = np.array(list(n_new.values()))
        numbers = np.array([self._numbers[key] for key in n_new])
        self.model_.recalibrate(examples, sizes[examples.keys], numbers[examples.keys])
        if not update_params:
            return
        if not self.model_.train_on(examples):
            self._train_anew(self._known)
        self.n_steps_ = self.model_.n_steps

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


def _check_count(name, value, *, allows_auto=False):
    """Raise where a parameter is not a number of rows or networks."""
    if allows_auto and isinstance(value, str) and value == "auto":
        return
    words = (
        'a whole number from 1, or "auto"' if allows_auto else "a whole number from 1"
    )
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(f"{name}={value!r} must be {words}.")
    if value < 1:
        raise ValueError(f"{name}={value!r} must be {words}.")
