"""The simulation protocol: what every engine offers to tasks."""

from typing import Protocol

import mujoco
import torch
from torch import Tensor

EnvIds = Tensor
"""Which worlds: an index list (int64, sorted) or a mask (bool ``[num_envs]``)."""


class Simulation(Protocol):
    """``num_envs`` identical worlds of one MuJoCo model, stepped together.

    State fields are attributes under their ``MjData`` names, live tensors ``[num_envs, ...]``: what is written to them
    is the worlds' state at the next call. Quaternions are wxyz, as in MuJoCo.
    """

    model: mujoco.MjModel
    num_envs: int
    device: torch.device
    dtype: torch.dtype
    prefers_masks: bool
    """Whether worlds are best chosen by a mask, so that their number needn't reach the host."""
    qpos: Tensor
    """Generalised positions ``[num_envs, nq]``."""
    qvel: Tensor
    """Generalised velocities ``[num_envs, nv]``; a free joint's angular velocity is in the body frame."""
    act: Tensor
    """Actuator activations ``[num_envs, na]``."""
    ctrl: Tensor
    """Actuator controls ``[num_envs, nu]``."""
    qfrc_applied: Tensor
    """Applied generalised forces ``[num_envs, nv]``."""
    xfrc_applied: Tensor
    """Applied forces and torques at the bodies' centres of mass, world frame ``[num_envs, nbody, 6]`` [N, N m]."""
    mocap_pos: Tensor
    """Positions of mocap bodies ``[num_envs, nmocap, 3]`` [m]."""
    mocap_quat: Tensor
    """Orientations of mocap bodies, wxyz ``[num_envs, nmocap, 4]``."""
    eq_active: Tensor
    """Which equality constraints are on ``[num_envs, neq]``."""

    def output(self, name: str) -> Tensor:
        """Registers a derived ``MjData`` field before the first step; returns it live, ``[num_envs, ...]``."""
        ...

    def step(self) -> None:
        """Advances all worlds by one control step of ``substeps`` timesteps and refreshes the registered outputs."""
        ...

    def refresh(self, ids: EnvIds | None = None) -> None:
        """Makes the registered outputs true again after the caller wrote to the state.

        Forces and other fields of the acceleration stage describe a substep. These worlds have had none: zeros.
        """
        ...

    def reset(self, ids: EnvIds | None = None) -> None:
        """Puts worlds back to ``qpos0``, at rest, without controls or applied forces; outputs need `refresh`."""
        ...

    def put(self, name: str, value: Tensor, ids: EnvIds) -> None:
        """Writes rows of a state field, with the field's dtype: one row an index, or ``num_envs`` rows with a mask."""
        ...

    def take_diverged(self) -> Tensor:
        """Tells which worlds went non-finite since the last call, bool ``[num_envs]``; they stand at ``qpos0`` now."""
        ...

    def expand(self, name: str) -> Tensor:
        """Gives an ``MjModel`` field a value per world; returns it live, ``[num_envs, ...]``."""
        ...

    def set_const(self, ids: EnvIds | None = None) -> None:
        """Recomputes what MuJoCo derives from expanded fields, after they were written."""
        ...

    def state_tensors(self) -> dict[str, Tensor]:
        """Everything that decides the worlds' future, by name, live: state, warm starts, expanded model fields."""
        ...

    def get_model(self, env: int) -> mujoco.MjModel:
        """A copy of one world's model, for rendering."""
        ...

    def get_data(self, env: int) -> mujoco.MjData:
        """A copy of one world's state, for rendering; derived fields need ``mj_forward``."""
        ...

    def close(self) -> None:
        """Frees the worlds; the simulation must not be used afterwards."""
        ...
