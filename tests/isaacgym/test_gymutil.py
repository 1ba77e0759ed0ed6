"""Command lines, settings, wireframes, XML, and domain randomisation, as task code calls them."""

import math
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from gymctl.isaacgym import gymapi, gymutil, layouts


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("cpu", ("cpu", 0)),
        ("cuda:1", ("cuda", 1)),
        ("cuda", ("cuda", 0)),
        ("gpu", ("cuda", 0)),
        ("GPU:2", ("cuda", 2)),
        ("cpu:0", ("cpu", 0)),
    ],
)
def test_device_strings(text, device):
    assert gymutil.parse_device_str(text) == device


@pytest.mark.parametrize("text", ["tpu", "cuda:", "cuda:x", "cuda:-1", ""])
def test_other_device_strings_are_refused(text):
    with pytest.raises(ValueError, match="is no device"):
        gymutil.parse_device_str(text)


def parse(monkeypatch, arguments, **kwargs):
    monkeypatch.setattr(sys, "argv", ["train.py", *arguments])
    return gymutil.parse_arguments(**kwargs)


def test_default_arguments_are_those_of_the_machine(monkeypatch):
    args = parse(monkeypatch, [])
    gpu = torch.cuda.is_available()
    assert vars(args) == {
        "sim_device": "cuda:0" if gpu else "cpu",
        "sim_device_type": "cuda" if gpu else "cpu",
        "compute_device_id": 0,
        "pipeline": "gpu" if gpu else "cpu",
        "use_gpu": gpu,
        "use_gpu_pipeline": gpu,
        "graphics_device_id": 0,
        "flex": False,
        "physx": False,
        "physics_engine": gymapi.SIM_PHYSX,
        "num_threads": 0,
        "subscenes": 0,
        "slices": 0,
    }


def test_devices_are_taken_apart(monkeypatch):
    args = parse(monkeypatch, ["--sim_device", "cuda:1", "--pipeline", "cpu", "--flex"])
    assert (args.sim_device_type, args.compute_device_id) == ("cuda", 1)
    assert (args.use_gpu, args.use_gpu_pipeline) == (True, False)
    assert args.physics_engine == gymapi.SIM_FLEX


def test_physics_on_the_cpu_has_its_tensors_there(monkeypatch):
    with pytest.warns(UserWarning, match="--pipeline cpu"):
        args = parse(monkeypatch, ["--sim_device", "cpu", "--pipeline", "gpu"])
    assert (args.pipeline, args.use_gpu_pipeline) == ("cpu", False)


def test_a_scripts_own_parameters(monkeypatch):
    custom = [
        {"name": "--num_envs", "type": int, "help": "Number of envs."},
        {"name": "--resume", "action": "store_true", "default": False, "help": "Continue"},
        {"name": "--headless", "action": "store_true", "type": bool, "default": False},
        {"name": "--task", "type": str, "default": "anymal_c_flat"},
        {"name": "--axis", "nargs": 2, "type": float, "choices": [0.0, 1.0]},
        {"name": "asset", "type": str},
    ]
    args = parse(monkeypatch, ["--num_envs=64", "--headless", "--axis", "0", "1", "ant.xml"], custom_parameters=custom)
    assert (args.num_envs, args.resume, args.headless, args.task) == (64, False, True, "anymal_c_flat")
    assert (args.axis, args.asset) == ([0.0, 1.0], "ant.xml")


def test_switches_exist_where_they_are_asked_for(monkeypatch):
    assert not parse(monkeypatch, [], headless=True).headless
    args = parse(monkeypatch, ["--nographics"], headless=True, no_graphics=True)
    assert args.headless
    assert args.graphics_device_id == -1
    with pytest.raises(SystemExit):
        parse(monkeypatch, ["--headless"])


@pytest.mark.parametrize("bad", [["--flex", "--physx"], ["--pipeline", "tpu"], ["--unknown"]])
def test_bad_command_lines_end_with_2(monkeypatch, bad):
    with pytest.raises(SystemExit) as end:
        parse(monkeypatch, bad)
    assert end.value.code == 2


def test_settings_by_their_names():
    params = gymapi.SimParams()
    gymutil.parse_sim_config(
        {
            "dt": 0.005,
            "substeps": 1,
            "gravity": [0.0, 0.0, -9.81],
            "up_axis": 1,
            "physx": {"num_threads": 10, "solver_type": 1, "contact_collection": 2, "max_gpu_contact_pairs": 2**23},
            "flex": {"relaxation": 0.5},
        },
        params,
    )
    assert (params.dt, params.substeps, params.up_axis) == (pytest.approx(0.005), 1, gymapi.UP_AXIS_Z)
    assert params.gravity.z == pytest.approx(-9.81)
    assert (params.physx.num_threads, params.physx.max_gpu_contact_pairs) == (10, 2**23)
    assert params.physx.contact_collection is gymapi.CC_ALL_SUBSTEPS
    assert params.flex.relaxation == 0.5


