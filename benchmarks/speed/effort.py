"""A fit at the defaults, which chooses how long to train, beside a fit of 300 steps.

The reference makes some 300 optimiser steps on the ridge's residuals, with one cycle of
the learning rate and a dropout of .2. An idle callback keeps its steps on torch's
graph: this was each fit before lengths were judged. Where the default fit chooses at
most as many steps, it may take twice the CPU time: white noise, a linear autoregression
and AAPL's close (with ``target_feature=0``) have little or nothing to learn; a noisy
sine, NARMA10 and a threshold autoregression are learnt soon. `_samples` describes the
samples. A round draws samples and networks of its own from a seed, the same on both
sides. Rounds in which the default fit chooses more steps than the reference makes take
as long as they need, and do not count; the number of rounds that count is printed.
"""

from itertools import count

import numpy as np
from skorch.callbacks import Callback

from benchmarks import _samples
from benchmarks._harness import Times, compare, interleave, time_call

from ._task import ESTIMATORS

__all__ = ["effort"]

_N_STEPS = 300
_BOUND = 2.0

# By name: a maker of samples from a seed, and the target's feature
_SERIES = {
    "white noise": (_samples.white_noise, None),
    "autoregression": (_samples.autoregression, None),
    "AAPL": (_samples.aapl, 0),
    "noisy sine": (_samples.noisy_sine, None),
    "NARMA10": (_samples.narma, None),
    "threshold": (_samples.threshold, None),
}


def effort():
    """Compare default fits of each cell on each series with fits of 300 steps."""
    lines = []
    for name, (make, target_feature) in _SERIES.items():
        for cell in ESTIMATORS:
            lines += _beside_a_fixed_length(name, cell, make, target_feature)
    return lines


def _beside_a_fixed_length(name, cell, make, target_feature):
    chosen = []

    def fit_default(samples, seed):
        network = ESTIMATORS[cell](target_feature=target_feature, random_state=seed)
        network.fit(samples.X_train, samples.y_train)
        chosen.append(network.fit_report_.chosen_n_steps)

    def fit_fixed(samples, seed):
        n_samples = len(samples.y_train)
        batch_size = min(128, max(32, n_samples // 60))  # the default's
        n_batches = -(-n_samples // batch_size)
        ESTIMATORS[cell](
            target_feature=target_feature,
            linear_skip="ridge",
            max_epochs=round(_N_STEPS / n_batches),
            batch_size=batch_size,
            dropout=0.2,
            lr_schedule="onecycle",
            callbacks=[Callback()],
            random_state=seed,
        ).fit(samples.X_train, samples.y_train)

    def measure(contender):
        fit, seeds = contender
        seed = next(seeds)
        samples = make(seed)
        return time_call(lambda: fit(samples, seed))

    sides = [(fit, count()) for fit in (fit_default, fit_fixed)]
    times = interleave(*sides, seconds=3, measure=measure)
    counts = np.array(chosen[1:]) <= _N_STEPS  # the first round warms up
    case = f"effort, {name}, {cell.upper()}"
    steps = ", ".join(f"{n:,}" for n in chosen[1:])
    print(f"{case}: {steps} steps chosen, {counts.sum()} rounds count")
    if not counts.any():
        return compare(case, *times)
    times = [Times(of.cpu[counts], of.wall[counts]) for of in times]
    return compare(case, *times, bound=_BOUND)
