"""Bad parameters of echo state networks: one sentence for each, before fitting."""

import numpy as np
import pytest
from esn_bad_input import (
    FRAME,
    LONG,
    X,
    choose,
    clone_of,
    fit,
    fitted_networks,
    never_fit,
    y,
)
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_rnn import ESNRegressor, ESNRegressorCV
from sklearn_rnn._reservoir import readout_rows


@pytest.fixture(scope="module")
def fitted():
    return fitted_networks()


def out_of_range(name, values, sentence, network=ESNRegressor):
    """Cases of a parameter whose values scikit-learn's constraints refuse."""
    return {
        f"{name}={value!r}": (
            lambda _, value=value: network(**{"n_reservoir": 5, name: value}).fit(X, y),
            InvalidParameterError,
            f"'{name}' parameter of {network.__name__} must be {sentence}. Got ",
        )
        for value in values
    }


# Fault -> (call, given fitted networks; class of the error; sentence).
CASES = {
    **out_of_range("n_reservoir", [0, -3, 2.5, "5"], r"an int in the range \[1, inf\)"),
    **out_of_range(
        "spectral_radius", [-0.1, np.inf, "1"], r"a float in .*\[0.0, inf\)"
    ),
    **out_of_range("leak_rate", [0, 1.5, -1], r"a float in the range \(0.0, 1.0\]"),
    **out_of_range("input_scaling", [-1, np.nan], r"a float in the range \[0.0, inf\)"),
    **out_of_range("bias_scaling", [-1, None], r"a float in the range \[0.0, inf\)"),
    **out_of_range("connectivity", [0, 1.1], r"a float in the range \(0.0, 1.0\]"),
    **out_of_range("nonlinearity", ["sigmoid", np.tanh], r"a str among \{.*\}"),
    **out_of_range("washout", [-1, 0.5], r"an int in the range \[0, inf\)"),
    **out_of_range("num_layers", [0], r"an int in the range \[1, inf\)"),
    **out_of_range("bidirectional", ["yes"], r"an instance of 'bool' .*"),
    **out_of_range("direct_input", [None], r"an instance of 'bool' .*"),
    **out_of_range("pooling", ["max", None], r"a str among \{.*\}"),
    **out_of_range("solver", ["svd"], r"a str among \{.*\}"),
    **out_of_range("loss", ["mse"], r"a str among \{.*\}"),
    **out_of_range("feedback_features", [3], "an array-like or None"),
    **out_of_range("return_sequences", ["last"], r"an instance of 'bool' .*"),
    **out_of_range("window_length", [0, 1.5], r"an int in .*\[1, inf\) or None"),
    **out_of_range("standardize", ["x"], r"an instance of 'bool' .*"),
    **out_of_range("random_state", ["x"], "an int in the range .*"),
    **out_of_range("alphas", [0.0, -1.0, "x"], "an array-like or a float in .*"),
    **out_of_range("scoring", ["r2", None], r"a str among \{.*\}", ESNRegressorCV),
    **out_of_range("spectral_radii", [-1.0], "an array-like or .*", ESNRegressorCV),
    "an alpha that is zero": (
        lambda _: fit(alphas=(1e-3, 0.0)),
        ValueError,
        r"^alphas=\(0.001, 0.0\) must be one or more finite numbers above 0\.$",
    ),
    "no alpha": (
        lambda _: fit(alphas=[]),
        ValueError,
        r"^alphas=\[\] must be one or more finite numbers above 0\.$",
    ),
    "alphas that are words": (
        lambda _: fit(alphas=["a"]),
        ValueError,
        r"^alphas=\['a'\] must be one or more finite numbers above 0\.$",
    ),
    "an infinite alpha": (
        lambda _: choose(alphas=[np.inf]),
        ValueError,
        r"^alphas=\[inf\] must be one or more finite numbers above 0\.$",
    ),
    "alphas in a table": (
        lambda _: fit(alphas=[[1.0, 2.0]]),
        ValueError,
        r"^alphas=\[\[1.0, 2.0\]\] must be one or more finite numbers above 0\.$",
    ),
    "alphas of different lengths": (
        lambda _: fit(alphas=[[1.0], [1.0, 2.0]]),
        ValueError,
        r"^alphas=\[\[1.0\], \[1.0, 2.0\]\] must be one or more finite numbers above 0",
    ),
    "alphas that are truth values": (
        lambda _: fit(alphas=[True]),
        ValueError,
        r"^alphas=\[True\] must be one or more finite numbers above 0\.$",
    ),
    "an alpha that is NaN": (
        lambda _: fit(alphas=[1.0, np.nan]),
        ValueError,
        r"^alphas=\[1.0, nan\] must be one or more finite numbers above 0\.$",
    ),
    "alphas that are gone when sequences are added": (
        lambda given: clone_of(given.last, alphas=[]).partial_fit(X, y),
        ValueError,
        r"^alphas=\[\] must be one or more finite numbers above 0\.$",
    ),
    "a loss without a closed form": (
        lambda _: fit(loss="huber"),
        ValueError,
        "^loss='huber' has no closed form: it needs solver='adam', got solver='ridge'",
    ),
    "spectral radii below zero": (
        lambda _: choose(spectral_radii=(0.5, -0.5)),
        ValueError,
        r"^spectral_radii=\(0.5, -0.5\) must be one or more numbers in \[0, inf\)\.$",
    ),
    "spectral radii of different lengths": (
        lambda _: choose(spectral_radii=[[1.0], [1.0, 2.0]]),
        ValueError,
        r"^spectral_radii=\[\[1.0\], \[1.0, 2.0\]\] must be one or more numbers in \[",
    ),
    "a spectral radius that is NaN": (
        lambda _: choose(spectral_radii=[0.5, np.nan]),
        ValueError,
        r"^spectral_radii=\[0.5, nan\] must be one or more numbers in \[0, inf\)\.$",
    ),
    "an infinite spectral radius": (
        lambda _: choose(spectral_radii=[np.inf]),
        ValueError,
        r"^spectral_radii=\[inf\] must be one or more numbers in \[0, inf\)\.$",
    ),
    "leak rates in words": (
        lambda _: choose(leak_rates=["slow"]),
        ValueError,
        r"^leak_rates=\['slow'\] must be one or more numbers in \(0, 1\]\.$",
    ),
    "input scalings in a table": (
        lambda _: choose(input_scalings=[[0.1]]),
        ValueError,
        r"^input_scalings=\[\[0.1\]\] must be one or more numbers in \[0, inf\)\.$",
    ),
    "input scalings below zero": (
        lambda _: choose(input_scalings=(0.1, -0.1)),
        ValueError,
        r"^input_scalings=\(0.1, -0.1\) must be one or more numbers in \[0, inf\)\.$",
    ),
    "a single spectral radius where several are tried": (
        lambda _: ESNRegressorCV(spectral_radius=0.9),
        TypeError,
        "unexpected keyword argument 'spectral_radius'",
    ),
    "a misspelt parameter": (
        lambda _: ESNRegressor(n_units=5),
        TypeError,
        "unexpected keyword argument 'n_units'",
    ),
    "a misspelt parameter, set later": (
        lambda _: ESNRegressor().set_params(units=5),
        ValueError,
        r"Invalid parameter 'units' .* Valid parameters are: \['alphas',",
    ),
    "a bad parameter, first seen when sequences are added": (
        lambda _: ESNRegressor(0).partial_fit(X, y),
        InvalidParameterError,
        r"'n_reservoir' parameter of ESNRegressor must be an int in the range \[1, inf",
    ),
    "leak rates that never change": (
        lambda _: choose(leak_rates=(0.0, 0.5)),
        ValueError,
        r"^leak_rates=\(0.0, 0.5\) must be one or more numbers in \(0, 1\]\.$",
    ),
    "leak rates above one": (
        lambda _: choose(leak_rates=[1.5]),
        ValueError,
        r"^leak_rates=\[1.5\] must be one or more numbers in \(0, 1\]\.$",
    ),
    "no input scaling": (
        lambda _: choose(input_scalings=[]),
        ValueError,
        r"^input_scalings=\[\] must be one or more numbers in \[0, inf\)\.$",
    ),
    "free runs of a network without targets of steps": (
        lambda _: choose(scoring="free_run"),
        ValueError,
        "^scoring='free_run' needs return_sequences=True, got return_sequences=False",
    ),
    "free runs over too short a series": (
        lambda _: choose(
            LONG[:, :104], LONG[:, 1:105], scoring="free_run", return_sequences=True
        ),
        ValueError,
        "^X has a sequence of 104 steps, of which scoring='free_run' holds out the "
        "last 10; at least 100 must go before them",
    ),
    "free runs without an output for each feature": (
        lambda _: choose(
            LONG, LONG[:, :, 0], scoring="free_run", return_sequences=True
        ),
        ValueError,
        "^A free run needs an output for every feature of X: y has 1 outputs, and X 2 "
        "features",
    ),
    "free runs in both directions": (
        lambda _: choose(
            LONG[:, :-1],
            LONG[:, 1:],
            scoring="free_run",
            return_sequences=True,
            bidirectional=True,
        ),
        ValueError,
        "^A network with bidirectional=True cannot run on its own predictions: its sta",
    ),
    "free runs after a washout of almost all steps": (
        lambda _: choose(
            LONG[:, :-1],
            LONG[:, 1:],
            scoring="free_run",
            return_sequences=True,
            washout=140,
        ),
        ValueError,
        "^X has a sequence of 149 steps, of which scoring='free_run' holds out the "
        r"last 15; at least 141 must go before them\.$",
    ),
    "feedback of too many outputs": (
        lambda _: fit(feedback_features=[0, 1]),
        ValueError,
        r"^feedback_features=\[0, 1\] names 2 features; y has 1 outputs, each of which",
    ),
    "feedback into a feature that is not there": (
        lambda _: fit(feedback_features=[2]),
        ValueError,
        "^feedback_features holds 2, which is not a feature of X, which has 2 features",
    ),
    "feedback into a feature below the first": (
        lambda _: fit(feedback_features=[-1]),
        ValueError,
        "^feedback_features holds -1, which is not a feature of X, which has 2",
    ),
    "feedback into one feature twice": (
        lambda _: fit(targets=np.column_stack([y, y]), feedback_features=[1, 1]),
        ValueError,
        r"^feedback_features=\[1, 1\] names a feature twice\.$",
    ),
    "feedback into half a feature": (
        lambda _: fit(feedback_features=[0.5]),
        TypeError,
        "^feedback_features holds 0.5; each must be a feature's number or name",
    ),
    "feedback into a name where there are none": (
        lambda _: fit(feedback_features=["close"]),
        ValueError,
        "^feedback_features holds 'close', which is not a feature of X; use its number",
    ),
    "feedback into a truth value": (
        lambda _: fit(feedback_features=[True]),
        TypeError,
        "^feedback_features holds True; each must be a feature's number or name",
    ),
    "feedback into no feature": (
        lambda _: fit(feedback_features=[]),
        ValueError,
        r"^feedback_features=\[\] names 0 features; y has 1 outputs, each of which",
    ),
    "feedback into a past step": (
        lambda _: fit(FRAME, window_length=4, feedback_features=["a"]),
        ValueError,
        r"^feedback_features holds 'a', which is not a feature of X; use one of \['g'",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_an_error_that_says_what_is_wrong_before_fitting_starts(
    name, fitted, monkeypatch
):
    monkeypatch.setattr(readout_rows, "fit_ridge_paths", never_fit)
    call, error, sentence = CASES[name]
    with pytest.raises(error, match=sentence):
        call(fitted)


def test_good_input_would_have_been_fitted(monkeypatch):
    monkeypatch.setattr(readout_rows, "fit_ridge_paths", never_fit)
    with pytest.raises(AssertionError, match=r"Fitting started\."):
        fit()
