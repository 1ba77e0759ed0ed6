"""What ranks tell each other: the same numbers as one process would have found."""

import pytest
import torch

from gymctl.learning.ranks.group import Group
from tests.learning.ranks.together import torchrun

PROGRAM = """
import sys
import torch
from gymctl.learning.ranks.group import RanksDifferError, joined
from gymctl.learning.ranks.place import Rank

rank = Rank.of_this_process()
values = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
own = values[rank.index * 3 : rank.index * 3 + 3]
with joined(rank, torch.device("cpu")) as group:
    mean, variance, number = group.moments(own)
    weight = torch.zeros(4, requires_grad=True)
    (own @ weight).mean().backward()
    group.average_gradients([weight, torch.zeros(2, requires_grad=True)])
    alike = True
    group.check_equal([("weight", weight), ("gradient", weight.grad)])
    try:
        group.check_equal([("weight", weight), ("own", own)])
    except RanksDifferError as error:
        difference = error.what
    torch.save(
        {
            "mean": mean, "variance": variance, "number": number, "gradient": weight.grad,
            "sum": group.sum(torch.tensor([1.0 + rank.index])), "difference": difference,
            "first": group.from_first({"run": rank.index}), "any": group.any_of("SIGINT" if rank.index else None),
            "none": group.any_of(None),
        },
        f"{sys.argv[1]}/{rank.index}.pt",
    )
"""


@pytest.mark.slow
def test_all_ranks_get_the_same(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    ended = torchrun(2, tmp_path / "program.py", tmp_path, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    values = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    for index in range(2):
        given = torch.load(tmp_path / f"{index}.pt")
        torch.testing.assert_close(given["mean"].float(), values.mean(0))
        torch.testing.assert_close(given["variance"].float(), values.var(0, unbiased=False))
        torch.testing.assert_close(given["gradient"], values.mean(0))
        assert given["number"] == 6
        assert given["sum"].item() == 3.0
        assert given["first"] == {"run": 0}
        assert given["any"] == "SIGINT"
        assert given["none"] is None
        assert given["difference"] == "the ranks have become different: own"


def test_a_rank_alone_waits_for_nobody():
    group, values = Group(), torch.tensor([[1.0], [3.0]])
    assert group.is_alone
    assert group.is_first
    assert [number.item() for number in group.moments(values)[:2]] == [2.0, 1.0]
    assert torch.equal(group.sum(values), values)
    assert group.from_first("run") == "run"
    assert group.any_of(None) is None
    group.check_equal([("values", values)])
