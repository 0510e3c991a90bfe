"""Other packages' recurrent networks in the comparison of forecasts; see `accuracy`."""

import subprocess
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks._environments import REQUIREMENTS, ensure_environment, run_module

from .entrants import Entrant
from .peers._request import Request, read_answer

__all__ = ["PEERS", "install"]

_N_HORIZONS = 3  # that a window is long: neuralforecast's default


class Peer:
    """A contender that is another package's network, each fit in a fresh interpreter.

    Parameters
    ----------
    package : str
        Its name.
    window_length : int or "auto"
        How many rows the network reads; "auto": as many as suit the horizon.
    seed : int
        What it draws from.
    """

    def __init__(self, package, window_length, seed):
        self.package = package
        self.window_length = window_length
        self.seed = seed

    def continue_series(self, y, horizon):
        """Fit to a series and continue it."""
        return self._ask([y.to_numpy()], None, horizon)[0]

    def continue_panel(self, y, horizon):
        """Fit to all series of a panel at once and continue each."""
        series = [one.to_numpy() for _, one in y.groupby(level="series")]
        return self._ask(series, None, horizon)

    def continue_windows(self, y, n_train, ends, horizon):
        """Fit to the training rows and continue the rows known at each origin.

        Each column is a series of its own, and one network continues all of them.
        """
        values = y.to_numpy()
        # (n_ends, window_length, n_columns)
        known = values[ends[:, np.newaxis] + np.arange(-self.window_length, 0)]
        # (n_ends * n_columns, window_length)
        windows = known.swapaxes(1, 2).reshape(-1, self.window_length)
        forecasts = self._ask(list(values[:n_train].T), windows, horizon)
        return forecasts.reshape(len(ends), -1, horizon).swapaxes(1, 2)

    def _ask(self, train, windows, horizon):
        """Return forecasts, (n_windows, horizon), or (n_series, horizon) without."""
        length = self.window_length
        if length == "auto":
            # Of a short series some windows are to be left to train on.
            n_rows = min(len(series) for series in train)
            length = min(_N_HORIZONS * horizon, 2 * (n_rows - horizon) // 3)
        python = ensure_environment(self.package, REQUIREMENTS[self.package])
        module = f"{__package__}.peers.{self.package}"
        with TemporaryDirectory() as folder:
            Request(train, windows, length, horizon, self.seed).write(folder)
            done = run_module(python, module, folder, OMP_NUM_THREADS="1")
            if done.returncode:
                why = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
                raise RuntimeError(why[-1])
            return read_answer(folder)


def install(names):
    """Make the environments of peers; those already there are left as they are.

    Parameters
    ----------
    names : iterable of str
        Of `PEERS`.

    Returns
    -------
    failures : dict of str to str
        By name, why there is no environment.
    """
    failures = {}
    for name in names:
        try:
            ensure_environment(name, REQUIREMENTS[name])
        except (OSError, subprocess.CalledProcessError) as error:
            failures[name] = f"{type(error).__name__}: {error}"
    return failures


def _of(package):
    return lambda task, seed: Peer(package, task.window_length, seed)


PEERS = {
    "neuralforecast": Entrant(_of("neuralforecast"), has_seeds=True),
    "darts": Entrant(_of("darts"), has_seeds=True, only_short=True),
}
