"""Public signatures say their types, for editors and type checkers."""

import inspect
from functools import partialmethod

import pytest
from public_api import public_objects, unwrapped

PUBLIC = public_objects()


def functions(member):
    """Return the functions behind a public name that a person calls."""
    if inspect.isclass(member):
        return [member.__init__]
    return [] if isinstance(member, partialmethod) else [unwrapped(member)]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_parameter_and_result_has_a_type(name):
    for function in functions(PUBLIC[name]):
        signature = inspect.signature(function)
        bare = [
            parameter.name
            for parameter in signature.parameters.values()
            if parameter.annotation is inspect.Parameter.empty
            and parameter.name not in ("self", "cls")
        ]
        assert not bare
        if not inspect.isclass(PUBLIC[name]):
            assert signature.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("name", PUBLIC)
def test_a_default_of_none_is_annotated(name):
    for function in functions(PUBLIC[name]):
        for parameter in inspect.signature(function).parameters.values():
            if parameter.default is None:
                text = str(parameter.annotation)
                assert any(
                    word in text for word in ("None", "Optional", "Any", "object")
                )
