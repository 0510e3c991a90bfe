"""Mixtures of forecasts, and units that no later row changes."""

import pickle
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

pytest.importorskip("sktime")

from direct_forecasters import FH, network, panel, ridge, small, waves

from sklearn_rnn.forecasting import RecurrentForecaster
from sklearn_rnn.forecasting._theta import theta_forecasts

SCALES = ["start", "change", "series", "window", "season", None]


def mixed(regressor=None, **given):
    regressor = Ridge(0.1) if regressor is None else regressor
    return small(regressor, **{"ensemble": True, "sp": 1, "log": False} | given)


def with_weights(forecaster, weights):
    """Return a copy with other weights."""
    other = deepcopy(forecaster)
    other.model_.mixture = replace(
        other.model_.mixture, weights=np.array(weights, float)
    )
    return other.predict().to_numpy()


def test_a_mixture_is_the_weighted_mean_of_its_members():
    y = waves()
    forecaster = mixed().fit(y, fh=FH)
    names = list(forecaster.weights_)
    assert names == ["Ridge", "ridge", "Theta", "naive"]
    members = np.array([with_weights(forecaster, row) for row in np.eye(len(names))])
    weights = np.array(list(forecaster.weights_.values()))
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(
        forecaster.predict(), np.tensordot(weights, members, 1), rtol=1e-9
    )
    # Independently of the mixture
    alone = mixed(ensemble=False).fit(y, fh=FH)
    assert alone.weights_ is None
    np.testing.assert_allclose(members[0], alone.predict(), rtol=1e-9)
    values = y.to_numpy().T
    theta = theta_forecasts(values, np.array([len(y)]), np.array(FH), 1)
    np.testing.assert_allclose(members[2], theta.T, rtol=1e-9)
    np.testing.assert_allclose(members[3], np.repeat(y[-1:], len(FH), axis=0))


def test_the_ridge_is_a_member_once():
    forecaster = mixed(network(max_epochs=0)).fit(waves(), fh=FH)
    assert list(forecaster.weights_) == ["ridge", "Theta", "naive"]


@pytest.mark.parametrize("n_series", [19, 20])
def test_the_default_forecast_of_many_series_is_a_mixture(n_series):
    series = {f"s{i}": waves(40, seed=i) for i in range(n_series)}
    forecaster = RecurrentForecaster(random_state=0, n_estimators=1, max_fit_time=20)
    forecaster.fit(panel(**series), fh=[1, 2])
    assert (forecaster.weights_ is not None) == (n_series == 20)
    assert (forecaster.fit_report_.models[-1] == "mixture") == (n_series == 20)


def test_without_a_block_weights_are_equal():
    forecaster = mixed().fit(waves(9), fh=[1, 2, 3, 4])
    assert forecaster.fit_report_ is None
    assert set(forecaster.weights_.values()) == {0.25}


def test_a_mixture_goes_on_after_updates_and_forecasts_known_rows():
    y = waves()
    forecaster = mixed().fit(y.iloc[:100], fh=[-3, 0, 1, 2])
    before = dict(forecaster.weights_)
    forecaster.update(y.iloc[100:110], update_params=False)
    names = list(before)
    members = [with_weights(forecaster, row) for row in np.eye(len(names))]
    expected = np.tensordot(list(before.values()), members, 1)
    np.testing.assert_allclose(forecaster.predict(), expected, rtol=1e-9)
    forecaster.update(y.iloc[110:])
    assert forecaster.weights_ == before
    assert np.isfinite(forecaster.predict_interval()).all(axis=None)


def test_series_of_a_panel_are_mixed_as_they_are_alone():
    a, b = waves(90), 5 * waves(70, seed=2)
    forecaster = mixed(scale=None).fit(panel(a=a, b=b), fh=FH)
    theta = with_weights(forecaster, [0, 0, 1, 0])
    for number, y in enumerate((a, b)):
        expected = theta_forecasts(y.to_numpy().T, np.array([len(y)]), np.array(FH), 1)
        rows = slice(number * len(FH), (number + 1) * len(FH))
        np.testing.assert_allclose(theta[rows], expected.T, rtol=1e-9)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("center", [True, False, "season"])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), n_known=st.integers(60, 100))
def test_no_example_changes_with_a_row_after_its_targets(scale, center, seed, n_known):
    y = waves(100 + 20, seed=seed)
    other = y.copy()
    other.iloc[n_known:] = 1e3 + np.random.default_rng(seed).normal(
        size=other.iloc[n_known:].shape
    )
    forecaster = ridge(scale=scale, center=center, sp=5, log=False).fit(y, fh=FH)
    model = forecaster.model_
    one, two = (
        model.examples(
            {
                (): deepcopy(forecaster._known[()]).__class__(
                    (),
                    forecaster._known[()].times,
                    values.to_numpy(),
                    forecaster._known[()].covariates,
                )
            }
        )
        for values in (y, other)
    )
    is_before = len(y) - one.left + FH[-1] <= n_known
    assert is_before.any()
    assert not is_before.all()
    for name in ("X", "y", "spreads"):
        first, second = getattr(one, name), getattr(two, name)
        np.testing.assert_array_equal(first[is_before], second[is_before])
    ends = np.arange(20, n_known + 1, 7)
    forecasts = [
        forecaster._forecast_from(values.to_numpy(), ends) for values in (y, other)
    ]
    np.testing.assert_array_equal(*forecasts)


