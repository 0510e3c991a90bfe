"""Training with skorch: held-out samples, stopping, callbacks and progress."""

import copy
import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import numpy as np
import torch
from skorch import NeuralNetRegressor
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from skorch.callbacks.scoring import ScoringBase
from skorch.exceptions import SkorchException
from tqdm.auto import tqdm

from sklearn_rnn._kernels.batch import SequenceBatch

from .batches import PREDICT_BATCH_SIZE, OrderedBatches, ShuffledBatches
from .direct_step import DirectStep
from .module import constrain_recurrent_weights
from .schedule import OneCycle, Schedule, ScheduleFree, clip_gradients
from .stopping import BestWeights, has_finite_weights

__all__ = [
    "OPTIMIZERS",
    "RecurrentNet",
    "any_watches_validation",
    "watches_validation",
]

OPTIMIZERS: dict[str, tuple[type[torch.optim.Optimizer], dict[str, Any]]] = {
    "adam": (torch.optim.Adam, {"fused": True}),
    "adamw": (torch.optim.AdamW, {"fused": True}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "sgd": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True, "fused": True}),
}

# Number of earlier epochs whose records a net keeps in `branch`.
_MOST_RECORDS = 1000


def watches_validation(callback):
    """Tell whether a skorch callback needs held-out samples."""
    if isinstance(callback, tuple):
        callback = callback[1]
    if isinstance(callback, type):
        callback = callback()
    if isinstance(callback, ScoringBase):
        return not callback.on_train
    return str(getattr(callback, "monitor", "")).startswith("valid")


def any_watches_validation(callbacks):
    """Tell whether a list of callbacks, or None, needs held-out samples."""
    return any(map(watches_validation, callbacks or ()))


