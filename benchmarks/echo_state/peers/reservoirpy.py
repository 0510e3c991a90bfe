"""reservoirpy's echo state networks, of 500 units.

``documented``: for NARMA10 the example of ``reservoirpy.datasets.narma``, all at its
defaults, with inputs that are not scaled; for the other series the settings of its
tutorial "Understand and optimize ESN hyperparameters", with its scaling to [-1, 1].

``tuned``: the best settings for each task, found on two other series by ``python -m
benchmarks.echo_state.peers.reservoirpy tune``, among 32 settings of spectral radius,
leak rate, input scaling and bias, each with 13 ridges, on standardised series.
"""

import numpy as np
from reservoirpy.mat_gen import uniform
from reservoirpy.nodes import Reservoir, Ridge

from ..tasks import N_UNITS, WASHOUT
from ._scaling import Scaling
from ._work import RIDGES, answer

_TUTORIAL = {
    "lr": 0.3,
    "sr": 1.25,
    "input_scaling": 1.0,
    "rc_connectivity": 0.1,
    "input_connectivity": 0.2,
}
_TUTORIAL_RIDGE = 1e-8

_TUNED = {
    "NARMA10": {
        "spectral_radius": 1.0,
        "leak_rate": 1.0,
        "input_scaling": 0.02,
        "bias_scaling": 0.5,
        "ridge": 1e-09,
    },
    "Mackey-Glass": {
        "spectral_radius": 1.0,
        "leak_rate": 0.5,
        "input_scaling": 0.4,
        "bias_scaling": 0.5,
        "ridge": 1e-11,
    },
    "Lorenz": {
        "spectral_radius": 0.9,
        "leak_rate": 1.0,
        "input_scaling": 0.1,
        "bias_scaling": 0.5,
        "ridge": 1e-11,
    },
}


class Network:
    """A trained network.

    Parameters
    ----------
    options : dict
        Options of the reservoir.
    ridge : float
        Strength of the readout.
    scaling : Scaling
        Scaling of the inputs.
    x, y : ndarray of shape (n_steps, n_features) and (n_steps, n_outputs)
        Inputs and targets to fit.
    seed : int
        Seed of the weights.
    """

    def __init__(self, options, ridge, scaling, x, y, seed):
        self.scaling = scaling
        self.reservoir = Reservoir(N_UNITS, seed=seed, **options)
        self.states, self.y = self.reservoir.run(scaling.do(x)), y
        # A column, so that several runs can stand side by side
        self.reservoir.bias = np.reshape(self.reservoir.bias, (-1, 1))
        self.read_with(ridge)

    def read_with(self, ridge):
        """Fit a readout of another strength to the same states."""
        self.readout = Ridge(ridge=ridge).fit(self.states, self.y, warmup=WASHOUT)
        return self

    def predict(self, x):
        """Predict every step."""
        return self._drive(x[np.newaxis])[1][0]

    def free_run(self, drives, n_steps):
        """Run on its own predictions."""
        state, outputs = self._drive(drives)
        outputs = [outputs[:, -1]]
        for _ in range(n_steps - 1):
            state, output = self._step(state, outputs[-1])
            outputs.append(output)
        return np.stack(outputs, axis=1)

    def _drive(self, drives):
        state, outputs = np.zeros((N_UNITS, len(drives))), []
        for x in drives.swapaxes(0, 1):
            state, output = self._step(state, x)
            outputs.append(output)
        return state, np.stack(outputs, axis=1)

    def _step(self, state, x):
        """Take the package's step of all runs, (n_units, n_runs), and read out."""
        state = self.reservoir._step({"out": state}, self.scaling.do(x).T)["out"]
        return state, self.readout.run(state.T)


def make_network(kind, name, task, seed):
    x, y = task.train()
    if kind == "documented" and name == "NARMA10":
        return Network({}, 0.0, Scaling.of_none(x), x, y, seed)
    if kind == "documented":
        scaling = Scaling.of_range(x)
        return Network(_TUTORIAL, _TUTORIAL_RIDGE, scaling, x, y, seed)
    settings = _TUNED[name] if kind == "tuned" else kind
    bias = settings["bias_scaling"]
    options = {
        "lr": settings["leak_rate"],
        "sr": settings["spectral_radius"],
        "input_scaling": settings["input_scaling"],
        "bias": uniform(low=-bias, high=bias) if bias else 0.0,
    }
    ridge = settings.get("ridge", RIDGES[0])
    return Network(options, ridge, Scaling.of_deviation(x), x, y, seed)


def run_states(n_units):
    return Reservoir(n_units, sr=0.9, lr=1.0, rc_connectivity=0.1, seed=0).run


def fit(x, y):
    reservoir = Reservoir(N_UNITS, sr=0.9, lr=1.0, rc_connectivity=0.1, seed=0)
    model = reservoir >> Ridge(ridge=1e-6)
    model.fit(x, y, warmup=WASHOUT)


if __name__ == "__main__":
    answer(run_states, fit, make_network, Network.read_with)
