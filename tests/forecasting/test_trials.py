"""Trials: the number of optimiser steps that is chosen, and the time they take."""

import time
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor

pytest.importorskip("sktime")

from direct_forecasters import FH, network, ridge, small, waves

from sklearn_rnn.forecasting import _trials
from sklearn_rnn.forecasting._any_regressor import (
    MANY_EXAMPLES,
    fit_regressor,
    predict_along,
    predict_regressor,
)
from sklearn_rnn.forecasting._known_series import KnownSeries
from sklearn_rnn.forecasting._trials import hold_out, list_lengths, try_lengths


@pytest.mark.parametrize("cell", [GRURegressor, LSTMRegressor, RNNRegressor])
def test_networks_make_as_many_steps_as_they_are_set_to_at_the_most(cell):
    y = waves()
    regressor = network(cell, max_epochs=3, batch_size=16)
    full = small(regressor, refit=False).fit(y, fh=FH)
    # 111 windows have four rows after them: seven batches, three times
    assert full.n_steps_ == 3 * 7
    chosen = small(regressor).fit(y, fh=FH)
    assert chosen.n_steps_ in {0, 3, 5, 10, 21}
    assert ridge().fit(y, fh=FH).n_steps_ is None


def test_no_step_is_made_where_none_helps():
    # What a window's last row says is all there is: the ridge has it already
    y = pd.DataFrame({"y": 1.01 ** np.arange(120.0)})
    forecaster = small(network(lr=0.3, max_epochs=5), sp=1).fit(y, fh=FH)
    assert forecaster.n_steps_ == 0
    np.testing.assert_allclose(
        forecaster.predict().iloc[:, 0], 1.01 ** np.arange(120.0, 124), rtol=1e-3
    )


@pytest.mark.parametrize("linear_skip", ["ridge", "trainable", None])
@pytest.mark.parametrize("cell", [GRURegressor, LSTMRegressor, RNNRegressor])
def test_a_run_read_at_a_length_is_a_training_of_this_length(cell, linear_skip):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(70, 5, 1)).astype(np.float32)
    y = X[:, -1] * X[:, -2] + generator.normal(size=(70, 2))
    regressor = network(cell, linear_skip=linear_skip, dropout=0.2, random_state=3)
    lengths = [0, 7, 19, 38]
    with closing(predict_along(regressor, X, y, X[:9], lengths)) as run:
        readings = dict(run)
    assert list(readings) == lengths
    for n_steps, outputs in readings.items():
        alone = network(cell, linear_skip=linear_skip, dropout=0.2, random_state=3)
        fit_regressor(alone, X, y, n_steps)
        assert len(alone.loss_curve_) * alone.net_.n_batches == n_steps
        np.testing.assert_array_equal(outputs, predict_regressor(alone, X[:9]))


def test_runs_side_by_side_do_not_disturb_each_other():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(40, 5, 1)).astype(np.float32)
    y = X[:, -1] * X[:, -2]
    one, other = (network(dropout=0.3, random_state=seed) for seed in (0, 1))
    lengths = [0, 5, 10]
    alone = [list(predict_along(given, X, y, X, lengths)) for given in (one, other)]
    pairs = zip(
        predict_along(one, X, y, X, lengths),
        predict_along(other, X, y, X, lengths),
        strict=True,
    )
    for number, (first, second) in enumerate(pairs):
        np.testing.assert_array_equal(first[1], alone[0][number][1])
        np.testing.assert_array_equal(second[1], alone[1][number][1])


@pytest.mark.parametrize("n_planned", [1, 2, 21, 76, 300, 1001, 10_000])
def test_a_number_of_epochs_bounds_the_lengths(n_planned):
    lengths = list_lengths(network(max_epochs=5), n_planned, 1000)
    assert lengths[0] == 0
    assert lengths[-1] == n_planned
    assert lengths == sorted(set(lengths))
    for half, full in pairwise(lengths[1:]):
        assert abs(full - 2 * half) <= 2


def test_lengths_without_a_bound_double_up_to_19200():
    lengths = list_lengths(GRURegressor(), 300, 1000)
    assert lengths[0] == 0
    assert lengths[-1] == 19_200
    ratios = np.divide(lengths[2:], lengths[1:-1])
    np.testing.assert_allclose(ratios, 2, rtol=0.02)


