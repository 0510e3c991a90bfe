"""A reservoir, and the states of its units while a series drives it."""

import numpy as np

from sklearn_rnn import ReservoirTransformer
from sklearn_rnn.datasets import make_mackey_glass

N_UNITS, N_SHOWN = 24, 5
series = make_mackey_glass(300, random_state=0)[:, np.newaxis]
transformer = ReservoirTransformer(N_UNITS, connectivity=0.15, random_state=0)
states = transformer.fit_transform(series)[100:]
weights = transformer.reservoir_.layers[0][0]
n_links = weights.w.shape[1]
links = weights.links.reshape(N_UNITS, n_links)  # the units that feed each unit


def draw(figure, color):
    """Draw the connections at the left, the input and some states at the right."""
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.6])
    angles = 2 * np.pi * np.arange(N_UNITS) / N_UNITS
    units = np.column_stack([np.cos(angles), np.sin(angles)])
    for to in range(N_UNITS):
        for start, weight in zip(links[to], weights.w[to], strict=True):
            shade = color.orange if weight > 0 else color.blue
            left.plot(*units[[start, to]].T, color=shade, lw=0.8, alpha=0.7)
    left.plot(*units.T, "o", color=color.ink, ms=7)
    left.set(aspect="equal")
    left.set_axis_off()
    left.set_title(f"{N_UNITS} units, weights fixed")
    scaled = np.column_stack([series[100:, 0], states[:, :N_SHOWN]])
    scaled = (scaled - scaled.mean(axis=0)) / np.ptp(scaled, axis=0)
    for k, line in enumerate(scaled.T):
        shade = color.ink if k == 0 else color.orange
        right.plot(line - 1.15 * k, color=shade, lw=1.4)
    right.set(yticks=[], xlabel="step")
    right.spines["left"].set_visible(False)
    right.set_title(f"The input, and the states of {N_SHOWN} units")
