"""Writes an actor as ONNX and as TorchScript."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import torch
from torch.export import Dim

from gymctl.policies.export.actor import Actor
from gymctl.policies.export.metadata import METADATA_FILE, Shapes

_EXAMPLE_BATCH = 2  # a batch of one would be taken for a constant

_WRITTEN_BY_ITSELF = ("version", "byteorder", ".data/serialization_id")


def write_onnx(actor: Actor, inputs: Shapes, outputs: Shapes, metadata: dict[str, str], path: Path) -> None:
    """Writes a single ONNX file for any batch size.

    Args:
        actor: The policy.
        inputs: Names and shapes of the inputs.
        outputs: Names and shapes of the outputs.
        metadata: Goes into the file's ``metadata_props``, together with the opset.
        path: The file.
    """
    batch = Dim("batch")
    obs, *states = ({shape.index("batch"): batch} for shape in inputs.values())
    with _quiet():
        program = torch.onnx.export(
            actor,
            _example(inputs),
            dynamo=True,
            verbose=False,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=(obs, tuple(states)) if states else (obs,),
        )
        assert program is not None  # dynamo=True returns it
        for node in program.model.graph:
            node.metadata_props.clear()  # stack traces with the paths of this machine
        program.model.metadata_props.update(metadata, opset=str(program.model.opset_imports[""]))
        program.save(path, external_data=False)


def write_torchscript(actor: Actor, inputs: Shapes, outputs: Shapes, metadata: dict[str, str], path: Path) -> None:
    """Writes a TorchScript file for any batch size.

    Args:
        actor: The policy.
        inputs: Names and shapes of the inputs.
        outputs: Names and shapes of the outputs. TorchScript has no names for them, only their order.
        metadata: Goes into the file as ``metadata.json``.
        path: The file.
    """
    del outputs
    with _quiet(), torch.no_grad():
        traced = torch.jit.freeze(torch.jit.trace(actor, _example(inputs)))
        content = io.BytesIO()
        torch.jit.save(traced, content, _extra_files={METADATA_FILE: json.dumps(metadata, indent=2)})
    _write_without_paths(content.getvalue(), path)


def _write_without_paths(content: bytes, path: Path) -> None:
    """Writes an archive of PyTorch without the debug records, which tell where on this machine the sources are."""
    reader = torch._C.PyTorchFileReader(io.BytesIO(content))
    writer = torch._C.PyTorchFileWriter(str(path))
    for name in reader.get_all_records():
        if not name.endswith(".debug_pkl") and name not in _WRITTEN_BY_ITSELF:
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()


def _example(inputs: Shapes) -> tuple[torch.Tensor, ...]:
    return tuple(
        torch.zeros([_EXAMPLE_BATCH if size == "batch" else int(size) for size in shape]) for shape in inputs.values()
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences what torch's exporters print, log and warn of, all of it about their own insides."""
    logger = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
