"""Windows of rows as an array, and what scikit-learn's tools make of them.

The history between fit and transform is in test_history.py.
"""

import pickle
import tracemalloc

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from row_strategies import some_rows
from sklearn import clone, config_context
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import SlidingWindowTransformer

# These tests call for the warnings; test_watch.py holds when they come.
gaps_are_told = pytest.mark.filterwarnings("ignore:The index of X has gaps")
rows_after_rows_are_told = pytest.mark.filterwarnings(
    "ignore:X has no index that places it"
)


def plain_windows(rows, window_length, padding="edge"):
    """Cut one window at a time."""
    fill = rows[0] if padding == "edge" else np.full(rows.shape[1], float(padding))
    windows = []
    for end in range(1, len(rows) + 1):
        window = rows[max(end - window_length, 0) : end]
        absent = [fill] * (window_length - len(window))
        windows.append([*absent, *window])
    return np.array(windows, dtype=rows.dtype)


# Windows


@given(
    rows=some_rows(st.integers(1, 25), st.floats(-1e3, 1e3, width=32)),
    dtype=st.sampled_from([np.float32, np.float64]),
    window_length=st.integers(1, 12),
    padding=st.sampled_from(["edge", "nan", 0, -2.5]),
)
@settings(deadline=None, max_examples=80)
def test_windows_are_those_of_a_plain_loop(rows, dtype, window_length, padding):
    rows = rows.astype(dtype)
    transformer = SlidingWindowTransformer(window_length, padding=padding)
    windows = transformer.fit_transform(rows)
    expected = plain_windows(rows, window_length, padding)
    assert windows.dtype == dtype
    assert_array_equal(windows, expected)
    assert_array_equal(transformer.transform(rows), expected)

    flat = clone(transformer).set_params(flatten=True)
    assert_array_equal(flat.fit_transform(rows), expected.reshape(len(rows), -1))
    assert_array_equal(flat.transform(rows), expected.reshape(len(rows), -1))


def test_whole_numbers_come_out_as_floats():
    windows = SlidingWindowTransformer(2).fit_transform([[1], [2]])
    assert windows.dtype == np.float64
    assert_array_equal(windows[:, :, 0], [[1, 1], [1, 2]])


@pytest.mark.parametrize("flatten", [False, True])
def test_windows_of_one_series_are_a_read_only_view(rows, flatten):
    transformer = SlidingWindowTransformer(5, flatten=flatten).fit(rows)
    for windows in (transformer.transform(rows), transformer.fit_transform(rows)):
        assert np.shares_memory(windows[7], windows[8])
        with pytest.raises(ValueError, match="read-only"):
            windows[0] = 0.0


def test_changing_the_rows_in_place_afterwards_changes_no_window(rows):
    given_rows = rows.copy()
    transformer = SlidingWindowTransformer(5)
    windows = transformer.fit_transform(given_rows)
    given_rows[:] = 0.0
    assert_array_equal(windows, plain_windows(rows, 5))
    assert_array_equal(transformer.transform(rows), windows)


