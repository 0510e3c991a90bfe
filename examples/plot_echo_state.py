"""
Chaos in closed loop: Lorenz and Mackey-Glass
=============================================

An echo state network learns to predict the next step of a series, and then runs on its
own predictions. In a chaotic series every error grows exponentially, so every forecast
fails in the end. This example measures how long a forecast lasts, and how the network
behaves afterwards, on the Lorenz system and the Mackey-Glass series. ``ESNRegressorCV``
makes all choices on the training part, at its defaults; the test part is only forecast.
"""

# %%
# The data: a part to train on, and many starts in the test part
# --------------------------------------------------------------
# From each start in the test part, the true series drives the network for a while, so
# that its state follows the series. Then the network runs on its own predictions.

# sphinx_gallery_thumbnail_path = 'figures/drawn/lorenz-light.svg'
import sys

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from sklearn_rnn import ESNRegressor, ESNRegressorCV
from sklearn_rnn.datasets import make_lorenz, make_mackey_glass

N_STARTS, N_DRIVE, N_FREE = 100, 500, 1000  # starts; steps driven, and left alone
STEP = 0.02  # time units in a step of Lorenz


def split(series, n_train, n_apart):
    """Split a series, (n_steps, n_features), with starts `n_apart` steps apart.

    Returns the part to train on (its last row is a target only), the rows that drive
    the network and the rows that follow them, both (n_starts, n_steps, n_features).
    """
    starts = n_train + n_apart * np.arange(N_STARTS)[:, np.newaxis]
    drives = series[starts + np.arange(N_DRIVE)]
    return series[:n_train], drives, series[starts + N_DRIVE + np.arange(N_FREE)]


lorenz = make_lorenz(5001 + 400 * N_STARTS + 1500, step=STEP, random_state=0)
mackey_glass = make_mackey_glass(3001 + 100 * N_STARTS + 1500, random_state=0)[:, None]
parts = {
    "Lorenz": split(lorenz, n_train=5001, n_apart=400),
    "Mackey-Glass": split(mackey_glass, n_train=3001, n_apart=100),
}

# %%
# Train one step ahead, then run freely
# -------------------------------------
# The baselines are the last value, the mean of the training part, and the same network
# without its nonlinearity: a linear model with a long memory.
NETWORK, LINEAR = "echo state network", "the same, linear"
LAST, MEAN = "last value", "mean"

networks, forecasts = {}, {}
for name, (train, drives, _) in parts.items():
    X, y = train[np.newaxis, :-1], train[np.newaxis, 1:]  # y: the next step
    esn = ESNRegressorCV(return_sequences=True, washout=100, random_state=0)
    networks[name] = esn.fit(X, y)
    forecasts[name] = {NETWORK: esn.free_run(drives, N_FREE)}
    linear = ESNRegressorCV(
        nonlinearity="identity", return_sequences=True, washout=100, random_state=0
    ).fit(X, y)
    forecasts[name][LINEAR] = linear.free_run(drives, N_FREE)
    forecasts[name][LAST] = drives[:, -1:]
    forecasts[name][MEAN] = train.mean(axis=0)


def errors(name, forecast):
    """Measure how far a forecast is off at each step, (n_starts, n_steps).

    The unit is the root mean square distance of the training part from its mean: for a
    single feature, its standard deviation. The mean as a forecast is off by about 1.
    """
    train, _, truth = parts[name]
    return np.linalg.norm(forecast - truth, axis=2) / np.sqrt(train.var(axis=0).sum())


missed = {
    name: {model: errors(name, forecast) for model, forecast in of_task.items()}
    for name, of_task in forecasts.items()
}

# %%
# How long does it last?
# ----------------------
# For Lorenz, the table gives the time until the error exceeds 0.4. Its unit is the
# Lyapunov time, in which a small error grows by a factor of e. For Mackey-Glass, the
# table gives the error 84 steps ahead.
LYAPUNOV_TIME = 1 / 0.9056  # of Lorenz, from its largest exponent, in time units
THRESHOLD, AHEAD = 0.4, 84
times = np.arange(1, N_FREE + 1) * STEP / LYAPUNOV_TIME  # of each step of Lorenz


def valid_times(error):
    """Count the Lyapunov times within the threshold, (n_starts,)."""
    is_lost = np.maximum.accumulate(error > THRESHOLD, axis=1)
    return np.sum(~is_lost, axis=1) * times[0]


