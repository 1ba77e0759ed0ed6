"""``--help`` fits a screen, and ``--help-all`` shows all flags."""

import re

import pytest
from typer.main import get_command

from gymctl.commands.app import app

SCREEN = 60
"""Lines of a terminal; the last is the prompt's."""


def _flags_of_commands(path, command):
    """Each command with its flags, groups of commands left out."""
    children = getattr(command, "commands", {})
    if not children:
        names = {option for p in command.params for option in p.opts if option.startswith("--")}
        return {path: {"--help", *names}}
    found = {}
    for name, child in children.items():
        found |= _flags_of_commands(f"{path} {name}".strip(), child)
    return found


FLAGS = _flags_of_commands("", get_command(app))
every_command = pytest.mark.parametrize("command", FLAGS)
SHORTENED = ["train", "play", "sweep"]
shortened = pytest.mark.parametrize("command", SHORTENED)


@pytest.fixture
def helped(invoke):
    """What a command's help says on 80 columns, and nothing on stderr."""

    def run(command, flag):
        result = invoke(*command.split(), flag, env={"COLUMNS": "80"})
        assert result.stderr == ""
        return result.stdout

    return run


def listed(text):
    """The flags that have a row of their own."""
    return set(re.findall(r"^│[ *]+(--[\w-]+)", text, re.MULTILINE))


@pytest.mark.parametrize("command", ["", "runs", *FLAGS])
def test_help_and_the_prompt_after_it_fit_a_screen(helped, command):
    lines = helped(command, "--help").splitlines()
    assert len(lines) < SCREEN
    assert max(map(len, lines)) <= 80


@every_command
def test_help_all_shows_every_flag(helped, command):
    assert listed(helped(command, "--help-all")) == FLAGS[command]


@pytest.mark.parametrize("command", sorted(FLAGS.keys() - {"isaacgym"}))  # whose flags are the script's
def test_every_command_can_be_quiet_tell_more_and_talk_to_machines(command):
    assert {"--json", "--quiet", "--verbose"} <= FLAGS[command]


@pytest.mark.parametrize("group", ["", "runs", "tasks"])
def test_help_all_of_several_commands_shows_that_of_each(helped, group):
    commands = [command for command in FLAGS if command.startswith(group)]
    shown = helped(group, "--help-all")
    assert [f"gymctl {command}" for command in commands] == re.findall(
        r"^ Usage: (.*?) \[OPTIONS\](?! COMMAND)", shown, re.MULTILINE
    )
    assert set.union(*(FLAGS[command] for command in commands)) <= listed(shown)
    assert "more flags" not in shown
    assert "--help-all" in listed(helped(group, "--help"))


@shortened
def test_a_short_help_ends_with_how_many_flags_it_leaves_out(helped, command):
    short = helped(command, "--help")
    left_out = FLAGS[command] - listed(short) - {"--help-all"}
    assert {"--engine", "--verbose", "--config-dir", "--runs-dir"} <= left_out
    assert short.rstrip().splitlines()[-1].strip() == f"'gymctl {command} --help-all' shows {len(left_out)} more flags."
    assert "more flags" not in helped(command, "--help-all")


@pytest.mark.parametrize("command", sorted(FLAGS.keys() - set(SHORTENED)))
def test_where_all_flags_fit_help_shows_them(helped, command):
    short = helped(command, "--help")
    assert listed(short) == FLAGS[command] - {"--help-all"}
    assert "--help-all" not in short


@shortened
def test_h_is_the_short_help(helped, command):
    assert helped(command, "-h") == helped(command, "--help")


def test_help_all_after_a_script_is_the_scripts(gymctl):
    (gymctl.directory / "script.py").write_text("import sys\nprint(sys.argv[1:])\n")
    assert gymctl("isaacgym", "script.py", "--help-all").stdout == "['--help-all']\n"
