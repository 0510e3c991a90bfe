"""Calls that fail change nothing; series go on with names, frames and arrays."""

import inspect
import pickle
import sys
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from sktime.split import ExpandingWindowSplitter
from small_forecasters import (
    FH,
    FORECASTERS,
    N_ROWS,
    NEXT,
    PAST,
    Y,
    assert_same_state,
    both,
    covariates,
    dates,
    descent,
    network,
    panel,
    recurrent,
    state_of,
    wave,
)

import sklearn_rnn.forecasting

OURS = sklearn_rnn.forecasting.__path__[0]


class Stopped(BaseException):
    """As Ctrl-C is, which nobody takes for an error of the data."""


class Stop:
    """Count the calls of the forecasters' code, and stop it at one of them."""

    def __init__(self, at=None):
        self.at = at
        self.n_calls = 0

    def __call__(self, frame, event, argument):
        code = frame.f_code
        is_call = event == "call" and not code.co_flags & inspect.CO_GENERATOR
        if is_call and code.co_filename.startswith(OURS):
            self.n_calls += 1
            if self.n_calls == self.at:
                raise Stopped

    def __enter__(self):
        sys.setprofile(self)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)


CALLS = {
    "fit": (None, lambda of: of.fit(PAST + 5, fh=FH)),
    "fit again": (PAST, lambda of: of.fit(dates(PAST) * 2, fh=FH)),
    "fit_predict": (PAST, lambda of: of.fit_predict(NEXT * 2, fh=FH)),
    "update": (PAST, lambda of: of.update(NEXT)),
    "update with a frame": (PAST, lambda of: of.update(NEXT.to_frame())),
    "update without learning": (
        PAST,
        lambda of: of.update(NEXT, update_params=False),
    ),
    "update of a panel": (
        panel(a=PAST, b=PAST[:40]),
        lambda of: of.update(panel(a=NEXT, c=PAST)),
    ),
    "update_predict": (
        PAST,
        lambda of: of.update_predict(
            NEXT, ExpandingWindowSplitter(FH, 4, 3), reset_forecaster=False
        ),
    ),
    "update_predict_single": (PAST, lambda of: of.update_predict_single(NEXT, fh=FH)),
    "pretrain": (None, lambda of: of.pretrain(panel(a=PAST, b=PAST[:40]), fh=FH)),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("make", FORECASTERS.values(), ids=FORECASTERS)
def test_what_is_stopped_anywhere_changes_nothing(make, call):
    y, run = CALLS[call]
    fitted = make() if y is None else make().fit(y, fh=FH)
    if y is not None:
        fitted.predict()  # which tells a network that it is not training any more
    copied = deepcopy(fitted)
    with Stop() as all_calls:
        run(copied)
    for at in np.unique(np.linspace(1, all_calls.n_calls, 3).astype(int)):
        forecaster = deepcopy(fitted)
        expected = state_of(forecaster)
        with pytest.raises(Stopped), Stop(at):
            run(forecaster)
        assert_same_state(state_of(forecaster), expected)


@pytest.mark.parametrize("make", [network, descent, recurrent])
def test_pretraining_that_is_stopped_halfway_leaves_what_was_pretrained(make):
    pretrained = make().pretrain(panel(a=PAST, b=PAST[:40]), fh=FH)
    expected = pickle.dumps(pretrained)
    forecast = deepcopy(pretrained).fit(PAST, fh=FH).predict()
    copied = deepcopy(pretrained)
    with Stop() as all_calls:
        copied.pretrain(panel(c=PAST * 2), fh=FH)
    for at in np.unique(np.linspace(1, all_calls.n_calls, 5).astype(int)):
        with pytest.raises(Stopped), Stop(at):
            pretrained.pretrain(panel(c=PAST * 2), fh=FH)
        assert pickle.dumps(pretrained) == expected
    pd.testing.assert_series_equal(pretrained.fit(PAST, fh=FH).predict(), forecast)


REFUSED = {
    "a gap": lambda of: of.update(NEXT[2:]),
    "another kind of times": lambda of: of.update(dates(NEXT)),
    "a frame of two columns": lambda of: of.update(pd.concat([NEXT, NEXT], axis=1)),
    "nan": lambda of: of.update(NEXT * np.nan),
    "covariates": lambda of: of.update(NEXT, X=covariates()),
    "a gap before a forecast": lambda of: of.update_predict_single(NEXT[2:], fh=FH),
    "a horizon before the first row": lambda of: of.fit_predict(NEXT, fh=[-90]),
    "covariates of a forecast": lambda of: of.predict(fh=FH, X=covariates()),
}


@pytest.mark.parametrize("bad", REFUSED)
@pytest.mark.parametrize("make", FORECASTERS.values(), ids=FORECASTERS)
def test_what_is_refused_changes_nothing(make, bad):
    forecaster = make().fit(PAST, fh=FH)
    expected = state_of(forecaster)
    with pytest.raises((TypeError, ValueError)):
        REFUSED[bad](forecaster)
    assert_same_state(state_of(forecaster), expected)


@both
def test_fitting_and_forecasting_at_once_forgets_the_series_before(make):
    forecaster = make().fit(PAST * 100 - 50, fh=FH)
    forecast = forecaster.fit_predict(PAST, fh=FH)
    pd.testing.assert_series_equal(forecast, make().fit(PAST, fh=FH).predict())


# ---------------------------------------------------------------------- names and forms


@pytest.mark.parametrize("first", ["y", None, 3, "series", "frame"])
@pytest.mark.parametrize("second", ["y", None, "series"])
@both
def test_a_series_without_a_name_goes_on_one_with_any(make, first, second):
    def named(y, name):
        return y.to_frame("y") if name == "frame" else y.rename(name)

    if None not in (first, second) and first != second and first != "frame":
        with pytest.raises(ValueError, match=r"^y has the columns \['\w+'\], but trai"):
            make().fit(named(PAST, first), fh=FH).update(named(NEXT, second))
        return
    if (first, second) == ("frame", "series"):
        return
    forecaster = make().fit(named(PAST, first), fh=FH).update(named(NEXT, second))
    expected = make().fit(PAST, fh=FH).update(NEXT).predict()
    np.testing.assert_array_equal(forecaster.predict(), expected)


@both
def test_an_array_goes_on_a_frame_by_the_order_of_columns(make):
    y = pd.concat([Y, wave(seed=3)], axis=1, keys=["a", "b"])
    forecaster = make().fit(y[:N_ROWS], fh=FH)
    forecaster.update(y.set_axis([0, 1], axis=1)[N_ROWS:])
    expected = make().fit(y[:N_ROWS], fh=FH).update(y[N_ROWS:]).predict()
    np.testing.assert_array_equal(forecaster.predict(), expected)


@both
def test_known_rows_are_those_of_fit_and_update(make):
    a, b = dates(wave()), dates(wave(seed=1))
    given, new = panel(a=a[:50], b=b[:40]), panel(a=a[50:60], b=b[38:45] + 1)
    forecaster = make().fit(given, fh=FH)
    pd.testing.assert_frame_equal(forecaster.known_rows(), given, check_freq=False)
    forecaster.update(new, update_params=False)
    expected = panel(a=a[:60], b=pd.concat([b[:38], b[38:45] + 1]))
    pd.testing.assert_frame_equal(forecaster.known_rows(), expected, check_freq=False)
    array = wave(40).to_numpy()
    rows = make().fit(array, fh=FH).known_rows()
    np.testing.assert_array_equal(rows[0], array)
    assert list(rows.index) == [*range(40)]
