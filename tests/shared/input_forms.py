"""Sequences, tables and targets in every form in which users give them."""

import re
from collections import UserList, deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from sklearn_rnn import (
    ESNRegressor,
    ESNRegressorCV,
    GRURegressor,
    LSTMRegressor,
    ReservoirTransformer,
    RNNRegressor,
    SlidingWindowTransformer,
)

RNG = np.random.default_rng(0)
# Whole numbers, which every container holds exactly.
X = RNG.integers(-9, 10, size=(12, 4, 2)).astype(float)
FLAT = X.reshape(12, 8)
NAMES = [f"c{number}" for number in range(8)]
FRAME = pd.DataFrame(FLAT, columns=NAMES)
y = RNG.integers(-9, 10, size=12).astype(float)
DAYS = pd.date_range("2024-01-01", periods=4)

ESN = ESNRegressor(n_reservoir=5, random_state=0)
GRU = GRURegressor(hidden_size=2, max_epochs=0, random_state=0)
MODELS = {"ESN": ESN, "GRU": GRU}


class OnlyArray:
    """What xarray, JAX and others are to numpy."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)


class Unreadable(OnlyArray):
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("The data are on another machine.\nSecond line.")


class Subclass(np.ndarray):
    pass


def as_objects(parts):
    """Return an array with one axis, whose values are the parts."""
    objects = np.empty(len(parts), object)
    for number, part in enumerate(parts):
        objects[number] = part
    return objects


def as_memmap(values):
    return np.frombuffer(values.tobytes()).reshape(values.shape)


def read_only(values):
    values = values.copy()
    values.flags.writeable = False
    return values


def with_gaps(values):
    return np.repeat(values, 2, axis=0)[::2]


# Of numbers with any axes
ARRAYS = {
    "an array": np.asarray,
    "in Fortran's order": np.asfortranarray,
    "with gaps": with_gaps,
    "backwards": lambda values: values[::-1].copy()[::-1],
    "read-only": read_only,
    "of a buffer": as_memmap,
    "of a subclass": lambda values: values.view(Subclass),
    "of other bytes": lambda values: values.astype(values.dtype.newbyteorder()),
    "of halves": lambda values: values.astype(np.float16),
    "of long doubles": lambda values: values.astype(np.longdouble),
    "of small integers": lambda values: values.astype(np.int8),
    "of objects": lambda values: values.astype(object),
    "of Decimal": lambda values: np.vectorize(Decimal, otypes=[object])(values),
    "of Fraction": lambda values: np.vectorize(Fraction, otypes=[object])(values),
    "of texts": lambda values: values.astype(str),
    "lists": lambda values: values.tolist(),
    "masked, nothing hidden": np.ma.array,
    "an __array__": OnlyArray,
    "a tensor": torch.tensor,
}
# Of X with three axes: one array a sequence, and more
SEQUENCES = {
    **ARRAYS,
    "a list of arrays": list,
    "a tuple of arrays": tuple,
    "a deque": deque,
    "a UserList": lambda X: UserList([*X]),
    "lists of arrays": lambda X: [[*x] for x in X],
    "an array of arrays": as_objects,
    "a Series of arrays": lambda X: pd.Series([*X]),
    "a Series of lists": lambda X: pd.Series(X.tolist()),
    "a Series of frames": lambda X: pd.Series([pd.DataFrame(x) for x in X]),
    "a list of lists": lambda X: [x.tolist() for x in X],
    "a list of tensors": lambda X: [torch.tensor(x) for x in X],
    "a list of __array__": lambda X: [OnlyArray(x) for x in X],
    "a list of frames": lambda X: [pd.DataFrame(x) for x in X],
    "a list of frames with names": lambda X: frames(X),
    "a list of frames with dates": lambda X: frames(X, index=DAYS),
    "a list of nullable frames": lambda X: [f.convert_dtypes() for f in frames(X)],
    "a list of frames of objects": lambda X: [f.astype(object) for f in frames(X)],
    "a list of frames and arrays": lambda X: [pd.DataFrame(X[0]), *X[1:]],
    "a list of masked arrays": lambda X: [np.ma.array(x) for x in X],
}
TABLES = {
    **ARRAYS,
    "a frame": lambda X: pd.DataFrame(X, columns=NAMES[: X.shape[1]]),
    "a frame without names": pd.DataFrame,
    "a nullable frame": lambda X: pd.DataFrame(X).convert_dtypes(),
    "a frame of objects": lambda X: pd.DataFrame(X, dtype=object),
    "a frame of texts": lambda X: pd.DataFrame(X.astype(str)),
    "a frame of categories": lambda X: pd.DataFrame(X).astype("category"),
    "lists of numbers of numpy": lambda X: [[*x] for x in X],
    "a memoryview": lambda X: memoryview(np.ascontiguousarray(X)),
}


def frames(X, index=None):
    return [pd.DataFrame(x, columns=["open", "close"], index=index) for x in X]


TAKES_X = {
    "ESN": lambda X: ESN.fit(X, y),
    "ESN CV": lambda X: ESNRegressorCV(n_reservoir=5).fit(X, y),
    "GRU": lambda X: GRU.fit(X, y),
    "LSTM of windows": lambda X: LSTMRegressor(window_length=2).fit(X, y),
    "RNN, once more": lambda X: RNNRegressor(max_epochs=0).partial_fit(X, y),
    "predict": lambda X: MODELS["ESN"].fit(FLAT, y).predict(X),
    "windows": SlidingWindowTransformer(2).fit,
    "windows of new rows": SlidingWindowTransformer(2).fit(FLAT).transform,
    "states": ReservoirTransformer(5).fit_transform,
}


def one_sentence(call, value, name, sentence):
    """Check that a call ends in a sentence that names the argument."""
    value = value() if type(value) is type(one_sentence) else value
    with pytest.raises((TypeError, ValueError), match=sentence) as raised:
        call(value)
    message = str(raised.value)
    assert len(message) < 300
    assert "\n" not in message
    assert "inhomogeneous" not in message
    assert re.search(rf"(?<!\w){name}(?!\w)", message), message


# --------------------------------------------------------------- windows tell names

PRICES = pd.DataFrame(
    RNG.normal(size=(60, 2)).cumsum(axis=0),
    columns=["Open", "Close"],
    index=pd.date_range("2024-01-01", periods=60),
)
NEXT = PRICES["Close"].shift(-1).ffill().to_numpy()
OUTPUTS = {
    "default": lambda pipe: pipe,
    "pandas": lambda pipe: pipe.set_output(transform="pandas"),
}
