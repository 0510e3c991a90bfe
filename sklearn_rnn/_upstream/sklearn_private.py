"""Private names of scikit-learn, which its own estimators are written with."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from sklearn.base import _fit_context
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import (
    _check_feature_names as check_feature_names,
)
from sklearn.utils.validation import (
    _check_feature_names_in as check_feature_names_in,
)
from sklearn.utils.validation import (
    _check_n_features as check_n_features,
)
from sklearn.utils.validation import (
    _get_feature_names as get_feature_names,
)

__all__ = [
    "Interval",
    "InvalidParameterError",
    "StrOptions",
    "check_feature_names",
    "check_feature_names_in",
    "check_n_features",
    "fit_context",
    "get_feature_names",
    "validate_parameter_constraints",
]

if TYPE_CHECKING:
    _Method = TypeVar("_Method", bound=Callable[..., Any])

    # Typed, so that a decorated method keeps its signature in an editor.
    def fit_context(
        *, prefer_skip_nested_validation: bool
    ) -> Callable[[_Method], _Method]: ...

else:
    fit_context = _fit_context