def test_networks_of_many_segments_train_for_up_to_2400_steps():
    segments = GRURegressor(segment_length=4)
    lengths = list_lengths(segments, 300, MANY_EXAMPLES)
    assert lengths[0] == 0
    assert lengths[-1] == 2_400
    assert lengths == sorted(set(lengths))
    assert list_lengths(segments, 300, MANY_EXAMPLES - 1)[-1] == 19_200


class Waiting:
    """A progress bar that counts."""

    def __init__(self):
        self.n = 0

    def update(self, n=1):
        self.n += n


@pytest.mark.parametrize(
    ("gain", "n_read"), [(0.0, 3), (0.003, 4), (0.005, 4), (0.012, 5)]
)
def test_a_network_on_a_ridge_ends_early_where_it_gains_little(
    monkeypatch, gain, n_read
):
    """After 75 steps without a gain, and after 150 with a gain below 1 %."""
    errors = {0: 1.0, 38: 1.0, 75: 1 - 0.9 * gain, 150: 1 - gain, 300: 1.0}

    def along(regressor, X, y, X_held_out, lengths, deadline):
        for length in lengths:
            yield length, np.full((len(X_held_out), y.shape[1]), -errors[length])

    model = ridge(n_estimators=1).fit(waves(), fh=FH).model_
    examples = model.examples(
        {(): KnownSeries((), None, waves().to_numpy(), np.empty((120, 0)))}
    )
    examples = replace(examples, y=np.zeros_like(examples.y))
    monkeypatch.setattr(_trials, "predict_along", along)
    blocks = hold_out(examples, model.layout)
    trials, _ = try_lengths(
        examples,
        model.layout,
        blocks,
        [network(linear_skip="ridge")] * len(blocks),
        list(errors),
        Waiting(),
    )
    assert {len(trial.residuals) for trial in trials} == {n_read}


def test_training_ends_at_max_fit_time():
    y = waves()
    endless = network(max_epochs=10**9, linear_skip=None)
    for refit in (True, False):
        started = time.monotonic()
        forecaster = small(endless, max_fit_time=0.5, refit=refit).fit(y, fh=FH)
        assert forecaster.n_steps_ < 10**9
        # Training alone would take days
        assert time.monotonic() - started < 60
        assert np.isfinite(forecaster.predict()).all(axis=None)


def test_a_limit_that_is_never_reached_changes_nothing():
    y = waves()
    free = small().fit(y, fh=FH)
    bounded = small(max_fit_time=1e6).fit(y, fh=FH)
    pd.testing.assert_frame_equal(free.predict(), bounded.predict())
    assert free.fit_report_ == bounded.fit_report_


@pytest.mark.parametrize("regressor", [None, network(lr=1e-9, max_epochs=5)])
def test_a_network_that_makes_no_step_says_so_once(regressor):
    y = pd.DataFrame({"y": 1.01 ** np.arange(120.0)})
    with pytest.warns(UserWarning, match="^The network is not used: on the") as given:
        forecaster = small(regressor, n_estimators=3, sp=1).fit(y, fh=FH)
    ours = [one for one in given if "not used" in str(one.message)]
    assert len(ours) == 1
    assert ours[0].filename == __file__
    assert forecaster.n_steps_ == 0


def test_a_network_says_so_where_no_row_can_be_held_out():
    with pytest.warns(UserWarning, match="too few rows to hold some out"):
        forecaster = small(window_length=2).fit(waves(8), fh=FH)
    assert forecaster.fit_report_ is None


@pytest.mark.parametrize(
    ("regressor", "params"),
    [
        (network(max_epochs=0), {}),  # the user asked for the ridge
        (network(), {"refit": False}),
        (Ridge(), {}),
    ],
    ids=["no epoch", "all epochs", "no network"],
)
def test_there_is_no_warning_without_a_choice(regressor, params, recwarn):
    small(regressor, **params).fit(waves(), fh=FH)
    assert not [one for one in recwarn if "not used" in str(one.message)]
