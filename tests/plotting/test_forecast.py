from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from displays import FH, band, raises
from matplotlib.dates import date2num
from sklearn.linear_model import Ridge
from sktime.forecasting.naive import NaiveForecaster

from sklearn_rnn import ESNRegressor
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster
from sklearn_rnn.plotting import ForecastDisplay


def test_forecast_line_is_the_forecast_at_its_times(airline, esn_forecaster):
    display = ForecastDisplay.from_estimator(esn_forecaster, airline, fh=FH)
    y_pred = esn_forecaster.predict(fh=FH)
    x, y = display.line_.get_data()
    np.testing.assert_array_equal(y, y_pred)
    np.testing.assert_array_equal(x, y_pred.index.to_timestamp().to_numpy())


def test_rows_before_the_forecast_are_history_and_later_ones_what_came(
    airline, esn_forecaster
):
    display = ForecastDisplay.from_estimator(esn_forecaster, airline, fh=FH[:6])
    times = airline.index.to_timestamp().to_numpy()
    np.testing.assert_array_equal(display.history_line_.get_xdata(), times[:-24])
    np.testing.assert_array_equal(display.history_line_.get_ydata(), airline[:-24])
    np.testing.assert_array_equal(display.true_line_.get_xdata(), times[-24:])
    np.testing.assert_array_equal(display.true_line_.get_ydata(), airline[-24:])


@pytest.mark.parametrize("given", [slice(0), slice(-24, None), slice(-6, None)])
def test_the_forecaster_knows_the_history(airline, esn_forecaster, given):
    y = None if given == slice(0) else airline[given]
    display = ForecastDisplay.from_estimator(esn_forecaster, y, fh=FH)
    times = airline.index.to_timestamp().to_numpy()
    np.testing.assert_array_equal(display.history_line_.get_xdata(), times[:-24])
    np.testing.assert_array_equal(display.history_line_.get_ydata(), airline[:-24])
    if y is None:
        assert display.true_line_ is None
    else:
        np.testing.assert_array_equal(display.true_line_.get_xdata(), times[given])
        np.testing.assert_array_equal(display.true_line_.get_ydata(), y)


def test_rows_of_an_update_are_history_too(airline, esn_forecaster):
    forecaster = deepcopy(esn_forecaster)
    forecaster.update(airline[-24:-12], update_params=False)
    display = ForecastDisplay.from_estimator(forecaster, fh=FH[:3])
    np.testing.assert_array_equal(display.history_line_.get_ydata(), airline[:-12])


def test_known_rows_beside_their_forecasts_are_actual_values(airline, esn_forecaster):
    display = ForecastDisplay.from_estimator(esn_forecaster, fh=[-3, 0, 2])
    np.testing.assert_array_equal(display.history_line_.get_ydata(), airline[:-28])
    np.testing.assert_array_equal(display.true_line_.get_ydata(), airline[-28:-24])


def test_bands_are_the_forecasters_intervals_the_widest_first(airline, esn_forecaster):
    display = ForecastDisplay.from_estimator(
        esn_forecaster, fh=FH, coverage=[0.5, 0.95, 0.8]
    )
    ends = esn_forecaster.predict_interval(fh=FH, coverage=[0.5, 0.8, 0.95])
    times = date2num(ends.index.to_timestamp().to_numpy())
    for number, coverage in enumerate([0.95, 0.8, 0.5]):
        x, drawn = band(display, number)
        np.testing.assert_allclose(x, times)
        np.testing.assert_allclose(drawn, ends[airline.name][coverage])
    labels = [one.get_label() for one in display.bands_]
    assert labels == ["95 % interval", "80 % interval", "50 % interval"]
    assert len({tuple(one.get_facecolor()[0]) for one in display.bands_}) == 3


def test_an_interval_of_one_step_can_be_seen(airline, esn_forecaster):
    display = ForecastDisplay.from_estimator(esn_forecaster, airline, fh=[1])
    for number, coverage in enumerate([0.95, 0.8]):
        x, ends = band(display, number)
        assert x[1] > x[0]
        expected = esn_forecaster.predict_interval(fh=[1], coverage=coverage)
        np.testing.assert_allclose(ends[0], expected.to_numpy()[0])


@pytest.mark.parametrize("index", [[7], pd.period_range("2020", periods=1, freq="Y")])
def test_an_interval_of_one_step_alone_can_be_seen(index):
    display = ForecastDisplay.from_predictions(
        pd.Series([1.0], index), intervals={0.5: [[0.0, 2.0]]}
    )
    x, ends = band(display, 0)
    first, last = display.ax_.get_xlim()
    assert first < x[0] < x[1] < last
    np.testing.assert_array_equal(ends, [[0, 2], [0, 2]])


