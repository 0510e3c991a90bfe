"""Versions of packages, for bug reports."""

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
    """Print the versions of Python, of this package and of its dependencies.

    Please paste the output into a bug report. The versions are read from the installed
    packages, without importing them. The kernel runs recurrent layers on a CPU: it is
    compiled for the instructions of this processor if the package was built with it,
    otherwise it is torch. The environment variable ``SKLEARN_RNN_KERNEL`` chooses
    another kernel: ``"torch"``, ``"off"``, ``"avx512"``, ``"avx2"`` or ``"baseline"``.

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
