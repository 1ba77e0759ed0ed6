"""The GPU engine: mujoco_warp's kernels, one world a thread or more."""

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import mujoco
import mujoco_warp as mjw
import numpy as np
import torch
import warp as wp
from numpy.typing import ArrayLike
from torch import Tensor
from typing_extensions import override

from gymctl.core.errors import BackendError
from gymctl.sim.dynamics import MeanAcceleration
from gymctl.sim.fields import INTEGRATION_FIELDS, STATE_FIELDS, describes_state, describing_timestep
from gymctl.sim.kinds import Kinds, Models, assign_kinds, write
from gymctl.sim.recording import CudaRecorder, Recorded
from gymctl.sim.rows import as_mask, assign
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.sim.warp_kinds import batched, differing, representative
from gymctl.sim.warp_limits import Limits, OverflowWatch, measure
from gymctl.sim.warp_runtime import Replay, on_device, within_recording

_CHECKED_FIELDS = ("qpos", "qvel", "qacc", "ctrl")
_TOO_LARGE = 1e10
"""MuJoCo's own limit, beyond which a number counts as diverged."""
_WITHOUT_SENSORS = mjw.DisableBit.SENSOR
_LOOPS = (mujoco.mjtEq.mjEQ_CONNECT.value, mujoco.mjtEq.mjEQ_WELD.value)
_SET_CONST_FIELDS = (
    "body_subtreemass",
    "body_invweight0",
    "dof_invweight0",
    "tendon_length0",
    "tendon_invweight0",
    "actuator_acc0",
    "eq_data",
    "geom_aabb",
    "geom_rbound",
    "cam_pos0",
    "cam_poscom0",
    "cam_mat0",
    "light_pos0",
    "light_poscom0",
    "light_dir0",
)
"""What `mjw.set_const` writes."""


