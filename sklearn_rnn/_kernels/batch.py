"""Sequences of a batch, told by where they lie."""

from dataclasses import dataclass

import torch
from torch import nn

__all__ = ["SequenceBatch"]


@dataclass(frozen=True)
class SequenceBatch:
    """Some of many sequences, not taken out yet.

    The compiled kernel reads them where they lie: of overlapping windows it reads the
    series. All else calls `gather`.

    Parameters
    ----------
    values : tensor of shape (n_given, n_steps, n_features)
        All sequences, right-aligned, perhaps as overlapping views of one series; what
        stands at absent steps does not matter.
    rows : tensor of shape (n_samples,), int64, or None
        Which of them make the batch; None: all.
    lengths : tensor of shape (n_samples,), int64, or None
        Number of present steps of those in the batch; None: all steps are present.
    relative_to : int or None
        Feature that is read relative to its value at a sequence's last step.
    size : int or None
        Number of sequences that whoever computes on the batch is to see: sequences of
        zeros are added up to it, so that the same arithmetic is done for each whatever
        their number.
    """

    values: torch.Tensor
    rows: torch.Tensor | None = None
    lengths: torch.Tensor | None = None
    relative_to: int | None = None
    size: int | None = None

    def __len__(self):
        return len(self.values if self.rows is None else self.rows)

    @property
    def starts(self):
        """First present step of each sequence, (n_samples,), or None."""
        if self.lengths is None:
            return None
        return self.values.shape[1] - self.lengths.long()

    def pad(self, tensor):
        """Add zeros to the first axis of `tensor`, (n_samples, ...), up to `size`."""
        n_missing = 0 if self.size is None else self.size - len(tensor)
        if n_missing == 0:
            return tensor
        return nn.functional.pad(tensor, (0, 0) * (tensor.ndim - 1) + (0, n_missing))

    def to(self, device, dtype):
        """Return the batch on a device: on the CPU as it is, else taken out."""
        if self.values.device.type == torch.device(device).type == "cpu":
            return self
        lengths = None if self.lengths is None else self.lengths.to(device)
        values = self.gather(dtype).to(device)
        return SequenceBatch(values, lengths=lengths, size=self.size)

    def gather(self, dtype=None):
        """Return the sequences themselves.

        Parameters
        ----------
        dtype : torch.dtype or None, default=None
            What to convert to; None: as they are.

        Returns
        -------
        x : tensor of shape (n_samples, n_steps, n_features)
            A copy or a view; absent steps are 0. Not padded.
        """
        x = self.values if self.rows is None else self.values[self.rows]
        if self.relative_to is not None:
            x = x.clone() if self.rows is None else x
            level = x[:, -1:, self.relative_to].clone()
            x[:, :, self.relative_to] -= level
        if self.lengths is not None:
            steps = torch.arange(x.shape[1], device=x.device)
            x = x.masked_fill((steps < self.starts[:, None])[:, :, None], 0)
        return x if dtype is None else x.to(dtype)
