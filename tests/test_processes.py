"""Fits beside other work: threads, forks, torch's contexts, fits that fail."""

import contextlib
import multiprocessing
import os
import sys
import threading

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from sklearn_rnn import ESNRegressor, GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn._kernels.choice import instruction_sets

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 6, 2))
y = np.tanh(X[:, -1, 0] * 2) + X[:, -2, 1]
LENGTHS = RNG.integers(1, 7, size=60)
RAGGED = [x[-n:] for x, n in zip(X, LENGTHS, strict=True)]
NETWORKS = [GRURegressor, LSTMRegressor, RNNRegressor]
DEEP = {"num_layers": 2, "dropout": 0.5, "hidden_size": 5}


def make(cell=GRURegressor, **params):
    defaults = {"hidden_size": 4, "max_epochs": 5, "random_state": 0}
    return cell(**(defaults | params))


def run_in_threads(*functions):
    """Call functions side by side, and raise what they raise."""
    errors = []

    def call(function):
        try:
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=call, args=[f]) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs"
    if errors:
        raise errors[0]


class Waiting(Callback):
    """Stop at the end of the first epoch until somebody says go on."""

    def initialize(self):
        return self

    def __init__(self):
        self.is_inside, self.go_on = threading.Event(), threading.Event()

    def on_epoch_end(self, net, **kwargs):
        self.is_inside.set()
        self.go_on.wait(60)


# ----------------------------------------------------------------- threads and forks


def fit_in_child(queue):
    queue.put(make().fit(X, y).predict(X).tolist())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)
def test_a_process_forked_while_a_thread_fits_can_fit():
    expected, waiting = make().fit(X, y).predict(X), Waiting()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()

    def fork():
        waiting.is_inside.wait(60)
        child = context.Process(target=fit_in_child, args=[queue])
        child.start()
        try:
            np.testing.assert_array_equal(queue.get(timeout=60), expected)
        finally:
            waiting.go_on.set()
            child.kill()
            child.join()

    run_in_threads(lambda: make(callbacks=[waiting]).fit(X, y), fork)


def test_a_callback_may_fit_in_another_thread():
    found = []

    class Fitting(Callback):
        def on_epoch_end(self, net, **kwargs):
            run_in_threads(lambda: found.append(make().fit(X, y).predict(X)))

    expected = make().fit(X, y).predict(X)
    outer = make(max_epochs=2, callbacks=[Fitting()]).fit(X, y).predict(X)
    np.testing.assert_array_equal(found, [expected] * 2)
    np.testing.assert_array_equal(make(max_epochs=2).fit(X, y).predict(X), outer)


@pytest.mark.parametrize("cell", NETWORKS)
def test_a_fit_and_draws_of_another_thread_do_not_change_each_other(cell):
    options = {**DEEP, "init": "torch", "pooling": "attention"}
    expected = make(cell, **options).fit(X, y).predict(X)
    torch.manual_seed(5)
    expected_draws = torch.rand(200)
    draws, waiting, found = [], Waiting(), []

    def draw():
        waiting.is_inside.wait(60)
        draws.extend(torch.rand(100).tolist())
        waiting.go_on.set()
        draws.extend(torch.rand(100).tolist())

    torch.manual_seed(5)
    run_in_threads(
        lambda: found.append(
            make(cell, callbacks=[waiting], **options).fit(X, y).predict(X)
        ),
        draw,
    )
    np.testing.assert_array_equal(found[0], expected)
    assert draws == expected_draws.tolist()


@pytest.mark.parametrize("learn", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    "estimator",
    [make(max_epochs=1), ESNRegressor(n_reservoir=20, random_state=0)],
    ids=repr,
)
def test_predictions_beside_a_refit_are_of_the_model_before_or_after(estimator, learn):
    # As an estimator has learnt n times, it predicts the n-th of these.
    targets = [y, 10 + 5 * y, -3 * y]
    data = [(X * (1 + k), target) for k, target in enumerate(targets)]
    model, states = estimator.fit(*data[0]), []
    n_rounds = 12

    def rounds():
        for k in range(n_rounds):
            yield data[(k + 1) % len(data)]

    for inputs, target in rounds():
        states.append(model.predict(X).tobytes())
        getattr(model, learn)(inputs, target)
    states.append(model.predict(X).tobytes())
    model.fit(*data[0])
    found, is_over = [], threading.Event()

    def predict():
        while not is_over.is_set():
            found.append(model.predict(X).tobytes())

    def refit():
        try:
            for inputs, target in rounds():
                getattr(model, learn)(inputs, target)
        finally:
            is_over.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        run_in_threads(predict, predict, refit)
    finally:
        sys.setswitchinterval(interval)
    assert found
    assert set(found) <= set(states)