@pytest.mark.parametrize("scale", SCALES[:-1])
@settings(max_examples=10, deadline=None)
@given(factor=st.floats(1e-6, 1e6), shift=st.floats(-50, 50))
def test_forecasts_follow_the_units_of_y(scale, factor, shift):
    y = waves()
    given = {"scale": scale, "center": True, "sp": 1, "log": False, "sqrt": False}
    forecast = ridge(**given).fit(y, fh=FH).predict()
    other = ridge(**given).fit(factor * (y + shift), fh=FH).predict()
    np.testing.assert_allclose(other / factor - shift, forecast, atol=1e-3)


def test_units_are_the_published_moments_of_the_rows_so_far():
    y = waves(50)
    values = y.to_numpy()
    steps = np.abs(np.diff(values[:, 0]))
    expected = {
        "start": steps[:5].mean(),
        "change": steps[:29].mean(),
        "series": values[:30].std(),
        "window": values[24:30].std() + 0.05 * values[:30].std(),
        None: 1.0,
    }
    for scale, unit in expected.items():
        forecaster = ridge(scale=scale, sp=1, log=False).fit(y, fh=[1])
        assert forecaster.scale_ == scale
        *_, spreads = forecaster.model_.windows(
            values, np.empty((50, 0)), np.array([30])
        )
        assert spreads.item() == pytest.approx(unit)


def test_the_seasonal_unit_is_the_mean_change_from_season_to_season():
    values, sp = waves(50).to_numpy(), 4
    changes = np.abs(values[sp:] - values[:-sp])[:, 0]
    for n_window, unit in [(6, changes[24:26].mean()), (4, 0.9 * changes[:26].mean())]:
        forecaster = ridge(scale="season", sp=sp, log=False, window_length=n_window)
        forecaster.fit(pd.DataFrame({"y": values[:, 0]}), fh=[1])
        *_, spreads = forecaster.model_.windows(
            values, np.empty((50, 0)), np.array([30])
        )
        assert spreads.item() == pytest.approx(unit + 0.1 * changes[:26].mean())


@pytest.fixture(scope="module")
def in_segments():
    """A forecaster of a panel whose networks of segments see it in several units."""
    series = {f"s{i}": 10 * (i + 1) * waves(110, seed=i) for i in range(20)}
    y = panel(**series)
    known = y[y.index.get_level_values(1) < 100]
    forecaster = RecurrentForecaster(
        sp=4, window_length=16, refit=False, random_state=0, max_fit_time=60
    )
    return y, forecaster.fit(known, fh=[1, 2, 3])


def test_networks_of_segments_see_a_panel_in_several_units(in_segments):
    _, forecaster = in_segments
    assert forecaster.segment_length_ == 4
    assert len(forecaster.regressors_) == 3
    names = list(forecaster.weights_)
    assert names[1:2] + names[-2:] == ["ridge", "Theta", "seasonal naive"]
    units = [name for name in names if "scale=" in name]
    assert [name.split("(")[1] for name in units] == [
        "scale=None, center=True)",
        "scale='season', center=True)",
    ]
    weights = np.array(list(forecaster.weights_.values()))
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    members = np.array([with_weights(forecaster, row) for row in np.eye(len(names))])
    np.testing.assert_allclose(
        forecaster.predict(), np.tensordot(weights, members, 1), rtol=1e-6
    )
    assert not np.allclose(members[0], members[2], rtol=1e-3)


def test_networks_in_several_units_learn_new_rows_and_are_saved(in_segments):
    y, forecaster = in_segments
    before = forecaster.predict()
    new = y[y.index.get_level_values(1) >= 100]
    updated = pickle.loads(pickle.dumps(forecaster)).update(new)
    pd.testing.assert_frame_equal(forecaster.predict(), before)
    for number in range(3):
        old, model = forecaster.regressors_[number], updated.regressors_[number]
        assert old.net_.module_.head.weight.ne(model.net_.module_.head.weight).any()
    others = [number for number, name in enumerate(updated.weights_) if "scale" in name]
    for number in others:
        row = np.eye(len(updated.weights_))[number]
        assert not np.allclose(
            with_weights(updated, row), with_weights(forecaster, row), rtol=1e-6
        )


def test_rows_that_are_all_the_same_tell_no_unit():
    values = np.r_[np.full(30, 7.0), waves(60).to_numpy()[:, 0]]
    forecaster = ridge(sp=1, log=False).fit(pd.DataFrame({"y": values}), fh=[1, 2])
    examples = forecaster.model_.examples(forecaster._known)
    assert np.abs(examples.y).max() < 1e3
    constant = ridge(sp=1, log=False).fit(pd.DataFrame({"y": values[:30]}), fh=[1, 2])
    np.testing.assert_allclose(constant.predict(), 7.0)
