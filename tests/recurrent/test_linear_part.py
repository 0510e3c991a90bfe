"""Scales and ridge around a network."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_rnn._recurrent import linear_part as _frame
from sklearn_rnn._recurrent.linear_part import LinearPart
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


def make_frame(sequences, y, target_feature=None, has_ridge=True):
    return LinearPart.fit(
        sequences,
        y,
        standardize=True,
        target_feature=target_feature,
        has_ridge=has_ridge,
    )


@pytest.mark.parametrize("target_feature", [None, 1])
def test_a_network_is_given_what_the_ridge_misses_at_unit_size(target_feature):
    sequences, y = make_data()
    frame = make_frame(sequences, y, target_feature)
    missed = y[:, 0] - frame.predict(Silent(), sequences, 1)[:, 0, 0]
    targets = frame.training_set(sequences, y).targets.numpy()[:, 0]
    assert_allclose(np.sqrt(np.mean(targets**2)), 1, rtol=1e-5)
    unit = frame.unit[0] * frame.scaler.target_scale[0]
    assert_allclose(targets * unit, missed, rtol=1e-4, atol=1e-5)


def test_without_a_ridge_a_network_is_given_the_scaled_targets():
    sequences, y = make_data()
    targets = make_frame(sequences, y, has_ridge=False).training_set(sequences, y)
    assert_allclose(targets.targets, (y - y.mean()) / y.std(), rtol=1e-5, atol=1e-6)


def test_a_ridge_of_too_many_columns_reads_only_the_latest_steps(monkeypatch):
    monkeypatch.setattr(_frame, "_MAX_RIDGE_COLUMNS", 5)
    sequences, y = make_data()
    frame = make_frame(sequences, y)
    assert frame.n_ridge_steps == 2
    before = frame.predict(Silent(), sequences, 1)
    for step, is_read in enumerate([False, False, True, True]):
        values = sequences.values.copy()
        values[:, step] += 1
        after = frame.predict(Silent(), Sequences(values), 1)
        assert np.array_equal(before, after) != is_read
