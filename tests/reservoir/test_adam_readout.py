"""Readouts by gradient against closed forms, linear programs and a second optimiser."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from sklearn.linear_model import QuantileRegressor

from sklearn_rnn._reservoir.adam_readout import train_readout
from sklearn_rnn._ridge.paths import fit_ridge_gcv

LOSSES = ["squared_error", "absolute_error", "huber"]
every_loss = pytest.mark.parametrize("loss", LOSSES)
two_losses = pytest.mark.parametrize("loss", ["squared_error", "absolute_error"])
TALL, WIDE = (150, 8), (20, 35)


def a_task(shape=TALL, n_outputs=1, seed=0):
    """Columns of unequal strength, and a linear target with a wild tenth row."""
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=shape) / np.arange(1, shape[1] + 1) + 3.0
    Y = (Z - 3.0) @ rng.normal(size=(shape[1], n_outputs)) - 20.0
    Y += 0.3 * rng.normal(size=Y.shape)
    Y[::10] += 15.0
    return Z, Y


def train(Z, Y, loss, weights=None, alpha=1e-6):
    """Train from the ridge of one strength; return its map, the trained one, losses."""
    ridge = fit_ridge_gcv(lambda: iter([(Z, Y)]), *Z.shape, alphas=(alpha,))
    coef, intercept, losses = train_readout(Z.copy(), Y, weights, ridge, loss)
    return ridge, lambda rows: rows @ coef + intercept, losses


@pytest.mark.parametrize("shape", [TALL, WIDE])
def test_of_the_squared_error_nothing_better_than_the_ridge_is_found(shape):
    Z, Y = a_task(shape, n_outputs=2)
    ridge, trained, losses = train(Z, Y, "squared_error", alpha=0.01)
    assert_allclose(trained(Z), ridge.predict(Z), atol=1e-3 * Y.std())
    assert losses[-1] == pytest.approx(losses[0], rel=1e-6)


def test_the_absolute_error_comes_near_that_of_a_linear_program():
    Z, Y = a_task()
    ridge, trained, _ = train(Z, Y, "absolute_error", alpha=1e-12)
    program = QuantileRegressor(quantile=0.5, alpha=0.0, solver="highs")
    least = np.abs(Y[:, 0] - program.fit(Z, Y[:, 0]).predict(Z)).mean()
    reached = np.abs(Y - trained(Z)).mean()
    assert least <= reached < 1.01 * least
    assert reached < 0.9 * np.abs(Y - ridge.predict(Z)).mean()


@pytest.mark.parametrize(
    ("shape", "alpha", "above"),
    # Rows that are interpolated but for a penalty take more steps than there are
    [(TALL, 1e-3, 0.005), (TALL, 1.0, 0.005), (WIDE, 1e-3, 0.1), (WIDE, 1.0, 0.005)],
)
def test_of_huber_and_penalty_a_second_optimiser_finds_the_same_minimum(
    shape, alpha, above
):
    Z, Y = a_task(shape, n_outputs=2)
    ridge, _, losses = train(Z, Y, "huber", alpha=alpha)
    centred = Z - Z.mean(axis=0)
    strength = alpha * (centred**2).sum() / shape[1]
    of_both = []
    for y, scale in zip(Y.T, ridge.residual_scale, strict=True):

        def objective(w, y=y, scale=scale):
            missed = (y - centred @ w[:-1] - w[-1]) / scale
            slope = np.clip(missed, -1, 1)
            losses = np.where(np.abs(missed) < 1, missed**2 / 2, np.abs(missed) - 0.5)
            penalty = 0.5 * strength / len(y) / scale**2
            gradient = -np.append(slope @ centred, slope.sum()) / scale / len(y)
            gradient[:-1] += 2 * penalty * w[:-1]
            return losses.mean() + penalty * w[:-1] @ w[:-1], gradient

        start = np.append(np.zeros(shape[1]), y.mean())
        least = minimize(objective, start, jac=True, tol=1e-12, method="L-BFGS-B").fun
        of_both.append(least)
    assert np.mean(of_both) <= losses[-1] * (1 + 1e-9)
    assert losses[-1] < np.mean(of_both) * (1 + above)


@every_loss
def test_the_loss_does_not_end_above_where_it_began(loss):
    for seed in range(2):
        Z, Y = a_task(seed=seed)
        _, _, losses = train(Z, Y, loss, alpha=1e-3)
        assert losses[-1] <= losses[0] * (1 + 1e-6)
        assert all(isinstance(value, float) for value in losses)


@every_loss
def test_whole_weights_are_rows_given_as_often(loss):
    Z, Y = a_task(n_outputs=2)
    counts = np.random.default_rng(1).integers(1, 4, size=len(Z))
    ridge = fit_ridge_gcv(lambda: iter([(Z, Y)]), *Z.shape, alphas=(1e-3,))
    weighted = train_readout(Z.copy(), Y, counts.astype(float), ridge, loss)
    rows = np.repeat(Z, counts, axis=0), np.repeat(Y, counts, axis=0)
    repeated = train_readout(*rows, None, ridge, loss)
    for ours, theirs in zip(weighted[:2], repeated[:2], strict=True):
        assert_allclose(ours, theirs, rtol=1e-5, atol=1e-8)
    assert_allclose(weighted[2], repeated[2], rtol=1e-3)


@two_losses
def test_the_unit_of_weights_does_not_matter(loss):
    Z, Y = a_task()
    weights = np.random.default_rng(1).uniform(0.2, 2.0, size=len(Z))
    _, one, _ = train(Z, Y, loss, weights)
    _, other, _ = train(Z, Y, loss, 1e3 * weights)
    assert_allclose(one(Z), other(Z), rtol=1e-6)


@two_losses
def test_units_and_levels_of_columns_and_targets_do_not_matter(loss):
    Z, Y = a_task()
    _, one, _ = train(Z, Y, loss)
    _, other, _ = train(50 * Z - 7.0, 1e-3 * Y + 4.0, loss)
    assert_allclose((other(50 * Z - 7.0) - 4.0) * 1e3, one(Z), rtol=1e-5, atol=1e-4)


@every_loss
def test_rows_that_never_change_predict_a_constant_wherever_others_are(loss):
    _, Y = a_task()
    Z = np.full(TALL, 0.1)
    _, trained, _ = train(Z, Y, loss)
    at_home = trained(Z[:1])
    assert Y.min() < at_home < Y.max()
    assert_allclose(trained(Z[:1] + 1.0), at_home, rtol=1e-3)


@two_losses
def test_a_constant_target_is_its_level(loss):
    Z, Y = a_task()
    _, trained, _ = train(Z, np.full_like(Y, 0.1), loss)
    assert_allclose(trained(Z), 0.1, rtol=1e-6)


@two_losses
def test_columns_given_twice_are_no_trouble(loss):
    Z, Y = a_task()
    twice = np.hstack([Z, Z])
    _, once, _ = train(Z, Y, loss, alpha=1e-3)
    # In two halves a weight costs half as much
    _, trained, _ = train(twice, Y, loss, alpha=2e-3)
    assert_allclose(trained(twice), once(Z), atol=0.02 * Y.std())


@two_losses
def test_training_repeats_bit_for_bit_whatever_torch_drew_before(loss):
    Z, Y = a_task()
    _, first, _ = train(Z, Y, loss)
    torch.rand(5)
    _, again, _ = train(Z, Y, loss)
    assert_array_equal(first(Z), again(Z))
