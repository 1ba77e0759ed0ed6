"""HumanoidAMP: a humanoid moves as recorded motions show it, judged by a discriminator."""

import mujoco
import numpy as np
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.motions.clips import Clip
from gymctl.motions.files import read_clips
from gymctl.motions.library import MotionLibrary
from gymctl.scene.blocks import find_block
from gymctl.scene.contact_sensors import ContactForces
from gymctl.scene.dofs import Dofs
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.measures import FALLS, FORWARD_SPEED, Measure, as_columns
from gymctl.tasks.motion.humanoid_amp_constants import HumanoidAMPConstants
from gymctl.tasks.motion.humanoid_amp_description import describe
from gymctl.tasks.motion.humanoid_amp_maths import (
    FORWARD_VELOCITY,
    NUM_OBSERVATIONS,
    append,
    compute_fallen,
    compute_observations,
)
from gymctl.tasks.motion.humanoid_amp_model import (
    KEY_BODIES,
    ROOT,
    build_spec,
    control_ranges,
    start_pose,
    watched_bodies,
)
from gymctl.tasks.motion_prior import MotionPrior

POSE_ERROR = Measure("pose error", "rad")
"""Mean difference of the joints' positions from those of the motions' nearest frame."""


class HumanoidAMP(MotionPrior):
    """Move a humanoid as recorded motions show it."""

    num_observations = NUM_OBSERVATIONS
    num_actions = 28
    measures = POSE_ERROR, FORWARD_SPEED, FALLS
    keeps_clips = True

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        model, device = sim.model, sim.device
        c = self.constants = HumanoidAMPConstants.from_config(config)
        self.num_amp_observations = c.amp_steps * NUM_OBSERVATIONS
        self.robot = find_block(model, ROOT)
        self.dofs = Dofs(model, self.robot, device)
        self.offset, self.scale = control_ranges(c, self.dofs.limits)
        watched = watched_bodies(c, [model.body(body).name for body in self.robot.bodies])
        self.contacts = ContactForces(sim, watched)
        self.xpos = sim.output("xpos")
        self.key_ids, self.watched_ids = (
            torch.tensor([model.body(name).id for name in names], device=device) for names in (KEY_BODIES, watched)
        )
        clips, weights = zip(*read_clips(c.motion_file, model, config.clips_in), strict=True)
        self.motions = MotionLibrary(clips, weights, model, KEY_BODIES, device)
        poses = np.concatenate([_poses(clip, c.dt) for clip in clips])
        self.poses = self.dofs.positions(torch.from_numpy(poses).float().to(device))
        """Joints' positions all along the motions, about a control step apart ``[poses, 28]`` [rad]."""
        self.start_qpos, start_keys = (values.to(device) for values in start_pose(model, self.robot))
        self.start_motion = self._compute(self.start_qpos, torch.zeros(1, model.nv, device=device), start_keys)
        self.history = torch.zeros(sim.num_envs, c.amp_steps, NUM_OBSERVATIONS, device=device)
        """Observations of the last steps, newest first."""
        self.steps = torch.zeros(sim.num_envs, dtype=torch.int64, device=device)
        """Control steps of the episodes."""

    @override
    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        return build_spec(config)

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        constants = HumanoidAMPConstants.from_config(config)
        return describe(model, constants, cls.count_steps(config.env[cls.episode_length_key]))

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the drives' targets, or the motors' controls."""
        self.sim.ctrl[:, : self.num_actions] = self.offset + self.scale * actions

    def after_physics(self) -> None:
        """Counts the step and reads the contacts."""
        self.steps += 1
        self.contacts.update()

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        qpos, qvel = take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float()
        return self._compute(qpos, qvel, take(self.xpos, ids).index_select(1, self.key_ids).float())

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """1, for the discriminator gives the reward that matters; the episode ends with a fall.

        Notes what the motion looks like now.
        """
        self.history.copy_(append(self.history, observations))
        reward = torch.ones_like(observations[:, 0])
        if not self.constants.early_termination:
            return reward, torch.zeros_like(reward, dtype=torch.bool)
        heights = self.xpos[:, :, 2].index_select(1, self.watched_ids)
        return reward, compute_fallen(self.contacts.values, heights, self.steps, self.constants.termination_height)

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """One term, the same in every step."""
        return {"alive": torch.ones_like(observations[:, 0])}

    @override
    def observe_motion(self) -> Tensor:
        return self.history.flatten(1)

    @override
    def demonstrate(self, count: int) -> Tensor:
        clips = self.motions.sample_clips(count, self.generator)
        before = (self.constants.amp_steps - 1) * self.constants.dt
        times = self.motions.sample_times(clips, self.generator, truncate=before) + before
        return self._show(clips, times).flatten(1)

    def measure(self, terminated: Tensor) -> Tensor:
        """How far the pose is from the motions' nearest one, the speed to where the pelvis heads, and who falls."""
        dof_pos = self.dofs.positions(self.sim.qpos.float())
        away = torch.cdist(dof_pos, self.poses, p=1.0).amin(1) / self.num_actions
        return as_columns(away, self.history[:, 0, FORWARD_VELOCITY], terminated)

    def reset(self, ids: EnvIds) -> None:
        """A pose of the motions with its velocities, or the default pose at rest, above the world's origin.

        See `HumanoidAMPConstants`.
        """
        n, c = ids.shape[0], self.constants
        clips = self.motions.sample_clips(n, self.generator)
        times = self.motions.sample_times(clips, self.generator)
        if c.at_begin:
            times = torch.zeros_like(times)
        shown = self.motions.states(clips, times)
        is_shown = self.uniform(0.0, 1.0, n, 1) < c.shown_starts
        qpos = torch.where(is_shown, shown.qpos, self.start_qpos)
        qpos[:, :2] = 0.0
        self.sim.put("qpos", qpos, ids)
        self.sim.put("qvel", torch.where(is_shown, shown.qvel, 0.0), ids)
        history = torch.where(is_shown[:, :, None], self._show(clips, times), self.start_motion[:, None])
        assign(self.history, history, ids)
        assign(self.steps, 0, ids)

    def _show(self, clips: Tensor, times: Tensor) -> Tensor:
        """Observations of motions, at some times and in the control steps before, ``[n, steps, 105]``."""
        steps = self.constants.amp_steps
        back = self.constants.dt * torch.arange(steps, device=times.device)
        shown = self.motions.states(clips.repeat_interleave(steps), (times[:, None] - back).flatten())
        return self._compute(shown.qpos, shown.qvel, shown.body_pos).view(-1, steps, NUM_OBSERVATIONS)

    def _compute(self, qpos: Tensor, qvel: Tensor, key_pos: Tensor) -> Tensor:
        return compute_observations(
            self.robot.root_state(qpos, qvel),
            self.dofs.positions(qpos),
            self.dofs.velocities(qvel),
            key_pos,
            local_root=self.constants.local_root,
        )


def _poses(clip: Clip, dt: float) -> np.ndarray:
    """Positions all along a clip ``[frames, nq]``, about every ``dt`` seconds."""
    return clip.qpos[:: max(1, round(clip.fps * dt))]
