"""What to paste into a bug report."""

import platform
import sys
from importlib import metadata

from sklearn_rnn._kernels.choice import describe_kernel

__all__ = ["show_versions"]

_PACKAGES = (
    "sklearn-rnn",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "torch",
    "skorch",
    "tqdm",
    "matplotlib",
    "sktime",
    "pip",
)


def _installed_version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def show_versions() -> None:
    """Print the versions of Python, of this package and of what it uses.

    The versions are those that the installed packages declare; none is imported for
    it. The kernel is what runs recurrent layers on a CPU: a compiled one for this
    processor's instructions where one was built, otherwise torch; the environment
    variable ``SKLEARN_RNN_KERNEL`` chooses another (``"torch"``, ``"off"`` or one of
    ``"avx512"``, ``"avx2"``, ``"baseline"``). Please paste the output into a bug
    report.

    Examples
    --------
    >>> from sklearn_rnn import show_versions
    >>> show_versions()  # doctest: +ELLIPSIS
    System
          python: 3...
    """
    system = {
        "python": sys.version.replace("\n", " "),
        "executable": sys.executable,
        "platform": platform.platform(),
        "kernel": describe_kernel(),
    }
    versions = {package: _installed_version(package) for package in _PACKAGES}
    for title, lines in (("System", system), ("Packages", versions)):
        print(title)
        for name, value in lines.items():
            print(f"{name:>12}: {value}")
