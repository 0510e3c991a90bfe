"""Copies, files, scikit-learn's tools and memory."""

import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from recurrent_fits import CELLS, make_data, make_regressor
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    TimeSeriesSplit,
    cross_val_predict,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import EarlyStopping, EpochScoring

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SlidingWindowTransformer,
)

# --------------------------------------------------------------------- copies and files


def through_pickle(regressor, path):
    return pickle.loads(pickle.dumps(regressor))


def through_joblib(regressor, path):
    joblib.dump(regressor, path)
    return joblib.load(path)


def through_skops(regressor, path):
    skops.io.dump(regressor, path)
    return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))


@pytest.mark.parametrize("through", [through_pickle, through_joblib, through_skops])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cell": LSTMRegressor, "early_stopping": True, "linear_skip": "trainable"},
        {
            "cell": RNNRegressor,
            "target_feature": 0,
            "pooling": "attention",
            "segment_length": 2,
        },
        {
            "loss": "quantile",
            "quantiles": [0.1, 0.9],
            "callbacks": [EarlyStopping()],
        },
        {"optimizer": "sgd", "lr_schedule": None, "linear_skip": None},
        {"max_epochs": "auto", "hidden_size": 8},
    ],
    ids=["plain", "stopped", "attention", "quantiles", "sgd", "judged"],
)
def test_a_stored_regressor_predicts_and_trains_on_as_before(
    data, through, options, tmp_path
):
    X, y = data
    regressor = make_regressor(**options).fit(X, y)
    stored = through(regressor, tmp_path / "regressor")
    assert_array_equal(stored.predict(X), regressor.predict(X))
    assert stored.loss_curve_ == regressor.loss_curve_
    assert stored.fit_report_ == regressor.fit_report_
    for each in (regressor, stored):
        each.partial_fit(X, y)
    assert_array_equal(stored.predict(X), regressor.predict(X))


def test_a_clone_is_not_fitted_and_fits_the_same(data):
    X, y = data
    regressor = make_regressor(callbacks=[EpochScoring("r2")]).fit(X, y)
    cloned = clone(regressor)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        cloned.predict(X)
    assert not hasattr(cloned, "module_")
    assert_array_equal(cloned.fit(X, y).predict(X), regressor.predict(X))


def test_parallel_fits_are_those_of_one_process(data):
    X, y = data
    regressors = [make_regressor(cell) for cell in CELLS]
    expected = [clone(regressor).fit(X, y).predict(X) for regressor in regressors]
    jobs = [joblib.delayed(regressor.fit)(X, y) for regressor in regressors]
    for fitted, predictions in zip(joblib.Parallel(2)(jobs), expected, strict=True):
        assert_array_equal(fitted.predict(X), predictions)


@pytest.mark.parametrize(
    "options",
    [{}, {"early_stopping": "refit"}, {"callbacks": [EpochScoring("r2")]}],
    ids=["plain", "refitted", "scored"],
)
def test_a_fitted_regressor_does_not_hold_its_training_data(options):
    sizes = []
    for n_samples in (100, 10_000):
        X, y = make_data(n_samples)
        options = {"max_epochs": 2, "batch_size": 100 * n_samples, **options}
        sizes.append(len(pickle.dumps(make_regressor(**options).fit(X, y))))
    n_bytes_of_y = 8 * 10_000
    assert sizes[1] - sizes[0] < n_bytes_of_y / 4


# ----------------------------------------------------------------- scikit-learn's tools


def test_a_search_may_choose_among_cells(series):
    X, y = series
    pipe = make_pipeline(StandardScaler(), SlidingWindowTransformer(6), GRURegressor())
    cells = [make_regressor(cell, max_epochs=1) for cell in CELLS]
    grid = {"gruregressor": cells, "gruregressor__linear_skip": ["ridge", None]}
    search = GridSearchCV(pipe, grid, cv=TimeSeriesSplit(2), error_score="raise")
    search.fit(X, y)
    assert len(search.cv_results_["mean_test_score"]) == 6
    # One epoch teaches nothing of a wave, a ridge all of it.
    assert search.best_params_["gruregressor__linear_skip"] == "ridge"
    assert search.best_score_ > 0.99
    assert search.predict(X).shape == y.shape


