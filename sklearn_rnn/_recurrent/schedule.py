"""Learning rate, momentum and dropout over the steps of a training, and clipping."""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from sklearn_rnn._upstream.torch_private import foreach_mul_

__all__ = ["OneCycle", "Schedule", "ScheduleFree", "clip_gradients"]

# Optimiser steps over which the rate of `ScheduleFree` rises.
_WARM_UP = 100

# Part of the averaged weights in the weights at which `ScheduleFree` takes gradients.
_AVERAGED = 0.9

# Decay of the mean squared gradient of Adam in `ScheduleFree`. The gradients of a
# recurrent network change their size within some hundred steps.
_SQUARED_DECAY = 0.99


def clip_gradients(gradients, max_norm):
    """Scale gradients down to a joint norm of at most `max_norm`.

    It gives the results of ``torch.nn.utils.clip_grad_norm_`` in half of its time,
    because on a CPU it leaves gradients within the norm untouched.

    Parameters
    ----------
    gradients : list of tensor
        Changed in place.
    max_norm : float
        The largest norm.
    """
    joined = torch.cat([g if g.ndim == 1 else g.reshape(-1) for g in gradients])
    norm = torch.linalg.vector_norm(joined)
    if norm.device.type != "cpu":  # a comparison would wait for the GPU
        foreach_mul_(gradients, (max_norm / (norm + 1e-6)).clamp(max=1.0))
        return
    value = norm.item()
    if not value <= max_norm:  # NaN included
        foreach_mul_(gradients, max_norm / (value + 1e-6))


class Schedule:
    """A constant rate: the base of schedules, which changes nothing."""

    def at_gradients(self) -> AbstractContextManager[None]:
        """Return a context for steps, in which gradients are taken."""
        return nullcontext()

    def step(self) -> None:
        """Set what the next optimiser step needs."""

    def finish(self) -> None:
        """Leave the weights as predictions need them."""


class OneCycle(Schedule):
    """One cycle of the learning rate, with dropout in its first half only.

    Dropout keeps early steps from following single batches. In late steps it would
    shrink the weights that were learnt.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        The optimiser whose rate and momentum are set.
    module : RecurrentModule
        The module whose dropout is set.
    lr : float
        The highest learning rate.
    n_steps : int
        Number of optimiser steps.

    References
    ----------
    Smith, L. N., Topin, N. (2019). Super-convergence: very fast training of neural
    networks using large learning rates. SPIE 11006.

    Liu, Z., Xu, Z., Jin, J., Shen, Z., Darrell, T. (2023). Dropout reduces
    underfitting. ICML.
    """

    def __init__(self, optimizer, module, lr, n_steps):
        self._groups = optimizer.param_groups
        self._module = module
        self._dropout = module.get_dropout()
        self._lr = lr
        self._n_steps = n_steps
        self._n_done = -1
        self.step()

    def step(self):
        """Set rate, momentum and dropout for the next optimiser step."""
        self._n_done += 1
        part = self._n_done / self._n_steps
        self._module.set_dropout(self._dropout * max(0.0, 1 - 2 * part))
        if self._n_done == self._n_steps:
            return  # the last step is done
        rate, momentum = _one_cycle(self._n_done, self._n_steps, self._lr)
        for group in self._groups:
            group["lr"] = rate
            if "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
            else:
                group["momentum"] = momentum


