"""Forecasts and their intervals, beside the history and the actual values."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sklearn_rnn._checks import read_count, short, shortened

from ._axes import (
    BLUE,
    GREY,
    INK,
    check_keywords,
    check_text,
    find_axes,
    get_matplotlib,
    mix_with_white,
    naming,
    read_values,
    set_limits,
)
from ._forecast_data import (
    check_like_forecast,
    check_same_index,
    check_times,
    is_indexed,
    pick_intervals,
    pick_series,
    read_coverage,
    read_intervals,
    read_times,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D
    from sktime.forecasting.base import ForecastingHorizon

__all__ = ["ForecastDisplay"]

_MOST_MARKERS = 36  # steps of a forecast whose points are marked one by one


class ForecastDisplay:
    """A forecast with its intervals, beside the history and the actual values.

    Use `from_estimator` or `from_predictions` to make a display. All parameters are
    stored as attributes.

    Parameters
    ----------
    y_pred : array-like or Series of shape (n_steps,)
        Forecasts. The index of a Series holds their times, strictly increasing: dates,
        periods, time spans or numbers. All dates are drawn in its time zone.
    y_history : array-like or Series of shape (n_rows,) or None, default=None
        Values before the forecast; NaN if missing. After an array of history, the
        forecasts begin at row n_rows.
    y_true : array-like or Series of shape (n_true,) or None, default=None
        Actual values; NaN if missing. A Series may have other times than `y_pred`; an
        array has n_steps values.
    intervals : dict of float to array-like of shape (n_steps, 2), or None, default=None
        Lower and upper ends of the intervals, by coverage in (0, 1).
    value_name : str or None, default=None
        Label of the values, with their unit. ``None``: the name of `y_pred`, if it has
        a name.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the plot.
    figure_ : matplotlib Figure
        Figure of the plot.
    line_ : matplotlib Line2D
        The forecasts.
    bands_ : list of matplotlib PolyCollection
        The intervals, the widest coverage first.
    history_line_ : matplotlib Line2D or None
        The history.
    true_line_ : matplotlib Line2D or None
        The actual values.

    Raises
    ------
    ValueError
        If an array has a wrong shape, or holds infinity or a NaN that is not allowed; a
        coverage is not in (0, 1); a lower end lies above the upper end; some of the
        series have an index, or a time zone, and others have none; an index is not
        strictly increasing; or the history does not end before the forecast begins.
    TypeError
        If an array does not hold numbers, or an index does not hold times.

    See Also
    --------
    sklearn_rnn.forecasting.RecurrentForecaster : Forecasts with intervals.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from sklearn_rnn.plotting import ForecastDisplay
    >>> y = np.sin(np.arange(50.0))
    >>> ends = np.stack([y[40:] - 0.2, y[40:] + 0.2], axis=1)  # (10, 2)
    >>> display = ForecastDisplay.from_predictions(
    ...     y[40:], y_history=y[:40], intervals={0.9: ends}
    ... )
    >>> display.line_.get_xdata()[:3].tolist()  # it follows the history
    [40, 41, 42]
    >>> plt.close(display.figure_)

    A forecaster, which knows the rows of its training, and the actual values after
    them:

    >>> from sktime.datasets import load_airline
    >>> from sklearn_rnn.forecasting import ESNForecaster
    >>> y = load_airline()
    >>> forecaster = ESNForecaster(random_state=0).fit(y[:-24])
    >>> display = ForecastDisplay.from_estimator(
    ...     forecaster, y[-24:], fh=range(1, 25), value_name="Passengers [thousand]"
    ... )
    >>> len(display.bands_), len(display.history_line_.get_xdata())
    (2, 120)
    >>> plt.close(display.figure_)
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    line_: "Line2D"
    bands_: "list[PolyCollection]"
    history_line_: "Line2D | None"
    true_line_: "Line2D | None"

    def __init__(
        self,
        y_pred: ArrayLike | pd.Series,
        *,
        y_history: ArrayLike | pd.Series | None = None,
        y_true: ArrayLike | pd.Series | None = None,
        intervals: Mapping[float, ArrayLike] | None = None,
        value_name: str | None = None,
    ) -> None:
        self.y_pred = y_pred
        self.y_history = y_history
        self.y_true = y_true
        self.intervals = intervals
        self.value_name = value_name

    @classmethod
    def from_estimator(
        cls,
        forecaster: Any,
        y: pd.Series | pd.DataFrame | NDArray[Any] | None = None,
        *,
        fh: "int | ArrayLike | ForecastingHorizon | None" = None,
        X: pd.DataFrame | None = None,
        coverage: float | ArrayLike | Literal["auto"] | None = "auto",
        series: Hashable | None = None,
        column: Hashable | None = None,
        value_name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Forecast with a fitted forecaster, and draw the forecast.

        Parameters
        ----------
        forecaster : sktime forecaster
            A fitted forecaster, with sktime's ``predict(fh, X)``, and for intervals
            ``predict_interval(fh, X, coverage)``.
        y : Series, DataFrame, ndarray or None, default=None
            The series, of shape (n_rows,) or (n_rows, n_columns), in the same form as
            in ``fit``. Rows before the first forecast are drawn as history, later rows
            as actual values. An array begins with the first row of ``fit``. ``None``,
            or no row before the first forecast: the rows that `forecaster` knows, if it
            has a method ``known_rows``, as the forecasters of this package do.
        fh : int, array-like, ForecastingHorizon or None, default=None
            Horizon, of shape (n_steps,), as in ``predict``. ``None``: the horizon that
            was given to ``fit``.
        X : DataFrame of shape (n_steps, n_covariates) or None, default=None
            Covariates, as in ``predict``.
        coverage : float, array-like, "auto" or None, default="auto"
            Coverages of the intervals to draw, in (0, 1), of shape (n_coverages,).
            ``"auto"``: 0.8 and 0.95, or none if the forecaster has no intervals.
            ``None``: no intervals.
        series : label or tuple, default=None
            The series of a panel or hierarchy to draw, named by its values in all
            levels of the index but the last. Required if there are several series.
        column : label, default=None
            The column of a multivariate y to draw. Required if there are several
            columns.
        value_name : str or None, default=None
            Label of the values, with their unit. ``None``: the name of the column.
        ax : matplotlib Axes or None, default=None
            Axes to draw in; ``None``: new ones.
        **kwargs : dict
            Further keywords of ``plot``.

        Returns
        -------
        display : ForecastDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If `forecaster` is not fitted.
        TypeError
            If it cannot forecast, or `y` is of another type.
        ValueError
            If `coverage` is not valid, or asks for intervals of a forecaster that has
            none; `series` or `column` is missing, or not in the forecasts; or the times
            of `y` are of another kind than those of the forecasts, or not increasing.
        ImportError
            If matplotlib is not installed.
        """
        _check_forecaster(forecaster)
        check_text(value_name, "value_name", allows_none=True)
        levels = read_coverage(coverage, forecaster)
        times = None
        y_pred = _forecast(forecaster.predict, fh=fh, X=X)
        if isinstance(y, np.ndarray) and not isinstance(y_pred, np.ndarray):
            raise TypeError(
                "y is an ndarray, whose rows have no times, but the forecaster was "
                "fitted on rows that have; y must be in the form that fit was given."
            )
        if isinstance(y_pred, np.ndarray):
            times = forecaster.fh.to_absolute_index(forecaster.cutoff)
        y_pred = pick_series(y_pred, series, column, "the forecast", times)
        intervals = {}
        if levels:
            ends = _forecast(forecaster.predict_interval, fh=fh, X=X, coverage=levels)
            intervals = pick_intervals(ends, series, column)
        known = {}
        if hasattr(forecaster, "known_rows"):
            known = _read_rows(forecaster.known_rows(), series, column, y_pred)
        if y is not None:
            rows = _read_rows(y, series, column, y_pred)
            known = rows if "y_history" in rows else known | rows
        display = cls(y_pred, intervals=intervals, value_name=value_name, **known)
        return display.plot(ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_pred: ArrayLike | pd.Series,
        *,
        y_history: ArrayLike | pd.Series | None = None,
        y_true: ArrayLike | pd.Series | None = None,
        intervals: Mapping[float, ArrayLike] | pd.DataFrame | None = None,
        value_name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw existing forecasts.

        Parameters
        ----------
        y_pred : array-like or Series of shape (n_steps,)
            Forecasts; the index of a Series holds their times.
        y_history : array-like or Series of shape (n_rows,) or None, default=None
            Values before the forecast; NaN if missing. After an array of history, the
            forecasts begin at row n_rows.
        y_true : array-like or Series of shape (n_true,) or None, default=None
            Actual values; NaN if missing. An array has n_steps values.
        intervals : dict of float to array-like, DataFrame or None, default=None
            Lower and upper ends of the intervals, of shape (n_steps, 2), by coverage in
            (0, 1). Or the result of sktime's ``predict_interval`` for one series, of
            shape (n_steps, 2 * n_coverages).
        value_name : str or None, default=None
            Label of the values, with their unit. ``None``: the name of `y_pred`, if it
            has a name.
        ax : matplotlib Axes or None, default=None
            Axes to draw in; ``None``: new ones.
        **kwargs : dict
            Further keywords of ``plot``.

        Returns
        -------
        display : ForecastDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the data are not valid; see the class.
        TypeError
            If an array does not hold numbers, or an index does not hold times.
        ImportError
            If matplotlib is not installed.
        """
        if isinstance(intervals, pd.DataFrame):
            intervals = pick_intervals(intervals)
        display = cls(
            y_pred,
            y_history=y_history,
            y_true=y_true,
            intervals=intervals,
            value_name=value_name,
        )
        return display.plot(ax, **kwargs)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        n_history: int | None = None,
        line_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
        history_kw: Mapping[str, Any] | None = None,
        true_kw: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw the forecast.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw in; ``None``: new ones.
        n_history : int or None, default=None
            Number of the last rows of the history to draw, at least 1; ``None``: all.
        line_kw : dict or None, default=None
            Keywords of ``Axes.plot`` for the forecast.
        band_kw : dict or None, default=None
            Keywords of ``Axes.fill_between`` for all intervals.
        history_kw, true_kw : dict or None, default=None
            Keywords of ``Axes.plot`` for the history and for the actual values.

        Returns
        -------
        self : ForecastDisplay
            With its artists as attributes.

        Raises
        ------
        ValueError
            If `n_history` is below 1, or the data are not valid.
        TypeError
            If `n_history` is not an integer, or `ax` is not an Axes.
        ImportError
            If matplotlib is not installed.
        """
        check_text(self.value_name, "value_name", allows_none=True)
        check_keywords(
            line_kw=line_kw, band_kw=band_kw, history_kw=history_kw, true_kw=true_kw
        )
        data = self._read(n_history)
        x, y_pred, intervals = data["forecast"]
        (self.ax_,) = find_axes(ax, figsize=(8, 4))
        self.figure_ = self.ax_.figure
        self.history_line_ = self._draw("history", data, GREY, "History", history_kw)
        times = np.concatenate([part[0] for part in data.values()])
        self._draw_bands(x, intervals, times, band_kw or {})
        self.true_line_ = self._draw("true", data, INK, "Actual", true_kw)
        marker = {"marker": "o", "markersize": 3} if len(x) <= _MOST_MARKERS else {}
        kw: dict[str, Any] = {"color": BLUE, "label": "Forecast", "zorder": 3}
        kw |= marker
        with naming("line_kw", line_kw):
            (self.line_,) = self.ax_.plot(x, y_pred, **kw | dict(line_kw or {}))
        set_limits(self.ax_, times)
        self._label(x)
        return self

    def _read(self, n_history):
        """Read and check the data.

        Returns
        -------
        data : dict of str to tuple
            Times and values of ``"forecast"``, ``"history"`` and ``"true"``, the last
            two if they are given; with the forecast, its intervals by coverage.
        """
        y_pred = read_values(self.y_pred, "y_pred", ("n_steps",))
        intervals = read_intervals(self.intervals, len(y_pred))
        y_history, n_before = None, 0
        if self.y_history is not None:
            check_same_index(self.y_pred, self.y_history)
            axes = ("n_rows",)
            y_history = read_values(self.y_history, "y_history", axes, allows_nan=True)
            n_before = len(y_history)
        zone = getattr(getattr(self.y_pred, "index", None), "tz", None)
        otherwise = np.arange(len(y_pred)) + n_before
        x = read_times(self.y_pred, "y_pred", otherwise, zone=zone)
        data = {"forecast": (x, y_pred, intervals)}
        if y_history is not None:
            otherwise = np.arange(n_before)
            times = read_times(self.y_history, "y_history", otherwise, x, zone)
            self._check_order(zone)
            kept = slice(_first_row(n_history, n_before), None)
            data["history"] = (times[kept], y_history[kept])
        if self.y_true is not None:
            axes = ("n_true",) if is_indexed(self.y_true) else (len(y_pred),)
            y_true = read_values(self.y_true, "y_true", axes, allows_nan=True)
            data["true"] = (read_times(self.y_true, "y_true", x, x, zone), y_true)
        return data

    def _check_order(self, zone):
        """Raise unless the history ends before the forecast begins."""
        if not is_indexed(self.y_history):
            return
        # Local times go back where summer time ends.
        zone = None if zone is None else "UTC"
        last = read_times(self.y_history.iloc[-1:], "y_history", None, zone=zone)[0]
        first = read_times(self.y_pred.iloc[:1], "y_pred", None, zone=zone)[0]
        if last >= first:
            raise ValueError(
                f"y_history ends at {self.y_history.index[-1]}, but y_pred begins at "
                f"{self.y_pred.index[0]}; the history must end before the forecast "
                "begins."
            )

    def _draw(self, name, data, color, label, given):
        """Draw a series that may not be there, and return its line or None."""
        if name not in data:
            return None
        marker = {"marker": "o", "markersize": 3} if len(data[name][0]) == 1 else {}
        kw = {"color": color, "linewidth": 1.3, "label": label, **marker}
        with naming(f"{name}_kw", given):
            return self.ax_.plot(*data[name], **kw | dict(given or {}))[0]

    def _draw_bands(self, x, intervals, times, given):
        """Draw the intervals, narrower intervals on top of wider ones."""
        self.bands_, levels = [], sorted(intervals, reverse=True)
        shades = [0.3] if len(levels) == 1 else np.linspace(0.2, 0.5, len(levels))
        for coverage, shade in zip(levels, shades, strict=True):
            kw = {
                "color": mix_with_white(BLUE, shade),
                "linewidth": 0,
                "label": f"{100 * coverage:g} % interval",
            }
            at, ends = x, intervals[coverage]
            if len(x) == 1:  # a single step has no area
                at, ends = _widened(x, times), np.repeat(ends, 2, axis=0)
            with naming("band_kw", given):
                band = self.ax_.fill_between(at, *ends.T, **kw | dict(given))
            self.bands_.append(band)

    def _label(self, x):
        """Name the axes, and write dates without repetition."""
        index = getattr(self.y_pred, "index", None)
        name = getattr(index, "name", None)
        if x.dtype.kind == "M":
            self._write_dates()
            self.ax_.set_xlabel(name or "")
        elif isinstance(index, pd.TimedeltaIndex):
            self.ax_.set_xlabel(f"{name or 'Time'} [days]")
        else:
            self.ax_.set_xlabel(name or "Row")
        label = self.value_name
        if label is None:
            label = getattr(self.y_pred, "name", None)
        if isinstance(label, str):
            self.ax_.set_ylabel(label)
        self.ax_.grid(alpha=0.25)
        self.ax_.legend(frameon=False, loc="upper left")

    def _write_dates(self):
        axis = self.ax_.xaxis
        dates = get_matplotlib("matplotlib.dates")
        locator = dates.AutoDateLocator(minticks=4, maxticks=9)
        axis.set_major_locator(locator)
        axis.set_major_formatter(dates.ConciseDateFormatter(locator))


def _widened(x, times):
    """Return two times close to the only time of `x`, compared with all `times`."""
    span = times.max() - times.min()
    if not span:  # only the forecast is drawn
        span = np.timedelta64(86_400, "s") if x.dtype.kind == "M" else 1.0
    return np.concatenate([x - span / 100, x + span / 100])


def _first_row(n_history, n_rows):
    """Return the first row of the history that is drawn."""
    if n_history is None:
        return 0
    return max(0, n_rows - read_count(n_history, "n_history"))


def _check_forecaster(forecaster):
    """Raise unless `forecaster` is a forecaster."""
    is_one = hasattr(forecaster, "predict") and hasattr(forecaster, "cutoff")
    if not is_one or isinstance(forecaster, type):
        raise TypeError(
            f"forecaster is a {type(forecaster).__name__}; it must be a fitted sktime "
            "forecaster."
        )


def _read_rows(y, series, column, y_pred):
    """Return the rows of y before the first forecast, and from it on.

    Returns
    -------
    rows : dict of str to Series
        With the keys ``"y_history"`` and ``"y_true"``, as far as there are rows.
    """
    rows = pick_series(y, series, column, "y")
    check_like_forecast(rows.index, y_pred.index)
    check_times(rows.index, "y")
    is_before = rows.index < y_pred.index[0]
    rows = {"y_history": rows[is_before], "y_true": rows[~is_before]}
    return {name: part for name, part in rows.items() if len(part)}


def _forecast(predict, **given):
    """Forecast; an error says in one sentence that fh or X is not valid."""
    try:
        return predict(**given)
    except (TypeError, ValueError) as error:  # and NotFittedError
        names = [*given, "forecaster", "fit"]
        if len(str(error)) < 300 and any(name in str(error) for name in names):
            raise
        kind, cause = type(error), error
    except Exception as error:  # of a forecaster of another package
        kind, cause = ValueError, error
    shown = " and ".join(f"{name}={short(value, 40)}" for name, value in given.items())
    raise kind(
        f"The forecaster cannot predict with {shown}: {shortened(str(cause), 100)}."
    ) from cause
