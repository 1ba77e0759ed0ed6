"""Files from strangers: nothing in them runs, and none of them takes the process down."""

import json
import subprocess
import sys

import pytest

from tests.helpers.hostile import DAMAGED, RUN_CODE, TAKE_MEMORY

pytestmark = pytest.mark.slow

COMMANDS = (("play", "Cartpole"), ("export", "Cartpole"), ("train", "Cartpole", "--num-envs", "4", "--resume"))


@pytest.mark.parametrize("name", RUN_CODE)
def test_what_would_run_code_is_refused_by_name_and_runs_nothing(refuse, tmp_path, name):
    path = tmp_path / "stranger.pth"
    RUN_CODE[name](path)
    for command in COMMANDS:
        refusal = refuse(*command, path)
        assert "could run code: " in refusal.what
        assert refusal.what.partition("could run code: ")[2].strip() != ""
        assert "don't load it" in refusal.fix
    assert not (tmp_path / "canary").exists()
    assert {entry.name for entry in tmp_path.iterdir()} == {"stranger.pth"}


@pytest.mark.parametrize("name", TAKE_MEMORY)
def test_what_would_take_all_memory_is_refused(refuse, tmp_path, name):
    TAKE_MEMORY[name](tmp_path / "stranger.pth")
    refuse("play", "Cartpole", tmp_path / "stranger.pth")


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_no_checkpoint_is_refused(refuse, tmp_path, name):
    DAMAGED[name](tmp_path / "stranger.pth")
    refusal = refuse("play", "Cartpole", tmp_path / "stranger.pth")
    assert any(words in refusal.what for words in ("stranger.pth", "policy", "the checkpoint")), refusal


def test_refusing_takes_little_memory_and_time(tmp_path):
    """In a process of its own: the peak stays within a gigabyte or two of what importing PyTorch takes."""
    for index, build in enumerate(TAKE_MEMORY.values()):
        build(tmp_path / f"{index}.pth")
    code = """
import json, resource, sys
from pathlib import Path
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.core.errors import InputError
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
before, grown = peak(), {}
for path in sorted(Path(sys.argv[1]).glob("*.pth")):
    try:
        load_checkpoint(path)
    except InputError:
        grown[path.name] = peak() - before
print(json.dumps(grown))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path], capture_output=True, text=True, timeout=120, check=True
    )
    grown = json.loads(done.stdout)
    assert len(grown) == len(TAKE_MEMORY)
    assert max(grown.values()) < 2.0  # [GiB]


def test_trust_runs_what_the_file_holds_on_all_three_commands(invoke, tmp_path):
    canary, path = tmp_path / "canary", tmp_path / "stranger.pth"
    RUN_CODE["os.open"](path)
    for command in COMMANDS:
        result = invoke(*command, path, "--trust-checkpoint", code=2)  # its network is none of Cartpole's
        assert "could run code" not in result.stderr
        assert canary.exists()
        canary.unlink()


def test_trust_says_what_it_does(invoke):
    for command in ("train", "play", "export"):
        help_text = " ".join(invoke(command, "--help-all").stdout.replace("│", " ").split())
        assert "--trust-checkpoint" in help_text
        assert "run any code" in help_text
