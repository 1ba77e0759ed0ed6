"""A library of clips: draws clips and times, and gives the robot's state at them, in batches on the device."""

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np
import torch
from torch import Tensor

from gymctl.motions.clips import Clip, check_model
from gymctl.sim.rotations import quat_rotate, quat_rotate_inverse, slerp

_SMOOTHING = 1.0 / 30.0
"""Standard deviation of the smoothing of the root's velocities [s]: poselib's two frames of usually 60 in a second."""


@dataclass(frozen=True)
class MotionStates:
    """What the robot does at some moments of clips."""

    qpos: Tensor
    """Positions ``[n, nq]`` in the layout of the model: quaternions wxyz."""
    qvel: Tensor
    """Velocities ``[n, nv]``: the root's linear one in the world [m/s], its angular one and those of ball joints in the
    frame of the body that turns [rad/s]."""
    body_pos: Tensor
    """World positions ``[n, bodies, 3]`` of the bodies that were asked for [m]."""


class MotionLibrary:
    """Clips of one model.

    Between two frames, positions are interpolated linearly and rotations by slerp; velocities are those of the first of
    the two. Joint velocities are the differences to the next frame, and the last frame has those of the one before. The
    root's velocities are differences that are smoothed over time. (All of this is as in IsaacGymEnvs' ``MotionLib``
    and its poselib.)

    Args:
        clips: One or more, of this model.
        weights: How often each is drawn, in relation to the others; not negative, and one is positive.
        model: Begins with a free joint; its others are balls and hinges.
        bodies: Names of the bodies whose positions are wanted.
        device: Where the states are.

    Raises:
        ValueError: The model isn't like that, or there aren't as many weights as clips.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        weights: Sequence[float],
        model: mujoco.MjModel,
        bodies: Sequence[str],
        device: torch.device | str,
    ) -> None:
        check_model(model)
        share = torch.tensor(weights, dtype=torch.float64)
        if not clips or len(share) != len(clips) or not (share >= 0.0).all() or not share.sum() > 0.0:
            raise ValueError("a library has one clip or more, each with a weight; one of the weights is positive")
        body_ids = [model.body(name).id for name in bodies]
        counts = torch.tensor([len(clip.qpos) for clip in clips])

        def floats(arrays: Sequence[np.ndarray]) -> Tensor:
            return torch.as_tensor(np.concatenate(arrays), dtype=torch.float32, device=device)

        self.lengths = torch.tensor([clip.length for clip in clips], device=device)
        """Of each clip ``[clips]`` [s]."""
        self._fps = torch.tensor([clip.fps for clip in clips], device=device)
        self._limits = (share.cumsum(0) / share.sum())[:-1].float().to(device)
        self._starts = (counts.cumsum(0) - counts).to(device)
        self._last_steps = (counts - 2).float().to(device)
        self._qpos = floats([clip.qpos for clip in clips])
        self._qvel = floats([_velocities(clip, model) for clip in clips])
        self._body_pos = floats([_body_positions(clip, model, body_ids) for clip in clips])
        self._quats = _quaternion_columns(model).to(device)

    def sample_clips(self, count: int, generator: torch.Generator) -> Tensor:
        """Draws clips by weight.

        Args:
            count: How many.
            generator: On the library's device.

        Returns:
            Their numbers ``[count]``, int64.
        """
        drawn = torch.rand(count, device=self.lengths.device, generator=generator)
        return torch.searchsorted(self._limits, drawn, right=True)

    def sample_times(self, clips: Tensor, generator: torch.Generator, truncate: float = 0.0) -> Tensor:
        """Draws a moment of each clip, all equally likely.

        Args:
            clips: Numbers of clips ``[n]``.
            generator: On the library's device.
            truncate: How much is left out at the end of clips [s]; of one that is shorter, all but its begin.

        Returns:
            Times from the clips' begin ``[n]`` [s].
        """
        drawn = torch.rand(clips.shape, device=clips.device, generator=generator)
        return drawn * (self.lengths[clips] - truncate).clamp(min=0.0)

    def states(self, clips: Tensor, times: Tensor) -> MotionStates:
        """The robot's states at some moments.

        Args:
            clips: Numbers of clips ``[n]``.
            times: From their begin ``[n]`` [s]; before it and after the end, the first and last pose.
        """
        at = times * self._fps[clips]
        step = at.floor().clamp(min=0.0).minimum(self._last_steps[clips])
        part = (at - step).clamp(0.0, 1.0).unsqueeze(1)
        first = self._starts[clips] + step.long()
        before, after = self._qpos[first], self._qpos[first + 1]
        turned = slerp(self._rotations(before), self._rotations(after), part.unsqueeze(2))
        qpos = torch.lerp(before, after, part).index_copy_(1, self._quats, turned.flatten(1))
        body_pos = torch.lerp(self._body_pos[first], self._body_pos[first + 1], part.unsqueeze(2))
        return MotionStates(qpos, self._qvel[first], body_pos)

    def _rotations(self, qpos: Tensor) -> Tensor:
        """The quaternions of poses ``[n, root and balls, 4]``."""
        return qpos.index_select(1, self._quats).unflatten(1, (-1, 4))


def _velocities(clip: Clip, model: mujoco.MjModel) -> np.ndarray:
    """MuJoCo's velocities in each frame ``[frames, nv]``."""
    qvel = np.empty((len(clip.qpos), model.nv))
    for frame in range(len(clip.qpos) - 1):
        mujoco.mj_differentiatePos(model, qvel[frame], 1.0 / clip.fps, clip.qpos[frame], clip.qpos[frame + 1])
    qvel[-1] = qvel[-2]
    rotations = torch.from_numpy(clip.qpos[:, [4, 5, 6, 3]])
    turning = quat_rotate(rotations, torch.from_numpy(qvel[:, 3:6])).numpy()
    qvel[:, :3] = _smoothed(np.gradient(clip.qpos[:, :3], 1.0 / clip.fps, axis=0), clip.fps)
    qvel[:, 3:6] = quat_rotate_inverse(rotations, torch.from_numpy(_smoothed(turning, clip.fps))).numpy()
    return qvel


def _smoothed(values: np.ndarray, fps: float) -> np.ndarray:
    """Values ``[frames, n]`` averaged over time with a Gaussian's weights, as if the first and last went on."""
    width = _SMOOTHING * fps
    reach = int(4.0 * width + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, weights / weights.sum(), "valid") for column in padded.T], axis=1)


def _body_positions(clip: Clip, model: mujoco.MjModel, bodies: list[int]) -> np.ndarray:
    data, positions = mujoco.MjData(model), np.empty((len(clip.qpos), len(bodies), 3))
    for frame, qpos in enumerate(clip.qpos):
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        positions[frame] = data.xpos[bodies]
    return positions


def _quaternion_columns(model: mujoco.MjModel) -> Tensor:
    balls = model.jnt_qposadr[model.jnt_type == mujoco.mjtJoint.mjJNT_BALL]
    return torch.tensor([column + k for column in (3, *balls) for k in range(4)])
