"""All layers of a recurrent network, through the kernel that suits them."""

from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial

import torch
from torch import nn
from torch.nn.utils.rnn import (
    PackedSequence,
    pack_padded_sequence,
    pad_packed_sequence,
)

from sklearn_rnn._upstream.torch_private import MODULE_HOOKS

from .batch import SequenceBatch
from .choice import kernel_in_use
from .recurrence import Direction, run_compiled
from .through_time import run_through_time

__all__ = ["drop_out", "kernel_for", "run_layers"]

_DTYPES = (torch.float32, torch.float64)
_MODULES = (nn.RNN, nn.GRU, nn.LSTM)  # a subclass may compute something else

# Largest hidden size at which the compiled kernel is faster than torch's own module, as
# `python -m benchmarks sizes` measures it (with AVX-512). Torch's LSTM is fused, and
# catches up where its products fill the processor. GRU and RNN were measured up to 512,
# where the kernel was still twice as fast.
_LARGEST_HIDDEN = {"LSTM": 160, "GRU": 512, "RNN_TANH": 512, "RNN_RELU": 512}

# Backpropagation through time in torch saves calls, at the price of passes over all
# gates. It is faster up to this number of states in a batch.
_MOST_STATES_THROUGH_TIME = 8192


def drop_out(x, p, generator=None):
    """Set numbers to 0 with probability p, and multiply the others by 1 / (1 - p).

    Parameters
    ----------
    x : tensor
        Numbers.
    p : float
        Probability of each to become 0.
    generator : torch.Generator or None, default=None
        The generator of the mask; None: torch's own, which all threads share.

    Returns
    -------
    x : tensor
        The result of ``torch.nn.functional.dropout``, with the same mask if the
        generators are in the same state.
    """
    if generator is None or p == 0:
        return nn.functional.dropout(x, p)
    # The layout of x depends on the kernel; the mask must not.
    mask = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    return x * mask.bernoulli_(1 - p, generator=generator).div_(1 - p)


def run_layers(rnn, x, lengths=None, *, wants_states=True, n_threads=1, generator=None):
    """Run a recurrent network over right-aligned sequences.

    Parameters
    ----------
    rnn : torch.nn.RNN, torch.nn.GRU or torch.nn.LSTM
        Weights and sizes of the network.
    x : tensor of shape (n_samples, n_steps, n_features) or SequenceBatch
        Sequences; absent steps of a tensor hold 0. Of a batch with a `segment_length`
        the segments are the steps of the network.
    lengths : tensor of shape (n_samples,) or None, default=None
        Number of present steps of the sequences of a tensor; None: all are present. A
        batch has its own lengths.
    wants_states : bool, default=True
        Whether to return the states of all steps.
    n_threads : int, default=1
        Threads of the compiled kernel.
    generator : torch.Generator or None, default=None
        The generator of the masks of dropout between layers, which do not depend on the
        kernel; None: torch's own.

    Returns
    -------
    states : tensor of shape (n_samples, n_steps, n_directions * hidden_size) or None
        States of the last layer, in the order of the steps, where `present` is true;
        other values have no meaning.
    final : tensor of shape (n_samples, n_directions * hidden_size)
        Final state of the last layer in each direction.
    present : tensor of bool, shape (n_samples, n_steps, 1), or None
        Whether each of `states` belongs to a present step; None: all do.
    """
    if not isinstance(x, SequenceBatch):
        x = SequenceBatch(x, lengths=lengths)
    kernel = kernel_for(rnn, x)
    if kernel == "off":
        return _run_torch(rnn, x, generator)
    weights = rnn.all_weights
    if x.values.dtype not in _DTYPES:
        x = replace(x, values=x.values.to(weights[0][0].dtype))
    if kernel == "torch":
        values, lengths = _take_out(x, weights[0][0].dtype)
        x = SequenceBatch(values, lengths=lengths)
    cell = rnn.mode.lower()
    n_steps, lengths = x.n_segments, x.lengths_in_segments  # those of the network
    batch, states, final = x, [], []
    for layer in range(rnn.num_layers):
        is_last = layer == rnn.num_layers - 1
        if layer > 0:
            values = _join(states)
            if rnn.training:
                values = drop_out(values, rnn.dropout, generator)
            batch = SequenceBatch(values, lengths=lengths)
        states, final = [], []
        for is_reverse in (False, True)[: 2 if rnn.bidirectional else 1]:
            direction = Direction(cell, is_reverse, wants_states or not is_last)
            of_all, at_end = _run_direction(
                kernel, direction, batch, weights.pop(0), n_threads
            )
            states.append(of_all)
            final.append(at_end)
    present = None
    if lengths is not None and wants_states:
        is_absent = torch.arange(n_steps) < n_steps - lengths[:, None]
        # The steps of padding count as present, so that no mean divides by 0.
        present = ~x.pad(is_absent[:, :, None])
    states = x.pad(_join(states)) if wants_states else None
    return states, x.pad(_join(final)), present


