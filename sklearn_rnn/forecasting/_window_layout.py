"""Windows and what follows them: the examples that a direct forecaster learns from."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Layout"]


@dataclass(frozen=True)
class Layout:
    """How a scaled series is cut into windows, and what forecasts are relative to.

    Parameters
    ----------
    window_length : int
        Number of rows in a window.
    horizons : ndarray of shape (n_horizons,)
        How many rows ahead is forecast, increasing, from 1.
    is_centered : bool
        Whether a window is read relative to its last row.
    base_lag : int
        Forecasts are relative to the latest known row that lies a multiple of so many
        rows before; 0: to the last row where windows are, else to 0.
    past, future : list of int
        Columns of the covariates that are read up to the window's end, and those that
        are also known at the horizons.
    """

    window_length: int
    horizons: np.ndarray
    is_centered: bool
    base_lag: int
    past: list
    future: list

    @property
    def reach(self):
        """How far ahead the last horizon lies."""
        return int(self.horizons[-1])

    @property
    def n_steps(self):
        """How many steps a window has, those at the horizons among them."""
        return self.window_length + (len(self.horizons) if self.future else 0)

    def ends(self, n_rows):
        """Return the ends of the training windows of a series of `n_rows` rows.

        Of a series too short for full windows, windows that begin before it are taken
        too, once two thirds of the rows that can be learnt from lie in them.

        Returns
        -------
        ends : ndarray of int
            Number of rows that are known at each window's end.
        """
        last = n_rows - self.reach
        full = max(self.window_length, self.base_lag)
        return np.arange(max(1, min(full, 2 * last // 3)), last + 1)

    def windows(self, z, covariates, ends):
        """Return the windows that end after `ends` rows, and what forecasts add to.

        Parameters
        ----------
        z : ndarray of shape (n_rows, n_columns)
            The scaled series.
        covariates : ndarray of shape (n_known, n_covariates)
            Scaled; reaches as far as the horizons where some are known ahead.
        ends : ndarray of shape (n_samples,)
            How many rows are known; rows before the first repeat it.

        Returns
        -------
        X : ndarray of shape (n_samples, n_steps, n_features)
            The series first, then its covariates. Where some are known ahead, a step
            for each horizon follows the window: it holds them, and in the place of the
            series what the forecast is relative to.
        bases : ndarray of shape (n_samples, n_horizons, n_columns)
            What the forecasts are relative to.
        """
        n_samples, n_horizons = len(ends), len(self.horizons)
        rows = ends[:, np.newaxis] + np.arange(-self.window_length, 0)
        rows = np.maximum(rows, 0)
        level = z[rows[:, -1:]] if self.is_centered else 0.0
        bases = np.broadcast_to(level, (n_samples, n_horizons, z.shape[1]))
        at = ends[:, np.newaxis] + self.horizons - 1
        if self.base_lag:
            seasons = -(-self.horizons // self.base_lag)
            bases = z[np.maximum(at - seasons * self.base_lag, 0)]
        X = z[rows] - level
        if not self.past and not self.future:
            return X, bases
        columns = self.past + self.future
        X = np.concatenate([X, covariates[rows][:, :, columns]], axis=2)
        if not self.future:
            return X, bases
        ahead = np.zeros((n_samples, n_horizons, X.shape[2]))
        ahead[:, :, : z.shape[1]] = bases - level
        ahead[:, :, z.shape[1] :][:, :, len(self.past) :] = covariates[at][
            :, :, self.future
        ]
        return np.concatenate([X, ahead], axis=1), bases

    def targets(self, z, ends, bases):
        """Return what follows windows, relative to `bases`.

        Returns
        -------
        y : ndarray of shape (n_samples, n_horizons * n_columns)
            Horizon by horizon.
        """
        at = ends[:, np.newaxis] + self.horizons - 1
        return (z[at] - bases).reshape(len(ends), -1)
