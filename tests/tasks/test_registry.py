"""Task classes that other packages offer, and what is said of those that can't be used."""

import pytest

from gymctl.config import PACKAGED
from gymctl.config.catalogue import config_dirs
from gymctl.core.errors import InputError
from gymctl.learning.prepare import prepare_training
from gymctl.tasks import registry

WHOLE = """
from gymctl.tasks.base import Task

class Walker(Task):
    num_observations = 3
    num_actions = 2
    build_model = apply_actions = observe = reward = reset = None
"""


def test_a_class_of_another_package_is_found_with_its_configs(offer):
    package = offer(WHOLE)
    assert "Walker" in registry.names()
    assert registry.load("Walker").num_observations == 3
    assert package / "configs" in config_dirs()


@pytest.mark.parametrize(
    ("wrong", "right", "what"),
    [
        ("num_observations = 3", "", "num_observations"),
        ("num_actions = 2", "num_actions = 0", "num_actions"),
        ("num_actions = 2", "num_actions = '2'", "num_actions"),
        ("observe = reward = reset", "reset", "observe, reward"),
        ("(Task)", "", "gymctl.tasks.base.Task"),
        ("class Walker", "class Runner", "Walker"),
        ("from gymctl", "import no_such_package\nfrom gymctl", "no_such_package"),
    ],
)
def test_what_a_class_lacks_is_named(offer, wrong, right, what):
    assert wrong in WHOLE
    offer(WHOLE.replace(wrong, right))
    with pytest.raises(InputError, match=what) as caught:
        registry.load("Walker")
    assert "walker_tasks.walker" in caught.value.what
    assert caught.value.fix


def test_an_entry_point_that_names_no_class_is_told(offer):
    offer(WHOLE, "walker_tasks.walker")
    with pytest.raises(InputError, match=r"walker_tasks\.walker"):
        registry.load("Walker")


def test_a_misspelt_name_is_answered_with_a_suggestion():
    with pytest.raises(InputError) as caught:
        registry.load("Antt")
    assert "Ant" in caught.value.fix


def test_a_time_limit_under_a_key_that_the_class_doesnt_read_is_told_before_there_is_a_run(offer, tmp_path):
    package = offer("from gymctl.tasks.classic.cartpole import Cartpole\n\n\nclass Walker(Cartpole):\n    pass\n")
    text = (PACKAGED / "task" / "Cartpole.yaml").read_text().replace("name: Cartpole", "name: Walker")
    (package / "configs" / "task" / "Walker.yaml").write_text(text.replace("episodeLength:", "maxEpisodeLength:"))
    runs_dir = tmp_path / "runs"
    with pytest.raises(InputError, match=r"task\.env\.episodeLength is missing"):
        prepare_training("Walker", settings={"sim_device": "cpu"}, overrides=["train=CartpolePPO"], runs_dir=runs_dir)
    assert not runs_dir.exists()
