"""Whether a season is found, and its length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("sktime")

from sklearn_rnn.forecasting._season import find_season


@settings(max_examples=60, deadline=None)
@given(
    sp=st.integers(3, 30),
    n_seasons=st.integers(6, 12),
    noise=st.floats(0, 0.2),
    slope=st.floats(-0.2, 0.2),
    seed=st.integers(0, 10**6),
)
def test_a_season_is_found_whatever_its_length(sp, n_seasons, noise, slope, seed):
    generator = np.random.default_rng(seed)
    t = np.arange(sp * n_seasons)
    # One peak a season, so that no shorter lag can stand for it
    z = np.where(t % sp == 0, 3.0, 0.0) + slope * t
    z = z + noise * generator.normal(size=len(t))
    assert find_season([z[:, np.newaxis]]) == sp


@pytest.mark.parametrize("sp", [4, 7, 12, 24, 52])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_the_season_of_a_smooth_wave_is_found(sp, noise):
    t = np.arange(8 * sp)
    z = np.sin(2 * np.pi * t / sp) + 0.5 * np.cos(4 * np.pi * t / sp)
    z = z + noise * np.random.default_rng(0).normal(size=len(t))
    assert find_season([z[:, np.newaxis]]) == sp


@settings(max_examples=60, deadline=None)
@given(n_rows=st.integers(40, 400), seed=st.integers(0, 10**6))
def test_neither_noise_nor_a_walk_nor_a_line_has_a_season(n_rows, seed):
    noise = np.random.default_rng(seed).normal(size=(n_rows, 2))
    line = np.arange(n_rows)[:, np.newaxis] * np.ones(2)
    for z in (noise, noise.cumsum(axis=0), line, 0 * line):
        assert find_season([z]) == 1


def test_series_share_their_season():
    generator = np.random.default_rng(0)
    t = np.arange(96)
    series = [
        (np.roll(np.where(t % 12 == 0, 3.0, 0.0), shift)
         + 0.5 * generator.normal(size=96))[:n_rows, np.newaxis]
        for shift, n_rows in ((0, 96), (3, 90), (7, 60), (9, 80))
    ]  # fmt: skip
    assert find_season(series) == find_season(series[::-1]) == 12


def test_series_too_short_to_tell_have_no_season():
    for n_rows in range(1, 6):
        assert find_season([np.arange(n_rows)[:, np.newaxis] % 2.0]) == 1
