"""The base of echo state networks, with parameters of every kind."""

import pickle
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from esn_tasks import SMALL, a_series, a_task, waves
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from sklearn_rnn import ESNRegressor, ESNRegressorCV
from sklearn_rnn._ridge.moments import Moments
from sklearn_rnn.datasets import make_narma

BY_STEP = {"n_reservoir": 8, "return_sequences": True, "washout": 10, "random_state": 0}
FORMS = [
    {},
    {"pooling": "mean", "washout": 2},
    {"pooling": "both"},
    {"pooling": "both", "washout": 2, "bidirectional": True},
    {"num_layers": 2, "leak_rate": 0.5},
    {"direct_input": False},
]
FUNCTIONS = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0.0),
    "identity": lambda x: x,
}


# --------------------------------------------------------- the states and rows they see


def plain_states(esn, x):
    """States of one scaled sequence by the equation, from the public weights."""
    f, a, inputs, of_all = FUNCTIONS[esn.nonlinearity], esn.leak_rate, x, []
    for number, layer in enumerate(esn.reservoir_.layers):
        of_layer = []
        for direction, weights in enumerate(layer):
            W = np.zeros((esn.n_reservoir, esn.n_reservoir))
            for unit, links in enumerate(weights.links):
                W[unit, links.astype(int)] = weights.w[unit]
            W *= esn.spectral_radius / np.abs(np.linalg.eigvals(W)).max()
            W_in = weights.w_in * (1.0 if number else np.float64(esn.input_scaling))
            bias = weights.bias * np.float64(esn.bias_scaling)
            h, states = np.zeros(esn.n_reservoir), np.empty((len(x), esn.n_reservoir))
            for t in range(len(x))[:: -1 if direction else 1]:
                h = (1 - a) * h + a * f(W @ h + W_in @ inputs[t] + bias)
                states[t] = h
            of_layer.append(states)
        inputs = np.hstack(of_layer)
        of_all.append((of_layer, inputs))
    last = [
        states[0 if direction else -1]
        for of_layer, _ in of_all
        for direction, states in enumerate(of_layer)
    ]
    return np.hstack(last), np.hstack([inputs for _, inputs in of_all])


def plain_row(esn, x):
    """The row of the readout of one scaled sequence."""
    last, states = plain_states(esn, x)
    states, inputs = states[esn.washout :], x[esn.washout :]
    of_states, of_input = {
        "last": ([last], [x[-1]]),
        "mean": ([states.mean(axis=0)], [inputs.mean(axis=0)]),
        "both": ([last, states.mean(axis=0)], [x[-1], inputs.mean(axis=0)]),
    }[esn.pooling]
    return np.hstack(of_states + (of_input if esn.direct_input else []))


@settings(deadline=None, max_examples=60)
@given(
    spectral_radius=st.floats(0, 1.2),
    leak_rate=st.floats(0.05, 1),
    input_scaling=st.floats(0, 1),
    bias_scaling=st.floats(0, 1),
    connectivity=st.floats(0.05, 1),
    nonlinearity=st.sampled_from(sorted(FUNCTIONS)),
    washout=st.integers(0, 3),
    num_layers=st.integers(1, 3),
    bidirectional=st.booleans(),
    direct_input=st.booleans(),
    pooling=st.sampled_from(["last", "mean", "both"]),
)
def test_predictions_are_the_readout_of_a_plain_loop_over_the_equation(**options):
    X, y = a_task(12, n_steps=5, n_outputs=2)
    options |= {"n_reservoir": 6, "random_state": 0, "alphas": 1e-2}
    esn = ESNRegressor(**options).fit(X, y)
    scaled = (X - X.mean(axis=(0, 1))) / X.std(axis=(0, 1))
    rows = np.array([plain_row(esn, x) for x in scaled])
    assert esn.coef_.shape == (2, rows.shape[1])
    expected = rows @ esn.coef_.T + esn.intercept_
    size = np.abs(rows).max() * np.abs(esn.coef_).sum() + np.abs(esn.intercept_).max()
    assert_allclose(esn.predict(X), expected, rtol=0, atol=1e-12 * max(size, 1.0))


