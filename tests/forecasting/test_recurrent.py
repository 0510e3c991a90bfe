"""Direct forecasts from windows: what they may depend on, and what they equal."""

import pickle
import random
import subprocess
import sys
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor

pytest.importorskip("sktime")

from sktime.datasets import load_airline
from sktime.forecasting.base import ForecastingHorizon
from sktime.forecasting.compose import make_reduction

from sklearn_rnn.forecasting import RecurrentForecaster
from sklearn_rnn.forecasting._season import find_season

FH = [1, 2, 3, 4]
ALPHA = [0.05, 0.25, 0.5, 0.9]

centered = pytest.mark.parametrize("center", [True, False])


def network(cell=LSTMRegressor, **params):
    return cell(**{"hidden_size": 4, "max_epochs": 2, **params})


def small(regressor=None, **params):
    """Return a forecaster with one small network, or with another regressor."""
    params = {"window_length": 6, "n_estimators": 1, "random_state": 0, **params}
    regressor = network() if regressor is None else regressor
    return RecurrentForecaster(regressor, **params)


def ridge(**params):
    return small(Ridge(0.1), **{"sp": 1, "log": False, "center": True, **params})


regressed = pytest.mark.parametrize("make", [small, ridge], ids=["network", "ridge"])


class ZeroRegressor(LinearRegression):
    """Says 0 whatever it is given."""

    def predict(self, X):
        return 0.0 * super().predict(X)


def waves(n_rows=120, n_columns=1, seed=0):
    """Return noisy waves on a slope, all above 0."""
    t, generator = np.arange(n_rows)[:, np.newaxis], np.random.default_rng(seed)
    values = 20 + np.sin(t / 2 + np.arange(n_columns)) + t / 50
    values += 0.1 * generator.normal(size=values.shape)
    return pd.DataFrame(values, columns=[f"y{i}" for i in range(n_columns)])


def covariates(n_rows, seed=1):
    values = np.random.default_rng(seed).normal(size=(n_rows, 2))
    return pd.DataFrame(values, columns=["a", "b"])


def panel(**series):
    return pd.concat(series, names=["series", "time"])


def of_months(y, start="2001-01"):
    return y.set_axis(pd.period_range(start, periods=len(y), freq="M"))


def weights(forecaster):
    """Return all weights that optimisers change, network by network."""
    return [
        {k: v.clone() for k, v in one.module_.state_dict().items()}
        for one in forecaster.regressors_
    ]


def are_equal(some, others):
    return all(
        torch.equal(a[k], b[k]) for a, b in zip(some, others, strict=True) for k in a
    )


def say_the_same(some, others):
    """Tell whether regressors of six rows make the same predictions."""
    X = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    if get_tags(some[0]).input_tags.three_d_array:
        X = X[:, :, np.newaxis]
    return all(
        np.array_equal(a.predict(X), b.predict(X))
        for a, b in zip(some, others, strict=True)
    )


# ------------------------------------------------------------- what forecasts depend on


@regressed
@pytest.mark.parametrize("origin", [30, 85, 119])
def test_what_follows_the_origin_changes_no_forecast(make, origin):
    y = waves(n_columns=2)
    forecaster = make(log=False).fit(y.iloc[:80], fh=FH)
    noise = y.to_numpy().copy()
    noise[origin:] = np.random.default_rng(5).uniform(-1e6, 1e6, noise[origin:].shape)
    ends = np.arange(10, origin + 1)
    np.testing.assert_array_equal(
        forecaster._forecast_from(noise, ends),
        forecaster._forecast_from(y.to_numpy(), ends),
    )


@regressed
def test_a_forecast_of_a_known_row_does_not_see_it_or_what_follows(make):
    y = waves()
    forecaster = make(log=False).fit(y.iloc[:100], fh=np.arange(-89, 5))
    noise = y.copy()
    noise.iloc[95:100] += np.random.default_rng(5).normal(size=(5, 1))
    before = forecaster.predict()
    after = forecaster.update(noise.iloc[95:100], update_params=False).predict()
    # Rows 10 to 95, the first that was revised, are forecast from rows that were not
    pd.testing.assert_frame_equal(after.iloc[:86], before.iloc[:86])
    assert (after.iloc[86:] != before.iloc[86:]).all(axis=None)


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


# ----------------------------------------------------------------- what forecasts equal


def by_hand(y, n_window, horizons, *, center, season, regressor, standardize=True):
    """Fit to all full windows, and forecast from the end: a loop, row by row."""
    mean, spread = np.zeros(y.shape[1]), np.ones(y.shape[1])
    if standardize:
        mean, spread = y.mean(axis=0), y.std(axis=0)
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
    forecaster = small(regressor, sp=season, log=False, center=center)
    expected = by_hand(
        y.to_numpy(), 6, horizons, center=center, season=season, regressor=regressor
    )
    forecast = forecaster.fit(y, fh=horizons).predict()
    np.testing.assert_allclose(forecast, expected, rtol=1e-9)


@centered
def test_without_standardization_windows_hold_the_rows_themselves(center):
    y = 100 * waves(n_columns=2)
    forecaster = small(Ridge(50.0), sp=1, log=False, center=center, standardize=False)
    expected = by_hand(
        y.to_numpy(),
        6,
        FH,
        center=center,
        season=1,
        regressor=Ridge(50.0),
        standardize=False,
    )
    forecast = forecaster.fit(y, fh=FH).predict()
    np.testing.assert_allclose(forecast, expected, rtol=1e-9)


