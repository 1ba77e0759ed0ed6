"""``gymctl demo`` as a command. What its page does is tested in tests/viewer, its film in tests/policies."""

import json
import signal

import pytest

from gymctl.policies import packaged

pytestmark = pytest.mark.slow


def test_all_packaged_policies_are_filmed(invoke, tmp_path, opengl, monkeypatch):
    words = ["demo", "--video", "demo.mp4", "--video-size", "192x128", "--video-length", 0.1]
    result = json.loads(invoke(*words, "--json").stdout)
    assert result["tasks"] == list(packaged.tasks())
    assert (result["video"]["frames"], result["video"]["envs"]) == (3, len(packaged.tasks()))
    assert [path.name for path in tmp_path.iterdir()] == ["demo.mp4"]
    monkeypatch.setattr(packaged, "tasks", lambda: ("AllegroHand", "Ant", "Cartpole"))
    assert "video of AllegroHand, Ant, " in invoke(*words).stdout


def test_the_page_is_told_before_anything_is_loaded_and_a_signal_ends_it(gymctl):
    process = gymctl.start("demo", "--json")
    assert process.stderr.readline().startswith(("demo: http://127.0.0.1:", "note: port 8080 is taken"))
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 143, errors
    assert json.loads(out)["video"] is None
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (["--video-length", 3], "--video FILE"),
        (["--video", "demo.avi"], ".mp4"),
        (["--video", "demo.mp4", "--open"], "one of them"),
        (["--video", "demo.mp4", "--viewer-port", 8080], "one of them"),
    ],
)
def test_flags_that_dont_fit_are_refused(refuse, flags, word):
    assert word in refuse("demo", *flags).fix
