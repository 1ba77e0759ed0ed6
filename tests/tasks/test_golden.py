"""The tasks' maths against recorded inputs and outputs of the original ones.

``GYMCTL_GOLDEN_DIR`` names another folder of vectors in the same format.
"""

import dataclasses
import json
import os
from pathlib import Path

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.envs.successes import Successes
from gymctl.envs.vec_env import compute_time_outs
from gymctl.scene import height_fields
from gymctl.scene.drives import move_controls
from gymctl.sim.frames import RootState
from gymctl.tasks import registry
from gymctl.tasks.classic import ball_balance, cartpole
from gymctl.tasks.flying import copter, ingenuity, quadcopter
from gymctl.tasks.locomotion import ant_humanoid_maths as locomotion
from gymctl.tasks.locomotion import anymal
from gymctl.tasks.locomotion import anymal_terrain_maths as anymal_terrain
from gymctl.tasks.locomotion import anymal_terrain_reward as terrain_reward
from gymctl.tasks.locomotion.ant import Ant
from gymctl.tasks.locomotion.ant_humanoid import Locomotion
from gymctl.tasks.locomotion.ant_humanoid_maths import LocomotionConstants
from gymctl.tasks.locomotion.anymal_terrain_constants import AnymalTerrainConstants, NoiseConstants
from gymctl.tasks.locomotion.humanoid import Humanoid
from gymctl.tasks.locomotion.legged_robot import compute_dof_pos_targets
from gymctl.tasks.manipulation import (
    franka_cabinet,
    franka_cube_stack_model,
    hand_maths,
    hand_observations,
    operational_space,
)
from gymctl.tasks.manipulation import franka_cube_stack_maths as cube_stack
from gymctl.tasks.manipulation import trifinger_maths as trifinger
from gymctl.tasks.manipulation.allegro_hand import AllegroHand
from gymctl.tasks.manipulation.franka_cabinet import FrankaCabinetConstants
from gymctl.tasks.manipulation.franka_cube_stack_maths import FrankaCubeStackConstants
from gymctl.tasks.manipulation.hand_maths import HandConstants
from gymctl.tasks.manipulation.shadow_hand import ShadowHand
from gymctl.tasks.manipulation.trifinger_maths import TrifingerConstants
from gymctl.tasks.motion import humanoid_amp_maths as amp
from gymctl.tasks.reward_terms import add_up

GOLDEN = Path(os.environ.get("GYMCTL_GOLDEN_DIR") or Path(__file__).parents[1] / "data" / "golden")


class Golden:
    """One task's vectors: inputs as tensors of one dtype, outputs to compare with."""

    def __init__(self, task: str, dtype: torch.dtype) -> None:
        with np.load(GOLDEN / f"{task}.npz") as file:
            self.arrays = {name: file[name] for name in file.files}
        self.meta = json.loads(str(self.arrays.pop("meta_json")))["arrays"]
        self.dtype = dtype

    def __getitem__(self, name: str) -> torch.Tensor:
        array = torch.from_numpy(self.arrays[name])
        return array.to(self.dtype) if array.is_floating_point() else array

    def constant(self, name: str) -> float:
        return self.arrays[name].item()

    def root(self) -> RootState:
        names = ("root_pos", "root_quat_xyzw", "root_lin_vel_world", "root_ang_vel_world")
        return RootState(*(self[name] for name in names))

    def check(self, name: str, ours: torch.Tensor, in_double: float = 1e-6) -> None:
        """Within 1e-6 in float64, 1e-5 plus the recorded rounding in float32, relative to 1 + |x|; flags exactly.

        Where the original rounds to float32 in between, give what is left of float64 as `in_double`.
        """
        if not ours.is_floating_point():
            np.testing.assert_array_equal(ours.numpy().astype(np.int64), self.arrays[name], err_msg=name)
            return
        if self.dtype == torch.float64:
            expected, slack = self.arrays[f"{name}__f64"], 0.0
            relative = in_double
        else:
            expected, slack = self.arrays[name].astype(np.float64), 4 * self.meta[name]["max_abs_diff_f32_f64"]
            relative = 1e-5
        difference = np.abs(ours.double().numpy() - expected)
        assert difference.shape == expected.shape, name
        excess = difference - relative * (1 + np.abs(expected)) - slack
        assert excess.max() <= 0, f"{name}: {difference.max()} at {np.unravel_index(excess.argmax(), excess.shape)}"