def test_an_axis_by_its_letter_and_an_unknown_setting():
    params = gymapi.SimParams()
    with pytest.warns(UserWarning, match="PhysXParams has no setting 'num_sub_scenes'"):
        gymutil.parse_sim_config({"up_axis": "z", "physx": {"num_sub_scenes": 4}}, params)
    assert params.up_axis is gymapi.UP_AXIS_Z


class Sheet:
    """Stands where ``Gym`` does for what is drawn."""

    def __init__(self):
        self.drawn = []

    def add_lines(self, _viewer, _env, count, vertices, colors):
        assert vertices.shape == (count, 2)
        assert colors.shape == (count,)
        assert vertices.dtype == colors.dtype == gymapi.Vec3.dtype
        self.drawn.append(vertices)

    def points(self):
        return np.stack([self.drawn[-1][axis] for axis in "xyz"], axis=-1)


POSE = gymapi.Transform(gymapi.Vec3(1, 2, 3), gymapi.Quat(0, 0, 1, 0))


def test_axes_and_a_line():
    sheet = Sheet()
    gymutil.draw_lines(gymutil.AxesGeometry(2.0), sheet, None, None, POSE)
    np.testing.assert_allclose(sheet.points()[0], [[1, 2, 3], [-1, 2, 3]], atol=1e-6)
    gymutil.draw_line(gymapi.Vec3(1, 2, 3), gymapi.Vec3(4, 5, 6), gymapi.Vec3(1, 0, 0), sheet, None, None)
    assert sheet.points().tolist() == [[[1, 2, 3], [4, 5, 6]]]


def test_boxes_have_12_edges_of_their_sizes():
    sheet = Sheet()
    for box in (
        gymutil.WireframeBoxGeometry(1, 2, 3, POSE),
        gymutil.WireframeBBoxGeometry(torch.tensor([[-0.5, -1, -1.5], [0.5, 1, 1.5]]), pose=POSE, color=(0, 1, 0)),
    ):
        gymutil.draw_lines(box, sheet, None, None, gymapi.Transform())
        edges = np.abs(sheet.points()[:, 1] - sheet.points()[:, 0])
        assert sorted(edges.sum(axis=1).tolist()) == pytest.approx([1] * 4 + [2] * 4 + [3] * 4, abs=1e-5)
        assert (edges > 1e-5).sum() == 12
        assert len(np.unique(np.round(sheet.points().reshape(-1, 3), 4), axis=0)) == 8


def test_spheres():
    sheet = Sheet()
    ball = gymutil.WireframeSphereGeometry(0.5, 6, 5, None, color=(1, 1, 0), color2=(0, 1, 0))
    gymutil.draw_lines(ball, sheet, None, None, POSE)
    np.testing.assert_allclose(np.linalg.norm(sheet.points() - [1, 2, 3], axis=-1), 0.5, atol=1e-5)
    assert ball.num_lines() == 2 * 6 * 5
    assert {tuple(color) for color in ball.colors().tolist()} == {(1, 1, 0), (0, 1, 0)}


def test_a_users_own_wireframe():
    class Line(gymutil.LineGeometry):
        def __init__(self, x, y, pose=None):
            verts = np.empty((1, 2), gymapi.Vec3.dtype)
            verts[0][0] = (0, 0, 0)
            verts[0][1] = (x, y, 0)
            self.verts = verts if pose is None else pose.transform_points(verts)
            self._colors = np.empty(1, gymapi.Vec3.dtype)
            self._colors.fill((1, 0, 0))

        def vertices(self):
            return self.verts

        def colors(self):
            return self._colors

    sheet = Sheet()
    gymutil.draw_lines(Line(1, 1, POSE), sheet, None, None, None)
    np.testing.assert_allclose(sheet.points()[0], [[1, 2, 3], [0, 1, 3]], atol=1e-6)


def test_xml_is_indented_in_place():
    tree = ElementTree.fromstring("<mujoco><worldbody><body/></worldbody></mujoco>")
    gymutil._indent_xml(tree)
    assert ElementTree.tostring(tree).decode().splitlines() == [
        "<mujoco>",
        "  <worldbody>",
        "    <body />",
        "  </worldbody>",
        "</mujoco>",
    ]


class Calls:
    """Stands where ``Gym`` does for the names of its calls."""

    def __getattr__(self, name):
        return name


def test_maps_of_setters_and_getters():
    assert gymutil.get_property_setter_map(Calls()) == {
        "dof_properties": "set_actor_dof_properties",
        "tendon_properties": "set_actor_tendon_properties",
        "rigid_body_properties": "set_actor_rigid_body_properties",
        "rigid_shape_properties": "set_actor_rigid_shape_properties",
        "sim_params": "set_sim_params",
    }
    assert gymutil.get_property_getter_map(Calls())["dof_properties"] == "get_actor_dof_properties"
    assert gymutil.get_default_setter_args(Calls())["rigid_body_properties"] == [True]
    assert gymutil.get_default_setter_args(Calls())["sim_params"] == []


def params(distribution="uniform", operation="scaling", bounds=(0.5, 1.5), **more):
    return {"range": bounds, "operation": operation, "distribution": distribution, **more}


