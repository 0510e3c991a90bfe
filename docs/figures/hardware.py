"""Epochs of training with the compiled kernel, beside a loop over torch's modules."""

from pathlib import Path

import numpy as np
import pandas as pd

# As measured by `make bench`; the page of results shows the same file.
measured = pd.read_csv(Path(__file__).parents[1] / "tables/training.csv", index_col=0)
UNITS = {"ms": 1.0, "s": 1000.0}
milliseconds = measured[["ours", "torch's loop"]].map(
    lambda entry: float(entry.split()[0]) * UNITS[entry.split()[1]]
)


def draw(figure, color):
    """Draw two bars for each cell and size of a batch."""
    axis = figure.subplots()
    places = np.arange(len(milliseconds))
    shades = (color.orange, color.grey)
    for shift, name, shade in zip((-0.2, 0.2), milliseconds, shades, strict=True):
        axis.barh(places + shift, milliseconds[name], 0.36, color=shade, label=name)
    for place, ratio in zip(places, measured["ratio"], strict=True):
        axis.text(
            milliseconds["torch's loop"].iloc[place] + 20,
            place + 0.2,
            f"{1 / ratio:.1f} times",
            va="center",
            color=color.grey,
        )
    axis.set_yticks(places, milliseconds.index)
    axis.invert_yaxis()
    axis.set(xlabel="processor time of an epoch [ms]")
    axis.legend(loc="lower right")
