"""Readouts for losses that have no closed form: a linear map trained by skorch."""

import numpy as np
import torch
from scipy import linalg
from skorch import NeuralNetRegressor
from skorch.callbacks import LRScheduler
from torch import nn

from sklearn_rnn._isolation import isolated
from sklearn_rnn._recurrent.net import LOSSES
from sklearn_rnn._ridge.paths import CentredRows

__all__ = ["train_readout"]

_N_STEPS = 300  # of the optimiser, each of them on all rows
_LR = 0.03
_ROUNDING = 10 * np.finfo(np.float64).eps  # of rows, in parts of their size
_LEAST_SCALE = 1e-8  # of an output: below it a residual is rounding

# Losses of single errors, and what the ridge's penalty is multiplied with beside them:
# the median's is half of the absolute error.
_LOSSES = {
    "squared_error": ("squared_error", 1.0, 1.0),
    "absolute_error": ("absolute_error", 1.0, 0.5),
    "huber": ("huber", 1.0, 0.5),
    "quantile": ("absolute_error", 0.5, 0.25),
}


class LinearReadout(nn.Module):
    """A linear map, which starts as it is told.

    Parameters
    ----------
    weights : tensor of shape (n_columns, n_outputs)
        Where to start from.
    """

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(weights.clone())
        self.bias = nn.Parameter(weights.new_zeros(weights.shape[1]))

    def forward(self, features):
        """Map features (n_rows, n_columns) to outputs (n_rows, n_outputs)."""
        return features @ self.weights + self.bias


class ReadoutNet(NeuralNetRegressor):
    """A skorch net for a weighted mean of losses, and a penalty on squared weights.

    Parameters
    ----------
    *args, **kwargs
        As in skorch.
    factor : float
        Of the loss.
    share : tensor of shape (n_rows,)
        Weights of the rows, of sum 1.
    penalty : tensor of shape (n_columns,)
        Of squared weights.
    """

    def __init__(self, *args, factor, share, penalty, **kwargs):
        super().__init__(*args, **kwargs)
        self.factor = factor
        self.share = share
        self.penalty = penalty

    @property
    def _default_callbacks(self):
        return []  # the loss of an epoch, that of its one batch, is recorded anyway

    def get_iterator(self, dataset, training=False):
        """Return all rows as one batch, as they lie."""
        return [(torch.from_numpy(dataset.X), torch.from_numpy(dataset.y))]

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Return the loss, averaged over the outputs."""
        losses = self.criterion_(y_pred, y_true)  # (n_rows, n_outputs)
        loss = self.factor * (self.share @ losses)
        return (loss + self.penalty @ self.module_.weights**2).mean()


def train_readout(Z, Y, weights, ridge, loss):
    r"""Train a linear map for a loss, with the penalty of a ridge, starting there.

    With errors :math:`r` in units of the size :math:`\sigma` of the ridge's, and the
    ridge's strength :math:`s`, it minimises

    .. math::

        \frac{1}{n} \sum_i \ell(r_i) + c \frac{s}{n} \frac{|w|^2}{\sigma^2},

    where c is 1 for the squared error, and for others half of the second derivative
    that they would have as a square. It is Adam, over principal components of unit
    size: there the curvatures of the squared error are all the same.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_columns)
        All rows.
    Y : ndarray of shape (n_rows, n_outputs)
        Targets.
    weights : ndarray of shape (n_rows,) or None
        Weights of the rows.
    ridge : Ridge
        The ridge for the same rows.
    loss : {"squared_error", "absolute_error", "huber", "quantile"}
        What to minimise; of a quantile, the median.

    Returns
    -------
    coef : ndarray of shape (n_columns, n_outputs)
        Weights of the map.
    intercept : ndarray of shape (n_outputs,)
        Its values at ``Z = 0``.
    losses : list of float
        The loss before each step.

    References
    ----------
    Kingma, D. P., Ba, J. (2015). Adam: a method for stochastic optimization. ICLR.
    """
    weights = np.ones(len(Z)) if weights is None else weights
    name, factor, price = _LOSSES[loss]
    root = CentredRows.of(Z.copy(), Y, weights)
    _, values, Vt = linalg.svd(root.compress().A, full_matrices=False)
    strength = ridge.alpha * (values**2).sum() / Z.shape[1]
    # Of rows that never change all components are rounding: no weight belongs to them.
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
            criterion=LOSSES[name],
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
            factor=factor,
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
