"""Quantiles of a wave whose noise is larger at its top."""

import numpy as np

from sklearn_rnn import GRURegressor, make_windows

rng = np.random.default_rng(0)
wave = 5 * np.sin(np.arange(1500.0) / 5)
series = wave + rng.normal(size=1500) * (1 + (wave > 0))
X, y = make_windows(series, window_length=16)
gru = GRURegressor(
    hidden_size=8, loss="quantile", quantiles=[0.1, 0.5, 0.9], random_state=0
)
low, middle, high = gru.fit(X[:1000], y[:1000]).predict_quantiles(X[1000:]).T
truth = y[1000:]
inside = np.mean((low <= truth) & (truth <= high))


def draw(figure, color):
    """Draw a stretch of the rows held out."""
    axis = figure.subplots()
    shown = slice(0, 120)
    steps = np.arange(len(truth))[shown]
    label = "quantiles 0.1 to 0.9"
    axis.fill_between(
        steps, low[shown], high[shown], color=color.blue, alpha=0.3, lw=0, label=label
    )
    axis.plot(steps, middle[shown], color=color.blue, lw=2, label="median")
    axis.plot(steps, truth[shown], "o", color=color.ink, ms=3, label="truth")
    axis.set(xlabel="row held out", ylim=(None, 13))
    axis.set_title(f"{100 * inside:.0f} % of {len(truth)} rows lie inside; asked: 80 %")
    axis.legend(loc="upper left", ncols=3)
