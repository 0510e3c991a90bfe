"""The formatter that copies entries of docstrings from a class to its siblings."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "tools" / "copy_parameters.py"
if not PATH.exists():
    pytest.skip("needs the tools of the repository", allow_module_level=True)
SPEC = spec_from_file_location("copy_parameters", PATH)
tool = sys.modules["copy_parameters"] = module_from_spec(SPEC)
SPEC.loader.exec_module(tool)

SOURCE = '''\
class First:
    """Source.

    Parameters
    ----------
    size : int, default=1
        Number of units.

        - a list
    rate : float, default=0.1
        Learning rate.
    only : int, default=0
        Of the first class.

    Attributes
    ----------
    n_iter_ : int
        Number of epochs.
    """


class Second:
    r"""Sibling.

    Parameters
    ----------
    own : int, default=2
        Of the second class.
    size : int, default=1
        Number of cells.

    Attributes
    ----------
    n_iter_ : int
        Number of steps.

    Examples
    --------
    >>> Second()
    """
'''
FORMATTED = SOURCE.replace(
    """        Number of cells.
""",
    """        Number of units.

        - a list
    rate : float, default=0.1
        Learning rate.
""",
).replace("Number of steps.", "Number of epochs.")
FAMILY = tool.Family("classes.py", ("First", "Second"), frozenset({"only"}))


def test_entries_of_the_source_reach_its_siblings_and_own_entries_stay():
    assert tool.format_family(SOURCE, FAMILY) == FORMATTED


def test_formatting_twice_changes_nothing():
    assert tool.format_family(FORMATTED, FAMILY) == FORMATTED


@pytest.mark.parametrize("family", tool.FAMILIES, ids=lambda it: it.classes[0])
def test_nothing_is_left_to_copy(family):
    text = (tool.ROOT / family.path).read_text(encoding="utf-8")
    assert tool.format_family(text, family) == text


def test_the_check_names_the_classes_and_writes_nothing(tmp_path, monkeypatch, capsys):
    path = tmp_path / "classes.py"
    path.write_text(SOURCE)
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "FAMILIES", (FAMILY,))
    assert tool.main(["--check"]) == 1
    assert capsys.readouterr().out == "Would copy entries of First to Second.\n"
    assert path.read_text() == SOURCE
    assert tool.main([]) == 0
    assert path.read_text() == FORMATTED
    assert tool.main(["--check"]) == 0
    assert capsys.readouterr().out == "Copied entries of First to Second.\n"


def test_a_class_without_the_section_is_an_error_that_names_it():
    family = tool.Family("classes.py", ("First", "Third"))
    with pytest.raises(ValueError, match="no class Third"):
        tool.format_family(SOURCE, family)
    text = SOURCE.replace("Attributes\n    ----------", "Notes\n    -----")
    with pytest.raises(ValueError, match="First has no section Attributes"):
        tool.format_family(text, FAMILY)
