"""States of a reservoir that rows drive, as a transformer of scikit-learn."""

import pickle
import random
import time
import tracemalloc

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from reservoir_rows import (
    FORMS,
    F,
    after,
    alone,
    assert_other,
    assert_same,
    dated,
    plain_states,
    small,
)
from sklearn import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.model_selection import TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import ReservoirTransformer, SlidingWindowTransformer
from sklearn_rnn.datasets import make_narma


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(80, 2))


# States by their equation


@given(
    x=hnp.arrays(np.float64, (12, 2), elements=st.floats(-3, 3, width=32)),
    spectral_radius=st.floats(0, 1.2),
    leak_rate=st.floats(0.01, 1),
    input_scaling=st.floats(0, 2),
    bias_scaling=st.floats(0, 2),
    connectivity=st.floats(0.01, 1),
    nonlinearity=st.sampled_from([*F]),
    num_layers=st.integers(1, 3),
    dtype=st.sampled_from([np.float64, np.float32]),
)
@settings(deadline=None, max_examples=60)
def test_states_are_those_of_a_plain_loop_over_the_equation(x, dtype, **parameters):
    transformer = small(**parameters)
    states = transformer.fit_transform(x.astype(dtype))
    expected = plain_states(transformer, x)
    assert states.dtype == dtype
    scale = np.abs(expected).max(initial=1.0)
    assert_allclose(states, expected, rtol=0, atol=100 * np.finfo(dtype).eps * scale)


def test_the_weights_are_found_where_the_docstring_says(rows):
    reservoir = small(num_layers=2).fit(rows).reservoir_
    for k, n_inputs in enumerate([2, 12]):
        weights = reservoir.layers[k][0]
        assert weights.w_in.shape == (12, n_inputs)
        assert weights.bias.shape == (12,)
        assert weights.links.shape == weights.w.shape == (12, 6)
        W = np.zeros((12, 12))
        np.put_along_axis(W, weights.links.astype(int), weights.w.astype(float), axis=1)
        assert_allclose(np.abs(np.linalg.eigvals(W)).max(), reservoir.radii[k][0])


def test_a_series_starts_from_rest():
    rows = np.zeros((3, 2))
    assert not alone(rows, bias_scaling=0.0).any()


def test_layers_stand_side_by_side(rows):
    deep = small(num_layers=3)
    states = deep.fit_transform(rows)
    assert states.shape == (80, 36)
    assert_same(states[:, :12], alone(rows))
    names = deep.get_feature_names_out()
    assert names.tolist() == [f"reservoirtransformer{i}" for i in range(36)]


@given(
    spectral_radius=st.floats(0, 0.9),
    leak_rate=st.floats(0.2, 1),
    seed=st.integers(0, 2**31 - 1),
    n_reservoir=st.integers(1, 60),
)
@settings(deadline=None, max_examples=40)
def test_a_driven_reservoir_forgets_its_start(
    spectral_radius, leak_rate, seed, n_reservoir
):
    rng = np.random.default_rng(seed)
    one, other = (rng.normal(size=(50, 2)) for _ in range(2))
    rows = rng.normal(size=(600, 2))
    options = {
        "spectral_radius": spectral_radius,
        "leak_rate": leak_rate,
        "n_reservoir": n_reservoir,
        "random_state": seed,
        "carry_history": True,
    }
    states, others = (after(train, rows, **options) for train in (one, other))
    assert_allclose(states[-1], others[-1], rtol=0, atol=1e-6)


# scikit-learn's tools


def test_the_states_of_every_test_fold_are_those_of_the_whole_series(rows):
    pipe = make_pipeline(StandardScaler(), small())
    for train, test in TimeSeriesSplit(4).split(rows):
        pipe.fit(rows[train])
        whole = pipe[:-1].transform(rows)
        assert_same(pipe.transform(rows[test]), alone(whole)[test])


@pytest.mark.parametrize("form", ["numpy", "dates"])
def test_a_target_made_of_earlier_rows_is_predicted_in_every_fold(form):
    noise = np.random.default_rng(0).normal(size=1003)
    X, y = FORMS[form](noise[3:, np.newaxis]), noise[1:-2] - 0.5 * noise[:-3]
    pipe = make_pipeline(
        StandardScaler().set_output(transform="pandas" if form == "dates" else None),
        ReservoirTransformer(100, random_state=0),
        Ridge(1e-6),
    )
    for size in (2, 50, 200):
        cv = TimeSeriesSplit(3, test_size=size)
        assert cross_val_score(pipe, X, y, cv=cv).min() >= 0.95


def test_an_echo_state_network_predicts_narma_better_than_a_linear_model():
    u, y = make_narma(2500, random_state=0)
    alphas = np.logspace(-10, 0, 11)
    linear = make_pipeline(
        StandardScaler(), SlidingWindowTransformer(30, flatten=True), LinearRegression()
    )
    network = make_pipeline(
        StandardScaler(), ReservoirTransformer(random_state=0), RidgeCV(alphas)
    )
    errors = []
    for model in (linear, network):
        predicted = model.fit(u[:2000], y[:2000]).predict(u[2000:])
        errors.append(np.sqrt(np.mean((predicted - y[2000:]) ** 2)) / y[2000:].std())
    assert errors[1] < 0.5 * errors[0]


