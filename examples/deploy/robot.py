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
        The values of each slice of the observations by its name, in the unit, the frame and the order of elements that
        the contract says; not scaled. ``joint position`` has each joint by its name at the start, too.
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
    controller.reset(start_positions(controller.contract["observations"], read()))
    due, late = clock(), 0
    for _ in range(round(seconds / period)):
        measured = read()
        observations = controller.observe(lambda part, now=measured: now[part["name"]])
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


def start_positions(slices: list[Slice], measured: dict[str, Any]) -> dict[str, float]:
    """Positions of the observed joints, by name."""
    positions: dict[str, float] = {}
    for part in slices:
        if part["name"] == "joint position":
            positions |= dict(zip(part["elements"], np.ravel(measured[part["name"]]).tolist(), strict=True))
    return positions


def main() -> None:
    """Prints what is needed, and controls the robot for ten seconds."""
    controller = Controller(sys.argv[1])
    time_told = controller.contract["time"]
    print(f"{controller.contract['task']}: a step every {time_told['control_dt'] * 1000:g} ms")
    for part in controller.contract["observations"]:
        print(f"  in   {part['name']} [{part['unit']}] {part['frame']}: {part['size']} {' '.join(part['elements'])}")
    for action in controller.contract["actions"]:
        print(f"  out  {action['name']}: {action['kind']} [{action['unit']}] {action['limits']}")
    late = control(controller, read_sensors, send_commands, 10.0)
    print(f"{late} steps were late")


if __name__ == "__main__":
    main()
