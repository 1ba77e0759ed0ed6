"""Tensors of states: what a refresh, a set and indices do."""

import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.isaacgym import gymapi
from gymctl.isaacgym.values import Tensor
from tests.isaacgym.worlds import (
    GYM,
    PENDULUM,
    SLIDER,
    acquire,
    add_envs,
    at,
    load,
    make_sim,
    refresh,
    simulate,
    unwrap,
)


@pytest.fixture
def scene(tmp_path):
    """Four envs with an arm on a fixed base and a free box, floating."""
    sim = make_sim(ground=None, gravity=(0.0, 0.0, 0.0))
    arm = load(sim, tmp_path, PENDULUM, fix_base_link=True, default_dof_drive_mode=gymapi.DOF_MODE_EFFORT)
    box = GYM.create_box(sim, 0.2, 0.2, 0.2, gymapi.AssetOptions())

    def fill(env, index):
        GYM.create_actor(env, arm, at(z=2.0), "arm", index, 0)
        GYM.create_actor(env, box, at(x=float(index), z=1.0), "box", index, 0)

    envs = add_envs(sim, 4, fill)
    GYM.prepare_sim(sim)
    return sim, envs


def test_tensors_hold_all_envs_actors_one_after_the_other(scene):
    sim, envs = scene
    roots, dofs = acquire(sim, "actor_root_state"), acquire(sim, "dof_state")
    links = acquire(sim, "rigid_body_state")
    assert (roots.shape, dofs.shape, links.shape) == ((8, 13), (4, 2), (12, 13))
    assert roots[0::2, 2].tolist() == [2.0] * 4
    assert roots[1::2, 0].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert torch.equal(links.view(4, 3, 13)[:, 2], roots[1::2])
    assert GYM.get_actor_index(envs[3], 1, gymapi.DOMAIN_SIM) == 7
    assert GYM.find_actor_rigid_body_index(envs[2], 1, "box", gymapi.DOMAIN_SIM) == 8


def test_what_is_written_to_a_tensor_counts_when_it_is_set(scene):
    sim, _ = scene
    roots = acquire(sim, "actor_root_state")
    roots[1, 7] = 5.0
    refresh(sim, "actor_root_state")
    assert roots[1, 7] == 0.0
    roots[1, 7] = 5.0
    GYM.set_actor_root_state_tensor(sim, unwrap(roots))
    simulate(sim, 10)
    refresh(sim, "actor_root_state")
    assert roots[1, 0].item() == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_indices_choose_actors_in_any_order_and_repeated(scene, dtype):
    sim, _ = scene
    roots = acquire(sim, "actor_root_state")
    before = roots.clone()
    wanted = before.clone()
    wanted[:, 2] += torch.arange(8.0)
    indices = torch.tensor([5, 1, 5, 0, 7], dtype=dtype)
    GYM.set_actor_root_state_tensor_indexed(sim, unwrap(wanted), unwrap(indices), 4)
    refresh(sim, "actor_root_state")
    for actor in range(8):
        torch.testing.assert_close(roots[actor], wanted[actor] if actor in (0, 1, 5) else before[actor])


def test_indices_of_actors_choose_dofs(scene):
    sim, _ = scene
    dofs = acquire(sim, "dof_state")
    wanted = torch.tensor([[0.1, 1.0], [0.2, 2.0], [0.3, 3.0], [0.4, 4.0]])
    GYM.set_dof_state_tensor_indexed(sim, unwrap(wanted), unwrap(torch.tensor([4, 2, 1], dtype=torch.int32)), 3)
    refresh(sim, "dof_state")
    torch.testing.assert_close(dofs, torch.tensor([[0.0, 0.0], [0.2, 2.0], [0.3, 3.0], [0.0, 0.0]]))


