"""Envs on mujoco_warp, and that worlds chosen by masks give the same as worlds chosen by indices."""

import pytest
import torch

pytest.importorskip("mujoco_warp")

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.sim.warp_engine import WarpSimulation
from gymctl.sim.warp_limits import measure
from gymctl.tasks import registry
from gymctl.tasks.locomotion.anymal_robot import AnymalRobot
from tests.helpers.warp_device import DEVICE, repeatable

pytestmark = pytest.mark.slow

NUM_ENVS = 8
LOST_AT = {
    "Humanoid": (2, 0.1),
    "Ant": (2, 0.1),
    "Anymal": (2, 0.1),
    "AnymalTerrain": (2, 0.1),
    "AllegroHand": (18, 0.2),
    "BallBalance": (15, 0.1),
    "Cartpole": (1, 2.0),
    "FrankaCabinet": (12, 0.395),
    "FrankaCubeStack": ([9, 10, 11], torch.tensor([-0.1, -0.1, 1.12])),
    "HumanoidAMP": (2, 0.1),
    "Ingenuity": (2, 0.1),
    "Quadcopter": (2, 0.1),
    "ShadowHand": (26, 0.2),
    "Trifinger": (1, 0.5),
}
"""For each task, elements of qpos and values of them at which an episode ends; Trifinger's only end in time."""

SETTINGS = {"FrankaCabinet": ["task.env.numProps=0"], "HumanoidAMP": ["task.env.stateInit=Start"]}
"""Those that make a task quicker to simulate, or its starts the same."""
COMPARED_ON_A_GPU = 8
"""Control steps, in which a world diverges."""


class _SameStart:
    """Starts that don't depend on how many episodes start at once, unlike random ones."""

    def uniform(self, low, high, *shape):
        return torch.full(shape, low + 0.3 * (high - low), device=self.sim.device)


def time_limit(task_class, steps):
    """The override that ends episodes after some control steps."""
    if issubclass(task_class, AnymalRobot):
        return f"task.env.learn.episodeLength_s={steps * 0.02}"
    return f"task.env.{task_class.episode_length_key}={steps}"


_ROOM = {}


def room(name, model):
    """For contacts and rows of constraints, measured once for each task."""
    if name not in _ROOM:
        _ROOM[name] = measure(model)._asdict()
    return _ROOM[name]


def make(name, engine, *, masks):
    task_class = type(name, (_SameStart, registry.load(name)), {})
    overrides = [time_limit(task_class, 25), *SETTINGS.get(name, [])]
    config = compose(name, settings={"num_envs": NUM_ENVS}, overrides=overrides).task
    model = task_class.build_model(config)
    if engine == "mujoco_warp":
        substeps = config["sim"]["substeps"]
        sim = repeatable(WarpSimulation(model, NUM_ENVS, device=DEVICE, substeps=substeps, **room(name, model)))
    else:
        sim = MujocoSimulation(model, NUM_ENVS, substeps=config["sim"]["substeps"])
    sim.prefers_masks = masks
    sim.recorder = sim.recorder if masks else None
    task = task_class(config, sim, torch.Generator(device=sim.device))
    return VecEnv(task, sim, config, sim.device)


