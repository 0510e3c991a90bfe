"""The whole fitted map as one torch module, for gradients and for export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from sklearn_rnn._kernels.batch import SequenceBatch, latest_steps

if TYPE_CHECKING:
    from .linear_part import LinearPart
    from .module import RecurrentModule

__all__ = ["FittedModule"]


class FittedModule(nn.Module):
    """Scaling of inputs, network, ridge and unscaling of outputs, in this order.

    Parameters
    ----------
    linear_part : LinearPart
        Scales and ridge.
    network : RecurrentModule
        The trained network; shared, not copied.

    Attributes
    ----------
    feature_mean, feature_scale : tensor of shape (n_features,)
        Scales of the inputs.
    target_mean, target_scale, unit : tensor of shape (n_outputs, 1)
        Scales of the targets, and the factor of the network's outputs.
    coef : tensor of shape (n_ridge_steps * n_features, n_outputs) or None
        Weights of the ridge.
    intercept : tensor of shape (n_outputs, 1) or None
        Intercepts of the ridge.
    """

    feature_mean: torch.Tensor
    feature_scale: torch.Tensor
    target_mean: torch.Tensor
    target_scale: torch.Tensor
    unit: torch.Tensor
    coef: torch.Tensor | None
    intercept: torch.Tensor | None

    def __init__(self, linear_part: LinearPart, network: RecurrentModule):
        super().__init__()
        scaler, ridge = linear_part.scaler, linear_part.ridge
        self.network = network
        self.target_feature = scaler.target_feature
        self.n_ridge_steps = linear_part.n_ridge_steps
        self.register_buffer("feature_mean", _tensor(scaler.feature_mean))
        self.register_buffer("feature_scale", _tensor(scaler.feature_scale))
        self.register_buffer("target_mean", _tensor(scaler.target_mean)[:, None])
        self.register_buffer("target_scale", _tensor(scaler.target_scale)[:, None])
        self.register_buffer("unit", _tensor(linear_part.unit)[:, None])
        coef = intercept = None
        if ridge is not None:
            coef, intercept = _tensor(ridge.coef), _tensor(ridge.intercept)[:, None]
        self.register_buffer("coef", coef)
        self.register_buffer("intercept", intercept)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map sequences to predictions, both in the user's units.

        Parameters
        ----------
        x : tensor of shape (n_samples, n_steps, n_features)
            Sequences of one length, float64. The network computes in float32, the rest
            in float64.

        Returns
        -------
        predictions : tensor of shape (n_samples, n_outputs, n_per_target)
            float64; several quantiles of an output stand in the order of their levels,
            and may cross.
        """
        scaled = (x - self.feature_mean) / self.feature_scale
        read = SequenceBatch(scaled, relative_to=self.target_feature).gather()
        weight = self.network.head.weight
        outputs = self.network(read.to(weight.device, weight.dtype)).to(read)
        # (n_samples, n_outputs * n_per_target) -> (n_samples, n_outputs, n_per_target)
        outputs = outputs.view(len(x), len(self.unit), -1) * self.unit
        if self.coef is not None:
            skip = latest_steps(read, self.n_ridge_steps) @ self.coef
            outputs = outputs + (skip[:, :, None] + self.intercept)
        outputs = outputs * self.target_scale + self.target_mean
        if self.target_feature is not None:
            outputs = outputs + x[:, -1:, self.target_feature, None]
        return outputs

    def gradient(self, values: np.ndarray, quantile: int) -> np.ndarray:
        """Return the derivatives of predictions with respect to the sequences.

        Parameters
        ----------
        values : ndarray of shape (n_samples, n_steps, n_features)
            Sequences of one length, in the user's units.
        quantile : int
            Number of the prediction of each target, in increasing order.

        Returns
        -------
        gradient : ndarray of shape (n_samples, n_steps, n_features, n_outputs)
            In units of y over units of X.
        """
        x = torch.from_numpy(values.astype(np.float64)).requires_grad_()
        # cuDNN's recurrence has no gradient outside of training.
        with torch.backends.cudnn.flags(enabled=False):
            outputs = self(x)
        outputs = outputs.sort(dim=2).values[:, :, quantile]
        gradients = [
            torch.autograd.grad(output.sum(), x, retain_graph=True)[0]
            for output in outputs.unbind(dim=1)
        ]
        return torch.stack(gradients, dim=-1).numpy()


def _tensor(array):
    return torch.from_numpy(np.asarray(array, dtype=np.float64))
