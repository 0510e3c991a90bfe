"""The names of Keras beside those of this package."""

from _pairs import draw_pairs

SIZE = (5.0, 1.7)
PAIRS = (
    ("layers.LSTM(50)", "LSTMRegressor(50)"),
    ("windows in a loop", "SlidingWindow-\nTransformer(60)"),
    ("(x - mean) / std", "done in fit"),
)


def draw(figure, color):
    """Draw the pairs."""
    draw_pairs(figure, color, PAIRS)
