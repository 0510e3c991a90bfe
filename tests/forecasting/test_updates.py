"""What forecasters keep: states that change at once, times, covariates, residuals."""

import inspect
import pickle
import sys
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge, SGDRegressor
from sklearn.multioutput import MultiOutputRegressor

from sklearn_rnn import ESNRegressor, ESNRegressorCV, GRURegressor

pytest.importorskip("sktime")

from sktime.forecasting.base import ForecastingHorizon
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.forecasting.naive import NaiveForecaster
from sktime.performance_metrics.forecasting import MeanAbsoluteError
from sktime.split import ExpandingWindowSplitter

import sklearn_rnn.forecasting
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster

FH = [1, 2, 3]
N_ROWS = 60


def recurrent(regressor=None, **params):
    params = {"window_length": 6, "n_estimators": 2, "random_state": 0, **params}
    return RecurrentForecaster(regressor or Ridge(), **params)


def network(**params):
    regressor = GRURegressor(hidden_size=3, max_epochs=1, random_state=0)
    return recurrent(regressor, refit=False, **params)


def descent(**params):
    """Return a forecaster by a regressor that changes what it holds as it goes on."""
    return recurrent(MultiOutputRegressor(SGDRegressor(random_state=0)), **params)


def echo_state(**params):
    params = {"n_bootstrap": 9, "random_state": 0, **params}
    return ESNForecaster(**{"esn": ESNRegressor(10, alphas=0.1), **params})


both = pytest.mark.parametrize("make", [recurrent, echo_state])
FORECASTERS = {
    make.__name__: make for make in (recurrent, network, descent, echo_state)
}


def wave(n_rows=N_ROWS + 10, index=None, name="y", seed=0):
    noise = np.random.default_rng(seed).normal(size=n_rows)
    values = 20 + np.sin(np.arange(n_rows) / 2) + 0.1 * noise
    return pd.Series(values, index, name=name)


def panel(**series):
    frames = {key: one.to_frame("y") for key, one in series.items()}
    return pd.concat(frames, names=["series", "time"])


def covariates(n_rows=N_ROWS + 10, seed=1):
    values = np.random.default_rng(seed).normal(size=(n_rows, 3))
    return pd.DataFrame(values, columns=["sales", "price", "visits"])


Y = wave()
PAST, NEXT = Y[:N_ROWS], Y[N_ROWS:]


# ---------------------------------------------------- what fails changes nothing at all

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


def state_of(forecaster):
    """Return all that a forecaster holds, in a form that can be compared."""
    forecasts = []
    if forecaster.is_fitted:
        copied = deepcopy(forecaster)
        fh = None if copied.get_tag("requires-fh-in-fit") else FH
        forecasts = [copied.predict(fh), copied.predict_interval(fh)]
    return pickle.dumps(forecaster), pickle.dumps(forecasts), forecaster.cutoff


def assert_same_state(state, expected):
    for one, other in zip(state[:2], expected[:2], strict=True):
        assert one == other
    assert (state[2] is None) == (expected[2] is None)
    assert state[2] is None or state[2].equals(expected[2])


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


def dates(y):
    return y.set_axis(pd.date_range("2001-01-01", periods=len(y), freq="D"))


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


# ---------------------------------------------------------------------------- times

# fmt: off
OFFSETS = [
    "B", "BME", "BMS", "BQE", "BQS", "BYE", "BYS", "bh", "cbh", "C", "CBME", "CBMS",
    "W-WED", "QE-NOV", "QS", "SME", "SMS", "ME", "MS", "YE-JUN", "YS", "D", "2D", "h",
    "2h", "15min", "s", "5s", "ms", "us", "ns", "3ME", "2W", "WOM-2FRI",
]
PERIODS = [
    "M", "Q", "Q-NOV", "Y", "Y-JUN", "W", "W-WED", "D", "h", "2h", "15min", "3M", "s",
    "ms",
]
# fmt: on
N_TIMES = 36
TIMES = {
    **{
        f"dates {name}": pd.date_range("2001-01-01", periods=N_TIMES + 4, freq=name)
        for name in OFFSETS
    },
    **{
        f"periods {name}": pd.period_range("2001-01", periods=N_TIMES + 4, freq=name)
        for name in PERIODS
    },
    "dates of a place": pd.date_range(
        "2001-03-01", periods=N_TIMES + 4, freq="D", tz="Europe/Berlin"
    ),
    "hours of a place": pd.date_range(
        "2001-03-24", periods=N_TIMES + 4, freq="h", tz="Europe/Berlin"
    ),
    "spans": pd.timedelta_range("3h", periods=N_TIMES + 4, freq="90min"),
    "every second number": pd.RangeIndex(0, 2 * (N_TIMES + 4), 2),
    "numbers from 5": pd.RangeIndex(5, N_TIMES + 9),
    "every seventh number": pd.Index(3 + 7 * np.arange(N_TIMES + 4)),
    "numbers below 0": pd.RangeIndex(-90, 3 * (N_TIMES + 4) - 90, 3),
}


