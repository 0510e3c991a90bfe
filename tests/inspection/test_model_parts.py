import numpy as np
import pytest
from displays import SMALL, grid, raises, rows_of, sliding, windows_of
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from sklearn_rnn import GRURegressor, RNNRegressor, SlidingWindowTransformer
from sklearn_rnn.plotting import WindowImportanceDisplay


def in_logarithms(model):
    return TransformedTargetRegressor(model, func=np.log, inverse_func=np.exp)


NESTED = {
    "search": (lambda: grid(make_pipeline(sliding(), Ridge())), False),
    "search at the end": (lambda: make_pipeline(sliding(), grid(Ridge())), False),
    "windows in a pipeline": (
        lambda: make_pipeline(make_pipeline("passthrough", sliding()), Ridge()),
        False,
    ),
    "regressor in a pipeline": (
        lambda: make_pipeline("passthrough", make_pipeline(sliding(), Ridge())),
        False,
    ),
    "frozen": (
        lambda: FrozenEstimator(make_pipeline(sliding(), Ridge()).fit(*rows_of())),
        False,
    ),
    "targets": (lambda: in_logarithms(make_pipeline(sliding(), Ridge())), True),
    "targets at the end": (lambda: make_pipeline(sliding(), in_logarithms(Ridge())), 1),
    "targets in a search": (
        lambda: grid(in_logarithms(make_pipeline(sliding(), Ridge()))),
        True,
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_windows_are_found_wherever_they_are_made(name):
    make, is_logarithmic = NESTED[name]
    rows, y = rows_of()
    given = {"n_repeats": 2, "random_state": 0}
    plain = in_logarithms(Ridge()) if is_logarithmic else Ridge()
    windows = sliding().fit_transform(rows)
    expected = WindowImportanceDisplay.from_estimator(
        plain.fit(windows, y), windows, y, window_length=3, **given
    )
    model = make().fit(rows, y)
    display = WindowImportanceDisplay.from_estimator(model, rows, y, **given)
    np.testing.assert_allclose(display.importances, expected.importances)
    assert display.importances_mean.shape == (3, 2)


def test_the_best_network_of_a_search_has_gradients():
    rows, y = rows_of()
    network = RNNRegressor(**SMALL, max_epochs=2)
    search = grid(make_pipeline(SlidingWindowTransformer(3), network)).fit(rows, y)
    display = WindowImportanceDisplay.from_estimator(search, rows, y, method="gradient")
    best = search.best_estimator_
    expected = WindowImportanceDisplay.from_estimator(best, rows, y, method="gradient")
    np.testing.assert_array_equal(display.importances_mean, expected.importances_mean)


def test_a_search_is_judged_by_its_own_score():
    rows, y = rows_of()
    search = grid(make_pipeline(sliding(), Ridge()), scoring="neg_mean_absolute_error")
    search.fit(rows, y)
    given = {"n_repeats": 2, "random_state": 0}
    display = WindowImportanceDisplay.from_estimator(search, rows, y, **given)
    expected = WindowImportanceDisplay.from_estimator(
        search.best_estimator_, rows, y, scoring="neg_mean_absolute_error", **given
    )
    np.testing.assert_array_equal(display.importances, expected.importances)


def test_where_a_function_chose_among_scores_the_best_is_judged_by_its_own():
    rows, y = rows_of()
    search = grid(
        make_pipeline(sliding(), Ridge()),
        scoring=["r2", "explained_variance"],
        refit=lambda results: 0,
    ).fit(rows, y)
    display = WindowImportanceDisplay.from_estimator(search, rows, y, n_repeats=1)
    assert display.importance_name == "Fall of R²"


def test_a_search_that_keeps_no_model_is_an_error():
    rows, y = rows_of()
    search = grid(make_pipeline(sliding(), Ridge()), refit=False).fit(rows, y)
    with raises(
        TypeError,
        "estimator has a GridSearchCV with refit=False, which keeps no fitted model; a "
        "search must have refit=True or the name of a score.",
    ):
        WindowImportanceDisplay.from_estimator(search, rows, y)


def test_an_unfitted_model_of_windows_is_an_error():
    X, y = windows_of()
    with pytest.raises(NotFittedError, match="GRURegressor instance is not fitted yet"):
        WindowImportanceDisplay.from_estimator(GRURegressor(), X, y)
