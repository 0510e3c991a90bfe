"""The checked options of a fit, in records that do not change on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from torch import nn

from sklearn_rnn._checks import plain

__all__ = [
    "AUTO_DROPOUT",
    "AUTO_STEPS",
    "MODEL_PARAMETERS",
    "Objective",
    "Options",
    "Plan",
    "check_same_model",
    "count_threads",
    "count_validation",
    "plan_training",
]

AUTO_STEPS = 300  # optimiser steps where max_epochs="auto" and nothing is judged
_AUTO_EPOCH = 30  # largest number of batches in an epoch of that fit
AUTO_DROPOUT = 0.2  # where nothing is judged
_MOST_THREADS = 1024

# Fields of `Options` that make the model, as opposed to its training.
MODEL_PARAMETERS = (
    "hidden_size",
    "num_layers",
    "bidirectional",
    "pooling",
    "linear_skip",
    "standardize",
    "segment_length",
)


@dataclass(frozen=True)
class Objective:
    """The loss that a network minimises.

    Parameters
    ----------
    criterion : type of nn.Module
        Class of the loss.
    criterion_options : mapping of str to object, default={}
        Keywords of the loss.
    n_per_target : int, default=1
        Number of the network's outputs for each target.
    """

    criterion: type[nn.Module]
    criterion_options: Mapping[str, Any] = field(default_factory=dict)
    n_per_target: int = 1


@dataclass(frozen=True)
class Options:
    """The parameters of a fit as plain values, checked against each other.

    Fields with the name of a parameter of the estimators hold that parameter. The
    others are described here.

    Parameters
    ----------
    cell : str
        Name of the cell in `CELLS`.
    cell_options : mapping of str to object
        Keywords of the module that only this cell takes.
    objective : Objective
        The loss.
    target_feature : int or None
        Number of the feature that holds the target's past, within a step.
    deadline : float or None, default=None
        Reading of ``time.monotonic()`` at which training ends; None: no limit.
    n_epochs : int or None, default=None
        Number of epochs where a caller has chosen it; None: `max_epochs` decides.
    n_steps : int or None, default=None
        Number of optimiser steps where a judgement has chosen it, instead of a number
        of epochs. An epoch then has a number of batches that divides it.
    recency : int or None, default=None
        How closely averaged weights follow the latest steps; None: as suits the linear
        skip.
    """

    cell: str
    cell_options: Mapping[str, Any]
    objective: Objective
    target_feature: int | None

    hidden_size: int
    num_layers: int
    bidirectional: bool
    dropout: float | str
    pooling: str
    init: str
    linear_skip: str | None
    standardize: bool
    segment_length: int

    max_epochs: int | str
    batch_size: int | str
    lr: float
    optimizer: str
    weight_decay: float
    lr_schedule: str | None
    clip_grad_norm: float | None
    recurrent_constraint: str | None

    early_stopping: bool | str
    validation_fraction: float
    n_iter_no_change: int
    tol: float

    device: str
    n_threads: int
    callbacks: Sequence | None
    verbose: int

    deadline: float | None = None
    n_epochs: int | None = None
    n_steps: int | None = None
    recency: int | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any], **others: Any) -> Options:
        """Take the fields that are parameters from `parameters`, the others as given.

        Parameters
        ----------
        parameters : mapping of str to object
            Parameters of the estimator by name, as plain values.
        **others
            The fields that no parameter of that name holds.
        """
        names = {one.name for one in fields(cls)} & parameters.keys() - others.keys()
        return cls(**{name: parameters[name] for name in names}, **others)

    def plan(self, n_samples: int, n_train: int) -> Plan:
        """Return how long to train on `n_train` of `n_samples` samples."""
        plan = plan_training(self.batch_size, self.max_epochs, n_samples, n_train)
        if self.n_epochs is not None:
            return replace(plan, n_epochs=self.n_epochs)
        if self.n_steps is None:
            return plan
        n_batches = _nearest_divisor(self.n_steps, plan.n_batches)
        return replace(plan, n_batches=n_batches, n_epochs=self.n_steps // n_batches)

    @property
    def judges(self) -> bool:
        """Whether samples that training does not see decide how long to train."""
        return (
            isinstance(self.max_epochs, str)
            and not self.early_stopping
            and self.n_epochs is None
        )

    def settled(self) -> Options:
        """Return options in which no part of the model is left to a judgement."""
        usual: dict[str, Any] = {
            "linear_skip": "ridge",
            "dropout": AUTO_DROPOUT,
            "lr_schedule": "onecycle",
        }
        left = {k: v for k, v in usual.items() if getattr(self, k) == "auto"}
        return replace(self, **left)

    def with_judgement(
        self, linear_skip: str | None, dropout: float | str, n_steps: int
    ) -> Options:
        """Return options of a training whose length was judged."""
        schedule = self.lr_schedule
        return replace(
            self,
            linear_skip=linear_skip,
            dropout=dropout,
            n_steps=n_steps,
            lr_schedule="schedule_free" if schedule == "auto" else schedule,
        )


@dataclass(frozen=True)
class Plan:
    """How long to train.

    Parameters
    ----------
    batch_size : int
        Number of samples in a batch.
    n_batches : int
        Number of batches in an epoch.
    n_epochs : int
        Number of epochs.
    """

    batch_size: int
    n_batches: int
    n_epochs: int


def plan_training(
    batch_size: int | str, max_epochs: int | str, n_samples: int, n_train: int
) -> Plan:
    """Return how long to train.

    Parameters
    ----------
    batch_size, max_epochs : int or "auto"
        As in the estimators.
    n_samples : int
        Number of samples, held-out samples included.
    n_train : int
        Number of training samples.
    """
    if isinstance(batch_size, str):
        batch_size = min(128, max(32, n_samples // 60))
    n_batches = math.ceil(n_train / batch_size)
    if not isinstance(max_epochs, str):
        return Plan(batch_size, n_batches, max_epochs)
    n_batches = min(n_batches, _AUTO_EPOCH)
    return Plan(batch_size, n_batches, max(1, round(AUTO_STEPS / n_batches)))


def _nearest_divisor(number: int, wanted: int) -> int:
    """Return the divisor of a number that is nearest to `wanted`, by their ratio."""
    if number == 0:
        return wanted
    low = [n for n in range(1, math.isqrt(number) + 1) if number % n == 0]
    divisors = {*low, *(number // n for n in low)}
    return min(sorted(divisors), key=lambda n: max(n / wanted, wanted / n))


def count_threads(n_threads: int) -> int:
    """Return `n_threads`, limited to a number that fits the kernel's integers."""
    return min(int(n_threads), _MOST_THREADS)


def count_validation(n_samples: int, validation_fraction: float) -> int:
    """Return how many of the last samples are held out, or raise a ValueError."""
    n_validation = math.ceil(plain(validation_fraction) * n_samples)
    if n_samples - n_validation < 2:
        raise ValueError(
            f"validation_fraction={validation_fraction} of {n_samples} samples leaves "
            f"{n_samples - n_validation} to train on; at least 2 are needed."
        )
    return n_validation


def check_same_model(parameters: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Raise where training cannot go on from the present weights.

    Parameters
    ----------
    parameters, before : mapping of str to object
        Parameters that make the model, now and in the first fit.
    """
    for name, value in parameters.items():
        if value != before[name]:
            raise ValueError(
                f"warm_start=True trains on from the present weights, but {name}="
                f"{value!r} is not the {before[name]!r} of the first fit; set "
                "warm_start=False to begin anew."
            )
