"""Bad input to forecasters: the right class of error, and a clear sentence."""

from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from sklearn_rnn import ESNRegressor, LSTMRegressor

pytest.importorskip("sktime")

from sktime.exceptions import NotFittedError
from sktime.forecasting.base import ForecastingHorizon

from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster
from sklearn_rnn.forecasting import _esn as esn_module
from sklearn_rnn.forecasting._direct_model import DirectModel

FH = [1, 2, 3]


def waves(n_rows=80, n_columns=1):
    t, generator = np.arange(n_rows)[:, np.newaxis], np.random.default_rng(0)
    values = 20 + np.sin(t / 2 + np.arange(n_columns))
    values += 0.1 * generator.normal(size=values.shape)
    return pd.DataFrame(values, columns=[f"y{i}" for i in range(n_columns)])


def panel(**series):
    return pd.concat(series, names=["series", "time"])


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


@pytest.fixture(scope="module")
def all_fitted():
    return {make: fitted(make) for make in (recurrent, echo_state)}


@pytest.fixture
def never_fitted(monkeypatch):
    def never_fit(*args, **kwargs):
        raise AssertionError("Fitting started.")

    monkeypatch.setattr(DirectModel, "fit", never_fit)
    monkeypatch.setattr(esn_module, "fit_network", never_fit)


