"""
From the stock-price tutorial to a pipeline
===========================================

There is a tutorial that many of us have followed: take Apple's closing price, scale it
with ``MinMaxScaler``, cut windows of 60 days in a loop, train an LSTM, and plot its
predictions on the price. The two curves lie on each other, and it looks as if the
network knew tomorrow.

This page follows that tutorial, written by hand in torch. On the way there are five
traps. Each is measured here, on the same data:

1. the scaler sees the test rows,
2. test prices lie above everything that the network was trained on,
3. the prediction is yesterday's price,
4. the split is random,
5. the first rows of the test part are lost.

Then the same task takes five lines of this package, and at the end there is a table
of all of them beside the forecast that costs nothing.
"""

# %%
# The data
# --------
# One row a trading day, the price in dollars as it was paid on that day. (The stock was
# split 2:1 twice before the test part. The cliff of 2005 is one of them.) The first
# 80 % of the days are for training, the last 20 % for the test.
#
# All that is random here is drawn from the seeds below. A network is trained from each
# of ``SEEDS``, since one training alone says little. A small network on one thread of
# torch is enough, and the quickest.
import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot as plt
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from torch import nn

from sklearn_rnn import LSTMRegressor, SlidingWindowTransformer
from sklearn_rnn.datasets import load_aapl

WINDOW = 60  # days that a prediction sees
SEEDS = (0, 1, 2)  # of the networks written by hand: weights, order of the batches
SPLIT_SEED = 0  # of the random split
SEARCH_SEED = 0  # of the networks of this package

torch.set_num_threads(1)

close = load_aapl()[["Close"]]
dates = close.index
prices = close.to_numpy()  # (n_days, 1), in dollars
n_days = len(prices)
n_train = int(0.8 * n_days)
print(f"{n_days} trading days, the first {n_train} of them for training")
print(f"training: {prices[:n_train].min():.0f} to {prices[:n_train].max():.0f} dollars")
print(f"test:     {prices[n_train:].min():.0f} to {prices[n_train:].max():.0f} dollars")

# %%
# The tutorial, by hand
# ---------------------
# A loop that cuts windows, a network, and a loop that trains it. The prediction for a
# day sees the 60 days before it.


def cut_windows(rows, window_length):
    """Every stretch of window_length rows, and the row that follows it."""
    windows, targets = [], []
    for i in range(window_length, len(rows)):
        windows.append(rows[i - window_length : i])
        targets.append(rows[i])
    return np.array(windows, np.float32), np.array(targets, np.float32)


class Network(nn.Module):
    """An LSTM, and a linear layer on its last state."""

    def __init__(self, hidden_size):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden_size, batch_first=True)
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, windows):
        states, _ = self.lstm(windows)  # (n_windows, window_length, hidden_size)
        return self.linear(states[:, -1])  # (n_windows, 1)


def train(windows, targets, seed, n_epochs=10, hidden_size=32):
    """Train a network: Adam, batches of 64, a rate that falls to zero."""
    torch.manual_seed(seed)
    windows, targets = torch.from_numpy(windows), torch.from_numpy(targets)
    network = Network(hidden_size)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_epochs)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(windows)).split(64):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(network(windows[batch]), targets[batch])
            loss.backward()
            optimizer.step()
        schedule.step()
    return network


def predict(network, windows):
    """Return the network's outputs, (n_windows, 1)."""
    with torch.no_grad():
        return network(torch.from_numpy(windows)).numpy()


def follow_tutorial(prices, scaled_on, trained_on, seed):
    """Scale, cut windows, train; predict every day but the first WINDOW, in dollars.

    Of all days, those of `scaled_on` are shown to the scaler, and those of `trained_on`
    are targets in training.
    """
    scaler = MinMaxScaler().fit(prices[scaled_on])
    windows, targets = cut_windows(scaler.transform(prices), WINDOW)
    at = trained_on - WINDOW  # the first window is that of day WINDOW
    network = train(windows[at], targets[at], seed)
    return scaler.inverse_transform(predict(network, windows))[:, 0]


