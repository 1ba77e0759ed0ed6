"""``${...}``: IsaacGymEnvs' four resolvers and keys, nothing else, and never without measure."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from gymctl.config import compose
from gymctl.config.links import resolve
from gymctl.core.errors import InputError

SECRET = "GYMCTL_TEST_SECRET"
CALLS = [
    f"${{oc.env:{SECRET}}}",
    f"${{ oc.env : {SECRET} }}",
    f"${{oc.env:{SECRET},fallback}}",
    f"before ${{oc.env:{SECRET}}} after",
    f"${{oc.decode:${{oc.env:{SECRET}}}}}",
    f"${{if:True,${{oc.env:{SECRET}}},x}}",
    f"${{eq:'${{oc.env:{SECRET}}}',x}}",
    f"${{oc.${{wandb_group}}:{SECRET}}}",
    f"${{${{wandb_group}}.env:{SECRET}}}",
    f"${{${{wandb_group}}:{SECRET}}}",
    f"\\${{oc.env:{SECRET}}}",
    f"\\\\${{oc.env:{SECRET}}}",
    f"${{gymctl.if:True,{SECRET},x}}",
    f"${{env:{SECRET}}}",
    f"${{now:{SECRET}}}",
    f"${{hydra:{SECRET}}}",
    f"${{:{SECRET}}}",
    "${oc.create:{a: 1}}",
    "${oc.select:task.name,x}",
    "${oc.deprecated:seed}",
    "${oc.dict.keys:task}",
    "${oc.dict.values:task}",
    "${",
    "${}",
    "${num_envs",
    "${${wandb_group}}",
    "${task.${wandb_group}}",
    "${a b}",
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("where", ["override", "list", "yaml", "run"])
def test_no_other_resolver_is_there(config_dir, monkeypatch, call, where):
    monkeypatch.setenv(SECRET, "hunter2")
    base = None
    overrides, path = [], None
    if where in ("override", "list"):
        overrides = [f"wandb_group={call!r}" if where == "override" else f"wandb_tags=[{call!r}]"]
    elif where == "yaml":
        path = config_dir.write(config=f"wandb_group: oc\nwandb_name: {call!r}\n".replace("\\\\", "\\"))
    else:
        base = compose("Ant").tree
        base["task"]["env"]["asset"]["assetFileName"] = call
    with pytest.raises(InputError) as error:
        compose("Ant", overrides=overrides, config_dir=path, base=base)
    assert "hunter2" not in f"{error.value.what} {error.value.fix}"


def test_it_says_which_resolver_there_is_not_and_what_to_do():
    with pytest.raises(InputError) as error:
        compose("Ant", overrides=["experiment=${oc.env:HOME}"])
    assert error.value.what == "experiment can't be resolved: there is no resolver 'oc.env'"
    assert "pass the value on the command line" in error.value.fix
    assert "eq, contains, if, resolve_default" in error.value.fix


def test_a_misspelt_resolver_is_guessed():
    with pytest.raises(InputError, match="there is no resolver 'resolve_defaut'") as error:
        compose("Ant", overrides=["experiment=${resolve_defaut:a,b}"])
    assert "did you mean 'resolve_default'?" in error.value.fix


def test_a_resolver_that_another_package_registers_is_not_called():
    called = []
    OmegaConf.register_resolver("gymctl_test.spy", lambda: called.append(1), replace=True)
    try:
        with pytest.raises(InputError, match="there is no resolver"):
            compose("Ant", overrides=["experiment=${gymctl_test.spy:}"])
    finally:
        OmegaConf.clear_resolver("gymctl_test.spy")
    assert not called


@pytest.mark.parametrize(
    ("tree", "value"),
    [
        ({"v": "${a}", "a": 1}, 1),
        ({"v": "${.a}", "a": None}, None),
        ({"v": "${ a }", "a": [1, "${b}"], "b": 2}, [1, 2]),
        ({"v": "${a[1]}", "a": [1, 2]}, 2),
        ({"v": "${a.b}", "a": {"b": "${..c}"}, "c": 4}, 4),
        ({"v": "${a}", "a": {"b": "${c}", "d": {}}, "c": 4}, {"b": 4, "d": {}}),
        ({"v": ["${..a}", "x${a}"], "a": 1}, [1, "x1"]),
        ({"v": "${if:${eq:${a},'X'},1,${b}}", "a": "x", "b": 3}, 1),
        ({"v": "${resolve_default:1_000,${a}}", "a": ""}, 1000),
        ({"v": "${contains:cuda,${a}}", "a": "cuda:0"}, True),
        ({"v": "${a} and ${a}", "a": "x"}, "x and x"),
    ],
)
def test_links_are_followed(tree, value):
    assert resolve(tree)["v"] == value


def link(index):
    return f"${{k{index}}}"


DOUBLING = {f"k{index}": link(index + 1) * 2 for index in range(30)} | {"k30": "x"}
LISTS = {f"k{index}": [link(index + 1)] * 10 for index in range(8)} | {"k8": "x"}
SECTIONS = {f"k{index}": dict.fromkeys("abcdef", link(index + 1)) for index in range(9)} | {"k9": "x"}
CHAIN = {f"k{index}": link(index + 1) for index in range(3000)} | {"k3000": 1}
MANY = {"k0": ["${a}"] * 50_000, "a": 1}
LONG = {"k0": "${a}" * 2000, "a": "x" * 100_000}
CIRCLES = [
    {"k0": "${k0}"},
    {"k0": "${k1}", "k1": ["${k0}"]},
    {"k0": {"a": "${k1.b}"}, "k1": {"b": "${k0}"}},
    {"k0": "x ${eq:${k0},1}"},
]


@pytest.mark.parametrize("tree", [DOUBLING, LISTS, SECTIONS, CHAIN, MANY, LONG, *CIRCLES])
def test_links_without_measure_are_refused(tree):
    with pytest.raises(InputError, match="can't be resolved"):
        resolve(tree)


def test_a_chain_that_is_not_too_long_is_followed():
    assert resolve({f"k{index}": link(index + 1) for index in range(40)} | {"k40": 7})["k0"] == 7


def test_lists_without_links_cost_nothing():
    numbers = [float(index) for index in range(50_000)]
    assert resolve({"numbers": numbers, "a": "${b}", "b": 1}) == {"numbers": numbers, "a": 1, "b": 1}


@given(st.lists(st.sampled_from([*"${}:.,[]'\"\\ ab1", "${", "oc.env:", "if:", SECRET]), max_size=40).map("".join))
@settings(derandomize=True, deadline=None, max_examples=400)
def test_no_text_reads_the_environment(text):
    os.environ[SECRET] = "hunter2"
    try:
        told = str(resolve({"a": {"b": text, "a": "oc", "ab": 1}}))
    except InputError as error:
        told = f"{error.what} {error.fix}"
    finally:
        del os.environ[SECRET]
    assert "hunter2" not in told