# What is done wrong -> (call, given forecasters; class of the error; sentence).
SHARED = {
    # ------------------------------------------------------------------------- values
    "zero where logarithms are asked for": (
        lambda given: given.fit(put(Y, 3, 0.0), log=True),
        ValueError,
        f"^log=True needs values above 0, but y is 0 at 3{LOG}",
    ),
    "a value below 0 in one series where logarithms are asked for": (
        lambda given: given.fit(panel(a=Y, b=put(Y, 3, -2.0)), log=True),
        ValueError,
        f"^log=True needs values above 0, but series 'b' of y is -2 at 3{LOG}",
    ),
    "a value below 0 in an update where logarithms are taken": (
        lambda given: given.with_log.update(put(NEXT, 2, -1.0)),
        ValueError,
        f"^training took {LOGARITHMS}y is -1 at 82; fit anew with log=False\\.$",
    ),
    "a value below 0 where square roots are asked for": (
        lambda given: given.fit(put(Y, 3, -2.0), sqrt=True),
        ValueError,
        "^sqrt=True needs values of 0 or more, but y is -2 at 3; "
        r"use sqrt=False or sqrt=\"auto\"\.$",
    ),
    "a value below 0 in an update where square roots are taken": (
        lambda given: given.with_sqrt.update(put(NEXT, 2, -1.0)),
        ValueError,
        "^training took square roots, which need values of 0 or more, but y is -1 at "
        r"82; fit anew with sqrt=False\.$",
    ),
    "logarithms and square roots": (
        lambda given: given.fit(Y, log=True, sqrt=True),
        ValueError,
        r"^log=True and sqrt=True exclude each other; set one of them\.$",
    ),
    "infinite y": (
        lambda given: given.fit(put(Y, 3, np.inf)),
        ValueError,
        f"^y is inf at 3 in column 'y0'; {FINITE}",
    ),
    "infinite y in one series": (
        lambda given: given.fit(panel(a=Y, b=put(Y, 3, -np.inf))),
        ValueError,
        f"^y is -inf at b, 3 in column 'y0'; {FINITE}",
    ),
    "infinite y in the second column": (
        lambda given: given.fit(put(TWO, 4, np.inf, column=1)),
        ValueError,
        f"^y is inf at 4 in column 'y1'; {FINITE}",
    ),
    "infinite y in an update": (
        lambda given: given.plain.update(put(NEXT, 2, np.inf)),
        ValueError,
        f"^y is inf at 82 in column 'y0'; {FINITE}",
    ),
    "y too large to square": (
        lambda given: given.fit(1e200 * Y, log=False),
        ValueError,
        "^y .* too large",
    ),
    "missing y": (
        lambda given: given.fit(put(Y, 3, np.nan)),
        ValueError,
        NAN.format("y"),
    ),
    "missing y in an update": (
        lambda given: given.plain.update(put(NEXT, 2, np.nan)),
        ValueError,
        NAN.format("y"),
    ),
    "missing y in one series": (
        lambda given: given.fit(panel(a=Y, b=put(Y, 3, np.nan))),
        ValueError,
        NAN.format("y"),
    ),
    "words in y": (
        lambda given: given.fit(pd.DataFrame({"y": ["a"] * 80})),
        TypeError,
        CATEGORIES,
    ),
    "categories in y": (
        lambda given: given.fit(Y.assign(y0=pd.Categorical(["a", "b"] * 40))),
        TypeError,
        CATEGORIES,
    ),
    "complex y": (
        lambda given: given.fit(Y + 1j),
        TypeError,
        "^y holds values of complex128; it must hold numbers.$",
    ),
    "y in a list": (lambda given: given.fit([1.0, 2.0, 3.0]), TypeError, FORMAT),
    "no y": (
        lambda given: given.fit(None),
        TypeError,
        "^y=None must be a Series, a DataFrame or an array of rows in time order.$",
    ),
    "y without columns": (
        lambda given: given.fit(pd.DataFrame(index=range(80))),
        ValueError,
        "^y has no column",
    ),
    "y with two columns of one name": (
        lambda given: given.fit(TWO.set_axis(["y", "y"], axis=1)),
        TypeError,
        FORMAT,
    ),
    # -------------------------------------------------------------------------- times
    "unsorted rows": (
        lambda given: given.fit(Y.iloc[[0, 2, 1, *range(3, 80)]]),
        TypeError,
        FORMAT,
    ),
    "unsorted rows in one series": (
        lambda given: given.fit(panel(a=Y, b=Y.iloc[::-1])),
        TypeError,
        FORMAT,
    ),
    "unsorted rows in an update": (
        lambda given: given.plain.update(NEXT.iloc[[1, 0]]),
        TypeError,
        FORMAT,
    ),
    "a row that is there twice": (
        lambda given: given.fit(Y.iloc[[0, 1, 1, *range(2, 80)]]),
        ValueError,
        r"^y has two rows for 1; each time needs one\.$",
    ),
    "a date that is there twice": (
        lambda given: given.fit(dates(Y).iloc[[0, 1, 1, *range(2, 80)]]),
        ValueError,
        r"^y has two rows for 2001-02-01 00:00:00; each time needs one\.$",
    ),
    "a row that is there twice in one series": (
        lambda given: given.fit(panel(a=Y, b=Y.iloc[[0, 1, 1, *range(2, 20)]])),
        ValueError,
        r"^series 'b' of y has two rows for 1; each time needs one\.$",
    ),
    "a gap in numbered rows": (
        lambda given: given.fit(Y.drop(index=5)),
        ValueError,
        f"^The times of y have a gap between 4 and 6{GAP}",
    ),
    "a gap in every second number": (
        lambda given: given.fit(Y.set_axis(np.arange(0, 160, 2)).drop(index=8)),
        ValueError,
        f"^The times of y have a gap between 6 and 10{GAP}",
    ),
    "a gap in spans of time": (
        lambda given: given.fit(
            Y.set_axis(pd.to_timedelta(np.arange(80), unit="h")).drop(
                index=pd.Timedelta("5h")
            )
        ),
        ValueError,
        f"^The times of y have a gap between 0 days 04:00:00 and 0 days 06:00:00{GAP}",
    ),
    "a gap in periods": (
        lambda given: given.fit(months(Y).drop(index="2001-06")),
        ValueError,
        f"^The times of y have a gap between 2001-05 and 2001-07{GAP}",
    ),
    "a gap in one series": (
        lambda given: given.fit(panel(a=Y, b=Y.drop(index=5))),
        ValueError,
        f"^The times of series 'b' of y have a gap between 4 and 6{GAP}",
    ),
    "a gap in dates": (
        lambda given: given.fit(dates(Y).drop(index="2001-06-01")),
        ValueError,
        IRREGULAR,
    ),
    "dates without a frequency": (
        lambda given: given.fit(
            Y.set_axis(
                pd.Timestamp("2001-01-01")
                + pd.to_timedelta(np.arange(80) ** 2, unit="D")
            )
        ),
        ValueError,
        IRREGULAR,
    ),
    "rows numbered with fractions": (
        lambda given: given.fit(Y.set_axis(np.arange(80.0))),
        TypeError,
        FORMAT,
    ),
    "rows with words for times": (
        lambda given: given.fit(Y.set_axis([f"row {i}" for i in range(80)])),
        TypeError,
        FORMAT,
    ),
    # --------------------------------------------------------------------- covariates
    "no covariates ahead": (
        lambda given: given.with_X.predict(fh=FH),
        ValueError,
        MISSING,
    ),
    "no covariates in an update": (
        lambda given: given.with_X.update(NEXT),
        ValueError,
        MISSING,
    ),
    "covariates ahead only": (
        lambda given: given.plain.predict(fh=FH, X=X),
        ValueError,
        r"^X has the columns \['a', 'b'\], but fit was given no X\.$",
    ),
    "covariates in an update only": (
        lambda given: given.plain.update(NEXT, X=X),
        ValueError,
        r"^X has the columns \['a', 'b'\], but fit was given no X\.$",
    ),
    "other covariates ahead": (
        lambda given: given.with_X.predict(fh=FH, X=X.rename(columns={"b": "c"})),
        ValueError,
        r"^X has the columns \['a', 'c'\], but fit was given \['a', 'b'\]\.$",
    ),
    "covariates in another order": (
        lambda given: given.with_X.predict(fh=FH, X=X[["b", "a"]]),
        ValueError,
        r"^X has the columns \['b', 'a'\], but fit was given \['a', 'b'\]\.$",
    ),
    "other covariates in an update": (
        lambda given: given.with_X.update(NEXT, X=X.rename(columns={"b": "c"})),
        ValueError,
        r"^X has the columns \['a', 'c'\], but fit was given \['a', 'b'\]\.$",
    ),
    "an infinite covariate": (
        lambda given: given.fit(X=put(X, 3, np.inf, column=1)),
        ValueError,
        f"^X is inf at 3 in column 'b'; {FINITE}",
    ),
    "an infinite covariate ahead": (
        lambda given: given.with_X.predict(fh=FH, X=put(X, 81, np.inf, column=1)),
        ValueError,
        f"^X is inf at 81 in column 'b'; {FINITE}",
    ),
    "a missing covariate": (
        lambda given: given.fit(X=put(X, 3, np.nan)),
        ValueError,
        NAN.format("X"),
    ),
    "a missing covariate ahead": (
        lambda given: given.with_X.predict(fh=FH, X=put(X, 81, np.nan)),
        ValueError,
        NAN.format("X"),
    ),
    "covariates without a row of y": (
        lambda given: given.fit(X=X.drop(index=7)),
        ValueError,
        INDICES,
    ),
    "covariates without the last rows of y": (
        lambda given: given.fit(X=X.iloc[:70]),
        ValueError,
        INDICES,
    ),
    "covariates without a row of an update": (
        lambda given: given.with_X.update(NEXT, X=X.iloc[81:]),
        ValueError,
        INDICES,
    ),
    "covariates of dates beside numbered rows": (
        lambda given: given.fit(X=X.set_axis(pd.date_range("2001-01-01", periods=90))),
        ValueError,
        INDICES,
    ),
    "covariates of one of two series": (
        lambda given: given.fit(panel(a=Y, b=Y), X=panel(a=X)),
        ValueError,
        "^X has no row for b, 0; fit and update need the row of X at every row of "
        r"y\.$",
    ),
    "two rows of covariates for one time": (
        lambda given: given.fit(X=X.iloc[[0, 1, 1, *range(2, 90)]]),
        ValueError,
        r"^X has two rows for 1; each time needs one\.$",
    ),
    "two rows of covariates for one time ahead": (
        lambda given: given.with_X.predict(fh=FH, X=X.iloc[[80, 81, 81, 82]]),
        ValueError,
        r"^X has two rows for 81; each time needs one\.$",
    ),
    "words in covariates": (
        lambda given: given.fit(X=X.assign(b=["u", "v"] * 45)),
        TypeError,
        "does not support categorical features in exogenous X",
    ),
    "categories in covariates": (
        lambda given: given.fit(X=X.assign(b=pd.Categorical(["u", "v"] * 45))),
        TypeError,
        "does not support categorical features in exogenous X",
    ),
    "a panel of covariates beside one series": (
        lambda given: given.fit(X=panel(a=X)),
        TypeError,
        "^X and y must have the same scitype$",
    ),
    "covariates of one series beside a panel": (
        lambda given: given.fit(panel(a=Y), X=X),
        (TypeError, ValueError),
        "^X .* y",
    ),
    # ------------------------------------------------------------------------ updates
    "an update that leaves a gap": (
        lambda given: given.plain.update(NEXT.iloc[2:]),
        ValueError,
        f"^The times of y have a gap between 79 and 82{GAP}",
    ),
    "an update that leaves a gap in periods": (
        lambda given: given.months.update(months(waves(90)).iloc[82:]),
        ValueError,
        f"^The times of y have a gap between 2007-08 and 2007-11{GAP}",
    ),
    "an update that leaves a gap in dates": (
        lambda given: given.dates.update(dates(waves(90)).iloc[82:]),
        ValueError,
        IRREGULAR,
    ),
    "an update that leaves a gap in one series": (
        lambda given: given.panel.update(panel(a=NEXT, b=NEXT)),
        ValueError,
        f"^The times of series 'b' of y have a gap between 59 and 80{GAP}",
    ),
    "an update before the first row": (
        lambda given: given.later.update(Y.iloc[5:12]),
        ValueError,
        "^y cannot be updated at 5: it is known from 10 on; a row of an update lies "
        r"within or follows it\.$",
    ),
    "an update with columns in another order": (
        lambda given: given.two.update(NEXT_TWO[["y1", "y0"]]),
        ValueError,
        r"^y has the columns \['y1', 'y0'\], but training saw \['y0', 'y1'\]\.$",
    ),
    "an update with more columns": (
        lambda given: given.plain.update(NEXT_TWO),
        ValueError,
        r"^y has the columns \['y0', 'y1'\], but training saw \['y0'\]\.$",
    ),
    "an update with fewer columns": (
        lambda given: given.two.update(NEXT),
        ValueError,
        r"^y has the columns \['y0'\], but training saw \['y0', 'y1'\]\.$",
    ),
    "an update with times of another kind": (
        lambda given: given.plain.update(months(Y)),
        (TypeError, ValueError),
        "^The times of y ",
    ),
    "an update of one series with a panel": (
        lambda given: given.plain.update(panel(a=NEXT)),
        (TypeError, ValueError),
        "^y has 2 levels in its index, but training saw 1",
    ),
    "an update of a panel with one series": (
        lambda given: given.panel.update(NEXT),
        (TypeError, ValueError),
        "^y has 1 level in its index, but training saw 2",
    ),
    # ----------------------------------------------------------------------- horizons
    "an empty horizon": (
        lambda given: given.fit(fh=[]),
        ValueError,
        "^`fh` must not be empty$",
    ),
    "a horizon of one and a half rows": (
        lambda given: given.fit(fh=[1.5]),
        TypeError,
        r"^Invalid `fh`\. The type of the passed `fh` values is not supported\.",
    ),
    "a horizon in words": (
        lambda given: given.fit(fh="next"),
        TypeError,
        r"^Invalid `fh`\. The type of the passed `fh` values is not supported\.",
    ),
    "a step that is asked for twice": (
        lambda given: given.fit(fh=[1, 1]),
        ValueError,
        r"^Invalid `fh`\. The `fh` values must not contain any duplicates\.$",
    ),
    "a row before the first": (
        lambda given: given.outside.predict(),
        ValueError,
        "^fh asks for the row 80 steps before the last of y, of which 80 are known; it "
        r"must be at most 79\.$",
    ),
    "a time before the first": (
        lambda given: given.before_first.predict(),
        ValueError,
        "^fh asks for the row 80 steps before the last of y, of which 80 are known; it "
        r"must be at most 79\.$",
    ),
    "a forecast before fit": (
        lambda given: given.make().predict(fh=FH),
        NotFittedError,
        "^This instance of NAME has not been fitted yet. Please call `fit` first.$",
    ),
    "quantiles before fit": (
        lambda given: given.make().predict_quantiles(fh=FH, alpha=0.5),
        NotFittedError,
        "^This instance of NAME has not been fitted yet. Please call `fit` first.$",
    ),
    "an update before fit": (
        lambda given: given.make().update(Y),
        NotFittedError,
        "^This instance of NAME has not been fitted yet. Please call `fit` first.$",
    ),
    "a level of 2": (
        lambda given: given.plain.predict_quantiles(fh=FH, alpha=2.0),
        ValueError,
        r"^values in alpha must lie in the open interval \(0, 1\)",
    ),
    "a coverage of 150 %": (
        lambda given: given.plain.predict_interval(fh=FH, coverage=1.5),
        ValueError,
        r"^values in coverage must lie in the open interval \(0, 1\)",
    ),
    "a seed in words": (
        lambda given: given.fit(random_state="seed"),
        ValueError,
        "^random_state='seed' must be None, an integer from 0 to 4294967295 or a ",
    ),
}

