"""How to install the optional packages."""

import re
import shlex
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

_CHECKOUT = Path(__file__).parents[2]


def how_to_install(extra: str, checkout: Path = _CHECKOUT) -> str:
    """The command that installs the packages of an extra, wherever it is typed.

    Args:
        extra: ``cuda``, ``hub``, ``menagerie``, ``sweep`` or ``wandb``.
        checkout: The clone that gymctl runs from. Where that is none, the packages are named one by one.
    """
    constraints = checkout / "constraints.txt"
    if constraints.is_file():
        return f"pip install -c {shlex.quote(str(constraints))} -e {shlex.quote(f'{checkout}[{extra}]')}"
    try:
        declared = requires("gymctl") or []
    except PackageNotFoundError:
        declared = []
    markers = re.compile(rf"""extra == ['"]{extra}['"]""")
    packages = [text.partition(";")[0].strip() for text in declared if markers.search(text.partition(";")[2])]
    return " ".join(["pip install", *map(shlex.quote, packages)])
