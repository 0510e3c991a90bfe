"""Bad input: the right class of error, and a sentence that names the mistake."""

import numpy as np
import pytest
import scipy.sparse
from bad_input import (
    FINITE,
    FLAT,
    FLAT_FRAME,
    LAGS,
    SEQUENCE,
    X,
    fit,
    make_fitted,
    never_train,
    put,
    y,
)
from sklearn.exceptions import NotFittedError

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
)
from sklearn_rnn._recurrent.net import RecurrentNet


@pytest.fixture(scope="module")
def fitted():
    return make_fitted()


# Bad call -> (call, given fitted estimators; class of the error; sentence).
CASES = {
    # ------------------------------------------------------------ regressors: sequences
    "one sequence without its rows": (
        lambda _: fit(y),
        ValueError,
        "Expected 2D array, got 1D array instead",
    ),
    "an axis too many": (
        lambda _: fit(X[np.newaxis], cell=LSTMRegressor),
        ValueError,
        r"4D|dim 4, while dim <= 3",
    ),
    "nothing for sequences": (
        lambda _: fit(None, cell=RNNRegressor),
        ValueError,
        "^X is None; it must be an array, a DataFrame or a list of numbers",
    ),
    "a word for sequences": (
        lambda _: fit("sequences"),
        ValueError,
        "could not convert string to float: 'sequences'",
    ),
    "words in 3-D": (
        lambda _: fit(np.full((20, 4, 2), "a")),
        ValueError,
        "could not convert string to float: .*'a'",
    ),
    "objects in 3-D": (
        lambda _: fit(np.full((20, 4, 2), {}, dtype=object)),
        TypeError,
        "must be a string or a number, not a dict",
    ),
    "complex flat sequences": (
        lambda _: fit(FLAT + 1j),
        ValueError,
        "Complex data not supported",
    ),
    "complex sequences": (
        lambda _: fit(X + 1j, cell=LSTMRegressor),
        ValueError,
        "Complex data not supported",
    ),
    "sparse sequences": (
        lambda _: fit(scipy.sparse.csr_array(FLAT)),
        TypeError,
        "Sparse data was passed for X, but dense data is required",
    ),
    "no flat sequence": (
        lambda _: fit(FLAT[:0], y[:0]),
        ValueError,
        r"0 sample\(s\) \(shape=\(0, 8\)\) while a minimum of 2 is required",
    ),
    "no sequence": (
        lambda _: fit(X[:0], y[:0], cell=LSTMRegressor),
        ValueError,
        r"0 sample\(s\) \(shape=\(0, 4, 2\)\) while a minimum of 2 is required",
    ),
    "an empty list": (
        lambda _: fit([], y[:0]),
        ValueError,
        "Expected 2D array, got 1D array instead",
    ),
    "one flat sequence": (
        lambda _: fit(FLAT[:1], y[:1]),
        ValueError,
        r"1 sample\(s\) \(shape=\(1, 8\)\) while a minimum of 2 is required",
    ),
    "one sequence": (
        lambda _: fit(X[:1], y[:1], cell=RNNRegressor),
        ValueError,
        r"1 sample\(s\) \(shape=\(1, 4, 2\)\) while a minimum of 2 is required",
    ),
    "a list of one sequence": (
        lambda _: fit([X[0]], y[:1]),
        ValueError,
        r"1 sample\(s\) \(a list of sequences\) while a minimum of 2 is required",
    ),
    "sequences without a step": (
        lambda _: fit(X[:, :0]),
        ValueError,
        r"^X has shape \(20, 0, 2\); \(n_samples, n_steps, n_features\) needs at least",
    ),
    "sequences without a feature": (
        lambda _: fit(X[:, :, :0]),
        ValueError,
        r"^X has shape \(20, 4, 0\); \(n_samples, n_steps, n_features\) needs at least",
    ),
    "flat sequences without a column": (
        lambda _: fit(FLAT[:, :0]),
        ValueError,
        r"0 feature\(s\) \(shape=\(20, 0\)\) while a minimum of 1 is required",
    ),
    "NaN in columns that are steps": (
        lambda _: fit(put(FLAT, (3, 0), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 3, column 0; {FINITE}",
    ),
    "NaN inside a flat window": (
        lambda _: fit(put(FLAT, (3, 5), np.nan), window_length=4),
        ValueError,
        f"^Input X contains NaN at row 3, column 5; {FINITE}",
    ),
    "NaN inside a sequence": (
        lambda _: fit(put(X, (3, 2), np.nan), cell=LSTMRegressor),
        ValueError,
        f"^Input X contains NaN at row 3, step 2, column 0; {FINITE}",
    ),
    "half of a leading step": (
        lambda _: fit(put(X, (3, 0, 1), np.nan), cell=RNNRegressor),
        ValueError,
        f"^Input X contains NaN at row 3, step 0, column 1; {FINITE}",
    ),
    "an infinity in columns that are steps": (
        lambda _: fit(put(FLAT, (3, 0), np.inf)),
        ValueError,
        f"^Input X contains infinity at row 3, column 0; {FINITE}",
    ),
    "an infinity inside a flat window": (
        lambda _: fit(put(FLAT, (0, 7), np.inf), window_length=4),
        ValueError,
        f"^Input X contains infinity at row 0, column 7; {FINITE}",
    ),
    "an infinity in a leading step": (
        lambda _: fit(put(X, (19, 0), -np.inf), cell=LSTMRegressor),
        ValueError,
        f"^Input X contains infinity at row 19, step 0, column 0; {FINITE}",
    ),
    "a sequence of NaN alone": (
        lambda _: fit(put(X, 3, np.nan)),
        ValueError,
        "^Row 3 of X has no step: all of its values are NaN. A sequence needs at least",
    ),
    "a flat sequence of NaN alone": (
        lambda _: fit(put(FLAT, 3, np.nan), window_length=4),
        ValueError,
        "^Row 3 of X has no step: all of its values are NaN. A sequence needs at least",
    ),
    "numbers too large to square": (
        lambda _: fit(1e200 * X),
        ValueError,
        r"\bX\b.* large",
    ),
    "a window that does not divide the columns": (
        lambda _: fit(FLAT, window_length=3),
        ValueError,
        "^X has 8 columns, which window_length=3 does not divide: a row must hold",
    ),
    "a window longer than the row": (
        lambda _: fit(FLAT, window_length=9, cell=RNNRegressor),
        ValueError,
        "^X has 8 columns, which window_length=9 does not divide: a row must hold",
    ),
    # --------------------------------------------------------- regressors: ragged lists
    "NaN in a list": (
        lambda _: fit([*put(X, (3, 2, 1), np.nan)]),
        ValueError,
        f"^Input X contains NaN at row 3, step 2, column 1; {FINITE}",
    ),
    "an absent step in a list": (
        lambda _: fit([*put(X, (3, 0), np.nan)]),
        ValueError,
        f"^Input X contains NaN at row 3, step 0, column 0; {FINITE}",
    ),
    "a sequence without a step in a list": (
        lambda _: fit([*X[:19], X[0, :0]]),
        ValueError,
        r"^X\[19\] has no step; a sequence needs at least one",
    ),
    "a sequence of other features in a list": (
        lambda _: fit([*X[:19], X[0, :, :1]], cell=LSTMRegressor),
        ValueError,
        r"^X\[19\] has 1 features, but X\[0\] has 2: all sequences need the same",
    ),
    "a sequence of no feature in a list": (
        lambda _: fit([*X[:19], X[0, :, :0]]),
        ValueError,
        rf"^X\[19\] has shape \(4, 0\); {SEQUENCE}",
    ),
    "sequences of sequences in a list": (
        lambda _: fit([*X[:19], X[:1]]),
        ValueError,
        rf"^X\[19\] has shape \(1, 4, 2\); {SEQUENCE}",
    ),
    "a word in a list": (
        lambda _: fit([*X[:19], np.array(["a"])]),
        ValueError,
        r"^X\[19\] cannot be read as an array of numbers of shape \(n_steps, n_feature",
    ),
    "a complex sequence in a list": (
        lambda _: fit([*X[:19], X[0] + 1j]),
        ValueError,
        r"^X\[19\] cannot be read as an array of numbers .* Complex data not supported",
    ),
    "nothing in a list": (
        lambda _: fit([*X[:19], None]),
        ValueError,
        r"^X\[19\] is None; .* \(n_steps, n_features\) or \(n_steps,\)",
    ),
    # -------------------------------------------------------------- regressors: targets
    "no target at all": (
        lambda _: GRURegressor().fit(X),
        TypeError,
        "missing 1 required positional argument: 'y'",
    ),
    "None for targets": (
        lambda _: fit(X, None),
        ValueError,
        "^GRURegressor requires y to be passed, but the target y is None",
    ),
    "a target too few": (
        lambda _: fit(X, y[:-1]),
        ValueError,
        r"inconsistent numbers of samples: \[20, 19\]",
    ),
    "a target too many": (
        lambda _: fit(FLAT, [*y, 0.0], cell=LSTMRegressor),
        ValueError,
        r"inconsistent numbers of samples: \[20, 21\]",
    ),
    "NaN among the targets": (
        lambda _: fit(X, put(y, 19, np.nan)),
        ValueError,
        "^Input y contains NaN",
    ),
    "an infinity among the targets": (
        lambda _: fit(X, put(y, 3, np.inf)),
        ValueError,
        "^Input y contains infinity",
    ),
    "targets too large to square": (
        lambda _: fit(X, 1e200 * y),
        ValueError,
        r"\by\b.* large",
    ),
    "words for targets": (
        lambda _: fit(X, ["up"] * 20),
        ValueError,
        "could not convert string to float: 'up'",
    ),
    "objects for targets": (
        lambda _: fit(X, np.full(20, {}, dtype=object)),
        TypeError,
        "must be a string or a number, not a dict",
    ),
    "complex targets": (
        lambda _: fit(X, y + 1j),
        ValueError,
        "Complex data not supported",
    ),
    "sparse targets": (
        lambda _: fit(X, scipy.sparse.csr_array(y[:, np.newaxis])),
        TypeError,
        "Sparse data was passed for y, but dense data is required",
    ),
    "a number for targets": (
        lambda _: fit(X, 1.0),
        ValueError,
        r"^y has shape \(\); it must be \(n_samples,\) or \(n_samples, n_outputs\)",
    ),
    "targets in 3-D": (
        lambda _: fit(X, X),
        ValueError,
        r"array with dim 3\b.*<= 2",
    ),
    "targets without a column": (
        lambda _: fit(X, np.empty((20, 0))),
        ValueError,
        r"0 feature\(s\) \(shape=\(20, 0\)\) while a minimum of 1 is required",
    ),
    # ---------------------------------------------------------- regressors: once fitted
    "predictions before fit": (
        lambda _: GRURegressor().predict(X),
        NotFittedError,
        "This GRURegressor instance is not fitted yet",
    ),
    "a score before fit": (
        lambda _: LSTMRegressor().score(X, y),
        NotFittedError,
        "This LSTMRegressor instance is not fitted yet",
    ),
    "the module before fit": (
        lambda _: RNNRegressor().module_,
        NotFittedError,
        "This RNNRegressor instance is not fitted yet",
    ),
    "fewer columns to predict": (
        lambda given: given.flat.predict(FLAT[:, :6]),
        ValueError,
        "X has 6 features, but RNNRegressor is expecting 8 features",
    ),
    "fewer features to predict": (
        lambda given: given.net.predict(X[:, :, :1]),
        ValueError,
        "^X has 1 features, but GRURegressor is expecting 2 features",
    ),
    "more features to predict": (
        lambda given: given.long.predict(np.zeros((3, 4, 3))),
        ValueError,
        "^X has 3 features, but LSTMRegressor is expecting 2 features",
    ),
    "fewer features to predict in a list": (
        lambda given: given.net.predict([*X[:, :, :1]]),
        ValueError,
        "^X has 1 features, but GRURegressor is expecting 2 features",
    ),
    "columns as steps, where steps had two features": (
        lambda given: given.long.predict(FLAT[:, :2]),
        ValueError,
        "^X has 1 features a step, but LSTMRegressor was fitted on 2 features a step",
    ),
    "NaN to predict from": (
        lambda given: given.net.predict(put(X, (3, 2, 1), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 3, step 2, column 1; {FINITE}",
    ),
    "an infinity to predict from": (
        lambda given: given.flat.predict(put(FLAT, (3, 2), np.inf)),
        ValueError,
        f"^Input X contains infinity at row 3, column 2; {FINITE}",
    ),
    "no sequence to predict": (
        lambda given: given.net.predict(X[:0]),
        ValueError,
        r"0 sample\(s\) \(shape=\(0, 4, 2\)\) while a minimum of 1 is required",
    ),
    "an empty list to predict": (
        lambda given: given.net.predict([]),
        ValueError,
        "Expected 2D array, got 1D array instead",
    ),
    "columns in another order to predict": (
        lambda given: given.named.predict(FLAT_FRAME[LAGS[::-1]]),
        ValueError,
        "feature names should match those that were passed during fit",
    ),
    "a score of too few targets": (
        lambda given: given.net.score(X, y[:3]),
        ValueError,
        r"inconsistent numbers of samples: \[3, 20\]",
    ),
    "more training on other features": (
        lambda given: given.net.partial_fit(X[:, :, :1], y),
        ValueError,
        "^X has 1 features, but GRURegressor is expecting 2 features",
    ),
    "more training on too few targets": (
        lambda given: given.net.partial_fit(X, y[:3]),
        ValueError,
        r"inconsistent numbers of samples: \[20, 3\]",
    ),
    "more training on targets of another shape": (
        lambda given: given.net.partial_fit(X, y[:, np.newaxis]),
        ValueError,
        r"^y has shape \(20, 1\), but fit saw y of \(n_samples,\)",
    ),
    "more training on other outputs": (
        lambda given: given.two.partial_fit(X, y[:, np.newaxis]),
        ValueError,
        "^y has 1 outputs, but fit saw 2",
    ),
    "a warm start on other features": (
        lambda given: given.warm.fit(X[:, :, :1], y),
        ValueError,
        "^X has 1 features, but GRURegressor is expecting 2 features",
    ),
    "a warm start on targets of another shape": (
        lambda given: given.warm.fit(X, y[:, np.newaxis]),
        ValueError,
        r"^y has shape \(20, 1\), but fit saw y of \(n_samples,\)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_an_error_that_says_what_is_wrong_before_training_starts(
    name, fitted, monkeypatch
):
    monkeypatch.setattr(RecurrentNet, "fit_loop", never_train)
    call, error, sentence = CASES[name]
    with pytest.raises(error, match=sentence):
        call(fitted)


def test_good_input_would_have_trained(monkeypatch):
    monkeypatch.setattr(RecurrentNet, "fit_loop", never_train)
    with pytest.raises(AssertionError, match=r"Training started\."):
        fit(X)
