"""Slips in a user's own task are told before there is a run, with the method, and the file and line in their code."""

import gymnasium as gym
import pytest
import torch

from gymctl.config import PACKAGED, compose
from gymctl.core.errors import InputError
from gymctl.envs.trial import try_task
from gymctl.learning.prepare import prepare_training
from gymctl.policies.find import PolicySource
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import open_policy
from gymctl.sim.devices import Backend
from gymctl.tasks.built_in import BUILT_IN
from tests.helpers.walker import walker_config

POS = 'self.sim.put("qpos", self.uniform(-0.1, 0.1, n, 2), ids)'
MODEL = 'load_spec("cartpole.xml", config).compile()'


@pytest.mark.parametrize("masks", [False, True])
def test_a_task_without_a_slip_passes(walker, masks):
    walker()
    assert try_task(walker_config(), masks=masks) == []


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize("task", BUILT_IN)
def test_our_own_tasks_pass(task, masks):
    assert try_task(compose(task), masks=masks) == []


def test_global_random_numbers_are_left_as_they_were(walker):
    walker("n = ids.shape[0]", "n = ids.shape[0]; torch.rand(3)")
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    try_task(walker_config())
    assert torch.equal(torch.rand(2), expected)


FLOAT, UPRIGHT, TERMINATED = "dim=1).float()", "return upright, obs", ".abs() > 1.5"
BOTH, ROWS = "return upright, observations[:, 1].abs() > 1.5", "take(self.sim.qpos, ids), take(self.sim.qvel, ids)"
CTRL, PUT = "self.sim.ctrl[:, :1] = actions", 'self.sim.put("qpos", '
SLIPS = [
    (FLOAT, "dim=1)", "observe gives observations as float64, not float32", ".float()"),
    (FLOAT, "dim=1).half()", "observe gives observations as float16", ".float()"),
    (FLOAT, f"{FLOAT}[:, :3]", "observe gives observations of the shape [3, 3], not [3, 4]", "num_observations"),
    (FLOAT, f"{FLOAT}.T", "observe gives observations of the shape [4, 3], not [3, 4]", "num_observations"),
    (FLOAT, f"{FLOAT}.numpy()", "observe gives a ndarray as observations", "tensor"),
    (FLOAT, f"{FLOAT}.log()", "observe gives NaN: observations in column", "logarithm"),
    (ROWS, "self.sim.qpos, self.sim.qvel", "observe gives observations of the shape [3, 4], not [1, 4]", "shape"),
    ("return torch.cat(", "torch.cat(", "observe gives nothing as observations", "tensor"),
    ("return torch.cat(", "self.sim.qvel *= 0.5; return torch.cat(", "observe changes sim.qvel", "after_physics"),
    ("def observe(self, ids=None)", "def observe(self)", "observe fails: TypeError", "correct"),
    (UPRIGHT, "return upright[:, None], obs", "reward gives rewards of the shape [3, 1], not [3]", ".squeeze(1)"),
    (UPRIGHT, "return upright.double(), obs", "reward gives rewards as float64", ".float()"),
    (UPRIGHT, "return upright.mean(), obs", "reward gives rewards of the shape [], not [3]", "shape"),
    (UPRIGHT, "return 1.0, obs", "reward gives a float as rewards", "tensor"),
    (UPRIGHT, "return upright * float('nan'), obs", "reward gives NaN: rewards", "zero"),
    (UPRIGHT, "return observations[:, 0], obs", "reward gives rewards that are a part of the obs", ".clone()"),
    (UPRIGHT, "return torch.ones(1).expand(3), obs", "reward gives rewards that share one number", ".clone()"),
    (UPRIGHT, "return upright, {}, obs", "reward gives 3 values", "two tensors"),
    (BOTH, "return upright", "reward gives a Tensor", "two tensors"),
    (BOTH, "pass", "reward gives nothing", "two tensors"),
    (TERMINATED, ".abs().gt(1.5).float()", "reward gives terminations as float32, not bool", ".bool()"),
    (TERMINATED, ".abs().gt(1.5).long()", "reward gives terminations as int64, not bool", ".bool()"),
    (TERMINATED, ".abs().gt(1.5)[:, None]", "reward gives terminations of the shape [3, 1]", ".squeeze(1)"),
    ("upright = 1.0", "upright = 1 / 0", "reward fails: ZeroDivisionError", "upright = 1 / 0"),
    ("upright = 1.0", "upright = hieght", "reward fails: NameError: name 'hieght' is", "upright = hieght"),
    ("def reward(self, observations)", "def reward(self)", "reward fails: TypeError", "correct"),
    (POS, "self.sim.qpos[:] = self.uniform(-1, 1, 3, 2)", "reset changes sim.qpos of worlds whose", "put('qpos'"),
    (POS, f"{PUT}self.uniform(-1, 1, 3, 2), ids)", "reset fails: RuntimeError", PUT),
    (POS, 'self.sim.put("qpso", torch.ones(n, 2), ids)', "reset fails: AttributeError", "qpso"),
    (POS, f"{PUT}torch.full((n, 2), float('nan')), ids)", "reset gives NaN: sim.qpos", "filled"),
    ("def reset(self, ids)", "def reset(self)", "reset fails: TypeError", "correct"),
    (CTRL, "self.sim.ctrl[:] = actions.log()", "apply_actions gives an infinite number: sim.ctrl", "zero"),
    (CTRL, "self.sim.ctrl[:, 5] = actions", "apply_actions fails: IndexError", "ctrl[:, 5]"),
    ("[:, :1].float()\n", "[:, 0].float()\n", "episode_info gives numbers of the shape [3], not [3, 1]", "shape"),
    ("[:, :1] * 1.0", "[:, 0] * 1.0", "measure gives numbers of the shape [3], not [3, 1]", "shape"),
    ("[:, :1] * 1.0", "[:, :1].mul_(2.0)", "measure changes sim.qvel", "after_physics"),
    ("def measure(self", "def measur(self", "measure fails: NotImplementedError", "correct"),
    ("def episode_info(self)", "def episode_inf(self)", "episode_info fails: NotImplementedError", "correct"),
    ("super().__init__(config, sim, generator)", "self.sim = sim", "__init__ leaves out what", "super()"),
    ("self.last = torch", "self.last = tourch", "__init__ fails: NameError", "self.last = tourch"),
    (MODEL, MODEL.removesuffix(".compile()"), "build_model gives a MjSpec, not a mujoco.MjModel", "compile()"),
    ("    @classmethod\n", "", "build_model fails: TypeError", "correct"),
]
"""What stands in the task, what stands there instead, and what is said of it."""


