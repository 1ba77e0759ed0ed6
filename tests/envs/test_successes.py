"""Goals that are renewed within an episode: what is counted, when episodes end, and that it resumes exactly."""

import pytest
import torch

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs.gymnasium import TaskVectorEnv
from gymctl.envs.trial import try_task
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.tasks import registry
from tests.helpers.goals import AS_WALKER, PRESS, Presser, presses, settings
from tests.helpers.tape import Tape
from tests.helpers.walker import walker_config

NUM_ENVS = 4


def make(*overrides, masks=False, recorder=None, task_class=Presser):
    config = compose("Cartpole", settings={"num_envs": NUM_ENVS, "sim_device": "cpu"}, overrides=overrides).task
    sim = MujocoSimulation(task_class.build_model(config), NUM_ENVS, substeps=config.substeps)
    sim.prefers_masks = masks
    sim.recorder = recorder
    env = VecEnv(task_class(config, sim, torch.Generator().manual_seed(1)), sim, config, sim.device)
    env.reset()
    return env


def play(env, *steps):
    """Plays steps, each given by the envs that press in it; gives what they return."""
    given = []
    for actions in presses(*steps):
        observations, reward, done, extras = env.step(actions)
        seen = {name: values.clone() for name, values in observations.items()}
        given.append((seen, reward.clone(), done.clone(), extras))
    return given


@pytest.mark.parametrize("masks", [False, True])
def test_a_reached_goal_is_followed_by_another_in_the_same_episode(masks):
    env = make(*settings(), masks=masks)
    before, qpos = env.task.goals.clone(), env.sim.qpos.clone()
    [(seen, reward, done, _)] = play(env, [1, 2])
    assert not done.any()
    assert torch.equal(reward, torch.where(torch.tensor([False, True, True, False]), before[:, 0], 0.0))
    assert (env.task.goals != before).flatten().tolist() == [False, True, True, False]
    assert torch.equal(seen["obs"][:, 2:], env.task.goals)
    assert torch.equal(seen["states"][:, 2:3], env.task.goals)
    assert (env.sim.qpos - qpos).abs().max() < 0.1
    assert env.successes.count.tolist() == [0, 1, 1, 0]


def test_without_a_limit_successes_leave_the_time_limit_alone():
    env = make(*settings(most=0, episode_length=5))
    done = torch.stack([step[2] for step in play(env, [0], [0], [0], [0])])
    assert done.tolist() == [[False] * 4] * 3 + [[True] * 4]


def test_with_a_limit_a_success_sets_the_counter_of_steps_to_zero():
    env = make(*settings(most=9, episode_length=5))
    steps = play(env, [], [], [0], [], [], [])
    assert [step[2][0].item() for step in steps] == [False] * 6
    assert [step[2][1].item() for step in steps] == [False, False, False, True, False, False]
    assert env.progress_buf.tolist() == [3, 2, 2, 2]
    assert env.episode_steps.tolist() == [6, 2, 2, 2]
    [(_, _, done, extras)] = play(env, [])
    assert done.tolist() == extras["time_outs"].tolist() == [True, False, False, False]
    assert env.episode_steps.tolist() == [0, 3, 3, 3]


def test_a_success_in_the_last_step_prevents_the_time_limit():
    env = make(*settings(most=9, episode_length=3))
    assert [step[2][0].item() for step in play(env, [], [0], [], [0], [], [])] == [False] * 5 + [True]


def test_so_many_successes_end_an_episode_and_that_is_no_time_out():
    env = make(*settings(most=2))
    steps = play(env, [0], [0, 1], [1])
    assert [step[2].tolist() for step in steps] == [
        [False] * 4,
        [True, False, False, False],
        [False, True, False, False],
    ]
    assert not any(step[3]["time_outs"].any() for step in steps)
    assert env.successes.count.tolist() == [0] * 4
    assert env.episode_steps.tolist() == [1, 0, 3, 3]


def test_a_limit_of_the_callers_counts_all_steps_of_an_episode():
    env = make(*settings(most=9, episode_length=5))
    env.limit_episodes(6)
    steps = play(env, *([[0]] * 6))
    assert [step[2][0].item() for step in steps] == [False] * 5 + [True]
    assert steps[-1][3]["time_outs"][0]
    assert env.longest_episode == 6


def test_the_average_moves_only_where_episodes_end():
    """IsaacGymEnvs' rule: factor × mean of those that end + (1 - factor) × the average before."""
    env = make(*settings(most=3, factor=0.25))
    averages = [step[3]["episode"]["consecutive_successes"] for step in play(env, [0, 1], [0, 1], [0], [], [1])]
    assert torch.stack(averages).tolist() == pytest.approx([0.0, 0.0, 0.75, 0.75, 0.25 * 3 + 0.75 * 0.75])
    env = make(*settings(most=0, episode_length=3, factor=0.25))
    averages = [step[3]["episode"]["consecutive_successes"] for step in play(env, [0, 1], [0], [], [3])]
    assert torch.stack(averages).tolist() == pytest.approx([0.0, 0.25 * 3 / 4, 0.1875, 0.25 * 1 / 4 + 0.75 * 0.1875])