SOME = ("dates BME", "dates MS", "periods 2h", "spans", "every second number")


@pytest.mark.parametrize(
    ("make", "kind"),
    [*((echo_state, kind) for kind in TIMES), *((recurrent, kind) for kind in SOME)],
)
def test_regular_times_of_any_kind_go_on(make, kind):
    times = TIMES[kind]
    y, steps = wave(N_TIMES + 4, times), [-2, 0, 1, 3]
    wanted = times[[N_TIMES - 3, N_TIMES - 1, N_TIMES, N_TIMES + 2]]
    plain = make().fit(y[:N_TIMES].reset_index(drop=True), fh=steps)
    forecaster = make().fit(y[:N_TIMES], fh=steps)
    forecast = forecaster.predict()
    np.testing.assert_array_equal(forecast, plain.predict())
    assert list(forecast.index) == list(wanted)
    if not isinstance(times, pd.TimedeltaIndex):  # to sktime these are steps
        at = ForecastingHorizon(wanted, is_relative=False)
        if make is recurrent:
            forecaster = make().fit(y[:N_TIMES], fh=at)
        absolute = forecaster.predict(at)
        pd.testing.assert_series_equal(absolute, forecast)
    forecaster.update(y[N_TIMES:], update_params=False)
    ahead = forecaster.predict(fh=steps if make is echo_state else None)
    is_told = make is recurrent and not isinstance(times, pd.TimedeltaIndex)
    assert list(ahead.index[:2]) == list(wanted[:2] if is_told else times[[-3, -1]])
    with pytest.raises(ValueError, match=r"^The times of y have"):
        make().fit(y[:N_TIMES].drop(times[5]), fh=steps)


@pytest.mark.parametrize(
    "name", ["B", "W-WED", "QE-NOV", "MS", "YE-JUN", "2h", "15min"]
)
@both
def test_times_are_those_of_sktimes_own_forecasters(make, name):
    times = TIMES[f"dates {name}"]
    y = wave(N_TIMES, times[:N_TIMES])
    naive, ours = NaiveForecaster(), make()
    for fh in (FH, ForecastingHorizon(times[-3:], is_relative=False)):
        expected = naive.fit(y, fh=fh).predict().index
        assert list(ours.fit(y, fh=fh).predict().index) == list(expected)


@pytest.mark.parametrize(
    ("kind", "time", "words"),
    [
        ("dates MS", pd.Timestamp("2004-02-17"), "in steps of MS"),
        ("dates BME", pd.Timestamp("2004-02-01"), "in steps of BME"),
        ("dates 2h", pd.Timestamp("2001-01-04 01:00"), "in steps of 2h"),
        ("every second number", 77, "in steps of 2"),
        ("periods 2h", pd.Period("2001-01-04 01:00", freq="2h"), "in steps of 2h"),
    ],
)
@both
def test_a_time_between_those_of_the_series_is_an_error(make, kind, time, words):
    times = TIMES[kind]
    fh = ForecastingHorizon(type(times)([time]) if kind[0] != "e" else [time], False)
    forecaster = make()
    with pytest.raises(ValueError, match=f"^fh asks for .*, which is no time.*{words}"):
        forecaster.fit(wave(N_TIMES, times[:N_TIMES]), fh=fh).predict()


