"""What an MJCF or URDF names and how large it will be, told from its XML alone."""

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from gymctl.core.errors import InputError

MOST_VALUES = 2**26
"""Of a model's textures, height fields and user data together."""
MOST_ELEMENTS = 200_000
"""Of one file."""

_DEEPEST, _MOST_ATTRIBUTES = 300, 200
_LONGEST_NAME = 4096
_MOST_BYTES = 2**34
_ENCODING = "utf-8"
"""MuJoCo's parser knows no other, whatever the file claims."""
_FIX = "correct the model; if it isn't yours, look at it before you use it"
_COUNTS = {
    *("width", "height", "nrow", "ncol", "params", "resolution", "dim", "num", "nsample"),
    *("offwidth", "offheight", "shadowsize"),
}
"""Attributes whose numbers multiply to values of the compiled model."""
_NOT_FINITE = re.compile(r"(?<!\S)[-+]?(nan(\(\w*\))?|inf|infinity)(?!\S)", re.IGNORECASE)
_BROKEN_NAME = re.compile(rb"""(file|dir)\w{0,20}\s{0,99}=\s{0,99}["'][^"'<>]{0,5000}[\n\r\t]""")
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "P": 2**50, "E": 2**60}


@dataclass
class ModelXml:
    """One XML file of a model."""

    written: float = 0.0
    """Elements."""
    elements: float = 0.0
    """With the copies that ``replicate`` and ``flexcomp`` make."""
    values: float = 0.0
    attaches: float = 0.0
    """How often other models are attached."""
    includes: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    """Names of meshes, textures, height fields and skins."""
    dirs: list[str] = field(default_factory=list)
    """Where these are looked for."""


def parse_model(path: Path, content: bytes) -> ModelXml:
    """Reads the XML, as MuJoCo will.

    Args:
        path: Of the file, for messages.
        content: The file's.

    Raises:
        InputError: It is no XML, declares entities, is nested too deep or too large, or has numbers that no model has.
    """
    if _BROKEN_NAME.search(content):
        raise InputError(f"the model '{path}' has a file name of several lines", _FIX)
    walk = _Walk(path)
    parser = expat.ParserCreate(_ENCODING)
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.StartDoctypeDeclHandler = walk.doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise InputError(f"the model '{path}' is no XML: {error}", _FIX) from error
    return walk.xml


def element_tree(content: bytes) -> ET.Element:
    """The elements of a file that `parse_model` took, in the encoding in which it did."""
    return ET.fromstring(content, ET.XMLParser(encoding=_ENCODING))


class _Walk:
    """Gathers what a model's elements say.

    Args:
        path: Of the file, for messages.
    """

    def __init__(self, path: Path) -> None:
        self.xml = ModelXml()
        self._path = path
        self._copies = [1.0]

    def doctype(self, *_: object) -> None:
        raise InputError(f"the model '{self._path}' declares a document type, which no model needs", _FIX)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        copies = self._copies[-1]
        if len(self._copies) > _DEEPEST:
            raise InputError(f"the model '{self._path}' is nested more than {_DEEPEST} levels deep", _FIX)
        if len(attributes) > _MOST_ATTRIBUTES:
            raise InputError(f"the model '{self._path}' has an element with {len(attributes):,} attributes", _FIX)
        for name, text in attributes.items():
            if _NOT_FINITE.search(text):
                raise InputError(f"the model '{self._path}' has {name}='{text[:80]}' in <{tag}>", _FIX)
            if name.startswith("file"):
                self._add_file(tag, text)
            elif name.endswith("dir") and tag == "compiler":
                self.xml.dirs.append(self._plain(text))
        made = _product(attributes.get("count", ""))
        self.xml.written += 1
        if self.xml.written > MOST_ELEMENTS:
            raise InputError(f"the model '{self._path}' has more than {MOST_ELEMENTS:,} elements", _FIX)
        self.xml.elements += copies * (made if tag != "replicate" else 1.0)
        self.xml.attaches += copies * (tag == "attach")
        self.xml.values += copies * _values(tag, attributes)
        if tag == "size":
            self._check_sizes(attributes)
        self._copies.append(copies * made if tag == "replicate" else copies)

    def end(self, _: str) -> None:
        self._copies.pop()

    def _add_file(self, tag: str, text: str) -> None:
        lists = {"include": self.xml.includes, "model": self.xml.models}
        lists.get(tag, self.xml.data).append(self._plain(text))

    def _plain(self, text: str) -> str:
        """A file's name as MuJoCo reads it: also with other systems' slashes, and without ``package://``."""
        name = text.replace("\\", "/").removeprefix("package://")
        if ":" in name or len(name) > _LONGEST_NAME:
            raise InputError(f"the model '{self._path}' names '{text[:80]}', which is no file in its folder", _FIX)
        return name

    def _check_sizes(self, attributes: dict[str, str]) -> None:
        for name, text in attributes.items():
            unit = text.strip()[-1:].upper() if name == "memory" else ""
            number = _product(text.strip().rstrip("KMGTPEkmgtpe")) * _UNITS.get(unit, 1)
            most = _MOST_BYTES if name in ("memory", "nstack") else 10**6
            if number > most:
                raise InputError(f"the model '{self._path}' asks for {name}='{text[:80]}', at most {most:,}", _FIX)


def _values(tag: str, attributes: dict[str, str]) -> float:
    """Values that an element brings along beyond those that the file spells out."""
    counts = [text for name, text in attributes.items() if name in _COUNTS or (tag, name) == ("numeric", "size")]
    return math.prod(map(_product, counts)) if counts else 0.0


def _product(text: str) -> float:
    """Of the numbers in an attribute; what is none, or less than one, counts as one."""
    return math.prod(max(1.0, _number(word)) for word in text.split())


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return 1.0
