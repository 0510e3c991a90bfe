"""Which kernel runs a recurrent layer."""

import os
from functools import cache
from importlib import import_module

__all__ = ["compiled", "describe_kernel", "instruction_sets", "kernel_in_use"]

_VARIABLE = "SKLEARN_RNN_KERNEL"
_WITHOUT_COMPILED = ("torch", "off")


@cache
def compiled():
    """Return the compiled module, or None where there is none that loads."""
    return _load()[0]


@cache
def _load():
    """Return the compiled module or None, and why it is None."""
    name = f"{__package__}._compiled"
    try:
        return import_module(name), ""
    except Exception as error:  # a broken file raises whatever it likes
        if isinstance(error, ModuleNotFoundError) and error.name == name:
            return None, "not built when this was installed"
        return None, f"built, but does not load: {error}"


@cache
def instruction_sets():
    """Return the compiled kernels this processor can run, the fastest first."""
    return () if compiled() is None else tuple(compiled().instruction_sets())


def kernel_in_use():
    """Return the name of the kernel that runs recurrent layers.

    The environment variable ``SKLEARN_RNN_KERNEL`` chooses another one: it is read at
    each call.

    Returns
    -------
    kernel : str
        An instruction set, ``"avx512"``, ``"avx2"`` or ``"baseline"``: the compiled
        kernel; ``"torch"``: our own backpropagation through time in torch; ``"off"``:
        torch's modules.

    Raises
    ------
    ValueError
        If the variable names none of those that this machine can run.
    """
    asked = os.environ.get(_VARIABLE)
    if not asked:
        return _fastest()
    if asked in _WITHOUT_COMPILED:
        return asked  # whoever asks for these may have a file that must not be loaded
    valid = (*instruction_sets(), *_WITHOUT_COMPILED)
    if asked not in valid:
        raise ValueError(
            f"The environment variable {_VARIABLE} is {asked!r}; here it may be unset "
            f"or one of {', '.join(valid)}."
        )
    return asked


@cache
def _fastest():
    return (*instruction_sets(), "torch")[0]


def describe_kernel():
    """Return in a few words what runs recurrent layers on a CPU."""
    words = {"torch": "none, plain torch", "off": "none, torch's modules"}
    try:
        kernel = kernel_in_use()
    except ValueError as error:
        return str(error)
    words = words.get(kernel, f"compiled, {kernel}")
    if os.environ.get(_VARIABLE):
        return f"{words} (by {_VARIABLE})"
    return f"{words} ({_load()[1]})" if compiled() is None else words
