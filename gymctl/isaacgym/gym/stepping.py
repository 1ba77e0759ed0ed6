"""Simulating, and what the simulation's clock and parameters are."""

import copy
import time

from gymctl.core.errors import InputError
from gymctl.isaacgym.gym.handles import Sim
from gymctl.isaacgym.gym.tensors import live_of
from gymctl.isaacgym.options import SimParams
from gymctl.isaacgym.values import Version


class Stepping:
    """Methods of `Gym` that move time on."""

    def simulate(self, sim: Sim) -> None:
        """Advances all envs by ``dt``, in ``substeps`` substeps."""
        live_of(sim).step()
        sim.frames += 1
        sim.time += sim.params.dt

    def fetch_results(self, sim: Sim, wait: bool) -> None:
        """Does nothing: results are there when `simulate` returns."""

    def get_sim_time(self, sim: Sim) -> float:
        """Time that was simulated [s]."""
        return sim.time

    def get_elapsed_time(self, sim: Sim) -> float:
        """Time since the simulation was created [s]."""
        return time.perf_counter() - sim.started

    def get_frame_count(self, sim: Sim) -> int:
        """How often `simulate` was called."""
        return sim.frames

    def get_sim_params(self, sim: Sim) -> SimParams:
        """The parameters, a copy."""
        return copy.deepcopy(sim.params)

    def set_sim_params(self, sim: Sim, params: SimParams) -> None:
        """Sets the parameters: gravity at any time, others before `prepare_sim`.

        Raises:
            InputError: The time step is to change later.
        """
        if sim.live is not None:
            if (params.dt, params.substeps) != (sim.params.dt, sim.params.substeps):
                raise InputError("dt and substeps can't change any more", "set them before gym.prepare_sim")
            gravity = params.gravity
            new = (gravity.x, gravity.y, gravity.z)
            if new != (sim.params.gravity.x, sim.params.gravity.y, sim.params.gravity.z):
                field = sim.live.simulation.expand("opt.gravity")
                for column, value in enumerate(new):  # a GPU would be waited for to copy them together
                    field[:, column] = value
        sim.params = copy.deepcopy(params)

    def get_version(self) -> Version:
        """The version of Isaac Gym whose interface this is."""
        version = Version()
        version.major = 1
        return version
