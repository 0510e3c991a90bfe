"""States of a reservoir that rows drive, and what they owe to the training rows."""

import pickle
import random
import time
import tracemalloc
from types import SimpleNamespace

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.model_selection import KFold, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_rnn import ReservoirTransformer, SlidingWindowTransformer
from sklearn_rnn._reservoir import driving
from sklearn_rnn._reservoir import transformer as _transformer
from sklearn_rnn.datasets import make_narma

N_KEPT = 20
F = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0.0), "identity": lambda x: x}


# What the warnings are about is what these tests try out; test_time_index.py holds when
# they come.
gaps_are_told = pytest.mark.filterwarnings("ignore:The index of X has gaps")
rows_after_rows_are_told = pytest.mark.filterwarnings(
    "ignore:X has no index that places it"
)


def small(**parameters):
    """A reservoir that is quickly drawn, and remembers its start for long."""
    options = {"n_reservoir": 12, "connectivity": 0.5, "random_state": 0}
    return ReservoirTransformer(**options | parameters)


def alone(rows, **parameters):
    """States of rows that nothing came before."""
    return small(**parameters).fit_transform(rows)


def after(train, rows, **parameters):
    """States of rows after training rows."""
    return small(**parameters).fit(train).transform(rows)


def assert_same(states, expected):
    assert_allclose(states, expected, rtol=1e-9, atol=1e-12)


def assert_other(states, others):
    assert not np.isclose(states, others, rtol=1e-6, atol=1e-9).all(axis=1).any()


def plain_states(transformer, rows, start=None):
    """Go through the equation row by row, layer after layer."""
    f, a = F[transformer.nonlinearity], transformer.leak_rate
    x, states = np.asarray(rows, float), []
    n = transformer.n_reservoir
    starts = np.zeros(n * transformer.num_layers) if start is None else start
    for number, (weights,) in enumerate(transformer.reservoir_.layers):
        W = np.zeros((n, n))
        np.put_along_axis(W, weights.links.astype(int), weights.w.astype(float), axis=1)
        W *= transformer.spectral_radius / np.abs(np.linalg.eigvals(W)).max()
        w_in = weights.w_in * np.float64(1.0 if number else transformer.input_scaling)
        bias = transformer.bias_scaling * weights.bias.astype(float)
        h, of_layer = starts[number * n : (number + 1) * n], []
        for x_i in x:
            h = (1 - a) * h + a * f(W @ h + w_in @ x_i + bias)
            of_layer.append(h)
        x = np.reshape(of_layer, (len(x), n))
        states.append(x)
    return np.hstack(states)


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(80, 2))


# What a state is


@given(
    x=hnp.arrays(np.float64, (12, 2), elements=st.floats(-3, 3, width=32)),
    spectral_radius=st.floats(0, 1.2),
    leak_rate=st.floats(0.01, 1),
    input_scaling=st.floats(0, 2),
    bias_scaling=st.floats(0, 2),
    connectivity=st.floats(0.01, 1),
    nonlinearity=st.sampled_from([*F]),
    num_layers=st.integers(1, 3),
    dtype=st.sampled_from([np.float64, np.float32]),
)
@settings(deadline=None, max_examples=60)
def test_states_are_those_of_a_plain_loop_over_the_equation(x, dtype, **parameters):
    transformer = small(**parameters)
    states = transformer.fit_transform(x.astype(dtype))
    expected = plain_states(transformer, x)
    assert states.dtype == dtype
    scale = np.abs(expected).max(initial=1.0)
    assert_allclose(states, expected, rtol=0, atol=100 * np.finfo(dtype).eps * scale)


def test_the_weights_are_found_where_the_docstring_says(rows):
    reservoir = small(num_layers=2).fit(rows).reservoir_
    for k, n_inputs in enumerate([2, 12]):
        weights = reservoir.layers[k][0]
        assert weights.w_in.shape == (12, n_inputs)
        assert weights.bias.shape == (12,)
        assert weights.links.shape == weights.w.shape == (12, 6)
        W = np.zeros((12, 12))
        np.put_along_axis(W, weights.links.astype(int), weights.w.astype(float), axis=1)
        assert_allclose(np.abs(np.linalg.eigvals(W)).max(), reservoir.radii[k][0])


def test_a_series_starts_from_rest():
    rows = np.zeros((3, 2))
    assert not alone(rows, bias_scaling=0.0).any()


