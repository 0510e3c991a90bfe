"""The length of training and the linear skip, as held-out samples choose them."""

import pickle
import time

import numpy as np
import pytest
import torch
from recurrent_fits import CELLS
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import Callback

from sklearn_rnn import GRURegressor, RNNRegressor
from sklearn_rnn._recurrent import effort, trials
from sklearn_rnn._recurrent.net import RecurrentNet

SKIPS = ["auto", "ridge", "trainable", None]


def noise(n_samples, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_samples, 8, 1)), rng.normal(size=n_samples)


def henon_map(n_samples, noise_scale=0.05, seed=0):
    """Windows of 3 values, and the next: a quadratic function of the last two."""
    series = np.zeros(n_samples + 4)
    for t in range(2, len(series)):
        series[t] = 1 - 1.4 * series[t - 1] ** 2 + 0.3 * series[t - 2]
    series += noise_scale * np.random.default_rng(seed).normal(size=len(series))
    windows = np.lib.stride_tricks.sliding_window_view(series, 4)
    return windows[:n_samples, :3, np.newaxis], windows[:n_samples, 3]


def autoregression(n_samples, seed=0):
    """Windows of 6 values, and the next: a linear function of the last two."""
    rng = np.random.default_rng(seed)
    series = rng.normal(size=n_samples + 106)
    for t in range(2, len(series)):
        series[t] += 1.2 * series[t - 1] - 0.5 * series[t - 2]
    windows = np.lib.stride_tricks.sliding_window_view(series[99:], 7)
    return windows[:n_samples, :6, np.newaxis], windows[:n_samples, 6]


def small(cell=GRURegressor, **params):
    return cell(**({"hidden_size": 8, "random_state": 0} | params))


@pytest.fixture(scope="module")
def bent():
    X, y = henon_map(240)
    return X, y, small().fit(X, y)


def root_mean_square(values):
    return np.sqrt(np.mean(np.square(values)))


# ----------------------------------------------------------------------------- choices


@pytest.mark.parametrize("cell", CELLS)
def test_a_map_that_bends_is_learnt(cell):
    X, y = henon_map(500, noise_scale=0)
    model = cell(random_state=0, max_fit_time=20).fit(X[:400], y[:400])
    assert model.fit_report_.chosen_n_steps > 0
    assert model.score(X[400:], y[400:]) > 0.999


@pytest.mark.parametrize("make", [noise, autoregression])
@pytest.mark.parametrize("seed", range(3))
def test_where_a_line_is_all_the_model_is_the_ridge(make, seed):
    X, y = make(300, seed)
    model, ridge = small().fit(X, y), small(max_epochs=0).fit(X, y)
    assert model.fit_report_.chosen_model in ("ridge", "mean")
    assert model.n_iter_ == 0
    assert model.loss_curve_ == []
    if model.fit_report_.chosen_model == "ridge":
        np.testing.assert_array_equal(model.predict(X), ridge.predict(X))


@pytest.mark.parametrize("skip", SKIPS)
def test_a_given_skip_stays(skip):
    X, y = henon_map(150)
    model = small(linear_skip=skip).fit(X, y)
    chosen = model.fit_report_.chosen_model
    allowed = {
        "auto": {"network", "network on ridge"},
        "ridge": {"network on ridge"},
        "trainable": {"network with linear map"},
        None: {"network"},
    }
    assert chosen in allowed[skip]
    assert set(model.fit_report_.models) - {"mean", "ridge"} <= allowed[skip]
    assert (model.module_.skip is not None) == (skip == "trainable")


@pytest.mark.parametrize("skip", ["trainable", None])
def test_without_a_ridge_noise_is_predicted_by_its_mean(skip):
    X, y = noise(300)
    model = small(linear_skip=skip).fit(X, y)
    assert model.fit_report_.chosen_model == "mean"
    np.testing.assert_allclose(model.predict(X), y.mean(), rtol=1e-6)


def test_an_earlier_block_is_asked_where_the_first_may_be_chance(monkeypatch):
    asked = []
    monkeypatch.setattr(effort, "_CLEAR", 1e9)
    confirm = trials.Trial.confirm
    monkeypatch.setattr(
        trials.Trial,
        "confirm",
        lambda trial, block, n: asked.append(block.n_train) or confirm(trial, block, n),
    )
    X, y = henon_map(600)
    report = small().fit(X, y).fit_report_
    assert asked == [600 - 2 * 120]
    assert report.chosen_n_steps > 0


# ------------------------------------------------------------------------------ report