# %%
# The scaler is fitted on the whole series, as it often is. Then come the split, the
# training, and the picture of the first network.
all_days = np.arange(n_days)
train_days = np.arange(WINDOW, n_train)
test_days = np.arange(n_train, n_days)

predicted = {}  # name -> (n_seeds, n_days - WINDOW), in dollars
predicted["scaler fitted on all rows"] = np.array(
    [follow_tutorial(prices, all_days, train_days, seed) for seed in SEEDS]
)

# Colours that the colour-blind can tell apart (Okabe and Ito)
INK, GREY, BLUE, RED = "#222222", "#999999", "#0072b2", "#d55e00"
plt.rcParams.update(
    {
        "axes.spines.top": False,
        "axes.spines.right": False,
        "date.converter": "concise",
        "figure.constrained_layout.use": True,
        "font.size": 12,
        "legend.frameon": False,
    }
)


def on(days, name, which=0):
    """Return the predictions for days, of the network from SEEDS[which]."""
    return predicted[name][which, days - WINDOW]


figure, axis = plt.subplots(figsize=(6.4, 4))
axis.plot(dates[:n_train], prices[:n_train], color=GREY, lw=1, label="training")
axis.plot(dates[n_train:], prices[n_train:], color=INK, lw=1.5, label="test")
axis.plot(
    dates[test_days],
    on(test_days, "scaler fitted on all rows"),
    color=RED,
    lw=1.2,
    label="predicted",
)
axis.set(ylabel="close [$]", ylim=(0, None))
axis.set_title("The tutorial's picture: it looks right", loc="left")
_ = axis.legend(loc="upper left")

# %%
# The forecast to beat
# --------------------
# A picture is no measure. A forecast has to beat at least the forecast that needs no
# network: tomorrow's price is today's,
#
# .. math::
#
#    \hat{p}_t = p_{t-1}.
#
# It is called the *naive* forecast. From here on, each root mean squared error (RMSE)
# stands beside that of the naive forecast for the same days. The errors on the training
# days tell whether the network was trained at all: there it comes near.


def naive(days):
    """Return the close of the day before each of days."""
    return prices[days - 1, 0]


def compare(name, days):
    """Return the errors of all seeds on days, beside the naive forecast's."""
    actual = prices[days, 0]
    errors = [
        root_mean_squared_error(actual, on(days, name, which))
        for which in range(len(predicted[name]))
    ]
    naive_error = root_mean_squared_error(actual, naive(days))
    return {
        "RMSE [$]": np.mean(errors),
        "lowest": min(errors),
        "highest": max(errors),
        "naive [$]": naive_error,
        "RMSE / naive": np.mean(errors) / naive_error,
    }


def show(title, rows, decimals=2):
    """Print one line for each name: {column: value}."""
    print(f"\n{title}\n\n{pd.DataFrame(rows).T.round(decimals).to_string()}")


show(
    f"The tutorial: mean, lowest and highest of {len(SEEDS)} networks",
    {
        "training days": compare("scaler fitted on all rows", train_days),
        "test days": compare("scaler fitted on all rows", test_days),
    },
)

# %%
# On the test days the curve that looked right is well behind the naive forecast.
#
# Trap 1: the scaler sees the test rows
# -------------------------------------
# ``MinMaxScaler`` keeps the lowest and the highest price that it is shown. Fitted on
# all rows it keeps the highest price of the *test* part, and hands it on: the training
# rows are squeezed into the lower part of the range, and the free part above them tells
# how far the price is going to rise.
#
# A plain check for leakage is to change a late row and to look whether early ones
# change. Here the last price of all becomes twice the highest.
what_if = prices.copy()
what_if[-1] = 2 * prices.max()


def change_of_training_rows(scaled_on):
    """Return by how much the changed last price moves the scaled training rows."""
    before = MinMaxScaler().fit(prices[scaled_on]).transform(prices[:n_train])
    after = MinMaxScaler().fit(what_if[scaled_on]).transform(prices[:n_train])
    return np.abs(after - before).max()


predicted["scaler fitted on training rows"] = np.array(
    [follow_tutorial(prices, all_days[:n_train], train_days, seed) for seed in SEEDS]
)

