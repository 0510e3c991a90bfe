"""Windows of a series and the values that follow them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from row_strategies import some_rows

from sklearn_rnn import make_windows


@st.composite
def cuttings(draw):
    """A series and lengths that it is long enough for."""
    window_length, horizon = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    n_rows = draw(st.integers(window_length + horizon, 25))
    series = draw(some_rows(st.just(n_rows), st.floats(-1e3, 1e3, width=32)))
    return {
        "series": series.astype(draw(st.sampled_from([np.float32, np.float64]))),
        "window_length": window_length,
        "horizon": horizon,
        "target": draw(st.integers(0, series.shape[1] - 1)),
        "step": draw(st.integers(1, 5)),
    }


@given(cutting=cuttings())
@settings(deadline=None, max_examples=100)
def test_pairs_are_those_of_a_plain_loop(cutting):
    series, w, h, target, step = cutting.values()
    X, y = make_windows(**cutting)

    windows, values, start = [], [], 0
    while start + w + h <= len(series):
        windows.append(series[start : start + w])
        values.append(series[start + w : start + w + h, target])
        start += step
    assert len(X) == (len(series) - w - h) // step + 1
    assert_array_equal(X, windows)
    assert_array_equal(y, np.ravel(values) if h == 1 else values)
    assert X.dtype == y.dtype == series.dtype


@pytest.mark.parametrize(("horizon", "shape"), [(1, (25,)), (3, (23, 3))])
def test_y_has_a_column_for_each_row_ahead_only_with_several(rows, horizon, shape):
    _, y = make_windows(rows, 5, horizon)
    assert y.shape == shape


@pytest.mark.parametrize("horizon", [1, 3])
def test_pairs_are_read_only_views_on_the_series(rows, horizon):
    for values in make_windows(rows, 5, horizon, step=2):
        assert np.shares_memory(values, rows)
        assert not values.flags.writeable


def test_a_flat_series_is_one_feature():
    series = np.arange(10.0)
    X, y = make_windows(series, 4)
    X_column, y_column = make_windows(series[:, np.newaxis], 4)
    assert_array_equal(X, X_column)
    assert_array_equal(y, y_column)


def test_the_target_of_a_frame_has_a_name_or_a_number(prices):
    _, y = make_windows(prices, 5, target="volume")
    assert_array_equal(y, prices["volume"][5:])
    assert_array_equal(y, make_windows(prices, 5, target=1)[1])


def test_a_series_just_long_enough_gives_one_pair(rows):
    X, y = make_windows(rows[:8], 5, 3)
    assert_array_equal(X, rows[np.newaxis, :5])
    assert_array_equal(y, rows[np.newaxis, 5:8, 0])


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"horizon": 26}, ValueError, "series has 30 rows; .* need at least 31"),
        (
            {"window_length": 0},
            ValueError,
            "window_length must be .* at least 1, got 0",
        ),
        ({"horizon": -1}, ValueError, "horizon must be .* at least 1, got -1"),
        ({"step": 0}, ValueError, "step must be .* at least 1, got 0"),
        ({"step": 1.5}, TypeError, "step must be an integer of at least 1, got 1.5"),
        ({"window_length": True}, TypeError, "window_length must be an integer"),
        ({"target": 2}, ValueError, "target=2 is not a column .* use 0 to 1"),
        ({"target": -1}, ValueError, "target=-1 is not a column"),
        ({"target": "open"}, ValueError, r"'open' is not .* \['close', 'volume'\]"),
        ({"target": 0.5}, TypeError, "a column's number or name, got 0.5"),
        ({"series": []}, ValueError, "series has 0 rows"),
        ({"series": 3.0}, ValueError, r"series must be of shape \(n_rows,\) or"),
        ({"series": np.zeros((9, 1, 1))}, ValueError, "dim 3"),
        (
            {"series": [1.0, np.nan, 2, 3, 4, 5, 6]},
            ValueError,
            "NaN at row 1, column 0",
        ),
        ({"series": [1.0, 2, 3, 4, 5, 6, -np.inf]}, ValueError, "infinity at row 6"),
    ],
    ids=str,
)
def test_what_cannot_be_cut_is_named(prices, change, error, sentence):
    cutting = {"series": prices, "window_length": 5} | change
    with pytest.raises(error, match=sentence):
        make_windows(**cutting)


def test_a_target_by_name_needs_a_frame(rows):
    with pytest.raises(ValueError, match="series has no names"):
        make_windows(rows, 5, target="close")


def test_windows_for_a_loop_take_numbers_of_numpy():
    series = np.arange(600.0)
    for small, plain in ((np.uint8, int), (np.int8, int)):
        one = make_windows(
            series, small(120), small(100), step=small(100), target=small(0)
        )
        other = make_windows(series, plain(120), 100, step=100, target=0)
        for ours, theirs in zip(one, other, strict=True):
            assert_array_equal(ours, theirs)
