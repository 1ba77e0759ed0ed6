"""A policy goes to the Hub and comes back, and other things are refused. The Hub is a server of the tests'."""

import json

import pytest
import torch

pytest.importorskip("huggingface_hub")
pytest.importorskip("safetensors")

from safetensors.torch import load, save

from gymctl.core.errors import GymctlError, InputError
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.find import find_policy_to_play
from gymctl.policies.hub.address import parse_address
from gymctl.policies.hub.package import LARGEST
from gymctl.policies.hub.push import push
from gymctl.policies.packaged import locate
from gymctl.runs.checkpoint_names import PHYSICS_KEY, VERSION_KEY
from tests.helpers.hub import TOKEN, serving_hub

REPO = "ada/pole"
SETTINGS = {"num_envs": 4, "sim_device": "cpu", "rl_device": "cpu"}


@pytest.fixture
def hub(monkeypatch, tmp_path):
    with serving_hub() as (hub, url):
        monkeypatch.setenv("HF_ENDPOINT", url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield hub


@pytest.fixture
def pushed(hub, tmp_path):
    return push(str(locate("Cartpole").run.path), parse_address(REPO), runs_dir=tmp_path)


def find(what=f"hf://{REPO}", task="Cartpole"):
    return find_policy_to_play(task, what, settings=SETTINGS)


def files(hub):
    return hub.repos[REPO][-1][1]


def test_what_comes_back_is_the_policy_that_went_with_its_config(pushed):
    here, there = find(), find("pretrained")
    assert here.config.tree == there.config.tree
    got, sent = load_checkpoint(here.file), load_checkpoint(there.file)
    assert got["model"].keys() == sent["model"].keys()
    assert all(torch.equal(got["model"][name], tensor) for name, tensor in sent["model"].items())
    for key in (PHYSICS_KEY, VERSION_KEY, "epoch"):
        assert got.get(key) == sent.get(key)
    assert any(f"hf://{REPO}@{pushed.commit}" in note for note in here.notes), "the commit is told"


def test_only_what_play_needs_and_a_page_go_there(hub, pushed):
    assert set(files(hub)) == {"policy.safetensors", "config.yaml", "policy.json", "README.md"}
    page = files(hub)["README.md"].decode()
    assert page.startswith("---\nlibrary_name: gymctl\n")
    assert f"gymctl play Cartpole hf://{REPO}" in page
    assert "819,200" in page
    assert "wandb" not in files(hub)["config.yaml"].decode()
    assert pushed.url.endswith(f"/{REPO}")
    asked = {path for _, path in hub.requests}
    assert {path for path in asked if REPO not in path} == {"/api/repos/create", "/api/validate-yaml"}


def test_the_same_commit_is_downloaded_once_and_a_pinned_one_needs_no_network_then(hub, pushed, monkeypatch):
    find()
    before = len(hub.requests)
    find()
    assert [path for _, path in hub.requests[before:] if "/resolve/" in path] == []
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert find(f"hf://{REPO}@{pushed.commit}").file.is_file()
    with pytest.raises(GymctlError, match="can't reach"):
        find()


def test_a_new_commit_is_another_policy(hub, pushed):
    first = find().file
    weights = {name: tensor * 0 for name, tensor in load(files(hub)["policy.safetensors"]).items()}
    hub.commit(REPO, {"policy.safetensors": save(weights)})
    assert find().file != first
    assert find(f"hf://{REPO}@{pushed.commit}").file == first


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("policy.safetensors", b"\x80\x04cos\nsystem\n", "can't be read"),
        ("policy.safetensors", (2**62).to_bytes(8, "little") + b"{}", "can't be read"),
        ("policy.safetensors", save({str(n): torch.zeros(0) for n in range(20_000)}), "too many tensors"),
        ("policy.json", b"[]", "can't be read"),
        ("policy.json", b'{"format_version": 1, "gymctl_version": "1", "task": 3, "algorithm": ""}', "can't be read"),
        ("policy.json", b'{"format_version": 9, "gymctl_version": "1", "task": "", "algorithm": ""}', "update gymctl"),
        ("policy.json", b"[" * 50_000, "can't be read"),
    ],
)
def test_files_of_a_stranger_are_refused_in_two_lines(hub, pushed, name, content, told):
    hub.commit(REPO, {name: content})
    with pytest.raises(InputError) as refused:
        find()
    assert told in f"{refused.value.what} {refused.value.fix}"


