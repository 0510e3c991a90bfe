"""Windows over a series: each ends at its row."""

import numpy as np

from sklearn_rnn import SlidingWindowTransformer
from sklearn_rnn.datasets import make_mackey_glass

SIZE = (6.4, 3.4)
LENGTH, ENDS = 8, (11, 15, 19)
series = make_mackey_glass(140, random_state=3)[::5][:24]
windows = SlidingWindowTransformer(LENGTH).fit_transform(series[:, np.newaxis])


def draw(figure, color):
    """Draw the series, with a bar below it for each of three windows."""
    axis = figure.subplots()
    axis.plot(series, "o-", color=color.grey, lw=1, ms=4)
    low, step = series.min(), 0.17 * np.ptp(series)
    for k, end in enumerate(ENDS):
        steps = np.arange(end - LENGTH + 1, end + 1)
        level = low - (k + 1.4) * step
        axis.plot(steps, windows[end, :, 0], "o", color=color.blue, ms=6)
        axis.plot(steps, np.full(LENGTH, level), "s-", color=color.blue, ms=6, lw=2)
        axis.plot(end + 1, level, "D", color=color.orange, ms=7)
        axis.text(
            steps[0] - 0.6, level, f"window of row {end}", ha="right", va="center"
        )
        axis.plot(
            [end + 1] * 2, [level, series[end + 1]], ":", color=color.orange, lw=1
        )
    targets = [end + 1 for end in ENDS]
    axis.plot(targets, series[targets], "D", color=color.orange, ms=7)
    axis.text(targets[-1] + 0.7, level, "target", va="center", color=color.orange)
    axis.set(xlabel="row", yticks=[], xlim=(-1, 24))
    axis.spines["left"].set_visible(False)
    axis.set_title(f"Windows of {LENGTH} rows, and the value one row ahead of each")
