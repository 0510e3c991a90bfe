"""Recurrent networks as ordinary scikit-learn estimators.

Importing this package is cheap: each name below loads its module, and with it
torch or scikit-learn, when it is first used.
"""

import sys
from importlib import import_module

# typing.TYPE_CHECKING, without the import of typing, which would take longer than the
# rest of this file.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from sklearn_rnn import datasets, forecasting, plotting  # noqa: F401
    from sklearn_rnn._recurrent.regressors import (
        GRURegressor,
        LSTMRegressor,
        RNNRegressor,
    )
    from sklearn_rnn._reservoir.regressors import ESNRegressor, ESNRegressorCV
    from sklearn_rnn._reservoir.transformer import ReservoirTransformer
    from sklearn_rnn._show_versions import show_versions
    from sklearn_rnn._windows.make_windows import make_windows
    from sklearn_rnn._windows.sliding_window import SlidingWindowTransformer

__version__ = "0.1.0"

__all__ = [
    "ESNRegressor",
    "ESNRegressorCV",
    "GRURegressor",
    "LSTMRegressor",
    "RNNRegressor",
    "ReservoirTransformer",
    "SlidingWindowTransformer",
    "__version__",
    "datasets",
    "make_windows",
    "plotting",
    "show_versions",
]

# forecasting stays out of __all__: where sktime is missing, a star import still works.
_SUBMODULES = {"datasets", "forecasting", "plotting"}
_MODULE_OF = {
    "ESNRegressor": "_reservoir.regressors",
    "ESNRegressorCV": "_reservoir.regressors",
    "GRURegressor": "_recurrent.regressors",
    "LSTMRegressor": "_recurrent.regressors",
    "RNNRegressor": "_recurrent.regressors",
    "ReservoirTransformer": "_reservoir.transformer",
    "SlidingWindowTransformer": "_windows.sliding_window",
    "make_windows": "_windows.make_windows",
    "show_versions": "_show_versions",
}


def __dir__() -> list[str]:
    return sorted({*__all__, *_SUBMODULES})


def __getattr__(name: str) -> object:
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    if name in _MODULE_OF:
        value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
        # Later look-ups find the name itself and do not come here.
        globals()[name] = value
        return value
    # Python's own words; name and obj let it add "Did you mean ...".
    raise AttributeError(
        f"module {__name__!r} has no attribute {name!r}",
        name=name,
        obj=sys.modules[__name__],
    )
