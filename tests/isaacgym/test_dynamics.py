"""Jacobians and mass matrices that are acquired before the simulation is prepared."""

import pytest

from tests.isaacgym.valueless import FLYER
from tests.isaacgym.worlds import GYM, PENDULUM, add_envs, at, load, make_sim, simulate


@pytest.mark.parametrize(("text", "file"), [(PENDULUM, "robot.urdf"), (FLYER, "robot.xml")])
@pytest.mark.parametrize("fixed", [True, False])
def test_tensors_acquired_at_set_up_are_those_that_are_filled(tmp_path, text, file, fixed):
    """IsaacGymEnvs' FrankaCubeStack acquires them while it makes its envs."""
    sim = make_sim(ground=None)
    robot = load(sim, tmp_path, text, file, fix_base_link=fixed)
    add_envs(sim, 2, lambda env, index: GYM.create_actor(env, robot, at(z=2.0), "robot", index, 0))
    names = ("jacobian", "mass_matrix")
    early = {name: getattr(GYM, f"acquire_{name}_tensor")(sim, "robot").torch_tensor for name in names}
    GYM.prepare_sim(sim)
    for name, tensor in early.items():
        late = getattr(GYM, f"acquire_{name}_tensor")(sim, "robot").torch_tensor
        assert late.data_ptr() == tensor.data_ptr()
        assert tensor.shape == late.shape
        assert tensor.abs().sum() > 0.0
        tensor.zero_()
    simulate(sim, 1)
    GYM.refresh_jacobian_tensors(sim)
    GYM.refresh_mass_matrix_tensors(sim)
    assert all(tensor.abs().sum() > 0.0 for tensor in early.values())
