"""Direct forecasts: what they may depend on, updates, copies and output."""

import pickle
import random
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import Ridge

pytest.importorskip("sktime")

from direct_forecasters import (
    ALPHA,
    FH,
    covariates,
    network,
    regressed,
    ridge,
    say_the_same,
    small,
    waves,
)

from sklearn_rnn.forecasting import RecurrentForecaster


@regressed
@pytest.mark.parametrize("origin", [30, 85, 119])
def test_what_follows_the_origin_changes_no_forecast(make, origin):
    y = waves(n_columns=2)
    forecaster = make(log=False).fit(y.iloc[:80], fh=FH)
    noise = y.to_numpy().copy()
    noise[origin:] = np.random.default_rng(5).uniform(-1e6, 1e6, noise[origin:].shape)
    ends = np.arange(10, origin + 1)
    np.testing.assert_array_equal(
        forecaster._forecast_from(noise, ends),
        forecaster._forecast_from(y.to_numpy(), ends),
    )


@regressed
def test_a_forecast_of_a_known_row_does_not_see_it_or_what_follows(make):
    y = waves()
    forecaster = make(log=False).fit(y.iloc[:100], fh=np.arange(-89, 5))
    noise = y.copy()
    noise.iloc[95:100] += np.random.default_rng(5).normal(size=(5, 1))
    before = forecaster.predict()
    after = forecaster.update(noise.iloc[95:100], update_params=False).predict()
    # Rows 10 to 95, the first that was revised, are forecast from rows that were not
    pd.testing.assert_frame_equal(after.iloc[:86], before.iloc[:86])
    assert (after.iloc[86:] != before.iloc[86:]).all(axis=None)


def test_columns_of_y_may_stand_in_any_order():
    y = waves(n_columns=3)
    forecast = ridge().fit(y, fh=FH).predict()
    turned = y[["y2", "y0", "y1"]]
    other = ridge().fit(turned, fh=FH).predict()
    assert list(other.columns) == ["y2", "y0", "y1"]
    np.testing.assert_allclose(other[y.columns], forecast, rtol=1e-9)


def test_columns_of_y_are_read_together():
    lead = np.random.default_rng(0).normal(size=201)
    y = pd.DataFrame({"follows": lead[:-1], "leads": lead[1:]})
    forecaster = small(Ridge(1e-6), sp=1, center=False, log=False, window_length=2)
    forecast = forecaster.fit(y, fh=[1]).predict()
    # What follows is the last row of what leads
    np.testing.assert_allclose(forecast["follows"], lead[-1], rtol=1e-4)


@regressed
def test_an_update_without_training_is_the_same_network_on_a_longer_history(make):
    y = waves()
    forecaster = make().fit(y.iloc[:80], fh=FH)
    (expected,) = forecaster._forecast_from(y.to_numpy(), [100])
    before = deepcopy(forecaster.regressors_)
    by_row = deepcopy(forecaster)
    forecaster.update(y.iloc[80:100], update_params=False)
    for row in range(80, 100):
        by_row.update(y.iloc[row : row + 1], update_params=False)
    assert say_the_same(forecaster.regressors_, before)
    np.testing.assert_allclose(forecaster.predict(), expected, rtol=1e-6)
    pd.testing.assert_frame_equal(by_row.predict(), forecaster.predict())


def test_fitting_again_forgets_the_first_series():
    first, second = waves(), 500 * waves(60, seed=3)
    again = small().fit(first, fh=FH).fit(second, fh=[2])
    expected = small().fit(second, fh=[2]).predict()
    pd.testing.assert_frame_equal(again.predict(), expected)


@regressed
def test_revised_rows_replace_what_was_known(make):
    y = waves()
    revised = y.copy()
    revised.iloc[70:80] += 0.3
    forecaster = make().fit(y.iloc[:80], fh=FH)
    (expected,) = forecaster._forecast_from(revised.to_numpy(), [85])
    forecaster.update(revised.iloc[70:85], update_params=False)
    np.testing.assert_allclose(forecaster.predict(), expected, rtol=1e-6)


@regressed
@pytest.mark.parametrize("update_params", [True, False])
def test_an_update_leaves_copies_as_they_were(make, update_params):
    y = waves()
    forecaster = make().fit(y.iloc[:80], fh=FH)
    twin = deepcopy(forecaster)
    expected = twin.predict()
    forecaster.update(y.iloc[80:], update_params=update_params)
    pd.testing.assert_frame_equal(twin.predict(), expected)


@pytest.mark.parametrize("n_estimators", [1, 2])
def test_forecasts_repeat_bit_for_bit_and_touch_no_global_generator(n_estimators):
    y = waves()

    def forecast(seed):
        forecaster = small(n_estimators=n_estimators, random_state=seed, refit=False)
        forecaster.fit(y.iloc[:100], fh=FH).update(y.iloc[100:])
        return forecaster.predict_quantiles(alpha=ALPHA)

    expected = forecast(3)
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    pd.testing.assert_frame_equal(forecast(3), expected, check_exact=True)
    assert random.getstate() == states[0]
    for now, then in zip(np.random.get_state(), states[1], strict=True):  # noqa: NPY002
        np.testing.assert_array_equal(now, then)
    assert torch.equal(torch.get_rng_state(), states[2])
    assert (forecast(4) != expected).any(axis=None)


@regressed
def test_a_forecaster_does_not_change_its_input(make):
    y, X = waves(84), covariates(84)
    before = y.copy(), X.copy()
    forecaster = make().fit(y.iloc[:70], X=X.iloc[:70], fh=FH)
    forecaster.update(y.iloc[70:80], X=X.iloc[70:80])
    forecaster.predict_quantiles(X=X.iloc[80:], alpha=ALPHA)
    pd.testing.assert_frame_equal(y, before[0])
    pd.testing.assert_frame_equal(X, before[1])


@regressed
def test_nothing_is_printed_unless_asked_for(make, capsys):
    y = waves()
    for verbose in (0, False):
        forecaster = make(verbose=verbose).fit(y.iloc[:100], fh=FH)
        forecaster.update(y.iloc[100:]).predict_quantiles(alpha=ALPHA)
    assert capsys.readouterr() == ("", "")
    make(verbose=1).fit(y, fh=FH)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("\rRecurrentForecaster:   0%")
    assert "RecurrentForecaster: 100%" in err


@regressed
def test_pickles_and_copies_forecast_alike_and_can_be_updated(make):
    y = waves()
    forecaster = make().fit(y.iloc[:100], fh=FH)
    copies = [pickle.loads(pickle.dumps(forecaster)), deepcopy(forecaster)]
    for step in (lambda of: of, lambda of: of.update(y.iloc[100:])):
        expected = step(forecaster).predict_quantiles(alpha=ALPHA)
        for copy in copies:
            forecast = step(copy).predict_quantiles(alpha=ALPHA)
            pd.testing.assert_frame_equal(forecast, expected)


@pytest.mark.parametrize("n_rows", range(6, 30, 3))
@pytest.mark.parametrize("regressor", [network(), Ridge()], ids=["network", "ridge"])
def test_series_that_just_suffice_are_forecast(n_rows, regressor):
    y = waves(n_rows)
    forecaster = RecurrentForecaster(regressor, n_estimators=1, random_state=0)
    quantiles = forecaster.fit(y, fh=[0, *FH]).predict_quantiles(alpha=ALPHA)
    assert np.isfinite(quantiles).all(axis=None)
