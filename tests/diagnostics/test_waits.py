"""What waits for a GPU is counted without one, each with the line that does it."""

import inspect

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from gymctl.diagnostics.waits import counting_waits

VALUES = torch.arange(6.0)
META = torch.empty(6, device="meta")


def put(values, where, value):
    values = values.clone()
    values[where] = value


WAITS = {
    "item": lambda: VALUES.sum().item(),
    "float": lambda: float(VALUES[0]),
    "bool": lambda: bool(VALUES.any()),
    "branch": lambda: 1 if (VALUES > 0).any() else 0,
    "format": lambda: f"{VALUES.sum():.1f}",
    "nonzero": lambda: VALUES.nonzero(),
    "where without values": lambda: torch.where(VALUES > 1),
    "index by a mask": lambda: VALUES[VALUES > 1],
    "put values by a mask": lambda: put(VALUES, VALUES > 1, torch.zeros(4)),
    "masked_select": lambda: VALUES.masked_select(VALUES > 1),
    "unique": lambda: VALUES.unique(),
    "equal": lambda: torch.equal(VALUES, VALUES),
    "allclose": lambda: torch.allclose(VALUES, VALUES),
    "repeat_interleave": lambda: VALUES.repeat_interleave(torch.ones(6, dtype=torch.int64)),
    "normal": lambda: torch.normal(VALUES, VALUES + 1),
    "Normal.sample": lambda: Normal(VALUES, VALUES + 1, validate_args=False).sample(),
    "validated": lambda: Normal(VALUES, VALUES + 1, validate_args=True),
    "cpu": lambda: VALUES.cpu(),
    "numpy": lambda: VALUES.numpy(),
    "asarray": lambda: np.asarray(VALUES),
    "tolist": lambda: VALUES.tolist(),
    "from the host": lambda: torch.zeros(3).to("meta"),
    "copied from the host": lambda: META.copy_(VALUES),
    "a constant": lambda: torch.tensor(1.0, device="cpu"),
}
FREE = {
    "where": lambda: torch.where(VALUES > 1, VALUES, 0.0),
    "masked_fill": lambda: VALUES.masked_fill(VALUES > 1, 0.0),
    "put one value by a mask": lambda: put(VALUES, VALUES > 1, 0.0),
    "index by positions": lambda: VALUES[torch.tensor([0, 1])],
    "slice": lambda: VALUES.clone()[1:3].copy_(VALUES[2:4]),
    "reduce": lambda: VALUES.mean().sqrt().clamp(0.0, 1.0),
    "randn": lambda: torch.randn_like(VALUES),
    "no wait to copy": lambda: torch.zeros(3).to("meta", non_blocking=True),
    "another type": lambda: VALUES.double(),
    "gradients": lambda: VALUES.clone().requires_grad_().square().sum().backward(),
}


@pytest.mark.parametrize("operation", WAITS.values(), ids=WAITS.keys())
def test_what_waits_is_counted_with_its_line(operation):
    with counting_waits() as waits:
        operation()
    assert waits
    assert {wait.place.rpartition(":")[0] for wait in waits} <= {__file__}
    assert waits[-1].operation


def test_the_line_is_the_one_that_waits():
    with counting_waits() as waits:
        VALUES.sum()
        VALUES.sum().item()
        line = inspect.currentframe().f_lineno - 1
    assert [(wait.operation, wait.place) for wait in waits] == [("_local_scalar_dense", f"{__file__}:{line}")]


@pytest.mark.parametrize("operation", FREE.values(), ids=FREE.keys())
def test_what_does_not_wait_is_not_counted(operation):
    with counting_waits() as waits:
        operation()
    assert waits == []


def test_only_the_device_that_is_meant_counts():
    with counting_waits(torch.device("meta")) as waits:
        VALUES.sum().item()
        VALUES.cpu()
        torch.tensor(1.0, device="cpu")
        META.copy_(VALUES)
    assert [wait.operation for wait in waits] == ["copy from the host"]


def test_nothing_is_counted_afterwards():
    with counting_waits() as waits:
        pass
    VALUES.sum().item()
    assert waits == []
