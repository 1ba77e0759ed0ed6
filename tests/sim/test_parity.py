"""Both engines agree on every task's model; on Warp's CPU device unless GYMCTL_WARP_DEVICE names a GPU.

With elliptic friction cones: the edges of pyramidal ones depend on the contact's tangents, which the engines choose
differently.
"""

from functools import cache

import mujoco
import pytest
import torch

pytest.importorskip("mujoco_warp")

from gymctl.config import compose
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.sim.warp_engine import WarpSimulation
from gymctl.sim.warp_limits import measure
from gymctl.tasks import registry
from gymctl.tasks.built_in import BUILT_IN
from tests.helpers.warp_device import DEVICE, repeatable

pytestmark = pytest.mark.slow

WITHOUT_CONTACTS = ("Cartpole", "FrankaCabinet", "Ingenuity", "Quadcopter")
OVERRIDES = {"AnymalTerrain": ["task.env.terrain.terrainType=plane"], "FrankaCabinet": ["task.env.numProps=0"]}
"""On height fields the engines keep different contacts of a geom (mujoco_warp 4, MuJoCo all); see the last test."""
NUM_ENVS = 8
OUTPUTS = ("sensordata", "xpos", "xquat", "xmat", "cvel", "subtree_com", "qfrc_actuator", "qfrc_passive", "qacc")
STEPS = 10


@cache
def elliptic_model(task):
    model = registry.load(task).build_model(compose(task, overrides=OVERRIDES.get(task, [])).task)
    model.opt.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    if task == "HumanoidAMP":  # the engines find other contacts of a foot's edges with the other foot's
        model.geom_conaffinity[[model.geom(f"{side}_foot").id for side in ("right", "left")]] = 0
    return model


@cache
def room(task):
    """For contacts and rows of constraints, as a simulation measures it, which takes longest."""
    return measure(elliptic_model(task))._asdict()


