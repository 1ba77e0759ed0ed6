"""How often a task acts, from the keys that IsaacGymEnvs' tasks have for it."""

from typing import Any


def physics_steps(task: dict[str, Any]) -> int:
    """Steps of ``sim.dt`` in a control step: the product of the keys that multiply them, each 1 where it is missing.

    Args:
        task: The ``task:`` part of a config.
    """
    env, control = task["env"], task["env"].get("control", {})
    inverse = env.get("controlFrequencyInv", 1) * control.get("controlFrequencyInv", 1)
    return inverse * control.get("decimation", 1)


def control_dt(task: dict[str, Any]) -> float:
    """Time between two actions [s].

    Args:
        task: The ``task:`` part of a config.
    """
    return task["sim"]["dt"] * physics_steps(task)
