"""Direct forecasts by recurrent networks, or any other regressor, from windows."""

import time
from copy import copy
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, is_regressor
from sklearn.linear_model import Ridge

from sklearn_rnn._checks import is_integer, read_positive, short, warn_user
from sklearn_rnn._parameters import read_random_state
from sklearn_rnn._recurrent.regressors import GRURegressor, LSTMRegressor

from ._any_regressor import (
    MANY_EXAMPLES,
    MANY_SERIES,
    MANY_STEPS,
    SEGMENT_STEPS,
    default_regressor,
    is_network,
    learns_segments,
    multi_output,
    seed_names,
)
from ._base import BaseSeriesForecaster
from ._choices import Options, choose_views
from ._columns import join_columns, split_requests, split_series
from ._known_series import check_covariates, read_known
from ._members import Other, fit_mixture, with_ridge
from ._reports import name_of, report_choice
from ._requests import lacks_covariates
from ._series_scale import (
    LOG,
    NONE,
    ROOT,
    Units,
    check_range,
    undo_transform,
)

__all__ = ["RecurrentForecaster"]

_MOST_ESTIMATORS = 10_000
# Seasons in a window from which on a season is one step of the default network
_LEAST_SEGMENTS = 4
_UNUSED = (
    "The network is not used: on the held-out rows, no number of steps that was tried "
    "makes its error 2 % lower than no step; all cells give the same forecasts "
    "(fit_report_ has the errors)."
)
_NOT_TRIED = (
    "The network is not used: y has too few rows to hold some out; all cells give the "
    "same forecasts."
)


