"""What Typer refuses is told as every other error is."""

import pytest


@pytest.mark.parametrize(
    ("words", "what", "fix"),
    [
        ("train Ant --nun-envs 4", "gymctl train has no flag --nun-envs", "did you mean '--num-envs'?"),
        ("train Ant --num_envs 4", "gymctl train has no flag --num_envs", "did you mean '--num-envs'?"),
        ("train Ant --headless", "gymctl train has no flag --headless", "write it as a setting: headless=…"),
        ("train Ant -x", "gymctl train has no flag -x", "'gymctl train --help-all' lists its flags"),
        ("doctor -x", "gymctl doctor has no flag -x", "'gymctl doctor --help' lists its flags"),
        ("--verison", "gymctl has no flag --verison", "did you mean '--version'?"),
        ("play", "no TASK given", "as in 'gymctl play Ant'; 'gymctl play --help' shows how it is used"),
        ("play Ant --episodes 0", "--episodes: '0' is less than 1, the least it can be", "'gymctl play --help'"),
        ("play Ant --episodes x", "--episodes: 'x' is no whole number", "'gymctl play --help'"),
        ("play Ant --sigma x", "--sigma: 'x' is no number", "'gymctl play --help'"),
        ("play Ant --viewer-port 70000", "--viewer-port: '70000' is more than 65535", "'gymctl play --help-all'"),
        ("play Ant --sigma", "option '--sigma' requires an argument", "'gymctl COMMAND --help'"),
        ("runs show --jso", "gymctl runs show has no flag --jso", "did you mean '--json'?"),
        ("runs show", "no RUN given", "as in 'gymctl runs show Ant'; 'gymctl runs show --help'"),
        ("tasks --json=3", "option '--json' does not take a value", "'gymctl COMMAND --help'"),
        ("trian Ant", "there is no command 'trian'", "did you mean 'train'?"),
    ],
)
def test_wrong_usage_is_two_lines_and_exit_code_2(refuse, words, what, fix):
    refusal = refuse(*words.split())
    assert refusal.what.startswith(what)
    assert refusal.fix.startswith(fix)


def test_the_installed_command_says_the_same(gymctl, refuse):
    refusal = refuse("train", "Ant", "--nun-envs", 4)
    done = gymctl("train", "Ant", "--nun-envs", 4, code=2)
    assert done.stderr == f"error: {refusal.what}\n  {refusal.fix}\n"
    assert done.stdout == ""


def test_a_wrong_value_in_the_environment_is_told_with_the_variable(refuse):
    refusal = refuse("train", "Ant", env={"GYMCTL_NUM_ENVS": "many"})
    assert refusal.what.startswith("--num-envs or GYMCTL_NUM_ENVS: 'many' is no whole number")


def test_without_a_command_the_help_is_shown(invoke):
    result = invoke(code=2)
    assert "gymctl train Ant" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("task", "guess"), [("ANT", "did you mean 'Ant'? "), ("Antt", "did you mean 'Ant' or 'AntSAC'? ")]
)
def test_a_name_that_is_right_but_for_its_case_is_the_only_guess(refuse, task, guess):
    assert refuse("train", task).fix.startswith(guess)
