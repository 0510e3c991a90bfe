"""Calendars with holes that come back every day, every week or every year."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

__all__ = ["Calendar", "Gap"]

# Dates and spans are counted in microseconds.
_DAY = 24 * 3600 * 10**6
# Numbers of periods in a day, a week or a year, by the code of their frequency
_CYCLES_OF_PERIODS = {
    "D": [7],
    "B": [5],
    "h": [24, 7 * 24],
    "min": [24 * 60, 7 * 24 * 60],
    "s": [24 * 3600, 7 * 24 * 3600],
    "M": [12],
    "Q": [4],
}
_MONTHS_OF_YEAR = 12
_RULES = ("MS", "ME", "BMS", "BME")
_MOST_MISSING = 0.1  # of the rows; with more rows missing no calendar is told
_LARGEST = 2**62  # number of a time, in its unit


@dataclass(frozen=True)
class Gap:
    """A place at which times do not follow one another.

    Parameters
    ----------
    number : int
        Number of the time after the gap.
    is_outside : bool
        Whether that time is none of the calendar.
    """

    number: int
    is_outside: bool


@dataclass(frozen=True)
class Calendar:
    """Times of the day, days of the week or months of the year at which rows come.

    Dates are read in their time zone.

    Parameters
    ----------
    kind : str
        Name of the class of the index.
    cycle : int
        Length of a day, a week or a year: microseconds of dates and spans of time,
        numbers of months or of periods.
    phases : tuple of int
        The times in a cycle at which rows come, increasing, in the same unit.
    rule : {"MS", "ME", "BMS", "BME"} or None, default=None
        The day of months that are counted, an alias of pandas; None: no months of dates
        are counted.
    """

    kind: str
    cycle: int
    phases: tuple[int, ...]
    rule: str | None = None

    @classmethod
    def of(cls, times):
        """Return the calendar of times that have no gap, or None."""
        calendar = cls.nearest(times)
        if calendar is None or calendar.find_gap(times) is not None:
            return None
        return calendar

    @classmethod
    def nearest(cls, times):
        """Return the calendar of which times lack the fewest rows.

        Parameters
        ----------
        times : DatetimeIndex, PeriodIndex or TimedeltaIndex of length n_rows
            Increasing.

        Returns
        -------
        calendar : Calendar or None
            Each of its holes lies at least twice between the first and the last of the
            times. None if a tenth of the rows is missing, and more than one.
        """
        best, least = None, max(1.0, _MOST_MISSING * len(times))
        for cycle, rule in _list_cycles(times):
            numbers, is_counted = _to_numbers(times, rule)
            if not is_counted.all():
                continue
            phases = tuple(np.unique(numbers % cycle).tolist())
            calendar = cls(type(times).__name__, cycle, phases, rule)
            if len(times) <= 2 * len(calendar.phases):
                continue
            places, _ = calendar._places(numbers)
            n_missing = places[-1] - places[0] + 1 - len(times)
            if n_missing < least or (best is None and n_missing == least):
                best, least = calendar, n_missing
        return best

    def is_of(self, times):
        """Tell whether times are of the kind of the calendar."""
        return type(times).__name__ == self.kind

    def find_gap(self, times):
        """Return the first gap in increasing times, or None."""
        places, is_in = self.places(times)
        is_gap = ~is_in
        is_gap[1:] |= np.diff(places) != 1
        if not is_gap.any():
            return None
        number = int(np.argmax(is_gap))
        return Gap(number, is_outside=not is_in[number])

    def places(self, times):
        """Return the number of each time in the calendar, and which times are in it.

        Parameters
        ----------
        times : pandas.Index of length n_times
            Of the kind that the calendar is of.

        Returns
        -------
        places : ndarray of int64 of shape (n_times,)
            They differ by 1 from a time of the calendar to the next.
        is_in : ndarray of bool of shape (n_times,)
            Whether the time is in the calendar.
        """
        numbers, is_counted = _to_numbers(times, self.rule)
        places, is_in = self._places(numbers)
        return places, is_in & is_counted

    def _places(self, numbers):
        """Return places as `places` does, of numbers of times."""
        phases = np.array(self.phases)
        cycles, rest = np.divmod(numbers, self.cycle)
        within = np.searchsorted(phases, rest)
        is_in = phases[np.minimum(within, len(phases) - 1)] == rest
        return cycles * len(phases) + within, is_in

    def after(self, time, steps):
        """Return the times that lie `steps` after a time of the calendar.

        Parameters
        ----------
        time : pandas.Index of length 1
            The time.
        steps : ndarray of int64 of shape (n_steps,)
            Numbers of rows; negative steps lie before.

        Returns
        -------
        times : pandas.Index of length n_steps
            Of the kind of `time`.

        Raises
        ------
        OverflowError
            If a time is too far away to be told.
        """
        (first,), _ = self.places(time)
        n_cycles = (np.abs(steps).max(initial=0) + abs(int(first))) / len(self.phases)
        if n_cycles * self.cycle > _LARGEST:
            raise OverflowError("The time is too far away.")
        cycles, within = np.divmod(first + steps, len(self.phases))
        numbers = cycles * self.cycle + np.array(self.phases)[within]
        return _from_numbers(numbers, self.rule, time)


def _list_cycles(times):
    """List the pairs (cycle, rule) that times may have, the shortest cycle first."""
    if isinstance(times, pd.PeriodIndex):
        code = times.freqstr.split("-")[0]
        return [(cycle, None) for cycle in _CYCLES_OF_PERIODS.get(code, [])]
    cycles = [(_DAY, None), (7 * _DAY, None)]
    if isinstance(times, pd.DatetimeIndex):
        cycles += [(_MONTHS_OF_YEAR, rule) for rule in _RULES]
    return cycles


def _to_numbers(times, rule):
    """Return times as integers.

    Returns
    -------
    numbers : ndarray of int64 of shape (n_times,)
        Months since 1970 with a rule; else microseconds, or ordinals of periods.
    is_counted : ndarray of bool of shape (n_times,)
        Whether the number tells the time.
    """
    if isinstance(times, pd.PeriodIndex):
        return times.asi8, np.ones(len(times), bool)
    walls = times
    if isinstance(times, pd.DatetimeIndex) and times.tz is not None:
        walls = times.tz_localize(None)
    if rule is None:
        if walls.unit != "ns":
            return walls.as_unit("us").asi8, np.ones(len(walls), bool)
        numbers, rest = np.divmod(walls.asi8, 1000)
        return numbers, rest == 0
    months = walls.to_period("M")
    return months.asi8, np.asarray(_days_of(months, rule) == walls)


def _from_numbers(numbers, rule, like):
    """Return the times that integers stand for, of the kind of the index `like`."""
    if isinstance(like, pd.PeriodIndex):
        return pd.PeriodIndex.from_ordinals(numbers, freq=like.freq)
    if isinstance(like, pd.TimedeltaIndex):
        return pd.TimedeltaIndex(numbers.view("m8[us]")).as_unit(like.unit)
    if rule is None:
        times = pd.DatetimeIndex(numbers.view("M8[us]"))
    else:
        times = _days_of(pd.PeriodIndex.from_ordinals(numbers, freq="M"), rule)
    if like.tz is not None:
        # Of a time that the clock shows twice, the first counts; a time that it leaves
        # out becomes the next that it shows.
        times = times.tz_localize(
            like.tz,
            ambiguous=np.ones(len(times), bool),
            nonexistent="shift_forward",
        )
    return times.as_unit(like.unit)


def _days_of(months, rule):
    """Return the day of each month that a rule names, a DatetimeIndex."""
    days, offset = months.to_timestamp(), to_offset(rule)
    if rule == "MS":
        return days
    # An offset moves a day on which it falls by a month.
    is_on = np.array([offset.is_on_offset(day) for day in days], bool)
    return days.where(is_on, days + offset)
