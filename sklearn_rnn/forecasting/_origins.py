"""Forecasts from many origins: the ends of windows that come one after the other."""

from abc import abstractmethod
from copy import copy

import pandas as pd

__all__ = ["OriginForecasts"]

_MOST_WAITING = 256  # windows that are forecast from at once


class OriginForecasts:
    """Mixin for a forecaster: takes in window after window, and forecasts from each.

    It needs `RequestReader` and `SktimeHooks` beside it, and the methods of
    `BaseSeriesForecaster` that add rows and forecast.
    """

    @abstractmethod
    def _rests_on(self):
        """Return the objects that forecasts rest on, beside the known rows."""

    def _forecast_along(self, windows, X, *, learns, is_kept):
        """Add the rows of one window after the other, and forecast from each.

        Where forecasts rest on nothing that windows change, those of many windows are
        computed at once.

        Parameters
        ----------
        windows : iterable of tuple (y, horizon)
            Rows, a DataFrame, and the horizon to forecast after them.
        X : DataFrame or None
            Covariates of all rows and horizons.
        learns : bool
            Whether to learn from the rows.
        is_kept : bool
            Whether errors of the rows are noted, for the intervals of later forecasts.

        Yields
        ------
        frame : DataFrame
            The forecast after each window.
        """
        columns = pd.Index(self._column_labels())
        X_ahead = self._without_unknown(X, None)
        waiting, rests_on = [], self._rests_on()
        for y, horizon in windows:
            new = self._read_new(y, X)
            before, is_full = copy(self), len(waiting) >= _MOST_WAITING
            if learns or is_kept:
                self._add(new, learns)
            else:
                self._extend(new)
            now = self._rests_on()
            is_same = all(a is b for a, b in zip(rests_on, now, strict=True))
            if not is_same or is_full:
                yield from before._frames(waiting, columns)
                waiting, rests_on = [], now
            waiting.append(self._requests(horizon, X_ahead))
        yield from self._frames(waiting, columns)

    def _frames(self, of_windows, columns):
        """Yield the forecast of each list of requests, a DataFrame."""
        if not of_windows:
            return
        forecasts = iter(self._forecast([one for of in of_windows for one in of]))
        for requests in of_windows:
            of_series = [next(forecasts) for _ in requests]
            yield self._frame(requests, of_series, columns)
