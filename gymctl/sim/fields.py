"""Sorting ``MjData`` fields into state, what is derived from it, and what describes the last timestep."""

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
"""State that callers may write; `gymctl.sim.simulation.Simulation` declares and describes these attributes."""

INTEGRATION_FIELDS = (*STATE_FIELDS, "time", "qacc_warmstart", "history", "plastic")
"""All that MuJoCo carries from one timestep to the next."""

_LAST_TIMESTEP_FIELDS = frozenset(
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
    """Returns whether a derived field, or a part of it, belongs to MuJoCo's position or velocity stage.

    When a step ends, such a field lags behind the state by a timestep and has to be computed anew.

    Args:
        model: The model; its sensors decide about ``sensordata``.
        name: Name of an ``MjData`` field.
    """
    if name == "sensordata":
        return bool((~_is_force(model)).any())
    return name not in _LAST_TIMESTEP_FIELDS


def describing_timestep(model: mujoco.MjModel, name: str) -> list[slice]:
    """Returns the columns (second dimension) of a derived field that hold forces or accelerations.

    They describe the last timestep, and are 0 in a world that has taken none since its reset.

    Args:
        model: The model; its sensors decide about ``sensordata``.
        name: Name of an ``MjData`` field.
    """
    if name != "sensordata":
        return [slice(None)] if name in _LAST_TIMESTEP_FIELDS else []
    columns = np.repeat(_is_force(model), model.sensor_dim)
    edges = np.flatnonzero(np.diff(columns, prepend=False, append=False))
    return [slice(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _is_force(model: mujoco.MjModel) -> np.ndarray:
    return model.sensor_needstage == mujoco.mjtStage.mjSTAGE_ACC.value
