"""Columns of multivariate series, each forecast by itself by a model that all share."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("sktime")

from direct_forecasters import ALPHA, FH, covariates, panel, regressed, ridge, waves

from sklearn_rnn.forecasting import RecurrentForecaster


def as_panel(y):
    """Return the columns of a frame as a panel of series."""
    return panel(**{name: y[[name]].set_axis(["y"], axis=1) for name in y})


def by_column(forecasts, y):
    """Return forecasts of a panel of columns side by side."""
    names = forecasts.index.get_level_values(0)
    return np.hstack([forecasts[names == name].to_numpy() for name in y])


@regressed
def test_columns_are_forecast_as_the_series_of_a_panel(make):
    y = waves(90, n_columns=3)
    shared = make(columns="shared").fit(y[:80], fh=FH)
    twin = make().fit(as_panel(y[:80]), fh=FH)
    assert shared.columns_ == "shared"
    assert "of 3 columns" in shared.fit_report_.judged_on
    assert "of 3 series" in twin.fit_report_.judged_on
    for _ in range(2):
        np.testing.assert_allclose(shared.predict(), by_column(twin.predict(), y))
        quantiles = twin.predict_quantiles(alpha=ALPHA)
        np.testing.assert_allclose(
            shared.predict_quantiles(alpha=ALPHA), by_column(quantiles, y)
        )
        np.testing.assert_allclose(
            shared.predict_residuals(), by_column(twin.predict_residuals(), y)
        )
        shared.update(y[80:])
        twin.update(as_panel(y)[as_panel(y).index.get_level_values(1) >= 80])


@regressed
def test_each_column_of_each_series_of_a_panel_is_a_series(make):
    series = {name: waves(60, n_columns=2, seed=i) for i, name in enumerate("abc")}
    shared = make(columns="shared").fit(panel(**series), fh=FH)
    flat = {
        f"{name}{column}": frame[[column]].set_axis(["y"], axis=1)
        for name, frame in series.items()
        for column in frame
    }
    twin = make().fit(panel(**flat), fh=FH).predict()
    expected = [
        by_column(twin.loc[[f"{n}y0", f"{n}y1"]], [f"{n}y0", f"{n}y1"]) for n in series
    ]
    np.testing.assert_allclose(shared.predict(), np.concatenate(expected))


@settings(max_examples=20, deadline=None)
@given(n_columns=st.integers(2, 5), seed=st.integers(0, 1000))
def test_forecasts_follow_their_columns(n_columns, seed):
    y = waves(60, n_columns=n_columns, seed=seed)
    order = np.random.default_rng(seed).permutation(n_columns)
    make = lambda: ridge(columns="shared", scale="series")  # noqa: E731
    ordered = make().fit(y.iloc[:, order], fh=FH).predict()
    np.testing.assert_allclose(
        ordered, make().fit(y, fh=FH).predict().iloc[:, order], rtol=1e-9
    )


@pytest.mark.parametrize("columns", ["shared", "joint"])
def test_a_column_has_an_effect_on_others_only_in_joint_windows(columns):
    y = waves(80, n_columns=2)
    other = y.copy()
    other["y1"] += np.random.default_rng(0).normal(size=80)
    forecasts = [
        ridge(columns=columns).pretrain(panel(a=y), fh=FH).fit(one, fh=FH).predict()
        for one in (y, other)
    ]
    first, changed = (forecast["y0"] for forecast in forecasts)
    assert np.allclose(first, changed, rtol=1e-12) == (columns == "shared")


def leading(n_rows=300):
    """Return two columns, of which the first tells the second three rows before."""
    moves = np.random.default_rng(0).normal(size=n_rows + 3)
    return pd.DataFrame({"first": moves[3:], "second": moves[:-3]})


def unrelated(n_rows=60, n_columns=8):
    """Return columns of one kind that tell nothing of each other."""
    rng, values = np.random.default_rng(1), np.zeros((n_rows, n_columns))
    for row in range(1, n_rows):
        values[row] = 0.8 * values[row - 1] + rng.normal(size=n_columns)
    return pd.DataFrame(values)


@pytest.mark.parametrize(
    ("y", "expected"), [(leading(), "joint"), (unrelated(), "shared")]
)
def test_blocks_choose_how_columns_are_forecast(y, expected):
    auto = ridge().fit(y, fh=[1, 2])
    assert auto.columns_ == expected
    np.testing.assert_array_equal(
        auto.predict(), ridge(columns=expected).fit(y, fh=[1, 2]).predict()
    )


def test_a_single_column_is_joint():
    for columns in ("auto", "shared", "joint"):
        forecaster = ridge(columns=columns).fit(waves(), fh=FH)
        assert forecaster.columns_ == "joint"


def test_wide_windows_are_shared_without_a_trial():
    y = waves(120, n_columns=20)
    assert ridge(window_length=60).fit(y, fh=FH).columns_ == "shared"


@regressed
def test_columns_share_covariates(make):
    y, X = waves(60, n_columns=2), covariates(64)
    shared = make(columns="shared").fit(y, X[:60], fh=FH)
    twin_X = panel(y0=X[:60], y1=X[:60])
    twin = make().fit(as_panel(y), twin_X, fh=FH)
    ahead = panel(y0=X[60:], y1=X[60:])
    np.testing.assert_allclose(
        shared.predict(X=X[60:]), by_column(twin.predict(X=ahead), y)
    )


@pytest.mark.parametrize("value", ["own", None, 1, True])
def test_other_ways_are_errors(value):
    with pytest.raises(ValueError, match=r"columns=.* is not one of \['auto', 'joint'"):
        RecurrentForecaster(columns=value).fit(waves(), fh=FH)


@pytest.mark.parametrize("columns", ["joint", "shared"])
def test_errors_name_the_series_of_a_column(columns):
    y, X = waves(60, n_columns=2), covariates(64)
    forecaster = ridge(columns=columns).fit(y, X[:60], fh=FH)
    with pytest.raises(
        ValueError, match=r"X lacks a row for 62: a forecast of y needs"
    ):
        forecaster.predict(X=X[60:62])
    several, bad = panel(a=y, b=y), panel(a=y, b=y)
    bad.iloc[3, 1] = -1
    pretrained = ridge(columns=columns, log=True).pretrain(several, fh=FH)
    with pytest.raises(ValueError, match=r"but series 'a' of y is -1 at 3"):
        pretrained.pretrain(bad, fh=FH)