LONG = ' is more rows than any series of y has; use at most 80, or "auto"\\.$'
COUNT = ' must be a whole number from 1, or "auto"\\.$'
NO_REGRESSOR = (
    " is not a scikit-learn regressor; give one, such as "
    r"GRURegressor\(\) or Ridge\(\), or None\.$"
)
FLAG = r" is not one of \[True, False, 'auto'\]\.$"
LACKS = (
    r"needs its rows at every time of fh \(name columns that are not known ahead in "
    r"past_covariates\)\.$"
)
UNKNOWN = r", which is not a column of X; its columns are \['a', 'b'\]\.$"

RECURRENT = {
    # --------------------------------------------------------------------- parameters
    **{
        f"{name}={value!r}": (
            lambda given, name=name, value=value: given.fit(**{name: value}),
            error,
            sentence,
        )
        for name, value, error, sentence in (
            ("window_length", 0, ValueError, f"^window_length=0{COUNT}"),
            ("window_length", -1, ValueError, f"^window_length=-1{COUNT}"),
            ("window_length", "long", TypeError, f"^window_length='long'{COUNT}"),
            ("window_length", 1.5, TypeError, rf"^window_length=1\.5{COUNT}"),
            ("window_length", None, TypeError, f"^window_length=None{COUNT}"),
            ("window_length", 81, ValueError, f"^window_length=81{LONG}"),
            ("window_length", 2**31, ValueError, f"^window_length=2147483648{LONG}"),
            ("sp", 2**31, ValueError, f"^sp=2147483648{LONG}"),
            ("sp", 0, ValueError, f"^sp=0{COUNT}"),
            ("sp", 12.0, TypeError, rf"^sp=12\.0{COUNT}"),
            ("sp", "year", TypeError, f"^sp='year'{COUNT}"),
            ("sp", [7, 365], TypeError, rf"^sp=\[7, 365\]{COUNT}"),
            ("log", "yes", ValueError, f"^log='yes'{FLAG}"),
            ("log", 1, ValueError, f"^log=1{FLAG}"),
            ("sqrt", "root", ValueError, f"^sqrt='root'{FLAG}"),
            ("center", "maybe", ValueError, f"^center='maybe'{FLAG}"),
            ("center", None, ValueError, f"^center=None{FLAG}"),
            ("seasonal_base", "no", ValueError, f"^seasonal_base='no'{FLAG}"),
            ("refit", 1, ValueError, r"^refit=1 is not one of \[True, False\]\.$"),
            ("refit", "auto", ValueError, "^refit='auto' is not one of "),
            ("standardize", "no", ValueError, "^standardize='no' is not one of "),
            ("regressor", "lstm", TypeError, f"^regressor='lstm'{NO_REGRESSOR}"),
            ("regressor", 3, TypeError, f"^regressor=3{NO_REGRESSOR}"),
            (
                "regressor",
                LSTMRegressor,
                TypeError,
                f"^regressor=<class '.*LSTMRegressor'>{NO_REGRESSOR}",
            ),
            (
                "regressor",
                LogisticRegression(),
                TypeError,
                rf"^regressor=LogisticRegression\(\){NO_REGRESSOR}",
            ),
            (
                "regressor",
                LSTMRegressor(loss="quantile", quantiles=[0.1, 0.9]),
                ValueError,
                r"^regressor has quantiles=\[0.1, 0.9\], but a forecast is one number: "
                r"give one level; predict_quantiles gives others\.$",
            ),
        )
    },
    **{
        f"n_estimators={value!r}": (
            lambda given, value=value: given.fit(n_estimators=value),
            error,
            rf"^n_estimators={value!r} must be a whole number from 1 to 10000\.$",
        )
        for value, error in (
            (0, ValueError),
            (-1, ValueError),
            (2**31, ValueError),
            (1.5, TypeError),
            (True, TypeError),
            ("auto", TypeError),
        )
    },
    "another forecaster for a regressor": (
        lambda given: given.fit(regressor=given.make()),
        TypeError,
        r"^regressor=RecurrentForecaster\([\s\S]*\)" + NO_REGRESSOR,
    ),
    "a seasonal base without a season": (
        lambda given: given.fit(sp=1, seasonal_base=True),
        ValueError,
        "^seasonal_base=True needs a season, but sp=1 gives none; use sp above 1 or "
        r"seasonal_base=\"auto\"\.$",
    ),
    "a seasonal base where no season is found": (
        lambda given: given.fit(
            pd.DataFrame({"y": np.arange(1.0, 81)}), seasonal_base=True
        ),
        ValueError,
        "^seasonal_base=True needs a season, but sp='auto' gives none; use sp above 1 "
        r"or seasonal_base=\"auto\"\.$",
    ),
    "a past covariate that is not there": (
        lambda given: given.fit(X=X, past_covariates="c"),
        ValueError,
        f"^past_covariates names 'c'{UNKNOWN}",
    ),
    "one of two past covariates that is not there": (
        lambda given: given.fit(X=X, past_covariates=["a", "c"]),
        ValueError,
        f"^past_covariates names 'c'{UNKNOWN}",
    ),
    "a past covariate by its number": (
        lambda given: given.fit(X=X, past_covariates=1),
        ValueError,
        f"^past_covariates names 1{UNKNOWN}",
    ),
    "a past covariate without covariates": (
        lambda given: given.fit(past_covariates="a"),
        ValueError,
        "^past_covariates names 'a', which is not a column of X; its columns are "
        r"\[\]\.$",
    ),
    # ------------------------------------------------------------------------- length
    "too few rows": (
        lambda given: given.fit(Y.iloc[:4]),
        ValueError,
        r"^y has 4 rows, but to forecast 3 ahead at least 5 are needed\.$",
    ),
    "no row": (
        lambda given: given.fit(Y.iloc[:0]),
        ValueError,
        r"^y has no row; it needs one\.$",
    ),
    "series that are all too short": (
        lambda given: given.fit(panel(a=Y.iloc[:3], b=Y.iloc[:4])),
        ValueError,
        r"^y has 4 rows, but to forecast 3 ahead at least 5 are needed\.$",
    ),
    "a horizon as long as the series": (
        lambda given: given.fit(fh=[80]),
        ValueError,
        r"^y has 80 rows, but to forecast 80 ahead at least 82 are needed\.$",
    ),
    # ----------------------------------------------------------------------- horizons
    "no horizon in fit": (
        lambda given: given.fit(fh=None),
        ValueError,
        "^The forecasting horizon `fh` must be passed to `fit` of RecurrentForecaster",
    ),
    "another horizon than in fit": (
        lambda given: given.plain.predict(fh=[1, 2, 3, 4]),
        ValueError,
        "^A different forecasting horizon `fh` has been provided from the one seen ",
    ),
    "a new series that ends before times to forecast that training reached": (
        lambda given: given.pretrained.plain.fit(
            panel(b=Y.iloc[:40]), fh=at(80, 82)
        ).predict(),
        ValueError,
        "^fh reaches 43 rows beyond the end of series 'b' of y, but training reached "
        r"3; fit anew with this fh\.$",
    ),
    "a horizon beyond that of pretraining": (
        lambda given: given.pretrained.plain.fit(Y, fh=[1, 9]).predict(),
        ValueError,
        "^fh reaches 9 rows beyond the end of y, but training reached 3; fit anew with "
        r"this fh\.$",
    ),
    # --------------------------------------------------------------------- covariates
    "covariates that begin too late ahead": (
        lambda given: given.with_X.predict(X=X.iloc[81:]),
        ValueError,
        f"^X lacks a row for 80: a forecast of y {LACKS}",
    ),
    "covariates that end too early ahead": (
        lambda given: given.with_X.predict(X=X.iloc[:82]),
        ValueError,
        f"^X lacks a row for 82: a forecast of y {LACKS}",
    ),
    "covariates ahead of one of two series": (
        lambda given: given.panel_X.predict(X=panel(a=X)),
        ValueError,
        f"^X lacks a row for 80: a forecast of series 'b' of y {LACKS}",
    ),
    # -------------------------------------------------------------------- pretraining
    "pretraining on one series": (
        lambda given: given.make().pretrain(Y, fh=FH),
        TypeError,
        "^RecurrentForecaster.pretrain requires Panel or Hierarchical data",
    ),
    "other columns than in pretraining": (
        lambda given: given.pretrained.two.fit(Y, fh=FH),
        ValueError,
        r"^y has the columns \['y0'\], but training saw \['y0', 'y1'\]\.$",
    ),
    "no covariates where pretraining had some": (
        lambda given: given.pretrained.with_X.fit(Y, fh=FH),
        ValueError,
        MISSING,
    ),
    "a value below 0 where pretraining took logarithms": (
        lambda given: given.pretrained.plain.fit(put(Y, 3, -1.0), fh=FH),
        ValueError,
        f"^training took {LOGARITHMS}y is -1 at 3; fit anew with log=False\\.$",
    ),
    "other columns in a second pretraining": (
        lambda given: given.pretrained.plain.pretrain(panel(a=TWO), fh=FH),
        ValueError,
        r"^y has the columns \['y0', 'y1'\], but training saw \['y0'\]\.$",
    ),
    "a second pretraining without covariates": (
        lambda given: given.pretrained.with_X.pretrain(panel(a=Y), fh=FH),
        ValueError,
        MISSING,
    ),
    "pretraining without a horizon": (
        lambda given: given.make().pretrain(panel(a=Y)),
        ValueError,
        r"^pretrain needs fh: the horizons that are to be forecast after fit\.$",
    ),
    "a value below 0 in a second pretraining, where the first took logarithms": (
        lambda given: given.pretrained.plain.pretrain(panel(a=put(Y, 3, -1.0)), fh=FH),
        ValueError,
        f"^training took {LOGARITHMS}series 'a' of y is -1 at 3; fit",
    ),
}

