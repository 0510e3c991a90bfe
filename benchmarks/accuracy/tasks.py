"""Tasks of forecasting: data, splits and measures.

Fitting, scaling and choosing see nothing of a test part.

- ``airline``, ``lynx``, ``sunspots``, ``shampoo``: short series that come with sktime
  and statsmodels. A forecaster is fitted anew at each origin, on all rows before the
  origin. The measure is the mean absolute scaled error [1]_: the absolute error over
  the mean absolute change of the training rows, from one season or row to the next,
  averaged over horizons and origins.
- ``m4-hourly``: the 414 hourly series of the M4 competition [2]_, of 700 or 960 rows,
  as one panel. One fit forecasts the next 48 rows of each. The measure is OWA: the mean
  of sMAPE and MASE, each over that of the competition's Naive2.
- ``etth1-...``: two years of an electricity transformer, hourly [3]_: its oil
  temperature alone (``etth1-OT-...``), or all seven columns, 24 or 48 hours ahead, from
  windows of 96 rows; or all columns, 96 to 720 hours ahead, from windows of at most 720
  rows (``etth1-long-...``). The first 8640 rows are for training, the next 2880, on
  which others choose settings, are left out, and the next 2880 are for tests, from
  every origin whose horizon lies in them. The measure is the mean squared error of
  values standardised by the training rows.

A task scores a contender, which continues series. A contender has the methods

- ``continue_series(y, horizon)``, of a Series: an array of shape (horizon,);
- ``continue_panel(y, horizon)``, of a Series with levels series and time: an array of
  shape (n_series, horizon);
- ``continue_windows(y, n_train, ends, horizon)``, of a DataFrame with `n_train` rows
  for training at its start; `ends` are the numbers of known rows at each origin: an
  array of shape (n_ends, horizon, n_columns).

References
----------
.. [1] Hyndman, R. J., Koehler, A. B. (2006). Another look at measures of forecast
   accuracy. International Journal of Forecasting 22(4), 679-688.
.. [2] Makridakis, S., Spiliotis, E., Assimakopoulos, V. (2020). The M4 Competition:
   100,000 time series and 61 forecasting methods. International Journal of Forecasting
   36(1), 54-74.
.. [3] Zhou, H., Zhang, S., Peng, J., Zhang, S., Li, J., Xiong, H., Zhang, W. (2021).
   Informer: beyond efficient transformer for long sequence time-series forecasting.
   AAAI 35(12), 11106-11115.
.. [4] Makridakis, S., Andersen, A., Carbone, R., Fildes, R., Hibon, M., Lewandowski,
   R., Newton, J., Parzen, E., Winkler, R. (1982). The accuracy of extrapolation (time
   series) methods: results of a forecasting competition. Journal of Forecasting 1(2),
   111-153.
.. [5] Makridakis, S., Hibon, M. (2000). The M3-Competition: results, conclusions and
   implications. International Journal of Forecasting 16(4), 451-476.
.. [6] Athanasopoulos, G., Hyndman, R. J., Song, H., Wu, D. C. (2011). The tourism
   forecasting competition. International Journal of Forecasting 27(3), 822-844.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sktime.datasets import load_airline, load_lynx, load_shampoo_sales
from statsmodels.datasets import sunspots

__all__ = ["JOINT_BOUNDS", "RATIO", "RULES", "TASKS", "Bound", "JointBound"]


LEVELS = (0.8, 0.95)

# The ratio of an entrant's MASE to that of the better of the entrants `RULES`
RATIO = "MASE / best rule"
RULES = ("seasonal", "Theta")


@dataclass(frozen=True)
class Bound:
    """Bound and goal of a figure; lower figures are better.

    Parameters
    ----------
    must : float
        The largest figure allowed.
    goal : float or None, default=None
        The figure to reach eventually.
    """

    must: float
    goal: float | None = None


@dataclass(frozen=True)
class JointBound:
    """Bound on the geometric mean, or the sum, of a figure over several tasks.

    Parameters
    ----------
    measure : str
        The measure.
    tasks : tuple of str
        Names of the tasks.
    bound : Bound
        Bound on the mean or sum of our forecaster's figures.
    is_sum : bool, default=False
        Whether figures are added.
    """

    measure: str
    tasks: tuple[str, ...]
    bound: Bound
    is_sum: bool = False

    def join(self, figures):
        """Return the mean or sum of figures, (n_tasks, n_seeds), over the tasks."""
        if self.is_sum:
            return figures.sum(axis=0)
        return np.exp(np.log(figures).mean(axis=0))


@dataclass(frozen=True)
class ShortSeries:
    """A short series, forecast from several origins, with a fit at each.

    Parameters
    ----------
    read : callable
        Returns the series, a Series.
    origins : tuple of int
        Number of training rows at each origin.
    horizon : int
        Number of rows to forecast from each origin.
    scale_lag : int
        Number of steps between the training rows whose difference scales the error.
    season : int or None
        Steps of a season, for contenders that need it.
    bounds : dict of str to Bound
        Bounds on our forecaster's figures, by measure.
    """

    read: Callable[[], pd.Series]
    origins: tuple[int, ...]
    horizon: int
    scale_lag: int
    season: int | None
    bounds: dict[str, Bound]

    is_short, is_small, is_wide = True, True, False
    window_length = "auto"
    files = ()

    def load(self, folder):
        """Return the series, which comes with a package and not from `folder`."""
        return self.read().astype(float)

    def score(self, contender, y):
        """Return the contender's figures, by measure."""
        errors, covered = [], {level: [] for level in LEVELS}
        for origin in self.origins:
            train, test = y.iloc[:origin], y.iloc[origin : origin + self.horizon]
            forecast = contender.continue_series(train, self.horizon)
            errors.append(
                mase(forecast, test.to_numpy(), train.to_numpy(), self.scale_lag)
            )
            if hasattr(contender, "cover_series"):
                for level, parts in covered.items():
                    parts.append(contender.cover_series(test.to_numpy(), level))
        figures = {"MASE": float(np.mean(errors))}
        for level, parts in covered.items():
            if parts:
                figures[_coverage(level)] = abs(float(np.mean(parts)) - level)
        return figures


