"""Updates of ridges: those of all rows, whatever the pieces in which rows come."""

import pickle
from copy import deepcopy
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, Ridge

pytest.importorskip("sktime")

from direct_forecasters import FH, covariates, network, panel, small, waves

from sklearn_rnn import GRURegressor
from sklearn_rnn.forecasting import RecurrentForecaster, _exact_ridge
from sklearn_rnn.forecasting._exact_ridge import ExactRidge
from sklearn_rnn.forecasting._recurrent import _as_learnt

REGRESSORS = {
    "ridge": Ridge(0.3),
    "ridge without intercept": Ridge(0.3, fit_intercept=False),
    "network without a step": GRURegressor(
        hidden_size=3, max_epochs=0, linear_skip="ridge"
    ),
    "network with a target feature": GRURegressor(
        hidden_size=3, max_epochs=0, linear_skip="ridge", target_feature=0
    ),
    "network of absolute errors": GRURegressor(
        hidden_size=3, max_epochs=0, linear_skip="ridge", loss="absolute_error"
    ),
}
regressors = pytest.mark.parametrize("name", REGRESSORS)


def fitted(name, y, X=None, fh=FH, **params):
    params = {"sp": 1, "log": False, "center": True, "scale": "start", **params}
    return small(REGRESSORS[name], **params).fit(y, X, fh=fh)


def weights_of(forecaster):
    """Return weights and intercept of the ridge that forecasts."""
    (regressor,) = forecaster.regressors_[:1]
    if isinstance(regressor, Ridge):
        coef = regressor.coef_.T
        return coef, np.broadcast_to(regressor.intercept_, coef.shape[1])
    ridge = regressor._linear_part.ridge
    return ridge.coef, ridge.intercept


def solved_anew(forecaster, known=None):
    """Return weights and intercept, by the normal equations of all examples.

    The layout, the scales and the strength are those of the forecaster.
    """
    model, (regressor, *_) = forecaster.model_, forecaster.regressors_
    if known is None:
        known = _as_learnt(forecaster, forecaster._known)
    examples = model.examples(known)
    if isinstance(regressor, Ridge):
        Z, Y = examples.X.reshape(len(examples), -1), examples.y
        strength, has_intercept = regressor.alpha, regressor.fit_intercept
    else:
        part = regressor._linear_part
        sequences = regressor._read_sequences(examples.X, reset=False)
        rows = list(part.ridge_rows(sequences, examples.y))
        Z, Y = (np.concatenate(of) for of in zip(*rows, strict=True))
        strength, has_intercept = part.ridge.strength, True
    mean_z, mean_y = Z.mean(axis=0), Y.mean(axis=0)
    if not has_intercept:
        mean_z, mean_y = 0 * mean_z, 0 * mean_y
    Z, Y = Z - mean_z, Y - mean_y
    penalty = np.sqrt(strength) * np.eye(Z.shape[1])
    rows = np.vstack([Z, penalty]), np.vstack([Y, np.zeros((len(penalty), Y.shape[1]))])
    coef = np.linalg.lstsq(*rows, rcond=None)[0]
    return coef, mean_y - mean_z @ coef


def assert_same_map(one, other, rtol=1e-7):
    for some, others in zip(one, other, strict=True):
        others = others.reshape(some.shape)
        assert_allclose(some, others, rtol=rtol, atol=rtol * np.abs(others).max())


@regressors
@given(
    n_rows=st.integers(24, 90),
    n_new=st.integers(1, 30),
    cuts=st.lists(st.integers(1, 29), max_size=5),
    n_columns=st.integers(1, 2),
    seed=st.integers(0, 20),
)
@settings(deadline=None, max_examples=6)
def test_updates_in_any_pieces_are_the_ridge_of_all_examples(
    name, n_rows, n_new, cuts, n_columns, seed
):
    y = waves(n_rows + n_new, n_columns, seed=seed)
    pieces = deepcopy(fitted(name, y[:n_rows]))
    at_once = deepcopy(pieces).update(y[n_rows:])
    ends = [0, *sorted({cut for cut in cuts if cut < n_new}), n_new]
    for first, last in pairwise(ends):
        pieces.update(y[n_rows + first : n_rows + last])
    expected = solved_anew(at_once)
    assert_same_map(weights_of(at_once), expected)
    assert_same_map(weights_of(pieces), expected)
    assert_allclose(pieces.predict(), at_once.predict(), rtol=1e-8)


@regressors
def test_an_update_row_by_row_is_the_update_at_once(name):
    y = waves(140)
    one = fitted(name, y[:100])
    at_once = deepcopy(one).update(y[100:])
    for row in range(100, 140):
        one.update(y[row : row + 1])
    assert_same_map(weights_of(one), weights_of(at_once))
    assert_same_map(weights_of(one), solved_anew(one))


