import subprocess
import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.dates import date2num
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sktime.datasets import load_airline
from sktime.forecasting.naive import NaiveForecaster

from sklearn_rnn import (
    ESNRegressor,
    ESNRegressorCV,
    GRURegressor,
    LSTMRegressor,
    ReservoirTransformer,
    RNNRegressor,
    SlidingWindowTransformer,
    make_windows,
)
from sklearn_rnn.datasets import make_mackey_glass, make_narma
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster
from sklearn_rnn.plotting import (
    ForecastDisplay,
    ReservoirDisplay,
    TrainingCurveDisplay,
    WindowImportanceDisplay,
)

SMALL = {"hidden_size": 4, "random_state": 0}


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


def raises(error, sentence):
    """Expect an error whose message is `sentence`, to the letter."""

    class Sentence:
        def __enter__(self):
            self.context = pytest.raises(error)
            self.caught = self.context.__enter__()

        def __exit__(self, *given):
            result = self.context.__exit__(*given)
            assert str(self.caught.value) == sentence
            return result

    return Sentence()


def henon(n, noise=0.1):
    series = np.zeros(n)
    for t in range(2, n):
        series[t] = 1 - 1.4 * series[t - 1] ** 2 + 0.3 * series[t - 2]
    return series + noise * np.random.default_rng(0).normal(size=n)


# ----------------------------------------------------------------- what all displays do


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )


def test_importing_plotting_loads_neither_torch_nor_matplotlib_nor_sktime():
    heavy = ["matplotlib", "skorch", "sktime", "torch"]
    code = "import sys, sklearn_rnn; sklearn_rnn.plotting.ForecastDisplay\n"
    code += f"print([name for name in {heavy} if name in sys.modules])"
    assert run_python(code).stdout.strip() == "[]"


def test_without_matplotlib_the_error_names_the_extra():
    code = "import sys; sys.modules['matplotlib'] = None\n"
    code += "from sklearn_rnn.plotting import ForecastDisplay\n"
    code += "ForecastDisplay.from_predictions([1.0, 2.0])"
    assert run_python(code).stderr.strip().splitlines()[-1] == (
        "ImportError: sklearn_rnn.plotting draws with matplotlib, which cannot be "
        "imported: python -m pip install 'sklearn-rnn[plot]' installs it."
    )


def test_plotting_an_array_loads_no_torch():
    code = "import sys; import matplotlib; matplotlib.use('Agg')\n"
    code += "from sklearn_rnn.plotting import ForecastDisplay\n"
    code += "ForecastDisplay.from_predictions([1.0, 2.0])\n"
    code += "print('torch' in sys.modules)"
    assert run_python(code).stdout.strip() == "False"


SOME = {
    "training": lambda: TrainingCurveDisplay(loss=[2.0, 1.0], steps=[3, 6]),
    "forecast": lambda: ForecastDisplay([1.0, 2.0], intervals={0.5: [[0, 2], [1, 3]]}),
    "importance": lambda: WindowImportanceDisplay([[1.0, 2.0], [0.0, 1.0]]),
}


@pytest.mark.parametrize("make", SOME.values(), ids=SOME)
def test_plot_draws_in_the_axes_given_and_returns_the_display(make):
    figure, ax = plt.subplots()
    display = make()
    assert display.plot(ax) is display
    assert display.ax_ is ax
    assert display.figure_ is figure


@pytest.mark.parametrize("make", SOME.values(), ids=SOME)
def test_a_display_can_be_drawn_again_in_axes_of_its_own(make):
    display = make()
    first = display.plot().figure_
    assert display.plot().figure_ is not first


@pytest.mark.parametrize("make", SOME.values(), ids=SOME)
def test_init_keeps_what_it_is_given_and_draws_nothing(make):
    display = make()
    assert not [name for name in vars(display) if name.endswith("_")]
    assert plt.get_fignums() == []


@pytest.mark.parametrize("make", SOME.values(), ids=SOME)
def test_axes_that_are_none_are_an_error(make):
    with raises(TypeError, "ax=3 must be matplotlib Axes, or None for new ones."):
        make().plot(3)


# ---------------------------------------------------------------------- training curves


@pytest.fixture(scope="module")
def stopped():
    """Networks that stop early, by what they do then."""
    X, y = make_windows(henon(200), 4)
    regressor = GRURegressor(
        **SMALL, batch_size=16, max_epochs=12, n_iter_no_change=3, dropout=0.0
    )
    return {
        stop: clone(regressor).set_params(early_stopping=stop).fit(X, y)
        for stop in (False, True, "refit")
    }