@pytest.fixture(params=[torch.float32, torch.float64], ids=["float32", "float64"])
def dtype(request):
    return request.param


def test_cartpole(dtype):
    golden = Golden("Cartpole", dtype)
    observations = cartpole.compute_observations(golden["dof_pos"], golden["dof_vel"])
    reward, lost = cartpole.compute_reward(observations, golden.constant("reset_dist"))
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    golden.check("obs", observations)
    golden.check("reward", reward)
    golden.check("reset", lost | time_outs)
    golden.check("time_outs", time_outs)
    golden.check("dof_force", cartpole.compute_dof_force(golden["actions"], golden.constant("max_push_effort")))


HANDS = [
    *(("AllegroHand", AllegroHand, variant) for variant in ("", "limited_")),
    *(("ShadowHand", ShadowHand, variant) for variant in ("", "openai_", "openai_pen_")),
]


@pytest.mark.parametrize(("task", "task_class", "variant"), HANDS)
def test_hands(dtype, task, task_class, variant):
    golden = Golden(task, dtype)
    names = {name: name for name in HandConstants.__dataclass_fields__} | {
        "dof_force_obs_scale": "force_torque_obs_scale"
    }
    settings = variant.replace("pen_", "")
    for name in ("max_consecutive_successes", "fall_penalty", "success_tolerance"):
        names[name] = settings + name
    if settings == "openai_":
        names["max_episode_length"] = settings + "max_episode_length"
    constants = HandConstants(**{name: golden.constant(key) for name, key in names.items()})
    if "_pen_" in variant:
        constants = dataclasses.replace(constants, success_tolerance=2.0 * constants.success_tolerance)
    seen = see_hand(golden, tips=bool(task_class.tips))
    for kind in task_class.observation_types:
        observed = hand_observations.compute_observations(seen, task_class.layout_of(kind), constants)
        golden.check(f"obs_{kind}", observed)
    distance = torch.linalg.vector_norm(seen.object.pos - seen.goal.pos, dim=1)
    angle = hand_maths.angle_of(hand_maths.relative_rotation(seen.object.quat, seen.goal.quat))
    terms = hand_maths.compute_reward_terms(distance, angle, seen.actions, golden["progress_buf"], constants)
    golden.check(f"{variant}reward", add_up(terms))
    golden.check(f"{variant}goal_reset", hand_maths.is_reached(angle, constants))


@pytest.mark.parametrize("task", ["AllegroHand", "ShadowHand"])
def test_targets_of_hands(dtype, task):
    golden = Golden(task, dtype)
    driven = golden["actuated_dof_indices"]
    limits = torch.stack((golden["dof_limits_lower"], golden["dof_limits_upper"]), dim=1)[driven]
    actions, last = golden["actions"], golden["prev_targets"][:, driven]
    targets = {
        "cur_targets": hand_maths.compute_targets(actions, last, limits, golden.constant("act_moving_average")),
        "cur_targets_ma03": hand_maths.compute_targets(actions, last, limits, 0.3),
        "cur_targets_relative": move_controls(
            actions=actions,
            controls=last,
            rates=golden.constant("dof_speed_scale"),
            dt=golden.constant("dt"),
            ranges=limits,
        ),
    }
    for name, of_drives in targets.items():
        of_joints = golden["cur_targets_prev"].clone()
        of_joints[:, driven] = of_drives
        golden.check(name, of_joints)


def see_hand(golden, *, tips):
    limits = torch.stack((golden["dof_limits_lower"], golden["dof_limits_upper"]), dim=1)
    num_envs = len(golden["dof_pos"])
    hand = hand_observations.Hand(
        *(golden[name] for name in ("dof_pos", "dof_vel", "dof_force_sensed")),
        limits,
        golden["fingertip_state"] if tips else limits.new_zeros(num_envs, 0, 13),
        golden["fingertip_force_torque"] if tips else limits.new_zeros(num_envs, 0, 6),
    )
    state = RootState(
        *(golden[f"object_{name}"] for name in ("pos", "quat_xyzw", "lin_vel_world", "ang_vel_world")),
    )
    goal = hand_maths.Goal(golden["goal_pos"], golden["goal_quat_xyzw"])
    return hand_observations.Seen(hand, state, goal, golden["actions"])


