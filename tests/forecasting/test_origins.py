"""Forecasts from many origins: those of an update and a forecast at each."""

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from sktime.forecasting.base import BaseForecaster
from sktime.forecasting.model_evaluation import evaluate
from sktime.performance_metrics.forecasting import MeanAbsoluteError
from sktime.split import ExpandingWindowSplitter, SlidingWindowSplitter
from small_forecasters import (
    FH,
    FORECASTERS,
    N_ROWS,
    NEXT,
    PAST,
    Y,
    covariates,
    echo_state,
    panel,
    recurrent,
)

from sklearn_rnn import GRURegressor
from sklearn_rnn.forecasting import _origins
from sklearn_rnn.forecasting._sktime_hooks import SktimeHooks


def ridge_network(**params):
    return recurrent(
        GRURegressor(hidden_size=3, max_epochs=0, linear_skip="ridge"), **params
    )


MAKERS = {**FORECASTERS, "ridge_network": ridge_network}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
SPLITTERS = {
    "growing": ExpandingWindowSplitter(FH, 1, 1),
    "growing by 3": ExpandingWindowSplitter(FH, 2, 3),
    "sliding": SlidingWindowSplitter(FH, 2, 1),
}
splitters = pytest.mark.parametrize("cv", SPLITTERS.values(), ids=SPLITTERS)
learning = pytest.mark.parametrize("update_params", [True, False])


