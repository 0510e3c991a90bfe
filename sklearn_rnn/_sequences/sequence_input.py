"""The input of the estimators: sequences X, and targets y of sequences or steps."""

from numbers import Integral

import numpy as np
import pandas as pd

from sklearn_rnn._checks import short
from sklearn_rnn._doc_link import DocLinkMixin
from sklearn_rnn._parameters import ParametersMixin
from sklearn_rnn._rows.forms import as_list, check_names, names_of_list, read_array
from sklearn_rnn._upstream.sklearn_private import check_n_features

from .lag_names import (
    check_column_times,
    check_lag_order,
    count_told_steps,
    read_lags,
)
from .sequences import Sequences, check_sequences, check_size, is_ragged
from .targets import finish_step_targets, read_step_targets, read_targets

__all__ = ["SequenceInput"]


class SequenceInput(DocLinkMixin, ParametersMixin):
    """Mixin of the estimators whose X holds sequences.

    It reads X and y in ``fit``, remembers their layout, and checks later X and y
    against it. A class with it, left of ``BaseEstimator``, has the parameter
    `window_length`, and names an attribute that only a fitted estimator has.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of 2-D X in ``fit``, else number of features of a step.
    feature_names_in_ : ndarray of str
        Column names of X in ``fit``, where it had names.
    n_steps_ : int
        Number of steps of the longest sequence in ``fit``.
    n_outputs_ : int
        Number of outputs of y.
    """

    _fitted_attribute: str  # the attribute that only a fitted estimator has

    window_length: int | None
    n_steps_: int
    n_outputs_: int
    _row_length: int | None  # number of steps in a row of 2-D X; None: all columns
    _n_step_features: int  # number of features of a step
    _step_names: list[str] | None  # their names
    _is_1d_target: bool  # whether y had no axis for outputs

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, self._fitted_attribute)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        # NaN stands for absent steps where a row tells steps from features.
        tags.input_tags.allow_nan = self.window_length is not None
        tags.target_tags.multi_output = True
        return tags

    def _least_samples(self) -> int:
        """Return the number of sequences that ``fit`` needs."""
        return 2

    def _read_sequences(self, X, *, reset: bool) -> Sequences:
        """Read sequences in any form, and check their features against those of fit.

        Parameters
        ----------
        X : array-like or list of arrays
            Sequences from the user.
        reset : bool
            Whether to remember the layout of X, as in ``fit``.

        Returns
        -------
        sequences : Sequences
            The sequences.
        """
        given = X if is_ragged(X) else read_array(X, "X")
        is_table = isinstance(given, np.ndarray) and given.ndim == 2
        if is_table:
            check_names(self, X, reset=reset)
        if reset:
            length = self.window_length
            if length is None and is_table:
                length = count_told_steps(X)
            self._row_length = None if length is None else int(length)
        if is_table:
            self._check_columns(X)
            check_n_features(self, given, reset=reset)
            if self._row_length is None:
                check_column_times(X)
        sequences = check_sequences(
            given,
            window_length=self._row_length,
            min_samples=self._least_samples() if reset else 1,
        )
        check_size(sequences.values, "X")
        n_steps, n_features = sequences.values.shape[1:]
        if not is_table:
            self._check_names_of_step(X, reset=reset)
            check_n_features(self, sequences.values[0], reset=reset)
        if reset:
            self._n_step_features = n_features
            self._step_names = self._find_step_names(X, n_features)
            self.n_steps_ = n_steps
        elif n_features != self._n_step_features:
            raise ValueError(
                f"X has {n_features} features a step, but {type(self).__name__} was "
                f"fitted on {self._n_step_features} features a step."
            )
        return sequences

    def _check_columns(self, X):
        """Raise where the columns of 2-D X tell lags that do not fit its rows."""
        length, told = self._row_length, count_told_steps(X)
        if length != 1:
            check_lag_order(X)
        if told and length and told % length:
            raise ValueError(
                f"window_length={length} does not divide the {told} steps of the flat "
                f"windows in X; use window_length={told}, or None."
            )

    def _check_names_of_step(self, X, *, reset):
        """Check names of the features of a step, or remember them."""
        if is_ragged(X):
            names = names_of_list(as_list(X))
        else:
            # Windows may lose their names when rows of them are taken: no names in X
            # are no error after names in fit.
            names = getattr(X, "step_names", None)
            if not reset and (names is None or not hasattr(self, "feature_names_in_")):
                return
        named = None if names is None else pd.DataFrame(columns=names)
        check_names(self, named, reset=reset)

    def _find_step_names(self, X, n_features):
        """Return the names of the features of a step, or None."""
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            names = getattr(X, "step_names", None)
            if names is None or len(names) != n_features:
                return None
        # Of a flat window the last columns are the latest step.
        return list(names)[-n_features:]

    def _find_feature(self, feature: int | str, label: str) -> int:
        """Return the number of a feature within a step.

        Parameters
        ----------
        feature : int or str
            Number or name of the feature; columns named after lags may be named
            without their lag.
        label : str
            Start of an error.

        Returns
        -------
        number : int
            Number of the feature.
        """
        n_features = self._n_step_features
        numbers = f"0 to {n_features - 1}" if n_features > 1 else "0"
        if isinstance(feature, str):
            names = self._step_names
            if names is not None and feature in names:
                return names.index(feature)
            columns = getattr(self, "feature_names_in_", None)
            pairs = read_lags(columns)[-n_features:]
            lags = [lag for name, lag in pairs if name == feature]
            if lags:
                return pairs.index((feature, min(lags)))
            if names is None:
                raise ValueError(
                    f"{label} is not a feature of X; use its number, {numbers}: X has "
                    "no names (of a step in front set_output(transform='pandas') keeps "
                    "them)."
                )
            raise ValueError(
                f"{label} is not a feature of X; use one of {short(names)}."
            )
        if not isinstance(feature, Integral) or isinstance(feature, (bool, np.bool_)):
            raise TypeError(f"{label} is no feature's number or name; use {numbers}.")
        if not 0 <= feature < n_features:
            raise ValueError(
                f"{label} is not a feature of X, which has {n_features} features a "
                f"step; use {numbers}."
            )
        return int(feature)

    def _check_given(self, y):
        """Raise scikit-learn's sentence where there is no y."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                "None."
            )

    def _read_targets(self, y, sequences: Sequences, *, reset: bool) -> np.ndarray:
        """Read the targets of sequences, and check their shape against that of fit.

        Parameters
        ----------
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets from the user.
        sequences : Sequences
            The sequences that the targets belong to.
        reset : bool
            Whether to remember the shape of y, as in ``fit``.

        Returns
        -------
        y : ndarray of shape (n_samples, n_outputs)
            A float64 copy.
        """
        y = read_targets(y, sequences.n_samples, self._target_hint())
        self._check_target_axes(y, ("n_samples", "n_outputs"), reset=reset)
        y = y.reshape(len(y), -1)
        self._check_n_outputs(y.shape[1], reset=reset)
        return y

    def _read_step_targets(
        self, y, sequences: Sequences, *, is_list: bool, reset: bool
    ) -> np.ndarray:
        """Read the targets of steps, and check their shape against that of fit.

        Parameters
        ----------
        y : array-like or list of arrays
            Targets from the user, of shape (n_samples, n_steps) or
            (n_samples, n_steps, n_outputs); for a list of sequences a list of arrays
            of shape (n_steps_i,) or (n_steps_i, n_outputs). Values at absent steps do
            not count.
        sequences : Sequences
            The sequences that the targets belong to.
        is_list : bool
            Whether the sequences came as a list.
        reset : bool
            Whether to remember the shape of y, as in ``fit``.

        Returns
        -------
        y : ndarray of shape (n_samples, n_steps, n_outputs)
            A float64 copy, 0 at absent steps.
        """
        y = read_step_targets(y, sequences, is_list=is_list, hint=self._target_hint())
        self._check_target_axes(y, ("n_samples", "n_steps", "n_outputs"), reset=reset)
        y = finish_step_targets(y, sequences)
        self._check_n_outputs(y.shape[2], reset=reset)
        return y

    def _target_hint(self):
        """Return the end of an error about a target that is not a number."""
        return f" {type(self).__name__} is a regressor: its targets must be numbers."

    def _check_target_axes(self, y, axes, *, reset):
        """Check whether y has an axis for outputs as in ``fit``, or remember it.

        Parameters
        ----------
        y : ndarray
            The targets.
        axes : tuple of str
            Names of the axes of targets with an axis for outputs.
        reset : bool
            Whether to remember it.
        """
        is_1d = y.ndim < len(axes)
        if not reset and is_1d != self._is_1d_target:
            expected = ", ".join(axes[:-1] if self._is_1d_target else axes)
            comma = "," if expected == "n_samples" else ""
            raise ValueError(
                f"y has shape {y.shape}, but fit saw y of ({expected}{comma})."
            )
        if reset:
            self._is_1d_target = is_1d

    def _check_n_outputs(self, n_outputs, *, reset):
        """Check the number of outputs against that of ``fit``, or remember it."""
        if not reset and n_outputs != self.n_outputs_:
            raise ValueError(
                f"y has {n_outputs} outputs, but fit saw {self.n_outputs_}."
            )
        self.n_outputs_ = n_outputs

    # For forecasting and plotting.

    def _count_row_steps(self, n_columns: int) -> int:
        """Return the number of steps in a row of 2-D X with `n_columns` columns."""
        return n_columns if self._row_length is None else self._row_length
