"""Runs an exported policy on a robot: fill in `read_sensors` and `send_commands`.

Usage: python robot.py policy.onnx
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from controller import Controller, Slice


def read_sensors() -> dict[str, Any]:
    """Measures the robot now.

    Returns:
        Of each slice of the observations, by its name, the values in the unit and frame that the contract says, not
        scaled: by their elements' names, as ``{"joint position": {"hip_1": 0.1}}``, or in order where they have none.
    """
    raise SystemExit("fill in read_sensors: it returns what the contract's observations name")


def send_commands(commands: dict[str, float]) -> None:
    """Sends commands to the motors.

    Args:
        commands: Of each action by its name, in the unit that the contract says: as N m, or rad for a position target.
    """
    raise SystemExit("fill in send_commands")


def control(
    controller: Controller,
    read: Callable[[], dict[str, Any]],
    send: Callable[[dict[str, float]], None],
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Controls a robot, a step every ``control_dt`` by the clock.

    Args:
        controller: The policy.
        read: See `read_sensors`.
        send: See `send_commands`.
        seconds: For how long.
        clock: Tells the time [s].
        sleep: Waits [s].

    Returns:
        How many steps were late. The robot isn't what the policy was trained on then: stop it if there are many.
    """
    period = controller.contract["time"]["control_dt"]
    names = [action["name"] for action in controller.contract["actions"]]
    controller.reset(read().get("joint position", {}))
    due, late = clock(), 0
    for _ in range(round(seconds / period)):
        measured = read()
        observations = controller.observe(lambda part, now=measured: values_of(part, now))
        if not np.isfinite(observations).all():
            raise SystemExit("a sensor gave no number: nothing was sent")
        send(dict(zip(names, controller.act(observations).tolist(), strict=True)))
        due += period
        left = due - clock()
        if left > 0.0:
            sleep(left)
        else:
            late, due = late + 1, clock()
    return late


def values_of(part: Slice, measured: dict[str, Any]) -> Any:
    """The values of a slice, in its order."""
    values = measured[part["name"]]
    return [values[element] for element in part["elements"]] if isinstance(values, dict) else values


def main() -> None:
    """Prints what is needed, and controls the robot for ten seconds."""
    controller = Controller(sys.argv[1])
    time_told = controller.contract["time"]
    print(f"{controller.contract['task']}: a step every {time_told['control_dt'] * 1000:g} ms")
    for part in controller.contract["observations"]:
        print(f"  in   {part['name']} [{part['unit']}] {part['frame']}: {part['size']} {' '.join(part['elements'])}")
    for action in controller.contract["actions"]:
        print(f"  out  {action['name']}: {action['kind']} [{action['unit']}] {action['limits']}")
    if hand := controller.contract.get("hand_control"):
        print(f"  hand_control.py turns the hand's motions into torques of {' '.join(hand['joints'])}")
    late = control(controller, read_sensors, send_commands, 10.0)
    print(f"{late} steps were late")


if __name__ == "__main__":
    main()
