"""Actors of several assets in a world: where they are in the model, what carries them, and what they touch."""

import math

import mujoco
import numpy as np
import pytest

from gymctl.scene.assets.asset import ImportOptions
from gymctl.scene.assets.reading import read_asset
from gymctl.scene.assets.shapes import make_box, make_sphere
from gymctl.scene.ground import Ground, Plane
from gymctl.scene.worlds import Actor, Physics, SensorFrame, build_world, find_actors

INERTIA = '<inertia ixx="0.1" iyy="0.1" izz="0.1" ixy="0" ixz="0" iyz="0"/>'
BALL = '<collision><geometry><sphere radius="0.2"/></geometry></collision>'
LINK = '<link name="{}"><inertial><mass value="1"/>' + INERTIA + "</inertial>" + BALL + "</link>"
ARM = f"""<robot name="arm">{LINK.format("base")}{LINK.format("upper")}{LINK.format("lower")}
  <joint name="shoulder" type="revolute"><parent link="base"/><child link="upper"/><axis xyz="0 1 0"/>
    <origin xyz="0 0 -0.1"/><limit lower="-3" upper="3" effort="9" velocity="9"/></joint>
  <joint name="elbow" type="revolute"><parent link="upper"/><child link="lower"/><axis xyz="0 1 0"/>
    <origin xyz="0 0 -1"/><limit lower="-3" upper="3" effort="9" velocity="9"/></joint>
</robot>"""
"""Balls of 1 kg at hinges; those of the base and the upper link overlap."""

CART = """<mujoco><worldbody><body name="cart">
  <joint name="slide" type="slide" axis="1 0 0"/><geom type="box" size=".1 .1 .1"/>
</body></worldbody></mujoco>"""
PHYSICS = Physics(timestep=0.002, gravity=(0.0, 0.0, -9.81), stiff=False)
FLOOR = Ground(planes=[Plane()])


@pytest.fixture
def read(tmp_path):
    def read_text(text, **options):
        name = "asset.urdf" if text.startswith("<robot") else "asset.xml"
        (tmp_path / name).write_text(text)
        return read_asset(tmp_path, name, ImportOptions(**options))

    return read_text


def make(*actors, ground=None, physics=PHYSICS):
    """A world with its data."""
    world = find_actors(build_world(actors, ground or Ground(), physics).compile(), actors)
    return world, mujoco.MjData(world.model)


def put(data, slot, *pos):
    """Puts an actor with a free root somewhere."""
    data.qpos[slot.block.root_pos] = pos


def run(world, data, seconds):
    mujoco.mj_step(world.model, data, round(seconds / world.model.opt.timestep))
    mujoco.mj_kinematics(world.model, data)  # which a step computes for its start


def names(world, kind, indices):
    return [getattr(world.model, kind)(int(index)).name for index in indices]


def test_actors_of_two_assets_have_blocks_of_their_own(read):
    arm, box = Actor(read(ARM)), Actor(make_box(0.2, 0.2, 0.2, ImportOptions()))
    world, _ = make(arm, box, arm)
    first, middle, last = world.slots
    assert [slot.actor for slot in world.slots] == [arm, box, arm]
    columns = [
        column
        for slot in world.slots
        for part in (slot.block.root_qpos, slot.block.dof_pos)
        for column in range(world.model.nq)[part]
    ]
    assert sorted(columns) == list(range(world.model.nq))
    assert [len(slot.block.dofs) for slot in world.slots] == [2, 0, 2]
    assert names(world, "body", first.bodies) == ["0/base", "0/upper", "0/lower"]
    assert names(world, "body", last.bodies) == ["2/base", "2/upper", "2/lower"]
    assert names(world, "actuator", last.drives) == ["2/shoulder", "2/elbow"]
    assert world.model.geom_bodyid[last.geoms].tolist() == last.bodies.tolist()
    assert (middle.root, middle.drives.size, middle.mocap) == (middle.bodies[0], 0, -1)


