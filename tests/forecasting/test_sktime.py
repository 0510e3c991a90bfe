"""Forecasters within sktime: its checks of estimators, and its tools on real data."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from sklearn_rnn import GRURegressor, LSTMRegressor, RNNRegressor

pytest.importorskip("sktime")

import skbase.testing
from sktime.benchmarking.forecasting import ForecastingBenchmark
from sktime.datasets import (
    load_airline,
    load_longley,
    load_lynx,
    load_shampoo_sales,
)
from sktime.forecasting.compose import (
    MultiplexForecaster,
    TransformedTargetForecaster,
    make_reduction,
)
from sktime.forecasting.ets import AutoETS
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.forecasting.naive import NaiveForecaster
from sktime.forecasting.theta import ThetaForecaster
from sktime.performance_metrics.forecasting import (
    MeanAbsoluteError,
    MeanAbsoluteScaledError,
)
from sktime.performance_metrics.forecasting.probabilistic import PinballLoss
from sktime.split import ExpandingWindowSplitter, InstanceSplitter
from sktime.tests.test_class_register import get_test_classes_for_obj
from sktime.transformations.detrend import Deseasonalizer
from sktime.utils._testing.hierarchical import _make_hierarchical
from sktime.utils.estimator_checks import check_estimator, parametrize_with_checks
from statsmodels.datasets import sunspots
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster

FH = np.arange(1, 13)
FORECASTERS = [RecurrentForecaster, ESNForecaster]


def small(cell=LSTMRegressor, **params):
    regressor = cell(hidden_size=4, max_epochs=2)
    params = {"n_estimators": 1, "random_state": 0, **params}
    return RecurrentForecaster(regressor, **params)


def mean_error(forecaster, y, horizon, X=None):
    """Return the mean absolute error over the last rows."""
    X, ahead = (None, None) if X is None else (X.iloc[:-horizon], X.iloc[-horizon:])
    fh = np.arange(1, horizon + 1)
    forecast = forecaster.fit(y.iloc[:-horizon], X=X, fh=fh).predict(X=ahead)
    return (forecast - y.iloc[-horizon:]).abs().mean()


# --------------------------------------------------------------------------- all checks


@parametrize_with_checks(FORECASTERS, obj_varname="forecaster", check_varname="check")
def test_forecasters_pass_all_checks_of_sktime(forecaster, check):
    results = check_estimator(
        forecaster, tests_to_run=check, raise_exceptions=True, verbose=False
    )
    # One at least for each set of parameters, or for the class
    assert results
    assert set(results.values()) == {"PASSED"}


def test_the_checks_of_sktime_hold_those_of_scikit_base():
    names = {name for name in dir(skbase.testing.TestAllObjects) if "test_" in name}
    for forecaster in FORECASTERS:
        checks = get_test_classes_for_obj(forecaster)
        assert any(issubclass(of, skbase.testing.TestAllObjects) for of in checks)
        assert names <= {name for of in checks for name in dir(of)}


@pytest.mark.parametrize("forecaster", FORECASTERS)
def test_checks_run_on_several_sets_of_parameters(forecaster):
    assert len(forecaster.get_test_params()) > 1


# ----------------------------------------------------------------------- real data sets


@pytest.mark.parametrize("forecaster", FORECASTERS)
def test_all_defaults_beat_the_seasonal_naive_forecast_of_airline(forecaster):
    y = load_airline()
    ours = mean_error(forecaster(random_state=0), y, 24)
    assert ours < 0.6 * mean_error(NaiveForecaster(sp=12), y, 24)


@pytest.mark.parametrize("forecaster", [small(), ESNForecaster(random_state=0)])
@pytest.mark.parametrize("load", [load_lynx, load_shampoo_sales])
def test_series_of_other_kinds_are_forecast_better_than_by_their_last_row(
    load, forecaster
):
    y = load()
    # Lynx has a cycle of ten years, shampoo sales noise and a trend
    cv = ExpandingWindowSplitter(initial_window=24, step_length=4, fh=[1, 2, 3])
    ours, naive = (
        evaluate(one, cv, y, scoring=MeanAbsoluteError())["test_MeanAbsoluteError"]
        for one in (forecaster, NaiveForecaster())
    )
    assert len(ours) == cv.get_n_splits(y)
    assert ours.mean() < naive.mean()


@pytest.mark.parametrize("forecaster", [small(), ESNForecaster(random_state=0)])
def test_a_solar_cycle_is_forecast_better_than_by_its_last_row(forecaster):
    y = sunspots.load_pandas().data["SUNACTIVITY"]
    ours = mean_error(forecaster, y, 11)
    assert ours < mean_error(NaiveForecaster(), y, 11)


@pytest.mark.parametrize(
    "forecaster",
    [small(), ESNForecaster(random_state=0), RecurrentForecaster(Ridge(), log=False)],
)
def test_covariates_of_longley_are_taken_up_to_the_row_forecast(forecaster):
    y, X = load_longley()
    assert mean_error(forecaster, y, 2, X) < 0.05 * y.mean()
    assert mean_error(forecaster, y, 2, X) != mean_error(forecaster, y, 2)


# ----------------------------------------------------------------------- sktime's tools


@pytest.mark.parametrize("strategy", ["refit", "update", "no-update_params"])
@pytest.mark.parametrize("forecaster", [small(), ESNForecaster(random_state=0)])
def test_evaluate_scores_every_fold(forecaster, strategy):
    y = load_airline()
    cv = ExpandingWindowSplitter(initial_window=96, step_length=12, fh=FH)
    table = evaluate(
        forecaster,
        cv,
        y,
        strategy=strategy,
        scoring=[MeanAbsoluteScaledError(sp=12), PinballLoss()],
        return_data=True,
    )
    assert len(table) == cv.get_n_splits(y) == 4
    # What the seasonal naive forecast scores is near 1 and above: airline grows
    assert np.isfinite(table["test_MeanAbsoluteScaledError"]).all()
    assert table["test_MeanAbsoluteScaledError"].mean() < 0.8
    assert np.isfinite(table["test_PinballLoss"]).all()
    for forecast, test in zip(table["y_pred"], table["y_test"], strict=True):
        assert list(forecast.index) == list(test.index)


def test_each_fold_is_forecast_as_it_is_by_itself():
    y = load_airline()
    cv = ExpandingWindowSplitter(initial_window=108, step_length=12, fh=FH)
    table = evaluate(small(), cv, y, return_data=True, scoring=MeanAbsoluteError())
    for (train, _), forecast in zip(cv.split_series(y), table["y_pred"], strict=True):
        expected = small().fit(train, fh=FH).predict()
        pd.testing.assert_series_equal(forecast, expected, check_freq=False)


@pytest.mark.parametrize(
    "forecaster",
    [small(), RecurrentForecaster(Ridge()), ESNForecaster(random_state=0)],
)
def test_evaluate_scores_series_that_pretraining_has_not_seen(forecaster):
    y = _make_hierarchical((4,), min_timepoints=60, max_timepoints=60, random_state=0)
    cv = ExpandingWindowSplitter(initial_window=48, step_length=6, fh=[1, 2, 3])
    table = evaluate(
        forecaster,
        cv,
        y,
        scoring=MeanAbsoluteError(),
        cv_global=InstanceSplitter(KFold(2)),
        error_score="raise",
    )
    assert len(table) == 2 * 2
    assert np.isfinite(table["test_MeanAbsoluteError"]).all()


def test_a_network_that_cannot_be_pretrained_is_fitted_as_if_it_had_not_been():
    y = load_airline()
    others = pd.concat({"a": y.to_frame()}, names=["series", "time"])
    expected = ESNForecaster(random_state=0).fit(y, fh=FH).predict()
    forecaster = ESNForecaster(random_state=0).pretrain(others, fh=FH)
    pd.testing.assert_series_equal(forecaster.fit(y, fh=FH).predict(), expected)


def test_grid_search_chooses_among_cells_as_whole_regressors():
    y = load_airline().iloc[:-12]
    cells = [
        cell(hidden_size=4, max_epochs=2)
        for cell in (LSTMRegressor, GRURegressor, RNNRegressor)
    ]
    search = ForecastingGridSearchCV(
        small(refit=False),
        cv=ExpandingWindowSplitter(initial_window=96, step_length=12, fh=FH),
        param_grid={"regressor": cells, "seasonal_base": [True, False]},
        scoring=MeanAbsoluteError(),
        backend="None",  # no other processes
    ).fit(y, fh=FH)
    results = search.cv_results_
    scores = results["mean_test_MeanAbsoluteError"]
    assert len(results) == 6
    # Networks that have made all their steps differ, cell by cell
    assert scores.nunique() == 6
    assert search.best_score_ == scores.min()
    best = results["params"][scores.idxmin()]
    assert search.best_params_ == best
    assert type(search.best_forecaster_.regressor) is type(best["regressor"])
    assert np.isfinite(search.predict()).all()


def test_grid_search_reaches_into_the_regressor():
    search = ForecastingGridSearchCV(
        small(refit=False),
        cv=ExpandingWindowSplitter(initial_window=120, step_length=12, fh=FH),
        param_grid={"regressor__hidden_size": [2, 5]},
        scoring=MeanAbsoluteError(),
        backend="None",  # no other processes
    ).fit(load_airline(), fh=FH)
    (fitted,) = search.best_forecaster_.regressors_
    assert fitted.hidden_size == search.best_params_["regressor__hidden_size"]
    assert search.cv_results_["mean_test_MeanAbsoluteError"].nunique() == 2


def test_multiplexing_forecasts_as_the_one_that_is_selected():
    y = load_airline().iloc[:-12]
    members = {"ours": small(), "esn": ESNForecaster(random_state=0)}
    members["naive"] = NaiveForecaster(sp=12)
    multiplexer = MultiplexForecaster(list(members.items()))
    for name, member in members.items():
        multiplexer.set_params(selected_forecaster=name)
        forecast = multiplexer.fit(y, fh=FH).predict()
        expected = member.clone().fit(y, fh=FH).predict()
        pd.testing.assert_series_equal(forecast, expected)
    search = ForecastingGridSearchCV(
        multiplexer,
        cv=ExpandingWindowSplitter(initial_window=96, step_length=12, fh=FH),
        param_grid={"selected_forecaster": list(members)},
        scoring=MeanAbsoluteError(),
        backend="None",  # no other processes
    ).fit(y, fh=FH)
    assert search.best_params_["selected_forecaster"] in ("ours", "esn")


@pytest.mark.parametrize("forecaster", [small(), ESNForecaster(random_state=0)])
def test_forecasts_of_what_is_left_when_seasons_are_taken_off(forecaster):
    y = load_airline()
    pipeline = TransformedTargetForecaster(
        [Deseasonalizer(sp=12, model="multiplicative"), forecaster]
    )
    assert mean_error(pipeline, y, 24) < mean_error(NaiveForecaster(sp=12), y, 24)
    seasons = Deseasonalizer(sp=12, model="multiplicative")
    left = seasons.fit_transform(y.iloc[:-24])
    forecast = forecaster.clone().fit(left, fh=np.arange(1, 25)).predict()
    np.testing.assert_allclose(pipeline.predict(), seasons.inverse_transform(forecast))
    interval = pipeline.predict_interval(coverage=0.8)
    assert (interval.iloc[:, 0] < interval.iloc[:, 1]).all()


class ThetaThatWarns(ThetaForecaster):
    """As on a processor where the optimisation in statsmodels does not converge."""

    def _fit(self, y, X, fh):
        warnings.warn("Optimization failed to converge.", ConvergenceWarning)  # noqa: B028
        np.float64(1.0) / np.float64(0.0)
        return super()._fit(y, X, fh)


def test_a_benchmark_ranks_forecasters_side_by_side(tmp_path):
    benchmark = ForecastingBenchmark()
    forecasters = {
        "naive": NaiveForecaster(sp=12),
        "theta": ThetaThatWarns(sp=12),
        "ets": AutoETS(auto=True, sp=12),
        "ours": small(),
        "esn": ESNForecaster(random_state=0),
    }
    for name, forecaster in forecasters.items():
        benchmark.add_estimator(forecaster, name)
    cv = ExpandingWindowSplitter(initial_window=96, step_length=24, fh=FH)
    benchmark.add_task(load_airline, cv, [MeanAbsoluteScaledError(sp=12)])
    table = benchmark.run(tmp_path / "results.csv").set_index("model_id")
    assert sorted(table.index) == sorted(forecasters)
    scores = table["MeanAbsoluteScaledError_mean"]
    assert (scores[["ours", "esn"]] < 0.5 * scores["naive"]).all()
    assert (tmp_path / "results.csv").exists()


# ------------------------------------------------------------------- without and within


def test_without_sktime_the_import_names_the_extra():
    code = """
import sys
sys.modules["sktime"] = None
import sklearn_rnn
import sklearn_rnn.forecasting
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert run.stderr.strip().endswith(
        "ImportError: sklearn_rnn.forecasting needs sktime; install it with "
        "python -m pip install 'sklearn-rnn[forecasting]'."
    )


# TODO: goes with sktime 1.3, which no longer remembers data unless it is asked to.
@pytest.mark.filterwarnings(
    "ignore:The default of config ``remember_data`` will change:FutureWarning"
)
@pytest.mark.parametrize("strategy", ["recursive", "direct", "multioutput"])
def test_sktimes_reduction_to_our_networks_beats_the_naive_forecast(strategy):
    y = load_airline()
    train, test = y.iloc[:-12], y.iloc[-12:]
    regressor = LSTMRegressor(max_epochs=20, random_state=0)
    forecaster = make_reduction(regressor, window_length=12, strategy=strategy)
    forecast = forecaster.fit(train, fh=np.arange(1, 13)).predict()
    missed = (forecast - test).abs().mean()
    assert missed < 0.5 * (train.iloc[-1] - test).abs().mean()
    # In these years the numbers of a year before are harder to beat
    assert missed < (train.iloc[-12:].to_numpy() - test).abs().mean()
