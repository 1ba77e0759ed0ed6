"""Reads and writes YAML: safely, with floats as OmegaConf reads them, and errors that name the line."""

import re
from pathlib import Path
from typing import Any

import yaml

from gymctl.core.errors import InputError
from gymctl.core.inside import read_regular

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # without libyaml there is only the slow one

MAX_BYTES = 4_000_000
MAX_DEPTH = 64
MAX_NODES = 100_000
"""How many values a document may have once its aliases are written out."""

_LONGEST_INT = 1000  # digits; Python refuses to write out a number of more than 4300
_INT_TAG = "tag:yaml.org,2002:int"
_FLOAT_TAG = "tag:yaml.org,2002:float"
_FLOAT = re.compile(
    r"[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]?\d+)?|\d[\d_]*[eE][-+]?\d+|\.\d[\d_]*(?:[eE][-+]?\d+)?|\.(?:inf|Inf|INF))\Z"
    r"|\.(?:nan|NaN|NAN)\Z"
)
_TYPES = {f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null", "merge")}
_KEY_TYPES = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "merge")}


class _Loader(_SafeLoader):
    """Refuses, before anything is built, what a config can't hold: other types, duplicate keys, exploding aliases."""

    def construct_document(self, node: yaml.Node) -> Any:
        _check(node, {})
        return super().construct_document(node)


class _Dumper(yaml.SafeDumper):
    """Writes lists in one line and no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _class in (_Loader, _Dumper):
    _class.add_implicit_resolver(_FLOAT_TAG, _FLOAT, list("-+.0123456789"))
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_Dumper.add_representer(
    list, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)
_Dumper.add_representer(  # PyYAML leaves U+0085 and the like as they are in single quotes, and reads them as spaces
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"'
    ),
)


def load_yaml(path: Path, inside: Path | None = None) -> dict[str, Any]:
    """Reads a YAML file that holds a mapping; an empty file is an empty one.

    Args:
        path: The file, at most 4 MB, UTF-8.
        inside: The directory that it must not lead out of; None for a file of the user's.

    Raises:
        InputError: The file can't be read, isn't YAML, isn't a mapping, has duplicate keys, or holds what a config
            can't: tags for other types, or aliases that expand without measure.
    """
    try:
        text = read_regular(path, MAX_BYTES, inside).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        raise InputError(
            f"can't read {path}: {error.strerror or error}", "give a YAML file that you may read"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text", "give a YAML file") from error
    content = parse_yaml(text, str(path))
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no keys", "a config is a mapping: lines of 'key: value'")
    return content


def parse_yaml(text: str, source: str) -> Any:
    """Reads one YAML value.

    Args:
        text: The YAML.
        source: What to call it in errors.

    Raises:
        InputError: As `load_yaml`.
    """
    try:
        _check_depth(text)
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{source}{line}: {error.problem or error.context}", "correct the YAML there") from error
    except Exception as error:  # the constructors of explicit tags raise whatever int(), float() and the like do
        problem = str(error).partition("\n")[0]
        raise InputError(f"{source} is not valid YAML: {problem}", "correct the YAML") from error


def to_yaml(config: dict[str, Any]) -> str:
    """Writes a config as YAML that `load_yaml` reads back unchanged, keys in their order."""
    return yaml.dump(config, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def _check_depth(text: str) -> None:
    """Refuses deep nesting before a recursive composer sees it: libyaml's would exhaust the C stack."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        nodes += isinstance(event, yaml.NodeEvent)
        if nodes > 2 * MAX_NODES:  # before a composer makes objects of them
            raise yaml.MarkedYAMLError(problem=f"more than {MAX_NODES} values", problem_mark=event.start_mark)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"more than {MAX_DEPTH} levels", problem_mark=event.start_mark)


def _check(node: yaml.Node, sizes: dict[yaml.Node, int]) -> int:
    """Checks a node and all below it; returns how many values it has with its aliases written out."""
    if node in sizes:
        if sizes[node] == 0:
            raise _refusal("an alias stands inside of what it refers to", node)
        return sizes[node]
    sizes[node] = 0  # until it is known
    if node.tag not in _TYPES:
        raise _refusal(f"the tag {node.tag.replace('tag:yaml.org,2002:', '!!')} is not allowed in a config", node)
    if node.tag == _INT_TAG and len(node.value) > _LONGEST_INT:
        raise _refusal(f"a number of more than {_LONGEST_INT} digits", node)
    size = 1
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.tag not in _KEY_TYPES:
                raise _refusal(f"a key is {key.value!r}, which YAML takes for no name: put it in quotes", key)
            if key.value in seen:
                raise _refusal(f"the key {key.value!r} is there twice", key)
            seen.add(key.value)
            _check(key, sizes)
            size += _check(value, sizes)
    elif isinstance(node, yaml.SequenceNode):
        size += sum(_check(item, sizes) for item in node.value)
    if size > MAX_NODES:
        raise _refusal(f"more than {MAX_NODES} values, aliases written out", node)
    sizes[node] = size
    return size


def _refusal(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