ECHO_STATE = {
    "no row": (
        lambda given: given.fit(Y.iloc[:0]),
        ValueError,
        r"^y has no row; it needs one\.$",
    ),
    "a class in place of a network": (
        lambda given: given.fit(esn=ESNRegressor),
        TypeError,
        r"^esn=<class '.*ESNRegressor'> must be an ESNRegressor, an ESNRegressorCV or "
        r"None\.$",
    ),
    "loops in words": (
        lambda given: given.fit(n_bootstrap="many"),
        TypeError,
        "^n_bootstrap must be an integer from 1 to 100000, got 'many'.$",
    ),
    "a missing center": (
        lambda given: given.fit(center=None),
        ValueError,
        r"^center=None is not valid; it must be True, False or 'auto'\.$",
    ),
    "no horizon in predict either": (
        lambda given: given.no_horizon.predict(),
        ValueError,
        "^The forecasting horizon `fh` must be passed either to `fit` or `predict`",
    ),
    "covariates ahead of one of two series": (
        lambda given: given.panel_X.predict(X=panel(a=X)),
        ValueError,
        "^X lacks a row for 80: a forecast of series 'b' of y needs its rows at every "
        r"time up to the last that is forecast\.$",
    ),
}

ALL = [
    *((recurrent, name, case) for name, case in {**SHARED, **RECURRENT}.items()),
    *((echo_state, name, case) for name, case in {**SHARED, **ECHO_STATE}.items()),
]


