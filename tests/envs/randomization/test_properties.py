"""Each property, measured in the model fields of the simulator's worlds."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.scene.spherical import axes_and_limits, merge_hinges, set_stops
from tests.envs.randomization.conftest import assert_gaussian, assert_uniform, draw, prop

SHOULDER = """
<mujoco>
  <compiler autolimits="true"/>
  <option integrator="implicitfast"/>
  <worldbody>
    <body name="arm">
      <joint name="x" axis="1 0 0" range="-45 15" stiffness="4" damping=".5"/>
      <joint name="y" axis="0 1 0" range="-120 45" stiffness="4" damping=".5"/>
      <geom type="capsule" fromto="0 0 0 0 0 -.3" size=".05"/>
    </body>
  </worldbody>
  <actuator><motor joint="x"/><motor joint="y"/></actuator>
</mujoco>
"""
ARM, OBJECT, BALL_DOFS = [1, 2, 3], 4, [2, 3, 4]


def same(worlds, name, columns):
    """Whether a field has its nominal values in some columns."""
    nominal = torch.from_numpy(np.asarray(getattr(worlds.sim.model, name), dtype=float))
    return torch.equal(worlds.field(name)[:, columns], nominal[columns].expand_as(worlds.field(name)[:, columns]))


def test_mass_is_drawn_for_every_body_and_inertia_follows(worlds):
    drawn = worlds(prop("arm", "rigid_body_properties.mass", draw(0.5, 1.5)))
    mass = drawn.factor("body_mass")[:, ARM]
    assert_uniform(mass, 0.5, 1.5)
    assert torch.corrcoef(mass.T).triu(1).abs().max() < 0.15
    for element in range(3):
        torch.testing.assert_close(drawn.factor("body_inertia", element)[:, ARM], mass)
    assert same(drawn, "body_mass", [0, OBJECT])
    model = drawn.sim.get_model(7)
    assert model.body_mass[1] == pytest.approx(mass[7, 0].item() * drawn.sim.model.body_mass[1])
    assert model.body_subtreemass[1] == pytest.approx(model.body_mass[ARM].sum())


def test_added_mass_scales_inertia_in_proportion_and_never_makes_a_mass_negative(worlds):
    drawn = worlds(prop("object", "rigid_body_properties.mass", draw(0, 5, "additive", "gaussian")))
    mass = drawn.field("body_mass")[:, OBJECT]
    assert mass.min() > 0
    assert 3 < mass.std() < 4  # half of a Gaussian with standard deviation 5, roughly
    torch.testing.assert_close(drawn.factor("body_inertia", 0)[:, OBJECT], drawn.factor("body_mass")[:, OBJECT])


@pytest.mark.parametrize(("name", "element"), [("friction", 0), ("torsion_friction", 1), ("rolling_friction", 2)])
def test_friction_is_drawn_for_every_geom_of_the_actor_alone(worlds, name, element):
    drawn = worlds(prop("object", f"rigid_shape_properties.{name}", draw(0.7, 1.3, num_buckets=250)))
    factors = drawn.factor("geom_friction", element)[:, 4:]
    assert_uniform(factors, 0.7, 1.3)
    assert torch.corrcoef(factors.T)[0, 1].abs() < 0.15
    assert same(drawn, "geom_friction", [0, 1, 2, 3])
    for other in {0, 1, 2} - {element}:
        assert (drawn.factor("geom_friction", other)[:, 4:] == 1).all()


def test_stiffness_is_the_drives_or_else_the_joints_own(worlds):
    drawn = worlds(prop("arm", "dof_properties.stiffness", draw(0.75, 1.5, distribution="loguniform")))
    servo = drawn.factor("actuator_gainprm", 0)[:, 0]
    assert_uniform(servo.log(), np.log(0.75), np.log(1.5))
    torch.testing.assert_close(drawn.field("actuator_biasprm", 1)[:, 0], -20 * servo)
    assert_uniform(drawn.factor("jnt_stiffness")[:, 1].log(), np.log(0.75), np.log(1.5))
    assert same(drawn, "jnt_stiffness", [0, 3])
    assert (drawn.field("actuator_gainprm", 0)[:, 1] == 1).all()


def test_damping_is_the_drives_or_else_the_joints_own(worlds):
    drawn = worlds(prop("arm", "dof_properties.damping", draw(0.1, 0.3, "additive")))
    assert_uniform(drawn.field("actuator_biasprm", 2)[:, 0] + 2, -0.3, -0.1)
    assert_uniform(drawn.field("dof_damping")[:, 1], 0.6, 0.8)
    assert_uniform(drawn.field("dof_damping")[:, BALL_DOFS], 0.7, 0.9)
    assert same(drawn, "dof_damping", [0, *range(5, 11)])


@pytest.mark.parametrize(("name", "element"), [("lower", 0), ("upper", 1)])
def test_limits_are_drawn_where_joints_are_limited(worlds, name, element):
    drawn = worlds(prop("arm", f"dof_properties.{name}", draw(0, 0.01, "additive", "gaussian")))
    nominal = torch.from_numpy(drawn.sim.model.jnt_range)
    assert_gaussian((drawn.field("jnt_range") - nominal)[:, :2, element], 0, 0.01)
    assert same(drawn, "jnt_range", [2, 3])
    assert (drawn.factor("jnt_range", 1 - element)[:, :2] == 1).all()


def test_a_spherical_joints_stops_and_springs_are_drawn_as_a_hinges(worlds):
    spec = mujoco.MjSpec.from_string(SHOULDER)
    merge_hinges(spec, "arm")
    model = spec.compile()
    set_stops(model, 0.005)
    params = prop("arm", "dof_properties.upper", draw(0, 0.01, "additive", "gaussian"))
    params["actor_params"]["arm"]["dof_properties"]["stiffness"] = draw(0.5, 1.5)
    drawn = worlds(params, model=model)
    limits = np.stack([axes_and_limits(drawn.sim.get_model(env), 0)[1] for env in range(600)])
    moved = torch.from_numpy(limits - axes_and_limits(model, 0)[1])
    assert moved[..., 0].abs().max() < 1e-9
    assert_gaussian(moved[..., 1], 0, 0.01)
    assert torch.corrcoef(moved[..., 1].T).triu(1).abs().max() < 0.15
    springs = drawn.field("actuator_biasprm", 1)[:, [model.actuator(f"{name}_spring").id for name in "xy"]]
    assert_uniform(springs, -6, -2)
    assert torch.corrcoef(springs.T)[0, 1].abs() < 0.15


def test_effort_moves_both_ends_of_what_limits_the_force(worlds):
    drawn = worlds(prop("arm", "dof_properties.effort", draw(1, 2, "additive")))
    servo, rail = drawn.field("actuator_forcerange")[:, 0], drawn.field("jnt_actfrcrange")[:, 1]
    assert_uniform(servo[:, 1], 6, 7)
    assert_uniform(rail[:, 1], 7, 8)
    assert torch.equal(servo[:, 0], -servo[:, 1])
    assert torch.equal(rail[:, 0], -rail[:, 1])
    assert same(drawn, "actuator_forcerange", [1])


def test_joint_friction_and_armature_are_drawn_for_every_dof(worlds):
    drawn = worlds(prop("arm", "dof_properties.friction", draw(0.1, 0.2, "additive")))
    loss = drawn.field("dof_frictionloss")
    assert_uniform(loss[:, :2], 0.1, 0.2)
    assert_uniform(loss[:, BALL_DOFS], 0.15, 0.25)
    drawn = worlds(prop("arm", "dof_properties.armature", draw(0.5, 2.0)))
    assert_uniform(drawn.factor("dof_armature")[:, [0, *BALL_DOFS]], 0.5, 2.0)
    weights = drawn.field("dof_invweight0")[:, 0]
    assert torch.corrcoef(torch.stack((weights, drawn.field("dof_armature")[:, 0])))[0, 1] < -0.5


@pytest.mark.parametrize("name", ["stiffness", "damping"])
def test_fixed_tendons_are_drawn(worlds, name):
    drawn = worlds(prop("arm", f"tendon_properties.{name}", draw(0.3, 3.0, distribution="loguniform")))
    assert_uniform(drawn.factor(f"tendon_{name}")[:, 0].log(), np.log(0.3), np.log(3))


def test_scale_changes_lengths_masses_and_inertias_together(worlds):
    drawn = worlds(prop("object", "scale", draw(0.5, 1.5, setup_only=True)))
    scale = drawn.factor("geom_size", 0)[:, 4]
    assert_uniform(scale, 0.5, 1.5)
    torch.testing.assert_close(drawn.factor("geom_size", 2)[:, 4], scale)
    torch.testing.assert_close(drawn.factor("geom_size", 0)[:, 5], scale)
    torch.testing.assert_close(drawn.factor("geom_pos", 2)[:, 5], scale)
    torch.testing.assert_close(drawn.factor("body_ipos", 2)[:, OBJECT], scale)
    torch.testing.assert_close(drawn.factor("body_mass")[:, OBJECT], scale**3)
    torch.testing.assert_close(drawn.factor("body_inertia", 0)[:, OBJECT], scale**5)
    assert same(drawn, "body_pos", [OBJECT])
    assert same(drawn, "geom_size", [0, 1, 2, 3])


def test_a_scaled_box_rests_on_its_scaled_side(worlds):
    drawn = worlds(prop("object", "scale", draw(0.5, 2.0, setup_only=True)), num_envs=8)
    half = drawn.field("geom_size", 0)[:, 4]
    drawn.sim.qpos[:, -5] = half + 0.01
    for _ in range(200):
        drawn.sim.step()
    torch.testing.assert_close(drawn.sim.qpos[:, -5], half, atol=2e-3, rtol=0)


def test_a_scaled_actor_has_its_scaled_mass_as_the_nominal_one(worlds):
    params = prop("object", "scale", draw(1.2, 1.2, setup_only=True))
    params["actor_params"]["object"]["rigid_body_properties"] = {"mass": draw(0.5, 1.5)}
    drawn = worlds(params)
    assert_uniform(drawn.factor("body_mass")[:, OBJECT], 0.5 * 1.2**3, 1.5 * 1.2**3)


def test_a_property_that_must_not_be_negative_stops_at_zero(worlds):
    drawn = worlds(prop("object", "rigid_shape_properties.friction", draw(0, 1, distribution="gaussian")))
    friction = drawn.field("geom_friction", 0)[:, 4:]
    assert (friction == 0).double().mean().item() == pytest.approx(0.5, abs=0.05)
    assert friction.min() == 0


def test_draws_do_not_compound(worlds):
    drawn = worlds(prop("object", "rigid_shape_properties.friction", draw(0.7, 1.3)), num_envs=50)
    for _ in range(40):
        drawn.randomizer.advance(10)
        drawn.reset()
    factors = drawn.factor("geom_friction", 0)[:, 4:]
    assert factors.min() >= 0.7 - 1e-6
    assert factors.max() <= 1.3 + 1e-6


def test_two_actors_are_drawn_side_by_side(worlds):
    params = prop("arm", "rigid_shape_properties.friction", draw(2, 3))
    params["actor_params"]["object"] = {"rigid_shape_properties": {"friction": draw(4, 5)}}
    factors = worlds(params).factor("geom_friction", 0)
    assert_uniform(factors[:, 1:4], 2, 3)
    assert_uniform(factors[:, 4:], 4, 5)
    assert (factors[:, 0] == 1).all()


@pytest.mark.parametrize(
    ("actor", "name", "told"),
    [
        ("obejct", "rigid_body_properties.mass", "did you mean 'object'? the actors are arm, object"),
        ("object", "dof_properties.damping", "'object'"),
        ("object", "dof_properties.lower", "no limited joints"),
        ("object", "dof_properties.effort", "no joint or actuator whose force is limited"),
        ("object", "tendon_properties.damping", "no fixed tendons"),
    ],
)
def test_what_the_model_has_not_got_is_refused(worlds, actor, name, told):
    with pytest.raises(InputError) as error:
        worlds(prop(actor, name, draw(0.5, 1.5)))
    assert told in f"{error.value.what}; {error.value.fix}"
