"""Policies as plain files that run without gymctl."""

from importlib.util import find_spec

from gymctl.core.errors import BackendError, InputError, suggest

FORMATS = ("onnx", "torchscript")
_ONNX_PACKAGES = ("onnx", "onnxscript", "onnxruntime")


def check_format(format: str) -> None:
    """Refuses a format that can't be written here.

    Raises:
        InputError: It is unknown.
        BackendError: The packages for ONNX are missing.
    """
    if format not in FORMATS:
        raise InputError(f"unknown export format '{format}'", suggest(format, FORMATS) or f"use {' or '.join(FORMATS)}")
    missing = [name for name in _ONNX_PACKAGES if find_spec(name) is None] if format == "onnx" else []
    if missing:
        raise BackendError(f"ONNX export needs {', '.join(missing)}", "run: pip install onnx onnxruntime onnxscript")