def test_other_values_of_episodes_stand_beside_it():
    env = make(*settings(episode_length=3))
    env.keep_final_observation = True
    (_, _, _, early), (_, _, _, late) = play(env, [0], [0, 2])
    assert early["episode"]["speed"].isnan()
    assert set(late["episode"]) == {"speed", "consecutive_successes"}
    assert late["final_info"]["successes"].tolist() == [2, 0, 1, 0]
    assert late["final_info"]["speed"].shape == (4,)


def test_a_world_that_diverges_reaches_nothing():
    env = make(*settings(most=9))
    env.sim.qvel[2] = float("nan")
    [(_, _, done, _)] = play(env, [2, 3])
    assert done.tolist() == [False, False, True, False]
    assert env.successes.count.tolist() == [0, 0, 0, 1]


def test_episodes_go_on_exactly_from_a_saved_state():
    before = [[0], [0, 3], [1], [0], [], [0, 1], [2]]
    after = [[0, 2], [], [1], [0, 1, 2, 3], [3], [3], [], [0]]
    env, other = (make(*settings(most=3, episode_length=6)) for _ in range(2))
    play(env, *before)
    other.load_state_dict(env.state_dict())
    for ours, theirs in zip(play(env, *after), play(other, *after), strict=True):
        for name in ("obs", "states"):
            assert torch.equal(ours[0][name], theirs[0][name])
        assert torch.equal(ours[1], theirs[1])
        assert torch.equal(ours[2], theirs[2])
        assert torch.equal(*(step[3]["episode"]["consecutive_successes"] for step in (ours, theirs)))
    assert torch.equal(env.episode_steps, other.episode_steps)


def test_recorded_steps_give_the_same_as_one_operation_after_the_other():
    steps = [[0], [0, 3], [1], [0], [], [0, 1], [2], [0, 2], [], [1], [0, 1, 2, 3], [3], [3], [], [0]]
    plain, recorded = (make(*settings(3, 6), masks=True, recorder=tape) for tape in (None, Tape()))
    for ours, theirs in zip(play(plain, *steps), play(recorded, *steps), strict=True):
        assert torch.equal(ours[0]["obs"], theirs[0]["obs"])
        assert torch.equal(ours[1], theirs[1])
        assert torch.equal(ours[2], theirs[2])
        assert torch.equal(*(step[3]["episode"]["consecutive_successes"] for step in (ours, theirs)))
    assert recorded.recorded


def test_gymnasiums_episodes_end_where_they_should(walker):
    walker(*AS_WALKER)
    overrides = ["train=CartpolePPO", *settings(9, 5)]
    envs = TaskVectorEnv("Walker", 2, device="cpu", overrides=overrides, max_episode_steps=7)
    envs.reset(seed=1)
    press = torch.tensor([[PRESS], [0.0]]).numpy()
    ended = [envs.step(press) for _ in range(7)]
    assert [step[3].tolist() for step in ended] == [[False, True] if n == 3 else [n == 6, False] for n in range(7)]
    assert not any(step[2].any() for step in ended)
    assert ended[-1][4]["final_info"]["successes"].tolist()[0] == 7
    envs.close()


@pytest.mark.parametrize("masks", [False, True])
def test_the_trial_of_such_a_task_passes(walker, masks):
    walker(*AS_WALKER)
    assert try_task(walker_config(), masks=masks) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("def reached_goals(self):\n        return self.goals", "reached_goals gives successes"),
        (
            "def renew_goals(self, ids):\n        self.sim.qpos += 1.0",
            "renew_goals changes sim.qpos of worlds whose goal stays",
        ),
    ],
)
def test_its_slips_are_found(walker, wrong, told):
    walker(AS_WALKER[0], f"{AS_WALKER[1]}\n    {wrong}\n")
    with pytest.raises(InputError, match=told):
        try_task(walker_config())


def test_goals_that_are_renewed_need_the_methods(walker):
    walker("num_actions = 1", "num_actions = 1\n    renews_goals = True")
    with pytest.raises(InputError, match="needs reached_goals and renew_goals"):
        registry.load("Walker")


@pytest.mark.parametrize("setting", ["maxConsecutiveSuccesses=-1", "maxConsecutiveSuccesses=2.5", "averFactor=1.5"])
def test_settings_out_of_range_are_refused(walker, setting):
    walker(*AS_WALKER)
    with pytest.raises(InputError, match=r"task\.env\." + setting.partition("=")[0]):
        compose("Walker", overrides=["train=CartpolePPO", f"+task.env.{setting}"])
