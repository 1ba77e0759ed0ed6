"""Packaged policies in plain MuJoCo, run by their contracts alone, against their tasks."""

import json

import mujoco
import onnx
import pytest

from gymctl.policies import packaged
from gymctl.policies.export.contract import checksum
from gymctl.policies.export.exporter import export
from gymctl.policies.export.in_mujoco import check_in_mujoco
from gymctl.policies.find import find_policy
from gymctl.tasks import registry
from tests.helpers.contracts import LIKE_A_ROBOT

pytestmark = pytest.mark.slow

IN_SECONDS = "Anymal", "AnymalTerrain"
WITHOUT_REWARDS = "AllegroHand", "Anymal", "AnymalTerrain", "FrankaCabinet", "HumanoidAMP"
"""Tasks whose rewards ``examples/deploy`` doesn't know."""
OVERRIDES = {"AnymalTerrain": [*LIKE_A_ROBOT, "task.env.terrain.terrainType=plane"]}
"""Without what plain MuJoCo doesn't repeat: noise, pushes, rough ground."""


def exported(task, directory, steps, **files):
    key = "learn.episodeLength_s" if task in IN_SECONDS else registry.load(task).episode_length_key
    length = f"task.env.{key}={steps * 0.02 if task in IN_SECONDS else steps}"
    source = find_policy(task, "pretrained", overrides=[length, *OVERRIDES.get(task, ())])
    return source.config, export(source.config, source.path, "onnx", directory / "policy.onnx", **files).path


@pytest.mark.parametrize("task", packaged.tasks())
def test_a_packaged_policy_does_in_plain_mujoco_what_it_does_in_its_task(task, tmp_path):
    config, path = exported(task, tmp_path, steps=60)
    check = check_in_mujoco(config, path, episodes=2)
    assert check.passed
    assert check.step_by_step.steps >= 30
    assert check.step_by_step.observation < 1e-4
    if task in WITHOUT_REWARDS:
        assert (check.step_by_step.reward, check.share) == (None, None)
    else:
        assert check.step_by_step.reward < 1e-3
        assert check.share == pytest.approx(1.0, abs=0.02)


def test_a_contract_that_lies_does_not_pass(tmp_path):
    config, path = exported("Cartpole", tmp_path, steps=60)
    model = onnx.load(path)
    entry = next(entry for entry in model.metadata_props if entry.key == "contract")
    contract = json.loads(entry.value)
    contract["actions"][0]["scale"] = 200.0
    entry.value = json.dumps({**contract, "sha256": checksum(contract)})
    onnx.save(model, path)
    check = check_in_mujoco(config, path, episodes=2)
    assert not check.step_by_step.agrees
    assert not check.passed


@pytest.mark.parametrize("suffix", ["xml", "mjb"])
def test_the_model_is_written_with_start_states(suffix, tmp_path):
    file = tmp_path / f"robot.{suffix}"
    exported("Ingenuity", tmp_path, steps=60, model=file)
    load = mujoco.MjModel.from_xml_path if suffix == "xml" else mujoco.MjModel.from_binary_path
    model = load(str(file))
    assert (model.nu, model.nkey, model.opt.timestep) == (6, 64, 0.005)
    assert model.key_qpos[0, 2] != model.key_qpos[1, 2]
    assert model.key_mpos[0].tolist() != model.key_mpos[1].tolist()
