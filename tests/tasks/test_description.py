"""What tasks tell about themselves is what they compute: rebuilt from the contract and plain ``MjData``."""

from dataclasses import asdict

import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.tasks.built_in import BUILT_IN
from gymctl.tasks.describing import describe_task
from tests.docs.conftest import own_tasks  # noqa: F401
from tests.helpers.contracts import DEPLOY, LIKE_A_ROBOT, Shadow, contract_of
from tests.scaffold.conftest import location, made  # noqa: F401

STEPS = 25
OVERRIDES = {
    "AnymalTerrain": [*LIKE_A_ROBOT, "task.env.terrain.terrainType=plane"],
    "Trifinger": ["task.task.randomize=False"],
}
"""Without what a controller doesn't know of."""


def make(task, *overrides, **settings):
    config = compose(task, settings={"num_envs": 1, "seed": 3, "num_threads": 1, **settings}, overrides=overrides)
    return factory.make(config), contract_of(config)


def differences(env, contract, steps=STEPS):
    """The largest difference in each observation, over random actions and at least two starts."""
    shadow, generator = Shadow(env, contract), torch.Generator().manual_seed(1)
    largest = torch.zeros(env.task.num_observations)

    def compare(obs):
        torch.maximum(largest, (shadow.observe() - obs["obs"][0]).abs(), out=largest)

    for start in range(2):
        obs = env.reset()
        shadow.begin()
        compare(obs)
        for step in range(steps):
            shadow.follow()
            strength = 1.0 if (step + start) % 2 else 0.3
            actions = strength * (2.0 * torch.rand(1, env.task.num_actions, generator=generator) - 1.0)
            commands = shadow.interface.command(actions[0].numpy())
            obs, _, done, _ = env.step(actions)
            if done[0]:
                break
            shadow.hear()
            shadow.robot.step(commands)
            compare(obs)
    env.close()
    return largest


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
@pytest.mark.parametrize("task", BUILT_IN)
def test_a_robot_that_knows_the_contract_only_sees_and_does_what_the_task_does(task, physics):
    assert differences(*make(task, *OVERRIDES.get(task, []), physics=physics)).max() < 1e-4


@pytest.mark.parametrize("setting", ["command_mode=position", "normalize_action=False", "normalize_obs=False"])
def test_so_does_one_whose_torques_the_controller_computes(setting):
    env, contract = make("Trifinger", *OVERRIDES["Trifinger"], f"task.env.{setting}")
    assert all(action["by_controller"] for action in contract["actions"])
    assert differences(env, contract).max() < 1e-4


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
def test_what_the_critic_sees_is_told_too(physics):
    env, contract = make("Trifinger", *OVERRIDES["Trifinger"], physics=physics)
    told = describe_task(compose("Trifinger", overrides=[f"physics={physics}"])).description
    shadow, actions = Shadow(env, contract), torch.full((1, 9), 0.4)
    shadow.robot.mean_timesteps = told.states[-1].mean_timesteps
    env.reset()
    shadow.begin()
    for _ in range(8):
        shadow.follow()
        shadow.robot.step(shadow.interface.command(actions[0].numpy()))
        theirs = env.step(actions)[0]["states"][0]
        parts = [part for part in told.states if part.name != "last action"]
        read = [DEPLOY["readers"].READERS[part.name](shadow.robot.sensors, asdict(part)) for part in parts]
        seen = torch.cat([torch.as_tensor(value).flatten() for value in (*read[:6], actions[0], *read[6:])])
        if physics == "isaacgym":
            seen[86:95] = 0.0  # as Isaac Gym
        assert (seen.clamp(-5, 5) - theirs).abs().max() < 1e-4
    env.close()


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
def test_so_does_an_arm_that_takes_torques(physics):
    assert differences(*make("FrankaCubeStack", "task.env.controlType=joint_tor", physics=physics)).max() < 1e-4


def test_so_does_one_whose_targets_are_a_moving_average_of_actions():
    overrides = ["task.task.randomize=False", "task.env.forceScale=0"]
    env, contract = make("ShadowHandOpenAI_FF", *overrides)
    assert {action["moving_average"] for action in contract["actions"]} == {0.3}
    assert differences(env, contract).max() < 1e-4


