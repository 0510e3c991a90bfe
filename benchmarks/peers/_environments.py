"""Virtual environments under ``benchmarks/.envs``, one for each peer."""

import subprocess
import sys
import venv
from pathlib import Path

__all__ = ["REQUIREMENTS", "ensure_environment"]

# One torch for all that use it: it is what most of a step is spent in.
_TORCH = "torch==2.13.0"

# Of the packages that more than one comparison runs
REQUIREMENTS = {
    "darts": (_TORCH, "darts==0.48.1", "pytorch-lightning==2.6.6"),
    "neuralforecast": (_TORCH, "neuralforecast==3.3.0", "pytorch-lightning==2.6.6"),
}

_ROOT = Path(__file__).parents[1] / ".envs"


def ensure_environment(name, requirements):
    """Return the interpreter of an environment, made where it is not there yet.

    Parameters
    ----------
    name : str
        Of the peer.
    requirements : sequence of str
        What pip installs, pinned; where they change the environment is made anew.

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
