"""The task that the page on migrating sketches is one."""

import re
from pathlib import Path

import torch

from gymctl.config.config import TaskConfig
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.mujoco_engine import MujocoSimulation

PAGE = Path(__file__).parents[2] / "docs" / "migrating.md"
IMPORTS = """
import math
from pathlib import Path

import torch

from gymctl.sim.rows import take
from gymctl.tasks.base import Task, load_spec
"""
MODEL = """
<mujoco>
  <worldbody>
    <body>
      <joint name="joint" axis="0 1 0"/>
      <geom type="capsule" fromto="0 0 0 0 0 .5" size=".03" mass="1"/>
    </body>
  </worldbody>
  <actuator><motor joint="joint"/></actuator>
</mujoco>
"""
CONFIG = TaskConfig(
    {
        "env": {"episodeLength": 5, "clipActions": 1.0, "controlFrequencyInv": 1, "maxTorque": 2.0},
        "sim": {"dt": 0.02, "substeps": 2, "gravity": [0.0, 0.0, -9.81]},
    }
)


def test_the_sketch_of_a_task_runs(tmp_path):
    (sketch,) = re.findall(r"^```python\n(class Pendulum.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "pendulum.xml").write_text(MODEL)
    namespace = {"__file__": str(tmp_path / "pendulum.py"), "__name__": "pendulum"}
    exec(IMPORTS + sketch, namespace)
    task_class = namespace["Pendulum"]
    sim = MujocoSimulation(task_class.build_model(CONFIG), 16, substeps=2)
    env = VecEnv(task_class(CONFIG, sim, torch.Generator().manual_seed(0)), sim, CONFIG, torch.device("cpu"))
    first = env.reset()["obs"]
    assert torch.allclose(first[:, :2].square().sum(1), torch.ones(16))
    assert first[:, 0].min() < -0.5 < 0.5 < first[:, 0].max()
    env.step(torch.full((16, 1), 5.0))
    assert sim.ctrl.unique().tolist() == [2.0]
    for _ in range(3):
        _, reward, done, extras = env.step(torch.zeros(16, 1))
    assert reward.max() <= 1
    assert done.all()
    assert extras["time_outs"].all()
