"""Parameters, scaling and the template of fit, shared by the recurrent estimators."""

import copy
import warnings
from abc import ABCMeta, abstractmethod
from dataclasses import dataclass
from math import ceil
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, RegressorMixin, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from skorch.callbacks import Callback

from ._doc_link import DocLinkMixin
from ._frame import Frame
from ._modules import RecurrentModule
from ._reading import check_given, find_feature, read_sequences, read_targets
from ._training import (
    LOSSES,
    OPTIMIZERS,
    PREDICT_BATCH_SIZE,
    RecurrentNet,
    check_device,
    isolated,
    one_thread,
    watches_validation,
)

__all__ = ["BaseRecurrentRegressor"]

_AUTO_STEPS = 300  # optimiser steps of a fit with max_epochs="auto"
_AUTO_EPOCH = 30  # of which at most this many make an epoch


class BaseRecurrentRegressor(
    DocLinkMixin, RegressorMixin, BaseEstimator, metaclass=ABCMeta
):
    """Base of the recurrent regressors; see them for the parameters."""

    _parameter_constraints = {
        "hidden_size": [Interval(Integral, 1, None, closed="left")],
        "num_layers": [Interval(Integral, 1, None, closed="left")],
        "bidirectional": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "pooling": [StrOptions({"last", "mean", "max", "attention"})],
        "init": [StrOptions({"auto", "xavier", "he", "orthogonal", "torch"})],
        "linear_skip": [StrOptions({"ridge", "trainable"}), None],
        "target_feature": [Interval(Integral, 0, None, closed="left"), str, None],
        "loss": [StrOptions(set(LOSSES))],
        "quantiles": ["array-like", Interval(Real, 0, 1, closed="neither"), None],
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

    def __init__(
        self,
        *,
        hidden_size=32,
        num_layers=1,
        bidirectional=False,
        dropout=0.2,
        pooling="last",
        init="auto",
        linear_skip="ridge",
        target_feature=None,
        loss="squared_error",
        quantiles=None,
        max_epochs="auto",
        batch_size="auto",
        lr=1e-2,
        optimizer="adamw",
        weight_decay=1e-2,
        lr_schedule="onecycle",
        clip_grad_norm=1.0,
        recurrent_constraint=None,
        device="cpu",
        n_threads=1,
        callbacks=None,
        verbose=0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        warm_start=False,
        window_length=None,
        standardize=True,
        random_state=None,
    ):
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.pooling = pooling
        self.init = init
        self.linear_skip = linear_skip
        self.target_feature = target_feature
        self.loss = loss
        self.quantiles = quantiles
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

    @property
    @abstractmethod
    def _cell(self):
        """Name of the cell in ``_modules.CELLS``."""

    def _cell_options(self):
        """Return what only this cell takes, as keywords of the module."""
        return {}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        # NaN stands for absent steps where a row tells steps from features.
        tags.input_tags.allow_nan = self.window_length is not None
        tags.target_tags.multi_output = True
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    @property
    def module_(self):
        """The trained torch module."""
        check_is_fitted(self)
        return self.net_.module_

    # ------------------------------------------------------------------ fit and predict

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Train on sequences and their targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences; or 2-D, of shape (n_samples, n_columns), each row one sequence,
            whose columns are the steps of one feature, or with `window_length` set that
            many steps, time-major; or a list of n_samples arrays of shape
            (n_steps_i, n_features) or (n_steps_i,). Leading steps that are NaN in every
            feature are absent, which makes a sequence shorter, in 3-D input and in 2-D
            input with `window_length` set; elsewhere NaN is an error.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter is out of range or does not fit the data or another one; X
            or y has a wrong shape, fewer than 2 samples, or a value that is NaN (other
            than in absent steps) or infinite; or training diverges: its loss becomes
            NaN or infinite.
        TypeError
            If a parameter has a wrong type or X is sparse.

        Warns
        -----
        ConvergenceWarning
            If training is interrupted (Ctrl-C): the best weights so far are kept.
        """
        is_warm = self.warm_start and hasattr(self, "net_")
        sequences, y = self._read_training_data(X, y, reset=not is_warm)
        options = self._check_options()
        if is_warm:
            self._check_same_model(options["levels"])
        n_validation = self._count_validation(
            len(y), bool(self.early_stopping), self.callbacks
        )
        with isolated(self._draw_seed(), check_device(self.device)):
            weights = self.module_.state_dict() if is_warm else None
            frame = self._frame if is_warm else None
            trained = self._train(sequences, y, options, n_validation, frame, weights)
            watched = trained
            if self.early_stopping == "refit" and not trained.net.interrupted_:
                options["n_epochs"] = trained.net.best_epoch_
                trained = self._train(sequences, y, options, 0, frame, weights)
        self._keep(trained)
        self._keep_watched(watched.net)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y):
        """Train for one more epoch at the constant rate ``lr / 10``.

        The epoch is one whole pass over these samples, with constant dropout and
        without `early_stopping`. The first call, where there was no ``fit``, sets
        scales and ridge as ``fit`` does; later ones leave them as they are, and keep
        the size of the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``fit``; in a list each of shape (n_steps_i, n_features).
            They have as many features as there, and no more steps unless
            ``linear_skip=None``. A first call needs 2 samples, a later one 1.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets, in the shape of those of the first call.

        Returns
        -------
        self : object
            The estimator, trained on.

        Raises
        ------
        ValueError
            As in ``fit``, and if X has another number of features, or y of outputs,
            than in the first call, or X has longer sequences while `linear_skip` is
            set.
        TypeError
            If a parameter has a wrong type or X is sparse.

        Warns
        -----
        ConvergenceWarning
            If training is interrupted (Ctrl-C).
        """
        is_first = not hasattr(self, "net_")
        sequences, y = self._read_training_data(X, y, reset=is_first)
        options = self._check_options()
        callbacks = self.callbacks if is_first else self.net_.callbacks
        n_validation = self._count_validation(len(y), False, callbacks)
        with isolated(self._draw_seed(), check_device(self.device)):
            if is_first:
                trained = self._set_up(sequences, y, options, n_validation)
            else:
                trained = _Trained(self._frame, self.net_)
                self.module_.n_threads = self.n_threads
            dataset = trained.frame.training_set(sequences, y)
            if is_first:
                self._start_head(trained.net, dataset, n_validation)
            self._pass_once(trained.net, dataset, n_validation)
        self._keep(trained)
        self.validation_loss_curve_ = self.net_.losses("valid_loss") or None
        self._watched = None  # what was watched is not what is kept any more
        return self

    def predict(self, X):
        """Predict the targets of sequences.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps, n_features) or list of arrays
            Sequences, as in ``fit``; in a list each of shape (n_steps_i, n_features).
            Shorter ones than seen there are fine, longer ones only with
            ``linear_skip=None``.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions, float64, in the units and shape of the training targets; with
            more than one of `quantiles` of shape (n_samples, n_quantiles) or
            (n_samples, n_outputs, n_quantiles), the levels in increasing order.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            If X has another number of features than in ``fit``, longer sequences while
            `linear_skip` is set, a sequence without a step, or a value that is NaN
            (other than in absent steps) or infinite.
        TypeError
            If X is sparse.
        """
        check_is_fitted(self)
        sequences = self._read_sequences(X, reset=False)
        n_quantiles = len(self._levels or (None,))
        y = np.empty((sequences.n_samples, self.n_outputs_, n_quantiles))
        self.module_.n_threads = self.n_threads
        with one_thread():
            for rows, part in sequences.parts(PREDICT_BATCH_SIZE):
                y[rows] = self._frame.predict(self.net_, part, self.n_outputs_)
        y.sort(axis=2)  # quantiles never cross
        if n_quantiles == 1:
            y = y[:, :, 0]
        return y[:, 0] if self._is_1d_target else y

    def score(self, X, y, sample_weight=None):
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
            R^2, at most 1, the mean over outputs. Of several `quantiles` the one
            nearest to 0.5 is scored.

        Raises
        ------
        NotFittedError
            If called before ``fit``.
        ValueError
            As in ``predict``, and if y does not fit the predictions in shape.
        TypeError
            If X is sparse.
        """
        y_pred = self.predict(X)
        if len(self._levels or ()) > 1:
            y_pred = y_pred[..., self._middle()]
        return r2_score(y, y_pred, sample_weight=sample_weight)

    def _middle(self):
        """Return the number of the quantile that stands for the prediction."""
        return int(np.argmin(np.abs(np.asarray(self._levels or [0.5]) - 0.5)))

    def _gradient(self, X):
        """Return how predictions change with each value of sequences.

        Parameters
        ----------
        X : array-like or list of arrays
            Sequences, as in ``predict``.

        Returns
        -------
        gradient : ndarray of shape (n_samples, n_steps, n_features, n_outputs)
            Of each prediction (of quantiles, the one nearest 0.5), in the user's units;
            NaN at absent steps.
        """
        sequences = self._read_sequences(X, reset=False)
        gradient = np.full((*sequences.values.shape, self.n_outputs_), np.nan)
        with one_thread():
            for rows, part in sequences.parts(PREDICT_BATCH_SIZE):
                gradient[rows, -part.n_steps :] = self._frame.gradient(
                    self.net_, part, self.n_outputs_, self._middle()
                )
        return gradient

    def _fit_epochs(self, X, y, n_epochs=None):
        """Train for a number of epochs, and do not stop early.

        For callers that choose the number of epochs themselves; an epoch is as long as
        with ``max_epochs="auto"`` there.

        Parameters
        ----------
        X, y
            As in ``fit``.
        n_epochs : int or None, default=None
            Number of epochs, from 0; None: as `max_epochs` says.
        """
        self._validate_params()
        sequences, y = self._read_training_data(X, y, reset=True)
        options = self._check_options()
        if n_epochs is not None:
            options["n_epochs"] = n_epochs
        with isolated(self._draw_seed(), check_device(self.device)):
            trained = self._train(sequences, y, options, 0, None, None)
        self._keep(trained)
        self._keep_watched(trained.net)

    # ----------------------------------------------------------------- reading the data

    def _read_sequences(self, X, *, reset):
        """Read sequences in any form, and check them against those of ``fit``."""
        made_with = vars(self) if reset else self._trained_with
        sequences = read_sequences(
            self,
            X,
            reset=reset,
            window_length=made_with["window_length"],
            min_samples=2 if reset else 1,
        )
        if sequences.n_steps > self.n_steps_ and made_with["linear_skip"] is not None:
            raise ValueError(
                f"X has sequences of {sequences.n_steps} steps, but linear_skip="
                f"{made_with['linear_skip']!r} maps at most the {self.n_steps_} steps "
                "seen in fit; shorten them, or fit with linear_skip=None."
            )
        return sequences

    def _read_training_data(self, X, y, *, reset):
        """Return sequences, and targets of shape (n_samples, n_outputs)."""
        check_given(self, y)
        sequences = self._read_sequences(X, reset=reset)
        return sequences, read_targets(self, y, sequences, reset=reset)

    def _target_column(self):
        """Return the number of the target feature, counted within a step."""
        if self.target_feature is None:
            return None
        return find_feature(
            self, self.target_feature, f"target_feature={self.target_feature!r}"
        )

    # ---------------------------------------------------------------------- the network

    def _check_options(self):
        """Check what constraints cannot, and return what training is to use."""
        if self.quantiles is not None and self.loss != "quantile":
            raise ValueError(
                f"quantiles={self.quantiles!r} needs loss='quantile', got "
                f"loss={self.loss!r}."
            )
        levels = self._check_quantiles() if self.loss == "quantile" else None
        for callback in self.callbacks or ():
            is_pair = isinstance(callback, tuple) and len(callback) == 2
            kind = callback[1] if is_pair else callback
            if not (isinstance(kind, Callback) or _is_callback_class(kind)):
                raise TypeError(
                    f"callbacks holds {callback!r}; each must be a skorch callback, or "
                    "a pair of a name and one."
                )
        return {
            "target_feature": self._target_column(),
            "levels": levels,
            "n_epochs": self.max_epochs,
        }

    def _check_same_model(self, levels):
        """Raise where training cannot go on from the present weights."""
        for name, value in self._model_parameters(levels).items():
            before = self._trained_with[name]
            if value != before:
                raise ValueError(
                    f"warm_start=True trains on from the present weights, but {name}="
                    f"{value!r} is not the {before!r} of the first fit; set "
                    "warm_start=False to begin anew."
                )

    def _model_parameters(self, levels):
        """Return the parameters that make the model, as opposed to its training."""
        names = (
            "hidden_size",
            "num_layers",
            "bidirectional",
            "pooling",
            "linear_skip",
            "target_feature",
            "standardize",
            "window_length",
        )
        return {name: getattr(self, name) for name in names} | {
            "quantiles": levels,
            **self._cell_options(),
        }

    def _check_quantiles(self):
        levels = np.atleast_1d(0.5 if self.quantiles is None else self.quantiles)
        is_valid = levels.ndim == 1 and levels.size and levels.dtype.kind == "f"
        if not (is_valid and (np.diff([0, *levels, 1]) > 0).all()):
            raise ValueError(
                f"quantiles={self.quantiles!r} must be increasing numbers between 0 "
                "and 1, ends excluded."
            )
        return [float(level) for level in levels]

    def _count_validation(self, n_samples, is_needed, callbacks):
        """Return how many of the last samples are held out."""
        if not is_needed and not any(map(watches_validation, callbacks or ())):
            return 0
        n_validation = ceil(self.validation_fraction * n_samples)
        if n_samples - n_validation < 2:
            raise ValueError(
                f"validation_fraction={self.validation_fraction} of {n_samples} "
                f"samples leaves {n_samples - n_validation} to train on; at least 2 "
                "are needed."
            )
        return n_validation

    def _draw_seed(self):
        generator = check_random_state(self.random_state)
        return int(generator.randint(np.iinfo(np.int32).max))

    def _plan(self, n_samples, n_train):
        """Return the size of a batch, batches an epoch, and the number of epochs.

        Parameters
        ----------
        n_samples : int
            Number of samples, with those held out.
        n_train : int
            Number of those that are trained on.
        """
        batch_size = self.batch_size
        if batch_size == "auto":
            batch_size = min(128, max(32, n_samples // 60))
        n_batches = ceil(n_train / batch_size)
        if self.max_epochs != "auto":
            return batch_size, n_batches, self.max_epochs
        n_batches = min(n_batches, _AUTO_EPOCH)
        return batch_size, n_batches, max(1, round(_AUTO_STEPS / n_batches))

    def _set_up(self, sequences, y, options, n_validation, frame=None):
        """Fit what stands around the network, and make the network itself."""
        n_train = len(y) - n_validation
        if frame is None:
            frame = Frame.fit(
                sequences.take(slice(0, n_train)),
                y[:n_train],
                standardize=self.standardize,
                target_feature=options["target_feature"],
                has_ridge=self.linear_skip == "ridge",
            )
        batch_size, n_batches, n_epochs = self._plan(len(y), n_train)
        if options["n_epochs"] != "auto":
            n_epochs = options["n_epochs"]
        criterion, optimizer = LOSSES[self.loss], OPTIMIZERS[self.optimizer]
        levels = options["levels"]
        net = RecurrentNet(
            RecurrentModule,
            module__cell=self._cell,
            module__n_features=self._n_step_features,
            module__n_outputs=y.shape[1] * len(levels or (None,)),
            module__n_steps=self.n_steps_,
            module__hidden_size=self.hidden_size,
            module__num_layers=self.num_layers,
            module__bidirectional=self.bidirectional,
            module__dropout=self.dropout,
            module__pooling=self.pooling,
            module__init=self.init,
            module__has_skip=self.linear_skip == "trainable",
            module__n_threads=self.n_threads,
            **{f"module__{key}": value for key, value in self._cell_options().items()},
            criterion=criterion,
            **({"criterion__quantiles": levels} if levels else {}),
            optimizer=optimizer[0],
            **{f"optimizer__{key}": value for key, value in optimizer[1].items()},
            optimizer__weight_decay=self.weight_decay,
            lr=self.lr,
            max_epochs=n_epochs,
            batch_size=batch_size,
            callbacks=[
                _own(callback)
                for callback in self.callbacks or ()
                if n_validation or not watches_validation(callback)
            ],
            device=self.device,
            verbose=self.verbose,
            n_batches=n_batches,
            n_validation=n_validation,
            stop_early=bool(self.early_stopping) and n_validation > 0,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            lr_schedule=self.lr_schedule,
            clip_grad_norm=self.clip_grad_norm,
            recurrent_constraint=self.recurrent_constraint,
            name=type(self).__name__,
            keep_bar=self.early_stopping != "refit" or n_validation == 0,
        )
        return _Trained(frame, net.initialize())

    def _train(self, sequences, y, options, n_validation, frame, weights):
        """Train one network, from `weights` where given."""
        trained = self._set_up(sequences, y, options, n_validation, frame)
        dataset = trained.frame.training_set(sequences, y)
        if weights is None:
            self._start_head(trained.net, dataset, n_validation)
        else:
            trained.net.module_.load_state_dict(weights)
        trained.net.partial_fit(dataset)
        return trained

    def _start_head(self, net, dataset, n_validation):
        """Start each quantile at that of the training targets."""
        levels = getattr(net, "criterion__quantiles", None)
        if levels is None:
            return
        targets = dataset.targets[: len(dataset) - n_validation].numpy()
        starts = np.quantile(targets, levels, axis=0)  # (n_quantiles, n_outputs)
        with torch.no_grad():
            net.module_.head.bias.copy_(torch.from_numpy(starts.T.ravel()))

    def _pass_once(self, net, dataset, n_validation):
        """Train for one pass over the samples at a tenth of the rate."""
        net.n_validation = n_validation
        net.n_batches = ceil((len(dataset) - n_validation) / net.batch_size)
        net.stop_early, schedule = False, net.lr_schedule
        net.lr_schedule = None
        net.lr, net.clip_grad_norm = self.lr, self.clip_grad_norm
        net.restart_optimizer(self.lr / 10)
        net.max_epochs = 1
        net.partial_fit(dataset)
        net.lr_schedule = schedule

    def _keep(self, trained):
        """Take over what was trained."""
        self._frame, self.net_ = trained.frame, trained.net
        self._levels = getattr(trained.net, "criterion__quantiles", None)
        self._trained_with = self._model_parameters(self._levels)
        self.loss_curve_ = self.net_.losses("train_loss")
        self.n_iter_ = len(self.loss_curve_)
        if self.net_.interrupted_:
            warnings.warn(
                f"Training was interrupted after {self.n_iter_} epochs; the best "
                f"weights so far, of epoch {self.net_.best_epoch_}, are kept.",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _keep_watched(self, net):
        """Take over what was seen of held-out samples, for curves to be drawn of."""
        self.validation_loss_curve_ = net.losses("valid_loss") or None
        self._watched = None
        if self.validation_loss_curve_ is not None:
            self._watched = {
                "history": net.history,
                "first_loss": net.first_loss_,
                "best_epoch": net.best_epoch_ if net.stop_early else None,
            }


@dataclass(frozen=True)
class _Trained:
    """A network and what stands around it."""

    frame: Frame
    net: RecurrentNet


def _own(callback):
    """Copy a callback, so that its state is not the user's; what it holds is shared."""
    if isinstance(callback, tuple):
        return callback[0], copy.copy(callback[1])
    return copy.copy(callback)


def _is_callback_class(kind):
    return isinstance(kind, type) and issubclass(kind, Callback)
