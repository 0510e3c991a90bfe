"""Forecasts of the Theta method against twins, and what must leave them as they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

pytest.importorskip("sktime")

from sklearn_rnn.forecasting._theta import theta_forecasts

HORIZONS = np.array([1, 2, 5, 12, 13])

# Name, generator of a series of n rows with a season of sp
KINDS = {
    "walk": lambda rng, n, sp: rng.normal(size=n).cumsum(),
    "noise": lambda rng, n, sp: rng.normal(size=n),
    "season": lambda rng, n, sp: (
        50 + rng.normal(size=n).cumsum() / 4 + 9 * np.sin(2 * np.pi * np.arange(n) / sp)
    ),
    "signed season": lambda rng, n, sp: (
        rng.normal(size=n).cumsum() / 4 + 9 * (np.arange(n) % sp == 0)
    ),
    "integers": lambda rng, n, sp: rng.integers(0, 3, size=n).astype(float),
}

drawn_series = st.builds(
    lambda kind, n, sp, seed: (KINDS[kind](np.random.default_rng(seed), n, sp), sp),
    st.sampled_from(sorted(KINDS)),
    st.integers(1, 40),
    st.sampled_from([1, 2, 3, 4, 7, 12]),
    st.integers(0, 10**6),
)


def forecast(y, sp=1, horizons=HORIZONS):
    """Forecast one series."""
    return theta_forecasts(y[np.newaxis], np.array([len(y)]), horizons, sp)[0]


def autocorrelation(y, lag):
    centred = y - y.mean()
    return centred[lag:] @ centred[: len(y) - lag] / (centred @ centred)


def seasonal_part(y, sp):
    """Return one season, and whether it is a factor, as one writes it by hand."""
    weights = np.ones(sp)
    if sp % 2 == 0:
        weights = np.r_[0.5, np.ones(sp - 1), 0.5]
    half = len(weights) // 2
    is_factor = (y > 0).all()
    rest = {phase: [] for phase in range(sp)}
    for t in range(half, len(y) - half):
        trend = weights @ y[t - half : t + half + 1] / sp
        rest[t % sp].append(y[t] / trend if is_factor else y[t] - trend)
    season = np.array([np.mean(rest[phase]) for phase in range(sp)])
    if is_factor:
        return season / season.mean(), is_factor
    return season - season.mean(), is_factor


def one_step_loss(y, alpha):
    """Return the squared error of smoothing, and its last level."""
    level, loss = y[0], 0.0
    for value in y[1:]:
        loss += (value - level) ** 2
        level = alpha * value + (1 - alpha) * level
    return loss, level


def twin(y, sp):
    """Forecast by the two lines of the method's first publication."""
    n = len(y)
    season, is_factor = np.ones(max(sp, 1)), True
    if sp > 1 and n >= 2 * sp and np.ptp(y) > 0:
        r = [autocorrelation(y, lag) for lag in range(1, sp + 1)]
        if abs(r[-1]) > 1.645 * np.sqrt((1 + 2 * sum(x**2 for x in r[:-1])) / n):
            season, is_factor = seasonal_part(y, sp)
    of_row = season[np.arange(n) % sp]
    adjusted = y / of_row if is_factor else y - of_row
    if n < 3:
        ahead = np.full(len(HORIZONS), adjusted[-1])
    else:
        grid = np.linspace(0.0025, 1, 400)
        best = grid[np.argmin([one_step_loss(adjusted, alpha)[0] for alpha in grid])]
        alpha = minimize_scalar(
            lambda alpha: one_step_loss(adjusted, alpha)[0],
            bounds=(max(best - 0.004, 0.0025), min(best + 0.004, 1)),
            method="bounded",
            options={"xatol": 1e-9},
        ).x
        slope, intercept = np.polyfit(np.arange(n), adjusted, 1)
        line = intercept + slope * np.arange(n)
        level = one_step_loss(2 * adjusted - line, alpha)[1]
        ahead = (intercept + slope * (n - 1 + HORIZONS) + level) / 2
    of_horizon = season[(n - 1 + HORIZONS) % sp]
    return ahead * of_horizon if is_factor else ahead + of_horizon


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["walk", "noise", "season", "signed season"]),
    n=st.integers(1, 40),
    sp=st.sampled_from([1, 2, 3, 4, 7, 12]),
    seed=st.integers(0, 10**6),
)
def test_forecasts_are_those_of_the_two_lines(kind, n, sp, seed):
    y = KINDS[kind](np.random.default_rng(seed), n, sp)
    np.testing.assert_allclose(
        forecast(y, sp), twin(y, sp), rtol=0, atol=1e-4 * (np.ptp(y) + 1e-9)
    )


