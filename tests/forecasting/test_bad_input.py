"""Bad input to any forecaster: the right class of error, and a clear sentence."""

from copy import deepcopy

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sktime")

from bad_forecasts import (
    CATEGORIES,
    FH,
    FINITE,
    FORMAT,
    GAP,
    INDICES,
    IRREGULAR,
    LOG,
    LOGARITHMS,
    MISSING,
    NAN,
    NEXT,
    NEXT_TWO,
    TWO,
    X,
    Y,
    check_case,
    dates,
    echo_state,
    months,
    panel,
    put,
    recurrent,
    waves,
)
from sktime.exceptions import NotFittedError

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
        "^The times of y have a gap between 2001-05-01 00:00:00 and 2001-07-01 00:00:00"
        + GAP,
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
        "^The times of y have a gap between 2007-08-01 00:00:00 and 2007-11-01 00:00:00"
        + GAP,
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


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("make", [recurrent, echo_state])
@pytest.mark.usefixtures("never_fitted")
def test_bad_input_is_an_error_that_says_what_is_wrong_before_fitting_starts(
    make, name, all_fitted
):
    check_case(make, SHARED[name], all_fitted)


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
