"""Series, their times and their intervals, in containers of sktime and others."""

from collections.abc import Hashable, Mapping
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sklearn_rnn._checks import read_numbers, short, shortened

from ._axes import read_values

__all__ = [
    "check_like_forecast",
    "check_same_index",
    "check_times",
    "is_indexed",
    "pick_intervals",
    "pick_series",
    "read_coverage",
    "read_intervals",
    "read_times",
]

_COVERAGES = [0.8, 0.95]


# ------------------------------------------------------------------- one series of many


def pick_series(
    y: pd.Series | pd.DataFrame | NDArray[Any],
    series: Hashable | None,
    column: Hashable | None,
    name: str,
    times: pd.Index | None = None,
) -> pd.Series:
    """Return one series of the data that a forecaster takes or gives.

    Parameters
    ----------
    y : Series, DataFrame or ndarray of shape (n_rows,) or (n_rows, n_columns)
        All columns of all series.
    series : label or tuple, or None
        Name of the series: its values in all levels of the index but the last; None:
        the only series.
    column : label or None
        Name of the column; None: the only column.
    name : str
        Name of `y`, for errors.
    times : Index or None, default=None
        The index of an array; None: it counts rows.

    Returns
    -------
    y : Series of shape (n_rows_of_series,)
        One column of one series, with its times as index.
    """
    if isinstance(y, np.ndarray):
        y = pd.DataFrame(y, times)
    if isinstance(y, pd.Series):
        y = y.to_frame()
    if not isinstance(y, pd.DataFrame):
        raise TypeError(
            f"{name} must be a Series, a DataFrame or an ndarray, got "
            f"{type(y).__name__}."
        )
    y = _of_series(y, series, name)
    return y.iloc[:, _pick(list(y.columns), column, "column", name)]


def _of_series(y, series, name):
    """Return the rows of one series, with only their times as index."""
    if y.index.nlevels == 1:
        if series is not None:
            raise ValueError(
                f"series={short(series)} is not in {name}, which is a single series; "
                "use None."
            )
        return y
    keys = y.index.droplevel(-1)
    valid = list(dict.fromkeys(keys))
    key = valid[_pick(valid, series, "series", name)]
    return y[[one == key for one in keys]].droplevel(list(range(y.index.nlevels - 1)))


def _pick(valid, wanted, parameter, name):
    """Return the position of the label `wanted`; None stands for the only label."""
    if not valid:
        raise ValueError(f"{name} has no {parameter}; it must hold at least one.")
    if wanted is None and len(valid) == 1:
        return 0
    at = [number for number, label in enumerate(valid) if _is_same(label, wanted)]
    if len(at) == 1:
        return at[0]
    shown = ", ".join(short(label, 30) for label in valid[:10])
    shown = shortened(shown + (", ..." if len(valid) > 10 else ""), 120)
    if at:
        raise ValueError(
            f"{parameter}={short(wanted)} is in {name} {len(at)} times; each of "
            f"{shown} must be there once."
        )
    raise ValueError(
        f"{parameter}={short(wanted)} is not in {name}; use one of {shown}."
    )


def _is_same(label, wanted):
    """Whether two labels are equal; True is not equal to 1."""
    kinds = [isinstance(one, bool | np.bool_) for one in (label, wanted)]
    try:
        return kinds[0] == kinds[1] and bool(label == wanted)
    except Exception:  # arrays, and labels that cannot be compared
        return False


# ---------------------------------------------------------------------------- intervals


def read_coverage(coverage: Any, forecaster: Any) -> list[float]:
    """Return the coverages of the intervals to draw."""
    can = hasattr(forecaster, "predict_interval")
    if can and hasattr(forecaster, "get_tag"):
        can = bool(forecaster.get_tag("capability:pred_int", True, False))
    if coverage is None:
        return []
    if isinstance(coverage, str) and coverage == "auto":
        return _COVERAGES if can else []
    levels = read_numbers(coverage)
    if levels is None or not ((levels > 0) & (levels < 1)).all():
        raise ValueError(
            f"coverage={short(coverage)} must be one or more numbers between 0 and 1, "
            "ends excluded, 'auto' or None."
        )
    if len(np.unique(levels)) < len(levels):
        raise ValueError(
            f"coverage={short(coverage)} holds a number twice; each must be there once."
        )
    if not can:
        raise ValueError(
            f"coverage={short(coverage)} asks for intervals, which "
            f"{type(forecaster).__name__} does not have; use None."
        )
    return levels.tolist()


def pick_intervals(
    ends: pd.DataFrame,
    series: Hashable | None = None,
    column: Hashable | None = None,
) -> dict[float, NDArray[np.float64]]:
    """Return the intervals of one series from sktime's ``predict_interval``.

    Parameters
    ----------
    ends : DataFrame
        Result of ``predict_interval``, whose columns have three levels: name, coverage,
        and ``"lower"`` or ``"upper"``.
    series, column : label or None, default=None
        As in `pick_series`.

    Returns
    -------
    intervals : dict of float to ndarray of shape (n_steps, 2)
        Lower and upper ends, by coverage.
    """
    if ends.columns.nlevels != 3:
        raise ValueError(
            f"intervals has {ends.columns.nlevels} levels of columns; it must have "
            "the three of sktime's predict_interval, or be a dict of coverage to "
            "(n_steps, 2) arrays."
        )
    ends = _of_series(ends, series, "intervals")
    names = list(dict.fromkeys(ends.columns.get_level_values(0)))
    # For a series without a name the level holds 0, not the name of the forecast.
    if len(names) > 1:
        names = [names[_pick(names, column, "column", "intervals")]]
    ends = ends[names[0]]
    levels = dict.fromkeys(ends.columns.get_level_values(0))
    return {
        float(level): ends[level][["lower", "upper"]].to_numpy() for level in levels
    }


