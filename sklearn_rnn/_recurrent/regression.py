"""Regression: the public methods, targets and losses of the recurrent regressors."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if

from sklearn_rnn._checks import plain, read_numbers, short
from sklearn_rnn._fitted_state import learns_in_one_step, reads_one_state
from sklearn_rnn._isolation import isolated
from sklearn_rnn._sequences.targets import score_predictions
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions, fit_context

from .base import BaseRecurrent
from .batches import PREDICT_BATCH_SIZE
from .fitted_module import FittedModule
from .losses import LOSSES
from .options import Objective, Options

__all__ = ["RecurrentRegressorMixin"]


def _has_quantiles(regressor):
    """Whether a regressor learns quantiles, or, where it is fitted, has learnt them."""
    if hasattr(regressor, "net_"):
        return hasattr(regressor.net_, "criterion__quantiles")
    return regressor.loss == "quantile"


class RecurrentRegressorMixin(RegressorMixin):
    """Mixin of the recurrent regressors, left of `BaseRecurrent`."""

    _parameter_constraints = {
        **BaseRecurrent._parameter_constraints,
        "target_feature": [Interval(Integral, 0, None, closed="left"), str, None],
        "loss": [StrOptions(set(LOSSES))],
        "quantiles": ["array-like", Interval(Real, 0, 1, closed="neither"), None],
    }

    def __init__(
        self,
        *,
        hidden_size: int = 32,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float | Literal["auto"] = "auto",
        pooling: Literal["last", "mean", "max", "attention"] = "last",
        init: Literal["auto", "xavier", "he", "orthogonal", "torch"] = "auto",
        linear_skip: Literal["auto", "ridge", "trainable"] | None = "auto",
        target_feature: int | str | None = None,
        loss: Literal[
            "squared_error", "absolute_error", "huber", "quantile"
        ] = "squared_error",
        quantiles: float | ArrayLike | None = None,
        max_epochs: int | Literal["auto"] = "auto",
        max_fit_time: float | None = None,
        batch_size: int | Literal["auto"] = "auto",
        lr: float = 1e-2,
        optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adamw",
        weight_decay: float = 1e-2,
        lr_schedule: Literal["auto", "onecycle"] | None = "auto",
        clip_grad_norm: float | None = 1.0,
        recurrent_constraint: Literal["spectral"] | None = None,
        device: str = "cpu",
        n_threads: int = 1,
        callbacks: Sequence[Any] | None = None,
        verbose: int | bool = 0,
        early_stopping: bool | Literal["refit"] = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        window_length: int | None = None,
        standardize: bool = True,
        segment_length: int = 1,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            hidden_size=hidden_size,
            num_layers=num_layers,
            bidirectional=bidirectional,
            dropout=dropout,
            pooling=pooling,
            init=init,
            linear_skip=linear_skip,
            max_epochs=max_epochs,
            max_fit_time=max_fit_time,
            batch_size=batch_size,
            lr=lr,
            optimizer=optimizer,
            weight_decay=weight_decay,
            lr_schedule=lr_schedule,
            clip_grad_norm=clip_grad_norm,
            recurrent_constraint=recurrent_constraint,
            device=device,
            n_threads=n_threads,
            callbacks=callbacks,
            verbose=verbose,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            warm_start=warm_start,
            window_length=window_length,
            standardize=standardize,
            segment_length=segment_length,
            random_state=random_state,
        )
        self.target_feature = target_feature
        self.loss = loss
        self.quantiles = quantiles

    # ------------------------------------------------------------------ fit and predict

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def fit(self, X: ArrayLike | Sequence[ArrayLike], y: ArrayLike) -> Self:
        """Train on sequences and their targets.

        With ``max_epochs="auto"`` the last samples decide how long to train, so the
        samples should stand in the order of time.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences. In 2-D X, of shape (n_samples, n_columns), each row is a
            sequence: its columns are the steps of one feature, or, with `window_length`
            set, that number of steps, time-major. A list holds n_samples arrays of
            shape (n_steps_i, n_features) or (n_steps_i,). In 3-D X, and in 2-D X with
            `window_length` set, leading steps that are NaN in every feature are absent,
            and the sequence is shorter; elsewhere NaN is an error.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter is out of range or does not fit the data or another
            parameter; X or y has a wrong shape, fewer than 2 samples, or a value that
            is NaN (other than in absent steps) or infinite; or training diverges: its
            loss or a weight becomes NaN or infinite. The estimator stays as it was.
        TypeError
            If a parameter has a wrong type or X is sparse.
        MemoryError
            If the network is too large for the memory of the machine.

        Warns
        -----
        ConvergenceWarning
            If training is interrupted (Ctrl-C): the best weights so far are kept. If
            the length of training was still being judged, the best model so far is
            kept; a network has then learnt from a part of the samples.
        """
        self._fit(X, y)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def partial_fit(self, X: ArrayLike | Sequence[ArrayLike], y: ArrayLike) -> Self:
        """Train for one more epoch at the constant rate ``lr / 10``.

        The epoch is a whole pass over these samples, with constant dropout and without
        `early_stopping`; `max_epochs` and `max_fit_time` have no effect. A first call
        without an earlier ``fit`` sets scales and ridge as ``fit`` does, judges nothing
        and sets `fit_report_` to None. Later calls keep scales, ridge and the size of
        the network. ``loss_curve_`` keeps the latest 1,000 earlier epochs; ``n_iter_``
        counts all.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``fit``; in a list each of shape (n_steps_i, n_features).
            They need the number of features of the first call, and may be longer. A
            first call needs 2 samples, a later call 1.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets, with the outputs of the first call.

        Returns
        -------
        self : object
            The estimator, trained on.

        Raises
        ------
        ValueError
            As in ``fit``, and if X has another number of features or y another number
            of outputs than in the first call. The estimator stays as it was.
        TypeError
            If a parameter has a wrong type or X is sparse.
        MemoryError
            If the network is too large for the memory of the machine.

        Warns
        -----
        ConvergenceWarning
            If training is interrupted (Ctrl-C).
        """
        self._partial_fit(X, y)
        return self

    @reads_one_state
    def predict(self, X: ArrayLike | Sequence[ArrayLike]) -> NDArray[np.float64]:
        """Predict the targets of sequences.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``fit``; in a list each of shape (n_steps_i, n_features).
            They may be shorter or longer than in ``fit``: the network reads all steps,
            and the linear skip the latest ``n_steps_``.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions, float64, in the units and shape of the training targets. Of
            several `quantiles` it is the level nearest 0.5, the lower of two that are
            equally near; ``predict_quantiles`` gives all.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            If X has another number of features than in ``fit``, a sequence without a
            step, or a value that is NaN (other than in absent steps), infinite, or too
            far from the values of ``fit`` for a prediction in single precision.
        TypeError
            If X is sparse.
        MemoryError
            If the sequences are too many or too long for the memory of the machine.
        """
        y = self._predict_sorted(X)[..., _middle(self._quantile_levels())]
        return np.ascontiguousarray(y)

    @available_if(_has_quantiles)
    @reads_one_state
    def predict_quantiles(
        self, X: ArrayLike | Sequence[ArrayLike]
    ) -> NDArray[np.float64]:
        """Predict the quantiles of the targets of sequences.

        Only with ``loss="quantile"``: with another loss a regressor does not have this
        method, and ``hasattr`` is false.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``predict``; in a list each of shape
            (n_steps_i, n_features).

        Returns
        -------
        quantiles : ndarray of shape (n_samples, n_outputs, n_quantiles)
            Predictions, float64, in the units of the training targets; of shape
            (n_samples, n_quantiles) where the training targets had shape (n_samples,).
            The last axis has the levels of `quantiles` in increasing order, even if
            there is only one. Values never fall along it.

        Raises
        ------
        AttributeError
            If the loss is not ``"quantile"``.
        NotFittedError
            If called before ``fit``.
        ValueError
            As in ``predict``.
        TypeError
            If X is sparse.
        MemoryError
            If the sequences are too many or too long for the memory of the machine.
        """
        return self._predict_sorted(X)

    def _predict_sorted(self, X) -> NDArray[np.float64]:
        """Return all outputs for each target, (..., n_per_target), in rising order."""
        y = self._predict_outputs(X)
        y.sort(axis=2)  # quantiles never cross
        return y[:, 0] if self._is_1d_target else y

    @reads_one_state
    def score(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the coefficient of determination R^2 of the predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``predict``; in a list each of shape
            (n_steps_i, n_features).
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The true values.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples in the score.

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
        return score_predictions(y, self.predict(X), sample_weight)

    def _quantile_levels(self) -> list[float]:
        """Return the levels of the fitted quantiles; 0.5 of another loss."""
        return getattr(self.net_, "criterion__quantiles", [0.5])

    # ------------------------------------------------------------------- hooks of a fit

    def _check_objective(self) -> Objective:
        """Check the parameters of the loss, and return the loss."""
        if self.quantiles is not None and self.loss != "quantile":
            raise ValueError(
                f"quantiles={self.quantiles!r} needs loss='quantile', got "
                f"loss={self.loss!r}."
            )
        if self.loss != "quantile":
            return Objective(LOSSES[self.loss])
        levels = _check_quantiles(0.5 if self.quantiles is None else self.quantiles)
        return Objective(LOSSES["quantile"], {"quantiles": levels}, len(levels))

    def _find_target_feature(self) -> int | None:
        """Return the number of the target feature, within a step."""
        if self.target_feature is None:
            return None
        label = f"target_feature={short(plain(self.target_feature))}"
        return self._find_feature(self.target_feature, label)

    def _first_outputs(self, objective: Objective, targets: NDArray) -> NDArray | None:
        """Return the quantiles of the targets, (n_targets, n_quantiles), or None.

        Parameters
        ----------
        objective : Objective
            The loss.
        targets : ndarray of shape (n_samples, n_targets)
            Training targets, float32, as the network learns them.
        """
        levels = objective.criterion_options.get("quantiles")
        return None if levels is None else np.quantile(targets, levels, axis=0).T

    def _list_model_parameters(self, options: Options) -> dict[str, Any]:
        """Return the parameters that make the model, as opposed to its training."""
        return {
            **super()._list_model_parameters(options),
            "target_feature": plain(self.target_feature),
            "quantiles": options.objective.criterion_options.get("quantiles"),
        }

    # For forecasting and plotting.

    @reads_one_state
    def _gradient(self, X: ArrayLike | Sequence[ArrayLike]) -> NDArray[np.float64]:
        """Return the derivatives of predictions with respect to the sequences.

        Parameters
        ----------
        X : array-like or list of arrays
            Sequences, as in ``predict``.

        Returns
        -------
        gradient : ndarray of shape (n_samples, n_steps, n_features, n_outputs)
            Derivatives of each value that ``predict`` returns, in units of y over units
            of X; NaN at absent steps.
        """
        sequences = self._read_sequences(X, reset=False)
        gradient = np.full((*sequences.values.shape, self.n_outputs_), np.nan)
        quantile = _middle(self._quantile_levels())
        with isolated(torch.device(self.net_.device)):
            module = FittedModule(self._linear_part, self.module_).eval()
            for rows, part in sequences.parts(PREDICT_BATCH_SIZE):
                gradient[rows, -part.n_steps :] = module.gradient(part.values, quantile)
        return gradient


def _check_quantiles(quantiles):
    """Return levels of quantiles as a list of float, or raise a ValueError."""
    levels = read_numbers(quantiles)
    if levels is None or not (np.diff([0, *levels, 1]) > 0).all():
        raise ValueError(
            f"quantiles={short(quantiles)} must be increasing numbers between 0 and 1, "
            "ends excluded."
        )
    return [float(level) for level in levels]


def _middle(levels):
    """Return the number of the level nearest 0.5, the lower of two equally near."""
    distances = np.abs(np.asarray(levels) - 0.5)
    # 0.7 - 0.5 is less than 0.5 - 0.3, by rounding.
    return int(np.argmax(distances <= distances.min() + 1e-12))
