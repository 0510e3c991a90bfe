"""The best weights of a training."""

import pytest
import torch
from torch import nn

from sklearn_rnn._recurrent.stopping import BestWeights, has_finite_weights


def set_weight(module, value):
    with torch.no_grad():
        module.weight.fill_(value)


def follow(losses, tol=0.0, first_loss=None):
    """Return the best weights of a training whose weight is the number of its epoch."""
    module = nn.Linear(1, 1)
    set_weight(module, 0.0)
    best = BestWeights(module, tol)
    if first_loss is not None:
        best.start_from(first_loss)
    for epoch, loss in enumerate(losses, start=1):
        set_weight(module, epoch)
        best.see(epoch, loss)
    return module, best


@pytest.mark.parametrize(
    ("losses", "first_loss", "epoch"),
    [
        ([3.0, 1.0, 2.0], None, 2),
        ([3.0, 1.0, 1.0], None, 2),  # the first of equal ones
        ([3.0, 1.0, 2.0], 0.5, 0),  # no epoch was better than none
        ([3.0, 1.0, 2.0], 2.5, 2),
    ],
)
def test_the_weights_of_the_lowest_loss_are_restored(losses, first_loss, epoch):
    module, best = follow(losses, first_loss=first_loss)
    assert best.epoch == epoch
    assert module.weight.item() == len(losses)
    best.restore()
    assert module.weight.item() == epoch


def test_a_small_fall_is_kept_but_does_not_count_as_one():
    _, best = follow([1.0, 0.95, 0.9, 0.85], tol=0.2)
    assert best.epoch == 4
    assert best.count_without_fall(4) == 3
    _, best = follow([1.0, 0.95, 0.9, 0.75], tol=0.2)
    assert best.count_without_fall(4) == 0


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -float("inf")])
def test_weights_that_are_not_finite_are_noticed(value):
    module = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    assert has_finite_weights(module)
    set_weight(module[1], value)
    assert not has_finite_weights(module)
