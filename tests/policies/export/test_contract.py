"""The contract in exported files: whole, the same everywhere, and refused where a stranger has changed it."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import onnx
import pytest
import torch

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.core.files import sha256
from gymctl.policies.export.contract import LARGEST, checksum, read_contract
from gymctl.policies.export.exporter import export
from gymctl.policies.export.runtime import OnnxPolicy, TorchScriptPolicy
from gymctl.policies.packaged import locate
from tests.helpers.contracts import contract_of
from tests.helpers.networks import make_checkpoint, make_config, save

HERE = Path("policy.onnx")
CHECKPOINT = locate("Cartpole").path


@pytest.fixture(scope="module")
def config():
    return compose("Cartpole")


@pytest.fixture(scope="module")
def contract(config):
    return contract_of(config)


@pytest.fixture(scope="module")
def exported(config, tmp_path_factory):
    directory = tmp_path_factory.mktemp("exported")
    return export(config, CHECKPOINT, "onnx", directory / "a.onnx", contract=directory / "a.json")


def signed(contract, **changes):
    """A stranger's contract: changed, and with the checksum of what it says now."""
    fields = {**contract, **changes}
    return json.dumps({**fields, "sha256": checksum(fields)})


def test_the_file_and_the_json_beside_it_say_the_same(exported):
    model = onnx.load(exported.path)
    inside = json.loads({entry.key: entry.value for entry in model.metadata_props}["contract"])
    assert inside == json.loads(exported.contract_path.read_text())
    assert inside["sha256"] == exported.contract_sha256 == checksum(inside)
    assert inside["checkpoint_sha256"] == sha256(CHECKPOINT)
    assert read_contract(exported.contract_path.read_text(), HERE).task == "Cartpole"


def test_a_torchscript_file_has_it_too(config, exported, tmp_path):
    report = export(config, CHECKPOINT, "torchscript", tmp_path / "a.pt")
    files = {"metadata.json": ""}
    torch.jit.load(report.path, _extra_files=files)
    assert json.loads(json.loads(files["metadata.json"])["contract"])["sha256"] == exported.contract_sha256
    TorchScriptPolicy(report.path, trust=True)


def test_it_tells_what_a_controller_needs(contract):
    assert contract["time"] == {
        "control_dt": 0.0166,
        "physics_dt": 0.0166,
        "timestep": 0.0083,
        "decimation": 1,
        "timesteps": 2,
        "episode_steps": 500,
    }
    assert (contract["clip_observations"], contract["clip_actions"]) == (5.0, 1.0)
    assert [part["unit"] for part in contract["observations"]] == ["m", "m/s", "rad", "rad/s"]
    (action,) = contract["actions"]
    assert (action["kind"], action["unit"], action["scale"], action["limits"]) == ("force", "N", 400.0, [-400.0, 400.0])
    assert [joint["name"] for joint in contract["joints"]] == ["slider_to_cart", "cart_to_pole"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"task": 3}, "Expected `str`"),
        ({"observations": []}, "length >= 1"),
        ({"clip_actions": -1.0}, "> 0"),
        ({"time": None}, "Expected `object`"),
        ({"schema_version": 99}, "schema version 99"),
        ({"checkpoint_sha256": "x" * 64}, "regex"),
        ({"joints": []}, "not among its joints"),
    ],
)
def test_what_a_stranger_has_changed_is_told(contract, changes, reason):
    with pytest.raises(InputError, match=reason):
        read_contract(signed(contract, **changes), HERE)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"size": 2}, "comes next"), ({"scale": [1.0, 2.0]}, "2 scales"), ({"elements": ["a", "b"]}, "2 elements")],
)
def test_slices_have_to_fit_together(contract, changes, reason):
    first, *others = contract["observations"]
    with pytest.raises(InputError, match=reason):
        read_contract(signed(contract, observations=[{**first, **changes}, *others]), HERE)


def test_torques_that_a_controller_computes_need_a_limit():
    contract = contract_of(compose("Trifinger"))
    first, *others = contract["actions"]
    assert (first["by_controller"], first["safety_damping"], first["effort_limit"]) == (True, 0.08, 0.36)
    with pytest.raises(InputError, match="by the controller, without a joint or an effort limit"):
        read_contract(signed(contract, actions=[{**first, "effort_limit": None}, *others]), HERE)


