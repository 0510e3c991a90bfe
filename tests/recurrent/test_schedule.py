"""Schedules against their equations, and clipped gradients."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent_fits import CELLS, make_data, make_regressor
from torch import nn

from sklearn_rnn._recurrent.net import OPTIMIZERS
from sklearn_rnn._recurrent.schedule import (
    OneCycle,
    Schedule,
    ScheduleFree,
    clip_gradients,
)

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


DECAY = 0.1


def step_of(name, weight, gradient, square, rate, step):
    """Return the step of an optimiser without momentum, by its paper, and its state."""
    if name != "adamw":
        gradient = gradient + DECAY * weight
    if name == "sgd":
        return -rate * gradient, square
    square = 0.99 * square + 0.01 * gradient**2
    spread = square if name == "rmsprop" else square / (1 - 0.99**step)
    moved = -rate * gradient / (spread.sqrt() + 1e-8)
    return moved - (rate * DECAY * weight if name == "adamw" else 0), square


def twin_average(name, network, X, y, recency, n_steps):
    """Train one tensor at a time, by the equations of the class."""
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
            move, squares[i] = step_of(name, at[i], gradient, squares[i], rate, step)
            fast[i] = fast[i] + move
            mean[i] = (1 - part) * mean[i] + part * fast[i]
    return mean


@pytest.mark.parametrize("name", OPTIMIZERS)
@given(seed=st.integers(0, 99), recency=st.integers(0, 6), n_steps=st.integers(1, 130))
@settings(max_examples=10, deadline=None)
def test_averaged_weights_follow_their_equations(name, seed, recency, n_steps):
    network, X, y = make_network(seed)
    expected = twin_average(name, *make_network(seed), recency, n_steps)
    optimizer = make_optimizer(name, network, weight_decay=DECAY)
    schedule = ScheduleFree(optimizer, LR, recency)
    with schedule.at_gradients():
        train(network, X, y, optimizer, schedule, n_steps)
    for weight, average in zip(network.parameters(), expected, strict=True):
        # Single divisions by small numbers carry rounding on.
        torch.testing.assert_close(weight.detach(), average, rtol=1e-7, atol=1e-7)


@given(recency=st.integers(0, 5))
@settings(deadline=None, max_examples=6)
def test_the_average_of_a_straight_path_lies_where_its_power_says(recency):
    # The slope is constant: z moves by the rate at each step, 1 after the first 100.
    weight = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([weight], lr=1.0, momentum=0.9)
    schedule, n_steps = ScheduleFree(optimizer, 1.0, recency), 3000
    with schedule.at_gradients():
        for _ in range(n_steps):
            weight.grad = -torch.ones_like(weight)
            optimizer.step()
            schedule.step()
    # The mean of t over (0, n) with weights t^r is (r + 1) / (r + 2) of n.
    expected = (recency + 1) / (recency + 2) * n_steps
    assert weight.item() == pytest.approx(expected, abs=0.03 * n_steps)


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


def fit_steps(model, X, y, n_steps):
    model._fit_steps(X, y, n_steps)
    return model


@pytest.mark.parametrize("cell", CELLS)
def test_a_net_trained_along_has_weights_of_their_own(cell):
    X, y = make_data(40)
    model = fit_steps(make_regressor(cell, hidden_size=30), X, y, 20)
    sizes = [p.untyped_storage().nbytes() for p in model.module_.parameters()]
    assert sizes == [p.numel() * 4 for p in model.module_.parameters()]
    usual = make_regressor(cell, hidden_size=30, lr_schedule=None)
    usual = fit_steps(usual, X, y, 20)
    extra = len(pickle.dumps(model)) - len(pickle.dumps(usual))
    assert extra < 1000


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("cell", CELLS)
def test_predictions_keep_the_spectral_constraint(cell, optimizer):
    X, y = make_data(60)
    norms = {}
    for constraint in ("spectral", None):
        model = make_regressor(
            cell, recurrent_constraint=constraint, optimizer=optimizer, lr=0.1
        )
        fit_steps(model, X, 5 * y, 60)
        weight = model.module_.rnn.weight_hh_l0.detach().numpy().reshape(-1, 4, 4)
        norms[constraint] = np.linalg.norm(weight, ord=2, axis=(1, 2)).max()
    assert norms["spectral"] <= 1 + 1e-5
    if optimizer != "sgd":
        assert norms[None] > 1.01  # or nothing was constrained


@given(n_steps=st.integers(2, 400), lr=st.floats(1e-4, 1.0))
@settings(deadline=None, max_examples=30)
def test_one_cycle_is_that_of_torch(n_steps, lr):
    def optimizer():
        return torch.optim.Adam([nn.Parameter(torch.zeros(1))], lr=lr)

    class Module:
        def get_dropout(self):
            return 0.4

        def set_dropout(self, value):
            self.dropout = value

    ours, theirs, module = optimizer(), optimizer(), Module()
    schedule = OneCycle(ours, module, lr, n_steps)
    twin = torch.optim.lr_scheduler.OneCycleLR(theirs, lr, total_steps=n_steps)
    for step in range(n_steps):
        for key in ("lr", "betas"):
            expected = theirs.param_groups[0][key]
            assert ours.param_groups[0][key] == pytest.approx(expected, rel=1e-9)
        assert module.dropout == pytest.approx(0.4 * max(0, 1 - 2 * step / n_steps))
        theirs.step()
        schedule.step()
        if step < n_steps - 1:
            twin.step()


@given(
    seed=st.integers(0, 1000), scale=st.floats(1e-3, 1e3), limit=st.floats(1e-2, 10.0)
)
@settings(deadline=None)
def test_clipped_gradients_are_those_of_torch(seed, scale, limit):
    rng = np.random.default_rng(seed)
    ours = [nn.Parameter(torch.zeros(shape)) for shape in [(3, 2), (4,), ()]]
    theirs = [nn.Parameter(torch.zeros(shape)) for shape in [(3, 2), (4,), ()]]
    for a, b in zip(ours, theirs, strict=True):
        gradient = torch.as_tensor(scale * rng.normal(size=a.shape)).float()
        a.grad, b.grad = gradient, gradient.clone()
    clip_gradients([parameter.grad for parameter in ours], limit)
    nn.utils.clip_grad_norm_(theirs, limit)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a.grad, b.grad)