def kernel_for(rnn, batch):
    """Return the kernel that runs `rnn`: the kernel in use where it suits, or "off".

    Torch's own module also runs with hooks, tracing, compilation and automatic
    precision.
    """
    kernel = kernel_in_use()
    if (
        type(rnn) not in _MODULES
        or any(getattr(rnn, hooks) for hooks in MODULE_HOOKS)
        or torch.jit.is_tracing()
        or torch.compiler.is_compiling()
        or torch.is_autocast_enabled("cpu")
    ):
        return "off"
    weight = rnn.weight_hh_l0
    suits = (
        batch.values.device.type == weight.device.type == "cpu"
        and weight.dtype in _DTYPES
        and rnn.bias
        and not rnn.proj_size
        and rnn.hidden_size <= _LARGEST_HIDDEN.get(rnn.mode, 0)
    )
    if suits and kernel == "torch":
        n_states = (batch.size or len(batch)) * rnn.hidden_size
        suits = rnn.mode != "LSTM" and n_states <= _MOST_STATES_THROUGH_TIME
    return kernel if suits else "off"


def _run_direction(kernel, direction, batch, weights, n_threads):
    """Return all states and the final states of one layer in one direction."""
    if kernel == "torch":
        return run_through_time(direction, batch.values, batch.lengths, weights)
    states, final = run_compiled(kernel, direction, batch, weights, n_threads=n_threads)
    return states, final[0]


def _take_out(batch, dtype):
    """Return the segments, padded to `batch.size`, and their numbers or None."""
    x = batch.pad(batch.gather_segments(dtype))
    lengths = batch.lengths_in_segments
    if lengths is not None:
        lengths = nn.functional.pad(lengths, (0, len(x) - len(lengths)), value=1)
    return x, lengths


def _join(directions):
    """Concatenate the tensors of both directions."""
    return directions[0] if len(directions) == 1 else torch.cat(directions, dim=-1)


def _run_torch(rnn, batch, generator):
    """Run torch's own module; see `run_layers`."""
    # A quantised module has no such weights.
    dtype = getattr(getattr(rnn, "weight_hh_l0", None), "dtype", torch.float32)
    x, lengths = _take_out(batch, dtype)
    has_masks = rnn.num_layers > 1 and rnn.dropout > 0 and rnn.training
    forward = nullcontext()
    if has_masks and generator is not None:
        # Inside the module's own call, so that its hooks run
        by_layer = partial(_run_by_layer, rnn, generator, x.shape[1])
        forward = _forward_replaced(rnn, by_layer)
    with forward:
        return _call_module(rnn, x, lengths)


@contextmanager
def _forward_replaced(rnn, forward):
    rnn.forward = forward
    try:
        yield
    finally:
        del rnn.forward


