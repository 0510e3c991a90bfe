"""Regular times of a series: their spacing, and the times that follow them."""

import numpy as np
import pandas as pd
from pandas.tseries.offsets import Day, Tick

__all__ = [
    "add_spans",
    "check_kind",
    "check_order",
    "check_regular",
    "spacing_of",
    "steps_to",
    "times_after",
    "with_frequency",
]


def spacing_of(times):
    """Return the spacing that times show.

    Parameters
    ----------
    times : pandas.Index
        Dates, periods, spans of time or whole numbers.

    Returns
    -------
    spacing : pandas offset, Timedelta, int or None
        The frequency of dates and periods; the smallest step of other times. None if
        there are too few times to tell, or they do not increase.
    """
    if isinstance(times, pd.PeriodIndex):
        return times.freq
    if isinstance(times, pd.DatetimeIndex):
        if times.freq is not None:
            return times.freq
        is_in_order = times.is_monotonic_increasing and times.is_unique
        if len(times) < 3 or not is_in_order:
            return None
        return pd.DatetimeIndex(times, freq="infer").freq
    if len(times) < 2:
        return None
    step = (times[1:] - times[:-1]).min()
    if isinstance(times, pd.TimedeltaIndex):
        return step if step > pd.Timedelta(0) else None
    return int(step) if step > 0 else None


def check_kind(times, others, name, words):
    """Raise if two indices are of different kinds, such as dates and numbers.

    Parameters
    ----------
    times, others : pandas.Index
        Times of a series, and times to look up in it.
    name : str
        Name of the series in the error.
    words : str
        Name of the other times in the error.
    """
    if _kind(times) != _kind(others):
        raise ValueError(
            f"The times of {name} are a {_describe(times)}, but those of {words} a "
            f"{_describe(others)}."
        )


def _kind(times):
    """Return a value that is equal for indices that can be compared."""
    if isinstance(times, pd.PeriodIndex):
        return times.dtype
    if isinstance(times, pd.DatetimeIndex):
        return type(times), str(times.tz)
    return "i" if times.dtype.kind in "iu" else times.dtype.kind


def _describe(times):
    name = type(times).__name__
    is_told = isinstance(times, pd.PeriodIndex | pd.DatetimeIndex)
    return f"{name} of {times.dtype}" if is_told else name


def check_order(times, name):
    """Raise if times repeat or decrease."""
    if times.has_duplicates:
        again = times[times.duplicated()][0]
        raise ValueError(f"{name} has two rows for {again}; each time needs one.")
    if not times.is_monotonic_increasing:
        later = times[1:][times[1:] < times[:-1]][0]
        raise ValueError(
            f"The times of {name} must increase, but {later} comes after a later one; "
            "sort them first."
        )


def with_frequency(times, frequency, name):
    """Return dates with a frequency, their own or `frequency`; raise if they have gaps.

    If neither is known, one or two dates stay without a frequency.
    """
    if times.freq is not None:
        return times
    if frequency is None:
        if len(times) < 3:
            return times
        frequency = spacing_of(times)
    if frequency is not None:
        # pandas takes any dates that look like it for regular ones
        regular = pd.date_range(times[0], periods=len(times), freq=frequency)
        if (regular == times).all():
            return pd.DatetimeIndex(times, freq=frequency)
    raise ValueError(
        f"The times of {name} have gaps or no frequency that pandas can tell; use "
        "asfreq and fill the gaps, or number the rows (a RangeIndex)."
    )


def check_regular(times, spacing, name):
    """Raise if numbered rows, time spans or periods have a gap.

    Parameters
    ----------
    times : pandas.Index
        Increasing. Dates are not checked: with a frequency they have no gap.
    spacing : pandas offset, Timedelta, int or None
        Spacing of the times; None: as the times show it.
    name : str
        Name of the series in the error.
    """
    if isinstance(times, pd.DatetimeIndex) or len(times) < 2:
        return
    if isinstance(times, pd.PeriodIndex):
        is_gap = np.diff(times.asi8) != times.freq.n
    else:
        spacing = spacing_of(times) if spacing is None else spacing
        is_gap = (times[1:] - times[:-1]) != spacing
    if is_gap.any():
        at = int(np.argmax(is_gap))
        raise ValueError(
            f"The times of {name} have a gap between {times[at]} and {times[at + 1]}; "
            "rows must follow one another without one."
        )


