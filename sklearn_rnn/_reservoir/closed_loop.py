"""Reservoirs that run on their own predictions."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sklearn_rnn._checks import short
from sklearn_rnn._sequences.scaling import SequenceScaler
from sklearn_rnn._sequences.sequences import Sequences

from .readout_rows import ReadoutRows, Training
from .samples import check_steps

__all__ = [
    "LEAST_STEPS",
    "Feedback",
    "check_closed_loop",
    "check_free_run",
    "free_run",
    "run_closed_loop",
    "run_settings",
    "score_free_runs",
]

# Steps that must drive a reservoir before a free run.
LEAST_STEPS = 100

# A setting is scored by this number of free runs of each sequence.
_N_RUNS = 10

# Sequences that run side by side, in a score and in a free run.
_MOST_SCORED, _MOST_SEQUENCES = 64, 256

# Predictions of a free run: 2 GiB.
_MOST_NUMBERS = 2**28

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Feedback:
    """The map from predictions to inputs: ``input[columns] = output * gain + offset``.

    Parameters
    ----------
    columns : ndarray of shape (n_outputs,), int
        The feature that each output is fed back into; together, all features.
    gain, offset : ndarray of shape (n_outputs,)
        Factor and summand that turn a prediction into a scaled input.
    """

    columns: NDArray[np.intp]
    gain: _Floats
    offset: _Floats

    @classmethod
    def of_predictions(cls, columns: NDArray[np.intp], scaler: SequenceScaler) -> Self:
        """Return the map from predictions in the user's units to scaled inputs."""
        scale = scaler.feature_scale[columns]
        return cls(columns, 1 / scale, -scaler.feature_mean[columns] / scale)

    @classmethod
    def of_scaled_predictions(
        cls, columns: NDArray[np.intp], scaler: SequenceScaler
    ) -> Self:
        """Return the map from predictions of scaled targets to scaled inputs."""
        scale = scaler.feature_scale[columns]
        offset = (scaler.target_mean - scaler.feature_mean[columns]) / scale
        return cls(columns, scaler.target_scale / scale, offset)


def check_closed_loop(readout_rows: ReadoutRows, n_outputs: int) -> None:
    """Raise a ValueError where a network cannot run on its own predictions."""
    if readout_rows.reservoir.n_directions > 1:
        raise ValueError(
            "A network with bidirectional=True cannot run on its own predictions: its "
            "states depend on later steps."
        )
    if readout_rows.pooling in ("mean", "both"):
        raise ValueError(
            f"A network with pooling={readout_rows.pooling!r} cannot run on its own "
            "predictions; fit it with return_sequences=True or pooling='last'."
        )
    if n_outputs != readout_rows.n_features:
        raise ValueError(
            f"A free run needs an output for every feature of X: y has {n_outputs} "
            f"outputs, and X {readout_rows.n_features} features."
        )


def check_free_run(sequences: Sequences, n_outputs: int, n_steps: int) -> None:
    """Raise where a free run is too long, or its sequences are too short."""
    most = _MOST_NUMBERS // (sequences.n_samples * n_outputs)
    if n_steps > most:
        raise ValueError(
            f"n_steps={short(n_steps)} of {sequences.n_samples} sequences are more "
            f"than a free run can hold; at most {most} are possible."
        )
    check_steps(
        sequences, LEAST_STEPS, "free_run needs that many to drive the reservoir"
    )


def run_closed_loop(
    readout_rows: ReadoutRows,
    state: NDArray[np.floating],
    inputs: _Floats,
    *,
    read_out: Callable[[_Floats], _Floats],
    next_input: Callable[[_Floats, int], _Floats | None],
) -> None:
    """Run a reservoir whose next input is made from its last output.

    Parameters
    ----------
    readout_rows : ReadoutRows
        Rows of the readout, of a single step each.
    state : ndarray of shape (n_lanes, n_states)
        States after the last known step.
    inputs : ndarray of shape (n_lanes, n_features)
        Scaled input of that step.
    read_out : callable
        ``read_out(rows)`` returns the outputs, of any shape, of `rows`, of shape
        (n_lanes, n_columns).
    next_input : callable
        ``next_input(outputs, step)`` returns the scaled inputs of the step that follows
        the outputs of step 0, 1, ..., of shape (n_lanes, n_features), or None, which
        ends the loop. It also keeps the outputs.
    """
    n_states = state.shape[1]
    rows = np.empty((len(state), readout_rows.n_columns))
    following: _Floats | None = inputs
    for step in count():
        rows[:, :n_states] = state
        if readout_rows.direct_input:
            rows[:, n_states:] = following
        following = next_input(read_out(rows), step)
        if following is None:
            return
        # (n_lanes, 1, n_features): one step
        state = readout_rows.reservoir.run(
            following[:, np.newaxis], state, is_by_lane=True
        )


