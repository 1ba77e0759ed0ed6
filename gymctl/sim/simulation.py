"""The simulation contract: what every physics engine offers to environments and tasks."""

from abc import ABC, abstractmethod
from typing import Protocol

import mujoco
import torch
from torch import Tensor

from gymctl.sim import mujoco_log  # noqa: F401  whoever simulates wants MuJoCo's warnings out of the working directory
from gymctl.sim.kinds import Kinds
from gymctl.sim.recording import Recorder
from gymctl.sim.rows import Columns, assign, assign_columns
from gymctl.sim.rows import EnvIds as EnvIds


class Inertia(Protocol):
    """The joint-space inertia M of all worlds, by what it does to vectors ``[num_envs, nv]``."""

    def solve(self, forces: Tensor) -> Tensor:
        """Returns M⁻¹ forces, as MuJoCo's ``mj_solveM``: the accelerations that they cause by themselves."""
        ...

    def multiply(self, accelerations: Tensor) -> Tensor:
        """Returns M accelerations, as MuJoCo's ``mj_mulM``: the generalised forces that it takes."""
        ...


class Simulation(ABC):
    """``num_envs`` worlds of one MuJoCo model, or of several that have one layout, stepped together.

    Three lengths of time matter. A timestep is ``model.opt.timestep`` [s], MuJoCo's own. A physics step is `substeps`
    timesteps, as Isaac Gym's ``sim.dt``. A control step, the time between two actions, is ``physics_steps`` physics
    steps; the environment knows that number and passes it to `step`.

    State fields are attributes under their ``MjData`` names, with the same units and frames: live tensors
    ``[num_envs, ...]`` on `device`. Write to them in place; the next call starts from what they hold. Quaternions are
    wxyz, as in MuJoCo.
    """

    model: mujoco.MjModel
    """The first compiled model. All worlds share it, but for fields that were expanded or in which models differ."""
    kinds: Kinds
    """All models, and which world runs which."""
    num_envs: int
    """Number of worlds."""
    substeps: int
    """Timesteps in a physics step."""
    device: torch.device
    """Where all tensors are."""
    dtype: torch.dtype
    """Type of the state fields and outputs."""
    prefers_masks: bool
    """Whether worlds are best chosen by a mask. Then their number never has to reach the host."""
    recorder: Recorder | None = None
    """Records operations on the tensors here, and the simulation's own; None where that isn't worthwhile."""
    layout: int = 0
    """Counts the fields that were registered or expanded; recordings made before are void."""

    qpos: Tensor
    """Generalised positions ``[num_envs, nq]`` [m or rad]; a free joint's are position and quaternion, world frame."""
    qvel: Tensor
    """Generalised velocities ``[num_envs, nv]`` [m/s or rad/s].

    A free joint's linear velocity is in the world frame, its angular velocity in the body frame.
    """
    act: Tensor
    """Actuator activations ``[num_envs, na]``."""
    ctrl: Tensor
    """Actuator controls ``[num_envs, nu]``."""
    qfrc_applied: Tensor
    """Applied generalised forces ``[num_envs, nv]`` [N or N m]."""
    xfrc_applied: Tensor
    """Applied forces and torques at the bodies' centres of mass, world frame ``[num_envs, nbody, 6]`` [N, N m]."""
    mocap_pos: Tensor
    """Positions of mocap bodies, world frame ``[num_envs, nmocap, 3]`` [m]."""
    mocap_quat: Tensor
    """Orientations of mocap bodies, wxyz, body to world ``[num_envs, nmocap, 4]``."""
    eq_active: Tensor
    """Which equality constraints are on ``[num_envs, neq]``."""

    @abstractmethod
    def output(self, name: str, *, fresh: bool = True) -> Tensor:
        """Registers a derived ``MjData`` field, before the first step, and returns it live, ``[num_envs, ...]``.

        After a step, forces and other fields and sensors of the acceleration stage hold the values of the last
        timestep. Those of the position and velocity stages describe the state that was reached.

        Args:
            name: The field.
            fresh: False leaves a field of the position or velocity stage at the beginning of the last timestep, which
                costs nothing, unless something else needs it fresh. Then it isn't true after a `refresh` either.

        Raises:
            ValueError: The engine has no such field.
        """

    @abstractmethod
    def mean_qacc(self, timesteps: int) -> Tensor:
        """Registers the mean acceleration over the last timesteps of a step, before the first one.

        Returns:
            The change of ``qvel`` over the time it took, live, ``[num_envs, nv]``; 0 in a world that has taken no step
            since its reset.

        Args:
            timesteps: Over how many; the same for all who ask.
        """

    @abstractmethod
    def inertia(self) -> "Inertia":
        """Registers, before the first step, the worlds' joint-space inertia M, as the last timestep had it."""

    @abstractmethod
    def step(self, physics_steps: int = 1) -> None:
        """Advances all worlds, then looks once for diverged worlds and refreshes the registered outputs once.

        This is no control step unless the caller passes all physics steps of one.

        Args:
            physics_steps: Number of physics steps, each of `substeps` timesteps.
        """

    @abstractmethod
    def refresh(self, ids: EnvIds | None = None) -> None:
        """Computes the registered outputs anew after the caller wrote to the state.

        Forces and other fields of the acceleration stage describe a timestep that was taken. These worlds have taken
        none since, so their values are 0. Outputs of other worlds stay as they are: forces as the last timestep left
        them.

        Args:
            ids: The worlds; None for all.
        """

    @abstractmethod
    def reset(self, ids: EnvIds | None = None) -> None:
        """Puts worlds at their own ``qpos0``, at rest, without controls or applied forces.

        Outputs need a `refresh` then.

        Args:
            ids: The worlds; None for all.
        """

    def put(self, name: str, value: Tensor, ids: EnvIds, columns: Columns | None = None) -> None:
        """Writes rows of a state field, or some columns of them, and converts them to its dtype.

        Args:
            name: The state field.
            value: One row for each index, or ``num_envs`` rows with a mask; of the chosen columns.
            ids: The worlds. A mask of more dimensions, as bool ``[num_envs, nq]``, chooses elements of their rows.
            columns: Which columns, as those of a `gymctl.scene.blocks.Block`; None for all.
        """
        if columns is None:
            assign(getattr(self, name), value, ids)
        else:
            assign_columns(getattr(self, name), value, ids, columns)

    @abstractmethod
    def take_diverged(self) -> Tensor:
        """Returns which worlds have diverged since the last call, bool ``[num_envs]``.

        In such a world a number of the state became infinite, NaN or larger than MuJoCo allows (1e10). The step put
        it back to ``qpos0``, where other worlds don't notice; its episode has to end.
        """

    @abstractmethod
    def expand(self, name: str) -> Tensor:
        """Gives an ``MjModel`` field a value of its own in each world and returns it live, ``[num_envs, ...]``.

        A world starts with the value of its own model. A field in which the models differ has been expanded already.

        Args:
            name: The field; ``opt.<name>`` for one of ``MjOption``.

        Raises:
            ValueError: The engine can't have the field differ between worlds.
        """

    @abstractmethod
    def expanded(self, name: str) -> Tensor | None:
        """Returns an ``MjModel`` field that was expanded, live, ``[num_envs, ...]``; None if all worlds share it."""

    @abstractmethod
    def set_const(self, ids: EnvIds | None = None) -> None:
        """Computes what MuJoCo derives from expanded fields, after they were written.

        Args:
            ids: The worlds; None for all.
        """

    @abstractmethod
    def state_tensors(self) -> dict[str, Tensor]:
        """Returns all that decides the worlds' future, by name, live: state, warm starts, expanded model fields."""

    @abstractmethod
    def get_model(self, env: int) -> mujoco.MjModel:
        """Returns a copy of one world's own model, with its values of expanded fields, for rendering."""

    @abstractmethod
    def get_data(self, env: int) -> mujoco.MjData:
        """Returns a copy of one world's state, for rendering; derived fields need ``mj_forward``."""

    @abstractmethod
    def close(self) -> None:
        """Frees the worlds. The simulation must not be used afterwards."""
