"""Schedules: averaged weights without an end, against their equations."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sklearn_rnn._recurrent.net import OPTIMIZERS
from sklearn_rnn._recurrent.schedule import Schedule, ScheduleFree

LR = 0.02


def make_network(seed=0):
    generator = torch.Generator().manual_seed(seed)
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    with torch.no_grad():
        for weight in network.parameters():
            weight.normal_(generator=generator)
    X = torch.randn(50, 3, generator=generator, dtype=torch.float64)
    return network, X, X[:, :1] ** 2


def train(network, X, y, optimizer, schedule, n_steps):
    for _ in range(n_steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(network(X), y).backward()
        optimizer.step()
        schedule.step()


def make_optimizer(name, network, **options):
    kind, settings_ = OPTIMIZERS[name]
    return kind(network.parameters(), lr=LR, **settings_, **options)


def twin_average(network, X, y, recency, n_steps):
    """Adam without momentum, one tensor at a time, by the equations of the class."""
    weights = [weight.detach().clone() for weight in network.parameters()]
    fast, mean = [w.clone() for w in weights], [w.clone() for w in weights]
    squares, total = [torch.zeros_like(w) for w in weights], 0.0
    for step in range(1, n_steps + 1):
        rate = LR * min(1.0, step / 100)
        total += step**recency * rate**2
        part = step**recency * rate**2 / total
        at = [0.1 * z + 0.9 * x for z, x in zip(fast, mean, strict=True)]
        with torch.no_grad():
            for weight, value in zip(network.parameters(), at, strict=True):
                weight.copy_(value)
        loss = nn.functional.mse_loss(network(X), y)
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        for i, gradient in enumerate(gradients):
            squares[i] = 0.99 * squares[i] + 0.01 * gradient**2
            spread = (squares[i] / (1 - 0.99**step)).sqrt() + 1e-8
            fast[i] = fast[i] - rate * gradient / spread
            mean[i] = (1 - part) * mean[i] + part * fast[i]
    return mean


@given(seed=st.integers(0, 99), recency=st.integers(0, 6), n_steps=st.integers(1, 130))
@settings(max_examples=20, deadline=None)
def test_averaged_weights_follow_their_equations(seed, recency, n_steps):
    network, X, y = make_network(seed)
    expected = twin_average(*make_network(seed), recency, n_steps)
    optimizer = make_optimizer("adam", network)
    schedule = ScheduleFree(optimizer, LR, recency)
    with schedule.at_gradients():
        train(network, X, y, optimizer, schedule, n_steps)
    for weight, average in zip(network.parameters(), expected, strict=True):
        torch.testing.assert_close(weight.detach(), average, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_pause_does_not_change_what_follows(name):
    ends = []
    for parts in ([60], [1, 20, 39]):
        network, X, y = make_network()
        optimizer = make_optimizer(name, network)
        schedule = ScheduleFree(optimizer, LR)
        for n_steps in parts:
            with schedule.at_gradients():
                train(network, X, y, optimizer, schedule, n_steps)
            assert nn.functional.mse_loss(network(X), y) < 100
        schedule.finish()
        ends.append([weight.detach().clone() for weight in network.parameters()])
    for once, paused in zip(*ends, strict=True):
        assert torch.equal(once, paused)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_with_any_optimizer_lowers_the_loss(name):
    network, X, y = make_network()
    before = nn.functional.mse_loss(network(X), y).item()
    optimizer = make_optimizer(name, network)
    schedule = ScheduleFree(optimizer, LR)
    with schedule.at_gradients():
        train(network, X, y, optimizer, schedule, 300)
    assert nn.functional.mse_loss(network(X), y).item() < 0.7 * before


def test_averages_stay_within_the_constraint_of_each_step():
    network, X, y = make_network()

    def constrain():
        with torch.no_grad():
            for weight in network.parameters():
                weight.clamp_(-0.5, 0.5)

    constrain()
    optimizer = make_optimizer("adamw", network)
    schedule = ScheduleFree(optimizer, LR, constrain=constrain)
    with schedule.at_gradients():
        train(network, X, y, optimizer, schedule, 150)
    largest = max(weight.abs().max().item() for weight in network.parameters())
    assert 0.3 < largest <= 0.5


def test_each_weight_has_its_own_memory_at_the_end():
    network, X, y = make_network()
    size = len(pickle.dumps(network))
    optimizer = make_optimizer("adamw", network)
    schedule = ScheduleFree(optimizer, LR)
    with schedule.at_gradients():
        train(network, X, y, optimizer, schedule, 3)
    schedule.finish()
    for weight in network.parameters():
        assert weight.untyped_storage().nbytes() == weight.nbytes
    network.zero_grad()
    assert len(pickle.dumps(network)) <= size + 100


def test_the_rate_rises_over_a_hundred_steps_and_stays():
    network, X, y = make_network()
    optimizer = make_optimizer("adamw", network)
    schedule = ScheduleFree(optimizer, LR)
    rates = []
    for _ in range(120):
        rates.append(optimizer.param_groups[0]["lr"])
        train(network, X, y, optimizer, schedule, 1)
    np.testing.assert_allclose(rates[:100], LR * np.arange(1, 101) / 100)
    np.testing.assert_allclose(rates[100:], LR)


def test_a_constant_rate_changes_nothing():
    network, X, y = make_network()
    optimizer = make_optimizer("sgd", network)
    schedule = Schedule()
    with schedule.at_gradients():
        train(network, X, y, optimizer, schedule, 2)
    schedule.finish()
    assert optimizer.param_groups[0]["lr"] == LR
    assert optimizer.param_groups[0]["momentum"] == 0.9
