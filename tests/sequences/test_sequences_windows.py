"""Arrays of windows know their steps, and what is made of them does or does not."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
from input_forms import NEXT, PRICES
from numpy.testing import assert_array_equal
from sklearn.utils import _safe_indexing

from sklearn_rnn import (
    GRURegressor,
    SlidingWindowTransformer,
    make_windows,
)
from sklearn_rnn._sequences.sequences import WindowArray

CHOICES = {
    "rows": lambda W: W[10:],
    "a mask": lambda W: W[np.arange(60) > 9],
    "numbers": lambda W: W[np.arange(10, 60)],
    "scikit-learn's": lambda W: _safe_indexing(W, np.arange(10, 60)),
    "all": lambda W: W[...],
    "a copy": copy.copy,
    "a deep copy": copy.deepcopy,
    "its own copy": lambda W: W.copy(),
    "its own copy, in Fortran's order": lambda W: W.copy("F"),
    "another dtype": lambda W: W.astype("f4"),
    "the same dtype": lambda W: W.astype(W.dtype, copy=False),
    "no row": lambda W: W[:0],
    "no row of a mask": lambda W: W[np.zeros(60, bool)],
    "a pickle": lambda W: pickle.loads(pickle.dumps(W)),
    "joblib": lambda W: through_joblib(W),
}
OTHERS = {
    "columns": lambda W: W[..., :1],
    "columns in another order": lambda W: W[..., ::-1],
    "steps": lambda W: W[:, 1:],
    "one row": lambda W: W[0],
    "another axis": lambda W: W[np.newaxis],
    "a sum": lambda W: W + 1,
    "a function": np.abs,
    "a reduction": lambda W: W.mean(axis=0),
    "numpy's own": np.array,
    "joined": lambda W: np.concatenate([W, W]),
    "another shape": lambda W: W.reshape(60, -1),
    "a transpose": lambda W: W.T,
}


def through_joblib(windows):
    file = io.BytesIO()
    joblib.dump(windows, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.parametrize("flatten", [False, True])
def test_a_choice_of_rows_keeps_the_names_of_windows_and_nothing_else(flatten):
    windows = SlidingWindowTransformer(5, flatten=flatten).fit_transform(PRICES)
    plain = np.asarray(windows)
    assert np.shares_memory(windows, plain)
    assert repr(windows) == repr(plain)
    for choose in CHOICES.values():
        chosen = choose(windows)
        assert_array_equal(chosen.step_names, ["Open", "Close"])
        assert chosen.n_steps == 5
        assert_array_equal(chosen, choose(plain))
    for derive in OTHERS.values():
        derived = derive(windows)
        assert getattr(derived, "step_names", None) is None
        assert getattr(derived, "n_steps", None) is None
        assert repr(derived) == repr(derive(plain))
    assert isinstance(windows.sum(), float)
    assert isinstance(windows[(0,) * windows.ndim], float)


@pytest.mark.parametrize("flatten", [False, True])
def test_a_pickle_of_windows_holds_their_rows_once(flatten):
    windows = SlidingWindowTransformer(50, flatten=flatten).fit_transform(PRICES)
    pickled = pickle.dumps(windows)
    assert len(pickled) < 3 * PRICES.size * 8
    assert pickle.loads(pickled).strides == windows.strides
    for rows in (slice(None, None, 2), slice(1), slice(2), slice(0), PRICES.Open > 1e9):
        chosen = windows[rows]
        again = pickle.loads(pickle.dumps(chosen))
        assert_array_equal(again, chosen, strict=True)
        assert again.n_steps == 50


def test_windows_with_and_without_names_go_together_without_a_warning():
    windows = SlidingWindowTransformer(5).fit_transform(PRICES)
    plain = np.array(windows)
    for train in (windows, plain):
        model = GRURegressor(max_epochs=0).fit(train, NEXT)
        assert_array_equal(model.predict(windows), model.predict(plain))
    swapped = SlidingWindowTransformer(5).fit_transform(PRICES[["Close", "Open"]])
    with pytest.raises(ValueError, match="feature names should match"):
        GRURegressor(max_epochs=0).fit(windows, NEXT).predict(swapped)


def test_numbers_of_windows_are_those_of_the_array():
    windows = SlidingWindowTransformer(3).fit_transform(PRICES)
    assert isinstance(windows, WindowArray)
    X, _ = make_windows(PRICES, 3)
    assert_array_equal(windows[2:-1], X)
