"""States of a reservoir's layer, through the compiled kernel or through SciPy."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

__all__ = ["Scales", "Weights", "run_states"]

# A matrix with a larger part of its numbers set is multiplied as a dense one.
_LARGEST_SPARSE = 0.25


@dataclass(frozen=True)
class Weights:
    """Weights of one layer, as drawn.

    Parameters
    ----------
    w_in : ndarray of shape (n_units, n_features), float32
        Input weights.
    bias : ndarray of shape (n_units,), float32
        Biases.
    links : ndarray of shape (n_units, n_links), int32
        Which units each unit hears, increasing within a row.
    w : ndarray of shape (n_units, n_links), float32
        How it hears them.
    """

    w_in: np.ndarray
    bias: np.ndarray
    links: np.ndarray
    w: np.ndarray

    @property
    def n_units(self):
        """Number of units."""
        return len(self.w)

    @cached_property
    def matrix(self):
        """The recurrent matrix, (n_units, n_units), float64: sparse, or dense."""
        n_units, n_links = self.w.shape
        ends = np.arange(n_units + 1) * n_links
        matrix = sparse.csr_array(
            (self.w.astype(np.float64).ravel(), self.links.ravel(), ends),
            shape=(n_units, n_units),
        )
        is_sparse = n_links <= _LARGEST_SPARSE * n_units
        return matrix if is_sparse else matrix.toarray()


@dataclass(frozen=True)
class Scales:
    """What each lane multiplies its weights with, each of shape (n_lanes,).

    Parameters
    ----------
    recurrent, inputs, bias : ndarray of shape (n_lanes,)
        Factors of the recurrent weights, the input weights and the biases.
    leak : ndarray of shape (n_lanes,)
        Part of a state that is new in each step.
    """

    recurrent: np.ndarray
    inputs: np.ndarray
    bias: np.ndarray
    leak: np.ndarray


def run_states(weights, x, rows, scales, state, *, nonlinearity, states=None, sums=None):
    r"""Drive a layer through the steps of sequences, a lane for each.

    With the factors :math:`\rho, s, b, a` of the lane,

    .. math::

        h_t = (1 - a) h_{t-1} + a f(\rho W h_{t-1} + s W_{in} x_t + b \beta).

    Parameters
    ----------
    weights : Weights
        The layer's weights.
    x : ndarray of shape (n_given, n_steps, n_features)
        Sequences without absent steps, in any layout.
    rows : ndarray of shape (n_lanes,), int64
        The sequence that each lane goes through.
    scales : Scales
        Factors of each lane.
    state : ndarray of shape (n_lanes, n_units)
        States before the first step; overwritten with those after the last one.
    nonlinearity : {"tanh", "relu", "identity"}
        The function f.
    states : ndarray of shape (n_lanes, n_steps, n_units) or None, default=None
        Overwritten with the states after each step; units lie side by side, the other
        axes in any layout.
    sums : ndarray of shape (n_lanes, n_units) or None, default=None
        The states of all steps are added to it.
    """
    f = {"tanh": np.tanh, "relu": _relu, "identity": np.asarray}[nonlinearity]
    recurrent, inputs, bias, leak = (
        factor[:, np.newaxis]
        for factor in (scales.recurrent, scales.inputs, scales.bias, scales.leak)
    )
    offset = bias * weights.bias.astype(np.float64)  # (n_lanes, n_units)
    w_in = weights.w_in.astype(np.float64).T
    h = state.astype(np.float64)
    for step in range(x.shape[1]):
        drive = inputs * (x[:, step] @ w_in)[rows] + offset
        total = recurrent * (weights.matrix @ h.T).T + drive
        h += leak * (f(total) - h)
        if states is not None:
            states[:, step] = h
        if sums is not None:
            sums += h
    state[:] = h


def _relu(x):
    return np.maximum(x, 0.0)
