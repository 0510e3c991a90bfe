"""The display of a fit's report."""

import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
from displays import SMALL, raises
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import GRURegressor
from sklearn_rnn._recurrent.report import FitReport
from sklearn_rnn.plotting import FitReportDisplay

VALID = (
    "a recurrent regressor fitted with max_epochs='auto', a fitted "
    "RecurrentForecaster, or a Pipeline that ends in one"
)


class Mine(Ridge):
    """A class that is given where an estimator is due."""


def report(models, n_steps, errors, chosen=0, metric="root mean squared error"):
    samples = "the last 600 of 3,000 samples"
    return FitReport(metric, samples, models, n_steps, errors, chosen, "r", 1.0)


LASER = report(
    ["mean", "ridge", *["network"] * 4, *["network on ridge"] * 2],
    [None, None, 150, 300, 600, 1200, 150, 300],
    [46.5, 19.6, 7.0, 3.1, 2.2, 1.9, 9.0, 7.5],
    chosen=5,
)
# Nothing beats the naive forecast, by far.
APPLE = report(
    ["naive", "ridge", "network", "network"],
    [None, None, 150, 300],
    [8.40, 8.41, 8.6, 8.5],
    metric="mean absolute error",
)
LEVELS = report(["naive", "seasonal naive", "ridge"], [None] * 3, [30.0, 12.0, 9.0], 2)


@pytest.fixture(scope="module")
def network():
    model = GRURegressor(**SMALL, max_epochs=1)
    model.fit(np.arange(24.0).reshape(8, 3), np.arange(8.0))
    model.fit_report_ = LASER
    return model


def test_each_kind_of_network_has_a_line_of_its_errors_by_steps():
    display = FitReportDisplay(LASER).plot()
    network, on_ridge = display.lines_
    assert network.get_label() == "network"
    np.testing.assert_array_equal(network.get_xdata(), [150, 300, 600, 1200])
    np.testing.assert_array_equal(network.get_ydata(), [7.0, 3.1, 2.2, 1.9])
    assert on_ridge.get_label() == "network on ridge"
    np.testing.assert_array_equal(on_ridge.get_xdata(), [150, 300])
    np.testing.assert_array_equal(on_ridge.get_ydata(), [9.0, 7.5])


def test_models_without_a_network_are_levels():
    display = FitReportDisplay(LASER).plot()
    assert [line.get_label() for line in display.level_lines_] == ["mean", "ridge"]
    for line, error in zip(display.level_lines_, [46.5, 19.6], strict=True):
        assert set(line.get_ydata()) == {error}
        # From one side of the axes to the other
        ends = display.ax_.transAxes.inverted().transform(
            line.get_transform().transform(line.get_xydata())
        )
        np.testing.assert_allclose(ends[:, 0], [0, 1])


@pytest.mark.parametrize("shown", [LASER, APPLE, LEVELS])
def test_axes_have_names_units_and_ticks_in_plain_numbers(shown):
    ax = FitReportDisplay(shown).plot().ax_
    assert ax.get_ylabel().lower() == f"{shown.metric} [units of y]"
    ax.figure.canvas.draw()
    ticks = [text.get_text() for text in ax.get_xticklabels()]
    steps = sorted({n for n in shown.n_steps if n})
    assert ticks == [f"{n:,}" for n in steps]
    assert ax.get_xlabel() == ("Optimiser steps" if steps else "")
    for text in ax.get_yticklabels():
        float(text.get_text().replace(",", ""))
    if steps:
        base_2 = [ax.transData.transform((n, 1))[0] for n in steps]
        np.testing.assert_allclose(np.diff(base_2), np.diff(base_2)[0])  # doublings


def test_many_numbers_of_steps_have_a_few_ticks():
    steps = [None, *range(10, 2010, 10)]
    many = report(["mean", *["network"] * 200], steps, np.ones(201))
    ticks = FitReportDisplay(many).plot().ax_.get_xticks()
    assert 5 <= len(ticks) <= 10
    assert set(ticks) <= set(steps)


@pytest.mark.parametrize(("shown", "scale"), [(LASER, "log"), (APPLE, "linear")])
def test_errors_of_different_size_have_a_logarithmic_axis(shown, scale):
    assert FitReportDisplay(shown).plot().ax_.get_yscale() == scale


def test_an_error_of_zero_has_a_place():
    ax = (
        FitReportDisplay(report(["mean", "ridge"], [None, None], [2.0, 0.0])).plot().ax_
    )
    assert ax.get_yscale() == "linear"


def test_the_chosen_network_is_marked_at_its_steps():
    display = FitReportDisplay(LASER).plot()
    assert display.chosen_point_.get_label() == "Chosen: network, 1,200 steps"
    np.testing.assert_array_equal(display.chosen_point_.get_xydata(), [[1200, 1.9]])
    assert "chosen" in [text.get_text() for text in display.ax_.texts]


@pytest.mark.parametrize("shown", [APPLE, LEVELS])
def test_a_chosen_model_without_network_is_marked_where_its_level_begins(shown):
    display = FitReportDisplay(shown).plot()
    assert display.chosen_point_.get_label() == f"Chosen: {shown.chosen_model}"
    point = display.chosen_point_.get_xydata()
    level = display.level_lines_[shown.chosen]
    begin = level.get_transform().transform(level.get_xydata()[:1])
    drawn = display.chosen_point_.get_transform().transform(point)
    np.testing.assert_allclose(drawn, begin)


