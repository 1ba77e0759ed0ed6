"""What is simulated, against closed forms."""

import math

import pytest
import torch

from gymctl.isaacgym import gymapi
from tests.isaacgym.worlds import (
    GYM,
    PENDULUM,
    SLIDER,
    acquire,
    add_envs,
    at,
    load,
    make_sim,
    refresh,
    simulate,
    unwrap,
)


def _box(sim, size=0.2, **options):
    asset_options = gymapi.AssetOptions()
    for key, value in options.items():
        setattr(asset_options, key, value)
    return GYM.create_box(sim, size, size, size, asset_options)


def test_a_body_falls_as_it_should_and_then_weighs_on_the_ground():
    sim = make_sim()
    box = _box(sim)
    add_envs(sim, 2, lambda env, index: GYM.create_actor(env, box, at(z=2.0 + index), "box", index, 0))
    GYM.prepare_sim(sim)
    root, forces = acquire(sim, "actor_root_state"), acquire(sim, "net_contact_force")
    simulate(sim, 50)
    refresh(sim, "actor_root_state", "net_contact_force")
    assert root[:, 2].tolist() == pytest.approx([2.0 - 0.5 * 9.81 * 0.25, 3.0 - 0.5 * 9.81 * 0.25], abs=0.03)
    assert root[:, 9].tolist() == pytest.approx([-9.81 * 0.5] * 2, rel=1e-4)
    assert forces.abs().max() == 0.0
    simulate(sim, 200)
    refresh(sim, "net_contact_force")
    assert forces[:, 2].tolist() == pytest.approx([8.0 * 9.81] * 2, rel=0.01)


@pytest.mark.parametrize(("slope", "slides"), [(0.5, False), (0.7, True)])
def test_a_box_slides_where_the_slope_is_above_the_mean_friction(slope, slides):
    angle = math.atan(slope)
    sim = make_sim(gravity=(9.81 * math.sin(angle), 0.0, -9.81 * math.cos(angle)), ground=0.8)
    box = _box(sim)

    def fill(env, index):
        handle = GYM.create_actor(env, box, at(z=0.1), "box", index, 0)
        props = GYM.get_actor_rigid_shape_properties(env, handle)
        props[0].friction = 0.4
        GYM.set_actor_rigid_shape_properties(env, handle, props)

    add_envs(sim, 1, fill)
    GYM.prepare_sim(sim)
    root = acquire(sim, "actor_root_state")
    simulate(sim, 100)
    refresh(sim, "actor_root_state")
    assert (root[0, 7] > 0.3) == slides


def test_each_env_has_its_own_friction():
    angle = math.atan(0.5)
    sim = make_sim(gravity=(9.81 * math.sin(angle), 0.0, -9.81 * math.cos(angle)), ground=0.5)
    box = _box(sim)

    def fill(env, index):
        props = GYM.get_asset_rigid_shape_properties(box)
        props[0].friction = (0.1, 1.5)[index]
        GYM.set_asset_rigid_shape_properties(box, props)
        GYM.create_actor(env, box, at(z=0.1), "box", index, 0)

    add_envs(sim, 2, fill)
    GYM.prepare_sim(sim)
    root = acquire(sim, "actor_root_state")
    simulate(sim, 100)
    refresh(sim, "actor_root_state")
    assert root[0, 7] > 1.0
    assert root[1, 7] < 0.05


def _step_response(sim, tmp_path, stiffness, damping, effort=1e9, velocity=1e6):
    cart = load(sim, tmp_path, SLIDER.format(effort=effort, velocity=velocity), fix_base_link=True)

    def fill(env, index):
        handle = GYM.create_actor(env, cart, at(z=1.0), "cart", index, 0)
        props = GYM.get_actor_dof_properties(env, handle)
        props["driveMode"].fill(gymapi.DOF_MODE_POS)
        props["stiffness"].fill(stiffness)
        props["damping"].fill(damping)
        GYM.set_actor_dof_properties(env, handle, props)

    add_envs(sim, 1, fill)
    GYM.prepare_sim(sim)
    dof = acquire(sim, "dof_state")
    GYM.set_dof_position_target_tensor(sim, unwrap(torch.tensor([1.0])))
    return dof


def test_a_drive_follows_the_closed_form_of_a_damped_spring(tmp_path):
    sim = make_sim(dt=0.002, ground=None)
    stiffness, damping, mass = 50.0, 4.0, 2.0
    dof = _step_response(sim, tmp_path, stiffness, damping)
    decay, frequency = damping / (2 * mass), math.sqrt(stiffness / mass - (damping / (2 * mass)) ** 2)
    for step in range(1, 11):
        simulate(sim, 50)
        refresh(sim, "dof_state")
        t = step * 0.1
        wave = math.cos(frequency * t) + decay / frequency * math.sin(frequency * t)
        assert dof[0, 0].item() == pytest.approx(1.0 - math.exp(-decay * t) * wave, abs=0.02)


