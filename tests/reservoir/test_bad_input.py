"""Bad sequences, targets and weights of echo state networks: one sentence for each."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from esn_bad_input import (
    EITHER,
    FINITE,
    FLAT,
    LISTED,
    LONG,
    X,
    fit,
    fit_steps,
    fitted_networks,
    never_fit,
    put,
    y,
)
from sklearn.exceptions import NotFittedError

from sklearn_rnn import ESNRegressor, ESNRegressorCV
from sklearn_rnn._reservoir import readout_rows


@pytest.fixture(scope="module")
def fitted():
    return fitted_networks()


# Fault -> (call, given fitted networks; class of the error; sentence).
CASES = {
    # ---------------------------------------------------------------------------- X, y
    "no target": (
        lambda _: fit(targets=None),
        ValueError,
        "^ESNRegressor requires y to be passed, but the target y is None",
    ),
    "one sequence, one target": (
        lambda _: fit(X[:1], y[:1]),
        ValueError,
        r"Found array with 1 sample\(s\) .* while a minimum of 2 is required",
    ),
    "NaN inside a sequence": (
        lambda _: fit(put(X, (3, 2, 1), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 3, step 2, column 1; {FINITE}",
    ),
    "an infinity": (
        lambda _: fit(put(X, (3, 0, 1), np.inf)),
        ValueError,
        f"^Input X contains infinity at row 3, step 0, column 1; {FINITE}",
    ),
    "a value too large for its square": (
        lambda _: fit(put(X, (3, 0, 1), 1e200)),
        ValueError,
        "^X holds 1e\\+200 at row 3, .*, too large to be scaled",
    ),
    "NaN among the targets": (
        lambda _: fit(targets=put(y, 3, np.nan)),
        ValueError,
        "Input y contains NaN",
    ),
    "too few targets": (
        lambda _: fit(targets=y[:5]),
        ValueError,
        r"inconsistent numbers of samples: \[20, 5\]",
    ),
    "targets of steps that are not asked for": (
        lambda _: fit(targets=X),
        ValueError,
        "Found array with dim 3",
    ),
    "sparse sequences": (
        lambda _: fit(scipy.sparse.csr_array(FLAT)),
        TypeError,
        "Sparse data was passed",
    ),
    "columns that are no whole steps": (
        lambda _: fit(FLAT, window_length=3),
        ValueError,
        "^X has 8 columns, which window_length=3 does not divide",
    ),
    "a sequence no longer than the washout": (
        lambda _: fit(washout=4),
        ValueError,
        r"^X has a sequence of 4 steps \(row 0\), and needs at least 5: washout=4 "
        r"leaves none otherwise\.$",
    ),
    "a short sequence among long ones": (
        lambda _: fit([X[0], X[1, 2:]], y[:2], washout=2),
        ValueError,
        r"^X has a sequence of 2 steps \(row 1\), and needs at least 3: washout=2",
    ),
    "one target a sequence where steps have theirs": (
        lambda _: fit_steps(targets=y),
        ValueError,
        r"^y has shape \(20,\); with return_sequences=True it must be .*" + EITHER,
    ),
    "targets of too few steps": (
        lambda _: fit_steps(targets=X[:, :3, 0]),
        ValueError,
        r"^y has shape \(20, 3\); with return_sequences=True it must be .*" + EITHER,
    ),
    "targets of too many axes": (
        lambda _: fit_steps(targets=X[..., np.newaxis]),
        ValueError,
        r"^y has shape \(20, 4, 2, 1\); with return_sequences=True .*" + EITHER,
    ),
    "targets of no output": (
        lambda _: fit_steps(targets=X[:, :, :0]),
        ValueError,
        r"^y has shape \(20, 4, 0\); with return_sequences=True .*" + EITHER,
    ),
    "NaN among the targets of steps": (
        lambda _: fit_steps(targets=put(X, (3, 2, 1), np.nan)),
        ValueError,
        f"^Input y contains NaN at row 3, step 2, output 1; {FINITE}",
    ),
    "one array of targets for a list of sequences": (
        lambda _: fit_steps(LISTED, LONG[:1, :, 0]),
        ValueError,
        "^X is a list of 2 sequences; with return_sequences=True y must be a list of "
        "as many arrays, got 1",
    ),
    "a number for targets of a list": (
        lambda _: fit_steps(LISTED, 3.0),
        ValueError,
        "^X is a list of 2 sequences; with return_sequences=True y must be .* got 3.0",
    ),
    "targets of another length than their sequence": (
        lambda _: fit_steps(LISTED, [LONG[0, :, 0], LONG[1, :, 0]]),
        ValueError,
        r"^y\[1\] has shape \(150,\); X\[1\] has 120 steps, so it must be \(120,\) or ",
    ),
    "targets of different outputs": (
        lambda _: fit_steps(LISTED, [LONG[0, :, 0], LONG[1, 30:]]),
        ValueError,
        r"^y\[1\] has shape \(120, 2\), but y\[0\] \(150,\): all need the same outputs",
    ),
    "a word among the targets of a list": (
        lambda _: fit_steps(LISTED, [LONG[0, :, 0], ["up"] * 120]),
        ValueError,
        r"^y\[1\] cannot be read as an array of numbers of shape \(n_steps,\) .*'up'",
    ),
    "complex targets of a list": (
        lambda _: fit_steps(LISTED, [LONG[0, :, 0], LONG[1, 30:, 0] + 1j]),
        ValueError,
        r"^y\[1\] cannot be read as an array of numbers .* Complex data not supported",
    ),
    "targets of a list with different outputs at its steps": (
        lambda _: fit_steps(LISTED, [LONG[0], [[0.0]] * 119 + [[0.0, 1.0]]]),
        ValueError,
        r"^y\[1\] cannot be read as an array of numbers of shape \(n_steps,\) or ",
    ),
    "nothing among the targets of a list": (
        lambda _: fit_steps(LISTED, [LONG[0], None]),
        ValueError,
        r"^y\[1\] is None; it must be .* \(n_steps,\) or \(n_steps, n_outputs\)",
    ),
    "targets of a list with an axis too many": (
        lambda _: fit_steps(LISTED, [LONG[0, ..., None], LONG[1, 30:, ..., None]]),
        ValueError,
        r"^y\[0\] has shape \(150, 2, 1\); X\[0\] has 150 steps, so it must",
    ),
    "NaN among the targets of a list": (
        lambda _: fit_steps(LISTED, [LONG[0], put(LONG[1, 30:], (0, 1), np.nan)]),
        ValueError,
        f"^Input y contains NaN at row 1, step 30, output 1; {FINITE}",
    ),
    "words for targets of steps": (
        lambda _: fit_steps(targets=np.full((20, 4), "up")),
        ValueError,
        "could not convert string to float: .*'up'",
    ),
    "complex targets of steps": (
        lambda _: fit_steps(targets=X[:, :, 0] + 1j),
        ValueError,
        "Complex data not supported",
    ),
    "targets of steps too large to square": (
        lambda _: fit_steps(targets=1e200 * X),
        ValueError,
        "^y holds .*e\\+199 at row 0, step 0, .*, too large to be scaled",
    ),
    "a number for targets of steps": (
        lambda _: fit_steps(targets=1.0),
        ValueError,
        r"^y has shape \(\); with return_sequences=True it must be .*" + EITHER,
    ),
    # -------------------------------------------------------------------------- weights
    "weights below zero": (
        lambda _: fit(weights=put(np.ones(20), 3, -1.0)),
        ValueError,
        "Negative values in data passed to `?sample_weight",
    ),
    "weights that are all zero": (
        lambda _: fit(weights=np.zeros(20)),
        ValueError,  # scikit-learn's sentence, or with its older releases ours
        "at least one non-zero number|sample_weight is 0 for every sample",
    ),
    "weights in words": (
        lambda _: fit(weights=["much"] * 20),
        ValueError,
        "could not convert string to float: 'much'",
    ),
    "weights of steps": (
        lambda _: fit_steps(weights=np.ones((20, 4))),
        ValueError,
        "Sample weights must be 1D array or scalar",
    ),
    "an infinite weight": (
        lambda _: fit(weights=put(np.ones(20), 3, np.inf)),
        ValueError,
        "Input sample_weight contains infinity",
    ),
    "a weight too large to square": (
        lambda _: fit(weights=put(np.ones(20), 3, 1e200)),
        ValueError,
        r"^sample_weight holds 1e\+200 at row 3, too large to be scaled",
    ),
    "weights that are all zero when sequences are added": (
        lambda given: given.last.partial_fit(X, y, np.zeros(20)),
        ValueError,
        "at least one non-zero number|sample_weight is 0 for every sample",
    ),
    "too few weights": (
        lambda _: fit(weights=np.ones(3)),
        ValueError,
        r"sample_weight.shape == \(3,\), expected \(20,\)",
    ),
    "a weight that is NaN": (
        lambda _: fit(weights=put(np.ones(20), 3, np.nan)),
        ValueError,
        "Input sample_weight contains NaN",
    ),
    # ------------------------------------------------------------------ fitted networks
    "a prediction before fit": (
        lambda _: ESNRegressor().predict(X),
        NotFittedError,
        "This ESNRegressor instance is not fitted yet",
    ),
    "a free run before fit": (
        lambda _: ESNRegressorCV().free_run(LONG, 3),
        NotFittedError,
        "This ESNRegressorCV instance is not fitted yet",
    ),
    "a prediction from other features": (
        lambda given: given.last.predict(X[:, :, :1]),
        ValueError,
        "^X has 1 features, but ESNRegressor is expecting 2 features as input",
    ),
    "a prediction from other columns": (
        lambda given: given.flat.predict(FLAT[:, :4]),
        ValueError,
        "X has 4 features, but ESNRegressor is expecting 8 features as input",
    ),
    "a prediction from columns of other names": (
        lambda given: given.frame.predict(pd.DataFrame(FLAT, columns=list("hgfedcba"))),
        ValueError,
        "feature names should match those that were passed during fit",
    ),
    "a prediction from nothing": (
        lambda given: given.last.predict(X[:0]),
        ValueError,
        r"0 sample\(s\) .* while a minimum of 1 is required",
    ),
    "a mean over no step": (
        lambda given: given.mean.predict(X[:, :2]),
        ValueError,
        r"^X has a sequence of 2 steps \(row 0\), and needs at least 3: washout=2",
    ),
    "a score of too few targets": (
        lambda given: given.last.score(X, y[:3]),
        ValueError,
        r"inconsistent numbers of samples: \[3, 20\]",
    ),
    "a score of other steps": (
        lambda given: given.steps.score(X, X[:, :3, 0]),
        ValueError,
        r"^y has shape \(20, 3\); with return_sequences=True it must be .*" + EITHER,
    ),
    "a free run of no step": (
        lambda given: given.loop.free_run(LONG, 0),
        ValueError,
        r"^n_steps must be an integer of at least 1, got 0\.$",
    ),
    "a free run of half a step": (
        lambda given: given.loop.free_run(LONG, 0.5),
        TypeError,
        r"^n_steps must be an integer of at least 1, got 0.5\.$",
    ),
    "a free run after too few steps": (
        lambda given: given.loop.free_run(LONG[:, :99], 3),
        ValueError,
        r"^X has a sequence of 99 steps \(row 0\), and needs at least 100: free_run ",
    ),
    "a free run without an output for each feature": (
        lambda given: given.one_output.free_run(LONG, 3),
        ValueError,
        "^A free run needs an output for every feature of X: y has 1 outputs, and X 2",
    ),
    "a free run in both directions": (
        lambda given: given.both_ways.free_run(LONG, 3),
        ValueError,
        "^A network with bidirectional=True cannot run on its own predictions",
    ),
    "a free run on means": (
        lambda given: given.means.free_run(LONG, 3),
        ValueError,
        "^A network with pooling='mean' cannot run on its own predictions; fit it with",
    ),
    "a free run of a truth value of steps": (
        lambda given: given.loop.free_run(LONG, True),
        TypeError,
        r"^n_steps must be an integer of at least 1, got True\.$",
    ),
    "a free run of steps in words": (
        lambda given: given.loop.free_run(LONG, "3"),
        TypeError,
        r"^n_steps must be an integer of at least 1, got '3'\.$",
    ),
    "a free run after a short sequence in a list": (
        lambda given: given.loop.free_run([LONG[0], LONG[1, :50]], 3),
        ValueError,
        r"^X has a sequence of 50 steps \(row 1\), and needs at least 100: free_run ",
    ),
    "a free run after other features": (
        lambda given: given.loop.free_run(LONG[:, :, :1], 3),
        ValueError,
        "^X has 1 features, but ESNRegressor is expecting 2 features as input",
    ),
    "a free run after NaN": (
        lambda given: given.loop.free_run(put(LONG, (0, 7, 1), np.nan), 3),
        ValueError,
        f"^Input X contains NaN at row 0, step 7, column 1; {FINITE}",
    ),
    "a free run on last states and means": (
        lambda given: given.both.free_run(LONG, 3),
        ValueError,
        "^A network with pooling='both' cannot run on its own predictions; fit it with",
    ),
    "a prediction from NaN": (
        lambda given: given.last.predict(put(X, (3, 2, 1), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 3, step 2, column 1; {FINITE}",
    ),
    "a prediction from a sparse table": (
        lambda given: given.flat.predict(scipy.sparse.csr_array(FLAT)),
        TypeError,
        "Sparse data was passed for X, but dense data is required",
    ),
    "a prediction from one sequence without its row": (
        lambda given: given.flat.predict(FLAT[0]),
        ValueError,
        "Expected 2D array, got 1D array instead",
    ),
    "a score before fit": (
        lambda _: ESNRegressor().score(X, y),
        NotFittedError,
        "This ESNRegressor instance is not fitted yet",
    ),
    "a score of steps by too few weights": (
        lambda given: given.steps.score(X, X[:, :, 0], np.ones(3)),
        ValueError,
        r"sample_weight.shape == \(3,\), expected \(20,\)",
    ),
    "adding to a readout by gradient": (
        lambda _: ESNRegressor(solver="adam").partial_fit(X, y),
        AttributeError,
        "'ESNRegressor' has no attribute 'partial_fit'",
    ),
    "no more target": (
        lambda given: given.last.partial_fit(X, None),
        ValueError,
        "^ESNRegressor requires y to be passed, but the target y is None",
    ),
    "no more sequence": (
        lambda given: given.last.partial_fit(X[:0], y[:0]),
        ValueError,
        r"0 sample\(s\) .* while a minimum of 1 is required",
    ),
    "more sequences with other features": (
        lambda given: given.last.partial_fit(X[:, :, :1], y),
        ValueError,
        "^X has 1 features, but ESNRegressor is expecting 2 features as input",
    ),
    "more sequences with other outputs": (
        lambda given: given.last.partial_fit(X, np.column_stack([y, y])),
        ValueError,
        r"^y has shape \(20, 2\), but fit saw y of \(n_samples,\)",
    ),
    "more steps with other outputs": (
        lambda given: given.loop.partial_fit(LONG, LONG[:, :, :1]),
        ValueError,
        "^y has 1 outputs, but fit saw 2",
    ),
    "more steps with targets of another shape": (
        lambda given: given.loop.partial_fit(LONG, LONG[:, :, 0]),
        ValueError,
        r"^y has shape \(2, 150\), but fit saw y of \(n_samples, n_steps, n_outputs\)",
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