@pytest.mark.parametrize("x_axis", ["step", "epoch"])
def test_training_line_is_the_loss_curve(stopped, x_axis):
    regressor = stopped[False]
    display = TrainingCurveDisplay.from_estimator(regressor, x_axis=x_axis)
    x, loss = display.line_.get_data()
    np.testing.assert_array_equal(loss, regressor.loss_curve_)
    n_batches = 1 if x_axis == "epoch" else -(-196 // 16)
    np.testing.assert_array_equal(x, np.arange(1, regressor.n_iter_ + 1) * n_batches)
    assert display.validation_line_ is display.stop_line_ is display.stop_point_ is None


@pytest.mark.parametrize("stop", [True, "refit"])
def test_validation_line_is_the_validation_loss_curve_after_a_first_point(
    stopped, stop
):
    regressor = stopped[stop]
    display = TrainingCurveDisplay.from_estimator(regressor)
    x, loss = display.validation_line_.get_data()
    np.testing.assert_array_equal(loss[1:], regressor.validation_loss_curve_)
    n_batches = -(-(196 - 20) // 16)  # 20 of the windows are held out
    np.testing.assert_array_equal(x, np.arange(len(loss)) * n_batches)


def test_training_starts_from_the_validation_loss_of_the_ridge(stopped):
    regressor = stopped[True]
    X, y = make_windows(henon(200), 4)
    ridge = clone(regressor).set_params(early_stopping=False, max_epochs=0)
    ridge.fit(X[:-20], y[:-20])
    frame = regressor._frame
    error = (y[-20:] - ridge.predict(X[-20:])) / frame.scaler.target_scale / frame.unit
    display = TrainingCurveDisplay.from_estimator(regressor)
    first = display.validation_line_.get_ydata()[0]
    np.testing.assert_allclose(first, (error**2).mean(), rtol=1e-5)


@pytest.mark.parametrize("stop", [True, "refit"])
@pytest.mark.parametrize("x_axis", ["step", "epoch"])
def test_stopping_point_is_the_least_validation_loss(stopped, stop, x_axis):
    regressor = stopped[stop]
    display = TrainingCurveDisplay.from_estimator(regressor, x_axis=x_axis)
    x, loss = display.validation_line_.get_data()
    best = np.argmin(loss)
    assert best == 1 + np.argmin(regressor.validation_loss_curve_)
    assert display.stop_line_.get_xdata()[0] == x[best]
    assert display.stop_point_.get_data() == (x[best], loss[best])
    assert display.best_epoch == best
    if stop == "refit":
        assert regressor.n_iter_ == best


def test_where_no_epoch_did_better_the_stopping_point_is_before_training():
    # What holds for the first samples is wrong for the last, which are held out
    X = np.random.default_rng(0).normal(size=(100, 3))
    y = np.where(np.arange(100) < 90, 1, -1) * X[:, -1]
    regressor = GRURegressor(
        **SMALL, linear_skip=None, early_stopping="refit", max_epochs=3
    ).fit(X, y)
    assert regressor.n_iter_ == 0
    display = TrainingCurveDisplay.from_estimator(regressor)
    assert display.line_ is None
    assert display.stop_point_.get_xdata()[0] == display.best_epoch == 0
    assert display.validation_line_.get_ydata().argmin() == 0


def test_after_partial_fit_no_stopping_point_is_marked(stopped):
    X, y = make_windows(henon(200), 4)
    regressor = clone(stopped[True]).fit(X, y).partial_fit(X[:40], y[:40])
    display = TrainingCurveDisplay.from_estimator(regressor)
    assert display.stop_line_ is None
    steps, loss = display.line_.get_data()
    np.testing.assert_array_equal(loss, regressor.loss_curve_)
    assert np.diff(steps)[-1] == 3  # 40 windows in batches of 16
    np.testing.assert_array_equal(
        display.validation_line_.get_ydata(), regressor.validation_loss_curve_
    )


def test_steps_are_counted_where_callbacks_watch_batches():
    from skorch.callbacks import Callback

    class Counter(Callback):
        n_steps = 0

        def on_grad_computed(self, net, **kwargs):
            Counter.n_steps += 1

    X, y = make_windows(henon(100), 4)
    regressor = RNNRegressor(**SMALL, max_epochs=4, callbacks=[Counter]).fit(X, y)
    display = TrainingCurveDisplay.from_estimator(regressor)
    assert display.line_.get_xdata()[-1] == Counter.n_steps


def test_a_pipeline_shows_the_losses_of_its_last_step(stopped):
    pipe = make_pipeline(SlidingWindowTransformer(3), RNNRegressor(max_epochs=2))
    pipe.fit(henon(60)[:, np.newaxis], henon(60))
    display = TrainingCurveDisplay.from_estimator(pipe)
    np.testing.assert_array_equal(display.line_.get_ydata(), pipe[-1].loss_curve_)


def test_an_echo_state_network_trained_by_adam_shows_each_step():
    X, y = make_windows(henon(60), 4)
    esn = ESNRegressor(10, solver="adam", loss="huber", random_state=0).fit(X, y)
    for x_axis in ("step", "epoch"):
        display = TrainingCurveDisplay.from_estimator(esn, x_axis=x_axis)
        np.testing.assert_array_equal(display.line_.get_ydata(), esn.loss_curve_)
        # Each loss is that before its step
        x = np.arange(len(esn.loss_curve_))
        np.testing.assert_array_equal(display.line_.get_xdata(), x)
        assert display.ax_.get_ylabel() == "Loss of scaled targets (huber)"


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        ("squared_error", "squared error"),
        ("absolute_error", "absolute error"),
        ("huber", "huber"),
        ("quantile", "quantile"),
    ],
)
def test_the_loss_is_named_as_it_was_in_fit(loss, name):
    X, y = make_windows(henon(30), 4)
    network = RNNRegressor(**SMALL, loss=loss, max_epochs=1).fit(X, y)
    network.set_params(loss="huber" if loss != "huber" else "quantile")
    display = TrainingCurveDisplay.from_estimator(network)
    assert display.ax_.get_ylabel() == f"Loss of scaled targets ({name})"


def test_refit_is_named_in_the_legend(stopped):
    texts = [
        text.get_text()
        for text in TrainingCurveDisplay.from_estimator(stopped["refit"])
        .ax_.get_legend()
        .get_texts()
    ]
    assert texts[:2] == ["Training, refit on all samples", "Validation"]


def test_an_estimator_without_losses_is_an_error():
    ridge = Ridge().fit([[1.0], [2.0]], [1.0, 2.0])
    with raises(
        TypeError,
        "estimator is a Ridge without loss_curve_; it must be a fitted recurrent "
        "regressor, or an echo state network fitted with solver='adam', or a Pipeline "
        "that ends in one.",
    ):
        TrainingCurveDisplay.from_estimator(ridge)


def test_no_epoch_is_an_error():
    X, y = make_windows(henon(30), 4)
    regressor = RNNRegressor(max_epochs=0).fit(X, y)
    with raises(
        ValueError,
        "estimator has trained for 0 epochs, so that there is no loss to draw; it must "
        "have trained for at least 1.",
    ):
        TrainingCurveDisplay.from_estimator(regressor)


@pytest.mark.parametrize(
    ("data", "plot", "error", "sentence"),
    [
        (
            {"loss": [1.0, np.nan]},
            {},
            ValueError,
            "loss holds nan at 1; it must be an array of finite numbers of shape "
            "(n_epochs,).",
        ),
        (
            {"loss": []},
            {},
            ValueError,
            "loss has shape (0,); it must be an array of finite numbers of shape "
            "(n_epochs,).",
        ),
        (
            {"loss": ["a"]},
            {},
            TypeError,
            "loss cannot be read as numbers (dtype <U1); it must be an array of finite "
            "numbers of shape (n_epochs,).",
        ),
        (
            {"loss": None},
            {},
            ValueError,
            "loss=None needs validation_loss, which is None too; at least one of them "
            "must be an array.",
        ),
        (
            {"loss": [1.0, 0.5]},
            {"x_axis": "step"},
            ValueError,
            "x_axis='step' needs steps, which is None; use x_axis='epoch'.",
        ),
        (
            {"loss": [1.0, 0.5], "steps": [3, 3]},
            {},
            ValueError,
            "steps does not increase at 1: 3 follows 3; it must be increasing numbers.",
        ),
        (
            {"loss": [1.0]},
            {"x_axis": "batch"},
            ValueError,
            "x_axis='batch' is not valid; it must be one of 'step', 'epoch'.",
        ),
        (
            {"loss": [1.0, 0.5], "epochs": [2, 1]},
            {"x_axis": "epoch"},
            ValueError,
            "epochs does not increase at 1: 1 follows 2; it must be increasing "
            "numbers.",
        ),
        (
            {"loss": [1.0], "best_epoch": 1},
            {"x_axis": "epoch"},
            ValueError,
            "best_epoch=1 needs validation_loss; without it best_epoch must be None.",
        ),
        (
            {"loss": [1.0], "validation_loss": [1.0, 2.0], "best_epoch": 3},
            {"x_axis": "epoch"},
            ValueError,
            "best_epoch=3 is not one of validation_epochs, which go from 1 to 2.",
        ),
    ],
)
def test_bad_losses_are_errors_that_name_them(data, plot, error, sentence):
    with raises(error, sentence):
        TrainingCurveDisplay(**data).plot(**plot)


# ---------------------------------------------------------------------------- forecasts


@pytest.fixture(scope="module")
def airline():
    return load_airline()


@pytest.fixture(scope="module")
def esn_forecaster(airline):
    return ESNForecaster(
        ESNRegressor(30), n_bootstrap=20, log=True, center=True, random_state=0
    ).fit(airline[:-24])


FH = np.arange(1, 25)


