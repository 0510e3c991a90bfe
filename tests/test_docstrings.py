"""Docstrings: what they have to say of whatever is public, and that they agree."""

import ast
import builtins
import inspect
import re

import numpy as np
import pytest
import sklearn.exceptions
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import ERROR_MSGS, validate
from public_api import is_ours, public_objects
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


# ------------------------------------------------------------------- whatever is public

# What numpydoc's validation asks and we do not.
NOT_ASKED = {
    "GL01": "a docstring begins behind its quotes, as PEP 257 has it",
    "SA01": "what stands alone has nothing to be seen beside it",
    "ES01": "where a short sentence says it all, no second one follows",
    "EX01": "a class shows its methods in its example; a test below asks for that",
    "RT02": "what is returned has a name, as in scikit-learn's docstrings",
}
# An array, or several of them in a list or dict, in the words of a docstring's types.
ARRAY = re.compile(r"\b(?:array-like|array|ndarray|DataFrame|Series|[Tt]ensor)\b")
ARRAYS = re.compile(rf"\b(?:of|to) (?:{ARRAY.pattern}|arrays\b|DataFrames\b)")
# A tuple of axes, such as (n_samples,) or (n_rows, window_length * n_features).
SHAPE = re.compile(r"\b[Oo]f\s+shape\s+\([^(),]+,(?:[^(),]+(?:,[^(),]+)*)?\)")


PUBLIC = public_objects()
each_public = pytest.mark.parametrize("name", PUBLIC)


def documented(name, *titles):
    """Return entries of sections of a public object: [(name, type, text), ...]."""
    doc = NumpyDocString(inspect.getdoc(PUBLIC[name]))
    entries = [entry for title in titles for entry in doc[title]]
    return [(entry.name, entry.type, " ".join(entry.desc)) for entry in entries]


def class_of(name):
    """Return the public name of the class of a method, or None."""
    above = name.rpartition(".")[0]
    return above if above in PUBLIC else None


def test_the_walk_meets_every_public_module_class_method_and_property():
    assert {
        "sklearn_rnn.LSTMRegressor",
        "sklearn_rnn.LSTMRegressor.fit",
        "sklearn_rnn.LSTMRegressor.module_",  # a property
        "sklearn_rnn.ESNRegressorCV.partial_fit",  # there only with some parameters
        "sklearn_rnn.show_versions",
        "sklearn_rnn.datasets.make_lorenz",
        "sklearn_rnn.forecasting.ESNForecaster.get_test_params",  # a class method
    } <= PUBLIC.keys()
    # Theirs, not ours.
    assert "sklearn_rnn.LSTMRegressor.get_params" not in PUBLIC
    assert "sklearn_rnn.forecasting.ESNForecaster.fit" not in PUBLIC


@each_public
def test_numpydoc_finds_nothing_amiss(name):
    assert NOT_ASKED.keys() <= ERROR_MSGS.keys()
    errors = validate(name)["errors"]
    assert [error for error in errors if error[0] not in NOT_ASKED] == []


@pytest.mark.parametrize("name", [name for name in PUBLIC if class_of(name) is None])
def test_every_class_and_function_has_an_example_that_runs_it(name):
    code = "\n".join(NumpyDocString(inspect.getdoc(PUBLIC[name]))["Examples"])
    run = " ".join(re.findall(r"^(?:>>>|\.\.\.) (.*)", code, flags=re.M))
    assert re.search(rf"\b{PUBLIC[name].__name__}\b[.(]", run)


@each_public
def test_a_documented_default_is_that_of_the_signature(name):
    parameters = inspect.signature(PUBLIC[name]).parameters
    for names, kind, _ in documented(name, "Parameters"):
        for each_name in names.split(", "):
            default = parameters[each_name.lstrip("*")].default
            if default is inspect.Parameter.empty:
                assert "default" not in kind, each_name
                continue
            # `y : None` says what y may be, and so its default.
            said = eval(kind.rpartition("default=")[2], {})  # such as 8/3
            if isinstance(said, tuple) and ... in said:  # (first, ..., last)
                default = (default[0], ..., default[-1])
            assert (repr(said), type(said)) == (repr(default), type(default)), each_name


@each_public
def test_a_shape_stands_beside_every_array(name):
    """Hold each entry whose type names an array to its shape, axes in a tuple.

    The shape is in the type or the text of the entry. Where the type names a single
    array and a list or dict of arrays, both have theirs.
    """
    for entry, kind, text in documented(name, "Parameters", "Attributes", "Returns"):
        kinds = bool(ARRAY.search(ARRAYS.sub("", kind))) + bool(ARRAYS.search(kind))
        n_shapes = len(SHAPE.findall(f"{kind} {text}"))
        assert n_shapes >= kinds, entry


def uncaught(node):
    """Yield the syntax below a node, but for what stands in a try."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.Try) and child in node.body):
            yield child
            yield from uncaught(child)


def errors_named(name, nodes, function):
    """Name the errors that a name stands for: one, a variable, or what makes one."""
    kind = function.__globals__.get(name.id, getattr(builtins, name.id, None))
    if isinstance(kind, type):
        return {name.id}
    if inspect.isfunction(kind):
        nodes = [*ast.walk(ast.parse(inspect.getsource(kind)))]
        values = [node.value for node in nodes if isinstance(node, ast.Return)]
        function = kind
    else:
        values = [
            node.value
            for node in nodes
            if isinstance(node, ast.Assign)
            and any(getattr(to, "id", None) == name.id for to in node.targets)
        ]
    parts = [part for value in values for part in ast.walk(value)]
    found = [part for part in parts if isinstance(part, ast.Name)]
    kinds = {part.id: getattr(builtins, part.id, None) for part in found}
    return {
        word
        for word, kind in kinds.items()
        if isinstance(kind, type) and issubclass(kind, Exception)
    }


def raised_by(function, seen):
    """Name what a function raises, and functions of ours that it calls by name."""
    if function in seen:
        return set()
    seen.add(function)
    source = inspect.getsource(function)
    # Methods are indented, the lines of their strings need not be.
    source = f"if True:\n{source}" if source[0] == " " else source
    nodes = [*uncaught(ast.parse(source))]
    names = [node.exc for node in nodes if isinstance(node, ast.Raise)]
    raised = set()
    for call in names:
        if isinstance(call, ast.Call):
            raised |= errors_named(call.func, nodes, function)
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = function.__globals__.get(node.func.id)
            if node.func.id == "check_is_fitted":
                raised.add("NotFittedError")
            elif inspect.isfunction(called) and is_ours(called):
                raised |= raised_by(called, seen)
    return raised


@pytest.mark.parametrize(
    "name", [name for name, value in PUBLIC.items() if inspect.isfunction(value)]
)
def test_what_a_function_raises_is_documented(name):
    """Its class may say so in its place."""
    owners = [name, class_of(name)] if class_of(name) else [name]
    said = {kind for owner in owners for _, kind, _ in documented(owner, "Raises")}
    assert raised_by(PUBLIC[name], set()) <= said


@each_public
def test_documented_errors_and_warnings_exist(name):
    for _, kind, _ in documented(name, "Raises", "Warns"):
        error = getattr(builtins, kind, getattr(sklearn.exceptions, kind, None))
        assert issubclass(error, Exception)


# --------------------------------------------------------------- families of estimators


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