def controls(model, steps, seed):
    return torch.rand(steps, NUM_ENVS, model.nu, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def started(task, *, outputs=OUTPUTS):
    """Both simulations in the same state, reached on the CPU: the robots stand or have fallen, and move."""
    model = elliptic_model(task)
    cpu = MujocoSimulation(model, NUM_ENVS, substeps=2)
    gpu = repeatable(WarpSimulation(model, NUM_ENVS, device=DEVICE, substeps=2, **room(task)))
    registered = [(name, cpu.output(name), gpu.output(name)) for name in outputs]
    cpu.qpos += 0.01 * torch.randn(NUM_ENVS, model.nq, generator=torch.Generator().manual_seed(0))
    for control in controls(model, 60, seed=1):
        cpu.ctrl.copy_(0.3 * control)
        cpu.step()
    for name in ("qpos", "qvel", "ctrl"):
        getattr(gpu, name).copy_(getattr(cpu, name))
    return model, cpu, gpu, registered


def assert_close(ours, theirs, tolerance, what):
    """Within a tolerance, relative to the largest element of a world's row where that is above 1."""
    if not ours.numel():
        return
    difference = (ours.cpu().double() - theirs).abs().flatten(1).amax(1)
    scale = theirs.abs().flatten(1).amax(1).clamp(min=1.0)
    assert (difference <= tolerance * scale).all(), f"{what}: {(difference / scale).max():.1e}"


@pytest.mark.parametrize("task", BUILT_IN)
def test_states_agree_over_a_short_horizon(task):
    model, cpu, gpu, _ = started(task, outputs=())
    for step, control in enumerate(controls(model, STEPS, seed=2)):
        for sim in (cpu, gpu):
            sim.ctrl.copy_(control)
            sim.step()
        assert_close(gpu.qpos, cpu.qpos, 5e-5, f"qpos at step {step}")
        assert_close(gpu.qvel, cpu.qvel, 1e-3, f"qvel at step {step}")


@pytest.mark.parametrize("task", BUILT_IN)
def test_sensors_and_derived_fields_agree_after_steps_and_after_a_refresh(task):
    model, cpu, gpu, registered = started(task)
    tolerances = {
        "qacc": 3e-3,
        "xmat": 3e-5,
        "sensordata": 1e-3,
        "cvel": 1e-3,
        "qfrc_actuator": 5e-4,
        "qfrc_passive": 1e-3,
    }  # stiff drives multiply rounding
    for control in controls(model, 3, seed=2):
        for sim in (cpu, gpu):
            sim.ctrl.copy_(control)
            sim.step()
        for name, theirs, ours in registered:
            assert_close(ours, theirs, tolerances.get(name, 1e-5), name)
    for sim in (cpu, gpu):
        sim.qvel[3] = 0.5
        sim.refresh(torch.tensor([3], device=sim.device))
    for name, theirs, ours in registered:
        assert_close(ours, theirs, tolerances.get(name, 1e-5), f"{name} after a refresh")


@pytest.mark.parametrize("task", BUILT_IN)
def test_the_models_do_something_worth_comparing(task):
    """The start has contacts, where the model can have any, and every world is in another state."""
    model, cpu, _, _ = started(task, outputs=())
    contacts = []
    for env in range(NUM_ENVS):
        data = cpu.get_data(env)
        mujoco.mj_forward(model, data)
        contacts.append(data.ncon)
    assert sum(contacts) >= 2 or task in WITHOUT_CONTACTS
    assert (cpu.qpos[0] - cpu.qpos[1]).abs().max() > 0.01


@pytest.mark.parametrize("task", BUILT_IN)
def test_a_seeded_run_repeats(task):
    def rollout():
        model, _, gpu, registered = started(task)
        for control in controls(model, STEPS, seed=2):
            gpu.ctrl.copy_(control)
            gpu.step()
        return torch.cat([gpu.qpos, gpu.qvel, *(ours.flatten(1) for _, _, ours in registered)], dim=1)

    one, other = rollout(), rollout()
    if DEVICE.type == "cpu":
        assert torch.equal(one, other)
    else:
        torch.testing.assert_close(one, other, rtol=0.02, atol=0.02)  # a GPU adds in any order, and contacts multiply


@pytest.mark.parametrize("task", BUILT_IN)
def test_masked_resets_touch_only_their_worlds(task):
    model, _, gpu, _ = started(task)
    _, _, undisturbed, _ = started(task)
    mask = torch.arange(NUM_ENVS, device=DEVICE) % 3 == 1
    for step, control in enumerate(controls(model, STEPS, seed=2)):
        for sim in (gpu, undisturbed):
            sim.ctrl.copy_(control)
            sim.step()
        if step == STEPS // 2:
            gpu.reset(mask)
            gpu.refresh(mask)
            assert (gpu.qpos[mask].cpu() == torch.from_numpy(model.qpos0).float()).all()
    tolerance = 1e-6 if DEVICE.type == "cpu" else 1e-4  # contacts of all worlds share a list, whose order may differ
    assert_close(gpu.qpos[~mask], undisturbed.qpos[~mask].cpu().double(), tolerance, "qpos")
    assert_close(gpu.qvel[~mask], undisturbed.qvel[~mask].cpu().double(), tolerance, "qvel")


def test_a_robot_stands_on_a_height_field_in_either_engine():
    config = compose("AnymalTerrain").task
    model = registry.load("AnymalTerrain").build_model(config)
    angles = config["env"]["defaultJointAngles"]
    posture = torch.tensor([angles[model.joint(i).name] for i in range(1, model.njnt)])
    carried, heights = [], []
    for sim in (
        MujocoSimulation(model, 4, substeps=2),
        WarpSimulation(model, 4, device=DEVICE, substeps=2),
    ):
        forces = sim.output("sensordata")
        sim.qpos[:, :3] += torch.tensor([12.0, 28.0, 0.1], device=sim.device)  # rough ground
        sim.qpos[:, 0] += 0.07 * torch.arange(4, device=sim.device)
        sim.qpos[:, 7:] = posture.to(sim.qpos)
        for _ in range(150):
            sim.ctrl[:] = posture.to(sim.ctrl)
            sim.step()
        carried.append(-forces.view(4, -1, 3)[:, 5:, 2].sum(1).cpu().double())
        heights.append(sim.qpos[:, 2].cpu().double())
    weight = model.body_mass.sum() * 9.81
    for force in carried:
        assert force.numpy() == pytest.approx(weight, rel=0.1)  # it still sways
    torch.testing.assert_close(*heights, atol=0.01, rtol=0)
