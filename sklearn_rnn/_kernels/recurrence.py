"""One recurrent layer in one direction, as torch functions with gradients."""

from dataclasses import replace
from typing import NamedTuple

import torch

from .choice import compiled

__all__ = ["Direction", "Pass", "refuse_second_gradients", "run_compiled"]


class Direction(NamedTuple):
    """Description of one layer in one direction, without its weights.

    Parameters
    ----------
    cell : {"rnn_tanh", "rnn_relu", "gru", "lstm"}
        Kind of recurrence.
    is_reverse : bool
        Whether to go from the last step to the first.
    wants_states : bool
        Whether to return the states of all steps, or only the final state.
    """

    cell: str
    is_reverse: bool
    wants_states: bool


def run_compiled(kernel, direction, batch, weights, initial=(), n_threads=1):
    """Run a layer in one direction through the compiled kernel.

    Parameters
    ----------
    kernel : str
        Name of an instruction set.
    direction : Direction
        The layer and its direction.
    batch : SequenceBatch
        Sequences, float32 or float64, on the CPU; their segments are the steps.
    weights : sequence of 4 tensors
        ``weight_ih``, ``weight_hh``, ``bias_ih``, ``bias_hh`` in torch's layout.
    initial : sequence of tensors of shape (n_samples, hidden_size), default=()
        Initial state, and for an LSTM its cell; empty: zeros.
    n_threads : int, default=1
        Threads that share the samples; the result does not depend on it.

    Returns
    -------
    states : tensor of shape (n_samples, n_segments, hidden_size) or None
        States of all steps, in the order of the steps; 0 where absent.
    final : tuple of tensors of shape (n_samples, hidden_size)
        State after the last step in this direction, and for an LSTM its cell.
    """
    if batch.values.requires_grad and (batch.rows, batch.relative_to) != (None, None):
        batch = replace(batch, values=batch.gather(), rows=None, relative_to=None)
    tensors = [tensor.contiguous() for tensor in (*weights, *initial)]
    call = _Call(kernel, direction, batch, n_threads)
    if torch.is_grad_enabled() and (
        batch.values.requires_grad or any(t.requires_grad for t in tensors)
    ):
        states, *final = _Recurrence.apply(call, batch.values, *tensors)
    else:
        states, *final = call.forward(tensors, keeps_pass=False)[0]
    return states, tuple(final)


class _Call:
    """One call of the kernel, without its tensors."""

    def __init__(self, kernel, direction, batch, n_threads):
        self.kernel = kernel
        self.direction = direction
        self.batch = batch
        self.starts = batch.starts
        self.n_threads = n_threads

    def forward(self, tensors, *, keeps_pass):
        """Return (states, h_n[, c_n]), and the record that backward needs."""
        batch, direction = self.batch, self.direction
        w_hh = tensors[1]
        n_samples, n_hidden = len(batch), w_hh.shape[1]
        states = None
        if direction.wants_states:
            states = w_hh.new_empty(n_samples, batch.n_segments, n_hidden)
        n_final = 2 if direction.cell == "lstm" else 1
        final = [w_hh.new_empty(n_samples, n_hidden) for _ in range(n_final)]
        one_pass = compiled().forward(
            self.kernel,
            direction.cell,
            batch.values.detach().numpy(),
            _numbers(batch.rows),
            _numbers(self.starts),
            -1 if batch.relative_to is None else batch.relative_to,
            *[weight.detach().numpy() for weight in tensors[:4]],
            *_two([state.detach().numpy() for state in tensors[4:]]),
            direction.is_reverse,
            _array(states),
            *_two([state.numpy() for state in final]),
            keeps_pass,
            self.n_threads,
            batch.segment_length,
        )
        return (states, *final), one_pass


