"""Exported files against rl_games' own network."""

import json
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from rl_games.algos_torch import model_builder
from rl_games.algos_torch.network_builder import A2CBuilder

import gymctl
from gymctl.core.errors import GymctlError, InputError
from gymctl.core.files import sha256
from gymctl.policies.export import FORMATS
from gymctl.policies.export.exporter import ExportReport, export
from gymctl.policies.export.runtime import OnnxPolicy, TorchScriptPolicy
from gymctl.runs.directory import create_run
from tests.helpers.networks import (
    GRU,
    LSTM,
    make_checkpoint,
    make_config,
    make_model,
    make_sac_checkpoint,
    make_sac_config,
    save,
)

pytestmark = pytest.mark.slow

NUM_OBSERVATIONS, NUM_ACTIONS = 12, 3
VARIANTS = {
    "mlp": {"env": {"clipObservations": 5.0, "clipActions": 1.0}},
    "unclipped": {"clip_actions": False, "separate": True, "normalize_input": False, "fixed_sigma": False},
    "narrow": {"clip_actions": False, "env": {"clipActions": 0.5}},
    "lstm": {"rnn": LSTM, "separate": True},
    "gru": {"rnn": GRU},
}
SAC_VARIANTS = {
    "mlp": {"env": {"clipObservations": 5.0, "clipActions": 1.0}},
    "narrow, unnormalised": {"normalize_input": False, "env": {"clipActions": 0.5}},
}


class Exported:
    """An exported file and what it was made from."""

    def __init__(self, variant: str, format: str, directory: Path) -> None:
        self.config = make_config(**VARIANTS[variant])
        self.model = make_model(self.config, NUM_OBSERVATIONS, NUM_ACTIONS)
        self.checkpoint = save(make_checkpoint(self.config, self.model), directory / "Ant.pth")
        self.report: ExportReport = export(self.config, self.checkpoint, format)

    def reference(self, sequence: torch.Tensor) -> np.ndarray:
        """Actions as an env would get them from rl_games. Shapes: (steps, batch, ·)."""
        bound = self.config.tree["task"]["env"].get("clipObservations", np.inf)
        states = [
            torch.zeros(s.shape[0], sequence.shape[1], s.shape[2]) for s in self.model.get_default_rnn_state() or ()
        ]
        actions = []
        for obs in sequence:
            with torch.no_grad():
                output = self.model({"is_train": False, "obs": obs.clamp(-bound, bound), "rnn_states": tuple(states)})
            states = output["rnn_states"]
            mean = output["mus"]
            if self.config.tree["train"]["params"]["config"]["clip_actions"]:
                mean = mean.clamp(-1, 1)
            bound_actions = self.config.tree["task"]["env"].get("clipActions", np.inf)
            actions.append(mean.clamp(-bound_actions, bound_actions).numpy())
        return np.stack(actions)


