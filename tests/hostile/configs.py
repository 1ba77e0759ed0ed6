"""Hostile YAMLs, overrides and run configs: each is composed or refused, and nothing of the environment gets out."""

import itertools
import os
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from gymctl.commands.arguments import parse_arguments
from gymctl.config import annotated_yaml, compose, load_yaml, to_yaml
from gymctl.core.errors import GymctlError
from tests.hostile.cases import Case

SECRET = "hunter2-of-the-environment"
_VARIABLE = "GYMCTL_HOSTILE_SECRET"
_YAMLS = ("config.yaml", "task/Cartpole.yaml", "train/CartpolePPO.yaml")
_PLACES = (
    *("seed", "num_envs", "experiment", "checkpoint", "sim_device", "physics_engine", "wandb_tags", "sigma", "pbt"),
    *("task", "task.name", "task.env", "task.env.numEnvs", "task.env.resetDist", "task.env.asset.assetFileName"),
    *("task.sim", "task.sim.dt", "task.sim.gravity", "task.sim.physx", "task.task.randomization_params"),
    *("train", "train.params", "train.params.algo.name", "train.params.network", "train.params.network.mlp.units"),
    *("train.params.config", "train.params.config.name", "train.params.config.gamma", "train.params.config.player"),
    *("train.params.config.reward_shaper", "train.params.load_path", "train.params.config.minibatch_size"),
)
_BILLION = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in itertools.pairwise("abcdefghij")
)
_DOUBLING = "".join(f"k{i}: ${{k{i + 1}}}${{k{i + 1}}}\n" for i in range(40)) + "k40: x\n"
_CHAIN = "".join(f"k{i}: ${{k{i + 1}}}\n" for i in range(2000)) + "k2000: x\n"
_VALUES = (
    *(f"${{oc.env:{_VARIABLE}}}", f"x ${{oc.env:{_VARIABLE},y}}", f"${{oc.decode:${{oc.env:{_VARIABLE}}}}}"),
    *(f"${{if:True,${{oc.env:{_VARIABLE}}},1}}", f"${{oc.${{wandb_group}}:{_VARIABLE}}}", f"\\${{oc.env:{_VARIABLE}}}"),
    *("${oc.create:{a: 1}}", "${oc.select:seed}", "${oc.dict.keys:task}", "${seed", "${${seed}}", "${...........seed}"),
    *("${task}", "${train.params}", "${resolve_default:1,${num_envs}}", "${if:1}", "${eq:a}", "???", "~", "", "null"),
    *(
        "${now:%Y}",
        "${eval:1+1}",
        "${hydra:runtime.cwd}",
        "${oc.deprecated:seed}",
        "${python:os.system}",
        "${shell:id}",
    ),
    *("2001-12-14t21:59:43.10-05:00", "2001-99-99", "!!timestamp x", "!!pairs [a: 1]", "!!seq {a: 1}", "!!map [1]"),
    *("!!python/tuple [1]", "!!python/object:os._wrap_close {}", "!<tag:yaml.org,2002:python/name:os.system> x"),
    *("1e400", "0b" + "1" * 5000, "0x" + "f" * 100_000, "9" * 100_000, "-" + "1_" * 5000 + "1", "." + "1" * 100_000),
    *("!!python/object/apply:os.system ['touch pwned']", "!!python/name:os.system", "!!binary aGk=", "!!set {a}"),
    *("!!timestamp 2001-01-01", "!!int x", "!!float x", "!!omap [a: 1]", "!x y", "&a [*a]", "*nothing", "<<: 1"),
    *(
        "-1",
        "0",
        "1e999",
        ".nan",
        "-.inf",
        "9" * 400,
        "0x" + "f" * 300,
        "1_000",
        "0o17",
        "1:30:00",
        "yes",
        "NO",
        "=",
        "-",
    ),
    *("[]", "{}", "[[[[1]]]]", "{a: {b: {c: 1}}}", "{1: 2}", "{[1]: 2}", "{null: 1}", "{true: 1}", "{a: 1, a: 2}"),
    *(
        "[" * 90 + "]" * 90,
        "{a: " * 90 + "1" + "}" * 90,
        "[" + "1," * 20_000 + "1]",
        "x" * 100_000,
        "'" + "é" * 5000 + "'",
    ),
    *(
        "../../../../etc/passwd",
        "/dev/zero",
        "/dev/stdin",
        "'\\x00'",
        '"\\0"',
        '"\\x1b[2J"',
        '"\\u202e"',
        "'\u2028'",
        "\ufeff",
    ),
    *("|\n  text", ">\n  text", "a: b: c", "[1, 2", "{a", "'", '"', "\t", "%YAML 9.9", "---\n---", "# only", "@", "`"),
)
_FILES = {
    "billion laughs": _BILLION,
    "billion laughs in a section": "task:\n  env:\n" + "".join(f"    {line}\n" for line in _BILLION.splitlines()),
    "merge bomb": "a: &a {x: 1}\n"
    + "".join(f"{b}: &{b} {{<<: [*{a}, *{a}]}}\n" for a, b in itertools.pairwise("abcdefghijkl")),
    "doubling links": _DOUBLING,
    "a chain of links": _CHAIN,
    "a circle": "num_envs: ${seed}\nseed: ${num_envs}\n",
    "ten megabytes": "x: " + "y" * 10_000_000,
    "ten megabytes of keys": "".join(f"key_{i}: {i}\n" for i in range(700_000)),
    "many unknown keys": "".join(f"key_{i}: {i}\n" for i in range(20_000)),
    "many anchors": "".join(f"k{i}: &a{i} {i}\n" for i in range(5_000)),
    "deep flow": "x: " + "[" * 100_000,
    "deep block": "".join("  " * i + "x:\n" for i in range(500)),
    "long line": "x: '" + "a " * 1_000_000 + "'",
    "long key": "k" * 100_000 + ": 1",
    "python": "!!python/object/new:os.system [touch pwned]",
    "several documents": "seed: 1\n---\nseed: 2\n",
    "a list": "- 1\n- 2\n",
    "a text": "just text",
    "empty": "",
    "tabs": "seed:\t1\n\tx: 2\n",
    "inherits itself": "defaults: [CartpolePPO, Cartpole, config]\n",
    "inherits from elsewhere": "defaults: [{../../..: passwd}, {/etc: passwd}]\n",
    "inherits from above": "defaults: [../../config, ../task/Ant, ./Cartpole, _self_]\n",
    "inherits from an absolute path": "defaults: [/etc/passwd, {task: /etc/passwd}, {/task: ../../Ant}]\n",
    "inherits by overriding": "defaults: [{override /task: ../../x}, {override hydra/launcher: evil}]\n",
    "inherits by a link": f"defaults: [{{task: '${{oc.env:{_VARIABLE}}}'}}]\n",
    "a search path": "hydra: {searchpath: [file:///etc, pkg://os], run: {dir: ../../evil}}\n",
    "merges all": "a: &a {seed: 1}\n<<: *a\ntask: {<<: [*a, *a], <<: {}}\n",
    "twice the same key": "seed: 1\nseed: 2\ntask: {name: Ant, name: Cartpole}\n",
    "a target": "train: {_target_: os.system, _args_: [touch pwned], params: {_target_: builtins.eval}}\n",
    "inherits no text": "defaults: [1, null, [a], {a: {b: c}}, true]\n",
    "defaults of no list": "defaults: {a: b}\n",
}
_BYTES = {
    "nul": b"seed: 1\x00\n",
    "not utf-8": b"seed: \xff\xfe\n",
    "utf-16": "seed: 1\n".encode("utf-16"),
    "a zip": b"PK\x03\x04" + bytes(200),
    "bom": b"\xef\xbb\xbfseed: 1\n",
    "overlong": b"seed: \xc0\x80\n",
    "surrogates": b"seed: \xed\xa0\x80\n",
    "control": b"seed: \x07\x1b[31m\n",
}
_WORDS = (
    *(
        "=",
        "==",
        "+=",
        "++=1",
        "+++a=1",
        "~a",
        "~a=1",
        "a",
        "a.=1",
        ".a=1",
        "a..b=1",
        "a[0]=1",
        "a/b=1",
        "a b=1",
        "é=1",
    ),
    *(
        "task=",
        "task=5",
        "task=[a]",
        "task={name: Ant}",
        "task=../Ant",
        "task=Ant",
        "train=",
        "train=../../x",
        "train=7",
    ),
    *("train={params: 1}", "pbt=x", "pbt={enabled: True}", "hydra.run.dir=x", "defaults=[Ant]", "checkpoint=/dev/zero"),
    *(
        "+" + "a." * 5_000 + "a=1",
        "+task.env." + "a." * 500 + "b=1",
        "x" * 5_000,
        "seed=" + "1" * 5_000,
        "\x00=1",
        "seed=\x00",
    ),
    *("task.env={numEnvs: {a: 1}}", "task.env.numEnvs.a=1", "+seed.a=1", "++task=1", "++train.params.config=null"),
    *("++task.sim.gravity={a: 1}", "+task.env.x=" + "[" * 80 + "]" * 80, "train.params.network={}", "\U0001f4a3=1"),
)


