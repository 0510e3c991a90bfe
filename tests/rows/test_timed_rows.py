"""The last level of an index tells time, the levels before it name the series."""

import copy

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from timed_rows import every_transformer, new, numbered, windows_of

from sklearn_rnn import SlidingWindowTransformer

pa = pytest.importorskip("pyarrow")

# The last level tells time


def with_levels(**levels):
    index = pd.MultiIndex.from_product(levels.values(), names=levels)
    return pd.DataFrame({"row": np.arange(1.0, len(index) + 1)}, index=index)


DATES = pd.date_range("2024-01-01", periods=5)
SWAPPED = {
    "date, ticker": {"date": DATES, "ticker": ["a", "b"]},
    "date, number": {"date": DATES, "ticker": [101, 102]},
    "date, exchange, ticker": {"date": DATES, "exchange": ["x", "y"], "ticker": ["a"]},
    "exchange, date, ticker": {"exchange": ["x", "y"], "date": DATES, "ticker": ["a"]},
    "numbers, ticker": {"t": range(5), "ticker": ["a", "b"]},
    "periods, ticker": {"month": DATES.to_period("D"), "ticker": ["a", "b"]},
    "date32, ticker": {
        "date": pd.Index(DATES.date, dtype=pd.ArrowDtype(pa.date32())),
        "ticker": ["a", "b"],
    },
    "strings of dates, ticker": {"date": DATES.astype(str), "ticker": ["a", "b"]},
    "strings without a century, ticker": {
        "date": DATES.strftime("%d-%b-%y"),
        "ticker": ["a", "b"],
    },
    "days in digits, number": {
        "date": DATES.strftime("%Y%m%d").astype(int),
        "ticker": [10107, 93436],
    },
    "date, categories": {"date": DATES, "ticker": pd.CategoricalIndex(["a", "b"])},
}


@pytest.mark.parametrize("levels", SWAPPED.values(), ids=SWAPPED)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit", "transform"])
@pytest.mark.parametrize("named", [True, False])
@every_transformer
def test_a_time_before_the_last_level_is_an_error_whose_cure_works(
    kind, named, method, levels
):
    X = with_levels(**levels)
    if not named:
        X.index.names = [None] * X.index.nlevels
    transformer = new(kind)
    if method in ("transform", "partial_fit"):
        transformer.fit(numbered(DATES))
    with pytest.raises(
        ValueError, match=r"^The last level of the index of X"
    ) as caught:
        getattr(transformer, method)(X)
    sentence = str(caught.value)
    assert len(sentence) < 300
    assert ("'ticker'" in sentence) == named
    cure = sentence.split("X = ")[1].rstrip(".")
    mended = eval(cure, {"X": X})  # as the sentence says
    if "strings" in str(levels) or isinstance(mended.index.levels[-1][0], str):
        mended.index = mended.index.set_levels(
            pd.to_datetime(mended.index.levels[-1], format="mixed"), level=-1
        )
    windows = windows_of(mended)
    for name in set(mended.index.droplevel(-1)):
        own = mended.index.droplevel(-1) == name
        assert_array_equal(windows[own], windows_of(mended[own].to_numpy()))


VALID = {
    "ticker, date": {"ticker": ["a", "b"], "date": DATES},
    "ticker, numbers": {"ticker": ["a", "b"], "t": range(5)},
    "numbers, numbers": {"store": [1, 2], "t": range(5)},
    "few numbers like months, numbers": {"store": [202401, 202402], "t": range(5)},
    "days in digits twice": {
        "issued": [20240101, 20240201],
        "date": [20240101, 20240102],
    },
    "codes, strings": {"ticker": ["600519", "000001"], "t": list("vwxyz")},
    "names with digits, strings": {"ticker": ["MAR01", "SEP20 C"], "t": list("vw")},
    "numbers, date": {"store": [1, 2], "date": DATES},
    "date of issue, date": {"issued": DATES[:2], "date": DATES},
    "region, store, date": {"region": ["n", "s"], "store": [1, 2], "date": DATES},
    "ticker, strings": {"ticker": ["a", "b"], "t": list("vwxyz")},
}


@pytest.mark.parametrize("levels", VALID.values(), ids=VALID)
@every_transformer
def test_panels_whose_last_level_may_be_time_are_read(kind, levels):
    X = with_levels(**levels)
    out = new(kind).fit_transform(X)
    for name in set(X.index.droplevel(-1)):
        own = X.index.droplevel(-1) == name
        assert_array_equal(out[own], new(kind).fit_transform(X[own].to_numpy()))


def test_months_in_digits_before_the_last_level_are_an_error():
    months = [202301 + month for month in range(12)] + [202401]
    X = with_levels(month=months, ticker=[10107, 93436])
    with pytest.raises(ValueError, match=r"'ticker', must tell time, as 'month' does"):
        SlidingWindowTransformer(3).fit(X)


@given(
    names=st.lists(st.sampled_from("abc"), min_size=2, max_size=40),
    n_train=st.integers(1, 39),
    repeated=st.booleans(),
    carry_history=st.sampled_from(["auto", True, False]),
    seed=st.integers(0, 99),
)
@settings(deadline=None, max_examples=60)
def test_series_without_times_are_windowed_as_if_each_were_alone(
    names, n_train, repeated, carry_history, seed
):
    n_train = min(n_train, len(names) - 1)
    labels = [f"t{i}" for i in range(len(names))]
    X = numbered(pd.MultiIndex.from_arrays([names, labels]))
    train = X[:n_train]
    order = np.random.default_rng(seed).permutation(len(names)) if repeated else None
    rows = (
        X[n_train:] if order is None else X.iloc[np.sort(order[: len(order) // 2 + 1])]
    )
    windows = SlidingWindowTransformer(
        4, padding=-1.0, carry_history=carry_history
    ).fit(train)
    out = windows.transform(rows)[:, :, 0]
    for name in set(rows.index.get_level_values(0)):
        own = rows.index.get_level_values(0) == name
        values = rows[own].to_numpy()
        seen = train[train.index.get_level_values(0) == name].to_numpy()
        if len(seen):
            alone = copy.deepcopy(windows).fit(seen).transform(values)[:, :, 0]
        else:
            alone = windows_of(values, 4)
        assert_array_equal(out[own], alone)
