"""
Predicting Apple's next close
=============================

A common tutorial predicts tomorrow's closing price of Apple from the last 60 days. It
trains on the first 80 % of the years 2000-2013 and tests on the last 20 %. Written by
hand, it takes a window loop, a scaler and a training loop, and the test part can leak
into each of them. Here the task is a pipeline, and a grid search chooses the type of
cell. Two forecasts are the baselines: "tomorrow is like today", and a linear model on
the same windows.
"""

# %%
# The data: a row for each trading day, and the next close as its target
# ----------------------------------------------------------------------

# sphinx_gallery_thumbnail_path = 'figures/drawn/aapl-light.svg'
import sys

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.linear_model import RidgeCV
from sklearn.metrics import mean_absolute_error, root_mean_squared_error
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline, make_pipeline
from tqdm.auto import tqdm

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SlidingWindowTransformer,
)
from sklearn_rnn.datasets import load_aapl

close = load_aapl()[["Close"]]
next_close = close["Close"].shift(-1)

n_train = int(0.8 * len(close))
train = slice(0, n_train - 1)  # the close of the first test day is not a target here
test = slice(n_train - 1, -1)  # the last row has no next close yet
X_train, y_train = close[train], next_close[train]
X_test, y_test = close[test], next_close[test]

# %%
# Search over cell types, each a whole step of the pipeline
# ---------------------------------------------------------
# ``target_feature=0`` says that column 0 holds the target's own past: the network reads
# windows relative to their last price, and learns the change. The windows of a test
# fold reach back into its training fold, so every row of the test fold is predicted.
cells = [
    Cell(target_feature=0, random_state=0)
    for Cell in (RNNRegressor, LSTMRegressor, GRURegressor)
]
pipe = Pipeline([("windows", SlidingWindowTransformer(60)), ("cell", cells[0])])
folds = TimeSeriesSplit(3)

with tqdm(total=len(cells) * folds.get_n_splits(), desc="search", unit="fit") as bar:

    def score(model, X, y):
        """Score a fold, and let the bar know."""
        bar.set_postfix(cell=type(model["cell"]).__name__, refresh=False)
        bar.update()
        return -root_mean_squared_error(y, model.predict(X))

    search = GridSearchCV(pipe, {"cell": cells}, cv=folds, scoring=score)
    search.fit(X_train, y_train)

chosen = type(search.best_estimator_["cell"]).__name__

# %%
# Every cell on the test part, beside the baselines
# -------------------------------------------------
# Each fit judges on the last of its training rows whether a network gains on a ridge
# regression of the windows relative to their last price. None does, so the three cells
# are the same ridge: their errors are equal. The baseline is a ridge on plain prices.
predictions = {"naive (last close)": X_test["Close"].to_numpy()}
ridge = make_pipeline(
    SlidingWindowTransformer(60, flatten=True), RidgeCV(np.logspace(-3, 6, 19))
)
predictions["ridge on windows"] = ridge.fit(X_train, y_train).predict(X_test)
for cell in tqdm(cells, desc="training part", unit="fit"):
    model = pipe.set_params(cell=cell).fit(X_train, y_train)
    predictions[type(cell).__name__] = model.predict(X_test)
predictions[f"the search's choice ({chosen})"] = search.predict(X_test)

table = pd.DataFrame(
    {
        "RMSE [$]": {
            name: root_mean_squared_error(y_test, y_pred)
            for name, y_pred in predictions.items()
        },
        "MAE [$]": {
            name: mean_absolute_error(y_test, y_pred)
            for name, y_pred in predictions.items()
        },
    }
)
print(f"\nOne day ahead, {len(y_test)} test days, window of 60 days\n")
print(table.round(3).to_string())

