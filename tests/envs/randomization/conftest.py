"""Worlds of a small model with every kind of thing that can be randomised."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config.randomization import parse
from gymctl.envs.randomization.randomizer import Randomizer
from gymctl.sim.mujoco_engine import MujocoSimulation

MODEL = """
<mujoco>
  <option timestep="0.005" integrator="implicitfast"/>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1"/>
    <body name="arm" pos="0 0 2">
      <joint name="servo" axis="0 1 0" range="-60 60" damping=".4" armature=".02" stiffness="9"/>
      <geom name="upper" type="capsule" fromto="0 0 0 .3 0 0" size=".03"/>
      <body name="fore" pos=".3 0 0">
        <joint name="rail" type="slide" range="-.1 .2" damping=".5" stiffness="7" actuatorfrcrange="-6 6"/>
        <geom name="fore" type="sphere" size=".04"/>
        <body name="wrist" pos=".2 0 0">
          <joint name="wrist" type="ball" damping=".6" frictionloss=".05" armature=".03"/>
          <geom name="wrist" type="sphere" size=".05"/>
        </body>
      </body>
    </body>
    <body name="object" pos="1 0 .1">
      <freejoint/>
      <geom name="box" type="box" size=".1 .1 .1" mass="2" friction=".8 .02 .001" priority="1"/>
      <geom name="knob" type="sphere" size=".02" pos="0 0 .12" mass=".1"/>
    </body>
  </worldbody>
  <tendon>
    <fixed name="tendon" stiffness="30" damping="3">
      <joint joint="servo" coef="1"/>
      <joint joint="rail" coef="1"/>
    </fixed>
  </tendon>
  <actuator>
    <position name="servo" joint="servo" kp="20" kv="2" forcerange="-5 5"/>
    <motor name="rail" joint="rail"/>
  </actuator>
</mujoco>
"""


@pytest.fixture(scope="session")
def model():
    return mujoco.MjModel.from_xml_string(MODEL)


class Worlds:
    """Randomised worlds and what their model fields hold."""

    def __init__(self, model, params, num_envs, seed, *, masks=False):
        self.sim = MujocoSimulation(model, num_envs)
        self.sim.prefers_masks = masks
        read = parse({"task": {"task": {"randomization_params": params}}})
        self.randomizer = Randomizer(read, self.sim, 5, 3, torch.Generator().manual_seed(seed))

    def field(self, name, element=None):
        """A model field in all worlds, ``[num_envs, n]``."""
        values = self.sim.expand(name).clone()
        return values if element is None else values[..., element]

    def factor(self, name, element=None):
        """The same over the nominal values."""
        nominal = np.asarray(getattr(self.sim.model, name), dtype=float)
        return self.field(name, element) / torch.from_numpy(nominal if element is None else nominal[..., element])

    def reset(self, *ids):
        """Starts new episodes in some worlds, or in all."""
        chosen = torch.tensor(ids or range(self.sim.num_envs))
        if self.sim.prefers_masks:
            chosen = torch.zeros(self.sim.num_envs, dtype=torch.bool).index_fill_(0, chosen, True)
        self.randomizer.start_episodes(chosen)


@pytest.fixture
def worlds(model):
    """Makes worlds from ``randomization_params``."""

    def make(params, num_envs=600, seed=0, model=model, **kwargs):
        return Worlds(model, params, num_envs, seed, **kwargs)

    return make


def draw(low, high, operation="scaling", distribution="uniform", **more):
    """A draw in the config's format."""
    return {"range": [low, high], "operation": operation, "distribution": distribution, **more}


def prop(actor, name, drawn):
    """``randomization_params`` with one property of one actor."""
    section, _, attribute = name.partition(".")
    return {"frequency": 10, "actor_params": {actor: {section: {attribute: drawn} if attribute else drawn}}}


def assert_uniform(values, low, high):
    """Whether values fill an interval evenly: no quantile is off by more than 8 % of its width."""
    levels = torch.linspace(0, 1, 11, dtype=torch.float64)
    quantiles = torch.quantile(values.flatten().double().cpu(), levels)
    torch.testing.assert_close(quantiles, low + (high - low) * levels, atol=0.08 * (high - low), rtol=0)
    assert low - 1e-6 <= values.min()
    assert values.max() <= high + 1e-6


def assert_gaussian(values, mean, std):
    """Whether values have a Gaussian's moments, to 10 % of the standard deviation."""
    assert values.mean().item() == pytest.approx(mean, abs=0.1 * std)
    assert values.std().item() == pytest.approx(std, rel=0.1)
    assert ((values - mean).abs() < std).double().mean().item() == pytest.approx(0.683, abs=0.05)
