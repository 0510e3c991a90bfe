"""Recurrent layers through our kernels against torch's own modules."""

import copy
import math

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kernel_runs import (
    CELLS,
    KERNELS,
    assert_close,
    draw,
    draw_initial,
    draw_lengths,
    make_rnn,
    needs_compiled,
    results_and_gradients,
    run_with,
)
from torch import nn

from sklearn_rnn._kernels.batch import SequenceBatch
from sklearn_rnn._kernels.choice import instruction_sets
from sklearn_rnn._kernels.recurrence import Direction, run_compiled
from sklearn_rnn._recurrent.module import RecurrentModule


def clear_absent_steps(x, lengths):
    """Put 0 at the absent steps of right-aligned x, in place."""
    n_steps = x.shape[1]
    for row, length in enumerate(lengths.tolist()):
        x[row, : n_steps - length] = 0.0
    return x


# Chunks hold from 4 samples (two vectors of 2 doubles) up to 32: less than one, one,
# a part more, several.
many_samples = st.one_of(st.integers(1, 70), st.sampled_from([1, 4, 8, 16, 17, 32, 33]))


sizes = {
    "n_samples": many_samples,
    "n_steps": st.integers(1, 50),
    "n_features": st.one_of(st.integers(1, 4), st.integers(1, 70)),
    "n_hidden": st.integers(1, 70),
    "num_layers": st.integers(1, 3),
    "bidirectional": st.booleans(),
    "is_ragged": st.booleans(),
    "seed": st.integers(0, 999),
}


largest = {
    "n_samples": 70,
    "n_steps": 50,
    "n_features": 7,
    "n_hidden": 70,
    "num_layers": 3,
    "bidirectional": True,
    "is_ragged": True,
    "seed": 0,
}


smallest = dict.fromkeys(largest, 1) | {"bidirectional": False, "is_ragged": False}


def draw_problem(
    cell,
    n_samples,
    n_steps,
    n_features,
    n_hidden,
    num_layers,
    bidirectional,
    is_ragged,
    seed,
):
    """Return torch's module, sequences and their lengths or None."""
    options = {"num_layers": num_layers, "bidirectional": bidirectional}
    rnn = make_rnn(cell, n_features, n_hidden, seed=seed, **options)
    # Gates are to stay away from saturation: the rest of their gradients
    # there is rounded, by torch as well.
    x = draw(n_samples, n_steps, n_features, seed=seed) / (2 * math.sqrt(n_features))
    lengths = None
    if is_ragged:
        lengths = draw_lengths(n_samples, n_steps, seed)
        clear_absent_steps(x, lengths)
    return rnn, x, lengths


# ----------------------------------------------------------------- states and gradients


@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=60)
@example(largest)
@example(smallest)
@given(st.fixed_dictionaries(sizes))
def test_states_and_gradients_are_those_of_torchs_module(cell, size):
    rnn, x, lengths = draw_problem(cell, **size)
    expected = results_and_gradients("off", rnn, x, lengths)
    for kernel in KERNELS:
        actual = results_and_gradients(kernel, rnn, x, lengths)
        assert_close(actual, expected, 1e-10)


@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=15)
@given(
    st.fixed_dictionaries(
        sizes | {"n_samples": st.integers(1, 20), "n_hidden": st.integers(1, 20)}
    )
)
def test_a_ragged_batch_is_each_sequence_alone_through_torchs_module(cell, size):
    rnn, x, lengths = draw_problem(cell, **(size | {"is_ragged": True}))
    n_steps = x.shape[1]
    alone = [
        run_with("off", rnn, x[row : row + 1, n_steps - length :])[:2]
        for row, length in enumerate(lengths.tolist())
    ]
    expected = {
        "states": torch.cat([states[0] for states, _ in alone]),
        "final": torch.cat([final for _, final in alone]),
    }
    for kernel in KERNELS:
        states, final, present = run_with(kernel, rnn, x, lengths)
        actual = {"states": states[present[:, :, 0]], "final": final}
        assert_close(actual, expected, 1e-10)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", ["rnn_tanh", "gru", "lstm"])
