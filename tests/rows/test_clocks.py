"""An index of any kind that holds times tells time, and no other does."""

import datetime as dt
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import (
    KFold,
)
from timed_rows import every_transformer, gaps_are_told, new, numbered, told

from sklearn_rnn import SlidingWindowTransformer

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

every_clock = pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)


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


@every_transformer
def test_periods_of_business_days_bring_no_warning_of_pandas(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of making them
        rows = numbered(pd.period_range("2024-01-01", periods=60, freq="B"))
    transformer = new(kind)
    for method in (transformer.fit, transformer.transform, transformer.fit_transform):
        assert told(method, rows) == []
