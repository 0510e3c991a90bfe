"""States of a reservoir's layer, through the compiled kernel or through SciPy."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from scipy import sparse

from .choice import compiled, kernel_in_use

__all__ = ["Scales", "Weights", "run_states"]

# A matrix with a larger part of its numbers set is multiplied as a dense one, lane by
# lane: products of several lanes at once would round by how many they are. At 200 to
# 1000 units that pays from 0.15 on for one lane, from 0.45 on for 16 and more.
_LARGEST_SPARSE = 0.3

# The compiled kernel numbers units with 16 bits.
_MOST_COMPILED = 2**16

# It runs up to so many lanes one by one: two together take up to a fifth longer, three
# up to a third less.
_MOST_ALONE = 2


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
    def _layers(self):
        return {}

    def layer(self, n_lanes):
        """Return the weights as the compiled kernel reads them.

        They are laid out in one way for lanes one by one, in another for many together.
        """
        is_alone = n_lanes <= _MOST_ALONE
        if is_alone not in self._layers:
            self._layers[is_alone] = compiled().Layer(
                self.w_in, self.bias, self.links, self.w, is_for_one_lane=is_alone
            )
        return self._layers[is_alone]

    @cached_property
    def _matrices(self):
        return {}

    def matrix(self, dtype):
        """Return all weights as one matrix, sparse or dense, for states of dtype.

        Its columns, (n_units + n_features + 1), belong to units, inputs and the bias.
        """
        if dtype not in self._matrices:
            n_units, n_links = self.w.shape
            ends = np.arange(n_units + 1) * n_links
            shape = (n_units, n_units)
            w = sparse.csr_array(
                (self.w.ravel(), self.links.ravel(), ends), shape=shape
            )
            matrix = sparse.hstack(
                [w, sparse.csr_array(self.w_in), sparse.csr_array(self.bias[:, None])],
                format="csr",
                dtype=dtype,
            )
            is_sparse = n_links <= _LARGEST_SPARSE * n_units
            self._matrices[dtype] = matrix if is_sparse else matrix.toarray()
        return self._matrices[dtype]


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
    factors = (scales.recurrent, scales.inputs, scales.bias, scales.leak)
    compiled().run_states(
        kernel,
        weights.layer(len(rows)),
        x if x.flags.aligned else x.copy(),
        np.ascontiguousarray(rows),
        *(np.ascontiguousarray(factor, dtype=np.float64) for factor in factors),
        state,
        nonlinearity,
        states,
        sums,
    )


def _run_twin(weights, x, rows, scales, state, nonlinearity, states, sums):
    """Do what the compiled kernel does, in NumPy and SciPy."""
    f = {"tanh": np.tanh, "relu": _relu, "identity": np.asarray}[nonlinearity]
    factors = (scales.recurrent, scales.inputs, scales.bias, scales.leak)
    recurrent, inputs, bias, leak = (
        np.asarray(factor, dtype=state.dtype) for factor in factors
    )
    matrix = weights.matrix(state.dtype)
    h = np.array(state.T, order="C")  # (n_units, n_lanes)
    heard = np.empty((matrix.shape[1], len(rows)), state.dtype)  # units, inputs, bias
    heard[-1] = bias
    # As in the compiled kernel, what becomes infinite or NaN stays so without a word.
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(x.shape[1]):
            np.multiply(h, recurrent, out=heard[: len(h)])
            heard[len(h) : -1] = inputs * x[rows, step].astype(state.dtype).T
            h = (1 - leak) * h + leak * f(_product(matrix, heard))
            if states is not None:
                states[:, step] = h.T
            if sums is not None:
                sums += h.T
    state[:] = h.T


def _product(matrix, heard):
    """Return matrix @ heard, in which no lane's numbers depend on the other lanes."""
    if sparse.issparse(matrix):
        return matrix @ heard
    # (n_lanes, n_heard, 1): a product for each lane
    return (matrix @ np.ascontiguousarray(heard.T)[:, :, np.newaxis])[:, :, 0].T


def _relu(x):
    return np.maximum(x, 0.0)
