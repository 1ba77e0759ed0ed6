"""Exported files that are not what they say, or that would run on and on, fill the memory or read other files."""

import copy
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from gymctl.core.errors import InputError
from gymctl.policies.export.exporter import export
from gymctl.policies.export.runtime import OnnxPolicy, TorchScriptPolicy
from gymctl.policies.find import find_policy_to_play
from tests.helpers.networks import LSTM, make_checkpoint, make_config, save
from tests.hostile.cases import Case

NETWORKS: dict[str, dict[str, Any]] = {"mlp": {"env": {"clipObservations": 5.0}}, "lstm": {"rnn": LSTM}}
TEXTS = ["", "-1", "0", "1", "13", "1e9", "9" * 30, "[]", "{}", "null", "[" * 10_000, "\x1b[2J", "x" * 100_000, "NaN"]
SHAPES = [
    [],
    [3],
    [3, 12],
    ["batch"],
    ["batch", "batch"],
    ["batch", 13],
    ["batch", 12, 1],
    ["batch", 2**40],
    ["batch", -1],
    [1, "batch", 16],
    [2**30, "batch", 2**30],
]
TYPES = [TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.INT64, TensorProto.STRING, TensorProto.BOOL, 99]
OPERATORS = ["Loop", "If", "Scan", "SequenceMap", "Tile", "Expand", "ConstantOfShape", "Range", "Resize", "NonZero"]
OPERATORS += ["RandomNormal", "Optional", "StringConcat", "ImageDecoder", "Identity", "Relu", "Shape", "Transpose", "x"]
DIMS = [[-1], [0], [2**62], [2**31, 2**31], [2**62, 4], [1, 1], []]


def cases() -> Iterator[Case]:
    """Every part of two real files in the place of others, whole graphs that do harm, and changed bytes."""
    for network in NETWORKS:
        model = _model(network)
        for name, change in _changes(model):
            yield Case("onnx", f"{network}: {name}", partial(_try, network, change))
        for seed in range(100):
            yield Case("onnx", f"{network}: bytes changed, {seed}", partial(_try_bytes, network, seed))
        for share in range(10):
            yield Case("onnx", f"{network}: the first {share} tenths", partial(_try_part, network, share / 10))
    for name, graph in HARMFUL.items():
        yield Case("onnx", name, partial(_try, "mlp", graph))
    for content in (b"", b"hello", b"PK\x03\x04", bytes(1000), b"\x08" * 1000, b"\x0a\xff\xff\xff\xff\x0f"):
        yield Case("onnx", f"content {content[:6]!r}", partial(_try_content, content))
        yield Case("torchscript", f"content {content[:6]!r}", partial(_try_script, content))


def _changes(model: Any) -> Iterator[tuple[str, Callable[[Any], None]]]:
    for index, entry in enumerate(model.metadata_props):
        yield f"without {entry.key}", partial(_delete, "metadata_props", index)
        for number, text in enumerate(TEXTS):
            yield f"{entry.key}: text {number}", partial(_set_metadata, index, text)
    for number, text in enumerate([*TEXTS, '{"schema_version": 1}', '{"schema_version": ' + "9" * 5000 + "}"]):
        yield f"contract: text {number}", partial(_add_metadata, "contract", text)
    for side in ("input", "output"):
        for index, tensor in enumerate(getattr(model.graph, side)):
            yield f"{side} {tensor.name}: gone", partial(_delete, f"graph.{side}", index)
            yield f"{side} {tensor.name}: twice", partial(_double, f"graph.{side}", index)
            yield f"{side} {tensor.name}: renamed", partial(_rename, f"graph.{side}", index)
            for number, shape in enumerate(SHAPES):
                yield f"{side} {tensor.name}: shape {number}", partial(_set_shape, side, index, shape, True)
                yield f"{side} {tensor.name}: says shape {number}", partial(_set_shape, side, index, shape, False)
            for kind in TYPES:
                yield f"{side} {tensor.name}: type {kind}", partial(_set_type, side, index, kind)
    for index, node in enumerate(model.graph.node):
        yield f"node {index} {node.op_type}: gone", partial(_delete, "graph.node", index)
        yield f"node {index} {node.op_type}: twice", partial(_double, "graph.node", index)
        for operator in OPERATORS:
            yield f"node {index} {node.op_type}: {operator}", partial(_set_operator, index, operator)
        for attribute in node.attribute:
            for value in (-1, 0, 2**62, 1e30, [1, 0], "x"):
                named = f"node {index} {node.op_type}: {attribute.name} {value}"
                yield named, partial(_set_attribute, index, attribute.name, value)
    for index, tensor in enumerate(model.graph.initializer):
        yield f"weights {index}: gone", partial(_delete, "graph.initializer", index)
        for dims in DIMS:
            yield f"weights {index}: {dims}", partial(_set_dims, index, dims)
        for kind in TYPES:
            yield f"weights {index}: type {kind}", partial(_set_data_type, index, kind)
        for place in ("weights.bin", "/etc/passwd", "../policy.onnx", ""):
            yield f"weights {index}: in {place!r}", partial(_set_external, index, place)
        if tensor.data_type == TensorProto.FLOAT:
            yield f"weights {index}: NaN", partial(_fill, index, np.nan)