scaled = {
    name: MinMaxScaler().fit(prices[rows]).transform(prices)[:, 0]
    for name, rows in {
        "scaler fitted on all rows": all_days,
        "scaler fitted on training rows": all_days[:n_train],
    }.items()
}
show(
    "Trap 1: the scaled prices",
    {
        name: {
            "highest, training": values[:n_train].max(),
            "highest, test": values[n_train:].max(),
            "moved by a later price": change_of_training_rows(rows),
        }
        for (name, values), rows in zip(
            scaled.items(), (all_days, all_days[:n_train]), strict=True
        )
    },
)
show("Trap 1: errors", {name: compare(name, test_days) for name in scaled})

figure, axes = plt.subplots(2, 1, figsize=(6.4, 6), sharex=True)
for axis, (name, values) in zip(axes, scaled.items(), strict=True):
    axis.axhspan(0, 1, color=BLUE, alpha=0.12, label="the scaler's range")
    axis.plot(dates[:n_train], values[:n_train], color=GREY, lw=1, label="training")
    axis.plot(dates[n_train:], values[n_train:], color=INK, lw=1.5, label="test")
    axis.set(ylabel="scaled close", ylim=(-0.1, 2.9))
    axis.set_title(name.capitalize(), loc="left")
_ = axes[0].legend(loc="upper left")

# %%
# The network, the windows and the days are the same, and only the scaler differs. With
# the correct scaler, the error is a multiple of the tutorial's. A part of the
# tutorial's score came from the test rows.
#
# Trap 2: the level drifts away
# -----------------------------
# Why is the honest network so poor? It was trained on prices up to a certain height,
# and nearly every price of the test part is higher. There its states saturate: the
# higher the price, the further it falls behind.
above = prices[test_days, 0] > prices[:n_train].max()
honest = "scaler fitted on training rows"
show(
    "Trap 2: errors by where the price is",
    {
        f"{days.size} test days {where} the training prices": compare(honest, days)
        for where, days in {
            "among": test_days[~above],
            "above": test_days[above],
        }.items()
        if days.size
    },
)

figure, axis = plt.subplots(figsize=(6.4, 4))
axis.plot(dates[test_days], prices[test_days], color=INK, lw=1.5, label="close")
for which in range(len(SEEDS)):
    axis.plot(
        dates[test_days],
        on(test_days, honest, which),
        color=RED,
        lw=1,
        alpha=0.8,
        label="predicted, a line a seed" if which == 0 else None,
    )
axis.axhline(prices[:n_train].max(), color=BLUE, ls="--", label="highest in training")
axis.set(ylabel="close [$]")
axis.set_title("Scaled honestly, it falls behind as the price rises", loc="left")
_ = axis.legend(loc="upper left")

# %%
# No scaler mends this, since none can know how high a price will go. Instead, let the
# network see *changes*: each window relative to its last price, and the change that
# follows as the target. The level is then carried over, and need not be learnt. By
# hand:


def follow_changes(prices, trained_on, seed):
    """Train on windows relative to their last price; predict as follow_tutorial."""
    windows, targets = cut_windows(prices, WINDOW)
    last = windows[:, -1]  # (n_windows, 1)
    at = trained_on - WINDOW
    scale = (targets - last)[at].std()
    windows, targets = (windows - last[:, None]) / scale, (targets - last) / scale
    network = train(windows[at], targets[at], seed)
    return (last + scale * predict(network, windows))[:, 0]


predicted["changes, by hand"] = np.array(
    [follow_changes(prices, train_days, seed) for seed in SEEDS]
)
show(
    "Trap 2: errors without the level",
    {name: compare(name, test_days) for name in (honest, "changes, by hand")},
)

# %%
# Now the error is near the error of the naive forecast. The next trap explains why.
#
# Trap 3: the prediction is yesterday's price
# -------------------------------------------
# Back to the picture that looked right. Compare the prediction for day t with the close
# of day t + k: for which k is the correlation highest? For prices, and more clearly for
# the changes from one day to the next, the best k is a day in the past. The curve
# follows the price; it does not foresee the price. A plot of years does not show a lag
# of a day.
#
# The last line of each table gives the worth of a forecast: the correlation of the
# change that it foretells, from the last known close, with the change that comes.
SHIFTS = range(-5, 6)


