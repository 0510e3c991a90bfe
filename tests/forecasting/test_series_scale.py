"""Scales: transforms, constants and units of y."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

pytest.importorskip("sktime")

from direct_forecasters import (
    ALPHA,
    FH,
    centered,
    network,
    panel,
    regressed,
    ridge,
    small,
    waves,
)

from sklearn_rnn.forecasting import RecurrentForecaster


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


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("value", [5.0, 1e-3, 1e6])
@regressed
def test_a_constant_among_other_series_is_forecast_as_such(make, value, log):
    constant = pd.DataFrame({"y0": np.full(80, value)})
    forecaster = make(log=log, sp=1).fit(panel(a=waves(), b=constant), fh=FH)
    np.testing.assert_allclose(forecaster.predict().loc["b"], value, rtol=1e-3)


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
