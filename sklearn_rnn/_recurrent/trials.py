"""Trainings on a part of the samples, judged by the samples that were held out."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from .batches import SequenceDataset
from .linear_part import LinearPart
from .losses import Metric
from .options import Options
from .report import FitReport
from .task import Task, Trained, copy_generator

__all__ = [
    "Block",
    "Candidate",
    "Errors",
    "Judgement",
    "Level",
    "Trial",
    "choose_level",
]


@dataclass(frozen=True)
class Candidate:
    """A kind of network that may be chosen.

    Parameters
    ----------
    name : str
        Name in the report.
    linear_skip : {"ridge", "trainable"} or None
        As in the estimators.
    dropout : float
        As in the estimators.
    """

    name: str
    linear_skip: str | None
    dropout: float


@dataclass(frozen=True)
class Errors:
    """Losses of the held-out samples of all blocks.

    Parameters
    ----------
    losses : ndarray of shape (n_held_out, n_targets)
        Of targets in units of their scale.
    of_targets : ndarray of shape (n_targets,)
        Mean loss of each target, in the units of y.
    power : int
        Power of the units in the losses.
    """

    losses: NDArray[np.float64]
    of_targets: NDArray[np.float64]
    power: int

    @property
    def loss(self) -> float:
        """Mean loss, by which models are compared."""
        return float(self.losses.mean())

    @property
    def error(self) -> float:
        """Error in the units of y, the mean over targets."""
        return float((self.of_targets ** (1 / self.power)).mean())

    def is_below(
        self, other: Errors, part: float, n_standard_errors: float = 1
    ) -> bool:
        """Tell whether the mean loss is below a part of another, and not by chance.

        Parameters
        ----------
        other : Errors
            Of the same samples.
        part : float
            The part.
        n_standard_errors : float, default=1
            Differences up to this number of their standard errors count as chance.
        """
        gains = (other.losses - self.losses).mean(axis=1)
        chance = n_standard_errors * gains.std() / np.sqrt(len(gains))
        return self.loss < part * other.loss and float(gains.mean()) > chance

    @classmethod
    def join(cls, parts: list[Errors]) -> Errors:
        """Return the errors of several blocks together."""
        losses = np.concatenate([part.losses for part in parts])
        sizes = [len(part.losses) for part in parts]
        of_targets = np.average(
            [part.of_targets for part in parts], axis=0, weights=sizes
        )
        return cls(losses, of_targets, parts[0].power)


@dataclass(frozen=True)
class Level:
    """A model without a network.

    Parameters
    ----------
    name : str
        Name in the report.
    linear_skip : {"ridge"} or None
        Its linear part; None: a constant.
    errors : Errors
        Errors of the held-out samples.
    """

    name: str
    linear_skip: str | None
    errors: Errors


def choose_level(
    constant: Level, ridge: Level, linear_skip: str | None, worthwhile: float
) -> Level:
    """Return the model without a network that stands if no network does better.

    Parameters
    ----------
    constant, ridge : Level
        The models.
    linear_skip : {"auto", "ridge", "trainable"} or None
        The parameter: which of them it allows.
    worthwhile : float
        Part of the ridge's loss below which the constant stands.
    """
    if linear_skip not in ("auto", "ridge"):
        return constant
    is_better = constant.errors.is_below(ridge.errors, worthwhile)
    return constant if linear_skip == "auto" and is_better else ridge


@dataclass(frozen=True)
class Judgement:
    """The outcome of trials.

    Parameters
    ----------
    linear_skip : {"ridge", "trainable"} or None
        Linear part of the chosen model.
    dropout : float
        Its dropout.
    n_steps : int
        Number of optimiser steps of the training on all samples.
    lines : list of tuple (str, int or None, float)
        Model, number of steps and error of each line of the report.
    chosen : int
        Number of the line that was chosen.
    metric, judged_on, reason : str
        As in `FitReport`.
    is_interrupted : bool, default=False
        Whether the user interrupted the trials.
    trained : Trained or None, default=None
        The chosen network as the interrupted trials left it.
    """

    linear_skip: str | None
    dropout: float
    n_steps: int
    lines: list[tuple[str, int | None, float]]
    chosen: int
    metric: str
    judged_on: str
    reason: str
    is_interrupted: bool = False
    trained: Trained | None = None

    @property
    def kept(self) -> str:
        """Words for the model that is kept after an interruption."""
        if self.trained is None:
            return "the model without a network"
        return "the network that has learnt from a part of the samples so far"

    def report(self, started: float) -> FitReport:
        """Return the report of a fit that began at a reading of ``monotonic``."""
        models, n_steps, errors = zip(*self.lines, strict=True)
        return FitReport(
            metric=self.metric,
            judged_on=self.judged_on,
            models=models,
            n_steps=n_steps,
            errors=errors,
            chosen=self.chosen,
            reason=self.reason,
            seconds=time.monotonic() - started,
        )


class Block:
    """Samples that are held out, and the samples before them, to train on.

    Parameters
    ----------
    task : Task
        The samples of the fit.
    options : Options
        Of the fit.
    n_train, n_known : int
        The samples from the first number on, up to the second, are held out; the
        samples before them train.
    """

    def __init__(self, task: Task, options: Options, n_train: int, n_known: int):
        known = slice(0, n_known)
        self.task = replace(task, sequences=task.sequences.take(known), y=task.y[known])
        self.n_train = n_train
        objective = options.objective
        self.metric = Metric.of(objective.criterion, objective.criterion_options)
        self._parts: dict[bool, tuple[LinearPart, SequenceDataset]] = {}
        ridge, dataset = self.task.fit_linear_part(options, n_train, has_ridge=True)
        self._parts[True] = ridge, dataset
        self._options = options

    def part(self, *, has_ridge: bool) -> tuple[LinearPart, SequenceDataset]:
        """Return a linear part, and all samples with its residuals as targets."""
        if has_ridge not in self._parts:
            linear_part, dataset = self._parts[True]
            alone = linear_part.without_ridge()
            targets = alone.scaler.scale_targets(self.task.y, self.task.sequences)
            self._parts[False] = alone, dataset.with_targets(targets)
        return self._parts[has_ridge]

    def errors_of_ridge(self) -> Errors:
        """Return the errors of the ridge by itself."""
        linear_part, dataset = self.part(has_ridge=True)
        return self.errors_of(linear_part, self._first_outputs(dataset))

    def errors_of_constant(self, *, is_naive: bool) -> Errors:
        """Return the errors of a constant, or of the last known value."""
        linear_part, dataset = self.part(has_ridge=False)
        scaler = linear_part.scaler
        train = dataset.targets[: self.n_train].numpy()
        if is_naive:
            constants = np.zeros((train.shape[1], 1))
            constants -= (scaler.target_mean / scaler.target_scale)[:, np.newaxis]
        else:
            constants = self.metric.constants(train)
        return self.errors_of(linear_part, constants)

    def _first_outputs(self, dataset):
        """Return the outputs from which a network starts, (n_targets, n_per_target)."""
        train = dataset.targets[: self.n_train].numpy()
        objective = self._options.objective
        first = self.task.find_first_outputs(objective, train)
        return np.zeros((train.shape[1], 1)) if first is None else first

    def errors_of(self, linear_part: LinearPart, outputs: NDArray) -> Errors:
        """Return the errors of outputs for the held-out samples.

        Parameters
        ----------
        linear_part : LinearPart
            What the outputs are added to.
        outputs : ndarray of shape (n_held_out, n_targets, n_per_target) or \