def run_settings(
    readout_rows: ReadoutRows,
    state: NDArray[np.floating],
    last: _Floats,
    readouts: tuple[_Floats, _Floats],
    feedback: Feedback,
    n_steps: int,
) -> _Floats:
    """Feed predictions back as inputs, in every setting of a reservoir.

    Parameters
    ----------
    readout_rows : ReadoutRows
        Rows of the readout, of a single step each.
    state : ndarray of shape (n_lanes, n_states)
        States after the last known step.
    last : ndarray of shape (n_lanes, n_features)
        Scaled input of that step.
    readouts : tuple of ndarray
        Weights ``(n_settings, n_columns, n_outputs)`` and intercepts
        ``(n_settings, n_outputs)``.
    feedback : Feedback
        The map from predictions to inputs.
    n_steps : int
        Number of predictions, at least 1.

    Returns
    -------
    outputs : ndarray of shape (n_settings, n_sequences, n_steps, n_outputs)
        The first is read from `state`. From the step at which a lane diverges its
        outputs are infinite or NaN.
    """
    coef, intercept = readouts
    n_settings, _, n_outputs = coef.shape
    inputs, n_lanes = last.copy(), len(state)
    outputs = np.empty((n_steps, n_lanes, n_outputs))

    def read_out(rows):
        by_setting = rows.reshape(n_settings, -1, rows.shape[1])
        out = np.einsum("snc,sco->sno", by_setting, coef)
        out += intercept[:, np.newaxis]
        return out.reshape(n_lanes, n_outputs)

    def next_input(out, step):
        outputs[step] = out
        if step + 1 == n_steps:
            return None
        inputs[:, feedback.columns] = out * feedback.gain
        inputs[:, feedback.columns] += feedback.offset
        return inputs

    with np.errstate(over="ignore", invalid="ignore"):
        run_closed_loop(
            readout_rows, state, last, read_out=read_out, next_input=next_input
        )
    # (n_steps, n_lanes, n_outputs) -> (n_settings, n_sequences, n_steps, n_outputs)
    return outputs.swapaxes(0, 1).reshape(n_settings, -1, n_steps, n_outputs)


def free_run(
    readout_rows: ReadoutRows,
    sequences: Sequences,
    readout: tuple[_Floats, _Floats],
    feedback: Feedback,
    n_steps: int,
) -> _Floats:
    """Drive a reservoir with sequences, then let it run on its own predictions.

    Parameters
    ----------
    readout_rows : ReadoutRows
        Rows of the readout, of a reservoir in one setting.
    sequences : Sequences
        Scaled sequences.
    readout : tuple of ndarray
        Weights ``(n_columns, n_outputs)`` and intercept ``(n_outputs,)``, in the user's
        units.
    feedback : Feedback
        The map from predictions to inputs.
    n_steps : int
        Number of predictions, at least 1.

    Returns
    -------
    y : ndarray of shape (n_samples, n_steps, n_outputs)
        Predictions in the user's units.

    Raises
    ------
    ValueError
        If the run diverges.
    """
    coef, intercept = (values[np.newaxis] for values in readout)
    y = np.empty((sequences.n_samples, n_steps, coef.shape[2]))
    for rows, part in sequences.parts(_MOST_SEQUENCES):
        x = part.values
        state = readout_rows.reservoir.run(x)
        (y[rows],) = run_settings(
            readout_rows, state, x[:, -1], (coef, intercept), feedback, n_steps
        )
    is_finite = np.isfinite(y).all(axis=(0, 2))
    if not is_finite.all():
        raise ValueError(
            f"The free run diverges: its step {int(np.argmin(is_finite))} is no finite "
            "number; a larger alpha or a smaller spectral radius holds it."
        )
    return y


def score_free_runs(
    training: Training,
    readouts: tuple[_Floats, _Floats],
    feedback: Feedback,
    n_tail: int,
) -> _Floats:
    """Score each setting by free runs over the end of the sequences.

    Parameters
    ----------
    training : Training
        Scaled sequences and targets, each step of which is a row of the readout.
    readouts : tuple of ndarray
        Readouts fitted to the steps before the tail, as in `run_settings`.
    feedback : Feedback
        The map from scaled predictions to scaled inputs.
    n_tail : int
        Number of last steps that the runs cover.

    Returns
    -------
    scores : ndarray of shape (n_settings,)
        Mean over the steps ahead of the logarithm of the mean squared error, taken over
        outputs and runs: a setting whose runs stay right for long scores low. Infinite
        where a run diverges.
    """
    readout_rows, targets = training.readout_rows, training.targets
    weights = training.weights
    weights = np.ones(len(targets)) if weights is None else weights
    n_steps = max(1, n_tail // 2)
    starts = np.unique(np.linspace(0, n_tail - n_steps, _N_RUNS).astype(int))
    errors = np.zeros((readout_rows.n_settings, n_steps))
    for rows, part in training.sequences.parts(_MOST_SCORED):
        x, y = part.values, targets[rows][:, -part.n_steps :]
        at, state = 0, None
        for start in part.n_steps - n_tail + starts:
            state = readout_rows.reservoir.run(x[:, at : start + 1], state)
            at = start + 1
            last = np.tile(x[:, start], (readout_rows.n_settings, 1))
            out = run_settings(readout_rows, state, last, readouts, feedback, n_steps)
            with np.errstate(over="ignore", invalid="ignore"):
                missed = (out - y[:, start : start + n_steps]) ** 2
                missed = missed.mean(axis=3)  # (n_settings, n_sequences, n_steps)
                errors += np.einsum("snt,n->st", missed, weights[rows])
    with np.errstate(divide="ignore"):
        scores = np.log(errors / (weights.sum() * len(starts))).mean(axis=1)
    return np.where(np.isnan(scores), np.inf, scores)
