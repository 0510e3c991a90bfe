"""The names of skorch beside those of this package."""

from _pairs import draw_pairs

SIZE = (5.0, 1.7)
PAIRS = (
    ("nn.Module", "GRURegressor"),
    ("NeuralNetRegressor", "net_"),
    ("callbacks", "callbacks"),
)


def draw(figure, color):
    """Draw the pairs."""
    draw_pairs(figure, color, PAIRS)
