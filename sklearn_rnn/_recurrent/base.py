"""Parameters, scaling and the template of fit, shared by the recurrent estimators."""

import copy
import os
import warnings
from abc import ABCMeta, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from numbers import Integral, Real
from types import FunctionType, SimpleNamespace

import numpy as np
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from skorch.callbacks import Callback

from sklearn_rnn._checks import plain, read_numbers, short
from sklearn_rnn._isolation import check_device, isolated
from sklearn_rnn._one_step import learns_in_one_step, reads_one_state
from sklearn_rnn._sequences.sequence_input import SequenceInput
from sklearn_rnn._sequences.targets import score_predictions
from sklearn_rnn._upstream.sklearn_private import Interval, StrOptions, fit_context

from .batches import PREDICT_BATCH_SIZE
from .linear_part import LinearPart
from .losses import LOSSES
from .module import CELLS, RecurrentModule
from .net import OPTIMIZERS, RecurrentNet, watches_validation

__all__ = ["BaseRecurrentRegressor"]

_AUTO_STEPS = 300  # optimiser steps of a fit with max_epochs="auto"
_AUTO_EPOCH = 30  # of which at most this many make an epoch
_MOST_THREADS = 1024


class BaseRecurrentRegressor(
    SequenceInput, RegressorMixin, BaseEstimator, metaclass=ABCMeta
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

    def __init_subclass__(cls, **kwargs):
        """Give each class an ``__init__`` of its own, which errors name."""
        super().__init_subclass__(**kwargs)
        if "__init__" not in vars(cls):
            cls.__init__ = _named_after(cls, cls.__init__)

    @property
    @abstractmethod
    def _cell(self):
        """Name of the cell in ``_modules.CELLS``."""

    def _cell_options(self):
        """Return what only this cell takes, as keywords of the module."""
        return {}

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    @property
    def module_(self):
        """The trained torch module."""
        check_is_fitted(self)
        return self.net_.module_

    # ------------------------------------------------------------------ fit and predict

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
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
            than in absent steps) or infinite; or training diverges: its loss or a
            weight becomes NaN or infinite. The estimator is then as it was before.
        TypeError
            If a parameter has a wrong type or X is sparse.
        MemoryError
            If the network is too large for the memory of the machine.

        Warns
        -----
        ConvergenceWarning
            If training is interrupted (Ctrl-C): the best weights so far are kept.
        """
        is_warm = self.warm_start and hasattr(self, "net_")
        sequences, y = self._read_training_data(X, y, reset=not is_warm)
        options = self._check_options()
        if is_warm:
            self._check_same_model(options)
        n_validation = self._count_validation(
            len(y), options.given, bool(self.early_stopping), self.callbacks
        )
        generator = self._seed_generator()
        with isolated(check_device(self.device)), _memory_errors(options.given):
            weights = self.module_.state_dict() if is_warm else None
            frame = self._frame if is_warm else None
            data = sequences, y, generator
            trained = self._train(*data, options, n_validation, frame, weights)
            watched = trained
            if self.early_stopping == "refit" and not trained.net.interrupted_:
                options = replace(options, n_epochs=trained.net.best_epoch_)
                trained = self._train(*data, options, 0, frame, weights)
        self._keep(trained)
        self._keep_watched(watched.net)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    @learns_in_one_step
    def partial_fit(self, X, y):
        """Train for one more epoch at the constant rate ``lr / 10``.

        The epoch is one whole pass over these samples, with constant dropout and
        without `early_stopping`. The first call, where there was no ``fit``, sets
        scales and ridge as ``fit`` does; later ones leave them as they are, and keep
        the size of the network. ``loss_curve_`` keeps the latest 1,000 earlier
        epochs, and ``n_iter_`` counts all.

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
            set. The estimator is then as it was before.
        TypeError
            If a parameter has a wrong type or X is sparse.
        MemoryError
            If the network is too large for the memory of the machine.

        Warns
        -----
        ConvergenceWarning
            If training is interrupted (Ctrl-C).
        """
        is_first = not hasattr(self, "net_")
        sequences, y = self._read_training_data(X, y, reset=is_first)
        options = self._check_options()
        callbacks = self.callbacks if is_first else self.net_.callbacks
        n_validation = self._count_validation(len(y), options.given, False, callbacks)
        generator, n_earlier = self._seed_generator(), 0
        with isolated(check_device(self.device)), _memory_errors(options.given):
            if is_first:
                trained = self._set_up(sequences, y, generator, options, n_validation)
            else:
                trained = _Trained(self._frame, self.net_.branch())
                trained.net.module_.n_threads = options.given.n_threads
                n_earlier = self.n_iter_ - len(trained.net.losses("train_loss"))
            dataset = trained.frame.training_set(sequences, y)
            if is_first:
                self._start_head(trained.net, dataset, n_validation)
            self._pass_once(trained.net, dataset, generator, options, n_validation)
        self._keep(trained, n_earlier)
        self.validation_loss_curve_ = self.net_.losses("valid_loss") or None
        self._watched = None  # what was watched is not what is kept any more
        return self

    @reads_one_state
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
            (other than in absent steps), infinite, or so far from those of ``fit`` that
            no prediction can be computed.
        TypeError
            If X is sparse.
        MemoryError
            If the sequences are too many or too long for the memory of the machine.
        """
        check_is_fitted(self)
        sequences = self._read_sequences(X, reset=False)
        n_quantiles = len(self._levels or (None,))
        y = np.empty((sequences.n_samples, self.n_outputs_, n_quantiles))
        self.module_.n_threads = _count_threads(self.n_threads)
        device = torch.device(self.net_.device)
        with isolated(device, trains=False), _memory_errors(self, "Predicting"):
            for rows, part in sequences.parts(PREDICT_BATCH_SIZE):
                y[rows] = self._frame.predict(self.net_, part, self.n_outputs_)
        _check_predictions(y)
        y.sort(axis=2)  # quantiles never cross
        if n_quantiles == 1:
            y = y[:, :, 0]
        return y[:, 0] if self._is_1d_target else y

    @reads_one_state
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
        return score_predictions(y, y_pred, sample_weight)

    def _middle(self):
        """Return the number of the quantile that stands for the prediction."""
        return int(np.argmin(np.abs(np.asarray(self._levels or [0.5]) - 0.5)))

    @reads_one_state
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
        with isolated(torch.device(self.net_.device)):
            for rows, part in sequences.parts(PREDICT_BATCH_SIZE):
                gradient[rows, -part.n_steps :] = self._frame.gradient(
                    self.net_, part, self.n_outputs_, self._middle()
                )
        return gradient

    @learns_in_one_step
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
            options = replace(options, n_epochs=n_epochs)
        generator = self._seed_generator()
        with isolated(check_device(self.device)), _memory_errors(options.given):
            trained = self._train(sequences, y, generator, options, 0, None, None)
        self._keep(trained)
        self._keep_watched(trained.net)

    # ----------------------------------------------------------------- reading the data

    def _read_sequences(self, X, *, reset):
        """Read sequences in any form, and check them against those of ``fit``."""
        sequences = super()._read_sequences(X, reset=reset)
        made_with = vars(self) if reset else self._trained_with
        if sequences.n_steps > self.n_steps_ and made_with["linear_skip"] is not None:
            raise ValueError(
                f"X has sequences of {sequences.n_steps} steps, but linear_skip="
                f"{made_with['linear_skip']!r} maps at most the {self.n_steps_} steps "
                "seen in fit; shorten them, or fit with linear_skip=None."
            )
        return sequences

    def _read_training_data(self, X, y, *, reset):
        """Return sequences, and targets of shape (n_samples, n_outputs)."""
        self._check_given(y)
        sequences = self._read_sequences(X, reset=reset)
        return sequences, self._read_targets(y, sequences, reset=reset)

    def _target_column(self):
        """Return the number of the target feature, counted within a step."""
        if self.target_feature is None:
            return None
        label = f"target_feature={short(plain(self.target_feature))}"
        return self._find_feature(self.target_feature, label)

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
            _check_callback(callback)
        given = self._given()
        return _Options(given, self._target_column(), levels, given.max_epochs)

    def _given(self):
        """Return the parameters by name, numpy's scalars as plain numbers."""
        given = super()._given()
        given.n_threads = _count_threads(given.n_threads)
        return given

    def _check_same_model(self, options):
        """Raise where training cannot go on from the present weights."""
        for name, value in self._model_parameters(options.levels).items():
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
        return {name: plain(getattr(self, name)) for name in names} | {
            "quantiles": levels,
            **self._cell_options(),
        }

    def _check_quantiles(self):
        levels = read_numbers(0.5 if self.quantiles is None else self.quantiles)
        if levels is None or not (np.diff([0, *levels, 1]) > 0).all():
            raise ValueError(
                f"quantiles={short(self.quantiles)} must be increasing numbers between "
                "0 and 1, ends excluded."
            )
        return [float(level) for level in levels]

    def _count_validation(self, n_samples, given, is_needed, callbacks):
        """Return how many of the last samples are held out."""
        if not is_needed and not any(map(watches_validation, callbacks or ())):
            return 0
        n_validation = ceil(given.validation_fraction * n_samples)
        if n_samples - n_validation < 2:
            raise ValueError(
                f"validation_fraction={self.validation_fraction} of {n_samples} "
                f"samples leaves {n_samples - n_validation} to train on; at least 2 "
                "are needed."
            )
        return n_validation

    def _seed_generator(self):
        """Return the generator that a fit draws from, and nobody else."""
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        return torch.Generator().manual_seed(int(seed))

    def _plan(self, n_samples, n_train):
        """Return the size of a batch, batches an epoch, and the number of epochs.

        Parameters
        ----------
        n_samples : int
            Number of samples, with those held out.
        n_train : int
            Number of those that are trained on.
        """
        batch_size, max_epochs = plain(self.batch_size), plain(self.max_epochs)
        if batch_size == "auto":
            batch_size = min(128, max(32, n_samples // 60))
        n_batches = ceil(n_train / batch_size)
        if max_epochs != "auto":
            return batch_size, n_batches, max_epochs
        n_batches = min(n_batches, _AUTO_EPOCH)
        return batch_size, n_batches, max(1, round(_AUTO_STEPS / n_batches))

    def _set_up(self, sequences, y, generator, options, n_validation, frame=None):
        """Fit what stands around the network, and make the network itself."""
        given, levels, n_train = options.given, options.levels, len(y) - n_validation
        n_outputs = y.shape[1] * len(levels or (None,))
        self._check_memory(given, n_outputs)
        if frame is None:
            frame = LinearPart.fit(
                sequences.take(slice(0, n_train)),
                y[:n_train],
                standardize=given.standardize,
                target_feature=options.target_feature,
                has_ridge=given.linear_skip == "ridge",
            )
        batch_size, n_batches, n_epochs = self._plan(len(y), n_train)
        if options.n_epochs != "auto":
            n_epochs = options.n_epochs
        criterion, optimizer = LOSSES[given.loss], OPTIMIZERS[given.optimizer]
        module = self._module_parameters(given) | {
            "n_outputs": n_outputs,
            "generator": generator,
        }
        net = RecurrentNet(
            RecurrentModule,
            **{f"module__{key}": value for key, value in module.items()},
            criterion=criterion,
            **({"criterion__quantiles": levels} if levels else {}),
            optimizer=optimizer[0],
            **{f"optimizer__{key}": value for key, value in optimizer[1].items()},
            optimizer__weight_decay=given.weight_decay,
            lr=given.lr,
            max_epochs=n_epochs,
            batch_size=batch_size,
            callbacks=[
                _own(callback)
                for callback in given.callbacks or ()
                if n_validation or not watches_validation(callback)
            ],
            device=given.device,
            verbose=given.verbose,
            n_batches=n_batches,
            n_validation=n_validation,
            stop_early=bool(given.early_stopping) and n_validation > 0,
            n_iter_no_change=given.n_iter_no_change,
            tol=given.tol,
            lr_schedule=given.lr_schedule,
            clip_grad_norm=given.clip_grad_norm,
            recurrent_constraint=given.recurrent_constraint,
            name=type(self).__name__,
            keep_bar=given.early_stopping != "refit" or n_validation == 0,
        )
        return _Trained(frame, net.initialize())

    def _module_parameters(self, given):
        """Return the keywords of the module, but for its outputs and its generator."""
        names = (
            "hidden_size",
            "num_layers",
            "bidirectional",
            "dropout",
            "pooling",
            "init",
            "n_threads",
        )
        return {name: getattr(given, name) for name in names} | {
            "cell": self._cell,
            "n_features": self._n_step_features,
            "n_steps": self.n_steps_,
            "has_skip": given.linear_skip == "trainable",
            **self._cell_options(),
        }

    def _check_memory(self, given, n_outputs):
        """Raise a MemoryError where weights alone would fill the machine's memory."""
        n_directions, n_hidden = 1 + bool(given.bidirectional), given.hidden_size
        n_gates, n_states = CELLS[self._cell][1], n_directions * n_hidden
        n_weights = n_states * n_outputs
        if given.linear_skip == "trainable":
            n_weights += self.n_steps_ * self._n_step_features * n_outputs
        # Inputs, recurrence and two biases of the first layer, and of those above it
        for n_layers, n_inputs in (
            (1, self._n_step_features),
            (given.num_layers - 1, n_states),
        ):
            n_of_unit = n_inputs + n_hidden + 2
            n_weights += n_layers * n_directions * n_gates * n_hidden * n_of_unit
        n_bytes = 16 * n_weights  # with the gradient and the optimizer's two moments
        if n_bytes > _memory_of_machine():
            raise MemoryError(
                f"{_size_words(given)} make {n_weights:.2g} weights, whose training "
                f"needs {n_bytes / 2**30:.3g} GiB, more than this machine's memory."
            )

    def _train(self, sequences, y, generator, options, n_validation, frame, weights):
        """Train one network, from `weights` where given."""
        trained = self._set_up(sequences, y, generator, options, n_validation, frame)
        dataset = trained.frame.training_set(sequences, y)
        if weights is None:
            self._start_head(trained.net, dataset, n_validation)
        else:
            trained.net.module_.load_state_dict(weights)
        trained.net.train_on(dataset, generator)
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

    def _pass_once(self, net, dataset, generator, options, n_validation):
        """Train for one pass over the samples at a tenth of the rate."""
        given = options.given
        net.n_validation = n_validation
        net.n_batches = ceil((len(dataset) - n_validation) / net.batch_size)
        net.stop_early, schedule = False, net.lr_schedule
        net.lr_schedule = None
        net.lr, net.clip_grad_norm = given.lr, given.clip_grad_norm
        net.restart_optimizer(given.lr / 10)
        net.max_epochs = 1
        net.train_on(dataset, generator)
        net.lr_schedule = schedule

    def _keep(self, trained, n_earlier=0):
        """Take over a trained network; `n_earlier` epochs have no record any more."""
        self._frame, self.net_ = trained.frame, trained.net
        self._levels = getattr(trained.net, "criterion__quantiles", None)
        self._trained_with = self._model_parameters(self._levels)
        self.loss_curve_ = self.net_.losses("train_loss")
        self.n_iter_ = n_earlier + len(self.loss_curve_)
        if self.net_.interrupted_:
            warnings.warn(
                f"Training was interrupted after {self.n_iter_} epochs; the best "
                f"weights so far, of epoch {self.net_.best_epoch_}, are kept.",
                ConvergenceWarning,
                stacklevel=5,  # past fit and its two decorators
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
class _Options:
    """What a fit is asked for, checked.

    Parameters
    ----------
    given : SimpleNamespace
        The parameters by name, plain numbers in the place of numpy's scalars.
    target_feature : int or None
        Number of the feature that holds the target's past.
    levels : list of float or None
        Levels of the quantiles.
    n_epochs : int or "auto"
        Number of epochs.
    """

    given: SimpleNamespace
    target_feature: int | None
    levels: list | None
    n_epochs: int | str


@dataclass(frozen=True)
class _Trained:
    """A network and what stands around it."""

    frame: LinearPart
    net: RecurrentNet


def _own(callback):
    """Copy a callback, so that its state is not the user's; what it holds is shared."""
    if isinstance(callback, tuple):
        return callback[0], copy.copy(callback[1])
    return copy.copy(callback)


def _check_callback(callback):
    """Raise where an element of `callbacks` is none."""
    is_pair = isinstance(callback, tuple) and len(callback) == 2
    kind = callback[1] if is_pair else callback
    is_class = isinstance(kind, type) and issubclass(kind, Callback)
    is_named = not is_pair or isinstance(callback[0], str)
    if not is_named or not (isinstance(kind, Callback) or is_class):
        raise TypeError(
            f"callbacks holds {short(callback)}; each must be a skorch callback, or a "
            "pair of a name and one."
        )
    if is_class:
        try:
            kind()
        except TypeError as error:
            raise TypeError(
                f"callbacks holds the class {kind.__name__}, which needs arguments; "
                "give an instance of it."
            ) from error


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
    copied.__doc__, copied.__module__ = function.__doc__, cls.__module__
    copied.__qualname__ = f"{cls.__qualname__}.__init__"
    return copied


def _count_threads(n_threads):
    """Return how many threads the kernel is told, a number that fits into its own."""
    return min(int(n_threads), _MOST_THREADS)


def _memory_of_machine():
    """Return the memory of the machine in bytes, infinite where it cannot be told."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return float("inf")


def _size_words(given):
    return f"hidden_size={given.hidden_size} and num_layers={given.num_layers}"


@contextmanager
def _memory_errors(given, task="Training"):
    """Raise a MemoryError in words where torch is short of memory."""
    try:
        yield
    except RuntimeError as error:
        if "memory" not in str(error):
            raise
        raise MemoryError(
            f"{task} with {_size_words(given)} needs more memory than there is; use "
            "a smaller network, smaller batches or shorter sequences."
        ) from error


def _check_predictions(y):
    """Raise where a prediction, (n_samples, n_outputs, n_quantiles), is no number."""
    if np.isfinite(y.sum()) or np.isfinite(y).all():
        return
    row, *at = np.argwhere(~np.isfinite(y))[0]
    raise ValueError(
        f"The prediction for row {row} of X is {y[(row, *at)]}: its values are too far "
        "from those of fit for the single precision that networks compute in."
    )
