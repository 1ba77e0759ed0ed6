"""Plays an exported policy on its robot's model in MuJoCo, without gymctl.

Usage: python play.py ant.onnx ant.xml [EPISODES]
"""

import statistics
import sys

import mujoco
import numpy as np
from controller import Controller
from rewards import REWARDS
from robot_model import SimulatedRobot


def play_episode(controller: Controller, robot: SimulatedRobot, key: int) -> tuple[float, int]:
    """Plays an episode from a start state of the model.

    Args:
        controller: The policy.
        robot: Its robot.
        key: Number of the start state.

    Returns:
        The return, 0 for a task whose rewards aren't known here, and the number of control steps.
    """
    contract, total, step = controller.contract, 0.0, 0
    reward_of = REWARDS.get(contract["task"])
    random = np.random.default_rng(key)
    draw_commands(robot, random, step)
    controller.reset(robot.start(key))
    observations = controller.observe(robot.sensors)
    for step in range(1, (contract["time"]["episode_steps"] or 1000) + 1):
        commands = controller.act(observations)
        if step > 1:
            draw_commands(robot, random, step - 1)
        robot.step(commands)
        observations = controller.observe(robot.sensors)
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


def main() -> None:
    """Plays episodes and prints what came of them."""
    policy, path, *rest = sys.argv[1:]
    load = mujoco.MjModel.from_binary_path if path.endswith(".mjb") else mujoco.MjModel.from_xml_path
    model, controller = load(path), Controller(policy)
    robot = SimulatedRobot(model, controller.contract)
    returns = []
    for episode in range(int(rest[0]) if rest else 16):
        total, steps = play_episode(controller, robot, episode % model.nkey)
        returns.append(total)
        print(f"episode {episode}: return {total:.2f}, {steps} steps", flush=True)
    print(f"mean return {statistics.fmean(returns):.2f}")


if __name__ == "__main__":
    main()