def test_an_update_of_a_ridge_is_a_new_fit_with_the_same_units():
    y = waves(160)
    updated = fitted("ridge", y[:120]).update(y[120:])
    anew = fitted("ridge", y)
    assert_same_map(weights_of(updated), weights_of(anew))
    assert_allclose(updated.predict(), anew.predict(), rtol=1e-9)


@regressors
def test_an_update_reads_the_new_examples_alone(name, monkeypatch):
    y, seen = waves(130), []
    forecaster = fitted(name, y[:100]).update(y[100:120])
    add = ExactRidge.add

    def listen(self, factor, examples):
        seen.append(len(examples))
        return add(self, factor, examples)

    monkeypatch.setattr(ExactRidge, "add", listen)
    forecaster.update(y[120:])
    assert seen == [10]


@pytest.mark.parametrize("name", ["ridge", "network without a step"])
@pytest.mark.parametrize("learns_first", [True, False])
def test_rows_that_came_without_learning_are_learnt_later(name, learns_first):
    y = waves(130)
    forecaster = fitted(name, y[:100])
    if learns_first:
        forecaster.update(y[100:105])
    before = weights_of(forecaster)
    forecaster.update(y[105 if learns_first else 100 : 120], update_params=False)
    assert_same_map(weights_of(forecaster), before, rtol=0)
    forecaster.update(y[120:])
    assert_same_map(weights_of(forecaster), solved_anew(forecaster))


@pytest.mark.parametrize("name", ["ridge", "network without a step"])
def test_revised_rows_take_the_place_of_the_old_ones(name):
    y = waves(130)
    forecaster = fitted(name, y[:100]).update(y[100:110])
    revised = y.copy()
    revised.iloc[50:115] += 1.0
    forecaster.update(revised[50:120])
    assert_same_map(weights_of(forecaster), solved_anew(forecaster))
    twin = fitted(name, y[:100]).update(revised[50:120])
    assert_same_map(weights_of(forecaster), weights_of(twin))


@pytest.mark.parametrize("name", ["ridge", "network without a step"])
@given(lengths=st.lists(st.integers(8, 40), min_size=3, max_size=4))
@settings(deadline=None, max_examples=6)
def test_series_of_a_panel_may_be_short_and_grow_at_different_times(name, lengths):
    series = {f"s{number}": waves(60, seed=number) for number in range(len(lengths))}
    first = {key: y[:n] for n, (key, y) in zip(lengths, series.items(), strict=True)}
    forecaster = fitted(name, panel(**first), fh=[1, 2], window_length=4)
    n_rows = dict(zip(series, lengths, strict=True))
    for key, n_new in (("s0", 3), ("s1", 1), ("s0", 9), ("s2", 2)):
        rows = series[key][n_rows[key] : n_rows[key] + n_new]
        forecaster.update(panel(**{key: rows}))
        n_rows[key] += n_new
        assert_same_map(weights_of(forecaster), solved_anew(forecaster))


@pytest.mark.parametrize("name", ["ridge", "network without a step"])
def test_covariates_of_new_rows_are_learnt_from(name):
    y, X = waves(130), covariates(134)
    y += X[["a"]][:130].to_numpy()
    forecaster = fitted(name, y[:100], X[:100], past_covariates="b")
    for first in range(100, 130, 10):
        forecaster.update(y[first : first + 10], X)
        assert_same_map(weights_of(forecaster), solved_anew(forecaster))


@pytest.mark.parametrize("name", ["ridge", "network without a step"])
def test_columns_that_share_a_model_are_learnt_from(name):
    y = waves(120, n_columns=2)
    forecaster = fitted(name, y[:100], columns="shared")
    for first in range(100, 120, 5):
        forecaster.update(y[first : first + 5])
        assert_same_map(weights_of(forecaster), solved_anew(forecaster))


def test_a_series_that_begins_to_move_is_learnt_from_then_on():
    y = pd.DataFrame({"y": np.r_[np.full(40, 5.0), 5 + np.sin(np.arange(40.0))]})
    forecaster = fitted("ridge", y[:40])
    for row in range(40, 80):
        forecaster.update(y[row : row + 1])
    assert_same_map(weights_of(forecaster), solved_anew(forecaster))


def test_a_network_without_a_step_stays_a_ridge():
    y = waves(140)
    name = "network without a step"
    forecaster = fitted(name, y[:100]).update(y[100:])
    assert forecaster.n_steps_ == 0
    (regressor,) = forecaster.regressors_
    assert not any(weight.any() for weight in regressor.module_.head.parameters())
    assert regressor.n_iter_ == 0


