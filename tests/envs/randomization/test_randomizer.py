"""When what is drawn, in worlds and in whole environments."""

import itertools

import numpy as np
import pytest
import torch

from gymctl.config import compose, task_names
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.envs.vec_env import VecEnv
from gymctl.tasks.classic.cartpole import Cartpole
from tests.envs.randomization.conftest import assert_gaussian, assert_uniform, draw, prop

PARAMS = "task.task.randomization_params"
FRICTION = prop("object", "rigid_shape_properties.friction", draw(0.5, 1.5))


def ant(*overrides, randomize=True, num_envs=8, seed=0):
    overrides = [f"task.task.randomize={randomize}", *overrides]
    return factory.make(compose("Ant", settings={"num_envs": num_envs, "seed": seed}, overrides=overrides))


def friction(drawn):
    return drawn.field("geom_friction", 0)[:, 4]


@pytest.mark.parametrize("masks", [False, True])
def test_a_world_is_drawn_anew_at_its_reset_once_its_last_draw_is_long_enough_ago(worlds, masks):
    drawn = worlds(FRICTION, num_envs=6, masks=masks)
    first = friction(drawn)
    drawn.randomizer.advance(9)
    drawn.reset()
    assert torch.equal(friction(drawn), first)
    drawn.randomizer.advance(1)
    assert torch.equal(friction(drawn), first)
    drawn.reset(1, 4)
    second = friction(drawn)
    assert (second != first).tolist() == [False, True, False, False, True, False]
    drawn.randomizer.advance(5)
    drawn.reset()
    third = friction(drawn)
    assert (third != second).tolist() == [True, False, True, True, False, True]
    assert ((third >= 0.4 - 1e-6) & (third <= 1.2 + 1e-6)).all()


def test_masses_drawn_at_a_reset_take_effect_in_the_chosen_worlds_alone(worlds):
    drawn = worlds(prop("object", "rigid_body_properties.mass", draw(0.5, 1.5)), num_envs=4)
    before = [drawn.sim.get_model(env).body_subtreemass[4] for env in range(4)]
    drawn.randomizer.advance(10)
    drawn.reset(2)
    after = [drawn.sim.get_model(env).body_subtreemass[4] for env in range(4)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False, True]
    assert after[2] == drawn.sim.get_model(2).body_mass[4]


def test_what_is_for_setup_only_is_drawn_once(worlds):
    drawn = worlds(prop("object", "rigid_shape_properties.friction", draw(0.5, 1.5, setup_only=True)))
    first = friction(drawn)
    assert_uniform(first, 0.4, 1.2)
    drawn.randomizer.advance(100)
    drawn.reset()
    assert torch.equal(friction(drawn), first)


@pytest.mark.parametrize(
    ("distribution", "low", "high", "bounds"),
    [("uniform", 0.5, 2.0, (0.875, 1.25)), ("loguniform", 0.5, 2.0, (0.875, 1.25))],
)
def test_a_linear_schedule_widens_the_draw_from_nothing(worlds, distribution, low, high, bounds):
    given = draw(low, high, distribution=distribution, schedule="linear", schedule_steps=100)
    drawn = worlds(prop("object", "rigid_shape_properties.friction", given))
    assert (friction(drawn) == 0.8).all()
    drawn.randomizer.advance(25)
    drawn.reset()
    factors = friction(drawn) / 0.8
    assert factors.min().item() == pytest.approx(bounds[0], abs=0.01)
    assert factors.max().item() == pytest.approx(bounds[1], abs=0.01)
    drawn.randomizer.advance(175)
    drawn.reset()
    assert (friction(drawn) / 0.8).max().item() == pytest.approx(high, abs=0.05)


def test_a_constant_schedule_switches_the_draw_on(worlds):
    given = draw(0.5, 1.5, schedule="constant", schedule_steps=15)
    drawn = worlds(prop("object", "rigid_shape_properties.friction", given))
    drawn.randomizer.advance(10)
    drawn.reset()
    assert (friction(drawn) == 0.8).all()
    drawn.randomizer.advance(10)
    drawn.reset()
    assert_uniform(friction(drawn), 0.4, 1.2)


def test_gravity_is_the_same_in_all_worlds_and_new_every_period_without_any_reset(worlds):
    drawn = worlds({"frequency": 10, "sim_params": {"gravity": draw(0, 0.4, "additive", "gaussian")}}, num_envs=3)
    seen = []
    for _ in range(1500):
        gravity = drawn.field("opt.gravity")
        assert (gravity == gravity[0]).all()
        seen.append(gravity[0])
        drawn.randomizer.advance(5)
        assert torch.equal(drawn.field("opt.gravity")[0], seen[-1]) == (len(seen) % 2 == 1)
    rows = torch.stack(seen[::2])
    for axis, nominal in enumerate((0, 0, -9.81)):
        assert_gaussian(rows[:, axis], nominal, 0.4)


def test_bodies_fall_with_the_gravity_that_was_drawn(worlds):
    params = {"sim_params": {"gravity": draw(0.5, 0.5)}}
    drawn = worlds(params, num_envs=2)
    drawn.sim.qpos[:, -5] = 3.0
    for _ in range(10):
        drawn.sim.step()
    assert drawn.sim.qvel[:, -4].tolist() == pytest.approx(2 * [10 * 0.005 * 0.5 * -9.81])


