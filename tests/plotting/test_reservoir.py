import matplotlib.pyplot as plt
import numpy as np
import pytest
from displays import raises
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import ESNRegressor, ESNRegressorCV, ReservoirTransformer
from sklearn_rnn.datasets import make_mackey_glass, make_narma
from sklearn_rnn.plotting import ReservoirDisplay


@pytest.fixture(scope="module")
def narma():
    u, y = make_narma(300, random_state=0)
    return u[np.newaxis], y[np.newaxis]


def recurrent_matrix(weights):
    matrix = np.zeros((weights.n_units, weights.n_units))
    np.put_along_axis(matrix, weights.links, weights.w, axis=1)
    return matrix


def sorted_by_size(values):
    return np.sort(np.abs(values))


@settings(max_examples=15, deadline=None)
@given(
    n_reservoir=st.integers(2, 40),
    spectral_radius=st.floats(0.1, 1.5),
    num_layers=st.integers(1, 2),
    bidirectional=st.booleans(),
)
def test_eigenvalues_are_numpys_and_reach_the_spectral_radius(
    n_reservoir, spectral_radius, num_layers, bidirectional
):
    X = np.random.default_rng(0).normal(size=(2, 6, 1))
    esn = ESNRegressor(
        n_reservoir,
        spectral_radius=spectral_radius,
        num_layers=num_layers,
        bidirectional=bidirectional,
        connectivity=0.5,
        random_state=0,
    ).fit(X, [0.0, 1.0])
    display = ReservoirDisplay.from_estimator(esn, X)
    drawn = display.eigenvalue_points_
    layers = [weights for layer in esn.reservoir_.layers for weights in layer]
    assert len(drawn) == len(layers)
    for points, weights in zip(drawn, layers, strict=True):
        x, y = points.get_data()
        expected = np.linalg.eigvals(recurrent_matrix(weights))
        size = sorted_by_size(x + 1j * y)
        expected = sorted_by_size(expected)
        np.testing.assert_allclose(size[-1], spectral_radius, rtol=1e-6)
        np.testing.assert_allclose(
            size, expected * spectral_radius / expected[-1], atol=1e-4
        )
    for circle, radius in [
        (display.unit_circle_, 1.0),
        (display.radius_circle_, spectral_radius),
    ]:
        np.testing.assert_allclose(np.hypot(*circle.get_data()), radius)
    plt.close(display.figure_)


@pytest.mark.parametrize("kind", [ESNRegressor, ESNRegressorCV])
def test_gcv_path_is_least_at_the_chosen_strength(narma, kind):
    X, y = narma
    esn = kind(30, return_sequences=True, washout=10, random_state=0).fit(X, y)
    display = ReservoirDisplay.from_estimator(esn, X)
    alphas, scores = display.gcv_line_.get_data()
    np.testing.assert_array_equal(alphas, esn.alphas)
    np.testing.assert_array_equal(scores, esn.gcv_scores_)
    assert alphas[np.argmin(scores)] == esn.alpha_
    assert display.alpha_point_.get_data() == (esn.alpha_, scores.min())


def test_gcv_path_is_in_order_of_strengths_however_they_were_given(narma):
    X, y = narma
    esn = ESNRegressor(30, return_sequences=True, alphas=[1.0, 1e-6, 1e-3])
    display = ReservoirDisplay.from_estimator(esn.fit(X, y), X)
    alphas, scores = display.gcv_line_.get_data()
    np.testing.assert_array_equal(alphas, [1e-6, 1e-3, 1.0])
    np.testing.assert_array_equal(scores, esn.gcv_scores_[[1, 2, 0]])


def test_a_reservoir_that_chose_its_settings_shows_the_chosen_ones(narma):
    X, y = narma
    esn = ESNRegressorCV(20, return_sequences=True, random_state=0).fit(X, y)
    display = ReservoirDisplay.from_estimator(esn, X)
    assert display.spectral_radius == esn.spectral_radius_
    largest = np.abs(display.eigenvalues[0]).max()
    np.testing.assert_allclose(largest, esn.spectral_radius_)


