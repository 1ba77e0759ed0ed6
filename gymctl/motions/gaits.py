"""Walking and running that are computed, not recorded: the clips that gymctl has of HumanoidAMP's humanoid.

A gait is a cycle; left and right do the same, half a cycle apart. The phase of a foot is 0 when it touches the ground.
It stands for a share of the cycle: it rolls over its heel, lies flat, and rolls over its toe, without sliding. Then the
ankle swings to where the foot stands next. The pelvis goes forward evenly; it bobs twice in a cycle, and sways, turns
and tilts once. It is as high as the legs allow. What hip, knee and ankle must do follows from the pelvis and the foot
(inverse kinematics). The trunk and the arms turn against the pelvis; the head looks ahead.
"""

from dataclasses import dataclass

import mujoco
import numpy as np

from gymctl.motions.clips import Clip, Recording, fit_to_model

_FPS = 60
_STRETCHED = 0.99
"""How long a leg gets at most, of its whole length."""
_X, _Y, _Z = range(3)


@dataclass(frozen=True)
class Gait:
    """What a gait looks like: times in seconds, lengths in metres, angles in degrees."""

    name: str
    speed: float
    """Forward [m/s]."""
    frames: int
    """Of a cycle, at 60 in a second; even."""
    cycles: int
    """How many the clip has."""
    stance: float
    """Share of the cycle in which a foot stands."""
    ahead: float
    """Of the hip, where the ankle is in the middle of its stance."""
    aside: float
    """From the middle, where a foot stands."""
    foot: tuple[tuple[float, float], ...]
    """Pitch of the foot at phases from 0 to 1, smooth in between: above 0 the heel is up, below 0 the toe."""
    lift: float
    """How much higher than straight from stance to stance the ankle swings."""
    landing: tuple[float, float]
    """How fast the foot goes forward and down when it touches the ground [m/s]."""
    bob: float
    """Of the pelvis: above 0 it is highest over a standing foot, below 0 between two."""
    sway: float
    """Of the pelvis, towards the foot that stands."""
    turn: float
    """Of the pelvis, towards the leg behind."""
    tilt: float
    """Of the pelvis, down on the side of the leg that swings."""
    lean: float
    """Of the pelvis and the trunk, forward."""
    trunk: float
    """Turn of the trunk, against the pelvis'."""
    arm: tuple[float, float]
    """How far the upper arm is forward in the middle, and how far it swings from there."""
    spread: float
    """Of the upper arms, outward."""
    elbow: tuple[float, float]
    """How bent it is in the middle, and how much more when the arm is in front."""


WALK = Gait(
    name="amp_humanoid_walk",
    speed=1.35,
    frames=64,
    cycles=2,
    stance=0.61,
    ahead=-0.09,
    aside=0.075,
    foot=((0.0, -18.0), (0.11, 0.0), (0.36, 0.0), (0.68, 55.0), (0.88, -16.0)),
    lift=0.04,
    landing=(0.8, 0.3),
    bob=0.02,
    sway=0.02,
    turn=6.0,
    tilt=3.0,
    lean=3.0,
    trunk=5.0,
    arm=(0.0, 24.0),
    spread=9.0,
    elbow=(28.0, 12.0),
)
"""A walk at 1.35 m/s, 1.87 steps in a second."""

RUN = Gait(
    name="amp_humanoid_run",
    speed=3.0,
    frames=42,
    cycles=3,
    stance=0.34,
    ahead=-0.13,
    aside=0.06,
    foot=((0.0, -8.0), (0.07, 0.0), (0.15, 0.0), (0.45, 75.0), (0.8, 0.0), (0.92, -10.0)),
    lift=0.25,
    landing=(1.5, 1.0),
    bob=-0.025,
    sway=0.01,
    turn=8.0,
    tilt=3.0,
    lean=8.0,
    trunk=8.0,
    arm=(-5.0, 32.0),
    spread=14.0,
    elbow=(85.0, 12.0),
)
"""A run at 3 m/s, 2.86 steps in a second."""


