"""The simulated HumanoidAMP: its model against the facts, starts, falls, and what the discriminator sees."""

import math

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.motions.files import read_clips
from gymctl.scene.spherical import find_stops
from gymctl.tasks.motion.humanoid_amp import HumanoidAMP

MASSES = {  # mass, height or place of the centre, inertia about it
    "pelvis": (9.99559, [0, 0, 0.11319], [0.06793, 0.06793, 0.028292]),
    "torso": (12.01149, [-0.00191, 0, 0.13894], [0.08984, 0.072014, 0.068177]),
    "head": (3.88226, [0, 0, 0.175], [0.014015, 0.014015, 0.014015]),
    "right_upper_arm": (1.49933, [0, 0, -0.14], [0.008084, 0.008084, 0.001442]),
    "left_lower_arm": (0.99968, [0, 0, -0.12], [0.003419, 0.003419, 0.000754]),
    "right_hand": (0.49997, [0, 0, 0], [0.00032, 0.00032, 0.00032]),
    "left_thigh": (4.50229, [0, 0, -0.21], [0.056311, 0.056311, 0.006542]),
    "right_shin": (2.99975, [0, 0, -0.2], [0.037687, 0.037687, 0.003617]),
    "left_foot": (0.99969, [0.045, 0, -0.0225], [0.000927, 0.002862, 0.003285]),
}
DRIVES = {  # stiffness, damping, armature, effort
    "abdomen": (600, 60, 0.025, 125),
    "neck": (50, 5, 0.017, 20),
    "shoulder": (200, 20, 0.02, 70),
    "elbow": (150, 15, 0.015, 60),
    "hip": (300, 30, 0.02, 125),
    "knee": (300, 30, 0.02, 100),
    "ankle": (200, 20, 0.01, 50),
}
ARM = ("shoulder_x", "shoulder_y", "shoulder_z", "elbow")
LEG = ("hip_x", "hip_y", "hip_z", "knee", "ankle_x", "ankle_y", "ankle_z")
DOFS = [
    *(f"{joint}_{axis}" for joint in ("abdomen", "neck") for axis in "xyz"),
    *(f"{side}_{name}" for limb in (ARM, LEG) for side in ("right", "left") for name in limb),
]
LIMITS = {  # of the right side [°]
    "abdomen_x": (-60, 60),
    "abdomen_y": (-60, 90),
    "abdomen_z": (-50, 50),
    "neck_x": (-50, 50),
    "neck_y": (-40, 60),
    "neck_z": (-45, 45),
    "shoulder_x": (-180, 45),
    "shoulder_y": (-180, 60),
    "shoulder_z": (-90, 90),
    "elbow": (-160, 0),
    "hip_x": (-60, 15),
    "hip_y": (-140, 60),
    "hip_z": (-60, 35),
    "knee": (0, 160),
    "ankle_x": (-30, 30),
    "ankle_y": (-55, 55),
    "ankle_z": (-40, 40),
}
RIGHT_ELBOW = 31
"""Which observation is its angle."""
LYING = torch.tensor([0.0, 0.0, 0.1, 0.5**0.5, 0.0, 0.5**0.5, 0.0])
"""The root's pose, face down."""


def make(*overrides, num_envs=16):
    env = factory.make(compose("HumanoidAMP", settings={"num_envs": num_envs, "seed": 0}, overrides=overrides))
    env.reset()
    return env


def limits_of(dof):
    side, _, name = dof.partition("_")
    low, high = LIMITS[dof if side in ("abdomen", "neck") else name]
    mirrored = side == "left" and name[-2:] in ("_x", "_z") and "ankle" not in name
    return (-high, -low) if mirrored else (low, high)


def test_masses_and_inertias_are_those_of_the_original_robot():
    model = HumanoidAMP.build_model(compose("HumanoidAMP").task)
    assert model.body_mass.sum() == pytest.approx(48.8908, abs=1e-4)
    for body, (mass, centre, inertia) in MASSES.items():
        assert model.body(body).mass == pytest.approx(mass, abs=2e-5)
        assert model.body(body).ipos == pytest.approx(centre, abs=1e-5)
        assert sorted(model.body(body).inertia) == pytest.approx(sorted(inertia), abs=1e-6)


def test_drives_and_limits_are_those_of_the_original_robot_in_the_order_of_actions():
    env = make()
    model, half_step = env.sim.model, 0.5 * 0.0083
    assert [model.actuator(i).name for i in range(28)] == DOFS
    for index, dof in enumerate(DOFS):
        stiffness, damping, armature, effort = next(d for name, d in DRIVES.items() if name in dof)
        assert model.actuator_gainprm[index, 0] == stiffness
        assert model.actuator_biasprm[index, :3].tolist() == [0, -stiffness, -damping]
        assert model.actuator_forcerange[index].tolist() == [-effort, effort]
        address = model.jnt_dofadr[model.actuator_trnid[index, 0]]
        assert model.dof_armature[address] == pytest.approx(armature + half_step * damping)
    assert env.task.dofs.limits.rad2deg().tolist() == [pytest.approx(limits_of(dof), abs=1e-4) for dof in DOFS]
    assert model.nbody - 1 == 15
    assert (model.nq, model.nv, len(find_stops(model))) == (43, 34, 48)
    env.close()


