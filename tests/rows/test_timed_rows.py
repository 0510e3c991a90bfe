"""Indexes of every kind: times, series, sessions, gaps, and rows out of their place."""

import copy
import datetime as dt
import pickle
import threading
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import skops.io
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    KFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_validate,
    learning_curve,
)
from sklearn.pipeline import make_pipeline

from sklearn_rnn import ReservoirTransformer, SlidingWindowTransformer, make_windows

pa = pytest.importorskip("pyarrow")

DAY = dt.date(2024, 3, 1)
START = dt.datetime(2024, 3, 1)


def after(start, unit):
    return lambda ticks: [start + int(tick) * unit for tick in ticks]


def arrow(kind, rows):
    return lambda ticks: pd.Index(rows(ticks), dtype=pd.ArrowDtype(kind))


def objects(rows):
    return lambda ticks: pd.Index(rows(ticks), dtype=object)


def of_unit(unit, start=0):
    # In numpy's own unit; pandas keeps it where it can.
    return lambda ticks: pd.Index(
        (np.asarray(ticks, dtype="int64") + start).astype(f"datetime64[{unit}]")
    )


def offsets_in_turn(ticks):
    zones = [dt.timezone(dt.timedelta(hours=hours)) for hours in (1, -5, 9)]
    days = after(START.replace(tzinfo=dt.UTC), dt.timedelta(days=1))(ticks)
    return [day.astimezone(zones[i % 3]) for i, day in enumerate(days)]


def kinds_of_dates_in_turn(ticks):
    days = after(DAY, dt.timedelta(days=1))(ticks)
    ways = [lambda day: day, pd.Timestamp, np.datetime64]
    return [ways[i % 3](day) for i, day in enumerate(days)]


days = after(DAY, dt.timedelta(days=1))
hours = after(START, dt.timedelta(hours=1))
stamps = after(pd.Timestamp(START), pd.Timedelta("1D"))
spans = after(dt.timedelta(0), dt.timedelta(minutes=1))

# Each makes an index out of whole numbers of ticks.
CLOCKS = {
    "date32": arrow(pa.date32(), days),
    "date64": arrow(pa.date64(), days),
    "timestamps of pyarrow": arrow(pa.timestamp("s"), hours),
    "timestamps of pyarrow, ns": arrow(pa.timestamp("ns"), hours),
    "timestamps of pyarrow with a zone": arrow(
        pa.timestamp("us", "Europe/Berlin"),
        after(pd.Timestamp("2024-03-30", tz="Europe/Berlin"), pd.Timedelta("1h")),
    ),
    "durations of pyarrow": arrow(pa.duration("ms"), spans),
    "integers of pyarrow": arrow(pa.int32(), list),
    "floats of pyarrow": arrow(pa.float64(), list),
    "decimals of pyarrow": arrow(
        pa.decimal128(9, 2), lambda ticks: [Decimal(int(tick)) for tick in ticks]
    ),
    "times of day of pyarrow": arrow(
        pa.time64("us"),
        lambda ticks: [dt.time(*divmod(int(tick), 60)) for tick in ticks],
    ),
    "coded dates of pyarrow": lambda ticks: pd.Index(
        pd.arrays.ArrowExtensionArray(pa.array(days(ticks)).dictionary_encode())
    ),
    "Int64": lambda ticks: pd.Index(ticks, dtype="Int64"),
    "UInt8": lambda ticks: pd.Index(ticks, dtype="UInt8"),
    "Float64": lambda ticks: pd.Index(ticks, dtype="Float64"),
    "uint64": lambda ticks: pd.Index(np.array(ticks, np.uint64)),
    "float32": lambda ticks: pd.Index(np.array(ticks, np.float32)),
    "objects: dates": objects(days),
    "objects: datetimes": objects(hours),
    "objects: timestamps": objects(stamps),
    "objects: numpy's dates": objects(
        lambda ticks: list(map(np.datetime64, days(ticks)))
    ),
    "objects: kinds of dates in turn": objects(kinds_of_dates_in_turn),
    "objects: offsets in turn": objects(offsets_in_turn),
    "objects: time differences": objects(spans),
    "objects: periods": objects(after(pd.Period("2024-03"), 1)),
    "objects: integers and floats": objects(
        lambda ticks: [tick if tick % 2 else float(tick) for tick in ticks]
    ),
    "objects: decimals": objects(
        lambda ticks: [Decimal(int(tick)) / 4 for tick in ticks]
    ),
    "objects: times of day": objects(
        lambda ticks: [dt.time(*divmod(int(tick), 60)) for tick in ticks]
    ),
    "objects: the year 1500": objects(after(dt.date(1500, 1, 1), dt.timedelta(days=1))),
    "objects: the year 9000": objects(after(dt.datetime(9000, 1, 1), dt.timedelta(1))),
    "objects: offsets in 1500": objects(
        after(dt.datetime(1500, 1, 1, tzinfo=dt.UTC), dt.timedelta(days=1))
    ),
    **{f"datetime64[{unit}]": of_unit(unit) for unit in ("D", "h", "s", "ms", "ns")},
    "datetime64[W] from 1600 on": of_unit("W", start=-19_300),
    "seconds of the year 20,000": of_unit("s", start=18_030 * 31_556_952),
    "timedelta64[s]": lambda ticks: pd.Index(np.array(ticks, "timedelta64[s]")),
    "categories: dates": lambda ticks: pd.CategoricalIndex(stamps(ticks)),
    "categories: integers": lambda ticks: pd.CategoricalIndex(list(ticks)),
    "intervals of dates": lambda ticks: pd.IntervalIndex.from_arrays(
        pd.DatetimeIndex(stamps(ticks)), pd.DatetimeIndex(stamps(np.add(ticks, 1)))
    ),
    "intervals of integers": lambda ticks: pd.IntervalIndex.from_arrays(
        np.array(ticks), np.add(ticks, 1)
    ),
    "business days": lambda ticks: pd.DatetimeIndex(stamps(ticks)),
}
every_clock = pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)
TRANSFORMERS = {
    "windows": SlidingWindowTransformer(3, padding=-1.0),
    "states": ReservoirTransformer(5, random_state=0),
}
every_transformer = pytest.mark.parametrize("kind", TRANSFORMERS)

gaps_are_told = pytest.mark.filterwarnings("ignore:The index of X has gaps")