def test_states_are_what_the_readout_reads(narma):
    X, y = narma
    esn = ESNRegressor(20, return_sequences=True, direct_input=False, random_state=0)
    esn.fit(X, y)
    display = ReservoirDisplay.from_estimator(esn, X, n_units=20)
    states = np.stack([line.get_ydata() for line in display.state_lines_], axis=1)
    np.testing.assert_array_equal(states, display.states)
    y_pred = states @ esn.coef_ + esn.intercept_
    np.testing.assert_allclose(y_pred, esn.predict(X)[0])


def test_each_sequence_can_be_shown_from_its_first_step():
    X = [make_mackey_glass(n, random_state=n) for n in (60, 80, 70)]
    esn = ESNRegressor(15, random_state=0).fit(X, [0.0, 1.0, 2.0])
    for sample, length in [(0, 60), (2, 70), (-2, 80)]:
        display = ReservoirDisplay.from_estimator(esn, X, sample=sample)
        assert display.states.shape == (length, 15)
        alone = ReservoirDisplay.from_estimator(esn, [X[sample]])
        np.testing.assert_array_equal(display.states, alone.states)


def test_a_transformer_shows_its_states_and_no_readout():
    rows = make_mackey_glass(80, random_state=0)[:, np.newaxis]
    transformer = ReservoirTransformer(20, num_layers=2, random_state=0).fit(rows)
    display = ReservoirDisplay.from_estimator(transformer, rows, n_units=3)
    np.testing.assert_array_equal(display.states, transformer.transform(rows))
    units = [0, 20, 39]
    for line, unit in zip(display.state_lines_, units, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), display.states[:, unit])
    assert len(display.axes_) == len(display.eigenvalue_points_) == 2
    assert display.gcv_line_ is display.alpha_point_ is None


def test_rows_of_several_series_are_an_error(panel):
    transformer = ReservoirTransformer(5, random_state=0).fit(panel)
    pipe = make_pipeline(StandardScaler(), ReservoirTransformer(5)).fit(panel)
    for model in (transformer, pipe):
        with raises(
            ValueError,
            "X has rows of 2 series; it must be rows of one series.",
        ):
            ReservoirDisplay.from_estimator(model, panel)
    one = panel.loc[["a"]]
    display = ReservoirDisplay.from_estimator(transformer, one)
    np.testing.assert_array_equal(display.states, transformer.transform(one))


@pytest.mark.parametrize("sample", [1, -1, False, "all"])
def test_rows_of_a_transformer_are_one_sequence(sample):
    rows = np.random.default_rng(0).normal(size=(20, 1))
    transformer = ReservoirTransformer(5, random_state=0).fit(rows)
    with raises(
        ValueError,
        f"sample={sample!r} is not valid for a ReservoirTransformer, whose rows are "
        "one sequence; use 0.",
    ):
        ReservoirDisplay.from_estimator(transformer, rows, sample=sample)


def test_a_pipeline_shows_the_reservoir_in_it():
    rows = make_mackey_glass(80, random_state=0)[:, np.newaxis]
    pipe = make_pipeline(
        StandardScaler(), ReservoirTransformer(20, random_state=0), Ridge()
    ).fit(rows, rows[:, 0])
    display = ReservoirDisplay.from_estimator(pipe, rows)
    np.testing.assert_array_equal(display.states, pipe[:-1].transform(rows))


def test_reservoirs_are_drawn_in_the_axes_given(narma):
    X, y = narma
    esn = ESNRegressor(10, return_sequences=True).fit(X, y)
    figure, axes = plt.subplots(3, 1)
    display = ReservoirDisplay.from_estimator(esn, X, axes=axes)
    assert list(display.axes_) == list(axes)
    assert display.figure_ is figure
    with raises(
        ValueError,
        "axes holds 2 Axes; it must be 3 matplotlib Axes, or None for new ones.",
    ):
        display.plot(axes[:2])


