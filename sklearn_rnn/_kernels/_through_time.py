"""Backpropagation through time of GRU and RNN in plain torch.

Torch's own modules record every small operation of every step. Here the inputs'
products of all steps are one product, as are the weights' gradients; a step forward
is few operations in place, and a step backward two: how the gates' gradients follow
from the state's is computed for all steps at once. An LSTM gains nothing: torch's own
is fused already.
"""

import torch
from torch.autograd.function import once_differentiable

__all__ = ["run_through_time"]


def run_through_time(direction, x, lengths, weights):
    """Run a GRU or RNN layer in one direction.

    Parameters
    ----------
    direction : Direction
        What to run; not an LSTM.
    x : tensor of shape (n_samples, n_steps, n_features)
        Right-aligned sequences.
    lengths : tensor of shape (n_samples,) or None
        Number of present steps; None: all are present.
    weights : sequence of 4 tensors
        ``weight_ih``, ``weight_hh``, ``bias_ih``, ``bias_hh`` in torch's layout.

    Returns
    -------
    states : tensor of shape (n_samples, n_steps, hidden_size)
        States of all steps, in the order of the steps; 0 where absent.
    final : tensor of shape (n_samples, hidden_size)
        State after the last step gone through.
    """
    steps = x.transpose(0, 1)  # (n_steps, n_samples, n_features)
    present = None
    if lengths is not None:
        numbers = torch.arange(len(steps))[:, None]
        # (n_steps, n_samples, 1)
        present = (numbers >= len(steps) - lengths)[:, :, None].to(x.dtype)
    if direction.is_reverse:
        steps = steps.flip(0)
        present = None if present is None else present.flip(0)
    function = _Gru if direction.cell == "gru" else _Rnn
    is_relu = direction.cell == "rnn_relu"
    states = function.apply(steps, present, is_relu, *weights)
    final = states[-1]
    if present is not None:
        states = states * present
    if direction.is_reverse:
        states = states.flip(0)
    return states.transpose(0, 1), final


def _hold_where_absent(h, h_before, present):
    """Keep the state before an absent step: ``h`` is changed in place."""
    if present is not None:
        h.sub_(h_before).mul_(present).add_(h_before)


def _back_through_time(d_states, factors, bypass, w_hh):
    """Go back through all steps.

    Parameters
    ----------
    d_states : tensor of shape (n_steps, n_samples, n_hidden)
        Gradients with respect to the states of all steps.
    factors : tensor of shape (n_steps, n_samples, n_gradients, n_hidden)
        What the state's gradient becomes at the gates; the last one of more than
        w_hh has is not the state's.
    bypass : tensor of shape (n_steps, n_samples, n_hidden or 1) or None
        What of it goes by the gates.
    w_hh : tensor of shape (n_gates * n_hidden, n_hidden)
        Recurrent weights.

    Returns
    -------
    d_gates : tensor of shape (n_steps, n_samples, n_gradients * n_hidden)
        Gradients with respect to the gates' sums.
    """
    n_steps, n_samples, n_gradients, n_hidden = factors.shape
    n_sums = len(w_hh)
    flat = factors.view(n_steps, n_samples, n_gradients * n_hidden)
    dh = torch.zeros_like(d_states[0])
    by = torch.empty_like(dh)
    for t in range(n_steps - 1, -1, -1):
        dh += d_states[t]
        if bypass is not None:
            torch.mul(dh, bypass[t], out=by)
        factors[t].mul_(dh[:, None])
        d_sums = flat[t, :, :n_sums]
        if bypass is None:
            torch.mm(d_sums, w_hh, out=dh)
        else:
            torch.addmm(by, d_sums, w_hh, out=dh)
    return flat


def _input_gradients(x, d_sums, w_ih, needs_x):
    """Return the gradients of the input, of its weights and of the bias."""
    flat = d_sums.reshape(-1, d_sums.shape[-1])
    d_x = (flat @ w_ih).view(x.shape) if needs_x else None
    return d_x, flat.T @ x.reshape(-1, x.shape[-1]), flat.sum(dim=0)