def new(kind, **parameters):
    return copy.deepcopy(TRANSFORMERS[kind]).set_params(**parameters)


def numbered(index):
    """Rows that hold their place, counted from 1."""
    return pd.DataFrame({"row": np.arange(1.0, len(index) + 1)}, index=index)


def windows_of(rows, window_length=3, **parameters):
    windows = SlidingWindowTransformer(window_length, padding=-1.0, **parameters)
    return windows.fit_transform(rows)[:, :, 0]


def told(action, *args):
    """Sentences of all warnings of an action."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action(*args)
    return [str(one.message) for one in caught]


# Every index that holds times tells time


@gaps_are_told
@every_clock
@every_transformer
def test_an_index_of_any_kind_is_read_as_whole_numbers_are(clock, kind):
    ticks = np.array([0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 15, 16, 17, 30, 31, 32])
    plain = pd.DataFrame({"tick": ticks * 1.0}, index=pd.Index(ticks + 7))
    rows = plain.set_axis(clock(ticks))
    shuffled = np.random.default_rng(0).permutation(np.arange(8, 16))
    transformers = new(kind), new(kind)
    for part in (slice(8), slice(8, 16), slice(4, 8), slice(6, 10)):
        outs = [
            transformer.fit(of_all[:8]).transform(of_all[part])
            for transformer, of_all in zip(transformers, (rows, plain), strict=True)
        ]
        assert_array_equal(*outs)
    outs = [
        transformer.transform(of_all.iloc[shuffled])
        for transformer, of_all in zip(transformers, (rows, plain), strict=True)
    ]
    assert_array_equal(*outs)


@gaps_are_told
@every_clock
@pytest.mark.parametrize("cv", [KFold(3), KFold(4, shuffle=True, random_state=0)])
def test_no_window_of_a_fold_holds_a_later_row(clock, cv):
    rows = numbered(clock(range(60)))
    for train, test in cv.split(rows):
        windows = SlidingWindowTransformer(6).fit(rows.iloc[train])
        out = windows.transform(rows.iloc[test])[:, :, 0]
        assert (out <= out[:, -1:]).all()


@pytest.mark.parametrize(
    "clock", ["date32", "Int64", "objects: dates", "categories: dates", "Float64"]
)
@every_transformer
def test_a_row_without_a_time_is_named(clock, kind):
    index = CLOCKS[clock](range(6)).insert(6, None)
    with pytest.raises(ValueError, match="The index of X has no time at row 6"):
        new(kind).fit(numbered(index))


AWARE = pd.Timestamp("2024-01-01", tz="Europe/Berlin")
UNREADABLE = {
    "dates with and without a zone": [AWARE, START],
    "dates and numbers": [DAY, 3],
    "dates and strings": [DAY, "total"],
    "dates and time differences": [DAY, dt.timedelta(1)],
    "dates and periods": [pd.Period("2024-01"), DAY],
    "periods of two lengths": [pd.Period("2024-01"), pd.Period("2024-02-01")],
    "truths and times of day": [True, dt.time(1)],
    "a number that is not finite": [1.0, np.inf],
    "a number too large": [1, 10**400],
    "a float too large": [1.0, 1e305],
    "a date too far off": [np.datetime64(2**60, "s"), np.datetime64(0, "s")],
}


@pytest.mark.parametrize("rows", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit", "transform"])
@every_transformer
def test_times_that_cannot_be_read_are_one_sentence(kind, method, rows):
    X = numbered(pd.Index(rows, dtype=object))
    transformer = new(kind)
    if method in ("transform", "partial_fit"):
        transformer.fit(numbered(pd.Index(days(range(5)))))
    with pytest.raises(ValueError, match=r"^The index of X ") as caught:
        getattr(transformer, method)(X)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


NO_CLOCKS = {
    "strings": lambda n: pd.Index([f"t{i}" for i in range(n)]),
    "strings of pyarrow": lambda n: pd.Index(
        [f"t{i}" for i in range(n)], dtype="string[pyarrow]"
    ),
    "pyarrow's strings": lambda n: pd.Index(
        [f"t{i}" for i in range(n)], dtype=pd.ArrowDtype(pa.string())
    ),
    "categories: strings": lambda n: pd.CategoricalIndex([f"t{i}" for i in range(n)]),
    "strings and numbers": lambda n: pd.Index(["a", *range(n - 1)]),
    "truths": lambda n: pd.Index([True, False] * n, dtype=bool)[:n],
    "nothing": lambda n: pd.Index([None] * n, dtype=object),
    "tuples": lambda n: pd.Index([(1, "a")] * n, tupleize_cols=False),
}


@pytest.mark.parametrize("make", NO_CLOCKS.values(), ids=NO_CLOCKS)
@every_transformer
def test_an_index_that_holds_no_times_leaves_rows_as_they_come(kind, make):
    rows = numbered(make(30)).set_axis([0], axis=1)
    values = rows.to_numpy()
    out = new(kind).fit(rows[:20]).transform(rows[20:])
    assert_array_equal(out, new(kind).fit(values[:20]).transform(values[20:]))


@pytest.mark.parametrize(
    "label",
    [
        *["%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%d %b %Y"],
        *["%d-%b-%y", "%m/%d/%y", "%d.%m.%y", "%y%m%d", "%G-W%V-%u", "%b %d, %y"],
        *["%y-%m-%d", "%d%b%Y", "%a %H:%M", "%Y%m%d%H%M", "%d/%m/%y %H:%M", "%H:%M:%S"],
    ],
)
@pytest.mark.parametrize("dtype", ["str", object, "string[pyarrow]", "category"])
@every_transformer
def test_dates_that_nobody_parsed_are_told_once_a_fit(kind, label, dtype):
    labels = pd.Index([day.strftime(label) for day in days(range(30))], dtype=dtype)
    rows = numbered(labels)
    transformer = new(kind)
    for fit in (transformer.fit, transformer.fit_transform):
        (sentence,) = told(fit, rows)
        assert "rows are taken in the order given" in sentence
        assert "pd.to_datetime" in sentence
        assert len(sentence) < 300
    assert told(transformer.transform, rows) == []


# The last level tells time


def with_levels(**levels):
    index = pd.MultiIndex.from_product(levels.values(), names=levels)
    return pd.DataFrame({"row": np.arange(1.0, len(index) + 1)}, index=index)


DATES = pd.date_range("2024-01-01", periods=5)
SWAPPED = {
    "date, ticker": {"date": DATES, "ticker": ["a", "b"]},
    "date, number": {"date": DATES, "ticker": [101, 102]},
    "date, exchange, ticker": {"date": DATES, "exchange": ["x", "y"], "ticker": ["a"]},
    "exchange, date, ticker": {"exchange": ["x", "y"], "date": DATES, "ticker": ["a"]},
    "numbers, ticker": {"t": range(5), "ticker": ["a", "b"]},
    "periods, ticker": {"month": DATES.to_period("D"), "ticker": ["a", "b"]},
    "date32, ticker": {
        "date": pd.Index(DATES.date, dtype=pd.ArrowDtype(pa.date32())),
        "ticker": ["a", "b"],
    },
    "strings of dates, ticker": {"date": DATES.astype(str), "ticker": ["a", "b"]},
    "strings without a century, ticker": {
        "date": DATES.strftime("%d-%b-%y"),
        "ticker": ["a", "b"],
    },
    "days in digits, number": {
        "date": DATES.strftime("%Y%m%d").astype(int),
        "ticker": [10107, 93436],
    },
    "date, categories": {"date": DATES, "ticker": pd.CategoricalIndex(["a", "b"])},
}


@pytest.mark.parametrize("levels", SWAPPED.values(), ids=SWAPPED)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit", "transform"])
@pytest.mark.parametrize("named", [True, False])
@every_transformer
def test_a_time_before_the_last_level_is_an_error_whose_cure_works(
    kind, named, method, levels
):
    X = with_levels(**levels)
    if not named:
        X.index.names = [None] * X.index.nlevels
    transformer = new(kind)
    if method in ("transform", "partial_fit"):
        transformer.fit(numbered(DATES))
    with pytest.raises(
        ValueError, match=r"^The last level of the index of X"
    ) as caught:
        getattr(transformer, method)(X)
    sentence = str(caught.value)
    assert len(sentence) < 300
    assert ("'ticker'" in sentence) == named
    cure = sentence.split("X = ")[1].rstrip(".")
    mended = eval(cure, {"X": X})  # as the sentence says
    if "strings" in str(levels) or isinstance(mended.index.levels[-1][0], str):
        mended.index = mended.index.set_levels(
            pd.to_datetime(mended.index.levels[-1], format="mixed"), level=-1
        )
    windows = windows_of(mended)
    for name in set(mended.index.droplevel(-1)):
        own = mended.index.droplevel(-1) == name
        assert_array_equal(windows[own], windows_of(mended[own].to_numpy()))


VALID = {
    "ticker, date": {"ticker": ["a", "b"], "date": DATES},
    "ticker, numbers": {"ticker": ["a", "b"], "t": range(5)},
    "numbers, numbers": {"store": [1, 2], "t": range(5)},
    "few numbers like months, numbers": {"store": [202401, 202402], "t": range(5)},
    "days in digits twice": {
        "issued": [20240101, 20240201],
        "date": [20240101, 20240102],
    },
    "codes, strings": {"ticker": ["600519", "000001"], "t": list("vwxyz")},
    "names with digits, strings": {"ticker": ["MAR01", "SEP20 C"], "t": list("vw")},
    "numbers, date": {"store": [1, 2], "date": DATES},
    "date of issue, date": {"issued": DATES[:2], "date": DATES},
    "region, store, date": {"region": ["n", "s"], "store": [1, 2], "date": DATES},
    "ticker, strings": {"ticker": ["a", "b"], "t": list("vwxyz")},
}


@pytest.mark.parametrize("levels", VALID.values(), ids=VALID)
@every_transformer
def test_panels_whose_last_level_may_be_time_are_read(kind, levels):
    X = with_levels(**levels)
    out = new(kind).fit_transform(X)
    for name in set(X.index.droplevel(-1)):
        own = X.index.droplevel(-1) == name
        assert_array_equal(out[own], new(kind).fit_transform(X[own].to_numpy()))


def test_months_in_digits_before_the_last_level_are_an_error():
    months = [202301 + month for month in range(12)] + [202401]
    X = with_levels(month=months, ticker=[10107, 93436])
    with pytest.raises(ValueError, match=r"'ticker', must tell time, as 'month' does"):
        SlidingWindowTransformer(3).fit(X)


@every_transformer
def test_periods_of_business_days_bring_no_warning_of_pandas(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of making them
        rows = numbered(pd.period_range("2024-01-01", periods=60, freq="B"))
    transformer = new(kind)
    for method in (transformer.fit, transformer.transform, transformer.fit_transform):
        assert told(method, rows) == []


@given(
    names=st.lists(st.sampled_from("abc"), min_size=2, max_size=40),
    n_train=st.integers(1, 39),
    repeated=st.booleans(),
    carry_history=st.sampled_from(["auto", True, False]),
    seed=st.integers(0, 99),
)
@settings(deadline=None, max_examples=60)
def test_series_without_times_are_windowed_as_if_each_were_alone(
    names, n_train, repeated, carry_history, seed
):
    n_train = min(n_train, len(names) - 1)
    labels = [f"t{i}" for i in range(len(names))]
    X = numbered(pd.MultiIndex.from_arrays([names, labels]))
    train = X[:n_train]
    order = np.random.default_rng(seed).permutation(len(names)) if repeated else None
    rows = (
        X[n_train:] if order is None else X.iloc[np.sort(order[: len(order) // 2 + 1])]
    )
    windows = SlidingWindowTransformer(
        4, padding=-1.0, carry_history=carry_history
    ).fit(train)
    out = windows.transform(rows)[:, :, 0]
    for name in set(rows.index.get_level_values(0)):
        own = rows.index.get_level_values(0) == name
        values = rows[own].to_numpy()
        seen = train[train.index.get_level_values(0) == name].to_numpy()
        if len(seen):
            alone = copy.deepcopy(windows).fit(seen).transform(values)[:, :, 0]
        else:
            alone = windows_of(values, 4)
        assert_array_equal(out[own], alone)


# Sessions


def sessions(dates, begin, end, step, tz=None):
    """Times from `begin` to `end` (not included), of each of the dates."""
    within = np.arange(pd.Timedelta(begin), pd.Timedelta(end), pd.Timedelta(step))
    times = pd.DatetimeIndex((dates.to_numpy()[:, np.newaxis] + within).ravel())
    return times.tz_localize(tz) if tz else times


def weekdays(periods, start="2024-09-02"):
    return pd.bdate_range(start, periods=periods)


def without(dates, *closed):
    return dates.drop(pd.DatetimeIndex(closed))


def assert_unbroken(index, n_train, window_length=60):
    """Assert that windows see all rows before, in fit and after it."""
    rows, values = numbered(index), numbered(index).to_numpy()
    expected = windows_of(values, window_length)
    windows = SlidingWindowTransformer(window_length, padding=-1.0)
    assert_array_equal(
        windows.fit_transform(rows[:n_train])[:, :, 0], expected[:n_train]
    )
    assert_array_equal(windows.transform(rows[n_train:])[:, :, 0], expected[n_train:])


NEW_YORK = "America/New_York"
FRIDAYS = pd.date_range("2024-01-05", periods=20, freq="7D")
CHRISTMAS = ("2024-12-24", "2024-12-25", "2024-12-26", "2025-01-01")
MINUTES = sessions(weekdays(25), "9h", "11.5h", "5min").append(
    sessions(weekdays(25), "12.5h", "15h", "5min")
)
HOURS = pd.date_range("2024-01-01", periods=24 * 90, freq="h", tz=NEW_YORK)
IN_WEEK = HOURS.dayofweek * 24 + HOURS.hour
FOREX = HOURS[(IN_WEEK < 4 * 24 + 17) | (IN_WEEK >= 6 * 24 + 17)]

# index, and how much of it is trained on: closures come before and after.
SESSIONS = {
    "hourly bars": (sessions(weekdays(60), "9h", "17h", "1h"), 0.5),
    "hourly bars, few of them": (sessions(weekdays(40), "9h", "17h", "1h"), 0.1),
    "hourly bars, a Tuesday closed": (
        sessions(without(weekdays(40), "2024-10-15"), "9h", "17h", "1h"), 0.5,
    ),
    "hourly bars over Christmas": (
        sessions(without(weekdays(100), *CHRISTMAS), "9h", "17h", "1h"), 0.5,
    ),
    "daily bars over Christmas": (without(weekdays(150), *CHRISTMAS), 0.4),
    "daily bars, Golden Week": (weekdays(400).delete(range(290, 296)), 0.6),
    "daily bars, Golden Week in fit": (weekdays(400).delete(range(90, 96)), 0.6),
    "a half day before Christmas": (
        (lambda times: times[~((times.day == 24) & (times.hour > 12))])(
            sessions(without(weekdays(100), *CHRISTMAS[1:]), "9h", "17h", "5min")
        ),
        0.5,
    ),
    "three sessions, right after fit": (
        sessions(weekdays(60).delete([30, 31, 32]), "9h", "17h", "5min"), 30 / 57,
    ),
    "three days, right after fit": (weekdays(100).delete([60, 61, 62]), 60 / 97),
    "dates of pyarrow over Christmas": (
        pd.Index(
            without(weekdays(150), *CHRISTMAS).date, dtype=pd.ArrowDtype(pa.date32())
        ),
        0.5,
    ),
    "periods of days over Christmas": (
        without(weekdays(150), *CHRISTMAS).to_period("D"), 0.5,
    ),
    "bars of five minutes, a lunch break": (MINUTES.sort_values(), 0.3),
    "half a day": (
        MINUTES.sort_values()[
            ~((MINUTES.sort_values().day == 25) & (MINUTES.sort_values().hour > 10))
        ],
        0.5,
    ),
    "a week but its end": (FOREX, 0.5),
    "a week but its end, in UTC": (FOREX.tz_convert("UTC"), 0.5),
    "a week but its end, a day closed": (
        FOREX[(FOREX < "2024-03-12 17:00-04:00") | (FOREX >= "2024-03-13 17:00-04:00")],
        0.5,
    ),
    "clocks that go forward": (
        sessions(weekdays(60, "2024-02-01"), "9.5h", "16h", "15min", NEW_YORK),
        0.3,
    ),
    "clocks that go forward, in UTC": (
        sessions(
            weekdays(60, "2024-02-01"), "9.5h", "16h", "15min", "America/New_York"
        ).tz_convert(None),
        0.3,
    ),
    "clocks that go back, in UTC": (
        sessions(
            weekdays(80), "9.5h", "16h", "5min", "America/New_York"
        ).tz_convert("UTC"),
        0.4,
    ),
    "one session a week": (
        sessions(FRIDAYS, "9h", "17h", "10min"),
        0.5,
    ),
    "every day but Sunday": (
        without(
            pd.date_range("2024-01-01", periods=150)[
                pd.date_range("2024-01-01", periods=150).dayofweek < 6
            ],
            "2024-05-01", "2024-05-09",
        ),
        0.5,
    ),
    "two rows a day": (
        sessions(weekdays(80), "10.5h", "19h", "4.5h"), 0.5,
    ),
    "hours since the first": (
        sessions(weekdays(40), "9h", "17h", "1h") - pd.Timestamp("2024-09-02"), 0.5,
    ),
    "an hour of every night": (
        (lambda times: times[times.hour != 3])(
            pd.date_range("2024-01-01", periods=12 * 24 * 14, freq="5min")
        ),
        0.5,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SESSIONS.values(), ids=SESSIONS)
def test_windows_reach_over_regular_closures_and_holidays(case):
    index, share = case
    assert_unbroken(index, int(share * len(index)))


@given(
    first=st.integers(0, 23 * 60),
    length=st.integers(2, 12),
    minutes=st.sampled_from([5, 15, 30, 60]),
    weekdays_open=st.sets(st.integers(0, 6), min_size=2, max_size=6),
    zone=st.sampled_from([None, "America/New_York", "Asia/Tokyo", "UTC"]),
    closed=st.sets(st.integers(30, 50), max_size=2),
)
@settings(deadline=None, max_examples=40)
def test_windows_reach_over_nights_and_days_off_of_any_sessions(
    first, length, minutes, weekdays_open, zone, closed
):
    n_steps = length * 60 // minutes
    assume(first + length * 60 <= 24 * 60)
    dates = pd.date_range("2024-04-15", periods=70)
    dates = dates[np.isin(dates.dayofweek, list(weekdays_open))]
    n_days = len(dates)
    dates = dates.delete([day for day in closed if day < n_days])
    index = sessions(
        dates,
        pd.Timedelta(first, "min"),
        pd.Timedelta(first + n_steps * minutes, "min"),
        pd.Timedelta(minutes, "min"),
        zone,
    )
    n_train = (n_days // 2) * n_steps
    assert_unbroken(index, min(n_train, len(index) - 1), 20)


@gaps_are_told
@given(
    begin=st.integers(24, 24 * 19),
    length=st.integers(3, 200),
    minutes=st.sampled_from([5, 30, 60]),
    n_train=st.integers(24, 24 * 19),
)
@settings(deadline=None, max_examples=40)
def test_an_outage_of_a_series_without_sessions_breaks_wherever_it_is(
    begin, length, minutes, n_train
):
    times = pd.date_range("2024-01-01", periods=24 * 20 + length, freq=f"{minutes}min")
    index = times.delete(range(begin, begin + length))
    rows = numbered(index)
    windows = SlidingWindowTransformer(8, padding=-1.0)
    out = windows.fit_transform(rows[:n_train])
    out = np.vstack([out, windows.transform(rows[n_train:])])[:, :, 0]
    assert_array_equal(out[begin], [-1] * 7 + [begin + 1])
    assert_array_equal(out[begin - 1], np.arange(begin - 7, begin + 1))


OUTAGES = {
    "three weeks of daily bars": weekdays(100).delete(range(60, 75)),
    "two hours of a session": MINUTES.sort_values().delete(range(900, 924)),
    "a session and the next morning": sessions(weekdays(60), "9h", "17h", "1h").delete(
        range(325, 340)
    ),
    "days of a week without its end": FOREX.delete(range(905, 935)),
    "half a day beside an hour of every night": SESSIONS["an hour of every night"][
        0
    ].delete(range(3000, 3100)),
}


# Sessions, and the length of their rows in minutes.
PLACES = {
    "bars": (sessions(weekdays(40), "9h", "17h", "5min"), 5),
    "bars of an hour": (sessions(weekdays(40), "9h", "17h", "1h"), 60),
    "bars and lunch": (MINUTES.sort_values(), 5),
    "bars with hours of the summer": (
        sessions(
            weekdays(45, "2024-09-16"), "9.5h", "16h", "5min", NEW_YORK
        ).tz_convert("UTC"),
        5,
    ),
    "a plant with a short break": (
        (lambda times: times[~((times.hour == 12) & (times.minute < 20))])(
            sessions(pd.date_range("2024-01-01", periods=30), "6h", "22h", "5min")
        ),
        5,
    ),
    "currencies": (FOREX, 60),
}


@gaps_are_told
@given(place=st.sampled_from(list(PLACES)), data=st.data())
@settings(deadline=None, max_examples=80)
def test_an_outage_within_or_across_sessions_breaks_and_nothing_else_does(place, data):
    index, minutes = PLACES[place]
    index = index.tz_localize(None) if index.tz is not None else index
    closed = np.append(True, np.diff(index.asi8) > 60.5 * 60 * 10**6)
    first = np.maximum.accumulate(np.where(closed, np.arange(len(index)), 0))
    after_begin = np.arange(len(index)) - first
    # Rows with so much of the session on either side that no late begin explains them.
    n_rows = 3 if minutes == 60 else 16
    deep = np.flatnonzero(after_begin >= n_rows)
    deep = deep[deep < len(index) - n_rows]
    begin, end = sorted(data.draw(st.sampled_from(list(deep))) for _ in range(2))
    assume(4 <= end - begin <= len(index) // 8)
    n_train = data.draw(st.integers(len(index) // 2, len(index) - 5))
    rows = numbered(index.delete(range(begin, end)))
    windows = SlidingWindowTransformer(4, padding=-1.0)
    n_train = min(n_train, len(rows) - 4)
    out = windows.fit_transform(rows[:n_train])
    out = np.vstack([out, windows.transform(rows[n_train:])])[:, :, 0]
    expected = windows_of(rows.to_numpy(), 4).copy()
    expected[begin : begin + 3][np.arange(4) < 3 - np.arange(3)[:, np.newaxis]] = -1
    assert_array_equal(out, expected)


LEARNT_IN_PARTS = {
    "hours": sessions(weekdays(40), "9h", "16h", "1h"),
    "five minutes and lunch": MINUTES.sort_values(),
    "currencies": FOREX[:1000],
    "over Christmas": sessions(
        without(weekdays(40, "2024-11-25"), *CHRISTMAS), "9h", "16h", "1h"
    ),
}


@gaps_are_told
@pytest.mark.parametrize("index", LEARNT_IN_PARTS.values(), ids=LEARNT_IN_PARTS)
@every_transformer
def test_sessions_learnt_in_parts_are_those_learnt_at_once(kind, index):
    rows = numbered(index)
    transformer = new(kind)
    for _, day in rows.groupby(index.normalize()):
        transformer.partial_fit(day)
        assert len(pickle.dumps(transformer)) < 60_000
    following = rows.set_axis(index + pd.Timedelta(56, "D"))
    at_once = new(kind).fit(rows)
    if kind == "windows":
        expected = at_once.transform(rows)
        assert_array_equal(transformer.transform(rows), expected)
    assert_array_equal(transformer.transform(following), at_once.transform(following))


@gaps_are_told
@pytest.mark.parametrize("gap", [4, 5, 20, 60])
@pytest.mark.parametrize("kind", ["weekdays", "sessions"])
def test_rows_left_out_before_a_test_fold_cut_it_off_as_they_do_with_days(kind, gap):
    rows = numbered(
        weekdays(200)
        if kind == "weekdays"
        else sessions(weekdays(80), "9h", "16h", "1h")
    )
    gap *= 1 if kind == "weekdays" else 7
    for train, test in TimeSeriesSplit(3, test_size=20, gap=gap).split(rows):
        windows = SlidingWindowTransformer(5, padding=-1.0).fit(rows.iloc[train])
        for part in (test, test[:1]):
            out = windows.transform(rows.iloc[part])[:, :, 0]
            assert_array_equal(out, windows_of(rows.to_numpy()[part], 5))


@gaps_are_told
@pytest.mark.parametrize("n_splits", [3, 5, 10])
def test_the_hole_of_a_test_fold_breaks_weekdays(n_splits):
    rows = numbered(weekdays(20 * n_splits))
    for train, test in KFold(n_splits).split(rows):
        windows = SlidingWindowTransformer(5, padding=-1.0)
        out = windows.fit_transform(rows.iloc[train])[:, :, 0]
        after = np.flatnonzero(train > test[-1])[:1]
        assert_array_equal(out[after, :-1], np.full((len(after), 4), -1))


@gaps_are_told
@pytest.mark.parametrize("index", OUTAGES.values(), ids=OUTAGES)
def test_an_outage_breaks_sessions_too(index):
    steps = np.diff(index.asi8)
    (at,) = np.flatnonzero(
        windows_of(numbered(index), 8, carry_history="auto")[10:, 0] < 0
    )[:1]
    assert steps[at + 9] > 3 * np.median(steps)
    rows = numbered(index)
    n_train = at // 2
    windows = SlidingWindowTransformer(8, padding=-1.0).fit(rows[:n_train])
    out = windows.transform(rows[n_train:])[:, :, 0]
    assert_array_equal(out[at + 10 - n_train, :-1], [-1] * 7)


def test_each_series_of_a_panel_has_sessions_of_its_own():
    parts = {
        "stock": sessions(weekdays(30), "9h", "17h", "1h"),
        "currency": pd.date_range("2024-09-02", periods=24 * 40, freq="h"),
        "fund": weekdays(60),
    }
    out, train = {}, []
    for name, index in parts.items():
        rows = numbered(pd.MultiIndex.from_product([[name], index]))
        out[name] = rows
        train.append(rows[: len(rows) // 2])
    windows = SlidingWindowTransformer(20, padding=-1.0).fit(pd.concat(train))
    for rows in out.values():
        n_train = len(rows) // 2
        given_rows = windows.transform(rows[n_train:])[:, :, 0]
        assert_array_equal(given_rows, windows_of(rows.to_numpy(), 20)[n_train:])
    # One that is new has the hours of all.
    new_rows = out["stock"].rename(index={"stock": "new"}, level=0)
    only_stock = SlidingWindowTransformer(20, padding=-1.0).fit(
        pd.concat([out["stock"], out["stock"].rename(index={"stock": "b"}, level=0)])
    )
    given_rows = only_stock.transform(new_rows)[:, :, 0]
    assert_array_equal(given_rows, windows_of(new_rows.to_numpy(), 20))


def test_hours_are_those_of_the_place_that_fit_saw():
    index = sessions(weekdays(40), "9h", "16h", "1h", NEW_YORK)
    rows = numbered(index)
    windows = SlidingWindowTransformer(20, padding=-1.0).fit(rows[:140])
    expected = windows.transform(rows[140:])
    for zone in ("UTC", "Asia/Tokyo"):
        assert_array_equal(windows.transform(rows[140:].tz_convert(zone)), expected)


# Gaps that are told


def gap_sentences(transformer, method, X):
    sentences = told(getattr(transformer, method), X)
    return [one for one in sentences if "has gaps" in one]


@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
@pytest.mark.parametrize("n_gaps", [1, 2, 4])
def test_more_than_a_twentieth_of_windows_cut_is_told_with_their_number(n_gaps, method):
    ticks = np.arange(400) + 50 * (
        np.arange(400)[:, None] >= 100 * np.arange(1, n_gaps)
    ).sum(1)
    windows = SlidingWindowTransformer(12, padding="nan")
    rows = numbered(pd.Index(ticks + 5))
    sentences = gap_sentences(windows, method, rows)
    n_cut = (
        np.isnan(windows.transform(rows)[:, 0, 0]).sum() - 11
        if n_gaps < 2
        else 11 * (n_gaps - 1)
    )
    if n_cut <= 20:
        assert sentences == []
    else:
        (sentence,) = sentences
        assert f"{n_cut} of 400 rows" in sentence
        assert "gaps of up to 51 median steps" in sentence
        assert "carry_history=True ignores gaps" in sentence
        assert len(sentence) < 300


@every_transformer
def test_gaps_between_rows_given_are_told_once_and_those_before_them_are_not(kind):
    rows = numbered(pd.Index(np.arange(100) + 40 * (np.arange(100) >= 60)))
    transformer = new(kind).fit(rows[:50])
    assert gap_sentences(transformer, "transform", rows[60:]) == []
    (sentence,) = gap_sentences(transformer, "transform", rows[50:85])
    n_cut = 2 if kind == "windows" else 20
    if kind == "windows":
        assert told(transformer.transform, rows[58:70]) == []
    assert "gaps of up to 41 median steps" in sentence
    assert f"{n_cut} of 35 rows" in sentence
    assert gap_sentences(transformer, "transform", rows[50:90]) == []
    transformer = new(kind, carry_history=True).fit(rows[:50])
    assert told(transformer.transform, rows[50:]) == []


@every_transformer
def test_starts_of_series_and_short_series_are_no_gaps(kind):
    short = pd.MultiIndex.from_product([range(30), [1, 2]])
    assert told(new(kind).fit, numbered(short)) == []
    ticks = [1, 2, 3, 50]  # fewer rows than a window
    windows = SlidingWindowTransformer(10)
    assert told(windows.fit, numbered(pd.Index(ticks))) == []
    rows = numbered(pd.Index(range(100, 200)))
    transformer = new(kind).fit(rows[50:])
    assert told(transformer.transform, rows[:40]) == []  # long before
    assert told(transformer.transform, rows) == []


@pytest.mark.parametrize("index", ["numbers", "dates"])
@every_transformer
def test_rows_that_were_sampled_or_shuffled_are_told_where_an_index_shows_it(
    kind, index
):
    rows = numbered(
        range(400) if index == "numbers" else pd.date_range("2020", periods=400)
    )
    some = rows.sample(frac=0.5, random_state=0)
    transformer = new(kind)
    if kind == "windows":
        transformer.set_params(window_length=20)
    (sentence,) = gap_sentences(transformer, "fit", some.sort_index())
    assert "sampled or shuffled" in sentence
    with pytest.raises(ValueError, match=r"goes back in time .* may shuffle them"):
        transformer.fit(some)


# Rows that take the place of others


OUT_OF_PLACE = "is taken to follow the training rows at once, as other rows were"


def some_rows(n_rows=60):
    return np.random.default_rng(0).normal(size=(n_rows, 2))


def to_frame(rows):
    return pd.DataFrame(rows)


@pytest.mark.parametrize("n_rows", [1, 2, 3, 10, 40])
@pytest.mark.parametrize("form", ["array", "dates", "weekdays"])
@every_transformer
def test_blocks_after_blocks_that_nobody_fitted_are_told_once(kind, form, n_rows):
    n_train, starts = 40, range(40 + 8 * (form != "array"), 400, n_rows)
    rows, index = some_rows(440), pd.date_range("2024-01-01", periods=440)
    if form != "array":
        index = weekdays(440) if form == "weekdays" else index
        rows = pd.DataFrame(rows, index=index)
    transformer = new(kind).fit(rows[:n_train])
    (sentence,) = told(
        lambda: [transformer.transform(rows[at : at + n_rows]) for at in starts]
    )
    start = "X has no index" if form == "array" else "X begins after a gap"
    assert sentence.startswith(start)
    assert "call partial_fit of the transformer with these rows" in sentence
    assert len(sentence) < 300
    for at in range(n_train, 60, n_rows):
        assert told(transformer.partial_fit, rows[at : at + n_rows]) == []
        assert told(transformer.transform, rows[at + n_rows : at + 2 * n_rows]) == []


@pytest.mark.parametrize("index", [weekdays(400), pd.date_range("2024", periods=400)])
@pytest.mark.parametrize("gap", [0, 3, 20])
def test_folds_of_dated_rows_are_not_told(index, gap):
    rows = pd.DataFrame(some_rows(400), index=index)
    pipe = make_pipeline(SlidingWindowTransformer(20, flatten=True), Ridge())
    cv = TimeSeriesSplit(3, gap=gap)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learning_curve(pipe, rows, rows[0], cv=cv, error_score="raise")
        cross_validate(
            pipe, rows, rows[0], cv=cv, return_train_score=True, error_score="raise"
        )


def test_permuted_columns_are_not_told():
    rows = some_rows(300)
    pipe = make_pipeline(SlidingWindowTransformer(30, flatten=True), Ridge())
    pipe.fit(rows[:280], rows[:280, 0])
    importance = told(permutation_importance, pipe, rows[280:], rows[280:, 0])
    assert importance == []


@pytest.mark.parametrize("form", [np.asarray, to_frame])
@every_transformer
def test_rows_predicted_one_by_one_without_an_index_are_told_once(kind, form):
    rows = some_rows()
    pipe = make_pipeline(
        new(kind, **({"flatten": True} if kind == "windows" else {})), Ridge()
    )
    pipe.fit(form(rows[:40]), rows[:40, 0])
    sentences = told(
        lambda: [pipe.predict(form(rows[at : at + 1])) for at in range(40, 60)]
    )
    (sentence,) = sentences
    assert OUT_OF_PLACE in sentence
    assert "partial_fit" in sentence
    assert "index" in sentence
    assert len(sentence) < 300


@every_transformer
def test_rows_in_their_place_are_not_told(kind):
    rows = some_rows(80)
    transformer = new(kind).fit(rows[:40])

    def by_calls(calls):
        return told(lambda: [transformer.transform(block) for block in calls])

    row, other = rows[40:41], rows[41:42]
    assert by_calls([row, row, row]) == []  # the same again
    assert by_calls([rows[40 : 40 + n] for n in range(1, 20)]) == []  # it grows
    transformer.fit(rows[:40])
    assert by_calls([rows[:40], rows[40:60], rows[60:], rows[:40]]) == []
    transformer.fit(rows[:40])
    assert by_calls([row, row + 0.1]) == []
    transformer.fit(rows[:40])
    others = np.tile(rows[40:60], (9, 1, 1))
    others[:, :, 0] += np.arange(9)[:, np.newaxis]  # one column is another
    assert by_calls(others) == []
    transformer.fit(rows[:40])
    for at in range(40, 60):
        assert by_calls([rows[at : at + 1]]) == []
        transformer.partial_fit(rows[at : at + 1])
    dated = pd.DataFrame(rows, index=pd.date_range("2024", periods=80))
    transformer.fit(dated[:40])
    late = dated[60:61]
    assert by_calls([late, late + 1, late + 2, late + 3, dated[70:]]) == []
    assert by_calls([dated[at : at + 1] for at in range(40, 43)]) == []
    transformer = new(kind, carry_history=False).fit(rows[:40])
    assert by_calls([row, other]) == []


def test_windows_of_one_row_and_folds_are_not_told():
    rows = some_rows()
    windows = SlidingWindowTransformer(1).fit(rows[:40])
    assert told(lambda: [windows.transform(row[np.newaxis]) for row in rows]) == []
    pipe = make_pipeline(SlidingWindowTransformer(30, flatten=True), Ridge())
    assert told(cross_val_predict, pipe, rows, rows[:, 0]) == []
    for train, test in TimeSeriesSplit(5, test_size=5).split(rows):
        assert told(pipe.fit(rows[train], rows[train, 0]).predict, rows[test]) == []


@every_transformer
@pytest.mark.parametrize(
    "again",
    [
        copy.deepcopy,
        lambda one: pickle.loads(pickle.dumps(one)),
        lambda one: skops.io.loads(
            skops.io.dumps(one),
            trusted=skops.io.get_untrusted_types(data=skops.io.dumps(one)),
        ),
    ],
)
def test_what_transform_saw_is_no_part_of_what_was_fitted(kind, again):
    rows = some_rows()
    transformer = new(kind).fit(rows[:40])
    before, stored = dict(vars(transformer)), pickle.dumps(transformer)
    transformer.transform(rows[40:41])
    assert vars(transformer) == before or list(vars(transformer)) == list(before)
    assert all(vars(transformer)[name] is value for name, value in before.items())
    assert pickle.dumps(transformer) == stored
    assert told(transformer.transform, rows[41:42]) == []
    assert told(again(transformer).transform, rows[42:43]) == []
    (sentence,) = told(transformer.transform, rows[42:43])
    assert OUT_OF_PLACE in sentence


# All of a fit or nothing


DAYS = pd.date_range("2024", periods=40)
GOOD = pd.DataFrame(some_rows(40), index=DAYS, columns=["a", "b"])
FAULTS = {
    "NaN": GOOD.mask(GOOD.eq(GOOD.iloc[3, 1])),
    "a column less": GOOD[["a"]],
    "columns in another order": GOOD[["b", "a"]],
    "words": GOOD.astype(object).replace(GOOD.iloc[2, 0], "word"),
    "no row": GOOD[:0],
    "1-D": GOOD["a"],
    "times backwards": GOOD[::-1],
    "times twice": GOOD.iloc[[0, 0, 1]],
    "another kind of time": GOOD.set_axis(range(5, 45)),
    "no time for a row": GOOD.set_axis(DAYS.insert(0, pd.NaT)[:40]),
    "swapped levels": GOOD.set_axis(
        pd.MultiIndex.from_product([DAYS[:20], ["a", "b"]])
    ),
    "numbers too large": GOOD * 1e308,
}
# What partial_fit refuses, and fit takes; windows have no squares to take.
FIT_TAKES = {"a column less", "columns in another order", "another kind of time"}
FAILING = [
    (kind, method, fault)
    for kind in TRANSFORMERS
    for method in ("fit", "fit_transform", "partial_fit")
    for fault in FAULTS
    if method == "partial_fit"
    or fault not in FIT_TAKES | ({"numbers too large"} if kind == "windows" else set())
]


@pytest.mark.parametrize(("kind", "method", "fault"), FAILING)
def test_a_call_that_fails_leaves_the_transformer_as_it_was(kind, method, fault):
    X = FAULTS[fault]
    transformer = new(kind).fit(GOOD)
    before, stored = dict(vars(transformer)), pickle.dumps(transformer)
    out = transformer.transform(GOOD)
    with pytest.raises((TypeError, ValueError)):
        getattr(transformer, method)(X)
    assert list(vars(transformer)) == list(before)
    assert all(vars(transformer)[name] is value for name, value in before.items())
    assert pickle.dumps(transformer) == stored
    assert_array_equal(transformer.transform(GOOD), out)


@every_transformer
def test_partial_fit_changes_nothing_that_another_transformer_shares(kind):
    transformer = new(kind).fit(GOOD[:30])
    other = copy.copy(transformer)
    out = other.transform(GOOD[30:])
    stored = pickle.dumps(other)
    transformer.partial_fit(GOOD[30:])
    assert pickle.dumps(other) == stored
    assert_array_equal(other.transform(GOOD[30:]), out)


@every_transformer
def test_a_thread_that_transforms_sees_one_fit_or_the_other(kind):
    blocks = [some_rows(30), some_rows(40)[:, :1].repeat(3, axis=1)]
    outs = [new(kind).fit(block).transform(block) for block in blocks]
    transformer = new(kind).fit(blocks[0])
    faults, done = [], threading.Event()

    def read():
        while not done.is_set():
            for block, out in zip(blocks, outs, strict=True):
                try:
                    if not np.array_equal(transformer.transform(block), out):
                        faults.append("rows of neither")
                except ValueError as error:  # columns of the other fit
                    if "features" not in str(error):
                        faults.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(60):
        transformer.fit(blocks[number % 2])
    done.set()
    thread.join()
    assert faults == []


# Numbers of numpy's


SCALARS = {
    ("windows", "window_length"): [np.uint8(5), np.int8(3), np.int64(4), np.uint64(2)],
    ("windows", "padding"): [
        np.str_("nan"),
        np.float32(0.5),
        np.int8(-3),
        np.uint8(250),
    ],
    ("windows", "carry_history"): [np.bool_(True), np.bool_(False), np.str_("auto")],
    ("windows", "flatten"): [np.bool_(True), np.bool_(False)],
    ("states", "n_reservoir"): [np.uint8(250), np.int8(7)],
    ("states", "num_layers"): [np.uint8(2), np.int8(3)],
    ("states", "spectral_radius"): [np.float16(0.5), np.float32(0.75), np.uint8(1)],
    ("states", "leak_rate"): [np.float16(0.5), np.float32(0.75), np.uint8(1)],
    ("states", "input_scaling"): [np.float16(0.5), np.float32(0.75), np.uint8(1)],
    ("states", "bias_scaling"): [np.float16(0.5), np.float32(0.75), np.uint8(1)],
    ("states", "connectivity"): [np.float16(0.5), np.float32(0.75), np.uint8(1)],
    ("states", "nonlinearity"): [np.str_("relu")],
    ("states", "carry_history"): [np.bool_(True), np.bool_(False), np.str_("auto")],
    ("states", "random_state"): [np.uint8(250), np.int64(7)],
}


@gaps_are_told
@pytest.mark.parametrize(("kind", "name"), SCALARS)
def test_numbers_of_numpy_are_those_of_python(kind, name):
    rows = numbered(pd.Index(np.arange(60) + 30 * (np.arange(60) >= 50)))
    for value in SCALARS[kind, name]:
        outs = []
        for same in (value, value.item()):
            transformer = new(kind, **{name: same})
            out = [
                transformer.fit_transform(rows[:40]),
                transformer.transform(rows[40:]),
            ]
            transformer.partial_fit(rows[40:])
            outs.append([*out, transformer.transform(rows[40:])])
            assert transformer.get_params()[name] is same
        for one, other in zip(*outs, strict=True):
            assert_array_equal(one, other)


def test_windows_for_a_loop_take_numbers_of_numpy():
    series = np.arange(600.0)
    for small, plain in ((np.uint8, int), (np.int8, int)):
        one = make_windows(
            series, small(120), small(100), step=small(100), target=small(0)
        )
        other = make_windows(series, plain(120), 100, step=100, target=0)
        for ours, theirs in zip(one, other, strict=True):
            assert_array_equal(ours, theirs)


HUGE = {
    ("windows", "window_length", 2**31): "window_length=2147483648 is too long for X",
    ("windows", "window_length", 10**30): "window_length",
    ("windows", "padding", 1e300): "padding=1e.300 is too large for X of dtype float32",
    ("states", "n_reservoir", 2**31): "n_reservoir=2147483648",
    ("states", "num_layers", 2**31): "num_layers=2147483648",
    ("states", "spectral_radius", 1e300): "spectral_radius=1e.300 is too large",
    ("states", "input_scaling", 1e300): "input_scaling=1e.300 is too large",
    ("states", "bias_scaling", 1e300): "bias_scaling=1e.300 is too large",
}


@pytest.mark.parametrize("case", HUGE, ids=str)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
def test_numbers_too_large_are_one_sentence(method, case):
    kind, name, value = case
    with pytest.raises(ValueError, match=HUGE[case]) as caught:
        getattr(new(kind, **{name: value}), method)(some_rows().astype(np.float32))
    assert len(str(caught.value)) < 300
