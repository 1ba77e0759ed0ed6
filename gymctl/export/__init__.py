"""Policies as plain files that run without gymctl."""

FORMATS = ("onnx", "torchscript")
