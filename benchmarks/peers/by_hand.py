"""One optimiser step of torch.nn.LSTM in a hand-written loop."""

from .._task import Network, make_task, train_by_hand
from ._per_step import print_time_per_step


def main():
    X, y = make_task()
    print_time_per_step(lambda n_epochs: train_by_hand(Network(), X, y, n_epochs))


if __name__ == "__main__":
    main()
