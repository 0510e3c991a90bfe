"""Which kernel runs a recurrent layer."""

import os
from functools import cache
from importlib import import_module

__all__ = ["compiled", "describe_kernel", "instruction_sets", "kernel_in_use"]

_VARIABLE = "SKLEARN_RNN_KERNEL"
_WITHOUT_COMPILED = ("torch", "off")


@cache
def compiled():
    """Return the compiled module, or None where it is missing or does not load."""
    return _load()[0]


@cache
def _load():
    """Return the compiled module or None, and the reason for None."""
    name = f"{__package__}._compiled"
    try:
        return import_module(name), ""
    except Exception as error:  # a broken file can raise any exception
        if isinstance(error, ModuleNotFoundError) and error.name == name:
            return None, "not built when this was installed"
        return None, f"built, but does not load: {error}"


@cache
def instruction_sets():
    """Return the instruction sets of this processor's kernels, the fastest first."""
    return () if compiled() is None else tuple(compiled().instruction_sets())


def kernel_in_use():
    """Return the name of the kernel that runs recurrent layers.

    The environment variable ``SKLEARN_RNN_KERNEL`` chooses another kernel; each call
    reads it.

    Returns
    -------
    kernel : str
        ``"avx512"``, ``"avx2"`` or ``"baseline"``: the compiled kernel for this
        instruction set; ``"torch"``: our own backpropagation through time in torch;
        ``"off"``: torch's modules.

    Raises
    ------
    ValueError
        If the variable names a kernel that this machine cannot run.
    """
    asked = os.environ.get(_VARIABLE)
    if not asked:
        return _fastest()
    if asked in _WITHOUT_COMPILED:
        return asked  # these kernels must work where the compiled file does not load
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
    """Return a short description of the kernel of recurrent layers on a CPU."""
    words = {"torch": "none, plain torch", "off": "none, torch's modules"}
    try:
        kernel = kernel_in_use()
    except ValueError as error:
        return str(error)
    words = words.get(kernel, f"compiled, {kernel}")
    if os.environ.get(_VARIABLE):
        return f"{words} (by {_VARIABLE})"
    return f"{words} ({_load()[1]})" if compiled() is None else words
