import numpy as np
import pytest
from displays import SMALL, Recorder, raises, windows_of
from sklearn.base import clone
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor
from sklearn_rnn.plotting import WindowImportanceDisplay


def flat(model, window_length):
    """Return a model of windows that reads them flat."""
    model = clone(model).set_params(window_length=window_length)
    X, y = windows_of()
    return model.fit(X.reshape(len(X), -1), y)


@pytest.mark.parametrize("scoring", [None, "neg_mean_absolute_error"])
def test_permutation_importances_are_those_of_scikit_learn(scoring):
    X, y = windows_of()
    table = X.reshape(len(X), -1)
    model = flat(GRURegressor(**SMALL, max_epochs=2), 4)
    given = {"scoring": scoring, "n_repeats": 3, "random_state": 5}
    twin = permutation_importance(model, table, y, **given)
    display = WindowImportanceDisplay.from_estimator(model, table, y, **given)
    for name in ("importances_mean", "importances_std", "importances"):
        ours = getattr(display, name)
        np.testing.assert_allclose(ours.reshape(twin[name].shape), twin[name])


@pytest.mark.parametrize("scale", [0.0, 1.0, 5.0])
def test_permutation_importances_of_any_regressor_are_scikit_learns(scale):
    X, y = windows_of()
    y = y + scale * X[:, 0, 1]
    table = X.reshape(len(X), -1)
    model = LinearRegression().fit(table, y)
    twin = permutation_importance(model, table, y, n_repeats=2, random_state=0)
    display = WindowImportanceDisplay.from_estimator(
        model, table, y, n_repeats=2, random_state=0, window_length=4
    )
    np.testing.assert_allclose(
        display.importances_mean, twin.importances_mean.reshape(4, 2)
    )


@pytest.mark.parametrize("method", ["permutation", "gradient"])
def test_a_value_that_the_target_does_not_depend_on_has_little_importance(gru, method):
    X, y = windows_of()
    mean = WindowImportanceDisplay.from_estimator(
        gru, X, y, method=method, random_state=0
    ).importances_mean
    assert np.unravel_index(mean.argmax(), mean.shape) == (2, 0)
    others = np.delete(mean.ravel(), mean.argmax())
    assert np.abs(others).max() < 0.15 * mean.max()


@pytest.mark.parametrize("segment_length", [2, 3])
@pytest.mark.parametrize("method", ["permutation", "gradient"])
def test_importances_are_those_of_lags_where_a_network_reads_segments(
    method, segment_length
):
    X, y = windows_of()
    gru = GRURegressor(**SMALL, max_epochs=40, segment_length=segment_length).fit(X, y)
    mean = WindowImportanceDisplay.from_estimator(
        gru, X, y, method=method, random_state=0
    ).importances_mean
    assert mean.shape == (4, 2)
    assert np.unravel_index(mean.argmax(), mean.shape) == (2, 0)


def test_permutation_shows_what_an_echo_state_network_uses(esn):
    X, y = windows_of()
    mean = WindowImportanceDisplay.from_estimator(
        esn, X, y, random_state=0
    ).importances_mean
    assert np.unravel_index(mean.argmax(), mean.shape) == (2, 0)
    assert np.abs(np.delete(mean.ravel(), 4)).max() < 0.15 * mean.max()


