"""Forecasting and plotting use the estimators' private methods by one section alone.

A class of `_recurrent/`, `_reservoir/` or `_sequences/` ends with a section that begins
with the comment `# For forecasting and plotting.`. `forecasting/`, `plotting/` and
`_inspection/` may use the private methods of the section, and no other private name of
these folders.
"""

import ast
from pathlib import Path

import pytest

import sklearn_rnn

ROOT = Path(sklearn_rnn.__file__).parent
SECTION = "    # For forecasting and plotting."
PROVIDERS = ("_recurrent", "_reservoir", "_sequences")
USERS = ("forecasting", "plotting", "_inspection")

DEFINITIONS = (ast.AsyncFunctionDef, ast.ClassDef, ast.FunctionDef)


def is_private(name):
    return name.startswith("_") and not name.endswith("__")


def is_self(node):
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def sources(folder):
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def defined_names(source):
    """Return all private names that a module defines, attributes of self among them."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DEFINITIONS):
            names.add(node.name)
        elif isinstance(getattr(node, "ctx", None), ast.Store):
            if isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute) and is_self(node.value):
                names.add(node.attr)
    return {name for name in names if is_private(name)}


def section_names(source):
    """Return the private methods that stand in the section of a module's classes."""
    names, lines = set(), source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            starts = [
                number
                for number in range(node.lineno, node.end_lineno + 1)
                if lines[number - 1].startswith(SECTION)
            ]
            if starts:
                names.update(
                    method.name
                    for method in node.body
                    if isinstance(method, ast.FunctionDef)
                    and method.lineno > starts[0]
                    and is_private(method.name)
                )
    return names


def used_names(source):
    """Return each private name that a module uses on another object, with its line."""
    uses = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            if not is_self(node.value) and is_private(node.attr):
                uses.append((node.attr, node.lineno))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"getattr", "hasattr", "setattr", "delattr"}:
                owner, name, *_ = node.args
                if (
                    not is_self(owner)
                    and isinstance(name, ast.Constant)
                    and is_private(str(name.value))
                ):
                    uses.append((name.value, node.lineno))
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")
            # `from ._reservoir` is a module of the same package.
            if node.level != 1 and any(folder in module for folder in PROVIDERS):
                uses += [
                    (f"import of {name.name}", node.lineno)
                    for name in node.names
                    if is_private(name.name)
                ]
    return uses


def find_violations(using, providing):
    """List the private names that one package uses of others outside their sections.

    Parameters
    ----------
    using, providing : dict of str to str
        Path -> source, of the package that uses and of the packages that provide.

    Returns
    -------
    violations : list of str
        ``path:line: name``.
    """
    theirs = set().union(*map(defined_names, providing.values()))
    allowed = set().union(*map(section_names, providing.values()))
    return [
        f"{path}:{line}: {name}"
        for path, source in using.items()
        for name, line in used_names(source)
        if name.startswith("import of ") or name in theirs - allowed
    ]


@pytest.mark.parametrize("user", USERS)
def test_no_private_name_is_used_outside_its_section(user):
    providing = {
        path: source for folder in PROVIDERS for path, source in sources(folder).items()
    }
    assert find_violations(sources(user), providing) == []


PROVIDED = """
class Estimator:
    def __init__(self):
        self._state = 0

    def _hidden(self):
        ...

    # For forecasting and plotting.

    def _shown(self):
        ...
"""


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("estimator._hidden()", "_hidden"),
        ("estimator.parts_[0]._state", "_state"),
        ("estimator._state = 1", "_state"),
        ('getattr(estimator, "_state", None)', "_state"),
        ('hasattr(estimator, "_hidden")', "_hidden"),
        ("from sklearn_rnn._recurrent.base import _helper", "import of _helper"),
        ("from sklearn_rnn._sequences import _helper", "import of _helper"),
        ("from .._reservoir.base import _helper", "import of _helper"),
    ],
)
def test_a_private_name_outside_the_section_is_found(use, name):
    violations = find_violations({"user.py": f"\n{use}\n"}, {"base.py": PROVIDED})
    assert violations == [f"user.py:2: {name}"]


@pytest.mark.parametrize(
    "use",
    [
        "estimator._shown()",
        'hasattr(estimator, "_shown")',
        "estimator.__class__",
        "estimator.public_",
        "other._of_numpy",
        "class Own:\n    def _hidden(self): ...\n    def go(self): self._hidden()",
        'class Own:\n    def go(self): getattr(self, "_state", None)',
        "from sklearn_rnn._recurrent.base import BaseRecurrent",
        "from ._reservoir import _of_a_module_of_this_package",
    ],
)
def test_names_in_the_section_and_names_of_its_own_may_be_used(use):
    assert find_violations({"user.py": use}, {"base.py": PROVIDED}) == []
