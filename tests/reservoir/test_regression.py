"""Free runs, and readouts for other losses, through the regressors."""

import numpy as np
import pandas as pd
import pytest
from esn_tasks import SMALL, a_closed_loop, a_task
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sklearn_rnn import ESNRegressor
from sklearn_rnn.datasets import make_mso

# ----------------------------------------------------------------------- closed loops


@pytest.mark.parametrize("direct_input", [True, False])
def test_a_free_run_is_predicting_again_with_each_prediction_put_at_the_end(
    direct_input,
):
    esn, X, y = a_closed_loop(direct_input=direct_input)
    esn.fit(X, y)
    run, longer = esn.free_run(X[:, :150], 8), X[:, :150]
    assert run.shape == (1, 8, 2)
    for step in range(8):
        following = esn.predict(longer)[:, -1:]
        assert_allclose(run[:, step], following[:, 0], rtol=1e-9)
        longer = np.concatenate([longer, following], axis=1)


def test_outputs_go_back_into_the_features_that_they_are_named_for():
    esn, X, y = a_closed_loop()
    straight = esn.fit(X, y).free_run(X, 20)
    crossed = clone(esn).set_params(feedback_features=[1, 0])
    run = crossed.fit(X, y[:, :, ::-1]).free_run(X, 20)
    assert_allclose(run[:, :, ::-1], straight, rtol=1e-6)


def test_features_to_feed_back_can_be_named():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(5, 240)))
    names = [f"{name}_lag{lag}" for lag in range(119, -1, -1) for name in ("a", "b")]
    frame.columns = names
    y = rng.normal(size=(5, 2))
    options = {**SMALL, "window_length": 120}
    named = ESNRegressor(**options, feedback_features=["b", "a_lag0"]).fit(frame, y)
    numbered = ESNRegressor(**options, feedback_features=[1, 0]).fit(frame, y)
    assert_array_equal(named.free_run(frame, 5), numbered.free_run(frame, 5))


def test_free_runs_side_by_side_are_those_one_by_one():
    esn, X, y = a_closed_loop(n_features=1)
    esn.fit(X, y[:, :, 0])
    drives = [X[0, at : at + 150 + 5 * at] for at in range(6)]
    runs = esn.free_run(drives, 12)
    assert runs.shape == (6, 12)
    for drive, run in zip(drives, runs, strict=True):
        assert_array_equal(esn.free_run(drive[np.newaxis], 12)[0], run)


def test_a_wave_goes_on():
    series = make_mso(1500, n_sines=2)
    X, y = series[np.newaxis, :-1, np.newaxis], series[np.newaxis, 1:]
    esn = ESNRegressor(100, return_sequences=True, washout=100, random_state=0)
    run = esn.fit(X[:, :1000], y[:, :1000]).free_run(X[:, :1001], 200)
    assert np.abs(run[0] - series[1001:1201]).max() < 0.01 * series.std()


def test_a_run_that_diverges_is_an_error():
    esn, X, y = a_closed_loop(n_features=1)
    esn.fit(X, y[:, :, 0])
    esn.coef_ = esn.coef_ * 1e3
    with pytest.raises(ValueError, match=r"The free run diverges: its step \d+ is no"):
        esn.free_run(X, 400)


# -------------------------------------------------------------- losses by gradient


def test_the_squared_error_by_gradient_is_the_ridge():
    X, y = a_task(n_outputs=2)
    ridge = ESNRegressor(**SMALL).fit(X, y)
    trained = ESNRegressor(**SMALL, solver="adam").fit(X, y)
    assert trained.alpha_ == ridge.alpha_
    assert_allclose(trained.predict(X), ridge.predict(X), rtol=1e-3, atol=1e-3)
    assert len(trained.loss_curve_) > 1
    assert not hasattr(trained.set_params(solver="ridge").fit(X, y), "loss_curve_")


@pytest.mark.parametrize("loss", ["absolute_error", "huber"])
def test_robust_losses_are_not_led_astray(loss):
    X, clean = a_task(150, noise=0.0)
    y = clean.copy()
    y[::9] += 50.0
    ridge = ESNRegressor(**SMALL).fit(X, y)
    robust = ESNRegressor(**SMALL, solver="adam", loss=loss).fit(X, y)
    missed = [np.abs(esn.predict(X) - clean).mean() for esn in (robust, ridge)]
    assert missed[0] < 0.7 * missed[1]
    assert robust.loss_curve_[-1] < robust.loss_curve_[0]


def test_weights_count_in_losses_as_sequences_given_as_often():
    X, y = a_task()
    weights = np.random.default_rng(1).integers(0, 4, size=len(y))
    options = {**SMALL, "solver": "adam", "loss": "absolute_error"}
    weighted = ESNRegressor(**options).fit(X, y, weights)
    repeated = ESNRegressor(**options).fit(
        np.repeat(X, weights, axis=0), np.repeat(y, weights)
    )
    assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-6)


def test_a_readout_for_another_loss_cannot_be_added_to():
    esn = ESNRegressor(solver="adam")
    assert not hasattr(esn, "partial_fit")
    with pytest.raises(AttributeError) as caught:
        _ = esn.partial_fit
    assert "which only solver='ridge' can" in str(caught.value.__cause__)
