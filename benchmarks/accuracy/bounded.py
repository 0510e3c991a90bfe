"""How far forecasts go on series that bend, jump or grow; see `accuracy`.

Generated series bend, jump or stop, or grow, or are mostly 0; other series come with
sktime and statsmodels, some of them with a wrong last value. A forecaster is fitted
once to each series, and forecasts the rest. For each forecaster the table has

- the mean absolute error over the range of the training rows, in percent;
- the largest distance of forecasts beyond that range, in widths of the range; and in
  brackets the same of the 90 % intervals.

Beside our forecasters stand the last value and the last season. Neither forecasts nor
intervals may lie farther beyond the range than its width: the fastest growth among
these series reaches .63 of the width.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sktime.datasets import (
    load_airline,
    load_lynx,
    load_PBS_dataset,
    load_shampoo_sales,
)
from statsmodels.datasets import co2, copper, macrodata, nile, sunspots

from benchmarks._harness import table
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster

__all__ = ["CASES", "Case", "measure", "report"]

_FARTHEST = 1.0  # beyond the range, in widths of it


@dataclass(frozen=True)
class Case:
    """A series and its split.

    Parameters
    ----------
    make : callable
        Returns all rows, (n_rows,).
    horizon : int
        Number of rows at the end that are forecast.
    season : int, default=1
        Steps of a season, for the forecast by the last season.
    broken : float or None, default=None
        Value that replaces the last known row; None: it is kept.
    """

    make: Callable
    horizon: int
    season: int = 1
    broken: float | None = None

    def split(self):
        """Return the known rows and the rows to forecast."""
        y = np.array(self.make(), float)
        train, test = y[: -self.horizon], y[-self.horizon :]
        if self.broken is not None:
            train[-1] = self.broken
        return train, test


def _noise(n_rows, seed=0):
    return np.random.default_rng(seed).normal(size=n_rows)


def _count(mean, n_rows=160):
    return np.random.default_rng(1).poisson(mean, n_rows)


def _balance():
    """Pay off a loan in whole amounts, the interest added monthly."""
    owed, left = [], 10_000.0
    for _ in range(135):
        owed.append(left)
        left = max(0.0, round(left * 1.004 - 110))
    return owed


def _days(n_days=21):
    """Return the hourly power of the sun: 0 at night, clouds by day."""
    t, generator = np.arange(24 * n_days), np.random.default_rng(2)
    clear = np.maximum(0, np.sin((t - 6) / 12 * np.pi)) ** 1.3
    return np.round(1000 * clear * np.repeat(generator.beta(3, 1, n_days), 24))


def _orders():
    """Draw few orders, of whole amounts."""
    generator = np.random.default_rng(3)
    return np.where(generator.random(170) < 0.2, generator.poisson(8, 170) + 1, 0)


def _macro(name):
    return macrodata.load_pandas().data[name].to_numpy()


_T = np.arange(135)
_WAVE = np.sin(_T / 4)

CASES = {
    "tank that runs empty": Case(lambda: np.maximum(0, 120 - _T), 10),
    "balance paid off": Case(_balance, 10),
    "ramp to a cap": Case(lambda: np.minimum(115, _T), 10),
    "sine that goes flat": Case(lambda: np.where(_T < 115, 10 + 5 * _WAVE, 10), 10),
    "steps": Case(lambda: 20.0 * (_T // 30), 10),
    "level that shifts": Case(lambda: 50 + _noise(135) + 400 * (_T > 118), 10),
    "spike": Case(lambda: 50 + _noise(135) + 5000 * (_T == 120), 10),
    "drop": Case(lambda: 50 + _noise(135), 10, broken=0.01),
    "constant, then another": Case(lambda: np.where(_T < 123, 3.0, 4.0), 10),
    "line down through 0": Case(lambda: 100.0 - _T, 10),
    "line of negative values": Case(lambda: -5.0 - _T, 10),
    "growth by 5 % a row": Case(lambda: 1.05**_T, 10),
    "noisy growth": Case(lambda: np.exp(_T / 30 + 0.1 * _noise(135)), 10),
    "decay": Case(lambda: np.exp(-_T / 20), 10),
    "waves that grow": Case(
        lambda: np.exp(_T / 60) * (2 + np.sin(_T * np.pi / 6)), 12, 12
    ),
    "large and near 0": Case(lambda: np.exp(4 * _WAVE + 0.1 * _noise(135)), 10),
    "random walk": Case(lambda: 100 + _noise(135).cumsum(), 10),
    "white noise": Case(lambda: _noise(135), 10),
    "counts": Case(lambda: _count(0.4), 10),
    "few orders": Case(_orders, 10),
    "power of the sun": Case(_days, 24, 24),
    "of size 1e-12": Case(lambda: 1e-12 * (20 + 5 * _WAVE + _noise(135)), 10),
    "of size 1e12": Case(lambda: 1e12 * (20 + 5 * _WAVE + _noise(135)), 10),
    "seven rows": Case(lambda: [3.0, 8, 5, 6, 7, 4, 9, 6, 7], 2),
    "airline": Case(load_airline, 12, 12),
    "airline, last .001": Case(load_airline, 12, 12, broken=0.001),
    "airline, last 0": Case(load_airline, 12, 12, broken=0.0),
    "airline, last tenfold": Case(load_airline, 12, 12, broken=4050.0),
    "lynx": Case(load_lynx, 10, 10),
    "shampoo": Case(load_shampoo_sales, 6),
    "prescriptions": Case(load_PBS_dataset, 12, 12),
    "sunspots": Case(lambda: sunspots.load_pandas().data["SUNACTIVITY"], 11, 11),
    "Nile": Case(lambda: nile.load_pandas().data["volume"], 10),
    "CO2": Case(lambda: co2.load_pandas().data["co2"].dropna().iloc[-520:], 26, 52),
    "copper": Case(lambda: copper.load_pandas().data["COPPERPRICE"], 4),
    "real GDP": Case(lambda: _macro("realgdp"), 8),
    "inflation": Case(lambda: _macro("infl"), 8),
    "unemployment": Case(lambda: _macro("unemp"), 8),
}  # fmt: skip

FORECASTERS = {
    "Recurrent": lambda: RecurrentForecaster(random_state=0),
    "ESN": lambda: ESNForecaster(random_state=0),
}


def measure(forecaster, train, test):
    """Fit and forecast.

    Parameters
    ----------
    forecaster : forecaster
        The forecaster, not fitted.
    train, test : ndarray of shape (n_rows,) and (horizon,)
        The known rows and the rows to forecast.

    Returns
    -------
    error, beyond, interval_beyond : float
        Mean absolute error, and distances of forecasts and intervals beyond the range
        of the known rows, all in widths of that range.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        forecaster.fit(train, fh=np.arange(1, len(test) + 1))
        forecast = forecaster.predict().ravel()
        interval = forecaster.predict_interval(coverage=0.9).to_numpy()
    return (
        np.abs(forecast - test).mean() / np.ptp(train),
        _beyond(forecast, train),
        _beyond(interval, train),
    )


