"""What is known of each series: its times, values and covariates."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = [
    "KnownSeries",
    "check_covariates",
    "future_rows",
    "read_known",
    "times_after",
]


_LARGEST = 1e100  # whose square, and sums of many, can be told from infinity


@dataclass(frozen=True)
class KnownSeries:
    """One series, and the covariates that are known with it.

    Parameters
    ----------
    key : tuple
        Levels of the index that name the series; empty where there is only one.
    times : pandas.Index of length n_rows
        Regular and increasing.
    values : ndarray of shape (n_rows, n_columns)
        The series, float64.
    covariates : ndarray of shape (n_rows, n_covariates)
        Rows of X at the same times; no columns where there is no X.
    """

    key: tuple
    times: pd.Index
    values: np.ndarray
    covariates: np.ndarray

    def __len__(self):
        return len(self.values)

    @property
    def name(self):
        """What an error calls the series."""
        if not self.key:
            return "y"
        return f"series {self.key[0] if len(self.key) == 1 else self.key!r} of y"

    def extended(self, new):
        """Return the series with the rows of `new`, which follow it or revise it.

        Parameters
        ----------
        new : KnownSeries
            Its times overlap with these, or begin one step after their end.

        Raises
        ------
        ValueError
            If there is a gap between the two, or `new` begins before this.
        """
        if type(new.times) is not type(self.times) and not (
            new.times.dtype.kind == self.times.dtype.kind == "i"
        ):
            raise ValueError(
                f"The times of {self.name} are a {type(self.times).__name__}, but "
                f"those of the update a {type(new.times).__name__}."
            )
        at = self.times.get_indexer(new.times)
        is_later = new.times > self.times[-1]
        if (at[~is_later] < 0).any():
            first = new.times[~is_later][at[~is_later] < 0][0]
            raise ValueError(
                f"{self.name} cannot be updated at {first}: it is known from "
                f"{self.times[0]} on; a row of an update lies within or follows it."
            )
        values, covariates = self.values.copy(), self.covariates.copy()
        values[at[~is_later]] = new.values[~is_later]
        covariates[at[~is_later]] = new.covariates[~is_later]
        times = self.times
        if is_later.any():
            times = times.append(new.times[is_later])
        if isinstance(times, pd.DatetimeIndex) and self.times.freq is not None:
            times = pd.DatetimeIndex(times, freq=None)
            times = _with_frequency(times, self.times.freq, self.name)
        _check_regular(times, self.name)
        return KnownSeries(
            self.key,
            times,
            np.concatenate([values, new.values[is_later]]),
            np.concatenate([covariates, new.covariates[is_later]]),
        )


def read_known(y, X, frequency=None):
    """Take sktime's frames apart into series.

    Parameters
    ----------
    y : DataFrame
        One series, or with a MultiIndex a panel or hierarchy; not yet checked.
    X : DataFrame or None
        Covariates; its index contains that of `y`.
    frequency : pandas offset or None, default=None
        Of the times, where known.

    Returns
    -------
    known : dict of tuple to KnownSeries
        In the order in which series first appear.

    Raises
    ------
    ValueError
        If times are unsorted, repeated or irregular, a value is infinite, or X lacks
        rows of y.
    """
    if y.shape[1] == 0 or len(y) == 0:
        raise ValueError(f"y has no {'column' if len(y) else 'row'}; it needs one.")
    values = _as_floats(y, "y")
    covariates = np.empty((len(y), 0))
    if X is not None:
        if X.index.nlevels != y.index.nlevels:
            raise ValueError(
                f"X has {X.index.nlevels} levels in its index, but y has "
                f"{y.index.nlevels}; each row of y needs one of X."
            )
        covariates = _rows_at(
            X, y.index, "fit and update need the row of X at every row"
        )
    if not isinstance(y.index, pd.MultiIndex):
        return {(): _checked(KnownSeries((), y.index, values, covariates), frequency)}
    if frequency is None:
        frequency = _longest_frequency(y)
    known = {}
    levels = list(range(y.index.nlevels - 1))
    times = y.index.get_level_values(-1)
    groups = y.groupby(level=levels, sort=False, observed=True).indices
    for key, rows in sorted(groups.items(), key=lambda group: group[1][0]):
        key = key if isinstance(key, tuple) else (key,)
        series = KnownSeries(key, times[rows], values[rows], covariates[rows])
        known[key] = _checked(series, frequency)
    return known


def _longest_frequency(y):
    """Return the frequency of dates of a panel, as its longest series shows it."""
    times = y.index.get_level_values(-1)
    if not isinstance(times, pd.DatetimeIndex):
        return None
    rows = y.groupby(level=list(range(y.index.nlevels - 1)), observed=True).indices
    longest = times[max(rows.values(), key=len)]
    is_in_order = longest.is_monotonic_increasing and longest.is_unique
    name = pd.infer_freq(longest) if len(longest) > 2 and is_in_order else None
    return None if name is None else pd.tseries.frequencies.to_offset(name)


def _as_floats(frame, name):
    """Return a frame's values as float64, all finite."""
    values = frame.to_numpy(dtype=np.float64)
    is_bad = ~np.isfinite(values)
    if is_bad.any():
        row, column = np.argwhere(is_bad)[0]
        raise ValueError(
            f"{name} is {values[row, column]} at {_place(frame.index[row])} in column "
            f"{frame.columns[column]!r}; every value must be a finite number (fill "
            "gaps first, with sktime's Imputer for instance)."
        )
    is_bad = np.abs(values) > _LARGEST
    if is_bad.any():
        row, column = np.argwhere(is_bad)[0]
        raise ValueError(
            f"{name} is {values[row, column]:g} at {_place(frame.index[row])}, which "
            f"is too large to compute with; values must be within {_LARGEST:g}."
        )
    return values


