import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import solve_ivp

from sklearn_rnn import datasets
from sklearn_rnn.datasets import (
    load_aapl,
    make_adding_problem,
    make_lorenz,
    make_mackey_glass,
    make_mso,
    make_narma,
)

# Each with the shapes of what it makes.
GENERATORS = {
    make_adding_problem: [(300, 10, 2), (300,)],
    make_lorenz: [(300, 3)],
    make_mackey_glass: [(300,)],
    make_mso: [(300,)],
    make_narma: [(300, 1), (300,)],
}
ALWAYS_RANDOM = [make_adding_problem, make_lorenz, make_narma]
every_generator = pytest.mark.parametrize("make", GENERATORS)


def make_short(make, random_state=None):
    """Make 300 rows; list the arrays that come."""
    sizes = (300, 10) if make is make_adding_problem else (300,)
    made = make(*sizes, random_state=random_state)
    return list(made) if isinstance(made, tuple) else [made]


def assert_same(first, second):
    for one, other in zip(first, second, strict=True):
        assert_array_equal(one, other)


# ------------------------------------------------------------------- the share of Apple


@pytest.fixture(scope="module")
def prices():
    return load_aapl()


def test_aapl_has_the_documented_rows_and_columns(prices):
    assert prices.shape == (3270, 6)
    columns = ["Open", "High", "Low", "Close", "Volume", "Adj Close"]
    assert prices.columns.tolist() == columns
    assert prices.index[0] == pd.Timestamp("2000-03-01")
    assert prices.index[-1] == pd.Timestamp("2013-03-01")


def test_aapl_dates_are_weekdays_in_strict_order(prices):
    assert isinstance(prices.index, pd.DatetimeIndex)
    assert prices.index.name == "Date"
    assert prices.index.is_monotonic_increasing
    assert prices.index.is_unique
    assert (prices.index.day_of_week < 5).all()


def test_aapl_prices_are_floats_and_volumes_whole_numbers(prices):
    assert (prices.drop(columns="Volume").dtypes == "float64").all()
    assert prices["Volume"].dtype == "int64"


def test_aapl_has_no_missing_value(prices):
    assert not prices.isna().to_numpy().any()
    assert (prices > 0).to_numpy().all()


def test_aapl_prices_lie_between_low_and_high(prices):
    for column in ("Open", "Close"):
        assert prices[column].between(prices["Low"], prices["High"]).all()


def test_aapl_jumps_only_in_the_unadjusted_columns_at_a_split(prices):
    splits = ["2000-06-21", "2005-02-28"]
    change = prices[["Close", "Adj Close"]].pct_change().loc[splits]
    assert (change["Close"] < -0.4).all()
    assert (change["Adj Close"] > 0).all()


def test_aapl_naive_forecast_has_the_known_error(prices):
    error = prices["Close"].diff()[-654:]  # the last 20 %
    assert (error**2).mean() ** 0.5 == pytest.approx(8.399, abs=5e-4)


def test_a_changed_frame_leaves_the_next_call_as_it_was(prices):
    changed = load_aapl()
    changed["Close"] = 0.0
    pd.testing.assert_frame_equal(load_aapl(), prices)


# ------------------------------------------------------------ what all generators keep


@every_generator
def test_rows_are_finite_float64_of_the_documented_shape(make):
    made = make_short(make, random_state=0)
    assert [rows.shape for rows in made] == GENERATORS[make]
    for rows in made:
        assert rows.dtype == np.float64
        assert np.isfinite(rows).all()


@every_generator
def test_a_seed_makes_the_same_rows_again(make):
    assert_same(make_short(make, 7), make_short(make, 7))
    assert_same(make_short(make, np.int64(7)), make_short(make, 7))


@every_generator
def test_another_seed_makes_other_rows(make):
    for one, other in zip(make_short(make, 0), make_short(make, 1), strict=True):
        assert np.abs(one - other).max() > 0.1


@every_generator
def test_a_random_state_is_drawn_from_where_it_stands(make):
    random = np.random.RandomState(7)
    first, second = make_short(make, random), make_short(make, random)
    assert_same(first, make_short(make, 7))
    assert np.abs(first[0] - second[0]).max() > 0.1


@every_generator
def test_a_seed_leaves_the_global_generator_as_it_was(make):
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    make_short(make, 0)
    after = np.random.get_state(legacy=False)  # noqa: NPY002
    assert_array_equal(after["state"]["key"], before["state"]["key"])
    assert after["state"]["pos"] == before["state"]["pos"]


@pytest.mark.parametrize("make", ALWAYS_RANDOM)
@pytest.mark.parametrize("nothing", [None, np.random])
def test_without_a_seed_the_global_generator_is_drawn_from(make, nothing):
    before = np.random.get_state()  # noqa: NPY002
    random = np.random.RandomState()
    random.set_state(before)
    assert_same(make_short(make, nothing), make_short(make, random))


@pytest.mark.parametrize("make", [make_mackey_glass, make_mso])
def test_without_a_seed_the_benchmark_itself_is_made_and_nothing_drawn(make):
    before = np.random.get_state(legacy=False)["state"]["pos"]  # noqa: NPY002
    assert_same(make_short(make), make_short(make))
    assert np.random.get_state(legacy=False)["state"]["pos"] == before  # noqa: NPY002


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


