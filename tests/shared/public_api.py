"""The public names of the package, for tests that hold for each of them."""

import inspect
import pkgutil
from importlib import import_module

import sklearn_rnn


def public_modules():
    """Import the package and its public modules, whichever there are."""
    names = [module.name for module in pkgutil.iter_modules(sklearn_rnn.__path__)]
    public = [f"sklearn_rnn.{name}" for name in names if not name.startswith("_")]
    return [import_module(name) for name in ["sklearn_rnn", *public]]


def unwrapped(member):
    """Return the function that a method, property or the like is made of."""
    for name in ("fget", "__func__", "fn"):  # fn: that of scikit-learn's available_if
        member = getattr(member, name, member)
    return inspect.unwrap(member)


def is_ours(member):
    """Whether it is written in this package, not in scikit-learn or sktime."""
    return (getattr(member, "__module__", None) or "").split(".")[0] == "sklearn_rnn"


def public_objects():
    """List what a person can call or read: name -> class, or unwrapped function.

    Methods and properties of base classes count once for each class that has them, as
    they show there.
    """
    objects = {}
    for module in public_modules():
        for name in module.__all__:
            value = getattr(module, name)
            if not callable(value):
                continue  # a module, or the version
            objects[f"{module.__name__}.{name}"] = value
            members = dir(value) if inspect.isclass(value) else []
            for member in members:
                found = unwrapped(inspect.getattr_static(value, member))
                if not member.startswith("_") and is_ours(found):
                    objects[f"{module.__name__}.{name}.{member}"] = found
    return objects
