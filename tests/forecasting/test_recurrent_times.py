"""Times of direct forecasts, as dates, periods, spans and numbers."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from direct_forecasters import as_dates, of_months, regressed, ridge, waves
from sktime.forecasting.base import ForecastingHorizon


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