def test_a_state_of_one_step_and_scores_without_one_are_drawn():
    display = ReservoirDisplay(
        [[0.1, 0.2]],
        [np.array([0.5])],
        0.5,
        alphas=[0.1, 1.0],
        gcv_scores=[np.inf, np.inf],
        alpha=1.0,
    ).plot()
    display.figure_.canvas.draw()
    assert [line.get_ydata().tolist() for line in display.state_lines_] == [
        [0.1],
        [0.2],
    ]


RESERVOIR = {"states": [[0.1, 0.2]], "eigenvalues": [[0.5]], "spectral_radius": 0.5}


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        (
            {"states": [0.1]},
            ValueError,
            "states has shape (1,); it must be an array of finite numbers of shape "
            "(n_steps, n_states).",
        ),
        (
            {"eigenvalues": np.array([0.5])},
            TypeError,
            "eigenvalues must be a list of one or more arrays of shape (n_units,), got "
            "ndarray.",
        ),
        (
            {"eigenvalues": [[np.nan]]},
            ValueError,
            "eigenvalues[0] holds nan at 0; it must be an array of finite numbers of "
            "shape (n_units,).",
        ),
        (
            {"spectral_radius": -1.0},
            ValueError,
            "spectral_radius=-1.0 must be a number from 0 to 1e100.",
        ),
        (
            {"names": ["a", "b"]},
            ValueError,
            "names=['a', 'b'] must be 1 strings, one for each of eigenvalues.",
        ),
        (
            {"alphas": [0.0, 1.0]},
            ValueError,
            "alphas=[0.0, 1.0] must be numbers above 0.",
        ),
        (
            {"alphas": [0.1, 1.0], "gcv_scores": [1.0]},
            ValueError,
            "gcv_scores=[1.0] must be 2 numbers, one for each of alphas.",
        ),
        (
            {"alphas": [0.1, 1.0], "gcv_scores": [1.0, 2.0], "alpha": 0.5},
            ValueError,
            "alpha=0.5 must be one of alphas=[0.1, 1.0].",
        ),
    ],
)
def test_bad_reservoirs_are_errors_that_name_them(given, error, sentence):
    with raises(error, sentence):
        ReservoirDisplay(**RESERVOIR | given).plot()


def test_number_of_units_is_checked():
    with raises(ValueError, "n_units must be an integer of at least 1, got 0."):
        ReservoirDisplay(**RESERVOIR).plot(n_units=0)


def test_bad_samples_are_errors(narma):
    X, y = narma
    esn = ESNRegressor(10, return_sequences=True).fit(X, y)
    with raises(
        ValueError, "sample=1 is not one of the 1 sequences of X; use -1 to 0."
    ):
        ReservoirDisplay.from_estimator(esn, X, sample=1)
    with raises(TypeError, "sample=0.0 must be an integer."):
        ReservoirDisplay.from_estimator(esn, X, sample=0.0)


def test_strengths_changed_after_fit_are_an_error(narma):
    X, y = narma
    esn = ESNRegressor(10, return_sequences=True).fit(X, y)
    esn.set_params(alphas=[0.1, 1.0])
    with raises(
        ValueError,
        "alphas=[0.1, 1.0] of estimator are not those that it was fitted with; fit it "
        "anew.",
    ):
        ReservoirDisplay.from_estimator(esn, X)


def test_what_has_no_reservoir_is_an_error():
    ridge = Ridge().fit([[1.0], [2.0]], [1.0, 2.0])
    with raises(
        TypeError,
        "estimator is a Ridge without a reservoir; it must be a fitted ESNRegressor, "
        "ESNRegressorCV or ReservoirTransformer, or a Pipeline that holds one.",
    ):
        ReservoirDisplay.from_estimator(ridge, [[1.0]])


def test_an_unfitted_reservoir_is_an_error():
    with pytest.raises(NotFittedError, match="ESNRegressor instance is not fitted yet"):
        ReservoirDisplay.from_estimator(ESNRegressor(), [[1.0]])
