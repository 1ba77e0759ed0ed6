"""Some of an env's worlds as MuJoCo's scenes, each with a camera of its own."""

import mujoco
import numpy as np

from gymctl.envs.vec_env import VecEnv
from gymctl.rendering.camera import FollowingCamera

_POSE = (mujoco.mj_kinematics, mujoco.mj_comPos, mujoco.mj_camlight, mujoco.mj_flex, mujoco.mj_tendon)
"""What of ``mj_forward`` a picture shows."""
_NEAREST, _FARTHEST = 0.02, 100.0
"""What is seen, in distances from the camera to the robot."""
_SHADOWS = 1.5
"""Half width of the ground on which shadows are drawn, likewise."""
_SHADOW_PIXELS = 2048
_HORIZON = 30.0
"""How far height fields are drawn [m]; they are most of the work where there is no GPU."""
_DRAWN, _HIDDEN = 0, mujoco.mjNGROUP - 1
"""Groups of geoms; by default MuJoCo draws the first three."""
_SPARE_GEOMS = 100


class Stage:
    """The first worlds of an env.

    Args:
        env: The env.
        count: How many of its worlds.
    """

    def __init__(self, env: VecEnv, count: int) -> None:
        self._env = env
        self._models = [env.sim.get_model(index) for index in range(count)]
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
        """A model with the textures and height fields of all."""
        return self._models[0]

    def update(self, steps: int) -> None:
        """Shows the worlds as they are now; cameras cut to a new episode and follow within one.

        Args:
            steps: Control steps since the last call.
        """
        sim, count = self._env.sim, len(self._models)
        poses = [(name, getattr(sim, name)[:count].cpu().numpy()) for name in ("qpos", "mocap_pos", "mocap_quat")]
        running = (self._env.progress_buf[:count] >= max(steps, 1)).tolist()
        for index, (model, data) in enumerate(zip(self._models, self._data, strict=True)):
            for name, rows in poses:
                getattr(data, name)[:] = rows[index]
            for stage in _POSE:
                stage(model, data)
            camera = self._cameras[index]
            if running[index]:
                camera.follow(data, steps * self._env.control_dt)
            else:
                camera.cut(data)
            self._update_scene(index, camera.view)

    def _update_scene(self, index: int, view: mujoco.MjvCamera) -> None:
        scene, model = self.scenes[index], self._models[index]
        if self._height_fields.size:
            middles = self._data[index].geom_xpos[self._height_fields, :2]
            nearby = np.abs(middles - view.lookat[:2]).max(1) < _HORIZON
            model.geom_group[self._height_fields] = np.where(nearby, _DRAWN, _HIDDEN)
        everything = mujoco.mjtCatBit.mjCAT_ALL.value
        mujoco.mjv_updateScene(self._models[index], self._data[index], self._option, None, view, everything, scene)
        for light in scene.lights[: scene.nlight]:
            if not light.headlight and light.type == mujoco.mjtLightType.mjLIGHT_DIRECTIONAL.value:
                light.pos[:] = view.lookat - 2.0 * view.distance * light.dir  # shadows are drawn around it


def _set_ranges(model: mujoco.MjModel, distance: float) -> None:
    """Makes what is seen and shadowed depend on the distance to the robot alone, however large the ground is."""
    model.stat.extent = distance
    model.vis.map.znear, model.vis.map.zfar = _NEAREST, _FARTHEST
    model.vis.map.shadowclip = _SHADOWS
    model.vis.quality.shadowsize = _SHADOW_PIXELS