class WarpSimulation(Simulation):
    """Worlds on mujoco_warp.

    State rows are float32, seen through torch without a copy. Nothing here waits for a GPU. A first step compiles the
    kernels, for a minute or more; Warp keeps them in its cache.

    Args:
        models: The compiled model, or several of one layout.
        num_envs: Number of worlds.
        kinds: Index of each world's model ``[num_envs]``; needed for several.
        device: A CUDA device with its index, or the CPU, which is slow.
        substeps: Timesteps in a physics step.
        nconmax: Contacts a world has room for, on average; None measures the models.
        njmax: Rows of constraints that each world has room for; None measures the models.

    Raises:
        BackendError: mujoco_warp lacks something that the model has.
        InputError: The models have no common layout, or mujoco_warp can't have them differ as they do.
    """

    dtype = torch.float32

    def __init__(
        self,
        models: Models,
        num_envs: int,
        *,
        device: torch.device,
        kinds: ArrayLike | None = None,
        substeps: int = 1,
        nconmax: int | None = None,
        njmax: int | None = None,
    ) -> None:
        self.kinds = assign_kinds(models, num_envs, kinds)
        self.model = model = self.kinds.models[0]
        self.num_envs = num_envs
        self.device = device
        self.substeps = substeps
        self.prefers_masks = device.type == "cuda"
        self.recorder = CudaRecorder(lambda: within_recording(device)) if device.type == "cuda" else None
        self.limits = _limits(self.kinds, nconmax, njmax)
        different = differing(self.kinds)
        with on_device(device):
            self._model, self._data = _build(representative(self.kinds, different), num_envs, self.limits)
        for name in STATE_FIELDS:
            setattr(self, name, self._field(name))
        self._state = {name: field for name in INTEGRATION_FIELDS if (field := self._field(name)).numel()}
        self._initial = self._initial_state()
        self._checked = [self._field(name) for name in _CHECKED_FIELDS]
        self._diverged = torch.zeros(num_envs, dtype=torch.bool, device=device)
        self._overflow = OverflowWatch(self._field("overflow"), self.limits)
        self._outputs: dict[str, Tensor] = {}
        self._expanded: dict[str, Tensor] = {}
        self._of_timestep: list[Tensor] = []
        self._mean_qacc: MeanAcceleration | None = None
        self._describes_state = False
        self._has_loops = bool(np.isin(model.eq_type, _LOOPS).any())
        self._timesteps = substeps
        self._advance = Replay(self._launch_steps)
        self._describe = Replay(self._launch_describe)
        self._derive = Replay(self._launch_set_const)
        self._inertia: WarpInertia | None = None
        self._settle: Recorded[None] | None = None
        for name in different:
            self.expand(name)
        self.reset()

    @override
    def output(self, name: str, *, fresh: bool = True) -> Tensor:
        if name not in self._outputs:
            array = getattr(self._data, name, None)
            if not isinstance(array, wp.array) or array.shape[:1] != (self.num_envs,):
                raise ValueError(f"mujoco_warp has no field {name!r} with a row for each world")
            self._outputs[name] = _view(array)
            self._of_timestep += [self._outputs[name][:, part] for part in describing_timestep(self.model, name)]
            self._forget_recordings()
        if fresh and not self._describes_state and describes_state(self.model, name):
            self._describes_state = True
            self._forget_recordings()
        return self._outputs[name]

    @override
    def mean_qacc(self, timesteps: int) -> Tensor:
        if self._mean_qacc is None:
            self._mean_qacc = MeanAcceleration(self.qvel, timesteps, self.model.opt.timestep)
            self._of_timestep.append(self._mean_qacc.value)
            self._forget_recordings()
        return self._mean_qacc.of(timesteps)

    @override
    def inertia(self) -> "WarpInertia":
        self._inertia = self._inertia or WarpInertia(self._model, self._data, self.model)
        return self._inertia

    @override
    def step(self, physics_steps: int = 1) -> None:
        """The outputs of a diverged world are 0. Another number of steps than in the last call is recorded anew."""
        if (timesteps := physics_steps * self.substeps) != self._timesteps:
            self._timesteps = timesteps
            self._advance.reset()
        with on_device(self.device):
            self._advance()
        if self._settle is None:
            self._settle = Recorded("the physics step", self._end_step, self.recorder)
        self._settle()
        self._overflow.after_step()

    def _launch_steps(self) -> None:
        opt, flags = self._model.opt, self._model.opt.disableflags
        for timestep in range(self._timesteps):
            is_last = timestep == self._timesteps - 1
            opt.disableflags = flags if is_last else flags | _WITHOUT_SENSORS  # the last timestep's overwrite them
            if self._mean_qacc is not None and timestep == max(self._timesteps - self._mean_qacc.timesteps, 0):
                wp.copy(wp.from_torch(self._mean_qacc.before), self._data.qvel)
            if self._has_loops:  # their constraints use the bodies' velocities, which mjw.step computes too late
                mjw.kinematics(self._model, self._data)
                mjw.com_pos(self._model, self._data)
                mjw.com_vel(self._model, self._data)
            mjw.step(self._model, self._data)
        if self._describes_state:
            self._launch_describe()

    def _launch_describe(self) -> None:
        mjw.fwd_position(self._model, self._data, factorize=False)
        mjw.sensor_pos(self._model, self._data)
        mjw.fwd_velocity(self._model, self._data)
        mjw.sensor_vel(self._model, self._data)

    def _end_step(self) -> None:
        if self._mean_qacc is not None:
            self._mean_qacc.end()
        self._catch_diverged()

    def _catch_diverged(self) -> None:
        diverged = ~(torch.cat(self._checked, dim=1).abs() <= _TOO_LARGE).all(1)
        self._diverged |= diverged
        self.reset(diverged)
        for field in self._outputs.values():
            assign(field, 0, diverged)

    @override
    def refresh(self, ids: EnvIds | None = None) -> None:
        if self._describes_state:
            with self._kept(self._outputs.values(), ids), on_device(self.device):
                self._describe()
        for field in self._of_timestep:
            assign(field, 0.0, self._everyone() if ids is None else ids)

    @override
    def reset(self, ids: EnvIds | None = None) -> None:
        mask = self._everyone() if ids is None else as_mask(ids, self.num_envs)
        for name, field in self._state.items():
            assign(field, self._initial[name], mask)

    @override
    def take_diverged(self) -> Tensor:
        diverged = self._diverged.clone()
        self._diverged.zero_()
        return diverged

    @override
    def expand(self, name: str) -> Tensor:
        if name not in self._expanded:
            owner: Any = self._model.opt if name.startswith("opt.") else self._model
            attribute = name.removeprefix("opt.")
            array = getattr(owner, attribute, None)
            if not batched(name) or not isinstance(array, wp.array):
                raise ValueError(f"mujoco_warp can't give the model field {name!r} a value per world")
            with on_device(self.device):
                rows = wp.empty((self.num_envs, *array.shape[1:]), dtype=array.dtype)
            field = self._expanded[name] = _view(rows)
            values = self.kinds.values(name)
            field.copy_(_view(array) if values is None else self._of_worlds(values).view_as(field))
            setattr(owner, attribute, rows)
            self._forget_recordings()
            if name == "qpos0":
                self._initial["qpos"] = field
        return self._expanded[name]

    @override
    def expanded(self, name: str) -> Tensor | None:
        return self._expanded.get(name)

    @override
    def set_const(self, ids: EnvIds | None = None) -> None:
        derived = [self.expand(name) for name in _SET_CONST_FIELDS if getattr(self._model, name).size]
        with self._kept([*derived, *self._outputs.values()], ids), on_device(self.device):
            self._derive()

    def _launch_set_const(self) -> None:
        mjw.set_const(self._model, self._data)

    @override
    def state_tensors(self) -> dict[str, Tensor]:
        return self._state | self._expanded

    @override
    def get_model(self, env: int) -> mujoco.MjModel:
        model = copy.copy(self.kinds.model_of(env))
        for name, field in self._expanded.items():
            write(model, name, field[env].cpu().numpy())
        return model

    @override
    def get_data(self, env: int) -> mujoco.MjData:
        data = mujoco.MjData(self.kinds.model_of(env))
        for name, field in self._state.items():
            value = field[env].cpu().numpy()
            setattr(data, name, value if value.shape else value.item())
        return data

    @override
    def close(self) -> None:
        """An overflow that was not told yet is told first."""
        self._overflow.finish()
        for name in STATE_FIELDS:
            delattr(self, name)
        del self._overflow, self._state, self._checked, self._outputs, self._of_timestep, self._expanded, self._initial
        del self._advance, self._describe, self._derive, self._settle, self._inertia, self._data, self._model

    def _forget_recordings(self) -> None:
        """Makes all recordings anew: what is launched, or with which arrays, has changed."""
        self.layout += 1
        self._settle = None
        for replay in (self._advance, self._describe, self._derive):
            replay.reset()
        if self._inertia is not None:
            self._inertia.forget_recordings()

    def _field(self, name: str) -> Tensor:
        return _view(getattr(self._data, name))

    def _initial_state(self) -> dict[str, Tensor]:
        """The state after a reset, by field: ``[1, ...]``, or of each world where the models differ in it."""
        initial = {name: field[:1].clone() for name, field in self._state.items()}
        if len(self.kinds.models) > 1:
            datas = [mujoco.MjData(model) for model in self.kinds.models]
            for name, field in self._state.items():
                rows = np.stack([getattr(data, name) for data in datas])
                if (rows != rows[0]).any():
                    initial[name] = self._of_worlds(rows).to(field.dtype)
        return initial

    def _of_worlds(self, values: np.ndarray) -> Tensor:
        """What belongs to each model ``[K, ...]``, for each world ``[num_envs, ...]``."""
        index = torch.from_numpy(self.kinds.of_env).to(self.device)
        return torch.from_numpy(values).to(self.device, torch.float32 if values.dtype.kind == "f" else None)[index]

    def _everyone(self) -> Tensor:
        return torch.ones(self.num_envs, dtype=torch.bool, device=self.device)

    @contextmanager
    def _kept(self, fields: Iterable[Tensor], ids: EnvIds | None) -> Iterator[None]:
        """Keeps the rows of fields as they are in all worlds but the given ones."""
        if ids is None:
            yield
            return
        others = ~as_mask(ids, self.num_envs)
        before = [(field, field.clone()) for field in fields]
        yield
        for field, rows in before:
            assign(field, rows, others)


