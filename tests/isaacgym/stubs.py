"""The published stubs of ``isaacgym.gymapi``, parsed: which classes, attributes, methods and constants there are."""

import ast
import importlib.metadata
from functools import cache
from pathlib import Path

import pytest

MISSING = "isaacgym-stubs is not installed: pip install 'gymctl[dev]'"


def path() -> Path | None:
    """Where the stubs are installed, if they are."""
    try:
        files = importlib.metadata.files("isaacgym-stubs") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in files if file.name == "gymapi.pyi"), None)


@cache
def module() -> ast.Module:
    """The parsed stubs."""
    file = path()
    if file is None:
        pytest.skip(MISSING, allow_module_level=True)
    return ast.parse(file.read_text().replace("def lambda(", "def lambda_("))


def classes() -> dict[str, ast.ClassDef]:
    """Its classes."""
    return {node.name: node for node in module().body if isinstance(node, ast.ClassDef)}


def methods(of: str) -> dict[str, list[ast.FunctionDef]]:
    """A class' methods and properties; several of a name are overloads."""
    found: dict[str, list[ast.FunctionDef]] = {}
    for node in classes()[of].body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault("lambda" if node.name == "lambda_" else node.name, []).append(node)
    return found


def attributes(of: str) -> list[str]:
    """A class' annotated attributes, enumeration members among them."""
    return [
        node.target.id
        for node in classes()[of].body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id != "__entries"
    ]


def constants() -> dict[str, int | None]:
    """The module's constants, with their values where the stubs give one."""
    return {
        node.target.id: None if node.value is None else ast.literal_eval(node.value)
        for node in module().body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def functions() -> list[str]:
    """The module's functions."""
    return [node.name for node in module().body if isinstance(node, ast.FunctionDef)]
