"""Inspects an ONNX file before it is run: only what a policy is made of is let through."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, read_regular
from gymctl.core.memory import bounded_memory
from gymctl.policies.export.metadata import Shapes

FIX = "give a file that 'gymctl export' made"

_LARGEST = 256 * 2**20
"""Bytes of a file: a policy has some kilobytes to some megabytes."""
_SPARE = 2**30
_MOST_NODES = 2000
_NAMES = """
    Abs Add And Cast Clip Concat Constant Cos Div Elu Equal Erf Exp Flatten GRU Gather Gelu Gemm Greater GreaterOrEqual
    HardSigmoid HardSwish Identity LSTM LayerNormalization LeakyRelu Less LessOrEqual Log MatMul Max Min Mish Mul Neg
    Not Or PRelu Pow RNN Reciprocal ReduceMean ReduceSum Relu Reshape Selu Shape Sigmoid Sign Sin Slice Softmax Softplus
    Softsign Split Sqrt Squeeze Sub Tanh Transpose Unsqueeze Where
"""
_OPERATORS = frozenset(_NAMES.split())
"""What networks of fully connected and recurrent layers are exported to. None repeats other nodes, and none makes more
values than its inputs have together but by broadcasting."""


def read_onnx(path: Path) -> tuple[bytes, dict[str, str], Shapes, Shapes]:
    """Reads an ONNX file and refuses what no policy has, above all what would run on and on or read other files.

    Args:
        path: The file.

    Returns:
        Its content, its metadata, and its inputs and outputs.

    Raises:
        InputError: Naming what is wrong.
    """
    content = _read(path)
    import onnx

    try:
        with bounded_memory(8 * len(content) + _SPARE):
            model = onnx.load_model_from_string(content)  # reads no other file
    except Exception as error:  # protobuf raises classes of its own
        raise InputError(f"'{path}' can't be read as an ONNX file", FIX) from error
    if problem := _problem(model):
        raise InputError(f"'{path}' has {problem}: no policy of gymctl has", FIX)
    graph = model.graph
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    return content, metadata, _shapes(path, graph.input), _shapes(path, graph.output)


def _read(path: Path) -> bytes:
    if not path.exists():
        raise InputError(f"there is no file '{path}'", "export one with 'gymctl export'")
    with as_input_errors(f"can't read '{path}'", FIX):
        return read_regular(path, _LARGEST)


def _problem(model: Any) -> str | None:
    """What a model has that a policy hasn't."""
    from onnx import AttributeProto

    graph = model.graph
    if model.functions or model.training_info or graph.sparse_initializer:
        return "functions, a training or sparse weights"
    if len(graph.node) > _MOST_NODES:
        return f"{len(graph.node):,} nodes"
    foreign = {opset.domain for opset in model.opset_import} - {"", "ai.onnx"}
    foreign |= {node.domain for node in graph.node} - {"", "ai.onnx"}
    if foreign:
        return f"operators of others ({_first(foreign)})"
    if unknown := {node.op_type for node in graph.node} - _OPERATORS:
        return f"the operator {_first(unknown)}"
    attributes = [attribute for node in graph.node for attribute in node.attribute]
    plain = {AttributeProto.FLOAT, AttributeProto.INT, AttributeProto.STRING, AttributeProto.TENSOR}
    plain |= {AttributeProto.FLOATS, AttributeProto.INTS, AttributeProto.STRINGS}
    if any(attribute.type not in plain for attribute in attributes):
        return "graphs within its graph"
    tensors = [*graph.initializer, *(attribute.t for attribute in attributes if attribute.HasField("t"))]
    return next((problem for tensor in tensors if (problem := _problem_of_weights(tensor))), None)


def _problem_of_weights(tensor: Any) -> str | None:
    """What is wrong with stored values: other files, other types, or fewer of them than claimed."""
    from onnx import TensorProto

    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        return "weights in other files"
    sizes = {TensorProto.FLOAT: 4, TensorProto.INT64: 8, TensorProto.INT32: 4, TensorProto.BOOL: 1}
    values = {TensorProto.FLOAT: tensor.float_data, TensorProto.INT64: tensor.int64_data}
    if tensor.data_type not in sizes:
        return f"weights of type {tensor.data_type}"
    count = math.prod(tensor.dims)
    stored = len(tensor.raw_data) / sizes[tensor.data_type]
    if not tensor.raw_data:
        stored = len(values.get(tensor.data_type, tensor.int32_data))
    if any(size < 0 for size in tensor.dims) or count != stored:
        return f"{stored:,.0f} values where it claims {count:,}"
    return None


def _shapes(path: Path, tensors: Iterable[Any]) -> Shapes:
    """Names and shapes; free sizes are all called ``batch``, whatever the file calls them."""
    from onnx import TensorProto

    shapes: Shapes = {}
    for tensor in tensors:
        kind = tensor.type.tensor_type
        if not tensor.type.HasField("tensor_type") or kind.elem_type != TensorProto.FLOAT:
            raise InputError(f"'{path}' has an input or output that is no tensor of float32", FIX)
        shapes[tensor.name] = [size.dim_value if size.HasField("dim_value") else "batch" for size in kind.shape.dim]
    return shapes


def _first(names: set[str]) -> str:
    return repr(min(names)[:80])
