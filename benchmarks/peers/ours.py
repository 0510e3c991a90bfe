"""One optimiser step of our LSTM."""

from .._task import make_estimator, make_task
from ._per_step import print_time_per_step


def main():
    X, y = make_task()
    print_time_per_step(lambda n_epochs: make_estimator(n_epochs).fit(X, y))


if __name__ == "__main__":
    main()
