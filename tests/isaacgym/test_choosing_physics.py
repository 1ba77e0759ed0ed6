"""A script, a module and code that installs the package by itself choose the physics as ``gymctl train`` does."""

import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.isaacgym import gymapi
from gymctl.isaacgym.physics import using
from tests.helpers.warm import run_python
from tests.isaacgym.scripts import python, write
from tests.isaacgym.worlds import GYM, SLIDER, acquire, add_envs, at, load, make_sim, refresh, simulate, unwrap

pytestmark = pytest.mark.slow

LANDING = """
    from isaacgym import gymapi, gymtorch
    import sys

    gym = gymapi.acquire_gym()
    params = gymapi.SimParams()
    params.dt, params.substeps, params.up_axis, params.gravity = 0.01, 2, gymapi.UP_AXIS_Z, gymapi.Vec3(0, 0, -9.81)
    sim = gym.create_sim(0, -1, gymapi.SIM_PHYSX, params)
    plane = gymapi.PlaneParams()
    plane.normal = gymapi.Vec3(0, 0, 1)
    gym.add_ground(sim, plane)
    ball = gym.create_sphere(sim, 0.1, gymapi.AssetOptions())
    env = gym.create_env(sim, gymapi.Vec3(-1, -1, 0), gymapi.Vec3(1, 1, 1), 1)
    gym.create_actor(env, ball, gymapi.Transform(gymapi.Vec3(0, 0, 0.15)), "ball", 0, 0)
    gym.prepare_sim(sim)
    root = gymtorch.wrap_tensor(gym.acquire_actor_root_state_tensor(sim))
    heights = []
    for _ in range(50):
        gym.simulate(sim)
        gym.refresh_actor_root_state_tensor(sim)
        heights.append(root[0, 2].item())
    print(min(heights), *sys.argv[1:])
"""


def lowest_of_a_landing_ball(physics):
    """Of its centre, whose radius is 0.1 m, in the simulation that a task class gets [m]."""
    with using(physics):
        sim = make_sim()
        ball = GYM.create_sphere(sim, 0.1)
        add_envs(sim, 1, lambda env, index: GYM.create_actor(env, ball, at(z=0.15), "ball", 0, 0))
        GYM.prepare_sim(sim)
    root, heights = acquire(sim, "actor_root_state"), []
    for _ in range(50):
        simulate(sim, 1)
        refresh(sim, "actor_root_state")
        heights.append(root[0, 2].item())
    return min(heights)


@pytest.fixture(scope="module")
def lowest():
    return {physics: lowest_of_a_landing_ball(physics) for physics in ("fast", "isaacgym")}


def test_contacts_are_harder_on_the_physics_of_isaac_gym(lowest):
    assert 0.1 - lowest["isaacgym"] < 0.5 * (0.1 - lowest["fast"])


def speed_of_a_damped_cart(physics, folder):
    """After a force has acted for one substep [m/s]."""
    with using(physics):
        sim = make_sim(ground=None, substeps=1)
        slider = load(sim, folder, SLIDER.format(effort=1000, velocity=100), fix_base_link=True)

        def fill(env, index):
            GYM.create_actor(env, slider, at(), "slider", index, 0)
            drives = GYM.get_actor_dof_properties(env, 0)
            drives["driveMode"], drives["damping"] = gymapi.DOF_MODE_EFFORT, 200.0
            GYM.set_actor_dof_properties(env, 0, drives)

        add_envs(sim, 1, fill)
        GYM.prepare_sim(sim)
    GYM.set_dof_actuation_force_tensor(sim, unwrap(torch.tensor([100.0])))
    simulate(sim, 1)
    return acquire(sim, "dof_state")[0, 1].item()


def test_a_passive_damper_adds_the_inertia_of_a_substep_however_fine_the_timesteps(tmp_path):
    """PhysX's order of impulses, motors first, is that of its substeps."""
    fast, fine = (speed_of_a_damped_cart(physics, tmp_path) for physics in ("fast", "isaacgym"))
    assert fast == pytest.approx(100.0 * 0.01 / (2.0 + 2.0 * 200.0 * 0.01))
    assert fine == pytest.approx(fast, rel=0.2)


@pytest.mark.parametrize(
    ("words", "physics"),
    [
        ([], "fast"),
        (["--physics", "fast"], "fast"),
        (["--physics", "isaacgym"], "isaacgym"),
        (["--physics=isaacgym"], "isaacgym"),
    ],
)
@pytest.mark.parametrize("command", ["gymctl isaacgym", "gymctl.isaacgym"])
def test_a_script_gets_the_physics_that_a_task_class_gets(tmp_path, lowest, command, words, physics):
    write(tmp_path, "script.py", LANDING)
    done = run_python(["-m", *command.split(), *words, "script.py", "--physics", "x"], tmp_path)
    assert done.returncode == 0, done.stderr
    height, *arguments = done.stdout.split()
    assert float(height) == lowest[physics]
    assert arguments == ["--physics", "x"]


def test_a_module_gets_it_too(tmp_path, lowest):
    write(tmp_path, "landing.py", LANDING)
    done = run_python(["-m", "gymctl.isaacgym", "--physics", "isaacgym", "-m", "landing", "--physics", "x"], tmp_path)
    assert done.stdout.split() == [str(lowest["isaacgym"]), "--physics", "x"], done.stderr


def test_code_that_installs_the_package_chooses_it_and_a_plain_second_call_leaves_it(tmp_path, lowest):
    write(tmp_path, "landing.py", LANDING)
    code = "import gymctl.isaacgym as g; g.install(physics='isaacgym'); g.install(); import landing"
    done = python(tmp_path, "-c", code)
    assert done.stdout.split() == [str(lowest["isaacgym"])], done.stderr


@pytest.mark.parametrize("command", ["gymctl isaacgym", "gymctl.isaacgym"])
@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--physics", "physx", "script.py"], "error: physics can't be 'physx'"),
        (["--physics", "", "script.py"], "error: physics can't be ''"),
        (["--physics", "a\nb\x1b[2J", "script.py"], "error: physics can't be 'a\\nb\\x1b[2J'"),
    ],
)
def test_another_physics_is_refused_before_the_script_runs(tmp_path, command, words, what):
    write(tmp_path, "script.py", "print('ran')")
    done = run_python(["-m", *command.split(), *words], tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [what, "  give one of fast, isaacgym"]
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["gymctl isaacgym", "gymctl.isaacgym"])
def test_a_flag_without_a_physics_is_refused_in_two_lines(tmp_path, command):
    done = run_python(["-m", *command.split(), "--physics"], tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
    assert "--physics" in done.stderr


def test_an_unknown_physics_is_refused_in_python():
    with pytest.raises(InputError, match="physics can't be 'slow'"), using("slow"):
        pass