class _Rnn(torch.autograd.Function):
    """``h = tanh(sum)`` or ``max(sum, 0)``."""

    @staticmethod
    def forward(ctx, x, present, is_relu, w_ih, w_hh, b_ih, b_hh):
        n_steps, n_samples, _ = x.shape
        sums = torch.nn.functional.linear(x, w_ih, b_ih + b_hh)
        states = x.new_zeros(n_steps + 1, n_samples, w_hh.shape[1])
        w_hh_t = w_hh.T
        for t in range(n_steps):
            h = states[t + 1]
            torch.addmm(sums[t], states[t], w_hh_t, out=h)
            h.relu_() if is_relu else h.tanh_()
            _hold_where_absent(h, states[t], None if present is None else present[t])
        ctx.is_relu = is_relu
        ctx.save_for_backward(x, present, w_ih, w_hh, states)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx, d_states):
        x, present, w_ih, w_hh, states = ctx.saved_tensors
        h = states[1:]
        factors = (h > 0).to(h.dtype) if ctx.is_relu else 1 - h * h
        bypass = None
        if present is not None:
            factors *= present
            bypass = 1 - present
        d_sums = _back_through_time(d_states, factors.unsqueeze(2), bypass, w_hh)
        d_x, d_w_ih, d_b = _input_gradients(x, d_sums, w_ih, ctx.needs_input_grad[0])
        d_w_hh = d_sums.flatten(0, 1).T @ states[:-1].flatten(0, 1)
        return d_x, None, None, d_w_ih, d_w_hh, d_b, d_b


class _Gru(torch.autograd.Function):
    """``n = tanh(n_x + r n_h)`` and ``h = (1 - z) n + z h_before``."""

    @staticmethod
    def forward(ctx, x, present, _, w_ih, w_hh, b_ih, b_hh):
        n_steps, n_samples, _ = x.shape
        n_hidden = w_hh.shape[1]
        # (n_steps, n_samples, 3 * n_hidden): r, z and n in place of their sums
        gates = torch.nn.functional.linear(x, w_ih, b_ih)
        states = x.new_zeros(n_steps + 1, n_samples, n_hidden)
        n_h = x.new_empty(n_steps, n_samples, n_hidden)
        w_hh_t = w_hh.T
        sums = x.new_empty(n_samples, 3 * n_hidden)
        of_rz, of_n = sums[:, : 2 * n_hidden], sums[:, 2 * n_hidden :]
        for t in range(n_steps):
            torch.addmm(b_hh, states[t], w_hh_t, out=sums)
            rz = gates[t, :, : 2 * n_hidden].add_(of_rz).sigmoid_()
            r, z = rz[:, :n_hidden], rz[:, n_hidden:]
            n_h[t] = of_n
            n = gates[t, :, 2 * n_hidden :].addcmul_(r, of_n).tanh_()
            torch.lerp(n, states[t], z, out=states[t + 1])
            _hold_where_absent(
                states[t + 1], states[t], None if present is None else present[t]
            )
        ctx.save_for_backward(x, present, w_ih, w_hh, states, gates, n_h)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx, d_states):
        x, present, w_ih, w_hh, states, gates, n_h = ctx.saved_tensors
        n_hidden = w_hh.shape[1]
        r, z, n = gates.chunk(3, dim=2)
        bypass = z
        # Gradients of r, z, the state's part of n, and the input's part of n
        factors = x.new_empty(*r.shape[:2], 4, n_hidden)
        f_r, f_z, f_n_h, f_n_x = factors.unbind(dim=2)
        torch.mul(1 - z, 1 - n * n, out=f_n_x)
        torch.mul(f_n_x, r, out=f_n_h)
        torch.mul(f_n_h, (1 - r).mul_(n_h), out=f_r)
        torch.mul(states[:-1] - n, z * (1 - z), out=f_z)
        if present is not None:
            factors *= present.unsqueeze(2)
            bypass = 1 - present * (1 - z)
        d_gates = _back_through_time(d_states, factors, bypass, w_hh)
        d_hidden = d_gates[:, :, : 3 * n_hidden].flatten(0, 1)
        d_input = torch.cat(
            (d_gates[:, :, : 2 * n_hidden], d_gates[:, :, 3 * n_hidden :]), dim=2
        )
        d_x, d_w_ih, d_b_ih = _input_gradients(
            x, d_input, w_ih, ctx.needs_input_grad[0]
        )
        d_w_hh = d_hidden.T @ states[:-1].flatten(0, 1)
        return d_x, None, None, d_w_ih, d_w_hh, d_b_ih, d_hidden.sum(dim=0)
