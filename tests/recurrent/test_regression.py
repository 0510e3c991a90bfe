"""Targets, losses, quantiles and the target feature of the recurrent regressors."""

from math import exp, log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from recurrent_fits import linear_data, make_data, make_regressor
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeCV
from sklearn.metrics import (
    get_scorer,
    make_scorer,
    mean_pinball_loss,
    r2_score,
    root_mean_squared_error,
)
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from skorch.callbacks import EpochScoring

from sklearn_rnn import (
    SlidingWindowTransformer,
)
from sklearn_rnn._recurrent.regression import _middle

# ------------------------------------------------------------------------------ targets


@pytest.mark.parametrize("shape", [(80,), (80, 1), (80, 3)])
def test_predictions_have_the_shape_of_the_targets(data, shape):
    X, y = data
    targets = y if shape == (80,) else np.column_stack([y] * shape[1])
    regressor = make_regressor().fit(X, targets)
    predictions = regressor.predict(X)
    assert predictions.shape == shape
    assert predictions.dtype == np.float64
    assert regressor.n_outputs_ == (1 if shape == (80,) else shape[1])
    assert regressor.predict(X[:1]).shape == (1, *shape[1:])


def test_one_column_of_targets_is_learnt_like_none(data):
    X, y = data
    expected = make_regressor().fit(X, y).predict(X)
    predictions = make_regressor().fit(X, y[:, np.newaxis]).predict(X)
    assert_array_equal(predictions[:, 0], expected)


def test_each_output_follows_its_own_target():
    X, y = make_data(400)
    targets = np.column_stack([y, -100 * y + 7, X[:, -1, 0]])
    regressor = make_regressor(hidden_size=16, max_epochs="auto").fit(X, targets)
    X_new, y_new = make_data(400, seed=1)
    new = np.column_stack([y_new, -100 * y_new + 7, X_new[:, -1, 0]])
    scores = r2_score(new, regressor.predict(X_new), multioutput="raw_values")
    assert (scores > 0.9).all()


def test_the_score_is_r2_with_weights(data):
    X, y = data
    regressor = make_regressor().fit(X, y)
    weights = np.random.default_rng(0).uniform(size=len(y))
    assert regressor.score(X, y) == r2_score(y, regressor.predict(X))
    expected = r2_score(y, regressor.predict(X), sample_weight=weights)
    assert regressor.score(X, y, sample_weight=weights) == expected


@pytest.mark.parametrize("standardize", [True, False])
def test_constant_features_and_targets_are_no_trouble(standardize):
    X, y = np.full((40, 3, 2), 7.0), np.full(40, 3.0)
    regressor = make_regressor(max_epochs=50, standardize=standardize).fit(X, y)
    assert_allclose(regressor.predict(X), y, rtol=1e-5)


@pytest.mark.parametrize("y_dtype", [np.int64, np.float32, bool])
@pytest.mark.parametrize("X_dtype", [np.int64, np.float16, np.float32])
def test_numbers_of_any_kind_are_predicted_in_double_precision(X_dtype, y_dtype):
    rng = np.random.default_rng(0)
    X = rng.integers(-5, 5, size=(60, 4, 1)).astype(X_dtype)
    y = (X[:, -1, 0] > 0).astype(y_dtype)
    predictions = make_regressor().fit(X, y).predict(X)
    assert predictions.dtype == np.float64
    expected = make_regressor().fit(X.astype(float), y.astype(float)).predict(X)
    assert_allclose(predictions, expected, rtol=1e-3, atol=1e-3)


# -------------------------------------------------------------------- losses, quantiles