@pytest.mark.parametrize(
    ("kind", "sp"),
    [("walk", 1), *((k, sp) for k in ("season", "signed season") for sp in (4, 7, 12))],
)
def test_forecasts_are_those_of_statsmodels(kind, sp):
    theta = pytest.importorskip("statsmodels.tsa.forecasting.theta")
    y = KINDS[kind](np.random.default_rng(0), 97, sp)
    model = theta.ThetaModel(
        y, period=sp, deseasonalize=sp > 1, use_test=False, method="auto"
    )
    expected = np.asarray(model.fit().forecast(HORIZONS[-1]))[HORIZONS - 1]
    np.testing.assert_allclose(forecast(y, sp), expected, rtol=0, atol=0.01 * np.ptp(y))


@pytest.mark.parametrize("sp", [1, 4, 12])
def test_forecasts_are_those_of_sktime(sp):
    pytest.importorskip("statsmodels")
    from sktime.forecasting.theta import ThetaForecaster

    y = KINDS["season" if sp > 1 else "walk"](np.random.default_rng(1), 120, sp)
    horizons = np.arange(1, 14)
    theirs = ThetaForecaster(sp=sp, deseasonalize=sp > 1).fit(y, fh=horizons)
    # Their drift is one step ahead of the published one
    step = theirs.trend_
    if sp > 1:
        step = step * theirs.deseasonalizer_.seasonal_[(len(y) - 1 + horizons) % sp]
    np.testing.assert_allclose(
        forecast(y, sp, horizons),
        np.ravel(theirs.predict()) - step,
        rtol=0,
        atol=0.01 * np.ptp(y),
    )


@settings(max_examples=80, deadline=None)
@given(
    drawn=st.lists(drawn_series, min_size=1, max_size=4),
    sp=st.sampled_from([1, 2, 3, 7]),
    later=st.sampled_from([np.nan, np.inf, 0.0, 1e9, -1e300]),
)
def test_rows_after_the_known_ones_have_no_effect(drawn, sp, later):
    lengths = np.array([len(y) for y, _ in drawn])
    values = np.full((len(drawn), lengths.max() + 3), np.nan)
    for row, (y, _) in zip(values, drawn, strict=True):
        row[: len(y)] = y
    expected = theta_forecasts(values, lengths, HORIZONS, sp)
    is_later = np.arange(values.shape[1]) >= lengths[:, np.newaxis]
    changed = np.where(is_later, later, values)
    np.testing.assert_array_equal(
        theta_forecasts(changed, lengths, HORIZONS, sp), expected
    )


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["walk", "noise", "season", "signed season"]),
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=6),
    sp=st.sampled_from([1, 3, 4, 12]),
    seed=st.integers(0, 10**6),
)
def test_series_are_forecast_alone_as_together(kind, lengths, sp, seed):
    rng = np.random.default_rng(seed)
    series = [KINDS[kind](rng, n, sp) for n in lengths]
    values = np.full((len(series), max(lengths)), np.nan)
    for row, y in zip(values, series, strict=True):
        row[: len(y)] = y
    together = theta_forecasts(values, np.array(lengths), HORIZONS, sp)
    for y, ahead in zip(series, together, strict=True):
        np.testing.assert_allclose(
            ahead, forecast(y, sp), rtol=0, atol=1e-6 * (np.ptp(y) + 1e-9)
        )


