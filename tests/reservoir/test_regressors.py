"""Echo state networks: readout, weights, closed loops, and what fit leaves alone."""

import pickle
import random

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import linear_model
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

from sklearn_rnn import (
    ESNRegressor,
    ESNRegressorCV,
    SlidingWindowTransformer,
    make_windows,
)
from sklearn_rnn._reservoir import readout_rows as _design
from sklearn_rnn.datasets import make_mackey_glass, make_mso, make_narma

SMALL = {"n_reservoir": 20, "random_state": 0}
BY_STEP = {**SMALL, "return_sequences": True, "washout": 10}
FORMS = [
    {},
    {"pooling": "mean", "washout": 2},
    {"pooling": "both"},
    {"pooling": "both", "washout": 2, "bidirectional": True},
    {"num_layers": 2, "leak_rate": 0.5},
    {"direct_input": False},
    {"standardize": False},
]
forms = pytest.mark.parametrize("options", FORMS, ids=str)


def a_task(n_samples=60, n_steps=8, n_features=2, n_outputs=1, seed=0, noise=0.3):
    """Sequences, and targets that hang on their last steps."""
    rng = np.random.default_rng(seed)
    X = rng.normal(2.0, 3.0, size=(n_samples, n_steps, n_features))
    weights = rng.normal(size=(3 * n_features, n_outputs))
    y = np.tanh(X[:, -3:].reshape(n_samples, -1) @ weights / 3) * 5
    y = y + noise * rng.normal(size=y.shape) - 7
    return X, y[:, 0] if n_outputs == 1 else y


def a_series(n_samples=3, n_steps=60, n_features=2, n_outputs=2, seed=0):
    """Sequences with targets for each step."""
    X = np.random.default_rng(seed).normal(size=(n_samples, n_steps, n_features))
    y = np.cumsum(X, axis=1)[:, :, :1] * 0.1 + X[:, :, -1:] ** 2
    return X, np.concatenate([y, -3 * y + 1], axis=2)[:, :, :n_outputs]


def design_of(esn, X):
    """What the readout sees of sequences, all rows at once."""
    sequences = esn._network().scale(esn._read_sequences(X, reset=False))
    return np.concatenate([Z[0].copy() for _, Z in esn._design.blocks(sequences)])


# ----------------------------------------------------------------------- the readout


@forms
def test_it_is_the_ridge_of_scikit_learn_on_its_states(options):
    X, y = a_task(n_outputs=2)
    weights = np.random.default_rng(1).uniform(0.2, 3.0, size=len(y))
    for sample_weight in (None, weights):
        esn = ESNRegressor(**SMALL, **options).fit(X, y, sample_weight)
        Z = design_of(esn, X)
        w = np.ones(len(Z)) if sample_weight is None else sample_weight
        centred = Z - w @ Z / w.sum()
        strength = esn.alpha_ * (w @ centred**2).sum() / Z.shape[1]
        twin = linear_model.Ridge(strength, solver="svd").fit(Z, y, sample_weight)
        size = np.abs(twin.coef_).max()
        assert_allclose(esn.coef_, twin.coef_, rtol=1e-6, atol=1e-7 * size)
        assert_allclose(esn.intercept_, twin.intercept_, rtol=1e-6)
        assert_allclose(esn.predict(X), twin.predict(Z), rtol=1e-7, atol=1e-7)


def hat_score(esn, X, y, weights, alpha):
    """GCV from the explicit hat matrix, whose trace unit targets give.

    A degree of freedom is priced at 2.5; where there are too many it is infinite.
    """
    one = clone(esn).set_params(alphas=alpha)
    weight = weights.sum()
    missed = y - one.fit(X, y, weights).predict(X)
    missed = missed.reshape(len(y), -1)
    y = y.reshape(len(y), -1)
    spread = weights @ (y - weights @ y / weight) ** 2 / weight
    rss = (weights @ missed**2 / spread).mean()
    units = np.eye(len(y))
    df = np.trace(one.fit(X, units, weights).predict(X))
    n = max(weight, len(y))
    left = n - 2.5 * df
    return n * rss / left**2 if left > 0 else np.inf


