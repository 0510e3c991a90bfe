"""Sessions: windows reach over regular closures, and break at outages."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.model_selection import (
    KFold,
    TimeSeriesSplit,
)
from timed_rows import (
    every_transformer,
    gaps_are_told,
    new,
    numbered,
    weekdays,
    windows_of,
)

from sklearn_rnn import SlidingWindowTransformer

pa = pytest.importorskip("pyarrow")

# Sessions


def sessions(dates, begin, end, step, tz=None):
    """Times from `begin` to `end` (not included), of each of the dates."""
    within = np.arange(pd.Timedelta(begin), pd.Timedelta(end), pd.Timedelta(step))
    times = pd.DatetimeIndex((dates.to_numpy()[:, np.newaxis] + within).ravel())
    return times.tz_localize(tz) if tz else times


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