def test_where_no_network_was_tried_levels_stand_alone():
    display = FitReportDisplay(LEVELS).plot()
    assert display.lines_ == []
    assert len(display.level_lines_) == 3
    assert len(display.ax_.get_xticks()) == 0


def test_errors_that_are_not_finite_are_gaps():
    shown = report(
        ["mean", "ridge", *["network"] * 3, "network on ridge"],
        [None, None, 150, 300, 600, 150],
        [2.0, math.inf, 1.0, math.nan, 1e200, math.inf],
        chosen=2,
    )
    display = FitReportDisplay(shown).plot()
    display.figure_.canvas.draw()
    assert [line.get_label() for line in display.level_lines_] == ["mean"]
    (line,) = display.lines_
    np.testing.assert_array_equal(line.get_ydata(), [1.0, np.nan, np.nan])
    assert [text.get_text() for text in display.labels_] == ["mean", "network"]


@pytest.mark.parametrize("shown", [LASER, APPLE, LEVELS])
def test_names_stand_beside_their_lines_in_their_colour(shown):
    display = FitReportDisplay(shown).plot()
    lines = [*display.level_lines_, *display.lines_]
    for line, text in zip(lines, display.labels_, strict=True):
        assert text.get_text() == line.get_label()
        assert text.get_color() == line.get_color()
        assert text.xy == (1, line.get_ydata()[-1])


@given(st.lists(st.floats(1, 3), min_size=2, max_size=9), st.sampled_from([100, 200]))
@settings(deadline=None)
def test_no_name_covers_another(errors, dpi):
    models = [f"model {number}" for number in range(len(errors))]
    figure, ax = plt.subplots(dpi=dpi)
    display = FitReportDisplay(report(models, [None] * len(errors), errors)).plot(ax)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in display.labels_]
    plt.close(figure)
    for one, other in itertools.combinations(boxes, 2):
        assert min(one.y1, other.y1) - max(one.y0, other.y0) < 3  # pixels
    order = np.argsort(errors, kind="stable")
    assert np.all(np.diff([boxes[number].y0 for number in order]) > 0)


def test_keywords_reach_the_artists():
    display = FitReportDisplay(LASER).plot(
        line_kw={"linewidth": 5},
        level_kw={"color": "red"},
        chosen_kw={"markersize": 3, "label": "best"},
    )
    assert {line.get_linewidth() for line in display.lines_} == {5}
    assert {line.get_color() for line in display.level_lines_} == {"red"}
    assert display.chosen_point_.get_markersize() == 3
    assert display.chosen_point_.get_label() == "best"


# ------------------------------------------------------------------- what has a report


def test_the_report_of_an_estimator_is_drawn_in_the_axes_given(network):
    _, ax = plt.subplots()
    display = FitReportDisplay.from_estimator(network, ax=ax, line_kw={"linewidth": 5})
    assert display.fit_report is LASER
    assert display.ax_ is ax
    assert display.lines_[0].get_linewidth() == 5


def test_a_pipeline_shows_the_report_of_its_last_step(network):
    inner = make_pipeline(StandardScaler(), network)
    for pipe in (inner, make_pipeline(StandardScaler(), inner)):
        assert FitReportDisplay.from_estimator(pipe).fit_report is LASER


def test_a_forecaster_shows_its_report(esn_forecaster):
    with raises(
        ValueError,
        "fit_report_ of the ESNForecaster is None, as its fit had nothing to choose; "
        f"estimator must be {VALID}.",
    ):
        FitReportDisplay.from_estimator(esn_forecaster)
    forecaster = esn_forecaster.clone()
    with pytest.raises(Exception, match="not been fitted"):
        FitReportDisplay.from_estimator(forecaster)
    forecaster._is_fitted = True
    forecaster.fit_report_ = APPLE
    assert FitReportDisplay.from_estimator(forecaster).fit_report is APPLE


def test_a_fit_that_judged_nothing_is_an_error_that_says_what_to_do(network):
    model = GRURegressor(**SMALL, max_epochs=1).fit(np.eye(6), np.arange(6.0))
    model.fit_report_ = None
    with raises(
        ValueError,
        "fit_report_ of the GRURegressor is None, as its fit had nothing to choose; "
        f"estimator must be {VALID}.",
    ):
        FitReportDisplay.from_estimator(make_pipeline(model))


def test_a_model_without_reports_is_an_error():
    ridge = Ridge().fit([[1.0], [2.0]], [1.0, 2.0])
    with raises(
        TypeError, f"estimator is a Ridge without fit_report_; it must be {VALID}."
    ):
        FitReportDisplay.from_estimator(ridge)


def test_an_estimator_that_is_not_fitted_is_an_error():
    with pytest.raises(NotFittedError):
        FitReportDisplay.from_estimator(GRURegressor())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, "3"),
        (GRURegressor, "<class 'sklearn_rnn._recurrent.regressors.GRURegressor'>"),
    ],
)
def test_what_is_no_estimator_is_an_error(value, shown):
    with raises(TypeError, f"estimator={shown} must be {VALID}."):
        FitReportDisplay.from_estimator(value)


def test_what_is_no_report_is_an_error():
    with raises(TypeError, f"fit_report=[1.0] must be the fit_report_ of {VALID}."):
        FitReportDisplay([1.0]).plot()


def test_a_report_without_a_finite_error_is_an_error():
    shown = report(["mean", "network"], [None, 150], [math.inf, math.nan])
    with raises(
        ValueError,
        "fit_report has no error that can be drawn: they are (inf, nan); one must be "
        "finite.",
    ):
        FitReportDisplay(shown).plot()