def test_logarithms_are_taken_before_and_undone_after():
    y = waves()
    plain = ridge().fit(np.log(y), fh=FH).predict()
    forecast = ridge(log=True).fit(y, fh=FH).predict()
    np.testing.assert_allclose(forecast, np.exp(plain), rtol=1e-9)


def test_square_roots_are_taken_before_and_undone_after():
    y = waves()
    forecaster = ridge().fit(np.sqrt(y), fh=FH)
    plain, interval = forecaster.predict(), forecaster.predict_interval(coverage=0.8)
    forecaster = ridge(log="auto", sqrt=True).fit(y, fh=FH)
    assert (forecaster.log_, forecaster.sqrt_) == (False, True)
    np.testing.assert_allclose(forecaster.predict(), plain**2, rtol=1e-9)
    squares = np.maximum(interval, 0) ** 2
    np.testing.assert_allclose(
        forecaster.predict_interval(coverage=0.8), squares, rtol=1e-9
    )


def test_a_series_of_counts_is_forecast_by_its_roots_and_never_below_0():
    counts = np.random.default_rng(0).poisson(0.7, size=(120, 1)).astype(float)
    forecaster = small(Ridge(), sp=1).fit(pd.DataFrame(counts), fh=range(1, 11))
    assert forecaster.sqrt_
    assert not forecaster.log_
    assert (forecaster.predict_quantiles(alpha=[0.001, 0.5]).to_numpy() >= 0).all()


def test_a_regressor_of_one_output_forecasts_each_horizon_by_itself():
    y = waves(200)
    boosting = HistGradientBoostingRegressor(max_iter=5, random_state=0)
    many = small(boosting, center=True).fit(y, fh=[1, 3]).predict()
    # All windows have three rows after them here; only the last horizon has as many
    alone = small(boosting, center=True).fit(y, fh=[3])
    np.testing.assert_allclose(many.iloc[[1]], alone.predict(), rtol=1e-9)


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
    forecast = small(ZeroRegressor(), sp=1, log=False, center=center)
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


@regressed
@pytest.mark.parametrize("kind", ["numbers", "months", "dates"])
def test_times_to_forecast_may_be_given_as_such_or_as_steps(make, kind):
    y = waves(80)
    if kind == "months":
        y = of_months(y)
    elif kind == "dates":
        y = y.set_axis(pd.date_range("2001-01-31", periods=80, freq="ME"))
    relative = make().fit(y, fh=[1, 3]).predict()
    at = ForecastingHorizon(relative.index, is_relative=False)
    pd.testing.assert_frame_equal(make().fit(y, fh=at).predict(), relative)
    step = {"months": 1, "numbers": 1, "dates": pd.offsets.MonthEnd()}[kind]
    assert list(relative.index) == [y.index[-1] + step, y.index[-1] + 3 * step]


def as_dates(y, freq="D", **where):
    start = where.get("start", "2001-03-20")
    return y.set_axis(
        pd.date_range(start, periods=len(y), freq=freq, tz=where.get("tz"))
    )


@pytest.mark.parametrize("freq", ["h", "D", "B", "W", "MS", "2MS", "QE", "YS"])
@pytest.mark.parametrize("tz", [None, "Europe/Berlin"])
def test_forecast_dates_go_on_from_those_known(freq, tz):
    y = as_dates(waves(84), freq, tz=tz)
    forecast = ridge().fit(y.iloc[:78], fh=[1, 2, 6]).predict()
    assert list(forecast.index) == list(y.index[[78, 79, 83]])
    # The same without a frequency that is written down
    bare = y.iloc[:78].set_axis(pd.DatetimeIndex(list(y.index[:78])))
    pd.testing.assert_frame_equal(ridge().fit(bare, fh=[1, 2, 6]).predict(), forecast)


def test_steps_may_be_given_as_spans_of_time():
    y = as_dates(waves(80))
    fh = ForecastingHorizon(pd.to_timedelta([1, 3], unit="D"), is_relative=True)
    forecast = ridge().fit(y, fh=fh).predict()
    pd.testing.assert_frame_equal(forecast, ridge().fit(y, fh=[1, 3]).predict())


@regressed
def test_times_stay_where_they_are_when_rows_are_added(make):
    y = waves()
    at = ForecastingHorizon(np.arange(80, 86), is_relative=False)
    forecaster = make().fit(y.iloc[:80], fh=at)
    forecaster.update(y.iloc[80:82], update_params=False)
    forecast = forecaster.predict()
    assert list(forecast.index) == [*range(80, 86)]
    # Rows 80 and 81 are known now and forecast one step ahead, the others from row 81
    ahead = forecaster._forecast_from(y.to_numpy(), [80, 81, 82])[:, :, 0]
    expected = [ahead[0, 0], ahead[1, 0], *ahead[2, :4]]
    np.testing.assert_allclose(forecast.iloc[:, 0], expected, rtol=1e-5)


def test_a_horizon_not_trained_is_forecast_by_the_next_longer_one():
    y = waves()
    at = ForecastingHorizon([82, 85], is_relative=False)
    forecaster = ridge().fit(y.iloc[:80], fh=at)
    before = forecaster.predict()
    # Of 3 and 6 steps 3 and 6 are left, now from one row before the last
    forecaster.update(y.iloc[80:81], update_params=False)
    pd.testing.assert_frame_equal(forecaster.predict(), before)


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("value", [4.0, 0.1, 1e6])
@centered
@regressed
def test_nothing_but_a_constant_is_forecast_of_a_constant(make, center, value, log):
    y = pd.DataFrame({"y": np.full(40, value)})
    forecaster = make(center=center, log=log).fit(y, fh=[-3, 1, 5])
    np.testing.assert_allclose(forecaster.predict(), value, rtol=1e-6)
    np.testing.assert_allclose(forecaster.predict_quantiles(alpha=ALPHA), value)


def test_all_defaults_forecast_a_constant_of_a_constant():
    y = pd.DataFrame({"y": np.full(40, 0.0)})
    forecaster = RecurrentForecaster(network(), random_state=0).fit(y, fh=FH)
    assert forecaster.sp_ == 1
    np.testing.assert_allclose(forecaster.predict(), 0.0, atol=1e-6)


@centered
@settings(max_examples=15, deadline=None)
@given(
    factor=st.floats(1e-6, 1e6), shift=st.floats(-100, 100), seed=st.integers(0, 10**6)
)
def test_forecasts_go_with_the_units_of_y(center, factor, shift, seed):
    y = waves(60, seed=seed)
    other = factor * (y + shift)
    forecasts, quantiles = [], []
    for series in (y, other):
        forecaster = ridge(center=center).fit(series, fh=[-2, 1, 4])
        forecasts.append(forecaster.predict())
        quantiles.append(forecaster.predict_quantiles(alpha=ALPHA))
    for one, two in (forecasts, quantiles):
        np.testing.assert_allclose(two / factor - shift, one, atol=1e-7)


@pytest.mark.parametrize("log", [True, False])
def test_forecasts_of_networks_go_with_the_units_of_y(log):
    y = waves()
    shift = 0 if log else 1234.0
    one = small(log=log).fit(y, fh=FH).predict()
    two = small(log=log).fit(1e4 * (y + shift), fh=FH).predict()
    np.testing.assert_allclose(two / 1e4 - shift, one, atol=1e-4)


def test_columns_of_y_may_stand_in_any_order():
    y = waves(n_columns=3)
    forecast = ridge().fit(y, fh=FH).predict()
    turned = y[["y2", "y0", "y1"]]
    other = ridge().fit(turned, fh=FH).predict()
    assert list(other.columns) == ["y2", "y0", "y1"]
    np.testing.assert_allclose(other[y.columns], forecast, rtol=1e-9)


def test_columns_of_y_are_read_together():
    lead = np.random.default_rng(0).normal(size=201)
    y = pd.DataFrame({"follows": lead[:-1], "leads": lead[1:]})
    forecaster = small(Ridge(1e-6), sp=1, center=False, log=False, window_length=2)
    forecast = forecaster.fit(y, fh=[1]).predict()
    # What follows is the last row of what leads
    np.testing.assert_allclose(forecast["follows"], lead[-1], rtol=1e-4)


# ------------------------------------------------------------------------------- panels


@regressed
def test_each_series_is_forecast_from_its_own_end(make):
    a, b, c = waves(), waves(60, seed=2) * 100, waves(90, seed=3).iloc[20:]
    forecaster = make(sp=1, center=True).fit(panel(a=a, b=b, c=c), fh=FH)
    forecast = forecaster.predict()
    for key, series in (("a", a), ("b", b), ("c", c)):
        assert list(forecast.loc[key].index) == [series.index[-1] + h for h in FH]
        # All the network knows of a series is its own rows
        alone = deepcopy(forecaster)
        alone._scales = {(): alone._scales[(key,)]}
        alone._limits = {(): alone._limits[(key,)]}
        (expected,) = alone._forecast_from(series.to_numpy(), [len(series)])
        np.testing.assert_allclose(forecast.loc[key], expected, rtol=1e-5)
    assert forecast.loc["b"].min().item() > 10 * forecast.loc["a"].max().item()


@regressed
def test_the_only_series_of_a_panel_is_forecast_as_it_is_alone(make):
    y = waves(n_columns=2)
    alone, among = make().fit(y, fh=FH), make().fit(panel(a=y), fh=FH)
    np.testing.assert_allclose(among.predict(), alone.predict(), rtol=1e-12)
    ours, others = (of.predict_quantiles(alpha=ALPHA) for of in (among, alone))
    np.testing.assert_allclose(ours, others, rtol=1e-12)


def test_the_order_of_series_changes_no_forecast():
    given = {"a": waves(), "b": waves(60, seed=2), "c": waves(90, seed=3)}
    forecast = ridge().fit(panel(**given), fh=FH).predict()
    turned = {key: given[key] for key in "cab"}
    other = ridge().fit(panel(**turned), fh=FH).predict()
    for key in given:
        np.testing.assert_allclose(other.loc[key], forecast.loc[key], rtol=1e-9)


def test_the_order_of_series_changes_no_quantile():
    given = {"a": waves(), "b": 5 * waves(60, seed=2), "c": waves(90, seed=3)}
    turned = {key: given[key] for key in "cab"}
    one, two = (
        ridge().fit(panel(**of), fh=FH).predict_quantiles(alpha=ALPHA)
        for of in (given, turned)
    )
    for key in given:
        np.testing.assert_allclose(two.loc[key], one.loc[key], rtol=1e-9)


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("value", [5.0, 1e-3, 1e6])
@regressed
def test_a_constant_among_other_series_is_forecast_as_such(make, value, log):
    constant = pd.DataFrame({"y0": np.full(80, value)})
    forecaster = make(log=log, sp=1).fit(panel(a=waves(), b=constant), fh=FH)
    np.testing.assert_allclose(forecaster.predict().loc["b"], value, rtol=1e-3)


