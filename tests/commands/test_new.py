"""``gymctl new``: what it says, and what it refuses."""

import json

import pytest

from tests.scaffold.conftest import ROBOTS

ARM = ROBOTS / "arm.xml"


def test_it_tells_what_it_made_what_it_guessed_and_what_comes_next(invoke, tmp_path):
    text = invoke("new", "my_arm", "--robot", ARM).stdout
    assert "my_arm: the task MyArm (reach), 27 observations, 6 actions" in text
    assert "hand: hand" in text
    assert "arm.xml:12: joint 'turn' has no limits" in text
    assert "next: pip install -e my_arm && gymctl train MyArm" in text
    assert (tmp_path / "my_arm" / "pyproject.toml").is_file()


def test_json_has_the_same(invoke, tmp_path):
    made = json.loads(invoke("new", "my_arm", "--robot", ARM, "--kind", "blank", "-o", tmp_path, "--json").stdout)
    assert (made["task"], made["kind"], made["actions"]) == ("MyArm", "blank", 6)
    assert "my_arm/task.py" in made["files"]
    assert len(made["traps"]) == 3


@pytest.mark.parametrize(
    ("arguments", "what", "fix"),
    [
        (["my_arm", "--robot", "missing.xml"], "there is no file 'missing.xml'", "check the path"),
        (["my-arm", "--robot", ARM], "'my-arm' can't be a package's name", "my_arm"),
        (["ant", "--robot", ARM], "there is a task Ant already", "my_ant"),
        (["my_arm", "--robot", ARM, "--kind", "walks"], "there is no kind 'walks'", "did you mean 'walk'?"),
        (["my_arm", "--robot", ARM, "--kind", "walk"], "the robot has no legs", "--kind blank"),
        (
            ["my_legs", "--robot", ROBOTS / "quadruped.xml", "--kind", "reach"],
            "the robot's base is free",
            "--kind walk",
        ),
        (["my_arm", "--robot", ARM, "-o", "nowhere"], "there is no directory 'nowhere'", "--output"),
        (["there", "--robot", ARM], "there is 'there' already", "another name"),
    ],
)
def test_what_can_not_be_made_is_refused(invoke, tmp_path, arguments, what, fix):
    (tmp_path / "there").mkdir()
    refused = invoke("new", *arguments, code=2)
    assert what in refused.stderr
    assert fix in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
