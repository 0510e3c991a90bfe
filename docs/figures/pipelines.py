"""The errors of a grid search over cells and window lengths."""

import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SlidingWindowTransformer,
)

LENGTHS = (1, 2, 4)
henon = np.zeros(301)  # chaotic: quadratic in the last two values
for t in range(2, 301):
    henon[t] = 1 - 1.4 * henon[t - 1] ** 2 + 0.3 * henon[t - 2]
X, y = henon[:-1, np.newaxis], henon[1:]
cells = [
    Cell(hidden_size=8, max_epochs=20, random_state=0)
    for Cell in (RNNRegressor, LSTMRegressor, GRURegressor)
]
search = GridSearchCV(
    Pipeline([("windows", SlidingWindowTransformer()), ("cell", cells[0])]),
    {"windows__window_length": LENGTHS, "cell": cells},
    cv=TimeSeriesSplit(2),
    scoring="neg_root_mean_squared_error",
).fit(X, y)
results = pd.DataFrame(search.cv_results_)
errors = pd.DataFrame(
    {
        "cell": [type(cell).__name__ for cell in results["param_cell"]],
        "length": results["param_windows__window_length"],
        "error": -results["mean_test_score"],
    }
).pivot(index="cell", columns="length", values="error")


def draw(figure, color):
    """Draw a line for each cell."""
    axis = figure.subplots()
    places = np.arange(len(LENGTHS))
    styles = ((color.grey, "s-"), (color.blue, "o-"), (color.orange, "D-"))
    for (shade, style), cell in zip(styles, cells, strict=True):
        name = type(cell).__name__
        axis.plot(places, errors.loc[name], style, color=shade, label=name, lw=2, ms=7)
    axis.axhline(y.std(), color=color.ink, ls=":", label="the mean as prediction")
    axis.set_xticks(places, LENGTHS)
    axis.set(xlabel="window length", ylim=(0, None))
    axis.set_title("RMSE on test folds of the Hénon map")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