valid = {model: valid_times(error) for model, error in missed["Lorenz"].items()}
quartiles = ["lower quartile", "median", "upper quartile"]
of_lorenz = pd.DataFrame(
    {model: np.quantile(values, [0.25, 0.5, 0.75]) for model, values in valid.items()},
    index=quartiles,
).T
ends = {model: error[:, AHEAD - 1] for model, error in missed["Mackey-Glass"].items()}
of_mackey_glass = pd.DataFrame(
    {
        model: [np.sqrt(np.mean(end**2)), *np.quantile(end, [0.25, 0.5, 0.75])]
        for model, end in ends.items()
    },
    index=["NRMSE", *quartiles],
).T

print(f"Lorenz: valid prediction time [Lyapunov times], {N_STARTS} starts")
print(
    f"(until the error exceeds {THRESHOLD} of the attractor's root mean square size)\n"
)
print(of_lorenz.round(2).to_string())
print(f"\nMackey-Glass: error {AHEAD} steps ahead, {N_STARTS} starts")
print("(over the standard deviation of the series; quartiles are of single starts)\n")
print(of_mackey_glass.map("{:.5f}".format).to_string())

# %%
# The chosen settings
# -------------------
# A series without noise needs no smoothing: the weakest ridge is the best. With noise,
# a stronger ridge is better. So Mackey-Glass is fitted once more, with 1 % of noise on
# each step. Generalised cross-validation (GCV) chooses the strength of the ridge on the
# training part. Does this strength predict the test part best?
random = np.random.default_rng(0)
noise = 0.01 * mackey_glass.std() * random.standard_normal(mackey_glass.shape)
noisy = (mackey_glass + noise)[np.newaxis]
X, y = noisy[:, :3000], noisy[:, 1:3001]
X_test, y_test = noisy[:, 3001:8001], noisy[:, 3002:8002]
esn = ESNRegressorCV(return_sequences=True, washout=100, random_state=0).fit(X, y)
networks["Mackey-Glass, 1 % noise"] = esn

settings = ["spectral_radius", "leak_rate", "input_scaling", "alpha"]
chosen = pd.DataFrame(
    {
        name: [getattr(network, f"{setting}_") for setting in settings]
        for name, network in networks.items()
    },
    index=settings,
    dtype=object,
).T
print(
    f"\nChosen out of {len(esn.candidates_)} settings, {len(esn.alphas)} strengths:\n"
)
print(chosen.map("{:g}".format).to_string())

one = ESNRegressor(
    **chosen.loc["Mackey-Glass, 1 % noise", settings[:3]],
    return_sequences=True,
    washout=100,
    random_state=0,
)
test_errors = []
for alpha in esn.alphas:
    y_pred = one.set_params(alphas=alpha).fit(X, y).predict(X_test)
    squares = (y_pred - y_test)[:, one.washout :] ** 2
    test_errors.append(squares.mean() / y.var())
best = esn.alphas[int(np.argmin(test_errors))]
print(
    f"\nWith noise GCV chooses alpha = {esn.alpha_:g}; "
    f"the test part is predicted best with {best:g}."
)

