"""Choosing the setting of a reservoir: by cross-validation, and by free runs."""

import numpy as np
import pytest
from esn_tasks import BY_STEP, SMALL, a_closed_loop, a_series, a_task
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_rnn import ESNRegressor, ESNRegressorCV
from sklearn_rnn.datasets import make_mackey_glass, make_narma

FEW_BY_STEP = {**BY_STEP, "n_reservoir": 8}


# ------------------------------------------------------------------ choosing a setting

GRID = {
    "spectral_radii": (0.5, 0.9),
    "leak_rates": 1.0,
    "input_scalings": [0.05, 0.5],
    "alphas": (1e-4, 1e-2),
}


@pytest.mark.parametrize(
    "options",
    [
        {"pooling": "both", "bidirectional": True},
        {"num_layers": 2},
        {"direct_input": False, "nonlinearity": "relu"},
        {"standardize": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("is_weighted", [False, True])
def test_candidates_are_the_networks_of_their_settings(options, is_weighted):
    X, y = a_task(n_outputs=2)
    ragged = [x[row % 4 :] for row, x in enumerate(X)]
    weights = None
    if is_weighted:
        weights = np.random.default_rng(0).uniform(0.2, 3.0, size=len(y))
    assert_chosen(ragged, y, weights, SMALL | options)


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}], ids=str)
def test_candidates_of_steps_are_the_networks_of_their_settings(options):
    X, y = a_series()
    assert_chosen(X, y, np.array([1.0, 0.0, 2.0]), FEW_BY_STEP | options)


def assert_chosen(X, y, weights, options):
    """The choice is the best of single fits, and its network that of the fit."""
    chosen = ESNRegressorCV(**GRID | options).fit(X, y, weights)
    assert chosen.candidates_ == [
        {"spectral_radius": radius, "leak_rate": 1.0, "input_scaling": scaling}
        for radius in (0.5, 0.9)
        for scaling in (0.05, 0.5)
    ]
    options = {"alphas": GRID["alphas"]} | options
    singles = [
        ESNRegressor(**options, **one).fit(X, y, weights) for one in chosen.candidates_
    ]
    scores = [esn.gcv_scores_.min() for esn in singles]
    assert_allclose(chosen.candidate_scores_, scores, rtol=1e-7)
    best = singles[int(np.argmin(scores))]
    for name in ("spectral_radius", "leak_rate", "input_scaling"):
        assert getattr(chosen, f"{name}_") == getattr(best, name)
    assert chosen.alpha_ == best.alpha_
    assert_allclose(chosen.gcv_scores_, best.gcv_scores_, rtol=1e-7)
    for ours, theirs in zip(chosen.predict(X), best.predict(X), strict=True):
        assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_of_equal_candidates_the_first_is_chosen():
    X, y = a_task()
    chosen = ESNRegressorCV(**SMALL, **GRID).fit(X, np.full_like(y, 3.0))
    assert len(set(chosen.candidate_scores_)) == 1
    assert chosen.spectral_radius_ == 0.5
    assert chosen.input_scaling_ == 0.05


def test_a_candidate_given_twice_scores_the_same_bit_for_bit():
    X, y = a_task()
    chosen = ESNRegressorCV(**SMALL, spectral_radii=(0.9, 0.5, 0.9), leak_rates=0.5)
    scores = chosen.fit(X, y).candidate_scores_.reshape(3, -1)
    assert_array_equal(scores[0], scores[2])
    assert (scores[0] != scores[1]).all()


def test_a_choice_by_gcv_predicts_new_sequences_better_than_the_worst_candidate():
    u, y = make_narma(2500, random_state=0)
    X, y = u[np.newaxis], y[np.newaxis]
    options = {"n_reservoir": 60, "return_sequences": True, "washout": 50}
    chosen = ESNRegressorCV(**options, random_state=0)
    chosen.fit(X[:, :1500], y[:, :1500])
    scores = [
        ESNRegressor(**options, random_state=0, **one)
        .fit(X[:, :1500], y[:, :1500])
        .score(X[:, 1500:], y[:, 1500:])
        for one in chosen.candidates_
    ]
    reached = chosen.score(X[:, 1500:], y[:, 1500:])
    assert reached > np.quantile(scores, 0.8)
    assert 1 - reached < 0.5 * (1 - min(scores))


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