@pytest.mark.parametrize("n_rows", [1, 2, 3])
@pytest.mark.parametrize("kind", ["numbers", "months", "dates"])
@regressed
def test_series_too_short_to_learn_from_are_forecast_with_the_others(
    make, kind, n_rows
):
    form = {"numbers": lambda y: y, "months": of_months, "dates": as_dates}[kind]
    long, short = form(waves(84)), form(waves(84, seed=3))
    # The short one is first, where a panel's frequency might be read
    y = panel(a=short.iloc[:n_rows], b=long.iloc[:80])
    forecaster = make().fit(y, fh=FH)
    forecast = forecaster.predict()
    assert list(forecast.loc["a"].index) == list(short.index[n_rows : n_rows + 4])
    assert list(forecast.loc["b"].index) == list(long.index[80:])
    # What is near a level of 20 stays near it
    assert forecast.loc["a"].min().item() > 15
    assert forecast.loc["a"].max().item() < 30


@regressed
def test_a_hierarchy_is_a_panel_of_all_its_series(make):
    series = [waves(), waves(60, seed=2), waves(90, seed=3)]
    flat = panel(**dict(zip("abc", series, strict=True)))
    keys = [("east", "a"), ("east", "b"), ("west", "a")]
    deep = pd.concat(dict(zip(keys, series, strict=True)), names=["area", "shop", "t"])
    one, two = (make().fit(y, fh=FH) for y in (flat, deep))
    forecast = two.predict()
    assert forecast.index.names == ["area", "shop", "t"]
    np.testing.assert_array_equal(forecast, one.predict())
    for name, key in zip("abc", keys, strict=True):
        assert list(forecast.loc[key].index) == list(one.predict().loc[name].index)


def test_series_of_dates_that_end_at_other_times_are_forecast_at_given_times():
    a, b = of_months(waves(80)), of_months(waves(78, seed=2))
    at = pd.period_range("2007-09", periods=3, freq="M")
    fh = ForecastingHorizon(at, is_relative=False)
    forecast = ridge().fit(panel(a=a, b=b), fh=fh).predict()
    assert list(forecast.loc["a"].index) == list(at) == list(forecast.loc["b"].index)


def test_covariates_of_a_panel_are_read_with_their_series():
    X = panel(a=covariates(104), b=covariates(104, seed=2))
    y = pd.DataFrame({"y": 3 * X["a"] - X["b"]})
    is_known = X.index.get_level_values("time") < 100
    forecaster = ridge(center=False, window_length=2)
    forecaster.fit(y[is_known], X=X[is_known], fh=FH)
    forecast = forecaster.predict(X=X[~is_known])
    np.testing.assert_allclose(forecast, y[~is_known], atol=0.05)


def test_a_new_series_in_an_update_is_forecast_by_the_network_as_it_is():
    a, b = waves(), 1000 * waves(70, seed=3)
    forecaster = small().fit(panel(a=a), fh=FH)
    before = forecaster.predict().loc["a"]
    own = weights(forecaster)
    forecaster.update(panel(a=a.iloc[-1:], b=b), update_params=False)
    assert are_equal(weights(forecaster), own)
    forecast = forecaster.predict()
    pd.testing.assert_frame_equal(forecast.loc["a"], before)
    assert list(forecast.loc["b"].index) == [70, 71, 72, 73]
    pretrained = small().pretrain(panel(a=a), fh=FH).fit(b, fh=FH)
    np.testing.assert_allclose(forecast.loc["b"], pretrained.predict(), rtol=1e-6)


# -------------------------------------------------------------------------- pretraining


@regressed
def test_a_series_not_pretrained_on_is_forecast_by_the_pretrained_network(make):
    others = panel(a=waves(), b=waves(90, seed=2))
    y = 50 * waves(40, seed=7) + 9
    pretrained = make().pretrain(others, fh=FH)
    before = deepcopy(pretrained.regressors_)
    forecast = pretrained.fit(y, fh=FH).predict()
    assert say_the_same(pretrained.regressors_, before)
    twin = make().fit(others, fh=FH).update(panel(c=y), update_params=False)
    np.testing.assert_allclose(forecast, twin.predict().loc["c"], rtol=1e-6)


def test_a_clone_keeps_what_was_pretrained():
    pretrained = small().pretrain(panel(a=waves(), b=waves(90, seed=2)), fh=FH)
    twin = pretrained.clone()
    y = waves(40, seed=7)
    expected = pretrained.fit(y, fh=FH).predict()
    pd.testing.assert_frame_equal(twin.fit(y, fh=FH).predict(), expected)


@regressed
def test_what_becomes_of_a_clone_does_not_touch_what_was_pretrained(make):
    y = waves(60, seed=7)
    pretrained = make().pretrain(panel(a=waves(), b=waves(90, seed=2)), fh=FH)
    expected = deepcopy(pretrained).fit(y, fh=FH).predict_quantiles(alpha=ALPHA)
    pretrained.clone().fit(y.iloc[:40], fh=FH).update(y.iloc[40:])
    forecast = pretrained.fit(y, fh=FH).predict_quantiles(alpha=ALPHA)
    pd.testing.assert_frame_equal(forecast, expected)


def test_a_pretrained_forecaster_can_be_fitted_to_one_series_after_another():
    pretrained = small().pretrain(panel(a=waves()), fh=FH)
    first, second = waves(40, seed=7), waves(50, seed=8)
    expected = pretrained.clone().fit(second, fh=FH).predict()
    pretrained.fit(first, fh=FH)
    pd.testing.assert_frame_equal(pretrained.fit(second, fh=FH).predict(), expected)


def test_pretraining_again_goes_on_from_the_weights():
    first, second = panel(a=waves()), panel(a=waves(90, seed=2))
    once = small().pretrain(first, fh=FH)
    before, n_epochs = weights(once), len(once.regressors_[0].net_.history)
    once.pretrain(second, fh=FH)
    assert not are_equal(weights(once), before)
    assert len(once.regressors_[0].net_.history) == n_epochs + 1


