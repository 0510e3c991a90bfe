"""Callbacks that see a training, and the regressor that they see."""

import copy

import numpy as np
import torch
from skorch.callbacks import Callback

from sklearn_rnn import GRURegressor

N_VALIDATION = 8  # of the 80 samples


def make_regressor(**params):
    defaults = {"hidden_size": 4, "max_epochs": 5, "random_state": 0}
    return GRURegressor(**(defaults | params))


class Recorder(Callback):
    """Keep what the net is like after each batch and each epoch."""

    def initialize(self):
        self.rates, self.dropouts, self.gradient_norms = [], [], []
        self.constrained_norms, self.states = [], []
        return self

    def on_batch_begin(self, net, training=False, **kwargs):
        if training:
            self.rates.append(net.optimizer_.param_groups[0]["lr"])
            self.dropouts.append(net.module_.get_dropout())

    def on_batch_end(self, net, training=False, **kwargs):
        if training:
            gradients = [p.grad.flatten() for p in net.module_.parameters()]
            self.gradient_norms.append(torch.cat(gradients).norm().item())
            weight = net.module_.rnn.weight_hh_l0.detach().numpy().reshape(3, 4, 4)
            self.constrained_norms += [*np.linalg.norm(weight, ord=2, axis=(1, 2))]

    def on_epoch_end(self, net, **kwargs):
        self.states.append(copy.deepcopy(net.module_.state_dict()))


class Interrupter(Callback):
    """Press Ctrl-C the `count`-th time that `hook` is called."""

    def __init__(self, hook, count):
        self.hook = hook
        self.count = count

    def initialize(self):
        self.n_calls_ = 0
        return self

    def _hear(self, hook):
        if hook == self.hook:
            self.n_calls_ += 1
            if self.n_calls_ == self.count:
                raise KeyboardInterrupt

    def on_epoch_begin(self, net, **kwargs):
        self._hear("on_epoch_begin")

    def on_batch_end(self, net, **kwargs):
        self._hear("on_batch_end")

    def on_epoch_end(self, net, **kwargs):
        self._hear("on_epoch_end")


def callback_of(regressor, kind):
    """Return the callback that training used: a copy of the user's."""
    (callback,) = [cb for _, cb in regressor.net_.callbacks_ if isinstance(cb, kind)]
    return callback


def assert_equal_states(state, expected):
    assert state.keys() == expected.keys()
    for name, value in state.items():
        assert torch.equal(value, expected[name]), name
