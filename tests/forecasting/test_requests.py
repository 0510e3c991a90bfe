"""Covariates: those known ahead, and those known up to a forecast only."""

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

pytest.importorskip("sktime")

from direct_forecasters import FH, covariates, regressed, ridge, small, waves


@regressed
def test_covariates_that_follow_the_origin_are_not_read_where_they_are_past_only(make):
    y, X = waves(), covariates(120)
    noise = X.copy()
    noise.iloc[100:, 0] = np.random.default_rng(5).uniform(1, 1e6, size=20)
    given = {"past_covariates": "a", "log": False}
    forecaster = make(**given).fit(y.iloc[:80], X=X.iloc[:80], fh=np.arange(-19, 5))
    forecasts = [
        deepcopy(forecaster)
        .update(y.iloc[80:110], X=rows.iloc[80:110], update_params=False)
        .predict(X=rows.iloc[110:])
        for rows in (X, noise)
    ]
    # Of rows 90 to 100 none is forecast with the help of row 100
    one, two = (forecast.loc[:100] for forecast in forecasts)
    pd.testing.assert_frame_equal(one, two)
    assert (forecasts[0].loc[102:] != forecasts[1].loc[102:]).all(axis=None)
    ahead = noise.iloc[80:].copy()
    ahead["a"] = np.random.default_rng(6).uniform(1, 1e6, size=40)
    pd.testing.assert_frame_equal(
        forecaster.predict(X=ahead), forecaster.predict(X=X.iloc[80:])
    )


@regressed
def test_covariates_beyond_the_horizon_are_not_read(make):
    y, X = waves(80), covariates(120)
    forecaster = make().fit(y, X=X.iloc[:80], fh=FH)
    noise = X.copy()
    noise.iloc[84:] *= 1e6
    pd.testing.assert_frame_equal(
        forecaster.predict(X=noise), forecaster.predict(X=X.iloc[80:84])
    )


def test_covariates_known_ahead_are_read_at_each_horizon():
    y, X = waves(80), covariates(84)
    forecaster = ridge(window_length=3).fit(y, X=X.iloc[:80], fh=FH)
    before = forecaster.predict(X=X.iloc[80:])
    for row in range(80, 84):
        changed = X.iloc[80:].copy()
        changed.loc[row, "b"] += 1.0
        assert (forecaster.predict(X=changed) != before).any(axis=None)


def test_a_series_that_is_told_by_covariates_known_ahead_is_forecast_exactly():
    X = covariates(110)
    y = pd.DataFrame({"y": 3 * X["a"] - X["b"] + 50})
    forecaster = small(Ridge(1e-8), sp=1, log=False, center=False, window_length=2)
    forecaster.fit(y.iloc[:100], X=X.iloc[:100], fh=[1, 4, 10])
    forecast = forecaster.predict(X=X.iloc[100:])
    np.testing.assert_allclose(forecast, y.iloc[[100, 103, 109]], rtol=1e-6)


def test_a_series_that_follows_a_past_covariate_is_forecast_without_rows_ahead():
    X = covariates(101)
    y = pd.DataFrame({"y": 3 * X["a"].shift(1).fillna(0) + 50})
    forecaster = small(
        Ridge(1e-8),
        sp=1,
        log=False,
        center=False,
        window_length=2,
        past_covariates=["a", "b"],
    )
    forecaster.fit(y.iloc[:100], X=X.iloc[:100], fh=[1])
    np.testing.assert_allclose(forecaster.predict(), y.iloc[100:], rtol=1e-6)


@regressed
def test_forecasts_do_not_depend_on_the_units_of_covariates(make):
    y, X = waves(80), covariates(84)
    other = X * [1000, 0.01] + [7, -3]
    one, two = (
        make(log=False).fit(y, X=rows.iloc[:80], fh=FH).predict(X=rows.iloc[80:])
        for rows in (X, other)
    )
    np.testing.assert_allclose(two, one, rtol=1e-4)


def test_a_covariate_that_never_changes_says_nothing():
    y, X = waves(80), covariates(84)
    X["c"] = 3.0
    one, two = (
        ridge().fit(y, X=rows.iloc[:80], fh=FH).predict(X=rows.iloc[80:])
        for rows in (X, X[["a", "b"]])
    )
    np.testing.assert_allclose(one, two, rtol=1e-6)


def test_covariates_of_an_update_are_taken_in():
    X = covariates(124)
    y = pd.DataFrame({"y": 3 * X["a"].shift(1).fillna(0) + 50})
    forecaster = small(Ridge(1e-8), sp=1, log=False, center=False, window_length=2)
    forecaster.set_params(past_covariates=["a", "b"])
    forecaster.fit(y.iloc[:100], X=X.iloc[:100], fh=[1])
    forecaster.update(y.iloc[100:120], X=X.iloc[100:120], update_params=False)
    np.testing.assert_allclose(forecaster.predict(), y.iloc[[120]], rtol=1e-6)