def test_pretraining_again_without_partial_fit_learns_from_all_panels():
    first, second = panel(a=waves()), panel(b=waves(90, seed=2))
    y = waves(40, seed=7)
    twice = ridge().pretrain(first, fh=FH).pretrain(second, fh=FH)
    both = ridge().pretrain(pd.concat([first, second]), fh=FH)
    np.testing.assert_allclose(
        twice.fit(y, fh=FH).predict(), both.fit(y, fh=FH).predict(), rtol=1e-9
    )


@regressed
def test_pretraining_after_fit_takes_the_place_of_it(make):
    y, others = waves(40, seed=7), panel(a=waves(90, seed=2))
    forecaster = make().fit(waves(), fh=FH).pretrain(others, fh=FH)
    assert np.isfinite(forecaster.fit(y, fh=FH).predict()).all(axis=None)


def test_an_update_does_not_forget_what_was_pretrained():
    others = panel(a=waves(300), b=waves(300, seed=2))
    y = waves(40, seed=7)
    pretrained = ridge().pretrain(others, fh=FH).fit(y.iloc[:30], fh=FH)
    updated = pretrained.update(y.iloc[30:])
    alone = ridge().fit(y.iloc[:30], fh=FH).update(y.iloc[30:])
    coefs = [of.regressors_[0].coef_ for of in (updated, alone)]
    assert np.abs(coefs[0] - coefs[1]).max() > 1e-6


def test_pretraining_needs_horizons():
    with pytest.raises(
        ValueError,
        match=r"^pretrain needs fh: the horizons that are to be forecast after fit\.$",
    ):
        small().pretrain(panel(a=waves()))


# --------------------------------------------------------------------------- covariates


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


# ------------------------------------------------------------------------------ updates


@regressed
def test_an_update_without_training_is_the_same_network_on_a_longer_history(make):
    y = waves()
    forecaster = make().fit(y.iloc[:80], fh=FH)
    (expected,) = forecaster._forecast_from(y.to_numpy(), [100])
    before = deepcopy(forecaster.regressors_)
    by_row = deepcopy(forecaster)
    forecaster.update(y.iloc[80:100], update_params=False)
    for row in range(80, 100):
        by_row.update(y.iloc[row : row + 1], update_params=False)
    assert say_the_same(forecaster.regressors_, before)
    np.testing.assert_allclose(forecaster.predict(), expected, rtol=1e-6)
    pd.testing.assert_frame_equal(by_row.predict(), forecaster.predict())


def test_an_update_trains_on_from_the_present_weights():
    y = waves()
    forecaster = small(refit=False).fit(y.iloc[:80], fh=FH)
    before, scales = weights(forecaster), deepcopy(forecaster._scales)
    n_epochs = len(forecaster.regressors_[0].net_.history)
    one, other = deepcopy(forecaster), deepcopy(forecaster)
    forecaster.update(y.iloc[80:100])
    assert not are_equal(weights(forecaster), before)
    assert len(forecaster.regressors_[0].net_.history) == n_epochs + 1
    for name in ("mean", "spread"):
        ours = getattr(forecaster._scales[()], name)
        np.testing.assert_array_equal(ours, getattr(scales[()], name))
    # What weights it comes to depends on those that it goes on from
    for weight in other.regressors_[0].module_.parameters():
        weight.data *= 2
    one.update(y.iloc[80:100])
    assert are_equal(weights(one), weights(forecaster))
    assert not are_equal(weights(other.update(y.iloc[80:100])), weights(one))


def test_an_update_adds_to_the_number_of_steps_made():
    y = waves()
    forecaster = small(refit=False).fit(y.iloc[:70], fh=FH)
    before = forecaster.n_steps_
    forecaster.update(y.iloc[70:80], update_params=False)
    assert forecaster.n_steps_ == before
    forecaster.update(y.iloc[80:])
    assert forecaster.n_steps_ > before


@pytest.mark.parametrize("first", [80, 75, 0])
def test_an_update_trains_on_windows_of_rows_that_are_new_alone(first, monkeypatch):
    y, seen = waves(), []
    forecaster = small(sp=1, center=False, log=False).fit(y.iloc[:80], fh=[1])
    monkeypatch.setattr(LSTMRegressor, "partial_fit", lambda _, *of: seen.append(of))
    forecaster.update(y.iloc[first:90])
    ((X, target),) = seen
    z = forecaster._scales[()].scale(y.to_numpy())
    expected = [z[row - 6 : row] for row in range(80, 90)]
    np.testing.assert_allclose(X, expected, atol=1e-5)
    np.testing.assert_allclose(target, z[80:90, 0], atol=1e-5)


def test_an_update_that_only_revises_trains_on_no_other_rows(monkeypatch):
    y, seen = waves(), []
    forecaster = small(sp=1, center=False, log=False).fit(y.iloc[:80], fh=[1])
    monkeypatch.setattr(LSTMRegressor, "partial_fit", lambda _, *of: seen.append(of))
    forecaster.update(y.iloc[10:20])
    z = forecaster._scales[()].scale(y.to_numpy())
    for _, target in seen:
        assert np.isin(np.round(target, 4), np.round(z[10:20], 4)).all()


def test_fitting_again_forgets_the_first_series():
    first, second = waves(), 500 * waves(60, seed=3)
    again = small().fit(first, fh=FH).fit(second, fh=[2])
    expected = small().fit(second, fh=[2]).predict()
    pd.testing.assert_frame_equal(again.predict(), expected)