@pytest.mark.parametrize(("task", "variant"), [(task, variant) for task, _, variant in HANDS])
def test_successes(task, variant):
    golden = Golden(task, torch.float32)
    settings = variant.replace("pen_", "")
    limit = golden.constant(f"{settings}max_consecutive_successes")
    keys = {"averFactor": golden.constant("av_factor"), "maxConsecutiveSuccesses": limit}
    progress, num_envs = golden["progress_buf"].clone(), len(golden["progress_buf"])
    successes = Successes(keys, num_envs, progress.device)
    successes.count.copy_(golden["successes"])
    successes.average.copy_(golden["consecutive_successes"][0])
    ended = successes.add(golden[f"{variant}goal_reset"].bool(), progress)
    fallen = (golden["object_pos"] - golden["goal_pos"]).norm(dim=1) >= golden.constant("fall_dist")
    length = golden.constant(f"{settings if settings == 'openai_' else ''}max_episode_length")
    done = ended | fallen | compute_time_outs(progress, length)
    successes.take_average(done)
    golden.check(f"{variant}reset", done)
    golden.check(f"{variant}successes_out", successes.count)
    golden.check(f"{variant}progress_buf_out", progress)
    golden.check(f"{variant}consecutive_successes_out", successes.average[None])


def check_locomotion(golden: Golden, task: type[Locomotion], forces: torch.Tensor) -> None:
    """Observations, reward, resets and torques of a locomotion task; `forces` is what its robot felt."""
    recorded = [field.name for field in dataclasses.fields(LocomotionConstants) if field.name in golden.arrays]
    constants = LocomotionConstants(
        **{"angular_velocity_scale": 1.0} | {name: golden.constant(name) for name in recorded},
        alive=task.alive,
        wrap_angles=task.wrap_angles,
    )
    root = golden.root()
    assert golden["start_quat_xyzw"].tolist() == [0, 0, 0, 1]
    gears = golden["motor_efforts" if "motor_efforts" in golden.arrays else "joint_gears"]
    observations = locomotion.compute_observations(
        root,
        golden["dof_pos"],
        golden["dof_vel"],
        golden["dof_limits_lower"],
        golden["dof_limits_upper"],
        forces,
        golden["actions"],
        golden["targets"],
        constants,
    )
    potentials = locomotion.compute_potentials(root.pos, golden["targets"], constants.dt)
    reward, fallen = locomotion.compute_reward(
        observations.to(golden.dtype),
        golden["actions"],
        potentials,
        golden["potentials"].double(),
        gears / gears.max(),
        task.at_limit,
        constants,
    )
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    golden.check("obs", observations)
    golden.check("potentials_out", potentials)
    golden.check("reward", reward)
    golden.check("reset", fallen | time_outs)
    golden.check("time_outs", time_outs)
    controls = locomotion.compute_controls(golden["actions"], golden.constant("power_scale"))
    golden.check("dof_force", controls * gears)


def test_ant(dtype):
    golden = Golden("Ant", dtype)
    check_locomotion(golden, Ant, golden["force_sensors"].flatten(1))


def test_humanoid(dtype):
    golden = Golden("Humanoid", dtype)
    forces = torch.cat((golden["dof_force_sensed"], golden["force_sensors"].flatten(1)), dim=1)
    check_locomotion(golden, Humanoid, forces)


def test_ball_balance(dtype):
    golden = Golden("BallBalance", dtype)
    driven = golden["actuated_dof_indices"]
    observations = ball_balance.compute_observations(
        golden["dof_pos"][:, driven],
        golden["dof_vel"][:, driven],
        golden["ball_pos"],
        golden["ball_lin_vel_world"],
        golden["force_sensors"],
    )
    reward, lost = ball_balance.compute_reward(observations, torch.tensor(ball_balance.BALL_TARGET, dtype=dtype))
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    golden.check("obs", observations)
    golden.check("reward", reward)
    golden.check("reset", lost | time_outs)
    golden.check("time_outs", time_outs)
    ranges = torch.stack((golden["dof_limits_lower"], golden["dof_limits_upper"]), dim=1)
    actions = torch.zeros(64, 6, dtype=dtype).index_copy_(1, driven, golden["actions"])
    speed, dt = golden.constant("action_speed_scale"), golden.constant("dt")
    targets = move_controls(golden["dof_position_targets_prev"], actions, speed, dt, ranges)
    golden.check("dof_position_targets", targets)


