"""Rows that the tests of windows share."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(30, 2))


@pytest.fixture
def prices(rows):
    dates = pd.date_range("2024-01-01", periods=len(rows), name="Date")
    return pd.DataFrame(rows, index=dates, columns=["close", "volume"])
