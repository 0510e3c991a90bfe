"""Bad input to a direct forecaster: the right class of error, and a clear sentence."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from sklearn_rnn import LSTMRegressor

pytest.importorskip("sktime")

from bad_forecasts import (
    FH,
    LOGARITHMS,
    MISSING,
    TWO,
    X,
    Y,
    at,
    check_case,
    panel,
    put,
    recurrent,
)

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
            ("center", "maybe", ValueError, "^center='maybe' is not one of "),
            ("center", None, ValueError, "^center=None is not one of "),
            ("seasonal_base", "no", ValueError, f"^seasonal_base='no'{FLAG}"),
            ("refit", 1, ValueError, r"^refit=1 is not one of \[True, False\]\.$"),
            ("refit", "auto", ValueError, "^refit='auto' is not one of "),
            ("max_fit_time", 0, ValueError, "^max_fit_time must be a positive, finite"),
            ("max_fit_time", "1", TypeError, "^max_fit_time must be a positive, fin"),
            ("scale", "no", ValueError, "^scale='no' is not one of "),
            ("scale", True, ValueError, "^scale=True is not one of "),
            ("ensemble", "no", ValueError, "^ensemble='no' is not one of "),
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


@pytest.mark.parametrize("name", RECURRENT)
@pytest.mark.usefixtures("never_fitted")
def test_bad_input_is_an_error_that_says_what_is_wrong_before_fitting_starts(
    name, all_fitted
):
    check_case(recurrent, RECURRENT[name], all_fitted)


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
