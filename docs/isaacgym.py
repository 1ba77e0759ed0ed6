"""Lists the methods of Isaac Gym's ``Gym`` in ``docs/isaacgym.md``: which ones work. Run by ``make docs``."""

import importlib.metadata
import re
import textwrap
from pathlib import Path

from gymctl.isaacgym.gymapi import Gym

PAGE = Path(__file__).with_suffix(".md")
_BLOCK = re.compile(r"(<!-- methods: made by docs/isaacgym.py -->\n).*?(<!-- end of methods -->)", re.DOTALL)


def methods() -> list[str]:
    """All methods that Isaac Gym's ``Gym`` has, from the package isaacgym-stubs, in alphabetical order."""
    files = importlib.metadata.files("isaacgym-stubs") or []
    stubs = next(Path(str(file.locate())) for file in files if file.name == "gymapi.pyi").read_text()
    gym = stubs.partition("\nclass Gym:")[2].partition("\nclass ")[0]
    return sorted(set(re.findall(r"^    def ([a-z]\w*)\(", gym, re.MULTILINE)))


def is_implemented(name: str) -> bool:
    """Whether a method does what it is for; one that doesn't has the attribute ``not_implemented``."""
    method = getattr(Gym, name, None)
    return method is not None and not getattr(method, "not_implemented", False)


def listing() -> str:
    """Both lists."""
    names = methods()
    there = [name for name in names if is_implemented(name)]
    missing = [name for name in names if not is_implemented(name)]
    paragraphs = [
        f"{len(there)} of {len(names)} methods are implemented.",
        *([f"These are: {_code(there)}."] if there else []),
        *([f"These raise `NotImplementedError`: {_code(missing)}."] if missing else []),
    ]
    return "\n\n".join(textwrap.fill(text, 120, break_on_hyphens=False) for text in paragraphs)


def page() -> str:
    """The whole page, with the lists as they are now."""
    text, count = _BLOCK.subn(lambda found: f"{found[1]}\n{listing()}\n\n{found[2]}", PAGE.read_text())
    assert count == 1, f"{PAGE} has no place for the lists"
    return text


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(page())
