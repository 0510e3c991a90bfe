"""Series with noise: a readout is never worse than much simpler models by much."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LinearRegression

from sklearn_rnn import ESNRegressor, ESNRegressorCV, make_windows
from sklearn_rnn._ridge.moments import CentredRows, Moments
from sklearn_rnn.datasets import make_mackey_glass

N_LAGS = 10


def autoregression(n_steps, generator, *weights):
    noise, y = generator.normal(size=n_steps + 200), np.zeros(n_steps + 200)
    for t in range(len(weights), len(y)):
        y[t] = noise[t] + sum(w * y[t - 1 - k] for k, w in enumerate(weights))
    return y[200:]


def henon(n_steps, generator):
    x, y, values = *generator.uniform(-0.1, 0.1, size=2), []
    for _ in range(n_steps + 100):
        x, y = 1 - 1.4 * x * x + y, 0.3 * x
        values.append(x)
    return np.array(values[100:])


def logistic(n_steps, generator):
    x, values = generator.uniform(0.1, 0.9), []
    for _ in range(n_steps + 100):
        x = 3.9 * x * (1 - x)
        values.append(x)
    return np.array(values[100:])


def mackey_glass(n_steps, generator):
    return make_mackey_glass(n_steps, random_state=int(generator.integers(2**31)))


def with_noise(make, level):
    def make_noisy(n_steps, generator):
        series = make(n_steps, generator)
        noise = generator.normal(size=n_steps)
        return (series - series.mean()) / series.std() + level * noise

    return make_noisy


def season(n_steps, generator):
    wave = np.sin(2 * np.pi * (np.arange(n_steps) / 12 + generator.uniform()))
    return 2 * wave + autoregression(n_steps, generator, 0.5)


SERIES = {
    "white noise": lambda n, g: g.normal(size=n),
    "heavy tails": lambda n, g: g.standard_t(3, size=n),
    "changing noise": lambda n, g: (
        g.normal(size=n) * np.exp(autoregression(n, g, 0.9) / 3)
    ),
    "counts": lambda n, g: g.poisson(3.0, size=n) * (g.uniform(size=n) < 0.3),
    "AR(1), weak": lambda n, g: autoregression(n, g, 0.5),
    "AR(1), strong": lambda n, g: autoregression(n, g, 0.9),
    "AR(1), alternating": lambda n, g: autoregression(n, g, -0.7),
    "AR(2)": lambda n, g: autoregression(n, g, 1.5, -0.8),
    "season": season,
    "Mackey-Glass": with_noise(mackey_glass, 0.5),
    "Henon": with_noise(henon, 0.5),
}


def root_mean_square(values):
    return float(np.sqrt(np.mean(np.square(values))))


def lags(series):
    """Return rows of the last values, newest first, from the first whole row on."""
    windows = np.lib.stride_tricks.sliding_window_view(series[:-1], N_LAGS)
    return windows[:, ::-1]


def errors(predictions, series, n_train):
    """Return our error on the test part, and the least of simple models'.

    `predictions` are of the values from ``series[n_train + 1]`` on.
    """
    truth = series[n_train + 1 :]
    rows, targets = lags(series), series[N_LAGS:]
    at = n_train + 1 - N_LAGS
    plain = [series[: n_train + 1].mean(), series[n_train:-1]]
    for n in (1, 2, N_LAGS):
        linear = LinearRegression().fit(rows[:at, :n], targets[:at])
        plain.append(linear.predict(rows[at:, :n]))
    best = min(root_mean_square(of_one - truth) for of_one in plain)
    return root_mean_square(predictions - truth), best


def follow(esn, series, n_train):
    """Fit to the steps of a series' first part, and predict those of the rest."""
    X, y = series[np.newaxis, :-1, np.newaxis], series[np.newaxis, 1:]
    esn.fit(X[:, :n_train], y[:, :n_train])
    return esn.predict(X)[0, n_train:]


def read_windows(esn, series, n_train):
    """Fit to the windows of a series' first part, and predict those of the rest."""
    X, y = make_windows(series, N_LAGS)
    at = n_train + 1 - N_LAGS
    return esn.fit(X[:at], y[:at]).predict(X[at:])


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("Network", [ESNRegressor, ESNRegressorCV])
def test_noise_is_not_followed(Network, name):
    # 100 rows are fewer than columns, 400 more
    ratios = []
    for n_train in (100, 400):
        for seed in range(2):
            generator = np.random.default_rng([seed, n_train])
            series = SERIES[name](n_train + 300, generator)
            steps = Network(150, return_sequences=True, washout=30, random_state=seed)
            windows = Network(150, random_state=seed)
            for predictions in (
                follow(steps, series, n_train),
                read_windows(windows, series, n_train),
            ):
                ours, best = errors(predictions, series, n_train)
                ratios.append(ours / best)
    assert np.exp(np.log(ratios).mean()) < 1.15
    assert max(ratios) < 1.6