def correlation_by_shift(forecast, actual, shifts):
    """Correlate forecast[t] with actual[t + k], for each shift k."""
    forecast, actual = pd.Series(forecast), pd.Series(actual)
    return pd.Series({k: forecast.corr(actual.shift(-k)) for k in shifts})


def find_lag(name):
    """Return where the first network's forecast is most like the price."""
    forecast, actual = on(test_days, name), prices[test_days, 0]
    today = naive(test_days)
    levels = correlation_by_shift(forecast, actual, SHIFTS)
    changes = correlation_by_shift(np.diff(forecast), np.diff(actual), SHIFTS)
    foretold = np.corrcoef(forecast - today, actual - today)[0, 1]
    return {
        "prices: k of the highest correlation": levels.idxmax(),
        "prices: highest correlation": levels.max(),
        "prices: correlation at k = 0": levels[0],
        "changes: k of the highest correlation": changes.idxmax(),
        "changes: highest correlation": changes.max(),
        "changes: correlation at k = 0": changes[0],
        "change foretold with the change that came": foretold,
    }


tutorial = "scaler fitted on all rows"
for name in (tutorial, "changes, by hand"):
    print(f"\nTrap 3: {name}\n\n{pd.Series(find_lag(name)).round(3).to_string()}")

changes = correlation_by_shift(
    np.diff(on(test_days, tutorial)), np.diff(prices[test_days, 0]), SHIFTS
)
last = test_days[-30:]
figure, (near, bars) = plt.subplots(2, 1, figsize=(6.4, 7))
near.plot(dates[last], prices[last], color=INK, marker="o", ms=4, label="close")
near.plot(
    dates[last], on(last, tutorial), color=RED, marker="s", ms=4, label="predicted"
)
near.plot(dates[last], naive(last), color=BLUE, ls="--", label="naive: the day before")
near.set(ylabel="close [$]")
near.set_title("The tutorial's last 30 days, seen from near", loc="left")
near.legend()
bars.bar(
    changes.index,
    changes,
    color=[RED if k == changes.idxmax() else GREY for k in SHIFTS],
)
bars.axhline(0, color=INK, lw=0.8)
bars.set(xlabel="k: compared with the close of day t + k [days]", ylabel="correlation")
bars.set_xticks(SHIFTS)
_ = bars.set_title("Daily changes: predicted for day t, seen on t + k", loc="left")

# %%
# Trap 4: the split is random
# ---------------------------
# ``train_test_split`` shuffles, unless it is told not to. So do ``KFold(shuffle=True)``
# and many recipes for cross-validation. For rows in time order that is leakage by
# itself: most test days stand between two days of the training part, and their prices
# are among the inputs there. Tomorrow has no neighbours of this kind.
#
# Here is the honest network from above, on a split in time and on a random split. Its
# scaler sees the training rows only, both times.
shuffled_train, shuffled_test = train_test_split(
    np.arange(WINDOW, n_days), train_size=0.8, random_state=SPLIT_SEED
)
predicted["random split"] = np.array(
    [follow_tutorial(prices, shuffled_train, shuffled_train, s) for s in SEEDS]
)


def score(name, days):
    """Return R2 and errors on days."""
    actual = prices[days, 0]
    r2 = [r2_score(actual, on(days, name, which)) for which in range(len(SEEDS))]
    return {"R2": np.mean(r2), "naive R2": r2_score(actual, naive(days))} | compare(
        name, days
    )


def seen_in_training(days, trained_on):
    """Return how many of days are surrounded, and how many are inputs, in training."""
    inputs = np.unique(trained_on[:, None] - np.arange(1, WINDOW + 1))
    surrounded = np.isin(days - 1, trained_on) & np.isin(days + 1, trained_on)
    return {
        "between two training days [%]": 100 * surrounded.mean(),
        "among the inputs of training [%]": 100 * np.isin(days, inputs).mean(),
    }


