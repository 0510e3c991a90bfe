"""Times that an index tells, in any type."""

import datetime as dt
import re
import warnings
from dataclasses import dataclass, replace
from decimal import Decimal
from numbers import Real
from typing import Self

import numpy as np
import pandas as pd

__all__ = [
    "Clock",
    "family_of",
    "join",
    "looks_like_dates",
    "looks_like_days",
    "read_clock",
    "take",
]

# Numbers up to here have differences that fit into 64 bits.
_LARGEST_INT, _LARGEST_FLOAT = 2**62, 1e300

# Times that objects of Python, NumPy and pandas tell. The first class that fits counts,
# as time differences of NumPy are integers too.
_FAMILIES = {
    "dates": (dt.date, np.datetime64),
    "time differences": (dt.timedelta, np.timedelta64),
    "periods": (pd.Period,),
    "times of day": (dt.time,),
    "intervals": (pd.Interval,),
    "no times": (bool,),
    "numbers": (Real, Decimal),
}

# Patterns of strings that are dates or times, and whether pandas has to read a string
# before it counts: a number may be a year, or not.
_DAY, _MONTH = r"(0?[1-9]|[12]\d|3[01])", r"(0?[1-9]|1[0-2])"
_NAME = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_YEAR = r"(1[5-9]|2[01])\d\d"
_END = r"(?=$|[ t]\d?\d[:h])"
_CLOCK = r"([01]?\d|2[0-4]):[0-5]\d(:[0-5]\d([.,]\d+)?)?( ?[ap]\.?m\.?)?$"
_PATTERNS = {
    rf".*(?<!\w){_YEAR}(\d{{4}})?(?!\d)": True,
    rf"{_DAY}([-/. ]){_MONTH}\2\d\d{_END}": False,
    rf"{_MONTH}([-/. ]){_DAY}\2\d\d{_END}": False,
    rf"\d\d([-/. ]){_MONTH}\1{_DAY}{_END}": False,
    rf"{_DAY}[-/. ]?{_NAME}[-/. ']*({_YEAR}|\d\d){_END}": False,
    rf"{_NAME}[-/. ]*({_DAY},?)?[-/. ']+({_YEAR}|\d\d){_END}": False,
    rf"{_YEAR}-?w(0[1-9]|[1-4]\d|5[0-3])(-?[1-7])?$": False,
    rf"({_YEAR}|\d\d)[-/. ]?q[1-4]$|q[1-4][-/. ]?({_YEAR}|\d\d)$": False,
    rf"([a-z]{{3,9}},? )?{_CLOCK}": False,
    r"(1[5-9]|2[01])?\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])( ?\d{4,6})?$": False,
}
_LOOKS = {re.compile(look, re.IGNORECASE): reads for look, reads in _PATTERNS.items()}

# Number of strings that are looked at: a code may look like a date now and then.
_N_LOOKED_AT = 20


@dataclass(frozen=True)
class Clock:
    """Times of rows as numbers, comparable only with one another.

    Parameters
    ----------
    kind : str or None, default=None
        Kind of the times; times of one kind can be compared. None: the rows have no
        times.
    times : ndarray of shape (n_rows,) or None, default=None
        Time of each row.
    walls : ndarray of shape (n_rows,) or None, default=None
        Local time of each row, in microseconds; None if the times have no days.
    unit : {"us", "ns"} or None, default=None
        Unit of dates and time differences.
    zone : tzinfo or None, default=None
        Time zone of the local times.
    """

    kind: str | None = None
    times: np.ndarray | None = None
    walls: np.ndarray | None = None
    unit: str | None = None
    zone: dt.tzinfo | None = None

    def take(self, at: slice | np.ndarray) -> Self:
        """Take the rows at `at` (a slice, mask or index array)."""
        return replace(self, times=take(self.times, at), walls=take(self.walls, at))

    def append(self, other: "Clock") -> Self:
        """Put the rows of `other`, of the same kind, after these."""
        return replace(
            self,
            times=join(self.times, other.times),
            walls=join(self.walls, other.walls),
        )


def take(of_rows: np.ndarray | None, at: slice | np.ndarray) -> np.ndarray | None:
    """Return ``of_rows[at]``, or None."""
    return None if of_rows is None else of_rows[at]


def join(one: np.ndarray | None, other: np.ndarray | None) -> np.ndarray | None:
    """Concatenate two arrays, or return None if either is None."""
    return None if one is None or other is None else np.concatenate([one, other])