def test_a_hand_that_moves_comes_with_how_it_is_controlled():
    contract = contract_of(compose("FrankaCubeStack"))
    told = read_contract(json.dumps(contract), HERE)
    assert [action.kind for action in told.actions[:6]] == 3 * ["hand translation"] + 3 * ["hand rotation"]
    assert (told.actions[6].switch, told.actions[6].followers) == (True, ("panda_finger_joint2",))
    assert (told.hand_control.stiffness, told.hand_control.effort_limits[6]) == (150.0, 12.0)
    hand, (first, *others) = contract["hand_control"], contract["actions"]
    for changes, reason in (
        ({"hand_control": None}, "needs hand_control"),
        ({"actions": others}, "needs hand_control"),
        ({"hand_control": {**hand, "posture": [0.0]}}, "doesn't fit its joints"),
        ({"hand_control": {**hand, "point": []}}, "doesn't fit its joints"),
        ({"actions": [{**first, "limits": None}, *others[:-1], {**others[-1], "limits": None}]}, "switch"),
    ):
        with pytest.raises(InputError, match=reason):
            read_contract(signed(contract, **changes), HERE)


def test_without_hands_a_contract_of_an_older_version_is_read(contract):
    older = {key: value for key, value in contract.items() if key != "hand_control"}
    older["actions"] = [
        {key: value for key, value in action.items() if key not in ("switch", "followers")}
        for action in contract["actions"]
    ]
    assert read_contract(signed(older), HERE).hand_control is None


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", "3", "[" * 100_000, '{"schema_version": 1', "NaN", "\ud800", "x" * 100]
)
def test_what_is_no_contract_is_refused(text):
    with pytest.raises(InputError, match="contract") as told:
        read_contract(text, HERE)
    assert len(told.value.what) < 400


def test_a_changed_number_is_seen_by_the_checksum(contract):
    with pytest.raises(InputError, match="checksum"):
        read_contract(json.dumps(contract).replace("400.0", "500.0"), HERE)
    with pytest.raises(InputError, match="can't be read"):
        read_contract(json.dumps(contract).replace("400.0", "NaN"), HERE)
    with pytest.raises(InputError, match="too large"):
        read_contract(" " * (LARGEST + 1), HERE)


def test_a_file_with_a_foreign_contract_is_not_played(exported, contract, tmp_path):
    model = onnx.load(exported.path)
    entry = next(entry for entry in model.metadata_props if entry.key == "contract")
    for text, reason in {
        json.dumps(contract).replace("400.0", "500.0"): "checksum",
        json.dumps(contract_of(compose("BallBalance"))): "metadata",
    }.items():
        entry.value = text
        path = tmp_path / "changed.onnx"
        onnx.save(model, path)
        with pytest.raises(InputError, match=reason):
            OnnxPolicy(path)


def test_a_policy_of_another_size_gets_none_and_the_report_says_why(tmp_path):
    checkpoint = save(make_checkpoint(make_config()), tmp_path / "Ant.pth")
    make = partial(export, compose("Ant").replaced({"train": make_config().tree["train"]}), checkpoint, "torchscript")
    report = make()
    assert report.contract_sha256 is None
    assert "the policy has 12 observations and 3 actions, Ant has 60 and 8" in report.notes[0]
    report.path.unlink()
    with pytest.raises(InputError, match="12 observations"):
        make(contract=tmp_path / "ant.json")
    assert list(tmp_path.iterdir()) == [checkpoint]


def test_files_that_would_overwrite_each_other_are_refused(config, tmp_path):
    for contract, model, reason in (
        ("a.onnx", None, "one name"),
        ("no/a.json", None, "no directory"),
        (None, "a.stl", "no name"),
    ):
        files = {name: path and tmp_path / path for name, path in (("contract", contract), ("model", model))}
        with pytest.raises(InputError, match=reason):
            export(config, CHECKPOINT, "onnx", tmp_path / "a.onnx", **files)
    assert not list(tmp_path.iterdir())


def test_without_mujoco_a_policy_is_exported_all_the_same(tmp_path):
    code = (
        "import sys\nsys.modules['mujoco'] = None\n"
        "from pathlib import Path\n"
        "from gymctl.config import compose\n"
        "from gymctl.policies.export.exporter import export\n"
        f"report = export(compose('Cartpole'), Path({str(CHECKPOINT)!r}), 'onnx', Path('a.onnx'))\n"
        "print(report.verified, report.contract_sha256, report.notes)\n"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.stdout.startswith("True None ('the file has no contract"), done.stdout + done.stderr