def cases() -> Iterator[Case]:
    """All of them."""
    for file, (name, text) in itertools.product(_YAMLS, _FILES.items()):
        yield Case("yaml", f"{name}, {file}", partial(_own_yaml, file, text.encode()))
    for file, (name, content) in itertools.product(_YAMLS, _BYTES.items()):
        yield Case("yaml", f"{name}, {file}", partial(_own_yaml, file, content))
    chosen = random.Random(0)
    for index, value in enumerate(_VALUES):
        for place in chosen.sample(_PLACES, 4):
            text = f"{place.replace('.', ': {')}: {value}{'}' * place.count('.')}\n"
            yield Case("yaml", f"value {index} at {place}", partial(_own_yaml, "config.yaml", text.encode()))
        for place in chosen.sample(_PLACES, 4):
            yield Case("override", f"value {index} at {place}", partial(_override, f"{place}={value}"))
    for index, word in enumerate(_WORDS):
        yield Case("override", f"word {index}", partial(_override, word))
    for index, (name, text) in enumerate(_FILES.items()):
        yield Case("run config", f"{name}", partial(_run_config, text.encode()))
        yield Case("override", f"file {index}", partial(_override, f"++task.env.x={text[:100_000]}"))
    for place, value in itertools.product(_PLACES, _TREES):
        yield Case("run config", f"{place} is {str(value)[:40]!r}", partial(_changed_run, place, value))
    for place in _PLACES:
        yield Case("run config", f"{place} is gone", partial(_changed_run, place, _GONE))
    for index in range(60):
        yield Case("yaml", f"damaged {index}", partial(_damaged, index))