@pytest.mark.parametrize("n_samples", [15, 60], ids=["few rows", "many rows"])
@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_gcv_is_that_of_the_explicit_hat_matrix(n_samples, n_outputs, is_weighted):
    X, y = a_task(n_samples, n_outputs=n_outputs)
    weights = np.ones(n_samples)
    if is_weighted:
        weights = np.random.default_rng(1).uniform(0.2, 3.0, size=n_samples)
    alphas = (1e-4, 1e-2, 0.1, 1.0, 10.0, 100.0)
    esn = ESNRegressor(**SMALL, alphas=alphas).fit(X, y, weights)
    expected = [hat_score(esn, X, y, weights, alpha) for alpha in alphas]
    assert_allclose(esn.gcv_scores_, expected, rtol=1e-8)
    assert esn.alpha_ == alphas[int(np.argmin(expected))]


@pytest.mark.parametrize("n_samples", [15, 60], ids=["few rows", "many rows"])
@pytest.mark.parametrize("options", [{}, {"pooling": "both"}], ids=str)
def test_whole_weights_are_sequences_given_as_often(n_samples, options):
    X, y = a_task(n_samples, n_outputs=2)
    weights = np.random.default_rng(1).integers(0, 4, size=n_samples)
    weighted = ESNRegressor(**SMALL, **options).fit(X, y, weights)
    repeated = ESNRegressor(**SMALL, **options).fit(
        np.repeat(X, weights, axis=0), np.repeat(y, weights, axis=0)
    )
    assert weighted.alpha_ == repeated.alpha_
    assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-7, atol=1e-7)
    assert_allclose(weighted.gcv_scores_, repeated.gcv_scores_, rtol=1e-5)


def test_weights_of_sequences_with_targets_of_steps_count_all_their_steps():
    X, y = a_series(6)
    weights = np.array([1, 0, 2, 3, 0, 1])
    weighted = ESNRegressor(**BY_STEP).fit(X, y, weights)
    repeated = ESNRegressor(**BY_STEP).fit(
        np.repeat(X, weights, axis=0), np.repeat(y, weights, axis=0)
    )
    assert weighted.alpha_ == repeated.alpha_
    assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-7, atol=1e-7)
    scores = (
        weighted.score(X, y, weights),
        repeated.score(np.repeat(X, weights, axis=0), np.repeat(y, weights, axis=0)),
    )
    assert scores[0] == pytest.approx(scores[1], rel=1e-7)


def test_a_weight_of_zero_leaves_a_sequence_out_whatever_it_holds():
    X, y = a_task()
    weights = np.ones(len(y))
    weights[[3, 7]] = 0
    wild_X, wild_y = X.copy(), y.copy()
    wild_X[[3, 7]] *= 1e6
    wild_y[[3, 7]] = 1e9
    tame = ESNRegressor(**SMALL).fit(X, y, weights)
    assert_array_equal(
        tame.coef_, ESNRegressor(**SMALL).fit(wild_X, wild_y, weights).coef_
    )


@settings(deadline=None, max_examples=20)
@given(
    cuts=st.sets(st.integers(1, 59), min_size=1, max_size=4).map(sorted),
    is_weighted=st.booleans(),
    noise=st.sampled_from([0.3, 1.0]),
)
def test_adding_sequences_is_one_fit_to_all_of_them(cuts, is_weighted, noise):
    X, y = a_task(noise=noise, n_outputs=2)
    weights = np.ones(len(y))
    if is_weighted:
        weights = np.random.default_rng(0).uniform(0.5, 3.0, size=len(y))
    options = {"n_reservoir": 12, "random_state": 0, "standardize": False}
    options["input_scaling"] = 0.05
    if cuts[0] == 1:  # the first call needs two sequences
        cuts = [2, *(cut for cut in cuts if cut > 2)]
    whole = ESNRegressor(**options).fit(X, y, weights)
    parts = ESNRegressor(**options)
    for rows in np.split(np.arange(len(y)), cuts):
        parts.partial_fit(X[rows], y[rows], weights[rows])
    assert parts.alpha_ == whole.alpha_
    assert_allclose(parts.predict(X), whole.predict(X), rtol=1e-8)