def band(display, number):
    """Return the times and the ends of a band."""
    (path,) = display.bands_[number].get_paths()
    x, y = path.vertices.T
    times = np.unique(x)
    return times, np.array([[y[x == t].min(), y[x == t].max()] for t in times])


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


# Theirs tell of a default that is to change.
@pytest.mark.filterwarnings("ignore:The default of config:FutureWarning")
def test_any_forecaster_of_sktime_will_do(airline):
    forecaster = NaiveForecaster(sp=12).fit(airline[:-12])
    display = ForecastDisplay.from_estimator(forecaster, airline, fh=FH[:12])
    np.testing.assert_array_equal(display.line_.get_ydata(), airline[-24:-12])
    assert len(display.bands_) == 2


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


def test_a_forecaster_fitted_on_an_array_goes_on_from_its_last_row(airline):
    y = airline.to_numpy()
    forecaster = ESNForecaster(ESNRegressor(10), log=True, center=True).fit(y[:100])
    display = ForecastDisplay.from_estimator(forecaster, y, fh=[1, 2], coverage=None)
    np.testing.assert_array_equal(display.line_.get_xdata(), [100, 101])
    np.testing.assert_array_equal(display.history_line_.get_xdata(), np.arange(100))


@pytest.fixture(scope="module")
def panel():
    index = pd.MultiIndex.from_product(
        [["a", "b"], pd.period_range("2020-01", periods=40, freq="M")],
        names=["shop", "month"],
    )
    values = np.random.default_rng(0).normal(size=(80, 2)).cumsum(axis=0)
    return pd.DataFrame(values, index, ["sales", "visits"])


def test_one_series_and_column_of_a_panel_are_drawn(panel):
    forecaster = RecurrentForecaster(Ridge(), window_length=5, sp=1)
    forecaster.fit(panel, fh=[1, 2, 3])
    display = ForecastDisplay.from_estimator(
        forecaster, panel, series="b", column="visits"
    )
    expected = forecaster.predict().loc["b", "visits"]
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


@pytest.mark.parametrize("coverage", [0.0, 1.0, [0.5, 2.0], "some", [], np.nan])
def test_a_coverage_that_is_none_is_an_error(esn_forecaster, coverage):
    with raises(
        ValueError,
        f"coverage={coverage!r} must be one or more numbers between 0 and 1, ends "
        "excluded, 'auto' or None.",
    ):
        ForecastDisplay.from_estimator(esn_forecaster, fh=[1], coverage=coverage)


def test_what_is_no_forecaster_is_an_error():
    with raises(
        TypeError, "forecaster is a Ridge; it must be a fitted sktime forecaster."
    ):
        ForecastDisplay.from_estimator(Ridge())


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


@pytest.mark.parametrize(
    ("kind", "valid"),
    [
        (
            TrainingCurveDisplay,
            "a fitted recurrent regressor, or an echo state network fitted with "
            "solver='adam', or a Pipeline that ends in one",
        ),
        (
            ReservoirDisplay,
            "a fitted ESNRegressor, ESNRegressorCV or ReservoirTransformer, or a "
            "Pipeline that holds one",
        ),
        (
            WindowImportanceDisplay,
            "a fitted regressor of windows, or a Pipeline that ends in one",
        ),
    ],
)
def test_a_forecaster_is_no_estimator_to_the_others(esn_forecaster, kind, valid):
    data = {TrainingCurveDisplay: 0, ReservoirDisplay: 1}.get(kind, 2)
    with raises(
        TypeError, f"estimator is a forecaster, ESNForecaster; it must be {valid}."
    ):
        kind.from_estimator(esn_forecaster, *[[[1.0]]] * data)


def test_what_does_not_predict_has_no_importances():
    X, y = windows_of(20)
    scaler = make_pipeline(StandardScaler()).fit(X[:, 0])
    with raises(
        TypeError,
        "estimator ends in StandardScaler, which has no predict; it must be a fitted "
        "regressor of windows, or a Pipeline that ends in one.",
    ):
        WindowImportanceDisplay.from_estimator(scaler, X[:, 0], y)


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


def test_an_unfitted_forecaster_is_an_error():
    with pytest.raises(Exception, match="not been fitted"):
        ForecastDisplay.from_estimator(ESNForecaster(), fh=[1])


# -------------------------------------------------------------------------- importances


def windows_of(n_samples=150, n_steps=4, n_features=2, seed=0):
    """Return windows of noise, and a target of one lag and feature of them."""
    X = np.random.default_rng(seed).normal(size=(n_samples, n_steps, n_features))
    return X, np.tanh(2 * X[:, -2, 0])


@pytest.fixture(scope="module")
def gru():
    return GRURegressor(**SMALL, dropout=0.0).fit(*windows_of())


@pytest.fixture(scope="module")
def esn():
    return ESNRegressor(50, input_scaling=0.5, random_state=0).fit(*windows_of())


def flat(model, window_length):
    """Return a model of windows that reads them flat."""
    model = clone(model).set_params(window_length=window_length)
    X, y = windows_of()
    return model.fit(X.reshape(len(X), -1), y)


@pytest.mark.parametrize("scoring", [None, "neg_mean_absolute_error"])
def test_permutation_importances_are_those_of_scikit_learn(scoring):
    X, y = windows_of()
    table = X.reshape(len(X), -1)
    model = flat(GRURegressor(**SMALL, max_epochs=2), 4)
    given = {"scoring": scoring, "n_repeats": 3, "random_state": 5}
    twin = permutation_importance(model, table, y, **given)
    display = WindowImportanceDisplay.from_estimator(model, table, y, **given)
    for name in ("importances_mean", "importances_std", "importances"):
        ours = getattr(display, name)
        np.testing.assert_allclose(ours.reshape(twin[name].shape), twin[name])


@pytest.mark.parametrize("scale", [0.0, 1.0, 5.0])
def test_permutation_importances_of_any_regressor_are_scikit_learns(scale):
    X, y = windows_of()
    y = y + scale * X[:, 0, 1]
    table = X.reshape(len(X), -1)
    model = LinearRegression().fit(table, y)
    twin = permutation_importance(model, table, y, n_repeats=2, random_state=0)
    display = WindowImportanceDisplay.from_estimator(
        model, table, y, n_repeats=2, random_state=0, window_length=4
    )
    np.testing.assert_allclose(
        display.importances_mean, twin.importances_mean.reshape(4, 2)
    )


def test_windows_flat_windows_and_lists_have_the_same_importances(gru):
    X, y = windows_of()
    table = pd.DataFrame(
        X.reshape(len(X), -1),
        columns=[f"{c}_lag{t}" for t in (3, 2, 1, 0) for c in "ab"],
    )
    of_table = clone(gru).set_params(window_length=4).fit(table, y)
    given = {"n_repeats": 1, "random_state": 0}
    shown = [
        WindowImportanceDisplay.from_estimator(gru, X, y, **given),
        WindowImportanceDisplay.from_estimator(gru, list(X), y, **given),
        WindowImportanceDisplay.from_estimator(of_table, table, y, **given),
    ]
    for display in shown[1:]:
        np.testing.assert_allclose(
            display.importances_mean, shown[0].importances_mean, atol=1e-6
        )
    labels = [text.get_text() for text in shown[2].ax_.get_yticklabels()]
    assert labels == ["a", "b"]


