"""Objects that hands turn: a cube, an egg, a pen."""

import mujoco

GOAL_OFFSET = 0.0, 0.0, -0.04
"""From the start of the object to where it should be [m]."""

_PEN_DROP = 0.08
"""How much lower a pen starts than other objects [m]."""
_ELLIPSOID, _CAPSULE, _SPHERE = (
    getattr(mujoco.mjtGeom, f"mjGEOM_{name}") for name in ("ELLIPSOID", "CAPSULE", "SPHERE")
)
_SHAPES = {
    "egg": (
        (_ELLIPSOID, (0.03, 0.03, 0.04), (0.0, 0.0, 0.0), (0.95, 0.93, 0.88, 1.0)),
        (_SPHERE, (0.018, 0.0, 0.0), (0.0, 0.0, 0.0235), (0.8, 0.15, 0.12, 1.0)),
        (_SPHERE, (0.016, 0.0, 0.0), (0.0, 0.0165, 0.0), (0.12, 0.3, 0.75, 1.0)),
    ),
    "pen": (
        (_CAPSULE, (0.008, 0.1, 0.0), (0.0, 0.0, 0.0), (0.12, 0.3, 0.75, 1.0)),
        (_SPHERE, (0.0085, 0.0, 0.0), (0.0, 0.0, 0.1), (0.8, 0.15, 0.12, 1.0)),
    ),
}
"""Shapes of what is no block: type, size [m], position [m], colour. The first has the mass and the contacts."""


def place_object(spec: mujoco.MjSpec, kind: str) -> None:
    """Gives the bodies ``object`` and ``goal`` of a model another shape than its block, and a pen its own height.

    Args:
        spec: The model.
        kind: ``block``, ``egg`` or ``pen``.
    """
    if kind == "block":
        return
    for name in ("object", "goal"):
        body = spec.body(name)
        for geom in list(body.geoms):
            spec.delete(geom)
        for number, (shape, size, pos, colour) in enumerate(_SHAPES[kind]):
            solid = name == "object" and number == 0
            default = spec.find_default("object" if solid else "sticker")
            body.add_geom(default, type=shape, size=size, pos=pos, rgba=colour)
        if kind == "pen":
            body.pos[2] -= _PEN_DROP
