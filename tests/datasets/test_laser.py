import hashlib

import numpy as np
import pytest

from sklearn_rnn.datasets import load_santafe_laser


@pytest.fixture(scope="module")
def laser():
    return load_santafe_laser()


def test_the_laser_is_one_series_of_the_published_length(laser):
    assert laser.shape == (10093,)
    assert laser.dtype == np.float64


def test_the_laser_is_read_by_a_converter_of_8_bits(laser):
    assert laser.min() == 0
    assert laser.max() == 255
    np.testing.assert_array_equal(laser, laser.astype(np.uint8))


def test_the_first_values_are_those_of_the_competition(laser):
    assert laser[:10].tolist() == [86, 141, 95, 41, 22, 21, 32, 72, 138, 111]


def test_every_value_is_that_of_the_copies_elsewhere(laser):
    # The SHA-256 of the copy in reservoirpy 0.4.2, as int64; other projects publish it
    bits = laser.astype("<i8").tobytes()
    assert hashlib.sha256(bits).hexdigest()[:32] == "cc4ace0cb515b4feb5f70ac3998ebe0d"


def test_the_intensity_pulsates_once_in_seven_to_eight_samples(laser):
    # as in the plots of the literature; missing or exchanged lines would smear it
    part = laser[:1000] - laser[:1000].mean()
    strongest = np.argmax(np.abs(np.fft.rfft(part)))
    assert 7 <= len(part) / strongest <= 8


def test_after_the_highest_pulsations_the_amplitude_collapses(laser):
    inner = laser[1:-1]
    peaks = inner[(inner > laser[:-2]) & (inner >= laser[2:])]
    highest = np.flatnonzero(peaks == 255)
    assert len(highest) == 12
    for i in highest:  # every pulsation soon after is lower than every one before
        assert peaks[i + 2 : i + 7].max() < peaks[i - 5 : i].min()


def test_a_changed_array_leaves_the_next_call_as_it_was(laser):
    changed = load_santafe_laser()
    changed[:] = 0
    np.testing.assert_array_equal(load_santafe_laser(), laser)
