"""States of a reservoir's layer, compiled and through SciPy, against a plain loop."""

import copy
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sklearn_rnn._kernels import states as _states
from sklearn_rnn._kernels.choice import instruction_sets
from sklearn_rnn._kernels.states import Scales, Weights, run_states

KERNELS = [*instruction_sets(), "torch"]
NONLINEARITIES = ["tanh", "relu", "identity"]

needs_compiled = pytest.mark.skipif(
    not instruction_sets(), reason="the compiled kernel was not built"
)
each_kernel = pytest.mark.parametrize("kernel", KERNELS)
each_dtype = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def draw_weights(n_units, n_links, n_features, seed=0, radius=0.9):
    """Return weights of about that spectral radius."""
    generator = np.random.default_rng(seed)
    links = generator.random((n_units, n_units)).argsort(axis=1)[:, :n_links]
    w = generator.uniform(-1, 1, (n_units, n_links)) * radius * np.sqrt(3 / n_links)
    return Weights(
        w_in=generator.uniform(-1, 1, (n_units, n_features)).astype(np.float32),
        bias=generator.uniform(-1, 1, n_units).astype(np.float32),
        links=np.sort(links, axis=1).astype(np.int32),
        w=w.astype(np.float32),
    )


def draw_scales(n_lanes, seed=0):
    generator = np.random.default_rng(seed)
    names = ("recurrent", "inputs", "bias", "leak")
    return Scales(**{name: generator.uniform(0.1, 1, n_lanes) for name in names})


