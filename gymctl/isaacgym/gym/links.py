"""Poses, velocities and contact forces of all envs' links."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from gymctl.scene.body_states import BodyStates
from gymctl.scene.contact_sensors import ContactForces
from gymctl.scene.worlds import World
from gymctl.sim.frames import wxyz_to_xyzw
from gymctl.sim.simulation import Simulation

_DERIVED = "xpos", "xquat", "xipos"


class Links:
    """The links of some worlds, in the order of Isaac Gym's tensors.

    Args:
        sim: The worlds.
        world: Where the actors are in their models.
        settle: Makes derived fields true of states that were written.
        origins: Of the envs' frames in the world ``[num_envs, 3]`` [m]; None where they are the world's.
    """

    def __init__(self, sim: Simulation, world: World, settle: Callable[[], None], origins: Tensor | None) -> None:
        self._sim, self._settle, self._origins = sim, settle, origins
        self._derived: dict[str, Tensor] = {}
        self._states: BodyStates | None = None
        ids = np.concatenate([slot.bodies for slot in world.slots])
        self._ids = ids.tolist()
        self._contacts: ContactForces | None = None
        self.bodies = torch.from_numpy(ids).long().to(sim.device)
        """Indices of the links' bodies ``[links]``."""

    def positions(self) -> Tensor:
        """Of the links' frames, world axes ``[num_envs, links, 3]`` [m]."""
        return self._output("xpos", 3)

    def centres(self) -> Tensor:
        """Centres of mass, world axes ``[num_envs, links, 3]`` [m]."""
        return self._output("xipos", 3)

    def quats(self) -> Tensor:
        """Orientations, link to world, xyzw ``[num_envs, links, 4]``."""
        return wxyz_to_xyzw(self._output("xquat", 4))

    def read_states(self, out: Tensor) -> None:
        """Fills states ``[num_envs, links, 13]``: velocities are the centre of mass's, world axes."""
        if self._states is None:
            self._states = BodyStates(self._sim)
            self._sim.refresh()
        self._settle()
        self._states.update()
        torch.index_select(self._states.values, 1, self.bodies - 1, out=out)
        if self._origins is not None:
            out[..., :3] -= self._origins[:, None]

    def read_contacts(self, out: Tensor) -> None:
        """Fills net contact forces ``[num_envs, links, 3]`` [N]."""
        if self._contacts is None:
            self._contacts = ContactForces(self._sim, [self._sim.model.body(body).name for body in self._ids])
        self._contacts.update()
        out.copy_(self._contacts.values)

    def _output(self, name: str, width: int) -> Tensor:
        return self._field(name, width)[:, self.bodies]

    def _field(self, name: str, width: int) -> Tensor:
        if not self._derived:
            self._derived = {name: self._sim.output(name) for name in _DERIVED}
            self._sim.refresh()
        self._settle()
        return self._derived[name].view(self._sim.num_envs, -1, width)