def test_a_regressor_that_cannot_go_on_learns_anew_from_all_rows():
    y = waves()
    updated = ridge(window_length=4).fit(y.iloc[:80], fh=FH).update(y.iloc[80:])
    # Scales stay those of the first rows; a ridge knows no other trace of them
    fresh = ridge(window_length=4).fit(y.iloc[:80], fh=FH)
    z = fresh._scales[()].scale(y.to_numpy())
    expected = by_hand_scaled(z, 4, FH, Ridge(0.1))
    np.testing.assert_allclose(
        updated.predict(), fresh._scales[()].unscale(expected), rtol=1e-9
    )


def by_hand_scaled(z, n_window, horizons, regressor):
    X = [z[e - n_window : e, 0] - z[e - 1, 0] for e in range(n_window, len(z) + 1)]
    n_train = len(X) - horizons[-1]
    y = [
        [z[e - 1 + h, 0] - z[e - 1, 0] for h in horizons]
        for e in range(n_window, n_window + n_train)
    ]
    return regressor.fit(X[:n_train], y).predict(X[-1:]).T + z[-1]


@regressed
def test_revised_rows_replace_what_was_known(make):
    y = waves()
    revised = y.copy()
    revised.iloc[70:80] += 0.3
    forecaster = make().fit(y.iloc[:80], fh=FH)
    (expected,) = forecaster._forecast_from(revised.to_numpy(), [85])
    forecaster.update(revised.iloc[70:85], update_params=False)
    np.testing.assert_allclose(forecaster.predict(), expected, rtol=1e-6)


@regressed
@pytest.mark.parametrize("update_params", [True, False])
def test_an_update_leaves_copies_as_they_were(make, update_params):
    y = waves()
    forecaster = make().fit(y.iloc[:80], fh=FH)
    twin = deepcopy(forecaster)
    expected = twin.predict()
    forecaster.update(y.iloc[80:], update_params=update_params)
    pd.testing.assert_frame_equal(twin.predict(), expected)


def test_covariates_of_an_update_are_taken_in():
    X = covariates(124)
    y = pd.DataFrame({"y": 3 * X["a"].shift(1).fillna(0) + 50})
    forecaster = small(Ridge(1e-8), sp=1, log=False, center=False, window_length=2)
    forecaster.set_params(past_covariates=["a", "b"])
    forecaster.fit(y.iloc[:100], X=X.iloc[:100], fh=[1])
    forecaster.update(y.iloc[100:120], X=X.iloc[100:120], update_params=False)
    np.testing.assert_allclose(forecaster.predict(), y.iloc[[120]], rtol=1e-6)


# -------------------------------------------------------------------- networks, and how


@pytest.mark.parametrize("cell", [GRURegressor, LSTMRegressor, RNNRegressor])
def test_networks_make_as_many_steps_as_they_are_set_to_at_the_most(cell):
    y = waves()
    regressor = network(cell, max_epochs=3, batch_size=16)
    full = small(regressor, refit=False).fit(y, fh=FH)
    # 111 windows have four rows after them: seven batches, three times
    assert full.n_steps_ == 3 * 7
    chosen = small(regressor).fit(y, fh=FH)
    assert 0 <= chosen.n_steps_ <= 3 * 7
    assert chosen.n_steps_ % 7 == 0
    assert ridge().fit(y, fh=FH).n_steps_ is None


def test_no_step_is_made_where_none_helps():
    # What a window's last row says is all there is: the ridge has it already
    y = pd.DataFrame({"y": 1.01 ** np.arange(120.0)})
    forecaster = small(network(lr=0.3, max_epochs=5), sp=1).fit(y, fh=FH)
    assert forecaster.n_steps_ == 0
    np.testing.assert_allclose(
        forecaster.predict().iloc[:, 0], 1.01 ** np.arange(120.0, 124), rtol=1e-3
    )


def test_a_forecast_is_the_median_of_the_networks():
    y = waves()
    forecaster = small(n_estimators=3, refit=False, sp=1, log=False, center=True)
    forecaster.fit(y, fh=FH)
    assert len(forecaster.regressors_) == 3
    scale = forecaster._scales[()]
    z = scale.scale(y.to_numpy())
    window = (z[-6:] - z[-1]).astype(np.float32)[np.newaxis]
    single = [one.predict(window)[0] + z[-1] for one in forecaster.regressors_]
    assert np.ptp(single, axis=0).min() > 0
    expected = scale.unscale(np.median(single, axis=0)[:, np.newaxis])
    np.testing.assert_allclose(forecaster.predict(), expected, rtol=1e-6)


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


@pytest.mark.parametrize("n_estimators", [1, 2])
def test_forecasts_repeat_bit_for_bit_and_touch_no_global_generator(n_estimators):
    y = waves()

    def forecast(seed):
        forecaster = small(n_estimators=n_estimators, random_state=seed, refit=False)
        forecaster.fit(y.iloc[:100], fh=FH).update(y.iloc[100:])
        return forecaster.predict_quantiles(alpha=ALPHA)

    expected = forecast(3)
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    pd.testing.assert_frame_equal(forecast(3), expected, check_exact=True)
    assert random.getstate() == states[0]
    for now, then in zip(np.random.get_state(), states[1], strict=True):  # noqa: NPY002
        np.testing.assert_array_equal(now, then)
    assert torch.equal(torch.get_rng_state(), states[2])
    assert (forecast(4) != expected).any(axis=None)


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


@regressed
def test_a_forecaster_does_not_change_its_input(make):
    y, X = waves(84), covariates(84)
    before = y.copy(), X.copy()
    forecaster = make().fit(y.iloc[:70], X=X.iloc[:70], fh=FH)
    forecaster.update(y.iloc[70:80], X=X.iloc[70:80])
    forecaster.predict_quantiles(X=X.iloc[80:], alpha=ALPHA)
    pd.testing.assert_frame_equal(y, before[0])
    pd.testing.assert_frame_equal(X, before[1])


