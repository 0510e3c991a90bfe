"""A training neither changes nor feels the rest of the process."""

import random
import threading

import numpy as np
import pytest
import torch
from net_callbacks import (
    Interrupter,
    make_regressor,
)
from sklearn.exceptions import ConvergenceWarning

from sklearn_rnn._isolation import check_device, one_thread


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
