"""Which of a training's processes this one is."""

import os

import pytest

from gymctl.core.errors import BackendError, InputError
from gymctl.learning.ranks.place import Rank


def test_without_torchrun_a_process_is_alone():
    assert Rank.of_this_process({}) == Rank(0, 1, 0, 1)


def test_torchrun_tells_it():
    variables = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4"}
    rank = Rank.of_this_process(variables)
    assert rank == Rank(index=5, size=8, local_index=1, local_size=4)
    assert not rank.is_first


@pytest.mark.parametrize(
    "variables",
    [
        {"WORLD_SIZE": "two"},
        {"WORLD_SIZE": "2", "RANK": "2"},
        {"WORLD_SIZE": "2", "RANK": "-1"},
        {"WORLD_SIZE": "2", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "1"},
        {"WORLD_SIZE": "9" * 5000},
    ],
)
def test_what_does_not_fit_is_refused(variables):
    with pytest.raises(InputError, match="torchrun") as told:
        Rank.of_this_process(variables)
    assert "unset them" in told.value.fix


def test_each_rank_has_its_own_gpu():
    assert [Rank(index, 4, index, 4).gpu(4) for index in range(4)] == [0, 1, 2, 3]
    with pytest.raises(BackendError, match="4 ranks on this machine, but 2 GPUs"):
        Rank(0, 4, 0, 4).gpu(2)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores can't be chosen here")
def test_ranks_divide_the_cores(monkeypatch):
    taken = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3, 4})
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, cores: taken.append(cores))
    for local in range(2):
        Rank(local, 2, local, 2).take_share_of_cores()
    assert taken == [[0, 2, 4], [1, 3]]
    Rank(6, 7, 6, 7).take_share_of_cores()
    assert taken[-1] == [1], "more ranks than cores share them"
