"""Reservoirs that run on their own predictions."""

from dataclasses import dataclass

import numpy as np

__all__ = ["LEAST_STEPS", "Feedback", "run_closed_loop", "score_free_runs"]

LEAST_STEPS = 100  # that drive a reservoir before it is left to itself

_N_RUNS = 10  # of each sequence, by which candidates are judged
_MOST_SEQUENCES = 64  # that are run at a time


@dataclass(frozen=True)
class Feedback:
    """How predictions become inputs: ``input[columns] = output * gain + offset``.

    Parameters
    ----------
    columns : ndarray of shape (n_outputs,), int
        The feature that each output is fed back into; together, all of them.
    gain, offset : ndarray of shape (n_outputs,)
        From a prediction to a scaled input.
    """

    columns: np.ndarray
    gain: np.ndarray
    offset: np.ndarray


def run_closed_loop(design, state, last, readouts, feedback, n_steps):
    """Feed predictions back as inputs.

    Parameters
    ----------
    design : Design
        Each step of which is a row.
    state : ndarray of shape (n_lanes, n_states)
        States after the last step that is given.
    last : ndarray of shape (n_lanes, n_features)
        The input of that step, scaled.
    readouts : tuple of ndarray
        Weights ``(n_settings, n_columns, n_outputs)`` and intercepts
        ``(n_settings, n_outputs)``.
    feedback : Feedback
        How predictions become inputs.
    n_steps : int
        Number of predictions.

    Returns
    -------
    outputs : ndarray of shape (n_settings, n_sequences, n_steps, n_outputs)
        The first is read from `state`. From where a lane diverges they are infinite or
        NaN.
    """
    coef, intercept = readouts
    n_settings, _, n_outputs = coef.shape
    inputs, n_states = last.copy(), state.shape[1]
    Z = np.empty((len(state), design.n_columns))
    outputs = np.empty((n_steps, len(state), n_outputs))
    by_setting = (n_settings, -1)
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(n_steps):
            Z[:, :n_states] = state
            if design.direct_input:
                Z[:, n_states:] = inputs
            out = np.einsum("snc,sco->sno", Z.reshape(*by_setting, Z.shape[1]), coef)
            out += intercept[:, np.newaxis]
            outputs[step] = out.reshape(len(state), n_outputs)
            inputs[:, feedback.columns] = outputs[step] * feedback.gain
            inputs[:, feedback.columns] += feedback.offset
            if step + 1 < n_steps:
                u = inputs[:, np.newaxis]  # (n_lanes, 1, n_features)
                state = design.reservoir.run(u, state, is_by_lane=True)
    # (n_steps, n_lanes, n_outputs) -> (n_settings, n_sequences, n_steps, n_outputs)
    return outputs.swapaxes(0, 1).reshape(*by_setting, n_steps, n_outputs)


def score_free_runs(training, readouts, feedback, n_tail):
    """Score each setting by free runs over the end of the sequences.

    Parameters
    ----------
    training : Training
        Scaled sequences and targets, each step of which is a row of the design.
    readouts : tuple of ndarray
        Of what goes before the tail, as in `run_closed_loop`.
    feedback : Feedback
        From scaled predictions to scaled inputs.
    n_tail : int
        How many of the last steps are run over.

    Returns
    -------
    scores : ndarray of shape (n_settings,)
        Mean over the steps ahead of the logarithm of the mean squared error, taken over
        outputs and runs: one that is right for long scores low. Infinite where a run
        diverges.
    """
    design, sequences, targets = training.design, training.sequences, training.targets
    weights = training.weights
    weights = np.ones(len(targets)) if weights is None else weights
    n_steps = max(1, n_tail // 2)
    starts = np.unique(np.linspace(0, n_tail - n_steps, _N_RUNS).astype(int))
    errors = np.zeros((design.n_settings, n_steps))
    for rows, part in sequences.parts(_MOST_SEQUENCES):
        x, y = part.values, targets[rows][:, -part.n_steps :]
        at, state = 0, None
        for start in part.n_steps - n_tail + starts:
            state = design.reservoir.run(x[:, at : start + 1], state)
            at = start + 1
            last = np.tile(x[:, start], (design.n_settings, 1))
            out = run_closed_loop(design, state, last, readouts, feedback, n_steps)
            with np.errstate(over="ignore", invalid="ignore"):
                missed = (out - y[:, start : start + n_steps]) ** 2
                missed = missed.mean(axis=3)  # (n_settings, n_sequences, n_steps)
                errors += np.einsum("snt,n->st", missed, weights[rows])
    with np.errstate(divide="ignore"):
        scores = np.log(errors / (weights.sum() * len(starts))).mean(axis=1)
    return np.where(np.isnan(scores), np.inf, scores)