@pytest.mark.parametrize("flatten", [False, True])
def test_in_a_pipeline_the_windows_are_permuted(flatten):
    rows = pd.DataFrame(
        np.random.default_rng(0).normal(size=(120, 2)), columns=["load", "heat"]
    )
    y = np.roll(rows["heat"], 1)
    y[0] = 0
    last = Ridge() if flatten else RNNRegressor(**SMALL, max_epochs=3)
    pipe = make_pipeline(
        StandardScaler(), SlidingWindowTransformer(3, flatten=flatten), last
    ).fit(rows, y)
    given = {"n_repeats": 2, "random_state": 1}
    display = WindowImportanceDisplay.from_estimator(pipe, rows, y, **given)
    windows = pipe[:2].transform(rows)
    alone = WindowImportanceDisplay.from_estimator(
        last, windows, y, window_length=3, **given
    )
    np.testing.assert_array_equal(display.importances, alone.importances)
    assert list(display.feature_names) == ["load", "heat"]
    assert np.unravel_index(display.importances_mean.argmax(), (3, 2)) == (1, 1)


def rows_of(n_rows=120):
    """Return rows, and a target of the row before."""
    rows = np.random.default_rng(0).normal(size=(n_rows, 2))
    return rows, np.exp(np.roll(rows[:, 1], 1))


def grid(model, **given):
    return GridSearchCV(model, {}, cv=2, **given)


def in_logarithms(model):
    return TransformedTargetRegressor(model, func=np.log, inverse_func=np.exp)


def sliding():
    return SlidingWindowTransformer(3, flatten=True)


NESTED = {
    "search": (lambda: grid(make_pipeline(sliding(), Ridge())), False),
    "search at the end": (lambda: make_pipeline(sliding(), grid(Ridge())), False),
    "windows in a pipeline": (
        lambda: make_pipeline(make_pipeline("passthrough", sliding()), Ridge()),
        False,
    ),
    "regressor in a pipeline": (
        lambda: make_pipeline("passthrough", make_pipeline(sliding(), Ridge())),
        False,
    ),
    "frozen": (
        lambda: FrozenEstimator(make_pipeline(sliding(), Ridge()).fit(*rows_of())),
        False,
    ),
    "targets": (lambda: in_logarithms(make_pipeline(sliding(), Ridge())), True),
    "targets at the end": (lambda: make_pipeline(sliding(), in_logarithms(Ridge())), 1),
    "targets in a search": (
        lambda: grid(in_logarithms(make_pipeline(sliding(), Ridge()))),
        True,
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_windows_are_found_wherever_they_are_made(name):
    make, is_logarithmic = NESTED[name]
    rows, y = rows_of()
    given = {"n_repeats": 2, "random_state": 0}
    plain = in_logarithms(Ridge()) if is_logarithmic else Ridge()
    windows = sliding().fit_transform(rows)
    expected = WindowImportanceDisplay.from_estimator(
        plain.fit(windows, y), windows, y, window_length=3, **given
    )
    model = make().fit(rows, y)
    display = WindowImportanceDisplay.from_estimator(model, rows, y, **given)
    np.testing.assert_allclose(display.importances, expected.importances)
    assert display.importances_mean.shape == (3, 2)


def test_the_best_network_of_a_search_has_gradients():
    rows, y = rows_of()
    network = RNNRegressor(**SMALL, max_epochs=2)
    search = grid(make_pipeline(SlidingWindowTransformer(3), network)).fit(rows, y)
    display = WindowImportanceDisplay.from_estimator(search, rows, y, method="gradient")
    best = search.best_estimator_
    expected = WindowImportanceDisplay.from_estimator(best, rows, y, method="gradient")
    np.testing.assert_array_equal(display.importances_mean, expected.importances_mean)


def test_a_search_is_judged_by_its_own_score():
    rows, y = rows_of()
    search = grid(make_pipeline(sliding(), Ridge()), scoring="neg_mean_absolute_error")
    search.fit(rows, y)
    given = {"n_repeats": 2, "random_state": 0}
    display = WindowImportanceDisplay.from_estimator(search, rows, y, **given)
    expected = WindowImportanceDisplay.from_estimator(
        search.best_estimator_, rows, y, scoring="neg_mean_absolute_error", **given
    )
    np.testing.assert_array_equal(display.importances, expected.importances)


def test_where_a_function_chose_among_scores_the_best_is_judged_by_its_own():
    rows, y = rows_of()
    search = grid(
        make_pipeline(sliding(), Ridge()),
        scoring=["r2", "explained_variance"],
        refit=lambda results: 0,
    ).fit(rows, y)
    display = WindowImportanceDisplay.from_estimator(search, rows, y, n_repeats=1)
    assert display.importance_name == "Fall of R²"


def test_a_search_that_keeps_no_model_is_an_error():
    rows, y = rows_of()
    search = grid(make_pipeline(sliding(), Ridge()), refit=False).fit(rows, y)
    with raises(
        TypeError,
        "estimator has a GridSearchCV with refit=False, which keeps no fitted model; a "
        "search must have refit=True or the name of a score.",
    ):
        WindowImportanceDisplay.from_estimator(search, rows, y)


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (
            make_pipeline(ReservoirTransformer(5, random_state=0), Ridge()),
            "ReservoirTransformer",
        ),
        (
            make_pipeline(ColumnTransformer([("w", sliding(), [0])]), Ridge()),
            "SlidingWindowTransformer inside of ColumnTransformer",
        ),
        (
            MultiOutputRegressor(make_pipeline(sliding(), Ridge())),
            "SlidingWindowTransformer inside of MultiOutputRegressor",
        ),
    ],
)
def test_windows_and_states_that_cannot_be_reached_are_an_error(model, part):
    rows, y = rows_of(30)
    Y = np.stack([y, y], axis=1)
    with raises(
        TypeError,
        f"estimator has a {part}, whose rows depend on those before, so that its lags "
        "cannot be permuted; it must be a regressor of windows, or a Pipeline of a "
        "SlidingWindowTransformer and one.",
    ):
        WindowImportanceDisplay.from_estimator(model.fit(rows, Y), rows, Y)


@pytest.mark.parametrize(
    "model",
    [
        Ridge(),
        make_pipeline(StandardScaler(), Ridge()),
        make_pipeline(PCA(4), RNNRegressor(**SMALL, window_length=2, max_epochs=1)),
    ],
)
def test_rows_are_no_windows_unless_the_model_says_so(model):
    X, y = windows_of(30)
    table = X.reshape(30, -1)
    name = type(model[-1] if hasattr(model, "steps") else model).__name__
    with raises(
        ValueError,
        "window_length=None does not tell how many steps a row of X with 8 columns "
        f"holds, nor does {name}; give window_length, the number of steps in a flat "
        "window.",
    ):
        WindowImportanceDisplay.from_estimator(model.fit(table, y), table, y)


def test_flat_windows_may_be_scaled_before_a_network_of_ours():
    X, y = windows_of(30)
    table = X.reshape(30, -1)
    for length, shape in [(4, (4, 2)), (None, (8, 1))]:
        network = RNNRegressor(**SMALL, window_length=length, max_epochs=1)
        model = make_pipeline(StandardScaler(), network).fit(table, y)
        display = WindowImportanceDisplay.from_estimator(model, table, y, n_repeats=1)
        assert display.importances_mean.shape == shape


