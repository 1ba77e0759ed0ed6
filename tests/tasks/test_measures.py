"""What the tasks measure while they are played."""

import mujoco
import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.sim.frames import RootState
from gymctl.tasks.measures import command_errors, mechanical_power

PLANE = ["task.env.terrain.terrainType=plane"]
MEASURES = {
    "AllegroHand": [
        *("successes [per episode]", "episodes with a success [%]"),
        *("angle to the goal [°]", "cube dropped [%]"),
    ],
    "ShadowHand": [
        *("successes [per episode]", "episodes with a success [%]"),
        *("angle to the goal [°]", "object dropped [%]"),
    ],
    "Ant": ["forward speed [m/s]", "mechanical power [W]", "falls [1/min]"],
    "Anymal": ["velocity error [m/s]", "turning rate error [rad/s]", "mechanical power [W]", "falls [1/min]"],
    "AnymalTerrain": ["velocity error [m/s]", "turning rate error [rad/s]", "mechanical power [W]", "falls [1/min]"],
    "BallBalance": ["distance of the ball [m]", "lasted to the end [%]"],
    "Cartpole": ["pole angle [°]", "mechanical power [W]", "lasted to the end [%]"],
    "FrankaCabinet": ["drawer opened [%]", "opening of the drawer [m]"],
    "FrankaCubeStack": ["cube lifted [%]", "cubes stacked [%]"],
    "Humanoid": ["forward speed [m/s]", "mechanical power [W]", "falls [1/min]"],
    "HumanoidAMP": ["pose error [rad]", "forward speed [m/s]", "falls [1/min]"],
    "Ingenuity": ["distance to target [m]", "lasted to the end [%]"],
    "Quadcopter": ["distance to target [m]", "lasted to the end [%]"],
    "Trifinger": [
        *("distance to the goal [m]", "angle to the goal [°]"),
        *("at the goal's place [%]", "turned as the goal [%]", "success [%]"),
    ],
}


def make(name, num_envs=4):
    overrides = PLANE if name == "AnymalTerrain" else []
    env = factory.make(compose(name, settings={"num_envs": num_envs, "seed": 0}, overrides=overrides))
    env.keep_measures = True
    env.reset()
    return env


def measured(env, actions):
    """Measures of a step by name, each ``[num_envs]``, as numbers of the state before any reset."""
    env.autoreset = False
    extras = env.step(actions)[3]
    names = [f"{measure.name} [{measure.unit}]" for measure in env.measures]
    return dict(zip(names, extras["measures"].unbind(1), strict=True))


@pytest.mark.parametrize("name", MEASURES)
def test_each_task_measures_finite_numbers_under_its_names_and_changes_nothing(name):
    env = make(name)
    before = None
    for _ in range(3):
        found = measured(env, torch.full((4, env.task.num_actions), 0.3))
        assert list(found) == MEASURES[name]
        assert all(values.isfinite().all() and values.shape == (4,) for values in found.values())
        before = {key: value.clone() for key, value in env.sim.state_tensors().items()}
        env.task.measure(torch.zeros(4, dtype=torch.bool))
        assert all(torch.equal(value, before[key]) for key, value in env.sim.state_tensors().items())
    env.close()


def test_nothing_is_measured_in_training():
    env = make("Ant")
    env.keep_measures = False
    assert "measures" not in env.step(torch.zeros(4, 8))[3]
    env.close()


@pytest.mark.parametrize("name", ["Ant", "Humanoid"])
def test_forward_speed_is_how_fast_x_grows(name):
    env = make(name)
    for _ in range(5):
        x = env.sim.qpos[:, 0].clone()
        speed = measured(env, torch.zeros(4, env.task.num_actions))["forward speed [m/s]"]
        moved = (env.sim.qpos[:, 0] - x) / env.control_dt
    assert speed == pytest.approx(moved.float(), abs=0.1)
    env.close()


def test_power_is_torque_times_speed_of_each_motor():
    assert mechanical_power(torch.tensor([[2.0, -3.0]]), torch.tensor([[4.0, 5.0]])).tolist() == [23.0]
    env = make("Cartpole")
    power = measured(env, torch.ones(4, 1))["mechanical power [W]"]
    assert power == pytest.approx((400.0 * env.sim.qvel[:, 0]).abs().float(), rel=1e-5)
    env.close()


def test_command_errors_are_in_the_trunks_frame():
    half = 0.5**0.5
    root = RootState(  # turned left by 90°, going north at 1 m/s: forward, in its own frame
        torch.zeros(1, 3),
        torch.tensor([[0.0, 0.0, half, half]]),
        torch.tensor([[0.0, 1.0, 0.0]]),
        torch.tensor([[0.0, 0.0, 0.2]]),
    )
    for commands, errors in (((1.0, 0.0, 0.2), (0.0, 0.0)), ((1.0, -0.5, 0.0), (0.5, 0.2))):
        off, turning = command_errors(root, torch.tensor([commands]))
        assert (off.item(), turning.item()) == pytest.approx(errors, abs=1e-6)


def test_a_fall_counts_once_and_a_time_limit_is_none():
    env = make("Ant")
    env.sim.qpos[:2, 2] = 0.1  # below the termination height
    falls = measured(env, torch.zeros(4, 8))["falls [1/min]"]
    assert falls.tolist() == [1.0, 1.0, 0.0, 0.0]
    env.close()


def test_the_torques_of_position_drives_are_what_mujoco_gives_them():
    env = make("AnymalTerrain")
    for scale in (0.0, 1.0, 60.0):
        env.step(torch.full((4, 12), scale).clamp(-1, 1))
    task, sim = env.task, env.sim
    sim.ctrl[:] = 3.0  # beyond what some drives can give
    data = mujoco.MjData(sim.model)
    data.qpos[:], data.qvel[:], data.ctrl[:] = sim.qpos[0], sim.qvel[0], sim.ctrl[0]
    mujoco.mj_forward(sim.model, data)
    torques = task.drives.torques(sim.ctrl.float(), sim.qpos.float(), sim.qvel.float())
    assert torques[0].numpy() == pytest.approx(data.qfrc_actuator[6:], abs=0.05)
    assert torques.abs().max() == 80.0
    env.close()
