"""On a GPU, no call of a step waits for the host: shown on tensors without values."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from gymctl.diagnostics.waits import counting_waits
from tests.helpers.meta_simulation import DEVICE, MetaSimulation
from tests.isaacgym.valueless import make_valueless, step_with_everything


@pytest.fixture(params=["plane", "terrain"])
def sim(request, tmp_path, monkeypatch):
    """A simulation on PyTorch's meta device."""
    return make_valueless(MetaSimulation, request.param, tmp_path, monkeypatch)


class NothingOnTheHost(TorchDispatchMode):
    """Refuses operations that take or make tensors of the host: a GPU would be waited for to copy them."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in tree_iter((args, kwargs, result)):
            if isinstance(tensor, torch.Tensor) and tensor.device != DEVICE:
                raise RuntimeError(f"{func} has a tensor of the host")
        return result


def test_no_call_of_a_step_needs_a_value_on_the_host(sim):
    step_with_everything(sim)
    with counting_waits() as waits:
        step_with_everything(sim)
    assert waits == []


def test_no_call_of_a_step_makes_a_tensor_on_the_host(sim):
    step_with_everything(sim)
    with NothingOnTheHost():
        step_with_everything(sim)


def test_a_wait_would_be_found(sim, monkeypatch):
    step_with_everything(sim)
    monkeypatch.setattr(type(sim.live), "note_written", lambda self, mask: bool(mask.any()))
    with pytest.raises((RuntimeError, NotImplementedError)):
        step_with_everything(sim)
