"""Tendons of MJCFs: what scripts are told of them, and what their springs, dampers and limits do."""

import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.isaacgym import gymapi
from tests.isaacgym.worlds import GYM, acquire, add_envs, at, load, make_sim, refresh, simulate, unwrap

CARTS = """<mujoco><worldbody><body name="rail"><geom size=".1" contype="0" conaffinity="0"/>
  <body name="one"><joint name="first" type="slide" axis="1 0 0"/><inertial pos="0 0 0" mass="2" diaginertia="1 1 1"/>
  </body>
  <body name="two"><joint name="second" type="slide" axis="1 0 0"/><inertial pos="0 0 0" mass="2" diaginertia="1 1 1"/>
  </body></body></worldbody>
  <tendon>
    <fixed name="pair"><joint joint="first" coef="1"/><joint joint="second" coef="-1"/></fixed>
    <fixed name="spring" stiffness="3" damping="0.5" range="-5 6" springlength="0.25">
      <joint joint="first" coef="2"/></fixed>
  </tendon></mujoco>"""
"""Two carts of 2 kg on a rail along x, a tendon that couples them, and a spring at the first."""
DT = 0.001


@pytest.fixture
def sim():
    return make_sim(gravity=(0.0, 0.0, 0.0), dt=DT, substeps=1, ground=None)


@pytest.fixture
def carts(sim, tmp_path):
    return load(sim, tmp_path, CARTS, "carts.xml", fix_base_link=True)


def prepare(sim, carts, num_envs=2):
    """Makes envs and gives the tensor of DOF states ``[num_envs, 2, 2]``."""
    add_envs(sim, num_envs, lambda env, index: GYM.create_actor(env, carts, at(), "carts", index, 0))
    GYM.prepare_sim(sim)
    return acquire(sim, "dof_state").view(num_envs, 2, 2)


def speed_after_a_step(sim, states, positions, velocities=(0.0, 0.0)):
    """Velocities of all carts ``[num_envs, 2]``, a step after they were put somewhere."""
    states[..., 0], states[..., 1] = torch.tensor(positions), torch.tensor(velocities)
    GYM.set_dof_state_tensor(sim, unwrap(states.view(-1, 2)))
    simulate(sim, 1)
    refresh(sim, "dof_state")
    return states[..., 1]


def test_scripts_are_told_what_the_file_says(carts):
    assert GYM.get_asset_tendon_count(carts) == 2
    assert [GYM.get_asset_tendon_name(carts, index) for index in range(2)] == ["pair", "spring"]
    assert [GYM.find_asset_tendon_index(carts, name) for name in ("spring", "none")] == [1, -1]
    assert [GYM.get_asset_fixed_tendon_joint_name(carts, 0, joint) for joint in range(2)] == ["first", "second"]
    assert GYM.get_asset_fixed_tendon_joint_coefficients(carts, 0) == [1.0, -1.0]
    pair, spring = GYM.get_asset_tendon_properties(carts)
    assert (pair.type, pair.num_joints, pair.is_fixed_limited) == (gymapi.TENDON_FIXED, 2, False)
    assert (spring.stiffness, spring.damping, spring.fixed_spring_rest_length) == (3.0, 0.5, 0.25)
    assert (spring.is_fixed_limited, spring.fixed_lower_limit, spring.fixed_upper_limit) == (True, -5.0, 6.0)
    assert pair.limit_stiffness == 1.0


def test_an_actors_are_those_of_its_asset_when_it_was_made(sim, carts):
    props = GYM.get_asset_tendon_properties(carts)
    props[0].stiffness = 7.0
    GYM.set_asset_tendon_properties(carts, props)
    props[0].stiffness = 9.0
    (env,) = add_envs(sim, 1, lambda env, _: GYM.create_actor(env, carts, at(), "carts", 0, 0))
    GYM.set_asset_tendon_properties(carts, props)
    assert GYM.get_actor_tendon_properties(env, 0)[0].stiffness == 7.0
    assert GYM.get_actor_tendon_count(env, 0) == 2
    assert GYM.get_actor_tendon_name(env, 0, 1) == "spring"
    assert GYM.find_actor_tendon_index(env, 0, "spring") == 1
    assert GYM.get_actor_fixed_tendon_joint_name(env, 0, 0, 1) == "second"
    assert GYM.find_actor_fixed_tendon_joint_index(env, 0, 0, "second") == 1
    assert GYM.find_actor_fixed_tendon_joint_index(env, 0, 1, "second") == -1
    assert GYM.get_actor_fixed_tendon_joint_coefficients(env, 0, 1) == [2.0]


def test_a_spring_of_the_file_pulls(sim, carts):
    states = prepare(sim, carts)
    speed = speed_after_a_step(sim, states, (0.5, 0.0))
    force = -3.0 * (2 * 0.5 - 0.25) * 2  # tension times coefficient
    assert speed[:, 0].tolist() == pytest.approx([force / 2.0 * DT] * 2, rel=1e-3)


def test_springs_dampers_and_rest_lengths_are_each_envs_own_and_count_from_the_next_step(sim, carts):
    states = prepare(sim, carts)
    speed_after_a_step(sim, states, (0.0, 0.0))
    for index in range(2):
        env = GYM.get_env(sim, index)
        props = GYM.get_actor_tendon_properties(env, 0)
        props[0].stiffness, props[0].damping, props[0].fixed_spring_rest_length = 10.0 + index, 1.0, 0.5
        props[1].stiffness = props[1].damping = 0.0
        GYM.set_actor_tendon_properties(env, 0, props)
    speed = speed_after_a_step(sim, states, (0.2, 0.0), (0.3, 0.0))
    forces = [-(10.0 + index) * (0.2 - 0.5) - 1.0 * 0.3 for index in range(2)]
    assert speed[:, 0].tolist() == pytest.approx([0.3 + force / 2.0 * DT for force in forces], abs=1e-6)
    assert speed[:, 1].tolist() == pytest.approx([-force / 2.0 * DT for force in forces], abs=1e-6)


