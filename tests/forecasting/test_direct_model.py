"""The direct model: its median, its progress bar, and how an update trains it."""

import re
import warnings
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge, SGDRegressor

from sklearn_rnn import LSTMRegressor

pytest.importorskip("sktime")

from direct_forecasters import (
    FH,
    are_equal,
    first_units,
    network,
    ridge,
    small,
    waves,
    weights,
)


def test_a_forecast_is_the_median_of_the_networks():
    y = waves()
    given = {"sp": 1, "log": False, "scale": "start", "center": True}
    forecaster = small(n_estimators=3, refit=False, **given).fit(y, fh=FH)
    assert len(forecaster.regressors_) == 3
    mean, spread = first_units(y.to_numpy(), 6)
    z = (y.to_numpy() - mean) / spread
    window = (z[-6:] - z[-1]).astype(np.float32)[np.newaxis]
    single = [one.predict(window)[0] + z[-1] for one in forecaster.regressors_]
    assert np.ptp(single, axis=0).min() > 0
    expected = np.median(single, axis=0)[:, np.newaxis] * spread + mean
    np.testing.assert_allclose(forecaster.predict(), expected, rtol=1e-6)


def test_an_update_trains_on_from_the_present_weights():
    y = waves()
    forecaster = small(refit=False).fit(y.iloc[:80], fh=FH)
    before = weights(forecaster)
    n_epochs = len(forecaster.regressors_[0].net_.history)
    one, other = deepcopy(forecaster), deepcopy(forecaster)
    forecaster.update(y.iloc[80:100])
    assert not are_equal(weights(forecaster), before)
    assert len(forecaster.regressors_[0].net_.history) == n_epochs + 1
    # What weights it comes to depends on those that it goes on from
    for weight in other.regressors_[0].module_.parameters():
        weight.data *= 2
    one.update(y.iloc[80:100])
    assert are_equal(weights(one), weights(forecaster))
    assert not are_equal(weights(other.update(y.iloc[80:100])), weights(one))


def test_an_update_adds_to_the_number_of_steps_made():
    y = waves()
    forecaster = small(refit=False).fit(y.iloc[:70], fh=FH)
    before = forecaster.n_steps_
    forecaster.update(y.iloc[70:80], update_params=False)
    assert forecaster.n_steps_ == before
    forecaster.update(y.iloc[80:])
    assert forecaster.n_steps_ > before


@pytest.mark.parametrize("first", [80, 75, 0])
def test_an_update_trains_on_windows_of_rows_that_are_new_alone(first, monkeypatch):
    y, seen = waves(), []
    forecaster = small(refit=False, sp=1, center=False, log=False, scale="start").fit(
        y.iloc[:80], fh=[1]
    )
    monkeypatch.setattr(LSTMRegressor, "partial_fit", lambda _, *of: seen.append(of))
    forecaster.update(y.iloc[first:90])
    ((X, target),) = seen
    mean, spread = first_units(y.to_numpy(), 6)
    z = (y.to_numpy() - mean) / spread
    expected = [z[row - 6 : row] for row in range(80, 90)]
    np.testing.assert_allclose(X, expected, atol=1e-5)
    np.testing.assert_allclose(target, z[80:90, 0], atol=1e-5)


def test_an_update_that_only_revises_trains_on_no_other_rows(monkeypatch):
    y, seen = waves(), []
    forecaster = small(refit=False, sp=1, center=False, log=False, scale="start").fit(
        y.iloc[:80], fh=[1]
    )
    monkeypatch.setattr(LSTMRegressor, "partial_fit", lambda _, *of: seen.append(of))
    forecaster.update(y.iloc[10:20])
    mean, spread = first_units(y.to_numpy(), 6)
    z = (y.to_numpy() - mean) / spread
    for _, target in seen:
        assert np.isin(np.round(target, 4), np.round(z[10:20], 4)).all()


@pytest.mark.parametrize("update_params", [True, False])
def test_row_by_row_for_longer_than_errors_are_kept_all_horizons_have_errors(
    update_params,
):
    y = waves(640)
    forecaster = ridge(window_length=4).fit(y[:100], fh=FH)
    first = forecaster.predict_interval()
    at_once = deepcopy(forecaster).update(y[100:], update_params=False)
    for row in range(100, 640):
        forecaster.update(y[row : row + 1], update_params=update_params)
    widths = forecaster.predict_interval().diff(axis=1).iloc[:, -1]
    assert np.isfinite(widths).all()
    assert (widths > 0).all()
    assert not np.isclose(widths, first.diff(axis=1).iloc[:, -1]).any()
    if not update_params:
        one, other = forecaster.model_.errors.errors, at_once.model_.errors.errors
        np.testing.assert_allclose(one.residuals, other.residuals)
        np.testing.assert_array_equal(one.left, other.left)
        # Levels follow each row by the quantiles of its time
        pd.testing.assert_frame_equal(
            forecaster.predict_interval(), at_once.predict_interval(), rtol=0.05
        )


@pytest.mark.parametrize("n_rows", [7, 60])
@pytest.mark.parametrize(
    "params",
    [
        {"regressor": network(max_epochs="auto"), "n_estimators": 2},
        {"regressor": network(max_epochs=3), "n_estimators": 2},
        {"regressor": network(), "refit": False, "n_estimators": 2},
        {"regressor": network(), "n_estimators": 3, "max_fit_time": 1e-6},
        {
            "regressor": network(linear_skip=None),
            "refit": False,
            "n_estimators": 3,
            "max_fit_time": 1e-6,
        },
        {"regressor": Ridge()},
        {"regressor": SGDRegressor(), "n_estimators": 3},
    ],
    ids=str,
)
def test_the_progress_bar_ends_when_the_fit_does(params, n_rows, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small(**params, verbose=1).fit(waves(n_rows), fh=FH)
    shown = re.split("[\r\n]+", capsys.readouterr().err.strip())
    counts = [re.search(r"(\d+)%\|.*\| (\d+)/(\d+) \[", line) for line in shown]
    counts = [list(map(int, count.groups())) for count in counts if count]
    assert all(n <= total for _, n, total in counts)
    percent, n, total = counts[-1]
    assert percent == 100
    assert n == total > 0
