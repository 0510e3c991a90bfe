"""Where our warnings point, and which warnings fail a test: ours, and nobody else's."""

import types
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from sklearn_rnn import GRURegressor, ReservoirTransformer, SlidingWindowTransformer

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


class Interrupt(Callback):
    def on_epoch_end(self, net, **kwargs):
        raise KeyboardInterrupt


def rows(index):
    return pd.DataFrame({"row": np.arange(1.0, 41.0)}, index=index)


def dates_as_strings():
    return rows([f"2024-{1 + i // 28:02}-{1 + i % 28:02}" for i in range(40)])


def dates_with_gaps():
    return rows(pd.to_datetime(1e9 * np.arange(40.0) ** 4))


@pytest.mark.parametrize("make_rows", [dates_as_strings, dates_with_gaps])
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
@pytest.mark.parametrize(
    "transformer",
    [SlidingWindowTransformer(3), ReservoirTransformer(5)],
    ids=lambda transformer: type(transformer).__name__,
)
def test_a_warning_about_the_index_points_at_the_users_line(
    transformer, method, make_rows
):
    with pytest.warns(UserWarning, match="The index of X") as caught:
        getattr(clone(transformer), method)(make_rows())
    assert [one.filename for one in caught] == [__file__]


def test_a_warning_in_a_pipeline_points_at_the_users_line():
    X = dates_as_strings()
    model = make_pipeline(SlidingWindowTransformer(3), GRURegressor(max_epochs=0))
    with pytest.warns(UserWarning, match="The index of X") as caught:
        model.fit(X, X["row"])
    assert [one.filename for one in caught] == [__file__]


def test_a_warning_of_repeated_rows_points_at_the_users_line():
    windows = SlidingWindowTransformer(3).fit(np.arange(20.0)[:, np.newaxis])
    windows.transform([[20.0]])
    windows.transform([[21.0]])
    with pytest.warns(UserWarning, match="X has no index") as caught:
        windows.transform([[22.0]])
    assert [one.filename for one in caught] == [__file__]


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_warning_of_an_interrupt_points_at_the_users_line(method):
    X = np.arange(60.0).reshape(10, 3, 2)
    model = GRURegressor(hidden_size=2, max_epochs=2, callbacks=[Interrupt()])
    with pytest.warns(UserWarning, match="interrupted") as caught:
        getattr(model, method)(X, X[:, -1, 0])
    assert [one.filename for one in caught] == [__file__]
