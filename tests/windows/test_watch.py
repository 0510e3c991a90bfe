"""Warnings of gaps, and of rows that take the place of others."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    TimeSeriesSplit,
    cross_val_predict,
    cross_validate,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from timed_rows import (
    every_transformer,
    new,
    numbered,
    some_rows,
    told,
    weekdays,
)

from sklearn_rnn import SlidingWindowTransformer

# Gaps that are told


def gap_sentences(transformer, method, X):
    sentences = told(getattr(transformer, method), X)
    return [one for one in sentences if "has gaps" in one]


@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
@pytest.mark.parametrize("n_gaps", [1, 2, 4])
def test_more_than_a_twentieth_of_windows_cut_is_told_with_their_number(n_gaps, method):
    ticks = np.arange(400) + 50 * (
        np.arange(400)[:, None] >= 100 * np.arange(1, n_gaps)
    ).sum(1)
    windows = SlidingWindowTransformer(12, padding="nan")
    rows = numbered(pd.Index(ticks + 5))
    sentences = gap_sentences(windows, method, rows)
    n_cut = (
        np.isnan(windows.transform(rows)[:, 0, 0]).sum() - 11
        if n_gaps < 2
        else 11 * (n_gaps - 1)
    )
    if n_cut <= 20:
        assert sentences == []
    else:
        (sentence,) = sentences
        assert f"{n_cut} of 400 rows" in sentence
        assert "gaps of up to 51 median steps" in sentence
        assert "carry_history=True ignores gaps" in sentence
        assert len(sentence) < 300


@every_transformer
def test_gaps_between_rows_given_are_told_once_and_those_before_them_are_not(kind):
    rows = numbered(pd.Index(np.arange(100) + 40 * (np.arange(100) >= 60)))
    transformer = new(kind).fit(rows[:50])
    assert gap_sentences(transformer, "transform", rows[60:]) == []
    (sentence,) = gap_sentences(transformer, "transform", rows[50:85])
    n_cut = 2 if kind == "windows" else 20
    if kind == "windows":
        assert told(transformer.transform, rows[58:70]) == []
    assert "gaps of up to 41 median steps" in sentence
    assert f"{n_cut} of 35 rows" in sentence
    assert gap_sentences(transformer, "transform", rows[50:90]) == []
    transformer = new(kind, carry_history=True).fit(rows[:50])
    assert told(transformer.transform, rows[50:]) == []


@every_transformer
def test_starts_of_series_and_short_series_are_no_gaps(kind):
    short = pd.MultiIndex.from_product([range(30), [1, 2]])
    assert told(new(kind).fit, numbered(short)) == []
    ticks = [1, 2, 3, 50]  # fewer rows than a window
    windows = SlidingWindowTransformer(10)
    assert told(windows.fit, numbered(pd.Index(ticks))) == []
    rows = numbered(pd.Index(range(100, 200)))
    transformer = new(kind).fit(rows[50:])
    assert told(transformer.transform, rows[:40]) == []  # long before
    assert told(transformer.transform, rows) == []


@pytest.mark.parametrize("index", ["numbers", "dates"])
@every_transformer
def test_rows_that_were_sampled_or_shuffled_are_told_where_an_index_shows_it(
    kind, index
):
    rows = numbered(
        range(400) if index == "numbers" else pd.date_range("2020", periods=400)
    )
    some = rows.sample(frac=0.5, random_state=0)
    transformer = new(kind)
    if kind == "windows":
        transformer.set_params(window_length=20)
    (sentence,) = gap_sentences(transformer, "fit", some.sort_index())
    assert "sampled or shuffled" in sentence
    with pytest.raises(ValueError, match=r"goes back in time .* may shuffle them"):
        transformer.fit(some)


# Rows that take the place of others


OUT_OF_PLACE = "is taken to follow the training rows at once, as other rows were"


def to_frame(rows):
    return pd.DataFrame(rows)


@pytest.mark.parametrize("n_rows", [1, 2, 3, 10, 40])
@pytest.mark.parametrize("form", ["array", "dates", "weekdays"])
@every_transformer
def test_blocks_after_blocks_that_nobody_fitted_are_told_once(kind, form, n_rows):
    n_train, starts = 40, range(40 + 8 * (form != "array"), 400, n_rows)
    rows, index = some_rows(440), pd.date_range("2024-01-01", periods=440)
    if form != "array":
        index = weekdays(440) if form == "weekdays" else index
        rows = pd.DataFrame(rows, index=index)
    transformer = new(kind).fit(rows[:n_train])
    (sentence,) = told(
        lambda: [transformer.transform(rows[at : at + n_rows]) for at in starts]
    )
    start = "X has no index" if form == "array" else "X begins after a gap"
    assert sentence.startswith(start)
    assert "call partial_fit of the transformer with these rows" in sentence
    assert len(sentence) < 300
    for at in range(n_train, 60, n_rows):
        assert told(transformer.partial_fit, rows[at : at + n_rows]) == []
        assert told(transformer.transform, rows[at + n_rows : at + 2 * n_rows]) == []


@pytest.mark.parametrize("index", [weekdays(400), pd.date_range("2024", periods=400)])
@pytest.mark.parametrize("gap", [0, 3, 20])
def test_folds_of_dated_rows_are_not_told(index, gap):
    rows = pd.DataFrame(some_rows(400), index=index)
    pipe = make_pipeline(SlidingWindowTransformer(20, flatten=True), Ridge())
    cv = TimeSeriesSplit(3, gap=gap)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learning_curve(pipe, rows, rows[0], cv=cv, error_score="raise")
        cross_validate(
            pipe, rows, rows[0], cv=cv, return_train_score=True, error_score="raise"
        )


def test_permuted_columns_are_not_told():
    rows = some_rows(300)
    pipe = make_pipeline(SlidingWindowTransformer(30, flatten=True), Ridge())
    pipe.fit(rows[:280], rows[:280, 0])
    importance = told(permutation_importance, pipe, rows[280:], rows[280:, 0])
    assert importance == []


@pytest.mark.parametrize("form", [np.asarray, to_frame])
@every_transformer
def test_rows_predicted_one_by_one_without_an_index_are_told_once(kind, form):
    rows = some_rows()
    pipe = make_pipeline(
        new(kind, **({"flatten": True} if kind == "windows" else {})), Ridge()
    )
    pipe.fit(form(rows[:40]), rows[:40, 0])
    sentences = told(
        lambda: [pipe.predict(form(rows[at : at + 1])) for at in range(40, 60)]
    )
    (sentence,) = sentences
    assert OUT_OF_PLACE in sentence
    assert "partial_fit" in sentence
    assert "index" in sentence
    assert len(sentence) < 300


@every_transformer
def test_rows_in_their_place_are_not_told(kind):
    rows = some_rows(80)
    transformer = new(kind).fit(rows[:40])

    def by_calls(calls):
        return told(lambda: [transformer.transform(block) for block in calls])

    row, other = rows[40:41], rows[41:42]
    assert by_calls([row, row, row]) == []  # the same again
    assert by_calls([rows[40 : 40 + n] for n in range(1, 20)]) == []  # it grows
    transformer.fit(rows[:40])
    assert by_calls([rows[:40], rows[40:60], rows[60:], rows[:40]]) == []
    transformer.fit(rows[:40])
    assert by_calls([row, row + 0.1]) == []
    transformer.fit(rows[:40])
    others = np.tile(rows[40:60], (9, 1, 1))
    others[:, :, 0] += np.arange(9)[:, np.newaxis]  # one column is another
    assert by_calls(others) == []
    transformer.fit(rows[:40])
    for at in range(40, 60):
        assert by_calls([rows[at : at + 1]]) == []
        transformer.partial_fit(rows[at : at + 1])
    dated = pd.DataFrame(rows, index=pd.date_range("2024", periods=80))
    transformer.fit(dated[:40])
    late = dated[60:61]
    assert by_calls([late, late + 1, late + 2, late + 3, dated[70:]]) == []
    assert by_calls([dated[at : at + 1] for at in range(40, 43)]) == []
    transformer = new(kind, carry_history=False).fit(rows[:40])
    assert by_calls([row, other]) == []


def test_windows_of_one_row_and_folds_are_not_told():
    rows = some_rows()
    windows = SlidingWindowTransformer(1).fit(rows[:40])
    assert told(lambda: [windows.transform(row[np.newaxis]) for row in rows]) == []
    pipe = make_pipeline(SlidingWindowTransformer(30, flatten=True), Ridge())
    assert told(cross_val_predict, pipe, rows, rows[:, 0]) == []
    for train, test in TimeSeriesSplit(5, test_size=5).split(rows):
        assert told(pipe.fit(rows[train], rows[train, 0]).predict, rows[test]) == []


@every_transformer
@pytest.mark.parametrize(
    "again",
    [
        copy.deepcopy,
        lambda one: pickle.loads(pickle.dumps(one)),
        lambda one: skops.io.loads(
            skops.io.dumps(one),
            trusted=skops.io.get_untrusted_types(data=skops.io.dumps(one)),
        ),
    ],
)
def test_what_transform_saw_is_no_part_of_what_was_fitted(kind, again):
    rows = some_rows()
    transformer = new(kind).fit(rows[:40])
    before, stored = dict(vars(transformer)), pickle.dumps(transformer)
    transformer.transform(rows[40:41])
    assert vars(transformer) == before or list(vars(transformer)) == list(before)
    assert all(vars(transformer)[name] is value for name, value in before.items())
    assert pickle.dumps(transformer) == stored
    assert told(transformer.transform, rows[41:42]) == []
    assert told(again(transformer).transform, rows[42:43]) == []
    (sentence,) = told(transformer.transform, rows[42:43])
    assert OUT_OF_PLACE in sentence
