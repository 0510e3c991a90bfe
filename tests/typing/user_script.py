"""A user's script with all public classes and functions, for type checkers."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sklearn_rnn import (
    ESNRegressor,
    ESNRegressorCV,
    GRURegressor,
    LSTMRegressor,
    ReservoirTransformer,
    RNNRegressor,
    SlidingWindowTransformer,
    datasets,
    make_windows,
    show_versions,
)
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster
from sklearn_rnn.plotting import (
    FitReportDisplay,
    ForecastDisplay,
    ReservoirDisplay,
    TrainingCurveDisplay,
    WindowImportanceDisplay,
)

Floats = NDArray[np.float64]


def predict_windows(series: Floats, window_length: int) -> dict[str, Floats]:
    """Predict the next value of a series with each recurrent network, and quantiles."""
    X, y = make_windows(series, window_length, horizon=1)
    networks: list[LSTMRegressor | GRURegressor | RNNRegressor] = [
        LSTMRegressor(hidden_size=4, pooling="mean", max_epochs=1, random_state=0),
        GRURegressor(hidden_size=4, linear_skip=None, max_epochs=1, random_state=0),
        RNNRegressor(hidden_size=4, nonlinearity="relu", max_epochs=1, random_state=0),
    ]
    predictions: dict[str, Floats] = {}
    for network in networks:
        predictions[type(network).__name__] = network.fit(X, y).predict(X)
        score: float = network.score(X, y)
        assert score <= 1
    spread = GRURegressor(loss="quantile", quantiles=[0.1, 0.9], max_epochs=1)
    predictions["quantiles"] = spread.fit(X, y).predict_quantiles(X)
    importance = WindowImportanceDisplay.from_estimator(
        networks[0], X, y, method="gradient", group_by="lag"
    )
    assert np.shape(importance.importances_mean) == (window_length,)
    curve = TrainingCurveDisplay.from_estimator(networks[0]).plot(x_axis="epoch")
    assert curve.ax_.get_xlabel() == "Epochs"
    judged = RNNRegressor(
        hidden_size=4,
        segment_length=2,
        linear_skip="auto",
        dropout="auto",
        max_epochs="auto",
        lr_schedule="auto",
        max_fit_time=20,
        random_state=0,
    ).fit(X[:60], y[:60])
    if judged.fit_report_ is not None:
        error: float = judged.fit_report_.to_frame()["error"].iloc[0]
        assert error > 0
        report = FitReportDisplay.from_estimator(judged).plot(line_kw={"lw": 2})
        assert report.ax_.get_ylabel() == "Root mean squared error [units of y]"
    return predictions


def follow(u: Floats, y: Floats) -> Floats:
    """Follow the output of a system with echo state networks."""
    X, Y = u[np.newaxis], y[np.newaxis]  # one sequence
    esn = ESNRegressor(30, washout=10, return_sequences=True, random_state=0).fit(X, Y)
    chosen = ESNRegressorCV(
        30, spectral_radii=(0.9,), leak_rates=(1.0,), return_sequences=True
    ).fit(X, Y)
    ReservoirDisplay.from_estimator(esn, X, sample=0).plot(n_units=3)
    states = ReservoirTransformer(10, random_state=0).fit_transform(u)
    assert len(states) == len(u)
    # One array, as the sequences are of equal length
    followed = np.stack([esn.predict(X), chosen.predict(X)]).mean(axis=0)
    return np.asarray(followed, dtype=np.float64)


def forecast(y: pd.Series, horizon: list[int]) -> pd.DataFrame:
    """Forecast a series, and draw one of the forecasts with its intervals."""
    esn = ESNForecaster(ESNRegressor(20), random_state=0).fit(y)
    ForecastDisplay.from_estimator(esn, y, fh=horizon, coverage=0.9, value_name="US$")
    network = GRURegressor(hidden_size=4, max_epochs=1, random_state=0)
    recurrent = RecurrentForecaster(network, window_length=5, max_fit_time=60.0)
    recurrent = recurrent.fit(y, fh=horizon)
    shown = ForecastDisplay.from_predictions(recurrent.predict(), y_history=y)
    assert shown.history_line_ is not None
    return pd.concat([esn.predict(fh=horizon), recurrent.predict()], axis=1)


def main() -> None:
    """Run all of it, on small series."""
    show_versions()
    series = [
        datasets.load_santafe_laser()[:100],
        datasets.make_mackey_glass(100, tau=17.0),
        datasets.make_lorenz(100, random_state=0)[:, 0],
        datasets.make_mso(100, n_sines=2),
    ]
    for one in series:
        assert len(predict_windows(one, window_length=5)) == 4
    numbers, total = datasets.make_adding_problem(20, n_steps=6, random_state=0)
    ESNRegressor(10).fit(numbers, total, sample_weight=np.ones(20))
    u, y = datasets.make_narma(200, order=10, random_state=0)
    assert follow(u, y).shape == (1, 200)
    close = datasets.load_aapl()["Close"].iloc[:60].reset_index(drop=True)
    windows = SlidingWindowTransformer(5).fit_transform(close.to_frame())
    assert windows.shape == (60, 5, 1)
    assert forecast(close, horizon=[1, 2, 3]).shape == (3, 2)


if __name__ == "__main__":
    main()