@both
def test_spans_of_time_are_steps_where_times_can_be_added_to(make):
    y = wave(N_TIMES, TIMES["dates 2h"][:N_TIMES])
    spans = make().fit(y, fh=pd.to_timedelta(["2h", "6h"])).predict()
    pd.testing.assert_series_equal(spans, make().fit(y, fh=[1, 3]).predict())
    for bad in ("periods M", "every second number"):
        y = wave(N_TIMES, TIMES[bad][:N_TIMES])
        with pytest.raises(
            ValueError, match=r"^fh is 0 days 02:00:00, a span of time, "
        ):
            make().fit(y, fh=pd.to_timedelta(["2h"])).predict()


# ---------------------------------------------------------------------- past covariates

PAST_ONLY = ["sales", "visits"]


def hidden(X, y):
    """Return X with nothing in the past columns that follows y."""
    X = X.copy()
    X.loc[~X.index.isin(y.index), PAST_ONLY] = np.nan
    return X


def with_past(**params):
    return recurrent(past_covariates=PAST_ONLY, **params)


METHODS = {
    "predict": lambda of, X: of.predict(X=X),
    "predict_quantiles": lambda of, X: of.predict_quantiles(X=X, alpha=[0.1, 0.5]),
    "predict_interval": lambda of, X: of.predict_interval(X=X),
    "predict_var": lambda of, X: of.predict_var(X=X),
    "predict_proba": lambda of, X: of.predict_proba(X=X).mean(),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["series", "panel"])
def test_past_covariates_are_not_needed_ahead(method, kind):
    if method == "predict_proba" and kind == "panel":
        pytest.skip("sktime has no distributions of panels in long form")
    y, X = PAST.to_frame(), covariates()
    if kind == "panel":
        y = panel(a=PAST, b=wave(N_ROWS, seed=2))
        X = pd.concat({"a": X, "b": covariates(seed=4)}, names=["series", "time"])
    forecaster, run = with_past().fit(y, X=X, fh=FH), METHODS[method]
    expected = run(forecaster, X)
    for given in (hidden(X, y), X[["price"]], X[["price", "visits"]], X * [9, 1, 9]):
        pd.testing.assert_frame_equal(run(forecaster, given), expected)
    of_hidden = with_past().fit(y, X=hidden(X, y), fh=FH)
    pd.testing.assert_frame_equal(run(of_hidden, X[["price"]]), expected)


@pytest.mark.parametrize("method", METHODS)
def test_without_covariates_known_ahead_there_need_be_none(method):
    X, run = covariates()[PAST_ONLY], METHODS[method]
    forecaster = with_past().fit(PAST.to_frame(), X=X[:N_ROWS], fh=FH)
    expected = run(forecaster, X)
    for given in (None, X * np.nan, X[["visits"]]):
        pd.testing.assert_frame_equal(run(forecaster, given), expected)


def test_past_covariates_are_not_needed_ahead_in_an_update():
    X = covariates()
    expected = with_past().fit(PAST, X=X, fh=FH).update(NEXT[:4], X=X).predict(X=X)
    given = hidden(X, Y[: N_ROWS + 4])
    forecaster = with_past().fit(PAST, X=hidden(X, PAST), fh=FH)
    together = deepcopy(forecaster).update_predict_single(NEXT[:4], X=given)
    apart = forecaster.update(NEXT[:4], X=given).predict(X=X[["price"]])
    for forecast in (together, apart):
        pd.testing.assert_series_equal(forecast, expected)


def test_past_covariates_may_be_arrays():
    X = covariates().to_numpy()
    forecaster = recurrent(past_covariates=np.array([0, 2])).fit(
        PAST.to_numpy(), X=X[:N_ROWS], fh=FH
    )
    hidden = X.copy()
    hidden[:, [0, 2]] = np.nan
    np.testing.assert_array_equal(forecaster.predict(X=hidden), forecaster.predict(X=X))


def test_past_covariates_are_needed_at_the_rows_of_y():
    X = covariates()
    with pytest.raises(ValueError, match="X passed contained missing data"):
        with_past().fit(PAST, X=hidden(X, PAST[:-1]), fh=FH)
    forecaster = with_past().fit(PAST, X=X, fh=FH)
    with pytest.raises(ValueError, match="X passed contained missing data"):
        forecaster.update(NEXT, X=hidden(X, Y[:-1]))
    with pytest.raises(
        ValueError, match=r"^X has the columns \['price'\], but fit was"
    ):
        forecaster.update(NEXT, X=X[["price"]])


