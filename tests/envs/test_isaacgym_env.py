"""What the learner tells and asks of a class in Isaac Gym's style."""

from types import SimpleNamespace

from gymctl.envs.isaacgym_env import Problem


def test_a_class_hears_how_far_the_training_is_where_it_wants_to():
    told = []
    Problem("a", SimpleNamespace(num_obs=3, num_actions=1, set_train_info=told.append)).set_train_frames(640)
    Problem("b", SimpleNamespace(num_obs=3, num_actions=1)).set_train_frames(1280)
    assert told == [640]
