"""Errors about parameters name the class that was called, not a base class of it."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest
from public_api import public_objects
from sklearn.base import BaseEstimator

from sklearn_rnn import GRURegressor, RNNRegressor
from sklearn_rnn.forecasting import RecurrentForecaster

CLASSES = {
    kind.__name__: kind for kind in public_objects().values() if inspect.isclass(kind)
}


class Subclass(GRURegressor):
    """A class of a user, with the parameters of its base class."""


class Fewer(RNNRegressor):
    """A class of a user, with a constructor of its own."""

    def __init__(self, *, hidden_size=4):
        super().__init__(hidden_size=hidden_size)


CLASSES |= {"Subclass": Subclass, "Fewer": Fewer}

ESTIMATORS = {
    name: kind for name, kind in CLASSES.items() if hasattr(kind, "get_params")
}
METHODS = [
    (name, method)
    for name, kind in ESTIMATORS.items()
    for method in ("fit", "partial_fit", "predict", "transform", "update")
    if hasattr(kind, method)
]
# The forecasters raise sentences of their own, without a class.
OF_SCIKIT_LEARN = [
    name for name, kind in ESTIMATORS.items() if issubclass(kind, BaseEstimator)
]

rng = np.random.default_rng(0)
ROWS = rng.normal(size=(60, 1))
SEQUENCES = rng.normal(size=(20, 4, 2))


def data_of(kind):
    """Return arguments with which ``fit`` succeeds."""
    if not issubclass(kind, BaseEstimator):
        return {"y": pd.Series(ROWS[:, 0]), "fh": [1]}
    if hasattr(kind, "transform"):
        return {"X": ROWS}
    return {"X": SEQUENCES, "y": SEQUENCES[:, -1, 0]}


@pytest.mark.parametrize("name", CLASSES)
def test_a_misspelt_parameter_names_the_class(name):
    sentence = f"{name}.__init__() got an unexpected keyword argument 'hiden_size'"
    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}"):
        CLASSES[name](hiden_size=3)


@pytest.mark.parametrize("name", CLASSES)
def test_too_many_positional_arguments_name_the_class(name):
    start = re.escape(f"{name}.__init__() takes ")
    with pytest.raises(TypeError, match=rf"^{start}.* but 41 were given$"):
        CLASSES[name](*range(40))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_misspelt_parameter_set_later_names_the_class(name):
    with pytest.raises(ValueError, match="hiden_size") as raised:
        ESTIMATORS[name]().set_params(hiden_size=3)
    assert f" {name}(" in str(raised.value)


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_an_unknown_argument_of_a_method_names_the_class(name, method):
    kind = ESTIMATORS[name]
    given = data_of(kind)
    if method != "fit":
        read = inspect.signature(getattr(kind, method)).parameters
        given = {name: value for name, value in given.items() if name in read}
    sentence = f"{name}.{method}() got an unexpected keyword argument 'weights'"
    with pytest.raises(TypeError, match=f"^{re.escape(sentence)}"):
        getattr(kind(), method)(**given, weights=1)


@pytest.mark.parametrize("name", OF_SCIKIT_LEARN)
def test_a_parameter_of_a_wrong_type_names_the_class(name):
    kind = ESTIMATORS[name]
    for parameter in inspect.signature(kind).parameters:
        with pytest.raises(
            ValueError, match=f"^The {parameter!r} parameter of {name} must be .* Got <"
        ):
            kind(**{parameter: object()}).fit(**data_of(kind))


def test_a_parameter_of_a_regressor_in_a_forecaster_names_the_regressor():
    forecaster = RecurrentForecaster(RNNRegressor(hidden_size="eight"))
    with pytest.raises(
        ValueError, match=r"^The 'hidden_size' parameter of RNNRegressor must be an int"
    ):
        forecaster.fit(**data_of(RecurrentForecaster))
