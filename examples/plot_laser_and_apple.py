"""
The gain of a network: a chaotic laser, and Apple's close
=========================================================

Two series are predicted one step ahead, by the same models at their defaults. The Santa
Fe laser is a recording of a chaotic system: its next value is a nonlinear function of
its past, and a recurrent network learns most of it. Apple's daily close is close to a
random walk: no model is much better than the last close.

Each fit measures the gain of its network, on rows that training did not see:
``fit_report_`` holds the errors of the mean or the last value, of a ridge regression
and of the network after several numbers of steps, and the choice that follows.
"""

# %%
# Two series, each with a training part and a test part
# -----------------------------------------------------
# ``X`` has a row for each value, and ``y`` holds the value of the next row.

import sys
from time import perf_counter

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline
from tqdm.auto import tqdm

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SlidingWindowTransformer,
)
from sklearn_rnn.datasets import load_aapl, load_santafe_laser
from sklearn_rnn.plotting import FitReportDisplay


def split(series, n_train):
    """Return X and y of the training part, then X and y of the test part.

    The last target of the training part is the last of the first `n_train` values. The
    first target of the test part is the value after it.
    """
    X, y, n = series[:-1, np.newaxis], series[1:], n_train - 1
    return X[:n], y[:n], X[n:], y[n:]


laser = split(load_santafe_laser()[:6000], n_train=3000)
close = load_aapl()["Close"]
apple = split(close.to_numpy(), n_train=int(0.8 * len(close)))

# %%
# The same comparison for both
# ----------------------------
# Windows of the test part reach back into the training part, so that every row of the
# test part is predicted.


def compare(name, parts, models):
    """Fit each model, and predict the test part.

    Returns the predictions and seconds of each model by its name, the last value
    included as the forecast that needs no model.
    """
    X_train, y_train, X_test, _ = parts
    predictions, seconds = {"last value": X_test[:, 0]}, {"last value": 0.0}
    for label, model in tqdm(models.items(), desc=name, unit="fit"):
        start = perf_counter()
        predictions[label] = model.fit(X_train, y_train).predict(X_test)
        seconds[label] = perf_counter() - start
    return predictions, seconds


def tabulate(predictions, seconds, y_test):
    """Return errors and times, a row for each model."""
    error = pd.Series(
        {
            name: root_mean_squared_error(y_test, y_pred)
            for name, y_pred in predictions.items()
        }
    )
    columns = {
        "RMSE": error,
        "NRMSE": error / y_test.std(),
        "relative to last value": error / error["last value"],
    }
    return pd.DataFrame(columns).round(3).assign(seconds=pd.Series(seconds).round(1))


def network(cell, window_length, **parameters):
    """Return a recurrent network on windows."""
    windows = SlidingWindowTransformer(window_length)
    return make_pipeline(windows, cell(random_state=0, **parameters))


CELLS = (GRURegressor, LSTMRegressor, RNNRegressor)

# %%
# The laser: the networks are far ahead
# -------------------------------------
# The NRMSE is the RMSE divided by the standard deviation of the test targets.
# Gradient-boosted trees on the same windows are the nonlinear model that does not read
# them as sequences.
flat = SlidingWindowTransformer(30, flatten=True)
trees = HistGradientBoostingRegressor(random_state=0)
laser_models = {
    "ridge on windows": make_pipeline(flat, RidgeCV(np.logspace(-3, 6, 19))),
    "HistGradientBoostingRegressor": make_pipeline(flat, trees),
} | {cell.__name__: network(cell, 30) for cell in CELLS}
laser_predictions, seconds = compare("laser", laser, laser_models)
print("\nThe Santa Fe laser, one step ahead: rows 3000-5999, window of 30 rows\n")
print(tabulate(laser_predictions, seconds, laser[-1]).to_string())

# %%
# The GRU's report is made without the test part: its errors are those on the last rows
# of the training part, which training did not see.
laser_gru = laser_models["GRURegressor"][-1]
print("\nThe GRU's report of its fit\n")
print(laser_gru.fit_report_)

# %%
# Apple's close: nothing is ahead
# -------------------------------
# ``target_feature=0`` says that column 0 holds the target's own past: the networks read
# windows relative to their last price, and learn the change. With ``max_epochs=0`` the
# estimator is a ridge regression on the same windows, without a network.
# :doc:`/auto_examples/plot_aapl_close` has more of this series.
linear = {"max_epochs": 0}
apple_models = {
    "ridge on windows": network(GRURegressor, 60, target_feature=0, **linear)
} | {cell.__name__: network(cell, 60, target_feature=0) for cell in CELLS}
apple_predictions, seconds = compare("Apple", apple, apple_models)
print(f"\nApple's close [$], one day ahead: {len(apple[-1])} days, window of 60 days\n")
print(tabulate(apple_predictions, seconds, apple[-1]).drop(columns="NRMSE").to_string())

# %%
# The report shows as much: the network has little or nothing to add.
apple_gru = apple_models["GRURegressor"][-1]
print("\nThe GRU's report of its fit\n")
print(apple_gru.fit_report_)

# %%
# Both in one figure
# ------------------
# On the left are parts of the test rows: the laser around its highest pulsation, after
# which the intensity collapses, and the last 45 days of Apple's close. On the right is
# the error by the number of steps, on the rows that decided.
INK, BLUE, ORANGE = "#22262b", "#2f6db3", "#e07b27"
plt.rcParams.update(
    {"axes.spines.top": False, "axes.spines.right": False, "font.size": 10}
)


def draw_stretch(axis, rows, predictions, y_test):
    """Draw the targets of some rows, and the predictions of the ridge and the GRU."""
    axis.plot(rows, y_test[rows], color=INK, marker="o", ms=3, lw=1, label="measured")
    for model, color, line in (
        ("ridge on windows", BLUE, "--"),
        ("GRURegressor", ORANGE, "-"),
    ):
        y_pred = predictions[model][rows]
        axis.plot(rows, y_pred, color=color, ls=line, lw=1.4, label=model)
    axis.legend(frameon=False)


figure, axes = plt.subplots(
    2, 2, figsize=(11, 7.2), width_ratios=[1.6, 1], layout="constrained"
)
collapse = int(np.argmax(laser[-1]))
stretch = np.arange(collapse - 50, collapse + 40)
draw_stretch(axes[0, 0], stretch, laser_predictions, laser[-1])
axes[0, 0].set(xlabel="row of the test part", ylabel="intensity")
axes[0, 0].set_title("The laser's intensity collapses", loc="left")
stretch = np.arange(len(apple[-1]) - 45, len(apple[-1]))
draw_stretch(axes[1, 0], stretch, apple_predictions, apple[-1])
axes[1, 0].set(xlabel="day of the test part", ylabel="close [$]")
axes[1, 0].set_title("Apple's close: predictions are a day behind", loc="left")

FitReportDisplay.from_estimator(laser_gru, ax=axes[0, 1])
axes[0, 1].set_title("Laser: error by number of steps", loc="left")
FitReportDisplay.from_estimator(apple_gru, ax=axes[1, 1])
axes[1, 1].set_title("Apple: error by number of steps", loc="left")

# %%
# Run as a script, this file saves its figure.
if "sphinx_gallery" not in sys.modules:
    figure.savefig("laser_and_apple.png", dpi=130)
    print("\nFigure written to laser_and_apple.png")
