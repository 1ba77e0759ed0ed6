"""The pages of the documentation, their blocks of code, and the code in their sentences."""

import re
import shlex
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path
    for pattern in ("*.md", "docs/*.md", "examples/*/README.md", "benchmarks/README.md")
    for path in sorted(ROOT.glob(pattern))
    if path.name != "CHANGELOG.md"
}
PROGRAMS = {"gymctl", "pip", "python", "python3", "make", "pytest", "source", "sudo", "apt", "git", "wandb", ".ci/run"}
_MARK = re.compile(r"<!-- not tested: (.+) -->")
_TITLE = re.compile(r'title="(.+)"')


@dataclass(frozen=True)
class Block:
    """A fenced block of code.

    Attributes:
        page: Its page, relative to the repository.
        line: Number of the line with the fence.
        language: As the fence says; empty if it doesn't.
        title: The file whose text the block is, if it is one.
        text: What it holds.
        untested: Why a test can't run it, from the comment ``<!-- not tested: REASON -->`` above it; None without.
    """

    page: str
    line: int
    language: str
    title: str | None
    text: str
    untested: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def commands(self) -> list[list[str]]:
        """The command lines, each as words. In ``console`` blocks they stand behind a ``$``, among what they print."""
        if self.language not in ("sh", "console", ""):
            return []
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.language != "sh":
            lines = [line.removeprefix("$ ") for line in lines if _is_command(line, self.language)]
        words = [shlex.split(line.partition(" > ")[0], comments=True) for line in lines]
        return [line for line in words if line]


def _is_command(line: str, language: str) -> bool:
    if line.startswith("$ "):
        return True
    return language == "" and line.split(" ")[0] in PROGRAMS and "[OPTIONS]" not in line


@cache
def blocks(page: str) -> tuple[Block, ...]:
    """The blocks of a page, in order."""
    found: list[Block] = []
    before: Token | None = None
    for token in _tokens(page):
        if token.type == "fence":
            mark = _MARK.fullmatch(before.content.strip()) if before and before.type == "html_block" else None
            title = _TITLE.search(token.info)
            language = token.info.split(" ")[0]
            line = (token.map or [0])[0] + 1
            found.append(
                Block(page, line, language, title and title[1], token.content, mark and mark[1])  # type: ignore[arg-type]
            )
        before = token
    return tuple(found)


def write_files(page: str, directory: Path) -> None:
    """Writes the files whose whole text a page shows."""
    for block in blocks(page):
        if block.title:
            (directory / block.title).parent.mkdir(parents=True, exist_ok=True)
            (directory / block.title).write_text(block.text)


@cache
def spans(page: str) -> tuple[tuple[str, str], ...]:
    """The code in sentences and tables: where, and what."""
    return tuple(
        (f"{page}:{(token.map or [0])[0] + 1}", child.content)
        for token in _tokens(page)
        for child in token.children or ()
        if child.type == "code_inline"
    )


@cache
def _tokens(page: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(PAGES[page].read_text(encoding="utf-8"))


@cache
def headings(page: str) -> set[str]:
    """The anchors of a page, as GitHub makes them from its headings."""
    tokens = _tokens(page)
    texts = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


@cache
def links(page: str) -> tuple[str, ...]:
    """Where the links and pictures of a page lead."""
    html = "\n".join(t.content for token in _tokens(page) for t in (token, *(token.children or ())) if "html" in t.type)
    children = [child for token in _tokens(page) for child in token.children or ()]
    found = [str(child.attrGet("href") or child.attrGet("src")) for child in children if child.attrs]
    return (*found, *re.findall(r'(?:src|href)="(.+?)"', html))