class Problem:
    """All that a call of `run_states` takes."""

    def __init__(
        self,
        n_units=20,
        n_lanes=5,
        n_steps=4,
        n_features=2,
        n_links=3,
        nonlinearity="tanh",
        dtype=np.float64,
        seed=0,
    ):
        generator = np.random.default_rng(seed)
        self.weights = draw_weights(n_units, min(n_links, n_units), n_features, seed)
        self.x = generator.normal(size=(n_lanes // 2 + 1, n_steps, n_features))
        self.rows = generator.integers(0, len(self.x), n_lanes)
        self.scales = draw_scales(n_lanes, seed)
        self.start = generator.uniform(-1, 1, (n_lanes, n_units)).astype(dtype)
        self.nonlinearity = nonlinearity

    def run(self, kernel, states=None, sums=None, **changed):
        """Return (states, state after the last step, sums)."""
        given = {
            "weights": self.weights,
            "x": self.x,
            "rows": self.rows,
            "scales": self.scales,
            "state": self.start.copy(),
            "nonlinearity": self.nonlinearity,
        } | changed
        state = given["state"]
        n_lanes, n_units = state.shape
        if states is None:
            states = np.empty((n_lanes, self.x.shape[1], n_units), state.dtype)
        if sums is None:
            sums = np.zeros_like(state)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SKLEARN_RNN_KERNEL", kernel)
            run_states(**given, states=states, sums=sums)
        return states, state, sums

    def lanes(self, which):
        """Return the problem of some of the lanes."""
        other = copy.copy(self)
        other.rows, other.start = self.rows[which], self.start[which]
        factors = vars(self.scales).items()
        other.scales = Scales(**{name: factor[which] for name, factor in factors})
        return other

    def expected(self):
        """Return the states by the equation, a lane, a step and a unit at a time."""
        f = {
            "tanh": np.tanh,
            "relu": lambda total: np.maximum(total, 0),
            "identity": lambda total: total,
        }[self.nonlinearity]
        n_lanes, n_units = self.start.shape
        W = np.zeros((n_units, n_units))
        for unit, links in enumerate(self.weights.links):
            W[unit, links] = self.weights.w[unit]
        W_in = self.weights.w_in.astype(np.float64)
        bias = self.weights.bias.astype(np.float64)
        states = np.empty((n_lanes, self.x.shape[1], n_units))
        for lane, row in enumerate(self.rows):
            rho, s, b, a = (factor[lane] for factor in vars(self.scales).values())
            h = self.start[lane].astype(np.float64)
            for step, x in enumerate(self.x[row]):
                h = (1 - a) * h + a * f(rho * (W @ h) + s * (W_in @ x) + b * bias)
                states[lane, step] = h
        return states


def assert_all_equal(actual, expected):
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(one, other)


# One block of 16 units, a part, several; lanes one by one, padded, and all widths.
sizes = st.fixed_dictionaries(
    {
        "n_units": st.one_of(st.integers(1, 70), st.sampled_from([15, 16, 17, 32])),
        "n_lanes": st.integers(1, 40),
        "n_steps": st.integers(1, 9),
        "n_features": st.integers(1, 9),
        "n_links": st.one_of(st.integers(1, 70), st.just(70)),
        "nonlinearity": st.sampled_from(NONLINEARITIES),
        "seed": st.integers(0, 999),
    }
)


@each_kernel
@settings(deadline=None, max_examples=60)
@given(sizes)
def test_states_are_those_of_the_equation(kernel, size):
    problem = Problem(**size)
    expected = problem.expected()
    states, state, sums = problem.run(kernel)
    np.testing.assert_allclose(states, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(state, states[:, -1])
    np.testing.assert_allclose(sums, states.sum(axis=1), rtol=1e-12, atol=1e-12)


@each_kernel
@settings(deadline=None, max_examples=30)
@given(sizes)
def test_float32_states_are_those_of_the_equation(kernel, size):
    problem = Problem(**size, dtype=np.float32)
    states, state, sums = problem.run(kernel)
    assert states.dtype == state.dtype == sums.dtype == np.float32
    np.testing.assert_allclose(states, problem.expected(), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(state, states[:, -1])
    np.testing.assert_allclose(sums, states.sum(axis=1), rtol=1e-5, atol=1e-5)


@each_kernel
def test_a_thousand_steps_do_not_lead_away_from_the_equation(kernel):
    problem = Problem(n_units=300, n_lanes=5, n_steps=1000, n_links=30)
    states, _, sums = problem.run(kernel)
    np.testing.assert_allclose(states, problem.expected(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(sums, states.sum(axis=1), rtol=0, atol=1e-10)


# ------------------------------------------------------------- lanes keep to themselves


@each_kernel
@each_dtype
@settings(deadline=None, max_examples=40)
@example(n_units=33, n_links=4, n_lanes=40, nonlinearity="tanh", data=None)
@example(n_units=20, n_links=20, n_lanes=40, nonlinearity="tanh", data=None)
@given(
    n_units=st.integers(1, 70),
    n_links=st.one_of(st.integers(1, 70), st.just(70)),
    n_lanes=st.integers(1, 40),
    nonlinearity=st.sampled_from(NONLINEARITIES),
    data=st.data(),
)
def test_a_lanes_numbers_do_not_depend_on_the_other_lanes(
    kernel, dtype, n_units, n_links, n_lanes, nonlinearity, data
):
    problem = Problem(
        n_units, n_lanes, n_links=n_links, nonlinearity=nonlinearity, dtype=dtype
    )
    together = problem.run(kernel)
    if data is None:
        groups = [np.array([lane]) for lane in range(n_lanes)]
        groups += [np.arange(n)[::-1] for n in range(1, n_lanes)]
    else:
        some = st.lists(st.integers(0, n_lanes - 1), min_size=1, max_size=40)
        groups = [np.array(data.draw(some))]
    for lanes in groups:
        apart = problem.lanes(lanes).run(kernel)
        assert_all_equal(apart, [result[lanes] for result in together])


@each_kernel
@each_dtype
@pytest.mark.parametrize("n_links", [5, 200])
def test_lanes_keep_to_themselves_in_large_layers(kernel, dtype, n_links):
    problem = Problem(200, 37, n_steps=3, n_links=n_links, dtype=dtype)
    together = problem.run(kernel)
    for lane in (0, 15, 20, 36):
        apart = problem.lanes([lane]).run(kernel)
        assert_all_equal(apart, [result[[lane]] for result in together])


@each_kernel
@pytest.mark.parametrize("n_lanes", [1, 5, 40])
def test_nan_stays_in_its_lane_and_is_not_lost(kernel, n_lanes):
    for nonlinearity in NONLINEARITIES:
        problem = Problem(n_lanes=n_lanes, n_steps=6, nonlinearity=nonlinearity)
        problem.x, problem.rows = problem.x[[0] * n_lanes], np.arange(n_lanes)
        whole, _, _ = problem.run(kernel)
        problem.x[n_lanes // 2, 3] = np.nan
        states, state, sums = problem.run(kernel)
        assert np.isnan(states[n_lanes // 2, 3:]).all()
        assert np.isnan(state[n_lanes // 2]).all()
        assert np.isnan(sums[n_lanes // 2]).all()
        others = np.arange(n_lanes) != n_lanes // 2
        np.testing.assert_array_equal(states[others], whole[others])
        np.testing.assert_array_equal(states[:, :3], whole[:, :3])


@each_kernel
@each_dtype
@pytest.mark.parametrize("n_lanes", [1, 20])
def test_very_large_sums_saturate_tanh(kernel, dtype, n_lanes):
    problem = Problem(n_lanes=n_lanes, n_features=1, dtype=dtype)
    problem.scales = replace(problem.scales, leak=np.ones(n_lanes))
    for large in (1e30, np.inf):
        problem.x = np.full_like(problem.x, large)
        states, _, _ = problem.run(kernel)
        signs = np.sign(problem.weights.w_in[:, 0])
        np.testing.assert_array_equal(states, np.broadcast_to(signs, states.shape))


@each_kernel
def test_what_overflows_is_infinite_or_nan_without_a_warning(kernel):
    problem = Problem(nonlinearity="identity", n_steps=6)
    problem.x = problem.x * 1e300
    problem.scales = replace(problem.scales, recurrent=np.full(5, 1e5))
    states, _, sums = problem.run(kernel)
    assert not np.isfinite(states[:, -1]).any()
    assert not np.isfinite(sums).any()


# ----------------------------------------------------------------- carried states, sums


@each_kernel
@each_dtype
@settings(deadline=None, max_examples=30)
@given(
    n_units=st.integers(1, 40),
    n_lanes=st.integers(1, 40),
    n_first=st.integers(0, 7),
    nonlinearity=st.sampled_from(NONLINEARITIES),
)
def test_two_halves_equal_the_whole(
    kernel, dtype, n_units, n_lanes, n_first, nonlinearity
):
    problem = Problem(
        n_units, n_lanes, n_steps=7, nonlinearity=nonlinearity, dtype=dtype
    )
    states, state, sums = problem.run(kernel)
    x, halves, end = problem.x, np.empty_like(states), problem.start.copy()
    two_sums = np.zeros_like(sums)
    for part in (slice(None, n_first), slice(n_first, None)):
        problem.run(kernel, halves[:, part], two_sums, x=x[:, part], state=end)
    assert_all_equal((halves, end, two_sums), (states, state, sums))


@each_kernel
@pytest.mark.parametrize("n_lanes", [1, 40])
def test_states_and_sums_need_not_be_wanted(kernel, n_lanes, monkeypatch):
    problem = Problem(n_lanes=n_lanes)
    _, expected, _ = problem.run(kernel)
    monkeypatch.setenv("SKLEARN_RNN_KERNEL", kernel)
    state = problem.start.copy()
    run_states(
        problem.weights,
        problem.x,
        problem.rows,
        problem.scales,
        state,
        nonlinearity="tanh",
    )
    np.testing.assert_array_equal(state, expected)


@each_kernel
def test_sums_are_added_to_what_is_there(kernel):
    problem = Problem()
    _, _, sums = problem.run(kernel)
    _, _, more = problem.run(kernel, sums=np.full_like(sums, 3.0))
    np.testing.assert_allclose(more, sums + 3, rtol=1e-14)


# ------------------------------------------------------------------------------ layouts


def unaligned(x):
    records = np.zeros(x.shape, [("flag", "i1"), ("value", "f8")])
    records["value"] = x
    return records["value"]


SEQUENCES = {
    "float32": lambda x: x.astype(np.float32),
    "Fortran order": np.asfortranarray,
    "steps in reverse": lambda x: x[:, ::-1].copy()[:, ::-1],
    "every other number": lambda x: np.repeat(x, 2, axis=2)[:, :, ::2],
    "read-only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
    "unaligned": unaligned,
    "one for all": lambda x: np.broadcast_to(x[:1], x.shape),
}


@each_kernel
@each_dtype
@pytest.mark.parametrize("layout", SEQUENCES)
def test_sequences_may_have_any_layout(kernel, dtype, layout):
    for n_lanes in (1, 40):
        problem = Problem(n_lanes=n_lanes, n_features=3, dtype=dtype)
        problem.x = SEQUENCES[layout](problem.x)
        given = problem.run(kernel)
        # float32 is exact in float64.
        plain = problem.run(kernel, x=np.array(problem.x, dtype=np.float64, order="C"))
        assert_all_equal(given, plain)


PLACES = {
    "steps in reverse": lambda *shape: np.empty(shape)[:, ::-1],
    "lanes in reverse": lambda *shape: np.empty(shape)[::-1],
    "steps first": lambda a, b, c: np.empty((b, a, c)).transpose(1, 0, 2),
    "part of a wider array": lambda a, b, c: np.empty((a, b, c + 7))[:, :, 3:-4],
    "units in reverse": lambda *shape: np.empty(shape)[:, :, ::-1],
    "units first": lambda a, b, c: np.empty((c, a, b)).transpose(1, 2, 0),
}


@each_kernel
@pytest.mark.parametrize("layout", PLACES)
def test_states_and_sums_may_have_any_layout(kernel, layout):
    for n_units in (7, 16, 45):
        for n_lanes in (1, 3, 40):
            problem = Problem(n_units, n_lanes, n_steps=3)
            plain = problem.run(kernel)
            states = PLACES[layout](n_lanes, 3, n_units)
            sums = PLACES[layout](n_lanes, 3, n_units)[:, 0]
            sums[:] = 0
            state = PLACES[layout](n_lanes, 3, n_units)[:, 0]
            state[:] = problem.start
            given = problem.run(kernel, states, sums, state=state)
            assert_all_equal(given, plain)


@each_kernel
@each_dtype
def test_nothing_is_written_beside_the_states(kernel, dtype):
    for n_lanes in (1, 2, 5, 40):
        for n_units in (7, 16, 30):
            problem = Problem(n_units, n_lanes, n_steps=2, dtype=dtype)
            around = np.full((n_lanes + 2, 4, n_units + 2), 9, dtype)
            problem.run(kernel, around[1:-1, 1:-1, 1:-1])
            around[1:-1, 1:-1, 1:-1] = 9
            assert (around == 9).all()


# -------------------------------------------------------------------------------- sizes


@each_kernel
def test_there_may_be_no_lanes_steps_or_links(kernel):
    problem = Problem()
    none = problem.lanes(np.array([], dtype=int)).run(kernel)
    assert [len(result) for result in none] == [0, 0, 0]
    problem = Problem(n_steps=0)
    _, state, sums = problem.run(kernel)
    assert_all_equal((state, sums), (problem.start, np.zeros_like(sums)))
    problem = Problem()
    problem.weights = replace(
        problem.weights, links=np.empty((20, 0), np.int32), w=np.empty((20, 0), "f")
    )
    states, _, _ = problem.run(kernel)
    np.testing.assert_allclose(states, problem.expected(), rtol=0, atol=1e-12)


@each_kernel
def test_sequences_may_have_many_features(kernel):
    problem = Problem(n_units=18, n_features=150, n_lanes=21)
    states, _, _ = problem.run(kernel)
    np.testing.assert_allclose(states, problem.expected(), rtol=0, atol=1e-12)


@needs_compiled
def test_units_that_have_no_number_for_the_kernel_run_without_it(monkeypatch):
    def refuse():
        raise AssertionError("the compiled kernel was called")

    problem = Problem()
    expected = problem.run("torch")
    monkeypatch.setattr(_states, "compiled", refuse)
    monkeypatch.setattr(_states, "_MOST_COMPILED", 19)
    assert_all_equal(problem.run(instruction_sets()[0]), expected)


@pytest.mark.parametrize("n_links", [6, 7])
def test_the_twin_takes_sparse_and_dense_matrices_alike(n_links):
    weights = draw_weights(20, n_links, 2)
    matrix = weights.matrix(np.dtype(np.float64))
    assert (type(matrix) is np.ndarray) == (n_links > 6)
    problem = Problem(n_links=n_links)
    states, _, _ = problem.run("torch")
    np.testing.assert_allclose(states, problem.expected(), rtol=0, atol=1e-12)


# -------------------------------------------------------------------------- all weights


@each_kernel
@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda w: pickle.loads(pickle.dumps(w))]
)
def test_weights_can_be_copied_and_pickled_after_use(kernel, duplicate):
    problem = Problem()
    unused = pickle.dumps(problem.weights)
    expected = problem.run(kernel)
    assert pickle.dumps(problem.weights) == unused
    weights = duplicate(problem.weights)
    assert_all_equal(problem.run(kernel, weights=weights), expected)


@each_kernel
def test_the_same_weights_run_in_either_kind_of_numbers(kernel):
    problem = Problem()
    states, _, _ = problem.run(kernel)
    single, _, _ = problem.run(kernel, state=problem.start.astype(np.float32))
    again, _, _ = problem.run(kernel)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, states, atol=1e-5)
    np.testing.assert_array_equal(again, states)


@each_kernel
def test_threads_do_not_disturb_each_other(kernel, monkeypatch):
    monkeypatch.setenv("SKLEARN_RNN_KERNEL", kernel)
    problems = [Problem(100, n_lanes, 100, n_links=10) for n_lanes in (1, 20) * 4]
    weights = problems[0].weights
    for problem in problems:
        problem.weights = weights

    def run(problem):
        state, sums = problem.start.copy(), np.zeros_like(problem.start)
        run_states(
            weights,
            problem.x,
            problem.rows,
            problem.scales,
            state,
            nonlinearity="tanh",
            sums=sums,
        )
        return state, sums

    with ThreadPoolExecutor(2) as threads:
        at_once = list(threads.map(run, problems))
    for results, problem in zip(at_once, problems, strict=True):
        assert_all_equal(results, run(problem))


# -------------------------------------------------------------------------- wrong calls


@needs_compiled
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"x": np.zeros((3, 4))}, "x must have 3 axes"),
        ({"x": np.zeros((3, 4, 3))}, "x has shape (3, 4, 3), not (3, 4, 2)"),
        ({"x": np.zeros((3, 4, 2), int)}, "x must hold float32 or float64 numbers"),
        ({"rows": np.array([0, 0, 0, 0, 3])}, "rows must be rows of x"),
        ({"rows": np.array([0, -1, 0, 0, 0])}, "rows must be rows of x"),
        ({"rows": np.zeros(5, np.int32)}, "rows must hold int64 numbers"),
        ({"rows": np.zeros((5, 1), int)}, "rows has shape (5, 1), not (5,)"),
        (
            {"scales": replace(draw_scales(5), leak=np.ones(4))},
            "leak has shape (4,), not (5,)",
        ),
        ({"state": np.zeros((5, 19))}, "state has shape (5, 19), not (5, 20)"),
        (
            {"state": np.zeros((5, 20), int)},
            "state must hold float32 or float64 numbers",
        ),
        (
            {"states": np.zeros((5, 3, 20))},
            "states has shape (5, 3, 20), not (5, 4, 20)",
        ),
        (
            {"states": np.zeros((5, 4, 20), np.float32)},
            "states must hold numbers of the kind that state holds",
        ),
        ({"sums": np.zeros((4, 20))}, "sums has shape (4, 20), not (5, 20)"),
        (
            {"nonlinearity": "sine"},
            "nonlinearity 'sine' is none of tanh, relu, identity",
        ),
    ],
)
def test_a_wrong_call_is_refused(changed, words):
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        Problem().run(instruction_sets()[0], **changed)


@needs_compiled
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"w": np.ones((20, 3))}, "w must hold float32 numbers"),
        ({"w": np.ones(20, "f")}, "w must have 2 axes"),
        ({"w": np.ones((0, 3), "f")}, "w must have at least one row"),
        ({"w_in": np.ones((19, 2), "f")}, "w_in has shape (19, 2), not (20, 2)"),
        ({"w_in": np.ones((2, 20), "f").T}, "w_in must be contiguous"),
        ({"bias": np.ones(19, "f")}, "bias has shape (19,), not (20,)"),
        ({"links": np.ones((20, 3), int)}, "links must hold int32 numbers"),
        *(
            (
                {"links": np.array([row] * 20, dtype=np.int32)},
                "links must be numbers of units that increase in each row",
            )
            for row in ([0, 1, 20], [-1, 0, 1], [0, 2, 2], [2, 1, 3])
        ),
    ],
)
def test_wrong_weights_are_refused(changed, words):
    problem = Problem()
    problem.weights = replace(problem.weights, **changed)
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        problem.run(instruction_sets()[0])
