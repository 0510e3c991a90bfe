"""Backpropagation through time of GRU and RNN in plain torch.

Torch's own modules record every small operation of every step. Here the products with
the inputs of all steps are a single product, and so are the gradients of the weights. A
step forward is a few operations in place. A step backward is two, because the factors
from the gradient of the state to the gradients of the gates are computed for all steps
at once. An LSTM would gain nothing: torch's own LSTM is fused.
"""

import torch

from .recurrence import refuse_second_gradients

__all__ = ["run_through_time"]


def run_through_time(direction, x, lengths, weights):
    """Run a GRU or RNN layer in one direction.

    Parameters
    ----------
    direction : Direction
        The layer, not an LSTM, and its direction.
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
        State after the last step in this direction.
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
    states, final = function.apply(steps, present, is_relu, *weights)
    if present is not None:
        states = states * present
    if direction.is_reverse:
        states = states.flip(0)
    return states.transpose(0, 1), final


def _hold_where_absent(h, h_before, present):
    """Keep the state before an absent step: ``h`` is changed in place."""
    h.sub_(h_before).mul_(present).add_(h_before)


def _back_through_time(d_states, d_final, factors, bypass, w_hh):
    """Go back through all steps.

    Parameters
    ----------
    d_states : tensor of shape (n_steps, n_samples, n_hidden) or None
        Gradients with respect to the states of all steps.
    d_final : tensor of shape (n_samples, n_hidden) or None
        Gradient with respect to the final state.
    factors : tensor of shape (n_steps, n_samples, n_gradients, n_hidden)
        Factors of the gradient of the state, for each gradient of the gates; first the
        factors of gradients that reach the state before. Overwritten.
    bypass : tensor of shape (n_steps, n_samples, n_hidden or 1) or None
        Fraction of the gradient of the state that bypasses the gates.
    w_hh : tensor of shape (n_gates * n_hidden, n_hidden)
        Recurrent weights.

    Returns
    -------
    d_gates : tensor of shape (n_steps, n_samples, n_gradients * n_hidden)
        Gradients with respect to the gates' sums.
    """
    d_gates = factors.flatten(2)
    dh = torch.zeros_like(factors[0, :, 0])
    if d_final is not None:
        dh += d_final
    dh_of_gates = dh.unsqueeze(1)
    to_state = d_gates[:, :, : len(w_hh)].unbind()
    factors, by = factors.unbind(), torch.empty_like(dh)
    # Indexing single steps would cost as much as computing on them.
    d_states = None if d_states is None else d_states.unbind()
    bypass = None if bypass is None else bypass.unbind()
    for t in range(len(factors) - 1, -1, -1):
        if d_states is not None:
            dh += d_states[t]
        factors[t].mul_(dh_of_gates)
        if bypass is None:
            torch.mm(to_state[t], w_hh, out=dh)
        else:
            torch.mul(dh, bypass[t], out=by)
            torch.addmm(by, to_state[t], w_hh, out=dh)
    return d_gates


def _input_gradients(x, d_sums, w_ih, needs_x):
    """Return the gradients of the input, of its weights and of the bias."""
    flat = d_sums.reshape(-1, d_sums.shape[-1])
    d_x = (flat @ w_ih).view(x.shape) if needs_x else None
    return d_x, flat.T @ x.reshape(-1, x.shape[-1]), flat.sum(dim=0)


class _Rnn(torch.autograd.Function):
    """``h = tanh(sum)`` or ``max(sum, 0)``.

    The sigmoid of torch takes a quarter of the time of its tanh. A step therefore
    computes ``u = sigmoid(2 sum)``, and the weights absorb ``h = 2 u - 1``: from
    ``sum = a + W h`` follows ``2 sum = 2 (a - W 1) + 4 W u``.
    """

    @staticmethod
    def forward(ctx, x, present, is_relu, w_ih, w_hh, b_ih, b_hh):
        n_steps, n_samples, _ = x.shape
        bias, weight = b_ih + b_hh, w_hh.T
        if not is_relu:
            bias, weight = bias - w_hh.sum(dim=1), 4 * weight
        sums = torch.nn.functional.linear(x, w_ih, bias)
        if not is_relu:
            sums *= 2
        states = x.new_full(
            (n_steps + 1, n_samples, len(weight)), 0.0 if is_relu else 0.5
        )
        h, sums = states.unbind(), sums.unbind()
        for t in range(n_steps):
            torch.addmm(sums[t], h[t], weight, out=h[t + 1])
            h[t + 1].relu_() if is_relu else h[t + 1].sigmoid_()
            if present is not None:
                _hold_where_absent(h[t + 1], h[t], present[t])
        if not is_relu:
            states.mul_(2).sub_(1)
        ctx.is_relu = is_relu
        ctx.save_for_backward(x, present, w_ih, w_hh, states)
        ctx.set_materialize_grads(False)
        return states[1:], h[-1].clone()

    @staticmethod
    def backward(ctx, d_states, d_final):
        refuse_second_gradients()
        x, present, w_ih, w_hh, states = ctx.saved_tensors
        h = states[1:]
        # As in torch, the gradient passes through a state that is NaN.
        factors = (~(h <= 0)).to(h.dtype) if ctx.is_relu else 1 - h * h
        bypass = None
        if present is not None:
            factors *= present
            bypass = 1 - present
        d_sums = _back_through_time(
            d_states, d_final, factors.unsqueeze(2), bypass, w_hh
        )
        d_x, d_w_ih, d_b = _input_gradients(x, d_sums, w_ih, ctx.needs_input_grad[0])
        d_w_hh = d_sums.flatten(0, 1).T @ states[:-1].flatten(0, 1)
        return d_x, None, None, d_w_ih, d_w_hh, d_b, d_b


class _Gru(torch.autograd.Function):
    """``n = tanh(n_x + r n_h)`` and ``h = (1 - z) n + z h_before``."""

    @staticmethod
    def forward(ctx, x, present, _, w_ih, w_hh, b_ih, b_hh):
        n_steps, n_samples, _ = x.shape
        n_hidden = w_hh.shape[1]
        # (n_steps, n_samples, 3 * n_hidden): first the input's sums, then r, z and n
        gates = torch.nn.functional.linear(x, w_ih, b_ih)
        of_state = x.new_empty(gates.shape)
        states = x.new_zeros(n_steps + 1, n_samples, n_hidden)
        sums, h, w_hh_t = of_state.unbind(), states.unbind(), w_hh.T
        rz_h, n_h = of_state[:, :, : 2 * n_hidden], of_state[:, :, 2 * n_hidden :]
        rz, n = gates[:, :, : 2 * n_hidden], gates[:, :, 2 * n_hidden :]
        r, z = rz.chunk(2, dim=2)
        each_step = zip(
            *(part.unbind() for part in (rz, rz_h, r, z, n, n_h)), strict=True
        )
        for t, (rz_t, rz_h_t, r_t, z_t, n_t, n_h_t) in enumerate(each_step):
            torch.addmm(b_hh, h[t], w_hh_t, out=sums[t])
            rz_t.add_(rz_h_t).sigmoid_()
            n_t.addcmul_(r_t, n_h_t).tanh_()
            torch.lerp(n_t, h[t], z_t, out=h[t + 1])
            if present is not None:
                _hold_where_absent(h[t + 1], h[t], present[t])
        ctx.save_for_backward(x, present, w_ih, w_hh, states, gates, n_h)
        ctx.set_materialize_grads(False)
        return states[1:], h[-1].clone()

    @staticmethod
    def backward(ctx, d_states, d_final):
        refuse_second_gradients()
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
        d_gates = _back_through_time(d_states, d_final, factors, bypass, w_hh)
        d_hidden = d_gates[:, :, : 3 * n_hidden].flatten(0, 1)
        d_input = torch.cat(
            (d_gates[:, :, : 2 * n_hidden], d_gates[:, :, 3 * n_hidden :]), dim=2
        )
        d_x, d_w_ih, d_b_ih = _input_gradients(
            x, d_input, w_ih, ctx.needs_input_grad[0]
        )
        d_w_hh = d_hidden.T @ states[:-1].flatten(0, 1)
        return d_x, None, None, d_w_ih, d_w_hh, d_b_ih, d_hidden.sum(dim=0)
