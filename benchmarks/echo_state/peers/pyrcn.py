"""PyRCN's echo state networks, of 500 units.

``documented``: ``ESNRegressor()`` as in its README. The inputs of NARMA10 are not
scaled, as there; the other series are scaled as in its example ``mackey-glass-t17``.

``tuned``: the best settings for each task, found on two other series by ``python -m
benchmarks.echo_state.peers.pyrcn tune``, among 32 settings of spectral radius, leakage,
input scaling and bias scaling, each with 13 ridges, on standardised series.
"""

from functools import cached_property

import torch
from pyrcn.base.blocks import InputToNode, NodeToNode
from pyrcn.echo_state_network import ESNRegressor
from pyrcn.nn import IncrementalRidge

from ..tasks import N_UNITS, WASHOUT
from ._scaling import Scaling
from ._work import RIDGES, answer

_DOCUMENTED_RIDGE = 1e-5  # its default

_TUNED = {
    "NARMA10": {
        "spectral_radius": 1.0,
        "leak_rate": 1.0,
        "input_scaling": 0.02,
        "bias_scaling": 0.5,
        "ridge": 1e-08,
    },
    "Mackey-Glass": {
        "spectral_radius": 0.9,
        "leak_rate": 0.5,
        "input_scaling": 0.4,
        "bias_scaling": 0.5,
        "ridge": 1e-10,
    },
    "Lorenz": {
        "spectral_radius": 0.9,
        "leak_rate": 1.0,
        "input_scaling": 0.1,
        "bias_scaling": 0.5,
        "ridge": 1e-10,
    },
}


class Network:
    """A trained network.

    Parameters
    ----------
    inputs, nodes : dict
        Options of the blocks.
    ridge : float
        Strength of the readout.
    scaling : Scaling
        Scaling of the inputs.
    x, y : ndarray of shape (n_steps, n_features) and (n_steps, n_outputs)
        Inputs and targets to fit.
    seed : int
        Seed of the weights.
    """

    def __init__(self, inputs, nodes, ridge, scaling, x, y, seed):
        size = {"hidden_layer_size": N_UNITS, "random_state": seed}
        self.network = ESNRegressor(
            input_to_node=InputToNode(**size, **inputs),
            node_to_node=NodeToNode(**size, **nodes),
            washout=WASHOUT,
            alpha=ridge,
            verbose=False,
        ).fit(scaling.do(x), y)
        self.scaling, self.x, self.y = scaling, x, y
        self.input_map = self.network._torch_input_map
        self.cell = self.network._torch_reservoir.cell
        self.readout = self.network._torch_readout

    @cached_property
    @torch.no_grad()
    def states(self):
        return self.network._torch_states(self.scaling.do(self.x))[0]

    def read_with(self, ridge):
        """Fit a readout of another strength to the same states."""
        readout = IncrementalRidge(alpha=ridge, dtype=torch.float64)
        y = torch.as_tensor(self.y)[WASHOUT:]
        self.readout = readout.fit(self.states[WASHOUT:], y)
        return self

    @torch.no_grad()
    def predict(self, x):
        """Predict every step."""
        return torch.cat(self._drive(torch.as_tensor(x)[None])[1]).numpy()

    @torch.no_grad()
    def free_run(self, drives, n_steps):
        """Run on its own predictions."""
        state, outputs = self._drive(torch.as_tensor(drives))
        outputs = outputs[-1:]
        for _ in range(n_steps - 1):
            state, output = self._step(state, outputs[-1])
            outputs.append(output)
        return torch.stack(outputs, dim=1).numpy()

    def _drive(self, drives):
        state, outputs = None, []
        for x in drives.swapaxes(0, 1):
            state, output = self._step(state, x)
            outputs.append(output)
        return state, outputs

    def _step(self, state, x):
        """Take the package's step of all runs, (n_runs, n_units), and read out."""
        x = torch.as_tensor(self.scaling.do(x.numpy()))
        state = self.cell(self.input_map(x), state)
        return state, self.readout.predict(state)


def make_network(kind, name, task, seed):
    x, y = task.train()
    if kind == "documented":
        scaling = (Scaling.of_none if name == "NARMA10" else Scaling.of_range)(x)
        return Network({}, {}, _DOCUMENTED_RIDGE, scaling, x, y, seed)
    settings = _TUNED[name] if kind == "tuned" else kind
    inputs = {
        "input_activation": "identity",
        "input_scaling": settings["input_scaling"],
        "bias_scaling": settings["bias_scaling"],
    }
    nodes = {
        "spectral_radius": settings["spectral_radius"],
        "leakage": settings["leak_rate"],
        "sparsity": 0.1,
    }
    ridge = settings.get("ridge", RIDGES[0])
    return Network(inputs, nodes, ridge, Scaling.of_deviation(x), x, y, seed)


if __name__ == "__main__":
    torch.set_num_threads(1)
    answer(make_network=make_network, read_with=Network.read_with)
