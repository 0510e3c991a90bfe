"""Echo state networks on noisy series, beside much simpler models.

A network of 500 units, with its defaults except for ``return_sequences`` and a washout
of 50 steps, is trained to predict the next step on the first part of a series, and
tested on the rest. AAPL's closes are cut to windows of 10 or 24 steps, with the next
close as the target. The figure is the root mean square error on the test part over that
of the best of these models: the mean, the last value, and linear models on 1, 2 and 10
lags. It is averaged over the seeds. Generated series have 100 to 1000 training steps;
series from packages train on their first three quarters, AAPL's closes on the three
folds of ``TimeSeriesSplit(3)``.
"""

import numpy as np
from joblib import Parallel, delayed
from sklearn.linear_model import LinearRegression
from sktime.datasets import load_airline, load_lynx
from statsmodels.datasets import co2, sunspots

from benchmarks._harness import one_thread, table
from sklearn_rnn import ESNRegressor, ESNRegressorCV, make_windows
from sklearn_rnn.datasets import load_aapl, make_lorenz, make_mackey_glass

__all__ = ["TASKS", "report", "score"]

_ESTIMATORS = {"ESNRegressor": ESNRegressor, "ESNRegressorCV": ESNRegressorCV}
_N_TEST, _LAGS, _WASHOUT = 500, (1, 2, 10), 50


def _autoregression(weights):
    def make(n_steps, generator):
        noise, y = generator.normal(size=n_steps + 200), np.zeros(n_steps + 200)
        for t in range(len(weights), len(y)):
            y[t] = noise[t] + sum(w * y[t - 1 - k] for k, w in enumerate(weights))
        return y[200:]

    return make


def _noisy(make, level):
    def make_noisy(n_steps, generator):
        series = make(n_steps, int(generator.integers(2**31)))
        noise = generator.normal(size=n_steps)
        return (series - series.mean()) / series.std() + level * noise

    return make_noisy


def _mackey_glass(n_steps, seed):
    return make_mackey_glass(n_steps, random_state=seed)


def _lorenz(n_steps, seed):
    return make_lorenz(n_steps, step=0.1, random_state=seed)[:, 0]


def _henon(n_steps, seed):
    x, y, values = *np.random.default_rng(seed).uniform(-0.1, 0.1, size=2), []
    for _ in range(n_steps + 100):
        x, y = 1 - 1.4 * x * x + y, 0.3 * x
        values.append(x)
    return np.array(values[100:])


def _season(n_steps, generator):
    wave = np.sin(2 * np.pi * (np.arange(n_steps) / 12 + generator.uniform()))
    return 2 * wave + _autoregression((0.5,))(n_steps, generator)


def _counts(n_steps, generator):
    return generator.poisson(3.0, size=n_steps) * (
        generator.uniform(size=n_steps) < 0.3
    )


# By name: a maker of the series, the number of training steps, the bound on the figure.
TASKS = {
    "white noise, 100": (lambda n, g: g.normal(size=n), 100, 1.1),
    "white noise, 400": (lambda n, g: g.normal(size=n), 400, 1.1),
    "white noise, 1000": (lambda n, g: g.normal(size=n), 1000, 1.1),
    "heavy tails, 300": (lambda n, g: g.standard_t(3, size=n), 300, 1.1),
    "counts, 300": (_counts, 300, 1.1),
    "AR(1) .5, 200": (_autoregression((0.5,)), 200, 1.1),
    "AR(1) .9, 200": (_autoregression((0.9,)), 200, 1.2),
    "AR(1) .9, 1000": (_autoregression((0.9,)), 1000, 1.1),
    "AR(1) -.7, 400": (_autoregression((-0.7,)), 400, 1.1),
    "AR(2), 300": (_autoregression((1.5, -0.8)), 300, 1.1),
    "AR(2), 400": (_autoregression((1.5, -0.8)), 400, 1.1),
    "AR(2), 1000": (_autoregression((1.5, -0.8)), 1000, 1.1),
    "season, 300": (_season, 300, 1.1),
    "Mackey-Glass and noise .1, 400": (_noisy(_mackey_glass, 0.1), 400, 1.1),
    "Mackey-Glass and noise .5, 400": (_noisy(_mackey_glass, 0.5), 400, 1.1),
    "Lorenz and noise .1, 1000": (_noisy(_lorenz, 0.1), 1000, 1.1),
    "Henon and noise .1, 400": (_noisy(_henon, 0.1), 400, 0.8),
    "Henon and noise .5, 400": (_noisy(_henon, 0.5), 400, 1.1),
    "Henon, 400": (_noisy(_henon, 0.0), 400, 0.1),
    "airline": (lambda: load_airline().to_numpy(float), None, 1.5),
    "lynx": (lambda: np.log(load_lynx().to_numpy(float)), None, 1.2),
    "sunspots": (
        lambda: sunspots.load_pandas().data["SUNACTIVITY"].to_numpy(), None, 1.2,
    ),
    "co2": (
        lambda: co2.load_pandas().data["co2"].interpolate().to_numpy(), None, 1.5,
    ),
    **{
        f"AAPL, windows of {n}, fold {fold}": (n, fold, bound)
        for n, fold, bound in (
            (10, 1, 1.3), (10, 2, 1.5), (10, 3, 5.0),
            (24, 1, 1.3), (24, 2, 2.0), (24, 3, 5.0),
        )
    },
}  # fmt: skip