def test_everything_that_is_public_is_listed():
    makers = [make.__name__ for make in GENERATORS]
    assert datasets.__all__ == ["load_aapl", *makers]


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


# ---------------------------------------------------------------------------- bad input


SERIES = [make_lorenz, make_mackey_glass, make_mso, make_narma]
INTEGRATED = {
    make_lorenz: ["sigma", "rho", "beta", "step"],
    make_mackey_glass: ["tau", "beta", "gamma", "exponent", "step", "x0"],
}
COUNTS = [
    *((make, "n_steps", "from 1 to 20000000", 0) for make in SERIES),
    *((make, "n_steps", "from 1 to 20000000", 20_000_001) for make in SERIES),
    *((make, "substeps", "from 1 to 20000000", 0) for make in INTEGRATED),
    *((make, "washout", "from 0 to 20000000", -1) for make in INTEGRATED),
    *((make, "washout", "from 0 to 20000000", 2**31) for make in INTEGRATED),
    (make_mso, "n_sines", "from 1 to 8", 0),
    (make_mso, "n_sines", "from 1 to 8", 9),
    (make_adding_problem, "n_samples", "of at least 1", 0),
    (make_adding_problem, "n_steps", "of at least 2", 1),
]


def whole(sentence):
    return f"^{re.escape(sentence)}$"


@pytest.mark.parametrize(("make", "name", "valid", "wrong"), COUNTS)
def test_a_count_out_of_range_is_an_error(make, name, valid, wrong):
    sentence = f"{name} must be an integer {valid}, got {wrong}."
    with pytest.raises(ValueError, match=whole(sentence)):
        make(**{name: wrong})


@pytest.mark.parametrize("wrong", [10.0, "10", None, True])
@pytest.mark.parametrize(
    ("make", "name", "valid"), sorted({c[:3] for c in COUNTS}, key=str)
)
def test_a_count_that_is_no_integer_is_an_error(make, name, valid, wrong):
    sentence = f"{name} must be an integer {valid}, got {wrong!r}."
    with pytest.raises(TypeError, match=whole(sentence)):
        make(**{name: wrong})


@pytest.mark.parametrize(
    ("make", "name"), [(make, name) for make in INTEGRATED for name in INTEGRATED[make]]
)
def test_a_rate_or_a_time_that_is_not_positive_is_an_error(make, name):
    for wrong in (0, -1.5, np.nan, np.inf):
        sentence = f"{name} must be a positive, finite number, got {wrong}."
        with pytest.raises(ValueError, match=whole(sentence)):
            make(**{name: wrong})
    for wrong in ("1", None, True, 1j):
        sentence = f"{name} must be a positive, finite number, got {wrong!r}."
        with pytest.raises(TypeError, match=whole(sentence)):
            make(**{name: wrong})


def test_an_order_of_narma_that_is_not_in_use_is_an_error():
    for wrong in (5, 30, 0, -10):
        with pytest.raises(ValueError, match=f"^order must be 10 or 20, got {wrong}"):
            make_narma(order=wrong)
    for wrong in (10.0, "10", None, True):
        with pytest.raises(TypeError, match=f"^order must be 10 or 20, got {wrong!r}"):
            make_narma(order=wrong)


@pytest.mark.parametrize(
    "wrong", ["0", -1, 2**32, 0.5, np.random.default_rng(0)], ids=str
)
@every_generator
def test_a_random_state_that_is_none_is_an_error(make, wrong):
    sentence = (
        "random_state must be None, an integer from 0 to 4294967295 or a numpy "
        f"RandomState, got {wrong!r}."
    )
    with pytest.raises(ValueError, match=whole(sentence)):
        make(random_state=wrong)


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


@pytest.mark.parametrize("tau", [50.0, 1e10, 1e300])
def test_before_the_first_delay_is_over_the_decay_is_exponential(tau):
    # The delayed value is x0 all along, so that the production is constant.
    x = make_mackey_glass(40, tau=tau, washout=0)
    produced = 0.2 * 1.2 / (1 + 1.2**10)
    exact = produced / 0.1 + (1.2 - produced / 0.1) * np.exp(-0.1 * np.arange(40))
    np.testing.assert_allclose(x, exact, rtol=1e-9)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
def test_integers_of_numpy_make_the_series_of_plain_ones(kind):
    for make, counts in (
        (make_lorenz, {"n_steps": 100, "substeps": 3, "washout": 100}),
        (make_mackey_glass, {"n_steps": 100, "substeps": 3, "washout": 100}),
        (make_narma, {"n_steps": 100, "order": 10}),
        (make_narma, {"n_steps": 100, "order": 20}),
        (make_mso, {"n_steps": 100, "n_sines": 3}),
        (make_adding_problem, {"n_samples": 100, "n_steps": 101}),
    ):
        of_numpy = {name: kind(value) for name, value in counts.items()}
        plain = make(random_state=0, **counts)
        for one, other in zip(make(random_state=0, **of_numpy), plain, strict=True):
            np.testing.assert_array_equal(one, other)
