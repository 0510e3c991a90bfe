"""Features of a step are found by number or name."""

import numpy as np
import pandas as pd
import pytest
from input_forms import NEXT, OUTPUTS, PRICES, X, frames, y
from numpy.testing import assert_array_equal
from sklearn.model_selection import TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import (
    ESNRegressor,
    GRURegressor,
    SlidingWindowTransformer,
)


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