def test_franka_cabinet(dtype):
    golden = Golden("FrankaCabinet", dtype)
    constants = FrankaCabinetConstants(
        **{name: golden.constant(name) for name in FrankaCabinetConstants.__dataclass_fields__}
    )
    places = [franka_cabinet.GRASP_POS, franka_cabinet.HANDLE_POS, franka_cabinet.GRASP_QUAT]
    for name, place in zip(
        ("franka_local_grasp_pos", "drawer_local_grasp_pos", "franka_local_grasp_quat_xyzw"), places, strict=True
    ):
        assert golden[name].tolist() == pytest.approx(place)
    grasp = franka_cabinet.compute_grasp(
        golden["hand_pos"],
        golden["hand_quat_xyzw"],
        golden["drawer_pos"],
        golden["drawer_quat_xyzw"],
        *(torch.tensor(place, dtype=dtype) for place in places),
    )
    ranges = torch.stack((golden["dof_limits_lower"], golden["dof_limits_upper"]), dim=1)
    opening, opening_speed = golden["cabinet_dof_pos"][:, 3], golden["cabinet_dof_vel"][:, 3]
    observations = franka_cabinet.compute_observations(
        golden["dof_pos"], golden["dof_vel"], ranges, grasp, opening, opening_speed, constants.dof_vel_scale
    )
    terms = franka_cabinet.compute_reward_terms(
        grasp, golden["lfinger_pos"], golden["rfinger_pos"], opening, golden["actions"], constants
    )
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    rates = constants.action_scale * torch.tensor(franka_cabinet.SPEEDS, dtype=dtype)
    targets = move_controls(golden["dof_pos_targets_prev"], golden["actions"], rates, constants.dt, ranges)
    golden.check("franka_grasp_pos", grasp.hand_pos)
    golden.check("franka_grasp_quat_xyzw", grasp.hand_quat)
    golden.check("drawer_grasp_pos", grasp.handle_pos)
    golden.check("drawer_grasp_quat_xyzw", grasp.drawer_quat)
    golden.check("obs", observations)
    golden.check("reward", add_up(terms))
    golden.check("reset", (opening > franka_cabinet.OPEN) | time_outs)
    golden.check("time_outs", time_outs)
    golden.check("dof_pos_targets", targets)


def test_franka_cube_stack(dtype):
    golden = Golden("FrankaCubeStack", dtype)
    constants = FrankaCubeStackConstants(
        **{name: golden.constant(name) for name in FrankaCubeStackConstants.__dataclass_fields__}
    )
    facts = {"cubeA_size": cube_stack.SIZE_A, "cubeB_size": cube_stack.SIZE_B, "table_height": cube_stack.TABLE_HEIGHT}
    gains = operational_space.Gains(golden.constant("kp"), golden.constant("kp_null"))
    assert {name: golden.constant(name) for name in facts} == facts
    assert gains == franka_cube_stack_model.GAINS
    assert golden["cmd_limit"].tolist() == pytest.approx(franka_cube_stack_model.REACH)
    assert golden["default_dof_pos"].tolist() == pytest.approx(franka_cube_stack_model.START)
    names = ("eef_pos", "eef_quat_xyzw", "eef_lf_pos", "eef_rf_pos", "cubeA_pos", "cubeA_quat_xyzw", "cubeB_pos")
    scene = cube_stack.Scene(*(golden[name] for name in names))
    joints, actions, limits = golden["dof_pos"], golden["actions"], golden["arm_effort_limits"]
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    golden.check("obs", cube_stack.compute_observations(scene, joints[:, 7:]))
    golden.check("obs_joint_tor", cube_stack.compute_observations(scene, joints))
    golden.check("reward", add_up(cube_stack.compute_reward_terms(scene, constants)))
    golden.check("reset", cube_stack.is_stacked(scene) | time_outs)
    golden.check("time_outs", time_outs)
    torques = operational_space.compute_torques(
        operational_space.Arm(golden["jacobian_eef"], golden["mass_matrix"], joints[:, :7], golden["dof_vel"][:, :7]),
        actions[:, :6] * golden["cmd_limit"] / constants.action_scale,
        torch.cat((golden["eef_lin_vel_world"], golden["eef_ang_vel_world"]), dim=1),
        golden["default_dof_pos"][:7],
        limits,
        gains,
    )
    golden.check("arm_torques", torques)
    direct = golden["actions_joint_tor"]
    golden.check("arm_torques_joint_tor", direct[:, :7] * limits / constants.action_scale)
    ranges = torch.stack((golden["dof_limits_lower"], golden["dof_limits_upper"]), dim=1)[7:]
    for name, gripper in (("gripper_targets", actions[:, -1]), ("gripper_targets_joint_tor", direct[:, -1])):
        golden.check(name, cube_stack.compute_gripper_targets(gripper, ranges))


