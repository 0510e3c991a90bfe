import numpy as np
import pytest
from displays import SMALL, Recorder, grid, raises, windows_of
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import make_scorer, mean_absolute_error

from sklearn_rnn import GRURegressor
from sklearn_rnn.plotting import WindowImportanceDisplay


@pytest.fixture(scope="module")
def gru():
    return GRURegressor(**SMALL, dropout=0.0).fit(*windows_of())


def test_no_more_windows_than_asked_for_are_predicted():
    X, y = windows_of(50)
    table = X.reshape(50, -1)
    model = Recorder().fit(table, y)
    for max_samples, n in [(20, 20), (0.5, 25), (None, 50), (1.0, 50), (99, 50)]:
        model.asked_ = []
        WindowImportanceDisplay.from_estimator(
            model,
            table,
            y,
            n_repeats=1,
            max_samples=max_samples,
            window_length=4,
            random_state=0,
        )
        assert {len(asked) for asked in model.asked_} == {n}
        given = {tuple(row) for row in model.asked_[0]}
        assert len(given) == n
        assert given <= {tuple(row) for row in table}


def test_a_seed_repeats_importances(gru):
    X, y = windows_of()
    one, two = (
        WindowImportanceDisplay.from_estimator(
            gru, X, y, n_repeats=1, max_samples=50, random_state=3
        ).importances
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, two)


def test_x_is_left_as_it_is(gru):
    X, y = windows_of()
    before = X.copy()
    WindowImportanceDisplay.from_estimator(gru, X, y, n_repeats=1)
    np.testing.assert_array_equal(X, before)


def test_heat_map_has_a_row_a_feature_and_lags_falling_to_the_right():
    mean = np.arange(12.0).reshape(4, 3)
    display = WindowImportanceDisplay(
        mean, feature_names=["a", "b", "c"], importance_name="Fall"
    ).plot()
    np.testing.assert_array_equal(display.image_.get_array(), mean.T)
    left, right, bottom, top = display.image_.get_extent()
    assert (left, right, bottom, top) == (3.5, -0.5, 2.5, -0.5)
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["a", "b", "c"]
    assert display.colorbar_.ax.get_ylabel() == "Fall"


def test_one_feature_is_a_line_over_lags():
    mean, std = np.array([[3.0], [1.0], [2.0]]), np.array([[0.1], [0.2], [0.3]])
    display = WindowImportanceDisplay(mean, importances_std=std).plot()
    np.testing.assert_array_equal(display.line_.get_data(), ([2, 1, 0], [3, 1, 2]))
    first, last = display.ax_.get_xlim()
    assert first > last
    (path,) = display.band_.get_paths()
    for lag, ends in zip([2, 1, 0], [(2.9, 3.1), (0.8, 1.2), (1.7, 2.3)], strict=True):
        at = path.vertices[path.vertices[:, 0] == lag, 1]
        np.testing.assert_allclose((at.min(), at.max()), ends)


def test_features_are_bars():
    display = WindowImportanceDisplay(
        [1.0, 2.0], group_by="feature", importances_std=[0.1, 0.2]
    ).plot()
    assert [bar.get_width() for bar in display.bars_] == [1.0, 2.0]
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["Feature 0", "Feature 1"]


@pytest.mark.parametrize(
    ("scoring", "label"),
    [
        (None, "Fall of R²"),
        ("explained_variance", "Fall of explained variance"),
        ("neg_mean_absolute_error", "Rise of the mean absolute error"),
    ],
)
def test_the_scale_is_named_after_the_score(scoring, label):
    X, y = windows_of(30)
    display = WindowImportanceDisplay.from_estimator(
        LinearRegression().fit(X.reshape(30, -1), y),
        X.reshape(30, -1),
        y,
        scoring=scoring,
        window_length=4,
        n_repeats=1,
    )
    assert display.colorbar_.ax.get_ylabel() == label


@pytest.mark.parametrize(
    ("model", "scoring"),
    [
        (LogisticRegression(), None),
        (grid(Ridge(), scoring="neg_mean_absolute_error"), None),
        (Ridge(), make_scorer(mean_absolute_error, greater_is_better=False)),
    ],
)
def test_a_score_whose_name_is_not_known_has_none(model, scoring):
    X, y = windows_of(30)
    table = X.reshape(30, -1)
    y = y > 0
    display = WindowImportanceDisplay.from_estimator(
        model.fit(table, y), table, y, window_length=4, n_repeats=1, scoring=scoring
    )
    assert display.importance_name == "Fall of the score"


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        (
            {"method": "shap"},
            ValueError,
            "method='shap' is not valid; it must be one of 'permutation', 'gradient'.",
        ),
        (
            {"group_by": "step"},
            ValueError,
            "group_by='step' is not valid; it must be one of 'lag', 'feature', None.",
        ),
        (
            {"n_repeats": 0},
            ValueError,
            "n_repeats must be an integer from 1 to 100000, got 0.",
        ),
        (
            {"n_repeats": 1.5},
            TypeError,
            "n_repeats must be an integer from 1 to 100000, got 1.5.",
        ),
        *(
            (
                {"max_samples": value},
                ValueError,
                f"max_samples={value!r} is not valid; it must be an integer of at "
                "least 2, a float in (0, 1] as a part of all windows, or None.",
            )
            for value in (0, 1, 1.5, 0.0, -3, "all", True)
        ),
        (
            {"feature_names": ["a"]},
            ValueError,
            "feature_names=['a'] must be 2 names, one for each feature.",
        ),
        (
            {"y": np.r_[np.nan, np.zeros(149)]},
            ValueError,
            "y holds nan at 0; it must be an array of finite numbers of shape "
            "(n_samples,).",
        ),
        (
            {"X": np.zeros((150, 4, 2, 1))},
            ValueError,
            "X has 4 dimensions; it must be windows, (n_samples, n_steps, n_features) "
            "or flat, or rows for a Pipeline with a SlidingWindowTransformer.",
        ),
        (
            {"X": np.zeros((150, 8)), "window_length": 3},
            ValueError,
            "window_length=3 does not divide the 8 columns of X; a row must hold "
            "window_length steps of every feature.",
        ),
        (
            {"y": np.zeros(150), "method": "gradient"},
            ValueError,
            "y is constant, so that method='gradient' cannot be in its standard "
            "deviations; every output of y must vary.",
        ),
    ],
)
def test_bad_importances_are_errors_that_name_them(gru, given, error, sentence):
    X, y = windows_of()
    given = {"X": X, "y": y, "n_repeats": 1} | given
    with raises(error, sentence):
        WindowImportanceDisplay.from_estimator(gru, **given)


def test_windows_and_targets_that_differ_in_number_are_an_error(gru):
    X, y = windows_of()
    with pytest.raises(ValueError, match=r"y has \d+ rows, but X has \d+ windows"):
        WindowImportanceDisplay.from_estimator(gru, X, y[:-1])


def test_importances_that_are_none_are_errors():
    with raises(
        ValueError,
        "importances_mean has shape (2,); it must be an array of finite numbers of "
        "shape (n_steps, n_features).",
    ):
        WindowImportanceDisplay([1.0, 2.0]).plot()
    with raises(
        ValueError,
        "importances_std has shape (1, 2); it must be an array of finite numbers of "
        "shape (2, 2).",
    ):
        WindowImportanceDisplay(np.ones((2, 2)), importances_std=np.ones((1, 2))).plot()