def test_adding_steps_is_one_fit_to_all_of_them_free_of_noise_or_not():
    X, y = a_series(4, n_steps=100, n_outputs=1)
    for targets in (y, y + np.random.default_rng(1).normal(size=y.shape)):
        options = {**BY_STEP, "standardize": False}
        whole = ESNRegressor(**options).fit(X, targets)
        parts = ESNRegressor(**options)
        parts.partial_fit(X[:1], targets[:1]).partial_fit(X[1:], targets[1:])
        assert parts.alpha_ == whole.alpha_
        assert_allclose(parts.predict(X), whole.predict(X), rtol=1e-8, atol=1e-8)


def test_scales_stay_as_the_first_call_set_them():
    X, y = a_task()
    esn = ESNRegressor(**SMALL).partial_fit(X[:30], y[:30])
    scaler = esn._scaler
    esn.partial_fit(100 * X[30:], y[30:])
    assert esn._scaler is scaler


@forms
def test_streamed_is_full(options, monkeypatch):
    X, y = a_task(200)
    ragged = [x[row % 5 :] for row, x in enumerate(X)]
    full = [ESNRegressor(**SMALL, **options).fit(data, y) for data in (X, ragged)]
    monkeypatch.setattr(_design, "_BLOCK", 1)
    monkeypatch.setattr(_design, "_LEAST_ROWS", 7)
    monkeypatch.setattr(_design, "_LANES", 2)
    for before, data in zip(full, (X, ragged), strict=True):
        after = ESNRegressor(**SMALL, **options).fit(data, y)
        assert after.alpha_ == before.alpha_
        assert_allclose(after.predict(data), before.predict(data), atol=1e-7)


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}], ids=str)
def test_streamed_steps_are_full(options, monkeypatch):
    X, y = a_series(5)
    full = ESNRegressor(**BY_STEP, **options).fit(X, y)
    monkeypatch.setattr(_design, "_BLOCK", 1)
    monkeypatch.setattr(_design, "_LEAST_ROWS", 7)
    streamed = ESNRegressor(**BY_STEP, **options).fit(X, y)
    assert streamed.alpha_ == full.alpha_
    assert_allclose(streamed.predict(X), full.predict(X), rtol=1e-8, atol=1e-10)


# -------------------------------------------------------------------------- sequences


@forms
def test_a_prediction_does_not_depend_on_the_rows_beside_it(options):
    X, y = a_task(50)
    esn = ESNRegressor(**SMALL, **options).fit(X, y)
    together = esn.predict(X)
    alone = np.array([esn.predict(x[np.newaxis])[0] for x in X])
    assert_array_equal(together, alone)
    changed = X.copy()
    changed[7] += 1
    others = np.arange(50) != 7
    assert_array_equal(esn.predict(changed)[others], together[others])


@forms
def test_every_form_of_sequences_is_read_alike(options):
    X, y = a_task(30)
    ragged = [x[row % 4 :] for row, x in enumerate(X)]
    padded = X.copy()
    for row, x in enumerate(padded):
        x[: row % 4] = np.nan
    esn = ESNRegressor(**SMALL, **options).fit(ragged, y)
    expected = esn.predict(ragged)
    assert_array_equal(ESNRegressor(**SMALL, **options).fit(padded, y).coef_, esn.coef_)
    assert_array_equal(esn.predict(padded), expected)
    flat = ESNRegressor(**SMALL, **options, window_length=8)
    flat.fit(padded.reshape(30, -1), y)
    assert_array_equal(flat.coef_, esn.coef_)
    assert_array_equal(flat.predict(padded.reshape(30, -1)), expected)