class RecurrentForecaster(BaseSeriesForecaster):
    """Direct forecasts by recurrent networks, or any regressor, from windows.

    A regressor maps a window of the last rows to the rows at all horizons of `fh` at
    once. A window and the rows after it are read in units that the rows up to the
    window's end determine. The default regressor is an LSTM that starts from a ridge
    regression of the window and learns the residuals of the ridge.

    Networks trained on earlier rows forecast the last blocks of rows. Their errors
    choose the number of optimiser steps and make the intervals. The forecast is the
    median of `n_estimators` networks trained on all rows. For a panel of 20 series or
    more it is the weighted mean of these networks, the ridge, the Theta method and the
    seasonal naive forecast.

    A panel or hierarchy trains one network on the windows of all its series. The series
    may differ in length; each is forecast from its own end. The columns of a
    multivariate y are read and forecast together, or each by itself as a series.

    Parameters
    ----------
    regressor : scikit-learn regressor or None, default=None
        Unfitted; it is cloned, and its `random_state`, if it has one, is set. Recurrent
        regressors read windows of shape (n_samples, n_steps, n_features). Any other
        regressor, such as ``Ridge()`` or ``HistGradientBoostingRegressor()``, reads
        them flat, time-major; a regressor of a single output is fitted to each output.
        In recurrent regressors, ``linear_skip="auto"`` is ``"ridge"`` and
        ``dropout="auto"`` is 0.2. ``None``: ``LSTMRegressor(loss="huber")``; from
        20 series on ``LSTMRegressor(loss="absolute_error", linear_skip="trainable",
        dropout=0.1)``; with 64 units where `segment_length_` is above 1.
    window_length : int or "auto", default="auto"
        Number of rows in a window, from 1 to those of the longest series. ``"auto"``: a
        tenth of all rows, but at least 1.5 and at most 14 seasons if there is a season;
        else at least 6 rows and half the farthest horizon, and at most 20 rows more
        than four times the farthest horizon. Above the least length it is at most 500,
        or as many rows as hold 5,000 values of y and X. It is never over two thirds of
        the rows of the median series less the farthest horizon.
    segment_length : int or "auto", default="auto"
        Number of rows that are one step of a recurrent regressor, from 1. ``"auto"``: a
        season for the default regressor, if a window holds at least four seasons, else
        1; the `segment_length` of the regressor that is given.
    sp : int or "auto", default="auto"
        Number of rows in a season, from 1, no season, to the rows of the longest
        series. ``"auto"``: the shortest lag, from 2 to a third of the rows, or 400, at
        which the autocorrelation of differences between successive rows has a peak of
        0.5 or more (0.2 in the mean of 20 series or more, or of 20,000 values or more),
        within a tenth of the highest peak; 1 if there is no such lag.
    log : bool or "auto", default="auto"
        Whether to take logarithms, which forecasts undo. ``"auto"``: if all values of
        all series are above 0, unless a ridge without logarithms has a clearly lower
        error, in the units of y, on blocks of rows held out: by a third, or by 5 % of
        20 or more series.
    sqrt : bool or "auto", default="auto"
        Whether to take square roots, which forecasts undo and so are never negative.
        Square roots even out the spread of counts and amounts. ``"auto"``: with
        ``log="auto"`` if no value of any series is below 0 and some are 0, unless a
        ridge without square roots has a clearly lower error, as for `log`.
    scale : {"auto", "start", "change", "series", "window", "season"} or None, \
            default="auto"
        The unit in which a window and the rows after it are read, column by column:
        the mean absolute change from row to row in the first window of the series
        (``"start"``) or in all rows up to the window's end (``"change"``); the standard
        deviation of all rows up to the window's end (``"series"``), or of the window,
        and 5 % of that of all rows up to its end (``"window"``); the mean absolute
        change from season to season in the window, and 10 % of that in all rows up to
        its end (``"season"``); None: 1. ``"auto"``: ``"start"``, or None for several
        series if a ridge then has an error a third lower; for 20 series or more
        ``"change"``, unless a ridge with another unit has an error 5 % lower. Networks
        of segments of 20 series or more take different units and levels: the first
        ``"change"`` and the mean of the last season, the second None and the last row,
        the third ``"season"`` and the last row. Recurrent regressors also standardise
        all series together.
    center : bool, "season" or "auto", default="auto"
        The level that windows and forecasts are relative to: the window's last row
        (``True``), the mean of the last season (``"season"``), or the mean of the rows
        that give the unit (``False``): the level is learnt. ``"auto"``: the last row,
        unless a ridge that learns the level has an error over a tenth lower on blocks
        of rows held out; for 20 series or more, unless one of the others has an error
        5 % lower.
    seasonal_base : bool or "auto", default="auto"
        Whether forecasts add to the seasonal naive forecast. ``"auto"``: if `sp` is
        above 1.
    columns : {"auto", "joint", "shared"}, default="auto"
        How the columns of a multivariate y are forecast: together, from windows of all
        columns (``"joint"``), or each from its own windows, by a model that all columns
        share (``"shared"``), as the series of a panel do. ``"auto"``: as a ridge has
        the lower error on blocks of rows held out; ``"shared"`` without trying where a
        window of all columns holds more than 1,000 values, and more than a tenth of the
        rows.
    refit : bool, default=True
        Whether to choose the number of optimiser steps of a recurrent regressor on the
        last blocks of rows. In one run for each block, errors are read after 0, 38, 75,
        150, 300, ... steps, up to 19,200, until doubling the steps lowers the error by
        less than 2.5 %; or after all, half, a quarter, ... of the steps that an
        integer `max_epochs` gives. The number with the lowest mean absolute error of
        scaled rows is chosen if its error is below 0.98 of that without a step; else 0
        is. With too few rows for a block it is 0, unless the network has no ridge.
        ``False``: the network makes the steps of its `max_epochs`; 300 with ``"auto"``,
        600 for the default network of 20,000 windows or more, and 2,400 if a step is a
        segment. A default network of segments is tried up to 2,400 steps, as long as
        the error falls.
    ensemble : bool or "auto", default="auto"
        Whether to forecast by a weighted mean: of the networks, a ridge, the Theta
        method and the seasonal naive forecast. The weights are at least 0 and sum to 1;
        they minimise the squared error on the blocks held out (the absolute error for
        20,000 windows or more), and a penalty on the distance from weights in inverse
        proportion to mean squared errors, that falls with the number of rows held out.
        ``"auto"``: for the default regressor and 20 series or more.
    n_estimators : int, default=3
        Number of networks, from 1 to 10,000; their median is the forecast. Networks in
        different units are members of the mixture, with a weight for each unit. A
        regressor without `random_state` is fitted once.
    past_covariates : str, list of str or None, default=None
        Columns of X that are known only up to the time of a forecast. In ``predict``, X
        may lack them or have NaN there; if all columns are past covariates, X may be
        left out. All other columns are needed at each time of the horizon.
    max_fit_time : float or None, default=None
        Seconds on the clock, above 0, that the whole fit of networks may take. Training
        on blocks of rows ends early enough to leave time for the training on all rows,
        and any training ends at the limit. With a limit a fit may not repeat. ``None``:
        no limit. Regressors that are no networks are trained to their end.
    random_state : int, RandomState instance or None, default=None
        Seeds the networks; an int makes forecasts repeat bit for bit on one machine.
    verbose : int or bool, default=0
        0 is silent; any other value shows a progress bar over the fits.

    Attributes
    ----------
    sp_ : int
        Number of rows in a season; 1: no season.
    log_, sqrt_ : bool
        Whether logarithms or square roots are taken.
    scale_ : {"start", "change", "series", "window", "season"} or None
        The unit of windows; of the first network, where networks differ.
    center_ : bool or "season"
        The level that windows are relative to; of the first network.
    seasonal_base_ : bool
        Whether forecasts add to the seasonal naive forecast.
    columns_ : {"joint", "shared"}
        How columns are forecast; ``"joint"`` with a single column.
    window_length_, segment_length_ : int
        Number of rows in a window, and of rows that are one step of the network.
    weights_ : dict of str to float, or None
        Weights of the members of the forecast, by name; None if it is that of the
        regressor alone.
    n_steps_ : int or None
        Number of optimiser steps of each network; None if the regressor is no network.
    regressors_ : list of estimators
        Fitted, one for each seed; a single one if networks make no steps.
    fit_report_ : FitReport or None
        Mean absolute errors, in the units of y, on the blocks of rows held out: of the
        last known row (naive), of the last season (seasonal naive, where `sp_` is above
        1), of the ridge, and of the network by its number of steps, or of another
        regressor, and of the weighted mean. It prints as a table. None if no block
        could be held out.
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

    Warns
    -----
    UserWarning
        In ``fit``, if a recurrent regressor makes no step (`n_steps_` is 0), although
        its `max_epochs` allows steps: it then is its linear skip alone, whatever its
        cell.

    See Also
    --------
    ESNForecaster : An echo state network that reads its own forecasts.
    sklearn_rnn.LSTMRegressor : The default network, and its parameters.

    Notes
    -----
    Every horizon in `fh` is an output, so ``fit`` needs `fh`. A row inside the series
    is forecast one step ahead, by networks that had it in training. Windows that begin
    before the first row repeat it.

    ``update`` with ``update_params=True`` makes a ridge (a network with `n_steps_` 0,
    scikit-learn's ``Ridge``, or that of a mixture) the ridge of all examples, exactly,
    with the window, units, scales and strength of ``fit``. It keeps a factor of up to
    128 MiB, which pickles leave out. A network with steps trains for one more epoch on
    the windows with targets in the new rows; a regressor without ``partial_fit``, or a
    ``Ridge`` with a larger factor, is fitted again to all rows. Known rows are
    replaced. The regressors forecast a new series as they are. ``pretrain`` trains on a
    panel; ``fit`` then only takes in the series to forecast.

    Forecasts stay within limits that the series sets. Intervals are conformal, with
    likely, not guaranteed, coverage. Windows are kept in single precision, and thinned
    out evenly in time if they would take more than a gibibyte.

    The :doc:`guide to forecasting </user_guide/forecasting>` has the formulas, the
    rules of the choices and the limits; the :doc:`guide to intervals
    </user_guide/intervals>` describes the errors that make the intervals.

    References
    ----------
    Kim, Y.-J., Gu, C. (2004). Smoothing spline Gaussian regression: more scalable
    computation via efficient approximation. Journal of the Royal Statistical Society B
    66(2), 337-356.

    Lei, J., G'Sell, M., Rinaldo, A., Tibshirani, R. J., Wasserman, L. (2018).
    Distribution-free predictive inference for regression. Journal of the American
    Statistical Association 113(523), 1094-1111.

    Assimakopoulos, V., Nikolopoulos, K. (2000). The theta model: a decomposition
    approach to forecasting. International Journal of Forecasting 16(4), 521-530.

    Bates, J. M., Granger, C. W. J. (1969). The combination of forecasts. Operational
    Research Quarterly 20(4), 451-468.

    Ben Taieb, S., Bontempi, G., Atiya, A. F., Sorjamaa, A. (2012). A review and
    comparison of strategies for multi-step ahead time series forecasting based on the
    NN5 forecasting competition. Expert Systems with Applications 39(8), 7067-7083.

    Examples
    --------
    Two years of a monthly series that grows, from the ten years before, in thousands of
    passengers:

    >>> from sktime.datasets import load_airline
    >>> from sklearn_rnn.forecasting import RecurrentForecaster
    >>> y = load_airline()
    >>> forecaster = RecurrentForecaster(random_state=0)
    >>> y_pred = forecaster.fit(y[:-24], fh=range(1, 25)).predict()
    >>> forecaster.sp_, forecaster.log_, forecaster.window_length_
    (12, True, 18)
    >>> print(f"mean absolute error {(y_pred - y[-24:]).abs().mean():.0f}")
    mean absolute error 17
    >>> forecaster.predict_interval(coverage=0.8).iloc[[0, -1]].to_numpy().round()
    array([[376., 408.],
           [382., 487.]])

    A series too short for its horizon is an error:

    >>> forecaster.fit(y[:24], fh=range(1, 25))
    Traceback (most recent call last):
        ...
    ValueError: y has 24 rows, but to forecast 24 ahead at least 26 are needed.
    """

    _tags = {
        "capability:pretrain": True,
        "pretrain:fitted_params": [
            "model_", "log_", "sqrt_", "sp_", "window_length_", "segment_length_",
            "seasonal_base_", "columns_", "scale_", "center_", "n_steps_",
            "regressors_", "covariate_names_", "column_names_", "fit_report_",
            "weights_",
        ],
    }  # fmt: skip

    def __init__(
        self,
        regressor: BaseEstimator | None = None,
        *,
        window_length: int | Literal["auto"] = "auto",
        segment_length: int | Literal["auto"] = "auto",
        sp: int | Literal["auto"] = "auto",
        log: bool | Literal["auto"] = "auto",
        sqrt: bool | Literal["auto"] = "auto",
        scale: (
            Literal["auto", "start", "change", "series", "window", "season"] | None
        ) = "auto",
        center: bool | Literal["auto", "season"] = "auto",
        seasonal_base: bool | Literal["auto"] = "auto",
        columns: Literal["auto", "joint", "shared"] = "auto",
        refit: bool = True,
        ensemble: bool | Literal["auto"] = "auto",
        n_estimators: int = 3,
        past_covariates: str | list[str] | None = None,
        max_fit_time: float | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int | bool = 0,
    ) -> None:
        self.regressor = regressor
        self.window_length = window_length
        self.segment_length = segment_length
        self.sp = sp
        self.log = log
        self.sqrt = sqrt
        self.scale = scale
        self.center = center
        self.seasonal_base = seasonal_base
        self.columns = columns
        self.refit = refit
        self.ensemble = ensemble
        self.n_estimators = n_estimators
        self.past_covariates = past_covariates
        self.max_fit_time = max_fit_time
        self.random_state = random_state
        self.verbose = verbose
        super().__init__()

    # ------------------------------------------------------------------------- training

    def _check_parameters(self):
        _check_count("window_length", self.window_length, allows_auto=True)
        _check_count("segment_length", self.segment_length, allows_auto=True)
        _check_count("sp", self.sp, allows_auto=True)
        _check_count("n_estimators", self.n_estimators, most=_MOST_ESTIMATORS)
        if self.max_fit_time is not None:
            read_positive(self.max_fit_time, "max_fit_time")
        read_random_state(self.random_state)
        if not (isinstance(self.verbose, bool | np.bool_) or is_integer(self.verbose)):
            raise TypeError(f"verbose={short(self.verbose)} must be an int or a bool.")
        _check_flags(self)
        _check_regressor(self.regressor)

    def _learn(self, known, covariate_names, horizons):
        started = time.monotonic()
        self.covariate_names_ = covariate_names
        self.column_names_ = list(self._column_labels())
        _check_length(known, int(horizons[-1]))
        view, *others = choose_views(
            known,
            horizons,
            _options_of(self),
            self.n_estimators,
            lambda n_series, sp, window_length: (
                self.regressor is None
                and _is_mixed(self, n_series)
                and _choose_segment(self, sp, window_length) > 1
            ),
        )
        known, self.columns_ = view.known, view.columns
        layout = view.model.layout
        self.log_, self.sqrt_ = view.model.power == LOG, view.model.power == ROOT
        self.sp_, self.seasonal_base_ = view.sp, layout.base_lag > 0
        self.window_length_, self.scale_ = layout.window_length, layout.scale
        self.center_ = "season" if layout.level > 1 else layout.level == 1
        self.segment_length_ = _choose_segment(self, view.sp, layout.window_length)
        self._limits, self.model_ = {}, view.model
        self._take_note(self._known)
        deadline = None
        if self.max_fit_time is not None:
            deadline = started + float(self.max_fit_time)
        choice, others = self._train(known, view.examples, deadline, others)
        regressor = self.regressors_[0] if self.regressor is None else self.regressor
        mixed = _mix(self, view, choice, regressor, others)
        self.fit_report_ = report_choice(choice, regressor, view, started, mixed)
        if self.n_steps_ == 0 and len(choice.lengths) > 1:
            warn_user(_UNUSED if choice.trials else _NOT_TRIED)

    def _train(self, known, examples, deadline=None, views=()):
        """Train on all examples of series, and on those of further views."""
        generator = read_random_state(self.random_state)
        seeds = generator.randint(np.iinfo(np.int32).max, size=self.n_estimators)
        regressor, n_steps = _regressor_of(self, examples, len(known))
        if not seed_names(regressor):
            seeds = seeds[:1]  # without a seed all fits are the same
        units, seeds = Units.of(known, self.model_.power), [int(seed) for seed in seeds]
        choices, models = [], [self.model_, *(view.model for view in views)]
        for number, model in enumerate(models):
            n_left = len(models) - number
            choice = model.fit(
                model.examples(known) if number else examples,
                units,
                regressor,
                seeds[number :: len(models)],
                refit=self.refit,
                n_steps=n_steps,
                deadline=_part_of(deadline, n_left),
                bar={"desc": type(self).__name__, "disable": not self.verbose},
            )
            choices.append(choice)
        self.regressors_ = [one for model in models for one in model.regressors]
        self.n_steps_ = self.model_.n_steps
        self._numbers = {key: number for number, key in enumerate(known)}
        return choices[0], [
            Other(_name_in_units(model.layout, regressor), model, choice)
            for model, choice in zip(models[1:], choices[1:], strict=True)
        ]

    def _train_anew(self, known):
        """Train on all known series, and on those pretrained on."""
        everything = self.model_.everything(known)
        examples, mixture = self.model_.examples(everything), self.model_.mixture
        self._train(everything, examples)  # of a regressor without other views
        if mixture is not None:
            self.model_.mixture = with_ridge(mixture, examples)

    def _take_note(self, new):
        known = _as_learnt(self, {key: self._known[key] for key in new})
        if limits := _missing_limits(self, known):
            self._limits = {**self._limits, **limits}

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

    # -------------------------------------------------------------------- pretraining

    def _pretrain(self, y, X=None, fh=None):
        if fh is None:
            raise ValueError(
                "pretrain needs fh: the horizons that are to be forecast after fit."
            )
        self._check_parameters()
        self._known = read_known(y, X)
        names = None if X is None else list(X.columns)
        self._learn(self._known, names, self._horizons(fh))
        self.model_.panels = [_as_learnt(self, self._known)]
        self._forget()
        return self

    def _pretrain_update(self, y, X=None, fh=None):
        check_covariates(X, self.covariate_names_)
        self._check_columns(knows_names=False)
        known = _as_learnt(self, read_known(y, X))
        check_range(known.values(), self._power)
        self.model_ = copy(self.model_)  # other forecasters may share the old model
        self.model_.panels = [*self.model_.panels, known]
        examples = self.model_.examples(known)
        if examples is not None and not self.model_.train_on(examples, {}):
            self._train_anew({})
        _train_others(self.model_, known)
        self.regressors_, self.n_steps_ = _list_trained(self.model_)
        self._forget()
        return self

    def _forget(self):
        """Drop the series pretrained on; `fit` brings the series to forecast."""
        if not self.model_.needs_all_rows():
            self.model_.panels = []
        self._known, self._numbers = {}, {}
        self._limits = {}

    # ---------------------------------------------------------------------- forecasting

    def _forecast(self, requests, alpha=None):
        if self.columns_ == "joint":
            return self._forecast_series(requests, alpha)
        forecasts = self._forecast_series(split_requests(requests), alpha)
        return join_columns(forecasts, requests)

    def _forecast_series(self, requests, alpha=None):
        """Return a forecast for each request, of series as the model sees them."""
        layout, model = self.model_.layout, self.model_
        parts, places, origins, n_windows = [], [], [], 0
        for request in requests:
            horizons = layout.next_horizons(request.steps)
            wanted = len(request.series) + request.steps - horizons
            ends, inverse = np.unique(wanted, return_inverse=True)
            key, values = request.series.key, request.series.values
            covariates = _covariates(request, ends, layout, self._spacing)
            ends = np.maximum(ends, 0)
            windows = model.windows(values, covariates, ends)
            parts.append((*windows, *self._kept_within(key, values, ends)))
            columns = np.searchsorted(layout.horizons, horizons)
            places.append((n_windows + inverse, columns))
            origins.append((values, covariates, ends))
            n_windows += len(ends)
        X, bases, spreads, low, high = map(np.concatenate, zip(*parts, strict=True))
        outputs = model.outputs(X, bases, spreads, (low, high), origins)
        power = self._power
        low = low if power == NONE else np.maximum(low, 0.0)
        if alpha is None:
            kept = np.clip(undo_transform(outputs, power), low, high)
            return [kept[at] for at in places]
        changes = layout.recent_changes(X)
        return [
            model.errors.quantiles_about(
                outputs[at],
                spreads[at[0]],
                changes[at[0]],
                (low[at], high[at]),
                at[1],
                request.steps > 0,
                alpha,
                number=self._numbers.get(request.series.key),
                power=power,
            )
            for request, at in zip(requests, places, strict=True)
        ]

    def _kept_within(self, key, values, ends):
        """Return limits of forecasts from the first `ends` rows, as `Limits.at`."""
        limits = self._limits[key]
        low, high = limits.at(values, ends)
        if ends[-1] == len(values) > limits.n_rows:
            # Rows that came after training may show growth. Only forecasts from the
            # end of the series may follow it.
            grown = limits.joined(*self.model_.limits([values]))
            low[-1:], high[-1:] = grown.at(values, ends[-1:])
        return low, high

    def _forecast_from(self, values, ends):
        """Return forecasts of one series from several origins at once.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            The series, in the user's units.
        ends : ndarray of shape (n_origins,)
            Number of known rows at each origin.

        Returns
        -------
        forecasts : ndarray of shape (n_origins, n_horizons, n_columns)
            In the user's units.
        """
        none, ends, forecasts = np.empty((len(values), 0)), np.asarray(ends), []
        parts = [values] if self.columns_ == "joint" else values.T[:, :, np.newaxis]
        for part, limits in zip(parts, self._limits.values(), strict=True):
            X, bases, spreads = self.model_.windows(part, none, ends)
            kept = limits.at(part, ends)
            origins = [(part, none, ends)]
            outputs = self.model_.outputs(X, bases, spreads, kept, origins)
            forecasts.append(np.clip(undo_transform(outputs, self._power), *kept))
        return np.concatenate(forecasts, axis=2)

    # -------------------------------------------------------------------------- updates

    def _rests_on(self):
        return self.model_.regressors, self.model_.mixture, self._limits

    def _take_in(self, new, update_params):
        all_known, new = _as_learnt(self, self._known), _by_column(self, new)
        n_new = {key: n for key, n in new.items() if n and key in self._numbers}
        self._numbers = dict(self._numbers)
        for key in new.keys() - self._numbers.keys():
            taken = [*self._numbers.values(), self.model_.errors.last_number]
            self._numbers[key] = max(taken) + 1
        if not n_new:
            return
        first = {key: len(all_known[key]) - n for key, n in n_new.items()}
        examples = self.model_.examples(all_known, first)
        if examples is None:
            return
        self.model_ = copy(self.model_)  # the old model stays if anything fails
        sizes = np.array(list(n_new.values()))
        numbers = np.array([self._numbers[key] for key in n_new])
        units = Units.of({key: all_known[key] for key in first}, self._power)
        of_each = sizes[examples.keys], numbers[examples.keys]
        self.model_.recalibrate(examples, units, *of_each)
        if not update_params:
            return
        if not self.model_.train_on(examples, all_known):
            self._train_anew(all_known)
        _train_others(self.model_, all_known, first)
        self.regressors_, self.n_steps_ = _list_trained(self.model_)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
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
        return _small_settings()


