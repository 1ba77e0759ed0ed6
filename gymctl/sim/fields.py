"""Which ``MjData`` fields are state, and which derived ones still describe the last substep after a step."""

import mujoco

STATE_FIELDS = (
    "qpos",
    "qvel",
    "act",
    "ctrl",
    "qfrc_applied",
    "xfrc_applied",
    "mocap_pos",
    "mocap_quat",
    "eq_active",
)
"""What `gymctl.sim.base.Simulation` declares as live attributes."""

_ACCELERATION_FIELDS = frozenset(
    {"qacc", "qacc_smooth", "cacc", "cfrc_int", "cfrc_ext", "actuator_force", "qfrc_actuator", "qfrc_constraint"}
)


def needs_refresh_after_step(model: mujoco.MjModel, name: str) -> bool:
    """Whether a derived field belongs to the position or velocity stage, and so lags behind the state by a substep.

    Fields and sensors of the acceleration stage (forces) hold the values of the last substep by their nature.

    Args:
        model: The model, whose sensors decide it for ``sensordata``.
        name: Name of an ``MjData`` field.
    """
    if name == "sensordata":
        return bool((model.sensor_needstage != mujoco.mjtStage.mjSTAGE_ACC.value).any())
    return name not in _ACCELERATION_FIELDS
