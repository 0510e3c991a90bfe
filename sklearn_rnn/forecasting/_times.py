"""Regular times of a series: their spacing, and the times that follow them."""

import numpy as np
import pandas as pd
from pandas.tseries.offsets import BusinessDay, BusinessHour, Day, Tick

from ._calendar import Calendar

__all__ = [
    "add_spans",
    "check_kind",
    "check_order",
    "read_times",
    "spacing_of",
    "steps_to",
    "times_after",
]

_WITH_HOLES = (Calendar, BusinessDay, BusinessHour)
_N_COMPARED = 100  # steps of two spacings, whose medians are compared


def spacing_of(times):
    """Return the spacing that times show.

    Parameters
    ----------
    times : pandas.Index
        Dates, periods, spans of time or whole numbers.

    Returns
    -------
    spacing : pandas offset, Calendar, Timedelta, int or None
        The frequency of dates and periods, or their calendar; the smallest step of
        other times. None if there are too few times to tell, they do not increase, or
        dates show neither.
    """
    if isinstance(times, pd.DatetimeIndex):
        if times.freq is not None:
            return times.freq
        is_in_order = times.is_monotonic_increasing and times.is_unique
        if len(times) < 3 or not is_in_order:
            return None
        frequency = pd.DatetimeIndex(times, freq="infer").freq
        # pandas takes any dates that look like it for regular ones
        if frequency is not None and _follows(times, frequency):
            return frequency
        return Calendar.of(times)
    if isinstance(times, pd.PeriodIndex):
        spacing = times.freq
    else:
        if len(times) < 2:
            return None
        spacing = (times[1:] - times[:-1]).min()
        if spacing <= 0 * spacing:
            return None
    if not isinstance(times, pd.PeriodIndex | pd.TimedeltaIndex):
        return int(spacing)
    return spacing if _follows(times, spacing) else Calendar.of(times) or spacing


def _follows(times, spacing):
    """Tell whether increasing times have a spacing, without a gap."""
    return _find_gap(times, spacing) is None


def _find_gap(times, spacing):
    """Return the number of the first time that breaks a spacing; None without one."""
    if isinstance(spacing, Calendar):
        gap = spacing.find_gap(times)
        return None if gap is None else gap.number
    if isinstance(times, pd.DatetimeIndex):
        regular = pd.date_range(times[0], periods=len(times), freq=spacing)
        is_gap = np.asarray(regular != times)
    elif isinstance(times, pd.PeriodIndex):
        is_gap = np.r_[False, np.diff(times.asi8) != times.freq.n]
    else:
        is_gap = np.r_[False, np.asarray(times[1:] - times[:-1] != spacing)]
    return int(np.argmax(is_gap)) if is_gap.any() else None


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


def read_times(times, spacing, name, *, is_final=False):
    """Return increasing times with their frequency, and their calendar.

    Parameters
    ----------
    times : pandas.Index of length n_rows
        Dates, periods, spans of time or whole numbers, increasing.
    spacing : pandas offset, Calendar, Timedelta, int or None
        Spacing of the times; None: as the times show it.
    name : str
        Name of the series in errors.
    is_final : bool, default=False
        Whether the times must have this spacing. If not, they may have another
        calendar, of steps that are as long.

    Returns
    -------
    times : pandas.Index
        Dates have a frequency, if they have one and it can be told.
    calendar : Calendar or None
        Of times with regular holes.

    Raises
    ------
    ValueError
        If the times have a gap.
    """
    if isinstance(times, pd.DatetimeIndex) and times.freq is not None:
        return times, None
    if isinstance(spacing, Calendar) and not spacing.is_of(times):
        spacing = None  # other times are refused later, in words of their kind
    if spacing is None:
        spacing = spacing_of(times)
    if spacing is None and len(times) < 3:
        return times, None
    gap = None if spacing is None else _find_gap(times, spacing)
    if spacing is None or gap is not None:
        own = None if is_final else spacing_of(times)
        if own is None or not (_follows(times, own) and _is_alike(times, own, spacing)):
            raise _gap_error(times, spacing, gap, name)
        spacing = own
    if isinstance(spacing, Calendar):
        return times, spacing
    if isinstance(times, pd.DatetimeIndex):
        times = pd.DatetimeIndex(times, freq=spacing)
    return times, None


