"""What all tests share."""

import os
import sys
import warnings

import pytest

# The suite runs in as many processes as there are cores: threads on top of that only
# wait for each other. Set here, before anything loads torch or a BLAS, it costs nothing
# to tests that load neither, and reaches the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Has scikit-learn's check of array API input run; it is read when scipy is loaded.
os.environ.setdefault("SCIPY_ARRAY_API", "1")


@pytest.fixture(autouse=True)
def _warnings_of_ours_are_errors(monkeypatch):
    """Raise each warning that our code gives, unless a test expects it.

    Filters go by the line that a warning points at. Ours point at the user's, which may
    be one of scikit-learn's or sktime's; so this goes by who calls `warnings.warn`.
    """
    show = warnings.showwarning

    def show_or_raise(message, *args, **kwargs):
        frame = sys._getframe(1)
        while frame.f_globals.get("__name__") in ("warnings", "_py_warnings"):
            frame = frame.f_back
        if frame.f_globals.get("__name__", "").startswith("sklearn_rnn"):
            raise message
        show(message, *args, **kwargs)

    monkeypatch.setattr(warnings, "showwarning", show_or_raise)