def _small_settings():
    """Return keywords of the constructor, for tests."""
    return [
        {
            "regressor": LSTMRegressor(hidden_size=4, max_epochs=1),
            "n_estimators": 1,
            "random_state": 0,
        },
        {
            "regressor": Ridge(),
            "window_length": 3,
            "sp": 2,
            "scale": "series",
            "center": False,
            "columns": "shared",
            "ensemble": True,
        },
        {
            "regressor": GRURegressor(hidden_size=4, max_epochs=1, linear_skip=None),
            "window_length": 5,
            "segment_length": 2,
            "log": False,
            "seasonal_base": False,
            "refit": False,
            "n_estimators": 2,
            "random_state": 0,
        },
    ]


def _options_of(forecaster):
    """Return the parameters that say how to see series."""
    # Networks compute in single precision, which loses nothing on standardised
    # differences from the last row.
    takes_single = forecaster.regressor is None or is_network(forecaster.regressor)
    return Options(
        forecaster.window_length,
        forecaster.sp,
        forecaster.log,
        forecaster.sqrt,
        forecaster.scale,
        forecaster.center,
        forecaster.seasonal_base,
        forecaster.columns,
        np.float32 if takes_single else np.float64,
        forecaster.covariate_names_,
        forecaster._past_names(),
    )


