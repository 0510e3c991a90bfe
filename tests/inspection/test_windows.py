import numpy as np
import pandas as pd
import pytest
from displays import SMALL, raises, rows_of, sliding, windows_of
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import (
    ESNRegressor,
    ReservoirTransformer,
    RNNRegressor,
    SlidingWindowTransformer,
)
from sklearn_rnn.plotting import WindowImportanceDisplay


def test_what_does_not_predict_has_no_importances():
    X, y = windows_of(20)
    scaler = make_pipeline(StandardScaler()).fit(X[:, 0])
    with raises(
        TypeError,
        "estimator ends in StandardScaler, which has no predict; it must be a fitted "
        "regressor of windows, or a Pipeline that ends in one.",
    ):
        WindowImportanceDisplay.from_estimator(scaler, X[:, 0], y)


def test_windows_flat_windows_and_lists_have_the_same_importances(gru):
    X, y = windows_of()
    table = pd.DataFrame(
        X.reshape(len(X), -1),
        columns=[f"{c}_lag{t}" for t in (3, 2, 1, 0) for c in "ab"],
    )
    of_table = clone(gru).set_params(window_length=4).fit(table, y)
    given = {"n_repeats": 1, "random_state": 0}
    shown = [
        WindowImportanceDisplay.from_estimator(gru, X, y, **given),
        WindowImportanceDisplay.from_estimator(gru, list(X), y, **given),
        WindowImportanceDisplay.from_estimator(of_table, table, y, **given),
    ]
    for display in shown[1:]:
        np.testing.assert_allclose(
            display.importances_mean, shown[0].importances_mean, atol=1e-6
        )
    labels = [text.get_text() for text in shown[2].ax_.get_yticklabels()]
    assert labels == ["a", "b"]


@pytest.mark.parametrize("flatten", [False, True])
def test_in_a_pipeline_the_windows_are_permuted(flatten):
    rows = pd.DataFrame(
        np.random.default_rng(0).normal(size=(120, 2)), columns=["load", "heat"]
    )
    y = np.roll(rows["heat"], 1)
    y[0] = 0
    last = Ridge() if flatten else RNNRegressor(**SMALL, max_epochs=3)
    pipe = make_pipeline(
        StandardScaler(), SlidingWindowTransformer(3, flatten=flatten), last
    ).fit(rows, y)
    given = {"n_repeats": 2, "random_state": 1}
    display = WindowImportanceDisplay.from_estimator(pipe, rows, y, **given)
    windows = pipe[:2].transform(rows)
    alone = WindowImportanceDisplay.from_estimator(
        last, windows, y, window_length=3, **given
    )
    np.testing.assert_array_equal(display.importances, alone.importances)
    assert list(display.feature_names) == ["load", "heat"]
    assert np.unravel_index(display.importances_mean.argmax(), (3, 2)) == (1, 1)


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (
            make_pipeline(ReservoirTransformer(5, random_state=0), Ridge()),
            "ReservoirTransformer",
        ),
        (
            make_pipeline(ColumnTransformer([("w", sliding(), [0])]), Ridge()),
            "SlidingWindowTransformer inside of ColumnTransformer",
        ),
        (
            MultiOutputRegressor(make_pipeline(sliding(), Ridge())),
            "SlidingWindowTransformer inside of MultiOutputRegressor",
        ),
    ],
)
def test_windows_and_states_that_cannot_be_reached_are_an_error(model, part):
    rows, y = rows_of(30)
    Y = np.stack([y, y], axis=1)
    with raises(
        TypeError,
        f"estimator has a {part}, whose rows depend on those before, so that its lags "
        "cannot be permuted; it must be a regressor of windows, or a Pipeline of a "
        "SlidingWindowTransformer and one.",
    ):
        WindowImportanceDisplay.from_estimator(model.fit(rows, Y), rows, Y)


@pytest.mark.parametrize(
    "model",
    [
        Ridge(),
        make_pipeline(StandardScaler(), Ridge()),
        make_pipeline(PCA(4), RNNRegressor(**SMALL, window_length=2, max_epochs=1)),
    ],
)
def test_rows_are_no_windows_unless_the_model_says_so(model):
    X, y = windows_of(30)
    table = X.reshape(30, -1)
    name = type(model[-1] if hasattr(model, "steps") else model).__name__
    with raises(
        ValueError,
        "window_length=None does not tell how many steps a row of X with 8 columns "
        f"holds, nor does {name}; give window_length, the number of steps in a flat "
        "window.",
    ):
        WindowImportanceDisplay.from_estimator(model.fit(table, y), table, y)


def test_flat_windows_may_be_scaled_before_a_network_of_ours():
    X, y = windows_of(30)
    table = X.reshape(30, -1)
    for length, shape in [(4, (4, 2)), (None, (8, 1))]:
        network = RNNRegressor(**SMALL, window_length=length, max_epochs=1)
        model = make_pipeline(StandardScaler(), network).fit(table, y)
        display = WindowImportanceDisplay.from_estimator(model, table, y, n_repeats=1)
        assert display.importances_mean.shape == shape


def test_what_predicts_each_step_is_an_error():
    X, _ = windows_of(20)
    esn = ESNRegressor(5, return_sequences=True).fit(X, X[:, :, 0])
    with raises(
        ValueError,
        "estimator has return_sequences=True, so that steps have no lag; it must "
        "predict once for each window.",
    ):
        WindowImportanceDisplay.from_estimator(esn, X, X[:, 0, 0])


def test_a_pipeline_without_a_regressor_is_an_error():
    pipe = make_pipeline(SlidingWindowTransformer(2)).fit([[1.0], [2.0]])
    with raises(
        TypeError,
        "estimator is a Pipeline that ends in a SlidingWindowTransformer; a regressor "
        "must follow it.",
    ):
        WindowImportanceDisplay.from_estimator(pipe, [[1.0], [2.0]], [1.0, 2.0])
