"""Two or three hinges of one body as one spherical joint, which is what Isaac Gym makes of them.

Isaac Gym's importer turns the hinges of a body into one joint of PhysX's, which is spherical: its positions are the
components of a rotation vector, and motors act about axes that are fixed in the child. A chain of hinges agrees with
that for small angles only. With two hinges PhysX forbids velocity about the third axis, but not the angle that comes of
turning about the two in turn. (The same lineage in public: isaac-sim/mjcf-importer-extension; PhysX 5.1,
``DyFeatherstoneForwardDynamic.cpp``, ``computeSphericalJointPositions``.)
"""

import mujoco
import numpy as np

LIMITS_GROUP = 5
"""Group of the actuators that are what limits a spherical joint: they are none to drive it with."""

_HINGE = mujoco.mjtJoint.mjJNT_HINGE
_STRONGEST_STOP = 1e5
"""[N m]."""
_LOCK_DAMPING = 1000.0
"""About the axis that two hinges leave out [N m s/rad]."""


def merge_hinges(spec: mujoco.MjSpec, body: str) -> None:
    """Makes one ball joint of a body's two or three hinges, named after the body.

    The motors keep their names, and turn about the hinges' axes. Springs become actuators ``<hinge>_spring``. Stops
    become two actuators of `LIMITS_GROUP`, ``<hinge>_lower`` and ``<hinge>_upper``, which `set_stops` makes as hard as
    MuJoCo's own; so does ``<body>_lock``, which holds the axis that two hinges leave out.

    Args:
        spec: The model.
        body: Name of a body whose hinges turn about the same point, with the same damping, about axes at right angles.

    Raises:
        ValueError: The hinges can't be one spherical joint.
    """
    joints = list(spec.body(body).joints)
    first, count = joints[0], len(joints)
    axes = np.array([joint.axis / np.linalg.norm(joint.axis) for joint in joints])
    if count not in (2, 3) or any(joint.type != _HINGE for joint in joints):
        raise ValueError(f"{body!r} has other joints than two or three hinges")
    if not np.allclose(axes @ axes.T, np.eye(count)):
        raise ValueError(f"the hinges of {body!r} are not at right angles")
    for name in ("pos", "damping"):
        if any(not np.array_equal(getattr(joint, name), getattr(first, name)) for joint in joints):
            raise ValueError(f"the hinges of {body!r} differ in {name}")
    unit = np.pi / 180.0 if spec.compiler.degree else 1.0
    hinges = [
        (joint.name, axis, joint.range * unit, float(joint.stiffness[0]))
        for joint, axis in zip(joints, axes, strict=True)
    ]
    ball = {"pos": first.pos, "damping": first.damping, "armature": first.armature, "stiffness": np.zeros(3)}
    ball["limited"] = mujoco.mjtLimited.mjLIMITED_FALSE  # whatever the file's defaults say
    for joint in joints:
        spec.delete(joint)
    spec.body(body).add_joint(name=body, type=mujoco.mjtJoint.mjJNT_BALL, **ball)
    for name, axis, limits, stiffness in hinges:
        for motor in (actuator for actuator in spec.actuators if actuator.target == name):
            motor.target, motor.gear[:3] = body, axis * motor.gear[0]
        if stiffness:
            add_joint_actuator(spec, f"{name}_spring", body, axis).biasprm[1] = -stiffness
        add_stops(spec, name, body, axis, limits)
    if count == 2:
        lock = add_joint_actuator(spec, f"{body}_lock", body, np.cross(*axes))
        lock.group, lock.biasprm[2] = LIMITS_GROUP, -_LOCK_DAMPING


def add_joint_actuator(spec: mujoco.MjSpec, name: str, joint: str, axis: np.ndarray) -> mujoco.MjsActuator:
    """Adds an actuator about an axis of a joint, without gain, bias and limits, whatever the file's defaults say."""
    actuator = spec.add_actuator(
        name=name,
        target=joint,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
    )
    actuator.ctrllimited = actuator.forcelimited = mujoco.mjtLimited.mjLIMITED_FALSE
    actuator.gear[:], actuator.gainprm[:], actuator.biasprm[:] = 0.0, 0.0, 0.0
    actuator.gear[:3] = axis
    return actuator


