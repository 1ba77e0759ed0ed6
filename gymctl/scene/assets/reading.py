"""Reads an asset's file."""

from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, read_regular
from gymctl.scene.assets.asset import Asset, ImportOptions
from gymctl.scene.assets.meshes import MeshFiles
from gymctl.scene.assets.mjcf import read_mjcf
from gymctl.scene.assets.urdf import read_urdf
from gymctl.scene.model_xml import element_tree, parse_model

_LARGEST = 64 * 2**20


def read_asset(root: Path, file: str, options: ImportOptions, *, inside: Path | None = None) -> Asset:
    """Reads a URDF or MJCF.

    Args:
        root: The folder that names are relative to.
        file: The file's path in it.
        options: How to read it.
        inside: The folder that it and all files that it names must be in; None for `root`, or the one above if the
            file is in `root` itself: a robot's package has ``urdf/`` beside ``meshes/``.

    Raises:
        InputError: It isn't there, can't be read, names a file outside, or can't be simulated.
    """
    path, root = root / file, root.absolute()
    if inside is None:
        inside = root if Path(file).parent.parts else root.parent
    if path.suffix.lower() not in (".urdf", ".xml", ".mjcf"):
        raise InputError(f"'{path}' is neither a URDF nor an MJCF", "convert it; USD files can't be read")
    with as_input_errors(f"can't read the asset '{path}'", "check asset_root and the file's name"):
        content = read_regular(path, _LARGEST, inside)
    parse_model(path, content)
    tree = element_tree(content)
    if tree.tag == "robot":
        between = [folder for folder in (root / file).parents[1:] if folder.is_relative_to(root)]
        folders = [path.parent, root, inside, *root.parents[:2], *between]
        return read_urdf(path, tree, options, MeshFiles(folders, inside))
    if tree.tag == "mujoco":
        return read_mjcf(path, options, inside)
    raise InputError(f"'{path}' is neither a URDF nor an MJCF: it begins with <{tree.tag[:40]}>", "check the path")
