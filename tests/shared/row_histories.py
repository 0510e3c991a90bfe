"""Rows with every kind of clock, and the windows that follow others."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import SlidingWindowTransformer

# Each makes an index out of whole numbers of ticks.
CLOCKS = {
    "dates": lambda ticks: pd.Timestamp("2024-03-01") + pd.to_timedelta(ticks, "D"),
    # The clocks go forward on 31 March: wall time has a step of two hours.
    "time zone": lambda ticks: (
        pd.Timestamp("2024-03-30 22:00", tz="Europe/Berlin")
        + pd.to_timedelta(ticks, "h")
    ),
    "python dates": lambda ticks: pd.Index(
        (pd.Timestamp("2024-03-01") + pd.to_timedelta(ticks, "D")).date
    ),
    "periods": lambda ticks: pd.period_range("2024-01", periods=99, freq="M")[ticks],
    "time differences": lambda ticks: pd.to_timedelta(ticks, "s"),
    "floats": lambda ticks: pd.Index(np.array(ticks) * 0.1),
    "integers": lambda ticks: pd.Index(np.array(ticks) * 10 - 7),
}
every_clock = pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)


def at_ticks(clock, ticks):
    """Rows that hold their tick."""
    ticks = list(ticks)
    return pd.DataFrame({"tick": np.array(ticks, float)}, index=clock(ticks))


def panel(rows, *levels):
    """Put levels that name the series before the index of `rows`."""
    arrays = [*levels, rows.index]
    return rows.set_axis(pd.MultiIndex.from_arrays(arrays))


def windows_after(train, rows, window_length=3, padding=-1.0, **parameters):
    """Windows of one column, (n_rows, window_length), absent steps -1."""
    transformer = SlidingWindowTransformer(
        window_length, padding=padding, **parameters
    ).fit(train)
    return transformer.transform(rows)[:, :, 0]


def windows_alone(rows, window_length=3, padding=-1.0, **parameters):
    transformer = SlidingWindowTransformer(window_length, padding=padding, **parameters)
    return transformer.fit_transform(rows)[:, :, 0]


# Folds that follow their training rows

FORMS = {
    "numpy": lambda X: X,
    "dates": lambda X: pd.DataFrame(X, index=pd.date_range("2020", periods=len(X))),
    "RangeIndex": pd.DataFrame,
    "scaled": lambda X: pd.DataFrame(X, index=pd.date_range("2020", periods=len(X))),
}


# Training rows again


def string_index(ticks):
    return pd.Index([f"t{tick}" for tick in ticks])


# Rows without an index that tells time

UNTIMED = {
    "numpy": lambda rows: rows,
    "RangeIndex": pd.DataFrame,
    "strings": lambda rows: pd.DataFrame(rows, index=string_index(range(len(rows)))),
}


# Weekdays


WEEKDAYS = pd.bdate_range("2024-01-01", periods=60)  # 1 January 2024 was a Monday
