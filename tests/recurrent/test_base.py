"""Fits of the recurrent estimators: length of training, and training on."""

import copy
from math import ceil

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from recurrent_fits import (
    CELLS,
    linear_data,
    make_regressor,
    ragged_forms,
)
from skorch.callbacks import Callback

from sklearn_rnn import (
    GRURegressor,
)


class Counter(Callback):
    """Keep the sizes of all training batches, and their learning rates."""

    def initialize(self):
        self.sizes_, self.rates_ = [], []
        return self

    def on_batch_end(self, net, batch, training, **kwargs):
        if training:
            self.sizes_.append(len(batch[1]))
            self.rates_.append(net.optimizer_.param_groups[0]["lr"])


def counted(regressor):
    (callback,) = [cb for _, cb in regressor.net_.callbacks_ if isinstance(cb, Counter)]
    return callback


# -------------------------------------------------------------------- how long to train


@pytest.mark.parametrize("n_samples", [3, 40, 300, 555, 1000, 20_000])
def test_automatic_training_is_some_300_steps_where_nothing_is_judged(n_samples):
    X = np.random.default_rng(0).normal(size=(n_samples, 1, 1))
    regressor = GRURegressor(
        hidden_size=1,
        early_stopping=True,
        n_iter_no_change=1000,
        callbacks=[Counter()],
        random_state=0,
    )
    regressor.fit(X, X[:, 0, 0] ** 2)
    assert abs(len(counted(regressor).sizes_) - 300) <= 15
    assert regressor.n_iter_ >= 10  # or nothing could be stopped early
    assert regressor.fit_report_ is None


@pytest.mark.parametrize(
    ("n_samples", "batch_size"), [(20, 20), (100, 32), (3000, 50), (9000, 128)]
)
def test_the_automatic_batch_size_grows_with_the_rows(n_samples, batch_size):
    X = np.random.default_rng(0).normal(size=(n_samples, 1, 1))
    regressor = make_regressor(hidden_size=1, max_epochs=1, callbacks=[Counter()])
    assert max(counted(regressor.fit(X, X[:, 0, 0])).sizes_) == batch_size


def test_epochs_and_batches_are_as_asked_for(data):
    regressor = make_regressor(max_epochs=4, batch_size=30, callbacks=[Counter()])
    assert counted(regressor.fit(*data)).sizes_ == [30, 30, 20] * 4
    assert regressor.n_iter_ == len(regressor.loss_curve_) == 4


def test_refitting_trains_on_all_rows_for_as_long_as_was_best(data):
    X, y = data
    options = {"early_stopping": "refit", "max_epochs": 30, "lr": 0.1}
    regressor = make_regressor(**options, callbacks=[Counter()]).fit(X, y)
    best = int(np.argmin(regressor.validation_loss_curve_)) + 1
    assert 0 < best < len(regressor.validation_loss_curve_)
    assert regressor.n_iter_ == best
    batches = counted(regressor).sizes_[-regressor.n_iter_ * ceil(80 / 32) :]
    assert sum(batches) == best * 80
    changed = y.copy()
    changed[-8:] += 1e-3  # moves every loss a little, and the best epoch not at all
    again = make_regressor(**options).fit(X, changed)
    assert again.n_iter_ == best
    assert np.abs(again.predict(X) - regressor.predict(X)).max() > 0


def test_refitting_may_choose_not_to_train_at_all():
    X, y = linear_data(1)
    options = {"lr_schedule": None, "dropout": 0.0}
    refitted = make_regressor(early_stopping="refit", lr=30.0, **options).fit(X, y)
    assert refitted.n_iter_ == 0
    assert refitted.loss_curve_ == []
    untrained = make_regressor(lr=1e-12, **options).fit(X, y)
    assert_allclose(refitted.predict(X), untrained.predict(X), rtol=1e-6)


def test_without_validation_there_is_no_validation_curve(data):
    assert make_regressor().fit(*data).validation_loss_curve_ is None


# -------------------------------------------------------------------------- training on


def test_a_warm_start_goes_on_from_the_present_weights(data):
    X, y = data
    regressor = make_regressor(max_epochs=30, lr=0.05, warm_start=True).fit(X, y)
    learnt = regressor.predict(X)
    standing = {"max_epochs": 1, "lr": 1e-12}
    assert_allclose(regressor.set_params(**standing).fit(X, y).predict(X), learnt)
    anew = regressor.set_params(warm_start=False).fit(X, y).predict(X)
    assert np.abs(anew - learnt).max() > 0.01


def test_a_warm_start_before_any_fit_is_a_fit(data):
    X, y = data
    expected = make_regressor().fit(X, y).predict(X)
    assert_array_equal(make_regressor(warm_start=True).fit(X, y).predict(X), expected)


@pytest.mark.parametrize("early_stopping", [True, "refit"])
def test_a_warm_start_never_gets_worse_on_the_last_samples(data, early_stopping):
    X, y = data
    regressor = make_regressor(
        max_epochs=40, lr=0.05, warm_start=True, early_stopping=early_stopping
    ).fit(X, y)
    before = regressor.predict(X)
    regressor.set_params(lr=30.0, lr_schedule=None).fit(X, y)  # nothing is gained
    assert_array_equal(regressor.predict(X), before)


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_size": 5},
        {"num_layers": 2},
        {"bidirectional": True},
        {"pooling": "attention"},
        {"linear_skip": "trainable"},
        {"linear_skip": None},
        {"target_feature": 1},
        {"standardize": False},
        {"segment_length": 2},
        {"quantiles": [0.1, 0.6]},
    ],
    ids=str,
)
def test_a_warm_start_of_another_model_is_an_error_and_changes_nothing(data, change):
    X, y = data
    regressor = make_regressor(warm_start=True, loss="quantile", quantiles=[0.5])
    before = regressor.fit(X, y).predict(X)
    (name,) = change
    with pytest.raises(ValueError, match=rf"warm_start=True .*\b{name}\b.* first fit"):
        regressor.set_params(**change).fit(X, y)
    assert_array_equal(regressor.predict(X), before)


