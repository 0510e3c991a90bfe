import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_rnn.datasets import make_adding_problem, make_mso, make_narma

# -------------------------------------------------------------------------------- NARMA


def narma_by_its_equation(u, order):
    """One row after the other, as the docstring has it; 0 before the first."""
    y = np.zeros(len(u))
    for t in range(len(u)):
        past = y[max(0, t - order) : t]
        last = past[-1] if t else 0.0
        late = u[t - order + 1] if t >= order - 1 else 0.0
        total = 0.3 * last + 0.05 * last * past.sum() + 1.5 * late * u[t]
        y[t] = total + 0.1 if order == 10 else np.tanh(total + 0.01)
        if not y[t] < 1e9:
            break
    return y


@pytest.mark.parametrize("order", [10, 20])
@pytest.mark.parametrize("n_steps", [1, 9, 1000, 2500])
def test_narma_obeys_its_equation_at_every_row(order, n_steps):
    u, y = make_narma(n_steps, order=order, random_state=0)
    assert_allclose(y, narma_by_its_equation(u[:, 0], order), rtol=1e-10)


@pytest.mark.parametrize("order", [10, 20])
def test_the_input_of_narma_is_uniform_from_0_to_a_half(order):
    u, _ = make_narma(50_000, order=order, random_state=0)
    assert 0 <= u.min() < 0.001
    assert 0.499 < u.max() <= 0.5
    counts, _ = np.histogram(u, bins=10, range=(0, 0.5))
    assert_allclose(counts, 5000, rtol=0.05)


def test_what_would_make_narma_diverge_is_drawn_anew():
    n_steps, seed = 5000, 7
    drawn = np.random.RandomState(seed).uniform(0, 0.5, size=n_steps)
    assert narma_by_its_equation(drawn, 10).max() > 1e9
    u, y = make_narma(n_steps, random_state=seed)
    assert y.min() >= 0
    assert y.max() <= 1
    assert_allclose(y, narma_by_its_equation(u[:, 0], 10), rtol=1e-9)


def test_an_order_of_narma_that_is_not_in_use_is_an_error():
    for wrong in (5, 30, 0, -10):
        with pytest.raises(ValueError, match=f"^order must be 10 or 20, got {wrong}"):
            make_narma(order=wrong)
    for wrong in (10.0, "10", None, True):
        with pytest.raises(TypeError, match=f"^order must be 10 or 20, got {wrong!r}"):
            make_narma(order=wrong)


# ---------------------------------------------------------------------------------- MSO

FREQUENCIES = [0.2, 0.311, 0.42, 0.51, 0.63, 0.74, 0.85, 0.97]


@pytest.mark.parametrize("random_state", [None, 0])
@pytest.mark.parametrize("n_sines", range(1, 9))
def test_mso_obeys_the_linear_recurrence_of_its_frequencies(n_sines, random_state):
    x = make_mso(500, n_sines=n_sines, random_state=random_state)
    filter_ = np.ones(1)
    for frequency in FREQUENCIES[:n_sines]:
        filter_ = np.convolve(filter_, [1, -2 * np.cos(frequency), 1])
    left = np.convolve(x, filter_, mode="valid")
    assert_allclose(left, 0, atol=1e-12 * np.abs(filter_).sum())
    # It takes all of them.
    assert np.abs(np.convolve(x, filter_[:-2], mode="valid")).max() > 0.01


def test_mso_starts_at_time_0_with_all_phases_0():
    t = np.arange(200)
    assert_allclose(make_mso(200, n_sines=1), np.sin(0.2 * t), atol=1e-12)
    twin = sum(np.sin(frequency * t) for frequency in FREQUENCIES)
    assert_allclose(make_mso(200), twin, atol=1e-12)


def test_each_sine_of_mso_has_amplitude_1_whatever_the_phases():
    x = make_mso(100_000, random_state=3)
    t = np.arange(len(x))
    for frequency in FREQUENCIES:
        amplitude = 2 * np.abs(np.mean(x * np.exp(-1j * frequency * t)))
        assert amplitude == pytest.approx(1, abs=0.01)


# ------------------------------------------------------------------- the adding problem


@pytest.mark.parametrize("n_steps", [2, 3, 7, 50])
def test_the_adding_problem_marks_one_number_in_each_half(n_steps):
    X, _ = make_adding_problem(2000, n_steps, random_state=0)
    marks, half = X[:, :, 1], n_steps // 2
    assert np.isin(marks, [0, 1]).all()
    assert (marks[:, :half].sum(axis=1) == 1).all()
    assert (marks[:, half:].sum(axis=1) == 1).all()
    assert marks.any(axis=0).all()  # every step has its turn


def test_the_target_of_the_adding_problem_is_the_sum_of_the_marked_numbers():
    X, y = make_adding_problem(200, 31, random_state=0)
    for (numbers, marks), total in zip(X.transpose(0, 2, 1), y, strict=True):
        first, second = np.flatnonzero(marks)
        assert total == numbers[first] + numbers[second]


def test_the_adding_problem_has_the_documented_error_of_the_mean():
    X, y = make_adding_problem(100_000, 2, random_state=0)
    assert 0 <= X.min() < X.max() <= 1
    assert y.mean() == pytest.approx(1, abs=0.01)
    assert y.var() == pytest.approx(1 / 6, rel=0.02)
