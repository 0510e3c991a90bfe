"""Echo state networks: fixed reservoirs whose readout alone is trained."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from numbers import Real
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_rnn._checks import read_numbers, short
from sklearn_rnn._ridge.paths import RidgePath
from sklearn_rnn._sequences.sequences import Sequences
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions

from .base import BaseESN
from .closed_loop import LEAST_STEPS, Feedback, score_free_runs
from .options import Options
from .readout_rows import Training
from .regression import ESNRegressorMixin

__all__ = ["ESNRegressor", "ESNRegressorCV"]

# Free runs are scored on this last part of the shortest sequence.
_TAIL = 0.1

_ALPHAS = (
    1e-12,
    1e-11,
    1e-10,
    1e-9,
    1e-8,
    1e-7,
    1e-6,
    1e-5,
    1e-4,
    1e-3,
    1e-2,
    0.1,
    1.0,
    10.0,
    100.0,
)


class ESNRegressor(ESNRegressorMixin, BaseESN):
    r"""Echo state network: a fixed random reservoir whose readout alone is trained.

    The input drives a reservoir of recurrent units, whose weights are drawn once and
    stay fixed. A linear readout of the states is fitted by ridge regression, and
    generalised cross-validation chooses its strength. Read more in
    :doc:`the user guide </user_guide/echo_state>`.

    Parameters
    ----------
    n_reservoir : int, default=500
        Number of units of a layer in one direction, at least 1.
    spectral_radius : float, default=1.0
        Largest modulus of the eigenvalues of the recurrent weights, at least 0: the
        weights are drawn and then scaled to it, exactly. The larger it is, the longer a
        state remembers; well above 1 it may never forget its start.
    leak_rate : float, default=1.0
        Fraction of a state that is new in each step, in (0, 1]; below 1 states are
        smooth, which suits slow inputs.
    input_scaling : float, default=0.1
        Factor of the input weights, at least 0. The smaller it is, the more linear the
        reservoir. It applies to standardised inputs, and to the first layer only.
    bias_scaling : float, default=0.5
        Factor of the biases, at least 0. Without biases, and with ``"tanh"``, the
        negative of an input leads to the negative of the states.
    connectivity : float, default=0.1
        Fraction of its layer's units that feed each unit, in (0, 1]:
        ``round(connectivity * n_reservoir)`` units, at least one.
    nonlinearity : {"tanh", "relu", "identity"}, default="tanh"
        Activation function of the units. States of ``"relu"`` and ``"identity"`` have
        no bounds; ``fit`` and ``predict`` raise an error where they grow too large.
    washout : int, default=0
        Number of first steps of each sequence, at least 0, that neither the readout nor
        the means of `pooling` use: their states still depend on the zero state at the
        start. Every sequence needs more steps than that.
    num_layers : int, default=1
        Number of layers, at least 1. A layer above the first reads the states of the
        layer below, with input weights whose squares sum to 1 for each unit on average;
        the readout sees the states of all layers.
    bidirectional : bool, default=False
        Whether each layer has a second reservoir, which reads from the last step to the
        first. Where each step has a target, all states of a sequence are then held at
        once.
    direct_input : bool, default=True
        Whether the readout sees the input beside the states.
    pooling : {"last", "mean", "both"}, default="last"
        States, and direct input, that the readout sees of a sequence: those of its last
        step (for a backward direction, the state after the first step), their means
        over all steps after the `washout`, or both side by side. With
        ``return_sequences=True`` it has no effect.
    alphas : float or array-like of shape (n_alphas,), default=(1e-12, ..., 100.0)
        Candidate strengths of the ridge, above 0, relative to the mean eigenvalue of
        the centred Gram matrix of the readout's columns; by default from 1e-12 to 100
        by decades. Of strengths with equal scores the largest is chosen.
    solver : {"ridge", "adam"}, default="ridge"
        Solver of the readout. ``"ridge"`` solves in closed form, from moments that are
        streamed. ``"adam"`` starts there and minimises `loss` and the ridge's penalty
        by Adam, through skorch; it holds the rows of all sequences at once,
        ``n_rows * n_columns`` numbers.
    loss : {"squared_error", "absolute_error", "huber"}, default="squared_error"
        Loss that the readout minimises. ``"absolute_error"`` fits the median, and
        ``"huber"`` is quadratic up to the root mean square of the ridge's residuals and
        linear beyond; both need ``solver="adam"``.
    feedback_features : array-like of shape (n_outputs,) or None, default=None
        Feature, by its number or name, that each output is fed back into in
        ``free_run``; together they must cover every feature. ``None``: 0 to
        ``n_outputs - 1``.
    return_sequences : bool, default=False
        Whether each step has a target, or each sequence.
    window_length : int or None, default=None
        Number of steps in a row of 2-D X, at least 1, time-major (the layout of
        ``SlidingWindowTransformer(flatten=True)``); it must divide the number of
        columns. ``None``: each column of 2-D X is one step of one feature. Flat windows
        that come straight from the transformer, and columns named after lags
        (``open_lag1``, ``close_lag1``, ``open_lag0``, ``close_lag0``), are read as
        windows instead; columns named after lags in another order are an error. The
        parameter has no effect on 3-D X and lists.
    standardize : bool, default=True
        Whether to scale each feature, over all its steps, and each output of y to mean
        0 and standard deviation 1. Scales are learnt from the training samples, by
        their weights, and undone in ``predict``.
    random_state : int, RandomState instance or None, default=None
        Seed of the reservoir's weights. An int makes ``fit`` repeat bit for bit on one
        machine; with ``None`` the seed is drawn from numpy's global generator.

    Attributes
    ----------
    coef_ : ndarray of shape (n_columns,) or (n_outputs, n_columns)
        Weights of the readout, in units of y: first those of the states, layer by
        layer, then those of the direct input, standardised. With ``pooling="both"``
        those of the last states, the means, the last input and its means.
    intercept_ : float or ndarray of shape (n_outputs,)
        Prediction where states and direct input are 0.
    alpha_ : float
        Chosen strength of the ridge.
    gcv_scores_ : ndarray of shape (n_alphas,)
        Generalised cross-validation score of each of `alphas`, lower is better (see
        Notes); infinite where a readout has too many degrees of freedom for its rows.
    loss_curve_ : list of float
        With ``solver="adam"``: the loss, penalty included, before each of its steps.
    reservoir_ : Reservoir
        The reservoir. ``reservoir_.layers[k][d]`` holds the weights of layer k in
        direction d as drawn: `w_in` of shape (n_reservoir, n_inputs), `bias` of shape
        (n_reservoir,), `links` of shape (n_reservoir, n_links), the units that feed
        each unit, and `w` of the same shape, their weights.
        ``reservoir_.radii[k][d]`` is the spectral radius of these weights.
    n_features_in_ : int
        Number of columns of 2-D X, size of the last axis of 3-D X and of the arrays of
        a list.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has string names.
    n_outputs_ : int
        Number of outputs.
    n_steps_ : int
        Number of steps of the longest training sequence.

    Raises
    ------
    ValueError
        In ``fit``, if a parameter is out of range or does not fit the data or another
        one, X or y has a wrong shape, too few samples or steps, or holds NaN (other
        than absent steps) or infinity. In ``predict``, if X differs from that of
        ``fit`` in its number of features. In ``free_run``, if the outputs do not cover
        every feature, or the run diverges.
    TypeError
        If a parameter has a wrong type or X is sparse.
    NotFittedError
        If ``predict``, ``free_run`` or ``score`` is used before ``fit``.

    See Also
    --------
    ESNRegressorCV : Chooses spectral radius, leak rate and input scaling as well.
    ReservoirTransformer : States of a reservoir over the rows of a series.
    GRURegressor : A recurrent network whose weights are all trained.

    Notes
    -----
    With the scaled input :math:`x_t`, of shape (n_features,), of step t, and the state
    :math:`h_t`, of shape (n_reservoir,), after it, a layer computes

    .. math::

        h_t = (1 - a) h_{t-1} + a f(\rho W h_{t-1} + s W_{in} x_t + b \beta),
        \quad h_0 = 0,

    with ``a = leak_rate``, ``f = nonlinearity``, ``rho = spectral_radius``,
    ``s = input_scaling`` and ``b = bias_scaling``. All weights are uniform, and
    :math:`W` has a spectral radius of 1. The readout is
    :math:`y_t = V [h_t; x_t] + v`.

    With the sum n of the weights of the rows (the number of rows, where that is
    larger), the weighted residual sum of squares RSS of standardised outputs, averaged
    over them, and the trace df of the hat matrix, the intercept's 1 included, the score
    of a strength is

    .. math::

        \mathrm{GCV} = \frac{n \, \mathrm{RSS}}{(n - 2.5 \, \mathrm{df})^2},

    and, where n is at most four times the number of columns, no less than the mean
    squared error of rows that are left out one by one.

    Each sequence starts from a zero state, in ``predict`` as in ``fit``: no row of X
    affects another. All is computed in float64. A fit keeps O(n_columns^2) numbers,
    whatever the number of rows.

    The guide explains :ref:`the price of 2.5 <esn-gcv>`, :ref:`how a fit computes
    <esn-computation>` and :ref:`which types skops asks to trust <esn-types>`, and lists
    the :ref:`references <esn-references>`.

    Examples
    --------
    The tenth-order NARMA system, from its input alone, a target for each step:

    >>> from sklearn_rnn import ESNRegressor
    >>> from sklearn_rnn.datasets import make_narma
    >>> u, y = make_narma(3000, random_state=0)
    >>> X, y = u[None], y[None]  # one sequence, (1, 3000, 1) and (1, 3000)
    >>> esn = ESNRegressor(200, return_sequences=True, washout=100, random_state=0)
    >>> esn = esn.fit(X[:, :2000], y[:, :2000])
    >>> print(f"R2: {esn.score(X[:, 2000:], y[:, 2000:]):.2f}")
    R2: 0.97

    A chaotic series that is run on its own predictions:

    >>> from sklearn_rnn.datasets import make_mackey_glass
    >>> series = make_mackey_glass(3050, random_state=0)
    >>> X, y = series[None, :-1, None], series[None, 1:]  # y: the next step
    >>> esn.fit(X[:, :2999], y[:, :2999]).free_run(X[:, :3000], 50).shape
    (1, 50)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ESNRegressorMixin._parameter_constraints,
        "spectral_radius": [Interval(Real, 0, None, closed="left")],
        "leak_rate": [Interval(Real, 0, 1, closed="right")],
        "input_scaling": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_reservoir: int = 500,
        *,
        spectral_radius: float = 1.0,
        leak_rate: float = 1.0,
        input_scaling: float = 0.1,
        bias_scaling: float = 0.5,
        connectivity: float = 0.1,
        nonlinearity: Literal["tanh", "relu", "identity"] = "tanh",
        washout: int = 0,
        num_layers: int = 1,
        bidirectional: bool = False,
        direct_input: bool = True,
        pooling: Literal["last", "mean", "both"] = "last",
        alphas: ArrayLike = _ALPHAS,
        solver: Literal["ridge", "adam"] = "ridge",
        loss: Literal["squared_error", "absolute_error", "huber"] = "squared_error",
        feedback_features: Sequence[int | str] | None = None,
        return_sequences: bool = False,
        window_length: int | None = None,
        standardize: bool = True,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_reservoir = n_reservoir
        self.spectral_radius = spectral_radius
        self.leak_rate = leak_rate
        self.input_scaling = input_scaling
        self.bias_scaling = bias_scaling
        self.connectivity = connectivity
        self.nonlinearity = nonlinearity
        self.washout = washout
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.direct_input = direct_input
        self.pooling = pooling
        self.alphas = alphas
        self.solver = solver
        self.loss = loss
        self.feedback_features = feedback_features
        self.return_sequences = return_sequences
        self.window_length = window_length
        self.standardize = standardize
        self.random_state = random_state

    def _settings(self) -> list[dict[str, float]]:
        names = ("spectral_radius", "leak_rate", "input_scaling")
        return [{name: float(getattr(self, name)) for name in names}]

    def _choose(self, training: Training, options: Options) -> tuple[int, RidgePath]:
        (path,) = training.fit_paths(options.alphas)
        return 0, path