def _spacing(times, spacing, name):
    """Return the spacing that times show, else `spacing`; raise if both are None."""
    told = times.freq if isinstance(times, pd.DatetimeIndex) else spacing_of(times)
    spacing = spacing if told is None else told
    if spacing is not None:
        return spacing
    if times.dtype.kind in "iu":
        return 1
    raise ValueError(
        f"{name} has too few times ({len(times)}) to tell how far apart they are; use "
        "more rows, or an index with a frequency."
    )


def times_after(times, steps, spacing=None, name="y"):
    """Return the times that lie `steps` after the last of `times`.

    Parameters
    ----------
    times : pandas.Index
        Regular times of a series.
    steps : ndarray of shape (n_steps,)
        Whole numbers; 0 is the last of `times`, negative steps lie before it.
    spacing : pandas offset, Timedelta, int or None, default=None
        Spacing of the times, if `times` are too few to tell.
    name : str, default="y"
        Name of the series in errors.

    Returns
    -------
    times : pandas.Index of length n_steps
        Of the same kind.
    """
    if not np.any(steps):
        return times[np.full(len(steps), -1)]
    last, step = times[-1], 0
    if times.dtype.kind in "iu":
        last = int(last)  # an int of Python, which does not overflow
    # pandas moves a period by whole numbers of its own frequency.
    spacing = _spacing(times, spacing, name)
    unit = 1 if isinstance(times, pd.PeriodIndex) else spacing
    moved = []
    try:
        for step in map(int, steps):
            moved.append(last + step * unit)
        return times[-1:].append(_index_of(moved, times))[1:]
    except (OverflowError, ValueError) as error:
        raise ValueError(
            f"fh asks for a row {step} steps after {last}, the last of {name}, at a "
            "time that cannot be told any more; use fewer steps."
        ) from error


def _index_of(labels, like):
    """Return an index of labels, of the same kind as the index `like`."""
    if isinstance(like, pd.DatetimeIndex | pd.TimedeltaIndex):
        return type(like)(labels)
    return pd.Index(labels, dtype=like.dtype)


def steps_to(times, wanted, spacing=None, name="y"):
    """Return the number of steps from the last of `times` to other times.

    Parameters
    ----------
    times : pandas.Index
        Regular times of a series.
    wanted : pandas.Index of length n_wanted
        Times of the same kind, before, among or after them.
    spacing, name
        As in `times_after`.

    Returns
    -------
    steps : ndarray of shape (n_wanted,)
        Whole numbers; 0 is the last of `times`.

    Raises
    ------
    ValueError
        If a time lies between the times of the series and of rows to come.
    """
    check_kind(times, wanted, name, "fh")
    spacing = _spacing(times, spacing, name)
    if isinstance(times, pd.PeriodIndex):
        steps, rest = divmod(wanted.asi8 - times.asi8[-1], spacing.n)
    elif isinstance(spacing, Tick) and not isinstance(spacing, Day):
        steps, rest = divmod(wanted - times[-1], pd.Timedelta(spacing))
    elif isinstance(times, pd.DatetimeIndex):
        steps, rest = _count_dates(times[-1], wanted, spacing)
    else:
        steps, rest = divmod(wanted - times[-1], spacing)
    is_between = np.asarray(rest).astype(np.int64) != 0
    if is_between.any():
        time = wanted[is_between][0]
        raise ValueError(
            f"fh asks for {time}, which is no time of {name}: its rows go on from "
            f"{times[-1]} in steps of {_spell(spacing)}."
        )
    return np.asarray(steps).astype(np.int64)


def add_spans(times, spans, name):
    """Return the times that lie `spans` (TimedeltaIndex) after the last of `times`."""
    try:
        return times[-1] + spans
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"fh is {spans[-1]}, a span of time, which cannot be added to {times[-1]}, "
            f"the last time of {name}; give numbers of steps."
        ) from error


def _count_dates(last, wanted, offset):
    """Count the offsets from a date to other dates.

    Returns
    -------
    steps, rest : ndarray of shape (n_wanted,)
        Numbers of offsets; and 1 for a date that no number of offsets leads to, else 0.
    """
    low, high = min(last, wanted.min()), max(last, wanted.max())
    dates = pd.date_range(low, last, freq=offset)
    after = pd.date_range(last, high, freq=offset)
    at = dates.append(after[1:]).get_indexer(wanted)
    return at - (len(dates) - 1), (at < 0).astype(int)


def _spell(spacing):
    return getattr(spacing, "freqstr", str(spacing))
