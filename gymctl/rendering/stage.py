"""MuJoCo scenes of the first worlds of a simulation, each with a camera that follows its robot."""

from collections.abc import Sequence

import mujoco
import numpy as np

from gymctl.rendering.notes import Note, add_arrow
from gymctl.sim.simulation import Simulation

_POSE = (mujoco.mj_kinematics, mujoco.mj_comPos, mujoco.mj_camlight, mujoco.mj_flex, mujoco.mj_tendon)
"""The parts of ``mj_forward`` that a picture needs."""
_NEAREST, _FARTHEST = 0.02, 100.0
"""Range of sight, as multiples of the distance from the camera to the robot."""
_SHADOWS = 1.0
"""Half width of the ground on which shadows are drawn, as a multiple of the same distance."""
_SHADOW_PIXELS = 1024
_HORIZON = 30.0
"""Distance up to which height fields are drawn [m]; without a GPU they take most of the time."""
_DRAWN, _HIDDEN = 0, mujoco.mjNGROUP - 1
"""Geom groups; by default MuJoCo draws the first three."""
_SPARE_GEOMS = 100
_STIFFNESS = 3.0
"""How fast the camera adapts to a change of the robot's speed [1/s]."""
_CAMERA_STEP = 0.02
"""Time step of the camera's movement [s]."""


class Stage:
    """The first worlds of a simulation, ready to be drawn.

    Args:
        sim: The simulation. The stage reads its state and never writes to it.
        count: How many of its worlds to show.
    """

    def __init__(self, sim: Simulation, count: int) -> None:
        self._sim = sim
        self._models = [sim.get_model(index) for index in range(count)]
        self._data = [mujoco.MjData(model) for model in self._models]
        self._cameras = [FollowingCamera(model) for model in self._models]
        for model, camera in zip(self._models, self._cameras, strict=True):
            _set_ranges(model, camera.view.distance)
        room = self._models[0].ngeom + self._models[0].nsite + _SPARE_GEOMS
        self.scenes = [mujoco.MjvScene(model, maxgeom=room) for model in self._models]
        self._option = mujoco.MjvOption()
        self._height_fields = np.flatnonzero(self.model.geom_type == mujoco.mjtGeom.mjGEOM_HFIELD.value)

    @property
    def model(self) -> mujoco.MjModel:
        """A model whose textures and height fields are those of all the worlds shown."""
        return self._models[0]

    def update(self, seconds: float, running: Sequence[bool], notes: Sequence[Note] = ()) -> None:
        """Brings the scenes to the present state of the worlds.

        Args:
            seconds: Simulated time since the last call [s].
            running: For each world shown, whether its episode has been running since the last call. If so, the camera
                follows the robot; if a new episode has begun, the camera jumps to it. ``[count]``
            notes: For each world shown, the arrows that are drawn in it.
        """
        state = {
            name: getattr(self._sim, name)[: len(self._data)].cpu().numpy()
            for name in ("qpos", "mocap_pos", "mocap_quat")
        }
        for index, (model, data) in enumerate(zip(self._models, self._data, strict=True)):
            for name, rows in state.items():
                getattr(data, name)[:] = rows[index]
            for compute in _POSE:
                compute(model, data)
            camera = self._cameras[index]
            if running[index]:
                camera.follow(data, seconds)
            else:
                camera.jump(data)
            self._update_scene(index, camera.view)
            for arrow in notes[index].arrows if notes else ():
                add_arrow(self.scenes[index], arrow)

    def _update_scene(self, index: int, view: mujoco.MjvCamera) -> None:
        scene, model = self.scenes[index], self._models[index]
        if self._height_fields.size:
            middles = self._data[index].geom_xpos[self._height_fields, :2]
            nearby = np.abs(middles - view.lookat[:2]).max(1) < _HORIZON
            model.geom_group[self._height_fields] = np.where(nearby, _DRAWN, _HIDDEN)
        everything = mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(model, self._data[index], self._option, None, view, everything, scene)
        for light in scene.lights[: scene.nlight]:
            if not light.headlight and light.type == mujoco.mjtLightType.mjLIGHT_DIRECTIONAL.value:
                light.pos[:] = view.lookat - 2.0 * view.distance * light.dir  # shadows are drawn around this point


class FollowingCamera:
    """A camera that follows a robot smoothly.

    It looks from the direction and distance of MuJoCo's free camera, which the MJCF's ``<statistic>`` and ``<visual>``
    set. It follows the centre of mass of the first body with a free joint; without such a body it stands still. It is a
    critically damped second-order filter, so it lags behind only while the robot's speed changes.

    Args:
        model: The model.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        self.view = mujoco.MjvCamera()
        mujoco.mjv_defaultFreeCamera(model, self.view)
        free = np.flatnonzero(model.jnt_type == mujoco.mjtJoint.mjJNT_FREE.value)
        self._body: int | None = int(model.jnt_bodyid[free[0]]) if free.size else None
        self._velocity = np.zeros(3)

    def jump(self, data: mujoco.MjData) -> None:
        """Looks at the robot at once, as at the beginning of an episode.

        Args:
            data: The robot's state, after ``mj_comPos``.
        """
        if self._body is not None:
            self.view.lookat[:] = data.subtree_com[self._body]
            self._velocity[:] = 0.0

    def follow(self, data: mujoco.MjData, seconds: float) -> None:
        """Moves towards the robot.

        Args:
            data: The robot's state, after ``mj_comPos``.
            seconds: Simulated time since the last call [s].
        """
        if self._body is None:
            return
        steps = max(1, round(seconds / _CAMERA_STEP))
        dt = seconds / steps
        for _ in range(steps):
            ahead = data.subtree_com[self._body] - self.view.lookat
            self._velocity += _STIFFNESS**2 * dt * ahead
            self.view.lookat[:] += dt * (self._velocity + 2.0 * _STIFFNESS * ahead)


def _set_ranges(model: mujoco.MjModel, distance: float) -> None:
    """Makes the ranges of sight and shadows depend on the camera's distance only, not on the size of the ground."""
    model.stat.extent = distance
    model.vis.map.znear, model.vis.map.zfar = _NEAREST, _FARTHEST
    model.vis.map.shadowclip = _SHADOWS
    model.vis.quality.shadowsize = _SHADOW_PIXELS
