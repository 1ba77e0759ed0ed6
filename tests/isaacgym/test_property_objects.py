"""Objects of properties, set and read back."""

import numpy as np
import pytest

from gymctl.isaacgym import gymapi
from tests.isaacgym.worlds import GYM, PENDULUM, at, load, make_sim


def _pendulum(tmp_path):
    sim = make_sim()
    asset = load(sim, tmp_path, PENDULUM)
    env = GYM.create_env(sim, gymapi.Vec3(), gymapi.Vec3(), 1)
    return env, GYM.create_actor(env, asset, at(), "pendulum", 0, 0), asset


def test_properties_of_bodies_read_back_as_they_were_set(tmp_path):
    env, actor, _ = _pendulum(tmp_path)
    props = GYM.get_actor_rigid_body_properties(env, actor)
    arm = props[1]
    assert (arm.mass, arm.invMass, arm.com.z, arm.inertia.y.y) == pytest.approx((2.0, 0.5, -0.5, 0.01))
    assert arm.invInertia.z.z == pytest.approx(100.0)
    arm.mass, arm.com.x, arm.inertia.x.x, arm.flags = np.float32(4.0), 0.25, 0.02, 1
    arm.inertia.x.y = arm.inertia.y.x = 0.001
    assert GYM.set_actor_rigid_body_properties(env, actor, props, recomputeInertia=False)
    base, arm = GYM.get_actor_rigid_body_properties(env, actor)
    assert (base.mass, base.flags) == (1.0, 0)
    assert (arm.mass, arm.com.x, arm.com.z, arm.flags) == (4.0, 0.25, -0.5, 1)
    assert (arm.inertia.x.x, arm.inertia.x.y, arm.inertia.z.z) == pytest.approx((0.02, 0.001, 0.01))


def test_inertias_follow_masses_if_they_are_to_be_recomputed(tmp_path):
    env, actor, _ = _pendulum(tmp_path)
    props = GYM.get_actor_rigid_body_properties(env, actor)
    props[1].mass *= 3.0
    GYM.set_actor_rigid_body_properties(env, actor, props, True)
    assert GYM.get_actor_rigid_body_properties(env, actor)[1].inertia.z.z == pytest.approx(0.03)


def test_what_was_got_is_a_copy(tmp_path):
    env, actor, _ = _pendulum(tmp_path)
    GYM.get_actor_rigid_body_properties(env, actor)[0].mass = 7.0
    assert GYM.get_actor_rigid_body_properties(env, actor)[0].mass == 1.0


def test_properties_of_shapes_read_back_as_they_were_set():
    sim = make_sim()
    box = GYM.create_box(sim, 1.0, 1.0, 1.0, gymapi.AssetOptions())
    [props] = GYM.get_asset_rigid_shape_properties(box)
    props.friction, props.restitution, props.thickness, props.filter = 0.5, 0.25, 0.125, 3
    GYM.set_asset_rigid_shape_properties(box, [props])
    env = GYM.create_env(sim, gymapi.Vec3(), gymapi.Vec3(), 1)
    actor = GYM.create_actor(env, box, at(), "box", 0, 0)
    [got] = GYM.get_actor_rigid_shape_properties(env, actor)
    assert (got.friction, got.restitution, got.thickness, got.filter) == (0.5, 0.25, 0.125, 3)
    assert GYM.set_actor_rigid_shape_properties(env, actor, [got])


def test_an_actor_without_shapes_has_no_properties_of_them(tmp_path):
    env, actor, _ = _pendulum(tmp_path)
    assert GYM.get_actor_rigid_shape_properties(env, actor) == []
    assert GYM.set_actor_rigid_shape_properties(env, actor, [])
