"""Parameters, reading and training, common to all recurrent estimators."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from numbers import Integral, Real
from types import FunctionType
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from skorch.history import History

from sklearn_rnn._checks import plain, warn_user
from sklearn_rnn._fitted_state import learns_in_one_step
from sklearn_rnn._isolation import check_device, isolated
from sklearn_rnn._sequences.sequence_input import SequenceInput
from sklearn_rnn._sequences.sequences import Sequences
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions

from .batches import PREDICT_BATCH_SIZE, SequenceDataset
from .building import (
    build_net,
    check_callback,
    check_memory,
    list_module_options,
    memory_errors,
)
from .linear_part import LinearPart
from .module import RecurrentModule
from .net import OPTIMIZERS, RecurrentNet, any_watches_validation
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
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "pooling": [StrOptions({"last", "mean", "max", "attention"})],
        "init": [StrOptions({"auto", "xavier", "he", "orthogonal", "torch"})],
        "linear_skip": [StrOptions({"ridge", "trainable"}), None],
        "max_epochs": [
            StrOptions({"auto"}),
            Interval(Integral, 0, None, closed="left"),
        ],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "optimizer": [StrOptions(set(OPTIMIZERS))],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "lr_schedule": [StrOptions({"onecycle"}), None],
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
        "random_state": ["random_state"],
    }

    _fitted_attribute = "net_"

    def __init__(
        self,
        *,
        hidden_size: int = 32,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.2,
        pooling: Literal["last", "mean", "max", "attention"] = "last",
        init: Literal["auto", "xavier", "he", "orthogonal", "torch"] = "auto",
        linear_skip: Literal["ridge", "trainable"] | None = "ridge",
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = "auto",
        lr: float = 1e-2,
        optimizer: Literal["adam", "adamw", "rmsprop", "sgd"] = "adamw",
        weight_decay: float = 1e-2,
        lr_schedule: Literal["onecycle"] | None = "onecycle",
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
        before = None
        if self.warm_start and hasattr(self, "net_"):
            before = _Trained(self._linear_part, self.net_)
        sequences, y, options = self._read_training(X, y, reset=before is None)
        if before is not None:
            check_same_model(self._list_model_parameters(options), self._trained_with)
        n_validation = 0
        if self.early_stopping or any_watches_validation(self.callbacks):
            n_validation = count_validation(len(y), self.validation_fraction)
        generator = _seed_generator(self.random_state)
        with _training_context(options):
            data = sequences, y, generator, before
            trained = watched = self._train(*data, options, n_validation)
            if self.early_stopping == "refit" and not trained.net.interrupted_:
                options = replace(options, n_epochs=trained.net.best_epoch_)
                trained = self._train(*data, options, n_validation=0)
        self._keep(trained, options, watched)

    def _partial_fit(self, X, y) -> None:
        """Train for one pass, as ``partial_fit`` of the final classes describes."""
        is_first = not hasattr(self, "net_")
        sequences, y, options = self._read_training(X, y, reset=is_first)
        callbacks = self.callbacks if is_first else self.net_.callbacks
        n_validation = 0
        if any_watches_validation(callbacks):
            n_validation = count_validation(len(y), self.validation_fraction)
        generator, n_earlier = _seed_generator(self.random_state), 0
        with _training_context(options):
            if is_first:
                data = sequences, y, generator, None
                trained, dataset = self._start(*data, options, n_validation)
            else:
                trained = _Trained(self._linear_part, self.net_.branch())
                trained.net.module_.n_threads = options.n_threads
                n_earlier = self.n_iter_ - len(trained.net.losses("train_loss"))
                dataset = self._linear_part.residuals(sequences, y)
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

    def _read_training(
        self, X, y, *, reset: bool
    ) -> tuple[Sequences, NDArray[np.float64], Options]:
        """Read the training data, and check the parameters that depend on them.

        Parameters
        ----------
        X, y
            Sequences and targets from the user.
        reset : bool
            Whether to remember the layout of X and y.

        Returns
        -------
        sequences : Sequences
            Sequences.
        y : ndarray of shape (n_samples, n_outputs)
            Targets.
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
        return sequences, y, options

    def _start(
        self,
        sequences: Sequences,
        y: NDArray[np.float64],
        generator: torch.Generator,
        before: _Trained | None,
        options: Options,
        n_validation: int,
    ) -> tuple[_Trained, SequenceDataset]:
        """Fit the linear part, and make the network that learns its residuals.

        Parameters
        ----------
        sequences : Sequences
            Sequences, the held-out ones last.
        y : ndarray of shape (n_samples, n_outputs)
            Targets.
        generator : torch.Generator
            The generator of the first weights.
        before : _Trained or None
            The fit whose linear part and weights are the start; None: a new start.
        options : Options
            Checked parameters.
        n_validation : int
            Number of held-out samples.

        Returns
        -------
        trained : _Trained
            Linear part, and the network with its first weights.
        dataset : SequenceDataset
            All samples, scaled; the targets are the residuals of the linear part.
        """
        n_samples, n_targets = y.shape
        n_train = n_samples - n_validation
        shape = self._n_step_features, self.n_steps_, n_targets
        module = list_module_options(options, *shape)
        check_memory(module)
        if before is None:
            linear_part, dataset = LinearPart.fit(
                sequences,
                y,
                n_train,
                standardize=options.standardize,
                target_feature=options.target_feature,
                has_ridge=options.linear_skip == "ridge",
            )
        else:
            linear_part = before.linear_part
            dataset = linear_part.residuals(sequences, y)
        net = build_net(
            options,
            module,
            options.plan(n_samples, n_train),
            n_validation=n_validation,
            generator=generator,
            name=type(self).__name__,
        )
        if before is not None:
            net.module_.load_state_dict(before.net.module_.state_dict())
        else:
            targets = dataset.targets[:n_train].numpy()
            first = self._first_outputs(options.objective, targets)
            if first is not None:
                with torch.no_grad():
                    net.module_.head.bias.copy_(torch.from_numpy(first.ravel()))
        return _Trained(linear_part, net), dataset

    def _train(
        self, sequences, y, generator, before, options: Options, n_validation: int
    ) -> _Trained:
        """Train one network, from the start that `_start` makes of the same data."""
        trained, dataset = self._start(
            sequences, y, generator, before, options, n_validation
        )
        trained.net.train_on(dataset, generator)
        return trained

    def _keep(
        self,
        trained: _Trained,
        options: Options,
        watched: _Trained | None = None,
        n_earlier: int = 0,
    ) -> None:
        """Take over a fit.

        Parameters
        ----------
        trained : _Trained
            The fit.
        options : Options
            Its options.
        watched : _Trained or None, default=None
            The fit with held-out samples: `trained` itself, or the fit that chose the
            number of epochs; None in ``partial_fit``.
        n_earlier : int, default=0
            Number of earlier epochs without a record.
        """
        net = trained.net
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

    def _plan_epochs(self, n_samples: int) -> int:
        """Return the number of epochs of a fit on `n_samples` samples, none held out.

        It is `max_epochs`, or the number that ``"auto"`` makes of it. The parameters
        need not have been checked.
        """
        batch_size, max_epochs = plain(self.batch_size), plain(self.max_epochs)
        return plan_training(batch_size, max_epochs, n_samples, n_samples).n_epochs

    @learns_in_one_step
    def _fit_epochs(self, X: ArrayLike, y: ArrayLike, n_epochs: int | None = None):
        """Train for a number of epochs, without early stopping.

        For callers that choose the number of epochs; an epoch is as long as in ``fit``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features)
            Sequences, as in ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        n_epochs : int or None, default=None
            Number of epochs, at least 0; None: `max_epochs` decides.
        """
        self._validate_params()
        sequences, y, options = self._read_training(X, y, reset=True)
        options = replace(options, n_epochs=n_epochs)
        generator = _seed_generator(self.random_state)
        with _training_context(options):
            trained = self._train(sequences, y, generator, None, options, 0)
        self._keep(trained, options, trained)

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


@dataclass(frozen=True)
class _Trained:
    """The two parts of a fit."""

    linear_part: LinearPart
    net: RecurrentNet


def _record(net):
    """Return the fields of a `WatchedTraining` as a dict, which skops can store."""
    return {
        "history": net.history,
        "first_loss": net.first_loss_,
        "best_epoch": net.best_epoch_ if net.stop_early else None,
    }


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


def _seed_generator(random_state):
    """Return a generator of a fit's own, seeded by `random_state`."""
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
    return torch.Generator().manual_seed(int(seed))


@contextmanager
def _training_context(options: Options) -> Iterator[None]:
    """Train apart from the rest of the process, and say so where memory is short."""
    with (
        isolated(check_device(options.device)),
        memory_errors(options.hidden_size, options.num_layers),
    ):
        yield


def _check_predictions(outputs):
    """Raise where an output, (n_samples, n_outputs, n_per_target), is not finite."""
    if np.isfinite(outputs.sum()) or np.isfinite(outputs).all():
        return
    row, *at = np.argwhere(~np.isfinite(outputs))[0]
    raise ValueError(
        f"The prediction for row {row} of X is {outputs[(row, *at)]}: its values are "
        "too far from those of fit for the single precision that networks compute in."
    )