@pytest.mark.parametrize("method", ["permutation", "gradient"])
def test_a_value_that_the_target_does_not_depend_on_has_little_importance(gru, method):
    X, y = windows_of()
    mean = WindowImportanceDisplay.from_estimator(
        gru, X, y, method=method, random_state=0
    ).importances_mean
    assert np.unravel_index(mean.argmax(), mean.shape) == (2, 0)
    others = np.delete(mean.ravel(), mean.argmax())
    assert np.abs(others).max() < 0.15 * mean.max()


def test_permutation_shows_what_an_echo_state_network_uses(esn):
    X, y = windows_of()
    mean = WindowImportanceDisplay.from_estimator(
        esn, X, y, random_state=0
    ).importances_mean
    assert np.unravel_index(mean.argmax(), mean.shape) == (2, 0)
    assert np.abs(np.delete(mean.ravel(), 4)).max() < 0.15 * mean.max()


class Recorder(LinearRegression):
    """Keeps what it is asked to predict."""

    def predict(self, X):
        self.asked_.append(np.array(X))
        return super().predict(X)


@pytest.mark.parametrize(
    ("group_by", "n_groups", "shape"),
    [(None, 8, (4, 2)), ("lag", 4, (4,)), ("feature", 2, (2,))],
)
def test_a_group_is_permuted_together_and_costs_one_prediction_a_repeat(
    group_by, n_groups, shape
):
    X, y = windows_of(40)
    table = X.reshape(40, -1)
    model = Recorder().fit(table, y)
    model.asked_ = []
    display = WindowImportanceDisplay.from_estimator(
        model, table, y, group_by=group_by, n_repeats=3, window_length=4
    )
    assert display.importances_mean.shape == shape
    assert display.importances.shape == (*shape, 3)
    assert len(model.asked_) == 3 * n_groups + 1
    np.testing.assert_array_equal(model.asked_[0], table)
    for number, asked in enumerate(model.asked_[1:]):
        moved = (asked.reshape(X.shape) != X).any(axis=0)  # (n_steps, n_features)
        steps, features = np.indices(moved.shape)
        group = {None: 2 * steps + features, "lag": steps, "feature": features}
        np.testing.assert_array_equal(moved, group[group_by] == number // 3)
        # Whole columns, from other windows
        values = asked.reshape(X.shape)[:, moved]
        rows = {tuple(row) for row in values}
        assert rows == {tuple(row) for row in X[:, moved]}


def test_absent_steps_stay_absent():
    X, y = windows_of(60)
    X[:20, :2] = np.nan
    X[20:30, :3] = np.nan
    model = RNNRegressor(**SMALL, max_epochs=1).fit(X, y)
    sequences = [x[~np.isnan(x).all(axis=1)] for x in X]
    for group_by in (None, "lag", "feature"):
        given = {"group_by": group_by, "n_repeats": 2, "random_state": 0}
        of_windows = WindowImportanceDisplay.from_estimator(model, X, y, **given)
        of_list = WindowImportanceDisplay.from_estimator(model, sequences, y, **given)
        np.testing.assert_array_equal(of_list.importances, of_windows.importances)
        assert np.isfinite(of_windows.importances).all()


def test_no_more_windows_than_asked_for_are_predicted():
    X, y = windows_of(50)
    table = X.reshape(50, -1)
    model = Recorder().fit(table, y)
    for max_samples, n in [(20, 20), (0.5, 25), (None, 50), (1.0, 50), (99, 50)]:
        model.asked_ = []
        WindowImportanceDisplay.from_estimator(
            model,
            table,
            y,
            n_repeats=1,
            max_samples=max_samples,
            window_length=4,
            random_state=0,
        )
        assert {len(asked) for asked in model.asked_} == {n}
        given = {tuple(row) for row in model.asked_[0]}
        assert len(given) == n
        assert given <= {tuple(row) for row in table}


def test_a_seed_repeats_importances(gru):
    X, y = windows_of()
    one, two = (
        WindowImportanceDisplay.from_estimator(
            gru, X, y, n_repeats=1, max_samples=50, random_state=3
        ).importances
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, two)


def test_x_is_left_as_it_is(gru):
    X, y = windows_of()
    before = X.copy()
    WindowImportanceDisplay.from_estimator(gru, X, y, n_repeats=1)
    np.testing.assert_array_equal(X, before)


# The gradient

NETWORKS = {
    "gru": GRURegressor(),
    "lstm, two layers, both ways": LSTMRegressor(num_layers=2, bidirectional=True),
    "rnn, attention": RNNRegressor(pooling="attention"),
    "relative to a feature": GRURegressor(target_feature=1),
    "trainable skip": GRURegressor(linear_skip="trainable"),
    "no skip, mean": GRURegressor(linear_skip=None, pooling="mean"),
    "unscaled": RNNRegressor(standardize=False),
    "quantiles": GRURegressor(loss="quantile", quantiles=[0.1, 0.5, 0.9]),
}


def numeric_gradient(model, X, step=1e-2):
    """Return central differences of predict, (n_samples, n_steps, n_features, ...)."""
    columns = []
    for at in np.ndindex(X.shape[1:]):
        moved = np.zeros(X.shape)
        moved[:, *at] = step
        columns.append((model.predict(X + moved) - model.predict(X - moved)) / step / 2)
    return np.stack(columns, axis=1).reshape(*X.shape, *columns[0].shape[1:])


@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_is_that_of_predict(name):
    X, y = windows_of(80)
    X = 3 + 2 * X
    model = clone(NETWORKS[name]).set_params(**SMALL, max_epochs=15).fit(X, y)
    expected = numeric_gradient(model, X)
    if name == "quantiles":
        expected = expected[..., 1]
    gradient = model._gradient(X)[..., 0]
    # predict is in single precision, where a unit is not smooth a difference is off
    np.testing.assert_allclose(gradient, expected, atol=2e-3 * np.abs(expected).max())


def test_there_is_one_backward_pass_for_each_output(monkeypatch):
    import torch

    passes, grad = [], torch.autograd.grad
    monkeypatch.setattr(
        torch.autograd, "grad", lambda *a, **kw: passes.append(1) or grad(*a, **kw)
    )
    X, y = windows_of(30)
    network = GRURegressor(
        **SMALL, loss="quantile", quantiles=[0.1, 0.5, 0.9], max_epochs=1
    ).fit(X, np.stack([y, -y], axis=1))
    passes.clear()
    assert network._gradient(X).shape == (30, 4, 2, 2)
    assert len(passes) == 2


def test_gradient_importance_is_the_mean_gradient_in_standard_deviations(gru):
    X, y = windows_of()
    display = WindowImportanceDisplay.from_estimator(gru, X, y, method="gradient")
    size = np.abs(numeric_gradient(gru, X)).mean(axis=0)
    expected = size * X.std(axis=0) / y.std()
    np.testing.assert_allclose(
        display.importances_mean, expected, atol=2e-3 * expected.max()
    )
    assert display.importances_std is None


def test_gradient_importance_of_a_linear_model_is_its_standardised_coefficients():
    X, _ = windows_of(500)
    coef = np.array([[0.0, 1.0], [2.0, 0.0], [0.0, -3.0], [0.5, 0.0]])
    y = (X * coef).sum(axis=(1, 2))
    model = GRURegressor(max_epochs=0).fit(X, y)
    display = WindowImportanceDisplay.from_estimator(model, X, y, method="gradient")
    expected = np.abs(coef) * X.std(axis=0) / y.std()
    np.testing.assert_allclose(display.importances_mean, expected, atol=1e-6)


def test_gradients_of_several_outputs_are_averaged_in_units_of_each():
    X, _ = windows_of(500)
    Y = np.stack([X[:, 0, 0], 1000 * X[:, 3, 1]], axis=1)
    model = GRURegressor(max_epochs=0).fit(X, Y)
    display = WindowImportanceDisplay.from_estimator(model, X, Y, method="gradient")
    expected = np.zeros((4, 2))
    expected[0, 0] = expected[3, 1] = 0.5
    np.testing.assert_allclose(display.importances_mean, expected, atol=1e-5)


def test_gradients_of_a_group_are_summed(gru):
    X, y = windows_of()
    shown = {
        group_by: WindowImportanceDisplay.from_estimator(
            gru, X, y, method="gradient", group_by=group_by
        ).importances_mean
        for group_by in (None, "lag", "feature")
    }
    np.testing.assert_allclose(shown["lag"], shown[None].sum(axis=1))
    np.testing.assert_allclose(shown["feature"], shown[None].sum(axis=0))


def test_absent_steps_have_no_gradient():
    X, y = windows_of(60)
    X[:20, :2] = np.nan
    model = GRURegressor(**SMALL, max_epochs=2).fit(X, y)
    gradient = model._gradient(X)
    np.testing.assert_array_equal(np.isnan(gradient[..., 0]), np.isnan(X))
    short = model._gradient(X[:20, 2:])
    np.testing.assert_allclose(gradient[:20, 2:], short)


@pytest.mark.parametrize("method", ["permutation", "gradient"])
@pytest.mark.filterwarnings("error")
def test_lags_that_no_window_has_are_of_no_importance(method):
    X, y = windows_of(60)
    X[:40, :2] = np.nan
    model = GRURegressor(**SMALL, max_epochs=2).fit(X, y)
    display = WindowImportanceDisplay.from_estimator(
        model, X[:40], y[:40], method=method, n_repeats=2
    )
    np.testing.assert_array_equal(display.importances_mean[:2], 0)
    assert (display.importances_mean[2:] != 0).all()


def test_a_gradient_leaves_the_network_as_it_was(gru):
    X, y = windows_of()
    before = gru.predict(X)
    WindowImportanceDisplay.from_estimator(gru, X, y, method="gradient")
    np.testing.assert_array_equal(gru.predict(X), before)


# What is drawn


def test_heat_map_has_a_row_a_feature_and_lags_falling_to_the_right():
    mean = np.arange(12.0).reshape(4, 3)
    display = WindowImportanceDisplay(
        mean, feature_names=["a", "b", "c"], importance_name="Fall"
    ).plot()
    np.testing.assert_array_equal(display.image_.get_array(), mean.T)
    left, right, bottom, top = display.image_.get_extent()
    assert (left, right, bottom, top) == (3.5, -0.5, 2.5, -0.5)
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["a", "b", "c"]
    assert display.colorbar_.ax.get_ylabel() == "Fall"


def test_one_feature_is_a_line_over_lags():
    mean, std = np.array([[3.0], [1.0], [2.0]]), np.array([[0.1], [0.2], [0.3]])
    display = WindowImportanceDisplay(mean, importances_std=std).plot()
    np.testing.assert_array_equal(display.line_.get_data(), ([2, 1, 0], [3, 1, 2]))
    first, last = display.ax_.get_xlim()
    assert first > last
    (path,) = display.band_.get_paths()
    for lag, ends in zip([2, 1, 0], [(2.9, 3.1), (0.8, 1.2), (1.7, 2.3)], strict=True):
        at = path.vertices[path.vertices[:, 0] == lag, 1]
        np.testing.assert_allclose((at.min(), at.max()), ends)


def test_features_are_bars():
    display = WindowImportanceDisplay(
        [1.0, 2.0], group_by="feature", importances_std=[0.1, 0.2]
    ).plot()
    assert [bar.get_width() for bar in display.bars_] == [1.0, 2.0]
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["Feature 0", "Feature 1"]


@pytest.mark.parametrize(
    ("scoring", "label"),
    [
        (None, "Fall of R²"),
        ("explained_variance", "Fall of explained variance"),
        ("neg_mean_absolute_error", "Rise of the mean absolute error"),
    ],
)
def test_the_scale_is_named_after_the_score(scoring, label):
    X, y = windows_of(30)
    display = WindowImportanceDisplay.from_estimator(
        LinearRegression().fit(X.reshape(30, -1), y),
        X.reshape(30, -1),
        y,
        scoring=scoring,
        window_length=4,
        n_repeats=1,
    )
    assert display.colorbar_.ax.get_ylabel() == label


@pytest.mark.parametrize(
    ("model", "scoring"),
    [
        (LogisticRegression(), None),
        (grid(Ridge(), scoring="neg_mean_absolute_error"), None),
        (Ridge(), make_scorer(mean_absolute_error, greater_is_better=False)),
    ],
)
def test_a_score_whose_name_is_not_known_has_none(model, scoring):
    X, y = windows_of(30)
    table = X.reshape(30, -1)
    y = y > 0
    display = WindowImportanceDisplay.from_estimator(
        model.fit(table, y), table, y, window_length=4, n_repeats=1, scoring=scoring
    )
    assert display.importance_name == "Fall of the score"


# What is wrong


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        (
            {"method": "shap"},
            ValueError,
            "method='shap' is not valid; it must be one of 'permutation', 'gradient'.",
        ),
        (
            {"group_by": "step"},
            ValueError,
            "group_by='step' is not valid; it must be one of 'lag', 'feature', None.",
        ),
        (
            {"n_repeats": 0},
            ValueError,
            "n_repeats must be an integer from 1 to 100000, got 0.",
        ),
        (
            {"n_repeats": 1.5},
            TypeError,
            "n_repeats must be an integer from 1 to 100000, got 1.5.",
        ),
        *(
            (
                {"max_samples": value},
                ValueError,
                f"max_samples={value!r} is not valid; it must be an integer of at "
                "least 2, a float in (0, 1] as a part of all windows, or None.",
            )
            for value in (0, 1, 1.5, 0.0, -3, "all", True)
        ),
        (
            {"feature_names": ["a"]},
            ValueError,
            "feature_names=['a'] must be 2 names, one for each feature.",
        ),
        (
            {"y": np.r_[np.nan, np.zeros(149)]},
            ValueError,
            "y holds nan at 0; it must be an array of finite numbers of shape "
            "(n_samples,).",
        ),
        (
            {"X": np.zeros((150, 4, 2, 1))},
            ValueError,
            "X has 4 dimensions; it must be windows, (n_samples, n_steps, n_features) "
            "or flat, or rows for a Pipeline with a SlidingWindowTransformer.",
        ),
        (
            {"X": np.zeros((150, 8)), "window_length": 3},
            ValueError,
            "window_length=3 does not divide the 8 columns of X; a row must hold "
            "window_length steps of every feature.",
        ),
        (
            {"y": np.zeros(150), "method": "gradient"},
            ValueError,
            "y is constant, so that method='gradient' cannot be in its standard "
            "deviations; every output of y must vary.",
        ),
    ],
)
def test_bad_importances_are_errors_that_name_them(gru, given, error, sentence):
    X, y = windows_of()
    given = {"X": X, "y": y, "n_repeats": 1} | given
    with raises(error, sentence):
        WindowImportanceDisplay.from_estimator(gru, **given)