# %%
# Does the climate stay right?
# ----------------------------
# After the forecast has failed, the network may be elsewhere on the attractor, or far
# from it. Longer free runs answer this. Their first part, in which the forecast may
# hold, is left out; the rest is compared with as many true series from other starts.
_, drives, truth = parts["Lorenz"]
n_runs, n_steps = 50, 4000
free = networks["Lorenz"].free_run(drives[:: N_STARTS // n_runs], N_FREE + n_steps)
free = free[:, N_FREE:]
true = np.stack(
    [make_lorenz(n_steps, step=STEP, random_state=1 + run) for run in range(n_runs)]
)  # both (n_runs, n_steps, 3)


def statistics(runs):
    """Compute mean and standard deviation of each feature of each run."""
    of_runs = {}
    for k, feature in enumerate("xyz"):
        of_runs[f"mean of {feature}"] = runs[:, :, k].mean(axis=1)
        of_runs[f"sd of {feature}"] = runs[:, :, k].std(axis=1)
    return pd.DataFrame(of_runs)


of_true, of_free = statistics(true), statistics(free)
climate = pd.DataFrame(
    {
        "true": of_true.mean(),
        "free run": of_free.mean(),
        "difference": of_free.mean() - of_true.mean(),
        "its standard error": np.hypot(of_free.sem(), of_true.sem()),
    }
)
print(
    f"\nLorenz after the forecast is lost: means over {n_runs} runs "
    f"of {n_steps * times[0]:.0f} Lyapunov times\n"
)
print(climate.round(3).to_string())


def maxima(run):
    """Find the successive maxima of z, from the parabola through three steps each."""
    z = run[:, 2]
    left, middle, right = z[:-2], z[1:-1], z[2:]
    at = (middle > left) & (middle >= right)
    left, middle, right = left[at], middle[at], right[at]
    return middle - (right - left) ** 2 / (8 * (left + right - 2 * middle))


# %%
# The pictures of Lorenz
# ----------------------
# Lorenz found in 1963 that each maximum of z nearly determines the next, by a law with
# a sharp peak. The network should follow the same law.
INK, BLUE, ORANGE, GREY = "#22262b", "#2f6db3", "#e07b27", "#9aa3ad"
PALE = "#c9cfd6"
plt.rcParams.update(
    {
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "font.size": 10,
        "legend.frameon": False,
    }
)
figure = plt.figure(figsize=(11, 13.6), layout="constrained")
rooms = figure.subfigures(4, 1, height_ratios=[1.15, 1, 1, 1], hspace=0.04)

attractors, coordinates = rooms[0].subfigures(1, 2, width_ratios=[1.15, 1])
axes = attractors.subplots(1, 2, sharex=True, sharey=True)
axes[0].plot(true[0, :, 0], true[0, :, 2], color=INK, lw=0.4)
axes[0].set(title="Lorenz: the true attractor", xlabel="x", ylabel="z")
axes[1].plot(free[0, :, 0], free[0, :, 2], color=ORANGE, lw=0.4)
axes[1].set(title="and the network's, on its own", xlabel="x")

typical = int(np.argsort(valid[NETWORK])[N_STARTS // 2])
axes = coordinates.subplots(3, 1, sharex=True)
for k, (axis, feature) in enumerate(zip(axes, "xyz", strict=True)):
    predicted = forecasts["Lorenz"][NETWORK][typical, :, k]
    axis.plot(times, truth[typical, :, k], color=INK, lw=1.3, label="true")
    axis.plot(times, predicted, color=ORANGE, lw=1.2, ls="--", label="predicted")
    axis.axvline(valid[NETWORK][typical], color=GREY, lw=1, ls=":")
    axis.set_ylabel(feature, rotation=0, va="center", labelpad=8)
coordinates.align_ylabels(axes)
axes[0].set_title("A forecast of median length")
above = {"loc": "lower right", "ncols": 2, "borderaxespad": 0.2, "columnspacing": 1}
above |= {"handlelength": 1.6, "fontsize": 9}
axes[0].legend(bbox_to_anchor=(1, 1), **above)
axes[-1].set(xlabel="time since the last true value [Lyapunov times]")
axes[-1].set(xlim=(0, times[-1]), xticks=np.arange(0, times[-1], 2))


def plot_growth(axis, horizon, error):
    """Draw the median and quartiles of the errors of all starts."""
    low, median, high = np.quantile(error, [0.25, 0.5, 0.75], axis=0)
    axis.fill_between(
        horizon, low, high, color=ORANGE, alpha=0.25, lw=0, label="quartiles"
    )
    axis.semilogy(horizon, median, color=ORANGE, lw=1.6, label="median")
    axis.set(title=f"Error growth, {N_STARTS} starts", xlim=(0, horizon[-1]))


growth, cusp = rooms[1].subplots(1, 2, width_ratios=[1.6, 1])
error = missed["Lorenz"][NETWORK]
plot_growth(growth, times, error)
quarter = len(times) // 4
line = 5 * np.median(error[:, quarter]) * np.exp(times - times[quarter])
is_small = line < 1
label = "slope of the Lyapunov exponent"
growth.plot(times[is_small], line[is_small], color=BLUE, lw=1.2, ls="--", label=label)
label = f"lost: {THRESHOLD}"
growth.axhline(THRESHOLD, color=GREY, lw=1, ls=":", label=label)
growth.set(xlabel="time since the last true value [Lyapunov times]")
growth.set(ylabel="error / size of the attractor", xticks=np.arange(0, times[-1], 2))
growth.legend(loc="lower right")

for runs, color, size, label in (
    (true, PALE, 9, "true"),
    (free, ORANGE, 3, "network"),
):
    peaks = [maxima(run) for run in runs]
    now = np.concatenate([of_run[:-1] for of_run in peaks])
    following = np.concatenate([of_run[1:] for of_run in peaks])
    cusp.plot(now, following, ".", color=color, ms=size, mew=0, label=label)
cusp.set(xlabel="maximum of z", ylabel="next maximum")
cusp.set_title("Each maximum of z determines the next")
cusp.legend(markerscale=2)

# %%
# The pictures of Mackey-Glass, and of the choices
# ------------------------------------------------
series, growth = rooms[2].subplots(1, 2, width_ratios=[1.6, 1])
truth = parts["Mackey-Glass"][-1]
steps = np.arange(1, N_FREE + 1)
typical = int(np.argsort(ends[NETWORK])[N_STARTS // 2])
predicted = forecasts["Mackey-Glass"][NETWORK][typical]
series.plot(steps, truth[typical], color=INK, lw=1.3, label="true")
series.plot(steps, predicted, color=ORANGE, lw=1.2, ls="--", label="predicted")
series.set(xlabel="steps since the last true value", ylabel="x", xlim=(0, N_FREE))
series.set_title("Mackey-Glass: a forecast of median error")
series.legend(bbox_to_anchor=(1, 1), **above)

plot_growth(growth, steps, missed["Mackey-Glass"][NETWORK])
growth.set(xlabel="steps since the last true value")
growth.set(ylabel="error / standard deviation")
growth.legend(loc="lower right")
for axis in (series, growth):
    axis.axvline(AHEAD, color=GREY, lw=1, ls=":")
    axis.annotate(
        f"{AHEAD} steps",
        (AHEAD, 1),
        (3, -2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        color=GREY,
    )

*candidates, clean, with_noise = rooms[3].subplots(1, 4)
for axis, name in zip(candidates, parts, strict=True):
    network = networks[name]
    tried = pd.DataFrame(network.candidates_).assign(score=network.candidate_scores_)
    for (radius, leak), group in tried.groupby(["spectral_radius", "leak_rate"]):
        axis.loglog(
            group["input_scaling"],
            group["score"],
            color=BLUE if leak < 1 else ORANGE,
            ls="--" if radius < 1 else "-",
            marker=".",
            lw=1.1,
            label=f"{radius:g}, {leak:g}",
        )
    best = tried.loc[tried["score"].idxmin()]
    axis.plot(best["input_scaling"], best["score"], "o", mfc="none", mec=INK, ms=10)
    scalings = tried["input_scaling"].unique()
    axis.set_xticks(scalings, [f"{scaling:g}" for scaling in scalings])
    axis.minorticks_off()
    axis.set(title=f"Setting: {name}", xlabel="input scaling")
candidates[0].set(ylabel="GCV score")
candidates[1].legend(title="radius, leak rate", fontsize=8, title_fontsize=8)

for name, color in (("Lorenz", BLUE), ("Mackey-Glass", ORANGE)):
    network = networks[name]
    clean.loglog(network.alphas, network.gcv_scores_, color=color, lw=1.4, label=name)
    at = int(np.argmin(network.gcv_scores_))
    clean.plot(network.alphas[at], network.gcv_scores_[at], "o", color=color, ms=6)
clean.set(title="Strength: no noise", xlabel="alpha")
clean.legend(loc="lower right", fontsize=8)

scores, on_test = 1e4 * esn.gcv_scores_, 1e4 * np.array(test_errors)
at = int(np.argmin(scores))
with_noise.semilogx(esn.alphas, scores, color=ORANGE, lw=1.4, label="GCV score")
with_noise.plot(esn.alphas[at], scores[at], "o", color=ORANGE, ms=6)
with_noise.plot(esn.alphas, on_test, "x", color=INK, ms=4, label="test part")
with_noise.set(title="Strength: 1 % noise", xlabel="alpha", xlim=clean.get_xlim())
with_noise.set(ylabel="in units of $10^{-4}$", ylim=(0.9 * scores[at], 3 * scores[at]))
with_noise.legend(loc="upper left", fontsize=8)

# %%
# Run as a script, this file saves its figure.
if "sphinx_gallery" not in sys.modules:
    figure.savefig("echo_state.png", dpi=130)
    print("\nFigure written to echo_state.png")
