"""Plays policies as Isaac Gym's training did, in several variants of our physics."""

import math
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest import mock

import mujoco
import numpy as np
import torch

from fidelity.folder import Moments, Recorded
from gymctl.config import compose
from gymctl.config.config import Config, TaskConfig
from gymctl.core.errors import InputError, suggest
from gymctl.envs import factory
from gymctl.policies.checkpoints.fitting import check_fits
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.policies.modes import ActionMode
from gymctl.policies.networks.registry import sizes_of
from gymctl.policies.player import load_player
from gymctl.policies.policy import NetworkPolicy
from gymctl.tasks import registry
from gymctl.tasks.base import Task

MODES = ("learned", "mean")
"""How actions are drawn: with the noise that the recorded returns had too, and without."""
_DEFAULTS = ("physics=isaacgym",)


@dataclass(frozen=True)
class Variant:
    """One hypothesis of how the physics has to be."""

    label: str
    overrides: tuple[str, ...]
    """``key=value`` settings."""
    scales: Mapping[str, float]
    """Factors of the compiled model's arrays, by the field's name."""

    @classmethod
    def parse(cls, text: str, settings: Iterable[str] = (), scales: Iterable[str] = ()) -> "Variant":
        """Reads ``label: key=value FIELD*=FACTOR …``.

        Args:
            text: What the variant is called and what it changes.
            settings: ``key=value`` of all variants.
            scales: ``FIELD=FACTOR`` of all variants.

        Raises:
            InputError: It can't be read, or the model has no such field.
        """
        label, colon, rest = text.partition(":")
        try:
            words = shlex.split(rest)
        except ValueError as error:
            raise InputError(f"the variant {text!r} can't be read: {error}", "close its quotes") from error
        if not colon or not label.strip():
            raise InputError(f"the variant {text!r} has no label", "write 'label: key=value …'")
        own_scales = [word.replace("*=", "=", 1) for word in words if "*=" in word]
        overrides = [*settings, *(word for word in words if "*=" not in word)]
        return cls(label.strip(), tuple(overrides), dict(map(_parse_scale, [*scales, *own_scales])))


@dataclass(frozen=True)
class Case:
    """A policy in a variant, ready to be played."""

    policy: Recorded
    variant: Variant
    config: Config
    checkpoint: dict[str, Any]
    own_settings: tuple[str, ...]
    """Where the policy's network isn't the one of its task's YAML."""


@dataclass(frozen=True)
class Played:
    """How a policy did: one episode of every env."""

    mean_return: float
    error: float
    """Standard error of the mean return."""
    length: float
    """[control steps]."""
    observations: Moments
    diverged: int
    """Episodes that ended because their world went non-finite."""


def prepare(policy: Recorded, variant: Variant, num_envs: int, seed: int) -> Case:
    """Composes the config and loads the checkpoint, so that what doesn't fit is known before anything is played.

    Raises:
        InputError: The file is no policy of the task, or a setting is refused.
    """
    settings = {"num_envs": num_envs, "seed": seed, "sim_device": "cpu", "rl_device": "cpu"}
    overrides = (*_DEFAULTS, *variant.overrides)
    try:
        checkpoint = load_checkpoint(policy.file)
        config = compose(policy.task, settings=settings, overrides=overrides)
        if own := _own_settings(config, checkpoint):
            config = compose(policy.task, settings=settings, overrides=(*own, *overrides))
        task_class = registry.load(config.task.name)
        check_fits(checkpoint, config, task_class.num_observations, task_class.num_actions)
    except InputError as error:
        raise InputError(f"{policy.name}, {variant.label}: {error.what}", error.fix) from error
    there = policy.observations
    if there is not None and len(there.mean) != task_class.num_observations:
        raise InputError(
            f"the statistics of {policy.name} are of {len(there.mean)} observations, "
            f"{policy.task} has {task_class.num_observations}",
            "take them out of the folder",
        )
    return Case(policy, variant, config, checkpoint, own)


