"""Fitted state that changes at once when a fit ends, or not at all."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

__all__ = ["learns_in_one_step", "reads_one_state"]

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _with_state(estimator, state):
    """Return an estimator of the same class with the dict `state` as its own."""
    other = object.__new__(type(estimator))
    other.__dict__ = state
    return other


def _call(method, estimator, args, kwargs):
    """Call a method; where the arguments do not fit, name the estimator's own class."""
    try:
        return method(estimator, *args, **kwargs)
    except TypeError as error:
        # Python names the base class that has the method.
        called = f"{method.__qualname__}()"
        if str(error).startswith(called):
            name = f"{type(estimator).__name__}.{method.__name__}()"
            error.args = (str(error).replace(called, name, 1),)
        raise


def learns_in_one_step(method: _Method) -> _Method:
    """Let a method that learns change its estimator only at its end.

    The method works on a draft, a shallow copy of the estimator. If it returns, the
    estimator takes over all attributes that the draft has changed, in one step; if it
    raises, the estimator stays as it was. The draft shares the objects that its
    attributes refer to: the method must replace them, never change them in place.

    Parameters
    ----------
    method : callable
        ``fit``, ``partial_fit`` or ``fit_transform`` of an estimator.

    Returns
    -------
    method : callable
        The method in one step.
    """

    @wraps(method)
    def learn(self, *args, **kwargs):
        before = dict(vars(self))
        draft = _with_state(self, dict(before))
        result = _call(method, draft, args, kwargs)
        after, missing = vars(draft), object()
        # Parameters that were set meanwhile stay.
        state = {k: v for k, v in vars(self).items() if k in after or k not in before}
        for name, value in after.items():
            if value is not before.get(name, missing):
                state[name] = value
        self.__dict__ = state
        return self if result is draft else result

    return cast(_Method, learn)


def reads_one_state(method: _Method) -> _Method:
    """Let a method read the state of one fit, also while another thread fits anew.

    Parameters
    ----------
    method : callable
        ``predict``, ``transform`` or another method that only reads.

    Returns
    -------
    method : callable
        The method on the state at the time of its call.
    """

    @wraps(method)
    def read(self, *args, **kwargs):
        return _call(method, _with_state(self, vars(self)), args, kwargs)

    return cast(_Method, read)
