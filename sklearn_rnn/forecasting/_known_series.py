"""The known rows of each series: times, values and covariates."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sklearn_rnn._checks import short

from ._calendar import Calendar
from ._packing import PackedState
from ._times import check_kind, check_order, read_times, spacing_of

__all__ = [
    "KnownSeries",
    "check_covariates",
    "frame_of",
    "future_rows",
    "place",
    "read_known",
    "rows_by_series",
]


_LARGEST = 1e100  # its square, and sums of many squares, are finite


@dataclass(frozen=True)
class KnownSeries(PackedState):
    """One series, and its covariates.

    Parameters
    ----------
    key : tuple
        Levels of the index that name the series; empty if y is a single series.
    times : pandas.Index of length n_rows
        Regular and increasing.
    values : ndarray of shape (n_rows, n_columns)
        The series, float64.
    covariates : ndarray of shape (n_rows, n_covariates)
        Rows of X at the same times; no columns without X.
    calendar : Calendar or None, default=None
        Of times with regular holes.
    is_column : bool, default=False
        Whether it is a column of a series; the number of the column ends `key`.
    """

    key: tuple
    times: pd.Index
    values: np.ndarray
    covariates: np.ndarray
    calendar: Calendar | None = None
    is_column: bool = False

    def __len__(self):
        return len(self.values)

    @property
    def name(self):
        """Name of the series in errors; of a column, that of its series."""
        key = self.key[:-1] if self.is_column else self.key
        if not key:
            return "y"
        return f"series {key[0] if len(key) == 1 else key!r} of y"

    @property
    def spacing(self):
        """Spacing of the times, as `spacing_of` tells it."""
        return spacing_of(self.times) if self.calendar is None else self.calendar

    def extended(self, new, spacing=None, joined=None):
        """Return the series with the rows of `new`, which follow or revise its own.

        Parameters
        ----------
        new : KnownSeries
            Its times overlap with those of this series, or begin one step after them.
        spacing : pandas offset, Calendar, Timedelta, int or None, default=None
            Spacing of the times, if this series has too few to tell.
        joined : dict or None, default=None
            Times that were joined before, for series that share their times; those of
            this series are added.

        Raises
        ------
        ValueError
            If there is a gap between the two, or `new` begins before this series.
        """
        joined = {} if joined is None else joined
        both = id(self.times), id(new.times)
        if both not in joined:
            joined[both] = self._joined(new.times, spacing)
        times, calendar, at = joined[both]
        parts = []
        for name in ("values", "covariates"):
            own, given = getattr(self, name), getattr(new, name)
            part = np.concatenate([own, given[at >= len(self)]])
            part[at] = given
            parts.append(part)
        return KnownSeries(self.key, times, *parts, calendar)

    def _joined(self, new, spacing):
        """Return the times of the series and of new rows, as `extended` joins them.

        Returns
        -------
        times : pandas.Index of length n_rows
            All times.
        calendar : Calendar or None
            Of the times.
        at : ndarray of shape (n_new,)
            Numbers of the new rows.
        """
        check_kind(self.times, new, self.name, "the update")
        at = self.times.get_indexer(new)
        is_later = new > self.times[-1]
        if (at[~is_later] < 0).any():
            first = new[~is_later][at[~is_later] < 0][0]
            raise ValueError(
                f"{self.name} cannot be updated at {first}: it is known from "
                f"{self.times[0]} on; a row of an update lies within or follows it."
            )
        at[is_later] = len(self) + np.arange(is_later.sum())
        times, told = self.times, self.spacing
        if is_later.any():
            times = times.append(new[is_later])
        spacing = spacing if told is None else told
        is_final = told is not None
        check_order(times, self.name)
        times, calendar = read_times(times, spacing, self.name, is_final=is_final)
        return times, calendar, at

    def checked(self, spacing):
        """Return the series with its times checked, and their calendar.

        Parameters
        ----------
        spacing : pandas offset, Calendar, Timedelta, int or None
            As in `read_times`.
        """
        check_order(self.times, self.name)
        times, calendar = read_times(self.times, spacing, self.name)
        return replace(self, times=times, calendar=calendar)


def read_known(y, X, spacing=None):
    """Read series from sktime's frames.

    Parameters
    ----------
    y : DataFrame
        A single series; with a MultiIndex a panel or hierarchy. Not yet checked.
    X : DataFrame or None
        Covariates; its index contains that of `y`.
    spacing : pandas offset, Calendar, Timedelta, int or None, default=None
        Spacing of the times, if known.

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
        return {(): KnownSeries((), y.index, values, covariates).checked(spacing)}
    known, times = {}, y.index.get_level_values(-1)
    if spacing is None:
        spacing = _longest_spacing(y)
    # Series of a panel often share their times, which then are checked once.
    numbers, checked = times.asi8 if hasattr(times, "asi8") else times.to_numpy(), {}
    for key, rows in rows_by_series(y):
        same = numbers[rows].tobytes()
        if same not in checked:
            series = KnownSeries(key, times[rows], values[rows], covariates[rows])
            series = series.checked(spacing)
            checked[same] = series.times, series.calendar
        own, calendar = checked[same]
        known[key] = KnownSeries(key, own, values[rows], covariates[rows], calendar)
    return known


