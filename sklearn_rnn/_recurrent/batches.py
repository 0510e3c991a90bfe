"""Batches of scaled sequences, cut from one dataset without a copy."""

import copy
from itertools import islice

import numpy as np
import torch

from sklearn_rnn._kernels.batch import SequenceBatch, latest_steps

__all__ = ["PREDICT_BATCH_SIZE", "OrderedBatches", "SequenceDataset", "ShuffledBatches"]

# Number of sequences in each batch of predict. All batches have this size, so that the
# prediction of a row does not depend on the rows beside it.
PREDICT_BATCH_SIZE = 512


class SequenceDataset(torch.utils.data.Dataset):
    """Scaled sequences, from which batches are taken on demand.

    Parameters
    ----------
    sequences : Sequences
        Scaled sequences; absent steps hold NaN.
    target_feature : int or None
        The feature that is read relative to the last step of each sequence.

    Attributes
    ----------
    targets : tensor of shape (n_samples, n_outputs) or None
        Targets of the network.
    """

    def __init__(self, sequences, target_feature=None):
        # May be a view of overlapping windows, which must not be written to.
        self.values = torch.from_numpy(sequences.values)
        self.lengths = sequences.lengths
        if self.lengths is not None:
            self.lengths = torch.from_numpy(self.lengths)
        self.target_feature = target_feature
        self.targets = None

    def __len__(self):
        """Return the number of sequences."""
        return len(self.values)

    def __getitem__(self, rows):
        """Return inputs and targets of `rows`, in the form of skorch's batches."""
        targets = torch.empty(0) if self.targets is None else self.targets[rows]
        return self.batch(rows), targets

    def with_targets(self, targets):
        """Return the dataset with `targets`, (n_samples, n_outputs)."""
        dataset = copy.copy(self)
        dataset.targets = torch.from_numpy(targets.astype(np.float32))
        return dataset

    def part(self, rows):
        """Return the dataset of a slice of rows, without a copy."""
        part = copy.copy(self)
        part.values = self.values[rows]
        part.lengths = None if self.lengths is None else self.lengths[rows]
        part.targets = None if self.targets is None else self.targets[rows]
        return part

    def batch(self, rows, size=None):
        """Return the sequences `rows`, a slice or a tensor of int, as a batch."""
        lengths = None if self.lengths is None else self.lengths[rows]
        if isinstance(rows, slice):
            values, rows = self.values[rows], None
        else:
            values = self.values
        if lengths is not None and bool((lengths == values.shape[1]).all()):
            lengths = None
        return SequenceBatch(values, rows, lengths, self.target_feature, size)

    def design(self, rows, n_steps):
        """Return the last `n_steps` steps of `rows`, flat, for a linear map.

        Parameters
        ----------
        rows : slice
            Numbers of the sequences.
        n_steps : int
            Number of steps, counted from the last; missing steps are 0.

        Returns
        -------
        Z : ndarray of shape (n_rows, n_steps * n_features)
            Time-major, float64.
        """
        return latest_steps(self.batch(rows).gather(), n_steps).double().numpy()


class ShuffledBatches:
    """An endless shuffled stream of batches, cut into epochs.

    Every sequence is seen once before any is seen again, also where an epoch is a part
    of a pass.

    Parameters
    ----------
    dataset : SequenceDataset
        The samples.
    batch_size : int
        Number of sequences in a batch; the last batch of a pass may be smaller.
    n_batches : int or None
        Number of batches in an epoch; None: an epoch does not end.
    generator : torch.Generator or None, default=None
        The generator of the order; None: torch's own.
    """

    def __init__(self, dataset, batch_size, n_batches, generator=None):
        self.dataset = dataset
        self.batch_size = batch_size
        self.n_batches = n_batches
        self.generator = generator
        # A method as a generator would hold the dataset beyond the last batch.
        self._stream = _draw(dataset, batch_size, generator)

    def __len__(self):
        return self.n_batches

    def __iter__(self):
        for rows in islice(self._stream, self.n_batches):
            yield self.dataset[rows]


def _draw(dataset, batch_size, generator):
    """Yield the numbers of the sequences of each batch, without an end."""
    while True:
        order = torch.randperm(len(dataset), generator=generator)
        yield from order.split(batch_size)


class OrderedBatches:
    """Batches in the order of the samples, for validation.

    Parameters
    ----------
    dataset : SequenceDataset
        The samples.
    batch_size : int
        Number of sequences in a batch; the last batch may be smaller.
    """

    def __init__(self, dataset, batch_size):
        self.dataset = dataset
        self.batch_size = batch_size

    def __iter__(self):
        for first in range(0, len(self.dataset), self.batch_size):
            yield self.dataset[slice(first, first + self.batch_size)]
