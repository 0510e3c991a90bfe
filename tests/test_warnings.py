"""Which warnings fail a test: ours, wherever they point, and nobody else's."""

import types
import warnings

import numpy as np
import pytest

CODE = """
import warnings

import numpy as np


def warn(level):
    warnings.warn("A warning.", UserWarning, stacklevel=level)


def divide():
    return np.float64(1.0) / np.float64(0.0)


def call(function, *args):
    function(*args)
"""


def package(name):
    """Return a module as of an installed package."""
    module = types.ModuleType(name)
    exec(CODE, vars(module))
    return module


OURS, THEIRS = package("sklearn_rnn.forecasting._made_up"), package("statsmodels.tsa")

levels = pytest.mark.parametrize("level", [1, 2, 3, 9])


@levels
def test_a_warning_of_ours_is_an_error_wherever_it_points(level):
    with pytest.raises(UserWarning, match=r"^A warning\.$"):
        OURS.warn(level)
    with pytest.raises(UserWarning, match=r"^A warning\.$"):
        THEIRS.call(OURS.warn, level)


@levels
def test_a_warning_of_ours_can_be_expected(level):
    with pytest.warns(UserWarning, match=r"^A warning\.$"):
        OURS.warn(level)


@levels
def test_a_warning_of_another_package_is_no_error(level):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        THEIRS.warn(level)
    assert len(seen) == 1
    THEIRS.warn(level)


def test_a_warning_of_numpy_is_an_error_where_our_code_computes():
    with pytest.raises(RuntimeWarning):
        OURS.divide()
    assert THEIRS.divide() == np.inf
