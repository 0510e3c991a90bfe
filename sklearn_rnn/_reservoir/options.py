"""The options of a fit of an echo state network."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from .drawing import draw_reservoir
from .readout_rows import ReadoutRows

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """Parameters of an echo state network, all checked.

    Parameters
    ----------
    settings : list of dict
        Spectral radius, leak rate and input scaling of each setting of the reservoir.
    alphas : ndarray of shape (n_alphas,)
        Strengths of the ridge, above 0.
    n_reservoir, connectivity, num_layers, bidirectional, nonlinearity, bias_scaling
        Parameters of ``ESNRegressor`` that the reservoir is drawn with.
    direct_input, washout, standardize
        Further parameters of ``ESNRegressor``.
    pooling : {"last", "mean", "both"} or None
        How the steps of a sequence become one row; None: each step is a row.
    """

    settings: list[dict[str, float]]
    alphas: NDArray[np.float64]
    n_reservoir: int
    connectivity: float
    num_layers: int
    bidirectional: bool
    nonlinearity: str
    bias_scaling: float
    direct_input: bool
    washout: int
    standardize: bool
    pooling: str | None

    def draw_readout_rows(self, n_features: int, random_state: Any) -> ReadoutRows:
        """Draw the reservoir, in all settings, and lay out the rows of its readout."""
        generator = check_random_state(random_state)
        reservoir = draw_reservoir(
            n_features,
            n_reservoir=self.n_reservoir,
            connectivity=self.connectivity,
            num_layers=self.num_layers,
            bidirectional=self.bidirectional,
            nonlinearity=self.nonlinearity,
            bias_scaling=self.bias_scaling,
            seed=int(generator.randint(np.iinfo(np.int32).max)),
            **{name: [one[name] for one in self.settings] for name in self.settings[0]},
        )
        return ReadoutRows(
            reservoir, n_features, self.direct_input, self.pooling, self.washout
        )
