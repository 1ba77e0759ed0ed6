"""Groups of flags, as Typer shows them and as commands get them."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from gymctl.commands.flags import ConfigFlags, Only, expand_groups


@dataclass(frozen=True)
class Colours:
    wall: Annotated[str, typer.Option("--wall", metavar="COLOUR")] = "white"
    bright: Annotated[bool, typer.Option("--bright/--dark", envvar="TEST_BRIGHT", metavar="")] = True


@pytest.fixture
def call():
    """Runs a command with words of a command line."""

    def run(command, *words, env=None, code=0):
        app = typer.Typer()
        app.command()(expand_groups(command))
        result = CliRunner().invoke(app, [str(word) for word in words], env=env)
        assert result.exit_code == code, result.output
        return result

    return run


def test_a_command_is_called_with_its_groups(call):
    got = []

    def paint(room: str, *, colours: Colours, again: bool = False):
        got.append((room, colours, again))

    call(paint, "hall", "--wall", "red", "--again", env={"TEST_BRIGHT": "0"})
    call(paint, "hall")
    assert got == [("hall", Colours("red", False), True), ("hall", Colours(), False)]


def test_flags_are_shown_where_their_group_stands(call):
    def paint(*, first: bool = False, colours: Colours, last: bool = False):
        """Paint."""

    shown = call(paint, "--help", env={"COLUMNS": "100"}).stdout
    places = [shown.index(flag) for flag in ("--first", "--wall", "--bright", "--last")]
    assert places == sorted(places)
    assert "Paint." in shown
    assert "TEST_BRIGHT" in shown


def test_a_command_may_have_some_flags_of_a_group_only(call):
    got = []

    def paint(*, colours: Annotated[Colours, Only("wall")]):
        got.append(colours)

    call(paint, "--wall", "red", env={"TEST_BRIGHT": "0"})
    assert got == [Colours("red")]
    call(paint, "--dark", code=2)


def test_config_flags_know_what_the_user_has_set_them_by(call):
    got = []

    def configure(*, flags: ConfigFlags):
        got.append((flags.settings, flags.names))

    call(configure, "--seed", 3, "--device", "cpu", "--no-wandb", env={"GYMCTL_SEED": "4", "GYMCTL_NUM_ENVS": "8"})
    ((settings, names),) = got
    assert {key: value for key, value in settings.items() if value is not None} == {
        "num_envs": 8,
        "seed": 3,
        "sim_device": "cpu",
        "rl_device": "cpu",
        "wandb_activate": False,
    }
    assert names["num_envs"] == "GYMCTL_NUM_ENVS"
    assert (names["seed"], names["rl_device"], names["wandb_activate"]) == ("--seed", "--device", "--wandb")
