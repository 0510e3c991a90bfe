"""What `import sklearn_rnn` promises, in fresh interpreters."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_rnn

HEAVY = [
    "matplotlib",
    "numpy",
    "pandas",
    "scipy",
    "sklearn",
    "skorch",
    "sktime",
    "torch",
]


def run_python(code):
    """Run `code` in an interpreter of its own; return what it printed."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def heavy_modules_after(code):
    report = (
        f"import json, sys; print(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    )
    return json.loads(run_python(f"{code}\n{report}"))


def test_importing_the_package_loads_nothing_heavy():
    assert heavy_modules_after("import sklearn_rnn; dir(sklearn_rnn)") == []


@pytest.mark.parametrize(
    "name", ["ReservoirTransformer", "SlidingWindowTransformer", "make_windows"]
)
def test_transformers_of_rows_do_not_load_torch(name):
    loaded = heavy_modules_after(f"from sklearn_rnn import {name}")
    assert not {"matplotlib", "skorch", "sktime", "torch"} & set(loaded)


@pytest.mark.parametrize("name", ["ESNRegressor", "ESNRegressorCV"])
def test_echo_state_networks_do_not_load_torch(name):
    code = f"from sklearn_rnn import {name}"
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.split("|")[-1].strip() for line in result.stderr.splitlines()}
    assert "sklearn_rnn._reservoir.base" in imported
    assert not {"matplotlib", "skorch", "sktime", "torch"} & imported


def test_a_readout_in_closed_form_is_fitted_without_torch():
    code = "import numpy as np; from sklearn_rnn import ESNRegressor\n"
    code += "X = np.random.default_rng(0).normal(size=(20, 5, 1))\n"
    code += "ESNRegressor(10).fit(X, X[:, -1, 0]).predict(X)"
    assert not {"skorch", "torch"} & set(heavy_modules_after(code))


def test_datasets_do_not_load_torch():
    loaded = heavy_modules_after(
        "from sklearn_rnn.datasets import load_aapl, load_santafe_laser\n"
        "load_aapl(), load_santafe_laser()"
    )
    assert not {"matplotlib", "sklearn", "skorch", "sktime", "torch"} & set(loaded)


def test_show_versions_loads_no_package_that_it_names():
    code = "import sklearn_rnn, contextlib, io\n"
    code += (
        "with contextlib.redirect_stdout(io.StringIO()): sklearn_rnn.show_versions()"
    )
    assert heavy_modules_after(code) == []


def test_estimators_do_not_load_sktime_or_matplotlib():
    loaded = heavy_modules_after("from sklearn_rnn import GRURegressor")
    assert not {"matplotlib", "sktime"} & set(loaded)


def test_dir_lists_every_public_name_before_any_is_used():
    names = run_python("import sklearn_rnn; print(*dir(sklearn_rnn))").split()
    assert names == sorted([*sklearn_rnn.__all__, "forecasting"])


@pytest.mark.parametrize("name", sklearn_rnn.__all__)
def test_every_public_name_resolves(name):
    run_python(f"from sklearn_rnn import {name}")
    value = getattr(sklearn_rnn, name)
    assert getattr(value, "__name__", name).removeprefix("sklearn_rnn.") == name


def test_star_import_brings_every_public_name():
    code = "import sklearn_rnn; from sklearn_rnn import *\n"
    code += "print(*[n for n in sklearn_rnn.__all__ if n not in globals()])"
    assert run_python(code).split() == []


def test_a_name_is_looked_up_once():
    assert sklearn_rnn.show_versions is sklearn_rnn.show_versions
    assert "show_versions" in vars(sklearn_rnn)


def test_an_unknown_attribute_is_an_error_that_names_it():
    message = "^module 'sklearn_rnn' has no attribute 'LTSMRegressor'$"
    with pytest.raises(AttributeError, match=message) as caught:
        _ = sklearn_rnn.LTSMRegressor
    # What Python's "Did you mean" goes by.
    assert caught.value.name == "LTSMRegressor"
    assert caught.value.obj is sklearn_rnn


def test_a_misspelt_import_is_an_import_error():
    with pytest.raises(ImportError, match="cannot import name 'LTSMRegressor'"):
        from sklearn_rnn import LTSMRegressor  # noqa: F401


def test_python_suggests_the_name_that_was_meant():
    code = "import sklearn_rnn; sklearn_rnn.LTSMRegressor"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "Did you mean: 'LSTMRegressor'?" in result.stderr


def test_the_package_is_marked_as_typed():
    assert (Path(sklearn_rnn.__file__).parent / "py.typed").is_file()