def make_gait(gait: Gait, model: mujoco.MjModel) -> Clip:
    """Computes a clip, from the touch of the right foot on; x is forward, z is up, and the ground is at 0.

    Its last frame is the first of the cycle that would follow.

    Args:
        gait: What it looks like.
        model: HumanoidAMP's humanoid, or one with the same bodies and other lengths.

    Raises:
        ValueError: The legs are too short for the gait.
    """
    phase = np.arange(gait.frames * gait.cycles + 1) / gait.frames
    legs = [_Leg(side, gait, model, phase + offset) for side, offset in (("right", 0.0), ("left", 0.5))]
    angle = 2.0 * np.pi * phase
    over_right = np.cos(angle - np.pi * gait.stance)
    pelvis = _about(_Z, gait.turn * np.cos(angle)) @ _about(_Y, gait.lean) @ _about(_X, -gait.tilt * over_right)
    position = np.stack(
        (
            gait.speed * gait.frames / _FPS * phase,
            -gait.sway * over_right,
            gait.bob * np.cos(2.0 * (angle - np.pi * gait.stance)),
        ),
        axis=1,
    )
    position[:, 2] += min(leg.highest(position, pelvis) for leg in legs)
    trunk = _about(_Z, -gait.trunk * np.cos(angle)) @ _about(_Y, 1.5 * gait.lean)
    rotations = {"torso": _inverse(pelvis) @ trunk, "head": _inverse(trunk)}
    for leg in legs:
        rotations |= leg.rotations(position, pelvis)
    for side, sign, forward in (("right", -1.0, np.cos(angle + np.pi)), ("left", 1.0, np.cos(angle))):
        arm = _about(_X, sign * gait.spread) @ _about(_Y, -gait.arm[0] - gait.arm[1] * forward)
        rotations[f"{side}_upper_arm"] = arm
        rotations[f"{side}_lower_arm"] = _about(_Y, -gait.elbow[0] - gait.elbow[1] * forward)
    recording = Recording(
        gait.name,
        gait.name,
        _FPS,
        position,
        _quaternions(pelvis),
        {body: _quaternions(matrices) for body, matrices in rotations.items()},
    )
    return fit_to_model(recording, model)


