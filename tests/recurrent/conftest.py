import numpy as np
import pytest
from recurrent_fits import make_data


@pytest.fixture(scope="module")
def data():
    X, y = make_data()
    X.flags.writeable = y.flags.writeable = False  # a fit that writes fails
    return X, y


@pytest.fixture(scope="module")
def lengths():
    lengths = np.random.default_rng(1).integers(1, 6, size=80)
    lengths[3] = 5
    return lengths


@pytest.fixture(scope="module")
def series():
    """Rows of a series that repeats itself, noise beside it, and its next value."""
    t = np.arange(240)
    wave = np.sin(2 * np.pi * t / 12)
    rows = np.column_stack([wave, np.random.default_rng(0).normal(size=240)])
    return rows, np.roll(wave, -1)
