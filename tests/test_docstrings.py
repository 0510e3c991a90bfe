"""Docstrings of families of estimators: what they name, and that they agree."""

import ast
import inspect
import re

import numpy as np
import pytest
from sklearn.utils._param_validation import StrOptions

from sklearn_rnn import (
    ESNRegressor,
    ESNRegressorCV,
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
)

FAMILIES = [[GRURegressor, LSTMRegressor, RNNRegressor], [ESNRegressor, ESNRegressorCV]]
ESTIMATORS = [estimator for family in FAMILIES for estimator in family]
# What one of a family has and another has not.
OWN = {
    RNNRegressor: {"nonlinearity"},
    ESNRegressor: {"spectral_radius", "leak_rate", "input_scaling"},
    ESNRegressorCV: {
        "spectral_radii",
        "leak_rates",
        "input_scalings",
        "scoring",
        "spectral_radius_",
        "leak_rate_",
        "input_scaling_",
        "candidates_",
        "candidate_scores_",
    },
}
SMALL = [
    GRURegressor(hidden_size=4, max_epochs=1),
    LSTMRegressor(hidden_size=4, max_epochs=1),
    RNNRegressor(hidden_size=4, max_epochs=1),
    ESNRegressor(n_reservoir=5, solver="adam"),
    ESNRegressorCV(n_reservoir=5, solver="adam"),
]

each = pytest.mark.parametrize("estimator", ESTIMATORS)


def section(estimator, title):
    """Return what a section of a docstring names: name -> (type, text)."""
    doc = inspect.getdoc(estimator)
    begin = re.search(rf"^{title}\n-+\n", doc, flags=re.M).end()
    following = re.search(r"^\w[\w ]*\n-+\n", doc[begin:], flags=re.M)
    body = doc[begin : begin + following.start()]
    entries = re.findall(r"^(\w+) : (.*)\n((?:^(?:[ ].*)?\n)*)", body, flags=re.M)
    return {name: (kind, text.strip()) for name, kind, text in entries}


@each
def test_every_parameter_is_documented_in_the_order_of_the_signature(estimator):
    parameters = inspect.signature(estimator).parameters
    assert [*section(estimator, "Parameters")] == [*parameters]


@each
def test_every_documented_default_is_that_of_the_signature(estimator):
    for name, (kind, _) in section(estimator, "Parameters").items():
        documented = ast.literal_eval(kind.partition("default=")[2])
        default = inspect.signature(estimator).parameters[name].default
        if isinstance(documented, tuple) and ... in documented:
            default = (default[0], ..., default[-1])
        assert (documented, type(documented)) == (default, type(default)), name


@pytest.mark.parametrize("title", ["Parameters", "Attributes"])
@pytest.mark.parametrize("family", FAMILIES, ids=["recurrent", "echo state"])
def test_estimators_of_a_family_say_the_same_of_what_they_share(family, title):
    first = family[0]
    others = section(first, title)
    for estimator in family[1:]:
        ours = section(estimator, title)
        assert ours.keys() - others.keys() <= OWN.get(estimator, set())
        assert others.keys() - ours.keys() <= OWN.get(first, set())
        for name in others.keys() & ours.keys():
            assert ours[name] == others[name], name


@each
def test_every_word_a_parameter_takes_is_documented(estimator):
    documented = section(estimator, "Parameters")
    for name, constraints in estimator._parameter_constraints.items():
        words = [c.options for c in constraints if isinstance(c, StrOptions)]
        for word in {word for options in words for word in options}:
            assert f'"{word}"' in " ".join(documented[name]), (name, word)


@pytest.mark.parametrize("estimator", SMALL, ids=lambda it: type(it).__name__)
def test_every_attribute_of_a_fitted_estimator_is_documented(estimator):
    X = np.random.default_rng(0).normal(size=(20, 3, 2))
    estimator.fit(X, X[:, -1, 0])
    documented = section(type(estimator), "Attributes").keys()
    public = {name for name in vars(estimator) if re.fullmatch(r"[a-z]\w*_", name)}
    computed = {"module_", "feature_names_in_"} & documented
    assert public | computed == documented
    for name in documented - {"feature_names_in_"}:
        assert hasattr(estimator, name)
