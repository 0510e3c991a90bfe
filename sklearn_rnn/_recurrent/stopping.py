"""The best weights of a training, and when the loss no longer falls."""

from __future__ import annotations

import math

import torch
from torch import nn

from sklearn_rnn._upstream.torch_private import foreach_norm

__all__ = ["BestWeights", "has_finite_weights"]


class BestWeights:
    """Keeps the weights of the epoch with the lowest loss.

    Parameters
    ----------
    module : nn.Module
        The network; its present weights are the first that are kept.
    tol : float
        Least decrease of the loss that counts as a fall.

    Attributes
    ----------
    epoch : int
        Number of the epoch whose weights are kept; 0: those before training.
    """

    def __init__(self, module: nn.Module, tol: float):
        self.epoch = 0
        self._module = module
        self._tol = tol
        self._last_fall = 0
        self._loss = self._fallen_to = math.inf
        self._keep()

    def _keep(self):
        state = self._module.state_dict()
        self._weights = {name: value.clone() for name, value in state.items()}

    def start_from(self, loss: float) -> None:
        """Set the loss of the weights before training."""
        self._loss = self._fallen_to = loss

    def see(self, epoch: int, loss: float) -> None:
        """Keep the present weights if `loss`, that of `epoch`, is the lowest so far."""
        if loss < self._loss:
            self.epoch, self._loss = epoch, loss
            self._keep()
        if loss < self._fallen_to - self._tol:
            self._last_fall, self._fallen_to = epoch, loss

    def count_without_fall(self, epoch: int) -> int:
        """Return the number of epochs up to `epoch` since the loss last fell."""
        return epoch - self._last_fall

    def restore(self) -> None:
        """Set the module's weights to the best ones."""
        self._module.load_state_dict(self._weights)


def has_finite_weights(module: nn.Module) -> bool:
    """Tell whether no weight of a module is infinite or NaN."""
    weights = [weight.detach() for weight in module.parameters()]
    return bool(torch.isfinite(torch.stack(foreach_norm(weights))).all())
