"""Training: validation, stopping, optimiser steps, Ctrl-C and progress."""

import numpy as np
import pytest
import torch
from net_callbacks import (
    N_VALIDATION,
    Interrupter,
    Recorder,
    assert_equal_states,
    callback_of,
    make_regressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import mean_squared_error
from skorch.callbacks import (
    Callback,
)

from sklearn_rnn._recurrent.net import RecurrentNet

# ----------------------------------------------------------------- validation, stopping


def test_validation_is_on_the_last_samples(data):
    X, y = data
    regressor = make_regressor(
        early_stopping=True,
        n_iter_no_change=99,
        linear_skip=None,
        standardize=False,
        hidden_size=8,
        max_epochs=60,
    ).fit(X, y)
    best = min(regressor.validation_loss_curve_)
    assert best < np.mean(y[-N_VALIDATION:] ** 2)  # the loss before training
    error = mean_squared_error(y[-N_VALIDATION:], regressor.predict(X[-N_VALIDATION:]))
    assert best == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.25])
def test_validation_holds_the_fraction_asked_for(data, fraction):
    X, y = data

    class Sizes(Callback):
        def on_epoch_begin(self, net, dataset_train, dataset_valid, **kwargs):
            self.sizes_ = len(dataset_train), len(dataset_valid)

    regressor = make_regressor(
        early_stopping=True, validation_fraction=fraction, callbacks=[Sizes()]
    ).fit(X, y)
    n_valid = round(fraction * 80)
    assert callback_of(regressor, Sizes).sizes_ == (80 - n_valid, n_valid)


def test_early_stopping_goes_back_to_the_best_weights(data):
    X, y = data
    regressor = make_regressor(
        early_stopping=True,
        linear_skip=None,
        n_iter_no_change=5,
        max_epochs=200,
        lr=0.1,
        lr_schedule=None,
        callbacks=[Recorder()],
    ).fit(X, y)
    states = callback_of(regressor, Recorder).states
    best = int(np.argmin(regressor.validation_loss_curve_))
    assert best < len(states) - 1  # or there is nothing to go back from
    assert_equal_states(regressor.module_.state_dict(), states[best])


def test_early_stopping_goes_back_to_no_training_where_that_was_best(data):
    X, y = data
    regressor = make_regressor(
        early_stopping=True, linear_skip=None, lr=10.0, lr_schedule=None
    ).fit(X, y)
    n_train = len(y) - N_VALIDATION
    expected = np.full(len(y), y[:n_train].mean())  # a head of zeros
    np.testing.assert_allclose(regressor.predict(X), expected)


class BatchReader(Callback):
    """Keeps the arguments that it gets for the first batch."""

    def on_batch_end(self, net, batch=None, **kwargs):
        self.first = getattr(self, "first", batch)


def test_callbacks_are_shown_batches_as_tensors(data):
    X, y = data
    regressor = make_regressor(max_epochs=1, callbacks=[BatchReader()]).fit(X, y)
    x, targets = callback_of(regressor, BatchReader).first
    assert x.shape == (len(targets), *X.shape[1:])
    assert x.dtype == targets.dtype == torch.float32

    ragged = [x[-(1 + i % X.shape[1]) :] for i, x in enumerate(X)]
    regressor = make_regressor(max_epochs=1, callbacks=[BatchReader()]).fit(ragged, y)
    batch, targets = callback_of(regressor, BatchReader).first
    assert batch["x"].shape == (len(targets), *X.shape[1:])
    assert batch["lengths"].shape == (len(targets),)


def test_without_early_stopping_the_last_weights_are_kept(data):
    regressor = make_regressor(
        lr=1.0, lr_schedule=None, max_epochs=5, callbacks=[Recorder()]
    ).fit(*data)
    losses, states = regressor.loss_curve_, callback_of(regressor, Recorder).states
    assert min(losses) < losses[-1]
    assert_equal_states(regressor.module_.state_dict(), states[-1])


