"""What an object keeps in Python, and whether it changed."""

import collections

import numpy as np
import pytest
import torch

from gymctl.envs.python_state import changes, snapshot


class Holder:
    def __init__(self):
        self.number, self.text, self.tensor, self.array = 1, "a", torch.zeros(3), np.zeros(2)
        self.nan = float("nan")
        self.list, self.dict = [1, [2]], {"key": {"deep": 3}}
        self.part = Part()


class Part:
    def __init__(self):
        self.flag, self.tensors = True, (torch.zeros(2),)


def test_nothing_changes_by_itself_nor_in_place():
    holder = Holder()
    before = snapshot(holder)
    holder.tensor += 1
    holder.part.tensors[0].fill_(3)
    holder.view = holder.tensor[1:]
    before["view"] = holder.view
    holder.view = holder.tensor[1:]  # the same memory
    assert changes(before, snapshot(holder)) == []


CHANGES = {
    "number": lambda holder: setattr(holder, "number", 2),
    "text": lambda holder: setattr(holder, "text", "b"),
    "new": lambda holder: setattr(holder, "new", None),
    "tensor": lambda holder: setattr(holder, "tensor", holder.tensor.clone()),
    "array": lambda holder: holder.array.fill(1),
    "list.2": lambda holder: holder.list.append(3),
    "list.1.0": lambda holder: holder.list[1].__setitem__(0, 9),
    "dict.key.deep": lambda holder: holder.dict["key"].update(deep=4),
    "part.flag": lambda holder: setattr(holder.part, "flag", False),
    "part.tensors.0": lambda holder: setattr(holder.part, "tensors", (torch.zeros(2),)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_told_by_its_name(name):
    holder = Holder()
    before = snapshot(holder)
    CHANGES[name](holder)
    assert changes(before, snapshot(holder)) == [name]


def test_objects_that_hold_each_other_and_foreign_ones_are_no_trouble():
    holder = Holder()
    holder.part.owner, holder.itself = holder, holder
    holder.generator, holder.module, holder.call = torch.Generator(), collections, len
    before = snapshot(holder)
    torch.rand(3, generator=holder.generator)
    assert changes(before, snapshot(holder)) == []
