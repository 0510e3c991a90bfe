"""Small series: two come with the package, others are made to order."""

from ._aapl import load_aapl
from ._chaos import make_lorenz, make_mackey_glass
from ._laser import load_santafe_laser
from ._tasks import make_adding_problem, make_mso, make_narma

__all__ = [
    "load_aapl",
    "load_santafe_laser",
    "make_adding_problem",
    "make_lorenz",
    "make_mackey_glass",
    "make_mso",
    "make_narma",
]
