"""The structured NumPy dtypes of ``gymapi``'s arrays."""

import numpy as np

VEC2 = np.dtype([("x", "<f4"), ("y", "<f4")])
VEC3 = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4")])
QUAT = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("w", "<f4")])
INT2 = np.dtype([("x", "<i4"), ("y", "<i4")])
INT3 = np.dtype([("x", "<i4"), ("y", "<i4"), ("z", "<i4")])
TRANSFORM = np.dtype([("p", VEC3), ("r", QUAT)])
VELOCITY = np.dtype([("linear", VEC3), ("angular", VEC3)])
RIGID_BODY_STATE = np.dtype([("pose", TRANSFORM), ("vel", VELOCITY)])
DOF_STATE = np.dtype([("pos", "<f4"), ("vel", "<f4")])
DOF_FRAME = np.dtype([("origin", VEC3), ("axis", VEC3)])
PARTICLE_STATE = np.dtype([("position", QUAT), ("velocity", VEC3), ("normal", QUAT)])

DOF_PROPERTIES = np.dtype(
    [
        ("hasLimits", "?"),
        ("lower", "<f4"),
        ("upper", "<f4"),
        ("driveMode", "<i4"),
        ("velocity", "<f4"),
        ("effort", "<f4"),
        ("stiffness", "<f4"),
        ("damping", "<f4"),
        ("friction", "<f4"),
        ("armature", "<f4"),
    ]
)

RIGID_CONTACT = np.dtype(
    [
        ("env0", "<i4"),
        ("env1", "<i4"),
        ("body0", "<i4"),
        ("body1", "<i4"),
        ("localPos0", VEC3),
        ("localPos1", VEC3),
        ("minDist", "<f4"),
        ("initialOverlap", "<f4"),
        ("normal", VEC3),
        ("offset0", VEC3),
        ("offset1", VEC3),
        ("lambda", "<f4"),
        ("lambdaFriction", VEC2),
        ("friction", "<f4"),
        ("torsionFriction", "<f4"),
        ("rollingFriction", "<f4"),
    ]
)