@pytest.fixture(scope="module", params=VARIANTS)
def onnx_file(request, tmp_path_factory):
    return Exported(request.param, "onnx", tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module", params=VARIANTS)
def torchscript_file(request, tmp_path_factory):
    return Exported(request.param, "torchscript", tmp_path_factory.mktemp(request.param))


@pytest.fixture
def checkpoint(tmp_path):
    return save(make_checkpoint(make_config()), tmp_path / "Ant.pth")


def observations(steps: int, batch: int) -> torch.Tensor:
    return 8.0 * torch.randn(steps, batch, NUM_OBSERVATIONS, generator=torch.Generator().manual_seed(7))


@pytest.mark.parametrize("batch", [1, 64])
def test_an_onnx_file_acts_as_the_network_does(onnx_file, batch):
    session = onnxruntime.InferenceSession(onnx_file.report.path, providers=["CPUExecutionProvider"])
    shapes = list(onnx_file.report.inputs.values())[1:]
    states = [np.zeros([batch if size == "batch" else size for size in shape], np.float32) for shape in shapes]
    sequence = observations(5, batch)
    actions = []
    for obs in sequence:
        action, *states = session.run(None, dict(zip(onnx_file.report.inputs, [obs.numpy(), *states], strict=True)))
        actions.append(action)
    np.testing.assert_allclose(np.stack(actions), onnx_file.reference(sequence), atol=1e-5)


@pytest.mark.parametrize("batch", [1, 64])
def test_a_torchscript_file_acts_as_the_network_does(torchscript_file, batch):
    module = torch.jit.load(torchscript_file.report.path)
    shapes = list(torchscript_file.report.inputs.values())[1:]
    states = [torch.zeros([batch if size == "batch" else size for size in shape]) for shape in shapes]
    sequence = observations(5, batch)
    actions = []
    for obs in sequence:
        output = module(obs, *states)
        action, *states = output if states else (output,)
        actions.append(action.numpy())
    np.testing.assert_allclose(np.stack(actions), torchscript_file.reference(sequence), atol=1e-5)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("variant", SAC_VARIANTS)
def test_a_soft_actor_critic_file_gives_the_hyperbolic_tangent_of_the_mean(variant, format, tmp_path):
    config = make_sac_config(**SAC_VARIANTS[variant])
    model = make_model(config, NUM_OBSERVATIONS, NUM_ACTIONS)
    checkpoint = save(make_sac_checkpoint(config, model), tmp_path / "Ant.pth")
    report = export(config, checkpoint, format)
    assert report.verified
    policy = {"onnx": OnnxPolicy, "torchscript": partial(TorchScriptPolicy, trust=True)}[format](report.path)
    env = config.tree["task"]["env"]
    obs, clip_obs = observations(1, 64)[0], env.get("clipObservations", np.inf)
    with torch.no_grad():
        expected = model.actor(model.norm_obs(obs.clamp(-clip_obs, clip_obs))).mean
    torch.testing.assert_close(
        policy.act(obs), expected.clamp(-env["clipActions"], env["clipActions"]), rtol=0, atol=1e-5
    )


def test_the_report_says_what_the_file_takes_and_gives(onnx_file):
    report = onnx_file.report
    assert report.path == onnx_file.checkpoint.with_suffix(".onnx")
    assert (report.format, report.verified) == ("onnx", True)
    assert 0 <= report.max_abs_error < 1e-5
    assert report.checkpoint_sha256 == sha256(onnx_file.checkpoint)
    assert report.inputs["obs"] == ["batch", NUM_OBSERVATIONS]
    assert report.outputs["actions"] == ["batch", NUM_ACTIONS]
    session = onnxruntime.InferenceSession(report.path, providers=["CPUExecutionProvider"])
    assert {node.name: node.shape for node in session.get_inputs()} == report.inputs
    assert [node.name for node in session.get_outputs()] == list(report.outputs)


def test_memory_is_an_input_and_an_output_of_the_actor_alone(tmp_path):
    config = make_config(rnn=LSTM, separate=True)
    path = save(make_checkpoint(config), tmp_path / "Ant.pth")
    report = export(config, path, "torchscript")
    assert report.inputs == {"obs": ["batch", 12], "h_in": [1, "batch", 16], "c_in": [1, "batch", 16]}
    assert report.outputs == {"actions": ["batch", 3], "h_out": [1, "batch", 16], "c_out": [1, "batch", 16]}


def test_an_onnx_file_is_a_single_valid_file_without_the_critic_or_local_paths(onnx_file):
    path = onnx_file.report.path
    onnx.checker.check_model(str(path), full_check=True)
    assert sorted(path.parent.iterdir()) == sorted([onnx_file.checkpoint, path])
    names = {tensor.name for tensor in onnx.load(path).graph.initializer}
    assert not [name for name in names if "critic" in name or "value" in name or "c_rnn" in name]
    assert str(Path(gymctl.__file__).parent).encode() not in path.read_bytes()


def test_no_file_tells_of_folders_of_this_machine(checkpoint, tmp_path):
    config = make_config(task="/home/somebody/walker.py:Walker")
    folders = [Path(module.__file__).parents[1] for module in (gymctl, torch, onnx, np)]
    folders += [Path.cwd(), Path.home(), Path(sys.prefix), Path("/home/somebody"), tmp_path]
    files = [export(config, checkpoint, format).path for format in FORMATS]
    with zipfile.ZipFile(files[-1]) as archive:
        contents = [files[0].read_bytes(), *map(archive.read, archive.namelist())]
    for folder in folders:
        assert len(folder.parts) == 1 or not [text for text in contents if str(folder).encode() in text], folder
    assert b"walker.py:Walker" in contents[0]


def test_a_task_of_yours_may_have_moved_since_the_training(tmp_path):
    content = make_checkpoint(make_config(), env_state={"task": "/home/somebody/walker.py:Walker"})
    path = save(content, tmp_path / "Walker.pth")
    assert export(make_config(task=f"{tmp_path}/walker.py:Walker"), path, "torchscript").verified
    with pytest.raises(InputError, match=r"was trained on walker\.py:Walker, not on runner\.py:Walker"):
        export(make_config(task=f"{tmp_path}/runner.py:Walker"), path, "torchscript")


def test_both_formats_carry_the_same_metadata(tmp_path):
    config = make_config(env={"clipObservations": 5.0})
    path = save(make_checkpoint(config), tmp_path / "Ant.pth")
    extra_files = {"metadata.json": ""}
    torch.jit.load(export(config, path, "torchscript").path, _extra_files=extra_files)
    session = onnxruntime.InferenceSession(export(config, path, "onnx").path, providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    assert int(metadata.pop("opset")) >= 18
    assert metadata == json.loads(extra_files["metadata.json"])
    assert metadata == {
        "format_version": "1",
        "gymctl_version": gymctl.__version__,
        "task": "Ant",
        "task_version": "none",
        "physics": "isaacgym",
        "num_observations": "12",
        "num_actions": "3",
        "inputs": '{"obs": ["batch", 12]}',
        "outputs": '{"actions": ["batch", 3]}',
        "control_dt": "0.0332",
        "clip_observations": "5.0",
        "clip_actions": "1.0",
        "action_mode": "mean",
        "checkpoint_sha256": sha256(path),
    }


def test_by_default_the_file_goes_into_the_run(tmp_path):
    run = create_run("Ant", tmp_path)
    config = make_config()
    path = save(make_checkpoint(config), run.nn_dir / "last_Ant_ep_5_rew_1.0.pth")
    assert export(config, path, "torchscript").path == run.path / "export" / "last_Ant_ep_5_rew_1.0.pt"


def test_an_existing_file_is_replaced(checkpoint, tmp_path):
    output = tmp_path / "policy.pt"
    output.write_text("old")
    export(make_config(), checkpoint, "torchscript", output)
    torch.jit.load(output)


def test_an_export_builds_no_env_and_prints_nothing(checkpoint):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from gymctl.policies.export.exporter import export\n"
        "from tests.helpers.networks import make_config\n"
        f"export(make_config(), Path({str(checkpoint)!r}), 'onnx')\n"
        "assert not {'mujoco_warp', 'warp', 'gymctl.sim.engines', 'gymctl.envs'} & sys.modules.keys()\n"
    )
    output = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True)
    assert (output.returncode, output.stdout, output.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("format", "suggestion"),
    [("onxx", "did you mean 'onnx'?"), ("ONNX", "'onnx'"), ("tflite", "use onnx or torchscript")],
)
def test_an_unknown_format_is_refused(checkpoint, format, suggestion):
    with pytest.raises(InputError, match=format) as caught:
        export(make_config(), checkpoint, format)
    assert suggestion in caught.value.fix