def family_of(index: pd.Index) -> str | None:
    """Return the family of the times in an index.

    Parameters
    ----------
    index : Index
        An index, or a level of one.

    Returns
    -------
    family : {"dates", "time differences", "periods", "times of day", "intervals", \
            "numbers"} or None
        The family; None if the index tells no time.

    Raises
    ------
    ValueError
        If some labels are times, and others are not.
    """
    by_kind = {"M": "dates", "m": "time differences"}
    by_kind |= dict.fromkeys("iuf", "numbers")
    if isinstance(index, pd.PeriodIndex):
        return "periods"
    if isinstance(index, pd.IntervalIndex):
        return "intervals"
    if isinstance(index, pd.CategoricalIndex):
        return family_of(index.categories)
    kind = getattr(index.dtype, "kind", "O")
    if kind != "O" or isinstance(index.dtype, pd.StringDtype):
        return by_kind.get(kind)
    # Objects, and the types of Arrow that have no counterpart in pandas.
    types = set(map(type, index.dropna().astype(object)))
    families = {_family_of_type(of_row) for of_row in types}
    if len(families) > 1 and families - {"no times", "numbers"}:
        others = sorted(families - {"no times"}) + ["others"] * ("no times" in families)
        raise ValueError(
            f"The index of X mixes {' and '.join(others)}, so that it cannot be put "
            "in order of time; make all of it of one kind, as pd.to_datetime does."
        )
    family = families.pop() if len(families) == 1 else "no times"
    return None if family == "no times" else family


def _family_of_type(of_row):
    for family, classes in _FAMILIES.items():
        if issubclass(of_row, classes):
            return family
    return "no times"


def looks_like_dates(index: pd.Index) -> bool:
    """Tell whether the labels of `index` are dates as strings."""
    labels = index.dropna()[:_N_LOOKED_AT]
    if len(labels) == 0 or not all(isinstance(label, str) for label in labels):
        return False
    labels = [label.strip() for label in labels]
    looks = [look for look in _LOOKS if all(map(look.match, labels))]
    if not all(_LOOKS[look] for look in looks):
        return True
    if not looks:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about formats that it has to guess
        dates = pd.to_datetime(labels, errors="coerce", format="mixed", utc=True)
    return bool(dates.notna().all())


def looks_like_days(index: pd.Index) -> bool:
    """Tell whether the numbers of `index` are dates, as 20240131, or months, 202401."""
    if getattr(index.dtype, "kind", "O") not in "iu" or len(index) == 0:
        return False
    numbers = index.dropna().to_numpy(dtype=np.int64)
    # A few numbers of six digits may look like months by chance.
    if len(numbers) > 12 and numbers.max() < 10**6:
        numbers = 100 * numbers + 1
    years, months, days = numbers // 10**4, numbers // 100 % 100, numbers % 100
    is_date = (years >= 1500) & (years < 2200) & (months >= 1) & (months <= 12)
    return len(numbers) > 0 and bool((is_date & (days >= 1) & (days <= 31)).all())


def read_clock(index: pd.Index, seen: Clock | None = None) -> Clock:
    """Read the times of an index.

    Parameters
    ----------
    index : Index
        An index of any type.
    seen : Clock or None, default=None
        An earlier clock, whose unit and time zone are used.

    Returns
    -------
    clock : Clock
        The times; without a kind if the index tells no time.

    Raises
    ------
    ValueError
        If some rows have no time, or the times cannot be compared with each other.
    """
    family = family_of(index)
    if family is None:
        return Clock()
    if index.hasnans:
        row = int(np.argmax(index.isna()))
        raise ValueError(f"The index of X has no time at row {row} ({index[row]}).")
    if family == "intervals":
        clock = read_clock(_as_type(index, pd.IntervalIndex).left, seen)
        kind = f"intervals of {clock.kind}"
        return Clock(kind, clock.times, clock.walls, clock.unit, clock.zone)
    return _READERS[family](index, seen or Clock())


def _as_type(index, type_of_index, **options):
    """Return `index` as one of pandas' types, or raise a ValueError."""
    if isinstance(index, type_of_index):
        return index
    if isinstance(index, pd.CategoricalIndex):
        index = index.astype(object)
    try:
        return type_of_index(index, **options)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The index of X holds times that cannot be compared ({index[0]!r} is its "
            "first); make all of it of one kind, as pd.to_datetime does."
        ) from error


def _read_dates(index, seen):
    dates = _as_dates(index)
    kind = "dates" if dates.tz is None else "dates with a time zone"
    zone = None
    walls = dates
    if dates.tz is not None:
        zone = seen.zone or dates.tz
        walls = dates.tz_convert(zone).tz_localize(None)
    unit, times = _in_numbers(dates, seen if seen.kind == kind else Clock())
    return Clock(kind, times, _in_unit(walls, "us"), unit, zone)


def _as_dates(index):
    """Return an index of dates, of any type, as a DatetimeIndex."""
    if isinstance(index, pd.DatetimeIndex):
        return index
    if isinstance(index, pd.CategoricalIndex):
        index = index.astype(object)
    try:
        return pd.DatetimeIndex(index)
    except (TypeError, ValueError):
        zones = {getattr(row, "tzinfo", None) is not None for row in index}
        if zones == {False, True}:
            raise ValueError(
                "The index of X mixes dates with and without a time zone, which cannot "
                "be compared; give all of them one, as pd.to_datetime(..., utc=True) "
                "does."
            ) from None
    rows = np.array([_to_microseconds(row) for row in index], "datetime64[us]")
    dates = pd.DatetimeIndex(rows)
    return dates.tz_localize("UTC") if zones == {True} else dates


def _to_microseconds(row):
    """Return a date of any year and time zone as a datetime64 in UTC."""
    if getattr(row, "tzinfo", None) is not None:
        row = row.astimezone(dt.UTC).replace(tzinfo=None)
    return np.datetime64(row, "us")


def _read_differences(index, seen):
    differences = _as_type(index, pd.TimedeltaIndex)
    kind = "time differences"
    unit, times = _in_numbers(differences, seen if seen.kind == kind else Clock())
    return Clock(kind, times, _in_unit(differences, "us"), unit)


def _in_numbers(index, seen):
    """Return a unit, nanoseconds only if they are needed, and the times in it."""
    unit = seen.unit
    if unit is None:
        unit = "us"
        if index.unit == "ns":
            numbers = index.asi8
            is_near = np.abs(numbers).max(initial=0) <= _LARGEST_INT
            unit = "ns" if is_near and (numbers % 1000).any() else "us"
    return unit, _in_unit(index, unit)


def _in_unit(index, unit):
    """Return dates or time differences as integers in a unit."""
    try:
        numbers = index.as_unit(unit).asi8
    except ValueError:
        numbers = None
    if numbers is None or np.abs(numbers).max(initial=0) > _LARGEST_INT:
        far = index[int(np.argmax(np.abs(index.asi8)))]
        raise ValueError(
            f"The index of X holds {far}, which is too far off to be counted in {unit}."
        )
    return numbers


def _read_periods(index, seen):
    periods = _as_type(index, pd.PeriodIndex)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about business days
            walls = _in_unit(periods.to_timestamp(how="start"), "us")
    except ValueError:  # years that timestamps do not have
        walls = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind = f"periods of {periods.freqstr}"
    return Clock(kind, periods.asi8, walls)


def _read_times_of_day(index, seen):
    rows = [
        ((row.hour * 60 + row.minute) * 60 + row.second) * 10**6 + row.microsecond
        for row in index.astype(object)
    ]
    times = np.array(rows, dtype=np.int64)
    return Clock("times of day", times)


def _read_numbers(index, seen):
    kind = getattr(index.dtype, "kind", "O")
    if kind in "iuf":
        numbers = index.to_numpy(dtype=f"{kind}8")
    else:
        rows = list(index.astype(object))
        is_whole = all(isinstance(row, (int, np.integer)) for row in rows)
        is_small = is_whole and max(map(abs, map(int, rows))) <= _LARGEST_INT
        numbers = np.array(
            [int(row) if is_small else _as_float(row) for row in rows],
            np.int64 if is_small else np.float64,
        )
    largest = _LARGEST_FLOAT if numbers.dtype.kind == "f" else _LARGEST_INT
    is_far = ~((numbers <= largest) & (numbers >= -largest))
    if is_far.any():
        row = int(np.argmax(is_far))
        raise ValueError(
            f"The index of X holds {numbers[row]} at row {row}, too large a number for "
            "a time."
        )
    return Clock("numbers", numbers.astype(np.int64) if kind == "u" else numbers)


def _as_float(row):
    try:
        return float(row)
    except OverflowError:
        return np.inf


_READERS = {
    "dates": _read_dates,
    "time differences": _read_differences,
    "periods": _read_periods,
    "times of day": _read_times_of_day,
    "numbers": _read_numbers,
}
