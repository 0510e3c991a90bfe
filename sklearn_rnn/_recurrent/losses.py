"""The losses that networks minimise, by the name of the parameter `loss`."""

import torch
from torch import nn

__all__ = ["LOSSES", "QuantileLoss"]


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
