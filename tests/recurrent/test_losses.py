import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_pinball_loss

from sklearn_rnn._recurrent.losses import QuantileLoss


def draw(*shape, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@settings(deadline=None, max_examples=50)
@given(
    levels=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=4),
    n_outputs=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_the_quantile_loss_is_the_mean_pinball_loss(levels, n_outputs, seed):
    targets = draw(20, n_outputs, seed=seed)
    outputs = draw(20, n_outputs * len(levels), seed=seed + 100)
    loss = QuantileLoss(levels)(outputs, targets).item()
    # (n_samples, n_outputs * n_quantiles), the quantiles of an output side by side
    by_level = outputs.numpy().reshape(20, n_outputs, len(levels))
    expected = np.mean(
        [
            mean_pinball_loss(targets.numpy(), by_level[:, :, k], alpha=level)
            for k, level in enumerate(levels)
        ]
    )
    assert loss == pytest.approx(expected, rel=1e-5)