class ESNRegressorCV(ESNRegressorMixin, BaseESN):
    r"""Echo state network that chooses its own reservoir, by cross-validation.

    Every combination of spectral radius, leak rate and input scaling is tried, each
    with its best strength of the ridge. All candidates share one set of weights, which
    the settings only scale, and run through the data side by side: 16 candidates take
    about a third of the time of 16 reservoirs. Read more in
    :doc:`the user guide </user_guide/echo_state>`.

    Parameters
    ----------
    n_reservoir : int, default=500
        Number of units of a layer in one direction, at least 1.
    spectral_radii : float or array-like of shape (n_radii,), default=(0.9, 1.0)
        Spectral radii to try, each at least 0; see ``ESNRegressor``.
    leak_rates : float or array-like of shape (n_rates,), default=(0.5, 1.0)
        Leak rates to try, each in (0, 1].
    input_scalings : float or array-like, default=(0.005, 0.02, 0.1, 0.4)
        Input scalings to try, of shape (n_scalings,), each at least 0.
    bias_scaling : float, default=0.5
        Factor of the biases, at least 0. Without biases, and with ``"tanh"``, the
        negative of an input leads to the negative of the states.
    scoring : {"gcv", "free_run"}, default="gcv"
        Score that ranks the settings.

        - ``"gcv"``: the best generalised cross-validation score of the readout.
        - ``"free_run"``: the errors of runs of the network on its own predictions, from
          up to 10 starts, over the last tenth of each sequence, which the compared
          readouts have not seen: the mean over the steps ahead of the logarithm of the
          mean squared error. It is for networks trained to predict the next step
          (``return_sequences=True``, an output for every feature); the chosen setting
          is then fitted on all steps.
    connectivity : float, default=0.1
        Fraction of its layer's units that feed each unit, in (0, 1]:
        ``round(connectivity * n_reservoir)`` units, at least one.
    nonlinearity : {"tanh", "relu", "identity"}, default="tanh"
        Activation function of the units. States of ``"relu"`` and ``"identity"`` have
        no bounds; ``fit`` and ``predict`` raise an error where they grow too large.
    washout : int, default=0
        Number of first steps of each sequence, at least 0, that neither the readout nor
        the means of `pooling` use: their states still depend on the zero state at the
        start. Every sequence needs more steps than that.
    num_layers : int, default=1
        Number of layers, at least 1. A layer above the first reads the states of the
        layer below, with input weights whose squares sum to 1 for each unit on average;
        the readout sees the states of all layers.
    bidirectional : bool, default=False
        Whether each layer has a second reservoir, which reads from the last step to the
        first. Where each step has a target, all states of a sequence are then held at
        once.
    direct_input : bool, default=True
        Whether the readout sees the input beside the states.
    pooling : {"last", "mean", "both"}, default="last"
        States, and direct input, that the readout sees of a sequence: those of its last
        step (for a backward direction, the state after the first step), their means
        over all steps after the `washout`, or both side by side. With
        ``return_sequences=True`` it has no effect.
    alphas : float or array-like of shape (n_alphas,), default=(1e-12, ..., 100.0)
        Candidate strengths of the ridge, above 0, relative to the mean eigenvalue of
        the centred Gram matrix of the readout's columns; by default from 1e-12 to 100
        by decades. Of strengths with equal scores the largest is chosen.
    solver : {"ridge", "adam"}, default="ridge"
        Solver of the readout. ``"ridge"`` solves in closed form, from moments that are
        streamed. ``"adam"`` starts there and minimises `loss` and the ridge's penalty
        by Adam, through skorch; it holds the rows of all sequences at once,
        ``n_rows * n_columns`` numbers.
    loss : {"squared_error", "absolute_error", "huber"}, default="squared_error"
        Loss that the readout minimises. ``"absolute_error"`` fits the median, and
        ``"huber"`` is quadratic up to the root mean square of the ridge's residuals and
        linear beyond; both need ``solver="adam"``.
    feedback_features : array-like of shape (n_outputs,) or None, default=None
        Feature, by its number or name, that each output is fed back into in
        ``free_run``; together they must cover every feature. ``None``: 0 to
        ``n_outputs - 1``.
    return_sequences : bool, default=False
        Whether each step has a target, or each sequence.
    window_length : int or None, default=None
        Number of steps in a row of 2-D X, at least 1, time-major (the layout of
        ``SlidingWindowTransformer(flatten=True)``); it must divide the number of
        columns. ``None``: each column of 2-D X is one step of one feature. Flat windows
        that come straight from the transformer, and columns named after lags
        (``open_lag1``, ``close_lag1``, ``open_lag0``, ``close_lag0``), are read as
        windows instead; columns named after lags in another order are an error. The
        parameter has no effect on 3-D X and lists.
    standardize : bool, default=True
        Whether to scale each feature, over all its steps, and each output of y to mean
        0 and standard deviation 1. Scales are learnt from the training samples, by
        their weights, and undone in ``predict``.
    random_state : int, RandomState instance or None, default=None
        Seed of the reservoir's weights. An int makes ``fit`` repeat bit for bit on one
        machine; with ``None`` the seed is drawn from numpy's global generator.

    Attributes
    ----------
    spectral_radius_ : float
        The chosen spectral radius.
    leak_rate_ : float
        The chosen leak rate.
    input_scaling_ : float
        The chosen input scaling.
    candidates_ : list of dict
        The settings that were tried.
    candidate_scores_ : ndarray of shape (n_candidates,)
        Score of each by `scoring`, lower is better.
    coef_ : ndarray of shape (n_columns,) or (n_outputs, n_columns)
        Weights of the readout, in units of y: first those of the states, layer by
        layer, then those of the direct input, standardised. With ``pooling="both"``
        those of the last states, the means, the last input and its means.
    intercept_ : float or ndarray of shape (n_outputs,)
        Prediction where states and direct input are 0.
    alpha_ : float
        Chosen strength of the ridge.
    gcv_scores_ : ndarray of shape (n_alphas,)
        Generalised cross-validation score of each of `alphas`, lower is better (see
        Notes); infinite where a readout has too many degrees of freedom for its rows.
    loss_curve_ : list of float
        With ``solver="adam"``: the loss, penalty included, before each of its steps.
    reservoir_ : Reservoir
        The reservoir. ``reservoir_.layers[k][d]`` holds the weights of layer k in
        direction d as drawn: `w_in` of shape (n_reservoir, n_inputs), `bias` of shape
        (n_reservoir,), `links` of shape (n_reservoir, n_links), the units that feed
        each unit, and `w` of the same shape, their weights.
        ``reservoir_.radii[k][d]`` is the spectral radius of these weights.
    n_features_in_ : int
        Number of columns of 2-D X, size of the last axis of 3-D X and of the arrays of
        a list.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has string names.
    n_outputs_ : int
        Number of outputs.
    n_steps_ : int
        Number of steps of the longest training sequence.

    Raises
    ------
    ValueError
        In ``fit``, if a parameter is out of range or does not fit the data or another
        one, X or y has a wrong shape, too few samples or steps, or holds NaN (other
        than absent steps) or infinity. In ``predict``, if X differs from that of
        ``fit`` in its number of features. In ``free_run``, if the outputs do not cover
        every feature, or the run diverges.
    TypeError
        If a parameter has a wrong type or X is sparse.
    NotFittedError
        If ``predict``, ``free_run`` or ``score`` is used before ``fit``.

    See Also
    --------
    ESNRegressor : One setting, which ``GridSearchCV`` can search as well.
    ReservoirTransformer : States of a reservoir over the rows of a series.

    Notes
    -----
    The network, the score of a strength and the computation are those of
    ``ESNRegressor``. ``partial_fit`` adds sequences to the readout of the setting that
    its first call chose.

    The guide explains :ref:`how a fit computes <esn-computation>` and :ref:`which types
    skops asks to trust <esn-types>`, and lists the
    :ref:`references <esn-references>`.

    Examples
    --------
    >>> from sklearn_rnn import ESNRegressorCV
    >>> from sklearn_rnn.datasets import make_narma
    >>> u, y = make_narma(3000, random_state=0)
    >>> X, y = u[None], y[None]  # one sequence, (1, 3000, 1) and (1, 3000)
    >>> esn = ESNRegressorCV(200, return_sequences=True, washout=100, random_state=0)
    >>> esn = esn.fit(X[:, :2000], y[:, :2000])
    >>> print(f"R2: {esn.score(X[:, 2000:], y[:, 2000:]):.2f}")
    R2: 0.99
    >>> len(esn.candidates_), esn.candidate_scores_.shape
    (16, (16,))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ESNRegressorMixin._parameter_constraints,
        "spectral_radii": ["array-like", Interval(Real, 0, None, closed="left")],
        "leak_rates": ["array-like", Interval(Real, 0, 1, closed="right")],
        "input_scalings": ["array-like", Interval(Real, 0, None, closed="left")],
        "scoring": [StrOptions({"gcv", "free_run"})],
    }

    def __init__(
        self,
        n_reservoir: int = 500,
        *,
        spectral_radii: ArrayLike = (0.9, 1.0),
        leak_rates: ArrayLike = (0.5, 1.0),
        input_scalings: ArrayLike = (0.005, 0.02, 0.1, 0.4),
        bias_scaling: float = 0.5,
        scoring: Literal["gcv", "free_run"] = "gcv",
        connectivity: float = 0.1,
        nonlinearity: Literal["tanh", "relu", "identity"] = "tanh",
        washout: int = 0,
        num_layers: int = 1,
        bidirectional: bool = False,
        direct_input: bool = True,
        pooling: Literal["last", "mean", "both"] = "last",
        alphas: ArrayLike = _ALPHAS,
        solver: Literal["ridge", "adam"] = "ridge",
        loss: Literal["squared_error", "absolute_error", "huber"] = "squared_error",
        feedback_features: Sequence[int | str] | None = None,
        return_sequences: bool = False,
        window_length: int | None = None,
        standardize: bool = True,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_reservoir = n_reservoir
        self.spectral_radii = spectral_radii
        self.leak_rates = leak_rates
        self.input_scalings = input_scalings
        self.bias_scaling = bias_scaling
        self.scoring = scoring
        self.connectivity = connectivity
        self.nonlinearity = nonlinearity
        self.washout = washout
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.direct_input = direct_input
        self.pooling = pooling
        self.alphas = alphas
        self.solver = solver
        self.loss = loss
        self.feedback_features = feedback_features
        self.return_sequences = return_sequences
        self.window_length = window_length
        self.standardize = standardize
        self.random_state = random_state

    def _settings(self) -> list[dict[str, float]]:
        values = {
            "spectral_radius": self._check_values("spectral_radii", np.inf, True),
            "leak_rate": self._check_values("leak_rates", 1.0, False),
            "input_scaling": self._check_values("input_scalings", np.inf, True),
        }
        return [
            dict(zip(values, one, strict=True)) for one in product(*values.values())
        ]

    def _check_values(
        self, name: str, largest: float, may_be_zero: bool
    ) -> list[float]:
        """Return the values of a parameter that holds several."""
        given = getattr(self, name)
        values = read_numbers(given)
        is_valid = values is not None and (values <= largest).all()
        if is_valid:
            is_valid = (values >= 0).all() if may_be_zero else (values > 0).all()
        if not is_valid:
            begin = "[0" if may_be_zero else "(0"
            end = "inf)" if np.isinf(largest) else f"{largest:g}]"
            raise ValueError(
                f"{name}={short(given)} must be one or more numbers in {begin}, {end}."
            )
        return [float(value) for value in values]

    def _check_options(self) -> None:
        super()._check_options()
        self._settings()
        if self.scoring == "free_run" and not self.return_sequences:
            raise ValueError(
                "scoring='free_run' needs return_sequences=True, got "
                "return_sequences=False."
            )

    def _choose(self, training: Training, options: Options) -> tuple[int, RidgePath]:
        settings, alphas = options.settings, options.alphas
        if self.scoring == "gcv":
            paths = training.fit_paths(alphas)
            scores = np.array([path.scores.min() for path in paths])
            best = int(np.argmin(scores))
            path = paths[best]
        else:
            scores = self._score_free_runs(training, alphas)
            best = int(np.argmin(scores))
            chosen = replace(training, readout_rows=training.readout_rows.take(best))
            (path,) = chosen.fit_paths(alphas)
        self.candidates_, self.candidate_scores_ = settings, scores
        for name, value in settings[best].items():
            setattr(self, f"{name}_", value)
        return best, path

    def _score_free_runs(
        self, training: Training, alphas: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Score each setting by free runs over the tail of the sequences."""
        columns = self._check_closed_loop(training.readout_rows)
        sequences, targets = training.sequences, training.targets
        lengths, shortest = sequences.lengths, sequences.n_present.min()
        n_tail = max(1, round(_TAIL * shortest))
        n_needed = max(LEAST_STEPS, training.readout_rows.washout + 1)
        if shortest - n_tail < n_needed:
            raise ValueError(
                f"X has a sequence of {shortest} steps, of which scoring='free_run' "
                f"holds out the last {n_tail}; at least {n_needed} must go before them."
            )
        head = replace(
            training,
            sequences=Sequences(
                sequences.values[:, :-n_tail],
                None if lengths is None else lengths - n_tail,
            ),
            targets=targets[:, :-n_tail],
        )
        ridges = [path.ridge() for path in head.fit_paths(alphas)]
        readouts = (
            np.stack([ridge.coef for ridge in ridges]),
            np.stack([ridge.intercept for ridge in ridges]),
        )
        feedback = Feedback.of_scaled_predictions(columns, self._scaler)
        return score_free_runs(training, readouts, feedback, n_tail)
