"""One optimiser step of our estimators."""

from .._task import make_estimator, make_task
from ._per_step import print_time_per_step


def train(cell, n_epochs):
    make_estimator(cell, n_epochs=n_epochs).fit(*make_task())


if __name__ == "__main__":
    print_time_per_step(train)
