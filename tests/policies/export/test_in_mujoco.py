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

pytestmark = pytest.mark.slow

IN_STEPS = {"BallBalance": "maxEpisodeLength", "Ingenuity": "maxEpisodeLength", "Quadcopter": "maxEpisodeLength"}
IN_SECONDS = "Anymal", "AnymalTerrain"


def exported(task, directory, steps, **files):
    key = "learn.episodeLength_s" if task in IN_SECONDS else IN_STEPS.get(task, "episodeLength")
    length = f"task.env.{key}={steps * 0.02 if task in IN_SECONDS else steps}"
    source = find_policy(task, "pretrained", overrides=[length])
    return source.config, export(source.config, source.path, "onnx", directory / "policy.onnx", **files).path


@pytest.mark.parametrize("task", [task for task in packaged.tasks() if task != "AnymalTerrain"])  # not flat
def test_a_packaged_policy_does_in_plain_mujoco_what_it_does_in_its_task(task, tmp_path):
    config, path = exported(task, tmp_path, steps=60)
    check = check_in_mujoco(config, path, episodes=2)
    assert check.passed
    assert check.step_by_step.steps >= 30
    assert check.step_by_step.observation < 1e-4
    assert (check.step_by_step.reward or 0.0) < 1e-3  # None: some contracts tell no reward
    assert check.share is None or check.share == pytest.approx(1.0, abs=0.02)


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
