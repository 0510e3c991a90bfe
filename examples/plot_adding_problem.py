"""
Why gradients vanish or explode: the adding problem
===================================================

A sequence holds 100 random numbers, and two of them are marked. The target is the sum
of the two. The task needs memory alone: a network carries the first number over up to
98 steps. So the task shows the effects of the cell, its first weights, the clipping of
gradients and a constraint on the recurrent weights. All results are measured while the
page is built.
"""

# %%
# The task
# --------
# Feature 0 holds the numbers, feature 1 the marks. The constant prediction 1 has a mean
# squared error of 1/6. Losses below are for standardised targets, for which this error
# is 1. ``linear_skip=None`` leaves out the ridge regression from which networks start
# by default.

# sphinx_gallery_thumbnail_number = 2
import numpy as np
import torch
from matplotlib import pyplot as plt
from skorch.callbacks import Callback

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.datasets import make_adding_problem

N_STEPS = 100
X, y = make_adding_problem(2000, N_STEPS, random_state=0)
X_test, y_test = make_adding_problem(1000, N_STEPS, random_state=1)
ALONE = {"hidden_size": 32, "linear_skip": None, "dropout": 0.0}

plt.rcParams.update(
    {"axes.spines.top": False, "axes.spines.right": False, "font.size": 10}
)
BLUE, ORANGE, GREEN, GREY = "#2f6db3", "#d9690f", "#2c8a57", "#8d96a0"

# %%
# How much of a step is left at the end
# -------------------------------------
# The plot shows the gradient of the last state by the input at each step, before any
# training (``max_epochs=0``). Its norm says how much the last state changes with that
# input, and so how much training can learn from the input. Where a line falls, the
# gradient vanishes; where a line rises, the gradient explodes. Thin lines are five
# seeds, thick lines their geometric mean.


def gradient_norms(regressor, seed, n_steps):
    """Return the root mean square gradient norm by the inputs' age in steps."""
    regressor.set_params(**ALONE, max_epochs=0, random_state=seed)
    regressor.fit(X[:100, -n_steps:], y[:100])
    x = (X[:100] - X.mean(axis=(0, 1))) / X.std(axis=(0, 1))
    x = torch.tensor(x, dtype=torch.float32, requires_grad=True)
    last = regressor.module_.rnn(x)[0][:, -1]  # (100, hidden_size)
    directions = torch.randn(last.shape[1], generator=torch.manual_seed(0))
    (last @ directions).sum().backward()
    return x.grad.norm(dim=2).square().mean(dim=0).sqrt().flip(0).numpy()


CASES = [
    (
        "RNN, ReLU, He's weights",
        RNNRegressor(init="he", nonlinearity="relu"),
        GREY,
        "-",
    ),
    ("RNN, torch's weights", RNNRegressor(init="torch"), BLUE, ":"),
    ("RNN, orthogonal (auto)", RNNRegressor(), BLUE, "-"),
    ("GRU, torch's weights", GRURegressor(init="torch"), GREEN, ":"),
    ("GRU, orthogonal (auto)", GRURegressor(), GREEN, "-"),
    ("LSTM, torch's weights", LSTMRegressor(init="torch"), ORANGE, ":"),
    ("LSTM, forget gates' bias 1", LSTMRegressor(), ORANGE, "--"),
    ("LSTM, chrono (auto)", LSTMRegressor(), ORANGE, "-"),
]
BESIDE = {"frameon": False, "fontsize": 8.5, "loc": "center left"}
BESIDE |= {"bbox_to_anchor": (1, 0.5)}

figure, axis = plt.subplots(figsize=(8, 4.8), layout="constrained")
print("Gradient by the input 50 steps before the end, over that by the last input\n")
print(f"{'':30}{'mean':>8}{'lowest':>10}{'highest':>10}  of five seeds")
for name, regressor, color, style in CASES:
    # Below 100 steps "auto" gives forget gates a bias of 1, from 100 on chrono's biases
    n_steps = N_STEPS - 1 if "bias 1" in name else N_STEPS
    norms = np.array([gradient_norms(regressor, seed, n_steps) for seed in range(5)])
    left = np.maximum(norms / norms[:, :1], 1e-30)
    mean = np.exp(np.log(left).mean(axis=0))
    axis.plot(left.T, color=color, ls=style, lw=0.5, alpha=0.35)
    axis.plot(mean, color=color, ls=style, lw=1.8, label=name)
    at_50 = mean[50], left[:, 50].min(), left[:, 50].max()
    print(f"{name:30}{at_50[0]:8.0e}{at_50[1]:10.0e}{at_50[2]:10.0e}")