@pytest.fixture(scope="module")
def skewed():
    """Targets whose noise has median log(2) and mean 1."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 3, 1))
    return X, np.tanh(X[:, -1, 0]) + rng.exponential(size=2000)


@pytest.mark.parametrize("linear_skip", ["ridge", None])
def test_losses_aim_at_the_mean_and_at_the_median(skewed, linear_skip):
    X, y = skewed
    below = {}
    for loss in ("squared_error", "huber", "absolute_error"):
        regressor = make_regressor(
            loss=loss, linear_skip=linear_skip, max_epochs="auto", hidden_size=8
        ).fit(X, y)
        below[loss] = np.mean(y < regressor.predict(X))
    # An exponential draw is below its mean with probability 1 - 1 / e.
    assert below["squared_error"] == pytest.approx(1 - exp(-1), abs=0.04)
    assert below["absolute_error"] == pytest.approx(0.5, abs=0.04)
    assert below["absolute_error"] < below["huber"] < below["squared_error"]


def test_a_quantile_loss_without_quantiles_aims_at_the_median(skewed):
    X, y = skewed
    regressor = make_regressor(loss="quantile", max_epochs="auto", hidden_size=8)
    predictions = regressor.fit(X, y).predict(X)
    assert predictions.shape == y.shape
    assert np.mean(predictions - np.tanh(X[:, -1, 0])) == pytest.approx(log(2), abs=0.1)


@pytest.mark.parametrize("linear_skip", ["ridge", None])
def test_quantiles_cover_what_they_say(linear_skip):
    def draw(seed):  # noise that grows with the last step
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(4000, 3, 1))
        return X, X[:, -2, 0] + (0.2 + np.abs(X[:, -1, 0])) * rng.normal(size=4000)

    levels = [0.1, 0.5, 0.9]
    regressor = make_regressor(
        loss="quantile",
        quantiles=levels,
        linear_skip=linear_skip,
        max_epochs="auto",
        hidden_size=16,
    ).fit(*draw(0))
    X, y = draw(1)
    predictions = regressor.predict_quantiles(X)
    covered = np.mean(y[:, np.newaxis] < predictions, axis=0)
    assert_allclose(covered, levels, atol=0.04)
    # Not by one width for all: it is wide where the noise is.
    width = predictions[:, 2] - predictions[:, 0]
    calm, wild = np.abs(X[:, -1, 0]) < 0.3, np.abs(X[:, -1, 0]) > 1.5
    assert width[wild].mean() > 2 * width[calm].mean()


LEVELS = {  # the quantiles that are asked for, their number, the one for predict
    "none": (None, 1, 0),
    "a number": (0.3, 1, 0),
    "one": ([0.9], 1, 0),
    "the median among them": ((0.1, 0.5, 0.9), 3, 1),
    "no median": ([0.05, 0.45, 0.6], 3, 1),
    "two equally near": (np.array([0.3, 0.7]), 2, 0),
    "all below the median": ([0.1, 0.2], 2, 1),
}


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("shape", [(80,), (80, 1), (80, 2)])
def test_predict_returns_the_level_nearest_the_median_in_the_shape_of_y(
    data, shape, name
):
    X, y = data
    targets = y if len(shape) == 1 else np.column_stack([y, -y][: shape[1]])
    levels, n_levels, middle = LEVELS[name]
    regressor = make_regressor(loss="quantile", quantiles=levels).fit(X, targets)
    quantiles, predictions = regressor.predict_quantiles(X), regressor.predict(X)
    assert quantiles.shape == (*shape, n_levels)
    assert quantiles.dtype == predictions.dtype == np.float64
    assert_array_equal(predictions, quantiles[..., middle])
    assert regressor.score(X, targets) == r2_score(targets, predictions)


@settings(deadline=None)
@given(
    numbers=st.lists(st.integers(1, 999), min_size=1, max_size=20, unique=True),
)
def test_the_level_nearest_the_median_is_that_of_whole_numbers(numbers):
    numbers = sorted(numbers)
    expected = min(numbers, key=lambda number: (abs(number - 500), number))
    assert numbers[_middle([number / 1000 for number in numbers])] == expected


@settings(deadline=None, max_examples=15)
@given(
    levels=st.lists(st.integers(1, 99), min_size=2, max_size=5, unique=True),
    seed=st.integers(0, 99),
)
def test_quantiles_never_cross(data, levels, seed):
    levels = [level / 100 for level in sorted(levels)]
    regressor = make_regressor(
        loss="quantile", quantiles=levels, lr=0.5, random_state=seed
    ).fit(*data)
    assert (np.diff(regressor.predict_quantiles(data[0]), axis=-1) >= 0).all()


QUANTILES = {"loss": "quantile", "quantiles": [0.1, 0.5, 0.9]}

SCORERS = {
    "none": None,
    "r2": "r2",
    "absolute error": "neg_mean_absolute_error",
    "median absolute error": "neg_median_absolute_error",
    "pinball loss": make_scorer(mean_pinball_loss, alpha=0.5, greater_is_better=False),
}


@pytest.mark.parametrize("n_outputs", [None, 2])
@pytest.mark.parametrize("name", SCORERS)
def test_every_scorer_ranks_models_of_quantiles(data, name, n_outputs):
    X, y = data
    targets = y if n_outputs is None else np.column_stack([y, -y])
    folds, candidates = KFold(2), {"max_epochs": [0, 2]}
    search = GridSearchCV(
        make_regressor(**QUANTILES), candidates, scoring=SCORERS[name], cv=folds
    ).fit(X, targets)
    scorer = get_scorer("r2" if SCORERS[name] is None else SCORERS[name])
    for number, max_epochs in enumerate(candidates["max_epochs"]):
        for fold, (train, test) in enumerate(folds.split(X)):
            model = make_regressor(**QUANTILES, max_epochs=max_epochs)
            model.fit(X[train], targets[train])
            middle = _Constant(model.predict_quantiles(X[test])[..., 1])
            score = search.cv_results_[f"split{fold}_test_score"][number]
            assert score == pytest.approx(scorer(middle, X[test], targets[test]))


class _Constant(RegressorMixin, BaseEstimator):
    """A regressor that returns given predictions."""

    def __init__(self, predictions):
        self.predictions = predictions

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.predictions


def test_only_models_of_quantiles_have_the_method(data):
    regressor = make_regressor()
    assert not hasattr(regressor, "predict_quantiles")
    assert not hasattr(regressor.fit(*data), "predict_quantiles")
    # A fitted regressor has learnt its loss, whatever is set for the next fit.
    assert not hasattr(regressor.set_params(**QUANTILES), "predict_quantiles")
    assert hasattr(regressor.fit(*data), "predict_quantiles")
    regressor.set_params(loss="huber", quantiles=None)
    assert regressor.predict_quantiles(data[0]).shape == (80, 3)
    with pytest.raises(AttributeError, match=r"GRURegressor.* 'predict_quantiles'"):
        make_regressor(loss="huber").predict_quantiles(data[0])
    with pytest.raises(NotFittedError, match="This GRURegressor instance"):
        make_regressor(**QUANTILES).predict_quantiles(data[0])


# ---------------------------------------------------------------------- the linear skip


def test_a_linear_target_is_predicted_as_well_as_by_ridge_regression():
    X, y = linear_data(1)
    X_new, y_new = linear_data(2)
    ridge = RidgeCV(alphas=np.logspace(-6, 3, 19)).fit(X.reshape(600, -1), y)
    expected = root_mean_squared_error(y_new, ridge.predict(X_new.reshape(600, -1)))
    regressor = make_regressor(max_epochs="auto").fit(X, y)
    error = root_mean_squared_error(y_new, regressor.predict(X_new))
    assert error < 1.03 * expected


def test_without_training_what_is_left_is_ridge_regression():
    X, y = linear_data(1)
    X_new, _ = linear_data(2)
    ridge = RidgeCV(alphas=np.logspace(-6, 3, 19)).fit(X.reshape(600, -1), y)
    regressor = make_regressor(lr=1e-12, lr_schedule=None).fit(X, y)
    expected = ridge.predict(X_new.reshape(600, -1))
    assert_allclose(regressor.predict(X_new), expected, atol=0.02 * y.std())


def test_a_trainable_skip_learns_a_linear_map():
    X, y = linear_data(1, noise=0.0)
    X_new, y_new = linear_data(2, noise=0.0)
    scores = {
        skip: make_regressor(linear_skip=skip, hidden_size=2, max_epochs="auto")
        .fit(X, y)
        .score(X_new, y_new)
        for skip in ("trainable", None)
    }
    assert scores["trainable"] > 0.99
    assert scores[None] < 0.9


# ----------------------------------------------------------------------- target_feature


@pytest.fixture(scope="module")
def walks():
    """Windows of a random walk and of noise, and the walk's next value."""
    rng = np.random.default_rng(0)
    walk, noise = 100 + rng.normal(size=206).cumsum(), rng.normal(size=206)
    rows = np.column_stack([noise, walk])
    windows = np.array([rows[i : i + 5] for i in range(200)])
    return windows, walk[5:205] + 0.5 * np.tanh(noise[4:204])


