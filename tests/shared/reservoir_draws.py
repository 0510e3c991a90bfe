"""Small reservoirs as they are drawn."""

import numpy as np

from sklearn_rnn._reservoir.drawing import draw_reservoir

OPTIONS = {
    "n_reservoir": 30,
    "connectivity": 0.2,
    "num_layers": 1,
    "bidirectional": False,
    "nonlinearity": "tanh",
    "spectral_radius": 0.9,
    "leak_rate": 0.7,
    "input_scaling": 0.5,
    "bias_scaling": 0.3,
    "seed": 0,
}


def draw(n_features=2, **options):
    return draw_reservoir(n_features, **OPTIONS | options)


def matrix_of(weights):
    """The recurrent weights as drawn, as a dense matrix."""
    matrix = np.zeros((weights.n_units, weights.n_units))
    np.put_along_axis(matrix, weights.links, weights.w.astype(float), axis=1)
    return matrix
