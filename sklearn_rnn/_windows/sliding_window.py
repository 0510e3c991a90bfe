"""From rows in time order to windows."""

from numbers import Integral, Real

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._checks import is_integer, plain, read_count, short
from sklearn_rnn._doc_link import DocLinkMixin
from sklearn_rnn._one_step import learns_in_one_step, reads_one_state
from sklearn_rnn._parameters import ParametersMixin, check_container, read_feature_names
from sklearn_rnn._rows.forms import check_order, check_table, read_array, read_table
from sklearn_rnn._rows.timed_rows import read_rows, warn_of_strings
from sklearn_rnn._sequences.sequences import WindowArray, check_finite, check_sequences
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions, fit_context

from .history import History, Watch, warn_of_gaps

__all__ = ["SlidingWindowTransformer", "check_sequences", "make_windows"]

_FLOATS = (np.float64, np.float32, np.float16)

# Up to so many bytes a row's window may be, where it is longer than all training rows.
_LARGEST_PADDING = 2**30


def _unbroken_windows(past, values, window_length, fill):
    """Windows that end at `values`, one series without a break, after `past`.

    Parameters
    ----------
    past : ndarray of shape (n_past, n_features)
        The rows right before, at most ``window_length - 1``.
    values : ndarray of shape (n_rows, n_features)
        The rows at which windows end.
    window_length : int
        Number of rows in a window.
    fill : float or None
        What stands for rows before the first; None: the first.

    Returns
    -------
    windows : ndarray of shape (n_rows, window_length, n_features)
        A read-only view on one copy of the rows.
    """
    n_rows, n_features = values.shape
    n_past = min(len(past), window_length - 1)
    n_absent = window_length - 1 - n_past
    base = np.empty((window_length - 1 + n_rows, n_features), values.dtype)
    base[n_absent : window_length - 1] = past[len(past) - n_past :]
    base[window_length - 1 :] = values
    base[:n_absent] = base[n_absent] if fill is None else fill
    # (n_rows, n_features, window_length) -> (n_rows, window_length, n_features)
    return sliding_window_view(base, window_length, axis=0).transpose(0, 2, 1)