@pytest.fixture(scope="module", params=["ridge", "trainable", None])
def level_regressor(request, walks):
    return make_regressor(target_feature=1, linear_skip=request.param).fit(*walks)


@settings(deadline=None, max_examples=20)
@given(shift=st.floats(-1e4, 1e4))
def test_a_shift_of_the_targets_past_shifts_the_prediction(
    level_regressor, walks, shift
):
    X, _ = walks
    predictions = level_regressor.predict(X + np.array([0, shift]))
    assert_allclose(predictions, level_regressor.predict(X) + shift, atol=1e-4)


def test_a_shift_of_another_feature_does_not_shift_the_prediction(
    level_regressor, walks
):
    X, _ = walks
    moved = level_regressor.predict(X + np.array([3, 0])) - level_regressor.predict(X)
    assert np.ptp(moved) > 0
    assert np.abs(moved - 3).min() > 0


def test_training_at_another_level_predicts_at_that_level(walks):
    X, y = walks
    expected = make_regressor(target_feature=1).fit(X, y).predict(X)
    regressor = make_regressor(target_feature=1).fit(X + np.array([0, 1000]), y + 1000)
    assert_allclose(
        regressor.predict(X + np.array([0, 1000])), expected + 1000, atol=1e-3
    )


def test_the_level_is_carried_for_every_output_and_quantile(walks):
    X, y = walks
    regressor = make_regressor(target_feature=1, loss="quantile", quantiles=[0.2, 0.6])
    regressor.fit(X, np.column_stack([y, 2 * y]))
    expected = regressor.predict_quantiles(X) + 500
    quantiles = regressor.predict_quantiles(X + np.array([0, 500]))
    assert_allclose(quantiles, expected, atol=1e-4)


