"""Learning rate, momentum and dropout over the steps of a training, and clipping."""

import math

import torch

from sklearn_rnn._upstream.torch_private import foreach_mul_, foreach_norm

__all__ = ["OneCycle", "clip_gradients"]


def clip_gradients(parameters, max_norm):
    """Scale gradients down to a joint norm of at most `max_norm`.

    It gives the results of ``torch.nn.utils.clip_grad_norm_`` in half of its time,
    because on a CPU it leaves gradients within the norm untouched.

    Parameters
    ----------
    parameters : list of torch.nn.Parameter
        Parameters; those without a gradient have no effect.
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
