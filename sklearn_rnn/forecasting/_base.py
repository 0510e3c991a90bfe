"""Between sktime and series: what the forecasters share."""

from abc import abstractmethod
from copy import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sktime.datatypes import check_is_scitype, convert_to
from sktime.forecasting.base import BaseForecaster

from sklearn_rnn._checks import is_integer, short
from sklearn_rnn._doc_link import DocLinkMixin
from sklearn_rnn._one_step import learns_in_one_step

from ._given import as_numbers, raise_short, takes_series
from ._known_series import (
    KnownSeries,
    check_covariates,
    future_rows,
    place,
    read_known,
    rows_by_series,
)
from ._packing import PackedState
from ._series_scale import LOG, NONE, ROOT, check_range
from ._times import add_spans, spacing_of, steps_to, times_after

__all__ = ["BaseSeriesForecaster", "Request"]

_MOST_STEPS = 10_000_000  # of a horizon


@dataclass(frozen=True)
class Request:
    """What is to be forecast of one series.

    Parameters
    ----------
    series : KnownSeries
        All that is known of it.
    steps : ndarray of shape (n_steps,)
        How many rows after its last one; 0 and less lie inside it.
    ahead : ndarray of shape (n_ahead, n_covariates)
        Covariates of the rows that follow it; NaN where they are not known.
    """

    series: KnownSeries
    steps: np.ndarray
    ahead: np.ndarray


