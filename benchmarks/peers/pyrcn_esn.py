"""PyRCN's echo state networks, of 500 units.

It predicts a whole series from rest only: no state can be carried on, so it takes no
part in the closed loops. ``documented``: its defaults. ``tuned``: 16 settings of
spectral radius, leakage and input scaling on standardised inputs, each with 4 strengths
of the ridge, scored on the last fifth of the training part for the first seed.
"""

from functools import cache
from itertools import product

import numpy as np
from pyrcn.echo_state_network import ESNRegressor

from .._esn_tasks import Narma
from ._esn_work import answer

_UNITS = 500
_GRID = {
    "spectral_radius": (0.9, 1.0),
    "leakage": (0.5, 1.0),
    "input_scaling": (0.02, 0.1, 0.4, 1.0),
    "alpha": (1e-8, 1e-6, 1e-4, 1e-2),
}


class Network:
    """A network.

    Parameters
    ----------
    options : dict
        Of the estimator.
    x, y : ndarray of shape (n_steps, n_features) and (n_steps, n_outputs)
        What to fit it to.
    seed : int
        Of the weights.
    scales : bool
        Whether inputs are standardised.
    """

    def __init__(self, options, x, y, seed, *, scales):
        self.mean, self.scale = (x.mean(axis=0), x.std(axis=0)) if scales else (0, 1)
        self.esn = ESNRegressor(
            hidden_layer_size=_UNITS, random_state=seed, **options
        ).fit((x - self.mean) / self.scale, y[:, 0])

    def predict(self, x):
        """Predict every step."""
        outputs = self.esn.predict((x - self.mean) / self.scale)
        return np.asarray(outputs).reshape(len(x), 1)


@cache
def tune():
    """Return the best options on the training part of the first seed."""
    task = Narma(0)
    task.x, task.y = task.x[: task.n_train], task.y[: task.n_train]
    task.n_train = int(0.8 * task.n_train)
    values = product(*_GRID.values())
    settings = [dict(zip(_GRID, of_one, strict=True)) for of_one in values]
    scores = [
        task.score(Network(options, *task.train(), 0, scales=True))
        for options in settings
    ]
    return settings[int(np.argmin(scores))]


def make_network(kind, task, seed):
    if not isinstance(task, Narma):
        return None
    tuned = kind == "tuned"
    return Network(tune() if tuned else {}, *task.train(), seed, scales=tuned)


def run_states(n_units):
    raise NotImplementedError


def fit(x, y):
    ESNRegressor(hidden_layer_size=_UNITS, random_state=0).fit(x, y[:, 0])


if __name__ == "__main__":
    answer(run_states, fit, make_network)