def _beyond(values, train):
    low, high = train.min(), train.max()
    return max(0.0, np.max(values - high), np.max(low - values)) / (high - low)


def report(cases=CASES, forecasters=FORECASTERS):
    """Measure all cases and print them.

    Returns
    -------
    n_missed : int
        Number of cases and forecasters whose forecasts or intervals lie too far beyond
        the range.
    """
    rows, errors, n_missed = [], {name: [] for name in ("last", *forecasters)}, 0
    for name, case in cases.items():
        train, test = case.split()
        width = np.ptp(train)
        last = np.abs(train[-1] - test).mean() / width
        season = train[-case.season :][np.arange(case.horizon) % case.season]
        errors["last"].append(100 * last)
        cells = [name, str(len(train)), str(case.horizon), _percent(last)]
        cells.append(_percent(np.abs(season - test).mean() / width))
        for of, make in forecasters.items():
            error, *beyond = measure(make(), train, test)
            errors[of].append(100 * error)
            n_missed += not max(beyond) <= _FARTHEST
            cells += [_percent(error), "{} ({})".format(*map(_short, beyond))]
        rows.append(tuple(cells))
    header = ["series", "rows", "ahead", "last", "season"]
    for of in forecasters:
        header += [of, "beyond"]
    print(f"\n{table(tuple(header), rows, '<' + '>' * (len(header) - 1))}\n")
    medians = (f"{of} {_short(np.median(all_of))}" for of, all_of in errors.items())
    print(f"Errors in percent of the range; medians: {', '.join(medians)}.")
    print(f"{n_missed} of {len(rows) * len(forecasters)} bounds missed.")
    return n_missed


def _percent(part):
    return _short(100 * part)


def _short(value):
    return f"{value:.2f}" if value < 1e4 else f"{value:.1e}"
