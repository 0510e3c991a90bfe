"""Every array of every public name, times a list of odd arrays.

The arrays are in `odd`. Other parameters are in test_odd_values; together they must be
all that there are.
"""

import copy
import inspect
from functools import cache, partial

import numpy as np
import odd_calls as values
import pandas as pd
import pytest
from odd import TWINS, VALUES
from odd_arrays import FORMS, ODDITIES, array_faults
from sklearn.linear_model import Ridge

import sklearn_rnn
from sklearn_rnn import (
    ESNRegressor,
    GRURegressor,
    ReservoirTransformer,
    SlidingWindowTransformer,
    forecasting,
    make_windows,
    plotting,
)

# Parameters that are in neither table -> why.
EXEMPT = {
    "parameter_set": "get_test_params is there for sktime's tests",
    "fh": "sktime reads it",
    "update_params": "sktime reads it",
    "coverage": "sktime reads it",
    "alpha": "sktime reads it",
    "X_pred": "fit_predict hands it to predict as X",
    "deep": "scikit-learn reads it",
}

RNG = np.random.default_rng(0)
X = RNG.integers(0, 8, size=(20, 4, 2)).astype(float)
FLAT = X.reshape(20, 8)
ROWS = RNG.integers(0, 8, size=(20, 2)).astype(float)
y = RNG.integers(0, 8, size=20).astype(float)
Y_STEPS = RNG.integers(0, 8, size=(20, 4)).astype(float)
WEIGHTS = RNG.integers(1, 4, size=20).astype(float)
LONG = RNG.integers(0, 8, size=(2, 110, 1)).astype(float)
SERIES = (20 + np.arange(40) % 5 + np.arange(40) // 8).astype(float)
DATED = pd.Series(SERIES)
COVARIATES = RNG.integers(0, 8, size=(40, 2)).astype(float)

NETWORK = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
RESERVOIR = {"n_reservoir": 5, "random_state": 0, "alphas": 0.1}


@cache
def fitted(kind):
    if kind is SlidingWindowTransformer:
        return kind(3).fit(ROWS)
    if kind is ReservoirTransformer:
        return kind(5, random_state=0).fit(ROWS)
    options = NETWORK if kind is GRURegressor else RESERVOIR
    return kind(**options).fit(X, y)


@cache
def free():
    esn = ESNRegressor(
        **RESERVOIR, return_sequences=True, feedback_features=[0], spectral_radius=0.5
    )
    return esn.fit(LONG[:, :-1], LONG[:, 1:, 0])


def gru():
    return GRURegressor(**NETWORK)


@cache
def quantiles():
    return gru().set_params(loss="quantile", quantiles=[0.25, 0.75]).fit(X, y)


def esn(**options):
    return ESNRegressor(**RESERVOIR, **options)


def windows():
    return SlidingWindowTransformer(3)


def reservoir():
    return ReservoirTransformer(5, random_state=0)


def forecaster(kind):
    if kind is forecasting.RecurrentForecaster:
        plain = {"sp": 1, "log": False, "sqrt": False, "center": True}
        return kind(Ridge(), window_length=4, **plain, random_state=0)
    return kind(ESNRegressor(5, alphas=0.1), random_state=0, n_bootstrap=5)


def forecast(kind, y=SERIES, X=None, ahead=None):
    model = forecaster(kind).fit(y, X=X, fh=[1, 2])
    return np.asarray(model.predict(X=ahead))


def framed(value, first=0):
    """Give an array the times of its rows; leave everything else as it is."""
    if type(value) is not np.ndarray or value.ndim not in (1, 2):
        return value
    try:
        return pd.DataFrame(value, pd.RangeIndex(first, first + len(value)))
    except (ValueError, OverflowError):  # pandas has no such table
        return value


@cache
def learnt(kind, is_dated):
    """Return a fitted forecaster, of a series with times and covariates or of none."""
    if is_dated:
        return forecaster(kind).fit(DATED, X=framed(COVARIATES), fh=[1, 2])
    return forecaster(kind).fit(SERIES, fh=[1, 2])


def update(kind, value):
    model = copy.deepcopy(learnt(kind, False))
    return np.asarray(model.update(value, update_params=False).predict())


# "name.method(parameter)" -> (what is done with an array, a valid one)
CASES = {
    "SlidingWindowTransformer.fit(X)": (
        lambda v: windows().fit(v).transform(ROWS[:3]),
        ROWS,
    ),
    "SlidingWindowTransformer.fit_transform(X)": (
        lambda v: windows().fit_transform(v),
        ROWS,
    ),
    "SlidingWindowTransformer.partial_fit(X)": (
        lambda v: windows().fit(ROWS).partial_fit(v).transform(ROWS[:1]),
        ROWS,
    ),
    "SlidingWindowTransformer.transform(X)": (
        lambda v: fitted(SlidingWindowTransformer).transform(v),
        ROWS,
    ),
    "ReservoirTransformer.fit(X)": (
        lambda v: reservoir().fit(v).transform(ROWS[:3]),
        ROWS,
    ),
    "ReservoirTransformer.fit_transform(X)": (
        lambda v: reservoir().fit_transform(v),
        ROWS,
    ),
    "ReservoirTransformer.partial_fit(X)": (
        lambda v: reservoir().fit(ROWS).partial_fit(v).transform(ROWS[:1]),
        ROWS,
    ),
    "ReservoirTransformer.transform(X)": (
        lambda v: fitted(ReservoirTransformer).transform(v),
        ROWS,
    ),
    "make_windows(series)": (lambda v: make_windows(v, 3), SERIES),
    "make_windows(series), of columns": (lambda v: make_windows(v, 3), ROWS),
    "GRURegressor.fit(X)": (lambda v: gru().fit(v, y).predict(X), X),
    "GRURegressor.fit(X), flat": (
        lambda v: gru().set_params(window_length=4).fit(v, y).predict(FLAT),
        FLAT,
    ),
    "GRURegressor.fit(y)": (lambda v: gru().fit(X, v).predict(X), y),
    "GRURegressor.fit(y), of outputs": (lambda v: gru().fit(X, v).predict(X), Y_STEPS),
    "GRURegressor.partial_fit(X)": (
        lambda v: gru().fit(X, y).partial_fit(v, y).predict(X),
        X,
    ),
    "GRURegressor.partial_fit(y)": (lambda v: gru().partial_fit(X, v).predict(X), y),
    "GRURegressor.predict(X)": (lambda v: fitted(GRURegressor).predict(v), X),
    "GRURegressor.predict_quantiles(X)": (
        lambda v: quantiles().predict_quantiles(v),
        X,
    ),
    "GRURegressor.score(X)": (lambda v: fitted(GRURegressor).score(v, y), X),
    "GRURegressor.score(y)": (lambda v: fitted(GRURegressor).score(X, v), y),
    "GRURegressor.score(sample_weight)": (
        lambda v: fitted(GRURegressor).score(X, y, sample_weight=v),
        WEIGHTS,
    ),
    "ESNRegressor.fit(X)": (lambda v: esn().fit(v, y).predict(X), X),
    "ESNRegressor.fit(X), flat": (
        lambda v: esn(window_length=4).fit(v, y).predict(FLAT),
        FLAT,
    ),
    "ESNRegressor.fit(y)": (lambda v: esn().fit(X, v).predict(X), y),
    "ESNRegressor.fit(y), of steps": (
        lambda v: esn(return_sequences=True).fit(X, v).predict(X),
        Y_STEPS,
    ),
    "ESNRegressor.fit(sample_weight)": (
        lambda v: esn().fit(X, y, sample_weight=v).predict(X),
        WEIGHTS,
    ),
    "ESNRegressor.partial_fit(X)": (
        lambda v: esn().fit(X, y).partial_fit(v, y).predict(X),
        X,
    ),
    "ESNRegressor.partial_fit(y)": (lambda v: esn().partial_fit(X, v).predict(X), y),
    "ESNRegressor.partial_fit(sample_weight)": (
        lambda v: esn().partial_fit(X, y, sample_weight=v).predict(X),
        WEIGHTS,
    ),
    "ESNRegressor.predict(X)": (lambda v: fitted(ESNRegressor).predict(v), X),
    "ESNRegressor.score(X)": (lambda v: fitted(ESNRegressor).score(v, y), X),
    "ESNRegressor.score(y)": (lambda v: fitted(ESNRegressor).score(X, v), y),
    "ESNRegressor.score(sample_weight)": (
        lambda v: fitted(ESNRegressor).score(X, y, sample_weight=v),
        WEIGHTS,
    ),
    "ESNRegressor.free_run(X)": (lambda v: free().free_run(v, 3), LONG),
}
for _kind in (forecasting.RecurrentForecaster, forecasting.ESNForecaster):
    CASES |= {
        f"{_kind.__name__}.fit(y)": (partial(forecast, _kind), SERIES),
        f"{_kind.__name__}.fit(X)": (
            lambda v, kind=_kind: forecast(
                kind, DATED, X=framed(v), ahead=framed(COVARIATES[:2], 40)
            ),
            COVARIATES,
        ),
        f"{_kind.__name__}.predict(X)": (
            lambda v, kind=_kind: np.asarray(
                learnt(kind, True).predict(X=framed(v, 40))
            ),
            COVARIATES[:2],
        ),
        f"{_kind.__name__}.update(y)": (partial(update, _kind), SERIES[:3]),
        f"{_kind.__name__}.predict_residuals(y)": (
            lambda v, kind=_kind: np.asarray(
                learnt(kind, False).predict_residuals(y=v)
            ),
            SERIES,
        ),
    }

COUNTED = np.arange(1.0, 4.0)
# (display, how it is made, array) -> a valid one
DRAWN = {
    ("ForecastDisplay", "__init__", "y_pred"): COUNTED,
    ("ForecastDisplay", "__init__", "y_history"): COUNTED,
    ("ForecastDisplay", "__init__", "y_true"): COUNTED,
    ("ReservoirDisplay", "__init__", "states"): ROWS[:4],
    ("ReservoirDisplay", "__init__", "alphas"): np.array([1.0, 2.0]),
    ("ReservoirDisplay", "__init__", "gcv_scores"): np.array([1.0, 2.0]),
    ("ReservoirDisplay", "from_estimator", "X"): X,
    ("TrainingCurveDisplay", "__init__", "loss"): COUNTED,
    ("TrainingCurveDisplay", "__init__", "steps"): COUNTED,
    ("TrainingCurveDisplay", "__init__", "epochs"): COUNTED,
    ("TrainingCurveDisplay", "__init__", "validation_loss"): COUNTED,
    ("TrainingCurveDisplay", "__init__", "validation_epochs"): COUNTED,
    ("TrainingCurveDisplay", "__init__", "validation_steps"): COUNTED,
    ("WindowImportanceDisplay", "__init__", "importances_mean"): ROWS[:4],
    ("WindowImportanceDisplay", "__init__", "importances_std"): ROWS[:4],
    ("WindowImportanceDisplay", "__init__", "importances"): ROWS[:4, :, np.newaxis],
    ("WindowImportanceDisplay", "from_estimator", "X"): np.tile(FLAT, (2, 1))[:24],
    ("WindowImportanceDisplay", "from_estimator", "y"): np.tile(y, 2)[:24],
}


def table():
    """Return what is tried: "name.method(parameter)" -> how, the name, an array."""
    cases = {}
    for case, (run, base) in CASES.items():
        cases[case] = (run, case[case.index("(") + 1 : case.index(")")], base)
    for (kind, method, name), base in DRAWN.items():
        run = partial(values.draw, getattr(plotting, kind), method, name)
        cases[f"{kind}.{method}({name})"] = (run, name, base)
    return cases


TABLE = table()
# Where a value is missing, a line has a gap, and a score none to draw.
GAPS = ("y_history", "y_true", "gcv_scores")


def faults_of(case):
    run, name, base = TABLE[case]
    may_be_nan = list(ODDITIES) if name in GAPS else ()
    names = (name, *values.ALSO.get(name, ()))
    return array_faults(run, names, base, may_be_nan=may_be_nan)


@pytest.mark.parametrize("case", TABLE)
def test_an_odd_array_gives_a_right_result_or_one_sentence_that_names_it(case):
    faults = faults_of(case)
    assert not faults, "\n".join(faults)


def public_methods():
    """List (class, method, parameter) of all that is ours in public classes."""
    modules = (sklearn_rnn, forecasting, plotting)
    names = [getattr(module, name) for module in modules for name in module.__all__]
    found = []
    for kind in filter(inspect.isclass, names):
        for name, method in inspect.getmembers(kind, callable):
            ours = str(getattr(method, "__module__", "")).startswith("sklearn_rnn")
            if ours and (name == "__init__" or not name.startswith("_")):
                found += [(kind, name, one) for one in values.parameters(method)]
    return found


def is_covered(kind, method, name):
    """Tell whether a parameter of a method is in a table, of this class or of a twin.

    All recurrent regressors, and both echo state networks, read their data with the
    same methods.
    """
    if name == "y" and hasattr(kind, "transform"):
        return True  # it is not used
    if method == "fit_predict":
        method = "fit"
    if (method, name) == ("predict_residuals", "X"):
        method = "predict"
    if (method, name) == ("update", "X"):
        method = "fit"
    kinds = [kind.__name__]
    if method != "__init__":
        kinds += [one.__name__ for one in (GRURegressor, ESNRegressor)]
        kinds += ["ForecastDisplay"] if kind.__name__.endswith("Display") else []
    calls = [f"{one}.{method}({name})" for one in kinds]
    calls += [f"{kind.__name__}({name})"] if method == "__init__" else []
    return any(call in TABLE or call in values.TABLE for call in calls)


def test_every_parameter_of_every_public_name_is_in_a_table():
    missing = {
        f"{kind.__name__}.{method}({name})"
        for kind, method, name in public_methods()
        if name not in EXEMPT and not is_covered(kind, method, name)
    }
    modules = (sklearn_rnn, sklearn_rnn.datasets)
    functions = [getattr(module, name) for module in modules for name in module.__all__]
    for function in filter(inspect.isfunction, functions):
        for name in values.parameters(function):
            if f"{function.__name__}({name})" not in values.TABLE:
                missing.add(f"{function.__name__}({name})")
    assert not missing, sorted(missing)


def test_the_tables_are_as_long_as_promised():
    assert len(VALUES) + len(TWINS) >= 60
    assert len(FORMS) + len(ODDITIES) >= 80
