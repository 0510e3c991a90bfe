"""Windows of a series, and the rows that follow them: the examples to learn from."""

from dataclasses import dataclass, fields, replace

import numpy as np

_NO_SPREAD = 1e-10  # of constant rows, relative to their value
_N_RECENT = 6  # changes that tell how much a series moves now
# Of the spread of a window, in spreads of all rows known so far; and of its seasonal
# change, in their seasonal changes
_FLOOR, _SEASON_FLOOR = 0.05, 0.1

_LEAST_TOLD = 2  # examples with a unit, so that those without are left out

__all__ = ["Examples", "Layout", "are_settled", "has_spread", "that_tell_units"]


@dataclass(frozen=True)
class Examples:
    """Windows of all series, and the rows that follow each window.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_steps, n_features)
        Windows.
    y : ndarray of shape (n_samples, n_horizons * n_columns)
        Rows that follow, less the bases, over the spreads.
    spreads : ndarray of shape (n_samples, n_columns)
        Units of the windows and of the rows that follow them.
    keys : ndarray of shape (n_samples,)
        Number of the series of each window.
    left : ndarray of shape (n_samples,)
        Number of rows of the series that come after the window's end.
    """

    X: np.ndarray
    y: np.ndarray
    spreads: np.ndarray
    keys: np.ndarray
    left: np.ndarray

    def __len__(self):
        return len(self.y)

    def at(self, is_in):
        """Return the examples at which the mask `is_in` is true."""
        return Examples(*(getattr(self, field.name)[is_in] for field in fields(self)))

    def with_spreads(self, is_in, spreads):
        """Return the examples, with other units for the targets at the mask `is_in`."""
        y, units = self.y.copy(), self.spreads.copy()
        ratio = units[is_in] / spreads
        y[is_in] *= np.tile(ratio, y.shape[1] // ratio.shape[1])
        units[is_in] = spreads
        return replace(self, y=y, spreads=units)


@dataclass(frozen=True)
class Layout:
    """How a series is cut into windows, and the units of each window.

    A window, and the rows that follow it, are read in units that the rows up to the
    window's end determine. No later row has an effect on them.

    Parameters
    ----------
    window_length : int
        Number of rows in a window.
    horizons : ndarray of shape (n_horizons,)
        Numbers of rows ahead to forecast, increasing, from 1.
    scale : {"start", "change", "series", "window", "season"} or None
        The unit: the mean absolute change from row to row in the first window of the
        series, or in all rows up to the window's end; the standard deviation of these
        rows, or of the window; the mean absolute change from season to season in the
        window; None: 1.
    level : int
        Number of rows whose mean is subtracted from a window; 1: the last row; 0: the
        window with the scales "window" and "season", else all rows up to the window's
        end.
    base_lag : int
        Forecasts are relative to the latest known row that lies a multiple of
        `base_lag` rows before. 0: to the level.
    past, future : list of int
        Columns of the covariates that are read up to the window's end, and columns
        that are also known at the horizons.
    covariate_rows : int
        Number of the last rows of a window at which covariates are read; at earlier
        rows they are 0.
    season : int, default=1
        Number of rows in a season.
    """

    window_length: int
    horizons: np.ndarray
    scale: str | None
    level: int
    base_lag: int
    past: list
    future: list
    covariate_rows: int
    season: int = 1

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

    def windows(self, values, covariates, ends):
        """Return the windows that end after `ends` rows, their bases and units.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            The transformed series.
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
        spreads : ndarray of shape (n_samples, n_columns)
            The units.
        """
        n_samples, n_horizons = len(ends), len(self.horizons)
        rows = ends[:, np.newaxis] + np.arange(-self.window_length, 0)
        windows = values[np.maximum(rows, 0)]
        means, spreads = self._units(values, windows, ends)
        level = means
        if self.level:
            recent = ends[:, np.newaxis] + np.arange(-self.level, 0)
            level = values[np.maximum(recent, 0)].mean(axis=1)
        level = level[:, np.newaxis]
        at = ends[:, np.newaxis] + self.horizons - 1
        if self.base_lag:
            seasons = -(-self.horizons // self.base_lag)
            bases = values[np.maximum(at - seasons * self.base_lag, 0)]
        else:
            bases = np.repeat(level, n_horizons, axis=1)
        X = (windows - level) / spreads[:, np.newaxis]
        if not self.past and not self.future:
            return X, bases, spreads
        columns = self.past + self.future
        read = np.zeros((n_samples, self.window_length, len(columns)))
        n_read = min(self.covariate_rows, self.window_length)
        late = np.maximum(rows[:, self.window_length - n_read :], 0)
        read[:, self.window_length - n_read :] = covariates[late][:, :, columns]
        X = np.concatenate([X, read], axis=2)
        if not self.future:
            return X, bases, spreads
        n_columns = values.shape[1]
        ahead = np.zeros((n_samples, n_horizons, X.shape[2]))
        ahead[:, :, :n_columns] = (bases - level) / spreads[:, np.newaxis]
        ahead[:, :, n_columns:][:, :, len(self.past) :] = covariates[at][
            :, :, self.future
        ]
        return np.concatenate([X, ahead], axis=1), bases, spreads

    def recent_changes(self, X):
        """Return the mean absolute change from row to row at the end of windows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_steps, n_features)
            Windows, as `windows` returns them.

        Returns
        -------
        changes : ndarray of shape (n_samples, n_columns)
            In units of the windows; 0 if a window has a single row.
        """
        n_columns = X.shape[2] - len(self.past) - len(self.future)
        first = max(0, self.window_length - _N_RECENT - 1)
        rows = X[:, first : self.window_length, :n_columns].astype(np.float64)
        if rows.shape[1] < 2:
            return np.zeros((len(X), n_columns))
        return np.abs(np.diff(rows, axis=1)).mean(axis=1)

    def _units(self, values, windows, ends):
        """Return the means of the rows of `scale`, and the units.

        Returns
        -------
        means, spreads : ndarray of shape (n_samples, n_columns)
            A spread of 0 becomes tiny: each forecast is then the base, to rounding.
        """
        shape = len(ends), values.shape[1]
        if self.scale is None:
            return np.zeros(shape), np.ones(shape)
        last = np.maximum(ends, 1) - 1
        all_means, all_spreads = _expanding_moments(values)
        means, spreads = all_means[last], all_spreads[last]
        if self.scale == "window":
            means = windows.mean(axis=1)
            spreads = windows.std(axis=1) + _FLOOR * spreads
        elif self.scale == "season":
            means = windows.mean(axis=1)
            spreads = self._seasonal(values, windows, last)
        elif self.scale == "change":
            spreads = _expanding_changes(values)[last]
        elif self.scale == "start":
            means = all_means[np.minimum(last, self.window_length - 1)]
            spreads = self._first_changes(values)[last]
        return means, np.where(
            has_spread(means, spreads), spreads, _NO_SPREAD * np.abs(means) + 1e-300
        )

    def _seasonal(self, values, windows, last):
        """Return the mean absolute change from season to season in each window.

        A part of the change in all rows up to the window's end is added. This change
        stands alone if no window holds more than a season.
        """
        so_far = _expanding_changes(values, self.season)[last]
        if self.window_length <= self.season:
            return so_far
        changes = np.abs(windows[:, self.season :] - windows[:, : -self.season])
        return changes.mean(axis=1) + _SEASON_FLOOR * so_far

    def _first_changes(self, values):
        """Return the mean absolute change in the first rows, (n_rows, n_columns).

        These are the rows of the first full window, or up to the first change.
        """
        known = _expanding_changes(values)
        changes = known.copy()
        changes[self.window_length :] = 0.0
        for column in range(values.shape[1]):
            of = changes[:, column]
            n_first = min(self.window_length, len(of))
            if of[n_first - 1] == 0:
                moved = np.flatnonzero(known[:, column])
                if not len(moved):
                    continue
                n_first = moved[0] + 1
                of[moved[0]] = known[moved[0], column]
            of[n_first:] = of[n_first - 1]
        return changes

    def targets(self, values, ends, bases, spreads):
        """Return the rows that follow windows, relative to `bases`.

        Parameters
        ----------
        values, ends, bases, spreads
            As in `windows`.

        Returns
        -------
        y : ndarray of shape (n_samples, n_horizons * n_columns)
            Horizon by horizon.
        """
        at = ends[:, np.newaxis] + self.horizons - 1
        ahead = (values[at] - bases) / spreads[:, np.newaxis]
        return ahead.reshape(len(ends), -1)

    def by_horizon(self, y):
        """Return targets or outputs, (n_samples, n_horizons * n_columns), as 3-D.

        Returns
        -------
        y : ndarray of shape (n_samples, n_horizons, n_columns)
        """
        return y.reshape(len(y), len(self.horizons), -1)


def that_tell_units(examples, told):
    """Return the examples that tell a unit, or all, with units that others tell.

    Parameters
    ----------
    examples : Examples
        All examples.
    told : ndarray of bool, shape (n_samples,)
        Whether the rows before each tell its unit.
    """
    if told.all() or not told.any():
        return examples
    if told.sum() >= _LEAST_TOLD:
        return examples.at(told)
    return examples.with_spreads(~told, examples.spreads[told].max(axis=0))


def are_settled(told):
    """Tell whether no later example has an effect on which examples are used."""
    return told.sum() >= _LEAST_TOLD


def has_spread(means, spreads):
    """Tell where standard deviations are more than rounding."""
    return spreads > 2 * _NO_SPREAD * np.abs(means) + 2e-300


def _expanding_moments(values):
    """Return mean and standard deviation of the rows up to each row."""
    n_rows = np.arange(1, len(values) + 1)[:, np.newaxis]
    # Relative to the first row, constant rows are exactly 0.
    moved = values - values[0]
    means = np.cumsum(moved, axis=0) / n_rows
    squares = np.cumsum(moved**2, axis=0) / n_rows
    return values[0] + means, np.sqrt(np.maximum(squares - means**2, 0.0))


def _expanding_changes(values, lag=1):
    """Return the mean absolute change over `lag` rows, of the rows up to each row."""
    lag = min(lag, len(values))
    changes = np.abs(values[lag:] - values[: len(values) - lag])
    n_changes = np.arange(1, len(changes) + 1)[:, np.newaxis]
    none = np.zeros((lag, values.shape[1]))
    return np.concatenate([none, np.cumsum(changes, axis=0) / n_changes])
