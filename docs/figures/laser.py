"""The Santa Fe laser: predictions of a GRU, and its errors by number of steps."""

import numpy as np

from sklearn_rnn import GRURegressor, make_windows
from sklearn_rnn.datasets import load_santafe_laser

N_BEFORE, N_AFTER = 50, 40  # rows shown around the highest pulsation
X, y = make_windows(load_santafe_laser()[:6000], window_length=30)
n = 2970  # training windows: their targets are rows 30 to 2999
gru = GRURegressor(random_state=0).fit(X[:n], y[:n])
ridge = GRURegressor(max_epochs=0, linear_skip="ridge").fit(X[:n], y[:n])
report = gru.fit_report_
peak = n + int(np.argmax(y[n:]))
shown = slice(peak - N_BEFORE, peak + N_AFTER)
truth = y[shown]
predicted = {model: model.predict(X[shown]) for model in (ridge, gru)}


def draw(figure, color):
    """Draw a stretch of test rows, and the errors of the fit's report."""
    left, right = figure.subplots(1, 2, width_ratios=[1.45, 1])
    rows = np.arange(-N_BEFORE, N_AFTER)
    left.plot(rows, truth, color=color.ink, lw=2.6, label="measured")
    left.plot(rows, predicted[ridge], color=color.blue, lw=1.3, label="ridge")
    left.plot(rows, predicted[gru], "--", color=color.orange, lw=1.7, label="GRU")
    left.set(xlabel="row, from the highest pulsation", ylim=(None, 330))
    left.legend(loc="upper left", ncols=3, columnspacing=1, handlelength=1.4)
    left.set_title("Intensity of the laser, test rows")

    lines = report.to_frame()
    networks = lines.dropna()
    for name, shade, side in (
        ("network on ridge", color.blue, "left"),
        ("network", color.orange, "right"),
    ):
        points = networks[networks["model"] == name]
        steps, errors = points["n_steps"].astype(int), points["error"]
        right.plot(steps, errors, "o-", color=shade, lw=1.6, ms=4.5)
        right.annotate(
            name, (steps.iloc[-1], errors.iloc[-1]), (4, 9), ha=side,
            textcoords="offset points", color=shade, fontsize=11,
        )  # fmt: skip
    for _, level in lines[lines["n_steps"].isna()].iterrows():
        right.axhline(level["error"], color=color.grey, lw=1.2, ls="--")
        right.text(
            1, level["error"], level["model"], color=color.grey, fontsize=11,
            ha="right", va="bottom", transform=right.get_yaxis_transform(),
        )  # fmt: skip
    n_steps, error = report.chosen_n_steps, report.errors[report.chosen]
    right.plot(n_steps, error, "o", ms=11, mfc="none", mec=color.ink, mew=1.6)
    right.set(xscale="log", yscale="log", xlabel="optimiser steps")
    last = networks["n_steps"].max()
    ticks = [tick for tick in (75, 300, 1200, 4800, 19200) if tick <= last]
    right.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    right.set_xticks([], minor=True)
    right.set_yticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
    right.set_yticks([], minor=True)
    right.set_title("Error on held-out rows")
