"""A request for forecasts, handed to another package in a folder."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["Request", "answer", "read_answer"]

_REQUEST, _ANSWER = "request.npz", "forecasts.npy"


@dataclass(frozen=True)
class Request:
    """Series to train on, and windows to continue.

    Parameters
    ----------
    train : list of ndarray of shape (n_rows,)
        The series, of any lengths.
    windows : ndarray of shape (n_windows, window_length) or None
        The rows known at each origin; None: the ends of `train` are continued.
    window_length : int
        Number of rows that a network reads for a forecast.
    horizon : int
        Number of rows to forecast.
    seed : int
        Seed of a network.
    season : int, default=1
        Steps of a season; 1: no season. Networks are not given it.
    model : str, default=""
        Name of the model in a package with several.
    """

    train: list[np.ndarray]
    windows: np.ndarray | None
    window_length: int
    horizon: int
    seed: int
    season: int = 1
    model: str = ""

    def write(self, folder):
        """Write the request to a folder."""
        arrays = {} if self.windows is None else {"windows": self.windows}
        np.savez(
            Path(folder, _REQUEST),
            rows=np.concatenate(self.train),
            ends=np.cumsum([len(series) for series in self.train]),
            numbers=[self.window_length, self.horizon, self.seed, self.season],
            model=self.model,
            **arrays,
        )

    @classmethod
    def read(cls, folder):
        """Read the request in a folder."""
        with np.load(Path(folder, _REQUEST)) as arrays:
            train = np.split(arrays["rows"], arrays["ends"][:-1])
            windows = arrays.get("windows")
            numbers = map(int, arrays["numbers"])
            return cls(train, windows, *numbers, str(arrays["model"]))


def answer(forecast):
    """Answer the request in the folder given on the command line.

    Parameters
    ----------
    forecast : callable
        Function of a `Request`; returns forecasts of shape (n_windows, horizon), or
        (n_series, horizon) without windows.
    """
    folder = sys.argv[1]
    np.save(Path(folder, _ANSWER), forecast(Request.read(folder)))


def read_answer(folder):
    """Read the forecasts in a folder."""
    return np.load(Path(folder, _ANSWER))
