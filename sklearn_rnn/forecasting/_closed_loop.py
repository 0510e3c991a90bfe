"""Closed loops of echo state networks over scaled series, and their scores."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone

from ._limits import Usual
from ._series_scale import LOG, Scale

__all__ = [
    "TAIL",
    "Bounds",
    "Continued",
    "LoopScore",
    "Loops",
    "Network",
    "examples",
    "fit_network",
    "largest_step",
    "longer",
    "score_loops",
    "score_naive",
    "tail_length",
]

# Of the variance of the targets: a network with a smaller error meets every row.
_EXACT = 1e-12
# Part at the end of each series that closed loops are scored on.
TAIL = 0.25
_N_LOOPS, _LONGEST_LOOP = 10, 100


@dataclass(frozen=True)
class Bounds:
    """Bounds of closed loops, in scaled units.

    Parameters
    ----------
    lowest, highest : ndarray of shape (n_steps, n_columns)
        Bounds at each step ahead. For several lanes, of shape
        (n_lanes, n_steps, n_columns).
    step : ndarray of shape (n_columns,)
        The largest change from row to row. For several lanes, of shape
        (n_lanes, n_columns).
    """

    lowest: np.ndarray
    highest: np.ndarray
    step: np.ndarray

    @classmethod
    def of(cls, values, scale, n_steps, usual, step):
        """Return the bounds of loops that start at the end of a series.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_columns)
            In the user's units.
        scale : Scale
            Of the series.
        n_steps : int
            Number of steps of the loops.
        usual : Usual
            The range of the training series.
        step : ndarray of shape (n_columns,)
            The largest change in the training series, scaled.
        """
        limits = usual.limits(values, np.arange(1, max(n_steps, 1) + 1))
        (low,), (high,) = limits.at(values, [len(values)])
        if scale.power == LOG:
            # A logarithm has no floor: the bound lies as far below the lowest row as
            # the lowest row lies below the highest, on the scale of logarithms.
            low = np.maximum(low, limits.lowest * (limits.lowest / limits.highest))
        return cls(
            scale.scale_limits(low),
            scale.scale_limits(high),
            np.maximum(step, largest_step([scale.scale(values)])),
        )

    @classmethod
    def together(cls, bounds, n_steps, n_lanes):
        """Return the bounds of several series, with `n_lanes` lanes each."""
        lowest, highest = (
            [_lengthened(getattr(one, name), n_steps) for one in bounds]
            for name in ("lowest", "highest")
        )
        parts = (lowest, highest, [one.step for one in bounds])
        return cls(*(np.repeat(part, n_lanes, axis=0) for part in parts))

    def clip(self, level, number=0):
        """Clip levels to the bounds at a step.

        Parameters
        ----------
        level : ndarray of shape (..., n_columns) or (..., n_steps, n_columns)
            Rows, in scaled units.
        number : int or ndarray of shape (n_steps,), default=0
            Number of the step ahead, from 0; or of each of the steps.
        """
        return np.clip(level, self.lowest[..., number, :], self.highest[..., number, :])


def _lengthened(limits, n_steps):
    """Return limits, (n_own_steps, n_columns), for `n_steps`; the last is repeated."""
    missing = max(0, n_steps - len(limits))
    return np.pad(limits, [(0, missing), (0, 0)], mode="edge")[: max(n_steps, 1)]


def largest_step(series):
    """Return the largest change in scaled series, a list of (n_rows, n_columns)."""
    steps = [np.abs(np.diff(z, axis=0)).max(axis=0, initial=0.0) for z in series]
    return np.max(steps, axis=0)


@dataclass(frozen=True)
class Continued:
    """Starts of closed loops, one for each lane.

    Parameters
    ----------
    states : ndarray of shape (n_lanes, n_states)
        States before the last known row is read.
    level : ndarray of shape (n_lanes, n_columns)
        The last known row, scaled.
    step : ndarray of shape (n_lanes, n_columns)
        Difference between the last known row and the row before.
    ahead : ndarray of shape (n_lanes, n_steps, n_covariates)
        Covariates of the rows to come.
    """

    states: np.ndarray
    level: np.ndarray
    step: np.ndarray
    ahead: np.ndarray

    def repeated(self, n_times):
        """Return each lane `n_times`, in a row."""
        parts = (self.states, self.level, self.step, self.ahead)
        return Continued(*(np.repeat(part, n_times, axis=0) for part in parts))

    @classmethod
    def together(cls, starts):
        """Return the lanes of several starts; missing covariates are 0."""
        n_steps = max(start.ahead.shape[1] for start in starts)
        ahead = [
            np.pad(start.ahead, [(0, 0), (0, n_steps - start.ahead.shape[1]), (0, 0)])
            for start in starts
        ]
        return cls(
            np.concatenate([start.states for start in starts]),
            np.concatenate([start.level for start in starts]),
            np.concatenate([start.step for start in starts]),
            np.concatenate(ahead),
        )


def _inputs(z, covariates, is_centered):
    """Return the inputs of the network at each row but the last.

    Parameters
    ----------
    z : ndarray of shape (n_rows, n_columns)
        A scaled series.
    covariates : ndarray of shape (n_rows, n_covariates)
        Of the rows.
    is_centered : bool
        Whether differences are read; the first difference is 0.

    Returns
    -------
    inputs : ndarray of shape (n_rows - 1, n_columns + n_covariates)
        The row, or its difference from the row before; then the covariates of the row
        that follows.
    """
    read = np.diff(z, axis=0, prepend=z[:1]) if is_centered else z
    return np.concatenate([read[:-1], covariates[1:]], axis=1)


def examples(series, is_centered):
    """Return the sequences that a network learns from, and their targets.

    Parameters
    ----------
    series : list of (z, covariates)
        Scaled series (n_rows_i, n_columns), of two rows at least, and covariates.
    is_centered : bool
        Whether differences are read and predicted.

    Returns
    -------
    X, y : list of ndarray
        Sequences, (n_rows_i - 1, n_columns + n_covariates); and the row, or difference,
        that follows each step, (n_rows_i - 1, n_columns).
    """
    X = [_inputs(z, covariates, is_centered) for z, covariates in series]
    y = [np.diff(z, axis=0) if is_centered else z[1:] for z, _ in series]
    return X, y


@dataclass(frozen=True)
class Network:
    """A fitted echo state network that reads and continues scaled series.

    Parameters
    ----------
    esn : ESNRegressor or ESNRegressorCV
        Fitted to `examples`.
    is_centered : bool
        Whether it reads and predicts differences between rows, or rows.
    """

    esn: object
    is_centered: bool

    def follow(self, z, covariates, bounds):
        """Return the forecast of each row, one step ahead.

        Parameters
        ----------
        z, covariates : ndarray of shape (n_rows, n_columns) and (n_rows, n_covariates)
            A scaled series and its covariates.
        bounds : Bounds
            Bounds of the forecasts, as in `run`.

        Returns
        -------
        expected : ndarray of shape (n_rows, n_columns)
            Forecast of each row from the rows before it. The first row has none before
            it, and is its own forecast.
        """
        expected = z.copy()
        if len(z) > 1:
            inputs = _inputs(z, covariates, self.is_centered)
            (out,) = self.esn.predict([inputs])
            expected[1:] = self._levels(out, z[:-1], bounds)
        return expected

    def starts(self, z, covariates, rows, n_steps, ahead=None):
        """Return the starts of closed loops.

        Parameters
        ----------
        z, covariates : ndarray of shape (n_rows, n_columns) and (n_rows, n_covariates)
            A scaled series and its covariates.
        rows : sequence of int
            Number of the last known row of each loop, increasing.
        n_steps : int
            Number of steps of the loops.
        ahead : ndarray of shape (n_ahead, n_covariates) or None, default=None
            Covariates of rows that follow the series.

        Returns
        -------
        starts : Continued
            A lane for each of `rows`.
        """
        network, reservoir = self.esn._network(), self.esn.reservoir_
        inputs = network.scale_steps(_inputs(z, covariates, self.is_centered))
        u = inputs[np.newaxis]  # (1, n_rows - 1, n_features)
        states, state, at = np.empty((len(rows), reservoir.n_states)), None, 0
        for number, row in enumerate(rows):
            if row > at:
                state, at = reservoir.run(u[:, at:row], state), row
            states[number] = 0.0 if state is None else state
        if ahead is not None:
            covariates = np.concatenate([covariates, ahead])
        rows = np.asarray(rows)
        following = rows[:, np.newaxis] + np.arange(1, n_steps + 1)
        steps = np.diff(z, axis=0, prepend=z[:1])
        return Continued(states, z[rows], steps[rows], covariates[following])

    def run(self, starts, bounds, noise=None):
        """Run closed loops: each prediction is read as the next row.

        Parameters
        ----------
        starts : Continued
            Starts of the loops; they run over all rows of its covariates.
        bounds : Bounds
            Bounds of the predictions, shared by all lanes or with an axis for lanes.
        noise : ndarray of shape (n_lanes, n_steps, n_columns) or None, default=None
            Added to each prediction before it is read.

        Returns
        -------
        levels : ndarray of shape (n_lanes, n_steps, n_columns)
            Predictions, scaled.
        """
        network = self.esn._network()
        n_lanes, n_steps, _ = starts.ahead.shape
        # (n_lanes, 1 + n_steps, n_columns): the last known row, then the predictions
        levels = np.empty((n_lanes, 1 + n_steps, starts.level.shape[1]))
        levels[:, 0] = starts.level
        if n_steps == 0:
            return levels[:, 1:]

        def scaled(level, step, number):
            read = step if self.is_centered else level
            following = starts.ahead[:, number]
            return network.scale_steps(np.concatenate([read, following], axis=1))

        def next_input(outputs, number):
            before = levels[:, number]
            level = self._levels(outputs, before, bounds, number)
            if noise is not None:
                level = bounds.clip(level + noise[:, number], number)
            levels[:, number + 1] = level
            if number + 1 == n_steps:
                return None
            return scaled(level, level - before, number + 1)

        inputs = scaled(starts.level, starts.step, 0)
        network.run_closed_loop(starts.states, inputs, next_input)
        return levels[:, 1:]

    def stretch(self, missed):
        """Return the factor from training residuals to residuals of new rows.

        By generalised cross-validation it is 1 / (1 - df / n), for df degrees of
        freedom of the readout and n rows.

        Parameters
        ----------
        missed : ndarray of shape (n_residuals, n_columns)
            Residuals of the rows that the readout was fitted to.

        Returns
        -------
        stretch : float or None
            None if the residuals are 0 because there are as many weights as rows.
        """
        network = self.esn._network()
        scaled = ((missed / network.scaler.target_scale) ** 2).mean()
        if scaled < _EXACT and len(missed) <= network.n_weights:
            return None
        is_best = np.asarray(self.esn.alphas).reshape(-1) == self.esn.alpha_
        expected = self.esn.gcv_scores_[is_best].min()
        if not np.isfinite(expected) or expected <= scaled or scaled < 1e-24:
            return 1.0
        return float(np.sqrt(expected / scaled))

    def _levels(self, out, before, bounds, number=0):
        """Return the rows, within bounds, that outputs predict after rows `before`."""
        if self.is_centered:
            out = before + np.clip(out, -bounds.step, bounds.step)
        return bounds.clip(out, number)


def longer(series, washout):
    """Return the series with a row to learn from after the washout."""
    return [one for one in series if len(one[0]) > washout + 1]


def fit_network(template, series, is_centered):
    """Return a network fitted to scaled series, a list of (z, covariates)."""
    lengths = [len(z) for z, _ in series if len(z) > 1]
    washout = template.washout
    if washout == 0 and lengths:
        washout = min(100, min(lengths) // 10)
    enough = longer(series, washout)
    if not enough:
        raise ValueError(
            f"The longest series of y has {max(len(z) for z, _ in series)} rows; with "
            f"washout={washout} it needs at least {washout + 2}."
        )
    esn = clone(template).set_params(return_sequences=True, washout=washout)
    # Closed loops have the last word on strengths
    return Network(esn._fit_plainly(*examples(enough, is_centered)), is_centered)


@dataclass(frozen=True)
class LoopScore:
    """The error of closed loops.

    Parameters
    ----------
    scaled, in_units : float
        Mean absolute error in scaled units; and in the user's units, over the standard
        deviation of each series.
    alpha : float
        Strength of the network's readout.
    error : float
        Mean absolute error in the user's units.
    network : Network or None, default=None
        Fitted to the rows before the loops; None if they were too few.
    loops : list of Loops, default=()
        The loops of each series.
    """

    scaled: float
    in_units: float
    alpha: float
    error: float
    network: Network | None = None
    loops: tuple = ()


@dataclass(frozen=True)
class Loops:
    """Closed loops over the last part of a series, which no part of them has seen.

    Parameters
    ----------
    head, covariates : ndarray of shape (n_head, n_columns) and (n_head, n_covariates)
        The rows before, which the network has learnt from and which set the scale, and
        their covariates.
    starts : Continued
        Starts of the loops, a lane each.
    bounds : Bounds
        Shared by the loops.
    levels, actual : ndarray of shape (n_loops, n_steps, n_columns)
        Forecasts, and rows.
    rows : ndarray of shape (n_loops,)
        Number of the last known row of each loop.

    All are in scaled units.
    """

    head: np.ndarray
    covariates: np.ndarray
    starts: Continued
    bounds: Bounds
    levels: np.ndarray
    actual: np.ndarray
    rows: np.ndarray


def score_loops(template, is_centered, known, power):
    """Score the closed loops of a network over the last part of each series.

    The rows before the last part set the scale of a series, its bounds and the network.

    Parameters
    ----------
    template : ESNRegressor or ESNRegressorCV
        Unfitted; a clone learns from the rows before the last part.
    is_centered : bool
        Whether the network reads and predicts differences.
    known : list of KnownSeries
        The series.
    power : float
        The power that values are raised to, as in `Scale`.

    Returns
    -------
    score : LoopScore
        Infinite if there are too few rows before the last part.
    """
    heads = [one.values[: -tail_length(len(one))] for one in known]
    scales = [_scale_of_head(head, power) for head in heads]
    scaled = [
        (scale.scale(head), one.covariates[: len(head)])
        for one, scale, head in zip(known, scales, heads, strict=True)
    ]
    if not longer(scaled, template.washout):
        return LoopScore(np.inf, np.inf, np.inf, np.inf)
    network = fit_network(template, scaled, is_centered)
    usual, step = Usual.of(heads), largest_step([z for z, _ in scaled])
    errors, loops = [], []
    for one, scale, head in zip(known, scales, heads, strict=True):
        rows, n_steps = place_loops(len(one))
        z, values = scale.scale(one.values), one.values
        starts = network.starts(z, one.covariates, rows, n_steps)
        bounds = Bounds.of(head, scale, n_steps, usual, step)
        levels = network.run(starts, bounds)
        following = rows[:, np.newaxis] + np.arange(1, n_steps + 1)
        missed = np.abs(scale.unscale(levels) - values[following])
        spread = head.std(axis=0)
        relative = missed / np.where(spread > 0, spread, 1.0)
        error = np.abs(levels - z[following]).mean()
        errors.append((error, relative.mean(), missed.mean()))
        n_head = len(head)
        of_head = z[:n_head], one.covariates[:n_head]
        loops.append(Loops(*of_head, starts, bounds, levels, z[following], rows))
    scaled_error, in_units, error = np.mean(errors, axis=0).tolist()
    alpha = network.esn.alpha_
    return LoopScore(scaled_error, in_units, alpha, error, network, tuple(loops))


def _scale_of_head(head, power):
    """Return the scale of the first rows of a series; constants have no tiny unit."""
    scale = Scale.fit(head, power)
    if not scale.is_constant:
        return scale
    sizes = np.where(scale.mean == 0, 1.0, np.abs(scale.mean))
    is_tiny = scale.spread <= 1e-9 * sizes
    return Scale(power, scale.mean, np.where(is_tiny, sizes, scale.spread))


def tail_length(n_rows):
    """Return the number of rows at the end of a series that loops are scored on."""
    return max(2, int(TAIL * n_rows))


def place_loops(n_rows):
    """Return where loops start, and their length.

    Parameters
    ----------
    n_rows : int
        Number of rows of the series.

    Returns
    -------
    rows : ndarray of int of shape (n_loops,)
        The last known row of each loop.
    n_steps : int
        Number of rows that each forecasts.
    """
    tail = tail_length(n_rows)
    n_steps = min(tail // 2, _LONGEST_LOOP)
    rows = np.linspace(n_rows - tail - 1, n_rows - 1 - n_steps, _N_LOOPS)
    return np.unique(rows.astype(int)), n_steps


def score_naive(known, sp):
    """Return the mean absolute error of naive forecasts on the rows of the loops.

    Parameters
    ----------
    known : list of KnownSeries
        The series.
    sp : int
        Number of rows in a season; 1: the last row is repeated.
    """
    errors = []
    for one in known:
        rows, n_steps = place_loops(len(one))
        steps = np.arange(1, n_steps + 1)
        following = rows[:, np.newaxis] + steps
        before = np.maximum(following - -(-steps // sp) * sp, 0)
        errors.append(np.abs(one.values[following] - one.values[before]).mean())
    return float(np.mean(errors))