def test_bagging_takes_flat_windows(series):
    X, y = series
    windows = SlidingWindowTransformer(6, flatten=True).fit_transform(X)
    base = make_regressor(window_length=6)
    bagging = BaggingRegressor(base, n_estimators=3, random_state=0).fit(windows, y)
    members = [member.predict(windows) for member in bagging.estimators_]
    assert_allclose(bagging.predict(windows), np.mean(members, axis=0))
    assert np.ptp(members, axis=0).max() > 0
    assert bagging.score(windows, y) > 0.99


def test_transformed_targets_are_learnt_and_given_back(series):
    X, y = series
    pipe = make_pipeline(SlidingWindowTransformer(6), make_regressor())
    regressor = TransformedTargetRegressor(pipe, func=np.log, inverse_func=np.exp)
    predictions = regressor.fit(X, 2 + y).predict(X)
    expected = np.exp(clone(pipe).fit(X, np.log(2 + y)).predict(X))
    assert_array_equal(predictions, expected)


def test_cross_validated_predictions_are_those_of_each_fold(data):
    X, y = data
    folds = KFold(3)
    predictions = cross_val_predict(make_regressor(), X, y, cv=folds)
    for train, test in folds.split(X):
        expected = make_regressor().fit(X[train], y[train]).predict(X[test])
        assert_array_equal(predictions[test], expected)


def test_permutation_importance_finds_the_column_that_matters(series):
    X, y = series
    windows = SlidingWindowTransformer(6, flatten=True).fit_transform(X)
    regressor = make_regressor(window_length=6).fit(windows, y)
    found = permutation_importance(regressor, windows, y, n_repeats=2, random_state=0)
    wave, noise = found.importances_mean.reshape(6, 2).T
    assert wave.max() > 100 * np.abs(noise).max()


# ------------------------------------------------------------------------------- memory


PEAK = """
import numpy as np
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn_rnn import LSTMRegressor, SlidingWindowTransformer

def memory(field):
    # Not getrusage: its peak is inherited from the process that started this one.
    with open("/proc/self/status") as file:
        (line,) = [line for line in file if line.startswith(field + ":")]
    return 1024 * int(line.split()[1])

def draw(n_rows, n_features):
    return np.random.default_rng(0).random((n_rows, n_features), dtype=np.float32)

def peak_beyond(function, tiny, large):
    function(*tiny)  # loads whatever is loaded once
    before = memory("VmRSS")
    function(*large)
    print(memory("VmHWM") - before)

"""


def peak_bytes(code):
    """Return the memory that the last line of `code` takes beyond earlier memory."""
    result = subprocess.run(
        [sys.executable, "-c", PEAK + code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return int(result.stdout)


needs_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads /proc"
)


@needs_linux
def test_a_fit_on_windows_of_a_million_rows_takes_three_times_the_rows_at_most():
    n_bytes = 1_000_000 * 8 * 4
    peak = peak_bytes("""
def inputs(n_rows):
    rows = draw(n_rows, 8)
    return SlidingWindowTransformer(20).fit_transform(rows), rows[:, 0].copy()

regressor = LSTMRegressor(random_state=0)
peak_beyond(regressor.fit, inputs(500), inputs(1_000_000))
""")
    assert peak <= 3 * n_bytes


@needs_linux
def test_a_search_over_windows_does_not_copy_them():
    n_rows, window_length = 300_000, 200
    peak = peak_bytes(f"""
def inputs(n_rows):
    rows = draw(n_rows, 1)
    return rows, rows[:, 0].copy()

regressor = LSTMRegressor(
    hidden_size=1, linear_skip=None, batch_size=1_000, max_epochs=1, random_state=0
)
pipe = make_pipeline(SlidingWindowTransformer({window_length}), regressor)
grid = {{"lstmregressor__lr": [0.01]}}
search = GridSearchCV(pipe, grid, cv=TimeSeriesSplit(2), error_score="raise")
peak_beyond(search.fit, inputs(20_000), inputs({n_rows}))
""")
    # The smallest part that is windowed is a third of the rows, in four bytes each.
    assert peak < n_rows * window_length * 4 / 3