class Pass:
    """A pass over a batch outside of torch's graph, and its gradient.

    Parameters
    ----------
    kernel, direction, batch, n_threads
        As in `run_compiled`; no gradient reaches the sequences.
    weights : sequence of 4 tensors
        As in `run_compiled`, without gaps.

    Attributes
    ----------
    final
        As `run_compiled` returns it.
    """

    def __init__(self, kernel, direction, batch, weights, n_threads=1):
        self._call = _Call(kernel, direction, batch, n_threads)
        self._weights = weights
        results, self._one_pass = self._call.forward(weights, keeps_pass=True)
        _, *self.final = results

    def backward(self, d_final, d_weights):
        """Write the gradient of the weights that belongs to that of the final state.

        Parameters
        ----------
        d_final : tensor of shape (n_samples, hidden_size)
            Gradient of the state after the last step.
        d_weights : tensor of shape (n_weights,)
            Overwritten: the gradients of the four weights, flat, in their order.
        """
        w_ih, w_hh = self._weights[:2]
        compiled().backward(
            self._one_pass,
            _numbers(self._call.starts),
            w_ih.detach().numpy(),
            w_hh.detach().numpy(),
            None,
            _array(d_final),
            None,
            _array(d_weights),
            *(None, None, None),  # no gradient of sequences and initial states
            self._call.n_threads,
        )


def _array(tensor):
    """Return a tensor's memory as an array, the cheapest form for the kernel."""
    return None if tensor is None else tensor.numpy()


def _numbers(tensor):
    """Return row or step numbers as an array without gaps."""
    return None if tensor is None else tensor.contiguous().numpy()


def refuse_second_gradients():
    """Raise where backward has to build a graph of its own."""
    if torch.is_grad_enabled():
        raise RuntimeError(
            "This recurrence gives first gradients only, and create_graph=True asks "
            "for more; torch's own modules, which may give them, run where the "
            "environment variable SKLEARN_RNN_KERNEL is off."
        )


def _two(values):
    """Return two values, with None for missing ones."""
    return (*values, None, None)[:2]


class _Recurrence(torch.autograd.Function):
    """The kernel, with its gradient.

    Backward only reads the pass, so that a retained graph can be used again.
    """

    @staticmethod
    def forward(ctx, call, x, *tensors):
        results, ctx.one_pass = call.forward(tensors, keeps_pass=True)
        # The call is not kept: backward does not need its sequences.
        ctx.starts, ctx.n_threads = call.starts, call.n_threads
        ctx.x_shape, ctx.n_samples = x.shape, len(call.batch)
        ctx.save_for_backward(*tensors[:2])
        ctx.set_materialize_grads(False)
        return results

    @staticmethod
    def backward(ctx, d_states, d_h_n, d_c_n=None):
        refuse_second_gradients()
        w_ih, w_hh = ctx.saved_tensors
        sizes = [w_ih.numel(), w_hh.numel(), len(w_ih), len(w_ih)]
        d_weights = w_hh.new_empty(sum(sizes))
        n_samples, n_hidden = ctx.n_samples, w_hh.shape[1]
        _, needs_x, *needs = ctx.needs_input_grad
        d_x = w_hh.new_empty(ctx.x_shape) if needs_x else None
        d_initial = [
            w_hh.new_empty(n_samples, n_hidden) if is_needed else None
            for is_needed in needs[4:]
        ]
        compiled().backward(
            ctx.one_pass,
            _numbers(ctx.starts),
            w_ih.detach().numpy(),
            w_hh.detach().numpy(),
            _array(d_states),
            _array(d_h_n),
            _array(d_c_n),
            _array(d_weights),
            _array(d_x),
            *_two([_array(d_state) for d_state in d_initial]),
            ctx.n_threads,
        )
        d_w_ih, d_w_hh, d_b_ih, d_b_hh = d_weights.split(sizes)
        return (
            None,
            d_x,
            d_w_ih.view_as(w_ih),
            d_w_hh.view_as(w_hh),
            d_b_ih,
            d_b_hh,
            *d_initial,
        )