show(
    "Trap 4: where the test days of each split lie",
    {
        "split in time": seen_in_training(test_days, train_days),
        "random split": seen_in_training(shuffled_test, shuffled_train),
    },
)
show(
    "Trap 4: scores on the test days of each split",
    {
        "split in time": score(honest, test_days),
        "random split": score("random split", shuffled_test),
    },
    decimals=3,
)

stretch = np.arange(n_days - 60, n_days)
figure, axis = plt.subplots(figsize=(6.4, 4))
axis.plot(dates[stretch], prices[stretch], color=GREY, lw=1)
for days, color, marker, label in (
    (np.intersect1d(stretch, shuffled_train), GREY, "o", "training"),
    (np.intersect1d(stretch, shuffled_test), RED, "D", "test"),
):
    axis.plot(dates[days], prices[days], marker, color=color, ms=6, label=label)
axis.set(ylabel="close [$]")
axis.set_title("A random split: test days between training days", loc="left")
_ = axis.legend()

# %%
# The network is no better, only the question is easier. (The naive forecast has a fine
# R2 on either: for a price that wanders far, R2 says next to nothing.) A score from a
# random split says how well gaps are filled. For rows in time order there is
# `TimeSeriesSplit
# <https://scikit-learn.org/stable/modules/cross_validation.html#time-series-split>`_:
# each test part comes after its training part.
#
# Trap 5: the first rows are lost
# -------------------------------
# The window loop predicts none of the first 60 rows that it is given. Run on the test
# rows alone, it skips the first 60 test days, and does not predict a test part shorter
# than the window at all. In cross-validation, every fold loses its first rows. (The
# tutorial above ran its loop over the whole series. This mends it, but a pipeline gets
# the test rows alone.)
#
# ``SlidingWindowTransformer`` keeps the last rows that ``fit`` saw. Where its input is
# dated, as it is here, the dates tell that the test rows go on from there, so its first
# windows hold the end of the training part. One window comes out for each row.
transformer = SlidingWindowTransformer(window_length=WINDOW)
rows = {}
for size in (21, 63, 252, n_days - n_train):
    before, after = close[:-size], close[-size:]
    rows[f"{size} test rows"] = {
        "windows of the loop": len(cut_windows(after.to_numpy(), WINDOW)[0]),
        "SlidingWindowTransformer": len(transformer.fit(before).transform(after)),
    }
show("Trap 5: how many of them are predicted", rows)

first = transformer.fit(close[:n_train]).transform(close[n_train:])[0, :, 0]
is_history = np.array_equal(first, prices[n_train - WINDOW + 1 : n_train + 1, 0])
print(
    f"\nThe first window of the test part holds the last {WINDOW - 1} training rows "
    f"and the first test row: {is_history}"
)

# %%
# The same in five lines
# ----------------------
# Row i of ``X`` holds the close of day i, and ``y`` the close of the day after. The
# split is in time, the pipeline cuts the windows and keeps the history, the regressor
# scales inside, from the training rows only, and ``target_feature=0`` says that column
# 0 holds the target's own past, so that windows are read relative to their last price.
X, y = close[:-1], close["Close"].shift(-1)[:-1]
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=n_train - 1, shuffle=False
)
model = make_pipeline(
    SlidingWindowTransformer(window_length=WINDOW),
    LSTMRegressor(target_feature=0, random_state=SEARCH_SEED),
)
y_pred = model.fit(X_train, y_train).predict(X_test)

print(f"\n{len(y_pred)} predictions for {len(test_days)} test days")
print(f"RMSE: {root_mean_squared_error(y_test, y_pred):.2f} dollars")

# %%
# It is an ordinary estimator, so sizes are searched with ``GridSearchCV``, on folds in
# time, within the training part. The test part is used once, at the end.
search = GridSearchCV(
    model,
    {"lstmregressor__hidden_size": [16, 32]},
    cv=TimeSeriesSplit(3),
    scoring="neg_root_mean_squared_error",
).fit(X_train, y_train)
y_search = search.predict(X_test)
print(search.best_params_, f"RMSE of the folds: {-search.best_score_:.2f} dollars")

