"""How far forecasts and intervals go, and which transform they go by."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from sklearn_rnn import ESNRegressor

pytest.importorskip("sktime")

from sklearn_rnn._conformal import find_surprises
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster
from sklearn_rnn.forecasting._limits import Limits, Usual
from sklearn_rnn.forecasting._series_scale import LOG, NONE, ROOT, Scale

FH = np.arange(1, 9)
ALPHA = [0.001, 0.05, 0.25, 0.4, 0.5, 0.6, 0.75, 0.95, 0.999]

T = np.arange(100.0)
NOISE = np.random.default_rng(0).normal(size=100)
WAVE = np.sin(T / 4)


def with_last(values, last):
    return np.r_[values[:-1], last]


SERIES = {
    "tank": np.maximum(0, 95 - T),
    "paid off": np.maximum(0, np.round(900 - 9.7 * T)),
    "cap": np.minimum(T, 94),
    "flat": np.where(T < 92, 10 + 5 * WAVE, 10.0),
    "steps": 20 * (T // 25) + 1,
    "shift": 50 + NOISE + 400 * (T > 95),
    "spike": 50 + NOISE + 5000 * (T == 96),
    "drop": with_last(50 + NOISE, 0.001),
    "nothing": with_last(50 + NOISE, 0.0),
    "negative": -np.exp(T / 30) + NOISE / 10,
    "change": np.where(T < 99, 3.0, 4.0),
    "constant": np.full(100, 7.0),
    "counts": np.random.default_rng(1).poisson(0.3, 100),
    "orders": np.where(NOISE > 1, np.round(10 * NOISE), 0),
    "near 0": np.exp(5 * WAVE + NOISE / 10),
    "tiny": 1e-12 * (20 + WAVE + NOISE),
    "huge": 1e12 * (20 + WAVE + NOISE),
    "walk": NOISE.cumsum(),
    "outliers": np.random.default_rng(2).standard_cauchy(100),
    "few": np.array([3.0, 8, 5, 6, 7, 4, 9, 5, 2, 6]),
}
every_series = pytest.mark.parametrize("name", SERIES)


def recurrent(**params):
    return RecurrentForecaster(Ridge(1e-6), **params)


def echo(**params):
    params = {"n_bootstrap": 20, "random_state": 0, **params}
    return ESNForecaster(ESNRegressor(n_reservoir=20, alphas=1e-6), **params)


both = pytest.mark.parametrize("make", [recurrent, echo], ids=["recurrent", "echo"])


def limits_of(y, fh=FH):
    """Return how far forecasts of a series may go, (2, n_horizons)."""
    y = np.asarray(y, float)[:, np.newaxis]
    low, high = Limits.of(y, fh).at(y, [len(y)])
    return np.array([low[0, :, 0], high[0, :, 0]])


def assert_within_interval_limits(quantiles, low, high, room=1e-6):
    """Assert that quantiles are within the limits, or near enough to their median."""
    quantiles = np.asarray(quantiles)
    median = quantiles[:, ALPHA.index(0.5)]
    reach = 0.4 * (high - low)
    lowest = np.where(low == 0, 0.0, np.minimum(low, median - reach)) - room
    highest = np.where(high == 0, 0.0, np.maximum(high, median + reach)) + room
    assert (quantiles >= lowest[:, np.newaxis]).all()
    assert (quantiles <= highest[:, np.newaxis]).all()


# ---------------------------------------------------------------------- what limits are


ordinary = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40)


@settings(max_examples=60, deadline=None)
@given(values=ordinary)
def test_limits_hold_all_that_was_seen(values):
    low, high = limits_of(values)
    assert (low <= min(values)).all()
    assert (high >= max(values)).all()


@settings(max_examples=60, deadline=None)
@given(values=ordinary, factor=st.sampled_from([2.0**-40, 0.25, 8.0, 2.0**40]))
def test_limits_go_with_the_unit_of_a_series_and_turn_with_it(values, factor):
    # Below it denormal numbers lose digits
    y = np.round(values, 3)
    low, high = limits_of(y)
    np.testing.assert_allclose(limits_of(factor * y), [factor * low, factor * high])
    np.testing.assert_allclose(limits_of(-y), [-high, -low])


@settings(max_examples=60, deadline=None)
@given(
    n_rows=st.integers(3, 80),
    slope=st.floats(-1e3, 1e3),
    start=st.floats(-1e4, 1e4),
    reach=st.integers(1, 40),
)
def test_lines_may_go_on(n_rows, slope, start, reach):
    assume(reach <= n_rows)
    line = start + slope * np.arange(n_rows + reach)
    low, high = limits_of(line[:n_rows], np.arange(1, reach + 1))
    room = 1e-9 * np.ptp(line) + 1e-9
    assert (low - room <= line[n_rows:]).all()
    assert (line[n_rows:] <= high + room).all()


@settings(max_examples=60, deadline=None)
@given(
    n_rows=st.integers(40, 120),
    rate=st.floats(0.001, 0.3),
    reach=st.integers(1, 12),
    sign=st.sampled_from([-1.0, 1.0]),
)
def test_exponential_growth_may_go_on(n_rows, rate, reach, sign):
    growth = sign * (1 + rate) ** np.arange(n_rows + reach)
    low, high = limits_of(growth[:n_rows], np.arange(1, reach + 1))
    assert (low <= growth[n_rows:]).all()
    assert (growth[n_rows:] <= high).all()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), at=st.integers(1, 99), size=st.floats(-1e6, 1e6))
@pytest.mark.parametrize("lasts", [True, False])
def test_what_happened_once_is_not_taken_for_growth(lasts, seed, at, size):
    noise = np.random.default_rng(seed).normal(size=100)
    changed = noise + size * ((at <= T) if lasts else (at == T))
    low, high = limits_of(changed)
    # Half the range, and less again for noise that has grown before
    room = np.ptp(changed)
    assert (low >= changed.min() - room).all()
    assert (high <= changed.max() + room).all()


def test_a_series_that_has_been_0_does_not_change_sign():
    assert (limits_of([3, 0, 2, 5, 1])[0] == 0).all()
    assert (limits_of([-3, 0, -2, -5, -1])[1] == 0).all()
    # One that has only just come there may go on
    assert (limits_of([4, 3, 2, 1, 0])[0] < 0).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), end=st.integers(1, 59))
def test_changing_a_later_row_changes_no_earlier_limit(seed, end):
    generator = np.random.default_rng(seed)
    y = generator.poisson(1.0, size=(60, 2)).astype(float)
    other = y.copy()
    other[end:] = generator.normal(scale=1e6, size=other[end:].shape)
    limits = Limits.of(y[:30], FH)
    ends = np.arange(1, end + 1)
    np.testing.assert_array_equal(limits.at(y, ends), limits.at(other, ends))


def test_a_short_series_may_go_where_others_have_gone():
    wave = 10 + np.sin(2 * np.pi * np.arange(48) / 12)[:, np.newaxis]
    short = 1000 * wave[12:20]  # it rises later
    usual = Usual.of([wave, wave[6:], short])
    _, high = usual.limits(short, FH).at(short, [8])
    assert high.max() > limits_of(short[:, 0])[1].max()
    # But one that has rows enough stands for itself
    own = Limits.of(wave, FH)
    np.testing.assert_array_equal(usual.limits(wave, FH).highest, own.highest)


# ------------------------------------------------------ what forecasts and intervals do


@both
@every_series
def test_forecasts_and_quantiles_stay_within_the_limits(make, name):
    y = SERIES[name].astype(float)
    fh = FH if len(y) > 20 else FH[:2]
    forecaster = make().fit(y, fh=fh)
    forecast = np.ravel(forecaster.predict(fh=fh))
    quantiles = forecaster.predict_quantiles(fh=fh, alpha=ALPHA).to_numpy()
    low, high = limits_of(y, fh)
    room = 1e-9 * np.abs(y).max()
    assert (forecast >= low - room).all()
    assert (forecast <= high + room).all()
    assert_within_interval_limits(quantiles, low, high, room)
    assert (np.diff(quantiles, axis=1) >= -room).all()
    below, above = np.less(ALPHA, 0.5), np.greater(ALPHA, 0.5)
    assert (quantiles[:, below] <= forecast[:, np.newaxis] + room).all()
    assert (quantiles[:, above] >= forecast[:, np.newaxis] - room).all()


@both
def test_known_rows_are_forecast_within_the_limits(make):
    y = SERIES["spike"]
    fh = np.arange(-80, 9)
    forecaster = make().fit(y, fh=fh)
    low, high = limits_of(y)
    forecast = np.asarray(forecaster.predict(fh=fh))
    assert (forecast >= low.min() - 1e-6).all()
    assert (forecast <= high.max() + 1e-6).all()
    quantiles = forecaster.predict_quantiles(fh=fh, alpha=ALPHA)
    assert_within_interval_limits(quantiles, low.min(), high.max())


@both
@pytest.mark.parametrize("extreme", [1e-6, 1e5])
@pytest.mark.parametrize("update_params", [True, False])
def test_extreme_rows_of_an_update_leave_forecasts_within_the_limits(
    make, extreme, update_params
):
    y = with_last(50 + 5 * WAVE + NOISE, extreme)
    forecaster = make(log=True).fit(pd.Series(y[:-3]), fh=FH)
    forecaster.update(
        pd.Series(y[-3:], index=[97, 98, 99]), update_params=update_params
    )
    low, high = limits_of(y)
    quantiles = forecaster.predict_quantiles(fh=FH, alpha=ALPHA).to_numpy()
    assert (quantiles >= 0).all()
    assert_within_interval_limits(quantiles, low, high)


@both
@pytest.mark.parametrize("log", [True, "auto"])
def test_trends_and_growth_go_on(make, log):
    growth = np.exp(np.arange(108) / 15)
    forecast = make(log=log).fit(growth[:100], fh=FH).predict(fh=FH)
    np.testing.assert_allclose(np.ravel(forecast), growth[100:], rtol=0.05)
    line = 200 - 3.0 * np.arange(108)
    forecast = make().fit(line[:100], fh=FH).predict(fh=FH)
    np.testing.assert_allclose(np.ravel(forecast), line[100:], atol=3)


@both
@pytest.mark.parametrize("factor", [2.0**-40, 2.0**40])
@pytest.mark.parametrize("name", ["shift", "drop", "counts", "near 0", "tank"])
def test_forecasts_and_quantiles_go_with_the_unit_of_the_series(make, factor, name):
    y = SERIES[name].astype(float)
    one, other = make().fit(y, fh=FH), make().fit(factor * y, fh=FH)
    assert (one.log_, one.sqrt_) == (other.log_, other.sqrt_)
    room = {"rtol": 1e-4, "atol": 1e-4 * np.abs(y).max()}
    for ask in (
        lambda of: of.predict(fh=FH),
        lambda of: of.predict_quantiles(fh=FH, alpha=ALPHA),
    ):
        np.testing.assert_allclose(ask(other) / factor, ask(one), **room)


@both
def test_each_column_has_limits_of_its_own(make):
    small, large = 1e-6 * SERIES["shift"], 1e6 * SERIES["spike"]
    y = pd.DataFrame({"small": small, "large": large})
    quantiles = make().fit(y, fh=FH).predict_quantiles(fh=FH, alpha=ALPHA)
    for name, values in (("small", small), ("large", large)):
        low, high = limits_of(values)
        room = 1e-9 * values.max()
        assert_within_interval_limits(quantiles[name], low, high, room)


@both
def test_a_series_far_outside_of_the_others_moves_no_limit_of_theirs(make):
    names = ("shift", "cap", "near 0")
    panel = {name: pd.DataFrame({"y": SERIES[name] + 1.0}) for name in names}
    panel["far"] = pd.DataFrame({"y": with_last(1e9 + 1e6 * NOISE, 1e12)})
    y = pd.concat(panel, names=["series", "row"])
    quantiles = make().fit(y, fh=FH).predict_quantiles(fh=FH, alpha=ALPHA)
    for name in names:
        low, high = limits_of(SERIES[name] + 1.0)
        assert_within_interval_limits(quantiles.loc[name], low, high)


@both
@pytest.mark.parametrize("last", [0.001, 5000.0])
@pytest.mark.parametrize("log", [True, False])
def test_an_interval_widens_after_a_row_that_nothing_foretold(make, last, log):
    usual = 50 + 5 * WAVE + 0.3 * NOISE
    calm, other = (
        make(log=log).fit(y, fh=FH).predict_interval(fh=FH, coverage=0.8).to_numpy()
        for y in (usual, with_last(usual, last))
    )
    # The row may have been a mistake, or the first of others like it
    assert (np.diff(other) > 5 * np.diff(calm).min()).all()


def test_surprises_are_recent_errors_that_exceed_all_earlier_ones_by_far():
    generator = np.random.default_rng(0)
    missed = generator.uniform(0.5, 1.0, size=(30, 2, 1))
    keys, is_recent = np.repeat([0, 1, 2], 10), np.zeros((30, 2), bool)
    is_recent[[8, 9, 18, 19, 28, 29]] = True
    missed[[9, 15], 1] = 5.0  # a recent one, and an earlier one
    np.testing.assert_array_equal(
        find_surprises(missed, keys, is_recent)[:, 0], [5.0, 0.0, 0.0]
    )
    # Nothing to compare with
    everything = np.ones((30, 2), bool)
    assert (find_surprises(missed, keys, everything) == 0).all()


def test_intervals_of_few_rows_are_as_wide_as_errors_of_the_last_value():
    y = np.array([100.0, 104, 99, 107, 103])
    interval = recurrent().fit(y, fh=[1, 2]).predict_interval(coverage=0.9)
    widths = np.diff(interval.to_numpy())
    assert (widths > np.abs(np.diff(y)).mean()).all()


# -------------------------------------------------------------------- which transform


@pytest.mark.parametrize("make", [recurrent, lambda: ESNForecaster(random_state=0)])
def test_a_transform_that_makes_forecasts_far_worse_is_not_taken(make):
    t = np.arange(160)
    # Lines with a kink, whose roots or logarithms are curves; and values near 0 by
    # mistake, whose logarithms are far off
    tank = np.maximum(0, 95 - t[:100])
    cap = np.minimum(t + 1.0, 95)[:100]
    mistakes = 50 + 5 * np.sin(t / 4) + 0.1 * np.random.default_rng(0).normal(size=160)
    mistakes[[60, 95, 118, 131, 143, 152]] = 0.001
    for y in (tank, cap, mistakes):
        forecaster = make().fit(y.astype(float), fh=FH)
        assert (forecaster.log_, forecaster.sqrt_) == (False, False)


@both
def test_logarithms_are_taken_where_growth_is_noisy_by_its_size(make):
    y = np.exp(T / 25 + 0.1 * NOISE)
    assert make().fit(y, fh=FH).log_


@both
@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"log": True}, "drop"),
        ({"log": False}, "near 0"),
        ({"sqrt": True, "log": False}, "tank"),
        ({"sqrt": False}, "counts"),
    ],
)
def test_a_transform_that_is_asked_for_is_taken(make, params, name):
    forecaster = make(**params).fit(SERIES[name].astype(float), fh=FH)
    for parameter, value in params.items():
        assert getattr(forecaster, f"{parameter}_") is value


def test_the_choice_of_a_transform_reads_no_row_after_the_training_rows():
    y = np.exp(T / 25 + 0.1 * NOISE)
    forecaster = recurrent().fit(pd.Series(y[:80]), fh=FH)
    chosen = forecaster.log_, forecaster._limits[()].highest
    forecaster.update(pd.Series(y[80:], index=np.arange(80, 100)))
    assert (forecaster.log_, forecaster._limits[()].highest) == chosen


@pytest.mark.parametrize("power", [LOG, ROOT, NONE])
def test_scaled_limits_are_those_of_scaled_values(power):
    values = np.random.default_rng(0).uniform(0.1, 10, size=(50, 1))
    scale = Scale.fit(values, power)
    np.testing.assert_allclose(scale.scale_limits(values), scale.scale(values))
    beyond = scale.scale_limits(np.array([[-1.0]]))
    assert np.isfinite(beyond).all()
    assert (beyond < scale.scale(values)).all()


def growth_by_every_span(values, horizon):
    """Return how far beyond their range rows at a horizon may reach, by each span."""
    n_rows = len(values)
    record = np.maximum.accumulate(values)
    width = record - np.minimum.accumulate(values)
    span = max(1, min(horizon, (n_rows - 1) // 3))
    marks = range(n_rows - 1, -1, -span)
    gains, ratios = [0.0, 0.0], [0.0, 0.0]
    n_spans = len(marks) - 1
    for number in range(n_spans):
        last, first = marks[number], marks[number + 1]
        gain = record[last] - record[first]
        gains.append(gain)
        if number < max(3, n_spans // 2) and width[first] > 0:
            ratios.append(gain / width[first])
    second = 0.0 if n_spans < 2 else sorted(gains)[-2]
    ratio = 0.0 if n_spans < 2 else sorted(ratios)[-2]
    n_periods = horizon / span
    compounded = min(n_periods, 4)
    relative = width[-1] * ((1 + ratio) ** compounded - 1) * n_periods / compounded
    return max(0.5 * width[-1], 1.5 * second * n_periods, 1.5 * relative)


@given(
    n_rows=st.integers(1, 60),
    horizon=st.integers(1, 40),
    kind=st.sampled_from(["noise", "walk", "steps"]),
    seed=st.integers(0, 200),
)
@settings(deadline=None)
def test_growth_is_that_of_all_spans_of_the_length_of_a_horizon(
    n_rows, horizon, kind, seed
):
    values = np.random.default_rng(seed).normal(size=n_rows)
    if kind != "noise":
        values = values.cumsum()
    if kind == "steps":
        values = values.round()
    limits = Limits.of(values[:, np.newaxis], np.array([horizon]))
    for side, rows in ((limits.up, values), (limits.down, -values)):
        expected = growth_by_every_span(rows, horizon)
        np.testing.assert_allclose(side, [[expected]], rtol=1e-9, atol=1e-12)
