"""Odd arrays and containers, and how an estimator may answer them; see `odd`."""

import tempfile
import warnings
from array import array
from collections import OrderedDict, UserList, deque
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse
import torch
from odd import Unprintable, are_equal, arrays_in, is_finite, outcome
from sklearn.linear_model import Ridge


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