@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}])
def test_predictions_of_steps_are_the_readout_of_a_plain_loop(options):
    X, y = a_series()
    esn = ESNRegressor(**BY_STEP, **options).fit(X, y)
    scaled = (X - X.mean(axis=(0, 1))) / X.std(axis=(0, 1))
    for x, outputs in zip(scaled, esn.predict(X), strict=True):
        rows = np.hstack([plain_states(esn, x)[1], x])
        assert_allclose(outputs, rows @ esn.coef_.T + esn.intercept_, atol=1e-10)


# ------------------------------------------------------------- the ridge that is fitted


@pytest.mark.parametrize("is_weighted", [False, True])
def test_gcv_over_steps_is_that_of_the_explicit_hat_matrix(is_weighted):
    X, y = a_series(3, n_steps=30)
    weights = np.array([0.5, 2.0, 1.5]) if is_weighted else np.ones(3)
    alphas = (1e-4, 1e-2, 1.0, 100.0)
    esn = ESNRegressor(**BY_STEP, alphas=alphas)
    scores = esn.fit(X, y, weights).gcv_scores_
    n_rows = 3 * 20
    w = np.repeat(weights, 20)
    units = np.zeros((3, 30, n_rows))
    units[:, 10:] = np.eye(n_rows).reshape(3, 20, n_rows)
    flat = y[:, 10:].reshape(n_rows, -1)
    spread = w @ (flat - w @ flat / w.sum()) ** 2 / w.sum()
    n = max(w.sum(), n_rows)
    for alpha, score in zip(alphas, scores, strict=True):
        one = clone(esn).set_params(alphas=alpha)
        missed = flat - one.fit(X, y, weights).predict(X)[:, 10:].reshape(n_rows, -1)
        fitted = one.fit(X, units, weights).predict(X)[:, 10:]
        df = np.trace(fitted.reshape(n_rows, n_rows))
        left = n - 2.5 * df  # the price of a degree of freedom
        expected = n * (w @ missed**2 / spread).mean() / left**2
        expected = expected if left > 0 else np.inf
        assert score == pytest.approx(expected, rel=1e-8)


def test_several_outputs_share_the_strength_that_is_best_on_average():
    X, y = a_task(n_outputs=3)
    y[:, 2] = np.random.default_rng(1).normal(size=len(y))  # wants another strength
    y *= [1.0, 1e3, 1e-3]
    together = ESNRegressor(**SMALL).fit(X, y)
    alone = [ESNRegressor(**SMALL).fit(X, of_one) for of_one in y.T]
    assert len({esn.alpha_ for esn in alone}) > 1
    mean_scores = np.mean([esn.gcv_scores_ for esn in alone], axis=0)
    assert_allclose(together.gcv_scores_, mean_scores, rtol=1e-9)
    assert together.alpha_ == together.alphas[int(np.argmin(mean_scores))]


def test_scores_stand_in_the_order_of_the_strengths():
    X, y = a_task()
    alphas = (1e-2, 1e-6, 1.0, 1e-4)
    esn = ESNRegressor(**SMALL, alphas=alphas).fit(X, y)
    for alpha, score in zip(alphas, esn.gcv_scores_, strict=True):
        one = ESNRegressor(**SMALL, alphas=alpha).fit(X, y)
        assert one.alpha_ == alpha
        assert_allclose(one.gcv_scores_, [score], rtol=1e-9)
    assert esn.alpha_ == alphas[int(np.argmin(esn.gcv_scores_))]


@pytest.mark.parametrize("solver", ["ridge", "adam"])
@pytest.mark.parametrize("level", [0.0, 0.1, -1e6])
def test_a_constant_target_is_its_level_at_the_strongest_ridge(level, solver):
    X, y = a_task()
    esn = ESNRegressor(**SMALL, solver=solver).fit(X, np.full_like(y, level))
    assert esn.alpha_ == max(esn.alphas)
    assert_allclose(esn.predict(2 * X), np.full_like(y, level), rtol=1e-9)


@pytest.mark.parametrize("solver", ["ridge", "adam"])
def test_sequences_that_never_change_predict_the_mean(solver):
    X, (_, y) = np.full((60, 8, 2), 0.1), a_task()
    esn = ESNRegressor(**SMALL, solver=solver).fit(X, y)
    assert_allclose(esn.predict(X), np.full_like(y, y.mean()), rtol=1e-6)
    assert_allclose(esn.predict(X + 1.0), np.full_like(y, y.mean()), rtol=0.01)


