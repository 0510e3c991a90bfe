"""One call of the kernels: initial states, gradients and the graph."""

import copy
import math
from dataclasses import replace
from itertools import product

import pytest
import torch
from hypothesis import given, settings
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
from sklearn_rnn._kernels.through_time import run_through_time

# ----------------------------------------------------------------------- initial states


def torchs_direction(rnn, direction, x, lengths, initial):
    """Run one direction of one layer by torch's module, each sequence alone.

    Returns
    -------
    states : tensor of shape (n_samples, n_steps, n_hidden)
        0 where absent.
    final : list of tensors of shape (n_samples, n_hidden)
    """
    n_samples, n_steps, _ = x.shape
    rows, finals = [], []
    for row in range(n_samples):
        n_absent = 0 if lengths is None else n_steps - lengths[row].item()
        steps = x[row : row + 1, n_absent:]
        start = tuple(state[None, row : row + 1] for state in initial)
        if direction.is_reverse:
            steps = steps.flip(1)
        states, final = rnn(steps, start if len(start) == 2 else start[0])
        if direction.is_reverse:
            states = states.flip(1)
        rows.append(nn.functional.pad(states[0], (0, 0, n_absent, 0)))
        final = final if isinstance(final, tuple) else (final,)
        finals.append([state[0, 0] for state in final])
    return torch.stack(rows), [torch.stack(f) for f in zip(*finals, strict=True)]


@needs_compiled
@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=15)
@given(
    n_samples=st.one_of(st.integers(1, 5), st.sampled_from([16, 17, 33])),
    n_steps=st.integers(1, 12),
    n_features=st.integers(1, 9),
    n_hidden=st.integers(1, 40),
    is_ragged=st.booleans(),
    is_reverse=st.booleans(),
    seed=st.integers(0, 999),
)
def test_initial_and_cell_states_and_their_gradients_are_torchs(
    cell, n_samples, n_steps, n_features, n_hidden, is_ragged, is_reverse, seed
):
    rnn = make_rnn(cell, n_features, n_hidden, seed=seed)
    x = draw(n_samples, n_steps, n_features, seed=seed) / math.sqrt(n_features)
    x.requires_grad_()
    initial = [
        state.requires_grad_()
        for state in draw_initial(cell, n_samples, n_hidden, seed=seed + 1)
    ]
    lengths = draw_lengths(n_samples, n_steps, seed) if is_ragged else None
    direction = Direction(cell, is_reverse, wants_states=True)
    wanted = [x, *initial, *rnn.parameters()]

    def with_gradients(states, final):
        results = [states, *final]
        loss = sum(
            (result * draw(*result.shape, seed=seed + i)).sum()
            for i, result in enumerate(results)
        )
        tensors = [*results, *torch.autograd.grad(loss, wanted)]
        return {str(i): tensor.detach() for i, tensor in enumerate(tensors)}

    expected = with_gradients(*torchs_direction(rnn, direction, x, lengths, initial))
    for kernel in instruction_sets():
        actual = run_compiled(
            kernel,
            direction,
            SequenceBatch(x, lengths=lengths),
            tuple(rnn.parameters()),
            initial,
        )
        assert_close(with_gradients(*actual), expected, 1e-10)


@needs_compiled
@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_goes_on_where_its_first_part_ended(cell):
    rnn, x = make_rnn(cell, 2, 9), draw(19, 8, 2)
    direction, weights = Direction(cell, False, True), tuple(rnn.parameters())

    def run(kernel, part, initial=()):
        return run_compiled(kernel, direction, SequenceBatch(part), weights, initial)

    for kernel in instruction_sets():
        whole, end = run(kernel, x)
        first, middle = run(kernel, x[:, :5])
        second, same_end = run(kernel, x[:, 5:], middle)
        assert torch.equal(whole, torch.cat([first, second], dim=1))
        for one, other in zip(end, same_end, strict=True):
            assert torch.equal(one, other)


# ----------------------------------------------------------------------------- segments