@pytest.mark.parametrize("tol", [0.0, 0.01, 1e6])
@pytest.mark.parametrize("patience", [2, 5])
def test_training_stops_when_the_validation_loss_no_longer_falls(data, patience, tol):
    X, y = data
    regressor = make_regressor(
        early_stopping=True,
        linear_skip=None,
        n_iter_no_change=patience,
        tol=tol,
        max_epochs=60,
        lr=0.03,
    ).fit(X, y)
    n_train = len(y) - N_VALIDATION
    scaled = (y - y[:n_train].mean()) / y[:n_train].std()
    lowest, since, n_iter = np.mean(scaled[n_train:] ** 2), 0, 0
    for loss in regressor.validation_loss_curve_:
        n_iter += 1
        since += 1
        if loss < lowest - tol:
            lowest, since = loss, 0
        if since == patience:
            break
    assert regressor.n_iter_ == n_iter < 60


# ---------------------------------------------------------------------- optimiser steps


def test_the_loss_of_an_epoch_is_the_mean_over_its_samples(data):
    # At a rate of nothing the head stays 0: the loss is the standardised variance.
    regressor = make_regressor(lr=1e-12, linear_skip=None, batch_size=33).fit(*data)
    assert regressor.loss_curve_ == pytest.approx([1.0] * 5, rel=1e-5)


def test_the_rate_follows_torchs_one_cycle(data):
    regressor = make_regressor(batch_size=40, lr=0.02, callbacks=[Recorder()]).fit(
        *data
    )
    n_steps = 2 * 5
    twin = torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    schedule = torch.optim.lr_scheduler.OneCycleLR(twin, 0.02, total_steps=n_steps)
    expected = []
    for _ in range(n_steps):
        expected.append(schedule.get_last_lr()[0])
        twin.step()
        if len(expected) < n_steps:
            schedule.step()
    assert callback_of(regressor, Recorder).rates == pytest.approx(expected)


def test_dropout_fades_in_the_first_half_of_a_cycle_and_is_then_set_back(data):
    regressor = make_regressor(dropout=0.4, batch_size=20, callbacks=[Recorder()])
    dropouts = callback_of(regressor.fit(*data), Recorder).dropouts
    assert dropouts[0] == 0.4
    assert (np.diff(dropouts) <= 0).all()
    assert (np.array(dropouts[:10]) > 0).all()
    assert dropouts[10:] == [0.0] * 10
    assert regressor.module_.get_dropout() == 0.4


def test_without_a_schedule_rate_and_dropout_stay(data):
    regressor = make_regressor(lr_schedule=None, lr=0.02, callbacks=[Recorder()])
    recorder = callback_of(regressor.fit(*data), Recorder)
    assert set(recorder.rates) == {0.02}
    assert set(recorder.dropouts) == {0.2}


def test_gradients_are_clipped_to_the_norm_asked_for(data):
    norms = {}
    for limit in (0.1, None):
        regressor = make_regressor(clip_grad_norm=limit, callbacks=[Recorder()])
        recorder = callback_of(regressor.fit(*data), Recorder)
        norms[limit] = recorder.gradient_norms
    assert max(norms[0.1]) <= 0.1 * (1 + 1e-5)
    assert max(norms[None]) > 0.1


def test_the_spectral_constraint_holds_after_every_step(data):
    norms = {}
    for constraint in ("spectral", None):
        regressor = make_regressor(
            recurrent_constraint=constraint, lr=0.1, callbacks=[Recorder()]
        ).fit(*data)
        norms[constraint] = callback_of(regressor, Recorder).constrained_norms
    assert max(norms["spectral"]) <= 1 + 1e-5
    assert max(norms[None]) > 1.01


def test_training_that_diverges_is_an_error_that_says_what_to_change(data):
    regressor = make_regressor(lr=1e30, clip_grad_norm=None, lr_schedule=None)
    sentence = (
        r"Training diverged: the loss is (nan|inf) after epoch \d; use a lower lr than "
        r"1e\+30, a lower weight_decay than 0\.01 or a clip_grad_norm\."
    )
    with pytest.raises(ValueError, match=sentence):
        regressor.fit(*data)


