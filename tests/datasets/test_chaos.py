import re
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from sklearn_rnn.datasets import make_lorenz, make_mackey_glass

INTEGRATED = {
    make_lorenz: ["sigma", "rho", "beta", "step"],
    make_mackey_glass: ["tau", "beta", "gamma", "exponent", "step", "x0"],
}

# ------------------------------------------------------------------------ both systems


@pytest.mark.parametrize("make", [make_lorenz, make_mackey_glass])
def test_washed_out_rows_are_those_that_would_have_come_first(make):
    whole = make(150, washout=0, random_state=0)
    assert_allclose(make(50, washout=100, random_state=0), whole[100:], rtol=1e-12)


@pytest.mark.parametrize("make", [make_lorenz, make_mackey_glass])
def test_a_longer_step_takes_fewer_of_the_same_rows(make):
    every = make(101, step=0.05, substeps=2, washout=0, random_state=0)
    other = make(51, step=0.1, substeps=4, washout=0, random_state=0)
    assert_allclose(other, every[::2], rtol=1e-9)


@pytest.mark.parametrize("make", [make_lorenz, make_mackey_glass])
def test_numbers_of_numpy_are_as_good_as_pythons(make):
    made = make(np.int64(50), step=np.float32(0.25), substeps=np.int8(20), washout=0)
    assert made.dtype == np.float64
    assert len(made) == 50


# --------------------------------------------------------------------- Mackey and Glass


def mackey_glass_by_scipy(times, tau, x0=1.2, beta=0.2, gamma=0.1, exponent=10.0):
    """Solve for one delay after the other, the one before as a continuous function."""
    past, start, made = (lambda t: x0), x0, []
    for k in range(int(np.ceil(times[-1] / tau)) + 1):

        def slope(t, x, past=past):
            delayed = past(t - tau)
            return beta * delayed / (1 + delayed**exponent) - gamma * x

        span = (k * tau, (k + 1) * tau)
        solved = solve_ivp(
            slope,
            span,
            [start],
            rtol=1e-10,
            atol=1e-12,
            max_step=tau / 50,
            dense_output=True,
        )
        past, start = (lambda t, of=solved.sol: of(t)[0]), solved.y[0, -1]
        made += [past(t) for t in times[(span[0] <= times) & (times < span[1])]]
    return made


@pytest.mark.parametrize(
    ("tau", "step", "n_steps"),
    [(17.0, 1.0, 120), (30.0, 0.5, 200), (17.3, 0.7, 150), (0.35, 0.8, 10), (5, 7, 20)],
)
def test_mackey_glass_is_the_solution_that_scipy_finds(tau, step, n_steps):
    made = make_mackey_glass(n_steps, tau=tau, step=step, washout=0, substeps=20)
    twin = mackey_glass_by_scipy(np.arange(n_steps) * step, tau)
    assert_allclose(made, twin, rtol=1e-6)


@pytest.mark.parametrize("tau", [17.0, 16.9])
def test_mackey_glass_converges_with_the_fourth_order(tau):
    fine, *rows = (
        make_mackey_glass(100, tau=tau, washout=0, substeps=substeps)
        for substeps in (64, 1, 2, 4)
    )
    errors = [np.abs(coarse - fine).max() for coarse in rows]
    for error, half_the_step in pairwise(errors):
        assert error / half_the_step == pytest.approx(16, rel=0.2)


def test_mackey_glass_starts_from_x0():
    assert make_mackey_glass(1, x0=0.7, washout=0) == [0.7]


def test_mackey_glass_is_perturbed_by_a_tenth_at_the_most():
    starts = [
        make_mackey_glass(1, x0=0.5, washout=0, random_state=seed).item()
        for seed in range(100)
    ]
    assert 0.45 <= min(starts) < 0.46
    assert 0.54 < max(starts) < 0.55


def test_mackey_glass_at_a_short_delay_comes_to_rest():
    # beta / (1 + x^n) = gamma
    assert_allclose(make_mackey_glass(10, tau=2.0, step=10.0, substeps=50), 1.0)


@pytest.mark.parametrize("tau", [50.0, 1e10, 1e300])
def test_before_the_first_delay_is_over_the_decay_is_exponential(tau):
    # The delayed value is x0 all along, so that the production is constant.
    x = make_mackey_glass(40, tau=tau, washout=0)
    produced = 0.2 * 1.2 / (1 + 1.2**10)
    exact = produced / 0.1 + (1.2 - produced / 0.1) * np.exp(-0.1 * np.arange(40))
    np.testing.assert_allclose(x, exact, rtol=1e-9)


# ------------------------------------------------------------------------------- Lorenz


def lorenz_slope(_, state, sigma=10.0, rho=28.0, beta=8 / 3):
    x, y, z = state
    return [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]


