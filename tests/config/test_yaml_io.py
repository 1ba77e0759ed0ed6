import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from gymctl.config import load_yaml, to_yaml
from gymctl.config.yaml_io import parse_yaml
from gymctl.core.errors import InputError


@pytest.fixture
def read(tmp_path):
    def read(text):
        file = tmp_path / "a.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_yaml(file)

    return read


@pytest.mark.parametrize(
    "text",
    [
        "3e-4",
        "3.e-4",
        "1e5",
        "1E+5",
        ".5",
        "1.",
        "0.0166",
        "1_000",
        "10_000.5",
        ".inf",
        "-.inf",
        "1e",
        "x1",
        "1.2.3",
        ".",
        "-1",
        "0x10",
        "cuda:0",
        "2024-01-01",
        "e5",
        "'quoted'",
    ],
)
def test_scalars_are_read_as_omegaconf_reads_them(read, text):
    expected = OmegaConf.create(f"a: {text}").a
    assert read(f"a: {text}") == {"a": expected}
    assert type(read(f"a: {text}")["a"]) is type(expected)


def test_an_empty_file_is_an_empty_mapping(read):
    assert read("# nothing\n") == {}


def test_anchors_and_merges_are_allowed(read):
    assert read("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\ne: [*x, *x]")["d"] == {"b": 1, "c": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1\n", "holds no keys"),
        ("word", "holds no keys"),
        ("a: [1, 2\nb: 3", "line 2"),
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' is there twice"),
        ("a: !!python/object/apply:os.system [ls]", "!!python/object/apply:os.system is not allowed"),
        ("a: !!binary aGk=", "!!binary is not allowed"),
        ("a: !mine 3", "!mine is not allowed"),
        ("on: 3", "put it in quotes"),
        ("? [1]\n: 2", "put it in quotes"),
        ("a: !!int x", "not valid YAML"),
        ("a: 1\nb: 0x" + "f" * 5000, "line 2: a number of more than 1000 digits"),
        ("? 0b" + "1" * 20_000 + "\n: 1", "a number of more than 1000 digits"),
        ("a: &a [*a]", "stands inside of what it refers to"),
        ("a: " + "[" * 100_000, "more than 64 levels"),
        (
            "\n".join(["a0: &a0 1", *(f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 10)}]" for i in range(9))]),
            "aliases",
        ),
        (b"a: \xff\xfe", "not UTF-8"),
        (b"a: \x00", "not valid YAML"),
        ("a: " + "x" * 4_000_001, "too large"),
    ],
)
def test_what_can_not_be_a_config_is_refused(read, text, message):
    with pytest.raises(InputError) as error:
        read(text)
    assert message in error.value.what
    assert error.value.fix


def test_a_file_that_can_not_be_read_is_refused(tmp_path):
    for path in (tmp_path / "nothing.yaml", tmp_path):
        with pytest.raises(InputError, match="can't read"):
            load_yaml(path)


WORDS = st.text(st.characters(categories=["L", "N", "P", "S"])) | st.sampled_from(
    ["1e-5", "1e-5\n", "on", ".inf", "2024-01-01", "null", "a: b", " ", "a #b"]
)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(WORDS, TREES, max_size=3))
def test_what_is_written_is_read_back_the_same(tree):
    text = to_yaml(tree)
    assert yaml.safe_load(text) == tree
    assert parse_yaml(text, "text") == tree


def test_lists_are_written_in_one_line():
    assert to_yaml({"b": [1, 2.5, "x"], "a": math.inf}) == "b: [1, 2.5, x]\na: .inf\n"
