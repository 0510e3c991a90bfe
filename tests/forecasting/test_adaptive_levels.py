"""Levels that follow coverage, and choices that see no later rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from sklearn_rnn import ESNRegressor
from sklearn_rnn._conformal import AdaptiveLevels

pytest.importorskip("sktime")

from sklearn_rnn.forecasting import RecurrentForecaster
from sklearn_rnn.forecasting._closed_loop import score_loops, tail_length
from sklearn_rnn.forecasting._known_series import read_known
from sklearn_rnn.forecasting._series_scale import LOG, NONE


@settings(max_examples=60, deadline=None)
@given(
    coverage=st.sampled_from([0.5, 0.8, 0.95]),
    n_rows=st.integers(1, 300),
    n_scores=st.integers(1, 3),
    seed=st.integers(0, 100),
    shape=st.sampled_from(["even", "late", "calm", "wild"]),
)
def test_misses_keep_to_the_bound_of_gibbs_and_candes(
    coverage, n_rows, n_scores, seed, shape
):
    scores = np.random.default_rng(seed).uniform(size=(n_rows, n_scores))
    if shape == "late":
        scores[n_rows // 2 :] = 1.0
    elif shape != "even":
        scores[:] = 0.0 if shape == "calm" else 1.0
    levels, missed, alpha = AdaptiveLevels.start(), [], 1 - coverage
    number, level = np.array([0]), coverage
    for row in scores:
        if len(levels.levels):
            level = levels.levels[0, round(100 * coverage) - 1]
        missed.append((row > level).mean())
        levels = levels.moved(number, row[np.newaxis, np.newaxis])
    step = alpha / 10
    bound = (max(coverage, alpha) + step) / (step * n_rows)
    assert abs(np.mean(missed) - alpha) <= bound + 1e-9
    together = AdaptiveLevels.start().moved(number, scores[np.newaxis])
    np.testing.assert_allclose(together.levels, levels.levels)


def test_intervals_widen_when_noise_doubles_and_narrow_again():
    n_rows, hits, widths = 420, [], []
    t = np.arange(n_rows)
    for seed in range(5):
        noise = np.random.default_rng(seed).normal(size=n_rows)
        y = pd.Series(50 + noise * np.where((t >= 200) & (t < 320), 2.0, 1.0))
        forecaster = RecurrentForecaster(
            Ridge(1.0), window_length=3, sp=1, log=False, center=False
        ).fit(y[:120], fh=[1])
        for row in range(120, n_rows):
            low, high = forecaster.predict_interval(coverage=0.8).to_numpy()[0]
            hits.append(low <= y[row] <= high)
            widths.append(high - low)
            forecaster.update(y[row : row + 1], update_params=False)
    hits, widths = (np.reshape(of, (5, -1)).mean(axis=0) for of in (hits, widths))
    # 300 rows, five times: the standard error is about .01
    assert abs(hits.mean() - 0.8) < 0.04
    # A few dozen rows after the change
    assert abs(hits[125:200].mean() - 0.8) < 0.08
    assert widths[150:200].mean() > 1.5 * widths[30:80].mean()
    assert widths[-30:].mean() < 0.8 * widths[170:200].mean()


@pytest.mark.parametrize("power", [NONE, LOG])
@pytest.mark.parametrize("is_centered", [True, False])
def test_closed_loops_change_with_no_row_after_their_start(is_centered, power):
    generator = np.random.default_rng(0)
    y = 20 + np.sin(np.arange(80) / 3) + 0.1 * generator.normal(size=80)
    esn = ESNRegressor(20, alphas=0.1, random_state=0)
    changed = y.copy()
    changed[80 - tail_length(80) :] += generator.uniform(5, 50, size=tail_length(80))
    scores = [
        score_loops(
            esn,
            is_centered,
            [*read_known(pd.DataFrame({"y": of}), None).values()],
            power,
        )
        for of in (y, changed)
    ]
    (one,), (other,) = (score.loops for score in scores)
    np.testing.assert_array_equal(one.head, other.head)
    np.testing.assert_array_equal(one.levels[0], other.levels[0])
    assert (one.actual != other.actual).any()
    assert scores[0].alpha == scores[1].alpha
