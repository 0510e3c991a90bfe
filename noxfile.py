"""Ways to test the package; `nox --list` names them."""

import nox

nox.options.sessions = ["lint", "tests"]
nox.options.error_on_missing_interpreters = True

# The oldest Python supported.
PYTHON = "3.11"
# Sessions that are to take the newest of everything pin torch all the same: unpinned
# it pulls the newest CUDA build, gigabytes of it, where a CPU wheel of this version
# may be at hand.
TORCH = "torch==2.13.0"


def run_tests(session):
    session.run("python", "-m", "pytest", "-n", "2", *session.posargs)


@nox.session(python=PYTHON)
def tests(session):
    """Test with the versions of constraints.txt."""
    session.install("--constraint", "constraints.txt", "--editable", ".[test]")
    run_tests(session)


@nox.session(python=PYTHON)
def oldest(session):
    """Test with the lower bounds of all that the package needs at run time."""
    session.install("--constraint", "constraints-oldest.txt", "--editable", ".[test]")
    run_tests(session)


@nox.session(python=PYTHON)
def newest(session):
    """Test with the newest releases."""
    session.install("--upgrade", "--editable", ".[test]", TORCH)
    run_tests(session)


@nox.session(python=PYTHON)
def nightly(session):
    """Test with scikit-learn's newest pre-release: guards our private imports."""
    session.install("--editable", ".[test]", TORCH)
    session.install("--upgrade", "--pre", "--no-deps", "scikit-learn")
    session.run("python", "-c", "import sklearn; sklearn.show_versions()")
    run_tests(session)


@nox.session(python=PYTHON)
def lint(session):
    """Check style, spelling and the import contracts."""
    # The checks read the sources: none of what the package needs has to be there.
    tools = ("codespell", "import-linter", "ruff")
    session.install("--constraint", "constraints.txt", *tools)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("codespell")
    session.run("lint-imports")
