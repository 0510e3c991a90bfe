"""Between sktime and series: what the forecasters share."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from sklearn_rnn._doc_link import DocLinkMixin

from ._known import (
    KnownSeries,
    check_covariates,
    future_rows,
    read_known,
    times_after,
)
from ._scales import LOG, NONE, ROOT, check_range, choose_power

__all__ = ["BaseSeriesForecaster", "Request"]


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


class BaseSeriesForecaster(DocLinkMixin, BaseForecaster):
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

    # ---------------------------------------------------------------- what sktime calls

    def _fit(self, y, X, fh):
        self._check_parameters()
        self._index_names = list(y.index.names)
        self._known = {}
        names = None if X is None else list(X.columns)
        known = read_known(y, X, self._frequency())
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
        if y.index.nlevels != len(self._index_names):
            raise ValueError(
                f"y has {_count_levels(y.index.nlevels)} in its index, but training "
                f"saw {len(self._index_names)}."
            )
        self._check_columns()
        check_covariates(X, self.covariate_names_)
        self._add(read_known(y, X, self._frequency()), update_params)
        return self

    def _predict(self, fh, X):
        requests = self._requests(fh, X)
        return self._frame(
            requests, self._forecast(requests), pd.Index(self._get_varnames())
        )

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

    def _choose_transform(self, known):
        """Decide whether logarithms or square roots are taken."""
        power = choose_power(self.log, self.sqrt, known.values())
        self.log_, self.sqrt_ = power == LOG, power == ROOT

    @property
    def _power(self):
        """What values are raised to, as `Scale` has it."""
        return LOG if self.log_ else ROOT if self.sqrt_ else NONE

    def _add(self, new, update_params):
        """Add rows to the known series, and series to them."""
        check_range(new.values(), self._power)
        known = dict(self._known)
        for key, series in new.items():
            known[key] = known[key].extended(series) if key in known else series
        before = {key: len(self._known.get(key, ())) for key in new}
        self._known = known
        added = {key: len(known[key]) - before[key] for key in new}
        self._take_in(added, update_params)

    def _check_columns(self, *, knows_names=True):
        """Raise where y has other columns than what was learnt from."""
        given = list(self._get_varnames())
        learnt = self.column_names_
        if len(given) != len(learnt) or (knows_names and given != learnt):
            raise ValueError(
                f"y has the columns {given}, but training saw {self.column_names_}."
            )

    def _frequency(self):
        """Return the frequency of dates, as sktime or a series tells it, or None."""
        told = [self._cutoff, *(series.times for series in self._known.values())]
        return next(filter(None, (getattr(one, "freq", None) for one in told)), None)

    def _steps(self, fh, series):
        """Return the steps of a horizon, counted from the end of a series."""
        is_span = isinstance(fh.to_pandas(), pd.TimedeltaIndex)
        if fh.is_relative and not is_span:
            return fh.to_numpy().astype(int)
        last = series.times[-1:]
        if isinstance(last, pd.DatetimeIndex):
            frequency = series.times.freq or self._frequency()
            last = pd.DatetimeIndex(last, freq=frequency)
        if is_span:
            times = last[0] + fh.to_pandas()
            fh = ForecastingHorizon(times, is_relative=False, freq=last.freq)
        return fh.to_relative(last).to_numpy().astype(int)

    def _horizons(self, fh):
        """Return how many rows ahead is to be learnt: all of `fh`, 1 for the past."""
        steps = np.unique(
            np.concatenate([self._steps(fh, series) for series in self._ends()])
        )
        return np.unique(np.maximum(steps, 1))

    def _ends(self):
        """Return one series for each time at which series end."""
        return {series.times[-1]: series for series in self._known.values()}.values()

    def _reads_ahead(self):
        """Tell whether forecasts need covariates of rows to come."""
        return self.covariate_names_ is not None

    def _requests(self, fh, X):
        """Return what `fh` asks of each series."""
        if X is not None:
            check_covariates(X, self.covariate_names_)
        steps = {series.times[-1]: self._steps(fh, series) for series in self._ends()}
        requests = []
        for series in self._known.values():
            of_series = steps[series.times[-1]]
            first = int(of_series.min())
            if first <= -len(series):
                raise ValueError(
                    f"fh asks for the row {-first} steps before the last of "
                    f"{series.name}, of which {len(series)} are known; it must be at "
                    f"most {len(series) - 1}."
                )
            n_ahead = max(0, int(of_series.max()))
            ahead = np.full((n_ahead, series.covariates.shape[1]), np.nan)
            if n_ahead and X is not None:
                following = np.arange(1, n_ahead + 1)
                times = times_after(series.times, following, self._frequency())
                ahead = future_rows(X, series, times)
            elif n_ahead and self._reads_ahead():
                check_covariates(X, self.covariate_names_)
            requests.append(Request(series, of_series, ahead))
        return requests

    def _frame(self, requests, forecasts, columns):
        """Return forecasts, a list of (n_steps, n_columns), as sktime's frame."""
        frequency = self._frequency()
        times = [
            times_after(request.series.times, request.steps, frequency)
            for request in requests
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


def _count_levels(n_levels):
    return f"{n_levels} level" if n_levels == 1 else f"{n_levels} levels"