@pytest.mark.parametrize("system", [{}, {"sigma": 16.0, "rho": 45.92, "beta": 4.0}])
def test_lorenz_is_the_solution_that_scipy_finds_from_the_same_row(system):
    rows = make_lorenz(101, substeps=20, random_state=0, **system)
    times = np.arange(101) * 0.02
    twin = solve_ivp(
        lambda t, state: lorenz_slope(t, state, **system),
        (0, times[-1]),
        rows[0],
        t_eval=times,
        rtol=1e-11,
        atol=1e-11,
    )
    assert_allclose(rows, twin.y.T, atol=1e-5)


def test_lorenz_converges_with_the_fourth_order():
    fine, *rows = (
        make_lorenz(51, step=0.02, washout=0, substeps=substeps, random_state=0)
        for substeps in (64, 2, 4, 8)
    )
    errors = [np.abs(coarse - fine).max() for coarse in rows]
    for error, half_the_step in pairwise(errors):
        assert error / half_the_step == pytest.approx(16, rel=0.2)


def test_lorenz_has_the_documented_largest_lyapunov_exponent():
    rows = make_lorenz(100_001, step=0.01, substeps=2, random_state=0)
    x, y, z = rows.T
    one, none = np.ones_like(x), np.zeros_like(x)
    jacobians = [
        [-10 * one, 10 * one, none],
        [28 - z, -one, -x],
        [y, x, -8 / 3 * one],
    ]
    J = np.array(jacobians).transpose(2, 0, 1)  # (n_rows, 3, 3)
    # A small deviation over two rows, by Runge-Kutta: start, middle and end are known.
    h = 0.02
    K1 = J[:-1:2]
    K2 = J[1::2] @ (np.eye(3) + h / 2 * K1)
    K3 = J[1::2] @ (np.eye(3) + h / 2 * K2)
    K4 = J[2::2] @ (np.eye(3) + h * K3)
    deviation, growth = np.ones(3), 0.0
    for step in np.eye(3) + h / 6 * (K1 + 2 * K2 + 2 * K3 + K4):
        deviation = step @ deviation
        size = np.linalg.norm(deviation)
        deviation /= size
        growth += np.log(size)
    assert growth / 1000 == pytest.approx(0.9056, rel=0.05)  # in 1000 time units


def test_lorenz_starts_within_the_documented_cube():
    starts = [make_lorenz(1, washout=0, random_state=seed)[0] for seed in range(200)]
    from_centre = np.array(starts) - [0, 0, 27]
    assert (np.abs(from_centre) <= 10).all()
    assert (np.ptp(from_centre, axis=0) > 19).all()


def test_lorenz_visits_both_wings_after_the_washout():
    x, y, z = make_lorenz(5000, random_state=0).T
    assert x.min() < -10 < 10 < x.max()
    assert 0 < z.min() < z.max() < 50
    # Means are those of the attractor: of dz/dt, and of dx/dt.
    assert (x * y).mean() == pytest.approx(8 / 3 * z.mean(), rel=0.02)
    assert x.mean() == pytest.approx(y.mean(), abs=0.1)


# ---------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("make", "name"), [(make, name) for make in INTEGRATED for name in INTEGRATED[make]]
)
def test_a_rate_or_a_time_that_is_not_positive_is_an_error(make, name):
    for wrong in (0, -1.5, np.nan, np.inf):
        sentence = f"{name} must be a positive, finite number, got {wrong}."
        with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
            make(**{name: wrong})
    for wrong in ("1", None, True, 1j):
        sentence = f"{name} must be a positive, finite number, got {wrong!r}."
        with pytest.raises(TypeError, match=f"^{re.escape(sentence)}$"):
            make(**{name: wrong})


@pytest.mark.parametrize(
    ("make", "system"),
    [
        (make_lorenz, {"step": 2.0, "substeps": 4}),
        (make_lorenz, {"rho": 1e300}),
        (make_mackey_glass, {"gamma": 50.0, "step": 2.0, "substeps": 4}),
        (make_mackey_glass, {"x0": 1e300, "exponent": 0.1, "beta": 1e300}),
    ],
)
def test_an_integration_that_overflows_is_an_error_that_names_all_numbers(make, system):
    given = [f"{name}={value:g}" for name, value in system.items()]
    with pytest.raises(ValueError, match=r"^The integration overflowed") as error:
        make(random_state=0, **system)
    assert all(one in str(error.value) for one in given)


@pytest.mark.parametrize(
    ("make", "system"),
    [
        (make_lorenz, {"washout": 10**7}),
        (make_lorenz, {"substeps": 10**5}),
        (make_mackey_glass, {"washout": 10**7}),
        (make_mackey_glass, {"step": 1e300}),
        (make_mackey_glass, {"step": 1e5}),
        (make_mackey_glass, {"tau": 1e-300}),
        (make_mackey_glass, {"tau": 1e-4}),
    ],
)
def test_an_integration_of_too_many_steps_is_refused_before_it_begins(make, system):
    given = [f"{name}={value!r}" for name, value in system.items()]
    sentence = "^The integration must take at most 20000000 steps"
    with pytest.raises(ValueError, match=sentence) as error:
        make(random_state=0, **system)
    assert all(one in str(error.value) for one in given)
