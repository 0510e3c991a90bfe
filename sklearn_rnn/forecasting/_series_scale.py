"""The units in which a forecaster sees each series: transformed, standardised."""

from dataclasses import dataclass

import numpy as np

__all__ = ["FAR_BETTER", "LOG", "NONE", "ROOT", "Scale", "check_range", "list_powers"]


_NO_SPREAD = 1e-10  # that of a constant, relative to it
# What part of the error may be left without logarithms or roots for values to be seen
# as they are: few rows held out tell little of how a series grows.
FAR_BETTER = 2 / 3

# As Box and Cox count: 0 stands for the logarithm, 1 for the values as they are.
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
        What values are raised to; 0: their logarithm is taken.
    mean, spread : ndarray of shape (n_columns,)
        What is taken off then, and what is divided by.
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
            What they are raised to; 0: their logarithm is taken.
        standardizes : bool, default=True
            Whether mean and spread are taken out.
        """
        values = _transform(values, power)
        if not standardizes:
            n_columns = values.shape[1]
            return cls(power, np.zeros(n_columns), np.ones(n_columns))
        mean, spread = values.mean(axis=0), values.std(axis=0)
        # A constant differs from its mean by rounding only. It stays one: whatever is
        # forecast in a spread so small is lost beside the mean.
        is_constant = spread <= 1e-12 * np.abs(mean)
        return cls(
            power,
            mean,
            np.where(is_constant, _NO_SPREAD * np.abs(mean) + 1e-300, spread),
        )

    @classmethod
    def stacked(cls, scales):
        """Put scales of the same power together: mean and spread (n, 1, n_columns)."""
        mean, spread = (
            np.array([getattr(one, name) for one in scales])[:, np.newaxis]
            for name in ("mean", "spread")
        )
        return cls(scales[0].power, mean, spread)

    def at(self, numbers):
        """Return those of scales that are put together that stand at `numbers`."""
        return Scale(self.power, self.mean[numbers], self.spread[numbers])

    @property
    def is_constant(self):
        """Whether a column had one value only, which tells nothing of its spread."""
        return bool((self.spread <= 2 * _NO_SPREAD * np.abs(self.mean) + 2e-300).any())

    def scale(self, values):
        """Return values (..., n_columns) in these units."""
        return (_transform(values, self.power) - self.mean) / self.spread

    def unscale(self, values):
        """Return values (..., n_columns) in the user's units."""
        values = values * self.spread + self.mean
        if self.power == NONE:
            return values
        if self.power == LOG:
            # Far beyond all that was seen an exponential would overflow.
            return np.exp(np.clip(values, -700, 700))
        return np.maximum(values, 0) ** (1 / self.power)

    def scale_limits(self, limits):
        """Return what values are to be kept within, in these units.

        A limit that has no logarithm, or no root, is that of what has one.
        """
        if self.power == LOG:
            limits = np.maximum(limits, np.finfo(float).tiny)
        elif self.power != NONE:
            limits = np.maximum(limits, 0.0)
        return self.scale(limits)


def _transform(values, power):
    if power == NONE:
        return values
    return np.log(values) if power == LOG else values**power


def list_powers(log, sqrt, known):
    """List what values may be raised to, of all series alike, the usual one first.

    Parameters
    ----------
    log, sqrt : bool or "auto"
        As the user wants it.
    known : collection of KnownSeries
        The training rows.

    Returns
    -------
    powers : list of float
        0: logarithms, with ``log="auto"`` where all values are positive. 0.5: square
        roots, with both ``"auto"`` where none is negative and some are 0. 1: neither,
        in any case unless the user asks for one of them.

    Raises
    ------
    ValueError
        If both are asked for, or one is and a value has none.
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
    """Raise where a row that comes later has no logarithm, or no square root."""
    if place := _find_outside(known, power):
        raise ValueError(
            f"training took {_WORDS[power]}, which need values {_RANGES[power]}, but "
            f"{place}; fit anew with {_NAMES[power]}=False."
        )


def _find_outside(known, power):
    """Return which series has which value out of range, and where, or None."""
    if power == NONE:
        return None
    for series in known:
        is_bad = series.values <= 0 if power == LOG else series.values < 0
        if is_bad.any():
            row, column = np.argwhere(is_bad)[0]
            value = series.values[row, column]
            return f"{series.name} is {value:g} at {series.times[row]}"
    return None
