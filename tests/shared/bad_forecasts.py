"""Forecasters and data that bad input is made of, and the check of one case."""

from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from direct_forecasters import panel
from sklearn.linear_model import Ridge
from sktime.forecasting.base import ForecastingHorizon

from sklearn_rnn import ESNRegressor
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster

FH = [1, 2, 3]


def waves(n_rows=80, n_columns=1):
    t, generator = np.arange(n_rows)[:, np.newaxis], np.random.default_rng(0)
    values = 20 + np.sin(t / 2 + np.arange(n_columns))
    values += 0.1 * generator.normal(size=values.shape)
    return pd.DataFrame(values, columns=[f"y{i}" for i in range(n_columns)])


def months(y):
    return y.set_axis(pd.period_range("2001-01", periods=len(y), freq="M"))


def dates(y):
    return y.set_axis(pd.date_range("2001-01-01", periods=len(y), freq="MS"))


def put(frame, row, value, column=0):
    frame = frame.copy()
    frame.iloc[row, column] = value
    return frame


def at(*times):
    return ForecastingHorizon([*times], is_relative=False)


Y, NEXT = waves(), waves(90).iloc[80:]
X = pd.DataFrame(np.random.default_rng(1).normal(size=(90, 2)), columns=["a", "b"])
TWO, NEXT_TWO = waves(80, 2), waves(90, 2).iloc[80:]

FINITE = (
    r"every value must be a finite number \(fill gaps first, with sktime's Imputer for "
    r"instance\)\.$"
)
GAP = r"; rows must follow one another without one\.$"
IRREGULAR = (
    "^The times of y have gaps or no frequency that pandas can tell; use asfreq and "
    r"fill the gaps, or number the rows \(a RangeIndex\)\.$"
)
FORMAT = "^y cannot be read as a time series: "
MISSING = (
    r"^X is missing: fit was given the columns \['a', 'b'\], and their rows are needed "
    r"here too\.$"
)
NAN = r"^NAME cannot handle missing data \(nans\), but {} passed contained missing data"
LOG = r"; use log=False or log=\"auto\"\.$"
LOGARITHMS = "logarithms, which need values above 0, but "
INDICES = (
    r"^X has no row for \d+; fit and update need the row of X at every row of y\.$"
)
CATEGORIES = "Forecasters do not support categorical features in endogeneous y"


def recurrent(**params):
    params = {"window_length": 6, "n_estimators": 1, "random_state": 0, **params}
    return RecurrentForecaster(**{"regressor": Ridge(), **params})


def echo_state(**params):
    params = {"n_bootstrap": 5, "random_state": 0, **params}
    return ESNForecaster(**{"esn": ESNRegressor(10, alphas=0.1), **params})


def fitted(make):
    """Return forecasters that bad input is given to, in `update` and `predict`."""

    def fit(y=Y, X=None, fh=FH, **params):
        return make(**params).fit(y, X=X, fh=fh)

    def pretrained():
        return SimpleNamespace(
            plain=make().pretrain(panel(a=Y), fh=FH),
            two=make().pretrain(panel(a=TWO), fh=FH),
            with_X=make().pretrain(panel(a=Y), X=panel(a=X), fh=FH),
        )

    return SimpleNamespace(
        make=make,
        fit=fit,
        plain=fit(),
        later=fit(Y.iloc[10:]),
        with_X=fit(X=X),
        with_log=fit(log=True),
        with_sqrt=fit(sqrt=True),
        months=fit(months(Y)),
        dates=fit(dates(Y)),
        two=fit(TWO),
        panel=fit(panel(a=Y, b=Y.iloc[:60])),
        no_horizon=fit(fh=None) if make is echo_state else None,
        outside=fit(fh=[-80, 1]),
        before_first=fit(fh=at(-1, 81)),
        pretrained=pretrained() if make is recurrent else None,
        panel_X=fit(panel(a=Y, b=Y), X=panel(a=X, b=X)),
    )


def check_case(make, case, all_fitted):
    """Check the error of a case: (call, class of the error, sentence)."""
    call, error, sentence = case
    with pytest.raises(error, match=sentence.replace("NAME", type(make()).__name__)):
        call(deepcopy(all_fitted[make]))
