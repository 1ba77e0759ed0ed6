"""Net contact forces on bodies, measured by MuJoCo's contact sensors."""

from collections.abc import Sequence

import mujoco
from torch import Tensor

from gymctl.scene.contacts import contact_forces
from gymctl.sim.simulation import Simulation

_PREFIX = "net_contact/"


def add_contact_sensors(spec: mujoco.MjSpec, bodies: Sequence[str]) -> None:
    """Adds a sensor of the net contact force on each body, in world axes."""
    for body in bodies:
        sensor = spec.add_sensor(
            name=_PREFIX + body,
            type=mujoco.mjtSensor.mjSENS_CONTACT,
            objtype=mujoco.mjtObj.mjOBJ_BODY,
            objname=body,
        )
        sensor.intprm[:3] = 1 << mujoco.mjtConDataField.mjCONDATA_FORCE.value, 3, 1


class ContactForces:
    """Reads the sensors of `add_contact_sensors`.

    Args:
        sim: The worlds.
        bodies: Names of the bodies, as they were given there.
    """

    def __init__(self, sim: Simulation, bodies: Sequence[str]) -> None:
        model = sim.model
        start = int(model.sensor_adr[model.sensor(_PREFIX + bodies[0]).id])
        self._readings = sim.output("sensordata")[:, start : start + 3 * len(bodies)]

    def read(self) -> Tensor:
        """Net contact forces on the bodies in the last timestep, world axes ``[num_envs, bodies, 3]`` [N]."""
        return contact_forces(self._readings)
