"""Draws which room imports which, as a Mermaid diagram in ``docs/architecture.md``; run by ``make docs``.

An arrow that follows from others is left out: where commands import learning, and learning imports core, there is no
arrow from commands to core.
"""

import re
import tomllib
from pathlib import Path

import grimp
import networkx as nx

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("architecture.md")
_BLOCK = re.compile(r"(<!-- imports: made by docs/imports.py -->\n).*?(<!-- end of imports -->)", re.DOTALL)


def diagram() -> str:
    """The rooms on their floors, and the imports between them."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    floors = [floor.split(" | ") for floor in contract["layers"] if floor != "__main__"]
    lines = ["```mermaid", "flowchart TD"]
    for number, rooms in zip(range(len(floors), 0, -1), floors, strict=True):
        lines += [f"  subgraph f{number} [floor {number}]", *(f"    {room}" for room in rooms), "  end"]
    lines += [f"  {above} --> {below}" for above, below in sorted(_imports({r for rooms in floors for r in rooms}))]
    return "\n".join([*lines, "```", ""])


def _imports(rooms: set[str]) -> list[tuple[str, str]]:
    graph = grimp.build_graph("gymctl", cache_dir=None)
    between = nx.DiGraph()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            above, below = (name.split(".")[1] if "." in name else "" for name in (importer, imported))
            if above != below and {above, below} <= rooms:
                between.add_edge(above, below)
    return list(nx.transitive_reduction(between).edges)


def page() -> str:
    """The whole page with the diagram as it is now."""
    return _BLOCK.sub(lambda match: match[1] + diagram() + match[2], PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
