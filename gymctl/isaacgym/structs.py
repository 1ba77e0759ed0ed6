"""Classes whose instances are one block of memory, as in C++: float32, nested in place, copied on assignment."""

import ctypes
import enum
import inspect
from typing import Any, ClassVar, Self, TypeVar, get_origin

_C_TYPES = {float: ctypes.c_float, int: ctypes.c_int64, bool: ctypes.c_bool}
T = TypeVar("T", bound="Struct")
_set_field = ctypes.Structure.__setattr__


class Struct(ctypes.Structure):
    """A value with typed attributes, written like a dataclass under ``@struct`` with ``__slots__ = ()``.

    Floats are float32. An attribute that is a ``Struct`` is part of its owner: ``pose.p.x = 1.0`` changes ``pose``, and
    assignment copies. Numbers may be NumPy scalars, arrays of size 1 or 0-dimensional tensors; nested values may be
    sequences. Unknown attributes raise ``AttributeError``. Instances can be pickled and copied.
    """

    __slots__ = ()
    _defaults: ClassVar[bytes]

    def __init__(self) -> None:
        ctypes.memmove(ctypes.byref(self), self._defaults, len(self._defaults))

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            _set_field(self, name, value)
        except (TypeError, RuntimeError):  # the latter where a tuple doesn't fit a nested value
            _set_field(self, name, _converted(dict(self._fields_)[name], value))  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)}' for name in names(type(self)))})"

    def __copy__(self) -> Self:
        return type(self).from_buffer_copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self).from_buffer_copy(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), bytes(self))


def struct(cls: type[T]) -> type[T]:
    """Gives a class fields from its annotations, with its class attributes as defaults.

    Args:
        cls: A ``Struct`` whose annotations are ``float``, ``int``, ``bool``, an ``IntEnum`` or another ``Struct``.
    """
    annotations = {
        name: kind for name, kind in inspect.get_annotations(cls).items() if get_origin(kind) is not ClassVar
    }
    defaults = {name: cls.__dict__[name] for name in annotations if name in cls.__dict__}
    cls._fields_ = [_field(name, kind) for name, kind in annotations.items()]
    for name, kind in annotations.items():
        if issubclass(kind, enum.IntEnum):
            setattr(cls, name, _EnumField(kind, name))
        if issubclass(kind, Struct):
            defaults.setdefault(name, kind())
    template = cls.__new__(cls)
    for name, value in defaults.items():
        setattr(template, name, value)
    cls._defaults = bytes(template)
    return cls


def names(cls: type[Struct]) -> list[str]:
    """The names of a struct's attributes, in order."""
    return [field[0].removeprefix("_") for field in cls._fields_]


def from_buffer(cls: type[T], buffer: Any) -> T:
    """A value from the bytes of one; a copy.

    Args:
        cls: Which struct.
        buffer: Anything with the buffer protocol, such as an element of a structured array.

    Raises:
        ValueError: It isn't as long as one value.
    """
    data = bytes(buffer)
    if len(data) != ctypes.sizeof(cls):
        raise ValueError(f"{cls.__name__}.from_buffer needs {ctypes.sizeof(cls)} bytes, not {len(data)}")
    return cls.from_buffer_copy(data)


class _EnumField:
    """An attribute that is kept as an int and read as a member."""

    def __init__(self, kind: type[enum.IntEnum], name: str) -> None:
        self._kind = kind
        self._name = "_" + name

    def __get__(self, instance: Struct | None, owner: type[Struct]) -> enum.IntEnum | Self:
        return self if instance is None else self._kind(getattr(instance, self._name))

    def __set__(self, instance: Struct, value: int) -> None:
        setattr(instance, self._name, int(self._kind(value)))


def _field(name: str, kind: type) -> tuple[str, Any]:
    if issubclass(kind, enum.IntEnum):
        return "_" + name, ctypes.c_int64
    return name, _C_TYPES.get(kind, kind)


def _restored(cls: type[Struct], data: bytes) -> Struct:
    return cls.from_buffer_copy(data)


def _converted(kind: type, value: Any) -> Any:
    if issubclass(kind, Struct):
        return kind(*value)
    if hasattr(value, "item"):
        value = value.item()
    if kind is ctypes.c_int64 and isinstance(value, float) and value.is_integer():
        return int(value)
    return value
