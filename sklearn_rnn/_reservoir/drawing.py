"""Random weights of a reservoir, and their spectral radius."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from scipy import linalg
from scipy.sparse.linalg import eigs

from sklearn_rnn._kernels.states import Weights

from .reservoir import Reservoir, Settings, recurrent_matrix

__all__ = ["draw_reservoir"]

# Up to this number of units all eigenvalues are computed; beyond, only the eigenvalues
# of largest modulus. With fewer vectors ARPACK at times misses the largest.
_MOST_DENSE = 1000
_N_EIGENVALUES, _N_VECTORS = 6, 80

# More weights or states take gigabytes, and minutes to draw.
_MOST_WEIGHTS, _MOST_STATES = 2**28, 2**17

# Random numbers drawn at a time: fewer than a dense matrix of a large reservoir has.
_DRAWN_AT_ONCE = 2**22


def draw_reservoir(
    n_features: int,
    *,
    n_reservoir: int,
    connectivity: float,
    num_layers: int,
    bidirectional: bool,
    nonlinearity: str,
    spectral_radius: ArrayLike,
    leak_rate: ArrayLike,
    input_scaling: ArrayLike,
    bias_scaling: ArrayLike,
    seed: int,
    dtype: DTypeLike = np.float64,
) -> Reservoir:
    """Draw the weights of a reservoir.

    All weights are uniform in [-1, 1], drawn in float32. Each unit is fed by
    ``round(connectivity * n_reservoir)`` units, at least one. The input weights of a
    layer above the first are scaled so that the squares of a unit's input weights sum
    to 1 on average.

    Parameters
    ----------
    n_features : int
        Number of inputs.
    n_reservoir, connectivity, num_layers, bidirectional, nonlinearity
        Parameters of ``ESNRegressor``.
    spectral_radius, leak_rate, input_scaling, bias_scaling : array-like (n_settings,)
        The settings; a single number holds in all settings.
    seed : int
        Seed of the weights.
    dtype : numpy.dtype, default=numpy.float64
        Type in which states are computed.

    Returns
    -------
    reservoir : Reservoir
        The reservoir, with the exact spectral radius of each recurrent matrix.

    Raises
    ------
    ValueError
        If the reservoir has too many states or weights.
    """
    # A larger factor saturates a unit no further, and its products may overflow.
    largest = np.sqrt(np.finfo(dtype).max) / 1000
    settings = np.broadcast_arrays(
        *(
            np.minimum(np.atleast_1d(np.asarray(values, dtype=np.float64)), largest)
            for values in (spectral_radius, leak_rate, input_scaling, bias_scaling)
        )
    )
    n_directions = 2 if bidirectional else 1
    n_links = max(1, round(connectivity * n_reservoir))
    _check_size(n_features, n_reservoir, n_links, num_layers, n_directions)
    seeds = iter(np.random.SeedSequence(seed).spawn(num_layers * n_directions))
    layers, n_inputs = [], n_features
    for number in range(num_layers):
        layer = []
        for _ in range(n_directions):
            generator = np.random.default_rng(next(seeds))
            scale = 1.0 if number == 0 else np.sqrt(3 / n_inputs)
            layer.append(
                _draw_weights(generator, n_reservoir, n_inputs, n_links, scale)
            )
        layers.append(tuple(layer))
        n_inputs = n_directions * n_reservoir
    return Reservoir(
        tuple(layers),
        tuple(tuple(_spectral_radius(w) for w in layer) for layer in layers),
        Settings(*(values.copy() for values in settings)),
        nonlinearity,
        np.dtype(dtype),
    )


def _check_size(n_features, n_units, n_links, num_layers, n_directions):
    """Raise a ValueError where a reservoir would be too large."""
    n_states = num_layers * n_directions * n_units
    n_inputs = n_features + (num_layers - 1) * n_directions * n_units  # of all layers
    n_weights = n_directions * n_units * (num_layers * (n_links + 1) + n_inputs)
    for number, most, name in (
        (n_states, _MOST_STATES, "states"),
        (n_weights, _MOST_WEIGHTS, "weights"),
    ):
        if number > most:
            raise ValueError(
                f"n_reservoir={n_units} units, {n_links} links each, and num_layers="
                f"{num_layers} make a reservoir of {number:.3g} {name}; it can have at "
                f"most {most}."
            )


def _draw_weights(generator, n_units, n_inputs, n_links, scale):
    w = _uniform(generator, (n_units, n_links))
    links = np.empty((n_units, n_links), np.int32)
    n_rows = max(1, _DRAWN_AT_ONCE // n_units)
    for first in range(0, n_units, n_rows):
        rows = slice(first, min(first + n_rows, n_units))
        # The places of the n_links smallest random numbers are a random choice.
        keys = generator.random((rows.stop - first, n_units), dtype=np.float32)
        chosen = np.argpartition(keys, n_links - 1, axis=1)[:, :n_links]
        links[rows] = np.sort(chosen, axis=1)
    w_in = _uniform(generator, (n_units, n_inputs)) * np.float32(scale)
    return Weights(w_in, _uniform(generator, n_units), links, w)


def _uniform(generator, shape):
    return 2 * generator.random(shape, dtype=np.float32) - 1


def _spectral_radius(weights):
    """Return the largest modulus of the eigenvalues of a recurrent matrix."""
    n_units, matrix = weights.n_units, recurrent_matrix(weights)
    if n_units <= _MOST_DENSE:
        values = linalg.eigvals(matrix.toarray(), check_finite=False)
    else:
        values = eigs(
            matrix,
            k=_N_EIGENVALUES,
            ncv=_N_VECTORS,
            v0=np.ones(n_units),
            return_eigenvectors=False,
        )
    return float(np.abs(values).max())