def add_stops(spec: mujoco.MjSpec, hinge: str, joint: str, axis: np.ndarray, limits: np.ndarray) -> None:
    """Limits a spherical joint's turning about an axis: two actuators of `LIMITS_GROUP`, for `set_stops`.

    Args:
        spec: The model.
        hinge: Name of the DOF, which the actuators are named after: ``<hinge>_lower`` and ``<hinge>_upper``.
        joint: The ball joint.
        axis: In the child's frame ``[3]``.
        limits: Lower and upper ``[2]`` [rad].
    """
    pushing = (0.0, _STRONGEST_STOP), (-_STRONGEST_STOP, 0.0)
    for side, limit, force in zip(("lower", "upper"), limits, pushing, strict=True):
        stop = add_joint_actuator(spec, f"{hinge}_{side}", joint, axis)
        stop.group, stop.forcelimited, stop.forcerange = LIMITS_GROUP, mujoco.mjtLimited.mjLIMITED_TRUE, force
        stop.biasprm[:2] = limit, -1.0


def set_stops(model: mujoco.MjModel, time_constant: float) -> None:
    """Makes the stops of spherical joints as hard as limits of that time constant would be in MuJoCo.

    A stop is a spring and a damper that only push inwards: as strong as it takes to bring the joint to its limit,
    critically damped, given the inertia that it has in the model's start pose. It begins to slow a joint down when it
    will be there within two time constants.

    Args:
        model: The compiled model.
        time_constant: Of MuJoCo's ``solref`` [s].
    """
    for stop in find_stops(model):
        joint = model.actuator_trnid[stop, 0]
        inertia = 1.0 / model.dof_invweight0[model.jnt_dofadr[joint]]
        limit = model.actuator_biasprm[stop, 0] / -model.actuator_biasprm[stop, 1]
        stiffness, damping = inertia / time_constant**2, 2.0 * inertia / time_constant
        model.actuator_biasprm[stop, :3] = stiffness * limit, -stiffness, -damping


def find_stops(model: mujoco.MjModel) -> np.ndarray:
    """The actuators that are stops of spherical joints: of each axis the lower one, then the upper one."""
    return np.flatnonzero((model.actuator_group == LIMITS_GROUP) & (model.actuator_biasprm[:, 1] != 0.0))


def axes_and_limits(model: mujoco.MjModel, joint: int) -> tuple[np.ndarray, np.ndarray]:
    """The axes of a spherical joint, one a row ``[3, 3]``, and the limits of its DOFs ``[n, 2]`` [rad].

    With two DOFs, the third axis is the one that is held.
    """
    stops = find_stops(model)
    stops = stops[model.actuator_trnid[stops, 0] == joint]
    axes, biasprm = model.actuator_gear[stops[::2], :3], model.actuator_biasprm[stops]
    if len(axes) == 2:
        axes = np.concatenate((axes, [np.cross(*axes)]))
    return axes, (biasprm[:, 0] / -biasprm[:, 1]).reshape(-1, 2)


def hinge_names(model: mujoco.MjModel, joint: int) -> list[str]:
    """The hinges that `merge_hinges` has made a spherical joint of, in the order of its DOFs."""
    stops = find_stops(model)
    lower = stops[model.actuator_trnid[stops, 0] == joint][::2]
    return [model.actuator(int(stop)).name.removesuffix("_lower") for stop in lower]


def dof_of(model: mujoco.MjModel, actuator: int) -> int:
    """Which of a joint's DOFs an actuator acts on; of a spherical joint, the one whose axis is nearest to its own."""
    joint = model.actuator_trnid[actuator, 0]
    first = int(model.jnt_dofadr[joint])
    axes, _ = axes_and_limits(model, joint)
    return first + int(np.abs(axes @ model.actuator_gear[actuator, :3]).argmax()) if len(axes) else first
