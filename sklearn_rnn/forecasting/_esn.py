"""Forecasts by echo state networks that run on by themselves."""

from copy import copy
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sklearn_rnn._checks import read_count, short
from sklearn_rnn._conformal import find_surprises, in_part
from sklearn_rnn._parameters import read_random_state
from sklearn_rnn._reservoir.regressors import ESNRegressor, ESNRegressorCV

from ._base import BaseSeriesForecaster
from ._closed_loop import (
    Bounds,
    Continued,
    Network,
    examples,
    fit_network,
    largest_step,
    longer,
)
from ._esn_choices import STRONG, choose_loops, fit_scales, list_candidates
from ._limits import Usual
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
    """What the forecasts of a series set out from, in scaled units.

    Parameters
    ----------
    expected : ndarray of shape (n_rows, n_columns)
        Each row, forecast from those before it.
    start : Continued
        Where loops start.
    bounds : Bounds
        What they are kept within.
    residuals : ndarray of shape (n_residuals, n_columns)
        One-step errors that are drawn from.
    surprise : ndarray of shape (n_columns,)
        How far the last rows were missed, in the user's units, where that is far more
        than earlier rows; else 0.
    """

    expected: np.ndarray
    start: Continued
    bounds: Bounds
    residuals: np.ndarray
    surprise: np.ndarray


