"""A page of the site for each task: from the task itself, its picture and records, and its part of docs/tasks.md."""

import html
import json
import os.path
import re
from itertools import compress
from pathlib import Path

from gymctl.commands.tasks.tables import sizes_and_times, tables
from gymctl.config import compose
from gymctl.policies import packaged
from gymctl.runs.directory import Run
from gymctl.tasks.built_in import BUILT_IN
from gymctl.tasks.shown import ShownTask, show_task

ROOT = Path(__file__).parents[1]
WORDS = Path("docs/tasks.md")
_SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)")
_HEADINGS = {"commands": [["name", "unit", "range"]], "reward": [["term", "weight", ""]]}
"""Of the tables that have none."""


def task_pages() -> dict[Path, str]:
    """The Markdown of the pages, by their places in the site."""
    return {Path("tasks", f"{name}.md"): _page(name) for name in BUILT_IN}


def _page(name: str) -> str:
    shown = show_task(compose(name))
    parts = [
        f"# {name}\n\n{shown.summary}",
        f"![One frame of {name}](../docs/images/{name}.jpg){{ width=480 }}",
        f"```sh\ngymctl train {name}\ngymctl play {name} --viewer\n```",
        "\n".join(f"- {line}" for line in sizes_and_times(shown)),
        _policy(name),
        _curve(name),
        f"## Good to know\n\n{_words(name)}",
        "[Tasks](../docs/tasks.md#differences-in-all-tasks) says what differs from IsaacGymEnvs in all tasks.",
        *_tables(shown),
        f"`gymctl tasks show {name} --json` prints all this for programs.",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _policy(name: str) -> str:
    """How good the packaged policy is, and how it was trained; ``""`` without one."""
    if name not in packaged.tasks():
        return ""
    run = packaged.locate(name).run
    assert isinstance(run, Run)
    told = run.manifest()
    measured = told["evaluation"]
    rows = [
        ["", "mean", "95 % interval", "standard deviation"],
        *(
            [title, f"{value['mean']:,.1f}", "{:,.1f} to {:,.1f}".format(*value["ci95"]), f"{value['std']:,.1f}"]
            for title, value in (("return", measured["reward"]), ("length [control steps]", measured["length"]))
        ),
    ]
    return (
        f"## The policy that comes with gymctl\n\n```sh\ngymctl play {name} pretrained\n```\n\n{_table(rows)}\n\n"
        f"Over {measured['episodes']} episodes without noise. It is the best checkpoint of "
        f"`{' '.join(told['command'])}`, which took {told['env_steps']:,} env steps."
    )


def _curve(name: str) -> str:
    """The recorded learning curve; ``""`` without one."""
    record = Path("benchmarks/learning", f"{name}.json")
    if not (ROOT / record).is_file():
        return ""
    told = json.loads((ROOT / record).read_text())
    best = told["best_reward"]
    return (
        f"## Learning curve\n\n![Mean return of {name} in training](../{record.with_suffix('.svg')})\n\n"
        f"`{told['command']}` on `{told['machine']['device']}`: a mean return of {best:,.{0 if best >= 100 else 1}f} "
        f"at best, in {told['frames']:,} env steps. [Benchmarks](../benchmarks/README.md#learning) has times, and the "
        "returns in Isaac Gym."
    )


def _words(name: str) -> str:
    """The sections on a task in ``docs/tasks.md``, with links as they are from a page in ``tasks/``."""
    _, *parts = _SECTION.split((ROOT / WORDS).read_text())
    sections = zip(parts[::2], parts[1::2], strict=True)
    text = "\n\n".join(text.strip() for title, text in sections if name in title.split(" and "))
    return _LINK.sub(lambda found: f"]({_from_here(found[1])}", text)


def _from_here(link: str) -> str:
    target = WORDS.parent / link if link else WORDS
    return Path(os.path.relpath(target, "tasks")).as_posix()


def _tables(shown: ShownTask) -> list[str]:
    """The tables of ``gymctl tasks show``; those of one column as lists."""
    assert shown.description is not None
    parts = []
    for title, rows in tables(shown.description).items():
        lists = len(rows[0]) == 1
        content = "\n".join(f"- {_plain(row[0])}" for row in rows) if lists else _table(_HEADINGS.get(title, []) + rows)
        note = "An observation is (value - offset) × scale." if title == "observations" else ""
        parts += filter(None, (f"## {title.capitalize()}", note, content))
    return parts


def _table(rows: list[list[str]]) -> str:
    """A table in Markdown, the heading first. Columns with nothing below the heading are left out."""
    filled = [any(column[1:]) for column in zip(*rows, strict=True)]
    lines = [f"| {' | '.join(map(_plain, compress(row, filled)))} |" for row in rows]
    return "\n".join([lines[0], "|---" * sum(filled) + "|", *lines[1:]])


def _plain(text: str) -> str:
    """Text that Markdown and HTML show as it is."""
    return re.sub(r"[|*_`\[\]\\]", lambda found: f"&#{ord(found[0])};", html.escape(text, quote=False))
