"""The tasks' maths against recorded inputs and outputs of the original ones.

``GYMCTL_GOLDEN_DIR`` names another folder of vectors in the same format.
"""

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from gymctl.envs.vec_env import compute_time_outs
from gymctl.sim.frames import RootState
from gymctl.tasks import cartpole, locomotion
from gymctl.tasks.ant import Ant
from gymctl.tasks.humanoid import Humanoid
from gymctl.tasks.locomotion import Locomotion, LocomotionConstants

GOLDEN = Path(os.environ.get("GYMCTL_GOLDEN_DIR") or Path(__file__).parents[1] / "data" / "golden")


class Golden:
    """One task's vectors: inputs as tensors of one dtype, outputs to compare with."""

    def __init__(self, task: str, dtype: torch.dtype) -> None:
        with np.load(GOLDEN / f"{task}.npz") as file:
            self.arrays = {name: file[name] for name in file.files}
        self.meta = json.loads(str(self.arrays.pop("meta_json")))["arrays"]
        self.dtype = dtype

    def __getitem__(self, name: str) -> torch.Tensor:
        array = torch.from_numpy(self.arrays[name])
        return array.to(self.dtype) if array.is_floating_point() else array

    def constant(self, name: str) -> float:
        return self.arrays[name].item()

    def check(self, name: str, ours: torch.Tensor) -> None:
        """Within 1e-6 in float64, 1e-5 plus the recorded rounding in float32, relative to 1 + |x|; flags exactly."""
        if not ours.is_floating_point():
            np.testing.assert_array_equal(ours.numpy().astype(np.int64), self.arrays[name], err_msg=name)
            return
        if self.dtype == torch.float64:
            expected, slack = self.arrays[f"{name}__f64"], 0.0
            relative = 1e-6
        else:
            expected, slack = self.arrays[name].astype(np.float64), 4 * self.meta[name]["max_abs_diff_f32_f64"]
            relative = 1e-5
        difference = np.abs(ours.double().numpy() - expected)
        assert difference.shape == expected.shape, name
        excess = difference - relative * (1 + np.abs(expected)) - slack
        assert excess.max() <= 0, f"{name}: {difference.max()} at {np.unravel_index(excess.argmax(), excess.shape)}"


@pytest.fixture(params=[torch.float32, torch.float64], ids=["float32", "float64"])
def dtype(request):
    return request.param


def test_cartpole(dtype):
    golden = Golden("Cartpole", dtype)
    observations = cartpole.compute_observations(golden["dof_pos"], golden["dof_vel"])
    reward, lost = cartpole.compute_reward(observations, golden.constant("reset_dist"))
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    golden.check("obs", observations)
    golden.check("reward", reward)
    golden.check("reset", lost | time_outs)
    golden.check("time_outs", time_outs)
    golden.check("dof_force", cartpole.compute_dof_force(golden["actions"], golden.constant("max_push_effort")))


def check_locomotion(golden: Golden, task: type[Locomotion], forces: torch.Tensor) -> None:
    """Observations, reward, resets and torques of a locomotion task; `forces` is what its robot felt."""
    recorded = [field.name for field in dataclasses.fields(LocomotionConstants) if field.name in golden.arrays]
    constants = LocomotionConstants(
        **{"angular_velocity_scale": 1.0} | {name: golden.constant(name) for name in recorded},
        alive=task.alive,
        wrap_angles=task.wrap_angles,
    )
    root = RootState(
        golden["root_pos"], golden["root_quat_xyzw"], golden["root_lin_vel_world"], golden["root_ang_vel_world"]
    )
    assert golden["start_quat_xyzw"].tolist() == [0, 0, 0, 1]
    gears = golden["motor_efforts" if "motor_efforts" in golden.arrays else "joint_gears"]
    observations, potentials = locomotion.compute_observations(
        root,
        golden["dof_pos"],
        golden["dof_vel"],
        golden["dof_limits_lower"],
        golden["dof_limits_upper"],
        forces,
        golden["actions"],
        golden["targets"],
        constants,
    )
    reward, fallen = locomotion.compute_reward(
        observations.to(golden.dtype),
        golden["actions"],
        potentials,
        golden["potentials"].double(),
        gears / gears.max(),
        task.at_limit,
        constants,
    )
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    golden.check("obs", observations)
    golden.check("potentials_out", potentials)
    golden.check("reward", reward)
    golden.check("reset", fallen | time_outs)
    golden.check("time_outs", time_outs)
    controls = locomotion.compute_controls(golden["actions"], golden.constant("power_scale"))
    golden.check("dof_force", controls * gears)


def test_ant(dtype):
    golden = Golden("Ant", dtype)
    check_locomotion(golden, Ant, golden["force_sensors"].flatten(1))


def test_humanoid(dtype):
    golden = Golden("Humanoid", dtype)
    forces = torch.cat((golden["dof_force_sensed"], golden["force_sensors"].flatten(1)), dim=1)
    check_locomotion(golden, Humanoid, forces)