def test_windows_and_targets_that_differ_in_number_are_an_error(gru):
    X, y = windows_of()
    with pytest.raises(ValueError, match=r"y has \d+ rows, but X has \d+ windows"):
        WindowImportanceDisplay.from_estimator(gru, X, y[:-1])


def test_an_unfitted_model_of_windows_is_an_error():
    X, y = windows_of()
    with pytest.raises(NotFittedError, match="GRURegressor instance is not fitted yet"):
        WindowImportanceDisplay.from_estimator(GRURegressor(), X, y)


def test_gradients_of_what_has_none_are_an_error(esn):
    X, y = windows_of()
    with raises(
        TypeError,
        "method='gradient' needs a recurrent regressor, got ESNRegressor; use "
        "method='permutation'.",
    ):
        WindowImportanceDisplay.from_estimator(esn, X, y, method="gradient")


def test_what_predicts_each_step_is_an_error():
    X, _ = windows_of(20)
    esn = ESNRegressor(5, return_sequences=True).fit(X, X[:, :, 0])
    with raises(
        ValueError,
        "estimator has return_sequences=True, so that steps have no lag; it must "
        "predict once for each window.",
    ):
        WindowImportanceDisplay.from_estimator(esn, X, X[:, 0, 0])


def test_a_pipeline_without_a_regressor_is_an_error():
    pipe = make_pipeline(SlidingWindowTransformer(2)).fit([[1.0], [2.0]])
    with raises(
        TypeError,
        "estimator is a Pipeline that ends in a SlidingWindowTransformer; a regressor "
        "must follow it.",
    ):
        WindowImportanceDisplay.from_estimator(pipe, [[1.0], [2.0]], [1.0, 2.0])


