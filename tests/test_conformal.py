"""Conformal quantiles, as direct forecasts show them."""

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from direct_forecasters import ALPHA, FH, panel, regressed, ridge, waves


@regressed
def test_quantiles_rise_with_alpha_about_the_forecast(make):
    y = panel(a=waves(n_columns=2), b=waves(70, n_columns=2, seed=2))
    forecaster = make().fit(y, fh=[-3, 0, *FH])
    alpha = np.linspace(0.01, 0.99, 99).tolist()
    quantiles = forecaster.predict_quantiles(alpha=alpha)
    forecast = forecaster.predict()
    for column in ("y0", "y1"):
        rises = np.diff(quantiles[column].to_numpy(), axis=1)
        assert (rises >= 0).all()
        assert (quantiles[column][0.01] < quantiles[column][0.99]).all()
        np.testing.assert_allclose(quantiles[column][0.5], forecast[column], rtol=1e-9)


def test_intervals_do_not_narrow_as_the_horizon_grows():
    y = pd.DataFrame(np.cumsum(np.random.default_rng(0).normal(size=300)))
    forecaster = ridge(window_length=3).fit(y, fh=np.arange(1, 17))
    interval = forecaster.predict_interval(coverage=[0.5, 0.8, 0.95])
    widths = (interval.xs("upper", axis=1, level=2)
              - interval.xs("lower", axis=1, level=2)).to_numpy()  # fmt: skip
    assert (np.diff(widths, axis=0) >= -1e-9).all()
    assert (np.diff(widths, axis=1) > 0).all()
    # A walk is twice as far off after four steps
    assert widths[3, 1] > 1.4 * widths[0, 1]


def test_intervals_hold_as_many_rows_as_they_say():
    generator, coverage = np.random.default_rng(1), [0.8, 0.95]
    is_in = []
    for _ in range(250):
        noise, y = generator.normal(size=170), np.zeros(170)
        for t in range(1, 170):
            y[t] = 0.7 * y[t - 1] + noise[t]
        y = pd.DataFrame({"y": y[10:]})
        forecaster = ridge(center=False, window_length=3).fit(y.iloc[:-4], fh=FH)
        interval = forecaster.predict_interval(coverage=coverage).to_numpy()
        interval, truth = interval.reshape(4, 2, 2), y.iloc[-4:].to_numpy()
        is_in.append((interval[:, :, 0] <= truth) & (truth <= interval[:, :, 1]))
    # (n_horizons, n_coverages)
    found = np.mean(is_in, axis=0)
    assert np.abs(found - coverage).max() < 0.1
    assert np.abs(found.mean(axis=0) - coverage).max() < 0.05


def test_intervals_are_wider_for_series_that_are_harder_to_forecast():
    generator = np.random.default_rng(0)
    wave = np.sin(np.arange(200) / 3)
    series = {}
    for name, noise in (("calm", 0.02), ("wild", 0.5)):
        z = wave + noise * generator.normal(size=200)
        series[name] = pd.DataFrame({"y": z / z.std()})
    forecaster = ridge().fit(panel(**series), fh=FH)
    interval = forecaster.predict_interval(coverage=0.8).to_numpy().reshape(2, 4, 2)
    calm, wild = interval[:, :, 1] - interval[:, :, 0]
    assert (wild > 1.2 * calm).all()


@regressed
def test_series_that_are_updated_or_new_have_quantiles(make):
    a, b = waves(), 1000 * waves(70, seed=3)
    forecaster = make().fit(panel(a=a.iloc[:100]), fh=FH)
    forecaster.update(panel(a=a.iloc[100:], b=b), update_params=False)
    quantiles = forecaster.predict_quantiles(alpha=ALPHA)
    assert list(quantiles.loc["a"].index) == [120, 121, 122, 123]
    assert list(quantiles.loc["b"].index) == [70, 71, 72, 73]
    assert (np.diff(quantiles.to_numpy(), axis=1) > 0).all()
    np.testing.assert_allclose(quantiles[("y0", 0.5)], forecaster.predict()["y0"])


@pytest.mark.parametrize(("noise", "is_wider"), [(5.0, True), (0.02, False)])
@regressed
def test_intervals_follow_the_errors_of_new_rows(make, noise, is_wider):
    generator = np.random.default_rng(0)
    wave = 20 + np.sin(np.arange(260) / 2)[:, np.newaxis]
    sizes = np.where(np.arange(260) < 130, 0.5, 0.5 * noise)
    y = pd.DataFrame(wave + sizes[:, np.newaxis] * generator.normal(size=(260, 1)))
    forecaster = make(log=False, sp=1).fit(y.iloc[:130], fh=FH)
    before = np.diff(forecaster.predict_interval(coverage=0.8))
    forecaster.update(y.iloc[130:], update_params=False)
    after = np.diff(forecaster.predict_interval(coverage=0.8))
    assert ((after > 1.2 * before) == is_wider).all()
    assert ((after < 0.9 * before) != is_wider).all()


@regressed
def test_rows_that_are_known_already_tell_nothing_new(make):
    y = waves()
    forecaster = make().fit(y.iloc[:80], fh=FH)
    expected = forecaster.predict_quantiles(alpha=ALPHA)
    # A network is nearer to rows that it has learnt than it will be to others
    forecaster.update(y.iloc[20:80], update_params=False)
    pd.testing.assert_frame_equal(forecaster.predict_quantiles(alpha=ALPHA), expected)
    every, new = deepcopy(forecaster), deepcopy(forecaster)
    every.update(y.iloc[:100], update_params=False)
    new.update(y.iloc[80:100], update_params=False)
    pd.testing.assert_frame_equal(
        every.predict_quantiles(alpha=ALPHA), new.predict_quantiles(alpha=ALPHA)
    )
