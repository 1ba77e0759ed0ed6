"""Reading checkpoints: every layout that rl_games has saved, and nothing that could run code."""

import hashlib
import io
import os
import pickle
import warnings
import zipfile
from collections import OrderedDict, deque
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.core.files import sha256
from gymctl.policies.checkpoints.loading import load_checkpoint
from tests.helpers.layouts import rewrite_pickle
from tests.helpers.networks import make_checkpoint, make_config, make_model, make_sac_checkpoint, make_sac_config, save


@pytest.fixture(scope="module")
def checkpoint() -> dict[str, Any]:
    return make_checkpoint(make_config())


def assert_same_network(loaded: dict[str, Any], original: dict[str, Any]) -> None:
    assert loaded["model"].keys() == original["model"].keys()
    for key, value in original["model"].items():
        torch.testing.assert_close(loaded["model"][key], value, rtol=0, atol=0)


def test_a_checkpoint_of_rl_games_is_read(checkpoint, tmp_path):
    loaded = load_checkpoint(save(checkpoint, tmp_path / "Ant.pth"))
    assert_same_network(loaded, checkpoint)
    assert (loaded["epoch"], loaded["frame"]) == (500, 262144)
    assert loaded["last_mean_rewards"] == np.float32(5981.3)
    assert loaded["optimizer"]["param_groups"][0]["lr"] == 3e-4


