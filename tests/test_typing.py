"""Type checkers see the types of the package, as in a user's own project."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import sklearn_rnn

SCRIPT = Path(__file__).parent / "typing" / "user_script.py"

# Packages without types, or too large to be read for each test.
CONFIGURATION = """
[mypy]
strict = true
follow_imports = silent
ignore_missing_imports = true

[mypy-matplotlib.*,scipy.*,skorch.*,sklearn.*,sktime.*,torch.*,tqdm.*]
follow_imports = skip
"""

# Lines of a user who mistakes a word, a type or a result.
MISTAKES = [
    'LSTMRegressor(pooling="lats")',
    'GRURegressor(hidden_size="large")',
    'RNNRegressor(nonlinearity="sigmoid")',
    "LSTMRegressor(hiden_size=3)",
    'GRURegressor(max_epochs="many")',
    'GRURegressor(max_fit_time="long")',
    'RNNRegressor(linear_skip="rigde")',
    'LSTMRegressor(lr_schedule="cosine")',
    "count: int = LSTMRegressor().fit(X, X[:, 0]).predict(X)",
    'ESNRegressor(solver="svd")',
    'ESNRegressorCV(scoring="r2")',
    'ReservoirTransformer(carry_history="yes")',
    'SlidingWindowTransformer("5")',
    'make_windows(X, "5")',
    "datasets.make_narma(order=30)",
    'datasets.load_aapl("Close")',
    "datasets.load_santafe_laser().to_frame()",
    'RecurrentForecaster(n_estimators="three")',
    "ESNForecaster(log=3.5)",
    "FitReportDisplay([1.0, 0.5])",
    "ForecastDisplay(X, value_name=3)",
    'TrainingCurveDisplay(loss=X).plot(x_axis="hour")',
    'WindowImportanceDisplay(X, group_by="window")',
    'ReservoirDisplay(X, [X], "large")',
]
HEAD = """import numpy as np

from sklearn_rnn import *
from sklearn_rnn import datasets
from sklearn_rnn.forecasting import *
from sklearn_rnn.plotting import *

X = np.ones((3, 2))
"""


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    """Return a function that checks a file with mypy and returns what it prints."""
    folder = tmp_path_factory.mktemp("mypy")
    configuration = folder / "mypy.ini"
    configuration.write_text(CONFIGURATION)

    def run(path):
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--config-file", str(configuration),
             "--cache-dir", str(folder / "cache"), str(path)],
            # mypy does not follow the hooks of an editable installation.
            env=os.environ | {"MYPYPATH": str(Path(sklearn_rnn.__file__).parents[1])},
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert not done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def errors(check, tmp_path_factory):
    """Return the errors in `MISTAKES`, by the index of the line."""
    path = tmp_path_factory.mktemp("mistakes") / "mistakes.py"
    path.write_text(HEAD + "\n".join(MISTAKES) + "\n")
    found = re.findall(r"mistakes\.py:(\d+): error: (.*)", check(path))
    n_before = HEAD.count("\n") + 1
    return {
        int(line) - n_before: sentence
        for line, sentence in found
        if not sentence.endswith("[no-untyped-call]")
    }


def test_a_users_script_with_all_types_is_free_of_errors(check):
    assert check(SCRIPT) == "Success: no issues found in 1 source file\n"


def test_the_users_script_runs():
    subprocess.run(
        [sys.executable, str(SCRIPT)], check=True, capture_output=True, timeout=120
    )


@pytest.mark.parametrize("module", ["", ".datasets", ".forecasting", ".plotting"])
def test_the_users_script_has_every_public_name(module):
    words = set(re.findall(r"\w+", SCRIPT.read_text()))
    assert set(import_module(f"sklearn_rnn{module}").__all__) - words <= {"__version__"}


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=MISTAKES.__getitem__)
def test_a_mistake_is_an_error(errors, number):
    assert number in errors


def test_nothing_but_the_mistakes_is_an_error(errors):
    assert set(errors) <= set(range(len(MISTAKES)))
