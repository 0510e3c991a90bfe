"""Forecasts by echo state networks: what they may depend on, and what they equal."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from direct_forecasters import covariates, panel, waves

from sklearn_rnn import ESNRegressor, ESNRegressorCV, GRURegressor

pytest.importorskip("sktime")

from sktime.datasets import load_airline, load_lynx, load_shampoo_sales
from sktime.forecasting.base import ForecastingHorizon

from sklearn_rnn.forecasting import ESNForecaster
from sklearn_rnn.forecasting._closed_loop import examples
from sklearn_rnn.forecasting._limits import Limits

FH = np.arange(1, 13)
ALPHA = [0.05, 0.25, 0.5, 0.9]

centered = pytest.mark.parametrize("center", [True, False])


def small_esn(**params):
    params = {"n_reservoir": 30, "alphas": 0.1, "random_state": 1, **params}
    return ESNRegressor(**params)


def small(**params):
    params = {"esn": small_esn(), "n_bootstrap": 20, "random_state": 0, **params}
    return ESNForecaster(**params)


def mase(y, origin, horizon, lag, forecaster):
    train, test = y.iloc[:origin], y.iloc[origin : origin + horizon]
    forecast = forecaster.fit(train).predict(fh=np.arange(1, len(test) + 1))
    scale = np.abs(train.to_numpy()[lag:] - train.to_numpy()[:-lag]).mean()
    last = np.resize(train.to_numpy()[-lag:], len(test))
    errors = np.abs(test.to_numpy() - forecast.to_numpy()).mean()
    return errors / scale, np.abs(test.to_numpy() - last).mean() / scale


# ------------------------------------------------------------- what forecasts depend on


@pytest.mark.parametrize("center", [True, False, "auto"])
def test_rows_after_the_origin_change_no_forecast(center):
    y = waves(n_columns=2)
    noise = y.copy()
    noise.iloc[80:] = np.random.default_rng(5).uniform(1, 1e6, size=(40, 2))
    ours, other = (small(center=center).fit(of.iloc[:80]) for of in (y, noise))
    of_rows = [of.update(rows.iloc[80:100], update_params=False)
               for of, rows in ((ours, y), (other, noise))]  # fmt: skip
    past = np.arange(-100, -20)  # one step ahead of rows before the noise
    one, two = (of.predict(fh=past + 1) for of in of_rows)
    # The bounds of rows seen later may let a first forecast go further.
    np.testing.assert_allclose(one.iloc[10:], two.iloc[10:])


@centered
def test_a_forecast_of_a_known_row_does_not_see_it(center):
    y = waves()
    forecaster = small(center=center, log=False).fit(y)
    changed = y.copy()
    changed.iloc[100:] += 0.05
    before = forecaster.predict(fh=np.arange(-119, 1))
    forecaster.update(changed.iloc[100:], update_params=False)
    after = forecaster.predict(fh=np.arange(-119, 1))
    np.testing.assert_allclose(after.iloc[:101], before.iloc[:101])
    assert (after.iloc[101:] != before.iloc[101:]).all(axis=None)


@centered
@pytest.mark.parametrize("n_columns", [1, 2])
def test_forecasts_after_an_update_are_those_of_a_longer_history(center, n_columns):
    y = waves(n_columns=n_columns)
    forecaster = small(center=center).fit(y.iloc[:80])
    longer = deepcopy(forecaster).update(y.iloc[80:100], update_params=False)
    by_row = deepcopy(forecaster)
    for row in range(80, 100):
        by_row.update(y.iloc[row : row + 1], update_params=False)
    pd.testing.assert_frame_equal(longer.predict(fh=FH), by_row.predict(fh=FH))
    assert longer.esn_ is not forecaster.esn_
    np.testing.assert_array_equal(longer.esn_.coef_, forecaster.esn_.coef_)
    # One step ahead of the origin is what the longer history answers for that row.
    ahead = longer.predict(fh=[1])
    inside = longer.update(y.iloc[100:105], update_params=False).predict(fh=[-4])
    np.testing.assert_allclose(inside, ahead)


@centered
def test_an_update_fits_the_readout_to_all_rows(center):
    y = waves()
    scales = y.iloc[:80]
    updated = small(center=center).fit(scales).update(y.iloc[80:])
    network = deepcopy(updated.esn_)
    z = updated._scales[()].scale(y.to_numpy())
    given = examples([(z, np.empty((len(z), 0)))], center)
    (x,), (target,) = given
    seen = np.empty((1, len(x), 31))
    u = (x - network._scaler.feature_mean) / network._scaler.feature_scale
    network.reservoir_.run(u[np.newaxis], states=seen[:, :, :30])
    seen[0, :, 30:] = u
    seen, target = seen[0, network.washout :], target[network.washout :]
    seen, target = seen - seen.mean(axis=0), target - target.mean(axis=0)
    gram = seen.T @ seen
    strength = 0.1 * np.trace(gram) / len(gram)
    coef = np.linalg.solve(gram + strength * np.eye(len(gram)), seen.T @ target)
    np.testing.assert_allclose(network.coef_.ravel(), coef.ravel(), rtol=1e-6)


@pytest.mark.parametrize("esn", [small_esn(), ESNRegressorCV(20), None])
def test_an_update_with_known_rows_changes_nothing(esn):
    y = waves()
    forecaster = small(esn=esn).fit(y)
    coef = forecaster.esn_.coef_
    forecaster.update(y.iloc[90:])
    np.testing.assert_allclose(forecaster.esn_.coef_, coef, rtol=1e-9, atol=1e-12)


def test_an_update_leaves_copies_as_they_were():
    y = waves()
    forecaster = small().fit(y.iloc[:80])
    twin = deepcopy(forecaster)
    expected = twin.predict(fh=FH)
    forecaster.update(y.iloc[80:])
    pd.testing.assert_frame_equal(twin.predict(fh=FH), expected)


def test_a_new_series_in_an_update_is_forecast_in_its_own_units():
    a, b = waves(), waves(seed=3) * 1000
    forecaster = small(center=True).fit(panel(a=a))
    forecaster.update(panel(a=a, b=b), update_params=False)
    forecast = forecaster.predict(fh=FH)
    assert forecast.loc["a"].max().item() < 100 < forecast.loc["b"].min().item()


# ----------------------------------------------------------------- what forecasts equal


@centered
@pytest.mark.parametrize("with_X", [True, False])
def test_forecasts_of_known_rows_are_the_networks_own(center, with_X):
    y, X = waves(n_columns=2), covariates(120) if with_X else None
    forecaster = small(center=center, log=False).fit(y, X=X)
    z = (y - y.mean()) / y.std(ddof=0)
    read = z.diff().fillna(0) if center else z
    read = read.to_numpy()[:-1]
    if with_X:
        read = np.hstack([read, X.to_numpy()[1:]])
    target = z.diff().to_numpy()[1:] if center else z.to_numpy()[1:]
    esn = small_esn(return_sequences=True, washout=12)
    esn.set_params(random_state=forecaster.esn_.random_state)
    out = esn.fit(read[np.newaxis], target[np.newaxis]).predict(read[np.newaxis])[0]
    expected = (out + z.to_numpy()[:-1] if center else out) * y.std(ddof=0).to_numpy()
    forecast = forecaster.predict(fh=np.arange(-119, 1), X=X)
    later = slice(12, None)  # past the washout, where nothing is clipped
    np.testing.assert_allclose(
        forecast.iloc[1:][later], expected[later] + y.mean().to_numpy(), rtol=1e-8
    )
    np.testing.assert_allclose(forecast.iloc[0], y.iloc[0])


@pytest.mark.parametrize("n_columns", [1, 3])
def test_the_closed_loop_is_that_of_free_run(n_columns):
    y = waves(150, n_columns)
    forecaster = small(center=False, log=False).fit(y)
    z = ((y - y.mean()) / y.std(ddof=0)).to_numpy()
    expected = forecaster.esn_.free_run([z], 12)[0].reshape(12, n_columns)
    expected = expected * y.std(ddof=0).to_numpy() + y.mean().to_numpy()
    np.testing.assert_allclose(forecaster.predict(fh=FH), expected, rtol=1e-9)


@pytest.mark.parametrize("center", [True, False, "auto"])
def test_one_series_in_a_panel_is_forecast_as_it_is_alone(center):
    y = waves()
    alone = small(center=center).fit(y)
    among = small(center=center).fit(panel(a=y))
    np.testing.assert_allclose(among.predict(fh=FH), alone.predict(fh=FH))
    ours, others = (of.predict_quantiles(fh=FH, alpha=ALPHA) for of in (among, alone))
    np.testing.assert_allclose(ours, others)


def test_series_of_a_panel_do_not_touch_each_other_once_the_network_is_fitted():
    y = panel(a=waves(), b=waves(60, seed=2), c=waves(90, seed=3))
    forecaster = small().fit(y)
    expected = forecaster.predict_quantiles(fh=FH, alpha=ALPHA)
    forecaster.update(y.loc[["b"]] * 1.01, update_params=False)
    forecast = forecaster.predict_quantiles(fh=FH, alpha=ALPHA)
    for key in "ac":
        np.testing.assert_allclose(forecast.loc[key], expected.loc[key])


def test_series_that_end_earlier_are_forecast_further():
    a, b = waves(), waves(100, seed=2)
    forecaster = small().fit(panel(a=a, b=b))
    at = ForecastingHorizon([121, 124], is_relative=False)
    forecast = forecaster.predict(fh=at)
    further = forecaster.predict_quantiles(fh=at, alpha=ALPHA)
    for key, n_rows in (("a", 120), ("b", 100)):
        steps = np.array([121, 124]) - (n_rows - 1)
        relative = forecaster._requests(ForecastingHorizon(steps), None)
        (request,) = [one for one in relative if one.series.key == (key,)]
        (expected,) = forecaster._forecast([request])
        np.testing.assert_allclose(forecast.loc[key], expected)
        (expected,) = forecaster._forecast([request], ALPHA)
        np.testing.assert_allclose(further.loc[key], expected[:, 0])


@pytest.mark.parametrize("center", [True, False, "auto"])
def test_forecasts_go_with_the_units_of_y(center):
    y = waves(n_columns=2)
    ours = small(center=center, log=False).fit(y)
    other = small(center=center, log=False).fit(1000 * y - 7e4)
    for forecasts in (
        [of.predict(fh=FH) for of in (ours, other)],
        [of.predict_quantiles(fh=FH, alpha=ALPHA) for of in (ours, other)],
    ):
        np.testing.assert_allclose(forecasts[1], 1000 * forecasts[0] - 7e4, rtol=1e-6)


def test_logarithms_make_forecasts_go_with_powers_of_y():
    y = load_airline()
    ours, other = small().fit(y), small().fit(y**2)
    assert ours.log_
    np.testing.assert_allclose(
        other.predict(fh=FH), ours.predict(fh=FH) ** 2, rtol=1e-6
    )


def test_any_horizon_is_answered_after_one_fit():
    forecaster = small().fit(load_airline())
    forecast = forecaster.predict(fh=np.arange(-143, 25))
    for fh in ([-5, 3, 24], [24], [-143], [0]):
        one = forecaster.predict(fh=fh)
        pd.testing.assert_series_equal(one, forecast.loc[one.index], check_freq=False)


# ---------------------------------------------------------------------------- quantiles


@centered
def test_quantiles_rise_with_alpha_and_repeat(center):
    forecaster = small(center=center).fit(waves(n_columns=2))
    fh = np.arange(-119, 25)
    quantiles = forecaster.predict_quantiles(fh=fh, alpha=ALPHA)
    for column in ("y0", "y1"):
        assert (np.diff(quantiles[column], axis=1) >= 0).all()
    again = forecaster.predict_quantiles(fh=fh, alpha=ALPHA)
    pd.testing.assert_frame_equal(again, quantiles)
    of_copy = pickle.loads(pickle.dumps(forecaster))
    pd.testing.assert_frame_equal(
        of_copy.predict_quantiles(fh=fh, alpha=ALPHA), quantiles
    )


def test_quantiles_of_a_horizon_do_not_depend_on_what_else_is_asked():
    forecaster = small().fit(waves())
    many = forecaster.predict_quantiles(fh=np.arange(-5, 25), alpha=ALPHA)
    few = forecaster.predict_quantiles(fh=[-5, 1, 7], alpha=[0.25, 0.9])
    np.testing.assert_allclose(few, many.loc[few.index, few.columns])


def test_intervals_widen_where_errors_add_up():
    y = pd.DataFrame(np.cumsum(np.random.default_rng(0).normal(size=300)))
    forecaster = small(log=False, center=True, n_bootstrap=400).fit(y)
    interval = forecaster.predict_interval(fh=[1, 4, 16], coverage=0.8)
    width = (interval.iloc[:, 1] - interval.iloc[:, 0]).to_numpy()
    # As those of a random walk: 1, 2 and 4 times 2.56
    np.testing.assert_allclose(width, 2.56 * np.array([1, 2, 4]), rtol=0.3)


def test_residuals_are_stretched_by_the_degrees_of_freedom():
    y = waves()
    forecaster = small(center=False, log=False).fit(y)
    esn, z = forecaster.esn_, ((y - y.mean()) / y.std(ddof=0)).to_numpy()
    u = (z[:-1] - esn._scaler.feature_mean) / esn._scaler.feature_scale
    states = np.empty((1, len(u), 30))
    esn.reservoir_.run(u[np.newaxis], states=states)
    seen = np.hstack([states[0], u])[esn.washout :]
    values = np.linalg.svd(seen - seen.mean(axis=0), compute_uv=False) ** 2
    df = 1 + (values / (values + 0.1 * values.mean())).sum()
    missed = z[1:] - esn.predict([z[:-1]])[0]
    expected = missed[esn.washout :] / (1 - df / len(seen))
    np.testing.assert_allclose(forecaster._residuals, expected, rtol=1e-6)


def test_nothing_but_a_constant_is_forecast_of_a_constant():
    y = pd.DataFrame({"y": np.full(30, 4.0)})
    forecaster = small().fit(y)
    np.testing.assert_allclose(forecaster.predict(fh=FH), 4.0)
    np.testing.assert_allclose(forecaster.predict_quantiles(fh=FH, alpha=ALPHA), 4.0)


# ------------------------------------------------------------------------- closed loops


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_no_loop_diverges(center, seed):
    # A readout of hardly any penalty and a reservoir that never forgets
    esn = small_esn(spectral_radius=3.0, input_scaling=2.0, alphas=1e-12)
    y = waves(40, seed=seed)
    forecaster = small(esn=esn, center=center, log=False).fit(y)
    fh = np.arange(1, 301)
    limits = Limits.of(y.to_numpy(), fh).at(y.to_numpy(), [len(y)])
    low, high = (limit[0] for limit in limits)
    for forecast in (
        forecaster.predict(fh=fh),
        forecaster.predict_quantiles(fh=fh, alpha=ALPHA),
    ):
        values = forecast.to_numpy()
        assert (values >= low - 1e-9).all()
        assert (values <= high + 1e-9).all()


@pytest.mark.parametrize("seed", range(3))
def test_no_forecast_step_is_larger_than_those_seen(seed):
    esn = small_esn(spectral_radius=3.0, input_scaling=2.0, alphas=1e-12)
    y = waves(40, seed=seed)
    forecaster = small(esn=esn, center=True, log=False).fit(y)
    levels = pd.concat([y.iloc[-1:], forecaster.predict(fh=np.arange(1, 301))])
    assert levels.diff().abs().max().item() <= y.diff().abs().max().item() + 1e-9


@pytest.mark.parametrize("n_rows", [2, 3, 5, 10, 20])
def test_short_series_are_forecast(n_rows):
    forecaster = ESNForecaster(n_bootstrap=10, random_state=0)
    forecaster.fit(load_airline().iloc[:n_rows])
    assert np.isfinite(forecaster.predict(fh=np.arange(1 - n_rows, 30))).all()


def test_a_series_with_one_row_is_forecast_in_a_panel():
    forecaster = small().fit(panel(a=waves(), b=waves(1)))
    assert np.isfinite(forecaster.predict(fh=FH)).all(axis=None)


@pytest.mark.parametrize(
    ("y", "origins", "horizon", "lag"),
    [
        (load_airline(), [84, 108, 132], 12, 12),
        (load_lynx(), [66, 90, 102], 12, 1),
    ],
    ids=["airline", "lynx"],
)
def test_forecasts_beat_naive_ones_where_there_is_structure(y, origins, horizon, lag):
    figures = [
        mase(y, origin, horizon, lag, ESNForecaster(random_state=seed))
        for origin in origins
        for seed in range(2)
    ]
    ours, naive = np.mean(figures, axis=0)
    assert ours < 0.8 * naive


def test_covariates_of_the_row_forecast_are_read():
    X = covariates(220)
    y = pd.DataFrame({"y": 3 * X["a"] - X["b"] + 50})
    forecaster = small(log=False, center=False).fit(y.iloc[:200], X=X.iloc[:200])
    forecast = forecaster.predict(fh=np.arange(1, 21), X=X.iloc[200:])
    missed = (forecast - y.iloc[200:]).to_numpy()
    assert np.abs(missed).mean() < 0.3 * y.std().item()


# --------------------------------------------------------------------- the network used


@pytest.mark.parametrize(
    "esn", [small_esn(), small_esn(washout=5), ESNRegressorCV(20, alphas=(0.1, 1.0))]
)
def test_the_users_network_is_not_touched(esn):
    before = esn.get_params()
    forecaster = small(esn=esn).fit(waves())
    assert esn.get_params() == before
    assert not hasattr(esn, "coef_")
    assert forecaster.esn_.washout == (esn.washout or 12)


def test_a_network_trained_for_another_loss_can_be_updated():
    y = waves()
    esn = small_esn(solver="adam", loss="huber")
    forecaster = small(esn=esn).fit(y.iloc[:80]).update(y.iloc[80:])
    assert np.isfinite(forecaster.predict(fh=FH)).all(axis=None)


# ---------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("params", "error", "sentence"),
    [
        ({"log": "yes"}, ValueError, "log='yes' is not valid; it must be True, False"),
        ({"center": 1}, ValueError, "center=1 is not valid; it must be True, False"),
        ({"n_bootstrap": 0}, ValueError, "integer from 1 to 100000, got 0."),
        ({"n_bootstrap": 2**31}, ValueError, "to 100000, got 2147483648."),
        ({"n_bootstrap": 2.5}, TypeError, "integer from 1 to 100000, got 2.5."),
        ({"n_bootstrap": True}, TypeError, "integer from 1 to 100000, got True."),
        ({"esn": GRURegressor()}, TypeError, "must be an ESNRegressor, an ESNRegr"),
        ({"esn": "esn"}, TypeError, "esn='esn' must be an ESNRegressor, an ESNR"),
        ({"esn": ESNRegressor(bidirectional=True)}, ValueError, "bidirectional=True"),
        ({"esn": ESNRegressor(n_reservoir=0)}, ValueError, "n_reservoir"),
        ({"esn": small_esn(washout=200)}, ValueError, "has 120 rows; with washout=200"),
    ],
)
def test_bad_parameters_raise_in_fit(params, error, sentence):
    with pytest.raises(error, match=sentence):
        small(**params).fit(waves())


def test_logarithms_need_values_above_0():
    y = waves()
    y.iloc[3] = -1.0
    with pytest.raises(ValueError, match="log=True needs values above 0, but y is -1"):
        small(log=True).fit(y)
    assert not small().fit(y).log_


def test_square_roots_are_taken_before_and_undone_after():
    y = waves() + 100.0
    plain = small(log=False).fit(np.sqrt(y)).predict(fh=range(1, 13))
    forecaster = small(log=False, sqrt=True).fit(y)
    np.testing.assert_allclose(forecaster.predict(fh=range(1, 13)), plain**2, rtol=1e-9)
    y.iloc[3] = 0.0
    assert small().fit(y).sqrt_
    assert not small(log=False).fit(y).sqrt_
    y.iloc[3] = -1.0
    with pytest.raises(ValueError, match="sqrt=True needs values of 0 or more, but y"):
        small(sqrt=True).fit(y)


def test_one_row_is_too_few():
    with pytest.raises(ValueError, match="series of y has 1 rows; with washout=0 it"):
        small().fit(waves(1))


def test_rows_before_the_first_cannot_be_forecast():
    forecaster = small().fit(waves())
    with pytest.raises(ValueError, match="fh asks for the row 120 steps before the"):
        forecaster.predict(fh=[-120, 1])


def test_covariates_are_needed_for_every_step():
    X = covariates(130)
    forecaster = small().fit(waves(), X=X.iloc[:120])
    with pytest.raises(ValueError, match="X lacks a row for 122: a forecast of y"):
        forecaster.predict(fh=[1, 5], X=X.iloc[[120, 121, 123, 124, 125]])
    with pytest.raises(ValueError, match="X is missing: fit was given"):
        forecaster.predict(fh=[1])


def test_series_too_short_for_a_choice_are_read_by_differences():
    y = load_shampoo_sales().iloc[:7]
    forecaster = ESNForecaster(n_bootstrap=5, random_state=0).fit(y)
    assert forecaster.center_ is True
    assert not hasattr(forecaster, "loop_scores_")
