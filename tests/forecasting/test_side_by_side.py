"""Series of one length side by side: as many calls with one series each."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

pytest.importorskip("sktime")

from direct_forecasters import FH, covariates, small
from small_forecasters import both, panel

from sklearn_rnn.forecasting import _side_by_side
from sklearn_rnn.forecasting._limits import Limits, Usual
from sklearn_rnn.forecasting._season import find_season
from sklearn_rnn.forecasting._side_by_side import apart, groups_of, side_by_side
from sklearn_rnn.forecasting._trials import Past

SETTINGS = settings(max_examples=40, deadline=None)


class Rows:
    """All that `Past` reads of a series."""

    def __init__(self, values):
        self.values = values


@st.composite
def many_series(draw, least=1):
    """Draw series of few different lengths, some of them constant or from 0 on."""
    lengths = draw(st.lists(st.integers(least, least + 6), min_size=1, max_size=12))
    n_columns = draw(st.integers(1, 3))
    generator = np.random.default_rng(draw(st.integers(0, 999)))
    series = [generator.normal(size=(n, n_columns)).cumsum(axis=0) for n in lengths]
    for number in draw(st.sets(st.integers(0, len(series) - 1))):
        series[number] = np.maximum(np.round(series[number]), 0)
    return series


@SETTINGS
@given(series=many_series(), most=st.sampled_from([1, 20, 10**6]))
def test_each_series_stands_in_one_group(series, most):
    _side_by_side._MOST_VALUES, before = most, _side_by_side._MOST_VALUES
    try:
        groups = list(side_by_side(series))
    finally:
        _side_by_side._MOST_VALUES = before
    assert sorted(n for numbers, _ in groups for n in numbers) == [*range(len(series))]
    for numbers, values in groups:
        assert values.size <= most or len(numbers) == 1
        for number, one in zip(numbers, apart(values, len(numbers)), strict=True):
            np.testing.assert_array_equal(one, series[number])


def test_groups_come_in_the_order_of_their_keys():
    assert groups_of(["b", "a", "b"], lambda key: 1) == [[0, 2], [1]]


def assert_same(one, other):
    for name in ("lowest", "highest", "down", "up", "rests"):
        ours, expected = getattr(one, name), getattr(other, name)
        np.testing.assert_allclose(ours, expected, rtol=1e-12)
    assert one.n_rows == other.n_rows


@SETTINGS
@given(series=many_series(), reach=st.integers(1, 8))
def test_limits_are_those_of_each_series_alone(series, reach):
    horizons, usual = np.arange(1, reach + 1), Usual.of(series)
    for one, limits in zip(series, usual.limits_of_all(series, horizons), strict=True):
        assert_same(limits, usual.limits(one, horizons))
    standard = [(one - one.mean(axis=0)) / spread_of(one) for one in series]
    everything = np.concatenate(standard)
    np.testing.assert_allclose(usual.lowest, everything.min(axis=0), atol=1e-12)
    np.testing.assert_allclose(usual.highest, everything.max(axis=0), atol=1e-12)


def spread_of(values):
    spread = values.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


@SETTINGS
@given(series=many_series(least=3), n_rows=st.integers(0, 5))
def test_what_rows_before_blocks_tell_is_told_series_by_series(series, n_rows):
    horizons = np.array([1, 2])
    past = Past({(n,): Rows(values) for n, values in enumerate(series)}, horizons)
    heads = [values[: max(1, len(values) - n_rows)] for values in series]
    usual, (low, high) = Usual.of(heads), past.limits(n_rows)
    changes = past.changes(n_rows)
    for number, head in enumerate(heads):
        (lowest,), (highest,) = usual.limits(head, horizons).at(head, [len(head)])
        np.testing.assert_allclose(low[number], lowest, rtol=1e-12)
        np.testing.assert_allclose(high[number], highest, rtol=1e-12)
        alone = Past({(): Rows(series[number])}, horizons).changes(n_rows)
        np.testing.assert_allclose(changes[number], alone[0], rtol=1e-12)


def test_limits_of_a_range_are_not_wider_than_those_of_the_panel():
    values = np.arange(12.0)[:, np.newaxis]
    (limits,) = Usual.of([values]).limits_of_all([values], np.array([1]))
    assert_same(limits, Limits.of(values, np.array([1])))


@SETTINGS
@given(seed=st.integers(0, 99), sp=st.integers(2, 7))
def test_a_season_does_not_depend_on_how_series_are_put_together(seed, sp):
    generator = np.random.default_rng(seed)
    rows = np.arange(12 * sp)
    wave = np.sin(2 * np.pi * rows / sp)[:, np.newaxis]
    series = [wave[: 12 * sp - n % 3] for n in range(6)]
    series = [one + 0.2 * generator.normal(size=one.shape) for one in series]
    halves = [np.concatenate([one, other], axis=1) for one, other in
              zip(series[::6], series[3::6], strict=True)]  # fmt: skip
    assert find_season(halves) == find_season([series[0], series[3]])
    assert find_season(series) == find_season(series[::-1])


# ------------------------------------------------------------------------- forecasters


def series_of(lengths, seed=0):
    generator = np.random.default_rng(seed)
    return {
        str(number): pd.Series(
            np.exp(generator.normal())
            * (5 + np.sin(np.arange(n) / 2) + 0.1 * generator.normal(size=n))
        )
        for number, n in enumerate(lengths)
    }


@pytest.mark.parametrize("with_covariates", [False, True])
@pytest.mark.parametrize("past", [None, ["a"]])
def test_examples_of_a_panel_are_those_of_each_series(with_covariates, past):
    series = series_of([30, 40, 30, 12, 40])
    y, X = panel(**series), None
    if with_covariates:
        X = pd.concat(
            {key: covariates(len(one), seed=int(key)) for key, one in series.items()},
            names=["series", "time"],
        )
    given = {"past_covariates": past} if with_covariates else {}
    forecaster = small(Ridge(), sp=4, **given).fit(y, X=X, fh=FH)
    model, known = forecaster.model_, forecaster._known
    together = model.examples(known)
    alone = [model.examples({key: one}) for key, one in known.items()]
    for name in ("X", "y", "spreads", "left"):
        expected = np.concatenate([getattr(one, name) for one in alone])
        np.testing.assert_array_equal(getattr(together, name), expected)
    lengths = [len(one) for one in alone]
    np.testing.assert_array_equal(together.keys, np.repeat(np.arange(5), lengths))
    # The last target of three windows lies in the last three rows
    latest = model.examples(known, {key: len(one) - 3 for key, one in known.items()})
    expected = np.concatenate([one.X[-3:] for one in alone])
    np.testing.assert_array_equal(latest.X, expected)


@both
def test_forecasts_of_a_panel_are_those_of_each_series_by_the_same_model(make):
    series = series_of([40, 30, 40, 40])
    forecaster = make().fit(panel(**series), fh=FH)
    together = forecaster.predict()
    levels = forecaster.predict_quantiles(alpha=[0.1, 0.5])
    known = forecaster._known
    for key, one in known.items():
        forecaster._known = {key: one}
        alone, own = (
            forecaster.predict(),
            forecaster.predict_quantiles(alpha=[0.1, 0.5]),
        )
        pd.testing.assert_frame_equal(alone, together.loc[[*key]], rtol=1e-9)
        pd.testing.assert_frame_equal(own, levels.loc[[*key]], rtol=1e-9)


@both
def test_an_update_of_a_panel_is_one_of_each_series(make):
    series = series_of([40, 40, 30, 40])
    known = {key: one[:-4] for key, one in series.items()}
    new = {key: one[-4:] for key, one in series.items()}
    forecaster = make().fit(panel(**known), fh=FH)
    forecaster.update(panel(**new), update_params=False)
    one_by_one = make().fit(panel(**known), fh=FH)
    for key, rows in new.items():
        one_by_one.update(panel(**{key: rows}), update_params=False)
    pd.testing.assert_frame_equal(forecaster.known_rows(), panel(**series))
    pd.testing.assert_frame_equal(one_by_one.known_rows(), panel(**series))
    pd.testing.assert_frame_equal(forecaster.predict(), one_by_one.predict())
