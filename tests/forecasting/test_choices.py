"""Choices of transform and level."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

pytest.importorskip("sktime")

from direct_forecasters import FH, panel, ridge, small, waves

from sklearn_rnn.forecasting import RecurrentForecaster
from sklearn_rnn.forecasting._season import find_season


def center_of(z, **params):
    y = pd.Series(z)
    fitted = RecurrentForecaster(
        Ridge(), window_length=2, sp=1, log=False, random_state=0, **params
    ).fit(y, fh=[1, 2, 3])
    return fitted.center_


def test_the_level_of_walks_is_carried_and_that_of_noise_is_learnt():
    noise = np.random.default_rng(0).normal(size=(20, 150))
    # Two rows tell little of a mean: to know it is worth a third of the variance
    assert np.mean([center_of(z) for z in noise]) < 0.2
    assert np.mean([center_of(z.cumsum()) for z in noise]) > 0.9


@pytest.mark.parametrize("center", [True, False])
def test_centring_is_not_chosen_where_it_is_given(center):
    noise = np.random.default_rng(1).normal(size=100)
    assert center_of(noise, center=center) is center
    assert center_of(noise.cumsum(), center=center) is center


def test_too_few_rows_to_hold_any_out_are_centered():
    assert center_of(np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0])) is True


def test_the_mean_and_the_unit_of_a_series_change_neither_season_nor_centring():
    z = waves(100, seed=4).to_numpy()
    assert find_season([z]) == find_season([1e3 * z - 7]) > 1
    for one in (z[:, 0], z[:, 0] - np.arange(100) / 50):
        assert center_of(one) == center_of(1e3 * one - 7)


@pytest.mark.parametrize(
    ("value", "is_log", "is_sqrt"),
    [(1.0, True, False), (0.0, False, True), (-1e-9, False, False)],
)
def test_logarithms_and_roots_are_taken_of_values_that_have_them_and_cost_nothing(
    value, is_log, is_sqrt
):
    t, generator = np.arange(120), np.random.default_rng(0)
    # Noise of the size of the values, or of their roots
    growing = np.exp(t / 30 + 0.2 * generator.normal(size=120))
    counts = generator.poisson(4 + 3 * np.sin(t / 3))
    y = panel(
        a=pd.DataFrame({"y": counts if value == 0.0 else growing}, dtype=float),
        b=pd.DataFrame({"y": np.r_[value, growing[1:60]]}),
    )
    forecaster = small().fit(y, fh=FH)
    assert (forecaster.log_, forecaster.sqrt_) == (is_log, is_sqrt)
    for params in ({"log": False}, {"sqrt": False, "log": is_log}):
        forecaster = small(**params).fit(y, fh=FH)
        assert not forecaster.sqrt_


def test_choices_can_be_read_after_fit():
    t = np.arange(96)
    walk = np.random.default_rng(0).normal(scale=0.3, size=96).cumsum()
    y = pd.DataFrame({"y": np.where(t % 12 == 0, 15.0, 10.0) + walk})
    forecaster = RecurrentForecaster(Ridge()).fit(y, fh=FH)
    assert (forecaster.sp_, forecaster.seasonal_base_) == (12, True)
    assert forecaster.log_ is True
    assert forecaster.center_ is True
    assert forecaster.window_length_ >= 12
    given = {"sp": 3, "seasonal_base": False, "log": False, "center": False}
    forecaster.set_params(**given, window_length=5).fit(y, fh=FH)
    for name, value in given.items():
        assert getattr(forecaster, f"{name}_") == value
    assert forecaster.window_length_ == 5


@pytest.mark.parametrize("n_covariates", [1, 100])
def test_windows_with_many_covariates_are_shorter(n_covariates):
    rng = np.random.default_rng(0)
    y = pd.DataFrame({"y": rng.normal(size=700)})
    X = pd.DataFrame(rng.normal(size=(700, n_covariates)))
    forecaster = ridge(window_length="auto", sp=40).fit(y, X, fh=[1, 2])
    layout = forecaster.model_.layout
    assert layout.window_length == {1: 70, 100: 60}[n_covariates]
    n_read = min(500 // n_covariates, layout.window_length)
    X_read = forecaster.model_.examples(forecaster._known).X[:, :-2, 1:]
    assert (X_read[:, : layout.window_length - n_read] == 0).all()
    assert (X_read[:, layout.window_length - n_read :] != 0).any(axis=(0, 2)).all()


def test_long_windows_have_at_most_500_rows():
    y = pd.DataFrame({"y": np.random.default_rng(0).normal(size=9000)})
    for sp, n_rows in [(100, 500), (400, 600)]:
        forecaster = ridge(window_length="auto", sp=sp).fit(y, fh=[1])
        assert forecaster.window_length_ == n_rows
