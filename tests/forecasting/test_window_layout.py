"""Windows and bases: forecasts equal those made by hand, row by row."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

pytest.importorskip("sktime")

from direct_forecasters import (
    FH,
    ZeroRegressor,
    centered,
    first_units,
    regressed,
    ridge,
    small,
    waves,
)
from sktime.forecasting.base import ForecastingHorizon


def by_hand(y, n_window, horizons, *, center, season, regressor, is_scaled=True):
    """Fit to all full windows, and forecast from the end: a loop, row by row."""
    mean, spread = np.zeros(y.shape[1]), np.ones(y.shape[1])
    if is_scaled:
        mean, spread = first_units(y, n_window)
    z = (y - mean) / spread

    def base(end, step):
        if season > 1:
            row = end - 1 + step
            while row >= end:
                row -= season
            return z[max(row, 0)]
        return z[end - 1] if center else np.zeros_like(mean)

    def window(end):
        rows = z[end - n_window : end]
        return (rows - z[end - 1] if center else rows).ravel()

    # No base is looked for before the first row
    first = max(n_window, season) if season > 1 else n_window
    ends = range(first, len(z) - horizons[-1] + 1)
    X = np.array([window(end) for end in ends])
    target = [
        np.concatenate([z[end - 1 + h] - base(end, h) for h in horizons])
        for end in ends
    ]
    regressor.fit(X, np.array(target))
    out = regressor.predict([window(len(z))]).reshape(len(horizons), -1)
    return (out + [base(len(z), h) for h in horizons]) * spread + mean


@centered
@pytest.mark.parametrize("season", [1, 7])
@pytest.mark.parametrize("n_columns", [1, 3])
@pytest.mark.parametrize("horizons", [[1], [1, 2, 3, 4], [2, 9]])
def test_forecasts_are_those_of_a_regression_on_windows(
    center, season, n_columns, horizons
):
    y = waves(n_columns=n_columns)
    regressor = Ridge(0.3)
    forecaster = small(regressor, sp=season, log=False, scale="start", center=center)
    expected = by_hand(
        y.to_numpy(), 6, horizons, center=center, season=season, regressor=regressor
    )
    forecast = forecaster.fit(y, fh=horizons).predict()
    np.testing.assert_allclose(forecast, expected, rtol=1e-9)


@centered
def test_without_a_scale_windows_hold_the_rows_themselves(center):
    y = 100 * waves(n_columns=2)
    forecaster = small(Ridge(50.0), sp=1, log=False, center=center, scale=None)
    expected = by_hand(
        y.to_numpy(),
        6,
        FH,
        center=center,
        season=1,
        regressor=Ridge(50.0),
        is_scaled=False,
    )
    forecast = forecaster.fit(y, fh=FH).predict()
    np.testing.assert_allclose(forecast, expected, rtol=1e-9)


@centered
@settings(max_examples=15, deadline=None)
@given(
    season=st.integers(2, 14), n_rows=st.integers(40, 90), seed=st.integers(0, 10**6)
)
def test_forecasts_of_a_regressor_that_says_0_are_seasonal_naive(
    center, season, n_rows, seed
):
    y = waves(n_rows, seed=seed)
    fh = np.arange(1, 18)
    forecaster = small(ZeroRegressor(), sp=season, seasonal_base=True, center=center)
    forecast = forecaster.fit(y, fh=fh).predict()
    expected = np.resize(y.to_numpy()[-season:], len(fh))
    np.testing.assert_allclose(forecast.to_numpy().ravel(), expected)


@pytest.mark.parametrize("center", [True, False])
def test_without_a_season_a_regressor_that_says_0_gives_the_last_row_or_the_mean(
    center,
):
    y = waves(n_columns=2)
    forecast = small(ZeroRegressor(), sp=1, log=False, scale="series", center=center)
    forecast = forecast.fit(y, fh=FH).predict()
    expected = y.iloc[-1] if center else y.mean()
    np.testing.assert_allclose(forecast, np.tile(expected, (4, 1)))


@regressed
@pytest.mark.parametrize("n_columns", [1, 2])
def test_forecasts_from_many_origins_are_those_made_one_by_one(make, n_columns):
    y = waves(n_columns=n_columns)
    forecaster = make().fit(y.iloc[:80], fh=FH)
    ends = np.arange(80, 111, 10)
    many = forecaster._forecast_from(y.to_numpy(), ends)
    for end, forecast in zip(ends, many, strict=True):
        if end > 80:
            forecaster.update(y.iloc[end - 10 : end], update_params=False)
        np.testing.assert_allclose(forecaster.predict(), forecast, rtol=1e-5)


@regressed
def test_known_rows_are_forecast_one_step_ahead(make):
    y = waves()
    forecaster = make().fit(y, fh=[-110, -7, 0, 1, 2])
    ends = np.array([119 - 110, 119 - 7, 119])
    expected = forecaster._forecast_from(y.to_numpy(), ends)[:, 0]
    np.testing.assert_allclose(forecaster.predict().iloc[:3], expected, rtol=1e-5)


def test_only_horizons_that_are_asked_for_are_trained():
    y = waves()
    gaps = ridge().fit(y, fh=[2, 5])
    assert gaps.regressors_[0].coef_.shape == (2, 6)
    forecast = gaps.predict()
    assert list(forecast.index) == [121, 124]
    # The windows are those that have five rows after them
    full = ridge().fit(y, fh=[1, 2, 3, 4, 5]).predict()
    np.testing.assert_allclose(forecast, full.iloc[[1, 4]], rtol=1e-9)


def test_a_horizon_not_trained_is_forecast_by_the_next_longer_one():
    y = waves()
    at = ForecastingHorizon([82, 85], is_relative=False)
    forecaster = ridge().fit(y.iloc[:80], fh=at)
    before = forecaster.predict()
    # Of 3 and 6 steps 3 and 6 are left, now from one row before the last
    forecaster.update(y.iloc[80:81], update_params=False)
    pd.testing.assert_frame_equal(forecaster.predict(), before)
