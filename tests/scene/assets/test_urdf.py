"""What becomes of a URDF."""

import mujoco
import numpy as np
import pytest

from gymctl.core.errors import InputError
from gymctl.scene.assets.asset import DriveMode, ImportOptions
from gymctl.scene.assets.reading import read_asset

INERTIA = '<inertia ixx="0.1" iyy="0.2" izz="0.25" ixy="0" ixz="0" iyz="0"/>'


def link(name, mass=1.0, rest=""):
    return f'<link name="{name}"><inertial><mass value="{mass}"/>{INERTIA}</inertial>{rest}</link>'


def joint(name, parent, child, kind="revolute", rest='<limit lower="-1" upper="1" effort="5" velocity="3"/>'):
    return (
        f'<joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>'
        f'<axis xyz="0 0 1"/>{rest}</joint>'
    )


@pytest.fixture
def read(tmp_path):
    def read_text(*elements, **options):
        (tmp_path / "robot.urdf").write_text(f'<robot name="robot">{"".join(elements)}</robot>')
        return read_asset(tmp_path, "robot.urdf", ImportOptions(**options))

    return read_text


def test_children_are_in_the_order_of_their_joints_names_and_depth_first(read):
    asset = read(
        *map(link, ("trunk", "waist", "AL1", "head", "AL2", "thumb", "ring")),
        joint("Waist", "trunk", "waist"),
        joint("Left_Shoulder", "trunk", "AL1"),
        joint("AAHead_yaw", "trunk", "head"),
        joint("Left_Elbow", "AL1", "AL2"),
        joint("joint_12.0", "AL2", "thumb"),
        joint("joint_4.0", "AL2", "ring"),
    )
    assert asset.dofs.names == ("AAHead_yaw", "Left_Shoulder", "Left_Elbow", "joint_12.0", "joint_4.0", "Waist")
    assert [each.name for each in asset.links] == ["trunk", "head", "AL1", "AL2", "thumb", "ring", "waist"]
    model = asset.spec.compile()
    assert [model.body(index).name for index in range(1, model.nbody)] == [each.name for each in asset.links]
    assert [model.joint(index).name for index in range(model.njnt)] == list(asset.dofs.names)
    assert [model.actuator(index).name for index in range(model.nu)] == list(asset.dofs.names)


def test_limits_efforts_and_speeds_are_the_files(read):
    asset = read(
        *map(link, "abcd"),
        joint("1", "a", "b"),
        joint("2", "a", "c", "continuous", '<limit effort="0" velocity="0"/>'),
        joint("3", "a", "d", "prismatic", '<limit effort="7"/>'),
        default_dof_drive_mode=DriveMode.POSITION,
        armature=0.5,
    )
    dofs = asset.dofs
    assert dofs.has_limits.tolist() == [True, False, False]
    assert dofs.effort.tolist() == [5.0, np.inf, 7.0]
    assert dofs.velocity.tolist() == [3.0, 100.0, 100.0]
    assert dofs.is_rotation.tolist() == [True, True, False]
    assert dofs.drive_mode.tolist() == [1, 1, 1]
    assert asset.spec.compile().dof_armature.tolist() == [0.5] * 3


def test_a_link_over_a_fixed_joint_is_merged_with_its_mass_and_shapes(read):
    shape = '<collision><geometry><sphere radius="0.1"/></geometry></collision>'
    elements = [link("a", 1.0), link("b", 3.0, shape), link("c", 1.0)]
    fixed = joint("fix", "a", "b", "fixed", '<origin xyz="0 0 1"/>')
    turning = joint("turn", "b", "c", rest='<origin xyz="1 0 0"/><limit lower="-1" upper="1" effort="1" velocity="1"/>')
    asset = read(*elements, fixed, turning, collapse_fixed_joints=True)
    assert [each.name for each in asset.links] == ["a", "c"]
    model = asset.spec.compile()
    body = model.body("a")
    assert (body.mass[0], body.ipos[2]) == (4.0, pytest.approx(0.75))
    parallel = 1.0 * 0.75**2 + 3.0 * 0.25**2
    assert sorted(body.inertia) == pytest.approx(sorted([0.2 + parallel, 0.4 + parallel, 0.5]))
    assert model.body("c").pos.tolist() == [1.0, 0.0, 1.0]
    kept = read(
        *elements,
        fixed.replace('type="fixed"', 'type="fixed" dont_collapse="true"'),
        turning,
        collapse_fixed_joints=True,
    )
    assert [each.name for each in kept.links] == ["a", "b", "c"]


def test_a_turned_inertia_is_told_in_the_links_axes(read):
    turned = f'<link name="a"><inertial><origin rpy="0 0 1.5707963"/><mass value="1"/>{INERTIA}</inertial></link>'
    model = read(turned).spec.compile()
    axes = np.zeros(9)
    mujoco.mju_quat2Mat(axes, model.body_iquat[1])
    axes = axes.reshape(3, 3)
    np.testing.assert_allclose(axes * model.body_inertia[1] @ axes.T, np.diag([0.2, 0.1, 0.25]), atol=1e-6)


