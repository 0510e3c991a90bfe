"""Forecasts by echo state networks in closed loop, on their own forecasts."""

import time
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sklearn_rnn._checks import read_count, short
from sklearn_rnn._conformal import find_surprises, in_part
from sklearn_rnn._parameters import read_random_state
from sklearn_rnn._recurrent.report import FitReport
from sklearn_rnn._reservoir.regressors import ESNRegressor, ESNRegressorCV

from ._base import BaseSeriesForecaster
from ._closed_loop import Bounds, Continued, fit_network, largest_step
from ._esn_choices import STRONG, choose_loops, fit_scales, list_candidates
from ._exact_readout import read_to_end, relearn, start_at_end
from ._limits import Usual
from ._reports import METRIC
from ._requests import lacks_covariates
from ._series_scale import LOG, ROOT, Scale

__all__ = ["ESNForecaster"]

_LEAST_RESIDUALS = 20  # a series with fewer shares those of all
_MOST_RESIDUALS = 2_000
_FARTHEST = 100_000  # rows ahead of a loop; minutes
_MOST_NUMBERS = 2**22  # in loops that are run at a time
_MOST_LOOPS = 100_000
_LARGEST_LOOPS = 2**26  # numbers in the loops of one series; half a gibibyte


@dataclass(frozen=True)
class Task:
    """The starting point of the forecasts of a series, in scaled units.

    Parameters
    ----------
    expected : ndarray of shape (n_rows, n_columns)
        Forecast of each row, from the rows before it.
    start : Continued
        Start of the closed loops.
    bounds : Bounds
        Bounds of the closed loops.
    residuals : ndarray of shape (n_residuals, n_columns)
        One-step errors to draw from.
    surprise : ndarray of shape (n_columns,)
        Errors of the last rows, in the user's units, if they are far larger than
        earlier errors; else 0.
    """

    expected: np.ndarray
    start: Continued
    bounds: Bounds
    residuals: np.ndarray
    surprise: np.ndarray


