"""Writes the model of a task to a file, with start states as its keyframes."""

from pathlib import Path

import mujoco
import torch

from gymctl.config.config import Config
from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write
from gymctl.envs import factory
from gymctl.sim.devices import Backend
from gymctl.tasks import registry
from gymctl.tasks.user_code import TaskError, telling_where

NUM_STARTS = 64


def write_model(config: Config, path: Path) -> None:
    """Writes the model that a task simulates, as MJCF or as MuJoCo's binary file (``.mjb``).

    Its keyframes ``start 0`` to ``start 63`` are start states that the task has drawn with the config's seed.

    Args:
        config: The composed config.
        path: The file. An existing one is replaced.

    Raises:
        InputError: The task gives no `MjSpec`, or the model needs other files.
    """
    spec = spec_with_starts(config, NUM_STARTS)
    others = [mesh.file for mesh in spec.meshes if mesh.file] + [tex.file for tex in spec.textures if tex.file]
    if path.suffix != ".mjb" and others:
        raise InputError(f"the model has meshes or pictures of its own ('{others[0]}')", "write a .mjb, which has all")
    model = spec.compile()
    with atomic_write(path) as temporary:
        if path.suffix != ".mjb":
            temporary.write_text(spec.to_xml())
        else:
            mujoco.mj_saveModel(model, str(temporary), None)


def spec_with_starts(config: Config, count: int) -> mujoco.MjSpec:
    """The model that a task simulates, with start states that the task draws as keyframes ``start 0``, ``start 1``, ….

    Args:
        config: The composed config.
        count: How many start states.

    Raises:
        InputError: The task gives no `MjSpec`.
    """
    task_class = registry.load(config.task.name)
    with telling_where(task_class, "build_spec"):
        spec = task_class.build_spec(config.task)
    if not isinstance(spec, mujoco.MjSpec):
        raise TaskError(f"{task_class.__name__}.build_spec gives no mujoco.MjSpec", "return what load_spec gives")
    for number, data in enumerate(_draw_starts(config, count)):
        spec.add_key(
            name=f"start {number}",
            qpos=data.qpos,
            qvel=data.qvel,
            ctrl=data.ctrl,
            mpos=data.mocap_pos.flatten(),
            mquat=data.mocap_quat.flatten(),
        )
    return spec


def _draw_starts(config: Config, count: int) -> list[mujoco.MjData]:
    cpu = torch.device("cpu")
    env = factory.make(config.replaced({"task.env.numEnvs": count}), Backend("mujoco", cpu, cpu))
    try:
        env.reset()
        return [env.sim.get_data(number) for number in range(count)]
    finally:
        env.close()