def test_views_of_windows_are_fitted_as_copies_are():
    X, y = make_windows(np.random.default_rng(0).normal(size=80), 6)
    view, copy = ESNRegressor(**SMALL).fit(X, y), ESNRegressor(**SMALL).fit(X.copy(), y)
    assert_allclose(view.predict(X), copy.predict(X.copy()), rtol=1e-10)


def test_every_step_of_ragged_sequences_is_answered_for():
    X, y = a_series(4)
    ragged = [x[5 * row :] for row, x in enumerate(X)]
    targets = [of_one[5 * row :] for row, of_one in enumerate(y)]
    esn = ESNRegressor(**BY_STEP).fit(ragged, targets)
    outputs = esn.predict(ragged)
    assert [len(of_one) for of_one in outputs] == [len(x) for x in ragged]
    for x, of_one in zip(ragged, outputs, strict=True):
        assert_array_equal(esn.predict(x[np.newaxis])[0], of_one)
    padded, padded_y = np.full_like(X, np.nan), np.full_like(y, np.nan)
    for row in range(4):
        padded[row, 5 * row :], padded_y[row, 5 * row :] = ragged[row], targets[row]
    twin = ESNRegressor(**BY_STEP).fit(padded, padded_y)
    assert_array_equal(twin.coef_, esn.coef_)
    of_padded = twin.predict(padded)
    assert np.isnan(of_padded[3, :15]).all()
    assert_array_equal(of_padded[3, 15:], outputs[3])
    assert twin.score(padded, padded_y) == pytest.approx(esn.score(ragged, targets))


def test_changing_a_later_step_changes_no_earlier_prediction():
    X, y = a_series()
    esn = ESNRegressor(**BY_STEP, num_layers=2).fit(X, y)
    before, changed = esn.predict(X), X.copy()
    changed[:, 40] += 1
    after = esn.predict(changed)
    assert_array_equal(after[:, :40], before[:, :40])
    assert (after[:, 40] != before[:, 40]).any()


def test_the_washout_is_not_trained_on():
    X, y = a_series()
    wild = y.copy()
    wild[:, :10] = 1e9
    assert_array_equal(
        ESNRegressor(**BY_STEP).fit(X, y).coef_,
        ESNRegressor(**BY_STEP).fit(X, wild).coef_,
    )
    esn = ESNRegressor(**BY_STEP).fit(X, y)
    assert esn.score(X, wild) == esn.score(X, y)


def test_shapes_of_targets_come_back():
    X, y = a_task(n_outputs=2)
    assert ESNRegressor(**SMALL).fit(X, y[:, 0]).predict(X).shape == (60,)
    assert ESNRegressor(**SMALL).fit(X, y[:, :1]).predict(X).shape == (60, 1)
    assert ESNRegressor(**SMALL).fit(X, y).predict(X).shape == (60, 2)
    X, y = a_series()
    assert ESNRegressor(**BY_STEP).fit(X, y[:, :, 0]).predict(X).shape == (3, 60)
    assert ESNRegressor(**BY_STEP).fit(X, y).predict(X).shape == (3, 60, 2)


# ----------------------------------------------------------------------- closed loops


def a_closed_loop(n_features=2, **options):
    """A network that predicts the next step of a noisy wave, and the wave."""
    t = np.arange(400) * 0.2
    wave = np.stack([np.sin(t + k) + np.sin(0.37 * t * (k + 1)) for k in range(2)], 1)
    wave = wave[:, :n_features]
    wave += 0.01 * np.random.default_rng(0).normal(size=wave.shape)
    X, y = wave[np.newaxis, :-1], wave[np.newaxis, 1:]
    return ESNRegressor(**{**BY_STEP, **options}), X, y


