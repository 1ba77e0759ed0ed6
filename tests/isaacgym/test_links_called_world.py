"""Many URDFs call their first link ``world``, which is MuJoCo's name of its own."""

import pytest

from tests.isaacgym.worlds import GYM, PENDULUM, acquire, add_envs, at, load, make_sim, simulate


@pytest.mark.parametrize("fixed", [False, True])
def test_a_link_called_world_is_found_and_simulated(tmp_path, fixed):
    sim = make_sim(ground=None)
    arm = load(sim, tmp_path, PENDULUM.replace('"base"', '"world"'), fix_base_link=fixed)
    assert GYM.get_asset_rigid_body_names(arm) == ["world", "arm"]
    envs = add_envs(sim, 2, lambda env, index: GYM.create_actor(env, arm, at(z=2.0), "arm", index, 0))
    assert GYM.find_actor_rigid_body_handle(envs[0], 0, "world") == 0
    assert [props.mass for props in GYM.get_actor_rigid_body_properties(envs[0], 0)] == [1.0, 2.0]
    GYM.prepare_sim(sim)
    bodies = acquire(sim, "rigid_body_state")
    acquire(sim, "net_contact_force")
    simulate(sim, 10)
    GYM.refresh_rigid_body_state_tensor(sim)
    assert bodies[0, 2].item() == pytest.approx(2.0 if fixed else 2.0 - 9.81 * 0.1**2 / 2, abs=0.01)
