"""``gymapi`` has everything that the published stubs of Isaac Gym's have, with the same parameters."""

import ast
import inspect

import pytest

from gymctl.isaacgym import gymapi
from tests.isaacgym import stubs

stubs.module()
HANDLES = {"Gym", "Sim", "Env", "Asset", "Viewer", "UsdExporter"}
ENUMERATIONS = sorted(name for name in stubs.classes() if "__members__" in stubs.attributes(name))


@pytest.mark.parametrize("name", sorted(set(stubs.classes()) - HANDLES))
def test_a_class_has_its_attributes_and_methods(name):
    cls = getattr(gymapi, name)
    instance = next(iter(cls)) if name in ENUMERATIONS else cls()
    wanted = {*stubs.attributes(name), *stubs.methods(name)} - {"__setstate__"}  # how pickle restores it is its own
    missing = [attribute for attribute in wanted if not hasattr(instance, attribute) and not hasattr(cls, attribute)]
    assert not missing


@pytest.mark.parametrize("name", sorted(set(stubs.classes()) - HANDLES - set(ENUMERATIONS)))
def test_a_class_has_no_other_attributes(name):
    with pytest.raises(AttributeError):
        getattr(gymapi, name)().flip_visual_attachment = True


SAID = [
    (name, method)
    for name in sorted(set(stubs.classes()) - HANDLES)
    for method, (declared, *_) in stubs.methods(name).items()
    if inspect.isfunction(inspect.getattr_static(getattr(gymapi, name), method, None))
]
"""Methods that are functions here."""


@pytest.mark.parametrize(("name", "method"), SAID)
def test_a_method_takes_its_parameters(name, method):
    (declared, *_) = stubs.methods(name)[method]
    assert _calls_fit(declared, inspect.signature(getattr(getattr(gymapi, name), method)))


def _calls_fit(declared: ast.FunctionDef, mine: inspect.Signature) -> bool:
    """Whether what the stubs allow is allowed: by position, by name, and with the defaults left out."""
    if declared.args.vararg:
        return True  # the stubs don't say what it takes
    names = [argument.arg for argument in declared.args.args]
    required = names[: len(names) - len(declared.args.defaults)]
    nameless = [name for name in names if name == "self" or name.startswith("arg")]
    named = {name: None for name in names if name not in nameless}
    try:
        mine.bind(*names)
        mine.bind(*required)
        mine.bind(*nameless, **named)
    except TypeError:
        return False
    return True


def test_constants_have_their_values():
    for name, value in stubs.constants().items():
        assert hasattr(gymapi, name), name
        assert value is None or getattr(gymapi, name) == value, name


@pytest.mark.parametrize("name", ENUMERATIONS)
def test_members_of_enumerations_are_constants_of_the_module(name):
    cls = getattr(gymapi, name)
    members = set(stubs.attributes(name)) - {"__members__"}
    assert set(cls.__members__) == members
    assert all(getattr(gymapi, member) is getattr(cls, member) for member in members)


def test_functions_are_there():
    for name in stubs.functions():
        assert callable(getattr(gymapi, name)), name


@pytest.mark.parametrize("name", sorted(set(stubs.methods("Gym")) - {"__init__"}))
def test_gym_has_the_method_with_its_parameters(name):
    method = getattr(gymapi.Gym, name)
    if not getattr(method, "not_implemented", False):
        signature = inspect.signature(method)
        assert all(_calls_fit(overload, signature) for overload in stubs.methods("Gym")[name])


def test_acquire_gym_gives_the_one_gym():
    assert gymapi.acquire_gym() is gymapi.acquire_gym()
    assert isinstance(gymapi.acquire_gym(), gymapi.Gym)