class ESNForecaster(BaseSeriesForecaster):
    r"""Forecasts by an echo state network that is run on its own forecasts.

    An echo state network reads a series row by row and learns to tell the next row.
    Driven by all the rows that are known, it goes on with what it predicts in place of
    rows to come: a closed loop. With :math:`z_t` the standardised row t, of its
    logarithm or square root where `log` or `sqrt` is on, :math:`c_t` its covariates,
    and the difference :math:`d_t = z_t - z_{t-1}`, it computes

    .. math::

        x_t = [d_t; c_{t+1}], \quad
        h_t = (1 - a) h_{t-1} + a \tanh(\rho W h_{t-1} + s W_{in} x_t + b \beta), \quad
        \hat z_{t+1} = z_t + V [h_t; x_t] + v,

    or with ``center=False`` :math:`x_t = [z_t; c_{t+1}]` and
    :math:`\hat z_{t+1} = V [h_t; x_t] + v`. See ``ESNRegressor`` for the network. In a
    closed loop each :math:`\hat z` is kept within limits that the series sets, in its
    own units, and with differences, each step within the largest seen; so no loop
    diverges, whatever the readout. The limits are those of ``RecurrentForecaster``: the
    range of the rows known and half its width on either side, or as far as growth that
    was seen takes it; see its Notes.

    Several series are read by one network, each standardised by itself, and may differ
    in length. All columns of y are read and predicted together.

    Parameters
    ----------
    esn : ESNRegressor or ESNRegressorCV or None, default=None
        The network, unfitted, with ``bidirectional=False``. It is cloned, and in the
        clone `return_sequences` set, `washout`, where it is 0, to a tenth of the
        shortest series' rows, 100 at most, and `random_state` where the forecaster's is
        set or the network's is not. ``None``: an ``ESNRegressorCV`` of 200 units with
        spectral radii 0.8, 0.9 and 1, input scalings 0.1 and 0.4, and readouts either
        of any strength or of 0.1 and more, whichever loops best (see `center`).
    log : bool or "auto", default="auto"
        Whether to take logarithms, which all values must be positive for. ``"auto"``:
        where all training values are, unless closed loops without them (see `center`)
        miss over a third less, in the units of y.
    sqrt : bool or "auto", default="auto"
        Whether to take square roots, which no value may be negative for; forecasts then
        never are. It evens out the spread of counts and amounts. ``"auto"``: with
        ``log="auto"`` where no training value is negative and some are 0, unless
        closed loops without them miss over a third less, as for `log`.
    center : bool or "auto", default="auto"
        Whether to read and predict differences between successive rows, so that the
        level is carried, not learnt, as suits a series with a trend; otherwise the rows
        themselves, as suits one that returns to its mean. ``"auto"``: whichever closed
        loops over the last quarter of the training rows, by networks that have learnt
        from those before, miss less; True for series of fewer than 8 rows.
    n_bootstrap : int, default=200
        Number of closed loops, from 1 to 100,000, that quantiles and intervals are
        taken from. Each adds to every forecast, before it is read, a residual drawn
        from those of one-step forecasts.
    random_state : int, RandomState instance or None, default=None
        Seeds the reservoir and the residuals that are drawn. With an int forecasts
        repeat; with ``None`` the seeds are drawn from numpy's global generator, once,
        in ``fit``.

    Attributes
    ----------
    log_, sqrt_ : bool
        Whether logarithms or square roots are taken.
    center_ : bool
        Whether differences are read.
    esn_ : ESNRegressor or ESNRegressorCV
        The fitted network.
    loop_scores_ : dict of tuple to float
        Where there was a choice: mean absolute error, in standardised units, of closed
        loops over the last quarter of the training rows, by ``(center, alpha)``, with
        the least strength of the readout that was tried; lower is better.
    covariate_names_ : list or None
        Names of the columns of X; None where there was no X.

    Raises
    ------
    ValueError
        In ``fit``, if a parameter is out of range, no series is longer than the
        washout, or with ``log=True`` or ``sqrt=True`` a value is out of range; in
        ``fit`` and ``update``, if times have gaps, a value is infinite or X lacks a
        row; in ``predict``, if X lacks a row up to the last one that is forecast, or a
        row before the first known one is asked for.
    TypeError
        If a parameter has a wrong type.

    See Also
    --------
    sklearn_rnn.ESNRegressor : The network.
    RecurrentForecaster : Forecasts all horizons at once, from windows.

    Notes
    -----
    The forecast of a known row (an in-sample one) is what the network expects one step
    ahead, given the rows before, within the same bounds. The first row has none before
    it: its forecast is the row itself. Forecasts of the first few rows, where the state
    still shows that it started from rest, are poor.

    X is read one row ahead, so ``predict`` needs its rows for all steps up to the
    last one asked for.

    Residuals are those of a series' own known rows after the washout, or where they are
    fewer than 20, those of all training rows. As the network has learnt from the rows,
    they are too small; they are stretched to the size that generalised cross-validation
    expects, by ``1 / (1 - df / n)``, df being the readout's degrees of freedom. Where
    it meets all rows exactly, having as many weights as there are rows, the differences
    between rows (or the rows) from their mean take their place. Every interval holds
    the forecast.

    ``update`` adds to what is known. With ``update_params=True`` the readout is fitted
    anew, exactly, to all known rows; the reservoir, its settings, logarithms and scales
    stay. A series that is new gets a scale of its own.

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
    >>> from sktime.datasets import load_airline
    >>> from sklearn_rnn.forecasting import ESNForecaster
    >>> y = load_airline()
    >>> forecaster = ESNForecaster(random_state=0).fit(y.iloc[:132])
    >>> y_pred = forecaster.predict(fh=range(1, 13))
    >>> float((y_pred / y.iloc[132:] - 1).abs().mean()) < 0.1
    True
    >>> forecaster.predict_interval(fh=range(1, 13), coverage=0.9).shape
    (12, 2)
    """

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
            There is one set of them.

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

    # ------------------------------------------------------------------ what is checked

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

    # -------------------------------------------------------------------- how it learns

    def _horizons(self, fh):
        return None  # one step ahead is all that is learnt

    def _learn(self, known, covariate_names, horizons):
        self.covariate_names_ = covariate_names
        self.column_names_ = list(self._get_varnames())
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
        series = [self._scaled(one) for one in known.values()]
        self._take(fit_network(choice.esn, series, self.center_), known)

    def _take(self, network, known):
        """Take over a fitted network, and what its closed loops are bound to."""
        self._network, self.esn_ = network, network.esn
        series = [self._scaled(one) for one in known.values()]
        self._usual = Usual.of([one.values for one in known.values()])
        self._step = largest_step([z for z, _ in series])
        pairs = [
            (z, network.follow(z, c, self._bounds(one, 1)))
            for one, (z, c) in zip(known.values(), series, strict=True)
        ]
        self._stretch = network.stretch(
            np.concatenate([(z - expected)[self._first_row :] for z, expected in pairs])
        )
        residuals = np.concatenate([self._errors(*pair) for pair in pairs])
        if len(residuals) > _MOST_RESIDUALS:
            rows = np.linspace(0, len(residuals) - 1, _MOST_RESIDUALS).astype(int)
            residuals = residuals[rows]
        if len(residuals) < _LEAST_RESIDUALS:
            # Too few to tell of which sign errors are
            residuals = np.concatenate([residuals, -residuals])
        self._residuals = residuals

    def _take_in(self, new, update_params):
        self._scales = dict(self._scales)
        for key in new:
            if key not in self._scales:
                values = self._known[key].values
                self._scales[key] = Scale.fit(values, self._power)
        if update_params:
            series = [self._scaled(one) for one in self._known.values()]
            esn = copy(self.esn_)  # what it holds is replaced, not changed
            esn._relearn(*examples(longer(series, esn.washout), self.center_))
            self._take(Network(esn, self.center_), self._known)

    def _scaled(self, series):
        """Return a series, scaled, and its covariates."""
        return self._scales[series.key].scale(series.values), series.covariates

    def _bounds(self, series, n_steps):
        """Return what loops of so many steps from the end of a series are bound to."""
        scale = self._scales[series.key]
        return Bounds.of(series.values, scale, n_steps, self._usual, self._step)

    @property
    def _first_row(self):
        """The first row of a series that is forecast after the washout."""
        return self.esn_.washout + 1

    def _errors(self, z, expected):
        """Return one-step errors after the washout, as large as those of rows to come.

        Parameters
        ----------
        z, expected : ndarray of shape (n_rows, n_columns)
            A scaled series, and what the network makes of the rows before each.
        """
        if self._stretch is not None:
            return (z - expected)[self._first_row :] * self._stretch
        # A network that meets every row it has learnt tells nothing of others. What is
        # to be learnt does: steps or rows, about their mean.
        targets = np.diff(z, axis=0) if self.center_ else z[1:]
        if len(targets) > 1:
            targets = targets - targets.mean(axis=0)
        return targets[self._first_row - 1 :]

    # ----------------------------------------------------------------- how it forecasts

    def _check_reach(self, series, farthest):
        if farthest > _FARTHEST:
            raise ValueError(
                f"fh reaches {farthest} rows beyond the end of {series.name}; loops of "
                f"at most {_FARTHEST} rows are run."
            )

    def _forecast(self, requests, alpha=None):
        tasks = [self._begin(request) for request in requests]
        points = self._run(requests, tasks)
        if alpha is None:
            return points
        is_low, is_high = np.less(alpha, 0.5), np.greater(alpha, 0.5)
        quantiles = self._run(requests, tasks, alpha)
        for of_series, point, request, task in zip(
            quantiles, points, requests, tasks, strict=True
        ):
            # Without noise a loop may leave the middle of those with it: where a series
            # is 0 but for some rows, most of these stay at 0. And where something has
            # changed all may be as wrong as they were of late.
            farther = self._farther(point, request, task, alpha)
            for is_one, choose in ((is_low, np.minimum), (is_high, np.maximum)):
                quantile = of_series[..., is_one]
                of_series[..., is_one] = choose(quantile, farther[..., is_one])
        return quantiles

    def _farther(self, point, request, task, alpha):
        """Return forecasts, and as far from them as rows were missed of late.

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
        """Return forecasts, or with `alpha` quantiles, by loops from `tasks`."""
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

    def _begin(self, request):
        """Return what the forecasts of a series set out from."""
        series = request.series
        is_missing = np.isnan(request.ahead).any(axis=1)
        if is_missing.any():
            step = int(np.argmax(is_missing)) + 1
            reach = "at every time up to the last that is forecast"
            raise lacks_covariates(series, step, self._spacing(), reach)
        z, covariates = self._scaled(series)
        bounds = self._bounds(series, len(request.ahead))
        start = self._network.starts(
            z, covariates, [len(z) - 1], len(request.ahead), request.ahead
        )
        expected = self._network.follow(z, covariates, bounds)
        residuals = self._errors(z, expected)
        n_recent = max(1, len(request.ahead))
        missed = series.values - self._scales[series.key].unscale(expected)
        is_recent = np.arange(len(z))[::-1] < n_recent
        (surprise,) = find_surprises(
            np.abs(missed)[self._first_row :, np.newaxis],
            np.zeros(max(0, len(z) - self._first_row), int),
            is_recent[self._first_row :, np.newaxis],
        )
        if len(residuals) < _LEAST_RESIDUALS:
            residuals = self._residuals
        return Task(expected, start, bounds, residuals, surprise)

    def _loop(self, tasks, n_lanes):
        """Run closed loops of some series; with `n_lanes` so many each, with noise.

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
        """Return the forecast of a series at the steps asked for, in the user's units.

        Parameters
        ----------
        request : Request
            What is asked for.
        task : Task
            What they set out from.
        levels : ndarray of shape (n_lanes, n_steps, n_columns)
            Closed loops.
        alpha : list of float or None
            Levels of quantiles.
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
        # (n_levels, n_steps, n_columns) -> levels last, once they are in user's units
        forecast = np.empty((len(alpha), len(steps), expected.shape[1]))
        ahead = levels[:, steps[is_ahead] - 1]
        forecast[:, is_ahead] = np.quantile(ahead, alpha, axis=0)
        around = np.quantile(task.residuals, alpha, axis=0)[:, np.newaxis]
        forecast[:, ~is_ahead] = bounds.clip(expected[rows] + around)
        return np.moveaxis(scale.unscale(forecast), 0, -1)


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
