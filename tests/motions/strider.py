"""A small robot with a ball joint and hinges, and motions of it, for the tests of clips."""

import mujoco
import numpy as np

from gymctl.motions.clips import Clip

XML = """
<mujoco>
  <worldbody>
    <body name="base" pos="0 0 1">
      <freejoint name="root"/>
      <geom size=".1"/>
      <body name="leg" pos="0 0 -.1">
        <joint name="hip" type="ball"/>
        <geom type="capsule" fromto="0 0 0 0 0 -.4" size=".03"/>
        <body name="shin" pos="0 0 -.4">
          <joint name="knee" axis="0 1 0"/>
          <geom type="capsule" fromto="0 0 0 0 0 -.4" size=".03"/>
          <body name="foot" pos="0 0 -.4">
            <joint name="ankle" axis="1 0 0"/>
            <geom size=".05"/>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
</mujoco>
"""


def strider() -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(XML)


def turned(axis: tuple[float, float, float], angle: float) -> np.ndarray:
    """The quaternion of a turn by an angle about a unit axis, wxyz."""
    return np.array([np.cos(angle / 2.0), *(np.sin(angle / 2.0) * np.array(axis))])


def made_clip(frames: int = 31, fps: float = 30.0, name: str = "made") -> Clip:
    """The base goes at 2 m/s along x and turns at 0.5 rad/s about z; the hip at 1 rad/s about y, the knee at 3."""
    times = np.arange(frames) / fps
    rows = [
        [2.0 * t, 0.0, 1.0, *turned((0.0, 0.0, 1.0), 0.5 * t), *turned((0.0, 1.0, 0.0), t), 3.0 * t, -0.1]
        for t in times
    ]
    return Clip(name, fps, np.array(rows))