@pytest.mark.parametrize("n_train", [120, 250, 600])
def test_jumps_do_not_open_the_way_to_interpolation(n_train):
    generator = np.random.default_rng(0)
    series = np.cumsum(generator.normal(size=n_train + 200))
    series[n_train // 3 :] += 40.0
    series[2 * n_train // 3 :] -= 60.0
    for Network in (ESNRegressor, ESNRegressorCV):
        esn = Network(150, random_state=0)
        ours, best = errors(read_windows(esn, series, n_train), series, n_train)
        assert ours < 2.5 * best


@pytest.mark.parametrize("scoring", ["gcv", "free_run"])
def test_free_runs_on_noise_stay_within_the_series(scoring):
    series = autoregression(400, np.random.default_rng(0), 1.5, -0.8)
    X, y = series[np.newaxis, :-1, np.newaxis], series[np.newaxis, 1:]
    esn = ESNRegressorCV(
        150, return_sequences=True, washout=30, scoring=scoring, random_state=0
    )
    run = esn.fit(X, y).free_run(X, 100)[0]
    assert np.abs(run).max() < 2 * np.abs(series).max()


@pytest.mark.parametrize("n_train", [300, 2000])
def test_series_free_of_noise_are_followed_far_closer_than_by_a_line(n_train):
    for make in (henon, logistic):
        series = make(n_train + 300, np.random.default_rng(0))
        esn = ESNRegressorCV(150, return_sequences=True, washout=50, random_state=0)
        ours, best = errors(follow(esn, series, n_train), series, n_train)
        assert ours < 0.05 * best


# ------------------------------------------ limits to the choice of a strength


def noisy_windows(n_rows, n_jumps=2):
    """Return windows of a walk with jumps, and the values that follow them."""
    generator = np.random.default_rng(n_rows)
    series = np.cumsum(generator.normal(size=n_rows + 6))
    for at in generator.integers(6, n_rows, size=n_jumps):
        series[at:] += 30.0
    return make_windows(series, 6)


SMALL = {"n_reservoir": 20, "random_state": 0}  # 21 columns; rows are kept up to 84


@pytest.mark.parametrize("Network", [ESNRegressor, ESNRegressorCV])
@pytest.mark.parametrize("n_rows", [15, 25, 40, 100])
def test_a_weight_of_three_is_three_copies_at_any_number_of_rows(Network, n_rows):
    X, y = noisy_windows(n_rows)
    weights = np.where(np.arange(n_rows) % 5 == 0, 0, 3)
    weighted = Network(**SMALL).fit(X, y, weights)
    order = np.random.default_rng(0).permutation(weights.sum())
    copies = np.repeat(np.arange(n_rows), weights)[order]
    repeated = Network(**SMALL).fit(X[copies], y[copies])
    assert weighted.alpha_ == repeated.alpha_
    assert_allclose(weighted.gcv_scores_, repeated.gcv_scores_, rtol=1e-5)
    assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("Network", [ESNRegressor, ESNRegressorCV])
@pytest.mark.parametrize("n_rows", [15, 60, 100])
def test_the_order_of_rows_does_not_matter(Network, n_rows):
    X, y = noisy_windows(n_rows)
    order = np.random.default_rng(0).permutation(n_rows)
    straight = Network(**SMALL).fit(X, y)
    mixed = Network(**SMALL).fit(X[order], y[order])
    assert mixed.alpha_ == straight.alpha_
    assert_allclose(mixed.predict(X), straight.predict(X), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("cuts", [[10], [40], [10, 60], [30, 70, 100], [100]])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_rows_are_added_exactly_whether_they_are_few_or_many(cuts, is_weighted):
    X, y = noisy_windows(140)
    weights = np.random.default_rng(0).integers(1, 3, size=len(y)).astype(float)
    weights = weights if is_weighted else np.ones(len(y))
    options = SMALL | {"standardize": False}
    whole = ESNRegressor(**options).fit(X, y, weights)
    parts = ESNRegressor(**options)
    for rows in np.split(np.arange(len(y)), cuts):
        parts.partial_fit(X[rows], y[rows], weights[rows])
    assert parts.alpha_ == whole.alpha_
    assert_allclose(parts.gcv_scores_, whole.gcv_scores_, rtol=1e-5)
    assert_allclose(parts.predict(X), whole.predict(X), rtol=1e-6, atol=1e-6)


def test_rows_are_kept_where_they_are_few_and_moments_where_they_are_many():
    few, many = (
        ESNRegressor(**SMALL).fit(*noisy_windows(n_rows)) for n_rows in (84, 85)
    )
    assert isinstance(few._kept, CentredRows)
    assert not few._kept.is_compressed
    assert isinstance(many._kept, Moments)
