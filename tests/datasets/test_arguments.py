"""Shapes, seeds and errors, of all makers of series."""

import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_rnn import datasets
from sklearn_rnn.datasets import (
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


def test_everything_that_is_public_is_listed():
    makers = [make.__name__ for make in GENERATORS]
    assert datasets.__all__ == ["load_aapl", "load_santafe_laser", *makers]


# ---------------------------------------------------------------------------- bad input


SERIES = [make_lorenz, make_mackey_glass, make_mso, make_narma]
INTEGRATED = [make_lorenz, make_mackey_glass]
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