def test_states_that_were_set_are_true_of_links_at_once(scene):
    sim, _ = scene
    dofs, links = acquire(sim, "dof_state"), acquire(sim, "rigid_body_state")
    simulate(sim, 1)
    dofs[:, 0] = torch.pi / 2
    GYM.set_dof_state_tensor(sim, unwrap(dofs))
    refresh(sim, "rigid_body_state")
    quats = links.view(4, 3, 13)[:, 1, 3:7]
    torch.testing.assert_close(quats, torch.tensor([0.0, 0.5**0.5, 0.0, 0.5**0.5]).expand(4, 4))


def test_a_fixed_base_is_moved_by_its_root_state(scene):
    sim, _ = scene
    roots, links = acquire(sim, "actor_root_state"), acquire(sim, "rigid_body_state")
    roots[0, :3] = torch.tensor([1.0, 2.0, 3.0])
    GYM.set_actor_root_state_tensor(sim, unwrap(roots))
    simulate(sim, 2)
    refresh(sim, "actor_root_state", "rigid_body_state")
    assert roots[0, :3].tolist() == [1.0, 2.0, 3.0]
    assert links[1, :3].tolist() == [1.0, 2.0, 3.0]


def test_a_tensor_may_be_acquired_before_the_sim_is_prepared(tmp_path):
    sim = make_sim(ground=None)
    cart = load(sim, tmp_path, SLIDER.format(effort=1, velocity=1), fix_base_link=True)
    add_envs(sim, 2, lambda env, index: GYM.create_actor(env, cart, at(z=1.0 + index), "cart", index, 0))
    roots = GYM.acquire_actor_root_state_tensor(sim).torch_tensor
    GYM.prepare_sim(sim)
    refresh(sim, "actor_root_state")
    assert roots[:, 2].tolist() == [1.0, 2.0]


def test_a_refresh_of_what_was_never_acquired_does_nothing(scene):
    sim, _ = scene
    names = ["actor_root_state", "dof_state", "rigid_body_state", "net_contact_force", "force_sensor", "dof_force"]
    refresh(sim, *names)
    simulate(sim, 1)
    refresh(sim, *names)


def test_a_tensor_of_another_size_is_refused(scene):
    sim, _ = scene
    with pytest.raises(InputError, match="8 rows of 13"):
        GYM.set_actor_root_state_tensor(sim, unwrap(torch.zeros(4, 13)))
    with pytest.raises(InputError, match="4 DOFs"):
        GYM.set_dof_actuation_force_tensor(sim, unwrap(torch.zeros(5)))
    with pytest.raises(InputError, match="empty tensor"):
        GYM.set_dof_actuation_force_tensor(sim, Tensor())


def test_forces_of_some_actors_leave_those_of_others(scene):
    sim, _ = scene
    dofs = acquire(sim, "dof_state")
    GYM.set_dof_actuation_force_tensor(sim, unwrap(torch.full((4,), 0.51)))
    one = unwrap(torch.tensor([6], dtype=torch.int32))
    GYM.set_dof_actuation_force_tensor_indexed(sim, unwrap(torch.full((4,), -1.02)), one, 1)
    simulate(sim, 10)
    refresh(sim, "dof_state")
    assert dofs[:, 1].tolist() == pytest.approx([0.1, 0.1, 0.1, -0.2], rel=1e-3)


def test_envs_of_other_actors_are_refused(tmp_path):
    sim = make_sim()
    box = GYM.create_box(sim, 1, 1, 1, gymapi.AssetOptions())

    def fill(env, index):
        for _ in range(1 + index):
            GYM.create_actor(env, box, at(z=1.0), "box", index, 0)

    add_envs(sim, 2, fill)
    with pytest.raises(InputError, match="env 1 has other actors than env 0"):
        GYM.prepare_sim(sim)


def test_a_world_that_explodes_is_put_to_its_start(scene):
    sim, _ = scene
    roots = acquire(sim, "actor_root_state")
    before = roots.clone()
    state = roots.clone()
    state[3, 7] = float("nan")
    GYM.set_actor_root_state_tensor(sim, unwrap(state))
    simulate(sim, 1)
    refresh(sim, "actor_root_state")
    assert roots.isfinite().all()
    torch.testing.assert_close(roots[2:4], before[2:4])
