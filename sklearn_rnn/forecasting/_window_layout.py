"""Windows of a series, and the rows that follow them: the examples to learn from."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Examples", "Layout"]


@dataclass(frozen=True)
class Examples:
    """Windows of all series, and the rows that follow each window.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_steps, n_features)
        Windows.
    y : ndarray of shape (n_samples, n_horizons * n_columns)
        Rows that follow, relative to the bases.
    keys : ndarray of shape (n_samples,)
        Number of the series of each window.
    left : ndarray of shape (n_samples,)
        Number of rows of the series that come after the window's end.
    """

    X: np.ndarray
    y: np.ndarray
    keys: np.ndarray
    left: np.ndarray

    def __len__(self):
        return len(self.y)

    def at(self, is_in):
        """Return the examples at which the mask `is_in` is true."""
        return Examples(
            self.X[is_in], self.y[is_in], self.keys[is_in], self.left[is_in]
        )


@dataclass(frozen=True)
class Layout:
    """How a scaled series is cut into windows, and the bases that forecasts add to.

    Parameters
    ----------
    window_length : int
        Number of rows in a window.
    horizons : ndarray of shape (n_horizons,)
        Numbers of rows ahead to forecast, increasing, from 1.
    is_centered : bool
        Whether a window is read relative to its last row.
    base_lag : int
        Forecasts are relative to the latest known row that lies a multiple of
        `base_lag` rows before. 0: to the last row if windows are, else to 0.
    past, future : list of int
        Columns of the covariates that are read up to the window's end, and columns
        that are also known at the horizons.
    """

    window_length: int
    horizons: np.ndarray
    is_centered: bool
    base_lag: int
    past: list
    future: list

    @property
    def reach(self):
        """The farthest horizon, in rows."""
        return int(self.horizons[-1])

    @property
    def n_steps(self):
        """Number of steps in a window, including the steps at the horizons."""
        return self.window_length + (len(self.horizons) if self.future else 0)

    def next_horizons(self, steps):
        """Return the horizon that forecasts each step: the same, or the next longer.

        Parameters
        ----------
        steps : ndarray of shape (n_steps,)
            Numbers of rows ahead; a known row, 0 or less, is forecast one step ahead.

        Returns
        -------
        horizons : ndarray of shape (n_steps,)
        """
        return self.horizons[np.searchsorted(self.horizons, np.maximum(steps, 1))]

    def ends(self, n_rows):
        """Return the ends of the training windows of a series of `n_rows` rows.

        A series too short for full windows also gives windows that begin before it,
        as soon as they hold two thirds of the rows that can be learnt from.

        Returns
        -------
        ends : ndarray of int of shape (n_samples,)
            Number of rows that are known at each window's end.
        """
        last = n_rows - self.reach
        full = max(self.window_length, self.base_lag)
        return np.arange(max(1, min(full, 2 * last // 3)), last + 1)

    def windows(self, z, covariates, ends):
        """Return the windows that end after `ends` rows, and their bases.

        Parameters
        ----------
        z : ndarray of shape (n_rows, n_columns)
            The scaled series.
        covariates : ndarray of shape (n_known, n_covariates)
            Scaled covariates. They reach to the horizons if some are known ahead.
        ends : ndarray of shape (n_samples,)
            Number of known rows. A window that begins before the first row repeats it.

        Returns
        -------
        X : ndarray of shape (n_samples, n_steps, n_features)
            The columns of the series, then its covariates. If some covariates are known
            ahead, one step for each horizon follows the window: it holds these
            covariates, and the base in place of the series.
        bases : ndarray of shape (n_samples, n_horizons, n_columns)
            The values that forecasts are relative to.
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
        """Return the rows that follow windows, relative to `bases`.

        Returns
        -------
        y : ndarray of shape (n_samples, n_horizons * n_columns)
            Horizon by horizon.
        """
        at = ends[:, np.newaxis] + self.horizons - 1
        return (z[at] - bases).reshape(len(ends), -1)

    def by_horizon(self, y):
        """Return targets or outputs, (n_samples, n_horizons * n_columns), as 3-D.

        Returns
        -------
        y : ndarray of shape (n_samples, n_horizons, n_columns)
        """
        return y.reshape(len(y), len(self.horizons), -1)