@pytest.mark.parametrize("direct_input", [True, False])
def test_a_free_run_is_predicting_again_with_each_prediction_put_at_the_end(
    direct_input,
):
    esn, X, y = a_closed_loop(direct_input=direct_input)
    esn.fit(X, y)
    run, longer = esn.free_run(X[:, :150], 8), X[:, :150]
    assert run.shape == (1, 8, 2)
    for step in range(8):
        following = esn.predict(longer)[:, -1:]
        assert_allclose(run[:, step], following[:, 0], rtol=1e-9)
        longer = np.concatenate([longer, following], axis=1)


def test_outputs_go_back_into_the_features_that_they_are_named_for():
    esn, X, y = a_closed_loop()
    straight = esn.fit(X, y).free_run(X, 20)
    crossed = clone(esn).set_params(feedback_features=[1, 0])
    run = crossed.fit(X, y[:, :, ::-1]).free_run(X, 20)
    assert_allclose(run[:, :, ::-1], straight, rtol=1e-6)


def test_features_to_feed_back_can_be_named():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(5, 240)))
    names = [f"{name}_lag{lag}" for lag in range(119, -1, -1) for name in ("a", "b")]
    frame.columns = names
    y = rng.normal(size=(5, 2))
    options = {**SMALL, "window_length": 120}
    named = ESNRegressor(**options, feedback_features=["b", "a_lag0"]).fit(frame, y)
    numbered = ESNRegressor(**options, feedback_features=[1, 0]).fit(frame, y)
    assert_array_equal(named.free_run(frame, 5), numbered.free_run(frame, 5))


def test_free_runs_side_by_side_are_those_one_by_one():
    esn, X, y = a_closed_loop(n_features=1)
    esn.fit(X, y[:, :, 0])
    drives = [X[0, at : at + 150 + 5 * at] for at in range(6)]
    runs = esn.free_run(drives, 12)
    assert runs.shape == (6, 12)
    for drive, run in zip(drives, runs, strict=True):
        assert_array_equal(esn.free_run(drive[np.newaxis], 12)[0], run)


def test_a_wave_goes_on():
    series = make_mso(1500, n_sines=2)
    X, y = series[np.newaxis, :-1, np.newaxis], series[np.newaxis, 1:]
    esn = ESNRegressor(100, return_sequences=True, washout=100, random_state=0)
    run = esn.fit(X[:, :1000], y[:, :1000]).free_run(X[:, :1001], 200)
    assert np.abs(run[0] - series[1001:1201]).max() < 0.01 * series.std()


def test_a_run_that_diverges_is_an_error():
    esn, X, y = a_closed_loop(n_features=1)
    esn.fit(X, y[:, :, 0])
    esn.coef_ = esn.coef_ * 1e3
    with pytest.raises(ValueError, match=r"The free run diverges: its step \d+ is no"):
        esn.free_run(X, 400)


# ---------------------------------------------------------------------------- accuracy


def test_narma_is_learnt_from_its_input():
    u, y = make_narma(3000, random_state=0)
    X, y = u[np.newaxis], y[np.newaxis]
    esn = ESNRegressor(return_sequences=True, washout=100, random_state=0)
    esn.fit(X[:, :2000], y[:, :2000])
    missed = esn.predict(X[:, 2000:])[:, 100:] - y[:, 2100:]
    assert np.sqrt(np.mean(missed**2)) < 0.25 * y[:, 2100:].std()


def test_mackey_glass_is_run_84_steps_ahead():
    missed = []
    for seed in range(3):
        series = make_mackey_glass(2200, random_state=seed)
        X, y = series[np.newaxis, :-1, np.newaxis], series[np.newaxis, 1:]
        esn = ESNRegressorCV(200, return_sequences=True, washout=100, random_state=seed)
        run = esn.fit(X[:, :2000], y[:, :2000]).free_run(X[:, :2001], 84)
        error = np.sqrt(np.mean((run[0] - series[2001:2085]) ** 2))
        missed.append(error / series.std())
    assert np.median(missed) < 0.05


