"""What varies in a sweep: read from the command line and from YAML, drawn and listed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gymctl.core.errors import InputError
from gymctl.sweep.space import (
    Choice,
    Range,
    as_data,
    decoded,
    encoded,
    extremes,
    grid,
    load_space,
    merged,
    overrides_of,
    sample,
    space_from,
    split_arguments,
)

LR = "train.params.config.learning_rate"


def parsed(text, key="a.b"):
    space, settings = split_arguments([f"{key}={text}"])
    return space.get(key) if space else settings


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0.3,0.5,0.7", Choice((0.3, 0.5, 0.7))),
        ("relu,elu", Choice(("relu", "elu"))),
        ("True,False", Choice((True, False))),
        ("[64,64],[128,128]", Choice(([64, 64], [128, 128]))),
        ('"a,b",c', Choice(("a,b", "c"))),
        ("1e-4..1e-2", Range(1e-4, 1e-2)),
        ("1e-4..1e-2:log", Range(1e-4, 1e-2, log=True)),
        ("8..64:int", Range(8, 64, integer=True)),
        ("8..64:log:int", Range(8, 64, log=True, integer=True)),
        ("-1..1", Range(-1, 1)),
    ],
)
def test_commas_and_dots_make_a_key_vary(text, meant):
    assert parsed(text) == meant


@pytest.mark.parametrize("text", ["0.5", "[64,64]", "'a,b'", "relu", "", "../model.xml", "{a: 1, b: 2}"])
def test_one_value_is_a_setting_of_all_trials(text):
    assert parsed(text) == [f"a.b={text}"]


@pytest.mark.parametrize(
    "text",
    [
        "1..0",
        "1..1",
        "a..b",
        "..",
        "0..1:log",
        "-1..1:log",
        "0.5..2:int",
        "0..1:lg",
        "0..1:",
        "0..inf",
        "0..nan",
        "1,,2",
        "1,",
    ],
)
def test_a_bad_range_or_list_says_what_to_write(text):
    with pytest.raises(InputError) as refused:
        parsed(text)
    assert "a.b" in refused.value.what
    assert refused.value.fix


def test_a_key_varies_once():
    with pytest.raises(InputError, match="varies twice"):
        split_arguments(["a=1,2", "a=3,4"])
    with pytest.raises(InputError, match="varies twice"):
        merged({"a": Choice((1,))}, {"a": Choice((2,))})


def test_yaml_says_the_same_in_sections_or_with_dotted_keys(tmp_path):
    file = tmp_path / "sweep.yaml"
    file.write_text(
        f"{LR}: 1e-4..1e-2:log\ntrain:\n  params: {{config: {{gamma: [0.97, 0.99]}}}}\nnum_envs: 64,128\nseed: 3\n"
    )
    assert load_space(file) == {
        LR: Range(1e-4, 1e-2, log=True),
        "train.params.config.gamma": Choice((0.97, 0.99)),
        "num_envs": Choice((64, 128)),
        "seed": Choice((3,)),
    }


@pytest.mark.parametrize("text", ["", "a: []", "a: {}", "a: 2..1", "- 1", "a: ["])
def test_bad_yaml_is_refused(tmp_path, text):
    file = tmp_path / "sweep.yaml"
    file.write_text(text)
    with pytest.raises(InputError):
        load_space(file)


def test_the_grid_has_every_combination_once():
    points = grid({"a": Choice((1, 2)), "b": Choice(("x", "y", "z"))})
    assert len(points) == 6
    assert points[:2] == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}]


def test_a_range_has_no_grid():
    with pytest.raises(InputError, match="can't try all values"):
        grid({LR: Range(0, 1)})


def test_samples_are_repeatable_and_more_of_them_begin_alike():
    space = {LR: Range(1e-4, 1e-2, log=True), "n": Range(1, 3, integer=True), "c": Choice((1, 2))}
    few, many = sample(space, 3, seed=5), sample(space, 50, seed=5)
    assert many[:3] == few
    assert sample(space, 3, seed=6) != few
    assert {point["n"] for point in many} == {1, 2, 3}
    assert {point["c"] for point in many} == {1, 2}
    assert all(1e-4 <= point[LR] <= 1e-2 for point in many)


def test_a_log_range_draws_each_power_of_ten_as_often():
    drawn = [point["x"] for point in sample({"x": Range(1e-4, 1, log=True)}, 400, seed=0)]
    assert 150 < sum(value < 1e-2 for value in drawn) < 250
    drawn = [point["x"] for point in sample({"x": Range(0, 1)}, 400, seed=0)]
    assert sum(value < 1e-2 for value in drawn) < 20


def test_samples_of_choices_are_all_different_and_end_where_there_are_no_more():
    space = {"a": Choice((1, 2)), "b": Choice((1, 2, 3))}
    assert len({tuple(point.values()) for point in sample(space, 6, seed=0)}) == 6
    with pytest.raises(InputError, match="7 trials are more than the 6 combinations"):
        sample(space, 7, seed=0)


def test_extremes_have_each_end_and_each_choice():
    points = list(extremes({"a": Range(1, 9, integer=True), "b": Choice(("x", "y"))}))
    assert points == [{"a": 1, "b": "x"}, {"a": 9, "b": "x"}, {"a": 1, "b": "y"}]


def test_a_value_that_stands_there_often_keeps_no_other_from_being_drawn():
    space = {key: Choice((1,) * 10_000 + (2,)) for key in "abc"}
    assert len({tuple(point.values()) for point in sample(space, 8, 0)}) == 8


def test_values_become_settings_that_yaml_reads_back():
    from gymctl.config.yaml_io import parse_yaml

    values = {"a": 1e-05, "b": True, "c": [64, 32], "d": "relu", "e": "1e-3"}
    texts = [text.partition("=")[2] for text in overrides_of(values)]
    assert [parse_yaml(text, "") for text in texts] == list(values.values())


SPACES = st.dictionaries(
    st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,2}", fullmatch=True),
    st.one_of(
        st.lists(st.one_of(st.integers(-9, 9), st.booleans(), st.floats(-1, 1)), min_size=1, max_size=4).map(
            lambda values: Choice(tuple(values))
        ),
        st.builds(lambda low, width: Range(low, low + width), st.floats(-5, 5), st.floats(0.1, 5)),
        st.builds(
            lambda low, width: Range(low, low + width, log=True, integer=True), st.integers(1, 9), st.integers(1, 9)
        ),
    ),
    min_size=1,
    max_size=3,
)


@given(SPACES)
def test_a_space_survives_its_record(space):
    assert space_from(as_data(space)) == space


@given(SPACES, st.integers(0, 99))
def test_a_point_survives_a_search_algorithm(space, seed):
    (point,) = sample(space, 1, seed)
    flat = encoded(point, space)
    assert all(isinstance(value, str | int | float) for value in flat.values())
    assert decoded(flat, space) == point
    assert all(math.isfinite(value) for value in point.values())
