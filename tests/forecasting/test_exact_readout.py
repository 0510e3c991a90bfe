"""Updates of a readout: that of all rows, whatever the pieces in which rows come."""

import pickle
from copy import deepcopy
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

pytest.importorskip("sktime")

from direct_forecasters import covariates, panel, waves

from sklearn_rnn import ESNRegressor
from sklearn_rnn._reservoir.base import BaseESN
from sklearn_rnn.forecasting import ESNForecaster
from sklearn_rnn.forecasting._closed_loop import examples, longer

FH = [1, 2, 5]


def fitted(y, X=None, **params):
    esn = ESNRegressor(12, alphas=np.logspace(-6, 0, 7), **params)
    forecaster = ESNForecaster(esn, n_bootstrap=9, random_state=0, log=False)
    return forecaster.fit(y, X)


def refitted(forecaster):
    """Return a network whose readout is fitted to the states of all rows."""
    esn = deepcopy(forecaster.esn_)
    series = [forecaster._scaled(one) for one in forecaster._known.values()]
    esn._relearn(*examples(longer(series, esn.washout), forecaster.center_))
    return esn


def assert_same_readout(esn, expected, rtol=1e-6):
    assert esn.alpha_ == expected.alpha_
    size = np.abs(expected.coef_).max()
    assert_allclose(esn.coef_, expected.coef_, rtol=rtol, atol=rtol * size)
    assert_allclose(esn.intercept_, expected.intercept_, rtol=rtol, atol=rtol * size)


@given(
    n_rows=st.integers(20, 90),
    n_new=st.integers(1, 30),
    cuts=st.lists(st.integers(1, 29), max_size=4),
    washout=st.sampled_from([0, 3, 15]),
    n_columns=st.integers(1, 2),
    seed=st.integers(0, 20),
)
@settings(deadline=None, max_examples=15)
def test_updates_in_any_pieces_are_the_readout_of_all_states(
    n_rows, n_new, cuts, washout, n_columns, seed
):
    y = waves(n_rows + n_new, n_columns, seed=seed)
    forecaster = fitted(y[:n_rows], washout=washout)
    ends = [0, *sorted({cut for cut in cuts if cut < n_new}), n_new]
    at_once = deepcopy(forecaster).update(y[n_rows:])
    for first, last in pairwise(ends):
        forecaster.update(y[n_rows + first : n_rows + last])
        assert_same_readout(forecaster.esn_, refitted(forecaster))
    assert_same_readout(forecaster.esn_, at_once.esn_)
    assert_allclose(forecaster.predict(FH), at_once.predict(FH), rtol=1e-6)
    one, other = (of.predict_interval(FH) for of in (forecaster, at_once))
    assert_allclose(one, other, rtol=1e-4)


def test_an_update_reads_new_rows_alone(monkeypatch):
    y, seen = waves(140), []
    forecaster = fitted(y[:100]).update(y[100:110])
    learn = BaseESN._learn_rows

    def listen(self, Z, targets):
        seen.append(len(Z))
        return learn(self, Z, targets)

    monkeypatch.setattr(BaseESN, "_learn_rows", listen)
    monkeypatch.setattr(BaseESN, "_relearn", lambda *_: pytest.fail("all are read"))
    for first in range(110, 140, 10):
        forecaster.update(y[first : first + 10])
    assert seen == [10, 10, 10]


def test_rows_that_came_without_learning_or_are_revised_are_learnt_from():
    y = waves(140)
    forecaster = fitted(y[:100]).update(y[100:105])
    forecaster.update(y[105:115], update_params=False).update(y[115:120])
    assert_same_readout(forecaster.esn_, refitted(forecaster))
    revised = y.copy()
    revised.iloc[60:] += 0.3
    forecaster.update(revised[60:130])
    assert_same_readout(forecaster.esn_, refitted(forecaster))
    forecaster.update(revised[130:])
    assert_same_readout(forecaster.esn_, refitted(forecaster))


def test_series_of_a_panel_grow_by_themselves():
    y = {key: waves(60, seed=number) for number, key in enumerate("abc")}
    forecaster = fitted(panel(a=y["a"][:40], b=y["b"][:12]), washout=10)
    for new in (
        panel(a=y["a"][40:45]),
        panel(b=y["b"][12:30], c=y["c"][:8]),
        panel(c=y["c"][8:30], a=y["a"][45:46]),
        panel(a=y["a"][46:], b=y["b"][30:31]),
    ):
        forecaster.update(new)
        assert_same_readout(forecaster.esn_, refitted(forecaster))


def test_covariates_of_new_rows_are_read():
    y, X = waves(120), covariates(125)
    forecaster = fitted(y[:80], X[:80])
    for first in range(80, 120, 10):
        forecaster.update(y[first : first + 10], X)
        assert_same_readout(forecaster.esn_, refitted(forecaster))
    again = pickle.loads(pickle.dumps(forecaster))
    assert_allclose(forecaster.predict(FH, X), again.predict(FH, X), rtol=1e-9)


def test_a_series_without_noise_keeps_its_digits():
    t = np.arange(260.0)
    y = np.sin(t / 3) + np.sin(t / 7)
    esn = ESNRegressor(20, alphas=np.logspace(-12, 0, 13))
    forecaster = ESNForecaster(esn, log=False, center=False, random_state=0)
    forecaster.fit(y[:200])
    for row in range(200, 260, 20):
        forecaster.update(y[row : row + 20])
    ahead = np.arange(260.0, 270)
    expected = np.sin(ahead / 3) + np.sin(ahead / 7)
    forecast = forecaster.predict(np.arange(1, 11))
    anew = deepcopy(forecaster)
    anew.esn_ = refitted(forecaster)
    anew._network = type(forecaster._network)(anew.esn_, forecaster.center_)
    forecasts = forecast, anew.predict(np.arange(1, 11))
    errors = [np.abs(of.ravel() - expected).max() for of in forecasts]
    assert errors[0] < 3 * errors[1] + 1e-6


def test_a_stored_forecaster_learns_on_alike_and_is_no_larger():
    y = waves(150)
    forecaster = fitted(y[:100])
    forecaster.update(y[100:120]).predict_interval(FH)
    size = len(pickle.dumps(forecaster))
    without = fitted(y[:100]).update(y[100:120], update_params=False)
    assert size < len(pickle.dumps(without)) + 1_000
    stored = pickle.loads(pickle.dumps(forecaster))
    for one in (forecaster, stored):
        one.update(y[120:])
    assert_same_readout(stored.esn_, forecaster.esn_)


def test_intervals_after_an_update_are_those_of_residuals_of_the_rows_learnt_from():
    y = waves(150)
    eager = fitted(y[:100]).update(y[100:130])
    lazy = deepcopy(eager)
    eager.predict_interval(FH)
    for one in (eager, lazy):
        one.update(y[130:], update_params=False)
    assert_allclose(lazy.predict_interval(FH), eager.predict_interval(FH))


def test_an_update_that_fails_leaves_the_readout_as_it_was(monkeypatch):
    y = waves(140)
    forecaster = fitted(y[:100]).update(y[100:110])
    again = deepcopy(forecaster)

    def fail(self, path):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(BaseESN, "_keep", fail)
        with pytest.raises(MemoryError):
            forecaster.update(y[110:120])
    assert_same_readout(forecaster.esn_, again.esn_, rtol=0)
    forecaster.update(y[110:])
    assert_same_readout(forecaster.esn_, again.update(y[110:]).esn_)