@pytest.mark.parametrize(
    ("distribution", "low", "high", "mean"),
    [("uniform", 0.5, 1.5, 1.0), ("loguniform", 0.5, 1.5, 1 / math.log(3)), ("gaussian", -8, 9, 0.5)],
)
def test_distributions(distribution, low, high, mean):
    np.random.seed(0)
    samples = gymutil.generate_random_samples(params(distribution), (20000,), 0)
    assert samples.shape == (20000,)
    assert low <= samples.min()
    assert samples.max() <= high
    assert samples.mean() == pytest.approx(mean, abs=0.03)


def test_an_unknown_distribution_is_refused():
    with pytest.raises(ValueError, match="no distribution 'beta'"):
        gymutil.generate_random_samples(params("beta"), 1, 0)


@pytest.mark.parametrize(
    ("schedule", "step", "strength"),
    [("linear", 0, 0.0), ("linear", 250, 0.25), ("linear", 5000, 1.0), ("constant", 999, 0.0), ("constant", 1000, 1.0)],
)
@pytest.mark.parametrize("distribution", ["uniform", "loguniform", "gaussian"])
def test_schedules_weaken_towards_no_change(schedule, step, strength, distribution):
    def spread(operation, bounds):
        np.random.seed(0)
        settings = params(distribution, operation, bounds, schedule=schedule, schedule_steps=1000)
        return gymutil.generate_random_samples(settings, (4000,), step)

    scaled = spread("scaling", (1.0, 1.0) if distribution == "gaussian" else (0.5, 1.5))
    if strength == 0:
        np.testing.assert_allclose(scaled, 1.0, atol=1e-12)
    else:
        assert scaled.std() == pytest.approx(strength if distribution == "gaussian" else strength * 0.29, rel=0.1)
    if distribution != "loguniform":
        assert np.abs(spread("additive", (0.0, 2.0)).mean()) <= strength + 0.1


def test_given_samples_are_weakened_alike():
    settings = params(schedule="linear", schedule_steps=100)
    assert gymutil.generate_random_samples(settings, 1, 50, 3.0) == 2.0
    assert gymutil.generate_random_samples(params(operation="additive"), 1, 50, 3.0) == 3.0


def test_buckets():
    settings = params(bounds=(0.0, 1.0), num_buckets=4)
    assert [gymutil.get_bucketed_val(value, settings) for value in (0.0, 0.3, 0.74, 5.0, -1.0)] == [
        *(0.0, 0.25, 0.5, 0.75, 0.0)
    ]
    normal = params("gaussian", bounds=(1.0, 0.25), num_buckets=2)
    assert gymutil.get_bucketed_val(np.array([1.5]), normal) == 1.0


def test_an_objects_attribute_is_changed_from_its_original():
    shape = gymapi.RigidShapeProperties()
    shape.friction = 5.0
    originals = {name: getattr(shape, name) for name in dir(shape)}
    for _ in range(3):
        gymutil.apply_random_samples(shape, originals, "friction", params(bounds=(2.0, 2.0)), 0)
    assert shape.friction == 10.0
    gymutil.apply_random_samples(shape, originals, "friction", params(operation="additive"), 0, 2.0)
    assert shape.friction == 7.0
    buckets = params(bounds=(0.0, 8.0), num_buckets=4)
    gymutil.apply_random_samples(shape, originals, "friction", buckets, 0, extern_sample=1.1)
    assert shape.friction == 4.0
    others = params(bounds=(0.0, 10.0), num_buckets=2)
    gymutil.apply_random_samples(shape, originals, "friction", buckets, 0, 1.1, others)
    assert shape.friction == 5.0


def test_an_array_of_dof_properties_is_changed_element_by_element():
    np.random.seed(0)
    props = np.zeros(5, layouts.DOF_PROPERTIES)
    props["damping"] = 2.0
    gymutil.apply_random_samples(props, props.copy(), "damping", params(), 0)
    assert len(np.unique(props["damping"])) == 5
    assert ((props["damping"] >= 1) & (props["damping"] <= 3)).all()


def test_gravity_is_changed_axis_by_axis():
    np.random.seed(0)
    sim_params = gymapi.SimParams()
    sim_params.gravity = gymapi.Vec3(0, 0, -10)
    originals = {name: getattr(gymapi.SimParams(), name) for name in dir(sim_params)}
    originals["gravity"] = gymapi.Vec3(0, 0, -10)
    gymutil.apply_random_samples(sim_params, originals, "gravity", params(operation="additive"), 0)
    assert all(0.5 <= value <= 1.5 for value in (sim_params.gravity.x, sim_params.gravity.y, sim_params.gravity.z + 10))
    gymutil.apply_random_samples(sim_params, originals, "gravity", params(bounds=(2.0, 2.0)), 0)
    assert sim_params.gravity.z == -20
    gymutil.apply_random_samples(sim_params, originals, "dt", params(bounds=(2.0, 2.0)), 0)
    assert sim_params.dt == pytest.approx(1 / 30)


def test_any_number_of_buckets_is_fine():
    gymutil.check_buckets(Calls(), [], {"actor_params": {"hand": {"rigid_shape_properties": {}}}})