def test_partial_fit_that_diverges_leaves_the_network_as_it_was(data):
    X, y = data
    regressor = make_regressor().fit(X, y)
    before = regressor.predict(X)
    regressor.set_params(lr=1e39, clip_grad_norm=None)  # a step beyond float32
    sentence = r"diverged: .* use a lower lr than 1e\+39, .* or a clip_grad_norm"
    with pytest.raises(ValueError, match=sentence):
        regressor.partial_fit(X, y)
    np.testing.assert_array_equal(regressor.predict(X), before)


# ------------------------------------------------------------------------------- Ctrl-C


@pytest.mark.parametrize("early_stopping", [False, True, "refit"])
@pytest.mark.parametrize(
    ("hook", "count", "n_iter"),
    [
        ("on_epoch_end", 3, 3),
        ("on_epoch_begin", 3, 2),
        ("on_epoch_begin", 1, 0),
        ("on_batch_end", 1, 0),
        ("on_batch_end", 8, 2),  # 3 batches an epoch, and one of validation
    ],
)
def test_an_interrupted_fit_says_so_and_keeps_the_best_weights(
    data, hook, count, n_iter, early_stopping
):
    X, y = data
    if hook == "on_batch_end" and count > 1 and early_stopping:
        count = 10
    regressor = make_regressor(
        max_epochs=20,
        lr=0.5,
        lr_schedule=None,
        batch_size=30,
        early_stopping=early_stopping,
        callbacks=[Recorder(), Interrupter(hook, count)],
    )
    match = (
        rf"interrupted after {n_iter} epochs; the best weights so far, of epoch \d, "
    )
    with pytest.warns(ConvergenceWarning, match=match):
        regressor.fit(X, y)
    assert regressor.n_iter_ == len(regressor.loss_curve_) == n_iter
    assert np.isfinite(regressor.predict(X)).all()
    curve = (
        regressor.validation_loss_curve_ if early_stopping else regressor.loss_curve_
    )
    states = callback_of(regressor, Recorder).states
    if n_iter and not early_stopping:
        assert_equal_states(
            regressor.module_.state_dict(), states[int(np.argmin(curve))]
        )
    # The head starts at zero: with validation, no epoch at all may have been the best.
    is_best = [
        all(torch.equal(value, state[name]) for name, value in best.items())
        for best in [regressor.module_.state_dict()]
        for state in states[:n_iter]
    ]
    if not any(is_best):
        assert (regressor.module_.head.weight == 0).all()


def test_a_fit_interrupted_while_it_first_validates_says_so(data, monkeypatch):
    def press(net, batch, **fit_params):
        raise KeyboardInterrupt

    monkeypatch.setattr(RecurrentNet, "validation_step", press)
    regressor = make_regressor(early_stopping=True)
    with pytest.warns(ConvergenceWarning, match="interrupted after 0 epochs"):
        regressor.fit(*data)
    assert np.isfinite(regressor.predict(data[0])).all()


def test_an_interrupted_partial_fit_predicts(data):
    X, y = data
    regressor = make_regressor(
        batch_size=30, callbacks=[Interrupter("on_batch_end", 17)]
    ).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        regressor.partial_fit(X, y)
    assert np.isfinite(regressor.predict(X)).all()


# ----------------------------------------------------------------------------- progress


@pytest.mark.parametrize("early_stopping", [False, True])
def test_verbose_shows_one_bar_with_the_losses(
    data, capsys, monkeypatch, early_stopping
):
    monkeypatch.setenv("COLUMNS", "200")  # as wide as the losses need
    make_regressor(verbose=1, early_stopping=early_stopping, n_iter_no_change=9).fit(
        *data
    )
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1  # a bar writes over itself
    last = shown.err.split("\r")[-1]
    assert last.startswith("GRURegressor: 100%")
    assert "5/5" in last
    assert "train_loss=" in last
    assert ("valid_loss=" in last) == early_stopping


def test_nothing_is_shown_by_default(data, capsys):
    X, y = data
    make_regressor(early_stopping=True).fit(X, y).partial_fit(X, y).predict(X)
    assert capsys.readouterr() == ("", "")