class _Leg:
    """A leg: where its ankle is, and what its joints must do for that.

    Args:
        side: ``right`` or ``left``.
        gait: What it does.
        model: Has the lengths.
        phase: Of the foot in each frame ``[frames]``, in cycles.
    """

    def __init__(self, side: str, gait: Gait, model: mujoco.MjModel, phase: np.ndarray) -> None:
        self._side, self._gait = side, gait
        thigh, shin, foot = (model.body(f"{side}_{part}") for part in ("thigh", "shin", "foot"))
        self._hip = thigh.pos
        self._thigh, self._shin = -shin.pos[2], -foot.pos[2]
        box = model.geom(int(foot.geomadr[0]))
        sole = box.pos[2] - box.size[2]
        self._heel = np.array([box.pos[0] - box.size[0], sole])
        self._toe = np.array([box.pos[0] + box.size[0], sole])
        self._stride = gait.speed * gait.frames / _FPS
        cycle = np.floor(phase)
        in_plane = self._ankle(phase - cycle)
        in_plane[:, 0] += self._stride * (cycle - phase[0])
        self._pitch = _about(_Y, self._foot_pitch(phase))
        aside = np.full(len(phase), np.sign(self._hip[1]) * gait.aside)
        self._position = np.stack((in_plane[:, 0], aside, in_plane[:, 1]), axis=1)

    def highest(self, pelvis_position: np.ndarray, pelvis: np.ndarray) -> float:
        """How far the pelvis can rise until the leg is stretched [m]."""
        hip = self._hips(pelvis_position, pelvis)
        reach = _STRETCHED * (self._thigh + self._shin)
        above = reach**2 - np.sum((self._position - hip)[:, :2] ** 2, axis=1)
        if above.min() < 0.0:
            raise ValueError(f"the legs are too short for the gait {self._gait.name!r}: its steps are too long")
        return float((self._position[:, 2] + np.sqrt(above) - hip[:, 2]).min())

    def rotations(self, pelvis_position: np.ndarray, pelvis: np.ndarray) -> dict[str, np.ndarray]:
        """What hip, knee and ankle do ``[frames, 3, 3]``, by the bodies that they move."""
        to_ankle = (_inverse(pelvis) @ (self._position - self._hips(pelvis_position, pelvis))[:, :, None])[:, :, 0]
        distance = np.linalg.norm(to_ankle, axis=1)
        cosine = (distance**2 - self._thigh**2 - self._shin**2) / (2.0 * self._thigh * self._shin)
        knee = np.arccos(cosine)
        bent = np.arctan2(self._shin * np.sin(knee), self._thigh + self._shin * np.cos(knee))
        aside = np.arctan2(to_ankle[:, 1], -to_ankle[:, 2])
        back = np.arctan2(-to_ankle[:, 0], np.hypot(to_ankle[:, 1], to_ankle[:, 2]))
        hip = _about(_X, np.degrees(aside)) @ _about(_Y, np.degrees(back - bent))
        shin = _about(_Y, np.degrees(knee))
        foot = _inverse(pelvis @ hip @ shin) @ self._pitch
        return {f"{self._side}_thigh": hip, f"{self._side}_shin": shin, f"{self._side}_foot": foot}

    def _hips(self, pelvis_position: np.ndarray, pelvis: np.ndarray) -> np.ndarray:
        return pelvis_position + pelvis @ self._hip

    def _ankle(self, phase: np.ndarray) -> np.ndarray:
        """Where the ankle is in its plane ``[frames, 2]``, forward and up, in the cycle that begins at 0."""
        gait = self._gait
        lift_off = self._standing(np.array([gait.stance, gait.stance - 1e-4]))
        touch = self._standing(np.array([0.0, 1e-4])) + np.array([self._stride, 0.0])
        swing = 1.0 - gait.stance
        landing = np.array([gait.landing[0], -gait.landing[1]]) * gait.frames / _FPS
        part = np.clip((phase - gait.stance) / swing, 0.0, 1.0)[:, None]
        leaving, arriving = (lift_off[0] - lift_off[1]) / 1e-4, (touch[1] - touch[0]) / 1e-4 + landing
        swinging = _cubic(part, lift_off[0], touch[0], leaving * swing, arriving * swing)
        swinging[:, 1] += gait.lift * (part**2 * (1.0 - part) ** 3)[:, 0] / (0.4**2 * 0.6**3)
        return np.where(phase[:, None] < gait.stance, self._standing(phase), swinging)

    def _standing(self, phase: np.ndarray) -> np.ndarray:
        """The same while the foot stands: it turns about its heel or its toe, which stays."""
        pitch = np.radians(self._foot_pitch(phase))
        corner = np.where(pitch[:, None] < 0.0, self._heel, self._toe)
        x, z = corner.T
        middle = self._stride * self._gait.stance / 2.0 + self._gait.ahead
        return np.stack(
            (middle + x - x * np.cos(pitch) - z * np.sin(pitch), x * np.sin(pitch) - z * np.cos(pitch)), axis=1
        )

    def _foot_pitch(self, phase: np.ndarray) -> np.ndarray:
        """In degrees, at phases of any cycle."""
        keys = np.array([*self._gait.foot, (1.0, self._gait.foot[0][1])])
        at = phase % 1.0
        after = np.clip(np.searchsorted(keys[:, 0], at, side="right"), 1, len(keys) - 1)
        (begin, first), (end, last) = keys[after - 1].T, keys[after].T
        part = (at - begin) / (end - begin)
        return first + (last - first) * part**2 * (3.0 - 2.0 * part)


def _cubic(
    part: np.ndarray, begin: np.ndarray, end: np.ndarray, leaving: np.ndarray, arriving: np.ndarray
) -> np.ndarray:
    """Hermite's curve from one point to another, with the velocities there, at parts from 0 to 1 of the way."""
    back = part - 1.0
    return (
        begin * (1.0 + 2.0 * part) * back**2
        + end * (3.0 - 2.0 * part) * part**2
        + part * back * (leaving * back + arriving * part)
    )


def _about(axis: int, degrees: np.ndarray | float) -> np.ndarray:
    """The matrices ``[frames, 3, 3]`` of turns about x, y or z; of one angle ``[3, 3]``."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrices = np.zeros((*np.shape(degrees), 3, 3))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrices[..., axis, axis] = 1.0
    matrices[..., first, first] = matrices[..., second, second] = cosine
    matrices[..., first, second], matrices[..., second, first] = -sine, sine
    return matrices


def _inverse(matrices: np.ndarray) -> np.ndarray:
    return matrices.transpose(0, 2, 1)


def _quaternions(matrices: np.ndarray) -> np.ndarray:
    quaternions = np.empty((len(matrices), 4))
    for quaternion, matrix in zip(quaternions, matrices, strict=True):
        mujoco.mju_mat2Quat(quaternion, matrix.ravel())
    return quaternions
