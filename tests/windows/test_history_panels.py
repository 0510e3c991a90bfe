"""Panels keep their series apart, and partial_fit appends to each."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from row_histories import (
    CLOCKS,
    FORMS,
    UNTIMED,
    WEEKDAYS,
    at_ticks,
    every_clock,
    panel,
    string_index,
    windows_after,
    windows_alone,
)
from timed_rows import gaps_are_told, numbered

from sklearn_rnn import SlidingWindowTransformer

rows_after_rows_are_told = pytest.mark.filterwarnings(
    "ignore:X has no index that places it"
)


# Panels


@pytest.mark.parametrize(
    "clock", [*CLOCKS.values(), string_index], ids=[*CLOCKS, "none"]
)
@pytest.mark.parametrize("n_levels", [2, 3])
def test_each_series_of_a_panel_is_windowed_as_if_alone(clock, n_levels):
    rng = np.random.default_rng(0)
    levels = [rng.choice(["a", "b"], 40) for _ in range(n_levels - 1)]
    rows = panel(numbered(clock(range(40))), *levels)  # interleaved
    windows = windows_alone(rows, carry_history=True)
    names = list(map(tuple, zip(*levels, strict=True)))
    assert len(set(names)) == 2 ** (n_levels - 1)
    for name in set(names):
        own = np.array([other == name for other in names])
        assert_array_equal(windows[own], windows_alone(rows[own].to_numpy()))


@pytest.mark.parametrize(
    "clock", [CLOCKS["dates"], string_index], ids=["dates", "none"]
)
def test_a_series_goes_on_with_its_own_history_and_a_new_one_with_none(clock):
    names = np.array(list("abab" * 4 + "cab" * 4))
    rows = panel(numbered(clock(range(28))), names)
    windows = windows_after(rows[:16], rows[16:], 4)
    whole = windows_alone(rows, 4)
    assert_array_equal(windows, whole[16:])
    assert_array_equal(windows[names[16:] == "c"][0], [-1, -1, -1, 17])


def test_the_same_time_may_stand_in_several_series():
    days = CLOCKS["dates"](range(5))
    rows = panel(numbered(days.append(days)), list("aaaaabbbbb"))
    assert_array_equal(windows_alone(rows)[5], [-1, -1, 6])
    assert_array_equal(windows_after(rows[:5], rows[5:]), windows_alone(rows)[5:])


@pytest.mark.parametrize(
    ("ticks", "fault"),
    [
        ([1, 1, 2, 3, 2], "repeats a time at row 4"),
        ([1, 2, 2, 3, 1], "goes back in time at row 4"),
    ],
)
def test_fit_names_the_row_of_a_panel_whose_time_does_not_increase(ticks, fault):
    rows = panel(numbered(CLOCKS["dates"](ticks)), list("ababa"))
    with pytest.raises(ValueError, match=f"The index of X {fault}"):
        SlidingWindowTransformer(2).fit(rows)


def test_a_series_whose_name_is_missing_is_a_series_of_its_own():
    names = ["a"] * 5 + [None] * 5 + ["b"] * 5
    rows = panel(numbered(CLOCKS["dates"]([*range(5)] * 3)), names)
    expected = [windows_alone(rows[i : i + 5].to_numpy()) for i in (0, 5, 10)]
    assert_array_equal(windows_alone(rows), np.vstack(expected))
    assert_array_equal(windows_after(rows, rows), np.vstack(expected))


@pytest.mark.parametrize(
    "clock", [CLOCKS["dates"], string_index], ids=["dates", "none"]
)
@pytest.mark.parametrize(
    ("train", "rows"), [("one", "panel"), ("panel", "one"), ("numpy", "panel")]
)
def test_rows_with_names_of_series_and_rows_without_share_no_history(
    train, rows, clock
):
    one = numbered(clock(range(20))).set_axis([0], axis=1)
    forms = {"one": one, "panel": panel(one, ["a"] * 20), "numpy": one.to_numpy()}
    windows = windows_after(forms[train][:10], forms[rows][10:])
    assert_array_equal(windows, windows_alone(forms[rows][10:]))


# All of it together, against a walk back in time from each row


def plain_timed_windows(seen, given_rows, window_length, longest):
    """Walk back from each row, one earlier row at a time.

    `seen` and `given_rows` map (series, time) to a value, `longest` a series to the
    longest step that does not end the walk.
    """
    known = seen | given_rows
    windows = []
    for series, time in given_rows:
        earlier = sorted(
            (t for s, t in known if s == series and t <= time), reverse=True
        )
        walk = [time]
        for later, before in pairwise(earlier):
            if later - before > longest[series] or len(walk) == window_length:
                break
            walk.append(before)
        window = [known[series, t] for t in reversed(walk)]
        windows.append([-1.0] * (window_length - len(window)) + window)
    return windows


@st.composite
def histories(draw):
    """Training rows and rows to transform, {(series, time): value} in their order."""
    places = st.tuples(st.sampled_from("abc"), st.integers(0, 30))
    places = draw(st.lists(places, min_size=2, max_size=40, unique=True))
    values = {place: float(i) for i, place in enumerate(places)}
    n_train = draw(st.integers(1, len(places)))
    train = sorted(places[:n_train], key=lambda place: place[1])
    again = draw(st.lists(st.sampled_from(train), max_size=3, unique=True))
    rows = draw(st.permutations(places[n_train:] + again))
    return [{place: values[place] for place in part} for part in (train, rows)]


def as_panel(rows):
    index = pd.MultiIndex.from_tuples(rows, names=["series", "time"])
    return pd.DataFrame({"value": list(rows.values())}, index=index)


@gaps_are_told
@given(
    history=histories(),
    window_length=st.integers(1, 6),
    carry_history=st.sampled_from(["auto", True, False]),
)
@settings(deadline=None, max_examples=150)
def test_windows_of_a_panel_are_those_of_a_walk_back_in_time(
    history, window_length, carry_history
):
    train, rows = history
    times = {name: [t for s, t in train if s == name] for name in "abc"}
    steps = {name: np.median(np.diff(t)) for name, t in times.items() if len(t) > 1}
    # A series without a step of its own takes the median series' one.
    usual = np.median(list(steps.values())) if steps else np.inf
    longest = {name: 3 * steps.get(name, usual) for name in "abc"}
    if carry_history is True:
        longest = dict.fromkeys("abc", np.inf)
    last = {
        (name, t): train[name, t]
        for name in "abc"
        for t in times[name][max(len(times[name]) - window_length + 1, 0) :]
    }

    transformer = SlidingWindowTransformer(
        window_length, padding=-1.0, carry_history=carry_history
    )
    windows = transformer.fit_transform(as_panel(train))[:, :, 0]
    assert_array_equal(windows, plain_timed_windows({}, train, window_length, longest))
    if rows:
        windows = transformer.transform(as_panel(rows))[:, :, 0]
        seen = {} if carry_history is False else last
        expected = plain_timed_windows(seen, rows, window_length, longest)
        assert_array_equal(windows, expected)


# partial_fit

NAMES = list("abababababababcabcab")
LIVE = {
    **UNTIMED,
    "dates": FORMS["dates"],
    "weekdays": lambda rows: pd.DataFrame(rows, index=WEEKDAYS[: len(rows)]),
    "panel": lambda rows: panel(FORMS["dates"](rows), NAMES),
    "panel without times": lambda rows: panel(UNTIMED["strings"](rows), NAMES),
}


@pytest.mark.parametrize("form", LIVE.values(), ids=LIVE)
@pytest.mark.parametrize("n_train", [2, 15])
def test_predicting_one_row_then_fitting_it_gives_the_windows_of_one_transform(
    form, n_train
):
    rows = form(np.random.default_rng(0).normal(size=(20, 2)))
    transformer = SlidingWindowTransformer(4, padding="nan").fit(rows[:n_train])
    at_once = transformer.transform(rows[n_train:])
    for at in range(n_train, 20):
        row = rows[at : at + 1]
        assert_array_equal(transformer.transform(row), at_once[[at - n_train]])
        transformer.partial_fit(row)


@rows_after_rows_are_told
@pytest.mark.parametrize("form", LIVE.values(), ids=LIVE)
def test_rows_fitted_in_parts_are_rows_fitted_at_once(form):
    rows = form(np.random.default_rng(0).normal(size=(20, 2)))
    in_parts = SlidingWindowTransformer(4).partial_fit(rows[:2])
    in_parts.partial_fit(rows[2:3]).partial_fit(rows[3:15])
    at_once = SlidingWindowTransformer(4).fit(rows[:15])
    for part in (rows[15:], rows[:15], rows[:2], rows):
        assert_array_equal(in_parts.transform(part), at_once.transform(part))


def test_rows_fitted_without_an_index_take_the_next_whole_numbers():
    rows = pd.DataFrame(np.arange(1.0, 21.0))
    transformer = SlidingWindowTransformer(3).fit(rows[:10])
    for at in range(10, 15):
        transformer.partial_fit(rows[at : at + 1].to_numpy())
    windows = transformer.transform(rows[15:])  # its index begins at 15
    assert_array_equal(windows[:, :, 0], windows_alone(rows)[15:])


@every_clock
def test_partial_fit_refuses_rows_that_are_not_later(clock):
    transformer = SlidingWindowTransformer(3).fit(at_ticks(clock, range(1, 11)))
    transformer.partial_fit(at_ticks(clock, [11, 12]))
    for ticks in ([12, 13], [5, 13]):
        with pytest.raises(ValueError, match="Row 0 of X is not later than the rows"):
            transformer.partial_fit(at_ticks(clock, ticks))


def test_partial_fit_names_the_row_of_its_series_that_is_not_later():
    rows = panel(numbered(CLOCKS["dates"]([1, 2, 3, 4])), list("aabb"))
    transformer = SlidingWindowTransformer(3).fit(rows)
    transformer.partial_fit(panel(numbered(CLOCKS["dates"]([3, 1])), list("ac")))
    late = panel(numbered(CLOCKS["dates"]([4, 4])), list("ab"))
    with pytest.raises(ValueError, match="Row 1 of X is not later than the rows"):
        transformer.partial_fit(late)


def test_partial_fit_needs_the_index_that_fit_saw():
    rows = at_ticks(CLOCKS["dates"], range(1, 11)).set_axis([0], axis=1)
    transformer = SlidingWindowTransformer(3).fit(rows)
    with pytest.raises(
        ValueError, match="no index that can be compared with the dates"
    ):
        transformer.partial_fit(np.array([[11.0]]))


@pytest.mark.parametrize(
    "clock", [CLOCKS["dates"], string_index], ids=["dates", "none"]
)
@pytest.mark.parametrize(
    ("train", "rows"), [("one", "panel"), ("panel", "one"), ("numpy", "panel")]
)
def test_partial_fit_refuses_rows_whose_series_cannot_be_told(train, rows, clock):
    one = numbered(clock(range(20))).set_axis([0], axis=1)
    several = panel(one, list("ab" * 10))
    forms = {"one": one, "panel": several, "numpy": one.to_numpy()}
    transformer = SlidingWindowTransformer(3).fit(forms[train][:10])
    with pytest.raises(ValueError, match="series"):
        transformer.partial_fit(forms[rows][10:])
