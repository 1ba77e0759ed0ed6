"""``gymctl push`` and ``hf://`` as commands. What goes to the Hub and comes back is tested in tests/policies/hub."""

import json
import sys

import pytest

from gymctl.policies.packaged import locate
from tests.helpers.hub import TOKEN, serving_hub

RUN = locate("Cartpole").run.path


@pytest.fixture
def hub(monkeypatch, tmp_path):
    with serving_hub() as (hub, url):
        for name, value in {"HF_ENDPOINT": url, "HF_TOKEN": TOKEN, "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield hub


@pytest.mark.slow
def test_what_one_pushes_another_plays_and_exports(hub, invoke, tmp_path):
    pytest.importorskip("huggingface_hub")
    pushed = json.loads(invoke("push", RUN, "ada/pole", "--json").stdout)
    assert pushed["url"].endswith("/ada/pole")
    arguments = ("--episodes", 4, "--device", "cpu", "task.env.episodeLength=30")
    played = json.loads(invoke("play", "Cartpole", "hf://ada/pole", *arguments, "--json").stdout)
    here = json.loads(invoke("play", "Cartpole", "pretrained", *arguments, "--json").stdout)
    assert pushed["commit"] in played["checkpoint"]
    assert played["reward"] == here["reward"]
    shown = invoke("export", "Cartpole", "hf://ada/pole")
    assert (tmp_path / "policy.onnx").is_file(), "where the user is, not among what is kept"
    assert TOKEN not in shown.output


def test_it_can_be_begun_with_but_not_resumed(refuse):
    refusal = refuse("train", "Cartpole", "--resume", "hf://ada/pole")
    assert "no optimizer" in refusal.what
    assert "--from hf://ada/pole" in refusal.fix


def test_what_is_no_run_or_no_address_is_refused(refuse):
    assert "no address" in refuse("push", RUN, "pole").what
    assert "no run" in refuse("push", "nothing", "ada/pole").what


@pytest.mark.parametrize("arguments", [("push", RUN, "ada/pole"), ("play", "Cartpole", "hf://ada/pole")])
def test_without_the_extra_both_say_how_to_install_it(hub, refuse, monkeypatch, arguments):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    refusal = refuse(*arguments, code=3)
    assert "huggingface_hub" in refusal.what
    assert "hub" in refusal.fix
    assert not hub.requests
