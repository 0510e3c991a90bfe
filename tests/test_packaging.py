"""What pyproject.toml and the files beside it promise each other."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_lower_bounds_are_those_of_the_oldest_session():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = project["dependencies"] + extras["plot"] + extras["forecasting"]
    # Of what tests take from elsewhere: those that stand in each other's way, and the
    # one whose verdict it is that docstrings are tested for
    tools = ("numpydoc", "skpro", "statsmodels")
    declared += [line for line in extras["test"] if line.startswith(tools)]
    pins = (ROOT / "constraints-oldest.txt").read_text().splitlines()
    tested = dict(line.split("==") for line in pins if not line.startswith("#"))
    bounds = dict(requirement.split(">=") for requirement in declared)
    assert bounds.keys() == tested.keys()
    for name, bound in bounds.items():
        padded = bound.split(".") + ["0"] * (3 - len(bound.split(".")))
        assert tested[name].split(".") == padded
