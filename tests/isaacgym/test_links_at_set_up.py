"""Poses of links that set-up code asks for."""

import pytest

from tests.isaacgym.worlds import GYM, PENDULUM, add_envs, at, load, make_sim


@pytest.mark.parametrize("fixed", [True, False])
def test_a_links_pose_is_told_before_the_simulation_is_prepared(tmp_path, fixed):
    """IsaacGymEnvs' FrankaCabinet asks where hand and fingers are while it makes its envs."""
    sim = make_sim(ground=None)
    chain = PENDULUM.replace('<parent link="base"/>', '<origin xyz="0 0.5 0.2" rpy="0.3 0 0.1"/><parent link="base"/>')
    robot = load(sim, tmp_path, chain, fix_base_link=fixed)
    turned = at(1.0, 2.0, 3.0, (0.0, 0.0, 0.6, 0.8))

    def fill(env, index):
        GYM.create_actor(env, robot, at(), "first", index, 0)
        GYM.create_actor(env, robot, turned, "second", index, 0)

    (env,) = add_envs(sim, 1, fill)
    before = [GYM.get_rigid_transform(env, link) for link in range(4)]
    GYM.prepare_sim(sim)
    for link, pose in enumerate(before):
        after = GYM.get_rigid_transform(env, link)
        assert (pose.p.x, pose.p.y, pose.p.z) == pytest.approx((after.p.x, after.p.y, after.p.z), abs=1e-6)
        both = pose.r.x * after.r.x + pose.r.y * after.r.y + pose.r.z * after.r.z + pose.r.w * after.r.w
        assert abs(both) == pytest.approx(1.0, abs=1e-6)
