"""Every way in which X, y and weights are handed over: read alike, or refused."""

import copy
import io
import pickle
import re
from array import array
from collections import UserList, deque
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing

from sklearn_rnn import (
    ESNRegressor,
    ESNRegressorCV,
    GRURegressor,
    LSTMRegressor,
    ReservoirTransformer,
    RNNRegressor,
    SlidingWindowTransformer,
    make_windows,
)
from sklearn_rnn._sequences.sequences import WindowArray

RNG = np.random.default_rng(0)
# Whole numbers, which every container holds exactly.
X = RNG.integers(-9, 10, size=(12, 4, 2)).astype(float)
FLAT = X.reshape(12, 8)
NAMES = [f"c{number}" for number in range(8)]
FRAME = pd.DataFrame(FLAT, columns=NAMES)
y = RNG.integers(-9, 10, size=12).astype(float)
DAYS = pd.date_range("2024-01-01", periods=4)

ESN = ESNRegressor(n_reservoir=5, random_state=0)
GRU = GRURegressor(hidden_size=2, max_epochs=0, random_state=0)
MODELS = {"ESN": ESN, "GRU": GRU}


class OnlyArray:
    """What xarray, JAX and others are to numpy."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)


class Unreadable(OnlyArray):
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("The data are on another machine.\nSecond line.")


class Subclass(np.ndarray):
    pass


def as_objects(parts):
    """Return an array with one axis, whose values are the parts."""
    objects = np.empty(len(parts), object)
    for number, part in enumerate(parts):
        objects[number] = part
    return objects


def as_memmap(values):
    return np.frombuffer(values.tobytes()).reshape(values.shape)


def read_only(values):
    values = values.copy()
    values.flags.writeable = False
    return values


def with_gaps(values):
    return np.repeat(values, 2, axis=0)[::2]


# Of numbers with any axes
ARRAYS = {
    "an array": np.asarray,
    "in Fortran's order": np.asfortranarray,
    "with gaps": with_gaps,
    "backwards": lambda values: values[::-1].copy()[::-1],
    "read-only": read_only,
    "of a buffer": as_memmap,
    "of a subclass": lambda values: values.view(Subclass),
    "of other bytes": lambda values: values.astype(values.dtype.newbyteorder()),
    "of halves": lambda values: values.astype(np.float16),
    "of long doubles": lambda values: values.astype(np.longdouble),
    "of small integers": lambda values: values.astype(np.int8),
    "of objects": lambda values: values.astype(object),
    "of Decimal": lambda values: np.vectorize(Decimal, otypes=[object])(values),
    "of Fraction": lambda values: np.vectorize(Fraction, otypes=[object])(values),
    "of texts": lambda values: values.astype(str),
    "lists": lambda values: values.tolist(),
    "masked, nothing hidden": np.ma.array,
    "an __array__": OnlyArray,
    "a tensor": torch.tensor,
}
# Of X with three axes: one array a sequence, and more
SEQUENCES = {
    **ARRAYS,
    "a list of arrays": list,
    "a tuple of arrays": tuple,
    "a deque": deque,
    "a UserList": lambda X: UserList([*X]),
    "lists of arrays": lambda X: [[*x] for x in X],
    "an array of arrays": as_objects,
    "a Series of arrays": lambda X: pd.Series([*X]),
    "a Series of lists": lambda X: pd.Series(X.tolist()),
    "a Series of frames": lambda X: pd.Series([pd.DataFrame(x) for x in X]),
    "a list of lists": lambda X: [x.tolist() for x in X],
    "a list of tensors": lambda X: [torch.tensor(x) for x in X],
    "a list of __array__": lambda X: [OnlyArray(x) for x in X],
    "a list of frames": lambda X: [pd.DataFrame(x) for x in X],
    "a list of frames with names": lambda X: frames(X),
    "a list of frames with dates": lambda X: frames(X, index=DAYS),
    "a list of nullable frames": lambda X: [f.convert_dtypes() for f in frames(X)],
    "a list of frames of objects": lambda X: [f.astype(object) for f in frames(X)],
    "a list of frames and arrays": lambda X: [pd.DataFrame(X[0]), *X[1:]],
    "a list of masked arrays": lambda X: [np.ma.array(x) for x in X],
}
TABLES = {
    **ARRAYS,
    "a frame": lambda X: pd.DataFrame(X, columns=NAMES[: X.shape[1]]),
    "a frame without names": pd.DataFrame,
    "a nullable frame": lambda X: pd.DataFrame(X).convert_dtypes(),
    "a frame of objects": lambda X: pd.DataFrame(X, dtype=object),
    "a frame of texts": lambda X: pd.DataFrame(X.astype(str)),
    "a frame of categories": lambda X: pd.DataFrame(X).astype("category"),
    "lists of numbers of numpy": lambda X: [[*x] for x in X],
    "a memoryview": lambda X: memoryview(np.ascontiguousarray(X)),
}
VECTORS = {
    **ARRAYS,
    "a Series": pd.Series,
    "an Index": pd.Index,
    "a nullable Series": lambda y: pd.Series(y).convert_dtypes(),
    "a Series of categories": lambda y: pd.Series(y, dtype="category"),
    "a Series with dates": lambda y: pd.Series(y, pd.date_range("2024", periods=12)),
    "a buffer": lambda y: array("d", y),
    "a tuple of numbers of numpy": tuple,
}


def frames(X, index=None):
    return [pd.DataFrame(x, columns=["open", "close"], index=index) for x in X]


# ------------------------------------------------------------------- read alike


@pytest.mark.parametrize("model", MODELS)
@given(
    numbers=hnp.arrays(np.int8, (12, 4, 2), elements=st.integers(-9, 9)),
    form=st.sampled_from(list(SEQUENCES)),
)
@settings(deadline=None, max_examples=20)
def test_every_form_of_the_same_sequences_is_learnt_from_alike(model, numbers, form):
    inputs = numbers.astype(float)
    expected = MODELS[model].fit(inputs, y).predict(inputs)
    given = SEQUENCES[form](inputs)
    assert_array_equal(MODELS[model].fit(given, y).predict(given), expected)


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize("form", SEQUENCES)
def test_every_form_of_the_same_sequences_is_predicted_alike(form):
    for model in MODELS.values():
        model.fit(X, y)
        assert_array_equal(model.predict(SEQUENCES[form](X)), model.predict(X))


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize("form", TABLES)
def test_every_form_of_the_same_table_is_read_alike(form):
    given = TABLES[form](FLAT)
    for model in (ESN, ESNRegressor(n_reservoir=5, random_state=0, window_length=4)):
        expected = model.fit(FLAT, y).predict(FLAT)
        assert_array_equal(model.predict(given), expected)
        assert_array_equal(model.fit(given, y).predict(given), expected)
    for transformer in (
        SlidingWindowTransformer(3),
        ReservoirTransformer(n_reservoir=5, random_state=0),
    ):
        expected = transformer.fit_transform(FLAT)
        assert_array_equal(transformer.fit_transform(given), expected)
        assert_array_equal(transformer.transform(given), expected)
    for ours, theirs in zip(make_windows(given, 3), make_windows(FLAT, 3), strict=True):
        assert_array_equal(ours, theirs)


@pytest.mark.parametrize("form", VECTORS)
def test_every_form_of_the_same_targets_and_weights_is_read_alike(form):
    weights = np.arange(12.0)
    for model in MODELS.values():
        expected = model.fit(X, y).predict(X)
        assert_array_equal(model.fit(X, VECTORS[form](y)).predict(X), expected)
    expected = ESN.fit(X, y, weights).predict(X)
    assert_array_equal(ESN.fit(X, y, VECTORS[form](weights)).predict(X), expected)
    score = ESN.score(X, y, weights)
    assert ESN.score(X, VECTORS[form](y), VECTORS[form](weights)) == score


@pytest.mark.parametrize("form", SEQUENCES)
def test_every_form_of_targets_of_steps_is_read_alike(form):
    model = ESNRegressor(n_reservoir=5, random_state=0, return_sequences=True)
    expected = model.fit(X, X).predict(X)
    given = SEQUENCES[form](X)
    assert_array_equal(np.asarray(model.fit([*X], given).predict([*X])), expected)
    if not (isinstance(given, np.ndarray) and given.ndim == 1):
        assert_array_equal(model.fit(X, given).predict(X), expected)


def test_a_table_of_targets_of_steps_may_be_read_only():
    model = ESNRegressor(n_reservoir=5, random_state=0, return_sequences=True)
    rises = pd.DataFrame(X[:, :, 0] > 0)
    expected = model.fit(X, rises.to_numpy(float)).predict(X)
    assert_array_equal(model.fit(X, rises).predict(X), expected)


def test_sequences_of_any_length_may_stand_in_a_series():
    ragged = [x[: 1 + row % 4] for row, x in enumerate(X)]
    expected = ESN.fit(ragged, y).predict(ragged)
    for form in (pd.Series(ragged), as_objects(ragged), [x.tolist() for x in ragged]):
        assert_array_equal(ESN.fit(form, y).predict(form), expected)


def test_tables_of_other_packages_are_read_as_those_of_pandas():
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    expected = ESN.fit(FRAME, y).predict(FRAME)
    of_lists = ESN.fit(frames(X), y).predict(frames(X))
    for call in TAKES_X.values():
        one_sentence(call, polars.LazyFrame(FLAT), "X", "is a LazyFrame; it must be")
    for read in (polars.from_pandas, pyarrow.Table.from_pandas):
        assert_array_equal(ESN.fit(read(FRAME), y).predict(read(FRAME)), expected)
        assert_array_equal(ESN.feature_names_in_, NAMES)
        parts = [read(frame) for frame in frames(X)]
        assert_array_equal(ESN.fit(parts, y).predict(parts), of_lists)
        assert_array_equal(ESN.feature_names_in_, ["open", "close"])
        with pytest.raises(TypeError, match=r"^Column 'c3' of X holds dates"):
            ESN.fit(read(FRAME.assign(c3=DAYS[0])), y)


# ------------------------------------------------------------------------ masks


@given(
    hidden=hnp.arrays(bool, X.shape, elements=st.booleans(), fill=st.just(False)),
    form=st.sampled_from(["array", "integers", "list", "lists", "objects", "table"]),
)
@settings(deadline=None, max_examples=40)
def test_a_mask_is_read_as_nan_would_be(hidden, form):
    masked = np.ma.array(X, mask=hidden)
    as_nan, model = np.where(hidden, np.nan, X), ESN
    if form == "integers":
        masked = masked.astype(int)
    if form in ("list", "lists", "objects"):
        masked, as_nan = [*masked], [*as_nan]
    if form == "lists":
        masked = [[*x] for x in masked]
        as_nan = np.array(as_nan)
    if form == "objects":
        masked = as_objects(masked)
    if form == "table":
        masked, as_nan = masked.reshape(12, 8), as_nan.reshape(12, 8)
        model = ESNRegressor(n_reservoir=5, random_state=0, window_length=4)
    try:
        expected = model.fit(as_nan, y).predict(as_nan)
    except ValueError as error:
        with pytest.raises(ValueError, match=re.escape(str(error))):
            model.fit(masked, y)
    else:
        assert_array_equal(model.fit(masked, y).predict(masked), expected)


HIDES_ONE = np.arange(12) == 3


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda v: ESN.fit(X, v), "Input y contains NaN"),
        (lambda v: GRU.fit(X, v), "Input y contains NaN"),
        (lambda v: GRU.fit(X, v[:, np.newaxis]), "Input y contains NaN"),
        (lambda v: GRU.fit(X, [*v]), "Input y contains NaN"),
        (lambda v: ESN.fit(X, y, abs(v)), "Input sample_weight contains NaN"),
        (lambda v: ESN.fit(X, y).score(X, v), "Input y contains NaN"),
        (lambda v: make_windows(v, 2), "series contains NaN at row 3"),
        (
            lambda v: SlidingWindowTransformer(2).fit(v[:, np.newaxis]),
            "Input X contains NaN at row 3",
        ),
        (
            lambda v: ReservoirTransformer(5).fit(v[:, np.newaxis]),
            "Input X contains NaN at row 3",
        ),
    ],
    ids=range(9),
)
def test_a_hidden_value_is_never_taken_for_what_is_under_the_mask(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(np.ma.array(y, mask=HIDES_ONE))


def test_hidden_targets_of_steps_are_nan():
    model = ESNRegressor(n_reservoir=5, return_sequences=True)
    steps = np.ma.array(X[:, :, 0], mask=np.arange(48).reshape(12, 4) == 14)
    for inputs, targets in ((X, steps), ([*X], [*steps])):
        with pytest.raises(ValueError, match="Input y contains NaN at row 3, step 2"):
            model.fit(inputs, targets)


# ---------------------------------------------------------------------- refused

DATES = "hold(s)? dates .*not numbers"
REFUSED = {
    "a text": ("abc", "could not convert string to float: 'abc'"),
    "a long text": ("a" * 10_000, "could not convert string to float: 'aaa"),
    "a generator": (lambda: (x for x in X), "is a generator; it must be an array"),
    "a map": (lambda: map(list, X), "is a map; it must be an array"),
    "a dict": ({"a": y}, "is a dict; it must be an array"),
    "values of a dict": (lambda: {1: y}.values(), "is a dict_values; it must be an"),
    "a set": ({1.0, 2.0}, "is a set; it must be an array"),
    "a class": (int, "is a type; it must be an array"),
    "a function": (len, "is a builtin_function_or_method; it must be an array"),
    "groups of rows": (FRAME.groupby("c0"), "is a DataFrameGroupBy; it must be an"),
    "groups of columns with numbers": (
        pd.DataFrame(FLAT).groupby(0),
        "is a DataFrameGroupBy; it must be an array",
    ),
    "groups of values": (FRAME.groupby("c0")["c1"], "is a SeriesGroupBy; it must be"),
    "moving windows": (FRAME.rolling(3), "is a Rolling; it must be an array"),
    "a missing value": (pd.NA, "is <NA>; it must be an array"),
    "a missing time": (pd.NaT, "is NaT; it must be an array"),
    "an array far away": (Unreadable(X), "another machine"),
    "a tensor with a gradient": (
        torch.ones(12, 4, requires_grad=True),
        "requires grad",
    ),
    "a tensor of bfloat16": (torch.ones(12, 4, dtype=torch.bfloat16), "BFloat16"),
    "a sparse array": (scipy.sparse.csr_array(FLAT), "Sparse data was passed for"),
    "a structured array": (np.zeros((12, 4), "f8,f8"), "is a structured array with"),
    "a matrix": (np.matrix(FLAT), "np.matrix is not supported"),
    "complex numbers": (FLAT + 1j, "row 0, column 0: Complex data not supported"),
    "lists of complex numbers": (
        (FLAT + 1j).tolist(),
        "row 0, column 0: Complex data not supported",
    ),
    "a column of complex numbers": (
        FRAME.assign(c3=1j),
        "row 0, column 'c3': Complex data not supported",
    ),
    "a column of complex objects": (
        FRAME.assign(c3=np.full(12, 1j, object)),
        "row 0, column 'c3': Complex data not supported",
    ),
    "a column of intervals": (
        FRAME.assign(c3=pd.interval_range(0, 12)),
        "row 0, column 'c3': an argument must be a string or a number, not an Interval",
    ),
    "a column of categories of intervals": (
        FRAME.assign(c3=pd.cut(y, 3)),
        "row 0, column 'c3': an argument must be a string or a number, not an Interval",
    ),
    "a column of objects": (
        FRAME.assign(c3=object()),
        "row 0, column 'c3': an argument must be a string or a number, not an object",
    ),
    "uneven lists in lists": (
        [[[1.0, 2.0], [3.0]]] * 12,
        r"\[0\]\[1\] has shape \(1,\), and \w+(\[1\])?\[0\]\[0\] \(2,\): all parts",
    ),
    "words": (np.full((12, 4), "up"), "could not convert string to float: .*'up'"),
    "long words": (np.full((12, 4), "u" * 999), "could not convert string to float"),
    "numbers too large": ([[10**400] * 4] * 12, "int too large to convert to float"),
    "dates": (np.full((12, 4), "2024-01-01", "M8[D]"), DATES),
    "lists of dates": ([[date(2024, 1, 1)] * 4] * 12, DATES),
    "lists of times": ([[datetime(2024, 1, 1)] * 4] * 12, DATES),
    "lists of differences": ([[timedelta(1)] * 4] * 12, DATES),
    "lists of Timestamps": ([[DAYS[0]] * 4] * 12, DATES),
    "lists of Periods": ([[pd.Period("2024")] * 4] * 12, DATES),
    "a column of dates": (FRAME.assign(c3=DAYS[0]), f"'c3' of .*{DATES}"),
    "a column of dates in a zone": (
        FRAME.assign(c3=pd.Timestamp("2024", tz="UTC")),
        f"'c3' of .*{DATES}",
    ),
    "a column of differences": (
        FRAME.assign(c3=pd.Timedelta(1, "D")),
        f"'c3' of .*{DATES}",
    ),
    "a column of periods": (FRAME.assign(c3=pd.Period("2024")), f"'c3' of .*{DATES}"),
    "a column of date objects": (
        FRAME.assign(c3=date(2024, 1, 1)),
        f"{DATES[:10]}.*'c3'",
    ),
    "a column of words": (FRAME.assign(c3="up"), "column 'c3': could not convert"),
    "a column of categories": (
        FRAME.assign(c3=pd.Categorical(["up"] * 12)),
        "column 'c3': could not convert",
    ),
    "a nested frame": (
        pd.DataFrame({"dim_0": [pd.Series(x[:, 0]) for x in X]}),
        "is nested: at row 0, column 'dim_0' it holds a Series",
    ),
    "a frame of lists": (
        pd.DataFrame({"dim_0": [x[:, 0].tolist() for x in X]}),
        "is nested: at row 0, column 'dim_0' it holds a list",
    ),
    "four axes": (np.zeros((12, 2, 2, 2)), "dim 4|4D array"),
}
SENTENCES = REFUSED | {
    "a flat list": ([*range(4000)], "Expected 2D array, got 1D array instead: X is of"),
    "a flat Series": (pd.Series(range(4000)), "Expected 2D array, got 1D array"),
    "nothing": (None, "X is None; it must be an array, a DataFrame or a list"),
    "a number": (3.5, "Expected 2D array, got scalar array instead: X is 3.5"),
    "an empty list": (
        [],
        r"Expected 2D array, got 1D array instead: X is of shape \(0",
    ),
    "an empty list in one": ([[]], r"0 feature\(s\)|1 sample\(s\)|0 features"),
    "no row": (FLAT[:0], r"0 sample\(s\)"),
    "no column": (FLAT[:, :0], r"0 feature\(s\)|0 features"),
    "names of several types": (
        FRAME.rename(columns={"c0": 0}),
        "several types .*X.columns.astype",
    ),
}
TAKES_X = {
    "ESN": lambda X: ESN.fit(X, y),
    "ESN CV": lambda X: ESNRegressorCV(n_reservoir=5).fit(X, y),
    "GRU": lambda X: GRU.fit(X, y),
    "LSTM of windows": lambda X: LSTMRegressor(window_length=2).fit(X, y),
    "RNN, once more": lambda X: RNNRegressor(max_epochs=0).partial_fit(X, y),
    "predict": lambda X: MODELS["ESN"].fit(FLAT, y).predict(X),
    "windows": SlidingWindowTransformer(2).fit,
    "windows of new rows": SlidingWindowTransformer(2).fit(FLAT).transform,
    "states": ReservoirTransformer(5).fit_transform,
}


def one_sentence(call, value, name, sentence):
    """Check that a call ends in a sentence that names the argument."""
    value = value() if type(value) is type(one_sentence) else value
    with pytest.raises((TypeError, ValueError), match=sentence) as raised:
        call(value)
    message = str(raised.value)
    assert len(message) < 300
    assert "\n" not in message
    assert "inhomogeneous" not in message
    assert re.search(rf"(?<!\w){name}(?!\w)", message), message


@pytest.mark.parametrize("form", SENTENCES)
def test_what_is_no_table_of_numbers_is_told_in_a_sentence_about_X(form):
    for call in TAKES_X.values():
        one_sentence(call, SENTENCES[form][0], "X", SENTENCES[form][1])


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_no_number_is_told_in_a_sentence_about_its_argument(form):
    value, sentence = REFUSED[form]
    by_step = ESNRegressor(n_reservoir=5, return_sequences=True)
    one_sentence(lambda y: ESN.fit(FLAT, y), value, "y", sentence)
    one_sentence(lambda y: GRU.fit(FLAT, y), value, "y", sentence)
    one_sentence(lambda s: make_windows(s, 2), value, "series", sentence)
    of_weights = "Sample weights must be 1D" if form == "four axes" else sentence
    one_sentence(lambda w: ESN.fit(X, y, w), value, "sample_weight", of_weights)
    if form != "four axes":
        one_sentence(lambda y: by_step.fit(X, y), value, "y", sentence)
        one_sentence(lambda x: ESN.fit([X[0], x], y[:2]), value, r"X\[1\]", sentence)


@pytest.mark.parametrize(
    "targets",
    [
        np.array(["setosa", "virginica"] * 6),
        ["up", "down"] * 6,
        pd.Series(["up", "down"] * 6, dtype="category"),
        np.array(["up", "down"] * 6, dtype=object),
        pd.DataFrame({"kind": ["up", "down"] * 6}),
    ],
    ids=lambda targets: type(targets).__name__,
)
@pytest.mark.parametrize("model", MODELS)
def test_words_for_targets_are_told_that_this_is_a_regressor(model, targets):
    name = type(MODELS[model]).__name__
    sentence = (
        f"^y cannot be read .* {name} is a regressor: its targets must be numbers"
    )
    with pytest.raises(ValueError, match=sentence):
        MODELS[model].fit(X, targets)


DATED = [form for form in REFUSED if DATES in REFUSED[form][1]]


@pytest.mark.parametrize("form", DATED)
def test_only_features_that_are_dates_are_told_to_be_set_as_the_index(form):
    dates, fitted = REFUSED[form][0], ESN.fit(FLAT, y)
    for call, ends in (
        (lambda: ESN.fit(dates, y), "a day of the week"),
        (lambda: make_windows(dates, 2), "a day of the week"),
        (lambda: ESN.fit(FLAT, dates), "its targets must be numbers"),
        (lambda: fitted.score(FLAT, dates), "targets of a regressor must be numbers"),
        (lambda: ESN.fit(FLAT, y, dates), "Weights must be numbers"),
        (lambda: fitted.score(FLAT, y, dates), "Weights must be numbers"),
    ):
        with pytest.raises(TypeError, match=rf"are not numbers[:.] .*{ends}.?.?$"):
            call()


@pytest.mark.parametrize(
    ("uneven", "place"),
    [
        ([[1, 2]] * 11 + [[3]], r"y\[11\] has shape \(1,\), and y\[0\] \(2,\)"),
        ([[1, 2], 3] * 6, r"y\[1\] has shape \(\), and y\[0\] \(2,\)"),
        ([y[:2], y[:3]] * 6, r"y\[1\] has shape \(3,\), and y\[0\] \(2,\)"),
        (pd.Series([[1], [2, 3]] * 6), r"y\[1\] has shape \(2,\), and y\[0\] \(1,\)"),
        ([[[1], [2]], [[1, 2]]] * 6, r"y\[1\] has shape \(1, 2\), and y\[0\] \(2, 1\)"),
        ([[[1], [2, 3]]] * 12, r"y\[0\]\[1\] has shape \(2,\), and y\[0\]\[0\] \(1,\)"),
    ],
    ids=range(6),
)
def test_the_first_part_of_another_shape_is_named(uneven, place):
    fitted = ESN.fit(X, y)
    one_sentence(lambda y: ESN.fit(X, y), uneven, "y", place)
    one_sentence(lambda y: fitted.score(X, y), uneven, "y", place)


# ------------------------------------------------------------------ names, order


@pytest.mark.parametrize("fitted_on", [FLAT, FRAME], ids=["no names", "names"])
def test_columns_of_one_name_are_told_or_read_as_columns_without_a_name(fitted_on):
    table = FRAME.set_axis(["a", "b", "a", "c", "a", "d", "e", "b"], axis=1)
    windows = SlidingWindowTransformer(2).fit(fitted_on)
    model = copy.deepcopy(ESN).fit(fitted_on, y)
    for call in (
        lambda X: SlidingWindowTransformer(2).fit(X),
        lambda X: ESN.fit(X, y),
        windows.transform,
        windows.partial_fit,
        model.predict,
    ):
        try:
            call(table)  # as before scikit-learn asked for names that differ
        except ValueError:
            one_sentence(call, table, "X", "several columns of one name|other columns")


@pytest.mark.parametrize("n_columns", [1, 8, 200])
def test_other_columns_are_told_in_one_short_sentence(n_columns):
    table = pd.DataFrame(np.zeros((12, n_columns))).add_prefix("a_long_name_")
    windows = SlidingWindowTransformer(2).fit(table)
    for change in (
        lambda f: f.add_suffix("_2"),
        lambda f: f[f.columns[::-1]],
        lambda f: f.iloc[:, 1:],
        lambda f: f.assign(new=1.0),
    ):
        other = change(table)
        if other.columns.equals(table.columns) or other.shape[1] == 0:
            continue
        sentence = "^X has other columns than in fit: feature names should match"
        one_sentence(windows.transform, other, "X", sentence)
        model = copy.deepcopy(ESN).fit(table, y)
        one_sentence(model.predict, other, "X", sentence)


@pytest.mark.parametrize("model", MODELS)
def test_frames_in_a_list_have_names_as_tables_have(model):
    fitted = MODELS[model].fit(frames(X), y)
    assert_array_equal(fitted.feature_names_in_, ["open", "close"])
    swapped = [frame[["close", "open"]] for frame in frames(X)]
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(swapped)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict([frame.add_suffix("_2") for frame in frames(X)])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        fitted.predict([*X])
    with pytest.warns(UserWarning, match="X has feature names, but"):
        MODELS[model].fit([*X], y).predict(frames(X))


@pytest.mark.parametrize(
    "form", [list, pd.Series, as_objects], ids=["list", "Series", "objects"]
)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda f: f[["close", "open"]],
            r"^X\[3\] has the columns \['close', 'open'\]",
        ),
        (lambda f: f.add_suffix("_2"), r"^X\[3\] has the columns \['open_2', 'close_2"),
        (lambda f: f.to_numpy(), r"^X\[0\] has column names and X\[3\] has none"),
        (lambda f: f[::-1], r"^The index of X\[3\] goes back in time at row 1"),
        (lambda f: f.set_axis(DAYS[::-1]), r"^The index of X\[3\] goes back in time"),
        (
            lambda f: f.set_axis(DAYS[[0, 2, 1, 3]]),
            r"^The index of X\[3\] goes back in time at row 2",
        ),
        (
            lambda f: f.set_axis(pd.period_range("2024", periods=4, freq="M")[::-1]),
            r"^The index of X\[3\] goes back in time",
        ),
        (
            lambda f: f.set_axis(pd.to_timedelta([3, 2, 1, 0], "h")),
            r"^The index of X\[3\] goes back in time",
        ),
        (
            lambda f: f.set_axis([day.date() for day in DAYS[::-1]]),
            r"^The index of X\[3\] goes back in time",
        ),
    ],
)
def test_a_frame_unlike_the_others_or_newest_first_is_named(form, change, sentence):
    parts = frames(X)
    parts[3] = change(parts[3])
    with pytest.raises(ValueError, match=sentence):
        ESN.fit(form(parts), y)
    if "names" not in sentence:
        by_step = ESNRegressor(n_reservoir=5, return_sequences=True)
        with pytest.raises(ValueError, match=sentence.replace("X", "y")):
            by_step.fit([*X], form(parts))


def test_series_in_a_list_may_be_named_after_their_sequence_and_repeat_a_time():
    series = [pd.Series(x[:, 0], name=f"shop {row}") for row, x in enumerate(X)]
    expected = ESN.fit([x[:, 0] for x in X], y).predict([x[:, 0] for x in X])
    assert_array_equal(ESN.fit(series, y).predict(series), expected)
    ticks = [one.set_axis(DAYS[[0, 1, 1, 2]]) for one in series]
    assert_array_equal(ESN.fit(ticks, y).predict(ticks), expected)
    with pytest.raises(ValueError, match=r"The index of X\[0\] goes back in time"):
        ESN.fit([one.set_axis(DAYS[::-1]) for one in ticks], y)


@pytest.mark.parametrize("index", [DAYS[::-1], DAYS.to_period("D")[::-1]], ids=type)
def test_steps_of_a_series_or_a_row_that_run_backwards_are_an_error(index):
    with pytest.raises(ValueError, match="The index of series goes back in time"):
        make_windows(pd.DataFrame(X[0], index=index), 2)
    wide = pd.DataFrame(X[:, :, 0], columns=index)
    with pytest.raises(ValueError, match="X has columns that go back in time"):
        ESN.fit(wide, y)
    assert ESN.fit(wide[wide.columns[::-1]], y).n_steps_ == 4


@pytest.mark.parametrize("feature", ["close", "target's name", np.str_("close"), 1])
def test_a_target_feature_is_found_by_its_name_in_a_list_of_frames(feature):
    named = [frame.rename(columns={"close": str(feature)}) for frame in frames(X)]
    expected = GRURegressor(max_epochs=0, target_feature=1).fit(X, y).predict(X)
    model = GRURegressor(max_epochs=0, target_feature=feature).fit(named, y)
    assert_array_equal(model.predict(named), expected)


@pytest.mark.parametrize(
    "features",
    [[np.int8(1), np.uint64(0)], ["b", np.str_("a")], np.array([1, 0]), ("b", 0)],
    ids=str,
)
def test_a_feature_may_be_a_number_or_a_name_of_numpy(features):
    def model(features):
        return ESNRegressor(
            n_reservoir=5,
            return_sequences=True,
            feedback_features=features,
            random_state=0,
        )

    rows = np.sin(np.arange(240.0) / 5).reshape(1, 120, 2)
    named = [pd.DataFrame(rows[0], columns=["a", "b"])]
    following = [np.roll(rows[0], -1, axis=0)]
    expected = model([1, 0]).fit(named, following).free_run(named, 3)
    assert_array_equal(
        model(features).fit(named, following).free_run(named, 3), expected
    )


@pytest.mark.parametrize(
    ("feature", "error"),
    [
        (-1, ValueError),
        (np.int64(2), ValueError),
        (np.uint8(200), ValueError),
        (10**30, ValueError),
        (True, TypeError),
        (np.True_, TypeError),
        (1.0, TypeError),
        (None, TypeError),
        ("price", ValueError),
        (np.str_(""), ValueError),
    ],
    ids=str,
)
@pytest.mark.parametrize("named", [False, True])
def test_what_is_no_feature_is_told_which_there_are(feature, error, named):
    model = ESNRegressor(n_reservoir=5, random_state=0)
    model.fit(frames(X) if named else X, y)
    valid = "use 0 to 1|use its number, 0 to 1|use one of .'open', 'close'"
    with pytest.raises(error, match=f"^label .*({valid})"):
        model._find_feature(feature, "label")


# --------------------------------------------------------------- windows tell names

PRICES = pd.DataFrame(
    RNG.normal(size=(60, 2)).cumsum(axis=0),
    columns=["Open", "Close"],
    index=pd.date_range("2024-01-01", periods=60),
)
NEXT = PRICES["Close"].shift(-1).ffill().to_numpy()
OUTPUTS = {
    "default": lambda pipe: pipe,
    "pandas": lambda pipe: pipe.set_output(transform="pandas"),
}


@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("scale", [False, True])
def test_a_target_feature_is_found_by_its_name_behind_windows(flatten, output, scale):
    def model(feature, window_length=None):
        steps = [StandardScaler().set_output(transform="pandas")] if scale else []
        return make_pipeline(
            *steps,
            SlidingWindowTransformer(5, flatten=flatten),
            GRURegressor(
                max_epochs=0, target_feature=feature, window_length=window_length
            ),
        )

    expected = model(1, 5).fit(PRICES, NEXT).predict(PRICES)
    pipe = OUTPUTS[output](model("Close"))
    assert_array_equal(pipe.fit(PRICES, NEXT).predict(PRICES), expected)
    assert_array_equal(pipe.predict(PRICES[:20]), expected[:20])
    scores = cross_val_score(pipe, PRICES, NEXT, cv=TimeSeriesSplit(3))
    assert np.isfinite(scores).all()


def test_without_names_the_error_says_which_numbers_there_are():
    pipe = make_pipeline(
        SlidingWindowTransformer(3),
        GRURegressor(max_epochs=0, target_feature="Close"),
    )
    with pytest.raises(ValueError, match=r"use its number, 0 to 1: X has no names"):
        pipe.fit(PRICES.to_numpy(), NEXT)


CHOICES = {
    "rows": lambda W: W[10:],
    "a mask": lambda W: W[np.arange(60) > 9],
    "numbers": lambda W: W[np.arange(10, 60)],
    "scikit-learn's": lambda W: _safe_indexing(W, np.arange(10, 60)),
    "all": lambda W: W[...],
    "a copy": copy.copy,
    "a deep copy": copy.deepcopy,
    "its own copy": lambda W: W.copy(),
    "its own copy, in Fortran's order": lambda W: W.copy("F"),
    "another dtype": lambda W: W.astype("f4"),
    "the same dtype": lambda W: W.astype(W.dtype, copy=False),
    "no row": lambda W: W[:0],
    "no row of a mask": lambda W: W[np.zeros(60, bool)],
    "a pickle": lambda W: pickle.loads(pickle.dumps(W)),
    "joblib": lambda W: through_joblib(W),
}
OTHERS = {
    "columns": lambda W: W[..., :1],
    "columns in another order": lambda W: W[..., ::-1],
    "steps": lambda W: W[:, 1:],
    "one row": lambda W: W[0],
    "another axis": lambda W: W[np.newaxis],
    "a sum": lambda W: W + 1,
    "a function": np.abs,
    "a reduction": lambda W: W.mean(axis=0),
    "numpy's own": np.array,
    "joined": lambda W: np.concatenate([W, W]),
    "another shape": lambda W: W.reshape(60, -1),
    "a transpose": lambda W: W.T,
}


def through_joblib(windows):
    file = io.BytesIO()
    joblib.dump(windows, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.parametrize("flatten", [False, True])
def test_a_choice_of_rows_keeps_the_names_of_windows_and_nothing_else(flatten):
    windows = SlidingWindowTransformer(5, flatten=flatten).fit_transform(PRICES)
    plain = np.asarray(windows)
    assert np.shares_memory(windows, plain)
    assert repr(windows) == repr(plain)
    for choose in CHOICES.values():
        chosen = choose(windows)
        assert_array_equal(chosen.step_names, ["Open", "Close"])
        assert chosen.n_steps == 5
        assert_array_equal(chosen, choose(plain))
    for derive in OTHERS.values():
        derived = derive(windows)
        assert getattr(derived, "step_names", None) is None
        assert getattr(derived, "n_steps", None) is None
        assert repr(derived) == repr(derive(plain))
    assert isinstance(windows.sum(), float)
    assert isinstance(windows[(0,) * windows.ndim], float)


@pytest.mark.parametrize("flatten", [False, True])
def test_a_pickle_of_windows_holds_their_rows_once(flatten):
    windows = SlidingWindowTransformer(50, flatten=flatten).fit_transform(PRICES)
    pickled = pickle.dumps(windows)
    assert len(pickled) < 3 * PRICES.size * 8
    assert pickle.loads(pickled).strides == windows.strides
    for rows in (slice(None, None, 2), slice(1), slice(2), slice(0), PRICES.Open > 1e9):
        chosen = windows[rows]
        again = pickle.loads(pickle.dumps(chosen))
        assert_array_equal(again, chosen, strict=True)
        assert again.n_steps == 50


def test_windows_with_and_without_names_go_together_without_a_warning():
    windows = SlidingWindowTransformer(5).fit_transform(PRICES)
    plain = np.array(windows)
    for train in (windows, plain):
        model = GRURegressor(max_epochs=0).fit(train, NEXT)
        assert_array_equal(model.predict(windows), model.predict(plain))
    swapped = SlidingWindowTransformer(5).fit_transform(PRICES[["Close", "Open"]])
    with pytest.raises(ValueError, match="feature names should match"):
        GRURegressor(max_epochs=0).fit(windows, NEXT).predict(swapped)


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


def test_numbers_of_windows_are_those_of_the_array():
    windows = SlidingWindowTransformer(3).fit_transform(PRICES)
    assert isinstance(windows, WindowArray)
    X, _ = make_windows(PRICES, 3)
    assert_array_equal(windows[2:-1], X)


# ------------------------------------------------------------------ sizes of numbers

SIZES = [1e15, -1e17, 1e20, 1e38, -1e39, 1e150, 1e160, 1.7e308]
NETWORKS = {
    "GRU": GRURegressor(hidden_size=2, max_epochs=1, random_state=0),
    "RNN": RNNRegressor(
        hidden_size=2, max_epochs=1, nonlinearity="relu", random_state=0
    ),
    "ESN": ESN,
    "ESN, relu": ESNRegressor(n_reservoir=5, nonlinearity="relu", random_state=0),
}


def finite_or_named(call, name):
    message = None
    try:
        result = call()
    except ValueError as error:
        message = str(error)
    if message is None:
        assert np.isfinite(result).all()
    else:
        assert re.match(rf"{name} holds ", message), message
        assert len(message) < 300


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("model", NETWORKS)
def test_finite_numbers_of_any_size_give_finite_predictions_or_an_error(
    model, standardize
):
    model = copy.deepcopy(NETWORKS[model]).set_params(standardize=standardize)
    fitted = copy.deepcopy(model).fit(X, y)
    for size in SIZES:
        large, targets = X.copy(), y.copy()
        large[3, 2, 1] = targets[5] = size
        finite_or_named(lambda large=large: fitted.predict(large), "X")
        finite_or_named(lambda large=large: fitted.predict([*large, X[0, 1:]]), "X")
        finite_or_named(lambda large=large: model.fit(large, y).predict(large), "X")
        finite_or_named(lambda targets=targets: model.fit(X, targets).predict(X), "y")


@pytest.mark.parametrize("size", [1e17, -1e39, 1e150])
@pytest.mark.parametrize("model", NETWORKS)
def test_every_model_refuses_to_extrapolate_beyond_what_any_has_learnt(model, size):
    far = X.copy()
    far[3, -1, 1] = size
    fitted = copy.deepcopy(NETWORKS[model]).fit(X, y)
    for call in (fitted.predict, lambda X: fitted.score(X, y)):
        one_sentence(call, far, "X", "at row 3, step 3, column 1, too large")


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e-30, 1e30, 1e150])
@pytest.mark.parametrize("mean", [0.0, 1e30, 1e149])
@pytest.mark.parametrize("model", ["GRU", "ESN"])
def test_features_of_any_scale_give_finite_predictions(model, mean, scale):
    inputs = mean + X * (scale / 10)
    constant = np.concatenate([inputs, np.full((12, 4, 1), 1e150)], axis=2)
    model = copy.deepcopy(NETWORKS[model]).fit(constant, y)
    assert np.isfinite(model.predict(constant)).all()
