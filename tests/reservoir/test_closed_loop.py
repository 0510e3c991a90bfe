"""Runs on own predictions against loops by hand, and scores by their definition."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import ESNRegressor, ESNRegressorCV
from sklearn_rnn._reservoir import closed_loop as _closed_loop
from sklearn_rnn._reservoir.closed_loop import (
    Feedback,
    run_settings,
    score_free_runs,
)
from sklearn_rnn._reservoir.drawing import draw_reservoir
from sklearn_rnn._reservoir.readout_rows import ReadoutRows, Training
from sklearn_rnn._sequences.sequences import Sequences

N_FEATURES = 2


def draw(*, direct_input=True, num_layers=1, spectral_radius=(0.9, 0.5, 0.2)):
    reservoir = draw_reservoir(
        N_FEATURES,
        n_reservoir=9,
        connectivity=0.4,
        num_layers=num_layers,
        bidirectional=False,
        nonlinearity="tanh",
        spectral_radius=spectral_radius,
        leak_rate=0.6,
        input_scaling=0.5,
        bias_scaling=0.3,
        seed=0,
    )
    return ReadoutRows(reservoir, N_FEATURES, direct_input, None, 0)


def readouts_of(readout_rows, size=0.3, seed=0):
    rng = np.random.default_rng(seed)
    n = readout_rows.n_settings
    coef = size * rng.normal(size=(n, readout_rows.n_columns, N_FEATURES))
    return coef, rng.normal(size=(n, N_FEATURES))


def feedback_to(columns=(0, 1), gain=(1.0, 1.0), offset=(0.0, 0.0)):
    return Feedback(np.array(columns), np.array(gain), np.array(offset))


def plain_run(readout_rows, x, readouts, feedback, n_steps):
    """Drive one setting through one sequence again for each prediction."""
    (coef,), (intercept,) = readouts
    outputs = []
    for _ in range(n_steps):
        row = readout_rows.reservoir.run(x[np.newaxis])[0]
        if readout_rows.direct_input:
            row = np.append(row, x[-1])
        outputs.append(row @ coef + intercept)
        following = np.empty(N_FEATURES)
        following[feedback.columns] = outputs[-1] * feedback.gain + feedback.offset
        x = np.vstack([x, following])
    return np.array(outputs)


# ------------------------------------------------------------------------------- runs


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("direct_input", [True, False])
@pytest.mark.parametrize(
    "feedback",
    [feedback_to(), feedback_to((1, 0), (2.0, -0.5), (0.3, -0.1))],
    ids=["as it comes", "crossed and scaled"],
)
def test_a_run_is_a_drive_through_all_that_was_given_and_predicted(
    num_layers, direct_input, feedback
):
    readout_rows = draw(num_layers=num_layers, direct_input=direct_input)
    readouts = readouts_of(readout_rows)
    x = np.random.default_rng(1).normal(size=(4, 15, N_FEATURES))
    last = np.tile(x[:, -1], (3, 1))
    state = readout_rows.reservoir.run(x)
    kept = state.copy(), last.copy()
    outputs = run_settings(readout_rows, state, last, readouts, feedback, 10)
    assert outputs.shape == (3, 4, 10, N_FEATURES)
    assert_array_equal(state, kept[0])
    assert_array_equal(last, kept[1])
    for number in range(3):
        one = readout_rows.take(number), [values[[number]] for values in readouts]
        for row in range(4):
            expected = plain_run(one[0], x[row], one[1], feedback, 10)
            assert_allclose(outputs[number, row], expected, rtol=1e-10, atol=1e-12)


def test_a_lane_that_diverges_leaves_the_others_alone():
    readout_rows = draw()
    coef, intercept = readouts_of(readout_rows)
    wild = coef.copy()
    wild[1] *= 1e200
    x = np.random.default_rng(1).normal(size=(4, 15, N_FEATURES))
    state, last = readout_rows.reservoir.run(x), np.tile(x[:, -1], (3, 1))
    calm = run_settings(readout_rows, state, last, (coef, intercept), feedback_to(), 20)
    mixed = run_settings(
        readout_rows, state, last, (wild, intercept), feedback_to(), 20
    )
    assert not np.isfinite(mixed[1]).all()
    assert_array_equal(mixed[[0, 2]], calm[[0, 2]])


# ----------------------------------------------------------------------------- scores


def a_training(readout_rows, lengths=None, weights=None, n_samples=3, n_steps=60):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(n_samples, n_steps, N_FEATURES))
    y = rng.normal(size=x.shape)
    if lengths is not None:
        for values, length in zip(x, lengths, strict=True):
            values[: n_steps - length] = np.nan
    return Training(readout_rows, Sequences(x, lengths), y, weights)


def plain_scores(training, readouts, feedback, n_tail):
    """Scores by their definition, one run after the other."""
    sequences, weights = training.sequences, training.weights
    weights = np.ones(sequences.n_samples) if weights is None else weights
    n_ahead = max(1, n_tail // 2)
    starts = sorted({int(at) for at in np.linspace(0, n_tail - n_ahead, 10)})
    scores = []
    for number in range(training.readout_rows.n_settings):
        one = (
            training.readout_rows.take(number),
            [values[[number]] for values in readouts],
        )
        total = np.zeros(n_ahead)
        for row, weight in enumerate(weights):
            n_absent = 0
            if sequences.lengths is not None:
                n_absent = sequences.n_steps - sequences.lengths[row]
            x, y = sequences.values[row, n_absent:], training.targets[row, n_absent:]
            for start in starts:
                at = len(x) - n_tail + start
                run = plain_run(one[0], x[: at + 1], one[1], feedback, n_ahead)
                missed = run - y[at : at + n_ahead]
                total += weight * (missed**2).mean(axis=1)
        scores.append(np.log(total / weights.sum() / len(starts)).mean())
    return scores


@pytest.mark.parametrize("n_tail", [1, 3, 8, 30])
@pytest.mark.parametrize(
    "lengths", [None, np.array([60, 41, 52])], ids=["even", "ragged"]
)
@pytest.mark.parametrize(
    "weights", [None, np.array([0.5, 3.0, 1.0])], ids=["plain", "weighted"]
)
def test_scores_are_those_of_their_definition(n_tail, lengths, weights):
    training = a_training(draw(), lengths, weights)
    readouts, feedback = readouts_of(training.readout_rows), feedback_to((1, 0))
    scores = score_free_runs(training, readouts, feedback, n_tail)
    expected = plain_scores(training, readouts, feedback, n_tail)
    assert_allclose(scores, expected, rtol=1e-9)


def test_how_many_sequences_run_at_a_time_changes_no_score(monkeypatch):
    training = a_training(draw(), n_samples=7)
    args = readouts_of(training.readout_rows), feedback_to(), 8
    at_once = score_free_runs(training, *args)
    monkeypatch.setattr(_closed_loop, "_MOST_SCORED", 2)
    assert_allclose(score_free_runs(training, *args), at_once, rtol=1e-12)


def test_a_setting_that_diverges_scores_infinity_and_others_what_they_did():
    training = a_training(draw())
    coef, intercept = readouts_of(training.readout_rows)
    calm = score_free_runs(training, (coef, intercept), feedback_to(), 30)
    coef[1] *= 1e200
    mixed = score_free_runs(training, (coef, intercept), feedback_to(), 30)
    assert mixed[1] == np.inf
    assert_array_equal(mixed[[0, 2]], calm[[0, 2]])


def test_what_goes_before_the_tail_is_run_through_but_not_scored():
    training = a_training(draw())
    args = readouts_of(training.readout_rows), feedback_to(), 8
    targets = training.targets.copy()
    targets[:, :-8] = 1e9
    other = replace(training, targets=targets)
    assert_array_equal(score_free_runs(other, *args), score_free_runs(training, *args))


# --------------------------------------------------- the same, through the estimators

OPTIONS = {
    "n_reservoir": 25,
    "return_sequences": True,
    "washout": 10,
    "alphas": (1e-3, 1e-2),  # far above rounding, so that no path is refined
    "random_state": 0,
}


def two_waves(n_samples=2, n_steps=181, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(n_steps) * 0.3 + rng.uniform(0, 6, size=(n_samples, 1))
    waves = np.stack([np.sin(t), np.cos(0.7 * t) + np.sin(t)], axis=2)
    waves += 0.01 * rng.normal(size=waves.shape)
    return waves[:, :-1], waves[:, 1:]


@pytest.mark.parametrize("weights", [None, [2.0, 0.5]], ids=["plain", "weighted"])
@pytest.mark.parametrize("is_ragged", [False, True], ids=["even", "ragged"])
def test_candidates_are_scored_by_free_runs_after_a_fit_to_what_goes_before(
    weights, is_ragged
):
    X, y = two_waves()
    starts = (0, 23 if is_ragged else 0)
    X = [x[at:] for x, at in zip(X, starts, strict=True)]
    y = [of_one[at:] for of_one, at in zip(y, starts, strict=True)]
    options = OPTIONS | {"standardize": False}
    chosen = ESNRegressorCV(**options, scoring="free_run", leak_rates=(0.5, 1.0))
    chosen.fit(X, y, weights)
    n_tail = round(0.1 * len(X[1]))
    n_ahead = n_tail // 2
    starts = sorted({int(at) for at in np.linspace(0, n_tail - n_ahead, 10)})
    shares = np.ones(2) if weights is None else np.array(weights)
    shares = shares / shares.sum()
    for candidate, score in zip(
        chosen.candidates_, chosen.candidate_scores_, strict=True
    ):
        head = ESNRegressor(**options, **candidate).fit(
            [x[:-n_tail] for x in X], [of_one[:-n_tail] for of_one in y], weights
        )
        errors = 0.0
        for x, of_one, share in zip(X, y, shares, strict=True):
            for start in starts:
                at = len(x) - n_tail + start
                (run,) = head.free_run(x[np.newaxis, : at + 1], n_ahead)
                missed = run - of_one[at : at + n_ahead]
                errors += share * (missed**2).mean(axis=1) / len(starts)
        assert score == pytest.approx(np.log(errors).mean(), rel=1e-7)
    best = chosen.candidates_[int(np.argmin(chosen.candidate_scores_))]
    assert best["leak_rate"] == chosen.leak_rate_
    whole = ESNRegressor(**options, **best).fit(X, y, weights)
    for ours, theirs in zip(chosen.predict(X), whole.predict(X), strict=True):
        assert_allclose(ours, theirs, rtol=1e-9)


def test_units_of_the_series_change_no_choice_by_free_runs():
    X, y = two_waves()
    options = OPTIONS | {"scoring": "free_run"}
    one = ESNRegressorCV(**options).fit(X, y)
    unit, level = np.array([10.0, 0.01]), np.array([5.0, -3.0])
    other = ESNRegressorCV(**options).fit(X * unit + level, y * unit + level)
    assert_allclose(other.candidate_scores_, one.candidate_scores_, rtol=1e-6)
    run = other.free_run(X * unit + level, 20)
    assert_allclose((run - level) / unit, one.free_run(X, 20), atol=1e-8)


def test_a_choice_by_free_runs_repeats_bit_for_bit():
    X, y = two_waves()
    first, again = (
        ESNRegressorCV(**OPTIONS, scoring="free_run").fit(X, y) for _ in range(2)
    )
    assert_array_equal(first.candidate_scores_, again.candidate_scores_)
    assert_array_equal(first.coef_, again.coef_)
    assert_array_equal(first.free_run(X, 30), again.free_run(X, 30))


@pytest.mark.parametrize(
    "options",
    [{}, {"num_layers": 2}, {"standardize": False}, {"leak_rate": 0.4, "washout": 0}],
    ids=str,
)
def test_a_network_of_any_shape_runs_on_as_if_it_predicted_again(options):
    X, y = two_waves()
    esn = ESNRegressor(**OPTIONS | options).fit(X, y)
    run = esn.free_run(X, 6)
    for step in range(6):
        following = esn.predict(X)[:, -1:]
        assert_allclose(run[:, step], following[:, 0], rtol=1e-9)
        X = np.concatenate([X, following], axis=1)


def test_a_network_with_a_target_for_each_sequence_runs_on_too():
    series, _ = two_waves(1, 500)
    X = np.stack([series[0, at : at + 100] for at in range(300)])
    y = np.stack([series[0, at + 100] for at in range(300)])
    esn = ESNRegressor(25, random_state=0).fit(X, y)
    run, longer = esn.free_run(X[:3], 5), X[:3]
    for step in range(5):
        following = esn.predict(longer)
        assert_allclose(run[:, step], following, rtol=1e-9)
        longer = np.concatenate([longer, following[:, np.newaxis]], axis=1)
    assert_allclose(run, np.stack([y[at : at + 5] for at in range(3)]), atol=0.1)


def test_more_sequences_than_run_at_a_time_run_alike():
    X, y = two_waves(300, 121)
    esn = ESNRegressor(**OPTIONS).fit(X, y)
    runs = esn.free_run(X, 3)
    for row in (0, 255, 256, 299):
        assert_array_equal(esn.free_run(X[[row]], 3)[0], runs[row])
