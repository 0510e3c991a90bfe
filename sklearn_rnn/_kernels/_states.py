"""States of a reservoir's layer, through the compiled kernel or through SciPy."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from scipy import sparse

from ._choice import compiled, kernel_in_use

__all__ = ["Scales", "Weights", "run_states"]

# A matrix with a larger part of its numbers set is multiplied as a dense one.
_LARGEST_SPARSE = 0.25

# The compiled kernel numbers units with 16 bits.
_MOST_COMPILED = 2**16


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

    def __getstate__(self):
        """Leave out what is made again where it is needed."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def compiled_double(self):
        """The weights as the compiled kernel reads them, for float64 states."""
        return compiled().Layer(self.w_in, self.bias, self.links, self.w, True)

    @cached_property
    def compiled_float(self):
        """The weights as the compiled kernel reads them, for float32 states."""
        return compiled().Layer(self.w_in, self.bias, self.links, self.w, False)

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


def run_states(
    weights, x, rows, scales, state, *, nonlinearity, states=None, sums=None
):
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
    kernel = kernel_in_use()
    if kernel in ("torch", "off") or weights.n_units > _MOST_COMPILED:
        _run_twin(weights, x, rows, scales, state, nonlinearity, states, sums)
        return
    is_double = state.dtype == np.float64
    compiled().run_states(
        kernel,
        weights.compiled_double if is_double else weights.compiled_float,
        x,
        rows,
        *(
            np.ascontiguousarray(factor, dtype=np.float64)
            for factor in (scales.recurrent, scales.inputs, scales.bias, scales.leak)
        ),
        state,
        nonlinearity,
        states,
        sums,
    )


def _run_twin(weights, x, rows, scales, state, nonlinearity, states, sums):
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