def test_covariates_known_ahead_are_needed_beside_past_ones():
    X = covariates()
    forecaster = with_past().fit(PAST, X=X, fh=FH)
    needed = r"of which \['price'\] are needed here\.$"
    for given in (None, X[["sales"]], X[["sales"]] * np.nan):
        with pytest.raises(ValueError, match=f"^X is missing: .*{needed}"):
            forecaster.predict(X=given)
    with pytest.raises(ValueError, match=rf"^X has the columns \['cost'\], .*{needed}"):
        forecaster.predict(X=X[["price"]].set_axis(["cost"], axis=1))
    with pytest.raises(ValueError, match="X passed contained missing data"):
        forecaster.predict(X=X.assign(price=np.nan))


def test_sktimes_tools_take_past_covariates():
    X, cv = covariates(), ExpandingWindowSplitter(FH, 50, 5)
    scored = evaluate(
        with_past(), cv, Y, X, scoring=MeanAbsoluteError(), error_score="raise"
    )
    assert np.isfinite(scored["test_MeanAbsoluteError"]).all()
    search = ForecastingGridSearchCV(
        with_past(),
        cv,
        {"past_covariates": [PAST_ONLY, ["sales"]]},
        scoring=MeanAbsoluteError(),
        backend="None",
        error_score="raise",
    )
    search.fit(PAST, X=X[:N_ROWS], fh=FH)
    ahead = X[["price"]][N_ROWS:]
    assert np.isfinite(search.predict(X=ahead)).all()


# ---------------------------------------------------------------------------- residuals


@both
def test_residuals_are_what_rows_differ_by_from_their_forecasts(make):
    fh = np.arange(1 - N_ROWS, 4)
    reference = make().fit(PAST, fh=fh)
    expected = PAST - reference.predict()[:N_ROWS]
    for forecaster in (reference, make().fit(PAST, fh=FH)):
        for y in (None, PAST):
            residuals = forecaster.predict_residuals(y)
            pd.testing.assert_series_equal(residuals, expected, check_freq=False)
        some = forecaster.predict_residuals(PAST.iloc[[3, 7, 20]].to_frame())
        np.testing.assert_allclose(some["y"], expected.iloc[[3, 7, 20]])
        array = forecaster.predict_residuals(PAST.to_numpy())
        np.testing.assert_allclose(np.ravel(array), expected)
    ahead = NEXT.iloc[[0, 2]]
    residuals = make().fit(PAST, fh=FH).predict_residuals(ahead)
    np.testing.assert_allclose(residuals, ahead - reference.predict()[ahead.index])


@both
def test_residuals_of_a_panel_are_those_of_its_series(make):
    y = panel(a=PAST, b=wave(40, seed=5))
    forecaster = make().fit(y, fh=FH)
    every = forecaster.predict_residuals()
    assert every.index.equals(y.index)
    pd.testing.assert_frame_equal(forecaster.predict_residuals(y), every)
    # Rows in another order of series, and series at other times
    some = y.loc[["b"]].iloc[30:]
    pd.testing.assert_frame_equal(
        forecaster.predict_residuals(some), every.loc[some.index]
    )
    ahead = panel(a=NEXT[:2])
    expected = ahead - forecaster.predict().loc[ahead.index]
    pd.testing.assert_frame_equal(forecaster.predict_residuals(ahead), expected)
    with pytest.raises(
        ValueError, match=r"^y has a series c, which neither fit nor upd"
    ):
        forecaster.predict_residuals(panel(c=PAST))


@both
def test_residuals_read_covariates_of_rows_to_come(make):
    X = covariates()[["price"]]
    forecaster = make().fit(PAST, X=X[:N_ROWS], fh=FH)
    expected = NEXT[:3] - forecaster.predict(X=X)
    ahead = forecaster.predict_residuals(NEXT[:3], X=X)
    pd.testing.assert_series_equal(ahead, expected, check_freq=False)
    assert np.isfinite(forecaster.predict_residuals(PAST)).all()
    with pytest.raises(ValueError, match=r"^X is missing"):
        forecaster.predict_residuals(NEXT[:3])


