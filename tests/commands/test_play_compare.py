"""``gymctl play TASK A B --compare``, with the shared training and the policy that comes with gymctl."""

import pytest

pytestmark = pytest.mark.slow
SHORT = "task.env.episodeLength=100"


def test_a_policy_against_itself_plays_the_same_episodes(trained):
    result = trained.gymctl.json("play", "Cartpole", "latest", "latest", "--compare", "--episodes", 16, SHORT)
    assert result["a"] == result["b"]
    assert result["difference"] == {"mean": 0.0, "ci95": [0.0, 0.0]}
    assert (result["paired"], result["better"], result["num_envs"], result["episodes"]) == (True, None, 16, 16)
    assert result["a"]["measures"]["pole angle"]["unit"] == "°"
    assert result["measure_differences"]["pole angle"] == {"mean": 0.0, "ci95": [0.0, 0.0]}
    assert result["verdict"] == "no difference seen with 16 episodes each: B - A is 0.00 ± 0.00"


def test_the_better_one_is_named_and_played_on_the_others_task(trained):
    arguments = ("play", "Cartpole", "latest", "pretrained", "--compare", "--num-envs", 8, "--episodes", 16, SHORT)
    done = trained.gymctl(*arguments, "--sigma", "0")
    assert "not paired" in done.stdout
    assert "lasted to the end [%]" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("B is better by ")
    assert "note: A: " in done.stderr
    assert "note: B: " in done.stderr


def test_what_cant_be_compared_is_refused(refuse):
    assert "needs two policies, and there is 1" in refuse("play", "Cartpole", "pretrained", "--compare").what
    assert "there are 3" in refuse("play", "Cartpole", "a", "b", "c", "--compare").what
    assert "no video" in refuse("play", "Cartpole", "best", "latest", "--compare", "--viewer").what
    assert "--compare" not in refuse("play", "Cartpole", "best", "latest").what
