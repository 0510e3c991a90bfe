"""From rows in time order to the windows that end at them."""

from numbers import Integral, Real
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from sklearn_rnn._checks import short
from sklearn_rnn._fitted_state import learns_in_one_step, reads_one_state
from sklearn_rnn._sequences.sequences import WindowArray
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions, fit_context

from .history_transformer import HistoryTransformer
from .make_windows import WINDOW_DTYPES

__all__ = ["SlidingWindowTransformer"]

# Largest number of bytes of one window that is longer than all training rows.
_LARGEST_PADDING = 2**30


def _unbroken_windows(before, values, window_length, fill):
    """Return the windows that end at rows of one series without a break.

    Parameters
    ----------
    before : ndarray of shape (n_before, n_features)
        The rows right before `values`.
    values : ndarray of shape (n_rows, n_features)
        The rows at which windows end.
    window_length : int
        Number of rows in a window.
    fill : float or None
        Number in place of the rows before the first row; None: the first row repeats.

    Returns
    -------
    windows : ndarray of shape (n_rows, window_length, n_features)
        A read-only view on one copy of the rows.
    """
    n_rows, n_features = values.shape
    n_before = min(len(before), window_length - 1)
    n_absent = window_length - 1 - n_before
    base = np.empty((window_length - 1 + n_rows, n_features), values.dtype)
    base[n_absent : window_length - 1] = before[len(before) - n_before :]
    base[window_length - 1 :] = values
    base[:n_absent] = base[n_absent] if fill is None else fill
    # (n_rows, n_features, window_length) -> (n_rows, window_length, n_features)
    return sliding_window_view(base, window_length, axis=0).transpose(0, 2, 1)


def _gathered_windows(values, starts, ends, window_length, fill):
    """Return windows over rows in which series start and break.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        Rows, sorted by series and time.
    starts : ndarray of shape (n_rows,)
        Place of the first row that may stand in the window of each row.
    ends : ndarray of shape (n_windows,)
        Places of the rows at which windows end.
    window_length : int
        Number of rows in a window.
    fill : float or None
        Number in place of the rows before the first row; None: the first row repeats.

    Returns
    -------
    windows : ndarray of shape (n_windows, window_length, n_features)
        A copy.
    """
    windows = np.empty((len(ends), window_length, values.shape[1]), values.dtype)
    first = starts[ends]
    for lag in range(window_length):
        at = ends - lag
        windows[:, window_length - 1 - lag] = values[np.maximum(at, first)]
        if fill is not None:
            windows[at < first, window_length - 1 - lag] = fill
    return windows


def _check_length(window_length, values):
    """Raise a ValueError where windows of `values` would be little but padding."""
    n_bytes = window_length * values.shape[1] * values.itemsize
    if window_length > len(values) and n_bytes > _LARGEST_PADDING:
        raise ValueError(
            f"window_length={window_length} is too long for X of {len(values)} rows: "
            f"with {values.shape[1]} columns the padding alone takes "
            f"{n_bytes / 2**30:.3g} GiB."
        )


class SlidingWindowTransformer(HistoryTransformer):
    """Turn rows in time order into the windows that end at them.

    Row i of the output is the window that ends at row i of its series: the last
    ``window_length`` rows up to row i, oldest first. The output has as many rows as X,
    in the same order, so ``y`` stays aligned. ``y[i]`` is the value to predict when row
    i is known: to predict the next close, set ``y = close.shift(-1)``, leave the last
    row out of ``fit``, and give it to ``predict`` for tomorrow.

    Parameters
    ----------
    window_length : int, default=1
        Number of rows in a window, at least 1. A window longer than the series is
        padded.
    padding : {"edge", "nan"} or float, default="edge"
        Values in place of the rows before the first row of a series. ``"edge"`` repeats
        the first row; ``"nan"`` leaves the missing steps NaN, which the recurrent
        estimators read as a shorter sequence; a finite number fills them.
    carry_history : {"auto", True, False}, default="auto"
        Whether the windows of ``transform`` see the end of the training rows.

        - ``"auto"``: an index that tells time decides row by row. A window then holds
          earlier rows of the same series, training rows among them, as long as each
          step between the rows is at most 3 median training steps (nights, weekends and
          holidays: see Notes); the same rule breaks windows inside ``fit``. If no index
          tells time (there is none, or a RangeIndex from 0, or an index without an
          order), rows that repeat the first `window_length` rows of ``fit`` (to a
          relative 1e-6) get the windows of ``fit_transform``. From the first row that
          differs, and if there are fewer rows, the rows follow the training rows.
        - ``True``: the rows follow the training rows, however long the steps.
        - ``False``: windows of ``transform`` see no training row.
    flatten : bool, default=False
        Whether the output is 2-D, ``(n_rows, window_length * n_features)`` and
        time-major, for estimators that take 2-D input. Its columns have names:
        ``close_lag2, close_lag1, close_lag0``. A recurrent estimator right behind this
        transformer reads the steps back. After another step between them, such as a
        ``StandardScaler``, or after ``numpy.array``, the estimator sees a plain 2-D
        array and takes each column for a step of one feature: set the estimator's
        `window_length`, or keep the names with ``set_output(transform="pandas")``.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has string names.

    Raises
    ------
    ValueError
        If a parameter is out of range; if X is not 2-D, is empty, or holds NaN or
        infinity; if the index of X holds times that cannot be read, holds times in
        another level than the last, repeats a time within a series or, in ``fit``, goes
        back in time; in ``transform``, if the index cannot be compared with that of
        ``fit``.
    NotFittedError
        If ``transform`` is called before ``fit``.

    See Also
    --------
    make_windows : Windows and the values that follow them, for your own loop.

    Notes
    -----
    If X is one unbroken series the output is a read-only strided view on one padded
    copy of X, in X's float dtype: memory stays O(n_rows * n_features), whatever the
    window. Several series, or breaks inside a series, are gathered into a copy.

    A MultiIndex keeps series apart: all levels but the last name the series. A window
    never holds a row later than its own. Rows whose index tells time are windowed in
    order of time, and the output keeps the order of X.

    Dates, times, periods, time differences and numbers tell time, in any container
    (pandas, pyarrow, Python objects, categories); intervals tell it by their left ends.
    An index that holds times without an order is an error. Strings tell no time; if
    they are dates, ``fit`` warns.

    Hours of the day and days of the week are closed if no training row lies in them,
    although time went through them twice and five rows were due. Closed time does not
    count. If an eighth of the time or more is closed, and most sessions start and end
    on time, then a session may end early, start up to an hour late, or be missing as a
    whole: at most three in a row, and in ``fit``, or between rows of one call, at most
    one in twenty of the training sessions, and never more than eight.

    A UserWarning is given if gaps between rows cut short the windows of more than a
    twentieth of the rows. It is also given if, call after call, different rows follow
    the training rows or are cut off from them: append the rows with ``partial_fit``.

    A block from inside the training rows, without an index, is taken to follow them:
    give it an index, or set ``carry_history=False``. Most transformers drop the index,
    so that a transformer behind them does not see it:
    ``set_output(transform="pandas")`` keeps it. A transformer that is fitted on y
    (``TargetEncoder``) gives the training rows other values in ``fit_transform`` than
    in ``transform``: only an index then tells that they are the training rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import SlidingWindowTransformer
    >>> X = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> windows = SlidingWindowTransformer(window_length=2).fit(X[:3])
    >>> windows.transform(X[:3])[:, :, 0]
    array([[1., 1.],
           [1., 2.],
           [2., 3.]])

    The next rows see the end of the training rows:

    >>> windows.transform(X[3:])[:, :, 0]
    array([[3., 4.]])
    """

    _parameter_constraints = {
        "window_length": [Interval(Integral, 1, None, closed="left")],
        "padding": [
            StrOptions({"edge", "nan"}),
            Interval(Real, None, None, closed="neither"),
        ],
        "carry_history": [StrOptions({"auto"}), "boolean"],
        "flatten": ["boolean"],
    }

    _dtypes = WINDOW_DTYPES

    def __init__(
        self,
        window_length: int = 1,
        *,
        padding: Literal["edge", "nan"] | float = "edge",
        carry_history: Literal["auto"] | bool = "auto",
        flatten: bool = False,
    ):
        self.window_length = window_length
        self.padding = padding
        self.carry_history = carry_history
        self.flatten = flatten

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def fit_transform(self, X: ArrayLike, y: None = None) -> NDArray[np.floating]:
        """Fit to the rows, and return their windows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows in time order; a DataFrame's index may tell time and series.
        y : None
            Not used.

        Returns
        -------
        windows : ndarray of shape (n_rows, window_length, n_features)
            With ``flatten=True`` of shape (n_rows, window_length * n_features).
        """
        rows, runs = self._fit_rows(X)
        self._learn(rows, runs)
        return self._shaped(self._windows_of(runs))

    @reads_one_state
    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        """Return the window that ends at each row.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows in time order (or with an index that tells time); one row is enough.

        Returns
        -------
        windows : ndarray of shape (n_rows, window_length, n_features)
            With ``flatten=True`` of shape (n_rows, window_length * n_features).
        """
        _, runs = self._find_runs(X)
        return self._shaped(self._windows_of(runs))

    def _check_window(self, values):
        window_length = int(self.window_length)
        _check_length(window_length, values)
        return window_length

    def _learn(self, rows, runs):
        """Check that the padding is a number of X's dtype."""
        self._fill(rows.values.dtype)

    def _check_has_columns(self):
        if not self.flatten:
            raise AttributeError(
                "get_feature_names_out is only there with flatten=True: windows of "
                "shape (n_rows, window_length, n_features) have no columns to name."
            )
        return True

    def _name_columns(self, names):
        lags = range(self._history.window_length - 1, -1, -1)
        return np.array([f"{name}_lag{lag}" for lag in lags for name in names], object)

    def _shaped(self, windows):
        """Return windows, (n_rows, window_length, n_features), flat if asked for."""
        n_steps = windows.shape[1]
        if self.flatten:
            # (n_rows, window_length, n_features) -> time-major columns, still a view
            windows = windows.reshape(len(windows), -1)
        # Arrays have no column names; an estimator right behind this one reads these.
        names = getattr(self, "feature_names_in_", None)
        return WindowArray.of(windows, n_steps, names)

    def _windows_of(self, runs):
        """Return the windows that end at the given rows of `runs`.

        Parameters
        ----------
        runs : Runs
            The rows and the earlier rows of each.

        Returns
        -------
        windows : ndarray of shape (n_rows, window_length, n_features)
            In the order of the rows of X.
        """
        w, fill = self._history.window_length, self._fill(runs.values.dtype)
        if len(runs.begins) == 1:
            windows = _unbroken_windows(runs.before, runs.values, w, fill)
            return windows[runs.given]
        return _gathered_windows(runs.values, runs.starts, runs.given, w, fill)

    def _fill(self, dtype):
        """Return the number in place of absent rows, or None for the first row."""
        if self.padding == "edge":
            return None
        fill = float(self.padding)
        if abs(fill) > float(np.finfo(dtype).max):
            raise ValueError(
                f"padding={short(self.padding)} is too large for X of dtype {dtype}."
            )
        return fill
