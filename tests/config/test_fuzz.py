"""Whatever is thrown at the override parser and the config loader, it is read or refused with an `InputError`."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gymctl.config import compose, load_yaml, to_yaml
from gymctl.config.overrides import parse_overrides
from gymctl.config.yaml_io import parse_yaml
from gymctl.core.errors import InputError

pytestmark = pytest.mark.slow

repeatable = settings(
    derandomize=True, deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

KEYS = st.sampled_from(
    [
        *("seed", "num_envs", "experiment", "pbt", "sigma", "test"),
        *("task", "task.name", "task.env", "task.env.numEnvs", "task.sim.dt", "task.sim.gravity"),
        *("train", "train.params.config.gamma", "train.params.network.mlp.units"),
    ]
)
YAML_ISH = st.text(st.sampled_from(list("{}[]:,&*!|>%@`'\"#?-~$. \n\t0123456789aeinf")), max_size=30)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def refused():
    return contextlib.suppress(InputError)


@given(st.lists(st.text(max_size=40), max_size=3))
@repeatable
def test_any_text_is_an_override_or_refused(texts):
    with refused():
        for override in parse_overrides(texts, "Ant").values:
            assert override.path


@given(KEYS, st.text(max_size=30) | YAML_ISH)
@repeatable
def test_any_value_of_a_known_key_composes_or_is_refused(key, value):
    with refused():
        config = compose("Cartpole", overrides=[f"{key}={value}"]).tree
        assert to_yaml(compose("Cartpole", base=config).tree) == to_yaml(config)


@given(KEYS, TREES)
@repeatable
def test_any_tree_in_a_users_yaml_composes_or_is_refused(tmp_path, key, tree):
    (tmp_path / "config.yaml").write_text(to_yaml({key: tree}), encoding="utf-8", errors="surrogateescape")
    with refused():
        compose("Cartpole", config_dir=tmp_path)


@given(st.binary(max_size=200) | YAML_ISH.map(str.encode))
@repeatable
def test_any_bytes_are_yaml_or_refused(tmp_path, content):
    file = tmp_path / "any.yaml"
    file.write_bytes(content)
    with refused():
        assert isinstance(load_yaml(file), dict)


@given(TREES)
@repeatable
def test_what_is_written_is_read_back(tree):
    text = to_yaml({"key": tree})
    assert to_yaml(parse_yaml(text, "text")) == text
