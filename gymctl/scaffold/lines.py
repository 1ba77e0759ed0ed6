"""Tells in which file and line of a model an element is."""

from collections.abc import Iterable
from pathlib import Path
from xml.parsers import expat

from gymctl.core.terminal import one_line

_KINDS = {"body": "body", "link": "body", "joint": "joint", "freejoint": "joint"}
_ACTUATORS = {"motor", "position", "velocity", "intvelocity", "damper", "cylinder", "muscle", "adhesion", "general"}


class Lines:
    """The lines of a model's elements.

    Args:
        files: The model's XML files, which `gymctl.scene.model_xml.parse_model` took; the model itself first.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._places: dict[tuple[str, str], str] = {}
        for file in files:
            self._read(file)

    def of(self, kind: str, name: str) -> str:
        """``FILE:LINE: KIND 'NAME'``; without the place where the element has no name in the file.

        Args:
            kind: ``body``, ``joint``, ``actuator``, ``option``, or ``file`` for an element that names a file.
            name: The element's; ``""`` for an option.
        """
        told = f"{kind} '{one_line(name)}'" if name else kind
        place = self._places.get((kind, name))
        return f"{place}: {told}" if place else told

    def _read(self, file: Path) -> None:
        parser = expat.ParserCreate("utf-8")

        def start(tag: str, attributes: dict[str, str]) -> None:
            place = f"{one_line(file.name)}:{parser.CurrentLineNumber}"
            kind = "actuator" if tag in _ACTUATORS else _KINDS.get(tag)
            if kind and "name" in attributes:
                self._places.setdefault((kind, attributes["name"]), place)
            elif tag == "option" and "timestep" in attributes:
                self._places.setdefault(("option", ""), place)
            for key, text in attributes.items():
                if key.startswith("file"):
                    self._places.setdefault(("file", text.replace("\\", "/").removeprefix("package://")), place)

        parser.StartElementHandler = start
        parser.Parse(file.read_bytes(), True)


def rows_of(content: bytes) -> list[int]:
    """The line of each element of an XML file that `gymctl.scene.model_xml.parse_model` took, in their order."""
    parser, rows = expat.ParserCreate("utf-8"), list[int]()
    parser.StartElementHandler = lambda tag, attributes: rows.append(parser.CurrentLineNumber)
    parser.Parse(content, True)
    return rows