COPIES = {
    "pickle": lambda transformer, _: pickle.loads(pickle.dumps(transformer)),
    "joblib": lambda transformer, path: joblib.load(
        joblib.dump(transformer, path / "reservoir.joblib")[0]
    ),
    "skops": lambda transformer, _: through_skops(transformer),
}


def through_skops(transformer):
    dumped = skops.io.dumps(transformer)
    types = skops.io.get_untrusted_types(data=dumped)
    assert all(name.startswith(("sklearn_rnn.", "numpy.dtype")) for name in types)
    return skops.io.loads(dumped, trusted=types)


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("form", ["numpy", "dates", "panel"])
def test_a_stored_transformer_gives_the_same_states(form, copy, rows, tmp_path):
    X = FORMS[form](rows)
    transformer = small().fit(X[:40])
    again = copy(transformer, tmp_path)
    assert_array_equal(again.transform(X[40:]), transformer.transform(X[40:]))
    again.partial_fit(X[40:50])
    transformer.partial_fit(X[40:50])
    assert_array_equal(again.transform(X[50:]), transformer.transform(X[50:]))


def test_a_clone_has_the_parameters_and_no_history(rows):
    transformer = small(carry_history=True, leak_rate=0.3).fit(rows)
    again = clone(transformer)
    assert again.get_params() == transformer.get_params()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        again.transform(rows)
    assert_array_equal(again.fit_transform(rows), transformer.fit_transform(rows))


@pytest.mark.parametrize("form", ["dates", "panel"])
def test_states_become_a_frame_with_names_and_the_index_of_the_rows(form, rows):
    X = FORMS[form](rows).set_axis(["open", "close"], axis=1)
    transformer = small().set_output(transform="pandas")
    expected = pd.DataFrame(
        alone(X), X.index, [f"reservoirtransformer{i}" for i in range(12)]
    )
    assert_frame_equal(transformer.fit_transform(X), expected)
    assert_frame_equal(transformer.transform(X), expected)
    assert transformer.feature_names_in_.tolist() == ["open", "close"]


# Seeds, parameters and numbers


def test_a_seed_repeats_and_another_gives_other_states(rows):
    states = alone(rows)
    assert_array_equal(alone(rows), states)
    assert_other(alone(rows, random_state=1), states)
    generators = [np.random.RandomState(3) for _ in range(2)]
    one, other = (alone(rows, random_state=generator) for generator in generators)
    assert_array_equal(one, other)


def test_a_seed_leaves_the_global_generators_as_they_were(rows):
    def state():
        return pickle.dumps((np.random.mtrand._rand, random.getstate()))

    before = state()
    small().fit(rows).partial_fit(rows).transform(rows)
    assert state() == before


def test_the_weights_do_not_depend_on_the_rows(rows):
    assert_same(after(rows[:50] * 3, rows, carry_history=False), alone(rows))


@pytest.mark.parametrize(
    "change",
    [
        {"spectral_radius": 0.5},
        {"leak_rate": 0.5},
        {"input_scaling": 1.0},
        {"bias_scaling": 0.1},
        {"connectivity": 1.0},
        {"nonlinearity": "relu"},
        {"nonlinearity": "identity"},
        {"random_state": 1},
    ],
    ids=str,
)
def test_every_parameter_changes_the_states(change, rows):
    states = alone(rows, spectral_radius=0.9)
    others = alone(rows, **{"spectral_radius": 0.9} | change)
    # The first row, after rest, hears no unit.
    assert not np.isclose(states, others)[1:].all(axis=1).any()


def test_units_and_layers_change_the_number_of_states(rows):
    assert alone(rows, n_reservoir=7).shape == (80, 7)
    assert alone(rows, n_reservoir=7, num_layers=2).shape == (80, 14)


def test_rows_of_float32_give_states_of_float32_whatever_fit_saw(rows):
    for dtype in (np.float64, np.float32):
        transformer = small().fit(rows[:50].astype(dtype))
        for given_dtype in (np.float64, np.float32):
            states = transformer.transform(rows[50:].astype(given_dtype))
            assert states.dtype == given_dtype
            assert_allclose(states, alone(rows)[50:], rtol=0, atol=1e-5)


def test_whole_numbers_come_out_as_float64():
    assert alone([[1], [2]]).dtype == np.float64


def test_changing_the_rows_in_place_afterwards_changes_no_state(rows):
    given_rows = rows[:50].copy()
    transformer = small().fit(given_rows)
    given_rows[:] = 0.0
    assert_same(transformer.transform(rows[50:]), alone(rows)[50:])


@pytest.mark.parametrize("num_layers", [1, 2])
def test_fit_holds_no_states_of_a_long_series(num_layers):
    rows = np.random.default_rng(0).normal(size=(20_000, 1))
    transformer = small(num_layers=num_layers, n_reservoir=100)
    transformer.fit(rows[:10])
    tracemalloc.start()
    transformer.fit(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 8e6  # the states would be 16 MB a layer


def test_what_fit_keeps_does_not_grow_with_the_rows(rows):
    few, many = (small().fit(dated(np.tile(rows, (n, 1)))) for n in (1, 50))
    assert len(pickle.dumps(many)) <= len(pickle.dumps(few)) + 10


def test_one_row_is_transformed_in_less_than_five_milliseconds(rows):
    transformer = ReservoirTransformer(random_state=0).fit(rows)
    took = []
    for _ in range(20):
        begin = time.perf_counter()
        transformer.transform(rows[:1])
        took.append(time.perf_counter() - begin)
    assert min(took) < 5e-3
