"""Odd values and odd arrays, and what may come of them.

A call with an odd argument is right where it gives an honest result, or where it ends
in one sentence that names the argument. `value_faults` lists the exceptions to this.
"""

import re
import signal
import threading
import warnings
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse
import torch
from sklearn.linear_model import Ridge

MOST_CHARACTERS = 300
_SECONDS = 30  # until a case counts as hanging


class Colour(Enum):
    RED = 1


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no words for it")


class Incomparable:
    def __eq__(self, other):
        raise RuntimeError("it cannot be compared")

    __hash__ = object.__hash__


def _numbers():
    yield 1
    yield 2


# What is shown -> a function that makes it anew, for every case one of its own.
VALUES = {
    "None": lambda: None,
    "True": lambda: True,
    "False": lambda: False,
    "0": lambda: 0,
    "1": lambda: 1,
    "2": lambda: 2,
    "-1": lambda: -1,
    "3.0": lambda: 3.0,
    "-0.0": lambda: -0.0,
    "0.5": lambda: 0.5,
    "-0.5": lambda: -0.5,
    "1 + eps": lambda: 1.0000000000000002,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: float("-inf"),
    "1e-300": lambda: 1e-300,
    "5e-324": lambda: 5e-324,
    "1e39": lambda: 1e39,
    "1e300": lambda: 1e300,
    "1.7e308": lambda: 1.7e308,
    "10**30": lambda: 10**30,
    "-10**30": lambda: -(10**30),
    "10**400": lambda: 10**400,
    "10**5000": lambda: 10**5000,
    "2**31": lambda: 2**31,
    "2**32": lambda: 2**32,
    "2**63 - 1": lambda: 2**63 - 1,
    "2**63": lambda: 2**63,
    "np.array(3)": lambda: np.array(3),
    "np.array(0.5)": lambda: np.array(0.5),
    "np.array([3])": lambda: np.array([3]),
    "np.array([])": lambda: np.array([]),
    "np.array([[1, 2]])": lambda: np.array([[1, 2]]),
    "np.array(['a'])": lambda: np.array(["a"]),
    "np.array([None])": lambda: np.array([None]),
    "np.zeros(1000)": lambda: np.zeros(1000),
    "np.ma.masked": lambda: np.ma.masked,
    "np.datetime64": lambda: np.datetime64("2024-01-01"),
    "np.timedelta64": lambda: np.timedelta64(3, "D"),
    "np.complex64": lambda: np.complex64(1),
    "torch.tensor(3)": lambda: torch.tensor(3),
    "torch.tensor([1.])": lambda: torch.tensor([1.0]),
    "[]": list,
    "()": lambda: (),
    "[1, 2]": lambda: [1, 2],
    "[[1, 2], [3]]": lambda: [[1, 2], [3]],
    "[None]": lambda: [None],
    "['a', 'b']": lambda: ["a", "b"],
    "(0.5,)": lambda: (0.5,),
    "(0.5, nan)": lambda: (0.5, float("nan")),
    "{}": dict,
    "{'a': 1}": lambda: {"a": 1},
    "{1}": lambda: {1},
    "''": lambda: "",
    "'auto'": lambda: "auto",
    "'x'": lambda: "x",
    "'3'": lambda: "3",
    "'é'": lambda: "é",
    "two lines": lambda: "a\nb",
    "100,000 characters": lambda: "x" * 100_000,
    "b'x'": lambda: b"x",
    "bytearray": lambda: bytearray(b"\x03"),
    "object()": object,
    "an unprintable object": Unprintable,
    "an incomparable object": Incomparable,
    "a lambda": lambda: lambda *args, **kwargs: None,
    "int": lambda: int,
    "complex": lambda: complex,
    "1j": lambda: 1j,
    "Decimal": lambda: Decimal("0.5"),
    "Decimal(3)": lambda: Decimal(3),
    "Fraction(1, 2)": lambda: Fraction(1, 2),
    "Fraction(3, 1)": lambda: Fraction(3, 1),
    "datetime": lambda: datetime(2024, 1, 1),
    "timedelta": lambda: timedelta(days=3),
    "pd.NA": lambda: pd.NA,
    "pd.NaT": lambda: pd.NaT,
    "pd.Timestamp": lambda: pd.Timestamp("2024-01-01"),
    "pd.Period": lambda: pd.Period("2024-01"),
    "pd.Series([1])": lambda: pd.Series([1]),
    "pd.Series([])": lambda: pd.Series([], dtype=float),
    "pd.DataFrame()": lambda: pd.DataFrame(),
    "pd.DataFrame(0)": lambda: pd.DataFrame(np.zeros((100, 100))),
    "pd.Index": lambda: pd.Index([1, 2]),
    "a sparse matrix": lambda: scipy.sparse.csr_matrix([[1.0]]),
    "slice(None)": lambda: slice(None),
    "range(3)": lambda: range(3),
    "range(0)": lambda: range(0),
    "iter([])": lambda: iter([]),
    "a generator": _numbers,
    "an enum": lambda: Colour.RED,
    "a path": lambda: Path("x"),
    "an estimator": Ridge,
    "a class of estimators": lambda: Ridge,
    "a generator of numbers": lambda: np.random.default_rng(0),
    "a RandomState": lambda: np.random.RandomState(0),
    "an exception": lambda: ValueError("x"),
    "Ellipsis": lambda: ...,
    "NotImplemented": lambda: NotImplemented,
}