def _as_learnt(forecaster, known):
    """Return series as the model knows them: whole, or column by column."""
    return split_series(known) if forecaster.columns_ == "shared" else known


def _by_column(forecaster, new):
    """Return numbers of new rows by the keys of `_as_learnt`."""
    if forecaster.columns_ == "joint":
        return new
    n_columns = range(len(forecaster.column_names_))
    return {(*key, column): n for key, n in new.items() for column in n_columns}


def _missing_limits(forecaster, known):
    """Return the limits of the series in `known` that have none yet."""
    limits = forecaster._limits
    # A constant series shows its range only when its values begin to change.
    keys = [key for key in known if key not in limits or limits[key].is_constant]
    found = forecaster.model_.limits([known[key].values for key in keys])
    return dict(zip(keys, found, strict=True))


def _choose_segment(forecaster, sp, window_length):
    """Return the number of rows that are one step of the network."""
    if forecaster.segment_length != "auto":
        return int(forecaster.segment_length)
    if forecaster.regressor is not None:
        return int(getattr(forecaster.regressor, "segment_length", 1))
    return sp if sp > 1 and window_length >= _LEAST_SEGMENTS * sp else 1


def _regressor_of(forecaster, examples, n_series):
    """Return the regressor to train, and its number of steps if none is chosen."""
    if forecaster.regressor is not None:
        regressor = multi_output(forecaster.regressor, examples.y.shape[1])
        if is_network(regressor) and forecaster.segment_length != "auto":
            regressor.set_params(segment_length=forecaster.segment_length_)
        return regressor, None
    regressor = default_regressor(n_series, forecaster.segment_length_)
    if learns_segments(regressor, len(examples)):
        return regressor, SEGMENT_STEPS
    return regressor, MANY_STEPS if len(examples) >= MANY_EXAMPLES else None


def _part_of(deadline, n_left):
    """Return the end of the first of `n_left` trainings that share the time left."""
    if deadline is None:
        return None
    now = time.monotonic()
    return now + (deadline - now) / n_left


def _name_in_units(layout, regressor):
    """Return a name for a network that tells the units in which it sees series."""
    center = "season" if layout.level > 1 else layout.level == 1
    return f"{name_of(regressor)} (scale={layout.scale!r}, center={center!r})"


def _train_others(model, known, first_target=None):
    """Let the networks in other units of a model learn new rows of series too."""
    if model.mixture is not None:
        model.mixture = model.mixture.trained_on(known, first_target)


def _list_trained(model):
    """Return the regressors of all units, and the number of steps of the first."""
    others = [] if model.mixture is None else model.mixture.others
    regressors = [one for each in [model, *others] for one in each.regressors]
    return regressors, model.n_steps


def _mix(forecaster, view, choice, regressor, others):
    """Mix forecasts that differ in kind; return the mixture's trials, or None."""
    forecaster.weights_ = None
    if not _is_mixed(forecaster, len(view.known)):
        return None
    is_ridge = is_network(regressor) and regressor.linear_skip in ("auto", "ridge")
    is_ridge = is_ridge and choice.n_steps == 0
    name = "ridge" if is_ridge else name_of(regressor)
    mixture, trials = fit_mixture(
        view, choice, name, has_ridge=not is_ridge, others=others
    )
    forecaster.model_.mixture = with_ridge(mixture, view.examples)
    if trials:
        forecaster.model_.learn_errors(trials, 0, view.ruler.units)
    forecaster.weights_ = dict(
        zip(mixture.names, mixture.weights.tolist(), strict=True)
    )
    return trials