@dataclass(frozen=True)
class HourlyPanel:
    """The hourly series of the M4 competition, forecast by one fit to all of them."""

    bounds: dict[str, Bound]

    horizon = 48
    season = 24
    is_short = is_small = is_wide = False
    window_length = "auto"
    files = ("M4-Hourly-train.csv", "M4-Hourly-test.csv")
    # Figures of the competition's benchmark, Naive2
    naive2_smape, naive2_mase = 18.383, 2.395

    def load(self, folder):
        """Return the known rows and the rows to forecast.

        Returns
        -------
        train : Series
            All series, one below the other, with the levels series and time, which
            counts the rows of each series from 0.
        test : ndarray of shape (n_series, horizon)
            The rows to forecast.
        """
        # One series per row, its name first, empty cells after its end
        rows, test = (pd.read_csv(folder / name, index_col=0) for name in self.files)
        if not rows.index.equals(test.index):
            raise ValueError(f"{' and '.join(self.files)} differ in their series.")
        series = [row[~np.isnan(row)] for row in rows.to_numpy(float)]
        train = pd.concat(
            dict(enumerate(map(pd.Series, series))), names=["series", "time"]
        )
        return train.rename("y"), test.to_numpy(float)

    def score(self, contender, data):
        """Return the contender's figures, by measure."""
        train, test = data
        forecasts = contender.continue_panel(train, self.horizon)
        known = [series.to_numpy() for _, series in train.groupby(level="series")]
        triples = list(zip(forecasts, test, known, strict=True))
        percent = np.mean([smape(forecast, actual) for forecast, actual, _ in triples])
        scaled = np.mean([mase(*triple, self.season) for triple in triples])
        owa = np.mean([percent / self.naive2_smape, scaled / self.naive2_mase])
        figures = {
            "OWA": float(owa),
            "sMAPE, %": float(percent),
            "MASE": float(scaled),
        }
        return figures | _panel_coverage(contender, test)


