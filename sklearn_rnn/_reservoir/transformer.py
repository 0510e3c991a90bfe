"""States of a reservoir that rows in time order drive."""

from dataclasses import replace
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.utils import check_random_state

from sklearn_rnn._checks import is_integer, plain, short
from sklearn_rnn._fitted_state import learns_in_one_step, reads_one_state
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

    A reservoir is a recurrent layer whose weights are drawn once and stay fixed. Row i
    of the output is the state after row i of its series. A linear model on the states,
    ``make_pipeline(StandardScaler(), ReservoirTransformer(), RidgeCV())``, is an echo
    state network over a whole series [1]_. Read more in
    :doc:`the user guide </user_guide/echo_state>`.

    The output has the rows of X, in their order, so ``y`` stays aligned. ``y[i]`` is
    the value to predict once row i is known: to predict the next close, set
    ``y = close.shift(-1)``, leave the last row out of ``fit``, and give it to
    ``predict`` for tomorrow's close.

    Parameters
    ----------
    n_reservoir : int, default=500
        Number of units of a layer, at least 1.
    spectral_radius : float, default=1.0
        Largest modulus of the eigenvalues of the recurrent weights, at least 0. The
        larger it is, the longer a state remembers a row.
    leak_rate : float, default=1.0
        Fraction of a state that is new in each step, in (0, 1]. The smaller it is, the
        slower the states change.
    input_scaling : float, default=0.1
        Largest input weight, at least 0; the default suits standardised rows.
    bias_scaling : float, default=0.5
        Largest bias of a unit, at least 0.
    connectivity : float, default=0.1
        Fraction of its layer's units that feed each unit, in (0, 1]: at least one unit.
    nonlinearity : {"tanh", "relu", "identity"}, default="tanh"
        Activation function of the units.
    num_layers : int, default=1
        Number of layers, at least 1. A layer above the first reads the states of the
        layer below, with input weights whose squares sum to 1 for each unit on average.
    carry_history : {"auto", True, False}, default="auto"
        Whether the states of ``transform`` continue from the end of the training rows.

        - ``"auto"``: an index that tells time decides row by row. A state continues
          from the row before in its series, which may be a training row, where the step
          between the two is at most 3 median training steps; else it starts from zero.
          The same rule holds inside ``fit``. If no index tells time (there is none, or
          a RangeIndex from 0, or an index without an order), rows that repeat the first
          21 rows of ``fit`` (to a relative 1e-6), or all rows of a shorter ``fit``, get
          the states of ``fit_transform``. From the first row that differs, and if there
          are fewer rows, the rows follow the training rows.
        - ``True``: the rows follow the training rows, after a step of any length.
        - ``False``: no training row affects ``transform``.
    random_state : int, RandomState instance or None, default=None
        Seed of the weights. An int gives the same states in every ``fit``.

    Attributes
    ----------
    reservoir_ : Reservoir
        The reservoir. ``reservoir_.layers[k][0]`` holds the weights of layer k as
        drawn: `w_in` of shape (n_reservoir, n_inputs), `bias` of shape (n_reservoir,),
        `links` of shape (n_reservoir, n_links), the units that feed each unit, and `w`
        of the same shape, their weights. ``reservoir_.radii[k][0]`` is the spectral
        radius of these weights.
    n_features_in_ : int
        Number of columns of X seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has string names.

    Raises
    ------
    ValueError
        If a parameter is out of range; X is not 2-D, is empty, or holds NaN, infinity
        or numbers whose squares overflow; if its index repeats a time within a series
        or, in ``fit``, goes back in time; in ``transform``, if the index cannot be
        compared with that of ``fit``; or if states grow too large, as they may with
        ``"relu"`` and ``"identity"``.
    NotFittedError
        If ``transform`` is called before ``fit``.

    See Also
    --------
    ESNRegressor : A reservoir and its readout, for sequences that start from zero.
    SlidingWindowTransformer : Windows of the last rows, in place of states.

    Notes
    -----
    With the row :math:`x_i` of a series, of shape (n_features,), the state
    :math:`h_i`, of shape (n_reservoir,), after it is

    .. math::

        h_i = (1 - a) h_{i-1} + a f(\rho W h_{i-1} + s W_{in} x_i + b \beta),

    with ``a = leak_rate``, ``f = nonlinearity``, ``rho = spectral_radius``,
    ``s = input_scaling`` and ``b = bias_scaling``. All weights are uniform, and
    :math:`W` has a spectral radius of 1. A series starts from a state of zeros, which
    its first states still depend on. [2]_ is a guide to the parameters.

    ``fit`` keeps the last 20 rows of each series and the state before them. A block of
    rows that begins within these rows, or follows them, gets the states that it has in
    the whole series, and rows given again replace the kept rows; a block that begins
    earlier starts from zero. A MultiIndex (all levels but the last name the series)
    keeps series apart. A state never depends on later rows: rows whose index tells time
    are read in order of time and come out in the order given. The notes of
    ``SlidingWindowTransformer`` about indexes, sessions, warnings, and transformers in
    front that drop the index, hold here too.

    States are computed in float64, or in float32 where X is float32. A weak ridge needs
    float64: at a strength of 1e-6, weights fitted to float32 states were off by 4.5
    times their own size.

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

    The next rows continue from the state after the training rows:

    >>> next_states = reservoir.fit(X[:200]).transform(X[200:])
    >>> float(np.abs(next_states - states[200:]).max().round(10))
    0.0

    With a linear model on top it is an echo state network:

    >>> from sklearn.linear_model import RidgeCV
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(reservoir, RidgeCV(alphas=[1e-8, 1e-6, 1e-4]))
    >>> model = model.fit(X[:200], X[1:201, 0])
    >>> print(f"R2: {model.score(X[200:-1], X[201:, 0]):.2f}")
    R2: 1.00
    """

    reservoir_: Reservoir
    _kept: NDArray[np.floating]  # states before the first kept row of each series

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
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
        reservoir = self._draw(rows.values)
        states = np.empty((rows.n_rows, reservoir.n_states), rows.values.dtype)
        self._drive(reservoir, rows, runs, states)
        return states

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
        reservoir_runs = ReservoirRuns.of(runs, rows.n_rows, rows.values.dtype)
        reservoir = replace(self.reservoir_, dtype=reservoir_runs.x.dtype)
        states = np.empty((rows.n_rows, reservoir.n_states), reservoir.dtype)
        starts = reservoir_runs.starts(self._kept)
        reservoir_runs.drive(
            reservoir, reservoir_runs.firsts, reservoir_runs.n_needed(), starts, states
        )
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

    def _learn(self, rows: TimedRows, runs: Runs) -> None:
        self._drive(self._draw(rows.values), rows, runs)

    def _go_on(self, rows: TimedRows, history: History) -> None:
        # All rows up to now tell which step is long.
        before = replace(
            self._history, median_steps=history.median_steps, calendar=history.calendar
        )
        runs = before.runs(rows, carry=True, breaks=self._breaks)
        reservoir_runs = ReservoirRuns.of(runs, rows.n_rows, self.reservoir_.dtype)
        self._kept = reservoir_runs.go_to_end(
            self.reservoir_, self._kept, rows.n_series
        )

    def _draw(self, values: np.ndarray) -> Reservoir:
        """Draw a reservoir for `values`, (n_rows, n_features)."""
        names = ("n_reservoir", "connectivity", "num_layers", "nonlinearity")
        options = {
            name: plain(getattr(self, name)) for name in (*names, "leak_rate", *_SCALES)
        }
        self._check_scales(values.dtype)
        return draw_reservoir(
            values.shape[1],
            bidirectional=False,
            seed=check_random_state(self.random_state).randint(np.iinfo(np.int32).max),
            dtype=values.dtype,
            **options,
        )

    def _drive(
        self,
        reservoir: Reservoir,
        rows: TimedRows,
        runs: Runs,
        states: NDArray[np.floating] | None = None,
    ) -> None:
        """Drive a reservoir through training rows, and keep it and its last states.

        Parameters
        ----------
        reservoir : Reservoir
            A reservoir at rest.
        rows : TimedRows
            The training rows.
        runs : Runs
            The training rows and the earlier rows of each.
        states : ndarray of shape (n_rows, n_states) or None, default=None
            Overwritten with the state after each row.
        """
        reservoir_runs = ReservoirRuns.of(runs, rows.n_rows, rows.values.dtype)
        kept = reservoir_runs.go_to_end(
            reservoir, reservoir.rest(0), rows.n_series, states
        )
        self.reservoir_, self._kept = reservoir, kept

    def _check_scales(self, dtype: DTypeLike) -> None:
        """Raise a ValueError where products of weights and values may overflow."""
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
        index: Any = getattr(given, "index", None)
        n_levels = getattr(index, "nlevels", 1)
        n_series = 1 if n_levels == 1 else len(index.droplevel(-1).unique())
        if n_series > 1:
            raise ValueError(
                f"X has rows of {n_series} series; it must be rows of one series."
            )
        return self.transform(X)
