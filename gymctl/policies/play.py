"""Plays a policy: builds the env and loads the policy that a `PolicySource` describes, and measures episodes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from gymctl.core.errors import InputError
from gymctl.core.words import counted
from gymctl.envs import factory
from gymctl.envs.capacity import check_fits_memory
from gymctl.envs.trial import try_task
from gymctl.envs.vec_env import VecEnv
from gymctl.policies.checkpoints.fitting import check_fits
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.commentary import Commentary
from gymctl.policies.evaluate import Evaluation, evaluate_policy
from gymctl.policies.export.runtime import OnnxPolicy
from gymctl.policies.find import PolicySource
from gymctl.policies.modes import ActionMode
from gymctl.policies.player import load_player
from gymctl.policies.policy import NetworkPolicy, Policy
from gymctl.policies.untrained import UntrainedAgent
from gymctl.sim.devices import Backend, available_cores
from gymctl.tasks import registry
from gymctl.tasks.user_code import telling_where

if TYPE_CHECKING:
    from gymctl.rendering.recorder import VideoRecorder


def play(
    source: PolicySource,
    mode: ActionMode,
    backend: Backend,
    episodes_per_env: int,
    on_step: Callable[[int], None] = lambda ended: None,
    recorder: "VideoRecorder | None" = None,
) -> Evaluation:
    """Plays the first `episodes_per_env` episodes of every env and measures them.

    Args:
        source: The policy and the config to play it in.
        mode: How actions are drawn.
        backend: Engine and devices.
        episodes_per_env: How many episodes of each env count.
        on_step: Told after every step how many episodes have ended and count.
        recorder: Records a video meanwhile.

    Raises:
        InputError: The policy doesn't fit the task or the mode, or the video can't be made.
    """
    with open_policy(source, mode, backend) as (env, policy):
        if recorder is None:
            return evaluate_policy(env, policy, episodes_per_env, on_step)
        commentary = Commentary(env, min(recorder.envs, env.num_envs))
        with recorder.recording(env, commentary.notes) as recording:
            return evaluate_policy(
                env, policy, episodes_per_env, on_step, recording.capture, recording.num_steps, commentary.add
            )


@contextmanager
def open_policy(source: PolicySource, mode: ActionMode, backend: Backend) -> Iterator[tuple[VecEnv, Policy]]:
    """Builds the env and loads the policy, and closes the env at the end.

    Args:
        source: The policy and the config to play it in.
        mode: How actions are drawn.
        backend: Engine and devices.

    Yields:
        The env, not yet reset, and the policy.

    Raises:
        InputError: The policy doesn't fit the task or the mode.
    """
    name = source.config.task.name
    if not registry.is_built_in(name):
        try_task(source.config, masks=backend.engine == "mujoco_warp")
    check_fits_memory(source.config, backend)
    torch.set_num_threads(available_cores())
    policy = load_policy(source, mode, backend)
    factory.seed_everything(source.config.seed)
    env = factory.make(source.config, backend)
    try:
        with telling_where(registry.load(name)):
            yield env, policy
    finally:
        env.close()


def load_policy(source: PolicySource, mode: ActionMode, backend: Backend) -> Policy:
    """Loads a checkpoint's network or an exported file, or makes an agent without a policy.

    Args:
        source: What acts, and the config to play in.
        mode: How actions are drawn.
        backend: Where the network goes.

    Raises:
        InputError: The policy doesn't fit the task or the mode.
    """
    if source.path is None:
        num_actions = registry.sizes(source.config.task)[1]
        return UntrainedAgent(mode.name, num_actions, source.config.seed, backend.rl_device)
    return _exported_policy(source, mode) if source.exported else _network_policy(source, mode, backend)


def _network_policy(source: PolicySource, mode: ActionMode, backend: Backend) -> NetworkPolicy:
    config = source.config
    checkpoint = load_checkpoint(source.file, trust=source.trust)
    check_fits(checkpoint, config, *registry.sizes(config.task))
    return NetworkPolicy(load_player(config, checkpoint, backend.rl_device), mode, config.seed)


def _exported_policy(source: PolicySource, mode: ActionMode) -> OnnxPolicy:
    name, path = source.config.task.name, source.file
    policy = OnnxPolicy(path)
    if mode.name != "mean":
        raise InputError(
            f"{path} holds only the policy's mean action", "play the checkpoint it was exported from to add noise"
        )
    sizes, own = (policy.num_observations, policy.num_actions), registry.sizes(source.config.task)
    if sizes != own:
        trained_on = policy.metadata.get("task")
        raise InputError(
            f"{path} is a policy for {trained_on} with {counted(sizes[0], 'observation')} and "
            f"{counted(sizes[1], 'action')}; "
            f"{name} has {own[0]} and {own[1]}",
            f"give the settings of task.env that {path.name} was exported with"
            if trained_on == name
            else f"gymctl play {'FOLDER/' if '.py:' in str(trained_on) else ''}{trained_on} {path}",
        )
    return policy
