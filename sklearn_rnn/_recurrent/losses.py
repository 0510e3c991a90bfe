"""The losses that networks minimise, and the errors that fits are judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

__all__ = ["LOSSES", "SQUARED_ERROR", "Metric", "QuantileLoss"]


class QuantileLoss(nn.Module):
    """Pinball loss, averaged over quantiles.

    Parameters
    ----------
    quantiles : sequence of float
        Levels in (0, 1).

    References
    ----------
    Koenker, R., Bassett, G. (1978). Regression quantiles. Econometrica 46(1), 33-50.
    """

    def __init__(self, quantiles):
        super().__init__()
        self.register_buffer("levels", torch.tensor(quantiles, dtype=torch.float32))

    def forward(self, outputs, targets):
        """Return the mean loss.

        Parameters
        ----------
        outputs : tensor of shape (n_samples, n_outputs * n_quantiles)
            Quantiles of each output are contiguous.
        targets : tensor of shape (n_samples, n_outputs)
            Targets.
        """
        outputs = outputs.view(*targets.shape, -1)
        error = targets.unsqueeze(-1) - outputs
        return torch.maximum(self.levels * error, (self.levels - 1) * error).mean()


LOSSES = {
    "squared_error": nn.MSELoss,
    "absolute_error": nn.L1Loss,
    "huber": nn.HuberLoss,
    "quantile": QuantileLoss,
}


@dataclass(frozen=True)
class Metric:
    """The error by which fits with a loss are judged.

    Parameters
    ----------
    name : str
        Name of the error, in the units of y.
    power : int
        Power of the units of y that the losses of samples have.
    levels : tuple of float or None, default=None
        Levels of the quantiles of the pinball loss.
    """

    name: str
    power: int
    levels: tuple[float, ...] | None = None

    @classmethod
    def of(cls, criterion: type[nn.Module], options: Mapping[str, Any]) -> Metric:
        """Return the metric of a loss: the nearest error that has the units of y."""
        if criterion is QuantileLoss:
            return cls("mean pinball loss", 1, tuple(options["quantiles"]))
        if criterion is nn.MSELoss:
            return SQUARED_ERROR
        return cls("mean absolute error", 1)

    def losses(self, missed: NDArray) -> NDArray[np.float64]:
        """Return the loss of each sample and target.

        Parameters
        ----------
        missed : ndarray of shape (n_samples, n_targets, n_per_target)
            Predictions less targets.

        Returns
        -------
        losses : ndarray of shape (n_samples, n_targets)
        """
        missed = missed.astype(np.float64)
        if self.levels is not None:
            levels = np.array(self.levels)
            return np.maximum(-levels * missed, (1 - levels) * missed).mean(axis=2)
        return (np.abs(missed) ** self.power).mean(axis=2)

    def constants(self, targets: NDArray) -> NDArray[np.float64]:
        """Return the constant predictions of a model that learns nothing.

        Parameters
        ----------
        targets : ndarray of shape (n_samples, n_targets)
            Training targets.

        Returns
        -------
        constants : ndarray of shape (n_targets, n_per_target)
            Quantiles for the pinball loss, and means for other losses, from which
            networks start.
        """
        if self.levels is None:
            return targets.mean(axis=0)[:, np.newaxis]
        return np.quantile(targets, self.levels, axis=0).T

    @property
    def constant_name(self) -> str:
        """Name of the constant predictions."""
        return "mean" if self.levels is None else "quantiles"

    @property
    def worthwhile(self) -> float:
        """Part of a loss that a better model may have left: 4 % of squares less."""
        return 0.96 ** (self.power / 2)

    @property
    def falling(self) -> float:
        """Part of a loss that twice the steps may have left: 5 % of squares less."""
        return 0.95 ** (self.power / 2)


SQUARED_ERROR = Metric("root mean squared error", 2)
