"""The panel does what was chosen on the page, however fast, and what can't be done is told there."""

import time

import msgspec
import pytest
import viser
from websockets.sync.client import connect

from gymctl.viewer.panel import Panel
from gymctl.viewer.server import serve
from tests.helpers.viewer_page import CAMERA
from tests.viewer.test_messages import HOSTILE


@pytest.fixture
def server():
    server = serve("127.0.0.1", None, "test")
    yield server
    server.stop()


@pytest.fixture
def panel(server, session):
    return Panel(server.gui, session, 3, ("Ant", "Cartpole"))


@pytest.fixture
def choose(server, panel):
    """Chooses a value of a control, which is named by its label or its first button, as the page does."""
    controls = {_name(handle): handle for handle in server.gui._gui_input_handle_from_uuid.values()}
    with connect(server.url.replace("http", "ws"), subprotocols=[f"viser-v{viser.__version__}"]) as page:
        page.send(msgspec.msgpack.encode(CAMERA))
        _wait(server.get_clients)

        def choose(name, value):
            message = {"type": "GuiUpdateMessage", "uuid": controls[name]._impl.uuid, "updates": {"value": value}}
            page.send(msgspec.msgpack.encode(message))

        choose.names = list(controls)
        yield choose


def _name(handle):
    return getattr(handle, "label", "") or handle.options[0]


def _wait(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it didn't happen"
        time.sleep(0.01)


def _applied(panel, condition):
    panel.apply_requests()
    return condition()


def test_every_control_stands_hostile_values_and_works_afterwards(panel, session, choose):
    for name in choose.names:
        for value in HOSTILE:
            choose(name, value)
        panel.apply_requests()
    choose("Speed", "2 ×")
    _wait(lambda: _applied(panel, lambda: session.speed == 2.0))
    choose("Env", "0")
    _wait(lambda: _applied(panel, lambda: panel.selected == 0))
    choose("Sigma", 0.5)
    _wait(lambda: _applied(panel, lambda: session.mode.sigma == 0.5))


def test_requests_that_nobody_has_time_for_are_dropped_and_the_rest_is_done_once(panel, session, choose):
    for _ in range(150):
        choose("Step", "Step")
    choose("Sigma", 0.5)
    _wait(lambda: panel._policy._sigma.value == 0.5)
    panel.apply_requests()
    assert session.steps == 100
    panel.apply_requests()
    assert session.steps == 100


def test_another_task_is_chosen_and_none_that_is_not_offered(panel, choose):
    assert panel.task == "Cartpole"
    choose("Task", "Humanoid")
    choose("Task", "Ant")
    _wait(lambda: _applied(panel, lambda: panel.task != "Cartpole"))
    assert panel.task == "Ant"


def test_without_others_there_is_no_task_to_choose_and_no_free_base_to_push(server, session):
    Panel(server.gui, session, 3)
    names = {getattr(handle, "label", "") for handle in server.gui._gui_input_handle_from_uuid.values()}
    assert "Pause" in names
    assert not names & {"Task", "Push"}


def test_a_checkpoint_that_leaves_the_list_as_it_is_chosen_is_told(panel, session, choose):
    playing = session.source.path
    label = next(label for label in panel._policy._choices if label.startswith("latest"))
    choose("Checkpoint", label)
    _wait(lambda: panel._policy._checkpoint.value == label)
    del panel._policy._choices[label]  # as if the list had changed between the check and this
    _wait(lambda: panel.apply_requests() or panel._error.visible)
    assert session.source.path == playing
    assert "no longer there" in panel._error.content
    assert panel._error.visible


def test_the_numbers_beside_the_curve_fit_where_one_stands_at_its_upper_end(panel):
    above, *_ = panel._curve.padding or (0,)
    assert above >= 12 / 2  # viser draws numbers 12 pixels high