def test_importances_that_are_none_are_errors():
    with raises(
        ValueError,
        "importances_mean has shape (2,); it must be an array of finite numbers of "
        "shape (n_steps, n_features).",
    ):
        WindowImportanceDisplay([1.0, 2.0]).plot()
    with raises(
        ValueError,
        "importances_std has shape (1, 2); it must be an array of finite numbers of "
        "shape (2, 2).",
    ):
        WindowImportanceDisplay(np.ones((2, 2)), importances_std=np.ones((1, 2))).plot()


# --------------------------------------------------------------------------- reservoirs


@pytest.fixture(scope="module")
def narma():
    u, y = make_narma(300, random_state=0)
    return u[np.newaxis], y[np.newaxis]


def recurrent_matrix(weights):
    matrix = np.zeros((weights.n_units, weights.n_units))
    np.put_along_axis(matrix, weights.links, weights.w, axis=1)
    return matrix


def sorted_by_size(values):
    return np.sort(np.abs(values))


@settings(max_examples=15, deadline=None)
@given(
    n_reservoir=st.integers(2, 40),
    spectral_radius=st.floats(0.1, 1.5),
    num_layers=st.integers(1, 2),
    bidirectional=st.booleans(),
)
def test_eigenvalues_are_numpys_and_reach_the_spectral_radius(
    n_reservoir, spectral_radius, num_layers, bidirectional
):
    X = np.random.default_rng(0).normal(size=(2, 6, 1))
    esn = ESNRegressor(
        n_reservoir,
        spectral_radius=spectral_radius,
        num_layers=num_layers,
        bidirectional=bidirectional,
        connectivity=0.5,
        random_state=0,
    ).fit(X, [0.0, 1.0])
    display = ReservoirDisplay.from_estimator(esn, X)
    drawn = display.eigenvalue_points_
    layers = [weights for layer in esn.reservoir_.layers for weights in layer]
    assert len(drawn) == len(layers)
    for points, weights in zip(drawn, layers, strict=True):
        x, y = points.get_data()
        expected = np.linalg.eigvals(recurrent_matrix(weights))
        size = sorted_by_size(x + 1j * y)
        expected = sorted_by_size(expected)
        np.testing.assert_allclose(size[-1], spectral_radius, rtol=1e-6)
        np.testing.assert_allclose(
            size, expected * spectral_radius / expected[-1], atol=1e-4
        )
    for circle, radius in [
        (display.unit_circle_, 1.0),
        (display.radius_circle_, spectral_radius),
    ]:
        np.testing.assert_allclose(np.hypot(*circle.get_data()), radius)
    plt.close(display.figure_)


@pytest.mark.parametrize("kind", [ESNRegressor, ESNRegressorCV])
def test_gcv_path_is_least_at_the_chosen_strength(narma, kind):
    X, y = narma
    esn = kind(30, return_sequences=True, washout=10, random_state=0).fit(X, y)
    display = ReservoirDisplay.from_estimator(esn, X)
    alphas, scores = display.gcv_line_.get_data()
    np.testing.assert_array_equal(alphas, esn.alphas)
    np.testing.assert_array_equal(scores, esn.gcv_scores_)
    assert alphas[np.argmin(scores)] == esn.alpha_
    assert display.alpha_point_.get_data() == (esn.alpha_, scores.min())


def test_gcv_path_is_in_order_of_strengths_however_they_were_given(narma):
    X, y = narma
    esn = ESNRegressor(30, return_sequences=True, alphas=[1.0, 1e-6, 1e-3])
    display = ReservoirDisplay.from_estimator(esn.fit(X, y), X)
    alphas, scores = display.gcv_line_.get_data()
    np.testing.assert_array_equal(alphas, [1e-6, 1e-3, 1.0])
    np.testing.assert_array_equal(scores, esn.gcv_scores_[[1, 2, 0]])


def test_a_reservoir_that_chose_its_settings_shows_the_chosen_ones(narma):
    X, y = narma
    esn = ESNRegressorCV(20, return_sequences=True, random_state=0).fit(X, y)
    display = ReservoirDisplay.from_estimator(esn, X)
    assert display.spectral_radius == esn.spectral_radius_
    largest = np.abs(display.eigenvalues[0]).max()
    np.testing.assert_allclose(largest, esn.spectral_radius_)


def test_states_are_what_the_readout_reads(narma):
    X, y = narma
    esn = ESNRegressor(20, return_sequences=True, direct_input=False, random_state=0)
    esn.fit(X, y)
    display = ReservoirDisplay.from_estimator(esn, X, n_units=20)
    states = np.stack([line.get_ydata() for line in display.state_lines_], axis=1)
    np.testing.assert_array_equal(states, display.states)
    y_pred = states @ esn.coef_ + esn.intercept_
    np.testing.assert_allclose(y_pred, esn.predict(X)[0])


