import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from displays import FH, band, raises
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from sklearn_rnn.forecasting import RecurrentForecaster
from sklearn_rnn.plotting import ForecastDisplay


class Plain:
    """A forecaster by duck typing, without intervals."""

    cutoff = pd.Index([9])

    def predict(self, fh=None, X=None):
        return pd.Series([1.0, 2.0], index=[10, 11])


def test_without_intervals_there_are_no_bands_unless_they_are_asked_for():
    assert ForecastDisplay.from_estimator(Plain()).bands_ == []
    with raises(
        ValueError,
        "coverage=0.9 asks for intervals, which Plain does not have; use None.",
    ):
        ForecastDisplay.from_estimator(Plain(), coverage=0.9)


def test_one_series_and_column_of_a_panel_are_drawn(panel):
    forecaster = RecurrentForecaster(Ridge(), window_length=5, sp=1)
    forecaster.fit(panel, fh=[1, 2, 3])
    expected = forecaster.predict().loc["b", "visits"]
    for y in (panel, None):
        display = ForecastDisplay.from_estimator(
            forecaster, y, series="b", column="visits"
        )
        np.testing.assert_array_equal(display.line_.get_ydata(), expected)
        np.testing.assert_array_equal(
            display.history_line_.get_ydata(), panel.loc["b", "visits"]
        )
    ends = forecaster.predict_interval(coverage=0.95).loc["b", "visits"]
    np.testing.assert_allclose(band(display, 0)[1], ends[0.95])
    assert display.ax_.get_ylabel() == "visits"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "series=None is not in the forecast; use one of 'a', 'b'."),
        ({"series": "c"}, "series='c' is not in the forecast; use one of 'a', 'b'."),
        (
            {"series": "a"},
            "column=None is not in the forecast; use one of 'sales', 'visits'.",
        ),
    ],
)
def test_a_series_that_is_not_told_is_an_error_that_lists_them(panel, given, sentence):
    forecaster = RecurrentForecaster(Ridge(), window_length=5, sp=1)
    forecaster.fit(panel, fh=[1])
    with raises(ValueError, sentence):
        ForecastDisplay.from_estimator(forecaster, panel, **given)


@settings(max_examples=20, deadline=None)
@given(
    n_history=st.integers(0, 20),
    n_steps=st.integers(1, 8),
    n_drawn=st.none() | st.integers(1, 30),
)
def test_arrays_follow_one_another(n_history, n_steps, n_drawn):
    y = np.arange(n_history + n_steps) ** 1.5
    history = y[:n_history] if n_history else None
    display = ForecastDisplay.from_predictions(
        y[n_history:] + 1,
        y_history=history,
        y_true=y[n_history:],
        n_history=n_drawn,
    )
    plt.close(display.figure_)
    rows = np.arange(n_history, n_history + n_steps)
    np.testing.assert_array_equal(display.line_.get_xdata(), rows)
    np.testing.assert_array_equal(display.line_.get_ydata(), y[n_history:] + 1)
    np.testing.assert_array_equal(display.true_line_.get_data(), (rows, y[n_history:]))
    if n_history:
        first = 0 if n_drawn is None else max(0, n_history - n_drawn)
        rows = np.arange(first, n_history)
        np.testing.assert_array_equal(display.history_line_.get_data(), (rows, y[rows]))
    plt.close(display.figure_)


INDEXES = {
    "dates": pd.date_range("2020-01-31", periods=5, freq="ME"),
    "dates with a zone": pd.date_range("2020-01-31", periods=5, tz="Europe/Paris"),
    "months": pd.period_range("2020-01", periods=5, freq="M"),
    "hours": pd.period_range("2020-01-01", periods=5, freq="h"),
    "spans": pd.timedelta_range("1D", periods=5, freq="12h"),
    "numbers": pd.Index([0.5, 1.0, 1.5, 2.0, 2.5]),
    "rows": pd.RangeIndex(10, 15),
}


@pytest.mark.parametrize("name", INDEXES)
def test_time_axes_of_all_kinds_are_drawn(name):
    y = pd.Series(np.arange(5.0), INDEXES[name], name="load [MW]")
    ends = {0.9: np.stack([y[3:] - 1, y[3:] + 1], axis=1)}
    display = ForecastDisplay.from_predictions(
        y[3:], y_history=y[:3], y_true=y[3:], intervals=ends
    )
    display.figure_.canvas.draw()
    x = np.concatenate([display.history_line_.get_xdata(), display.line_.get_xdata()])
    assert (np.diff(x) > np.zeros(1, np.diff(x).dtype)).all()
    assert display.ax_.get_ylabel() == "load [MW]"


def test_missing_values_may_stand_in_what_was_seen_but_not_in_forecasts():
    y = np.array([1.0, np.nan, 3.0])
    display = ForecastDisplay.from_predictions([1.0, 2.0, 3.0], y_history=y, y_true=y)
    np.testing.assert_array_equal(display.true_line_.get_ydata(), y)
    with raises(
        ValueError,
        "y_pred holds nan at 1; it must be an array of finite numbers of shape "
        "(n_steps,).",
    ):
        ForecastDisplay.from_predictions(y)


def test_intervals_may_come_as_sktime_gives_them(esn_forecaster):
    ends = esn_forecaster.predict_interval(fh=FH, coverage=[0.6])
    y_pred = esn_forecaster.predict(fh=FH)
    display = ForecastDisplay.from_predictions(y_pred, intervals=ends)
    np.testing.assert_allclose(band(display, 0)[1], ends.to_numpy())


