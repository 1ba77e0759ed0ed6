"""Options and properties: Isaac Gym's defaults, numbers from arrays, members of enumerations, walked by name."""

import copy
import pickle

import numpy as np
import pytest

from gymctl.isaacgym import gymapi, layouts


def test_defaults():
    params = gymapi.SimParams()
    assert params.dt == pytest.approx(1 / 60)
    assert (params.substeps, params.up_axis, params.use_gpu_pipeline) == (2, gymapi.UP_AXIS_Y, False)
    assert (params.gravity.y, params.gravity.z) == (pytest.approx(-9.8), 0)
    assert params.physx.contact_collection is gymapi.CC_ALL_SUBSTEPS
    assert (params.physx.num_position_iterations, params.physx.contact_offset) == (4, pytest.approx(0.02))
    options = gymapi.AssetOptions()
    assert (options.density, options.max_angular_velocity, options.use_physx_armature) == (1000, 64, True)
    assert options.vhacd_params.resolution == 100_000
    assert gymapi.RigidShapeProperties().friction == 1
    assert gymapi.HeightFieldParams().transform.r.w == 1
    assert gymapi.ForceSensorProperties().enable_constraint_solver_forces


def test_nested_options_are_written_in_place_and_copied_with_their_owner():
    params = gymapi.SimParams()
    params.physx.num_threads = 8
    for other in (copy.deepcopy(params), pickle.loads(pickle.dumps(params))):
        other.physx.num_threads += 1
        assert (other.physx.num_threads, params.physx.num_threads) == (9, 8)


def test_instances_share_nothing():
    gymapi.SimParams().gravity.z = -1.0
    assert gymapi.SimParams().gravity.z == 0.0


def test_members_and_integers_are_taken():
    options = gymapi.AssetOptions()
    options.default_dof_drive_mode = gymapi.DOF_MODE_EFFORT
    assert options.default_dof_drive_mode == gymapi.DOF_MODE_EFFORT == 3
    options.default_dof_drive_mode = 1
    params = gymapi.SimParams()
    params.up_axis = 1
    assert params.up_axis is gymapi.UP_AXIS_Z
    params.physx.contact_collection = gymapi.ContactCollection(0)
    assert params.physx.contact_collection is gymapi.CC_NEVER
    with pytest.raises(ValueError):
        params.up_axis = 7


def test_members_print_their_names_and_work_as_integers():
    assert f"{gymapi.DOF_MODE_POS} {gymapi.KEY_ESCAPE}" == "DofDriveMode.DOF_MODE_POS KeyboardInput.KEY_ESCAPE"
    assert gymapi.DOF_MODE_POS | gymapi.DOF_MODE_VEL == 3
    assert pickle.loads(pickle.dumps(gymapi.KEY_W)) is gymapi.KEY_W
    assert copy.deepcopy(gymapi.CC_NEVER) is gymapi.CC_NEVER


def test_dof_properties_take_members_and_scalars():
    props = np.zeros(3, layouts.DOF_PROPERTIES)
    props["driveMode"].fill(gymapi.DOF_MODE_POS)
    props["driveMode"][2] = gymapi.DOF_MODE_EFFORT
    props["stiffness"] = 100.0
    assert props["driveMode"].tolist() == [1, 1, 3]
    names = "hasLimits lower upper driveMode velocity effort stiffness damping friction armature"
    assert " ".join(layouts.DOF_PROPERTIES.names) == names


@pytest.mark.parametrize("cls", [gymapi.SimParams, gymapi.PhysXParams, gymapi.AssetOptions, gymapi.RigidBodyProperties])
def test_an_object_is_walked_by_dir_and_its_attributes_put_back(cls):
    thing = cls()
    kept = {name: getattr(thing, name) for name in dir(thing)}
    for name, value in kept.items():
        if isinstance(value, float) and not name.startswith("_"):
            setattr(thing, name, np.array([value * 2]))
            assert getattr(thing, name) == value * 2
            setattr(thing, name, value)


def test_properties_take_arrays_of_size_1():
    shape = gymapi.RigidShapeProperties()
    shape.friction = np.array([0.5])
    shape.filter = np.array([3])
    assert (shape.friction, shape.filter) == (0.5, 3)
    body = gymapi.RigidBodyProperties()
    body.mass = np.random.default_rng(0).uniform(1, 2, size=1)
    assert 1 <= body.mass <= 2
    body.com += gymapi.Vec3(0.5, 0, 0)
    body.inertia.x.x = 0.1
    assert (body.com.x, body.inertia.x.x) == (0.5, pytest.approx(0.1))


def test_large_integers_are_kept():
    params = gymapi.PhysXParams()
    params.max_gpu_contact_pairs = 2**33
    assert params.max_gpu_contact_pairs == 2**33


def test_a_contact_has_its_force_under_a_keyword():
    assert getattr(gymapi.RigidContact(), "lambda") == 0.0
    assert gymapi.RigidContact().body0 == -1
