"""Checks of parameters, whose errors are one sentence for any value."""

import sys
from numbers import Integral, Real
from types import SimpleNamespace

import numpy as np

from sklearn_rnn._upstream.sklearn_private import (
    InvalidParameterError,
    check_feature_names_in,
    validate_parameter_constraints,
)

from ._checks import as_random_state, is_integer, plain, short

__all__ = [
    "ParametersMixin",
    "check_container",
    "read_feature_names",
    "read_random_state",
]

_CONTAINERS = ("default", "pandas", "polars")

_FLAGS = {"boolean", "verbose"}  # constraints that a bool satisfies
_LARGEST_INT = 2**63 - 1  # of the integers of numpy and torch


class _Shown:
    """Stands for an invalid value: no constraint takes it, and its text is short."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return short(self.value)


class ParametersMixin:
    """Mixin that checks parameters as scikit-learn does, with shorter errors.

    A class with it, left of ``BaseEstimator``, has ``_parameter_constraints``.
    scikit-learn prints an invalid value in full, even a table or a long text. It raises
    errors of numpy or Python for values that it cannot compare (a Fraction) or print
    (an integer of 5,000 digits), and accepts integers that no array can hold.
    """

    def _given(self):
        """Return the parameters by name, with scalars of numpy as values of Python.

        They are the parameters with constraints: the ``__init__`` of a subclass may
        take fewer, and set the others.
        """
        given = SimpleNamespace()
        for name, constraints in self._parameter_constraints.items():
            value = plain(getattr(self, name))
            if _takes_real(constraints) and is_integer(value):
                value = float(value)  # torch takes no integer of over 64 bits
            setattr(given, name, value)
        return given

    def _validate_params(self):
        caller = type(self).__name__
        for name in self._parameter_constraints:
            value = getattr(self, name)
            if not _is_valid(self._parameter_constraints, name, value):
                validate_parameter_constraints(
                    self._parameter_constraints,
                    {name: _Shown(value)},
                    caller_name=caller,
                )
            _check_size(self._parameter_constraints.get(name, ()), name, value, caller)


def _is_valid(constraints, name, value):
    if name not in constraints:
        return True
    if isinstance(value, np.timedelta64):  # an integer, as numpy counts it
        return False
    # True counts as 1, as Python counts, and not in numpy and torch.
    if isinstance(value, bool | np.bool_) and not _FLAGS & _words(constraints[name]):
        return False
    try:
        validate_parameter_constraints(constraints, {name: value}, caller_name="")
    except Exception:  # a value may fail to be compared, or to be printed
        return False
    return True


def _words(constraints):
    return {one for one in constraints if isinstance(one, str)}


def _takes_real(constraints):
    return any(getattr(one, "type", None) is Real for one in constraints)


def _check_size(constraints, name, value, caller):
    """Raise an error if an integer is too large for a float or an array."""
    if not isinstance(value, Integral):
        return
    takes_real = _takes_real(constraints)
    largest = sys.float_info.max if takes_real else _LARGEST_INT
    if abs(int(value)) > largest:
        words = "1.8e308" if takes_real else "2**63 - 1"
        raise InvalidParameterError(
            f"The {name!r} parameter of {caller} must be at most {words} in size. Got "
            f"{short(value)} instead."
        )


def read_random_state(random_state: object) -> np.random.RandomState:
    """Return the RandomState that scikit-learn's check_random_state returns.

    Parameters
    ----------
    random_state : object
        A value from the user: None, an integer from 0 to 2**32 - 1 or a RandomState.

    Returns
    -------
    random_state : RandomState
        The generator.
    """
    generator = as_random_state(random_state)
    if generator is None:
        raise ValueError(
            f"random_state={short(random_state)} must be None, an integer from 0 to "
            f"{2**32 - 1} or a numpy RandomState."
        )
    return generator


def read_feature_names(estimator, input_features):
    """Return the names of the columns of X for ``get_feature_names_out``.

    Parameters
    ----------
    estimator : estimator
        A fitted transformer.
    input_features : array-like of shape (n_features,) or None
        Names from the user; None: those of ``fit``.

    Returns
    -------
    names : ndarray of shape (n_features,)
        The names.
    """
    try:
        if np.ndim(input_features) == (0 if input_features is None else 1):
            return check_feature_names_in(estimator, input_features)
    except ValueError as error:
        if str(error).startswith("input_features"):
            raise
        cause = error
    except Exception as error:  # an array-like of the user may raise anything
        cause = error
    else:
        cause = None
    raise TypeError(
        f"input_features={short(input_features)} must be an array of names, or None."
    ) from cause


def check_container(transform: object) -> None:
    """Raise a ValueError if scikit-learn knows no such container of an output."""
    is_word = isinstance(transform, str) and transform in _CONTAINERS
    if transform is not None and not is_word:
        words = ", ".join(map(repr, _CONTAINERS))
        raise ValueError(f"transform={short(transform)} must be {words} or None.")