def test_the_only_actor_may_have_any_name(worlds):
    model = Cartpole.build_model(compose("Cartpole").task)
    params = prop("anything", "rigid_body_properties.mass", draw(0.5, 1.5))
    assert_uniform(worlds(params, model=model).factor("body_mass")[:, 2:], 0.5, 1.5)


def test_a_second_actor_of_a_task_with_one_is_refused():
    with pytest.raises(InputError, match="ant is no actor of the task") as error:
        ant(f"+{PARAMS}.actor_params.hand={{color: True}}")
    assert error.value.fix == "there is one actor only: name no other"


def test_the_packaged_parameters_of_ant_hold():
    env = ant(num_envs=300)
    expand = env.sim.expand
    nominal = torch.from_numpy(env.sim.model.body_mass[1:])
    assert_uniform(expand("body_mass")[:, 1:] / nominal, 0.5, 1.5)
    assert_uniform(expand("dof_damping")[:, 6:], 0.05, 0.15)
    assert_gaussian((expand("jnt_range") - torch.from_numpy(env.sim.model.jnt_range))[:, 1:], 0, 0.01)
    assert (expand("dof_damping")[:, :6] == 0).all()


@pytest.mark.parametrize("task", task_names())
def test_every_packaged_task_with_parameters_runs_with_them(task):
    settings = {"num_envs": 4}
    if "randomization_params" not in (compose(task, settings=settings).task.get("task") or {}):
        pytest.skip("it has none")
    overrides = ["task.task.randomize=True", f"{PARAMS}.frequency=3"]
    env = factory.make(compose(task, settings=settings, overrides=overrides))
    env.reset()
    for _ in range(4):
        env.step(torch.zeros(4, env.task.num_actions))
    observations = env.reset()["obs"]
    assert observations.isfinite().all()
    assert env.num_diverged == 0


def test_episodes_end_and_properties_change_in_the_same_step():
    env = ant(f"{PARAMS}.frequency=6", "task.env.episodeLength=4")
    damping, mass = env.sim.expand("dof_damping"), env.sim.expand("body_mass")
    env.reset()
    seen, masses = [damping.clone()], mass.clone()
    for _ in range(12):
        env.step(torch.zeros(8, 8))
        seen.append(damping.clone())
    changes = [not torch.equal(one, other) for one, other in itertools.pairwise(seen)]
    assert [step + 1 for step, changed in enumerate(changes) if changed] == [8]
    assert torch.equal(mass, masses)


def test_control_frequency_inv_counts_as_simulation_steps():
    env = ant(f"{PARAMS}.frequency=12", "task.env.episodeLength=4", "task.env.controlFrequencyInv=3")
    damping = env.sim.expand("dof_damping")
    env.reset()
    before = damping.clone()
    for step in range(1, 5):
        assert torch.equal(damping, before), step
        env.step(torch.zeros(8, 8))
    assert not torch.equal(damping, before)


def test_action_noise_comes_before_the_clip_and_observation_noise_too():
    env = ant(f"{PARAMS}.actions={{range: [9, 0]}}", "task.env.clipActions=0.5", "task.env.clipObservations=0.25")
    env.reset()
    actions = torch.zeros(8, 8)
    observations = env.step(actions)[0]["obs"]
    assert (env.task.actions == 0.5).all()
    assert (actions == 0).all()
    assert observations.abs().max() <= 0.25


def test_the_first_observation_has_noise_too():
    noisy, plain = ant(f"{PARAMS}.observations.range=[7, 0]"), ant(randomize=False)
    torch.testing.assert_close(noisy.reset()["obs"][:, :12], plain.reset()["obs"][:, :12] + 7, atol=1e-4, rtol=0)


def test_start_states_are_those_without_randomisation():
    noisy, plain = ant(seed=3), ant(randomize=False, seed=3)
    noisy.reset(), plain.reset()
    assert torch.equal(noisy.sim.qpos, plain.sim.qpos)
    assert torch.equal(noisy.sim.qvel, plain.sim.qvel)


def test_the_same_seed_draws_the_same_and_another_seed_does_not():
    def rollout(seed):
        env = ant(f"{PARAMS}.frequency=5", "task.env.episodeLength=7", seed=seed)
        env.reset()
        return torch.cat([env.step(torch.zeros(8, 8))[0]["obs"].flatten() for _ in range(15)])

    assert torch.equal(rollout(3), rollout(3))
    assert not torch.equal(rollout(3), rollout(4))


def test_without_randomisation_the_env_knows_nothing_of_it():
    assert type(ant(randomize=False)) is VecEnv


@pytest.mark.parametrize(("frequency", "longest"), [(7, 3), (10, 25), (50, 4), (3, 3), (20, 19)])
def test_whoever_asks_first_misses_no_draw(worlds, frequency, longest):
    params = prop("arm", "dof_properties.damping", draw(0.5, 1.5)) | {"frequency": frequency}
    drawn, rng = worlds(params, num_envs=8), np.random.default_rng(0)
    left = rng.integers(1, longest + 1, 8)
    spared = 0
    for _ in range(400):
        drawn.randomizer.advance(1)
        left -= 1
        before = drawn.field("dof_damping")
        due = drawn.randomizer.may_be_due(longest)
        spared += not due
        if (ended := np.flatnonzero(left == 0)).size:
            drawn.reset(*ended)
            left[ended] = rng.integers(1, longest + 1, len(ended))
        assert due or torch.equal(drawn.field("dof_damping"), before)
        assert drawn.randomizer.may_be_due(None) or not due
    assert spared >= frequency - 1
