"""Calls of every public name with one argument left open, for odd values.

The parameters are those of the signatures, so that a new one is covered by itself.
"""

import inspect
from functools import cache, partial

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from sklearn.linear_model import Ridge
from sklearn.utils._param_validation import StrOptions

import sklearn_rnn
from sklearn_rnn import (
    ESNRegressor,
    ESNRegressorCV,
    GRURegressor,
    LSTMRegressor,
    ReservoirTransformer,
    RNNRegressor,
    SlidingWindowTransformer,
    datasets,
    make_windows,
    plotting,
)
from sklearn_rnn._recurrent.report import FitReport
from sklearn_rnn.forecasting import ESNForecaster, RecurrentForecaster

RNG = np.random.default_rng(0)
X = RNG.integers(-4, 5, size=(24, 4, 2)).astype(float)
FLAT = X.reshape(24, 8)
ROWS = RNG.integers(-4, 5, size=(30, 2)).astype(float)
y = X[:, -1, 0] + X[:, -2, 1]
Y_STEPS = X[:, :, 0] + 0.5 * X[:, :, 1]
MONTHS = pd.period_range("2020-01", periods=43, freq="M")
SERIES = pd.Series(
    np.round(20 + 5 * np.sin(np.arange(40) / 2) + np.arange(40) % 3, 2), MONTHS[:40]
)
COVARIATES = pd.DataFrame(
    RNG.integers(-4, 5, size=(43, 2)).astype(float), MONTHS, columns=["a", "b"]
)

# ---------------------------------------------------------- estimators, through fit

NETWORK = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
RESERVOIR = {"n_reservoir": 5, "random_state": 0}
SEARCH = {
    **RESERVOIR,
    "spectral_radii": 0.9,
    "leak_rates": 1.0,
    "input_scalings": 0.1,
    "alphas": 0.1,
}
STOPPED = {"early_stopping": True, "n_iter_no_change": 1, "max_epochs": 3}
# What other parameters are where a parameter is tried, so that it counts.
SETTINGS = {
    "quantiles": {"loss": "quantile"},
    "linear_skip": {"target_feature": 0},
    "max_epochs": STOPPED,
    "validation_fraction": STOPPED,
    "n_iter_no_change": STOPPED,
    "tol": STOPPED,
    "early_stopping": {"max_epochs": 3},
    "dropout": {"num_layers": 2},
    "lr_schedule": {"max_epochs": 3},
    "optimizer": {"max_epochs": 3},
    "weight_decay": {"max_epochs": 3},
    "lr": {"max_epochs": 3},
    "clip_grad_norm": {"max_epochs": 3},
    "feedback_features": {"return_sequences": True},
    "washout": {"return_sequences": True},
    "loss": {"solver": "adam"},
    "refit": {"regressor": GRURegressor(**NETWORK), "n_estimators": 1},
    "n_estimators": {"regressor": GRURegressor(**NETWORK)},
}


def settings(kind, name):
    known = inspect.signature(kind).parameters
    return {k: v for k, v in SETTINGS.get(name, {}).items() if k in known}


def predict_sequences(base, kind, name, value):
    model = kind(**base | settings(kind, name) | {name: value})
    inputs = FLAT if name == "window_length" else X
    targets = Y_STEPS if getattr(model, "return_sequences", False) is True else y
    return model.fit(inputs, targets).predict(inputs)


def transform_rows(base, kind, name, value):
    model = kind(**base | {name: value})
    windows = model.fit_transform(ROWS[:20])
    return windows, model.transform(ROWS[20:])


def forecast(base, kind, name, value):
    model = kind(**base | settings(kind, name) | {name: value})
    X = COVARIATES if name == "past_covariates" else None
    before = None if X is None else X.iloc[:40]
    ahead = None if X is None else X.iloc[40:]
    y_pred = model.fit(SERIES, X=before, fh=[1, 2, 3]).predict(X=ahead)
    return y_pred, model.predict_interval(X=ahead, coverage=0.8)


CLASSES = {
    GRURegressor: partial(predict_sequences, NETWORK),
    LSTMRegressor: partial(predict_sequences, NETWORK),
    RNNRegressor: partial(predict_sequences, NETWORK),
    ESNRegressor: partial(predict_sequences, RESERVOIR),
    ESNRegressorCV: partial(predict_sequences, SEARCH),
    SlidingWindowTransformer: partial(transform_rows, {"window_length": 3}),
    ReservoirTransformer: partial(transform_rows, RESERVOIR),
    RecurrentForecaster: partial(
        forecast,
        {
            "regressor": Ridge(),
            "window_length": 4,
            "sp": 1,
            "log": False,
            "sqrt": False,
            "center": True,
            "random_state": 0,
        },
    ),
    ESNForecaster: partial(
        forecast,
        {
            "esn": ESNRegressor(n_reservoir=5, alphas=0.1),
            "n_bootstrap": 5,
            "random_state": 0,
        },
    ),
}

