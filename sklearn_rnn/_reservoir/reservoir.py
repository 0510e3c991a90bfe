"""Reservoirs: fixed random recurrent layers, and the states they go through."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, sparse

from sklearn_rnn._kernels.states import Scales, run_states

__all__ = ["NONLINEARITIES", "Reservoir", "Settings", "recurrent_matrix"]

NONLINEARITIES = ("tanh", "relu", "identity")


@dataclass(frozen=True)
class Settings:
    """What the drawn weights are multiplied with, each of shape (n_settings,).

    Parameters
    ----------
    spectral_radius, leak_rate, input_scaling, bias_scaling : ndarray (n_settings,)
        As in ``ESNRegressor``.
    """

    spectral_radius: np.ndarray
    leak_rate: np.ndarray
    input_scaling: np.ndarray
    bias_scaling: np.ndarray

    def __len__(self):
        return len(self.spectral_radius)

    def take(self, number):
        """Return one of the settings alone."""
        one = slice(number, number + 1)
        return Settings(
            self.spectral_radius[one],
            self.leak_rate[one],
            self.input_scaling[one],
            self.bias_scaling[one],
        )


@dataclass(frozen=True)
class Reservoir:
    """Layers of random recurrent units, run in one or more settings side by side.

    A lane is one sequence in one setting; lanes are numbered by setting, then by
    sequence. States of all layers and directions stand side by side.

    Parameters
    ----------
    layers : tuple of tuple of Weights
        Of each layer, in each direction.
    radii : tuple of tuple of float
        Spectral radius of each of them, as drawn.
    settings : Settings
        The settings.
    nonlinearity : {"tanh", "relu", "identity"}
        What a unit does to its input.
    dtype : numpy.dtype
        What states are computed in.
    """

    layers: tuple
    radii: tuple
    settings: Settings
    nonlinearity: str
    dtype: np.dtype

    @property
    def n_directions(self):
        """1, or 2 where the reservoir is bidirectional."""
        return len(self.layers[0])

    @property
    def n_states(self):
        """Number of states after a step: of all layers and directions."""
        return sum(weights.n_units for layer in self.layers for weights in layer)

    def take(self, number):
        """Return the reservoir in one of its settings alone."""
        return replace(self, settings=self.settings.take(number))

    def rest(self, n_sequences):
        """Return the states to start from, zeros of shape (n_lanes, n_states)."""
        return np.zeros((len(self.settings) * n_sequences, self.n_states), self.dtype)

    def eigenvalues(self):
        """Return all eigenvalues of each recurrent matrix, scaled as it is used.

        Returns
        -------
        eigenvalues : list of ndarray of shape (n_settings, n_units), complex
            One for each layer and direction, in the order of their states.
        """
        radius = self.settings.spectral_radius[:, np.newaxis]
        return [
            radius / as_drawn * linalg.eigvals(recurrent_matrix(weights).toarray())
            for layer, radii in zip(self.layers, self.radii, strict=True)
            for weights, as_drawn in zip(layer, radii, strict=True)
        ]

    def run(self, x, start=None, *, states=None, sums=None, is_by_lane=False):
        """Drive the reservoir through sequences of one length.

        Parameters
        ----------
        x : ndarray of shape (n_sequences, n_steps, n_features)
            Sequences without absent steps, in any layout.
        start : ndarray of shape (n_lanes, n_states) or None, default=None
            States before the first step; None: rest.
        states : ndarray of shape (n_lanes, n_steps, n_states) or None, default=None
            Overwritten with the states after each step; states lie side by side.
        sums : ndarray of shape (n_lanes, n_states) or None, default=None
            The states of all steps are added to it.
        is_by_lane : bool, default=False
            Whether `x` has a sequence for each lane; otherwise every setting goes
            through all of them.

        Returns
        -------
        end : ndarray of shape (n_lanes, n_states)
            The states after the last step; of a backward direction, after the first.

        Raises
        ------
        ValueError
            If states grow beyond all bounds, as those of a nonlinearity that has none
            may.
        """
        if self.nonlinearity == "tanh":
            return self._run(x, start, states, sums, is_by_lane)
        with np.errstate(over="ignore", invalid="ignore"):
            end = self._run(x, start, states, sums, is_by_lane)
        limit = np.sqrt(np.finfo(self.dtype).max) / 1000
        for values in (end, states, sums):
            # also where one is NaN
            if values is not None and not np.abs(values).max(initial=0.0) < limit:
                raise ValueError(
                    f"With nonlinearity={self.nonlinearity!r} the states of the "
                    f"reservoir grow beyond {limit:.3g}; use a smaller spectral radius "
                    "or input scaling, or nonlinearity='tanh'."
                )
        return end

    def _run(self, x, start, states, sums, is_by_lane):
        n_settings, n_steps = len(self.settings), x.shape[1]
        n_lanes = len(x) if is_by_lane else len(x) * n_settings
        rows = np.arange(n_lanes) % len(x)
        end = np.zeros((n_lanes, self.n_states), self.dtype)
        if start is not None:
            end[:] = start
        setting = np.arange(n_lanes) // (n_lanes // n_settings)
        at = 0
        for number, layer in enumerate(self.layers):
            first = at
            size = sum(weights.n_units for weights in layer)
            of_layer = None if states is None else states[:, :, at : at + size]
            if of_layer is None and number < len(self.layers) - 1:
                of_layer = np.empty((n_lanes, n_steps, size), self.dtype)
            for direction, weights in enumerate(layer):
                own = slice(at, at + weights.n_units)
                within = slice(at - first, at - first + weights.n_units)
                order = slice(None, None, -1 if direction else 1)
                run_states(
                    weights,
                    x[:, order],
                    rows,
                    self._scales(number, direction, setting),
                    end[:, own],
                    nonlinearity=self.nonlinearity,
                    states=None if of_layer is None else of_layer[:, order, within],
                    sums=None if sums is None else sums[:, own],
                )
                at += weights.n_units
            # What the next layer reads
            x, rows = of_layer, np.arange(n_lanes)
        return end

    def _scales(self, number, direction, setting):
        """Return the factors of each lane of a layer."""
        settings = self.settings
        inputs = settings.input_scaling
        if number > 0:
            inputs = np.ones_like(inputs)  # its weights have their size already
        return Scales(
            (settings.spectral_radius / self.radii[number][direction])[setting],
            inputs[setting],
            settings.bias_scaling[setting],
            settings.leak_rate[setting],
        )


def recurrent_matrix(weights):
    """Return recurrent weights as drawn, a sparse array (n_units, n_units)."""
    n_units, n_links = weights.w.shape
    ends = np.arange(n_units + 1) * n_links
    w = weights.w.astype(np.float64).ravel()
    return sparse.csr_array((w, weights.links.ravel(), ends), shape=(n_units,) * 2)
