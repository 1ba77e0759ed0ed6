"""Exported policies at work."""

import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.export.exporter import export
from gymctl.policies.export.runtime import OnnxPolicy, TorchScriptPolicy
from gymctl.policies.player import distribution, initial_states, load_player
from tests.helpers.networks import LSTM, make_checkpoint, make_config, save
from tests.hostile.exports import HARMFUL

NUM_OBSERVATIONS, NUM_ACTIONS = 12, 3


class Trained:
    """A checkpoint and both of its exports."""

    def __init__(self, directory, **network):
        self.config = make_config(**network)
        self.checkpoint = save(make_checkpoint(self.config), directory / "Ant.pth")
        self.onnx = export(self.config, self.checkpoint, "onnx").path
        self.torchscript = export(self.config, self.checkpoint, "torchscript").path

    def policies(self):
        return OnnxPolicy(self.onnx), TorchScriptPolicy(self.torchscript, trust=True)

    def actions(self, sequence, dones):
        """Actions of rl_games' network, its memory cleared where an episode begins."""
        player = load_player(self.config, load_checkpoint(self.checkpoint))
        states = initial_states(player, sequence.shape[1])
        for obs, done in zip(sequence, dones, strict=True):
            states = tuple(state.masked_fill(done[None, :, None], 0.0) for state in states)
            mean, _, states = distribution(player, obs, states)
            yield mean.clamp(-1.0, 1.0)


@pytest.fixture(scope="module")
def mlp(tmp_path_factory):
    return Trained(tmp_path_factory.mktemp("mlp"))


@pytest.fixture(scope="module")
def lstm(tmp_path_factory):
    return Trained(tmp_path_factory.mktemp("lstm"), rnn=LSTM)


def test_a_policy_says_what_it_is(mlp, lstm):
    for trained, recurrent in ((mlp, False), (lstm, True)):
        for policy in trained.policies():
            assert (policy.num_observations, policy.num_actions) == (NUM_OBSERVATIONS, NUM_ACTIONS)
            assert policy.recurrent == recurrent
            assert policy.metadata["task"] == "Ant"


@pytest.mark.parametrize("kind", ["mlp", "lstm"])
def test_a_policy_acts_as_the_network_and_forgets_where_an_episode_begins(kind, request):
    trained = request.getfixturevalue(kind)
    generator = torch.Generator().manual_seed(5)
    sequence = 4.0 * torch.randn(12, 6, NUM_OBSERVATIONS, generator=generator)
    dones = torch.rand(12, 6, generator=generator) < 0.3
    for policy in trained.policies():
        for obs, done, expected in zip(sequence, dones, trained.actions(sequence, dones), strict=True):
            torch.testing.assert_close(policy.act(obs, done), expected, atol=1e-5, rtol=0)


def test_without_done_a_policy_remembers_until_the_number_of_envs_changes(lstm):
    obs = torch.randn(4, NUM_OBSERVATIONS, generator=torch.Generator().manual_seed(6))
    for policy in lstm.policies():
        first = policy.act(obs)
        assert not torch.allclose(policy.act(obs), first)
        torch.testing.assert_close(policy.act(obs[:2]), first[:2], atol=1e-5, rtol=0)
        torch.testing.assert_close(policy.act(obs), first)


def test_observations_are_left_as_they_were_and_may_be_double(mlp):
    obs = torch.randn(4, NUM_OBSERVATIONS)
    same = obs.clone()
    for policy in mlp.policies():
        actions = policy.act(obs)
        assert actions.dtype == torch.float32
        torch.testing.assert_close(policy.act(obs.double()), actions)
        assert torch.equal(obs, same)


@pytest.mark.parametrize("shape", [(4, 11), (12,), (2, 3, 12)])
def test_observations_of_another_size_are_refused(mlp, shape):
    for policy in mlp.policies():
        with pytest.raises(InputError, match="takes 12 observations"):
            policy.act(torch.zeros(shape))


@pytest.mark.parametrize("policy", [OnnxPolicy, TorchScriptPolicy])
def test_what_is_no_exported_file_is_refused(policy, mlp, tmp_path):
    path = tmp_path / "policy"
    with pytest.raises(InputError):
        policy(path)
    for content in (b"", b"hello", mlp.checkpoint.read_bytes(), mlp.onnx.read_bytes()[:500]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="policy"):
            policy(path)


