"""Properties of actors, at set-up and at run time."""

import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.isaacgym import gymapi
from tests.isaacgym.worlds import GYM, SLIDER, acquire, add_envs, at, load, make_sim, refresh, simulate, unwrap


def _carts(sim, tmp_path, num_envs=3, mode=gymapi.DOF_MODE_EFFORT):
    cart = load(sim, tmp_path, SLIDER.format(effort=100, velocity=1e6), fix_base_link=True, default_dof_drive_mode=mode)
    return add_envs(sim, num_envs, lambda env, index: GYM.create_actor(env, cart, at(), "cart", index, 0))


def test_dof_properties_are_the_files_and_are_copies(tmp_path):
    sim = make_sim(ground=None)
    env = _carts(sim, tmp_path, 1)[0]
    props = GYM.get_actor_dof_properties(env, 0)
    assert props["hasLimits"].tolist() == [True]
    assert (props["lower"][0], props["upper"][0], props["effort"][0]) == (-100.0, 100.0, 100.0)
    props["damping"] = 7.0
    assert GYM.get_actor_dof_properties(env, 0)["damping"][0] == 0.0
    GYM.set_actor_dof_properties(env, 0, props)
    assert GYM.get_actor_dof_properties(env, 0)["damping"][0] == 7.0


def test_each_env_has_its_own_mass_also_at_run_time(tmp_path):
    sim = make_sim(ground=None, gravity=(0.0, 0.0, 0.0))
    envs = _carts(sim, tmp_path)

    def set_mass(env, mass):
        props = GYM.get_actor_rigid_body_properties(env, 0)
        props[1].mass = mass
        GYM.set_actor_rigid_body_properties(env, 0, props, recomputeInertia=True)

    set_mass(envs[1], 4.0)
    GYM.prepare_sim(sim)
    dofs = acquire(sim, "dof_state")
    GYM.set_dof_actuation_force_tensor(sim, unwrap(torch.full((3,), 4.0)))
    simulate(sim, 10)
    refresh(sim, "dof_state")
    assert dofs[:, 1].tolist() == pytest.approx([0.2, 0.1, 0.2], rel=1e-5)
    set_mass(envs[2], 1.0)
    simulate(sim, 10)
    refresh(sim, "dof_state")
    assert dofs[:, 1].tolist() == pytest.approx([0.4, 0.2, 0.6], rel=1e-5)


def test_recomputed_inertia_follows_the_mass(tmp_path):
    sim = make_sim()
    box = GYM.create_box(sim, 0.2, 0.2, 0.2, gymapi.AssetOptions())
    env = add_envs(sim, 1, lambda env, index: GYM.create_actor(env, box, at(), "box", index, 0))[0]
    props = GYM.get_actor_rigid_body_properties(env, 0)
    before = props[0].inertia.x.x
    assert before == pytest.approx(8.0 * 0.2**2 / 6, rel=1e-5)
    props[0].mass *= 2.0
    GYM.set_actor_rigid_body_properties(env, 0, props, True)
    assert GYM.get_actor_rigid_body_properties(env, 0)[0].inertia.x.x == pytest.approx(2 * before)


def test_gains_change_at_run_time(tmp_path):
    sim = make_sim(ground=None, gravity=(0.0, 0.0, 0.0))
    envs = _carts(sim, tmp_path, 2)
    GYM.prepare_sim(sim)
    dofs = acquire(sim, "dof_state")
    simulate(sim, 1)
    props = GYM.get_actor_dof_properties(envs[1], 0)
    props["driveMode"], props["stiffness"], props["damping"] = gymapi.DOF_MODE_POS, 100.0, 30.0
    GYM.set_actor_dof_properties(envs[1], 0, props)
    GYM.set_dof_position_target_tensor(sim, unwrap(torch.tensor([0.5, 0.5])))
    simulate(sim, 300)
    refresh(sim, "dof_state")
    assert dofs[:, 0].tolist() == pytest.approx([0.0, 0.5], abs=1e-2)


