"""
The computation of a recurrent cell
===================================

This page has diagrams of the plain recurrent cell, the LSTM, the GRU, a bidirectional
layer and an echo state network. Below them, it shows the response of each untrained
network to a single pulse.
"""

# %%
# How the diagrams are drawn
# --------------------------
# A cell reads the step :math:`x_t` and the state :math:`h_{t-1}` on the line below. A
# box is a layer of units with weights. Blue boxes are gates between 0 and 1; orange
# boxes are new values between -1 and 1. Circles act on each unit separately, without
# weights.

# sphinx_gallery_thumbnail_number = 2
import numpy as np
import torch
from matplotlib import pyplot as plt
from matplotlib.patches import FancyBboxPatch

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    ReservoirTransformer,
    RNNRegressor,
)

INK, GREY = "#22262b", "#8d96a0"
BLUE, ORANGE, GREEN = "#2f6db3", "#d9690f", "#2c8a57"
LIGHT = {BLUE: "#dbe7f5", ORANGE: "#fbe3d0", GREEN: "#d8eee2", GREY: "#eef0f2"}
plt.rcParams.update({"font.size": 11})


def canvas(title, width=8.6, height=4.9):
    """Return axes to draw on, one unit to a unit of length."""
    size = (0.8 * width, 0.8 * height)
    _, axis = plt.subplots(figsize=size, layout="constrained", facecolor="white")
    axis.set(xlim=(-0.8, width - 0.8), ylim=(0, height), aspect="equal")
    axis.set_axis_off()
    axis.set_title(title, loc="left", fontsize=12, color=INK)
    return axis


def line(axis, *points, arrow=True, color=INK, lw=1.3):
    """Draw a line through points, with a head at its end."""
    xs, ys = zip(*points, strict=True)
    axis.plot(xs, ys, color=color, lw=lw, zorder=1, solid_capstyle="round")
    if arrow:
        style = {"arrowstyle": "-|>", "color": color, "lw": lw, "mutation_scale": 11}
        (x, y), (x0, y0) = points[-1], points[-2]
        near = (x - 0.2 * np.sign(x - x0), y - 0.2 * np.sign(y - y0))
        style |= {"shrinkA": 0, "shrinkB": 0}
        axis.annotate("", (x, y), near, arrowprops=style, zorder=1)


def box(axis, x, y, label, color, width=1.0, height=0.62):
    """Draw a layer of units."""
    corner = (x - width / 2, y - height / 2)
    style = "round,pad=0,rounding_size=0.1"
    axis.add_patch(
        FancyBboxPatch(
            corner, width, height, style, fc=LIGHT[color], ec=color, lw=1.3, zorder=2
        )
    )
    axis.text(x, y, label, ha="center", va="center", color=INK, zorder=3)


def circle(axis, x, y, label):
    """Draw an operation on each unit."""
    axis.add_patch(plt.Circle((x, y), 0.24, fc="white", ec=INK, lw=1.3, zorder=2))
    axis.text(x, y, label, ha="center", va="center", color=INK, zorder=3, fontsize=13)


def dot(axis, x, y):
    """Mark where a line parts."""
    axis.plot(x, y, "o", color=INK, ms=4, zorder=2)


def word(axis, x, y, text, **style):
    """Write beside a line."""
    axis.text(x, y, text, **{"ha": "center", "va": "center", "color": INK, **style})


# %%
# The plain recurrent cell (Elman)
# --------------------------------
# The cell computes the whole state anew at every step.
axis = canvas("RNN: all of the state is new at every step", height=3.5)
line(axis, (0, 1.0), (4, 1.0), (4, 1.9))
line(axis, (1, 0.25), (1, 1.0), arrow=False)
dot(axis, 1, 1.0)
box(axis, 4, 2.2, r"$\tanh$", ORANGE)
line(axis, (4.5, 2.2), (7, 2.2))
word(axis, -0.4, 1.0, "$h_{t-1}$")
word(axis, 1, 0.05, "$x_t$")
word(axis, 7.35, 2.2, "$h_t$")
plt.show()

# %%
# Long short-term memory
# ----------------------
# The cell :math:`c` runs along the top. The forget gate keeps a part of it, the input
# gate adds to it, and the output gate shows a part of it as the state.
axis = canvas("LSTM: a cell that gates keep, add to and show")
line(axis, (0, 4.2), (1.76, 4.2))
line(axis, (2.24, 4.2), (3.76, 4.2))
line(axis, (4.24, 4.2), (7.3, 4.2))
line(axis, (0, 1.0), (6, 1.0), arrow=False)
line(axis, (0.7, 0.25), (0.7, 1.0), arrow=False)
dot(axis, 0.7, 1.0)
for x, label, color in (
    (2, "forget $f$", BLUE),
    (3.2, "input $i$", BLUE),
    (4.75, r"new $g$", ORANGE),
    (6.0, "output $o$", BLUE),
):
    box(axis, x, 1.9, label, color, width=1.12)
    line(axis, (x, 1.0), (x, 1.58))
for x in (2, 3.2, 4.75):
    dot(axis, x, 1.0)
