"""The units in which a forecaster sees each series: transformed and standardised."""

from dataclasses import dataclass

import numpy as np

__all__ = [
    "FAR_BETTER",
    "LOG",
    "NONE",
    "ROOT",
    "Scale",
    "Units",
    "check_range",
    "list_powers",
    "transform",
    "transform_limits",
    "undo_transform",
]


_NO_SPREAD = 1e-10  # of a constant, relative to its value
# Values are not transformed if that leaves less than this part of the error: the few
# rows held out tell little of how a series grows.
FAR_BETTER = 2 / 3

# Powers as in the Box-Cox transform: 0 is the logarithm, 1 leaves values unchanged.
LOG, ROOT, NONE = 0.0, 0.5, 1.0
_NAMES = {LOG: "log", ROOT: "sqrt"}
_WORDS = {LOG: "logarithms", ROOT: "square roots"}
_RANGES = {LOG: "above 0", ROOT: "of 0 or more"}


@dataclass(frozen=True)
class Scale:
    """A power or the logarithm, then mean 0 and spread 1, column by column.

    Parameters
    ----------
    power : float
        The power that values are raised to; 0: their logarithm is taken.
    mean, spread : ndarray of shape (n_columns,)
        Subtracted from the transformed values, then divided by.
    """

    power: float
    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def fit(cls, values, power, *, standardizes=True):
        """Learn the scale of one series.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            In the user's units.
        power : float
            The power that values are raised to; 0: their logarithm is taken.
        standardizes : bool, default=True
            Whether to subtract the mean and divide by the spread.
        """
        values = transform(values, power)
        if not standardizes:
            n_columns = values.shape[1]
            return cls(power, np.zeros(n_columns), np.ones(n_columns))
        mean, spread = values.mean(axis=0), values.std(axis=0)
        # A constant differs from its mean by rounding only. With a spread this small
        # every forecast of it is the constant, to rounding.
        is_constant = spread <= 1e-12 * np.abs(mean)
        return cls(
            power,
            mean,
            np.where(is_constant, _NO_SPREAD * np.abs(mean) + 1e-300, spread),
        )

    @property
    def is_constant(self):
        """Whether a column had a single value, which does not tell its spread."""
        return bool((self.spread <= 2 * _NO_SPREAD * np.abs(self.mean) + 2e-300).any())

    def scale(self, values):
        """Return values (..., n_columns) in scaled units."""
        return (transform(values, self.power) - self.mean) / self.spread

    def unscale(self, values):
        """Return values (..., n_columns) in the user's units."""
        return undo_transform(values * self.spread + self.mean, self.power)

    def scale_limits(self, limits):
        """Return limits (..., n_columns), from the user's units, in scaled units."""
        return (transform_limits(limits, self.power) - self.mean) / self.spread


def transform(values, power):
    """Return a power of values, in the user's units, or their logarithms."""
    if power == NONE:
        return values
    return np.log(values) if power == LOG else values**power


def undo_transform(values, power):
    """Return transformed values in the user's units."""
    if power == NONE:
        return values
    if power == LOG:
        # An exponential far beyond the known rows would overflow.
        return np.exp(np.clip(values, -700, 700))
    return np.maximum(values, 0) ** (1 / power)


def transform_limits(limits, power):
    """Return limits, from the user's units, transformed.

    A limit outside the domain of the logarithm or root is moved to its edge.
    """
    if power == LOG:
        limits = np.maximum(limits, np.finfo(float).tiny)
    elif power != NONE:
        limits = np.maximum(limits, 0.0)
    return transform(limits, power)