def test_quadcopter(dtype):
    golden = Golden("Quadcopter", dtype)
    copter_observations = copter.compute_observations(golden.root(), torch.tensor(quadcopter.TARGET, dtype=dtype))
    check_copter(golden, quadcopter.Quadcopter, copter_observations)
    golden.check("obs", torch.cat((copter_observations, golden["dof_pos"]), dim=1))
    model = registry.load("Quadcopter").build_model(compose("Quadcopter").task)
    controls = move_controls(
        torch.cat((golden["dof_position_targets_prev"], golden["thrusts_prev"]), dim=1),
        golden["actions"],
        torch.tensor(quadcopter.CONTROL_RATES, dtype=dtype),
        golden.constant("dt"),
        torch.from_numpy(model.actuator_ctrlrange).to(dtype),
    )
    golden.check("dof_position_targets", controls[:, :8])
    golden.check("thrusts", controls[:, 8:])
    golden.check("body_forces", rotor_forces(golden, model, controls))


def test_ingenuity(dtype):
    golden = Golden("Ingenuity", dtype)
    observations = copter.compute_observations(golden.root(), golden["target_pos"])
    check_copter(golden, ingenuity.Ingenuity, observations)
    golden.check("obs", observations)
    model = registry.load("Ingenuity").build_model(compose("Ingenuity").task)
    assert model.opt.gravity[2] == golden.constant("gravity_z")
    forces = ingenuity.compute_forces(golden["actions"], golden.constant("dt"))
    golden.check("body_forces", rotor_forces(golden, model, forces.flatten(1)))


def check_copter(golden, task, observations):
    height = golden["root_pos"][:, 2]
    reward, lost = copter.compute_reward(observations, height, task.up_weight, task.max_distance, task.min_height)
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    golden.check("reward", reward)
    golden.check("reset", lost | time_outs)
    golden.check("time_outs", time_outs)


def rotor_forces(golden, model, controls):
    """What the model's motors that push on sites do to the bodies of the original robot, in the bodies' frames."""
    bodies = golden.arrays["body_names"].tolist()
    forces = torch.zeros(64, len(bodies), 3, dtype=golden.dtype)
    for i in range(model.nu):
        if model.actuator(i).trntype == mujoco.mjtTrn.mjTRN_SITE.value:
            body = model.body(model.site_bodyid[model.actuator(i).trnid[0]]).name
            forces[:, bodies.index(body)] += controls[:, i : i + 1] * torch.from_numpy(model.actuator_gear[i, :3])
    return forces


def test_anymal(dtype):
    golden = Golden("Anymal", dtype)
    names = anymal.AnymalConstants.__dataclass_fields__
    constants = anymal.AnymalConstants(**{name: golden.constant(name) for name in names})
    observations = anymal.compute_observations(
        golden.root(),
        golden["dof_pos"],
        golden["dof_vel"],
        golden["default_dof_pos"],
        golden["commands"],
        golden["actions"],
        constants,
    )
    bodies = [int(golden.constant("base_index")), *golden["knee_indices"].tolist()]
    reward, fallen = anymal.compute_reward(
        golden.root(),
        golden["commands"],
        golden["dof_torque_sensed"],
        golden["contact_forces"][:, bodies],
        constants,
    )
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    targets = compute_dof_pos_targets(golden["actions"], golden["default_dof_pos"], golden.constant("action_scale"))
    golden.check("obs", observations)
    golden.check("reward", reward)
    golden.check("reset", fallen | time_outs)
    golden.check("time_outs", time_outs)
    golden.check("dof_pos_targets", targets)


