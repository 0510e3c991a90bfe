"""Calendars with regular holes, of the times of series and of forecasts."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

pytest.importorskip("sktime")

from sktime.forecasting.base import ForecastingHorizon
from sktime.forecasting.model_evaluation import evaluate
from sktime.split import ExpandingWindowSplitter
from small_forecasters import both, covariates, echo_state, panel, recurrent, wave

from sklearn_rnn.forecasting._calendar import Calendar
from sklearn_rnn.forecasting._times import read_times, steps_to, times_after

SETTINGS = settings(max_examples=60, deadline=None)
FH = [-3, 0, 1, 2, 9]


def of_week(step, days, first, last, n_weeks, start="2024-01-01"):
    """Return the times of all weeks at which a shop is open."""
    n_times = n_weeks * 7 * 24 * 60 // step
    times = pd.date_range(start, periods=n_times, freq=pd.Timedelta(minutes=step))
    minutes = times.hour * 60 + times.minute
    is_open = np.isin(times.dayofweek, list(days))
    return times[is_open & (minutes >= first) & (minutes <= last)]


def without(times, *numbers):
    return times.delete(list(numbers))


def six_days(n_rows):
    offset = pd.offsets.CustomBusinessDay(weekmask="Mon Tue Wed Thu Fri Sat")
    return pd.DatetimeIndex(
        list(pd.date_range("2024-01-03", periods=n_rows, freq=offset))
    )


def shop_hours(n_rows):
    offset = pd.offsets.CustomBusinessHour(start="08:00", end="19:00")
    return pd.DatetimeIndex(
        list(pd.date_range("2024-01-03 10:00", periods=n_rows, freq=offset))
    )


def mixed_hours(n_rows):
    """Quarters of an hour, fewer on Saturdays, in local time as clocks change."""
    times = of_week(15, range(5), 9 * 60, 11 * 60, 12)
    times = times.union(of_week(15, [5], 9 * 60, 10 * 60, 12))
    return times[:n_rows].tz_localize("Europe/Berlin")


def ski_months(n_rows):
    times = pd.date_range("1990-01-31", periods=3 * n_rows, freq="ME")
    return times[np.isin(times.month, [1, 2, 3, 4, 11, 12])][:n_rows]


def working_month_ends(n_rows):
    return pd.date_range("1990-01-31", periods=n_rows, freq="BME")


def open_periods(n_rows):
    times = pd.period_range("2024-01-01", periods=2 * n_rows, freq="D")
    return times[times.dayofweek != 6][:n_rows]


def school_months(n_rows):
    times = pd.period_range("1990-01", periods=2 * n_rows, freq="M")
    return times[~np.isin(times.month, [7, 8])][:n_rows]


def spans(n_rows):
    times = pd.timedelta_range(0, periods=2 * n_rows, freq="6h")
    return pd.TimedeltaIndex(list(times[np.arange(2 * n_rows) % 4 != 1][:n_rows]))


# Number of training rows beside each: a few cycles
CALENDARS = {
    "six days": (six_days, 40),
    "shop hours": (shop_hours, 140),
    "mixed hours": (mixed_hours, 330),
    "ski months": (ski_months, 40),
    "month ends": (working_month_ends, 40),
    "periods": (open_periods, 40),
    "school months": (school_months, 40),
    "spans": (spans, 40),
}
of_any = pytest.mark.parametrize("name", CALENDARS)


def series_of(name, n_more=20):
    make, n_rows = CALENDARS[name]
    times = make(n_rows + n_more)
    assert len(times) == n_rows + n_more
    return wave(len(times), times), n_rows


# ------------------------------------------------------------------------- the calendar


@st.composite
def weekly_times(draw):
    """Draw the times of several weeks with holes, and how many of them are known."""
    step = draw(st.sampled_from([15, 30, 60, 240, 24 * 60]))
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    first = draw(st.integers(0, 23)) * 60
    last = draw(st.integers(first // 60, 23)) * 60
    if step == 24 * 60:
        first, last = 0, 0
    zone = draw(st.sampled_from([None, "UTC", "America/New_York"]))
    times = of_week(step, days, first, last, n_weeks=6)
    assume(len(times) > 10)
    skipped = draw(st.integers(0, 5))
    # In these weeks no clock is changed
    return times[skipped:].tz_localize(zone)


@SETTINGS
@given(times=weekly_times(), data=st.data())
def test_times_of_a_calendar_go_on_by_it(times, data):
    # Two weeks, from a row to the same row two weeks later, tell a calendar
    weeks = (times - times[0]).total_seconds() / (7 * 24 * 3600)
    least = max(3, int((weeks <= 2).sum()))
    n_known = data.draw(st.integers(least, len(times)))
    known, later = times[:n_known], times[n_known:]
    known, calendar = read_times(known, None, "y")
    spacing = known.freq if calendar is None else calendar
    steps = np.arange(-n_known + 1, len(later) + 1)
    assert times_after(known, steps, spacing).equals(times)
    np.testing.assert_array_equal(steps_to(known, times, spacing), steps)


@SETTINGS
@given(times=weekly_times(), data=st.data())
def test_a_missing_row_is_an_error_that_names_the_place(times, data):
    calendar = Calendar.of(times)
    assume(calendar is not None and len(times) > 20)
    number = data.draw(st.integers(1, len(times) - 2))
    before, after = times[number - 1], times[number + 1]
    words = f"^The times of y have a gap between {before} and {after}; "
    for spacing, is_final in ((None, False), (calendar, True)):
        with pytest.raises(ValueError, match=words.replace("+", r"\+")):
            read_times(without(times, number), spacing, "y", is_final=is_final)


@SETTINGS
@given(
    days=st.lists(st.integers(1, 400), min_size=12, max_size=40, unique=True),
)
def test_times_without_a_calendar_are_none(days):
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(sorted(days), unit="D")
    n_weeks = (max(days) - min(days)) // 7 + 1
    per_week = len({day % 7 for day in days})
    # As many rows as the week has, in each week: a calendar or a frequency
    assume(len(days) < 0.8 * (n_weeks - 1) * per_week)
    assume(pd.infer_freq(times) is None)
    assert Calendar.of(times) is None
    with pytest.raises(ValueError, match=r"^The times of y have gaps or no frequency"):
        read_times(times, None, "y")


def test_a_hole_has_to_come_back_to_belong_to_a_calendar():
    times = six_days(60)
    sundays = [n for n in range(59) if times[n + 1] - times[n] > pd.Timedelta(days=1)]
    one_hole = times[: sundays[1] + 1]
    assert Calendar.of(one_hole) is None
    assert Calendar.of(times[: sundays[2] + 2]) is not None


def test_weekly_calendars_are_those_of_pandas_offsets():
    for mask in ("Mon Tue Wed Thu Fri Sat", "Tue Wed Thu Fri Sat", "Mon Wed Thu"):
        offset = pd.offsets.CustomBusinessDay(weekmask=mask)
        times = pd.date_range("2024-01-03", periods=60, freq=offset)
        calendar = Calendar.of(pd.DatetimeIndex(list(times[:30])))
        ahead = calendar.after(times[29:30], np.arange(1, 31))
        assert list(ahead) == list(times[30:])


# ------------------------------------------------------------------------- forecasters


@of_any
@both
def test_forecasts_go_on_by_the_calendar(make, name):
    y, n_rows = series_of(name)
    known, wanted = y[:n_rows], y.index[[n_rows - 1 + step for step in FH]]
    plain = make().fit(known.reset_index(drop=True), fh=FH)
    forecaster = make().fit(known, fh=FH)
    forecast = forecaster.predict()
    assert list(forecast.index) == list(wanted)
    np.testing.assert_array_equal(forecast, plain.predict())
    if name != "spans":  # to sktime these are steps
        at = ForecastingHorizon(wanted, is_relative=False)
        pd.testing.assert_series_equal(make().fit(known, fh=at).predict(), forecast)
    interval = forecaster.predict_interval(coverage=0.8)
    assert list(interval.index) == list(wanted)


@of_any
@both
def test_an_update_continues_the_calendar(make, name):
    y, n_rows = series_of(name)
    plain = make().fit(y[:n_rows].reset_index(drop=True), fh=[1, 2])
    new = y[n_rows : n_rows + 4]
    plain.update(new.set_axis(range(n_rows, n_rows + 4)))
    forecaster = make().fit(y[:n_rows], fh=[1, 2]).update(new)
    forecast = forecaster.predict()
    assert list(forecast.index) == list(y.index[[n_rows + 4, n_rows + 5]])
    np.testing.assert_array_equal(forecast, plain.predict())
    last, first = y.index[n_rows + 3], y.index[n_rows + 5]
    words = f"^The times of y have a gap between {last} and {first}; ".replace("+", ".")
    with pytest.raises(ValueError, match=words):
        forecaster.update(y[n_rows + 5 : n_rows + 7])


@both
def test_a_row_in_a_hole_is_an_error_that_names_it(make):
    y = wave(60, six_days(60))
    forecaster = make().fit(y[:40], fh=[1])
    sunday = next(
        time
        for time in pd.date_range(y.index[39], periods=8, freq="D")
        if time.dayofweek == 6
    )
    before = y.index[40:][y.index[40:] < sunday]
    new = wave(len(before) + 1, before.append(pd.DatetimeIndex([sunday])))
    with pytest.raises(ValueError, match=f"^The times of y have {sunday}, which is no"):
        forecaster.update(new)
    fh = ForecastingHorizon(pd.DatetimeIndex([sunday]), is_relative=False)
    with pytest.raises(ValueError, match=f"^fh asks for {sunday}.* by the calendar of"):
        make().fit(y[:40], fh=fh).predict()


@both
def test_a_gap_in_a_calendar_is_an_error_that_names_the_place(make):
    y = wave(80, six_days(80))
    words = f"^The times of y have a gap between {y.index[29]} and {y.index[31]}; "
    with pytest.raises(ValueError, match=words):
        make().fit(y.drop(y.index[30]), fh=[1])


@both
def test_each_series_of_a_panel_has_its_holes(make):
    days = pd.date_range("2024-01-01", periods=100, freq="D")
    a = wave(90, days[:90])
    b = wave(60, days[days.dayofweek != 6][:60], seed=1)
    c = wave(50, days[days.dayofweek < 5][:50], seed=2)
    forecaster = make().fit(panel(a=a, b=b, c=c), fh=[1, 2, 3])
    forecast = forecaster.predict()
    for key, one in (("a", a), ("b", b), ("c", c)):
        is_open = np.isin(days.dayofweek, one.index.dayofweek.unique())
        wanted = days[is_open & (days > one.index[-1])][:3]
        assert list(forecast.loc[key].index) == list(wanted)
    # A short series has the calendar of the longest if it fits
    short = wave(6, days[days.dayofweek != 6][:6])
    assert list(short.index.dayofweek) == [*range(6)]
    ahead = make().fit(panel(b=b, short=short), fh=[1]).predict().loc["short"]
    assert list(ahead.index) == [short.index[-1] + pd.Timedelta(days=2)]
    # A series of other steps is no series of the panel
    other = wave(30, pd.date_range("2024-01-01", periods=30, freq="2D"))
    with pytest.raises(
        ValueError, match=r"^The times of series 'other' of y have a gap"
    ):
        make().fit(panel(b=b, other=other), fh=[1])


@both
def test_a_panel_with_one_calendar_is_forecast_as_if_rows_were_numbered(make):
    times = six_days(60)
    one = {key: wave(50, times[:50], seed=n) for n, key in enumerate("abc")}
    numbered = {key: y.reset_index(drop=True) for key, y in one.items()}
    forecaster = make().fit(panel(**one), fh=[1, 2])
    plain = make().fit(panel(**numbered), fh=[1, 2])
    np.testing.assert_array_equal(forecaster.predict(), plain.predict())
    new = {key: wave(3, times[50:53], seed=5) for key in one}
    forecaster.update(panel(**new))
    assert list(forecaster.predict().loc["a"].index) == list(times[53:55])


@both
def test_covariates_are_found_by_the_calendar(make):
    y, n_rows = series_of("six days")
    X = covariates(len(y)).set_index(y.index)
    plain_X = X.reset_index(drop=True)
    plain = make().fit(y[:n_rows].reset_index(drop=True), X=plain_X[:n_rows], fh=[1, 3])
    forecaster = make().fit(y[:n_rows], X=X[:n_rows], fh=[1, 3])
    expected = plain.predict(X=plain_X[n_rows:])
    np.testing.assert_array_equal(forecaster.predict(X=X[n_rows:]), expected)
    lacking = X[n_rows:].drop(y.index[n_rows + 2])
    with pytest.raises(ValueError, match=f"^X lacks a row for {y.index[n_rows + 2]}"):
        forecaster.predict(X=lacking)


@both
def test_residuals_and_copies_keep_the_calendar(make):
    y, n_rows = series_of("shop hours")
    forecaster = make().fit(y[:n_rows], fh=[1])
    residuals = forecaster.predict_residuals(y[n_rows - 5 : n_rows])
    assert list(residuals.index) == list(y.index[n_rows - 5 : n_rows])
    for other in (deepcopy(forecaster), pickle.loads(pickle.dumps(forecaster))):
        other.update(y[n_rows : n_rows + 2])
        assert list(other.predict().index) == [y.index[n_rows + 2]]


def test_skops_stores_a_forecaster_with_a_calendar(tmp_path):
    skops = pytest.importorskip("skops.io")
    y, n_rows = series_of("mixed hours")
    forecaster = echo_state().fit(y[:n_rows])
    skops.dump(forecaster, tmp_path / "forecaster.skops")
    types = skops.get_untrusted_types(file=tmp_path / "forecaster.skops")
    loaded = skops.load(tmp_path / "forecaster.skops", trusted=types)
    assert loaded.predict(fh=[1, 9]).equals(forecaster.predict(fh=[1, 9]))


@pytest.mark.parametrize("strategy", ["refit", "update"])
@both
def test_evaluate_goes_through_a_calendar(make, strategy):
    y, _ = series_of("six days")
    cv = ExpandingWindowSplitter(initial_window=40, step_length=6, fh=[1, 2, 3])
    table = evaluate(make(), cv, y, strategy=strategy, return_data=True)
    assert len(table) == cv.get_n_splits(y)
    for forecast, test in zip(table["y_pred"], table["y_test"], strict=True):
        assert list(forecast.index) == list(test.index)


@both
def test_forecasts_of_moving_origins_go_through_a_calendar(make):
    y, n_rows = series_of("six days")
    forecaster = make().fit(y[:n_rows], fh=[1])
    cv = ExpandingWindowSplitter(initial_window=1, step_length=1, fh=[1])
    forecasts = forecaster.update_predict(y[n_rows:], cv, update_params=False)
    assert list(forecasts.index) == list(y.index[n_rows + 1 :])


def test_numbers_have_no_holes():
    y = wave(40, np.arange(80)[np.arange(80) % 7 != 6][:40])
    with pytest.raises(ValueError, match=r"^The times of y have a gap between 5 and 7"):
        recurrent().fit(y, fh=[1])