@needs_compiled
@pytest.mark.parametrize("cell", CELLS)
@settings(deadline=None, max_examples=20)
@given(
    n_samples=st.one_of(st.integers(1, 5), st.sampled_from([16, 17, 33])),
    n_steps=st.integers(1, 15),
    n_features=st.integers(1, 4),
    segment_length=st.integers(1, 17),
    n_hidden=st.integers(1, 20),
    is_ragged=st.booleans(),
    is_reverse=st.booleans(),
    relative_to=st.none() | st.just(0),
    seed=st.integers(0, 999),
)
def test_segments_and_their_gradients_are_those_of_wider_steps_in_torch(
    cell,
    n_samples,
    n_steps,
    n_features,
    segment_length,
    n_hidden,
    is_ragged,
    is_reverse,
    relative_to,
    seed,
):
    rnn = make_rnn(cell, segment_length * n_features, n_hidden, seed=seed)
    x = draw(n_samples, n_steps, n_features, seed=seed) / math.sqrt(n_features)
    x.requires_grad_()
    lengths = draw_lengths(n_samples, n_steps, seed) if is_ragged else None
    batch = SequenceBatch(x, None, lengths, relative_to, segment_length=segment_length)
    direction = Direction(cell, is_reverse, wants_states=True)

    def by_name(states, final, **wanted):
        results = [states, *final]
        loss = sum(
            (result * draw(*result.shape, seed=seed + i)).sum()
            for i, result in enumerate(results)
        )
        gradients = torch.autograd.grad(loss, list(wanted.values()))
        named = {str(i): result.detach() for i, result in enumerate(results)}
        return named | dict(zip(wanted, gradients, strict=True))

    start = [
        torch.zeros_like(state) for state in draw_initial(cell, n_samples, n_hidden)
    ]
    wide, in_segments = batch.gather_segments(), batch.lengths_in_segments
    twin = torchs_direction(rnn, direction, wide, in_segments, start)
    weights = dict(rnn.named_parameters())
    expected = by_name(*twin, x=x, **weights)
    for kernel in instruction_sets():
        given = [kernel, direction, batch, tuple(weights.values())]
        assert_close(by_name(*run_compiled(*given), x=x, **weights), expected, 1e-10)
        # In place, where no gradient reaches the sequences
        given[2] = replace(batch, values=x.detach())
        actual = by_name(*run_compiled(*given), **weights)
        assert_close(actual, {name: expected[name] for name in actual}, 1e-10)


# ---------------------------------------------------------------------------- gradcheck


@needs_compiled
@pytest.mark.parametrize("segment_length", [1, 3])
@pytest.mark.parametrize("kernel", instruction_sets())
@pytest.mark.parametrize("is_reverse", [False, True])
@pytest.mark.parametrize("is_ragged", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_gradcheck_passes_for_the_compiled_kernel(
    cell, is_ragged, is_reverse, kernel, segment_length
):
    lengths = torch.tensor([4, 1, 3]) if is_ragged else None
    direction = Direction(cell, is_reverse, wants_states=True)

    def run(x, *tensors):
        batch = SequenceBatch(x, lengths=lengths, segment_length=segment_length)
        states, final = run_compiled(kernel, direction, batch, tensors[:4], tensors[4:])
        return states, *final

    weights = make_rnn(cell, 2 * segment_length, 3).parameters()
    tensors = [draw(3, 4, 2), *weights, *draw_initial(cell, 3, 3)]
    tensors = [tensor.detach().requires_grad_() for tensor in tensors]
    assert torch.autograd.gradcheck(run, tensors)


@pytest.mark.parametrize("is_reverse", [False, True])
@pytest.mark.parametrize("is_ragged", [False, True])
@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "gru"])
def test_gradcheck_passes_for_plain_torch(cell, is_ragged, is_reverse):
    lengths = torch.tensor([4, 1, 3]) if is_ragged else None
    direction = Direction(cell, is_reverse, wants_states=True)

    def run(x, *weights):
        return run_through_time(direction, x, lengths, weights)

    tensors = [draw(3, 4, 2), *make_rnn(cell, 2, 3).parameters()]
    tensors = [tensor.detach().requires_grad_() for tensor in tensors]
    assert torch.autograd.gradcheck(run, tensors)


# --------------------------------------------------------------------- use of the graph


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_retained_graph_gives_the_same_gradients_again(cell, kernel):
    rnn, x = make_rnn(cell, 2, 5, num_layers=2), draw(20, 6, 2).requires_grad_()
    states, final, _ = run_with(kernel, rnn, x)
    loss = states.square().sum() + final.sum()
    inputs = [x, *rnn.parameters()]
    first = torch.autograd.grad(loss, inputs, retain_graph=True)
    other = torch.autograd.grad(final.sum(), inputs, retain_graph=True)
    second = torch.autograd.grad(loss, inputs)
    for one, again in zip(first, second, strict=True):
        assert torch.equal(one, again)
    assert not torch.equal(first[0], other[0])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_going_back_twice_without_retaining_fails_in_torchs_words(cell, kernel):
    rnn = make_rnn(cell, 2, 5)
    _, final, _ = run_with(kernel, rnn, draw(4, 6, 2))
    final.sum().backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        final.sum().backward()


@pytest.mark.parametrize("is_linear", [False, True])
@pytest.mark.parametrize(
    ("cell", "kernel"),
    # torch's own LSTM has a second gradient.
    sorted({*product(["rnn_tanh", "gru", "lstm"], KERNELS)} - {("lstm", "torch")}),
)
def test_a_gradient_of_a_gradient_fails_and_says_so(cell, kernel, is_linear):
    rnn, x = make_rnn(cell, 2, 5), draw(4, 6, 2).requires_grad_()
    _, final, _ = run_with(kernel, rnn, x)
    # Of a linear loss the incoming gradient is a constant.
    loss = final.sum() if is_linear else final.square().sum()

    def go_back_through_a_penalty():
        (gradient,) = torch.autograd.grad(loss, x, create_graph=True)
        (loss + gradient.square().sum()).backward()

    with pytest.raises(RuntimeError, match="gives first gradients only"):
        go_back_through_a_penalty()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("name", ["weight_ih_l0", "weight_hh_l0"])
