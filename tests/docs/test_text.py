"""What the documentation names exists: commands, flags, keys, variables, modules, files, links. Nothing is run."""

import importlib.util
import re
import textwrap
import tomllib

import pytest
import yaml

from tests.docs import command_line
from tests.docs.pages import PAGES, ROOT, Block, blocks, headings, links, spans

REASONS = {
    "installs packages",
    "needs the network",
    "needs a GPU",
    "needs several machines",
    "needs a file of yours",
    "needs a task of yours",
    "trains for minutes",
    "measures for minutes",
    "compiles for minutes",
    "runs all tests",
    "opens a browser",
    "needs moviepy",
    "changes your shell",
}
"""Why a block isn't run. What its commands and its code name is checked all the same."""
FOREIGN_FLAGS = {"--editable", "--target", "-c", "-e", "-m", "-L", "--extra-index-url"}
"""Flags of pip, pytest and ssh in sentences."""
NOT_HERE = {
    "task.env.myKey",
    "gymctl/configs",
    "benchmarks/gpu/result.json",
    "task.randomize",
    "task.randomization_params",
}
"""A key of the reader's own, a folder of the wheel, a file that a script writes, a key as IsaacGymEnvs' code has it."""
LOCATION = re.compile(r"[\w./]+:\w+")
"""A task class where it lies in a package of the reader's."""
ENVIRONMENT = re.compile(r"GYMCTL_[A-Z_]+")

pytestmark = pytest.mark.usefixtures("own_tasks")
every_page = pytest.mark.parametrize("page", PAGES)


@every_page
def test_every_command_is_understood(page):
    for block in blocks(page):
        for words in block.commands:
            try:
                check_command(words, block)
            except Exception as error:
                raise AssertionError(f"{block}: {' '.join(words)}: {error}") from error


def check_command(words: list[str], block: Block) -> None:
    """Whether the program would take these words."""
    words = [word for word in words if not ENVIRONMENT.match(word)]
    words = words[words[0] == "sudo" :]
    program = words[0].rpartition("/")[2]
    arguments = [word for word in words[1:] if not word.startswith("-")]
    if program == "gymctl":
        command_line.check(["Cartpole" if LOCATION.fullmatch(word) else word for word in words[1:]])
    elif program == "torchrun":
        check_command(words[words.index("-m") + 1 :], block)
    elif program == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(arguments) <= set(targets)
    elif program == "python":
        check_script(words[1:], block)
    elif program == "pytest":
        assert all((ROOT / path).exists() for path in arguments)
    elif program == "pip":
        check_installation(words)
    else:
        assert program in {"source", "python3", "apt", "git", "wandb", "hf", "pre-commit", "cd", "run", "srun"}, (
            "unknown program"
        )


def check_script(words: list[str], block: Block) -> None:
    here = [PAGES[block.page].parent / words[0], ROOT / words[0]]
    if not any(path.is_file() for path in here):
        assert words[0] in {other.title for other in blocks(block.page)}, f"there is no {words[0]}"
        return
    script = next(path for path in here if path.is_file())
    sources = [script, *script.with_suffix("").glob("*.py")]
    text = "\n".join(source.read_text() for source in sources)
    assert all(f'"{word}"' in text for word in words if word.startswith("--")), "unknown flag"


def check_installation(words: list[str]) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for word in words:
        if named := re.fullmatch(r"\.\[(.+)\]", word):
            assert set(named[1].split(",")) <= set(extras), f"there is no extra {named[1]}"
        assert not word.startswith("gymctl"), "not in the package index"
    if "-c" in words:
        assert (ROOT / words[words.index("-c") + 1]).is_file()


@every_page
def test_a_block_that_isnt_run_says_why(page):
    assert {str(block): block.untested for block in blocks(page) if block.untested not in {None, *REASONS}} == {}


@every_page
def test_code_can_be_parsed(page):
    for block in blocks(page):
        if block.language == "python":
            compile(textwrap.dedent(block.text), str(block), "exec")
        elif block.language == "yaml":
            yaml.safe_load(block.text)
        elif block.language == "toml":
            tomllib.loads(block.text)


@every_page
def test_what_sentences_name_exists(page):
    wrong = {where: text for where, text in spans(page) if not is_known(text)}
    assert wrong == {}


def is_known(text: str) -> bool:
    """Whether the flags, settings, variables, modules and files in a piece of code exist."""
    words = text.split()
    if not words:
        return True
    if words[0] == "gymctl":
        return is_command(words[1:])
    flags = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    if words[0].startswith("--") and not flags <= command_line.all_options() | flags_of_scripts() | FOREIGN_FLAGS:
        return False
    return all(is_name(word) for word in words)


def is_command(words: list[str]) -> bool:
    """Whether a command may have these flags and settings; there may be placeholders among them."""
    path: tuple[str, ...] = ()
    while words[len(path) :] and (*path, words[len(path)]) in command_line.paths():
        path = (*path, words[len(path)])
    first = words[len(path) :][:1]
    if path == () and first and re.match(r"[a-z]", first[0]):
        return False
    known = command_line.options(path) | (command_line.options(("runs", "list")) if path == ("runs",) else set())
    flags = {word.partition("=")[0] for word in words if word.startswith("-")}
    return flags <= known and all(is_name(word) for word in words)


def is_name(word: str) -> bool:
    """Whether what looks like a key, a variable, a module or a file of gymctl is one."""
    if (key := re.fullmatch(r"\+{0,2}((?:task|train)\.[\w.]*\w)(?:=.*)?", word)) and not word.endswith((".py", ".log")):
        return key[1] in command_line.keys() | NOT_HERE
    if ENVIRONMENT.match(word):
        return ENVIRONMENT.match(word)[0] in environment()  # type: ignore[index]
    if re.fullmatch(r"(gymctl|tests|benchmarks|docs|configs|examples)/[\w./-]*[\w/]", word):
        return word in NOT_HERE or (ROOT / word).exists()
    if module := re.match(r"gymctl(\.[a-z_]+)+(?=\.[A-Z]|\(|$)", word):
        return is_module(module[0])
    return True


def is_module(name: str) -> bool:
    """Whether there is such a module, or a function of one."""
    parent, _, last = name.rpartition(".")
    try:
        return bool(importlib.util.find_spec(name)) or hasattr(importlib.import_module(parent), last)
    except ModuleNotFoundError:
        return hasattr(importlib.import_module(parent), last)


def flags_of_scripts() -> set[str]:
    """Flags of the scripts beside the package."""
    sources = [*ROOT.glob("benchmarks/**/*.py"), *ROOT.glob("examples/**/*.py")]
    return set().union(*(re.findall(r'"(--[a-z-]+)"', source.read_text()) for source in sources))


def environment() -> set[str]:
    """Variables that gymctl and its tests read."""
    sources = [*ROOT.glob("gymctl/**/*.py"), *ROOT.glob("tests/helpers/*.py"), ROOT / "benchmarks" / "gpu.py"]
    return set().union(*(ENVIRONMENT.findall(source.read_text()) for source in sources))


@every_page
def test_links_lead_somewhere(page):
    here = PAGES[page]
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (here.parent / file).resolve() if file else here
        assert target.exists(), f"{page}: {link}"
        if anchor:
            assert anchor in headings(str(target.relative_to(ROOT))), f"{page}: {link}"