def test_a_drive_of_any_stiffness_holds_its_target(tmp_path):
    sim = make_sim(dt=1 / 60, ground=None)
    dof = _step_response(sim, tmp_path, 1e6, 1e3)
    simulate(sim, 60)
    refresh(sim, "dof_state")
    assert dof[0].tolist() == pytest.approx([1.0, 0.0], abs=1e-3)


def test_a_saturated_drive_pulls_with_its_effort(tmp_path):
    sim = make_sim(dt=0.002, ground=None)
    dof = _step_response(sim, tmp_path, 1e4, 0.0, effort=10.0)
    simulate(sim, 100)
    refresh(sim, "dof_state")
    assert dof[0].tolist() == pytest.approx([0.5 * 5.0 * 0.2**2, 5.0 * 0.2], rel=0.02)


def test_a_joint_is_no_faster_than_its_limit(tmp_path):
    sim = make_sim(ground=None)
    dof = _step_response(sim, tmp_path, 100.0, 0.0, velocity=2.0)
    simulate(sim, 10)
    refresh(sim, "dof_state")
    assert dof[0, 1].item() == pytest.approx(2.0)


def test_forces_on_dofs_act_until_they_are_set_anew(tmp_path):
    sim = make_sim(ground=None)
    cart = load(
        sim,
        tmp_path,
        SLIDER.format(effort=1, velocity=1e6),
        fix_base_link=True,
        default_dof_drive_mode=gymapi.DOF_MODE_EFFORT,
    )
    add_envs(sim, 3, lambda env, index: GYM.create_actor(env, cart, at(), "cart", index, 0))
    GYM.prepare_sim(sim)
    dof = acquire(sim, "dof_state")
    GYM.set_dof_actuation_force_tensor(sim, unwrap(torch.tensor([2.0, -4.0, 0.0])))
    simulate(sim, 50)
    refresh(sim, "dof_state")
    assert dof[:, 1].tolist() == pytest.approx([0.5, -1.0, 0.0], abs=1e-5)


def test_a_hanging_arm_that_turns_keeps_its_energy(tmp_path):
    sim = make_sim(dt=0.002, substeps=4, ground=None)
    arm = load(sim, tmp_path, PENDULUM, fix_base_link=True)
    add_envs(sim, 1, lambda env, index: GYM.create_actor(env, arm, at(z=2.0), "arm", index, 0))
    GYM.prepare_sim(sim)
    dof = acquire(sim, "dof_state")
    dof[0, 0] = 1.0
    GYM.set_dof_state_tensor(sim, unwrap(dof))

    def energy():
        refresh(sim, "dof_state")
        return 0.5 * 0.51 * dof[0, 1] ** 2 - 2.0 * 9.81 * 0.5 * torch.cos(dof[0, 0])

    before = energy().item()
    for _ in range(10):
        simulate(sim, 50)
        assert energy().item() == pytest.approx(before, abs=0.05)


def test_velocities_are_those_of_the_centre_of_mass(tmp_path):
    sim = make_sim(ground=None, gravity=(0.0, 0.0, 0.0), dt=0.001)
    arm = load(sim, tmp_path, PENDULUM, fix_base_link=True)
    add_envs(sim, 1, lambda env, index: GYM.create_actor(env, arm, at(z=2.0), "arm", index, 0))
    GYM.prepare_sim(sim)
    dof, links = acquire(sim, "dof_state"), acquire(sim, "rigid_body_state")
    dof[0] = torch.tensor([0.0, 2.0])
    GYM.set_dof_state_tensor(sim, unwrap(dof))
    refresh(sim, "rigid_body_state")
    assert links[1, :3].tolist() == pytest.approx([0.0, 0.0, 2.0])
    assert links[1, 7:].tolist() == pytest.approx([-1.0, 0.0, 0.0, 0.0, 2.0, 0.0], abs=1e-6)


