"""Direct forecasts of panels, and pretraining on panels."""

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from direct_forecasters import (
    ALPHA,
    FH,
    are_equal,
    as_dates,
    covariates,
    of_months,
    panel,
    regressed,
    ridge,
    say_the_same,
    small,
    waves,
    weights,
)
from sktime.forecasting.base import ForecastingHorizon


@regressed
def test_each_series_is_forecast_from_its_own_end(make):
    a, b, c = waves(), waves(60, seed=2) * 100, waves(90, seed=3).iloc[20:]
    forecaster = make(sp=1, center=True).fit(panel(a=a, b=b, c=c), fh=FH)
    forecast = forecaster.predict()
    for key, series in (("a", a), ("b", b), ("c", c)):
        assert list(forecast.loc[key].index) == [series.index[-1] + h for h in FH]
        # All the network knows of a series is its own rows
        alone = deepcopy(forecaster)
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
    once = small(refit=False).pretrain(first, fh=FH)
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
