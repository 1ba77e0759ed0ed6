"""What drives follow, and forces on DOFs and bodies."""

import torch
from torch import Tensor as Values

from gymctl.core.errors import InputError
from gymctl.isaacgym.enums import CoordinateSpace
from gymctl.isaacgym.gym.handles import Sim
from gymctl.isaacgym.gym.live import Live
from gymctl.isaacgym.gym.tensors import chosen_actors, live_of, torch_of
from gymctl.isaacgym.values import Tensor
from gymctl.sim.rotations import quat_rotate

_LOCAL = int(CoordinateSpace.LOCAL_SPACE)


class Controls:
    """Methods of `Gym` that set targets and forces. A DOF takes only what its drive mode is for."""

    def set_dof_position_target_tensor(self, sim: Sim, targets: Tensor) -> bool:
        """Sets the position targets of all DOFs ``[dofs]`` [rad or m]; they hold until they are set anew."""
        return _set_targets(sim, "position_targets", targets, None, 0)

    def set_dof_position_target_tensor_indexed(self, sim: Sim, targets: Tensor, indices: Tensor, count: int) -> bool:
        """Sets the position targets of some actors; see `Tensors.set_actor_root_state_tensor_indexed`."""
        return _set_targets(sim, "position_targets", targets, indices, count)

    def set_dof_velocity_target_tensor(self, sim: Sim, targets: Tensor) -> bool:
        """Sets the velocity targets of all DOFs ``[dofs]`` [rad/s or m/s]; they hold until they are set anew."""
        return _set_targets(sim, "velocity_targets", targets, None, 0)

    def set_dof_velocity_target_tensor_indexed(self, sim: Sim, targets: Tensor, indices: Tensor, count: int) -> bool:
        """Sets the velocity targets of some actors; see `Tensors.set_actor_root_state_tensor_indexed`."""
        return _set_targets(sim, "velocity_targets", targets, indices, count)

    def set_dof_actuation_force_tensor(self, sim: Sim, forces: Tensor) -> bool:
        """Sets the forces on all DOFs ``[dofs]`` [N m or N]; they hold until they are set anew."""
        return _set_targets(sim, "forces", forces, None, 0)

    def set_dof_actuation_force_tensor_indexed(self, sim: Sim, forces: Tensor, indices: Tensor, count: int) -> bool:
        """Sets the forces on some actors' DOFs; see `Tensors.set_actor_root_state_tensor_indexed`."""
        return _set_targets(sim, "forces", forces, indices, count)

    def apply_rigid_body_force_tensors(
        self,
        sim: Sim,
        forceTensor: Tensor | None = None,
        torqueTensor: Tensor | None = None,
        space: CoordinateSpace | int = CoordinateSpace.ENV_SPACE,
    ) -> bool:
        """Has forces act on links at their centres of mass in the next `simulate`, in all of its substeps.

        Args:
            sim: The simulation.
            forceTensor: ``[links, 3]`` [N].
            torqueTensor: ``[links, 3]`` [N m].
            space: Axes: those of each link with LOCAL_SPACE, else the world's.
        """
        live = live_of(sim)
        wrench = live.simulation.xfrc_applied.view(live.layout.num_envs, -1, 6)
        for given, columns in ((forceTensor, slice(0, 3)), (torqueTensor, slice(3, 6))):
            if given is not None:
                wrench[:, live.links.bodies, columns] = _in_world(live, _vectors(live, given), space)
        live.has_wrenches = True
        return True

    def apply_rigid_body_force_at_pos_tensors(
        self,
        sim: Sim,
        forceTensor: Tensor,
        posTensor: Tensor | None = None,
        space: CoordinateSpace | int = CoordinateSpace.ENV_SPACE,
    ) -> bool:
        """Has forces act on links at points of them in the next `simulate`, in all of its substeps.

        Args:
            sim: The simulation.
            forceTensor: ``[links, 3]`` [N].
            posTensor: ``[links, 3]`` [m]; None for centres of mass.
            space: Of forces and points: the links' frames, the envs' or the world's.
        """
        if posTensor is None:
            return self.apply_rigid_body_force_tensors(sim, forceTensor, None, space)
        live = live_of(sim)
        wrench = live.simulation.xfrc_applied.view(live.layout.num_envs, -1, 6)
        forces = _in_world(live, _vectors(live, forceTensor), space)
        points = _vectors(live, posTensor)
        if int(space) == _LOCAL:
            points = _in_world(live, points, space) + live.links.positions()
        elif live.origins is not None and int(space) == int(CoordinateSpace.ENV_SPACE):
            points = points + live.origins[:, None]
        wrench[:, live.links.bodies, :3] = forces
        wrench[:, live.links.bodies, 3:] = torch.linalg.cross(points - live.links.centres(), forces)
        live.has_wrenches = True
        return True


def _set_targets(sim: Sim, name: str, given: Tensor, indices: Tensor | None, count: int) -> bool:
    live = live_of(sim)
    held: Values = getattr(live, name)
    values = torch_of(given)
    if values.numel() != held.numel():
        raise InputError(
            f"a tensor of shape {tuple(values.shape)} was set for {held.numel()} DOFs",
            "pass values of all DOFs, even if indices choose some actors",
        )
    values = values.to(held.device, held.dtype).view_as(held)
    if indices is None:
        held.copy_(values)
        return True
    chosen = chosen_actors(live, indices, count)
    for index, part in enumerate(live.layout.parts):
        columns = held[:, part.dofs]
        torch.where(chosen[:, index : index + 1], values[:, part.dofs], columns, out=columns)
    return True


def _vectors(live: Live, given: Tensor) -> Values:
    """Vectors of all links ``[num_envs, links, 3]``.

    Raises:
        InputError: There are other numbers of them.
    """
    shape = live.layout.num_envs, live.layout.num_links, 3
    values = torch_of(given)
    if values.numel() != shape[0] * shape[1] * 3:
        raise InputError(
            f"a tensor of shape {tuple(values.shape)} was applied to {shape[0] * shape[1]} rigid bodies",
            "pass a row of 3 for every rigid body",
        )
    sim = live.simulation
    return values.to(sim.device, sim.dtype).reshape(shape)


def _in_world(live: Live, vectors: Values, space: CoordinateSpace | int) -> Values:
    if int(space) != _LOCAL:
        return vectors
    return quat_rotate(live.links.quats().reshape(-1, 4), vectors.reshape(-1, 3)).view_as(vectors)
