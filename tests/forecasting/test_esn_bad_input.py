"""Bad input to an ESNForecaster: the right class of error, and a clear sentence."""

import pytest

from sklearn_rnn import ESNRegressor

pytest.importorskip("sktime")

from bad_forecasts import X, Y, check_case, echo_state, panel

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


@pytest.mark.parametrize("name", ECHO_STATE)
@pytest.mark.usefixtures("never_fitted")
def test_bad_input_is_an_error_that_says_what_is_wrong_before_fitting_starts(
    name, all_fitted
):
    check_case(echo_state, ECHO_STATE[name], all_fitted)
