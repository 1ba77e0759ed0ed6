"""What stands on a command line besides flags."""

import pytest

from gymctl.commands.arguments import parse_arguments
from gymctl.core.errors import InputError


@pytest.mark.parametrize(
    "text", ["a.b={x: " + "1" * 300 + "}", "a.b=" + "é" * 200, "wandb_tags=[" + "x," * 3000 + "y]"]
)
def test_a_long_setting_is_a_setting(text):
    assert parse_arguments(["Ant", text], takes_checkpoint=True).overrides == [text]


def test_a_long_word_is_no_crash():
    assert parse_arguments(["Ant", "x" * 5000], takes_checkpoint=True).checkpoint == "x" * 5000


@pytest.mark.parametrize("words", [["Ant", "task=Ant"], ["task=Ant"], ["task='Ant'", "Ant"], ["task=Ant", "task=Ant"]])
@pytest.mark.parametrize("takes_checkpoint", [True, False])
def test_the_task_may_be_said_twice(words, takes_checkpoint):
    assert parse_arguments(words, takes_checkpoint=takes_checkpoint).task == "Ant"


def test_a_checkpoint_stands_beside_a_task_that_is_said_twice():
    given = parse_arguments(["Ant", "task=Ant", "a.pth"], takes_checkpoint=True)
    assert (given.task, given.checkpoint) == ("Ant", "a.pth")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["Ant", "task=Cartpole"], "task=Cartpole contradicts the task Ant"),
        (["task=Ant", "task=Cartpole"], "task=Cartpole contradicts task=Ant"),
        (["Ant", "checkpoint=a.pth", "checkpoint=b.pth"], "checkpoint=b.pth contradicts checkpoint=a.pth"),
    ],
)
def test_what_contradicts_itself_is_refused(words, told):
    with pytest.raises(InputError, match=told):
        parse_arguments(words, takes_checkpoint=False)