@pytest.mark.parametrize("method", ["fit_transform", "transform"])
@pytest.mark.parametrize("flatten", [False, True])
def test_a_million_rows_take_no_more_than_one_copy(flatten, method):
    rows = np.random.default_rng(0).random((1_000_000, 8), np.float32)
    transformer = SlidingWindowTransformer(60, flatten=flatten).fit(rows)
    tracemalloc.start()
    windows = getattr(transformer, method)(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert windows.size == 60 * rows.size
    assert windows.dtype == np.float32
    assert peak <= 1.1 * rows.nbytes


@pytest.mark.parametrize("indexed", [False, True])
def test_what_fit_keeps_does_not_grow_with_the_rows(indexed):
    rows = pd.DataFrame({"x": np.arange(5000.0)})
    rows = rows.set_axis(pd.date_range("2024", periods=5000)) if indexed else rows
    few, many = (SlidingWindowTransformer(5).fit(rows[:n]) for n in (100, 5000))
    assert len(pickle.dumps(many)) <= len(pickle.dumps(few)) + 10


# Causality


@st.composite
def changed_rows(draw, n_rows):
    """Rows, the same with one row changed, its place, and times (or None) for both."""
    rows = draw(some_rows(n_rows))
    at = draw(st.integers(0, len(rows) - 1))
    changed = rows.copy()
    changed[at] += draw(st.sampled_from([-1, 1, 1e-3]))
    times = None
    if draw(st.booleans()):
        steps = draw(hnp.arrays(int, len(rows), elements=st.integers(1, 5)))
        times = np.cumsum(steps)
    return rows, changed, at, times


def with_times(rows, times):
    return rows if times is None else pd.DataFrame(rows, index=times)


windowing = st.builds(
    SlidingWindowTransformer,
    st.integers(1, 6),
    padding=st.sampled_from(["edge", "nan", 0.5]),
    carry_history=st.sampled_from(["auto", True, False]),
    flatten=st.booleans(),
)


@gaps_are_told
@given(transformer=windowing, case=changed_rows(st.integers(1, 15)))
@settings(deadline=None, max_examples=100)
def test_changing_a_later_row_changes_no_earlier_window_of_fit(transformer, case):
    rows, changed, at, times = case
    windows = transformer.fit_transform(with_times(rows, times))
    others = transformer.fit_transform(with_times(changed, times))
    assert_array_equal(windows[:at], others[:at])


@gaps_are_told
@rows_after_rows_are_told
@given(
    transformer=windowing, case=changed_rows(st.integers(2, 25)), cut=st.floats(0, 1)
)
@settings(deadline=None, max_examples=150)
def test_changing_a_later_row_changes_no_earlier_window_of_new_rows(
    transformer, case, cut
):
    rows, changed, at, times = case
    n_train = 1 + int(cut * (len(rows) - 2))
    transformer.fit(with_times(rows, times)[:n_train])
    windows = transformer.transform(with_times(rows, times)[n_train:])
    others = transformer.transform(with_times(changed, times)[n_train:])
    n_before = max(at - n_train, 0)
    assert_array_equal(windows[:n_before], others[:n_before])


@gaps_are_told
@rows_after_rows_are_told
@given(transformer=windowing, case=changed_rows(st.integers(1, 15)))
@settings(deadline=None, max_examples=150)
def test_changing_a_later_row_changes_no_earlier_window_of_training_rows(
    transformer, case
):
    rows, changed, at, times = case
    transformer.fit(with_times(rows, times))
    windows = transformer.transform(with_times(rows, times))
    others = transformer.transform(with_times(changed, times))
    assert_array_equal(windows[:at], others[:at])


@gaps_are_told
@rows_after_rows_are_told
@given(
    window_length=st.integers(1, 6),
    carry_history=st.sampled_from(["auto", True, False]),
    case=changed_rows(st.integers(2, 25)),
    cut=st.floats(0, 1),
)
@settings(deadline=None, max_examples=60)
def test_changing_a_later_row_changes_no_earlier_prediction(
    window_length, carry_history, case, cut
):
    rows, changed, at, times = case
    n_train = 1 + int(cut * (len(rows) - 2))
    windows = SlidingWindowTransformer(
        window_length, carry_history=carry_history, flatten=True
    )
    pipe = make_pipeline(windows, Ridge())
    pipe.fit(with_times(rows, times)[:n_train], np.arange(n_train))
    for first in (0, n_train):
        predicted = pipe.predict(with_times(rows, times)[first:])
        others = pipe.predict(with_times(changed, times)[first:])
        n_before = max(at - first, 0)
        assert_allclose(predicted[:n_before], others[:n_before], rtol=1e-12, atol=1e-9)


# Names and containers


def test_flat_columns_are_named_after_feature_and_lag_oldest_first(prices):
    transformer = SlidingWindowTransformer(3, flatten=True).fit(prices)
    assert transformer.get_feature_names_out().tolist() == [
        "close_lag2", "volume_lag2",
        "close_lag1", "volume_lag1",
        "close_lag0", "volume_lag0",
    ]  # fmt: skip


def test_every_flat_column_holds_what_its_name_says(prices):
    transformer = SlidingWindowTransformer(3, flatten=True, padding="nan")
    flat = transformer.set_output(transform="pandas").fit_transform(prices)
    for name, values in flat.items():
        feature, lag = name.split("_lag")
        expected = prices[feature].shift(int(lag))
        assert_array_equal(values, expected)


def test_columns_of_unnamed_features_are_numbered(rows):
    transformer = SlidingWindowTransformer(2, flatten=True).fit(rows)
    names = ["x0_lag1", "x1_lag1", "x0_lag0", "x1_lag0"]
    assert transformer.get_feature_names_out().tolist() == names
    given_names = transformer.get_feature_names_out(["a", "b"])
    assert given_names.tolist() == ["a_lag1", "b_lag1", "a_lag0", "b_lag0"]


def test_only_flat_windows_have_column_names(rows):
    windows = SlidingWindowTransformer(2).fit(rows)
    assert not hasattr(windows, "get_feature_names_out")
    with pytest.raises(AttributeError, match="get_feature_names_out"):
        windows.get_feature_names_out()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        SlidingWindowTransformer(2, flatten=True).get_feature_names_out()


def pandas_by_own_setting(transformer, X):
    return transformer.set_output(transform="pandas").fit_transform(X)


def pandas_by_global_setting(transformer, X):
    with config_context(transform_output="pandas"):
        return transformer.fit_transform(X)


def pandas_by_pipeline(transformer, X):
    pipe = make_pipeline(StandardScaler(with_mean=False, with_std=False), transformer)
    return pipe.set_output(transform="pandas").fit_transform(X)


AS_PANDAS = [pandas_by_own_setting, pandas_by_global_setting, pandas_by_pipeline]


@pytest.mark.parametrize("as_pandas", AS_PANDAS)
def test_flat_windows_become_a_frame_with_names_and_the_index_of_the_rows(
    as_pandas, prices
):
    transformer = SlidingWindowTransformer(3, flatten=True)
    flat = as_pandas(transformer, prices)
    expected = pd.DataFrame(
        plain_windows(prices.to_numpy(), 3).reshape(len(prices), -1),
        index=prices.index,
        columns=transformer.get_feature_names_out(),
    )
    assert_frame_equal(flat, expected)


@pytest.mark.parametrize("as_pandas", AS_PANDAS)
def test_windows_that_are_not_flat_stay_an_array_whatever_the_output_set(
    as_pandas, prices
):
    windows = as_pandas(SlidingWindowTransformer(3), prices)
    assert isinstance(windows, np.ndarray)
    assert_array_equal(windows, plain_windows(prices.to_numpy(), 3))


# Copies


COPIES = {
    "pickle": lambda transformer, _: pickle.loads(pickle.dumps(transformer)),
    "joblib": lambda transformer, path: joblib.load(
        joblib.dump(transformer, path / "windows.joblib")[0]
    ),
    "skops": lambda transformer, _: through_skops(transformer),
}


def through_skops(transformer):
    dumped = skops.io.dumps(transformer)
    types = skops.io.get_untrusted_types(data=dumped)
    assert all(name.startswith("sklearn_rnn.") for name in types)
    return skops.io.loads(dumped, trusted=types)


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("form", ["numpy", "dates", "panel"])
def test_a_stored_transformer_gives_the_same_windows(form, copy, prices, tmp_path):
    if form == "panel":
        series = np.arange(len(prices)) % 2
        prices = prices.set_index(series, append=True).swaplevel()
    X = prices.to_numpy() if form == "numpy" else prices
    transformer = SlidingWindowTransformer(4).fit(X[:20])
    again = copy(transformer, tmp_path)
    assert_array_equal(again.transform(X[20:]), transformer.transform(X[20:]))
    again.partial_fit(X[20:25])
    transformer.partial_fit(X[20:25])
    assert_array_equal(again.transform(X[25:]), transformer.transform(X[25:]))


def test_a_clone_has_the_parameters_and_no_history(rows):
    transformer = SlidingWindowTransformer(4, padding=0.0, carry_history=True).fit(rows)
    again = clone(transformer)
    assert again.get_params() == transformer.get_params()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        again.transform(rows)
    assert_array_equal(again.fit_transform(rows), transformer.fit_transform(rows))
