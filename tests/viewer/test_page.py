"""The page in a real browser: it draws, and its controls steer the policy that plays."""

import json
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.warm import GYMCTL, Started

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMEDRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="needs Chromium and chromedriver"),
]

FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=800,700"),
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),  # WebGL without a GPU
]


@contextmanager
def play(run, *flags):
    """The command at work, and where its page is."""
    with serving("play", "Cartpole", run.path, "--viewer", "--viewer-envs", 3, "--num-envs", 4, "--json", *flags) as it:
        yield it


@contextmanager
def serving(*words):
    """A command at work, and where its page is."""
    process = Started([GYMCTL, *words], Path.cwd())
    for line in process.stderr:
        if line.startswith(("viewer: ", "demo: ")):
            break
    else:
        pytest.fail(f"no address was told; exit code {process.wait()}")
    yield process, line.split()[1]
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def viewer(run):
    with play(run) as process_and_url:
        yield process_and_url


class Page:
    """What a user sees and does."""

    def __init__(self, driver):
        self.driver = driver

    def figure(self, name):
        """A line of the panel's figures, '' if there is none."""
        return self.driver.execute_script(
            "const row = [...document.querySelectorAll('tr')].find(row => row.cells[0].innerText == arguments[0]);"
            "return row ? row.cells[1].innerText : ''",
            name,
        )

    def steps(self):
        return int(self.figure("Steps").split()[0].replace(",", ""))

    def click(self, text):
        self.find(f"//button[.//*[text()='{text}']]").click()

    def choose(self, label, option):
        self.control(label).click()
        self.wait(lambda: self.find(f"//*[@role='option'][.='{option}']")).click()

    def control(self, label):
        return self.find(f"//*[@id=//label[text()='{label}']/@for]")

    def find(self, path):
        return self.driver.find_element("xpath", path)

    @staticmethod
    def wait(condition: Callable, seconds=15.0):
        """Waits until a condition holds, and returns what it gave."""
        from selenium.common.exceptions import WebDriverException

        end = time.monotonic() + seconds
        while True:
            try:
                if result := condition():
                    return result
            except WebDriverException:
                if time.monotonic() > end:
                    raise
            assert time.monotonic() < end, "it didn't happen"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    with webdriver.Chrome(options=options, service=Service(CHROMEDRIVER)) as driver:
        yield driver


@pytest.fixture(scope="module")
def page(viewer, driver):
    driver.get(viewer[1])
    page = Page(driver)
    page.wait(lambda: page.figure("Task") == "Cartpole")
    return page


def test_the_scene_is_drawn(page):
    def colours():
        picture = page.find("//canvas").screenshot_as_png
        return len(np.unique(np.asarray(Image.open(BytesIO(picture)).convert("RGB")).reshape(-1, 3), axis=0))

    page.wait(lambda: colours() > 500)


def test_pausing_stops_the_steps_and_playing_goes_on(page):
    page.click("Pause")
    page.wait(lambda: "paused" in page.figure("Steps"))
    before = page.steps()
    time.sleep(0.6)
    assert page.steps() == before
    page.click("Step")
    page.wait(lambda: page.steps() == before + 1)
    page.click("Play")
    page.wait(lambda: page.steps() > before + 10)


def test_noise_is_added_and_taken_away(page):
    number = page.find("//label[text()='Sigma']/ancestor::div[contains(@class,'Flex')][1]//input[@type='text']")
    for value, actions in [("0.5", "sampled, std 0.5 (overridden)"), ("0", "mean (deterministic)")]:
        number.send_keys("\ue009a\ue000" + value + "\ue007")  # select all, type, enter
        page.wait(lambda actions=actions: page.figure("Actions") == actions)
    page.control("Learned noise").click()
    page.wait(lambda: page.figure("Actions") == "sampled, learned std")


def test_another_env_is_selected(page):
    assert page.figure("Env 1")
    page.choose("Env", "2")
    page.wait(lambda: page.figure("Env 2"))
    assert not page.figure("Env 1")


def test_checkpoints_are_switched_and_a_damaged_one_is_told(page):
    page.choose("Checkpoint", "epoch 10, reward 1.5")
    page.wait(lambda: page.figure("Policy") == "last_Cartpole_ep_10_rew_1.5.pth")
    page.choose("Checkpoint", "epoch 5, reward 0.5")
    page.wait(lambda: page.find("//p[contains(., 'last_Cartpole_ep_5_rew_0.5.pth')]"))
    assert page.figure("Policy") == "last_Cartpole_ep_10_rew_1.5.pth"
    assert page.control("Checkpoint").get_attribute("value") == "epoch 10, reward 1.5"
    page.wait(lambda: "of every env: mean return" in page.figure("Finished"), seconds=60)


def test_nothing_is_asked_of_other_machines(page, viewer):
    messages = [json.loads(entry["message"])["message"] for entry in page.driver.get_log("performance")]
    sent = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    asked = [s["request"]["url"] for s in sent if not s["documentURL"].startswith("chrome:")]  # the browser's own
    assert f"{viewer[1]}/" in asked
    assert [url[:100] for url in asked if not url.startswith((viewer[1], f"blob:{viewer[1]}", "data:"))] == []


def test_the_end_reports_what_was_measured(page, viewer):
    process, _ = viewer
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    result = json.loads(out)
    assert result["checkpoint"].endswith("last_Cartpole_ep_10_rew_1.5.pth")
    assert (result["action_mode"], result["num_envs"]) == ("learned", 4)
    assert result["episodes"] % 4 == 0
    assert result["reward"]["mean"] < 100


def test_an_address_with_a_token_works_and_can_be_loaded_again(run, driver):
    with play(run, "--viewer-host", "0.0.0.0") as (_, url):
        page = Page(driver)
        driver.get(url)
        page.wait(lambda: page.figure("Task") == "Cartpole")
        driver.refresh()
        page.wait(lambda: page.figure("Steps"))
        driver.get(url.replace(url.split("/")[3], "x"))
        assert "token" in page.find("//body").text


def test_the_demo_shows_a_policy_and_then_the_one_that_is_chosen(driver):
    with serving("demo", "--json") as (process, url):
        page = Page(driver)
        driver.get(url)
        page.wait(lambda: page.figure("Task") == "Ant" and page.steps() > 3, seconds=60)
        page.click("Push")
        page.wait(lambda: page.find("//td[text()='progress']"))
        page.choose("Task", "Cartpole")
        page.wait(lambda: page.figure("Task") == "Cartpole" and page.steps() > 3, seconds=60)
        page.wait(lambda: page.find("//td[text()='upright']"))
        assert not driver.find_elements("xpath", "//button[.//*[text()='Push']]")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Cartpole" in json.loads(out)["tasks"]