@dataclass(frozen=True)
class Units:
    """Series in the user's units, one after another.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Rows of all series.
    covariates : ndarray of shape (n_rows, n_covariates)
        Their covariates.
    last : ndarray of shape (n_series,)
        Number of the row after the last row of each series.
    power : float
        The power that values are raised to, as in `Scale`.
    """

    values: np.ndarray
    covariates: np.ndarray
    last: np.ndarray
    power: float

    @classmethod
    def of(cls, known, power):
        """Put series together, in the order of `known`, a dict of KnownSeries."""
        values = [series.values for series in known.values()]
        covariates = [series.covariates for series in known.values()]
        last = np.cumsum([len(rows) for rows in values])
        return cls(np.concatenate(values), np.concatenate(covariates), last, power)

    def parts(self, keys, left):
        """Return the series of windows, their covariates, and numbers of known rows.

        Parameters
        ----------
        keys, left : ndarray of shape (n_samples,)
            As in `forecasts`; the windows of a series stand one after the other.

        Returns
        -------
        parts : list of tuple (values, covariates, ends)
            Series, (n_rows, n_columns), their covariates, (n_rows, n_covariates), and
            numbers of known rows at window ends.
        """
        firsts = np.r_[0, self.last[:-1]]
        begins = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
        return [
            (
                self.values[firsts[key] : self.last[key]],
                self.covariates[firsts[key] : self.last[key]],
                self.last[key] - firsts[key] - of_series,
            )
            for key, of_series in zip(
                keys[begins], np.split(left, begins[1:]), strict=True
            )
        ]

    def forecasts(self, missed, spreads, keys, left, horizons):
        """Return actual rows, and their forecasts, in the user's units.

        Parameters
        ----------
        missed : ndarray of shape (n_samples, n_horizons, n_columns)
            Row less forecast, in the units of the window.
        spreads : ndarray of shape (n_samples, n_columns)
            The units.
        keys, left : ndarray of shape (n_samples,)
            Number of the series, and number of its rows after the window's end.
        horizons : ndarray of shape (n_horizons,)
            Numbers of rows ahead.

        Returns
        -------
        actual, forecasts : ndarray of shape (n_samples, n_horizons, n_columns)
        """
        rows = (self.last[keys] - left)[:, np.newaxis] + horizons - 1
        actual = self.values[rows]
        moved = transform(actual, self.power) - missed * spreads[:, np.newaxis]
        return actual, undo_transform(moved, self.power)


def list_powers(log, sqrt, known):
    """List the powers that values may be raised to, the usual power first.

    Parameters
    ----------
    log, sqrt : bool or "auto"
        The user's parameters.
    known : collection of KnownSeries
        The training rows; all series share the power.

    Returns
    -------
    powers : list of float
        0, logarithms, comes first with ``log="auto"`` if all values are positive; 0.5,
        square roots, with both ``"auto"`` if no value is negative and some are 0. 1,
        neither, comes last, unless the user asks for one of them.

    Raises
    ------
    ValueError
        If the user asks for both, or for one that a value is out of range for.
    """
    takes_log, takes_root = (wish != "auto" and bool(wish) for wish in (log, sqrt))
    if takes_log and takes_root:
        raise ValueError("log=True and sqrt=True exclude each other; set one of them.")
    if takes_log or takes_root:
        power = LOG if takes_log else ROOT
        if place := _find_outside(known, power):
            name = _NAMES[power]
            raise ValueError(
                f"{name}=True needs values {_RANGES[power]}, but {place}; "
                f'use {name}=False or {name}="auto".'
            )
        return [power]
    if log == "auto":
        least = min(series.values.min() for series in known)
        if least > 0:
            return [LOG, NONE]
        if least == 0 and sqrt == "auto":
            return [ROOT, NONE]
    return [NONE]


def check_range(known, power):
    """Raise if a row that came after training has no logarithm or square root."""
    if place := _find_outside(known, power):
        raise ValueError(
            f"training took {_WORDS[power]}, which need values {_RANGES[power]}, but "
            f"{place}; fit anew with {_NAMES[power]}=False."
        )


def _find_outside(known, power):
    """Return words for the first value out of range and its place, or None."""
    if power == NONE:
        return None
    for series in known:
        is_bad = series.values <= 0 if power == LOG else series.values < 0
        if is_bad.any():
            row, column = np.argwhere(is_bad)[0]
            value = series.values[row, column]
            return f"{series.name} is {value:g} at {series.times[row]}"
    return None