def test_layers_stand_side_by_side(rows):
    deep = small(num_layers=3)
    states = deep.fit_transform(rows)
    assert states.shape == (80, 36)
    assert_same(states[:, :12], alone(rows))
    names = deep.get_feature_names_out()
    assert names.tolist() == [f"reservoirtransformer{i}" for i in range(36)]


@given(
    spectral_radius=st.floats(0, 0.9),
    leak_rate=st.floats(0.2, 1),
    seed=st.integers(0, 2**31 - 1),
    n_reservoir=st.integers(1, 60),
)
@settings(deadline=None, max_examples=40)
def test_a_driven_reservoir_forgets_its_start(
    spectral_radius, leak_rate, seed, n_reservoir
):
    rng = np.random.default_rng(seed)
    one, other = (rng.normal(size=(50, 2)) for _ in range(2))
    rows = rng.normal(size=(600, 2))
    options = {
        "spectral_radius": spectral_radius,
        "leak_rate": leak_rate,
        "n_reservoir": n_reservoir,
        "random_state": seed,
        "carry_history": True,
    }
    states, others = (after(train, rows, **options) for train in (one, other))
    assert_allclose(states[-1], others[-1], rtol=0, atol=1e-6)


# Rows that follow the training rows


def dated(rows):
    return pd.DataFrame(rows, index=pd.date_range("2020", periods=len(rows)))


def with_gaps(rows):
    ticks = np.cumsum(np.where(np.arange(len(rows)) % 25 == 14, 100, 1))
    return pd.DataFrame(rows, index=ticks)


def worded(rows):
    return pd.DataFrame(rows, index=[f"t{i}" for i in range(len(rows))])


