"""Runs the blocks of the documentation in order, page by page, as a reader would; trainings and films are shorter."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gymctl.commands.app import app
from tests.docs.pages import PAGES, Block, blocks, write_files

pytestmark = pytest.mark.slow

SHORT = "task.env.episodeLength=10"
CHEAPER = {
    "train": ["--device", "cpu", "--num-envs", "16", "--max-iterations", "2", "train.params.config.save_best_after=0"],
    "play": ["--device", "cpu", "--episodes", "4", SHORT],
    "bench": ["--device", "cpu", "--num-envs", "16", "--no-train"],
    "report": ["--episodes", "4"],
    "--resume": ["--max-iterations", "4"],
    "--video": ["--video-length", "0.2", "--video-size", "64x64"],
    "python train.py": ["--num-envs", "4", "--steps", "128"],
}
"""What is appended to a command, or to one with a flag, so that it is done within a second or two."""
SMALLER = {"docs/gymnasium.md": {"range(1000)": "range(5)", "num_envs=64": "num_envs=4", "4096": "16"}}
"""What stands in the Python of a page, and what is run instead."""
FILMED = {"gymctl.policies.packaged.tasks": lambda: ("Ant", "Cartpole"), "gymctl.policies.report._SECONDS": 0.2}
"""What makes the film of a demo and that of a report small; both are made in full by the tests of these commands."""
NOT_RUN = {
    "sweep Ant train.params.config.learning_rate=1e-4..1e-2:log": "trains many policies",
    "sweep Ant task.env.headingWeight=0.3,0.5,0.7 --search grid": "trains many policies",
    "sweep Ant --space sweep.yaml --search optuna --parallel 2": "trains many policies",
    "sweep Ant --space sweep.yaml --population 8 --perturb-every 50": "trains many policies",
    "sweep --resume runs/AntSweep_2026-01-31_12-00-00": "trains many policies",
    "demo --open": "shows a page until Ctrl-C",
    "doctor --full": "compiles kernels for a minute",
    "train Ant --config-dir mine": "reads what the redirection before it wrote",
    "new my_walker --robot robot.xml": "reads a robot of the reader's",
    "new my_arm --robot arm.urdf --kind reach": "reads a robot of the reader's",
    "new my_go2 --robot unitree_go2": "reads a robot of the reader's",
    "push runs/Ant_2026-01-31_12-00-00 ada/ant-runner": "needs the network and a token",
    "push newest ada/ant-runner --private": "needs the network and a token",
    "isaacgym train.py --task=a1 --headless": "runs a script of the reader's",
    "isaacgym -m legged_gym.scripts.train --task=a1": "runs a script of the reader's",
    "isaacgym train.py --help": "runs a script of the reader's",
    "isaacgym --physics isaacgym play.py --task=a1": "runs a script of the reader's",
}
"""Commands of the generated page, which holds no comments."""

RUN, SECOND = "runs/Ant_2026-01-31_12-00-00", "runs/Ant_2026-01-31_14-02-11"
GIVEN = {
    "README.md": {RUN: "Ant", "path/to/policy.pth": "Ant.pth"},
    "docs/commands.md": {
        RUN: "Ant",
        **{f"runs/Ant_seed{seed}": "Ant" for seed in (1, 2, 3)},
        "runs/Humanoid.pth": "Humanoid.pth",
        "mine": "",
    },
    "docs/domain-randomization.md": {},
    "docs/export.md": {RUN: "Ant", "runs/Ant.pth": "Ant.pth"},
    "docs/faq.md": {RUN: "Ant"},
    "docs/fidelity.md": {"old/Ant.pth": "Ant.pth"},
    "docs/migrating.md": {"old/Ant.pth": "Ant.pth"},
    "docs/playing.md": {"runs/Cartpole_2026-01-31_12-16-39": "Cartpole", "runs/Fast": "Cartpole", RUN: "Ant"},
    "docs/runs.md": {
        RUN: "Ant",
        SECOND: "Ant",
        "policy.pth": "Ant.pth",
        **{f"runs/{name}": "Ant" for name in ("seed1", "seed2", "seed3", "other")},
    },
    "docs/video.md": {RUN: "Ant"},
    "docs/viewer.md": {RUN: "Ant", "policy.onnx": "Ant.onnx"},
}
"""What the reader of a page has already: files and runs, and of which task."""


@pytest.fixture(scope="session")
def had(tmp_path_factory):
    """Makes, once, a run, a checkpoint or an exported file of a task."""
    directory = tmp_path_factory.mktemp("had")

    def make(name: str) -> Path:
        task, _, suffix = name.partition(".")
        (run,) = list((directory / "runs").glob(f"{task}_*")) or [_trained(task, directory / "runs")]
        if suffix == "onnx":
            run_gymctl(["export", task, str(run), "--output", str(directory / name)])
            return directory / name
        return run / "nn" / name if suffix else run

    return make


def _trained(task: str, runs: Path) -> Path:
    run_gymctl(["train", task, *CHEAPER["train"], SHORT, "--runs-dir", str(runs)])
    (run,) = runs.glob(f"{task}_*")
    return run


@pytest.mark.parametrize("page", [page for page in PAGES if any(not block.untested for block in blocks(page))])
def test_every_block_runs(page, had, tmp_path, monkeypatch, own_tasks):
    for variable in [name for name in os.environ if name.startswith("GYMCTL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    for name, smaller_one in FILMED.items():
        monkeypatch.setattr(name, smaller_one)
    for path, name in GIVEN.get(page, {}).items():
        give(had(name) if name else None, tmp_path / path)
    names: dict = {"__name__": "page", "__file__": str(tmp_path / "page.py")}
    write_files(page, tmp_path)
    for block in blocks(page):
        if not block.title and not block.untested:
            run(block, names)


def give(source: Path | None, target: Path) -> None:
    if source is None:
        target.mkdir()
    elif source.is_dir():
        shutil.copytree(source, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def run(block: Block, names: dict) -> None:
    """Runs a block in the current directory."""
    try:
        if block.language == "python":
            exec(compile(smaller(block), str(block), "exec"), names)
        for words in block.commands:
            run_command(words, block)
    except BaseException as error:
        raise AssertionError(f"{block}: {error}") from error


def run_command(words: list[str], block: Block) -> None:
    words = [newest(word) for word in words]
    if words[0] == "gymctl":
        if " ".join(words[1:]) not in NOT_RUN:
            run_gymctl(cheaper(words[1:]))
    elif words[0] == "python":
        folder = PAGES[block.page].parent
        script = folder / words[1] if (folder / words[1]).is_file() else Path(words[1])
        arguments = [*words[2:], *CHEAPER.get(" ".join(words[:2]), [])]
        subprocess.run([sys.executable, script, *arguments], check=True, capture_output=True)
    else:
        raise AssertionError(f"no test can run {words[0]}: say why above the block")


def smaller(block: Block) -> str:
    text = block.text
    for old, new in SMALLER.get(block.page, {}).items():
        text = text.replace(old, new)
    return text


def newest(word: str) -> str:
    """The newest run instead of a placeholder such as ``runs/Ant_<time>``."""
    if named := re.fullmatch(r"(runs/\w+_)(<time>|…)", word):
        return str(max(Path().glob(f"{named[1]}*"), key=lambda path: path.stat().st_mtime))
    return word


def cheaper(words: list[str]) -> list[str]:
    return words + [word for key, more in CHEAPER.items() if key in words for word in more]


def run_gymctl(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, f"gymctl {' '.join(words)}: {result.exit_code}\n{result.output}\n{result.exception!r}"
