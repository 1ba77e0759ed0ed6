"""The documentation builds as a site of its own, and all that a page needs is in it."""

import html
import re

import pytest

from docs.site import make_site, write_pages
from gymctl.config import compose
from gymctl.policies import packaged
from gymctl.tasks.built_in import BUILT_IN
from gymctl.tasks.shown import show_task


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    target = tmp_path_factory.mktemp("pages")
    write_pages(target)
    return target


@pytest.fixture(scope="module")
def site(pages, tmp_path_factory):
    target = tmp_path_factory.mktemp("site")
    make_site(pages, target)
    return target


def test_pages_load_nothing_from_elsewhere(site):
    htmls = list(site.rglob("*.html"))
    assert {"index.html", "tasks.html", "task.html"} <= {path.name for path in htmls}
    for path in htmls:
        text = path.read_text()
        loaded = re.findall(r'<(?:script|img|iframe|source|video)[^>]* src="([^"]*)"', text)
        loaded += re.findall(r'<link[^>]*rel="(?:stylesheet|icon|preload)"[^>]* href="([^"]*)"', text)
        assert not [link for link in loaded if re.match(r"(https?:)?//", link)], path


def test_the_python_pages_come_from_the_docstrings(site):
    text = (site / "api" / "simulation.html").read_text()
    assert "at their own <code>qpos0</code>, at rest" in text


def test_the_list_for_language_models_has_every_page(pages):
    listed = re.findall(r"^- \[.+?\]\((.+?)\)", (pages / "llms.txt").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(str(page.relative_to(pages)) for page in pages.rglob("*.md"))


@pytest.fixture(params=BUILT_IN)
def task(request):
    return request.param


def text_of(site, task):
    """What a reader sees of a task's page, without marks and with single spaces."""
    page = (site / "tasks" / f"{task}.html").read_text()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<article")[2])).split())


def test_a_task_has_a_page_in_the_navigation(site, task):
    assert f'href="tasks/{task}.html"' in (site / "index.html").read_text()
    pictures = re.findall(r'<img [^>]*src="([^"]+)"', (site / "tasks" / f"{task}.html").read_text())
    assert f"../docs/images/{task}.jpg" in pictures
    assert all((site / "tasks" / picture).is_file() for picture in pictures)


def test_a_tasks_page_has_what_the_task_tells(site, task):
    shown, text = show_task(compose(task)), text_of(site, task)
    last = shown.description.observations[-1]
    first_number = shown.num_observations - last.size
    numbers = f"{first_number}" if last.size == 1 else f"{first_number}-{shown.num_observations - 1}"
    assert f"{numbers} {last.name}" in text
    assert f"{shown.model.dofs} degrees of freedom" in text
    assert f"{1000 * shown.times.control_dt:g} ms" in text
    assert all(f"{number} {action.name} " in text for number, action in enumerate(shown.description.actions))
    assert all(f"{term.name} {term.weight:.4g}" in text for term in shown.description.rewards)
    assert all(reason in text for reason in shown.description.terminations)


def test_a_tasks_page_has_the_figures_of_its_policy(site, task):
    policy = f"gymctl play {task} pretrained"
    assert (policy in text_of(site, task)) == (task in packaged.tasks())
    if task in packaged.tasks():
        mean = packaged.locate(task).run.manifest()["evaluation"]["reward"]["mean"]
        assert f"return {mean:,.1f}" in text_of(site, task)


def test_a_tasks_page_has_what_the_page_of_tasks_says_of_it(site):
    assert "A ball at 6 m/s sinks up to 7 cm" in text_of(site, "BallBalance")
    assert "A ball at 6 m/s" not in text_of(site, "Quadcopter")
    shared = "Contacts are off, because episodes end before anything can touch the ground"
    assert all(shared in text_of(site, task) for task in ("Ingenuity", "Quadcopter"))
    assert 'href="../docs/tasks.html#antsac-and-humanoidsac"' in (site / "tasks" / "Humanoid.html").read_text()