def _is_mixed(forecaster, n_series):
    """Tell whether a forecaster mixes forecasts that differ in kind."""
    if isinstance(forecaster.ensemble, str):  # "auto"
        return forecaster.regressor is None and n_series >= MANY_SERIES
    return bool(forecaster.ensemble)


def _check_count(name, value, *, allows_auto=False, most=None):
    """Raise if a parameter is not a number of rows or networks, or "auto"."""
    if allows_auto and isinstance(value, str) and value == "auto":
        return
    words = "a whole number from 1" + ("" if most is None else f" to {most}")
    words += ', or "auto"' if allows_auto else ""
    if not is_integer(value):
        raise TypeError(f"{name}={short(value)} must be {words}.")
    if value < 1 or (most is not None and value > most):
        raise ValueError(f"{name}={short(value)} must be {words}.")


def _check_flags(forecaster):
    """Raise if a parameter is not one of True, False and, for some, "auto"."""
    words = {
        "log": ["auto"],
        "sqrt": ["auto"],
        "center": ["auto", "season"],
        "seasonal_base": ["auto"],
        "refit": [],
        "ensemble": ["auto"],
    }
    for name, more in words.items():
        options = [True, False, *more]
        value = getattr(forecaster, name)
        if not isinstance(value, bool | np.bool_ | str) or value not in options:
            raise ValueError(f"{name}={short(value)} is not one of {options}.")
    words = {
        "scale": ["auto", "start", "change", "series", "window", "season", None],
        "columns": ["auto", "joint", "shared"],
    }
    for name, options in words.items():
        value = getattr(forecaster, name)
        if not isinstance(value, str | None) or value not in options:
            raise ValueError(f"{name}={short(value)} is not one of {options}.")