@both
def test_residuals_leave_the_forecaster_as_it_was(make):
    forecaster = make().fit(PAST, fh=FH)
    expected = state_of(forecaster)
    forecaster.predict_residuals(PAST.to_frame("y"))
    for bad in (PAST.to_numpy()[:9], dates(PAST)):
        with pytest.raises(
            ValueError, match=r"^y is an array of 9 rows|^The times of y are"
        ):
            forecaster.predict_residuals(bad)
        assert_same_state(state_of(forecaster), expected)


# ----------------------------------------------------------------------- intervals


def intermittent(seed, n_rows=80):
    generator = np.random.default_rng(seed)
    shape = generator.choice(["often", "rarely", "in lumps"])
    rate = {"often": 0.5, "rarely": 0.15, "in lumps": 0.1}[shape]
    sizes = generator.poisson(3, n_rows) + 1.0
    return pd.Series(np.where(generator.uniform(size=n_rows) < rate, sizes, 0.0))


@pytest.mark.parametrize("seed", range(5))
@both
def test_every_interval_holds_its_forecast_and_quantiles_rise(make, seed):
    fh = np.arange(-5, 13)
    y = panel(a=intermittent(seed), b=wave(50, seed=seed) - 20)
    forecaster = make().fit(y, fh=fh)
    point = forecaster.predict().to_numpy()
    alpha = [0.01, 0.1, 0.25, 0.45, 0.5, 0.55, 0.75, 0.9, 0.99]
    quantiles = forecaster.predict_quantiles(alpha=alpha).to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles[:, :4] <= point).all()
    assert (quantiles[:, 5:] >= point).all()


@pytest.mark.parametrize("n_rows", [4, 5, 9])
@pytest.mark.parametrize(
    "forecaster",
    [
        ESNForecaster(random_state=0),
        ESNForecaster(ESNRegressor(50, alphas=1e-12), random_state=0),
        ESNForecaster(ESNRegressorCV(50, alphas=1e-12), center=False, random_state=0),
        RecurrentForecaster(Ridge(1e-9), random_state=0),
    ],
    ids=["esn", "weak esn", "weak esn of rows", "weak ridge"],
)
def test_few_rows_make_no_interval_of_width_0(forecaster, n_rows):
    y = wave(n_rows + 2, seed=1)
    fitted = forecaster.clone().fit(y[:n_rows], fh=[1, 2])
    for _ in range(2):
        interval = fitted.predict_interval(coverage=[0.5, 0.9]).to_numpy()
        width = interval[:, [1, 3]] - interval[:, [0, 2]]
        assert (width > 0.01 * y.diff().abs().mean()).all()
        fitted.update(y[n_rows:])


# ------------------------------------------------------------------------ odd numbers

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


# --------------------------------------------------------------------------- skops


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        *((echo_state, kind) for kind in ("dates MS", "periods Q-NOV", "spans")),
        (network, "periods 3M"),
        (descent, "hours of a place"),
        (recurrent, "numbers from 5"),
    ],
)
def test_skops_and_pickle_store_a_forecaster_that_goes_on(make, kind, tmp_path):
    skops = pytest.importorskip("skops.io")
    times = TIMES[kind]
    a, b = wave(N_TIMES, times[:N_TIMES]), wave(20, times[:20], seed=1)
    for y in (a, panel(a=a, b=b)):
        forecaster = make().fit(y, fh=FH)
        skops.dump(forecaster, tmp_path / "forecaster.skops")
        types = skops.get_untrusted_types(file=tmp_path / "forecaster.skops")
        loaded = skops.load(tmp_path / "forecaster.skops", trusted=types)
        for other in (loaded, pickle.loads(pickle.dumps(forecaster))):
            assert other.cutoff.equals(forecaster.cutoff)
            assert other.cutoff.names == forecaster.cutoff.names
            for _ in range(2):
                for method in ("predict", "predict_interval", "predict_residuals"):
                    expected = getattr(forecaster, method)()
                    assert expected.equals(getattr(other, method)())
                if y is a:
                    new = wave(4, times[N_TIMES:])
                    forecaster = deepcopy(forecaster).update(new)
                    other.update(new)
            forecaster = make().fit(y, fh=FH)