_GONE = object()
_TREES: tuple[Any, ...] = (
    *(None, True, -1, 10**30, float("nan"), float("inf"), "", "x" * 10_000, [], [[]], {}, {"a": {"b": [1]}}),
    *(f"${{oc.env:{_VARIABLE}}}", "${seed}", "???", [f"${{oc.env:{_VARIABLE}}}"], "\x1b[2J", {1: {2: 3}}, {"": 1}),
)


def _own_yaml(file: str, content: bytes, directory: Path) -> None:
    path = directory / "cfg" / file
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    _watched(directory, lambda: compose("Cartpole", config_dir=directory / "cfg"))


def _override(word: str, directory: Path) -> None:
    def run() -> Any:
        given = parse_arguments(["Cartpole", word], takes_checkpoint=False)
        return compose(given.task, overrides=given.overrides)

    _watched(directory, run)


def _run_config(content: bytes, directory: Path) -> None:
    file = directory / "config.yaml"
    file.write_bytes(content)
    _watched(directory, lambda: compose("Cartpole", base=load_yaml(file), settings={"num_envs": 3}))


def _changed_run(place: str, value: Any, directory: Path) -> None:
    *above, key = place.split(".")
    tree = yaml.safe_load(to_yaml(compose("Cartpole").tree))
    section = tree
    for name in above:
        section = section.setdefault(name, {})
    if value is _GONE:
        section.pop(key, None)
    else:
        section[key] = value
    _watched(directory, lambda: compose("Cartpole", base=tree, settings={"num_envs": 3}))


def _damaged(seed: int, directory: Path) -> None:
    content, chosen = bytearray(to_yaml(compose("Cartpole").tree).encode()), random.Random(seed)
    for _ in range(chosen.randint(1, 30)):
        content[chosen.randrange(len(content))] = chosen.choice(b" \n:{}[]&*!|>%@`'\"#-?$.,0aA\xff\x00")
    _own_yaml("config.yaml", bytes(content[: chosen.randint(1, len(content))]), directory)


def _watched(directory: Path, run: Any) -> None:
    """Composes, prints and reads back; what is said must not have the environment in it, and no file may be made."""
    before = sorted(directory.rglob("*"))
    os.environ[_VARIABLE] = SECRET
    here = Path.cwd()
    os.chdir(directory)
    try:
        config = run()
        said = to_yaml(config.tree) + annotated_yaml(config.tree, config.origins) + "\n".join(config.notes)
        _read_back(to_yaml(config.tree), directory)
    except GymctlError as error:
        said = "\n".join((error.what, error.fix, *error.details))
    finally:
        os.chdir(here)
        del os.environ[_VARIABLE]
    assert said.count("\n") < 200_000, "floods the terminal"
    assert SECRET not in said, "the environment is in what is printed"
    assert sorted(directory.rglob("*")) == before, "files were made"


def _read_back(text: str, directory: Path) -> dict[str, Any]:
    """Reads a printed config back."""
    file = directory / "printed.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        return load_yaml(file)
    finally:
        file.unlink()
