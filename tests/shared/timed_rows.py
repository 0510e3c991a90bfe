"""Transformers and rows for the tests of indexes that tell time."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import ReservoirTransformer, SlidingWindowTransformer

TRANSFORMERS = {
    "windows": SlidingWindowTransformer(3, padding=-1.0),
    "states": ReservoirTransformer(5, random_state=0),
}
every_transformer = pytest.mark.parametrize("kind", TRANSFORMERS)

gaps_are_told = pytest.mark.filterwarnings("ignore:The index of X has gaps")


def new(kind, **parameters):
    return copy.deepcopy(TRANSFORMERS[kind]).set_params(**parameters)


def numbered(index):
    """Rows that hold their place, counted from 1."""
    return pd.DataFrame({"row": np.arange(1.0, len(index) + 1)}, index=index)


def windows_of(rows, window_length=3, **parameters):
    windows = SlidingWindowTransformer(window_length, padding=-1.0, **parameters)
    return windows.fit_transform(rows)[:, :, 0]


def told(action, *args):
    """Sentences of all warnings of an action."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action(*args)
    return [str(one.message) for one in caught]


def weekdays(periods, start="2024-09-02"):
    return pd.bdate_range(start, periods=periods)


def some_rows(n_rows=60):
    return np.random.default_rng(0).normal(size=(n_rows, 2))
