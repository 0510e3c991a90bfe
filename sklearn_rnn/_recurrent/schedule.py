"""Learning rate, momentum and dropout over the steps of a training, and clipping."""

import math

import torch

from sklearn_rnn._upstream.torch_private import foreach_mul_, foreach_norm

__all__ = ["OneCycle", "clip_gradients", "one_cycle"]


def clip_gradients(parameters, max_norm):
    """Scale gradients down to a norm of at most `max_norm`, all taken together.

    As ``torch.nn.utils.clip_grad_norm_``, which takes twice as long over it: on a CPU,
    gradients within the norm are left as they are.

    Parameters
    ----------
    parameters : list of torch.nn.Parameter
        Those without a gradient are passed over.
    max_norm : float
        The largest norm.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = torch.linalg.vector_norm(torch.stack(foreach_norm(gradients)))
    if norm.device.type == "cpu" and norm <= max_norm:
        return
    foreach_mul_(gradients, (max_norm / (norm + 1e-6)).clamp(max=1.0))


class OneCycle:
    """One cycle of the learning rate, with dropout in its first half only.

    Dropout keeps early steps from running after single batches, but at the end would
    shrink what was learnt.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        What the rate is set of.
    module : RecurrentModule
        What dropout is set of.
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
        """Go on by one optimiser step."""
        self._n_done += 1
        part = self._n_done / self._n_steps
        self._module.set_dropout(self._dropout * max(0.0, 1 - 2 * part))
        if self._n_done == self._n_steps:
            return  # there is no step after the last one
        rate, momentum = one_cycle(self._n_done, self._n_steps, self._lr)
        for group in self._groups:
            group["lr"] = rate
            if "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
            else:
                group["momentum"] = momentum


def one_cycle(step, n_steps, lr):
    """Return the learning rate and the momentum of one step of a cycle.

    They are those of ``torch.optim.lr_scheduler.OneCycleLR``, which works them out for
    all parameters again and slows each step of the optimiser down by as much again.

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
        The rate rises from lr / 25 over the first 30 % of the steps, and falls to a
        ten thousandth of where it began; momentum falls from 0.95 to 0.85 and rises.
    """
    top, last = 0.3 * n_steps - 1, n_steps - 1
    rises = step <= top
    # How far the phase has come, 0 to 1
    part = step / top if rises else (step - top) / (last - top)
    cosine = (1 + math.cos(math.pi * part)) / 2

    def anneal(first, middle, end):
        begin, finish = (first, middle) if rises else (middle, end)
        return finish + (begin - finish) * cosine

    return anneal(lr / 25, lr, lr / 25e4), anneal(0.95, 0.85, 0.95)
