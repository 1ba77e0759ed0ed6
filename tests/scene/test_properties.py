"""The table of properties: the actor that a config names, and the model's fields that belong to a property."""

import mujoco
import pytest

from gymctl.core.errors import InputError
from gymctl.scene.properties import find_actor, find_fields
from tests.envs.randomization.conftest import MODEL

LONE = "<mujoco><worldbody><body name='torso'><freejoint/><geom size='.1'/></body></worldbody></mujoco>"


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_string(MODEL)


def test_an_actor_is_named_by_its_root_body(model):
    assert find_actor(model, "object", alone=False).bodies.tolist() == [4]
    assert find_actor(model, "arm", alone=True).joints.tolist() == [0, 1, 2]


def test_any_single_name_means_a_models_only_tree():
    model = mujoco.MjModel.from_xml_string(LONE)
    actor = find_actor(model, "humanoid", alone=True)
    assert (actor.name, actor.root) == ("humanoid", 1)
    with pytest.raises(InputError, match="humanoid is no actor") as error:
        find_actor(model, "humanoid", alone=False)
    assert "one actor only" in error.value.fix


def test_stiffness_stands_with_the_drive_or_else_with_the_joint(model):
    found = find_fields(model, find_actor(model, "arm", alone=True), "dof_properties.stiffness")
    assert found.num_samples == 5
    where = {entries.field: (entries.rows.tolist(), entries.samples.tolist()) for entries in found.entries}
    assert where == {
        "jnt_stiffness": ([1, 2], [1, 2]),
        "actuator_gainprm": ([0], [0]),
        "actuator_biasprm": ([0], [0]),
    }


@pytest.mark.parametrize(
    ("name", "told"),
    [("dof_properties.damping", "it has none"), ("tendon_properties.damping", "it has no fixed tendons")],
)
def test_a_property_that_an_actor_lacks_is_refused(model, name, told):
    with pytest.raises(InputError, match=told):
        find_fields(model, find_actor(model, "object", alone=True), name)