def _gathered_windows(values, starts, ends, window_length, fill):
    """Windows over rows in which series begin and break.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        Rows, sorted by series and time.
    starts : ndarray of shape (n_rows,)
        For each row, the first row that may stand in its window.
    ends : ndarray of shape (n_windows,)
        The rows at which windows end.
    window_length : int
        Number of rows in a window.
    fill : float or None
        What stands for rows before the first; None: the first.

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


def _is_flat(transformer):
    if not transformer.flatten:
        raise AttributeError(
            "get_feature_names_out is only there with flatten=True: windows of shape "
            "(n_rows, window_length, n_features) have no columns to name."
        )
    return True


class SlidingWindowTransformer(
    DocLinkMixin, ParametersMixin, TransformerMixin, BaseEstimator
):
    r"""Turn rows in time order into the windows that end at them.

    Row i of the output is the window that ends at row i of its series, oldest row
    first,

    .. math::

        \mathrm{out}_i = (x_{i - w + 1}, \dots, x_{i - 1}, x_i),

    with ``w = window_length``. As many rows come out as went in, in their order, so
    ``y`` stays aligned. ``y[i]`` is what is wanted when row i is known: to predict the
    next close, ``y = close.shift(-1)``, with the last row left out of ``fit`` and given
    to ``predict`` for tomorrow.

    Parameters
    ----------
    window_length : int, default=1
        Number of rows in a window, at least 1. A window longer than the series is
        padded.
    padding : {"edge", "nan"} or float, default="edge"
        What stands for the rows before the first row of a series. ``"edge"`` repeats
        the first row; ``"nan"`` leaves the missing steps NaN, which the recurrent
        estimators read as a shorter sequence; a finite number fills with it.
    carry_history : {"auto", True, False}, default="auto"
        Whether the windows of ``transform`` see the end of the training rows.

        - ``"auto"``: where X has an index that tells time, it decides row by row:
          earlier rows of the same series count, training rows among them, as long as
          each step between them is no more than 3 median training steps (nights,
          weekends and holidays: see Notes); the same rule breaks windows inside
          ``fit``. Without such an index (none, a RangeIndex from
          0, one that cannot be ordered), rows that repeat the first `window_length`
          rows of ``fit`` (to a relative 1e-6) come out as ``fit_transform`` gave them;
          from the first row that differs, and where fewer rows are given, they are
          taken to follow the training rows.
        - ``True``: the rows follow the training rows, however long the steps.
        - ``False``: no training row is seen in ``transform``.
    flatten : bool, default=False
        With ``True`` the output is ``(n_rows, window_length * n_features)``,
        time-major, for estimators that take 2-D input, and has column names. A
        recurrent estimator right behind this one reads the steps back. Behind another
        step, such as a ``StandardScaler``, or ``numpy.array`` it sees a plain 2-D array
        and takes each column for a step of one feature: set its `window_length`, or
        keep the names with ``set_output(transform="pandas")``.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X seen in ``fit``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has string names.

    Raises
    ------
    ValueError
        If a parameter is out of range; X is not 2-D, is empty, or holds NaN or
        infinity; if its index holds times that cannot be read, or in another level
        than the last, repeats a time within a series or, in ``fit``, goes back in time;
        in ``transform``, if the index cannot be compared with that of ``fit``.
    NotFittedError
        If ``transform`` is called before ``fit``.

    See Also
    --------
    make_windows : Windows and the values that follow them, for your own loop.

    Notes
    -----
    Where X is one unbroken series the output is a read-only strided view on one padded
    copy of X, in X's float dtype: memory stays O(n_rows * n_features), whatever the
    window. Several series, or breaks inside one, are gathered into a copy.

    A MultiIndex (all levels but the last name the series) keeps series apart. Never
    does a window hold a row that comes later than its own; rows whose index tells time
    are windowed in order of time and come out in the order given.

    Dates, times, periods, time differences and numbers tell time, whatever holds them
    (pandas, pyarrow, Python objects, categories); of intervals their left ends do. An
    index that holds times but cannot be put in order is an error; strings tell none,
    and a warning in ``fit`` says so where they are dates.

    Hours of the day and days of the week in which no training row lies, although time
    went through them twice and five rows were due, are closed, and closed time does not
    count. Where an eighth of the time or more is closed, and most sessions begin and
    end where they should, a session may end early, begin up to an hour late, or be
    missing as a whole: three in a row, and in ``fit``, or between rows given together,
    one in twenty of the training sessions, at most eight.

    A UserWarning says where gaps between rows cut short the windows of more than a
    twentieth of them, and where, call after call, other rows are taken to follow the
    training rows, or are cut off from them: append rows with ``partial_fit``.

    Without an index a block cut from inside the training rows is taken to follow them;
    give it an index, or set ``carry_history=False``. A transformer in front that drops
    the index, as most do, hides it from this one: ``set_output(transform="pandas")``
    keeps it. One that is fitted on y (``TargetEncoder``) gives the training rows other
    values in ``fit_transform`` than in ``transform``: only an index then tells that
    they are the training rows.

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

    def __init__(
        self, window_length=1, *, padding="edge", carry_history="auto", flatten=False
    ):
        self.window_length = window_length
        self.padding = padding
        self.carry_history = carry_history
        self.flatten = flatten

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_past")

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def fit(self, X, y=None):
        """Learn the steps between rows and keep the end of each series.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows in time order; a DataFrame's index may tell time and series.
        y : None
            Not used.

        Returns
        -------
        self : SlidingWindowTransformer
            The fitted transformer.
        """
        self._fit_rows(X)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def fit_transform(self, X, y=None):
        """Fit to the rows and return their windows.

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
        return self._shaped(self._windows_of(self._fit_rows(X)))

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def partial_fit(self, X, y=None):
        """Append rows to the history.

        In live use: predict one row, then ``partial_fit`` it.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            The rows that follow those seen so far, in time order.
        y : None
            Not used.

        Returns
        -------
        self : SlidingWindowTransformer
            The transformer with its longer history.
        """
        if not hasattr(self, "_past"):
            self._fit_rows(X)
        else:
            self._past, _ = self._past.extend(self._read_rows(X))
            self._watch = Watch()
        return self

    @reads_one_state
    def transform(self, X):
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
        check_is_fitted(self)
        past = self._past
        rows = past.number(self._read_rows(X))
        carry = plain(self.carry_history)
        runs = past.runs(rows, carry=carry, breaks=carry is not True)
        warn_of_gaps(runs, past, rows.n_rows, self._watch)
        self._watch.see(*past.firsts_out_of_place(rows, runs))
        return self._shaped(self._windows_of(runs))

    @available_if(_is_flat)
    @reads_one_state
    def get_feature_names_out(self, input_features=None):
        """Name the columns of flat windows: ``close_lag2, close_lag1, close_lag0``.

        Parameters
        ----------
        input_features : array-like of shape (n_features,) or None, default=None
            Names of the columns of X; None takes those seen in ``fit``.

        Returns
        -------
        names : ndarray of shape (window_length * n_features,)
            Time-major names.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            If `input_features` are too many or too few, or not those seen in ``fit``.
        TypeError
            If `input_features` is no array of names.
        """
        check_is_fitted(self)
        names = read_feature_names(self, input_features)
        lags = range(self._past.window_length - 1, -1, -1)
        return np.array([f"{name}_lag{lag}" for lag in lags for name in names], object)

    def set_output(self, *, transform=None):
        """Set the container of flat windows.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            As in scikit-learn. It changes nothing while ``flatten=False``: 3-D windows
            stay arrays.

        Returns
        -------
        self : SlidingWindowTransformer
            The transformer itself.
        """
        check_container(transform)
        if transform is not None:
            if not hasattr(self, "_sklearn_output_config"):
                self._sklearn_output_config = {}
            self._sklearn_output_config["transform"] = transform
        return self

    def _read_rows(self, X):
        """Validate rows against those of ``fit`` and read their index."""
        values = self._validate_rows(X, reset=False)
        return read_rows(values, X, self._past.first)

    def _validate_rows(self, X, *, reset):
        values = read_table(self, X, reset=reset, dtypes=_FLOATS)
        check_finite(values)
        return values

    def _fit_rows(self, X):
        """Learn from training rows, and return what came before each, as Runs."""
        values = self._validate_rows(X, reset=True)
        window_length = int(self.window_length)
        _check_length(window_length, values)
        rows = read_rows(values, X)
        warn_of_strings(X)
        past = History.of(rows, window_length)
        breaks = plain(self.carry_history) is not True
        runs = past.runs(rows, carry=False, breaks=breaks)
        warn_of_gaps(runs, past, rows.n_rows)
        self._past, self._watch = past, Watch()
        self._fill(values.dtype)
        return runs

    def _shaped(self, windows):
        n_steps = windows.shape[1]
        if self.flatten:
            # (n_rows, window_length, n_features) -> time-major columns, still a view
            windows = windows.reshape(len(windows), -1)
        # Arrays have no column names; an estimator right behind this one reads these.
        names = getattr(self, "feature_names_in_", None)
        return WindowArray.of(windows, n_steps, names)

    def _windows_of(self, runs):
        """Return the windows that end at the rows given among `runs`.

        Parameters
        ----------
        runs : Runs
            The rows, and what came before each.

        Returns
        -------
        windows : ndarray of shape (n_rows, window_length, n_features)
            In the order in which the rows were given.
        """
        w, fill = self._past.window_length, self._fill(runs.values.dtype)
        if len(runs.begins) == 1:
            windows = _unbroken_windows(runs.before, runs.values, w, fill)
            return windows[runs.given]
        return _gathered_windows(runs.values, runs.starts, runs.given, w, fill)

    def _fill(self, dtype):
        """Return the number that stands for absent rows, or None for the first row."""
        if self.padding == "edge":
            return None
        fill = float(self.padding)
        if abs(fill) > float(np.finfo(dtype).max):
            raise ValueError(
                f"padding={short(self.padding)} is too large for X of dtype {dtype}."
            )
        return fill


def make_windows(series, window_length, horizon=1, *, target=0, step=1):
    r"""Cut a series into windows and the values that follow them.

    With ``s = series`` and ``t`` the target column, pair k is

    .. math::

        X_k = s[k \cdot \mathtt{step} : k \cdot \mathtt{step} + w], \qquad
        y_k = s[k \cdot \mathtt{step} + w : k \cdot \mathtt{step} + w + h, t]

    for ``k = 0 .. n - 1``, where ``w = window_length``, ``h = horizon`` and
    ``n = (n_rows - w - h) // step + 1``.

    Parameters
    ----------
    series : array-like of shape (n_rows,) or (n_rows, n_features)
        Rows in time order, finite numbers.
    window_length : int
        Number of rows in a window, at least 1.
    horizon : int, default=1
        Number of rows to predict after each window, at least 1.
    target : int or str, default=0
        The column whose next values are wanted: its number, counted from 0, or its
        name where `series` is a DataFrame.
    step : int, default=1
        Number of rows between the starts of successive windows, at least 1.

    Returns
    -------
    X : ndarray of shape (n, window_length, n_features)
        The windows, oldest row first: a read-only view on the series.
    y : ndarray of shape (n,) or (n, horizon)
        The next value of the target column, or with ``horizon > 1`` the next
        `horizon` values: a read-only view on the series.

    Raises
    ------
    ValueError
        If the series is shorter than ``window_length + horizon`` rows, holds NaN or
        infinity, or a parameter is out of range.
    TypeError
        If a length is not an integer.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import make_windows
    >>> X, y = make_windows(np.arange(6.0), window_length=3)
    >>> X[:, :, 0]
    array([[0., 1., 2.],
           [1., 2., 3.],
           [2., 3., 4.]])
    >>> y
    array([3., 4., 5.])
    >>> make_windows(np.arange(3.0), window_length=3)
    Traceback (most recent call last):
        ...
    ValueError: series has 3 rows; window_length=3 and horizon=1 need at least 4.
    """
    window_length = read_count(window_length, "window_length")
    horizon, step = read_count(horizon, "horizon"), read_count(step, "step")
    check_order(series, "series")
    rows = read_array(series, "series", dtypes=_FLOATS)
    if rows.ndim == 0:
        raise ValueError(
            "series must be of shape (n_rows,) or (n_rows, n_features), got "
            f"{short(series)}."
        )
    check_table(rows, "series", min_samples=0, least_axes=1)
    rows = rows[:, np.newaxis] if rows.ndim == 1 else rows
    column = _column_number(series, target, rows.shape[1])
    check_finite(rows, name="series")
    n_windows = (len(rows) - window_length - horizon) // step + 1
    if n_windows < 1:
        raise ValueError(
            f"series has {len(rows)} rows; window_length={short(window_length)} and "
            f"horizon={short(horizon)} need at least {short(window_length + horizon)}."
        )
    # (n_rows - w + 1, n_features, w) -> (n, w, n_features)
    X = sliding_window_view(rows, window_length, axis=0)
    X = X[: (n_windows - 1) * step + 1 : step].transpose(0, 2, 1)
    y = sliding_window_view(rows[window_length:, column], horizon)
    y = y[: (n_windows - 1) * step + 1 : step]
    return X, y[:, 0] if horizon == 1 else y


def _column_number(series, target, n_features):
    names = list(getattr(series, "columns", ()))
    if isinstance(target, str):
        if target in names:
            return names.index(target)
        valid = f"one of {short(names, 150)}" if names else "a column number"
        why = "" if names else ": series has no names"
        raise ValueError(
            f"target={short(target)} is not a column of series; use {valid}{why}."
        )
    if not is_integer(target):
        raise TypeError(
            f"target must be a column's number or name, got {short(target)}."
        )
    if not 0 <= target < n_features:
        raise ValueError(
            f"target={short(target)} is not a column of series, which has "
            f"{n_features}: use 0 to {n_features - 1}."
        )
    return int(target)
