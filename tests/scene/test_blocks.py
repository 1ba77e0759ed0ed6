"""The rows of each tree of a model, against MuJoCo's own names."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.scene.blocks import find_block, find_first_block, joint_columns, list_roots
from gymctl.sim.frames import root_state

MODEL = """
<mujoco>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1"/>
    <body name="target" mocap="true"><site name="mark"/></body>
    <body name="arm" pos="0 0 2">
      <joint name="servo" axis="0 1 0" range="-60 60"/>
      <geom name="upper" size=".03"/>
      <body name="wrist" pos=".3 0 0">
        <joint name="wrist" type="ball"/>
        <geom name="wrist" size=".05"/>
        <body name="finger" pos=".1 0 0">
          <joint name="finger" type="slide" range="0 .1"/>
          <geom name="finger" size=".02"/>
        </body>
      </body>
    </body>
    <body name="cube" pos="1 0 .1">
      <freejoint/>
      <geom name="cube" type="box" size=".1 .1 .1"/>
    </body>
    <body name="walker" pos="-1 0 .5">
      <freejoint name="root"/>
      <geom name="trunk" size=".1"/>
      <body name="left"><joint name="left"/><geom name="left" size=".05" pos="0 .1 0"/><site name="foot"/></body>
      <body name="right"><joint name="right"/><geom name="right" size=".05" pos="0 -.1 0"/></body>
    </body>
  </worldbody>
  <tendon><fixed name="tendon"><joint joint="left" coef="1"/><joint joint="right" coef="1"/></fixed></tendon>
  <actuator>
    <motor name="servo" joint="servo"/>
    <motor name="right" joint="right"/>
    <motor name="left" joint="left"/>
    <motor name="thrust" site="foot"/>
  </actuator>
</mujoco>
"""


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_string(MODEL)


def names(kind, model, rows):
    return [getattr(model, kind)(row).name for row in rows]


def test_a_free_robot_in_a_world_with_others_has_its_own_rows(model):
    walker = find_block(model, "walker")
    assert (walker.name, walker.root) == ("walker", model.body("walker").id)
    assert names("body", model, walker.bodies) == ["walker", "left", "right"]
    assert names("geom", model, walker.geoms) == ["trunk", "left", "right"]
    assert names("site", model, walker.sites) == ["foot"]
    assert names("joint", model, walker.joints) == ["left", "right"]
    assert names("tendon", model, walker.tendons) == ["tendon"]
    assert names("actuator", model, walker.drives) == ["right", "left"]
    assert walker.free_joint == model.joint("root").id
    assert (walker.root_qpos, walker.dof_pos) == (slice(13, 20), slice(20, 22))
    assert (walker.root_qvel, walker.dof_vel) == (slice(11, 17), slice(17, 19))
    assert walker.dofs.tolist() == [17, 18]


@pytest.mark.parametrize("name", ["arm", "cube", "walker"])
def test_columns_are_those_of_the_joints(model, name):
    block = find_block(model, name)
    joints = [model.joint(joint) for joint in block.joints]
    assert np.arange(model.nq)[block.dof_pos].tolist() == [c for j in joints for c in _columns(j.qposadr, j.qpos0)]
    assert np.arange(model.nv)[block.dof_vel].tolist() == block.dofs.tolist()
    assert block.joint_limits.tolist() == [joint.range.tolist() for joint in joints]


def _columns(address, like):
    return range(address[0], address[0] + len(like))


def test_a_fixed_root_has_no_columns_and_a_lone_body_no_joints(model):
    arm, cube, target = (find_block(model, name) for name in ("arm", "cube", "target"))
    assert arm.free_joint is None
    row = torch.arange(float(model.nq))
    for columns in (arm.root_qpos, arm.root_pos, arm.root_quat, target.root_qpos, target.dof_pos, cube.dof_pos):
        assert row[columns].numel() == 0
    assert (arm.dof_pos, arm.dof_vel) == (slice(0, 6), slice(0, 5))
    assert row[cube.root_pos].tolist() == [6, 7, 8]
    assert row[cube.root_quat].tolist() == [9, 10, 11, 12]
    assert names("site", model, target.sites) == ["mark"]


def test_the_root_state_is_that_of_the_blocks_own_free_joint(model):
    generator = torch.Generator().manual_seed(0)
    qpos, qvel = torch.randn(3, model.nq, generator=generator), torch.randn(3, model.nv, generator=generator)
    walker = find_block(model, "walker")
    state = walker.root_state(qpos, qvel)
    com = torch.from_numpy(model.body("walker").ipos).float()
    for ours, expected in zip(state, root_state(qpos[:, 13:], qvel[:, 11:], com), strict=True):
        assert torch.equal(ours, expected)
    assert qvel[:, walker.root_ang_vel].data_ptr() == qvel[:, 14:].data_ptr()  # a view


def test_joints_at_even_distances_have_slices(model):
    assert joint_columns(model, np.array([model.joint("servo").id, model.joint("finger").id])) == (
        slice(0, 6, 5),
        slice(0, 5, 4),
    )
    assert joint_columns(model, np.array([model.joint("right").id])) == (slice(21, 22, 1), slice(18, 19, 1))
    with pytest.raises(ValueError, match="even distances"):
        joint_columns(model, np.array([model.joint(name).id for name in ("servo", "finger", "left")]))


def test_the_first_block_is_the_tree_of_the_first_joint(model):
    assert find_first_block(model).name == "arm"
    assert find_first_block(mujoco.MjModel.from_xml_string("<mujoco/>")) is None


def test_only_roots_are_found(model):
    assert list(list_roots(model)) == ["target", "arm", "cube", "walker"]
    assert find_block(model, list_roots(model)["cube"]).name == "cube"
    with pytest.raises(ValueError, match="'wrist'"):
        find_block(model, "wrist")
    with pytest.raises(ValueError, match="'world'"):
        find_block(model, "world")
    with pytest.raises(KeyError, match="wakler"):
        find_block(model, "wakler")
