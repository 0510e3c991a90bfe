"""From rows in time order to states of a reservoir."""

from dataclasses import replace
from numbers import Integral, Real
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from sklearn_rnn._checks import is_integer, plain, short
from sklearn_rnn._one_step import learns_in_one_step, reads_one_state
from sklearn_rnn._rows.timed_rows import TimedRows
from sklearn_rnn._sequences.sequences import check_size, largest_size
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions, fit_context
from sklearn_rnn._windows.history import History
from sklearn_rnn._windows.history_transformer import HistoryTransformer
from sklearn_rnn._windows.runs import Runs

from .drawing import draw_reservoir
from .driving import N_KEPT, ReservoirRuns
from .reservoir import NONLINEARITIES, Reservoir

__all__ = ["ReservoirTransformer"]

# Parameters that multiply weights.
_SCALES = ("spectral_radius", "input_scaling", "bias_scaling")


class ReservoirTransformer(HistoryTransformer):
    r"""Turn rows in time order into the states of a reservoir that they drive.

    A reservoir is a recurrent layer whose weights are drawn once and stay as they are;
    a linear model on its states, ``make_pipeline(StandardScaler(),
    ReservoirTransformer(), RidgeCV())``, is an echo state network over a whole series
    [1]_. Row i of the output is the state after row i of its series,

    .. math::

        h_i = (1 - a) h_{i-1} + a f(\rho W h_{i-1} + s W_{in} x_i + b \beta),

    with ``a = leak_rate``, ``f = nonlinearity``, ``rho = spectral_radius``,
    ``s = input_scaling``, ``b = bias_scaling``, and :math:`W` scaled to a spectral
    radius of 1. As many rows come out as went in, in their order, so ``y`` stays
    aligned. ``y[i]`` is what is wanted when row i is known: to predict the next close,
    ``y = close.shift(-1)``, with the last row left out of ``fit`` and given to
    ``predict`` for tomorrow.

    Parameters
    ----------
    n_reservoir : int, default=500
        Number of units of a layer, at least 1.
    spectral_radius : float, default=1.0
        Largest modulus of the eigenvalues of the recurrent weights, at least 0: the
        larger, the longer a row is remembered.
    leak_rate : float, default=1.0
        Part of a state that is new in each step, in (0, 1]: the smaller, the slower the
        states.
    input_scaling : float, default=0.1
        Largest input weight, at least 0; meant for standardised rows.
    bias_scaling : float, default=0.5
        Largest bias of a unit, at least 0.
    connectivity : float, default=0.1
        Part of the units of a layer that each of them hears, in (0, 1]; it hears at
        least one.
    nonlinearity : {"tanh", "relu", "identity"}, default="tanh"
        What a unit does to what it hears.
    num_layers : int, default=1
        Number of layers, at least 1. A layer reads the states of the one before it,
        with weights whose squares sum to 1 on average.
    carry_history : {"auto", True, False}, default="auto"
        Whether the states of ``transform`` go on from the end of the training rows.

        - ``"auto"``: where X has an index that tells time, it decides row by row: a
          state goes on from that of the row before it in its series, a training row
          among others, as long as the step between them is no more than 3 median
          training steps, and else from rest; the same rule holds inside ``fit``.
          Without such an index (none, a RangeIndex from 0, one that cannot be ordered),
          rows that repeat the first 21 rows of ``fit`` (to a relative 1e-6), or all of
          fewer, come out as ``fit_transform`` gave them; from the first row that
          differs, and where fewer rows are given, they are taken to follow the training
          rows.
        - ``True``: the rows follow the training rows, however long the steps.
        - ``False``: no training row counts in ``transform``.
    random_state : int, RandomState instance or None, default=None
        Of the weights. An int gives the same states in every ``fit``.

    Attributes
    ----------
    reservoir_ : Reservoir
        The weights: ``reservoir_.layers[k][0]`` holds those of layer k as they were
        drawn: ``w_in`` of shape (n_reservoir, n_inputs), ``bias`` of shape
        (n_reservoir,), ``links`` of shape (n_reservoir, n_links), which units each unit
        hears, and ``w`` of the same shape, with which weights.
        ``reservoir_.radii[k][0]`` is the spectral radius of these.
    n_features_in_ : int
        Number of columns of X seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has string names.

    Raises
    ------
    ValueError
        If a parameter is out of range; X is not 2-D, is empty, or holds NaN, infinity
        or numbers whose squares are none; if its index repeats a time within a series
        or, in ``fit``, goes back in time; in ``transform``, if the index cannot be
        compared with that of ``fit``; if states grow beyond all bounds, as they may
        with ``"relu"`` and ``"identity"``.
    NotFittedError
        If ``transform`` is called before ``fit``.

    See Also
    --------
    ESNRegressor : A reservoir and its readout, for sequences that start from rest.
    SlidingWindowTransformer : The last rows themselves, in place of a state.

    Notes
    -----
    A series begins with a state at rest, all zeros: its first states say more about
    that than about the rows. [2]_ is a guide to the parameters.

    ``fit`` keeps, of each series, its last 20 rows and the state before them. A block
    that begins with one of these rows, or follows them, gets the states it has in the
    whole series, and rows given anew take the place of those kept; one that begins
    further back starts from rest. A MultiIndex (all levels but the last name the
    series) keeps series apart. Never does a state depend on a row that comes later than
    its own; rows whose index tells time are read in order of time and come out in the
    order given. What the notes of ``SlidingWindowTransformer`` say about indexes,
    sessions, warnings, and transformers in front that drop the index, holds here too.

    States are float64, for float32 X float32, computed in either. A weak ridge on top
    feels the difference: at a strength of 1e-6, weights fitted to float32 states were
    off by 4.5 times their own size.

    References
    ----------
    .. [1] H. Jaeger, "The 'echo state' approach to analysing and training recurrent
       neural networks", GMD Report 148, German National Research Center for Information
       Technology, 2001.
    .. [2] M. Lukoševičius, "A practical guide to applying echo state networks", in
       Neural Networks: Tricks of the Trade, Springer, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import ReservoirTransformer
    >>> steps = np.arange(300.0)
    >>> X = (np.sin(steps) * np.sin(0.3 * steps))[:, np.newaxis]
    >>> reservoir = ReservoirTransformer(n_reservoir=50, random_state=0)
    >>> states = reservoir.fit_transform(X)
    >>> states.shape
    (300, 50)

    The next rows go on from the state after the training rows:

    >>> next_states = reservoir.fit(X[:200]).transform(X[200:])
    >>> np.allclose(next_states, states[200:])
    True

    With a linear model on top it is an echo state network:

    >>> from sklearn.linear_model import RidgeCV
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(reservoir, RidgeCV(alphas=[1e-8, 1e-6, 1e-4]))
    >>> model = model.fit(X[:200], X[1:201, 0])
    >>> bool(model.score(X[200:-1], X[201:, 0]) > 0.95)
    True
    """

    _parameter_constraints = {
        "n_reservoir": [Interval(Integral, 1, None, closed="left")],
        "spectral_radius": [Interval(Real, 0, None, closed="left")],
        "leak_rate": [Interval(Real, 0, 1, closed="right")],
        "input_scaling": [Interval(Real, 0, None, closed="left")],
        "bias_scaling": [Interval(Real, 0, None, closed="left")],
        "connectivity": [Interval(Real, 0, 1, closed="right")],
        "nonlinearity": [StrOptions(set(NONLINEARITIES))],
        "num_layers": [Interval(Integral, 1, None, closed="left")],
        "carry_history": [StrOptions({"auto"}), "boolean"],
        "random_state": ["random_state"],
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
        num_layers: int = 1,
        carry_history: Literal["auto"] | bool = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_reservoir = n_reservoir
        self.spectral_radius = spectral_radius
        self.leak_rate = leak_rate
        self.input_scaling = input_scaling
        self.bias_scaling = bias_scaling
        self.connectivity = connectivity
        self.nonlinearity = nonlinearity
        self.num_layers = num_layers
        self.carry_history = carry_history
        self.random_state = random_state

    # ---------------------------------------------------------------- rows and states

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def fit_transform(self, X: ArrayLike, y: None = None) -> NDArray[np.floating]:
        """Fit to the rows and return their states, in one pass.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows in time order; a DataFrame's index may tell time and series.
        y : None
            Not used.

        Returns
        -------
        states : ndarray of shape (n_rows, num_layers * n_reservoir)
            The state after each row, layers side by side.
        """
        rows, runs = self._fit_rows(X)
        return self._learn(rows, runs, wants_states=True)

    @reads_one_state
    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        """Return the state after each row.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows in time order (or with an index that tells time); one row is enough.

        Returns
        -------
        states : ndarray of shape (n_rows, num_layers * n_reservoir)
            The state after each row, layers side by side.
        """
        rows, runs = self._find_runs(X)
        self._check_scales(rows.values.dtype)
        line = ReservoirRuns.of(runs, rows.n_rows, rows.values.dtype)
        reservoir = replace(self.reservoir_, dtype=line.x.dtype)
        states = np.empty((rows.n_rows, reservoir.n_states), reservoir.dtype)
        starts = line.starts(self._kept)
        line.drive(reservoir, line.firsts, line.n_needed(), starts, states)
        return states

    # ------------------------------------------------------ hooks of HistoryTransformer

    def _check_window(self, values: np.ndarray) -> int:
        return N_KEPT + 1

    def _name_columns(self, names: np.ndarray) -> np.ndarray:
        prefix = type(self).__name__.lower()
        return np.array(
            [f"{prefix}{number}" for number in range(self.reservoir_.n_states)],
            dtype=object,
        )

    def _read_values(self, X, *, reset: bool) -> np.ndarray:
        values = super()._read_values(X, reset=reset)
        check_size(values, "X")
        return values

    def _learn(
        self, rows: TimedRows, runs: Runs, *, wants_states: bool = False
    ) -> NDArray[np.floating] | None:
        """Draw the weights and drive them through training rows.

        Parameters
        ----------
        rows : TimedRows
            The training rows.
        runs : Runs
            The training rows and the earlier rows of each.
        wants_states : bool, default=False
            Whether to return the states, (n_rows, n_states), rather than None.
        """
        values, states = rows.values, None
        reservoir = self._draw(values)
        if wants_states:
            states = np.empty((rows.n_rows, reservoir.n_states), values.dtype)
        line = ReservoirRuns.of(runs, rows.n_rows, values.dtype)
        kept = line.go_to_end(reservoir, reservoir.rest(0), rows.n_series, states)
        self.reservoir_, self._kept = reservoir, kept
        return states

    def _go_on(self, rows: TimedRows, history: History) -> None:
        # All rows up to now tell which step is long.
        before = replace(
            self._history, median_steps=history.median_steps, calendar=history.calendar
        )
        runs = before.runs(rows, carry=True, breaks=self._breaks)
        line = ReservoirRuns.of(runs, rows.n_rows, self.reservoir_.dtype)
        self._kept = line.go_to_end(self.reservoir_, self._kept, rows.n_series)

    def _draw(self, values: np.ndarray) -> Reservoir:
        """Draw a reservoir for `values`, (n_rows, n_features)."""
        names = ("n_reservoir", "connectivity", "num_layers", "nonlinearity")
        names = (*names, "leak_rate", *_SCALES)
        options = {name: plain(getattr(self, name)) for name in names}
        self._check_scales(values.dtype)
        return draw_reservoir(
            values.shape[1],
            bidirectional=False,
            seed=check_random_state(self.random_state).randint(np.iinfo(np.int32).max),
            dtype=values.dtype,
            **options,
        )

    def _check_scales(self, dtype):
        """Raise a ValueError where weights times values may be no number of `dtype`."""
        limit = largest_size(dtype)
        for name in _SCALES:
            value = plain(getattr(self, name))
            if value > limit:
                raise ValueError(
                    f"{name}={short(value)} is too large for states of dtype {dtype}: "
                    f"it may be up to {limit:.3g}."
                )

    # For forecasting and plotting.

    def _drive_sample(
        self, X: ArrayLike, sample: int, given: object
    ) -> NDArray[np.floating]:
        """Return the states that the rows of X drive.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows of one series.
        sample : int
            Number of the sequence; rows are one sequence, so that it must be 0.
        given : object
            X as a pipeline got it: earlier steps may have lost its index.

        Returns
        -------
        states : ndarray of shape (n_rows, n_states)
            State after each row.
        """
        if not is_integer(sample) or int(sample) != 0:
            raise ValueError(
                f"sample={short(sample)} is not valid for a ReservoirTransformer, "
                "whose rows are one sequence; use 0."
            )
        index = getattr(given, "index", None)
        n_levels = getattr(index, "nlevels", 1)
        n_series = 1 if n_levels == 1 else len(index.droplevel(-1).unique())
        if n_series > 1:
            raise ValueError(
                f"X has rows of {n_series} series, which are not one line; it must be "
                "rows of one series."
            )
        return self.transform(X)