@pytest.mark.parametrize("n_samples", [15, 60], ids=["few rows", "many rows"])
def test_units_of_features_and_targets_do_not_matter(n_samples):
    X, y = a_task(n_samples, n_outputs=2)
    unit, level = np.array([1e-4, 250.0]), np.array([3.0, -1e3])
    esn = ESNRegressor(**SMALL).fit(X, y)
    other = ESNRegressor(**SMALL).fit(X * unit + level, y * unit + level)
    assert other.alpha_ == esn.alpha_
    predictions = other.predict(X * unit + level)
    assert_allclose((predictions - level) / unit, esn.predict(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("unit", [1e-100, 1e-3, 1e3, 1e100])
@pytest.mark.parametrize("n_samples", [15, 60], ids=["few rows", "many rows"])
def test_the_unit_of_weights_changes_no_fit_at_one_strength(n_samples, unit):
    X, y = a_task(n_samples)
    weights = np.random.default_rng(1).uniform(0.2, 1.0, size=n_samples)
    one = ESNRegressor(**SMALL, alphas=1e-3).fit(X, y, weights)
    other = ESNRegressor(**SMALL, alphas=1e-3).fit(X, y, unit * weights)
    assert_allclose(other.predict(X), one.predict(X), rtol=1e-9)
    if unit < 1:  # a row counts for one at least
        assert_allclose(other.gcv_scores_, unit * one.gcv_scores_, rtol=1e-9)


def test_a_number_for_weights_is_the_weight_of_all():
    X, y = a_task()
    esn = ESNRegressor(**SMALL).fit(X, y, 2.0)
    twice = ESNRegressor(**SMALL).fit(X, y, np.full(len(y), 2.0))
    assert_array_equal(esn.coef_, twice.coef_)


# ------------------------------------------------------------ sequences that come later


@pytest.mark.parametrize(
    "cuts",
    [[400], [100], [80, 140, 300]],
    ids=["many rows", "few rows, then many", "few, few, many"],
)
def test_series_free_of_noise_are_added_to_the_last_digit(cuts):
    inputs, targets = waves(1000)
    X, y = np.split(inputs, cuts), np.split(targets, cuts)
    options = {"return_sequences": True, "washout": 50, "standardize": False}
    whole = ESNRegressor(60, random_state=0, **options).fit(X, y)
    parts = ESNRegressor(60, random_state=0, **options)
    for x, of_one in zip(X, y, strict=True):
        parts.partial_fit([x], [of_one])
    # As no moments could: the strength is at their rounding
    assert whole._kept.is_compressed
    assert parts._kept.is_compressed
    assert parts.alpha_ == whole.alpha_ < 1e-8
    for ours, theirs in zip(parts.predict(X), whole.predict(X), strict=True):
        assert_allclose(ours[50:], theirs[50:], rtol=0, atol=1e-8)


def test_series_free_of_noise_are_added_to_noisy_ones():
    (noisy_x, noisy_y), (x, y) = waves(300, noise=0.01), waves(2000)
    options = {"return_sequences": True, "washout": 50, "standardize": False}
    whole = ESNRegressor(60, random_state=0, **options)
    whole.fit([noisy_x, x], [noisy_y, y])
    parts = ESNRegressor(60, random_state=0, **options)
    parts.partial_fit([noisy_x], [noisy_y])
    assert isinstance(parts._kept, Moments)
    parts.partial_fit([x], [y])
    assert parts.alpha_ == whole.alpha_
    (ours,), (theirs,) = parts.predict([x]), whole.predict([x])
    assert_allclose(ours[50:], theirs[50:], rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    "options", [{"pooling": "both"}, {"bidirectional": True, "num_layers": 2}], ids=str
)
def test_one_sequence_at_a_time_is_one_fit_to_all_of_them(options):
    X, y = a_task(80, n_outputs=2)
    options = {"n_reservoir": 8, "standardize": False, "random_state": 0} | options
    whole = ESNRegressor(**options, input_scaling=0.05).fit(X, y)
    parts = ESNRegressor(**options, input_scaling=0.05).partial_fit(X[:2], y[:2])
    for x, of_one in zip(X[2:], y[2:], strict=True):
        parts.partial_fit(x[np.newaxis], of_one[np.newaxis])
    assert parts.alpha_ == whole.alpha_
    assert_allclose(parts.predict(X), whole.predict(X), rtol=1e-8, atol=1e-8)


def test_a_weight_of_zero_adds_nothing():
    X, y = a_task()
    esn = ESNRegressor(**SMALL).fit(X[:40], y[:40])
    twin = clone(esn).fit(X[:40], y[:40]).partial_fit(X[40:50], y[40:50])
    weights = np.repeat([1.0, 0.0], 10)
    esn.partial_fit(X[40:], y[40:], weights)
    assert_allclose(esn.predict(X), twin.predict(X), rtol=1e-10)


def test_fit_forgets_what_was_added():
    X, y = a_task()
    expected = ESNRegressor(**SMALL).fit(X, y).coef_
    esn = ESNRegressor(**SMALL).fit(-X, y).partial_fit(3 * X, -y)
    assert_array_equal(esn.fit(X, y).coef_, expected)


# ---------------------------------------------------------------------------- sequences


def test_columns_are_steps_of_one_feature_without_a_window_length():
    X, y = a_task(n_features=1)
    table = ESNRegressor(**SMALL).fit(X[:, :, 0], y)
    sequences = ESNRegressor(**SMALL).fit(X, y)
    assert_array_equal(table.predict(X[:, :, 0]), sequences.predict(X))
    assert (table.n_features_in_, sequences.n_features_in_) == (8, 1)
    assert table.n_steps_ == sequences.n_steps_ == 8


def test_sequences_of_any_length_are_predicted():
    X, y = a_task()
    esn = ESNRegressor(**SMALL).fit(X, y)
    assert esn.predict(X[:, :1]).shape == (60,)
    longer = np.concatenate([X, X], axis=1)
    assert np.ptp(esn.predict(longer)) > 0


@settings(deadline=None, max_examples=25)
@given(
    at=st.lists(st.integers(0, 59), min_size=1, max_size=30),
    form=st.integers(0, len(FORMS) - 1),
)
def test_rows_are_predicted_bit_for_bit_in_any_company(fitted_forms, at, form):
    esn, X, expected = fitted_forms[form]
    assert_array_equal(esn.predict(X[at]), expected[at])


@pytest.fixture(scope="module")
def fitted_forms():
    X, y = a_task()
    ragged = X.copy()
    for row, x in enumerate(ragged):
        x[: row % 4] = np.nan
    fitted = [ESNRegressor(**SMALL, **options).fit(ragged, y) for options in FORMS]
    return [(esn, ragged, esn.predict(ragged)) for esn in fitted]


@settings(deadline=None, max_examples=25)
@given(step=st.integers(0, 59), num_layers=st.integers(1, 2))
def test_a_step_changes_its_own_and_later_predictions_alone(step, num_layers):
    X, y = a_series(1)
    esn = ESNRegressor(**BY_STEP, num_layers=num_layers)
    before, changed = esn.fit(X, y).predict(X), X.copy()
    changed[:, step] += 1
    after = esn.predict(changed)
    assert_array_equal(after[:, :step], before[:, :step])
    assert (after[:, step] != before[:, step]).any()


def test_with_both_directions_a_later_step_counts_for_earlier_ones():
    X, y = a_series(1)
    esn = ESNRegressor(**BY_STEP, bidirectional=True).fit(X, y)
    changed = X.copy()
    changed[:, 40] += 1
    assert (esn.predict(changed)[:, 35:40] != esn.predict(X)[:, 35:40]).all()


# ------------------------------------------------------------------------ as estimators


@pytest.mark.parametrize("nonlinearity", ["relu", "identity"])
def test_states_that_grow_beyond_all_bounds_are_an_error(nonlinearity):
    X, y = a_task()
    options = {**SMALL, "nonlinearity": nonlinearity, "spectral_radius": 1e3}
    sentence = (
        f"^With nonlinearity='{nonlinearity}' the states of the reservoir grow beyond "
        r"1.34e\+151; use a smaller spectral radius or input scaling, or nonlinearity="
    )
    long = np.tile(X, (1, 10, 1))
    with pytest.raises(ValueError, match=sentence):
        ESNRegressor(**options).fit(long, y)
    with pytest.raises(ValueError, match=sentence):
        ESNRegressor(**options, return_sequences=True).fit(long, long)
    with pytest.raises(ValueError, match=sentence):
        ESNRegressorCV(**SMALL, nonlinearity=nonlinearity, spectral_radii=1e3).fit(
            long, y
        )
    esn = ESNRegressor(**options).fit(X, y)
    with pytest.raises(ValueError, match=sentence):
        esn.predict(long)


def test_without_a_seed_each_network_is_another():
    X, y = a_task()
    first, other = (ESNRegressor(20).fit(X, y).coef_ for _ in range(2))
    assert (first != other).all()


def test_a_generator_gives_each_fit_a_seed_of_its_own():
    X, y = a_task()

    def two_fits():
        esn = ESNRegressor(20, random_state=np.random.RandomState(0))
        return [esn.fit(X, y).coef_ for _ in range(2)]

    first, second = two_fits()
    assert (first != second).any()
    assert_array_equal(two_fits(), [first, second])


def test_a_fitted_network_does_not_hold_its_training_data():
    sizes = []
    for n_samples in (100, 20_000):
        X, y = a_task(n_samples)
        sizes.append(len(pickle.dumps(ESNRegressor(**SMALL).fit(X, y))))
    assert abs(sizes[1] - sizes[0]) < 1000


@pytest.mark.parametrize("Network", [ESNRegressor, ESNRegressorCV])
def test_a_fit_takes_memory_for_a_block_of_states_and_not_for_all(Network):
    u, y = make_narma(40_000, random_state=0)
    options, n_settings = {"random_state": 0, "return_sequences": True}, 1
    if Network is ESNRegressorCV:
        options |= {"leak_rates": 1.0, "spectral_radii": 0.9}
        n_settings = 4
    n_bytes = 8 * 100 * 40_000 * n_settings
    esn = Network(100, **options)
    esn.fit(u[np.newaxis, :500], y[np.newaxis, :500])  # modules are loaded once
    tracemalloc.start()
    esn.fit(u[np.newaxis], y[np.newaxis])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.6 * n_bytes


# ------------------------------------------------------------ state changes in one step


def state_of(esn):
    return {name: id(value) for name, value in vars(esn).items()}


def bad_calls(esn, X, y):
    """Return calls that raise, by their fault."""
    return {
        "NaN": lambda: esn.fit(np.where(X > 1, np.nan, X), y),
        "lengths": lambda: esn.fit(X[:-1], y),
        "no weight": lambda: esn.fit(X, y, np.zeros(len(y))),
        "too long a washout": lambda: clone_into(esn, washout=99).fit(X, y),
        "a wrong strength": lambda: clone_into(esn, alphas=(1.0, np.nan)).fit(X, y),
        "wild states": lambda: clone_into(
            esn, nonlinearity="identity", input_scaling=1e200, input_scalings=1e200
        ).fit(X, y),
        "features": lambda: esn.partial_fit(X[:, :, :1], y),
        "outputs": lambda: esn.partial_fit(X, np.stack([y, y], axis=1)),
        "infinity": lambda: esn.partial_fit(np.where(X > 1, np.inf, X), y),
    }


def clone_into(esn, **parameters):
    """Set those of the parameters that the network has."""
    known = esn.get_params()
    return esn.set_params(**{k: v for k, v in parameters.items() if k in known})


@pytest.mark.parametrize("Network", [ESNRegressor, ESNRegressorCV])
@pytest.mark.parametrize("fault", bad_calls(None, None, None))
def test_a_fit_that_fails_changes_nothing(Network, fault):
    X, y = a_task()
    esn = Network(**SMALL).fit(X, y[:, 0] if y.ndim == 2 else y)
    expected, parameters = esn.predict(X), esn.get_params()
    other, target = 2 * X[:40] - 1, X[:40, -1, 0]
    before = {k: v for k, v in state_of(esn).items() if k not in parameters}
    with pytest.raises((ValueError, TypeError)):
        bad_calls(esn, other, target)[fault]()
    after = {k: v for k, v in state_of(esn).items() if k not in parameters}
    assert after == before
    np.testing.assert_array_equal(esn.set_params(**parameters).predict(X), expected)


def test_while_another_thread_fits_every_prediction_is_of_one_network():
    X, y = a_task()
    esn = ESNRegressor(**SMALL).fit(X, y)
    answers = [esn.predict(X), ESNRegressor(**SMALL).fit(3 * X - 5, y).predict(X)]
    assert np.abs(answers[1] - answers[0]).max() > 1e-6
    is_done, seen = Event(), []

    def predict():
        while not is_done.is_set():
            seen.append(esn.predict(X))

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(predict)
        for number in range(30):
            esn.fit(X if number % 2 else 3 * X - 5, y)
        is_done.set()
        reading.result()
    assert all(any(np.array_equal(one, of) for of in answers) for one in seen)