def by_sktime(forecaster, *args, **kwargs):
    """Return what sktime's own loop over the origins returns."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            SktimeHooks,
            "_predict_moving_cutoff",
            BaseForecaster._predict_moving_cutoff,
        )
        return forecaster.update_predict(*args, **kwargs)


def assert_alike(one, other):
    kind = pd.testing.assert_frame_equal
    if isinstance(one, pd.Series):
        kind = pd.testing.assert_series_equal
    kind(one, other, rtol=1e-9)


@learning
@splitters
@makers
def test_origins_at_once_are_the_loop_of_sktime(make, cv, update_params):
    forecaster = make().fit(PAST, fh=FH)
    options = {"cv": cv, "update_params": update_params}
    expected = by_sktime(deepcopy(forecaster), NEXT, **options)
    assert_alike(forecaster.update_predict(NEXT, **options), expected)
    # It forecasts from the rows of fit again.
    assert_alike(forecaster.predict(FH), make().fit(PAST, fh=FH).predict(FH))


@learning
@pytest.mark.parametrize("make", [recurrent, ridge_network, echo_state])
def test_forecasts_of_a_single_step_are_a_series(make, update_params):
    forecaster = make().fit(PAST, fh=[2])
    options = {"cv": ExpandingWindowSplitter([2], 1, 2), "update_params": update_params}
    forecasts = forecaster.update_predict(NEXT, **options)
    assert isinstance(forecasts, pd.Series)
    assert_alike(forecasts, by_sktime(forecaster, NEXT, **options))


@learning
@makers
def test_a_forecaster_that_is_not_reset_has_learnt_as_updates_would(
    make, update_params
):
    forecaster = make().fit(PAST, fh=FH)
    twin = deepcopy(forecaster)
    cv = ExpandingWindowSplitter(FH, 2, 2)
    forecasts = forecaster.update_predict(
        NEXT, cv, update_params=update_params, reset_forecaster=False
    )
    for rows, _ in cv.split(NEXT):
        twin.update(NEXT.iloc[rows], update_params=update_params)
        expected = twin.predict(FH)
        assert_alike(
            forecasts[twin.cutoff[0]].dropna(), expected.rename(twin.cutoff[0])
        )
    assert_alike(forecaster.predict_interval(FH), twin.predict_interval(FH))
    assert forecaster.cutoff.equals(twin.cutoff)


@learning
@makers
def test_panels_have_origins_too(make, update_params):
    y = panel(a=Y, b=Y[5:] * 2, c=Y[:-4] + 1)
    times = y.index.get_level_values(1)
    cut = times.unique()[N_ROWS]
    forecaster = make().fit(y[times < cut], fh=FH)
    new = y[(times >= cut) & (y.index.get_level_values(0) != "c")]
    options = {"cv": ExpandingWindowSplitter(FH, 3, 2), "update_params": update_params}
    expected = by_sktime(deepcopy(forecaster), new, **options)
    assert_alike(forecaster.update_predict(new, **options), expected)


@learning
@pytest.mark.parametrize("make", [recurrent, ridge_network], ids=["ridge", "network"])
def test_covariates_are_read_at_each_origin(make, update_params):
    X = covariates()
    X.iloc[N_ROWS + 4 :, 2] = np.nan
    forecaster = make(past_covariates="visits").fit(PAST, X[:N_ROWS], fh=FH)
    options = {"cv": ExpandingWindowSplitter(FH, 1, 1), "update_params": update_params}
    some = NEXT[:4]
    expected = by_sktime(deepcopy(forecaster), some, X=X, **options)
    assert_alike(forecaster.update_predict(some, X=X, **options), expected)


@pytest.mark.parametrize("make", [recurrent, ridge_network], ids=["ridge", "network"])
def test_limits_that_come_with_the_rows_hold_from_their_origin_on(make):
    flat = pd.Series(np.full(40, 3.0))
    moving = pd.Series(3 + np.arange(1, 31) % 4, index=range(40, 70), dtype=float)
    forecaster = make(log=False).fit(flat, fh=FH)
    options = {"cv": ExpandingWindowSplitter(FH, 1, 1), "update_params": False}
    expected = by_sktime(deepcopy(forecaster), moving, **options)
    assert_alike(forecaster.update_predict(moving, **options), expected)


@makers
def test_later_rows_have_no_effect_on_forecasts_from_earlier_origins(make):
    forecaster = make().fit(PAST, fh=FH)
    cv = ExpandingWindowSplitter(FH, 1, 1)
    changed = NEXT.copy()
    changed.iloc[[rows for rows, _ in cv.split(NEXT)][-1][-1] :] += 50.0
    forecasts = [
        forecaster.update_predict(rows, cv, update_params=False)
        for rows in (NEXT, changed)
    ]
    assert not np.allclose(*(one.iloc[:, -1].dropna() for one in forecasts))
    assert_alike(forecasts[0].iloc[:, :-1], forecasts[1].iloc[:, :-1])


@makers
def test_forecasts_do_not_depend_on_how_many_origins_wait(make, monkeypatch):
    forecaster = make().fit(PAST, fh=FH)
    options = {"cv": ExpandingWindowSplitter(FH, 1, 1), "update_params": False}
    expected = forecaster.update_predict(NEXT, **options)
    monkeypatch.setattr(_origins, "_MOST_WAITING", 3)
    assert_alike(forecaster.update_predict(NEXT, **options), expected)


@makers
def test_an_origin_that_fails_leaves_the_forecaster_as_it_was(make):
    forecaster = make().fit(PAST, fh=FH)
    before, cutoff = forecaster.predict(FH), forecaster.cutoff
    broken = NEXT.drop(NEXT.index[4])
    for reset in (True, False):
        with pytest.raises(ValueError, match="y"):
            forecaster.update_predict(
                broken, ExpandingWindowSplitter(FH, 2, 1), reset_forecaster=reset
            )
    assert forecaster.cutoff.equals(cutoff)
    assert_alike(forecaster.predict(FH), before)


@pytest.mark.parametrize("strategy", ["update", "no-update_params"])
@makers
def test_evaluate_scores_an_update_and_a_forecast_at_each_origin(make, strategy):
    cv = ExpandingWindowSplitter(FH, N_ROWS, 2)
    mae = MeanAbsoluteError()
    results = evaluate(
        make(), cv, Y, strategy=strategy, scoring=mae, error_score="raise"
    )
    forecaster, errors = None, []
    for train, test in cv.split(Y):
        if forecaster is None:
            forecaster = make().fit(Y.iloc[train], fh=FH)
        else:
            forecaster.update(Y.iloc[train], update_params=strategy == "update")
        errors.append(mae(Y.iloc[test], forecaster.predict(FH)))
    np.testing.assert_allclose(results["test_MeanAbsoluteError"], errors, rtol=1e-9)
