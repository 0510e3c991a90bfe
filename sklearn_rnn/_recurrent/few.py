"""Few samples: the choice by leaving samples out one by one, in closed form."""

from __future__ import annotations

import numpy as np
import torch

from sklearn_rnn._ridge.scores import leave_one_out

from .linear_part import LinearPart, fit_rows
from .losses import SQUARED_ERROR
from .options import AUTO_DROPOUT, AUTO_STEPS, Options
from .task import Task, copy_generator
from .trials import Errors, Judgement, Level, choose_level

__all__ = ["judge_few"]

# The states must leave at most this part of the squared error: the network that then
# trains is not tried, and follows so few samples closely.
_CLEARLY = 0.8

_NETWORKS = {
    "ridge": "network on ridge",
    "trainable": "network with linear map",
    None: "network",
}


def judge_few(task: Task, options: Options, generator: torch.Generator) -> Judgement:
    """Choose by leaving out one sample at a time, without training on the others.

    Squared errors of samples left out have a closed form for a ridge, but not for a
    network. A ridge that also reads the states of the network before training, an echo
    state network, tells whether the states explain more. If they do, the network trains
    for the usual number of steps. The choice does not depend on the order of samples.

    Parameters
    ----------
    task, options, generator
        As in `judge`.

    References
    ----------
    Allen, D. M. (1974). The relationship between variable selection and data
    augmentation and a method for prediction. Technometrics 16(1), 125-127.
    """
    skip = options.linear_skip
    linear_part, dataset = task.fit_linear_part(options, len(task), has_ridge=True)
    targets = linear_part.scaler.scale_targets(task.y, task.sequences)
    Z = dataset.design(slice(None), linear_part.n_ridge_steps)
    levels = constant, ridge = [
        _level_of_constant(linear_part, targets),
        Level("ridge", "ridge", _errors(linear_part, Z, targets)),
    ]
    standing = choose_level(constant, ridge, skip, SQUARED_ERROR.worthwhile)
    states = _first_states(task, options, generator, dataset)
    if skip is None:
        name, columns = "ridge on states of the untrained network", states
    else:
        name, columns = "ridge with states of the untrained network", [Z, states]
        columns = np.concatenate(columns, axis=1)
    echo = _errors(linear_part, columns, targets)
    lines: list[tuple[str, int | None, float]] = [
        (level.name, None, level.errors.error) for level in levels
    ]
    lines.append((name, None, echo.error))
    chosen, n_steps, skip_chosen = levels.index(standing), 0, standing.linear_skip
    reason = f"{name} has no squared error 20 % below that of the {standing.name}"
    if echo.is_below(standing.errors, _CLEARLY):
        skip_chosen, n_steps = "ridge" if skip == "auto" else skip, AUTO_STEPS
        lines.append((_NETWORKS[skip_chosen], n_steps, np.nan))
        chosen = len(lines) - 1
        gain = 100 * (1 - echo.loss / standing.errors.loss)
        reason = (
            f"{name} has a squared error {gain:.3g} % below that of the "
            f"{standing.name}; the network itself was not tried on so few samples"
        )
    dropout = options.dropout
    return Judgement(
        linear_skip=skip_chosen,
        dropout=AUTO_DROPOUT if isinstance(dropout, str) else dropout,
        n_steps=n_steps,
        lines=lines,
        chosen=chosen,
        metric=SQUARED_ERROR.name,
        judged_on=f"{len(task)} samples, each left out once",
        reason=reason,
    )


def _level_of_constant(linear_part, targets):
    """Return the level of the mean of the other samples, or of the last known value."""
    scaler = linear_part.scaler
    if scaler.target_feature is not None:
        missed = targets + scaler.target_mean / scaler.target_scale
        return Level("naive", None, _as_errors(linear_part, missed))
    missed = leave_one_out(np.zeros((len(targets), 1)), targets, 1.0)
    return Level("mean", None, _as_errors(linear_part, missed))


def _errors(linear_part, Z, targets):
    """Return the errors of a ridge on samples left out."""
    alpha = fit_rows(Z.copy(), targets).alpha
    return _as_errors(linear_part, leave_one_out(Z, targets, alpha))


def _as_errors(linear_part: LinearPart, missed):
    """Return the errors of residuals of scaled targets."""
    losses = SQUARED_ERROR.losses(missed[:, :, np.newaxis])
    scale = linear_part.scaler.target_scale
    return Errors(losses, losses.mean(axis=0) * scale**2, 2)


def _first_states(task, options, generator, dataset):
    """Return the standardised states of the network before training."""
    skip = None if options.linear_skip == "trainable" else options.linear_skip
    options = options.with_judgement(skip, 0.0, 0)
    net = task.make_net(options, copy_generator(generator), n_train=len(task))
    module = net.module_.eval()
    with torch.no_grad():
        batch = dataset.batch(slice(None)).to(net.device, torch.float32)
        states = module.pool_states(batch).cpu().double().numpy()
    spread = states.std(axis=0)
    return (states - states.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
