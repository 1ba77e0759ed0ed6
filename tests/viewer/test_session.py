"""A session is paced, paused and steered without a browser."""

import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.envs.factory import resolve_backend
from gymctl.policies.find import find_policy_to_play
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import load_policy, open_policy
from gymctl.viewer.policy_panel import checkpoint_choices
from gymctl.viewer.session import AS_FAST_AS_POSSIBLE, Session
from tests.viewer.conftest import MEAN


@pytest.fixture
def actions(session):
    """What the env was given, step by step, with the observations before."""
    given = []
    step = session.env.step

    def recording(actions):
        given.append((session._observations.clone(), actions.clone()))
        return step(actions)

    session.env.step = recording
    return given


def steps_within(session, seconds, start=100.0):
    """How many steps a clock that ticks every millisecond lets it make."""
    before = session.steps
    for tick in range(round(seconds * 1000)):
        session.advance(start + tick / 1000)
    return session.steps - before


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
def test_it_runs_at_the_chosen_multiple_of_real_time(session, speed):
    session.set_speed(speed)
    assert steps_within(session, 2.0) == pytest.approx(2.0 * speed / session.control_dt, abs=2)


def test_as_fast_as_possible_never_waits(session):
    session.set_speed(AS_FAST_AS_POSSIBLE)
    assert steps_within(session, 0.5) == 500


def test_what_it_was_too_slow_for_is_not_made_up_for(session):
    session.advance(100.0)
    assert steps_within(session, 0.5, start=200.0) < (0.5 + 0.2) / session.control_dt


def test_while_paused_only_single_steps_are_made(session):
    session.paused = True
    qpos = session.env.sim.qpos.clone()
    assert steps_within(session, 1.0) == 0
    assert torch.equal(session.env.sim.qpos, qpos)
    session.step()
    assert session.steps == 1
    assert not torch.equal(session.env.sim.qpos, qpos)


def test_sigma_0_gives_exactly_the_mean_actions(session, actions, source):
    mean = load_policy(source, MEAN, resolve_backend(source.config)).act
    for mode, is_mean in [("mean", True), (0.4, False), (0.0, True), ("learned", False)]:
        sigma = mode if isinstance(mode, float) else None
        session.use_mode(ActionMode.choose(sigma, stochastic=mode == "learned"))
        session.step()
        observations, given = actions[-1]
        assert torch.equal(given, mean(observations, None)) == is_mean


def test_another_checkpoint_plays_on_in_the_same_episodes(session, actions, source, run):
    session.step()
    path = run.nn_dir / "last_Cartpole_ep_20_rew_2.5.pth"
    qpos = session.env.sim.qpos.clone()
    session.use_checkpoint(path)
    assert torch.equal(session.env.sim.qpos, qpos)
    session.step()
    observations, given = actions[-1]
    assert session.source.path == path
    assert torch.equal(given, load_policy(session.source, MEAN, resolve_backend(source.config)).act(observations, None))


def test_a_checkpoint_that_cant_be_loaded_leaves_the_old_policy(session, actions, source, run):
    mean = load_policy(source, MEAN, resolve_backend(source.config)).act
    for name, error in [("last_Cartpole_ep_5_rew_0.5.pth", InputError), ("deleted.pth", (InputError, OSError))]:
        with pytest.raises(error):
            session.use_checkpoint(run.nn_dir / name)
    session.step()
    observations, given = actions[-1]
    assert session.source == source
    assert torch.equal(given, mean(observations, None))


def test_restarting_begins_new_episodes_and_new_statistics(session):
    for _ in range(10):
        session.step()
    assert session.episodes.finished >= 4
    session.restart()
    assert session.episodes.finished == 0
    assert session.env.progress_buf.tolist() == [0] * 4
    assert session.episodes.lengths.tolist() == [0] * 4


def test_only_episodes_that_one_policy_played_from_beginning_to_end_count(session):
    for _ in range(3):
        session.step()
    session.use_mode(ActionMode("learned"))
    while session.episodes.finished < 4:
        session.step()
    assert session.episodes.evaluation(1.0, 0).length.max <= 9
    assert session.steps >= 9 + 4, "the episodes under way at the change were not counted"


def test_it_measures_what_play_measures(source):
    from gymctl.policies.play import play

    backend = resolve_backend(source.config)
    played = play(source, MEAN, backend, 3)
    with open_policy(source, MEAN, backend) as (env, policy):
        session = Session(env, policy, source, MEAN, lambda source, mode: load_policy(source, mode, backend))
        while session.episodes.finished_by_all() < 3:
            session.step()
        watched = session.episodes.evaluation(1.0, session.diverged)
    assert (watched.reward, watched.length, watched.episodes) == (played.reward, played.length, played.episodes)


def test_a_diverged_env_is_counted_and_played_on(session):
    session.step()
    session.env.sim.qvel[1] = float("nan")
    for _ in range(3):
        session.step()
    assert session.diverged == 1
    assert torch.isfinite(session.episodes.returns).all()


def test_a_base_that_cant_move_freely_is_not_pushed(session):
    assert not session.can_push
    before = session.env.sim.qvel.clone()
    session.push(1)
    assert torch.equal(session.env.sim.qvel, before)


def test_a_push_makes_one_robot_faster_sideways():
    source = find_policy_to_play("Ant", "pretrained", settings={"num_envs": 3, "sim_device": "cpu"})
    with open_policy(source, MEAN, resolve_backend(source.config)) as (env, policy):
        session = Session(env, policy, source, MEAN, lambda source, mode: policy)
        before = env.sim.qvel.clone()
        session.push(1)
        change = env.sim.qvel - before
        assert torch.equal(change[[0, 2]], torch.zeros_like(change[[0, 2]]))
        assert change[1, :2].norm().item() == pytest.approx(2.0)
        assert torch.equal(change[1, 2:], torch.zeros_like(change[1, 2:]))
        session.step()


def test_rewards_of_the_watched_env_are_kept_for_its_episode(session):
    session.watch(2)
    for _ in range(5):
        session.step()
    assert sum(session.curve) == pytest.approx(session.episodes.returns[2].item())
    while session.episodes.lengths[2] > 0:
        session.step()
    assert session.curve == []


def test_the_choices_are_best_latest_and_the_other_epochs(source, run):
    assert [path.stem for path in checkpoint_choices(source).values()] == [
        "Cartpole",
        "last_Cartpole_ep_20_rew_2.5",
        "last_Cartpole_ep_10_rew_1.5",
        "last_Cartpole_ep_5_rew_0.5",
    ]
    assert list(checkpoint_choices(source))[:3] == [
        "best: Cartpole.pth",
        "latest: epoch 20, reward 2.5",
        "epoch 10, reward 1.5",
    ]
