"""The documentation builds as a site of its own, and all that a page needs is in it."""

import re

import pytest

from docs.site import make_site, write_pages


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
    assert {"index.html", "tasks.html", "task.html"} <= {html.name for html in htmls}
    for html in htmls:
        text = html.read_text()
        loaded = re.findall(r'<(?:script|img|iframe|source|video)[^>]* src="([^"]*)"', text)
        loaded += re.findall(r'<link[^>]*rel="(?:stylesheet|icon|preload)"[^>]* href="([^"]*)"', text)
        assert not [link for link in loaded if re.match(r"(https?:)?//", link)], html


def test_the_python_pages_come_from_the_docstrings(site):
    text = (site / "api" / "simulation.html").read_text()
    assert "at their own <code>qpos0</code>, at rest" in text


def test_the_list_for_language_models_has_every_page(pages):
    listed = re.findall(r"^- \[.+?\]\((.+?)\)", (pages / "llms.txt").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(str(page.relative_to(pages)) for page in pages.rglob("*.md"))
