"""The learning rate of each step of a fit, and the loss of each epoch."""

import numpy as np
from skorch.callbacks import Callback

from sklearn_rnn import LSTMRegressor, make_windows
from sklearn_rnn.datasets import make_mackey_glass


class Rates(Callback):
    """Keep the learning rate of each step."""

    def on_train_begin(self, net, **kwargs):
        """Begin anew."""
        self.rates_ = []

    def on_batch_end(self, net, training, **kwargs):
        """Add the rate that the optimiser used."""
        if training:
            self.rates_.append(net.optimizer_.param_groups[0]["lr"])


X, y = make_windows(make_mackey_glass(700, random_state=0), window_length=20)
model = LSTMRegressor(
    hidden_size=16,
    callbacks=[("rates", Rates())],
    linear_skip=None,
    max_epochs=14,
    random_state=0,
)
model.fit(X, y)
rates = np.array(dict(model.net_.callbacks_)["rates"].rates_)
losses = np.array(model.loss_curve_)
epochs = len(rates) / len(losses) * np.arange(1, len(losses) + 1)


def draw(figure, color):
    """Draw both against the steps of the optimiser."""
    left, right = figure.subplots(1, 2)
    left.plot(1000 * rates, color=color.blue, lw=2)
    left.set(xlabel="step of the optimiser", ylim=(0, None))
    left.set_title("Learning rate, in thousandths")
    right.plot(epochs, losses, color=color.orange, lw=2)
    right.set(xlabel="step of the optimiser", xlim=(0, len(rates)))
    right.set_title("Training loss")