def test_a_drive_is_limited_together_with_its_damper():
    model = HumanoidAMP.build_model(compose("HumanoidAMP").task)
    data, knee = mujoco.MjData(model), model.joint("right_knee")
    data.qpos[2] = 3.0
    data.qpos[knee.qposadr] = 0.2
    data.ctrl[DOFS.index("right_knee")] = 2.0  # 540 N m
    for speed, torque in ((0.0, 100.0), (10.0, 100.0), (17.0, 30.0)):
        data.qvel[knee.dofadr] = speed
        mujoco.mj_forward(model, data)
        assert data.qfrc_actuator[knee.dofadr] == pytest.approx(torque)


def test_light_limbs_do_not_chatter_where_drives_are_at_their_limits():
    """Against the same robot with 16 timesteps where it has one."""
    angles = {}
    for physics in ("fast", "isaacgym"):
        config = compose("HumanoidAMP", settings={"physics": physics}).task
        model = HumanoidAMP.build_model(config)
        model.opt.gravity[:] = 0.0
        data, angles[physics] = mujoco.MjData(model), []
        data.qpos[2] = 3.0
        generator = np.random.default_rng(0)
        for step in range(15):
            if step % 3 == 0:
                data.ctrl[:28] = 0.5 * generator.uniform(-1.0, 1.0, 28)
                data.ctrl[[DOFS.index(f"{side}_knee") for side in ("right", "left")]] += 0.6
            for _ in range(config.physics_steps * config.substeps):
                mujoco.mj_step(model, data)
            angles[physics].append(data.actuator_length[:28].copy())
    apart = np.abs(np.array(angles["fast"]) - np.array(angles["isaacgym"]))
    assert apart.mean() < 0.02


def test_ball_joints_turn_no_further_than_their_stops():
    env = make("task.env.stateInit=Default", num_envs=2)
    env.sim.model.opt.gravity[:] = 0.0
    task, generator = env.task, torch.Generator().manual_seed(1)
    env.sim.qpos[:, 2] = 3.0
    beyond = []
    for _ in range(20):
        env.sim.qpos[:, 2] = 3.0
        env.step(torch.randint(0, 2, (2, 28), generator=generator) * 0.6 - 0.3)
        pos, (low, high) = task.dofs.positions(env.sim.qpos.float()), task.dofs.limits.unbind(1)
        beyond.append(torch.maximum(low - pos, pos - high))
    assert torch.stack(beyond).max() < 0.6
    env.close()


@pytest.mark.parametrize(
    ("start", "share", "poses"),
    [("Random", 0.0, range(15, 64)), ("Start", 0.0, [1]), ("Default", 1.0, [0]), ("Hybrid", 0.5, range(10, 64))],
)
def test_episodes_start_as_they_are_told_to(start, share, poses):
    env = make(f"task.env.stateInit={start}", num_envs=64)
    task = env.task
    is_default = (env.sim.qpos.float() - task.start_qpos).abs().amax(1) < 1e-6
    assert is_default.float().mean() == pytest.approx(share, abs=0.2 if start == "Hybrid" else 0.0)
    assert (env.sim.qvel[is_default] == 0.0).all()
    assert (env.sim.qpos[:, :2] == 0.0).all()
    away = (task.dofs.positions(env.sim.qpos.float())[~is_default, None] - task.poses).abs().amax(2)
    assert len(away.argmin(1).unique()) in poses
    assert (away.amin(1) < 0.3).all()
    env.close()


@pytest.mark.parametrize("start", ["Random", "Default"])
def test_the_history_of_a_new_episode_is_what_the_motion_was_before(start):
    env = make(f"task.env.stateInit={start}", "task.env.numAMPObsSteps=3")
    task = env.task
    newest, before, _ = task.history.unbind(1)
    torch.testing.assert_close(newest, task.observe(), atol=5e-3, rtol=0.0)
    if start == "Default":
        assert torch.equal(newest, before)
        pose = dict(zip(DOFS, task.dofs.positions(env.sim.qpos.float())[0].tolist(), strict=True))
        assert pose["right_shoulder_x"] == pytest.approx(-math.pi / 2)
        assert pose["left_shoulder_x"] == pytest.approx(math.pi / 2)
    else:
        moved = (newest - before)[:, RIGHT_ELBOW]
        speed = task.dofs.velocities(env.sim.qvel.float())[:, DOFS.index("right_elbow")]
        assert moved == pytest.approx(speed * env.control_dt, abs=0.03)
        assert moved.std() > 0.03
    env.close()