@settings(deadline=None, max_examples=10)
@example(largest)
@given(st.fixed_dictionaries(sizes | {"n_hidden": st.integers(8, 70)}))
def test_the_float32_gradient_agrees_to_2e_5_with_the_float64_one(kernel, cell, size):
    rnn, x, lengths = draw_problem(cell, **size)
    # Both start from the same numbers.
    rnn, x = rnn.float().double(), x.float().double()
    expected = results_and_gradients("off", rnn, x, lengths)
    single = copy.deepcopy(rnn).float()
    actual = results_and_gradients(kernel, single, x.float(), lengths)
    assert actual["weight_hh_l0"].dtype == torch.float32
    assert_close(actual, expected, 2e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kernel", KERNELS)
@settings(deadline=None, max_examples=20)
@given(
    n_samples=st.integers(1, 40),
    is_ragged=st.booleans(),
    bidirectional=st.booleans(),
    seed=st.integers(0, 999),
)
def test_a_relu_rnn_of_whole_numbers_is_torchs_to_the_bit(
    kernel, dtype, n_samples, is_ragged, bidirectional, seed
):
    # Many sums are 0, where a gradient has to be chosen, and all of them are exact.
    rnn = make_rnn("rnn_relu", 2, 3, bidirectional=bidirectional, dtype=dtype)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in rnn.parameters():
            weight.copy_(torch.randint(-1, 2, weight.shape, generator=generator))
    x = torch.randint(-2, 3, (n_samples, 4, 2), generator=generator).to(dtype)
    lengths = draw_lengths(n_samples, 4, seed) if is_ragged else None
    if is_ragged:
        clear_absent_steps(x, lengths)
    rnn.requires_grad_(False)
    rnn.weight_hh_l0.requires_grad_(True)
    rnn.bias_ih_l0.requires_grad_(True)

    def run(kernel):
        states, final, present = run_with(kernel, rnn, x, lengths)
        if present is not None:
            states = states[present[:, :, 0]]
        loss = states.sum() + 2 * final.sum()
        inputs = [rnn.weight_hh_l0, rnn.bias_ih_l0]
        return states.flatten(0, -2), final, *torch.autograd.grad(loss, inputs)

    for actual, expected in zip(run(kernel), run("off"), strict=True):
        assert torch.equal(actual, expected)


@pytest.mark.parametrize("kernel", [*KERNELS, "off"])
@pytest.mark.parametrize("cell", CELLS)
def test_without_states_the_final_ones_and_their_gradients_are_the_same(cell, kernel):
    rnn = make_rnn(cell, 2, 5, num_layers=2, bidirectional=True)
    lengths = draw_lengths(11, 7, seed=0)
    x = clear_absent_steps(draw(11, 7, 2), lengths).requires_grad_()
    for given_lengths in (None, lengths):
        results = []
        for wants_states in (True, False):
            states, final, _ = run_with(
                kernel, rnn, x, given_lengths, wants_states=wants_states
            )
            gradients = torch.autograd.grad(
                final.square().sum(), [x, *rnn.parameters()]
            )
            results.append([final, *gradients])
        assert states is None or kernel == "off" or (cell, kernel) == ("lstm", "torch")
        for one, other in zip(*results, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", ["rnn_tanh", "gru"])
def test_dropout_stands_between_layers_and_nowhere_else(cell, kernel):
    rnn = make_rnn(cell, 2, 5, num_layers=2, dropout=0.5)
    first, second = make_rnn(cell, 2, 5), make_rnn(cell, 5, 5)
    first.load_state_dict({k: v for k, v in rnn.state_dict().items() if "l0" in k})
    second.load_state_dict(
        {k.replace("l1", "l0"): v for k, v in rnn.state_dict().items() if "l1" in k}
    )
    x = draw(9, 6, 2)
    torch.manual_seed(3)
    states, final, _ = run_with(kernel, rnn.train(), x)
    below, _, _ = run_with(kernel, first, x)
    torch.manual_seed(3)  # a generator that starts anew draws the same mask
    expected = run_with(kernel, second, nn.functional.dropout(below, 0.5))
    assert torch.equal(states, expected[0])
    assert torch.equal(final, expected[1])
    calm = run_with(kernel, rnn.eval(), x)[0]
    assert torch.equal(calm, run_with(kernel, second, below)[0])


@pytest.mark.parametrize("kernel", [*KERNELS, "off"])
@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=10)
@given(
    rows=st.lists(st.integers(0, 11), min_size=1, max_size=20),
    n_missing=st.integers(0, 20),
    is_ragged=st.booleans(),
    relative_to=st.none() | st.integers(0, 1),
    segment_length=st.integers(1, 7),
    seed=st.integers(0, 99),
)
def test_sequences_told_by_where_they_lie_are_those_taken_out(
    cell, kernel, rows, n_missing, is_ragged, relative_to, segment_length, seed
):
    series = draw(17, 2, seed=seed)
    windows = series.unfold(0, 6, 1).transpose(1, 2)  # (12, 6, 2), overlapping
    batch = SequenceBatch(
        windows,
        torch.tensor(rows),
        draw_lengths(len(rows), 6, seed) if is_ragged else None,
        relative_to,
        len(rows) + n_missing,
        segment_length,
    )
    taken = windows[torch.tensor(rows)].clone()
    if relative_to is not None:
        taken[:, :, relative_to] -= taken[:, -1:, relative_to].clone()
    if is_ragged:
        clear_absent_steps(taken, batch.lengths)
    n_segments = math.ceil(6 / segment_length)
    taken = nn.functional.pad(taken, (0, 0, n_segments * segment_length - 6, 0))
    taken = taken.reshape(len(rows), n_segments, -1)
    lengths_in_segments = None
    if is_ragged:
        lengths_in_segments = (batch.lengths / segment_length).ceil().long()
    rnn = make_rnn(cell, 2 * segment_length, 5, num_layers=2, bidirectional=True)
    weights = tuple(rnn.parameters())

    def run(kernel, x, lengths=None):
        states, final, present = run_with(kernel, rnn, x, lengths)
        n_samples = len(final)
        states, final = states[: len(rows)], final[: len(rows)]
        if present is not None:
            states = states[present[: len(rows), :, 0]]
        loss = states.square().sum() + final.sum()
        results = [states.flatten(0, -2), final, *torch.autograd.grad(loss, weights)]
        return n_samples, {str(i): result for i, result in enumerate(results)}

    n_samples, actual = run(kernel, batch)
    _, expected = run("off", taken, lengths_in_segments)
    assert n_samples == len(rows) + n_missing
    assert_close(actual, expected, 1e-10)


# -------------------------------------------------------------------------- state dicts


@pytest.mark.parametrize("kernel", [*KERNELS, "off"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_state_dict_moves_between_our_module_and_torchs(cell, bidirectional, kernel):
    torch.manual_seed(0)
    ours = RecurrentModule(
        cell, 2, 3, 6, 4, 2, bidirectional, 0.0, "last", "auto"
    ).double()
    options = {"num_layers": 2, "bidirectional": bidirectional}
    name = "rnn_tanh" if cell == "rnn" else cell
    torchs = make_rnn(name, 2, 4, seed=1, **options)
    x = draw(7, 6, 2)

    def run_torchs():
        final = torchs(x)[1]
        final = final[0] if cell == "lstm" else final
        return torch.cat([*final[-2:]] if bidirectional else [final[-1]], dim=1)

    from_torch = {f"rnn.{key}": value for key, value in torchs.state_dict().items()}
    shapes = {
        key: value.shape
        for key, value in ours.state_dict().items()
        if key.startswith("rnn.")
    }
    assert shapes == {key: value.shape for key, value in from_torch.items()}
    ours.load_state_dict(ours.state_dict() | from_torch)
    expected = run_torchs()
    final = run_with(kernel, ours.rnn, x)[1]
    assert_close({"final": final.detach()}, {"final": expected.detach()}, 1e-12)

    with torch.no_grad():
        for weight in ours.rnn.parameters():
            weight.mul_(1.5)
    torchs.load_state_dict(ours.rnn.state_dict())
    assert not torch.allclose(run_torchs(), expected)
    final = run_with(kernel, ours.rnn, x)[1]
    assert_close({"final": final.detach()}, {"final": run_torchs().detach()}, 1e-12)


# --------------------------------------------------------------------- tanh and sigmoid


def scalar_states(kernel, cell, weights, values, initial=()):
    """Return the final states of cells of one unit, each after one step."""
    batch = SequenceBatch(values.reshape(-1, 1, 1))
    weights = [torch.as_tensor(w, dtype=values.dtype) for w in weights]
    direction = Direction(cell, False, wants_states=False)
    _, final = run_compiled(kernel, direction, batch, weights, initial)
    return final[0][:, 0]


def wide_range(dtype):
    """Return numbers of all sizes and both signs, 0 and denormal ones too."""
    info = np.finfo(dtype)
    tiny = np.ldexp(1.5, np.arange(info.minexp - info.nmant, -9))
    huge = np.ldexp(1.5, np.arange(4, info.maxexp))
    sizes = np.concatenate([tiny, np.linspace(0.0, 25.0, 4001), huge]).astype(dtype)
    return np.concatenate([-sizes, sizes])


DTYPES = {np.float32: torch.float32, np.float64: torch.float64}


@needs_compiled
@pytest.mark.parametrize("kernel", instruction_sets())
@pytest.mark.parametrize("dtype", DTYPES)
def test_tanh_is_accurate_to_a_few_units_in_the_last_place(dtype, kernel):
    x = np.append(wide_range(dtype), [-np.inf, np.inf]).astype(dtype)
    # h = tanh(1 x + 0 h)
    weights = [[[1.0]], [[0.0]], [0.0], [0.0]]
    actual = scalar_states(kernel, "rnn_tanh", weights, torch.from_numpy(x)).numpy()
    expected = np.tanh(x.astype(np.longdouble))
    assert actual.dtype == dtype
    assert np.abs(actual).max() <= 1.0
    units = np.spacing(np.abs(expected.astype(dtype)))
    assert (np.abs(actual - expected) / units).max() < 5
    np.testing.assert_array_equal(np.signbit(actual[x != 0]), np.signbit(x[x != 0]))


@needs_compiled
@pytest.mark.parametrize("kernel", instruction_sets())
@pytest.mark.parametrize("dtype", DTYPES)
def test_sigmoid_is_accurate_to_a_few_units_in_the_last_place(dtype, kernel):
    x = wide_range(dtype)
    # n = tanh(0), h = (1 - z) n + z h_0 = z
    w_ih = [[0.0], [1.0], [0.0]]
    weights = [w_ih, [[0.0]] * 3, [0.0] * 3, [0.0] * 3]
    start = torch.ones(len(x), 1, dtype=DTYPES[dtype])
    values = torch.from_numpy(x)
    actual = scalar_states(kernel, "gru", weights, values, [start]).numpy()
    with np.errstate(over="ignore"):
        expected = 1 / (1 + np.exp(-x.astype(np.longdouble)))
    eps = np.finfo(dtype).eps
    assert np.abs(actual - expected).max() < 2 * eps
    # Where 1 - sigmoid is rounded away, the rest of sigmoid is too.
    at_work = x > np.log(eps)
    error = np.abs(actual[at_work] / expected[at_work] - 1)
    assert error.max() < 8 * eps
    assert actual.min() >= 0
    assert actual.max() <= 1


@needs_compiled
@pytest.mark.parametrize("kernel", instruction_sets())
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gates_that_are_shut_or_open_together_stay_accurate(cell, dtype, kernel):
    # Gates may share a division: every mixture of small and huge denominators.
    sums = [-1e30, -700.0, -90.0, -20.0, -1.0, 0.0, 1.0, 20.0, 90.0, 1e30]
    n_gates = 3 if cell == "gru" else 4
    x = torch.cartesian_prod(*[torch.tensor(sums, dtype=torch.float64)] * n_gates)
    rnn = make_rnn(cell, n_gates, 1)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(torch.eye(n_gates))
        for weight in (rnn.weight_hh_l0, rnn.bias_ih_l0, rnn.bias_hh_l0):
            weight.zero_()
    initial = draw_initial(cell, len(x), 1)
    start = tuple(state[None] for state in initial)
    _, expected = rnn(x[:, None], start if cell == "lstm" else start[0])
    expected = expected if cell == "lstm" else (expected,)
    _, actual = run_compiled(
        kernel,
        Direction(cell, False, wants_states=False),
        SequenceBatch(x[:, None].to(dtype)),
        [weight.to(dtype) for weight in rnn.parameters()],
        [state.to(dtype) for state in initial],
    )
    for one, other in zip(actual, expected, strict=True):
        difference = (one.double() - other[0]).abs().max().item()
        assert difference < 30 * torch.finfo(dtype).eps


@pytest.mark.parametrize("kernel", [*KERNELS, "off"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cell", CELLS)
def test_nan_in_a_sequence_or_a_weight_shows_in_the_states(cell, dtype, kernel):
    x = draw(20, 6, 2, dtype=dtype)
    x[3, 2, 1] = math.nan
    rnn = make_rnn(cell, 2, 5, dtype=dtype)
    states, final, _ = run_with(kernel, rnn, x)
    assert final[3].isnan().all()
    assert states[3, 2:].isnan().all()
    assert not states[3, :2].isnan().any()
    others = torch.arange(20) != 3
    assert not states[others].isnan().any()
    with torch.no_grad():
        rnn.weight_hh_l0[0, 0] = math.nan
    states, final, _ = run_with(kernel, rnn, draw(20, 6, 2, dtype=dtype))
    assert final.isnan().any(dim=1).all()
    final.sum().backward()
    assert rnn.weight_ih_l0.grad.isnan().any()


# --------------------------------------------------------------------------- saturation


@pytest.mark.parametrize("size", [1e4, 1e30])
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cell", ["rnn_tanh", "gru", "lstm"])
def test_huge_inputs_give_finite_states_and_gradients(cell, dtype, kernel, size):
    rnn = make_rnn(cell, 2, 5, dtype=dtype)
    x = (size * draw(19, 30, 2, dtype=dtype)).requires_grad_()
    states, final, _ = run_with(kernel, rnn, x)
    assert states.isfinite().all()
    assert states.abs().max() <= 1
    gradients = torch.autograd.grad(final.sum() + states.sum(), [x, *rnn.parameters()])
    assert all(gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("is_ragged", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("n_samples", [1, 5])
def test_lanes_without_a_sample_never_leak_into_gradients(
    n_samples, bidirectional, is_ragged, kernel
):
    # Whatever starts from zeros explodes over 50 steps; a given state dies out.
    # Where nothing comes in, states explode within 50 steps.
    rnn = make_rnn("rnn_relu", 1, 2, bidirectional=bidirectional)
    with torch.no_grad():
        for name, weight in rnn.named_parameters():
            weight.fill_(1.0)
            if "weight_hh" in name:
                weight.copy_(1e20 * torch.eye(2))
    # A step lets the state live, the next one ends it.
    x = draw(n_samples, 50, 1).abs()
    x[:, ::2] = -1e30
    lengths = torch.arange(30, 30 + n_samples) if is_ragged else None
    expected = results_and_gradients("off", rnn, x, lengths)
    assert all(tensor.isfinite().all() for tensor in expected.values())
    actual = results_and_gradients(kernel, rnn, x, lengths)
    assert_close(actual, expected, 1e-10)


@pytest.mark.parametrize("kernel", KERNELS)
def test_states_that_overflow_do_so_in_their_own_rows_only(kernel):
    rnn = make_rnn("rnn_relu", 1, 1)
    with torch.no_grad():
        rnn.weight_ih_l0.fill_(1.0)
        rnn.weight_hh_l0.fill_(1e10)
        rnn.bias_ih_l0.zero_()
        rnn.bias_hh_l0.zero_()
    x = torch.full((7, 50, 1), -1.0, dtype=torch.float64)
    x[4] = 1.0
    x.requires_grad_()
    _, final, _ = run_with(kernel, rnn, x)
    calm = torch.arange(7) != 4
    assert (final[4] == math.inf).all()
    assert (final[calm] == 0).all()
    (gradient,) = torch.autograd.grad(final.sum(), x)
    assert (gradient[calm] == 0).all()