@pytest.mark.parametrize(("wrong", "right", "what", "fix"), SLIPS, ids=[slip[2] for slip in SLIPS])
def test_a_slip_is_told_before_there_is_a_run(walker, tmp_path, wrong, right, what, fix):
    file, runs_dir = walker(wrong, right), tmp_path / "runs"
    with pytest.raises(InputError) as caught:
        prepare_training("Walker", settings={"sim_device": "cpu"}, overrides=["train=CartpolePPO"], runs_dir=runs_dir)
    assert caught.value.what.startswith(f"Walker.{what}")
    assert fix in caught.value.fix
    if " fails: " in what and fix != "correct":
        lines = file.read_text().splitlines()
        number = next(number for number, line in enumerate(lines, 1) if fix in line)
        assert f"{file}:{number}: {lines[number - 1].strip()}" in caught.value.fix
    assert not runs_dir.exists()


def test_a_model_that_isnt_there_is_told(walker):
    walker(MODEL, MODEL.replace("pole", "ploe"))
    with pytest.raises(InputError, match=r"can't read the model '.*cartploe\.xml': No such file"):
        try_task(walker_config())


@pytest.mark.parametrize("length", ["'100'", "0", "null", "true"])
def test_a_time_limit_that_is_none_is_told(walker, length):
    walker(yaml=("episodeLength: 500", f"episodeLength: {length}"))
    with pytest.raises(InputError, match=r"episodeLength|max_episode_length"):
        try_task(walker_config())


def test_own_rows_of_other_worlds_that_a_reset_changes_are_noted(walker):
    walker("assign(self.last, 0.0, ids)", "self.last.zero_()")
    assert [note for note in try_task(walker_config()) if "Walker.reset changes self.last" in note]


def test_a_helper_in_another_module_of_the_package_is_where_the_line_is(walker):
    file = walker("upright = 1.0", "from walker_tasks.maths import half; upright = half(None) or 1.0")
    (file.parent / "maths.py").write_text("def half(number):\n    return number / 2\n")
    with pytest.raises(InputError, match=r"Walker\.reward fails: TypeError") as caught:
        try_task(walker_config())
    assert "maths.py:2: return number / 2" in caught.value.fix


def test_an_inherited_method_that_fails_is_told_too(offer):
    package = offer(
        "from gymctl.tasks.classic.cartpole import Cartpole\n\n\n"
        "class Walker(Cartpole):\n    def apply_actions(self, actions):\n        super().apply_actions(None)\n"
    )
    text = (PACKAGED / "task" / "Cartpole.yaml").read_text().replace("name: Cartpole", "name: Walker")
    (package / "configs" / "task" / "Walker.yaml").write_text(text)
    with pytest.raises(InputError, match=r"Walker\.apply_actions fails: TypeError") as caught:
        try_task(walker_config())
    assert "walker.py:6: super().apply_actions(None)" in caught.value.fix


def test_a_policy_is_not_played_in_a_task_with_a_slip(walker, tmp_path):
    walker("dim=1).float()", "dim=1)")
    cpu = torch.device("cpu")
    source = PolicySource("Walker", tmp_path / "none.pth", False, walker_config(num_envs=2), ())
    with (
        pytest.raises(InputError, match=r"Walker\.observe"),
        open_policy(source, ActionMode.choose(0.0, False), Backend("mujoco", cpu, cpu)),
    ):
        pass


def test_gymnasium_makes_no_env_of_a_task_with_a_slip(walker):
    walker("return upright, obs", "return upright[:, None], obs")
    gym.register("own/Walker-v0", vector_entry_point="gymctl.envs.gymnasium:TaskVectorEnv", kwargs={"task": "Walker"})
    try:
        with pytest.raises(InputError, match=r"Walker\.reward"):
            gym.make_vec("own/Walker-v0", num_envs=2, overrides=["train=CartpolePPO"])
    finally:
        del gym.registry["own/Walker-v0"]