@pytest.mark.parametrize("robot", ["quadruped", "hopper", "arm", "blank_quadruped", "blank_arm"])
def test_so_does_a_robot_with_a_task_that_gymctl_new_made(made, robot):  # noqa: F811
    env, contract = make(location(made[robot]), *(["task.env.commands.seconds=0.2"] if robot == "quadruped" else []))
    assert differences(env, contract).max() < 1e-5
    assert ":" not in contract["task"].rpartition(".py:")[2]
    assert "/" not in contract["task"]


def test_a_walker_that_is_to_stand_has_a_still_clock(made):  # noqa: F811
    env, contract = make(location(made["quadruped"]), "task.env.commands.standing=1.0")
    assert differences(env, contract, steps=5).max() < 1e-5


def test_rough_ground_is_measured_where_the_contract_says():
    """The task takes the lower of two corners of a cell, a ray hits between them."""
    env, contract = make("AnymalTerrain", *LIKE_A_ROBOT, "task.env.terrain.maxInitMapLevel=9")
    (part,) = (part for part in contract["observations"] if part["points"])
    heights = slice(part["start"], part["start"] + part["size"])
    env.reset()
    middle, unlike, mirrored = env.sim.qpos[0, :2].clone(), [], []
    for x, y in ((2.5, 1.0), (-2.5, 1.5), (1.0, 3.0), (-1.0, -3.0)):
        env.sim.qpos[0, :2] = middle + torch.tensor([x, y])
        shadow = Shadow(env, contract)
        shadow.follow()
        theirs, seen = env.task.observe()[0, heights], shadow.observe()[heights]
        unlike.append((seen - theirs).abs().mean())
        mirrored.append((seen.flip(0) - theirs).abs().mean())
    env.close()
    assert sum(mirrored) > 0.5
    assert sum(unlike) < 0.3 * sum(mirrored)


@pytest.mark.parametrize(
    ("task", "override", "name", "key", "value"),
    [
        ("Ant", "task.env.dofVelocityScale=0.3", "joint velocity", "scale", 0.3),
        ("Anymal", "task.env.learn.linearVelocityScale=3.0", "base linear velocity", "scale", 3.0),
        ("Anymal", "task.env.defaultJointAngles.LF_HAA=0.1", "joint position", "offset", 0.1),
    ],
)
def test_a_changed_setting_changes_what_is_told(task, override, name, key, value):
    env, contract = make(task, override)
    (part,) = (part for part in contract["observations"] if part["name"] == name)
    assert (part[key][0] if isinstance(part[key], list) else part[key]) == value
    assert differences(env, contract, steps=5).max() < 1e-4


def test_what_is_wrong_in_a_contract_is_seen():
    env, contract = make("Cartpole")
    contract["observations"][1]["scale"] = 2.0
    assert differences(env, contract, steps=5)[1] > 0.1


def test_the_reward_s_weights_are_those_of_the_config():
    told = describe_task(compose("Ant", overrides=["task.env.upWeight=0.7"])).description
    assert {term.name: term.weight for term in told.rewards}["up"] == 0.7


@pytest.mark.usefixtures("own_tasks")
def test_a_task_of_a_user_tells_it_too():
    env, contract = make("Reacher")
    site = env.sim.model.site("tip").id

    def tip(s):
        import mujoco

        mujoco.mj_kinematics(s.model, s.data)
        return s.data.site_xpos[site, :2]

    def joints(s, part):
        return [s.position(name) for name in part["elements"]]

    readers = {
        "joint cosine": lambda s, part: torch.tensor(joints(s, part)).cos().numpy(),
        "joint sine": lambda s, part: torch.tensor(joints(s, part)).sin().numpy(),
        "target": lambda s, part: s.data.mocap_pos[0, :2],
        "way from the tip to the target": lambda s, part: s.data.mocap_pos[0, :2] - tip(s),
    }
    known = DEPLOY["readers"].READERS
    known.update(readers)
    try:
        assert differences(env, contract).max() < 1e-4
    finally:
        for name in readers:
            del known[name]