def test_the_discriminator_sees_the_last_steps_newest_first():
    env = make()
    seen = [env.task.observe().clone()]
    for _ in range(2):
        extras = env.step(torch.zeros(16, 28))[3]
        seen.append(env.task.history[:, 0].clone())
        goes_on = ~env.task.steps.eq(0)
        both = torch.cat((seen[-1], seen[-2]), dim=1)
        torch.testing.assert_close(extras["amp_obs"][goes_on], both[goes_on], atol=5e-3, rtol=0.0)
    env.close()


def test_demonstrations_look_like_starts():
    env = make(num_envs=512)
    shown, starts = env.task.demonstrate(2000), env.task.history.flatten(1)
    assert shown.shape == (2000, 210)
    apart = (shown.mean(0) - starts.mean(0)).abs() / (0.01 + shown.std(0))
    assert apart.max() < 0.25
    env.close()


def test_several_motions_are_drawn_by_weight(tmp_path):
    (tmp_path / "both.yaml").write_text(
        "motions:\n- {file: amp_humanoid_walk, weight: 3.0}\n- {file: amp_humanoid_run, weight: 1.0}\n"
    )
    env = make(f"task.env.motion_file={tmp_path / 'both.yaml'}", num_envs=8)
    speed = env.task.demonstrate(2000)[:, 7]
    assert (speed > 2.2).float().mean() == pytest.approx(0.25, abs=0.05)
    env.close()


def test_a_fall_ends_an_episode_from_the_second_step_on():
    env = make("task.env.stateInit=Start", num_envs=2)
    env.autoreset = False
    for step in range(3):
        env.sim.qpos[0, :7], env.sim.qvel[0] = LYING, 0.0
        extras = env.step(torch.zeros(2, 28))[3]
        assert extras["terminate"].tolist() == [step > 0, False]
    env.close()


def test_without_early_termination_only_time_ends_an_episode():
    env = make("task.env.enableEarlyTermination=False", "task.env.episodeLength=6", num_envs=2)
    env.sim.qpos[:, 2] = 0.1
    ended = [env.step(torch.zeros(2, 28))[2].tolist() for _ in range(5)]
    assert ended == [[False, False]] * 4 + [[True, True]]
    env.close()


@pytest.mark.parametrize(("bodies", "fall"), [("right_foot,left_foot", False), ("right_hand,left_hand", True)])
def test_the_contact_bodies_may_touch_the_ground(bodies, fall):
    env = make("task.env.stateInit=Start", f"task.env.contactBodies=[{bodies}]")
    ended = [bool(env.step(torch.zeros(16, 28))[2].any()) for _ in range(4)]
    assert any(ended) == fall
    env.close()


@pytest.mark.parametrize("size", [0.0, 1.0])
def test_actions_of_torques_are_shares_of_the_efforts(size):
    env = make("task.env.pdControl=False", "task.env.powerScale=0.5", "task.env.stateInit=Default")
    env.task.apply_actions(torch.full((16, 28), size))
    model, data = env.sim.get_model(0), mujoco.MjData(env.sim.model)
    data.ctrl[:] = env.sim.ctrl[0]
    mujoco.mj_forward(model, data)
    efforts = [next(d[3] for name, d in DRIVES.items() if name in dof) for dof in DOFS]
    assert data.qfrc_actuator[6:] == pytest.approx(0.5 * size * np.array(efforts), abs=1e-4)
    env.close()


def test_the_pose_error_is_small_on_the_motion_and_large_off_it():
    env = make("task.env.stateInit=Start", num_envs=4)
    errors = [env.task.measure(torch.zeros(4, dtype=torch.bool))[0, 0]]
    for angle in (0.2, 0.8):
        env.sim.qpos[:, env.sim.model.joint("right_knee").qposadr[0]] += angle
        env.sim.qpos[:, env.sim.model.joint("left_elbow").qposadr[0]] -= angle
        errors.append(env.task.measure(torch.zeros(4, dtype=torch.bool))[0, 0])
    assert errors[0] < 1e-3
    assert 0.005 < errors[1] < 0.4 / 28 + 1e-3
    assert errors[2] > errors[1]
    env.close()


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("task.env.stateInit=Standing", "stateInit is Standing"),
        ("task.env.hybridInitProb=1.5", "hybridInitProb is 1.5"),
        ("task.env.numAMPObsSteps=1", "numAMPObsSteps is 1"),
        ("task.env.numAMPObsSteps=1000000", "numAMPObsSteps is 1000000"),
        ("task.env.contactBodies=[right_fot]", "no body"),
        ("task.env.motion_file=nothing.npz", "nothing.npz"),
        ("task.env.motion_file=amp_humanoid_run.npy", "amp_humanoid_run"),
    ],
)
def test_what_can_not_be_is_refused(override, problem):
    with pytest.raises(InputError, match=problem):
        make(override, num_envs=1)


def test_the_clips_that_come_along_are_of_this_robot():
    model = HumanoidAMP.build_model(compose("HumanoidAMP").task)
    for name in ("amp_humanoid_walk", "amp_humanoid_run"):
        ((clip, _),) = read_clips(name, model)
        assert clip.qpos.shape[1] == model.nq
