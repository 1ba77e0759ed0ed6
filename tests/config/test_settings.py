"""Short words become config keys."""

from gymctl.config import compose, settings_of


def test_words_become_the_keys_that_they_set():
    assert settings_of(num_envs=4, device="cpu", engine=None, wandb=True) == {
        "num_envs": 4,
        "sim_device": "cpu",
        "rl_device": "cpu",
        "physics_engine": None,
        "wandb_activate": True,
    }


def test_every_word_sets_keys_that_a_config_has():
    words = {"num_envs": 4, "seed": 1, "max_iterations": 2, "device": "cpu", "engine": "mujoco", "wandb": False}
    settings = settings_of(experiment="mine", **words)
    config = compose("Ant", settings=settings)
    assert {key: config.tree[key] for key in settings} == settings