def test_shorter_sequences_carry_their_level_too(level_regressor, walks):
    X, _ = walks
    expected = level_regressor.predict(X[:, 3:]) + 500
    assert_allclose(
        level_regressor.predict(X[:, 3:] + np.array([0, 500])), expected, atol=1e-4
    )


@pytest.mark.parametrize("target", ["walk", "walk_lag0"])
def test_the_target_feature_may_be_named(walks, target):
    X, y = walks
    lags = [f"{name}_lag{lag}" for lag in (4, 3, 2, 1, 0) for name in ("noise", "walk")]
    frame = pd.DataFrame(X.reshape(len(X), -1), columns=lags)
    by_name = make_regressor(target_feature=target, window_length=5).fit(frame, y)
    by_number = make_regressor(target_feature=1, window_length=5).fit(frame, y)
    assert_array_equal(by_name.predict(frame), by_number.predict(frame))


def test_the_target_feature_may_be_named_behind_a_flat_transformer(walks):
    X, y = walks
    rows = pd.DataFrame(X[:, -1], columns=["noise", "walk"])
    windows = SlidingWindowTransformer(5, flatten=True).set_output(transform="pandas")
    predictions = [
        make_pipeline(windows, make_regressor(target_feature=target, window_length=5))
        .fit(rows, y)
        .predict(rows)
        for target in ("walk", 1)
    ]
    assert_array_equal(*predictions)


# ------------------------------------------------------------------------ standardising


@pytest.mark.parametrize("options", [{}, {"linear_skip": None}, {"target_feature": 1}])
def test_units_of_features_and_targets_do_not_matter(data, options):
    X, y = data
    expected = make_regressor(max_epochs=10, **options).fit(X, y).predict(X)
    scale, shift = np.array([1e-4, 250.0]), np.array([3.0, -1e3])
    # With a target feature both are in one unit, at one level.
    unit, level = (250.0, -1e3) if options.get("target_feature") else (1e3, 77.0)
    regressor = make_regressor(max_epochs=10, **options)
    predictions = regressor.fit(X * scale + shift, y * unit + level).predict(
        X * scale + shift
    )
    assert_allclose((predictions - level) / unit, expected, atol=1e-3)


def test_single_precision_predicts_nearly_what_double_does(data):
    X, y = data
    X = (1000 + X).astype(np.float32)
    single = make_regressor().fit(X, y).predict(X)
    double = make_regressor().fit(X.astype(np.float64), y).predict(X.astype(np.float64))
    assert_allclose(single, double, atol=1e-3)


@pytest.mark.parametrize("early_stopping", [True, False])
def test_held_out_rows_change_nothing_but_when_training_stops(data, early_stopping):
    X, y = data
    changed_X, changed_y = X.copy(), y.copy()
    changed_X[-8:] *= 100
    changed_y[-8:] = -7
    options = {"early_stopping": early_stopping, "callbacks": [EpochScoring("r2")]}
    curves, predictions = [], []
    for inputs, targets in ((X, y), (changed_X, changed_y)):
        regressor = make_regressor(**options).fit(inputs, targets)
        curves.append(regressor.loss_curve_)
        predictions.append(regressor.predict(X))
    n_iter = min(map(len, curves))
    assert curves[0][:n_iter] == curves[1][:n_iter]
    if not early_stopping:
        assert_array_equal(*predictions)
