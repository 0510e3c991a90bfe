"""Every container that holds the same numbers is read alike; masks hide values."""

import re
from array import array

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from input_forms import (
    ARRAYS,
    DAYS,
    ESN,
    FLAT,
    FRAME,
    GRU,
    MODELS,
    NAMES,
    SEQUENCES,
    TABLES,
    TAKES_X,
    X,
    as_objects,
    frames,
    one_sentence,
    y,
)
from numpy.testing import assert_array_equal

from sklearn_rnn import (
    ESNRegressor,
    ReservoirTransformer,
    SlidingWindowTransformer,
    make_windows,
)

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