@regressed
def test_nothing_is_printed_unless_asked_for(make, capsys):
    y = waves()
    for verbose in (0, False):
        forecaster = make(verbose=verbose).fit(y.iloc[:100], fh=FH)
        forecaster.update(y.iloc[100:]).predict_quantiles(alpha=ALPHA)
    assert capsys.readouterr() == ("", "")
    make(verbose=1).fit(y, fh=FH)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("\rRecurrentForecaster:   0%")
    assert "RecurrentForecaster: 100%" in err


@regressed
def test_pickles_and_copies_forecast_alike_and_can_be_updated(make):
    y = waves()
    forecaster = make().fit(y.iloc[:100], fh=FH)
    copies = [pickle.loads(pickle.dumps(forecaster)), deepcopy(forecaster)]
    for step in (lambda of: of, lambda of: of.update(y.iloc[100:])):
        expected = step(forecaster).predict_quantiles(alpha=ALPHA)
        for copy in copies:
            forecast = step(copy).predict_quantiles(alpha=ALPHA)
            pd.testing.assert_frame_equal(forecast, expected)


@pytest.mark.parametrize("n_rows", range(6, 30, 3))
@pytest.mark.parametrize("regressor", [network(), Ridge()], ids=["network", "ridge"])
def test_series_that_just_suffice_are_forecast(n_rows, regressor):
    y = waves(n_rows)
    forecaster = RecurrentForecaster(regressor, n_estimators=1, random_state=0)
    quantiles = forecaster.fit(y, fh=[0, *FH]).predict_quantiles(alpha=ALPHA)
    assert np.isfinite(quantiles).all(axis=None)


# ---------------------------------------------------------------------------- quantiles


@regressed
def test_quantiles_rise_with_alpha_about_the_forecast(make):
    y = panel(a=waves(n_columns=2), b=waves(70, n_columns=2, seed=2))
    forecaster = make().fit(y, fh=[-3, 0, *FH])
    alpha = np.linspace(0.01, 0.99, 99).tolist()
    quantiles = forecaster.predict_quantiles(alpha=alpha)
    forecast = forecaster.predict()
    for column in ("y0", "y1"):
        rises = np.diff(quantiles[column].to_numpy(), axis=1)
        assert (rises >= 0).all()
        assert (quantiles[column][0.01] < quantiles[column][0.99]).all()
        np.testing.assert_allclose(quantiles[column][0.5], forecast[column], rtol=1e-9)


def test_intervals_do_not_narrow_as_the_horizon_grows():
    y = pd.DataFrame(np.cumsum(np.random.default_rng(0).normal(size=300)))
    forecaster = ridge(window_length=3).fit(y, fh=np.arange(1, 17))
    interval = forecaster.predict_interval(coverage=[0.5, 0.8, 0.95])
    widths = (interval.xs("upper", axis=1, level=2)
              - interval.xs("lower", axis=1, level=2)).to_numpy()  # fmt: skip
    assert (np.diff(widths, axis=0) >= -1e-9).all()
    assert (np.diff(widths, axis=1) > 0).all()
    # A walk is twice as far off after four steps
    assert widths[3, 1] > 1.4 * widths[0, 1]


def test_intervals_hold_as_many_rows_as_they_say():
    generator, coverage = np.random.default_rng(1), [0.8, 0.95]
    is_in = []
    for _ in range(250):
        noise, y = generator.normal(size=170), np.zeros(170)
        for t in range(1, 170):
            y[t] = 0.7 * y[t - 1] + noise[t]
        y = pd.DataFrame({"y": y[10:]})
        forecaster = ridge(center=False, window_length=3).fit(y.iloc[:-4], fh=FH)
        interval = forecaster.predict_interval(coverage=coverage).to_numpy()
        interval, truth = interval.reshape(4, 2, 2), y.iloc[-4:].to_numpy()
        is_in.append((interval[:, :, 0] <= truth) & (truth <= interval[:, :, 1]))
    # (n_horizons, n_coverages)
    found = np.mean(is_in, axis=0)
    assert np.abs(found - coverage).max() < 0.1
    assert np.abs(found.mean(axis=0) - coverage).max() < 0.05


def test_intervals_are_wider_for_series_that_are_harder_to_forecast():
    generator = np.random.default_rng(0)
    wave = np.sin(np.arange(200) / 3)
    series = {}
    for name, noise in (("calm", 0.02), ("wild", 0.5)):
        z = wave + noise * generator.normal(size=200)
        series[name] = pd.DataFrame({"y": z / z.std()})
    forecaster = ridge().fit(panel(**series), fh=FH)
    interval = forecaster.predict_interval(coverage=0.8).to_numpy().reshape(2, 4, 2)
    calm, wild = interval[:, :, 1] - interval[:, :, 0]
    assert (wild > 1.2 * calm).all()


@regressed
def test_series_that_are_updated_or_new_have_quantiles(make):
    a, b = waves(), 1000 * waves(70, seed=3)
    forecaster = make().fit(panel(a=a.iloc[:100]), fh=FH)
    forecaster.update(panel(a=a.iloc[100:], b=b), update_params=False)
    quantiles = forecaster.predict_quantiles(alpha=ALPHA)
    assert list(quantiles.loc["a"].index) == [120, 121, 122, 123]
    assert list(quantiles.loc["b"].index) == [70, 71, 72, 73]
    assert (np.diff(quantiles.to_numpy(), axis=1) > 0).all()
    np.testing.assert_allclose(quantiles[("y0", 0.5)], forecaster.predict()["y0"])


