"""Residuals: rows less their forecasts."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from small_forecasters import (
    FH,
    N_ROWS,
    NEXT,
    PAST,
    assert_same_state,
    both,
    covariates,
    dates,
    panel,
    state_of,
    wave,
)


@both
def test_residuals_are_what_rows_differ_by_from_their_forecasts(make):
    fh = np.arange(1 - N_ROWS, 4)
    reference = make().fit(PAST, fh=fh)
    expected = PAST - reference.predict()[:N_ROWS]
    for forecaster in (reference, make().fit(PAST, fh=FH)):
        for y in (None, PAST):
            residuals = forecaster.predict_residuals(y)
            pd.testing.assert_series_equal(residuals, expected, check_freq=False)
        some = forecaster.predict_residuals(PAST.iloc[[3, 7, 20]].to_frame())
        np.testing.assert_allclose(some["y"], expected.iloc[[3, 7, 20]])
        array = forecaster.predict_residuals(PAST.to_numpy())
        np.testing.assert_allclose(np.ravel(array), expected)
    ahead = NEXT.iloc[[0, 2]]
    residuals = make().fit(PAST, fh=FH).predict_residuals(ahead)
    np.testing.assert_allclose(residuals, ahead - reference.predict()[ahead.index])


@both
def test_residuals_of_a_panel_are_those_of_its_series(make):
    y = panel(a=PAST, b=wave(40, seed=5))
    forecaster = make().fit(y, fh=FH)
    every = forecaster.predict_residuals()
    assert every.index.equals(y.index)
    pd.testing.assert_frame_equal(forecaster.predict_residuals(y), every)
    # Rows in another order of series, and series at other times
    some = y.loc[["b"]].iloc[30:]
    pd.testing.assert_frame_equal(
        forecaster.predict_residuals(some), every.loc[some.index]
    )
    ahead = panel(a=NEXT[:2])
    expected = ahead - forecaster.predict().loc[ahead.index]
    pd.testing.assert_frame_equal(forecaster.predict_residuals(ahead), expected)
    with pytest.raises(
        ValueError, match=r"^y has a series c, which neither fit nor upd"
    ):
        forecaster.predict_residuals(panel(c=PAST))


@both
def test_residuals_read_covariates_of_rows_to_come(make):
    X = covariates()[["price"]]
    forecaster = make().fit(PAST, X=X[:N_ROWS], fh=FH)
    expected = NEXT[:3] - forecaster.predict(X=X)
    ahead = forecaster.predict_residuals(NEXT[:3], X=X)
    pd.testing.assert_series_equal(ahead, expected, check_freq=False)
    assert np.isfinite(forecaster.predict_residuals(PAST)).all()
    with pytest.raises(ValueError, match=r"^X is missing"):
        forecaster.predict_residuals(NEXT[:3])


@both
def test_residuals_leave_the_forecaster_as_it_was(make):
    forecaster = make().fit(PAST, fh=FH)
    expected = state_of(forecaster)
    forecaster.predict_residuals(PAST.to_frame("y"))
    for bad in (PAST.to_numpy()[:9], dates(PAST)):
        with pytest.raises(
            ValueError, match=r"^y is an array of 9 rows|^The times of y are"
        ):
            forecaster.predict_residuals(bad)
        assert_same_state(state_of(forecaster), expected)
