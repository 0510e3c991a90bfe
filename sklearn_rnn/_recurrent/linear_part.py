"""What stands around a network: scales, and the ridge that the network adds to."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from sklearn_rnn._kernels.batch import SequenceBatch
from sklearn_rnn._ridge.paths import Ridge, fit_ridge_gcv
from sklearn_rnn._sequences.scaling import SequenceScaler

from .batches import PREDICT_BATCH_SIZE, SequenceDataset

__all__ = ["LinearPart"]

_MAX_RIDGE_COLUMNS = 5_000
_LEAST_UNIT = 1e-8  # of a target's scale: below it a residual is rounding
_RIDGE_DF_WEIGHT = 1.4  # where there is little to learn, as in prices, learn little


@dataclass(frozen=True)
class LinearPart:
    """What stands around the network: scales, and the ridge that it adds to.

    Parameters
    ----------
    scaler : SequenceScaler
        Scales of sequences and targets.
    ridge : Ridge or None
        Linear map from the last `n_ridge_steps` scaled steps to the scaled targets.
    n_ridge_steps : int
        Number of steps the ridge reads.
    unit : ndarray of shape (n_outputs,)
        What the network's outputs are multiplied with: the size of what the ridge
        misses, so that the network's noise is no larger than what it can explain.
    """

    scaler: SequenceScaler
    ridge: Ridge | None
    n_ridge_steps: int
    unit: np.ndarray

    @classmethod
    def fit(cls, sequences, y, *, standardize, target_feature, has_ridge):
        """Learn scales and ridge from training rows.

        Parameters
        ----------
        sequences : Sequences
            Training sequences.
        y : ndarray of shape (n_samples, n_outputs)
            Training targets.
        standardize : bool
            Whether to scale.
        target_feature : int or None
            The feature that holds the target's past.
        has_ridge : bool
            Whether to fit a ridge.
        """
        scaler = SequenceScaler.fit(
            sequences, y, standardize=standardize, target_feature=target_feature
        )
        n_features = sequences.values.shape[2]
        n_steps = min(sequences.n_steps, max(1, _MAX_RIDGE_COLUMNS // n_features))
        frame = cls(scaler, None, n_steps, np.ones(y.shape[1]))
        if not has_ridge:
            return frame
        dataset = frame.dataset(sequences)
        targets = scaler.scale_targets(y, sequences)
        # Some megabytes a chunk, whatever the number of columns
        n_chunk = max(256, 2**18 // (n_steps * n_features))

        def chunks():
            for first in range(0, len(dataset), n_chunk):
                rows = slice(first, first + n_chunk)
                yield dataset.design(rows, n_steps), targets[rows]

        ridge = fit_ridge_gcv(
            chunks, len(y), n_steps * n_features, df_weight=_RIDGE_DF_WEIGHT
        )
        unit = np.maximum(ridge.residual_scale, _LEAST_UNIT)
        return cls(scaler, ridge, n_steps, unit)

    def dataset(self, sequences):
        """Return scaled sequences, ready for batches."""
        scaled = self.scaler.scale(sequences)
        return SequenceDataset(scaled, self.scaler.target_feature)

    def training_set(self, sequences, y):
        """Return the dataset of what the network is to learn: what the ridge misses."""
        dataset = self.dataset(sequences)
        targets = self.scaler.scale_targets(y, sequences)
        if self.ridge is not None:
            for first in range(0, len(dataset), PREDICT_BATCH_SIZE):
                rows = slice(first, first + PREDICT_BATCH_SIZE)
                targets[rows] -= self.ridge.predict(
                    dataset.design(rows, self.n_ridge_steps)
                )
        targets /= self.unit
        return dataset.with_targets(targets)

    def predict(self, net, sequences, n_outputs):
        """Predict up to ``PREDICT_BATCH_SIZE`` sequences of one length.

        Parameters
        ----------
        net : RecurrentNet
            The trained network.
        sequences : Sequences
            In the user's units, all steps present.
        n_outputs : int
            Number of targets.

        Returns
        -------
        predictions : ndarray of shape (n_samples, n_outputs, n_quantiles)
            In the user's units.
        """
        dataset = self.dataset(sequences)
        outputs = net.predict_rows(dataset).astype(np.float64)
        # (n_samples, n_outputs * n_quantiles) -> (n_samples, n_outputs, n_quantiles)
        outputs = outputs.reshape(len(outputs), n_outputs, -1)
        outputs *= self.unit[:, np.newaxis]
        if self.ridge is not None:
            Z = np.zeros((PREDICT_BATCH_SIZE, len(self.ridge.coef)))
            Z[: len(outputs)] = dataset.design(slice(None), self.n_ridge_steps)
            outputs += self.ridge.predict(Z)[: len(outputs), :, np.newaxis]
        return self.scaler.unscale_targets(outputs, sequences)

    def gradient(self, net, sequences, n_outputs, quantile):
        """Return how predictions change with each value of the sequences.

        Parameters
        ----------
        net : RecurrentNet
            The trained network.
        sequences : Sequences
            In the user's units, all steps present.
        n_outputs : int
            Number of targets.
        quantile : int
            Which prediction of each target, in increasing order.

        Returns
        -------
        gradient : ndarray of shape (n_samples, n_steps, n_features, n_outputs)
            Of each prediction by each value, in the user's units.
        """
        scaler, column = self.scaler, self.scaler.target_feature
        x = torch.from_numpy(sequences.values.astype(np.float64)).requires_grad_()
        mean, scale, target_scale, unit = map(
            torch.from_numpy,
            (scaler.feature_mean, scaler.feature_scale, scaler.target_scale, self.unit),
        )
        read = SequenceBatch((x - mean) / scale, relative_to=column).gather()
        net._set_training(False)
        # cuDNN's recurrence has no gradient outside of training.
        with torch.backends.cudnn.flags(enabled=False):
            outputs = net.infer(read.float()).cpu().double()
        outputs = outputs.view(len(x), n_outputs, -1) * unit[:, None]
        if self.ridge is not None:
            Z = read[:, -self.n_ridge_steps :]
            Z = nn.functional.pad(Z, (0, 0, self.n_ridge_steps - Z.shape[1], 0))
            skip = Z.flatten(1) @ torch.from_numpy(self.ridge.coef)
            outputs = outputs + skip[:, :, None]
        outputs = outputs * target_scale[:, None]
        if column is not None:
            outputs = outputs + x[:, -1:, column, None]
        outputs = outputs.sort(dim=2).values[:, :, quantile]
        gradients = [
            torch.autograd.grad(output.sum(), x, retain_graph=True)[0]
            for output in outputs.unbind(dim=1)
        ]
        return torch.stack(gradients, dim=-1).numpy()
