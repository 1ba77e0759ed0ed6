"""A file that is played with another config than it was exported with says what differs."""

import json

import pytest

from gymctl.config import compose
from gymctl.policies.export.contract import checksum
from gymctl.policies.export.differing import contract_note
from gymctl.policies.export.metadata import CONTRACT
from tests.helpers.contracts import contract_of


def note(task, *overrides, exported=(), change=lambda contract: None):
    """The line about a file that was exported with some overrides and is played with others."""
    contract = contract_of(compose(task, overrides=exported))
    change(contract)
    contract["sha256"] = checksum(contract)
    return contract_note(compose(task, overrides=overrides), {CONTRACT: json.dumps(contract)}, "policy.onnx")


def test_the_config_that_it_was_made_with_says_nothing():
    assert note("Anymal") is None
    assert note("Anymal", "task.env.learn.torqueRewardScale=-1.0", "num_envs=3") is None
    assert contract_note(compose("Ant"), {}, "policy.onnx") is None


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("task.env.control.stiffness=60.0", "stiffness of LF_HAA and 11 more 85 (here 60)"),
        ("task.env.control.damping=3.0", "damping of LF_HAA and 11 more 2 (here 3)"),
        ("task.env.control.actionScale=0.25", "action's scale of LF_HAA and 11 more 0.5 (here 0.25)"),
        ("task.env.learn.dofVelocityScale=0.1", "joint velocity's scale 0.05 (here 0.1)"),
        ("task.env.defaultJointAngles.LF_HAA=0.1", "default position of LF_HAA 0.03 (here 0.1)"),
        ("task.env.control.controlFrequencyInv=2", "control step [s] 0.02 (here 0.04)"),
        ("task.env.clipObservations=3.0", "clip of observations 5 (here 3)"),
        ("task.env.randomCommandVelocityRanges.linear_x=[-1.0,1.0]", "linear velocity x -2 to 2 (here -1 to 1)"),
    ],
)
def test_what_differs_is_named_with_both_values(override, told):
    line = note("Anymal", override)
    assert line.startswith("the policy's contract differs from this config: ")
    assert told in line


def test_another_control_of_the_hand_is_told():
    def change(contract):
        contract["hand_control"] |= {"stiffness": 100.0, "posture": [0.5, *contract["hand_control"]["posture"][1:]]}

    line = note("FrankaCubeStack", change=change)
    assert "hand's stiffness 100 (here 150)" in line
    assert "posture of panda_joint1 0.5 (here 0)" in line


def test_many_differences_stay_one_line():
    overrides = [f"task.env.defaultJointAngles.{leg}_{joint}=0.{n}" for n, leg in enumerate(("LF", "RF", "LH", "RH"), 1)
                 for joint in ("HAA", "HFE")]  # fmt: skip
    line = note("Anymal", *overrides)
    assert "more" in line
    assert "\n" not in line
    assert len(line) < 500


def test_names_from_a_stranger_are_plain_text():
    def rename(contract):
        contract["base"]["body"] = "\x1b[2Jx" + "y" * 300

    line = note("Ant", change=rename)
    assert "\x1b" not in line
    assert "y" * 100 not in line
