"""What each number of an observation is called; IsaacGymEnvs' order is ours."""

from functools import cache

from gymctl.config import compose
from gymctl.tasks import registry

_XYZ, _JOINTS = ("x", "y", "z"), "joints"
_FREE_BODY = (("lin_vel", _XYZ), ("ang_vel", _XYZ))
_BY_JOINT = (("dof_pos", _JOINTS), ("dof_vel", _JOINTS))
_TARGET = (("height", ()), *_FREE_BODY, *((name, ()) for name in ("yaw", "roll", "angle_to_target", "up", "heading")))
_COMMANDS = (*_FREE_BODY, ("gravity", _XYZ), ("command", ("x", "y", "yaw")), *_BY_JOINT)
_COPTER = (("target", _XYZ), ("quat", (*_XYZ, "w")), *_FREE_BODY)
_WRENCH = ("fx", "fy", "fz", "tx", "ty", "tz")
_FOOT_SENSORS = tuple((foot, _WRENCH) for foot in ("front_left", "front_right", "back_left", "back_right"))

_LAYOUTS = {
    "Ant": (*_TARGET, *_BY_JOINT, *_FOOT_SENSORS, ("action", _JOINTS)),
    "Anymal": (*_COMMANDS, ("action", _JOINTS)),
    "Cartpole": (("cart", ("pos", "vel")), ("pole", ("pos", "vel"))),
    "Humanoid": (
        *_TARGET,
        *_BY_JOINT,
        ("dof_force", _JOINTS),
        ("right_foot", _WRENCH),
        ("left_foot", _WRENCH),
        ("action", _JOINTS),
    ),
    "Ingenuity": _COPTER,
    "Quadcopter": (*_COPTER, ("tilt", tuple("01234567"))),
}


@cache
def names(task: str) -> tuple[str, ...]:
    """Names as ``dof_vel[hip_1]``; as ``obs[3]`` for a task whose layout isn't here."""
    config = compose(task)
    task_class = registry.load(config.task.name)
    layout = _LAYOUTS.get(task_class.__name__)
    if layout is None:
        return tuple(f"obs[{index}]" for index in range(task_class.num_observations))
    model = task_class.build_model(config.task)
    joints = [model.actuator(motor).name for motor in range(task_class.num_actions)]
    named = []
    for name, parts in layout:
        components = joints if parts == _JOINTS else parts
        named += [f"{name}[{part}]" for part in components] or [name]
    return tuple(named)