def test_ragged_sequences_are_told_apart_by_one_hot_targets():
    # As in JapaneseVowels: speakers, each with dynamics of its own, 7 to 29 steps
    rng = np.random.default_rng(0)
    dynamics = [np.linalg.qr(rng.normal(size=(4, 4)))[0] * 0.95 for _ in range(5)]

    def say(speaker):
        steps = [rng.normal(size=4)]
        for _ in range(rng.integers(6, 29)):
            steps.append(dynamics[speaker] @ steps[-1] + 0.1 * rng.normal(size=4))
        return np.array(steps)

    speakers = rng.integers(0, 5, size=500)
    X, one_hot = [say(speaker) for speaker in speakers], np.eye(5)[speakers]
    esn = ESNRegressorCV(100, pooling="mean", random_state=0)
    said = esn.fit(X[:300], one_hot[:300]).predict(X[300:]).argmax(axis=1)
    assert np.mean(said == speakers[300:]) >= 0.98


# ------------------------------------------------------------------ choosing a setting


@pytest.mark.parametrize("n_samples", [15, 60], ids=["few rows", "many rows"])
def test_a_candidate_is_the_network_of_its_setting(n_samples):
    X, y = a_task(n_samples)
    chosen = ESNRegressorCV(**SMALL).fit(X, y)
    assert len(chosen.candidates_) == 16
    singles = [ESNRegressor(**SMALL, **one).fit(X, y) for one in chosen.candidates_]
    expected = [single.gcv_scores_.min() for single in singles]
    # Alone, a network whose strength is at the rounding of moments is fitted anew
    assert_allclose(chosen.candidate_scores_, expected, rtol=1e-4)
    twin = singles[int(np.argmin(expected))]
    assert_allclose(chosen.predict(X), twin.predict(X), rtol=1e-9)
    assert chosen.spectral_radius_ == twin.spectral_radius
    assert chosen.leak_rate_ == twin.leak_rate
    assert chosen.input_scaling_ == twin.input_scaling
    assert chosen.alpha_ == twin.alpha_


def test_sequences_are_added_to_the_setting_that_was_chosen():
    X, y = a_task()
    chosen = ESNRegressorCV(**SMALL, standardize=False).partial_fit(X[:40], y[:40])
    setting = {
        name: getattr(chosen, f"{name}_")
        for name in ("spectral_radius", "leak_rate", "input_scaling")
    }
    twin = ESNRegressor(**SMALL, standardize=False, **setting).fit(X, y)
    assert_allclose(
        chosen.partial_fit(X[40:], y[40:]).predict(X), twin.predict(X), rtol=1e-8
    )


def test_free_runs_choose_a_setting_whose_free_runs_are_good():
    series = make_mackey_glass(1300, random_state=0)
    X, y = series[np.newaxis, :-1, np.newaxis], series[np.newaxis, 1:]
    options = {"n_reservoir": 60, "return_sequences": True, "random_state": 0}
    options["washout"] = 100
    grid = {"input_scalings": (1e-4, 0.4), "leak_rates": 0.5, "spectral_radii": 0.9}
    chosen = ESNRegressorCV(**options, **grid, scoring="free_run")
    chosen.fit(X[:, :1000], y[:, :1000])
    missed = []
    for candidate in chosen.candidates_:
        esn = ESNRegressor(**options, **candidate).fit(X[:, :1000], y[:, :1000])
        drives = [X[0, at : at + 200] for at in range(900, 1050, 10)]
        truth = [series[at + 200 : at + 230] for at in range(900, 1050, 10)]
        missed.append(np.mean((esn.free_run(drives, 30) - truth) ** 2))
    assert np.argmin(chosen.candidate_scores_) == np.argmin(missed)
    assert chosen.input_scaling_ == grid["input_scalings"][int(np.argmin(missed))]


