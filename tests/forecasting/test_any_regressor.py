"""Any regressor: its outputs, its seed, and what stays as the user gave it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytest.importorskip("sktime")

from direct_forecasters import FH, first_units, network, ridge, small, waves

from sklearn_rnn.forecasting._any_regressor import fit_regressor, predict_regressor


def test_a_regressor_of_one_output_forecasts_each_horizon_by_itself():
    y = waves(200)
    boosting = HistGradientBoostingRegressor(max_iter=5, random_state=0)
    many = small(boosting, center=True).fit(y, fh=[1, 3]).predict()
    # All windows have three rows after them here; only the last horizon has as many
    alone = small(boosting, center=True).fit(y, fh=[3])
    np.testing.assert_allclose(many.iloc[[1]], alone.predict(), rtol=1e-9)


def test_a_regressor_without_chance_is_fitted_once():
    forecaster = small(LinearRegression(), n_estimators=5).fit(waves(), fh=FH)
    assert len(forecaster.regressors_) == 1


@pytest.mark.parametrize("fh", [[1], [1, 2]])
@pytest.mark.parametrize(
    "regressor",
    [
        HistGradientBoostingRegressor(max_iter=5, max_features=0.5),
        RandomForestRegressor(10, max_features=0.5),
        make_pipeline(StandardScaler(), network()),
    ],
    ids=["one output", "many outputs", "a pipeline"],
)
def test_the_seed_reaches_any_regressor(regressor, fh):
    y = waves()
    forecasters = [
        small(regressor, n_estimators=2, random_state=seed, refit=False).fit(y, fh=fh)
        for seed in (3, 3, 4)
    ]
    first, again, other = (forecaster.predict() for forecaster in forecasters)
    pd.testing.assert_frame_equal(first, again)
    assert (first != other).all(axis=None)
    assert len(forecasters[0].regressors_) == 2


@pytest.mark.parametrize(
    "regressor",
    [network(), network(random_state=7), Ridge(), HistGradientBoostingRegressor()],
    ids=["network", "seeded network", "ridge", "boosting"],
)
def test_the_users_regressor_is_not_touched(regressor):
    before = set(vars(regressor)), regressor.get_params()
    y = waves()
    small(regressor).fit(y.iloc[:100], fh=[1, 2]).update(y.iloc[100:])
    assert (set(vars(regressor)), regressor.get_params()) == before


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("has_intercept", [True, False])
def test_a_ridge_predicts_as_scikit_learn_does(n_outputs, has_intercept):
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(30, 4, 2)), generator.normal(size=(30, n_outputs))
    fitted = Ridge(fit_intercept=has_intercept)
    fit_regressor(fitted, X, y, None)
    expected = fitted.predict(X.reshape(30, -1)).reshape(30, n_outputs)
    np.testing.assert_allclose(predict_regressor(fitted, X), expected, rtol=1e-12)


def test_a_ridge_that_draws_nothing_is_fitted_once():
    y = waves()
    for regressor, n_fits in ((Ridge(), 1), (Ridge(solver="sag"), 2)):
        forecaster = small(regressor, n_estimators=2).fit(y, fh=[1, 2])
        assert len(forecaster.regressors_) == n_fits


def test_a_regressor_that_cannot_go_on_learns_anew_from_all_rows():
    y = waves()
    forecaster = ridge(window_length=4, scale="start")
    updated = forecaster.fit(y.iloc[:80], fh=FH).update(y.iloc[80:])
    mean, spread = first_units(y.to_numpy(), 4)
    expected = by_hand_scaled((y.to_numpy() - mean) / spread, 4, FH, Ridge(0.1))
    np.testing.assert_allclose(updated.predict(), expected * spread + mean, rtol=1e-9)


def by_hand_scaled(z, n_window, horizons, regressor):
    X = [z[e - n_window : e, 0] - z[e - 1, 0] for e in range(n_window, len(z) + 1)]
    n_train = len(X) - horizons[-1]
    y = [
        [z[e - 1 + h, 0] - z[e - 1, 0] for h in horizons]
        for e in range(n_window, n_window + n_train)
    ]
    return regressor.fit(X[:n_train], y).predict(X[-1:]).T + z[-1]
