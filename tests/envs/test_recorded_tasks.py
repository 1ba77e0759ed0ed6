"""Every task's control step on mujoco_warp, recorded, gives the same as one operation after the other."""

import pytest
import torch

pytest.importorskip("mujoco_warp")

from gymctl.config import compose, randomization
from gymctl.envs.python_state import changes, snapshot
from gymctl.envs.randomization.randomizer import RandomizedVecEnv, Randomizer
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.warp_engine import WarpSimulation
from gymctl.tasks import registry
from tests.helpers.tape import Counting, Tape
from tests.helpers.warp_device import DEVICE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(DEVICE.type != "cpu", reason="a tape is for the CPU; a GPU adds in any order"),
]

NUM_ENVS = 6
STEPS = 26
TASKS = {
    "AllegroHand": ["task.env.episodeLength=9", "task.env.forceScale=1.0", "task.env.successTolerance=0.6"],
    "Ant": ["task.env.episodeLength=9"],
    "Anymal": ["task.env.learn.episodeLength_s=0.18"],
    "AnymalTerrain": ["task.env.learn.episodeLength_s=0.18", "task.env.learn.pushInterval_s=0.06"],
    "BallBalance": ["task.env.maxEpisodeLength=9"],
    "Cartpole": ["task.env.episodeLength=9"],
    "FrankaCabinet": ["task.env.episodeLength=9", "task.env.numProps=0"],
    "FrankaCubeStack": ["task.env.episodeLength=9"],
    "Humanoid": ["task.env.episodeLength=9"],
    "HumanoidAMP": ["task.env.episodeLength=9", "task.env.stateInit=Hybrid"],
    "Ingenuity": ["task.env.maxEpisodeLength=9"],
    "Quadcopter": ["task.env.maxEpisodeLength=9"],
    "ShadowHand": [
        *("task.env.episodeLength=9", "task.env.forceScale=1.0", "task.env.successTolerance=0.6"),
        "task.env.asymmetric_observations=True",
    ],
    "Trifinger": ["task.env.episodeLength=9", "task.task.randomize=False"],
}
PARAMS = "task.task.randomization_params"
RANDOMIZED = [
    "task.task.randomize=True",
    f"{PARAMS}.frequency=5",
    f"+{PARAMS}.observations.schedule=linear",
    f"+{PARAMS}.observations.schedule_steps=14",
    f"+{PARAMS}.actions.schedule=constant",
    f"+{PARAMS}.actions.schedule_steps=11",
]


def make(name, overrides, *, recorded):
    config = compose(name, settings={"num_envs": NUM_ENVS}, overrides=overrides)
    task_class = registry.load(name)
    model = task_class.build_model(config.task)
    sim = WarpSimulation(model, NUM_ENVS, device=DEVICE, substeps=config.task.substeps, nconmax=64, njmax=256)
    sim.prefers_masks = True
    sim.recorder = Tape() if recorded else None
    task = task_class(config.task, sim, torch.Generator().manual_seed(1))
    if not randomization.is_on(config.tree):
        return VecEnv(task, sim, config.task, sim.device)
    sizes = task.num_observations, task.num_actions
    randomizer = Randomizer(randomization.parse(config.tree), sim, *sizes, torch.Generator().manual_seed(3))
    return RandomizedVecEnv(task, sim, config.task, sim.device, randomizer)


def rollout(env):
    env.reset()
    rows, infos, ended = [], [], torch.zeros(NUM_ENVS)
    generator = torch.Generator().manual_seed(2)
    for step in range(STEPS):
        if step == 15:
            env.sim.qvel[1] = torch.nan
        observations, reward, done, extras = env.step(
            2 * torch.rand(NUM_ENVS, env.task.num_actions, generator=generator) - 1
        )
        columns = (observations["obs"], reward[:, None], done[:, None], extras["time_outs"][:, None])
        rows.append(torch.cat(columns, dim=1))
        infos += extras.get("episode", {}).values()
        ended += done
    assert env.num_diverged == 1
    assert ended.min() >= 2
    return torch.stack(rows), torch.stack(infos) if infos else torch.zeros(0)


def assert_same(name, overrides):
    recorded, plain = make(name, overrides, recorded=True), make(name, overrides, recorded=False)
    (rows, infos), (expected_rows, expected_infos) = rollout(recorded), rollout(plain)
    assert recorded.recorded
    assert torch.equal(rows, expected_rows)
    assert torch.equal(infos.nan_to_num(-1.0), expected_infos.nan_to_num(-1.0))
    ours, theirs = recorded.state_dict(), plain.state_dict()
    for part in ("sim", "task"):
        for key, value in theirs[part].items():
            assert torch.equal(ours[part][key], value), key
    assert torch.equal(ours["generator"], theirs["generator"])
    return recorded


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
@pytest.mark.parametrize("name", TASKS)
def test_a_recorded_step_gives_the_same_as_one_operation_after_the_other(name, physics):
    if physics == "isaacgym" and name not in ("Ant", "Anymal"):
        pytest.skip("differs from fast in no operation, but for the number of timesteps")
    assert_same(name, [*TASKS[name], f"physics={physics}"])


@pytest.mark.parametrize("name", ["Ant", "Humanoid"])
def test_so_it_does_with_domain_randomisation(name):
    env = assert_same(name, [*TASKS[name], *RANDOMIZED])
    assert len(env.sim.recorder.lengths) == 7  # the physics' end, and two parts for each kind of step


@pytest.mark.parametrize("name", TASKS)
def test_no_tensor_of_a_task_moves_and_nothing_large_is_allocated(name):
    env = make(name, TASKS[name], recorded=True)
    env.reset()
    zeros = torch.zeros(NUM_ENVS, env.task.num_actions)
    for _ in range(6):
        env.step(zeros)
    before = snapshot(env.task) | snapshot(vars(env)) | snapshot(vars(env.sim))
    for _ in range(12):
        with Counting() as outside:
            observations, reward, done, extras = env.step(zeros)
    after = snapshot(env.task) | snapshot(vars(env)) | snapshot(vars(env.sim))
    changed = [key for key in changes(before, after) if not key.endswith(("_steps", "_calls"))]
    assert changed == []
    told = (value for value in extras.values() if isinstance(value, torch.Tensor))
    given = (*observations.values(), reward, done, *told)
    episode = 4 * (len(env.task.episode_info_names) + env.task.renews_goals)
    assert outside.allocated == sum(tensor.nbytes for tensor in given) + episode
    assert outside.operations <= 8
