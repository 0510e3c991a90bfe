"""The names of scikit-learn's perceptron beside those of this package."""

from _pairs import draw_pairs

SIZE = (5.0, 1.7)
PAIRS = (
    ("MLPRegressor", "GRURegressor"),
    ("columns of lags", "SlidingWindow-\nTransformer"),
    ("alpha", "weight_decay"),
)


def draw(figure, color):
    """Draw the pairs."""
    draw_pairs(figure, color, PAIRS)