def test_weights_of_a_stranger_are_looked_at_as_any_others(hub, pushed):
    from gymctl.envs.factory import resolve_backend
    from gymctl.policies.modes import ActionMode
    from gymctl.policies.play import load_policy

    weights = load(files(hub)["policy.safetensors"])
    name = next(name for name in weights if name.endswith("mu.weight"))
    weights[name] = torch.full_like(weights[name], float("nan"))
    hub.commit(REPO, {"policy.safetensors": save(weights)})
    source = find()
    with pytest.raises(InputError, match="NaN"):
        load_policy(source, ActionMode("mean"), resolve_backend(source.config))


def test_a_file_that_is_too_large_or_missing_is_never_downloaded(hub, pushed):
    hub.sizes["policy.safetensors"] = LARGEST["policy.safetensors"] + 1
    with pytest.raises(InputError, match="is the most"):
        find()
    hub.sizes.clear()
    hub.commit(REPO, {"big.bin": b"x" * 1000})
    hub.repos["eve/other"] = [("b" * 40, {"pytorch_model.bin": b"code"})]
    with pytest.raises(InputError, match=r"gymctl push.*is missing"):
        find("hf://eve/other")
    find()
    assert not any("big.bin" in path or "pytorch_model" in path or "README" in path for _, path in hub.requests)


def test_the_token_is_never_told(hub, pushed, capfd, tmp_path):
    told = []
    for status in (401, 403, 500):
        hub.status = status
        for attempt in (find, lambda: push(str(locate("Cartpole").run.path), parse_address(REPO), runs_dir=tmp_path)):
            with pytest.raises(GymctlError) as refused:
                attempt()
            told.append(f"{refused.value.what} {refused.value.fix} {refused.value.__cause__}")
    assert TOKEN not in "".join(told)
    out = capfd.readouterr()
    assert TOKEN not in out.out + out.err


def test_who_isnt_logged_in_or_may_not_write_is_told_what_to_do(hub, monkeypatch, tmp_path):
    run = str(locate("Cartpole").run.path)
    with pytest.raises(InputError, match="may not write"):
        push(run, parse_address("eve/pole"), runs_dir=tmp_path)
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    with pytest.raises(InputError) as refused:
        push(run, parse_address(REPO), runs_dir=tmp_path)
    assert "HF_TOKEN" in refused.value.fix
    assert not hub.repos


def test_a_private_repository_stays_so(hub, tmp_path):
    push(str(locate("Cartpole").run.path), parse_address(REPO), runs_dir=tmp_path, private=True)
    assert hub.private == {REPO}


@pytest.mark.parametrize(
    "what", ["hf://", "hf://ant", "hf://a/b/c", "hf://../x", "hf://a/..", "hf://a b/c", "hf://a/b@"]
)
def test_what_is_no_address_is_refused(what):
    with pytest.raises(InputError, match="no address"):
        find(what)


@pytest.mark.parametrize(("what", "told"), [(f"hf://{REPO}@v9", "no revision"), ("hf://nobody/nothing", "there is no")])
def test_what_isnt_there_is_told(pushed, what, told):
    with pytest.raises(InputError, match=told):
        find(what)


def test_a_card_from_odd_names_is_plain(hub, pushed):
    from gymctl.policies.hub.card import write_card
    from gymctl.policies.hub.package import read_about

    about = json.loads(files(hub)["policy.json"]) | {"task": "x|<script>\n---\n[a](b)"}
    card = write_card(parse_address(REPO), read_about(json.dumps(about).encode(), REPO), {"engine": "`|\n#"})
    assert "<script>" not in card
    assert card.count("\n---\n") == 1
