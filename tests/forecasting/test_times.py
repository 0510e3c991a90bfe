"""Times of forecasts: given as such or as steps, of every kind."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from sktime.forecasting.base import ForecastingHorizon
from sktime.forecasting.naive import NaiveForecaster
from small_forecasters import FH, N_TIMES, TIMES, both, echo_state, recurrent, wave

SOME = ("dates BME", "dates MS", "periods 2h", "spans", "every second number")


@pytest.mark.parametrize(
    ("make", "kind"),
    [*((echo_state, kind) for kind in TIMES), *((recurrent, kind) for kind in SOME)],
)
def test_regular_times_of_any_kind_go_on(make, kind):
    times = TIMES[kind]
    y, steps = wave(N_TIMES + 4, times), [-2, 0, 1, 3]
    wanted = times[[N_TIMES - 3, N_TIMES - 1, N_TIMES, N_TIMES + 2]]
    plain = make().fit(y[:N_TIMES].reset_index(drop=True), fh=steps)
    forecaster = make().fit(y[:N_TIMES], fh=steps)
    forecast = forecaster.predict()
    np.testing.assert_array_equal(forecast, plain.predict())
    assert list(forecast.index) == list(wanted)
    if not isinstance(times, pd.TimedeltaIndex):  # to sktime these are steps
        at = ForecastingHorizon(wanted, is_relative=False)
        if make is recurrent:
            forecaster = make().fit(y[:N_TIMES], fh=at)
        absolute = forecaster.predict(at)
        pd.testing.assert_series_equal(absolute, forecast)
    forecaster.update(y[N_TIMES:], update_params=False)
    ahead = forecaster.predict(fh=steps if make is echo_state else None)
    is_told = make is recurrent and not isinstance(times, pd.TimedeltaIndex)
    assert list(ahead.index[:2]) == list(wanted[:2] if is_told else times[[-3, -1]])
    with pytest.raises(ValueError, match=r"^The times of y have"):
        make().fit(y[:N_TIMES].drop(times[5]), fh=steps)


@pytest.mark.parametrize(
    "name", ["B", "W-WED", "QE-NOV", "MS", "YE-JUN", "2h", "15min"]
)
@both
def test_times_are_those_of_sktimes_own_forecasters(make, name):
    times = TIMES[f"dates {name}"]
    y = wave(N_TIMES, times[:N_TIMES])
    naive, ours = NaiveForecaster(), make()
    for fh in (FH, ForecastingHorizon(times[-3:], is_relative=False)):
        expected = naive.fit(y, fh=fh).predict().index
        assert list(ours.fit(y, fh=fh).predict().index) == list(expected)


@pytest.mark.parametrize(
    ("kind", "time", "words"),
    [
        ("dates MS", pd.Timestamp("2004-02-17"), "in steps of MS"),
        ("dates BME", pd.Timestamp("2004-02-01"), "in steps of BME"),
        ("dates 2h", pd.Timestamp("2001-01-04 01:00"), "in steps of 2h"),
        ("every second number", 77, "in steps of 2"),
        ("periods 2h", pd.Period("2001-01-04 01:00", freq="2h"), "in steps of 2h"),
    ],
)
@both
def test_a_time_between_those_of_the_series_is_an_error(make, kind, time, words):
    times = TIMES[kind]
    fh = ForecastingHorizon(type(times)([time]) if kind[0] != "e" else [time], False)
    forecaster = make()
    with pytest.raises(ValueError, match=f"^fh asks for .*, which is no time.*{words}"):
        forecaster.fit(wave(N_TIMES, times[:N_TIMES]), fh=fh).predict()


@both
def test_spans_of_time_are_steps_where_times_can_be_added_to(make):
    y = wave(N_TIMES, TIMES["dates 2h"][:N_TIMES])
    spans = make().fit(y, fh=pd.to_timedelta(["2h", "6h"])).predict()
    pd.testing.assert_series_equal(spans, make().fit(y, fh=[1, 3]).predict())
    for bad in ("periods M", "every second number"):
        y = wave(N_TIMES, TIMES[bad][:N_TIMES])
        with pytest.raises(
            ValueError, match=r"^fh is 0 days 02:00:00, a span of time, "
        ):
            make().fit(y, fh=pd.to_timedelta(["2h"])).predict()