def test_series_past_those_forecast_at_once_are_forecast_alike(monkeypatch):
    rng = np.random.default_rng(0)
    values = KINDS["season"](rng, 60, 4) + rng.normal(size=(50, 60))
    lengths = rng.integers(1, 61, size=50)
    expected = theta_forecasts(values, lengths, HORIZONS, 4)
    monkeypatch.setattr("sklearn_rnn.forecasting._theta._VALUES_AT_ONCE", 130)
    np.testing.assert_allclose(
        theta_forecasts(values, lengths, HORIZONS, 4), expected, rtol=1e-7
    )


@settings(max_examples=80, deadline=None)
@given(drawn=drawn_series, factor=st.floats(1e-6, 1e6))
def test_forecasts_scale_with_the_series(drawn, factor):
    y, sp = drawn
    np.testing.assert_allclose(
        forecast(factor * y, sp) / factor,
        forecast(y, sp),
        rtol=0,
        atol=1e-5 * (np.ptp(y) + 1e-9),
    )


@settings(max_examples=80, deadline=None)
@given(
    kind=st.sampled_from(["walk", "noise", "signed season"]),
    n=st.integers(1, 40),
    sp=st.sampled_from([1, 3, 4]),
    shift=st.floats(-1e3, 1e3),
    seed=st.integers(0, 10**6),
)
def test_forecasts_move_with_the_series(kind, n, sp, shift, seed):
    y = KINDS[kind](np.random.default_rng(seed), n, sp)
    if (y > 0).all() or (y + shift > 0).all():
        # The season of a positive series is a factor
        sp = 1
    np.testing.assert_allclose(
        forecast(y + shift, sp) - shift,
        forecast(y, sp),
        rtol=0,
        atol=1e-5 * (np.ptp(y) + 1e-9) + 1e-9,
    )


@pytest.mark.parametrize("sp", [1, 2, 7])
@pytest.mark.parametrize("value", [0.0, 5.1, -1e-300, 1e300])
@pytest.mark.parametrize("n", [1, 2, 3, 30])
def test_a_constant_series_stays_constant(n, value, sp):
    np.testing.assert_array_equal(forecast(np.full(n, value), sp), value)


def test_two_rows_are_continued_by_the_last():
    np.testing.assert_array_equal(forecast(np.array([3.0, 5.0])), 5.0)


def test_a_line_is_continued_with_half_its_slope():
    ahead = forecast(7 - 0.5 * np.arange(9))
    np.testing.assert_allclose(ahead, 3 - 0.25 * HORIZONS)


@pytest.mark.parametrize("shift", [0, -5])
@pytest.mark.parametrize("n", [24, 37, 39])
def test_a_season_about_a_constant_is_repeated(n, shift):
    season = np.array([1.0, 3.0, 4.0, 8.0]) + shift
    ahead = forecast(np.tile(season, 10)[:n], 4)
    np.testing.assert_allclose(ahead, season[(n - 1 + HORIZONS) % 4])


@settings(max_examples=100, deadline=None)
@given(
    y=st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=15),
    is_positive=st.booleans(),
    sp=st.integers(1, 6),
)
def test_forecasts_are_finite(y, is_positive, sp):
    y = np.abs(y) if is_positive else np.array(y)
    assert np.isfinite(forecast(y, sp)).all()


def test_no_series_and_no_horizons():
    none = np.array([], dtype=int)
    assert theta_forecasts(np.empty((0, 3)), none, HORIZONS, 4).shape == (0, 5)
    assert theta_forecasts(np.ones((2, 3)), np.array([3, 1]), none, 4).shape == (2, 0)
