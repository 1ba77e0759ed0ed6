"""What IsaacGymEnvs' code set whatever its YAMLs said."""

import pytest
import yaml

from gymctl.config import compose, to_yaml
from gymctl.config.overruled import BY_CODE
from gymctl.config.trees import branch, dotted, lookup, merge

CASES = [(task, each) for task, overruled in BY_CODE.items() for each in overruled]
OTHER = {int: 7, bool: False, list: [0.0, 0.0, -1.62]}


def saved(task, each, value):
    """A run's config as IsaacGymEnvs saves it."""
    tree = yaml.safe_load(to_yaml(compose(task).tree))
    del tree["physics"], tree["task"]["physics"]
    return merge(tree | {"physics_engine": "physx"}, branch(each.path, value))


@pytest.mark.parametrize(("task", "each"), CASES)
def test_the_packaged_value_is_that_of_the_code(task, each):
    assert lookup(compose(task).tree, each.path) == each.value


@pytest.mark.parametrize(("task", "each"), CASES)
def test_a_config_that_isaacgymenvs_saved_means_what_its_code_did(task, each):
    other = each.yaml or OTHER[type(each.value)]
    if type(each.value) is list and each.value == other:
        other = [0.0, 0.0, -1.0]
    composed = compose(task, base=saved(task, each, other))
    assert lookup(composed.tree, each.path) == each.value
    assert [note for note in composed.notes if note.startswith(f"{dotted(each.path)} is {each.value}, not {other}")]
    ours = merge(compose(task).tree, branch(each.path, other))
    assert lookup(compose(task, base=ours).tree, each.path) == other


@pytest.mark.parametrize(("task", "each"), CASES)
def test_on_the_command_line_it_is_the_users_wish(task, each):
    other = OTHER[type(each.value)]
    override = f"{dotted(each.path)}={to_yaml({'v': other})[3:].strip()}"
    composed = compose(task, base=saved(task, each, each.yaml or each.value), overrides=[override])
    assert lookup(composed.tree, each.path) == other
    assert not any("IsaacGymEnvs' code" in note for note in composed.notes)


def test_ingenuitys_yaml_flies_on_mars_as_its_task_did(config_dir):
    path = config_dir.write(task_Ingenuity="name: Ingenuity\nsim: {gravity: [0.0, 0.0, -9.81]}\n")
    composed = compose("Ingenuity", config_dir=path)
    assert composed.tree["task"]["sim"]["gravity"] == [0.0, 0.0, -3.721]
    assert any(note.startswith("task.sim.gravity is [0.0, 0.0, -3.721], not") for note in composed.notes)


def test_another_gravity_in_a_yaml_is_the_users_wish(config_dir):
    path = config_dir.write(task_Ingenuity="defaults: [Ingenuity]\nsim: {gravity: [0.0, 0.0, -1.62]}\n")
    composed = compose("Ingenuity", config_dir=path)
    assert composed.tree["task"]["sim"]["gravity"] == [0.0, 0.0, -1.62]
    assert composed.notes == ()
