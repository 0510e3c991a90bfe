"""What is asked of packages that forecast, and how it is handed over: in a folder."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["Request", "answer", "read_answer"]

_REQUEST, _ANSWER = "request.npz", "forecasts.npy"


@dataclass(frozen=True)
class Request:
    """Series to fit one network to, and what it is to continue.

    Parameters
    ----------
    train : list of ndarray of shape (n_rows,)
        The series, which differ in length.
    windows : ndarray of shape (n_windows, window_length) or None
        The rows known at each origin; None: the ends of `train`.
    window_length : int
        How many rows the network reads before it forecasts.
    horizon : int
        How many rows are forecast.
    seed : int
        What to draw from.
    """

    train: list[np.ndarray]
    windows: np.ndarray | None
    window_length: int
    horizon: int
    seed: int

    def write(self, folder):
        """Leave it in a folder."""
        arrays = {} if self.windows is None else {"windows": self.windows}
        np.savez(
            Path(folder, _REQUEST),
            rows=np.concatenate(self.train),
            ends=np.cumsum([len(series) for series in self.train]),
            numbers=[self.window_length, self.horizon, self.seed],
            **arrays,
        )

    @classmethod
    def read(cls, folder):
        """Return the one that lies in a folder."""
        with np.load(Path(folder, _REQUEST)) as arrays:
            train = np.split(arrays["rows"], arrays["ends"][:-1])
            windows = arrays.get("windows")
            return cls(train, windows, *map(int, arrays["numbers"]))


def answer(forecast):
    """Answer the request in the folder that the command line names.

    Parameters
    ----------
    forecast : callable
        Of a `Request`: the forecasts, (n_windows, horizon); where it has no windows,
        (n_series, horizon).
    """
    folder = sys.argv[1]
    np.save(Path(folder, _ANSWER), forecast(Request.read(folder)))


def read_answer(folder):
    """Return the forecasts that were left in a folder."""
    return np.load(Path(folder, _ANSWER))