def read_intervals(
    intervals: Mapping[float, ArrayLike] | None, n_steps: int
) -> dict[float, NDArray[np.float64]]:
    """Return checked ends of intervals of shape (n_steps, 2), by coverage."""
    if intervals is None:
        return {}
    if not isinstance(intervals, Mapping):
        raise TypeError(
            f"intervals must be a dict of coverage to arrays of shape ({n_steps}, 2), "
            f"got {type(intervals).__name__}."
        )
    checked = {}
    for coverage, ends in intervals.items():
        level = read_numbers(coverage)
        if level is None or len(level) != 1 or not 0 < level[0] < 1:
            raise ValueError(
                f"intervals has the coverage {short(coverage)}; it must be a number "
                "between 0 and 1, ends excluded."
            )
        name = f"intervals[{short(coverage, 30)}]"
        ends = read_values(ends, name, (n_steps, 2))
        crosses = ends[:, 0] > ends[:, 1]
        if crosses.any():
            at = int(np.argmax(crosses))
            raise ValueError(
                f"{name} has the lower end {ends[at, 0]:g} above the upper one "
                f"{ends[at, 1]:g} at {at}; it must not lie above it."
            )
        checked[float(level[0])] = ends
    return checked


# -------------------------------------------------------------------------------- times


def is_indexed(y: object) -> bool:
    """Whether a series has an index."""
    return isinstance(y, pd.Series)


def check_same_index(y_pred: object, y_history: object) -> None:
    """Raise if only one of the two has an index."""
    if is_indexed(y_pred) != is_indexed(y_history):
        names = ("y_pred", "y_history")
        with_one, without = names if is_indexed(y_pred) else names[::-1]
        raise ValueError(
            f"{with_one} has an index, but {without} has none; both must have one, or "
            "neither."
        )


def check_times(index: pd.Index, name: str) -> None:
    """Raise unless an index holds strictly increasing times, one for each row."""
    if _kind_of(index) is None:  # not times
        return
    missing = np.asarray(index.isna())
    if pd.api.types.is_float_dtype(index.dtype):
        missing = missing | np.isinf(index.to_numpy(np.float64))
    if missing.any():
        at = int(np.argmax(missing))
        raise ValueError(
            f"{name} has {index[at]} in its index at {at}; every row must have a time."
        )
    if not (index.is_monotonic_increasing and index.is_unique):
        at = 1 + int(np.argmax(np.asarray(index[1:] <= index[:-1])))
        raise ValueError(
            f"{name} has {index[at]} after {index[at - 1]} in its index at {at}; times "
            "must be strictly increasing."
        )


def check_like_forecast(index: pd.Index, of_forecast: pd.Index) -> None:
    """Raise if the index of y cannot be compared with that of the forecast."""
    kinds = [_kind_of(one) for one in (index, of_forecast)]
    if kinds[0] != kinds[1]:
        raise ValueError(
            f"y has an index of {kinds[0] or index.dtype}, but the forecast of "
            f"{kinds[1] or of_forecast.dtype}; y must be in the form that fit was "
            "given."
        )


def _kind_of(index):
    """Return a description of the times in an index, or None if it holds no times."""
    if isinstance(index, pd.PeriodIndex):
        return f"periods ({index.freqstr})"
    if isinstance(index, pd.DatetimeIndex):
        return "dates" if index.tz is None else "dates with a time zone"
    if isinstance(index, pd.TimedeltaIndex):
        return "time spans"
    is_number = pd.api.types.is_any_real_numeric_dtype(index.dtype)
    return "numbers" if is_number else None


def read_times(
    y: Any,
    name: str,
    otherwise: NDArray[Any],
    like: NDArray[Any] | None = None,
    zone: tzinfo | str | None = None,
) -> NDArray[Any]:
    """Return the times of the rows of a series.

    Parameters
    ----------
    y : Series or array-like of shape (n_rows,)
        The series.
    name : str
        Name of the series, for errors.
    otherwise : ndarray of shape (n_rows,)
        Times of a series without an index.
    like : ndarray or None, default=None
        Times of y_pred, with which the times must be comparable.
    zone : tzinfo, str or None, default=None
        Time zone of y_pred, in whose local time the times are returned.

    Returns
    -------
    times : ndarray of shape (n_rows,)
        datetime64 for dates, and for periods, of which it is the start; otherwise
        numbers, days for time spans.
    """
    if not is_indexed(y):
        return otherwise
    index = y.index
    check_times(index, name)
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex):
        if (index.tz is None) != (zone is None) and _is_dates(like):
            raise ValueError(
                f"{name} has times {_name_zone(index.tz)}, but y_pred "
                f"{_name_zone(zone)}; both must have a time zone, or neither."
            )
        if index.tz is not None and zone is not None:
            index = index.tz_convert(zone)
        times = index.tz_localize(None).to_numpy()
    elif isinstance(index, pd.TimedeltaIndex):
        times = (index / pd.Timedelta(days=1)).to_numpy()
    elif pd.api.types.is_any_real_numeric_dtype(index.dtype):
        times = index.to_numpy()
    else:
        raise TypeError(
            f"{name} has an index of {type(index).__name__} of dtype {index.dtype}; it "
            "must tell time: dates, periods, time spans or numbers."
        )
    if like is not None and (times.dtype.kind == "M") != (like.dtype.kind == "M"):
        raise ValueError(
            f"{name} has times of dtype {times.dtype}, but y_pred of {like.dtype}; "
            "both must be dates or periods, or both numbers."
        )
    return times


def _is_dates(times):
    return times is not None and times.dtype.kind == "M"


def _name_zone(zone):
    return "without a time zone" if zone is None else f"in {zone}"
