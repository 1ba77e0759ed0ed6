"""``gymctl tasks``: quick, and whole even where a task of another package is broken."""

import json
import subprocess
import sys

import pytest

from gymctl.tasks import registry
from gymctl.tasks.built_in import BUILT_IN


def rows(invoke):
    return {row["name"]: row for row in json.loads(invoke("tasks", "--json").stdout)["tasks"]}


def test_it_imports_no_pytorch_and_no_mujoco():
    code = (
        "import sys\nfrom gymctl.commands.app import app\n"
        "try:\n    app(['tasks'])\nexcept SystemExit:\n    pass\n"
        "print({'torch', 'mujoco'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "AnymalTerrain" in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_it_tells_of_our_tasks_is_what_their_classes_have(name):
    task_class = registry.load(name)
    told = registry.summary(name)
    assert told[:3] == (task_class.num_observations, task_class.num_states, task_class.num_actions)
    assert task_class.__doc__.startswith(told.description)


def test_it_shows_how_many_envs_a_cpu_trains_with(invoke):
    ant, cartpole = (rows(invoke)[name] for name in ("Ant", "Cartpole"))
    assert (ant["num_envs"], ant["num_envs_on_cpu"]) == (4096, 1024)
    assert (cartpole["num_envs"], cartpole["num_envs_on_cpu"]) == (512, 512)


def test_a_task_of_another_package_is_shown_with_its_sizes(invoke, walker):
    walker()
    row = rows(invoke)["Walker"]
    assert (row["observations"], row["actions"], row["description"], row["problem"]) == (4, 1, "Walk.", None)


@pytest.mark.parametrize(
    ("wrong", "right", "what", "where"),
    [
        ("class Walker(Task)", "class Walker(Tsak)", "NameError: name 'Tsak' is not defined", "walker.py:7: class"),
        ("import torch", "import toorch", "No module named 'toorch'", "walker.py:2: import toorch"),
        ("import torch", "import torch; raise SystemExit(3)", "SystemExit: 3", "walker.py:2"),
        ("class Walker(Task):", "class Walker(Task)", "SyntaxError", "walker.py:7: class Walker(Task)"),
        ("import torch", "import torch; 1 / 0", "ZeroDivisionError", "walker.py:2"),
        ("num_actions = 1", "num_actions = 1.0", "num_actions has to be an integer", "docs/new-task.md"),
        ("(FORWARD_SPEED,)", '"speed"', "measures has to be a tuple", "docs/new-task.md"),
        ('("speed",)', '"speed"', "episode_info_names has to be a tuple", "docs/new-task.md"),
    ],
)
def test_a_broken_task_is_one_line_among_the_others(invoke, walker, wrong, right, what, where):
    walker(wrong, right)
    told = rows(invoke)
    assert what in told["Walker"]["problem"]
    assert where in told["Walker"]["problem"]
    assert told["Ant"]["observations"] == 60
    lines = [line for line in invoke("tasks").stdout.splitlines() if "Walker" in line]
    assert len(lines) == 1
    assert what in lines[0]
    assert where in lines[0]


def test_a_yaml_that_cant_be_read_is_one_line_too(invoke, walker):
    (walker().parent / "configs" / "task" / "Walker.yaml").write_text("name: [")
    told = rows(invoke)
    assert "Walker.yaml" in told["Walker"]["problem"]
    assert told["Ant"]["problem"] is None


def test_a_task_is_shown_by_name_and_in_json(invoke):
    text = invoke("tasks", "show", "Quadcopter").stdout
    for told in (
        "way to the target",
        "13-20  joint position",
        "moves the thrust [N]",
        "0 to 2",
        "chassis is below 0.3 m",
    ):
        assert told in text
    assert "level  1" in text
    told = json.loads(invoke("tasks", "show", "Quadcopter", "--json").stdout)
    assert sum(part["size"] for part in told["description"]["observations"]) == told["num_observations"] == 21
    assert told["times"]["timestep"] == 0.005
    assert told["model"]["actuators"] == 12


def test_torques_that_move_a_hand_are_shown(invoke):
    lines = [" ".join(line.split()) for line in invoke("tasks", "show", "FrankaCubeStack").stdout.splitlines()]
    gripper = "the upper limit for 0 or more, else the lower; the same for panda_finger_joint2"
    assert f"6 panda_finger_joint1 position target [m] 0.02 0.02 0 to 0.04 {gripper}" in lines
    assert "panda_hand stiffness 150/s², damping 24.49/s at 0, 0, 0.1025 m in its frame" in lines


def test_torques_that_a_controller_computes_and_what_the_critic_sees_are_shown(invoke):
    lines = [" ".join(line.split()) for line in invoke("tasks", "show", "Trifinger").stdout.splitlines()]
    safety = "safety damping 0.08, at most 0.36, once in a control step"
    assert f"0 finger_base_to_upper_joint_0 torque [N m] 0 0.36 -0.36 to 0.36 {safety}" in lines
    critic = lines[lines.index("what the critic sees") :]
    assert any(line.startswith("95-112 fingertip force and torque [N, N m] body axes") for line in critic)


def test_settings_change_what_is_shown_and_show_may_be_left_out(invoke):
    assert "force [N]  0       100" in invoke("tasks", "Cartpole", "task.env.maxEffort=100").stdout


def test_a_task_that_tells_nothing_shows_its_sizes_and_how_to_tell(invoke, walker):
    walker()
    text = invoke("tasks", "show", "Walker", env={"GYMCTL_CONFIG_DIR": ""}).stdout
    assert "4 observations, 1 action" in text
    assert "give its class a method describe: docs/new-task.md" in text
    told = json.loads(invoke("tasks", "show", "Walker", "--json").stdout)
    assert told["description"] is None


DESCRIBE = """
    @classmethod
    def describe(cls, config, model):
        from gymctl.tasks.description import Action, Observation, TaskDescription

        push = Action("push", "force", "N", "slider_to_cart")
        return TaskDescription("slider", (Observation("state", 3),), (push,), ())

    def apply_actions"""


def test_a_description_that_contradicts_the_class_is_refused(refuse, walker):
    walker("\n    def apply_actions", DESCRIBE)
    assert refuse("tasks", "show", "Walker").what == "Walker.describe tells of 3 observations, num_observations is 4"


def test_a_misspelt_task_is_not_shown(refuse):
    assert "did you mean 'Ant'?" in refuse("tasks", "show", "Atn").fix
