"""Builds the documentation as a web site: ``python -m docs.site``, or ``make site``.

The pages are those of the repository, at the same paths, so that their links hold; the README is the first page. Pages
of the Python API are written from the docstrings, those of the tasks from what the tasks tell, and ``llms.txt`` lists
all pages for language models.
"""

import logging
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config

from docs.task_pages import task_pages

ROOT = Path(__file__).parents[1]
CONFIG = Path(__file__).parent / "mkdocs.yml"
STYLE = Path("docs/site.css")
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)|<img src=\"([^\"]+)\"")
_API = {
    "api/commands.md": ("Train, play and export", "gymctl.api"),
    "api/gymnasium.md": ("Gymnasium", "gymctl.envs.gymnasium"),
    "api/task.md": ("Task", "gymctl.tasks.base"),
    "api/vec_env.md": ("VecEnv", "gymctl.envs.vec_env"),
    "api/simulation.md": ("Simulation", "gymctl.sim.simulation"),
    "api/rotations.md": ("Rotations", "gymctl.sim.rotations"),
    "api/rows.md": ("Rows of some worlds", "gymctl.sim.rows"),
    "api/blocks.md": ("Robots in a model", "gymctl.scene.blocks"),
    "api/motions.md": ("Motions", "gymctl.motions.library"),
    "api/errors.md": ("Errors", "gymctl.core.errors"),
}
"""Pages of the Python API: title and module."""


def write_pages(target: Path) -> None:
    """Copies all pages and what they show or link to, and writes the others.

    Args:
        target: A folder, which is emptied first.
    """
    shutil.rmtree(target, ignore_errors=True)
    written = {STYLE: (ROOT / STYLE).read_text()} | task_pages()
    written |= {Path(page): f"# {title}\n\n::: {module}\n" for page, (title, module) in _API.items()}
    for file in _reachable(written):
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, place)
    for page, text in written.items():
        (target / page).parent.mkdir(exist_ok=True)
        (target / page).write_text(text)
    (target / "llms.txt").write_text("\n".join(_index(target)) + "\n")


def make_site(pages: Path, site: Path) -> None:
    """Builds the site.

    Args:
        pages: Of `write_pages`.
        site: Where the site goes; it is emptied first.

    Raises:
        mkdocs.exceptions.Abort: A link leads nowhere.
    """
    build(_config(pages, site))


def _config(pages: Path, site: Path) -> Any:
    return load_config(str(CONFIG), docs_dir=str(pages), site_dir=str(site), strict=True)


def _reachable(written: Mapping[Path, str]) -> Iterator[Path]:
    """The README, and all files in the repository that it and other pages lead to, links of pages followed."""
    waiting = [Path("README.md"), *(file for page, text in written.items() for file in _linked(page, text))]
    seen = set()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        yield file
        if file.suffix == ".md":
            waiting += _linked(file, (ROOT / file).read_text())


def _linked(page: Path, text: str) -> Iterator[Path]:
    """The files in the repository that a page leads to."""
    for groups in _LINK.findall(text):
        link = next(filter(None, groups))
        linked = (ROOT / page.parent / link).resolve()
        if ":" not in link and linked.is_file():
            yield linked.relative_to(ROOT)


def _index(pages: Path) -> Iterator[str]:
    """The site's ``llms.txt``: each page with its first sentences."""
    yield "# gymctl\n"
    yield f"> {_summary(pages / 'README.md')}\n"
    yield "## Pages\n"
    for page in sorted(pages.rglob("*.md")):
        title = next(line[2:] for line in page.read_text().splitlines() if line.startswith("# "))
        yield f"- [{title}]({page.relative_to(pages).as_posix()}): {_summary(page)}".removesuffix(": ")


def _summary(page: Path) -> str:
    paragraphs = (paragraph.replace("\n", " ") for paragraph in page.read_text().split("\n\n"))
    return next((text for text in paragraphs if re.match(r"[A-Z`]", text)), "")


def main() -> None:
    """Writes ``build/site``."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    pages, site = ROOT / "build" / "pages", ROOT / "build" / "site"
    write_pages(pages)
    make_site(pages, site)
    sys.stdout.write(f"{site / 'index.html'}\n")


if __name__ == "__main__":
    main()
