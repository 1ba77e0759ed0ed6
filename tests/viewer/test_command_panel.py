"""Robots do what the sliders tell them, until they are given back to the task."""

import pytest
import torch

from gymctl.envs.factory import resolve_backend
from gymctl.policies.find import find_policy_to_play
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import load_policy, open_policy
from gymctl.viewer.panel import Panel
from gymctl.viewer.session import Session
from tests.scaffold.conftest import location, made  # noqa: F401
from tests.viewer.test_panel import _applied, _wait, choose, server  # noqa: F401

ZERO = ActionMode("zero")
PLANE = ("task.env.terrain.terrainType=plane", "task.env.learn.addNoise=False")


@pytest.fixture
def start():
    """Opens a session of a task without a policy."""
    opened = []

    def start(task, *overrides):
        settings = {"num_envs": 3, "seed": 0, "sim_device": "cpu", "rl_device": "cpu"}
        source = find_policy_to_play(task, None, agent="zero", settings=settings, overrides=overrides)
        backend = resolve_backend(source.config)
        context = open_policy(source, ZERO, backend)
        opened.append(context)
        return Session(*context.__enter__(), source, ZERO, lambda source, mode: load_policy(source, mode, backend))

    yield start
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture
def session(start):
    return start("Anymal")


@pytest.fixture
def panel(server, session):  # noqa: F811
    return Panel(server.gui, session, 3)


def commands(session):
    return session.env.task.commands[:, :3]


@pytest.mark.parametrize(("task", "overrides"), [("Anymal", ()), ("AnymalTerrain", PLANE)])
def test_all_robots_are_told_what_the_user_says_and_see_it(start, task, overrides):
    session, told = start(task, *overrides), torch.tensor([0.6, -0.3, 0.5])
    session.tell(told.tolist())
    for _ in range(3):
        session.step()
        torch.testing.assert_close(commands(session), told.expand(3, 3), atol=0.02, rtol=0.0)
    seen = session._observations[:, 9:12] / torch.tensor([2.0, 2.0, 0.25])
    torch.testing.assert_close(seen, told.expand(3, 3), atol=0.02, rtol=0.0)


def test_a_walker_s_own_draws_dont_overrule_the_user(start, made):  # noqa: F811
    session = start(location(made["quadruped"]), "task.env.commands.seconds=0.04")
    drawn = commands(session).clone()
    session.step()
    session.tell([0.5, 0.0, 0.0])
    for _ in range(6):
        session.step()
    session.paused = True
    session.env.task.tell(torch.tensor([0.5, 0.0, 0.0]))
    assert (commands(session) == torch.tensor([0.5, 0.0, 0.0])).all()
    session.tell(None)
    for _ in range(3):
        session.step()
    assert not (commands(session) == torch.tensor([0.5, 0.0, 0.0])).all()
    assert not torch.equal(commands(session), drawn)


def test_episodes_with_other_commands_dont_count(session):
    session.step()
    session.tell([0.1, 0.0, 0.0])
    before = session.episodes
    session.tell([0.1, 0.0, 0.0])
    assert session.episodes is before
    session.tell(None)
    assert session.episodes is not before


def test_moving_a_slider_tells_it_and_random_gives_it_back(panel, session, choose):  # noqa: F811
    choose("Forward [m/s]", 0.75)
    _wait(lambda: _applied(panel, lambda: session._told is not None))
    session.step()
    assert commands(session).tolist() == [[0.75, 0.0, 0.0]] * 3
    panel.show(1.0)
    assert "0.75 forward" in panel._figures.content
    choose("Commands", "random")
    _wait(lambda: _applied(panel, lambda: session._told is None))
    choose("Turning [rad/s]", 5.0)
    choose("Turning [rad/s]", -1.0)
    _wait(lambda: _applied(panel, lambda: session._told is not None))
    assert session._told.tolist() == [0.75, 0.0, -1.0]


def test_other_tasks_have_no_commands(start):
    assert start("Ant").command_ranges is None
