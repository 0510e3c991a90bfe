"""Bad input: the right class of error, and a sentence that says what and why."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import InvalidParameterError
from skorch.callbacks import EarlyStopping

from sklearn_rnn import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
    SlidingWindowTransformer,
    make_windows,
)
from sklearn_rnn._recurrent.net import RecurrentNet

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(20, 2))
FRAME = pd.DataFrame(ROWS, columns=["open", "close"])
DAYS = pd.date_range("2024-01-01", periods=20)
X = RNG.normal(size=(20, 4, 2))
FLAT = X.reshape(20, 8)
LAGS = [f"{name}_lag{lag}" for lag in (3, 2, 1, 0) for name in ("open", "close")]
FLAT_FRAME = pd.DataFrame(FLAT, columns=LAGS)
y = RNG.normal(size=20)

INCREASING = "must be increasing numbers between 0 and 1, ends excluded"
TWO_FEATURES = "is not a feature of X, which has 2 features a step; use 0 to 1"
LATEST = r"is not a feature of X; use one of \['open_lag0', 'close_lag0'\]"
SEQUENCE = r"each sequence of a list is \(n_steps, n_features\) or \(n_steps,\)"
FINITE = r"all values must be finite numbers \(impute or drop what is missing\)\.$"


def put(array, at, value):
    array = array.copy()
    array[at] = value
    return array


def fit(inputs, targets=y, cell=GRURegressor, **params):
    return cell(**params).fit(inputs, targets)


def window(rows, window_length=3, **params):
    return SlidingWindowTransformer(window_length, **params).fit(rows)


def one_of(*words):
    """Match a set of words in any order, as scikit-learn prints it."""
    return r"a str among \{" + ", ".join(["'(?:" + "|".join(words) + ")'"] * len(words))


@pytest.fixture(scope="module")
def fitted():
    options = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
    return SimpleNamespace(
        window=window(ROWS),
        dated=window(FRAME.set_axis(DAYS)),
        net=GRURegressor(**options).fit(X, y),
        long=LSTMRegressor(**options, linear_skip=None).fit(X, y),
        flat=RNNRegressor(**options, window_length=4).fit(FLAT, y),
        named=GRURegressor(**options, window_length=4).fit(FLAT_FRAME, y),
        warm=GRURegressor(**options, warm_start=True).fit(X, y),
        two=GRURegressor(**options).fit(X, np.column_stack([y, y])),
    )


# What is done wrong -> (call, given fitted estimators; class of the error; sentence).
CASES = {
    # --------------------------------------------- SlidingWindowTransformer: parameters
    "a window of no row": (
        lambda _: window(ROWS, 0),
        InvalidParameterError,
        r"'window_length' .* an int in the range \[1, inf\). Got 0 instead",
    ),
    "a window of less than no row": (
        lambda _: window(ROWS, -1),
        InvalidParameterError,
        r"'window_length' .* an int in the range \[1, inf\). Got -1 instead",
    ),
    "a window of half a row": (
        lambda _: window(ROWS, 2.5),
        InvalidParameterError,
        r"'window_length' .* an int in the range \[1, inf\). Got 2.5 instead",
    ),
    "a window in words": (
        lambda _: window(ROWS, "3"),
        InvalidParameterError,
        r"'window_length' .* an int in the range \[1, inf\). Got '3' instead",
    ),
    "a padding that is misspelt": (
        lambda _: window(ROWS, padding="edgy"),
        InvalidParameterError,
        "'padding' .*" + one_of("edge", "nan") + r"\} or a float .* Got 'edgy' instead",
    ),
    "a padding that is infinite": (
        lambda _: window(ROWS, padding=np.inf),
        InvalidParameterError,
        r"'padding' .* a float in the range \(-inf, inf\). Got inf instead",
    ),
    "a padding that is no number": (
        lambda _: window(ROWS, padding=np.nan),
        InvalidParameterError,
        r"'padding' .* a float in the range \(-inf, inf\). Got nan instead",
    ),
    "a history in words": (
        lambda _: window(ROWS, carry_history="yes"),
        InvalidParameterError,
        r"'carry_history' .* \{'auto'\} or an instance of 'bool' .* Got 'yes' instead",
    ),
    "no history, as None": (
        lambda _: window(ROWS, carry_history=None),
        InvalidParameterError,
        r"'carry_history' .* \{'auto'\} or an instance of 'bool' .* Got None instead",
    ),
    "flatten in words": (
        lambda _: window(ROWS, flatten="yes"),
        InvalidParameterError,
        "'flatten' .* an instance of 'bool' .* Got 'yes' instead",
    ),
    "a parameter of the transformer that is not there": (
        lambda _: SlidingWindowTransformer(window=3),
        TypeError,
        "SlidingWindowTransformer.* unexpected keyword argument 'window'",
    ),
    "a bad parameter, first seen in partial_fit": (
        lambda _: SlidingWindowTransformer(0).partial_fit(ROWS),
        InvalidParameterError,
        r"'window_length' .* an int in the range \[1, inf\). Got 0 instead",
    ),
    # --------------------------------------------------- SlidingWindowTransformer: rows
    "one column as a flat series": (
        lambda _: window(ROWS[:, 0]),
        ValueError,
        "Expected 2D array, got 1D array instead",
    ),
    "windows of windows": (
        lambda _: window(X),
        ValueError,
        r"array with dim 3\b.*<= 2",
    ),
    "a number for rows": (
        lambda _: window(5.0),
        ValueError,
        "Expected 2D array, got scalar array instead",
    ),
    "nothing for rows": (
        lambda _: window(None),
        ValueError,
        "^X is None; it must be an array, a DataFrame or a list of numbers",
    ),
    "no row": (
        lambda _: window(ROWS[:0]),
        ValueError,
        r"0 sample\(s\) \(shape=\(0, 2\)\) while a minimum of 1 is required",
    ),
    "no column": (
        lambda _: window(ROWS[:, :0]),
        ValueError,
        r"0 feature\(s\) \(shape=\(20, 0\)\) while a minimum of 1 is required",
    ),
    "words for rows": (
        lambda _: window([["a", "b"], ["c", "d"]]),
        ValueError,
        "could not convert string to float: 'a'",
    ),
    "objects for rows": (
        lambda _: window(np.array([[1, {}], [2, 3]], dtype=object)),
        TypeError,
        "must be a string or a number, not a dict",
    ),
    "complex rows": (
        lambda _: window(ROWS + 1j),
        ValueError,
        "Complex data not supported",
    ),
    "sparse rows": (
        lambda _: window(scipy.sparse.csr_array(ROWS)),
        TypeError,
        "Sparse data was passed for X, but dense data is required",
    ),
    "rows of different lengths": (
        lambda _: window([[1, 2], [3]]),
        ValueError,
        r"X\[1\] has shape \(1,\), and X\[0\] \(2,\): all parts must have the same",
    ),
    "NaN among the rows": (
        lambda _: window(put(ROWS, (4, 1), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 4, column 1; {FINITE}",
    ),
    "None among the rows": (
        lambda _: window(put(ROWS.astype(object), (4, 1), None)),
        ValueError,
        f"^Input X contains NaN at row 4, column 1; {FINITE}",
    ),
    "an infinity among the rows": (
        lambda _: window(put(ROWS, (0, 0), -np.inf)),
        ValueError,
        f"^Input X contains infinity at row 0, column 0; {FINITE}",
    ),
    "NaN among the rows of transform": (
        lambda given: given.window.transform(put(ROWS, (2, 0), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 2, column 0; {FINITE}",
    ),
    "NaN among the rows of partial_fit": (
        lambda given: given.window.partial_fit(put(ROWS, (2, 0), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 2, column 0; {FINITE}",
    ),
    "no row to transform": (
        lambda given: given.window.transform(ROWS[:0]),
        ValueError,
        r"0 sample\(s\) \(shape=\(0, 2\)\) while a minimum of 1 is required",
    ),
    "fewer columns to transform": (
        lambda given: given.window.transform(ROWS[:, :1]),
        ValueError,
        "X has 1 features, but SlidingWindowTransformer is expecting 2 features",
    ),
    "fewer columns in partial_fit": (
        lambda given: given.window.partial_fit(ROWS[:, :1]),
        ValueError,
        "X has 1 features, but SlidingWindowTransformer is expecting 2 features",
    ),
    "columns in another order": (
        lambda given: given.dated.transform(FRAME[["close", "open"]].set_axis(DAYS)),
        ValueError,
        "feature names should match those that were passed during fit",
    ),
    "windows before fit": (
        lambda _: SlidingWindowTransformer(3).transform(ROWS),
        NotFittedError,
        "This SlidingWindowTransformer instance is not fitted yet",
    ),
    "names before fit": (
        lambda _: SlidingWindowTransformer(3, flatten=True).get_feature_names_out(),
        NotFittedError,
        "This SlidingWindowTransformer instance is not fitted yet",
    ),
    "too few names": (
        lambda _: window(ROWS, flatten=True).get_feature_names_out(["open"]),
        ValueError,
        r"input_features should have length equal to number of features \(2\), got 1",
    ),
    # -------------------------------------------------- SlidingWindowTransformer: index
    "a time twice": (
        lambda _: window(FRAME.set_axis(DAYS[[0, 0, *range(1, 19)]])),
        ValueError,
        "^The index of X repeats a time at row 1; times must increase within a series",
    ),
    "times backwards": (
        lambda _: window(FRAME.set_axis(DAYS[::-1])),
        ValueError,
        "^The index of X goes back in time at row 1; times must increase",
    ),
    "a row without a time": (
        lambda _: window(FRAME.set_axis(DAYS.insert(0, pd.NaT)[:20])),
        ValueError,
        r"^The index of X has no time at row 0 \(NaT\)",
    ),
    "another kind of time": (
        lambda given: given.dated.transform(FRAME.set_axis(range(5, 25))),
        ValueError,
        "^The index of X holds numbers, which cannot be compared with the dates seen",
    ),
    "a time twice in transform": (
        lambda given: given.dated.transform(FRAME[:2].set_axis(DAYS[[3, 3]])),
        ValueError,
        "^The index of X repeats a time at row 1; of two rows",
    ),
    # --------------------------------------------------------------------- make_windows
    "a series too short for a window": (
        lambda _: make_windows(ROWS[:3], 3),
        ValueError,
        "^series has 3 rows; window_length=3 and horizon=1 need at least 4",
    ),
    "a series too short for a horizon": (
        lambda _: make_windows(ROWS, 18, 3),
        ValueError,
        "^series has 20 rows; window_length=18 and horizon=3 need at least 21",
    ),
    "a series of no row": (
        lambda _: make_windows([], 2),
        ValueError,
        "^series has 0 rows; window_length=2 and horizon=1 need at least 3",
    ),
    "a series without a column": (
        lambda _: make_windows(ROWS[:, :0], 2),
        ValueError,
        r"0 feature\(s\) \(shape=\(20, 0\)\) while a minimum of 1 is required",
    ),
    "a series of windows": (
        lambda _: make_windows(X, 2),
        ValueError,
        r"array with dim 3\b.*<= 2",
    ),
    "a number for a series": (
        lambda _: make_windows(3.0, 2),
        ValueError,
        r"^series must be of shape \(n_rows,\) or \(n_rows, n_features\), got 3.0",
    ),
    "nothing for a series": (
        lambda _: make_windows(None, 2),
        ValueError,
        "^series is None; it must be an array, a DataFrame or a list of numbers",
    ),
    "a series of words": (
        lambda _: make_windows(["a", "b", "c"], 1),
        ValueError,
        "could not convert string to float: 'a'",
    ),
    "a complex series": (
        lambda _: make_windows(ROWS + 1j, 2),
        ValueError,
        "Complex data not supported",
    ),
    "a sparse series": (
        lambda _: make_windows(scipy.sparse.csr_array(ROWS), 2),
        TypeError,
        "Sparse data was passed for series, but dense data is required",
    ),
    "NaN in a series": (
        lambda _: make_windows(put(ROWS, (4, 1), np.nan), 2),
        ValueError,
        f"series contains NaN at row 4, column 1; {FINITE}",
    ),
    "an infinity in a flat series": (
        lambda _: make_windows(put(ROWS[:, 0], 4, np.inf), 2),
        ValueError,
        f"series contains infinity at row 4.*; {FINITE}",
    ),
    "pairs of windows of no row": (
        lambda _: make_windows(ROWS, 0),
        ValueError,
        "^window_length must be an integer of at least 1, got 0",
    ),
    "pairs of windows of half a row": (
        lambda _: make_windows(ROWS, 2.5),
        TypeError,
        "^window_length must be an integer of at least 1, got 2.5",
    ),
    "a window as a truth value": (
        lambda _: make_windows(ROWS, True),
        TypeError,
        "^window_length must be an integer of at least 1, got True",
    ),
    "a horizon of no row": (
        lambda _: make_windows(ROWS, 2, 0),
        ValueError,
        "^horizon must be an integer of at least 1, got 0",
    ),
    "a horizon in words": (
        lambda _: make_windows(ROWS, 2, "1"),
        TypeError,
        "^horizon must be an integer of at least 1, got '1'",
    ),
    "a step of no row": (
        lambda _: make_windows(ROWS, 2, step=0),
        ValueError,
        "^step must be an integer of at least 1, got 0",
    ),
    "a step backwards": (
        lambda _: make_windows(ROWS, 2, step=-1),
        ValueError,
        "^step must be an integer of at least 1, got -1",
    ),
    "a target past the columns": (
        lambda _: make_windows(ROWS, 2, target=2),
        ValueError,
        "^target=2 is not a column of series, which has 2: use 0 to 1",
    ),
    "a target counted from the end": (
        lambda _: make_windows(ROWS, 2, target=-1),
        ValueError,
        "^target=-1 is not a column of series, which has 2: use 0 to 1",
    ),
    "a target with a name where there is none": (
        lambda _: make_windows(ROWS, 2, target="close"),
        ValueError,
        "^target='close' is not a column of series; use a column number: series has no",
    ),
    "a target with a wrong name": (
        lambda _: make_windows(FRAME, 2, target="Close"),
        ValueError,
        r"^target='Close' is not a column of series; use one of \['open', 'close'\]",
    ),
    "no target": (
        lambda _: make_windows(ROWS, 2, target=None),
        TypeError,
        "^target must be a column's number or name, got None",
    ),
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
    # --------------------------------------------------- regressors: parameters by kind
    "a network of no unit": (
        lambda _: fit(X, hidden_size=0),
        InvalidParameterError,
        r"'hidden_size' .* GRURegressor .* int in the range \[1, inf\). Got 0 instead",
    ),
    "a size in words": (
        lambda _: fit(X, hidden_size="8", cell=LSTMRegressor),
        InvalidParameterError,
        r"'hidden_size' .* LSTMRegressor .* int in the range \[1, inf\). Got '8'",
    ),
    "no layer": (
        lambda _: fit(X, num_layers=0, cell=RNNRegressor),
        InvalidParameterError,
        r"'num_layers' .* RNNRegressor .* int in the range \[1, inf\). Got 0 instead",
    ),
    "directions in words": (
        lambda _: fit(X, bidirectional="yes"),
        InvalidParameterError,
        "'bidirectional' .* instance of 'bool' .* Got 'yes' instead",
    ),
    "all units dropped": (
        lambda _: fit(X, dropout=1.0),
        InvalidParameterError,
        r"'dropout' .* a float in the range \[0.0, 1.0\). Got 1.0 instead",
    ),
    "less than no unit dropped": (
        lambda _: fit(X, dropout=-0.1),
        InvalidParameterError,
        r"'dropout' .* a float in the range \[0.0, 1.0\). Got -0.1 instead",
    ),
    "an unknown pooling": (
        lambda _: fit(X, pooling="sum"),
        InvalidParameterError,
        "'pooling' .* "
        + one_of("last", "mean", "max", "attention")
        + r"\}. Got 'sum' instead",
    ),
    "an unknown initialisation": (
        lambda _: fit(X, init="glorot"),
        InvalidParameterError,
        "'init' .* "
        + one_of("auto", "xavier", "he", "orthogonal", "torch")
        + r"\}. Got 'glorot' instead",
    ),
    "a misspelt skip": (
        lambda _: fit(X, linear_skip="rigde"),
        InvalidParameterError,
        "'linear_skip' .* "
        + one_of("ridge", "trainable")
        + r"\} or None. Got 'rigde' instead",
    ),
    "a skip as a truth value": (
        lambda _: fit(X, linear_skip=True),
        InvalidParameterError,
        "'linear_skip' .* "
        + one_of("ridge", "trainable")
        + r"\} or None. Got True instead",
    ),
    "an unknown loss": (
        lambda _: fit(X, loss="mse"),
        InvalidParameterError,
        "'loss' .* "
        + one_of("squared_error", "absolute_error", "huber", "quantile")
        + r"\}. Got 'mse' instead",
    ),
    "no epoch": (
        lambda _: fit(X, max_epochs=-1),
        InvalidParameterError,
        r"'max_epochs' .* \{'auto'\} or an int in the range \[0, inf\). Got -1 instead",
    ),
    "epochs in other words": (
        lambda _: fit(X, max_epochs="automatic"),
        InvalidParameterError,
        r"'max_epochs' .* \{'auto'\} or an int in .* Got 'automatic' instead",
    ),
    "batches of no row": (
        lambda _: fit(X, batch_size=0),
        InvalidParameterError,
        r"'batch_size' .* \{'auto'\} or an int in the range \[1, inf\). Got 0 instead",
    ),
    "a learning rate of nothing": (
        lambda _: fit(X, lr=0),
        InvalidParameterError,
        r"'lr' .* a float in the range \(0.0, inf\). Got 0 instead",
    ),
    "a learning rate of NaN": (
        lambda _: fit(X, lr=np.nan),
        InvalidParameterError,
        r"'lr' .* a float in the range \(0.0, inf\). Got nan instead",
    ),
    "a negative rate, first seen in partial_fit": (
        lambda _: GRURegressor(lr=-1).partial_fit(X, y),
        InvalidParameterError,
        r"'lr' .* a float in the range \(0.0, inf\). Got -1 instead",
    ),
    "an unknown optimiser": (
        lambda _: fit(X, optimizer="lbfgs"),
        InvalidParameterError,
        "'optimizer' .* "
        + one_of("adam", "adamw", "rmsprop", "sgd")
        + r"\}. Got 'lbfgs' instead",
    ),
    "weights that grow": (
        lambda _: fit(X, weight_decay=-1),
        InvalidParameterError,
        r"'weight_decay' .* a float in the range \[0.0, inf\). Got -1 instead",
    ),
    "an unknown schedule": (
        lambda _: fit(X, lr_schedule="cosine"),
        InvalidParameterError,
        r"'lr_schedule' .* \{'onecycle'\} or None. Got 'cosine' instead",
    ),
    "gradients clipped to nothing": (
        lambda _: fit(X, clip_grad_norm=0),
        InvalidParameterError,
        r"'clip_grad_norm' .* in the range \(0.0, inf\) or None. Got 0 instead",
    ),
    "an unknown constraint": (
        lambda _: fit(X, recurrent_constraint="orthogonal"),
        InvalidParameterError,
        r"'recurrent_constraint' .* \{'spectral'\} or None. Got 'orthogonal' instead",
    ),
    "a device that nobody has": (
        lambda _: fit(X, device="gpu"),
        ValueError,
        r"^device='gpu' is not a device of this machine; use one of \['cpu'",
    ),
    "a device that is not there": (
        lambda _: fit(X, device="cuda:99", cell=LSTMRegressor),
        ValueError,
        r"^device='cuda:99' is not a device of this machine; use one of \['cpu'",
    ),
    "a device as a number": (
        lambda _: fit(X, device=0),
        InvalidParameterError,
        "'device' .* an instance of 'str'. Got 0 instead",
    ),
    "the name of a callback for callbacks": (
        lambda _: fit(X, callbacks="EarlyStopping"),
        InvalidParameterError,
        "'callbacks' .* 'list', .* 'tuple' or None. Got 'EarlyStopping' instead",
    ),
    "one callback for callbacks": (
        lambda _: fit(X, callbacks=EarlyStopping()),
        InvalidParameterError,
        "'callbacks' .* 'list', .* 'tuple' or None. Got <skorch.callbacks",
    ),
    "a number among the callbacks": (
        lambda _: fit(X, callbacks=[EarlyStopping(), 1]),
        TypeError,
        "^callbacks holds 1; each must be a skorch callback, or a pair of a name",
    ),
    "another class among the callbacks": (
        lambda _: fit(X, callbacks=[int]),
        TypeError,
        "^callbacks holds <class 'int'>; each must be a skorch callback",
    ),
    "a callback that is a name alone": (
        lambda _: fit(X, callbacks=[("stop", "early")]),
        TypeError,
        r"^callbacks holds \('stop', 'early'\); each must be a skorch callback",
    ),
    "a callback that is a name without a callback": (
        lambda _: fit(X, callbacks=[("stop",)]),
        TypeError,
        r"^callbacks holds \('stop',\); each must be a skorch callback",
    ),
    "progress in words": (
        lambda _: fit(X, verbose="yes"),
        InvalidParameterError,
        r"'verbose' .* an int in the range \[0, inf\), .* 'bool' .* Got 'yes' instead",
    ),
    "stopping in other words": (
        lambda _: fit(X, early_stopping="yes"),
        InvalidParameterError,
        r"'early_stopping' .* 'bool' .* \{'refit'\}. Got 'yes' instead",
    ),
    "nothing to validate on": (
        lambda _: fit(X, validation_fraction=0.0),
        InvalidParameterError,
        r"'validation_fraction' .* in the range \(0.0, 1.0\). Got 0.0 instead",
    ),
    "nothing left to train on": (
        lambda _: fit(X, early_stopping=True, validation_fraction=0.99),
        ValueError,
        "^validation_fraction=0.99 of 20 samples leaves 0 to train on; at least 2 are",
    ),
    "nothing left to train on beside a callback": (
        lambda _: fit(X[:2], y[:2], callbacks=[EarlyStopping()]),
        ValueError,
        "^validation_fraction=0.1 of 2 samples leaves 1 to train on; at least 2 are",
    ),
    "no epoch to wait": (
        lambda _: fit(X, n_iter_no_change=0),
        InvalidParameterError,
        r"'n_iter_no_change' .* an int in the range \[1, inf\). Got 0 instead",
    ),
    "a negative tolerance": (
        lambda _: fit(X, tol=-1e-4),
        InvalidParameterError,
        r"'tol' .* a float in the range \[0.0, inf\). Got -0.0001 instead",
    ),
    "a warm start in words": (
        lambda _: fit(X, warm_start="yes"),
        InvalidParameterError,
        "'warm_start' .* 'bool' .* Got 'yes' instead",
    ),
    "flat windows of no step": (
        lambda _: fit(FLAT, window_length=0),
        InvalidParameterError,
        r"'window_length' .* in the range \[1, inf\) or None. Got 0 instead",
    ),
    "scales in words": (
        lambda _: fit(X, standardize="yes"),
        InvalidParameterError,
        "'standardize' .* 'bool' .* Got 'yes' instead",
    ),
    "a seed in words": (
        lambda _: fit(X, random_state="seed"),
        InvalidParameterError,
        "'random_state' .* an int in the range .* or None. Got 'seed' instead",
    ),
    "a negative seed": (
        lambda _: fit(X, random_state=-1),
        InvalidParameterError,
        r"'random_state' .* an int in the range \[0, .* Got -1 instead",
    ),
    "an unknown nonlinearity": (
        lambda _: fit(X, nonlinearity="sigmoid", cell=RNNRegressor),
        InvalidParameterError,
        "'nonlinearity' .* " + one_of("tanh", "relu") + r"\}. Got 'sigmoid' instead",
    ),
    "a nonlinearity where there is none to choose": (
        lambda _: GRURegressor(nonlinearity="relu"),
        TypeError,
        "unexpected keyword argument 'nonlinearity'",
    ),
    "a misspelt parameter": (
        lambda _: LSTMRegressor(hidden_sizes=3),
        TypeError,
        "unexpected keyword argument 'hidden_sizes'",
    ),
    "a misspelt parameter, set later": (
        lambda _: GRURegressor().set_params(hidden=3),
        ValueError,
        r"Invalid parameter 'hidden' .* Valid parameters are: \['batch_size',",
    ),
    "weights of samples": (
        lambda _: GRURegressor().fit(X, y, sample_weight=np.ones(20)),
        TypeError,
        "unexpected keyword argument 'sample_weight'",
    ),
    # ------------------------------------------------ regressors: quantiles and targets
    "a quantile of 0": (
        lambda _: fit(X, loss="quantile", quantiles=0.0),
        InvalidParameterError,
        r"'quantiles' .* array-like, a float in the range \(0.0, 1.0\) or None",
    ),
    "a quantile in words": (
        lambda _: fit(X, loss="quantile", quantiles="median"),
        InvalidParameterError,
        r"'quantiles' .* a float in the range \(0.0, 1.0\) or None. Got 'median'",
    ),
    "quantiles that fall": (
        lambda _: fit(X, loss="quantile", quantiles=[0.5, 0.1]),
        ValueError,
        rf"^quantiles=\[0.5, 0.1\] {INCREASING}",
    ),
    "a quantile twice": (
        lambda _: fit(X, loss="quantile", quantiles=[0.1, 0.1]),
        ValueError,
        rf"^quantiles=\[0.1, 0.1\] {INCREASING}",
    ),
    "quantiles past 1": (
        lambda _: fit(X, loss="quantile", quantiles=[0.5, 1.5]),
        ValueError,
        rf"^quantiles=\[0.5, 1.5\] {INCREASING}",
    ),
    "quantiles of NaN": (
        lambda _: fit(X, loss="quantile", quantiles=[0.1, np.nan]),
        ValueError,
        rf"^quantiles=\[0.1, nan\] {INCREASING}",
    ),
    "no quantile": (
        lambda _: fit(X, loss="quantile", quantiles=[]),
        ValueError,
        rf"^quantiles=\[\] {INCREASING}",
    ),
    "words for quantiles": (
        lambda _: fit(X, loss="quantile", quantiles=["a", "b"]),
        ValueError,
        rf"^quantiles=\['a', 'b'\] {INCREASING}",
    ),
    "a table of quantiles": (
        lambda _: fit(X, loss="quantile", quantiles=[[0.1, 0.9]]),
        ValueError,
        rf"^quantiles=\[\[0.1, 0.9\]\] {INCREASING}",
    ),
    "quantiles of another loss": (
        lambda _: fit(X, quantiles=[0.1, 0.9], cell=RNNRegressor),
        ValueError,
        r"^quantiles=\[0.1, 0.9\] needs loss='quantile', got loss='squared_error'",
    ),
    "a target feature past the features": (
        lambda _: fit(X, target_feature=2),
        ValueError,
        f"^target_feature=2 {TWO_FEATURES}",
    ),
    "a target feature past those of a flat window": (
        lambda _: fit(FLAT, target_feature=2, window_length=4, cell=LSTMRegressor),
        ValueError,
        f"^target_feature=2 {TWO_FEATURES}",
    ),
    "a target feature counted from the end": (
        lambda _: fit(X, target_feature=-1),
        InvalidParameterError,
        r"'target_feature' .* an int in the range \[0, inf\), .* Got -1 instead",
    ),
    "half a target feature": (
        lambda _: fit(X, target_feature=1.5),
        InvalidParameterError,
        r"'target_feature' .* an int in the range \[0, inf\), .* Got 1.5 instead",
    ),
    "a target feature with a name where there is none": (
        lambda _: fit(X, target_feature="close"),
        ValueError,
        "^target_feature='close' is not a feature of X; use its number, 0 to 1: X has",
    ),
    "a target feature with a wrong name": (
        lambda _: fit(FLAT_FRAME, target_feature="Close", window_length=4),
        ValueError,
        f"^target_feature='Close' {LATEST}",
    ),
    "a target feature that is a past step": (
        lambda _: fit(FLAT_FRAME, target_feature="close_lag3", window_length=4),
        ValueError,
        f"^target_feature='close_lag3' {LATEST}",
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
    "longer sequences to predict": (
        lambda given: given.net.predict(np.zeros((3, 5, 2))),
        ValueError,
        "^X has sequences of 5 steps, but linear_skip='ridge' maps at most the 4 steps",
    ),
    "a longer sequence to predict in a list": (
        lambda given: given.net.predict([X[0], np.zeros((5, 2))]),
        ValueError,
        "^X has sequences of 5 steps, but linear_skip='ridge' maps at most the 4 steps",
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
    "more training on longer sequences": (
        lambda given: given.net.partial_fit(np.zeros((20, 5, 2)), y),
        ValueError,
        "^X has sequences of 5 steps, but linear_skip='ridge' maps at most the 4 steps",
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


def never_train(*args, **kwargs):
    raise AssertionError("Training started.")


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
