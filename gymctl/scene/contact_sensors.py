"""Net contact forces on bodies, from sensors in the model."""

from collections.abc import Iterable, Sequence

import mujoco
import numpy as np
import torch

from gymctl.scene.contacts import contact_forces
from gymctl.sim.simulation import Simulation

_DATA = 1 << mujoco.mjtConDataField.mjCONDATA_FORCE.value
_NET_FORCE = 3
"""MuJoCo's ``reduce="netforce"``."""


def add_contact_sensors(spec: mujoco.MjSpec, bodies: Iterable[str]) -> None:
    """Gives each body a sensor of its net contact force, for `ContactForces` to read.

    Forty sensors make a timestep of a robot of forty bodies about a tenth longer. ``cfrc_ext`` costs less, but counts
    applied forces and equality constraints as contacts.

    Args:
        spec: The model.
        bodies: Names of the bodies. One without geoms that collide needs no sensor.
    """
    for body in bodies:
        spec.add_sensor(
            name=_sensor_of(body),
            type=mujoco.mjtSensor.mjSENS_CONTACT,
            objtype=mujoco.mjtObj.mjOBJ_BODY,
            objname=body,
            intprm=[_DATA, _NET_FORCE, 1],
        )


class ContactForces:
    """Net contact forces on bodies, normal forces and friction together.

    Make it before the simulation's first step.

    Args:
        sim: The simulation, of a model with `add_contact_sensors`.
        bodies: Names of the bodies, in the order of `values`.

    Raises:
        KeyError: A body has no sensor.
    """

    def __init__(self, sim: Simulation, bodies: Sequence[str]) -> None:
        sensors = {body: _find_sensor(sim.model, body) for body in bodies}
        with_sensor = [index for index, body in enumerate(bodies) if sensors[body] is not None]
        first = np.array([address for body in bodies if (address := sensors[body]) is not None], int)
        columns = (first[:, None] + range(3)).flatten()
        self._readings = sim.output("sensordata", fresh=False)
        self._columns = torch.from_numpy(columns).to(sim.device)
        self._with_sensor = torch.tensor(with_sensor, dtype=torch.long, device=sim.device)
        self._rows = torch.zeros(sim.num_envs, len(columns), dtype=sim.dtype, device=sim.device)
        self.values = torch.zeros(sim.num_envs, len(bodies), 3, device=sim.device)
        """Forces on the bodies, world axes, in the last timestep; float32 ``[num_envs, bodies, 3]`` [N]."""

    def update(self) -> None:
        """Reads `values` after a step; those of a refreshed world are 0."""
        torch.index_select(self._readings, 1, self._columns, out=self._rows)
        self.values.index_copy_(1, self._with_sensor, contact_forces(self._rows))


def _find_sensor(model: mujoco.MjModel, body: str) -> int | None:
    """Where a body's sensor writes; None if the body touches nothing and has no sensor."""
    if (number := mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_SENSOR, _sensor_of(body))) >= 0:
        return int(model.sensor_adr[number])
    geoms = model.geom_bodyid == model.body(body).id
    if model.npair or (model.geom_contype | model.geom_conaffinity)[geoms].any():
        raise KeyError(f"the body {body!r} has no contact sensor")
    return None


def _sensor_of(body: str) -> str:
    return f"contact force on {body}"
