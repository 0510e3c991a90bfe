import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
from displays import raises

from sklearn_rnn._recurrent.report import FitReport
from sklearn_rnn.plotting import (
    FitReportDisplay,
    ForecastDisplay,
    ReservoirDisplay,
    TrainingCurveDisplay,
    WindowImportanceDisplay,
)


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )


def test_importing_plotting_loads_neither_torch_nor_matplotlib_nor_sktime():
    heavy = ["matplotlib", "skorch", "sktime", "torch"]
    code = "import sys, sklearn_rnn; sklearn_rnn.plotting.ForecastDisplay\n"
    code += f"print([name for name in {heavy} if name in sys.modules])"
    assert run_python(code).stdout.strip() == "[]"


def test_without_matplotlib_the_error_names_the_extra():
    code = "import sys; sys.modules['matplotlib'] = None\n"
    code += "from sklearn_rnn.plotting import ForecastDisplay\n"
    code += "ForecastDisplay.from_predictions([1.0, 2.0])"
    assert run_python(code).stderr.strip().splitlines()[-1] == (
        "ImportError: sklearn_rnn.plotting draws with matplotlib, which cannot be "
        "imported: python -m pip install 'sklearn-rnn[plot]' installs it."
    )


def test_plotting_an_array_loads_no_torch():
    code = "import sys; import matplotlib; matplotlib.use('Agg')\n"
    code += "from sklearn_rnn.plotting import ForecastDisplay\n"
    code += "ForecastDisplay.from_predictions([1.0, 2.0])\n"
    code += "print('torch' in sys.modules)"
    assert run_python(code).stdout.strip() == "False"


REPORT = FitReport("error", "rows", ["mean", "net"], [None, 150], [2, 1], 1, "r", 1)
SOME = {
    "report": lambda: FitReportDisplay(REPORT),
    "training": lambda: TrainingCurveDisplay(loss=[2.0, 1.0], steps=[3, 6]),
    "forecast": lambda: ForecastDisplay([1.0, 2.0], intervals={0.5: [[0, 2], [1, 3]]}),
    "importance": lambda: WindowImportanceDisplay([[1.0, 2.0], [0.0, 1.0]]),
}


@pytest.mark.parametrize("make", SOME.values(), ids=SOME)
def test_plot_draws_in_the_axes_given_and_returns_the_display(make):
    figure, ax = plt.subplots()
    display = make()
    assert display.plot(ax) is display
    assert display.ax_ is ax
    assert display.figure_ is figure


@pytest.mark.parametrize("make", SOME.values(), ids=SOME)
def test_a_display_can_be_drawn_again_in_axes_of_its_own(make):
    display = make()
    first = display.plot().figure_
    assert display.plot().figure_ is not first


@pytest.mark.parametrize("make", SOME.values(), ids=SOME)
def test_init_keeps_what_it_is_given_and_draws_nothing(make):
    display = make()
    assert not [name for name in vars(display) if name.endswith("_")]
    assert plt.get_fignums() == []


@pytest.mark.parametrize("make", SOME.values(), ids=SOME)
def test_axes_that_are_none_are_an_error(make):
    with raises(TypeError, "ax=3 must be matplotlib Axes, or None for new ones."):
        make().plot(3)


@pytest.mark.parametrize(
    ("kind", "valid"),
    [
        (
            TrainingCurveDisplay,
            "a fitted recurrent regressor, or an echo state network fitted with "
            "solver='adam', or a Pipeline that ends in one",
        ),
        (
            ReservoirDisplay,
            "a fitted ESNRegressor, ESNRegressorCV or ReservoirTransformer, or a "
            "Pipeline that holds one",
        ),
        (
            WindowImportanceDisplay,
            "a fitted regressor of windows, or a Pipeline that ends in one",
        ),
    ],
)
def test_a_forecaster_is_no_estimator_to_the_others(esn_forecaster, kind, valid):
    data = {TrainingCurveDisplay: 0, ReservoirDisplay: 1}.get(kind, 2)
    with raises(
        TypeError, f"estimator is a forecaster, ESNForecaster; it must be {valid}."
    ):
        kind.from_estimator(esn_forecaster, *[[[1.0]]] * data)
