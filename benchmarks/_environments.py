"""Virtual environments under ``benchmarks/.envs``, one for each peer, to run it in."""

import os
import subprocess
import sys
import venv
from pathlib import Path

__all__ = ["REQUIREMENTS", "ensure_environment", "run_module"]

# All peers on torch use the same torch, in which most of a step is spent.
_TORCH = "torch==2.13.0"

# Packages that more than one comparison runs
REQUIREMENTS = {
    "darts": (_TORCH, "darts==0.48.1", "pytorch-lightning==2.6.6"),
    "mlforecast": ("mlforecast==1.1.0", "lightgbm==4.7.0"),
    "neuralforecast": (_TORCH, "neuralforecast==3.3.0", "pytorch-lightning==2.6.6"),
    "statsforecast": ("statsforecast==2.1.1",),
}

_CHECKOUT = Path(__file__).parents[1]
_ROOT = Path(__file__).parent / ".envs"


def ensure_environment(name, requirements):
    """Return the interpreter of an environment; make the environment if need be.

    Parameters
    ----------
    name : str
        Name of the peer.
    requirements : sequence of str
        Pinned requirements for pip. The environment is made anew when they change.

    Returns
    -------
    python : str
        Path of the interpreter.
    """
    place = _ROOT / name
    python = place / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    stamp = place / "requirements.txt"
    wanted = "".join(f"{requirement}\n" for requirement in requirements)
    if stamp.exists() and stamp.read_text() == wanted:
        return str(python)
    print(f"installing {name}: {', '.join(requirements)} ...", flush=True)
    venv.create(place, clear=True, with_pip=True)
    (_ROOT / ".gitignore").write_text("*\n")
    pip = (str(python), "-m", "pip", "--disable-pip-version-check", "--quiet")
    subprocess.run([*pip, "install", *requirements], check=True)
    stamp.write_text(wanted)
    return str(python)


def run_module(python, module, *arguments, **variables):
    """Run a module of the benchmarks in a fresh interpreter.

    Parameters
    ----------
    python : str
        Path of the interpreter.
    module : str
        Full name of the module.
    *arguments : object
        Arguments of the command line, written with ``str``.
    **variables : str
        Environment variables to set.

    Returns
    -------
    done : CompletedProcess
        Exit status, and output as text.
    """
    return subprocess.run(
        [python, "-m", module, *map(str, arguments)],
        cwd=_CHECKOUT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )
