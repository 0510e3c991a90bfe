"""Sizes of fitted pipelines, pickled."""

import pickle

import numpy as np
from sklearn.pipeline import make_pipeline

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SlidingWindowTransformer,
)

CELLS = (RNNRegressor, GRURegressor, LSTMRegressor)
SIZES = (16, 32, 64, 128)
wave = np.sin(np.arange(100.0) / 3)[:, np.newaxis]
kilobytes = {Cell.__name__: [] for Cell in CELLS}
for Cell in CELLS:
    for size in SIZES:
        model = make_pipeline(
            SlidingWindowTransformer(20),
            Cell(hidden_size=size, max_epochs=1, random_state=0),
        ).fit(wave[:-1], wave[1:, 0])
        kilobytes[Cell.__name__].append(len(pickle.dumps(model)) / 1e3)


def draw(figure, color):
    """Draw a group of bars for each hidden size."""
    axis = figure.subplots()
    places = np.arange(len(SIZES))
    shades = (color.grey, color.blue, color.orange)
    for k, (shade, name) in enumerate(zip(shades, kilobytes, strict=True)):
        bars = axis.bar(
            places + 0.28 * (k - 1), kilobytes[name], 0.26, color=shade, label=name
        )
        axis.bar_label(bars, fmt="%.0f", padding=2, fontsize=10)
    axis.set_xticks(places, SIZES)
    axis.set(xlabel="hidden size", yticks=[])
    axis.spines["left"].set_visible(False)
    axis.set_title("Size of a fitted pipeline, pickled [kB]")
    axis.legend(loc="upper left")
