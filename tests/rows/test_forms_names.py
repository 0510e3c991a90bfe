"""Names of columns, and the order of steps, in tables and lists of tables."""

import copy

import numpy as np
import pandas as pd
import pytest
from input_forms import (
    DAYS,
    ESN,
    FLAT,
    FRAME,
    MODELS,
    X,
    as_objects,
    frames,
    one_sentence,
    y,
)
from numpy.testing import assert_array_equal

from sklearn_rnn import (
    ESNRegressor,
    SlidingWindowTransformer,
    make_windows,
)

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
