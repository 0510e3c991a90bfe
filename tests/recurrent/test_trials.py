"""Errors of held-out samples, and trainings that are read at several lengths."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent_fits import CELLS, make_data
from sklearn.metrics import mean_pinball_loss
from torch import nn

from sklearn_rnn import GRURegressor
from sklearn_rnn._recurrent.losses import Metric, QuantileLoss
from sklearn_rnn._recurrent.trials import Errors, Level, choose_level


def errors_of(losses):
    losses = np.asarray(losses, float)
    return Errors(losses, losses.mean(axis=0), 2)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=50), st.floats(0.1, 0.99))
def test_a_model_is_not_below_itself(losses, part):
    errors = errors_of(np.reshape(losses, (-1, 1)))
    assert not errors.is_below(errors, part)
    assert not errors.is_below(errors, 1.0)


def test_a_difference_within_its_standard_errors_is_chance():
    rng = np.random.default_rng(0)
    gains = rng.normal(size=(100, 1))
    gains += 0.15 - gains.mean()  # 1.5 standard errors
    gains = 0.15 + (gains - 0.15) / gains.std()
    others = errors_of(np.full((100, 1), 2.0))
    ours = errors_of(2 - gains)
    assert ours.is_below(others, 0.96, 1.4)
    assert not ours.is_below(others, 0.96, 1.6)
    assert not ours.is_below(others, 0.9, 1.4)


def test_joined_errors_are_those_of_all_samples():
    rng = np.random.default_rng(0)
    parts = [rng.uniform(size=(n, 2)) for n in (3, 10)]
    joined = Errors.join([errors_of(part) for part in parts])
    everything = errors_of(np.concatenate(parts))
    assert joined.loss == pytest.approx(everything.loss)
    assert joined.error == pytest.approx(everything.error)


def test_the_constant_stands_only_where_it_is_clearly_better():
    rng = np.random.default_rng(0)
    good, bad = errors_of(rng.uniform(0, 1, (99, 1))), errors_of(np.full((99, 1), 2.0))
    for constant, ridge, expected in ((good, bad, "mean"), (bad, good, "ridge")):
        levels = Level("mean", None, constant), Level("ridge", "ridge", ridge)
        assert choose_level(*levels, "auto", 0.96).name == expected
        assert choose_level(*levels, "ridge", 0.96).name == "ridge"
        assert choose_level(*levels, None, 0.96).name == "mean"
        assert choose_level(*levels, "trainable", 0.96).name == "mean"


@given(seed=st.integers(0, 999))
@settings(max_examples=25)
def test_losses_of_samples_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    y, outputs = rng.normal(size=20), rng.normal(size=(20, 1, 2))
    levels = (0.2, 0.9)
    metric = Metric.of(QuantileLoss, {"quantiles": levels})
    losses = metric.losses(outputs - y[:, np.newaxis, np.newaxis])
    expected = np.mean(
        [mean_pinball_loss(y, outputs[:, 0, i], alpha=a) for i, a in enumerate(levels)]
    )
    assert losses.mean() == pytest.approx(expected)
    squares = Metric.of(nn.MSELoss, {}).losses(outputs)
    np.testing.assert_allclose(squares[:, 0], (outputs[:, 0] ** 2).mean(axis=1))
    sizes = Metric.of(nn.L1Loss, {}).losses(outputs)
    np.testing.assert_allclose(sizes[:, 0], np.abs(outputs[:, 0]).mean(axis=1))


@given(seed=st.integers(0, 999))
@settings(max_examples=25)
def test_no_other_constant_has_less_loss(seed):
    rng = np.random.default_rng(seed)
    targets = rng.normal(size=(30, 2))
    for criterion, options in (
        (nn.MSELoss, {}),
        (QuantileLoss, {"quantiles": (0.1, 0.5, 0.7)}),
    ):
        metric = Metric.of(criterion, options)
        constants = metric.constants(targets)

        def loss(constants, metric=metric):
            return metric.losses(constants - targets[:, :, np.newaxis]).mean()

        least = loss(constants)
        for shift in (-0.3, -0.01, 0.01, 0.3):
            assert loss(constants + shift) >= least - 1e-2 / len(targets)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("skip", ["ridge", "trainable", None])
def test_a_run_read_on_the_way_ends_as_a_fit_of_that_length(cell, skip):
    X, y = make_data(200)
    model = cell(hidden_size=4, linear_skip=skip, max_epochs="auto", random_state=0)
    readings = dict(model._predict_along(X, y, X[:50], [7, 30, 90]))
    assert list(readings) == [7, 30, 90]
    for n_steps, y_pred in readings.items():
        fitted = cell(hidden_size=4, linear_skip=skip, random_state=0)
        fitted._fit_steps(X, y, n_steps)
        np.testing.assert_array_equal(fitted.predict(X[:50]), y_pred)


def test_a_run_that_is_not_read_to_its_end_leaves_no_trace():
    X, y = make_data(120)
    before = torch.get_num_threads(), torch.get_rng_state()
    model = GRURegressor(hidden_size=4, random_state=0)
    run = model._predict_along(X, y, X[:5], [3, 10_000])
    next(run)
    run.close()
    assert not hasattr(model, "net_")
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
