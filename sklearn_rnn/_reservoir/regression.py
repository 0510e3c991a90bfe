"""Regression: public methods, targets and losses of the echo state regressors."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._checks import is_integer, plain, read_count, short
from sklearn_rnn._fitted_state import learns_in_one_step, reads_one_state
from sklearn_rnn._ridge.paths import Ridge, RidgePath
from sklearn_rnn._sequences.sequences import Sequences, is_ragged
from sklearn_rnn._sequences.targets import read_sample_weight, score_predictions
from sklearn_rnn._upstream.sklearn_private import StrOptions, fit_context

from .base import BaseESN
from .closed_loop import check_closed_loop
from .readout_rows import ReadoutRows, Training
from .samples import check_washout

__all__ = ["ESNRegressorMixin"]

_LOSSES = ("squared_error", "absolute_error", "huber")


def _is_exact(estimator):
    if estimator.solver != "ridge":
        raise AttributeError(
            "partial_fit adds sequences exactly, which only solver='ridge' can; got "
            f"solver={estimator.solver!r}."
        )
    return True


class ESNRegressorMixin(RegressorMixin):
    """Mixin of the echo state regressors, left of `BaseESN`."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseESN._parameter_constraints,
        "solver": [StrOptions({"ridge", "adam"})],
        "loss": [StrOptions(set(_LOSSES))],
        "feedback_features": ["array-like", None],
    }

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def fit(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Draw the reservoir, and fit the readout.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences. In 2-D X, of shape (n_samples, n_columns), each row is a
            sequence: its columns are the steps of one feature, or, with `window_length`
            set, that number of steps, time-major. A list holds n_samples arrays of
            shape (n_steps_i, n_features) or (n_steps_i,). In 3-D X, and in 2-D X with
            `window_length` set, leading steps that are NaN in every feature are absent,
            and the sequence is shorter; elsewhere NaN is an error.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs) or list of arrays
            Targets. With ``return_sequences=True`` each step has a target: y has the
            shape (n_samples, n_steps) or (n_samples, n_steps, n_outputs), or, where X
            is a list, is a list of arrays of shape (n_steps_i,) or
            (n_steps_i, n_outputs).
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the sequences, at least 0. A sequence of weight 2 counts twice,
            a sequence of weight 0 not at all.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter is out of range or does not fit the data or another
            parameter; X or y has a wrong shape, too few samples or steps, or a value
            that is NaN (other than in absent steps) or infinite; or no weight is above
            0.
        TypeError
            If a parameter has a wrong type or X is sparse.
        """
        self._fit(X, y, sample_weight)
        return self

    @available_if(_is_exact)
    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def partial_fit(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Add sequences to those that the readout was fitted to.

        The readout is that of a single ``fit`` on all sequences, at the scales of the
        first call. Its strength is chosen anew. The method needs ``solver="ridge"``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``fit``; in a list each of shape (n_steps_i, n_features).
        y : array-like of shape (n_samples,) or (n_samples, n_outputs) or list of arrays
            Targets, as in ``fit``; in a list each of shape (n_steps_i,) or
            (n_steps_i, n_outputs).
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the sequences, as in ``fit``.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            As in ``fit``, and if X has another number of features, or y of outputs,
            than in the first call.
        TypeError
            If a parameter has a wrong type or X is sparse.
        """
        if not hasattr(self, "coef_"):
            return self.fit(X, y, sample_weight)
        self._add(X, y, sample_weight)
        return self

    @reads_one_state
    def predict(
        self, X: ArrayLike | Sequence[ArrayLike]
    ) -> NDArray[np.float64] | list[NDArray[np.float64]]:
        """Predict the targets of sequences, each from rest.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``fit``, of any length; in a list each of shape
            (n_steps_i, n_features).

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs) or list of ndarray
            Predictions, float64, in the shape of the training targets. With
            ``return_sequences=True`` every step is predicted, also within the
            `washout`: y has the shape (n_samples, n_steps) or
            (n_samples, n_steps, n_outputs), with NaN at absent steps, or, for a list of
            sequences, is a list of arrays of shape (n_steps_i,) or
            (n_steps_i, n_outputs).

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            If X has another number of features than in ``fit``, a sequence without a
            step (of `washout` steps or fewer, where means are taken), or a value that
            is NaN (other than in absent steps) or infinite.
        TypeError
            If X is sparse.
        """
        check_is_fitted(self)
        sequences = self._read_sequences(X, reset=False)
        y = self._network().predict(sequences)
        y = y[..., 0] if self._is_1d_target else y
        if self._readout_rows.pooling is None and is_ragged(X):
            lengths = sequences.n_present
            return [of_one[-length:] for of_one, length in zip(y, lengths, strict=True)]
        return y

    @reads_one_state
    def free_run(
        self, X: ArrayLike | Sequence[ArrayLike], n_steps: int
    ) -> NDArray[np.float64]:
        """Drive the reservoir with sequences, then leave it to its own predictions.

        Output k of each prediction becomes feature ``feedback_features[k]`` of the next
        step. The network must be trained to predict the next step: ``y[i, t]`` is
        ``X[i, t + 1]``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``fit``, of at least 100 steps; in a list each of shape
            (n_steps_i, n_features).
        n_steps : int
            Number of steps to predict, at least 1.

        Returns
        -------
        y : ndarray of shape (n_samples, n_steps) or (n_samples, n_steps, n_outputs)
            The steps after each sequence. The first is the prediction of ``predict``
            for the last step of the sequence. The last axis is there if the training
            targets have it.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            If X is not valid in ``predict``, or has a sequence of fewer than 100 steps;
            if the outputs do not cover every feature, or the network is bidirectional
            or sees means; or if the run diverges.
        TypeError
            If `n_steps` is not an integer or X is sparse.
        """
        check_is_fitted(self)
        n_steps = read_count(n_steps, "n_steps")
        columns = self._check_closed_loop(self._readout_rows)
        sequences = self._read_sequences(X, reset=False)
        y = self._network().free_run(sequences, columns, n_steps)
        return y[..., 0] if self._is_1d_target else y

    @reads_one_state
    def score(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the coefficient of determination R^2 of the predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``predict``; in a list each of shape
            (n_steps_i, n_features).
        y : array-like of shape (n_samples,) or (n_samples, n_outputs) or list of arrays
            The true values, as in ``fit``; in a list each of shape (n_steps_i,) or
            (n_steps_i, n_outputs). With ``return_sequences=True`` the steps after the
            `washout` of each sequence are scored.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the sequences in the score.

        Returns
        -------
        score : float
            R^2, at most 1, the mean over outputs.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            As in ``predict``, and if y does not fit the predictions in shape.
        TypeError
            If X is sparse.
        """
        check_is_fitted(self)
        if self._readout_rows.pooling is not None:
            y_pred = cast(NDArray[np.float64], self.predict(X))
            return score_predictions(y, y_pred, sample_weight)
        sequences = self._read_sequences(X, reset=False)
        check_washout(sequences, self._readout_rows.washout)
        y_true = self._read_step_targets(
            y, sequences, is_list=is_ragged(X), reset=False
        )
        counts = sequences.present(self._readout_rows.washout)
        if sample_weight is not None:
            sample_weight = read_sample_weight(sample_weight, sequences.n_samples)
            sample_weight = np.repeat(sample_weight, counts.sum(axis=1))
        y_pred = self._network().predict(sequences)
        return r2_score(y_true[counts], y_pred[counts], sample_weight=sample_weight)

    # ---------------------------------------------------------------- hooks of BaseESN

    def _read_y(
        self,
        y: ArrayLike,
        sequences: Sequences,
        *,
        by_step: bool,
        is_list: bool,
        reset: bool,
    ) -> NDArray[np.float64]:
        if by_step:
            return self._read_step_targets(y, sequences, is_list=is_list, reset=reset)
        return self._read_targets(y, sequences, reset=reset)

    def _check_options(self) -> None:
        super()._check_options()
        if self.solver == "ridge" and self.loss != "squared_error":
            raise ValueError(
                f"loss={plain(self.loss)!r} has no closed form: it needs "
                "solver='adam', got solver='ridge'."
            )
        if self.feedback_features is not None:
            self._feedback_columns()

    def _fit_readout(self, training: Training, path: RidgePath) -> Ridge:
        ridge = super()._fit_readout(training, path)
        self.__dict__.pop("loss_curve_", None)  # of an earlier fit
        if self.solver == "adam":
            # torch and skorch take seconds to load, and no other solver needs them.
            from .adam_readout import train_readout  # noqa: PLC0415

            coef, intercept, self.loss_curve_ = train_readout(
                *training.rows(), ridge, plain(self.loss)
            )
            self._set_readout(coef, intercept)
        return ridge

    # -------------------------------------------------------------------- closed loops

    def _feedback_columns(self) -> NDArray[np.intp]:
        """Return the feature that each output is fed back into."""
        features = self.feedback_features
        if features is None:
            features = range(self.n_outputs_)
        is_one = getattr(features, "ndim", 1) == 0
        features = [features] if is_one else list(features)
        if len(features) != self.n_outputs_:
            raise ValueError(
                f"feedback_features={short(self.feedback_features)} names "
                f"{len(features)} features; y has {self.n_outputs_} outputs, each of "
                "which needs one."
            )
        for feature in features:
            if not is_integer(feature) and not isinstance(feature, str):
                raise TypeError(
                    f"feedback_features holds {short(feature)}; each must be a "
                    "feature's number or name."
                )
        columns = [
            self._find_feature(
                feature, f"feedback_features holds {short(feature)}, which"
            )
            for feature in features
        ]
        if len(set(columns)) < len(columns):
            raise ValueError(
                f"feedback_features={short(self.feedback_features)} names a feature "
                "twice."
            )
        return np.array(columns)

    def _check_closed_loop(self, readout_rows: ReadoutRows) -> NDArray[np.intp]:
        """Return the feedback columns of a network that can run on its own."""
        check_closed_loop(readout_rows, self.n_outputs_)
        return self._feedback_columns()