def _is_alike(times, one, other):
    """Tell whether times with one of two spacings differ in their holes only."""
    if not (isinstance(one, _WITH_HOLES) or isinstance(other, _WITH_HOLES)):
        return False
    steps = np.arange(_N_COMPARED)
    one, other = (
        np.median(np.diff(_moved(times[-1:], steps, spacing).asi8))
        for spacing in (one, other)
    )
    return one == other


def _gap_error(times, spacing, gap, name):
    """Return the error that times have a gap.

    Parameters
    ----------
    times : pandas.Index
        The times.
    spacing : pandas offset, Calendar, Timedelta, int or None
        The spacing that they should have.
    gap : int or None
        Number of the first time that breaks it.
    name : str
        Name of the series.
    """
    if isinstance(spacing, Calendar) and spacing.find_gap(times).is_outside:
        return ValueError(
            f"The times of {name} have {times[gap]}, which is no time of the calendar "
            "of the rows before; rows must go on by it."
        )
    if not gap and isinstance(times, pd.DatetimeIndex):
        spacing = Calendar.nearest(times)
        gap = None if spacing is None else _find_gap(times, spacing)
    if not gap:
        return ValueError(
            f"The times of {name} have gaps or no frequency that pandas can tell; use "
            "asfreq and fill the gaps, or number the rows (a RangeIndex)."
        )
    return ValueError(
        f"The times of {name} have a gap between {times[gap - 1]} and {times[gap]}; "
        "rows must follow one another without one."
    )


def _spacing(times, spacing, name):
    """Return the spacing that times show, else `spacing`; raise if both are None."""
    if isinstance(times, pd.DatetimeIndex):
        told = times.freq
    else:
        told = None if isinstance(spacing, Calendar) else spacing_of(times)
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
    spacing : pandas offset, Calendar, Timedelta, int or None, default=None
        Calendar of the times; or their spacing, if they are too few to tell.
    name : str, default="y"
        Name of the series in errors.

    Returns
    -------
    times : pandas.Index of length n_steps
        Of the same kind.
    """
    if not np.any(steps):
        return times[np.full(len(steps), -1)]
    spacing = _spacing(times, spacing, name)
    try:
        return times[-1:].append(_moved(times[-1:], steps, spacing))[1:]
    except (OverflowError, ValueError) as error:
        farthest = int(steps[np.argmax(np.abs(steps))])
        raise ValueError(
            f"fh asks for a row {farthest} steps after {times[-1]}, the last of "
            f"{name}, at a time that cannot be told any more; use fewer steps."
        ) from error


def _moved(time, steps, spacing):
    """Return the times that lie `steps` after a time, an index of length 1."""
    if isinstance(spacing, Calendar):
        return spacing.after(time, steps)
    last = time[0]
    if time.dtype.kind in "iu":
        last = int(last)  # an int of Python, which does not overflow
    # pandas moves a period by whole numbers of its own frequency.
    unit = 1 if isinstance(time, pd.PeriodIndex) else spacing
    return _index_of([last + step * unit for step in map(int, steps)], time)


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
    if isinstance(spacing, Calendar):
        places, is_in = spacing.places(times[-1:].append(wanted))
        steps, rest = places[1:] - places[0], ~is_in[1:]
    elif isinstance(times, pd.PeriodIndex):
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
            f"{times[-1]} {_spell(spacing)}."
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
    """Return words for a spacing."""
    if isinstance(spacing, Calendar):
        return "by the calendar of the rows before"
    return f"in steps of {getattr(spacing, 'freqstr', spacing)}"