@dataclass(frozen=True)
class ShortPanel:
    """Short series of a competition, forecast by one fit to all of them.

    Parameters
    ----------
    file : str
        Name of the file. A line has the name of a series, its season, and its known
        values and those to forecast, parted by ``|``; the first line is a comment.
    season : int
        Steps of a season; 1: no season. A file that differs is an error.
    horizon : int
        Number of rows to forecast. A file that differs is an error.
    bounds : dict of str to Bound
        Bounds on our forecaster's figures, by measure.
    """

    file: str
    season: int
    horizon: int
    bounds: dict[str, Bound]

    is_short, is_small, is_wide = True, False, False
    window_length = "auto"

    @property
    def files(self):
        """The files that are read."""
        return (self.file,)

    def load(self, folder):
        """Return the known rows and the rows to forecast, as `HourlyPanel.load`."""
        _, *lines = (folder / self.file).read_text().splitlines()
        known, tests = {}, []
        for number, line in enumerate(lines):
            name, season, values = line.split(",", 2)
            train, test = (
                np.array(part.split(","), float) for part in values.split("|")
            )
            if int(season) != self.season or len(test) != self.horizon:
                raise ValueError(
                    f"{self.file} has season {season} and {len(test)} rows to forecast "
                    f"at {name}, and not {self.season} and {self.horizon}."
                )
            if not (train[self.season :] != train[: -self.season]).any():
                raise ValueError(
                    f"{self.file} has no change of {name} that could scale errors."
                )
            known[number] = pd.Series(train)
            tests.append(test)
        train = pd.concat(known, names=["series", "time"]).rename("y")
        return train, np.array(tests)

    def score(self, contender, data):
        """Return the contender's figures, by measure."""
        train, test = data
        forecasts = contender.continue_panel(train, self.horizon)
        known = [series.to_numpy() for _, series in train.groupby(level="series")]
        errors = [
            mase(*triple, self.season)
            for triple in zip(forecasts, test, known, strict=True)
        ]
        return {"MASE": float(np.mean(errors))} | _panel_coverage(contender, test)


@dataclass(frozen=True)
class Windows:
    """A long series, forecast by one fit from every origin in its test part.

    Parameters
    ----------
    columns : tuple of str or None
        The columns to forecast; None: all.
    horizon : int
        Number of rows to forecast from each origin.
    bounds : dict of str to Bound
        Bounds on our forecaster's figures, by measure.
    window_length : int, default=96
        Number of rows that a forecaster reads.
    """

    columns: tuple[str, ...] | None
    horizon: int
    bounds: dict[str, Bound]
    window_length: int = 96

    season = 24
    is_short = is_small = False
    files = ("ETTh1.csv",)
    n_train, n_validation, n_test = 8640, 2880, 2880

    @property
    def is_wide(self):
        """Whether windows are so long that a general solver takes an hour."""
        return self.window_length > 96

    def load(self, folder):
        """Return all rows up to the end of the test part, standardised: a DataFrame."""
        y = pd.read_csv(folder / self.files[0], index_col=0, parse_dates=True)
        y = y.iloc[: self.n_train + self.n_validation + self.n_test].asfreq("h")
        if self.columns is not None:
            y = y[list(self.columns)]
        train = y.iloc[: self.n_train]
        return (y - train.mean()) / train.std(ddof=0)

    def score(self, contender, y):
        """Return the contender's figures, by measure."""
        # Number of known rows at each origin
        ends = np.arange(self.n_train + self.n_validation, len(y) - self.horizon + 1)
        # (n_ends, horizon, n_columns)
        test = y.to_numpy()[ends[:, np.newaxis] + np.arange(self.horizon)]
        forecasts = contender.continue_windows(y, self.n_train, ends, self.horizon)
        if forecasts.shape != test.shape:
            raise ValueError(f"forecasts are {forecasts.shape} and not {test.shape}.")
        figures = {"MSE": float(np.mean((forecasts - test) ** 2))}
        if hasattr(contender, "cover_windows"):
            covered = contender.cover_windows(
                y, self.n_train, int(ends[0]), self.horizon, LEVELS
            )
            for level, part in covered.items():
                figures[_coverage(level)] = abs(part - level)
        return figures


def _panel_coverage(contender, test):
    """Return the differences between coverage and level on a panel, by measure."""
    if not hasattr(contender, "cover_panel"):
        return {}
    return {
        _coverage(level): abs(contender.cover_panel(test, level) - level)
        for level in LEVELS
    }