def test_each_sequence_can_be_shown_from_its_first_step():
    X = [make_mackey_glass(n, random_state=n) for n in (60, 80, 70)]
    esn = ESNRegressor(15, random_state=0).fit(X, [0.0, 1.0, 2.0])
    for sample, length in [(0, 60), (2, 70), (-2, 80)]:
        display = ReservoirDisplay.from_estimator(esn, X, sample=sample)
        assert display.states.shape == (length, 15)
        alone = ReservoirDisplay.from_estimator(esn, [X[sample]])
        np.testing.assert_array_equal(display.states, alone.states)


def test_a_transformer_shows_its_states_and_no_readout():
    rows = make_mackey_glass(80, random_state=0)[:, np.newaxis]
    transformer = ReservoirTransformer(20, num_layers=2, random_state=0).fit(rows)
    display = ReservoirDisplay.from_estimator(transformer, rows, n_units=3)
    np.testing.assert_array_equal(display.states, transformer.transform(rows))
    units = [0, 20, 39]
    for line, unit in zip(display.state_lines_, units, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), display.states[:, unit])
    assert len(display.axes_) == len(display.eigenvalue_points_) == 2
    assert display.gcv_line_ is display.alpha_point_ is None


def test_rows_of_several_series_are_an_error(panel):
    transformer = ReservoirTransformer(5, random_state=0).fit(panel)
    pipe = make_pipeline(StandardScaler(), ReservoirTransformer(5)).fit(panel)
    for model in (transformer, pipe):
        with raises(
            ValueError,
            "X has rows of 2 series, which are not one line; it must be rows of one "
            "series.",
        ):
            ReservoirDisplay.from_estimator(model, panel)
    one = panel.loc[["a"]]
    display = ReservoirDisplay.from_estimator(transformer, one)
    np.testing.assert_array_equal(display.states, transformer.transform(one))


@pytest.mark.parametrize("sample", [1, -1, False, "all"])
def test_rows_of_a_transformer_are_one_sequence(sample):
    rows = np.random.default_rng(0).normal(size=(20, 1))
    transformer = ReservoirTransformer(5, random_state=0).fit(rows)
    with raises(
        ValueError,
        f"sample={sample!r} is not valid for a ReservoirTransformer, whose rows are "
        "one sequence; use 0.",
    ):
        ReservoirDisplay.from_estimator(transformer, rows, sample=sample)


def test_a_pipeline_shows_the_reservoir_in_it():
    rows = make_mackey_glass(80, random_state=0)[:, np.newaxis]
    pipe = make_pipeline(
        StandardScaler(), ReservoirTransformer(20, random_state=0), Ridge()
    ).fit(rows, rows[:, 0])
    display = ReservoirDisplay.from_estimator(pipe, rows)
    np.testing.assert_array_equal(display.states, pipe[:-1].transform(rows))


def test_reservoirs_are_drawn_in_the_axes_given(narma):
    X, y = narma
    esn = ESNRegressor(10, return_sequences=True).fit(X, y)
    figure, axes = plt.subplots(3, 1)
    display = ReservoirDisplay.from_estimator(esn, X, axes=axes)
    assert list(display.axes_) == list(axes)
    assert display.figure_ is figure
    with raises(
        ValueError,
        "axes holds 2 Axes; it must be 3 matplotlib Axes, or None for new ones.",
    ):
        display.plot(axes[:2])


def test_a_state_of_one_step_and_scores_without_one_are_drawn():
    display = ReservoirDisplay(
        [[0.1, 0.2]],
        [np.array([0.5])],
        0.5,
        alphas=[0.1, 1.0],
        gcv_scores=[np.inf, np.inf],
        alpha=1.0,
    ).plot()
    display.figure_.canvas.draw()
    assert [line.get_ydata().tolist() for line in display.state_lines_] == [
        [0.1],
        [0.2],
    ]


RESERVOIR = {"states": [[0.1, 0.2]], "eigenvalues": [[0.5]], "spectral_radius": 0.5}


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        (
            {"states": [0.1]},
            ValueError,
            "states has shape (1,); it must be an array of finite numbers of shape "
            "(n_steps, n_states).",
        ),
        (
            {"eigenvalues": np.array([0.5])},
            TypeError,
            "eigenvalues must be a list of one or more arrays of shape (n_units,), got "
            "ndarray.",
        ),
        (
            {"eigenvalues": [[np.nan]]},
            ValueError,
            "eigenvalues[0] holds nan at 0; it must be an array of finite numbers of "
            "shape (n_units,).",
        ),
        (
            {"spectral_radius": -1.0},
            ValueError,
            "spectral_radius=-1.0 must be a number from 0 to 1e100.",
        ),
        (
            {"names": ["a", "b"]},
            ValueError,
            "names=['a', 'b'] must be 1 strings, one for each of eigenvalues.",
        ),
        (
            {"alphas": [0.0, 1.0]},
            ValueError,
            "alphas=[0.0, 1.0] must be numbers above 0.",
        ),
        (
            {"alphas": [0.1, 1.0], "gcv_scores": [1.0]},
            ValueError,
            "gcv_scores=[1.0] must be 2 numbers, one for each of alphas.",
        ),
        (
            {"alphas": [0.1, 1.0], "gcv_scores": [1.0, 2.0], "alpha": 0.5},
            ValueError,
            "alpha=0.5 must be one of alphas=[0.1, 1.0].",
        ),
    ],
)
def test_bad_reservoirs_are_errors_that_name_them(given, error, sentence):
    with raises(error, sentence):
        ReservoirDisplay(**RESERVOIR | given).plot()


def test_number_of_units_is_checked():
    with raises(ValueError, "n_units must be an integer of at least 1, got 0."):
        ReservoirDisplay(**RESERVOIR).plot(n_units=0)


def test_bad_samples_are_errors(narma):
    X, y = narma
    esn = ESNRegressor(10, return_sequences=True).fit(X, y)
    with raises(
        ValueError, "sample=1 is not one of the 1 sequences of X; use -1 to 0."
    ):
        ReservoirDisplay.from_estimator(esn, X, sample=1)
    with raises(TypeError, "sample=0.0 must be an integer."):
        ReservoirDisplay.from_estimator(esn, X, sample=0.0)


def test_strengths_changed_after_fit_are_an_error(narma):
    X, y = narma
    esn = ESNRegressor(10, return_sequences=True).fit(X, y)
    esn.set_params(alphas=[0.1, 1.0])
    with raises(
        ValueError,
        "alphas=[0.1, 1.0] of estimator are not those that it was fitted with; fit it "
        "anew.",
    ):
        ReservoirDisplay.from_estimator(esn, X)


def test_what_has_no_reservoir_is_an_error():
    ridge = Ridge().fit([[1.0], [2.0]], [1.0, 2.0])
    with raises(
        TypeError,
        "estimator is a Ridge without a reservoir; it must be a fitted ESNRegressor, "
        "ESNRegressorCV or ReservoirTransformer, or a Pipeline that holds one.",
    ):
        ReservoirDisplay.from_estimator(ridge, [[1.0]])


def test_an_unfitted_reservoir_is_an_error():
    with pytest.raises(NotFittedError, match="ESNRegressor instance is not fitted yet"):
        ReservoirDisplay.from_estimator(ESNRegressor(), [[1.0]])
