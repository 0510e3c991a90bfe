import copy
import inspect
import pickle
import subprocess
import sys
from math import ceil, exp, log

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    TimeSeriesSplit,
    cross_val_predict,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from skorch.callbacks import Callback, EarlyStopping, EpochScoring, LRScheduler

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SlidingWindowTransformer,
)
from sklearn_rnn._kernels import layers as _layers
from sklearn_rnn._kernels.choice import instruction_sets

CELLS = [GRURegressor, LSTMRegressor, RNNRegressor]
POOLINGS = ["last", "mean", "max", "attention"]


def make_regressor(cell=GRURegressor, **params):
    return cell(**({"hidden_size": 4, "max_epochs": 3, "random_state": 0} | params))


def make_data(n_samples=80, n_steps=5, seed=0):
    """Sequences of two features with a target that no linear map predicts."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_steps, 2))
    y = X[:, -1, 1] + np.tanh(2 * X[:, -1, 0] * X[:, -2, 1])
    return X, y + 0.1 * rng.normal(size=n_samples)


@pytest.fixture(scope="module")
def data():
    X, y = make_data()
    X.flags.writeable = y.flags.writeable = False  # a fit that writes fails
    return X, y


class Counter(Callback):
    """Keep the sizes of all training batches, and their learning rates."""

    def initialize(self):
        self.sizes_, self.rates_ = [], []
        return self

    def on_batch_end(self, net, batch, training, **kwargs):
        if training:
            self.sizes_.append(len(batch[1]))
            self.rates_.append(net.optimizer_.param_groups[0]["lr"])


def counted(regressor):
    (callback,) = [cb for _, cb in regressor.net_.callbacks_ if isinstance(cb, Counter)]
    return callback


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


def ragged_forms(X, lengths):
    """Return the last `lengths` steps of X in every form that holds them."""
    longest = X.shape[1]
    arrays = [x[longest - length :] for x, length in zip(X, lengths, strict=True)]
    padded = X.copy()
    for x, length in zip(padded, lengths, strict=True):
        x[: longest - length] = np.nan
    objects = np.empty(len(arrays), dtype=object)
    objects[:] = arrays
    return {
        "arrays": arrays,
        "tuple": tuple(arrays),
        "object array": objects,
        "lists": [x.tolist() for x in arrays],
        "frames": [pd.DataFrame(x) for x in arrays],
        "padded": padded,
    }


FORMS = ["tuple", "object array", "lists", "frames", "padded"]


@pytest.fixture(scope="module")
def lengths():
    lengths = np.random.default_rng(1).integers(1, 6, size=80)
    lengths[3] = 5
    return lengths


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


# ----------------------------------------------------------- what is known of the input


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


@pytest.mark.parametrize("linear_skip", ["ridge", "trainable"])
def test_longer_sequences_than_a_linear_skip_knows_are_an_error(data, linear_skip):
    regressor = make_regressor(linear_skip=linear_skip).fit(*data)
    sentence = (
        f"X has sequences of 6 steps, but linear_skip='{linear_skip}' maps at most the "
        "5 steps seen in fit; shorten them, or fit with linear_skip=None."
    )
    with pytest.raises(ValueError, match=sentence):
        regressor.predict(np.zeros((4, 6, 2)))


def test_longer_sequences_are_predicted_without_a_linear_skip(data):
    regressor = make_regressor(linear_skip=None).fit(*data)
    X = np.random.default_rng(1).normal(size=(4, 9, 2))
    assert np.ptp(regressor.predict(X)) > 0


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
    predictions = regressor.predict(X)
    covered = np.mean(y[:, np.newaxis] < predictions, axis=0)
    assert_allclose(covered, levels, atol=0.04)
    # Not by one width for all: it is wide where the noise is.
    width = predictions[:, 2] - predictions[:, 0]
    calm, wild = np.abs(X[:, -1, 0]) < 0.3, np.abs(X[:, -1, 0]) > 1.5
    assert width[wild].mean() > 2 * width[calm].mean()


@pytest.mark.parametrize(
    ("quantiles", "axis"), [(None, ()), (0.3, ()), ([0.3], ()), ((0.1, 0.2, 0.9), (3,))]
)
@pytest.mark.parametrize("shape", [(80,), (80, 1), (80, 2)])
def test_several_quantiles_are_a_last_axis(data, shape, quantiles, axis):
    X, y = data
    targets = y if len(shape) == 1 else np.column_stack([y] * shape[1])
    regressor = make_regressor(loss="quantile", quantiles=quantiles).fit(X, targets)
    assert regressor.predict(X).shape == shape + axis


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
    assert (np.diff(regressor.predict(data[0]), axis=-1) >= 0).all()


def test_the_score_of_quantiles_is_that_of_the_one_nearest_the_median(data):
    X, y = data
    for levels, at in (([0.05, 0.4, 0.9], 1), ([0.45, 0.7], 0)):
        regressor = make_regressor(loss="quantile", quantiles=levels).fit(X, y)
        assert regressor.score(X, y) == r2_score(y, regressor.predict(X)[:, at])


# ---------------------------------------------------------------------- the linear skip


def linear_data(seed, noise=0.3):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(600, 6, 2))
    weights = np.random.default_rng(0).normal(size=(6, 2))
    return X, np.einsum("ntf,tf->n", X, weights) + 5 + noise * rng.normal(size=600)


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
    expected = regressor.predict(X) + 500
    assert_allclose(regressor.predict(X + np.array([0, 500])), expected, atol=1e-4)


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


# -------------------------------------------------------------------- how long to train


@pytest.mark.parametrize("n_samples", [2, 40, 300, 555, 1000, 20_000])
def test_automatic_training_is_some_300_steps_whatever_the_number_of_rows(n_samples):
    X = np.random.default_rng(0).normal(size=(n_samples, 1, 1))
    regressor = GRURegressor(hidden_size=1, callbacks=[Counter()], random_state=0)
    regressor.fit(X, X[:, 0, 0] ** 2)
    assert abs(len(counted(regressor).sizes_) - 300) <= 15
    assert regressor.n_iter_ >= 10  # or nothing could be stopped early


@pytest.mark.parametrize(
    ("n_samples", "batch_size"), [(20, 20), (100, 32), (3000, 50), (9000, 128)]
)
def test_the_automatic_batch_size_grows_with_the_rows(n_samples, batch_size):
    X = np.random.default_rng(0).normal(size=(n_samples, 1, 1))
    regressor = make_regressor(hidden_size=1, max_epochs=1, callbacks=[Counter()])
    assert max(counted(regressor.fit(X, X[:, 0, 0])).sizes_) == batch_size


def test_epochs_and_batches_are_as_asked_for(data):
    regressor = make_regressor(max_epochs=4, batch_size=30, callbacks=[Counter()])
    assert counted(regressor.fit(*data)).sizes_ == [30, 30, 20] * 4
    assert regressor.n_iter_ == len(regressor.loss_curve_) == 4


def test_refitting_trains_on_all_rows_for_as_long_as_was_best(data):
    X, y = data
    options = {"early_stopping": "refit", "max_epochs": 30, "lr": 0.1}
    regressor = make_regressor(**options, callbacks=[Counter()]).fit(X, y)
    best = int(np.argmin(regressor.validation_loss_curve_)) + 1
    assert 0 < best < len(regressor.validation_loss_curve_)
    assert regressor.n_iter_ == best
    batches = counted(regressor).sizes_[-regressor.n_iter_ * ceil(80 / 32) :]
    assert sum(batches) == best * 80
    changed = y.copy()
    changed[-8:] += 1e-3  # moves every loss a little, and what is best not at all
    again = make_regressor(**options).fit(X, changed)
    assert again.n_iter_ == best
    assert np.abs(again.predict(X) - regressor.predict(X)).max() > 0


def test_refitting_may_choose_not_to_train_at_all():
    X, y = linear_data(1)
    options = {"lr_schedule": None, "dropout": 0.0}
    refitted = make_regressor(early_stopping="refit", lr=30.0, **options).fit(X, y)
    assert refitted.n_iter_ == 0
    assert refitted.loss_curve_ == []
    untrained = make_regressor(lr=1e-12, **options).fit(X, y)
    assert_allclose(refitted.predict(X), untrained.predict(X), rtol=1e-6)


def test_without_validation_there_is_no_validation_curve(data):
    assert make_regressor().fit(*data).validation_loss_curve_ is None


# -------------------------------------------------------------------------- training on


def test_a_warm_start_goes_on_from_the_present_weights(data):
    X, y = data
    regressor = make_regressor(max_epochs=30, lr=0.05, warm_start=True).fit(X, y)
    learnt = regressor.predict(X)
    standing = {"max_epochs": 1, "lr": 1e-12}
    assert_allclose(regressor.set_params(**standing).fit(X, y).predict(X), learnt)
    anew = regressor.set_params(warm_start=False).fit(X, y).predict(X)
    assert np.abs(anew - learnt).max() > 0.01


def test_a_warm_start_before_any_fit_is_a_fit(data):
    X, y = data
    expected = make_regressor().fit(X, y).predict(X)
    assert_array_equal(make_regressor(warm_start=True).fit(X, y).predict(X), expected)


@pytest.mark.parametrize("early_stopping", [True, "refit"])
def test_a_warm_start_never_gets_worse_on_the_last_samples(data, early_stopping):
    X, y = data
    regressor = make_regressor(
        max_epochs=40, lr=0.05, warm_start=True, early_stopping=early_stopping
    ).fit(X, y)
    before = regressor.predict(X)
    regressor.set_params(lr=30.0, lr_schedule=None).fit(X, y)  # nothing is gained
    assert_array_equal(regressor.predict(X), before)


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_size": 5},
        {"num_layers": 2},
        {"bidirectional": True},
        {"pooling": "attention"},
        {"linear_skip": "trainable"},
        {"linear_skip": None},
        {"target_feature": 1},
        {"standardize": False},
        {"quantiles": [0.1, 0.6]},
    ],
    ids=str,
)
def test_a_warm_start_of_another_model_is_an_error_and_changes_nothing(data, change):
    X, y = data
    regressor = make_regressor(warm_start=True, loss="quantile", quantiles=[0.5])
    before = regressor.fit(X, y).predict(X)
    (name,) = change
    with pytest.raises(ValueError, match=rf"warm_start=True .*\b{name}\b.* first fit"):
        regressor.set_params(**change).fit(X, y)
    assert_array_equal(regressor.predict(X), before)


def test_a_warm_start_on_targets_of_another_shape_is_an_error(data):
    X, y = data
    regressor = make_regressor(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"y has shape \(80, 1\), but fit saw"):
        regressor.fit(X, y[:, np.newaxis])
    regressor = make_regressor(warm_start=True).fit(X, y[:, np.newaxis])
    with pytest.raises(ValueError, match="y has 2 outputs, but fit saw 1"):
        regressor.fit(X, np.column_stack([y, y]))
    assert regressor.predict(X).shape == (80, 1)


def test_partial_fit_runs_one_more_epoch_at_a_tenth_of_the_rate(data):
    X, y = data
    regressor = make_regressor(lr=0.02, batch_size=30, callbacks=[Counter()]).fit(X, y)
    losses = regressor.loss_curve_
    n_batches = len(counted(regressor).sizes_)
    for count in (1, 2):
        regressor.partial_fit(X, y)
        assert regressor.n_iter_ == 3 + count
        assert regressor.loss_curve_[:3] == losses
        counter = counted(regressor)
        assert counter.sizes_[n_batches:] == [30, 30, 20] * count
        assert counter.rates_[n_batches:] == [0.02 / 10] * 3 * count


def test_partial_fit_sees_every_row_of_a_long_series_once():
    X = np.random.default_rng(0).normal(size=(5000, 1, 1))
    regressor = make_regressor(hidden_size=1, max_epochs="auto", callbacks=[Counter()])
    regressor.fit(X, X[:, 0, 0])
    n_batches = len(counted(regressor).sizes_)
    regressor.partial_fit(X, X[:, 0, 0])
    assert sum(counted(regressor).sizes_[n_batches:]) == 5000


def test_partial_fit_may_come_first(data):
    X, y = data
    regressor = make_regressor(callbacks=[Counter()], lr=0.02).partial_fit(X, y)
    assert regressor.n_iter_ == 1
    assert set(counted(regressor).rates_) == {0.02 / 10}
    before = regressor.score(X, y)
    for _ in range(60):
        regressor.partial_fit(X, y)
    assert regressor.n_iter_ == 61
    assert regressor.score(X, y) > before


def test_partial_fit_leaves_scales_and_ridge_as_they_are(data):
    X, y = data
    regressor = make_regressor().fit(X, y)
    regressor.set_params(lr=1e-11)  # the network stands still: the rest is what moves
    before = regressor.predict(X)
    regressor.partial_fit(1000 * X, 50 + 1000 * y)
    assert_allclose(regressor.predict(X), before, rtol=1e-6)


def test_partial_fit_starts_quantiles_apart(data):
    X, y = data
    regressor = make_regressor(
        loss="quantile", quantiles=[0.1, 0.9], linear_skip=None, lr=1e-11
    ).partial_fit(X, y)
    assert_allclose(regressor.predict(X)[0], np.quantile(y, [0.1, 0.9]), rtol=1e-5)


def test_partial_fit_repeats_bit_for_bit(data):
    X, y = data
    first, second = (make_regressor().fit(X, y).partial_fit(X, y) for _ in range(2))
    assert_array_equal(first.predict(X), second.predict(X))


def test_fit_forgets_what_partial_fit_learnt(data):
    X, y = data
    expected = make_regressor().fit(X, y).predict(X)
    regressor = make_regressor().partial_fit(X, y).fit(X, y)
    assert_array_equal(regressor.predict(X), expected)
    assert regressor.n_iter_ == 3


# ------------------------------------------------------------- every parameter is taken

# Parameter -> a value other than the default, and what else to set for both.
SECOND_VALUES = {
    "hidden_size": (5, {}),
    "num_layers": (2, {}),
    "bidirectional": (True, {}),
    "dropout": (0.5, {}),
    "pooling": ("mean", {}),
    "init": ("orthogonal", {}),
    "linear_skip": ("trainable", {}),
    "target_feature": (1, {}),
    "loss": ("absolute_error", {}),
    "quantiles": (0.2, {"loss": "quantile"}),
    "max_epochs": (4, {}),
    "batch_size": (17, {}),
    "lr": (1e-3, {}),
    "optimizer": ("sgd", {}),
    "weight_decay": (0.5, {}),
    "lr_schedule": (None, {}),
    "clip_grad_norm": (1e-3, {"optimizer": "sgd"}),
    "recurrent_constraint": ("spectral", {}),
    "callbacks": ([LRScheduler("StepLR", step_size=1, gamma=0.5)], {}),
    "early_stopping": (True, {}),
    "validation_fraction": (0.3, {"early_stopping": True}),
    "n_iter_no_change": (1, {"early_stopping": True, "max_epochs": 40}),
    "tol": (10.0, {"early_stopping": True, "max_epochs": 40, "linear_skip": None}),
    "standardize": (False, {}),
    "random_state": (1, {}),
}
# What has a test of its own: nothing to see in predictions after one fit.
ELSEWHERE = {
    "device": "test_bad_input, and test_training where there is a GPU",
    "verbose": "test_training",
    "n_threads": "below",
    "warm_start": "above",
    "window_length": "above",
    "nonlinearity": "test_recurrent",
}


def test_every_parameter_is_tested_for_an_effect():
    parameters = {name for cell in CELLS for name in cell().get_params()}
    assert parameters == SECOND_VALUES.keys() | ELSEWHERE.keys()
    assert not SECOND_VALUES.keys() & ELSEWHERE.keys()


@pytest.mark.skipif(not instruction_sets(), reason="the compiled kernel was not built")
def test_threads_share_batches_and_change_no_result(monkeypatch):
    monkeypatch.delenv("SKLEARN_RNN_KERNEL", raising=False)
    seen = set()

    def spy(kernel, direction, batch, weights, **options):
        seen.add(options["n_threads"])
        return run_compiled(kernel, direction, batch, weights, **options)

    run_compiled = _layers.run_compiled
    monkeypatch.setattr(_layers, "run_compiled", spy)
    X = np.random.default_rng(0).normal(size=(200, 6, 2))
    y = np.tanh(X.sum(axis=(1, 2)))
    options = {"batch_size": 100, "max_epochs": 3, "random_state": 0}
    expected = GRURegressor(**options).fit(X, y).partial_fit(X, y).predict(X)
    assert seen == {1}
    seen.clear()
    regressor = GRURegressor(n_threads=3, **options).fit(X, y)
    assert_array_equal(regressor.partial_fit(X, y).predict(X), expected)
    assert seen == {3}
    seen.clear()
    assert_array_equal(regressor.set_params(n_threads=2).predict(X), expected)
    assert seen == {2}


@pytest.mark.parametrize("name", SECOND_VALUES)
def test_every_parameter_has_an_effect(data, name):
    X, y = data
    value, also = SECOND_VALUES[name]
    default = inspect.signature(GRURegressor).parameters[name].default
    assert value != default
    both = {"hidden_size": 4, "random_state": 0, "max_epochs": 15, "lr": 0.05} | also
    first = GRURegressor(**both).fit(X, y)
    second = GRURegressor(**(both | {name: value})).fit(X, y)
    change = np.abs(first.predict(X) - second.predict(X)).max()
    assert change > 1e-6 or first.n_iter_ != second.n_iter_


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("pooling", POOLINGS),
        ("init", ["auto", "xavier", "he", "orthogonal", "torch"]),
        ("linear_skip", ["ridge", "trainable", None]),
        ("loss", ["squared_error", "absolute_error", "huber", "quantile"]),
        ("optimizer", ["adam", "adamw", "rmsprop", "sgd"]),
    ],
)
def test_no_two_values_of_a_parameter_are_the_same(data, name, values):
    X, y = data
    if name == "loss":  # a quantile of 0.5 is half of an absolute error
        values = [value for value in values if value != "quantile"]
    # Apart from its decay AdamW is Adam.
    options = {"weight_decay": 0.5} if name == "optimizer" else {}
    predictions = [
        make_regressor(**{name: value}, lr=0.05, **options).fit(X, y).predict(X)
        for value in values
    ]
    for i, first in enumerate(predictions):
        for second in predictions[:i]:
            assert np.abs(first - second).max() > 1e-6


# ------------------------------------------------------------------------ repeatability


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_seed_repeats_bit_for_bit_and_another_does_not(data, cell):
    X, y = data
    fits = [make_regressor(cell, random_state=seed).fit(X, y) for seed in (0, 0, 1)]
    first, again, other = (regressor.predict(X) for regressor in fits)
    assert_array_equal(first, again)
    assert fits[0].loss_curve_ == fits[1].loss_curve_
    assert np.abs(first - other).max() > 0


def test_a_second_fit_repeats_the_first(data):
    X, y = data
    regressor = make_regressor()
    assert_array_equal(regressor.fit(X, y).predict(X), regressor.fit(X, y).predict(X))


def test_a_generator_gives_each_fit_a_seed_of_its_own(data):
    X, y = data

    def two_fits():
        generator = np.random.RandomState(0)
        regressor = make_regressor(random_state=generator)
        return [regressor.fit(X, y).predict(X) for _ in range(2)]

    first, second = two_fits()
    assert np.abs(first - second).max() > 0
    assert_array_equal(two_fits(), [first, second])


def test_the_state_of_the_global_generators_does_not_matter(data):
    X, y = data
    expected = make_regressor().fit(X, y).predict(X)
    torch.rand(7)
    assert_array_equal(make_regressor().fit(X, y).predict(X), expected)


def test_what_is_handed_over_is_not_changed(data, lengths):
    X, y = data
    padded = ragged_forms(X, lengths)["padded"]
    inputs = [padded, [*X.copy()], pd.DataFrame(X.reshape(80, -1)), y]
    before = copy.deepcopy(inputs)
    for x in inputs[:3]:
        make_regressor(target_feature=0, window_length=5).fit(x, y).predict(x)
    for now, then in zip(inputs, before, strict=True):
        assert_array_equal(now, then)


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
        {"cell": RNNRegressor, "target_feature": 0, "pooling": "attention"},
        {
            "loss": "quantile",
            "quantiles": [0.1, 0.9],
            "callbacks": [EarlyStopping()],
        },
        {"optimizer": "sgd", "lr_schedule": None, "linear_skip": None},
    ],
    ids=["plain", "stopped", "attention", "quantiles", "sgd"],
)
def test_a_stored_regressor_predicts_and_trains_on_as_before(
    data, through, options, tmp_path
):
    X, y = data
    regressor = make_regressor(**options).fit(X, y)
    stored = through(regressor, tmp_path / "regressor")
    assert_array_equal(stored.predict(X), regressor.predict(X))
    assert stored.loss_curve_ == regressor.loss_curve_
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


@pytest.fixture(scope="module")
def series():
    """Rows of a series that repeats itself, noise beside it, and its next value."""
    t = np.arange(240)
    wave = np.sin(2 * np.pi * t / 12)
    rows = np.column_stack([wave, np.random.default_rng(0).normal(size=240)])
    return rows, np.roll(wave, -1)


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

def memory(what):
    # Not getrusage: its peak is inherited from the process that started this one.
    with open("/proc/self/status") as file:
        (line,) = [line for line in file if line.startswith(what + ":")]
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
    """Return the memory that the last line of `code` takes beyond what was there."""
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
    return SlidingWindowTransformer(60).fit_transform(rows), rows[:, 0].copy()

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
    hidden_size=1, linear_skip=None, batch_size=32, random_state=0
)
pipe = make_pipeline(SlidingWindowTransformer({window_length}), regressor)
grid = {{"lstmregressor__lr": [0.01]}}
search = GridSearchCV(pipe, grid, cv=TimeSeriesSplit(2), error_score="raise")
peak_beyond(search.fit, inputs(20_000), inputs({n_rows}))
""")
    # The smallest part that is windowed is a third of the rows, in four bytes each.
    assert peak < n_rows * window_length * 4 / 3
