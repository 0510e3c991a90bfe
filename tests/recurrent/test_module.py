import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sklearn_rnn._recurrent.module import (
    CELLS,
    RecurrentModule,
    constrain_recurrent_weights,
)

TORCH_LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
POOLINGS = ["last", "mean", "max", "attention"]


def make_module(cell="gru", *, seed=0, **options):
    """Return a module, its head at random: a zero head would hide the rest."""
    defaults = {
        "n_features": 2,
        "n_outputs": 3,
        "n_steps": 6,
        "hidden_size": 4,
        "num_layers": 1,
        "bidirectional": False,
        "dropout": 0.0,
        "pooling": "last",
        "init": "auto",
    }
    torch.manual_seed(seed)
    module = RecurrentModule(cell, **(defaults | options))
    nn.init.normal_(module.head.weight)
    nn.init.normal_(module.head.bias)
    if module.skip is not None:
        nn.init.normal_(module.skip.weight)
    return module


def draw(*shape, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# ----------------------------------------------------------------- the recurrent layers


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_outputs_and_gradients_are_those_of_torchs_layers(
    cell, bidirectional, num_layers
):
    shape = {"num_layers": num_layers, "bidirectional": bidirectional}
    module = make_module(cell, **shape)
    twin = TORCH_LAYERS[cell](2, 4, batch_first=True, **shape)
    twin.load_state_dict(module.rnn.state_dict())
    x, weights = draw(5, 6, 2), draw(5, 3, seed=2)

    _states, final = twin(x)
    final = final[0] if cell == "lstm" else final
    top = final.reshape(num_layers, -1, 5, 4)[-1]  # (n_directions, n_samples, hidden)
    final = torch.cat([*top], dim=1)
    expected = final @ module.head.weight.T + module.head.bias
    (expected * weights).sum().backward()
    head_gradient = module.head.weight.grad.clone()
    module.zero_grad()

    outputs = module(x)
    (outputs * weights).sum().backward()
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(module.head.weight.grad, head_gradient)
    wanted = dict(twin.named_parameters())
    for name, parameter in module.rnn.named_parameters():
        torch.testing.assert_close(parameter.grad, wanted[name].grad, msg=name)


def test_a_relu_rnn_is_torchs():
    module = make_module("rnn", nonlinearity="relu")
    twin = nn.RNN(2, 4, batch_first=True, nonlinearity="relu")
    twin.load_state_dict(module.rnn.state_dict())
    x = draw(5, 6, 2)
    expected = module.head(twin(x)[0][:, -1])
    torch.testing.assert_close(module(x), expected)


def test_the_skip_adds_a_linear_map_of_the_flat_sequence():
    module, x = make_module(has_skip=True), draw(5, 6, 2)
    with_skip = module(x)
    weight, module.skip = module.skip.weight, None
    expected = module(x) + x.reshape(5, 12) @ weight.T
    torch.testing.assert_close(with_skip, expected)


# ------------------------------------------------------------------------------ pooling


def pool_by_hand(pooling, states, attention):
    """Pool the states (n_steps, n_states) of one sequence, in words of numpy."""
    if pooling == "mean":
        return states.sum(axis=0) / len(states)
    if pooling == "max":
        return np.max(states, axis=0)
    first, second = attention[0], attention[2]
    hidden = np.tanh(
        states @ first.weight.detach().numpy().T + first.bias.detach().numpy()
    )
    scores = np.exp(hidden @ second.weight.detach().numpy()[0])
    return scores @ states / scores.sum()


@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_pooling_is_what_its_name_says(pooling):
    module, x = make_module(pooling=pooling), draw(3, 6, 2)
    states = module.rnn(x)[0].detach().numpy()
    pooled = np.array([pool_by_hand(pooling, s, module.attention) for s in states])
    expected = pooled @ module.head.weight.detach().numpy().T
    expected += module.head.bias.detach().numpy()
    np.testing.assert_allclose(
        module(x).detach().numpy(), expected, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=20)
@given(
    bidirectional=st.booleans(),
    num_layers=st.integers(1, 2),
    segment_length=st.integers(1, 7),
    has_skip=st.booleans(),
    lengths=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    seed=st.integers(0, 99),
)
def test_a_batch_of_different_lengths_is_each_sequence_alone(
    cell, pooling, bidirectional, num_layers, segment_length, has_skip, lengths, seed
):
    module = make_module(
        cell,
        seed=seed,
        pooling=pooling,
        bidirectional=bidirectional,
        num_layers=num_layers,
        segment_length=segment_length,
        has_skip=has_skip,
    )
    n_steps = max(lengths)
    x = draw(len(lengths), n_steps, 2, seed=seed)
    for row, length in enumerate(lengths):
        x[row, : n_steps - length] = 0.0
    together = module(x, torch.tensor(lengths))
    for row, length in enumerate(lengths):
        alone = module(x[row : row + 1, n_steps - length :])
        torch.testing.assert_close(together[row], alone[0], rtol=1e-4, atol=1e-5)


def test_absent_steps_reach_no_gradient():
    module, lengths = make_module(pooling="attention"), torch.tensor([6, 2])
    x = draw(2, 6, 2).requires_grad_()
    module(x, lengths).sum().backward()
    assert (x.grad[1, :4] == 0).all()
    assert (x.grad[1, 4:] != 0).all()
    assert (x.grad[0] != 0).all()


# -------------------------------------------------------------------------- the weights


def recurrent_gates(module):
    """Return the recurrent weights of all layers, (n, hidden, hidden)."""
    weights = [w for name, w in module.rnn.named_parameters() if "weight_hh" in name]
    return torch.cat([w.detach().reshape(-1, w.shape[1], w.shape[1]) for w in weights])


@pytest.mark.parametrize("init", ["auto", "orthogonal"])
@pytest.mark.parametrize("cell", CELLS)
def test_recurrent_weights_start_orthogonal_gate_by_gate(cell, init):
    gates = recurrent_gates(
        make_module(cell, init=init, num_layers=2, bidirectional=True)
    )
    assert len(gates) == 4 * {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    identity = torch.eye(4).expand_as(gates)
    torch.testing.assert_close(gates @ gates.mT, identity, rtol=0, atol=1e-5)


@pytest.mark.parametrize("init", ["xavier", "he"])
def test_uniform_weights_stay_within_their_published_bounds(init):
    module = make_module("lstm", init=init, n_features=30, hidden_size=50)
    # Glorot and Bengio 2010; He et al. 2015; weights are (4 gates * 50, n_in)
    for name, n_in in (("weight_ih_l0", 30), ("weight_hh_l0", 50)):
        bound = math.sqrt(6 / (n_in + 50) if init == "xavier" else 6 / n_in)
        largest = module.rnn.get_parameter(name).abs().max().item()
        assert 0.98 * bound < largest <= bound


def test_inputs_start_with_lecuns_variance():
    weight = make_module("gru", n_features=40, hidden_size=60).rnn.weight_ih_l0
    # 3 * 60 * 40 draws of variance 1 / 40: the estimate is 1 % off at most
    assert weight.var().item() * 40 == pytest.approx(1, rel=0.05)


def test_torchs_initialisation_is_torchs():
    module = make_module("lstm", init="torch")
    torch.manual_seed(0)
    twin = nn.LSTM(2, 4, batch_first=True)
    for name, parameter in twin.named_parameters():
        assert torch.equal(module.rnn.get_parameter(name), parameter)


@pytest.mark.parametrize("cell", CELLS)
def test_a_new_network_predicts_zero(cell):
    torch.manual_seed(0)
    module = RecurrentModule(
        cell, 2, 3, 6, 4, 1, False, 0.0, "last", "auto", has_skip=True
    )
    assert (module(draw(5, 6, 2)) == 0).all()


def lstm_biases(module):
    """Return the biases of each gate as the cell adds them up."""
    rnn = module.rnn
    return (rnn.bias_ih_l0 + rnn.bias_hh_l0).detach().chunk(4)  # torch: i, f, g, o


def test_an_lstm_starts_with_a_forget_bias_of_one():
    enter, forget, candidate, out = lstm_biases(make_module("lstm", n_steps=99))
    assert (forget == 1).all()
    for others in (enter, candidate, out):
        assert (others == 0).all()


def test_an_lstm_for_long_sequences_starts_with_memories_of_all_lengths():
    n_steps = 400
    module = make_module("lstm", n_steps=n_steps, hidden_size=1000)
    enter, forget, candidate, out = lstm_biases(module)
    # Tallec and Ollivier 2018: log of a uniform draw from [1, T - 1]
    torch.testing.assert_close(enter, -forget)
    spans = forget.exp() / (n_steps - 1)
    assert spans.min() > 0
    assert spans.max() < 1
    assert spans.mean().item() == pytest.approx(0.5, abs=0.04)  # 4 standard errors
    assert (candidate == 0).all()
    assert (out == 0).all()


@pytest.mark.parametrize("init", ["xavier", "he", "orthogonal"])
def test_other_initialisations_start_without_bias(init):
    module = make_module("lstm", init=init, n_steps=200)
    assert all((bias == 0).all() for bias in lstm_biases(module))


@pytest.mark.parametrize("cell", CELLS)
def test_the_constraint_brings_each_gate_to_a_spectral_norm_of_at_most_one(cell):
    module = make_module(cell, num_layers=2, bidirectional=True)
    sizes = itertools.cycle([0.5, 3.0, 0.9, 1.5])
    with torch.no_grad():
        for name, weight in module.rnn.named_parameters():
            if "weight_hh" in name:  # orthogonal gates: the norms are those of sizes
                for gate in weight.chunk(module.n_gates):
                    gate *= next(sizes)
    before = recurrent_gates(module).numpy().copy()
    inputs = module.rnn.weight_ih_l0.detach().clone()
    constrain_recurrent_weights(module)
    after = recurrent_gates(module).numpy()
    norms = np.linalg.norm(before, ord=2, axis=(1, 2))
    np.testing.assert_array_equal(after[norms < 1], before[norms < 1])
    expected = before[norms > 1] / norms[norms > 1][:, np.newaxis, np.newaxis]
    np.testing.assert_allclose(after[norms > 1], expected, atol=1e-6)
    assert 0 < (norms > 1).sum() < len(norms)
    assert torch.equal(module.rnn.weight_ih_l0, inputs)


# ----------------------------------------------------------------------- dropout, loss


@pytest.mark.parametrize("num_layers", [1, 2])
def test_dropout_acts_in_training_only(num_layers):
    module, x = make_module(dropout=0.5, num_layers=num_layers), draw(5, 6, 2)
    module.train()
    assert not torch.equal(module(x), module(x))
    module.eval()
    assert torch.equal(module(x), module(x))


def test_dropout_stands_between_layers_and_before_the_head():
    # A generator that starts anew draws the same masks; they act in different places.
    x = draw(5, 6, 2)
    one = make_module(dropout=0.5)
    states = one.rnn(x)[1][0]
    torch.manual_seed(7)
    expected = one.head(nn.functional.dropout(states, 0.5))
    torch.manual_seed(7)
    torch.testing.assert_close(one(x), expected)
    assert make_module(dropout=0.5, num_layers=2).rnn.dropout == 0.5


def test_dropout_can_be_set_while_training():
    module, x = make_module(dropout=0.5, num_layers=2), draw(5, 6, 2)
    assert module.get_dropout() == 0.5
    module.set_dropout(0.0)
    assert module.get_dropout() == 0.0
    module.train()
    trained = module(x)
    assert torch.equal(trained, module(x))
    module.set_dropout(0.5)
    assert not torch.equal(trained, module(x))