def test_a_weight_of_zero_does_not_count_in_free_runs():
    _, X, y = a_closed_loop(n_features=1)
    X, y = np.concatenate([X, X[:, ::-1]]), np.concatenate([y, y[:, ::-1]])
    options = {**BY_STEP, "scoring": "free_run", "spectral_radii": 0.9}
    weighted = ESNRegressorCV(**options).fit(X, y, [1, 0])
    alone = ESNRegressorCV(**options).fit(X[:1], y[:1])
    assert_allclose(weighted.candidate_scores_, alone.candidate_scores_, rtol=1e-4)


# -------------------------------------------------------------- losses by gradient


def test_the_squared_error_by_gradient_is_the_ridge():
    X, y = a_task(n_outputs=2)
    ridge = ESNRegressor(**SMALL).fit(X, y)
    trained = ESNRegressor(**SMALL, solver="adam").fit(X, y)
    assert trained.alpha_ == ridge.alpha_
    assert_allclose(trained.predict(X), ridge.predict(X), rtol=1e-3, atol=1e-3)
    assert len(trained.loss_curve_) > 1
    assert not hasattr(trained.set_params(solver="ridge").fit(X, y), "loss_curve_")


@pytest.mark.parametrize("loss", ["absolute_error", "huber"])
def test_robust_losses_are_not_led_astray(loss):
    X, clean = a_task(150, noise=0.0)
    y = clean.copy()
    y[::9] += 50.0
    ridge = ESNRegressor(**SMALL).fit(X, y)
    robust = ESNRegressor(**SMALL, solver="adam", loss=loss).fit(X, y)
    missed = [np.abs(esn.predict(X) - clean).mean() for esn in (robust, ridge)]
    assert missed[0] < 0.7 * missed[1]
    assert robust.loss_curve_[-1] < robust.loss_curve_[0]


def test_weights_count_in_losses_as_sequences_given_as_often():
    X, y = a_task()
    weights = np.random.default_rng(1).integers(0, 4, size=len(y))
    options = {**SMALL, "solver": "adam", "loss": "absolute_error"}
    weighted = ESNRegressor(**options).fit(X, y, weights)
    repeated = ESNRegressor(**options).fit(
        np.repeat(X, weights, axis=0), np.repeat(y, weights)
    )
    assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-6)


def test_a_readout_for_another_loss_cannot_be_added_to():
    esn = ESNRegressor(solver="adam")
    assert not hasattr(esn, "partial_fit")
    with pytest.raises(AttributeError) as caught:
        _ = esn.partial_fit
    assert "which only solver='ridge' can" in str(caught.value.__cause__)


# ---------------------------------------------------------------------- as an estimator


def global_generators():
    """States of the generators that anyone may draw from."""
    of_numpy = np.random.get_state()[1].copy()  # noqa: NPY002
    return of_numpy, torch.get_rng_state(), random.getstate()


@pytest.mark.parametrize("solver", ["ridge", "adam"])
@pytest.mark.parametrize("Network", [ESNRegressor, ESNRegressorCV])
def test_a_seed_repeats_bit_for_bit_and_leaves_global_generators_alone(Network, solver):
    X, y = a_task()
    before = global_generators()
    n_threads = torch.get_num_threads()
    first = Network(**SMALL, solver=solver).fit(X, y)
    after = global_generators()
    assert_array_equal(before[0], after[0])
    assert torch.equal(before[1], after[1])
    assert before[2] == after[2]
    assert torch.get_num_threads() == n_threads
    again = Network(**SMALL, solver=solver).fit(X, y)
    assert_array_equal(first.coef_, again.coef_)
    other = Network(n_reservoir=20, random_state=1, solver=solver).fit(X, y)
    assert (other.coef_ != first.coef_).any()


def test_without_a_seed_numpys_generator_decides():
    X, y = a_task()
    coefs = []
    for _ in range(2):
        np.random.seed(3)  # noqa: NPY002
        coefs.append(ESNRegressor(20).fit(X, y).coef_)
    assert_array_equal(*coefs)


@pytest.mark.parametrize(
    "esn",
    [
        ESNRegressor(**SMALL),
        ESNRegressorCV(**SMALL),
        ESNRegressor(**SMALL, solver="adam", loss="huber"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("n_samples", [15, 60], ids=["few rows", "many rows"])
def test_a_stored_network_predicts_and_learns_on(esn, n_samples, tmp_path):
    X, y = a_task(n_samples)
    esn = clone(esn).fit(X, y)
    joblib.dump(esn, tmp_path / "esn.joblib")
    dumped = skops.io.dumps(esn)
    trusted = [
        f"sklearn_rnn.{name}"
        for name in (
            "_reservoir.readout_rows.ReadoutRows",
            "_reservoir.regressors.ESNRegressor",
            "_reservoir.regressors.ESNRegressorCV",
            "_kernels.states.Weights",
            "_reservoir.reservoir.Reservoir",
            "_reservoir.reservoir.Settings",
            "_ridge.moments.Moments",
            "_ridge.moments.CentredRows",
            "_sequences.scaling.SequenceScaler",
        )
    ] + ["numpy.dtype"]
    assert set(skops.io.get_untrusted_types(data=dumped)) <= set(trusted)
    copies = [
        pickle.loads(pickle.dumps(esn)),
        joblib.load(tmp_path / "esn.joblib"),
        skops.io.loads(dumped, trusted=trusted),
    ]
    for copy in copies:
        assert_array_equal(copy.predict(X), esn.predict(X))
    if esn.solver == "ridge":
        expected = clone(esn).fit(X, y).partial_fit(X, y).coef_
        for copy in copies:
            assert_array_equal(copy.partial_fit(X, y).coef_, expected)


def test_it_can_be_searched_in_a_pipeline_on_one_core_or_two():
    rows = np.random.default_rng(0).normal(size=(150, 1))
    y = np.roll(rows[:, 0], 2) + 0.1 * np.roll(rows[:, 0], 1) ** 2
    pipe = make_pipeline(SlidingWindowTransformer(5), ESNRegressor(**SMALL))
    grid = {"esnregressor__spectral_radius": [0.3, 0.9]}
    searches = [
        GridSearchCV(pipe, grid, cv=TimeSeriesSplit(3), n_jobs=n_jobs).fit(rows, y)
        for n_jobs in (1, 2)
    ]
    scores = [search.cv_results_["mean_test_score"] for search in searches]
    assert_allclose(scores[0], scores[1], rtol=1e-10)
    assert scores[0].min() > 0.9


def test_float32_and_frames_are_read():
    X, y = a_task(n_features=1)
    X = X[:, :, 0]
    frame = pd.DataFrame(X, columns=[f"step{k}" for k in range(8)])
    esn = ESNRegressor(**SMALL).fit(frame, y)
    assert_allclose(esn.predict(frame), ESNRegressor(**SMALL).fit(X, y).predict(X))
    single = ESNRegressor(**SMALL).fit(X.astype(np.float32), y)
    assert single.predict(X.astype(np.float32)).dtype == np.float64
    assert_allclose(single.predict(X), esn.predict(frame), rtol=1e-3)
    with pytest.raises(ValueError, match="feature names should match"):
        esn.predict(frame.iloc[:, ::-1])


def test_input_is_left_as_it_was():
    X, y = a_series()
    kept = X.copy(), y.copy()
    ESNRegressor(**BY_STEP).fit(X, y).predict(X)
    assert_array_equal(X, kept[0])
    assert_array_equal(y, kept[1])
