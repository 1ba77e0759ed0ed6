"""How far a policy's joints are from a clip's over a gait cycle, with the phase and the pace that fit best.

    python benchmarks/gait.py HumanoidAMP runs/HumanoidAMP_2026-01-31_12-00-00

plays the policy's mean action and prints JSON. For each env it takes the steps of one cycle after the first half of an
episode, and finds the moment of the clip and the pace, 0.7 to 1.5 times the clip's, at which the mean difference of the
joint positions is least. Unlike the measure "pose error" of ``gymctl play``, this one is small only if the poses also
follow each other as in the clip.
"""

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

from gymctl.envs.factory import resolve_backend
from gymctl.motions.library import MotionLibrary
from gymctl.policies.find import find_policy_to_play
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import open_policy
from gymctl.tasks.motion.humanoid_amp import HumanoidAMP

PACES = torch.linspace(0.7, 1.5, 41).tolist()
_PHASES = 64


def cycle_error(shown: Tensor, motions: MotionLibrary, task: HumanoidAMP) -> tuple[Tensor, Tensor]:
    """The least mean difference of joint positions from the clip's, and the pace where it is, each ``[N]``.

    Args:
        shown: Joint positions of a cycle's steps ``[steps, N, joints]`` [rad].
        motions: With one clip, which is a whole number of cycles.
        task: Tells the joints' positions.
    """
    steps, num_envs, _ = shown.shape
    length, dt = float(motions.lengths[0]), task.constants.dt
    best, pace_of = torch.full((num_envs,), torch.inf), torch.zeros(num_envs)
    for pace in PACES:
        for phase in range(_PHASES):
            times = (phase / _PHASES * length + pace * dt * torch.arange(steps)) % length
            states = motions.states(torch.zeros(steps, dtype=torch.int64), times)
            error = (shown - task.dofs.positions(states.qpos)[:, None]).abs().mean((0, 2))
            better = error < best
            best, pace_of = torch.where(better, error, best), pace_of.masked_fill(better, pace)
    return best, pace_of


def main() -> None:
    """Plays, compares, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task")
    parser.add_argument("policy")
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--cycle", type=float, help="of the gait [s]; default the clip's length")
    arguments = parser.parse_args()
    settings = {"num_envs": arguments.num_envs, "sim_device": "cpu", "rl_device": "cpu", "seed": 1}
    source = find_policy_to_play(arguments.task, arguments.policy, settings=settings, runs_dir=Path("runs"))
    with open_policy(source, ActionMode("mean"), resolve_backend(source.config)) as (env, policy):
        task = env.task
        assert isinstance(task, HumanoidAMP)
        length = float(task.motions.lengths[0])
        cycle = round((arguments.cycle or length) / task.constants.dt)
        observations, shown = env.reset()["obs"], []
        begin = task.max_episode_length // 2
        for _ in range(begin + cycle):
            seen, *_ = env.step(policy.act(observations))
            observations = seen["obs"]
            shown.append(task.dofs.positions(env.sim.qpos.float()).clone())
        went_on = task.steps >= begin + cycle  # the others have fallen meanwhile
        error, pace = cycle_error(torch.stack(shown[begin:]), task.motions, task)
    found = {
        "envs": int(went_on.sum()),
        "fell": int((~went_on).sum()),
        "clip": task.constants.motion_file,
        "cycle": round(cycle * task.constants.dt, 3),
        "error": float(error[went_on].mean()),
        "error_std": float(error[went_on].std()),
        "pace": float(pace[went_on].mean()),
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
