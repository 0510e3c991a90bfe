"""Reports: the errors of a forecaster's fit, against errors that are computed anew."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge

pytest.importorskip("sktime")

from direct_forecasters import FH, first_units, network, panel, small, waves

from sklearn_rnn.forecasting import ESNForecaster
from sklearn_rnn.forecasting._season import rows_a_season_before


def blocks_of(y, n_blocks, forecast):
    """Return the mean absolute error over blocks of the farthest horizon's rows.

    `forecast` maps known rows to forecasts of the next rows, (n_horizons,).
    """
    n_ahead, values, errors = FH[-1], y.to_numpy()[:, 0], []
    length = max(n_ahead, (len(y) - 6) // 10)
    for number in range(n_blocks):
        end = len(y) - number * length
        begin = end - length
        for known in range(begin - n_ahead + 1, end):
            ahead = forecast(values[:known], begin)
            for row, value in zip(range(known, known + n_ahead), ahead, strict=True):
                if begin <= row < end and known + n_ahead <= len(y):
                    errors.append(abs(value - values[row]))
    return np.mean(errors)


def test_errors_of_naive_forecasts_are_those_of_the_same_rows():
    y = waves(60)
    forecaster = small(Ridge(), sp=5, log=False, center=True, seasonal_base=False)
    report = forecaster.fit(y, fh=FH).fit_report_
    assert report.models == ("naive", "seasonal naive", "ridge", "Ridge")
    assert report.chosen_model == "Ridge"
    naive = blocks_of(y, 4, lambda known, _: np.repeat(known[-1], 4))
    seasonal = blocks_of(y, 4, lambda known, _: known[-5:][:4])
    np.testing.assert_allclose(report.errors[:2], [naive, seasonal], rtol=1e-9)


def test_errors_of_a_regressor_are_those_of_fits_before_each_block():
    y = waves(60)
    given = {"sp": 1, "log": False, "scale": "start", "center": True}
    forecaster = small(Ridge(0.1), **given).fit(y, fh=FH)
    mean, spread = first_units(y.to_numpy(), 6)
    z = ((y.to_numpy() - mean) / spread)[:, 0]
    fitted = {}

    def fit_before(begin):
        ends = range(6, begin - FH[-1] + 1)
        X = [z[end - 6 : end] - z[end - 1] for end in ends]
        target = [z[end : end + 4] - z[end - 1] for end in ends]
        return Ridge(0.1).fit(X, target)

    def forecast(known, begin):
        if begin not in fitted:
            fitted[begin] = fit_before(begin)
        window = z[len(known) - 6 : len(known)]
        ahead = fitted[begin].predict([window - window[-1]])[0] + window[-1]
        return ahead * spread + mean

    expected = blocks_of(y, 4, forecast)
    assert forecaster.fit_report_.errors[-1] == pytest.approx(expected, rel=1e-6)


def test_a_network_has_a_line_for_each_number_of_steps():
    y = waves()
    forecaster = small(network(max_epochs=6, lr=0.05)).fit(y, fh=FH)
    report = forecaster.fit_report_
    assert report.models[: 2 + (forecaster.sp_ > 1)][-1] == "ridge"
    steps = [n for n in report.n_steps if n is not None]
    assert steps == sorted(steps)
    assert report.models[-1] == "network on ridge"
    assert report.chosen_n_steps == forecaster.n_steps_
    alone = small(network(max_epochs=0)).fit(y, fh=FH).fit_report_
    ridges = [one.errors[one.models.index("ridge")] for one in (report, alone)]
    assert ridges[0] == ridges[1]


@pytest.mark.parametrize(
    ("linear_skip", "name"),
    [(None, "network"), ("trainable", "network with linear map")],
)
def test_a_network_without_a_ridge_stands_beside_the_ridge(linear_skip, name):
    y = waves()
    report = small(network(linear_skip=linear_skip)).fit(y, fh=FH).fit_report_
    ridge = small(network(max_epochs=0)).fit(y, fh=FH).fit_report_
    errors = [one.errors[one.models.index("ridge")] for one in (report, ridge)]
    np.testing.assert_allclose(*errors, rtol=1e-6)
    assert report.models[-1] == name


def test_a_regressor_of_one_output_has_its_own_name():
    boosting = HistGradientBoostingRegressor(max_iter=2, random_state=0)
    report = small(boosting).fit(waves(), fh=FH).fit_report_
    assert report.chosen_model == "HistGradientBoostingRegressor"


def test_errors_of_a_panel_are_averaged_over_its_series():
    one, other = waves(60), waves(60, seed=1)
    params = {"sp": 1, "log": False, "center": True}
    reports = [
        small(Ridge(), **params).fit(y, fh=FH).fit_report_
        for y in (one, other, panel(a=one, b=other))
    ]
    errors = [report.errors[0] for report in reports]
    assert errors[2] == pytest.approx(np.mean(errors[:2]))
    assert "of 2 series" in reports[2].judged_on


def test_a_naive_forecast_repeats_known_rows_only():
    after, horizons = np.array([3, 20]), np.arange(1, 8)
    rows = rows_a_season_before(np.array([0, 10]), after, horizons, 5)
    np.testing.assert_array_equal(rows[0], [0, 0, 0, 1, 2, 0, 0])
    np.testing.assert_array_equal(rows[1], [15, 16, 17, 18, 19, 15, 16])


def test_reports_of_a_seed_are_equal():
    y = waves()
    first, again = (small().fit(y, fh=FH).fit_report_ for _ in range(2))
    assert first == again


def test_a_closed_loop_stands_beside_naive_forecasts():
    t = pd.RangeIndex(120)
    y = pd.DataFrame({"y": 20 + np.sin(2 * np.pi * t / 10)}, index=t)
    forecaster = ESNForecaster(random_state=0, log=False).fit(y)
    report = forecaster.fit_report_
    assert report.models[:2] == ("naive", "seasonal naive")
    assert report.errors[1] == pytest.approx(0, abs=1e-9)
    assert report.models[2:] == (
        "echo state network on differences",
        "echo state network on levels",
    )
    assert report.chosen_model.endswith(
        "differences" if forecaster.center_ else "levels"
    )
    spread = y.to_numpy().std()
    for center, error in zip([True, False], report.errors[2:], strict=True):
        scaled = forecaster.loop_scores_[center, 0.1]
        assert error == pytest.approx(scaled * spread)
    fixed = clone(forecaster).set_params(center=True).fit(y)
    assert fixed.fit_report_ is None


def test_reports_of_forecasters_are_drawn_and_shown():
    from sklearn_rnn.plotting import FitReportDisplay

    mpl.use("Agg")
    for forecaster in (small(), ESNForecaster(random_state=0)):
        forecaster.fit(waves(), fh=FH)
        display = FitReportDisplay.from_estimator(forecaster)
        names = [line.get_label() for line in display.level_lines_]
        assert "naive" in names
        assert "naive" in forecaster._repr_html_()
