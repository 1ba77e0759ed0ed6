"""What the page may say: a control's new value, if the control offers it. Everything else is dropped."""

from collections.abc import Callable
from typing import Any

import msgspec
import viser


class _NewValue(msgspec.Struct, forbid_unknown_fields=True):
    value: bool | int | float | str


class _GuiUpdate(msgspec.Struct, tag_field="type", tag="GuiUpdateMessage", forbid_unknown_fields=True):
    uuid: str
    updates: _NewValue


_Vector = tuple[float, float, float]


class _Camera(msgspec.Struct, tag_field="type", tag="ViewerCameraMessage", forbid_unknown_fields=True):
    wxyz: tuple[float, float, float, float]
    position: _Vector
    fov: float
    near: float
    far: float
    image_height: int
    image_width: int
    look_at: _Vector
    up_direction: _Vector


_DECODER = msgspec.msgpack.Decoder(_GuiUpdate | _Camera)


class MessageFilter:
    """Checks the messages of one connection.

    Args:
        controls: Finds one of viser's controls by its identifier; None if there is none.
    """

    def __init__(self, controls: Callable[[str], Any]) -> None:
        self._controls = controls
        self._has_camera = False

    def __call__(self, raw: str | bytes) -> bytes | None:
        """Returns what viser may handle of a message as it came; None if nothing.

        The result is encoded anew, so that viser reads in it exactly what was checked.
        """
        try:
            message = _DECODER.decode(raw) if isinstance(raw, bytes) else None
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        match message:
            case _Camera() if not self._has_camera:  # viser waits for the first one; nobody reads the others
                self._has_camera = True
                return msgspec.msgpack.encode(message)
            case _GuiUpdate() if offers(self._controls(message.uuid), message.updates.value):
                return msgspec.msgpack.encode(message)
        return None


def offers(control: Any, value: bool | int | float | str) -> bool:
    """Whether a user could choose a value with one of viser's controls; other objects offer nothing."""
    match control:
        case viser.GuiButtonHandle():
            offered = value is True
        case viser.GuiButtonGroupHandle() | viser.GuiDropdownHandle():
            offered = value in control.options
        case viser.GuiCheckboxHandle():
            offered = isinstance(value, bool)
        case viser.GuiSliderHandle():
            offered = not isinstance(value, bool | str) and control.min <= value <= control.max
        case _:
            return False
    props: Any = control._impl.props  # of a group of buttons, only these know that it is disabled
    return offered and props.visible and not props.disabled