class ESNForecaster(BaseSeriesForecaster):
    """Forecasts by an echo state network in closed loop, on its own forecasts.

    An echo state network reads a series row by row and learns to predict the next row.
    To forecast, it reads all known rows, and then its own predictions in place of the
    rows to come. Limits that the series sets keep the closed loop from diverging.

    One network reads all series. Each series is standardised by itself, and they may
    differ in length. All columns of y are read and predicted together.

    Parameters
    ----------
    esn : ESNRegressor or ESNRegressorCV or None, default=None
        The network, unfitted, with ``bidirectional=False``. It is cloned. The clone
        gets ``return_sequences=True``; if its `washout` is 0, a washout of a tenth of
        the rows of the shortest series, 100 at most; and a seed of the forecaster if
        the forecaster's `random_state` is set or the network's is not. ``None``: an
        ``ESNRegressorCV`` of 200 units with spectral radii 0.8, 0.9 and 1, input
        scalings 0.1 and 0.4, and readouts either of any strength or of 0.1 and more,
        whichever has the better closed loops (see `center`).
    log : bool or "auto", default="auto"
        Whether to take logarithms, which need positive values. ``"auto"``: if all
        training values are positive, unless closed loops without logarithms (see
        `center`) have an error over a third lower, in the units of y.
    sqrt : bool or "auto", default="auto"
        Whether to take square roots, which need values of 0 or more; forecasts then are
        never negative. Square roots even out the spread of counts and amounts.
        ``"auto"``: with ``log="auto"`` if no training value is negative and some are 0,
        unless closed loops without square roots have an error over a third lower, as
        for `log`.
    center : bool or "auto", default="auto"
        Whether to read and predict differences between successive rows: the level is
        carried, not learnt, which suits a series with a trend. ``False`` reads the rows
        themselves, which suits a series that returns to its mean. ``"auto"``: networks
        that have learnt from the first three quarters of the training rows run closed
        loops over the last quarter, and the lower error decides; True for series of
        fewer than 8 rows.
    n_bootstrap : int, default=200
        Number of closed loops, from 1 to 100,000, whose quantiles are the forecast's.
        Each adds to every prediction, before it is read, a residual drawn from those of
        one-step forecasts.
    random_state : int, RandomState instance or None, default=None
        Seeds the reservoir and the draws of residuals. An int makes forecasts repeat;
        ``None`` draws the seeds from numpy's global generator, once, in ``fit``.

    Attributes
    ----------
    log_, sqrt_ : bool
        Whether logarithms or square roots are taken.
    center_ : bool
        Whether differences are read.
    esn_ : ESNRegressor or ESNRegressorCV
        The fitted network.
    loop_scores_ : dict of tuple to float
        Set if there was a choice: mean absolute error, in standardised units, of closed
        loops over the last quarter of the training rows, by ``(center, alpha)``, where
        ``alpha`` is the least strength of the readout that was tried. Lower is better.
    fit_report_ : FitReport or None
        Mean absolute errors, in the units of y, on the rows of these closed loops: of
        the last known row (naive), of the last season (seasonal naive), if the rows
        have a season by the rule of ``RecurrentForecaster``, and of the networks that
        were tried. It prints as a table. None if there was no choice.
    covariate_names_ : list or None
        Names of the columns of X; None without X.

    Raises
    ------
    ValueError
        In ``fit``, if a parameter is out of range, no series is longer than the
        washout, or with ``log=True`` or ``sqrt=True`` a value is out of range; in
        ``fit`` and ``update``, if times have gaps, a value is infinite or X lacks a
        row; in ``predict``, if X lacks a row up to the last forecast, or the horizon
        asks for a row before the first known row.
    TypeError
        If a parameter has a wrong type.

    See Also
    --------
    sklearn_rnn.ESNRegressor : The network.
    RecurrentForecaster : Forecasts all horizons at once, from windows.

    Notes
    -----
    The forecast of a known row is the prediction one step ahead, from the rows before
    it, within the same limits. The forecast of the first row is the row itself.
    Forecasts of the first few rows are poor, as the state starts from rest.

    X is read one row ahead, so ``predict`` needs the rows of X at all steps up to the
    last.

    ``update`` adds to the known rows. With ``update_params=True`` the readout is that
    of all known rows, exactly, and its strength is chosen anew; the reservoir, its
    parameters, the transform and the scales stay. The states of new rows are added to
    the moments of earlier states, so an update takes the time of its own rows. All
    rows are read again where known rows were revised, where the chosen strength is so
    small that moments lack digits, and in the first update of a forecaster that was
    loaded. A new series gets its own scale.

    Every interval holds the forecast. The :doc:`guide to forecasting
    </user_guide/forecasting>` has the formulas of the closed loop and its limits; the
    :doc:`guide to intervals </user_guide/intervals>` describes the residuals.

    References
    ----------
    Jaeger, H. (2001). The "echo state" approach to analysing and training recurrent
    neural networks. GMD Report 148.

    Jaeger, H., Haas, H. (2004). Harnessing nonlinearity: predicting chaotic systems and
    saving energy in wireless communication. Science 304(5667), 78-80.

    Lukosevicius, M. (2012). A practical guide to applying echo state networks. In
    Neural Networks: Tricks of the Trade, LNCS 7700, 659-686.

    Hyndman, R. J., Athanasopoulos, G. (2021). Forecasting: principles and practice, 3rd
    edition, section 5.5. OTexts.

    Examples
    --------
    One year of a monthly series that grows, from the eleven years before, in thousands
    of passengers:

    >>> from sktime.datasets import load_airline
    >>> from sklearn_rnn.forecasting import ESNForecaster
    >>> y = load_airline()
    >>> forecaster = ESNForecaster(random_state=0).fit(y.iloc[:132])
    >>> y_pred = forecaster.predict(fh=range(1, 13))
    >>> print(f"mean error {(y_pred / y.iloc[132:] - 1).abs().mean():.0%}")
    mean error 3%
    >>> forecaster.predict_interval(fh=[1, 12], coverage=0.9).to_numpy().round(-1)
    array([[390., 450.],
           [410., 540.]])
    """

    # How far the readout has read: the known series tell it.
    _not_stored = ("_read",)
    _read = None

    _tags = {
        "requires-fh-in-fit": False,
        "capability:non_contiguous_X": False,
    }

    def __init__(
        self,
        esn: ESNRegressor | ESNRegressorCV | None = None,
        *,
        log: bool | Literal["auto"] = "auto",
        sqrt: bool | Literal["auto"] = "auto",
        center: bool | Literal["auto"] = "auto",
        n_bootstrap: int = 200,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.esn = esn
        self.log = log
        self.sqrt = sqrt
        self.center = center
        self.n_bootstrap = n_bootstrap
        self.random_state = random_state
        super().__init__()

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return parameters of small networks, for sktime's tests.

        Parameters
        ----------
        parameter_set : str, default="default"
            There is one set only.

        Returns
        -------
        params : list of dict
            Parameters.
        """
        small: dict[str, Any] = {"n_bootstrap": 10, "random_state": 0}
        return [
            {**small, "esn": ESNRegressor(n_reservoir=10, alphas=0.1)},
            {
                **small,
                "esn": ESNRegressorCV(
                    n_reservoir=10, spectral_radii=0.9, leak_rates=1.0, alphas=STRONG
                ),
                "log": False,
                "center": False,
            },
        ]

    # ------------------------------------------------------------------------- training

    def _check_parameters(self):
        for name in ("log", "sqrt", "center"):
            value = getattr(self, name)
            if not isinstance(value, (bool, np.bool_)) and not (
                isinstance(value, str) and value == "auto"
            ):
                raise ValueError(
                    f"{name}={short(value)} is not valid; it must be True, False or "
                    "'auto'."
                )
        read_count(self.n_bootstrap, "n_bootstrap", most=_MOST_LOOPS)
        read_random_state(self.random_state)
        if self.esn is None:
            return
        if not isinstance(self.esn, (ESNRegressor, ESNRegressorCV)):
            raise TypeError(
                f"esn={short(self.esn)} must be an ESNRegressor, an ESNRegressorCV or "
                "None."
            )
        if self.esn.bidirectional:
            raise ValueError(
                "esn has bidirectional=True, but only a network with "
                "bidirectional=False can run on its own forecasts."
            )

    def _horizons(self, fh):
        return None  # the network learns one step ahead, whatever the horizon

    def _learn(self, known, covariate_names, horizons):
        started = time.monotonic()
        self.covariate_names_ = covariate_names
        self.column_names_ = list(self._column_labels())
        generator = read_random_state(self.random_state)
        seed, self._seed = generator.randint(np.iinfo(np.int32).max, size=2).tolist()
        candidates = list_candidates(
            self.esn,
            self.center,
            seed,
            sum(map(len, known.values())),
            sets_seed=self.random_state is not None,
        )
        choice = choose_loops(
            candidates, known, self.log, self.sqrt, may_drop_alphas=self.esn is None
        )
        if choice.scores is not None:
            self.loop_scores_ = choice.scores
        self.center_ = choice.is_centered
        self.log_, self.sqrt_ = choice.power == LOG, choice.power == ROOT
        self._scales = fit_scales(known, choice.power)
        series = {key: self._scaled(one) for key, one in known.items()}
        network = fit_network(choice.esn, list(series.values()), self.center_)
        self._read = read_to_end(network, series)
        self._take(network, known)
        self._learn_errors()
        self.fit_report_ = None
        if choice.lines:
            models, errors = zip(*choice.lines, strict=True)
            reason = "it is the only echo state network that was tried"
            if len(candidates) > 1:
                reason = "its scaled error is the lowest of the echo state networks"
            self.fit_report_ = FitReport(
                metric=METRIC,
                judged_on=choice.judged_on,
                models=models,
                n_steps=[None] * len(models),
                errors=errors,
                chosen=choice.best,
                reason=reason,
                seconds=time.monotonic() - started,
            )

    def _take(self, network, known):
        """Take over a fitted network; learn the bounds of its loops."""
        self._network, self.esn_ = network, network.esn
        self._usual = Usual.of([one.values for one in known.values()])
        self._step = largest_step([self._scaled(one)[0] for one in known.values()])
        self._learnt_from = known

    def _learn_errors(self):
        """Learn the residuals of the rows learnt from, which only intervals need."""
        network, known, self._learnt_from = self._network, self._learnt_from, None
        if known is None:
            return
        series = [self._scaled(one) for one in known.values()]
        pairs = [
            (z, network.follow(z, c, self._bounds(one, 1)))
            for one, (z, c) in zip(known.values(), series, strict=True)
        ]
        self._stretch = network.stretch(
            np.concatenate(
                [(z - expected)[_first_row(self.esn_) :] for z, expected in pairs]
            )
        )
        residuals = np.concatenate([self._errors(*pair) for pair in pairs])
        if len(residuals) > _MOST_RESIDUALS:
            rows = np.linspace(0, len(residuals) - 1, _MOST_RESIDUALS).astype(int)
            residuals = residuals[rows]
        if len(residuals) < _LEAST_RESIDUALS:
            # Too few residuals to show whether errors lean to one side
            residuals = np.concatenate([residuals, -residuals])
        self._residuals = residuals

    def _take_note(self, new):
        scales = {
            key: Scale.fit(self._known[key].values, self._power)
            for key in new
            if key not in self._scales
        }
        if scales:
            self._scales = {**self._scales, **scales}

    def _rests_on(self):
        return self._network, self._scales

    def _take_in(self, new, update_params):
        if update_params:
            series = {key: self._scaled(one) for key, one in self._known.items()}
            network, self._read = relearn(self._network, series, self._read)
            self._take(network, self._known)

    def _scaled(self, series):
        """Return a series, scaled, and its covariates."""
        return self._scales[series.key].scale(series.values), series.covariates

    def _bounds(self, series, n_steps):
        """Return the bounds of loops of `n_steps` steps from the end of a series."""
        scale = self._scales[series.key]
        return Bounds.of(series.values, scale, n_steps, self._usual, self._step)

    def _errors(self, z, expected):
        """Return one-step errors after the washout, stretched to those of new rows.

        Parameters
        ----------
        z, expected : ndarray of shape (n_rows, n_columns)
            A scaled series, and the forecasts of its rows.
        """
        if self._stretch is not None:
            return (z - expected)[_first_row(self.esn_) :] * self._stretch
        # The errors of a network that meets all its training rows exactly say nothing
        # of new rows. The targets, about their mean, take their place.
        targets = np.diff(z, axis=0) if self.center_ else z[1:]
        if len(targets) > 1:
            targets = targets - targets.mean(axis=0)
        return targets[_first_row(self.esn_) - 1 :]

    # ---------------------------------------------------------------------- forecasting

    def _check_reach(self, series, farthest):
        if farthest > _FARTHEST:
            raise ValueError(
                f"fh reaches {farthest} rows beyond the end of {series.name}; loops of "
                f"at most {_FARTHEST} rows are run."
            )

    def _forecast(self, requests, alpha=None):
        if alpha is not None:
            self._learn_errors()
        tasks = [self._begin(request, alpha) for request in requests]
        points = self._run(requests, tasks)
        if alpha is None:
            return points
        is_low, is_high = np.less(alpha, 0.5), np.greater(alpha, 0.5)
        quantiles = self._run(requests, tasks, alpha)
        for of_series, point, request, task in zip(
            quantiles, points, requests, tasks, strict=True
        ):
            # The loop without noise may lie outside the loops with noise: for a series
            # that is mostly 0, most loops with noise stay at 0. And after a change in
            # the series all loops may miss as far as the last rows were missed.
            farther = self._farther(point, request, task, alpha)
            for is_one, choose in ((is_low, np.minimum), (is_high, np.maximum)):
                quantile = of_series[..., is_one]
                of_series[..., is_one] = choose(quantile, farther[..., is_one])
        return quantiles

    def _farther(self, point, request, task, alpha):
        """Return forecasts, moved by the errors of the last rows.

        Returns
        -------
        farther : ndarray of shape (n_steps, n_columns, n_levels)
            Within the bounds.
        """
        scale, bounds = self._scales[request.series.key], task.bounds
        number = np.maximum(request.steps - 1, 0)
        low, high = (
            scale.unscale(limits[number])[..., np.newaxis]
            for limits in (bounds.lowest, bounds.highest)
        )
        surprise = np.where(request.steps[:, np.newaxis] > 0, task.surprise, 0.0)
        farther = point[..., np.newaxis] + surprise[..., np.newaxis] * in_part(alpha)
        return np.clip(farther, low, high)

    def _run(self, requests, tasks, alpha=None):
        """Return the forecast of each task, or with `alpha` its quantiles."""
        n_lanes = 1 if alpha is None else int(self.n_bootstrap)
        farthest = max(len(request.ahead) for request in requests)
        n_columns = len(self.column_names_) + requests[0].ahead.shape[1]
        n_numbers = n_lanes * (self.esn_.reservoir_.n_states + farthest * n_columns)
        if n_numbers > _LARGEST_LOOPS:
            raise ValueError(
                f"fh reaches {farthest} rows ahead, in each of n_bootstrap={n_lanes} "
                "loops, which takes over half a gibibyte; ask for fewer of either."
            )
        size = max(1, _MOST_NUMBERS // n_numbers)
        forecasts = []
        for first in range(0, len(tasks), size):
            some = tasks[first : first + size]
            levels = self._loop(some, None if alpha is None else n_lanes)
            for request, task, level in zip(
                requests[first : first + size], some, levels, strict=True
            ):
                forecasts.append(self._collect(request, task, level, alpha))
        return forecasts

    def _begin(self, request, alpha):
        """Return the task of a request; without `alpha` it needs no errors."""
        series = request.series
        is_missing = np.isnan(request.ahead).any(axis=1)
        if is_missing.any():
            step = int(np.argmax(is_missing)) + 1
            reach = "at every time up to the last that is forecast"
            raise lacks_covariates(series, step, self._spacing(series), reach)
        z, covariates = self._scaled(series)
        bounds = self._bounds(series, len(request.ahead))
        read = None if self._read is None else self._read.get(series.key)
        start = start_at_end(self._network, z, covariates, request.ahead, read)
        if alpha is None and (request.steps > 0).all():
            return Task(z, start, bounds, z[:0], np.zeros(z.shape[1]))
        expected = self._network.follow(z, covariates, bounds)
        if alpha is None:
            return Task(expected, start, bounds, z[:0], np.zeros(z.shape[1]))
        residuals = self._errors(z, expected)
        n_recent = max(1, len(request.ahead))
        missed = series.values - self._scales[series.key].unscale(expected)
        is_recent = np.arange(len(z))[::-1] < n_recent
        (surprise,) = find_surprises(
            np.abs(missed)[_first_row(self.esn_) :, np.newaxis],
            np.zeros(max(0, len(z) - _first_row(self.esn_)), int),
            is_recent[_first_row(self.esn_) :, np.newaxis],
        )
        if len(residuals) < _LEAST_RESIDUALS:
            residuals = self._residuals
        return Task(expected, start, bounds, residuals, surprise)

    def _loop(self, tasks, n_lanes):
        """Run a closed loop for each task; with `n_lanes`, that many with noise.

        Returns
        -------
        levels : ndarray of shape (n_series, n_lanes or 1, n_steps, n_columns)
            Scaled.
        """
        starts = Continued.together([task.start for task in tasks])
        n_steps, n_columns = starts.ahead.shape[1], starts.level.shape[1]
        noise, repeats = None, 1
        if n_lanes is not None:
            repeats, starts = n_lanes, starts.repeated(n_lanes)
            noise = np.concatenate(
                [_draw(task.residuals, n_steps, n_lanes, self._seed) for task in tasks]
            )
        bounds = Bounds.together([task.bounds for task in tasks], n_steps, repeats)
        levels = self._network.run(starts, bounds, noise)
        return levels.reshape(len(tasks), repeats, n_steps, n_columns)

    def _collect(self, request, task, levels, alpha):
        """Return the forecast of a series at the steps of a request.

        Parameters
        ----------
        request : Request
            The rows to forecast.
        task : Task
            Of the request.
        levels : ndarray of shape (n_lanes, n_steps, n_columns)
            Closed loops.
        alpha : list of float or None
            Levels of quantiles.

        Returns
        -------
        forecast : ndarray of shape (n_steps, n_columns)
            In the user's units; with `alpha` of shape (n_steps, n_columns, n_levels).
        """
        expected, bounds = task.expected, task.bounds
        steps, scale = request.steps, self._scales[request.series.key]
        is_ahead = steps > 0
        rows = len(expected) - 1 + steps[~is_ahead]
        if alpha is None:
            forecast = np.empty((len(steps), expected.shape[1]))
            forecast[is_ahead] = levels[0, steps[is_ahead] - 1]
            forecast[~is_ahead] = expected[rows]
            return scale.unscale(forecast)
        # (n_levels, n_steps, n_columns); levels become the last axis at the end
        forecast = np.empty((len(alpha), len(steps), expected.shape[1]))
        ahead = levels[:, steps[is_ahead] - 1]
        forecast[:, is_ahead] = np.quantile(ahead, alpha, axis=0)
        around = np.quantile(task.residuals, alpha, axis=0)[:, np.newaxis]
        forecast[:, ~is_ahead] = bounds.clip(expected[rows] + around)
        return np.moveaxis(scale.unscale(forecast), 0, -1)


def _first_row(esn):
    """Return the number of the first row of a series that is forecast after washout."""
    return esn.washout + 1


def _draw(residuals, n_steps, n_lanes, seed):
    """Draw a residual for each lane and step.

    At each step the lanes share the residuals out evenly, at random: quantiles vary
    less than with independent draws. A longer horizon begins with the draws of a
    shorter horizon.

    Parameters
    ----------
    residuals : ndarray of shape (n_residuals, n_columns)
        To draw from.
    n_steps, n_lanes, seed : int
        Number of steps and of lanes; seed of the draws.

    Returns
    -------
    drawn : ndarray of shape (n_lanes, n_steps, n_columns)
    """
    generator = np.random.default_rng(seed)
    order = residuals[np.argsort(residuals[:, 0], kind="stable")]
    even = (np.arange(n_lanes) + 0.5) * len(order) / n_lanes
    drawn = [order[generator.permutation(even.astype(int))] for _ in range(n_steps)]
    shape = (n_lanes, n_steps, residuals.shape[1])
    return np.stack(drawn, axis=1) if n_steps else np.empty(shape)
