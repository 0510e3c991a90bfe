"""Columns named after lags are read as windows."""

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from input_forms import (
    ESN,
    FLAT,
    NEXT,
    OUTPUTS,
    PRICES,
    RNG,
    one_sentence,
    y,
)
from numpy.testing import assert_allclose
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

from sklearn_rnn import (
    ESNRegressor,
    GRURegressor,
    SlidingWindowTransformer,
)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("padding", ["edge", "nan"])
def test_flat_windows_are_read_as_the_windows_that_they_are(output, padding):
    def model(flatten):
        windows = SlidingWindowTransformer(5, padding=padding, flatten=flatten)
        return make_pipeline(windows, GRURegressor(max_epochs=0))

    expected = model(False).fit(PRICES, NEXT).predict(PRICES)
    pipe = OUTPUTS[output](model(True)).fit(PRICES, NEXT)
    assert pipe[-1].n_steps_ == 5
    assert_allclose(pipe.predict(PRICES), expected)
    assert_allclose(pipe.predict(PRICES[:20]), expected[:20])
    search = GridSearchCV(
        pipe, {"slidingwindowtransformer__window_length": [2, 7]}, cv=TimeSeriesSplit(2)
    ).fit(PRICES, NEXT)
    best = search.best_estimator_
    assert best[-1].n_steps_ == best[0].window_length


@pytest.mark.parametrize("output", OUTPUTS)
def test_windows_of_columns_with_any_names_are_read_as_they_are(output):
    names = ["a", "a_", "a__", "a(", "a (", "a_lag", "lag_1", "a_lag1", "t", "t-1", "_"]
    table = pd.DataFrame(RNG.normal(size=(20, len(names))), columns=names)
    model = GRURegressor(hidden_size=2, max_epochs=0)
    pipe = make_pipeline(SlidingWindowTransformer(3, flatten=True), model)
    OUTPUTS[output](pipe).fit(table, np.arange(20.0))
    assert model.n_steps_ == 3
    for number, name in enumerate(names):
        assert model._find_feature(name, "label") == number


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_length_that_flat_windows_do_not_have_is_an_error(output):
    pipe = make_pipeline(
        SlidingWindowTransformer(6, flatten=True),
        GRURegressor(max_epochs=0, window_length=4),
    )
    with pytest.raises(ValueError, match="window_length=4 does not divide the 6 steps"):
        OUTPUTS[output](pipe).fit(PRICES, NEXT)
    pipe.set_params(gruregressor__window_length=3).fit(PRICES, NEXT)
    assert pipe[-1].n_steps_ == 3


LAGS = {
    "close_lag2": ("{}_lag{}", "{}_lag0"),
    "close_lag_2": ("{}_lag_{}", "{}_lag_0"),
    "close_lag-2": ("{}_lag-{}", "{}_lag-0"),
    "close Lag 2": ("{} Lag {}", "{} Lag 0"),
    "close.lag.2": ("{}.lag.{}", "{}.lag.0"),
    "lag_2__close": ("lag_{1}__{0}", "lag_0__{}"),
    "close(t-2)": ("{}(t-{})", "{}(t)"),
    "close (t - 2)": ("{} (t - {})", "{} (t)"),
    "close_t-2": ("{}_t-{}", "{}_t"),
}


@pytest.mark.parametrize("form", LAGS)
@given(
    features=st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True),
    lags=st.sets(st.integers(0, 12), min_size=2, max_size=4),
    data=st.data(),
)
@settings(deadline=None, max_examples=10)
def test_columns_named_after_lags_are_read_as_windows_or_not_at_all(
    form, features, lags, data
):
    pairs = [(feature, lag) for lag in sorted(lags)[::-1] for feature in features]
    names = [LAGS[form][pair[1] == 0].format(*pair) for pair in pairs]
    values = RNG.normal(size=(12, len(names)))
    table = pd.DataFrame(values, columns=names)
    windows = values.reshape(12, len(lags), len(features))
    expected = ESN.fit(windows, y).predict(windows)
    model = copy.deepcopy(ESN).fit(table, y)
    assert model.n_steps_ == len(lags)
    assert_allclose(model.predict(table), expected)
    assert model._find_feature(features[-1], "label") == len(features) - 1

    order = data.draw(st.permutations(range(len(names))))
    shuffled = [pairs[number] for number in order]
    first = [feature for feature, _ in shuffled[: len(features)]]
    if shuffled == [(name, lag) for lag in sorted(lags)[::-1] for name in first]:
        return
    shuffled = table.iloc[:, order]
    for window_length in (None, len(lags), len(names)):
        other = ESNRegressor(n_reservoir=5, window_length=window_length)
        sentence = "oldest step first"
        one_sentence(lambda X, m=other: m.fit(X, y), shuffled, "X", sentence)
    as_features = ESNRegressor(n_reservoir=5, window_length=1)
    assert as_features.fit(shuffled, y).n_steps_ == 1


@pytest.mark.parametrize(
    "names",
    [
        [f"c_lag{lag}" for lag in range(1, 6)],
        [f"lag{lag}" for lag in range(1, 6)],
        [f"{c}_lag{lag}" for lag in range(4) for c in "ab"],
        [f"{c}_lag{lag}" for c in ("Open", "Close") for lag in (3, 2, 1, 0)],
        ["c(t-1)", "c(t-2)", "c(t-3)"],
        ["c(t)", "c(t-1)"],
        ["t", "t-1", "t-2"],
        ["var1(t-1)", "var2(t-1)", "var2(t)", "var1(t)"],
        [f"a_name_of_a_column_{'x' * 99}_lag{lag}" for lag in range(60)],
    ],
    ids=lambda names: names[0][:20],
)
def test_lags_in_another_order_are_an_error_that_shows_the_right_one(names):
    table = pd.DataFrame(RNG.normal(size=(12, len(names))), columns=names)
    one_sentence(lambda X: ESN.fit(X, y), table, "X", "oldest step first, all features")
    model = copy.deepcopy(ESN).fit(table.to_numpy(), y)
    with pytest.warns(UserWarning, match="X has feature names, but"):
        one_sentence(model.predict, table, "X", "oldest step first, all features")


@pytest.mark.parametrize(
    "names",
    [
        ["a_lag2", "a_lag1", "b_lag1"],
        ["a_lag7", "b_lag30", "a_lag1"],
        ["a_lag2", "b_lag1", "c_lag0"],
    ],
    ids=str,
)
def test_lags_that_make_no_windows_are_an_error(names):
    table = pd.DataFrame(RNG.normal(size=(12, len(names))), columns=names)
    sentence = "every lag must have the same features"
    one_sentence(lambda X: ESN.fit(X, y), table, "X", sentence)


@pytest.mark.parametrize(
    "names",
    [
        ["a_lag1", "b_lag1", "a_lag0", "c"],
        ["a_lag", "b_lag", "c_lag", "d_lag"],
        ["flag_1", "flag_2", "flag_3", "flag_4"],
        ["set-1", "set-2", "set-3", "set-4"],
        ["coal (t)", "steel (t)", "sand (t)", "salt (t)"],
        ["a_t", "b_t", "c_t", "d_t"],
        ["t1", "t2", "t3", "t4"],
    ],
    ids=str,
)
def test_names_that_tell_no_lags_leave_every_column_a_step(names):
    assert ESN.fit(pd.DataFrame(FLAT[:, :4], columns=names), y).n_steps_ == 4
