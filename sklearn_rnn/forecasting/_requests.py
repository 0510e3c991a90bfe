"""Requests: the rows to forecast of each series, and the covariates for them."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._known_series import KnownSeries, check_covariates, frame_of, future_rows
from ._times import add_spans, spacing_of, steps_to, times_after

__all__ = ["Request", "RequestReader", "lacks_covariates"]


@dataclass(frozen=True)
class Request:
    """The rows to forecast of one series.

    Parameters
    ----------
    series : KnownSeries
        All known rows of the series.
    steps : ndarray of shape (n_steps,)
        Number of rows after the last known row; 0 and less lie inside the series.
    ahead : ndarray of shape (n_ahead, n_covariates)
        Covariates of the rows that follow the series; NaN if they are not known.
    """

    series: KnownSeries
    steps: np.ndarray
    ahead: np.ndarray


class RequestReader:
    """Mixin for a forecaster: turns a horizon and X into requests, one a series.

    The forecaster keeps `_known`, a dict of tuple to KnownSeries; `_index_names`, the
    names of the levels of y's index; and `covariate_names_`.
    """

    def _past_names(self):
        """Return the columns of X that are not known ahead."""
        return []

    def _columns_ahead(self):
        """Return the numbers of the columns of X that forecasts need ahead."""
        return list(range(len(self.covariate_names_ or [])))

    @abstractmethod
    def _check_reach(self, series, farthest):
        """Raise if the forecaster cannot forecast a series `farthest` steps ahead."""

    def _spacing(self, series=None):
        """Return the spacing of the times of a series, else that of all, or None.

        The spacing of all is the first that a known series or sktime shows.
        """
        told = None if series is None else series.spacing
        if told is not None:
            return told
        for known in self._known.values():
            if known.spacing is not None:
                return known.spacing
        cutoff = self._sktime_cutoff()
        return spacing_of(cutoff) if isinstance(cutoff, pd.Index) else None

    def _steps(self, fh, series):
        """Return the steps of a horizon, counted from the end of a series."""
        times, spacing = fh.to_pandas(), self._spacing(series)
        if isinstance(times, pd.TimedeltaIndex):
            times = add_spans(series.times, times, series.name)
        elif fh.is_relative:
            return fh.to_numpy().astype(np.int64)
        return steps_to(series.times, times, spacing, series.name)

    def _horizons(self, fh):
        """Return the horizons to learn: all steps of `fh`, and 1 for known rows."""
        steps = np.unique(
            np.concatenate([self._steps(fh, series) for series in self._ends()])
        )
        return np.unique(np.maximum(steps, 1))

    def _ends(self):
        """Return one series for each end and calendar of series."""
        return {_end_of(series): series for series in self._known.values()}.values()

    def _requests(self, fh, X):
        """Return the requests that `fh` makes, one for each series."""
        steps = {_end_of(series): self._steps(fh, series) for series in self._ends()}
        return [
            self._request(series, steps[_end_of(series)], X)
            for series in self._known.values()
        ]

    def _request(self, series, steps, X):
        """Return the request for a series, with the covariates that it needs."""
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
            spacing = self._spacing(series)
            times = times_after(series.times, following, spacing, series.name)
            ahead[:, columns] = future_rows(X, series, times)
        return Request(series, steps, ahead)

    def _frame(self, requests, forecasts, columns):
        """Return forecasts as sktime's frame.

        Parameters
        ----------
        requests : list of Request
            One for each series.
        forecasts : list of ndarray of shape (n_steps, n_columns)
            One for each request.
        columns : pandas.Index of length n_columns
            Of the frame.
        """
        found, times = {}, []
        for request in requests:
            series = request.series
            asked = _end_of(series), request.steps.tobytes()
            if asked not in found:
                found[asked] = times_after(
                    series.times, request.steps, self._spacing(series), series.name
                )
            times.append(found[asked])
        keys = [request.series.key for request in requests]
        return frame_of(keys, times, forecasts, self._index_names, columns)


def _end_of(series):
    """Return a key that series with the same rows to come share."""
    return series.times[-1], series.calendar


def lacks_covariates(series, step, spacing, reach):
    """Return the error that X lacks a row to come.

    Parameters
    ----------
    series : KnownSeries
        The series to forecast.
    step : int
        Number of rows after its end at which X has no row.
    spacing : pandas offset, Calendar, Timedelta, int or None
        Spacing of the times.
    reach : str
        The words that say which rows of X are needed.
    """
    time = times_after(series.times, np.array([step]), spacing)[0]
    return ValueError(
        f"X lacks a row for {time}: a forecast of {series.name} needs its rows {reach}."
    )