def _root_mean_square(values):
    return float(np.sqrt(np.mean(np.square(values))))


def _best_of_simple(series, n_train):
    """Return the least error of simple models on ``series[n_train + 1:]``."""
    truth, most = series[n_train + 1 :], max(_LAGS)
    rows = np.lib.stride_tricks.sliding_window_view(series[:-1], most)[:, ::-1]
    targets, at = series[most:], n_train + 1 - most
    predictions = [series[: n_train + 1].mean(), series[n_train:-1]]
    for n in _LAGS:
        linear = LinearRegression().fit(rows[:at, :n], targets[:at])
        predictions.append(linear.predict(rows[at:, :n]))
    return min(_root_mean_square(of_one - truth) for of_one in predictions)


def _follow(Network, series, n_train, seed):
    X, y = series[np.newaxis, :-1, np.newaxis], series[np.newaxis, 1:]
    esn = Network(return_sequences=True, washout=_WASHOUT, random_state=seed)
    esn.fit(X[:, :n_train], y[:, :n_train])
    return esn.predict(X)[0, n_train:]


def score(name, estimator, seed):
    """Return the figure of an estimator on a task with a seed."""
    make, where, _ = TASKS[name]
    Network = _ESTIMATORS[estimator]
    if isinstance(make, int):
        closes = load_aapl()["Close"].to_numpy()
        X, y = make_windows(closes, make)
        size = len(X) // 4  # the parts of TimeSeriesSplit(3); the first is longer
        at = len(X) - (4 - where) * size
        esn = Network(random_state=seed).fit(X[:at], y[:at])
        predictions = esn.predict(X[at : at + size])
        series, n_train = closes[: at + size + make], at + make - 1
    else:
        generator = np.random.default_rng([seed, len(name)])
        if where is None:
            series = make()
            n_train = len(series) * 3 // 4
        else:
            series, n_train = make(where + _N_TEST, generator), where
        predictions = _follow(Network, series, n_train, seed)
    ours = _root_mean_square(predictions - series[n_train + 1 :])
    return ours / _best_of_simple(series, n_train)


def _score_alone(*arguments):
    with one_thread():
        return score(*arguments)


def report(seeds, n_jobs):
    """Print the table, and return the number of missed bounds."""
    lines = [(name, estimator) for name in TASKS for estimator in _ESTIMATORS]
    todo = [(*line, seed) for line in lines for seed in seeds]
    figures = Parallel(n_jobs=n_jobs)(delayed(_score_alone)(*run) for run in todo)
    figures = np.reshape(figures, (len(lines), len(seeds)))
    cells, n_missed = [], 0
    for (name, estimator), of_one in zip(lines, figures, strict=True):
        bound = TASKS[name][2]
        is_missed = not of_one.mean() <= bound
        n_missed += is_missed
        spread = f"{of_one.min():.3f}-{of_one.max():.3f}"
        verdict = "MISSED" if is_missed else "ok"
        cells.append(
            (name, estimator, f"{of_one.mean():.3f}", spread, f"{bound:g}", verdict)
        )
    header = ("series", "estimator", "error / best simple", "spread", "must", "verdict")
    print(f"\n{table(header, cells, '<<>>><')}\n")
    print(f"{n_missed} of {len(lines)} bounds on noise missed.")
    return n_missed