def test_a_direct_forecaster_uses_the_horizon_of_its_fit(airline):
    forecaster = RecurrentForecaster(Ridge(), window_length=12).fit(airline, fh=[1, 3])
    display = ForecastDisplay.from_estimator(forecaster, airline, coverage=None)
    np.testing.assert_array_equal(display.line_.get_ydata(), forecaster.predict())
    assert display.bands_ == []
    assert display.true_line_ is None


@pytest.mark.filterwarnings("ignore:The default of config:FutureWarning")
def test_any_forecaster_of_sktime_will_do(airline):
    forecaster = NaiveForecaster(sp=12).fit(airline[:-12])
    display = ForecastDisplay.from_estimator(forecaster, airline, fh=FH[:12])
    np.testing.assert_array_equal(display.line_.get_ydata(), airline[-24:-12])
    assert len(display.bands_) == 2


def test_a_forecaster_fitted_on_an_array_goes_on_from_its_last_row(airline):
    y = airline.to_numpy()
    forecaster = ESNForecaster(ESNRegressor(10), log=True, center=True).fit(y[:100])
    for given in (y, None):
        display = ForecastDisplay.from_estimator(
            forecaster, given, fh=[1, 2], coverage=None
        )
        np.testing.assert_array_equal(display.line_.get_xdata(), [100, 101])
        np.testing.assert_array_equal(display.history_line_.get_xdata(), np.arange(100))
        np.testing.assert_array_equal(display.history_line_.get_ydata(), y[:100])


DATES = pd.Series([1.0, 2.0], pd.date_range("2020", periods=2))


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        (
            {"y_pred": [[1.0, 2.0]]},
            ValueError,
            "y_pred has shape (1, 2); it must be an array of finite numbers of shape "
            "(n_steps,).",
        ),
        (
            {"y_pred": [1.0, 2.0], "y_true": [1.0]},
            ValueError,
            "y_true has shape (1,); it must be an array of finite numbers of shape "
            "(2,), or NaN where there is none.",
        ),
        (
            {"y_pred": [1.0], "y_history": [np.inf]},
            ValueError,
            "y_history holds inf at 0; it must be an array of finite numbers of shape "
            "(n_rows,), or NaN where there is none.",
        ),
        (
            {"y_pred": DATES, "y_history": [1.0]},
            ValueError,
            "y_pred has an index, but y_history has none; both must have one, or "
            "neither.",
        ),
        (
            {"y_pred": DATES, "y_true": pd.Series([1.0], [3])},
            ValueError,
            "y_true has times of dtype int64, but y_pred of datetime64[us]; both must "
            "be dates or periods, or both numbers.",
        ),
        (
            {"y_pred": pd.Series([1.0], ["a"])},
            TypeError,
            "y_pred has an index of Index of dtype str; it must tell time: dates, "
            "periods, time spans or numbers.",
        ),
        (
            {"y_pred": [1.0], "intervals": [0.5, 1.5]},
            TypeError,
            "intervals must be a dict of coverage to arrays of shape (1, 2), got list.",
        ),
        (
            {"y_pred": [1.0], "intervals": {95: [[0, 2]]}},
            ValueError,
            "intervals has the coverage 95; it must be a number between 0 and 1, ends "
            "excluded.",
        ),
        (
            {"y_pred": [1.0], "intervals": {0.9: [0, 2]}},
            ValueError,
            "intervals[0.9] has shape (2,); it must be an array of finite numbers of "
            "shape (1, 2).",
        ),
        (
            {"y_pred": [1.0], "intervals": {0.9: [[3, 2]]}},
            ValueError,
            "intervals[0.9] has the lower end 3 above the upper one 2 at 0; it must "
            "not lie above it.",
        ),
        (
            {"y_pred": [1.0], "y_history": [1.0], "n_history": 0},
            ValueError,
            "n_history must be an integer of at least 1, got 0.",
        ),
    ],
)
def test_bad_forecasts_are_errors_that_name_them(given, error, sentence):
    if isinstance(given["y_pred"], pd.Series):
        # What pandas calls these depends on its version
        sentence = sentence.replace("datetime64[us]", str(DATES.index.dtype)).replace(
            "dtype str", f"dtype {pd.Index(['a']).dtype}"
        )
    with raises(error, sentence):
        ForecastDisplay.from_predictions(**given)


def test_what_is_no_forecaster_is_an_error():
    with raises(
        TypeError, "forecaster is a Ridge; it must be a fitted sktime forecaster."
    ):
        ForecastDisplay.from_estimator(Ridge())


def test_an_unfitted_forecaster_is_an_error():
    with pytest.raises(Exception, match="not been fitted"):
        ForecastDisplay.from_estimator(ESNForecaster(), fh=[1])