def _coverage(level):
    """Return the name of the difference between coverage and level of intervals."""
    return f"off {level:.0%}"


def mase(forecast, actual, train, lag):
    """Mean absolute error over the training rows' mean absolute change over `lag`."""
    scale = np.abs(train[lag:] - train[:-lag]).mean()
    return np.abs(forecast - actual).mean() / scale


def smape(forecast, actual):
    """Symmetric mean absolute percentage error, from 0 to 200."""
    return np.mean(
        200 * np.abs(forecast - actual) / (np.abs(forecast) + np.abs(actual))
    )


def _read_sunspots():
    """Return the yearly numbers of sunspots from 1700."""
    table = sunspots.load_pandas().data
    years = pd.PeriodIndex(table["YEAR"].astype(int).astype(str), freq="Y")
    return pd.Series(table["SUNACTIVITY"].to_numpy(), years, name="sunspots")


_OIL = ("OT",)  # codespell:ignore

_COVERAGE = {_coverage(level): Bound(0.025, 0.01) for level in LEVELS}

_SHORT = {
    "airline": ShortSeries(
        load_airline, (72, *range(84, 133, 12)), 12, 12, 12,
        {"MASE": Bound(0.596, 0.53)},
    ),
    "sunspots": ShortSeries(
        _read_sunspots, (213, *range(225, 298, 12)), 12, 1, 11,
        {"MASE": Bound(1.27, 1.20)},
    ),
    "lynx": ShortSeries(
        load_lynx, (54, *range(66, 103, 12)), 12, 1, 10,
        {"MASE": Bound(1.007, 0.95)} | _COVERAGE,
    ),
    "shampoo": ShortSeries(
        load_shampoo_sales, (18, 24, 30), 6, 1, None, {"MASE": Bound(0.971, 0.90)}
    ),
}  # fmt: skip


def _panel(name, season, horizon):
    bounds = {RATIO: Bound(1.08)} | _COVERAGE
    return ShortPanel(f"panels/{name}.csv", season, horizon, bounds)


_PANELS = {
    "panel-m1-yearly": _panel("M1-yearly", 1, 6),
    "panel-m1-quarterly": _panel("M1-quarterly", 4, 8),
    "panel-m1-monthly": _panel("M1-monthly", 12, 18),
    "panel-m3-other": _panel("M3-other", 1, 8),
    "panel-tourism-quarterly": _panel("Tourism-quarterly", 4, 8),
}

_MOST_SECONDS = Bound(120, 60)


def _long(horizon, must, goal):
    bounds = {"MSE": Bound(must, goal), "seconds": _MOST_SECONDS} | _COVERAGE
    return Windows(None, horizon, bounds, window_length=720)


_LONG = {
    "etth1-long-96": _long(96, 0.366, 0.360),
    "etth1-long-192": _long(192, 0.402, 0.395),
    "etth1-long-336": _long(336, 0.424, 0.415),
    "etth1-long-720": _long(720, 0.432, 0.425),
}

TASKS = {
    **_SHORT,
    "m4-hourly": HourlyPanel(
        {"OWA": Bound(0.46, 0.43), "seconds": _MOST_SECONDS} | _COVERAGE
    ),
    **_PANELS,
    "etth1-OT-24": Windows(_OIL, 24, {"MSE": Bound(0.028, 0.0260)} | _COVERAGE),
    "etth1-OT-48": Windows(_OIL, 48, {"MSE": Bound(0.041, 0.0385)} | _COVERAGE),
    "etth1-multi-24": Windows(None, 24, {"MSE": Bound(0.31, 0.295)} | _COVERAGE),
    "etth1-multi-48": Windows(None, 48, {"MSE": Bound(0.35, 0.335)} | _COVERAGE),
    **_LONG,
}

# Of the short series: the geometric mean before scales were judged on blocks.
JOINT_BOUNDS = {
    "short series": JointBound("MASE", tuple(_SHORT), Bound(0.913)),
    "panel, all": JointBound(RATIO, tuple(_PANELS), Bound(1.0, 0.93)),
    "etth1-long, all": JointBound("seconds", tuple(_LONG), _MOST_SECONDS, is_sum=True),
}
