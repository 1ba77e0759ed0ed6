"""What goes wrong in a user's own task only after a while is told with its method and line, and nothing is lost."""

import re

import pytest

from gymctl.core.errors import GymctlError
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import run_training
from gymctl.runs.directory import Run
from gymctl.tasks.user_code import TaskError

LATER = "upright = 1.0 - observations[:, 1] ** 2\n        self.count = getattr(self, 'count', 0) + 1"


def train(tmp_path, train="CartpolePPO", *overrides):
    settings = {"sim_device": "cpu", "rl_device": "cpu", "num_envs": 4, "max_iterations": 5}
    overrides = [f"train={train}", *overrides]
    training = prepare_training("Walker", settings=settings, overrides=overrides, runs_dir=tmp_path / "runs")
    run_training(training)


def only_run(tmp_path):
    (path,) = (tmp_path / "runs").iterdir()
    return Run(path)


def test_an_exception_names_method_and_line_and_the_last_checkpoint(walker, tmp_path):
    file = walker(
        "upright = 1.0 - observations[:, 1] ** 2", LATER + "\n        self.goals[0] if self.count > 40 else 0"
    )
    with pytest.raises(
        TaskError, match=r"Walker\.reward fails: AttributeError: 'Walker' object has no .*goals"
    ) as caught:
        train(tmp_path, "CartpolePPO", "train.params.config.save_frequency=1", "task.env.episodeLength=10")
    line = file.read_text().splitlines().index("        self.goals[0] if self.count > 40 else 0") + 1
    assert f"{file}:{line}: self.goals[0]" in caught.value.fix
    assert re.search(r"the last good checkpoint is .*_ep_2_", caught.value.fix)
    assert only_run(tmp_path).manifest()["status"] == "failed"


@pytest.mark.parametrize("train_yaml", ["CartpolePPO", "AntSAC"])
@pytest.mark.parametrize(
    ("wrong", "right", "method"),
    [
        (
            "upright = 1.0 - observations[:, 1] ** 2",
            LATER + "\n        upright = upright / (self.count < 20)",
            "reward",
        ),
        (
            "take(self.sim.qvel, ids)), dim=1).float()",
            "take(self.sim.qvel, ids) * self.gain()), dim=1).float()",
            "observe",
        ),
    ],
)
def test_numbers_that_are_none_are_not_laid_on_the_learning_rate(walker, tmp_path, train_yaml, wrong, right, method):
    gain = "    def gain(self):\n        self.asked = getattr(self, 'asked', 0) + 1\n"
    gain += "        return float('nan') if self.asked > 30 else 1.0\n"
    file = walker(wrong, right)
    file.write_text(file.read_text() + gain)
    overrides = ["train.params.config.num_warmup_steps=1", "train.params.config.batch_size=8"]
    with pytest.raises(GymctlError, match=rf"Walker\.{method} has given NaN or infinite numbers") as caught:
        train(tmp_path, train_yaml, *(overrides if train_yaml == "AntSAC" else []))
    assert "learning rate" not in caught.value.fix