def test_lines_are_the_errors_of_models_of_the_first_samples():
    X, y = henon_map(600)
    report = small().fit(X, y).fit_report_
    assert report.judged_on == "the last 120 of 600 samples"
    first, last = slice(0, 480), slice(480, None)
    y_last = y[last]
    ridge = small(max_epochs=0).fit(X[first], y[first])
    assert report.errors[0] == pytest.approx(root_mean_square(y_last - y[first].mean()))
    expected = root_mean_square(y_last - ridge.predict(X[last]))
    assert report.errors[1] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("loss", "metric", "constant"),
    [
        ("squared_error", "root mean squared error", "mean"),
        ("absolute_error", "mean absolute error", "mean"),
        ("huber", "mean absolute error", "mean"),
        ("quantile", "mean pinball loss", "quantiles"),
    ],
)
def test_the_metric_is_that_of_the_loss(loss, metric, constant):
    X, y = henon_map(600)
    report = small(loss=loss).fit(X, y).fit_report_
    assert report.metric == metric
    assert report.models[0] == constant
    center = y[:480].mean() if constant == "mean" else np.median(y[:480])
    missed = y[480:] - center
    error = {
        "root mean squared error": root_mean_square(missed),
        "mean absolute error": np.abs(missed).mean(),
        "mean pinball loss": np.abs(missed).mean() / 2,
    }[metric]
    assert report.errors[0] == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("factor", [1e-3, 1e4])
def test_errors_have_the_units_of_y(factor, bent):
    X, y, model = bent
    report = small().fit(X, factor * y).fit_report_
    np.testing.assert_allclose(
        report.errors, np.multiply(model.fit_report_.errors, factor), rtol=1e-2
    )
    assert report.chosen_model == model.fit_report_.chosen_model


def test_the_naive_forecast_is_the_last_value():
    X, y = noise(500)
    X = np.cumsum(X, axis=1)
    y = X[:, -1, 0] + y
    report = small(target_feature=0).fit(X, y).fit_report_
    assert report.models[0] == "naive"
    expected = root_mean_square(y[400:] - X[400:, -1, 0])
    assert report.errors[0] == pytest.approx(expected, rel=1e-5)
    assert report.chosen_n_steps == 0


def test_fits_of_one_seed_have_equal_reports_and_predictions(bent):
    X, y, model = bent
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    again = clone(model).fit(X, y)
    assert again.fit_report_ == model.fit_report_
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002


def test_a_judged_fit_survives_pickle(bent):
    X, _, model = bent
    again = pickle.loads(pickle.dumps(model))
    assert again.fit_report_ == model.fit_report_
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_several_outputs_have_one_report():
    X, y = henon_map(240)
    model = small().fit(X, np.column_stack([y, 10 * y]))
    report = model.fit_report_
    assert model.predict(X).shape == (240, 2)
    alone = root_mean_square(y[:192] - y[:192].mean())
    assert 2 * alone < report.errors[0] < 10 * alone


