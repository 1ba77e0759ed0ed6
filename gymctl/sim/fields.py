"""Which ``MjData`` fields are state, and which derived ones still describe the last substep after a step."""

import mujoco
import numpy as np

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
"""What `gymctl.sim.simulation.Simulation` declares as live attributes."""

INTEGRATION_FIELDS = (*STATE_FIELDS, "time", "qacc_warmstart", "history", "plastic")
"""The same with what else MuJoCo carries from one step to the next."""

_LAST_SUBSTEP_FIELDS = frozenset(
    {
        "qacc",
        "qacc_smooth",
        "cacc",
        "cfrc_int",
        "cfrc_ext",
        "actuator_force",
        "qfrc_actuator",
        "qfrc_passive",
        "qfrc_constraint",
    }
)


def describes_state(model: mujoco.MjModel, name: str) -> bool:
    """Whether a derived field, or some of it, is of the position or velocity stage and no force.

    Such a field lags behind the state by a substep when a step ends, and must be computed anew.

    Args:
        model: The model, whose sensors decide it for ``sensordata``.
        name: Name of an ``MjData`` field.
    """
    if name == "sensordata":
        return bool((~_is_force(model)).any())
    return name not in _LAST_SUBSTEP_FIELDS


def describing_substep(model: mujoco.MjModel, name: str) -> list[slice]:
    """The columns (second dimension) of a derived field that hold forces or accelerations.

    They tell what happened in the last substep, and are 0 in a world that had none since it was reset.

    Args:
        model: The model, whose sensors decide it for ``sensordata``.
        name: Name of an ``MjData`` field.
    """
    if name != "sensordata":
        return [slice(None)] if name in _LAST_SUBSTEP_FIELDS else []
    columns = np.repeat(_is_force(model), model.sensor_dim)
    edges = np.flatnonzero(np.diff(columns, prepend=False, append=False))
    return [slice(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _is_force(model: mujoco.MjModel) -> np.ndarray:
    return model.sensor_needstage == mujoco.mjtStage.mjSTAGE_ACC.value
