"""The names of sktime's reduction beside those of this package."""

from _pairs import draw_pairs

SIZE = (5.0, 1.7)
PAIRS = (
    ("make_reduction", "RecurrentForecaster"),
    ("window_length=24", "chosen in fit"),
    ("LogTransformer", "chosen in fit"),
)


def draw(figure, color):
    """Draw the pairs."""
    draw_pairs(figure, color, PAIRS)