@pytest.mark.parametrize("n_samples", [100, 350])
def test_small_tails_are_two_blocks(n_samples):
    X, y = noise(n_samples)
    report = small().fit(X, y).fit_report_
    n_held_out = 2 * (n_samples // 5)
    assert report.judged_on == (
        f"the last {n_held_out} of {n_samples} samples, in 2 blocks"
    )


def test_ragged_sequences_are_judged_too():
    X, y = henon_map(150)
    sequences = [x[i % 2 :] for i, x in enumerate(X)]
    padded = X.copy()
    padded[1::2, 0] = np.nan
    fits = [small().fit(form, y) for form in (sequences, padded)]
    assert fits[0].fit_report_.chosen_n_steps > 0
    assert fits[0].fit_report_ == fits[1].fit_report_


# --------------------------------------------------------------- what is not judged


@pytest.mark.parametrize(
    "params",
    [
        {"max_epochs": 2},
        {"max_epochs": 0},
        {"max_epochs": 2, "early_stopping": True},
        {"early_stopping": "refit"},
    ],
)
def test_what_is_not_judged_has_no_report(params):
    X, y = henon_map(120)
    model = small(**params).fit(X, y)
    assert model.fit_report_ is None


def test_a_number_of_epochs_has_the_usual_settings():
    X, y = henon_map(120)
    usual = {"linear_skip": "ridge", "dropout": 0.2, "lr_schedule": "onecycle"}
    given, default = (small(max_epochs=3, **more).fit(X, y) for more in (usual, {}))
    np.testing.assert_array_equal(given.predict(X), default.predict(X))


def test_a_warm_second_fit_judges_nothing():
    X, y = henon_map(150)
    model = small(warm_start=True).fit(X, y)
    assert model.fit_report_ is not None
    model.fit(X, y)
    assert model.fit_report_ is None
    assert model.n_iter_ > 0


class Counting(Callback):
    """Counts the trainings that it is told of."""

    begun: list = []

    def on_train_begin(self, net, **kwargs):
        self.begun.append(net)


def test_callbacks_are_told_of_the_last_training_alone(bent):
    X, y, model = bent
    Counting.begun.clear()
    watched = small(callbacks=[Counting()]).fit(X, y)
    assert len(Counting.begun) == 1
    # The trials are the same; the watched training steps on torch's graph.
    assert watched.fit_report_ == model.fit_report_
    np.testing.assert_allclose(watched.predict(X), model.predict(X), rtol=1e-3)


# ------------------------------------------------------------- held-out samples, time


def test_held_out_targets_do_not_reach_the_trials(monkeypatch):
    weights = []
    original = trials._outputs

    def outputs(net, dataset):
        weights.append([p.detach().clone() for p in net.module_.parameters()])
        return original(net, dataset)

    monkeypatch.setattr(trials, "_outputs", outputs)
    X, y = henon_map(600)
    changed = y.copy()
    changed[480:] = 1e3
    runs = []
    for targets in (y, changed):
        weights.clear()
        small(linear_skip="ridge").fit(X, targets)
        runs.append(weights[:2])  # after 75 and 150 steps
    for one, other in zip(*runs, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


class Clock:
    """A clock that goes on by a second at each optimiser step."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        step = RecurrentNet.train_step

        def train_step(net, *args, **kwargs):
            self.now += 1
            return step(net, *args, **kwargs)

        monkeypatch.setattr(RecurrentNet, "train_step", train_step)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.mark.parametrize("limit", [10, 100, 700, 2000])
def test_a_fit_ends_at_its_time_limit(limit, monkeypatch):
    clock = Clock(monkeypatch)
    X, y = henon_map(240)
    report = small(max_fit_time=limit).fit(X, y).fit_report_
    assert clock.now - 1000 <= limit + 1
    assert "max_fit_time" in report.reason
    if limit <= 100:
        assert report.chosen_n_steps == 0
    else:
        assert report.chosen_n_steps > 0


def test_a_limit_that_is_far_away_changes_nothing(bent):
    X, y, model = bent
    again = small(max_fit_time=1e6).fit(X, y)
    assert again.fit_report_ == model.fit_report_
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize("n_steps", [10, 700])
def test_an_interrupted_judgement_keeps_the_best_so_far(n_steps, monkeypatch):
    step, made = RecurrentNet.train_step, []

    def train_step(net, *args, **kwargs):
        made.append(1)
        if len(made) == n_steps:
            raise KeyboardInterrupt
        return step(net, *args, **kwargs)

    monkeypatch.setattr(RecurrentNet, "train_step", train_step)
    X, y = henon_map(240)
    with pytest.warns(ConvergenceWarning, match="interrupted while its length"):
        model = small().fit(X, y)
    ridge = small(max_epochs=0).fit(X, y)
    if n_steps == 10:
        np.testing.assert_array_equal(model.predict(X), ridge.predict(X))
    else:
        assert model.score(X, y) > ridge.score(X, y) + 0.3


def test_a_diverging_trial_is_an_error():
    X, y = henon_map(150)
    model = RNNRegressor(
        nonlinearity="relu", lr=1e4, clip_grad_norm=None, optimizer="sgd"
    )
    with pytest.raises(ValueError, match=r"Training diverged: .* use a lower lr"):
        model.fit(X, y)
    assert not hasattr(model, "net_")


# -------------------------------------------------------------------- independent twins


def test_lines_of_networks_are_errors_of_trainings_on_the_first_samples():
    X, y = henon_map(600)
    options = {"linear_skip": None, "dropout": 0.0}
    report = small(**options).fit(X, y).fit_report_
    n_steps, errors = report.n_steps[2:], report.errors[2:]
    assert len(n_steps) >= 3
    run = small(**options)._predict_along(X[:480], y[:480], X[480:], n_steps)
    for (n_made, y_pred), length, error in zip(run, n_steps, errors, strict=True):
        assert n_made == length
        assert error == pytest.approx(root_mean_square(y_pred - y[480:]), rel=1e-4)


def test_the_model_is_a_training_of_the_chosen_length_on_all_samples():
    X, y = henon_map(240)
    model = small(linear_skip=None).fit(X, y)
    twin = small(linear_skip=None, dropout=0.0)
    twin._fit_steps(X, y, model.fit_report_.chosen_n_steps)
    np.testing.assert_array_equal(model.predict(X), twin.predict(X))


def test_the_last_samples_do_not_reach_the_trial_of_an_earlier_block(monkeypatch):
    weights = []
    original = trials._outputs

    def outputs(net, dataset):
        weights.append([p.detach().clone() for p in net.module_.parameters()])
        return original(net, dataset)

    monkeypatch.setattr(trials, "_outputs", outputs)
    X, y = henon_map(200)
    changed_X, changed = X.copy(), y.copy()
    changed_X[160:], changed[160:] = 50.0, 1e3
    runs = []
    for inputs, targets in ((X, y), (changed_X, changed)):
        weights.clear()
        small(linear_skip="ridge").fit(inputs, targets)
        runs.append(weights[1:4:2])  # the earlier of two blocks, after 75 and 150
    for one, other in zip(*runs, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_threads_change_nothing(bent):
    X, y, model = bent
    again = small(n_threads=2).fit(X, y)
    assert again.fit_report_ == model.fit_report_
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_the_bar_of_a_judgement_vanishes(capsys):
    X, y = noise(100)
    small(verbose=1).fit(X, y)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "GRURegressor, judging" in shown.err
    last = shown.err.split("\r")
    assert "judging" not in last[-1]
    small(verbose=0).fit(X, y)
    assert capsys.readouterr() == ("", "")