@pytest.mark.parametrize("cell", CELLS)
def test_weights_changed_before_going_back_are_noticed(cell, name, kernel):
    rnn, x = make_rnn(cell, 2, 5), draw(4, 6, 2).requires_grad_()
    _, final, _ = run_with(kernel, rnn, x)
    with torch.no_grad():
        rnn.get_parameter(name).mul_(2.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        final.sum().backward()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("which", ["states", "final"])
@pytest.mark.parametrize("cell", ["rnn_tanh", "gru", "lstm"])
def test_states_changed_by_the_caller_change_no_gradient_unseen(cell, which, kernel):
    rnn, x = make_rnn(cell, 2, 5), draw(4, 6, 2).requires_grad_()

    def run():
        states, final, _ = run_with(kernel, rnn, x)
        return states if which == "states" else final

    (expected,) = torch.autograd.grad(2 * run().sum(), x)
    results = run()
    try:
        results.mul_(2.0)
        (actual,) = torch.autograd.grad(results.sum(), x)
    except RuntimeError as error:
        assert "inplace" in str(error)  # noqa: PT017
    else:
        torch.testing.assert_close(actual, expected)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_tensors_and_gradients_may_lie_in_memory_in_any_way(cell, kernel):
    rnn = make_rnn(cell, 3, 5)
    x = draw(18, 4, 3)
    expected = results_and_gradients(kernel, rnn, x)
    scattered = make_rnn(cell, 3, 5)
    for name, weight in scattered.named_parameters():
        # The same numbers, column by column or with gaps
        loose = weight.detach()
        if loose.ndim == 2:
            loose = loose.T.contiguous().T
        else:
            loose = torch.stack([loose, loose], dim=1)[:, 0]
        assert not loose.is_contiguous()
        setattr(scattered, name, nn.Parameter(loose))
    for strange in (
        x.transpose(0, 2).contiguous().transpose(0, 2),
        torch.stack([x, x], dim=3)[..., 1],
        x.flip(0).contiguous().flip(0).transpose(0, 1).contiguous().transpose(0, 1),
    ):
        actual = results_and_gradients(kernel, scattered, strange)
        assert_close(actual, expected, 1e-14)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_incoming_gradients_may_be_expanded_or_transposed(cell, kernel):
    rnn, x = make_rnn(cell, 3, 5), draw(18, 4, 3).requires_grad_()
    inputs = [x, *rnn.parameters()]
    states, final, _ = run_with(kernel, rnn, x)
    strange = {
        "expanded": (
            draw(5).expand_as(states),
            torch.ones((), dtype=x.dtype).expand_as(final),
        ),
        "transposed": (draw(5, 4, 18).transpose(0, 2), draw(5, 18).T),
        "with gaps": (draw(18, 4, 10)[:, :, ::2], draw(36, 5)[::2]),
    }
    for name, gradients in strange.items():
        assert not all(gradient.is_contiguous() for gradient in gradients), name
        actual = torch.autograd.grad(
            [states, final], inputs, gradients, retain_graph=True
        )
        plain = [gradient.contiguous() for gradient in gradients]
        expected = torch.autograd.grad(
            [states, final], inputs, plain, retain_graph=True
        )
        for one, other in zip(actual, expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-13, atol=1e-14, msg=name)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_of_one_tensor_is_the_same_when_others_need_none(cell, kernel):
    rnn, x = make_rnn(cell, 2, 5), draw(9, 4, 2)
    expected = results_and_gradients(kernel, rnn, x)
    del expected["states"], expected["final"]
    for name, wanted in expected.items():
        some_x, some = x.clone(), copy.deepcopy(rnn).requires_grad_(False)
        tensor = some_x if name == "x" else some.get_parameter(name)
        tensor.requires_grad_()
        states, final, _ = run_with(kernel, some, some_x)
        states = states.flatten(0, 1)
        loss = (states * draw(*states.shape, seed=1)).sum()
        loss = loss + (final * draw(*final.shape, seed=2)).sum()
        (actual,) = torch.autograd.grad(loss, tensor)
        torch.testing.assert_close(actual, wanted, rtol=1e-12, atol=1e-14, msg=name)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_without_gradients_the_results_are_the_same_and_need_none(cell, kernel):
    rnn, x = make_rnn(cell, 2, 5, num_layers=2, bidirectional=True), draw(9, 4, 2)
    lengths = draw_lengths(9, 4, seed=0)
    expected = run_with(kernel, rnn, x, lengths)
    for context in (torch.no_grad(), torch.inference_mode()):
        with context:
            actual = run_with(kernel, rnn, x, lengths)
        assert not actual[0].requires_grad
        for one, other in zip(actual, expected, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-13, atol=1e-14)