def test_the_ridge_of_a_mixture_learns_beside_networks():
    y = panel(**{f"s{n}": waves(50, seed=n) for n in range(4)})
    first = y[y.index.get_level_values(1) < 40]
    forecaster = small(network(linear_skip="trainable"), refit=False, ensemble=True)
    forecaster.set_params(sp=1, log=False, scale="change", center=True)
    forecaster.fit(first, fh=[1, 2])
    assert forecaster.weights_["ridge"] > 0
    n_steps = forecaster.n_steps_
    forecaster.update(y[y.index.get_level_values(1) >= 40])
    assert forecaster.n_steps_ > n_steps
    ridge = deepcopy(forecaster)
    ridge.model_.regressors = ridge.regressors_ = [forecaster.model_.mixture.ridge]
    assert_same_map(weights_of(ridge), solved_anew(ridge))


@pytest.mark.parametrize("name", ["ridge", "network without a step"])
def test_pretraining_goes_on_exactly(name):
    one = panel(a=waves(60, seed=1), b=waves(70, seed=2))
    other, own = panel(c=waves(50, seed=3)), waves(90, seed=4)
    forecaster = small(REGRESSORS[name], sp=1, log=False, scale="start", center=True)
    forecaster = forecaster.pretrain(one, fh=FH).pretrain(other, fh=FH)
    forecaster.fit(own[:80], fh=FH).update(own[80:])
    everything = forecaster.model_.everything(forecaster._known)
    assert len(everything) == 4
    assert_same_map(weights_of(forecaster), solved_anew(forecaster, everything))


@regressors
def test_a_stored_forecaster_learns_on_alike(name):
    y = waves(150)
    forecaster = fitted(name, y[:100]).update(y[100:120])
    stored = pickle.loads(pickle.dumps(forecaster))
    copied = deepcopy(forecaster)
    for one in (forecaster, stored, copied):
        one.update(y[120:])
    assert_same_map(weights_of(stored), weights_of(forecaster))
    assert_same_map(weights_of(copied), weights_of(forecaster))


def test_learning_adds_nothing_to_a_pickle_but_its_rows():
    y = waves(600)
    forecaster = fitted("ridge", y[:500], window_length=100)
    without = deepcopy(forecaster).update(y[500:], update_params=False)
    forecaster.update(y[500:])
    sizes = [len(pickle.dumps(one)) for one in (forecaster, without)]
    assert sizes[0] < sizes[1] + 1_000


@pytest.mark.parametrize("name", ["ridge", "network without a step"])
def test_an_update_that_fails_leaves_the_ridge_as_it_was(name, monkeypatch):
    y = waves(140)
    forecaster = fitted(name, y[:100]).update(y[100:110])
    before, again = weights_of(forecaster), deepcopy(forecaster)

    def fail(self, factor):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(ExactRidge, "solved", fail)
        with pytest.raises(MemoryError):
            forecaster.update(y[110:120])
    assert_same_map(weights_of(forecaster), before, rtol=0)
    assert len(forecaster._known[()]) == 110
    forecaster.update(y[110:])
    assert_same_map(weights_of(forecaster), weights_of(again.update(y[110:])))


def test_forecasters_that_share_a_past_do_not_share_updates():
    y = waves(140)
    forecaster = fitted("ridge", y[:100]).update(y[100:110])
    other = forecaster.clone().fit(y[:100], fh=FH).update(y[100:110])
    kept = forecaster.model_
    forecaster.update(y[110:120])
    assert kept is not forecaster.model_
    other.update(y[110:120])
    assert_same_map(weights_of(forecaster), weights_of(other))


@pytest.mark.parametrize(
    "regressor",
    [
        Ridge(0.0),
        Ridge(positive=True),
        Ridge([0.1, 1.0]),
        Ridge(solver="lsqr"),
        LinearRegression(),
        HistGradientBoostingRegressor(max_iter=2),
        network(linear_skip="ridge"),
        network(linear_skip=None, max_epochs=0),
    ],
    ids=repr,
)
def test_other_regressors_do_not_learn_exactly(regressor):
    X = np.random.default_rng(0).normal(size=(30, 4))
    is_single = isinstance(regressor, HistGradientBoostingRegressor)
    y = X[:, 0] if is_single else X[:, :2]
    assert ExactRidge.of(regressor.fit(X, y)) is None


def test_a_factor_too_large_is_not_kept(monkeypatch):
    y = waves(120)
    forecaster = fitted("ridge", y[:100])
    assert forecaster.model_.can_learn_exactly()
    monkeypatch.setattr(_exact_ridge, "_MOST_NUMBERS", 20)
    assert not forecaster.model_.can_learn_exactly()
    updated = forecaster.update(y[100:])
    assert_same_map(weights_of(updated), solved_anew(updated))


def test_windows_that_are_thinned_out_are_fitted_anew(monkeypatch):
    y = waves(120)
    forecaster = RecurrentForecaster(Ridge(), window_length=6, sp=1, log=False)
    forecaster = forecaster.fit(y[:100], fh=FH)
    monkeypatch.setattr("sklearn_rnn.forecasting._direct_model._MOST_VALUES", 300)
    forecaster.update(y[100:])
    assert_same_map(weights_of(forecaster), solved_anew(forecaster))
