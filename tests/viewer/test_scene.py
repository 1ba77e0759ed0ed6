"""What is drawn has the places and sizes of MuJoCo's geoms."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.viewer import meshes
from gymctl.viewer.poses import Kinematics
from gymctl.viewer.shapes import find_copies, find_ground

PARTS = """
<mujoco>
  <asset>
    <material name="green" rgba="0 1 0 1"/>
    <mesh name="wedge" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/>
    <hfield name="hills" nrow="5" ncol="4" size="2 3 0.5 0.1"/>
  </asset>
  <worldbody>
    <geom type="plane" size="1 1 1"/>
    <geom type="hfield" hfield="hills" pos="9 0 0"/>
    <body pos="0 0 1">
      <freejoint/>
      <geom type="capsule" size=".1 .4" rgba="1 0 0 1"/>
      <geom type="sphere" size=".3" pos="1 0 0" material="green"/>
      <geom type="ellipsoid" size=".1 .2 .3" quat="1 1 0 0"/>
      <geom type="cylinder" size=".1 .2"/>
      <geom type="box" size=".1 .2 .3"/>
      <geom type="mesh" mesh="wedge"/>
      <geom type="box" size="5 5 5" group="3"/>
      <geom type="box" size="5 5 5" rgba="1 1 1 0"/>
    </body>
  </worldbody>
</mujoco>
"""


@pytest.fixture
def model():
    return mujoco.MjModel.from_xml_string(PARTS)


def test_every_visible_geom_is_drawn_in_its_size_and_colour(model):
    copies = {found.name: found for found in find_copies([model])}
    assert {name: len(found.geom) for name, found in copies.items()} == {
        "cylinder": 2,
        "sphere": 4,
        "box": 1,
        "mesh 0": 1,
    }
    assert copies["cylinder"].scale.tolist() == pytest.approx(np.array([[0.1, 0.1, 0.4], [0.1, 0.1, 0.2]]))
    assert copies["sphere"].along.tolist() == pytest.approx([0.4, -0.4, 0.0, 0.0])
    assert copies["sphere"].rgba[:3].tolist() == [[1, 0, 0, 1], [1, 0, 0, 1], [0, 1, 0, 1]]
    assert len(find_ground(model, mujoco.mjtGeom.mjGEOM_PLANE)) == 1


def test_copies_move_as_mujoco_moves_their_geoms(model):
    sim = MujocoSimulation(model, 3)
    sim.qpos[:, 3:] = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    sim.qpos[:, :3] += 2.0
    kinematics = Kinematics(sim, 2)
    poses = kinematics()
    for env in range(2):
        data = sim.get_data(env)
        mujoco.mj_kinematics(model, data)
        assert poses.position[env] == pytest.approx(data.geom_xpos + kinematics.offsets[env], abs=1e-6)
        for geom in range(model.ngeom):
            matrix = np.zeros(9)
            mujoco.mju_quat2Mat(matrix, poses.rotation[env, geom].astype(float))
            assert matrix == pytest.approx(data.geom_xmat[geom], abs=1e-5)


def with_a_box_of(size):
    text = f"""<mujoco><worldbody><body><freejoint/><geom type="box" size="{size} .1 .1" rgba="{size} 0 0 1"/>
      <geom type="mesh" mesh="wedge"/></body></worldbody>
      <asset><mesh name="wedge" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/></asset></mujoco>"""
    return mujoco.MjModel.from_xml_string(text)


def test_each_env_is_drawn_as_its_own_model_is():
    sim = MujocoSimulation([with_a_box_of(0.25), with_a_box_of(0.5)], 3, kinds=[0, 1, 0])
    kinematics = Kinematics(sim, 3)
    copies = {found.name: found for found in find_copies(kinematics.models)}
    assert copies["box"].world.tolist() == [0, 1, 2]
    assert copies["box"].scale[:, 0].tolist() == [0.25, 0.5, 0.25]
    assert copies["box"].rgba[:, 0].tolist() == [0.25, 0.5, 0.25]
    assert copies["mesh 0"].world.tolist() == [0, 1, 2]
    assert kinematics.size[0] >= 1.0


def test_sizes_that_were_changed_for_some_envs_are_seen():
    sim = MujocoSimulation(with_a_box_of(0.25), 2)
    sim.expand("geom_size")[1, 0, 0] = 0.75
    (box,) = [found for found in find_copies(Kinematics(sim, 2).models) if found.name == "box"]
    assert box.scale[:, 0].tolist() == [0.25, 0.75]


def test_an_env_takes_the_room_that_it_has_when_it_is_first_shown():
    two = """<mujoco><worldbody><body><freejoint/><geom size=".1"/></body><body><freejoint/><geom size=".1"/></body>
      </worldbody></mujoco>"""
    sim = MujocoSimulation(mujoco.MjModel.from_xml_string(two), 2)
    sim.qpos[:, 7] = 5.0
    kinematics = Kinematics(sim, 2)
    assert kinematics.size == pytest.approx([5.2, 0.2, 0.2])
    assert np.abs(np.diff(kinematics.offsets, axis=0)).max() > 0.2


def test_ends_of_a_capsule_lie_on_its_axis(model):
    kinematics = Kinematics(MujocoSimulation(model, 1), 1)
    sphere = next(found for found in find_copies([model]) if found.name == "sphere")
    positions, rotations = kinematics.at_rest().of(sphere)
    assert positions[:2] == pytest.approx(np.array([[0, 0, 1.4], [0, 0, 0.6]]))
    assert rotations.shape == (4, 4)


def test_triangles_face_outwards():
    for mesh in meshes.UNIT.values():
        a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
        assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a + b + c) >= -1e-12).all()


def test_a_height_field_has_its_samples_heights_and_extent(model):
    model.hfield_data[:] = np.arange(20) / 19
    mesh = meshes.height_field(model, 1, np.arange(5), np.arange(4))
    assert mesh.vertices.min(0) == pytest.approx([-2, -3, 0])
    assert mesh.vertices.max(0) == pytest.approx([2, 3, 0.5])
    assert mesh.vertices[:4, 2] == pytest.approx(np.arange(4) / 38)  # the first row lies along x
    coarse = meshes.height_field(model, 1, np.array([0, 4]), np.array([0, 3]))
    assert coarse.vertices == pytest.approx(mesh.vertices[[0, 3, 16, 19]])


@pytest.mark.parametrize(
    "task",
    [
        "AllegroHand",
        "Ant",
        "Anymal",
        "BallBalance",
        "Cartpole",
        "FrankaCabinet",
        "FrankaCubeStack",
        "Humanoid",
        "HumanoidAMP",
        "Ingenuity",
        "Quadcopter",
        "ShadowHand",
        "Trifinger",
    ],
)
def test_robots_stand_beside_each_other(task):
    env = factory.make(compose(task, settings={"num_envs": 9}))
    kinematics = Kinematics(env.sim, 9)
    size = kinematics.size
    apart = np.abs(kinematics.offsets[:, None] - kinematics.offsets)[~np.eye(9, dtype=bool)]
    assert ((apart[:, 0] >= size[0]) | (apart[:, 1] >= size[1])).all()
    assert all(len(found.geom) for found in find_copies(kinematics.models))