class RecurrentNet(NeuralNetRegressor):
    """A skorch net that trains on slices of tensors and keeps the best weights.

    Parameters
    ----------
    *args, **kwargs
        Arguments of skorch's net.
    n_batches : int
        Number of batches in an epoch.
    n_validation : int
        Number of the last samples that are held out.
    stop_early : bool
        Whether to stop when the validation loss no longer falls, and restore the best
        weights.
    n_iter_no_change : int
        Number of epochs without a lower validation loss after which to stop.
    tol : float
        Least decrease of the validation loss that counts as lower.
    lr_schedule : {"onecycle", "schedule_free"} or None
        Schedule of the learning rate and dropout over all epochs of a fit, or averaged
        weights without an end.
    recency : int
        How closely averaged weights follow the latest steps; see `ScheduleFree`.
    clip_grad_norm : float or None
        Largest norm of the gradient.
    recurrent_constraint : {"spectral"} or None
        Constraint of the recurrent weights after each step.
    deadline : float or None
        Reading of ``time.monotonic()`` at which training ends; None: no limit.
    name : str
        Text of the progress bar.
    keep_bar : bool
        Whether the progress bar stays after training.
    """

    def __init__(
        self,
        *args,
        n_batches=1,
        n_validation=0,
        stop_early=False,
        n_iter_no_change=10,
        tol=1e-4,
        lr_schedule=None,
        recency=0,
        clip_grad_norm=None,
        recurrent_constraint=None,
        deadline=None,
        name="",
        keep_bar=True,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.name = name
        self.keep_bar = keep_bar
        self.n_batches = n_batches
        self.n_validation = n_validation
        self.stop_early = stop_early
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.lr_schedule = lr_schedule
        self.recency = recency
        self.clip_grad_norm = clip_grad_norm
        self.recurrent_constraint = recurrent_constraint
        self.deadline = deadline
        self._generator = None  # of the order of batches, in training

    @property
    def _default_callbacks(self):
        return []  # run_single_epoch records the losses

    def get_dataset(self, X, y=None):
        """Return `X`, which is a dataset already."""
        return X

    def get_split_datasets(self, X, y=None, **fit_params):
        """Hold out the last samples."""
        if self.n_validation == 0:
            return X, None
        n_train = len(X) - self.n_validation
        return X.part(slice(0, n_train)), X.part(slice(n_train, None))

    def get_iterator(self, dataset, training=False):
        """Return batches that slice tensors."""
        if training:
            return ShuffledBatches(
                dataset, self.batch_size, self.n_batches, self._generator
            )
        return OrderedBatches(dataset, PREDICT_BATCH_SIZE)

    def infer(self, x, **fit_params):
        """Run the module on a batch: in place, or gathered for callbacks."""
        if isinstance(x, SequenceBatch):
            return self.module_(x.to(self.device, torch.float32))
        if isinstance(x, dict):
            return self.module_(**{k: v.to(self.device) for k, v in x.items()})
        return self.module_(x.to(self.device))

    def notify(self, method_name, **cb_kwargs):
        """Call callbacks, and note whether one of them ends training.

        EarlyStopping ends training by a KeyboardInterrupt, as Ctrl-C does.
        """
        getattr(self, method_name)(self, **cb_kwargs)
        for name, callback in self.callbacks_:
            try:
                getattr(callback, method_name)(self, **cb_kwargs)
            except KeyboardInterrupt:
                self.stopped_by_callback_ = isinstance(callback, EarlyStopping)
                raise
            except (KeyError, SkorchException) as error:
                _explain_monitor(self.history, name, callback, error)
                raise

    def train_on(self, dataset, generator):
        """Train for `max_epochs` epochs on a dataset.

        Parameters
        ----------
        dataset : SequenceDataset
            The samples, the held-out ones last.
        generator : torch.Generator
            The generator, on the CPU, of the order of batches and of the masks of
            dropout. On a GPU the GPU's own generator draws the masks, from the same
            seed.
        """
        with _drawing_from(self, generator):
            self.partial_fit(dataset)

    def train_along(self, dataset, generator, lengths: Iterable[int]) -> Iterator[int]:
        """Train in one run, and pause at each of several numbers of steps.

        At a pause the module has the weights that a training of this length ends with,
        in evaluation mode. Callbacks are not called, and nothing is recorded.

        Parameters
        ----------
        dataset : SequenceDataset
            The samples, all of them training samples.
        generator : torch.Generator
            As in `train_on`.
        lengths : iterable of int
            Numbers of optimiser steps, increasing.

        Yields
        ------
        n_steps : int
            The number of steps made.

        Raises
        ------
        ValueError
            If training diverges.
        """
        self._watches_batches = self.interrupted_ = False
        self.best_epoch_ = 0
        _start_steps(self, dataset, None)
        batches = ShuffledBatches(dataset, self.batch_size, None, generator)
        stream, n_done = iter(batches), 0
        try:
            with _drawing_from(self, generator):
                for length in lengths:
                    with self._schedule.at_gradients():
                        _set_mode(self, True)
                        while n_done < length and not _is_late(self):
                            self.train_step(next(stream))
                            n_done += 1
                    _set_mode(self, False)
                    if not has_finite_weights(self.module_):
                        sign = f"a weight is infinite or NaN after {n_done} steps"
                        raise _divergence(self, sign)
                    yield n_done
                    if _is_late(self):
                        return
        finally:
            _finish_steps(self)

    def run_one_pass(self, dataset, generator, *, n_validation, lr, clip_grad_norm):
        """Train for one pass over a dataset, at a tenth of the rate `lr`.

        Rate and dropout are constant, and training does not stop early.

        Parameters
        ----------
        dataset : SequenceDataset
            The samples, the held-out ones last.
        generator : torch.Generator
            As in `train_on`.
        n_validation : int
            Number of held-out samples.
        lr : float
            Ten times the rate.
        clip_grad_norm : float or None
            Largest norm of the gradient.
        """
        schedule = self.lr_schedule
        self.lr_schedule, self.stop_early = None, False
        self.lr, self.clip_grad_norm = lr, clip_grad_norm
        self.n_validation = n_validation
        self.n_batches = math.ceil((len(dataset) - n_validation) / self.batch_size)
        self.max_epochs = 1
        _restart(self.optimizer_, lr / 10)
        try:
            self.train_on(dataset, generator)
        finally:
            self.lr_schedule = schedule

    def branch(self):
        """Return a net that continues this training, and leaves this net unchanged."""
        net = object.__new__(type(self))
        state, memo = vars(net), {}
        state.update(vars(self))
        # One memo, so that optimizer and module share their parameters
        for name in ("module_", "criterion_", "optimizer_"):
            state[name] = copy.deepcopy(state[name], memo)
        state["history_"] = type(self.history)(self.history[-_MOST_RECORDS:])
        state["callbacks_"] = [
            (name, copy.copy(callback)) for name, callback in self.callbacks_
        ]
        return net

    def fit_loop(self, X, y=None, epochs=None, **fit_params):
        """Train for up to `epochs` epochs."""
        epochs = self.max_epochs if epochs is None else epochs
        train, valid = self.get_split_datasets(X, y)
        batches = self.get_iterator(train, training=True)
        validation = None if valid is None else self.get_iterator(valid)
        self.interrupted_ = self.stopped_by_callback_ = False
        self._watches_batches = any(map(_has_batch_hook, self.callbacks_))
        self._least = {
            key: min(self.losses(key), default=np.inf)
            for key in ("train_loss", "valid_loss")
        }
        _start_steps(self, train, epochs * self.n_batches)
        dropout = self.module_.get_dropout()
        self.best_epoch_, self._best = 0, BestWeights(self.module_, self.tol)
        datasets = {"dataset_train": train, "dataset_valid": valid}
        bar = tqdm(
            total=epochs,
            desc=self.name,
            unit="epoch",
            leave=self.keep_bar,
            disable=not self.verbose,
        )
        try:
            if valid is not None:
                self.first_loss_ = self._mean_loss(validation)
                self._best.start_from(self.first_loss_)
            for epoch in range(1, epochs + 1):
                self.notify("on_epoch_begin", **datasets)
                self.run_single_epoch(batches, True, "train", self.train_step)
                self.run_single_epoch(validation, False, "valid", self.validation_step)
                self._judge(epoch)
                _show(bar, self.history[-1])
                self.notify("on_epoch_end", **datasets)
                n_without = self._best.count_without_fall(epoch)
                if self.stop_early and n_without >= self.n_iter_no_change:
                    break
                if _is_late(self):
                    break
        except KeyboardInterrupt:
            self.interrupted_ = not self.stopped_by_callback_
        finally:
            bar.close()
            self.module_.set_dropout(dropout)
            _finish_steps(self)
        if self.stop_early or self.interrupted_:
            self._best.restore()
        if not has_finite_weights(self.module_):
            # The loss after the last step was never computed.
            raise _divergence(self, "a weight is infinite or NaN after the last step")
        del self._best, self._least
        return self

    def _judge(self, epoch):
        """Keep the weights where the loss is the lowest so far; raise at divergence."""
        record = self.history[-1]
        if not np.isfinite(record["train_loss"]):
            self._best.restore()
            raise _divergence(
                self, f"the loss is {record['train_loss']} after epoch {epoch}"
            )
        self._best.see(
            epoch, record["train_loss" if self.n_validation == 0 else "valid_loss"]
        )
        self.best_epoch_ = self._best.epoch

    def _make_schedule(self, n_steps):
        """Return the schedule for `n_steps` steps, or for None without an end."""
        has_own = any(isinstance(cb, LRScheduler) for _, cb in self.callbacks_)
        if self.lr_schedule is None or has_own or n_steps == 0:
            return Schedule()
        if self.lr_schedule == "onecycle" and n_steps is not None:
            return OneCycle(self.optimizer_, self.module_, self.lr, n_steps)
        constrain = None
        if self.recurrent_constraint == "spectral":
            constrain = partial(constrain_recurrent_weights, self.module_)
        return ScheduleFree(self.optimizer_, self.lr, self.recency, constrain)

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run one pass of training or validation, and record its mean loss."""
        if iterator is None:
            return
        losses, counts = [], []
        _set_mode(self, training)
        with self._schedule.at_gradients() if training else nullcontext():
            for batch in iterator:
                n_rows = len(batch[1])
                if self._watches_batches:
                    batch = (_taken_out(batch[0]), batch[1])
                    self.notify("on_batch_begin", batch=batch, training=training)
                    _set_mode(self, training)
                step = step_fn(batch)
                losses.append(step["loss"].detach())
                counts.append(n_rows)
                if self._watches_batches:
                    self.history.record_batch(f"{prefix}_loss", step["loss"].item())
                    self.history.record_batch(f"{prefix}_batch_size", n_rows)
                    self.notify("on_batch_end", batch=batch, training=training, **step)
                del step  # the next graph reuses the memory of this graph
                if training and _is_late(self):
                    break
        # Losses are read once an epoch, because a GPU waits for each reading.
        losses = torch.stack(losses).tolist()
        key, loss = f"{prefix}_loss", float(np.average(losses, weights=counts))
        if not self._watches_batches:
            # Checkpoint may name a file after the last batch of an epoch.
            self.history.new_batch()
            self.history.record_batch(key, loss)
        self.history.record(key, loss)
        self.history.record(f"{prefix}_batch_count", len(losses))  # as skorch does
        # The default monitor of skorch's callbacks
        self.history.record(f"{key}_best", loss < self._least[key])
        self._least[key] = min(loss, self._least[key])

    def train_step(self, batch, **fit_params):
        """Make one optimiser step."""
        inputs, targets = batch
        if self._direct is not None:
            loss = self._direct(inputs, targets)
            _after_step(self)
            return {"loss": loss}
        groups = self.optimizer_.param_groups
        parameters = [p for group in groups for p in group["params"]]
        for parameter in parameters:
            parameter.grad = None
        outputs = self.infer(inputs)
        loss = self.criterion_(outputs, targets.to(self.device))
        loss.backward()
        if self._watches_batches:
            named = list(self.get_all_learnable_params())
            self.notify(
                "on_grad_computed", named_parameters=named, batch=batch, training=True
            )
        if self.clip_grad_norm is not None:
            gradients = [p.grad for p in parameters if p.grad is not None]
            clip_gradients(gradients, self.clip_grad_norm)
        self.optimizer_.step()
        _after_step(self)
        return {"loss": loss, "y_pred": outputs}

    def validation_step(self, batch, **fit_params):
        """Compute the loss of one batch, without a gradient."""
        inputs, targets = batch
        with torch.no_grad():
            outputs = self.infer(inputs)
            loss = self.criterion_(outputs, targets.to(self.device))
        return {"loss": loss, "y_pred": outputs}

    def _mean_loss(self, batches):
        """Return the loss of `batches` without a gradient."""
        _set_mode(self, False)
        total, count = 0.0, 0
        for batch in batches:
            total += self.validation_step(batch)["loss"].item() * len(batch[1])
            count += len(batch[1])
        return total / count

    def losses(self, key):
        """Return the losses of all epochs that record `key`."""
        return [record[key] for record in self.history if key in record]

    def predict_rows(self, dataset):
        """Return the outputs of the module, computed in a batch of full size.

        Parameters
        ----------
        dataset : SequenceDataset
            At most ``PREDICT_BATCH_SIZE`` sequences of one length.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_outputs * n_per_target)
            float32.
        """
        if self.module_.is_constant:
            outputs = self.module_.head.bias.detach().cpu().numpy()
            return np.tile(outputs, (len(dataset), 1))
        batch = dataset.batch(slice(None), size=PREDICT_BATCH_SIZE)
        _set_mode(self, False)
        with torch.inference_mode():
            return self.infer(batch)[: len(dataset)].cpu().numpy()


@contextmanager
def _drawing_from(net, generator):
    """Draw the order of batches and the masks of dropout from a generator."""
    net._generator = generator
    if torch.device(net.device).type == "cpu":
        net.module_.generator = generator
    else:
        with torch.cuda.device(net.device):
            torch.cuda.manual_seed(generator.initial_seed())
    try:
        yield
    finally:
        net._generator = net.module_.generator = net.module__generator = None


def _start_steps(net, dataset, n_steps):
    """Prepare `n_steps` training steps, or for None steps without an end."""
    net._schedule = net._make_schedule(n_steps)
    net._direct = None if n_steps == 0 else DirectStep.find(net, dataset.values)


def _after_step(net):
    """Do what follows a step of the optimiser."""
    net._schedule.step()
    if net.recurrent_constraint == "spectral" and not isinstance(
        net._schedule, ScheduleFree
    ):
        constrain_recurrent_weights(net.module_)


def _finish_steps(net):
    """Leave the weights as predictions need them."""
    net._schedule.finish()
    del net._direct, net._schedule


def _is_late(net):
    """Tell whether there is no time left."""
    return net.deadline is not None and time.monotonic() >= net.deadline


def _explain_monitor(history, name, callback, error):
    """Raise a ValueError where a callback watches a value that no epoch records.

    Parameters
    ----------
    history : skorch.history.History
        Records of the epochs.
    name : str
        Name of the callback.
    callback : skorch.callbacks.Callback
        The callback that raised.
    error : Exception
        Its error.
    """
    monitor = getattr(callback, "monitor", None)
    if not isinstance(monitor, str) or not len(history):
        return
    keys = [
        key
        for key in (monitor, f"{monitor}_best")
        if repr(key) in str(error) and key not in history[-1]
    ]
    if keys:
        valid = sorted(set(history[-1]) - {"batches"})
        raise ValueError(
            f"callbacks: {name} has monitor={monitor!r}, but no epoch records "
            f"{keys[0]!r}; valid are {valid}."
        ) from error


def _divergence(net, sign):
    """Return the error of a training that shows a sign of divergence."""
    norm = net.clip_grad_norm
    clip = "a clip_grad_norm" if norm is None else f"a clip_grad_norm below {norm}"
    return ValueError(
        f"Training diverged: {sign}; use a lower lr than {net.lr}, a lower "
        f"weight_decay than {net.optimizer__weight_decay} or {clip}."
    )


def _set_mode(net, training):
    """Set module and loss to training, or to evaluation."""
    net.module_.train(training)
    net.criterion_.train(training)


def _restart(optimizer, lr):
    """Set the constant rate `lr`, and the momenta that a schedule has moved."""
    for group in optimizer.param_groups:
        group.update(lr=lr)
        for key in ("betas", "momentum"):
            if key in group:
                group[key] = optimizer.defaults[key]


def _show(bar, record):
    """Show the losses of an epoch in the progress bar."""
    losses = {key: record[key] for key in ("train_loss", "valid_loss") if key in record}
    bar.set_postfix(losses, refresh=False)
    bar.update()


def _taken_out(batch):
    """Return the sequences of a batch for callbacks: a tensor, or a dict."""
    x = batch.gather(torch.float32)
    return x if batch.lengths is None else {"x": x, "lengths": batch.lengths}


def _has_batch_hook(named_callback):
    """Tell whether a callback has a hook that is called for each batch."""
    kind = type(named_callback[1])
    hooks = ("on_batch_begin", "on_batch_end", "on_grad_computed")
    return any(getattr(kind, hook) is not getattr(Callback, hook) for hook in hooks)
