"""``gymctl runs report``: of a real training, looked at in a browser where there is one."""

import json
import shutil
from pathlib import Path

import pytest

from tests.helpers import written_events
from tests.runs.pages.checks import read_closed_page

pytestmark = pytest.mark.slow
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


def test_a_training_is_played_and_reported(trained, invoke, tmp_path):
    result = json.loads(
        invoke("runs", "report", trained.path, "--episodes", "8", "--no-video", "--json", "-o", "c.html").stdout
    )
    page = read_closed_page(Path("c.html").read_text())
    evaluation = result["evaluation"]
    assert (result["episodes"], result["video"], result["path"]) == (8, False, "c.html")
    assert evaluation["reward"]["ci95"][0] < evaluation["reward"]["mean"] < evaluation["reward"]["ci95"][1]
    assert f"{evaluation['reward']['mean']:.2f}" in page.text
    assert result["size"] == Path("c.html").stat().st_size


def test_a_video_is_in_it_where_something_can_be_drawn(trained, invoke, opengl):
    result = json.loads(
        invoke("runs", "report", trained.path, "--episodes", "1", "--json", env={"COLUMNS": "80"}).stdout
    )
    page = read_closed_page(Path(result["path"]).read_text())
    assert [url[:22] for url in page.loads] == ["data:video/mp4;base64,"]
    assert result["size"] < 1_000_000


def test_without_opengl_a_note_stands_in_for_the_video(trained, invoke):
    done = invoke("runs", "report", trained.path, "--episodes", "1", env={"MUJOCO_GL": "off"})
    assert "note: without a video: MUJOCO_GL=off" in done.stderr
    assert "without a video: MUJOCO_GL=off" in read_closed_page(Path(done.stdout.strip()).read_text()).text


def test_a_run_without_a_policy_is_reported_unless_it_was_to_be_played(invoke, refuse, tmp_path):
    written_events.run(tmp_path / "runs", "Cartpole", task="Cartpole", status="failed")
    assert "has no checkpoint" in invoke("runs", "report", "Cartpole").stderr
    assert "without an evaluation" in read_closed_page(Path("Cartpole.html").read_text()).text
    assert "no checkpoint" in refuse("runs", "report", "Cartpole", "--episodes", "3", "-o", "other.html").what
    assert "note" not in invoke("runs", "report", "Cartpole", "--episodes", "0").stderr
    assert ".html" in refuse("runs", "report", "Cartpole", "-o", "report.pdf").fix
    assert not Path("other.html").exists()


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromium-driver")
def test_a_browser_shows_it_without_a_request_or_a_complaint(trained, invoke, tmp_path):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    invoke("runs", "report", trained.path, "--episodes", "0", "-o", "c.html")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--window-size=390,800"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        browser.get((tmp_path / "c.html").as_uri())
        events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        assert asked == [(tmp_path / "c.html").as_uri()]
        assert browser.get_log("browser") == []
        width = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert browser.execute_script(width)
        seen = "return getComputedStyle(document.querySelector('svg .curve')).stroke"
        assert browser.execute_script(seen) not in ("none", "")
    finally:
        browser.quit()