def test_an_output_that_can_not_be_written_is_refused(checkpoint, tmp_path):
    content = checkpoint.read_bytes()
    for output, reason in {
        tmp_path: "is a directory",
        tmp_path / "missing" / "policy.pt": "no directory '.*missing'",
        checkpoint: "the checkpoint itself",
    }.items():
        with pytest.raises(InputError, match=reason):
            export(make_config(), checkpoint, "torchscript", output)
    assert list(tmp_path.iterdir()) == [checkpoint]
    assert checkpoint.read_bytes() == content


def test_a_checkpoint_of_another_task_is_refused(tmp_path):
    path = save(make_checkpoint(make_config(), env_state={"task": "Humanoid"}), tmp_path / "policy.pth")
    with pytest.raises(InputError, match="trained on Humanoid, not on Ant"):
        export(make_config(), path, "torchscript")


def test_policies_of_other_kinds_are_refused(tmp_path):
    path = save({"actor": {}, "critic": {}}, tmp_path / "empty.pth")
    with pytest.raises(InputError, match="no network in it"):
        export(make_config(), path, "onnx")
    path = save(make_sac_checkpoint(make_sac_config()), tmp_path / "sac.pth")
    with pytest.raises(InputError, match="'sac'"):
        export(make_config(), path, "onnx")


class MoodyBuilder(A2CBuilder):
    """A user's own network that decides in Python by what it sees: no exporter can follow that."""

    class Network(A2CBuilder.Network):
        def forward(self, obs_dict):
            mean, *rest = super().forward(obs_dict)
            return (mean if obs_dict["obs"].mean() < 0.1 else -mean, *rest)

    def build(self, name, **kwargs):
        return MoodyBuilder.Network(self.params, **kwargs)


@pytest.fixture
def moody_config(monkeypatch):
    monkeypatch.setattr(model_builder, "NETWORK_REGISTRY", {})
    model_builder.register_network("moody", MoodyBuilder)
    config = make_config()
    config.tree["train"]["params"]["network"]["name"] = "moody"
    return config


@pytest.mark.parametrize(
    ("format", "reason"),
    [("torchscript", "actions differ from the network's by"), ("onnx", "can't be written as onnx")],
)
def test_a_file_that_does_not_act_as_the_network_is_not_kept(moody_config, checkpoint, tmp_path, format, reason):
    output = tmp_path / "policy"
    with pytest.raises(GymctlError, match=reason) as caught:
        export(moody_config, checkpoint, format, output)
    assert caught.value.exit_code == 1
    assert list(tmp_path.iterdir()) == [checkpoint]
