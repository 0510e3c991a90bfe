"""Bad parameters and rows of the transformer: one sentence for each."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from bad_input import put
from reservoir_rows import (
    small,
)
from sklearn import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

ROWS = np.random.default_rng(0).normal(size=(20, 2))
FRAME = pd.DataFrame(ROWS, columns=["open", "close"])
DAYS = pd.date_range("2024-01-01", periods=20)
FINITE = r"all values must be finite numbers \(impute or drop what is missing\)\.$"
POSITIVE = r"a float in the range \[0.0, inf\)"
PART = r"a float in the range \(0.0, 1.0\]"
COUNT = r"an int in the range \[1, inf\)"


@pytest.fixture(scope="module")
def fitted():
    return SimpleNamespace(
        plain=small().fit(ROWS), dated=small().fit(FRAME.set_axis(DAYS))
    )


# A parameter's value -> the valid set.
PARAMETERS = {
    ("n_reservoir", 0): COUNT,
    ("n_reservoir", 2.5): COUNT,
    ("n_reservoir", "many"): COUNT,
    ("spectral_radius", -0.1): POSITIVE,
    ("spectral_radius", np.inf): POSITIVE,
    ("spectral_radius", np.nan): POSITIVE,
    ("leak_rate", 0): PART,
    ("leak_rate", 1.1): PART,
    ("input_scaling", -1): POSITIVE,
    ("input_scaling", None): POSITIVE,
    ("bias_scaling", -1): POSITIVE,
    ("connectivity", 0): PART,
    ("connectivity", 2): PART,
    ("nonlinearity", "sigmoid"): (r"a str among \{('(identity|relu|tanh)'(, )?){3}\}"),
    ("num_layers", 0): COUNT,
    ("carry_history", "yes"): r"a str among \{'auto'\} or an instance of 'bool'",
    ("random_state", -1): r"an int in the range \[0, 4294967295\]",
}


@pytest.mark.parametrize("parameter", PARAMETERS, ids=str)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
def test_a_parameter_out_of_range_is_named_with_what_is_valid(method, parameter):
    name, value = parameter
    sentence = f"'{name}' .* must be {PARAMETERS[parameter]}.* Got {value!r} instead"
    with pytest.raises(InvalidParameterError, match=sentence):
        getattr(small(**{name: value}), method)(ROWS)


# Fault -> (call, given fitted estimators; class of the error; sentence).
CASES = {
    "one column as a flat series": (
        lambda _: small().fit(ROWS[:, 0]),
        ValueError,
        "Expected 2D array, got 1D array instead",
    ),
    "windows for rows": (
        lambda _: small().fit(ROWS[np.newaxis]),
        ValueError,
        r"array with dim 3\b.*<= 2",
    ),
    "no row": (
        lambda _: small().fit(ROWS[:0]),
        ValueError,
        r"0 sample\(s\) \(shape=\(0, 2\)\) while a minimum of 1 is required",
    ),
    "no column": (
        lambda _: small().fit(ROWS[:, :0]),
        ValueError,
        r"0 feature\(s\) \(shape=\(20, 0\)\) while a minimum of 1 is required",
    ),
    "words for rows": (
        lambda _: small().fit([["a", "b"], ["c", "d"]]),
        ValueError,
        "could not convert string to float: 'a'",
    ),
    "complex rows": (
        lambda _: small().fit(ROWS + 1j),
        ValueError,
        "Complex data not supported",
    ),
    "sparse rows": (
        lambda _: small().fit(scipy.sparse.csr_array(ROWS)),
        TypeError,
        "Sparse data was passed for X, but dense data is required",
    ),
    "NaN among the rows": (
        lambda _: small().fit(put(ROWS, (4, 1), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 4, column 1; {FINITE}",
    ),
    "an infinity to transform": (
        lambda given: given.plain.transform(put(ROWS, (0, 0), -np.inf)),
        ValueError,
        f"^Input X contains infinity at row 0, column 0; {FINITE}",
    ),
    "NaN among the rows of partial_fit": (
        lambda given: given.plain.partial_fit(put(ROWS, (2, 0), np.nan)),
        ValueError,
        f"^Input X contains NaN at row 2, column 0; {FINITE}",
    ),
    "fewer columns to transform": (
        lambda given: given.plain.transform(ROWS[:, :1]),
        ValueError,
        "X has 1 features, but ReservoirTransformer is expecting 2 features",
    ),
    "columns in another order": (
        lambda given: given.dated.transform(FRAME[["close", "open"]].set_axis(DAYS)),
        ValueError,
        "feature names should match those that were passed during fit",
    ),
    "states before fit": (
        lambda _: small().transform(ROWS),
        NotFittedError,
        "This ReservoirTransformer instance is not fitted yet",
    ),
    "names before fit": (
        lambda _: small().get_feature_names_out(),
        NotFittedError,
        "This ReservoirTransformer instance is not fitted yet",
    ),
    "a time twice": (
        lambda _: small().fit(FRAME.set_axis(DAYS[[0, 0, *range(1, 19)]])),
        ValueError,
        "^The index of X repeats a time at row 1; times must increase within a series",
    ),
    "times backwards": (
        lambda _: small().fit(FRAME.set_axis(DAYS[::-1])),
        ValueError,
        "^The index of X goes back in time at row 1; times must increase",
    ),
    "a row without a time": (
        lambda _: small().fit(FRAME.set_axis(DAYS.insert(0, pd.NaT)[:20])),
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
    "earlier rows in partial_fit": (
        lambda given: given.dated.partial_fit(FRAME.set_axis(DAYS)),
        ValueError,
        "^Row 0 of X is not later than the rows seen so far",
    ),
    "rows that lost their index in partial_fit": (
        lambda given: clone(given.dated).fit(FRAME.set_axis(DAYS)).partial_fit(FRAME),
        ValueError,
        "^X has no index that can be compared with the dates seen in fit",
    ),
    "states of relu that grow for ever": (
        lambda _: small(nonlinearity="relu", spectral_radius=9.0).fit(
            np.ones((999, 1))
        ),
        ValueError,
        "nonlinearity='relu' .* grow beyond .* use a smaller spectral radius or input",
    ),
    "states of identity that grow for ever": (
        lambda _: small(nonlinearity="identity", spectral_radius=9.0).fit_transform(
            np.ones((999, 1), np.float32)
        ),
        ValueError,
        "nonlinearity='identity' .* grow beyond .* use a smaller spectral radius or",
    ),
    "rows too large to be scaled": (
        lambda given: given.plain.transform(put(ROWS, (3, 1), -1e200)),
        ValueError,
        r"^X holds -?1e\+200 at row .*, too large to be scaled; values of dtype",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_an_error_that_says_what_is_wrong(name, fitted):
    call, error, sentence = CASES[name]
    with pytest.raises(error, match=sentence):
        call(fitted)


def test_a_fit_that_fails_leaves_no_half_fitted_transformer():
    transformer = small(nonlinearity="relu", spectral_radius=9.0)
    with pytest.raises(ValueError, match="grow beyond"):
        transformer.fit(np.ones((999, 1)))
    with pytest.raises(NotFittedError, match="not fitted yet"):
        transformer.transform(np.ones((1, 1)))
