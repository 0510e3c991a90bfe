"""Few samples: leaving out one sample at a time, in closed form."""

import numpy as np
import pytest
from recurrent_fits import CELLS

from sklearn_rnn import GRURegressor


def noise(n_samples, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_samples, 6, 1)), rng.normal(size=n_samples)


def logistic_map(n_samples, seed):
    """Windows of 4 values, and the next value: a quadratic function of the last."""
    rng = np.random.default_rng(seed)
    series = [rng.uniform(0.2, 0.8)]
    while len(series) < n_samples + 4:
        series.append(3.9 * series[-1] * (1 - series[-1]))
    windows = np.lib.stride_tricks.sliding_window_view(series, 5)
    return windows[:, :4, np.newaxis], windows[:, 4]


@pytest.mark.parametrize("seed", range(5))
def test_of_noise_no_network_learns(seed):
    X, y = noise(60, seed)
    model = GRURegressor(random_state=0).fit(X, y)
    assert model.fit_report_.chosen_n_steps == 0
    assert model.n_iter_ == 0
    # No farther from the mean than the targets are by chance
    assert np.abs(model.predict(X) - y.mean()).mean() < 0.5 * y.std()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("n_samples", [40, 99])
def test_of_a_map_that_bends_a_network_learns(cell, n_samples):
    X, y = logistic_map(n_samples, 0)
    model = cell(random_state=0).fit(X, y)
    assert model.fit_report_.chosen_n_steps == 300
    X_new, y_new = logistic_map(500, 1)
    ridge = cell(max_epochs=0).fit(X, y)
    missed, missed_by_ridge = (
        ((one.predict(X_new) - y_new) ** 2).mean() for one in (model, ridge)
    )
    assert missed < 0.3 * missed_by_ridge


@pytest.mark.parametrize("skip", ["auto", "ridge", "trainable", None])
@pytest.mark.parametrize("make", [noise, logistic_map])
def test_the_choice_does_not_depend_on_the_order_of_samples(make, skip):
    X, y = make(70, 3)
    model = GRURegressor(linear_skip=skip, random_state=0)
    order = np.random.default_rng(0).permutation(len(y))
    report, shuffled = (
        model.fit(X[rows], y[rows]).fit_report_ for rows in (slice(None), order)
    )
    assert shuffled.models == report.models
    assert shuffled.chosen == report.chosen
    np.testing.assert_allclose(shuffled.errors, report.errors, rtol=1e-6)


def test_errors_are_those_of_samples_left_out():
    X, y = noise(30, 0)
    X[:, :, 0] += np.arange(6)
    y = y + X[:, -1, 0]
    report = GRURegressor(random_state=0).fit(X, y).fit_report_
    mean, ridge = report.errors[:2]
    others = (y.sum() - y) / (len(y) - 1)
    assert mean == pytest.approx(np.sqrt(((y - others) ** 2).mean()))
    # Refits choose their strengths anew, which is a small difference
    missed = [
        y[i] - GRURegressor(max_epochs=0).fit(*left_out(X, y, i)).predict(X[i : i + 1])
        for i in range(len(y))
    ]
    assert ridge == pytest.approx(np.sqrt(np.mean(np.square(missed))), rel=0.1)


def left_out(X, y, row):
    return np.delete(X, row, axis=0), np.delete(y, row)


def test_the_naive_forecast_is_the_last_value():
    X, y = noise(50, 1)
    X, y = np.cumsum(X, axis=1), np.cumsum(X, axis=1)[:, -1, 0] + y
    report = GRURegressor(target_feature=0, random_state=0).fit(X, y).fit_report_
    assert report.models[0] == "naive"
    expected = np.sqrt(((y - X[:, -1, 0]) ** 2).mean())
    assert report.errors[0] == pytest.approx(expected)


@pytest.mark.parametrize("n_samples", [2, 3, 5])
def test_hardly_any_samples_are_enough(n_samples):
    X, y = noise(n_samples, 0)
    model = GRURegressor(random_state=0).fit(X, y)
    assert np.isfinite(model.predict(X)).all()
    assert model.fit_report_.judged_on.startswith(f"{n_samples} samples")


def test_several_outputs_have_one_choice():
    X, y = logistic_map(80, 0)
    report = GRURegressor(random_state=0).fit(X, np.column_stack([y, 100 * y]))
    assert report.fit_report_.chosen_n_steps == 300