class WarpInertia:
    """The inertia of a `WarpSimulation`; see `gymctl.sim.simulation.Inertia`.

    Args:
        warp_model: mujoco_warp's model.
        data: The worlds.
        model: MuJoCo's model.
    """

    def __init__(self, warp_model: mjw.Model, data: mjw.Data, model: mujoco.MjModel) -> None:
        self._model, self._data = warp_model, data
        self._given, self._result = (
            torch.zeros(data.nworld, model.nv, device=wp.device_to_torch(data.qvel.device)) for _ in range(2)
        )
        self._factorise = model.opt.integrator == mujoco.mjtIntegrator.mjINT_DISCRETE.value  # it leaves another one
        self._solve, self._multiply = Replay(self._launch_solve), Replay(self._launch_multiply)

    def solve(self, forces: Tensor) -> Tensor:
        """M⁻¹ forces; the next call overwrites the result."""
        return self._compute(self._solve, forces)

    def multiply(self, accelerations: Tensor) -> Tensor:
        """M accelerations; the next call overwrites the result."""
        return self._compute(self._multiply, accelerations)

    def forget_recordings(self) -> None:
        """Needed when an array that is used here has been exchanged."""
        self._solve.reset()
        self._multiply.reset()

    def _compute(self, launches: Replay, vectors: Tensor) -> Tensor:
        self._given.copy_(vectors)
        with on_device(self._result.device):
            launches()
        return self._result

    def _launch_solve(self) -> None:
        if self._factorise:
            mjw.factor_m(self._model, self._data)
        mjw.solve_m(self._model, self._data, wp.from_torch(self._result), wp.from_torch(self._given))

    def _launch_multiply(self) -> None:
        mjw.mul_m(self._model, self._data, wp.from_torch(self._result), wp.from_torch(self._given))


def _limits(kinds: Kinds, nconmax: int | None, njmax: int | None) -> Limits:
    if nconmax and njmax:
        return Limits(nconmax, njmax)
    measured = measure(*kinds.models)
    return Limits(nconmax or measured.nconmax, njmax or measured.njmax)


def _build(model: mujoco.MjModel, num_envs: int, limits: Limits) -> tuple[mjw.Model, mjw.Data]:
    try:
        warp_model = mjw.put_model(model)
    except NotImplementedError as error:
        raise BackendError(f"mujoco_warp can't simulate this model: {error}", "use --engine mujoco") from error
    warp_model.opt.warn_overflow = 0  # it would print to stdout; `OverflowWatch` tells
    if wp.get_device().is_cuda and not wp.is_conditional_graph_supported():
        warp_model.opt.graph_conditional = False
    return warp_model, mjw.make_data(model, num_envs, nconmax=limits.nconmax, njmax=limits.njmax)


def _view(array: wp.array) -> Tensor:
    """Warp's array as torch sees it, matrices flat as in MuJoCo."""
    tensor = wp.to_torch(array)
    return tensor.flatten(-2) if wp.types.type_is_matrix(array.dtype) else tensor
