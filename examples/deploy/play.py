"""Plays an exported policy on its robot's model in MuJoCo, without gymctl.

Usage: python play.py ant.onnx ant.xml [EPISODES]
"""

import statistics
import sys
from collections.abc import Callable

import mujoco
import numpy as np
from controller import Controller
from rewards import REWARDS
from robot_model import SimulatedRobot


def play_episode(
    controller: Controller,
    robot: SimulatedRobot,
    key: int,
    on_step: Callable[[SimulatedRobot], None] = lambda robot: None,
) -> tuple[float, int]:
    """Plays an episode from a start state of the model.

    Args:
        controller: The policy.
        robot: Its robot.
        key: Number of the start state.
        on_step: Called after each control step.

    Returns:
        The return, 0 for a task whose rewards aren't known here, and the number of control steps.
    """
    contract, total, step = controller.contract, 0.0, 0
    reward_of = REWARDS.get(contract["task"])
    random = np.random.default_rng(key)
    draw_commands(robot, random, step)
    controller.reset(robot.start(key))
    observations = controller.observe(robot.measure)
    for step in range(1, (contract["time"]["episode_steps"] or 1000) + 1):
        commands = controller.act(observations)
        if step > 1:
            draw_commands(robot, random, step - 1)
        robot.step(commands)
        observations = controller.observe(robot.measure)
        on_step(robot)
        if reward_of is not None:
            reward, failed = reward_of(robot.sensors, contract, controller.action)
            total += reward
            if failed:
                break
    return total, step


def draw_commands(robot: SimulatedRobot, random: np.random.Generator, step: int) -> None:
    """Draws new commands where it is time for them, as in training."""
    for command in robot.contract["commands"]:
        if step == 0 or (command["period"] and step % command["period"] == 0):
            robot.sensors.commands[command["name"]] = random.uniform(command["low"], command["high"])


def velocity_error(robot: SimulatedRobot) -> float:
    """How far a robot that walks is from its commanded velocity [m/s]; NaN if it has none."""
    sensors = robot.sensors
    commands = [sensors.commands.get(f"linear velocity {axis}", np.nan) for axis in "xy"]
    return (
        float(np.hypot(*(commands - (sensors.lin_vel @ sensors.matrix)[:2]))) if np.isfinite(commands).all() else np.nan
    )


def main() -> None:
    """Plays episodes and prints what came of them."""
    policy, path, *rest = sys.argv[1:]
    load = mujoco.MjModel.from_binary_path if path.endswith(".mjb") else mujoco.MjModel.from_xml_path
    model, controller = load(path), Controller(policy)
    robot = SimulatedRobot(model, controller.contract)
    knows_rewards, returns, errors = controller.contract["task"] in REWARDS, [], []
    for episode in range(int(rest[0]) if rest else 16):
        total, steps = play_episode(
            controller, robot, episode % model.nkey, lambda robot: errors.append(velocity_error(robot))
        )
        returns.append(total)
        told = [f"return {total:.2f}"] * knows_rewards + [f"{steps} steps"]
        error = statistics.fmean(errors[-steps:])
        if error == error:
            told.append(f"{error:.3f} m/s off the command")
        print(f"episode {episode}: {', '.join(told)}", flush=True)
    if knows_rewards:
        print(f"mean return {statistics.fmean(returns):.2f}")
    elif np.isfinite(errors).all():
        print(f"mean velocity error {statistics.fmean(errors):.3f} m/s")


if __name__ == "__main__":
    main()