def _place(label):
    """Return a row's label as an error quotes it."""
    return str(label) if not isinstance(label, tuple) else ", ".join(map(str, label))


def _rows_at(X, index, words):
    """Return the rows of X at the labels `index`, (n_rows, n_covariates)."""
    _check_unique(X)
    at = X.index.get_indexer(index)
    if (at < 0).any():
        raise ValueError(f"X has no row for {_place(index[at < 0][0])}; {words} of y.")
    return _as_floats(X, "X")[at]


def _check_unique(X):
    if X.index.has_duplicates:
        again = X.index[X.index.duplicated()][0]
        raise ValueError(f"X has two rows for {_place(again)}; each time needs one.")


def check_covariates(X, names):
    """Raise where X does not have the columns of ``fit``.

    Parameters
    ----------
    X : DataFrame or None
        Covariates given to ``predict`` or ``update``.
    names : list or None
        Names of the columns that ``fit`` was given; None where there was no X.
    """
    given = None if X is None else list(X.columns)
    if given == names or (given is None and names is None):
        return
    if given is None:
        raise ValueError(
            f"X is missing: fit was given the columns {names}, and their rows are "
            "needed here too."
        )
    if names is None:
        raise ValueError(f"X has the columns {given}, but fit was given no X.")
    raise ValueError(f"X has the columns {given}, but fit was given {names}.")


def future_rows(X, series, times):
    """Return the covariates of a series at times after its end.

    Parameters
    ----------
    X : DataFrame
        As given to ``predict``.
    series : KnownSeries
        Whose rows are wanted.
    times : pandas.Index of length n_times
        When.

    Returns
    -------
    rows : ndarray of shape (n_times, n_covariates)
        NaN at times of which X has no row.
    """
    _check_unique(X)
    labels = times
    if isinstance(X.index, pd.MultiIndex):
        keys = ([level] * len(times) for level in series.key)
        labels = pd.MultiIndex.from_arrays([*keys, times])
    at = X.index.get_indexer(labels)
    rows = np.full((len(times), X.shape[1]), np.nan)
    rows[at >= 0] = _as_floats(X.iloc[at[at >= 0]], "X")
    return rows


# --------------------------------------------------------------------------------------
# Times
# --------------------------------------------------------------------------------------


def _checked(series, frequency):
    """Return the series with a frequency at its times, which must be regular."""
    times = series.times
    if times.has_duplicates:
        again = times[times.duplicated()][0]
        raise ValueError(
            f"{series.name} has two rows for {again}; each time needs one."
        )
    if not times.is_monotonic_increasing:
        later = times[1:][times[1:] < times[:-1]][0]
        raise ValueError(
            f"The times of {series.name} must increase, but {later} comes after a "
            "later one; sort them first."
        )
    if isinstance(times, pd.DatetimeIndex):
        times = _with_frequency(times, times.freq or frequency, series.name)
    _check_regular(times, series.name)
    return KnownSeries(series.key, times, series.values, series.covariates)


def _with_frequency(times, frequency, name):
    """Return dates with a frequency: the one given, or the one they show."""
    if times.freq is not None:
        return times
    if frequency is None:
        if len(times) < 3:
            return times
        frequency = pd.infer_freq(times)
    try:
        if frequency is not None:
            return pd.DatetimeIndex(times, freq=frequency)
    except ValueError:
        pass  # other steps than the frequency's
    raise ValueError(
        f"The times of {name} have gaps or no frequency that pandas can tell; use "
        "asfreq and fill the gaps, or number the rows (a RangeIndex)."
    )


def _check_regular(times, name):
    """Raise where numbered rows or periods have a gap."""
    if isinstance(times, pd.DatetimeIndex) or len(times) < 2:
        return
    if isinstance(times, pd.PeriodIndex):
        steps, step = np.diff(times.asi8), times.freq.n
    else:
        steps, step = np.diff(times.to_numpy()), 1
    if (steps != step).any():
        at = int(np.argmax(steps != step))
        raise ValueError(
            f"The times of {name} have a gap between {times[at]} and {times[at + 1]}; "
            "rows must follow one another without one."
        )


def times_after(times, steps, frequency=None):
    """Return the times so many steps after the last of `times`.

    Parameters
    ----------
    times : pandas.Index
        Regular times of a series.
    steps : ndarray of shape (n_steps,)
        Whole numbers; 0 is the last of `times`, negative ones lie before it.
    frequency : pandas offset or None, default=None
        Of dates, where `times` are too few to tell.

    Returns
    -------
    times : pandas.Index of length n_steps
        Of the same kind.
    """
    last = times[-1]
    if not isinstance(times, pd.DatetimeIndex):
        return times[-1:].append(pd.Index([last + int(step) for step in steps]))[1:]
    offset = times.freq or frequency
    return pd.DatetimeIndex([last + int(step) * offset for step in steps])
