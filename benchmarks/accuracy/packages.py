"""Forecasters of other packages, as entrants; see `accuracy`."""

import subprocess
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks._environments import REQUIREMENTS, ensure_environment, run_module

from .entrants import Entrant
from .peers._request import Request, read_answer

__all__ = ["PEERS", "install"]

_N_HORIZONS = 3  # in a window; neuralforecast's default

# Models of statsforecast by the names of their entrants
_STATISTICAL = ("AutoARIMA", "AutoETS-sf", "DOTheta")


class Peer:
    """A contender of another package; each fit runs in a fresh interpreter.

    Parameters
    ----------
    package : str
        Name of the package.
    window_length : int or "auto"
        Number of rows that the network reads; "auto": a multiple of the horizon.
    seed : int
        Seed of the network.
    season : int, default=1
        Steps of a season, for models that need it.
    model : str, default=""
        Name of the model in a package with several.
    """

    def __init__(self, package, window_length, seed, season=1, model=""):
        self.package = package
        self.window_length = window_length
        self.seed = seed
        self.season = season
        self.model = model

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
        """Return forecasts, (n_windows or n_series, horizon)."""
        length = self.window_length
        if length == "auto":
            # A short series keeps some windows to train on.
            n_rows = min(len(series) for series in train)
            length = min(_N_HORIZONS * horizon, 2 * (n_rows - horizon) // 3)
        python = ensure_environment(self.package, REQUIREMENTS[self.package])
        module = f"{__package__}.peers.{self.package}"
        with TemporaryDirectory() as folder:
            numbers = length, horizon, self.seed, self.season
            Request(train, windows, *numbers, self.model).write(folder)
            done = run_module(python, module, folder, OMP_NUM_THREADS="1")
            if done.returncode:
                why = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
                raise RuntimeError(why[-1])
            return read_answer(folder)


def install(names):
    """Make the environments of peers, except for existing ones.

    Parameters
    ----------
    names : iterable of str
        Names in `PEERS`.

    Returns
    -------
    failures : dict of str to str
        Reasons of failed installations, by name.
    """
    failures = {}
    for name in names:
        package = _PACKAGES.get(name, name)
        try:
            ensure_environment(package, REQUIREMENTS[package])
        except (OSError, subprocess.CalledProcessError) as error:
            failures[name] = f"{type(error).__name__}: {error}"
    return failures


def _of(package):
    return lambda task, seed: Peer(package, task.window_length, seed)


def _told_season(package, model=""):
    return lambda task, seed: Peer(package, "auto", seed, task.season or 1, model)


PEERS = {
    "neuralforecast": Entrant(
        _of("neuralforecast"), has_seeds=True, needs_few_columns=True
    ),
    "darts": Entrant(_of("darts"), has_seeds=True, only_single=True),
    **{
        model: Entrant(_told_season("statsforecast", model), only_short=True)
        for model in _STATISTICAL
    },
    "LightGBM": Entrant(_told_season("mlforecast"), only_short=True),
}

# Where the package has another name
_PACKAGES = dict.fromkeys(_STATISTICAL, "statsforecast") | {"LightGBM": "mlforecast"}
