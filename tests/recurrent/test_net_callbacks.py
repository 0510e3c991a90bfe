"""Callbacks of skorch in a training."""

import warnings

import numpy as np
import pytest
import torch
from net_callbacks import (
    N_VALIDATION,
    Recorder,
    assert_equal_states,
    callback_of,
    make_regressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from skorch.callbacks import (
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    LRScheduler,
)


def test_skorchs_early_stopping_watches_the_last_samples(data):
    callbacks = [EarlyStopping(patience=3)]
    regressor = make_regressor(max_epochs=200, lr=0.1, callbacks=callbacks).fit(*data)
    curve = regressor.validation_loss_curve_
    assert regressor.n_iter_ == len(curve) < 200
    # None of the last three fell below the best before them (to skorch's 1e-4).
    assert min(curve[-3:]) >= min(curve[:-3]) * (1 - 1e-4)


def test_skorchs_early_stopping_on_the_training_loss_holds_nothing_out(data):
    X, y = data
    callbacks = [EarlyStopping(monitor="train_loss", patience=2)]
    stopped = make_regressor(max_epochs=200, lr=0.5, callbacks=callbacks).fit(X, y)
    assert stopped.n_iter_ < 200
    assert stopped.validation_loss_curve_ is None
    plain = make_regressor(max_epochs=200, lr=0.5).fit(X, y)
    assert stopped.loss_curve_ == plain.loss_curve_[: stopped.n_iter_]


def test_skorchs_early_stopping_loads_the_best_weights_where_asked(data):
    callbacks = [EarlyStopping(patience=4, load_best=True), Recorder()]
    regressor = make_regressor(max_epochs=200, lr=0.1, callbacks=callbacks).fit(*data)
    best = int(np.argmin(regressor.validation_loss_curve_))
    states = callback_of(regressor, Recorder).states
    assert best < len(states) - 1
    assert_equal_states(regressor.module_.state_dict(), states[best])


def test_stopping_by_a_callback_is_no_interruption(data):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make_regressor(max_epochs=50, callbacks=[EarlyStopping(patience=1)]).fit(*data)
    assert not [w for w in caught if issubclass(w.category, ConvergenceWarning)]


def test_a_checkpoint_writes_the_best_weights(data, tmp_path):
    callbacks = [Checkpoint(dirname=tmp_path), Recorder()]
    regressor = make_regressor(
        max_epochs=40, lr=0.3, lr_schedule=None, callbacks=callbacks
    ).fit(*data)
    best = int(np.argmin(regressor.validation_loss_curve_))
    states = callback_of(regressor, Recorder).states
    assert best < len(states) - 1
    written = torch.load(tmp_path / "params.pt", weights_only=True)
    assert_equal_states(written, states[best])


def test_a_checkpoint_needs_no_other_callback(data, tmp_path):
    make_regressor(callbacks=[Checkpoint(dirname=tmp_path)]).fit(*data)
    assert (tmp_path / "params.pt").is_file()


def test_nothing_is_written_unless_asked_for(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    callbacks = [EarlyStopping(), EpochScoring("r2"), LRScheduler()]
    regressor = make_regressor(callbacks=callbacks, early_stopping=True, verbose=1)
    regressor.fit(*data).predict(data[0])
    assert [*tmp_path.iterdir()] == []


def test_a_schedule_among_the_callbacks_takes_the_place_of_ours(data):
    schedule = LRScheduler("StepLR", step_size=1, gamma=0.5)
    regressor = make_regressor(batch_size=80, lr=0.02, callbacks=[schedule, Recorder()])
    rates = callback_of(regressor.fit(*data), Recorder).rates
    assert rates == pytest.approx([0.02 / 2**epoch for epoch in range(5)])


@pytest.mark.parametrize("use_name", [False, True])
def test_scores_of_an_epoch_are_scikit_learns_on_the_last_samples(data, use_name):
    X, y = data
    scoring = EpochScoring("r2", lower_is_better=False)
    callbacks = [("r2", scoring) if use_name else scoring]
    regressor = make_regressor(linear_skip=None, callbacks=callbacks).fit(X, y)
    expected = r2_score(y[-N_VALIDATION:], regressor.predict(X[-N_VALIDATION:]))
    assert regressor.net_.history[-1]["r2"] == pytest.approx(expected, rel=1e-4)


def test_scores_of_an_epoch_can_be_those_of_training(data):
    X, y = data
    callbacks = [EpochScoring("neg_mean_squared_error", on_train=True, name="score")]
    regressor = make_regressor(
        linear_skip=None, dropout=0.0, lr=1e-12, standardize=False, callbacks=callbacks
    ).fit(X, y)
    assert regressor.validation_loss_curve_ is None
    assert regressor.net_.history[-1]["score"] == pytest.approx(
        -np.mean(y**2), rel=1e-5
    )


def test_a_callback_may_be_a_class(data):
    regressor = make_regressor(callbacks=[EarlyStopping]).fit(*data)
    assert regressor.validation_loss_curve_ is not None
    assert isinstance(callback_of(regressor, EarlyStopping), EarlyStopping)


def test_a_callback_that_scores_does_not_change_what_is_learnt(data):
    X, y = data
    changed = y.copy()
    changed[-N_VALIDATION:] = np.random.default_rng(1).normal(size=N_VALIDATION)
    callbacks = [EpochScoring("r2")]
    predictions = [
        make_regressor(callbacks=callbacks).fit(X, target).predict(X)
        for target in (y, changed)
    ]
    np.testing.assert_array_equal(*predictions)


def test_the_users_callbacks_are_left_as_they_were(data, tmp_path):
    callbacks = [
        EarlyStopping(patience=2),
        Checkpoint(dirname=tmp_path),
        LRScheduler("StepLR", step_size=1),
        EpochScoring("r2"),
        Recorder(),
    ]
    before = [dict(vars(callback)) for callback in callbacks]
    regressor = make_regressor(callbacks=callbacks).fit(*data)
    assert regressor.callbacks is callbacks
    assert [vars(callback) for callback in callbacks] == before


def test_callbacks_work_in_processes_side_by_side(data):
    X, y = data
    callbacks = [
        EarlyStopping(patience=2),
        EpochScoring("r2"),
        LRScheduler("StepLR", step_size=1, gamma=0.9),
    ]
    regressor = make_regressor(max_epochs=10, callbacks=callbacks)
    one, two = (cross_val_score(regressor, X, y, cv=3, n_jobs=n) for n in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_callbacks_can_be_searched_over_in_processes_side_by_side(data, tmp_path):
    X, y = data
    grid = {"callbacks": [None, [Checkpoint(dirname=tmp_path)], [EarlyStopping()]]}
    search = GridSearchCV(make_regressor(), grid, cv=TimeSeriesSplit(2), n_jobs=2)
    search.fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert (tmp_path / "params.pt").is_file()