@pytest.mark.parametrize("coverage", [0.0, 1.0, [0.5, 2.0], "some", [], np.nan])
def test_a_coverage_that_is_none_is_an_error(esn_forecaster, coverage):
    with raises(
        ValueError,
        f"coverage={coverage!r} must be one or more numbers between 0 and 1, ends "
        "excluded, 'auto' or None.",
    ):
        ForecastDisplay.from_estimator(esn_forecaster, fh=[1], coverage=coverage)


def as_dates(y):
    return pd.Series(y.to_numpy(), y.index.to_timestamp())


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (
            as_dates,
            ValueError,
            "y has an index of dates, but the forecast of periods (M); y must be in "
            "the form that fit was given.",
        ),
        (
            lambda y: y.set_axis(y.index.asfreq("D")),
            ValueError,
            "y has an index of periods (D), but the forecast of periods (M); y must be "
            "in the form that fit was given.",
        ),
        (
            lambda y: y.reset_index(drop=True),
            ValueError,
            "y has an index of numbers, but the forecast of periods (M); y must be in "
            "the form that fit was given.",
        ),
        (
            lambda y: y.set_axis(y.index.astype(str)),
            ValueError,
            f"y has an index of {pd.Index(['a']).dtype}, but the forecast of periods "
            "(M); y must be in the form that fit was given.",
        ),
        (
            lambda y: y.to_numpy(),
            TypeError,
            "y is an ndarray, whose rows have no times, but the forecaster was fitted "
            "on rows that have; y must be in the form that fit was given.",
        ),
        (
            list,
            TypeError,
            "y must be a Series, a DataFrame or an ndarray, got list.",
        ),
        (
            lambda y: y[::-1],
            ValueError,
            "y has 1960-11 after 1960-12 in its index at 1; times must be strictly "
            "increasing.",
        ),
    ],
)
def test_a_series_in_another_form_than_that_of_fit_is_an_error(
    airline, esn_forecaster, change, error, sentence
):
    with raises(error, sentence):
        ForecastDisplay.from_estimator(esn_forecaster, change(airline), fh=[1])


def test_a_coverage_given_twice_is_an_error(esn_forecaster):
    with raises(
        ValueError,
        "coverage=[0.8, 0.5, 0.8] holds a number twice; each must be there once.",
    ):
        ForecastDisplay.from_estimator(esn_forecaster, fh=[1], coverage=[0.8, 0.5, 0.8])


def test_dates_are_drawn_in_the_zone_of_the_forecast():
    times = pd.date_range("2024-10-26 20:00", periods=48, freq="h", tz="UTC")
    y = pd.Series(np.arange(48.0), times)  # beyond the end of summer time
    here = y.tz_convert("Europe/Paris")
    display = ForecastDisplay.from_predictions(
        here[3:], y_history=y[:3], y_true=y.tz_convert("Asia/Tokyo")[3:]
    )
    local = here.index.tz_localize(None).to_numpy()
    for line, expected in [
        (display.history_line_, local[:3]),
        (display.line_, local[3:]),
        (display.true_line_, local[3:]),
    ]:
        np.testing.assert_array_equal(line.get_xdata(), expected)


def test_a_forecast_may_begin_in_the_hour_that_comes_twice():
    times = pd.date_range("2024-10-27", periods=4, freq="30min", tz="UTC")
    y = pd.Series(np.arange(4.0), times).tz_convert("Europe/Paris")
    display = ForecastDisplay.from_predictions(y[2:], y_history=y[:2])
    assert display.history_line_.get_xdata()[-1] > display.line_.get_xdata()[0]


@pytest.mark.parametrize("name", ["y_history", "y_true"])
def test_dates_with_and_without_a_zone_do_not_mix(name):
    y = pd.Series([1.0, 2.0], pd.date_range("2020", periods=2, tz="UTC"))
    later = pd.Series([1.0], pd.date_range("2021", periods=1))
    with raises(
        ValueError,
        f"{name} has times in UTC, but y_pred without a time zone; both must have a "
        "time zone, or neither.",
    ):
        ForecastDisplay.from_predictions(later, **{name: y})
    months = pd.Series([1.0], pd.period_range("2019", periods=1, freq="M"))
    with raises(
        ValueError,
        f"{name} has times without a time zone, but y_pred in UTC; both must have a "
        "time zone, or neither.",
    ):
        ForecastDisplay.from_predictions(y, **{name: months})


def series(*times):
    return pd.Series(np.ones(len(times)), pd.Index(times))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"y_pred": pd.Series([1.0, 2.0], pd.DatetimeIndex(["2020", pd.NaT]))},
            "y_pred has NaT in its index at 1; every row must have a time.",
        ),
        (
            {"y_pred": series(1.0, np.inf)},
            "y_pred has inf in its index at 1; every row must have a time.",
        ),
        (
            {"y_pred": series(3, 4), "y_history": series(np.nan, 2.0)},
            "y_history has nan in its index at 0; every row must have a time.",
        ),
        (
            {"y_pred": series(3, 4, 4)},
            "y_pred has 4 after 4 in its index at 2; times must be strictly "
            "increasing.",
        ),
        (
            {"y_pred": series(3, 4), "y_true": series(4, 3)},
            "y_true has 3 after 4 in its index at 1; times must be strictly "
            "increasing.",
        ),
        (
            {"y_pred": series(3, 4), "y_history": series(2, 3)},
            "y_history ends at 3, but y_pred begins at 3; the history must end before "
            "the forecast begins.",
        ),
    ],
)
def test_times_that_are_not_in_order_are_errors(given, sentence):
    with raises(ValueError, sentence):
        ForecastDisplay.from_predictions(**given)