def test_a_number_saved_under_numpy_1_is_read(checkpoint, tmp_path):
    path = save(checkpoint, tmp_path / "Ant.pth")
    rewrite_pickle(path, b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert load_checkpoint(path)["last_mean_rewards"] == np.float32(5981.3)


def test_a_file_saved_on_cuda_is_read_on_the_cpu(checkpoint, tmp_path):
    path = save(checkpoint, tmp_path / "Ant.pth")
    rewrite_pickle(path, b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
    loaded = load_checkpoint(path)
    assert_same_network(loaded, checkpoint)
    assert {value.device.type for value in loaded["model"].values()} == {"cpu"}


def test_names_left_by_torch_compile_are_cleaned_everywhere(checkpoint, tmp_path):
    compiled = checkpoint | {
        "model": OrderedDict((f"_orig_mod.{key}", value) for key, value in checkpoint["model"].items()),
        "assymetric_vf_nets": {"model._orig_mod.a2c_network.value.weight": torch.ones(1, 4)},
    }
    loaded = load_checkpoint(save(compiled, tmp_path / "Ant.pth"))
    assert_same_network(loaded, checkpoint)
    assert list(loaded["assymetric_vf_nets"]) == ["model.a2c_network.value.weight"]


def test_normalisers_saved_beside_the_network_go_into_it(checkpoint, tmp_path):
    def part(prefix: str) -> dict[str, torch.Tensor]:
        model = checkpoint["model"]
        return {key.removeprefix(prefix): value for key, value in model.items() if key.startswith(prefix)}

    old = checkpoint | {
        "model": {key: value for key, value in checkpoint["model"].items() if "mean_std" not in key},
        "running_mean_std": part("running_mean_std."),
        "reward_mean_std": part("value_mean_std."),
    }
    loaded = load_checkpoint(save(old, tmp_path / "Ant.pth"))
    assert_same_network(loaded, checkpoint)
    assert "running_mean_std" not in loaded


def test_an_empty_gradient_scaler_is_dropped_and_a_full_one_kept(checkpoint, tmp_path):
    assert "scaler" not in load_checkpoint(save(checkpoint | {"scaler": {}}, tmp_path / "a.pth"))
    scaler = {"scale": 2.0, "growth_factor": 2.0, "backoff_factor": 0.5, "growth_interval": 2000, "_growth_tracker": 3}
    assert load_checkpoint(save(checkpoint | {"scaler": scaler}, tmp_path / "b.pth"))["scaler"] == scaler


def test_a_soft_actor_critic_checkpoint_is_read(tmp_path):
    config = make_sac_config()
    model = make_model(config)
    loaded = load_checkpoint(save(make_sac_checkpoint(config, model), tmp_path / "sac.pth"))
    assert loaded.keys() == {"model", "epoch", "frame"}
    assert loaded["model"].keys() == model.state_dict().keys()
    assert all(torch.equal(value, loaded["model"][key]) for key, value in model.state_dict().items())


class Opens:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.open, (str(self.path), os.O_CREAT)


def test_a_hostile_file_is_refused_by_name_and_not_run(checkpoint, tmp_path):
    canary = tmp_path / "canary"
    path = save(checkpoint | {"env_state": Opens(canary)}, tmp_path / "Ant.pth")
    with pytest.raises(InputError, match=r"could run code: posix\.open"):
        load_checkpoint(path)
    assert not canary.exists()
    torch.load(path, weights_only=False)
    assert canary.exists(), "the file is as hostile as the test believes"


def test_other_python_objects_are_refused_by_name(checkpoint, tmp_path):
    with pytest.raises(InputError, match=r"collections\.deque"):
        load_checkpoint(save(checkpoint | {"env_state": deque([1])}, tmp_path / "Ant.pth"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([1, 2], "holds a list"),
        ({"weights": torch.ones(2)}, "no network"),
        ({}, "no network"),
        ({"model": {}}, "no network"),
        ({"model": {"a2c_network.mu.weight": 3}}, "something else than a tensor"),
        ({"model": {"a2c_network.mu.weight": torch.full((2, 2), torch.nan)}}, "NaN"),
        ({"model": {"a2c_network.mu.weight": torch.ones(2, 2).to_sparse()}}, "sparse"),
        ({"model": {"a2c_network.mu.weight": torch.ones(1).expand(10**9, 10**9)}}, "more values"),
    ],
)
def test_what_is_no_usable_checkpoint_is_refused_with_the_reason(tmp_path, content, reason):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = save(content, tmp_path / "file.pth")
    with pytest.raises(InputError, match=reason):
        load_checkpoint(path)


def test_files_that_are_no_archives_are_refused(tmp_path, checkpoint):
    path = tmp_path / "file.pth"
    with pytest.raises(InputError, match="no file"):
        load_checkpoint(path)
    for content, reason in {
        b"": "is empty",
        b"hello": "not a checkpoint",
        pickle.dumps({"model": 1}): "not a checkpoint",
        save(checkpoint, tmp_path / "whole.pth").read_bytes()[:-1000]: "incomplete",
    }.items():
        path.write_bytes(content)
        with pytest.raises(InputError, match=reason):
            load_checkpoint(path)


def test_a_damaged_or_foreign_archive_is_refused(tmp_path, checkpoint):
    whole = save(checkpoint, tmp_path / "whole.pth").read_bytes()
    rewritten = save(checkpoint, tmp_path / "damaged.pth")
    rewrite_pickle(rewritten, b"a2c_network", b"\xff\xff\xff")
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "hello")
    middle = len(whole) // 2
    for content in (
        rewritten.read_bytes(),
        other.getvalue(),
        whole[:40] + bytes(200) + whole[240:],
        whole[: middle - 500] + whole[middle + 500 :],
    ):
        (tmp_path / "file.pth").write_bytes(content)
        with pytest.raises(InputError):
            load_checkpoint(tmp_path / "file.pth")


def test_a_torchscript_file_is_told_apart(tmp_path):
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), tmp_path / "script.pth")
    with pytest.raises(InputError, match="TorchScript"):
        load_checkpoint(tmp_path / "script.pth")


def test_an_archive_that_unpacks_to_far_more_than_its_size_is_refused(tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"x")
        archive.writestr("archive/data/0", bytes(50_000_000))
    with pytest.raises(InputError, match="unpack"):
        load_checkpoint(path)


def test_the_hash_is_that_of_the_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"policy" * 1000)
    assert sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_loading_leaves_nothing_allowed_for_others(checkpoint, tmp_path):
    before = set(torch.serialization.get_safe_globals())
    load_checkpoint(save(checkpoint, tmp_path / "Ant.pth"))
    assert set(torch.serialization.get_safe_globals()) == before


def test_networks_of_all_kinds_come_back_whole(tmp_path):
    config = make_config(rnn={"name": "lstm", "units": 8, "layers": 2}, separate=True, fixed_sigma=False)
    original = make_checkpoint(config, make_model(config))
    assert_same_network(load_checkpoint(save(original, tmp_path / "a.pth")), original)
