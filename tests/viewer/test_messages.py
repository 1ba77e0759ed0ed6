"""What the page may say about its controls, and that viser reads what was checked."""

import math

import msgspec
import pytest
import viser

from gymctl.viewer.messages import MessageFilter
from gymctl.viewer.server import serve
from tests.helpers.viewer_page import CAMERA, add_controls


@pytest.fixture(scope="module")
def gui():
    server = serve("127.0.0.1", None, "test")
    yield server.gui
    server.stop()


@pytest.fixture(scope="module")
def controls(gui):
    return add_controls(gui)


@pytest.fixture
def admit(controls):
    by_uuid = {control._impl.uuid: control for control in controls.values()}
    admits = MessageFilter(by_uuid.get)
    return lambda message: admits(msgspec.msgpack.encode(message))


def update(control, **updates):
    return {"type": "GuiUpdateMessage", "uuid": control._impl.uuid, "updates": updates}


OFFERED = {
    "button": [True],
    "group": ["Step", "Restart"],
    "dropdown": ["1", "2"],
    "checkbox": [True, False],
    "slider": [0, 0.0, 0.37, 1],
}
HOSTILE = [
    *(None, True, False, 0, 1, 2, -1, 0.5, 1.0001, -1e-9, 2**63, -(2**63), math.nan, math.inf, -math.inf),
    *("", "1", "2", "3", "Step", "step", "Step ", "0.5", "True", "x" * 10_000, "\x1b[2J", "\ud7ff", "../../etc/passwd"),
    *([], ["1"], [0.5, 0.5], {}, {"value": "1"}, b"1", b"Step", [[[]]] * 100),
]


@pytest.mark.parametrize("name", OFFERED)
def test_what_a_control_offers_is_let_through_and_nothing_else(admit, controls, name):
    for value in OFFERED[name]:
        assert admit(update(controls[name], value=value)), value
    for value in HOSTILE:
        is_offered = any(
            value == offered and isinstance(value, bool) == isinstance(offered, bool) for offered in OFFERED[name]
        )
        is_offered = is_offered or (name == "slider" and type(value) in (int, float) and 0 <= value <= 1)
        assert bool(admit(update(controls[name], value=value))) == is_offered, value


@pytest.mark.parametrize("name", ["text", "html", "upload", "disabled", "hidden"])
@pytest.mark.parametrize("value", HOSTILE)
def test_other_elements_offer_nothing(admit, controls, name, value):
    assert admit(update(controls[name], value=value)) is None


def test_only_values_of_controls_can_be_changed(admit, controls):
    slider = controls["slider"]
    assert admit(update(slider)) is None
    assert admit(update(slider, max=9.0)) is None
    assert admit(update(slider, value=0.5, max=9.0)) is None
    assert admit(update(slider, _impl=0.5)) is None
    assert admit({**update(slider, value=0.5), "excluded_self_client": 1}) is None
    assert admit({**update(slider, value=0.5), "uuid": "nobody"}) is None
    assert admit({**update(slider, value=0.5), "uuid": 3}) is None
    assert admit({**update(slider, value=0.5), "updates": [0.5]}) is None


def _message_types():
    return sorted(viser._messages.Message._subclass_from_type_string())


@pytest.mark.parametrize("name", sorted(set(_message_types()) - {"GuiUpdateMessage", "ViewerCameraMessage"}))
def test_messages_that_nobody_needs_are_dropped(admit, controls, name):
    uuid = controls["upload"]._impl.uuid
    assert admit({"type": name}) is None
    assert admit({"type": name, "uuid": uuid, "source_component_uuid": uuid, "transfer_uuid": "t"}) is None


def test_the_first_camera_is_viser_s_greeting_and_others_are_dropped(admit):
    assert admit({**CAMERA, "position": [0, 1]}) is None
    assert admit({**CAMERA, "fov": "wide"}) is None
    assert admit({**CAMERA, "image_width": 2.5}) is None
    assert admit({name: value for name, value in CAMERA.items() if name != "far"}) is None
    assert viser._messages.Message.deserialize(admit(CAMERA)).position == (0.0, 1.0, 2.0)
    assert admit(CAMERA) is None


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"",
            b"\xc1",
            b"\x80",
            b"\x90",
            b"null",
            b"\x81\xa4type",
            b"\x91" * 9000,
            b"\x81\xa1a" * 5000,
            b"\xff" * 16000,
        ),
        *(
            b"\xdf\xff\xff\xff\xff",
            b"\xdb\xff\xff\xff\xff",
            b"\x81\xa4type\xa2\xff\xfe",
            "text",
            "\x00",
            b"\xc7\x08\xff" + b"\xff" * 8,
        ),
    ],
)
def test_bytes_that_are_no_message_are_dropped(raw):
    assert MessageFilter(lambda uuid: None)(raw) is None


def test_viser_reads_what_was_checked_though_a_name_comes_twice(controls):
    """Decoders disagree which of two equal names counts."""
    button = controls["button"]._impl.uuid
    encode = msgspec.msgpack.encode
    pairs = [("type", "GuiUpdateMessage"), ("uuid", button), ("updates", {"value": True})]
    for name, value in [("type", "ShareUrlRequest"), ("uuid", "nobody"), ("updates", {"label": "x"})]:
        for twice in ([*pairs, (name, value)], [(name, value), *pairs]):
            raw = bytes([0x80 | len(twice)]) + b"".join(encode(name) + encode(value) for name, value in twice)
            admitted = MessageFilter({button: controls["button"]}.get)(raw)
            if admitted is not None:
                message = viser._messages.Message.deserialize(admitted)
                assert (type(message).__name__, message.uuid, message.updates) == (
                    "GuiUpdateMessage",
                    button,
                    {"value": True},
                )
