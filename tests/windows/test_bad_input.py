"""Bad rows: the right class of error, and a sentence that names the mistake."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from bad_input import (
    DAYS,
    FINITE,
    FRAME,
    ROWS,
    X,
    make_fitted,
    never_train,
    one_of,
    put,
    window,
)
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_rnn import (
    SlidingWindowTransformer,
    make_windows,
)
from sklearn_rnn._recurrent.net import RecurrentNet


@pytest.fixture(scope="module")
def fitted():
    return make_fitted()


# Bad call -> (call, given fitted estimators; class of the error; sentence).
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
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_an_error_that_says_what_is_wrong_before_training_starts(
    name, fitted, monkeypatch
):
    monkeypatch.setattr(RecurrentNet, "fit_loop", never_train)
    call, error, sentence = CASES[name]
    with pytest.raises(error, match=sentence):
        call(fitted)
