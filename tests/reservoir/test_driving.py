"""States of rows after others: history, gaps, series of a panel, and later rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from reservoir_rows import (
    CUTS,
    FORMS,
    N_KEPT,
    after,
    alone,
    assert_other,
    assert_same,
    dated,
    every_form,
    every_timed_form,
    gaps_are_told,
    panel,
    plain_states,
    rows_after_rows_are_told,
    small,
    with_gaps,
)
from sklearn.model_selection import KFold

from sklearn_rnn import SlidingWindowTransformer
from sklearn_rnn._reservoir import driving
from sklearn_rnn._reservoir import transformer as _transformer


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(80, 2))


@gaps_are_told
@every_form
@pytest.mark.parametrize("num_layers", [1, 2])
def test_training_rows_come_out_of_transform_as_out_of_fit_transform(
    form, num_layers, rows
):
    X = FORMS[form](rows)
    transformer = small(num_layers=num_layers)
    states = transformer.fit_transform(X)
    assert_same(transformer.transform(X), states)
    assert_same(small(num_layers=num_layers).fit(X).transform(X), states)


@gaps_are_told
@pytest.mark.parametrize(("form", "n_train"), CUTS)
@pytest.mark.parametrize("num_layers", [1, 2])
def test_rows_after_fit_get_the_states_they_have_in_the_whole_series(
    form, n_train, num_layers, rows
):
    X = FORMS[form](rows)
    options = {"num_layers": num_layers}
    states = after(X[:n_train], X[n_train:], **options)
    assert_same(states, alone(X, **options)[n_train:])


@gaps_are_told
@every_form
def test_fit_and_fit_transform_keep_the_same_history(form, rows):
    X = FORMS[form](rows)
    transformer = small()
    transformer.fit_transform(X[:50])
    assert_array_equal(transformer.transform(X[50:]), after(X[:50], X[50:]))


@gaps_are_told
@every_timed_form
@pytest.mark.parametrize("n_back", [1, 7, N_KEPT])
def test_a_block_that_begins_within_the_last_rows_goes_on_from_before_it(
    form, n_back, rows
):
    X = FORMS[form](rows)
    states = after(X[:60], X[60 - n_back :])
    assert_same(states, alone(X)[60 - n_back :])


def test_a_block_that_begins_further_back_starts_from_rest(rows):
    X = dated(rows)
    start = 60 - N_KEPT - 1
    assert_same(after(X[:60], X[start:]), alone(X[start:]))


@gaps_are_told
@every_timed_form
@pytest.mark.parametrize("part", [slice(60, None), slice(45, None), slice(None)])
def test_shuffled_rows_get_the_states_they_have_in_order(form, part, rows):
    X = FORMS[form](rows)
    order = np.random.default_rng(1).permutation(len(X[part]))
    transformer = small().fit(X[:60])
    states = transformer.transform(X[part])
    assert_same(transformer.transform(X[part].iloc[order]), states[order])


def test_rows_given_take_the_place_of_rows_seen_at_the_same_time(rows):
    X = dated(rows)
    changed = X.copy()
    changed.iloc[59] += 1.0
    states = after(X[:60], changed[59:])
    assert_same(states, alone(changed)[59:])
    assert_other(states, alone(X)[59:])
    # Also of the first row kept, and with rows kept between those given.
    changed = X.copy()
    changed.iloc[60 - N_KEPT] += 1.0
    given_rows = changed.iloc[[60 - N_KEPT, *range(60, 80)]]
    expected = alone(changed)[[60 - N_KEPT, *range(60, 80)]]
    assert_same(after(X[:60], given_rows), expected)


@pytest.mark.parametrize("form", ["numpy", "RangeIndex", "words"])
def test_rows_without_times_follow_from_the_first_that_differs(form, rows):
    begun = np.vstack([rows[:25], rows[60:70]])
    states = after(FORMS[form](rows), FORMS[form](begun))
    assert_same(states, alone(begun))  # all of the first rows are repeated
    begun = np.vstack([rows[:5], rows[40:60]])
    states = after(FORMS[form](rows), FORMS[form](begun))
    expected = alone(np.vstack([rows, begun]))[80:]
    assert_same(states[5:], expected[5:])
    assert_same(states[:5], alone(rows)[:5])


@gaps_are_told
@every_form
def test_carry_history_false_starts_from_rest(form, rows):
    X = FORMS[form](rows)
    assert_same(after(X[:50], X[50:], carry_history=False), alone(X[50:]))


@pytest.mark.parametrize("form", ["numpy", "RangeIndex", "words"])
def test_carry_history_true_lets_repeated_rows_follow(form, rows):
    X = FORMS[form](rows)
    states = after(X, X, carry_history=True)
    assert_same(states, alone(np.vstack([rows, rows]))[80:])


def test_carry_history_true_reaches_over_any_gap(rows):
    X = with_gaps(rows)
    states = alone(X, carry_history=True)
    assert_same(states, alone(rows))
    assert_same(after(X[:50], X[50:], carry_history=True), states[50:])


@gaps_are_told
def test_a_step_of_three_medians_still_counts_and_a_longer_one_brings_rest(rows):
    ticks = [*range(30), 32, *range(36, 40)]
    X = pd.DataFrame(rows[:35], index=ticks)
    expected = np.vstack([alone(rows[:31]), alone(rows[31:35])])
    assert_same(alone(X), expected)
    assert_same(after(X[:30], X[30:]), expected[30:])


@gaps_are_told
@pytest.mark.parametrize("n_after_gap", [1, N_KEPT - 1, N_KEPT, N_KEPT + 1, 30])
def test_a_gap_near_the_rows_kept_is_a_gap_for_the_rows_that_follow(n_after_gap, rows):
    gap = 60 - n_after_gap
    X = pd.DataFrame(rows, index=np.arange(80) + 50 * (np.arange(80) >= gap))
    assert_same(after(X[:60], X[60:]), alone(rows[gap:])[n_after_gap:])


@pytest.mark.parametrize("train", ["numpy", "RangeIndex", "words"])
@pytest.mark.parametrize(
    "transformer",
    [small(carry_history=False), SlidingWindowTransformer(3, carry_history=False)],
    ids=["states", "windows"],
)
def test_rows_with_times_after_rows_without_start_anew_without_history(
    transformer, train, rows
):
    later = dated(rows[50:])
    out = transformer.fit(FORMS[train](rows[:50])).transform(later)
    assert_array_equal(out, transformer.fit_transform(later))


@gaps_are_told
@pytest.mark.parametrize("cv", [KFold(4), KFold(4, shuffle=True, random_state=0)])
def test_no_fold_anywhere_in_the_series_sees_a_later_row(cv, rows):
    X = dated(rows)
    for train, test in cv.split(X):
        transformer = small().fit(X.iloc[train])
        states = transformer.transform(X.iloc[test])
        for at in (0, len(test) // 2):
            later = X.iloc[test[at] + 1 :].index
            changed = X.copy()
            changed.loc[later] += 5.0
            others = transformer.transform(changed.iloc[test])
            assert_same(others[: at + 1], states[: at + 1])


# Series of a panel


@gaps_are_told
@every_timed_form
@pytest.mark.parametrize("num_layers", [1, 2])
def test_each_series_of_a_panel_has_the_states_it_has_alone(form, num_layers, rows):
    options = {"num_layers": num_layers}
    X = FORMS[form](rows)
    X = X if "panel" in form else panel(X)
    states = alone(X, **options)
    for name in "abc":
        own = X.index.get_level_values(0) == name
        assert_same(states[own], alone(X[own].droplevel(0), **options))
        # The rows of one series alone, after those of all.
        own = X[60:].index.get_level_values(0) == name
        assert_same(after(X[:60], X[60:][own], **options), states[60:][own])


def test_a_series_not_seen_before_starts_from_rest(rows):
    X = panel(dated(rows))
    new = X[60:].rename(index={"c": "d"}, level=0)
    states, is_new = after(X[:60], new), new.index.get_level_values(0) == "d"
    assert_same(states[is_new], alone(new[is_new]))
    assert_same(states[~is_new], alone(X)[60:][~is_new])


@pytest.mark.parametrize("equal", [True, False])
def test_many_series_are_as_right_as_one(equal, monkeypatch):
    rng = np.random.default_rng(0)
    lengths = np.full(90, 30) if equal else rng.integers(1, 60, 90)
    names = np.repeat(np.arange(90), lengths)
    ticks = np.concatenate([np.arange(n) for n in lengths])
    X = pd.DataFrame(rng.normal(size=(len(names), 2)), index=[names, ticks])
    states = alone(X)
    expected = [alone(X.loc[[name]]) for name in range(90)]
    assert_same(states, np.vstack(expected))
    is_late = ticks >= 20
    late = after(X[~is_late], X[is_late])
    assert_same(late, states[is_late])
    monkeypatch.setattr(driving, "_MOST_STATES", 500)
    assert_array_equal(alone(X), states)
    assert_array_equal(after(X[~is_late], X[is_late]), late)


@pytest.mark.parametrize("most_states", [1, 50, 500])
@pytest.mark.parametrize("num_layers", [1, 2])
def test_a_series_in_parts_is_the_series(most_states, num_layers, monkeypatch, rows):
    states = alone(rows, num_layers=num_layers)
    late = after(rows[:40], rows[40:], num_layers=num_layers)
    monkeypatch.setattr(driving, "_MOST_STATES", most_states)
    assert_array_equal(alone(rows, num_layers=num_layers), states)
    assert_array_equal(after(rows[:40], rows[40:], num_layers=num_layers), late)


@st.composite
def histories(draw):
    """Training rows and rows to transform, {(series, time): value} in their order.

    Some of the training rows are given again, with a new value or the old one.
    """
    places = st.tuples(st.sampled_from("abc"), st.integers(0, 30))
    places = draw(st.lists(places, min_size=2, max_size=40, unique=True))
    values = {place: float(i % 5) - 2 for i, place in enumerate(places)}
    n_train = draw(st.integers(1, len(places)))
    train = sorted(places[:n_train], key=lambda place: place[1])
    again = draw(st.lists(st.sampled_from(train), max_size=3, unique=True))
    rows = draw(st.permutations(places[n_train:] + again))
    changed = {place: values[place] + draw(st.sampled_from([0, 1])) for place in again}
    of_rows = values | changed
    return {place: values[place] for place in train}, {
        place: of_rows[place] for place in rows
    }


def as_panel(rows):
    index = pd.MultiIndex.from_tuples(rows, names=["series", "time"])
    return pd.DataFrame({"value": list(rows.values())}, index=index)


def walk(transformer, known, longest, begin=None, start=None):
    """States of one series, {time: value} -> {time: state}, one row at a time.

    A run that begins at `begin` starts from `start`.
    """
    states, last = {}, None
    for now, value in sorted(known.items()):
        if last is None or now - last > longest:
            state = start if now == begin else None
        state = states[now] = plain_states(transformer, [[value]], state)[0]
        last = now
    return states


@gaps_are_told
@given(history=histories(), carry_history=st.sampled_from(["auto", True, False]))
@settings(deadline=None, max_examples=100)
def test_states_of_a_panel_are_those_of_a_walk_in_time(history, carry_history):
    n_kept = 3
    train, rows = history
    times = {name: [t for s, t in train if s == name] for name in "abc"}
    steps = {name: np.median(np.diff(t)) for name, t in times.items() if len(t) > 1}
    # A series without a step of its own takes the median series' one.
    usual = np.median(list(steps.values())) if steps else np.inf
    longest = {name: 3 * steps.get(name, usual) for name in "abc"}
    if carry_history is True:
        longest = dict.fromkeys("abc", np.inf)

    def of_series(part, name):
        return {t: value for (s, t), value in part.items() if s == name}

    transformer = small(n_reservoir=3, carry_history=carry_history)
    with pytest.MonkeyPatch.context() as patch:
        for module in (driving, _transformer):
            patch.setattr(module, "N_KEPT", n_kept)
        states = transformer.fit_transform(as_panel(train))
        new_states = transformer.transform(as_panel(rows)) if rows else []

    expected = {
        name: walk(transformer, of_series(train, name), longest[name]) for name in "abc"
    }
    assert_same(states, [expected[name][t] for name, t in train])

    new_expected = {}
    for name in "abc":
        kept, begin, start = {}, None, None
        if times[name] and carry_history is not False:
            kept = {t: train[name, t] for t in times[name][-n_kept:]}
            begin = min(kept)
            before = [t for t in times[name] if t < begin]
            if before and begin - before[-1] <= longest[name]:
                start = expected[name][before[-1]]
        known = kept | of_series(rows, name)
        new_expected[name] = walk(transformer, known, longest[name], begin, start)
    if rows:
        assert_same(new_states, [new_expected[name][t] for name, t in rows])


# Causality


@gaps_are_told
@rows_after_rows_are_told
@given(
    values=hnp.arrays(float, (50, 1), elements=st.integers(-1, 1)),
    at=st.integers(0, 49),
    n_train=st.integers(1, 49),
    form=st.sampled_from([*FORMS]),
    carry_history=st.sampled_from(["auto", True, False]),
)
@settings(deadline=None, max_examples=150)
def test_changing_a_later_row_changes_no_earlier_state(
    values, at, n_train, form, carry_history
):
    changed = values.copy()
    changed[at] += 1.0
    X, others = (FORMS[form](part) for part in (values, changed))
    transformer = small(n_reservoir=3, carry_history=carry_history)
    states = transformer.fit_transform(X)
    assert_same(transformer.fit_transform(others)[:at], states[:at])
    for n_first in (0, n_train):
        transformer.fit(X[:n_train])
        before = slice(0, max(at - n_first, 0))
        states = transformer.transform(X[n_first:])[before]
        assert_same(transformer.transform(others[n_first:])[before], states)


def test_transform_leaves_the_history_as_it_was(rows):
    transformer = small().fit(rows[:50])
    states = transformer.transform(rows[50:])
    assert_array_equal(transformer.transform(rows[50:]), states)


# partial_fit


@gaps_are_told
@pytest.mark.parametrize(("form", "n_train"), CUTS)
def test_transforming_one_row_then_fitting_it_gives_the_states_of_the_whole(
    form, n_train, rows
):
    X = FORMS[form](rows)
    states = alone(X)
    transformer = small().fit(X[:n_train])
    for at in range(n_train, 80):
        row = X[at : at + 1]
        assert_same(transformer.transform(row), states[[at]])
        transformer.partial_fit(row)


@gaps_are_told
@rows_after_rows_are_told
@every_form
@pytest.mark.parametrize("carry_history", ["auto", True])
def test_rows_fitted_in_parts_are_rows_fitted_at_once(form, carry_history, rows):
    X = FORMS[form](rows)
    in_parts = small(carry_history=carry_history).partial_fit(X[:20])
    in_parts.partial_fit(X[20:21]).partial_fit(X[21:70])
    at_once = small(carry_history=carry_history).fit(X[:70])
    for part in (X[70:], X[:70], X[:2], X):
        assert_same(in_parts.transform(part), at_once.transform(part))


def test_partial_fit_keeps_the_weights(rows):
    transformer = small(random_state=None).fit(rows[:50])
    reservoir = transformer.reservoir_
    assert transformer.partial_fit(rows[50:]).reservoir_ is reservoir