# ------------------------------------------------------------------- torch's contexts


@contextlib.contextmanager
def double_by_default():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


CONTEXTS = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "set_default_dtype": double_by_default,
    "default device": lambda: torch.device("meta"),
    "set_grad_enabled": lambda: torch.set_grad_enabled(False),
    "all": lambda: stack_of(torch.no_grad, torch.inference_mode, double_by_default),
}


@contextlib.contextmanager
def stack_of(*contexts):
    with contextlib.ExitStack() as stack:
        for context in contexts:
            stack.enter_context(context())
        yield


MODELS = {
    "GRU": lambda: make(GRURegressor, **DEEP, early_stopping="refit"),
    "LSTM": lambda: make(LSTMRegressor, pooling="attention", linear_skip="trainable"),
    "RNN": lambda: make(RNNRegressor, bidirectional=True, optimizer="sgd"),
    "quantiles": lambda: make(loss="quantile", quantiles=[0.1, 0.5], optimizer="adam"),
    "RMSprop": lambda: make(optimizer="rmsprop", recurrent_constraint="spectral"),
    "readout": lambda: ESNRegressor(5, solver="adam", loss="huber", random_state=0),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("context", CONTEXTS)
def test_a_context_of_torch_changes_no_bit(model, context):
    expected = MODELS[model]().fit(X, y)
    before = expected.predict(X)
    has_partial = hasattr(expected, "partial_fit")
    with CONTEXTS[context]():
        found = MODELS[model]().fit(X, y)
        np.testing.assert_array_equal(found.predict(X), before)
        if has_partial:
            found.partial_fit(X, y)
    np.testing.assert_array_equal(expected.predict(X), before)
    if has_partial:
        after = expected.partial_fit(X, y).predict(X)
        np.testing.assert_array_equal(found.predict(X), after)


@pytest.mark.parametrize("context", CONTEXTS)
def test_gradients_do_not_depend_on_a_context_of_torch(context):
    model = make().fit(X, y)
    expected = model._gradient(X)
    with CONTEXTS[context]():
        np.testing.assert_array_equal(model._gradient(X), expected)


# ------------------------------------------------------------------------ every kernel


@pytest.mark.parametrize("kernel", [*instruction_sets(), "torch", "off"])
@pytest.mark.parametrize("inputs", [X, RAGGED], ids=["equal", "ragged"])
@pytest.mark.parametrize("cell", NETWORKS)
@pytest.mark.parametrize("is_bidirectional", [False, True])
def test_masks_of_dropout_are_the_same_on_every_path(
    cell, inputs, is_bidirectional, kernel, monkeypatch
):
    # In double precision rounding stays far below the difference of another mask.
    from sklearn_rnn._kernels.batch import SequenceBatch
    from sklearn_rnn._recurrent.module import RecurrentModule

    steps, lengths = torch.from_numpy(X), None
    if isinstance(inputs, list):
        lengths = torch.from_numpy(LENGTHS)

    def outputs(kernel):
        monkeypatch.setenv("SKLEARN_RNN_KERNEL", kernel)
        module = RecurrentModule(
            cell._cell, 2, 1, 6, 5, 3, is_bidirectional, 0.5, "last", "auto",
            generator=torch.Generator().manual_seed(1),
        ).double()  # fmt: skip
        torch.nn.init.ones_(module.head.weight)
        y = module(SequenceBatch(steps, lengths=lengths))
        gradients = torch.autograd.grad(y.sum(), list(module.rnn.parameters()))
        return [y, *gradients]

    for found, expected in zip(outputs(kernel), outputs("off"), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_masks_do_not_depend_on_hooks_of_the_recurrent_layers(monkeypatch):
    monkeypatch.setenv("SKLEARN_RNN_KERNEL", "off")
    from sklearn_rnn._kernels.layers import run_layers

    rnn, calls = torch.nn.GRU(2, 3, 2, batch_first=True, dropout=0.5), []
    inputs = torch.from_numpy(X).float()

    def run():
        return run_layers(rnn, inputs, generator=torch.Generator().manual_seed(0))[0]

    expected = run()
    handle = rnn.register_forward_hook(lambda *_: calls.append(1))
    assert torch.equal(run(), expected)
    assert calls == [1]
    handle.remove()
    assert "forward" not in vars(rnn)
