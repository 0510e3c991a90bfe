"""Parameters, reading and training, common to all recurrent estimators."""

from __future__ import annotations

import time
from abc import ABCMeta, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from numbers import Integral, Real
from types import FunctionType
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted
from skorch.history import History

from sklearn_rnn._checks import plain, warn_user
from sklearn_rnn._fitted_state import learns_in_one_step
from sklearn_rnn._isolation import isolated
from sklearn_rnn._sequences.sequence_input import SequenceInput
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions

from .batches import PREDICT_BATCH_SIZE
from .building import RECENCY, check_callback, memory_errors
from .effort import judge
from .module import RecurrentModule
from .net import OPTIMIZERS, any_watches_validation
from .options import (
    MODEL_PARAMETERS,
    Objective,
    Options,
    check_same_model,
    count_threads,
    count_validation,
    plan_training,
)
from .report import ShowsFitReport
from .task import Task, Trained, seed_generator, training_context

__all__ = ["BaseRecurrent", "WatchedTraining"]


class BaseRecurrent(ShowsFitReport, SequenceInput, BaseEstimator, metaclass=ABCMeta):
    """Base of the recurrent estimators; see the final classes for the parameters.

    A final class names its cell. A mixin of regressors, left of this class, has the
    public methods and says how targets are read (`_read_targets`), which loss is
    minimised (`_check_objective`), where the network's outputs start
    (`_first_outputs`), and how outputs become predictions (``predict``).
    """

    _parameter_constraints = {
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "num_layers": [Interval(Integral, 1, None, closed="left")],
        "bidirectional": ["boolean"],
        "dropout": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="left")],
        "pooling": [StrOptions({"last", "mean", "max", "attention"})],
        "init": [StrOptions({"auto", "xavier", "he", "orthogonal", "torch"})],
        "linear_skip": [StrOptions({"auto", "ridge", "trainable"}), None],
        "max_epochs": [
            StrOptions({"auto"}),
            Interval(Integral, 0, None, closed="left"),
        ],
        "max_fit_time": [Interval(Real, 0, None, closed="neither"), None],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "optimizer": [StrOptions(set(OPTIMIZERS))],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "lr_schedule": [StrOptions({"auto", "onecycle"}), None],
        "clip_grad_norm": [Interval(Real, 0, None, closed="neither"), None],
        "recurrent_constraint": [StrOptions({"spectral"}), None],
        "device": [str],
        "n_threads": [Interval(Integral, 1, None, closed="left")],
        "callbacks": [list, tuple, None],
        "verbose": ["verbose"],
        "early_stopping": ["boolean", StrOptions({"refit"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "window_length": [Interval(Integral, 1, None, closed="left"), None],
        "standardize": ["boolean"],
        "segment_length": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    _fitted_attribute = "net_"

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
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.pooling = pooling
        self.init = init
        self.linear_skip = linear_skip
        self.max_epochs = max_epochs
        self.max_fit_time = max_fit_time
        self.batch_size = batch_size
        self.lr = lr
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.lr_schedule = lr_schedule
        self.clip_grad_norm = clip_grad_norm
        self.recurrent_constraint = recurrent_constraint
        self.device = device
        self.n_threads = n_threads
        self.callbacks = callbacks
        self.verbose = verbose
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.window_length = window_length
        self.standardize = standardize
        self.segment_length = segment_length
        self.random_state = random_state

    def __init_subclass__(cls, **kwargs):
        """Give each class an ``__init__`` of its own, so that errors name the class."""
        super().__init_subclass__(**kwargs)
        if "__init__" not in vars(cls):
            cls.__init__ = _named_after(cls, cls.__init__)  # type: ignore[misc]

    @property
    def module_(self) -> RecurrentModule:
        """The trained torch module."""
        check_is_fitted(self)
        return self.net_.module_

    # --------------------------------------------------- hooks of cells and of mixins

    @property
    @abstractmethod
    def _cell(self) -> str:
        """Name of the cell in `CELLS`."""

    def _cell_options(self) -> dict[str, Any]:
        """Return the keywords of the module that only this cell takes."""
        return {}

    @abstractmethod
    def _check_objective(self) -> Objective:
        """Check the parameters of the loss, and return the loss."""

    def _find_target_feature(self) -> int | None:
        """Return the number of the feature that holds the target's past, or None."""
        return None

    def _first_outputs(self, objective: Objective, targets: NDArray) -> NDArray | None:
        """Return the outputs from which training starts, or None for 0.

        Parameters
        ----------
        objective : Objective
            The loss.
        targets : ndarray of shape (n_samples, n_targets)
            Training targets, float32, as the network learns them.

        Returns
        -------
        outputs : ndarray of shape (n_targets, n_per_target) or None
            The same for all samples.
        """
        return None

    def _list_model_parameters(self, options: Options) -> dict[str, Any]:
        """Return the parameters that make the model, as opposed to its training."""
        return {
            **{name: getattr(options, name) for name in MODEL_PARAMETERS},
            "window_length": plain(self.window_length),
            **options.cell_options,
        }

    # ---------------------------------------------------------------- fit and predict

    def _fit(self, X, y) -> None:
        """Train, as ``fit`` of the final classes describes."""
        started, before = time.monotonic(), None
        if self.warm_start and hasattr(self, "net_"):
            before = Trained(self._linear_part, self.net_)
        task, options = self._read_training(X, y, reset=before is None)
        if before is not None:
            if options.linear_skip == "auto":  # it is the one that the first fit chose
                kept = self._trained_with["linear_skip"]
                options = replace(options, linear_skip=kept)
            check_same_model(self._list_model_parameters(options), self._trained_with)
        if self.max_fit_time is not None:
            options = replace(options, deadline=started + float(self.max_fit_time))
        n_validation = 0
        if self.early_stopping or any_watches_validation(self.callbacks):
            n_validation = count_validation(len(task), self.validation_fraction)
        generator, judgement, watched = seed_generator(self.random_state), None, None
        with training_context(options):
            if options.judges and before is None:
                judgement = judge(task, options, generator)
                options = options.with_judgement(
                    judgement.linear_skip, judgement.dropout, judgement.n_steps
                )
            options = options.settled()
            if judgement is not None and judgement.trained is not None:
                trained = judgement.trained
            else:
                trained = watched = task.train(
                    options, generator, n_validation=n_validation, before=before
                )
            if self.early_stopping == "refit" and not trained.net.interrupted_:
                options = replace(options, n_epochs=trained.net.best_epoch_)
                trained = task.train(options, generator, before=before)
        self._keep(trained, options, watched)
        self.fit_report_ = None
        if judgement is not None:
            self.fit_report_ = judgement.report(started)
            _warn_where_interrupted(judgement)

    def _partial_fit(self, X, y) -> None:
        """Train for one pass, as ``partial_fit`` of the final classes describes."""
        is_first = not hasattr(self, "net_")
        task, options = self._read_training(X, y, reset=is_first)
        options = options.settled()
        callbacks = self.callbacks if is_first else self.net_.callbacks
        n_validation = 0
        if any_watches_validation(callbacks):
            n_validation = count_validation(len(task), self.validation_fraction)
        generator, n_earlier = seed_generator(self.random_state), 0
        with training_context(options):
            if is_first:
                trained, dataset = task.start(
                    options, generator, n_validation=n_validation
                )
                self.fit_report_ = None
            else:
                trained = Trained(self._linear_part, self.net_.branch())
                trained.net.module_.n_threads = options.n_threads
                n_earlier = self.n_iter_ - len(trained.net.losses("train_loss"))
                dataset = self._linear_part.residuals(task.sequences, task.y)
            trained.net.run_one_pass(
                dataset,
                generator,
                n_validation=n_validation,
                lr=options.lr,
                clip_grad_norm=options.clip_grad_norm,
            )
        self._keep(trained, options, n_earlier=n_earlier)

    def _predict_outputs(self, X) -> NDArray[np.float64]:
        """Return the joint outputs of network and linear part.

        Parameters
        ----------
        X : array-like or list of arrays
            Sequences, as in ``predict``.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_outputs, n_per_target)
            In the user's units.
        """
        check_is_fitted(self)
        sequences = self._read_sequences(X, reset=False)
        n_per_target = self.module_.head.out_features // self.n_outputs_
        outputs = np.empty((sequences.n_samples, self.n_outputs_, n_per_target))
        self.module_.n_threads = count_threads(self.n_threads)
        with (
            isolated(torch.device(self.net_.device), trains=False),
            memory_errors(self.hidden_size, self.num_layers, "Predicting"),
        ):
            for rows, part in sequences.parts(PREDICT_BATCH_SIZE):
                outputs[rows] = self._linear_part.predict(
                    self.net_, part, self.n_outputs_
                )
        _check_predictions(outputs)
        return outputs

    # ------------------------------------------------------------ reading and training

    def _read_training(self, X, y, *, reset: bool) -> tuple[Task, Options]:
        """Read the training data, and check the parameters that depend on them.

        Parameters
        ----------
        X, y
            Sequences and targets from the user.
        reset : bool
            Whether to remember the layout of X and y.

        Returns
        -------
        task : Task
            Sequences and targets.
        options : Options
            Checked parameters.
        """
        self._check_given(y)
        sequences = self._read_sequences(X, reset=reset)
        y = self._read_targets(y, sequences, reset=reset)
        objective = self._check_objective()
        for callback in self.callbacks or ():
            check_callback(callback)
        options = Options.of(
            vars(self._given()) | {"n_threads": count_threads(self.n_threads)},
            cell=self._cell,
            cell_options=self._cell_options(),
            objective=objective,
            target_feature=self._find_target_feature(),
        )
        name = type(self).__name__
        return Task(sequences, y, self.n_steps_, name, self._first_outputs), options

    def _keep(
        self,
        trained: Trained,
        options: Options,
        watched: Trained | None = None,
        n_earlier: int = 0,
    ) -> None:
        """Take over a fit.

        Parameters
        ----------
        trained : Trained
            The fit.
        options : Options
            Its options.
        watched : Trained or None, default=None
            The fit with held-out samples: `trained` itself, or the fit that chose the
            number of epochs; None in ``partial_fit``.
        n_earlier : int, default=0
            Number of earlier epochs without a record.
        """
        net = trained.net
        net.deadline = None  # of this fit, not of those that go on from it
        self._linear_part, self.net_ = trained.linear_part, net
        self._trained_with = self._list_model_parameters(options)
        self.loss_curve_ = net.losses("train_loss")
        self.n_iter_ = n_earlier + len(self.loss_curve_)
        if net.interrupted_:
            warn_user(
                f"Training was interrupted after {self.n_iter_} epochs; the best "
                f"weights so far, of epoch {net.best_epoch_}, are kept.",
                ConvergenceWarning,
            )
        watched_net = net if watched is None else watched.net
        self.validation_loss_curve_ = watched_net.losses("valid_loss") or None
        self._watched = None
        if watched is not None and self.validation_loss_curve_ is not None:
            self._watched = _record(watched.net)

    # For forecasting and plotting.

    def _plan_steps(self, n_samples: int) -> int:
        """Return the number of optimiser steps of a fit on `n_samples` samples.

        It is that of `max_epochs`, or of ``"auto"`` where nothing is judged. The
        parameters need not have been checked.
        """
        batch_size, max_epochs = plain(self.batch_size), plain(self.max_epochs)
        plan = plan_training(batch_size, max_epochs, n_samples, n_samples)
        return plan.n_batches * plan.n_epochs

    @learns_in_one_step
    def _fit_steps(
        self,
        X: ArrayLike,
        y: ArrayLike,
        n_steps: int,
        *,
        deadline: float | None = None,
    ):
        """Train for a number of optimiser steps, without early stopping.

        It ends with the weights that `_predict_along` predicts with after as many
        steps, unless ``lr_schedule="onecycle"`` needs to know its end.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features)
            Sequences, as in ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        n_steps : int
            Number of steps.
        deadline : float or None, default=None
            Reading of ``time.monotonic()`` at which training ends; None: no limit.
        """
        self._validate_params()
        task, options = self._read_training(X, y, reset=True)
        options = _without_judging(options, n_steps, deadline)
        with training_context(options):
            trained = task.train(options, seed_generator(self.random_state))
        self._keep(trained, options, trained)
        self.fit_report_ = None

    def _predict_along(
        self,
        X: ArrayLike,
        y: ArrayLike,
        X_held_out: ArrayLike,
        lengths: Iterable[int],
        *,
        deadline: float | None = None,
    ) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Train in one run, and predict after each of several numbers of steps.

        The estimator itself stays as it is. Several runs may go on side by side.

        Parameters
        ----------
        X, y, deadline
            As in `_fit_steps`.
        X_held_out : array-like of shape (n_held_out, n_steps, n_features)
            Sequences to predict.
        lengths : iterable of int
            Numbers of optimiser steps, increasing; 0 is the linear skip alone.

        Yields
        ------
        n_steps : int
            Number of steps made; the last may be less than its length at the deadline.
        y_pred : ndarray of shape (n_held_out,) or (n_held_out, n_outputs)
            Predictions.
        """
        model = clone(self)
        model._validate_params()
        task, options = model._read_training(X, y, reset=True)
        options = _without_judging(options, 1, deadline)
        generator = seed_generator(model.random_state)
        with training_context(options):
            trained, dataset = task.start(options, generator)
        model._linear_part, model.net_ = trained.linear_part, trained.net
        with closing(trained.net.train_along(dataset, generator, lengths)) as run:
            while True:
                with training_context(options):
                    n_steps = next(run, None)
                if n_steps is None:
                    return
                yield n_steps, model.predict(X_held_out)

    def _watched_training(self) -> WatchedTraining | None:
        """Return the training that was judged by held-out samples, or None.

        With ``early_stopping="refit"`` it is the training that chose the number of
        epochs. After ``partial_fit`` there is none.
        """
        if self._watched is None:
            return None
        is_refit = self._watched["history"] is not self.net_.history
        return WatchedTraining(**self._watched, is_refit=is_refit)


@dataclass(frozen=True)
class WatchedTraining:
    """A training that was judged by held-out samples.

    Parameters
    ----------
    history : skorch.history.History
        Records of its epochs.
    first_loss : float
        Validation loss of the first weights.
    best_epoch : int or None
        Number of the epoch whose weights were kept, from 0; None without early
        stopping.
    is_refit : bool
        Whether another training, on all samples, followed.
    """

    history: History
    first_loss: float
    best_epoch: int | None
    is_refit: bool


def _record(net):
    """Return the fields of a `WatchedTraining` as a dict, which skops can store."""
    return {
        "history": net.history,
        "first_loss": net.first_loss_,
        "best_epoch": net.best_epoch_ if net.stop_early else None,
    }


def _warn_where_interrupted(judgement):
    """Warn if the user interrupted the trials of a judgement."""
    if judgement.is_interrupted:
        warn_user(
            "Training was interrupted while its length was judged; "
            f"{judgement.kept} is kept.",
            ConvergenceWarning,
        )


def _named_after(cls, function):
    """Return a copy of an ``__init__`` whose errors name `cls`."""
    copied = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copied.__kwdefaults__ = function.__kwdefaults__
    copied.__annotations__ = function.__annotations__
    copied.__doc__, copied.__module__ = function.__doc__, cls.__module__
    copied.__qualname__ = f"{cls.__qualname__}.__init__"
    return copied


def _check_predictions(outputs):
    """Raise where an output, (n_samples, n_outputs, n_per_target), is not finite."""
    if np.isfinite(outputs.sum()) or np.isfinite(outputs).all():
        return
    row, *at = np.argwhere(~np.isfinite(outputs))[0]
    raise ValueError(
        f"The prediction for row {row} of X is {outputs[(row, *at)]}: its values are "
        "too far from those of fit for the single precision that networks compute in."
    )


def _without_judging(options: Options, n_steps: int, deadline: float | None) -> Options:
    """Return the options of a training of `n_steps` steps without an end in sight.

    The trainings of forecasters are short, and an average of all of their steps would
    lag behind.
    """
    usual = replace(options.settled(), lr_schedule=options.lr_schedule)
    return replace(
        usual.with_judgement(usual.linear_skip, usual.dropout, n_steps),
        early_stopping=False,
        deadline=deadline,
        recency=RECENCY,
    )
