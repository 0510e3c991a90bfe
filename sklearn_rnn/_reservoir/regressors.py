"""Echo state networks: fixed reservoirs whose readout alone is trained."""

from dataclasses import replace
from itertools import product
from numbers import Real

import numpy as np

from sklearn_rnn._checks import read_numbers, short
from sklearn_rnn._sequences.sequences import Sequences
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions

from .base import BaseESN
from .closed_loop import LEAST_STEPS, Feedback, score_free_runs
from .regression import ESNRegressorMixin

__all__ = ["ESNRegressor", "ESNRegressorCV"]

_TAIL = 0.1  # of the shortest sequence: what free runs are scored on

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

    With :math:`x_t`, of shape (n_features,), the scaled step t of a sequence, and
    :math:`h_t`, of shape (n_reservoir,), the state after it, :math:`h_0 = 0`, the
    reservoir computes

    .. math::

        h_t = (1 - a) h_{t-1} + a \tanh(\rho W h_{t-1} + s W_{in} x_t + b \beta)

    with the leak rate a, the spectral radius :math:`\rho` (W has 1), the input scaling
    s and the bias scaling b. Its weights are uniform and stay as drawn. The readout
    :math:`y_t = V [h_t; x_t] + v` is a ridge regression, its strength chosen by
    generalised cross-validation.

    Parameters
    ----------
    n_reservoir : int, default=500
        Number of units of a layer in one direction, at least 1.
    spectral_radius : float, default=1.0
        Largest modulus of the eigenvalues of the recurrent weights, at least 0: they
        are drawn and then scaled to it, exactly. The larger, the longer a state
        remembers; well above 1 it may never forget where it started.
    leak_rate : float, default=1.0
        Part of a state that is new in each step, in (0, 1]; below 1 states are smooth,
        which suits slow inputs.
    input_scaling : float, default=0.1
        Factor of the input weights, at least 0. The smaller, the more linear the
        reservoir. It applies to standardised inputs, and to the first layer only.
    bias_scaling : float, default=0.5
        Factor of the biases, at least 0. Without biases, and with ``"tanh"``, a
        reservoir answers to the negative of an input with the negative of its states.
    connectivity : float, default=0.1
        Part of the units of its layer that a unit hears, in (0, 1]: each hears
        ``round(connectivity * n_reservoir)`` units, at least one.
    nonlinearity : {"tanh", "relu", "identity"}, default="tanh"
        What a unit does to its input. States of ``"relu"`` and ``"identity"`` have no
        bounds; where they grow beyond all bounds ``fit`` or ``predict`` says so.
    washout : int, default=0
        Number of first steps of each sequence, at least 0, that neither the readout is
        trained on nor means are taken over: the state still shows that it started from
        rest. Every sequence needs more steps than that.
    num_layers : int, default=1
        Number of layers, at least 1. Each but the first reads the states of the one
        below, with input weights whose squares sum to 1 for each unit on average; the
        readout sees the states of all layers.
    bidirectional : bool, default=False
        Whether a second reservoir in each layer goes from the last step to the first.
        All states of a sequence are then held at once where each step has a target.
    direct_input : bool, default=True
        Whether the readout sees the input itself beside the states.
    pooling : {"last", "mean", "both"}, default="last"
        Which states, and which direct input, the readout sees of a sequence: those of
        its last step (for a backward direction, the state after the first step), their
        means over all steps after the `washout`, or both side by side. With
        ``return_sequences=True`` it has no effect.
    alphas : float or array-like of shape (n_alphas,), default=(1e-12, ..., 100.0)
        Strengths of the ridge to choose from, above 0, relative to the mean eigenvalue
        of the centred Gram matrix of what the readout sees; by default from 1e-12 to
        100 by decades. Of strengths that are equally good the largest is taken.
    solver : {"ridge", "adam"}, default="ridge"
        How the readout is fitted. ``"ridge"``: in closed form, from moments that are
        streamed. ``"adam"``: from there by Adam, through skorch, for `loss`, with the
        ridge's penalty; what the readout sees of all sequences is then held at once,
        ``n_rows * n_columns`` numbers.
    loss : {"squared_error", "absolute_error", "huber"}, default="squared_error"
        Loss that the readout minimises. ``"absolute_error"`` fits the median, and
        ``"huber"`` is quadratic up to the root mean square of the ridge's residuals and
        linear beyond; both need ``solver="adam"``.
    feedback_features : array-like of shape (n_outputs,) or None, default=None
        The feature, its number or its name, that each output is fed back into in
        ``free_run``; there they must cover every feature. ``None``: 0 to
        ``n_outputs - 1``.
    return_sequences : bool, default=False
        Whether each step has a target, rather than each sequence.
    window_length : int or None, default=None
        Number of steps in a row of 2-D X, at least 1, time-major (what
        ``SlidingWindowTransformer(flatten=True)`` gives); it must divide the number of
        columns. ``None``: each column of 2-D X is one step of one feature. Flat windows
        that come straight from the transformer, and columns named after lags
        (``open_lag1``, ``close_lag1``, ``open_lag0``, ``close_lag0``), are read as
        windows instead; columns named after lags in another order are an error. It
        does not touch 3-D X and lists.
    standardize : bool, default=True
        Whether to scale each feature, over all its steps, and each output of y to mean
        0 and standard deviation 1, learnt from the training samples, by their weights,
        and undone in ``predict``.
    random_state : int, RandomState instance or None, default=None
        Seeds the weights of the reservoir. An int makes ``fit`` repeat bit for bit on
        one machine; with ``None`` the seed is drawn from numpy's global generator.

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
        Generalised cross-validation score of each of `alphas`, lower is better: with W
        the sum of the weights (the number of rows, where that is larger), RSS the
        weighted residual sum of squares of standardised outputs, averaged over them,
        and df the trace of the hat matrix, the intercept's 1 included, each degree
        priced at 2.5, it is ``W * RSS / (W - 2.5 * df)**2``; infinite where df is more
        than W can pay for. Where W is at most four times the number of columns it is no
        less than the mean square error of rows that are left out one by one.
    loss_curve_ : list of float
        With ``solver="adam"``: the loss, penalty included, before each of its steps.
    reservoir_ : Reservoir
        The reservoir: `layers`, the weights of each layer in each direction as drawn
        (`w_in`, `bias`, and the weights `w` of the units `links` that each hears), and
        `radii`, their spectral radii as drawn.
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
    ReservoirTransformer : The states themselves, over the rows of a series.
    GRURegressor : A recurrent network all of whose weights are trained.

    Notes
    -----
    Each sequence starts from rest, in ``predict`` as in ``fit``: no row of X touches
    another. For one state that is carried through all rows of a series, see
    ``ReservoirTransformer``.

    All is computed in float64. Of the rows that the readout sees, only moments are
    kept, O(n_columns^2) whatever their number; the reservoir is run twice, for the
    moments and for the residuals that the choice of a strength goes by. Where the
    strength chosen is at the rounding of moments, as for series free of noise, a third
    run takes the readout from an orthogonal decomposition of the rows, which keeps
    every digit. Where there are at most four times as many rows as columns, the rows
    themselves are kept.

    Plain generalised cross-validation prices a degree of freedom at 1, which holds for
    rows that are independent. Steps of one series are not, nor are windows that
    overlap: at 1 it chooses near-interpolation for most noisy series of less than 1000
    rows. At 2.5 the readout can have two fifths as many degrees of freedom as there are
    rows. Leaving rows out one by one, where they are few, finds strengths at which a
    handful of odd rows is followed, such as windows with a jump in them.

    Where a C++ compiler was at hand for the installation the states are computed by a
    compiled kernel (``sklearn_rnn.show_versions()`` tells), otherwise by SciPy.

    ``skops.io.load`` asks which types to trust: the estimator,
    ``sklearn_rnn._reservoir.readout_rows.ReadoutRows``,
    ``sklearn_rnn._kernels.states.Weights``,
    ``sklearn_rnn._reservoir.reservoir.Reservoir``,
    ``sklearn_rnn._reservoir.reservoir.Settings``,
    ``sklearn_rnn._ridge.moments.Moments`` or
    ``sklearn_rnn._ridge.moments.CentredRows``,
    ``sklearn_rnn._sequences.scaling.SequenceScaler`` and ``numpy.dtype``.

    References
    ----------
    Jaeger, H. (2001). The "echo state" approach to analysing and training recurrent
    neural networks. GMD Report 148.

    Jaeger, H., Haas, H. (2004). Harnessing nonlinearity: predicting chaotic systems and
    saving energy in wireless communication. Science 304(5667), 78-80.

    Lukosevicius, M. (2012). A practical guide to applying echo state networks. In
    Neural Networks: Tricks of the Trade, LNCS 7700, 659-686.

    Gallicchio, C., Micheli, A., Pedrelli, L. (2017). Deep reservoir computing: a
    critical experimental analysis. Neurocomputing 268, 87-99.

    Golub, G. H., Heath, M., Wahba, G. (1979). Generalized cross-validation as a method
    for choosing a good ridge parameter. Technometrics 21(2), 215-223.

    Kim, Y.-J., Gu, C. (2004). Smoothing spline Gaussian regression: more scalable
    computation via efficient approximation. Journal of the Royal Statistical Society B
    66(2), 337-356.

    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the
    sample variance. The American Statistician 37(3), 242-247.

    Examples
    --------
    The tenth-order NARMA system, from its input alone, a target for each step:

    >>> from sklearn_rnn import ESNRegressor
    >>> from sklearn_rnn.datasets import make_narma
    >>> u, y = make_narma(3000, random_state=0)
    >>> X, y = u[None], y[None]  # one sequence, (1, 3000, 1) and (1, 3000)
    >>> esn = ESNRegressor(200, return_sequences=True, washout=100, random_state=0)
    >>> esn.fit(X[:, :2000], y[:, :2000]).score(X[:, 2000:], y[:, 2000:]) > 0.9
    True

    A chaotic series that is run on its own predictions:

    >>> from sklearn_rnn.datasets import make_mackey_glass
    >>> series = make_mackey_glass(3050, random_state=0)
    >>> X, y = series[None, :-1, None], series[None, 1:]  # y: the next step
    >>> esn.fit(X[:, :2999], y[:, :2999]).free_run(X[:, :3000], 50).shape
    (1, 50)
    """

    _parameter_constraints = {
        **ESNRegressorMixin._parameter_constraints,
        "spectral_radius": [Interval(Real, 0, None, closed="left")],
        "leak_rate": [Interval(Real, 0, 1, closed="right")],
        "input_scaling": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_reservoir=500,
        *,
        spectral_radius=1.0,
        leak_rate=1.0,
        input_scaling=0.1,
        bias_scaling=0.5,
        connectivity=0.1,
        nonlinearity="tanh",
        washout=0,
        num_layers=1,
        bidirectional=False,
        direct_input=True,
        pooling="last",
        alphas=_ALPHAS,
        solver="ridge",
        loss="squared_error",
        feedback_features=None,
        return_sequences=False,
        window_length=None,
        standardize=True,
        random_state=None,
    ):
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

    def _settings(self):
        names = ("spectral_radius", "leak_rate", "input_scaling")
        return [{name: float(getattr(self, name)) for name in names}]

    def _choose(self, training, alphas):
        (path,) = training.fit_paths(alphas)
        return 0, path


class ESNRegressorCV(ESNRegressorMixin, BaseESN):
    r"""Echo state network that chooses its own reservoir, by cross-validation.

    Every combination of spectral radius, leak rate and input scaling is tried, each
    with the best strength of its ridge. All share one set of weights, which the
    settings only scale, and go through the data side by side: 16 of them take about a
    third of the time of 16 reservoirs. See ``ESNRegressor`` for the network, whose
    states are

    .. math::

        h_t = (1 - a) h_{t-1} + a \tanh(\rho W h_{t-1} + s W_{in} x_t + b \beta).

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
        Factor of the biases, at least 0. Without biases, and with ``"tanh"``, a
        reservoir answers to the negative of an input with the negative of its states.
    scoring : {"gcv", "free_run"}, default="gcv"
        What settings are ranked by.

        - ``"gcv"``: the best generalised cross-validation score of the readout.
        - ``"free_run"``: runs of the network on its own predictions, from up to 10
          starts, over the last tenth of each sequence, which the readouts that are
          compared have not seen: the mean over the steps ahead of the logarithm of the
          mean squared error. It is for networks trained to predict the next step
          (``return_sequences=True``, an output for every feature); the chosen setting
          is then fitted on all steps.
    connectivity : float, default=0.1
        Part of the units of its layer that a unit hears, in (0, 1]: each hears
        ``round(connectivity * n_reservoir)`` units, at least one.
    nonlinearity : {"tanh", "relu", "identity"}, default="tanh"
        What a unit does to its input. States of ``"relu"`` and ``"identity"`` have no
        bounds; where they grow beyond all bounds ``fit`` or ``predict`` says so.
    washout : int, default=0
        Number of first steps of each sequence, at least 0, that neither the readout is
        trained on nor means are taken over: the state still shows that it started from
        rest. Every sequence needs more steps than that.
    num_layers : int, default=1
        Number of layers, at least 1. Each but the first reads the states of the one
        below, with input weights whose squares sum to 1 for each unit on average; the
        readout sees the states of all layers.
    bidirectional : bool, default=False
        Whether a second reservoir in each layer goes from the last step to the first.
        All states of a sequence are then held at once where each step has a target.
    direct_input : bool, default=True
        Whether the readout sees the input itself beside the states.
    pooling : {"last", "mean", "both"}, default="last"
        Which states, and which direct input, the readout sees of a sequence: those of
        its last step (for a backward direction, the state after the first step), their
        means over all steps after the `washout`, or both side by side. With
        ``return_sequences=True`` it has no effect.
    alphas : float or array-like of shape (n_alphas,), default=(1e-12, ..., 100.0)
        Strengths of the ridge to choose from, above 0, relative to the mean eigenvalue
        of the centred Gram matrix of what the readout sees; by default from 1e-12 to
        100 by decades. Of strengths that are equally good the largest is taken.
    solver : {"ridge", "adam"}, default="ridge"
        How the readout is fitted. ``"ridge"``: in closed form, from moments that are
        streamed. ``"adam"``: from there by Adam, through skorch, for `loss`, with the
        ridge's penalty; what the readout sees of all sequences is then held at once,
        ``n_rows * n_columns`` numbers.
    loss : {"squared_error", "absolute_error", "huber"}, default="squared_error"
        Loss that the readout minimises. ``"absolute_error"`` fits the median, and
        ``"huber"`` is quadratic up to the root mean square of the ridge's residuals and
        linear beyond; both need ``solver="adam"``.
    feedback_features : array-like of shape (n_outputs,) or None, default=None
        The feature, its number or its name, that each output is fed back into in
        ``free_run``; there they must cover every feature. ``None``: 0 to
        ``n_outputs - 1``.
    return_sequences : bool, default=False
        Whether each step has a target, rather than each sequence.
    window_length : int or None, default=None
        Number of steps in a row of 2-D X, at least 1, time-major (what
        ``SlidingWindowTransformer(flatten=True)`` gives); it must divide the number of
        columns. ``None``: each column of 2-D X is one step of one feature. Flat windows
        that come straight from the transformer, and columns named after lags
        (``open_lag1``, ``close_lag1``, ``open_lag0``, ``close_lag0``), are read as
        windows instead; columns named after lags in another order are an error. It
        does not touch 3-D X and lists.
    standardize : bool, default=True
        Whether to scale each feature, over all its steps, and each output of y to mean
        0 and standard deviation 1, learnt from the training samples, by their weights,
        and undone in ``predict``.
    random_state : int, RandomState instance or None, default=None
        Seeds the weights of the reservoir. An int makes ``fit`` repeat bit for bit on
        one machine; with ``None`` the seed is drawn from numpy's global generator.

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
        Generalised cross-validation score of each of `alphas`, lower is better: with W
        the sum of the weights (the number of rows, where that is larger), RSS the
        weighted residual sum of squares of standardised outputs, averaged over them,
        and df the trace of the hat matrix, the intercept's 1 included, each degree
        priced at 2.5, it is ``W * RSS / (W - 2.5 * df)**2``; infinite where df is more
        than W can pay for. Where W is at most four times the number of columns it is no
        less than the mean square error of rows that are left out one by one.
    loss_curve_ : list of float
        With ``solver="adam"``: the loss, penalty included, before each of its steps.
    reservoir_ : Reservoir
        The reservoir: `layers`, the weights of each layer in each direction as drawn
        (`w_in`, `bias`, and the weights `w` of the units `links` that each hears), and
        `radii`, their spectral radii as drawn.
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
    ReservoirTransformer : The states themselves, over the rows of a series.

    Notes
    -----
    Each sequence starts from rest, in ``predict`` as in ``fit``: no row of X touches
    another. For one state that is carried through all rows of a series, see
    ``ReservoirTransformer``.

    All is computed in float64. Of the rows that the readout sees, only moments are
    kept, O(n_columns^2) whatever their number; the reservoir is run twice, for the
    moments and for the residuals that the choice of a strength goes by. Where the
    strength chosen is at the rounding of moments, as for series free of noise, a third
    run takes the readout from an orthogonal decomposition of the rows, which keeps
    every digit. Where there are at most four times as many rows as columns, the rows
    themselves are kept.

    Plain generalised cross-validation prices a degree of freedom at 1, which holds for
    rows that are independent. Steps of one series are not, nor are windows that
    overlap: at 1 it chooses near-interpolation for most noisy series of less than 1000
    rows. At 2.5 the readout can have two fifths as many degrees of freedom as there are
    rows. Leaving rows out one by one, where they are few, finds strengths at which a
    handful of odd rows is followed, such as windows with a jump in them.

    Where a C++ compiler was at hand for the installation the states are computed by a
    compiled kernel (``sklearn_rnn.show_versions()`` tells), otherwise by SciPy.

    ``partial_fit`` adds sequences to the readout of the setting that its first call
    chose.

    The types that ``skops.io.load`` asks to trust are those of ``ESNRegressor``, with
    this estimator in its place.

    References
    ----------
    Jaeger, H. (2001). The "echo state" approach to analysing and training recurrent
    neural networks. GMD Report 148.

    Jaeger, H., Haas, H. (2004). Harnessing nonlinearity: predicting chaotic systems and
    saving energy in wireless communication. Science 304(5667), 78-80.

    Lukosevicius, M. (2012). A practical guide to applying echo state networks. In
    Neural Networks: Tricks of the Trade, LNCS 7700, 659-686.

    Gallicchio, C., Micheli, A., Pedrelli, L. (2017). Deep reservoir computing: a
    critical experimental analysis. Neurocomputing 268, 87-99.

    Golub, G. H., Heath, M., Wahba, G. (1979). Generalized cross-validation as a method
    for choosing a good ridge parameter. Technometrics 21(2), 215-223.

    Kim, Y.-J., Gu, C. (2004). Smoothing spline Gaussian regression: more scalable
    computation via efficient approximation. Journal of the Royal Statistical Society B
    66(2), 337-356.

    Chan, T. F., Golub, G. H., LeVeque, R. J. (1983). Algorithms for computing the
    sample variance. The American Statistician 37(3), 242-247.

    Examples
    --------
    >>> from sklearn_rnn import ESNRegressorCV
    >>> from sklearn_rnn.datasets import make_narma
    >>> u, y = make_narma(3000, random_state=0)
    >>> X, y = u[None], y[None]  # one sequence, (1, 3000, 1) and (1, 3000)
    >>> esn = ESNRegressorCV(200, return_sequences=True, washout=100, random_state=0)
    >>> esn.fit(X[:, :2000], y[:, :2000]).score(X[:, 2000:], y[:, 2000:]) > 0.9
    True
    >>> len(esn.candidates_), esn.candidate_scores_.shape
    (16, (16,))
    """

    _parameter_constraints = {
        **ESNRegressorMixin._parameter_constraints,
        "spectral_radii": ["array-like", Interval(Real, 0, None, closed="left")],
        "leak_rates": ["array-like", Interval(Real, 0, 1, closed="right")],
        "input_scalings": ["array-like", Interval(Real, 0, None, closed="left")],
        "scoring": [StrOptions({"gcv", "free_run"})],
    }

    def __init__(
        self,
        n_reservoir=500,
        *,
        spectral_radii=(0.9, 1.0),
        leak_rates=(0.5, 1.0),
        input_scalings=(0.005, 0.02, 0.1, 0.4),
        bias_scaling=0.5,
        scoring="gcv",
        connectivity=0.1,
        nonlinearity="tanh",
        washout=0,
        num_layers=1,
        bidirectional=False,
        direct_input=True,
        pooling="last",
        alphas=_ALPHAS,
        solver="ridge",
        loss="squared_error",
        feedback_features=None,
        return_sequences=False,
        window_length=None,
        standardize=True,
        random_state=None,
    ):
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

    def _settings(self):
        values = {
            "spectral_radius": self._check_values("spectral_radii", np.inf, True),
            "leak_rate": self._check_values("leak_rates", 1.0, False),
            "input_scaling": self._check_values("input_scalings", np.inf, True),
        }
        return [
            dict(zip(values, one, strict=True)) for one in product(*values.values())
        ]

    def _check_values(self, name, largest, may_be_zero):
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

    def _check_options(self):
        super()._check_options()
        self._settings()
        if self.scoring == "free_run" and not self.return_sequences:
            raise ValueError(
                "scoring='free_run' needs return_sequences=True, got "
                "return_sequences=False."
            )

    def _choose(self, training, alphas):
        settings = self._settings()
        if self.scoring == "gcv":
            paths = training.fit_paths(alphas)
            scores = np.array([path.scores.min() for path in paths])
            best = int(np.argmin(scores))
            path = paths[best]
        else:
            scores = self._score_free_runs(training, alphas)
            best = int(np.argmin(scores))
            chosen = replace(training, design=training.design.take(best))
            (path,) = chosen.fit_paths(alphas)
        self.candidates_, self.candidate_scores_ = settings, scores
        for name, value in settings[best].items():
            setattr(self, f"{name}_", value)
        return best, path

    def _score_free_runs(self, training, alphas):
        """Score each setting by free runs over the tail of the sequences."""
        columns = self._check_closed_loop(training.design)
        sequences, targets = training.sequences, training.targets
        lengths, shortest = sequences.lengths, sequences.n_present.min()
        n_tail = max(1, round(_TAIL * shortest))
        n_needed = max(LEAST_STEPS, training.design.washout + 1)
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