@pytest.mark.parametrize(("noise", "is_wider"), [(5.0, True), (0.02, False)])
@regressed
def test_intervals_follow_the_errors_of_new_rows(make, noise, is_wider):
    generator = np.random.default_rng(0)
    wave = 20 + np.sin(np.arange(260) / 2)[:, np.newaxis]
    sizes = np.where(np.arange(260) < 130, 0.5, 0.5 * noise)
    y = pd.DataFrame(wave + sizes[:, np.newaxis] * generator.normal(size=(260, 1)))
    forecaster = make(log=False, sp=1).fit(y.iloc[:130], fh=FH)
    before = np.diff(forecaster.predict_interval(coverage=0.8))
    forecaster.update(y.iloc[130:], update_params=False)
    after = np.diff(forecaster.predict_interval(coverage=0.8))
    assert ((after > 1.2 * before) == is_wider).all()
    assert ((after < 0.9 * before) != is_wider).all()


@regressed
def test_rows_that_are_known_already_tell_nothing_new(make):
    y = waves()
    forecaster = make().fit(y.iloc[:80], fh=FH)
    expected = forecaster.predict_quantiles(alpha=ALPHA)
    # A network is nearer to rows that it has learnt than it will be to others
    forecaster.update(y.iloc[20:80], update_params=False)
    pd.testing.assert_frame_equal(forecaster.predict_quantiles(alpha=ALPHA), expected)
    every, new = deepcopy(forecaster), deepcopy(forecaster)
    every.update(y.iloc[:100], update_params=False)
    new.update(y.iloc[80:100], update_params=False)
    pd.testing.assert_frame_equal(
        every.predict_quantiles(alpha=ALPHA), new.predict_quantiles(alpha=ALPHA)
    )


# ------------------------------------------------------------- seasons, levels, choices


@settings(max_examples=60, deadline=None)
@given(
    sp=st.integers(3, 30),
    n_seasons=st.integers(6, 12),
    noise=st.floats(0, 0.2),
    slope=st.floats(-0.2, 0.2),
    seed=st.integers(0, 10**6),
)
def test_a_season_is_found_whatever_its_length(sp, n_seasons, noise, slope, seed):
    generator = np.random.default_rng(seed)
    t = np.arange(sp * n_seasons)
    # One peak a season, so that no shorter lag can stand for it
    z = np.where(t % sp == 0, 3.0, 0.0) + slope * t
    z = z + noise * generator.normal(size=len(t))
    assert find_season([z[:, np.newaxis]]) == sp


@pytest.mark.parametrize("sp", [4, 7, 12, 24, 52])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_the_season_of_a_smooth_wave_is_found(sp, noise):
    t = np.arange(8 * sp)
    z = np.sin(2 * np.pi * t / sp) + 0.5 * np.cos(4 * np.pi * t / sp)
    z = z + noise * np.random.default_rng(0).normal(size=len(t))
    assert find_season([z[:, np.newaxis]]) == sp


@settings(max_examples=60, deadline=None)
@given(n_rows=st.integers(40, 400), seed=st.integers(0, 10**6))
def test_neither_noise_nor_a_walk_nor_a_line_has_a_season(n_rows, seed):
    noise = np.random.default_rng(seed).normal(size=(n_rows, 2))
    line = np.arange(n_rows)[:, np.newaxis] * np.ones(2)
    for z in (noise, noise.cumsum(axis=0), line, 0 * line):
        assert find_season([z]) == 1


def test_series_share_their_season():
    generator = np.random.default_rng(0)
    t = np.arange(96)
    series = [
        (np.roll(np.where(t % 12 == 0, 3.0, 0.0), shift)
         + 0.5 * generator.normal(size=96))[:n_rows, np.newaxis]
        for shift, n_rows in ((0, 96), (3, 90), (7, 60), (9, 80))
    ]  # fmt: skip
    assert find_season(series) == find_season(series[::-1]) == 12


def test_series_too_short_to_tell_have_no_season():
    for n_rows in range(1, 6):
        assert find_season([np.arange(n_rows)[:, np.newaxis] % 2.0]) == 1


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


# -------------------------------------------------------------------------- with sktime


def test_without_sktime_the_import_names_the_extra():
    code = """
import sys
sys.modules["sktime"] = None
import sklearn_rnn
import sklearn_rnn.forecasting
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert run.stderr.strip().endswith(
        "ImportError: sklearn_rnn.forecasting needs sktime; install it with "
        "python -m pip install 'sklearn-rnn[forecasting]'."
    )


# TODO: goes with sktime 1.3, which no longer remembers data unless it is asked to.
@pytest.mark.filterwarnings(
    "ignore:The default of config ``remember_data`` will change:FutureWarning"
)
@pytest.mark.parametrize("strategy", ["recursive", "direct", "multioutput"])
def test_sktimes_reduction_to_our_networks_beats_the_naive_forecast(strategy):
    y = load_airline()
    train, test = y.iloc[:-12], y.iloc[-12:]
    regressor = LSTMRegressor(max_epochs=20, random_state=0)
    forecaster = make_reduction(regressor, window_length=12, strategy=strategy)
    forecast = forecaster.fit(train, fh=np.arange(1, 13)).predict()
    missed = (forecast - test).abs().mean()
    assert missed < 0.5 * (train.iloc[-1] - test).abs().mean()
    # In these years the numbers of a year before are harder to beat
    assert missed < (train.iloc[-12:].to_numpy() - test).abs().mean()
