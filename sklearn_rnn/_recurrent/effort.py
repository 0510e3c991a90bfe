"""How long to train, and on what: the choice that held-out samples make."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from typing import Any

import torch
from tqdm.auto import tqdm

from .few import judge_few
from .options import Options
from .task import Task
from .trials import (
    Block,
    Candidate,
    Errors,
    Judgement,
    Level,
    Trial,
    choose_level,
)

__all__ = ["judge"]

_FEW = 100  # below this number of samples nothing is held out

_HELD_OUT = 5  # one sample of so many
_LEAST_HELD_OUT = 100  # in a block by itself; of smaller blocks there are two
_MOST_HELD_OUT = 4_096  # more would tell no more

# Numbers of optimiser steps at which the error is read, 75 to 19,200
_LENGTHS = tuple(75 * 2**k for k in range(9))
# Up to this length a training goes on, unless its loss rises and is more than
# _HOPELESS times the loss without a network.
_LEAST_LENGTH = 300
_HOPELESS = 1.05
# Much is learnt if the loss is below this part of that without a network. Of a training
# that learns much, one length without gain is forgiven.
_MUCH = 0.25
# Lengths beyond _LEAST_LENGTH, or beyond this where much is learnt, need a lower loss.
_AMPLE = 2_400
# A training is dropped at a length if its loss is so many times that of the best.
_FAR_BEHIND = {75: 1.5, 150: 1.1, 300: 1.05}
_BEHIND = 1.0  # at greater lengths
# A difference of so many standard errors, the 5 % level of a one-sided test, is clear.
_CLEAR = 1.645
# The ridge is a constant if their losses differ by less than this part.
_SAME = 0.002


def judge(task: Task, options: Options, generator: torch.Generator) -> Judgement:
    """Choose the linear part and the length of training.

    The last fifth of the samples is held out. Each candidate trains once on the samples
    before, and its error is read after 75, 150, 300, ... steps. A candidate's training
    ends if doubling the steps lowers the squared error by less than a twentieth, or if
    the candidate is far behind. The model without a network stands unless a network
    has a squared error 4 % lower. The difference has to be 1.645 standard errors (the
    5 % level of a one-sided test). If it is one standard error at least, the network
    trains once more, before the fifth before, and both fifths together decide. Of few
    samples none is held out; see `judge_few`.

    Parameters
    ----------
    task : Task
        The samples.
    options : Options
        Of a fit that leaves parameters to judgement.
    generator : torch.Generator
        Its seed is that of the trials; nothing is drawn from it.
    """
    if len(task) < _FEW:
        return judge_few(task, options, generator)
    held_out = _HeldOut(task, options)
    blocks = held_out.blocks
    constant, ridge = _list_levels(blocks, options)
    candidates = _list_candidates(constant, ridge, options)
    worthwhile = blocks[0].metric.worthwhile
    standing = choose_level(constant, ridge, options.linear_skip, worthwhile)
    trials = [Trial(candidate, blocks, options, generator) for candidate in candidates]
    race = _Race(trials, standing.errors.loss, options)
    with tqdm(
        desc=f"{task.name}, judging",
        unit="step",
        leave=False,
        disable=not options.verbose,
    ) as bar:
        race.run(bar)
    return _decide([constant, ridge], standing, race, held_out)


class _HeldOut:
    """The last samples, in blocks."""

    def __init__(self, task: Task, options: Options):
        self._task, self._options = task, options
        n_samples = len(task)
        self._n_held_out = min(n_samples // _HELD_OUT, _MOST_HELD_OUT)
        n_blocks = 1 if self._n_held_out >= _LEAST_HELD_OUT else 2
        self.blocks = [self._block(number) for number in range(n_blocks)]
        words = f"the last {n_blocks * self._n_held_out:,} of {n_samples:,} samples"
        self.words = words if n_blocks == 1 else f"{words}, in {n_blocks} blocks"
        self.metric = self.blocks[0].metric

    def _block(self, number):
        """Return a block, counted from the last."""
        end = len(self._task) - number * self._n_held_out
        return Block(self._task, self._options, end - self._n_held_out, end)

    def earlier(self) -> Block:
        """Return the block before those that are held out."""
        return self._block(len(self.blocks))


def _list_levels(blocks, options):
    """Return the levels of the constant, or of the last known value, and the ridge."""
    is_naive = options.target_feature is not None
    name = "naive" if is_naive else blocks[0].metric.constant_name
    constant = [block.errors_of_constant(is_naive=is_naive) for block in blocks]
    ridge = [block.errors_of_ridge() for block in blocks]
    return (
        Level(name, None, Errors.join(constant)),
        Level("ridge", "ridge", Errors.join(ridge)),
    )


def _list_candidates(constant, ridge, options):
    """Return the kinds of network that the parameters allow."""
    # Short training guards against noise at least as well as dropout, and dropout
    # slows down all that is learnt.
    dropout = 0.0 if isinstance(options.dropout, str) else options.dropout
    skip = options.linear_skip
    if skip is None:
        return [Candidate("network", None, dropout)]
    if skip == "trainable":
        return [Candidate("network with linear map", skip, dropout)]
    candidates = [Candidate("network on ridge", "ridge", dropout)]
    difference = abs(ridge.errors.loss - constant.errors.loss)
    if skip == "auto" and difference > _SAME * constant.errors.loss:
        candidates.append(Candidate("network", None, dropout))
    return candidates


class _Race:
    """Trials side by side, of which fewer and fewer go on."""

    def __init__(self, trials: list[Trial], standing: float, options: Options):
        self.trials = trials
        self._standing = standing  # loss of the model that stands without a network
        self.is_out_of_time = self.is_interrupted = False
        self._deadline = options.deadline

    @property
    def is_cut(self) -> bool:
        """Whether the trials were ended from outside."""
        return self.is_out_of_time or self.is_interrupted

    def run(self, bar: Any) -> None:
        """Train and read until no trial goes on."""
        started, n_made = time.monotonic(), 0
        with ExitStack() as stack:
            streams = {
                trial: stack.enter_context(closing(trial.read(_LENGTHS)))
                for trial in self.trials
            }
            for length in _LENGTHS:
                for trial in list(streams):
                    try:
                        n_steps = next(streams[trial], None)
                    except KeyboardInterrupt:
                        self.is_interrupted = True
                        return
                    if n_steps is None:
                        self.is_out_of_time = True
                        return
                    n_made += length if length == _LENGTHS[0] else length // 2
                    bar.update(n_made - bar.n)
                for trial in [t for t in streams if not self._goes_on(t, length)]:
                    streams.pop(trial).close()
                pace = (time.monotonic() - started) / n_made
                if not streams or self._lacks_time(length, len(streams), pace):
                    return

    def _goes_on(self, trial, length):
        """Tell whether a trial may still win, and is still falling."""
        if length < min(_FAR_BEHIND):
            return True
        best = min(other.lowest for other in self.trials)
        if trial.lowest > _FAR_BEHIND.get(length, _BEHIND) * best:
            return False
        if length < _LEAST_LENGTH and trial.latest < _HOPELESS * self._standing:
            return True
        part = 1.0 if length < _LEAST_LENGTH else trial.metric.falling
        n_forgiven = 1 if self._learns_much(trial) else 0
        return trial.count_without_gain(part) <= n_forgiven

    def _learns_much(self, trial):
        return trial.lowest < _MUCH * self._standing

    def choose_length(self, trial: Trial) -> int:
        """Return the length of a trial that is chosen.

        Of lengths with about the same loss it is the greatest, within bounds: with all
        samples, networks can train longer than with a part of them.
        """
        return trial.longest(_AMPLE if self._learns_much(trial) else _LEAST_LENGTH)

    def _lacks_time(self, length, n_trials, pace):
        """Tell whether another reading and the training on all samples take too long.

        Parameters
        ----------
        length : int
            Number of steps at the latest reading.
        n_trials : int
            Number of trials that go on.
        pace : float
            Seconds of a step.
        """
        if self._deadline is None:
            return False
        n_steps = length * n_trials + 2 * length
        self.is_out_of_time = time.monotonic() + n_steps * pace > self._deadline
        return self.is_out_of_time


def _decide(levels, standing, race, held_out):
    """Return the judgement."""
    metric, trials = held_out.metric, race.trials
    lines = [(level.name, None, level.errors.error) for level in levels]
    lines += [
        (trial.candidate.name, n_steps, errors.error)
        for trial in trials
        for n_steps, errors in trial.readings.items()
    ]
    name = "squared error" if metric.power == 2 else metric.name.removeprefix("mean ")
    skip, n_steps, best = standing.linear_skip, 0, trials[0]
    chosen = levels.index(standing)
    percent = round(100 * (1 - metric.worthwhile))
    article = "an" if name.startswith("a") else "a"
    reason = (
        f"no network has {article} {name} {percent} % below that of the {standing.name}"
    )
    tried = [trial for trial in trials if trial.readings]
    if tried:
        best = min(tried, key=lambda trial: trial.lowest)
        errors, others = best.readings[best.best], standing.errors
        is_below = errors.is_below(others, metric.worthwhile, _CLEAR)
        if not is_below and errors.loss < metric.worthwhile * others.loss:
            reason += " by more than chance"
            if errors.is_below(others, metric.worthwhile) and not race.is_cut:
                try:
                    errors, others = _with_earlier(best, standing, held_out)
                except KeyboardInterrupt:
                    race.is_interrupted = True
                else:
                    reason += ", on these samples and on as many before them"
                    is_below = errors.is_below(others, metric.worthwhile)
        if is_below:
            skip, n_steps = best.candidate.linear_skip, race.choose_length(best)
            chosen = lines.index(
                (best.candidate.name, n_steps, best.readings[n_steps].error)
            )
            gain = 100 * (1 - errors.loss / others.loss)
            reason = f"its {name} is {gain:.3g} % below that of the {standing.name}"
    if race.is_out_of_time:
        reason += "; max_fit_time left no time to train longer"
    is_kept = race.is_interrupted and n_steps > 0
    return Judgement(
        linear_skip=skip,
        dropout=best.candidate.dropout,
        n_steps=n_steps,
        lines=lines,
        chosen=chosen,
        metric=metric.name,
        judged_on=held_out.words,
        reason=reason,
        is_interrupted=race.is_interrupted,
        trained=best.trained if is_kept else None,
    )


def _with_earlier(trial, level, held_out):
    """Return the errors of a trial and of a level, with those of the earlier block."""
    block = held_out.earlier()
    ours = trial.confirm(block, trial.best)
    if level.linear_skip == "ridge":
        theirs = block.errors_of_ridge()
    else:
        theirs = block.errors_of_constant(is_naive=level.name == "naive")
    if ours is None:  # out of time: nothing is confirmed
        return level.errors, level.errors
    known = trial.readings[trial.best]
    return Errors.join([known, ours]), Errors.join([level.errors, theirs])
