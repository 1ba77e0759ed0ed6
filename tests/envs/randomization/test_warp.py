"""Domain randomisation on mujoco_warp: the same draws in the same fields, with masks and with indices."""

import pytest
import torch

pytest.importorskip("mujoco_warp")

from gymctl.config import compose
from gymctl.envs import factory
from tests.envs.randomization.conftest import assert_uniform
from tests.helpers.warp_device import DEVICE

pytestmark = pytest.mark.slow

ANT = "task.task.randomization_params.actor_params.ant"
UNIFORM = "{range: [0.5, 1.5], operation: scaling, distribution: uniform}"
SETTINGS = (
    "task.task.randomize=True",
    "task.task.randomization_params.frequency=4",
    "task.env.episodeLength=4",
    f"+{ANT}.rigid_shape_properties.friction={UNIFORM}",
    f"+{ANT}.dof_properties.armature={UNIFORM}",
    f"+task.task.randomization_params.sim_params.gravity={UNIFORM}",
)
NUM_ENVS = 64


def make(engine, *overrides):
    device = DEVICE if engine == "mujoco_warp" else "cpu"
    settings = [f"physics_engine={engine}", f"sim_device={device}", *SETTINGS, *overrides]
    return factory.make(compose("Ant", settings={"num_envs": NUM_ENVS}, overrides=settings))


@pytest.mark.parametrize("masks", [False, True])
def test_fields_are_drawn_at_resets(masks):
    env = make("mujoco_warp")
    env.sim.prefers_masks = masks
    model = env.sim.model

    def factor(name, first):
        nominal = torch.as_tensor(getattr(model, name), dtype=torch.float32, device=DEVICE)
        field = env.sim.expand(name) / nominal
        return (field if field.ndim == 2 else field[..., 0])[:, first:].clone()

    def everything():
        return [factor("body_mass", 1), factor("geom_friction", 1), factor("dof_damping", 6), factor("dof_armature", 6)]

    env.reset()
    before, gravity = everything(), env.sim.expand("opt.gravity").clone()
    for factors in before:
        assert_uniform(factors, 0.5, 1.5)
    inertia = torch.as_tensor(model.body_inertia, dtype=torch.float32, device=DEVICE)
    torch.testing.assert_close((env.sim.expand("body_inertia") / inertia)[:, 1:, 2], before[0])
    total = env.sim.get_model(3).body_mass.sum()
    assert env.sim.get_model(3).body_subtreemass[0] == pytest.approx(total, rel=1e-5)
    for _ in range(4):
        env.step(torch.zeros(NUM_ENVS, 8, device=DEVICE))
    after = everything()
    assert torch.equal(after[0], before[0])
    for factors, earlier in zip(after[1:], before[1:], strict=True):
        assert_uniform(factors, 0.5, 1.5)
        assert (factors != earlier).all()
    assert (gravity == gravity[0]).all()
    assert not torch.equal(env.sim.expand("opt.gravity"), gravity)
    assert env.sim.qpos.isfinite().all()


def test_both_engines_draw_the_same():
    if DEVICE.type != "cpu":
        pytest.skip("random numbers differ between devices")
    one, other = make("mujoco_warp"), make("mujoco")
    observations = [env.reset()["obs"] for env in (one, other)]
    torch.testing.assert_close(*observations, atol=1e-4, rtol=1e-4)
    for name in ("body_mass", "dof_invweight0", "geom_friction", "jnt_range", "opt.gravity"):
        torch.testing.assert_close(one.sim.expand(name), other.sim.expand(name).float(), atol=1e-4, rtol=1e-4)


def test_a_scaled_actor_has_scaled_geoms_and_bounds():
    scale = f"+{ANT}.scale={{range: [0.8, 1.2], operation: scaling, distribution: uniform, setup_only: True}}"
    one, other = make("mujoco_warp", scale), make("mujoco", scale)
    radius = one.sim.expand("geom_size")[:, 1, 0]
    assert 0.2 <= radius.min() < 0.21
    assert 0.29 < radius.max() <= 0.3
    if DEVICE.type == "cpu":  # random numbers differ between devices
        for name in ("geom_size", "geom_rbound", "body_pos", "body_inertia"):
            torch.testing.assert_close(one.sim.expand(name), other.sim.expand(name).float(), atol=1e-4, rtol=1e-3)


@pytest.mark.skipif(DEVICE.type != "cuda", reason="only a GPU can be waited for")
def test_a_step_never_waits_for_the_gpu():
    env = make("mujoco_warp")
    env.reset()
    actions = torch.zeros(NUM_ENVS, 8, device=DEVICE)
    for _ in range(24):  # until steps with draws are recorded too
        env.step(actions)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(20):
            env.step(actions)
    finally:
        torch.cuda.set_sync_debug_mode("default")
