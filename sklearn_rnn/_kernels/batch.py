"""A batch of sequences, described by its place in a larger tensor."""

from dataclasses import dataclass

import torch
from torch import nn

__all__ = ["SequenceBatch", "latest_steps"]


@dataclass(frozen=True)
class SequenceBatch:
    """Some sequences of a larger tensor, without a copy.

    The compiled kernel reads the sequences in place; from overlapping windows it reads
    the series. All other code calls `gather` or `gather_segments`.

    Parameters
    ----------
    values : tensor of shape (n_given, n_steps, n_features)
        All sequences, right-aligned, perhaps overlapping views of one series. Values at
        absent steps have no effect.
    rows : tensor of shape (n_samples,), int64, or None
        Numbers of the sequences in the batch; None: all.
    lengths : tensor of shape (n_samples,), int64, or None
        Number of present steps of each sequence in the batch; None: all are present.
    relative_to : int or None
        Feature that is read relative to its value at a sequence's last step.
    size : int or None
        Number of sequences in computations: sequences of zeros fill the batch up to it,
        so that the arithmetic of a sequence does not depend on the size of the batch.
    segment_length : int
        Number of steps, side by side, that a recurrent layer reads as one. The last
        segment ends with the last step, and zeros stand in the first one for the steps
        that a sequence lacks.
    """

    values: torch.Tensor
    rows: torch.Tensor | None = None
    lengths: torch.Tensor | None = None
    relative_to: int | None = None
    size: int | None = None
    segment_length: int = 1

    def __len__(self):
        return len(self.values if self.rows is None else self.rows)

    @property
    def starts(self):
        """First present step of each sequence, (n_samples,), or None."""
        if self.lengths is None:
            return None
        return self.values.shape[1] - self.lengths.long()

    @property
    def n_segments(self):
        """Number of segments of the longest sequence."""
        return -(-self.values.shape[1] // self.segment_length)

    @property
    def lengths_in_segments(self):
        """Number of segments of each sequence that hold a step, (n_samples,), or None.

        None: all of them do.
        """
        if self.lengths is None or self.segment_length == 1:
            return self.lengths
        return (self.lengths + self.segment_length - 1) // self.segment_length

    def pad(self, tensor):
        """Add zeros to the first axis of `tensor`, (n_samples, ...), up to `size`."""
        n_missing = 0 if self.size is None else self.size - len(tensor)
        if n_missing == 0:
            return tensor
        return nn.functional.pad(tensor, (0, 0) * (tensor.ndim - 1) + (0, n_missing))

    def to(self, device, dtype):
        """Return the batch on a device: unchanged on the CPU, gathered elsewhere."""
        if self.values.device.type == torch.device(device).type == "cpu":
            return self
        lengths = None if self.lengths is None else self.lengths.to(device)
        values = self.gather(dtype).to(device)
        return SequenceBatch(
            values, None, lengths, size=self.size, segment_length=self.segment_length
        )

    def gather(self, dtype=None):
        """Return the sequences themselves.

        Parameters
        ----------
        dtype : torch.dtype or None, default=None
            Type of the result; None: the type of the sequences.

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

    def gather_segments(self, dtype=None):
        """Return the segments themselves, as a recurrent layer reads them.

        Parameters
        ----------
        dtype : torch.dtype or None, default=None
            As in `gather`.

        Returns
        -------
        x : tensor of shape (n_samples, n_segments, segment_length * n_features)
            A copy or a view, time-major. Not padded.
        """
        x = self.gather(dtype)
        if self.segment_length == 1:
            return x
        n_samples, n_steps, n_features = x.shape
        absent = self.n_segments * self.segment_length - n_steps
        x = nn.functional.pad(x, (0, 0, absent, 0)) if absent else x
        # (n_samples, n_steps, n_features) -> (n_samples, n_segments, wide)
        return x.reshape(n_samples, self.n_segments, self.segment_length * n_features)


def latest_steps(x, n_steps):
    """Return the last `n_steps` steps of sequences side by side, missing ones as 0.

    Parameters
    ----------
    x : tensor of shape (n_samples, n_given_steps, n_features)
        Sequences of any number of steps.
    n_steps : int
        Number of steps to return.

    Returns
    -------
    flat : tensor of shape (n_samples, n_steps * n_features)
        Time-major.
    """
    absent = max(n_steps - x.shape[1], 0)
    return nn.functional.pad(x[:, -n_steps:], (0, 0, absent, 0)).flatten(1)
