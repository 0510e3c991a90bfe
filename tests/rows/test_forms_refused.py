"""Input that holds no numbers is refused in a sentence."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from input_forms import (
    DAYS,
    ESN,
    FLAT,
    FRAME,
    GRU,
    MODELS,
    TAKES_X,
    Unreadable,
    X,
    one_sentence,
    y,
)

from sklearn_rnn import (
    ESNRegressor,
    make_windows,
)

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


DATED = [form for form in REFUSED if DATES in REFUSED[form][1]]

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
