"""Scales against scikit-learn's scaler on a plain copy of all steps."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import StandardScaler

from sklearn_rnn._sequences import scaling as _scaling
from sklearn_rnn._sequences.scaling import SequenceScaler
from sklearn_rnn._sequences.sequences import check_sequences, unwindow


def windows_of(n_samples, n_steps, n_features=2, n_absent=0, dtype=float, seed=0):
    """Windows of a random walk, a view, with targets of two outputs."""
    rng = np.random.default_rng(seed)
    walk = 50.0 + rng.normal(size=(n_samples + n_steps - 1, n_features)).cumsum(axis=0)
    walk[:n_absent] = np.nan
    windows = sliding_window_view(walk.astype(dtype), n_steps, axis=0)
    return windows.transpose(0, 2, 1), 10.0 + 3.0 * rng.normal(size=(n_samples, 2))


def fit(X, y, *, standardize=True, target_feature=None):
    sequences = check_sequences(X)
    scaler = SequenceScaler.fit(
        sequences, y, standardize=standardize, target_feature=target_feature
    )
    return scaler, sequences


def as_steps(X):
    """All steps of all sequences, (n_samples * n_steps, n_features), a copy."""
    return np.array(X, dtype=float).reshape(-1, X.shape[2])


# Learning


sizes = {
    "n_samples": st.integers(2, 30),
    "n_steps": st.integers(1, 12),
    "n_features": st.integers(1, 3),
    "seed": st.integers(0, 50),
}


@given(**sizes, n_absent=st.integers(0, 5))
@settings(deadline=None, max_examples=80)
def test_scales_are_those_of_a_standard_scaler_on_every_step_of_every_window(
    n_samples, n_steps, n_features, seed, n_absent
):
    n_absent = min(n_absent, n_steps - 1)
    X, y = windows_of(n_samples, n_steps, n_features, n_absent, seed=seed)
    features, targets = StandardScaler().fit(as_steps(X)), StandardScaler().fit(y)
    for windows in (X, X.copy()):
        scaler, _ = fit(windows, y)
        assert_allclose(scaler.feature_mean, features.mean_, rtol=1e-10)
        assert_allclose(scaler.feature_scale, features.scale_, rtol=1e-8)
        assert_allclose(scaler.target_mean, targets.mean_, rtol=1e-10)
        assert_allclose(scaler.target_scale, targets.scale_, rtol=1e-10)


@given(**sizes, target_feature=st.sampled_from([None, 0]))
@settings(deadline=None, max_examples=60)
def test_a_view_and_a_copy_of_the_same_windows_give_the_same_scales(
    n_samples, n_steps, n_features, seed, target_feature
):
    X, y = windows_of(n_samples, n_steps, n_features, seed=seed)
    view, _ = fit(X, y, target_feature=target_feature)
    copy, _ = fit(X.copy(), y, target_feature=target_feature)
    for name in ("feature_mean", "feature_scale", "target_mean", "target_scale"):
        assert_allclose(getattr(view, name), getattr(copy, name), rtol=1e-8)


@pytest.mark.parametrize("target_feature", [None, 1])
@pytest.mark.parametrize("as_copy", [False, True])
def test_scales_do_not_depend_on_how_many_rows_are_read_at_a_time(
    monkeypatch, as_copy, target_feature
):
    X, y = windows_of(40, 6)
    X = X.copy() if as_copy else X
    at_once, sequences = fit(X, y, target_feature=target_feature)
    monkeypatch.setattr(_scaling, "_CHUNK", 7)
    in_parts, _ = fit(X, y, target_feature=target_feature)
    assert_allclose(in_parts.feature_mean, at_once.feature_mean, rtol=1e-10)
    assert_allclose(in_parts.feature_scale, at_once.feature_scale, rtol=1e-10)
    scaled = in_parts.scale(sequences)
    assert_allclose(
        scaled.values, at_once.scale(sequences).values, rtol=1e-9, atol=1e-9
    )


def test_a_feature_or_target_that_never_changes_is_only_centred():
    X, y = windows_of(20, 4)
    X = X.copy()
    X[:, :, 1], y[:, 0] = 0.1, 7.0
    scaler, sequences = fit(X, y)
    assert_array_equal(scaler.feature_scale[1], 1.0)
    assert_allclose(scaler.scale(sequences).values[:, :, 1], 0.0, atol=1e-12)
    assert_allclose(scaler.scale_targets(y, sequences)[:, 0], 0.0, atol=1e-12)


@given(mean=st.floats(1e8, 1e150), n_samples=st.integers(2, 300))
@settings(deadline=None, max_examples=40)
def test_of_constants_of_any_size_no_more_than_rounding_is_left(mean, n_samples):
    X, y = np.full((n_samples, 4, 1), mean), np.full((n_samples, 1), -mean)
    scaler, sequences = fit(X, y)
    assert np.abs(scaler.scale(sequences).values).max() <= 1
    assert np.abs(scaler.scale_targets(y, sequences)).max() <= 1


# Numbers that are too large


@given(
    **sizes,
    size=st.sampled_from([1e17, -1e20, 1e39, -1e150]),
    as_copy=st.booleans(),
    in_parts=st.booleans(),
    data=st.data(),
)
@settings(deadline=None, max_examples=60)
def test_a_value_too_large_to_be_computed_with_is_named_with_its_place(
    n_samples, n_steps, n_features, seed, size, as_copy, in_parts, data
):
    X, y = windows_of(n_samples, n_steps, n_features, seed=seed)
    scaler = SequenceScaler.fit(check_sequences(X), y, standardize=False)
    series = np.array(unwindow(X)) if unwindow(X) is not None else None
    row, column = (data.draw(st.integers(0, n - 1)) for n in (n_samples, n_features))
    step = data.draw(st.integers(0, n_steps - 1))
    if as_copy or series is None:
        X = np.array(X)
        X[row, step, column] = size
    else:
        series[row + step, column] = size
        X = sliding_window_view(series, n_steps, axis=0).transpose(0, 2, 1)
        row = int(np.isin(X, size).any(axis=(1, 2)).argmax())  # the first that holds it
        step = int(np.isin(X[row], size).any(axis=1).argmax())
    at = f"at row {row}, step {step}, column {column}, too large"
    sequences = check_sequences(X)
    parts = [part for _, part in sequences.parts(3)] if in_parts else [sequences]
    for dtype in (None, np.float64):
        with pytest.raises(ValueError, match=re.escape(f"X holds {size:.4g} {at}")):
            [scaler.scale(part, dtype) for part in parts]


def test_a_target_too_large_for_a_network_is_named_with_its_place():
    X, y = windows_of(9, 4)
    scaler, sequences = fit(X, y)
    y[5, 1] = -1e39
    with pytest.raises(ValueError, match=r"y holds -1e\+39 at row 5, output 1, too"):
        scaler.scale_targets(y, sequences)


# Weights


@given(**sizes, n_absent=st.integers(0, 5), as_copy=st.booleans())
@settings(deadline=None, max_examples=80)
def test_weighted_scales_are_those_of_sequences_given_as_often(
    n_samples, n_steps, n_features, seed, n_absent, as_copy
):
    n_absent = min(n_absent, n_steps - 1)
    X, y = windows_of(n_samples, n_steps, n_features, n_absent, seed=seed)
    X = X.copy() if as_copy else X
    weights = np.random.default_rng(seed).integers(1, 4, size=n_samples)
    weighted = SequenceScaler.fit(
        check_sequences(X),
        y,
        standardize=True,
        sample_weight=weights.astype(float),
        target_weight=weights.astype(float),
    )
    repeated, _ = fit(np.repeat(X, weights, axis=0), np.repeat(y, weights, axis=0))
    assert_allclose(weighted.feature_mean, repeated.feature_mean, rtol=1e-10)
    assert_allclose(weighted.feature_scale, repeated.feature_scale, rtol=1e-8)
    assert_allclose(weighted.target_mean, repeated.target_mean, rtol=1e-10)
    assert_allclose(weighted.target_scale, repeated.target_scale, rtol=1e-8)


@pytest.mark.parametrize("as_copy", [False, True])
def test_weighted_scales_do_not_depend_on_how_many_rows_are_read_at_a_time(
    monkeypatch, as_copy
):
    X, y = windows_of(40, 6)
    X = X.copy() if as_copy else X
    weights = np.random.default_rng(1).uniform(0.2, 3.0, size=40)
    options = {"standardize": True, "sample_weight": weights}
    at_once = SequenceScaler.fit(check_sequences(X), y, **options)
    monkeypatch.setattr(_scaling, "_CHUNK", 7)
    in_parts = SequenceScaler.fit(check_sequences(X), y, **options)
    assert_allclose(in_parts.feature_mean, at_once.feature_mean, rtol=1e-10)
    assert_allclose(in_parts.feature_scale, at_once.feature_scale, rtol=1e-10)


def test_the_unit_of_weights_does_not_matter():
    X, y = windows_of(40, 6)
    weights = np.random.default_rng(1).uniform(0.2, 3.0, size=40)
    one, other = (
        SequenceScaler.fit(
            check_sequences(X),
            y,
            standardize=True,
            sample_weight=unit * weights,
            target_weight=unit * weights,
        )
        for unit in (1.0, 1e-100)
    )
    for name in ("feature_mean", "feature_scale", "target_mean", "target_scale"):
        assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-9)


@pytest.mark.parametrize("as_copy", [False, True])
@pytest.mark.parametrize("unit", [1e-100, 1e-10, 1 / 40, 1.0, 1e15, 1e100])
def test_in_any_unit_of_weights_what_never_changes_is_only_centred(unit, as_copy):
    for level in (0.1, 1e6 / 3):
        X, y = windows_of(40, 6)
        rows = np.column_stack([np.full(45, level), np.arange(45.0)])
        X = sliding_window_view(rows, 6, axis=0).transpose(0, 2, 1)
        y[:, 0] = level
        weights = unit * np.random.default_rng(1).uniform(0.2, 3.0, size=40)
        scaler = SequenceScaler.fit(
            check_sequences(X.copy() if as_copy else X),
            y,
            standardize=True,
            sample_weight=weights,
            target_weight=weights,
        )
        assert scaler.feature_scale[0] == scaler.target_scale[0] == 1.0
        assert 5 < scaler.feature_scale[1] < 20
        assert_allclose(scaler.feature_mean[0], level)


def test_targets_of_steps_have_weights_of_their_own():
    X, _ = windows_of(20, 4)
    y = np.random.default_rng(0).normal(size=(80, 2))  # a target for each step
    weights = np.random.default_rng(1).uniform(0.2, 3.0, size=80)
    scaler = SequenceScaler.fit(
        check_sequences(X), y, standardize=True, target_weight=weights
    )
    twin = StandardScaler().fit(y, sample_weight=weights)
    assert_allclose(scaler.target_mean, twin.mean_)
    assert_allclose(scaler.target_scale, twin.scale_)
    assert_allclose(scaler.feature_mean, fit(X, y)[0].feature_mean)


# Scaling


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_absent", [0, 3])
def test_windows_are_scaled_as_a_view_in_their_dtype(n_absent, dtype):
    X, y = windows_of(30, 5, n_absent=n_absent, dtype=dtype)
    before = X.copy()
    scaler, sequences = fit(X, y)
    scaled = scaler.scale(sequences)
    assert scaled.values.dtype == dtype
    assert np.shares_memory(scaled.values[3], scaled.values[4])
    assert unwindow(scaled.values) is not None
    assert_array_equal(X, before)
    expected = StandardScaler().fit(as_steps(X)).transform(as_steps(X))
    tolerance = 100 * np.finfo(dtype).eps
    assert_allclose(
        scaled.values, expected.reshape(X.shape), rtol=tolerance, atol=tolerance
    )


def test_a_view_and_a_copy_are_scaled_alike():
    X, y = windows_of(30, 5)
    scaler, view = fit(X, y)
    copy = check_sequences(X.copy())
    assert_array_equal(scaler.scale(view).values, scaler.scale(copy).values)


def test_absent_steps_count_for_nothing_and_stay_absent():
    steps = np.random.default_rng(0).normal(50.0, 3.0, size=(9, 2))
    scaler, sequences = fit([steps[:2], steps[2:6], steps[6:]], np.zeros((3, 1)))
    alone = StandardScaler().fit(steps)
    assert_allclose(scaler.feature_mean, alone.mean_)
    assert_allclose(scaler.feature_scale, alone.scale_)
    scaled = scaler.scale(sequences)
    assert_array_equal(scaled.lengths, [2, 4, 3])
    assert_array_equal(np.isnan(scaled.values), np.isnan(sequences.values))
    assert_allclose(scaled.values[1], alone.transform(steps[2:6]))


def test_without_standardising_values_stay_as_they_are():
    X, y = windows_of(20, 4)
    scaler, sequences = fit(X, y, standardize=False)
    assert_array_equal(scaler.scale(sequences).values, X)
    assert_array_equal(scaler.scale_targets(y, sequences), y)


# Targets and back


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("target_feature", [None, 0, 1])
def test_targets_come_back_in_the_units_they_had(target_feature, standardize):
    X, y = windows_of(20, 4)
    scaler, sequences = fit(
        X, y, standardize=standardize, target_feature=target_feature
    )
    scaled = scaler.scale_targets(y, sequences)
    quantiles = np.stack([scaled, scaled + 1.0, scaled - 2.0], axis=2)
    outputs = scaler.unscale_targets(quantiles, sequences)
    assert_allclose(outputs[:, :, 0], y, rtol=1e-10)
    assert_allclose(outputs[:, :, 1] - y, np.tile(scaler.target_scale, (20, 1)))
    assert_allclose(outputs[:, :, 2] - y, np.tile(-2 * scaler.target_scale, (20, 1)))


def test_targets_are_standardised():
    X, y = windows_of(20, 4)
    for target_feature in (None, 1):
        scaler, sequences = fit(X, y, target_feature=target_feature)
        scaled = scaler.scale_targets(y, sequences)
        assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-9)
        assert_allclose(scaled.std(axis=0), 1.0, rtol=1e-9)


# Relative to the target's own past


@pytest.mark.parametrize("as_copy", [False, True])
def test_targets_are_read_relative_to_the_last_value_of_their_feature(as_copy):
    X, y = windows_of(20, 4, n_absent=2)
    X = X.copy() if as_copy else X
    scaler, sequences = fit(X, y, target_feature=1)
    relative = y - X[:, -1, [1]]
    assert_allclose(
        scaler.scale_targets(y, sequences), StandardScaler().fit_transform(relative)
    )


def test_the_target_feature_is_scaled_by_its_spread_around_the_last_step():
    X, y = windows_of(20, 4, n_absent=2)
    scaler, _ = fit(X, y, target_feature=1)
    differences = [
        step - window[-1]
        for window in X[:, :, 1]
        for step in window[:-1]
        if not np.isnan(step)
    ]
    assert_allclose(scaler.feature_scale[1], np.sqrt(np.mean(np.square(differences))))
    other, _ = fit(X, y)
    assert_array_equal(scaler.feature_scale[0], other.feature_scale[0])


@pytest.mark.parametrize("standardize", [True, False])
def test_a_level_that_target_and_feature_share_is_carried_and_not_learnt(standardize):
    X, y = windows_of(20, 4)
    lifted = X + np.array([1000.0, 0.0])
    one, of_one = fit(X, y, standardize=standardize, target_feature=0)
    other, of_other = fit(lifted, y + 1000.0, standardize=standardize, target_feature=0)
    assert_allclose(other.feature_scale, one.feature_scale, rtol=1e-9)
    scaled = one.scale_targets(y, of_one)
    assert_allclose(other.scale_targets(y + 1000.0, of_other), scaled, atol=1e-9)
    outputs = scaled[:, :, np.newaxis]
    assert_allclose(
        other.unscale_targets(outputs.copy(), of_other),
        one.unscale_targets(outputs.copy(), of_one) + 1000.0,
    )


@pytest.mark.parametrize(
    "X", [np.full((5, 4, 1), 3.0), np.arange(5.0).reshape(5, 1, 1)]
)
def test_a_target_feature_without_any_spread_keeps_a_scale_of_one(X):
    scaler, _ = fit(X, np.arange(5.0)[:, np.newaxis], target_feature=0)
    assert scaler.feature_scale == 1.0


def test_one_step_of_float32_is_relative_to_its_exact_value():
    X = np.array([[[16_777_216.0]], [[16_777_218.0]]], np.float32)
    y = np.array([[16_777_217.0], [16_777_219.0]])
    scaler, sequences = fit(X, y, standardize=False, target_feature=0)
    assert_array_equal(scaler.scale_targets(y, sequences), [[1.0], [1.0]])