axis.set(
    yscale="log",
    ylim=(1e-12, 1e6),
    xlim=(0, N_STEPS),
    xlabel="steps between an input and the end",
    ylabel="gradient, relative to the last step's",
)
axis.axhline(1, color=GREY, lw=0.6)
axis.set_title("Before training: how much of an input is left", loc="left")
axis.legend(**BESIDE)

# %%
# The consequence for learning
# ----------------------------
# The same networks are trained for 800 steps of the optimiser. The plain network learns
# little, and with torch's weights nothing. The gated networks learn the task, although
# their gradients had vanished at the start too: a gate can learn to stay open. The LSTM
# whose gates start with memories of all lengths (chrono) does not need to learn this.


N_EPOCHS, N_BATCHES = 20, 40


def train(regressor):
    """Return a regressor, trained, and its error on new sequences."""
    regressor.set_params(max_epochs=N_EPOCHS, batch_size=len(X) // N_BATCHES)
    error = np.mean((regressor.fit(X, y).predict(X_test) - y_test) ** 2)
    return regressor, error


steps = N_BATCHES * np.arange(1, N_EPOCHS + 1)
figure, axis = plt.subplots(figsize=(8, 4.4), layout="constrained")
print("Mean squared error on 1000 new sequences (0.167: always 1)\n")
for name, regressor, color, style in CASES[1:]:
    if "bias 1" in name:  # it needs shorter sequences
        continue
    trained, error = train(regressor.set_params(random_state=0))
    axis.plot(steps, trained.loss_curve_, color=color, ls=style, label=name)
    print(f"{name:30}{error:8.4f}")
axis.set(
    yscale="log",
    ylim=(3e-4, 2),
    xlim=(0, steps[-1]),
    xlabel="steps of the optimiser",
    ylabel="training loss",
)
axis.axhline(1, color=GREY, lw=0.6)
axis.set_title("Loss while learning (1: nothing is learnt)", loc="left")
axis.legend(**BESIDE)

# %%
# Gradients that explode: clip, or constrain
# ------------------------------------------
# The gradients of the plain network with ReLU units and He's weights can grow with each
# step back. Without clipping, single steps throw the weights far off, and the network
# learns little or nothing. With gradients clipped to a norm of 1, the default, it
# learns. A bound of 1 on the spectral norm of the recurrent weights keeps gradients
# from growing; now they vanish, and the memory with them.


class GradientNorms(Callback):
    """Keep the norm of the gradient of each step, before it is clipped."""

    def on_train_begin(self, net, **kwargs):
        """Begin anew."""
        self.norms_ = []

    def on_grad_computed(self, net, named_parameters, **kwargs):
        """Add the norm of all gradients taken together."""
        gradients = [p.grad.norm() for _, p in named_parameters if p.grad is not None]
        self.norms_.append(float(torch.stack(gradients).norm()))


CURES = [
    ("neither", {"clip_grad_norm": None}, GREY),
    ("clip_grad_norm=1.0 (default)", {}, BLUE),
    ('recurrent_constraint="spectral"', {"recurrent_constraint": "spectral"}, ORANGE),
]
figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
print("RNN with ReLU and He's weights: errors on new sequences, three seeds\n")
for name, parameters, color in CURES:
    relu = RNNRegressor(init="he", nonlinearity="relu", **parameters, **ALONE)
    errors = []
    for seed in range(3):
        watch = [("norms", GradientNorms())]
        trained, error = train(relu.set_params(random_state=seed, callbacks=watch))
        errors.append(error)
        if seed == 0:
            norms = dict(trained.net_.callbacks_)["norms"].norms_
            axes[0].plot(norms, color=color, lw=0.7)
        axes[1].plot(
            steps, trained.loss_curve_, color=color, label=name if seed == 0 else None
        )
    print(f"{name:34}", *(f"{error:8.4f}" for error in errors))
axes[0].set(yscale="log", ylabel="norm of the gradient, before clipping")
axes[1].set(yscale="log", ylabel="training loss")
for axis in axes:
    axis.set(xlabel="steps of the optimiser", xlim=(0, steps[-1]))
axes[0].set_title("Gradients, first seed", loc="left")
axes[1].set_title("Loss, three seeds", loc="left")
axes[1].legend(frameon=False, fontsize=8.5)

# %%
# :doc:`/user_guide/training` explains the parameters.
