"""One optimiser step of torch's own module in a hand-written loop."""

from .._task import Network, make_task, train_by_hand
from ._per_step import print_time_per_step


def train(cell, n_epochs):
    train_by_hand(Network(cell), *make_task(), n_epochs=n_epochs)


if __name__ == "__main__":
    print_time_per_step(train)