@torch.no_grad()
def play(case: Case, mode: str, max_steps: int | None = None) -> Played:
    """Plays one episode of every env.

    Args:
        case: The policy and its config.
        mode: One of `MODES`.
        max_steps: Cuts episodes off; None plays them to their end.

    Raises:
        GymctlError: The env can't be built here.
    """
    config = case.config
    factory.seed_everything(config.seed)
    with _scaled(registry.load(config.task.name), case.variant.scales):
        env = factory.make(config)
    try:
        player = load_player(config, case.checkpoint, env.rl_device)
        policy = NetworkPolicy(player, ActionMode(mode), config.seed)
        returns, lengths = torch.zeros(2, env.num_envs, dtype=torch.float64, device=env.rl_device)
        live = torch.ones(env.num_envs, dtype=torch.bool, device=env.rl_device)
        obs, done, steps = env.reset()["obs"], None, 0
        count, total, squares = 0, torch.zeros((), dtype=torch.float64), torch.zeros((), dtype=torch.float64)
        while live.any() and steps != max_steps:
            rows = obs[live].double().cpu()
            count, total, squares = count + len(rows), total + rows.sum(0), squares + rows.square().sum(0)
            observations, reward, done, _ = env.step(policy.act(obs, done))
            obs, steps = observations["obs"], steps + 1
            returns += torch.where(live, reward, 0.0)
            lengths += live
            live &= ~done
        diverged = int(env.num_diverged)
    finally:
        env.close()
    mean, error = total / count, returns.std().item() / math.sqrt(len(returns))
    moments = Moments(mean, (squares / count - mean.square()).clamp(min=0.0).sqrt())
    return Played(returns.mean().item(), error, lengths.mean().item(), moments, diverged)


def _own_settings(config: Config, checkpoint: dict[str, Any]) -> tuple[str, ...]:
    sizes, learner = sizes_of(checkpoint), config.learner
    settings = []
    if sizes.layers != tuple(config.network["mlp"]["units"]):
        settings.append(f"train.params.network.mlp.units=[{','.join(map(str, sizes.layers))}]")
    settings += [
        f"train.params.config.{key}={found}"
        for key in ("normalize_input", "normalize_value")
        if (found := getattr(sizes, key)) != learner.get(key, False)
    ]
    return tuple(settings)


@contextmanager
def _scaled(task_class: type[Task], scales: Mapping[str, float]) -> Iterator[None]:
    """Lets a task build models with scaled arrays, and what follows from them."""
    build = task_class.build_model

    def build_scaled(config: TaskConfig) -> mujoco.MjModel:
        model = build(config)
        values = {field: getattr(model, field) * factor for field, factor in scales.items()}
        _assign(model, values)
        if values:
            mujoco.mj_setConst(model, mujoco.MjData(model))
            _assign(model, values)
        return model

    with mock.patch.object(task_class, "build_model", staticmethod(build_scaled)):
        yield


def _assign(model: mujoco.MjModel, values: Mapping[str, np.ndarray]) -> None:
    for field, value in values.items():
        getattr(model, field)[...] = value


def _parse_scale(text: str) -> tuple[str, float]:
    field, _, number = text.partition("=")
    try:
        factor = float(number)
    except ValueError:
        factor = math.nan
    if not math.isfinite(factor):
        raise InputError(f"{text!r} is not FIELD=FACTOR", "write a number, as in dof_damping=1.2")
    if field not in _scalable_fields():
        hint = suggest(field, _scalable_fields()) or "see MjModel in MuJoCo's reference for its fields"
        raise InputError(f"MjModel has no array of numbers {field!r}", hint)
    return field, factor


@cache
def _scalable_fields() -> frozenset[str]:
    model = mujoco.MjModel.from_xml_string("<mujoco/>")
    fields = {name: getattr(model, name) for name in dir(model) if not name.startswith("_")}
    return frozenset(
        name for name, field in fields.items() if isinstance(field, np.ndarray) and field.dtype.kind == "f"
    )
