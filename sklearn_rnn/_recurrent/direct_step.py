"""Training steps without torch's graph, optimiser loops and dispatch around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from sklearn_rnn._kernels.batch import SequenceBatch, latest_steps
from sklearn_rnn._kernels.layers import drop_out, kernel_for
from sklearn_rnn._kernels.recurrence import Direction, Pass
from sklearn_rnn._upstream.torch_private import (
    MODULE_HOOKS,
    foreach_add_,
    fused_adam_,
    fused_adamw_,
    mse_loss_backward,
)

from .module import RecurrentModule
from .schedule import clip_gradients

if TYPE_CHECKING:
    from .net import RecurrentNet

__all__ = ["DirectStep"]

# The optimisers whose step is one call for all weights.
_FUSED = {torch.optim.Adam: fused_adam_, torch.optim.AdamW: fused_adamw_}

# Settings under which these optimisers compute something else.
_VARIANTS = ("amsgrad", "maximize", "capturable", "differentiable")


class DirectStep:
    """The training step of a plain network on the compiled kernel.

    The step computes the numbers that ``loss.backward()`` and ``optimizer.step()``
    compute, by the same operations in the same order. Networks of one layer in one
    direction that end in the last state take it, if Adam or AdamW trains them on a CPU
    and no hook or callback watches.

    Parameters
    ----------
    net : RecurrentNet
        The net; `find` tells whether the step suits it.
    kernel : str
        Name of an instruction set.
    """

    def __init__(self, net: RecurrentNet, kernel: str):
        self._module: RecurrentModule = net.module_
        self._criterion: nn.Module = net.criterion_
        self._clip_norm: float | None = net.clip_grad_norm
        self._kernel = kernel
        self._direction = Direction(self._module.rnn.mode.lower(), False, False)
        self._recurrent = self._module.rnn.all_weights[0]
        sizes = [weight.numel() for weight in self._recurrent]
        self._d_recurrent = torch.zeros(sum(sizes), dtype=torch.float32)
        parts = self._d_recurrent.split(sizes)
        self._gradients = {
            weight: part.view(weight.shape)
            for weight, part in zip(self._recurrent, parts, strict=True)
        }
        for weight in self._module.parameters():
            self._gradients.setdefault(weight, torch.zeros_like(weight))
        self._flat_gradients = [part.view(-1) for part in self._gradients.values()]
        self._adam = _Adam(net.optimizer_, self._gradients)
        self._one = torch.ones((), dtype=torch.float32)

    @classmethod
    def find(cls, net: RecurrentNet, values: torch.Tensor) -> DirectStep | None:
        """Return the step for a net, or None where it does not suit the net.

        Parameters
        ----------
        net : RecurrentNet
            The net, before training.
        values : tensor
            The training sequences.
        """
        module, optimizer = net.module_, net.optimizer_
        if type(module) is not RecurrentModule or type(optimizer) not in _FUSED:
            return None
        parameters = list(module.parameters())
        parts = (*module.modules(), *net.criterion_.modules())
        if (
            net.callbacks_
            or module.pooling != "last"
            or module.rnn.num_layers > 1
            or module.rnn.bidirectional
            or any(getattr(part, hooks) for part in parts for hooks in MODULE_HOOKS)
            or not all(parameter.requires_grad for parameter in parameters)
            or any(parameter.dtype != torch.float32 for parameter in parameters)
            or not _has_plain_settings(optimizer, parameters)
        ):
            return None
        kernel = kernel_for(module.rnn, SequenceBatch(values))
        if kernel in ("off", "torch"):
            return None
        return cls(net, kernel)

    def __call__(self, batch: SequenceBatch, targets: torch.Tensor) -> torch.Tensor:
        """Make a step, and return the loss before it."""
        module, of = self._module, self._gradients
        with torch.no_grad():
            one_pass = Pass(
                self._kernel,
                self._direction,
                module.in_segments(batch),
                self._recurrent,
                module.n_threads,
            )
            state = one_pass.final[0]
            pooled, mask = state, None
            if module.dropout.p > 0 and module.generator is not None:
                mask = drop_out(
                    torch.ones_like(state), module.dropout.p, module.generator
                )
                pooled = state * mask
            head = module.head
            outputs = torch.addmm(head.bias, pooled, head.weight.t())
            if module.skip is not None:
                flat = latest_steps(batch.gather(outputs.dtype), module.n_steps)
                outputs = outputs + torch.mm(flat, module.skip.weight.t())
        loss, d_outputs = self._lose(outputs, targets)
        with torch.no_grad():
            torch.mm(d_outputs.t(), pooled, out=of[head.weight])
            torch.sum(d_outputs, 0, out=of[head.bias])
            if module.skip is not None:
                torch.mm(d_outputs.t(), flat, out=of[module.skip.weight])
            d_state = torch.mm(d_outputs, head.weight)
            if mask is not None:
                d_state = d_state * mask
            one_pass.backward(d_state, self._d_recurrent)
            if self._clip_norm is not None:
                clip_gradients(self._flat_gradients, self._clip_norm)
            self._adam.step()
        return loss

    def _lose(self, outputs, targets):
        """Return the loss and its gradient."""
        if type(self._criterion) is nn.MSELoss:
            loss = nn.functional.mse_loss(outputs, targets)
            return loss, mse_loss_backward(self._one, outputs, targets, 1)
        outputs.requires_grad_()
        loss = self._criterion(outputs, targets)
        (d_outputs,) = torch.autograd.grad(loss, outputs)
        return loss.detach(), d_outputs


class _Adam:
    """The step of Adam or AdamW, in one call.

    Parameters
    ----------
    optimizer : torch.optim.Adam or torch.optim.AdamW
        Its settings are read at each step; its state is changed in place.
    gradients : dict of nn.Parameter to tensor
        Where the gradients of its parameters will be.
    """

    def __init__(self, optimizer, gradients):
        (self._group,) = optimizer.param_groups
        self._step = _FUSED[type(optimizer)]
        states = [optimizer.state[parameter] for parameter in gradients]
        for parameter, state in zip(gradients, states, strict=True):
            if not state:  # as torch begins
                state["step"] = torch.zeros((), dtype=torch.float32)
                state["exp_avg"] = torch.zeros_like(parameter)
                state["exp_avg_sq"] = torch.zeros_like(parameter)
        self._n_steps = [state["step"] for state in states]
        self._tensors = (
            list(gradients),
            list(gradients.values()),
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            self._n_steps,
        )

    def step(self):
        """Move the weights."""
        group = self._group
        beta1, beta2 = group["betas"]
        foreach_add_(self._n_steps, 1)
        self._step(
            *self._tensors,
            lr=group["lr"],
            beta1=beta1,
            beta2=beta2,
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            amsgrad=False,
            maximize=False,
        )


def _has_plain_settings(optimizer, parameters):
    """Tell whether one step for all parameters is the step of an optimiser."""
    if len(optimizer.param_groups) > 1:
        return False
    (group,) = optimizer.param_groups
    return (
        [id(p) for p in group["params"]] == [id(p) for p in parameters]
        and group["fused"]
        and not any(group[variant] for variant in _VARIANTS)
        and not isinstance(group["lr"], torch.Tensor)
    )