def frame_of(keys, times, values, names, columns):
    """Return series as a frame.

    Parameters
    ----------
    keys : list of tuple
        Levels of the index that name each series.
    times : list of pandas.Index of length n_rows_i
        Of each series.
    values : list of ndarray of shape (n_rows_i, n_columns)
        Of each series.
    names : list
        Names of the levels of the index, the last of the times.
    columns : pandas.Index of length n_columns
        Columns of the frame.

    Returns
    -------
    frame : DataFrame of shape (n_rows, n_columns)
        Series by series, in order of time.
    """
    lengths = list(map(len, values))
    values = np.concatenate(values)
    if len(names) == 1:
        return pd.DataFrame(values, times[0].rename(names[0]), columns)
    # Many series share one index of times.
    different = list({id(one): one for one in times}.values())
    firsts = np.cumsum([0, *map(len, different)])
    first_of = dict(zip(map(id, different), firsts, strict=False))
    rows = np.arange(len(values)) - np.repeat(np.cumsum([0, *lengths[:-1]]), lengths)
    rows += np.repeat([first_of[id(one)] for one in times], lengths)
    last = different[0].append(different[1:])[rows]
    levels = [np.repeat(level, lengths) for level in zip(*keys, strict=True)]
    index = pd.MultiIndex.from_arrays([*levels, last], names=names)
    return pd.DataFrame(values, index, columns)


def rows_by_series(y):
    """List the series of a frame, in the order in which they first appear.

    Returns
    -------
    series : list of tuples (key, rows)
        The key, a tuple, and the numbers of the rows, an ndarray of shape (n_rows,).
    """
    if not isinstance(y.index, pd.MultiIndex):
        return [((), np.arange(len(y)))]
    levels = list(range(y.index.nlevels - 1))
    groups = y.groupby(level=levels, sort=False, observed=True).indices
    keyed = [
        (key if isinstance(key, tuple) else (key,), at) for key, at in groups.items()
    ]
    return sorted(keyed, key=lambda group: group[1][0])


def _longest_spacing(y):
    """Return the spacing of the times of a panel, from its longest series."""
    rows = max((rows for _, rows in rows_by_series(y)), key=len)
    return spacing_of(y.index.get_level_values(-1)[rows])


def _as_floats(frame, name):
    """Return a frame's values as float64; raise if a value is not finite."""
    values = frame.to_numpy(dtype=np.float64)
    is_bad = ~np.isfinite(values)
    if is_bad.any():
        row, column = np.argwhere(is_bad)[0]
        raise ValueError(
            f"{name} is {values[row, column]} at {place(frame.index[row])} in column "
            f"{frame.columns[column]!r}; every value must be a finite number (fill "
            "gaps first, with sktime's Imputer for instance)."
        )
    is_bad = np.abs(values) > _LARGEST
    if is_bad.any():
        row, column = np.argwhere(is_bad)[0]
        raise ValueError(
            f"{name} is {values[row, column]:g} at {place(frame.index[row])}, which "
            f"is too large to compute with; values must be within {_LARGEST:g}."
        )
    return values


def place(label):
    """Return a row's label as errors show it."""
    return str(label) if not isinstance(label, tuple) else ", ".join(map(str, label))


def _rows_at(X, index, words):
    """Return the rows of X at the labels `index`, of shape (n_rows, n_covariates)."""
    _check_unique(X)
    at = X.index.get_indexer(index)
    if (at < 0).any():
        raise ValueError(f"X has no row for {place(index[at < 0][0])}; {words} of y.")
    return _as_floats(X, "X")[at]


def _check_unique(X):
    if X.index.has_duplicates:
        again = X.index[X.index.duplicated()][0]
        raise ValueError(f"X has two rows for {place(again)}; each time needs one.")


def check_covariates(X, names, needed=None):
    """Raise if X does not have the columns of ``fit``, or the needed columns.

    Parameters
    ----------
    X : DataFrame or None
        Covariates given to ``predict`` or ``update``.
    names : list or None
        Names of the columns that ``fit`` was given; None if it was given no X.
    needed : list or None, default=None
        Names of the columns that X must have, in the order of ``fit``; None: all.
    """
    needed = names if needed is None else needed
    given = None if X is None else list(X.columns)
    if given == needed or (given is None and not needed):
        return
    of_which = "" if needed == names else f", of which {short(needed)} are needed here"
    if given is None:
        rows = "and their rows are needed here too" if not of_which else of_which[2:]
        raise ValueError(
            f"X is missing: fit was given the columns {short(names)}, {rows}."
        )
    if names is None:
        raise ValueError(f"X has the columns {short(given)}, but fit was given no X.")
    raise ValueError(
        f"X has the columns {short(given)}, but fit was given {short(names)}{of_which}."
    )


def future_rows(X, series, times):
    """Return the covariates of a series at times after its end.

    Parameters
    ----------
    X : DataFrame
        Covariates given to ``predict``.
    series : KnownSeries
        The series to forecast.
    times : pandas.Index of length n_times
        Times of the rows.

    Returns
    -------
    rows : ndarray of shape (n_times, n_covariates)
        NaN at times without a row of X.
    """
    _check_unique(X)
    labels = times
    if X.index.nlevels != len(series.key) + 1:
        raise ValueError(
            f"X has an index of {X.index.nlevels} levels, but that of y has "
            f"{len(series.key) + 1}; both must name series and times alike."
        )
    if isinstance(X.index, pd.MultiIndex):
        keys = ([level] * len(times) for level in series.key)
        labels = pd.MultiIndex.from_arrays([*keys, times])
    at = X.index.get_indexer(labels)
    rows = np.full((len(times), X.shape[1]), np.nan)
    rows[at >= 0] = _as_floats(X.iloc[at[at >= 0]], "X")
    return rows
