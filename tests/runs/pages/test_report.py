"""The page about a run."""

import base64
import html
import re

import pytest

from gymctl.config import compose
from gymctl.runs.pages.report import Evaluated, Measured, report_page
from gymctl.runs.reporting import read_report
from tests.helpers import written_events
from tests.runs.pages.checks import read_closed_page
from tests.runs.test_comparing import HOSTILE


@pytest.fixture
def run(tmp_path):
    """A run of Cartpole with settings of its own."""
    overrides = ["train.params.config.learning_rate=1e-3", "wandb_entity=somebody"]
    config = compose("Cartpole", settings={"num_envs": 16, "seed": 5}, overrides=overrides)
    command = ["/home/me/.venv/bin/gymctl", "train", "Cartpole", "--num-envs", "16", "two words"]
    run = written_events.run(
        tmp_path, "Cartpole", config=config.tree, task="Cartpole", command=command, versions={"torch": "2.10.0"}
    )
    written_events.event_file(run.summaries_dir, 1e9, written_events.epochs(range(1, 31)))
    return run


def test_the_page_tells_what_it_was_and_how_to_run_it_again(run):
    page = read_closed_page(report_page(read_report(run), None, ["without an evaluation: no checkpoint"]))
    for text in ("gymctl train Cartpole --num-envs 16 'two words'", "2.10.0", "30.00", "without an evaluation"):
        assert text in page.text
    assert "/home/me" not in page.text
    assert "somebody" not in page.text


def test_only_settings_other_than_the_defaults_are_listed_and_none_twice(run):
    assert read_report(run).changed == {"num_envs": (512, 16), "train.params.config.learning_rate": (3e-4, 1e-3)}


def test_the_config_on_the_page_makes_the_same_training(run, tmp_path):
    page = report_page(read_report(run), None)
    (text,) = re.findall(r"<summary>The whole config</summary><pre>(.*?)</pre>", page, re.DOTALL)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.yaml").write_text(html.unescape(text))
    again, before = compose("Cartpole", config_dir=tmp_path / "mine").tree, run.read_config()
    assert {key: again[key] for key in ("task", "train", "seed")} == {k: before[k] for k in ("task", "train", "seed")}


def test_an_evaluation_and_a_video_are_in_the_page(run):
    film = b"\x00\x00\x00 ftypisom" + bytes(range(256))
    evaluated = Evaluated([Measured("return", 3.5, (3.0, 4.0), 1.0, 2.0, 5.0)], {"episodes": "64"}, film)
    markup = report_page(read_report(run), evaluated)
    page = read_closed_page(markup)
    for text in ("3.50", "3.00 to 4.00", "episodes: 64"):
        assert text in page.text
    (url,) = page.loads
    assert base64.b64decode(url.removeprefix("data:video/mp4;base64,")) == film


def test_whatever_a_run_holds_is_text(run):
    more = {HOSTILE: HOSTILE, "python": "</pre><script>alert(1)</script>", "x": "\x1b[2J\u202e"}
    first = {"number": 1, "after_epoch": 0, "after_env_steps": 0, "changed": {HOSTILE: ["</table>", HOSTILE]}}
    second = {**first, "number": 2, "after_epoch": 5, "started": HOSTILE, "command": ["x", "</pre>", HOSTILE]}
    run.update_manifest(versions=more, task=HOSTILE.replace("//", ""), segments=[first, second], seed=HOSTILE)
    run.update_manifest(engine=HOSTILE, git=HOSTILE, stopped_by=HOSTILE, ended=HOSTILE, status="completed")
    run.config_path.write_text(f"task: {{name: '</pre>{HOSTILE}'}}\n'{HOSTILE}': '</style><script>'\n")
    written_events.event_file(run.summaries_dir, 2e9, [(1.0, HOSTILE, 1, 2.0)])
    page = read_closed_page(report_page(read_report(run), None, [HOSTILE]))
    assert page.text.count(HOSTILE) > 5
    assert not set(page.text) & {"\x1b", "\u202e"}


def test_a_run_of_isaacgymenvs_and_an_empty_one_have_a_page(tmp_path):
    for name, checkpoints in (("Cartpole_01-10-00-00", ["Cartpole"]), ("empty", [])):
        page = read_closed_page(report_page(read_report(written_events.run(tmp_path, name, checkpoints)), None))
        assert "This run has none." in page.text
