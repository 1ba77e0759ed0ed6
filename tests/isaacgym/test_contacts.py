"""Contacts one by one, of boxes whose weight is known."""

import numpy as np
import pytest

from gymctl.isaacgym import gymapi
from tests.isaacgym.worlds import GYM, acquire, add_envs, at, make_sim

WEIGHT = 8.0 * 9.81
"""Of a box of 20 cm and 1000 kg/m^3 [N]."""


@pytest.fixture
def stacks():
    """Two envs, in each a box on a box, at rest."""
    sim = make_sim()
    box = GYM.create_box(sim, 0.2, 0.2, 0.2, gymapi.AssetOptions())

    def fill(env, index):
        for number in range(2):
            GYM.create_actor(env, box, at(z=0.1 + 0.2 * number), f"box {number}", index, 0)

    add_envs(sim, 2, fill)
    GYM.prepare_sim(sim)
    for _ in range(100):
        GYM.simulate(sim)
    return sim


def xyz(vectors):
    return np.stack([vectors[axis] for axis in "xyz"], axis=-1)


def pair(contacts, one, other):
    return contacts[(contacts["body0"] == one) & (contacts["body1"] == other)]


def test_contacts_tell_who_touches_whom_and_how_hard(stacks):
    contacts = GYM.get_env_rigid_contacts(stacks.envs[1])
    ground, between = pair(contacts, 0, -1), pair(contacts, 1, 0)
    assert len(ground) == len(between) == 4
    assert len(contacts) == 8
    assert ground["lambda"].sum() == pytest.approx(2.0 * WEIGHT, rel=0.01)
    assert between["lambda"].sum() == pytest.approx(WEIGHT, rel=0.01)
    assert xyz(contacts["normal"]) == pytest.approx(np.tile([0.0, 0.0, -1.0], (8, 1)), abs=1e-5)
    assert (between["env0"].tolist(), ground["env0"].tolist(), ground["env1"].tolist()) == ([1] * 4, [1] * 4, [-1] * 4)
    assert (contacts["initialOverlap"] > 0.0).all()
    assert contacts["friction"] == pytest.approx(1.0)


def test_places_are_in_the_frames_of_the_links(stacks):
    between = pair(GYM.get_env_rigid_contacts(stacks.envs[0]), 1, 0)
    assert np.abs(xyz(between["localPos0"])) == pytest.approx(0.1, abs=1e-3)
    assert (between["localPos0"]["z"] < 0.0).all()
    assert (between["localPos1"]["z"] > 0.0).all()
    gap = between["localPos1"]["z"] - between["localPos0"]["z"] - 0.2
    assert gap == pytest.approx(0.0, abs=1e-5)


def test_an_element_can_be_read_by_number_as_scripts_do(stacks):
    contact = GYM.get_env_rigid_contacts(stacks.envs[0])[-1]
    assert (contact[2], contact[3]) == (contact["body0"], contact["body1"])


def test_all_envs_have_theirs_in_order(stacks):
    contacts = GYM.get_rigid_contacts(stacks)
    assert contacts["env0"].tolist() == [0] * 8 + [1] * 8


def test_net_forces_are_those_of_the_tensor(stacks):
    forces = xyz(GYM.get_rigid_contact_forces(stacks))
    tensor = acquire(stacks, "net_contact_force")
    GYM.simulate(stacks)
    GYM.refresh_net_contact_force_tensor(stacks)
    assert forces == pytest.approx(tensor.numpy(), abs=0.5)
    assert xyz(GYM.get_env_rigid_contact_forces(stacks.envs[1])) == pytest.approx(forces[2:], abs=0.5)
    assert len(GYM.get_vec_env_rigid_contact_forces(stacks.envs[:1])) == 2


def test_what_flies_touches_nothing():
    sim = make_sim()
    ball = GYM.create_sphere(sim, 0.1, gymapi.AssetOptions())
    add_envs(sim, 1, lambda env, index: GYM.create_actor(env, ball, at(z=1.0), "ball", index, 0))
    GYM.prepare_sim(sim)
    GYM.simulate(sim)
    assert len(GYM.get_rigid_contacts(sim)) == 0
    assert not xyz(GYM.get_rigid_contact_forces(sim)).any()
