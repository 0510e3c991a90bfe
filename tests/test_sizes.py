"""No class is too large to be read as one thing."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

import sklearn_rnn

ROOT = Path(sklearn_rnn.__file__).parent
MOST_LINES, MOST_METHODS = 300, 20

NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}
WITH_DOCSTRING = (ast.AsyncFunctionDef, ast.ClassDef, ast.FunctionDef, ast.Module)


def code_lines(source):
    """Return the numbers of the lines that hold code, docstrings not among them."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, WITH_DOCSTRING) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, docstring.end_lineno + 1))
    return lines


def class_sizes(source):
    """Return for each class of a module: name -> (lines of code, methods)."""
    lines = code_lines(source)
    return {
        node.name: (
            sum(node.lineno <= line <= node.end_lineno for line in lines),
            sum(
                isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef)
                for member in node.body
            ),
        )
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
    }


@pytest.mark.parametrize(
    "path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_every_class_has_at_most_300_lines_of_code_and_20_methods(path):
    sizes = class_sizes(path.read_text(encoding="utf-8"))
    too_large = {
        name: size
        for name, size in sizes.items()
        if size[0] > MOST_LINES or size[1] > MOST_METHODS
    }
    assert not too_large


def test_docstrings_comments_and_empty_lines_are_not_counted():
    source = '''
class Small(Base):
    """Two lines
    of docstring."""

    # A comment.
    text = """Two lines
    of a text."""

    def method(self):
        """Return nothing."""
        return None  # the fifth line of code

    async def other(self): ...
'''
    assert class_sizes(source) == {"Small": (6, 2)}
