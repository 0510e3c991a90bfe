"""Scaling of the inputs, which other packages leave to their users."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Scaling"]


@dataclass(frozen=True)
class Scaling:
    """``(x - centre) / size``, by feature.

    Parameters
    ----------
    centre, size : ndarray of shape (n_features,)
        Subtrahend and divisor of each feature.
    """

    centre: np.ndarray
    size: np.ndarray

    @classmethod
    def of_none(cls, x):
        """Return a scaling that leaves `x`, (n_steps, n_features), as it is."""
        return cls(np.zeros(x.shape[1]), np.ones(x.shape[1]))

    @classmethod
    def of_range(cls, x):
        """Return a scaling of `x`, (n_steps, n_features), to [-1, 1]."""
        low, high = x.min(axis=0), x.max(axis=0)
        return cls((low + high) / 2, (high - low) / 2)

    @classmethod
    def of_deviation(cls, x):
        """Return a scaling of `x`, (n_steps, n_features), to mean 0 and variance 1."""
        return cls(x.mean(axis=0), x.std(axis=0))

    def do(self, x):
        """Scale inputs, (..., n_features)."""
        return (x - self.centre) / self.size
