"""Names of columns that tell a lag, such as ``close_lag2``, and checks of their order.

Flat windows hold the steps of a sequence side by side. Where the column names tell the
lag of each column, the names give the number of steps, and they show an order of
columns that the estimators would read wrongly.
"""

import re
from collections.abc import Iterable

import pandas as pd

from sklearn_rnn._checks import short
from sklearn_rnn._rows.forms import columns_of
from sklearn_rnn._upstream.sklearn_private import get_feature_names

from .sequences import WindowArray

__all__ = ["check_column_times", "check_lag_order", "count_told_steps", "read_lags"]

# Ends and beginnings of names that tell a lag: close_lag2, lag_2__close, close(t-2).
_LAST = re.compile(r"(?<![a-z])lag[ _.=-]*([0-9]{1,9})[)\]]?\Z", re.IGNORECASE)
_FIRST = re.compile(r"\Alag[ _.=-]*([0-9]{1,9})[ _.]+", re.IGNORECASE)
_TIME = re.compile(
    r"(?<![a-z0-9])t *([+-] *[0-9]{1,9})? *[)\]]?\Z",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[ _.]?[(\[]? *\Z")


def read_lags(names: Iterable[str] | None) -> list[tuple[str, int]]:
    """Return the feature and the lag of each column name, or [] if a name has none.

    Parameters
    ----------
    names : array-like of str or None
        Names of columns, such as ``close_lag2``, ``lag_2``, ``lag_2__close``,
        ``close(t-2)``, ``close_t-2``, and next to these ``close(t)``.

    Returns
    -------
    pairs : list of (str, int)
        Feature and lag of each column. The lag is negative for a step after the row.
    """
    pairs, has_number = [], False
    for name in () if names is None else names:
        match = _LAST.search(name) or _FIRST.match(name)
        sign = 1 if match else -1
        match = match or _TIME.search(name)
        if match is None:
            return []
        has_number |= match[1] is not None
        lag = sign * int((match[1] or "0").replace(" ", ""))
        # Where separators are many, all but the last are part of the feature's name.
        feature = name[match.end() :] or _SEPARATOR.sub("", name[: match.start()], 1)
        pairs.append((feature, lag))
    # Without any number "t" may be a unit, or the end of a name.
    return pairs if has_number else []


def count_told_steps(X) -> int | None:
    """Return the number of steps in a row of flat windows, or None if X tells none."""
    if isinstance(X, WindowArray):
        return X.n_steps
    return len({lag for _, lag in read_lags(get_feature_names(X))}) or None


def check_lag_order(X) -> None:
    """Raise a ValueError where columns named after lags are not in order of time."""
    pairs = read_lags(get_feature_names(X))
    features = list(dict.fromkeys(feature for feature, _ in pairs))
    lags = sorted({lag for _, lag in pairs}, reverse=True)
    valid = [(feature, lag) for lag in lags for feature in features]
    if pairs == valid:
        return
    names = columns_of(X)
    begin = f"X has columns named after lags, {short(names)}, but "
    if sorted(pairs) == sorted(valid):
        order = [names[pairs.index(pair)] for pair in valid]
        raise ValueError(
            f"{begin}not in the order in which they are read, by window_length=None "
            f"too: oldest step first, all features of it side by side, {short(order)}."
        )
    raise ValueError(
        f"{begin}they are no windows: every lag must have the same features, once, and "
        "the oldest come first; with window_length=1 a row is one step."
    )


def check_column_times(X) -> None:
    """Raise a ValueError where columns that are steps go back in time."""
    columns = getattr(X, "columns", None)
    kinds = pd.DatetimeIndex | pd.PeriodIndex | pd.TimedeltaIndex
    if isinstance(columns, kinds) and not columns.is_monotonic_increasing:
        raise ValueError(
            "X has columns that go back in time; every column is a step of a sequence, "
            "oldest first: X = X.sort_index(axis=1)."
        )
