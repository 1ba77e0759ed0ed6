"""Reads the triangles of a COLLADA file (``.dae``), which robots' visual meshes often are.

The file's unit counts and its up axis doesn't: ROS, for which robots are described, ignores it, too.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

_MOST_PLACES = 10_000
"""At which geometries are put."""
_DEEPEST = 50


class Triangles(NamedTuple):
    """A mesh."""

    vertices: np.ndarray
    """``[V, 3]`` [m]."""
    faces: np.ndarray
    """Indices of vertices ``[F, 3]``."""


def read_collada(content: bytes) -> Triangles:
    """The triangles of all geometries that the file's scene shows; all there are, if it has no scene.

    Raises:
        ValueError: It is no COLLADA, or its numbers are none of a mesh.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("it declares a document type")
    try:
        root = ET.fromstring(content, ET.XMLParser(encoding="utf-8"))
    except ET.ParseError as error:
        raise ValueError(f"it is no XML: {error}") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    file = _File(root)
    placed = list(file.placed()) or [(mesh, np.eye(4)) for mesh in file.meshes.values()]
    vertices, faces, count = [], [], 0
    for mesh, pose in placed:
        vertices.append(mesh.vertices @ pose[:3, :3].T + pose[:3, 3])
        faces.append(mesh.faces + count)
        count += len(mesh.vertices)
    if not faces:
        raise ValueError("it has no triangles")
    unit = root.find("asset/unit")
    return Triangles(
        np.concatenate(vertices) * float("1" if unit is None else unit.get("meter", "1")), np.vstack(faces)
    )


class _File:
    """A COLLADA file.

    Args:
        root: Its elements, without namespaces.
    """

    def __init__(self, root: ET.Element) -> None:
        self._root = root
        self._by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
        found = ((geometry.get("id"), _mesh(geometry)) for geometry in root.iterfind("library_geometries/geometry"))
        self.meshes = {f"#{name}": mesh for name, mesh in found if mesh is not None}

    def placed(self) -> Iterator[tuple[Triangles, np.ndarray]]:
        """The meshes of the scene and their poses ``[4, 4]``."""
        shown = self._root.find("scene/instance_visual_scene")
        scene = None if shown is None else self._named(shown)
        nodes = [(node, np.eye(4), 0) for node in ([] if scene is None else scene.iterfind("node"))]
        places = 0
        while nodes:
            node, pose, depth = nodes.pop()
            places += 1
            if depth > _DEEPEST or places > _MOST_PLACES:
                raise ValueError("its scene is too large, or contains itself")
            pose = pose @ _pose(node)
            for geometry in node.iterfind("instance_geometry"):
                if (mesh := self.meshes.get(geometry.get("url", ""))) is not None:
                    yield mesh, pose
            copies = (self._named(instance) for instance in node.iterfind("instance_node"))
            inner = [*node.iterfind("node"), *(copy for copy in copies if copy is not None)]
            nodes += [(each, pose, depth + 1) for each in inner]

    def _named(self, instance: ET.Element) -> ET.Element | None:
        return self._by_id.get(instance.get("url", "").removeprefix("#"))


def _pose(node: ET.Element) -> np.ndarray:
    """What a node's transformations give, in their order ``[4, 4]``."""
    pose = np.eye(4)
    for element in node:
        step = np.eye(4)
        if element.tag == "matrix":
            step = _numbers(element, 16).reshape(4, 4)
        elif element.tag == "translate":
            step[:3, 3] = _numbers(element, 3)
        elif element.tag == "scale":
            step[:3, :3] = np.diag(_numbers(element, 3))
        elif element.tag == "rotate":
            step[:3, :3] = _rotation(*_numbers(element, 4))
        pose = pose @ step
    return pose


def _rotation(x: float, y: float, z: float, degrees: float) -> np.ndarray:
    axis = np.array([x, y, z]) / max(float(np.linalg.norm([x, y, z])), 1e-12)
    cross = np.cross(np.eye(3), axis)
    angle = np.radians(degrees)
    return np.eye(3) - np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross


def _mesh(geometry: ET.Element) -> Triangles | None:
    """A geometry's triangles; None if it has none, as a spline."""
    mesh = geometry.find("mesh")
    if mesh is None:
        return None
    sources = {f"#{source.get('id')}": source.find("float_array") for source in mesh.iterfind("source")}
    positions = mesh.find("vertices/input[@semantic='POSITION']")
    array = None if positions is None else sources.get(positions.get("source", ""))
    if array is None:
        return None
    vertices = _numbers(array).reshape(-1, 3)
    parts = [_faces(part) for kind in ("triangles", "polylist", "polygons") for part in mesh.iterfind(kind)]
    faces = np.vstack([np.zeros((0, 3), np.int64), *parts])
    if not len(faces):
        return None
    if not np.isfinite(vertices).all() or faces.min() < 0 or faces.max() >= len(vertices):
        raise ValueError("it has vertices that there aren't, or that aren't finite")
    return Triangles(vertices, faces)


def _faces(part: ET.Element) -> np.ndarray:
    """Triangles ``[F, 3]`` of a list of polygons, each cut like a fan."""
    inputs = {element.get("semantic"): int(element.get("offset", "0")) for element in part.iterfind("input")}
    width, first = max(inputs.values(), default=0) + 1, inputs.get("VERTEX", 0)
    lists = [_numbers(element).astype(np.int64).reshape(-1, width)[:, first] for element in part.iterfind("p")]
    if part.tag == "triangles":
        return np.concatenate([np.zeros(0, np.int64), *lists]).reshape(-1, 3)
    if part.tag == "polygons":
        sizes = np.array([len(corners) for corners in lists], np.int64)
    else:
        counts = part.find("vcount")
        sizes = np.zeros(0, np.int64) if counts is None else _numbers(counts).astype(np.int64)
    corners = np.concatenate([np.zeros(0, np.int64), *lists])
    if (sizes < 0).any() or sizes.sum() != len(corners):
        raise ValueError("its polygons have other numbers of corners than it says")
    starts = np.repeat(np.cumsum(sizes) - sizes, np.maximum(sizes - 2, 0))
    seconds = np.concatenate([np.zeros(0, np.int64), *(np.arange(1, size - 1) for size in sizes)])
    return np.stack((corners[starts], corners[starts + seconds], corners[starts + seconds + 1]), axis=1)


def _numbers(element: ET.Element, count: int | None = None) -> np.ndarray:
    numbers = np.array((element.text or "").split(), float)
    if count is not None and len(numbers) != count:
        raise ValueError(f"<{element.tag}> has {len(numbers)} numbers instead of {count}")
    return numbers