def test_what_is_written_to_a_block_moves_that_actor_alone(read):
    arm = Actor(read(ARM))
    world, data = make(arm, Actor(make_sphere(0.1, ImportOptions())), arm, physics=_weightless())
    first, ball, last = world.slots
    put(data, ball, 5.0, 6.0, 7.0)
    put(data, last, 0.0, 3.0, 0.0)
    data.ctrl[last.drives[1]] = 1.0
    data.qvel[first.block.root_lin_vel] = [0.0, 0.0, 2.0]
    run(world, data, 0.1)
    assert data.xpos[ball.root].tolist() == [5.0, 6.0, 7.0]
    assert data.xpos[first.root].tolist() == pytest.approx([0.0, 0.0, 0.2])
    assert not data.qvel[first.block.dof_vel].any()
    assert data.qvel[last.block.dof_vel][1] > 0.1
    assert data.xpos[last.root][1] == pytest.approx(3.0)


def test_a_free_base_falls_and_a_fixed_one_is_where_its_mocap_body_is(read):
    world, data = make(Actor(read(ARM)), Actor(read(ARM, fix_base_link=True)))
    free, fixed = world.slots
    assert (free.mocap, free.block.free_joint is not None, fixed.block.free_joint) == (-1, True, None)
    put(data, free, 0.0, 5.0, 0.0)
    data.mocap_pos[fixed.mocap] = [1.0, 2.0, 3.0]
    data.mocap_quat[fixed.mocap] = [math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5)]
    run(world, data, 0.5)
    assert data.xpos[free.root][2] == pytest.approx(-9.81 * 0.5**2 / 2, abs=0.01)
    assert data.xpos[fixed.root].tolist() == [1.0, 2.0, 3.0]
    assert data.xpos[fixed.bodies[2]].tolist() == pytest.approx([1.0, 2.0, 1.9], abs=1e-6)


def test_a_root_with_a_joint_of_its_own_moves_on_its_mount(read):
    world, data = make(Actor(read(CART, fix_base_link=True)))
    (cart,) = world.slots
    data.mocap_pos[cart.mocap] = [1.0, 2.0, 3.0]
    data.qvel[cart.block.dof_vel] = 0.5
    run(world, data, 1.0)
    assert data.xpos[cart.root].tolist() == pytest.approx([1.5, 2.0, 3.0])
    assert names(world, "actuator", cart.drives) == ["0/slide"]


def test_links_of_a_joint_do_not_collide_even_where_the_base_is_fixed(read):
    for fixed in (False, True):
        world, data = make(Actor(read(ARM, fix_base_link=fixed)), physics=_weightless())
        mujoco.mj_forward(world.model, data)
        assert data.ncon == 0, fixed


@pytest.mark.parametrize(
    ("lower", "upper", "collide"),
    [
        ({}, {}, True),
        ({"group": 1}, {"group": 2}, False),
        ({"group": 1}, {"group": -1}, True),
        ({"filter": 3}, {"filter": 2}, False),
        ({"filter": 1}, {"filter": 2}, True),
        ({"filter": 1}, {"filter": 1, "shape_filters": (2,)}, True),
        ({"filter": 1}, {"filter": 2, "shape_filters": (1,)}, False),
        ({"filter": -1}, {"filter": -1}, True),
    ],
)
def test_a_box_lands_on_another_or_falls_through_it(lower, upper, collide):
    box = make_box(0.4, 0.4, 0.2, ImportOptions())
    world, data = make(Actor(box, **lower), Actor(box, **upper), ground=FLOOR)
    put(data, world.slots[0], 0.0, 0.0, 0.1)
    put(data, world.slots[1], 0.0, 0.0, 0.5)
    run(world, data, 1.0)
    heights = [data.xpos[slot.root][2] for slot in world.slots]
    assert heights == pytest.approx([0.1, 0.3 if collide else 0.1], abs=5e-3)


def test_the_masks_of_a_file_decide_inside_an_actor_alone(read):
    pair = (
        '<mujoco><worldbody><body name="a"><geom size=".2" {0}/>'
        '<body pos="0 0 1"><joint/><geom size=".01"/><body pos="0 0 -1"><joint/><geom size=".2" {0}/></body></body>'
        "</body></worldbody></mujoco>"
    )
    contacts = []
    for masks in ('contype="1" conaffinity="1"', 'contype="1" conaffinity="0"'):
        asset = read(pair.format(masks))
        world, data = make(Actor(asset, filter=-1), Actor(asset, filter=-1))
        put(data, world.slots[1], 0.0, 0.0, 9.0)
        mujoco.mj_forward(world.model, data)
        apart = data.ncon
        put(data, world.slots[1], 0.3, 0.0, 0.0)
        mujoco.mj_forward(world.model, data)
        contacts.append((apart, data.ncon - apart))
    assert contacts == [(2, 4), (0, 4)]


