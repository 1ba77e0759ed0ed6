"""Assets: reading and making them, and what is in them."""

from pathlib import Path

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.isaacgym.enums import DofType, JointType
from gymctl.isaacgym.gym.handles import Asset, Sim, as_pose
from gymctl.isaacgym.gym.notices import tell
from gymctl.isaacgym.options import AssetOptions
from gymctl.isaacgym.properties import ActuatorProperties, ForceSensorProperties, RigidShapeProperties
from gymctl.isaacgym.values import IndexRange, Transform
from gymctl.scene.assets import shapes
from gymctl.scene.assets.asset import Asset as Source
from gymctl.scene.assets.asset import DriveMode, ImportOptions
from gymctl.scene.assets.inertia import physx_axes
from gymctl.scene.assets.reading import read_asset
from gymctl.scene.worlds import SensorFrame

_SHAPE: np.dtype = np.dtype(RigidShapeProperties)


class Loading:
    """Methods of `Gym` for assets."""

    def load_asset(self, sim: Sim, rootpath: str, filename: str, options: AssetOptions | None = None) -> Asset:
        """Reads a URDF or MJCF file, which with all that it names has to be in the folder `rootpath`.

        Raises:
            InputError: It can't be read.
        """
        options = options or AssetOptions()
        source = read_asset(Path(rootpath), filename, import_options(sim, options))
        for note in source.notes:
            tell(f"{source.name}: {note}")
        return Asset(source, options)

    def load_urdf(self, sim: Sim, rootpath: str, filename: str, options: AssetOptions | None = None) -> Asset:
        """As `load_asset`."""
        return self.load_asset(sim, rootpath, filename, options)

    def load_mjcf(self, sim: Sim, rootpath: str, filename: str, options: AssetOptions | None = None) -> Asset:
        """As `load_asset`."""
        return self.load_asset(sim, rootpath, filename, options)

    def create_box(
        self, sim: Sim, width: float, height: float, depth: float, options: AssetOptions | None = None
    ) -> Asset:
        """A box of full lengths along x, y and z [m]."""
        options = options or AssetOptions()
        box = shapes.make_box(float(width), float(height), float(depth), import_options(sim, options))
        return Asset(box, options)

    def create_sphere(self, sim: Sim, radius: float, options: AssetOptions | None = None) -> Asset:
        """A sphere of a radius [m]."""
        options = options or AssetOptions()
        return Asset(shapes.make_sphere(float(radius), import_options(sim, options)), options)

    def create_capsule(self, sim: Sim, radius: float, width: float, options: AssetOptions | None = None) -> Asset:
        """A capsule along x, of a radius and of a length without its ends [m]."""
        options = options or AssetOptions()
        return Asset(shapes.make_capsule(float(radius), float(width), import_options(sim, options)), options)

    def create_asset_force_sensor(
        self, asset: Asset, body_idx: int, local_pose: Transform, props: ForceSensorProperties | None = None
    ) -> int:
        """Adds a force sensor to a link; returns its index, or -1 if there is no such link.

        It tells forces at the link's centre of mass in its principal axes, moved and turned by `local_pose`.
        """
        if not 0 <= body_idx < len(asset.source.links):
            return -1
        if props is not None and not (
            props.enable_constraint_solver_forces and props.enable_forward_dynamics_forces and not props.use_world_frame
        ):
            tell("force sensors tell forces of the solver and of forward dynamics together, in their own axes")
        centre, axes = asset.bodies.com[body_idx], physx_axes(asset.bodies.inertia[body_idx])
        x, y, z, qx, qy, qz, qw = as_pose(local_pose)
        pos, quat = np.zeros(3), np.zeros(4)
        mujoco.mju_rotVecQuat(pos, np.array([x, y, z]), axes)
        mujoco.mju_mulQuat(quat, axes, np.array([qw, qx, qy, qz]))
        arm = local_pose.r.inverse().rotate(local_pose.p)
        asset.sensors.append(SensorFrame(body_idx, _three(centre + pos), _four(quat), (arm.x, arm.y, arm.z)))
        return len(asset.sensors) - 1

    def get_asset_rigid_body_count(self, asset: Asset) -> int:
        """Number of links."""
        return len(asset.source.links)

    def get_asset_rigid_body_names(self, asset: Asset) -> list[str]:
        """Names of links."""
        return [link.name for link in asset.source.links]

    def get_asset_rigid_body_name(self, asset: Asset, index: int) -> str:
        """Name of a link."""
        return asset.source.links[index].name

    def get_asset_rigid_body_dict(self, asset: Asset) -> dict[str, int]:
        """Indices of links, by name."""
        return dict(asset.indices)

    def find_asset_rigid_body_index(self, asset: Asset, name: str) -> int:
        """Index of a link; -1 if there is none of that name."""
        return asset.indices.get(name, -1)

    def get_asset_dof_count(self, asset: Asset) -> int:
        """Number of DOFs."""
        return len(asset.source.dofs.names)

    def get_asset_dof_names(self, asset: Asset) -> list[str]:
        """Names of DOFs."""
        return list(asset.source.dofs.names)

    def get_asset_dof_name(self, asset: Asset, index: int) -> str:
        """Name of a DOF."""
        return asset.source.dofs.names[index]

    def get_asset_dof_dict(self, asset: Asset) -> dict[str, int]:
        """Indices of DOFs, by name."""
        return {name: index for index, name in enumerate(asset.source.dofs.names)}

    def find_asset_dof_index(self, asset: Asset, name: str) -> int:
        """Index of a DOF; -1 if there is none of that name."""
        return asset.source.find_dof(name)

    def get_asset_dof_type(self, asset: Asset, index: int) -> DofType:
        """Whether a DOF turns or slides."""
        return DofType.DOF_ROTATION if asset.source.dofs.is_rotation[index] else DofType.DOF_TRANSLATION

    def get_asset_dof_properties(self, asset: Asset) -> np.ndarray:
        """Properties of the DOFs, a copy."""
        return asset.dof_properties.copy()

    def get_asset_joint_count(self, asset: Asset) -> int:
        """Number of joints, fixed ones included."""
        return len(asset.source.joints)

    def get_asset_joint_names(self, asset: Asset) -> list[str]:
        """Names of joints, fixed ones included."""
        return asset.source.joints

    def get_asset_joint_name(self, asset: Asset, index: int) -> str:
        """Name of a joint."""
        return asset.source.joints[index]

    def get_asset_joint_dict(self, asset: Asset) -> dict[str, int]:
        """Indices of joints, by name."""
        return {name: index for index, name in enumerate(asset.source.joints)}

    def find_asset_joint_index(self, asset: Asset, name: str) -> int:
        """Index of a joint; -1 if there is none of that name."""
        return self.get_asset_joint_dict(asset).get(name, -1)

    def get_asset_joint_type(self, asset: Asset, index: int) -> JointType:
        """Type of a joint."""
        dof = asset.source.find_dof(asset.source.joints[index])
        if dof < 0:
            return JointType.JOINT_FIXED
        return JointType.JOINT_REVOLUTE if asset.source.dofs.is_rotation[dof] else JointType.JOINT_PRISMATIC

    def get_asset_rigid_shape_count(self, asset: Asset) -> int:
        """Number of collision shapes."""
        return len(asset.shapes)

    def get_asset_rigid_shape_properties(self, asset: Asset) -> list[RigidShapeProperties]:
        """Properties of the collision shapes, copies."""
        return shape_properties(asset.shapes)

    def set_asset_rigid_shape_properties(self, asset: Asset, props: list[RigidShapeProperties]) -> bool:
        """Sets what the shapes of actors that are made from now on will have."""
        asset.shapes = shape_rows(props, len(asset.shapes))
        return True

    def get_asset_rigid_body_shape_indices(self, asset: Asset) -> list[IndexRange]:
        """Of each link its part of the list of shapes."""
        links = [shape.link for shape in asset.source.shapes]
        return [IndexRange(sum(link < index for link in links), links.count(index)) for index in _links(asset.source)]

    def get_asset_actuator_count(self, asset: Asset) -> int:
        """Number of actuators that the file names."""
        return len(asset.source.actuators)

    def get_asset_actuator_name(self, asset: Asset, index: int) -> str:
        """Name of an actuator."""
        return asset.source.actuators[index].name

    def get_asset_actuator_joint_name(self, asset: Asset, index: int) -> str:
        """Name of the joint that an actuator moves."""
        return asset.source.actuators[index].joint

    def find_asset_actuator_index(self, asset: Asset, name: str) -> int:
        """Index of an actuator; -1 if there is none of that name."""
        names = [actuator.name for actuator in asset.source.actuators]
        return names.index(name) if name in names else -1

    def get_asset_actuator_properties(self, asset: Asset) -> list[ActuatorProperties]:
        """Properties of the actuators that the file names; ``motor_effort`` is gear times force limit."""
        found = []
        for actuator in asset.source.actuators:
            props = ActuatorProperties()
            control, force = actuator.control_range, actuator.force_range
            props.control_limited, props.force_limited = control is not None, force is not None
            props.lower_control_limit, props.upper_control_limit = control or (0.0, 0.0)
            props.lower_force_limit, props.upper_force_limit = force or (0.0, 0.0)
            props.kp, props.kv = actuator.kp, actuator.kv
            props.motor_effort = actuator.gear * (force[1] if force else 1.0)
            found.append(props)
        return found


