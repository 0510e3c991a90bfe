"""The base of the forecasters: it keeps the known rows of each series for sktime."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
from sktime.forecasting.base import BaseForecaster

from sklearn_rnn._checks import short
from sklearn_rnn._doc_link import DocLinkMixin
from sklearn_rnn._fitted_state import learns_in_one_step
from sklearn_rnn._recurrent.report import ShowsFitReport

from ._given import Forecast, Horizon, TimeSeries, takes_series
from ._known_series import check_covariates, frame_of, read_known
from ._origins import OriginForecasts
from ._packing import PackedState
from ._requests import RequestReader
from ._residuals import ResidualReader
from ._series_scale import LOG, NONE, ROOT, check_range
from ._sktime_hooks import SktimeHooks

__all__ = ["BaseSeriesForecaster"]


class BaseSeriesForecaster(
    ResidualReader,
    OriginForecasts,
    RequestReader,
    SktimeHooks,
    PackedState,
    DocLinkMixin,
    ShowsFitReport,
    BaseForecaster,
):
    """Base of the forecasters: keeps the known rows of each series."""

    _tags = {
        "authors": "The sklearn-rnn developers",
        "maintainers": "The sklearn-rnn developers",
        "y_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "capability:multivariate": True,
        "capability:exogenous": True,
        "capability:insample": True,
        "capability:pred_int": True,
        "capability:pred_int:insample": True,
        "capability:missing_values": False,
        "capability:categorical_in_X": False,
        "capability:update": True,
        "capability:unequal_length": True,
        "capability:random_state": True,
        "capability:pretrain": False,
        "requires-fh-in-fit": True,
        # X may have more rows than y. `read_known` checks that X has the rows of y.
        "X-y-must-have-same-index": False,
    }

    if TYPE_CHECKING:  # sktime, whose methods these are, has no types

        def fit(
            self, y: TimeSeries, X: TimeSeries | None = None, fh: Horizon | None = None
        ) -> Self: ...

        def update(
            self,
            y: TimeSeries | None,
            X: TimeSeries | None = None,
            update_params: bool = True,
        ) -> Self: ...

        def pretrain(
            self, y: TimeSeries, X: TimeSeries | None = None, fh: Horizon | None = None
        ) -> Self: ...

        def predict(
            self, fh: Horizon | None = None, X: TimeSeries | None = None
        ) -> Forecast: ...

        def predict_quantiles(
            self,
            fh: Horizon | None = None,
            X: TimeSeries | None = None,
            alpha: float | list[float] | None = None,
        ) -> pd.DataFrame: ...

        def predict_interval(
            self,
            fh: Horizon | None = None,
            X: TimeSeries | None = None,
            coverage: float | list[float] = 0.9,
        ) -> pd.DataFrame: ...

    else:
        # A call that succeeds changes the forecaster; a call that raises changes
        # nothing.
        fit = learns_in_one_step(takes_series(BaseForecaster.fit))
        update = learns_in_one_step(
            takes_series(BaseForecaster.update, may_be_none=True)
        )
        pretrain = learns_in_one_step(BaseForecaster.pretrain)
        # These keep `fh`, if the forecaster had none.
        predict = learns_in_one_step(BaseForecaster.predict)
        predict_quantiles = learns_in_one_step(BaseForecaster.predict_quantiles)
        predict_interval = learns_in_one_step(BaseForecaster.predict_interval)
    update_predict = learns_in_one_step(BaseForecaster.update_predict)
    update_predict_single = learns_in_one_step(BaseForecaster.update_predict_single)
    predict_var = learns_in_one_step(BaseForecaster.predict_var)
    predict_proba = learns_in_one_step(BaseForecaster.predict_proba)

    # `_known` holds the rows as arrays, so sktime need not keep a copy.
    _config = {"remember_data": False}

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple, Any] = {}

    # ------------------------------------------------------ for forecasters to define

    @abstractmethod
    def _check_parameters(self):
        """Raise if a parameter is not valid."""

    @abstractmethod
    def _learn(self, known, covariate_names, horizons):
        """Learn from all known series, to forecast at `horizons`."""

    @abstractmethod
    def _take_note(self, new):
        """Learn the units or limits of the series in `new` that have none yet."""

    @abstractmethod
    def _take_in(self, new, update_params):
        """Learn from rows that were added to the known series.

        Parameters
        ----------
        new : dict of tuple to int
            Number of rows added to each series; 0 if known rows were only revised.
        update_params : bool
            Whether to learn from the rows.
        """

    @abstractmethod
    def _forecast(self, requests, alpha=None):
        """Return a forecast for each request, in the user's units.

        Returns
        -------
        forecasts : list of ndarray of shape (n_steps, n_columns)
            With levels `alpha`, of shape (n_steps, n_columns, n_levels).
        """

    # ------------------------------------------------------- further methods for users

    @learns_in_one_step
    def fit_predict(
        self,
        y: TimeSeries,
        X: TimeSeries | None = None,
        fh: Horizon | None = None,
        X_pred: TimeSeries | None = None,
    ) -> Forecast:
        """Fit to a series and forecast it: ``fit(y, X, fh).predict(X=X_pred)``.

        Parameters
        ----------
        y : time series in a format that sktime knows
            As in ``fit``.
        X : time series in a format that sktime knows or None, default=None
            Covariates, as in ``fit``.
        fh : int, list, array, pandas.Index or ForecastingHorizon, default=None
            The rows to forecast, of shape (n_steps,).
        X_pred : time series in a format that sktime knows or None, default=None
            Covariates of the rows to forecast, as in ``predict``; None: those in `X`.

        Returns
        -------
        y_pred : time series
            Forecasts, of the type of `y`.
        """
        return self.fit(y, X, fh).predict(X=X if X_pred is None else X_pred)

    def predict_residuals(
        self, y: TimeSeries | None = None, X: TimeSeries | None = None
    ) -> Forecast:
        """Return the differences between rows and their forecasts.

        A known row is forecast one step ahead, as ``predict`` does inside the series; a
        row to come is forecast from the end of the known rows.

        Parameters
        ----------
        y : time series in a format that sktime knows or None, default=None
            The rows, at known times or at times to come. An array, which has no times,
            has as many rows as `fh` and stands for the times of `fh`, or as many rows
            as are known. None: all known rows.
        X : time series in a format that sktime knows or None, default=None
            Covariates of the rows to come, as in ``predict``.

        Returns
        -------
        residuals : time series
            Row less forecast, in the format and at the times of `y`. If `y` is None, in
            the format of the last y that ``fit`` or ``update`` was given.
        """
        self.check_is_fitted()
        reader = self._reader()
        return reader._residuals_of(y, reader._read_X(X))

    def known_rows(self) -> pd.DataFrame:
        """Return the rows that ``fit`` and ``update`` were given.

        Returns
        -------
        rows : DataFrame of shape (n_rows, n_columns)
            Series by series, in order of time; the index is that of forecasts. Numbered
            rows stand for those of an array.
        """
        self.check_is_fitted()
        columns = pd.Index(self._column_labels())
        times, values = zip(
            *((series.times, series.values) for series in self._known.values()),
            strict=True,
        )
        return frame_of(self._known, times, values, self._index_names, columns)

    # --------------------------------------------------------------- for sktime to call

    def _fit(self, y, X, fh):
        self._check_parameters()
        self._index_names = list(y.index.names)
        self._known = {}
        names = None if X is None else list(X.columns)
        known = read_known(y, X, self._spacing())
        if self._was_pretrained():
            check_covariates(X, self.covariate_names_)
            self._scales, self._limits, self._numbers = {}, {}, {}
            self._check_columns(knows_names=False)
            self._add(known, update_params=False)
        else:
            self._known = known
            self._learn(known, names, None if fh is None else self._horizons(fh))
        return self

    def _update(self, y, X=None, update_params=True):
        self._add(self._read_new(y, X), update_params)
        return self

    def _predict(self, fh, X):
        requests = self._requests(fh, X)
        return self._frame(
            requests, self._forecast(requests), pd.Index(self._column_labels())
        )

    def _predict_quantiles(self, fh, X, alpha):
        requests = self._requests(fh, X)
        # (n_steps, n_columns, n_levels) -> (n_steps, n_columns * n_levels)
        forecasts = [
            forecast.reshape(len(forecast), -1)
            for forecast in self._forecast(requests, alpha)
        ]
        columns = pd.MultiIndex.from_product([self._column_labels(), alpha])
        return self._frame(requests, forecasts, columns)

    # --------------------------------------------------------------- for this package

    @property
    def _power(self):
        """The power that values are raised to, as in `Scale`."""
        return LOG if self.log_ else ROOT if self.sqrt_ else NONE

    def _add(self, new, update_params):
        """Add rows to the known series, and new series to them; learn from them."""
        self._take_in(self._extend(new), update_params)

    def _extend(self, new):
        """Add rows to the known series; return how many were added to each."""
        check_range(new.values(), self._power)
        known, spacing, joined = dict(self._known), self._spacing(), {}
        for key, series in new.items():
            if key in known:
                series = known[key].extended(series, spacing, joined)
            known[key] = series
        before = {key: len(self._known.get(key, ())) for key in new}
        self._known = known
        added = {key: len(known[key]) - before[key] for key in new}
        self._take_note(added)
        return added

    def _read_new(self, y, X):
        """Read rows of series like those of training."""
        self._check_levels(y)
        self._check_columns()
        check_covariates(X, self.covariate_names_)
        return read_known(y, X, self._spacing())

    def _check_levels(self, y):
        """Raise if y is a panel and training saw one series, or the reverse."""
        if y.index.nlevels != len(self._index_names):
            raise ValueError(
                f"y has {_count_levels(y.index.nlevels)} in its index, but training "
                f"saw {len(self._index_names)}."
            )

    def _check_columns(self, *, knows_names=True):
        """Raise if y has other columns than in training."""
        given, learnt = list(self._column_labels()), self.column_names_
        nameless = list(range(len(learnt)))  # pandas' labels of columns without names
        has_names = knows_names and nameless not in (given, learnt)
        if len(given) != len(learnt) or (has_names and given != learnt):
            raise ValueError(
                f"y has the columns {short(given)}, but training saw {short(learnt)}."
            )


def _count_levels(n_levels):
    return f"{n_levels} level" if n_levels == 1 else f"{n_levels} levels"
