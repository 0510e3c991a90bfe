"""States of a reservoir's layer, through the compiled kernel or through SciPy."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from scipy import sparse

from .choice import compiled, kernel_in_use

__all__ = ["Scales", "Weights", "run_states"]

# Largest density of a matrix that is multiplied as a sparse one. A dense matrix is
# multiplied lane by lane, because the rounding of a joint product would depend on the
# number of lanes. With 200 to 1000 units the dense product is faster from a density of
# 0.15 for one lane, and from 0.45 for 16 lanes and more.
_LARGEST_SPARSE = 0.3

# The compiled kernel numbers units with 16 bits.
_MOST_COMPILED = 2**16

# Largest number of lanes that it runs one by one: joint runs of two lanes take up to a
# fifth longer, joint runs of three up to a third less.
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
        Numbers of the units that feed each unit, increasing within a row.
    w : ndarray of shape (n_units, n_links), float32
        Weights of these units.
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
        """Leave out the cached layouts, which are made again on demand."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def _layers(self):
        return {}

    def layer(self, n_lanes):
        """Return the weights as the compiled kernel reads them.

        The layout for lanes one by one differs from the layout for joint lanes.
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
        """Return all weights as one matrix, sparse or dense, for states of `dtype`.

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
    """Factors of the weights of each lane.

    Parameters
    ----------
    recurrent, inputs, bias : ndarray of shape (n_lanes,)
        Factors of the recurrent weights, the input weights and the biases.
    leak : ndarray of shape (n_lanes,)
        Fraction of a state that is new in each step.
    """

    recurrent: np.ndarray
    inputs: np.ndarray
    bias: np.ndarray
    leak: np.ndarray


def run_states(
    weights, x, rows, scales, state, *, nonlinearity, states=None, sums=None
):
    r"""Drive a layer through the steps of sequences, one sequence in each lane.

    With the factors :math:`\rho, s, b, a` of the lane, the states are

    .. math::

        h_t = (1 - a) h_{t-1} + a f(\rho W h_{t-1} + s W_{in} x_t + b \beta).

    Parameters
    ----------
    weights : Weights
        The layer's weights.
    x : ndarray of shape (n_given, n_steps, n_features)
        Sequences without absent steps, in any layout.
    rows : ndarray of shape (n_lanes,), int64
        Number of the sequence of each lane.
    scales : Scales
        Factors of each lane.
    state : ndarray of shape (n_lanes, n_units)
        States before the first step; overwritten with the states after the last step.
    nonlinearity : {"tanh", "relu", "identity"}
        The function f.
    states : ndarray of shape (n_lanes, n_steps, n_units) or None, default=None
        Overwritten with the states after each step; units are contiguous, the other
        axes have any layout.
    sums : ndarray of shape (n_lanes, n_units) or None, default=None
        Increased by the states of all steps.
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
    """Compute the same as the compiled kernel, in NumPy and SciPy."""
    f = {"tanh": np.tanh, "relu": _relu, "identity": np.asarray}[nonlinearity]
    factors = (scales.recurrent, scales.inputs, scales.bias, scales.leak)
    recurrent, inputs, bias, leak = (
        np.asarray(factor, dtype=state.dtype) for factor in factors
    )
    matrix = weights.matrix(state.dtype)
    h = np.array(state.T, order="C")  # (n_units, n_lanes)
    heard = np.empty((matrix.shape[1], len(rows)), state.dtype)  # units, inputs, bias
    heard[-1] = bias
    # As in the compiled kernel, states become infinite or NaN without a warning.
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
    """Return ``matrix @ heard``; a lane's numbers do not depend on other lanes."""
    if sparse.issparse(matrix):
        return matrix @ heard
    # (n_lanes, n_heard, 1): a product for each lane
    return (matrix @ np.ascontiguousarray(heard.T)[:, :, np.newaxis])[:, :, 0].T


def _relu(x):
    return np.maximum(x, 0.0)
