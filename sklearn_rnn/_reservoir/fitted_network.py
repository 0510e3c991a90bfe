"""A fitted echo state network as arrays: scales, reservoir and readout."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn._sequences.scaling import SequenceScaler
from sklearn_rnn._sequences.sequences import Sequences

from .closed_loop import Feedback, check_free_run, free_run, run_closed_loop
from .readout_rows import ReadoutRows
from .reservoir import Reservoir
from .samples import check_washout

__all__ = ["FittedNetwork"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FittedNetwork:
    """A reservoir in one setting between the scales of its inputs and its readout.

    Parameters
    ----------
    readout_rows : ReadoutRows
        The rows that the readout sees.
    scaler : SequenceScaler
        Scales of inputs and targets.
    coef : ndarray of shape (n_columns, n_outputs)
        Weights of the readout, in units of the targets.
    intercept : ndarray of shape (n_outputs,)
        Outputs where states and direct input are 0.
    """

    readout_rows: ReadoutRows
    scaler: SequenceScaler
    coef: _Floats
    intercept: _Floats

    @property
    def reservoir(self) -> Reservoir:
        """The reservoir, in one setting."""
        return self.readout_rows.reservoir

    @property
    def n_weights(self) -> int:
        """Number of weights of one output, the intercept included."""
        return len(self.coef) + 1

    def scale(self, sequences: Sequences) -> Sequences:
        """Return sequences as the reservoir reads them."""
        return self.scaler.scale(sequences, np.float64)

    def scale_steps(self, values: _Floats) -> _Floats:
        """Return single steps, of shape (..., n_features), as the reservoir reads them.

        Their sizes are not checked.
        """
        return (values - self.scaler.feature_mean) / self.scaler.feature_scale

    def predict(self, sequences: Sequences) -> _Floats:
        """Predict the targets of sequences, each from rest.

        Parameters
        ----------
        sequences : Sequences
            Sequences in the user's units.

        Returns
        -------
        y : ndarray of shape (n_samples, n_outputs) or (n_samples, n_steps, n_outputs)
            Predictions in the user's units; NaN at absent steps.
        """
        readout_rows = self.readout_rows
        shape: tuple[int, ...] = (sequences.n_samples,)
        if readout_rows.pooling in ("mean", "both"):
            check_washout(sequences, readout_rows.washout)
        if readout_rows.pooling is None:
            readout_rows = replace(readout_rows, washout=0)  # every step is predicted
            shape = (sequences.n_samples, sequences.n_steps)
        y = np.full((*shape, len(self.intercept)), np.nan)
        for at, Z in readout_rows.blocks(self.scale(sequences)):
            y[at] = self._read_out(Z[0]).reshape(y[at].shape)
        return y

    def _read_out(self, Z: _Floats) -> _Floats:
        """Return outputs (n_rows, n_outputs) of rows (n_rows, n_columns)."""
        # A dot product for each row: a matrix product's last digits would depend on
        # the number of rows.
        outputs = [
            np.einsum("rc,c->r", Z, np.ascontiguousarray(c)) for c in self.coef.T
        ]
        return np.stack(outputs, axis=1) + self.intercept

    def free_run(
        self, sequences: Sequences, columns: NDArray[np.intp], n_steps: int
    ) -> _Floats:
        """Drive the reservoir with sequences, then feed predictions back.

        Parameters
        ----------
        sequences : Sequences
            Sequences in the user's units.
        columns : ndarray of shape (n_outputs,), int
            The feature that each output is fed back into.
        n_steps : int
            Number of predictions, at least 1.

        Returns
        -------
        y : ndarray of shape (n_samples, n_steps, n_outputs)
            Predictions in the user's units.
        """
        check_free_run(sequences, len(self.intercept), n_steps)
        return free_run(
            self.readout_rows,
            self.scale(sequences),
            (self.coef, self.intercept),
            Feedback.of_predictions(columns, self.scaler),
            n_steps,
        )

    def run_closed_loop(
        self,
        state: NDArray[np.floating],
        inputs: _Floats,
        next_input: Callable[[_Floats, int], _Floats | None],
    ) -> None:
        """Run on inputs that are made from the outputs.

        Parameters
        ----------
        state : ndarray of shape (n_lanes, n_states)
            States before `inputs`.
        inputs : ndarray of shape (n_lanes, n_features)
            Scaled input of the first step.
        next_input : callable
            ``next_input(outputs, step)`` takes outputs (n_lanes, n_outputs) and returns
            the scaled inputs of the step that follows, of shape (n_lanes, n_features),
            or None, which ends the loop.
        """
        state = self.reservoir.run(inputs[:, np.newaxis], state, is_by_lane=True)
        run_closed_loop(
            self.readout_rows,
            state,
            inputs,
            read_out=lambda rows: rows @ self.coef + self.intercept,
            next_input=next_input,
        )
