import copy
import random
import threading
import warnings

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from skorch.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    LRScheduler,
)

from sklearn_rnn import GRURegressor
from sklearn_rnn._isolation import check_device, one_thread
from sklearn_rnn._recurrent.net import RecurrentNet

N_VALIDATION = 8  # of the 80 samples


@pytest.fixture(scope="module")
def data():
    """80 sequences with a target that a linear map predicts in part."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 5, 2))
    y = X[:, -1, 1] + np.tanh(2 * X[:, -1, 0] * X[:, -2, 1])
    return X, y + 0.1 * rng.normal(size=80)


def make_regressor(**params):
    defaults = {"hidden_size": 4, "max_epochs": 5, "random_state": 0}
    return GRURegressor(**(defaults | params))


class Recorder(Callback):
    """Keep what the net is like after each batch and each epoch."""

    def initialize(self):
        self.rates, self.dropouts, self.gradient_norms = [], [], []
        self.constrained_norms, self.states = [], []
        return self

    def on_batch_begin(self, net, training=False, **kwargs):
        if training:
            self.rates.append(net.optimizer_.param_groups[0]["lr"])
            self.dropouts.append(net.module_.get_dropout())

    def on_batch_end(self, net, training=False, **kwargs):
        if training:
            gradients = [p.grad.flatten() for p in net.module_.parameters()]
            self.gradient_norms.append(torch.cat(gradients).norm().item())
            weight = net.module_.rnn.weight_hh_l0.detach().numpy().reshape(3, 4, 4)
            self.constrained_norms += [*np.linalg.norm(weight, ord=2, axis=(1, 2))]

    def on_epoch_end(self, net, **kwargs):
        self.states.append(copy.deepcopy(net.module_.state_dict()))


class Interrupter(Callback):
    """Press Ctrl-C the `count`-th time that `hook` is called."""

    def __init__(self, hook, count):
        self.hook = hook
        self.count = count

    def initialize(self):
        self.n_calls_ = 0
        return self

    def _hear(self, hook):
        if hook == self.hook:
            self.n_calls_ += 1
            if self.n_calls_ == self.count:
                raise KeyboardInterrupt

    def on_epoch_begin(self, net, **kwargs):
        self._hear("on_epoch_begin")

    def on_batch_end(self, net, **kwargs):
        self._hear("on_batch_end")

    def on_epoch_end(self, net, **kwargs):
        self._hear("on_epoch_end")


def callback_of(regressor, kind):
    """Return the callback that training used: a copy of the user's."""
    (callback,) = [cb for _, cb in regressor.net_.callbacks_ if isinstance(cb, kind)]
    return callback


def assert_equal_states(state, expected):
    assert state.keys() == expected.keys()
    for name, value in state.items():
        assert torch.equal(value, expected[name]), name


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
    """Keeps what it is shown of the first batch."""

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


# --------------------------------------------------------------------- optimiser steps


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


# ---------------------------------------------------------------------------- callbacks


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


# --------------------------------------------------------- generators, threads, devices


@pytest.fixture
def two_threads():
    n_threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(n_threads)


def global_state():
    """Return the states of all global generators, and torch's number of threads."""
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    return (
        torch.random.get_rng_state().tolist(),
        (name, keys.tolist(), *rest),
        random.getstate(),
        torch.get_num_threads(),
    )


def test_one_thread_sets_the_number_back(two_threads):
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with pytest.raises(ZeroDivisionError), one_thread():
        raise ZeroDivisionError
    assert torch.get_num_threads() == 2


def in_thread(function, *args):
    """Call a function in a thread of its own, and return its result."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function(*args)))
    thread.start()
    thread.join(120)
    return found[0]


@pytest.mark.parametrize("starts_in", ["first", "second"])
def test_threads_that_overlap_each_set_their_number_back(two_threads, starts_in):
    # The second one comes in while the first is inside, and leaves after it.
    first_is_in, second_is_in, first_is_out = (threading.Event() for _ in range(3))
    found = {}

    def first():
        with one_thread(may_start_threads=True):
            first_is_in.set()
            second_is_in.wait(60)
        first_is_out.set()
        found["first"] = torch.get_num_threads()

    def second():
        first_is_in.wait(60)
        found["new"] = torch.get_num_threads()
        with one_thread():
            second_is_in.set()
            first_is_out.wait(60)
            found["inside"] = torch.get_num_threads()
        found["second"] = torch.get_num_threads()

    here, there = (first, second) if starts_in == "first" else (second, first)
    thread = threading.Thread(target=there)
    thread.start()
    here()
    thread.join()
    assert found == {"first": 2, "new": 2, "inside": 1, "second": 2}
    assert torch.get_num_threads() == in_thread(torch.get_num_threads) == 2


def test_a_fit_leaves_no_trace_in_generators_and_threads(data, two_threads):
    X, y = data
    before = global_state()
    make_regressor(early_stopping="refit").fit(X, y).partial_fit(X, y).predict(X)
    assert global_state() == before


def test_a_fit_that_fails_leaves_no_trace_in_generators_and_threads(data, two_threads):
    before = global_state()
    regressor = make_regressor(lr=1e30, clip_grad_norm=None, lr_schedule=None)
    with pytest.raises(ValueError, match="diverged"):
        regressor.fit(*data)
    assert global_state() == before


def test_an_interrupted_fit_leaves_no_trace_in_generators_and_threads(
    data, two_threads
):
    before = global_state()
    regressor = make_regressor(callbacks=[Interrupter("on_batch_end", 2)])
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        regressor.fit(*data)
    assert global_state() == before


def test_fits_in_threads_side_by_side_are_those_of_one_after_the_other(data):
    X, y = data
    regressors = [make_regressor(random_state=seed) for seed in range(4)]
    expected = [r.fit(X, y).predict(X) for r in regressors]
    before, found = global_state(), [None] * 4

    def fit(number):
        found[number] = regressors[number].fit(X, y).predict(X)

    threads = [threading.Thread(target=fit, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(found, expected)
    assert global_state() == before


def test_the_cpu_is_a_device():
    assert check_device("cpu") == torch.device("cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_predicts_what_the_cpu_does(data):
    X, y = data
    before = torch.cuda.get_rng_state()
    on_gpu = make_regressor(device="cuda", dropout=0.0).fit(X, y)
    assert torch.equal(torch.cuda.get_rng_state(), before)
    on_cpu = make_regressor(dropout=0.0).fit(X, y)
    np.testing.assert_allclose(
        on_gpu.predict(X), on_cpu.predict(X), rtol=0.01, atol=0.01
    )