def test_anymal_terrain(dtype):
    golden = Golden("AnymalTerrain", dtype)
    names = AnymalTerrainConstants.__dataclass_fields__
    constants = AnymalTerrainConstants(**{name: golden.constant(name) for name in names})
    root = golden.root()
    bodies = [
        int(golden.constant("base_index")),
        *golden["knee_indices"].tolist(),
        *golden["feet_indices"].tolist(),
    ]
    contact_forces = golden["contact_forces"][:, bodies]
    points = anymal_terrain.height_points().to(dtype)
    scales = (height_fields.BORDER, height_fields.HORIZONTAL_SCALE, height_fields.VERTICAL_SCALE)
    assert scales == tuple(golden.constant(name) for name in ("border_size", "horizontal_scale", "vertical_scale"))
    lowest = height_fields.lowest_corners(golden["terrain_heightfield"]).to(dtype)
    heights = height_fields.measure_heights(root.pos, root.quat, points, lowest)
    commands = anymal_terrain.compute_commands(root.quat, golden["commands"])
    observations = anymal_terrain.compute_observations(
        root, golden["dof_pos"], golden["dof_vel"], commands, heights, golden["actions"], constants
    )
    touchdown, air_time = terrain_reward.compute_air_time(golden["feet_air_time"], contact_forces[:, 5:], constants.dt)
    terms = terrain_reward.compute_reward_terms(
        root,
        golden["dof_pos"] - golden["default_dof_pos"],
        golden["last_dof_vel"] - golden["dof_vel"],
        commands,
        golden["torques"],
        contact_forces,
        touchdown,
        golden["last_actions"] - golden["actions"],
    )
    golden.check("height_points_body", torch.cat((points, torch.zeros(140, 1)), dim=1))
    golden.check("measured_heights", heights)
    golden.check("commands_out", commands)
    golden.check("obs", observations)
    golden.check("feet_air_time_out", air_time)

    assert golden.arrays["reward_term_names"].tolist() == list(terrain_reward.REWARD_TERMS)
    progress = golden["progress_buf_before"] + 1
    time_outs = compute_time_outs(progress, golden.constant("max_episode_length"))
    for prefix, knees in (("", True), ("alt_", False)):
        terminal_weight, *weights = golden[f"{prefix}reward_scales_times_dt"].tolist()
        weighted = terms * torch.tensor(weights, dtype=dtype)
        terminated = terrain_reward.compute_termination(contact_forces, allow_knee_contacts=knees)
        reset = terminated | time_outs  # what the original counts as a failure, too
        golden.check(f"{prefix}reward_terms", weighted)
        golden.check(f"{prefix}reset", reset)
        golden.check(f"{prefix}reward", terrain_reward.compute_reward(weighted, reset, terminal_weight))


def test_anymal_terrains_packaged_config_has_the_original_weights_and_noise(dtype):
    golden = Golden("AnymalTerrain", dtype)
    config = compose("AnymalTerrain", settings={"num_envs": 1}).task
    scales = AnymalTerrainConstants.from_config(config)
    reward = terrain_reward.RewardConstants.from_config(config)
    golden.check(
        "reward_scales_times_dt", torch.tensor((reward.terminal_weight, *reward.weights), dtype=dtype) * scales.dt
    )
    noise = NoiseConstants.from_config(config)
    golden.check("noise_scale_vec", anymal_terrain.compute_noise_scales(noise, scales))


