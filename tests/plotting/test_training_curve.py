import numpy as np
import pytest
from displays import SMALL, raises
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from sklearn_rnn import (
    ESNRegressor,
    GRURegressor,
    RNNRegressor,
    SlidingWindowTransformer,
    make_windows,
)
from sklearn_rnn.plotting import TrainingCurveDisplay


def henon(n, noise=0.1):
    series = np.zeros(n)
    for t in range(2, n):
        series[t] = 1 - 1.4 * series[t - 1] ** 2 + 0.3 * series[t - 2]
    return series + noise * np.random.default_rng(0).normal(size=n)


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
    frame = regressor._linear_part
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