line(axis, (2, 2.21), (2, 3.95))
line(axis, (3.2, 2.21), (3.2, 3.1), (3.76, 3.1))
line(axis, (4.75, 2.21), (4.75, 3.1), (4.24, 3.1))
line(axis, (4, 3.34), (4, 3.95))
circle(axis, 2, 4.2, r"$\times$")
circle(axis, 4, 3.1, r"$\times$")
circle(axis, 4, 4.2, "$+$")
dot(axis, 6.95, 4.2)
line(axis, (6.95, 4.2), (6.95, 3.45))
word(axis, 6.95, 3.2, r"$\tanh$")
line(axis, (6.95, 2.95), (6.95, 2.14))
circle(axis, 6.95, 1.9, r"$\times$")
line(axis, (6.56, 1.9), (6.71, 1.9), arrow=False)
line(axis, (6.95, 1.66), (6.95, 1.0), (7.3, 1.0))
word(axis, -0.4, 4.2, "$c_{t-1}$")
word(axis, 7.55, 4.2, "$c_t$")
word(axis, -0.4, 1.0, "$h_{t-1}$")
word(axis, 7.55, 1.0, "$h_t$")
word(axis, 0.7, 0.05, "$x_t$")
plt.show()

# %%
# Gated recurrent unit
# --------------------
# The update gate mixes the old state with the new value. The reset gate limits how much
# of the old state enters the new value.
axis = canvas("GRU: one gate mixes the old state with the new")
line(axis, (0, 4.2), (4.0, 4.2))
box(axis, 5.3, 4.2, r"$(1 - z)\, n + z\, h_{t-1}$", GREY, width=2.6, height=0.7)
line(axis, (6.6, 4.2), (7.3, 4.2))
dot(axis, 0.5, 4.2)
line(axis, (0.5, 4.2), (0.5, 1.0), (6, 1.0), arrow=False)
dot(axis, 0.5, 3.0)
line(axis, (0.5, 3.0), (1.76, 3.0))
line(axis, (1.2, 0.25), (1.2, 1.0), arrow=False)
dot(axis, 1.2, 1.0)
box(axis, 2, 1.9, "reset $r$", BLUE, width=1.12)
box(axis, 4.6, 3.0, "new $n$", ORANGE, width=1.12)
box(axis, 6, 1.9, "update $z$", BLUE, width=1.2)
for x, top in ((2, 1.58), (4.6, 2.68), (6, 1.58)):
    line(axis, (x, 1.0), (x, top))
for x in (2, 4.6):
    dot(axis, x, 1.0)
line(axis, (2, 2.21), (2, 2.75))
circle(axis, 2, 3.0, r"$\times$")
line(axis, (2.24, 3.0), (4.03, 3.0))
line(axis, (4.6, 3.31), (4.6, 3.84))
line(axis, (6, 2.21), (6, 3.84))
word(axis, -0.4, 4.2, "$h_{t-1}$")
word(axis, 7.55, 4.2, "$h_t$")
word(axis, 1.2, 0.05, "$x_t$")
word(axis, 4.72, 1.9, "$x_t$ only", ha="left", color=GREY, fontsize=9)
word(axis, 1.15, 3.22, "$W_{hn} h_{t-1}$", color=GREY, fontsize=9)
plt.show()

# %%
# Both directions
# ---------------
# One layer reads from the first step to the last, another from the last to the first.
# With ``pooling="last"``, the head reads the final state of each.
axis = canvas("Bidirectional: a second layer reads backwards", height=4.3)
for k, x in enumerate((0.8, 2.6, 4.4)):
    box(axis, x, 2.6, f"$h_{k + 1}$", BLUE, width=0.9)
    box(axis, x, 1.5, f"$h'_{k + 1}$", GREEN, width=0.9)
    word(axis, x - 0.15, 0.15, f"$x_{k + 1}$")
    line(axis, (x - 0.15, 0.4), (x - 0.15, 1.18))
    line(axis, (x - 0.15, 0.8), (x - 0.65, 0.8), (x - 0.65, 2.05), arrow=False)
    line(axis, (x - 0.65, 2.05), (x - 0.15, 2.05), (x - 0.15, 2.28))
    dot(axis, x - 0.15, 0.8)
for x in (1.25, 3.05):
    line(axis, (x, 2.75), (x + 0.9, 2.75), color=BLUE)
    line(axis, (x + 0.9, 1.4), (x, 1.4), color=GREEN)
box(axis, 6.5, 3.3, "head", ORANGE)
line(axis, (4.85, 2.75), (6.3, 2.75), (6.3, 2.98), color=BLUE)
line(axis, (0.8, 1.18), (0.8, 0.95), (6.75, 0.95), (6.75, 2.98), color=GREEN)
line(axis, (6.5, 3.62), (6.5, 4.0))
word(axis, 6.8, 3.95, r"$\hat y$", ha="left")
plt.show()

