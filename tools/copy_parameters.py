"""Copy the text of parameters and attributes from a class to its siblings.

Parameters stay written out in the docstring of every estimator, for ``help()``. The
first class of a family is the source: edit its entries, and `make format` copies them.
`make lint` checks that nothing is left to copy.

Usage: python tools/copy_parameters.py [--check]
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = ("Parameters", "Attributes")


@dataclass(frozen=True)
class Family:
    """Classes whose docstrings share entries.

    Parameters
    ----------
    path : str
        The file that defines the classes, seen from the root of the repository.
    classes : tuple of str
        Names of the classes, the source first.
    source_only : frozenset of str, default=frozenset()
        Entries of the source that its siblings do not have. Entries that only a
        sibling has stay as they are.
    """

    path: str
    classes: tuple[str, ...]
    source_only: frozenset[str] = field(default_factory=frozenset)


FAMILIES = (
    Family(
        "sklearn_rnn/_recurrent/regressors.py",
        ("GRURegressor", "LSTMRegressor", "RNNRegressor"),
    ),
    Family(
        "sklearn_rnn/_reservoir/regressors.py",
        ("ESNRegressor", "ESNRegressorCV"),
        frozenset({"spectral_radius", "leak_rate", "input_scaling"}),
    ),
)


def find_section(lines: list[str], name: str, title: str) -> tuple[int, int]:
    """Return the first line of a section of a class's docstring, and the line after it.

    Parameters
    ----------
    lines : list of str
        Lines of the file.
    name, title : str
        Name of the class, and title of the section.
    """
    for node in ast.parse("\n".join(lines)).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            first, last = node.body[0].lineno - 1, node.body[0].end_lineno or 0
            break
    else:
        raise ValueError(f"There is no class {name}.")
    titles = [
        at
        for at in range(first, last - 1)
        if re.fullmatch(r"    \w[\w ]*", lines[at])
        and re.fullmatch(r"    -+", lines[at + 1])
    ]
    at = next((at for at in titles if lines[at].strip() == title), None)
    if at is None:
        raise ValueError(f"The docstring of {name} has no section {title}.")
    end = next((other for other in titles if other > at), last - 1)
    while not lines[end - 1].strip():
        end -= 1
    return at + 2, end


def read_entries(lines: list[str]) -> dict[str, list[str]]:
    """Return the lines of each entry of a section, by the name of the entry."""
    entries: dict[str, list[str]] = {}
    for line in lines:
        match = re.match(r"    (\w+) : ", line)
        if match:
            entries[match[1]] = []
        entries[next(reversed(entries))].append(line)
    return entries


def copied(
    source: dict[str, list[str]], sibling: dict[str, list[str]], kept: frozenset[str]
) -> dict[str, list[str]]:
    """Return the entries of a sibling with the text of the source.

    Parameters
    ----------
    source, sibling : dict of str to list of str
        Entries of both.
    kept : frozenset of str
        Entries of the source that the sibling does not have.

    Returns
    -------
    entries : dict of str to list of str
        In the order of the sibling. An entry that the sibling lacks stands behind the
        entry that it follows in the source.
    """
    names, before = list(sibling), None
    for name in source:
        if name in kept:
            continue
        if name not in names:
            names.insert(0 if before is None else names.index(before) + 1, name)
        before = name
    return {
        name: sibling[name] if name in kept or name not in source else source[name]
        for name in names
    }


def format_family(text: str, family: Family) -> str:
    """Return the text of a file, entries of its source copied to the siblings."""
    lines = text.splitlines()
    source, *siblings = family.classes
    for title in SECTIONS:
        first, last = find_section(lines, source, title)
        entries = read_entries(lines[first:last])
        for name in siblings:
            first, last = find_section(lines, name, title)
            own = read_entries(lines[first:last])
            merged = copied(entries, own, family.source_only)
            lines[first:last] = [line for entry in merged.values() for line in entry]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Format all families, or with ``--check`` name the files that need it."""
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    stale = []
    for family in FAMILIES:
        path = ROOT / family.path
        before = path.read_text(encoding="utf-8")
        after = format_family(before, family)
        if after == before:
            continue
        stale.append(family)
        if not arguments:
            path.write_text(after, encoding="utf-8")
    for family in stale:
        source, *siblings = family.classes
        verb = "Would copy" if arguments else "Copied"
        sys.stdout.write(f"{verb} entries of {source} to {', '.join(siblings)}.\n")
    return int(bool(stale) and bool(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