# ------------------------------------------------------ methods of fitted estimators


@cache
def fitted(kind):
    """Return a fitted estimator, which the cases do not change."""
    if kind is SlidingWindowTransformer:
        return kind(3, flatten=True).fit(ROWS)
    if kind is ReservoirTransformer:
        return kind(**RESERVOIR).fit(ROWS)
    free = ESNRegressor(**RESERVOIR, return_sequences=True, feedback_features=[0, 1])
    following = np.roll(LONG, -1, axis=1)
    return free.fit(LONG[:, :-1], following[:, :-1])


LONG = np.sin(np.arange(240.0) / 5).reshape(1, 120, 2)


def set_output(kind, value):
    model = kind(**({"flatten": True} if kind is SlidingWindowTransformer else {}))
    if kind is ReservoirTransformer:
        model.set_params(**RESERVOIR)
    return np.asarray(model.set_output(transform=value).fit(ROWS).transform(ROWS))


# (class, method, parameter) -> what is done with a value
METHODS = {
    (ESNRegressor, "free_run", "n_steps"): lambda value: fitted(ESNRegressor).free_run(
        LONG, value
    ),
    **{
        (kind, "get_feature_names_out", "input_features"): (
            lambda value, kind=kind: fitted(kind).get_feature_names_out(value)
        )
        for kind in (SlidingWindowTransformer, ReservoirTransformer)
    },
    **{
        (kind, "set_output", "transform"): partial(set_output, kind)
        for kind in (SlidingWindowTransformer, ReservoirTransformer)
    },
}

# ------------------------------------------------------------------------- functions

FUNCTIONS = {
    make_windows: {"series": ROWS, "window_length": 3},
    datasets.load_aapl: {},
    datasets.load_santafe_laser: {},
    datasets.make_adding_problem: {"n_samples": 3, "n_steps": 4, "random_state": 0},
    datasets.make_lorenz: {"n_steps": 5, "washout": 2, "random_state": 0},
    datasets.make_mackey_glass: {"n_steps": 5, "washout": 2, "random_state": 0},
    datasets.make_mso: {"n_steps": 5, "random_state": 0},
    datasets.make_narma: {"n_steps": 30, "random_state": 0},
    sklearn_rnn.show_versions: {},
}


def call(function, name, value):
    return function(**FUNCTIONS[function] | {name: value})


# -------------------------------------------------------------------------- displays

HALF = np.array([0.5, 0.25, 0.125])


@cache
def axes(number):
    """Return Axes to draw in: new ones would take longer than all the rest."""
    return Figure().subplots()


@cache
def displayed(name):
    """Return the fitted model of a display."""
    if name == "FitReportDisplay":
        model = GRURegressor(**NETWORK).fit(X, y)
        model.fit_report_ = REPORT
        return model
    if name == "TrainingCurveDisplay":
        return GRURegressor(**NETWORK | STOPPED).fit(X, y)
    if name == "ReservoirDisplay":
        return ESNRegressor(**RESERVOIR).fit(X, y)
    if name == "ForecastDisplay":
        model = ESNForecaster(ESNRegressor(5, alphas=0.1), n_bootstrap=5)
        return model.fit(SERIES, fh=[1, 2, 3])
    return Ridge().fit(FLAT, y)


