"""The packaged tasks' configs."""

import pytest

from gymctl.config import compose, task_names


@pytest.mark.parametrize("task", task_names())
def test_every_packaged_task_composes(task):
    assert compose(task).tree["task"]["env"]["numEnvs"] > 0
