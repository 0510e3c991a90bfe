"""The names of reservoirpy beside those of this package."""

from _pairs import draw_pairs

SIZE = (5.0, 1.7)
PAIRS = (
    ("Reservoir", "ESNRegressor"),
    ("Ridge", "its readout"),
    ("a loop of run", "free_run"),
)


def draw(figure, color):
    """Draw the pairs."""
    draw_pairs(figure, color, PAIRS)