def test_a_body_force_acts_for_one_step_at_the_centre_of_mass():
    sim = make_sim(ground=None, gravity=(0.0, 0.0, 0.0))
    box = _box(sim)
    quarter = math.sqrt(0.5)
    turned = at(quat=(0.0, 0.0, quarter, quarter))
    add_envs(sim, 2, lambda env, index: GYM.create_actor(env, box, turned, "box", index, 0))
    GYM.prepare_sim(sim)
    root = acquire(sim, "actor_root_state")
    push = torch.tensor([[8.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    GYM.apply_rigid_body_force_tensors(sim, unwrap(push), None, gymapi.ENV_SPACE)
    simulate(sim, 2)
    refresh(sim, "actor_root_state")
    assert root[0, 7:10].tolist() == pytest.approx([0.01, 0.0, 0.0], abs=1e-6)
    assert root[1].tolist() == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.0, quarter, quarter, *[0.0] * 6], abs=1e-6)
    GYM.apply_rigid_body_force_tensors(sim, unwrap(push), None, gymapi.LOCAL_SPACE)
    simulate(sim, 1)
    refresh(sim, "actor_root_state")
    assert root[0, 7:10].tolist() == pytest.approx([0.01, 0.01, 0.0], abs=1e-6)


def test_a_force_at_a_point_turns_the_body():
    sim = make_sim(ground=None, gravity=(0.0, 0.0, 0.0))
    box = _box(sim)
    add_envs(sim, 1, lambda env, index: GYM.create_actor(env, box, at(x=1.0), "box", index, 0))
    GYM.prepare_sim(sim)
    root = acquire(sim, "actor_root_state")
    force, point = torch.tensor([[0.0, 8.0, 0.0]]), torch.tensor([[1.1, 0.0, 0.0]])
    GYM.apply_rigid_body_force_at_pos_tensors(sim, unwrap(force), unwrap(point), gymapi.ENV_SPACE)
    simulate(sim, 1)
    refresh(sim, "actor_root_state")
    inertia = 8.0 * 0.2**2 / 6
    assert root[0, 8].item() == pytest.approx(0.01, rel=1e-3)
    assert root[0, 12].item() == pytest.approx(0.8 * 0.01 / inertia, rel=1e-3)


@pytest.mark.parametrize(
    ("groups", "filters", "collide"),
    [((0, 0), (0, 0), True), ((0, 1), (0, 0), False), ((0, 0), (1, 1), False), ((0, 0), (1, 2), True)],
)
def test_actors_collide_by_group_and_filter(groups, filters, collide):
    sim = make_sim()
    box = _box(sim)

    def fill(env, index):
        for number, height in enumerate((0.1, 0.5)):
            GYM.create_actor(env, box, at(z=height), f"box{number}", groups[number], filters[number])

    add_envs(sim, 1, fill)
    GYM.prepare_sim(sim)
    root = acquire(sim, "actor_root_state")
    simulate(sim, 100)
    refresh(sim, "actor_root_state")
    assert root[1, 2].item() == pytest.approx(0.3 if collide else 0.1, abs=0.02)


def test_a_shapes_filter_beats_its_actors():
    sim = make_sim()
    box = _box(sim)

    def fill(env, index):
        for number, height in enumerate((0.1, 0.5)):
            handle = GYM.create_actor(env, box, at(z=height), f"box{number}", 0, 0)
            props = GYM.get_actor_rigid_shape_properties(env, handle)
            props[0].filter = 1
            GYM.set_actor_rigid_shape_properties(env, handle, props)

    add_envs(sim, 1, fill)
    GYM.prepare_sim(sim)
    root = acquire(sim, "actor_root_state")
    simulate(sim, 100)
    refresh(sim, "actor_root_state")
    assert root[1, 2].item() == pytest.approx(0.1, abs=0.02)


def test_a_force_sensor_reads_nothing_at_rest_and_in_free_fall():
    sim = make_sim()
    box = _box(sim)
    GYM.create_asset_force_sensor(box, 0, gymapi.Transform())
    add_envs(sim, 2, lambda env, index: GYM.create_actor(env, box, at(z=(0.1, 50.0)[index]), "box", index, 0))
    GYM.prepare_sim(sim)
    sensors = acquire(sim, "force_sensor")
    simulate(sim, 100)
    refresh(sim, "force_sensor")
    assert sensors[0].abs().max() < 0.5
    assert sensors[1, :3].norm().item() == pytest.approx(8.0 * 9.81, rel=1e-3)


def test_the_dof_force_of_a_hanging_arm_is_what_holds_it(tmp_path):
    sim = make_sim(ground=None)
    arm = load(sim, tmp_path, PENDULUM, fix_base_link=True)

    def fill(env, index):
        handle = GYM.create_actor(env, arm, at(z=2.0), "arm", index, 0)
        props = GYM.get_actor_dof_properties(env, handle)
        props["driveMode"].fill(gymapi.DOF_MODE_POS)
        props["stiffness"].fill(1e4)
        props["damping"].fill(100.0)
        GYM.set_actor_dof_properties(env, handle, props)
        if index == 0:
            GYM.enable_actor_dof_force_sensors(env, handle)

    add_envs(sim, 2, fill)
    GYM.prepare_sim(sim)
    forces = acquire(sim, "dof_force")
    GYM.set_dof_position_target_tensor(sim, unwrap(torch.full((2,), -math.pi / 2)))
    simulate(sim, 200)
    refresh(sim, "dof_force")
    assert forces[0].item() == pytest.approx(-2.0 * 9.81 * 0.5, rel=0.01)
    assert forces[1].item() == 0.0


def test_an_attractor_holds_its_body():
    sim = make_sim(ground=None)
    box = _box(sim)

    def fill(env, index):
        GYM.create_actor(env, box, at(x=index, z=1.0), "box", index, 0)
        props = gymapi.AttractorProperties()
        props.rigid_handle, props.axes = 0, gymapi.AXIS_TRANSLATION
        props.target.p = gymapi.Vec3(index, 0.0, 1.1)
        props.offset.p = gymapi.Vec3(0.0, 0.0, 0.1)
        GYM.create_rigid_body_attractor(env, props)

    add_envs(sim, 2, fill)
    GYM.prepare_sim(sim)
    root = acquire(sim, "actor_root_state")
    simulate(sim, 200)
    refresh(sim, "actor_root_state")
    assert root[:, :3].flatten().tolist() == pytest.approx([0.0, 0.0, 1.0, 1.0, 0.0, 1.0], abs=0.02)


def test_a_heavy_body_hangs_less_than_a_tenth_of_a_millimetre_below_its_attractor():
    sim = make_sim(ground=None)
    box = _box(sim)

    def fill(env, index):
        GYM.create_actor(env, box, at(z=1.0), "box", index, 0)
        props = gymapi.AttractorProperties()
        props.rigid_handle, props.axes = 0, gymapi.AXIS_TRANSLATION
        props.target.p = gymapi.Vec3(0.0, 0.0, 1.0)
        GYM.create_rigid_body_attractor(env, props)

    add_envs(sim, 1, fill)
    GYM.prepare_sim(sim)
    root = acquire(sim, "actor_root_state")
    simulate(sim, 200)
    refresh(sim, "actor_root_state")
    assert root[0, 2].item() == pytest.approx(1.0, abs=1e-4)


def test_the_jacobian_tells_the_velocity_of_a_link_and_the_mass_matrix_the_inertia(tmp_path):
    sim = make_sim(ground=None)
    arm = load(sim, tmp_path, PENDULUM, fix_base_link=True)
    add_envs(sim, 2, lambda env, index: GYM.create_actor(env, arm, at(z=2.0), "arm", index, 0))
    GYM.prepare_sim(sim)
    dof = acquire(sim, "dof_state")
    jacobian = GYM.acquire_jacobian_tensor(sim, "arm").torch_tensor
    mass = GYM.acquire_mass_matrix_tensor(sim, "arm").torch_tensor
    assert (jacobian.shape, mass.shape) == ((2, 1, 6, 1), (2, 1, 1))
    dof[:, 0] = torch.tensor([0.0, math.pi / 2])
    GYM.set_dof_state_tensor(sim, unwrap(dof))
    GYM.refresh_jacobian_tensors(sim)
    GYM.refresh_mass_matrix_tensors(sim)
    assert jacobian[0, 0, :, 0].tolist() == pytest.approx([-0.5, 0.0, 0.0, 0.0, 1.0, 0.0], abs=1e-6)
    assert jacobian[1, 0, :, 0].tolist() == pytest.approx([0.0, 0.0, 0.5, 0.0, 1.0, 0.0], abs=1e-6)
    assert mass.flatten().tolist() == pytest.approx([0.51, 0.51], rel=1e-5)


@pytest.mark.parametrize("between", ["a force on a body", "contacts that are acquired"])
def test_jacobians_and_mass_matrices_that_were_acquired_are_still_filled_after(tmp_path, between):
    sim = make_sim(ground=None)
    arm = load(sim, tmp_path, PENDULUM, fix_base_link=True)
    add_envs(sim, 2, lambda env, index: GYM.create_actor(env, arm, at(z=2.0), "arm", index, 0))
    GYM.prepare_sim(sim)
    dof = acquire(sim, "dof_state")
    jacobian = GYM.acquire_jacobian_tensor(sim, "arm").torch_tensor
    mass = GYM.acquire_mass_matrix_tensor(sim, "arm").torch_tensor
    if between == "a force on a body":
        GYM.apply_rigid_body_force_tensors(sim, unwrap(torch.zeros(4, 3)))
    else:
        acquire(sim, "net_contact_force")
    simulate(sim, 1)
    dof[:, 0] = torch.tensor([0.0, math.pi / 2])
    GYM.set_dof_state_tensor(sim, unwrap(dof))
    mass.zero_()
    GYM.refresh_jacobian_tensors(sim)
    GYM.refresh_mass_matrix_tensors(sim)
    assert jacobian[:, 0, :3, 0].flatten().tolist() == pytest.approx([-0.5, 0.0, 0.0, 0.0, 0.0, 0.5], abs=1e-6)
    assert mass.flatten().tolist() == pytest.approx([0.51, 0.51], rel=1e-5)