def _list(model: Any, name: str) -> Any:
    for part in name.split("."):
        model = getattr(model, part)
    return model


def _delete(name: str, index: int, model: Any) -> None:
    del _list(model, name)[index]


def _double(name: str, index: int, model: Any) -> None:
    _list(model, name).append(_list(model, name)[index])


def _rename(name: str, index: int, model: Any) -> None:
    _list(model, name)[index].name = "\x1b[2Jother"


def _set_metadata(index: int, text: str, model: Any) -> None:
    model.metadata_props[index].value = text


def _add_metadata(key: str, text: str, model: Any) -> None:
    model.metadata_props.add(key=key, value=text)


def _set_shape(side: str, index: int, shape: list[Any], in_metadata: bool, model: Any) -> None:
    import json

    tensor = getattr(model.graph, side)[index]
    if in_metadata:  # the metadata say it as well
        entry = next(entry for entry in model.metadata_props if entry.key == f"{side}s")
        entry.value = json.dumps(json.loads(entry.value) | {tensor.name: shape})
    tensor.CopyFrom(helper.make_tensor_value_info(tensor.name, TensorProto.FLOAT, shape))


def _set_type(side: str, index: int, kind: int, model: Any) -> None:
    getattr(model.graph, side)[index].type.tensor_type.elem_type = kind


def _set_operator(index: int, operator: str, model: Any) -> None:
    model.graph.node[index].op_type = operator


def _set_attribute(index: int, name: str, value: Any, model: Any) -> None:
    node = model.graph.node[index]
    kept = [attribute for attribute in node.attribute if attribute.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])


def _set_dims(index: int, dims: list[int], model: Any) -> None:
    tensor = model.graph.initializer[index]
    del tensor.dims[:]
    tensor.dims.extend(dims)


def _set_data_type(index: int, kind: int, model: Any) -> None:
    model.graph.initializer[index].data_type = kind


def _set_external(index: int, place: str, model: Any) -> None:
    tensor = model.graph.initializer[index]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    if place:
        tensor.external_data.add(key="location", value=place)


def _fill(index: int, value: float, model: Any) -> None:
    tensor = model.graph.initializer[index]
    tensor.raw_data = np.full(list(tensor.dims), value, np.float32).tobytes()


def _replace(nodes: list[Any], weights: dict[str, np.ndarray]) -> Callable[[Any], None]:
    """A graph of other nodes, which end in ``actions``, with the metadata of a real one."""

    def change(model: Any) -> None:
        del model.graph.node[:], model.graph.initializer[:]
        model.graph.node.extend(nodes)
        model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in weights.items())

    return change


def _endless_loop() -> Any:
    body = helper.make_graph(
        [helper.make_node("Identity", ["goes_on"], ["still"]), helper.make_node("Identity", ["value"], ["same"])],
        "body",
        [helper.make_tensor_value_info(name, kind, []) for name, kind in _LOOP_INPUTS],
        [helper.make_tensor_value_info(name, kind, []) for name, kind in _LOOP_OUTPUTS],
    )
    return helper.make_node("Loop", ["", "true", "obs"], ["actions"], body=body)


