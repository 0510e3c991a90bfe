"""The units in which a forecaster sees each series: logarithms, standardised."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Scale", "check_positive", "choose_log"]


_NO_SPREAD = 1e-10  # that of a constant, relative to it


@dataclass(frozen=True)
class Scale:
    """Logarithm where asked for, then mean 0 and spread 1, column by column.

    Parameters
    ----------
    is_log : bool
        Whether the logarithm is taken first.
    mean, spread : ndarray of shape (n_columns,)
        What is taken off, and what is divided by.
    """

    is_log: bool
    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def fit(cls, values, is_log, *, standardizes=True):
        """Learn the scale of one series.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            In the user's units.
        is_log : bool
            Whether the logarithm is taken first.
        standardizes : bool, default=True
            Whether mean and spread are taken out.
        """
        if is_log:
            values = np.log(values)
        if not standardizes:
            n_columns = values.shape[1]
            return cls(is_log, np.zeros(n_columns), np.ones(n_columns))
        mean, spread = values.mean(axis=0), values.std(axis=0)
        # A constant differs from its mean by rounding only. It stays one: whatever is
        # forecast in a spread so small is lost beside the mean.
        is_constant = spread <= 1e-12 * np.abs(mean)
        return cls(
            is_log,
            mean,
            np.where(is_constant, _NO_SPREAD * np.abs(mean) + 1e-300, spread),
        )

    @property
    def is_constant(self):
        """Whether a column had one value only, which tells nothing of its spread."""
        return bool((self.spread <= 2 * _NO_SPREAD * np.abs(self.mean) + 2e-300).any())

    def scale(self, values):
        """Return values (..., n_columns) in these units."""
        if self.is_log:
            values = np.log(values)
        return (values - self.mean) / self.spread

    def unscale(self, values):
        """Return values (..., n_columns) in the user's units."""
        values = values * self.spread + self.mean
        if not self.is_log:
            return values
        # Far beyond all that was seen an exponential would overflow.
        return np.exp(np.clip(values, -700, 700))


def choose_log(log, known):
    """Decide whether logarithms are taken, of all series alike.

    Parameters
    ----------
    log : bool or "auto"
        As the user wants it.
    known : iterable of KnownSeries
        The training rows.

    Returns
    -------
    is_log : bool
        With ``"auto"`` whether all values are positive.

    Raises
    ------
    ValueError
        If logarithms are asked for and a value is not positive.
    """
    if log == "auto":
        return all((series.values > 0).all() for series in known)
    if log:
        check_positive(known)
    return bool(log)


def check_positive(known):
    """Raise where one of several series has no logarithm."""
    for series in known:
        is_bad = series.values <= 0
        if is_bad.any():
            row, column = np.argwhere(is_bad)[0]
            raise ValueError(
                f"log=True needs values above 0, but {series.name} is "
                f"{series.values[row, column]:g} at {series.times[row]}; use log=False "
                'or log="auto".'
            )