def _call_module(rnn, x, lengths):
    """Call torch's own module, or a function like it; see `run_layers`."""
    if lengths is None:
        states, final = rnn(x)
        present = None
    else:
        n_steps = x.shape[1]
        source = _shifted(n_steps, lengths).clamp(max=n_steps - 1)
        x = x.gather(1, source[:, :, None].expand(-1, -1, x.shape[2]))
        packed = pack_padded_sequence(
            x, lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        packed, final = rnn(packed)
        states, _ = pad_packed_sequence(packed, batch_first=True, total_length=n_steps)
        steps = torch.arange(n_steps, device=x.device)
        present = (steps < lengths[:, None])[:, :, None]
    if isinstance(final, tuple):  # an LSTM's, with its cell state
        final = final[0]
    # (n_layers * n_directions, n_samples, hidden) -> (n_samples, n_states)
    if rnn.bidirectional:
        return states, torch.cat((final[-2], final[-1]), dim=1), present
    return states, final[-1], present


def _shifted(n_steps, lengths):
    """Return the right-aligned place of each step of left-aligned sequences."""
    steps = torch.arange(n_steps, device=lengths.device)
    return steps + n_steps - lengths[:, None]


def _run_by_layer(rnn, generator, n_steps, x):
    """Run torch's layers one by one, with masks of our own between them.

    Parameters
    ----------
    rnn : torch.nn.RNN, torch.nn.GRU or torch.nn.LSTM
        Holds the weights.
    generator : torch.Generator
        The generator of the masks.
    n_steps : int
        Number of steps of the batch, steps that all sequences lack included.
    x : tensor or PackedSequence
        Input of torch's module, samples first.

    Returns
    -------
    states, final
        Results of torch's module.
    """
    n_directions = 2 if rnn.bidirectional else 1
    states, all_final = x, []
    for layer in range(rnn.num_layers):
        if layer > 0:
            states = _drop_states(states, n_steps, rnn.dropout, generator)
        weights = rnn.all_weights[layer * n_directions : (layer + 1) * n_directions]
        states, final = _run_layer(rnn, states, weights)
        all_final.append(final)
    if rnn.mode != "LSTM":
        return states, torch.cat(all_final)
    return states, tuple(map(torch.cat, zip(*all_final, strict=True)))


def _run_layer(rnn, x, weights):
    """Run one layer, in one or both directions, through torch's function."""
    function = getattr(torch, rnn.mode.lower())
    is_packed = isinstance(x, PackedSequence)
    data = x.data if is_packed else x
    n_samples = int(x.batch_sizes[0]) if is_packed else len(x)
    start = data.new_zeros(len(weights), n_samples, rnn.hidden_size)
    state = (start, start) if rnn.mode == "LSTM" else start
    flat = [weight for of_direction in weights for weight in of_direction]
    # has_biases, num_layers, dropout, train, bidirectional
    options = (rnn.bias, 1, 0.0, rnn.training, rnn.bidirectional)
    if is_packed:
        states, *final = function(data, x.batch_sizes, state, flat, *options)
        states = PackedSequence(states, *x[1:])
        final = [of_one.index_select(1, x.unsorted_indices) for of_one in final]
    else:
        states, *final = function(x, state, flat, *options, True)
    return states, final[0] if len(final) == 1 else tuple(final)


def _drop_states(states, n_steps, p, generator):
    """Drop states between layers, with the mask of the other kernels.

    The mask has an element for each step of right-aligned sequences, absent steps
    included.
    """
    if not isinstance(states, PackedSequence):
        return drop_out(states, p, generator)
    padded, lengths = pad_packed_sequence(
        states, batch_first=True, total_length=n_steps
    )
    mask = drop_out(torch.ones_like(padded), p, generator)
    source = _shifted(n_steps, lengths.to(mask.device)).clamp(max=n_steps - 1)
    mask = mask.gather(1, source[:, :, None].expand_as(mask))
    return pack_padded_sequence(
        padded * mask, lengths, batch_first=True, enforce_sorted=False
    )
