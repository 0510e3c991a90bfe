"""Folds in time: the training rows, the test rows, and the history between them."""

import numpy as np
from sklearn.model_selection import TimeSeriesSplit

N_ROWS, N_FOLDS, WINDOW = 120, 4, 10
folds = list(TimeSeriesSplit(N_FOLDS).split(np.zeros((N_ROWS, 1))))


def draw(figure, color):
    """Draw a line for each fold."""
    axis = figure.subplots()
    for k, (train, test) in enumerate(folds):
        parts = (
            (train, color.blue, "training rows", 0.45),
            (train[-(WINDOW - 1) :], color.ink, "kept as history", 0.14),
            (test, color.orange, "test rows", 0.45),
        )
        for rows, shade, label, height in parts:
            axis.barh(
                k, len(rows), left=rows[0], height=height, color=shade,
                label=label if k == 0 else None,
            )  # fmt: skip
    axis.set(xlabel="row, in time order", xlim=(0, N_ROWS), ylim=(N_FOLDS - 0.4, -1.2))
    axis.set_yticks(range(N_FOLDS), [f"fold {k + 1}" for k in range(N_FOLDS)])
    axis.legend(loc="upper left", ncols=3, borderaxespad=0)
