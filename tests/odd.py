"""Odd values and odd arrays, and what may come of them.

A call with an odd argument is right where it gives an honest result, or where it ends
in one sentence that names the argument. `verdict` says what is wrong otherwise.
"""

import re
import signal
import tempfile
import threading
import warnings
from array import array
from collections import OrderedDict, UserList, deque
from contextlib import contextmanager
from datetime import date, datetime, timedelta
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


class OnlyArray:
    """Has nothing of an array but ``__array__``."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)


class Broken:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no array today")


def _put(base, value, at=0):
    values = base.astype(object if isinstance(value, (str, type(None))) else float)
    values.flat[at] = value
    return values


def _objects(base, value):
    values = base.astype(object)
    values.flat[0] = value
    return values


def _memmap(base):
    file = np.memmap(_MEMORY, dtype="f8", mode="w+", shape=base.shape)
    file[...] = base
    return file


_MEMORY = Path(tempfile.mkdtemp(prefix="odd")) / "values"


def _ragged(base):
    rows = base.tolist()
    if base.ndim == 1:
        return [*rows[1:], [1.0, 2.0]]
    return [rows[0][:-1], *rows[1:]]


def _as_series(base):
    return pd.Series(list(base))


def _frame(base, **options):
    return pd.DataFrame(base.reshape(len(base), -1), **options)


def _masked(base, mask):
    return np.ma.array(base, mask=np.full(base.shape, mask))


def _first_masked(base):
    values = _masked(base, False)
    values[(0,) * base.ndim] = np.ma.masked
    return values


_DTYPES = [
    *("f4", "f2", "g", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">f8", "<f8"),
    *(">f4", ">i4", ">u2", "O", "S8", "U8", "c16", "m8[D]", "M8[D]"),
]

# Forms of the same numbers: where they are taken, what comes is what plain ones give.
# The numbers must be small integers of at least 0.
FORMS = {
    **{
        f"of dtype {name}": lambda base, name=name: base.astype(name)
        for name in _DTYPES
    },
    "with columns first": np.asfortranarray,
    "every other": lambda base: np.repeat(base, 2, axis=0)[::2],
    "every other column": lambda base: np.repeat(base, 2, axis=-1)[..., ::2],
    "backwards twice": lambda base: np.ascontiguousarray(base[::-1])[::-1],
    "read-only": lambda base: np.frombuffer(base.tobytes()).reshape(base.shape),
    "off by a byte": lambda base: np.frombuffer(
        b"x" + base.tobytes(), offset=1
    ).reshape(base.shape),
    "in a file": _memmap,
    "a list": np.ndarray.tolist,
    "a tuple": lambda base: tuple(base.tolist()),
    "a list of arrays": list,
    "a tuple of arrays": tuple,
    "a list of tuples": lambda base: [
        tuple(row) if base.ndim > 1 else row for row in base.tolist()
    ],
    "a deque": lambda base: deque(base.tolist()),
    "a UserList": lambda base: UserList(base.tolist()),
    "an array.array": lambda base: array("d", base.tolist()),
    "an array of arrays": _as_series,
    "objects: ints": lambda base: base.astype(int).astype(object),
    "objects: decimals": lambda base: np.vectorize(Decimal, otypes=[object])(base),
    "objects: fractions": lambda base: np.vectorize(
        lambda value: Fraction(int(value)), otypes=[object]
    )(base),
    "objects: numpy's": lambda base: np.vectorize(np.float32, otypes=[object])(base),
    "only __array__": OnlyArray,
    "a subclass": lambda base: base.view(type("Mine", (np.ndarray,), {})),
    "masked nowhere": lambda base: _masked(base, False),
    "a matrix": lambda base: np.asmatrix(base) if base.ndim == 2 else base,
    "a memoryview": lambda base: memoryview(np.ascontiguousarray(base)),
    "a tensor": torch.tensor,
    "a tensor of float32": lambda base: torch.tensor(base, dtype=torch.float32),
    "a tensor of bfloat16": lambda base: torch.tensor(base, dtype=torch.bfloat16),
    "a tensor with a gradient": lambda base: torch.tensor(base, requires_grad=True),
    "a sparse tensor": lambda base: torch.tensor(base).to_sparse(),
    "a list of tensors": lambda base: list(torch.tensor(base)),
    "a table": _frame,
    "a table of float32": lambda base: _frame(base, dtype="float32"),
    "a table of Int64": lambda base: _frame(base.astype(int), dtype="Int64"),
    "a table of Float64": lambda base: _frame(base, dtype="Float64"),
    "a table of objects": lambda base: _frame(base).astype(object),
    "a table of categories": lambda base: _frame(base).astype("category"),
    "a table of texts": lambda base: _frame(base).astype(str),
    "a sparse table": lambda base: _frame(base).astype(pd.SparseDtype("float", 0.0)),
    "a table with columns of one name": lambda base: _frame(base).rename(
        columns=lambda _: "a"
    ),
    "a table with columns of two levels": lambda base: _frame(base).set_axis(
        pd.MultiIndex.from_product([["a"], range(base[0].size)]), axis=1
    ),
    "a table with tuples for names": lambda base: _frame(base).set_axis(
        pd.Index([(i, i) for i in range(base[0].size)], tupleize_cols=False), axis=1
    ),
    "a table with dates for names": lambda base: _frame(base).set_axis(
        pd.date_range("2024-01-01", periods=base[0].size), axis=1
    ),
    "a table with names of two kinds": lambda base: _frame(base).rename(
        columns={0: "a"}
    ),
    "a table with texts for times": lambda base: _frame(
        base, index=[f"r{number:03}" for number in range(len(base))]
    ),
    "a Series": lambda base: pd.Series(base),
    "a Series of Float64": lambda base: pd.Series(base, dtype="Float64"),
    "a Series of categories": lambda base: pd.Series(base, dtype="category"),
    "an Index": lambda base: pd.Index(base),
}

# Other things, to be refused or to give finite numbers.
ODDITIES = {
    "NaN at the first place": lambda base: _put(base, np.nan),
    "NaN in the middle": lambda base: _put(base, np.nan, base.size // 2),
    "NaN at the last place": lambda base: _put(base, np.nan, -1),
    "NaN everywhere": lambda base: np.full(base.shape, np.nan),
    "infinity": lambda base: _put(base, np.inf),
    "-infinity at the last place": lambda base: _put(base, -np.inf, -1),
    "infinity everywhere": lambda base: np.full(base.shape, np.inf),
    "1e39 at the first place": lambda base: _put(base, 1e39),
    "1e39 at the last place": lambda base: _put(base, 1e39, -1),
    "1e39 times it": lambda base: base * 1e39,
    "1e200 times it": lambda base: base * 1e200,
    "1.7e308 everywhere": lambda base: np.full(base.shape, 1.7e308),
    "1.7e308 at the last place": lambda base: _put(base, 1.7e308, -1),
    "denormals": lambda base: base * 5e-324,
    "1e-300 times it": lambda base: base * 1e-300,
    "zeros": np.zeros_like,
    "the largest float32": lambda base: np.full(
        base.shape, np.finfo("f4").max, dtype="f4"
    ),
    "negative": lambda base: -1 - base,
    "bools": lambda base: base > 2,
    "masked at the first place": _first_masked,
    "masked everywhere": lambda base: _masked(base, True),
    "complex": lambda base: base + 1j,
    "2**63": lambda base: base.astype("u8") + np.uint64(2**63),
    "objects: 10**30": lambda base: _objects(base, 10**30),
    "objects: 10**400": lambda base: _objects(base, 10**400),
    "objects: a None": lambda base: _objects(base, None),
    "objects: a pd.NA": lambda base: _objects(base, pd.NA),
    "objects: a pd.NaT": lambda base: _objects(base, pd.NaT),
    "objects: a text": lambda base: _objects(base, "abc"),
    "objects: a number as text": lambda base: _objects(base, "3"),
    "objects: a list": lambda base: _objects(base, [1, 2]),
    "objects: a date": lambda base: _objects(base, date(2024, 1, 1)),
    "objects: a bool": lambda base: _objects(base, True),
    "objects: a complex": lambda base: _objects(base, 1j),
    "texts": lambda base: np.full(base.shape, "abc"),
    "bytes": lambda base: np.full(base.shape, b"abc"),
    "dates": lambda base: np.full(base.shape, np.datetime64("2024-01-01")),
    "spans of time": lambda base: np.full(base.shape, np.timedelta64(1, "D")),
    "records": lambda base: np.zeros(base.shape, dtype=[("a", "f8"), ("b", "i4")]),
    "void": lambda base: np.zeros(base.shape, dtype="V8"),
    "no row": lambda base: base[:0],
    "no column": lambda base: base[..., :0],
    "no step": lambda base: base[:, :0] if base.ndim > 1 else base[:0],
    "one row": lambda base: base[:1],
    "one row less": lambda base: base[:-1],
    "one row more": lambda base: np.concatenate([base, base[:1]]),
    "one column": lambda base: base[..., :1],
    "one column more": lambda base: np.concatenate([base, base[..., :1]], axis=-1),
    "flat": np.ravel,
    "an axis more at the end": lambda base: base[..., np.newaxis],
    "an axis more in front": lambda base: base[np.newaxis],
    "two axes more": lambda base: base[..., np.newaxis, np.newaxis],
    "turned": lambda base: base.T.copy(),
    "of no axis": lambda base: base.ravel()[0],
    "of no axis, an array": lambda base: np.array(base.ravel()[0]),
    "of no value": lambda base: np.array([]),
    "of two dtypes": lambda base: _frame(base).assign(a=1),
    "ragged": _ragged,
    "ragged at the end": lambda base: [*base.tolist(), []],
    "a list with a None": lambda base: [None, *base.tolist()[1:]],
    "a list with a text": lambda base: ["abc", *base.tolist()[1:]],
    "an empty list": lambda base: [],
    "an empty tuple": lambda base: (),
    "a list of an empty list": lambda base: [[]],
    "a list of lists of empty lists": lambda base: [[[]]],
    "None": lambda base: None,
    "a text": lambda base: "abc",
    "bytes alone": lambda base: b"abc",
    "a dict": lambda base: {"a": base.ravel()},
    "a dict of numbers": lambda base: dict(enumerate(base.ravel().tolist())),
    "its values": lambda base: dict(enumerate(base.ravel().tolist())).values(),
    "an ordered dict": lambda base: OrderedDict(a=1),
    "a set": lambda base: set(base.ravel().tolist()),
    "a generator": lambda base: (row for row in base),
    "an iterator": lambda base: iter(base.tolist()),
    "a map": lambda base: map(float, base.ravel()),
    "a zip": lambda base: zip(base, base, strict=True),
    "a range": lambda base: range(len(base)),
    "a slice": lambda base: slice(None),
    "an object": lambda base: object(),
    "an unprintable object": lambda base: Unprintable(),
    "a class": lambda base: np.ndarray,
    "a function": lambda base: np.zeros,
    "an estimator": lambda base: Ridge(),
    "a broken array": lambda base: Broken(),
    "a sparse matrix": lambda base: scipy.sparse.csr_matrix(
        base.reshape(len(base), -1)
    ),
    "a sparse array": lambda base: scipy.sparse.coo_array(base.reshape(len(base), -1)),
    "a sparse array of columns": lambda base: scipy.sparse.csc_array(
        base.reshape(len(base), -1)
    ),
    "an empty table": lambda base: pd.DataFrame(),
    "a table without rows": lambda base: _frame(base).iloc[:0],
    "a table without columns": lambda base: _frame(base).iloc[:, :0],
    "a table with a pd.NA": lambda base: (
        _frame(base).astype("Float64").mask(lambda table: table == table.iloc[0, 0])
    ),
    "a table with a column of dates": lambda base: _frame(base).assign(
        when=pd.Timestamp("2024-01-01")
    ),
    "a table with a column of texts": lambda base: _frame(base).assign(words="a"),
    "a table of bools": lambda base: _frame(base > 2),
    "an empty Series": lambda base: pd.Series([], dtype=float),
    "a Series of texts": lambda base: pd.Series(["a"] * len(base)),
    "a Series of dates": lambda base: pd.Series(
        pd.date_range("2024-01-01", periods=len(base))
    ),
    "an Index of dates": lambda base: pd.date_range("2024-01-01", periods=len(base)),
    "a groupby": lambda base: _frame(base).groupby(0),
    "a list of tables": lambda base: [_frame(base), _frame(base)],
    "a list of dicts": lambda base: [{"a": 1}] * len(base),
    "a Timestamp": lambda base: pd.Timestamp("2024-01-01"),
}


def _flat(result):
    return [np.ravel(part) for part in arrays_in(result)]


def array_faults(run, name, base, *, may_be_nan=()):
    """List what is wrong with odd arrays for one argument.

    Parameters
    ----------
    run : callable
        Given an array, it does with it what a user would, and returns the result.
    name : str or tuple of str
        Of the argument.
    base : ndarray
        A valid one, of small integers of at least 0.
    may_be_nan : tuple of str, default=()
        Oddities whose results may be NaN.

    Returns
    -------
    faults : list of str
        One line for each array.
    """
    expected, is_refused, fault = outcome(lambda: run(base.copy()), name)
    if fault or is_refused:
        return [f"the valid array: {fault or 'is refused'}"]
    faults, flat = [], _flat(expected)
    for shown, make in (FORMS | ODDITIES).items():
        try:
            with warnings.catch_warnings(action="ignore"):
                values = make(base.copy())
        except Exception:
            continue  # there is no such form of an array of this shape
        result, is_refused, fault = outcome(lambda v=values: run(v), name)
        if not fault and not is_refused:
            # A column of targets is predicted as a column.
            if shown in FORMS and not are_equal(_flat(result), flat, rtol=1e-4):
                fault = "gives another result than plain numbers"
            elif not is_finite(result) and shown not in may_be_nan:
                fault = "gives NaN or infinity"
        if fault:
            faults.append(f"{shown}: {fault}")
    return faults