@pytest.mark.parametrize("engine", ["mujoco", "mujoco_warp"])
@pytest.mark.parametrize("name", LOST_AT)
def test_masks_and_index_lists_give_the_same_episodes(name, engine):
    def rollout(*, masks):
        env = make(name, engine, masks=masks)
        generator = torch.Generator().manual_seed(0)
        rows, ended = [env.reset()["obs"].clone()], torch.zeros(NUM_ENVS, dtype=torch.int64)
        for step in range(60):
            actions = torch.rand(NUM_ENVS, env.task.num_actions, generator=generator) * 2 - 1
            if step in (5, 17):
                env.sim.qvel[step % NUM_ENVS] = torch.nan
            if step in (9, 31, 33):
                elements, values = LOST_AT[name]
                env.sim.qpos[step % NUM_ENVS, elements] = torch.as_tensor(values).to(env.sim.qpos)
            observations, reward, done, extras = env.step(actions.to(env.rl_device))
            both = (reward[:, None], done[:, None].float(), extras["time_outs"][:, None].float())
            rows.append(torch.cat((observations["obs"], *both), dim=1))
            ended += done.cpu()
        assert env.num_diverged == 2
        assert ended.min() >= 2
        return torch.cat([row.flatten() for row in rows[: None if exact else COMPARED_ON_A_GPU]])

    exact = engine == "mujoco" or DEVICE.type == "cpu"
    by_mask, by_index = rollout(masks=True), rollout(masks=False)
    assert by_mask.isfinite().all()
    if exact:
        assert torch.equal(by_mask, by_index)
    else:  # products of matrices are rounded otherwise, and later steps multiply that
        torch.testing.assert_close(by_mask, by_index, atol=1e-2, rtol=1e-2)


@pytest.mark.parametrize("task", LOST_AT)
def test_a_config_builds_either_engine_and_both_give_the_same_first_steps(task):
    def rollout(engine, device):
        overrides = [f"physics_engine={engine}", f"sim_device={device}"]
        env = factory.make(compose(task, settings={"num_envs": NUM_ENVS, "seed": 3}, overrides=overrides))
        env.reset()
        observations = [env.step(torch.full((NUM_ENVS, env.task.num_actions), 0.1))[0]["obs"].clone() for _ in range(4)]
        env.close()
        return torch.stack(observations)

    if DEVICE.type != "cpu":
        pytest.skip("start states are drawn on the device")
    torch.testing.assert_close(rollout("mujoco_warp", "cpu"), rollout("mujoco", "cpu"), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("task", ["Ant", "Cartpole"])
def test_a_seeded_env_repeats(task):
    def rollout():
        overrides = ["physics_engine=mujoco_warp", f"sim_device={DEVICE}"]
        env = factory.make(compose(task, settings={"num_envs": NUM_ENVS, "seed": 3}, overrides=overrides))
        env.reset()
        actions = torch.ones(NUM_ENVS, env.task.num_actions, device=env.rl_device)
        return torch.stack([env.step(actions)[0]["obs"].clone() for _ in range(30)])

    if DEVICE.type != "cpu":
        pytest.skip("a GPU adds in any order")
    assert torch.equal(rollout(), rollout())


@pytest.mark.skipif(DEVICE.type != "cuda", reason="only a GPU can be waited for")
@pytest.mark.parametrize("task", LOST_AT)
def test_a_step_never_waits_for_the_gpu(task):
    overrides = ["physics_engine=mujoco_warp", f"sim_device={DEVICE}"]
    overrides += [time_limit(registry.load(task), 20)]
    env = factory.make(compose(task, settings={"num_envs": NUM_ENVS}, overrides=overrides))
    env.reset()
    actions = torch.zeros(NUM_ENVS, env.task.num_actions, device=DEVICE)
    for _ in range(6):
        env.step(actions)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(250):
            env.step(actions)
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.skipif(DEVICE.type != "cuda", reason="the CPU records nothing")
@pytest.mark.parametrize("task", LOST_AT)
def test_a_recorded_step_gives_the_same_on_a_gpu(task):
    def rollout(*, recorded):
        overrides = ["physics_engine=mujoco_warp", f"sim_device={DEVICE}", f"task.sim.mujoco.recorded={recorded}"]
        env = factory.make(compose(task, settings={"num_envs": NUM_ENVS, "seed": 3}, overrides=overrides))
        repeatable(env.sim)
        env.reset()
        actions = torch.full((NUM_ENVS, env.task.num_actions), 0.1, device=DEVICE)
        observations = [env.step(actions)[0]["obs"].clone() for _ in range(COMPARED_ON_A_GPU)]
        assert env.recorded == recorded
        env.close()
        return torch.stack(observations)

    torch.testing.assert_close(rollout(recorded=True), rollout(recorded=False), atol=1e-2, rtol=1e-2)