def _check_regressor(regressor):
    """Raise if a regressor cannot forecast; None stands for the default."""
    if regressor is not None and not (
        isinstance(regressor, BaseEstimator) and is_regressor(regressor)
    ):
        raise TypeError(
            f"regressor={short(regressor)} is not a scikit-learn regressor; "
            "give one, such as GRURegressor() or Ridge(), or None."
        )
    if getattr(regressor, "loss", None) == "quantile" and (
        np.size(getattr(regressor, "quantiles", None)) > 1
    ):
        raise ValueError(
            f"regressor has quantiles={short(regressor.quantiles)}, but a "
            "forecast is one number: give one level; predict_quantiles gives "
            "others."
        )


def _check_length(known, reach):
    """Raise if no series is long enough to learn from."""
    longest = max(map(len, known.values()))
    if longest < reach + 2:
        raise ValueError(
            f"y has {longest} rows, but to forecast {reach} ahead at least {reach + 2} "
            "are needed."
        )


def _covariates(request, ends, layout, spacing):
    """Return the covariates that the windows of a request read.

    Parameters
    ----------
    request : Request
        The rows to forecast.
    ends : ndarray of shape (n_windows,)
        Number of known rows at each window's end.
    layout : Layout
        Of the windows.
    spacing : callable
        Returns the spacing of the times of a series, for the error.

    Returns
    -------
    covariates : ndarray of shape (n_known, n_covariates)
        Of known rows and, if `layout` reads covariates ahead, of rows to come.
    """
    n_rows = len(request.series)
    if not layout.future:
        return request.series.covariates
    # Windows may read rows after those of the request; they repeat the last known row.
    n_ahead = max(len(request.ahead), int(ends.max()) + layout.reach - n_rows)
    ahead = np.full((max(n_ahead, 0), request.ahead.shape[1]), np.nan)
    ahead[: len(request.ahead)] = request.ahead
    is_missing = np.isnan(ahead[:, layout.future]).any(axis=1)
    asked = request.steps[request.steps > 0]
    if is_missing[asked - 1].any():
        raise lacks_covariates(
            request.series,
            asked[is_missing[asked - 1]].min(),
            spacing(request.series),
            "at every time of fh (name columns that are not known ahead in "
            "past_covariates)",
        )
    rows = np.concatenate([request.series.covariates, ahead])
    known = np.r_[np.ones(n_rows, bool), ~is_missing]
    return rows[np.maximum.accumulate(np.where(known, np.arange(len(rows)), 0))]
