"""What a training leaves behind, however it ends."""

import json

import pytest

from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import run_training


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "status"),
    [(SystemExit(130), "interrupted"), (KeyboardInterrupt(), "interrupted"), (ValueError(), "failed")],
)
def test_the_manifest_tells_a_training_that_was_stopped_at_once_from_one_that_failed(tmp_path, end, status):
    training = prepare_training("Cartpole", settings={"num_envs": 4, "max_iterations": 3}, runs_dir=tmp_path / "runs")

    def stop(progress):
        raise end

    with pytest.raises(type(end)):
        run_training(training, on_progress=stop)
    (run,) = (tmp_path / "runs").iterdir()
    assert json.loads((run / "run.json").read_text())["status"] == status
    assert (run / "train.log").is_file()
