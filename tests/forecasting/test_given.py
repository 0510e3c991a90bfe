"""Numbers, texts and flags of numpy; numbers far too large."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from small_forecasters import (
    FH,
    N_TIMES,
    PAST,
    TIMES,
    both,
    covariates,
    dates,
    echo_state,
    recurrent,
    wave,
)

TINY = {"window_length": 6, "sp": 2, "n_estimators": 2, "random_state": 3}
SCALARS = [
    (recurrent, name, value)
    for name, value in [*TINY.items(), ("past_covariates", "price")]
] + [(echo_state, "n_bootstrap", 200), (echo_state, "random_state", 7)]


@pytest.mark.parametrize(("make", "name", "value"), SCALARS)
def test_numbers_and_texts_of_numpy_are_read_as_pythons(make, name, value):
    kinds = [np.str_] if isinstance(value, str) else [np.uint8, np.int64]
    X = covariates()[["price"]] if name == "past_covariates" else None
    expected = make(**{name: value}).fit(PAST, X=X, fh=FH).predict_interval(X=X)
    for kind in kinds:
        forecaster = make(**{name: kind(value)})
        interval = forecaster.fit(PAST, X=X, fh=FH).predict_interval(X=X)
        pd.testing.assert_frame_equal(interval, expected)
        assert type(forecaster.get_params()[name]) is kind


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize("name", ["log", "sqrt", "center", "seasonal_base", "refit"])
@both
def test_flags_of_numpy_are_read_as_pythons(make, name, value):
    if name not in make().get_params():
        return
    params = {"sp": 2} if make is recurrent else {}
    plain, of_numpy = (
        make(**{name: kind(value)}, **params).fit(PAST, fh=FH)
        for kind in (bool, np.bool_)
    )
    pd.testing.assert_series_equal(of_numpy.predict(), plain.predict())


HUGE = [2**31, 2**63, 10**30]


@pytest.mark.parametrize("value", HUGE)
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (recurrent, "window_length"),
        (recurrent, "sp"),
        (recurrent, "n_estimators"),
        (echo_state, "n_bootstrap"),
    ],
)
def test_a_number_far_too_large_is_refused_at_once(make, name, value):
    with pytest.raises(ValueError, match=name) as raised:
        make(**{name: value}).fit(PAST, fh=FH)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("step", [*HUGE, -(2**31), -(2**63), -(10**30)])
@pytest.mark.parametrize("times", ["numbers", "dates"])
@both
def test_a_row_far_too_far_away_is_refused_at_once(make, step, times):
    y = PAST if times == "numbers" else dates(PAST)
    with pytest.raises(
        ValueError, match=r"fh|y has 60 rows, but to forecast"
    ) as raised:
        make().fit(y, fh=[step]).predict()
    assert len(str(raised.value)) < 300


def test_loops_that_fill_the_memory_are_refused():
    forecaster = echo_state(n_bootstrap=100_000).fit(PAST)
    with pytest.raises(
        ValueError, match=r"^fh reaches 1000 rows ahead, in each of n_boo"
    ):
        forecaster.predict_interval(fh=[1000])
    dated = echo_state().fit(wave(N_TIMES, TIMES["dates YS"][:N_TIMES].as_unit("ns")))
    with pytest.raises(
        ValueError, match=r"^fh asks for a row 9999 steps after 2036-01-0"
    ):
        dated.predict(fh=[9999])