def test_moments_that_no_mass_could_have_are_raised_to_what_mujoco_takes(read):
    rotations = np.linalg.qr(np.random.default_rng(0).normal(size=(20, 3, 3)))[0]
    for number, axes in enumerate(rotations):
        xx, xy, xz, _, yy, yz, _, _, zz = (axes * [1e-6 * number, 2e-6, 1e-4] @ axes.T).flatten().tolist()
        inertia = f'<inertia ixx="{xx}" iyy="{yy}" izz="{zz}" ixy="{xy}" ixz="{xz}" iyz="{yz}"/>'
        model = read(f'<link name="a"><inertial><mass value="1"/>{inertia}</inertial></link>').spec.compile()
        moments = sorted(model.body_inertia[1].tolist())
        assert moments[2] == pytest.approx(1e-4)
        assert moments[0] + moments[1] == pytest.approx(1e-4)


def test_masses_that_are_missing_come_from_shapes_and_density(read):
    box = '<collision><geometry><box size="0.1 0.2 0.3"/></geometry></collision>'
    model = read(f'<link name="a">{box}</link>', density=500.0).spec.compile()
    assert model.body_mass[1] == pytest.approx(3.0)
    only_mass = f'<link name="a"><inertial><mass value="9"/></inertial>{box}</link>'
    model = read(only_mass, density=500.0).spec.compile()
    assert model.body_mass[1] == 9.0
    assert sorted(model.body_inertia[1]) == pytest.approx(sorted([3 * 0.13 / 12, 3 * 0.1 / 12, 3 * 0.05 / 12]))
    asset = read('<link name="a"/>')
    assert any("without mass" in note for note in asset.notes)


def test_cylinders_become_capsules_where_it_is_asked_for(read):
    shape = '<collision><geometry><cylinder radius="0.1" length="0.4"/></geometry></collision>'
    for replaced, kind in ((False, mujoco.mjtGeom.mjGEOM_CYLINDER), (True, mujoco.mjtGeom.mjGEOM_CAPSULE)):
        model = read(link("a", rest=shape), replace_cylinder_with_capsule=replaced).spec.compile()
        assert model.geom_type[0] == kind.value
        assert model.geom_size[0, :2].tolist() == [0.1, 0.2]


def test_a_visual_mesh_that_is_not_there_is_left_out(read):
    asset = read(link("a", rest='<visual><geometry><mesh filename="package://x/look.dae"/></geometry></visual>'))
    assert not asset.shapes
    assert any("visual meshes" in note for note in asset.notes)


@pytest.mark.parametrize(
    ("elements", "says"),
    [
        ([], "no links"),
        ([link("a"), link("a")], "two links"),
        ([link("")], "a link has no name"),
        ([link("a"), link("b"), joint("", "a", "b")], "a joint has no name"),
        ([link("a"), link("b")], "2 root links"),
        ([link("a"), link("b"), joint("j", "a", "b"), joint("j", "a", "b")], "two joints"),
        ([link("a"), link("b"), joint("1", "a", "b"), joint("2", "b", "a")], "circle"),
        ([link("a"), link("b"), link("c"), joint("1", "b", "c"), joint("2", "c", "b")], "circle"),
        ([link("a"), link("b"), joint("1", "a", "x")], "which there is not"),
        ([link("a"), link("b"), joint("1", "a", "b", "floating")], "of the type"),
        ([link("a"), link("b"), joint("1", "a", "b").replace("0 0 1", "0 0 0")], "no axis"),
        ([link("a", "-1")], "mass"),
        ([link("a", "nan")], "value='nan'"),
        ([link("a", "1e999")], "no number"),
        ([link("a").replace('ixx="0.1"', 'ixx="x"')], "no number"),
        ([link("a", rest='<collision><geometry><sphere radius="-1"/></geometry></collision>')], "radius"),
        ([link("a", rest="<collision><geometry><torus/></geometry></collision>")], "geometry"),
        ([link("a", rest='<collision><geometry><mesh filename="no.stl"/></geometry></collision>')], "no mesh"),
        ([link("a", rest='<collision><geometry><mesh filename="/etc/passwd"/></geometry></collision>')], "passwd"),
        ([link(f"l{number}") for number in range(3000)], "3,000 links"),
        ([link("a"), link("b"), *(joint("j", "a", "b") for _ in range(5000))], "5,000 joints"),
    ],
)
def test_what_is_no_robot_is_refused_in_a_line(read, elements, says):
    with pytest.raises(InputError, match=says) as refused:
        read(*elements)
    assert refused.value.fix


def test_collision_shapes_are_only_seen_on_links_without_visuals(read):
    both = '<visual><geometry><sphere radius="1"/></geometry></visual>'
    shape = '<collision><geometry><box size="1 1 1"/></geometry></collision>'
    elements = link("a", rest=both + shape), link("b", rest=shape), joint("1", "a", "b")
    groups = {"a/visual_0": 2, "a/collision_0": 3, "b/collision_0": 0}
    model = read(*elements).spec.compile()
    assert {name: int(model.geom(name).group[0]) for name in groups} == groups
    model = read(*elements, visuals=False).spec.compile()
    assert model.geom("a/collision_0").group == 0