def import_options(sim: Sim, options: AssetOptions) -> ImportOptions:
    """What readers take of Isaac Gym's options; what they can't take is told."""
    if options.vhacd_enabled:
        tell("vhacd_enabled: a mesh collides as its convex hull")
    return ImportOptions(
        fix_base_link=bool(options.fix_base_link),
        collapse_fixed_joints=bool(options.collapse_fixed_joints),
        replace_cylinder_with_capsule=bool(options.replace_cylinder_with_capsule),
        default_dof_drive_mode=DriveMode(int(options.default_dof_drive_mode)),
        density=float(options.density),
        armature=float(options.armature),
        override_inertia=bool(options.override_inertia),
        override_com=bool(options.override_com),
        disable_gravity=bool(options.disable_gravity),
        visuals=sim.graphics_device >= 0,
    )


def shape_properties(rows: tuple[tuple[float, ...], ...]) -> list[RigidShapeProperties]:
    """Isaac Gym's objects of shape rows."""
    memory = np.array(list(rows), _SHAPE).tobytes()
    return [RigidShapeProperties.from_buffer_copy(memory, start) for start in range(0, len(memory), _SHAPE.itemsize)]


def shape_rows(props: list[RigidShapeProperties], count: int) -> tuple[tuple[float, ...], ...]:
    """Shape rows of Isaac Gym's objects.

    Raises:
        InputError: There are more or fewer than shapes.
    """
    if len(props) != count:
        raise InputError(f"properties of {len(props)} shapes were set, but there are {count}", "set those of all")
    return tuple(np.frombuffer(b"".join(props), _SHAPE).tolist())


def _three(vector: np.ndarray) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z


def _four(quat: np.ndarray) -> tuple[float, float, float, float]:
    w, x, y, z = quat.tolist()
    return w, x, y, z


def _links(source: Source) -> range:
    return range(len(source.links))