# %%
# Echo state network
# ------------------
# The weights into and within the reservoir (grey) are drawn once. Only the weights of
# the readout (orange) are fitted, in closed form.
axis = canvas("Echo state network: only the readout is fitted", height=4.6)
rng = np.random.default_rng(3)
angles = np.linspace(0, 2 * np.pi, 13)[:-1]
units = np.c_[3.4 + 1.45 * np.cos(angles), 2.3 + 1.45 * np.sin(angles)]
units += rng.uniform(-0.18, 0.18, units.shape)
for k, unit in enumerate(units):
    for other in rng.choice(np.delete(np.arange(12), k), 3, replace=False):
        arrow = {"arrowstyle": "-|>", "color": GREY, "lw": 0.7, "mutation_scale": 7}
        arrow |= {"connectionstyle": "arc3,rad=0.18", "shrinkA": 7, "shrinkB": 7}
        axis.annotate("", units[other], unit, arrowprops=arrow, zorder=1)
    axis.plot(
        [6.3, unit[0]], [2.3, unit[1]], color=ORANGE, lw=0.7, alpha=0.55, zorder=0
    )
for unit in units[[4, 5, 6, 7, 8]]:
    axis.plot([0.3, unit[0]], [2.3, unit[1]], color=GREY, lw=0.9, zorder=0)
axis.plot([0.3, 0.3, 6.3, 6.3], [2.3, 0.3, 0.3, 2.3], color=ORANGE, lw=0.7, alpha=0.55)
axis.scatter(*units.T, s=130, fc=LIGHT[GREY], ec=INK, lw=1.1, zorder=2)
word(axis, 3.4, 4.35, "reservoir $h_t$", fontsize=10)
word(axis, 3.4, 0.12, "the input itself (direct_input)", fontsize=8.5, color=GREY)
circle(axis, 0.3, 2.3, "$x_t$")
box(axis, 6.3, 2.3, "readout", ORANGE, width=1.1)
line(axis, (6.85, 2.3), (7.3, 2.3))
word(axis, 7.55, 2.3, r"$\hat y_t$")
plt.show()

# %%
# The memory of a pulse
# ---------------------
# The input is a sequence of zeros with a single 1 at step 10. The plots show the states
# of twelve units of each untrained network, minus their states without the 1. While the
# rest of the input is zero, the orthogonal weights of the plain cell pass the pulse on.
# Large inputs would end this, because they drive the units into the flat ends of tanh.
# The gates of a GRU start half open: half of the state is new at each step. The forget
# gates of an LSTM start open, with a bias of 1 for short sequences and, from 100 steps
# on, with memories of all lengths (chrono). In a reservoir, the leak rate sets the
# pace.
N_STEPS, PULSE = 120, 10
quiet = np.zeros((N_STEPS, 1))
pulse = quiet.copy()
pulse[PULSE] = 1.0


def network_response(regressor, n_fit):
    """Return the changes that a pulse makes in the states of an untrained network."""
    sequences = np.random.default_rng(0).normal(size=(20, n_fit, 1))
    regressor.set_params(linear_skip=None, max_epochs=0, random_state=0)
    rnn = regressor.fit(sequences, sequences[:, -1, 0]).module_.rnn
    with torch.no_grad():
        x = torch.tensor(np.stack([pulse, quiet]), dtype=torch.float32)
        states = rnn(x)[0].numpy()
    return states[0] - states[1]


def reservoir_response(transformer):
    """Return the changes that a pulse makes in the states of a reservoir."""
    transformer.set_params(n_reservoir=100, input_scaling=1.0, random_state=0)
    states = transformer.fit_transform(pulse)
    return states - transformer.fit_transform(quiet)


# Below 100 steps forget gates start with a bias of 1, from 100 on as in chrono.
RESPONSES = {
    "RNN": network_response(RNNRegressor(), 99),
    "GRU": network_response(GRURegressor(), 99),
    "LSTM, forget bias 1": network_response(LSTMRegressor(), 99),
    "LSTM, chrono": network_response(LSTMRegressor(), 120),
    "reservoir, leak rate 1": reservoir_response(ReservoirTransformer()),
    "reservoir, leak rate 0.2": reservoir_response(ReservoirTransformer(leak_rate=0.2)),
}
figure, axes = plt.subplots(
    2, 3, figsize=(10, 5), sharex=True, layout="constrained", facecolor="white"
)
print("Part of its largest size that the response has left")
print(f"\n{'':26}{'10 steps':>10}{'50 steps':>10}{'100 steps':>11} later")
for axis, (name, response) in zip(axes.flat, RESPONSES.items(), strict=True):
    color = GREEN if "reservoir" in name else ORANGE if "LSTM" in name else BLUE
    axis.plot(response[:, :12], color=color, lw=0.9, alpha=0.8)
    axis.axvline(PULSE, color=GREY, lw=0.7, ls=":")
    axis.set_title(name, loc="left", fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)
    size = np.sqrt((response**2).mean(axis=1))
    left = [size[PULSE + later] / size.max() for later in (10, 50, 100)]
    print(f"{name:26}{left[0]:10.1e}{left[1]:10.1e}{left[2]:11.1e}")
for axis in axes[1]:
    axis.set_xlabel("step")
for axis in axes[:, 0]:
    axis.set_ylabel("change of a unit")
plt.show()