def panel(rows):
    """Three series that take turns, one of them half as long and later than others."""
    names = np.array(list("abacbabc" * (len(rows) // 8 + 1)))[: len(rows)]
    return rows.set_axis(pd.MultiIndex.from_arrays([names, rows.index]))


FORMS = {
    "numpy": lambda rows: rows,
    "RangeIndex": pd.DataFrame,
    "words": worded,
    "dates": dated,
    "weekdays": lambda rows: pd.DataFrame(
        rows, index=pd.bdate_range("2024-01-01", periods=len(rows))
    ),
    "gaps": with_gaps,
    "panel": lambda rows: panel(dated(rows)),
    "panel with gaps": lambda rows: panel(with_gaps(rows)),
    "panel of words": lambda rows: panel(worded(rows)),
}
TIMED = ["dates", "weekdays", "gaps", "panel", "panel with gaps"]
# One or two rows tell no usual step, and so no gap.
CUTS = [
    (form, n_train)
    for form in FORMS
    for n_train in (2, 12, 40, 79)
    if n_train > 2 or form not in ("gaps", "panel with gaps")
]
every_form = pytest.mark.parametrize("form", FORMS)
every_timed_form = pytest.mark.parametrize("form", TIMED)


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


# scikit-learn's tools


def test_the_states_of_every_test_fold_are_those_of_the_whole_series(rows):
    pipe = make_pipeline(StandardScaler(), small())
    for train, test in TimeSeriesSplit(4).split(rows):
        pipe.fit(rows[train])
        whole = pipe[:-1].transform(rows)
        assert_same(pipe.transform(rows[test]), alone(whole)[test])


@pytest.mark.parametrize("form", ["numpy", "dates"])
def test_a_target_made_of_earlier_rows_is_predicted_in_every_fold(form):
    noise = np.random.default_rng(0).normal(size=1003)
    X, y = FORMS[form](noise[3:, np.newaxis]), noise[1:-2] - 0.5 * noise[:-3]
    pipe = make_pipeline(
        StandardScaler().set_output(transform="pandas" if form == "dates" else None),
        ReservoirTransformer(100, random_state=0),
        Ridge(1e-6),
    )
    for size in (2, 50, 200):
        cv = TimeSeriesSplit(3, test_size=size)
        assert cross_val_score(pipe, X, y, cv=cv).min() >= 0.95


def test_an_echo_state_network_predicts_narma_better_than_a_linear_model():
    u, y = make_narma(2500, random_state=0)
    alphas = np.logspace(-10, 0, 11)
    linear = make_pipeline(
        StandardScaler(), SlidingWindowTransformer(30, flatten=True), LinearRegression()
    )
    network = make_pipeline(
        StandardScaler(), ReservoirTransformer(random_state=0), RidgeCV(alphas)
    )
    errors = []
    for model in (linear, network):
        predicted = model.fit(u[:2000], y[:2000]).predict(u[2000:])
        errors.append(np.sqrt(np.mean((predicted - y[2000:]) ** 2)) / y[2000:].std())
    assert errors[1] < 0.5 * errors[0]


COPIES = {
    "pickle": lambda transformer, _: pickle.loads(pickle.dumps(transformer)),
    "joblib": lambda transformer, path: joblib.load(
        joblib.dump(transformer, path / "reservoir.joblib")[0]
    ),
    "skops": lambda transformer, _: through_skops(transformer),
}


def through_skops(transformer):
    dumped = skops.io.dumps(transformer)
    types = skops.io.get_untrusted_types(data=dumped)
    assert all(name.startswith(("sklearn_rnn.", "numpy.dtype")) for name in types)
    return skops.io.loads(dumped, trusted=types)


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("form", ["numpy", "dates", "panel"])
def test_a_stored_transformer_gives_the_same_states(form, copy, rows, tmp_path):
    X = FORMS[form](rows)
    transformer = small().fit(X[:40])
    again = copy(transformer, tmp_path)
    assert_array_equal(again.transform(X[40:]), transformer.transform(X[40:]))
    again.partial_fit(X[40:50])
    transformer.partial_fit(X[40:50])
    assert_array_equal(again.transform(X[50:]), transformer.transform(X[50:]))


def test_a_clone_has_the_parameters_and_no_history(rows):
    transformer = small(carry_history=True, leak_rate=0.3).fit(rows)
    again = clone(transformer)
    assert again.get_params() == transformer.get_params()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        again.transform(rows)
    assert_array_equal(again.fit_transform(rows), transformer.fit_transform(rows))


@pytest.mark.parametrize("form", ["dates", "panel"])
def test_states_become_a_frame_with_names_and_the_index_of_the_rows(form, rows):
    X = FORMS[form](rows).set_axis(["open", "close"], axis=1)
    transformer = small().set_output(transform="pandas")
    expected = pd.DataFrame(
        alone(X), X.index, [f"reservoirtransformer{i}" for i in range(12)]
    )
    assert_frame_equal(transformer.fit_transform(X), expected)
    assert_frame_equal(transformer.transform(X), expected)
    assert transformer.feature_names_in_.tolist() == ["open", "close"]


# Seeds, parameters and numbers


def test_a_seed_repeats_and_another_gives_other_states(rows):
    states = alone(rows)
    assert_array_equal(alone(rows), states)
    assert_other(alone(rows, random_state=1), states)
    generators = [np.random.RandomState(3) for _ in range(2)]
    one, other = (alone(rows, random_state=generator) for generator in generators)
    assert_array_equal(one, other)


def test_a_seed_leaves_the_global_generators_as_they_were(rows):
    def state():
        return pickle.dumps((np.random.mtrand._rand, random.getstate()))

    before = state()
    small().fit(rows).partial_fit(rows).transform(rows)
    assert state() == before


def test_the_weights_do_not_depend_on_the_rows(rows):
    assert_same(after(rows[:50] * 3, rows, carry_history=False), alone(rows))


@pytest.mark.parametrize(
    "change",
    [
        {"spectral_radius": 0.5},
        {"leak_rate": 0.5},
        {"input_scaling": 1.0},
        {"bias_scaling": 0.1},
        {"connectivity": 1.0},
        {"nonlinearity": "relu"},
        {"nonlinearity": "identity"},
        {"random_state": 1},
    ],
    ids=str,
)
def test_every_parameter_changes_the_states(change, rows):
    states = alone(rows, spectral_radius=0.9)
    others = alone(rows, **{"spectral_radius": 0.9} | change)
    # The first row, after rest, hears no unit.
    assert not np.isclose(states, others)[1:].all(axis=1).any()


def test_units_and_layers_change_the_number_of_states(rows):
    assert alone(rows, n_reservoir=7).shape == (80, 7)
    assert alone(rows, n_reservoir=7, num_layers=2).shape == (80, 14)


def test_rows_of_float32_give_states_of_float32_whatever_fit_saw(rows):
    for dtype in (np.float64, np.float32):
        transformer = small().fit(rows[:50].astype(dtype))
        for given_dtype in (np.float64, np.float32):
            states = transformer.transform(rows[50:].astype(given_dtype))
            assert states.dtype == given_dtype
            assert_allclose(states, alone(rows)[50:], rtol=0, atol=1e-5)


def test_whole_numbers_come_out_as_float64():
    assert alone([[1], [2]]).dtype == np.float64


def test_changing_the_rows_in_place_afterwards_changes_no_state(rows):
    given_rows = rows[:50].copy()
    transformer = small().fit(given_rows)
    given_rows[:] = 0.0
    assert_same(transformer.transform(rows[50:]), alone(rows)[50:])


@pytest.mark.parametrize("num_layers", [1, 2])
def test_fit_holds_no_states_of_a_long_series(num_layers):
    rows = np.random.default_rng(0).normal(size=(20_000, 1))
    transformer = small(num_layers=num_layers, n_reservoir=100)
    transformer.fit(rows[:10])
    tracemalloc.start()
    transformer.fit(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 8e6  # the states would be 16 MB a layer


def test_what_fit_keeps_does_not_grow_with_the_rows(rows):
    few, many = (small().fit(dated(np.tile(rows, (n, 1)))) for n in (1, 50))
    assert len(pickle.dumps(many)) <= len(pickle.dumps(few)) + 10


def test_one_row_is_transformed_in_less_than_five_milliseconds(rows):
    transformer = ReservoirTransformer(random_state=0).fit(rows)
    took = []
    for _ in range(20):
        begin = time.perf_counter()
        transformer.transform(rows[:1])
        took.append(time.perf_counter() - begin)
    assert min(took) < 5e-3


# Bad input

ROWS = np.random.default_rng(0).normal(size=(20, 2))
FRAME = pd.DataFrame(ROWS, columns=["open", "close"])
DAYS = pd.date_range("2024-01-01", periods=20)
FINITE = r"all values must be finite numbers \(impute or drop what is missing\)\.$"
POSITIVE = r"a float in the range \[0.0, inf\)"
PART = r"a float in the range \(0.0, 1.0\]"
COUNT = r"an int in the range \[1, inf\)"


def put(array, at, value):
    array = array.copy()
    array[at] = value
    return array


@pytest.fixture(scope="module")
def fitted():
    return SimpleNamespace(
        plain=small().fit(ROWS), dated=small().fit(FRAME.set_axis(DAYS))
    )


# A parameter's value -> what is valid.
PARAMETERS = {
    ("n_reservoir", 0): COUNT,
    ("n_reservoir", 2.5): COUNT,
    ("n_reservoir", "many"): COUNT,
    ("spectral_radius", -0.1): POSITIVE,
    ("spectral_radius", np.inf): POSITIVE,
    ("spectral_radius", np.nan): POSITIVE,
    ("leak_rate", 0): PART,
    ("leak_rate", 1.1): PART,
    ("input_scaling", -1): POSITIVE,
    ("input_scaling", None): POSITIVE,
    ("bias_scaling", -1): POSITIVE,
    ("connectivity", 0): PART,
    ("connectivity", 2): PART,
    ("nonlinearity", "sigmoid"): (r"a str among \{('(identity|relu|tanh)'(, )?){3}\}"),
    ("num_layers", 0): COUNT,
    ("carry_history", "yes"): r"a str among \{'auto'\} or an instance of 'bool'",
    ("random_state", -1): r"an int in the range \[0, 4294967295\]",
}


@pytest.mark.parametrize("parameter", PARAMETERS, ids=str)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
def test_a_parameter_out_of_range_is_named_with_what_is_valid(method, parameter):
    name, value = parameter
    sentence = f"'{name}' .* must be {PARAMETERS[parameter]}.* Got {value!r} instead"
    with pytest.raises(InvalidParameterError, match=sentence):
        getattr(small(**{name: value}), method)(ROWS)


# What is done wrong -> (call, given fitted estimators; class of the error; sentence).
CASES = {
    "one column as a flat series": (
        lambda _: small().fit(ROWS[:, 0]),
        ValueError,
        "Expected 2D array, got 1D array instead",
    ),
    "windows for rows": (
        lambda _: small().fit(ROWS[np.newaxis]),
        ValueError,
        r"array with dim 3\b.*<= 2",
    ),
    "no row": (
        lambda _: small().fit(ROWS[:0]),
        ValueError,
        r"0 sample\(s\) \(shape=\(0, 2\)\) while a minimum of 1 is required",
    ),
    "no column": (
        lambda _: small().fit(ROWS[:, :0]),
        ValueError,
        r"0 feature\(s\) \(shape=\(20, 0\)\) while a minimum of 1 is required",
    ),
    "words for rows": (
        lambda _: small().fit([["a", "b"], ["c", "d"]]),
        ValueError,
        "could not convert string to float: 'a'",
    ),
    "complex rows": (
        lambda _: small().fit(ROWS + 1j),
        ValueError,
        "Complex data not supported",
    ),
    "sparse rows": (
        lambda _: small().fit(scipy.sparse.csr_array(ROWS)),
        TypeError,
        "Sparse data was passed for X, but dense data is required",
    ),
    "NaN among the rows": (
        lambda _: small().fit(put(ROWS, (4, 1), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 4, column 1; {FINITE}",
    ),
    "an infinity to transform": (
        lambda given: given.plain.transform(put(ROWS, (0, 0), -np.inf)),
        ValueError,
        f"^Input X contains infinity at row 0, column 0; {FINITE}",
    ),
    "NaN among the rows of partial_fit": (
        lambda given: given.plain.partial_fit(put(ROWS, (2, 0), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 2, column 0; {FINITE}",
    ),
    "fewer columns to transform": (
        lambda given: given.plain.transform(ROWS[:, :1]),
        ValueError,
        "X has 1 features, but ReservoirTransformer is expecting 2 features",
    ),
    "columns in another order": (
        lambda given: given.dated.transform(FRAME[["close", "open"]].set_axis(DAYS)),
        ValueError,
        "feature names should match those that were passed during fit",
    ),
    "states before fit": (
        lambda _: small().transform(ROWS),
        NotFittedError,
        "This ReservoirTransformer instance is not fitted yet",
    ),
    "names before fit": (
        lambda _: small().get_feature_names_out(),
        NotFittedError,
        "This ReservoirTransformer instance is not fitted yet",
    ),
    "a time twice": (
        lambda _: small().fit(FRAME.set_axis(DAYS[[0, 0, *range(1, 19)]])),
        ValueError,
        "^The index of X repeats a time at row 1; times must increase within a series",
    ),
    "times backwards": (
        lambda _: small().fit(FRAME.set_axis(DAYS[::-1])),
        ValueError,
        "^The index of X goes back in time at row 1; times must increase",
    ),
    "a row without a time": (
        lambda _: small().fit(FRAME.set_axis(DAYS.insert(0, pd.NaT)[:20])),
        ValueError,
        r"^The index of X has no time at row 0 \(NaT\)",
    ),
    "another kind of time": (
        lambda given: given.dated.transform(FRAME.set_axis(range(5, 25))),
        ValueError,
        "^The index of X holds numbers, which cannot be compared with the dates seen",
    ),
    "a time twice in transform": (
        lambda given: given.dated.transform(FRAME[:2].set_axis(DAYS[[3, 3]])),
        ValueError,
        "^The index of X repeats a time at row 1; of two rows",
    ),
    "earlier rows in partial_fit": (
        lambda given: given.dated.partial_fit(FRAME.set_axis(DAYS)),
        ValueError,
        "^Row 0 of X is not later than the rows seen so far",
    ),
    "rows that lost their index in partial_fit": (
        lambda given: clone(given.dated).fit(FRAME.set_axis(DAYS)).partial_fit(FRAME),
        ValueError,
        "^X has no index that can be compared with the dates seen in fit",
    ),
    "states of relu that grow for ever": (
        lambda _: small(nonlinearity="relu", spectral_radius=9.0).fit(
            np.ones((999, 1))
        ),
        ValueError,
        "nonlinearity='relu' .* grow beyond .* use a smaller spectral radius or input",
    ),
    "states of identity that grow for ever": (
        lambda _: small(nonlinearity="identity", spectral_radius=9.0).fit_transform(
            np.ones((999, 1), np.float32)
        ),
        ValueError,
        "nonlinearity='identity' .* grow beyond .* use a smaller spectral radius or",
    ),
    "rows too large to be scaled": (
        lambda given: given.plain.transform(put(ROWS, (3, 1), -1e200)),
        ValueError,
        r"^X holds -?1e\+200 at row .*, too large to be scaled; values of dtype",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_an_error_that_says_what_is_wrong(name, fitted):
    call, error, sentence = CASES[name]
    with pytest.raises(error, match=sentence):
        call(fitted)


def test_a_fit_that_fails_leaves_no_half_fitted_transformer():
    transformer = small(nonlinearity="relu", spectral_radius=9.0)
    with pytest.raises(ValueError, match="grow beyond"):
        transformer.fit(np.ones((999, 1)))
    with pytest.raises(NotFittedError, match="not fitted yet"):
        transformer.transform(np.ones((1, 1)))