def test_files_of_another_origin_or_version_are_refused(mlp, tmp_path):
    path = tmp_path / "policy"
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    with pytest.raises(InputError, match="no gymctl metadata"):
        TorchScriptPolicy(path, trust=True)
    model = onnx.load(mlp.onnx)
    for entry in model.metadata_props:
        if entry.key == "format_version":
            entry.value = "99"
    onnx.save(model, path)
    with pytest.raises(InputError, match="version 99"):
        OnnxPolicy(path)
    del model.metadata_props[:]
    onnx.save(model, path)
    with pytest.raises(InputError, match="no gymctl metadata"):
        OnnxPolicy(path)


def test_arrays_come_back_as_arrays(lstm):
    obs = torch.randn(4, NUM_OBSERVATIONS, generator=torch.Generator().manual_seed(8))
    done = torch.tensor([True, False, False, True])
    for by_tensor, by_array in zip(lstm.policies(), lstm.policies(), strict=True):
        for ended in (None, done):
            actions = by_array.act(obs.double().numpy(), None if ended is None else ended.numpy())
            assert isinstance(actions, np.ndarray)
            np.testing.assert_array_equal(actions, by_tensor.act(obs, ended).numpy())


def test_what_is_no_observation_is_refused(lstm):
    for policy in lstm.policies():
        for obs in (3.0, "x", [["x"] * 12], np.zeros((4, 12), complex), None, np.zeros(())):
            with pytest.raises(InputError):
                policy.act(obs)
        policy.act(np.zeros((4, 12)))
        with pytest.raises(InputError, match="done has shape"):
            policy.act(np.zeros((4, 12)), np.zeros(3, bool))


def test_a_torchscript_file_is_loaded_only_if_it_is_trusted(mlp):
    with pytest.raises(InputError, match="holds code"):
        TorchScriptPolicy(mlp.torchscript)


def test_a_torchscript_file_tells_nothing_of_this_machine(mlp):
    with zipfile.ZipFile(mlp.torchscript) as archive:
        contents = b"".join(archive.read(name) for name in archive.namelist())
    assert str(Path(torch.__file__).parents[1]).encode() not in contents
    assert str(Path(__file__).parents[3]).encode() not in contents


@pytest.mark.parametrize("name", HARMFUL)
def test_graphs_that_do_harm_are_refused_in_silence(name, mlp, tmp_path, capfd):
    model = onnx.load(mlp.onnx)
    HARMFUL[name](model)
    onnx.save(model, tmp_path / "policy.onnx")
    with pytest.raises(InputError):
        OnnxPolicy(tmp_path / "policy.onnx")
    assert capfd.readouterr() == ("", "")


def test_weights_in_other_files_are_refused_even_if_they_are_there(mlp, tmp_path):
    path = tmp_path / "policy.onnx"
    onnx.save(onnx.load(mlp.onnx), path, save_as_external_data=True, size_threshold=0, location="weights.bin")
    assert (tmp_path / "weights.bin").exists()
    with pytest.raises(InputError, match="weights in other files"):
        OnnxPolicy(path)


@pytest.mark.parametrize("change", [3, "other"])
def test_a_file_of_one_batch_size_or_of_other_names_is_refused(mlp, tmp_path, change):
    model = onnx.load(mlp.onnx)
    if change == "other":
        model.graph.output[0].name = change
    else:
        model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = change
    onnx.save(model, tmp_path / "policy.onnx")
    with pytest.raises(InputError, match="what its metadata say"):
        OnnxPolicy(tmp_path / "policy.onnx")


def test_a_file_that_onnx_runtime_refuses_is_refused_in_silence(mlp, tmp_path, capfd):
    model = onnx.load(mlp.onnx)
    model.graph.node[0].input[0] = "nothing"
    onnx.save(model, tmp_path / "policy.onnx")
    with pytest.raises(InputError, match="can't be read as an ONNX file"):
        OnnxPolicy(tmp_path / "policy.onnx")
    assert capfd.readouterr() == ("", "")
