"""The same as `test_no_waits`, on tensors that say they are on ``cuda:0``: PyTorch's fake tensors.

They raise where a value is needed, and tell a tensor that was left on the host from one of the GPU in every operation.
"""

import pytest
import torch
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    unset_fake_temporarily,
)

from gymctl.diagnostics.waits import counting_waits
from gymctl.isaacgym.gym.building import Building
from gymctl.isaacgym.gym.live import Live
from tests.helpers.fake_cuda import CUDA, FakeCudaSimulation, fake_cuda
from tests.isaacgym.valueless import NUM_ENVS, make_valueless, step_with_everything

_compile = Building.compile


def on_the_host(self, *, contacts):
    """Models are made of NumPy's numbers, which fake tensors don't give."""
    with unset_fake_temporarily():
        return _compile(self, contacts=contacts)


@pytest.fixture(params=["plane", "terrain"])
def sim(request, tmp_path, monkeypatch):
    """A simulation that has stepped once."""
    monkeypatch.setattr(Building, "compile", on_the_host)
    with fake_cuda():
        sim = make_valueless(FakeCudaSimulation, request.param, tmp_path, monkeypatch)
        step_with_everything(sim)
        yield sim


def test_no_call_of_a_step_needs_a_value_or_mixes_devices(sim):
    with counting_waits(CUDA) as waits:
        step_with_everything(sim)
    assert waits == []
    assert all(buffer.device == CUDA for buffer in sim.buffers.values())


FAULTS = {
    "item": (lambda mask: mask.sum().item(), DataDependentOutputException),
    "if": (lambda mask: 1 if mask.any() else 0, DataDependentOutputException),
    "nonzero": (lambda mask: mask.nonzero(), DynamicOutputShapeException),
    "mask as an index": (lambda mask: mask[mask], DynamicOutputShapeException),
    "forgotten device": (lambda mask: mask | torch.zeros(NUM_ENVS, dtype=torch.bool), RuntimeError),
    "list as an index": (lambda mask: mask[[0, 1]], TypeError),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_raises(sim, monkeypatch, fault):
    do, error = FAULTS[fault]
    monkeypatch.setattr(Live, "note_written", lambda self, mask: do(mask))
    with pytest.raises(error):
        step_with_everything(sim)


@pytest.mark.parametrize(
    "copy",
    [
        lambda mask: mask.cpu(),
        lambda mask: torch.zeros(NUM_ENVS).to(CUDA),
        lambda mask: torch.tensor([True], device=CUDA),
    ],
)
def test_a_copy_is_counted(sim, monkeypatch, copy):
    monkeypatch.setattr(Live, "note_written", lambda self, mask: copy(mask))
    with counting_waits(CUDA) as waits:
        step_with_everything(sim)
    assert len(waits) >= 2
