"""Forms of sequences, and the facts that a fit remembers of them."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from recurrent_fits import CELLS, POOLINGS, make_data, make_regressor, ragged_forms
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from sklearn_rnn import (
    SlidingWindowTransformer,
)

# ----------------------------------------------------------------------- forms of input


def test_flat_windows_predict_what_windows_do(data):
    X, y = data
    flat = X.reshape(len(X), -1)
    windowed = make_regressor().fit(X, y)
    flattened = make_regressor(window_length=5).fit(flat, y)
    assert_array_equal(flattened.predict(flat), windowed.predict(X))


def test_the_transformers_flat_windows_predict_what_its_windows_do():
    rows = np.random.default_rng(0).normal(size=(90, 2)).cumsum(axis=0)
    y = rows[:, 0]
    windowed = make_pipeline(SlidingWindowTransformer(5), make_regressor())
    flattened = make_pipeline(
        SlidingWindowTransformer(5, flatten=True), make_regressor(window_length=5)
    )
    expected = windowed.fit(rows, y).predict(rows)
    assert_array_equal(flattened.fit(rows, y).predict(rows), expected)


def test_a_view_of_overlapping_windows_predicts_what_a_copy_does():
    rows = np.random.default_rng(0).normal(size=(90, 2)).cumsum(axis=0)
    windows = SlidingWindowTransformer(5).fit_transform(rows)
    from_view = make_regressor().fit(windows, rows[:, 0])
    from_copy = make_regressor().fit(windows.copy(), rows[:, 0])
    expected = from_copy.predict(windows.copy())
    assert_allclose(from_view.predict(windows), expected, rtol=1e-5)


def test_columns_are_steps_of_one_feature_without_a_window_length(data):
    X, y = data
    table = X[:, :, 0]
    from_table = make_regressor().fit(table, y)
    from_sequences = make_regressor().fit(X[:, :, :1], y)
    assert_array_equal(from_table.predict(table), from_sequences.predict(X[:, :, :1]))


@pytest.mark.parametrize(
    "form", [np.asfortranarray, lambda X: X[:, ::-1].copy()[:, ::-1], np.ndarray.tolist]
)
def test_the_layout_of_an_array_changes_nothing(data, form):
    X, y = data
    expected = make_regressor().fit(X, y).predict(X)
    assert_allclose(
        make_regressor().fit(form(X), y).predict(form(X)), expected, rtol=1e-5
    )


FORMS = ["tuple", "object array", "lists", "frames", "padded"]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_ragged_sequences_predicts_the_same(data, lengths, form):
    X, y = data
    forms = ragged_forms(X, lengths)
    expected = make_regressor().fit(forms["arrays"], y).predict(forms["arrays"])
    fitted = make_regressor().fit(forms[form], y)
    assert_array_equal(fitted.predict(forms[form]), expected)
    assert_array_equal(fitted.predict(forms["arrays"]), expected)


def test_flat_padded_sequences_predict_what_a_list_does(data, lengths):
    X, y = data
    forms = ragged_forms(X, lengths)
    flat = forms["padded"].reshape(len(X), -1)
    expected = make_regressor().fit(forms["arrays"], y).predict(forms["arrays"])
    fitted = make_regressor(window_length=5).fit(flat, y)
    assert_array_equal(fitted.predict(flat), expected)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("linear_skip", ["ridge", "trainable", None])
@pytest.mark.parametrize("cell", CELLS)
def test_shorter_sequences_predict_what_padded_ones_do(
    data, cell, linear_skip, pooling
):
    X, y = data
    shape = {"bidirectional": True, "num_layers": 2}
    regressor = make_regressor(cell, pooling=pooling, linear_skip=linear_skip, **shape)
    regressor.fit(X, y)
    shorter = X[:, 2:]
    expected = regressor.predict(shorter)
    forms = ragged_forms(X, np.full(len(X), 3))
    assert_array_equal(regressor.predict(forms["arrays"]), expected)
    assert_array_equal(regressor.predict(forms["padded"]), expected)


def test_a_list_of_series_of_numbers_has_one_feature(data, lengths):
    X, y = data
    series = [x[:, 0] for x in ragged_forms(X, lengths)["arrays"]]
    regressor = make_regressor().fit(series, y)
    assert regressor.n_features_in_ == 1
    expected = regressor.predict([x[:, np.newaxis] for x in series])
    assert_array_equal(regressor.predict(series), expected)


@pytest.fixture(scope="module")
def fitted_cells():
    """Each cell, and 1100 rows (more than predict takes at a time) to predict."""
    X, y = make_data(1100)
    lengths = np.random.default_rng(1).integers(1, 6, size=1100)
    ragged = ragged_forms(X, lengths)["padded"]
    cells = [make_regressor(cell, max_epochs=1).fit(X[:200], y[:200]) for cell in CELLS]
    rows = {"uniform": X, "ragged": ragged}
    return [
        (regressor, X, regressor.predict(X))
        for regressor in cells
        for X in rows.values()
    ]


@settings(deadline=None, max_examples=40)
@given(
    case=st.integers(0, 5),
    at=st.one_of(
        st.lists(st.integers(0, 1099), min_size=1, max_size=1),
        st.lists(st.integers(0, 1099), min_size=1, max_size=40),
    ),
)
def test_a_row_is_predicted_bit_for_bit_whatever_rows_are_beside_it(
    fitted_cells, case, at
):
    regressor, X, expected = fitted_cells[case]
    assert_array_equal(regressor.predict(X[at]), expected[at])


# --------------------------------------------------------------- facts about the input


def test_the_number_of_features_is_that_of_columns_or_of_the_last_axis(data):
    X, y = data
    flat = X.reshape(len(X), -1)
    assert make_regressor().fit(X, y).n_features_in_ == 2
    assert make_regressor().fit([*X], y).n_features_in_ == 2
    assert make_regressor().fit(flat, y).n_features_in_ == 10
    assert make_regressor(window_length=5).fit(flat, y).n_features_in_ == 10


def test_the_number_of_steps_is_that_of_the_longest_training_sequence(data, lengths):
    X, y = data
    assert make_regressor().fit(X, y).n_steps_ == 5
    assert make_regressor(window_length=2).fit(X.reshape(80, -1), y).n_steps_ == 2
    short = ragged_forms(X, np.minimum(lengths, 4))["arrays"]
    assert make_regressor().fit(short, y).n_steps_ == 4


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("n_features", [1, 3])
def test_another_number_of_features_at_predict_is_an_error(data, n_features, as_list):
    regressor = make_regressor().fit(*data)
    X = np.zeros((4, 5, n_features))
    sentence = f"X has {n_features} features, but GRURegressor is expecting 2 features"
    with pytest.raises(ValueError, match=sentence):
        regressor.predict([*X] if as_list else X)


def predict_by_hand(regressor, X, X_train, y_train):
    """Network on all steps and linear skip on the latest, from the learnt weights."""
    module, part = regressor.module_, regressor._linear_part
    scaled = (X - X_train.mean(axis=(0, 1))) / X_train.std(axis=(0, 1))
    steps = torch.from_numpy(scaled.astype(np.float32))
    latest = scaled[:, -regressor.n_steps_ :]
    missing = regressor.n_steps_ - latest.shape[1]
    latest = np.pad(latest, ((0, 0), (missing, 0), (0, 0))).reshape(len(X), -1)
    with torch.no_grad():
        outputs = module.head(module.rnn(steps)[0][:, -1])
        if module.skip is not None:
            outputs += (
                torch.from_numpy(latest.astype(np.float32)) @ module.skip.weight.T
            )
    outputs = outputs.numpy() * part.unit
    if part.ridge is not None:
        outputs += latest @ part.ridge.coef + part.ridge.intercept
    return outputs[:, 0] * y_train.std() + y_train.mean()


@pytest.mark.parametrize("n_steps", [2, 5, 6, 40])
@pytest.mark.parametrize("linear_skip", ["ridge", "trainable", None])
@pytest.mark.parametrize("cell", CELLS)
def test_the_network_reads_all_steps_and_the_skip_the_latest(
    data, cell, linear_skip, n_steps
):
    regressor = make_regressor(cell, linear_skip=linear_skip, max_epochs=20).fit(*data)
    X = np.random.default_rng(1).normal(size=(7, n_steps, 2))
    predictions = regressor.predict(X)
    assert_allclose(predictions, predict_by_hand(regressor, X, *data), atol=1e-4)
    if n_steps > 5:
        assert np.abs(predictions - regressor.predict(X[:, -5:])).min() > 0


@pytest.mark.parametrize("linear_skip", ["ridge", "trainable"])
def test_longer_sequences_train_on_the_steps_that_the_skip_reads(data, linear_skip):
    X, y = data
    longer = np.random.default_rng(1).normal(size=(80, 9, 2))
    options = {"linear_skip": linear_skip, "warm_start": True, "max_epochs": 20}
    for learn in ("partial_fit", "fit"):
        regressor = make_regressor(**options).fit(X, y)
        before = regressor.predict(longer)
        getattr(regressor, learn)(longer, y)
        assert regressor.n_steps_ == 5
        predictions = regressor.predict(longer)
        assert np.abs(predictions - before).max() > 0
        assert_allclose(
            predictions, predict_by_hand(regressor, longer, X, y), atol=1e-4
        )


@pytest.mark.parametrize("linear_skip", ["ridge", "trainable"])
def test_groups_of_sequences_of_any_length_have_a_score_in_every_fold(linear_skip):
    rng = np.random.default_rng(0)
    lengths = np.repeat([3, 5, 8, 12], 15)  # a group of each length
    X = np.empty(60, dtype=object)
    X[:] = [rng.normal(size=(length, 2)) for length in lengths]
    y = np.array([x[-1, 0] + x[-2, 1] for x in X])
    scores = cross_val_score(
        make_regressor(linear_skip=linear_skip, max_epochs="auto"),
        X,
        y,
        groups=lengths,
        cv=GroupKFold(4),
        error_score="raise",
    )
    assert np.isfinite(scores).all()
    if linear_skip == "ridge":  # the targets are linear in steps that all lengths have
        assert (scores > 0.9).all()


def test_the_tag_says_where_nan_stands_for_an_absent_step(data):
    X, y = data
    flat = X.reshape(len(X), -1).copy()
    flat[1, :4] = np.nan
    for window_length in (None, 5):
        regressor = make_regressor(window_length=window_length)
        if get_tags(regressor).input_tags.allow_nan:
            assert np.isfinite(regressor.fit(flat, y).predict(flat)).all()
        else:
            with pytest.raises(ValueError, match="NaN at row 1, column 0"):
                regressor.fit(flat, y)
    assert get_tags(make_regressor(window_length=5)).input_tags.allow_nan


def test_names_of_columns_are_kept_and_checked(data):
    X, y = data
    frame = pd.DataFrame(X[:, :, 0], columns=[*"abcde"])
    regressor = make_regressor().fit(frame, y)
    assert regressor.feature_names_in_.tolist() == [*"abcde"]
    with pytest.raises(ValueError, match="feature names should match"):
        regressor.predict(frame[[*"bacde"]])