(n_targets, n_per_target)
            Outputs of a network, or the same outputs for all samples.
        """
        has_ridge = linear_part.ridge is not None
        dataset = self.part(has_ridge=has_ridge)[1]
        targets = dataset.targets[self.n_train :].numpy()[:, :, np.newaxis]
        missed = np.sort(outputs, axis=-1) - targets
        # From residuals to units of the scale of the targets, and to units of y
        losses = self.metric.losses(missed * linear_part.unit[:, np.newaxis])
        scale = linear_part.scaler.target_scale
        power = self.metric.power
        return Errors(losses, losses.mean(axis=0) * scale**power, power)


class Trial:
    """The training of a candidate on all blocks, in one run for each.

    Parameters
    ----------
    candidate : Candidate
        The candidate.
    blocks : list of Block
        The blocks.
    options : Options
        Of the fit.
    generator : torch.Generator
        Its seed is that of each run.

    Attributes
    ----------
    readings : dict of int to Errors
        Errors after numbers of steps, increasing.
    """

    def __init__(
        self,
        candidate: Candidate,
        blocks: list[Block],
        options: Options,
        generator: torch.Generator,
    ):
        self.candidate = candidate
        self.metric = blocks[0].metric
        self.readings: dict[int, Errors] = {}
        options = options.with_judgement(candidate.linear_skip, candidate.dropout, 1)
        self._options, self._generator = options, generator
        self._runs = [
            _Run(block, options, copy_generator(generator)) for block in blocks
        ]

    def read(self, lengths: Iterable[int]) -> Generator[int, None, None]:
        """Train on, and yield each length after its errors have been read."""
        runs = [run.errors(lengths) for run in self._runs]
        for pairs in zip(*runs, strict=True):
            n_steps = {n for n, _ in pairs}
            if len(n_steps) > 1:
                return  # out of time
            length = n_steps.pop()
            self.readings[length] = Errors.join([errors for _, errors in pairs])
            yield length

    @property
    def latest(self) -> float:
        """Loss at the latest length."""
        return list(self.readings.values())[-1].loss

    @property
    def best(self) -> int:
        """Length with the lowest loss."""
        return min(self.readings, key=lambda length: self.readings[length].loss)

    @property
    def lowest(self) -> float:
        """The lowest loss at any length."""
        return min(errors.loss for errors in self.readings.values())

    def longest(self, ample: int) -> int:
        """Return a greater length whose loss is within a standard error of the lowest.

        Parameters
        ----------
        ample : int
            Greater lengths than this are too long, unless their loss is the lowest.
        """
        lowest = self.readings[self.best]
        return max(
            length
            for length, errors in self.readings.items()
            if length <= max(self.best, ample) and not lowest.is_below(errors, 1.0)
        )

    def count_without_gain(self, part: float) -> int:
        """Return the number of latest lengths with no loss below a part of the best.

        A length counts unless its loss is below `part` of the lowest loss before it.
        """
        lowest, count = np.inf, 0
        for errors in self.readings.values():
            count = 0 if errors.loss < part * lowest else count + 1
            lowest = min(lowest, errors.loss)
        return count

    def confirm(self, block: Block, n_steps: int) -> Errors | None:
        """Train anew before another block, and return the errors on it.

        Parameters
        ----------
        block : Block
            The block.
        n_steps : int
            Number of optimiser steps.

        Returns
        -------
        errors : Errors or None
            None: there was no time for all steps.
        """
        run = _Run(block, self._options, copy_generator(self._generator))
        for n_made, errors in run.errors([n_steps]):
            return errors if n_made == n_steps else None
        return None

    @property
    def trained(self) -> Trained:
        """Linear part and network of the latest block, as trained so far."""
        run = self._runs[0]
        return Trained(run.linear_part, run.net)


class _Run:
    """A candidate's training on one block."""

    def __init__(self, block, options, generator):
        self._block = block
        self.linear_part, dataset = block.part(has_ridge=options.linear_skip == "ridge")
        n_train = block.n_train
        self._train, self._held_out = (
            dataset.part(slice(0, n_train)),
            dataset.part(slice(n_train, None)),
        )
        self.net = block.task.make_net(
            replace(options, callbacks=None),
            generator,
            n_train=n_train,
            targets=self._train.targets,
        )
        self._generator = generator

    def errors(self, lengths):
        """Yield numbers of steps, and the errors after them."""
        n_targets = self._train.targets.shape[1]
        for n_steps in self.net.train_along(self._train, self._generator, lengths):
            outputs = _outputs(self.net, self._held_out)
            outputs = outputs.reshape(len(outputs), n_targets, -1)
            yield n_steps, self._block.errors_of(self.linear_part, outputs)


def _outputs(net, dataset):
    """Return the outputs of a network, (n_samples, n_outputs * n_per_target)."""
    with torch.no_grad():
        batches = net.get_iterator(dataset)
        return torch.cat([net.infer(x).cpu() for x, _ in batches]).numpy()