class ScheduleFree(Schedule):
    r"""A constant rate and averaged weights, which need no end to be known.

    Gradients are taken at weights :math:`y`, between the weights :math:`z` that the
    optimiser moves and their average :math:`x`, which makes the predictions:

    .. math::

        y_t &= 0.1 \, z_t + 0.9 \, x_t \\
        z_{t+1} &= z_t + \Delta(y_t) \\
        x_{t+1} &= (1 - c_t) \, x_t + c_t \, z_{t+1}, \qquad
        c_t = t^r \gamma_t^2 / \textstyle\sum_{i \le t} i^r \gamma_i^2

    with the step :math:`\Delta` of the optimiser, without momentum, the number
    :math:`t` of the step, from 1, and the rate :math:`\gamma_t`, which rises over the
    first 100 steps. The average stands in for momentum and for a falling rate.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        The optimiser whose rate and momentum are set.
    lr : float
        The learning rate after the first steps.
    recency : int, default=0
        The power r. With 0 all steps after the first have the same weight; with 4 most
        of the weight is on the last fifth of the steps.
    constrain : callable or None, default=None
        Called after each step of the optimiser; it changes the weights in place. The
        average of weights in a convex set stays in the set.

    References
    ----------
    Defazio, A., Yang, X., Mehta, H., Mishchenko, K., Khaled, A., Cutkosky, A. (2024).
    The road less scheduled. NeurIPS.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        lr: float,
        recency: int = 0,
        constrain: Callable[[], None] | None = None,
    ):
        self._groups = optimizer.param_groups
        self._lr = lr
        self._recency = recency
        self._constrain = constrain
        self._parameters = [p for group in self._groups for p in group["params"]]
        # One tensor holds all weights, so that each line of the equations is one call.
        self._flat = torch.cat([p.detach().reshape(-1) for p in self._parameters])
        sizes = [p.numel() for p in self._parameters]
        for parameter, part in zip(
            self._parameters, self._flat.split(sizes), strict=True
        ):
            parameter.data = part.view(parameter.shape)
        self._at, self._fast, self._mean = (self._flat.clone() for _ in range(3))
        self._n_done, self._total = 0, 0.0
        for group in self._groups:
            if "betas" in group:
                group["betas"] = (0.0, _SQUARED_DECAY)
            else:
                group["momentum"] = 0.0
        self._set_rate()

    def _set_rate(self):
        self._rate = self._lr * min(1.0, (self._n_done + 1) / _WARM_UP)
        for group in self._groups:
            group["lr"] = self._rate

    @contextmanager
    def at_gradients(self) -> Iterator[None]:
        """Give the module the weights of gradients, and averaged weights afterwards."""
        self._flat.copy_(self._at)
        try:
            yield
        finally:
            self._flat.copy_(self._mean)

    def step(self) -> None:
        """Average the weights after a step of the optimiser."""
        self._fast += self._flat - self._at
        if self._constrain is not None:
            self._flat.copy_(self._fast)
            self._constrain()
            self._fast.copy_(self._flat)
        self._n_done += 1
        weight = self._n_done**self._recency * self._rate**2
        self._total += weight
        self._mean.lerp_(self._fast, weight / self._total)
        torch.lerp(self._fast, self._mean, _AVERAGED, out=self._at)
        self._flat.copy_(self._at)
        self._set_rate()

    def finish(self) -> None:
        """Give each weight a tensor of its own again."""
        for parameter in self._parameters:
            parameter.data = parameter.detach().clone()


def _one_cycle(step, n_steps, lr):
    """Return the learning rate and the momentum of one step of a cycle.

    The values are those of ``torch.optim.lr_scheduler.OneCycleLR``, which computes them
    anew for all parameters, and takes as long as the step of the optimiser itself.

    Parameters
    ----------
    step : int
        Number of the step, from 0.
    n_steps : int
        Number of optimiser steps.
    lr : float
        The highest learning rate.

    Returns
    -------
    rate, momentum : float
        The rate rises from ``lr / 25`` to `lr` over the first 30 % of the steps, and
        falls to ``lr / 250_000``; the momentum falls from 0.95 to 0.85 and rises again.
    """
    top, last = 0.3 * n_steps - 1, n_steps - 1
    rises = step <= top
    # Position within the phase, 0 to 1
    part = step / top if rises else (step - top) / (last - top)
    cosine = (1 + math.cos(math.pi * part)) / 2

    def anneal(first, middle, end):
        begin, finish = (first, middle) if rises else (middle, end)
        return finish + (begin - finish) * cosine

    return anneal(lr / 25, lr, lr / 25e4), anneal(0.95, 0.85, 0.95)
