"""sktime's private names in one module; past covariates, which its checks refuse."""

import ast
import inspect
import re
from copy import deepcopy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from sktime.forecasting.base import BaseForecaster
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.performance_metrics.forecasting import MeanAbsoluteError
from sktime.split import ExpandingWindowSplitter
from small_forecasters import (
    FH,
    N_ROWS,
    NEXT,
    PAST,
    Y,
    covariates,
    panel,
    recurrent,
    wave,
)

import sklearn_rnn.forecasting

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


# ------------------------------------------------------------- sktime's private names

# What sktime documents for forecasters to define.
EXTENSION_POINTS = {
    "_config",
    "_fit",
    "_predict",
    "_predict_quantiles",
    "_pretrain",
    "_pretrain_update",
    "_tags",
    "_update",
}


def private_names_of_sktime():
    names = {
        name for of in BaseForecaster.__mro__ for name in vars(of) if of is not object
    }
    source = "".join(
        inspect.getsource(of) for of in BaseForecaster.__mro__ if of is not object
    )
    names.update(re.findall(r"self\.(\w+)", source))
    return {name for name in names if re.match("_[a-zA-Z]", name)}


def test_sktimes_private_names_stand_in_one_module():
    theirs = private_names_of_sktime() - EXTENSION_POINTS
    assert {"_cutoff", "_fh", "_check_X_y", "_get_varnames"} <= theirs
    used = {}
    for path in Path(sklearn_rnn.forecasting.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "attr", getattr(node, "name", None))
            if name in theirs:
                used.setdefault(path.name, set()).add(name)
    assert set(used) == {"_sktime_hooks.py"}
    # And the module's docstring lists them.
    listed = inspect.getdoc(sklearn_rnn.forecasting._sktime_hooks)
    assert all(f"``{name}``" in listed for name in used["_sktime_hooks.py"])
