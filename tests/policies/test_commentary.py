"""What a video tells of a robot: its time, speed and return, and arrows that point where it goes and should go."""

import math

import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.policies.commentary import Commentary
from tests.helpers import goals


@pytest.fixture
def make():
    made = []

    def make(task, *overrides):
        settings = {"num_envs": 2, "seed": 0, "sim_device": "cpu", "rl_device": "cpu"}
        env = factory.make(compose(task, settings=settings, overrides=overrides))
        env.reset()
        made.append(env)
        return env

    yield make
    for env in made:
        env.close()


def test_time_and_return_are_those_of_the_running_episode(make):
    env = make("Cartpole")
    commentary = Commentary(env, 2)
    total = 0.0
    for _ in range(5):
        _, reward, done, _ = env.step(torch.zeros(2, 1))
        commentary.add(reward, done)
        total += float(reward[1])
    lines = dict(commentary.notes()[1].lines)
    assert lines == {"time": f"{5 * env.control_dt:.1f} s", "return": f"{total:.1f}"}
    commentary.add(torch.ones(2), torch.tensor([False, True]))
    commentary.add(torch.ones(2), torch.tensor([False, False]))
    assert dict(commentary.notes()[1].lines)["return"] == "1.0"


def test_arrows_point_where_the_robot_is_told_to_go_and_where_it_goes(make):
    env = make("Anymal")
    env.task.tell(torch.tensor([1.0, 0.0, 0.3]))
    env.sim.qpos[:, 3:7] = torch.tensor([math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5)])  # it looks along y
    env.sim.qvel[:, :6] = 0.0
    env.sim.qvel[:, 0] = 0.5
    note = Commentary(env, 1).notes()[0]
    lines = dict(note.lines)
    assert (lines["speed (blue)"], lines["command (green)"], lines[""]) == ("0.50 m/s", "1.00 m/s", "+0.30 rad/s")
    commanded, actual = (arrow.end - arrow.start for arrow in note.arrows)
    assert commanded[1] > 0.1
    assert abs(commanded[0]) < 1e-5
    assert actual[0] == pytest.approx(commanded[1] / 2, rel=1e-4)
    assert abs(actual[1]) < 1e-5


def test_what_nobody_commands_has_a_speed_and_no_arrows(make):
    note = Commentary(make("Ant"), 1).notes()[0]
    assert [name for name, _ in note.lines] == ["time", "speed", "return"]
    assert not note.arrows


def test_the_time_is_the_episodes_though_a_success_zeroes_its_counter(make, walker):
    walker(*goals.AS_WALKER)
    env = make("Walker", "train=CartpolePPO", *goals.settings(most=9))
    for _ in range(3):
        env.step(torch.full((2, 1), goals.PRESS))
    assert not env.progress_buf.any()
    assert dict(Commentary(env, 2).notes()[0].lines)["time"] == f"{3 * env.control_dt:.1f} s"