class BaseSeriesForecaster(PackedState, DocLinkMixin, BaseForecaster):
    """Base of the forecasters: keeps what is known of each series."""

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
        # X may have more rows than y; that it has those of y is checked here, in words.
        "X-y-must-have-same-index": False,
    }

    # Each of these changes the forecaster once it has succeeded, or not at all.
    fit = learns_in_one_step(takes_series(BaseForecaster.fit))
    update = learns_in_one_step(takes_series(BaseForecaster.update, may_be_none=True))
    pretrain = learns_in_one_step(BaseForecaster.pretrain)
    update_predict = learns_in_one_step(BaseForecaster.update_predict)
    update_predict_single = learns_in_one_step(BaseForecaster.update_predict_single)
    # These keep `fh`, where none was kept before.
    predict = learns_in_one_step(BaseForecaster.predict)
    predict_quantiles = learns_in_one_step(BaseForecaster.predict_quantiles)
    predict_interval = learns_in_one_step(BaseForecaster.predict_interval)
    predict_var = learns_in_one_step(BaseForecaster.predict_var)
    predict_proba = learns_in_one_step(BaseForecaster.predict_proba)

    # What is known is kept here, as arrays; sktime need not keep its own copy.
    _config = {"remember_data": False}

    def __init__(self):
        super().__init__()
        self._y = self._X = None
        self._known = {}

    @classmethod
    def _generate_doc_link(cls):
        """Return the address of the page of a forecaster; sktime's diagrams ask."""
        return cls._doc_link_template.format(
            estimator_module="sklearn_rnn.forecasting", estimator_name=cls.__name__
        )

    # ------------------------------------------------------------- what forecasters add

    @abstractmethod
    def _check_parameters(self):
        """Raise where a parameter is not valid."""

    @abstractmethod
    def _learn(self, known, covariate_names, horizons):
        """Learn from all known series, to forecast at `horizons`."""

    @abstractmethod
    def _take_in(self, new, update_params):
        """Take note of rows that were added to what is known.

        Parameters
        ----------
        new : dict of tuple to int
            How many rows came to each series; 0 where known ones were revised only.
        update_params : bool
            Whether to learn from them.
        """

    @abstractmethod
    def _forecast(self, requests, alpha=None):
        """Return a forecast for each request, in the user's units.

        Returns
        -------
        forecasts : list of ndarray of shape (n_steps, n_columns)
            Or with `alpha`, levels, (n_steps, n_columns, n_levels).
        """

    def _past_names(self):
        """Return the columns of X that are not known ahead."""
        return []

    def _columns_ahead(self):
        """Return the numbers of the columns of X that forecasts need ahead."""
        return list(range(len(self.covariate_names_ or [])))

    @abstractmethod
    def _check_reach(self, series, farthest):
        """Raise where forecasts of a series do not reach so many steps ahead."""

    # ---------------------------------------------------------- what users call beside

    @learns_in_one_step
    def fit_predict(self, y, X=None, fh=None, X_pred=None):
        """Fit to a series and forecast it: ``fit(y, X, fh).predict(X=X_pred)``.

        Parameters
        ----------
        y : time series in a format that sktime knows
            As in ``fit``.
        X : time series in a format that sktime knows or None, default=None
            Covariates, as in ``fit``.
        fh : int, list, array, pandas.Index or ForecastingHorizon, default=None
            What is forecast, of shape (n_steps,).
        X_pred : time series in a format that sktime knows or None, default=None
            Covariates of what is forecast, as in ``predict``; None: those in `X`.

        Returns
        -------
        y_pred : time series
            Forecasts, of the type of `y`.
        """
        return self.fit(y, X, fh).predict(X=X if X_pred is None else X_pred)

    def predict_residuals(self, y=None, X=None):
        """Return what rows differ by from their forecasts.

        A known row is forecast one step ahead, as ``predict`` does inside the series; a
        row to come from the end of what is known.

        Parameters
        ----------
        y : time series in a format that sktime knows or None, default=None
            The rows, at known times or at ones to come. An array, which has no times,
            has as many rows as `fh` and stands for these, or as many as are known.
            None: all known rows.
        X : time series in a format that sktime knows or None, default=None
            Covariates of the rows to come, as in ``predict``.

        Returns
        -------
        residuals : time series
            Row less forecast, in the format and at the times of `y`; where it is None,
            in the format of the last y that was given to ``fit`` or ``update``.
        """
        self.check_is_fitted()
        reader = copy(self)  # sktime keeps a note of each y that it reads
        return reader._residuals_of(y, reader._check_X(X))

    # ---------------------------------------------------------------- what sktime calls

    def _check_X_y(self, X=None, y=None, **options):
        # sktime empties this in place, and refills it: a copy of ours shall not notice
        self._converter_store_y = dict(self._converter_store_y)
        y, X = as_numbers(y, "y"), as_numbers(X, "X")
        try:
            X = self._without_unknown(X, y)
            return super()._check_X_y(X=X, y=y, **options)
        except Exception as error:  # sktime's own are up to 2,000 characters long
            raise_short(error, X=X, y=y)
            raise

    def _check_fh(self, fh, pred_int=False):
        # sktime lists all steps of a range, and those up to a number in one.
        n_steps = fh if is_integer(fh) else len(fh) if isinstance(fh, range) else 0
        if abs(int(n_steps)) > _MOST_STEPS:
            raise ValueError(
                f"fh={short(fh)} is too far; steps are within {_MOST_STEPS} rows."
            )
        try:
            return super()._check_fh(fh, pred_int)
        except OverflowError as error:
            raise ValueError(
                f"fh={short(fh)} has a step that is too large; steps are whole numbers "
                "within 2**63."
            ) from error

    def _fit(self, y, X, fh):
        self._check_parameters()
        self._index_names = list(y.index.names)
        self._known = {}
        names = None if X is None else list(X.columns)
        known = read_known(y, X, self._spacing())
        # Of a forecaster without it sktime's pretrain says so too, and does nothing.
        if self._state == "pretrained" and self.get_tag("capability:pretrain"):
            check_covariates(X, self.covariate_names_)
            self._scales, self._numbers = {}, {}
            self._check_columns(knows_names=False)
            self._add(known, update_params=False)
        else:
            self._known = known
            self._learn(known, names, None if fh is None else self._horizons(fh))
        return self

    def _update(self, y, X=None, update_params=True):
        self._check_levels(y)
        self._check_columns()
        check_covariates(X, self.covariate_names_)
        self._add(read_known(y, X, self._spacing()), update_params)
        return self

    def _predict(self, fh, X):
        requests = self._requests(fh, X)
        return self._frame(
            requests, self._forecast(requests), pd.Index(self._get_varnames())
        )

    def _update_predict_single(self, y, fh, X=None, update_params=True):
        self._update(y, X, update_params)
        return self._predict(fh, self._without_unknown(X, None))

    def _predict_quantiles(self, fh, X, alpha):
        requests = self._requests(fh, X)
        # (n_steps, n_columns, n_levels), side by side
        forecasts = [
            forecast.reshape(len(forecast), -1)
            for forecast in self._forecast(requests, alpha)
        ]
        columns = pd.MultiIndex.from_product([self._get_varnames(), alpha])
        return self._frame(requests, forecasts, columns)

    # ------------------------------------------------------------------- what is inside

    @property
    def _power(self):
        """What values are raised to, as `Scale` has it."""
        return LOG if self.log_ else ROOT if self.sqrt_ else NONE

    def _add(self, new, update_params):
        """Add rows to the known series, and series to them."""
        check_range(new.values(), self._power)
        known, spacing = dict(self._known), self._spacing()
        for key, series in new.items():
            if key in known:
                series = known[key].extended(series, spacing)
            known[key] = series
        before = {key: len(self._known.get(key, ())) for key in new}
        self._known = known
        added = {key: len(known[key]) - before[key] for key in new}
        self._take_in(added, update_params)

    def _check_levels(self, y):
        """Raise where y is a panel and training saw one series, or the reverse."""
        if y.index.nlevels != len(self._index_names):
            raise ValueError(
                f"y has {_count_levels(y.index.nlevels)} in its index, but training "
                f"saw {len(self._index_names)}."
            )

    def _check_columns(self, *, knows_names=True):
        """Raise where y has other columns than what was learnt from."""
        given, learnt = list(self._get_varnames()), self.column_names_
        nameless = list(range(len(learnt)))  # as pandas numbers what has no names
        has_names = knows_names and nameless not in (given, learnt)
        if len(given) != len(learnt) or (has_names and given != learnt):
            raise ValueError(
                f"y has the columns {short(given)}, but training saw {short(learnt)}."
            )

    def _without_unknown(self, X, y):
        """Return X as sktime is to check it: without what need not be known ahead.

        Parameters
        ----------
        X : time series in any format or None
            Covariates. Those known up to now only may be NaN, or lack, in rows to come.
        y : time series in any format or None
            The rows that X is needed at in any case; None: all are to come.
        """
        names = self._past_names()
        if X is None or not names:
            return X
        formats = self.get_tag("X_inner_mtype")
        frame = _as_frame(X, formats)
        if frame is None:
            return X  # sktime says what is wrong
        is_past = frame.columns.isin(names)
        if y is None:
            return None if is_past.all() else frame.loc[:, ~is_past]
        rows = _as_frame(y, formats)
        if rows is None:
            return X
        # What is put in is never read; sktime wants numbers.
        is_ahead = ~frame.index.isin(rows.index)
        return frame.mask(frame.isna() & np.outer(is_ahead, is_past), 0.0)

    def _spacing(self):
        """Return how far apart times are, as sktime or a series tells it, or None."""
        told = (self._cutoff, *(series.times for series in self._known.values()))
        spacings = (spacing_of(times) for times in told if isinstance(times, pd.Index))
        return next((one for one in spacings if one is not None), None)

    def _steps(self, fh, series):
        """Return the steps of a horizon, counted from the end of a series."""
        times, spacing = fh.to_pandas(), self._spacing()
        if isinstance(times, pd.TimedeltaIndex):
            times = add_spans(series.times, times, series.name)
        elif fh.is_relative:
            return fh.to_numpy().astype(np.int64)
        return steps_to(series.times, times, spacing, series.name)

    def _horizons(self, fh):
        """Return how many rows ahead is to be learnt: all of `fh`, 1 for the past."""
        steps = np.unique(
            np.concatenate([self._steps(fh, series) for series in self._ends()])
        )
        return np.unique(np.maximum(steps, 1))

    def _ends(self):
        """Return one series for each time at which series end."""
        return {series.times[-1]: series for series in self._known.values()}.values()

    def _requests(self, fh, X):
        """Return what `fh` asks of each series."""
        steps = {series.times[-1]: self._steps(fh, series) for series in self._ends()}
        return [
            self._request(series, steps[series.times[-1]], X)
            for series in self._known.values()
        ]

    def _request(self, series, steps, X):
        """Return what is asked of a series, with the covariates that it needs."""
        first, n_ahead = int(steps.min()), max(0, int(steps.max()))
        if first <= -len(series):
            raise ValueError(
                f"fh asks for the row {-first} steps before the last of "
                f"{series.name}, of which {len(series)} are known; it must be at "
                f"most {len(series) - 1}."
            )
        self._check_reach(series, n_ahead)
        columns, names = self._columns_ahead(), self.covariate_names_
        needed = None if names is None else [names[column] for column in columns]
        if X is not None or n_ahead:
            check_covariates(X, names, needed)
        ahead = np.full((n_ahead, series.covariates.shape[1]), np.nan)
        if n_ahead and X is not None:
            following = np.arange(1, n_ahead + 1)
            times = times_after(series.times, following, self._spacing(), series.name)
            ahead[:, columns] = future_rows(X, series, times)
        return Request(series, steps, ahead)

    def _residuals_of(self, y, X):
        """Return what y, or all that is known, differs by from its forecasts."""
        if y is None:
            all_known = [
                self._request(series, np.arange(1 - len(series), 1), None)
                for series in self._known.values()
            ]
            missed = [
                request.series.values - forecast
                for request, forecast in zip(
                    all_known, self._forecast(all_known), strict=True
                )
            ]
            residuals = self._frame(all_known, missed, self._get_varnames())
        else:
            residuals = self._residuals_at(self._check_X_y(y=y)[1], X, y)
        return convert_to(
            residuals,
            self._y_metadata["mtype"],
            store=self._converter_store_y,
            store_behaviour="freeze",
        )

    def _residuals_at(self, frame, X, given):
        """Return what the rows of a frame differ by from their forecasts.

        Parameters
        ----------
        frame : DataFrame
            The rows, read by sktime.
        X : DataFrame or None
            Covariates.
        given : time series
            The rows as the user gave them; an array has no times.
        """
        self._check_levels(frame)
        self._check_columns()
        if len(frame) == 0:
            raise ValueError("y has no rows; it must have at least one.")
        values, spacing = frame.to_numpy(dtype=np.float64), self._spacing()
        if np.isinf(values).any():
            raise ValueError("y holds infinity; every value must be a finite number.")
        rows, requests = [], []
        for key, at in rows_by_series(frame):
            if key not in self._known:
                raise ValueError(
                    f"y has a series {place(key)}, which neither fit nor update was "
                    "given."
                )
            series = self._known[key]
            if isinstance(given, np.ndarray):
                steps = self._steps_of_array(series, len(at))
            else:
                times = frame.index.get_level_values(-1)[at]
                steps = steps_to(series.times, times, spacing, series.name)
            rows.append(at)
            requests.append(self._request(series, steps, X))
        missed = np.empty_like(values)
        for at, forecast in zip(rows, self._forecast(requests), strict=True):
            missed[at] = values[at] - forecast
        return pd.DataFrame(missed, frame.index, frame.columns)

    def _steps_of_array(self, series, n_rows):
        """Return the steps that rows of an array stand for: `fh`, or all known ones."""
        steps = None if self._fh is None else self._steps(self._fh, series)
        if steps is not None and n_rows == len(steps):
            return steps
        if n_rows == len(series):
            return np.arange(1 - n_rows, 1)
        n_asked = "" if steps is None else f"{len(steps)}, as fh, or "
        raise ValueError(
            f"y is an array of {n_rows} rows, which has no times; it must have "
            f"{n_asked}{len(series)}, as are known."
        )

    def _frame(self, requests, forecasts, columns):
        """Return forecasts, a list of (n_steps, n_columns), as sktime's frame."""
        spacing = self._spacing()
        times = [
            times_after(one.series.times, one.steps, spacing, one.series.name)
            for one in requests
        ]
        values = np.concatenate(forecasts)
        names = self._index_names
        if len(names) == 1:
            return pd.DataFrame(values, times[0].rename(names[0]), columns)
        lengths = [len(of_one) for of_one in times]
        # One sequence for each level that names the series
        keys = zip(*(request.series.key for request in requests), strict=True)
        levels = [np.repeat(level, lengths) for level in keys]
        last = times[0].append(times[1:])
        index = pd.MultiIndex.from_arrays([*levels, last], names=names)
        return pd.DataFrame(values, index, columns)


def _as_frame(given, formats):
    """Return a series as a frame that sktime can check; None where it is no series."""
    kinds = ["Series", "Panel", "Hierarchical"]
    is_valid, _, kind = check_is_scitype(given, kinds, return_metadata=["scitype"])
    return convert_to(given, formats, as_scitype=kind["scitype"]) if is_valid else None


def _count_levels(n_levels):
    return f"{n_levels} level" if n_levels == 1 else f"{n_levels} levels"
