"""The contract that engines have to keep, and what it forbids them to leave out."""

import pytest

from gymctl.sim.fields import STATE_FIELDS
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.sim.simulation import Simulation


@pytest.mark.parametrize("method", sorted(Simulation.__abstractmethods__))
def test_an_engine_that_lacks_a_method_cannot_be_made(method):
    incomplete = type("Incomplete", (MujocoSimulation,), {method: getattr(Simulation, method)})
    with pytest.raises(TypeError, match=method):
        incomplete(None, 1)


def test_the_contract_declares_every_state_field():
    assert set(STATE_FIELDS) <= Simulation.__annotations__.keys()


def test_every_method_of_the_contract_says_what_it_does():
    methods = [getattr(Simulation, name) for name in (*Simulation.__abstractmethods__, "put")]
    assert all(method.__doc__ for method in methods)
