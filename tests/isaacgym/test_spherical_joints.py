"""Three hinges of one body are a spherical joint, and drives follow rotation vectors."""

import pytest
import torch

from gymctl.isaacgym import gymapi
from tests.isaacgym.valueless import FLYER
from tests.isaacgym.worlds import GYM, acquire, add_envs, at, load, make_sim, refresh, simulate, unwrap


@pytest.mark.parametrize("target", [(0.6, 0.5, -0.4), (-0.9, 0.9, 0.9)])
def test_a_drive_holds_a_rotation_vector(tmp_path, target):
    sim = make_sim(ground=None, gravity=(0.0, 0.0, 0.0))
    robot = load(sim, tmp_path, FLYER.replace("-1 1", "-150 150"), "robot.xml", fix_base_link=True)

    def fill(env, index):
        GYM.create_actor(env, robot, at(), "robot", index, 0)
        drives = GYM.get_actor_dof_properties(env, 0)
        drives["driveMode"], drives["stiffness"], drives["damping"] = gymapi.DOF_MODE_POS, 200.0, 20.0
        GYM.set_actor_dof_properties(env, 0, drives)

    add_envs(sim, 1, fill)
    GYM.prepare_sim(sim)
    states = acquire(sim, "dof_state")
    GYM.set_dof_position_target_tensor(sim, unwrap(torch.tensor([*target, 0.2])))
    simulate(sim, 300)
    refresh(sim, "dof_state")
    assert states[:, 0].tolist() == pytest.approx([*target, 0.2], abs=1e-4)