def test_gravity_changes_at_run_time():
    sim = make_sim(ground=None)
    box = GYM.create_box(sim, 0.2, 0.2, 0.2, gymapi.AssetOptions())
    add_envs(sim, 2, lambda env, index: GYM.create_actor(env, box, at(), "box", index, 0))
    GYM.prepare_sim(sim)
    roots = acquire(sim, "actor_root_state")
    params = GYM.get_sim_params(sim)
    params.gravity.z = 2.0
    GYM.set_sim_params(sim, params)
    simulate(sim, 10)
    refresh(sim, "actor_root_state")
    assert roots[:, 9].tolist() == pytest.approx([0.2, 0.2], rel=1e-4)
    params.dt = 1.0
    with pytest.raises(InputError, match="dt and substeps"):
        GYM.set_sim_params(sim, params)


def test_a_scaled_actor_is_larger_and_heavier():
    sim = make_sim()
    box = GYM.create_box(sim, 0.2, 0.2, 0.2, gymapi.AssetOptions())

    def fill(env, index):
        GYM.set_actor_scale(env, GYM.create_actor(env, box, at(z=1.0), "box", index, 0), (1.0, 2.0)[index])

    add_envs(sim, 2, fill)
    GYM.prepare_sim(sim)
    roots, forces = acquire(sim, "actor_root_state"), acquire(sim, "net_contact_force")
    simulate(sim, 200)
    refresh(sim, "actor_root_state", "net_contact_force")
    assert roots[:, 2].tolist() == pytest.approx([0.1, 0.2], abs=0.01)
    assert forces[:, 2].tolist() == pytest.approx([8 * 9.81, 64 * 9.81], rel=0.02)


def test_properties_of_another_number_of_things_are_refused(tmp_path):
    sim = make_sim(ground=None)
    env = _carts(sim, tmp_path, 1)[0]
    with pytest.raises(InputError, match="2 DOFs"):
        GYM.set_actor_dof_properties(env, 0, GYM.get_actor_dof_properties(env, 0).repeat(2))
    with pytest.raises(InputError, match="1 bodies"):
        GYM.set_actor_rigid_body_properties(env, 0, GYM.get_actor_rigid_body_properties(env, 0)[:1])
    with pytest.raises(InputError, match="3 shapes"):
        GYM.set_actor_rigid_shape_properties(env, 0, [gymapi.RigidShapeProperties()] * 3)


@pytest.mark.parametrize("name", ["get_camera_image", "get_performance_timers", "acquire_particle_state_tensor"])
def test_what_is_not_implemented_says_its_name(name):
    with pytest.raises(NotImplementedError, match=name):
        getattr(GYM, name)(None)


def test_an_objects_centre_of_mass_can_be_moved_also_at_run_time(tmp_path):
    sim = make_sim(ground=None, gravity=(0.0, 0.0, 0.0))
    ball = GYM.create_sphere(sim, 0.1)
    envs = add_envs(sim, 2, lambda env, index: GYM.create_actor(env, ball, at(), "ball", index, 0))

    def move(env, x):
        props = GYM.get_actor_rigid_body_properties(env, 0)
        props[0].com.x = x
        GYM.set_actor_rigid_body_properties(env, 0, props)

    def turn():
        """Spins the balls about z; gives how fast they go where their frames are, which turn about the centres."""
        root[:], root[:, 6], root[:, 12] = 0.0, 1.0, 2.0
        GYM.set_actor_root_state_tensor(sim, unwrap(root))
        simulate(sim, 1)
        refresh(sim, "actor_root_state")
        return (root[:, 1] / 0.01).tolist()

    move(envs[1], 0.03)
    GYM.prepare_sim(sim)
    root = acquire(sim, "actor_root_state")
    assert turn() == pytest.approx([0.0, -0.06], abs=1e-3)
    move(envs[0], 0.05)
    simulate(sim, 1)  # properties count from the next step
    assert turn() == pytest.approx([-0.1, -0.06], abs=1e-3)
