"""``gymctl play --viewer`` as a command: flags, ends and results. What the page does is tested in tests/viewer."""

import json
import signal
import socket

import pytest

from gymctl.commands.viewer import DEFAULT_ENVS, ViewerFlags

pytestmark = pytest.mark.slow


def test_it_ends_after_the_episodes_and_reports_what_play_reports(trained):
    arguments = ("play", "Cartpole", "--episodes", 8, "task.env.episodeLength=20")
    watched, played = (trained.gymctl.json(*arguments, *viewer) for viewer in (["--viewer"], []))
    assert watched["reward_terms"] == pytest.approx(played["reward_terms"])
    assert watched["measures"] == played["measures"] != {}
    differing = {"steps_per_second", "reward_terms"}
    assert {k: v for k, v in watched.items() if k not in differing} == {
        k: v for k, v in played.items() if k not in differing
    }


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_a_result(trained, number, code):
    process = trained.gymctl.start("play", "Cartpole", "--viewer", "--json")
    for line in process.stderr:
        if line.startswith("viewer: "):
            break
    assert line.startswith("viewer: http://127.0.0.1:"), line
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == code
    result = json.loads(out)
    assert result["task"] == "Cartpole"
    assert (result["reward"] is None) == (result["episodes"] == 0)


@pytest.mark.parametrize(
    ("shown", "given", "episodes", "simulated"),
    [(None, None, None, DEFAULT_ENVS), (None, None, 2, 2), (4, None, 2, 4), (4, 64, None, 64), (None, 2, None, 2)],
)
def test_only_what_is_shown_is_simulated_unless_more_is_asked_for(shown, given, episodes, simulated):
    assert ViewerFlags(True, shown, None, None, False).num_envs(given, episodes) == simulated


def test_flags_that_dont_fit_are_refused(trained, monkeypatch, refuse):
    monkeypatch.chdir(trained.gymctl.directory)
    assert "--viewer-port" in refuse("play", "Cartpole", "--viewer-port", 8080).what
    assert "--open" in refuse("play", "Cartpole", "--open").what
    assert "--video" in refuse("play", "Cartpole", "--viewer", "--video", "cartpole.mp4").what
    assert "--num-envs 2" in refuse("play", "Cartpole", "--viewer", "--viewer-envs", 3, "--num-envs", 2).what
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert "taken" in trained.gymctl("play", "Cartpole", "--viewer", "--viewer-port", port, code=2).stderr
