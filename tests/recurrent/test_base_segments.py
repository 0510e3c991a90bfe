"""Segments: so many steps of X are one step of the network."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from recurrent_fits import CELLS, POOLINGS, make_data, make_regressor
from sklearn.pipeline import make_pipeline

from sklearn_rnn import SlidingWindowTransformer, make_windows
from sklearn_rnn._kernels.choice import instruction_sets
from sklearn_rnn._kernels.recurrence import Pass

# Without scales, which are those of a feature, and without what knows the features.
PLAIN = {"standardize": False, "target_feature": None}


def in_segments(X, segment_length):
    """Put the steps of each segment side by side, after zeros in the first one.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_steps, n_features)
        Sequences.
    segment_length : int
        Number of steps of a segment.

    Returns
    -------
    segments : ndarray of shape (n_samples, n_segments, segment_length * n_features)
    """
    n_missing = -X.shape[1] % segment_length
    X = np.pad(X, ((0, 0), (n_missing, 0), (0, 0)))
    return X.reshape(len(X), X.shape[1] // segment_length, -1)


def assert_same_network(first, second):
    """Compare the weights of two regressors bit for bit."""
    expected = second.module_.state_dict()
    for name, weight in first.module_.state_dict().items():
        assert torch.equal(weight, expected[name]), name


# ------------------------------------------------------------------ steps side by side


@settings(deadline=None, max_examples=40)
@given(
    cell=st.sampled_from(CELLS),
    segment_length=st.integers(1, 5),
    n_segments=st.integers(1, 4),
    n_features=st.integers(1, 3),
    options=st.fixed_dictionaries(
        {
            "linear_skip": st.sampled_from([None, "ridge", "trainable"]),
            "pooling": st.sampled_from(POOLINGS),
            "bidirectional": st.booleans(),
            "num_layers": st.integers(1, 2),
            "dropout": st.sampled_from([0.0, 0.3]),
            "early_stopping": st.sampled_from([False, True, "refit"]),
        }
    ),
    seed=st.integers(0, 99),
)
def test_a_fit_is_that_of_steps_put_side_by_side(
    cell, segment_length, n_segments, n_features, options, seed
):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, n_segments * segment_length, n_features))
    wide, y = in_segments(X, segment_length), rng.normal(size=40)
    options |= PLAIN | {"random_state": seed}
    ours = make_regressor(cell, segment_length=segment_length, **options).fit(X, y)
    twin = make_regressor(cell, **options).fit(wide, y)
    assert_same_network(ours, twin)
    assert ours.loss_curve_ == twin.loss_curve_
    assert_array_equal(ours.predict(X), twin.predict(wide))
    ours.partial_fit(X, y)
    assert_array_equal(ours.predict(X), twin.partial_fit(wide, y).predict(wide))


@settings(deadline=None, max_examples=20)
@given(
    cell=st.sampled_from(CELLS),
    segment_length=st.integers(2, 8),
    lengths=st.lists(st.integers(1, 12), min_size=10, max_size=10),
    pooling=st.sampled_from(POOLINGS),
    seed=st.integers(0, 99),
)
def test_sequences_of_any_length_are_filled_up_in_front(
    cell, segment_length, lengths, pooling, seed
):
    rng = np.random.default_rng(seed)
    X = [rng.normal(size=(length, 2)) for length in lengths]
    X.append(rng.normal(size=(12, 2)))  # as long as a segment, or longer
    wide = [in_segments(x[np.newaxis], segment_length)[0] for x in X]
    y = rng.normal(size=len(X))
    options = PLAIN | {"linear_skip": None, "pooling": pooling}
    ours = make_regressor(cell, segment_length=segment_length, **options).fit(X, y)
    twin = make_regressor(cell, **options).fit(wide, y)
    assert_same_network(ours, twin)
    assert_array_equal(ours.predict(X), twin.predict(wide))


@pytest.mark.parametrize("n_samples", [60, 160])
def test_the_length_of_training_is_judged_as_for_steps_put_side_by_side(n_samples):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, 6, 1))
    y = X[:, -1, 0] * X[:, -2, 0]
    options = PLAIN | {"max_epochs": "auto"}
    ours = make_regressor(segment_length=3, **options).fit(X, y)
    twin = make_regressor(**options).fit(in_segments(X, 3), y)
    assert ours.fit_report_.errors == pytest.approx(
        twin.fit_report_.errors, nan_ok=True
    )
    assert ours.fit_report_.chosen == twin.fit_report_.chosen
    assert_array_equal(ours.predict(X), twin.predict(in_segments(X, 3)))


def test_an_lstm_opens_its_gates_for_as_many_segments_as_it_has_steps():
    X = np.random.default_rng(0).normal(size=(30, 240, 1))
    (cell,) = [cell for cell in CELLS if cell.__name__ == "LSTMRegressor"]
    biases = {}
    for segment_length in (1, 2, 3):
        options = {"max_epochs": 0, "segment_length": segment_length}
        module = make_regressor(cell, **options).fit(X, X[:, -1, 0]).module_
        biases[segment_length] = module.rnn.bias_ih_l0.detach().chunk(4)[1]
    # From 100 steps on, memories of all lengths
    assert len(biases[1].unique()) == len(biases[2].unique()) == 4
    assert (biases[3] == 1).all()


# ------------------------------------------------------------------ length of segments


@pytest.mark.parametrize("cell", CELLS)
def test_a_segment_longer_than_the_sequences_is_a_whole_sequence(data, cell):
    X, y = data  # of 5 steps
    whole = make_regressor(cell, segment_length=5).fit(X, y)
    for segment_length in (6, 10**12):
        longer = make_regressor(cell, segment_length=segment_length).fit(X, y)
        assert_array_equal(longer.predict(X), whole.predict(X))
    assert whole.module_.rnn.input_size == 5 * 2


@pytest.mark.parametrize("linear_skip", ["ridge", "trainable", None])
def test_shorter_and_longer_sequences_than_those_of_fit_are_predicted(
    data, linear_skip
):
    X, y = data
    regressor = make_regressor(segment_length=2, linear_skip=linear_skip).fit(X, y)
    for n_steps in (1, 2, 3):
        part = X[:, -n_steps:]
        padded = np.full_like(X, np.nan)
        padded[:, -n_steps:] = part
        assert_array_equal(regressor.predict(padded), regressor.predict(part))
    longer = np.concatenate([X, X], axis=1)
    assert np.abs(regressor.predict(longer) - regressor.predict(X)).max() > 0
    forms = regressor.predict(list(longer))
    assert_array_equal(forms, regressor.predict(longer))


@pytest.mark.parametrize("linear_skip", ["ridge", "auto"])
def test_the_linear_skip_reads_the_steps(data, linear_skip):
    X, y = data
    options = {"linear_skip": linear_skip, "max_epochs": 0}
    expected = make_regressor(**options).fit(X, y).predict(X)
    for segment_length in (2, 5):
        regressor = make_regressor(segment_length=segment_length, **options)
        assert_array_equal(regressor.fit(X, y).predict(X), expected)


def test_flat_windows_have_segments_too(data):
    X, y = data
    flat = X.reshape(len(X), -1)
    regressor = make_regressor(segment_length=2).fit(X, y)
    other = make_regressor(segment_length=2, window_length=5).fit(flat, y)
    assert_array_equal(other.predict(flat), regressor.predict(X))


# -------------------------------------------------------------------- the target's past


@settings(deadline=None, max_examples=20)
@given(
    cell=st.sampled_from(CELLS),
    segment_length=st.integers(1, 7),
    n_steps=st.integers(1, 9),
    feature=st.integers(0, 1),
    seed=st.integers(0, 99),
)
def test_the_targets_past_is_read_relative_to_the_last_step_of_the_last_segment(
    cell, segment_length, n_steps, feature, seed
):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, n_steps, 2))
    X[:, :, feature] += 1000 * rng.normal(size=(40, 1))
    level = X[:, -1, feature].copy()
    y = level + rng.normal(size=40)
    options = {"standardize": False, "linear_skip": None}
    ours = make_regressor(
        cell, segment_length=segment_length, target_feature=feature, **options
    ).fit(X, y)
    relative = X.copy()
    relative[:, :, feature] -= level[:, np.newaxis]
    wide = in_segments(relative, min(segment_length, n_steps))
    twin = make_regressor(cell, **options).fit(wide, y - level)
    assert_array_equal(ours.predict(X), twin.predict(wide) + level)


@pytest.mark.parametrize("segment_length", [2, 3, 5])
@pytest.mark.parametrize("linear_skip", ["ridge", "trainable", None])
def test_a_level_of_the_targets_past_is_carried_over(data, linear_skip, segment_length):
    X, y = data
    options = {"target_feature": 1, "linear_skip": linear_skip}
    regressor = make_regressor(segment_length=segment_length, **options).fit(X, y)
    higher = X.copy()
    higher[:, :, 1] += 64
    assert_allclose(regressor.predict(higher), regressor.predict(X) + 64, rtol=1e-6)


# ------------------------------------------------------------------------------ kernels


@pytest.mark.parametrize("options", [{}, {"target_feature": 1}, {"pooling": "max"}])
@pytest.mark.parametrize("is_ragged", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_every_kernel_reads_the_same_segments(
    data, lengths, cell, is_ragged, options, monkeypatch
):
    X, y = data
    if is_ragged:
        X = [x[-length:] for x, length in zip(X, lengths, strict=True)]
    predictions = []
    for kernel in (*instruction_sets()[:1], "torch", "off"):
        monkeypatch.setenv("SKLEARN_RNN_KERNEL", kernel)
        regressor = make_regressor(cell, segment_length=2, **options)
        predictions.append(regressor.fit(X, y).predict(X))
    for one in predictions[1:]:
        assert_allclose(one, predictions[0], rtol=1e-4, atol=1e-4)


@pytest.mark.skipif(not instruction_sets(), reason="the compiled kernel was not built")
@pytest.mark.parametrize("target_feature", [None, 0])
def test_windows_of_a_series_are_read_in_place(monkeypatch, target_feature):
    monkeypatch.delenv("SKLEARN_RNN_KERNEL", raising=False)
    batches, original = [], Pass.__init__

    def spy(self, kernel, direction, batch, *args):
        batches.append(batch)
        original(self, kernel, direction, batch, *args)

    monkeypatch.setattr(Pass, "__init__", spy)
    series = np.random.default_rng(0).normal(size=(400, 2))
    X, y = make_windows(series, 48)
    options = {"segment_length": 24, "target_feature": target_feature}
    make_regressor(**options).fit(X, y)
    (values,) = {batch.values.data_ptr(): batch.values for batch in batches}.values()
    assert values.shape == X.shape
    # Each window starts one row after the one before it, in the memory of one series.
    assert values.stride(0) == values.stride(1)
    assert values.untyped_storage().nbytes() <= 2 * series.nbytes
    assert {batch.segment_length for batch in batches} == {24}


# -------------------------------------------------------------------------------- worth


def test_a_season_as_a_segment_needs_fewer_steps_of_the_network():
    X, y = make_data(n_samples=100, n_steps=48)
    regressor = make_regressor(segment_length=24, pooling="mean", max_epochs=1)
    states = []

    def record(module, given, results):
        states.append(results[0].shape)

    module = regressor.fit(X, y).module_
    module.rnn.register_forward_hook(record)
    regressor.predict(X)
    assert {shape[1] for shape in states} == {math.ceil(48 / 24)}


def test_a_pipeline_may_search_for_the_length_of_segments(series):
    X, y = series
    for segment_length in (1, 6, 12):
        pipe = make_pipeline(
            SlidingWindowTransformer(12, padding="nan"),
            make_regressor(segment_length=segment_length),
        ).fit(X, y)
        assert pipe.score(X, y) > 0.99