@pytest.mark.parametrize(
    ("group_by", "n_groups", "shape"),
    [(None, 8, (4, 2)), ("lag", 4, (4,)), ("feature", 2, (2,))],
)
def test_a_group_is_permuted_together_and_costs_one_prediction_a_repeat(
    group_by, n_groups, shape
):
    X, y = windows_of(40)
    table = X.reshape(40, -1)
    model = Recorder().fit(table, y)
    model.asked_ = []
    display = WindowImportanceDisplay.from_estimator(
        model, table, y, group_by=group_by, n_repeats=3, window_length=4
    )
    assert display.importances_mean.shape == shape
    assert display.importances.shape == (*shape, 3)
    assert len(model.asked_) == 3 * n_groups + 1
    np.testing.assert_array_equal(model.asked_[0], table)
    for number, asked in enumerate(model.asked_[1:]):
        moved = (asked.reshape(X.shape) != X).any(axis=0)  # (n_steps, n_features)
        steps, features = np.indices(moved.shape)
        group = {None: 2 * steps + features, "lag": steps, "feature": features}
        np.testing.assert_array_equal(moved, group[group_by] == number // 3)
        # Whole columns, from other windows
        values = asked.reshape(X.shape)[:, moved]
        rows = {tuple(row) for row in values}
        assert rows == {tuple(row) for row in X[:, moved]}


def test_absent_steps_stay_absent():
    X, y = windows_of(60)
    X[:20, :2] = np.nan
    X[20:30, :3] = np.nan
    model = RNNRegressor(**SMALL, max_epochs=1).fit(X, y)
    sequences = [x[~np.isnan(x).all(axis=1)] for x in X]
    for group_by in (None, "lag", "feature"):
        given = {"group_by": group_by, "n_repeats": 2, "random_state": 0}
        of_windows = WindowImportanceDisplay.from_estimator(model, X, y, **given)
        of_list = WindowImportanceDisplay.from_estimator(model, sequences, y, **given)
        np.testing.assert_array_equal(of_list.importances, of_windows.importances)
        assert np.isfinite(of_windows.importances).all()


NETWORKS = {
    "gru": GRURegressor(),
    "lstm, two layers, both ways": LSTMRegressor(num_layers=2, bidirectional=True),
    "rnn, attention": RNNRegressor(pooling="attention"),
    "relative to a feature": GRURegressor(target_feature=1),
    "trainable skip": GRURegressor(linear_skip="trainable"),
    "no skip, mean": GRURegressor(linear_skip=None, pooling="mean"),
    "unscaled": RNNRegressor(standardize=False),
    "quantiles": GRURegressor(loss="quantile", quantiles=[0.1, 0.5, 0.9]),
}


def numeric_gradient(model, X, step=1e-2):
    """Return central differences of predict, (n_samples, n_steps, n_features, ...)."""
    columns = []
    for at in np.ndindex(X.shape[1:]):
        moved = np.zeros(X.shape)
        moved[:, *at] = step
        columns.append((model.predict(X + moved) - model.predict(X - moved)) / step / 2)
    return np.stack(columns, axis=1).reshape(*X.shape, *columns[0].shape[1:])


@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_is_that_of_predict(name):
    X, y = windows_of(80)
    X = 3 + 2 * X
    model = clone(NETWORKS[name]).set_params(**SMALL, max_epochs=15).fit(X, y)
    expected = numeric_gradient(model, X)
    gradient = model._gradient(X)[..., 0]
    # predict is in single precision, where a unit is not smooth a difference is off
    np.testing.assert_allclose(gradient, expected, atol=2e-3 * np.abs(expected).max())


def test_there_is_one_backward_pass_for_each_output(monkeypatch):
    import torch

    passes, grad = [], torch.autograd.grad
    monkeypatch.setattr(
        torch.autograd, "grad", lambda *a, **kw: passes.append(1) or grad(*a, **kw)
    )
    X, y = windows_of(30)
    network = GRURegressor(
        **SMALL, loss="quantile", quantiles=[0.1, 0.5, 0.9], max_epochs=1
    ).fit(X, np.stack([y, -y], axis=1))
    passes.clear()
    assert network._gradient(X).shape == (30, 4, 2, 2)
    assert len(passes) == 2


def test_gradient_importance_is_the_mean_gradient_in_standard_deviations(gru):
    X, y = windows_of()
    display = WindowImportanceDisplay.from_estimator(gru, X, y, method="gradient")
    size = np.abs(numeric_gradient(gru, X)).mean(axis=0)
    expected = size * X.std(axis=0) / y.std()
    np.testing.assert_allclose(
        display.importances_mean, expected, atol=2e-3 * expected.max()
    )
    assert display.importances_std is None


def test_gradient_importance_of_a_linear_model_is_its_standardised_coefficients():
    X, _ = windows_of(500)
    coef = np.array([[0.0, 1.0], [2.0, 0.0], [0.0, -3.0], [0.5, 0.0]])
    y = (X * coef).sum(axis=(1, 2))
    model = GRURegressor(max_epochs=0).fit(X, y)
    display = WindowImportanceDisplay.from_estimator(model, X, y, method="gradient")
    expected = np.abs(coef) * X.std(axis=0) / y.std()
    np.testing.assert_allclose(display.importances_mean, expected, atol=1e-6)


def test_gradients_of_several_outputs_are_averaged_in_units_of_each():
    X, _ = windows_of(500)
    Y = np.stack([X[:, 0, 0], 1000 * X[:, 3, 1]], axis=1)
    model = GRURegressor(max_epochs=0).fit(X, Y)
    display = WindowImportanceDisplay.from_estimator(model, X, Y, method="gradient")
    expected = np.zeros((4, 2))
    expected[0, 0] = expected[3, 1] = 0.5
    np.testing.assert_allclose(display.importances_mean, expected, atol=1e-5)


def test_gradients_of_a_group_are_summed(gru):
    X, y = windows_of()
    shown = {
        group_by: WindowImportanceDisplay.from_estimator(
            gru, X, y, method="gradient", group_by=group_by
        ).importances_mean
        for group_by in (None, "lag", "feature")
    }
    np.testing.assert_allclose(shown["lag"], shown[None].sum(axis=1))
    np.testing.assert_allclose(shown["feature"], shown[None].sum(axis=0))


def test_absent_steps_have_no_gradient():
    X, y = windows_of(60)
    X[:20, :2] = np.nan
    model = GRURegressor(**SMALL, max_epochs=2).fit(X, y)
    gradient = model._gradient(X)
    np.testing.assert_array_equal(np.isnan(gradient[..., 0]), np.isnan(X))
    short = model._gradient(X[:20, 2:])
    np.testing.assert_allclose(gradient[:20, 2:], short)


@pytest.mark.parametrize("method", ["permutation", "gradient"])
@pytest.mark.filterwarnings("error")
def test_lags_that_no_window_has_are_of_no_importance(method):
    X, y = windows_of(60)
    X[:40, :2] = np.nan
    model = GRURegressor(**SMALL, max_epochs=2).fit(X, y)
    display = WindowImportanceDisplay.from_estimator(
        model, X[:40], y[:40], method=method, n_repeats=2
    )
    np.testing.assert_array_equal(display.importances_mean[:2], 0)
    assert (display.importances_mean[2:] != 0).all()


def test_a_gradient_leaves_the_network_as_it_was(gru):
    X, y = windows_of()
    before = gru.predict(X)
    WindowImportanceDisplay.from_estimator(gru, X, y, method="gradient")
    np.testing.assert_array_equal(gru.predict(X), before)


def test_gradients_of_what_has_none_are_an_error(esn):
    X, y = windows_of()
    with raises(
        TypeError,
        "method='gradient' needs a recurrent regressor, got ESNRegressor; use "
        "method='permutation'.",
    ):
        WindowImportanceDisplay.from_estimator(esn, X, y, method="gradient")