# %%
# Do the networks beat the naive forecast?
# ----------------------------------------
# A difference in RMSE means little by itself. Compare the mean gain in squared error a
# day with its standard error.
naive = predictions["naive (last close)"]
change = y_test.to_numpy() - naive
y_pred = search.predict(X_test)
gain = change**2 - (y_test.to_numpy() - y_pred) ** 2
standard_error = gain.std(ddof=1) / np.sqrt(len(gain))
percent = 100 * (
    1 - root_mean_squared_error(y_test, y_pred) / root_mean_squared_error(y_test, naive)
)
beats = gain.mean() > 2 * standard_error
print(
    f"\n{chosen} has an RMSE {abs(percent):.2f} % "
    f"{'below' if percent > 0 else 'above'} the naive forecast's; a day's gain in "
    f"squared error is {gain.mean():.2f} +- {standard_error:.2f} $^2."
)
if beats:
    print("The networks beat the naive forecast by more than chance explains.")
else:
    print(
        "The networks do not beat the naive forecast: the difference is within chance."
        "\nDaily closes are close to a random walk, and an honest model says so."
    )

# %%
# Does the prediction merely lag?
# -------------------------------
# The picture at the end of the tutorial looks good because a copy of yesterday looks
# good. The close-up shows the copy. The last panel compares the prediction for day t
# with the closes of the days around t. The prediction is nearest to the close of the
# day before: it lags, as the best forecast of a random walk must.
shifts = np.arange(-5, 6)
prices = close["Close"].to_numpy()
days = np.arange(n_train, len(close))
distance = []
for shift in shifts:
    there = days + shift < len(close)
    distance.append(root_mean_squared_error(prices[days[there] + shift], y_pred[there]))

INK, BLUE, ORANGE, GREY = "#22262b", "#2f6db3", "#e07b27", "#9aa3ad"
plt.rcParams.update(
    {"axes.spines.top": False, "axes.spines.right": False, "font.size": 10}
)
figure = plt.figure(figsize=(11, 7.2), layout="constrained")
top, bottom = figure.subfigures(2, 1, height_ratios=[1.1, 1])
axis = top.subplots()
dates = close.index[days]
axis.plot(close.index[:n_train], prices[:n_train], color=GREY, lw=1, label="training")
axis.plot(dates, prices[days], color=INK, lw=1.3, label="test")
axis.plot(dates, y_pred, color=ORANGE, lw=0.9, label=f"{chosen}, one day ahead")
axis.axvline(dates[0], color=GREY, lw=0.8, ls=":")
axis.set(ylabel="close [$]", xlim=(close.index[0], close.index[-1]), ylim=(0, None))
axis.set_title(
    "Apple's daily close, 2000-2013 (2:1 splits in 2000 and 2005)", loc="left"
)
axis.legend(frameon=False, loc="upper left")

near, lag = bottom.subplots(1, 2, width_ratios=[1.6, 1])
last = slice(-45, None)
near.plot(dates[last], prices[days][last], color=INK, marker="o", ms=3.5, label="close")
near.plot(
    dates[last], y_pred[last], color=ORANGE, marker="o", ms=3.5, label="predicted"
)
near.plot(dates[last], naive[last], color=BLUE, lw=1, ls="--", label="day before")
near.set(ylabel="close [$]")
near.set_title("The last 45 days: a step behind", loc="left")
near.tick_params(axis="x", rotation=30)
near.legend(frameon=False)
colors = [ORANGE if d == min(distance) else GREY for d in distance]
lag.bar(shifts, distance, color=colors)
lag.set(xlabel="compared with the close of day t + k, k =", ylabel="RMSE [$]")
lag.set_xticks(shifts)
lag.set_title("Prediction for day t: nearest to which day?", loc="left")

nearest = shifts[int(np.argmin(distance))]
print(f"The prediction for day t is nearest to the close of day t{nearest:+d}.")

# %%
# Run as a script, this file saves its figure.
if "sphinx_gallery" not in sys.modules:
    figure.savefig("aapl_close.png", dpi=130)
    print("Figure written to aapl_close.png")