def test_a_warm_start_on_targets_of_another_shape_is_an_error(data):
    X, y = data
    regressor = make_regressor(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"y has shape \(80, 1\), but fit saw"):
        regressor.fit(X, y[:, np.newaxis])
    regressor = make_regressor(warm_start=True).fit(X, y[:, np.newaxis])
    with pytest.raises(ValueError, match="y has 2 outputs, but fit saw 1"):
        regressor.fit(X, np.column_stack([y, y]))
    assert regressor.predict(X).shape == (80, 1)


def test_partial_fit_runs_one_more_epoch_at_a_tenth_of_the_rate(data):
    X, y = data
    regressor = make_regressor(lr=0.02, batch_size=30, callbacks=[Counter()]).fit(X, y)
    losses = regressor.loss_curve_
    n_batches = len(counted(regressor).sizes_)
    for count in (1, 2):
        regressor.partial_fit(X, y)
        assert regressor.n_iter_ == 3 + count
        assert regressor.loss_curve_[:3] == losses
        counter = counted(regressor)
        assert counter.sizes_[n_batches:] == [30, 30, 20] * count
        assert counter.rates_[n_batches:] == [0.02 / 10] * 3 * count


def test_partial_fit_sees_every_row_of_a_long_series_once():
    X = np.random.default_rng(0).normal(size=(5000, 1, 1))
    options = {"max_epochs": "auto", "early_stopping": True, "n_iter_no_change": 1000}
    regressor = make_regressor(hidden_size=1, callbacks=[Counter()], **options)
    regressor.fit(X, X[:, 0, 0])
    n_batches = len(counted(regressor).sizes_)
    regressor.partial_fit(X, X[:, 0, 0])
    assert sum(counted(regressor).sizes_[n_batches:]) == 5000


def test_partial_fit_may_come_first(data):
    X, y = data
    regressor = make_regressor(callbacks=[Counter()], lr=0.02).partial_fit(X, y)
    assert regressor.n_iter_ == 1
    assert set(counted(regressor).rates_) == {0.02 / 10}
    before = regressor.score(X, y)
    for _ in range(60):
        regressor.partial_fit(X, y)
    assert regressor.n_iter_ == 61
    assert regressor.score(X, y) > before


def test_partial_fit_leaves_scales_and_ridge_as_they_are(data):
    X, y = data
    regressor = make_regressor().fit(X, y)
    regressor.set_params(lr=1e-11)  # the network stands still, and only the rest moves
    before = regressor.predict(X)
    regressor.partial_fit(1000 * X, 50 + 1000 * y)
    assert_allclose(regressor.predict(X), before, rtol=1e-6)


def test_partial_fit_starts_quantiles_apart(data):
    X, y = data
    regressor = make_regressor(
        loss="quantile", quantiles=[0.1, 0.9], linear_skip=None, lr=1e-11
    ).partial_fit(X, y)
    first = regressor.predict_quantiles(X)[0]
    assert_allclose(first, np.quantile(y, [0.1, 0.9]), rtol=1e-5)


def test_partial_fit_repeats_bit_for_bit(data):
    X, y = data
    first, second = (make_regressor().fit(X, y).partial_fit(X, y) for _ in range(2))
    assert_array_equal(first.predict(X), second.predict(X))


def test_fit_forgets_what_partial_fit_learnt(data):
    X, y = data
    expected = make_regressor().fit(X, y).predict(X)
    regressor = make_regressor().partial_fit(X, y).fit(X, y)
    assert_array_equal(regressor.predict(X), expected)
    assert regressor.n_iter_ == 3


# ------------------------------------------------------------------------ repeatability


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_seed_repeats_bit_for_bit_and_another_does_not(data, cell):
    X, y = data
    fits = [make_regressor(cell, random_state=seed).fit(X, y) for seed in (0, 0, 1)]
    first, again, other = (regressor.predict(X) for regressor in fits)
    assert_array_equal(first, again)
    assert fits[0].loss_curve_ == fits[1].loss_curve_
    assert np.abs(first - other).max() > 0


def test_a_second_fit_repeats_the_first(data):
    X, y = data
    regressor = make_regressor()
    assert_array_equal(regressor.fit(X, y).predict(X), regressor.fit(X, y).predict(X))


def test_a_generator_gives_each_fit_a_seed_of_its_own(data):
    X, y = data

    def two_fits():
        generator = np.random.RandomState(0)
        regressor = make_regressor(random_state=generator)
        return [regressor.fit(X, y).predict(X) for _ in range(2)]

    first, second = two_fits()
    assert np.abs(first - second).max() > 0
    assert_array_equal(two_fits(), [first, second])


def test_the_state_of_the_global_generators_does_not_matter(data):
    X, y = data
    expected = make_regressor().fit(X, y).predict(X)
    torch.rand(7)
    assert_array_equal(make_regressor().fit(X, y).predict(X), expected)


def test_what_is_handed_over_is_not_changed(data, lengths):
    X, y = data
    padded = ragged_forms(X, lengths)["padded"]
    inputs = [padded, [*X.copy()], pd.DataFrame(X.reshape(80, -1)), y]
    before = copy.deepcopy(inputs)
    for x in inputs[:3]:
        make_regressor(target_feature=0, window_length=5).fit(x, y).predict(x)
    for now, then in zip(inputs, before, strict=True):
        assert_array_equal(now, then)
