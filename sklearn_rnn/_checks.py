"""Checks of numbers from users; values and warnings as messages show them."""

import re
import sys
import warnings
from math import inf, isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np

__all__ = [
    "as_random_state",
    "check_choice",
    "is_integer",
    "plain",
    "read_count",
    "read_numbers",
    "read_positive",
    "short",
    "shortened",
    "warn_user",
]

_MOST_CHARACTERS = 60

# Packages whose lines a warning does not point at; joblib calls steps of pipelines.
_BETWEEN = ("sklearn_rnn", "sklearn", "sktime", "joblib")


def short(value: object, most: int = _MOST_CHARACTERS) -> str:
    """Return a value as an error shows it: on one line, without the middle if long.

    Parameters
    ----------
    value : object
        Any value, even if its ``repr`` raises.
    most : int, default=60
        Largest number of characters.

    Returns
    -------
    text : str
        At most `most` characters.
    """
    try:
        text = repr(value)
    except Exception:  # an integer of over 4,300 digits, a class of the user's own
        text = f"<{type(value).__name__}>"
    return shortened(text, most)


def shortened(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return a text on one line, with at most `most` characters."""
    text = re.sub(r"\s+", " ", text)
    if len(text) > most:
        n_last = (most - 5) // 4
        text = f"{text[: most - 5 - n_last]} ... {text[len(text) - n_last :]}"
    return text


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the user's line, outside of this package, scikit-learn and sktime.

    Parameters
    ----------
    message : str
        The warning.
    category : type of Warning, default=UserWarning
        Its class.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _package_of(frame) in _BETWEEN:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _package_of(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0]


def is_integer(value: object) -> bool:
    """Tell whether a value is an integer of Python or numpy, and no bool."""
    # Time spans of numpy are integers by their class.
    return isinstance(value, Integral) and not isinstance(value, bool | np.timedelta64)


def read_count(value: Any, name: str, least: int = 1, most: int | None = None) -> int:
    """Return an integer within bounds as an int of Python, which never overflows.

    Parameters
    ----------
    value : object
        A value from the user.
    name : str
        Name of the value in the error.
    least : int, default=1
        Least valid value.
    most : int or None, default=None
        Largest valid value; None: there is none.

    Returns
    -------
    count : int
        The value.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is out of bounds.
    """
    valid = f"of at least {least}" if most is None else f"from {least} to {most}"
    is_valid = is_integer(value)
    if is_valid and least <= int(value) <= (inf if most is None else most):
        return int(value)
    kind = ValueError if is_valid else TypeError
    raise kind(f"{name} must be an integer {valid}, got {short(value)}.")


def read_positive(value: Any, name: str) -> float:
    """Return a number above 0 as a float of Python.

    Parameters
    ----------
    value : object
        A value from the user.
    name : str
        Name of the value in the error.

    Returns
    -------
    number : float
        The value.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is not above 0, or not finite.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool | np.timedelta64)
    try:
        number = float(value) if is_number else 0.0
    except OverflowError:
        number = inf
    if isfinite(number) and number > 0:
        return number
    kind = ValueError if is_number else TypeError
    raise kind(f"{name} must be a positive, finite number, got {short(value)}.")


def read_numbers(given: Any):
    """Return one finite number, or several, as an array.

    Parameters
    ----------
    given : object
        A number or an array-like of numbers, from the user.

    Returns
    -------
    numbers : ndarray of shape (n_numbers,) or None
        float64; None where `given` is empty or holds anything else.
    """
    try:
        numbers = np.atleast_1d(np.asarray(given))
    except ValueError:  # lists of different lengths
        return None
    if numbers.dtype.kind not in "fiu" or numbers.ndim != 1 or len(numbers) == 0:
        return None
    return numbers.astype(np.float64) if np.isfinite(numbers).all() else None


def as_random_state(seed: Any) -> np.random.RandomState | None:
    """Return the RandomState that scikit-learn's ``check_random_state`` returns.

    That function is not used, as loading scikit-learn takes longer than making most
    series of ``sklearn_rnn.datasets``.

    Parameters
    ----------
    seed : object
        A value from the user; valid are None, integers from 0 to 2**32 - 1, and a
        RandomState.

    Returns
    -------
    random_state : RandomState or None
        The generator; None if `seed` is not valid.
    """
    if seed is None or seed is np.random:
        return np.random.mtrand._rand
    if isinstance(seed, np.random.RandomState):
        return seed
    if is_integer(seed) and 0 <= int(seed) < 2**32:
        return np.random.RandomState(int(seed))
    return None


def plain(value: Any) -> Any:
    """Return a scalar of numpy as a value of Python; anything else as it is.

    Parameters
    ----------
    value : object
        A parameter, checked.

    Returns
    -------
    value : object
        A bool, int, float or str in place of a scalar of numpy, and a float in place of
        another real number (in extended precision, or a Fraction).
    """
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.str_):
        return str(value)
    if is_integer(value):
        return int(value)
    is_float = isinstance(value, Real) and not isinstance(value, Integral)
    return float(value) if is_float else value


def check_choice(value: object, name: str, valid: tuple[str | None, ...]) -> None:
    """Raise a ValueError unless a parameter is one of the words that it takes."""
    is_word = isinstance(value, str) or value is None
    if not (is_word and value in valid):
        words = ", ".join(repr(word) for word in valid)
        raise ValueError(
            f"{name}={short(value)} is not valid; it must be one of {words}."
        )