STATES = np.arange(8.0).reshape(4, 2) / 8
EIGENVALUES = [np.array([0.5, 0.1 + 0.2j, 0.1 - 0.2j])]
REPORT = FitReport(
    metric="mean absolute error",
    judged_on="the last 3 of 12 samples",
    models=["mean", "ridge", "network", "network"],
    n_steps=[None, None, 150, 300],
    errors=[1.0, 0.5, 0.25, 0.375],
    chosen=2,
    reason="its error is the least",
    seconds=0.5,
)
# (display, how it is made) -> valid arguments
DISPLAYS = {
    ("FitReportDisplay", "__init__"): lambda: {"fit_report": REPORT},
    ("FitReportDisplay", "from_estimator"): lambda: {
        "estimator": displayed("FitReportDisplay"),
        "ax": axes(0),
    },
    ("ForecastDisplay", "__init__"): lambda: {
        "y_pred": HALF,
        "y_history": HALF,
        "y_true": HALF,
        "intervals": {0.8: np.stack([HALF - 1, HALF + 1], axis=1)},
        "value_name": "m",
    },
    ("ForecastDisplay", "from_predictions"): lambda: {
        **DISPLAYS["ForecastDisplay", "__init__"](),
        "ax": axes(0),
    },
    ("ForecastDisplay", "from_estimator"): lambda: {
        "forecaster": displayed("ForecastDisplay"),
        "y": SERIES,
        "fh": [1, 2],
        "X": None,
        "coverage": 0.8,
        "series": None,
        "column": None,
        "value_name": None,
        "ax": axes(0),
    },
    ("ReservoirDisplay", "__init__"): lambda: {
        "states": STATES,
        "eigenvalues": EIGENVALUES,
        "spectral_radius": 0.5,
        "alphas": [0.1, 1.0],
        "gcv_scores": [0.5, 0.25],
        "alpha": 1.0,
        "names": ["a"],
    },
    ("ReservoirDisplay", "from_estimator"): lambda: {
        "estimator": displayed("ReservoirDisplay"),
        "X": X,
        "sample": 0,
        "axes": [axes(0), axes(1), axes(2)],
    },
    ("TrainingCurveDisplay", "__init__"): lambda: {
        "loss": HALF,
        "steps": [1, 2, 3],
        "epochs": [1, 2, 3],
        "validation_loss": HALF,
        "validation_epochs": [1, 2, 3],
        "validation_steps": [1, 2, 3],
        "best_epoch": 2,
        "loss_name": "Loss",
        "is_refit": False,
    },
    ("TrainingCurveDisplay", "from_estimator"): lambda: {
        "estimator": displayed("TrainingCurveDisplay"),
        "ax": axes(0),
    },
    ("WindowImportanceDisplay", "__init__"): lambda: {
        "importances_mean": STATES,
        "importances_std": STATES,
        "importances": STATES[:, :, np.newaxis],
        "group_by": None,
        "feature_names": ["a", "b"],
        "importance_name": "I",
    },
    ("WindowImportanceDisplay", "from_estimator"): lambda: {
        "estimator": displayed("WindowImportanceDisplay"),
        "X": FLAT,
        "y": y,
        "method": "permutation",
        "group_by": None,
        "n_repeats": 1,
        "scoring": None,
        "max_samples": None,
        "window_length": 4,
        "feature_names": None,
        "random_state": 0,
        "ax": axes(0),
    },
}


def _drawn(display):
    """Return the numbers in the figure of a display, and clean it for the next."""
    data = [line.get_ydata() for ax in display.figure_.axes for line in ax.lines]
    return [np.ma.filled(np.asarray(part, float), 0.0) for part in data]


def _clean():
    for number in range(3):
        own, *others = axes(number).figure.axes
        for ax in others:
            ax.remove()
        if own.has_data():
            own.clear()
    plt.close("all")


def draw(kind, method, name, value):
    """Make a display with one odd argument, and draw it."""
    _clean()
    where = "axes" if kind is plotting.ReservoirDisplay else "ax"
    own = [axes(0), axes(1), axes(2)] if where == "axes" else axes(0)
    if method == "plot":
        display = kind(**DISPLAYS[kind.__name__, "__init__"]())
        return _drawn(display.plot(**{where: own, name: value}))
    given = DISPLAYS[kind.__name__, method]() | {name: value}
    if method == "__init__":
        return _drawn(kind(**given).plot(own))
    return _drawn(getattr(kind, method)(**given))


# ------------------------------------------------------------------------- the table


def parameters(function):
    """List the names of a function's parameters, without self and **kwargs."""
    return [
        name
        for name, one in inspect.signature(function).parameters.items()
        if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL) and name != "self"
    ]


def table():
    """Return what is tried: "name.method(parameter)" -> how, and the parameter."""
    cases = {}
    for kind, run in CLASSES.items():
        for name in parameters(kind):
            case = partial(run, kind, name)
            cases[f"{kind.__name__}({name})"] = (case, name, words(kind, name))
    for (kind, method, name), run in METHODS.items():
        cases[f"{kind.__name__}.{method}({name})"] = (run, name, ())
    for function in FUNCTIONS:
        for name in parameters(function):
            case = partial(call, function, name)
            cases[f"{function.__name__}({name})"] = (case, name, ())
    for kind in map(partial(getattr, plotting), plotting.__all__):
        for method in ("__init__", "from_estimator", "from_predictions", "plot"):
            if method != "plot" and (kind.__name__, method) not in DISPLAYS:
                continue
            for name in parameters(getattr(kind, method)):
                case = partial(draw, kind, method, name)
                cases[f"{kind.__name__}.{method}({name})"] = (case, name, ())
    return cases


def words(kind, name):
    """Return the words that a parameter takes."""
    constraints = getattr(kind, "_parameter_constraints", {}).get(name, ())
    options = [one.options for one in constraints if isinstance(one, StrOptions)]
    return sorted(set().union(*options))


TABLE = table()

# What else may be named, where it is the length of another array that does not fit.
ALSO = {
    "y_pred": ("intervals",),
    "loss": ("steps", "epochs"),
    "validation_loss": ("validation_steps", "validation_epochs"),
    "importances_mean": ("importances_std",),
    "alphas": ("axes",),
    "y": ("X",),
}