# numpy's scalars, and the plain values that they have to give the results of.
TWINS = {
    "np.True_": (np.True_, True),
    "np.False_": (np.False_, False),
    "np.int8(1)": (np.int8(1), 1),
    "np.int8(3)": (np.int8(3), 3),
    "np.int8(100)": (np.int8(100), 100),
    "np.uint8(2)": (np.uint8(2), 2),
    "np.uint8(3)": (np.uint8(3), 3),
    "np.uint8(10)": (np.uint8(10), 10),
    "np.uint8(200)": (np.uint8(200), 200),
    "np.int16(3)": (np.int16(3), 3),
    "np.uint16(1)": (np.uint16(1), 1),
    "np.int32(0)": (np.int32(0), 0),
    "np.uint32(3)": (np.uint32(3), 3),
    "np.int64(3)": (np.int64(3), 3),
    "np.int64(-1)": (np.int64(-1), -1),
    "np.uint64(3)": (np.uint64(3), 3),
    "np.uint64(0)": (np.uint64(0), 0),
    "np.uint64(2**64 - 1)": (np.uint64(2**64 - 1), 2**64 - 1),
    "np.float16(.5)": (np.float16(0.5), 0.5),
    "np.float16(3)": (np.float16(3), 3.0),
    "np.float32(.5)": (np.float32(0.5), 0.5),
    "np.float32(1e30)": (np.float32(1e30), float(np.float32(1e30))),
    "np.float64(.5)": (np.float64(0.5), 0.5),
    "np.float64(0)": (np.float64(0), 0.0),
    "np.longdouble(.5)": (np.longdouble(0.5), 0.5),
    "np.str_('auto')": (np.str_("auto"), "auto"),
    "np.str_('x')": (np.str_("x"), "x"),
    "np.str_('a')": (np.str_("a"), "a"),
}


class Hang(BaseException):
    """Raised where a case takes too long; no `except Exception` swallows it."""


@contextmanager
def _at_most(seconds):
    """Raise `Hang` after so many seconds, where the system can tell."""
    can = hasattr(signal, "SIGALRM") and (
        threading.current_thread() is threading.main_thread()
    )
    if not can:
        yield
        return

    def stop(number, frame):
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _is_named(name, message):
    names = [name] if isinstance(name, str) else name
    return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", message) for one in names)


