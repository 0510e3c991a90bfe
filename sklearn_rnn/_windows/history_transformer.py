"""Transformers whose output depends on earlier rows, training rows among them."""

from abc import ABCMeta, abstractmethod
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._checks import plain
from sklearn_rnn._doc_link import DocLinkMixin
from sklearn_rnn._fitted_state import learns_in_one_step, reads_one_state
from sklearn_rnn._parameters import ParametersMixin, check_container, read_feature_names
from sklearn_rnn._rows.forms import FLOATS, read_table
from sklearn_rnn._rows.timed_rows import TimedRows, read_rows, warn_of_strings
from sklearn_rnn._sequences.sequences import check_finite
from sklearn_rnn._upstream.sklearn_private import fit_context

from .history import History
from .runs import Runs
from .watch import Watch, warn_of_gaps

__all__ = ["HistoryTransformer"]


def _has_columns(transformer):
    return transformer._check_has_columns()


class HistoryTransformer(
    DocLinkMixin,
    ParametersMixin,
    TransformerMixin,
    BaseEstimator,
    metaclass=ABCMeta,
):
    """Base of the transformers of rows in time order.

    It reads rows and their index, keeps the end of the training rows, and finds the
    earlier rows of each row. A class with it has the parameter `carry_history`, and
    computes its output from the runs of `_fit_rows` and `_find_runs`.
    """

    carry_history: Literal["auto"] | bool
    _history: History
    _watch: Watch
    _dtypes: tuple[type[np.floating], ...] = FLOATS  # kept; others become the first

    # ------------------------------------------------------------- for each transformer

    @abstractmethod
    def _check_window(self, values: np.ndarray) -> int:
        """Return the number of rows in a window, checked.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            The training rows.
        """

    @abstractmethod
    def _learn(self, rows: TimedRows, runs: Runs) -> object:
        """Learn from training rows whose history is kept already.

        Parameters
        ----------
        rows : TimedRows
            The training rows.
        runs : Runs
            The training rows and the earlier rows of each.
        """

    def _go_on(self, rows: TimedRows, history: History) -> None:
        """Take in rows that follow the rows seen so far.

        Parameters
        ----------
        rows : TimedRows
            The rows, numbered and timed as in `history`.
        history : History
            The history with them, before it replaces ``self._history``.
        """

    @abstractmethod
    def _name_columns(self, names: np.ndarray) -> np.ndarray:
        """Return the names of the columns of the output.

        Parameters
        ----------
        names : ndarray of shape (n_features,)
            Names of the columns of X.
        """

    def _check_has_columns(self) -> bool:
        """Return True, or raise an AttributeError where the output has no columns."""
        return True

    # ------------------------------------------------------------------- scikit-learn's

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_history")

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def fit(self, X: ArrayLike, y: None = None) -> Self:
        """Learn from training rows, and keep the end of each series.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows in time order; a DataFrame's index may tell time and series.
        y : None
            Not used.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        self._learn(*self._fit_rows(X))
        return self

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def partial_fit(self, X: ArrayLike, y: None = None) -> Self:
        """Append rows to the history.

        In live use: predict one row, then ``partial_fit`` it. The first call, where
        there was no ``fit``, is a ``fit``.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            The rows that follow the rows seen so far, in time order.
        y : None
            Not used.

        Returns
        -------
        self : object
            The transformer with its longer history.
        """
        if not hasattr(self, "_history"):
            self._learn(*self._fit_rows(X))
            return self
        history, rows = self._history.extend(self._read_rows(X))
        self._go_on(rows, history)
        self._history, self._watch = history, Watch()
        return self

    @available_if(_has_columns)
    @reads_one_state
    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> NDArray[np.object_]:
        """Name the columns of the output.

        Parameters
        ----------
        input_features : array-like of shape (n_features,) or None, default=None
            Names of the columns of X; None takes those seen in ``fit``.

        Returns
        -------
        names : ndarray of shape (n_columns,)
            The names.

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
        return self._name_columns(read_feature_names(self, input_features))

    def set_output(
        self, *, transform: Literal["default", "pandas", "polars"] | None = None
    ) -> Self:
        """Set the container of the output.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            As in scikit-learn. Output that is not 2-D stays an array.

        Returns
        -------
        self : object
            The transformer itself.
        """
        check_container(transform)
        if transform is not None:
            if not hasattr(self, "_sklearn_output_config"):
                self._sklearn_output_config = {}
            self._sklearn_output_config["transform"] = transform
        return self

    # ----------------------------------------------------------------- rows and history

    @property
    def _breaks(self) -> bool:
        """Whether a step in time may be too long for a run to continue."""
        return plain(self.carry_history) is not True

    def _read_values(self, X, *, reset: bool) -> np.ndarray:
        """Return the rows of X, (n_rows, n_features), checked."""
        values = read_table(self, X, reset=reset, dtypes=self._dtypes)
        check_finite(values)
        return values

    def _read_rows(self, X) -> TimedRows:
        """Return the rows of X and their index, checked against those of ``fit``."""
        values = self._read_values(X, reset=False)
        return read_rows(values, X, self._history.first)

    def _fit_rows(self, X) -> tuple[TimedRows, Runs]:
        """Read training rows, and start the history with them.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows from the user.

        Returns
        -------
        rows : TimedRows
            The rows.
        runs : Runs
            The rows and the earlier rows of each.
        """
        values = self._read_values(X, reset=True)
        window_length = self._check_window(values)
        rows = read_rows(values, X)
        warn_of_strings(X)
        history = History.of(rows, window_length)
        runs = history.runs(rows, carry=False, breaks=self._breaks)
        warn_of_gaps(runs, history, rows.n_rows)
        self._history, self._watch = history, Watch()
        return rows, runs

    def _find_runs(self, X) -> tuple[TimedRows, Runs]:
        """Read rows for ``transform``, and find the earlier rows of each.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows from the user.

        Returns
        -------
        rows : TimedRows
            The rows, numbered as in the history.
        runs : Runs
            The rows and the earlier rows of each.
        """
        check_is_fitted(self)
        history = self._history
        rows = history.number(self._read_rows(X))
        carry = plain(self.carry_history)
        runs = history.runs(rows, carry=carry, breaks=self._breaks)
        warn_of_gaps(runs, history, rows.n_rows, self._watch)
        self._watch.see(history, rows, runs)
        return rows, runs
