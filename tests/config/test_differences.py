"""Which keys of several configs differ."""

from gymctl.config import compose
from gymctl.config.differences import differences


def test_a_setting_that_others_follow_counts_once_and_names_and_seeds_don_t_count():
    few = compose("Cartpole", settings={"num_envs": 16, "seed": 1, "experiment": "a"})
    many = compose("Cartpole", settings={"num_envs": 32, "seed": 2, "experiment": "b"})
    assert differences([few.tree, many.tree], few.unchanged) == {"num_envs": (16, 32)}
    assert "task.env.numEnvs" in differences([few.tree, many.tree])


def test_a_flag_that_wasnt_given_stands_for_what_its_followers_had():
    default, few = compose("Cartpole"), compose("Cartpole", settings={"num_envs": 16, "max_iterations": 7})
    found = differences([default.tree, few.tree], default.unchanged)
    assert found["num_envs"] == (512, 16)
    assert found["max_iterations"] == (100, 7)
    assert not {"task.env.numEnvs", "train.params.config.max_epochs"} & found.keys()


def test_a_key_that_a_config_lacks_is_none_there():
    assert differences([{"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, {}]) == {
        "a.b": (1, 1, None),
        "a.c": (None, 2, None),
    }
    assert differences([{"a": float("nan")}, {"a": float("nan")}]) == {}
