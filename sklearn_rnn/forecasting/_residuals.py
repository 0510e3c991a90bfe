"""Residuals: the differences between rows and their forecasts."""

import numpy as np
import pandas as pd

from ._known_series import place, rows_by_series
from ._times import steps_to

__all__ = ["ResidualReader"]


class ResidualReader:
    """Mixin for a forecaster: forecasts the rows of y, and takes the differences.

    It needs `RequestReader` and `SktimeHooks` beside it.
    """

    def _residuals_of(self, y, X):
        """Return residuals of y, or of all known rows if y is None."""
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
            residuals = self._frame(all_known, missed, self._column_labels())
        else:
            residuals = self._residuals_at(self._read_y(y), X, y)
        return self._as_given(residuals)

    def _residuals_at(self, frame, X, given):
        """Return the residuals of the rows of a frame.

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
        values = frame.to_numpy(dtype=np.float64)
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
                spacing = self._spacing(series)
                steps = steps_to(series.times, times, spacing, series.name)
            rows.append(at)
            requests.append(self._request(series, steps, X))
        missed = np.empty_like(values)
        for at, forecast in zip(rows, self._forecast(requests), strict=True):
            missed[at] = values[at] - forecast
        return pd.DataFrame(missed, frame.index, frame.columns)

    def _steps_of_array(self, series, n_rows):
        """Return the steps of an array's rows: those of `fh`, or of all known rows."""
        fh = self._horizon_held()
        steps = None if fh is None else self._steps(fh, series)
        if steps is not None and n_rows == len(steps):
            return steps
        if n_rows == len(series):
            return np.arange(1 - n_rows, 1)
        n_asked = "" if steps is None else f"{len(steps)}, as fh, or "
        raise ValueError(
            f"y is an array of {n_rows} rows, which has no times; it must have "
            f"{n_asked}{len(series)}, as are known."
        )
