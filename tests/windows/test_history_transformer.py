"""Calls of the row transformers: all of a fit or nothing, threads, parameters."""

import copy
import pickle
import threading

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from timed_rows import (
    TRANSFORMERS,
    every_transformer,
    gaps_are_told,
    new,
    numbered,
    some_rows,
)

# All of a fit or nothing


DAYS = pd.date_range("2024", periods=40)
GOOD = pd.DataFrame(some_rows(40), index=DAYS, columns=["a", "b"])
FAULTS = {
    "NaN": GOOD.mask(GOOD.eq(GOOD.iloc[3, 1])),
    "a column less": GOOD[["a"]],
    "columns in another order": GOOD[["b", "a"]],
    "words": GOOD.astype(object).replace(GOOD.iloc[2, 0], "word"),
    "no row": GOOD[:0],
    "1-D": GOOD["a"],
    "times backwards": GOOD[::-1],
    "times twice": GOOD.iloc[[0, 0, 1]],
    "another kind of time": GOOD.set_axis(range(5, 45)),
    "no time for a row": GOOD.set_axis(DAYS.insert(0, pd.NaT)[:40]),
    "swapped levels": GOOD.set_axis(
        pd.MultiIndex.from_product([DAYS[:20], ["a", "b"]])
    ),
    "numbers too large": GOOD * 1e308,
}
# What partial_fit refuses, and fit takes; windows have no squares to take.
FIT_TAKES = {"a column less", "columns in another order", "another kind of time"}
FAILING = [
    (kind, method, fault)
    for kind in TRANSFORMERS
    for method in ("fit", "fit_transform", "partial_fit")
    for fault in FAULTS
    if method == "partial_fit"
    or fault not in FIT_TAKES | ({"numbers too large"} if kind == "windows" else set())
]


@pytest.mark.parametrize(("kind", "method", "fault"), FAILING)
def test_a_call_that_fails_leaves_the_transformer_as_it_was(kind, method, fault):
    X = FAULTS[fault]
    transformer = new(kind).fit(GOOD)
    before, stored = dict(vars(transformer)), pickle.dumps(transformer)
    out = transformer.transform(GOOD)
    with pytest.raises((TypeError, ValueError)):
        getattr(transformer, method)(X)
    assert list(vars(transformer)) == list(before)
    assert all(vars(transformer)[name] is value for name, value in before.items())
    assert pickle.dumps(transformer) == stored
    assert_array_equal(transformer.transform(GOOD), out)


@every_transformer
def test_partial_fit_changes_nothing_that_another_transformer_shares(kind):
    transformer = new(kind).fit(GOOD[:30])
    other = copy.copy(transformer)
    out = other.transform(GOOD[30:])
    stored = pickle.dumps(other)
    transformer.partial_fit(GOOD[30:])
    assert pickle.dumps(other) == stored
    assert_array_equal(other.transform(GOOD[30:]), out)


@every_transformer
def test_a_thread_that_transforms_sees_one_fit_or_the_other(kind):
    blocks = [some_rows(30), some_rows(40)[:, :1].repeat(3, axis=1)]
    outs = [new(kind).fit(block).transform(block) for block in blocks]
    transformer = new(kind).fit(blocks[0])
    faults, done = [], threading.Event()

    def read():
        while not done.is_set():
            for block, out in zip(blocks, outs, strict=True):
                try:
                    if not np.array_equal(transformer.transform(block), out):
                        faults.append("rows of neither")
                except ValueError as error:  # columns of the other fit
                    if "features" not in str(error):
                        faults.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(60):
        transformer.fit(blocks[number % 2])
    done.set()
    thread.join()
    assert faults == []


# Numbers of numpy's


SCALARS = {
    ("windows", "window_length"): [np.uint8(5), np.int8(3), np.int64(4), np.uint64(2)],
    ("windows", "padding"): [
        np.str_("nan"),
        np.float32(0.5),
        np.int8(-3),
        np.uint8(250),
    ],
    ("windows", "carry_history"): [np.bool_(True), np.bool_(False), np.str_("auto")],
    ("windows", "flatten"): [np.bool_(True), np.bool_(False)],
    ("states", "n_reservoir"): [np.uint8(250), np.int8(7)],
    ("states", "num_layers"): [np.uint8(2), np.int8(3)],
    ("states", "spectral_radius"): [np.float16(0.5), np.float32(0.75), np.uint8(1)],
    ("states", "leak_rate"): [np.float16(0.5), np.float32(0.75), np.uint8(1)],
    ("states", "input_scaling"): [np.float16(0.5), np.float32(0.75), np.uint8(1)],
    ("states", "bias_scaling"): [np.float16(0.5), np.float32(0.75), np.uint8(1)],
    ("states", "connectivity"): [np.float16(0.5), np.float32(0.75), np.uint8(1)],
    ("states", "nonlinearity"): [np.str_("relu")],
    ("states", "carry_history"): [np.bool_(True), np.bool_(False), np.str_("auto")],
    ("states", "random_state"): [np.uint8(250), np.int64(7)],
}


@gaps_are_told
@pytest.mark.parametrize(("kind", "name"), SCALARS)
def test_numbers_of_numpy_are_those_of_python(kind, name):
    rows = numbered(pd.Index(np.arange(60) + 30 * (np.arange(60) >= 50)))
    for value in SCALARS[kind, name]:
        outs = []
        for same in (value, value.item()):
            transformer = new(kind, **{name: same})
            out = [
                transformer.fit_transform(rows[:40]),
                transformer.transform(rows[40:]),
            ]
            transformer.partial_fit(rows[40:])
            outs.append([*out, transformer.transform(rows[40:])])
            assert transformer.get_params()[name] is same
        for one, other in zip(*outs, strict=True):
            assert_array_equal(one, other)


HUGE = {
    ("windows", "window_length", 2**31): "window_length=2147483648 is too long for X",
    ("windows", "window_length", 10**30): "window_length",
    ("windows", "padding", 1e300): "padding=1e.300 is too large for X of dtype float32",
    ("states", "n_reservoir", 2**31): "n_reservoir=2147483648",
    ("states", "num_layers", 2**31): "num_layers=2147483648",
    ("states", "spectral_radius", 1e300): "spectral_radius=1e.300 is too large",
    ("states", "input_scaling", 1e300): "input_scaling=1e.300 is too large",
    ("states", "bias_scaling", 1e300): "bias_scaling=1e.300 is too large",
}


@pytest.mark.parametrize("case", HUGE, ids=str)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
def test_numbers_too_large_are_one_sentence(method, case):
    kind, name, value = case
    with pytest.raises(ValueError, match=HUGE[case]) as caught:
        getattr(new(kind, **{name: value}), method)(some_rows().astype(np.float32))
    assert len(str(caught.value)) < 300