_LOOP_INPUTS = [("i", TensorProto.INT64), ("goes_on", TensorProto.BOOL), ("value", TensorProto.FLOAT)]
_LOOP_OUTPUTS = [("still", TensorProto.BOOL), ("same", TensorProto.FLOAT)]
_FIRST = [helper.make_node("Slice", ["obs", "zero", "three", "one"], ["actions"])]
_SLICE = {"zero": np.array([0]), "one": np.array([1]), "three": np.array([3])}
_COLUMN = np.ones((200_000, 1), np.float32)
_SQUARE = np.ones((2000, 2000), np.float32)

HARMFUL: dict[str, Callable[[Any], None]] = {
    "a loop without end": _replace([_endless_loop()], {"true": np.array(True)}),
    "40 GB by broadcasting": _replace(
        [helper.make_node("Transpose", ["a"], ["b"]), helper.make_node("Add", ["a", "b"], ["c"]), *_FIRST],
        {"a": _COLUMN, **_SLICE},
    ),
    "800 GB of a constant": _replace(
        [helper.make_node("ConstantOfShape", ["size"], ["c"]), *_FIRST], {"size": np.array([2 * 10**11]), **_SLICE}
    ),
    "800 GB by expanding": _replace(
        [helper.make_node("Expand", ["obs", "size"], ["c"]), *_FIRST], {"size": np.array([10**9, 1, 12]), **_SLICE}
    ),
    "doubled 60 times": _replace(
        [
            helper.make_node("Identity", ["obs"], ["d0"]),
            *(helper.make_node("Concat", [f"d{i}", f"d{i}"], [f"d{i + 1}"], axis=1) for i in range(60)),
            *_FIRST,
        ],
        _SLICE,
    ),
    "1,000 large products": _replace(
        [
            helper.make_node("Identity", ["w"], ["d0"]),
            *(helper.make_node("MatMul", [f"d{i}", "w"], [f"d{i + 1}"]) for i in range(1000)),
            *_FIRST,
        ],
        {"w": _SQUARE, **_SLICE},
    ),
    "100,000 nodes": _replace(
        [*(helper.make_node("Identity", ["obs"], [f"d{i}"]) for i in range(100_000)), *_FIRST], _SLICE
    ),
    "no nodes": _replace([], {}),
}
"""Whole graphs that would run on and on or fill the memory."""


@cache
def _content(network: str) -> bytes:
    config = make_config(task="Ant", **NETWORKS[network])
    with tempfile.TemporaryDirectory() as directory:
        path = save(make_checkpoint(config), Path(directory) / "policy.pth")
        return export(config, path, "onnx").path.read_bytes()


@cache
def _model(network: str) -> Any:
    return onnx.load_model_from_string(_content(network))


def _try(network: str, change: Callable[[Any], None], directory: Path) -> None:
    model = copy.deepcopy(_model(network))
    change(model)
    _try_content(model.SerializeToString(), directory)


def _try_bytes(network: str, seed: int, directory: Path) -> None:
    data = np.frombuffer(_content(network), np.uint8).copy()
    rng = np.random.default_rng(seed)
    where = rng.integers(0, len(data), size=1 + seed % 6)
    data[where] = rng.integers(0, 256, size=len(where))
    _try_content(data.tobytes(), directory)


def _try_part(network: str, share: float, directory: Path) -> None:
    content = _content(network)
    _try_content(content[: int(share * len(content))], directory)


def _try_content(content: bytes, directory: Path) -> None:
    path = directory / "policy.onnx"
    path.write_bytes(content)
    (directory / "weights.bin").write_bytes(bytes(100_000))
    try:
        find_policy_to_play("Ant", str(path), settings={"num_envs": 2})
    except InputError as error:
        refused = error
    else:
        refused = None
    assert refused is None or len(refused.what) < 600, "a refusal that floods the terminal"
    policy = OnnxPolicy(path)
    for num_envs in (1, 5):
        actions = policy.act(np.ones((num_envs, policy.num_observations), np.float32))
        assert actions.shape == (num_envs, policy.num_actions)
        assert actions.dtype == np.float32


def _try_script(content: bytes, directory: Path) -> None:
    path = directory / "policy.pt"
    path.write_bytes(content)
    TorchScriptPolicy(path, trust=True)
