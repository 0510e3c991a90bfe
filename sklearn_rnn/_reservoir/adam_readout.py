"""A linear readout trained by Adam, for losses without a closed form.

It is the one module of the reservoirs that needs torch and skorch, and is imported
where a readout is trained.
"""

import numpy as np
import torch
from scipy import linalg
from skorch import NeuralNetRegressor
from skorch.callbacks import LRScheduler
from torch import nn

from sklearn_rnn._isolation import isolated
from sklearn_rnn._ridge.moments import CentredRows

__all__ = ["train_readout"]

# Optimiser steps, each on all rows, and their learning rate.
_N_STEPS, _LR = 300, 0.03

# Components below this part of the size of the rows are rounding errors.
_ROUNDING = 10 * np.finfo(np.float64).eps

# Residuals below this part of the scale of an output are rounding errors.
_LEAST_SCALE = 1e-8

# The criterion of each loss, and the factor of the ridge's penalty beside it.
_LOSSES = {
    "squared_error": (nn.MSELoss, 1.0),
    "absolute_error": (nn.L1Loss, 0.5),
    "huber": (nn.HuberLoss, 0.5),
}


class LinearReadout(nn.Module):
    """A linear map with an intercept that starts at 0.

    Parameters
    ----------
    weights : tensor of shape (n_columns, n_outputs)
        Weights before training; they are copied.
    """

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(weights.clone())
        self.bias = nn.Parameter(weights.new_zeros(weights.shape[1]))

    def forward(self, features):
        """Map features (n_rows, n_columns) to outputs (n_rows, n_outputs)."""
        return features @ self.weights + self.bias


class ReadoutNet(NeuralNetRegressor):
    """A skorch net that minimises a weighted mean of losses and a ridge penalty.

    Parameters
    ----------
    *args, **kwargs
        Parameters of skorch's NeuralNetRegressor.
    share : tensor of shape (n_rows,)
        Weights of the rows, of sum 1.
    penalty : tensor of shape (n_columns,)
        Factor of the squared weights of each column.
    """

    def __init__(self, *args, share, penalty, **kwargs):
        super().__init__(*args, **kwargs)
        self.share = share
        self.penalty = penalty

    @property
    def _default_callbacks(self):
        return []  # the net records the loss of its single batch without them

    def get_iterator(self, dataset, training=False):
        """Return all rows as one batch, as they lie."""
        return [(torch.from_numpy(dataset.X), torch.from_numpy(dataset.y))]

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Return the loss, averaged over the outputs."""
        losses = self.criterion_(y_pred, y_true)  # (n_rows, n_outputs)
        loss = self.share @ losses
        return (loss + self.penalty @ self.module_.weights**2).mean()


def train_readout(Z, Y, weights, ridge, loss):
    r"""Train a linear map for a loss and the penalty of a ridge, from the ridge's map.

    With errors :math:`r` divided by the size :math:`\sigma` of the ridge's residuals,
    and the strength :math:`s` of the ridge, Adam minimises

    .. math::

        \frac{1}{n} \sum_i \ell(r_i) + c \frac{s}{n} \frac{|w|^2}{\sigma^2},

    where c is 1 for the squared error and 1/2 for the other losses. The weights that it
    moves belong to principal components of unit size, in which the squared error has
    the same curvature along every axis.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_columns)
        All rows.
    Y : ndarray of shape (n_rows, n_outputs)
        Targets.
    weights : ndarray of shape (n_rows,) or None
        Weights of the rows.
    ridge : Ridge
        The ridge that is fitted to the same rows.
    loss : {"squared_error", "absolute_error", "huber"}
        Loss of a single error.

    Returns
    -------
    coef : ndarray of shape (n_columns, n_outputs)
        Weights of the map.
    intercept : ndarray of shape (n_outputs,)
        Outputs of the map at ``Z = 0``.
    losses : list of float
        The loss before each step.

    References
    ----------
    Kingma, D. P., Ba, J. (2015). Adam: a method for stochastic optimization. ICLR.
    """
    weights = np.ones(len(Z)) if weights is None else weights
    criterion, price = _LOSSES[loss]
    root = CentredRows.of(Z.copy(), Y, weights)
    _, values, Vt = linalg.svd(root.compress().A, full_matrices=False)
    strength = ridge.alpha * (values**2).sum() / Z.shape[1]
    # Where rows never change all components are rounding errors; they get no weight.
    size = np.sqrt((values**2).sum() + root.weight * (root.mean_z**2).sum())
    kept = values > _ROUNDING * size
    values, Vt = values[kept], Vt[kept]
    # Components of unit mean square, shrunk where the ridge shrinks
    unit = np.sqrt(values**2 + strength)[:, np.newaxis] / np.sqrt(root.weight)
    features = (Z - root.mean_z) @ (Vt / unit).T
    scale = np.maximum(ridge.residual_scale, _LEAST_SCALE)
    start = (Vt @ ridge.coef) * unit / scale

    with isolated(torch.device("cpu")):
        net = ReadoutNet(
            LinearReadout,
            module__weights=torch.from_numpy(start),
            criterion=criterion,
            criterion__reduction="none",
            optimizer=torch.optim.Adam,
            lr=_LR,
            max_epochs=_N_STEPS,
            train_split=None,
            verbose=0,
            callbacks=[
                (
                    "schedule",
                    LRScheduler(
                        torch.optim.lr_scheduler.CosineAnnealingLR, T_max=_N_STEPS
                    ),
                )
            ],
            share=torch.from_numpy(weights / weights.sum()),
            penalty=torch.from_numpy(price * strength / root.weight / unit[:, 0] ** 2),
        )
        net.fit(features, (Y - root.mean_y) / scale)
    module = net.module_
    trained = module.weights.detach().numpy() * scale / unit
    coef = Vt.T @ trained
    bias = module.bias.detach().numpy() * scale
    intercept = root.mean_y + bias - root.mean_z @ coef
    return coef, intercept, net.history[:, "batches", 0, "train_loss"]
