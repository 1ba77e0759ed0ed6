"""Worlds of several models on the GPU engine; on Warp's CPU device unless GYMCTL_WARP_DEVICE names a GPU."""

import mujoco
import numpy as np
import pytest
import torch

pytest.importorskip("mujoco_warp")

from gymctl.core.errors import InputError
from gymctl.sim.warp_engine import WarpSimulation
from tests.helpers.warp_device import DEVICE, repeatable
from tests.sim.test_kinds import CUP, DIFFERENCES, KINDS, MODEL, compiled, run

pytestmark = pytest.mark.slow
LIMITS = {"nconmax": 40, "njmax": 120}


@pytest.fixture(scope="module")
def models():
    return [compiled(**differences) for differences in DIFFERENCES]


def make(models, num_envs, **kwargs):
    return repeatable(WarpSimulation(models, num_envs, device=DEVICE, **(LIMITS | kwargs)))


@pytest.mark.parametrize("kind", range(len(DIFFERENCES)))
def test_each_world_behaves_as_in_a_simulation_of_its_own_model(models, kind):
    world = KINDS.index(kind)
    together = run(make(models, len(KINDS), kinds=KINDS), world, 120)
    alone = run(make(models[kind], 2), 1, 120)
    assert torch.equal(together, alone)
    assert together[:, 2].min() > -0.1, "it lies on the ground"


def test_a_world_starts_and_restarts_at_its_own_initial_state(models):
    sim = make(models, len(KINDS), kinds=KINDS)
    qpos = torch.tensor(np.stack([models[kind].qpos0 for kind in KINDS]), dtype=torch.float32, device=DEVICE)
    mocap = torch.tensor([0.05 if kind == 2 else 0.03 for kind in KINDS], device=DEVICE)
    for _ in range(2):
        assert torch.equal(sim.qpos, qpos)
        assert torch.equal(sim.mocap_pos[:, 0, 0], mocap)
        sim.qpos += 1
        sim.mocap_pos += 1
        sim.reset()


def test_each_world_gets_its_own_model_with_its_own_changes(models):
    sim = make(models, len(KINDS), kinds=KINDS)
    sim.expand("geom_rgba")[2, :, 0] = 0.25
    sim.expand("body_mass")[2, 1] = 7
    for world in (1, 2, 3):
        model, own = sim.get_model(world), models[KINDS[world]]
        assert model.body(1).name == own.body(1).name
        for name in ("geom_size", "actuator_gainprm", "jnt_range", "geom_dataid", "dof_damping", "qpos0"):
            np.testing.assert_allclose(getattr(model, name), getattr(own, name), rtol=1e-6)
        assert sim.get_data(world).qpos == pytest.approx(own.qpos0)
    assert sim.get_model(2).body_mass[1] == 7
    assert sim.get_model(6).body_mass[1] == 1
    assert sim.get_model(2).geom_rgba[0, 0] == 0.25


def test_what_only_one_model_needs_is_computed(models):
    """mujoco_warp leaves out what its model has none of, as drag where there is no wind."""
    windy = mujoco.MjModel.from_xml_string(
        MODEL.replace("<option", '<option density="1.2" wind="30 0 0"').format(**CUP)
    )
    sim, alone = make([models[0], windy], 2, kinds=[0, 1]), make(windy, 1)
    for _ in range(5):
        sim.step()
        alone.step()
    assert sim.qvel[1, 0] > 10 * sim.qvel[0, 0].abs()
    assert torch.equal(sim.qvel[1], alone.qvel[0])


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('<geom type="capsule"', '<geom contype="2" type="capsule"', "geom_contype"),
        ('axis="0 1 0"', 'limited="false" axis="0 1 0"', "jnt_limited"),
    ],
)
def test_what_mujoco_warp_cannot_have_differ_is_told(models, old, new, field):
    other = mujoco.MjModel.from_xml_string(MODEL.replace(old, new).format(**CUP))
    with pytest.raises(InputError, match=rf"models 0 and 1 .*: {field} differs") as told:
        make([models[0], other], 2, kinds=[0, 1])
    assert "--engine mujoco" in told.value.fix