@pytest.mark.parametrize(
    ("make", "case"),
    [(make, case) for make, _, case in ALL],
    ids=[f"{make.__name__}: {name}" for make, name, _ in ALL],
)
def test_bad_input_is_an_error_that_says_what_is_wrong_before_fitting_starts(
    make, case, all_fitted, never_fitted
):
    call, error, sentence = case
    with pytest.raises(error, match=sentence.replace("NAME", type(make()).__name__)):
        call(deepcopy(all_fitted[make]))


@pytest.mark.parametrize("make", [recurrent, echo_state])
def test_good_input_would_have_been_fitted(make, never_fitted):
    with pytest.raises(AssertionError, match=r"^Fitting started\.$"):
        make().fit(Y, fh=FH)


@pytest.mark.parametrize("make", [recurrent, echo_state])
def test_bad_input_to_an_update_leaves_the_forecaster_as_it_was(make, all_fitted):
    given = deepcopy(all_fitted[make])
    for forecaster, bad in (
        (given.plain, put(NEXT, 2, np.inf)),
        (given.plain, NEXT.iloc[2:]),
        (given.with_log, put(NEXT, 2, -1.0)),
        (given.panel, panel(a=NEXT, b=NEXT)),
    ):
        before = forecaster.predict(fh=FH)
        with pytest.raises(ValueError, match="y"):
            forecaster.update(bad)
        pd.testing.assert_frame_equal(forecaster.predict(fh=FH), before)


@pytest.mark.parametrize(
    ("regressor", "sentence"),
    [
        (LSTMRegressor(hidden_size=0), "^The 'hidden_size' parameter of LSTMRegressor"),
        (Ridge(-1.0), "^The 'alpha' parameter of Ridge must be a float in the range"),
        (
            LSTMRegressor(target_feature=3),
            "^target_feature=3 is not a feature of X, which has 1 features a step; "
            r"use 0\.$",
        ),
    ],
)
def test_parameters_of_the_regressor_are_checked_by_itself(regressor, sentence):
    with pytest.raises(ValueError, match=sentence):
        recurrent(regressor=regressor).fit(Y, fh=FH)