# %%
# The check of trap 1 again: a later row is changed. Does an earlier prediction move?
changed = X_test.copy()
changed.iloc[-1] = 2 * prices.max()
moved = np.abs(search.predict(changed) - y_search)
print(f"The prediction from the changed row moves by {moved[-1]:.2f} dollars,")
print(f"those from the rows before it by at most {moved[:-1].max():.2f} dollars")

# %%
# Does it beat the naive forecast?
# --------------------------------
# The fair question is whether the difference is more than chance. For each test day,
# take the squared error of the naive forecast less that of the model. The mean of these
# gains should be more than two standard errors above zero.


def beside_naive(name, forecast):
    """Say whether a forecast of the test days beats the naive one."""
    actual = prices[test_days, 0]
    gain = (actual - naive(test_days)) ** 2 - (actual - forecast) ** 2
    standard_error = gain.std(ddof=1) / np.sqrt(len(gain))
    if gain.mean() > 2 * standard_error:
        verdict = "better than naive by more than chance"
    elif gain.mean() < -2 * standard_error:
        verdict = "worse than naive by more than chance"
    else:
        verdict = "within chance of naive"
    print(f"{name}: {gain.mean():.2f} +- {standard_error:.2f} $^2 a day, {verdict}")


ours = {"LSTMRegressor, five lines": y_pred, "LSTMRegressor, searched": y_search}
for name, forecast in ours.items():
    predicted[name] = np.full((1, n_days - WINDOW), np.nan)
    predicted[name][0, test_days - WINDOW] = forecast
print("\nGain over the naive forecast +- its standard error")
for name in (tutorial, honest, "changes, by hand", *ours):
    beside_naive(name, on(test_days, name))

# %%
# An honest model of a daily price ends up near the naive forecast, and so does ours: it
# does not beat it by more than chance. It lags by a day too, as it must. The best
# forecast of a random walk is its last value, and daily closes are close to a random
# walk. The gain is a score that can be believed, and five lines that serve as well for
# loads, sales or sensors, where there is more to learn.
#
# All of them, side by side
# -------------------------
# "lag" is the shift with the highest correlation of daily changes, "honest" whether the
# forecasts could have been made the day before. Where there are several networks, lag
# and pictures are of the first.
table = {
    name: compare(name, days) | {"lag [days]": lag, "honest": word}
    for name, days, lag, word in (
        (tutorial, test_days, find_lag(tutorial), "no"),
        ("random split", shuffled_test, None, "no"),
        (honest, test_days, find_lag(honest), "yes"),
        ("changes, by hand", test_days, find_lag("changes, by hand"), "yes"),
        *((name, test_days, find_lag(name), "yes") for name in ours),
    )
}
for row in table.values():
    lag = row["lag [days]"]
    row["lag [days]"] = lag["changes: k of the highest correlation"] if lag else "-"
print("\nAll of them\n")
print(pd.DataFrame(table).T.to_string(float_format="{:.2f}".format))

labels = {"yes": "honest", "no": "the score knows the test part"}
figure, axis = plt.subplots(figsize=(6.4, 5))
for place, row in enumerate(table.values()):
    ratio, naive_error = row["RMSE / naive"], row["naive [$]"]
    ends = np.array([row["lowest"], row["highest"]]) / naive_error
    axis.barh(
        place,
        ratio,
        color=BLUE if row["honest"] == "yes" else RED,
        label=labels.pop(row["honest"], None),
    )
    axis.plot(ends, [place, place], color=INK, lw=2)
    axis.text(max(ends) + 0.1, place, f"{ratio:.2f}", va="center")
axis.axvline(1, color=INK, ls="--", lw=1)
names = [name.replace(", ", ",\n").replace(" on ", "\non ") for name in table]
axis.set_yticks(range(len(table)), names)
axis.invert_yaxis()
axis.margins(x=0.15)
axis.set_xlabel("RMSE over the naive forecast's")
figure.suptitle("A bar: the mean. A line: lowest to highest seed", fontsize=12)
axis.legend(loc="lower right")

plt.show()