def test_an_actor_has_its_own_friction_on_the_ground():
    slope = math.radians(20.0)
    up = (0.0, -math.sin(slope), math.cos(slope))
    asset = make_box(0.4, 0.4, 0.2, ImportOptions())
    asset.spec.geoms[0].friction[0] = 0.1
    world, data = make(Actor(asset), ground=Ground(1.0, planes=[Plane(up)]))
    put(data, world.slots[0], *(0.1 * np.array(up)))
    data.qpos[world.slots[0].block.root_quat] = [math.cos(slope / 2), math.sin(slope / 2), 0.0, 0.0]
    start = data.qpos[world.slots[0].block.root_pos].copy()
    run(world, data, 1.0)
    slid = np.linalg.norm(data.xpos[world.slots[0].root] - start)
    assert slid == pytest.approx(9.81 * (math.sin(slope) - 0.1 * math.cos(slope)) / 2, rel=0.03)


def test_a_sensor_is_where_its_frame_says_on_its_link(read):
    turned = (math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5))
    sensors = SensorFrame(2, (0.1, 0.2, 0.3), turned), SensorFrame(0, (0.0, 0.0, 0.5), (1.0, 0.0, 0.0, 0.0))
    world, data = make(Actor(make_sphere(0.1, ImportOptions())), Actor(read(ARM), sensors=sensors))
    arm = world.slots[1]
    put(data, arm, 1.0, 0.0, 0.0)
    mujoco.mj_forward(world.model, data)
    lower, base = (data.site(name) for name in arm.sites)
    assert lower.xpos.tolist() == pytest.approx([1.1, 0.2, -1.1 + 0.3])
    assert lower.xmat.reshape(3, 3)[:, 0].tolist() == pytest.approx([0.0, 1.0, 0.0], abs=1e-9)
    assert base.xpos.tolist() == pytest.approx([1.0, 0.0, 0.5])
    assert not world.slots[0].sites


def test_gravity_and_timestep_are_those_of_the_physics():
    world, data = make(Actor(make_sphere(0.1, ImportOptions())), physics=Physics(0.001, (1.0, 0.0, -2.0), stiff=False))
    mujoco.mj_step(world.model, data, 500)
    assert data.time == pytest.approx(0.5)
    assert data.qvel[:3].tolist() == pytest.approx([0.5, 0.0, -1.0])


def test_hard_contacts_give_way_less():
    depths = []
    for hard in (False, True):
        physics = Physics(0.0005, (0.0, 0.0, -9.81), stiff=False, hard=hard)
        world, data = make(Actor(make_sphere(0.1, ImportOptions())), ground=FLOOR, physics=physics)
        put(data, world.slots[0], 0.0, 0.0, 0.15)
        heights = []
        for _ in range(500):
            mujoco.mj_step(world.model, data)
            heights.append(data.qpos[2])
        depths.append(0.1 - min(heights))
    assert 0.0 < depths[1] < 0.5 * depths[0]


def test_stiff_physics_holds_a_drive_that_would_explode(read):
    farthest = []
    for stiff in (False, True):
        world, data = make(Actor(read(CART, fix_base_link=True)), physics=Physics(0.01, (0.0, 0.0, 0.0), stiff))
        (cart,) = world.slots
        drive, mass = cart.drives[0], world.model.body_mass[cart.root]
        gain = 5.0 * mass / 0.01**2  # beyond 4 m / dt^2, explicit integration diverges
        world.model.actuator_gainprm[drive, 0] = gain
        world.model.actuator_biastype[drive] = mujoco.mjtBias.mjBIAS_AFFINE
        world.model.actuator_biasprm[drive, 1] = -gain
        data.ctrl[drive] = 0.1
        positions = []
        for _ in range(20):
            mujoco.mj_step(world.model, data)
            positions.append(abs(float(data.qpos[cart.block.dof_pos][0])))
        farthest.append(max(positions))
    assert farthest[0] > 10.0
    assert farthest[1] < 0.2


def _weightless():
    return Physics(PHYSICS.timestep, (0.0, 0.0, 0.0), stiff=False)
