"""Runs of recurrent layers through our kernels and through torch's own modules."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from sklearn_rnn._kernels import layers as _layers
from sklearn_rnn._kernels.choice import instruction_sets
from sklearn_rnn._kernels.layers import run_layers

CELLS = ["rnn_tanh", "rnn_relu", "gru", "lstm"]


# The LSTM of the plain-torch kernel is torch's own.
KERNELS = [*instruction_sets(), "torch"]


needs_compiled = pytest.mark.skipif(
    not instruction_sets(), reason="the compiled kernel was not built"
)


def draw(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=dtype)


def make_rnn(cell, n_features, n_hidden, *, seed=0, dtype=torch.float64, **options):
    """Return torch's module for a cell; its weights hold what torch draws."""
    torch.manual_seed(seed)
    if cell.startswith("rnn"):
        options["nonlinearity"] = cell.removeprefix("rnn_")
    layer = {"gru": nn.GRU, "lstm": nn.LSTM}.get(cell, nn.RNN)
    return layer(n_features, n_hidden, batch_first=True, dtype=dtype, **options)


def draw_lengths(n_samples, n_steps, seed):
    lengths = np.random.default_rng(seed).integers(1, n_steps + 1, n_samples)
    return torch.from_numpy(lengths)


def run_with(kernel, rnn, x, lengths=None, **options):
    """Run all layers through the kernel of that name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKLEARN_RNN_KERNEL", kernel)
        # Plain torch is right for large batches too, if not fast.
        patch.setattr(_layers, "_MOST_STATES_THROUGH_TIME", math.inf)
        return run_layers(rnn, x, lengths, **options)


def results_and_gradients(kernel, rnn, x, lengths=None, seed=1):
    """Return present states, final states and the gradients of a loss of both."""
    x = x.clone().requires_grad_()
    states, final, present = run_with(kernel, rnn, x, lengths)
    if present is not None:  # kernels put the present steps at different places
        states = states[present[:, :, 0]]
    states = states.flatten(0, -2)  # (n_present, n_states), by sample, then by step
    dtype = states.dtype
    loss = (states * draw(*states.shape, seed=seed).to(dtype)).sum()
    loss = loss + (final * draw(*final.shape, seed=seed + 1).to(dtype)).sum()
    weights = dict(rnn.named_parameters())
    gradients = torch.autograd.grad(loss, [x, *weights.values()])
    named = dict(zip(["x", *weights], gradients, strict=True))
    return {"states": states.detach(), "final": final.detach()} | named


def assert_close(actual, expected, tolerance):
    """Compare tensors by name, each by its largest number.

    Beside it stands the rounding of 1 - h * h, all that is left where tanh is flat.
    """
    assert actual.keys() == expected.keys()
    for name, wanted in expected.items():
        assert actual[name].shape == wanted.shape, name
        difference = (actual[name].double() - wanted.double()).abs().max().item()
        rounding = 10 * torch.finfo(actual[name].dtype).eps
        assert difference <= tolerance * wanted.abs().max().item() + rounding, name


def draw_initial(cell, n_samples, n_hidden, seed=0, dtype=torch.float64):
    n_initial = 2 if cell == "lstm" else 1
    return [
        draw(n_samples, n_hidden, seed=seed + i, dtype=dtype) for i in range(n_initial)
    ]
