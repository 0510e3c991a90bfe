"""Reservoirs: recurrent layers of fixed random weights, and their states."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from sklearn_rnn._kernels.states import Scales, Weights, run_states

__all__ = ["NONLINEARITIES", "Reservoir", "Settings", "recurrent_matrix"]

_Floats = NDArray[np.floating]

NONLINEARITIES = ("tanh", "relu", "identity")


@dataclass(frozen=True)
class Settings:
    """Factors of the drawn weights, and leak rates, in several settings.

    Parameters
    ----------
    spectral_radius, leak_rate, input_scaling, bias_scaling : ndarray (n_settings,)
        Parameters of ``ESNRegressor``, in each setting.
    """

    spectral_radius: NDArray[np.float64]
    leak_rate: NDArray[np.float64]
    input_scaling: NDArray[np.float64]
    bias_scaling: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.spectral_radius)

    def take(self, number: int) -> "Settings":
        """Return a single setting."""
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
        Drawn weights of each layer, in each direction.
    radii : tuple of tuple of float
        Spectral radius of these recurrent weights, as drawn.
    settings : Settings
        The settings.
    nonlinearity : {"tanh", "relu", "identity"}
        Activation function of the units.
    dtype : numpy.dtype
        Type in which states are computed.
    """

    layers: tuple[tuple[Weights, ...], ...]
    radii: tuple[tuple[float, ...], ...]
    settings: Settings
    nonlinearity: str
    dtype: np.dtype

    @property
    def n_directions(self) -> int:
        """1, or 2 where the reservoir is bidirectional."""
        return len(self.layers[0])

    @property
    def n_states(self) -> int:
        """Number of states after a step, of all layers and directions."""
        return sum(weights.n_units for layer in self.layers for weights in layer)

    def take(self, number: int) -> "Reservoir":
        """Return the reservoir in a single setting."""
        return replace(self, settings=self.settings.take(number))

    def rest(self, n_sequences: int) -> _Floats:
        """Return the states at rest, zeros of shape (n_lanes, n_states)."""
        return np.zeros((len(self.settings) * n_sequences, self.n_states), self.dtype)

    def eigenvalues(self) -> list[NDArray[np.complexfloating]]:
        """Return all eigenvalues of each recurrent matrix, scaled to its radius.

        Returns
        -------
        eigenvalues : list of ndarray of shape (n_settings, n_units), complex
            Eigenvalues of each layer and direction, in the order of the states.
        """
        radius = self.settings.spectral_radius[:, np.newaxis]
        return [
            radius / as_drawn * linalg.eigvals(recurrent_matrix(weights).toarray())
            for layer, radii in zip(self.layers, self.radii, strict=True)
            for weights, as_drawn in zip(layer, radii, strict=True)
        ]

    def run(
        self,
        x: _Floats,
        start: _Floats | None = None,
        *,
        states: _Floats | None = None,
        sums: _Floats | None = None,
        is_by_lane: bool = False,
    ) -> _Floats:
        """Drive the reservoir through sequences of one length.

        Parameters
        ----------
        x : ndarray of shape (n_sequences, n_steps, n_features)
            Sequences without absent steps, in any memory layout.
        start : ndarray of shape (n_lanes, n_states) or None, default=None
            States before the first step; None: rest.
        states : ndarray of shape (n_lanes, n_steps, n_states) or None, default=None
            Overwritten with the states after each step; its last axis is contiguous.
        sums : ndarray of shape (n_lanes, n_states) or None, default=None
            The states of all steps are added to it.
        is_by_lane : bool, default=False
            Whether `x` has a sequence for each lane; otherwise every setting runs
            through all sequences.

        Returns
        -------
        end : ndarray of shape (n_lanes, n_states)
            The states after the last step; of a backward direction, after the first.

        Raises
        ------
        ValueError
            If states grow too large, as states of an unbounded nonlinearity may.
        """
        if self.nonlinearity == "tanh":
            return self._run(x, start, states, sums, is_by_lane)
        with np.errstate(over="ignore", invalid="ignore"):
            end = self._run(x, start, states, sums, is_by_lane)
        limit = np.sqrt(np.finfo(self.dtype).max) / 1000
        for values in (end, states, sums):
            # True where a number is NaN, too
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
            # The next layer reads these states
            x, rows = of_layer, np.arange(n_lanes)
        return end

    def _scales(self, number, direction, setting):
        """Return the factors of each lane of a layer."""
        settings = self.settings
        inputs = settings.input_scaling
        if number > 0:
            inputs = np.ones_like(inputs)  # these weights are drawn in their size
        return Scales(
            (settings.spectral_radius / self.radii[number][direction])[setting],
            inputs[setting],
            settings.bias_scaling[setting],
            settings.leak_rate[setting],
        )


def recurrent_matrix(weights):
    """Return recurrent weights as drawn, as a sparse array (n_units, n_units)."""
    n_units, n_links = weights.w.shape
    ends = np.arange(n_units + 1) * n_links
    w = weights.w.astype(np.float64).ravel()
    return sparse.csr_array((w, weights.links.ravel(), ends), shape=(n_units,) * 2)