def test_trifinger(dtype):
    golden = Golden("Trifinger", dtype)
    names = {f.name for f in dataclasses.fields(TrifingerConstants)} - {"use_keypoints"}
    constants = TrifingerConstants(**{name: golden.constant(name) for name in names}, use_keypoints=True)
    of_pose = dataclasses.replace(constants, use_keypoints=False)
    cube, last_cube = (
        RootState(*golden[name].split((3, 4, 3, 3), 1)) for name in ("object_state", "last_object_state")
    )
    goal = hand_maths.Goal(*golden["goal_pose"].split((3, 4), 1))
    tips, last_tips = golden["fingertip_state"], golden["last_fingertip_state"]
    scene = trifinger.Scene(tips[..., :3], last_tips[..., :3], cube, last_cube.pos, goal)
    observed = trifinger.compute_observations(golden["dof_pos"], golden["dof_vel"], cube, goal, golden["actions"])
    span = span_of(trifinger.observation_ends((9 * (-1.0,), 9 * (1.0,))), dtype)
    felt = trifinger.Felt(tips, golden["dof_torque_sensed"], golden["fingertip_wrench"])
    golden.check("obs_raw", observed)
    golden.check("obs", span.normalise(observed))
    golden.check("obs_scale_low", span.low)
    golden.check("obs_scale_high", span.high)
    golden.check("states", trifinger.compute_states(observed, cube, felt))
    golden.check("object_keypoints", trifinger.corners(cube.pos, cube.quat).float())  # theirs are always float32
    for name, weights, frames in (
        ("reward", constants, "frame_count"),
        ("reward_late", constants, "late_frame_count"),
        ("reward_pose_terms", of_pose, "frame_count"),
    ):
        steps = torch.tensor(golden.constant(frames) * len(tips))
        reward = add_up(trifinger.compute_reward_terms(scene, steps, weights))
        golden.check(name, reward, in_double=1e-5)  # theirs has corners in float32
    successes = trifinger.find_successes(cube, goal, constants)
    for name, success in zip(("success", "success_position", "success_orientation"), successes, strict=True):
        golden.check(name, success)
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    golden.check("time_outs", time_outs)
    golden.check("reset", time_outs)


def test_torques_of_trifinger(dtype):
    golden = Golden("Trifinger", dtype)
    pos, vel, actions = golden["dof_pos"], golden["dof_vel"], golden["actions"]
    damping = golden["safety_damping"]
    assert pytest.approx(damping.tolist()) == trifinger.SAFETY_DAMPING
    assert golden["position_stiffness"].tolist() == 9 * [trifinger.STIFFNESS]
    assert pytest.approx(golden["position_damping"].tolist()) == trifinger.DAMPING
    commands = span_of(trifinger.action_ends("torque"), dtype).spread(actions)
    golden.check("joint_torques", trifinger.compute_torques(commands, vel, damping))
    targets = span_of(trifinger.action_ends("position"), dtype).spread(actions)
    wanted = trifinger.compute_position_torques(targets, pos, vel, golden["position_damping"])
    golden.check("joint_torques_position_mode", trifinger.compute_torques(wanted, vel, damping))


def span_of(ends, dtype):
    return trifinger.Span.between(*ends, dtype, torch.device("cpu"))


def test_humanoid_amp(dtype):
    golden = Golden("HumanoidAMP", dtype)
    key_pos = golden["body_pos"][:, golden["key_body_ids"]]
    for name, local_root in (("", False), ("_local_root", True)):
        observed = amp.compute_observations(
            golden.root(), golden["dof_pos"], golden["dof_vel"], key_pos, local_root=local_root
        )
        golden.check(f"obs{name}", observed)
        golden.check(f"amp_obs{name}", amp.append(golden["amp_obs_prev"], observed).flatten(1))
    low = torch.ones(15, dtype=torch.bool).index_fill(0, golden["contact_body_ids"], False)
    fallen = amp.compute_fallen(
        golden["contact_forces"][:, low],
        golden["body_pos"][:, low, 2],
        golden["progress_buf"],
        golden.constant("termination_height"),
    )
    time_outs = compute_time_outs(golden["progress_buf"], golden.constant("max_episode_length"))
    golden.check("terminate", fallen)
    golden.check("reset", fallen | time_outs)
    golden.check("time_outs", time_outs)


def test_targets_of_humanoid_amp(dtype):
    golden = Golden("HumanoidAMP", dtype)
    limits = torch.stack((golden["dof_limits_lower"], golden["dof_limits_upper"]), dim=1)
    offset, scale = amp.compute_target_ranges(limits)
    golden.check("pd_action_offset", offset)
    golden.check("pd_action_scale", scale)
    golden.check("pd_targets", offset + scale * golden["actions"])
    assert list(amp.GROUPS) == golden["dof_offsets"].diff().tolist()