def outcome(call, name):
    """Return what a call gives, whether it was refused, and what is wrong.

    Parameters
    ----------
    call : callable
        Without arguments.
    name : str or tuple of str
        Of the argument; an error must hold it, or one of several.

    Returns
    -------
    result : object or None
        What the call returned.
    is_refused : bool
        Whether it raised.
    fault : str or None
        What is wrong about it.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with _at_most(_SECONDS):
                result = call()
        except Hang:
            return None, True, f"takes more than {_SECONDS} seconds"
        except MemoryError as error:
            fault = None if _is_named(name, str(error)) else f"MemoryError: {error}"
            return None, True, fault
        except (TypeError, ValueError) as error:
            return None, True, _fault_of(error, name)
        except Exception as error:
            return None, True, f"{type(error).__name__}: {_cut(error)}"
    ours = [one for one in caught if not _is_ours(one)]
    fault = f"{ours[0].category.__name__}: {_cut(ours[0].message)}" if ours else None
    return result, False, fault


def _fault_of(error, name):
    message = str(error)
    if len(message) >= MOST_CHARACTERS:
        return f"{type(error).__name__} of {len(message)} characters: {_cut(error)}"
    if not _is_named(name, message):
        return f"{type(error).__name__} that does not name it: {_cut(error)}"
    return None


def _is_ours(warning):
    """Tell whether a warning is one that our code means to give."""
    # torch has warnings of its own, which come once a process, of no matter what.
    is_of_torch = "NumPy array is not writable" in str(warning.message)
    return issubclass(warning.category, UserWarning) and not is_of_torch


def _cut(error):
    text = " ".join(str(error).split())
    return text if len(text) < 160 else f"{text[:120]} ... {text[-30:]}"


def arrays_in(result):
    """List the arrays in a result: of tables, of tuples and lists, one by one."""
    if result is None:
        return []
    if isinstance(result, (list, tuple)) and not all(map(np.isscalar, result)):
        return [part for one in result for part in arrays_in(one)]
    return [np.asarray(result)]


def is_finite(result):
    return all(
        np.isfinite(part).all() for part in arrays_in(result) if part.dtype.kind in "fc"
    )


def are_equal(one, other, rtol=0.0):
    one, other = arrays_in(one), arrays_in(other)
    if len(one) != len(other):
        return False
    return all(
        a.shape == b.shape
        and (
            np.allclose(a, b, rtol=rtol, atol=rtol, equal_nan=True)
            if rtol and a.dtype.kind in "fiu"
            else np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        )
        for a, b in zip(one, other, strict=True)
    )


def value_faults(run, name, *, words=(), may_be_nan=()):
    """List what is wrong with odd values of one argument.

    Parameters
    ----------
    run : callable
        Given a value, it does with it what a user would, and returns the result.
    name : str or tuple of str
        Of the argument.
    words : iterable of str, default=()
        Words that it takes: numpy's strings must do what they do.
    may_be_nan : tuple of str, default=()
        Values whose results may be NaN.

    Returns
    -------
    faults : list of str
        One line for each value.
    """
    faults = []
    for shown, make in VALUES.items():
        result, is_refused, fault = outcome(lambda m=make: run(m()), name)
        if not fault and not is_refused and not is_finite(result):
            fault = None if shown in may_be_nan else "gives NaN or infinity"
        if fault:
            faults.append(f"{shown}: {fault}")
    pairs = TWINS | {f"np.str_({word!r})": (np.str_(word), word) for word in words}
    for shown, pair in pairs.items():
        fault = _twin_fault(run, name, *pair)
        if fault:
            faults.append(f"{shown}: {fault}")
    return faults


def _twin_fault(run, name, value, plain):
    result, is_refused, fault = outcome(lambda: run(value), name)
    if fault:
        return fault
    expected, plain_is_refused, fault = outcome(lambda: run(plain), name)
    if fault:
        return f"as the plain {plain!r}: {fault}"
    # Python's bool is an integer, numpy's is none.
    if is_refused and isinstance(plain, bool):
        return None
    if is_refused != plain_is_refused:
        return f"is {'refused' if is_refused else 'taken'}, unlike {plain!r}"
    if not is_refused and not are_equal(result, expected):
        return f"gives another result than {plain!r}"
    return None


# ---------------------------------------------------------------------------- arrays
