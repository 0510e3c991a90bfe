"""Echo state networks: readout, weights, sequences, and tools of scikit-learn."""

import pickle
import random

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
import torch
from esn_tasks import BY_STEP, SMALL, a_series, a_task
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
from sklearn_rnn._reservoir import readout_rows as module
from sklearn_rnn.datasets import make_mackey_glass, make_narma

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


def readout_rows_of(esn, X):
    """The readout's rows of sequences, all at once."""
    sequences = esn._network().scale(esn._read_sequences(X, reset=False))
    return np.concatenate([Z[0].copy() for _, Z in esn._readout_rows.blocks(sequences)])


# ----------------------------------------------------------------------- the readout


@forms
def test_it_is_the_ridge_of_scikit_learn_on_its_states(options):
    X, y = a_task(n_outputs=2)
    weights = np.random.default_rng(1).uniform(0.2, 3.0, size=len(y))
    for sample_weight in (None, weights):
        esn = ESNRegressor(**SMALL, **options).fit(X, y, sample_weight)
        Z = readout_rows_of(esn, X)
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
    monkeypatch.setattr(module, "_BLOCK", 1)
    monkeypatch.setattr(module, "_LEAST_ROWS", 7)
    monkeypatch.setattr(module, "_LANES", 2)
    for before, data in zip(full, (X, ragged), strict=True):
        after = ESNRegressor(**SMALL, **options).fit(data, y)
        assert after.alpha_ == before.alpha_
        assert_allclose(after.predict(data), before.predict(data), atol=1e-7)


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}], ids=str)
def test_streamed_steps_are_full(options, monkeypatch):
    X, y = a_series(5)
    full = ESNRegressor(**BY_STEP, **options).fit(X, y)
    monkeypatch.setattr(module, "_BLOCK", 1)
    monkeypatch.setattr(module, "_LEAST_ROWS", 7)
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
