"""The forms in which sequences are handed over, and what all of them are read into."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from sklearn_rnn import make_windows
from sklearn_rnn._sequences.sequences import (
    Sequences,
    check_finite,
    check_sequences,
    check_size,
    is_ragged,
    unwindow,
)

FLOATS = st.floats(-1e6, 1e6, width=32)


@st.composite
def ragged_lists(draw):
    """Sequences of 1 to 6 steps, one of them at least with all."""
    n_features, n_steps = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    lengths = draw(st.lists(st.integers(1, n_steps), max_size=5))
    lengths.insert(draw(st.integers(0, len(lengths))), n_steps)
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    return [draw(hnp.arrays(dtype, (n, n_features), elements=FLOATS)) for n in lengths]


def left_padded(arrays):
    """Put NaN before the shorter sequences, one step at a time."""
    n_steps = max(len(x) for x in arrays)
    absent = np.full_like(arrays[0][:1], np.nan)
    return np.stack([np.vstack([absent] * (n_steps - len(x)) + [x]) for x in arrays])


@pytest.fixture
def cube():
    return np.random.default_rng(0).normal(size=(5, 4, 3))


# Forms


@given(arrays=ragged_lists())
@settings(deadline=None, max_examples=80)
def test_a_list_and_padded_arrays_of_the_same_sequences_are_read_alike(arrays):
    padded = left_padded(arrays)
    n_samples, n_steps, _ = padded.shape
    flat = padded.reshape(n_samples, -1)
    lengths = [len(x) for x in arrays]
    for X, window_length in ((arrays, None), (padded, None), (flat, n_steps)):
        sequences = check_sequences(X, window_length=window_length)
        assert_array_equal(sequences.values, padded)
        assert sequences.values.dtype == padded.dtype
        assert (sequences.n_samples, sequences.n_steps) == (n_samples, n_steps)
        if lengths == [n_steps] * n_samples:
            assert sequences.lengths is None
        else:
            assert_array_equal(sequences.lengths, lengths)


def test_a_row_of_a_table_is_the_steps_of_one_feature():
    table = np.arange(12.0).reshape(3, 4)
    sequences = check_sequences(table)
    assert_array_equal(sequences.values, table[:, :, np.newaxis])
    assert_array_equal(check_sequences(pd.DataFrame(table)).values, sequences.values)


def test_arrays_with_one_axis_are_the_steps_of_one_feature():
    one_axis = check_sequences([np.arange(3.0), np.arange(5.0)])
    two_axes = check_sequences([np.arange(3.0)[:, None], np.arange(5.0)[:, None]])
    assert_array_equal(one_axis.values, two_axes.values)
    assert_array_equal(one_axis.lengths, [3, 5])


@pytest.mark.parametrize("container", [list, tuple, lambda X: as_objects(X)])
def test_sequences_may_be_lists_of_lists_in_any_container(container):
    sequences = check_sequences(container([[1, 2, 3], [4]]))
    assert_array_equal(sequences.values[:, :, 0], [[1, 2, 3], [np.nan, np.nan, 4]])


def as_objects(X):
    array = np.empty(len(X), object)
    array[:] = X
    return array


def test_a_regular_nested_list_is_an_array_and_not_ragged():
    nested = [[1.0, 2.0], [3.0, 4.0]]
    assert not is_ragged(nested)
    assert is_ragged([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    assert_array_equal(
        check_sequences(nested).values, check_sequences(np.array(nested)).values
    )


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (["float32", "float32"], "float32"),
        (["float32", "float64"], "float64"),
        (["int64", "int8"], "float64"),
        (["bool", "float32"], "float64"),
    ],
)
def test_sequences_are_floats_as_wide_as_the_widest(dtypes, expected):
    ragged = [np.ones((n, 2), dtype) for n, dtype in enumerate(dtypes, start=1)]
    assert check_sequences(ragged).values.dtype == expected
    if len(set(dtypes)) == 1:
        assert check_sequences(np.ones((2, 3, 1), dtypes[0])).values.dtype == expected


def test_taking_some_sequences_takes_their_lengths():
    sequences = check_sequences([np.ones(2), np.ones(3), np.ones(1)])
    taken = sequences.take([2, 0])
    assert_array_equal(taken.values, sequences.values[[2, 0]])
    assert_array_equal(taken.lengths, [1, 2])
    assert Sequences(sequences.values).take(slice(1)).lengths is None


# Views


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_absent", [0, 3])
def test_windows_stay_a_view_on_their_series(dtype, n_absent):
    series = np.random.default_rng(0).normal(size=(50, 2)).astype(dtype)
    series[:n_absent] = np.nan
    windows = np.lib.stride_tricks.sliding_window_view(series, 5, axis=0)
    windows = windows.transpose(0, 2, 1)
    flat = windows.reshape(len(windows), -1)
    for X, window_length in ((windows, None), (flat, 5)):
        values = check_sequences(X, window_length=window_length).values
        assert np.shares_memory(values, X)
        assert values.dtype == dtype
        assert_array_equal(unwindow(values), series)


def test_reading_sequences_writes_to_none_of_them():
    arrays = [np.full((2, 1), 5.0), np.full((3, 1), 6.0)]
    padded = left_padded(arrays)
    padded.flags.writeable = arrays[0].flags.writeable = False
    values = check_sequences(arrays).values
    values[:] = 0.0
    assert_array_equal(arrays[1], np.full((3, 1), 6.0))
    assert_array_equal(check_sequences(padded).lengths, [2, 3])


@given(
    series=hnp.arrays(
        np.float64, st.tuples(st.integers(2, 20), st.integers(1, 3)), elements=FLOATS
    ),
    window_length=st.integers(1, 8),
)
@settings(deadline=None, max_examples=60)
def test_the_series_behind_windows_is_found_without_a_copy(series, window_length):
    window_length = min(window_length, len(series) - 1)
    windows, _ = make_windows(series, window_length)
    found = unwindow(windows)
    if min(windows.shape[:2]) < 2:
        assert found is None
        return
    assert_array_equal(found, series[:-1])
    assert np.shares_memory(found, series)
    assert not found.flags.writeable
    assert unwindow(windows.copy()) is None
    assert unwindow(windows[::2]) is None


@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)),
    strides=st.tuples(*[st.integers(0, 3)] * 3),
    reverse=st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_a_series_is_found_only_where_every_step_is_its_own(shape, strides, reverse):
    memory = np.arange(100.0)
    strides = [8 * stride for stride in strides]
    values = np.lib.stride_tricks.as_strided(memory, shape, strides, writeable=False)
    values = values[::-1, ::-1] if reverse else values
    series = unwindow(values)
    if series is not None:
        for sample, step in np.ndindex(shape[:2]):
            assert_array_equal(series[sample + step], values[sample, step])


# Values that are not finite


@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)),
    bad=st.sampled_from([(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")]),
    data=st.data(),
)
@settings(deadline=None, max_examples=100)
def test_a_value_that_is_not_finite_is_named_with_its_place(shape, bad, data):
    value, name = bad
    row, step, column = (data.draw(st.integers(0, n - 1)) for n in shape)
    X = np.zeros((shape[0], shape[1] + 1, shape[2]))
    step += 1  # no leading one
    X[row, step, column] = value
    at = f"Input X contains {name} at row {row}, step {step}, column {column};"
    with pytest.raises(ValueError, match=at):
        check_sequences(X)
    with pytest.raises(ValueError, match=at):
        check_sequences([*X, np.zeros((1, shape[2]))])
    at = f"Input X contains {name} at row {row}, column {step * shape[2] + column};"
    with pytest.raises(ValueError, match=at):
        check_sequences(X.reshape(len(X), -1), window_length=shape[1] + 1)
    with pytest.raises(ValueError, match=at):
        check_sequences(X.reshape(len(X), -1))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((2, 0, 1), np.nan),  # a leading step, but only one of its features
        ((2, slice(0, 2), 1), np.nan),
        ((2, 0), np.inf),
        ((2, slice(1, 3)), np.nan),  # after a step that is there
    ],
)
def test_only_leading_steps_without_any_value_are_absent(cube, place, value):
    cube[place] = value
    with pytest.raises(ValueError, match=r"Input X contains .* at row 2, step"):
        check_sequences(cube)
    with pytest.raises(ValueError, match=r"Input X contains .* at row 2, column"):
        check_sequences(cube.reshape(5, -1), window_length=4)


def test_a_row_of_many_is_named_by_its_own_number():
    X = np.zeros((5000, 3, 1))
    X[:, 0] = np.nan
    X[3210, 2] = np.nan
    with pytest.raises(ValueError, match="NaN at row 3210, step 2, column 0"):
        check_sequences(X)


def test_values_whose_sum_is_too_large_for_a_float_are_finite():
    X = np.full((2, 3, 1), np.finfo(float).max)
    assert check_sequences(X).lengths is None
    check_finite(X[:, :, 0])


@pytest.mark.parametrize(("row", "n_absent"), [(0, 4), (3, 4)])
def test_a_sequence_without_a_step_is_named(cube, row, n_absent):
    cube[:, :2] = np.nan
    cube[row, :n_absent] = np.nan
    with pytest.raises(ValueError, match=f"Row {row} of X has no step"):
        check_sequences(cube)
    with pytest.raises(ValueError, match=f"Row {row} of X has no step"):
        check_sequences(cube.reshape(5, -1), window_length=4)


@given(
    shape=hnp.array_shapes(min_dims=1, max_dims=3, max_side=4),
    dtype=st.sampled_from([np.float32, np.float64]),
    sign=st.sampled_from([-1, 1]),
    data=st.data(),
)
@settings(deadline=None, max_examples=60)
def test_a_value_too_large_to_be_squared_is_named_with_its_place(
    shape, dtype, sign, data
):
    values = np.zeros(shape, dtype)
    at = tuple(data.draw(st.integers(0, n - 1)) for n in shape)
    check_size(values, "X")
    values[at] = sign * np.finfo(dtype).max
    axes = ("row", "step", "column") if len(shape) == 3 else ("row", "column")
    place = ", ".join(f"{axis} {i}" for axis, i in zip(axes, at, strict=False))
    with pytest.raises(ValueError, match=rf"^X holds .* at {place}, too large"):
        check_size(values, "X")
    values[at] = np.nan
    check_size(values, "X")


# What is no sequence


@pytest.mark.parametrize(
    ("X", "sentence"),
    [
        (np.zeros(3), "got 1D array instead"),
        (np.zeros((2, 2, 2, 2)), "got 4D array instead"),
        (np.zeros((2, 0, 3)), r"shape \(2, 0, 3\); .* at least one step"),
        (np.zeros((2, 3, 0)), r"shape \(2, 3, 0\); .* and one feature"),
        (np.zeros((0, 3, 1)), r"0 sample\(s\)"),
        (np.zeros((0, 3)), r"0 sample\(s\)"),
        (np.zeros((3, 0)), r"0 feature\(s\)"),
        (
            [np.zeros((2, 1)), np.zeros((2, 3))],
            r"X\[1\] has 3 features, but X\[0\] has 1",
        ),
        ([np.zeros(2), np.zeros(0)], r"X\[1\] has no step"),
        ([np.zeros(2), np.zeros((2, 2, 2))], r"X\[1\] has shape \(2, 2, 2\); each"),
        ([np.zeros(2), np.zeros((2, 0))], r"X\[1\] has shape \(2, 0\); each"),
        (
            [np.zeros(2), np.array(["a"])],
            r"X\[1\] cannot be read as an array of numbers",
        ),
        ([np.zeros(2), np.array([1j])], r"X\[1\] .* Complex data not supported"),
        ([np.zeros(2), [[1, 2], [3]]], r"X\[1\] cannot be read as an array of numbers"),
        (np.zeros((2, 2, 2), complex), "Complex data not supported"),
        (np.full((2, 2, 2), "a"), "could not convert string"),
    ],
    ids=str,
)
def test_what_is_no_sequence_is_named(X, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_sequences(X)


def test_a_window_must_divide_the_columns():
    with pytest.raises(ValueError, match="7 columns, which window_length=3 does not"):
        check_sequences(np.zeros((2, 7)), window_length=3)


@pytest.mark.parametrize(
    "X", [np.zeros((1, 3, 2)), np.zeros((1, 3)), [np.zeros((3, 2))]], ids=type
)
def test_too_few_sequences_are_an_error(X):
    assert check_sequences(X).n_samples == 1
    with pytest.raises(ValueError, match=r"1 sample.*minimum of 2 is required"):
        check_sequences(X, min_samples=2)


@settings(deadline=None, max_examples=30)
@given(
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=30),
    batch_size=st.integers(1, 8),
)
def test_parts_hold_every_sequence_once_and_all_of_its_steps(lengths, batch_size):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(length, 2)) for length in lengths]
    seen = []
    for rows, part in check_sequences(X).parts(batch_size):
        numbers = np.arange(len(X))[rows]
        assert 1 <= len(numbers) <= batch_size
        assert part.lengths is None
        for number, values in zip(numbers, part.values, strict=True):
            assert_array_equal(values, X[number])
        seen.extend(numbers)
    assert sorted(seen) == list(range(len(X)))