def test_limits_couple_joints_where_they_are_set(sim, carts):
    props = GYM.get_asset_tendon_properties(carts)
    props[1].stiffness = props[1].damping = 0.0
    GYM.set_asset_tendon_properties(carts, props)
    states = prepare(sim, carts)
    env = GYM.get_env(sim, 1)
    props[0].is_fixed_limited, props[0].fixed_lower_limit, props[0].fixed_upper_limit = True, -0.01, 0.01
    GYM.set_actor_tendon_properties(env, 0, props)
    speed_after_a_step(sim, states, (0.0, 0.0), (1.0, 0.0))
    simulate(sim, 200)
    refresh(sim, "dof_state")
    apart = (states[:, 0, 0] - states[:, 1, 0]).tolist()
    assert apart[0] == pytest.approx(0.2, abs=0.01)
    assert abs(apart[1]) < 0.03


def test_a_limit_that_is_set_while_it_runs_counts(sim, carts):
    states = prepare(sim, carts)
    speed_after_a_step(sim, states, (0.0, 0.0))
    env = GYM.get_env(sim, 1)
    props = GYM.get_actor_tendon_properties(env, 0)
    props[0].is_fixed_limited, props[0].fixed_lower_limit, props[0].fixed_upper_limit = True, -0.01, 0.01
    GYM.set_actor_tendon_properties(env, 0, props)
    speed_after_a_step(sim, states, (0.0, 0.0), (1.0, 0.0))
    simulate(sim, 200)
    refresh(sim, "dof_state")
    assert abs(states[1, 0, 0] - states[1, 1, 0]) < 0.03 < abs(states[0, 0, 0] - states[0, 1, 0])


def test_an_offset_lengthens_a_tendon_of_its_env_for_its_spring_and_its_limits(sim, carts):
    states = prepare(sim, carts)
    speed_after_a_step(sim, states, (0.0, 0.0))
    env = GYM.get_env(sim, 1)
    assert GYM.get_actor_tendon_offset(env, 0, 1) == 0.0
    assert GYM.set_actor_tendon_offset(env, 0, 1, 0.75)
    assert GYM.get_actor_tendon_offset(env, 0, 1) == 0.75
    speed = speed_after_a_step(sim, states, (0.5, 0.0))
    forces = [-3.0 * (2 * 0.5 + offset - 0.25) * 2 for offset in (0.0, 0.75)]
    assert speed[:, 0].tolist() == pytest.approx([force / 2.0 * DT for force in forces], rel=1e-3)
    GYM.set_actor_tendon_offset(env, 0, 1, 10.0)  # the upper limit is 6
    speed_after_a_step(sim, states, (0.0, 0.0))
    simulate(sim, 500)
    refresh(sim, "dof_state")
    assert 2.0 * states[1, 0, 0].item() + 10.0 < 6.5


def test_an_offset_is_kept_with_properties_that_are_set_and_starts_with_the_actor(sim, carts):
    def fill(env, index):
        GYM.create_actor(env, carts, at(), "carts", index, 0)
        GYM.set_actor_tendon_offset(env, 0, 1, 0.25 * index)
        GYM.set_actor_tendon_properties(env, 0, GYM.get_actor_tendon_properties(env, 0))

    add_envs(sim, 2, fill)
    GYM.prepare_sim(sim)
    states = acquire(sim, "dof_state").view(2, 2, 2)
    assert [GYM.get_actor_tendon_offset(GYM.get_env(sim, index), 0, 1) for index in range(2)] == [0.0, 0.25]
    speed = speed_after_a_step(sim, states, (0.0, 0.0))
    assert speed[:, 0].tolist() == pytest.approx([0.75 * DT, 0.0], abs=1e-5)


def test_a_tendon_that_isnt_there_has_no_offset(sim, carts):
    (env,) = add_envs(sim, 1, lambda env, _: GYM.create_actor(env, carts, at(), "carts", 0, 0))
    assert GYM.get_actor_tendon_offset(env, 0, 2) == pytest.approx(3.4028235e38)
    assert not GYM.set_actor_tendon_offset(env, 0, -1, 1.0)
    with pytest.raises(InputError, match="offset"):
        GYM.set_actor_tendon_offset(env, 0, 0, float("nan"))


def test_coefficients_say_where_they_are_to_be_changed(sim, carts):
    (env,) = add_envs(sim, 1, lambda env, _: GYM.create_actor(env, carts, at(), "carts", 0, 0))
    with pytest.raises(NotImplementedError, match="change them in the asset's file"):
        GYM.set_actor_fixed_tendon_joint_coefficients(env, 0, 0, [1.0, 1.0])
    with pytest.raises(NotImplementedError, match="change them in the asset's file"):
        GYM.set_asset_fixed_tendon_joint_coefficients(carts, 0, [1.0, 1.0])


def test_what_cant_be_had_is_told_or_refused(sim, carts, caplog):
    props = GYM.get_asset_tendon_properties(carts)
    props[0].limit_stiffness = 30.0
    GYM.set_asset_tendon_properties(carts, props)
    assert "limit_stiffness" in caplog.text
    with pytest.raises(InputError, match="1 tendons"):
        GYM.set_asset_tendon_properties(carts, props[:1])
    props[0].fixed_lower_limit = 1.0
    with pytest.raises(InputError, match="lower limit"):
        GYM.set_asset_tendon_properties(carts, props)
