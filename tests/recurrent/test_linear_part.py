"""The linear part: scales, and the ridge whose residuals the network learns."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_rnn import GRURegressor
from sklearn_rnn._recurrent import linear_part as module
from sklearn_rnn._recurrent.linear_part import LinearPart
from sklearn_rnn._recurrent.module import RecurrentModule
from sklearn_rnn._sequences.sequences import Sequences


class Silent:
    """A network that has learnt nothing."""

    def predict_rows(self, dataset):
        return np.zeros((len(dataset), 1), dtype=np.float32)


def make_data(n_samples=80, n_steps=4, n_features=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(3, 5, size=(n_samples, n_steps, n_features))
    y = X.reshape(n_samples, -1) @ rng.normal(size=n_steps * n_features)
    return Sequences(X), (y + rng.normal(size=n_samples))[:, np.newaxis]


def fit(sequences, y, target_feature=None, has_ridge=True):
    return LinearPart.fit(
        sequences,
        y,
        len(y),
        standardize=True,
        target_feature=target_feature,
        has_ridge=has_ridge,
    )


@pytest.mark.parametrize("target_feature", [None, 1])
def test_a_network_is_given_what_the_ridge_misses_at_unit_size(target_feature):
    sequences, y = make_data()
    linear_part, dataset = fit(sequences, y, target_feature)
    missed = y[:, 0] - linear_part.predict(Silent(), sequences, 1)[:, 0, 0]
    targets = dataset.targets.numpy()[:, 0]
    assert_allclose(np.sqrt(np.mean(targets**2)), 1, rtol=1e-5)
    unit = linear_part.unit[0] * linear_part.scaler.target_scale[0]
    assert_allclose(targets * unit, missed, rtol=1e-4, atol=1e-5)


def test_without_a_ridge_a_network_is_given_the_scaled_targets():
    sequences, y = make_data()
    _, dataset = fit(sequences, y, has_ridge=False)
    assert_allclose(dataset.targets, (y - y.mean()) / y.std(), rtol=1e-5, atol=1e-6)


def test_a_ridge_of_too_many_columns_reads_only_the_latest_steps(monkeypatch):
    monkeypatch.setattr(module, "_MAX_RIDGE_COLUMNS", 5)
    sequences, y = make_data()
    linear_part, _ = fit(sequences, y)
    assert linear_part.n_ridge_steps == 2
    before = linear_part.predict(Silent(), sequences, 1)
    for step, is_read in enumerate([False, False, True, True]):
        values = sequences.values.copy()
        values[:, step] += 1
        after = linear_part.predict(Silent(), Sequences(values), 1)
        assert np.array_equal(before, after) != is_read


def test_constant_columns_of_wide_windows_have_no_weight(monkeypatch):
    monkeypatch.setattr(module, "_MANY_COLUMNS", 5)
    monkeypatch.setattr(module, "_MAX_RIDGE_COLUMNS", 5)
    sequences, y = make_data()
    sequences.values[:, :3, 1] = 7.0
    linear_part, _ = fit(sequences, y)
    # Of eight columns three are constant: all steps are read.
    assert linear_part.n_ridge_steps == 4
    weights = linear_part.ridge.coef.reshape(4, 2)
    assert (weights[:3, 1] == 0).all()
    assert (weights[:, 0] != 0).all()
    assert weights[3, 1] != 0
    columns = np.delete(sequences.values.reshape(len(y), 8), [1, 3, 5], axis=1)
    scaled = (columns - columns.mean(axis=0)) / 10
    missed = y - linear_part.predict(Silent(), sequences, 1)[:, :, 0]
    full = np.linalg.lstsq(np.c_[scaled, np.ones(len(y))], y, rcond=None)[0]
    least = y - np.c_[scaled, np.ones(len(y))] @ full
    assert (missed**2).mean() < 1.05 * (least**2).mean()


@pytest.mark.parametrize("target_feature", [None, 1])
@pytest.mark.parametrize("has_ridge", [True, False])
def test_residuals_of_new_samples_are_those_of_the_samples_of_the_fit(
    target_feature, has_ridge
):
    sequences, y = make_data()
    linear_part, dataset = fit(sequences, y, target_feature, has_ridge)
    again = linear_part.residuals(sequences, y)
    assert np.array_equal(dataset.targets, again.targets)
    assert np.array_equal(dataset.values, again.values)


def test_held_out_samples_change_neither_scales_nor_ridge():
    sequences, y = make_data()
    n_train = 60
    options = {"standardize": True, "target_feature": None, "has_ridge": True}
    linear_part, dataset = LinearPart.fit(sequences, y, n_train, **options)
    train = sequences.take(slice(0, n_train))
    alone, _ = LinearPart.fit(train, y[:n_train], n_train, **options)
    assert len(dataset) == len(y)
    assert np.array_equal(linear_part.ridge.coef, alone.ridge.coef)
    assert np.array_equal(linear_part.scaler.feature_mean, alone.scaler.feature_mean)


@pytest.mark.parametrize("options", [{}, {"loss": "quantile", "quantiles": [0.1, 0.9]}])
@pytest.mark.parametrize("linear_skip", ["ridge", "trainable", None])
def test_a_network_that_learnt_nothing_predicts_without_being_run(
    linear_skip, options, monkeypatch
):
    sequences, y = make_data()
    X = sequences.values
    settings = {"hidden_size": 3, "linear_skip": linear_skip, "random_state": 0}
    network = GRURegressor(max_epochs=0, **settings, **options).fit(X, y[:, 0])
    assert network.module_.is_constant
    at_once = network._predict_outputs(X)
    monkeypatch.setattr(RecurrentModule, "is_constant", False)
    assert np.array_equal(network._predict_outputs(X), at_once)
    monkeypatch.undo()
    trained = GRURegressor(max_epochs=1, **settings, **options).fit(X, y[:, 0])
    assert not trained.module_.is_constant


def test_other_weights_of_the_ridge_change_the_ridge_alone():
    sequences, y = make_data()
    linear_part, _ = fit(sequences, y)
    (Z, targets), *others = linear_part.ridge_rows(sequences, y)
    assert not others
    moved = linear_part.with_coef(linear_part.ridge.coef * 0, np.ones(1))
    assert moved.scaler is linear_part.scaler
    level = linear_part.scaler.target_scale + linear_part.scaler.target_mean
    predictions = moved.predict(Silent(), sequences, 1)[:, 0, 0]
    assert_allclose(predictions, np.full(len(y), level[0]))
    ridge, centred = linear_part.ridge, Z - Z.mean(axis=0)
    inverse = np.linalg.inv(centred.T @ centred + ridge.strength * np.eye(Z.shape[1]))
    assert_allclose(ridge.coef, inverse @ centred.T @ targets, rtol=1e-6, atol=1e-9)
