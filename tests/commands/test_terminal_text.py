"""What stands in files and names comes to the terminal as plain text, and a stdout that takes nothing is an error."""

import json
import subprocess

import pytest

from tests.helpers import written_events
from tests.helpers.warm import GYMCTL

NAMES = ["Ant\x1b[31m", "Ant\x1b]0;t\x07", "Ant\nbest 9", "Ant\rX", "Ant\u202e", "Ant\u2066", "Ant\x9b2J", "Ant\x00x"]


@pytest.mark.parametrize("text", NAMES)
def test_no_command_about_runs_prints_what_a_terminal_obeys(invoke, tmp_path, text):
    name = text.replace("\0", "\x7f")
    run = written_events.run(
        tmp_path / "runs", name, [text.replace("\0", ""), f"last_{name}_ep_3_rew_1", f"last_{name}_ep_4_rew_1"],
        task=text, status="failed", command=["gymctl", text], versions={text: text}, engine=text, stopped_by=text,
    )  # fmt: skip
    scalars = [*written_events.epochs([1, 2]), (3.0, text, 3, 1.0)]
    written_events.event_file(run.summaries_dir, 1000.0, scalars)
    path = f"runs/{name}"
    for words in (
        ["runs"],
        ["runs", "show", path],
        ["runs", "plot", path],
        ["runs", "prune", "--dry-run"],
        ["runs", "prune", "--yes"],
    ):
        shown = invoke(*words).output
        assert all(c.isprintable() or c == "\n" for c in shown), (words, shown)
        if words == ["runs"]:
            assert len(shown.splitlines()) == 2
    assert json.loads(invoke("runs", "--json").stdout)["runs"][0]["path"] == path
    json.loads(invoke("runs", "show", path, "--json").stdout)


@pytest.mark.parametrize("what", ["no_such\x1b[2J", "a\nb.pth", "\u202ex.onnx"])
def test_errors_are_plain_text_too(refuse, what):
    for words in (["runs", "show", what], ["play", "Ant", what], ["export", "Ant", what], ["train", what]):
        refused = refuse(*words)
        assert (refused.what + refused.fix).isprintable()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["runs"], ["tasks", "--json"]])
def test_a_full_stdout_is_an_error_in_one_line(tmp_path, arguments):
    with open("/dev/full", "w") as full:
        done = subprocess.run([GYMCTL, *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 2, done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_end_in_no_traceback(tmp_path, closed):
    for arguments in ("--version", "runs", "runs show nothing"):
        done = subprocess.run(
            ["sh", "-c", f"{GYMCTL} {arguments} {closed}"], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == (2 if "nothing" in arguments else 0), done.stderr
        assert "Traceback" not in done.stderr + done.stdout


def test_a_name_too_long_is_the_users_error(refuse):
    for words in (["runs", "--runs-dir", "x" * 300], ["runs", "show", "x" * 300], ["config", "x" * 300]):
        assert "make room" not in refuse(*words).fix


def test_too_little_memory_is_an_error_in_two_lines(tmp_path):
    limited = f"ulimit -v 60000; exec {GYMCTL} doctor"
    done = subprocess.run(["sh", "-c", limited], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: there is not enough memory")
    assert len(done.stderr.splitlines()) == 2
